/* SPDX-License-Identifier: Apache-2.0 */
/* Transfers: we ask for them, and they are asked of us. */
#include "test/unit/transfer_kit.h"

/* --------------------------------------------------------- we ask for it */

static void a_blind_transfer(void **state)
{
    struct kit b;
    struct sip_msg msg;
    char tag[64];
    uint64_t id;

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    id = b.call;
    assert_int_equal(transfer(&b, id, "sip:carol@example.test", 0), 0);
    msg = request(&b, "REFER");
    assert_string_equal(named(&b, &msg, SIP_HDR_REFER_TO),
                        "<sip:carol@example.test>");
    assert_string_equal(named(&b, &msg, SIP_HDR_REFERRED_BY),
                        "<sip:alice@example.test>");
    assert_non_null(msg.contact);
    /* One at a time. */
    assert_int_equal(transfer(&b, id, "sip:dave@example.test", 0), E_STATE);
    answer(&b, "REFER", "202 Accepted", "");
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_ACCEPTED), 1);
    notify(&b, tag, 2, FRAG("active;expires=60"), "SIP/2.0 100 Trying");
    assert_int_equal(last_status(&b), 200);
    notify(&b, tag, 3, FRAG("active"), "SIP/2.0 180 Ringing\r\n");
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_PROGRESS), 2);
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_TRANSFER)->status, 180);
    assert_int_equal(count(&b, "BYE "), 0);
    notify(&b, tag, 4, FRAG("terminated;reason=noresource"),
           "SIP/2.0 200 OK\r\n");
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_DONE), 1);
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_UNKNOWN), 0);
    assert_int_equal(count(&b, "BYE "), 1);
    answer(&b, "BYE", "200 OK", "");
    assert_over(&b, CAUSE_none);
    kit_finish(&b);
}

/* It fails: the call goes on, and can be transferred again. */
static void a_failed_transfer_keeps_the_call(void **state)
{
    struct kit b;
    char tag[64];
    uint64_t id;

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    id = b.call;
    assert_int_equal(transfer(&b, id, "sip:carol@example.test", 0), 0);
    answer(&b, "REFER", "202 Accepted", "");
    notify(&b, tag, 2, FRAG("terminated;reason=noresource"),
           "SIP/2.0 486 Busy Here\r\n");
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_FAILED), 1);
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_TRANSFER)->status, 486);
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_TRANSFER)->cause,
                     CAUSE_call_transfer_failed);
    assert_int_equal(transfer(&b, id, "sip:carol@example.test", 0), 0);
    answer(&b, "REFER", "603 Decline", "");
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_FAILED), 2);
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_TRANSFER)->cause,
                     CAUSE_call_transfer_refused);
    assert_int_equal(transfer(&b, id, "sip:carol@example.test", 0), 0);
    kit_wait_ms(&b, 33000); /* F */
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_FAILED), 3);
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_TRANSFER)->status, 408);
    assert_int_equal(count(&b, "BYE "), 0);
    kit_finish(&b);
}

/* What comes out of turn or cannot be read tells nothing. */
static void notifies_that_do_not_count(void **state)
{
    struct kit b;
    char tag[64];

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    notify(&b, tag, 2, FRAG("active"), "SIP/2.0 200 OK");
    assert_int_equal(last_status(&b), 481);
    assert_int_equal(transfer(&b, b.call, "sip:carol@example.test", 0), 0);
    notify(&b, tag, 3,
           "Event: refer;id=77\r\nSubscription-State: active\r\n"
           "Content-Type: message/sipfrag\r\n",
           "SIP/2.0 200 OK");
    assert_int_equal(last_status(&b), 481);
    notify(&b, tag, 4, "Event: presence\r\nSubscription-State: active\r\n",
           "");
    assert_int_equal(last_status(&b), 481);
    notify(&b, tag, 5, FRAG("active"), "HTTP/1.1 200 OK");
    assert_int_equal(last_status(&b), 400);
    assert_int_equal(
        kit_count_events(&b, SIPLOCK_EVENT_TRANSFER, SIPLOCK_TRANSFER_DONE),
        0);
    /* The control; it overtakes the 202. */
    notify(&b, tag, 6, FRAG("active"), "SIP/2.0 183 Progress");
    assert_int_equal(last_status(&b), 200);
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_PROGRESS), 1);
    answer(&b, "REFER", "202 Accepted", "");
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_ACCEPTED), 0);
    kit_finish(&b);
}

/* Nothing is told of it: no subscription, or one that ends or expires. */
static void an_outcome_that_is_not_told(void **state)
{
    struct kit b;
    char tag[64];
    uint64_t id;

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    id = b.call;
    assert_int_equal(transfer(&b, id, "sip:carol@example.test", 0), 0);
    answer(&b, "REFER", "200 OK", "Refer-Sub: false\r\n");
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_UNKNOWN), 1);
    assert_int_equal(transfer(&b, id, "sip:carol@example.test", 0), 0);
    answer(&b, "REFER", "202 Accepted", "");
    notify(&b, tag, 2, FRAG("terminated"), "SIP/2.0 100 Trying");
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_UNKNOWN), 2);
    assert_int_equal(transfer(&b, id, "sip:carol@example.test", 0), 0);
    answer(&b, "REFER", "202 Accepted", "");
    notify(&b, tag, 3, FRAG("active;expires=5"), "SIP/2.0 100 Trying");
    kit_wait_ms(&b, 6000);
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_UNKNOWN), 3);
    assert_int_equal(transfer(&b, id, "sip:carol@example.test", 0), 0);
    answer(&b, "REFER", "202 Accepted", "");
    hear_request(&b, &(struct call_request){.method = "BYE",
                                            .branch = "z9hG4bKb",
                                            .to_tag = tag,
                                            .cseq = 9});
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_UNKNOWN), 4);
    assert_over(&b, CAUSE_none);
    kit_finish(&b);
}

static void a_challenged_refer(void **state)
{
    struct kit b;
    char tag[64];

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    assert_int_equal(transfer(&b, b.call, "sip:carol@example.test", 0), 0);
    answer(&b, "REFER", "401 Unauthorized",
           CHALLENGE("example.test", "n2",
                     ",algorithm=SHA-256,qop=\"auth\",stale=true"));
    assert_int_equal(count(&b, "REFER "), 2);
    assert_non_null(request(&b, "REFER").credentials);
    answer(&b, "REFER", "202 Accepted", "");
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_ACCEPTED), 1);
    kit_finish(&b);
}

/* The other call is named so that its other side finds it. */
static void an_attended_transfer(void **state)
{
    struct kit b;
    struct sip_msg msg;
    char tag[64], want[512];
    uint64_t first, second;

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    first = b.call;
    second = kit_call(&b, "sip:carol@example.test");
    assert_int_equal(transfer(&b, first, "", second), E_STATE);
    hear_response(&b, "200 OK", "carols", "", good_answer(&b));
    msg = our_invite(&b);
    snprintf(want, sizeof(want),
             "<sip:carol@example.test?Replaces=%.*s%%3Bto-tag%%3Dcarols"
             "%%3Bfrom-tag%%3D%.*s>",
             (int)msg.call_id.n, msg.call_id.p, (int)msg.from.tag.n,
             msg.from.tag.p);
    assert_int_equal(transfer(&b, first, "", first), E_STATE);
    assert_int_equal(transfer(&b, first, "", 12345), E_STATE);
    assert_int_equal(transfer(&b, first, "", second), 0);
    msg = request(&b, "REFER");
    assert_string_equal(named(&b, &msg, SIP_HDR_REFER_TO), want);
    kit_finish(&b);
}

/* ------------------------------------------------------- it is asked of us */

/* 200s to REFERs (RFC 7647 5: never 202). */
static unsigned accepted(struct kit *b)
{
    unsigned n = 0;

    for (unsigned i = 0; i < b->sents; i++)
        n += strncmp(b->sent[i], "SIP/2.0 200 ", 12) == 0 &&
             strstr(b->sent[i], " REFER\r\n") != NULL;
    return n;
}

#define TO_CAROL "Refer-To: <sip:carol@example.test>\r\n"

static void the_app_decides(void **state)
{
    struct kit b;
    struct sip_msg msg;
    char tag[64];
    uint64_t old;

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    old = b.call;
    refer(&b, tag, 2, TO_CAROL "Referred-By: <sip:bob@example.test>\r\n");
    assert_int_equal(accepted(&b), 1);
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_ASKED), 1);
    assert_int_equal(count(&b, "INVITE "), 0); /* not silently */
    msg = request(&b, "NOTIFY");
    assert_true(slice_eq(msg.body, S("SIP/2.0 100 Trying\r\n")));
    assert_string_equal(named(&b, &msg, SIP_HDR_EVENT), "refer;id=2");
    assert_true(slice_eq(msg.subscription_state.token, S("active")));
    answer(&b, "NOTIFY", "200 OK", "");
    refer(&b, tag, 3, TO_CAROL); /* one at a time */
    assert_int_equal(last_status(&b), 491);
    assert_int_equal(wish(&b, old, &(struct ua_wish){.kind = UA_WISH_FOLLOW}),
                     0);
    msg = our_invite(&b);
    assert_true(slice_eq(msg.uri.text, S("sip:carol@example.test")));
    assert_string_equal(named(&b, &msg, SIP_HDR_REFERRED_BY),
                        "<sip:bob@example.test>");
    hear_response(&b, "180 Ringing", "c1", "", NULL);
    msg = request(&b, "NOTIFY");
    assert_true(slice_eq(msg.body, S("SIP/2.0 180 Ringing\r\n")));
    answer(&b, "NOTIFY", "200 OK", "");
    hear_response(&b, "200 OK", "c1", "", good_answer(&b));
    msg = request(&b, "NOTIFY");
    assert_true(slice_eq(msg.body, S("SIP/2.0 200 OK\r\n")));
    assert_true(slice_eq(msg.subscription_state.token, S("terminated")));
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_DONE), 1);
    assert_int_equal(wish(&b, old, &(struct ua_wish){.kind = UA_WISH_FOLLOW}),
                     E_STATE);
    kit_finish(&b);
}

static void begin(struct kit *b, int transfers, char *tag, size_t cap)
{
    kit_register_as(b,
                    &(struct siplock_account_config){.transfers = transfers});
    take_call(b, tag, cap);
}

static void the_account_decides(void **state)
{
    struct kit b;
    char tag[64];

    (void)state;
    begin(&b, SIPLOCK_TRANSFERS_REFUSED, tag, sizeof(tag));
    refer(&b, tag, 2, TO_CAROL);
    assert_int_equal(last_status(&b), 603);
    assert_int_equal(count(&b, "NOTIFY "), 0);
    kit_finish(&b);
    begin(&b, SIPLOCK_TRANSFERS_FOLLOWED, tag, sizeof(tag));
    refer(&b, tag, 2, TO_CAROL);
    assert_int_equal(accepted(&b), 1);
    assert_int_equal(count(&b, "INVITE "), 1);
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_ACCEPTED), 1);
    hear_response(&b, "486 Busy Here", "c1", "", NULL);
    assert_true(
        slice_eq(request(&b, "NOTIFY").body, S("SIP/2.0 486 Busy Here\r\n")));
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_FAILED), 1);
    assert_int_equal(count(&b, "BYE "), 0); /* the call goes on */
    kit_finish(&b);
}

static void declined_or_forgotten(void **state)
{
    struct kit b;
    char tag[64];
    uint64_t id;

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    id = b.call;
    refer(&b, tag, 2, TO_CAROL);
    assert_int_equal(wish(&b, id, &(struct ua_wish){.kind = UA_WISH_DECLINE}),
                     0);
    assert_true(
        slice_eq(request(&b, "NOTIFY").body, S("SIP/2.0 603 Decline\r\n")));
    refer(&b, tag, 3, TO_CAROL);
    answer(&b, "NOTIFY", "200 OK", "");
    wait_alive(&b, UA_REFERRED_ASK_MS + 1);
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_FAILED), 1);
    assert_true(
        slice_eq(request(&b, "NOTIFY").body, S("SIP/2.0 603 Decline\r\n")));
    /* Nobody wants to hear: the transfer goes on all the same. */
    refer(&b, tag, 4, TO_CAROL);
    answer(&b, "NOTIFY", "481 No", "");
    assert_int_equal(wish(&b, id, &(struct ua_wish){.kind = UA_WISH_FOLLOW}),
                     0);
    assert_int_equal(count(&b, "NOTIFY "), 5);
    assert_int_equal(count(&b, "INVITE "), 1);
    kit_finish(&b);
}

/* What could not be told for want of a flow is told when there is one. */
static void told_on_the_next_flow(void **state)
{
    struct kit b;
    char tag[64];
    uint64_t id;

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    id = b.call;
    refer(&b, tag, 2, TO_CAROL);
    answer(&b, "NOTIFY", "200 OK", "");
    ua_core_net(b.core, b.now, UA_NET_CHANGED);
    kit_pull(&b);
    assert_int_equal(wish(&b, id, &(struct ua_wish){.kind = UA_WISH_DECLINE}),
                     0);
    assert_int_equal(count(&b, "NOTIFY "), 1);
    kit_up(&b);
    kit_pull(&b);
    assert_int_equal(count(&b, "NOTIFY "), 2);
    assert_true(
        slice_eq(request(&b, "NOTIFY").body, S("SIP/2.0 603 Decline\r\n")));
    kit_finish(&b);
}

/* A subscription that nobody asked for is not made (RFC 4488). */
static void without_a_subscription(void **state)
{
    struct kit b;
    char tag[64];

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    refer(&b, tag, 2, TO_CAROL "Refer-Sub: false\r\nRequire: norefersub\r\n");
    assert_int_equal(count(&b, "NOTIFY "), 0);
    assert_int_equal(last_status(&b), 200);
    assert_non_null(strstr(b.sent[b.sents - 1], "Refer-Sub: false\r\n"));
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_ASKED), 1);
    kit_finish(&b);
}

/* Each with what it is refused with; none is told to the app or called. */
static void bad_refers(void **state)
{
    static const struct {
        const char *lines;
        unsigned status;
    } bad[] = {
        {"Refer-To: <mailto:carol@example.test>\r\n", 416},
        {"Refer-To: <sip:carol@example.test;transport=udp>\r\n", 403},
        {"Refer-To: <sip:carol@example.test;maddr=192.0.2.66>\r\n", 403},
        {"Refer-To: <sip:carol@example.test;method=BYE>\r\n", 603},
        {"Refer-To: <sip:carol@example.test?Replaces=x>\r\n", 400},
        {"Refer-To: <sip:carol@example.test?Replaces=a%3Bto-tag%3D1%3Bfrom-"
         "tag%3D2&Replaces=b>\r\n",
         400},
        {TO_CAROL "Require: time-travel\r\n", 420},
        {TO_CAROL, 200}, /* the control */
    };
    struct kit b;
    char tag[64];

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(told(&b, SIPLOCK_TRANSFER_ASKED), 0);

        refer(&b, tag, 2 + (unsigned)i, bad[i].lines);
        assert_int_equal(sent(&b, bad[i].status == 200).status, bad[i].status);
    }
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_ASKED), 1);
    assert_int_equal(count(&b, "INVITE "), 0);
    kit_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_blind_transfer),
        cmocka_unit_test(a_failed_transfer_keeps_the_call),
        cmocka_unit_test(notifies_that_do_not_count),
        cmocka_unit_test(an_outcome_that_is_not_told),
        cmocka_unit_test(a_challenged_refer),
        cmocka_unit_test(an_attended_transfer),
        cmocka_unit_test(the_app_decides),
        cmocka_unit_test(the_account_decides),
        cmocka_unit_test(declined_or_forgotten),
        cmocka_unit_test(told_on_the_next_flow),
        cmocka_unit_test(without_a_subscription),
        cmocka_unit_test(bad_refers),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua_transfer", tests, NULL, NULL);
}
