/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks by AVX2: a table of nibbles for each class. */
#ifndef SIP_MAP_AVX2_H
#define SIP_MAP_AVX2_H

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#include "sip/map_block.h"

/* Each machine with AVX2 has the others, too. */
#define AVX2 __attribute__((target("avx2,bmi,popcnt")))

#define TWICE(test) _mm256_setr_epi8(ROW16(test), ROW16(test))

AVX2 static inline uint64_t mask(__m256i a, __m256i b)
{
    return (uint32_t)_mm256_movemask_epi8(a) |
           (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32;
}

/* The bits of what is not in the class: bytes above 0x7f never are. */
AVX2 static inline uint64_t outside(__m256i table, const __m256i *x,
                                    const __m256i *hi)
{
    const __m256i zero = _mm256_setzero_si256();
    __m256i a = _mm256_and_si256(_mm256_shuffle_epi8(table, x[0]), hi[0]);
    __m256i b = _mm256_and_si256(_mm256_shuffle_epi8(table, x[1]), hi[1]);

    return mask(_mm256_cmpeq_epi8(a, zero), _mm256_cmpeq_epi8(b, zero));
}

/* The bit of each byte's high nibble. */
AVX2 static inline __m256i high(__m256i x)
{
    const __m256i bit =
        _mm256_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0,
                         1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0);
    __m256i nibble =
        _mm256_and_si256(_mm256_srli_epi16(x, 4), _mm256_set1_epi8(15));

    return _mm256_shuffle_epi8(bit, nibble);
}

/* The top bits of what is unusual: as signed bytes and one more, those above
 * 0x7e are all below 0x21, too. */
AVX2 static inline __m256i unusual(__m256i x)
{
    return _mm256_subs_epi8(_mm256_add_epi8(x, _mm256_set1_epi8(1)),
                            _mm256_set1_epi8(0x21));
}

/* The first two without a branch: a block seldom has more. */
AVX2 static inline uint16_t *list_avx2(uint16_t *to, uint64_t bits, size_t at)
{
    uint16_t *end = to + _mm_popcnt_u64(bits);

    *to++ = (uint16_t)(at + _tzcnt_u64(bits));
    bits = _blsr_u64(bits);
    *to++ = (uint16_t)(at + _tzcnt_u64(bits));
    for (bits = _blsr_u64(bits); bits; bits = _blsr_u64(bits))
        *to++ = (uint16_t)(at + _tzcnt_u64(bits));
    return end;
}

AVX2 static inline void block_avx2(struct block *b, const char *p)
{
    __m256i x[2];
    __m256i hi[2];

    for (int i = 0; i < 2; i++) {
        x[i] = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32 * i));
        hi[i] = high(x[i]);
    }
    b->out[SIP_MAP_PLAIN] = outside(TWICE(IS_PLAIN), x, hi);
    b->out[SIP_MAP_ALNUM] = outside(TWICE(IS_ALNUM), x, hi);
    b->unusual = mask(unusual(x[0]), unusual(x[1]));
}

static inline bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("popcnt");
}

#endif
#endif
