/* SPDX-License-Identifier: Apache-2.0 */
/* Several notifiers of one SUBSCRIBE (RFC 6665 4.1.4). */
#include "test/unit/sub_kit.h"

static unsigned ended_of(const struct kit *b, unsigned notifier)
{
    unsigned n = 0;

    for (unsigned i = 0; i < b->events; i++)
        n += b->event[i].type == SIPLOCK_EVENT_SUBSCRIPTION_STATE &&
             b->event[i].state == SIPLOCK_SUBSCRIPTION_ENDED &&
             b->event[i].notifier == notifier;
    return n;
}

static unsigned notifier(const struct kit *b, int type)
{
    return kit_last_event(b, type)->notifier;
}

/* Answers the nth SUBSCRIBE, counted from 1; the third notifier is gone. */
static void refreshed(struct kit *b, unsigned nth)
{
    const char *status;
    struct sip_msg msg = {0};
    char text[1024];
    unsigned i = 0;

    for (; i < b->sents && nth; i++)
        if (strncmp(b->sent[i], "SUBSCRIBE ", 10) == 0 && --nth == 0)
            msg = sent(b, b->sents - 1 - i);
    assert_true(msg.request);
    assert_true(msg.to.tag.n == 2); /* within a dialog */
    status = slice_eq(msg.to.tag, S("n3")) ? "481 No" : "200 OK";
    snprintf(text, sizeof(text),
             "SIP/2.0 %s\r\nVia: %.*s\r\nFrom: %.*s\r\nTo: %.*s\r\n"
             "Call-ID: %.*s\r\nCSeq: %u SUBSCRIBE\r\nExpires: 600\r\n"
             "Content-Length: 0\r\n\r\n",
             status, (int)msg.via->text.n, msg.via->text.p,
             (int)msg.from.text.n, msg.from.text.p, (int)msg.to.text.n,
             msg.to.text.p, (int)msg.call_id.n, msg.call_id.p, msg.cseq.num);
    kit_hear(b, text);
}

/* RFC 6665 4.1.4: each that answers a forked SUBSCRIBE has a dialog of its
 * own, up to four; what one says is told as that one's. */
static void forks(void **state)
{
    static const char *const tags[] = {"n1", "n2", "n3", "n4"};
    struct kit b;
    uint64_t id;

    (void)state;
    active(&b);
    id = b.call;
    assert_int_equal(notifier(&b, SIPLOCK_EVENT_NOTIFY), 1);
    for (unsigned i = 1; i < 4; i++) {
        assert_int_equal(
            hear_news(&b, &(struct news){tags[i], "active;expires=600",
                                         .cseq = 1, .body = "x"}),
            200);
        assert_int_equal(notifier(&b, SIPLOCK_EVENT_NOTIFY), i + 1);
        assert_int_equal(notifier(&b, SIPLOCK_EVENT_SUBSCRIPTION_STATE),
                         i + 1);
        assert_int_equal(b.call, id);
    }
    assert_int_equal(hear_news(&b, &(struct news){"n5", "active", .cseq = 1}),
                     481); /* no more than that */
    assert_int_equal(hear_news(&b, &(struct news){"n2", "active", .cseq = 0}),
                     500); /* CSeqs are each dialog's own */
    assert_int_equal(hear_news(&b, &(struct news){"n2", "active", .cseq = 2}),
                     200);
    assert_int_equal(notifier(&b, SIPLOCK_EVENT_NOTIFY), 2);
    /* Each is refreshed in its dialog; one that is gone ends alone. */
    for (unsigned n = 1; !ended_of(&b, 3);) {
        wait_alive(&b, 2000);
        while (n < count(&b, "SUBSCRIBE "))
            refreshed(&b, ++n);
    }
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(ended_of(&b, i), i == 3);
    assert_int_equal(ua_core_counts(b.core).subs, 3);
    /* Unsubscribed from all that are left; told once for all. */
    assert_int_equal(ua_core_unsubscribe(b.core, b.now, id), 0);
    kit_pull(&b);
    assert_int_equal(request(&b, "SUBSCRIBE").expires, 0);
    wait_alive(&b, 33000);
    assert_int_equal(ended_of(&b, 0), 1);
    assert_int_equal(ua_core_counts(b.core).subs, 0);
    assert_int_equal(b.ids.live, 0);
    kit_finish(&b);
}

/* Where there are none: another package, too late, one that asks once. */
static void no_forks(void **state)
{
    struct ua_sub_ask ask = {
        .account = KIT_ACCOUNT, .package = S("presence"), .expires = 600};
    enum policy_why why;
    struct kit b;

    (void)state;
    active(&b);
    wait_alive(&b, SIP_TIMER_B_MS);
    assert_int_equal(hear_news(&b, &(struct news){"n2", "active", .cseq = 1}),
                     481);
    kit_finish(&b);
    kit_register_well(&b);
    ask.id = kit_id(&b);
    assert_int_equal(ua_core_subscribe(b.core, b.now, &ask, &why), 0);
    kit_pull(&b);
    assert_int_equal(
        hear_news(&b, &(struct news){"n1", "active", .event = "presence",
                                     .cseq = 1}),
        200);
    assert_int_equal(
        hear_news(&b, &(struct news){"n2", "active", .event = "presence",
                                     .cseq = 1}),
        481);
    kit_finish(&b);
    active(&b); /* what is refused makes none, and takes no place */
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(
            hear_news(&b,
                      &(struct news){"n2", "active", .lines = "Require: x\r\n",
                                     .cseq = 1}),
            420);
    assert_int_equal(hear_news(&b, &(struct news){"n2", "active", .cseq = 1}),
                     200);
    assert_int_equal(notifier(&b, SIPLOCK_EVENT_NOTIFY), 2);
    kit_finish(&b);
}

/* The first one ends for good: the others go on, and so does the id. */
static void forks_outlive_the_first(void **state)
{
    struct kit b;
    uint64_t id;

    (void)state;
    active(&b);
    id = b.call;
    assert_int_equal(hear_news(&b, &(struct news){"n2", "active", .cseq = 1}),
                     200);
    hear_news(&b,
              &(struct news){"n1", "terminated;reason=noresource", .cseq = 2});
    assert_int_equal(ended_of(&b, 1), 1);
    assert_int_equal(ended_of(&b, 0), 0);
    assert_int_equal(hear_news(&b, &(struct news){"n2", "active", .cseq = 2}),
                     200);
    assert_int_equal(hear_news(&b, &(struct news){"n1", "active", .cseq = 9}),
                     200); /* anew, as one more */
    assert_int_equal(notifier(&b, SIPLOCK_EVENT_NOTIFY), 3);
    hear_news(
        &b, &(struct news){"n2", "terminated;reason=deactivated", .cseq = 3});
    assert_int_equal(ended_of(&b, 2), 1);
    hear_news(
        &b, &(struct news){"n1", "terminated;reason=noresource", .cseq = 10});
    assert_int_equal(ended_of(&b, 0), 1);
    assert_int_equal(ua_core_counts(b.core).subs, 0);
    assert_int_equal(b.ids.live, 0);
    assert_int_equal(ua_core_unsubscribe(b.core, b.now, id), E_GONE);
    kit_finish(&b);
    active(&b); /* and it can be taken back meanwhile */
    id = b.call;
    hear_news(&b, &(struct news){"n2", "active", .cseq = 1});
    hear_news(&b,
              &(struct news){"n1", "terminated;reason=noresource", .cseq = 2});
    assert_int_equal(ua_core_unsubscribe(b.core, b.now, id), 0);
    kit_pull(&b);
    assert_int_equal(ended_of(&b, 0), 1);
    assert_int_equal(request(&b, "SUBSCRIBE").expires, 0);
    assert_true(slice_eq(request(&b, "SUBSCRIBE").to.tag, S("n2")));
    wait_alive(&b, 33000);
    assert_int_equal(ua_core_counts(b.core).subs, 0);
    kit_finish(&b);
}

/* The first one is begun anew: the others would be found again. */
static void forks_end_when_begun_anew(void **state)
{
    struct kit b;

    (void)state;
    active(&b);
    hear_news(&b, &(struct news){"n2", "active", .cseq = 1});
    hear_news(
        &b, &(struct news){"n1", "terminated;reason=deactivated", .cseq = 2});
    assert_int_equal(ended_of(&b, 2), 1);
    assert_int_equal(request(&b, "SUBSCRIBE").expires, 0);
    assert_true(slice_eq(request(&b, "SUBSCRIBE").to.tag, S("n2")));
    assert_int_equal(states(&b, SIPLOCK_SUBSCRIPTION_FAILED), 1);
    wait_alive(&b, 1001);
    assert_int_equal(request(&b, "SUBSCRIBE").to.tag.n, 0);
    kit_finish(&b);
    active(&b); /* on the next flow each is refreshed in its dialog */
    hear_news(&b, &(struct news){"n2", "active", .cseq = 1});
    ua_core_net(b.core, b.now, UA_NET_CHANGED);
    kit_pull(&b);
    kit_up(&b);
    kit_pull(&b);
    assert_int_equal(count(&b, "SUBSCRIBE "), 3);
    kit_finish(&b);
    active(&b); /* with the account both go */
    hear_news(&b, &(struct news){"n2", "active", .cseq = 1});
    assert_int_equal(ua_core_account_remove(b.core, b.now, KIT_ACCOUNT), 0);
    kit_pull(&b);
    kit_answer(&b, "200 OK", "");
    assert_int_equal(ended_of(&b, 0), 1);
    assert_int_equal(b.ids.live, 0);
    kit_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forks),
        cmocka_unit_test(no_forks),
        cmocka_unit_test(forks_outlive_the_first),
        cmocka_unit_test(forks_end_when_begun_anew),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua_subfork", tests, NULL, NULL);
}
