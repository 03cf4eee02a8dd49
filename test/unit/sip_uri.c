/* SPDX-License-Identifier: Apache-2.0 */
/* URIs and hosts: reading, faults, comparing, decoding. */
#include "sip/date.h"
#include "sip/uri.h"
#include "test/unit/sip_kit.h"

/* In a block of its own size, so that a tool sees an overread. */
static int parse(struct sip_uri *uri, const char *text, size_t *at)
{
    static char *kept[64];
    static size_t next;
    struct slice s = slice_cstr(text);
    size_t n = s.n;
    char *copy = malloc(n ? n : 1);

    memcpy(copy, s.p, n);
    free(kept[next]);
    kept[next] = copy;
    next = (next + 1) % 64;
    if (!uri) {
        for (size_t i = 0; i < 64; i++) {
            free(kept[i]);
            kept[i] = NULL;
        }
        return 0;
    }
    return sip_uri_parse(uri, slice_of(copy, n), at);
}

static void test_parts(void **state)
{
    struct sip_uri u;
    struct slice v;

    (void)state;
    assert_int_equal(parse(&u,
                           "SIPS:a;b:p&w@H.example.:5061;TRANSPORT=udp"
                           ";lr=on;x;ttl=1?a=b&c=",
                           NULL),
                     0);
    assert_int_equal(u.scheme, SIP_SCHEME_SIPS);
    assert_int_equal(u.scheme_n, 4);
    assert_slice(u.user, "a;b");
    assert_slice(u.password, "p&w");
    assert_slice(u.host.text, "H.example.");
    assert_int_equal(u.port, 5061);
    assert_slice(u.transport, "udp");
    assert_true(u.lr);
    assert_false(u.ob);
    assert_slice(u.headers, "a=b&c=");
    assert_true(sip_uri_param(&u, S("X"), &v));
    assert_slice(v, "");
    assert_true(sip_uri_param(&u, S("TTL"), &v));
    assert_slice(v, "1");
    assert_false(sip_uri_param(&u, S("y"), &v));
    assert_int_equal(parse(&u, "tel:+1-212;phone-context=a.b", NULL), 0);
    assert_int_equal(u.scheme, SIP_SCHEME_TEL);
    assert_slice(u.user, "+1-212");
    assert_true(sip_uri_param(&u, S("phone-context"), &v));
    assert_slice(v, "a.b");
    assert_int_equal(parse(&u, "urn:service:sos", NULL), 0);
    assert_int_equal(u.scheme, SIP_SCHEME_OTHER);
    assert_slice(u.text, "urn:service:sos");
    parse(NULL, "", NULL);
}

static void test_ports(void **state)
{
    struct sip_uri u;

    (void)state;
    assert_int_equal(parse(&u, "sip:a", NULL), 0);
    assert_int_equal(sip_uri_port(&u), 5060);
    assert_int_equal(parse(&u, "sips:a", NULL), 0);
    assert_int_equal(sip_uri_port(&u), 5061);
    assert_int_equal(parse(&u, "sip:a:65535", NULL), 0);
    assert_int_equal(sip_uri_port(&u), 65535);
    assert_int_equal(parse(&u, "sip:a:65536", NULL), E_SYNTAX);
    parse(NULL, "", NULL);
}

/* What is refused, and where. */
static const struct {
    const char *text;
    size_t at;
} bad[] = {
    {"", 0},
    {"sip", 3},
    {":", 0},
    {"1a:b", 0},
    {"sip:", 4},
    {"sip:@h", 4},
    {"sip:a@", 6},
    {"sip:a b@h", 5},
    {"sip:a@h h", 7},
    {"sip:a@h:", 8},
    {"sip:a@h:x", 8},
    {"sip:h;", 6},
    {"sip:h;a=", 8},
    {"sip:h;;a", 6},
    {"sip:h;a;A", 9},
    {"sip:h?", 6},
    {"sip:h?a", 7},
    {"sip:h?a=b&", 10},
    {"sip:a%4@h", 5},
    {"sip:%zz@h", 4},
    {"sip:h;a=%", 8},
    {"sip:-h", 4},
    {"sip:h-", 4},
    {"sip:h..a", 4},
    {"sip:.h", 4},
    {"sip:h.1", 4},
    {"sip:123", 4},
    {"sip:1.2.3", 4},
    {"sip:1.2.3.256", 4},
    {"sip:h_h", 5},
    {"sip:[::1", 4},
    {"sip:[::g]", 4},
    {"sip:a@h>", 7},
    {"sip:h;:a;:%61=b", 13},
    {"sip:h;%61;a", 11},
    {"sip:a\"@h", 5},
    {"tel:", 4},
    {"http:", 5},
    {"urn:a b", 5},
    {"sip:a@b@c", 7},
};

static void test_faults_are_where_they_are(void **state)
{
    struct sip_uri u;
    size_t at;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(parse(&u, bad[i].text, &at), E_SYNTAX);
        assert_int_equal(at, bad[i].at);
    }
    parse(NULL, "", NULL);
}

/* RFC 3261 19.1.4 and around; 1: equal. */
static const struct {
    int equal;
    const char *a, *b;
} pair[] = {
    {1, "sip:%61lice@atlanta.com;transport=TCP",
     "sip:alice@AtLanTa.CoM;Transport=tcp"},
    {1, "sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"},
    {1, "sip:carol@chicago.com", "sip:carol@chicago.com;security=on"},
    {1, "sip:carol@chicago.com;newparam=5",
     "sip:carol@chicago.com;security=on"},
    {1, "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
     "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"},
    {1, "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
     "sip:alice@atlanta.com?priority=urgent&subject=project%20x"},
    {0, "SIP:ALICE@AtLanTa.CoM;Transport=udp",
     "sip:alice@AtLanTa.CoM;Transport=UDP"},
    {0, "sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"},
    {0, "sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"},
    {0, "sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"},
    {0, "sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next"},
    {0, "sip:carol@chicago.com;security=on",
     "sip:carol@chicago.com;security=off"},
    {0, "sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"},
    {0, "sip:a@b.test", "sips:a@b.test"},
    {0, "sip:a@b.test", "sip:b.test"},
    {0, "sip:a@b.test", "sip:a:@b.test"},
    {0, "sip:a%3Bx@b.test", "sip:a;x@b.test"},
    {1, "sip:a%2Dx@b.test", "sip:a-x@b.test"},
    {0, "sip:a%00@b.test", "sip:a@b.test"},
    {0, "sip:b.test;maddr=1.2.3.4", "sip:b.test"},
    {0, "sip:b.test;user=phone", "sip:b.test"},
    {0, "sip:b.test;ttl=1", "sip:b.test"},
    {0, "sip:b.test;method=INVITE", "sip:b.test"},
    {0, "sip:a@b.test", "sip:aa@b.test"},
    {0, "sip:b.test", "sip:c.test"},
    {0, "sip:1.2.3.4", "sip:1.2.3.5"},
    {0, "sip:a:x@b.test", "sip:a:y@b.test"},
    {1, "sip:[2001:db8::1]", "sip:[2001:DB8:0::0:1]"},
    {0, "sip:[::ffff:1.2.3.4]", "sip:1.2.3.4"},
    {1, "sip:b.test.", "sip:b.test"},
    {0, "sip:b.test?a=1&a=1", "sip:b.test?a=1&a=2"},
    {1, "tel:+1-212(555)", "tel:+1.212.555"},
    {0, "tel:+1212", "tel:1212"},
    {0, "tel:+12", "tel:+123"},
    {0, "tel:+12-", "tel:+123"},
    {0, "tel:1;phone-context=a", "tel:1"},
    {1, "tel:1;a=b;c", "tel:1;C;A=B"},
    {1, "tel:1;;=y", "tel:1;;=y"},
    {1, "urn:x", "urn:x"},
    {0, "urn:x", "urn:X"},
};

static void test_comparison(void **state)
{
    struct sip_uri a;
    struct sip_uri b;

    (void)state;
    for (size_t i = 0; i < sizeof(pair) / sizeof(pair[0]); i++) {
        assert_int_equal(parse(&a, pair[i].a, NULL), 0);
        assert_int_equal(parse(&b, pair[i].b, NULL), 0);
        assert_int_equal(sip_uri_eq(&a, &b), pair[i].equal);
        assert_int_equal(sip_uri_eq(&b, &a), pair[i].equal);
        assert_true(sip_uri_eq(&a, &a));
    }
    parse(NULL, "", NULL);
}

static void test_same_address_of_record(void **state)
{
    struct sip_uri a;
    struct sip_uri b;

    (void)state;
    assert_int_equal(parse(&a, "sip:%61@B.test:5070;transport=tls", NULL), 0);
    assert_int_equal(parse(&b, "sip:a@b.test", NULL), 0);
    assert_true(sip_uri_same_aor(&a, &b));
    assert_int_equal(parse(&b, "sip:A@b.test", NULL), 0);
    assert_false(sip_uri_same_aor(&a, &b));
    assert_int_equal(parse(&b, "sips:a@b.test", NULL), 0);
    assert_false(sip_uri_same_aor(&a, &b));
    assert_int_equal(parse(&b, "sip:b.test", NULL), 0);
    assert_false(sip_uri_same_aor(&a, &b));
    assert_int_equal(parse(&b, "sip:a@c.test", NULL), 0);
    assert_false(sip_uri_same_aor(&a, &b));
    assert_int_equal(parse(&a, "tel:+1-2", NULL), 0);
    assert_int_equal(parse(&b, "tel:+12", NULL), 0);
    assert_true(sip_uri_same_aor(&a, &b));
    parse(NULL, "", NULL);
}

static void test_decoding_once(void **state)
{
    char text[32];
    struct out o = out_of(text, sizeof(text));

    (void)state;
    sip_uri_unescape(&o, S("a%00%2541%c3"));
    assert_int_equal(o.err, 0);
    assert_int_equal(o.n, 6);
    assert_memory_equal(text, "a\0%41\xc3", 6);
    sip_uri_unescape(&o, S("%4"));
    assert_int_equal(o.err, E_SYNTAX);
    o = out_of(text, 2);
    sip_uri_unescape(&o, S("abc"));
    assert_int_equal(o.err, E_TOOBIG);
}

/* Every prefix of every URI of these tables, in exact blocks. */
static void test_every_prefix(void **state)
{
    struct sip_uri u;
    char cut[128];

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(pair) / sizeof(pair[0]); i++) {
        const char *text = i % 2 ? pair[i / 2].a : pair[i / 2].b;

        for (size_t n = 0; n < strlen(text); n++) {
            size_t at = SIZE_MAX;

            memcpy(cut, text, n);
            cut[n] = '\0';
            parse(&u, cut, &at);
            assert_true(at <= n);
        }
    }
    parse(NULL, "", NULL);
}

/* base, then n items that differ: ";p0;p1" or "&h0=&h1=". */
static int parse_many(const char *base, char sep, unsigned n)
{
    char text[1024];
    struct out o = out_of(text, sizeof(text));
    struct sip_uri u;

    out_put(&o, slice_cstr(base));
    for (unsigned i = 0; i < n; i++) {
        if (i || sep == ';')
            out_char(&o, sep);
        out_char(&o, 'p');
        out_u64(&o, i);
        if (sep == '&')
            out_char(&o, '=');
    }
    assert_int_equal(o.err, 0);
    return sip_uri_parse(&u, out_slice(&o), NULL);
}

static void test_limits(void **state)
{
    (void)state;
    assert_int_equal(parse_many("sip:a", ';', 0), 0);
    assert_int_equal(parse_many("sip:a", ';', SIP_URI_PARAM_MAX), 0);
    assert_int_equal(parse_many("sip:a", ';', SIP_URI_PARAM_MAX + 1),
                     E_SYNTAX);
    assert_int_equal(parse_many("tel:1", ';', SIP_URI_PARAM_MAX), 0);
    assert_int_equal(parse_many("tel:1", ';', SIP_URI_PARAM_MAX + 1),
                     E_SYNTAX);
    assert_int_equal(parse_many("sip:a?", '&', SIP_URI_HEADER_MAX), 0);
    assert_int_equal(parse_many("sip:a?", '&', SIP_URI_HEADER_MAX + 1),
                     E_SYNTAX);
}

static void test_hosts(void **state)
{
    struct sip_host h;
    uint8_t bytes[16] = {0};

    (void)state;
    assert_int_equal(sip_host_parse(&h, S("[2001:db8::192.0.2.1]")), 0);
    assert_int_equal(h.kind, SIP_HOST_IPV6);
    assert_true(sip_host_bytes(&h, bytes));
    assert_memory_equal(bytes,
                        "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\xc0\0\x02\x01", 16);
    assert_int_equal(sip_host_parse(&h, S("192.0.2.1")), 0);
    assert_true(sip_host_bytes(&h, bytes));
    assert_memory_equal(bytes, "\xc0\0\x02\x01", 4);
    assert_int_equal(sip_host_parse(&h, S("3cx.a-b.example")), 0);
    assert_int_equal(h.kind, SIP_HOST_NAME);
    assert_false(sip_host_bytes(&h, bytes));
    assert_int_equal(sip_host_parse(&h, S("a:1")), E_SYNTAX);
    assert_int_equal(sip_host_parse(&h, S("")), E_SYNTAX);
    assert_int_equal(sip_host_parse(&h, S("::1")), E_SYNTAX);
    assert_true(sip_host_is_ipv6(S("::1")));
    assert_false(sip_host_is_ipv6(S("1.2.3.4")));
    assert_true(sip_host_is_ipv4(S("1.2.3.4")));
    assert_false(sip_host_is_ipv4(S("1.2.3.4.")));
    assert_false(sip_host_is_ipv4(S("0001.2.3.4")));
    assert_false(sip_host_is_ipv4(S("1.2.3.4x")));
    assert_false(sip_host_is_ipv6(S("1:2:3:4:5:6:7:8:9")));
    /* None is none; text that is no address of its kind equals nothing. */
    const struct sip_host none[2] = {{{0}, SIP_HOST_NONE},
                                     {{0}, SIP_HOST_NONE}};
    const struct sip_host v4 = {S("1.2.3.4"), SIP_HOST_IPV4};
    const struct sip_host short_one = {S("1.2.3"), SIP_HOST_IPV4};

    assert_true(sip_host_eq(&none[0], &none[1]));
    assert_true(sip_host_eq(&v4, &v4));
    assert_false(sip_host_eq(&v4, &short_one));
    assert_false(sip_host_eq(&short_one, &v4));
}

static void test_dates(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds; /* -1: refused */
    } row[] = {
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Sat, 13 Nov 2010 23:29:00 GMT", 1289690940},
        {"Thu, 29 Feb 2024 12:00:00 GMT", 1709208000},
        {"Mon, 01 Mar 1900 00:00:00 GMT", -2203891200},
        {"Sat, 13 Nov 2010 23:29:00 UTC", -1},
        {"Sat, 13 Nov 2010 23:29:00", -1},
        {"Sat, 3 Nov 2010 23:29:00 GMT", -1},
        {"Sat, 13 Foo 2010 23:29:00 GMT", -1},
        {"Sat, 00 Nov 2010 23:29:00 GMT", -1},
        {"Sat, 13 Nov 2010 24:29:00 GMT", -1},
        {"Sat 13 Nov 2010 23:29:00 GMT", -1},
        {"", -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct cursor c = cursor_of(slice_cstr(row[i].text));
        int64_t s = -7;
        int err = sip_date_take(&c, &s);

        assert_int_equal(err, row[i].seconds == -1 ? E_SYNTAX : 0);
        assert_true(s == (err ? -7 : row[i].seconds));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_faults_are_where_they_are),
        cmocka_unit_test(test_comparison),
        cmocka_unit_test(test_same_address_of_record),
        cmocka_unit_test(test_decoding_once),
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_dates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
