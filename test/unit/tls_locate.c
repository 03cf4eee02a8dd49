/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: RFC 3263 for TLS, against a made-up DNS in virtual time. */
#include "test/unit/tls_locatekit.h"

static const struct entry nothing[] = {{.name = "x"}};

static void test_explicit(void **state)
{
    struct tls_addr a[2];
    struct run r;

    (void)state;
    assert_int_equal(tls_addr_parse(&a[0], S("192.0.2.9:7"), 0), 0);
    assert_int_equal(tls_addr_parse(&a[1], S("[::1]:5061"), 0), 0);
    r = SEARCH(nothing, .host = S("a.test"), .addr = a, .naddr = 2);
    assert_string_equal(r.trace, "192.0.2.9:7 [::1]:5061");
    assert_int_equal(r.cause.code, CAUSE_connect_refused);
}

static void test_numeric(void **state)
{
    struct run r;

    (void)state;
    r = SEARCH(nothing, .host = S("192.0.2.9"));
    assert_string_equal(r.trace, "192.0.2.9:5061");
    r = SEARCH(nothing, .host = S("[2001:db8::9]"), .port = 7);
    assert_string_equal(r.trace, "[2001:db8::9]:7");
}

/* RFC 3263 4.2: a port means that SRV is not asked. */
static void test_port(void **state)
{
    static const struct entry zone[] = {
        {"a.test", TLS_DNS_A, .ip = {1, 2}},
        {"a.test", TLS_DNS_AAAA, .ip = {1}},
    };
    struct run r;

    (void)state;
    r = SEARCH(zone, .host = S("A.test."), .port = 5071);
    assert_string_equal(r.trace, "?AAAA a.test ?A a.test [2001:db8::1]:5071 "
                                 "192.0.2.1:5071 192.0.2.2:5071");
}

static void test_no_srv(void **state)
{
    static const struct entry zone[] = {
        {"_sips._tcp.a.test", TLS_DNS_SRV, .rcode = 0}, /* no data */
        {"a.test", TLS_DNS_A, .ip = {1}},
        {"a.test", TLS_DNS_AAAA, .rcode = 0},
    };
    struct run r;

    (void)state;
    r = SEARCH(zone, .host = S("a.test"));
    assert_string_equal(r.trace, "?SRV _sips._tcp.a.test ?NAPTR a.test "
                                 "?AAAA a.test "
                                 "?A a.test 192.0.2.1:5061");
}

static void test_srv_order(void **state)
{
    static const struct entry zone[] = {
        {"_sips._tcp.a.test", TLS_DNS_SRV,
         .srv = {{20, 0, 5063, "c.test"},
                 {10, 0, 5061, "a.test"},
                 {15, 5, 5062, "b.test"},
                 {1, 5, 0, "zero.test"}}}, /* port 0: not usable */
        {"a.test", TLS_DNS_A, .ip = {1}},
        {"b.test", TLS_DNS_AAAA, .ip = {2}},
        {"c.test", TLS_DNS_A, .ip = {3}, .cname = "d.test"},
    };
    struct run r;

    (void)state;
    r = SEARCH(zone, .host = S("a.test"));
    assert_string_equal(r.trace, "?SRV _sips._tcp.a.test ?NAPTR a.test "
                                 "?AAAA a.test ?A a.test 192.0.2.1:5061 "
                                 "?AAAA b.test ?A b.test [2001:db8::2]:5062 "
                                 "?AAAA c.test ?A c.test 192.0.2.3:5063");
    assert_int_equal(r.cause.code, CAUSE_connect_refused);
}

/* RFC 2782: 3 of 4 go to the target with three times the weight. */
static void test_srv_weight(void **state)
{
    static const struct entry zone[] = {
        {"_sips._tcp.a.test", TLS_DNS_SRV,
         .srv = {{1, 10, 5061, "b.test"}, {1, 30, 5061, "c.test"}}},
        {"b.test", TLS_DNS_A, .ip = {2}},
        {"c.test", TLS_DNS_A, .ip = {3}},
    };
    int c_first = 0;

    (void)state;
    for (int i = 0; i < 400; i++) {
        struct run r = SEARCH(zone, .host = S("a.test"));
        const char *b = strstr(r.trace, "192.0.2.2");
        const char *c = strstr(r.trace, "192.0.2.3");

        assert_non_null(b);
        assert_non_null(c);
        c_first += c < b;
    }
    /* 300 expected, sigma 8.7; and zero would mean that weight is dead */
    assert_in_range(c_first, 240, 360);
}

static void test_declined(void **state)
{
    static const struct entry zone[] = {
        {"_sips._tcp.a.test", TLS_DNS_SRV, .srv = {{0, 0, 0, ""}}},
        {"a.test", TLS_DNS_A, .ip = {1}},
    };
    struct run r;

    (void)state;
    r = SEARCH(zone, .host = S("a.test"));
    assert_string_equal(r.trace, "?SRV _sips._tcp.a.test ?NAPTR a.test");
    assert_int_equal(r.cause.code, CAUSE_policy_refused);
    assert_int_equal(r.why, POLICY_srv_declined);
}

/* A domain that offers only UDP and TCP: told, never dialled. */
static void test_only_udp(void **state)
{
    static const struct entry zone[] = {
        {"_sip._udp.a.test", TLS_DNS_SRV, .srv = {{1, 1, 5060, "b.test"}}},
        {"b.test", TLS_DNS_A, .ip = {2}},
    };
    static const struct entry control[] = {
        {"_sip._udp.a.test", TLS_DNS_SRV, .srv = {{1, 1, 5060, "b.test"}}},
        {"_sips._tcp.a.test", TLS_DNS_SRV, .srv = {{1, 1, 5061, "b.test"}}},
        {"b.test", TLS_DNS_A, .ip = {2}},
    };
    struct run r;

    (void)state;
    r = SEARCH(zone, .host = S("a.test"));
    assert_null(strstr(r.trace, "192.0.2."));
    assert_null(strstr(r.trace, "5060"));
    assert_int_equal(r.cause.code, CAUSE_policy_refused);
    assert_int_equal(r.why, POLICY_srv_not_sips);
    r = SEARCH(control, .host = S("a.test"));
    assert_non_null(strstr(r.trace, "192.0.2.2:5061"));
    assert_null(strstr(r.trace, "5060"));
    assert_null(strstr(r.trace, "_sip._udp"));
    assert_int_equal(r.why, POLICY_ALLOWED);
}

static void test_no_domain(void **state)
{
    struct run r;

    (void)state;
    r = SEARCH(nothing, .host = S("a.test"));
    assert_int_equal(r.cause.code, CAUSE_dns_no_domain);
    assert_non_null(strstr(r.cause.text, "a.test"));
    r = SEARCH(nothing, .host = S("a.test"), .port = 5061);
    assert_int_equal(r.cause.code, CAUSE_dns_no_domain);
}

static void test_no_record(void **state)
{
    static const struct entry zone[] = {{.name = "a.test"}};
    struct run r;

    (void)state;
    r = SEARCH(zone, .host = S("a.test"));
    assert_int_equal(r.cause.code, CAUSE_dns_no_record);
}

/* A resolver that fails is not a domain without records. */
static void test_dns_fails(void **state)
{
    static const struct {
        int rcode;
        enum cause_code code;
    } row[] = {{QUIET, CAUSE_dns_timeout},
               {2, CAUSE_dns_server},
               {5, CAUSE_dns_server},
               {BROKEN, CAUSE_dns_malformed}};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        const struct entry zone[] = {
            {"_sips._tcp.a.test", TLS_DNS_SRV, .rcode = row[i].rcode},
            {"a.test", TLS_DNS_A, .ip = {1}},
        };
        struct run r = SEARCH(zone, .host = S("a.test"));

        assert_int_equal(r.cause.code, row[i].code);
        assert_string_equal(r.trace, "?SRV _sips._tcp.a.test ?NAPTR a.test");
    }
    for (size_t i = 0; i < 4; i++) { /* one half of the pair fails */
        const struct entry zone[] = {
            {"a.test", TLS_DNS_AAAA, .rcode = row[i].rcode},
            {"a.test", TLS_DNS_A, .ip = {1}},
        };
        struct run r = SEARCH(zone, .host = S("a.test"), .port = 5061);

        assert_non_null(strstr(r.trace, "192.0.2.1:5061"));
        assert_int_equal(r.cause.code, CAUSE_connect_refused);
    }
}

/* Nobody answers, not even the resolver's own time-out. */
static void test_silence(void **state)
{
    static const struct entry zone[] = {
        {"_sips._tcp.a.test", TLS_DNS_SRV, .delay = 1000000}};
    struct run r;

    (void)state;
    r = SEARCH(zone, .host = S("a.test"));
    assert_int_equal(r.cause.code, CAUSE_dns_timeout);
    assert_int_equal(r.took, TLS_LOCATE_QUERY_MS);
}

/* A slow AAAA does not hold up what A found, and joins in when it comes. */
static void test_grace(void **state)
{
    static const struct entry zone[] = {
        {"a.test", TLS_DNS_AAAA, .ip = {1}, .delay = 9000},
        {"a.test", TLS_DNS_A, .ip = {1}, .delay = 20},
    };
    struct run r;

    (void)state;
    r = SEARCH(zone, .host = S("a.test"), .port = 5061);
    assert_string_equal(r.trace, "?AAAA a.test ?A a.test 192.0.2.1:5061");
    assert_int_equal(r.took, 20 + TLS_LOCATE_HOLD_MS + TLS_LOCATE_LATE_MS);
}

static void test_bounds(void **state)
{
    struct tls_addr a[TLS_LOCATE_ADDRS_MAX + 1];
    struct tls_locate_ask ask = {
        .host = S("a.test"), .addr = a, .naddr = TLS_LOCATE_ADDRS_MAX + 1};
    struct tls_locate_edge edge[TLS_LOCATE_EDGES_MAX + 1] = {{{NULL, 0}, 0}};
    struct tls_locate *l;

    (void)state;
    memset(a, 0, sizeof(a));
    assert_int_equal(tls_locate_new(&l, &kit_env, &ask), E_TOOBIG);
    ask = (struct tls_locate_ask){.host = S("no host")};
    assert_int_equal(tls_locate_new(&l, &kit_env, &ask), E_SYNTAX);
    ask.host = S("");
    assert_int_equal(tls_locate_new(&l, &kit_env, &ask), E_SYNTAX);
    ask = (struct tls_locate_ask){.edge = edge,
                                  .nedges = TLS_LOCATE_EDGES_MAX + 1};
    assert_int_equal(tls_locate_new(&l, &kit_env, &ask), E_TOOBIG);
    ask = (struct tls_locate_ask){.host = S("a.test"),
                                  .exclude = a,
                                  .nexclude = TLS_LOCATE_EDGES_MAX + 1};
    assert_int_equal(tls_locate_new(&l, &kit_env, &ask), E_TOOBIG);
    edge[0].host = S("a.test"); /* a bad one behind a good one */
    edge[1].host = S("b test");
    ask = (struct tls_locate_ask){.edge = edge, .nedges = 2};
    assert_int_equal(tls_locate_new(&l, &kit_env, &ask), E_SYNTAX);
    const struct slice bad[5] = {S("a.test"), S("no domain")};

    ask = (struct tls_locate_ask){.host = S("a"), .search = bad, .nsearch = 2};
    assert_int_equal(tls_locate_new(&l, &kit_env, &ask), E_SYNTAX);
    ask.nsearch = 5;
    assert_int_equal(tls_locate_new(&l, &kit_env, &ask), E_TOOBIG);
    ask = (struct tls_locate_ask){.edge = edge, .nedges = 2};
    edge[1].host = S("b.test");
    assert_int_equal(tls_locate_new(&l, &kit_env, &ask), 0);
    tls_locate_free(l);
}

/* What tells most about the failure is kept, not what came last. */
static void test_cause_kept(void **state)
{
    struct tls_locate_ask ask = {.host = S("a.test"), .naddr = 3};
    struct tls_addr a[3];
    struct tls_locate *l;
    struct tls_step s;
    struct cause c;

    (void)state;
    for (uint16_t i = 0; i < 3; i++)
        assert_int_equal(
            tls_addr_parse(&a[i], S("192.0.2.1"), (uint16_t)(i + 1)), 0);
    ask.addr = a;
    assert_int_equal(tls_locate_new(&l, &kit_env, &ask), 0);
    for (int i = 0; i < 3; i++) {
        tls_locate_next(l, 1, &s);
        assert_int_equal(s.kind, TLS_STEP_TRY);
        tls_locate_next(l, 1, &s); /* told once */
        assert_int_equal(s.kind, TLS_STEP_WAIT);
        cause_set(&c, i == 1 ? CAUSE_tls_version : CAUSE_connect_refused);
        tls_locate_lost(l, (unsigned)i + 1, &c);
    }
    tls_locate_next(l, 1, &s);
    assert_int_equal(s.kind, TLS_STEP_FAILED);
    assert_int_equal(tls_locate_cause(l)->code, CAUSE_tls_version);
    tls_locate_lost(l, 3, &c); /* too late: no harm */
    tls_locate_free(l);
}

/* A certificate that is refused ends the search; control: a reset. */
static void test_trust_stops(void **state)
{
    static const struct tls_addr given[] = {{4, {192, 0, 2, 1}, 1},
                                            {4, {192, 0, 2, 1}, 2}};
    struct tls_locate_ask ask = {.addr = given, .naddr = 2};
    enum cause_code code[] = {CAUSE_cert_expired, CAUSE_connect_reset};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct tls_locate *l;
        struct tls_step s;
        struct cause c;

        assert_int_equal(tls_locate_new(&l, &kit_env, &ask), 0);
        tls_locate_next(l, 1, &s);
        assert_int_equal(s.kind, TLS_STEP_TRY);
        cause_set(&c, code[i]);
        tls_locate_lost(l, s.candidate, &c);
        tls_locate_next(l, 2, &s);
        assert_int_equal(s.kind, i ? TLS_STEP_TRY : TLS_STEP_FAILED);
        assert_int_equal(tls_locate_cause(l)->code, code[i]);
        tls_locate_free(l);
    }
}

/* Old, unknown and doubled answers change nothing. */
static void test_stray(void **state)
{
    struct tls_locate_ask ask = {.host = S("a.test"), .port = 1};
    struct tls_locate *l;
    struct tls_step q, s;
    struct dnskit d;

    (void)state;
    dns_begin(&d, 0, "a.test", TLS_DNS_AAAA);
    dns_aaaa(&d, NULL, 1, 1);
    struct slice packet = dns_end(&d);

    assert_int_equal(tls_locate_new(&l, &kit_env, &ask), 0);
    tls_locate_next(l, 1, &q);
    assert_int_equal(q.type, TLS_DNS_AAAA);
    tls_locate_answer(l, q.qid + 1, TLS_LOCATE_PACKET, packet); /* unsent */
    tls_locate_answer(l, 0, TLS_LOCATE_PACKET, packet);
    tls_locate_next(l, 1, &s);
    assert_int_equal(s.kind, TLS_STEP_QUERY);
    tls_locate_next(l, 1, &s);
    assert_int_equal(s.kind, TLS_STEP_WAIT);
    tls_locate_answer(l, q.qid, TLS_LOCATE_PACKET, packet);
    tls_locate_answer(l, q.qid, TLS_LOCATE_PACKET, packet);
    tls_locate_tick(l, 1 + TLS_LOCATE_QUERY_MS);
    tls_locate_next(l, 2 + TLS_LOCATE_QUERY_MS, &s);
    assert_int_equal(s.kind, TLS_STEP_TRY);
    tls_locate_lost(l, 0, NULL); /* none of them */
    tls_locate_lost(l, 2, NULL);
    tls_locate_next(l, 2 + TLS_LOCATE_QUERY_MS, &s);
    assert_int_equal(s.kind, TLS_STEP_WAIT);
    tls_locate_lost(l, 1, NULL);
    tls_locate_lost(l, 1, NULL);
    tls_locate_next(l, 3 + TLS_LOCATE_QUERY_MS, &s);
    assert_int_equal(s.kind, TLS_STEP_FAILED);
    tls_locate_free(l);
}

static int body(const struct env *env, void *arg)
{
    struct tls_locate_ask ask = {.host = S("a.test")};
    struct tls_locate *l = NULL;
    int err = tls_locate_new(&l, env, &ask);

    (void)arg;
    tls_locate_free(l);
    return err;
}

static void test_oom(void **state)
{
    (void)state;
    assert_int_equal(oom_loop(&kit_env, body, NULL), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_explicit),   cmocka_unit_test(test_numeric),
        cmocka_unit_test(test_port),       cmocka_unit_test(test_no_srv),
        cmocka_unit_test(test_srv_order),  cmocka_unit_test(test_srv_weight),
        cmocka_unit_test(test_declined),   cmocka_unit_test(test_only_udp),
        cmocka_unit_test(test_no_domain),  cmocka_unit_test(test_no_record),
        cmocka_unit_test(test_dns_fails),  cmocka_unit_test(test_silence),
        cmocka_unit_test(test_grace),      cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_cause_kept), cmocka_unit_test(test_trust_stops),
        cmocka_unit_test(test_stray),      cmocka_unit_test(test_oom),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
