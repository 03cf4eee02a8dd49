/* SPDX-License-Identifier: Apache-2.0 */
/* Mapping heads: 64 bytes at a time, by tables of nibbles or of bytes. */
#include "sip/map.h"

#include <stdbool.h>

#include "sip/classes.h"

#define IS_LINE(c) ((c) >= 0x20 && (c) < 0x7f)

/* What one block is made into: a word for each class. */
struct block {
    uint64_t out[SIP_MAP_COUNT];
};

/* So that the block's function is known in it, and its machine. */
#if defined(__GNUC__)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE inline
#endif

typedef void block_fn(struct block *b, const char *p);

/* The rows from first on. */
static ALWAYS_INLINE void put(struct sip_map *map, size_t k,
                              const struct block *b, int first)
{
    for (int c = first; c < SIP_MAP_COUNT; c++)
        map->out[c][k] = sip_map_word(b->out[c]);
}

/*
 * Does an empty line end in the block at p? twice has a bit where a byte and
 * the one two before it are both not of a line: nearly only there.
 */
static bool ends_head(const char *from, const char *p, uint64_t twice)
{
    for (; twice; twice &= twice - 1) {
        const char *at = p + __builtin_ctzll(twice);

        if (at - from >= 2 && at[0] == '\r' && at[-2] == '\r')
            return true;
    }
    return false;
}

/* A CR two bytes after a CR is an empty line, or a fault before it. */
static ALWAYS_INLINE void make(struct sip_map *map, const char *from,
                               const char *end, block_fn *block, int first)
{
    struct block b;
    uint64_t before = 0;
    size_t all = (size_t)(end - from);
    size_t k = 0;

    if (all > SIP_MAP_MAX)
        all = SIP_MAP_MAX;
    map->from = from;
    map->n = all;
    for (; k < all / SIP_MAP_BLOCK; k++) {
        const char *p = from + k * SIP_MAP_BLOCK;
        uint64_t line;
        uint64_t twice;

        block(&b, p);
        put(map, k, &b, first);
        line = b.out[SIP_MAP_LINE];
        twice = line & (line << 2 | before >> 62);
        before = line;
        if (first < SIP_MAP_LINE && twice && ends_head(from, p, twice)) {
            map->n = ++k * SIP_MAP_BLOCK;
            goto out;
        }
    }
    if (all % SIP_MAP_BLOCK) {
        char tail[SIP_MAP_BLOCK] = {0};

        memcpy(tail, from + k * SIP_MAP_BLOCK, all % SIP_MAP_BLOCK);
        block(&b, tail);
        put(map, k++, &b, first);
    }
out:
    for (int c = first; c < SIP_MAP_COUNT; c++)
        map->out[c][k] = map->out[c][k + 1] = UINT64_MAX;
}

/* ------------------------------------------------------------- scalar */

#define OUT(c)                                            \
    (uint8_t)(((IS_PLAIN(c)) ? 0 : 1u << SIP_MAP_PLAIN) | \
              ((IS_ALNUM(c)) ? 0 : 1u << SIP_MAP_ALNUM) | \
              ((IS_LINE(c)) ? 0 : 1u << SIP_MAP_LINE))
#define OUT4(c) OUT(c), OUT((c) + 1), OUT((c) + 2), OUT((c) + 3)
#define OUT16(c) OUT4(c), OUT4((c) + 4), OUT4((c) + 8), OUT4((c) + 12)
#define OUT64(c) OUT16(c), OUT16((c) + 16), OUT16((c) + 32), OUT16((c) + 48)

_Static_assert(SIP_MAP_COUNT <= 8, "a byte has a bit for each class");

/* Bits of the classes that a byte is not of. */
static const uint8_t out_of[256] = {OUT64(0), OUT64(64), OUT64(128),
                                    OUT64(192)};

/* Bit j of byte i becomes bit i of byte j (Hacker's Delight 7-3). */
static inline uint64_t transpose(uint64_t x)
{
    uint64_t t = (x ^ (x >> 7)) & UINT64_C(0x00aa00aa00aa00aa);

    x ^= t ^ (t << 7);
    t = (x ^ (x >> 14)) & UINT64_C(0x0000cccc0000cccc);
    x ^= t ^ (t << 14);
    t = (x ^ (x >> 28)) & UINT64_C(0x00000000f0f0f0f0);
    return x ^ t ^ (t << 28);
}

static inline void block_scalar(struct block *b, const char *p)
{
    *b = (struct block){{0}};
    for (int i = 0; i < SIP_MAP_BLOCK; i += 8) {
        uint64_t x = 0;

        for (int j = 0; j < 8; j++)
            x |= (uint64_t)out_of[(unsigned char)p[i + j]] << (8 * j);
        x = transpose(x);
        for (int c = 0; c < SIP_MAP_COUNT; c++)
            b->out[c] |= (x >> (8 * c) & 0xff) << i;
    }
}

void sip_map_make_scalar(struct sip_map *map, const char *from,
                         const char *end)
{
    make(map, from, end, block_scalar, 0);
}

static inline void block_lines_scalar(struct block *b, const char *p)
{
    uint64_t w = 0;

    for (int i = 0; i < SIP_MAP_BLOCK; i++)
        w |= (uint64_t)(out_of[(unsigned char)p[i]] >> SIP_MAP_LINE & 1) << i;
    b->out[SIP_MAP_LINE] = w;
}

void sip_map_make_lines_scalar(struct sip_map *map, const char *from,
                               const char *end)
{
    make(map, from, end, block_lines_scalar, SIP_MAP_LINE);
}

/* --------------------------------------------------------------- AVX2 */

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

/*
 * A class of ASCII is a table of 16 bytes by the low nibble, with a bit for
 * each high nibble that makes a character of it.
 */
#define HI(test, lo, hi) ((test((hi)*16 + (lo))) ? 1 << (hi) : 0)
#define ROW(test, lo)                                            \
    (char)(HI(test, lo, 0) | HI(test, lo, 1) | HI(test, lo, 2) | \
           HI(test, lo, 3) | HI(test, lo, 4) | HI(test, lo, 5) | \
           HI(test, lo, 6) | HI(test, lo, 7))
#define ROW4(test, lo)                                       \
    ROW(test, lo), ROW(test, (lo) + 1), ROW(test, (lo) + 2), \
        ROW(test, (lo) + 3)
#define ROW16(test) ROW4(test, 0), ROW4(test, 4), ROW4(test, 8), ROW4(test, 12)
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

/* As signed bytes and one more, those above 0x7e are all below 0x21 too. */
AVX2 static inline __m256i unusual(__m256i x)
{
    return _mm256_cmpgt_epi8(_mm256_set1_epi8(0x21),
                             _mm256_add_epi8(x, _mm256_set1_epi8(1)));
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
    b->out[SIP_MAP_LINE] = mask(unusual(x[0]), unusual(x[1]));
}

AVX2 static void make_avx2(struct sip_map *map, const char *from,
                           const char *end)
{
    make(map, from, end, block_avx2, 0);
}

AVX2 static inline void block_lines_avx2(struct block *b, const char *p)
{
    const __m256i *x = (const __m256i *)(const void *)p;

    b->out[SIP_MAP_LINE] = mask(unusual(_mm256_loadu_si256(x)),
                                unusual(_mm256_loadu_si256(x + 1)));
}

AVX2 static void make_lines_avx2(struct sip_map *map, const char *from,
                                 const char *end)
{
    make(map, from, end, block_lines_avx2, SIP_MAP_LINE);
}

void sip_map_make_lines(struct sip_map *map, const char *from, const char *end)
{
    if (__builtin_cpu_supports("avx2"))
        make_lines_avx2(map, from, end);
    else
        sip_map_make_lines_scalar(map, from, end);
}

void sip_map_make(struct sip_map *map, const char *from, const char *end)
{
    if (__builtin_cpu_supports("avx2"))
        make_avx2(map, from, end);
    else
        sip_map_make_scalar(map, from, end);
}
#else
void sip_map_make_lines(struct sip_map *map, const char *from, const char *end)
{
    sip_map_make_lines_scalar(map, from, end);
}

void sip_map_make(struct sip_map *map, const char *from, const char *end)
{
    sip_map_make_scalar(map, from, end);
}
#endif
