/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of text made into words of bits: in plain C, for sip/map.c alone. */
#ifndef SIP_MAP_BLOCK_H
#define SIP_MAP_BLOCK_H

#include <stdbool.h>

#include "sip/base/compiler.h"
#include "sip/classes.h"
#include "sip/map.h"

#define IS_USUAL(c) ((c) >= 0x20 && (c) < 0x7f)

/* What one block is made into: a word for each class, and for IS_USUAL. Bits
 * are set of bytes that are not. */
struct block {
    uint64_t out[SIP_MAP_COUNT];
    uint64_t unusual;
};

typedef void block_fn(struct block *b, const char *p);

/* Writes at + i for each bit i to to, and maybe one thing more; returns where
 * what is behind the last goes. */
typedef uint16_t *list_fn(uint16_t *to, uint64_t bits, size_t at);

/*
 * A class of ASCII is a table of 16 bytes by the low nibble, with a bit for
 * each high nibble that makes a character of it.
 */
#define HI(test, lo, hi) ((test((hi)*16 + (lo))) ? 1 << (hi) : 0)
#define ROW(test, lo)                                              \
    (int8_t)(HI(test, lo, 0) | HI(test, lo, 1) | HI(test, lo, 2) | \
             HI(test, lo, 3) | HI(test, lo, 4) | HI(test, lo, 5) | \
             HI(test, lo, 6) | HI(test, lo, 7))
#define ROW4(test, lo)                                       \
    ROW(test, lo), ROW(test, (lo) + 1), ROW(test, (lo) + 2), \
        ROW(test, (lo) + 3)
#define ROW16(test) ROW4(test, 0), ROW4(test, 4), ROW4(test, 8), ROW4(test, 12)

/* A bit of each quarter for a class that a byte is not of, and UNUSUAL. */
enum { UNUSUAL = SIP_MAP_COUNT };
_Static_assert(UNUSUAL < 4, "a class has a quarter");

#define OUT(c)                                         \
    ((uint64_t) !(IS_PLAIN(c)) << 16 * SIP_MAP_PLAIN | \
     (uint64_t) !(IS_ALNUM(c)) << 16 * SIP_MAP_ALNUM | \
     (uint64_t) !(IS_USUAL(c)) << 16 * UNUSUAL)
#define OUT4(c) OUT(c), OUT((c) + 1), OUT((c) + 2), OUT((c) + 3)
#define OUT16(c) OUT4(c), OUT4((c) + 4), OUT4((c) + 8), OUT4((c) + 12)
#define OUT64(c) OUT16(c), OUT16((c) + 16), OUT16((c) + 32), OUT16((c) + 48)

static const uint64_t out_of[256] = {OUT64(0), OUT64(64), OUT64(128),
                                     OUT64(192)};

/* Sixteen bytes fill the quarters from their top. */
static inline void block_scalar(struct block *b, const char *p)
{
    *b = (struct block){{0}, 0};
    for (int i = SIP_MAP_BLOCK - 16; i >= 0; i -= 16) {
        uint64_t x = 0;

        for (int j = 15; j >= 0; j--)
            x = x << 1 | out_of[(unsigned char)p[i + j]];
        for (int c = 0; c < SIP_MAP_COUNT; c++)
            b->out[c] |= (x >> 16 * c & 0xffff) << i;
        b->unusual |= (x >> 16 * UNUSUAL & 0xffff) << i;
    }
}

static inline uint16_t *list_scalar(uint16_t *to, uint64_t bits, size_t at)
{
    for (; bits; bits &= bits - 1)
        *to++ = (uint16_t)(at + (unsigned)__builtin_ctzll(bits));
    return to;
}

#endif
