/* SPDX-License-Identifier: Apache-2.0 */
/* Dialogs named from outside: Replaces, Target-Dialog, sipfrag, ?headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sip/base/err.h"
#include "sip/dialogid.h"
#include "test/oom.h"

static void replaces_is_read(void **state)
{
    struct sip_dialog_id id;

    (void)state;
    assert_int_equal(
        sip_dialog_id_replaces(
            &id, S("a84@b.test ; from-tag=f1;x=\"y;to-tag=no\";to-tag=t1")),
        0);
    assert_true(slice_eq(id.call_id, S("a84@b.test")));
    assert_true(slice_eq(id.to_tag, S("t1")));
    assert_true(slice_eq(id.from_tag, S("f1")));
    assert_false(id.early_only);
    assert_int_equal(
        sip_dialog_id_replaces(&id, S("a;to-tag=t;from-tag=f;early-only")), 0);
    assert_true(id.early_only);
    /* Each of these lacks or repeats something; the first one does not. */
    assert_int_equal(sip_dialog_id_replaces(&id, S("a;to-tag=t;from-tag=f")),
                     0);
    static const char *const bad[] = {
        "",
        "a",
        ";to-tag=t;from-tag=f",
        "a;to-tag=t",
        "a;from-tag=f",
        "a;to-tag=;from-tag=f",
        "a;to-tag;from-tag=f",
        "a;to-tag=\"t\";from-tag=f",
        "a;to-tag=t;to-tag=t;from-tag=f",
        "a;to-tag=t;from-tag=f;",
        "a;to-tag=t;from-tag=f,b;to-tag=t;from-tag=f",
        "a b;to-tag=t;from-tag=f",
        "a@b@c;to-tag=t;from-tag=f",
        "a;local-tag=t;remote-tag=f",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(sip_dialog_id_replaces(&id, slice_cstr(bad[i])),
                         E_SYNTAX);
}

static void target_dialog_is_read(void **state)
{
    struct sip_dialog_id id;

    (void)state;
    assert_int_equal(
        sip_dialog_id_target(&id, S("fa7@h;local-tag=l;remote-tag=r")), 0);
    assert_true(slice_eq(id.to_tag, S("l")));
    assert_true(slice_eq(id.from_tag, S("r")));
    assert_int_equal(sip_dialog_id_target(&id, S("fa7;to-tag=l;from-tag=r")),
                     E_SYNTAX);
}

/* What one side writes, the other side finds. */
static void both_sides_agree(void **state)
{
    char text[128];
    struct out o = out_of(text, sizeof(text));
    struct sip_dialog ours = {.state = SIP_DIALOG_CONFIRMED,
                              .call_id = S("c@d"),
                              .local_tag = S("l"),
                              .remote_tag = S("r")};
    struct sip_dialog theirs = ours;
    struct sip_dialog_id id;

    (void)state;
    theirs.local_tag = ours.remote_tag;
    theirs.remote_tag = ours.local_tag;
    sip_dialog_id_write(&o, &ours);
    assert_int_equal(sip_dialog_id_replaces(&id, out_slice(&o)), 0);
    assert_true(sip_dialog_id_is(&id, &theirs));
    assert_false(sip_dialog_id_is(&id, &ours));
    theirs.state = SIP_DIALOG_NONE;
    assert_false(sip_dialog_id_is(&id, &theirs));
}

static void sipfrag_is_read(void **state)
{
    unsigned status = 0;
    struct slice phrase;

    (void)state;
    assert_int_equal(
        sip_frag_status(S("SIP/2.0 486 Busy Here\r\nContact: x\r\n"), &status,
                        &phrase),
        0);
    assert_int_equal(status, 486);
    assert_true(slice_eq(phrase, S("Busy Here")));
    assert_int_equal(sip_frag_status(S("sip/2.0 200"), &status, &phrase), 0);
    assert_int_equal(status, 200);
    assert_int_equal(phrase.n, 0);
    static const char *const bad[] = {
        "",           "SIP/2.0",       "SIP/2.0 99 x",    "SIP/2.0 2000 OK",
        "SIP/2.0 20", "SIP/2.0 700",   "SIP/2.0 -10 x",   "SIP/1.0 200 OK",
        "200 OK",     "SIP/2.0 2a0 x", " SIP/2.0 200 OK",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        status = 1;
        assert_int_equal(sip_frag_status(slice_cstr(bad[i]), &status, &phrase),
                         E_SYNTAX);
        assert_int_equal(status, 1);
    }
}

static void headers_of_a_uri(void **state)
{
    static const char value[] = "a@b;to-tag=1;from-tag=2 \"%&";
    char text[256], back[64];
    struct out o = out_of(text, sizeof(text));
    struct out b = out_of(back, sizeof(back));
    struct sip_uri uri;

    (void)state;
    out_lit(&o, "sip:u@h.test?Subject=x&Replaces=");
    sip_write_uri_header(&o, slice_cstr(value));
    assert_int_equal(sip_uri_parse(&uri, out_slice(&o), NULL), 0);
    assert_int_equal(sip_uri_header(&b, &uri, S("replaces")), 0);
    assert_true(slice_eq(out_slice(&b), slice_cstr(value)));
    b.n = 0;
    assert_int_equal(sip_uri_header(&b, &uri, S("Require")), E_NOTFOUND);
    /* Twice is not once. */
    out_lit(&o, "&replaces=x");
    assert_int_equal(sip_uri_parse(&uri, out_slice(&o), NULL), 0);
    assert_int_equal(sip_uri_header(&b, &uri, S("replaces")), E_SYNTAX);
    b = out_of(back, 3);
    assert_int_equal(sip_uri_header(&b, &uri, S("Subject")), 0);
    assert_int_equal(sip_uri_parse(&uri, S("sip:h?a=1234"), NULL), 0);
    b = out_of(back, 3);
    assert_int_equal(sip_uri_header(&b, &uri, S("a")), E_TOOBIG);
}

#define NOTIFY(to, contact)                                                  \
    "NOTIFY sip:a@192.0.2.7 SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bKn\r" \
    "\nFrom: <sip:n@b.test>;tag=theirs\r\nTo: <sip:a@a.test>" to "\r\n"      \
    "Call-ID: c\r\nCSeq: 9 NOTIFY\r\nMax-Forwards: 70\r\nEvent: x\r\n"       \
    "Subscription-State: active\r\nRecord-Route: <sip:p1.test;lr>,"          \
    "<sip:p2.test;lr>\r\n" contact "Content-Length: 0\r\n\r\n"

/* A NOTIFY makes the subscriber's dialog. */
static void a_notify_makes_a_dialog(void **state)
{
    static const char good[] =
        NOTIFY(";tag=ours", "Contact: <sip:n@192.0.2.9>\r\n");
    static const char no_tag[] = NOTIFY("", "Contact: <sip:n@h>\r\n");
    const struct sip_dialog_asked asked = {.cseq = 4};
    const struct sip_dialog_asked sips = {.cseq = 4, .secure = true};
    struct sip_parse_err fault;
    struct arena_pool pool;
    struct arena arena;
    struct sip_dialog d;
    struct sip_msg msg;
    struct oom mem;
    struct env env;

    (void)state;
    oom_init(&mem, &env);
    arena_pool_init(&pool, &env);
    arena_init(&arena, &pool);
    assert_int_equal(sip_msg_parse(&msg, &arena, slice_cstr(good), &fault), 0);
    assert_int_equal(sip_dialog_notified(&d, &env, &msg, &asked), 0);
    assert_true(sip_dialog_has(&d, &msg));
    assert_int_equal(d.routes, 2);
    assert_true(slice_eq(d.route[0], S("<sip:p1.test;lr>")));
    assert_true(slice_eq(d.target, S("sip:n@192.0.2.9")));
    assert_true(slice_eq(d.local, S("<sip:a@a.test>;tag=ours")));
    assert_int_equal(d.local_cseq, 4);
    assert_int_equal(sip_dialog_received(&d, &msg), 0);
    sip_dialog_free(&d);
    assert_int_equal(sip_dialog_notified(&d, &env, &msg, &sips), E_SYNTAX);
    assert_int_equal(sip_msg_parse(&msg, &arena, slice_cstr(no_tag), &fault),
                     0);
    assert_int_equal(sip_dialog_notified(&d, &env, &msg, &asked), E_SYNTAX);
    arena_reset(&arena);
    arena_pool_free(&pool);
    assert_int_equal(mem.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replaces_is_read),
        cmocka_unit_test(target_dialog_is_read),
        cmocka_unit_test(both_sides_agree),
        cmocka_unit_test(sipfrag_is_read),
        cmocka_unit_test(headers_of_a_uri),
        cmocka_unit_test(a_notify_makes_a_dialog),
    };

    return cmocka_run_group_tests_name("sip_dialogid", tests, NULL, NULL);
}
