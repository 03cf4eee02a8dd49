/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a flow, told to all who ride on it. */
#include "ua/tell.h"

#include "ua/event.h"
#include "ua/register.h"
#include "ua/riders.h"
#include "ua/uri_check.h"

void ua_tell_flow(struct ua_flow *flow, enum siplock_flow_state state,
                  const struct ua_flow_facts *facts)
{
    struct ua_account *acc = NULL;

    while ((acc = ua_riders_next(flow, acc))) {
        if (state == SIPLOCK_FLOW_DOWN)
            acc->cause = flow->cause;
        ua_event_flow(acc, state, facts);
    }
}

void ua_tell_refused(struct ua_flow *flow, enum policy_why why)
{
    struct ua_account *acc = NULL;

    ua_refusal_cause(&flow->cause, why);
    while ((acc = ua_riders_next(flow, acc)))
        ua_event_refused(acc, why, 0);
}

/* What a flow that came up on behalf of others is, for one who joins. */
void ua_tell_joined(struct ua_account *acc)
{
    const struct ua_flow *flow = acc->flow;
    const struct tls_name *name = policy_account_name(
        flow->core->policy, ua_edges_policy(flow, flow->edge));
    const struct ua_flow_facts facts = {.name = name ? tls_name_text(name)
                                                     : slice_of(NULL, 0),
                                        .tls = slice_cstr(flow->tls),
                                        .suite = slice_cstr(flow->suite)};

    ua_event_flow(acc, SIPLOCK_FLOW_UP, &facts);
}

void ua_tell_lost(struct ua_flow *flow, struct now now, int64_t wait)
{
    struct ua_account *acc = NULL;

    while ((acc = ua_riders_next(flow, acc)))
        ua_reg_flow_lost(acc, now, wait);
}
