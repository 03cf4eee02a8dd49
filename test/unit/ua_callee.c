/* SPDX-License-Identifier: Apache-2.0 */
/* Calls in: ring, answer, reject, CANCEL, ACK, and what is refused. */
#include "test/unit/call_kit.h"

static void a_call_is_answered_and_ended(void **state)
{
    static struct kit b;
    char tag[64];
    struct sip_msg msg;

    (void)state;
    kit_register_well(&b);
    hear_invite(&b, SDP_OFFER);
    msg = sent(&b, 0);
    assert_int_equal(msg.status, 100);
    assert_int_equal(msg.to.tag.n, 0);
    assert_int_equal(
        kit_count_events(&b, SIPLOCK_EVENT_CALL_STATE, SIPLOCK_CALL_RINGING),
        1);
    assert_int_equal(kit_wish(&b, UA_WISH_RING, 0), 0);
    assert_int_equal(sent(&b, 0).status, 180);
    assert_int_equal(b.sets, 0); /* no media before the answer */
    assert_int_equal(kit_wish(&b, UA_WISH_ANSWER, 0), 0);
    msg = sent(&b, 0);
    assert_int_equal(msg.status, 200);
    assert_non_null(msg.contact);
    assert_non_null(strstr(msg.body.p, "RTP/SAVP 8"));
    assert_int_equal(b.sets, 1);
    assert_int_equal(b.suite, SDP_SUITE_AES_128_80);
    assert_int_equal(b.media_to.port, 40000);
    assert_int_equal(kit_wish(&b, UA_WISH_ANSWER, 0), E_STATE);
    our_tag(&b, tag, sizeof(tag));
    hear_request(
        &b, &(struct call_request){"ACK", "z9hG4bKa1", tag, 1, NULL, NULL});
    assert_int_equal(kit_count_events(&b, SIPLOCK_EVENT_CALL_STATE,
                                      SIPLOCK_CALL_ESTABLISHED),
                     1);
    assert_int_equal(kit_wish(&b, UA_WISH_DTMF, 0), 0);
    assert_int_equal(b.digits, 1);
    hear_request(
        &b, &(struct call_request){"BYE", "z9hG4bKb1", tag, 2, NULL, NULL});
    assert_int_equal(sent(&b, 0).status, 200);
    assert_over(&b, CAUSE_none);
    kit_finish(&b);
}

/* 13.3.1.4: the 2xx again until its ACK, then BYE. */
static void without_ack_it_ends(void **state)
{
    static struct kit b;
    unsigned n;

    (void)state;
    kit_register_well(&b);
    hear_invite(&b, SDP_OFFER);
    kit_wish(&b, UA_WISH_ANSWER, 0);
    n = b.sents;
    kit_wait_ms(&b, 500);
    assert_int_equal(b.sents, n + 1);
    assert_int_equal(sent(&b, 0).status, 200);
    kit_wait_ms(&b, 999);
    assert_int_equal(b.sents, n + 1);
    kit_wait_ms(&b, 1);
    assert_int_equal(b.sents, n + 2);
    for (int i = 0; i < 10; i++)
        kit_wait_ms(&b, 4000);
    assert_int_equal(sent(&b, 0).method, SIP_BYE);
    kit_answer(&b, "200 OK", "");
    assert_over(&b, CAUSE_call_no_ack);
    kit_finish(&b);
}

static void hangup_before_ack_waits_for_it(void **state)
{
    static struct kit b;
    char tag[64];
    unsigned n;

    (void)state;
    kit_register_well(&b);
    hear_invite(&b, SDP_OFFER);
    kit_wish(&b, UA_WISH_ANSWER, 0);
    our_tag(&b, tag, sizeof(tag));
    n = b.sents;
    assert_int_equal(kit_wish(&b, UA_WISH_HANGUP, 0), 0);
    assert_int_equal(b.sents, n); /* 15: no BYE before the ACK */
    hear_request(
        &b, &(struct call_request){"ACK", "z9hG4bKa1", tag, 1, NULL, NULL});
    assert_int_equal(sent(&b, 0).method, SIP_BYE);
    kit_answer(&b, "200 OK", "");
    assert_over(&b, CAUSE_none);
    kit_finish(&b);
}

static void cancel_crosses(void **state)
{
    static struct kit b;

    (void)state;
    kit_register_well(&b);
    hear_invite(&b, SDP_OFFER);
    kit_wish(&b, UA_WISH_RING, 0);
    hear_request(&b,
                 &(struct call_request){
                     "CANCEL", "z9hG4bKi1", NULL, 1,
                     "Reason: SIP;cause=200;text=\"elsewhere\"\r\n", NULL});
    assert_int_equal(sent(&b, 1).status, 200);
    assert_int_equal(sent(&b, 1).cseq.method, SIP_CANCEL);
    assert_int_equal(sent(&b, 0).status, 487);
    hear_request(
        &b, &(struct call_request){"ACK", "z9hG4bKi1", NULL, 1, NULL, NULL});
    assert_int_equal(ua_core_counts(b.core).calls, 0); /* at once */
    assert_over(&b, CAUSE_call_elsewhere);
    /* A CANCEL of nothing. */
    hear_request(&b, &(struct call_request){"CANCEL", "z9hG4bKi1", NULL, 1,
                                            NULL, NULL});
    assert_int_equal(sent(&b, 0).status, 481);
    kit_finish(&b);
}

static void reject_and_hangup(void **state)
{
    static const struct {
        int wish;
        unsigned status, sent;
    } rows[] = {
        {UA_WISH_REJECT, 603, 603},
        {UA_WISH_REJECT, 480, 480},
        {UA_WISH_HANGUP, 0, 486},
    };
    static struct kit b;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        kit_register_well(&b);
        hear_invite(&b, SDP_OFFER);
        assert_int_equal(kit_wish(&b, rows[i].wish, rows[i].status), 0);
        assert_int_equal(sent(&b, 0).status, rows[i].sent);
        assert_over(&b, CAUSE_none); /* also when no ACK comes */
        kit_finish(&b);
    }
}

/* Each is refused with its status and reason, and nobody is rung. */
static void what_is_not_secure_is_refused(void **state)
{
    static const struct {
        const char *body;
        unsigned status;
        enum policy_why why;
        enum cause_code cause;
    } rows[] = {
        {SDP_PLAIN, 488, POLICY_rtp_avp, CAUSE_policy_refused},
        {SDP_HEAD "m=audio 4000 RTP/SAVP 8\r\n", 488, POLICY_no_crypto,
         CAUSE_policy_refused},
        {SDP_HEAD "m=audio 4000 RTP/SAVP 8\r\n"
                  "a=crypto:1 NULL_HMAC_SHA1_80 inline:" SDP_KEY "\r\n",
         488, POLICY_null_suite, CAUSE_policy_refused},
        {SDP_HEAD "m=audio 4000 RTP/SAVP 8\r\n"
                  "a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:" SDP_KEY "\r\n",
         488, POLICY_suite_below_level, CAUSE_policy_refused},
        {SDP_HEAD "m=audio 4000 RTP/SAVP 99\r\n" SDP_CRYPTO("1"), 488,
         POLICY_ALLOWED, CAUSE_media_no_match},
        {SDP_HEAD "m=video 4000 RTP/SAVP 8\r\n" SDP_CRYPTO("1"), 488,
         POLICY_ALLOWED, CAUSE_media_no_match},
        {"v=1\r\n", 400, POLICY_ALLOWED, CAUSE_call_malformed},
    };
    static struct kit b;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sip_msg msg;

        kit_register_well(&b);
        hear_invite(&b, rows[i].body);
        msg = sent(&b, 0);
        assert_int_equal(msg.status, rows[i].status);
        assert_int_equal(msg.warning != NULL, rows[i].why != POLICY_ALLOWED);
        assert_int_equal(kit_count_events(&b, SIPLOCK_EVENT_CALL_STATE,
                                          SIPLOCK_CALL_RINGING),
                         0);
        if (rows[i].why != POLICY_ALLOWED)
            assert_int_equal(
                kit_last_event(&b, SIPLOCK_EVENT_POLICY_REFUSED)->why,
                rows[i].why);
        assert_int_equal(b.sets, 0);
        hear_request(&b, &(struct call_request){"ACK", "z9hG4bKi1", NULL, 1,
                                                NULL, NULL});
        assert_over(&b, rows[i].cause);
        kit_finish(&b);
    }
}

#define PARTS "Content-Type: multipart/mixed;boundary=b\r\n"
#define PART_SDP "--b\r\nContent-Type: application/sdp\r\n\r\n"
#define PART_XML "\r\n--b\r\nContent-Type: application/pidf+xml\r\n"
#define MAY "Content-Disposition: render;handling=optional\r\n"

/* RFC 5621: an offer among other parts, which may be ignored or not. */
static void a_body_of_parts(void **state)
{
    static const struct {
        const char *type, *body;
        unsigned status;
    } rows[] = {
        {PARTS, PART_SDP SDP_OFFER PART_XML MAY "\r\n<x/>\r\n--b--", 100},
        {PARTS, PART_SDP SDP_OFFER PART_XML "\r\n<x/>\r\n--b--", 415},
        {PARTS, PART_SDP SDP_OFFER, 400},
        {"Content-Type: application/isup\r\n", "x", 415},
        {"Content-Type: application/isup\r\n" MAY, "x", 100},
        {"Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n", "x",
         415},
    };
    static struct kit b;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sip_msg msg;
        char tag[64];

        kit_register_well(&b);
        hear_request(&b, &(struct call_request){.method = "INVITE",
                                                .branch = "z9hG4bKi1",
                                                .cseq = 1,
                                                .more = rows[i].type,
                                                .body = rows[i].body});
        msg = sent(&b, 0);
        assert_int_equal(msg.status, rows[i].status);
        assert_int_equal(sip_msg_hdr(&msg, SIP_HDR_ACCEPT, NULL) != NULL,
                         rows[i].status == 415);
        assert_int_equal(kit_count_events(&b, SIPLOCK_EVENT_CALL_STATE,
                                          SIPLOCK_CALL_RINGING),
                         rows[i].status == 100);
        kit_finish(&b);
        answered_call(&b, tag, sizeof(tag));
        hear_request(&b, &(struct call_request){"INVITE", "z9hG4bKr1", tag, 2,
                                                rows[i].type, rows[i].body});
        assert_int_equal(sent(&b, 0).status,
                         rows[i].status == 100 ? 200 : rows[i].status);
        kit_finish(&b);
        answered_call(&b, tag, sizeof(tag));
        hear_request(&b, &(struct call_request){"UPDATE", "z9hG4bKu1", tag, 2,
                                                rows[i].type, rows[i].body});
        msg = sent(&b, 0);
        assert_int_equal(msg.status,
                         rows[i].status == 100 ? 200 : rows[i].status);
        assert_int_equal(msg.body.n > 0, i == 0); /* it had an offer */
        kit_finish(&b);
    }
}

/* The offer is ours in the 2xx, the answer in the ACK. */
static void offerless_invite(void **state)
{
    static struct kit b;
    struct sip_msg msg;
    char tag[64], text[512];
    const char *at;

    (void)state;
    for (int good = 0; good < 2; good++) {
        kit_register_well(&b);
        hear_invite(&b, NULL);
        kit_wish(&b, UA_WISH_ANSWER, 0);
        msg = sent(&b, 0);
        assert_int_equal(msg.status, 200);
        assert_int_equal(b.sets, 0);
        at = strstr(msg.body.p, " AES_CM_128_HMAC_SHA1_80 ");
        assert_non_null(at);
        our_tag(&b, tag, sizeof(tag));
        snprintf(text, sizeof(text),
                 SDP_HEAD "m=audio 40000 RTP/SAVP 8\r\n"
                          "a=crypto:%c AES_CM_128_HMAC_SHA1_80 inline:" SDP_KEY
                          "\r\n",
                 at[-1]);
        hear_request(&b,
                     &(struct call_request){"ACK", "z9hG4bKa1", tag, 1, NULL,
                                            good ? text : SDP_PLAIN});
        if (good) {
            assert_int_equal(b.sets, 1);
            kit_wish(&b, UA_WISH_HANGUP, 0);
        } else {
            assert_int_equal(b.sets, 0);
        }
        assert_int_equal(sent(&b, 0).method, SIP_BYE);
        kit_answer(&b, "200 OK", "");
        assert_over(&b, good ? CAUSE_none : CAUSE_policy_refused);
        kit_finish(&b);
    }
}

/* 14.2: what would lower the call is refused, and the call goes on. */
static void a_change_of_the_session(void **state)
{
    static const char other[] =
        SDP_HEAD "m=audio 40002 RTP/SAVP 0\r\n" SDP_CRYPTO("1");
    static struct kit b;
    char tag[64];

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    hear_request(&b, &(struct call_request){"INVITE", "z9hG4bKr1", tag, 2,
                                            NULL, SDP_PLAIN});
    assert_int_equal(sent(&b, 0).status, 488);
    assert_int_equal(b.sets, 1);
    hear_request(
        &b, &(struct call_request){"ACK", "z9hG4bKr1", tag, 2, NULL, NULL});
    hear_request(&b, &(struct call_request){"INVITE", "z9hG4bKr2", tag, 3,
                                            NULL, other});
    assert_int_equal(sent(&b, 0).status, 200);
    assert_int_equal(b.sets, 2);
    assert_int_equal(b.media_to.port, 40002);
    assert_int_equal(b.media.pt, 0);
    /* Another before the ACK has to wait. */
    hear_request(&b, &(struct call_request){"INVITE", "z9hG4bKr3", tag, 4,
                                            NULL, other});
    assert_int_equal(sent(&b, 0).status, 491);
    hear_request(
        &b, &(struct call_request){"ACK", "z9hG4bKr9", tag, 3, NULL, NULL});
    /* A lower CSeq (12.2.2), then the control. */
    hear_request(&b, &(struct call_request){"OPTIONS", "z9hG4bKo1", tag, 1,
                                            NULL, NULL});
    assert_int_equal(sent(&b, 0).status, 500);
    hear_request(&b, &(struct call_request){"OPTIONS", "z9hG4bKo2", tag, 5,
                                            NULL, NULL});
    assert_int_equal(sent(&b, 0).status, 200);
    hear_request(
        &b, &(struct call_request){"BYE", "z9hG4bKb1", tag, 6, NULL, NULL});
    assert_over(&b, CAUSE_none);
    kit_finish(&b);
}

/* Hazards: strangers, merged requests, retransmissions. */
static void requests_that_do_not_belong(void **state)
{
    static struct kit b;
    char tag[64];
    unsigned n;

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    hear_request(
        &b, &(struct call_request){"BYE", "z9hG4bKx", "wrong", 2, NULL, NULL});
    assert_int_equal(sent(&b, 0).status, 481);
    n = b.sents;
    hear_invite(&b, SDP_OFFER); /* absorbed (RFC 6026 7.1) */
    assert_int_equal(b.sents, n);
    hear_request(&b, &(struct call_request){"INVITE", "z9hG4bKother", NULL, 1,
                                            NULL, SDP_OFFER});
    assert_int_equal(sent(&b, 0).status, 482);
    hear_request(&b, &(struct call_request){"NOTIFY", "z9hG4bKn", tag, 2,
                                            "Event: talk\r\n"
                                            "Subscription-State: active\r\n",
                                            NULL});
    assert_int_equal(sent(&b, 0).status, 481);
    hear_request(
        &b, &(struct call_request){"BYE", "z9hG4bKb", tag, 3, NULL, NULL});
    assert_over(&b, CAUSE_none);
    kit_finish(&b);
}

/* More at once than one account takes. */
static void too_many_calls(void **state)
{
    static struct kit b;
    char text[2048];

    (void)state;
    kit_register_well(&b);
    for (int i = 0; i <= UA_CALLS_OF_ACCOUNT; i++) {
        snprintf(text, sizeof(text),
                 "INVITE sip:alice@192.0.2.7 SIP/2.0\r\n"
                 "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK%d\r\n"
                 "From: <sip:bob@example.test>;tag=b%d\r\n"
                 "To: <sip:alice@example.test>\r\nCall-ID: c%d\r\n"
                 "CSeq: 1 INVITE\r\nContact: <sip:b@192.0.2.9>\r\n"
                 "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
                 i, i, i);
        kit_hear(&b, text);
        assert_int_equal(sent(&b, 0).status,
                         i < UA_CALLS_OF_ACCOUNT ? 100 : 486);
    }
    assert_int_equal(ua_core_counts(b.core).calls, UA_CALLS_OF_ACCOUNT);
    kit_finish(&b);
}

static void media_that_cannot_be_had(void **state)
{
    static struct kit b;

    (void)state;
    kit_register_well(&b);
    b.fail_media = true;
    hear_invite(&b, SDP_OFFER);
    assert_int_equal(sent(&b, 0).status, 500);
    assert_over(&b, CAUSE_media_no_port);
    kit_finish(&b);
    kit_register_well(&b); /* and if it never says a word */
    b.hold_media = true;
    hear_invite(&b, SDP_OFFER);
    kit_wait_ms(&b, UA_CALL_BIND_MS);
    assert_int_equal(sent(&b, 0).status, 500);
    assert_over(&b, CAUSE_media_no_port);
    kit_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_answered_and_ended),
        cmocka_unit_test(without_ack_it_ends),
        cmocka_unit_test(hangup_before_ack_waits_for_it),
        cmocka_unit_test(cancel_crosses),
        cmocka_unit_test(reject_and_hangup),
        cmocka_unit_test(what_is_not_secure_is_refused),
        cmocka_unit_test(a_body_of_parts),
        cmocka_unit_test(offerless_invite),
        cmocka_unit_test(a_change_of_the_session),
        cmocka_unit_test(requests_that_do_not_belong),
        cmocka_unit_test(too_many_calls),
        cmocka_unit_test(media_that_cannot_be_had),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua_callee", tests, NULL, NULL);
}
