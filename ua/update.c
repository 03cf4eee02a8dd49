/* SPDX-License-Identifier: Apache-2.0 */
/* UPDATE: where offers stand, what is answered, what is sent (RFC 3311). */
#include "ua/update.h"

#include "sip/base/err.h"
#include "sip/body.h"
#include "ua/event.h"
#include "ua/inrequest.h"
#include "ua/receive.h"
#include "ua/rel.h"

enum { RETRY_MS = 2000, RETRY_AFTER_MAX = 10 };

/* ---------------------------------------------------------------- state */

static enum ua_update_state of_session(const struct sdp_session *s)
{
    switch (s->state) {
    case SDP_STABLE:
        return UA_UPDATE_QUIET;
    case SDP_OFFERED:
    case SDP_REOFFERED:
        return UA_UPDATE_OURS;
    case SDP_IDLE:
    case SDP_STATE_COUNT:
        break;
    }
    return UA_UPDATE_THEIRS;
}

/* Before the 2xx; only what was said reliably counts (RFC 6337 2.2). */
static enum ua_update_state early(const struct ua_call *c, unsigned leg)
{
    const struct ua_prack *p = &c->prack[leg];

    if (!c->out && c->rel.agreed)
        return of_session(&c->session);
    if (!c->out)
        return c->rel.offered ? UA_UPDATE_OURS : UA_UPDATE_THEIRS;
    if (p->agreed)
        return of_session(p->session ? p->session : &c->session);
    return c->terms.no_offer ? UA_UPDATE_THEIRS : UA_UPDATE_OURS;
}

enum ua_update_state ua_update_state(const struct ua_call *c, unsigned leg)
{
    bool chosen = (int)leg == c->chosen;

    if (c->over || c->leg[leg].state == SIP_DIALOG_ENDED)
        return UA_UPDATE_OVER;
    if (c->update_txn && chosen)
        return c->update_offer ? UA_UPDATE_OFFERED : UA_UPDATE_SENT;
    if (c->state == UA_CALL_ESTABLISHED)
        return chosen ? of_session(&c->session) : UA_UPDATE_OVER;
    if (c->state == UA_CALL_ANSWERED)
        return c->server.late ? UA_UPDATE_OURS : of_session(&c->session);
    return early(c, leg);
}

void ua_update_heard(struct ua_call *c, const struct sip_msg *msg)
{
    if (msg->has & SIP_HAS_ALLOW)
        c->allow = msg->allow;
}

/* ------------------------------------------------------------- received */

static void answer(struct ua_call *c, struct now now, unsigned leg,
                   const struct sip_msg *msg, struct slice sdp)
{
    const struct ua_reply reply = {.status = 200, .body = sdp};
    int err;

    (void)sip_dialog_refresh(&c->leg[leg], msg);
    err = ua_inrequest_answer(c, msg, &reply);
    if (c->state == UA_CALL_ESTABLISHED)
        ua_expiry_arm(c, now);
    /* An answer that the peer never had leaves two sessions. */
    if ((err && sdp.n) ||
        (sdp.n && (int)leg == c->chosen && ua_callmedia_set(c)))
        ua_call_fail(c, now, CAUSE_none, UA_CALL_EV_FAIL);
}

/* 0, or the status to refuse it with; what is refused changes nothing. */
static unsigned judge_offer(struct ua_call *c, unsigned leg,
                            const struct sdp *sdp, struct out *o)
{
    char ip[TLS_ADDR_TEXT_MAX];
    struct sdp_session *other = c->prack[leg].session;
    bool pending = c->pending;
    struct cause before = c->cause;
    struct sdp_local local;
    unsigned was = c->status, status = 0;
    int err;

    ua_callmedia_local(c, &local, ip, sizeof(ip));
    if (!other)
        err = ua_callmedia_answer(c, sdp, o);
    else
        err = ua_callmedia_judged(c, other,
                                  sdp_offer_answer(other, &local, sdp, o));
    if (other)
        c->pending = pending; /* media is another dialog's */
    if (err)
        status = err == E_NOMEM || c->status < 300 ? 500 : c->status;
    c->cause = before;
    c->status = was;
    return status;
}

static void judge(struct ua_call *c, struct now now, unsigned leg,
                  const struct sip_msg *msg)
{
    char text[UA_MESSAGE_MAX / 2];
    struct out o = out_of(text, sizeof(text));
    struct cause before = c->cause;
    struct sdp sdp;
    unsigned was = c->status, status;
    int err = ua_callmedia_sdp(c, msg, &sdp);

    c->cause = before;
    c->status = was;
    if (err)
        status = err == E_NOMEM ? 500 : 400;
    else
        status = judge_offer(c, leg, &sdp, &o);
    if (status)
        ua_receive_respond(c->acc, msg, status);
    else
        answer(c, now, leg, msg, out_slice(&o));
    secret_wipe(text, sizeof(text));
}

/* 5.2: between 0 and 10 seconds; none is as good as 0. */
static void refuse(struct ua_call *c, const struct sip_msg *msg)
{
    struct ua_reply reply = {.status = 500};

    (void)env_rand_below(c->acc->env, &reply.retry_after, RETRY_AFTER_MAX + 1);
    (void)ua_inrequest_answer(c, msg, &reply);
}

void ua_update_request(struct ua_call *c, struct now now, unsigned leg,
                       const struct sip_msg *msg)
{
    struct slice text;
    bool offer = sip_body_find(&text, msg, S("application"), S("sdp")) == 0;
    uint16_t action =
        ua_update_step(ua_update_state(c, leg),
                       offer ? UA_UPDATE_EV_GOT_OFFER : UA_UPDATE_EV_GOT);

    ua_update_heard(c, msg);
    if (action & UA_UPDATE_DO_481)
        ua_receive_respond(c->acc, msg, 481);
    else if (ua_expiry_too_small(msg))
        ua_receive_respond(c->acc, msg, 422);
    else if (action & UA_UPDATE_DO_491)
        ua_receive_respond(c->acc, msg, 491);
    else if (action & UA_UPDATE_DO_500)
        refuse(c, msg);
    else if (action & UA_UPDATE_DO_JUDGE)
        judge(c, now, leg, msg);
    else
        answer(c, now, leg, msg, slice_of(NULL, 0));
}

/* ----------------------------------------------------------------- sent */

static bool peer_can(const struct ua_call *c)
{
    return c->allow & (1U << SIP_UPDATE) && !c->update_unable &&
           c->chosen >= 0 && c->acc->flow->state == UA_FLOW_UP;
}

bool ua_update_fits(const struct ua_call *c)
{
    if (!peer_can(c))
        return false;
    if (c->state == UA_CALL_ESTABLISHED) /* 5.1: a re-INVITE is preferred */
        return c->terms.update;
    return c->out ? c->prack[c->chosen].agreed : c->rel.agreed;
}

/* RFC 4028 is about sessions: there is none before the 2xx. */
static void put(struct out *o, struct ua_call *c, const void *what)
{
    (void)what;
    ua_callwrite_contact(o, c);
    if (c->state == UA_CALL_ESTABLISHED)
        ua_expiry_put(o, c);
}

static int send_update(struct ua_call *c, struct now now, bool offer)
{
    char text[UA_MESSAGE_MAX / 2];
    struct out o = out_of(text, sizeof(text));
    struct ua_inrequest r = {.method = SIP_UPDATE,
                             .use = UA_TXN_UPDATE,
                             .leg = (unsigned)c->chosen,
                             .put = put};
    int err = offer ? ua_change_offer(c, &o) : 0;

    r.sdp = out_slice(&o);
    if (!err)
        err = ua_inrequest_send(c, now, &r, &c->update_txn);
    secret_wipe(text, sizeof(text));
    if (err && offer)
        (void)sdp_offer_failed(&c->session);
    if (!err)
        c->update_offer = offer;
    return err;
}

static int want(struct ua_call *c, struct now now, enum ua_update_event ev)
{
    uint16_t action =
        ua_update_step(ua_update_state(c, (unsigned)c->chosen), ev);

    if (!(action & UA_UPDATE_DO_SEND))
        return E_STATE;
    return send_update(c, now, ev == UA_UPDATE_EV_WANT_OFFER);
}

int ua_update_change(struct ua_call *c, struct now now)
{
    return want(c, now, UA_UPDATE_EV_WANT_OFFER);
}

int ua_update_refresh(struct ua_call *c, struct now now)
{
    return peer_can(c) ? want(c, now, UA_UPDATE_EV_WANT) : E_STATE;
}

/* ------------------------------------------------------------ responses */

static enum ua_update_event event_of(struct ua_call *c,
                                     const struct sip_msg *res)
{
    switch (res->status) {
    case 401:
    case 407:
        return ua_inrequest_challenged(c, res, &c->update_challenges)
                   ? UA_UPDATE_EV_AGAIN
                   : UA_UPDATE_EV_REFUSED;
    case 422:
        return ua_expiry_raise(c, res) ? UA_UPDATE_EV_AGAIN
                                       : UA_UPDATE_EV_REFUSED;
    case 491:
    case 500:
    case 503:
        return UA_UPDATE_EV_BUSY;
    case 405:
    case 420:
    case 501:
        return UA_UPDATE_EV_UNABLE;
    case 408:
    case 481:
        return UA_UPDATE_EV_GONE;
    default:
        return res->status < 300 ? UA_UPDATE_EV_OK : UA_UPDATE_EV_REFUSED;
    }
}

static void take(struct ua_call *c, struct now now, const struct sip_msg *res,
                 bool offer)
{
    struct sdp sdp;
    int err = 0;

    (void)sip_dialog_refresh(&c->leg[c->chosen], res);
    if (c->state == UA_CALL_ESTABLISHED)
        ua_expiry_answered(c, now, res);
    if (offer)
        err = ua_callmedia_sdp(c, res, &sdp);
    if (err == E_NOTFOUND)
        cause_set_facts(&c->cause, CAUSE_media_no_match,
                        S("the 2xx of an UPDATE has no answer"));
    if (offer && !err)
        err = ua_callmedia_answered(c, &c->session, &sdp);
    if (err || ua_callmedia_set(c))
        ua_call_fail(c, now, CAUSE_none, UA_CALL_EV_FAIL);
    else
        ua_change_retry(c, now);
}

/* As a re-INVITE's: who made the Call-ID waits longer. */
static void retry(struct ua_call *c, struct now now, bool offer)
{
    int64_t from = c->out ? RETRY_MS : 0;

    if (offer)
        c->change_wanted = true;
    else
        c->refresh_wanted = true;
    (void)heap_arm(&c->acc->core->heap, &c->update_timer,
                   now.boot + ua_jitter(c->acc->env, from, from + RETRY_MS));
}

static void again(struct ua_call *c, struct now now, bool offer)
{
    if (offer)
        c->change_wanted = true;
    else if (ua_update_refresh(c, now))
        c->change_wanted = true; /* by a re-INVITE, then */
    ua_change_retry(c, now);
}

static void act(struct ua_call *c, struct now now, uint16_t action,
                const struct sip_msg *res)
{
    bool offer = c->update_offer;

    c->update_txn = 0;
    if (action & UA_UPDATE_DO_UNDO)
        (void)sdp_offer_failed(&c->session);
    if (action & UA_UPDATE_DO_TAKE) {
        take(c, now, res, offer);
    } else if (action & UA_UPDATE_DO_RESEND) {
        again(c, now, offer);
    } else if (action & UA_UPDATE_DO_RETRY) {
        retry(c, now, offer);
    } else if (action & UA_UPDATE_DO_REINVITE) {
        c->update_unable = true;
        ua_change_want(c, now); /* early: when it is established */
    } else if (action & UA_UPDATE_DO_END) {
        c->status = res ? res->status : 408;
        ua_call_fail(c, now, CAUSE_call_no_answer, UA_CALL_EV_FAIL);
    } else if (action & UA_UPDATE_DO_TELL) {
        ua_change_refused(c);
    }
}

void ua_update_response(struct ua_call *c, struct now now,
                        const struct sip_msg *res)
{
    enum ua_update_state state;
    enum ua_update_event ev;

    if (res->status < 200 || c->chosen < 0)
        return;
    state = ua_update_state(c, (unsigned)c->chosen);
    ev = event_of(c, res);
    if (ev != UA_UPDATE_EV_AGAIN)
        c->update_challenges = 0;
    act(c, now, ua_update_step(state, ev), res);
}

void ua_update_lost(struct ua_call *c, struct now now, bool timed_out)
{
    enum ua_update_state state;

    if (c->chosen < 0)
        return;
    state = ua_update_state(c, (unsigned)c->chosen);
    act(c, now,
        ua_update_step(state,
                       timed_out ? UA_UPDATE_EV_GONE : UA_UPDATE_EV_BUSY),
        NULL);
}

void ua_update_timer(struct ua_core *core, struct now now, uint64_t id)
{
    struct ua_call *c = idtab_get(&core->calls, id);

    if (!c)
        return;
    if (c->refresh_wanted && !c->over) {
        c->refresh_wanted = false;
        again(c, now, false);
    }
    ua_change_retry(c, now);
    ua_call_settle(c);
}
