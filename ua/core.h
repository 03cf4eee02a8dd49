/* SPDX-License-Identifier: Apache-2.0 */
/* The core: everything a user agent decides, with no I/O in it. */
#ifndef UA_CORE_H
#define UA_CORE_H

#include "sip/uri.h"
#include "tls/locate.h"
#include "ua/outq.h"
#include "ua/siplock.h"

/*
 * Sans-IO: the driver gives inputs with the time at which they happened,
 * then pulls ua_core_next until it is empty and arms one timer for
 * ua_core_deadline. Nothing is called back. One thread at a time.
 */
struct ua_core;

enum {
    UA_ACCOUNTS_MAX = 12000,
    UA_TXNS_MAX = 131072,
    UA_CALLS_MAX = 1024,
    UA_SUBS_MAX = 2048,
    UA_MESSAGES_MAX = 1024,
    /* Calls, subscriptions and messages have their ids from one table. */
    UA_THINGS_MAX = UA_CALLS_MAX + UA_SUBS_MAX + UA_MESSAGES_MAX,
    UA_DNS_MAX = 8 /* DNS servers of an account */
};

struct ua_core_config {
    const struct env *env;   /* borrowed, outlives the core */
    struct policy *policy;   /* borrowed, outlives the core */
    struct slice user_agent; /* empty: no User-Agent header; copied */
    /* Gives the id of a call that comes in, from the table of those that
     * ua_core_call_start is given. NULL: nobody can be called (486). */
    int (*call_id)(void *user, uint64_t *id);
    void *call_id_user;
    /* Tells the addresses of this device, as a search begins. NULL: they are
     * not known. */
    void (*locals)(void *user, struct tls_locals *locals);
    void *locals_user;
};

/* E_NOMEM, E_RANDOM. */
int ua_core_new(struct ua_core **core, const struct ua_core_config *config);

/* Frees all; nothing is sent. Unpulled outputs are dropped. */
void ua_core_free(struct ua_core *core);

/* What a driver says of a flow that came up. Strings are copied. */
struct ua_flow_facts {
    struct tls_addr local;
    struct tls_addr remote;
    struct slice name;
    struct slice tls;
    struct slice suite;
    const struct tls_facts *peer; /* NULL: it came in, or there is none */
};

/*
 * Commands. An account is made by ua_account_new on any thread; id is the
 * caller's (index + 1 and generation, as idtab gives them) and names it in
 * all that follows. On success the core owns acc, and UA_OUT_FORGET gives
 * its anchors back; on error the caller still does. E_NOMEM, E_FULL,
 * E_RANDOM, E_INVAL, E_POLICY.
 */
struct ua_account;
int ua_core_account_add(struct ua_core *core, struct now now, uint64_t id,
                        struct ua_account *acc);
/* One whose flow came in and is up already, and which ends with it: no
 * registration, any user. As ua_core_account_add. */
struct ua_came_in {
    struct ua_account *acc;
    const struct ua_flow_facts *facts;
    void *port; /* the driver's */
};
int ua_core_direct(struct ua_core *core, struct now now, uint64_t id,
                   const struct ua_came_in *in, uint64_t *flow);
int ua_core_account_remove(struct ua_core *core, struct now now, uint64_t id);
int ua_core_account_refresh(struct ua_core *core, struct now now, uint64_t id);

/* The app's answer to UA_OUT_PASSWORD; empty: there is none. */
int ua_core_password(struct ua_core *core, struct now now, uint64_t id,
                     struct slice password);

/* Domains to search for hosts without a dot, for searches from now on; copied.
 * E_NOMEM, E_TOOBIG, E_SYNTAX. */
int ua_core_search(struct ua_core *core, const struct slice *domain, size_t n);

/* What the driver needs of an account. E_GONE. */
int ua_core_account_dns(const struct ua_core *core, uint64_t id,
                        const struct tls_addr **servers, size_t *n);
int ua_core_account_password(const struct ua_core *core, uint64_t id,
                             siplock_password_cb *ask, void **user);

/*
 * Calls. id is the caller's, as an account's; the event CALL_ENDED is the
 * last of it, and the id is the driver's again. E_GONE, E_STATE, E_NOMEM,
 * E_FULL, E_RANDOM; E_POLICY with *why.
 */
/* How it is to be made: siplock_call_options, checked. */
enum { UA_PRIVACY_MAX = 64, UA_UUI_MAX = 600 };
struct ua_terms {
    bool follow;    /* 3xx */
    bool anonymous; /* in From and Contact */
    bool no_offer;  /* in the INVITE */
    bool reliable;  /* provisional responses have to be */
    bool update;    /* rather than a re-INVITE, where it is allowed */
    char privacy[UA_PRIVACY_MAX]; /* Privacy; "": none */
    char uui[UA_UUI_MAX];         /* User-to-User; "": none */
};
struct ua_dial {
    uint64_t id;
    uint64_t account;
    const struct sip_uri *target;
    const struct ua_terms *terms; /* NULL: all zero; copied */
};
int ua_core_call_start(struct ua_core *core, struct now now,
                       const struct ua_dial *dial, enum policy_why *why);

/* What the app wants of a call. */
struct ua_wish {
    enum {
        UA_WISH_RING,
        UA_WISH_EARLY, /* ring, with sound */
        UA_WISH_ANSWER,
        UA_WISH_REJECT, /* status */
        UA_WISH_HANGUP, /* status: of its Reason, or 0 */
        UA_WISH_HOLD,
        UA_WISH_RESUME,
        UA_WISH_DTMF,     /* digit, ms */
        UA_WISH_TRANSFER, /* target, or else other */
        UA_WISH_FOLLOW,   /* what the peer asks for */
        UA_WISH_DECLINE
    } kind;
    unsigned status;
    char digit;
    unsigned ms;
    struct slice target; /* a URI; empty: other, the id of a call */
    uint64_t other;
};
int ua_core_call_wish(struct ua_core *core, struct now now, uint64_t id,
                      const struct ua_wish *wish);

/*
 * Subscriptions and messages (ua/usage.c); ids as those of calls. The events
 * SUBSCRIPTION_STATE with state ended and MESSAGE_STATE are their last. Errors
 * as of calls, and E_TOOBIG, E_SYNTAX.
 */
struct ua_sub_ask;
struct ua_message_ask;
int ua_core_subscribe(struct ua_core *core, struct now now,
                      const struct ua_sub_ask *ask, enum policy_why *why);
int ua_core_unsubscribe(struct ua_core *core, struct now now, uint64_t id);
int ua_core_message(struct ua_core *core, struct now now,
                    const struct ua_message_ask *ask, enum policy_why *why);

/* REFERs of no call (ua/reference.h); the same, and E_STATE. A TRANSFER that
 * is done, failed or unknown is the last event of a reference. */
struct ua_reference_ask;
int ua_core_refer(struct ua_core *core, struct now now,
                  const struct ua_reference_ask *ask, enum policy_why *why);
int ua_core_reference_decide(struct ua_core *core, struct now now, uint64_t id,
                             bool follow);

/* Hangs up all calls of all accounts. */
void ua_core_hangup(struct ua_core *core, struct now now);

/* The media thread's word about a call; e->stream is not looked at. */
void ua_core_media(struct ua_core *core, struct now now, uint64_t call,
                   const struct media_event *e);

/* Inputs; an id of a flow that is gone is ignored. */
void ua_core_port(struct ua_core *core, uint64_t flow, void *port);
struct ua_answer {
    uint64_t flow;
    uint32_t qid;
    enum tls_locate_status status;
    struct slice packet; /* valid during the call */
};
void ua_core_dns(struct ua_core *core, struct now now,
                 const struct ua_answer *answer);
void ua_core_flow_up(struct ua_core *core, struct now now, uint64_t flow,
                     const struct ua_flow_facts *facts);
void ua_core_flow_down(struct ua_core *core, struct now now, uint64_t flow,
                       const struct cause *cause);
void ua_core_bytes(struct ua_core *core, struct now now, uint64_t flow,
                   struct slice bytes);

enum ua_net_event { UA_NET_CHANGED, UA_NET_SUSPEND, UA_NET_RESUME };
void ua_core_net(struct ua_core *core, struct now now,
                 enum ua_net_event event);

/*
 * Runs what is due. May leave some for the next turn when the outputs are
 * not pulled: ua_core_deadline is then still in the past.
 */
void ua_core_tick(struct ua_core *core, struct now now);

/* Of the boot clock, ms; INT64_MAX: nothing is waited for. */
int64_t ua_core_deadline(const struct ua_core *core);

/* The next output; release it with ua_out_release. */
bool ua_core_next(struct ua_core *core, struct ua_out *out);
bool ua_core_waiting(const struct ua_core *core); /* is there one? */

/* Counters for tests and reports. */
struct ua_counts {
    uint64_t messages_in, messages_out;
    uint64_t malformed, strays, drops, pings, pongs;
    uint64_t calls_out, calls_in;
    uint32_t accounts, txns, calls, subs, messages, references;
    uint32_t timers;
};
struct ua_counts ua_core_counts(const struct ua_core *core);

#endif
