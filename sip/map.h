/* SPDX-License-Identifier: Apache-2.0 */
/* A map of a message's head: where runs of characters end, a bit a byte. */
#ifndef SIP_MAP_H
#define SIP_MAP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Heads are mapped so far; what lies behind is read byte by byte. */
enum { SIP_MAP_BLOCK = 64, SIP_MAP_MAX = 4096 };

/* X(symbol, test of sip/classes.h) */
#define SIP_MAP_CLASSES(X)                                        \
    X(PLAIN, IS_PLAIN) /* of tokens and of all parts of sip URIs, \
                          where it says nothing but itself */     \
    X(ALNUM, IS_ALNUM) /* of labels of host names */              \
    X(LINE, IS_LINE)   /* anything but control characters,        \
                          DEL and bytes above */

enum sip_map_class {
#define X(symbol, test) SIP_MAP_##symbol,
    SIP_MAP_CLASSES(X)
#undef X
        SIP_MAP_COUNT
};

/*
 * Bit i of a row is bit i % 8 of its byte i / 8, and set if byte i of the
 * text is not of the class. Behind the last block all bits of two words are
 * set. Not to be zeroed: what is not written is not read.
 */
struct sip_map {
    const char *from; /* the text */
    size_t n;         /* bytes of it that are mapped */
    uint64_t out[SIP_MAP_COUNT][SIP_MAP_MAX / SIP_MAP_BLOCK + 2];
};

/*
 * Maps the text in [from, end) up to the block with the first empty line, or
 * the end, or SIP_MAP_MAX bytes.
 */
void sip_map_make(struct sip_map *map, const char *from, const char *end);

/* The same without vector instructions: the twin for the tests. */
void sip_map_make_scalar(struct sip_map *map, const char *from,
                         const char *end);

/* Only the row SIP_MAP_LINE, and behind empty lines, too. */
void sip_map_make_lines(struct sip_map *map, const char *from,
                        const char *end);
void sip_map_make_lines_scalar(struct sip_map *map, const char *from,
                               const char *end);

/* A word of a row as a number, or a number as a word of a row. */
static inline uint64_t sip_map_word(uint64_t w)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    return w;
}

/* The word of bits of which the first is that of the byte at p; 57 of them
 * are true, what is above is 0. */
static inline uint64_t sip_map_bits(const struct sip_map *map,
                                    enum sip_map_class cls, const char *p)
{
    size_t i = (size_t)(p - map->from);
    uint64_t w;

    memcpy(&w, (const char *)map->out[cls] + i / 8, sizeof(w));
    return sip_map_word(w) >> (i % 8);
}

/* Where the run of the class that starts at p ends, or NULL: too long. */
static inline const char *sip_map_run(const struct sip_map *map,
                                      enum sip_map_class cls, const char *p)
{
    uint64_t w = sip_map_bits(map, cls, p);

    return w ? p + __builtin_ctzll(w) : NULL;
}

/* The first byte from p on, which is mapped, that is not SIP_MAP_LINE; or one
 * behind the map. */
static inline const char *sip_map_unusual(const struct sip_map *map,
                                          const char *p)
{
    const uint64_t *row = map->out[SIP_MAP_LINE];
    size_t i = (size_t)(p - map->from);
    size_t k = i / 64;
    uint64_t w = sip_map_word(row[k]) & UINT64_MAX << i % 64;

    uint64_t none = (uint64_t)!w * UINT64_MAX;

    /* Without a branch: lines that are longer than this are rare. */
    k -= (size_t)none;
    w |= sip_map_word(row[k]) & none;
    while (!w)
        w = sip_map_word(row[++k]);
    return map->from + k * 64 + __builtin_ctzll(w);
}

#endif
