/* SPDX-License-Identifier: Apache-2.0 */
/* Session timers in both roles, and UPDATE. */
#include "test/unit/call_kit.h"

static bool has_header(struct sip_msg msg, const char *line)
{
    return strstr(msg.bytes.p, line) != NULL;
}

/* We refresh at half of what was agreed, for as long as it is answered. */
static void we_refresh(void **state)
{
    static const char agreed[] = "Require: timer\r\n"
                                 "Session-Expires: 200;refresher=uac\r\n";
    static struct kit b;

    (void)state;
    kit_register_well(&b);
    kit_call(&b, "sip:bob@example.test");
    assert_true(has_header(sent(&b, 0), "\r\nSession-Expires: 1800\r\n"));
    assert_true(has_header(sent(&b, 0), "\r\nSupported: timer"));
    hear_response(&b, "200 OK", "b1", agreed, good_answer(&b));
    kit_wait_ms(&b, 99999);
    kit_hear(&b, "\r\n"); /* the flow's pong */
    assert_int_equal(our_invite(&b).cseq.num, 1);
    kit_wait_ms(&b, 1);
    assert_true(has_header(our_invite(&b),
                           "\r\nSession-Expires: 200;refresher=uac\r\n"));
    assert_int_equal(our_invite(&b).cseq.num, 2);
    hear_response(&b, "200 OK", NULL, agreed, good_answer(&b));
    kit_wait_ms(&b, 100000);
    kit_hear(&b, "\r\n");
    assert_int_equal(our_invite(&b).cseq.num, 3);
    /* No answer at all: timer B ends the call (RFC 4028 10). */
    kit_wait_ms(&b, 32000);
    assert_int_equal(sent(&b, 0).method, SIP_BYE);
    assert_int_equal(
        kit_count_events(&b, SIPLOCK_EVENT_CALL_STATE, SIPLOCK_CALL_ENDED), 1);
    kit_finish(&b);
}

/* They were to, and did not. */
static void they_do_not_refresh(void **state)
{
    static struct kit b;

    (void)state;
    kit_register_well(&b);
    kit_call(&b, "sip:bob@example.test");
    hear_response(&b, "200 OK", "b1", "Session-Expires: 90;refresher=uas\r\n",
                  good_answer(&b));
    kit_wait_ms(&b, 59999); /* a third of it before the end */
    assert_int_equal(
        kit_count_events(&b, SIPLOCK_EVENT_CALL_STATE, SIPLOCK_CALL_ENDED), 0);
    kit_wait_ms(&b, 1);
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_CALL_ENDED)->cause,
                     CAUSE_call_expired);
    kit_finish(&b);
}

static void too_small_for_them(void **state)
{
    static struct kit b;

    (void)state;
    kit_register_well(&b);
    kit_call(&b, "sip:bob@example.test");
    hear_response(&b, "422 Small", "b1", "Min-SE: 3600\r\n", NULL);
    assert_int_equal(our_invite(&b).cseq.num, 2);
    assert_true(has_header(our_invite(&b), "\r\nSession-Expires: 3600\r\n"));
    assert_true(has_header(our_invite(&b), "\r\nMin-SE: 3600\r\n"));
    hear_response(&b, "422 Small", "b1", "Min-SE: 3600\r\n", NULL);
    assert_over(&b, CAUSE_call_refused); /* and not for ever */
    kit_finish(&b);
}

/* Called with a timer: table 2 of RFC 4028, then the silence after it. */
static void called_with_a_timer(void **state)
{
    static const struct {
        const char *asks, *granted;
        bool require;
        int64_t lasts;
    } rows[] = {
        {"Supported: timer\r\nSession-Expires: 120\r\n",
         "\r\nSession-Expires: 120;refresher=uac\r\n", true, 88000},
        {"Supported: timer\r\nSession-Expires: 120;refresher=uac\r\n",
         "\r\nSession-Expires: 120;refresher=uac\r\n", true, 88000},
        {"Require: timer\r\nx: 120 ; refresher=uas\r\n",
         "\r\nSession-Expires: 120;refresher=uas\r\n", true, 60000},
        {"Session-Expires: 120\r\n",
         "\r\nSession-Expires: 120;refresher=uas\r\n", false, 60000},
    };
    static struct kit b;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char tag[64];
        unsigned calls = 0;

        kit_register_well(&b);
        hear_request(&b, &(struct call_request){"INVITE", "z9hG4bKi1", NULL, 1,
                                                rows[i].asks, SDP_OFFER});
        kit_wish(&b, UA_WISH_ANSWER, 0);
        assert_true(has_header(sent(&b, 0), rows[i].granted));
        assert_int_equal(has_header(sent(&b, 0), "\r\nRequire: timer\r\n"),
                         rows[i].require);
        our_tag(&b, tag, sizeof(tag));
        hear_request(&b, &(struct call_request){"ACK", "z9hG4bKa1", tag, 1,
                                                NULL, NULL});
        kit_wait_ms(&b, rows[i].lasts - 1);
        for (unsigned k = 0; k < b.sents; k++)
            calls += strncmp(b.sent[k], "BYE ", 4) == 0 ||
                     strncmp(b.sent[k], "INVITE ", 7) == 0;
        assert_int_equal(calls, 0);
        kit_wait_ms(&b, 1);
        assert_int_equal(sent(&b, 0).method,
                         rows[i].lasts == 88000 ? SIP_BYE : SIP_INVITE);
        kit_finish(&b);
    }
}

static void too_small_for_us(void **state)
{
    static struct kit b;

    (void)state;
    kit_register_well(&b);
    hear_request(&b, &(struct call_request){
                         "INVITE", "z9hG4bKi1", NULL, 1,
                         "Supported: timer\r\nSession-Expires: 30\r\n",
                         SDP_OFFER});
    assert_int_equal(sent(&b, 0).status, 422);
    assert_int_equal(sent(&b, 0).min_se, 90);
    assert_int_equal(ua_core_counts(b.core).calls, 0);
    kit_finish(&b);
}

#define TIMER "Supported: timer\r\nSession-Expires: 120;refresher=uac\r\n"

/* RFC 3311: refreshes, changes, and what is refused changes nothing. */
static void update(void **state)
{
    static const char moved[] =
        SDP_HEAD "m=audio 40004 RTP/SAVP 8\r\n" SDP_CRYPTO("1");
    static struct kit b;
    char tag[64];

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    hear_request(&b, &(struct call_request){"UPDATE", "z9hG4bKu1", tag, 2,
                                            TIMER, NULL});
    assert_int_equal(sent(&b, 0).status, 200);
    assert_int_equal(sent(&b, 0).body.n, 0);
    assert_int_equal(sent(&b, 0).session_expires, 120);
    assert_int_equal(b.sets, 1);
    hear_request(&b, &(struct call_request){"UPDATE", "z9hG4bKu2", tag, 3,
                                            TIMER, moved});
    assert_int_equal(sent(&b, 0).status, 200);
    assert_true(sent(&b, 0).body.n > 0);
    assert_int_equal(b.sets, 2);
    assert_int_equal(b.media_to.port, 40004);
    hear_request(&b, &(struct call_request){"UPDATE", "z9hG4bKu3", tag, 4,
                                            TIMER, SDP_PLAIN});
    assert_int_equal(sent(&b, 0).status, 488);
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_POLICY_REFUSED)->why,
                     POLICY_rtp_avp);
    hear_request(&b, &(struct call_request){
                         "UPDATE", "z9hG4bKu4", tag, 5,
                         "Supported: timer\r\nSession-Expires: 5\r\n", moved});
    assert_int_equal(sent(&b, 0).status, 422);
    hear_request(&b, &(struct call_request){"UPDATE", "z9hG4bKu5", tag, 6,
                                            "Require: magic\r\n", NULL});
    assert_int_equal(sent(&b, 0).status, 420);
    hear_request(&b, &(struct call_request){"UPDATE", "z9hG4bKu6", tag, 7,
                                            NULL, "nonsense"});
    assert_int_equal(sent(&b, 0).status, 400);
    assert_int_equal(b.sets, 2);
    kit_wish(&b, UA_WISH_HOLD, 0); /* ours waits: theirs has to */
    hear_request(&b, &(struct call_request){"UPDATE", "z9hG4bKu7", tag, 8,
                                            NULL, moved});
    assert_int_equal(sent(&b, 0).status, 491);
    hear_request(&b, &(struct call_request){"UPDATE", "z9hG4bKu8", "wrong", 9,
                                            NULL, NULL});
    assert_int_equal(sent(&b, 0).status, 481);
    kit_finish(&b);
}

/* Each allocation of the answer fails once: it is refused, or the call ends;
 * never does media run by what the peer was not told. */
static void update_without_memory(void **state)
{
    static const char moved[] =
        SDP_HEAD "m=audio 40004 RTP/SAVP 8\r\n" SDP_CRYPTO("1");
    static struct kit b;
    unsigned moves = 0;

    (void)state;
    for (long nth = 0; nth < 12; nth++) {
        char tag[64];
        bool answered, ended;

        answered_call(&b, tag, sizeof(tag));
        oom_arm(&b.mem, nth, 0);
        hear_request(&b, &(struct call_request){"UPDATE", "z9hG4bKu1", tag, 2,
                                                NULL, moved});
        oom_arm(&b.mem, -1, 0);
        answered = sent(&b, 0).status == 200 && sent(&b, 0).body.n > 0;
        ended = kit_count_events(&b, SIPLOCK_EVENT_CALL_STATE,
                                 SIPLOCK_CALL_ENDED) > 0;
        moves += b.sets == 2;
        if (b.sets == 2)
            assert_true(answered);
        else
            assert_true(ended || b.media_to.port == 40000);
        kit_finish(&b);
    }
    assert_true(moves > 0); /* the control: with memory it is done */
}

/* A refresh in time, and the session lasts on. */
static void refreshed_in_time(void **state)
{
    static struct kit b;
    char tag[64];

    (void)state;
    kit_register_well(&b);
    hear_request(&b, &(struct call_request){"INVITE", "z9hG4bKi1", NULL, 1,
                                            TIMER, SDP_OFFER});
    kit_wish(&b, UA_WISH_ANSWER, 0);
    our_tag(&b, tag, sizeof(tag));
    hear_request(
        &b, &(struct call_request){"ACK", "z9hG4bKa1", tag, 1, NULL, NULL});
    kit_wait_ms(&b, 80000);
    hear_request(&b, &(struct call_request){"UPDATE", "z9hG4bKu1", tag, 2,
                                            TIMER, NULL});
    kit_wait_ms(&b, 80000);
    hear_request(&b, &(struct call_request){"INVITE", "z9hG4bKr1", tag, 3,
                                            TIMER, SDP_OFFER});
    assert_int_equal(sent(&b, 0).session_expires, 120);
    hear_request(
        &b, &(struct call_request){"ACK", "z9hG4bKa2", tag, 3, NULL, NULL});
    kit_wait_ms(&b, 80000);
    assert_int_equal(
        kit_count_events(&b, SIPLOCK_EVENT_CALL_STATE, SIPLOCK_CALL_ENDED), 0);
    hang_up(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(we_refresh),
        cmocka_unit_test(they_do_not_refresh),
        cmocka_unit_test(too_small_for_them),
        cmocka_unit_test(called_with_a_timer),
        cmocka_unit_test(too_small_for_us),
        cmocka_unit_test(update),
        cmocka_unit_test(update_without_memory),
        cmocka_unit_test(refreshed_in_time),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua_expiry", tests, NULL, NULL);
}
