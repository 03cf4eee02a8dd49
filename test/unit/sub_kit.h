/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of subscriptions share: one begun, and its NOTIFYs. */
#ifndef TEST_UNIT_SUB_KIT_H
#define TEST_UNIT_SUB_KIT_H

#include "test/unit/transfer_kit.h"
#include "ua/sub.h"

#define MWI "message-summary"

static inline uint64_t subscribe(struct kit *b, uint32_t expires)
{
    const struct ua_sub_ask ask = {.id = kit_id(b),
                                   .account = KIT_ACCOUNT,
                                   .package = S(MWI),
                                   .accept =
                                       S("application/simple-message-summary"),
                                   .expires = expires};
    enum policy_why why;

    assert_int_equal(ua_core_subscribe(b->core, b->now, &ask, &why), 0);
    kit_pull(b);
    return ask.id;
}

static inline unsigned states(const struct kit *b, int state)
{
    return kit_count_events(b, SIPLOCK_EVENT_SUBSCRIPTION_STATE, state);
}

/* A NOTIFY of the notifier with that tag for the last SUBSCRIBE. */
struct news {
    const char *tag, *state, *event, *lines, *body;
    unsigned cseq;
};

static inline unsigned hear_news(struct kit *b, const struct news *n)
{
    struct sip_msg msg = request(b, "SUBSCRIBE");
    const char *body = n->body ? n->body : "";
    char text[2048];

    snprintf(text, sizeof(text),
             "NOTIFY sip:alice@192.0.2.7:40000 SIP/2.0\r\n"
             "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bKn%u\r\n"
             "From: <sip:alice@example.test>;tag=%s\r\nTo: %.*s\r\n"
             "Call-ID: %.*s\r\nCSeq: %u NOTIFY\r\nMax-Forwards: 70\r\n"
             "Contact: <sip:mwi@192.0.2.9:5061>\r\nEvent: %s\r\n"
             "Subscription-State: %s\r\n%s%sContent-Length: %zu\r\n\r\n%s",
             b->sents, n->tag, (int)msg.from.text.n, msg.from.text.p,
             (int)msg.call_id.n, msg.call_id.p, n->cseq,
             n->event ? n->event : MWI, n->state, n->lines ? n->lines : "",
             *body ? "Content-Type: application/simple-message-summary\r\n"
                   : "",
             strlen(body), body);
    kit_hear(b, text);
    for (unsigned i = b->sents; i > 0; i--) /* a SUBSCRIBE may follow */
        if (strncmp(b->sent[i - 1], "SIP/2.0 ", 8) == 0)
            return (unsigned)strtoul(b->sent[i - 1] + 8, NULL, 10);
    return 0;
}

static inline void active(struct kit *b)
{
    kit_register_well(b);
    subscribe(b, 600);
    kit_answer(b, "200 OK", "Expires: 600\r\n");
    assert_int_equal(
        hear_news(b, &(struct news){"n1", "active;expires=600", .cseq = 1,
                                    .body = "Messages-Waiting: "
                                            "no\r\n"}),
        200);
    assert_int_equal(states(b, SIPLOCK_SUBSCRIPTION_ACTIVE), 1);
}

#endif
