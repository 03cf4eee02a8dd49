/* SPDX-License-Identifier: Apache-2.0 */
/* Subscriptions: asked for, told, refreshed, ended; bad NOTIFYs. */
#include "test/unit/sub_kit.h"

static void a_whole_life(void **state)
{
    struct kit b;
    struct sip_msg msg;
    uint64_t id;

    (void)state;
    active(&b);
    id = b.call;
    msg = request(&b, "SUBSCRIBE");
    assert_true(slice_eq(msg.event.token, S(MWI)));
    assert_int_equal(msg.expires, 600);
    assert_non_null(msg.contact);
    assert_string_equal(b.body, "Messages-Waiting: no\r\n");
    assert_int_equal(
        hear_news(&b, &(struct news){"n1", "active;expires=500", .cseq = 2,
                                     .body = "Messages-Waiting:"
                                             " yes\r\n"}),
        200);
    assert_string_equal(b.body, "Messages-Waiting: yes\r\n");
    /* Refreshed in its dialog, before it expires. */
    while (count(&b, "SUBSCRIBE ") < 2)
        wait_alive(&b, 2000);
    assert_int_equal(count(&b, "SUBSCRIBE "), 2);
    msg = request(&b, "SUBSCRIBE");
    assert_true(slice_eq(msg.to.tag, S("n1")));
    assert_true(slice_eq(msg.uri.text, S("sip:mwi@192.0.2.9:5061")));
    answer(&b, "SUBSCRIBE", "200 OK", "Expires: 500\r\n");
    assert_int_equal(states(&b, SIPLOCK_SUBSCRIPTION_ACTIVE), 1);
    assert_int_equal(ua_core_unsubscribe(b.core, b.now, id), 0);
    kit_pull(&b);
    assert_int_equal(request(&b, "SUBSCRIBE").expires, 0);
    answer(&b, "SUBSCRIBE", "200 OK", "Expires: 0\r\n");
    assert_int_equal(states(&b, SIPLOCK_SUBSCRIPTION_ENDED), 0);
    assert_int_equal(
        hear_news(
            &b, &(struct news){"n1", "terminated;reason=timeout", .cseq = 3}),
        200);
    assert_int_equal(states(&b, SIPLOCK_SUBSCRIPTION_ENDED), 1);
    assert_int_equal(ua_core_unsubscribe(b.core, b.now, id), E_GONE);
    assert_int_equal(ua_core_counts(b.core).subs, 0);
    kit_finish(&b);
}

/* RFC 6665 4.1.2.4: the NOTIFY may come first, and then it is what counts. */
static void notify_before_the_200(void **state)
{
    struct kit b;

    (void)state;
    kit_register_well(&b);
    subscribe(&b, 600);
    assert_int_equal(hear_news(&b, &(struct news){"n1", "pending", .cseq = 1}),
                     200);
    assert_int_equal(states(&b, SIPLOCK_SUBSCRIPTION_PENDING), 1);
    answer(&b, "SUBSCRIBE", "200 OK", "Expires: 300\r\n");
    assert_int_equal(hear_news(&b, &(struct news){"n1", "active", .cseq = 2}),
                     200);
    assert_int_equal(states(&b, SIPLOCK_SUBSCRIPTION_ACTIVE), 1);
    kit_finish(&b);
}

static void notifies_that_are_refused(void **state)
{
    struct kit b;

    (void)state;
    active(&b);
    /* Another package; an id; too old; what it cannot read. */
    assert_int_equal(
        hear_news(&b, &(struct news){"n1", "active", .event = "presence",
                                     .cseq = 5}),
        481);
    assert_int_equal(
        hear_news(&b, &(struct news){"n1", "active", .event = MWI ";id=7",
                                     .cseq = 5}),
        481);
    assert_int_equal(hear_news(&b, &(struct news){"n1", "active", .cseq = 0}),
                     500);
    assert_int_equal(
        hear_news(&b, &(struct news){"n1", "active",
                                     .lines = "Content-Encoding: gzip\r\n",
                                     .body = "x", .cseq = 5}),
        415);
    assert_int_equal(
        hear_news(&b, &(struct news){"n1", "active", .lines = "Require: x\r\n",
                                     .cseq = 5}),
        420);
    assert_int_equal(kit_count_events(&b, SIPLOCK_EVENT_NOTIFY, 0), 1);
    assert_int_equal(/* the control */
                     hear_news(&b, &(struct news){"n1", "active", .cseq = 5}),
                     200);
    assert_int_equal(kit_count_events(&b, SIPLOCK_EVENT_NOTIFY, 0), 2);
    kit_finish(&b);
}

static void asked_for_again_or_not(void **state)
{
    static const struct {
        const char *state;
        bool again;
        int64_t from, to; /* ms */
    } cases[] = {
        {"terminated;reason=deactivated", true, 0, 1000},
        {"terminated;reason=timeout", true, 0, 1000},
        {"terminated;reason=probation;retry-after=90", true, 90000, 90000},
        {"terminated;reason=giveup", true, 1000, 2000},
        {"terminated", true, 1000, 2000},
        {"terminated;reason=rejected", false, 0, 0},
        {"terminated;reason=noresource;retry-after=5", false, 0, 0},
        {"terminated;reason=invariant", false, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct ua_event *e;
        struct kit b;
        char before[64];

        active(&b);
        snprintf(before, sizeof(before), "%.*s", 32,
                 request(&b, "SUBSCRIBE").call_id.p);
        hear_news(&b, &(struct news){"n1", cases[i].state, .cseq = 2});
        e = kit_last_event(&b, SIPLOCK_EVENT_SUBSCRIPTION_STATE);
        assert_int_equal(e->state, cases[i].again
                                       ? SIPLOCK_SUBSCRIPTION_FAILED
                                       : SIPLOCK_SUBSCRIPTION_ENDED);
        assert_int_not_equal(e->cause, CAUSE_none);
        if (cases[i].again) {
            assert_in_range(e->retry_ms, cases[i].from, cases[i].to);
            wait_alive(&b, e->retry_ms + 1);
            assert_int_equal(count(&b, "SUBSCRIBE "), 2);
            /* A new one, not the old dialog. */
            assert_int_equal(request(&b, "SUBSCRIBE").to.tag.n, 0);
            assert_memory_not_equal(request(&b, "SUBSCRIBE").call_id.p, before,
                                    32);
        }
        kit_finish(&b);
    }
}

static void refusals(void **state)
{
    static const struct {
        const char *status;
        enum cause_code cause;
        bool again;
    } cases[] = {
        {"489 Bad Event", CAUSE_sub_bad_event, false},
        {"403 Forbidden", CAUSE_sub_refused, false},
        {"501 Not Implemented", CAUSE_sub_refused, false},
        {"603 Decline", CAUSE_sub_refused, false},
        {"481 No", CAUSE_sub_refused, true},
        {"503 Unavailable", CAUSE_sub_refused, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct ua_event *e;
        struct kit b;

        kit_register_well(&b);
        subscribe(&b, 600);
        answer(&b, "SUBSCRIBE", cases[i].status, "");
        e = kit_last_event(&b, SIPLOCK_EVENT_SUBSCRIPTION_STATE);
        assert_int_equal(e->cause, cases[i].cause);
        assert_int_equal(e->state, cases[i].again
                                       ? SIPLOCK_SUBSCRIPTION_FAILED
                                       : SIPLOCK_SUBSCRIPTION_ENDED);
        kit_finish(&b);
    }
}

static void challenged_and_raised(void **state)
{
    struct kit b;

    (void)state;
    kit_register_well(&b);
    subscribe(&b, 60);
    answer(&b, "SUBSCRIBE", "401 Unauthorized",
           CHALLENGE("example.test", "n3",
                     ",algorithm=SHA-256,qop=\"auth\",stale=true"));
    assert_int_equal(count(&b, "SUBSCRIBE "), 2);
    answer(&b, "SUBSCRIBE", "423 Interval Too Brief", "Min-Expires: 120\r\n");
    assert_int_equal(count(&b, "SUBSCRIBE "), 3);
    assert_int_equal(request(&b, "SUBSCRIBE").expires, 120);
    answer(&b, "SUBSCRIBE", "423 Interval Too Brief",
           "Min-Expires: 240\r\n"); /* once is enough */
    assert_int_equal(states(&b, SIPLOCK_SUBSCRIPTION_ENDED), 1);
    kit_finish(&b);
}

/* The dialog is no more: a new one; nothing was told as ended. */
static void gone_at_the_refresh(void **state)
{
    struct kit b;

    (void)state;
    active(&b);
    while (count(&b, "SUBSCRIBE ") < 2)
        wait_alive(&b, 2000);
    assert_int_equal(count(&b, "SUBSCRIBE "), 2);
    answer(&b, "SUBSCRIBE", "481 No", "");
    assert_int_equal(count(&b, "SUBSCRIBE "), 3);
    assert_int_equal(request(&b, "SUBSCRIBE").to.tag.n, 0);
    assert_int_equal(states(&b, SIPLOCK_SUBSCRIPTION_ENDED), 0);
    kit_finish(&b);
}

/* Nobody answers: told, and tried again. */
static void silence(void **state)
{
    struct kit b;

    (void)state;
    kit_register_well(&b);
    subscribe(&b, 600);
    answer(&b, "SUBSCRIBE", "200 OK", "Expires: 600\r\n");
    wait_alive(&b, 33000);
    assert_int_equal(
        kit_last_event(&b, SIPLOCK_EVENT_SUBSCRIPTION_STATE)->cause,
        CAUSE_sub_no_notify);
    assert_int_equal(states(&b, SIPLOCK_SUBSCRIPTION_FAILED), 1);
    kit_finish(&b);
}

/* One NOTIFY and it is over. */
static void a_fetch(void **state)
{
    struct kit b;

    (void)state;
    kit_register_well(&b);
    subscribe(&b, 0);
    assert_int_equal(request(&b, "SUBSCRIBE").expires, 0);
    answer(&b, "SUBSCRIBE", "200 OK", "Expires: 0\r\n");
    assert_int_equal(
        hear_news(&b, &(struct news){"n1", "terminated;reason=timeout",
                                     .body = "Messages-Waiting: no\r\n",
                                     .cseq = 1}),
        200);
    assert_int_equal(states(&b, SIPLOCK_SUBSCRIPTION_ENDED), 1);
    assert_int_equal(
        kit_last_event(&b, SIPLOCK_EVENT_SUBSCRIPTION_STATE)->cause,
        CAUSE_none);
    kit_finish(&b);
}

/* The flow dies: the subscription goes on in its dialog on the next one. */
static void over_two_flows(void **state)
{
    struct kit b;

    (void)state;
    active(&b);
    ua_core_net(b.core, b.now, UA_NET_CHANGED);
    kit_pull(&b);
    assert_int_equal(states(&b, SIPLOCK_SUBSCRIPTION_TRYING), 2);
    kit_up(&b);
    kit_pull(&b);
    assert_int_equal(count(&b, "SUBSCRIBE "), 2);
    assert_true(slice_eq(request(&b, "SUBSCRIBE").to.tag, S("n1")));
    answer(&b, "SUBSCRIBE", "200 OK", "Expires: 600\r\n");
    hear_news(&b, &(struct news){"n1", "active", .cseq = 2});
    assert_int_equal(states(&b, SIPLOCK_SUBSCRIPTION_ACTIVE), 2);
    kit_finish(&b);
}

/* The account goes, and its subscriptions with it. */
static void with_the_account(void **state)
{
    struct kit b;

    (void)state;
    active(&b);
    assert_int_equal(ua_core_account_remove(b.core, b.now, KIT_ACCOUNT), 0);
    kit_pull(&b);
    kit_answer(&b, "200 OK", "");
    assert_int_equal(b.forgets, 1);
    assert_int_equal(states(&b, SIPLOCK_SUBSCRIPTION_ENDED), 1);
    assert_int_equal(b.ids.live, 0);
    kit_finish(&b);
}

static void refused_at_once(void **state)
{
    struct ua_sub_ask ask = {.account = KIT_ACCOUNT,
                             .package = S(MWI),
                             .target = S("sip:x@h.test;transport=udp"),
                             .expires = 60};
    enum policy_why why;
    struct kit b;

    (void)state;
    kit_register_well(&b);
    ask.id = kit_id(&b);
    assert_int_equal(ua_core_subscribe(b.core, b.now, &ask, &why), E_POLICY);
    assert_int_equal(why, POLICY_transport_udp);
    ask.target = S("sip:x@h.test");
    ask.account = 99;
    assert_int_equal(ua_core_subscribe(b.core, b.now, &ask, &why), E_GONE);
    ask.account = KIT_ACCOUNT; /* the control */
    assert_int_equal(ua_core_subscribe(b.core, b.now, &ask, &why), 0);
    for (int i = 1; i < UA_SUBS_OF_ACCOUNT; i++)
        subscribe(&b, 60);
    ask.id = kit_id(&b);
    assert_int_equal(ua_core_subscribe(b.core, b.now, &ask, &why), E_FULL);
    kit_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_life),
        cmocka_unit_test(notify_before_the_200),
        cmocka_unit_test(notifies_that_are_refused),
        cmocka_unit_test(asked_for_again_or_not),
        cmocka_unit_test(refusals),
        cmocka_unit_test(challenged_and_raised),
        cmocka_unit_test(gone_at_the_refresh),
        cmocka_unit_test(silence),
        cmocka_unit_test(a_fetch),
        cmocka_unit_test(over_two_flows),
        cmocka_unit_test(with_the_account),
        cmocka_unit_test(refused_at_once),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua_sub", tests, NULL, NULL);
}
