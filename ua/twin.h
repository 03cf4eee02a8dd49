/* SPDX-License-Identifier: Apache-2.0 */
/* The second flow of an account, to another edge (RFC 5626 3.3, 4.2). */
#ifndef UA_TWIN_H
#define UA_TWIN_H

#include "ua/state.h"

struct ua_call;
struct sip_dialog;

/*
 * An account with two flows is two registrations of one instance, reg-id 1
 * and 2, each with its own flow, edge, timers and dialogs: the second one is
 * an account of the same id, which no table has. It sleeps until the first
 * has registered and the registrar does outbound (4.2.1). What the first
 * one's flow cannot carry goes over the other.
 */

/* Makes the second one of an account that is being configured. As
 * ua_account_new. */
int ua_twin_new(struct ua_account *acc, enum policy_level floor,
                const struct siplock_account_config *config,
                struct cause *why);

/* The other one, if it is awake. */
struct ua_account *ua_twin_of(const struct ua_account *acc);

/* The first one is registered: the second one may begin, once. */
void ua_twin_wake(struct ua_account *acc, struct now now);

/* Which of the two sends what is new. */
struct ua_account *ua_twin_best(struct ua_account *acc);

/* A request for the call came on the other's flow: it goes on there, unless
 * its INVITE has still to be answered here (18.2.2). */
bool ua_twin_follow(struct ua_call *c, const struct ua_flow *flow);

/* The dialog goes on over the other flow than from's, which is lost. */
void ua_twin_reroute(struct sip_dialog *d, struct ua_account *from);

/* Those on that flow have it, or have lost it: calls, subscriptions and
 * messages of one whose flow is not up go on over the other, if that is. */
void ua_twin_up(struct ua_flow *flow, struct now now);
void ua_twin_lost(struct ua_flow *flow, struct now now);

#endif
