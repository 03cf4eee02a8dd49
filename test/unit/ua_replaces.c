/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that take another one's place (RFC 3891), or name one (RFC 4538). */
#include "test/unit/transfer_kit.h"

/* carol's INVITE. */
static void replacing(struct kit *b, const char *lines, const char *body)
{
    char text[4096];

    snprintf(text, sizeof(text),
             "INVITE sip:alice@192.0.2.7:40000 SIP/2.0\r\n"
             "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK%u\r\n"
             "From: <sip:carol@example.test>;tag=carols\r\n"
             "To: <sip:alice@example.test>\r\nCall-ID: n%u\r\n"
             "CSeq: 1 INVITE\r\nMax-Forwards: 70\r\n"
             "Contact: <sip:carol@192.0.2.9:5061>\r\n%s%s"
             "Content-Length: %zu\r\n\r\n%s",
             b->sents, b->sents, lines,
             *body ? "Content-Type: application/sdp\r\n" : "", strlen(body),
             body);
    kit_hear(b, text);
}

static void a_call_is_taken_over(void **state)
{
    struct kit b;
    char tag[64], lines[256];

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    snprintf(lines, sizeof(lines),
             "Replaces: c1;to-tag=%s;from-tag=bobs\r\n"
             "Require: replaces\r\n",
             tag);
    replacing(&b, lines, SDP_OFFER);
    assert_int_equal(count(&b, "SIP/2.0 200 OK"), 2);
    assert_int_equal(count(&b, "BYE sip:bob@192.0.2.9:5061"), 1);
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_CALL_ENDED)->cause,
                     CAUSE_call_replaced);
    assert_int_equal(
        kit_count_events(&b, SIPLOCK_EVENT_CALL_STATE, SIPLOCK_CALL_RINGING),
        2);
    kit_finish(&b);
}

/* The session description that the class of the old call does not allow. */
#define SDP_WEAK                            \
    SDP_HEAD "m=audio 40000 RTP/SAVP 8\r\n" \
             "a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:" SDP_KEY "\r\n"

static void a_weaker_call_is_not(void **state)
{
    struct kit b;
    char tag[64], lines[256];

    (void)state;
    kit_register_as(&b, &(struct siplock_account_config){
                            .level = SIPLOCK_LEVEL_LEGACY_PBX});
    take_call(&b, tag, sizeof(tag));
    snprintf(lines, sizeof(lines), "Replaces: c1;to-tag=%s;from-tag=bobs\r\n",
             tag);
    replacing(&b, lines, SDP_WEAK);
    assert_int_equal(last_status(&b), 488);
    assert_int_equal(count(&b, "BYE "), 0); /* and the old one goes on */
    replacing(&b, "", SDP_WEAK);            /* alone it may be so weak */
    assert_int_equal(last_status(&b), 100);
    replacing(&b, lines, SDP_OFFER); /* the control */
    assert_int_equal(count(&b, "BYE "), 1);
    kit_finish(&b);
}

static void replaces_that_do_not_match(void **state)
{
    static const struct {
        const char *value;
        unsigned status;
    } bad[] = {
        {"c1;to-tag=%s;from-tag=eve", 481},
        {"c2;to-tag=%s;from-tag=bobs", 481},
        {"c1;to-tag=bobs;from-tag=%s", 481},
        {"c1;to-tag=%s", 400},
        {"c1;to-tag=%s;from-tag=bobs;early-only", 486},
    };
    struct kit b;
    char tag[64], value[128], lines[256];

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(value, sizeof(value), bad[i].value, tag);
        snprintf(lines, sizeof(lines), "Replaces: %s\r\n", value);
        replacing(&b, lines, SDP_OFFER);
        assert_int_equal(last_status(&b), bad[i].status);
    }
    assert_int_equal(count(&b, "BYE "), 0);
    /* One that has ended and is still there for the wire's sake: 603. */
    assert_int_equal(kit_wish(&b, UA_WISH_HANGUP, 0), 0);
    snprintf(lines, sizeof(lines), "Replaces: c1;to-tag=%s;from-tag=bobs\r\n",
             tag);
    replacing(&b, lines, SDP_OFFER);
    assert_int_equal(last_status(&b), 603);
    kit_finish(&b);
}

/* An early dialog only where we are the caller. */
static void early_dialogs(void **state)
{
    struct kit b;
    struct sip_msg msg;
    char tag[64], lines[256];

    (void)state;
    kit_register_well(&b);
    hear_invite(&b, SDP_OFFER);
    assert_int_equal(kit_wish(&b, UA_WISH_RING, 0), 0);
    our_tag(&b, tag, sizeof(tag));
    snprintf(lines, sizeof(lines), "Replaces: c1;to-tag=%s;from-tag=bobs\r\n",
             tag);
    replacing(&b, lines, SDP_OFFER);
    assert_int_equal(last_status(&b), 481);
    kit_call(&b, "sip:dave@example.test");
    hear_response(&b, "180 Ringing", "daves", "", NULL);
    msg = our_invite(&b);
    snprintf(lines, sizeof(lines),
             "Replaces: %.*s;to-tag=%.*s;from-tag=daves;early-only\r\n",
             (int)msg.call_id.n, msg.call_id.p, (int)msg.from.tag.n,
             msg.from.tag.p);
    replacing(&b, lines, SDP_OFFER);
    assert_int_equal(count(&b, "CANCEL "), 1);
    assert_int_equal(count(&b, "SIP/2.0 200 OK"), 1);
    kit_finish(&b);
}

/* A call that says what it belongs to is a call of its own. */
static void target_dialog(void **state)
{
    struct kit b;
    char tag[64], lines[256];

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    snprintf(lines, sizeof(lines),
             "Target-Dialog: c1;local-tag=%s;remote-tag=bobs\r\n"
             "Require: tdialog\r\n",
             tag);
    replacing(&b, lines, SDP_OFFER);
    assert_int_equal(count(&b, "SIP/2.0 200 OK"), 1);
    assert_int_equal(count(&b, "BYE "), 0);
    assert_int_equal(
        kit_count_events(&b, SIPLOCK_EVENT_CALL_STATE, SIPLOCK_CALL_RINGING),
        2);
    kit_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_taken_over),
        cmocka_unit_test(a_weaker_call_is_not),
        cmocka_unit_test(replaces_that_do_not_match),
        cmocka_unit_test(early_dialogs),
        cmocka_unit_test(target_dialog),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua_replaces", tests, NULL, NULL);
}
