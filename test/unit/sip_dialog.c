/* SPDX-License-Identifier: Apache-2.0 */
/* Dialogs: made, matched, routed; what the peer wrote is echoed as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sip/base/err.h"
#include "sip/dialog.h"
#include "test/oom.h"

struct kit {
    struct oom mem;
    struct env env;
    struct arena_pool pool;
    struct arena arena;
    char text[8192];
};

static void start(struct kit *k)
{
    memset(k, 0, sizeof(*k));
    oom_init(&k->mem, &k->env);
    arena_pool_init(&k->pool, &k->env);
    arena_init(&k->arena, &k->pool);
}

static void finish(struct kit *k)
{
    arena_reset(&k->arena);
    arena_pool_free(&k->pool);
    assert_int_equal(k->mem.live, 0);
}

static struct sip_msg parse(struct kit *k, const char *text)
{
    struct sip_parse_err fault;
    struct sip_msg msg;
    int err = sip_msg_parse(&msg, &k->arena, slice_cstr(text), &fault);

    if (err)
        fail_msg("%s at %zu in:\n%s", sip_fault_symbol(fault.code),
                 fault.offset, text);
    return msg;
}

#define INVITE(uri, lines)                                              \
    "INVITE " uri " SIP/2.0\r\n"                                        \
    "Via: SIP/2.0/TLS a.test;branch=z9hG4bKinv\r\nMax-Forwards: 70\r\n" \
    "From: \"A\" <sip:a@a.test>;tag=ta\r\nTo: <sip:b@b.test>\r\n"       \
    "Call-ID: cid\r\nCSeq: 7 INVITE\r\n" lines "Content-Length: 0\r\n\r\n"
#define CONTACT_A "Contact: <sip:a@192.0.2.1:5061;transport=tls>\r\n"

#define ANSWER(status, lines)                                            \
    "SIP/2.0 " status "\r\n"                                             \
    "Via: SIP/2.0/TLS a.test;branch=z9hG4bKinv\r\n"                      \
    "From: \"A\" <sip:a@a.test>;tag=ta\r\nTo: <sip:b@b.test>;tag=tb\r\n" \
    "Call-ID: cid\r\nCSeq: 7 INVITE\r\n" lines "Content-Length: 0\r\n\r\n"

/* A Kamailio that bridges TLS to UDP writes two; the Contact is a UDP
 * phone's. All of it is data. */
#define ROUTES                                     \
    "Record-Route: <sip:10.0.0.1;r2=on;lr=on>\r\n" \
    "Record-Route: <sip:edge.test:5061;transport=tls;r2=on;lr=on>\r\n"
#define CONTACT_B "Contact: <sip:b@10.0.0.9:5060>\r\n"

static const struct sip_host host = {S_INIT("192.0.2.1"), SIP_HOST_IPV4};

/* The next request of the dialog, as text in k->text and read again. */
static struct sip_msg request(struct kit *k, struct sip_dialog *d,
                              enum sip_method method, uint32_t cseq)
{
    const struct sip_dialog_hop hop = {&host, 5061, S("z9hG4bKnext")};
    struct out o = out_of(k->text, sizeof(k->text));

    sip_dialog_write(d, &o, method, cseq, &hop);
    sip_write_body(&o, slice_of(NULL, 0), slice_of(NULL, 0));
    assert_int_equal(o.err, 0);
    assert_int_equal(out_cstr(&o), 0);
    return parse(k, k->text);
}

static void the_caller_routes_backwards(void **state)
{
    struct sip_msg invite, res, bye;
    struct sip_dialog d;
    struct kit k;

    (void)state;
    start(&k);
    invite = parse(&k, INVITE("sip:b@b.test", CONTACT_A));
    res = parse(&k, ANSWER("200 OK", ROUTES CONTACT_B));
    assert_int_equal(sip_dialog_uac(&d, &k.env, &invite, &res), 0);
    assert_int_equal(d.state, SIP_DIALOG_CONFIRMED);
    bye = request(&k, &d, SIP_BYE, 0);
    assert_true(slice_eq(bye.uri.text, S("sip:b@10.0.0.9:5060")));
    assert_true(slice_eq(bye.route->addr.text,
                         S("<sip:edge.test:5061;transport=tls;r2=on;lr=on>")));
    assert_true(
        slice_eq(bye.route->next->addr.text, S("<sip:10.0.0.1;r2=on;lr=on>")));
    assert_null(bye.route->next->next);
    assert_int_equal(bye.cseq.num, 8);
    assert_true(slice_eq(bye.from.tag, S("ta")));
    assert_true(slice_eq(bye.to.tag, S("tb")));
    assert_true(slice_eq(bye.via->transport, S("TLS")));
    assert_null(bye.via->next);
    /* The ACK has the INVITE's number and does not count. */
    assert_int_equal(request(&k, &d, SIP_ACK, 7).cseq.num, 7);
    assert_int_equal(request(&k, &d, SIP_INFO, 0).cseq.num, 9);
    sip_dialog_free(&d);
    finish(&k);
}

static void the_callee_routes_forwards(void **state)
{
    struct sip_msg invite, bye;
    struct sip_dialog d;
    struct kit k;

    (void)state;
    start(&k);
    invite = parse(&k, INVITE("sip:b@b.test", ROUTES CONTACT_A));
    assert_int_equal(sip_dialog_uas(&d, &k.env, &invite, S("own")), 0);
    assert_int_equal(d.state, SIP_DIALOG_EARLY);
    assert_int_equal(sip_dialog_confirm(&d, NULL), 0);
    bye = request(&k, &d, SIP_BYE, 0);
    assert_true(
        slice_eq(bye.uri.text, S("sip:a@192.0.2.1:5061;transport=tls")));
    assert_true(
        slice_eq(bye.route->addr.text, S("<sip:10.0.0.1;r2=on;lr=on>")));
    assert_true(slice_eq(bye.from.tag, S("own")));
    assert_true(slice_eq(bye.to.tag, S("ta")));
    assert_int_equal(bye.cseq.num, 1);
    sip_dialog_free(&d);
    finish(&k);
}

/* A first hop without lr (RFC 2543): it becomes the Request-URI. */
static void strict_routes(void **state)
{
    struct sip_msg invite, res, bye;
    struct sip_dialog d;
    struct kit k;

    (void)state;
    start(&k);
    invite = parse(&k, INVITE("sip:b@b.test", CONTACT_A));
    res = parse(&k, ANSWER("200 OK", "Record-Route: <sip:two.test;lr>, "
                                     "<sip:one.test>\r\n" CONTACT_B));
    assert_int_equal(sip_dialog_uac(&d, &k.env, &invite, &res), 0);
    bye = request(&k, &d, SIP_BYE, 0);
    assert_true(slice_eq(bye.uri.text, S("sip:one.test")));
    assert_true(slice_eq(bye.route->addr.text, S("<sip:two.test;lr>")));
    assert_true(
        slice_eq(bye.route->next->addr.text, S("<sip:b@10.0.0.9:5060>")));
    sip_dialog_free(&d);
    finish(&k);
}

/* A user part may hold "?" and a quoted name "<": neither is taken for what
 * it would be elsewhere. Headers of a Contact do not become a request's. */
static void odd_targets_and_routes(void **state)
{
    static const struct {
        const char *res, *uri;
    } row[] = {
        {ANSWER("200 OK", "Contact: <sip:a?b@192.0.2.7>\r\n"),
         "sip:a?b@192.0.2.7"},
        {ANSWER("200 OK", "Contact: <sip:a?b@192.0.2.7;x=y?Route=z>\r\n"),
         "sip:a?b@192.0.2.7;x=y"},
        {ANSWER("200 OK", CONTACT_B "Record-Route: \"<sip:x>\" "
                                    "<sip:p.test;lr>\r\n"),
         "sip:b@10.0.0.9:5060"},
        {ANSWER("200 OK", CONTACT_B "Record-Route: \"<sip:x;lr>\" "
                                    "<sip:p.test>\r\n"),
         "sip:p.test"},
    };
    struct sip_msg invite, res, bye;
    struct sip_dialog d;
    struct kit k;

    (void)state;
    start(&k);
    invite = parse(&k, INVITE("sip:b@b.test", CONTACT_A));
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        res = parse(&k, row[i].res);
        assert_int_equal(sip_dialog_uac(&d, &k.env, &invite, &res), 0);
        bye = request(&k, &d, SIP_BYE, 0);
        assert_true(slice_eq(bye.uri.text, slice_cstr(row[i].uri)));
        sip_dialog_free(&d);
    }
    finish(&k);
}

/* 13.2.2.4: what the 2xx says counts, not what the 180 said. */
static void an_early_dialog_is_confirmed(void **state)
{
    struct sip_msg invite, ringing, ok, bye;
    struct sip_dialog d;
    struct kit k;

    (void)state;
    start(&k);
    invite = parse(&k, INVITE("sip:b@b.test", CONTACT_A));
    ringing =
        parse(&k, ANSWER("180 Ringing", "Contact: <sip:old@10.0.0.9>\r\n"));
    ok = parse(&k, ANSWER("200 OK", ROUTES CONTACT_B));
    assert_int_equal(sip_dialog_uac(&d, &k.env, &invite, &ringing), 0);
    assert_int_equal(d.state, SIP_DIALOG_EARLY);
    bye = request(&k, &d, SIP_INFO, 0);
    assert_null(bye.route);
    assert_int_equal(sip_dialog_confirm(&d, &ok), 0);
    bye = request(&k, &d, SIP_BYE, 0);
    assert_true(slice_eq(bye.uri.text, S("sip:b@10.0.0.9:5060")));
    assert_non_null(bye.route);
    assert_int_equal(bye.cseq.num, 9);
    sip_dialog_free(&d);
    assert_int_equal(sip_dialog_confirm(&d, NULL), E_STATE);
    finish(&k);
}

#define WITHIN(method, call_id, from_tag, to_tag, cseq)                    \
    method " sip:a@192.0.2.1 SIP/2.0\r\n"                                  \
           "Via: SIP/2.0/TLS e;branch=z9hG4bKw\r\nMax-Forwards: 70\r\n"    \
           "From: <sip:b@b.test>;tag=" from_tag "\r\n"                     \
           "To: <sip:a@a.test>;tag=" to_tag "\r\nCall-ID: " call_id "\r\n" \
           "CSeq: " cseq " " method "\r\nContent-Length: 0\r\n\r\n"

/* Hazards: exact tags, numbers that only go up. */
static void only_its_own_messages(void **state)
{
    static const char *const strangers[] = {
        WITHIN("BYE", "cid2", "tb", "ta", "1"),
        WITHIN("BYE", "cid", "tB", "ta", "1"),
        WITHIN("BYE", "cid", "tb", "t", "1"),
        WITHIN("BYE", "cid", "ta", "tb", "1"),
        ANSWER("200 OK", CONTACT_B),
    };
    struct sip_msg invite, res, msg;
    struct sip_dialog d;
    struct kit k;

    (void)state;
    start(&k);
    invite = parse(&k, INVITE("sip:b@b.test", CONTACT_A));
    res = parse(&k, ANSWER("200 OK", CONTACT_B));
    assert_int_equal(sip_dialog_uac(&d, &k.env, &invite, &res), 0);
    for (size_t i = 0; i < 4; i++) {
        msg = parse(&k, strangers[i]);
        assert_false(sip_dialog_has(&d, &msg));
    }
    msg = parse(&k, strangers[4]); /* the control: its own response */
    assert_true(sip_dialog_has(&d, &msg));
    msg = parse(&k, WITHIN("INFO", "cid", "tb", "ta", "5"));
    assert_true(sip_dialog_has(&d, &msg));
    assert_int_equal(sip_dialog_received(&d, &msg), 0);
    msg = parse(&k, WITHIN("INFO", "cid", "tb", "ta", "4"));
    assert_int_equal(sip_dialog_received(&d, &msg), E_STATE);
    msg = parse(&k, WITHIN("ACK", "cid", "tb", "ta", "1"));
    assert_int_equal(sip_dialog_received(&d, &msg), 0);
    msg = parse(&k, WITHIN("BYE", "cid", "tb", "ta", "6"));
    assert_int_equal(sip_dialog_received(&d, &msg), 0);
    sip_dialog_free(&d);
    assert_false(sip_dialog_has(&d, &msg));
    finish(&k);
}

static void sips_stays_sips(void **state)
{
    struct sip_msg invite, good, bad;
    struct sip_dialog d;
    struct kit k;

    (void)state;
    start(&k);
    invite = parse(&k, INVITE("sips:b@b.test", "Contact: <sips:a@c>\r\n"));
    bad = parse(&k, ANSWER("200 OK", CONTACT_B));
    good = parse(&k, ANSWER("200 OK", "Contact: <sips:b@10.0.0.9>\r\n"));
    assert_int_equal(sip_dialog_uac(&d, &k.env, &invite, &bad), E_SYNTAX);
    assert_int_equal(sip_dialog_uac(&d, &k.env, &invite, &good), 0);
    assert_int_equal(sip_dialog_refresh(&d, &bad), E_SYNTAX);
    assert_true(slice_eq(d.target, S("sips:b@10.0.0.9")));
    sip_dialog_free(&d);
    finish(&k);
}

static void what_makes_no_dialog(void **state)
{
    struct sip_msg invite, res;
    struct sip_dialog d;
    struct kit k;

    (void)state;
    start(&k);
    invite = parse(&k, INVITE("sip:b@b.test", CONTACT_A));
    res = parse(&k, ANSWER("200 OK", "")); /* no Contact */
    assert_int_equal(sip_dialog_uac(&d, &k.env, &invite, &res), E_SYNTAX);
    res = parse(&k, ANSWER("200 OK", "Contact: <tel:+49301>\r\n"));
    assert_int_equal(sip_dialog_uac(&d, &k.env, &invite, &res), E_SYNTAX);
    assert_int_equal(sip_dialog_uas(&d, &k.env, &invite, S("")), E_SYNTAX);
    finish(&k);
}

/* 0, max and max + 1 elements of a route set. */
static void limit_of_routes(void **state)
{
    char routes[4096], text[8192];
    struct sip_msg invite, res;
    struct sip_dialog d;
    struct kit k;

    (void)state;
    start(&k);
    invite = parse(&k, INVITE("sip:b@b.test", CONTACT_A));
    for (unsigned n = SIP_DIALOG_ROUTES_MAX; n <= SIP_DIALOG_ROUTES_MAX + 1;
         n++) {
        size_t at = 0;

        for (unsigned i = 0; i < n; i++)
            at += (size_t)snprintf(routes + at, sizeof(routes) - at,
                                   "Record-Route: <sip:r%u.test;lr>\r\n", i);
        snprintf(text, sizeof(text),
                 "SIP/2.0 200 OK\r\n"
                 "Via: SIP/2.0/TLS a.test;branch=z9hG4bKinv\r\n"
                 "From: <sip:a@a.test>;tag=ta\r\n"
                 "To: <sip:b@b.test>;tag=tb\r\nCall-ID: cid\r\n"
                 "CSeq: 7 INVITE\r\n%s" CONTACT_B "Content-Length: 0\r\n\r\n",
                 routes);
        res = parse(&k, text);
        assert_int_equal(sip_dialog_uac(&d, &k.env, &invite, &res),
                         n > SIP_DIALOG_ROUTES_MAX ? E_TOOBIG : 0);
        sip_dialog_free(&d);
    }
    finish(&k);
}

static void cancel_and_ack(void **state)
{
    struct sip_msg invite, res, msg;
    struct kit k;

    (void)state;
    start(&k);
    invite = parse(
        &k, INVITE("sip:b@b.test", "Route: <sip:edge.test;lr>\r\n" CONTACT_A));
    res = parse(&k, ANSWER("486 Busy Here", ""));
    struct out o = out_of(k.text, sizeof(k.text));

    sip_dialog_write_cancel(&o, &invite);
    sip_write_body(&o, S(""), S(""));
    assert_int_equal(out_cstr(&o), 0);
    msg = parse(&k, k.text);
    assert_int_equal(msg.method, SIP_CANCEL);
    assert_int_equal(msg.cseq.num, 7);
    assert_true(slice_eq(msg.via->branch, S("z9hG4bKinv")));
    assert_null(msg.via->next);
    assert_int_equal(msg.to.tag.n, 0);
    assert_non_null(msg.route);
    o = out_of(k.text, sizeof(k.text));
    sip_dialog_write_ack(&o, &invite, &res);
    sip_write_body(&o, S(""), S(""));
    assert_int_equal(out_cstr(&o), 0);
    msg = parse(&k, k.text);
    assert_int_equal(msg.method, SIP_ACK);
    assert_true(slice_eq(msg.to.tag, S("tb")));
    assert_true(slice_eq(msg.uri.text, S("sip:b@b.test")));
    finish(&k);
}

static int all_of_it(const struct env *env, void *arg)
{
    const struct sip_msg *msg = arg;
    struct sip_dialog d = {0};
    int err = sip_dialog_uac(&d, env, &msg[0], &msg[1]);

    if (!err)
        err = sip_dialog_confirm(&d, &msg[2]);
    if (!err)
        err = sip_dialog_refresh(&d, &msg[1]);
    if (err == E_NOMEM && d.state == SIP_DIALOG_EARLY)
        assert_true(d.call_id.n == 3); /* still whole */
    sip_dialog_free(&d);
    return err;
}

static void out_of_memory(void **state)
{
    struct sip_msg msg[3];
    struct env env = {0};
    struct kit k;

    (void)state;
    start(&k);
    msg[0] = parse(&k, INVITE("sip:b@b.test", CONTACT_A));
    msg[1] = parse(&k, ANSWER("180 Ringing", CONTACT_B));
    msg[2] = parse(&k, ANSWER("200 OK", ROUTES CONTACT_B));
    assert_true(oom_loop(&env, all_of_it, msg) >= 5);
    finish(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_caller_routes_backwards),
        cmocka_unit_test(the_callee_routes_forwards),
        cmocka_unit_test(strict_routes),
        cmocka_unit_test(odd_targets_and_routes),
        cmocka_unit_test(an_early_dialog_is_confirmed),
        cmocka_unit_test(only_its_own_messages),
        cmocka_unit_test(sips_stays_sips),
        cmocka_unit_test(what_makes_no_dialog),
        cmocka_unit_test(limit_of_routes),
        cmocka_unit_test(cancel_and_ack),
        cmocka_unit_test(out_of_memory),
    };

    return cmocka_run_group_tests_name("sip_dialog", tests, NULL, NULL);
}
