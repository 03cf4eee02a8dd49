/* SPDX-License-Identifier: Apache-2.0 */
/* A flow: located, dialled, lost and regained, for all who ride on it. */
#include "ua/flow.h"

#include <string.h>

#include "sip/base/err.h"
#include "ua/call.h"
#include "ua/event.h"
#include "ua/message.h"
#include "ua/reference.h"
#include "ua/register.h"
#include "ua/riders.h"
#include "ua/search.h"
#include "ua/sub.h"
#include "ua/trust.h"
#include "ua/twin.h"
#include "ua/txn.h"
#include "ua/uri_check.h"

int64_t ua_backoff(const struct env *env, int64_t base, unsigned failures)
{
    int64_t wait = base;

    for (unsigned i = 0; i < failures && wait < UA_BACKOFF_MAX_MS; i++)
        wait *= 2;
    if (wait > UA_BACKOFF_MAX_MS)
        wait = UA_BACKOFF_MAX_MS;
    return ua_jitter(env, wait / 2, wait);
}

static void arm(struct ua_flow *flow, struct timer *t, int64_t at)
{
    (void)heap_arm(&flow->core->heap, t, at); /* reserved by its riders */
}

static bool is_direct(const struct ua_flow *flow)
{
    return flow->first->direct;
}

int ua_flow_send(struct ua_flow *flow, struct slice text)
{
    struct ua_core *core = flow->core;
    struct slice copy;
    struct ua_out *out;
    int err;

    if (flow->state != UA_FLOW_UP)
        return E_STATE;
    err = env_copy(core->env, &copy, text);
    if (err)
        return err;
    out = ua_outq_push(&core->outq, UA_OUT_SEND);
    if (!out) {
        env_free(core->env, (void *)(uintptr_t)copy.p);
        return E_NOMEM;
    }
    out->flow = flow->id;
    out->port = flow->port;
    out->text = copy;
    flow->sent += text.n;
    return 0;
}

/* ----------------------------------------------------------- attempts */

/* Lets go of all that belongs to the present attempt. */
static void drop_attempt(struct ua_flow *flow)
{
    struct ua_core *core = flow->core;

    heap_disarm(&core->heap, &flow->timer);
    heap_disarm(&core->heap, &flow->ping);
    ua_dial_close(flow);
    tls_locate_free(flow->locate);
    flow->locate = NULL;
    if (flow->ticket)
        policy_peer_revoke(core->policy, flow->ticket);
    flow->ticket = NULL;
    idtab_remove(&core->flows, flow->id);
    flow->id = 0;
    flow->port = NULL;
    flow->awaiting = flow->probing = false;
    flow->waiting = NULL;
    sip_stream_free(&flow->stream);
    sip_stream_init(&flow->stream, core->env);
}

static void push_for_flow(struct ua_flow *flow, enum ua_out_kind kind)
{
    struct ua_out *out = ua_outq_push(&flow->core->outq, kind);

    if (!out)
        return;
    out->account = flow->first->id;
    out->flow = flow->id;
    out->port = flow->port;
    out->ticket = flow->ticket;
}

static void shut(struct ua_flow *flow)
{
    if (flow->locate)
        push_for_flow(flow, UA_OUT_UNQUERY);
    if (flow->state == UA_FLOW_UP)
        push_for_flow(flow, UA_OUT_HANGUP);
    drop_attempt(flow);
    flow->state = UA_FLOW_IDLE;
}

void ua_flow_close(struct ua_account *acc)
{
    acc->riding = false;
    if (!ua_riders_next(acc->flow, NULL))
        shut(acc->flow);
}

static int64_t base_of(const struct ua_account *acc)
{
    const struct ua_account *twin = ua_twin_of(acc);

    return twin && twin->flow->state == UA_FLOW_UP ? UA_BACKOFF_SPARE_MS
                                                   : acc->retry_base_ms;
}

/* The attempt is over; the next one comes by itself after a while. */
static void attempt_failed(struct ua_flow *flow, struct now now)
{
    enum cause_domain domain = cause_domain(flow->cause.code);
    struct ua_account *acc = NULL;
    int64_t wait;

    flow->failures++;
    wait = ua_backoff(flow->core->env, base_of(flow->first), flow->failures);
    if ((domain == CAUSE_CERT || domain == CAUSE_POLICY) &&
        wait < UA_BACKOFF_TRUST_MS)
        wait = UA_BACKOFF_TRUST_MS;
    ua_riders_tell(flow, SIPLOCK_FLOW_DOWN, NULL);
    drop_attempt(flow);
    flow->state = UA_FLOW_WAITING;
    arm(flow, &flow->timer, now.boot + wait);
    ua_riders_lost(flow, now, wait);
    while ((acc = ua_riders_next(flow, acc))) {
        ua_call_flow_failed(acc, now);
        ua_sub_flow_lost(acc, now);
    }
}

/* One more connection; the ones before may still be on their way. */
static void dial(struct ua_flow *flow, const struct tls_step *step)
{
    enum policy_why why = POLICY_ALLOWED;
    int err = ua_dial_start(flow, step, &why);
    struct cause cause;

    if (err) {
        cause_set(&cause, CAUSE_table_full);
        if (err == E_POLICY) {
            ua_riders_refused(flow, why);
            cause = flow->cause;
        }
        tls_locate_lost(flow->locate, step->candidate, &cause);
        return;
    }
    flow->remote = step->addr;
    flow->state = UA_FLOW_DIALING;
    ua_riders_tell(flow, SIPLOCK_FLOW_CONNECTING, NULL);
}

/* The search has nothing more to say. */
static void found_nothing(struct ua_flow *flow, struct now now)
{
    flow->cause = *tls_locate_cause(flow->locate);
    if (tls_locate_why(flow->locate) != POLICY_ALLOWED)
        ua_riders_refused(flow, tls_locate_why(flow->locate));
    attempt_failed(flow, now);
}

/* Does what the search says until it waits or fails. */
static void pump(struct ua_flow *flow, struct now now)
{
    struct tls_step step;
    int64_t at;

    for (;;) { /* bounded: every question and address comes once */
        tls_locate_width(flow->locate, ua_dial_width(flow));
        tls_locate_next(flow->locate, now.boot, &step);
        if (step.kind == TLS_STEP_QUERY)
            ua_search_ask(flow, now, &step);
        else if (step.kind == TLS_STEP_TRY)
            dial(flow, &step);
        else
            break;
    }
    if (step.kind == TLS_STEP_FAILED) {
        found_nothing(flow, now);
        return;
    }
    at = tls_locate_deadline(flow->locate);
    flow->state = ua_dial_any(flow) ? UA_FLOW_DIALING : UA_FLOW_RESOLVING;
    if (at == INT64_MAX)
        heap_disarm(&flow->core->heap, &flow->timer);
    else
        arm(flow, &flow->timer, at);
}

/* Two flows go to two edges: where the other one is, this one does not go. */
static const struct ua_account *elsewhere(const struct ua_account *acc)
{
    const struct ua_account *twin = ua_twin_of(acc);

    return twin && twin->flow->remote.family &&
                   (twin->flow->state == UA_FLOW_UP ||
                    twin->flow->state == UA_FLOW_DIALING)
               ? twin
               : NULL;
}

static void start_attempt(struct ua_flow *flow, struct now now)
{
    struct ua_core *core = flow->core;
    const struct ua_account *acc = flow->first; /* all want the same */
    const struct ua_account *twin = elsewhere(acc);
    struct tls_locate_edge edge[UA_EDGES_MAX];
    struct tls_locals locals;
    const struct tls_locate_ask ask = {.edge = edge,
                                       .nedges = ua_edges_ask(acc, edge),
                                       .addr = acc->addr,
                                       .naddr = acc->naddr,
                                       .avoid = &core->avoid,
                                       .exclude =
                                           twin ? &twin->flow->remote : NULL,
                                       .nexclude = twin ? 1 : 0,
                                       .search = core->search,
                                       .nsearch = core->nsearch,
                                       .locals = &locals};
    int err;

    drop_attempt(flow);
    ua_search_locals(core, &locals);
    flow->remote = flow->local = (struct tls_addr){0};
    flow->sent = 0;
    err = idtab_add(&core->flows, &flow->id, flow);
    if (!err)
        err = ua_dial_open(flow);
    if (!err)
        err = tls_locate_new(&flow->locate, core->env, &ask);
    if (err) {
        cause_set(&flow->cause,
                  err == E_NOMEM ? CAUSE_out_of_memory : CAUSE_config_invalid);
        attempt_failed(flow, now);
        return;
    }
    flow->state = UA_FLOW_RESOLVING;
    if (!acc->naddr)
        ua_riders_tell(flow, SIPLOCK_FLOW_RESOLVING, NULL);
    pump(flow, now);
}

int ua_flow_adopt(struct ua_account *acc, struct now now,
                  const struct ua_flow_facts *facts)
{
    struct ua_flow *flow = acc->flow;
    int err = idtab_add(&acc->core->flows, &flow->id, flow);

    if (err)
        return err;
    acc->riding = true;
    flow->state = UA_FLOW_UP;
    flow->up_at = now.boot;
    flow->local = facts->local;
    flow->remote = facts->remote;
    ua_event_flow(acc, SIPLOCK_FLOW_UP, facts);
    return 0;
}

/* ------------------------------------------------------------- wanted */

/* It failed, and is not set up again at once for one more who comes. */
static void wait_with_others(struct ua_account *acc, struct now now)
{
    struct ua_flow *flow = acc->flow;

    acc->cause = flow->cause;
    ua_event_flow(acc, SIPLOCK_FLOW_DOWN, NULL);
    ua_reg_flow_lost(acc, now, flow->timer.at - now.boot);
    ua_call_flow_failed(acc, now);
    ua_sub_flow_lost(acc, now);
}

void ua_flow_want(struct ua_account *acc, struct now now)
{
    struct ua_flow *flow = acc->flow;
    bool was = acc->riding;

    if (acc->direct)
        return; /* nobody can be dialled */
    acc->riding = true;
    switch (flow->state) {
    case UA_FLOW_WAITING:
        if (!was && flow->riders > 1) {
            wait_with_others(acc, now);
            break;
        }
        /* fall through */
    case UA_FLOW_IDLE:
        start_attempt(flow, now);
        break;
    case UA_FLOW_UP:
        if (!was)
            ua_riders_joined(acc);
        ua_riders_register(acc, now);
        break;
    case UA_FLOW_RESOLVING:
    case UA_FLOW_DIALING:
        if (!was)
            ua_event_flow(acc,
                          flow->state == UA_FLOW_DIALING
                              ? SIPLOCK_FLOW_CONNECTING
                              : SIPLOCK_FLOW_RESOLVING,
                          NULL);
        break;
    }
}

bool ua_flow_board(struct ua_account *acc)
{
    if (acc->flow->state != UA_FLOW_UP)
        return false;
    if (!acc->riding)
        ua_riders_joined(acc);
    acc->riding = true;
    return true;
}

static bool is_wanted(const struct ua_flow *flow)
{
    const struct ua_account *acc = NULL;

    while ((acc = ua_riders_next(flow, acc)))
        if (ua_reg_wants_flow(acc) || ua_call_wants_flow(acc) ||
            ((acc->subs || acc->messages || acc->references) &&
             !acc->removing))
            return true;
    return false;
}

/* -------------------------------------------------------------- inputs */

/* A direct account and its calls end with their flow. */
static void direct_lost(struct ua_flow *flow, struct now now)
{
    struct ua_account *acc = flow->first;

    ua_riders_tell(flow, SIPLOCK_FLOW_DOWN, NULL);
    drop_attempt(flow);
    flow->state = UA_FLOW_IDLE;
    ua_call_flow_gone(acc, now);
    acc->removing = true;
    acc->reg.state = UA_REG_ENDED;
    ua_reap_later(acc);
}

/* Transactions hear of it last, so that what they lead to finds no flow. */
static void end_txns(struct ua_flow *flow, struct now now)
{
    for (struct ua_account *acc = flow->first; acc; acc = acc->next_rider)
        ua_txn_flow_down(acc, now);
}

static bool has_stayers(const struct ua_flow *flow)
{
    const struct ua_account *acc = NULL;

    while ((acc = ua_riders_next(flow, acc)))
        if (!acc->removing)
            return true;
    return false;
}

void ua_flow_renew(struct ua_flow *flow, struct now now, enum cause_code why)
{
    bool lost = flow->state == UA_FLOW_UP;

    cause_set(&flow->cause, why);
    if (is_direct(flow)) {
        push_for_flow(flow, UA_OUT_HANGUP);
        direct_lost(flow, now);
        end_txns(flow, now);
        return;
    }
    if (lost)
        ua_riders_tell(flow, SIPLOCK_FLOW_DOWN, NULL);
    shut(flow);
    if (lost)
        ua_riders_lost(flow, now, 0);
    if (has_stayers(flow))
        start_attempt(flow, now);
    end_txns(flow, now);
}

void ua_flow_dns(struct ua_flow *flow, struct now now,
                 const struct ua_answer *answer)
{
    if (!flow->locate)
        return;
    ua_search_answer(flow, now, answer);
    pump(flow, now);
}

static void keep(char *to, size_t cap, struct slice text)
{
    size_t n = text.n < cap ? text.n : cap - 1;

    memcpy(to, n ? text.p : "", n);
    to[n] = '\0';
}

void ua_flow_port(struct ua_flow *flow, uint64_t id, void *port)
{
    struct ua_dialling *d = ua_dial_find(flow, id);

    if (d)
        d->port = port;
    else
        flow->port = port;
}

/* One has won: the search is over. */
static void won(struct ua_flow *flow, struct ua_dialling *d)
{
    push_for_flow(flow, UA_OUT_UNQUERY);
    heap_disarm(&flow->core->heap, &flow->timer);
    flow->more = tls_locate_more(flow->locate);
    tls_locate_free(flow->locate); /* 19 KiB that an idle flow needs not */
    flow->locate = NULL;
    ua_dial_win(flow, d);
}

/* While this one was being made the other flow came to the same edge. */
static bool is_taken(const struct ua_flow *flow, const struct tls_addr *addr)
{
    const struct ua_account *twin = elsewhere(flow->first);

    return twin && twin->flow->state == UA_FLOW_UP &&
           tls_addr_same_ip(&twin->flow->remote, addr);
}

static void give_way(struct ua_flow *flow, struct now now,
                     struct ua_dialling *d)
{
    unsigned candidate = d->candidate;
    struct cause why;

    cause_set(&why, CAUSE_connect_no_second_edge);
    ua_dial_hangup(flow, d);
    tls_locate_lost(flow->locate, candidate, &why);
    pump(flow, now);
}

void ua_flow_up(struct ua_flow *flow, struct now now, uint64_t id,
                const struct ua_flow_facts *facts)
{
    struct ua_dialling *d = ua_dial_find(flow, id);
    struct ua_account *acc = NULL;

    if (!d)
        return;
    if (is_taken(flow, &d->addr)) {
        give_way(flow, now, d);
        return;
    }
    won(flow, d);
    flow->state = UA_FLOW_UP;
    flow->up_at = now.boot;
    flow->local = facts->local;
    flow->remote = flow->was = facts->remote;
    keep(flow->tls, sizeof(flow->tls), facts->tls);
    keep(flow->suite, sizeof(flow->suite), facts->suite);
    ua_riders_tell(flow, SIPLOCK_FLOW_UP, facts);
    while ((acc = ua_riders_next(flow, acc)))
        ua_trust_up(acc, facts->peer);
    arm(flow, &flow->ping,
        ua_within(flow->core->env, now.boot + UA_PING_FIRST_MS,
                  now.boot + UA_PING_FIRST_MS * 3 / 2));
    ua_riders_up(flow, now);
    while ((acc = ua_riders_next(flow, acc))) {
        ua_call_flow_up(acc, now);
        ua_sub_flow_up(acc, now);
        ua_message_flow_up(acc, now);
        ua_reference_flow_up(acc, now);
    }
    ua_twin_up(flow, now);
}

/*
 * A flow that worked for a while is set up again at once, and so is the first
 * that died young. A server that takes registrations and hangs up each time
 * is met with back-off, though every REGISTER was answered with 200.
 */
static void set_up_again(struct ua_flow *flow, struct now now)
{
    bool young = now.boot - flow->up_at < UA_FLOW_GOOD_MS;

    if (young && flow->failures > 0) {
        ua_search_failed(flow, now, 0);
        attempt_failed(flow, now);
        return;
    }
    flow->failures = young ? 1 : 0;
    ua_riders_tell(flow, SIPLOCK_FLOW_DOWN, NULL);
    drop_attempt(flow);
    flow->state = UA_FLOW_IDLE;
    ua_riders_lost(flow, now, 0);
    if (flow->state == UA_FLOW_IDLE && is_wanted(flow))
        start_attempt(flow, now);
}

static void lost(struct ua_flow *flow, struct now now)
{
    if (is_direct(flow))
        direct_lost(flow, now);
    else
        set_up_again(flow, now);
    end_txns(flow, now);
    ua_twin_lost(flow, now);
}

void ua_flow_broken(struct ua_flow *flow, struct now now, enum cause_code why)
{
    cause_set(&flow->cause, why);
    push_for_flow(flow, UA_OUT_HANGUP);
    lost(flow, now);
}

void ua_flow_down(struct ua_flow *flow, struct now now, uint64_t id,
                  const struct cause *cause)
{
    struct ua_dialling *d = ua_dial_find(flow, id);
    enum cause_domain domain = cause_domain(cause->code);
    unsigned candidate;

    if (!d && (flow->state != UA_FLOW_UP || id != flow->id))
        return;
    flow->cause = *cause;
    if (!d) {
        lost(flow, now);
        return;
    }
    ua_clock_failed(flow, now, &flow->cause);
    flow->remote = d->addr;
    candidate = d->candidate;
    ua_dial_lose(flow, d);
    /* Another address does not mend a certificate: stop with the reason. */
    if (domain == CAUSE_CERT || domain == CAUSE_POLICY) {
        attempt_failed(flow, now);
        return;
    }
    /* What this side lacks is not the address's fault. */
    if (cause->code != CAUSE_connect_no_ipv4 && domain != CAUSE_INTERNAL)
        ua_search_failed(flow, now, 0);
    tls_locate_lost(flow->locate, candidate, &flow->cause);
    pump(flow, now);
}

bool ua_flow_elsewhere(struct ua_flow *flow, struct now now, int64_t ms)
{
    ua_search_failed(flow, now, ms);
    if (flow->state != UA_FLOW_UP || !flow->more)
        return false;
    ua_flow_renew(flow, now, CAUSE_reg_server_error);
    return true;
}

void ua_flow_timer(struct ua_flow *flow, struct now now)
{
    if (flow->state == UA_FLOW_WAITING) {
        start_attempt(flow, now);
    } else if (flow->locate) {
        tls_locate_tick(flow->locate, now.boot);
        pump(flow, now);
    }
}

void ua_flow_net(struct ua_flow *flow, struct now now, bool changed)
{
    if (flow->state == UA_FLOW_IDLE)
        return;
    if (changed || flow->state == UA_FLOW_WAITING) {
        flow->failures = 0;
        ua_flow_renew(flow, now, CAUSE_connect_dead);
    } else if (flow->state == UA_FLOW_UP && !flow->awaiting &&
               !flow->probing) {
        ua_flow_ping_timer(flow, now);
    }
}
