/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: address selection (RFC 6724), its own examples among others. */
#include "tls/select.h"

#include "test/unit/tls_kit.h"

enum { SOME = 4 };

/* "2001:db8::2/64" */
static struct tls_local local(const char *text)
{
    struct tls_local l = {.bits = 0};
    struct slice s = slice_cstr(text);
    size_t n = slice_find(s, '/');

    assert_int_equal(tls_addr_parse_ip(&l.addr, slice_of(s.p, n)), 0);
    for (size_t i = n + 1; i < s.n; i++)
        l.bits = (uint8_t)(l.bits * 10 + (s.p[i] - '0'));
    return l;
}

static struct tls_addr addr(const char *text)
{
    return local(text).addr;
}

static struct tls_locals locals_of(const char *const *text)
{
    struct tls_locals l = {.n = 0};

    for (; l.n < SOME && text[l.n]; l.n++)
        l.row[l.n] = local(text[l.n]);
    return l;
}

/* ------------------------------------------------------------ the source */

/* Each way round: the order of the interfaces does not matter. */
static void test_source(void **state)
{
    static const struct {
        const char *dst, *have[SOME], *source; /* NULL: none */
    } row[] = {
        /* RFC 6724 10.1 */
        {"2001:db8:1::1", {"2001:db8:3::1", "fe80::1"}, "2001:db8:3::1"},
        {"2001:db8:1::1", {"2001:db8:1::1", "2001:db8:2::1"}, "2001:db8:1::1"},
        {"fe80::1", {"fe80::2", "2001:db8:1::1"}, "fe80::2"},
        {"2001:db8:1::1", {"2001:db8:1::2", "2001:db8:3::2"}, "2001:db8:1::2"},
        {"2002:c633:6401::1",
         {"2002:c633:6401::7", "2001:db8:1::2"},
         "2002:c633:6401::7"},
        /* What is the interface's of an address says nothing. */
        {"2001:db8:1::9",
         {"2001:db8:1::8/64", "2001:db8:2::9/64"},
         "2001:db8:1::8"},
        /* Nobody's way out. */
        {"2001:db8:1::1", {"fe80::1", "::1", "192.0.2.1"}, NULL},
        {"198.51.100.1", {"169.254.1.1", "127.0.0.1", "2001:db8::1"}, NULL},
        {"198.51.100.1", {"127.0.0.1", "10.0.0.1/8"}, "10.0.0.1"},
        {"127.0.0.1", {"192.0.2.1", "127.0.0.1/8"}, "127.0.0.1"},
        {"127.0.0.1", {"192.0.2.1"}, NULL},
        {"::1", {"2001:db8::1", "::1"}, "::1"},
        {"169.254.7.7", {"192.0.2.1", "169.254.1.1/16"}, "169.254.1.1"},
        {"64:ff9b::c633:6401", {"2001:db8::1", "fd00::1"}, "2001:db8::1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct tls_locals have = locals_of(row[i].have), turned = have;
        const struct tls_addr dst = addr(row[i].dst);

        for (unsigned k = 0; k < have.n; k++)
            turned.row[have.n - 1 - k] = have.row[k];
        const struct tls_local *a = tls_select_source(&have, &dst);
        const struct tls_local *b = tls_select_source(&turned, &dst);

        if (!row[i].source) {
            assert_true(!a && !b);
            continue;
        }
        const struct tls_addr want = addr(row[i].source);

        if (!a || !tls_addr_same_ip(&a->addr, &want) || !b ||
            !tls_addr_same_ip(&b->addr, &want))
            fail_msg("%s is not reached from %s", row[i].dst, row[i].source);
    }
}

/* -------------------------------------------------------- destinations */

/* first goes before second by that rule; 0: they stay as they are. */
static const struct {
    unsigned rule;
    const char *first, *second, *have[SOME];
} pair[] = {
    /* RFC 6724 10.2 */
    {1,
     "2001:db8:1::1",
     "198.51.100.121",
     {"2001:db8:1::2", "fe80::1", "169.254.13.78"}},
    {1, "198.51.100.121", "2001:db8:1::1", {"fe80::1", "198.51.100.117"}},
    {6, "2001:db8:1::1", "10.1.2.3", {"2001:db8:1::2", "fe80::1", "10.1.2.4"}},
    {8, "fe80::1", "2001:db8:1::1", {"2001:db8:1::2", "fe80::2"}},
    {9,
     "2001:db8:1::1",
     "2001:db8:3ffe::1",
     {"2001:db8:1::2", "2001:db8:3f44::2", "fe80::2"}},
    {5,
     "2002:c633:6401::1",
     "2001:db8:1::1",
     {"2002:c633:6401::2", "fe80::2"}},
    {6,
     "2001:db8:1::1",
     "2002:c633:6401::1",
     {"2002:c633:6401::2", "2001:db8:1::2", "fe80::2"}},
    /* A network that numbers itself (ULA) and has no IPv6 to the outside. */
    {5, "198.51.100.1", "2001:db8:1::1", {"fd00::2/64", "192.168.0.2/24"}},
    /* Its own server is reached by its own addresses, if they are told. */
    {6, "198.51.100.1", "fd00::9", {"fd00::2/64", "192.168.0.2/24"}},
    {1, "fd00::9", "198.51.100.1", {"fd00::2/64", "fe80::1"}},
    /* Teredo is the last resort; NAT64 is IPv6 as any other. */
    {6, "198.51.100.1", "2001:0:1::1", {"2001:0:2::2", "10.0.0.2"}},
    {6, "64:ff9b::c633:6401", "198.51.100.1", {"2001:db8::2", "10.0.0.2"}},
    /* IPv6 has no loopback here. */
    {1, "127.0.0.1", "::1", {"127.0.0.1"}},
    {6, "::1", "127.0.0.1", {"127.0.0.1", "::1"}},
    {2, "2001:db8::1", "fe80::1", {"2001:db8::2"}},
    /* Nothing between IPv4 addresses: the order of DNS spreads load. */
    {0, "198.51.100.1", "192.168.0.1", {"192.168.0.2/24"}},
    {0, "192.168.0.1", "198.51.100.1", {"192.168.0.2/24"}},
    /* Nor behind the prefix of the link. */
    {0, "2001:db8:1::1:0:0:9", "2001:db8:1::2", {"2001:db8:1::3/64"}},
    /* Nothing is known: precedence, and smaller scope. */
    {6, "2001:db8::1", "198.51.100.1", {NULL}},
    {6, "198.51.100.1", "fd00::1", {NULL}},
    {8, "fe80::1", "2001:db8::1", {NULL}},
    {0, "2001:db8::1", "2001:db8:1::1", {NULL}},
};

enum { PAIRS = sizeof(pair) / sizeof(pair[0]) };

/* Where two ranks differ first, from the highest bit. */
static unsigned rule_of(uint32_t a, uint32_t b)
{
    static const struct {
        unsigned from, rule;
    } row[] = {{22, 1}, {21, 2}, {20, 5}, {12, 6}, {8, 8}, {0, 9}};

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
        if (a >> row[i].from != b >> row[i].from)
            return row[i].rule;
    return 0;
}

static void test_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIRS; i++) {
        const struct tls_locals have = locals_of(pair[i].have);
        const struct tls_addr a = addr(pair[i].first);
        const struct tls_addr b = addr(pair[i].second);
        uint32_t ra = tls_select_rank(&have, &a);
        uint32_t rb = tls_select_rank(&have, &b);

        if (rule_of(ra, rb) != pair[i].rule)
            fail_msg("%s and %s: by rule %u, not %u", pair[i].first,
                     pair[i].second, rule_of(ra, rb), pair[i].rule);
        if (pair[i].rule ? ra <= rb : ra != rb)
            fail_msg("%s does not go before %s", pair[i].first,
                     pair[i].second);
    }
}

/* By the source itself, as a probe might give it. */
static void test_from(void **state)
{
    const struct tls_addr dst = addr("2001:db8:1::1");
    const struct tls_local near = local("2001:db8:1::2/64");
    const struct tls_local far = local("2001:db9::2/64");
    const struct tls_local scope = local("fe80::1/64");
    uint32_t none = tls_select_rank_from(&dst, NULL);

    (void)state;
    assert_false(tls_select_usable(none));
    assert_true(tls_select_usable(tls_select_rank_from(&dst, &scope)));
    assert_int_equal(rule_of(tls_select_rank_from(&dst, &scope), none), 1);
    assert_int_equal(rule_of(tls_select_rank_from(&dst, &far),
                             tls_select_rank_from(&dst, &scope)),
                     2);
    assert_int_equal(rule_of(tls_select_rank_from(&dst, &near),
                             tls_select_rank_from(&dst, &far)),
                     9);
    assert_true(tls_select_rank_from(&dst, &near) >
                tls_select_rank_from(&dst, &far));
}

/* Half of the room is each family's; what cannot be dialled from is no use. */
static void test_room(void **state)
{
    struct tls_addr four = addr("10.0.0.1"), six = addr("2001:db8::1");
    const struct tls_addr link = addr("fe80::1");
    struct tls_locals l = {.n = 0};

    (void)state;
    for (unsigned i = 0; i < TLS_LOCALS_MAX; i++, four.ip[3]++)
        tls_locals_add(&l, &four, 24);
    assert_int_equal(l.n, TLS_LOCALS_MAX / 2);
    tls_locals_add(&l, &link, 64);
    assert_int_equal(l.n, TLS_LOCALS_MAX / 2);
    tls_locals_add(&l, &six, 64);
    assert_int_equal(l.n, TLS_LOCALS_MAX / 2 + 1);
    assert_ptr_equal(tls_select_source(&l, &six), &l.row[l.n - 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_source),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_from),
        cmocka_unit_test(test_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
