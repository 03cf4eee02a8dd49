/* SPDX-License-Identifier: Apache-2.0 */
/* The caller's side of reliable provisional responses (RFC 3262 4, 5). */
#include "sip/base/err.h"
#include "ua/call.h"
#include "ua/inrequest.h"
#include "ua/rel.h"
#include "ua/update.h"

bool ua_prack_wanted(const struct sip_msg *res)
{
    return res->status > 100 && res->status < 200 && res->has & SIP_HAS_RSEQ &&
           res->rseq && sip_token_in(res->require, S("100rel"));
}

static enum ua_prack_event event_of(const struct ua_prack *p,
                                    const struct sip_msg *res)
{
    if (!ua_prack_wanted(res))
        return UA_PRACK_EV_PLAIN;
    if (res->rseq <= p->rseq)
        return UA_PRACK_EV_AGAIN;
    return res->rseq == p->rseq + 1 ? UA_PRACK_EV_NEXT : UA_PRACK_EV_GAP;
}

/* --------------------------------------------------------------- PRACK */

static void put_rack(struct out *o, struct ua_call *c, const void *what)
{
    const struct ua_prack *p = what;
    char text[64];
    struct out v = out_of(text, sizeof(text));

    (void)c;
    out_u64(&v, p->rseq);
    out_char(&v, ' ');
    out_u64(&v, p->cseq);
    out_lit(&v, " INVITE");
    sip_write_hdr(o, SIP_HDR_RACK, out_slice(&v));
}

static int send_prack(struct ua_call *c, struct now now, unsigned leg)
{
    const struct ua_inrequest prack = {.method = SIP_PRACK,
                                       .use = UA_TXN_PRACK,
                                       .leg = leg,
                                       .put = put_rack,
                                       .what = &c->prack[leg],
                                       .sdp = c->prack[leg].answer};

    return ua_inrequest_send(c, now, &prack, &c->prack[leg].txn);
}

/* If it cannot be sent the response has not been received: it comes again. */
static int acknowledge(struct ua_call *c, struct now now, unsigned leg,
                       const struct sip_msg *res, struct slice sdp)
{
    struct ua_prack *p = &c->prack[leg];
    uint32_t before = p->rseq;
    int err;

    ua_callwrite_drop(c, &p->answer);
    err = env_copy(c->acc->env, &p->answer, sdp);
    p->rseq = res->rseq;
    p->cseq = res->cseq.num;
    p->challenges = 0;
    if (!err)
        err = send_prack(c, now, leg);
    if (err)
        p->rseq = before;
    return err;
}

/* ------------------------------------------------------------- sessions */

struct sdp_session *ua_prack_session(struct ua_call *c, unsigned leg)
{
    if (!c->prack[leg].agreed)
        return NULL;
    return c->prack[leg].session ? c->prack[leg].session : &c->session;
}

static void drop_session(struct ua_call *c, struct ua_prack *p)
{
    if (p->session)
        sdp_session_clear(p->session);
    env_free(c->acc->env, p->session);
    p->session = NULL;
}

void ua_prack_begin(struct ua_prack *p)
{
    p->state = UA_PRACK_NONE;
    p->rseq = 0;
}

void ua_prack_end(struct ua_call *c, unsigned leg)
{
    struct ua_prack *p = &c->prack[leg];

    p->state = ua_prack_step(p->state, UA_PRACK_EV_END).next;
    p->agreed = false;
    p->offer = 0;
    ua_callwrite_drop(c, &p->answer);
    drop_session(c, p);
}

void ua_prack_adopt(struct ua_call *c, unsigned leg)
{
    struct ua_prack *p = &c->prack[leg];

    if (p->session) {
        sdp_session_clear(&c->session);
        c->session = *p->session;
        c->pending = true;
        drop_session(c, p);
    }
    c->chosen = (int)leg;
}

/* The first early dialog with a session has the media (hazard A-40); those of
 * others are kept for the case that they are answered. */
static int keep(struct ua_call *c, unsigned leg, struct sdp_session *s)
{
    struct sdp_session *place = NULL;

    if (c->chosen < 0 || c->chosen == (int)leg) {
        sdp_session_clear(&c->session);
        c->session = *s;
        c->chosen = (int)leg;
        c->pending = true;
    } else {
        place = c->prack[leg].session;
        if (!place)
            place = env_alloc(c->acc->env, sizeof(*place));
        if (!place)
            return E_NOMEM;
        *place = *s;
        c->prack[leg].session = place;
    }
    return 0;
}

/* The answer to the offer in our INVITE. */
static int take_answer(struct ua_call *c, unsigned leg, const struct sdp *sdp)
{
    struct sdp_session s = c->offer;
    int err = ua_callmedia_answered(c, &s, sdp);

    if (!err)
        err = keep(c, leg, &s);
    sdp_session_clear(&s);
    return err;
}

/* An offer: our INVITE had none. */
static int take_offer(struct ua_call *c, unsigned leg, const struct sdp *sdp,
                      struct out *o)
{
    char ip[TLS_ADDR_TEXT_MAX];
    struct sdp_session s = c->offer;
    struct sdp_local local;
    int err;

    ua_callmedia_local(c, &local, ip, sizeof(ip));
    err = ua_callmedia_judged(c, &s, sdp_offer_answer(&s, &local, sdp, o));
    if (!err)
        err = keep(c, leg, &s);
    sdp_session_clear(&s);
    return err;
}

/* 0: a session came of it; E_NOTFOUND: it says nothing new. After the answer
 * a description is no offer: some repeat what they said (RFC 6337 3.1.1). */
static int take_sdp(struct ua_call *c, unsigned leg, const struct sip_msg *res,
                    struct out *o)
{
    struct ua_prack *p = &c->prack[leg];
    bool reliable = ua_prack_wanted(res), pending = c->pending;
    struct sdp sdp;
    int err;

    if (c->over || p->agreed ||
        (!reliable && (c->terms.no_offer || c->chosen >= 0)))
        return E_NOTFOUND;
    err = ua_callmedia_sdp(c, res, &sdp);
    if (err)
        return err;
    if (c->terms.no_offer)
        err = take_offer(c, leg, &sdp, o);
    else
        err = take_answer(c, leg, &sdp);
    if (!err && reliable)
        p->agreed = p->fresh = true;
    if (c->chosen != (int)leg)
        c->pending = pending; /* media has nothing to do with it */
    return err;
}

/* ------------------------------------------------------- offers of ours */

/* 5: what has our answer may be met with an offer. It is how a peer who knows
 * no UPDATE is told what the app has wanted since the INVITE. */
static bool offer_with(struct ua_call *c, unsigned leg, struct out *o)
{
    if (!c->change_wanted || c->terms.no_offer || c->chosen != (int)leg ||
        ua_update_fits(c) || ua_change_offer(c, o))
        return false;
    c->change_wanted = false;
    return true;
}

/* It was not sent, or is turned down; what it was for is still wanted. */
static void offer_failed(struct ua_call *c, unsigned leg)
{
    c->prack[leg].offer = 0;
    if (c->chosen != (int)leg)
        return;
    (void)sdp_offer_failed(&c->session);
    c->change_wanted = true;
}

static void offer_answered(struct ua_call *c, struct now now, unsigned leg,
                           const struct sip_msg *res)
{
    struct sdp sdp;
    int err;

    c->prack[leg].offer = 0;
    if (c->over || c->chosen != (int)leg)
        return;
    err = ua_callmedia_sdp(c, res, &sdp);
    if (err == E_NOTFOUND)
        cause_set_facts(&c->cause, CAUSE_media_no_match,
                        S("the 2xx of a PRACK has no answer"));
    if (!err)
        err = ua_callmedia_answered(c, &c->session, &sdp);
    if (err || ua_callmedia_set(c))
        ua_call_fail(c, now, CAUSE_none, UA_CALL_EV_FAIL);
    else
        ua_change_retry(c, now);
}

/* ---------------------------------------------------------------- heard */

/* Without a PRACK the response has not been received, nor what it says. */
static int answer_with(struct ua_call *c, struct now now, unsigned leg,
                       const struct sip_msg *res, struct out *o)
{
    struct ua_prack *p = &c->prack[leg];
    bool fresh = p->fresh, offer = fresh && offer_with(c, leg, o);
    int err = acknowledge(c, now, leg, res, out_slice(o));

    p->fresh = false;
    if (!err && offer)
        p->offer = p->txn;
    if (err && offer)
        offer_failed(c, leg);
    if (err && fresh)
        p->agreed = false;
    return err;
}

bool ua_prack_heard(struct ua_call *c, struct now now, unsigned leg,
                    const struct sip_msg *res, enum ua_call_event *ev)
{
    struct ua_prack *p = &c->prack[leg];
    struct ua_prack_cell cell = ua_prack_step(p->state, event_of(p, res));
    char text[UA_MESSAGE_MAX / 2];
    struct out o = out_of(text, sizeof(text));
    struct cause before = c->cause;
    int err;

    if (cell.action & UA_PRACK_DO_DROP)
        return false;
    ua_update_heard(c, res);
    err = take_sdp(c, leg, res, &o);
    *ev = err || c->chosen != (int)leg ? UA_CALL_EV_RINGING : UA_CALL_EV_EARLY;
    if (err && err != E_NOTFOUND && !c->terms.no_offer) {
        c->cause = before; /* the 2xx decides */
        c->status = res->status;
        err = 0;
    }
    if (cell.action & UA_PRACK_DO_SEND && (!err || err == E_NOTFOUND) &&
        answer_with(c, now, leg, res, &o) == 0)
        p->state = cell.next;
    secret_wipe(text, sizeof(text));
    ua_change_retry(c, now);
    if (err && err != E_NOTFOUND) /* 5: there is no PRACK without an answer */
        *ev = UA_CALL_EV_FAIL;
    return true;
}

bool ua_prack_changed(struct ua_call *c, struct now now,
                      const struct sip_msg *res)
{
    struct ua_prack *p = &c->prack[c->chosen];
    struct ua_prack_cell cell = ua_prack_step(p->state, event_of(p, res));

    if (!(cell.action & UA_PRACK_DO_SEND))
        return false;
    (void)sip_dialog_refresh(&c->leg[c->chosen], res); /* RFC 6141 4.7 */
    if (acknowledge(c, now, (unsigned)c->chosen, res, slice_of(NULL, 0)))
        return false;
    p->state = cell.next;
    return true;
}

/* RFC 6337 3.1.1: an offer that is not accepted makes way for none. */
static bool without_offer(struct ua_call *c, struct now now, unsigned leg,
                          const struct sip_msg *res)
{
    struct ua_prack *p = &c->prack[leg];

    if (!res || res->status == 481 || c->over)
        return false;
    ua_callwrite_drop(c, &p->answer);
    return send_prack(c, now, leg) == 0;
}

void ua_prack_response(struct ua_call *c, struct now now,
                       const struct ua_txn *was, const struct sip_msg *res)
{
    struct ua_prack *p = &c->prack[was->leg];
    bool offer = p->offer == was->id, last = p->txn == was->id;

    if (res && res->status < 200)
        return;
    if (res && res->status < 300) {
        if (offer)
            offer_answered(c, now, was->leg, res);
        return;
    }
    if (last && res && ua_inrequest_challenged(c, res, &p->challenges) &&
        send_prack(c, now, was->leg) == 0) {
        p->offer = offer ? p->txn : p->offer;
        return;
    }
    LOG(c->acc->env, LOG_WARN, "prack.refused",
        LOG_NUM("status", res ? res->status : 0),
        LOG_TOKEN("call_id", c->call_id));
    if (!offer)
        return;
    offer_failed(c, was->leg);
    if (last)
        (void)without_offer(c, now, was->leg, res);
    ua_change_retry(c, now); /* when it is established */
}
