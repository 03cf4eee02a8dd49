/* SPDX-License-Identifier: Apache-2.0 */
/* The core's commands for calls, and what media says of them. */
#include "sip/base/err.h"
#include "ua/call.h"
#include "ua/refer.h"
#include "ua/twin.h"
#include "ua/uri_check.h"

enum policy_why ua_check_target(const struct ua_account *acc,
                                const struct sip_uri *uri)
{
    enum policy_why why = ua_uri_check(uri);
    struct policy_target target = {
        .scheme = slice_of(uri->text.p, uri->scheme_n),
        .host = uri->host.text,
    };

    if (why != POLICY_ALLOWED)
        return why;
    return policy_account_target(acc->core->policy, acc->policy_id, &target);
}

int ua_core_call_start(struct ua_core *core, struct now now,
                       const struct ua_dial *dial, enum policy_why *why)
{
    struct ua_account *acc = idtab_get(&core->accounts, dial->account);
    int err;

    *why = POLICY_ALLOWED;
    if (!acc)
        return E_GONE;
    *why = ua_check_target(acc, dial->target);
    if (*why != POLICY_ALLOWED) {
        policy_count(core->policy, *why);
        return E_POLICY;
    }
    err = ua_outq_reserve(&core->outq);
    if (!err)
        err = ua_call_start(ua_twin_best(acc), now,
                            &(struct ua_call_ask){.id = dial->id,
                                                  .target = dial->target,
                                                  .terms = dial->terms});
    arena_reset(&core->arena);
    return err;
}

static int do_wish(struct ua_call *c, struct now now,
                   const struct ua_wish *wish)
{
    switch (wish->kind) {
    case UA_WISH_RING:
        return ua_call_ring(c, now);
    case UA_WISH_EARLY:
        return ua_rel_early(c, now);
    case UA_WISH_ANSWER:
        return ua_call_answer(c, now);
    case UA_WISH_REJECT:
        return ua_call_reject(c, now, wish->status);
    case UA_WISH_HANGUP:
        return ua_call_hangup(c, now, wish->status);
    case UA_WISH_HOLD:
        return ua_change_hold(c, now, true);
    case UA_WISH_RESUME:
        return ua_change_hold(c, now, false);
    case UA_WISH_DTMF:
        return ua_call_dtmf(c, wish->digit, wish->ms);
    case UA_WISH_TRANSFER:
        return ua_refer_start(c, now, wish->target, wish->other);
    case UA_WISH_FOLLOW:
        return ua_referred_decide(&c->referred, now, true);
    case UA_WISH_DECLINE:
        return ua_referred_decide(&c->referred, now, false);
    }
    return E_INVAL;
}

int ua_core_call_wish(struct ua_core *core, struct now now, uint64_t id,
                      const struct ua_wish *wish)
{
    struct ua_call *c = idtab_get(&core->call_ids, id);
    int err;

    if (!c)
        return E_GONE;
    err = ua_outq_reserve(&core->outq);
    if (err)
        return err;
    err = do_wish(c, now, wish);
    ua_call_settle(c);
    ua_reap(core, now);
    return err;
}

void ua_core_hangup(struct ua_core *core, struct now now)
{
    struct ua_account *acc;
    uint32_t pos = 0;

    while ((acc = idtab_next(&core->accounts, &pos))) {
        (void)ua_outq_reserve(&core->outq);
        ua_call_end_all(acc, now);
        if (ua_twin_of(acc))
            ua_call_end_all(acc->twin, now);
        ua_reap(core, now);
    }
}

void ua_core_media(struct ua_core *core, struct now now, uint64_t call,
                   const struct media_event *e)
{
    struct ua_call *c = idtab_get(&core->call_ids, call);

    if (!c || c->closed)
        return;
    (void)ua_outq_reserve(&core->outq);
    ua_callmedia_event(c, now, e);
    ua_call_settle(c);
    ua_reap(core, now);
}
