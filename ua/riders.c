/* SPDX-License-Identifier: Apache-2.0 */
/* Who is on a flow: an account of its own, or several that share it. */
#include "ua/riders.h"

#include "sip/base/err.h"
#include "sip/base/hash.h"
#include "ua/event.h"
#include "ua/flow.h"
#include "ua/register.h"
#include "ua/uri_check.h"

enum { BUCKETS_MIN = 16 };

/* ------------------------------------------------------------- by user */

/* Users are configured, so nobody makes them collide. */
static unsigned bucket_of(struct slice user, unsigned buckets)
{
    static const uint8_t key[HASH_KEY] = {0};

    return (unsigned)(hash_keyed(key, user) & (buckets - 1));
}

static void file(struct ua_flow *flow, struct ua_account *acc)
{
    struct ua_account **at =
        &flow->bucket[bucket_of(acc->aor.user, flow->buckets)];

    acc->next_alike = *at;
    *at = acc;
}

static int grow(struct ua_flow *flow)
{
    unsigned n = flow->buckets ? 2 * flow->buckets : BUCKETS_MIN;
    struct ua_account **bucket;

    if (flow->riders < flow->buckets)
        return 0;
    bucket = env_alloc(flow->core->env, n * sizeof(struct ua_account *));
    if (!bucket)
        return E_NOMEM;
    env_free(flow->core->env, flow->bucket);
    flow->bucket = bucket;
    flow->buckets = n;
    for (struct ua_account *acc = flow->first; acc; acc = acc->next_rider)
        file(flow, acc);
    return 0;
}

static void unfile(struct ua_flow *flow, const struct ua_account *acc)
{
    struct ua_account **at =
        &flow->bucket[bucket_of(acc->aor.user, flow->buckets)];

    while (*at != acc)
        at = &(*at)->next_alike;
    *at = acc->next_alike;
}

struct ua_account *ua_riders_user(const struct ua_flow *flow,
                                  struct slice user)
{
    struct ua_account *acc;

    if (!flow->shared)
        return flow->first;
    for (acc = flow->bucket[bucket_of(user, flow->buckets)]; acc;
         acc = acc->next_alike)
        if (slice_eq(acc->aor.user, user))
            break;
    return acc;
}

struct ua_account *ua_riders_next(const struct ua_flow *flow,
                                  const struct ua_account *after)
{
    struct ua_account *acc = after ? after->next_rider : flow->first;

    while (acc && !acc->riding)
        acc = acc->next_rider;
    return acc;
}

/* ---------------------------------------------------------------- told */

void ua_riders_tell(struct ua_flow *flow, enum siplock_flow_state state,
                    const struct ua_flow_facts *facts)
{
    struct ua_account *acc = NULL;

    while ((acc = ua_riders_next(flow, acc))) {
        if (state == SIPLOCK_FLOW_DOWN)
            acc->cause = flow->cause;
        ua_event_flow(acc, state, facts);
    }
}

void ua_riders_refused(struct ua_flow *flow, enum policy_why why)
{
    struct ua_account *acc = NULL;

    ua_refusal_cause(&flow->cause, why);
    while ((acc = ua_riders_next(flow, acc)))
        ua_event_refused(acc, why, 0);
}

/* What a flow that came up on behalf of others is, for one who joins. */
void ua_riders_joined(struct ua_account *acc)
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

void ua_riders_lost(struct ua_flow *flow, struct now now, int64_t wait)
{
    struct ua_account *acc = NULL;

    while ((acc = ua_riders_next(flow, acc)))
        ua_reg_flow_lost(acc, now, wait);
}

/* ---------------------------------------------------- joined and left */

static bool same_addrs(const struct tls_addr *a, size_t na,
                       const struct tls_addr *b, size_t nb)
{
    if (na != nb)
        return false;
    for (size_t i = 0; i < na; i++)
        if (!tls_addr_eq(&a[i], &b[i]))
            return false;
    return true;
}

/* The same edge, verified and asked for in the same way. */
static bool same_edge(const struct ua_account *a, const struct ua_account *b)
{
    return ua_edges_same(a, b) && a->level == b->level &&
           a->names == b->names && a->cred == b->cred &&
           same_addrs(a->addr, a->naddr, b->addr, b->naddr) &&
           same_addrs(a->dns, a->ndns, b->dns, b->ndns);
}

static struct ua_flow *find(const struct ua_account *acc)
{
    struct ua_flow *flow = acc->core->shared;

    while (flow && (!same_edge(flow->first, acc) ||
                    ua_riders_user(flow, acc->aor.user)))
        flow = flow->next;
    return flow;
}

/* What is resumed on a shared flow is the flow's, whoever is on it. */
static int add_terms(struct ua_flow *flow, const struct ua_account *acc)
{
    const struct policy_terms terms = {
        .name = acc->host,
        .level = acc->level,
        .names = acc->names,
        .anchors = acc->cred,
        .identity = flow->shared ? acc->host : acc->text,
    };
    enum policy_why why = POLICY_ALLOWED;
    int err = 0;

    if (flow->shared)
        err = policy_account_add(flow->core->policy, &flow->policy_id, &terms,
                                 &why);
    return err ? err : ua_edges_add_terms(flow, acc, &terms);
}

static void destroy(struct ua_flow *flow)
{
    struct ua_flow **at = &flow->core->shared;

    while (flow->shared && *at && *at != flow)
        at = &(*at)->next;
    if (flow->shared && *at)
        *at = flow->next;
    if (flow->shared && flow->policy_id)
        policy_account_remove(flow->core->policy, flow->policy_id);
    ua_edges_remove_terms(flow);
    sip_stream_free(&flow->stream);
    env_free(flow->core->env, flow->bucket);
    env_free(flow->core->env, flow);
}

static int make(struct ua_flow **out, struct ua_account *acc)
{
    struct ua_core *core = acc->core;
    struct ua_flow *flow = env_alloc(core->env, sizeof(*flow));
    int err;

    if (!flow)
        return E_NOMEM;
    flow->core = core;
    flow->tail = &flow->first;
    flow->shared = acc->share;
    flow->policy_id = acc->policy_id;
    flow->timer.kind = UA_TIMER_FLOW;
    flow->ping.kind = UA_TIMER_PING;
    sip_stream_init(&flow->stream, core->env);
    if (flow->shared) {
        flow->policy_id = 0;
        flow->next = core->shared;
        core->shared = flow;
    }
    err = add_terms(flow, acc);
    if (err) {
        destroy(flow);
        return err;
    }
    *out = flow;
    return 0;
}

static void link_rider(struct ua_flow *flow, struct ua_account *acc)
{
    acc->flow = flow;
    acc->at_rider = flow->tail;
    *flow->tail = acc;
    flow->tail = &acc->next_rider;
    flow->riders++;
}

static void unlink_rider(struct ua_flow *flow, struct ua_account *acc)
{
    *acc->at_rider = acc->next_rider;
    if (acc->next_rider)
        acc->next_rider->at_rider = acc->at_rider;
    else
        flow->tail = acc->at_rider;
    if (flow->waiting == acc)
        flow->waiting = acc->next_rider;
    flow->riders--;
    acc->flow = NULL;
}

int ua_riders_join(struct ua_account *acc)
{
    struct ua_flow *flow = acc->share ? find(acc) : NULL;
    int err = flow ? 0 : make(&flow, acc);

    if (!err && flow->shared)
        err = grow(flow);
    if (err) {
        if (flow && !flow->riders)
            destroy(flow);
        return err;
    }
    link_rider(flow, acc);
    if (flow->shared)
        file(flow, acc);
    return 0;
}

void ua_riders_leave(struct ua_account *acc, struct now now)
{
    struct ua_flow *flow = acc->flow;

    if (!flow)
        return;
    ua_flow_close(acc);
    if (flow->shared)
        unfile(flow, acc);
    unlink_rider(flow, acc);
    if (!flow->riders)
        destroy(flow);
    else
        ua_flow_asked(flow, now); /* its probe went with it */
}

/* ---------------------------------------------------------- one by one */

bool ua_riders_crowded(const struct ua_flow *flow)
{
    return flow->registers >= UA_REGISTERS_MAX;
}

void ua_riders_breathe(struct ua_flow *flow, struct now now)
{
    while (flow->state == UA_FLOW_UP && flow->waiting &&
           !ua_riders_crowded(flow)) {
        struct ua_account *acc = flow->waiting;

        flow->waiting = acc->next_rider;
        if (acc->riding && ua_reg_wants_flow(acc))
            ua_reg_flow_up(acc, now);
    }
}

void ua_riders_up(struct ua_flow *flow, struct now now)
{
    flow->waiting = flow->first;
    ua_riders_breathe(flow, now);
}

void ua_riders_register(struct ua_account *acc, struct now now)
{
    struct ua_flow *flow = acc->flow;

    if (!ua_riders_crowded(flow))
        ua_reg_flow_up(acc, now);
    else if (!flow->waiting && !acc->next_rider)
        flow->waiting = acc;
    else
        flow->waiting = flow->first;
}
