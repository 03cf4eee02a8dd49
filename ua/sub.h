/* SPDX-License-Identifier: Apache-2.0 */
/* Subscriptions of ours (RFC 6665), a dialog for each notifier. */
#ifndef UA_SUB_H
#define UA_SUB_H

#include "sip/dialog.h"
#include "ua/state.h"
#include "ua/subtable.h"

enum {
    UA_SUBS_OF_ACCOUNT = 32,  /* forks are counted, too */
    UA_SUB_NOTIFIERS_MAX = 4, /* of one SUBSCRIBE */
    UA_BODY_MAX = 32768,      /* of what is handed to the app; more is 513 */
    UA_SUB_EXPIRES = 3600,
    UA_SUB_EXPIRES_MAX = 604800
};

/*
 * Owned by its account; known by the driver's id until its last event. Each
 * further notifier that a forked SUBSCRIBE finds is one of its own (4.1.4),
 * a fork: with the dialog that its NOTIFY made, its own state and timer; it
 * is never begun anew, but ends.
 */
struct ua_sub {
    uint64_t id;  /* of a fork: 0 */
    uint64_t key; /* ours, in timers and transactions */
    struct ua_account *acc;
    unsigned notifier; /* 1 to 4: which of those that answered */
    bool fork;
    struct ua_sub *first; /* of a fork: whose it is; NULL: nobody's */
    unsigned forks;       /* notifiers of live forks: 1 << notifier */
    int64_t forks_until;  /* boot clock: later ones are too late (4.1.2.4) */
    bool hollow;          /* the first one has ended, its forks go on */
    enum ua_sub_state state;
    struct timer timer;
    struct slice text; /* owned: the three that follow */
    struct slice target, package, accept;
    bool fetch;         /* Expires: 0, one NOTIFY (4.4.3) */
    uint32_t expires;   /* asked for, raised by 423 */
    uint32_t granted;   /* seconds, by the 2xx or NOTIFY */
    int64_t expires_at; /* boot clock; 0: nothing holds */
    char call_id[2 * UA_TOKEN_N];
    char tag[2 * UA_TOKEN_N];
    struct ua_sid sid;
    uint32_t cseq;
    struct sip_dialog dialog; /* made by the first NOTIFY */
    uint64_t txn;
    unsigned challenges;
    bool asking; /* the app is asked for the password */
    bool raised; /* 423 was taken once */
    unsigned failures;
    uint32_t retry_after; /* seconds; 0: not said */
    int64_t retry_ms;     /* what the next failed event says */
    unsigned status;
    struct cause cause;
};

/* ------------------------------------------------------------ ua/sub.c */

/* A new one that nothing is said of yet. E_FULL, E_NOMEM. */
int ua_sub_new(struct ua_sub **out, struct ua_account *acc);

/* What the app asks for; borrowed. target empty: the account itself. */
struct ua_sub_ask {
    uint64_t id, account;
    struct slice target, package, accept;
    uint32_t expires; /* 0: once */
};
/* E_FULL, E_NOMEM, E_RANDOM, E_GONE, E_SYNTAX. */
int ua_sub_start(struct ua_account *acc, struct now now,
                 const struct ua_sub_ask *ask);
void ua_sub_stop(struct ua_sub *s, struct now now);
/* Takes a step; s may be gone after it. */
void ua_sub_event(struct ua_sub *s, struct now now, enum ua_sub_event ev);

/* What it waits for is due. */
void ua_sub_timer(struct ua_core *core, struct now now, uint64_t id);
void ua_sub_flow_up(struct ua_account *acc, struct now now);
void ua_sub_flow_lost(struct ua_account *acc, struct now now);
/* They go on over the other flow, which is up. */
void ua_sub_move_all(struct ua_account *from, struct ua_account *to,
                     struct now now);
void ua_sub_password(struct ua_account *acc, struct now now, bool there);
void ua_sub_stop_all(struct ua_account *acc, struct now now);
/* Ends them at once: told, nothing more is sent. */
void ua_sub_drop_all(struct ua_account *acc);
/* Frees it; nothing is sent or told. */
void ua_sub_free(struct ua_sub *s);

void ua_sub_tell(struct ua_sub *s);

/* -------------------------------------------------------- ua/subfork.c */

/* A NOTIFY of another notifier than s has: the fork for it, if its package,
 * its time and memory allow one, else NULL. */
struct ua_sub *ua_subfork_new(struct ua_sub *s, struct now now);
/* It came to nothing: nobody has heard of it. */
void ua_subfork_drop(struct ua_sub *f);
/* s is begun anew, or ends: its forks are ended, and told so. */
void ua_subfork_stop_all(struct ua_sub *s, struct now now);
/* A fork has ended; or its first one has, and may live on for its forks. */
void ua_subfork_end(struct ua_sub *s);
/* The account's subscriptions and forks, one after the other; a step of one
 * frees forks that come later, at most. */
struct ua_sub *ua_subfork_next(const struct ua_account *acc, uint32_t *pos);

/* ------------------------------------------------------ ua/subnotify.c */

/* A NOTIFY outside of a call: true if it was one of ours; it is answered. */
bool ua_sub_notify(struct ua_account *acc, struct now now,
                   const struct sip_msg *msg);

#endif
