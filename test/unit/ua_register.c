/* SPDX-License-Identifier: Apache-2.0 */
/* Registration and keep-alive against a scripted server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sip/base/err.h"
#include "test/core_kit.h"
#include "tls/crypto.h"
#include "ua/account.h"

/* ------------------------------------------------------- registration */

static void what_a_register_says(void **state)
{
    static struct kit b;
    struct sip_msg msg;

    (void)state;
    kit_begin(&b);
    msg = kit_last(&b);
    assert_int_equal(msg.method, SIP_REGISTER);
    assert_true(slice_eq(msg.uri.text, S("sip:example.test")));
    assert_true(slice_eq(msg.via->transport, S("TLS")));
    assert_null(msg.via->next);
    assert_true(slice_eq(msg.contact->addr.uri.text,
                         S("sip:alice@192.0.2.7:40000;transport=tls")));
    assert_true(msg.call_id.n >= 32); /* 128 random bits (hazard A-34) */
    assert_true(msg.from.tag.n >= 32);
    assert_int_equal(msg.expires, 3600);
    assert_null(msg.credentials);
    kit_answer(&b, "401 Unauthorized", SHA);
    assert_int_equal(b.asked, 1);
    msg = kit_last(&b);
    assert_non_null(msg.credentials);
    assert_true(slice_eq(msg.credentials->nc, S("00000001")));
    assert_int_equal(msg.cseq.num, 2);
    kit_answer(&b, "200 OK", OK_CONTACT);
    assert_int_equal(kit_reg_state(&b), SIPLOCK_REGISTER_REGISTERED);
    assert_int_equal(b.event[b.events - 1].expires, 600);
    /* Refreshed between 80 and 90 % of the time; credentials in advance. */
    for (int i = 0; i < 60 && kit_last(&b).cseq.num == 2; i++) {
        kit_wait_ms(&b, 10000);
        kit_hear(&b, "\r\n"); /* pongs */
    }
    msg = kit_last(&b);
    assert_int_equal(msg.cseq.num, 3);
    assert_true(slice_eq(msg.credentials->nc, S("00000002")));
    assert_true(b.now.boot - 1000 >= 480000 && b.now.boot <= 551000);
    kit_finish(&b);
}

/* A server that does not know the password is told of, not refused. */
static void wrong_rspauth(void **state)
{
    static struct kit b;

    (void)state;
    kit_begin(&b);
    kit_answer(&b, "401 Unauthorized", SHA);
    kit_answer(&b, "200 OK",
               OK_CONTACT "Authentication-Info: qop=auth, nc=00000001, "
                          "cnonce=\"x\", rspauth=\"00\"\r\n");
    assert_int_equal(kit_reg_state(&b), SIPLOCK_REGISTER_REGISTERED);
    assert_string_equal(kit_last_event(&b, SIPLOCK_EVENT_NOTICE)->notice,
                        "rspauth_wrong");
    kit_finish(&b);
}

static void wrong_password(void **state)
{
    static struct kit b;

    (void)state;
    kit_begin(&b);
    kit_answer(&b, "401 Unauthorized", SHA);
    kit_answer(
        &b, "401 Unauthorized",
        CHALLENGE("example.test", "n2", ",algorithm=SHA-256,qop=\"auth\""));
    assert_int_equal(kit_reg_state(&b), SIPLOCK_REGISTER_FAILED);
    assert_int_equal(kit_reg_cause(&b), CAUSE_auth_wrong_password);
    assert_true(kit_last_event(&b, SIPLOCK_EVENT_REGISTER_STATE)->retry_ms <
                0);
    assert_int_equal(b.sents, 2);
    assert_int_equal(b.hangups, 1);
    kit_finish(&b);
}

/* Stale is not wrong (the control), but it may not go on for ever. */
static void stale_for_ever(void **state)
{
    static struct kit b;

    (void)state;
    kit_begin(&b);
    kit_answer(&b, "401 Unauthorized", SHA);
    kit_answer(&b, "401 Unauthorized",
               CHALLENGE("example.test", "n2",
                         ",algorithm=SHA-256,qop=\"auth\",stale=true"));
    assert_int_equal(b.sents, 3); /* two challenges a request */
    kit_answer(&b, "401 Unauthorized",
               CHALLENGE("example.test", "n3",
                         ",algorithm=SHA-256,qop=\"auth\",stale=true"));
    assert_int_equal(b.sents, 3);
    assert_int_equal(kit_reg_state(&b), SIPLOCK_REGISTER_FAILED);
    kit_finish(&b);
}

static void foreign_realm(void **state)
{
    static struct kit b;
    const struct siplock_account_config config = {.realm = "example.test"};

    (void)state;
    kit_start(&b, &config);
    kit_up(&b);
    kit_pull(&b);
    kit_answer(&b, "401 Unauthorized",
               CHALLENGE("evil.test", "n", ",algorithm=SHA-256,qop=\"auth\""));
    assert_int_equal(b.sents, 1); /* no digest for a stranger */
    assert_int_equal(b.asked, 0);
    assert_int_equal(kit_reg_cause(&b), CAUSE_auth_unknown_realm);
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_POLICY_REFUSED)->why,
                     POLICY_digest_realm);
    kit_finish(&b);
}

/* At modern MD5 and a missing qop are refused; at strict told. */
static void weak_digests(void **state)
{
    static const char *const weak[] = {
        CHALLENGE("example.test", "n", ",algorithm=MD5,qop=\"auth\""),
        CHALLENGE("example.test", "n", ",algorithm=SHA-256")};
    static const enum policy_why why[] = {POLICY_digest_md5,
                                          POLICY_digest_no_qop};
    static const char *const told[] = {"digest_md5", "digest_no_qop"};
    static struct kit b;
    struct siplock_account_config config = {0};

    (void)state;
    for (int i = 0; i < 2; i++) {
        config.level = SIPLOCK_LEVEL_MODERN;
        kit_start(&b, &config);
        kit_up(&b);
        kit_pull(&b);
        kit_answer(&b, "401 Unauthorized", weak[i]);
        assert_int_equal(b.sents, 1);
        assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_POLICY_REFUSED)->why,
                         why[i]);
        kit_finish(&b);
        config.level = SIPLOCK_LEVEL_STRICT;
        kit_start(&b, &config);
        kit_up(&b);
        kit_pull(&b);
        kit_answer(&b, "401 Unauthorized", weak[i]);
        kit_answer(&b, "200 OK", OK_CONTACT);
        assert_int_equal(kit_reg_state(&b), SIPLOCK_REGISTER_REGISTERED);
        assert_string_equal(kit_last_event(&b, SIPLOCK_EVENT_NOTICE)->notice,
                            told[i]);
        kit_finish(&b);
    }
}

static void no_password(void **state)
{
    static struct kit b;

    (void)state;
    kit_begin(&b);
    b.password = NULL;
    kit_answer(&b, "401 Unauthorized", SHA);
    assert_int_equal(kit_reg_cause(&b), CAUSE_auth_no_credentials);
    kit_finish(&b);
}

static void refusals_have_causes(void **state)
{
    static const struct {
        const char *status;
        enum cause_code cause;
        bool again; /* it is tried again by itself, soon */
    } rows[] = {
        {"403 Forbidden", CAUSE_reg_forbidden, false},
        {"404 Not Found", CAUSE_reg_not_found, false},
        {"405 Method Not Allowed", CAUSE_reg_refused, false},
        {"408 Request Timeout", CAUSE_reg_timeout, true},
        {"480 Temporarily Unavailable", CAUSE_reg_server_error, true},
        {"500 Server Error", CAUSE_reg_server_error, true},
        {"503 Service Unavailable", CAUSE_reg_server_error, true},
        {"603 Decline", CAUSE_reg_refused, false},
        {"302 Moved", CAUSE_reg_refused, false},
    };
    static struct kit b;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        kit_begin(&b);
        kit_answer(&b, rows[i].status, "");
        assert_int_equal(kit_reg_state(&b), SIPLOCK_REGISTER_FAILED);
        assert_int_equal(kit_reg_cause(&b), rows[i].cause);
        kit_wait_ms(&b, 2500);
        assert_int_equal(b.sents, rows[i].again ? 2 : 1);
        kit_finish(&b);
    }
}

static void redirects_are_not_followed(void **state)
{
    static struct kit b;

    (void)state;
    kit_begin(&b);
    kit_answer(&b, "302 Moved", "Contact: <sip:evil.test;transport=udp>\r\n");
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_POLICY_REFUSED)->why,
                     POLICY_redirect_outside_domain);
    assert_int_equal(b.dials, 1);
    kit_finish(&b);
}

static void retry_after_is_kept(void **state)
{
    static struct kit b;

    (void)state;
    kit_begin(&b);
    kit_answer(&b, "503 Busy", "Retry-After: 120\r\n");
    kit_wait_ms(&b, 119000);
    kit_hear(&b, "\r\n");
    assert_int_equal(kit_last(&b).cseq.num, 1);
    kit_wait_ms(&b, 2000);
    assert_int_equal(kit_last(&b).cseq.num, 2);
    kit_finish(&b);
}

static void interval_too_brief(void **state)
{
    static struct kit b;
    const struct siplock_account_config config = {.expires = 60};

    (void)state;
    kit_start(&b, &config);
    kit_up(&b);
    kit_pull(&b);
    kit_answer(&b, "423 Interval Too Brief", "Min-Expires: 900\r\n");
    assert_int_equal(kit_last(&b).expires, 900);
    kit_answer(&b, "423 Interval Too Brief", "Min-Expires: 1900\r\n");
    assert_int_equal(kit_reg_cause(&b), CAUSE_reg_interval_too_brief);
    kit_finish(&b);
    kit_start(&b, &config);
    kit_up(&b);
    kit_pull(&b);
    kit_answer(&b, "423 Interval Too Brief", "Min-Expires: 4000000000\r\n");
    assert_int_equal(kit_reg_cause(&b), CAUSE_reg_interval_too_brief);
    kit_finish(&b);
}

static void no_answer(void **state)
{
    static struct kit b;

    (void)state;
    kit_begin(&b);
    for (int i = 0; i < 33; i++) {
        kit_wait_ms(&b, 1000);
        kit_hear(&b, "\r\n");
    }
    assert_int_equal(kit_reg_cause(&b), CAUSE_reg_timeout);
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_REGISTER_STATE)->status,
                     408);
    kit_finish(&b);
}

static void unregisters(void **state)
{
    static struct kit b;

    (void)state;
    kit_register_well(&b);
    assert_int_equal(ua_core_account_remove(b.core, b.now, KIT_ACCOUNT), 0);
    kit_pull(&b);
    assert_int_equal(kit_last(&b).expires, 0);
    assert_int_equal(b.forgets, 0);
    kit_answer(&b, "200 OK", "");
    assert_int_equal(kit_reg_state(&b), SIPLOCK_REGISTER_ENDED);
    assert_int_equal(b.forgets, 1);
    assert_int_equal(ua_core_account_remove(b.core, b.now, KIT_ACCOUNT),
                     E_GONE);
    assert_int_equal(ua_core_counts(b.core).timers, 0);
    kit_finish(&b);
    kit_register_well(&b); /* and when nobody answers */
    (void)ua_core_account_remove(b.core, b.now, KIT_ACCOUNT);
    kit_pull(&b);
    kit_wait_ms(&b, 1600);
    assert_int_equal(kit_reg_state(&b), SIPLOCK_REGISTER_ENDED);
    assert_int_equal(b.forgets, 1);
    kit_finish(&b);
}

/* -------------------------------------------------------- keep-alive */

static void pings_and_pongs(void **state)
{
    static struct kit b;
    unsigned n;

    (void)state;
    kit_register_well(&b);
    kit_wait_ms(&b, 16000);
    assert_string_equal(b.sent[b.sents - 1], "\r\n\r\n");
    kit_hear(&b, "\r\n");
    kit_wait_ms(&b, 11000);
    assert_int_equal(b.hangups, 0); /* the control: it lives */
    kit_wait_ms(&b, 110000);
    assert_string_equal(b.sent[b.sents - 1], "\r\n\r\n");
    kit_wait_ms(&b, 11000); /* no pong, though this edge has sent one before */
    assert_int_equal(b.hangups, 1);
    assert_int_equal(b.dials, 2); /* at once */
    kit_finish(&b);
    kit_register_well(&b); /* their pings: answered, within reason */
    n = b.sents;
    for (int i = 0; i < 30; i++)
        kit_hear(&b, "\r\n\r\n");
    assert_int_equal(b.sents - n, 20);
    kit_finish(&b);
}

/* An edge that never answers CRLF is asked with OPTIONS. */
static void probes_when_no_pong(void **state)
{
    static struct kit b;

    (void)state;
    kit_register_well(&b);
    kit_wait_ms(&b, 16000);
    kit_wait_ms(&b, 11000);
    assert_int_equal(kit_last(&b).method, SIP_OPTIONS);
    kit_answer(&b, "404 Not Found", ""); /* any answer shows life */
    kit_wait_ms(&b, 33000);
    assert_int_equal(b.hangups, 0);
    for (int i = 0; i < 200 && b.hangups == 0; i++)
        kit_wait_ms(&b, 1000);
    assert_int_equal(b.hangups, 1); /* no answer: dead */
    assert_int_equal(b.dials, 2);
    kit_finish(&b);
}

static void a_reset_is_mended_at_once(void **state)
{
    static struct kit b;
    struct cause cause;

    (void)state;
    kit_register_well(&b);
    kit_wait_ms(&b, 15500);
    kit_hear(&b, "\r\n");
    cause_set(&cause, CAUSE_connect_reset);
    b.up = false;
    ua_core_flow_down(b.core, b.now, b.flow, &cause);
    kit_pull(&b);
    assert_int_equal(b.dials, 2);
    assert_int_equal(kit_reg_state(&b), SIPLOCK_REGISTER_TRYING);
    kit_up(&b);
    kit_pull(&b);
    assert_non_null(kit_last(&b).credentials); /* in advance */
    kit_answer(&b, "200 OK", OK_CONTACT);
    assert_int_equal(kit_reg_state(&b), SIPLOCK_REGISTER_REGISTERED);
    kit_finish(&b);
}

/* Registered and hung up on, again and again: no storm. */
static void a_server_that_hangs_up_is_not_stormed(void **state)
{
    static struct kit b;
    struct cause cause;

    (void)state;
    kit_register_well(&b);
    cause_set(&cause, CAUSE_connect_reset);
    for (int i = 0; i < 20; i++) {
        if (!b.up)
            break;
        b.up = false;
        ua_core_flow_down(b.core, b.now, b.flow, &cause);
        kit_pull(&b);
        if (b.dials == (unsigned)i + 2) {
            kit_up(&b);
            kit_pull(&b);
            kit_answer(&b, "200 OK", OK_CONTACT);
        }
    }
    assert_int_equal(b.dials, 2); /* one at once, then back-off */
    assert_int_equal(kit_reg_state(&b), SIPLOCK_REGISTER_TRYING);
    kit_wait_ms(&b, 4000);
    assert_int_equal(b.dials, 3);
    kit_finish(&b);
}

/* A refresh does not show: who is registered stays so until the answer. */
static void a_refresh_is_silent(void **state)
{
    static struct kit b;
    unsigned events;

    (void)state;
    kit_register_well(&b);
    events = b.events;
    assert_int_equal(ua_core_account_refresh(b.core, b.now, KIT_ACCOUNT), 0);
    kit_pull(&b);
    assert_int_equal(b.events, events);
    kit_answer(&b, "200 OK", OK_CONTACT);
    assert_int_equal(b.events, events + 1);
    assert_int_equal(kit_reg_state(&b), SIPLOCK_REGISTER_REGISTERED);
    kit_finish(&b);
}

static void trust_failures_stop(void **state)
{
    static struct kit b;
    struct cause cause;

    (void)state;
    kit_start(&b, &(struct siplock_account_config){0});
    cause_set_facts(&cause, CAUSE_cert_expired, S("on 2020-01-01"));
    ua_core_flow_down(b.core, b.now, b.flow, &cause);
    kit_pull(&b);
    assert_int_equal(kit_reg_cause(&b), CAUSE_cert_expired);
    assert_int_equal(b.sents, 0);
    kit_wait_ms(&b, 200000);
    assert_int_equal(b.dials, 1);
    kit_wait_ms(&b, 200000); /* the server may have renewed it by now */
    assert_int_equal(b.dials, 2);
    kit_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_register_says),
        cmocka_unit_test(wrong_rspauth),
        cmocka_unit_test(wrong_password),
        cmocka_unit_test(stale_for_ever),
        cmocka_unit_test(foreign_realm),
        cmocka_unit_test(weak_digests),
        cmocka_unit_test(no_password),
        cmocka_unit_test(refusals_have_causes),
        cmocka_unit_test(redirects_are_not_followed),
        cmocka_unit_test(retry_after_is_kept),
        cmocka_unit_test(interval_too_brief),
        cmocka_unit_test(no_answer),
        cmocka_unit_test(unregisters),
        cmocka_unit_test(pings_and_pongs),
        cmocka_unit_test(probes_when_no_pong),
        cmocka_unit_test(a_reset_is_mended_at_once),
        cmocka_unit_test(a_server_that_hangs_up_is_not_stormed),
        cmocka_unit_test(a_refresh_is_silent),
        cmocka_unit_test(trust_failures_stop),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua_register", tests, NULL, NULL);
}
