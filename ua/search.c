/* SPDX-License-Identifier: Apache-2.0 */
/* The searches' memory: the DNS cache by servers, the list of failures. */
#include "ua/search.h"

#include "sip/base/err.h"
#include "sip/base/log.h"
#include "tls/nat64.h"

void ua_search_locals(const struct ua_core *core, struct tls_locals *locals)
{
    locals->n = 0;
    if (core->locals)
        core->locals(core->locals_user, locals);
}

/* Different servers may answer differently, so each set has its own view. */
static uint64_t view_of(const struct ua_account *acc)
{
    uint64_t h = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < acc->ndns; i++) {
        const struct tls_addr *a = &acc->dns[i];

        h = (h ^ a->family) * UINT64_C(1099511628211);
        h = (h ^ a->port) * UINT64_C(1099511628211);
        for (size_t k = 0; k < sizeof(a->ip); k++)
            h = (h ^ a->ip[k]) * UINT64_C(1099511628211);
    }
    return h;
}

/* The answer is at hand. */
static bool known(struct ua_flow *flow, struct now now,
                  const struct tls_step *step)
{
    const struct tls_dnscache_key key = {view_of(flow->first), step->name,
                                         step->type};
    struct slice packet;

    if (!tls_dnscache_get(flow->core->dnscache, now.boot, &key, false,
                          &packet))
        return false;
    tls_locate_answer(flow->locate, step->qid, TLS_LOCATE_PACKET, packet);
    return true;
}

void ua_search_ask(struct ua_flow *flow, struct now now,
                   const struct tls_step *step)
{
    struct ua_out *out;

    if (known(flow, now, step))
        return;
    out = ua_outq_push(&flow->core->outq, UA_OUT_QUERY);
    if (!out || env_copy(flow->core->env, &out->text, step->name)) {
        tls_locate_answer(flow->locate, step->qid, TLS_LOCATE_NO_SERVER,
                          slice_of(NULL, 0));
        return;
    }
    out->account = flow->first->id;
    out->flow = flow->id;
    out->qid = step->qid;
    out->qtype = (int)step->type;
}

void ua_search_answer(struct ua_flow *flow, struct now now,
                      const struct ua_answer *answer)
{
    struct tls_dnscache *cache = flow->core->dnscache;
    struct tls_dnscache_key key = {.view = view_of(flow->first)};
    enum tls_locate_status status = answer->status;
    struct slice packet = answer->packet;

    if (!tls_locate_question(flow->locate, answer->qid, &key.name, &key.type))
        return;
    if ((status != TLS_LOCATE_PACKET ||
         !tls_dnscache_put(cache, now.boot, &key, packet)) &&
        !slice_ieq(key.name, S(TLS_NAT64_NAME)) && /* of this network only */
        tls_dnscache_get(cache, now.boot, &key, true, &packet)) {
        status = TLS_LOCATE_PACKET;
        LOG(flow->core->env, LOG_WARN, "dns.stale", LOG_HOST("name", key.name),
            LOG_NUM("type", key.type));
    }
    tls_locate_answer(flow->locate, answer->qid, status, packet);
}

void ua_search_failed(struct ua_flow *flow, struct now now, int64_t ms)
{
    if (flow->remote.family)
        tls_avoid_add(&flow->core->avoid, now.boot, &flow->remote, ms);
}

void ua_search_worked(struct ua_flow *flow)
{
    tls_avoid_remove(&flow->core->avoid, &flow->remote);
}

void ua_search_renew(struct ua_core *core, struct now now)
{
    tls_avoid_clear(&core->avoid);
    tls_dnscache_age(core->dnscache, now.boot);
}

int ua_core_search(struct ua_core *core, const struct slice *domain, size_t n)
{
    struct tls_name name;
    int err = n > TLS_LOCATE_SEARCH_MAX ? E_TOOBIG : 0;

    for (size_t i = 0; i < n && !err; i++)
        err = tls_name_parse(&name, domain[i]);
    if (err)
        return err;
    while (core->nsearch)
        env_free(core->env,
                 (void *)(uintptr_t)core->search[--core->nsearch].p);
    for (size_t i = 0; i < n && !err; i++) {
        err = env_copy(core->env, &core->search[i], domain[i]);
        core->nsearch += !err;
    }
    return err;
}
