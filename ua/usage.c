/* SPDX-License-Identifier: Apache-2.0 */
/* The core's commands for subscriptions, messages and references. */
#include "ua/usage.h"

#include "sip/base/err.h"
#include "ua/message.h"
#include "ua/reference.h"
#include "ua/sub.h"
#include "ua/twin.h"

void ua_usage_init(struct ua_core *core)
{
    idtab_init(&core->subs, core->env, UA_THINGS_MAX);
    idtab_init(&core->all_subs, core->env, UA_THINGS_MAX);
    idtab_init(&core->messages, core->env, UA_THINGS_MAX);
    idtab_init(&core->references, core->env, UA_THINGS_MAX);
}

void ua_usage_free(struct ua_core *core)
{
    struct ua_sub *s;
    struct ua_message *m;
    struct ua_reference *ref;
    uint32_t pos = 0;

    while ((s = idtab_next(&core->all_subs, &pos)))
        ua_sub_free(s);
    pos = 0;
    while ((m = idtab_next(&core->messages, &pos)))
        ua_message_free(m);
    pos = 0;
    while ((ref = idtab_next(&core->references, &pos)))
        ua_reference_free(ref);
    idtab_free(&core->subs);
    idtab_free(&core->all_subs);
    idtab_free(&core->messages);
    idtab_free(&core->references);
}

/* The account of a command, with room for what follows; may it go there? An
 * empty target is the account's own. */
static int enter(struct ua_core *core, uint64_t id, struct slice target,
                 struct ua_account **account, enum policy_why *why)
{
    struct ua_account *acc = idtab_get(&core->accounts, id);
    struct sip_uri uri;
    int err = acc ? ua_outq_reserve(&core->outq) : E_GONE;

    *account = acc;
    *why = POLICY_ALLOWED;
    if (err || !target.n)
        return err;
    if (sip_uri_parse(&uri, target, NULL))
        return E_SYNTAX;
    *why = ua_check_target(acc, &uri);
    if (*why == POLICY_ALLOWED)
        return 0;
    policy_count(core->policy, *why);
    return E_POLICY;
}

int ua_core_subscribe(struct ua_core *core, struct now now,
                      const struct ua_sub_ask *ask, enum policy_why *why)
{
    struct ua_account *acc;
    int err = enter(core, ask->account, ask->target, &acc, why);

    if (!err)
        err = ua_sub_start(ua_twin_best(acc), now, ask);
    arena_reset(&core->arena);
    return err;
}

int ua_core_unsubscribe(struct ua_core *core, struct now now, uint64_t id)
{
    struct ua_sub *s = idtab_get(&core->subs, id);
    int err;

    if (!s)
        return E_GONE;
    err = ua_outq_reserve(&core->outq);
    if (err)
        return err;
    ua_sub_stop(s, now);
    ua_reap(core, now);
    return 0;
}

int ua_core_message(struct ua_core *core, struct now now,
                    const struct ua_message_ask *ask, enum policy_why *why)
{
    struct ua_account *acc;
    int err = enter(core, ask->account, ask->target, &acc, why);

    if (!err)
        err = ua_message_start(ua_twin_best(acc), now, ask);
    arena_reset(&core->arena);
    return err;
}

int ua_core_refer(struct ua_core *core, struct now now,
                  const struct ua_reference_ask *ask, enum policy_why *why)
{
    struct ua_account *acc;
    int err = enter(core, ask->account, ask->at, &acc, why);

    if (!err)
        err = ua_reference_start(ua_twin_best(acc), now, ask);
    arena_reset(&core->arena);
    return err;
}

int ua_core_reference_decide(struct ua_core *core, struct now now, uint64_t id,
                             bool follow)
{
    int err = ua_outq_reserve(&core->outq);

    if (!err)
        err = ua_reference_decide(core, now, id, follow);
    ua_reap(core, now);
    return err;
}
