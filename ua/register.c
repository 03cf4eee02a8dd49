/* SPDX-License-Identifier: Apache-2.0 */
/* Registration (RFC 3261 10.2): the actions of the table. */
#include "ua/register.h"

#include "sip/base/err.h"
#include "ua/ask.h"
#include "ua/call.h"
#include "ua/event.h"
#include "ua/flow.h"
#include "ua/request.h"
#include "ua/riders.h"
#include "ua/search.h"
#include "ua/twin.h"
#include "ua/txn.h"
#include "ua/uri_check.h"

enum { LINGER_MS = 1000 };

static void step(struct ua_account *acc, struct now now,
                 enum ua_reg_event event);

int ua_reg_init(struct ua_account *acc)
{
    struct ua_reg *reg = &acc->reg;
    int err = env_rand_hex(acc->env, reg->call_id, UA_TOKEN_N);

    if (!err)
        err = env_rand_hex(acc->env, reg->tag, UA_TOKEN_N);
    if (!err)
        err = ua_binding_init(acc);
    if (!reg->expires)
        reg->expires = UA_EXPIRES_DEFAULT;
    return err;
}

bool ua_reg_wants_flow(const struct ua_account *acc)
{
    return acc->reg.state == UA_REG_WAIT_FLOW;
}

static void soft(struct ua_account *acc, struct now now, enum cause_code code)
{
    cause_set(&acc->cause, code);
    step(acc, now, UA_REG_SOFT);
}

/* The retry is armed first, so that the event can say when it comes. */
static void blocked(struct ua_account *acc, struct now now)
{
    acc->reg.retry_ms = -1;
    if (cause_domain(acc->cause.code) == CAUSE_REGISTER &&
        acc->cause.code != CAUSE_reg_forbidden) {
        acc->reg.retry_ms =
            ua_jitter(acc->env, UA_BLOCKED_MS / 2, UA_BLOCKED_MS);
        ua_arm(acc, &acc->reg.timer, now.boot + acc->reg.retry_ms);
    }
    step(acc, now, UA_REG_HARD);
}

static void hard(struct ua_account *acc, struct now now, enum cause_code code,
                 struct slice facts)
{
    cause_set_facts(&acc->cause, code, facts);
    blocked(acc, now);
}

static void refuse(struct ua_account *acc, struct now now, enum policy_why why)
{
    ua_event_refused(acc, why, 0);
    ua_refusal_cause(&acc->cause, why);
    blocked(acc, now);
}

static int64_t retry_wait(struct ua_account *acc)
{
    int64_t wait =
        ua_backoff(acc->env, acc->retry_base_ms, ++acc->reg.failures);
    int64_t asked = (int64_t)acc->reg.retry_after * 1000;

    if (asked > UA_BACKOFF_MAX_MS)
        asked = UA_BACKOFF_MAX_MS;
    return wait > asked ? wait : asked;
}

static void bound(struct ua_account *acc, struct now now)
{
    struct ua_reg *reg = &acc->reg;
    int64_t ms = (int64_t)reg->granted * 1000;

    reg->failures = 0;
    ua_arm(
        acc, &reg->timer,
        ua_within(acc->env, now.boot + ms * 8 / 10, now.boot + ms * 9 / 10));
    ua_event_register(acc, SIPLOCK_REGISTER_REGISTERED);
}

/* An action that cannot be done for want of memory fails softly. */
static void send(struct ua_account *acc, struct now now, bool answer)
{
    bool ending = acc->reg.state == UA_REG_ENDING;

    if (!answer)
        acc->reg.challenges = 0;
    if (ua_request_register(acc, now, ending ? 0 : acc->reg.expires))
        soft(acc, now, CAUSE_out_of_memory);
}

static void ask_password(struct ua_account *acc, struct now now)
{
    struct ua_out *out;

    if (!acc->password) {
        hard(acc, now, CAUSE_auth_no_credentials, acc->digest.realm);
        return;
    }
    out = ua_outq_push(&acc->core->outq, UA_OUT_PASSWORD);
    if (!out || env_copy(acc->env, &out->text, acc->digest.realm)) {
        soft(acc, now, CAUSE_out_of_memory);
        return;
    }
    out->account = acc->id;
}

static void end(struct ua_account *acc)
{
    ua_binding_forget(acc);
    heap_disarm(&acc->core->heap, &acc->reg.timer);
    cause_set(&acc->cause, CAUSE_none);
    acc->reg.status = 0;
    acc->end_untold = !acc->second && ua_twin_of(acc);
    if (!acc->end_untold) /* else when the other flow has ended, too */
        ua_event_register(acc, SIPLOCK_REGISTER_ENDED);
    ua_reap_later(acc);
}

static void act(struct ua_account *acc, struct now now, unsigned action)
{
    struct ua_reg *reg = &acc->reg;

    if (action & UA_REG_DO_TRYING)
        ua_event_register(acc, SIPLOCK_REGISTER_TRYING);
    if (action & UA_REG_DO_BOUND)
        bound(acc, now);
    if (action & UA_REG_DO_LATER) {
        reg->retry_ms = retry_wait(acc);
        ua_arm(acc, &reg->timer, now.boot + reg->retry_ms);
    }
    if (action & UA_REG_DO_FAILED) /* unless it goes on at once, elsewhere */
        ua_event_register(acc, reg->retry_ms ? SIPLOCK_REGISTER_FAILED
                                             : SIPLOCK_REGISTER_TRYING);
    if (action & UA_REG_DO_HANGUP)
        ua_flow_close(acc);
    if (action & UA_REG_DO_END)
        end(acc);
    if (action & UA_REG_DO_UNREG)
        ua_arm(acc, &reg->timer, now.boot + UA_UNREGISTER_MS);
    /* The rest may step again, so each is the last. */
    if (action & UA_REG_DO_FLOW)
        ua_flow_want(acc, now);
    else if (action & UA_REG_DO_ASK)
        ask_password(acc, now);
    else if (action & (UA_REG_DO_SEND | UA_REG_DO_UNREG))
        send(acc, now, false);
    else if (action & UA_REG_DO_ANSWER)
        send(acc, now, true);
}

static void step(struct ua_account *acc, struct now now,
                 enum ua_reg_event event)
{
    struct ua_reg *reg = &acc->reg;
    struct ua_reg_cell cell = ua_reg_step(reg->state, event);

    if (cell.action & UA_REG_DO_ODD) {
        LOG(acc->env, LOG_WARN, "register.odd", LOG_NUM("state", reg->state),
            LOG_NUM("event", event));
        return;
    }
    if (cell.next != reg->state && event != UA_REG_HARD)
        heap_disarm(&acc->core->heap, &reg->timer);
    if (cell.next != UA_REG_TRYING && cell.next != UA_REG_REFRESHING &&
        cell.next != UA_REG_ENDING)
        ua_txn_forget(acc, reg->txn);
    reg->state = cell.next;
    act(acc, now, cell.action);
}

void ua_reg_start(struct ua_account *acc, struct now now)
{
    acc->reg.raised = false;
    if (acc->reg.state == UA_REG_BLOCKED)
        sip_digest_forget(&acc->digest);
    cause_set(&acc->cause, CAUSE_none);
    acc->reg.status = 0;
    step(acc, now, UA_REG_START);
}

void ua_reg_stop(struct ua_account *acc, struct now now)
{
    step(acc, now, UA_REG_STOP);
}

/* Without a registration to end the flow would close at once, and with it
 * the way of the ACK of a 487 or the response to a BYE. */
static bool may_linger(const struct ua_account *acc)
{
    return acc->flow->state == UA_FLOW_UP && ua_call_on_wire(acc) &&
           ua_reg_step(acc->reg.state, UA_REG_STOP).next == UA_REG_ENDED;
}

/* One of many on a flow: there is no room for its REGISTER just now. */
static bool later(struct ua_account *acc, struct now now)
{
    if (acc->reg.state != UA_REG_REGISTERED || !ua_riders_crowded(acc->flow))
        return false;
    ua_arm(acc, &acc->reg.timer,
           now.boot + ua_jitter(acc->env, UA_CROWDED_MS, 4 * UA_CROWDED_MS));
    return true;
}

void ua_reg_leave(struct ua_account *acc, struct now now)
{
    acc->lingering = may_linger(acc);
    if (acc->lingering) {
        ua_arm(acc, &acc->reg.timer, now.boot + LINGER_MS);
        ua_reap_later(acc);
    } else {
        acc->lingering = later(acc, now);
        if (!acc->lingering)
            ua_reg_stop(acc, now);
    }
}

void ua_reg_lingered(struct ua_account *acc, struct now now)
{
    /* In an input of its own: what the last one has sent goes out first,
     * while the connection's ticket is good. */
    if (acc->lingering && !may_linger(acc))
        ua_arm(acc, &acc->reg.timer, now.boot);
}

void ua_reg_timer(struct ua_account *acc, struct now now)
{
    if (later(acc, now))
        return;
    if (acc->lingering) {
        acc->lingering = false;
        ua_reg_stop(acc, now);
        return;
    }
    acc->reg.raised = false;
    cause_set(&acc->cause, CAUSE_none);
    acc->reg.status = 0;
    step(acc, now, UA_REG_TIMER);
}

void ua_reg_flow_up(struct ua_account *acc, struct now now)
{
    step(acc, now, UA_REG_FLOW_UP);
}

void ua_reg_flow_lost(struct ua_account *acc, struct now now, int64_t retry_ms)
{
    acc->reg.retry_ms = retry_ms;
    acc->reg.status = 0;
    step(acc, now, UA_REG_FLOW_LOST);
}

void ua_reg_timeout(struct ua_account *acc, struct now now)
{
    acc->reg.txn = 0;
    acc->reg.status = 408; /* RFC 3261 8.1.3.1 */
    acc->reg.retry_after = 0;
    soft(acc, now, CAUSE_reg_timeout);
}

/* Authentication-Info: the server knows the HA1 too (RFC 7616 3.5). */
static void check_server(struct ua_account *acc, const struct sip_msg *msg)
{
    char text[UA_URI_MAX];
    struct out uri = out_of(text, sizeof(text));

    ua_request_target(&uri, acc);
    if (sip_digest_info(&acc->digest, &msg->auth_info, out_slice(&uri),
                        msg->body))
        ua_event_notice(acc, "rspauth_wrong");
}

static void got_2xx(struct ua_account *acc, struct now now,
                    const struct sip_msg *msg)
{
    const struct sip_contact *own = ua_binding_own(acc, msg);
    uint32_t expires = acc->reg.expires;
    bool binding = acc->reg.state != UA_REG_ENDING;

    if (acc->reg.clean) { /* all of them are gone: now ours */
        acc->reg.clean = false;
        step(acc, now, UA_REG_AGAIN);
        return;
    }
    if (msg->has & SIP_HAS_EXPIRES)
        expires = msg->expires;
    if (own && own->has_expires)
        expires = own->expires;
    if (binding && !own && msg->contact)
        ua_event_notice(acc, cause_symbol(CAUSE_reg_no_binding));
    if (binding && expires == 0) {
        hard(acc, now, CAUSE_reg_no_binding, slice_of(NULL, 0));
        return;
    }
    if (expires > UA_EXPIRES_MAX)
        expires = UA_EXPIRES_MAX;
    if (binding) {
        acc->reg.granted = expires;
        ua_binding_learn(acc, msg, own);
    }
    if (msg->has & SIP_HAS_FLOW_TIMER && msg->flow_timer >= 10)
        acc->flow->flow_timer = msg->flow_timer;
    cause_set(&acc->cause, CAUSE_none);
    check_server(acc, msg);
    if (acc->digest.live && acc->digest.weak_md5 && !acc->told_md5) {
        acc->told_md5 = true;
        ua_event_notice(acc, "digest_md5");
    }
    if (acc->digest.live && acc->digest.weak_no_qop && !acc->told_no_qop) {
        acc->told_no_qop = true;
        ua_event_notice(acc, "digest_no_qop");
    }
    ua_search_worked(acc->flow);
    step(acc, now, UA_REG_OK);
    if (binding)
        ua_twin_wake(acc, now);
}

/* Which rule of the level left no challenge that could be answered. */
static void refused_algorithm(struct ua_account *acc, struct now now,
                              const struct sip_msg *msg)
{
    enum policy_why why = POLICY_ALLOWED;

    for (const struct sip_challenge *c = msg->challenge; c; c = c->next) {
        bool md5 = c->alg <= SIP_DIGEST_MD5_SESS;

        if (!c->digest || c->alg >= SIP_DIGEST_UNKNOWN)
            continue;
        if (md5 && !(acc->digest.flags & SIP_DIGEST_ALLOW_MD5))
            why = POLICY_digest_md5;
        else if (!c->qop && !(acc->digest.flags & SIP_DIGEST_ALLOW_NO_QOP))
            why = POLICY_digest_no_qop;
    }
    if (why != POLICY_ALLOWED) {
        refuse(acc, now, why);
    } else {
        hard(acc, now, CAUSE_auth_no_algorithm, slice_of(NULL, 0));
    }
}

/* What came from the app's callback is asked for anew the next time. */
static void forget_password(struct ua_account *acc)
{
    sip_digest_forget(&acc->digest);
    if (acc->password)
        sip_digest_forget_password(&acc->digest);
}

static void got_challenge(struct ua_account *acc, struct now now,
                          const struct sip_msg *msg)
{
    struct ua_reg *reg = &acc->reg;
    bool again = reg->challenges > 0;
    enum sip_digest_result result =
        sip_digest_challenge(&acc->digest, msg->challenge, again);

    if (reg->challenges++ >= UA_CHALLENGES_MAX &&
        (result == SIP_DIGEST_OK || result == SIP_DIGEST_ASK)) {
        sip_digest_forget(&acc->digest);
        soft(acc, now, CAUSE_auth_malformed); /* stale for ever */
        return;
    }
    switch (result) {
    case SIP_DIGEST_OK:
        step(acc, now, UA_REG_CHALLENGE);
        break;
    case SIP_DIGEST_ASK:
        step(acc, now, UA_REG_ASK);
        break;
    case SIP_DIGEST_NO_ALGORITHM:
        refused_algorithm(acc, now, msg);
        break;
    case SIP_DIGEST_FOREIGN_REALM:
        ua_event_refused(acc, POLICY_digest_realm, 0);
        hard(acc, now, CAUSE_auth_unknown_realm, slice_of(NULL, 0));
        break;
    case SIP_DIGEST_MALFORMED:
        hard(acc, now, CAUSE_auth_malformed, slice_of(NULL, 0));
        break;
    case SIP_DIGEST_WRONG_PASSWORD:
        forget_password(acc);
        hard(acc, now, CAUSE_auth_wrong_password, slice_of(NULL, 0));
        break;
    case SIP_DIGEST_NO_MEMORY:
        soft(acc, now, CAUSE_out_of_memory);
        break;
    }
}

/* RFC 3261 10.2.8: once, and only to what we would ask for at most. */
static void got_423(struct ua_account *acc, struct now now,
                    const struct sip_msg *msg)
{
    struct ua_reg *reg = &acc->reg;

    if (!(msg->has & SIP_HAS_MIN_EXPIRES) || reg->raised ||
        msg->min_expires <= reg->expires ||
        msg->min_expires > UA_EXPIRES_MAX) {
        hard(acc, now, CAUSE_reg_interval_too_brief, slice_of(NULL, 0));
        return;
    }
    reg->raised = true;
    reg->expires = msg->min_expires;
    step(acc, now, UA_REG_AGAIN);
}

static void got_refusal(struct ua_account *acc, struct now now,
                        const struct sip_msg *msg)
{
    char text[64];
    struct out o = out_of(text, sizeof(text));

    out_lit(&o, "status ");
    out_u64(&o, msg->status);
    if (msg->status == 403)
        hard(acc, now, CAUSE_reg_forbidden, out_slice(&o));
    else if (msg->status == 404 || msg->status == 604)
        hard(acc, now, CAUSE_reg_not_found, out_slice(&o));
    else if (msg->status == 408 || msg->status == 504)
        soft(acc, now, CAUSE_reg_timeout);
    else if (msg->status == 503 &&
             ua_flow_elsewhere(acc->flow, now,
                               (int64_t)acc->reg.retry_after * 1000))
        return;
    else if (msg->status == 480 || (msg->status >= 500 && msg->status < 600))
        soft(acc, now, CAUSE_reg_server_error);
    else
        hard(acc, now, CAUSE_reg_refused, out_slice(&o));
}

void ua_reg_response(struct ua_account *acc, struct now now,
                     const struct sip_msg *msg)
{
    struct ua_reg *reg = &acc->reg;

    if (msg->status < 200)
        return;
    reg->txn = 0;
    reg->status = msg->status;
    reg->retry_after = msg->has & SIP_HAS_RETRY_AFTER ? msg->retry_after : 0;
    if (msg->status < 300) {
        got_2xx(acc, now, msg);
    } else if (msg->status < 400) {
        /* Whoever redirects a registration gets no connection from us. */
        ua_event_refused(acc, POLICY_redirect_outside_domain, 0);
        hard(acc, now, CAUSE_reg_refused, S("redirected"));
    } else if (msg->status == 401 || msg->status == 407) {
        got_challenge(acc, now, msg);
    } else if (msg->status == 423) {
        got_423(acc, now, msg);
    } else if (msg->status == 439 && !acc->binding.lacking) {
        acc->binding.lacking = true; /* RFC 5626 4.2.1: without it, then */
        step(acc, now, UA_REG_AGAIN);
    } else if (msg->status == 430) {
        ua_flow_broken(acc->flow, now, CAUSE_connect_flow_failed);
    } else {
        got_refusal(acc, now, msg);
    }
}

void ua_reg_password(struct ua_account *acc, struct now now,
                     struct slice password)
{
    int err;

    if (acc->reg.state != UA_REG_ASKING && acc->reg.state != UA_REG_ENDING)
        return;
    if (!password.n) {
        hard(acc, now, CAUSE_auth_no_credentials, slice_of(NULL, 0));
        return;
    }
    err = sip_digest_set_password(&acc->digest, password);
    if (err)
        soft(acc, now, CAUSE_internal);
    else
        step(acc, now, UA_REG_SECRET);
}
