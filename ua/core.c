/* SPDX-License-Identifier: Apache-2.0 */
/* The core: inputs to their accounts, timers to their owners. */
#include "ua/core.h"

#include <stddef.h>

#include "sip/base/err.h"
#include "ua/account.h"
#include "ua/call.h"
#include "ua/event.h"
#include "ua/flow.h"
#include "ua/message.h"
#include "ua/receive.h"
#include "ua/reference.h"
#include "ua/register.h"
#include "ua/riders.h"
#include "ua/search.h"
#include "ua/sub.h"
#include "ua/trust.h"
#include "ua/twin.h"
#include "ua/txn.h"
#include "ua/update.h"
#include "ua/usage.h"

enum {
    RENEW_AFTER_MS = 10000 /* asleep that long: the flow is not trusted */
};

/* An account has two flows; a flow has an attempt's id and those of its
 * connections: few, but for a bounded number of all flows together. Each
 * connection needs a ticket. */
enum {
    FLOW_DIALS_MAX = 2 * UA_DIALS_FEW * UA_ACCOUNTS_MAX + UA_DIALS_ALL,
    FLOW_IDS_MAX = 2 * UA_ACCOUNTS_MAX + FLOW_DIALS_MAX
};

_Static_assert((int)POLICY_PEERS_MAX >= (int)FLOW_DIALS_MAX ||
                   UINTPTR_MAX == UINT32_MAX,
               "there is a ticket for each connection");

int ua_core_new(struct ua_core **out, const struct ua_core_config *config)
{
    struct ua_core *core = env_alloc(config->env, sizeof(*core));
    int err;

    if (!core)
        return E_NOMEM;
    core->env = config->env;
    core->policy = config->policy;
    core->suspended_at = -1;
    heap_init(&core->heap, core->env);
    idtab_init(&core->accounts, core->env, UA_ACCOUNTS_MAX);
    idtab_init(&core->flows, core->env, FLOW_IDS_MAX);
    idtab_init(&core->txns, core->env, UA_TXNS_MAX);
    idtab_init(&core->calls, core->env, 2 * UA_CALLS_MAX);
    idtab_init(&core->call_ids, core->env, UA_THINGS_MAX);
    ua_usage_init(core);
    core->call_id = config->call_id;
    core->call_id_user = config->call_id_user;
    core->locals = config->locals;
    core->locals_user = config->locals_user;
    arena_pool_init(&core->pool, core->env);
    arena_init(&core->arena, &core->pool);
    err = ua_outq_init(&core->outq, core->env);
    if (!err)
        err = tls_dnscache_new(&core->dnscache, core->env);
    if (!err && config->user_agent.n)
        err = env_copy(core->env, &core->user_agent, config->user_agent);
    if (err) {
        ua_core_free(core);
        return err;
    }
    *out = core;
    return 0;
}

void ua_core_free(struct ua_core *core)
{
    struct ua_account *acc;
    struct ua_call *c;
    uint32_t pos = 0;

    if (!core)
        return;
    while ((c = idtab_next(&core->calls, &pos)))
        ua_call_free(c);
    pos = 0;
    ua_usage_free(core);
    pos = 0;
    while ((acc = idtab_next(&core->accounts, &pos)))
        ua_account_free(acc, (struct now){0});
    ua_outq_free(&core->outq);
    arena_reset(&core->arena);
    arena_pool_free(&core->pool);
    tls_dnscache_free(core->dnscache);
    idtab_free(&core->calls);
    idtab_free(&core->call_ids);
    idtab_free(&core->txns);
    idtab_free(&core->flows);
    idtab_free(&core->accounts);
    heap_free(&core->heap);
    (void)ua_core_search(core, NULL, 0);
    env_free(core->env, (void *)(uintptr_t)core->user_agent.p);
    env_free(core->env, core);
}

static int add_terms(struct ua_account *acc)
{
    const struct policy_terms terms = {
        .name = acc->host,
        .level = acc->level,
        .names = acc->names,
        .anchors = acc->cred,
        .sips_required = acc->aor.scheme == SIP_SCHEME_SIPS,
        .identity = acc->text,
    };
    enum policy_why why = POLICY_ALLOWED;

    return policy_account_add(acc->core->policy, &acc->policy_id, &terms,
                              &why);
}

static int add(struct ua_core *core, struct ua_account *acc, uint64_t id)
{
    int err = ua_outq_reserve(&core->outq);

    if (!err)
        err = ua_reserve_timers(core);
    if (!err)
        err = ua_reg_init(acc);
    if (!err)
        err = add_terms(acc);
    if (!err)
        err = ua_riders_join(acc);
    if (!err)
        err = idtab_put(&core->accounts, id, acc);
    return err;
}

int ua_core_account_add(struct ua_core *core, struct now now, uint64_t id,
                        struct ua_account *acc)
{
    int err;

    acc->core = core;
    err = add(core, acc, id);
    if (err) {
        ua_riders_leave(acc, now);
        if (acc->policy_id)
            policy_account_remove(core->policy, acc->policy_id);
        acc->policy_id = 0;
        acc->core = NULL;
        return err;
    }
    acc->id = id;
    core->counts.accounts++;
    if (acc->names != TLS_NAME_RFC5922)
        ua_event_notice(acc, "names_not_default");
    ua_trust_added(acc);
    if (!acc->no_register)
        ua_reg_start(acc, now);
    return 0;
}

int ua_core_direct(struct ua_core *core, struct now now, uint64_t id,
                   const struct ua_came_in *in, uint64_t *flow)
{
    struct ua_account *acc = in->acc;
    int err;

    acc->no_register = acc->direct = true;
    err = ua_core_account_add(core, now, id, acc);
    if (err)
        return err;
    err = ua_flow_adopt(acc, now, in->facts);
    if (err) { /* as if it had never been; the caller frees it */
        core->counts.accounts--;
        return err;
    }
    acc->flow->port = in->port;
    *flow = acc->flow->id;
    return 0;
}

void ua_reap_later(struct ua_account *acc)
{
    if (acc->leaving)
        return;
    acc->leaving = true;
    acc->next_leaving = acc->core->leaving;
    acc->core->leaving = acc;
}

/* Has it ended, and has nobody anything of it any more? Then it goes. */
static bool let_go(struct ua_account *acc, struct now now)
{
    struct ua_core *core = acc->core;
    struct ua_out *out;

    ua_reg_lingered(acc, now);
    if (!acc->removing || acc->reg.state != UA_REG_ENDED)
        return false;
    ua_call_drop_final(acc);
    ua_sub_drop_all(acc);
    ua_message_drop_all(acc);
    ua_reference_drop_all(acc);
    if (acc->calls || (!acc->second && ua_twin_of(acc)))
        return false; /* their media is being closed */
    if (acc->second) {
        if (acc->twin->end_untold)
            ua_event_register(acc->twin, SIPLOCK_REGISTER_ENDED);
        ua_account_free(acc, now);
        return true;
    }
    out = ua_outq_push(&core->outq, UA_OUT_FORGET);
    if (!out)
        return false; /* no memory: the next input tries again */
    out->account = acc->id;
    out->cred = acc->cred;
    core->counts.accounts--;
    ua_account_free(acc, now);
    return true;
}

void ua_reap(struct ua_core *core, struct now now)
{
    struct ua_account **at = &core->leaving;

    while (*at) {
        struct ua_account *acc = *at, *next = acc->next_leaving;
        bool second = acc->second;

        if (!let_go(acc, now)) {
            at = &acc->next_leaving;
            continue;
        }
        *at = next;
        if (second) /* whom the first one waited for */
            at = &core->leaving;
    }
    arena_reset(&core->arena);
}

static void go(struct ua_account *acc, struct now now)
{
    acc->removing = true; /* so that no BYE dials for its sake */
    ua_call_end_all(acc, now);
    ua_sub_stop_all(acc, now);
    ua_reg_leave(acc, now);
}

int ua_core_account_remove(struct ua_core *core, struct now now, uint64_t id)
{
    struct ua_account *acc = idtab_get(&core->accounts, id);
    int err;

    if (!acc)
        return E_GONE;
    err = ua_outq_reserve(&core->outq);
    if (err)
        return err;
    if (ua_twin_of(acc))
        go(acc->twin, now);
    go(acc, now);
    ua_reap(core, now);
    return 0;
}

int ua_core_account_refresh(struct ua_core *core, struct now now, uint64_t id)
{
    struct ua_account *acc = idtab_get(&core->accounts, id);
    int err;

    if (!acc)
        return E_GONE;
    err = ua_outq_reserve(&core->outq);
    if (!err)
        ua_reg_start(acc, now);
    if (!err && ua_twin_of(acc))
        ua_reg_start(acc->twin, now);
    return err;
}

static void take_password(struct ua_account *acc, struct now now,
                          struct slice password)
{
    int err = 0;

    if (acc->reg.state == UA_REG_ASKING || acc->reg.state == UA_REG_ENDING)
        ua_reg_password(acc, now, password);
    else if (password.n)
        err = sip_digest_set_password(&acc->digest, password);
    ua_call_password(acc, now, password.n && !err);
    ua_sub_password(acc, now, password.n && !err);
    ua_message_password(acc, now, password.n && !err);
    ua_reference_password(acc, now, password.n && !err);
}

int ua_core_password(struct ua_core *core, struct now now, uint64_t id,
                     struct slice password)
{
    struct ua_account *acc = idtab_get(&core->accounts, id);
    int err;

    if (!acc)
        return E_GONE;
    err = ua_outq_reserve(&core->outq);
    if (err)
        return err;
    take_password(acc, now, password);
    if (ua_twin_of(acc))
        take_password(acc->twin, now, password);
    ua_reap(core, now);
    return 0;
}

int ua_core_account_dns(const struct ua_core *core, uint64_t id,
                        const struct tls_addr **servers, size_t *n)
{
    const struct ua_account *acc = idtab_get(&core->accounts, id);

    if (!acc)
        return E_GONE;
    *servers = acc->dns;
    *n = acc->ndns;
    return 0;
}

int ua_core_account_password(const struct ua_core *core, uint64_t id,
                             siplock_password_cb *ask, void **user)
{
    const struct ua_account *acc = idtab_get(&core->accounts, id);

    if (!acc)
        return E_GONE;
    *ask = acc->password;
    *user = acc->password_user;
    return 0;
}

/* ------------------------------------------------------------- inputs */

static struct ua_flow *of_flow(const struct ua_core *core, uint64_t id)
{
    struct ua_flow *flow = idtab_get(&core->flows, id);

    return flow && (flow->id == id || ua_dial_find(flow, id)) ? flow : NULL;
}

/* For an input about a flow: with room for what follows. */
static struct ua_flow *enter(struct ua_core *core, uint64_t id)
{
    struct ua_flow *flow = of_flow(core, id);

    if (flow)
        (void)ua_outq_reserve(&core->outq);
    return flow;
}

void ua_core_port(struct ua_core *core, uint64_t id, void *port)
{
    struct ua_flow *flow = of_flow(core, id);

    if (flow)
        ua_flow_port(flow, id, port);
}

void ua_core_dns(struct ua_core *core, struct now now,
                 const struct ua_answer *answer)
{
    struct ua_flow *flow = enter(core, answer->flow);

    if (!flow)
        return;
    ua_flow_dns(flow, now, answer);
    ua_reap(core, now);
}

void ua_core_flow_up(struct ua_core *core, struct now now, uint64_t id,
                     const struct ua_flow_facts *facts)
{
    struct ua_flow *flow = enter(core, id);

    if (!flow)
        return;
    ua_flow_up(flow, now, id, facts);
    ua_reap(core, now);
}

void ua_core_flow_down(struct ua_core *core, struct now now, uint64_t id,
                       const struct cause *cause)
{
    struct ua_flow *flow = enter(core, id);

    if (!flow)
        return;
    ua_flow_down(flow, now, id, cause);
    ua_reap(core, now);
}

void ua_core_bytes(struct ua_core *core, struct now now, uint64_t id,
                   struct slice bytes)
{
    struct ua_flow *flow = enter(core, id);

    if (!flow || flow->id != id)
        return;
    ua_receive(flow, now, bytes);
    ua_reap(core, now);
}

/* The flows of all accounts, each once. */
static void all_flows(struct ua_core *core, struct now now, bool changed)
{
    const struct ua_account *acc;
    uint32_t pos = 0;

    while ((acc = idtab_next(&core->accounts, &pos))) {
        const struct ua_account *twin = ua_twin_of(acc);

        (void)ua_outq_reserve(&core->outq);
        if (acc->flow->first == acc)
            ua_flow_net(acc->flow, now, changed);
        if (twin && twin->flow->first == twin)
            ua_flow_net(twin->flow, now, changed);
    }
}

void ua_core_net(struct ua_core *core, struct now now, enum ua_net_event event)
{
    bool changed = event == UA_NET_CHANGED;

    if (event == UA_NET_SUSPEND) {
        core->suspended_at = now.boot;
        return;
    }
    if (event == UA_NET_RESUME && core->suspended_at >= 0)
        changed = now.boot - core->suspended_at >= RENEW_AFTER_MS;
    core->suspended_at = -1;
    if (changed)
        ua_search_renew(core, now);
    all_flows(core, now, changed);
    ua_reap(core, now);
}

static void (*const of_call[])(struct ua_core *, struct now, uint64_t) = {
    [UA_TIMER_CALL] = ua_call_timer,
    [UA_TIMER_SESSION] = ua_expiry_timer,
    [UA_TIMER_REFER] = ua_refer_timer,
    [UA_TIMER_REFERRED] = ua_referred_timer,
    [UA_TIMER_UPDATE] = ua_update_timer,
    [UA_TIMER_REL] = ua_rel_timer,
    [UA_TIMER_MESSAGE] = NULL,
    [UA_TIMER_REFERENCE] = ua_reference_timer,
};

/* Whose timer that is: those of flows and accounts are disarmed before they
 * go, and not each of them has an id. */
#define OWNER(t, type, member) \
    ((struct type *)(void *)((char *)(t)-offsetof(struct type, member)))

static void fire(struct ua_core *core, struct now now, struct timer *t)
{
    if (t->kind == UA_TIMER_TXN)
        ua_txn_timer(core, now, t->owner);
    else if (t->kind == UA_TIMER_SUB)
        ua_sub_timer(core, now, t->owner);
    else if (t->kind == UA_TIMER_MESSAGE)
        ua_message_timer(core, now, t->owner);
    else if (t->kind == UA_TIMER_REG)
        ua_reg_timer(OWNER(t, ua_account, reg.timer), now);
    else if (t->kind == UA_TIMER_FLOW)
        ua_flow_timer(OWNER(t, ua_flow, timer), now);
    else if (t->kind == UA_TIMER_PING)
        ua_flow_ping_timer(OWNER(t, ua_flow, ping), now);
    else
        of_call[t->kind](core, now, t->owner);
    ua_reap(core, now);
}

void ua_core_tick(struct ua_core *core, struct now now)
{
    struct timer *t;

    while (heap_deadline(&core->heap) <= now.boot) {
        if (ua_outq_reserve(&core->outq))
            return;
        t = heap_pop(&core->heap, now.boot);
        fire(core, now, t);
    }
}

int64_t ua_core_deadline(const struct ua_core *core)
{
    return heap_deadline(&core->heap);
}

bool ua_core_next(struct ua_core *core, struct ua_out *out)
{
    return ua_outq_pull(&core->outq, out);
}

bool ua_core_waiting(const struct ua_core *core)
{
    return core->outq.n != 0;
}

struct ua_counts ua_core_counts(const struct ua_core *core)
{
    struct ua_counts counts = core->counts;

    counts.timers = core->heap.n;
    return counts;
}
