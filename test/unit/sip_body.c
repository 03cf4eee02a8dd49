/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of several parts: which one is ours, and what must be refused. */
#include "sip/body.h"
#include "test/unit/sip_kit.h"

enum { PAGE = 16384 };

struct row {
    const char *headers;
    const char *body;
    int ret;
    const char *found;
};

#define MIXED "Content-Type: multipart/mixed;boundary=b\r\n"
#define ALTERNATIVE "Content-Type: multipart/alternative; boundary=\"b\"\r\n"
#define SDP "Content-Type: application/sdp\r\n"
#define XML "Content-Type: application/pidf+xml\r\n"
#define OPTIONAL "Content-Disposition: render;handling=optional\r\n"

static const struct row rows[] = {
    {"", "", E_NOTFOUND, ""},
    {SDP, "v=0\r\n", 0, "v=0\r\n"},
    {"c: APPLICATION/SDP;x=y\r\n", "v=0\r\n", 0, "v=0\r\n"},
    {SDP "Content-Encoding: identity\r\n", "v=0\r\n", 0, "v=0\r\n"},
    {SDP "Content-Encoding: gzip\r\n", "v=0\r\n", E_UNSUPPORTED, ""},
    {XML, "<x/>", E_UNSUPPORTED, ""},
    {XML OPTIONAL, "<x/>", E_NOTFOUND, ""},
    {XML "Content-Disposition: render\r\n", "<x/>", E_UNSUPPORTED, ""},
    {XML "Content-Disposition: render;handling=required\r\n", "<x/>",
     E_UNSUPPORTED, ""},
    /* RFC 5621 4.1: a session description and a location. */
    {MIXED,
     "--b\r\n" SDP "\r\nv=0\r\n\r\n--b\r\n" XML OPTIONAL "\r\n<x/>\r\n--b--",
     0, "v=0\r\n"},
    {MIXED,
     "--b\r\n" XML OPTIONAL "\r\n<x/>\r\n--b\r\n" SDP "\r\nv=0\r\n--b--\r\n",
     0, "v=0"},
    {MIXED, "\r\nprologue\r\n--b \t\r\n" SDP "\r\nv=0\r\n--b--\r\nepilogue", 0,
     "v=0"},
    {MIXED, "--b\r\n" SDP "\r\n1\r\n--b\r\n" SDP "\r\n2\r\n--b--", 0, "1"},
    {MIXED, "--b\r\n" SDP "\r\n\r\n--b--", 0, ""},
    {MIXED, "--b\r\n" SDP "\r\n--bb\r\n--b--", 0, "--bb"},
    {MIXED, "--b\r\n" SDP "\r\n--bx--\r\n--b--", 0, "--bx--"},
    {MIXED,
     "--b\r\nContent-Type:\r\n\tapplication/sdp\r\n ;x=y\r\n\r\n1\r\n--b--", 0,
     "1"},
    {MIXED,
     "--b\r\n" SDP
     "Content-Transfer-Encoding: binary\r\nX: y\r\n\r\n1\r\n--b--",
     0, "1"},
    {"Content-Type: multipart/new;boundary=\"a b'()+_,-./:=?\"\r\n",
     "--a b'()+_,-./:=?\r\n" SDP "\r\n1\r\n--a b'()+_,-./:=?--", 0, "1"},
    {MIXED, "--b--\r\n", E_NOTFOUND, ""},
    {MIXED, "--b\r\n" XML OPTIONAL "\r\n<x/>\r\n--b--", E_NOTFOUND, ""},
    /* What must be understood and is not (RFC 5621 8.4). */
    {MIXED, "--b\r\n" SDP "\r\n1\r\n--b\r\n" XML "\r\n<x/>\r\n--b--",
     E_UNSUPPORTED, ""},
    {MIXED, "--b\r\n\r\nplain\r\n--b--", E_UNSUPPORTED, ""},
    {MIXED OPTIONAL, "--b\r\n\r\nplain\r\n--b--", E_NOTFOUND, ""},
    {MIXED,
     "--b\r\n" SDP "Content-Transfer-Encoding: base64\r\n\r\nMQ==\r\n--b--",
     E_UNSUPPORTED, ""},
    {MIXED, "--b\r\n" SDP "Content-Encoding: gzip\r\n\r\n1\r\n--b--",
     E_UNSUPPORTED, ""},
    /* The last alternative that is understood; others say nothing. */
    {ALTERNATIVE,
     "--b\r\n" SDP "\r\n1\r\n--b\r\n" SDP "\r\n2\r\n--b\r\n" XML
     "\r\n<x/>\r\n--b--",
     0, "2"},
    {ALTERNATIVE, "--b\r\n" XML "\r\n<x/>\r\n--b--", E_UNSUPPORTED, ""},
    {ALTERNATIVE OPTIONAL, "--b\r\n" XML "\r\n<x/>\r\n--b--", E_NOTFOUND, ""},
    /* Nested. */
    {MIXED,
     "--b\r\n" XML OPTIONAL "\r\n<x/>\r\n--b\r\n"
     "Content-Type: multipart/alternative;boundary=c\r\n\r\n"
     "--c\r\n" SDP "\r\n1\r\n--c\r\n" XML "\r\n<x/>\r\n--c--\r\n--b--",
     0, "1"},
    {MIXED,
     "--b\r\nContent-Type: multipart/mixed;boundary=c\r\n\r\n"
     "--c\r\nContent-Type: multipart/mixed;boundary=d\r\n\r\n"
     "--d\r\nContent-Type: multipart/mixed;boundary=e\r\n\r\n"
     "--e\r\n" SDP "\r\n1\r\n--e--\r\n--d--\r\n--c--\r\n--b--",
     0, "1"},
    {MIXED,
     "--b\r\nContent-Type: multipart/mixed;boundary=c\r\n\r\n"
     "--c\r\nContent-Type: multipart/mixed;boundary=d\r\n\r\n"
     "--d\r\nContent-Type: multipart/mixed;boundary=e\r\n\r\n"
     "--e\r\nContent-Type: multipart/mixed;boundary=f\r\n\r\n"
     "--f\r\n" SDP "\r\n1\r\n--f--\r\n--e--\r\n--d--\r\n--c--\r\n--b--",
     E_TOOBIG, ""},
    /* What cannot be read. */
    {"Content-Type: multipart/mixed\r\n", "--b\r\n\r\n--b--", E_SYNTAX, ""},
    {"Content-Type: multipart/mixed;boundary=\"\"\r\n", "--\r\n\r\n----",
     E_SYNTAX, ""},
    {"Content-Type: multipart/mixed;boundary=\"a\\\"b\"\r\n",
     "--a\"b\r\n\r\n--a\"b--", E_SYNTAX, ""},
    {"Content-Type: multipart/mixed;boundary=1234567890123456789012345678901"
     "2345678901234567890123456789012345678901\r\n",
     "--1", E_SYNTAX, ""},
    {MIXED, "no delimiter", E_SYNTAX, ""},
    {MIXED, "--b", E_SYNTAX, ""},
    {MIXED, "--b\r\n" SDP "\r\n1\r\n", E_SYNTAX, ""},
    {MIXED, "--b\r\n" SDP "\r\n1\n--b--", E_SYNTAX, ""},
    {MIXED, "--b\r\n" SDP "--b--", 0, ""},
    {MIXED, "--b\r\n--b--", E_UNSUPPORTED, ""},
    {MIXED, "--b\r\nno colon\r\n\r\n1\r\n--b--", E_SYNTAX, ""},
    {MIXED, "--b\r\n: no name\r\n\r\n1\r\n--b--", E_SYNTAX, ""},
    {MIXED, "--b\r\nContent-Type: application\r\n\r\n1\r\n--b--", E_SYNTAX,
     ""},
    {MIXED, "--b\r\n" SDP "Content-Disposition: ;\r\n\r\n1\r\n--b--", E_SYNTAX,
     ""},
};

static void read_row(struct kit *k, const struct row *row)
{
    static char page[PAGE];
    struct out o = out_of(page, sizeof(page));

    out_lit(&o, "OPTIONS sip:b@example.test SIP/2.0\r\n"
                "Via: SIP/2.0/TLS a.example.test;branch=z9hG4bK1\r\n"
                "From: <sip:a@example.test>;tag=1\r\n"
                "To: <sip:b@example.test>\r\n"
                "Call-ID: a\r\nCSeq: 1 OPTIONS\r\n");
    out_put(&o, slice_cstr(row->headers));
    out_lit(&o, "\r\n");
    out_put(&o, slice_cstr(row->body));
    assert_int_equal(o.err, 0);
    kit_parse_slice(k, out_slice(&o));
    assert_int_equal(k->ret, 0);
}

static void test_each_body(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice text;
        struct kit k;
        int ret;

        read_row(&k, &rows[i]);
        ret = sip_body_find(&text, &k.msg, S("application"), S("sdp"));
        if (ret != rows[i].ret ||
            (!ret && !slice_eq(text, slice_cstr(rows[i].found))))
            fail_msg("row %zu: %d, \"%.*s\"", i, ret, (int)text.n, text.p);
        kit_free_all(&k);
    }
}

/* Parts up to the limit, and one more. */
static void test_limit_of_parts(void **state)
{
    static char body[PAGE / 2];

    (void)state;
    for (int n = SIP_BODY_PARTS_MAX; n <= SIP_BODY_PARTS_MAX + 1; n++) {
        struct out o = out_of(body, sizeof(body));
        struct row row = {MIXED, body, 0, ""};
        struct slice text;
        struct kit k;

        for (int i = 0; i < n; i++)
            out_lit(&o, "--b\r\n" SDP "\r\n1\r\n");
        out_lit(&o, "--b--");
        assert_int_equal(out_cstr(&o), 0);
        read_row(&k, &row);
        assert_int_equal(
            sip_body_find(&text, &k.msg, S("application"), S("sdp")),
            n > SIP_BODY_PARTS_MAX ? E_TOOBIG : 0);
        kit_free_all(&k);
    }
}

/* A header field that is longer than any that says something. */
static void test_limit_of_a_field(void **state)
{
    static char body[4096];

    (void)state;
    for (size_t n = 400; n <= 600; n += 200) {
        struct out o = out_of(body, sizeof(body));
        struct row row = {MIXED, body, 0, ""};
        struct slice text;
        struct kit k;

        out_lit(&o, "--b\r\nContent-Type: application/sdp;x=");
        for (size_t i = 0; i < n; i++)
            out_char(&o, 'y');
        out_lit(&o, "\r\n\r\n1\r\n--b--");
        assert_int_equal(out_cstr(&o), 0);
        read_row(&k, &row);
        assert_int_equal(
            sip_body_find(&text, &k.msg, S("application"), S("sdp")),
            n > 500 ? E_TOOBIG : 0);
        kit_free_all(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_body),
        cmocka_unit_test(test_limit_of_parts),
        cmocka_unit_test(test_limit_of_a_field),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
