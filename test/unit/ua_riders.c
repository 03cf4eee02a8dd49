/* SPDX-License-Identifier: Apache-2.0 */
/* One flow for several accounts: who shares, who is meant, who is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "test/core_kit.h"
#include "tls/crypto.h"
#include "ua/riders.h"

static const char *const here = "192.0.2.1:5061";

/* An account that shares, of that user. */
static struct siplock_account_config sharing(const char *aor)
{
    return (struct siplock_account_config){
        .aor = aor, .share_flow = 1, .address = &here, .addresses = 1};
}

static void share(struct kit *b, unsigned id, const char *aor)
{
    const struct siplock_account_config config = sharing(aor);

    assert_int_equal(kit_add(b, id, &config), 0);
}

/* Alice and bob on one flow that is up; both REGISTERs are out. */
static void begin(struct kit *b)
{
    const struct siplock_account_config alice = sharing(NULL);

    kit_start(b, &alice);
    share(b, 2, "sip:bob@example.test");
    kit_up(b);
    kit_pull(b);
}

static void register_all(struct kit *b)
{
    for (unsigned i = 0; i < b->sents; i++)
        if (!strncmp(b->sent[i], "REGISTER", 8))
            kit_answer_to(b, i, "200 OK", "");
}

/* The state that the account was told last, of that type of event. */
static int told(const struct kit *b, unsigned id, int type)
{
    for (unsigned i = b->events; i > 0; i--)
        if (b->event[i - 1].type == type && b->event_of[i - 1] == KIT_ID(id))
            return b->event[i - 1].state;
    return 0;
}

static int registered(const struct kit *b, unsigned id)
{
    return told(b, id, SIPLOCK_EVENT_REGISTER_STATE) ==
           SIPLOCK_REGISTER_REGISTERED;
}

static unsigned sent(const struct kit *b, const char *start)
{
    unsigned n = 0;

    for (unsigned i = 0; i < b->sents; i++)
        n += strncmp(b->sent[i], start, strlen(start)) == 0;
    return n;
}

static void both_register_on_one(void **state)
{
    struct kit b;

    (void)state;
    begin(&b);
    assert_int_equal(b.dials, 1);
    assert_int_equal(sent(&b, "REGISTER "), 2);
    assert_int_equal(told(&b, 1, SIPLOCK_EVENT_FLOW_STATE), SIPLOCK_FLOW_UP);
    assert_int_equal(told(&b, 2, SIPLOCK_EVENT_FLOW_STATE), SIPLOCK_FLOW_UP);
    register_all(&b);
    assert_true(registered(&b, 1) && registered(&b, 2));
    /* One who comes later finds it up, and is told so. */
    share(&b, 3, "sip:carol@other.test");
    assert_int_equal(b.dials, 2); /* another domain is another name */
    kit_finish(&b);
}

static void a_late_one_joins(void **state)
{
    struct kit b;
    const struct ua_event *e;

    (void)state;
    begin(&b);
    register_all(&b);
    share(&b, 3, "sip:carol@example.test");
    assert_int_equal(b.dials, 1);
    e = kit_last_event(&b, SIPLOCK_EVENT_FLOW_STATE);
    assert_int_equal(e->state, SIPLOCK_FLOW_UP);
    assert_int_equal(e->len[UA_TEXT_NAME], strlen("example.test"));
    assert_int_equal(e->len[UA_TEXT_TLS], strlen("TLSv1.3"));
    kit_answer(&b, "200 OK", "");
    assert_true(registered(&b, 3));
    kit_finish(&b);
}

/* Each differs in one thing from who is there; the last in nothing. */
static void who_does_not_share(void **state)
{
    static const char *const elsewhere = "192.0.2.2:5061";
    static const char *const dns = "192.0.2.53";
    const struct siplock_account_config base = sharing("sip:bob@example.test");
    struct siplock_account_config c[8];
    struct kit b;

    (void)state;
    for (int i = 0; i < 8; i++)
        c[i] = base;
    c[0].share_flow = 0;
    c[1].aor = "sip:alice@example.test"; /* who would be meant? */
    c[2].aor = "sip:bob@other.test";
    c[3].address = &elsewhere;
    c[4].level = SIPLOCK_LEVEL_MODERN;
    c[5].names = SIPLOCK_NAMES_CN;
    c[6].dns = &dns;
    c[6].dns_servers = 1;
    for (unsigned i = 0; i < 8; i++) {
        const struct siplock_account_config alice = sharing(NULL);

        kit_start(&b, &alice);
        assert_int_equal(kit_add(&b, 2, &c[i]), 0);
        assert_int_equal(b.dials, i < 7 ? 2 : 1);
        kit_finish(&b);
    }
}

static void request(struct kit *b, const char *method, const char *uri,
                    const char *to)
{
    static unsigned n;
    char text[1024];

    snprintf(text, sizeof(text),
             "%s %s SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:5061;"
             "branch=z9hG4bKr%u\r\nMax-Forwards: 70\r\n"
             "From: <sip:carol@example.test>;tag=c\r\nTo: <%s>\r\n"
             "Call-ID: share-%u\r\nCSeq: 1 %s\r\n"
             "Contact: <sip:carol@192.0.2.9;transport=tls>\r\n"
             "Content-Length: 0\r\n\r\n",
             method, uri, n, to, n, method);
    n++;
    kit_hear(b, text);
}

static uint64_t rang(const struct kit *b)
{
    for (unsigned i = b->events; i > 0; i--)
        if (b->event[i - 1].type == SIPLOCK_EVENT_CALL_STATE &&
            b->event[i - 1].state == SIPLOCK_CALL_RINGING)
            return b->event_of[i - 1];
    return 0;
}

static void whose_call_that_is(void **state)
{
    struct kit b;

    (void)state;
    begin(&b);
    register_all(&b);
    request(&b, "INVITE", "sip:bob@192.0.2.7:40000;transport=tls",
            "sip:support@example.test");
    assert_true(rang(&b) == KIT_ID(2));
    request(&b, "INVITE", "sip:alice@192.0.2.7:40000;transport=tls",
            "sip:bob@example.test");
    assert_true(rang(&b) == KIT_ID(1));
    /* A host alone: To says who. */
    request(&b, "OPTIONS", "sip:192.0.2.7:40000", "sip:bob@example.test");
    assert_int_equal(sent(&b, "SIP/2.0 200"), 1);
    request(&b, "OPTIONS", "sip:dave@192.0.2.7:40000",
            "sip:dave@example.test");
    assert_int_equal(sent(&b, "SIP/2.0 404"), 1);
    /* Their CANCELs and BYEs find them. */
    assert_int_equal(ua_core_counts(b.core).calls, 2);
    kit_finish(&b);
}

static void both_lose_it(void **state)
{
    struct kit b;
    struct cause why;

    (void)state;
    begin(&b);
    register_all(&b);
    kit_wait_ms(&b, 9000);
    kit_wait_ms(&b, 20000);
    cause_set(&why, CAUSE_connect_reset);
    b.up = false;
    b.events = 0;
    ua_core_flow_down(b.core, b.now, b.flow, &why);
    kit_pull(&b);
    assert_int_equal(b.dials, 2);
    assert_int_equal(
        kit_count_events(&b, SIPLOCK_EVENT_FLOW_STATE, SIPLOCK_FLOW_DOWN), 2);
    kit_up(&b);
    kit_pull(&b);
    assert_int_equal(sent(&b, "REGISTER "), 4);
    for (unsigned i = b.sents - 2; i < b.sents; i++)
        kit_answer_to(&b, i, "200 OK", "");
    assert_true(registered(&b, 1) && registered(&b, 2));
    kit_finish(&b);
}

/* A certificate that is refused is both's, and the next try is in common. */
static void both_are_refused(void **state)
{
    const struct siplock_account_config alice = sharing(NULL);
    struct kit b;
    struct cause why;

    (void)state;
    kit_start(&b, &alice);
    share(&b, 2, "sip:bob@example.test");
    cause_set(&why, CAUSE_cert_expired);
    ua_core_flow_down(b.core, b.now, b.flow, &why);
    kit_pull(&b);
    for (unsigned id = 1; id <= 2; id++)
        assert_int_equal(told(&b, id, SIPLOCK_EVENT_REGISTER_STATE),
                         SIPLOCK_REGISTER_FAILED);
    assert_int_equal(kit_reg_cause(&b), CAUSE_cert_expired);
    /* One who comes now is told the same and dials nothing. */
    share(&b, 3, "sip:carol@example.test");
    assert_int_equal(b.dials, 1);
    assert_int_equal(kit_reg_cause(&b), CAUSE_cert_expired);
    assert_true(kit_last_event(&b, SIPLOCK_EVENT_REGISTER_STATE)->retry_ms >
                0);
    assert_int_equal(told(&b, 3, SIPLOCK_EVENT_REGISTER_STATE),
                     SIPLOCK_REGISTER_FAILED);
    /* Who asks again himself is served at once, and all with him. */
    assert_int_equal(ua_core_account_refresh(b.core, b.now, KIT_ID(3)), 0);
    kit_pull(&b);
    assert_int_equal(b.dials, 2);
    kit_up(&b);
    kit_pull(&b);
    assert_int_equal(sent(&b, "REGISTER "), 3);
    kit_finish(&b);
}

static void remove_one(struct kit *b, unsigned id)
{
    assert_int_equal(ua_core_account_remove(b->core, b->now, KIT_ID(id)), 0);
    kit_pull(b);
    assert_non_null(strstr(b->sent[b->sents - 1], "Expires: 0"));
    kit_answer(b, "200 OK", "");
}

static void the_last_one_hangs_up(void **state)
{
    struct kit b;

    (void)state;
    begin(&b);
    register_all(&b);
    remove_one(&b, 1);
    assert_int_equal(b.forgets, 1);
    assert_int_equal(b.hangups, 0);
    request(&b, "OPTIONS", "sip:alice@192.0.2.7:40000", "sip:a@example.test");
    assert_int_equal(sent(&b, "SIP/2.0 404"), 1);
    request(&b, "OPTIONS", "sip:bob@192.0.2.7:40000", "sip:b@example.test");
    assert_int_equal(sent(&b, "SIP/2.0 200"), 1);
    remove_one(&b, 2);
    assert_int_equal(b.forgets, 2);
    assert_int_equal(b.hangups, 1);
    /* And who comes then starts anew. */
    share(&b, 3, "sip:alice@example.test");
    assert_int_equal(b.dials, 2);
    kit_finish(&b);
}

/* What one may not is no reason to hang up on the other. */
static void one_is_forbidden(void **state)
{
    struct kit b;

    (void)state;
    begin(&b);
    kit_answer_to(&b, 0, "403 Forbidden", "");
    kit_answer_to(&b, 1, "200 OK", "");
    assert_int_equal(told(&b, 1, SIPLOCK_EVENT_REGISTER_STATE),
                     SIPLOCK_REGISTER_FAILED);
    assert_true(registered(&b, 2));
    assert_int_equal(b.hangups, 0);
    assert_int_equal(ua_core_account_refresh(b.core, b.now, KIT_ID(1)), 0);
    kit_pull(&b);
    kit_answer(&b, "200 OK", "");
    assert_true(registered(&b, 1));
    assert_int_equal(b.dials, 1);
    kit_finish(&b);
}

/* The edge is asked by one of them whether it lives; if that one goes, the
 * next is asked. */
static void the_one_who_probes_goes(void **state)
{
    struct kit b;

    (void)state;
    begin(&b);
    register_all(&b);
    kit_wait_ms(&b, 15000); /* a ping, */
    kit_wait_ms(&b, 10000); /* no pong: OPTIONS */
    assert_int_equal(sent(&b, "OPTIONS "), 1);
    remove_one(&b, 1);
    kit_wait_ms(&b, 120000);
    kit_wait_ms(&b, 10000);
    assert_int_equal(sent(&b, "OPTIONS "), 2);
    assert_int_equal(b.hangups, 0);
    kit_answer(&b, "200 OK", "");
    kit_finish(&b);
}

enum { MANY = 200 };

static void begin_many(struct kit *b)
{
    const struct siplock_account_config alice = sharing(NULL);
    char aor[40];

    kit_start(b, &alice);
    for (unsigned id = 2; id <= MANY; id++) {
        snprintf(aor, sizeof(aor), "sip:user%u@example.test", id);
        share(b, id, aor);
    }
    kit_up(b);
    kit_pull(b);
}

static void so_many_at_once(void **state)
{
    struct kit b;

    (void)state;
    begin_many(&b);
    assert_int_equal(b.dials, 1);
    assert_int_equal(sent(&b, "REGISTER "), UA_REGISTERS_MAX);
    for (unsigned i = 0; i < MANY; i++) {
        assert_true(sent(&b, "REGISTER ") >= i + 1);
        kit_answer_to(&b, i, "200 OK", "");
    }
    assert_int_equal(sent(&b, "REGISTER "), MANY);
    /* Each is found. */
    b.events = 0;
    request(&b, "INVITE", "sip:user150@192.0.2.7:40000;transport=tls",
            "sip:x@example.test");
    assert_true(rang(&b) == KIT_ID(150));
    kit_finish(&b);
}

/* Nobody answers: those behind have their turn all the same. */
static void a_slow_registrar(void **state)
{
    struct kit b;

    (void)state;
    begin_many(&b);
    kit_wait_ms(&b, 32001);
    assert_true(sent(&b, "REGISTER ") >= 2 * UA_REGISTERS_MAX);
    kit_finish(&b);
}

/* Refreshes and goodbyes of many find their turn, too. */
static void all_go_at_once(void **state)
{
    struct kit b;
    unsigned from;

    (void)state;
    begin_many(&b);
    for (unsigned i = 0; i < MANY; i++)
        kit_answer_to(&b, i, "200 OK", "");
    from = b.sents;
    for (unsigned id = 1; id <= MANY; id++)
        assert_int_equal(ua_core_account_remove(b.core, b.now, KIT_ID(id)), 0);
    kit_pull(&b);
    assert_int_equal(sent(&b, "REGISTER "), MANY + UA_REGISTERS_MAX);
    for (unsigned i = from; i < from + MANY; i++) {
        if (i >= b.sents)
            kit_wait_ms(&b, 4 * UA_CROWDED_MS);
        assert_true(i < b.sents);
        kit_answer_to(&b, i, "200 OK", "");
    }
    assert_int_equal(b.forgets, MANY);
    assert_int_equal(b.hangups, 1);
    kit_finish(&b);
}

/* Bob comes to alice's flow, they register, it is lost, both go, while one
 * allocation fails or all from one on do. */
static bool scene(long nth, int flags)
{
    const struct siplock_account_config alice = sharing(NULL);
    const struct siplock_account_config bob = sharing("sip:bob@example.test");
    static struct kit b;
    unsigned accounts = 1;
    struct cause why;
    bool fired;

    kit_start(&b, &alice);
    oom_arm(&b.mem, nth, flags);
    accounts += kit_add(&b, 2, &bob) == 0;
    kit_up(&b);
    kit_pull(&b);
    register_all(&b);
    cause_set(&why, CAUSE_connect_reset);
    b.up = false;
    ua_core_flow_down(b.core, b.now, b.flow, &why);
    kit_pull(&b);
    fired = b.mem.fired;
    oom_arm(&b.mem, -1, 0);
    assert_int_equal(ua_core_counts(b.core).accounts, accounts);
    for (unsigned id = 1; id <= 2; id++)
        (void)ua_core_account_remove(b.core, b.now, KIT_ID(id));
    kit_pull(&b);
    kit_wait_ms(&b, 2000);
    assert_int_equal(b.forgets, accounts);
    assert_int_equal(ua_core_counts(b.core).txns, 0);
    kit_finish(&b);
    return fired;
}

static void without_memory(void **state)
{
    (void)state;
    oom_scenes(scene, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_register_on_one),
        cmocka_unit_test(a_late_one_joins),
        cmocka_unit_test(who_does_not_share),
        cmocka_unit_test(whose_call_that_is),
        cmocka_unit_test(both_lose_it),
        cmocka_unit_test(both_are_refused),
        cmocka_unit_test(the_last_one_hangs_up),
        cmocka_unit_test(one_is_forbidden),
        cmocka_unit_test(the_one_who_probes_goes),
        cmocka_unit_test(so_many_at_once),
        cmocka_unit_test(a_slow_registrar),
        cmocka_unit_test(all_go_at_once),
        cmocka_unit_test(without_memory),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua/riders", tests, NULL, NULL);
}
