/* SPDX-License-Identifier: Apache-2.0 */
/* Re-INVITEs of ours (RFC 3261 14.1): hold, resume, a new Contact. */
#include "sip/base/err.h"
#include "ua/call.h"
#include "ua/event.h"
#include "ua/flow.h"
#include "ua/inrequest.h"
#include "ua/request.h"
#include "ua/txn.h"
#include "ua/update.h"

enum { PENDING_MS = 2000 };

/* 14.1: one INVITE at a time, of either side. */
static bool may_send(const struct ua_call *c)
{
    return c->state == UA_CALL_ESTABLISHED && c->chosen >= 0 &&
           ua_server_done(c) && !c->change_txn &&
           c->session.state == SDP_STABLE && c->acc->flow->state == UA_FLOW_UP;
}

int ua_change_offer(struct ua_call *c, struct out *o)
{
    char ip[TLS_ADDR_TEXT_MAX];
    struct sdp_local local;

    ua_callmedia_local(c, &local, ip, sizeof(ip));
    return sdp_offer_make(&c->session, &local, o);
}

static int write_invite(struct ua_call *c, const struct ua_txn *txn,
                        struct out *o)
{
    struct sip_digest *digest = &c->acc->digest;
    struct sip_dialog *d = &c->leg[c->chosen];
    char body[UA_MESSAGE_MAX / 2];
    struct out sdp = out_of(body, sizeof(body));
    struct ua_hop h;
    int err = ua_change_offer(c, &sdp);

    sip_dialog_write(d, o, SIP_INVITE, 0,
                     ua_request_hop(&h, c->acc, ua_txn_branch(txn)));
    ua_callwrite_contact(o, c);
    ua_expiry_put(o, c);
    if (!err && !o->err && sip_digest_ready(digest))
        err = sip_digest_write(digest, o, S("INVITE"), ua_indialog_uri(o),
                               out_slice(&sdp));
    ua_callwrite_able(o, c, ua_callwrite_sid(c));
    sip_write_body(o, S("application/sdp"), out_slice(&sdp));
    secret_wipe(body, sizeof(body));
    return err ? err : o->err;
}

static int send_invite(struct ua_call *c, struct now now)
{
    char text[UA_MESSAGE_MAX];
    struct out o = out_of(text, sizeof(text));
    struct ua_txn *txn;
    int err = ua_txn_new(&txn, c->acc, now, UA_TXN_CHANGE, SIP_INVITE);

    if (err)
        return err;
    txn->call = c->key;
    err = write_invite(c, txn, &o);
    if (!err)
        err = ua_callwrite_send(c, &o, &c->change);
    secret_wipe(text, sizeof(text));
    LOG(c->acc->env, err ? LOG_WARN : LOG_INFO, "request.sent",
        LOG_LIT("method", "INVITE"), LOG_TOKEN("call_id", c->call_id),
        LOG_NUM("error", err));
    if (err) {
        (void)sdp_offer_failed(&c->session);
        ua_txn_forget(c->acc, txn->id);
        return err;
    }
    c->change_txn = txn->id;
    c->change_answered = false;
    c->change_undo = !(c->session.agreed.dir & SDP_RECVONLY);
    ua_prack_begin(&c->prack[c->chosen]);
    c->change_cseq = c->leg[c->chosen].local_cseq;
    return 0;
}

/* While a 2xx of ours is repeated the timer is its; the ACK brings us back. */
static void later(struct ua_call *c, struct now now, int64_t ms)
{
    if (!c->repeat_at)
        (void)heap_arm(&c->acc->core->heap, &c->timer, now.boot + ms);
}

void ua_change_retry(struct ua_call *c, struct now now)
{
    bool update = ua_update_fits(c);
    int err;

    if (!c->change_wanted || (!update && !may_send(c)))
        return;
    c->change_wanted = false;
    err = update ? ua_update_change(c, now) : send_invite(c, now);
    if (!err)
        return;
    c->change_wanted = true;
    if (err == E_STATE) /* somebody waits; what it waits for brings us back */
        return;
    later(c, now, UA_CALL_AGAIN_MS);
}

void ua_change_want(struct ua_call *c, struct now now)
{
    c->change_wanted = true;
    c->change_challenges = 0;
    ua_change_retry(c, now);
}

/* Our INVITE is out and not answered: what is wanted now waits for that. */
static bool is_calling(const struct ua_call *c)
{
    return c->out &&
           (c->state == UA_CALL_CALLING || c->state == UA_CALL_RINGING ||
            c->state == UA_CALL_EARLY);
}

int ua_change_hold(struct ua_call *c, struct now now, bool hold)
{
    bool agreed = c->chosen >= 0 && c->prack[c->chosen].agreed;

    if (c->state != UA_CALL_ESTABLISHED && !ua_update_fits(c) &&
        !is_calling(c))
        return E_STATE;
    if (c->hold == hold)
        return 0;
    c->hold = hold;
    if (is_calling(c) && !agreed) /* the offer said that we do not hold */
        c->change_wanted = hold && !c->terms.no_offer;
    else
        ua_change_want(c, now);
    return 0;
}

/* ------------------------------------------------------------ responses */

static int take_answer(struct ua_call *c, const struct sip_msg *res)
{
    struct sdp sdp;
    int err = ua_callmedia_sdp(c, res, &sdp);

    if (c->change_answered)
        return 0; /* 13.2.1: the first one counts */
    if (err == E_NOTFOUND)
        cause_set_facts(&c->cause, CAUSE_media_no_match,
                        S("the 2xx of a re-INVITE has no answer"));
    if (!err)
        err = ua_callmedia_answered(c, &c->session, &sdp);
    return err ? err : ua_callmedia_set(c);
}

static void got_2xx(struct ua_call *c, struct now now,
                    const struct sip_msg *res)
{
    bool again = !c->change_txn;
    int err = ua_indialog_ack_of(c, (unsigned)c->chosen, c->change_cseq,
                                 c->change_challenges ? c->change
                                                      : slice_of(NULL, 0),
                                 slice_of(NULL, 0));

    c->change_txn = 0;
    c->change_again = false;
    if (again || c->state != UA_CALL_ESTABLISHED)
        return;
    ua_update_heard(c, res);
    (void)sip_dialog_refresh(&c->leg[c->chosen], res);
    ua_expiry_answered(c, now, res);
    if (!err)
        err = take_answer(c, res);
    if (err) /* RFC 3264 8: what was described is not what was agreed to */
        ua_call_fail(c, now, CAUSE_none, UA_CALL_EV_FAIL);
    else
        ua_change_retry(c, now);
}

/* True if it is sent again with credentials. */
static bool challenged(struct ua_call *c, struct now now,
                       const struct sip_msg *res)
{
    if (!ua_inrequest_challenged(c, res, &c->change_challenges))
        return false;
    c->change_wanted = true;
    ua_change_retry(c, now);
    return true;
}

/* 14.1: who made the Call-ID waits longer, so that one of them wins. */
static void pending(struct ua_call *c, struct now now)
{
    int64_t from = c->out ? PENDING_MS : 0;

    c->change_wanted = true;
    later(c, now, ua_jitter(c->acc->env, from, from + PENDING_MS));
}

/* RFC 6141 3.4: what a reliable 1xx had agreed to holds, whatever the final
 * response says; both get to know that by one more, with what was before. */
static void agree_again(struct ua_call *c, struct now now)
{
    bool again = c->change_again;

    c->change_again = !again;
    ua_change_refused(c);
    if (again)
        return;
    c->hold = c->change_undo;
    ua_change_want(c, now);
}

void ua_change_refused(struct ua_call *c)
{
    c->hold = !(c->session.agreed.dir & SDP_RECVONLY);
    ua_event_notice(c->acc, "change_refused");
}

static void got_refusal(struct ua_call *c, struct now now,
                        const struct sip_msg *res)
{
    c->change_txn = 0;
    (void)sdp_offer_failed(&c->session);
    if (c->state != UA_CALL_ESTABLISHED || challenged(c, now, res))
        return;
    if (ua_expiry_raise(c, res)) {
        ua_change_want(c, now);
    } else if (res->status == 491) {
        pending(c, now);
    } else if (res->status == 408 || res->status == 481) {
        c->status = res->status; /* 12.2.1.2: the dialog is no more */
        ua_call_fail(c, now, CAUSE_call_no_answer, UA_CALL_EV_FAIL);
    } else if (c->change_answered) {
        agree_again(c, now);
    } else {
        ua_change_refused(c);
    }
}

/* RFC 3262 5: the answer may be in a reliable provisional response. */
static void got_1xx(struct ua_call *c, struct now now,
                    const struct sip_msg *res)
{
    struct sdp sdp;
    int err;

    if (c->state != UA_CALL_ESTABLISHED || !c->change_txn ||
        !ua_prack_wanted(res) || !ua_prack_changed(c, now, res))
        return;
    ua_update_heard(c, res);
    if (c->change_answered)
        return;
    err = ua_callmedia_sdp(c, res, &sdp);
    if (err == E_NOTFOUND)
        return;
    if (!err)
        err = ua_callmedia_answered(c, &c->session, &sdp);
    c->change_answered = true;
    if (err || ua_callmedia_set(c))
        ua_call_fail(c, now, CAUSE_none, UA_CALL_EV_FAIL);
}

void ua_change_response(struct ua_call *c, struct now now,
                        const struct sip_msg *res)
{
    if (res->status < 200) {
        got_1xx(c, now, res);
        return;
    }
    if (res->status < 300)
        got_2xx(c, now, res);
    else
        got_refusal(c, now, res);
}

/* The call lives on its media; with a flow it is tried again. */
void ua_change_lost(struct ua_call *c, struct now now, bool timed_out)
{
    c->change_txn = 0;
    (void)sdp_offer_failed(&c->session);
    c->change_wanted = !timed_out;
    if (timed_out && c->state == UA_CALL_ESTABLISHED) {
        c->status = 408;
        ua_call_fail(c, now, CAUSE_call_timeout, UA_CALL_EV_FAIL);
    }
}
