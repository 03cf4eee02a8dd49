/* SPDX-License-Identifier: Apache-2.0 */
/* Classifying a block of bytes at once, for the scans. */
#ifndef SIP_BLOCK_H
#define SIP_BLOCK_H

#include <stdint.h>
#include <string.h>

/*
 * Each takes BLOCK readable bytes and says how many of the first of them are
 * surely of its class; BLOCK: all. What stops it is for the caller to look
 * at. Without SSE2 a block has 8 bytes.
 */
#ifdef __SSE2__
#include <emmintrin.h>

#define BLOCK 16

static inline __m128i block_load(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* Of the bits of 16 bytes that are in, the length of the first run. */
static inline unsigned block_run(__m128i in)
{
    unsigned out = ~(unsigned)_mm_movemask_epi8(in);

    return (unsigned)__builtin_ctz(out); /* the bits from 16 on are set */
}

/* All bytes from lo on, n of them: as signed numbers moved to the bottom. */
static inline __m128i block_range(__m128i x, int lo, int n)
{
    __m128i moved = _mm_add_epi8(x, _mm_set1_epi8((char)(128 - lo)));

    return _mm_cmplt_epi8(moved, _mm_set1_epi8((char)(n - 128)));
}

/* Letters, digits, "-" and ".". */
static inline unsigned block_name(const char *p)
{
    __m128i x = block_load(p);
    __m128i lower = _mm_or_si128(x, _mm_set1_epi8(0x20));

    __m128i in =
        _mm_or_si128(block_range(lower, 'a', 26), block_range(x, '0', 10));

    return block_run(_mm_or_si128(in, block_range(x, '-', 2)));
}

/* Printable ASCII and SP, but not what ends or escapes a quoted string. */
static inline unsigned block_quoted(const char *p)
{
    __m128i x = block_load(p);
    __m128i stop = _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('"')),
                                _mm_cmpeq_epi8(x, _mm_set1_epi8('\\')));

    return block_run(_mm_andnot_si128(stop, block_range(x, 0x20, 0x5f)));
}
#else
#define BLOCK 8

#define BLOCK_ALL(byte) (UINT64_C(0x0101010101010101) * (byte))

static inline uint64_t block_load(const char *p)
{
    uint64_t x;

    memcpy(&x, p, sizeof(x));
    return x;
}

static inline unsigned block_byte_name(unsigned char ch)
{
    return (unsigned)((ch | 0x20) - 'a') < 26 || (unsigned)(ch - '0') < 10 ||
           ch == '-' || ch == '.';
}

/* Letters, digits, "-" and ".". */
static inline unsigned block_name(const char *p)
{
    unsigned n = 0;

    while (n < BLOCK && block_byte_name((unsigned char)p[n]))
        n++;
    return n;
}

/* True if a byte of x is 0; maybe also if one above such a byte is 1. */
static inline uint64_t block_zero(uint64_t x)
{
    return (x - BLOCK_ALL(1)) & ~x & BLOCK_ALL(0x80);
}

/* Zero or all: what is not all is left to the byte scan. */
static inline unsigned block_quoted(const char *p)
{
    uint64_t x = block_load(p);
    uint64_t stop =
        block_zero(x ^ BLOCK_ALL('"')) | block_zero(x ^ BLOCK_ALL('\\')) |
        ((x | (x - BLOCK_ALL(0x20)) | (x + BLOCK_ALL(1))) & BLOCK_ALL(0x80));

    return stop ? 0 : BLOCK;
}
#endif

#endif
