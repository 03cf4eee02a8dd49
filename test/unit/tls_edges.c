/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: several edges, races of addresses (RFC 8305), NAT64 (RFC 7050). */
#include "test/unit/tls_locatekit.h"

#define RACE(...) search_as((struct run){__VA_ARGS__}, ask)
#define ZONE(z) .zone = (z), .nzone = sizeof(z) / sizeof((z)[0])

static const struct entry nothing[] = {{.name = "x"}};

/* In the given order; names with a port have no SRV (RFC 3263 4.2). */
static void test_edges(void **state)
{
    static const struct entry zone[] = {
        {"e1.test", TLS_DNS_A, .ip = {1, 2}},
        {"e1.test", TLS_DNS_AAAA, .ip = {1}},
        {"_sips._tcp.e2.test", TLS_DNS_SRV,
         .srv = {{1, 1, 5071, "x.test"}, {2, 1, 5072, "y.test"}}},
        {"x.test", TLS_DNS_A, .ip = {3}},
        {"y.test", TLS_DNS_A, .ip = {4}},
    };
    const struct tls_locate_edge edge[] = {{S("e1.test"), 5061},
                                           {S("E1.test"), 443},
                                           {S("e2.test"), 0},
                                           {S("192.0.2.9"), 0}};
    const struct tls_locate_ask ask = {.edge = edge, .nedges = 4};
    struct run r = RACE(ZONE(zone), .edges = true);

    (void)state;
    assert_string_equal(r.trace,
                        "?AAAA e1.test ?A e1.test [2001:db8::1]:5061/0 "
                        "192.0.2.1:5061/0 192.0.2.2:5061/0 "
                        "?AAAA e1.test ?A e1.test [2001:db8::1]:443/1 "
                        "192.0.2.1:443/1 192.0.2.2:443/1 "
                        "?SRV _sips._tcp.e2.test ?NAPTR e2.test "
                        "?AAAA x.test ?A x.test 192.0.2.3:5071/2 "
                        "?AAAA y.test ?A y.test 192.0.2.4:5072/2 "
                        "192.0.2.9:5061/3");
    assert_int_equal(r.cause.code, CAUSE_connect_refused);
}

/* What is wrong with one edge's DNS does not keep the next one back; what
 * says most is told in the end. */
static void test_edge_fails(void **state)
{
    static const struct entry zone[] = {
        {"_sips._tcp.quiet.test", TLS_DNS_SRV, .rcode = QUIET},
        {"_sip._udp.udp.test", TLS_DNS_SRV, .srv = {{1, 1, 5060, "u.test"}}},
        {"udp.test", 0, .rcode = 0},
        {"e2.test", TLS_DNS_A, .ip = {7}},
    };
    const struct tls_locate_edge edge[] = {{S("quiet.test"), 0},
                                           {S("udp.test"), 0},
                                           {S("none.test"), 5061},
                                           {S("e2.test"), 5061}};
    struct tls_locate_ask ask = {.edge = edge, .nedges = 4};
    struct run r = RACE(ZONE(zone), .edges = true);

    (void)state;
    assert_non_null(strstr(r.trace, "192.0.2.7:5061/3"));
    assert_null(strstr(r.trace, "5060"));
    assert_int_equal(r.why, POLICY_srv_not_sips);
    ask.nedges = 1;
    r = RACE(ZONE(zone));
    assert_int_equal(r.cause.code, CAUSE_dns_timeout);
    assert_int_equal(r.why, POLICY_ALLOWED);
    ask = (struct tls_locate_ask){.edge = edge + 2, .nedges = 2};
    r = RACE(ZONE(zone)); /* a connect says more than DNS */
    assert_int_equal(r.cause.code, CAUSE_connect_refused);
    ask.nedges = 1;
    r = RACE(ZONE(zone));
    assert_int_equal(r.cause.code, CAUSE_dns_no_domain);
    assert_non_null(strstr(r.cause.text, "none.test"));
}

/* An address that failed a while ago goes behind all edges. */
static void test_edges_avoided(void **state)
{
    static const struct entry zone[] = {
        {"e1.test", TLS_DNS_A, .ip = {1, 2}},
        {"e2.test", TLS_DNS_A, .ip = {3}},
    };
    const struct tls_locate_edge edge[] = {{S("e1.test"), 5061},
                                           {S("e2.test"), 5061}};
    const struct tls_addr bad = {4, {192, 0, 2, 1}, 5061};
    struct tls_avoid avoid = {0};
    const struct tls_locate_ask ask = {
        .edge = edge, .nedges = 2, .avoid = &avoid};

    (void)state;
    tls_avoid_add(&avoid, 1000, &bad, 0);
    struct run r = RACE(ZONE(zone), .edges = true);

    assert_string_equal(
        r.trace, "?AAAA e1.test ?A e1.test 192.0.2.2:5061/0 "
                 "?AAAA e2.test ?A e2.test 192.0.2.3:5061/1 192.0.2.1:5061/0");
}

/* RFC 8305 5: the next one 250 ms later, as many as may be at a time. */
static void test_pace(void **state)
{
    static const struct entry zone[] = {
        {"a.test", TLS_DNS_A, .ip = {1, 2, 3}},
        {"a.test", TLS_DNS_AAAA, .ip = {1, 2}},
    };
    struct tls_locate_ask ask = {
        .host = S("a.test"), .port = 5061, .parallel = 2};
    struct run r = RACE(ZONE(zone), .times = true, .lives = 10000);

    (void)state;
    assert_string_equal(r.trace, "?AAAA a.test ?A a.test [2001:db8::1]:5061@0 "
                                 "192.0.2.1:5061@250 [2001:db8::2]:5061@10000 "
                                 "192.0.2.2:5061@10250 192.0.2.3:5061@20000");
    assert_int_equal(r.took, 30000);
    r = RACE(ZONE(zone), .times = true,
             .lives = 100); /* at once when failed */
    assert_string_equal(r.trace, "?AAAA a.test ?A a.test [2001:db8::1]:5061@0 "
                                 "192.0.2.1:5061@100 [2001:db8::2]:5061@200 "
                                 "192.0.2.2:5061@300 192.0.2.3:5061@400");
    ask.parallel = 4; /* each 250 ms, whatever became of those before */
    r = RACE(ZONE(zone), .times = true, .lives = 10000);
    assert_string_equal(r.trace, "?AAAA a.test ?A a.test [2001:db8::1]:5061@0 "
                                 "192.0.2.1:5061@250 [2001:db8::2]:5061@500 "
                                 "192.0.2.2:5061@750 192.0.2.3:5061@10000");
    ask.parallel = 2;
    ask.pace_ms = 1; /* no less than 100 */
    r = RACE(ZONE(zone), .times = true, .lives = 150);
    assert_non_null(
        strstr(r.trace, "192.0.2.1:5061@100 [2001:db8::2]:5061@150"));
    ask.pace_ms = 99999; /* no more than 2000 */
    r = RACE(ZONE(zone), .times = true, .lives = 10000);
    assert_non_null(strstr(r.trace, "192.0.2.1:5061@2000"));
    ask.parallel = 0; /* control: one at a time */
    ask.pace_ms = 0;
    r = RACE(ZONE(zone), .times = true, .lives = 10000);
    assert_non_null(strstr(r.trace, "192.0.2.1:5061@10000 [2001"));
}

/* The race goes on over targets and edges, DNS of the next one included. */
static void test_pace_over_edges(void **state)
{
    static const struct entry zone[] = {
        {"_sips._tcp.e1.test", TLS_DNS_SRV,
         .srv = {{1, 1, 5061, "x.test"}, {2, 1, 5061, "y.test"}}},
        {"x.test", TLS_DNS_A, .ip = {1}},
        {"y.test", TLS_DNS_A, .ip = {2}, .delay = 30},
        {"e2.test", TLS_DNS_A, .ip = {3}},
    };
    const struct tls_locate_edge edge[] = {{S("e1.test"), 0},
                                           {S("e2.test"), 5061}};
    const struct tls_locate_ask ask = {
        .edge = edge, .nedges = 2, .parallel = 2};
    struct run r = RACE(ZONE(zone), .times = true, .lives = 5000);

    (void)state;
    assert_string_equal(r.trace,
                        "?SRV _sips._tcp.e1.test ?NAPTR e1.test "
                        "?AAAA x.test ?A x.test 192.0.2.1:5061@2 "
                        "?AAAA y.test ?A y.test 192.0.2.2:5061@282 "
                        "?AAAA e2.test ?A e2.test 192.0.2.3:5061@5003");
    assert_int_equal(r.took, 10003);
}

/* RFC 8305 3: IPv6 need not wait, IPv4 waits 50 ms; late ones join in. */
static void test_resolution_delay(void **state)
{
    static const struct entry six_first[] = {
        {"a.test", TLS_DNS_AAAA, .ip = {1, 2}},
        {"a.test", TLS_DNS_A, .ip = {1}, .delay = 700},
    };
    static const struct entry six_soon[] = {
        {"a.test", TLS_DNS_AAAA, .ip = {1}, .delay = 49},
        {"a.test", TLS_DNS_A, .ip = {1, 2}},
    };
    static const struct entry six_late[] = {
        {"a.test", TLS_DNS_AAAA, .ip = {1}, .delay = 400},
        {"a.test", TLS_DNS_A, .ip = {1, 2, 3}},
    };
    static const struct entry six_none[] = {
        {"a.test", TLS_DNS_AAAA, .rcode = 0, .delay = 20},
        {"a.test", TLS_DNS_A, .ip = {1}},
    };
    const struct tls_locate_ask ask = {
        .host = S("a.test"), .port = 1, .parallel = 2};
    struct run r = RACE(ZONE(six_first), .times = true, .lives = 5000);

    (void)state;
    assert_string_equal(r.trace, "?AAAA a.test ?A a.test [2001:db8::1]:1@0 "
                                 "[2001:db8::2]:1@250 192.0.2.1:1@5000");
    r = RACE(ZONE(six_soon), .times = true, .lives = 5000);
    assert_non_null(strstr(r.trace, "[2001:db8::1]:1@49 192.0.2.1:1@299"));
    r = RACE(ZONE(six_late), .times = true, .lives = 360);
    assert_non_null(strstr(r.trace, "192.0.2.1:1@50 192.0.2.2:1@300 "
                                    "[2001:db8::1]:1@410 192.0.2.3:1@660"));
    r = RACE(ZONE(six_none), .times = true, .lives = 300);
    assert_non_null(strstr(r.trace, "192.0.2.1:1@20"));
}

static struct tls_locals locals_of(const char *const *text)
{
    struct tls_locals l = {.n = 0};
    struct tls_addr a;

    for (; *text; text++) {
        assert_int_equal(tls_addr_parse_ip(&a, slice_cstr(*text)), 0);
        tls_locals_add(&l, &a, a.family == 4 ? 24 : 64);
    }
    return l;
}

/* RFC 8305 4: sorted by RFC 6724, then in turns from the best one's family on;
 * what has no source here goes behind all that has one. */
static void test_sorted(void **state)
{
    static const struct entry zone[] = {
        {"a.test", TLS_DNS_A, .ip = {1, 2}},
        {"a.test", TLS_DNS_AAAA, .ip6 = {"fd00::9", "2001:db8::1"}},
    };
    static const struct {
        const char *have[4], *trace;
    } row[] = {
        {{"2001:db8::7", "192.0.2.7"},
         "[2001:db8::1]:1 192.0.2.1:1 [fd00::9]:1 192.0.2.2:1"},
        {{"fd00::2", "192.0.2.7"}, /* no IPv6 to the outside */
         "192.0.2.1:1 [fd00::9]:1 192.0.2.2:1 [2001:db8::1]:1"},
        {{"192.0.2.7", "fe80::1"},
         "192.0.2.1:1 192.0.2.2:1 [2001:db8::1]:1 [fd00::9]:1"},
        {{"2001:db8::7", "127.0.0.1"},
         "[2001:db8::1]:1 [fd00::9]:1 192.0.2.1:1 192.0.2.2:1"},
        {{"127.0.0.1", "::1"}, /* no network at all: all is tried */
         "[2001:db8::1]:1 192.0.2.1:1 [fd00::9]:1 192.0.2.2:1"},
        {{NULL}, "[2001:db8::1]:1 192.0.2.1:1 [fd00::9]:1 192.0.2.2:1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        const struct tls_locals have = locals_of(row[i].have);
        const struct tls_locate_ask ask = {
            .host = S("a.test"), .port = 1, .locals = &have};
        struct run r = RACE(ZONE(zone));

        assert_string_equal(r.trace + strlen("?AAAA a.test ?A a.test "),
                            row[i].trace);
    }
}

/* What comes late is sorted into what is left, and its family has the next
 * turn; the records' priorities (RFC 2782) stand above all. */
static void test_sorted_late(void **state)
{
    static const struct entry late[] = {
        {"a.test", TLS_DNS_A, .ip = {1, 2}},
        {"a.test", TLS_DNS_AAAA, .ip6 = {"fd00::9", "2001:db8::1"},
         .delay = 300},
    };
    static const struct entry srv[] = {
        {"_sips._tcp.b.test", TLS_DNS_SRV,
         .srv = {{1, 1, 1, "x.test"}, {2, 1, 1, "y.test"}}},
        {"x.test", TLS_DNS_A, .ip = {1}},
        {"y.test", TLS_DNS_AAAA, .ip = {1}},
    };
    const struct tls_locals have =
        locals_of((const char *const[]){"2001:db8::7", NULL});
    struct tls_locate_ask ask = {
        .host = S("a.test"), .port = 1, .locals = &have, .parallel = 6};
    struct run r = RACE(ZONE(late), .times = true, .lives = 5000);

    (void)state;
    assert_string_equal(r.trace, "?AAAA a.test ?A a.test 192.0.2.1:1@50 "
                                 "[2001:db8::1]:1@300 [fd00::9]:1@550 "
                                 "192.0.2.2:1@800");
    ask.host = S("b.test");
    ask.port = 0;
    r = RACE(ZONE(srv));
    assert_non_null(strstr(r.trace, "192.0.2.1:1 ?AAAA y.test"));
    assert_non_null(strstr(r.trace, "[2001:db8::1]:1"));
}

/* Who waits for whom is told by what the device has. */
static void test_who_waits(void **state)
{
    static const struct entry six_late[] = {
        {"a.test", TLS_DNS_A, .ip = {1}},
        {"a.test", TLS_DNS_AAAA, .ip = {1}, .delay = 30},
    };
    static const struct entry four_late[] = {
        {"a.test", TLS_DNS_A, .ip = {1}, .delay = 30},
        {"a.test", TLS_DNS_AAAA, .ip = {1}},
    };
    static const struct entry four_later[] = {
        {"a.test", TLS_DNS_A, .ip = {1}, .delay = 80},
        {"a.test", TLS_DNS_AAAA, .ip = {1}},
    };
    struct tls_locals have =
        locals_of((const char *const[]){"192.0.2.7", NULL});
    struct tls_locate_ask ask = {
        .host = S("a.test"), .port = 1, .locals = &have, .parallel = 6};
    struct run r = RACE(ZONE(six_late), .times = true, .lives = 5000);

    (void)state; /* IPv4 alone: it waits for nothing, and IPv6 does */
    assert_non_null(strstr(r.trace, " 192.0.2.1:1@0 [2001:db8::1]:1@250"));
    r = RACE(ZONE(four_late), .times = true, .lives = 5000);
    assert_non_null(strstr(r.trace, " 192.0.2.1:1@30 [2001:db8::1]:1@280"));
    r = RACE(ZONE(four_later), .times = true, .lives = 5000);
    assert_non_null(strstr(r.trace, " [2001:db8::1]:1@50 192.0.2.1:1@300"));
    /* The control: both. */
    have = locals_of((const char *const[]){"192.0.2.7", "2001:db8::7", NULL});
    r = RACE(ZONE(six_late), .times = true, .lives = 5000);
    assert_non_null(strstr(r.trace, " [2001:db8::1]:1@30 192.0.2.1:1@280"));
    r = RACE(ZONE(four_late), .times = true, .lives = 5000);
    assert_non_null(strstr(r.trace, " [2001:db8::1]:1@0 192.0.2.1:1@250"));
}

/* A second flow goes where the first one is not, or nowhere. */
static void test_exclude(void **state)
{
    static const struct entry zone[] = {
        {"a.test", TLS_DNS_A, .ip = {1, 2}},
        {"b.test", TLS_DNS_A, .ip = {1}},
    };
    const struct tls_addr used = {4, {192, 0, 2, 1}, 9999};
    struct tls_locate_ask ask = {
        .host = S("a.test"), .port = 1, .exclude = &used, .nexclude = 1};
    struct run r = RACE(ZONE(zone));

    (void)state;
    assert_string_equal(r.trace, "?AAAA a.test ?A a.test 192.0.2.2:1");
    assert_int_equal(r.cause.code, CAUSE_connect_refused);
    ask.host = S("b.test");
    r = RACE(ZONE(zone));
    assert_string_equal(r.trace, "?AAAA b.test ?A b.test");
    assert_int_equal(r.cause.code, CAUSE_connect_no_second_edge);
    ask.port = 0; /* and no records are asked for to explain it */
    r = RACE(ZONE(zone));
    assert_string_equal(r.trace, "?SRV _sips._tcp.b.test ?NAPTR b.test "
                                 "?AAAA b.test ?A b.test");
    assert_int_equal(r.cause.code, CAUSE_connect_no_second_edge);
    ask.addr = &used;
    ask.naddr = 1;
    r = RACE(ZONE(zone));
    assert_int_equal(r.cause.code, CAUSE_connect_no_second_edge);
}

/* A host without a dot is looked for in the domains to search. */
static void test_search(void **state)
{
    static const struct entry zone[] = {
        {"pbx.b.test", TLS_DNS_A, .ip = {1}},
        {"_sips._tcp.pbx.a.test", TLS_DNS_SRV, .rcode = 0},
        {"pbx", TLS_DNS_A, .ip = {9}},
        {"only", TLS_DNS_A, .ip = {7}},
        {"www.a.test", TLS_DNS_A, .ip = {8}},
        {"quiet.a.test", 0, .rcode = QUIET},
        {"quiet.b.test", TLS_DNS_A, .ip = {6}},
    };
    const struct slice domains[] = {S("a.test"), S("B.test.")};
    struct tls_locate_ask ask = {
        .host = S("pbx"), .port = 1, .search = domains, .nsearch = 2};
    struct run r = RACE(ZONE(zone));

    (void)state;
    assert_string_equal(r.trace, "?AAAA pbx.a.test ?A pbx.a.test "
                                 "?AAAA pbx.b.test ?A pbx.b.test 192.0.2.1:1");
    assert_int_equal(r.cause.code, CAUSE_connect_refused);
    ask.port = 0; /* and SRV of it */
    r = RACE(ZONE(zone));
    assert_non_null(strstr(r.trace, "?SRV _sips._tcp.pbx.b.test"));
    assert_non_null(strstr(r.trace, "192.0.2.1:5061"));
    assert_null(strstr(r.trace, "192.0.2.9")); /* found is found */
    ask.port = 1;
    ask.host = S("only"); /* as it is comes last */
    r = RACE(ZONE(zone));
    assert_string_equal(r.trace, "?AAAA only.a.test ?A only.a.test "
                                 "?AAAA only.b.test ?A only.b.test "
                                 "?AAAA only ?A only 192.0.2.7:1");
    ask.host = S("nobody");
    r = RACE(ZONE(zone));
    assert_int_equal(r.cause.code, CAUSE_dns_no_domain);
    ask.host = S("www.a.test"); /* has a dot: as it is, and only so */
    r = RACE(ZONE(zone));
    assert_string_equal(r.trace, "?AAAA www.a.test ?A www.a.test 192.0.2.8:1");
    ask.host = S("quiet"); /* who does not answer does not say no */
    r = RACE(ZONE(zone));
    assert_null(strstr(r.trace, "b.test"));
    assert_int_equal(r.cause.code, CAUSE_dns_timeout);
    ask.nsearch = 0; /* the control */
    ask.host = S("pbx");
    r = RACE(ZONE(zone));
    assert_string_equal(r.trace, "?AAAA pbx ?A pbx 192.0.2.9:1");
}

/* ---------------------------------------------------------------- NAT64 */

#define PREFIX(...)                                           \
    {                                                         \
        "ipv4only.arpa", TLS_DNS_AAAA, .ip6 = { __VA_ARGS__ } \
    }

/* An IPv4 literal on a network that has none. */
static void test_nat64_literal(void **state)
{
    static const struct entry zone[] = {PREFIX(
        "64:ff9b::c000:aa", "64:ff9b::c000:ab", "2001:db8:64::c000:aa")};
    struct tls_locate_ask ask = {.host = S("8.8.4.4"), .port = 5061};
    struct run r = RACE(ZONE(zone), .no_ipv4 = true);

    (void)state;
    assert_string_equal(r.trace, "8.8.4.4:5061 ?AAAA ipv4only.arpa "
                                 "[64:ff9b::808:404]:5061 "
                                 "[2001:db8:64::808:404]:5061");
    assert_int_equal(r.cause.code, CAUSE_connect_refused);
    r = RACE(ZONE(zone)); /* control: IPv4 is there */
    assert_string_equal(r.trace, "8.8.4.4:5061");
    ask.host = S("127.0.0.1"); /* no NAT64 leads there */
    r = RACE(ZONE(zone), .no_ipv4 = true);
    assert_string_equal(r.trace, "127.0.0.1:5061");
    assert_int_equal(r.cause.code, CAUSE_connect_no_ipv4);
}

/* Without a prefix the reason is told; what is wrong with DNS is not. */
static void test_nat64_none(void **state)
{
    static const char *const want = "192.168.0.9:1 ?AAAA ipv4only.arpa";
    static const struct entry quiet[] = {
        {"ipv4only.arpa", TLS_DNS_AAAA, .rcode = QUIET, .delay = 3000}};
    static const struct entry hijacked[] = {PREFIX("2001:db8::1")};
    static const struct entry private[] = {PREFIX("64:ff9b::c000:aa")};
    const struct tls_locate_ask ask = {.host = S("192.168.0.9"), .port = 1};
    struct run r = RACE(ZONE(nothing), .no_ipv4 = true);

    (void)state;
    assert_string_equal(r.trace, want);
    assert_int_equal(r.cause.code, CAUSE_connect_no_ipv4);
    r = RACE(ZONE(quiet), .no_ipv4 = true);
    assert_string_equal(r.trace, want);
    assert_int_equal(r.cause.code, CAUSE_connect_no_ipv4);
    r = RACE(ZONE(hijacked), .no_ipv4 = true);
    assert_string_equal(r.trace, want);
    r = RACE(ZONE(private), .no_ipv4 = true); /* RFC 6052 3.1 */
    assert_string_equal(r.trace, want);
    assert_int_equal(r.cause.code, CAUSE_connect_no_ipv4);
}

/* A name with A only where the resolver is no DNS64; where it is one, its
 * AAAA and ours are the same address, tried once. */
static void test_nat64_names(void **state)
{
    static const struct entry no_dns64[] = {
        {"a.test", TLS_DNS_A, .ip = {1, 2}},
        {"b.test", TLS_DNS_A, .ip = {3}},
        {"b.test", TLS_DNS_AAAA, .ip = {3}},
        PREFIX("2001:db8:64::c000:aa")};
    static const struct entry dns64[] = {
        {"a.test", TLS_DNS_A, .ip = {1}},
        {"a.test", TLS_DNS_AAAA, .ip6 = {"2001:db8:64::c000:201"}},
        PREFIX("2001:db8:64::c000:aa")};
    const struct tls_locate_edge edge[] = {{S("a.test"), 1}, {S("b.test"), 2}};
    struct tls_locate_ask ask = {.edge = edge, .nedges = 2};
    struct run r = RACE(ZONE(no_dns64), .no_ipv4 = true, .edges = true);

    (void)state;
    assert_string_equal(
        r.trace, "?AAAA a.test ?A a.test 192.0.2.1:1/0 ?AAAA ipv4only.arpa "
                 "[2001:db8:64::c000:201]:1/0 [2001:db8:64::c000:202]:1/0 "
                 "?AAAA b.test ?A b.test [2001:db8::3]:2/1 "
                 "[2001:db8:64::c000:203]:2/1");
    ask.nedges = 1;
    r = RACE(ZONE(dns64), .no_ipv4 = true, .edges = true);
    assert_string_equal(r.trace, "?AAAA a.test ?A a.test "
                                 "[2001:db8:64::c000:201]:1/0 "
                                 "192.0.2.1:1/0 ?AAAA ipv4only.arpa");
}

/* The second flow knows its mapped address, too. */
static void test_nat64_excluded(void **state)
{
    static const struct entry zone[] = {PREFIX("64:ff9b::c000:aa")};
    struct tls_addr used;
    const struct tls_locate_ask ask = {
        .host = S("8.8.4.4"), .exclude = &used, .nexclude = 1};

    (void)state;
    assert_int_equal(tls_addr_parse(&used, S("[64:ff9b::808:404]:5061"), 0),
                     0);
    struct run r = RACE(ZONE(zone), .no_ipv4 = true);

    assert_string_equal(r.trace, "8.8.4.4:5061 ?AAAA ipv4only.arpa");
    assert_int_equal(r.cause.code, CAUSE_connect_no_second_edge);
}

/* A race of any shape ends, and no address is told twice. */
static void test_random(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 300; seed++) {
        struct entry zone[9];
        char name[9][8];
        struct tls_locate_edge edge[4];
        struct tls_addr used = {4, {192, 0, 2, 1}, 1};
        struct tls_avoid avoid = {0};
        struct tls_locate_ask ask = {.edge = edge,
                                     .nedges = 1 + seed % 4,
                                     .parallel = seed % 7,
                                     .avoid = &avoid};
        uint32_t x = seed * 2654435761u + 1;

        memset(zone, 0, sizeof(zone));
        for (unsigned i = 0; i < 9; i++) {
            x = x * 1664525u + 1013904223u;
            snprintf(name[i], sizeof(name[i]), "%c.test", 'a' + (int)i / 2);
            zone[i].name = i == 8 ? "ipv4only.arpa" : name[i];
            zone[i].type = i % 2 || i == 8 ? TLS_DNS_AAAA : TLS_DNS_A;
            zone[i].rcode = x >> 28 == 3 ? QUIET : 0;
            zone[i].delay = x >> 20 & 511;
            zone[i].ip[0] = 1 + (x >> 16 & 3);
            zone[i].ip[1] = x >> 12 & 3;
        }
        zone[8].ip6[0] = x >> 30 ? "2001:db8:64::c000:aa" : NULL;
        for (unsigned i = 0; i < 4; i++)
            edge[i] = (struct tls_locate_edge){slice_cstr(name[2 * i]),
                                               (uint16_t)(seed >> i & 1)};
        tls_avoid_add(&avoid, 1000, &used, 0);
        struct run r = RACE(.zone = zone, .nzone = 9, .edges = true,
                            .lives = x >> 8 & 1023, .no_ipv4 = seed % 3 == 0);

        assert_true(r.cause.code != CAUSE_none);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_edge_fails),
        cmocka_unit_test(test_edges_avoided),
        cmocka_unit_test(test_pace),
        cmocka_unit_test(test_pace_over_edges),
        cmocka_unit_test(test_resolution_delay),
        cmocka_unit_test(test_sorted),
        cmocka_unit_test(test_sorted_late),
        cmocka_unit_test(test_who_waits),
        cmocka_unit_test(test_exclude),
        cmocka_unit_test(test_search),
        cmocka_unit_test(test_nat64_literal),
        cmocka_unit_test(test_nat64_none),
        cmocka_unit_test(test_nat64_names),
        cmocka_unit_test(test_nat64_excluded),
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
