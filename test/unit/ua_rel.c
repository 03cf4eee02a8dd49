/* SPDX-License-Identifier: Apache-2.0 */
/* Reliable provisional responses of ours: PRACK, repetition, the 2xx. */
#include "test/unit/call_kit.h"

#define REQUIRE "Require: 100rel\r\n"
#define SUPPORTED "Supported: 100rel\r\n"

static void invite(struct kit *b, const char *more, const char *body)
{
    kit_register_well(b);
    hear_request(b, &(struct call_request){.method = "INVITE",
                                           .branch = "z9hG4bKi1",
                                           .cseq = 7,
                                           .more = more,
                                           .body = body});
}

static bool reliable(const struct sip_msg *msg)
{
    return sip_token_in(msg->require, S("100rel")) &&
           msg->has & SIP_HAS_RSEQ && msg->rseq > 0;
}

/* A PRACK with that RAck; a new branch and CSeq each time. */
static void prack(struct kit *b, uint32_t rseq, const char *rack_end,
                  const char *body)
{
    static unsigned cseq = 100;
    char tag[64], branch[32], line[64];

    our_tag(b, tag, sizeof(tag));
    snprintf(branch, sizeof(branch), "z9hG4bKp%u", ++cseq);
    snprintf(line, sizeof(line), "RAck: %u %s\r\n", rseq, rack_end);
    hear_request(b, &(struct call_request){.method = "PRACK",
                                           .branch = branch,
                                           .to_tag = tag,
                                           .cseq = cseq,
                                           .more = line,
                                           .body = body});
}

static void ack(struct kit *b, const char *body)
{
    char tag[64];

    our_tag(b, tag, sizeof(tag));
    hear_request(b, &(struct call_request){.method = "ACK",
                                           .branch = "z9hG4bKa1",
                                           .to_tag = tag,
                                           .cseq = 7,
                                           .body = body});
    assert_int_equal(kit_count_events(b, SIPLOCK_EVENT_CALL_STATE,
                                      SIPLOCK_CALL_ESTABLISHED),
                     1);
}

/* Reliable where it is required, or has SDP and is supported; never else. */
static void when(void **state)
{
    static const struct {
        const char *more;
        int wish;
        bool reliable, body;
    } rows[] = {
        {"", UA_WISH_RING, false, false},
        {SUPPORTED, UA_WISH_RING, false, false},
        {REQUIRE, UA_WISH_RING, true, false},
        {"", UA_WISH_EARLY, false, true},
        {SUPPORTED, UA_WISH_EARLY, true, true},
        {REQUIRE, UA_WISH_EARLY, true, true},
    };
    static struct kit b;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sip_msg msg;

        invite(&b, rows[i].more, SDP_OFFER);
        assert_int_equal(kit_wish(&b, rows[i].wish, 0), 0);
        msg = sent(&b, 0);
        assert_int_equal(msg.status, rows[i].wish == UA_WISH_RING ? 180 : 183);
        assert_int_equal(reliable(&msg), rows[i].reliable);
        assert_int_equal(msg.body.n > 0, rows[i].body);
        assert_int_equal(b.sets, rows[i].body ? 1 : 0);
        kit_finish(&b);
    }
}

/* Repeated from T1, doubled, until its PRACK; then the 2xx without SDP. */
static void acknowledged(void **state)
{
    static struct kit b;
    uint32_t rseq;
    unsigned n;

    (void)state;
    invite(&b, SUPPORTED, SDP_OFFER);
    kit_wish(&b, UA_WISH_EARLY, 0);
    rseq = sent(&b, 0).rseq;
    n = b.sents;
    kit_wait_ms(&b, 499);
    assert_int_equal(b.sents, n);
    kit_wait_ms(&b, 1);
    assert_int_equal(b.sents, n + 1);
    kit_wait_ms(&b, 999);
    assert_int_equal(b.sents, n + 1);
    kit_wait_ms(&b, 1);
    assert_int_equal(b.sents, n + 2);
    assert_int_equal(sent(&b, 0).rseq, rseq); /* the same */
    kit_wish(&b, UA_WISH_RING, 0);            /* another one has to wait, */
    assert_int_equal(b.sents, n + 2);
    prack(&b, rseq, "7 INVITE", NULL);
    assert_int_equal(sent(&b, 1).status, 200);
    assert_int_equal(sent(&b, 1).cseq.method, SIP_PRACK);
    assert_int_equal(sent(&b, 0).status, 180); /* and goes now */
    assert_int_equal(sent(&b, 0).rseq, rseq + 1);
    prack(&b, rseq + 1, "7 INVITE", NULL);
    n = b.sents;
    kit_wait_ms(&b, 5000);
    kit_hear(&b, "\r\n");
    assert_int_equal(b.sents, n);
    assert_int_equal(kit_wish(&b, UA_WISH_ANSWER, 0), 0);
    assert_int_equal(sent(&b, 0).status, 200);
    assert_int_equal(sent(&b, 0).body.n, 0);
    ack(&b, NULL);
    assert_int_equal(b.sets, 1);
    hang_up(&b);
}

/* 3: no 2xx before the PRACK of what has SDP; without SDP there is. */
static void the_answer_waits(void **state)
{
    static struct kit b;
    uint32_t rseq;
    unsigned n;

    (void)state;
    invite(&b, SUPPORTED, SDP_OFFER);
    kit_wish(&b, UA_WISH_EARLY, 0);
    rseq = sent(&b, 0).rseq;
    n = b.sents;
    assert_int_equal(kit_wish(&b, UA_WISH_ANSWER, 0), 0);
    assert_int_equal(b.sents, n);
    assert_int_equal(kit_wish(&b, UA_WISH_ANSWER, 0), E_STATE);
    assert_int_equal(kit_wish(&b, UA_WISH_RING, 0), 0);
    assert_int_equal(b.sents, n);
    prack(&b, rseq, "7 INVITE", NULL);
    assert_int_equal(sent(&b, 0).status, 200);
    assert_int_equal(sent(&b, 0).cseq.method, SIP_INVITE);
    ack(&b, NULL);
    hang_up(&b);
    /* The control: it may be sent, and a late PRACK is still taken. */
    invite(&b, REQUIRE, SDP_OFFER);
    kit_wish(&b, UA_WISH_RING, 0);
    rseq = sent(&b, 0).rseq;
    kit_wish(&b, UA_WISH_ANSWER, 0);
    assert_int_equal(sent(&b, 0).status, 200);
    assert_true(sent(&b, 0).body.n > 0);
    prack(&b, rseq, "7 INVITE", NULL);
    assert_int_equal(sent(&b, 0).status, 200);
    assert_int_equal(sent(&b, 0).cseq.method, SIP_PRACK);
    prack(&b, rseq, "7 INVITE", NULL);
    assert_int_equal(sent(&b, 0).status, 481);
    ack(&b, NULL);
    hang_up(&b);
}

/* A PRACK of what was not sent is refused, and the right one is taken. */
static void strays(void **state)
{
    static const struct {
        int64_t off;
        const char *end;
    } rows[] = {
        {1, "7 INVITE"}, {-1, "7 INVITE"}, {0, "8 INVITE"}, {0, "7 UPDATE"}};
    static struct kit b;
    uint32_t rseq;

    (void)state;
    invite(&b, REQUIRE, SDP_OFFER);
    kit_wish(&b, UA_WISH_RING, 0);
    rseq = sent(&b, 0).rseq;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        prack(&b, (uint32_t)(rseq + rows[i].off), rows[i].end, NULL);
        assert_int_equal(sent(&b, 0).status, 481);
    }
    prack(&b, rseq, "7 INVITE", NULL);
    assert_int_equal(sent(&b, 0).status, 200);
    prack(&b, rseq, "7 INVITE", NULL); /* once is enough */
    assert_int_equal(sent(&b, 0).status, 481);
    kit_wish(&b, UA_WISH_HANGUP, 0);
    assert_int_equal(sent(&b, 0).status, 486);
    kit_finish(&b);
}

/* 64*T1 without a PRACK: the call is refused with 504. */
static void never_acknowledged(void **state)
{
    static struct kit b;
    struct sip_msg msg;

    (void)state;
    invite(&b, REQUIRE, SDP_OFFER);
    kit_wish(&b, UA_WISH_RING, 0);
    for (int i = 0; i < 63; i++) {
        kit_wait_ms(&b, 500);
        kit_hear(&b, "\r\n");
    }
    assert_int_equal(
        kit_count_events(&b, SIPLOCK_EVENT_CALL_STATE, SIPLOCK_CALL_ENDED), 0);
    kit_wait_ms(&b, 500);
    msg = sent(&b, 0);
    assert_int_equal(msg.status, 504);
    assert_over(&b, CAUSE_call_no_prack);
    kit_finish(&b);
}

/* 5: without an offer in the INVITE ours is in the 18x, the answer in the
 * PRACK. */
static void our_offer(void **state)
{
    static struct kit b;
    char answer[1024];
    uint32_t rseq;
    unsigned n;

    (void)state;
    invite(&b, REQUIRE, NULL);
    kit_wish(&b, UA_WISH_RING, 0);
    assert_true(sent(&b, 0).body.n > 0);
    rseq = sent(&b, 0).rseq;
    n = b.sents;
    kit_wish(&b, UA_WISH_ANSWER, 0); /* it has SDP: the 2xx waits */
    assert_int_equal(b.sents, n);
    snprintf(answer, sizeof(answer),
             SDP_HEAD "m=audio 40000 RTP/SAVP 8\r\na=crypto:%s "
                      "AES_CM_128_HMAC_SHA1_80 inline:" SDP_KEY "\r\n",
             strstr(sent(&b, 0).body.p, ":4 AES_CM_128_HMAC_SHA1_80")   ? "4"
             : strstr(sent(&b, 0).body.p, ":3 AES_CM_128_HMAC_SHA1_80") ? "3"
                                                                        : "5");
    prack(&b, rseq, "7 INVITE", answer);
    assert_int_equal(sent(&b, 1).status, 200);
    assert_int_equal(sent(&b, 1).cseq.method, SIP_PRACK);
    assert_int_equal(sent(&b, 0).status, 200);
    assert_int_equal(sent(&b, 0).body.n, 0);
    assert_int_equal(b.sets, 1);
    ack(&b, NULL);
    hang_up(&b);
    /* Without an answer, or with one that is not secure: no call. */
    for (int i = 0; i < 2; i++) {
        invite(&b, REQUIRE, NULL);
        kit_wish(&b, UA_WISH_EARLY, 0);
        prack(&b, sent(&b, 0).rseq, "7 INVITE", i ? SDP_PLAIN : NULL);
        assert_int_equal(sent(&b, 1).status, i ? 488 : 400);
        assert_int_equal(sent(&b, 1).cseq.method, SIP_PRACK);
        assert_int_equal(sent(&b, 0).status, i ? 488 : 400);
        assert_int_equal(sent(&b, 0).cseq.method, SIP_INVITE);
        assert_int_equal(b.sets, 0);
        assert_over(&b, i ? CAUSE_policy_refused : CAUSE_media_no_match);
        kit_finish(&b);
    }
    /* Sound before the answer cannot be had of one who does not know. */
    invite(&b, "", NULL);
    assert_int_equal(kit_wish(&b, UA_WISH_EARLY, 0), E_STATE);
    assert_int_equal(kit_wish(&b, UA_WISH_RING, 0), 0);
    kit_finish(&b);
}

/* 5: the PRACK may have an offer of its own, after offer and answer. */
static void their_offer(void **state)
{
    static struct kit b;
    unsigned sets;

    (void)state;
    invite(&b, SUPPORTED, SDP_OFFER);
    kit_wish(&b, UA_WISH_EARLY, 0);
    sets = b.sets;
    prack(&b, sent(&b, 0).rseq, "7 INVITE",
          SDP_HEAD "m=audio 41000 RTP/SAVP 8\r\n" SDP_CRYPTO("1"));
    assert_int_equal(sent(&b, 0).status, 200);
    assert_true(sent(&b, 0).body.n > 0);
    assert_int_equal(b.sets, sets + 1);
    assert_int_equal(b.media_to.port, 41000);
    kit_wish(&b, UA_WISH_ANSWER, 0);
    ack(&b, NULL);
    hang_up(&b);
    /* What is refused changes nothing. */
    invite(&b, SUPPORTED, SDP_OFFER);
    kit_wish(&b, UA_WISH_EARLY, 0);
    sets = b.sets;
    prack(&b, sent(&b, 0).rseq, "7 INVITE", SDP_PLAIN);
    assert_int_equal(sent(&b, 0).status, 488);
    assert_int_equal(b.sets, sets);
    kit_wish(&b, UA_WISH_ANSWER, 0);
    assert_int_equal(sent(&b, 0).status, 200);
    ack(&b, NULL);
    hang_up(&b);
}

/* The caller gives up, the flow goes, while one is unacknowledged. */
static void cut_short(void **state)
{
    static struct kit b;

    (void)state;
    invite(&b, REQUIRE, SDP_OFFER);
    kit_wish(&b, UA_WISH_RING, 0);
    hear_request(&b, &(struct call_request){.method = "CANCEL",
                                            .branch = "z9hG4bKi1",
                                            .cseq = 7});
    assert_int_equal(sent(&b, 0).status, 487);
    assert_over(&b, CAUSE_call_cancelled);
    kit_finish(&b);
    invite(&b, SUPPORTED, SDP_OFFER);
    kit_wish(&b, UA_WISH_EARLY, 0);
    kit_wish(&b, UA_WISH_ANSWER, 0);
    ua_core_flow_down(b.core, b.now, b.flow, &(struct cause){0});
    kit_pull(&b);
    assert_int_equal(
        kit_count_events(&b, SIPLOCK_EVENT_CALL_ENDED, SIPLOCK_CALL_ENDED), 1);
    kit_wait_ms(&b, 500); /* nothing is repeated without a flow */
    kit_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(when),        cmocka_unit_test(acknowledged),
        cmocka_unit_test(strays),      cmocka_unit_test(the_answer_waits),
        cmocka_unit_test(our_offer),   cmocka_unit_test(never_acknowledged),
        cmocka_unit_test(their_offer), cmocka_unit_test(cut_short),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua_rel", tests, NULL, NULL);
}
