/* SPDX-License-Identifier: Apache-2.0 */
/* A map of a message's head: where runs of characters and lines end. */
#ifndef SIP_MAP_H
#define SIP_MAP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Heads are mapped so far; what lies behind is read byte by byte. A value is
 * read by the map if so many bytes from its end on are in it, too. */
enum { SIP_MAP_BLOCK = 64, SIP_MAP_MAX = 4096, SIP_MAP_BEHIND = 4 };

/* X(symbol, test of sip/classes.h) */
#define SIP_MAP_CLASSES(X)                                        \
    X(PLAIN, IS_PLAIN) /* of tokens and of all parts of sip URIs, \
                          where it says nothing but itself */     \
    X(ALNUM, IS_ALNUM) /* of labels of host names */

enum sip_map_class {
#define X(symbol, test) SIP_MAP_##symbol,
    SIP_MAP_CLASSES(X)
#undef X
        SIP_MAP_COUNT
};

/*
 * Bit i of a row is bit i % 8 of its byte i / 8, and set if byte i of the
 * text is not of the class. Behind the last block all bits of two words are
 * set.
 *
 * unusual has the offsets of the bytes that are neither printable ASCII nor
 * SP and stand behind one that is: of lines as nearly all are, their CRs.
 * Behind the last stands n. Not to be zeroed: what is not written is not
 * read.
 */
struct sip_map {
    const char *from; /* the text */
    size_t n;         /* bytes of it that are mapped */
    uint64_t out[SIP_MAP_COUNT][SIP_MAP_MAX / SIP_MAP_BLOCK + 2];
    uint16_t unusual[SIP_MAP_MAX / 2 + 2];
};

/*
 * Maps the text in [from, end) up to the block with the first empty line, or
 * the end, or SIP_MAP_MAX bytes.
 */
void sip_map_make(struct sip_map *map, const char *from, const char *end);

/* The same without the row SIP_MAP_ALNUM, and behind empty lines, too. */
void sip_map_make_plain(struct sip_map *map, const char *from,
                        const char *end);

/* A way to do both. All give the same. */
struct sip_map_way {
    const char *name;
    void (*head)(struct sip_map *map, const char *from, const char *end);
    void (*plain)(struct sip_map *map, const char *from, const char *end);
};

/* The ways that this machine has, for the tests: 0 is without vectors. NULL:
 * there is no such. */
const struct sip_map_way *sip_map_way(unsigned i);

/* A word of a row as a number, or a number as a word of a row. */
static inline uint64_t sip_map_word(uint64_t w)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    return w;
}

/* The word of a row's bits of which the first is that of byte i; 57 of them
 * are true, what is above is 0. */
static inline uint64_t sip_map_bits_at(const uint64_t *row, size_t i)
{
    uint64_t w;

    memcpy(&w, (const char *)row + i / 8, sizeof(w));
    return sip_map_word(w) >> (i % 8);
}

static inline uint64_t sip_map_bits(const struct sip_map *map,
                                    enum sip_map_class cls, const char *p)
{
    return sip_map_bits_at(map->out[cls], (size_t)(p - map->from));
}

/* Where the run of the class that starts at p ends, or NULL: too long. */
static inline const char *sip_map_run(const struct sip_map *map,
                                      enum sip_map_class cls, const char *p)
{
    uint64_t w = sip_map_bits(map, cls, p);

    return w ? p + __builtin_ctzll(w) : NULL;
}

enum { SIP_HOP_MAX = 56 };

/* The first byte from p on that is not plain; or one that is, if it is far,
 * and then nobody takes what is there for what ends a run. p is byte at. */
static inline const char *sip_hop_at(const struct sip_map *map, const char *p,
                                     size_t at)
{
    uint64_t bits = sip_map_bits_at(map->out[SIP_MAP_PLAIN], at);

    return p + (unsigned)__builtin_ctzll(bits | UINT64_C(1) << SIP_HOP_MAX);
}

static inline const char *sip_hop(const struct sip_map *map, const char *p)
{
    return sip_hop_at(map, p, (size_t)(p - map->from));
}

#endif
