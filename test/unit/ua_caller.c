/* SPDX-License-Identifier: Apache-2.0 */
/* Calls out: responses, forks, challenges, CANCEL, flows that die. */
#include "test/unit/call_kit.h"

static unsigned told(const struct kit *b, int state)
{
    return kit_count_events(b, SIPLOCK_EVENT_CALL_STATE, state);
}

static void a_call_is_made_and_ended(void **state)
{
    static struct kit b;
    struct sip_msg msg;

    (void)state;
    kit_register_well(&b);
    kit_call(&b, "sip:bob@example.test");
    msg = sent(&b, 0);
    assert_int_equal(msg.method, SIP_INVITE);
    assert_true(slice_eq(msg.uri.text, S("sip:bob@example.test")));
    assert_non_null(strstr(msg.body.p, "RTP/SAVP"));
    assert_null(strstr(msg.body.p, "RTP/AVP"));
    hear_response(&b, "100 Trying", NULL, "", NULL);
    hear_response(&b, "180 Ringing", "b1", "", NULL);
    hear_response(&b, "183 Session Progress", "b1", "", good_answer(&b));
    assert_int_equal(told(&b, SIPLOCK_CALL_RINGING), 1);
    assert_int_equal(told(&b, SIPLOCK_CALL_EARLY), 1);
    assert_int_equal(b.sets, 1);
    hear_response(&b, "200 OK", "b1", "", good_answer(&b));
    msg = sent(&b, 0);
    assert_int_equal(msg.method, SIP_ACK);
    assert_true(slice_eq(msg.uri.text, S("sip:bob@192.0.2.9:5061")));
    assert_int_equal(told(&b, SIPLOCK_CALL_ESTABLISHED), 1);
    assert_int_equal(b.suite, SDP_SUITE_AES_128_80);
    hear_response(&b, "200 OK", "b1", "", good_answer(&b)); /* again */
    assert_int_equal(sent(&b, 0).method, SIP_ACK);
    assert_int_equal(kit_wish(&b, UA_WISH_HANGUP, 0), 0);
    msg = sent(&b, 0);
    assert_int_equal(msg.method, SIP_BYE);
    assert_true(slice_eq(msg.to.tag, S("b1")));
    kit_answer(&b, "200 OK", "");
    assert_over(&b, CAUSE_none);
    kit_finish(&b);
}

/* The target as it is written; what the policy refuses is not called. */
static void targets(void **state)
{
    static const struct {
        const char *target, *uri, *contact;
    } good[] = {
        {"sip:bob@b.test;transport=tls?Subject=x",
         "sip:bob@b.test;transport=tls",
         "sip:alice@192.0.2.7:40000;transport=tls"},
        {"tel:+1-212-555", "sip:+1212555@example.test;user=phone",
         "sip:alice@192.0.2.7:40000;transport=tls"},
        {"sips:bob@b.test", "sips:bob@b.test", "sips:alice@192.0.2.7:40000"},
    };
    static struct kit b;
    struct sip_uri uri;
    enum policy_why why;

    (void)state;
    kit_register_well(&b);
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct sip_msg msg;

        kit_call(&b, good[i].target);
        msg = sent(&b, 0);
        assert_true(slice_eq(msg.uri.text, slice_cstr(good[i].uri)));
        assert_true(slice_eq(msg.to.uri.text, slice_cstr(good[i].uri)));
        assert_true(
            slice_eq(msg.contact->addr.uri.text, slice_cstr(good[i].contact)));
    }
    assert_int_equal(
        sip_uri_parse(&uri, S("sip:b@b.test;transport=udp"), NULL), 0);
    assert_int_equal(ua_core_call_start(
                         b.core, b.now,
                         &(struct ua_dial){99, KIT_ACCOUNT, &uri, NULL}, &why),
                     E_POLICY);
    assert_int_equal(why, POLICY_transport_udp);
    kit_finish(&b);
}

static void refusals(void **state)
{
    static const struct {
        const char *status;
        enum cause_code cause;
    } rows[] = {
        {"486 Busy Here", CAUSE_call_busy},
        {"603 Decline", CAUSE_call_declined},
        {"480 Gone", CAUSE_call_no_answer},
        {"404 Not Found", CAUSE_call_not_found},
        {"403 Forbidden", CAUSE_call_forbidden},
        {"488 No", CAUSE_call_not_acceptable},
        {"302 Moved", CAUSE_call_redirected},
        {"503 Down", CAUSE_call_server_error},
        {"420 Bad", CAUSE_call_refused},
    };
    static struct kit b;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sip_msg msg;

        kit_register_well(&b);
        kit_call(&b, "sip:bob@example.test");
        hear_response(&b, rows[i].status, "b1", "", NULL);
        msg = sent(&b, 0);
        assert_int_equal(msg.method, SIP_ACK);
        assert_true(slice_eq(msg.via->branch, our_invite(&b).via->branch));
        assert_int_equal(ua_core_counts(b.core).calls, 0);
        assert_over(&b, rows[i].cause);
        kit_finish(&b);
    }
}

/* The answer is refused: ACK and BYE, one event, no media. */
static void answers_that_are_not_secure(void **state)
{
    static const struct {
        const char *suite, *key, *plain;
        enum policy_why why;
    } rows[] = {
        {NULL, NULL, SDP_PLAIN, POLICY_rtp_avp},
        {NULL, NULL, SDP_HEAD "m=audio 4000 RTP/SAVP 8\r\n", POLICY_no_crypto},
        {"AES_CM_128_HMAC_SHA1_80", "echo", NULL, POLICY_key_echoed},
    };
    static struct kit b;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char key[64] = "";
        const char *body = rows[i].plain;

        kit_register_well(&b);
        kit_call(&b, "sip:bob@example.test");
        if (!body) { /* our own key comes back */
            const char *at = strstr(our_invite(&b).body.p,
                                    "AES_CM_128_HMAC_SHA1_80 inline:");

            memcpy(key, at + strlen("AES_CM_128_HMAC_SHA1_80 inline:"), 40);
            body = answer_to_offer(&b, rows[i].suite, key);
        }
        hear_response(&b, "200 OK", "b1", "", body);
        assert_int_equal(sent(&b, 1).method, SIP_ACK);
        assert_int_equal(sent(&b, 0).method, SIP_BYE);
        assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_POLICY_REFUSED)->why,
                         rows[i].why);
        assert_int_equal(b.sets, 0);
        kit_answer(&b, "200 OK", "");
        assert_over(&b, CAUSE_policy_refused);
        kit_finish(&b);
    }
}

static void cancel(void **state)
{
    static struct kit b;
    unsigned n;

    (void)state;
    kit_register_well(&b);
    kit_call(&b, "sip:bob@example.test");
    n = b.sents;
    assert_int_equal(kit_wish(&b, UA_WISH_HANGUP, 0), 0);
    assert_int_equal(b.sents, n); /* 9.1: not before a 1xx */
    hear_response(&b, "180 Ringing", "b1", "", NULL);
    assert_int_equal(sent(&b, 0).method, SIP_CANCEL);
    assert_true(slice_eq(sent(&b, 0).via->branch, our_invite(&b).via->branch));
    hear_response(&b, "487 Terminated", "b1", "", NULL);
    assert_int_equal(sent(&b, 0).method, SIP_ACK);
    assert_over(&b, CAUSE_none);
    kit_finish(&b);
    /* A 2xx that crossed it is acknowledged and ended. */
    kit_register_well(&b);
    kit_call(&b, "sip:bob@example.test");
    hear_response(&b, "180 Ringing", "b1", "", NULL);
    kit_wish(&b, UA_WISH_HANGUP, 0);
    hear_response(&b, "200 OK", "b1", "", good_answer(&b));
    assert_int_equal(sent(&b, 1).method, SIP_ACK);
    assert_int_equal(sent(&b, 0).method, SIP_BYE);
    assert_int_equal(told(&b, SIPLOCK_CALL_ESTABLISHED), 0);
    kit_answer(&b, "200 OK", "");
    assert_over(&b, CAUSE_none);
    kit_finish(&b);
    /* And if no final response comes, it is given up. */
    kit_register_well(&b);
    kit_call(&b, "sip:bob@example.test");
    hear_response(&b, "180 Ringing", "b1", "", NULL);
    kit_wish(&b, UA_WISH_HANGUP, 0);
    assert_over(&b, CAUSE_none);
    kit_finish(&b);
}

/* Three ring, two have sound, two answer: the first one wins. */
static void forks(void **state)
{
    static struct kit b;
    struct sip_msg msg;

    (void)state;
    kit_register_well(&b);
    kit_call(&b, "sip:bob@example.test");
    hear_response(&b, "180 Ringing", "b1", "", NULL);
    hear_response(&b, "183 Progress", "b2", "", good_answer(&b));
    hear_response(&b, "183 Progress", "b3", "", good_answer(&b));
    assert_int_equal(b.sets, 1);
    hear_response(&b, "200 OK", "b3", "",
                  answer_to_offer(&b, "AES_256_CM_HMAC_SHA1_80",
                                  "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0e"
                                  "HyAhIiMkJSYnKCkqKywtLg=="));
    assert_int_equal(told(&b, SIPLOCK_CALL_ESTABLISHED), 1);
    assert_int_equal(b.sets, 2);
    assert_int_equal(b.suite, SDP_SUITE_AES_256_80);
    hear_response(&b, "200 OK", "b1", "", good_answer(&b));
    assert_int_equal(sent(&b, 1).method, SIP_ACK);
    msg = sent(&b, 0);
    assert_int_equal(msg.method, SIP_BYE);
    assert_true(slice_eq(msg.to.tag, S("b1")));
    kit_answer(&b, "200 OK", "");
    assert_int_equal(told(&b, SIPLOCK_CALL_ENDED), 0);
    kit_wish(&b, UA_WISH_HANGUP, 0);
    assert_true(slice_eq(sent(&b, 0).to.tag, S("b3")));
    kit_answer(&b, "200 OK", "");
    assert_over(&b, CAUSE_none);
    kit_finish(&b);
}

/* A late 2xx after the last event still gets its ACK and its BYE. */
static void late_2xx_after_the_end(void **state)
{
    static struct kit b;

    (void)state;
    made_call(&b);
    kit_wish(&b, UA_WISH_HANGUP, 0);
    kit_answer(&b, "200 OK", "");
    assert_int_equal(
        kit_count_events(&b, SIPLOCK_EVENT_CALL_ENDED, SIPLOCK_CALL_ENDED), 1);
    hear_response(&b, "200 OK", "b9", "", good_answer(&b));
    assert_int_equal(sent(&b, 1).method, SIP_ACK);
    assert_int_equal(sent(&b, 0).method, SIP_BYE);
    kit_answer(&b, "200 OK", "");
    assert_over(&b, CAUSE_none);
    kit_finish(&b);
}

#define PROXY(realm, nonce)                                              \
    "Proxy-Authenticate: Digest realm=\"" realm "\",nonce=\"" nonce "\"" \
    ",algorithm=SHA-256,qop=\"auth\"\r\n"

static void challenges(void **state)
{
    static struct kit b;
    struct sip_msg msg;

    (void)state;
    kit_register_well(&b);
    kit_call(&b, "sip:bob@example.test");
    hear_response(&b, "407 Auth", "p", PROXY("example.test", "n2"), NULL);
    msg = sent(&b, 0);
    assert_int_equal(msg.method, SIP_INVITE);
    assert_int_equal(msg.cseq.num, 2);
    assert_non_null(msg.credentials);
    assert_int_equal(sent(&b, 1).method, SIP_ACK);
    hear_response(&b, "200 OK", "b1", "", good_answer(&b));
    msg = sent(&b, 0);
    assert_int_equal(msg.method, SIP_ACK);
    assert_int_equal(msg.cseq.num, 2);
    assert_non_null(msg.credentials); /* 13.2.2.4 */
    kit_wish(&b, UA_WISH_HANGUP, 0);
    msg = sent(&b, 0);
    assert_int_equal(msg.method, SIP_BYE);
    kit_answer(&b, "407 Auth", PROXY("example.test", "n3"));
    assert_int_equal(sent(&b, 0).method, SIP_BYE);
    assert_int_equal(sent(&b, 0).cseq.num, msg.cseq.num + 1);
    assert_non_null(sent(&b, 0).credentials);
    kit_answer(&b, "200 OK", "");
    assert_over(&b, CAUSE_none);
    kit_finish(&b);
    /* a foreign realm, and one that never ends. */
    kit_register_well(&b);
    kit_call(&b, "sip:bob@example.test");
    hear_response(&b, "407 Auth", "p", PROXY("evil.test", "n2"), NULL);
    assert_int_equal(sent(&b, 0).method, SIP_ACK);
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_POLICY_REFUSED)->why,
                     POLICY_digest_realm);
    assert_over(&b, CAUSE_auth_unknown_realm);
    kit_finish(&b);
    kit_register_well(&b);
    kit_call(&b, "sip:bob@example.test");
    hear_response(&b, "407 Auth", "p", PROXY("example.test", "n2"), NULL);
    hear_response(&b, "407 Auth", "p", PROXY("example.test", "n3"), NULL);
    assert_int_equal(sent(&b, 0).method, SIP_ACK);
    assert_over(&b, CAUSE_auth_wrong_password);
    kit_finish(&b);
}

/* Without registration the app is asked for the password. */
static void password_is_asked_for(void **state)
{
    static struct kit b;

    (void)state;
    for (int good = 0; good < 2; good++) {
        kit_start(&b, &(struct siplock_account_config){.no_register = 1});
        b.password = good ? "open sesame" : "";
        kit_call(&b, "sip:bob@example.test");
        assert_int_equal(b.sents, 0); /* the flow is being dialled */
        assert_int_equal(b.dials, 1);
        kit_up(&b);
        kit_pull(&b);
        hear_response(&b, "407 Auth", "p", PROXY("example.test", "n"), NULL);
        assert_int_equal(b.asked, 1);
        if (good) {
            assert_int_equal(sent(&b, 0).method, SIP_INVITE);
            hear_response(&b, "486 Busy", "b", "", NULL);
        }
        assert_over(&b, good ? CAUSE_call_busy : CAUSE_auth_no_credentials);
        kit_finish(&b);
    }
}

static void down(struct kit *b, enum cause_code code)
{
    struct cause cause;

    cause_set(&cause, code);
    b->up = false;
    ua_core_flow_down(b->core, b->now, b->flow, &cause);
    kit_pull(b);
}

/* The call lives on its media; a BYE waits for the flow to come back. */
static void the_flow_dies_in_a_call(void **state)
{
    static struct kit b;
    unsigned n;

    (void)state;
    made_call(&b);
    kit_wait_ms(&b, 20000);
    down(&b, CAUSE_connect_reset);
    assert_int_equal(told(&b, SIPLOCK_CALL_ENDED), 0);
    assert_int_equal(b.closes, 0);
    assert_int_equal(b.dials, 2);
    kit_wish(&b, UA_WISH_HANGUP, 0);
    assert_int_equal(told(&b, SIPLOCK_CALL_ENDED), 1);
    assert_int_equal(b.closes, 1);
    n = b.sents;
    kit_up(&b);
    kit_pull(&b);
    assert_true(b.sents >= n + 2); /* REGISTER and BYE */
    assert_int_equal(sent(&b, 0).method, SIP_BYE);
    kit_answer(&b, "200 OK", "");
    assert_over(&b, CAUSE_none);
    kit_finish(&b);
}

static void the_flow_dies_before_the_answer(void **state)
{
    static struct kit b;

    (void)state;
    kit_register_well(&b);
    kit_wait_ms(&b, 20000);
    kit_call(&b, "sip:bob@example.test");
    hear_response(&b, "180 Ringing", "b1", "", NULL);
    down(&b, CAUSE_connect_reset);
    assert_over(&b, CAUSE_connect_reset);
    kit_finish(&b);
}

static void no_flow_no_call(void **state)
{
    static struct kit b;

    (void)state;
    kit_start(&b, &(struct siplock_account_config){.no_register = 1});
    kit_call(&b, "sip:bob@example.test");
    down(&b, CAUSE_cert_expired);
    assert_over(&b, CAUSE_cert_expired);
    kit_finish(&b);
}

static void nobody_answers(void **state)
{
    static struct kit b;

    (void)state;
    kit_register_well(&b);
    kit_call(&b, "sip:bob@example.test");
    kit_wait_ms(&b, 32000); /* timer B */
    assert_over(&b, CAUSE_call_timeout);
    kit_finish(&b);
}

/* Removed in the middle of everything. */
static void the_account_goes(void **state)
{
    static struct kit b;

    (void)state;
    made_call(&b);
    assert_int_equal(ua_core_account_remove(b.core, b.now, KIT_ACCOUNT), 0);
    kit_pull(&b);
    assert_int_equal(sent(&b, 1).method, SIP_BYE);
    assert_int_equal(sent(&b, 0).method, SIP_REGISTER);
    kit_answer(&b, "200 OK", "");
    assert_int_equal(b.forgets, 1);
    assert_int_equal(
        kit_count_events(&b, SIPLOCK_EVENT_CALL_ENDED, SIPLOCK_CALL_ENDED), 1);
    assert_int_equal(ua_core_counts(b.core).calls, 0);
    assert_int_equal(ua_core_counts(b.core).timers, 0);
    kit_finish(&b);
}

/* Without a registration the flow stays for what a call has to say yet: until
 * it is said, or for a second. */
static void the_account_lingers(void **state)
{
    static const struct siplock_account_config config = {.no_register = 1};
    static struct kit b;

    (void)state;
    for (int said = 0; said < 2; said++) {
        kit_start(&b, &config);
        kit_call(&b, "sip:bob@example.test");
        kit_up(&b);
        kit_pull(&b);
        hear_response(&b, "180 Ringing", "b1", "", NULL);
        assert_int_equal(ua_core_account_remove(b.core, b.now, KIT_ACCOUNT),
                         0);
        kit_pull(&b);
        assert_int_equal(sent(&b, 0).method, SIP_CANCEL);
        assert_int_equal(b.hangups, 0);
        kit_answer(&b, "200 OK", ""); /* says nothing (9.1) */
        assert_int_equal(b.hangups, 0);
        if (said) {
            hear_response(&b, "487 Terminated", "b1", "", NULL);
            assert_int_equal(sent(&b, 0).method, SIP_ACK);
            assert_int_equal(b.hangups, 0); /* not before the ACK is out */
            kit_wait_ms(&b, 0);
        } else {
            kit_wait_ms(&b, 999);
            assert_int_equal(b.hangups, 0);
            kit_wait_ms(&b, 1);
        }
        assert_int_equal(b.hangups, 1);
        assert_int_equal(b.forgets, 1);
        assert_int_equal(ua_core_counts(b.core).calls, 0);
        assert_int_equal(ua_core_counts(b.core).timers, 0);
        kit_finish(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_made_and_ended),
        cmocka_unit_test(targets),
        cmocka_unit_test(refusals),
        cmocka_unit_test(answers_that_are_not_secure),
        cmocka_unit_test(cancel),
        cmocka_unit_test(forks),
        cmocka_unit_test(late_2xx_after_the_end),
        cmocka_unit_test(challenges),
        cmocka_unit_test(password_is_asked_for),
        cmocka_unit_test(the_flow_dies_in_a_call),
        cmocka_unit_test(the_flow_dies_before_the_answer),
        cmocka_unit_test(no_flow_no_call),
        cmocka_unit_test(nobody_answers),
        cmocka_unit_test(the_account_goes),
        cmocka_unit_test(the_account_lingers),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua_caller", tests, NULL, NULL);
}
