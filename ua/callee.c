/* SPDX-License-Identifier: Apache-2.0 */
/* The callee's side: an INVITE in, its responses, CANCEL and ACK. */
#include "sip/base/err.h"
#include "ua/call.h"
#include "ua/flow.h"
#include "ua/receive.h"
#include "ua/update.h"

/* ------------------------------------------------------------- INVITE */

/* 8.2.2.2: the same request by another path. */
static bool merged(const struct ua_account *acc, const struct sip_msg *msg)
{
    struct ua_call *c;
    uint32_t pos = 0;

    while ((c = idtab_next(&acc->core->calls, &pos)))
        if (c->acc->id == acc->id && !c->out && c->server.any &&
            c->server.cseq == msg->cseq.num &&
            slice_eq(c->call_id, msg->call_id) &&
            slice_eq(c->leg[0].remote_tag, msg->from.tag))
            return true;
    return false;
}

/* What the other side calls itself; shown, never trusted. */
static int keep_peer(struct ua_call *c, const struct sip_msg *msg)
{
    char text[256];
    struct out name = out_of(text, sizeof(text));
    int err = env_copy(c->acc->env, &c->peer, msg->from.uri.text);

    sip_text_unquote(&name, msg->from.display);
    if (!err && !name.err && name.n)
        err = env_copy(c->acc->env, &c->peer_name, out_slice(&name));
    return err;
}

static int take_over(struct ua_call *c, const struct sip_msg *msg)
{
    const struct env *env = c->acc->env;
    struct slice call_id;
    int err = env_copy(env, &call_id, msg->call_id);

    if (err)
        return err;
    ua_callwrite_drop(c, &c->call_id);
    c->call_id = call_id;
    err = keep_peer(c, msg);
    if (!err)
        err = ua_server_begin(c, msg);
    if (!err)
        err = sip_dialog_uas(&c->leg[0], env, msg,
                             slice_of(c->tag, sizeof(c->tag)));
    c->legs = 1;
    c->chosen = 0;
    c->secure = msg->uri.scheme == SIP_SCHEME_SIPS;
    ua_rel_begin(c, msg);
    ua_update_heard(c, msg);
    ua_about_take(&c->about, env, msg, !c->acc->direct);
    ua_sid_heard(&c->sid, msg);
    c->leg_sid[0] = c->sid;
    return err;
}

static unsigned status_of(int err)
{
    switch (err) {
    case E_SYNTAX:
        return 400;
    case E_TOOBIG:
        return 513;
    default:
        return 503;
    }
}

/* The app hears of it: somebody tried to call. */
static void stillborn(struct ua_call *c, struct now now, int err)
{
    cause_set(&c->cause,
              err == E_NOMEM ? CAUSE_out_of_memory : CAUSE_call_malformed);
    ua_server_end(c);
    c->leg[0].state = SIP_DIALOG_ENDED;
    c->state = UA_CALL_OVER;
    ua_call_over(c, now);
    ua_call_free(c);
}

/* The id is given back by the event that ends the call. */
static int birth(struct ua_call **c, struct ua_account *acc, struct now now,
                 const struct sip_msg *msg)
{
    struct ua_core *core = acc->core;
    uint64_t id = 0;
    int err = core->call_id ? core->call_id(core->call_id_user, &id) : E_FULL;

    if (err)
        return err;
    err = ua_call_new(c, acc, now, id);
    if (err)
        ua_callevent_unborn(acc, id);
    else
        err = take_over(*c, msg);
    if (err && *c)
        stillborn(*c, now, err);
    return err;
}

void ua_callee_invite(struct ua_account *acc, struct now now,
                      const struct sip_msg *msg)
{
    struct ua_call *c = NULL, *old = NULL;
    unsigned status = ua_replaces_judge(acc, msg, &old);
    int err;

    if (merged(acc, msg))
        status = 482;
    if (status) {
        ua_receive_respond(acc, msg, status);
        return;
    }
    if (acc->live >= UA_CALLS_OF_ACCOUNT || acc->removing) {
        ua_receive_respond(acc, msg, 486);
        return;
    }
    err = birth(&c, acc, now, msg);
    if (err) {
        ua_receive_respond(acc, msg, status_of(err));
        return;
    }
    if (old) {
        c->takes = true;
        c->class_floor = sdp_suite_class(old->session.agreed.suite);
        c->other = old->key;
        memcpy(c->sid.ours, old->sid.ours, sizeof(c->sid.ours)); /* 7989 6 */
        c->leg_sid[0] = c->sid;
    } else {
        old = ua_replaces_target(acc, msg);
        c->related = old ? old->key : 0;
    }
    acc->core->counts.calls_in++;
    LOG(acc->env, LOG_INFO, "call.in", LOG_TOKEN("call_id", c->call_id),
        LOG_PERSON("from", msg->from.uri.user));
    err = ua_server_respond(c, now, &(struct ua_reply){.status = 100});
    if (err) {
        stillborn(c, now, err);
        ua_receive_respond(acc, msg, status_of(err));
        return;
    }
    (void)ua_call_event(c, now, UA_CALL_EV_OFFER);
    ua_call_settle(c);
}

/* -------------------------------------------------------------- answers */

/* Our answer is made now, so that nobody is rung for a call that cannot be;
 * it is sent when the app answers. */
int ua_callee_bound(struct ua_call *c, struct now now)
{
    char text[UA_MESSAGE_MAX];
    struct out o = out_of(text, sizeof(text));
    struct sip_msg req;
    struct sdp sdp;
    int err = ua_callwrite_reread(c, c->server.request, &req);

    (void)now;
    if (!err)
        err = ua_callmedia_sdp(c, &req, &sdp);
    if (err == E_NOTFOUND) { /* the offer is to be ours, in the 2xx */
        c->server.late = true;
        return 0;
    }
    if (!err)
        err = ua_callmedia_answer(c, &sdp, &o);
    if (!err)
        err = env_copy(c->acc->env, &c->answer, out_slice(&o));
    secret_wipe(text, sizeof(text));
    return err;
}

int ua_callee_ring(struct ua_call *c, struct now now, bool asked)
{
    /* Again each minute (13.3.1.1); 183 if the app has not rung yet. */
    if (asked)
        c->rung = true;
    if (c->rel.state == UA_REL_HELD)
        return 0; /* it is answered already */
    return ua_rel_send(c, now, c->rung ? 180 : 183);
}

/* 13.3.1.4: T1, doubled up to T2, for 64*T1 in all. */
void ua_callee_begin_repeat(struct ua_call *c, struct now now)
{
    ua_expiry_arm(c, now);
    c->repeat_wait = SIP_T1_MS;
    c->repeat_at = now.boot + SIP_T1_MS;
    c->repeat_until = now.boot + SIP_TIMER_L_MS;
    (void)heap_arm(&c->acc->core->heap, &c->timer, c->repeat_at);
}

static void end_repeat(struct ua_call *c, struct now now)
{
    c->repeat_at = 0;
    ua_call_arm(c, now);
}

void ua_callee_repeat(struct ua_call *c, struct now now)
{
    if (now.boot >= c->repeat_until) {
        end_repeat(c, now);
        if (c->cause.code == CAUSE_none)
            cause_set(&c->cause, CAUSE_call_no_ack);
        (void)ua_call_event(c, now, UA_CALL_EV_NO_ACK);
        return;
    }
    (void)ua_flow_send(c->acc->flow, c->server.response);
    c->repeat_wait *= 2;
    if (c->repeat_wait > UA_T2_MS)
        c->repeat_wait = UA_T2_MS;
    c->repeat_at = now.boot + c->repeat_wait;
    if (c->repeat_at > c->repeat_until)
        c->repeat_at = c->repeat_until;
    (void)heap_arm(&c->acc->core->heap, &c->timer, c->repeat_at);
}

int ua_callee_accept(struct ua_call *c, struct now now)
{
    char text[UA_MESSAGE_MAX], ip[TLS_ADDR_TEXT_MAX];
    struct out o = out_of(text, sizeof(text));
    struct sdp_local local;
    struct ua_reply reply = {.status = 200, .body = c->answer};
    int err = 0;

    if (c->rel.agreed)
        reply.body = slice_of(NULL, 0);
    else if (c->server.late) {
        ua_callmedia_local(c, &local, ip, sizeof(ip));
        err = sdp_offer_make(&c->session, &local, &o);
        reply.body = out_slice(&o);
    }
    if (!err)
        err = ua_server_respond(c, now, &reply);
    secret_wipe(text, sizeof(text));
    if (err)
        return err;
    ua_rel_final(c, true);
    (void)sip_dialog_confirm(&c->leg[0], NULL);
    ua_callwrite_drop(c, &c->answer);
    c->status = 200;
    ua_callee_begin_repeat(c, now);
    return 0;
}

void ua_callee_reject(struct ua_call *c, struct now now)
{
    struct ua_reply reply = {.status = c->status,
                             .why = (enum policy_why)c->cause.refusal};

    if (reply.status < 300)
        reply.status = 500;
    c->status = reply.status;
    ua_rel_final(c, false);
    c->leg[0].state = SIP_DIALOG_ENDED;
    if (reply.status == 503)
        reply.retry_after = 10;
    if (ua_server_respond(c, now, &reply)) /* no memory: once more, later */
        (void)heap_arm(&c->acc->core->heap, &c->timer,
                       now.boot + UA_CALL_AGAIN_MS);
}

/* ----------------------------------------------------------- CANCEL, ACK */

/* RFC 3326: why, as far as it matters to a person. */
static enum cause_code why_cancelled(const struct sip_msg *msg)
{
    struct slice value;

    for (const struct sip_value *r = msg->reason; r; r = r->next)
        if (slice_ieq(r->token, S("SIP")) &&
            sip_param_get(r->params, S("cause"), &value) &&
            slice_eq(value, S("200")))
            return CAUSE_call_elsewhere;
    return CAUSE_call_cancelled;
}

void ua_callee_cancel(struct ua_call *c, struct now now,
                      const struct sip_msg *msg)
{
    if (c->state == UA_CALL_OFFERED || c->state == UA_CALL_INCOMING) {
        c->status = 487;
        cause_set(&c->cause, why_cancelled(msg));
        ua_about_take(&c->about, c->acc->env, msg, false);
    }
    (void)ua_call_event(c, now, UA_CALL_EV_CANCEL);
}

/* The answer to an offer in our 2xx; without one there is no session. */
static int take_late_answer(struct ua_call *c, const struct sip_msg *msg)
{
    struct sdp sdp;
    int err = ua_callmedia_sdp(c, msg, &sdp);

    c->server.late = false;
    if (err == E_NOTFOUND) {
        cause_set_facts(&c->cause, CAUSE_media_no_match,
                        S("the ACK has no answer to our offer"));
        return err;
    }
    return err ? err : ua_callmedia_answered(c, &c->session, &sdp);
}

void ua_callee_ack(struct ua_call *c, struct now now,
                   const struct sip_msg *msg)
{
    int err = 0;

    if (!c->repeat_at)
        return; /* the same again */
    end_repeat(c, now);
    if (c->server.late)
        err = take_late_answer(c, msg);
    (void)ua_call_event(c, now, err ? UA_CALL_EV_ACK_BAD : UA_CALL_EV_ACK);
    if (!err && c->state == UA_CALL_ESTABLISHED && ua_callmedia_set(c))
        ua_call_fail(c, now, CAUSE_none, UA_CALL_EV_FAIL);
    ua_change_retry(c, now);
}
