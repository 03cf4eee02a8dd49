/* SPDX-License-Identifier: Apache-2.0 */
/* An account's flow: locating, dialling, losing and regaining it. */
#include "ua/flow.h"

#include "sip/base/err.h"
#include "ua/call.h"
#include "ua/event.h"
#include "ua/message.h"
#include "ua/register.h"
#include "ua/search.h"
#include "ua/sub.h"
#include "ua/trust.h"
#include "ua/txn.h"
#include "ua/uri_check.h"

int64_t ua_backoff(const struct env *env, unsigned failures)
{
    int64_t wait = UA_BACKOFF_BASE_MS;

    for (unsigned i = 1; i < failures && wait < UA_BACKOFF_MAX_MS; i++)
        wait *= 2;
    if (wait > UA_BACKOFF_MAX_MS)
        wait = UA_BACKOFF_MAX_MS;
    return ua_jitter(env, wait / 2, wait);
}

int ua_flow_send(struct ua_account *acc, struct slice text)
{
    struct ua_core *core = acc->core;
    struct slice copy;
    struct ua_out *out;
    int err;

    if (acc->flow.state != UA_FLOW_UP)
        return E_STATE;
    err = env_copy(core->env, &copy, text);
    if (err)
        return err;
    out = ua_outq_push(&core->outq, UA_OUT_SEND);
    if (!out) {
        env_free(core->env, (void *)(uintptr_t)copy.p);
        return E_NOMEM;
    }
    out->account = acc->id;
    out->flow = acc->flow.id;
    out->port = acc->flow.port;
    out->text = copy;
    acc->flow.sent += text.n;
    return 0;
}

/* Lets go of all that belongs to the present attempt. */
static void drop_attempt(struct ua_account *acc)
{
    struct ua_core *core = acc->core;
    struct ua_flow *flow = &acc->flow;

    heap_disarm(&core->heap, &flow->timer);
    heap_disarm(&core->heap, &flow->ping);
    tls_locate_free(flow->locate);
    flow->locate = NULL;
    if (flow->ticket)
        policy_peer_revoke(core->policy, flow->ticket);
    flow->ticket = NULL;
    idtab_remove(&core->flows, flow->id);
    flow->id = 0;
    flow->port = NULL;
    flow->awaiting = flow->probing = false;
    sip_stream_free(&flow->stream);
    sip_stream_init(&flow->stream, core->env);
}

static void push_for_flow(struct ua_account *acc, enum ua_out_kind kind)
{
    struct ua_out *out = ua_outq_push(&acc->core->outq, kind);

    if (!out)
        return;
    out->account = acc->id;
    out->flow = acc->flow.id;
    out->port = acc->flow.port;
    out->ticket = acc->flow.ticket;
}

void ua_flow_close(struct ua_account *acc)
{
    struct ua_flow *flow = &acc->flow;

    if (flow->state == UA_FLOW_RESOLVING)
        push_for_flow(acc, UA_OUT_UNQUERY);
    if (flow->state == UA_FLOW_DIALING || flow->state == UA_FLOW_UP)
        push_for_flow(acc, UA_OUT_HANGUP);
    drop_attempt(acc);
    flow->state = UA_FLOW_IDLE;
}

/* The attempt is over; the next one comes by itself after a while. */
static void attempt_failed(struct ua_account *acc, struct now now)
{
    struct ua_flow *flow = &acc->flow;
    enum cause_domain domain = cause_domain(acc->cause.code);
    int64_t wait;

    flow->failures++;
    wait = ua_backoff(acc->env, flow->failures);
    if ((domain == CAUSE_CERT || domain == CAUSE_POLICY) &&
        wait < UA_BACKOFF_TRUST_MS)
        wait = UA_BACKOFF_TRUST_MS;
    ua_event_flow(acc, SIPLOCK_FLOW_DOWN, NULL);
    drop_attempt(acc);
    flow->state = UA_FLOW_WAITING;
    ua_arm(acc, &flow->timer, now.boot + wait);
    ua_reg_flow_lost(acc, now, wait);
    ua_call_flow_failed(acc, now);
    ua_sub_flow_lost(acc, now);
}

static void dial(struct ua_account *acc, struct now now,
                 const struct tls_addr *addr);

/* Does what the search says until it waits, dials or fails. */
static void pump(struct ua_account *acc, struct now now)
{
    struct ua_flow *flow = &acc->flow;
    struct tls_step step;

    for (;;) {
        struct ua_out *out;

        tls_locate_next(flow->locate, now.boot, &step);
        if (step.kind != TLS_STEP_QUERY)
            break;
        if (ua_search_known(acc, now, &step))
            continue;
        out = ua_outq_push(&acc->core->outq, UA_OUT_QUERY);
        if (!out || env_copy(acc->env, &out->text, step.name)) {
            tls_locate_answer(flow->locate, step.qid, TLS_LOCATE_NO_SERVER,
                              slice_of(NULL, 0));
            continue;
        }
        out->account = acc->id;
        out->flow = flow->id;
        out->qid = step.qid;
        out->qtype = (int)step.type;
    }
    switch (step.kind) {
    case TLS_STEP_TRY:
        dial(acc, now, &step.addr);
        break;
    case TLS_STEP_FAILED:
        acc->cause = *tls_locate_cause(flow->locate);
        if (tls_locate_why(flow->locate) != POLICY_ALLOWED) {
            ua_refusal_cause(&acc->cause, tls_locate_why(flow->locate));
            ua_event_refused(acc, tls_locate_why(flow->locate), 0);
        }
        attempt_failed(acc, now);
        break;
    case TLS_STEP_WAIT:
    case TLS_STEP_QUERY:
        flow->state = UA_FLOW_RESOLVING;
        ua_arm(acc, &flow->timer, tls_locate_deadline(flow->locate));
        break;
    }
}

static void dial(struct ua_account *acc, struct now now,
                 const struct tls_addr *addr)
{
    struct ua_core *core = acc->core;
    struct ua_flow *flow = &acc->flow;
    enum policy_why why = POLICY_ALLOWED;
    int err = policy_peer_mint(core->policy, &flow->ticket, acc->policy_id,
                               addr, &why);

    heap_disarm(&core->heap, &flow->timer);
    if (err) {
        flow->ticket = NULL;
        cause_set(&acc->cause, CAUSE_table_full);
        if (err == E_POLICY) {
            ua_refusal_cause(&acc->cause, why);
            ua_event_refused(acc, why, 0);
        }
        tls_locate_failed(flow->locate, &acc->cause);
        pump(acc, now); /* bounded: every address is tried once */
        return;
    }
    flow->remote = *addr;
    flow->state = UA_FLOW_DIALING;
    ua_event_flow(acc, SIPLOCK_FLOW_CONNECTING, NULL);
    push_for_flow(acc, UA_OUT_DIAL);
}

static void start_attempt(struct ua_account *acc, struct now now)
{
    struct ua_core *core = acc->core;
    struct ua_flow *flow = &acc->flow;
    const struct tls_locate_ask ask = {.host = acc->host,
                                       .port = acc->port,
                                       .addr = acc->addr,
                                       .naddr = acc->naddr,
                                       .avoid = &core->avoid};
    int err;

    drop_attempt(acc);
    flow->remote = flow->local = (struct tls_addr){0};
    flow->sent = 0;
    err = idtab_add(&core->flows, &flow->id, acc);
    if (!err)
        err = tls_locate_new(&flow->locate, core->env, &ask);
    if (err) {
        cause_set(&acc->cause,
                  err == E_NOMEM ? CAUSE_out_of_memory : CAUSE_config_invalid);
        attempt_failed(acc, now);
        return;
    }
    flow->state = UA_FLOW_RESOLVING;
    if (!acc->naddr)
        ua_event_flow(acc, SIPLOCK_FLOW_RESOLVING, NULL);
    pump(acc, now);
}

int ua_flow_adopt(struct ua_account *acc, struct now now,
                  const struct ua_flow_facts *facts)
{
    struct ua_flow *flow = &acc->flow;
    int err = idtab_add(&acc->core->flows, &flow->id, acc);

    if (err)
        return err;
    flow->state = UA_FLOW_UP;
    flow->up_at = now.boot;
    flow->local = facts->local;
    flow->remote = facts->remote;
    ua_event_flow(acc, SIPLOCK_FLOW_UP, facts);
    return 0;
}

void ua_flow_want(struct ua_account *acc, struct now now)
{
    if (acc->direct)
        return; /* nobody can be dialled */
    switch (acc->flow.state) {
    case UA_FLOW_IDLE:
    case UA_FLOW_WAITING:
        start_attempt(acc, now);
        break;
    case UA_FLOW_UP:
        ua_reg_flow_up(acc, now);
        break;
    case UA_FLOW_RESOLVING:
    case UA_FLOW_DIALING:
        break;
    }
}

/* A direct account and its calls end with their flow. */
static void direct_lost(struct ua_account *acc, struct now now)
{
    ua_event_flow(acc, SIPLOCK_FLOW_DOWN, NULL);
    drop_attempt(acc);
    acc->flow.state = UA_FLOW_IDLE;
    ua_call_flow_gone(acc, now);
    acc->removing = true;
    acc->reg.state = UA_REG_ENDED;
}

void ua_flow_renew(struct ua_account *acc, struct now now, enum cause_code why)
{
    bool lost = acc->flow.state == UA_FLOW_UP;

    cause_set(&acc->cause, why);
    if (lost && !acc->direct)
        ua_event_flow(acc, SIPLOCK_FLOW_DOWN, NULL);
    ua_flow_close(acc);
    if (acc->direct)
        direct_lost(acc, now);
    else if (lost)
        ua_reg_flow_lost(acc, now, 0);
    if (!acc->removing)
        start_attempt(acc, now);
    ua_txn_flow_down(acc, now);
}

void ua_flow_dns(struct ua_account *acc, struct now now,
                 const struct ua_answer *answer)
{
    if (acc->flow.state != UA_FLOW_RESOLVING)
        return;
    ua_search_answer(acc, now, answer);
    pump(acc, now);
}

void ua_flow_up(struct ua_account *acc, struct now now,
                const struct ua_flow_facts *facts)
{
    struct ua_flow *flow = &acc->flow;

    if (flow->state != UA_FLOW_DIALING)
        return;
    flow->more = tls_locate_more(flow->locate);
    tls_locate_free(flow->locate); /* 11 KiB that an idle flow needs not */
    flow->locate = NULL;
    flow->state = UA_FLOW_UP;
    flow->up_at = now.boot;
    flow->local = facts->local;
    flow->remote = facts->remote;
    ua_event_flow(acc, SIPLOCK_FLOW_UP, facts);
    ua_trust_up(acc, facts->peer);
    ua_arm(acc, &flow->ping,
           ua_within(acc->env, now.boot + UA_PING_FIRST_MS,
                     now.boot + UA_PING_FIRST_MS * 3 / 2));
    ua_reg_flow_up(acc, now);
    ua_call_flow_up(acc, now);
    ua_sub_flow_up(acc, now);
    ua_message_flow_up(acc, now);
}

/*
 * A flow that worked for a while is set up again at once, and so is the first
 * that died young. A server that takes registrations and hangs up each time
 * is met with back-off, though every REGISTER was answered with 200.
 */
static void set_up_again(struct ua_account *acc, struct now now)
{
    struct ua_flow *flow = &acc->flow;

    if (now.boot - flow->up_at < UA_FLOW_GOOD_MS && flow->failures > 0) {
        ua_search_failed(acc, now, 0);
        attempt_failed(acc, now);
        return;
    }
    flow->failures = now.boot - flow->up_at < UA_FLOW_GOOD_MS ? 1 : 0;
    ua_event_flow(acc, SIPLOCK_FLOW_DOWN, NULL);
    drop_attempt(acc);
    flow->state = UA_FLOW_IDLE;
    ua_reg_flow_lost(acc, now, 0);
    if (flow->state == UA_FLOW_IDLE &&
        (ua_reg_wants_flow(acc) || ua_call_wants_flow(acc) ||
         ((acc->subs || acc->messages) && !acc->removing)))
        start_attempt(acc, now);
}

/* Transactions hear of it last, so that what they lead to finds no flow. */
static void lost(struct ua_account *acc, struct now now)
{
    if (acc->direct)
        direct_lost(acc, now);
    else
        set_up_again(acc, now);
    ua_txn_flow_down(acc, now);
}

void ua_flow_broken(struct ua_account *acc, struct now now,
                    enum cause_code why)
{
    cause_set(&acc->cause, why);
    push_for_flow(acc, UA_OUT_HANGUP);
    lost(acc, now);
}

void ua_flow_down(struct ua_account *acc, struct now now,
                  const struct cause *cause)
{
    struct ua_flow *flow = &acc->flow;
    enum cause_domain domain = cause_domain(cause->code);

    acc->cause = *cause;
    if (flow->state == UA_FLOW_UP) {
        lost(acc, now);
        return;
    }
    if (flow->state != UA_FLOW_DIALING)
        return;
    policy_peer_revoke(acc->core->policy, flow->ticket);
    flow->ticket = NULL;
    flow->port = NULL;
    /* Another address does not mend a certificate: stop with the reason. */
    if (domain == CAUSE_CERT || domain == CAUSE_POLICY) {
        attempt_failed(acc, now);
        return;
    }
    ua_search_failed(acc, now, 0);
    tls_locate_failed(flow->locate, cause);
    pump(acc, now);
}

bool ua_flow_elsewhere(struct ua_account *acc, struct now now, int64_t ms)
{
    struct ua_flow *flow = &acc->flow;

    ua_search_failed(acc, now, ms);
    if (flow->state != UA_FLOW_UP || !flow->more)
        return false;
    ua_flow_renew(acc, now, CAUSE_reg_server_error);
    return true;
}

void ua_flow_timer(struct ua_account *acc, struct now now)
{
    if (acc->flow.state == UA_FLOW_WAITING) {
        start_attempt(acc, now);
    } else if (acc->flow.state == UA_FLOW_RESOLVING) {
        tls_locate_tick(acc->flow.locate, now.boot);
        pump(acc, now);
    }
}
