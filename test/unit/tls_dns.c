/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: DNS answers, honest and forged. */
#include "tls/dns.h"

#include "test/unit/tls_dnskit.h"

static struct tls_dns_answer answer;

/* Parses a copy in a block of its own size. */
static int parse(struct slice packet, const char *name, enum tls_dns_type type)
{
    char *exact = malloc(packet.n ? packet.n : 1);
    int err;

    if (packet.n)
        memcpy(exact, packet.p, packet.n);
    err = tls_dns_parse(&answer, slice_of(exact, packet.n), slice_cstr(name),
                        type);
    free(exact);
    return err;
}

static void test_a(void **state)
{
    struct dnskit d;

    (void)state;
    dns_begin(&d, 0, "a.test", TLS_DNS_A);
    dns_a(&d, NULL, 300, 0xc0000201);
    dns_a(&d, "A.TEST", 200, 0xc0000202);
    dns_a(&d, "b.test", 1, 0xc6336401); /* not asked for: left out */
    assert_int_equal(parse(dns_end(&d), "A.test.", TLS_DNS_A), 0);
    assert_int_equal(answer.status, TLS_DNS_OK);
    assert_int_equal(answer.n, 2);
    assert_int_equal(answer.ttl, 200);
    assert_int_equal(answer.rec[0].addr.family, 4);
    assert_memory_equal(answer.rec[0].addr.ip, "\xc0\x00\x02\x01", 4);
    assert_memory_equal(answer.rec[1].addr.ip, "\xc0\x00\x02\x02", 4);
}

static void test_aaaa(void **state)
{
    struct dnskit d;

    (void)state;
    dns_begin(&d, 0, "a.test", TLS_DNS_AAAA);
    dns_aaaa(&d, NULL, 0xffffffff, 7);
    assert_int_equal(parse(dns_end(&d), "a.test", TLS_DNS_AAAA), 0);
    assert_int_equal(answer.n, 1);
    assert_int_equal(answer.rec[0].addr.family, 6);
    assert_int_equal(answer.rec[0].addr.ip[15], 7);
    assert_int_equal(answer.ttl, 0); /* RFC 2181 8 */
}

static void test_srv(void **state)
{
    struct dnskit d;

    (void)state;
    dns_begin(&d, 0, "_sips._tcp.a.test", TLS_DNS_SRV);
    dns_srv(&d, 60, (struct dns_srv){10, 20, 5061, "Edge1.A.test"});
    dns_srv(&d, 60, (struct dns_srv){11, 0, 5062, ""});
    assert_int_equal(parse(dns_end(&d), "_sips._tcp.a.test", TLS_DNS_SRV), 0);
    assert_int_equal(answer.n, 2);
    assert_int_equal(answer.rec[0].priority, 10);
    assert_int_equal(answer.rec[0].weight, 20);
    assert_int_equal(answer.rec[0].port, 5061);
    assert_true(slice_eq(answer.rec[0].target, S("edge1.a.test")));
    assert_int_equal(answer.rec[1].target.n, 0);
}

/* Aliases in any order; a chain that is too long, or goes round. */
static void test_cname(void **state)
{
    struct dnskit d;
    char from[16], to[16];

    (void)state;
    dns_begin(&d, 0, "a.test", TLS_DNS_A);
    dns_a(&d, "c.test", 100, 0xc0000203);
    dns_cname(&d, "b.test", 50, "c.test");
    dns_cname(&d, NULL, 70, "b.test");
    assert_int_equal(parse(dns_end(&d), "a.test", TLS_DNS_A), 0);
    assert_int_equal(answer.n, 1);
    assert_int_equal(answer.ttl, 50);
    dns_begin(&d, 0, "a.test", TLS_DNS_A);
    dns_cname(&d, NULL, 70, "b.test");
    dns_cname(&d, "b.test", 70, "a.test");
    assert_int_equal(parse(dns_end(&d), "a.test", TLS_DNS_A), E_SYNTAX);
    for (int n = TLS_DNS_ALIASES_MAX; n <= TLS_DNS_ALIASES_MAX + 1; n++) {
        dns_begin(&d, 0, "n0.test", TLS_DNS_A);
        for (int i = 0; i < n; i++) {
            (void)snprintf(from, sizeof(from), "n%d.test", i);
            (void)snprintf(to, sizeof(to), "n%d.test", i + 1);
            dns_cname(&d, from, 70, to);
        }
        dns_a(&d, to, 70, 0xc0000203);
        assert_int_equal(parse(dns_end(&d), "n0.test", TLS_DNS_A),
                         n > TLS_DNS_ALIASES_MAX ? E_SYNTAX : 0);
    }
    /* An alias to nothing. */
    dns_begin(&d, 0, "a.test", TLS_DNS_A);
    dns_cname(&d, NULL, 70, "b.test");
    assert_int_equal(parse(dns_end(&d), "a.test", TLS_DNS_A), 0);
    assert_int_equal(answer.status, TLS_DNS_NO_DATA);
}

static void test_status(void **state)
{
    static const struct {
        unsigned rcode;
        enum tls_dns_status status;
    } row[] = {{0, TLS_DNS_NO_DATA},
               {2, TLS_DNS_SERVER},
               {3, TLS_DNS_NO_DOMAIN},
               {5, TLS_DNS_SERVER}};
    struct dnskit d;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        dns_begin(&d, row[i].rcode, "a.test", TLS_DNS_A);
        assert_int_equal(parse(dns_end(&d), "a.test", TLS_DNS_A), 0);
        assert_int_equal(answer.status, row[i].status);
        assert_int_equal(answer.rcode, row[i].rcode);
    }
}

/* The question must be the one that was asked. */
static void test_question(void **state)
{
    struct dnskit d;

    (void)state;
    dns_begin(&d, 0, "a.test", TLS_DNS_A);
    dns_a(&d, NULL, 300, 0xc0000201);
    struct slice s = dns_end(&d);

    assert_int_equal(parse(s, "a.test", TLS_DNS_A), 0);
    assert_int_equal(parse(s, "b.test", TLS_DNS_A), E_NOTFOUND);
    assert_int_equal(parse(s, "a.test", TLS_DNS_AAAA), E_NOTFOUND);
    d.p[2] = 0x01; /* a query, not a response */
    assert_int_equal(parse(s, "a.test", TLS_DNS_A), E_SYNTAX);
    d.p[2] = (char)0x83; /* cut (TC) */
    assert_int_equal(parse(s, "a.test", TLS_DNS_A), E_TOOBIG);
    d.p[2] = (char)0x81;
    d.p[5] = 2; /* two questions */
    assert_int_equal(parse(s, "a.test", TLS_DNS_A), E_SYNTAX);
    d.p[5] = 1;
    assert_int_equal(parse(s, "a.test", TLS_DNS_A), 0);
}

/* Every way to point forward or in a circle. */
static void test_pointers(void **state)
{
    static const unsigned to[] = {24, 25, 30, 0x3fff, 40};
    struct dnskit d;

    (void)state;
    for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
        dns_begin(&d, 0, "a.test", TLS_DNS_A);
        assert_int_equal(d.o.n, 24);
        out_be16(&d.o, (uint16_t)(0xc000 | to[i])); /* the owner */
        dns_rr(&d, "", TLS_DNS_A, 1, 4);
        dns_u32(&d, 1);
        assert_int_equal(parse(dns_end(&d), "a.test", TLS_DNS_A), E_SYNTAX);
    }
    /* In the question itself. */
    dns_begin(&d, 0, "a.test", TLS_DNS_A);
    memcpy(d.p + 12, "\xc0\x0c", 2);
    assert_int_equal(parse(dns_end(&d), "a.test", TLS_DNS_A), E_SYNTAX);
    /* A reserved label type. */
    dns_begin(&d, 0, "a.test", TLS_DNS_A);
    d.p[12] = 0x41;
    assert_int_equal(parse(dns_end(&d), "a.test", TLS_DNS_A), E_SYNTAX);
}

/* A ladder of pointers, each to the one before: long, but it ends. */
static void test_ladder(void **state)
{
    struct dnskit d;

    (void)state;
    for (int rungs = 8; rungs <= 64; rungs += 56) {
        dns_begin(&d, 0, "a.test", TLS_DNS_A);
        dns_rr(&d, "x.test", 99, 1, (size_t)rungs * 2);
        size_t at = d.o.n;

        out_be16(&d.o, 0xc00c);
        for (int i = 1; i < rungs; i++)
            out_be16(&d.o, (uint16_t)(0xc000 | (at + 2 * (size_t)i - 2)));
        size_t last = d.o.n - 2;

        out_be16(&d.o, (uint16_t)(0xc000 | last)); /* the owner */
        out_be16(&d.o, TLS_DNS_A);
        out_be16(&d.o, 1);
        dns_u32(&d, 60);
        out_be16(&d.o, 4);
        dns_u32(&d, 0xc0000201);
        d.answers++;
        assert_int_equal(parse(dns_end(&d), "a.test", TLS_DNS_A),
                         rungs > 32 ? E_SYNTAX : 0);
    }
}

static void test_lengths(void **state)
{
    struct dnskit d;

    (void)state;
    for (size_t len = 0; len < 20; len++) {
        dns_begin(&d, 0, "a.test", TLS_DNS_A);
        dns_rr(&d, NULL, TLS_DNS_A, 1, len);
        for (size_t i = 0; i < len; i++)
            out_char(&d.o, 1);
        assert_int_equal(parse(dns_end(&d), "a.test", TLS_DNS_A),
                         len == 4 ? 0 : E_SYNTAX);
    }
    /* SRV with bytes after the target, or a target that is no host. */
    dns_begin(&d, 0, "a.test", TLS_DNS_SRV);
    dns_rr(&d, NULL, TLS_DNS_SRV, 1, 8);
    out_put(&d.o, slice_of("\0\1\0\1\0\1\0\0", 8));
    assert_int_equal(parse(dns_end(&d), "a.test", TLS_DNS_SRV), E_SYNTAX);
    dns_begin(&d, 0, "a.test", TLS_DNS_SRV);
    dns_srv(&d, 1, (struct dns_srv){1, 1, 1, "a b.test"});
    assert_int_equal(parse(dns_end(&d), "a.test", TLS_DNS_SRV), E_SYNTAX);
    dns_begin(&d, 0, "a.test", TLS_DNS_SRV);
    dns_srv(&d, 1, (struct dns_srv){1, 1, 1, "a-b.test"});
    assert_int_equal(parse(dns_end(&d), "a.test", TLS_DNS_SRV), 0);
}

static void test_name_limit(void **state)
{
    char name[300];
    struct dnskit d;

    (void)state;
    for (size_t n = 252; n <= 255; n++) {
        memset(name, 'a', sizeof(name));
        for (size_t i = 49; i < n; i += 50)
            name[i] = '.';
        name[n] = '\0';
        dns_begin(&d, 0, name, TLS_DNS_A);
        assert_int_equal(parse(dns_end(&d), name, TLS_DNS_A),
                         n <= TLS_DNS_NAME_MAX ? 0 : E_SYNTAX);
    }
}

static void test_many(void **state)
{
    struct dnskit d;

    (void)state;
    dns_begin(&d, 0, "a.test", TLS_DNS_A);
    for (uint32_t i = 0; i < TLS_DNS_RECORDS_MAX + 9; i++)
        dns_a(&d, NULL, 60, 0xc0000200 + i);
    assert_int_equal(parse(dns_end(&d), "a.test", TLS_DNS_A), 0);
    assert_int_equal(answer.n, TLS_DNS_RECORDS_MAX);
    assert_int_equal(answer.skipped, 9);
    d.p[7] = (char)(d.answers + 1); /* one more than there are */
    assert_int_equal(parse(out_slice(&d.o), "a.test", TLS_DNS_A), E_SYNTAX);
}

static void test_every_prefix(void **state)
{
    struct dnskit d;

    (void)state;
    dns_begin(&d, 0, "_sips._tcp.a.test", TLS_DNS_SRV);
    dns_cname(&d, NULL, 60, "b.test");
    dns_rr(&d, "b.test", TLS_DNS_SRV, 60, 6 + dns_name_size("c.test"));
    out_put(&d.o, slice_of("\0\1\0\1\0\1", 6));
    dns_name(&d, "c.test");
    struct slice s = dns_end(&d);

    for (size_t n = 0; n < s.n; n++)
        assert_int_equal(
            parse(slice_of(s.p, n), "_sips._tcp.a.test", TLS_DNS_SRV),
            E_SYNTAX);
    assert_int_equal(parse(s, "_sips._tcp.a.test", TLS_DNS_SRV), 0);
    assert_int_equal(answer.n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a),        cmocka_unit_test(test_aaaa),
        cmocka_unit_test(test_srv),      cmocka_unit_test(test_cname),
        cmocka_unit_test(test_status),   cmocka_unit_test(test_question),
        cmocka_unit_test(test_pointers), cmocka_unit_test(test_ladder),
        cmocka_unit_test(test_lengths),  cmocka_unit_test(test_name_limit),
        cmocka_unit_test(test_many),     cmocka_unit_test(test_every_prefix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
