/* SPDX-License-Identifier: Apache-2.0 */
/* Two flows of an account to two edges (RFC 5626): either carries on alone. */
#include "test/unit/transfer_kit.h"
#include "ua/account.h"
#include "ua/flow.h"
#include "ua/sub.h"

#define OUTBOUND "Require: outbound\r\n"

static const char *const edges[] = {"192.0.2.1:5061", "192.0.2.2:5061"};

/* The flows of a test: the first and the second one. */
struct pair {
    uint64_t first, second;
};

static void start_two(struct kit *b, size_t nedges)
{
    kit_start_at(
        b,
        &(struct siplock_account_config){
            .flows = 2,
            .instance = "urn:uuid:00000000-0000-4000-8000-00000000000a"},
        edges, nedges);
    b->two = true;
    kit_up(b);
    kit_pull(b);
}

/* Both registered, each at its edge. */
static struct pair register_two(struct kit *b)
{
    struct pair p;

    start_two(b, 2);
    p.first = b->flow;
    kit_answer(b, "200 OK", OUTBOUND);
    p.second = b->flow;
    assert_true(p.first != p.second);
    kit_up(b);
    kit_pull(b);
    kit_answer(b, "200 OK", OUTBOUND);
    return p;
}

static unsigned registered(const struct kit *b, int reg_id)
{
    unsigned n = 0;

    for (unsigned i = 0; i < b->events; i++)
        n += b->event[i].type == SIPLOCK_EVENT_REGISTER_STATE &&
             b->event[i].state == SIPLOCK_REGISTER_REGISTERED &&
             b->event[i].reg_id == reg_id;
    return n;
}

static void die(struct kit *b, uint64_t flow)
{
    struct cause why;

    cause_set(&why, CAUSE_connect_reset);
    for (unsigned i = 0; i < 8 && i < b->dials; i++)
        b->dial[i].hung = b->dial[i].hung || b->dial[i].flow == flow;
    ua_core_flow_down(b->core, b->now, flow, &why);
    kit_pull(b);
}

/* Long enough for a flow not to have died young. */
static void grow_old(struct kit *b)
{
    b->now.boot += UA_FLOW_GOOD_MS;
    b->now.mono += UA_FLOW_GOOD_MS;
}

static void two_edges_two_registrations(void **state)
{
    struct sip_msg first, second;
    struct kit b;

    (void)state;
    register_two(&b);
    assert_int_equal(b.dials, 2);
    assert_int_equal(count(&b, "REGISTER "), 2);
    first = sent(&b, 1);
    second = sent(&b, 0);
    assert_int_equal(first.contact->reg_id, 1);
    assert_int_equal(second.contact->reg_id, 2);
    assert_true(slice_eq(first.contact->instance, second.contact->instance));
    assert_false(slice_eq(first.call_id, second.call_id));
    assert_int_equal(b.dialled.ip[3], 2); /* 192.0.2.2 */
    assert_int_equal(registered(&b, 1), 1);
    assert_int_equal(registered(&b, 2), 1);
    for (unsigned i = 0; i < b.events; i++)
        assert_true(b.event_of[i] == KIT_ACCOUNT);
    kit_finish(&b);
}

/* 4.2.1: without it the second contact would replace or double the first. */
static void not_without_outbound(void **state)
{
    const struct ua_event *e;
    struct kit b;

    (void)state;
    start_two(&b, 2);
    kit_answer(&b, "200 OK", "");
    assert_int_equal(b.dials, 1);
    e = kit_last_event(&b, SIPLOCK_EVENT_NOTICE);
    assert_string_equal(e->notice, "second_flow_unused");
    /* Once it does, it is made use of. */
    assert_int_equal(ua_core_account_refresh(b.core, b.now, KIT_ACCOUNT), 0);
    kit_pull(&b);
    kit_answer(&b, "200 OK", OUTBOUND);
    assert_int_equal(b.dials, 2);
    kit_finish(&b);
}

static void one_flow_unless_asked(void **state)
{
    struct kit b;

    (void)state;
    kit_start_at(&b, &(struct siplock_account_config){0}, edges, 2);
    kit_up(&b);
    kit_pull(&b);
    kit_answer(&b, "200 OK", OUTBOUND);
    assert_int_equal(b.dials, 1);
    assert_int_equal(registered(&b, 1), 1);
    kit_finish(&b);
}

/* A domain with one edge: said, tried again after a good while (4.5). */
static void there_is_no_second_edge(void **state)
{
    const struct ua_event *e;
    struct kit b;

    (void)state;
    start_two(&b, 1);
    kit_answer(&b, "200 OK", OUTBOUND);
    assert_int_equal(b.dials, 1);
    e = kit_last_event(&b, SIPLOCK_EVENT_REGISTER_STATE);
    assert_int_equal(e->state, SIPLOCK_REGISTER_FAILED);
    assert_int_equal(e->reg_id, 2);
    assert_int_equal(e->cause, CAUSE_connect_no_second_edge);
    assert_in_range(e->retry_ms, UA_BACKOFF_SPARE_MS, 2 * UA_BACKOFF_SPARE_MS);
    assert_int_equal(registered(&b, 1), 1);
    kit_finish(&b);
}

/* Both are being set up, and the first one's race is won by the edge where the
 * second one has arrived meanwhile. */
static void never_at_the_same_edge(void **state)
{
    struct pair p;
    unsigned n;
    struct kit b;

    (void)state;
    p = register_two(&b);
    grow_old(&b);
    b.up = false;
    die(&b, p.first);
    die(&b, b.flow); /* .1 is dead: the first one waits */
    die(&b, p.second);
    assert_int_equal(b.dialled.ip[3], 2);
    p.second = b.flow;
    assert_int_equal(ua_core_account_refresh(b.core, b.now, KIT_ACCOUNT), 0);
    kit_pull(&b);
    assert_int_equal(b.dialled.ip[3], 1); /* where the other one is not */
    n = b.dials;
    kit_wait_ms(&b, 250);
    assert_int_equal(b.dials, n + 1);
    assert_int_equal(b.dialled.ip[3], 1); /* now the second one, too */
    p.first = b.dial[n - 1].flow;
    b.flow = p.first;
    kit_up(&b);
    kit_pull(&b);
    assert_int_equal(registered(&b, 1), 1);
    n = b.hangups;
    b.flow = b.dial[b.dials - 1].flow; /* the second one, at .1, too */
    b.up = false;
    kit_up(&b);
    b.up = false;
    kit_pull(&b);
    assert_int_equal(b.hangups, n + 1);
    b.flow = p.second; /* and then where it belongs */
    kit_up(&b);
    kit_pull(&b);
    assert_int_equal(sent(&b, 0).contact->reg_id, 2);
    kit_finish(&b);
}

static uint64_t talk(struct kit *b)
{
    uint64_t id = kit_call(b, "sip:bob@example.test");

    hear_response(b, "200 OK", "t1", "", good_answer(b));
    assert_int_equal(kit_count_events(b, SIPLOCK_EVENT_CALL_STATE,
                                      SIPLOCK_CALL_ESTABLISHED),
                     1);
    return id;
}

/* A call over the first of two flows. */
static struct pair talk_by_first(struct kit *b)
{
    struct pair p = register_two(b);

    b->flow = p.first;
    talk(b);
    return p;
}

/* What was sent last begins so, and went over that flow. */
static void assert_last(const struct kit *b, const char *start, uint64_t flow)
{
    assert_int_equal(strncmp(b->sent[b->sents - 1], start, strlen(start)), 0);
    assert_true(b->sent_on[b->sents - 1] == flow);
}

/* The call goes on over the other flow at once, and so do new ones. */
static void a_call_goes_on(void **state)
{
    struct pair p;
    struct kit b;

    (void)state;
    p = talk_by_first(&b);
    grow_old(&b);
    die(&b, p.first);
    assert_int_equal(b.dials, 3);
    assert_int_equal(b.dialled.ip[3], 1); /* not where the second one is */
    assert_int_equal(count(&b, "INVITE "), 2);
    assert_last(&b, "INVITE ", p.second);
    b.flow = p.second;
    b.up = true;
    hear_in_dialog(&b, "200 OK", "Contact: <sip:bob@192.0.2.9:5061>\r\n",
                   good_answer(&b));
    assert_last(&b, "ACK ", p.second);
    assert_int_equal(
        kit_count_events(&b, SIPLOCK_EVENT_CALL_STATE, SIPLOCK_CALL_ENDED), 0);
    assert_int_equal(kit_wish(&b, UA_WISH_HANGUP, 0), 0);
    assert_last(&b, "BYE ", p.second);
    answer(&b, "BYE", "200 OK", "");
    kit_call(&b, "sip:carol@example.test");
    assert_last(&b, "INVITE ", p.second);
    kit_finish(&b);
}

/* What is new goes over the first one while it is up. */
static void the_first_one_is_preferred(void **state)
{
    struct pair p;
    struct kit b;

    (void)state;
    p = register_two(&b);
    kit_call(&b, "sip:bob@example.test");
    assert_last(&b, "INVITE ", p.first);
    kit_finish(&b);
}

static void hear_bye(struct kit *b, const char *tag)
{
    struct sip_msg invite = our_invite(b);
    char text[1024];

    snprintf(text, sizeof(text),
             "BYE sip:alice@192.0.2.7:40000 SIP/2.0\r\n"
             "Via: SIP/2.0/TLS 192.0.2.2;branch=z9hG4bKb\r\n"
             "Max-Forwards: 70\r\n"
             "From: <sip:bob@example.test>;tag=%s\r\nTo: %.*s\r\n"
             "Call-ID: %.*s\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
             tag, (int)invite.from.text.n, invite.from.text.p,
             (int)invite.call_id.n, invite.call_id.p);
    kit_hear(b, text);
}

static void a_bye_by_the_other_flow(void **state)
{
    struct pair p;
    struct kit b;

    (void)state;
    p = talk_by_first(&b);
    b.flow = p.second;
    hear_bye(&b, "t1");
    assert_last(&b, "SIP/2.0 200", p.second);
    assert_int_equal(
        kit_count_events(&b, SIPLOCK_EVENT_CALL_STATE, SIPLOCK_CALL_ENDED), 1);
    kit_finish(&b);
}

/* What only has its Call-ID is not for the call, and moves it nowhere. */
static void a_stranger_moves_no_call(void **state)
{
    struct pair p;
    struct kit b;

    (void)state;
    p = talk_by_first(&b);
    b.flow = p.second;
    hear_bye(&b, "stranger");
    assert_last(&b, "SIP/2.0 481", p.second);
    assert_int_equal(kit_wish(&b, UA_WISH_HANGUP, 0), 0);
    assert_last(&b, "BYE ", p.first);
    kit_finish(&b);
}

/* It may come by either; by both it is one call (RFC 3261 8.2.2.2). */
static void called_by_the_second(void **state)
{
    struct pair p;
    struct kit b;

    (void)state;
    p = register_two(&b);
    b.flow = p.second;
    hear_invite(&b, SDP_OFFER);
    assert_int_equal(
        kit_count_events(&b, SIPLOCK_EVENT_CALL_STATE, SIPLOCK_CALL_RINGING),
        1);
    assert_true(b.event_of[b.events - 1] == KIT_ACCOUNT);
    b.flow = p.first;
    hear_request(&b, &(struct call_request){.method = "INVITE",
                                            .branch = "z9hG4bKother",
                                            .cseq = 1,
                                            .body = SDP_OFFER});
    assert_last(&b, "SIP/2.0 482", p.first);
    /* The answer goes where the question came from. */
    assert_int_equal(kit_wish(&b, UA_WISH_ANSWER, 0), 0);
    assert_last(&b, "SIP/2.0 200", p.second);
    kit_finish(&b);
}

/* With both flows lost a call waits, and goes with the first that is back. */
static void what_waits_goes_over_either(void **state)
{
    for (int second = 0; second < 2; second++) {
        struct pair p;
        uint64_t flow;
        struct kit b;

        (void)state;
        p = register_two(&b);
        grow_old(&b);
        b.up = false;
        die(&b, second ? p.first : p.second);
        die(&b, second ? p.second : p.first); /* dialled last */
        flow = b.flow;
        kit_call(&b, "sip:bob@example.test");
        assert_int_equal(count(&b, "INVITE "), 0);
        kit_up(&b);
        kit_pull(&b);
        assert_int_equal(count(&b, "INVITE "), 1);
        for (unsigned i = 0; i < b.sents; i++)
            if (!strncmp(b.sent[i], "INVITE ", 7))
                assert_true(b.sent_on[i] == flow);
        kit_finish(&b);
    }
}

static void a_subscription_goes_on(void **state)
{
    const struct ua_sub_ask ask = {.account = KIT_ACCOUNT,
                                   .package = S("message-summary"),
                                   .expires = 600};
    struct ua_sub_ask named = ask;
    enum policy_why why;
    struct pair p;
    struct kit b;

    (void)state;
    p = register_two(&b);
    named.id = kit_id(&b);
    assert_int_equal(ua_core_subscribe(b.core, b.now, &named, &why), 0);
    kit_pull(&b);
    assert_true(b.sent_on[b.sents - 1] == p.first);
    b.flow = p.first;
    answer(&b, "SUBSCRIBE", "200 OK",
           "Expires: 600\r\n"
           "Contact: <sip:mwi@192.0.2.9>\r\n");
    grow_old(&b);
    die(&b, p.first);
    assert_int_equal(count(&b, "SUBSCRIBE "), 2);
    for (unsigned i = 0; i < b.sents; i++)
        if (!strncmp(b.sent[i], "SUBSCRIBE ", 10) && b.sent_on[i] != p.first)
            assert_true(b.sent_on[i] == p.second);
    kit_finish(&b);
}

static void answer_unregister(struct kit *b, uint64_t flow)
{
    for (unsigned i = b->sents; i > 0; i--)
        if (b->sent_on[i - 1] == flow &&
            strstr(b->sent[i - 1], "Expires: 0\r\n")) {
            b->flow = flow;
            kit_answer_to(b, i - 1, "200 OK", "");
            return;
        }
    fail_msg("it does not unregister");
}

/* Whichever answers first, the account is gone with the last. */
static void both_are_taken_back(void **state)
{
    for (int second = 0; second < 2; second++) {
        struct pair p;
        struct kit b;

        (void)state;
        p = register_two(&b);
        assert_int_equal(ua_core_account_remove(b.core, b.now, KIT_ACCOUNT),
                         0);
        kit_pull(&b);
        answer_unregister(&b, second ? p.second : p.first);
        assert_int_equal(b.forgets, 0);
        answer_unregister(&b, second ? p.first : p.second);
        assert_int_equal(b.forgets, 1);
        assert_int_equal(b.hangups, 2);
        assert_int_equal(ua_core_counts(b.core).accounts, 0);
        kit_finish(&b);
    }
}

static void another_network(void **state)
{
    struct kit b;

    (void)state;
    register_two(&b);
    grow_old(&b);
    ua_core_net(b.core, b.now, UA_NET_CHANGED);
    kit_pull(&b);
    assert_int_equal(b.hangups, 2);
    assert_int_equal(b.dials, 4);
    kit_finish(&b);
}

static void each_asks_for_the_password(void **state)
{
    struct kit b;

    (void)state;
    start_two(&b, 2);
    kit_answer(&b, "401 Unauthorized", SHA);
    kit_answer(&b, "200 OK", OUTBOUND);
    kit_up(&b);
    kit_pull(&b);
    kit_answer(&b, "401 Unauthorized", SHA);
    kit_answer(&b, "200 OK", OUTBOUND);
    assert_int_equal(registered(&b, 2), 1);
    assert_int_equal(b.asked, 2);
    kit_finish(&b);
}

/* --------------------------------------------------------- without memory */

/* Flows that are being dialled come up; REGISTERs are answered. */
static void serve(struct kit *b, unsigned *served, unsigned *dialled)
{
    for (; *dialled < b->dials && *dialled < 8; ++*dialled) {
        b->flow = b->dial[*dialled].flow;
        kit_up(b);
        kit_pull(b);
    }
    for (; *served < b->sents; ++*served)
        if (strncmp(b->sent[*served], "REGISTER ", 9) == 0) {
            b->flow = b->sent_on[*served];
            kit_answer_to(b, *served, "200 OK", OUTBOUND);
        }
}

/* Both flows, the first one lost and back, and all of it taken back, while
 * one allocation fails or all from one on do. */
static bool scene(long nth, int flags)
{
    static struct kit b;
    unsigned served = 0, dialled = 0;
    bool fired;

    start_two(&b, 2);
    dialled = b.dials;
    oom_arm(&b.mem, nth, flags);
    serve(&b, &served, &dialled);
    serve(&b, &served, &dialled);
    (void)ua_core_account_refresh(b.core, b.now, KIT_ACCOUNT);
    kit_pull(&b);
    serve(&b, &served, &dialled);
    die(&b, b.dial[0].flow);
    serve(&b, &served, &dialled);
    fired = b.mem.fired;
    if (!fired) {
        assert_int_equal(b.dials, 3);
        assert_true(registered(&b, 1) >= 2 && registered(&b, 2) >= 1);
    }
    oom_arm(&b.mem, -1, 0);
    (void)ua_core_account_remove(b.core, b.now, KIT_ACCOUNT);
    kit_pull(&b);
    for (int i = 0; i < 100 && !b.forgets; i++) {
        serve(&b, &served, &dialled);
        kit_wait_ms(&b, 500);
    }
    if (b.forgets != 1 || ua_core_counts(b.core).txns ||
        ua_core_counts(b.core).accounts)
        fail_msg("allocation %ld: something is left", nth);
    kit_finish(&b);
    return fired;
}

static void without_memory(void **state)
{
    (void)state;
    oom_scenes(scene, 10);
}

static void how_many(void **state)
{
    struct siplock_account_config config = {.size = sizeof(config),
                                            .aor = "sip:a@example.test"};
    struct ua_account *acc;
    struct cause why;
    struct kit b;

    (void)state;
    kit_begin(&b);
    for (int flows = -1; flows <= 3; flows++) {
        bool good = flows >= 0 && flows <= 2;
        int err;

        config.flows = flows;
        err = ua_account_new(&acc, &b.env, POLICY_STRICT, &config, &why);
        assert_int_equal(err, good ? 0 : E_INVAL);
        if (good)
            ua_account_free(acc, b.now);
    }
    kit_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_edges_two_registrations),
        cmocka_unit_test(not_without_outbound),
        cmocka_unit_test(one_flow_unless_asked),
        cmocka_unit_test(there_is_no_second_edge),
        cmocka_unit_test(never_at_the_same_edge),
        cmocka_unit_test(a_call_goes_on),
        cmocka_unit_test(the_first_one_is_preferred),
        cmocka_unit_test(a_bye_by_the_other_flow),
        cmocka_unit_test(a_stranger_moves_no_call),
        cmocka_unit_test(called_by_the_second),
        cmocka_unit_test(what_waits_goes_over_either),
        cmocka_unit_test(a_subscription_goes_on),
        cmocka_unit_test(both_are_taken_back),
        cmocka_unit_test(another_network),
        cmocka_unit_test(each_asks_for_the_password),
        cmocka_unit_test(without_memory),
        cmocka_unit_test(how_many),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua_twin", tests, NULL, NULL);
}
