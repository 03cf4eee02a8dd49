/* SPDX-License-Identifier: Apache-2.0 */
/* The core's own structures: accounts, their flow and registration. */
#ifndef UA_STATE_H
#define UA_STATE_H

#include "sip/base/arena.h"
#include "sip/base/heap.h"
#include "sip/base/idtab.h"
#include "sip/base/log.h"
#include "sip/digest.h"
#include "sip/stream.h"
#include "sip/txn.h"
#include "sip/write.h"
#include "tls/dnscache.h"
#include "ua/binding.h"
#include "ua/clock.h"
#include "ua/core.h"
#include "ua/dial.h"
#include "ua/edges.h"
#include "ua/regtable.h"
#include "ua/sid.h"

enum {
    UA_BRANCH_MAX = 64,
    UA_TOKEN_N = 16, /* random bytes of Call-ID, tags and branches */
    UA_URI_MAX = 512,
    UA_MESSAGE_MAX = 8192, /* longest message that we write */
    UA_ADDRS_MAX = TLS_LOCATE_ADDRS_MAX
};

/* All heap times are of the boot clock, so that sleep counts. */
enum ua_timer_kind {
    UA_TIMER_FLOW = 1, /* DNS deadline, or when to connect again */
    UA_TIMER_PING,     /* next ping, or the pong's time-out */
    UA_TIMER_REG,      /* refresh, retry, or the end of unregistering */
    UA_TIMER_TXN,      /* B, F or M; owner is the transaction */
    UA_TIMER_CALL,     /* what the call's state waits for; owner: the call */
    UA_TIMER_SESSION,  /* a session is to be refreshed, or has expired */
    UA_TIMER_UPDATE,   /* an UPDATE again */
    UA_TIMER_REL,      /* a reliable provisional response again */
    UA_TIMER_REFER,    /* a transfer takes too long; owner: the call */
    UA_TIMER_REFERRED,
    UA_TIMER_SUB,      /* owner: the subscription */
    UA_TIMER_MESSAGE,  /* owner: the message */
    UA_TIMER_REFERENCE /* owner: its key */
};

enum ua_flow_state {
    UA_FLOW_IDLE,
    UA_FLOW_RESOLVING,
    UA_FLOW_DIALING, /* and DNS may still be asked for more addresses */
    UA_FLOW_UP,
    UA_FLOW_WAITING /* failed; connects again when the timer fires */
};

/*
 * A connection to an edge and the accounts that use it: one, or several that
 * want to share it (ua/riders.h).
 */
struct ua_flow {
    struct ua_core *core;
    struct ua_account *first, **tail; /* by next_rider, as they came */
    struct ua_account **bucket;       /* of a shared one: by user */
    unsigned buckets, riders;
    struct ua_account *waiting; /* from here on they have yet to register */
    unsigned registers;         /* REGISTERs that are out */
    struct ua_flow *next;       /* of the shared ones */
    bool shared;
    uint64_t policy_id; /* whose terms; of a shared flow its own */
    uint64_t more_policy[UA_EDGES_MAX - 1]; /* of the further edges */
    unsigned edge;                          /* that it leads to, an index */
    struct cause cause;                     /* of the last failure */
    char tls[16], suite[64];
    enum ua_flow_state state;
    uint64_t id; /* of this attempt, then of its connection; 0: none */
    void *port;  /* the driver's */
    struct tls_locate *locate;
    struct ua_race *race; /* of an attempt: what is being made */
    const struct policy_peer *ticket;
    struct tls_addr local, remote;
    struct tls_addr was; /* remote, of the last one that was up */
    struct sip_stream stream;
    struct timer timer;
    struct timer ping;
    bool more;           /* there are other servers than this one */
    bool awaiting;       /* a ping is out */
    bool probing;        /* an OPTIONS is out in place of a ping */
    bool pongs;          /* this edge answers pings (kept over flows) */
    uint32_t flow_timer; /* seconds, from the 200; 0: none */
    unsigned failures;   /* since the flow was last good */
    int64_t up_at;
    int64_t pongs_at; /* window of the pong rate limit */
    unsigned pongs_n;
    uint64_t sent; /* SIP bytes on this flow */
};

struct ua_reg {
    enum ua_reg_state state;
    struct timer timer;
    char call_id[2 * UA_TOKEN_N];
    char tag[2 * UA_TOKEN_N];
    uint32_t cseq;
    uint32_t expires;    /* asked for, raised by 423 */
    uint32_t granted;    /* by the last 200 */
    uint64_t txn;        /* the outstanding REGISTER */
    unsigned challenges; /* answered for this request */
    bool raised;         /* 423 was taken once */
    bool clean;          /* Contact: * is to be sent first */
    unsigned failures;
    unsigned status;      /* of the last response */
    uint32_t retry_after; /* seconds, from the last response */
    int64_t retry_ms;     /* what the next failed event says */
};

struct ua_account {
    uint64_t id;
    uint64_t policy_id;
    const struct env *env;
    struct ua_core *core; /* NULL until added */
    struct tls_cred *cred;
    struct slice text; /* owned: aor, outbound and user laid end to end */
    struct sip_uri aor;
    struct sip_uri outbound; /* scheme NONE: not given */
    struct ua_edge *edge;    /* owned: where there are several, all of them */
    size_t edges;
    struct slice host;     /* what is located: outbound's or AoR's */
    uint16_t port;         /* 0: not given */
    struct tls_addr *addr; /* owned: of the edge, then DNS servers */
    size_t naddr;
    struct tls_addr *dns;
    size_t ndns;
    enum policy_level level;
    enum tls_name_rule names;
    bool no_register;
    int64_t retry_base_ms; /* of back-off (RFC 5626 4.5) */
    unsigned codecs;       /* 1 << enum sdp_codec, events too */
    siplock_password_cb password;
    void *password_user;
    struct sip_digest digest;
    struct ua_flow *flow; /* from when it is added until it is freed */
    struct ua_account *next_rider, **at_rider; /* in the flow's list */
    struct ua_account *next_alike;             /* in its bucket */
    bool riding;                               /* it wants the flow */
    bool share;                                /* it may have others on it */
    struct ua_account *twin; /* the other one of two flows (ua/twin.h) */
    bool second;             /* of them, which the first one owns */
    struct ua_reg reg;
    struct ua_binding binding;
    struct cause cause;  /* of the last failure */
    struct ua_txn *txns; /* it has, the newest first */
    int transfer;        /* enum siplock_transfers */
    unsigned calls;      /* it has */
    unsigned live;       /* of them not over */
    int refers;          /* enum siplock_refers */
    unsigned subs, messages, references;
    bool direct; /* its flow came in; it ends with it */
    bool removing;
    bool lingering; /* removing, and something is still to be said */
    struct ua_account *next_leaving;
    bool leaving; /* in the core's list of those to be let go of */
    bool told_md5, told_no_qop, told_one_flow, end_untold;
};

/* A client transaction (RFC 3261 17.1) and what it is for. */
enum ua_txn_use {
    UA_TXN_REGISTER,
    UA_TXN_PROBE,
    UA_TXN_INVITE,
    UA_TXN_CHANGE, /* a re-INVITE */
    UA_TXN_BYE,
    UA_TXN_PRACK,
    UA_TXN_UPDATE,
    UA_TXN_OWNED /* heard is told */
};

struct ua_txn;
struct sip_msg;

/* A response came to it, or (res is NULL) none will: no answer in 64*T1, or
 * the flow was lost. was is a copy; the transaction may be gone. */
typedef void ua_txn_heard(struct ua_account *acc, struct now now,
                          const struct ua_txn *was, const struct sip_msg *res,
                          bool timed_out);

struct ua_txn {
    struct ua_txn *next, **at; /* in its account's list */
    uint64_t id;
    struct ua_account *acc; /* whose list that is */
    uint64_t call;          /* its key; 0: none */
    unsigned leg;           /* of the call */
    uint64_t owner;         /* of OWNED: as heard likes it */
    ua_txn_heard *heard;
    enum sip_txn_kind kind;
    enum sip_txn_state state;
    enum ua_txn_use use;
    enum sip_method method;
    struct timer timer;
    char branch[UA_BRANCH_MAX];
    size_t branch_n;
};

struct ua_core {
    const struct env *env;
    struct policy *policy;
    struct slice user_agent;
    struct heap heap;
    struct tls_dnscache *dnscache;
    struct tls_avoid avoid; /* addresses that failed */
    struct ua_clock clock;
    struct slice search[TLS_LOCATE_SEARCH_MAX]; /* owned */
    size_t nsearch;
    struct idtab accounts;
    struct ua_account *leaving;
    struct idtab flows; /* by the id of an attempt */
    unsigned dialling;  /* connections that are being made */
    struct ua_flow *shared;
    struct idtab txns;
    struct idtab calls;    /* by their own keys, for as long as they exist */
    struct idtab call_ids; /* by the driver's ids, until their last event */
    struct idtab subs, messages; /* by the driver's ids, too */
    struct idtab references;     /* by their own keys, and: */
    struct idtab all_subs;       /* with their forks */
    int (*call_id)(void *user, uint64_t *id);
    void *call_id_user;
    void (*locals)(void *user, struct tls_locals *locals);
    void *locals_user;
    struct ua_outq outq;
    struct arena_pool pool;
    struct arena arena;       /* of the message in hand */
    const struct ua_sid *sid; /* that what is received goes by; or NULL */
    struct ua_counts counts;
    int64_t suspended_at; /* boot clock; -1: not suspended */
};

/* Borrows from the transaction. */
static inline struct slice ua_txn_branch(const struct ua_txn *txn)
{
    return slice_of(txn->branch, txn->branch_n);
}

/* Room for every timer that exists and one account's or call's more. */
int ua_reserve_timers(struct ua_core *core);

/* May the account call that URI, or send it anything? */
enum policy_why ua_check_target(const struct ua_account *acc,
                                const struct sip_uri *uri);

/* The account is on its way out: from the end of this input on it is looked
 * at whether it can be let go of. */
void ua_reap_later(struct ua_account *acc);
/* The last thing that an input does. */
void ua_reap(struct ua_core *core, struct now now);

/* Arms a timer of an account; room was reserved when it was added. */
void ua_arm(struct ua_account *acc, struct timer *t, int64_t at);

/* A value in [from, to] with jitter from env->rand; from on failure. */
int64_t ua_jitter(const struct env *env, int64_t from, int64_t to);

/*
 * The same for a time that has slack: on a grid of 1, 2, 4 or 8 s of the boot
 * clock, at least two of which lie in [from, to], so that what many accounts
 * wait for wakes the device once.
 */
int64_t ua_within(const struct env *env, int64_t from, int64_t to);

#endif
