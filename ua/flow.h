/* SPDX-License-Identifier: Apache-2.0 */
/* An account's flow: found, dialled, kept alive, set up again. */
#ifndef UA_FLOW_H
#define UA_FLOW_H

#include "ua/state.h"

enum {
    UA_BACKOFF_BASE_MS = 1000,
    UA_BACKOFF_SPARE_MS = 90000,  /* where the other flow is up */
    UA_BACKOFF_MAX_MS = 1800000,  /* RFC 5626 4.5 max-time */
    UA_BACKOFF_TRUST_MS = 300000, /* at least, after a trust failure */
    UA_FLOW_GOOD_MS = 10000,      /* lived that long: no failure */
    UA_PING_FIRST_MS = 10000,
    UA_PING_MS = 110000, /* Kamailio closes after 120 s idle */
    UA_PONG_MS = 10000,  /* RFC 5626 4.4.1 */
    UA_PONGS_WINDOW_MS = 10000,
    UA_PONGS_MAX = 20 /* answered in a window */
};

/*
 * For an account: brings its flow up unless it is up or on its way. On one
 * that is shared and waits to try again it waits with the others.
 */
void ua_flow_want(struct ua_account *acc, struct now now);
/* Is it up? Then the account is on it. */
bool ua_flow_board(struct ua_account *acc);

/* Takes a flow that came in and is up: a direct account's. E_NOMEM, E_FULL. */
int ua_flow_adopt(struct ua_account *acc, struct now now,
                  const struct ua_flow_facts *facts);

/* The account needs it no more. If nobody does it is closed: the driver is
 * told, the registration is not. */
void ua_flow_close(struct ua_account *acc);

/* Sends a copy of text. E_STATE unless up, E_NOMEM. */
int ua_flow_send(struct ua_flow *flow, struct slice text);

/* Closes it and sets it up again at once (the network changed, …). */
void ua_flow_renew(struct ua_flow *flow, struct now now, enum cause_code why);

/* What the peer sends cannot be used: closed, and set up again as one that
 * was lost, so with back-off if it happens again and again. */
void ua_flow_broken(struct ua_flow *flow, struct now now, enum cause_code why);

/* The server is overloaded for that many ms (503; RFC 3263 4.3): the next
 * one of the same search, if there is one. False: there is none. */
bool ua_flow_elsewhere(struct ua_flow *flow, struct now now, int64_t ms);

/* Inputs of the driver; id: which of its connections. */
void ua_flow_dns(struct ua_flow *flow, struct now now,
                 const struct ua_answer *answer);
void ua_flow_port(struct ua_flow *flow, uint64_t id, void *port);
void ua_flow_up(struct ua_flow *flow, struct now now, uint64_t id,
                const struct ua_flow_facts *facts);
void ua_flow_down(struct ua_flow *flow, struct now now, uint64_t id,
                  const struct cause *cause);
void ua_flow_timer(struct ua_flow *flow, struct now now);
void ua_flow_net(struct ua_flow *flow, struct now now, bool changed);

/* Keep-alive (RFC 5626 3.5.1 and 4.4.1). */
void ua_flow_ping_timer(struct ua_flow *flow, struct now now);
void ua_flow_alive(struct ua_flow *flow, struct now now, bool pong);
void ua_flow_pinged(struct ua_flow *flow, struct now now);
/* Whoever asked with OPTIONS is gone: the next ping is due soon. */
void ua_flow_asked(struct ua_flow *flow, struct now now);

/* How long after the n-th failure in a row: RFC 5626 4.5, with jitter; base in
 * ms. */
int64_t ua_backoff(const struct env *env, int64_t base, unsigned failures);

#endif
