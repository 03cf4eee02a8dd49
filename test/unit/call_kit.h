/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of calls share: the peer's messages and descriptions. */
#ifndef TEST_UNIT_CALL_KIT_H
#define TEST_UNIT_CALL_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sdp/offer.h"
#include "sip/base/err.h"
#include "test/core_kit.h"
#include "tls/crypto.h"
#include "ua/call.h"

#define SDP_HEAD                                 \
    "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\n" \
    "c=IN IP4 192.0.2.9\r\nt=0 0\r\n"
#define SDP_KEY "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
#define SDP_CRYPTO(tag) \
    "a=crypto:" tag " AES_CM_128_HMAC_SHA1_80 inline:" SDP_KEY "\r\n"
#define SDP_OFFER SDP_HEAD "m=audio 40000 RTP/SAVP 8\r\n" SDP_CRYPTO("1")
#define SDP_PLAIN SDP_HEAD "m=audio 40000 RTP/AVP 8\r\n"

/* A request of bob's to alice; tags and CSeq as given. */
struct call_request {
    const char *method;
    const char *branch;
    const char *to_tag; /* NULL: none */
    unsigned cseq;
    const char *more; /* header lines; without Content-Type: SDP */
    const char *body; /* NULL: none */
};

static inline void hear_request(struct kit *b, const struct call_request *r)
{
    char text[4096];
    size_t n = r->body ? strlen(r->body) : 0;

    snprintf(text, sizeof(text),
             "%s sip:alice@192.0.2.7:40000 SIP/2.0\r\n"
             "Via: SIP/2.0/TLS 192.0.2.1;branch=%s\r\n"
             "From: \"Bob\" <sip:bob@example.test>;tag=bobs\r\n"
             "To: <sip:alice@example.test>%s%s\r\nCall-ID: c1\r\n"
             "CSeq: %u %s\r\nMax-Forwards: 70\r\n"
             "Contact: <sip:bob@192.0.2.9:5061>\r\n%s%s"
             "Content-Length: %zu\r\n\r\n%s",
             r->method, r->branch, r->to_tag ? ";tag=" : "",
             r->to_tag ? r->to_tag : "", r->cseq, r->method,
             r->more ? r->more : "",
             n && !(r->more && strstr(r->more, "Content-Type:"))
                 ? "Content-Type: application/sdp\r\n"
                 : "",
             n, n ? r->body : "");
    kit_hear(b, text);
}

static inline void hear_invite(struct kit *b, const char *body)
{
    hear_request(b, &(struct call_request){.method = "INVITE",
                                           .branch = "z9hG4bKi1",
                                           .cseq = 1,
                                           .body = body});
}

/* Which of the sent messages; from the end, 0 is the last. */
static inline struct sip_msg sent(struct kit *b, unsigned back)
{
    struct sip_parse_err fault;
    struct sip_msg msg;

    assert_true(b->sents > back);
    assert_int_equal(sip_msg_parse(&msg, &b->arena,
                                   slice_cstr(b->sent[b->sents - 1 - back]),
                                   &fault),
                     0);
    return msg;
}

/* Our tag in the last response. */
static inline void our_tag(struct kit *b, char *tag, size_t cap)
{
    struct sip_msg msg = sent(b, 0);

    snprintf(tag, cap, "%.*s", (int)msg.to.tag.n, msg.to.tag.p);
}

/* The last sent INVITE. */
static inline struct sip_msg our_invite(struct kit *b)
{
    for (unsigned i = 0; i < b->sents; i++)
        if (strncmp(b->sent[b->sents - 1 - i], "INVITE ", 7) == 0)
            return sent(b, i);
    fail_msg("no INVITE was sent");
    return (struct sip_msg){0};
}

/* A response to our INVITE, with a To tag and a Contact if tag is given. */
static inline void hear_response(struct kit *b, const char *status,
                                 const char *tag, const char *lines,
                                 const char *body)
{
    struct sip_msg msg = our_invite(b);
    char text[4096];
    size_t n = body ? strlen(body) : 0;

    snprintf(text, sizeof(text),
             "SIP/2.0 %s\r\nVia: %.*s\r\nFrom: %.*s\r\nTo: %.*s%s%s\r\n"
             "Call-ID: %.*s\r\nCSeq: %u INVITE\r\n%s%s%s"
             "Content-Length: %zu\r\n\r\n%s",
             status, (int)msg.via->text.n, msg.via->text.p,
             (int)msg.from.text.n, msg.from.text.p, (int)msg.to.text.n,
             msg.to.text.p, tag ? ";tag=" : "", tag ? tag : "",
             (int)msg.call_id.n, msg.call_id.p, msg.cseq.num,
             tag ? "Contact: <sip:bob@192.0.2.9:5061>\r\n" : "", lines,
             n ? "Content-Type: application/sdp\r\n" : "", n, n ? body : "");
    kit_hear(b, text);
}

/* An answer to our offer that takes its suite of that name. */
static inline const char *answer_to_offer(struct kit *b, const char *suite,
                                          const char *key)
{
    static char text[1024];
    struct sip_msg msg = our_invite(b);
    char want[64];
    const char *at;
    unsigned tag = 0;

    snprintf(want, sizeof(want), " %s inline:", suite);
    at = strstr(msg.body.p, want);
    assert_non_null(at);
    while (at > msg.body.p && at[-1] >= '0' && at[-1] <= '9')
        at--;
    tag = (unsigned)strtoul(at, NULL, 10);
    snprintf(text, sizeof(text),
             SDP_HEAD "m=audio 40000 RTP/SAVP 8\r\n"
                      "a=crypto:%u %s inline:%s\r\n",
             tag, suite, key);
    return text;
}

static inline const char *good_answer(struct kit *b)
{
    return answer_to_offer(b, "AES_CM_128_HMAC_SHA1_80", SDP_KEY);
}

/* A response to the last request that we sent within a dialog. */
static inline void hear_in_dialog(struct kit *b, const char *status,
                                  const char *lines, const char *body)
{
    struct sip_msg msg = sent(b, 0);
    char text[4096];
    size_t n = body ? strlen(body) : 0;

    assert_true(msg.request);
    snprintf(text, sizeof(text),
             "SIP/2.0 %s\r\nVia: %.*s\r\nFrom: %.*s\r\nTo: %.*s\r\n"
             "Call-ID: %.*s\r\nCSeq: %u %.*s\r\n%s%s"
             "Content-Length: %zu\r\n\r\n%s",
             status, (int)msg.via->text.n, msg.via->text.p,
             (int)msg.from.text.n, msg.from.text.p, (int)msg.to.text.n,
             msg.to.text.p, (int)msg.call_id.n, msg.call_id.p, msg.cseq.num,
             (int)msg.cseq.text.n, msg.cseq.text.p, lines,
             n ? "Content-Type: application/sdp\r\n" : "", n, n ? body : "");
    kit_hear(b, text);
}

/* Alice is called and answers; the ACK comes. */
static inline void take_call(struct kit *b, char *tag, size_t cap)
{
    hear_invite(b, SDP_OFFER);
    assert_int_equal(kit_wish(b, UA_WISH_ANSWER, 0), 0);
    our_tag(b, tag, cap);
    hear_request(b, &(struct call_request){.method = "ACK",
                                           .branch = "z9hG4bKa1",
                                           .to_tag = tag,
                                           .cseq = 1});
    assert_int_equal(kit_count_events(b, SIPLOCK_EVENT_CALL_STATE,
                                      SIPLOCK_CALL_ESTABLISHED),
                     1);
}

/* The same of an account that has just registered. */
static inline void answered_call(struct kit *b, char *tag, size_t cap)
{
    kit_register_well(b);
    take_call(b, tag, cap);
}

/* Alice calls and is answered. */
static inline void made_call(struct kit *b)
{
    kit_register_well(b);
    kit_call(b, "sip:bob@example.test");
    hear_response(b, "200 OK", "b1", "", good_answer(b));
    assert_int_equal(kit_count_events(b, SIPLOCK_EVENT_CALL_STATE,
                                      SIPLOCK_CALL_ESTABLISHED),
                     1);
}

/* It is over: one event ended, one last event, nothing left in the core. */
static inline void assert_over(struct kit *b, enum cause_code cause)
{
    const struct ua_event *e = kit_last_event(b, SIPLOCK_EVENT_CALL_ENDED);

    assert_non_null(e);
    assert_int_equal(e->cause, cause);
    assert_int_equal(
        kit_count_events(b, SIPLOCK_EVENT_CALL_STATE, SIPLOCK_CALL_ENDED), 1);
    assert_int_equal(
        kit_count_events(b, SIPLOCK_EVENT_CALL_ENDED, SIPLOCK_CALL_ENDED), 1);
    assert_true(b->closes == (b->opens > 0));
    kit_wait_ms(b, 33000);
    assert_int_equal(ua_core_counts(b->core).calls, 0);
    assert_int_equal(b->ids.live, 0);
}

/* The end of a test: alice hangs up, bob has heard it, and nothing is left. */
static inline void hang_up(struct kit *b)
{
    assert_int_equal(kit_wish(b, UA_WISH_HANGUP, 0), 0);
    assert_int_equal(sent(b, 0).method, SIP_BYE);
    hear_in_dialog(b, "200 OK", "", NULL);
    assert_over(b, CAUSE_none);
    kit_finish(b);
}

#endif
