/* SPDX-License-Identifier: Apache-2.0 */
/* The writer: what it says, and that no value can say more than it is. */
#include "sip/write.h"
#include "test/unit/sip_kit.h"

static struct sip_uri uri_of(const char *text)
{
    struct sip_uri uri;

    assert_int_equal(sip_uri_parse(&uri, slice_cstr(text), NULL), 0);
    return uri;
}

static const struct sip_host host = {S_INIT("192.0.2.1"), SIP_HOST_IPV4};

static void test_a_whole_request(void **state)
{
    struct sip_uri target = {.scheme = SIP_SCHEME_SIP,
                             .host = {S("example.test"), SIP_HOST_NAME}};
    struct sip_uri contact = {.scheme = SIP_SCHEME_SIP,
                              .has_user = true,
                              .user = S("alice"),
                              .host = {S("2001:db8::1"), SIP_HOST_IPV6},
                              .port = 5070,
                              .transport = S("tls"),
                              .ob = true};
    struct sip_uri aor = uri_of("sip:alice@example.test");
    const struct sip_param tag = {S("tag"), S("t1"), true};
    const struct sip_param outbound[] = {
        {S("+sip.instance"), S("<urn:uuid:0>"), true},
        {S("reg-id"), S("1"), true},
        {S("flag"), S(""), false}};
    struct page p;
    struct out *o = fresh(&p);
    struct kit k;

    (void)state;
    sip_write_request(o, S("REGISTER"), &target);
    sip_write_via(o, &host, 5061, S("z9hG4bKa"));
    sip_write_route(o, SIP_HDR_ROUTE, S("<sip:edge.example.test;lr>"));
    sip_write_u32(o, SIP_HDR_MAX_FORWARDS, 70);
    sip_write_addr(o, SIP_HDR_FROM,
                   &(struct sip_waddr){S("A \"x\\"), &aor, &tag, 1});
    sip_write_addr(o, SIP_HDR_TO, &(struct sip_waddr){.uri = &aor});
    sip_write_hdr(o, SIP_HDR_CALL_ID, S("c1"));
    sip_write_cseq(o, 7, S("REGISTER"));
    sip_write_addr(o, SIP_HDR_CONTACT,
                   &(struct sip_waddr){{0}, &contact, outbound, 3});
    sip_write_named(o, S("X-Extra"), S("some text"));
    sip_write_body(o, S("text/plain"), S("hi"));
    assert_int_equal(o->err, 0);
    assert_slice(out_slice(o),
                 "REGISTER sip:example.test SIP/2.0\r\n"
                 "Via: SIP/2.0/TLS 192.0.2.1:5061;branch=z9hG4bKa;rport\r\n"
                 "Route: <sip:edge.example.test;lr>\r\n"
                 "Max-Forwards: 70\r\n"
                 "From: \"A \\\"x\\\\\" <sip:alice@example.test>;tag=t1\r\n"
                 "To: <sip:alice@example.test>\r\n"
                 "Call-ID: c1\r\n"
                 "CSeq: 7 REGISTER\r\n"
                 "Contact: <sip:alice@[2001:db8::1]:5070;transport=tls;ob>"
                 ";+sip.instance=\"<urn:uuid:0>\";reg-id=1;flag\r\n"
                 "X-Extra: some text\r\n"
                 "Content-Type: text/plain\r\n"
                 "Content-Length: 2\r\n"
                 "\r\n"
                 "hi");
    kit_parse_slice(&k, out_slice(o));
    assert_int_equal(k.ret, 0);
    assert_slice(k.msg.contact->instance, "<urn:uuid:0>");
    assert_int_equal(k.msg.contact->reg_id, 1);
    assert_true(k.msg.contact->addr.uri.ob);
    kit_free_all(&k);
}

/* Values that try to be more than a value. */
static const char *const evil[] = {
    "x\r\nEvil: y", "x\ry", "x\ny", "x\r\n y",  "\r\n",  "x\x01y",
    "x\x7fy",       " x",   "x ",   "x\ty\x0b", "x\xffy"};

static void test_no_value_can_inject(void **state)
{
    struct sip_uri aor = uri_of("sip:a@b.test");
    struct page p;

    (void)state;
    for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
        struct slice v = slice_cstr(evil[i]);
        const struct sip_param tag = {S("tag"), v, true};
        struct out *o;

        sip_write_hdr(o = fresh(&p), SIP_HDR_CALL_ID, v);
        assert_int_equal(o->err, E_INVAL);
        sip_write_hdr(o = fresh(&p), SIP_HDR_SUBJECT, v);
        assert_int_equal(o->err, E_INVAL);
        sip_write_named(o = fresh(&p), S("X-A"), v);
        assert_int_equal(o->err, E_INVAL);
        sip_write_named(o = fresh(&p), v, S("a"));
        assert_int_equal(o->err, E_INVAL);
        sip_write_cseq(o = fresh(&p), 1, v);
        assert_int_equal(o->err, E_INVAL);
        sip_write_via(o = fresh(&p), &host, 1, v);
        assert_int_equal(o->err, E_INVAL);
        sip_write_request(o = fresh(&p), v, &aor);
        assert_int_equal(o->err, E_INVAL);
        sip_write_addr(o = fresh(&p), SIP_HDR_FROM,
                       &(struct sip_waddr){{0}, &aor, &tag, 1});
        assert_int_equal(o->err, E_INVAL);
        sip_write_route(o = fresh(&p), SIP_HDR_ROUTE, v);
        assert_int_equal(o->err, E_INVAL);
        sip_write_body(o = fresh(&p), v, S("x"));
        assert_int_equal(o->err, E_INVAL);
    }
    struct out *o = fresh(&p);

    sip_write_hdr(o, SIP_HDR_CALL_ID, S("x"));
    sip_write_named(o, S("X-A"), S("a b\tc \xc3\xa9"));
    assert_int_equal(o->err, 0);
}

/* URIs from parts: no part can become another. */
static void test_uri_parts_stay_in_place(void **state)
{
    static const struct {
        const char *user, *host, *params;
        int err;
    } row[] = {
        {"a", "b.test", "", 0},
        {"a", "b.test", ";transport=tls;lr", 0},
        {"a%20b;x", "b.test", "", 0},
        {"a@c.test", "b.test", "", E_INVAL},
        {"a>", "b.test", "", E_INVAL},
        {"a b", "b.test", "", E_INVAL},
        {"a:b", "b.test", "", E_INVAL},
        {"a%2", "b.test", "", E_INVAL},
        {"", "b.test", "", E_INVAL},
        {"a", "b.test;lr", "", E_INVAL},
        {"a", "b.test:5060", "", E_INVAL},
        {"a", "b.test>", "", E_INVAL},
        {"a", "", "", E_INVAL},
        {"a", "b.test", "?Route=x", E_INVAL},
        {"a", "b.test", ";x>;y", E_INVAL},
        {"a", "b.test", "x", E_INVAL},
    };
    struct page p;

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct sip_uri uri = {.scheme = SIP_SCHEME_SIP,
                              .has_user = true,
                              .user = slice_cstr(row[i].user),
                              .host = {slice_cstr(row[i].host), SIP_HOST_NAME},
                              .params = slice_cstr(row[i].params)};
        struct out *o = fresh(&p);

        sip_write_uri(o, &uri);
        assert_int_equal(o->err, row[i].err);
    }
}

static void test_no_other_transport_can_be_said(void **state)
{
    struct sip_uri uri = {.scheme = SIP_SCHEME_SIP,
                          .host = {S("b.test"), SIP_HOST_NAME},
                          .transport = S("udp")};
    struct page p;
    struct out *o = fresh(&p);

    (void)state;
    sip_write_uri(o, &uri);
    assert_int_equal(o->err, E_INVAL);
    uri.transport = S("TLS");
    sip_write_uri(o = fresh(&p), &uri);
    assert_slice(out_slice(o), "sip:b.test;transport=tls");
    sip_write_uri(o = fresh(&p), &(struct sip_uri){0});
    assert_int_equal(o->err, E_INVAL);
    uri.headers = S("a=b");
    sip_write_request(o = fresh(&p), S("OPTIONS"), &uri);
    assert_int_equal(o->err, E_INVAL);
}

static void test_user_is_escaped(void **state)
{
    struct page p;
    struct out *o = fresh(&p);

    (void)state;
    sip_write_user(o, slice_of("a@b;c,d?e:\0\xc3", 12));
    assert_slice(out_slice(o), "a%40b%3Bc%2Cd%3Fe%3A%00%C3");
    sip_write_user(o = fresh(&p), S("+49-30.1_~!*'()&=$/"));
    assert_slice(out_slice(o), "+49-30.1_~!*'()&=$/");
}

static void test_one_route_is_one_route(void **state)
{
    struct page p;
    struct out *o = fresh(&p);

    (void)state;
    sip_write_route(o, SIP_HDR_ROUTE, S("<sip:a.test;lr>;x=1"));
    assert_int_equal(o->err, 0);
    sip_write_route(o, SIP_HDR_ROUTE, S("<sip:a.test;lr>, <sip:b.test;lr>"));
    assert_int_equal(o->err, E_INVAL);
    sip_write_route(o = fresh(&p), SIP_HDR_ROUTE, S("sip:a.test"));
    assert_int_equal(o->err, E_INVAL);
}

static void test_full_page(void **state)
{
    struct sip_uri aor = uri_of("sip:a@b.test");
    char small[24];
    struct out o = out_of(small, sizeof(small));

    (void)state;
    sip_write_request(&o, S("OPTIONS"), &aor);
    assert_int_equal(o.err, E_TOOBIG);
    sip_write_hdr(&o, SIP_HDR_CALL_ID, S("a"));
    sip_write_uri(&o, &aor);
    assert_int_equal(o.err, E_TOOBIG);
}

static const char request[] =
    "INVITE sip:bob@example.test SIP/2.0\r\n"
    "v:  SIP / 2.0/TLS a.example.test:5061 ; branch=z9hG4bK1;rport;x=\"; y\""
    ",SIP/2.0/UDP  b.example.test;branch=2\r\n"
    "Via: SIP/2.0/TCP c.example.test;branch=z9hG4bK3;received=192.0.2.9\r\n"
    "Record-Route: <sip:p.example.test;lr>\r\n"
    "From: \"A\"\r\n <sip:alice@example.test>;tag=1\r\n"
    "t: sip:bob@example.test\r\n"
    "i: call@1\r\n"
    "Timestamp: 54\r\n"
    "CSeq: 7 INVITE\r\n"
    "Contact: <sip:alice@192.0.2.1>\r\n"
    "Content-Length: 0\r\n\r\n";

static void test_response_copies_the_request(void **state)
{
    const struct sip_write_src src = {S("192.0.2.7"), 40000};
    const struct sip_write_src none = {{0}, 0};
    struct page p;
    struct out *o = fresh(&p);
    struct kit k;

    (void)state;
    kit_parse(&k, request);
    assert_int_equal(k.ret, 0);
    sip_write_response(o, &k.msg, 486, S("tt"), &none);
    sip_write_body(o, S(""), S(""));
    assert_int_equal(o->err, 0);
    assert_slice(out_slice(o),
                 "SIP/2.0 486 Busy Here\r\n"
                 "Via: SIP / 2.0/TLS a.example.test:5061 ; "
                 "branch=z9hG4bK1;rport;x=\"; y\",SIP/2.0/UDP  b.example.test;"
                 "branch=2\r\n"
                 "Via: SIP/2.0/TCP c.example.test;branch=z9hG4bK3;"
                 "received=192.0.2.9\r\n"
                 "From: \"A\" <sip:alice@example.test>;tag=1\r\n"
                 "To: sip:bob@example.test;tag=tt\r\n"
                 "Call-ID: call@1\r\n"
                 "CSeq: 7 INVITE\r\n"
                 "Content-Length: 0\r\n\r\n");
    sip_write_response(o = fresh(&p), &k.msg, 100, S(""), &src);
    assert_int_equal(o->err, 0);
    assert_slice(
        out_slice(o),
        "SIP/2.0 100 Trying\r\n"
        "Via: SIP / 2.0/TLS a.example.test:5061;branch=z9hG4bK1;x=\"; y\""
        ";received=192.0.2.7;rport=40000,SIP/2.0/UDP  b.example.test;"
        "branch=2\r\n"
        "Via: SIP/2.0/TCP c.example.test;branch=z9hG4bK3;"
        "received=192.0.2.9\r\n"
        "From: \"A\" <sip:alice@example.test>;tag=1\r\n"
        "To: sip:bob@example.test\r\n"
        "Call-ID: call@1\r\n"
        "CSeq: 7 INVITE\r\n"
        "Timestamp: 54\r\n");
    sip_write_response(o = fresh(&p), &k.msg, 200, S("a;b"), &none);
    assert_int_equal(o->err, E_INVAL);
    sip_write_response(o = fresh(&p), &k.msg, 99, S("a"), &none);
    assert_int_equal(o->err, E_INVAL);
    kit_free_all(&k);
}

static void test_phrases(void **state)
{
    (void)state;
    for (unsigned status = 0; status < 1000; status++)
        assert_true(sip_status_phrase(status).n > 0);
    assert_slice(sip_status_phrase(200), "OK");
    assert_slice(sip_status_phrase(299), "OK");
    assert_slice(sip_status_phrase(481), "Call/Transaction Does Not Exist");
    assert_slice(sip_status_phrase(699), "Global Failure");
    assert_slice(sip_status_phrase(700), "Unknown");
    assert_slice(sip_status_phrase(0), "Unknown");
}

static void test_message_again_is_a_fixed_point(void **state)
{
    struct page once;
    struct page twice;
    struct kit k;

    (void)state;
    kit_parse(&k, request);
    sip_write_msg(fresh(&once), &k.msg);
    assert_int_equal(once.o.err, 0);
    kit_free_all(&k);
    kit_parse_slice(&k, out_slice(&once.o));
    assert_int_equal(k.ret, 0);
    sip_write_msg(fresh(&twice), &k.msg);
    assert_true(slice_eq(out_slice(&once.o), out_slice(&twice.o)));
    kit_free_all(&k);
}

/* Whole blocks are copied where they are written as we write: each way not
 * to be, between lines that are. */
static void test_message_again_is_laid_out(void **state)
{
    static const char mixed[] = "OPTIONS sip:a@b SIP/2.0\r\n"
                                "Via: SIP/2.0/TLS h;branch=z9hG4bK1\r\n"
                                "From : <sip:a@b>;tag=1\r\n"
                                "To: <sip:c@d>  \r\n"
                                "Content-Length:2\r\n"
                                "Call-ID:  call@1\r\n"
                                "Supported:\r\n"
                                "Subject: a\r\n b\r\n"
                                "X-1: one\r\n"
                                "CSeq: 7 OPTIONS\r\n\r\nhi";
    struct page page;
    struct kit k;

    (void)state;
    kit_parse(&k, mixed);
    assert_int_equal(k.ret, 0);
    sip_write_msg(fresh(&page), &k.msg);
    assert_int_equal(page.o.err, 0);
    assert_slice(out_slice(&page.o), "OPTIONS sip:a@b SIP/2.0\r\n"
                                     "Via: SIP/2.0/TLS h;branch=z9hG4bK1\r\n"
                                     "From: <sip:a@b>;tag=1\r\n"
                                     "To: <sip:c@d>\r\n"
                                     "Content-Length: 2\r\n"
                                     "Call-ID: call@1\r\n"
                                     "Supported: \r\n"
                                     "Subject: a b\r\n"
                                     "X-1: one\r\n"
                                     "CSeq: 7 OPTIONS\r\n\r\nhi");
    k.msg.body = S("longer");
    k.msg.has &= ~(unsigned)SIP_HAS_CONTENT_LENGTH;
    k.msg.nhdr = 1;
    sip_write_msg(fresh(&page), &k.msg);
    assert_slice(out_slice(&page.o), "OPTIONS sip:a@b SIP/2.0\r\n"
                                     "Via: SIP/2.0/TLS h;branch=z9hG4bK1\r\n"
                                     "Content-Length: 6\r\n\r\nlonger");
    kit_free_all(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_message_again_is_laid_out),
        cmocka_unit_test(test_a_whole_request),
        cmocka_unit_test(test_no_value_can_inject),
        cmocka_unit_test(test_uri_parts_stay_in_place),
        cmocka_unit_test(test_no_other_transport_can_be_said),
        cmocka_unit_test(test_user_is_escaped),
        cmocka_unit_test(test_one_route_is_one_route),
        cmocka_unit_test(test_full_page),
        cmocka_unit_test(test_response_copies_the_request),
        cmocka_unit_test(test_phrases),
        cmocka_unit_test(test_message_again_is_a_fixed_point),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
