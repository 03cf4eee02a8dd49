/* SPDX-License-Identifier: Apache-2.0 */
/* The map of a head: the same by vectors, by bytes and by its classes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sip/chars.h"
#include "sip/map.h"

enum { TEXT_MAX = SIP_MAP_MAX + 3 * SIP_MAP_BLOCK, TEXTS = 400 };

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static bool plain(char ch)
{
    return sip_char_is(ch, SIP_C_TOKEN) && sip_char_is(ch, SIP_C_PARAM) &&
           ch != '%' && ch != '`';
}

static bool usual(char ch)
{
    return (unsigned char)ch >= 0x20 && (unsigned char)ch < 0x7f;
}

/* What is unusual, as the map's list has it. */
static void check_unusual(const struct sip_map *map)
{
    const uint16_t *at = map->unusual;

    for (size_t i = 0; i < map->n; i++)
        if (!usual(map->from[i]) && (!i || usual(map->from[i - 1])))
            assert_int_equal(*at++, i);
    assert_int_equal(*at, map->n);
}

static void check_row(const struct sip_map *map, enum sip_map_class cls)
{
    for (size_t i = 0; i < map->n; i++) {
        char ch = map->from[i];
        bool in = cls == SIP_MAP_PLAIN
                      ? plain(ch)
                      : sip_char_is(ch, SIP_C_ALPHA | SIP_C_DIGIT);

        assert_int_equal(sip_map_bits(map, cls, map->from + i) & 1, !in);
    }
    /* What is behind the end is in no class. */
    assert_int_equal(sip_map_bits(map, cls, map->from + map->n) & 1, 1);
}

static void check_way(const struct sip_map_way *way, const char *text,
                      size_t n)
{
    static struct sip_map map;

    way->head(&map, text, text + n);
    for (int c = 0; c < SIP_MAP_COUNT; c++)
        check_row(&map, (enum sip_map_class)c);
    check_unusual(&map);
    way->plain(&map, text, text + n);
    assert_int_equal(map.n, n < SIP_MAP_MAX ? n : SIP_MAP_MAX);
    check_row(&map, SIP_MAP_PLAIN);
    check_unusual(&map);
}

/* In a block of its own size, so that a tool sees an overread. */
static void check_text(const char *text, size_t n)
{
    char *exact = malloc(n ? n : 1);
    const struct sip_map_way *way;

    assert_non_null(exact);
    memcpy(exact, text, n);
    for (unsigned i = 0; (way = sip_map_way(i)); i++)
        check_way(way, exact, n);
    free(exact);
}

/* Texts of any bytes, and such as messages are made of. */
static void test_each_way(void **state)
{
    static const char of[] =
        "aZ09-._!~*'+ :;,@<>\"/=%`\r\n\r\n\t\\\x7f\x80\xff";
    static char text[TEXT_MAX];
    uint32_t seed = 1;

    (void)state;
    for (int k = 0; k < TEXTS; k++) {
        size_t n = next(&seed) % (k % 10 ? 200 : TEXT_MAX);

        for (size_t i = 0; i < n; i++)
            text[i] =
                k % 2 ? (char)next(&seed) : of[next(&seed) % (sizeof(of) - 1)];
        check_text(text, n);
    }
    check_text("", 0);
}

/* A head's map stops behind its empty line, wherever that is. */
static void test_end_of_head(void **state)
{
    static char text[1024];
    static struct sip_map map;

    (void)state;
    for (size_t at = 0; at < 256; at++) {
        memset(text, 'x', sizeof(text));
        memcpy(text + at, "\r\n\r\n", 4);
        sip_map_make(&map, text, text + sizeof(text));
        assert_true(map.n >= at + 4);
        if (at % SIP_MAP_BLOCK < SIP_MAP_BLOCK - 3 ||
            at % SIP_MAP_BLOCK == SIP_MAP_BLOCK - 1)
            assert_true(map.n < at + 4 + SIP_MAP_BLOCK);
        assert_int_equal(map.unusual[0], at);
        sip_map_make_plain(&map, text, text + sizeof(text));
        assert_int_equal(map.n, sizeof(text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_way),
        cmocka_unit_test(test_end_of_head),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
