/* SPDX-License-Identifier: Apache-2.0 */
/* PRACKs of ours: in order, once, with answers, on several early dialogs. */
#include "test/unit/call_kit.h"

#define NO_UPDATE "Allow: INVITE, ACK, CANCEL, BYE, PRACK\r\n"
#define REL(n) "Require: 100rel\r\nRSeq: " n "\r\n"

static void call(struct kit *b)
{
    kit_register_well(b);
    kit_call(b, "sip:bob@example.test");
    assert_true(sip_token_in(sent(b, 0).supported, S("100rel")));
    assert_null(sent(b, 0).require);
}

/* Calls with these terms. */
static void call_with(struct kit *b, const struct ua_terms *terms)
{
    kit_register_well(b);
    kit_call_with(b, "sip:bob@example.test", terms);
}

/* The last message is a PRACK of that one, within that dialog. */
static void assert_prack(struct kit *b, uint32_t rseq, const char *tag)
{
    struct sip_msg msg = sent(b, 0);

    assert_int_equal(msg.method, SIP_PRACK);
    assert_int_equal(msg.rack.rseq, rseq);
    assert_int_equal(msg.rack.cseq.num, our_invite(b).cseq.num);
    assert_int_equal(msg.rack.cseq.method, SIP_INVITE);
    assert_true(slice_eq(msg.to.tag, slice_cstr(tag)));
}

static void established(struct kit *b)
{
    assert_int_equal(sent(b, 0).method, SIP_ACK);
    assert_int_equal(kit_count_events(b, SIPLOCK_EVENT_CALL_STATE,
                                      SIPLOCK_CALL_ESTABLISHED),
                     1);
    hang_up(b);
}

/* The first RSeq is any; then one by one; again and gaps are not received. */
static void in_order(void **state)
{
    static struct kit b;
    unsigned n;

    (void)state;
    call(&b);
    hear_response(&b, "180 Ringing", "b1", REL("4711"), NULL);
    assert_prack(&b, 4711, "b1");
    n = b.sents;
    hear_response(&b, "180 Ringing", "b1", REL("4711"), NULL);
    hear_response(&b, "180 Ringing", "b1", REL("4710"), NULL);
    hear_response(&b, "183 Progress", "b1", REL("4713"), good_answer(&b));
    assert_int_equal(b.sents, n);
    assert_int_equal(b.sets, 0); /* a gap: its SDP is not heard either */
    hear_response(&b, "183 Progress", "b1", REL("4712"), good_answer(&b));
    assert_prack(&b, 4712, "b1");
    assert_int_equal(sent(&b, 0).body.n, 0);
    assert_int_equal(b.sets, 1);
    n = b.sents;
    hear_response(&b, "183 Progress", "b1", REL("4712"), good_answer(&b));
    assert_int_equal(b.sents, n);
    hear_response(&b, "200 OK", "b1", "", NULL); /* the answer was had */
    assert_int_equal(b.sets, 1);
    established(&b);
}

/* What only looks reliable is not: no PRACK, and it is heard. */
static void not_reliable(void **state)
{
    static const char *const lines[] = {"", "RSeq: 5\r\n",
                                        "Require: 100rel\r\n",
                                        "Require: 100rel\r\nRSeq: 0\r\n"};
    static struct kit b;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        unsigned n;

        call(&b);
        n = b.sents;
        hear_response(&b, "180 Ringing", "b1", lines[i], NULL);
        assert_int_equal(b.sents, n);
        assert_int_equal(kit_count_events(&b, SIPLOCK_EVENT_CALL_STATE,
                                          SIPLOCK_CALL_RINGING),
                         1);
        kit_finish(&b);
    }
}

/* Each early dialog has RSeqs and a session of its own; the one that is
 * answered counts, whoever had the sound before. */
static void forks(void **state)
{
    static struct kit b;
    char second[1024];

    (void)state;
    call(&b);
    hear_response(&b, "183 Progress", "b1", REL("10"), good_answer(&b));
    assert_prack(&b, 10, "b1");
    snprintf(second, sizeof(second), "%s", good_answer(&b));
    memcpy(strstr(second, "40000"), "42000", 5);
    hear_response(&b, "183 Progress", "b2", REL("77"), second);
    assert_prack(&b, 77, "b2");
    hear_response(&b, "180 Ringing", "b1", REL("11"), NULL);
    assert_prack(&b, 11, "b1");
    assert_int_equal(b.sets, 1);
    assert_int_equal(b.media_to.port, 40000);
    hear_response(&b, "200 OK", "b2", "", NULL);
    assert_int_equal(b.sets, 2);
    assert_int_equal(b.media_to.port, 42000);
    established(&b);
}

/* RFC 6228: that early dialog and its sound are no more. */
static void ended_early(void **state)
{
    static struct kit b;
    char second[1024];

    (void)state;
    call(&b);
    assert_true(sip_token_in(our_invite(&b).supported, S("199")));
    hear_response(&b, "199 Gone", "b0", "", NULL); /* of none that we know */
    hear_response(&b, "183 Progress", "b1", REL("1"), good_answer(&b));
    hear_response(&b, "199 Gone", "b1", REL("2"), NULL);
    assert_prack(&b, 2, "b1");
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_CALL_STATE)->state,
                     SIPLOCK_CALL_RINGING);
    assert_true(b.media.mute_tx && b.media.mute_rx);
    hear_response(&b, "183 Progress", "b1", REL("3"), good_answer(&b));
    assert_prack(&b, 2, "b1"); /* nothing of it is heard any more */
    assert_true(b.media.mute_tx);
    snprintf(second, sizeof(second), "%s", good_answer(&b));
    memcpy(strstr(second, "40000"), "42000", 5);
    hear_response(&b, "183 Progress", "b2", "", second);
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_CALL_STATE)->state,
                     SIPLOCK_CALL_EARLY);
    assert_false(b.media.mute_tx || b.media.mute_rx);
    assert_int_equal(b.media_to.port, 42000);
    hear_response(&b, "200 OK", "b2", "", second);
    established(&b);
    call(&b); /* one that was only kept takes its place */
    hear_response(&b, "183 Progress", "b1", REL("1"), good_answer(&b));
    snprintf(second, sizeof(second), "%s", good_answer(&b));
    memcpy(strstr(second, "40000"), "42000", 5);
    hear_response(&b, "183 Progress", "b2", REL("1"), second);
    assert_int_equal(b.media_to.port, 40000);
    hear_response(&b, "199 Gone", "b1", "", NULL);
    assert_int_equal(b.media_to.port, 42000);
    assert_false(b.media.mute_tx);
    /* A 2xx counts, whatever was said before. */
    hear_response(&b, "200 OK", "b1", "", good_answer(&b));
    assert_int_equal(b.media_to.port, 40000);
    established(&b);
}

static void challenged(void **state)
{
    static struct kit b;
    unsigned n;

    (void)state;
    call(&b);
    hear_response(&b, "180 Ringing", "b1", REL("3"), NULL);
    assert_prack(&b, 3, "b1");
    hear_in_dialog(
        &b, "407 Stale",
        "Proxy-Authenticate: Digest realm=\"example.test\","
        "nonce=\"n2\",algorithm=SHA-256,qop=\"auth\",stale=true\r\n",
        NULL);
    assert_prack(&b, 3, "b1");
    assert_non_null(strstr(sent(&b, 0).bytes.p, "nonce=\"n2\""));
    n = b.sents;
    hear_in_dialog(&b, "481 Gone", "",
                   NULL); /* the INVITE's response decides */
    assert_int_equal(b.sents, n);
    hear_response(&b, "200 OK", "b1", "", good_answer(&b));
    established(&b);
}

/* Our INVITE has no offer: theirs is in the 18x, our answer in the PRACK. */
static void offer_in_18x(void **state)
{
    static const struct ua_terms terms = {.no_offer = true, .reliable = true};
    static struct kit b;

    (void)state;
    call_with(&b, &terms);
    assert_int_equal(our_invite(&b).body.n, 0);
    assert_true(sip_token_in(our_invite(&b).require, S("100rel")));
    hear_response(&b, "183 Progress", "b1", REL("1"), SDP_OFFER);
    assert_prack(&b, 1, "b1");
    assert_non_null(strstr(sent(&b, 0).body.p, "RTP/SAVP"));
    assert_int_equal(b.sets, 1);
    hear_response(&b, "200 OK", "b1", "", NULL);
    assert_int_equal(sent(&b, 0).body.n, 0);
    established(&b);
    /* What is not secure: no PRACK, CANCEL. */
    call_with(&b, &terms);
    hear_response(&b, "183 Progress", "b1", REL("1"), SDP_PLAIN);
    assert_int_equal(sent(&b, 0).method, SIP_CANCEL);
    assert_int_equal(b.sets, 0);
    hear_response(&b, "487 Terminated", "b1", "", NULL);
    assert_over(&b, CAUSE_policy_refused);
    kit_finish(&b);
}

/* Or in the 2xx, our answer in the ACK, each time. */
static void offer_in_2xx(void **state)
{
    static const struct ua_terms terms = {.no_offer = true};
    static struct kit b;
    char first[2048];

    (void)state;
    call_with(&b, &terms);
    hear_response(&b, "180 Ringing", "b1", "", NULL);
    /* An offer is not in what is not reliable (RFC 3261 13.2.1). */
    hear_response(&b, "183 Progress", "b1", "", SDP_OFFER);
    assert_int_equal(b.sets, 0);
    hear_response(&b, "200 OK", "b1", "", SDP_OFFER);
    assert_int_equal(sent(&b, 0).method, SIP_ACK);
    assert_non_null(strstr(sent(&b, 0).body.p, "RTP/SAVP"));
    snprintf(first, sizeof(first), "%s", sent(&b, 0).body.p);
    hear_response(&b, "200 OK", "b1", "", SDP_OFFER);
    assert_int_equal(sent(&b, 0).method, SIP_ACK);
    assert_string_equal(sent(&b, 0).body.p, first);
    assert_int_equal(b.sets, 1);
    established(&b);
    for (int i = 0; i < 2; i++) { /* refused: ACK without, and BYE */
        call_with(&b, &terms);
        hear_response(&b, "200 OK", "b1", "", i ? SDP_PLAIN : NULL);
        assert_int_equal(sent(&b, 1).method, SIP_ACK);
        assert_int_equal(sent(&b, 1).body.n, 0);
        assert_int_equal(sent(&b, 0).method, SIP_BYE);
        kit_answer(&b, "200 OK", "");
        assert_over(&b, i ? CAUSE_policy_refused : CAUSE_media_no_match);
        kit_finish(&b);
    }
}

/* A re-INVITE of ours is acknowledged the same way. */
static void within_a_call(void **state)
{
    static struct kit b;
    unsigned n;

    (void)state;
    made_call(&b);
    kit_wish(&b, UA_WISH_HOLD, 0);
    hear_response(&b, "183 Progress", NULL, REL("9"), good_answer(&b));
    assert_prack(&b, 9, "b1");
    assert_int_equal(b.sets, 2);
    n = b.sents;
    hear_response(&b, "183 Progress", NULL, REL("9"), good_answer(&b));
    assert_int_equal(b.sents, n);
    hear_response(&b, "200 OK", NULL, "", NULL);
    assert_int_equal(b.sets, 2);
    established(&b);
}

/* The early dialog whose answer is awaited; then one that holds is wanted. */
static void call_and_hold(struct kit *b)
{
    call(b);
    hear_response(b, "180 Ringing", "b1", REL("1"), NULL);
    assert_prack(b, 1, "b1");
    assert_int_equal(kit_wish(b, UA_WISH_HOLD, 0), 0);
    assert_int_equal(sent(b, 0).body.n, 0); /* our INVITE's offer waits */
}

static bool offers_a_hold(struct sip_msg msg)
{
    return msg.body.n && strstr(msg.body.p, "a=sendonly");
}

/* 5: with the PRACK of the answer, to a peer that has no UPDATE. */
static void our_offer(void **state)
{
    static struct kit b;

    (void)state;
    call_and_hold(&b);
    hear_response(&b, "183 Progress", "b1", REL("2") NO_UPDATE,
                  good_answer(&b));
    assert_prack(&b, 2, "b1");
    assert_true(offers_a_hold(sent(&b, 0)));
    assert_false(b.media.mute_rx);
    hear_in_dialog(&b, "200 OK", "", good_answer(&b));
    assert_true(b.media.mute_rx);
    assert_int_equal(b.sets, 2);
    hear_response(&b, "200 OK", "b1", "", NULL);
    established(&b);
    /* Challenged it is sent again as it was. */
    call_and_hold(&b);
    hear_response(&b, "183 Progress", "b1", REL("2") NO_UPDATE,
                  good_answer(&b));
    hear_in_dialog(
        &b, "407 Stale",
        "Proxy-Authenticate: Digest realm=\"example.test\","
        "nonce=\"n2\",algorithm=SHA-256,qop=\"auth\",stale=true\r\n",
        NULL);
    assert_prack(&b, 2, "b1");
    assert_true(offers_a_hold(sent(&b, 0)));
    hear_in_dialog(&b, "200 OK", "", good_answer(&b));
    assert_true(b.media.mute_rx);
    kit_finish(&b);
}

/* What the same wish comes to otherwise. */
static void no_offer_of_ours(void **state)
{
    static struct kit b;

    (void)state;
    call_and_hold(&b); /* UPDATE is preferred where it is allowed */
    hear_response(&b, "183 Progress", "b1", REL("2") "Allow: UPDATE\r\n",
                  good_answer(&b));
    assert_int_equal(sent(&b, 1).method, SIP_PRACK);
    assert_int_equal(sent(&b, 1).body.n, 0);
    assert_int_equal(sent(&b, 0).method, SIP_UPDATE);
    assert_true(offers_a_hold(sent(&b, 0)));
    kit_finish(&b);
    call_and_hold(&b); /* not reliable: after the 2xx */
    hear_response(&b, "183 Progress", "b1", NO_UPDATE, good_answer(&b));
    hear_response(&b, "200 OK", "b1", "", good_answer(&b));
    assert_int_equal(sent(&b, 1).method, SIP_ACK);
    assert_int_equal(sent(&b, 0).method, SIP_INVITE);
    assert_true(offers_a_hold(sent(&b, 0)));
    kit_finish(&b);
    call_and_hold(&b); /* taken back before it could be said */
    assert_int_equal(kit_wish(&b, UA_WISH_RESUME, 0), 0);
    hear_response(&b, "183 Progress", "b1", REL("2") NO_UPDATE,
                  good_answer(&b));
    assert_prack(&b, 2, "b1");
    assert_int_equal(sent(&b, 0).body.n, 0);
    hear_response(&b, "200 OK", "b1", "", NULL);
    established(&b);
    call_and_hold(&b); /* said to one fork, and another one answers */
    hear_response(&b, "183 Progress", "b1", REL("2") NO_UPDATE,
                  good_answer(&b));
    assert_true(offers_a_hold(sent(&b, 0)));
    hear_response(&b, "200 OK", "b2", NO_UPDATE, good_answer(&b));
    assert_int_equal(sent(&b, 1).method, SIP_ACK);
    assert_int_equal(sent(&b, 0).method, SIP_INVITE);
    assert_true(offers_a_hold(sent(&b, 0)));
    kit_finish(&b);
}

/* RFC 6337 3.1.1: turned down it makes way for a PRACK without one. */
static void our_offer_refused(void **state)
{
    static struct kit b;
    unsigned n;

    (void)state;
    call_and_hold(&b);
    hear_response(&b, "183 Progress", "b1", REL("2") NO_UPDATE,
                  good_answer(&b));
    hear_in_dialog(&b, "488 Not Here", "", NULL);
    assert_prack(&b, 2, "b1");
    assert_int_equal(sent(&b, 0).body.n, 0);
    n = b.sents;
    hear_in_dialog(&b, "488 Not Here", "", NULL); /* and that is all */
    assert_int_equal(b.sents, n);
    assert_int_equal(b.sets, 1);
    hear_response(&b, "200 OK", "b1", "", NULL);
    assert_int_equal(sent(&b, 0).method, SIP_INVITE);
    assert_true(offers_a_hold(sent(&b, 0)));
    kit_finish(&b);
    /* A 200 without the answer, or with one in clear: no call. */
    for (int i = 0; i < 2; i++) {
        call_and_hold(&b);
        hear_response(&b, "183 Progress", "b1", REL("2") NO_UPDATE,
                      good_answer(&b));
        hear_in_dialog(&b, "200 OK", "", i ? SDP_PLAIN : NULL);
        assert_int_equal(sent(&b, 0).method, SIP_CANCEL);
        assert_int_equal(b.sets, 1);
        hear_response(&b, "487 Terminated", "b1", "", NULL);
        assert_over(&b, i ? CAUSE_policy_refused : CAUSE_media_no_match);
        kit_finish(&b);
    }
    call_and_hold(&b); /* never answered: the call goes on without */
    hear_response(&b, "183 Progress", "b1", REL("2") NO_UPDATE,
                  good_answer(&b));
    hear_response(&b, "200 OK", "b1", "", NULL);
    assert_int_equal(sent(&b, 0).method, SIP_ACK);
    kit_wait_ms(&b, 33000);
    assert_int_equal(sent(&b, 0).method, SIP_INVITE);
    kit_finish(&b);
}

/* RFC 6337 3.1.1: what is repeated after the answer is no offer. */
static void said_again(void **state)
{
    static struct kit b;

    (void)state;
    call(&b);
    hear_response(&b, "183 Progress", "b1", REL("1"), good_answer(&b));
    hear_response(&b, "180 Ringing", "b1", REL("2"), good_answer(&b));
    assert_prack(&b, 2, "b1");
    assert_int_equal(sent(&b, 0).body.n, 0);
    assert_int_equal(b.sets, 1);
    hear_response(&b, "200 OK", "b1", "", good_answer(&b));
    established(&b);
}

/* RFC 6141 3.4, 4.7: what was said reliably holds, whatever comes after. */
static void refused_too_late(void **state)
{
    static struct kit b;

    (void)state;
    made_call(&b);
    kit_wish(&b, UA_WISH_HOLD, 0);
    hear_response(&b, "183 Progress", NULL, REL("9"), good_answer(&b));
    assert_true(b.media.mute_rx);
    hear_response(&b, "488 No", NULL, "", NULL);
    assert_int_equal(sent(&b, 1).method, SIP_ACK);
    assert_int_equal(sent(&b, 0).method, SIP_INVITE);
    assert_non_null(strstr(sent(&b, 0).body.p, "a=sendrecv"));
    hear_response(&b, "200 OK", NULL, "", good_answer(&b));
    assert_false(b.media.mute_rx);
    kit_wish(&b, UA_WISH_HOLD, 0); /* twice the same: it is left at that */
    hear_response(&b, "183 Progress", NULL, REL("9"), good_answer(&b));
    hear_response(&b, "488 No", NULL, "", NULL);
    hear_response(&b, "183 Progress", NULL, REL("9"), good_answer(&b));
    hear_response(&b, "488 No", NULL, "", NULL);
    assert_int_equal(sent(&b, 0).method, SIP_ACK);
    assert_int_equal(
        kit_count_events(&b, SIPLOCK_EVENT_CALL_STATE, SIPLOCK_CALL_ENDED), 0);
    hang_up(&b);
}

/* RFC 6141 4.7: the target moves with a reliable response, no other. */
static void target_moves(void **state)
{
    static struct kit b;
    char *at;

    (void)state;
    for (int i = 0; i < 2; i++) {
        made_call(&b);
        kit_wish(&b, UA_WISH_HOLD, 0);
        hear_response(&b, "183 Progress", NULL,
                      i ? REL("9") "Contact: <sip:bob@192.0.2.66>\r\n"
                        : "Contact: <sip:bob@192.0.2.66>\r\n",
                      NULL);
        at = strstr(b.sent[b.sents - 1], " sip:bob@192.0.2.66 ");
        assert_true((at != NULL) == (i == 1));
        hear_response(&b, "488 No", NULL, "", NULL);
        kit_wish(&b, UA_WISH_HANGUP, 0);
        assert_int_equal(sent(&b, 0).method, SIP_BYE);
        assert_true(
            slice_eq(sent(&b, 0).uri.text, i ? S("sip:bob@192.0.2.66")
                                             : S("sip:bob@192.0.2.9:5061")));
        kit_finish(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order),      cmocka_unit_test(not_reliable),
        cmocka_unit_test(forks),         cmocka_unit_test(challenged),
        cmocka_unit_test(offer_in_18x),  cmocka_unit_test(offer_in_2xx),
        cmocka_unit_test(within_a_call), cmocka_unit_test(ended_early),
        cmocka_unit_test(our_offer),     cmocka_unit_test(no_offer_of_ours),
        cmocka_unit_test(said_again),    cmocka_unit_test(our_offer_refused),
        cmocka_unit_test(target_moves),  cmocka_unit_test(refused_too_late),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua_prack", tests, NULL, NULL);
}
