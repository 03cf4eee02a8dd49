/* SPDX-License-Identifier: Apache-2.0 */
/* UPDATE both ways, early and confirmed: the table, offers, glare. */
#include "test/unit/call_kit.h"
#include "ua/updatetable.h"

#define REL(n) "Require: 100rel\r\nRSeq: " n "\r\n"
#define ALLOW "Allow: INVITE, ACK, BYE, CANCEL, UPDATE, PRACK\r\n"
#define MOVED SDP_HEAD "m=audio 40004 RTP/SAVP 8\r\n" SDP_CRYPTO("1")

static bool is_request(int e)
{
    return e <= UA_UPDATE_EV_GOT_OFFER;
}

static bool is_response(int e)
{
    return e >= UA_UPDATE_EV_OK;
}

/* Each cell, said once more in another way. */
static void every_cell(void **state)
{
    const unsigned replies = UA_UPDATE_DO_ANSWER | UA_UPDATE_DO_JUDGE |
                             UA_UPDATE_DO_491 | UA_UPDATE_DO_500 |
                             UA_UPDATE_DO_481;

    (void)state;
    for (int s = 0; s < UA_UPDATE_STATE_COUNT; s++)
        for (int e = 0; e < UA_UPDATE_EVENT_COUNT; e++) {
            unsigned a = ua_update_step((enum ua_update_state)s,
                                        (enum ua_update_event)e);
            bool out = s == UA_UPDATE_SENT || s == UA_UPDATE_OFFERED;
            bool offer = e == UA_UPDATE_EV_GOT_OFFER;

            assert_int_not_equal(a, 0);
            /* A request gets one response, and nothing else does. */
            assert_int_equal((a & replies) != 0, is_request(e));
            assert_int_equal((a & replies) & ((a & replies) - 1), 0);
            assert_int_equal(
                (a & UA_UPDATE_DO_491) != 0,
                offer && (s == UA_UPDATE_OFFERED || s == UA_UPDATE_OURS));
            assert_int_equal((a & UA_UPDATE_DO_500) != 0,
                             offer && s == UA_UPDATE_THEIRS);
            assert_int_equal(
                (a & UA_UPDATE_DO_JUDGE) != 0,
                offer && (s == UA_UPDATE_QUIET || s == UA_UPDATE_SENT));
            /* One of ours at a time, an offer only when nobody waits. */
            assert_int_equal(
                (a & UA_UPDATE_DO_SEND) != 0,
                (e == UA_UPDATE_EV_WANT && !out && s != UA_UPDATE_OVER) ||
                    (e == UA_UPDATE_EV_WANT_OFFER && s == UA_UPDATE_QUIET));
            /* Responses count while one is out. */
            if (is_response(e))
                assert_int_equal(a == UA_UPDATE_DO_NOTHING, !out);
            assert_int_equal((a & UA_UPDATE_DO_TAKE) != 0,
                             out && e == UA_UPDATE_EV_OK);
            assert_int_equal((a & UA_UPDATE_DO_UNDO) != 0,
                             s == UA_UPDATE_OFFERED && is_response(e) &&
                                 e != UA_UPDATE_EV_OK);
            assert_int_equal((a & UA_UPDATE_DO_END) != 0,
                             out && e == UA_UPDATE_EV_GONE);
        }
}

static struct sip_msg hear_update(struct kit *b, const char *tag,
                                  const char *more, const char *body)
{
    static unsigned cseq = 50;
    char branch[32];

    snprintf(branch, sizeof(branch), "z9hG4bKu%u", ++cseq);
    hear_request(
        b, &(struct call_request){"UPDATE", branch, tag, cseq, more, body});
    return sent(b, 0);
}

/* A request of bob's within a call that alice made. */
static struct sip_msg they_update(struct kit *b, const char *tag,
                                  const char *contact, const char *body)
{
    static unsigned cseq = 1000;
    struct sip_msg msg = our_invite(b);
    char text[4096];
    size_t n = body ? strlen(body) : 0;

    snprintf(text, sizeof(text),
             "UPDATE sip:alice@192.0.2.7:40000 SIP/2.0\r\n"
             "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bKv%u\r\n"
             "From: %.*s;tag=%s\r\nTo: %.*s\r\nCall-ID: %.*s\r\n"
             "CSeq: %u UPDATE\r\nMax-Forwards: 70\r\nContact: <%s>\r\n"
             "%sContent-Length: %zu\r\n\r\n%s",
             cseq + 1, (int)msg.to.text.n, msg.to.text.p, tag,
             (int)msg.from.text.n, msg.from.text.p, (int)msg.call_id.n,
             msg.call_id.p, cseq + 1, contact,
             n ? "Content-Type: application/sdp\r\n" : "", n, n ? body : "");
    cseq++;
    kit_hear(b, text);
    return sent(b, 0);
}

/* As callee before the answer: their offer has none yet (500), ours has none
 * (491), and when both are done a change is taken. */
static void early_as_callee(void **state)
{
    static struct kit b;
    char tag[64], line[64];
    struct sip_msg msg;

    (void)state;
    kit_register_well(&b);
    hear_request(&b, &(struct call_request){"INVITE", "z9hG4bKi1", NULL, 1,
                                            "Require: 100rel\r\n" ALLOW,
                                            SDP_OFFER});
    kit_wish(&b, UA_WISH_RING, 0);
    our_tag(&b, tag, sizeof(tag));
    msg = hear_update(&b, tag, NULL, MOVED);
    assert_int_equal(msg.status, 500);
    assert_true(msg.retry_after <= 10);
    assert_int_equal(hear_update(&b, tag, NULL, NULL).status, 200);
    kit_wish(&b, UA_WISH_EARLY, 0); /* waits for the PRACK of the 180 */
    for (unsigned i = 0; i < b.sents; i++)
        if (sent(&b, i).status == 180) {
            snprintf(line, sizeof(line), "RAck: %u 1 INVITE\r\n",
                     sent(&b, i).rseq);
            break;
        }
    hear_request(&b, &(struct call_request){"PRACK", "z9hG4bKp1", tag, 2000,
                                            line, NULL});
    assert_int_equal(sent(&b, 0).status, 183);
    snprintf(line, sizeof(line), "RAck: %u 1 INVITE\r\n", sent(&b, 0).rseq);
    hear_request(&b, &(struct call_request){"PRACK", "z9hG4bKp2", tag, 2001,
                                            line, NULL});
    assert_int_equal(sent(&b, 0).status, 200);
    hear_request(&b, &(struct call_request){"UPDATE", "z9hG4bKu98", tag, 2002,
                                            NULL, MOVED});
    assert_int_equal(sent(&b, 0).status, 200);
    assert_true(sent(&b, 0).body.n > 0);
    assert_int_equal(b.media_to.port, 40004);
    /* Ours, too: we hold before we answer. */
    assert_int_equal(kit_wish(&b, UA_WISH_HOLD, 0), 0);
    msg = sent(&b, 0);
    assert_int_equal(msg.method, SIP_UPDATE);
    assert_non_null(strstr(msg.body.p, "a=sendonly"));
    assert_non_null(msg.contact);
    assert_int_equal(msg.has & SIP_HAS_SESSION_EXPIRES, 0);
    hear_request(&b, &(struct call_request){"UPDATE", "z9hG4bKu99", tag, 2003,
                                            NULL, MOVED});
    assert_int_equal(sent(&b, 0).status, 491);
    kit_finish(&b);
}

static void early_offer_of_ours_waits(void **state)
{
    static struct kit b;
    char tag[64];

    (void)state;
    kit_register_well(&b);
    hear_request(&b, &(struct call_request){"INVITE", "z9hG4bKi1", NULL, 1,
                                            "Require: 100rel\r\n", NULL});
    kit_wish(&b, UA_WISH_RING, 0);
    our_tag(&b, tag, sizeof(tag));
    assert_int_equal(hear_update(&b, tag, NULL, MOVED).status, 491);
    assert_int_equal(hear_update(&b, tag, NULL, NULL).status, 200);
    assert_int_equal(b.sets, 0);
    kit_finish(&b);
}

/* As caller before the answer; the target of the early dialog moves. */
static void early_as_caller(void **state)
{
    static struct kit b;
    struct sip_msg msg;

    (void)state;
    kit_register_well(&b);
    kit_call(&b, "sip:bob@example.test");
    hear_response(&b, "180 Ringing", "b1", REL("1") ALLOW, NULL);
    msg = they_update(&b, "b1", "sip:bob@192.0.2.9:5061", MOVED);
    assert_int_equal(msg.status, 491); /* our INVITE's offer waits */
    hear_response(&b, "183 Progress", "b1", REL("2") ALLOW, good_answer(&b));
    assert_int_equal(sent(&b, 0).method, SIP_PRACK);
    msg = they_update(&b, "b1", "sip:bob@192.0.2.66:5061", MOVED);
    assert_int_equal(msg.status, 200);
    assert_true(msg.body.n > 0);
    assert_int_equal(b.media_to.port, 40004);
    msg = they_update(&b, "b1", "sip:bob@192.0.2.66:5061", SDP_PLAIN);
    assert_int_equal(msg.status, 488);
    assert_int_equal(kit_wish(&b, UA_WISH_HOLD, 0), 0);
    msg = sent(&b, 0);
    assert_int_equal(msg.method, SIP_UPDATE);
    assert_true(slice_eq(msg.uri.text, S("sip:bob@192.0.2.66:5061")));
    hear_in_dialog(&b, "200 OK", "Contact: <sip:bob@192.0.2.67>\r\n", MOVED);
    assert_true(b.media.mute_rx);
    assert_int_equal(kit_wish(&b, UA_WISH_RESUME, 0), 0);
    msg = sent(&b, 0);
    assert_int_equal(msg.method, SIP_UPDATE);
    assert_true(slice_eq(msg.uri.text, S("sip:bob@192.0.2.67")));
    hear_in_dialog(&b, "200 OK", "", MOVED);
    assert_false(b.media.mute_rx);
    hear_response(&b, "200 OK", "b1", "", NULL);
    assert_int_equal(sent(&b, 0).method, SIP_ACK);
    hang_up(&b);
}

/* An early dialog whose sound is not heard has a session that changes too. */
static void another_fork(void **state)
{
    static struct kit b;
    char second[1024];

    (void)state;
    kit_register_well(&b);
    kit_call(&b, "sip:bob@example.test");
    hear_response(&b, "183 Progress", "b1", REL("1"), good_answer(&b));
    snprintf(second, sizeof(second), "%s", good_answer(&b));
    memcpy(strstr(second, "40000"), "42000", 5);
    hear_response(&b, "183 Progress", "b2", REL("1"), second);
    assert_int_equal(
        they_update(&b, "b2", "sip:bob@192.0.2.9:5061", MOVED).status, 200);
    assert_int_equal(b.media_to.port, 40000);
    hear_response(&b, "200 OK", "b2", "", NULL);
    assert_int_equal(b.media_to.port, 40004);
    hang_up(&b);
}

/* In a call: UPDATE where it is wanted and allowed, else a re-INVITE. */
static void in_a_call(void **state)
{
    static const struct {
        const char *allow;
        bool update;
        enum sip_method method;
    } rows[] = {{ALLOW, true, SIP_UPDATE},
                {ALLOW, false, SIP_INVITE},
                {"Allow: INVITE, ACK, BYE\r\n", true, SIP_INVITE},
                {"", true, SIP_INVITE}};
    static struct kit b;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        kit_register_well(&b);
        kit_call_with(&b, "sip:bob@example.test",
                      &(struct ua_terms){.update = rows[i].update});
        hear_response(&b, "200 OK", "b1", rows[i].allow, good_answer(&b));
        kit_wish(&b, UA_WISH_HOLD, 0);
        assert_int_equal(sent(&b, 0).method, rows[i].method);
        assert_non_null(strstr(sent(&b, 0).body.p, "a=sendonly"));
        kit_finish(&b);
    }
}

static void call_that_updates(struct kit *b)
{
    kit_register_well(b);
    kit_call_with(b, "sip:bob@example.test",
                  &(struct ua_terms){.update = true});
    hear_response(b, "200 OK", "b1", ALLOW, good_answer(b));
    kit_wish(b, UA_WISH_HOLD, 0);
    assert_int_equal(sent(b, 0).method, SIP_UPDATE);
}

/* What comes of each response to ours. */
static void responses(void **state)
{
    static struct kit b;
    unsigned n;

    (void)state;
    call_that_updates(&b); /* glare: later, once more */
    hear_in_dialog(&b, "491 Pending", "", NULL);
    n = b.sents;
    kit_wait_ms(&b, 1999);
    assert_int_equal(b.sents, n);
    kit_wait_ms(&b, 2002);
    assert_int_equal(b.sents, n + 1);
    assert_int_equal(sent(&b, 0).method, SIP_UPDATE);
    hear_in_dialog(&b, "407 Stale",
                   "Proxy-Authenticate: Digest realm=\"example.test\","
                   "nonce=\"n2\",algorithm=SHA-256,qop=\"auth\",stale=true"
                   "\r\n",
                   NULL);
    assert_int_equal(sent(&b, 0).method, SIP_UPDATE);
    assert_non_null(strstr(sent(&b, 0).bytes.p, "nonce=\"n2\""));
    hear_in_dialog(&b, "501 Not Implemented", "", NULL);
    assert_int_equal(sent(&b, 0).method, SIP_INVITE);
    hear_response(&b, "200 OK", NULL, ALLOW, good_answer(&b));
    assert_true(b.media.mute_rx);
    kit_wish(&b, UA_WISH_RESUME, 0); /* it has learnt that */
    assert_int_equal(sent(&b, 0).method, SIP_INVITE);
    kit_finish(&b);
    call_that_updates(&b); /* refused: all is as it was */
    hear_in_dialog(&b, "488 No", "", NULL);
    assert_string_equal(kit_last_event(&b, SIPLOCK_EVENT_NOTICE)->notice,
                        "change_refused");
    assert_int_equal(b.sets, 1);
    kit_wish(&b, UA_WISH_HOLD, 0);
    assert_int_equal(sent(&b, 0).method, SIP_UPDATE);
    hear_in_dialog(&b, "200 OK", "", good_answer(&b));
    assert_int_equal(b.sets, 2);
    hang_up(&b);
    call_that_updates(&b); /* the dialog is no more */
    hear_in_dialog(&b, "481 Gone", "", NULL);
    assert_int_equal(sent(&b, 0).method, SIP_BYE);
    kit_finish(&b);
    call_that_updates(&b); /* a 2xx without an answer: no session */
    hear_in_dialog(&b, "200 OK", "", NULL);
    assert_int_equal(sent(&b, 0).method, SIP_BYE);
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_CALL_STATE)->cause,
                     CAUSE_media_no_match);
    kit_finish(&b);
    call_that_updates(&b); /* no response at all */
    kit_wait_ms(&b, 32000);
    assert_int_equal(
        kit_count_events(&b, SIPLOCK_EVENT_CALL_STATE, SIPLOCK_CALL_ENDED), 1);
    kit_finish(&b);
}

/* RFC 4028 7.4: the session's time is refreshed without touching it. */
static void refresh(void **state)
{
    static const char agreed[] =
        ALLOW "Require: timer\r\nSession-Expires: 200;refresher=uac\r\n";
    static struct kit b;

    (void)state;
    kit_register_well(&b);
    kit_call(&b, "sip:bob@example.test");
    hear_response(&b, "200 OK", "b1", agreed, good_answer(&b));
    kit_wait_ms(&b, 100000);
    kit_hear(&b, "\r\n");
    assert_int_equal(sent(&b, 0).method, SIP_UPDATE);
    assert_int_equal(sent(&b, 0).body.n, 0);
    assert_int_equal(sent(&b, 0).session_expires, 200);
    hear_in_dialog(&b, "200 OK",
                   "Require: timer\r\nSession-Expires: 200;refresher=uac\r\n",
                   NULL);
    assert_int_equal(b.sets, 1);
    kit_wait_ms(&b, 100000);
    kit_hear(&b, "\r\n");
    assert_int_equal(sent(&b, 0).method, SIP_UPDATE);
    hear_in_dialog(&b, "405 No", "", NULL); /* not after all */
    assert_int_equal(sent(&b, 0).method, SIP_INVITE);
    kit_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell),
        cmocka_unit_test(early_as_callee),
        cmocka_unit_test(early_offer_of_ours_waits),
        cmocka_unit_test(early_as_caller),
        cmocka_unit_test(another_fork),
        cmocka_unit_test(in_a_call),
        cmocka_unit_test(responses),
        cmocka_unit_test(refresh),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua_update", tests, NULL, NULL);
}
