/* SPDX-License-Identifier: Apache-2.0 */
/* The floor: finding the lines and colons of a head, and nothing else. */
#ifndef TEST_BENCH_FLOOR_H
#define TEST_BENCH_FLOOR_H

#include <stdint.h>
#include <string.h>

enum { FLOOR_LINES = 256 };

/* Start, first colon and end of each line up to the empty one. */
struct floor_index {
    const char *at[FLOOR_LINES][3];
    size_t n;
};

static inline void floor_memchr(struct floor_index *x, const char *p, size_t n)
{
    const char *end = p + n;

    for (x->n = 0; x->n < FLOOR_LINES && p < end; x->n++) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));

        if (!lf || lf - p < 2)
            return;
        x->at[x->n][0] = p;
        x->at[x->n][1] = memchr(p, ':', (size_t)(lf - p));
        x->at[x->n][2] = lf;
        p = lf + 1;
    }
}

/* Adds a block's bits, of LF and of colons; nonzero at the empty line. */
static inline int floor_add(struct floor_index *x, const char *base,
                            uint64_t lf, uint64_t colon)
{
    const char **row = x->at[x->n];

    while (lf) {
        const char *at = base + __builtin_ctzll(lf);
        uint64_t before = colon & (lf ^ (lf - 1));

        if (at - row[0] < 2 || x->n + 1 == FLOOR_LINES)
            return 1;
        if (!row[1] && before)
            row[1] = base + __builtin_ctzll(before);
        row[2] = at;
        row = x->at[++x->n];
        row[0] = at + 1;
        row[1] = NULL;
        colon &= ~(lf ^ (lf - 1));
        lf &= lf - 1;
    }
    if (!row[1] && colon)
        row[1] = base + __builtin_ctzll(colon);
    return 0;
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

static inline uint64_t floor_sse2_mask(const char *p, char ch)
{
    uint64_t w = 0;

    for (int i = 0; i < 4; i++) {
        const __m128i *at = (const __m128i *)(const void *)(p + 16 * i);
        __m128i hit = _mm_cmpeq_epi8(_mm_loadu_si128(at), _mm_set1_epi8(ch));

        w |= (uint64_t)(unsigned)_mm_movemask_epi8(hit) << (16 * i);
    }
    return w;
}

__attribute__((target("avx2"))) static inline uint64_t
floor_avx2_mask(const char *p, char ch)
{
    const __m256i *at = (const __m256i *)(const void *)p;
    const __m256i all = _mm256_set1_epi8(ch);
    unsigned a = (unsigned)_mm256_movemask_epi8(
        _mm256_cmpeq_epi8(_mm256_loadu_si256(at), all));
    unsigned b = (unsigned)_mm256_movemask_epi8(
        _mm256_cmpeq_epi8(_mm256_loadu_si256(at + 1), all));

    return a | (uint64_t)b << 32;
}

#define FLOOR(name, attr)                                         \
    attr static inline void floor_##name(struct floor_index *x,   \
                                         const char *p, size_t n) \
    {                                                             \
        x->n = 0;                                                 \
        x->at[0][0] = p;                                          \
        x->at[0][1] = NULL;                                       \
        for (; n >= 64; p += 64, n -= 64)                         \
            if (floor_add(x, p, floor_##name##_mask(p, '\n'),     \
                          floor_##name##_mask(p, ':')))           \
                return;                                           \
        char tail[64] = {0};                                      \
        uint64_t lf = 0;                                          \
        uint64_t colon = 0;                                       \
        memcpy(tail, p, n);                                       \
        lf = floor_##name##_mask(tail, '\n');                     \
        colon = floor_##name##_mask(tail, ':');                   \
        floor_add(x, p, lf, colon);                               \
    }
FLOOR(sse2, )
FLOOR(avx2, __attribute__((target("avx2"))))
#define FLOOR_VECTORS 1
#endif

#endif
