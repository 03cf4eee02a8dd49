/* SPDX-License-Identifier: Apache-2.0 */
/* Making events for the app: never lost, texts when there is memory. */
#include "ua/event.h"

#include "tls/engine.h"

/* Longer than any address or name that we can use; a body (UA_BODY_MAX) is
 * the longest that there is. */
enum { TEXT_MAX = 32768 };

/* Lays the texts end to end in memory of their own. */
void ua_event_texts(struct ua_core *core, struct ua_out *out,
                    const struct slice text[UA_TEXT_COUNT])
{
    size_t total = 0;
    char *p;

    for (int i = 0; i < UA_TEXT_COUNT; i++)
        total += text[i].n < TEXT_MAX ? text[i].n : TEXT_MAX;
    p = total ? env_alloc(core->env, total) : NULL;
    if (!p)
        return;
    struct out o = out_of(p, total);

    for (int i = 0; i < UA_TEXT_COUNT; i++) {
        size_t n = text[i].n < TEXT_MAX ? text[i].n : TEXT_MAX;

        out_put(&o, slice_of(text[i].p, n));
        out->event.len[i] = (uint16_t)n;
    }
    out->text = out_slice(&o);
}

struct ua_out *ua_event_push(struct ua_account *acc, int type)
{
    struct ua_out *out = ua_outq_push(&acc->core->outq, UA_OUT_EVENT);

    if (!out)
        return NULL;
    out->account = acc->id;
    out->event.type = type;
    out->event.retry_ms = -1;
    return out;
}

void ua_event_register(struct ua_account *acc,
                       enum siplock_register_state state)
{
    struct ua_out *out = ua_event_push(acc, SIPLOCK_EVENT_REGISTER_STATE);
    struct slice text[UA_TEXT_COUNT] = {{0}};

    if (!out)
        return;
    out->event.state = (int)state;
    out->event.reg_id = acc->second ? 2 : 1;
    out->event.status = acc->reg.status;
    if (state == SIPLOCK_REGISTER_REGISTERED)
        out->event.expires = acc->reg.granted;
    if (state == SIPLOCK_REGISTER_FAILED || state == SIPLOCK_REGISTER_TRYING) {
        out->event.cause = acc->cause.code;
        out->event.why = (enum policy_why)acc->cause.refusal;
        out->event.retry_ms = acc->reg.retry_ms;
        if (acc->cause.code != CAUSE_none)
            text[UA_TEXT_CAUSE] = slice_cstr(acc->cause.text);
    }
    ua_event_texts(acc->core, out, text);
}

void ua_event_flow(struct ua_account *acc, enum siplock_flow_state state,
                   const struct ua_flow_facts *facts)
{
    struct ua_out *out = ua_event_push(acc, SIPLOCK_EVENT_FLOW_STATE);
    struct slice text[UA_TEXT_COUNT] = {{0}};
    char remote[TLS_ADDR_TEXT_MAX];
    struct out o = out_of(remote, sizeof(remote));

    if (!out)
        return;
    out->event.state = (int)state;
    out->event.reg_id = acc->second ? 2 : 1;
    out->flow = acc->flow->id;
    out->event.bytes_sent = acc->flow->sent;
    tls_addr_put(&o, &acc->flow->remote);
    text[UA_TEXT_REMOTE] = out_slice(&o);
    if (facts) {
        text[UA_TEXT_NAME] = facts->name;
        text[UA_TEXT_TLS] = facts->tls;
        text[UA_TEXT_SUITE] = facts->suite;
        out->event.resumed = facts->peer && facts->peer->resumed;
    }
    if (state == SIPLOCK_FLOW_DOWN) {
        out->event.cause = acc->cause.code;
        out->event.why = (enum policy_why)acc->cause.refusal;
        if (acc->cause.code != CAUSE_none)
            text[UA_TEXT_CAUSE] = slice_cstr(acc->cause.text);
    }
    ua_event_texts(acc->core, out, text);
}

void ua_event_refused(struct ua_account *acc, enum policy_why why,
                      uint64_t call)
{
    struct ua_out *out = ua_event_push(acc, SIPLOCK_EVENT_POLICY_REFUSED);
    struct slice text[UA_TEXT_COUNT] = {{0}};

    policy_count(acc->core->policy, why);
    if (!out)
        return;
    out->event.cause = CAUSE_policy_refused;
    out->event.why = why;
    out->call = call;
    out->event.bytes_sent = acc->flow->sent;
    text[UA_TEXT_CAUSE] = slice_cstr(policy_refusal(why)->sentence);
    ua_event_texts(acc->core, out, text);
}

void ua_event_notice(struct ua_account *acc, const char *notice)
{
    struct ua_out *out = ua_event_push(acc, SIPLOCK_EVENT_NOTICE);

    if (out)
        out->event.notice = notice;
}
