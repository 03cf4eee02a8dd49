/* SPDX-License-Identifier: Apache-2.0 */
/* The callee's reliable provisional responses, their PRACKs (RFC 3262 3). */
#include "ua/rel.h"

#include "sip/base/err.h"
#include "ua/call.h"
#include "ua/flow.h"
#include "ua/inrequest.h"
#include "ua/receive.h"

void ua_rel_begin(struct ua_call *c, const struct sip_msg *invite)
{
    struct ua_rel *r = &c->rel;

    r->required = sip_token_in(invite->require, S("100rel"));
    r->supported = r->required || sip_token_in(invite->supported, S("100rel"));
    r->cseq = invite->cseq.num;
    r->timer = (struct timer){.kind = UA_TIMER_REL, .owner = c->key};
}

/* ----------------------------------------------------------------- sent */

/* 3: 1 to 2^31 - 1, so that there is room above it. */
static int first_rseq(struct ua_call *c)
{
    uint32_t below;
    int err = 0;

    if (!c->rel.rseq)
        err = env_rand_below(c->acc->env, &below, UINT32_C(1) << 30);
    if (!err && !c->rel.rseq)
        c->rel.rseq = below;
    return err;
}

static void arm(struct ua_call *c, struct now now)
{
    struct ua_rel *r = &c->rel;
    int64_t at = now.boot + r->wait;

    (void)heap_arm(&c->acc->core->heap, &r->timer,
                   at < r->until ? at : r->until);
}

static void stop(struct ua_call *c)
{
    heap_disarm(&c->acc->core->heap, &c->rel.timer);
}

/* 5: without an offer in the INVITE, ours is in the first reliable one. */
static int describe(struct ua_call *c, struct out *o, struct slice *body)
{
    char ip[TLS_ADDR_TEXT_MAX];
    struct sdp_local local;
    int err;

    *body = slice_of(NULL, 0);
    if (c->rel.agreed || c->rel.offered || c->rel.told)
        return 0;
    if (!c->server.late) {
        if (c->rel.early)
            *body = c->answer;
        return 0;
    }
    ua_callmedia_local(c, &local, ip, sizeof(ip));
    err = sdp_offer_make(&c->session, &local, o);
    if (!err)
        *body = out_slice(o);
    return err;
}

static int send_reliable(struct ua_call *c, struct now now, unsigned status)
{
    char text[UA_MESSAGE_MAX / 2];
    struct out o = out_of(text, sizeof(text));
    struct ua_rel *r = &c->rel;
    struct ua_reply reply = {.status = status};
    struct ua_rel_cell cell;
    int err = first_rseq(c);

    if (!err)
        err = describe(c, &o, &reply.body);
    reply.rseq = r->rseq + 1;
    cell = ua_rel_step(r->state,
                       reply.body.n ? UA_REL_EV_SEND_SDP : UA_REL_EV_SEND);
    if (!err)
        err = ua_server_respond(c, now, &reply);
    secret_wipe(text, sizeof(text));
    if (err) {
        if (reply.body.n && c->server.late)
            (void)sdp_offer_failed(&c->session);
        return err;
    }
    r->state = cell.next;
    r->rseq++;
    r->offered = reply.body.n && c->server.late;
    r->told = r->told || (reply.body.n && !c->server.late);
    r->wait = SIP_T1_MS;
    r->until = now.boot + SIP_TIMER_B_MS;
    arm(c, now);
    return 0;
}

static int send_plainly(struct ua_call *c, struct now now, unsigned status)
{
    struct ua_reply reply = {.status = status};

    if (c->rel.early && !c->server.late)
        reply.body = c->answer; /* the 2xx says the same again */
    return ua_server_respond(c, now, &reply);
}

int ua_rel_send(struct ua_call *c, struct now now, unsigned status)
{
    struct ua_rel *r = &c->rel;
    struct ua_rel_cell cell = ua_rel_step(r->state, UA_REL_EV_SEND);

    if (cell.action & UA_REL_DO_REFUSE)
        return E_STATE;
    if (cell.action & UA_REL_DO_QUEUE) {
        r->next = status;
        return 0;
    }
    if (r->required || (r->supported && r->early))
        return send_reliable(c, now, status);
    return send_plainly(c, now, status);
}

int ua_rel_early(struct ua_call *c, struct now now)
{
    int err;

    if (c->state != UA_CALL_INCOMING || c->rel.state == UA_REL_HELD ||
        (c->server.late && !c->rel.supported))
        return E_STATE;
    c->rel.early = true;
    err = ua_rel_send(c, now, 183);
    /* With our offer there is sound when the PRACK has brought the answer. */
    if (!err && c->session.state == SDP_STABLE)
        err = ua_callmedia_set(c);
    return err;
}

bool ua_rel_hold(struct ua_call *c)
{
    struct ua_rel_cell cell = ua_rel_step(c->rel.state, UA_REL_EV_OK);

    if (c->state != UA_CALL_INCOMING || !(cell.action & UA_REL_DO_HOLD))
        return false;
    c->rel.state = cell.next;
    return true;
}

void ua_rel_final(struct ua_call *c, bool ok)
{
    struct ua_rel_cell cell =
        ua_rel_step(c->rel.state, ok ? UA_REL_EV_OK : UA_REL_EV_REFUSE);

    if (cell.action & UA_REL_DO_STOP)
        stop(c);
    c->rel.state = cell.next;
}

void ua_rel_timer(struct ua_core *core, struct now now, uint64_t id)
{
    struct ua_call *c = idtab_get(&core->calls, id);
    struct ua_rel_cell cell;

    if (!c)
        return;
    cell =
        ua_rel_step(c->rel.state, now.boot >= c->rel.until ? UA_REL_EV_EXPIRED
                                                           : UA_REL_EV_TIMER);
    c->rel.state = cell.next;
    if (cell.action & UA_REL_DO_REPEAT) {
        (void)ua_flow_send(c->acc->flow, c->server.response);
        c->rel.wait *= 2;
        arm(c, now);
    }
    if (cell.action & UA_REL_DO_GIVE_UP) {
        c->status = 504;
        ua_call_fail(c, now, CAUSE_call_no_prack, UA_CALL_EV_REJECT);
    }
    ua_call_settle(c);
}

/* ---------------------------------------------------------------- PRACK */

/* 5: the answer to our offer; without one there is no session. */
static unsigned take_answer(struct ua_call *c, const struct sdp *sdp)
{
    c->rel.offered = false;
    if (!sdp) {
        cause_set_facts(&c->cause, CAUSE_media_no_match,
                        S("the PRACK has no answer to our offer"));
        return 400;
    }
    if (ua_callmedia_answered(c, &c->session, sdp))
        return c->status < 300 ? 500 : c->status;
    c->server.late = false;
    c->rel.agreed = true;
    return 200;
}

/* An offer of its own: what is refused changes nothing. */
static unsigned take_offer(struct ua_call *c, const struct sdp *sdp,
                           struct out *o)
{
    struct cause before = c->cause;
    unsigned was = c->status, status = 200;

    if (!c->rel.agreed)
        return 488;
    if (ua_callmedia_answer(c, sdp, o))
        status = c->status < 300 ? 500 : c->status;
    c->cause = before;
    c->status = was;
    return status;
}

/* The status of the response to the PRACK; *fatal: the call cannot be. */
static unsigned take_sdp(struct ua_call *c, const struct sip_msg *msg,
                         struct out *o, bool *fatal)
{
    struct sdp sdp;
    int err = ua_callmedia_sdp(c, msg, &sdp);
    unsigned status;

    *fatal = false;
    if (err && err != E_NOTFOUND)
        status = err == E_NOMEM ? 500 : 400;
    else if (!c->rel.offered)
        return err ? 200 : take_offer(c, &sdp, o);
    else
        status = take_answer(c, err ? NULL : &sdp);
    *fatal = status != 200 && (c->rel.offered || c->server.late);
    return status;
}

static void go_on(struct ua_call *c, struct now now, unsigned action)
{
    unsigned next = c->rel.next;

    c->rel.next = 0;
    if (action & UA_REL_DO_ANSWER)
        (void)ua_call_event(c, now, UA_CALL_EV_ANSWER);
    else if (action & UA_REL_DO_FLUSH && next)
        (void)ua_rel_send(c, now, next);
    ua_change_retry(c, now);
}

static void accept(struct ua_call *c, struct now now, unsigned action,
                   const struct sip_msg *msg)
{
    char text[UA_MESSAGE_MAX / 2];
    struct out o = out_of(text, sizeof(text));
    struct ua_reply reply = {0};
    bool fatal;
    unsigned status;

    c->rel.agreed = c->rel.agreed || c->rel.told;
    reply.status = status = take_sdp(c, msg, &o, &fatal);
    if (status == 200)
        reply.body = out_slice(&o);
    if (ua_inrequest_answer(c, msg, &reply) && o.n)
        fatal = true; /* an answer that was never had */
    secret_wipe(text, sizeof(text));
    if (fatal) {
        c->status = status == 200 ? 500 : status;
        ua_call_fail(c, now, CAUSE_none, UA_CALL_EV_REJECT);
    } else if (ua_callmedia_set(c)) {
        ua_call_fail(c, now, CAUSE_none, UA_CALL_EV_FAIL);
    } else {
        go_on(c, now, action);
    }
}

void ua_rel_prack(struct ua_call *c, struct now now, const struct sip_msg *msg)
{
    struct ua_rel *r = &c->rel;
    bool ours = !c->out && msg->rack.rseq == r->rseq &&
                msg->rack.cseq.num == r->cseq &&
                msg->rack.cseq.method == SIP_INVITE;
    struct ua_rel_cell cell =
        ua_rel_step(r->state, ours ? UA_REL_EV_PRACK : UA_REL_EV_STRAY);

    r->state = cell.next;
    if (cell.action & UA_REL_DO_STOP)
        stop(c);
    if (cell.action & UA_REL_DO_ACCEPT)
        accept(c, now, cell.action, msg);
    else
        ua_receive_respond(c->acc, msg, 481);
}
