/* SPDX-License-Identifier: Apache-2.0 */
/* What the core wants done: a queue that the driver pulls until empty. */
#ifndef UA_OUTQ_H
#define UA_OUTQ_H

#include "media/line.h"
#include "sip/base/cause.h"
#include "sip/base/env.h"
#include "tls/policy.h"
#include "ua/siplock_more.h"

struct tls_cred;

enum ua_out_kind {
    UA_OUT_QUERY = 1, /* ask DNS: flow, qid, type, text = name */
    UA_OUT_UNQUERY,   /* forget the queries of flow */
    UA_OUT_DIAL,      /* tls_dial(ticket) for flow */
    UA_OUT_SEND,      /* text on flow */
    UA_OUT_HANGUP,    /* close flow; nothing more is heard of it */
    UA_OUT_PASSWORD,  /* ask the app: account, text = realm */
    UA_OUT_EVENT,     /* tell the app */
    UA_OUT_FORGET,    /* account is gone; cred is given back */
    /* Media of call; what comes of it enters by ua_core_media. */
    UA_OUT_MEDIA_OPEN, /* bind addr; again: move to addr */
    UA_OUT_MEDIA_SET,  /* media, config */
    UA_OUT_MEDIA_DTMF, /* digit, ms */
    UA_OUT_MEDIA_CLOSE /* CLOSED is to come, whatever happens */
};

/* The texts of an event, laid end to end in ua_out.text. */
enum ua_text {
    UA_TEXT_CAUSE,  /* the sentence with its facts */
    UA_TEXT_REMOTE, /* "192.0.2.1:5061" */
    UA_TEXT_NAME,   /* the verified name */
    UA_TEXT_TLS,    /* "TLSv1.3" */
    UA_TEXT_SUITE,
    UA_TEXT_PEER, /* of a call: URI and display name */
    UA_TEXT_PEER_NAME,
    UA_TEXT_TARGET, /* where a 3xx leads; of a transfer: Refer-To, and: */
    UA_TEXT_BY,
    UA_TEXT_PACKAGE, /* of a subscription; of a NOTIFY or MESSAGE: */
    UA_TEXT_TYPE,
    UA_TEXT_BODY,
    UA_TEXT_ABOUT, /* of ua/about.h */
    UA_TEXT_ASSERTED = UA_TEXT_ABOUT,
    UA_TEXT_ALERT,
    UA_TEXT_CALL_INFO,
    UA_TEXT_DIVERSION,
    UA_TEXT_HISTORY,
    UA_TEXT_UUI,
    UA_TEXT_SESSION,
    UA_TEXT_FEATURES,
    UA_TEXT_REASON,
    UA_TEXT_ABOUT_END,
    UA_TEXT_COUNT = UA_TEXT_ABOUT_END
};

/*
 * An event for the app. Without memory for the texts their lengths are 0:
 * the event itself is never lost.
 */
struct ua_event {
    unsigned notifier; /* subscription, notify */
    bool resumed;      /* flow up: a TLS session was */
    int type;          /* enum siplock_event_type */
    int state;         /* register or flow state */
    int reg_id;        /* the same: which flow of the account */
    unsigned status;
    uint32_t expires;
    int64_t retry_ms;
    enum cause_code cause; /* CAUSE_none: nothing failed */
    enum policy_why why;   /* of policy.refused, or of the cause */
    uint64_t bytes_sent;
    const char *notice; /* static */
    int64_t seconds;    /* of the notice clock_skew */
    /* Of calls. */
    int direction;
    const char *keying, *codec; /* static */
    unsigned rate;
    char digit;
    unsigned digit_ms;
    struct siplock_call_stats stats;
    uint16_t len[UA_TEXT_COUNT];
};

struct ua_out {
    enum ua_out_kind kind;
    uint64_t account;
    uint64_t flow;
    void *port; /* the driver's own pointer for the flow */
    uint32_t qid;
    int qtype; /* enum tls_dns_type */
    const struct policy_peer *ticket;
    struct tls_cred *cred;
    uint64_t call;
    uint64_t other; /* event: the call that it follows or replaces, or 0 */
    uint64_t related;
    uint64_t reference;
    struct tls_addr addr;
    const struct policy_media *media;
    struct media_stream_config config;
    char digit;
    unsigned ms;
    struct slice text; /* owned by the entry */
    struct ua_event event;
};

enum {
    UA_OUTQ_ROOM = 28,   /* entries that one input may add */
    UA_OUTQ_LIMIT = 4096 /* entries in all */
};

struct ua_outq {
    const struct env *env;
    struct ua_out *ring;
    uint32_t cap;
    uint32_t head;
    uint32_t n;
};

/* Room for UA_OUTQ_ROOM entries is there from the start. E_NOMEM. */
int ua_outq_init(struct ua_outq *q, const struct env *env);
void ua_outq_free(struct ua_outq *q);

/*
 * Makes sure that one input's entries fit. E_NOMEM, or E_FULL at the limit:
 * a command is then refused, a timer left for the next turn. A driver that
 * pulls after each input never sees it.
 */
int ua_outq_reserve(struct ua_outq *q);

/*
 * The next entry to fill, zeroed. Never NULL after a successful reserve; if
 * one input needs more than its room it grows, and NULL is out of memory.
 */
struct ua_out *ua_outq_push(struct ua_outq *q, enum ua_out_kind kind);

/* Takes the oldest entry; false when empty. Release it when done. */
bool ua_outq_pull(struct ua_outq *q, struct ua_out *out);
void ua_out_release(const struct env *env, struct ua_out *out);

#endif
