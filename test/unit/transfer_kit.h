/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of transfers share: requests found, answered and heard. */
#ifndef TEST_UNIT_TRANSFER_KIT_H
#define TEST_UNIT_TRANSFER_KIT_H

#include "test/unit/call_kit.h"

static inline int wish(struct kit *b, uint64_t call, const struct ua_wish *w)
{
    int err = ua_core_call_wish(b->core, b->now, call, w);

    kit_pull(b);
    return err;
}

static inline int transfer(struct kit *b, uint64_t call, const char *target,
                           uint64_t other)
{
    return wish(b, call,
                &(struct ua_wish){.kind = UA_WISH_TRANSFER,
                                  .target = slice_cstr(target),
                                  .other = other});
}

static inline unsigned told(const struct kit *b, int state)
{
    return kit_count_events(b, SIPLOCK_EVENT_TRANSFER, state);
}

/* The nth-last request of that method that was sent. */
static inline struct sip_msg request(struct kit *b, const char *method)
{
    size_t n = strlen(method);

    for (unsigned i = 0; i < b->sents; i++) {
        const char *text = b->sent[b->sents - 1 - i];

        if (strncmp(text, method, n) == 0 && text[n] == ' ')
            return sent(b, i);
    }
    fail_msg("no %s was sent", method);
    return (struct sip_msg){0};
}

static inline unsigned count(const struct kit *b, const char *start)
{
    unsigned n = 0;

    for (unsigned i = 0; i < b->sents; i++)
        n += strncmp(b->sent[i], start, strlen(start)) == 0;
    return n;
}

/* A response to it. */
static inline void answer(struct kit *b, const char *method,
                          const char *status, const char *lines)
{
    struct sip_msg msg = request(b, method);
    char text[2048];

    snprintf(text, sizeof(text),
             "SIP/2.0 %s\r\nVia: %.*s\r\nFrom: %.*s\r\nTo: %.*s\r\n"
             "Call-ID: %.*s\r\nCSeq: %u %s\r\n%sContent-Length: 0\r\n\r\n",
             status, (int)msg.via->text.n, msg.via->text.p,
             (int)msg.from.text.n, msg.from.text.p, (int)msg.to.text.n,
             msg.to.text.p, (int)msg.call_id.n, msg.call_id.p, msg.cseq.num,
             method, lines);
    kit_hear(b, text);
}

#define FRAG(state)                              \
    "Event: refer\r\nSubscription-State: " state \
    "\r\nContent-Type: message/sipfrag\r\n"

/* bob's NOTIFY with that body. */
static inline void notify(struct kit *b, const char *tag, unsigned cseq,
                          const char *lines, const char *body)
{
    char text[2048];

    snprintf(text, sizeof(text),
             "NOTIFY sip:alice@192.0.2.7:40000 SIP/2.0\r\n"
             "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bKn%u\r\n"
             "From: <sip:bob@example.test>;tag=bobs\r\n"
             "To: <sip:alice@example.test>;tag=%s\r\nCall-ID: c1\r\n"
             "CSeq: %u NOTIFY\r\nMax-Forwards: 70\r\n"
             "Contact: <sip:bob@192.0.2.9:5061>\r\n%s"
             "Content-Length: %zu\r\n\r\n%s",
             cseq, tag, cseq, lines, strlen(body), body);
    kit_hear(b, text);
}

static inline void refer(struct kit *b, const char *tag, unsigned cseq,
                         const char *more)
{
    char branch[32];

    snprintf(branch, sizeof(branch), "z9hG4bKr%u", cseq);
    hear_request(b, &(struct call_request){.method = "REFER",
                                           .branch = branch,
                                           .to_tag = tag,
                                           .cseq = cseq,
                                           .more = more});
}

static inline unsigned last_status(struct kit *b)
{
    return kit_last(b).status;
}

static inline const char *named(struct kit *b, const struct sip_msg *msg,
                                enum sip_hdr_id id)
{
    static char text[1024];
    const struct sip_hdr *h = sip_msg_hdr(msg, id, NULL);

    (void)b;
    snprintf(text, sizeof(text), "%.*s", h ? (int)h->value.n : 0,
             h ? h->value.p : "");
    return text;
}

/* Time passes, and the edge answers pings. */
static inline void wait_alive(struct kit *b, int64_t ms)
{
    for (; ms > 0; ms -= 2000) {
        unsigned before = b->sents;

        kit_wait_ms(b, ms < 2000 ? ms : 2000);
        for (unsigned i = before; i < b->sents; i++)
            if (strcmp(b->sent[i], "\r\n\r\n") == 0)
                kit_hear(b, "\r\n");
    }
}

#endif
