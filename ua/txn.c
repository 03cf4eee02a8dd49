/* SPDX-License-Identifier: Apache-2.0 */
/* Client transactions: the owner of what sip/txn's tables decide. */
#include "ua/txn.h"

#include <string.h>

#include "sip/base/err.h"
#include "ua/flow.h"
#include "ua/register.h"

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

static void destroy(struct ua_core *core, struct ua_txn *txn)
{
    heap_disarm(&core->heap, &txn->timer);
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
    txn->account = acc->id;
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

static void tell_response(struct ua_account *acc, struct now now,
                          enum ua_txn_use use, const struct sip_msg *msg)
{
    switch (use) {
    case UA_TXN_REGISTER:
        ua_reg_response(acc, now, msg);
        break;
    case UA_TXN_PROBE: /* whatever the status: the edge lives */
        break;
    }
}

void ua_txn_response(struct ua_account *acc, struct now now,
                     const struct sip_msg *msg)
{
    struct ua_core *core = acc->core;
    struct ua_txn *txn = msg->via->next ? NULL : find(core, msg->via->branch);
    struct sip_txn_cell cell;
    enum ua_txn_use use;

    if (!txn || txn->method != msg->cseq.method || txn->account != acc->id) {
        core->counts.strays++;
        LOG(core->env, LOG_DEBUG, "response.stray",
            LOG_NUM("status", msg->status),
            LOG_TOKEN("branch", msg->via->branch));
        return;
    }
    cell =
        sip_txn_step(txn->kind, txn->state, sip_txn_recv_event(msg->status));
    txn->state = cell.next;
    use = txn->use;
    if (cell.action & SIP_TXN_DO_END)
        destroy(core, txn);
    if (cell.action & SIP_TXN_DO_PASS)
        tell_response(acc, now, use, msg);
}

void ua_txn_timer(struct ua_core *core, struct now now, uint64_t id)
{
    struct ua_txn *txn = idtab_get(&core->txns, id);
    struct ua_account *acc;
    struct sip_txn_cell cell;
    enum ua_txn_use use;

    if (!txn)
        return;
    acc = idtab_get(&core->accounts, txn->account);
    cell = sip_txn_step(txn->kind, txn->state, SIP_TXN_TIMEOUT);
    txn->state = cell.next;
    use = txn->use;
    if (cell.action & SIP_TXN_DO_END)
        destroy(core, txn);
    if (!acc || !(cell.action & SIP_TXN_DO_TIMEOUT))
        return;
    if (use == UA_TXN_REGISTER)
        ua_reg_timeout(acc, now);
    else if (acc->flow.probing) /* and nothing else came meanwhile */
        ua_flow_renew(acc, now, CAUSE_connect_dead);
}

void ua_txn_flow_down(struct ua_account *acc, struct now now)
{
    struct ua_core *core = acc->core;
    struct ua_txn *txn;
    uint32_t pos = 0;

    (void)now;
    while ((txn = idtab_next(&core->txns, &pos)))
        if (txn->account == acc->id &&
            sip_txn_step(txn->kind, txn->state, SIP_TXN_FLOW_DOWN).action &
                SIP_TXN_DO_END)
            destroy(core, txn);
    acc->reg.txn = 0;
}

void ua_txn_forget(struct ua_account *acc, uint64_t id)
{
    struct ua_txn *txn = id ? idtab_get(&acc->core->txns, id) : NULL;

    if (txn)
        destroy(acc->core, txn);
    if (id == acc->reg.txn)
        acc->reg.txn = 0;
}
