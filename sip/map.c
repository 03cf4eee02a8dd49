/* SPDX-License-Identifier: Apache-2.0 */
/* Mapping heads: 64 bytes at a time, in the way that the machine has. */
#include "sip/map.h"

#include "sip/map_block.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include "sip/map_avx2.h"
#include "sip/map_sse2.h"
#elif defined(__aarch64__) && defined(__GNUC__)
#include "sip/map_neon.h"
#endif

/*
 * Does an empty line end in the block at p? twice has a bit where a byte and
 * the one two before it, in the same block, are both unusual: nearly only
 * there. At two of 64 places the LFs of an empty line are in two blocks; then
 * more is mapped than has to be.
 */
static bool ends_head(const char *p, uint64_t twice)
{
    for (; twice; twice &= twice - 1) {
        const char *at = p + __builtin_ctzll(twice);

        if (at[0] == '\n' && at[-2] == '\n')
            return true;
    }
    return false;
}

/* How a map is made. With all rows it is a head's. */
struct how {
    block_fn *block;
    list_fn *list;
    int rows;
};

/* Where the making of a map stands. */
struct state {
    struct sip_map *map;
    uint16_t *to;    /* what is unusual next goes there */
    uint64_t before; /* what is unusual of the block before */
};

/* The block of the text from at on, which is at p. True: it ends a head. */
static ALWAYS_INLINE bool step(struct state *s, const char *p, size_t at,
                               struct how how)
{
    struct block b;
    uint64_t twice;

    how.block(&b, p);
    s->to =
        how.list(s->to, b.unusual & ~(b.unusual << 1 | s->before >> 63), at);
    s->before = b.unusual;
    for (int c = 0; c < how.rows; c++)
        s->map->out[c][at / SIP_MAP_BLOCK] = sip_map_word(b.out[c]);
    twice = b.unusual & b.unusual << 2;
    return how.rows == SIP_MAP_COUNT && twice && ends_head(p, twice);
}

static ALWAYS_INLINE void make(struct sip_map *map, const char *from,
                               const char *end, struct how how)
{
    struct state s = {map, map->unusual, 0};
    size_t all = (size_t)(end - from);
    size_t at = 0;
    size_t k;
    bool ends = false;

    if (all > SIP_MAP_MAX)
        all = SIP_MAP_MAX;
    map->from = from;
    for (; all - at >= SIP_MAP_BLOCK && !ends; at += SIP_MAP_BLOCK)
        ends = step(&s, from + at, at, how);
    if (!ends && at < all) {
        char tail[SIP_MAP_BLOCK];

        memset(tail, ' ', sizeof(tail));
        memcpy(tail, from + at, all - at);
        step(&s, tail, at, how);
        at += SIP_MAP_BLOCK;
    }
    map->n = at < all ? at : all;
    *s.to = (uint16_t)map->n;
    k = at / SIP_MAP_BLOCK;
    for (int c = 0; c < how.rows; c++)
        map->out[c][k] = map->out[c][k + 1] = UINT64_MAX;
}

/* A way by its blocks and lists, which the machine it is for is told of. */
#define WAY(name, for_it)                                                  \
    for_it static void name##_head(struct sip_map *map, const char *from,  \
                                   const char *end)                        \
    {                                                                      \
        make(map, from, end,                                               \
             (struct how){block_##name, list_##name, SIP_MAP_COUNT});      \
    }                                                                      \
                                                                           \
    for_it static void name##_plain(struct sip_map *map, const char *from, \
                                    const char *end)                       \
    {                                                                      \
        make(map, from, end, (struct how){block_##name, list_##name, 1});  \
    }

#define list_sse2 list_scalar
#define list_neon list_scalar

WAY(scalar, )
#if defined(__x86_64__) && defined(__GNUC__)
WAY(sse2, )
WAY(avx2, AVX2)

static const struct sip_map_way ways[] = {
    {"scalar", scalar_head, scalar_plain},
    {"sse2", sse2_head, sse2_plain},
    {"avx2", avx2_head, avx2_plain}};

const struct sip_map_way *sip_map_way(unsigned i)
{
    return i < (has_avx2() ? 3 : 2) ? &ways[i] : NULL;
}

void sip_map_make(struct sip_map *map, const char *from, const char *end)
{
    if (has_avx2())
        avx2_head(map, from, end);
    else
        sse2_head(map, from, end);
}

void sip_map_make_plain(struct sip_map *map, const char *from, const char *end)
{
    if (has_avx2())
        avx2_plain(map, from, end);
    else
        sse2_plain(map, from, end);
}
#else
#if defined(__aarch64__) && defined(__GNUC__)
WAY(neon, )

static const struct sip_map_way ways[] = {
    {"scalar", scalar_head, scalar_plain}, {"neon", neon_head, neon_plain}};
#else
static const struct sip_map_way ways[] = {
    {"scalar", scalar_head, scalar_plain}};
#endif

enum { NWAYS = sizeof(ways) / sizeof(ways[0]) };

const struct sip_map_way *sip_map_way(unsigned i)
{
    return i < NWAYS ? &ways[i] : NULL;
}

void sip_map_make(struct sip_map *map, const char *from, const char *end)
{
    ways[NWAYS - 1].head(map, from, end);
}

void sip_map_make_plain(struct sip_map *map, const char *from, const char *end)
{
    ways[NWAYS - 1].plain(map, from, end);
}
#endif
