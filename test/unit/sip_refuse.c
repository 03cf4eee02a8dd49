/* SPDX-License-Identifier: Apache-2.0 */
/* What writer, start line and dialog refuse, part by part, and memory ends. */
#include "sip/dialog.h"
#include "sip/dialogid.h"
#include "sip/write.h"
#include "test/unit/short_arena.h"
#include "test/unit/sip_kit.h"

#define MESSAGE(start, lines)                                               \
    start "\r\nVia: SIP/2.0/TLS a.test;branch=z9hG4bK1\r\n"                 \
          "From: <sip:a@a.test>;tag=ta\r\nTo: <sip:b@b.test>\r\nCall-ID: c" \
          "\r\nCSeq: 7 INVITE\r\n" lines "Content-Length: 0\r\n\r\n"
#define INVITE "INVITE sip:b@b.test SIP/2.0"
#define CONTACT "Contact: <sip:a@192.0.2.1>\r\n"

/* ---------------------------------------------------------- start lines */

static void test_start_lines(void **state)
{
    /* clang-format off: a row a line. */
    static const struct {
        const char *line;
        enum sip_fault fault;
    } row[] = {
        {"INVITE sip:b@b.test SIP/2.0", SIP_FAULT_none},
        {"INVITE sip:b@b.test sip/2.0", SIP_FAULT_none},
        {"INVITE sip:b@b.test SIP/2.0 ", SIP_FAULT_start_line},
        {"INVITE sip:b@b.test SIP/2.0x", SIP_FAULT_version},
        {"INVITE sip:b@b.test SIP/2.01", SIP_FAULT_version},
        {"INVITE sip:b@b.test SIP/3.0", SIP_FAULT_version},
        {"INVITE sip:b@b.test SIP/.0", SIP_FAULT_start_line},
        {"INVITE sip:b@b.test SIP/2", SIP_FAULT_start_line},
        {"INVITE sip:b@b.test SIP/2.", SIP_FAULT_start_line},
        {"INVITE sip:b@b.test SIP/x.0", SIP_FAULT_start_line},
        {"INVITE sip:b@b.test SIQ/2.0", SIP_FAULT_start_line},
        {"INVITE sip:b@b.test SI", SIP_FAULT_start_line},
        {"INVITE sip:b@b.test", SIP_FAULT_request_uri},
        {"INVITE sip:b@b.test\tSIP/2.0", SIP_FAULT_request_uri},
        {"INVITE sip:b@b.test?a=b SIP/2.0", SIP_FAULT_uri_headers},
        {"INVITE", SIP_FAULT_method},
        {"INV:ITE sip:b@b.test SIP/2.0", SIP_FAULT_method},
        {"SIP\x0f 200 OK", SIP_FAULT_control_char},
        {"SIP/2.0 200 OK", SIP_FAULT_none},
        {"SIP/2.0 200 ", SIP_FAULT_none},
        {"SIP/2.0 699 \xc3\xa9 %41 x", SIP_FAULT_none},
        {"SIP/2.0", SIP_FAULT_start_line},
        {"SIP/2.1 200 OK", SIP_FAULT_version},
        {"SIP/2.0\t200 OK", SIP_FAULT_version},
        {"SIP/2.0 200", SIP_FAULT_start_line},
        {"SIP/2.0 099 OK", SIP_FAULT_status_code},
        {"SIP/2.0 700 OK", SIP_FAULT_status_code},
        {"SIP/2.0 20 OK", SIP_FAULT_status_code},
        {"SIP/2.0 2x0 OK", SIP_FAULT_status_code},
        {"SIP/2.0 200 a%4", SIP_FAULT_reason_phrase},
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        char text[1024];
        struct out o = out_of(text, sizeof(text));
        struct kit k;

        out_put(&o, slice_cstr(row[i].line));
        out_lit(&o, MESSAGE("", CONTACT));
        kit_parse_slice(&k, out_slice(&o));
        if (k.err.code != row[i].fault)
            fail_msg("%s: %s", row[i].line, sip_fault_symbol(k.err.code));
        kit_free_all(&k);
    }
}

/* Bytes that end in a name or in a value: what is behind is not looked at.
 * Each is a block of its own size, for the sanitizers. */
static void test_bytes_that_end(void **state)
{
    static const char *const rest[] = {
        "Max-ForwardsMax-Forwards", "Via: S\r\nX",
        "Via: SIP/2.0/\r\nX",       "Contact: <\r\nX",
        "Contact: <sip:\r\nX",      "To: s\r\nX",
        "Route: <sip:a@b\r\nX",     "CSeq: 1\r\nX",
        "Supported: a,\r\nX",       "Allow: A\r\nX",
        "Content-Length: 1\r\nX"};
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++) {
        struct out o = out_of(text, sizeof(text));

        out_lit(&o, "SIP/2.0 486 Busy\r\n");
        out_put(&o, slice_cstr(rest[i]));
        for (size_t n = 18; n <= o.n; n++) {
            struct kit k;

            kit_parse_slice(&k, slice_of(text, n));
            assert_int_equal(k.ret, E_SYNTAX);
            assert_true(k.err.offset <= n);
            kit_free_all(&k);
        }
    }
}

/* --------------------------------------------------------------- writer */

static int written_uri(struct page *p, const struct sip_uri *uri)
{
    struct out *o = fresh(p);

    sip_write_uri(o, uri);
    return o->err;
}

static void test_uris_of_parts(void **state)
{
    struct sip_uri good = {.scheme = SIP_SCHEME_SIPS,
                           .has_user = true,
                           .user = S("a"),
                           .has_password = true,
                           .password = S("p"),
                           .host = {S("b.test"), SIP_HOST_NAME},
                           .lr = true,
                           .headers = S("x=y")};
    struct sip_uri tel = {
        .scheme = SIP_SCHEME_TEL, .has_user = true, .user = S("+1-2")};
    struct sip_uri u;
    struct page p;

    (void)state;
    assert_int_equal(written_uri(&p, &good), 0);
    assert_slice(out_slice(&p.o), "sips:a:p@b.test;lr?x=y");
    assert_int_equal(written_uri(&p, &tel), 0);
    assert_slice(out_slice(&p.o), "tel:+1-2");
    tel.user = S("+1;a=b");
    assert_int_equal(written_uri(&p, &tel), E_INVAL);
    tel.user = S("+1 2");
    assert_int_equal(written_uri(&p, &tel), E_INVAL);
#define WRONG(change) \
    u = good;         \
    change;           \
    assert_int_equal(written_uri(&p, &u), E_INVAL)
    WRONG(u.scheme = SIP_SCHEME_OTHER);
    WRONG(u.user = S("a@c"));
    WRONG(u.has_user = false);
    WRONG(u.has_password = false);
    WRONG(u.password = S("p@c"));
    WRONG(u.params = S(";a?b=c"));
    WRONG(u.headers = S("x=y z"));
    WRONG(u.headers = S("x"));
    WRONG(u.transport = S("udp"));
    WRONG(u.host.kind = SIP_HOST_NONE);
    WRONG(u.host = ((struct sip_host){S("192.0.2.1"), SIP_HOST_NAME}));
    WRONG(u.host = ((struct sip_host){S("[::1]"), SIP_HOST_NAME}));
    WRONG(u.host = ((struct sip_host){S("::g"), SIP_HOST_IPV6}));
    WRONG(u.text = S("sip:"));
    WRONG(u.text = S("sip:a@b.test> x"));
#undef WRONG
}

static void test_hosts_end(void **state)
{
    static char digits[80];
    struct sip_host host = {slice_of(digits, sizeof(digits)), SIP_HOST_IPV6};
    struct page p;

    (void)state;
    memset(digits, '1', sizeof(digits));
    sip_write_host(fresh(&p), &host);
    assert_int_equal(p.o.err, E_INVAL);
    host = (struct sip_host){S("::1"), SIP_HOST_IPV6};
    sip_write_host(fresh(&p), &host);
    assert_slice(out_slice(&p.o), "[::1]");
}

static void test_header_fields(void **state)
{
    static char big[SIP_MSG_MAX + 1];
    static char room[2 * sizeof(big)];
    struct out o = out_of(room, sizeof(room));
    struct sip_uri uri;
    const struct sip_param bad = {S("a b"), S(""), false};
    struct page p;

    (void)state;
    sip_write_hdr(fresh(&p), SIP_HDR_OTHER, S("x"));
    assert_int_equal(p.o.err, E_INVAL);
    sip_write_hdr(fresh(&p), SIP_HDR_COUNT, S("x"));
    assert_int_equal(p.o.err, E_INVAL);
    assert_int_equal(sip_hdr_name(SIP_HDR_COUNT).n, 0);
    assert_true(sip_hdr_many(SIP_HDR_COUNT));
    assert_true(sip_hdr_many(SIP_HDR_OTHER));
    assert_false(sip_hdr_many(SIP_HDR_CSEQ));
    assert_int_equal(sip_uri_parse(&uri, S("sip:a"), NULL), 0);
    sip_write_addr(fresh(&p), SIP_HDR_TO,
                   &(struct sip_waddr){{0}, &uri, &bad, 1});
    assert_int_equal(p.o.err, E_INVAL);
    sip_write_route(fresh(&p), SIP_HDR_ROUTE, S("<sip:a>;"));
    assert_int_equal(p.o.err, E_INVAL);
    sip_write_route(fresh(&p), SIP_HDR_ROUTE, S("<sip:a>;b=c;d"));
    assert_int_equal(p.o.err, 0);
    memset(big, 'x', sizeof(big));
    sip_write_body(&o, S("text/plain"), slice_of(big, SIP_MSG_MAX));
    assert_int_equal(o.err, 0);
    o = out_of(room, sizeof(room));
    sip_write_body(&o, S("text/plain"), slice_of(big, sizeof(big)));
    assert_int_equal(o.err, E_TOOBIG);
}

static void test_responses(void **state)
{
    static const struct sip_msg empty = {.request = true};
    const struct sip_msg reply = {.status = 200};
    struct sip_write_src src = {S("2001:db8::9"), 5061};
    struct page p;
    struct kit k;

    (void)state;
    kit_parse(&k, MESSAGE(INVITE, CONTACT));
    assert_int_equal(k.ret, 0);
    sip_write_response(fresh(&p), &k.msg, 200, S("t"), &src);
    assert_int_equal(p.o.err, 0);
    assert_int_equal(out_cstr(&p.o), 0);
    assert_non_null(strstr(p.text, ";branch=z9hG4bK1;received=2001:db8::9\r"));
    src.ip = S("b.test");
    sip_write_response(fresh(&p), &k.msg, 200, S("t"), &src);
    assert_int_equal(p.o.err, E_INVAL);
    sip_write_response(fresh(&p), &k.msg, 200, S("t"), NULL);
    assert_int_equal(p.o.err, 0);
    assert_int_equal(out_cstr(&p.o), 0);
    assert_null(strstr(p.text, "received"));
    sip_write_response(fresh(&p), &k.msg, 200, S("t t"), NULL);
    assert_int_equal(p.o.err, E_INVAL);
    sip_write_response(fresh(&p), &k.msg, 99, S("t"), NULL);
    assert_int_equal(p.o.err, E_INVAL);
    sip_write_response(fresh(&p), &k.msg, 700, S("t"), NULL);
    assert_int_equal(p.o.err, E_INVAL);
    sip_write_response(fresh(&p), &reply, 200, S("t"), NULL);
    assert_int_equal(p.o.err, E_INVAL);
    sip_write_response(fresh(&p), &empty, 699, S("t"), NULL);
    assert_slice(out_slice(&p.o), "SIP/2.0 699 Global Failure\r\n");
    kit_free_all(&k);
}

/* A header field may be taken out before the message is written again. */
static void test_message_without_one(void **state)
{
    struct page p;
    struct kit k;

    (void)state;
    kit_parse(&k, MESSAGE(INVITE, CONTACT "X-A: gone\r\nSubject: s \r\n"
                                          "User-Agent:a\r\n"));
    assert_int_equal(k.ret, 0);
    for (unsigned i = 0; i + 1 < k.msg.nhdr; i++)
        if (slice_eq(k.msg.hdr[i].name, S("X-A"))) {
            k.msg.nhdr--;
            memmove(&k.msg.hdr[i], &k.msg.hdr[i + 1],
                    (k.msg.nhdr - i) * sizeof(k.msg.hdr[0]));
        }
    sip_write_msg(fresh(&p), &k.msg);
    assert_slice(out_slice(&p.o),
                 MESSAGE(INVITE, CONTACT "Subject: s\r\nUser-Agent: a\r\n"));
    kit_free_all(&k);
}

/* -------------------------------------------------------------- dialogs */

static const struct sip_host host = {S_INIT("192.0.2.1"), SIP_HOST_IPV4};
static const struct sip_dialog_hop hop = {&host, 5061, S_INIT("z9hG4bK2")};

/* An INVITE whose Contact and Record-Route have users of so many bytes. */
static void parse_long(struct kit *k, size_t contact, size_t route)
{
    static char text[40000];
    struct out o = out_of(text, sizeof(text));

    out_lit(&o, INVITE "\r\nVia: SIP/2.0/TLS a.test;branch=z9hG4bK1\r\n"
                       "From: <sip:a@a.test>;tag=ta\r\nTo: <sip:b@b.test>"
                       "\r\nCall-ID: c\r\nCSeq: 7 INVITE\r\nContact: <sip:");
    for (size_t i = 0; i < contact; i++)
        out_char(&o, 'c');
    out_lit(&o, "@a.test>\r\nRecord-Route: <sip:");
    for (size_t i = 0; i < route; i++)
        out_char(&o, 'r');
    out_lit(&o, "@a.test>\r\nContent-Length: 0\r\n\r\n");
    kit_parse_slice(k, out_slice(&o));
    assert_int_equal(k->ret, 0);
}

static void test_dialogs_are_small(void **state)
{
    static const struct {
        size_t contact, route;
        int err;
    } row[] = {{10, 10, 0},
               {SIP_DIALOG_TEXT_MAX - 20, 10, 0},
               {SIP_DIALOG_TEXT_MAX, 10, E_TOOBIG},
               {10, SIP_DIALOG_TEXT_MAX - 200, 0},
               {10, SIP_DIALOG_TEXT_MAX, E_TOOBIG}};
    struct sip_dialog d;
    struct kit k;

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        parse_long(&k, row[i].contact, row[i].route);
        assert_int_equal(sip_dialog_uas(&d, &k.env, &k.msg, S("t")),
                         row[i].err);
        sip_dialog_free(&d);
        kit_free_all(&k);
    }
}

static void test_dialogs_need_their_parts(void **state)
{
    static const struct sip_dialog_asked asked = {1, false};
    struct sip_dialog d;
    struct sip_msg m;
    struct kit k;

    (void)state;
    kit_parse(&k, MESSAGE(INVITE, CONTACT));
    assert_int_equal(k.ret, 0);
    m = k.msg;
    m.to.tag = S("x");
#define UAC(a, b) sip_dialog_uac(&d, &k.env, a, b)
    assert_int_equal(UAC(&k.msg, &m), 0);
    sip_dialog_free(&d);
    assert_int_equal(UAC(&k.msg, &k.msg), E_SYNTAX);
    m.contact_star = true;
    assert_int_equal(UAC(&k.msg, &m), E_SYNTAX);
    m.contact_star = false;
    m.from.tag = S("");
    assert_int_equal(UAC(&m, &m), E_SYNTAX);
#define UAS(a, tag) sip_dialog_uas(&d, &k.env, a, tag)
    assert_int_equal(UAS(&k.msg, S("t")), 0);
    sip_dialog_free(&d);
    assert_int_equal(UAS(&k.msg, S("")), E_SYNTAX);
    assert_int_equal(UAS(&m, S("t")), E_SYNTAX); /* has a To tag */
    m = k.msg;
    m.contact_star = true;
    assert_int_equal(UAS(&m, S("t")), E_SYNTAX);
#define NOTIFIED(a) sip_dialog_notified(&d, &k.env, a, &asked)
    assert_int_equal(NOTIFIED(&k.msg), E_SYNTAX); /* no To tag */
    m.to.tag = S("x");
    assert_int_equal(NOTIFIED(&m), E_SYNTAX);
    m.contact_star = false;
    assert_int_equal(NOTIFIED(&m), 0);
    sip_dialog_free(&d);
    m.from.tag = S("");
    assert_int_equal(NOTIFIED(&m), E_SYNTAX);
    kit_free_all(&k);
}

static void test_dialogs_match_whole(void **state)
{
    struct sip_dialog_id id = {S("c"), S("us"), S("ta"), false};
    struct sip_dialog d;
    struct sip_msg m;
    struct kit k;

    (void)state;
    kit_parse(&k, MESSAGE(INVITE, CONTACT));
    assert_int_equal(sip_dialog_uas(&d, &k.env, &k.msg, S("us")), 0);
    m = k.msg;
    m.to.tag = S("us");
    assert_true(sip_dialog_has(&d, &m));
    m.to.tag = S("uS");
    assert_false(sip_dialog_has(&d, &m));
    m.to.tag = S("us");
    m.from.tag = S("tb");
    assert_false(sip_dialog_has(&d, &m));
    m.from.tag = S("ta");
    m.call_id = S("C");
    assert_false(sip_dialog_has(&d, &m));
    assert_true(sip_dialog_id_is(&id, &d));
    id.to_tag = S("ta");
    assert_false(sip_dialog_id_is(&id, &d));
    /* A CANCEL and an ACK have the INVITE's number. */
    m.cseq.num = 1;
    m.method = SIP_CANCEL;
    assert_int_equal(sip_dialog_received(&d, &m), 0);
    m.method = SIP_ACK;
    assert_int_equal(sip_dialog_received(&d, &m), 0);
    m.method = SIP_BYE;
    assert_int_equal(sip_dialog_received(&d, &m), E_STATE);
    m.cseq.num = 8;
    assert_int_equal(sip_dialog_received(&d, &m), 0);
    d.state = SIP_DIALOG_NONE;
    assert_false(sip_dialog_has(&d, &k.msg));
    id.to_tag = S("us");
    assert_false(sip_dialog_id_is(&id, &d));
    sip_dialog_free(&d);
    assert_false(sip_dialog_id_is(&id, &d));
    kit_free_all(&k);
}

static int written(struct sip_dialog *d, size_t room)
{
    struct page p;
    struct out o = out_of(p.text, room);

    sip_dialog_write(d, &o, SIP_BYE, 0, &hop);
    return o.err;
}

static void test_requests_in_dialogs(void **state)
{
    struct slice target, route;
    struct sip_dialog d;
    struct kit k;

    (void)state;
    parse_long(&k, 2100, 10); /* a strict route, and a long target behind */
    assert_int_equal(sip_dialog_uas(&d, &k.env, &k.msg, S("us")), 0);
    assert_int_not_equal(written(&d, 8192), 0);
    sip_dialog_free(&d);
    kit_free_all(&k);
    parse_long(&k, 1900, 10);
    assert_int_equal(sip_dialog_uas(&d, &k.env, &k.msg, S("us")), 0);
    assert_int_equal(written(&d, 8192), 0);
    assert_int_equal(d.local_cseq, 1);
    assert_int_equal(written(&d, 100), E_TOOBIG); /* no number is used up */
    assert_int_equal(d.local_cseq, 1);
    route = d.route[0];
    d.route[0] = S("<sip:");
    assert_int_equal(written(&d, 8192), E_SYNTAX);
    d.route[0] = route;
    d.routes = 0;
    target = d.target;
    d.target = S("sip:a b");
    assert_int_equal(written(&d, 8192), E_SYNTAX);
    d.target = target;
    assert_int_equal(written(&d, 8192), 0);
    d.state = SIP_DIALOG_NONE;
    assert_int_equal(written(&d, 8192), E_STATE);
    sip_dialog_free(&d);
    assert_int_equal(written(&d, 8192), E_STATE);
    kit_free_all(&k);
}

static void test_texts_around_dialogs(void **state)
{
    static const char *const frags[] = {
        "SIP/2.0 200",   "SIP/2.0 100 Trying", "SIP/2.0 699 x\r\nTo: y",
        "SIP/2.0 099 x", "SIP/2.0 700 x",      "SIP/2.0 2x0 x",
        "SIP/2.0 200x",  "SIP/2.0 20"};
    struct slice phrase;
    unsigned status;
    struct page p;

    (void)state;
    for (size_t i = 0; i < sizeof(frags) / sizeof(frags[0]); i++)
        assert_int_equal(
            sip_frag_status(slice_cstr(frags[i]), &status, &phrase),
            i < 3 ? 0 : E_SYNTAX);
    sip_write_uri_header(fresh(&p), S("azAZ09-_.!~*'()`{@[/:;\xff"));
    assert_slice(out_slice(&p.o), "azAZ09-_.!~*'()%60%7B%40%5B%2F%3A%3B%FF");
}

/* --------------------------------------------------------------- memory */

static const char all_kinds[] =
    "INVITE sip:b@b.test SIP/2.0\r\n"
    "Via: SIP/2.0/TLS a.test;branch=z9hG4bK1, SIP/2.0/TLS b.test;branch=x\r\n"
    "From: <sip:a@a.test>;tag=ta\r\nTo: \"A \\\" B\" <sip:b@b.test>\r\n"
    "Call-ID: c\r\nCSeq: 7 INVITE\r\nContact: <sip:a@192.0.2.1>;expires=1\r\n"
    "Route: <sip:r.test;lr>, <sip:s.test;lr>\r\nSupported: a, b\r\n"
    "WWW-Authenticate: Digest realm=\"a \\\" b\", nonce=\"c\"\r\n"
    "Authorization: Digest username=\"a \\\" b\", realm=\"c\"\r\n"
    "Warning: 399 a \"b \\\" c\"\r\nReason: SIP;cause=200\r\n"
    "Refer-To: <sip:x@x.test>\r\nReferred-By: <sip:y@y.test>\r\n"
    "Subject: folded\r\n more\r\nContent-Length: 0\r\n\r\n";

static int read_msg(struct arena *arena)
{
    struct sip_msg read;
    struct sip_parse_err fault;

    return sip_msg_parse(&read, arena, slice_cstr(all_kinds), &fault);
}

static void test_memory_ends_anywhere(void **state)
{
    (void)state;
    short_arena(read_msg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start_lines),
        cmocka_unit_test(test_bytes_that_end),
        cmocka_unit_test(test_uris_of_parts),
        cmocka_unit_test(test_hosts_end),
        cmocka_unit_test(test_header_fields),
        cmocka_unit_test(test_responses),
        cmocka_unit_test(test_message_without_one),
        cmocka_unit_test(test_dialogs_are_small),
        cmocka_unit_test(test_dialogs_need_their_parts),
        cmocka_unit_test(test_dialogs_match_whole),
        cmocka_unit_test(test_requests_in_dialogs),
        cmocka_unit_test(test_texts_around_dialogs),
        cmocka_unit_test(test_memory_ends_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
