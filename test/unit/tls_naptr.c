/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: NAPTR, records in the wrong place, addresses that failed. */
#include "test/unit/tls_locatekit.h"

/* RFC 3263 4.1: SIPS+D2T alone counts, wherever it leads to. */
static void test_naptr(void **state)
{
    static const struct entry zone[] = {
        {"a.test", TLS_DNS_NAPTR,
         .naptr = {{1, 1, "s", "SIP+D2U", "_sip._udp.a.test"},
                   {9, 2, "s", "SIPS+D2T", "_sips._tcp.far.test"},
                   {9, 1, "S", "sips+d2t", "_sips._tcp.near.test"},
                   {8, 1, "u", "SIPS+D2T", "_sips._tcp.wrong.test"}}},
        {"_sips._tcp.near.test", TLS_DNS_SRV,
         .srv = {{1, 1, 5062, "edge.test"}}},
        {"_sips._tcp.a.test", TLS_DNS_SRV, .srv = {{1, 1, 5061, "x.test"}}},
        {"edge.test", TLS_DNS_A, .ip = {7}},
    };
    static const struct entry same[] = {
        {"a.test", TLS_DNS_NAPTR,
         .naptr = {{9, 1, "s", "SIPS+D2T", "_SIPS._tcp.A.test"}}},
        {"_sips._tcp.a.test", TLS_DNS_SRV, .srv = {{1, 1, 5061, "x.test"}}},
        {"x.test", TLS_DNS_A, .ip = {8}},
    };
    static const struct entry bait[] = {
        {"a.test", TLS_DNS_NAPTR,
         .naptr = {{1, 1, "s", "SIP+D2U", "_sip._udp.a.test"}}},
        {"_sip._udp.a.test", TLS_DNS_SRV, .srv = {{1, 1, 5060, "u.test"}}},
        {"u.test", TLS_DNS_A, .ip = {9}},
    };
    struct run r;

    (void)state;
    r = SEARCH(zone, .host = S("a.test"));
    assert_string_equal(r.trace, "?SRV _sips._tcp.a.test ?NAPTR a.test "
                                 "?SRV _sips._tcp.near.test ?AAAA edge.test "
                                 "?A edge.test 192.0.2.7:5062");
    r = SEARCH(same, .host = S("a.test")); /* it was asked at once */
    assert_string_equal(r.trace, "?SRV _sips._tcp.a.test ?NAPTR a.test "
                                 "?AAAA x.test ?A x.test 192.0.2.8:5061");
    r = SEARCH(bait, .host = S("a.test"));
    assert_null(strstr(r.trace, "192.0.2."));
    assert_int_equal(r.why, POLICY_srv_not_sips);
}

/* Servers that drop or refuse the question do not keep a flow from coming. */
static void test_naptr_is_an_extra(void **state)
{
    static const int rcode[] = {QUIET, BROKEN, 2, 4, 5};

    (void)state;
    for (size_t i = 0; i < sizeof(rcode) / sizeof(rcode[0]); i++) {
        const struct entry zone[] = {
            {"a.test", TLS_DNS_NAPTR, .rcode = rcode[i], .delay = 60000},
            {"_sips._tcp.a.test", TLS_DNS_SRV,
             .srv = {{1, 1, 5061, "x.test"}}},
            {"x.test", TLS_DNS_A, .ip = {8}},
        };
        struct run r = SEARCH(zone, .host = S("a.test"));

        assert_non_null(strstr(r.trace, "192.0.2.8:5061"));
        assert_int_equal(r.cause.code, CAUSE_connect_refused);
        assert_true(r.took <= 2 * TLS_LOCATE_EXTRA_MS);
    }
}

static void test_misplaced(void **state)
{
    static const struct entry zone[] = {
        {.name = "a.test"},
        {"_sip._tls.a.test", TLS_DNS_SRV, .srv = {{1, 1, 5061, "b.test"}}},
        {"_sip._udp.a.test", TLS_DNS_SRV, .srv = {{1, 1, 5060, "b.test"}}},
        {"b.test", TLS_DNS_A, .ip = {2}},
    };
    struct run r;

    (void)state;
    r = SEARCH(zone, .host = S("a.test"));
    assert_null(strstr(r.trace, "192.0.2."));
    assert_int_equal(r.cause.code, CAUSE_dns_misplaced);
    assert_non_null(strstr(r.cause.text, "a.test"));
}

/* What failed a while ago goes behind all others, of other targets, too. */
static void test_avoided(void **state)
{
    static const struct entry zone[] = {
        {"_sips._tcp.a.test", TLS_DNS_SRV,
         .srv = {{1, 1, 5061, "x.test"}, {2, 1, 5061, "y.test"}}},
        {"x.test", TLS_DNS_A, .ip = {1, 2}},
        {"y.test", TLS_DNS_A, .ip = {3}},
    };
    static const struct tls_addr given[] = {{4, {192, 0, 2, 1}, 5061},
                                            {4, {192, 0, 2, 2}, 5061}};
    struct tls_avoid avoid = {0};
    struct run r;

    (void)state;
    tls_avoid_add(&avoid, 1000, &given[0], 0);
    r = SEARCH(zone, .host = S("a.test"), .avoid = &avoid);
    assert_string_equal(r.trace, "?SRV _sips._tcp.a.test ?NAPTR a.test "
                                 "?AAAA x.test ?A x.test 192.0.2.2:5061 "
                                 "?AAAA y.test ?A y.test 192.0.2.3:5061 "
                                 "192.0.2.1:5061");
    r = SEARCH(zone, .addr = given, .naddr = 2, .avoid = &avoid);
    assert_string_equal(r.trace, "192.0.2.2:5061 192.0.2.1:5061");
    tls_avoid_add(&avoid, 1000, &given[1], 0);
    r = SEARCH(zone, .addr = given, .naddr = 2, .avoid = &avoid);
    assert_string_equal(r.trace, "192.0.2.1:5061 192.0.2.2:5061");
    tls_avoid_clear(&avoid);
    r = SEARCH(zone, .addr = given, .naddr = 2, .avoid = &avoid);
    assert_string_equal(r.trace, "192.0.2.1:5061 192.0.2.2:5061");
}

/* The list's own clock: longer each time, forgotten when it worked. */
static void test_avoid_ages(void **state)
{
    const struct tls_addr a = {4, {192, 0, 2, 1}, 5061};
    struct tls_avoid list = {0};
    int64_t now = 1000;

    (void)state;
    assert_false(tls_avoid_has(&list, now, &a));
    for (int64_t wait = TLS_AVOID_FIRST_MS; wait <= TLS_AVOID_LONGEST_MS;
         wait *= 2) {
        tls_avoid_add(&list, now, &a, 0);
        assert_true(tls_avoid_has(&list, now + wait - 1, &a));
        assert_false(tls_avoid_has(&list, now + wait, &a));
        now += wait;
    }
    tls_avoid_add(&list, now, &a, 0);
    assert_false(tls_avoid_has(&list, now + TLS_AVOID_LONGEST_MS, &a));
    tls_avoid_remove(&list, &a);
    assert_false(tls_avoid_has(&list, now, &a));
    tls_avoid_add(&list, now, &a, 99000); /* as Retry-After says */
    assert_true(tls_avoid_has(&list, now + 98999, &a));
    for (unsigned i = 0; i < 2 * TLS_AVOID_MAX; i++) {
        struct tls_addr b = {4, {198, 51, 100, (uint8_t)i}, 5061};

        tls_avoid_add(&list, now + i, &b, 0);
        assert_true(tls_avoid_has(&list, now + i, &b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_naptr),
        cmocka_unit_test(test_naptr_is_an_extra),
        cmocka_unit_test(test_misplaced),
        cmocka_unit_test(test_avoided),
        cmocka_unit_test(test_avoid_ages),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
