/* SPDX-License-Identifier: Apache-2.0 */
/* Client transactions: the owner of what sip/txn's tables decide. */
#include "ua/txn.h"

#include <string.h>

#include "sip/base/err.h"
#include "ua/call.h"
#include "ua/flow.h"
#include "ua/register.h"
#include "ua/riders.h"
#include "ua/sub.h"
#include "ua/twin.h"
#include "ua/update.h"

/*
 * RFC 3261 8.1.1.7: the cookie, then our id (so that a response is found
 * without a search) and 128 random bits (so that nobody else can name it).
 */
static int make_branch(struct ua_txn *txn, const struct env *env)
{
    struct out o = out_of(txn->branch, sizeof(txn->branch));
    char random[2 * UA_TOKEN_N];
    int err = env_rand_hex(env, random, UA_TOKEN_N);

    out_lit(&o, "z9hG4bK");
    out_u64(&o, txn->id);
    out_char(&o, '.');
    out_put(&o, slice_of(random, sizeof(random)));
    txn->branch_n = o.n;
    return err ? err : o.err;
}

/* So that the flow knows how many REGISTERs are out. */
static void count(const struct ua_txn *txn, int by)
{
    struct ua_flow *flow = txn->acc->flow;

    if (txn->use == UA_TXN_REGISTER)
        flow->registers = (unsigned)((int)flow->registers + by);
}

static void destroy(struct ua_core *core, struct ua_txn *txn)
{
    count(txn, -1);
    heap_disarm(&core->heap, &txn->timer);
    *txn->at = txn->next;
    if (txn->next)
        txn->next->at = txn->at;
    idtab_remove(&core->txns, txn->id);
    env_free(core->env, txn);
    core->counts.txns--;
}

int ua_txn_new(struct ua_txn **out, struct ua_account *acc, struct now now,
               enum ua_txn_use use, enum sip_method method)
{
    struct ua_core *core = acc->core;
    struct ua_txn *txn = env_alloc(core->env, sizeof(*txn));
    int err;

    if (!txn)
        return E_NOMEM;
    txn->acc = acc;
    txn->use = use;
    txn->method = method;
    txn->kind = method == SIP_INVITE ? SIP_TXN_CLIENT_INVITE : SIP_TXN_CLIENT;
    txn->timer = (struct timer){.kind = UA_TIMER_TXN};
    err = idtab_add(&core->txns, &txn->id, txn);
    if (err) {
        env_free(core->env, txn);
        return err;
    }
    core->counts.txns++;
    txn->next = acc->txns;
    txn->at = &acc->txns;
    if (acc->txns)
        acc->txns->at = &txn->next;
    acc->txns = txn;
    count(txn, 1);
    txn->timer.owner = txn->id;
    err = make_branch(txn, core->env);
    if (!err)
        err = heap_arm(&core->heap, &txn->timer, now.boot + SIP_TIMER_B_MS);
    if (err) {
        destroy(core, txn);
        return err;
    }
    *out = txn;
    return 0;
}

static struct ua_txn *find(struct ua_core *core, struct slice branch)
{
    struct slice cookie = S("z9hG4bK");
    struct slice number;
    struct ua_txn *txn;
    uint64_t id;

    if (!slice_starts(branch, cookie))
        return NULL;
    number = slice_skip(branch, cookie.n);
    number.n = slice_find(number, '.');
    if (slice_u64(&id, number, UINT64_MAX))
        return NULL;
    txn = idtab_get(&core->txns, id);
    if (!txn || !slice_eq(slice_of(txn->branch, txn->branch_n), branch))
        return NULL;
    return txn;
}

/* The call of a transaction that is perhaps no more. */
static struct ua_call *call_of(struct ua_core *core, const struct ua_txn *was)
{
    return was->call ? idtab_get(&core->calls, was->call) : NULL;
}

/* INVITEs of ours hear it themselves, by the dialog of the response. */
static void hear_session(struct ua_call *c, const struct ua_txn *was,
                         const struct sip_msg *msg)
{
    bool its = was->use == UA_TXN_PRACK || was->use == UA_TXN_UPDATE ||
               was->use == UA_TXN_BYE;

    if (its)
        ua_sid_heard(&c->leg_sid[was->leg], msg);
    else if (was->use != UA_TXN_INVITE && c->chosen >= 0 &&
             sip_dialog_has(&c->leg[c->chosen], msg))
        ua_sid_heard(&c->leg_sid[c->chosen], msg);
}

/* A copy of what it was; it may be gone. */
static void tell_response(struct ua_account *acc, struct now now,
                          const struct ua_txn *was, const struct sip_msg *msg)
{
    struct ua_call *c = call_of(acc->core, was);

    if (c)
        hear_session(c, was, msg);
    switch (was->use) {
    case UA_TXN_REGISTER:
        ua_clock_response(acc, now, msg);
        ua_reg_response(acc, now, msg);
        break;
    case UA_TXN_PROBE: /* whatever the status: the edge lives */
        break;
    case UA_TXN_INVITE:
        if (c)
            ua_caller_response(c, now, msg);
        break;
    case UA_TXN_CHANGE:
        if (c)
            ua_change_response(c, now, msg);
        break;
    case UA_TXN_BYE:
        if (c)
            ua_indialog_response(c, now, was->leg, msg);
        break;
    case UA_TXN_OWNED:
        was->heard(acc, now, was, msg, false);
        break;
    case UA_TXN_PRACK:
        if (c)
            ua_prack_response(c, now, was, msg);
        break;
    case UA_TXN_UPDATE:
        if (c && c->update_txn == was->id)
            ua_update_response(c, now, msg);
        break;
    }
}

/* What the table asks for besides telling. */
static void act(struct ua_account *acc, struct now now, struct ua_txn *txn,
                struct sip_txn_cell cell, const struct sip_msg *msg)
{
    struct ua_core *core = acc->core;
    struct ua_call *c = call_of(core, txn);

    if (cell.action & SIP_TXN_DO_ACK && c)
        ua_caller_ack_refusal(
            c, txn->use == UA_TXN_CHANGE ? c->change : c->invite, msg);
    if (cell.action & SIP_TXN_DO_DISARM)
        heap_disarm(&core->heap, &txn->timer);
    if (cell.action & SIP_TXN_DO_LINGER)
        (void)heap_arm(&core->heap, &txn->timer, now.boot + SIP_TIMER_L_MS);
    if (!(cell.action & SIP_TXN_DO_END))
        return;
    if (c && txn->use == UA_TXN_INVITE && c->txn == txn->id)
        c->txn = 0;
    destroy(core, txn);
}

static void settle(struct ua_core *core, uint64_t call)
{
    struct ua_call *c = call ? idtab_get(&core->calls, call) : NULL;

    if (c)
        ua_call_settle(c);
}

void ua_txn_response(struct ua_flow *flow, struct now now,
                     const struct sip_msg *msg)
{
    struct ua_core *core = flow->core;
    struct ua_txn *txn = msg->via->next ? NULL : find(core, msg->via->branch);
    struct ua_account *acc = txn ? txn->acc : NULL;
    struct sip_txn_cell cell;
    struct ua_txn was;

    if (!acc || txn->method != msg->cseq.method || acc->flow != flow) {
        core->counts.strays++;
        LOG(core->env, LOG_DEBUG, "response.stray",
            LOG_NUM("status", msg->status),
            LOG_TOKEN("branch", msg->via->branch));
        return;
    }
    ua_binding_via(acc, msg->via);
    cell =
        sip_txn_step(txn->kind, txn->state, sip_txn_recv_event(msg->status));
    txn->state = cell.next;
    was = *txn;
    act(acc, now, txn, cell, msg);
    if (cell.action & SIP_TXN_DO_PASS)
        tell_response(acc, now, &was, msg);
    settle(core, was.call);
}

/* No response came, or no more can: to whom it was for. */
static void tell_lost(struct ua_account *acc, struct now now,
                      const struct ua_txn *was, bool timed_out)
{
    struct ua_call *c = call_of(acc->core, was);

    switch (was->use) {
    case UA_TXN_REGISTER:
        if (timed_out)
            ua_reg_timeout(acc, now);
        break;
    case UA_TXN_PROBE: /* and nothing else came meanwhile */
        if (timed_out && acc->flow->probing)
            ua_flow_renew(acc->flow, now, CAUSE_connect_dead);
        break;
    case UA_TXN_INVITE:
        if (c)
            ua_caller_lost(c, now, timed_out);
        break;
    case UA_TXN_CHANGE:
        if (c)
            ua_change_lost(c, now, timed_out);
        break;
    case UA_TXN_BYE:
        if (c)
            ua_indialog_lost(c, was->leg, timed_out);
        break;
    case UA_TXN_OWNED:
        was->heard(acc, now, was, NULL, timed_out);
        break;
    case UA_TXN_UPDATE:
        if (c && c->update_txn == was->id)
            ua_update_lost(c, now, timed_out);
        break;
    case UA_TXN_PRACK: /* the response to the INVITE decides */
        if (c && timed_out)
            ua_prack_response(c, now, was, NULL);
        break;
    }
}

void ua_txn_timer(struct ua_core *core, struct now now, uint64_t id)
{
    struct ua_txn *txn = idtab_get(&core->txns, id);
    struct ua_account *acc = txn ? txn->acc : NULL;
    struct sip_txn_cell cell;
    struct ua_txn was;

    if (!acc)
        return;
    cell = sip_txn_step(txn->kind, txn->state,
                        txn->state == SIP_TXN_ACCEPTED ? SIP_TXN_LINGERED
                                                       : SIP_TXN_TIMEOUT);
    txn->state = cell.next;
    was = *txn;
    act(acc, now, txn, cell, NULL);
    if (cell.action & SIP_TXN_DO_TIMEOUT)
        tell_lost(acc, now, &was, true);
    settle(core, was.call);
    ua_riders_breathe(acc->flow, now);
}

/* False: it goes on without a flow. */
static bool flow_down(struct ua_account *acc, struct now now,
                      struct ua_txn *txn)
{
    struct sip_txn_cell cell =
        sip_txn_step(txn->kind, txn->state, SIP_TXN_FLOW_DOWN);
    struct ua_txn was = *txn;

    if (!(cell.action & SIP_TXN_DO_END))
        return false;
    act(acc, now, txn, cell, NULL);
    tell_lost(acc, now, &was, false);
    settle(acc->core, was.call);
    return true;
}

void ua_txn_flow_down(struct ua_account *acc, struct now now)
{
    struct ua_txn *txn = acc->txns;

    /* One that ends may take others with it, wherever they are. */
    while (txn)
        txn = flow_down(acc, now, txn) ? acc->txns : txn->next;
    acc->reg.txn = 0;
    ua_call_flow_down(acc, now);
    ua_sub_flow_lost(acc, now);
}

static void forget_call(struct ua_account *acc, uint64_t call)
{
    struct ua_txn *txn = acc->txns;

    while (txn) {
        struct ua_txn *next = txn->next;

        if (txn->call == call)
            destroy(acc->core, txn);
        txn = next;
    }
}

void ua_txn_forget_call(struct ua_core *core, uint64_t call)
{
    const struct ua_call *c = idtab_get(&core->calls, call);
    struct ua_account *twin = c ? ua_twin_of(c->acc) : NULL;

    if (c)
        forget_call(c->acc, call);
    if (twin) /* of before it moved */
        forget_call(twin, call);
}

void ua_txn_forget_all(struct ua_account *acc)
{
    while (acc->txns)
        destroy(acc->core, acc->txns);
}

void ua_txn_forget(struct ua_account *acc, uint64_t id)
{
    struct ua_txn *txn = id ? idtab_get(&acc->core->txns, id) : NULL;

    if (txn)
        destroy(acc->core, txn);
    if (id == acc->reg.txn)
        acc->reg.txn = 0;
}
