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
        return sip_char_is(ch, SIP_C_ALPHA | SIP_C_DIGIT);
    case SIP_MAP_LINE:
    case SIP_MAP_COUNT:
    default:
        return (unsigned char)ch >= 0x20 && (unsigned char)ch < 0x7f;
    }
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
    if (cls == SIP_MAP_LINE && q - p < SIP_MAP_BLOCK) {
        const char *unusual = sip_map_unusual(map, p);

        must(unusual == q || (q == end && unusual >= end));
    }
}

/* The row of lines alone, of all of the text. */
static void check_lines(struct sip_map *fast, struct sip_map *slow,
                        const char *from, size_t size)
{
    size_t n = size < SIP_MAP_MAX ? size : SIP_MAP_MAX;
    size_t words = (n + SIP_MAP_BLOCK - 1) / SIP_MAP_BLOCK + 1;

    sip_map_make_lines(fast, from, from + size);
    sip_map_make_lines_scalar(slow, from, from + size);
    must(fast->from == from && fast->n == n && slow->n == n);
    must(memcmp(fast->out[SIP_MAP_LINE], slow->out[SIP_MAP_LINE], words * 8) ==
         0);
    for (size_t i = 0; i < n; i++)
        check_run(fast, SIP_MAP_LINE, from + i);
}

/* Stops short only behind an empty line or at its limit. */
static void check_end(const struct sip_map *map, size_t size)
{
    bool empty = false;

    must(map->n <= size && map->n <= SIP_MAP_MAX);
    for (size_t i = 2; i < map->n; i++)
        empty |= map->from[i] == '\r' && map->from[i - 2] == '\r';
    must(empty || map->n == size || map->n == SIP_MAP_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sip_map fast;
    static struct sip_map slow;
    const char *from = size ? (const char *)data : "";

    sip_map_make(&fast, from, from + size);
    sip_map_make_scalar(&slow, from, from + size);
    must(fast.from == from && slow.from == from && fast.n == slow.n);
    check_end(&fast, size);
    for (int c = 0; c < SIP_MAP_COUNT; c++) {
        size_t words = (fast.n + SIP_MAP_BLOCK - 1) / SIP_MAP_BLOCK + 1;

        must(memcmp(fast.out[c], slow.out[c], words * 8) == 0);
        for (size_t i = 0; i < fast.n; i++)
            check_run(&fast, (enum sip_map_class)c, from + i);
    }
    check_lines(&fast, &slow, from, size);
    return 0;
}
