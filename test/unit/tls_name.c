/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: which certificate names match, by RFC 5922 7.1 and 7.2. */
#include "tls/name.h"

#include "sip/base/err.h"
#include "test/unit/tls_kit.h"

enum {
    U = TLS_NAME_KIND_URI,
    D = TLS_NAME_KIND_DNS,
    I = TLS_NAME_KIND_IP,
    O = TLS_NAME_KIND_OTHER,
    C = TLS_NAME_KIND_CN
};

struct value {
    int kind;
    const char *text;
    size_t n; /* 0: strlen */
};

struct row {
    const char *want;
    struct value have[4];
    /* by rule rfc5922, rfc6125, +cn */
    enum tls_name_verdict verdict[3];
};

#define ALL(v)  \
    {           \
        v, v, v \
    }

static const struct row rows[] = {
    /* DNS names, exact, any case, a final dot does not matter */
    {"a.test", {{D, "a.test", 0}}, ALL(TLS_NAME_MATCH_DNS)},
    {"a.test", {{D, "A.TEST", 0}}, ALL(TLS_NAME_MATCH_DNS)},
    {"A.Test.", {{D, "a.test", 0}}, ALL(TLS_NAME_MATCH_DNS)},
    {"a.test", {{D, "a.test.", 0}}, ALL(TLS_NAME_MATCH_DNS)},
    {"a.test", {{D, "b.test", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.test", {{D, "x.a.test", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"x.a.test", {{D, "a.test", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.test", {{D, ".test", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.test", {{D, "", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.test", {{D, "a.test..", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.test", {{D, "b.test", 0}, {D, "a.test", 0}}, ALL(TLS_NAME_MATCH_DNS)},
    /* NUL and control characters inside (CVE-2009-2408's heirs) */
    {"a.test", {{D, "a.test\0.evil", 12}}, ALL(TLS_NAME_MISMATCH)},
    {"a.test", {{D, "a.test\0", 7}}, ALL(TLS_NAME_MISMATCH)},
    {"a.test", {{D, "a.test\r\n", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.test", {{U, "sip:a.test\0x", 12}}, ALL(TLS_NAME_MISMATCH)},
    {"a.test", {{C, "a.test\0", 7}}, ALL(TLS_NAME_MISMATCH)},
    /* sip: URIs */
    {"a.test", {{U, "sip:a.test", 0}}, ALL(TLS_NAME_MATCH_URI)},
    {"a.test", {{U, "SIP:A.test", 0}}, ALL(TLS_NAME_MATCH_URI)},
    {"a.test", {{U, "sip:a.test:5061", 0}}, ALL(TLS_NAME_MATCH_URI)},
    {"a.test", {{U, "sip:a.test;transport=tls", 0}}, ALL(TLS_NAME_MATCH_URI)},
    {"a.test", {{U, "sip:a.test?x=y", 0}}, ALL(TLS_NAME_MATCH_URI)},
    {"a.test", {{U, "sip:alice@a.test", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.test", {{U, "sips:a.test", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.test", {{U, "http:a.test", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.test", {{U, "sip://a.test", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.test", {{U, "sip:", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.test", {{U, "sip:*.test", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.test", {{U, "a.test", 0}}, ALL(TLS_NAME_MISMATCH)},
    /* a DNS name counts only where there is no sip: identity */
    {"a.test",
     {{D, "a.test", 0}, {U, "sip:b.test", 0}},
     ALL(TLS_NAME_MISMATCH)},
    {"a.test",
     {{U, "sip:b.test", 0}, {D, "a.test", 0}},
     ALL(TLS_NAME_MISMATCH)},
    {"a.test",
     {{U, "sip:b.test", 0}, {U, "sip:a.test", 0}},
     ALL(TLS_NAME_MATCH_URI)},
    {"a.test",
     {{U, "sips:b.test", 0}, {D, "a.test", 0}},
     ALL(TLS_NAME_MATCH_DNS)},
    {"a.test",
     {{U, "sip:bob@b.test", 0}, {D, "a.test", 0}},
     ALL(TLS_NAME_MATCH_DNS)},
    /* wildcards: by RFC 6125 only, one left-most label */
    {"a.b.test",
     {{D, "*.b.test", 0}},
     {TLS_NAME_WILDCARD_ONLY, TLS_NAME_MATCH_WILDCARD,
      TLS_NAME_MATCH_WILDCARD}},
    {"a.b.test",
     {{D, "*.B.TEST.", 0}},
     {TLS_NAME_WILDCARD_ONLY, TLS_NAME_MATCH_WILDCARD,
      TLS_NAME_MATCH_WILDCARD}},
    {"b.test", {{D, "*.b.test", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"x.a.b.test", {{D, "*.b.test", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.test", {{D, "*.test", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.b.test", {{D, "*", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.b.test", {{D, "a*.b.test", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.b.test", {{D, "a.*.test", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.b.test", {{D, "*.*.test", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"xn--a.b.test", {{D, "*.b.test", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.b.test",
     {{D, "*.b.test", 0}, {D, "a.b.test", 0}},
     ALL(TLS_NAME_MATCH_DNS)},
    /* the common name: by +cn only, and never beside a SAN */
    {"a.test",
     {{C, "a.test", 0}},
     {TLS_NAME_CN_ONLY, TLS_NAME_CN_ONLY, TLS_NAME_MATCH_COMMON}},
    {"a.test", {{C, "b.test", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.b.test", {{C, "*.b.test", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.test", {{C, "a.test", 0}, {C, "b.test", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.test", {{C, "a.test", 0}, {D, "b.test", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.test", {{C, "a.test", 0}, {O, "x@a.test", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"a.test", {{0, NULL, 0}}, ALL(TLS_NAME_NOTHING)},
    /* addresses: by an iPAddress SAN only */
    {"192.0.2.1", {{I, "\xc0\x00\x02\x01", 4}}, ALL(TLS_NAME_MATCH_IP)},
    {"192.0.2.1", {{I, "\xc0\x00\x02\x02", 4}}, ALL(TLS_NAME_MISMATCH)},
    {"192.0.2.1", {{I, "\xc0\x00\x02\x01\x00", 5}}, ALL(TLS_NAME_MISMATCH)},
    {"192.0.2.1", {{D, "192.0.2.1", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"192.0.2.1", {{U, "sip:192.0.2.1", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"192.0.2.1", {{C, "192.0.2.1", 0}}, ALL(TLS_NAME_MISMATCH)},
    {"[::1]",
     {{I, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16}},
     ALL(TLS_NAME_MATCH_IP)},
    {"::1",
     {{U, "sip:x.test", 0}, {I, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16}},
     ALL(TLS_NAME_MATCH_IP)},
    {"a.test", {{I, "\xc0\x00\x02\x01", 4}}, ALL(TLS_NAME_MISMATCH)},
};

static enum tls_name_verdict judge(const struct row *r,
                                   enum tls_name_rule rule)
{
    struct tls_name_matcher m;
    struct tls_name want;

    assert_int_equal(tls_name_parse(&want, slice_cstr(r->want)), 0);
    tls_name_begin(&m, &want, rule);
    for (size_t i = 0; i < 4 && r->have[i].text; i++) {
        const struct value *v = &r->have[i];
        size_t n = v->n ? v->n : strlen(v->text);
        char *exact = malloc(n ? n : 1); /* so that a tool sees overreads */

        memcpy(exact, v->text, n);
        tls_name_feed(&m, (enum tls_name_kind)v->kind, slice_of(exact, n));
        free(exact);
    }
    return tls_name_end(&m);
}

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int rule = 0; rule < 3; rule++) {
            enum tls_name_verdict v =
                judge(&rows[i], (enum tls_name_rule)rule);

            if (v != rows[i].verdict[rule])
                fail_msg("row %zu (%s), rule %d: %s", i, rows[i].want, rule,
                         tls_name_verdict_text(v));
        }
    }
}

/* An empty subjectAltName extension still rules the CN out. */
static void test_empty_san(void **state)
{
    struct tls_name_matcher m;
    struct tls_name want;

    (void)state;
    assert_int_equal(tls_name_parse(&want, S("a.test")), 0);
    tls_name_begin(&m, &want, TLS_NAME_CN);
    tls_name_feed(&m, TLS_NAME_KIND_CN, S("a.test"));
    assert_int_equal(tls_name_end(&m), TLS_NAME_MATCH_COMMON);
    tls_name_feed_san(&m);
    assert_int_equal(tls_name_end(&m), TLS_NAME_MISMATCH);
}

static void test_found(void **state)
{
    struct tls_name_matcher m;
    struct tls_name want;
    struct slice found;

    (void)state;
    assert_int_equal(tls_name_parse(&want, S("a.test")), 0);
    tls_name_begin(&m, &want, TLS_NAME_RFC5922);
    assert_true(slice_eq(tls_name_found(&m), S("no name")));
    tls_name_feed(&m, TLS_NAME_KIND_DNS, S("b.test\x1b[2J"));
    tls_name_feed(&m, TLS_NAME_KIND_IP, S("\xc0\x00\x02\x01"));
    assert_true(
        slice_eq(tls_name_found(&m), S("DNS:b.test?[2J, IP:192.0.2.1")));
    for (int i = 0; i < 100; i++)
        tls_name_feed(&m, TLS_NAME_KIND_DNS, S("long-name.example.test"));
    found = tls_name_found(&m);
    assert_true(found.n <= TLS_NAME_FOUND_MAX);
    assert_true(slice_iends(found, S("...")));
    tls_name_feed(&m, TLS_NAME_KIND_DNS, S("a.test")); /* still counts */
    assert_int_equal(tls_name_end(&m), TLS_NAME_MATCH_DNS);
}

static void test_wanted(void **state)
{
    static const char *const bad[] = {
        "",          ".",        "a..b", ".a",     "a b",
        "a/b",       "*.a.test", "a@b",  "1.2.3",  "1.2.3.4.5",
        "999.1.1.1", "a.7",      "[::1", "a:5061", "\xc3\xa4.test",
    };
    char text[300];
    struct tls_name name;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (tls_name_parse(&name, slice_cstr(bad[i])) == 0)
            fail_msg("%s is taken for a name", bad[i]);
    assert_int_equal(tls_name_parse(&name, slice_of("a\0b", 3)), E_SYNTAX);
    assert_int_equal(tls_name_parse(&name, S("Sip_1.Example-X.TEST.")), 0);
    assert_string_equal(name.text, "sip_1.example-x.test");
    assert_int_equal(name.n, 20);
    assert_int_equal(tls_name_parse(&name, S("[2001:DB8::1]")), 0);
    assert_string_equal(name.text, "2001:db8::1");
    memset(text, 'a', sizeof(text));
    assert_int_equal(tls_name_parse(&name, slice_of(text, 63)), 0);
    assert_int_equal(tls_name_parse(&name, slice_of(text, 64)), E_SYNTAX);
    for (size_t i = 50; i < sizeof(text); i += 50)
        text[i] = '.';
    assert_int_equal(tls_name_parse(&name, slice_of(text, 255)), 0);
    assert_int_equal(tls_name_parse(&name, slice_of(text, 256)), E_TOOBIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_empty_san),
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_wanted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
