/* SPDX-License-Identifier: Apache-2.0 */
/* Who is on a flow: an account of its own, or several that share it. */
#ifndef UA_RIDERS_H
#define UA_RIDERS_H

#include "ua/state.h"

/*
 * Accounts that ask for it share a flow where edge and trust are the same:
 * host, port, addresses, DNS servers, level, name rule and anchors. Their user
 * parts differ, since that is how a request that comes in is told apart (the
 * user of our Contact, RFC 3261 10.2.1). A shared flow has terms of its own,
 * and sessions of its own to resume.
 */
enum {
    UA_REGISTERS_MAX = 64, /* out at once on a flow: the rest wait their turn,
                              so that a queue of bytes stays bounded */
    UA_CROWDED_MS = 100    /* a refresh that finds no room comes so much later,
                              or up to four times */
};

/* The account gets its flow. E_NOMEM, E_FULL. */
int ua_riders_join(struct ua_account *acc);
/* It leaves, and the last one takes the flow with it. */
void ua_riders_leave(struct ua_account *acc, struct now now);

/* Those that want the flow, one after the other; NULL is before the first. */
struct ua_account *ua_riders_next(const struct ua_flow *flow,
                                  const struct ua_account *after);

/* Told to each of them; facts may be NULL. DOWN with the flow's cause. */
void ua_riders_tell(struct ua_flow *flow, enum siplock_flow_state state,
                    const struct ua_flow_facts *facts);
/* The policy refused it. */
void ua_riders_refused(struct ua_flow *flow, enum policy_why why);
/* It is lost, or did not come up; ms until it is tried again. */
void ua_riders_lost(struct ua_flow *flow, struct now now, int64_t wait);
/* One has joined a flow that is up. */
void ua_riders_joined(struct ua_account *acc);

/* Whose user that is; of an own flow always the one rider. NULL: nobody's. */
struct ua_account *ua_riders_user(const struct ua_flow *flow,
                                  struct slice user);

/* The flow is up: riders register, so many at once. From there on, and when
 * one of them has its answer, breathe lets the next ones go. */
void ua_riders_up(struct ua_flow *flow, struct now now);
void ua_riders_breathe(struct ua_flow *flow, struct now now);
/* One that is new on a flow that is up, or wants to register again. */
void ua_riders_register(struct ua_account *acc, struct now now);
bool ua_riders_crowded(const struct ua_flow *flow);

#endif
