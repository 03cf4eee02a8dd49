/* SPDX-License-Identifier: Apache-2.0 */
/* Re-INVITEs of ours: hold, resume, glare, refusal, a flow that is new. */
#include "test/unit/call_kit.h"

static const char *answer(struct kit *b, const char *dir)
{
    static char text[1200];

    snprintf(text, sizeof(text), "%sa=%s\r\n", good_answer(b), dir);
    return text;
}

static bool has(struct sip_msg msg, const char *text)
{
    return strstr(msg.body.p, text) != NULL;
}

static void hold_and_resume(void **state)
{
    static struct kit b;
    unsigned n;

    (void)state;
    made_call(&b);
    assert_int_equal(b.sets, 1);
    assert_false(b.media.mute_rx);
    n = b.sents;
    assert_int_equal(kit_wish(&b, UA_WISH_HOLD, 0), 0);
    assert_int_equal(b.sents, n + 1);
    assert_true(has(sent(&b, 0), "a=sendonly"));
    assert_int_equal(sent(&b, 0).cseq.num, 2);
    assert_true(slice_eq(sent(&b, 0).to.tag, S("b1")));
    assert_int_equal(kit_wish(&b, UA_WISH_HOLD, 0), 0); /* it is wanted */
    assert_int_equal(b.sents, n + 1);
    hear_response(&b, "100 Trying", NULL, "", NULL);
    hear_response(&b, "200 OK", NULL, "", answer(&b, "recvonly"));
    assert_int_equal(sent(&b, 0).method, SIP_ACK);
    assert_int_equal(sent(&b, 0).cseq.num, 2);
    assert_int_equal(b.sets, 2);
    assert_true(b.media.mute_rx);
    assert_false(b.media.mute_tx);
    hear_response(&b, "200 OK", NULL, "", answer(&b, "recvonly")); /* again */
    assert_int_equal(sent(&b, 0).method, SIP_ACK);
    assert_int_equal(b.sets, 2);
    assert_int_equal(kit_wish(&b, UA_WISH_RESUME, 0), 0);
    assert_true(has(sent(&b, 0), "a=sendrecv"));
    hear_response(&b, "200 OK", NULL, "", answer(&b, "sendrecv"));
    assert_int_equal(b.sets, 3);
    assert_false(b.media.mute_rx);
    hang_up(&b);
}

/* What is refused leaves the call as it was. */
static void a_hold_is_refused(void **state)
{
    static struct kit b;

    (void)state;
    made_call(&b);
    kit_wish(&b, UA_WISH_HOLD, 0);
    hear_response(&b, "488 No", NULL, "", NULL);
    assert_int_equal(sent(&b, 0).method, SIP_ACK);
    assert_string_equal(kit_last_event(&b, SIPLOCK_EVENT_NOTICE)->notice,
                        "change_refused");
    assert_int_equal(b.sets, 1);
    assert_int_equal(
        kit_count_events(&b, SIPLOCK_EVENT_CALL_STATE, SIPLOCK_CALL_ENDED), 0);
    hang_up(&b);
}

/* 14.1: 491 is tried again; theirs is answered meanwhile. */
static void glare(void **state)
{
    static struct kit b;
    unsigned n;

    (void)state;
    made_call(&b);
    kit_wish(&b, UA_WISH_HOLD, 0);
    n = b.sents;
    hear_response(&b, "491 Pending", NULL, "", NULL);
    assert_int_equal(b.sents, n + 1); /* the ACK */
    kit_wait_ms(&b, 1999);
    assert_int_equal(b.sents, n + 1);
    kit_wait_ms(&b, 2001);
    assert_int_equal(b.sents, n + 2);
    assert_true(has(sent(&b, 0), "a=sendonly"));
    hear_response(&b, "200 OK", NULL, "", answer(&b, "recvonly"));
    assert_true(b.media.mute_rx);
    hang_up(&b);
}

/* Hazard P24: an answer in clear ends the call, and sends nothing. */
static void an_answer_that_lowers(void **state)
{
    static struct kit b;

    (void)state;
    made_call(&b);
    kit_wish(&b, UA_WISH_HOLD, 0);
    hear_response(&b, "200 OK", NULL, "", SDP_PLAIN);
    assert_int_equal(sent(&b, 1).method, SIP_ACK);
    assert_int_equal(sent(&b, 0).method, SIP_BYE);
    assert_int_equal(b.sets, 1);
    kit_answer(&b, "200 OK", "");
    assert_over(&b, CAUSE_policy_refused);
    kit_finish(&b);
}

static void the_dialog_is_no_more(void **state)
{
    static struct kit b;

    (void)state;
    made_call(&b);
    kit_wish(&b, UA_WISH_HOLD, 0);
    hear_response(&b, "481 Gone", NULL, "", NULL);
    assert_int_equal(sent(&b, 0).method, SIP_BYE);
    kit_answer(&b, "481 Gone", "");
    assert_over(&b, CAUSE_call_no_answer);
    kit_finish(&b);
}

/* The flow came back with another port: the peer is told our Contact. */
static void the_flow_is_another(void **state)
{
    static struct kit b;
    struct cause cause;
    struct sip_msg msg;

    (void)state;
    made_call(&b);
    kit_wait_ms(&b, 20000);
    cause_set(&cause, CAUSE_connect_reset);
    b.up = false;
    ua_core_flow_down(b.core, b.now, b.flow, &cause);
    kit_pull(&b);
    kit_up(&b);
    kit_pull(&b);
    msg = our_invite(&b);
    assert_int_equal(msg.cseq.num, 2);
    assert_non_null(msg.contact);
    assert_true(has(msg, "a=sendrecv"));
    hear_response(&b, "200 OK", NULL, "", answer(&b, "sendrecv"));
    assert_int_equal(sent(&b, 0).method, SIP_ACK);
    hang_up(&b);
}

/* Another interface: media moves there, and the peer is told. */
static void the_network_is_another(void **state)
{
    static struct kit b;
    struct sip_msg msg;

    (void)state;
    for (int held = 0; held < 2; held++) {
        made_call(&b);
        kit_wait_ms(&b, 20000);
        b.moved = 99;
        ua_core_net(b.core, b.now, UA_NET_CHANGED);
        kit_pull(&b);
        b.hold_media = held;
        kit_up(&b);
        kit_pull(&b);
        assert_int_equal(b.opens, 2);
        if (held) { /* the port cannot be had: the Contact still goes */
            kit_media(&b, MEDIA_EVENT_REFUSED);
            kit_pull(&b);
        }
        msg = our_invite(&b);
        assert_int_equal(msg.cseq.num, 2);
        assert_true(
            slice_eq(msg.contact->addr.uri.host.text, S("192.0.2.99")));
        assert_int_equal(has(msg, "c=IN IP4 192.0.2.99"), !held);
        hear_response(&b, "200 OK", NULL, "", answer(&b, "sendrecv"));
        hang_up(&b);
    }
}

static void a_challenge(void **state)
{
    static struct kit b;

    (void)state;
    made_call(&b);
    kit_wish(&b, UA_WISH_HOLD, 0);
    hear_response(&b, "407 Auth", NULL,
                  "Proxy-Authenticate: Digest realm=\"example.test\",nonce="
                  "\"n7\",algorithm=SHA-256,qop=\"auth\"\r\n",
                  NULL);
    assert_int_equal(sent(&b, 0).method, SIP_INVITE);
    assert_int_equal(sent(&b, 0).cseq.num, 3);
    assert_non_null(sent(&b, 0).credentials);
    hear_response(&b, "200 OK", NULL, "", answer(&b, "recvonly"));
    assert_non_null(sent(&b, 0).credentials);
    assert_true(b.media.mute_rx);
    hang_up(&b);
}

/* As callee, too. */
static void the_callee_holds(void **state)
{
    static struct kit b;
    char tag[64];

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    kit_wish(&b, UA_WISH_HOLD, 0);
    assert_true(slice_eq(sent(&b, 0).uri.text, S("sip:bob@192.0.2.9:5061")));
    assert_true(slice_eq(sent(&b, 0).to.tag, S("bobs")));
    hear_response(&b, "200 OK", NULL, "",
                  SDP_HEAD "m=audio 40000 RTP/SAVP 8\r\n" SDP_CRYPTO(
                      "1") "a=recvonly\r\n");
    assert_true(b.media.mute_rx);
    hear_request(
        &b, &(struct call_request){"BYE", "z9hG4bKb", tag, 2, NULL, NULL});
    assert_over(&b, CAUSE_none);
    kit_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hold_and_resume),
        cmocka_unit_test(a_hold_is_refused),
        cmocka_unit_test(glare),
        cmocka_unit_test(an_answer_that_lowers),
        cmocka_unit_test(the_dialog_is_no_more),
        cmocka_unit_test(the_flow_is_another),
        cmocka_unit_test(the_network_is_another),
        cmocka_unit_test(a_challenge),
        cmocka_unit_test(the_callee_holds),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua_change", tests, NULL, NULL);
}
