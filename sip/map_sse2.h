/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks by SSE2, which each x86-64 has: classes as ranges of bytes. */
#ifndef SIP_MAP_SSE2_H
#define SIP_MAP_SSE2_H

#if defined(__x86_64__) && defined(__GNUC__)
#include <emmintrin.h>

#include "sip/map_block.h"

/* The bytes from lo to hi. */
static inline __m128i sse2_range(__m128i x, char lo, char hi)
{
    __m128i y = _mm_sub_epi8(x, _mm_set1_epi8(lo));

    return _mm_cmpeq_epi8(y, _mm_min_epu8(y, _mm_set1_epi8((char)(hi - lo))));
}

static inline __m128i sse2_alnum(__m128i x)
{
    __m128i lower = _mm_or_si128(x, _mm_set1_epi8(0x20));

    return _mm_or_si128(sse2_range(lower, 'a', 'z'), sse2_range(x, '0', '9'));
}

/* What is plain and neither a letter nor a digit: - . * + ! ' _ ~ */
static inline __m128i sse2_mark(__m128i x)
{
    __m128i a = _mm_or_si128(sse2_range(x, '-', '.'), sse2_range(x, '*', '+'));
    __m128i b = _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('!')),
                             _mm_cmpeq_epi8(x, _mm_set1_epi8('\'')));
    __m128i c = _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('_')),
                             _mm_cmpeq_epi8(x, _mm_set1_epi8('~')));

    return _mm_or_si128(a, _mm_or_si128(b, c));
}

static inline uint64_t sse2_mask(__m128i x)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(x);
}

static inline void block_sse2(struct block *b, const char *p)
{
    *b = (struct block){{0}, 0};
    for (int i = 0; i < SIP_MAP_BLOCK; i += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        __m128i alnum = sse2_alnum(x);
        __m128i plain = _mm_or_si128(alnum, sse2_mark(x));

        b->out[SIP_MAP_PLAIN] |= sse2_mask(plain) << i;
        b->out[SIP_MAP_ALNUM] |= sse2_mask(alnum) << i;
        b->unusual |= sse2_mask(sse2_range(x, 0x20, 0x7e)) << i;
    }
    for (int c = 0; c < SIP_MAP_COUNT; c++)
        b->out[c] = ~b->out[c];
    b->unusual = ~b->unusual;
}

#endif
#endif
