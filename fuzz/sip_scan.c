/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz: the map by vectors is the map by bytes, and both are the classes. */
#include <stdlib.h>

#include "sip/chars.h"
#include "sip/map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static bool in_class(enum sip_map_class cls, char ch)
{
    switch (cls) {
    case SIP_MAP_PLAIN: /* what all these have in common */
        return sip_char_is(ch, SIP_C_TOKEN) &&
               sip_char_is(ch, SIP_C_USER_BARE) &&
               sip_char_is(ch, SIP_C_PASSWORD) &&
               sip_char_is(ch, SIP_C_PARAM) && sip_char_is(ch, SIP_C_HEADER) &&
               ch != '%';
    case SIP_MAP_ALNUM:
    case SIP_MAP_COUNT:
    default:
        return sip_char_is(ch, SIP_C_ALPHA | SIP_C_DIGIT);
    }
}

static bool unusual(char ch)
{
    return (unsigned char)ch < 0x20 || (unsigned char)ch >= 0x7f;
}

/* The run from p on by the map is the run byte by byte. */
static void check_run(const struct sip_map *map, enum sip_map_class cls,
                      const char *p)
{
    const char *end = map->from + map->n;
    const char *q = p;
    const char *to = sip_map_run(map, cls, p);

    while (q < end && in_class(cls, *q) && q - p < SIP_MAP_BLOCK)
        q++;
    must(to ? to == q || q == end : q - p >= 57);
}

/* What is unusual and behind what is not, and then the end. */
static void check_unusual(const struct sip_map *map)
{
    const uint16_t *at = map->unusual;

    for (size_t i = 0; i < map->n; i++)
        if (unusual(map->from[i]) && (!i || !unusual(map->from[i - 1])))
            must(*at++ == i);
    must(*at == map->n);
}

/* The map of all of the text, which has the first row only. */
static void check_plain(struct sip_map *map, const char *from, size_t size)
{
    must(map->from == from);
    must(map->n == (size < SIP_MAP_MAX ? size : SIP_MAP_MAX));
    check_unusual(map);
    for (size_t i = 0; i < map->n; i++)
        check_run(map, SIP_MAP_PLAIN, from + i);
}

/* Stops short only behind an empty line or at its limit. */
static void check_end(const struct sip_map *map, size_t size)
{
    bool empty = false;

    must(map->n <= size && map->n <= SIP_MAP_MAX);
    for (size_t i = 2; i < map->n; i++)
        empty |= map->from[i] == '\n' && map->from[i - 2] == '\n';
    must(empty || map->n == size || map->n == SIP_MAP_MAX);
}

/* Rows and list of the one are those of the other. */
static void check_same(const struct sip_map *map, const struct sip_map *twin,
                       int rows)
{
    size_t words = (map->n + SIP_MAP_BLOCK - 1) / SIP_MAP_BLOCK + 1;

    must(map->from == twin->from && map->n == twin->n);
    for (int c = 0; c < rows; c++)
        must(memcmp(map->out[c], twin->out[c], words * 8) == 0);
    check_unusual(map);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sip_map head;
    static struct sip_map all;
    static struct sip_map map;
    const char *from = size ? (const char *)data : "";
    const struct sip_map_way *way = sip_map_way(0);

    way->head(&head, from, from + size);
    check_end(&head, size);
    check_unusual(&head);
    for (int c = 0; c < SIP_MAP_COUNT; c++)
        for (size_t i = 0; i < head.n; i++)
            check_run(&head, (enum sip_map_class)c, from + i);
    way->plain(&all, from, from + size);
    check_plain(&all, from, size);
    for (unsigned i = 1; (way = sip_map_way(i)); i++) {
        way->head(&map, from, from + size);
        check_same(&map, &head, SIP_MAP_COUNT);
        way->plain(&map, from, from + size);
        check_same(&map, &all, 1);
    }
    return 0;
}
