/* SPDX-License-Identifier: Apache-2.0 */
/* A call out begins: whom it calls, and what it takes over. */
#include <string.h>

#include "sip/base/err.h"
#include "ua/ask.h"
#include "ua/call.h"
#include "ua/reference.h"

static int set_target(struct ua_call *c, const struct sip_uri *target)
{
    char text[UA_URI_MAX];
    struct out o = out_of(text, sizeof(text));
    int err;

    ua_ask_put_target(&o, c->acc, target);
    err = o.err ? o.err : env_copy(c->acc->env, &c->peer, out_slice(&o));
    if (!err && sip_uri_parse(&c->target, c->peer, NULL))
        err = E_SYNTAX;
    c->called = c->target;
    c->secure = c->target.scheme == SIP_SCHEME_SIPS;
    return err;
}

static void set_asked(struct ua_call *c, const struct ua_refer_owner *of)
{
    if (of->ref)
        c->reference = of->ref->key;
    if (!of->call)
        return;
    c->other = of->call->key;
    memcpy(c->sid.ours, of->call->sid.ours, sizeof(c->sid.ours)); /* 7989 6 */
    c->class_floor = sdp_suite_class(of->call->session.agreed.suite);
}

static int set_ask(struct ua_call *c, const struct ua_call_ask *ask)
{
    const struct env *env = c->acc->env;
    int err = set_target(c, ask->target);

    if (!err && ask->referred)
        set_asked(c, &ask->referred->of);
    if (!err && ask->replaces.n)
        err = env_copy(env, &c->replaces, ask->replaces);
    if (!err && ask->referred_by.n)
        err = env_copy(env, &c->referred_by, ask->referred_by);
    return err;
}

int ua_call_start(struct ua_account *acc, struct now now,
                  const struct ua_call_ask *ask)
{
    struct ua_call *c;
    int err;

    if (acc->live >= UA_CALLS_OF_ACCOUNT)
        return E_FULL;
    if (acc->removing)
        return E_GONE;
    err = ua_call_new(&c, acc, now, ask->id);
    if (err)
        return err;
    c->out = true;
    if (ask->terms)
        c->terms = *ask->terms;
    err = set_ask(c, ask);
    if (err) {
        ua_call_free(c);
        return err;
    }
    if (ask->referred)
        ask->referred->other = c->key;
    acc->core->counts.calls_out++;
    LOG(acc->env, LOG_INFO, "call.start", LOG_TOKEN("call_id", c->call_id),
        LOG_PERSON("to", c->target.user));
    return ua_call_event(c, now, UA_CALL_EV_START);
}
