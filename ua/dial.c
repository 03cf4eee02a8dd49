/* SPDX-License-Identifier: Apache-2.0 */
/* The connections of an attempt: their ids and tickets, and who wins. */
#include "ua/dial.h"

#include <string.h>

#include "sip/base/err.h"
#include "ua/state.h"

static void push(struct ua_flow *flow, enum ua_out_kind kind,
                 const struct ua_dialling *d)
{
    struct ua_out *out = ua_outq_push(&flow->core->outq, kind);

    if (!out)
        return;
    out->account = flow->first->id;
    out->flow = d->id;
    out->port = d->port;
    out->ticket = d->ticket;
}

int ua_dial_open(struct ua_flow *flow)
{
    flow->race = env_alloc(flow->core->env, sizeof(*flow->race));
    return flow->race ? 0 : E_NOMEM;
}

void ua_dial_close(struct ua_flow *flow)
{
    struct ua_race *race = flow->race;

    for (unsigned i = 0; race && i < UA_DIALS_MAX; i++)
        if (race->row[i].id)
            ua_dial_hangup(flow, &race->row[i]);
    env_free(flow->core->env, race);
    flow->race = NULL;
}

/*
 * Thousands of accounts that set their flows up at once must not make six
 * connections each, for the servers' sake and for that of descriptors: what
 * all have beyond a few each is bounded.
 */
unsigned ua_dial_width(const struct ua_flow *flow)
{
    return flow->core->dialling < UA_DIALS_ALL ? UA_DIALS_MAX : UA_DIALS_FEW;
}

static struct ua_dialling *vacant(struct ua_flow *flow)
{
    for (unsigned i = 0; flow->race && i < UA_DIALS_MAX; i++)
        if (!flow->race->row[i].id)
            return &flow->race->row[i];
    return NULL;
}

static int mint(struct ua_flow *flow, struct ua_dialling *d,
                enum policy_why *why)
{
    struct ua_core *core = flow->core;
    int err = policy_peer_mint(core->policy, &d->ticket,
                               ua_edges_policy(flow, d->edge), &d->addr, why);

    if (err)
        return err;
    err = idtab_add(&core->flows, &d->id, flow);
    if (err)
        policy_peer_revoke(core->policy, d->ticket);
    return err;
}

int ua_dial_start(struct ua_flow *flow, const struct tls_step *step,
                  enum policy_why *why)
{
    struct ua_dialling *d = vacant(flow);
    int err;

    *why = POLICY_ALLOWED;
    if (!d)
        return E_FULL;
    *d = (struct ua_dialling){
        .addr = step->addr, .candidate = step->candidate, .edge = step->edge};
    err = mint(flow, d, why);
    if (err) {
        memset(d, 0, sizeof(*d));
        return err;
    }
    flow->core->dialling++;
    push(flow, UA_OUT_DIAL, d);
    return 0;
}

struct ua_dialling *ua_dial_find(struct ua_flow *flow, uint64_t id)
{
    for (unsigned i = 0; id && flow->race && i < UA_DIALS_MAX; i++)
        if (flow->race->row[i].id == id)
            return &flow->race->row[i];
    return NULL;
}

bool ua_dial_any(const struct ua_flow *flow)
{
    for (unsigned i = 0; flow->race && i < UA_DIALS_MAX; i++)
        if (flow->race->row[i].id)
            return true;
    return false;
}

/* Its place in the race is free again. */
static void leave(struct ua_flow *flow, struct ua_dialling *d)
{
    flow->core->dialling--;
    memset(d, 0, sizeof(*d));
}

void ua_dial_lose(struct ua_flow *flow, struct ua_dialling *d)
{
    policy_peer_revoke(flow->core->policy, d->ticket);
    idtab_remove(&flow->core->flows, d->id);
    leave(flow, d);
}

void ua_dial_hangup(struct ua_flow *flow, struct ua_dialling *d)
{
    push(flow, UA_OUT_HANGUP, d);
    ua_dial_lose(flow, d);
}

void ua_dial_win(struct ua_flow *flow, struct ua_dialling *d)
{
    idtab_remove(&flow->core->flows, flow->id); /* it named the attempt */
    flow->id = d->id;
    flow->port = d->port;
    flow->edge = d->edge;
    flow->ticket = d->ticket;
    leave(flow, d);
    ua_dial_close(flow);
}
