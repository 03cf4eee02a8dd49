/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a flow, told to all who ride on it. */
#ifndef UA_TELL_H
#define UA_TELL_H

#include "ua/state.h"

/* Down: for the flow's cause. facts: of up, else NULL. */
void ua_tell_flow(struct ua_flow *flow, enum siplock_flow_state state,
                  const struct ua_flow_facts *facts);

/* The policy refused; it is the flow's cause then. */
void ua_tell_refused(struct ua_flow *flow, enum policy_why why);

/* What a flow that came up on behalf of others is, for one who joins. */
void ua_tell_joined(struct ua_account *acc);

/* Their registrations: the next try comes in that many ms. */
void ua_tell_lost(struct ua_flow *flow, struct now now, int64_t wait);

#endif
