/* SPDX-License-Identifier: Apache-2.0 */
/* The caller's side: INVITE out, its responses, its forks, CANCEL. */
#include "sip/base/err.h"
#include "ua/ask.h"
#include "ua/call.h"
#include "ua/event.h"
#include "ua/flow.h"
#include "ua/txn.h"
#include "ua/update.h"

/* ------------------------------------------------------------- INVITE */

/* Fresh keys for each INVITE of the call, also after a challenge. */
static int make_offer(struct ua_call *c, struct out *o)
{
    char ip[TLS_ADDR_TEXT_MAX];
    struct sdp_local local;

    ua_callmedia_local(c, &local, ip, sizeof(ip));
    sdp_session_clear(&c->offer);
    c->offer = c->session;
    return c->terms.no_offer ? 0 : sdp_offer_make(&c->offer, &local, o);
}

static int send_invite(struct ua_call *c, struct ua_txn *txn)
{
    char text[UA_MESSAGE_MAX], body[UA_MESSAGE_MAX / 2];
    struct out o = out_of(text, sizeof(text));
    struct out sdp = out_of(body, sizeof(body));
    int err = make_offer(c, &sdp);

    if (!err)
        err = ua_callwrite_invite(c, &o, txn, out_slice(&sdp));
    if (!err)
        err = ua_callwrite_send(c, &o, &c->invite);
    secret_wipe(text, sizeof(text));
    secret_wipe(body, sizeof(body));
    return err;
}

int ua_caller_invite(struct ua_call *c, struct now now)
{
    struct ua_txn *txn;
    int err = ua_txn_new(&txn, c->acc, now, UA_TXN_INVITE, SIP_INVITE);

    if (err)
        return err;
    txn->call = c->key;
    c->cseq++;
    c->provisional = c->cancelled = false;
    err = send_invite(c, txn);
    LOG(c->acc->env, err ? LOG_WARN : LOG_INFO, "request.sent",
        LOG_LIT("method", "INVITE"), LOG_TOKEN("call_id", c->call_id),
        LOG_NUM("cseq", c->cseq), LOG_NUM("error", err));
    if (err) {
        ua_txn_forget(c->acc, txn->id);
        return err;
    }
    c->txn = txn->id;
    return 0;
}

/* --------------------------------------------------------------- legs */

static int find_leg(const struct ua_call *c, const struct sip_msg *res)
{
    for (unsigned i = 0; i < c->legs; i++)
        if (slice_eq(c->leg[i].remote_tag, res->to.tag))
            return (int)i;
    return -1;
}

void ua_caller_forget_legs(struct ua_call *c)
{
    for (unsigned i = 0; i < c->legs; i++) {
        ua_prack_end(c, i);
        sip_dialog_free(&c->leg[i]);
        c->prack[i] = (struct ua_prack){.state = UA_PRACK_NONE};
    }
    c->legs = 0;
    c->chosen = -1;
}

/* The dialog of a response, made if it is new. Negative: E_NOTFOUND (no To
 * tag), or as sip_dialog_uac, E_FULL. */
static int leg_of(struct ua_call *c, const struct sip_msg *res)
{
    int leg = find_leg(c, res);
    struct sip_msg invite;
    int err;

    if (leg >= 0)
        return leg;
    if (!res->to.tag.n)
        return E_NOTFOUND;
    if (c->legs == UA_LEGS_MAX)
        return E_FULL;
    err = ua_callwrite_reread(c, c->invite, &invite);
    if (!err)
        err = sip_dialog_uac(&c->leg[c->legs], c->acc->env, &invite, res);
    if (err) {
        sip_dialog_free(&c->leg[c->legs]);
        return err;
    }
    c->leg_sid[c->legs] = c->sid;
    ua_sid_forget(&c->leg_sid[c->legs]);
    return (int)c->legs++;
}

/* ----------------------------------------------------------- responses */

static bool settled(const struct ua_call *c)
{
    return c->state == UA_CALL_ESTABLISHED || c->state == UA_CALL_OVER;
}

/* The edge is verified: what it asserts of the callee counts. */
static void note_info(struct ua_call *c, const struct sip_msg *res)
{
    if (!settled(c))
        ua_about_take(&c->about, c->acc->env, res, !c->acc->direct);
}

static void note_status(struct ua_call *c, const struct sip_msg *res)
{
    if (!c->over)
        c->status = res->status;
}

/* Another early dialog whose session is agreed, or -1. */
static int with_session(const struct ua_call *c)
{
    for (unsigned i = 0; i < c->legs; i++)
        if (c->prack[i].session)
            return (int)i;
    return -1;
}

/* RFC 6228 4: that early dialog is no more, and neither is its sound. A 2xx
 * of it would still count. */
static void got_199(struct ua_call *c, struct now now,
                    const struct sip_msg *res)
{
    int leg = find_leg(c, res), other;

    if (leg < 0 || c->leg_ok[leg] || settled(c))
        return;
    if (ua_prack_wanted(res)) { /* it is reliable as any */
        enum ua_call_event ev;

        (void)ua_prack_heard(c, now, (unsigned)leg, res, &ev);
    }
    if (leg != c->chosen) {
        ua_prack_end(c, (unsigned)leg);
        return;
    }
    ua_prack_end(c, (unsigned)leg);
    c->chosen = -1;
    other = with_session(c);
    if (other >= 0)
        ua_prack_adopt(c, (unsigned)other);
    else
        ua_callmedia_mute(c); /* one set of media an input */
    (void)ua_call_event(c, now,
                        other >= 0 ? UA_CALL_EV_EARLY : UA_CALL_EV_SILENT);
}

static void got_1xx(struct ua_call *c, struct now now,
                    const struct sip_msg *res)
{
    enum ua_call_event ev = UA_CALL_EV_TRYING;
    int leg;

    c->provisional = true;
    note_status(c, res);
    if (res->status == 199) {
        got_199(c, now, res);
        return;
    }
    if (res->status > 100) {
        note_info(c, res);
        leg = leg_of(c, res);
        if (leg >= 0)
            ua_sid_heard(&c->leg_sid[leg], res);
        ev = UA_CALL_EV_RINGING;
        if (leg >= 0 && !ua_prack_heard(c, now, (unsigned)leg, res, &ev))
            return;
        /* Without a dialog it cannot be acknowledged, nor be heard. */
        if (leg < 0 && ua_prack_wanted(res))
            return;
    }
    (void)ua_call_event(c, now, ev);
}

/* The offer that we had not made is in the 2xx, our answer in the ACK; the
 * ACK of what is refused has none, and a BYE follows. */
static int take_offer(struct ua_call *c, int leg, const struct sip_msg *res)
{
    char text[UA_MESSAGE_MAX / 2];
    struct out o = out_of(text, sizeof(text));
    struct sdp sdp;
    int err;

    if (!c->terms.no_offer || c->prack[leg].agreed || settled(c))
        return 0;
    err = ua_callmedia_sdp(c, res, &sdp);
    if (err == E_NOTFOUND)
        cause_set_facts(&c->cause, CAUSE_media_no_match,
                        S("the 2xx has no offer"));
    if (!err)
        err = ua_callmedia_answer(c, &sdp, &o);
    if (!err)
        err = env_copy(c->acc->env, &c->ack, out_slice(&o));
    secret_wipe(text, sizeof(text));
    c->chosen = leg;
    c->prack[leg].agreed = !err;
    return err;
}

/* The answer that counts: in the 2xx, else what came early on that leg. */
static int take_answer(struct ua_call *c, int leg, const struct sip_msg *res)
{
    struct sdp sdp;
    struct sdp_session s;
    int err;

    if (c->prack[leg].agreed) { /* 13.2.1: what comes later is no answer */
        ua_prack_adopt(c, (unsigned)leg);
        return 0;
    }
    err = ua_callmedia_sdp(c, res, &sdp);
    if (err == E_NOTFOUND && c->chosen == leg)
        return 0;
    if (err == E_NOTFOUND)
        cause_set_facts(&c->cause, CAUSE_media_no_match,
                        S("the 2xx has no answer"));
    if (err)
        return err;
    s = c->offer;
    err = ua_callmedia_answered(c, &s, &sdp);
    if (!err) {
        sdp_session_clear(&c->session);
        c->session = s;
    }
    sdp_session_clear(&s);
    c->chosen = leg;
    return err;
}

/* A 2xx of another fork than the one that won: acknowledged and ended. */
static void late_2xx(struct ua_call *c, struct now now, int leg)
{
    LOG(c->acc->env, LOG_INFO, "call.fork_ended",
        LOG_TOKEN("call_id", c->call_id));
    ua_indialog_bye(c, now, (unsigned)leg);
}

static void first_2xx(struct ua_call *c, struct now now, int leg,
                      const struct sip_msg *res)
{
    int err = res ? take_answer(c, leg, res) : E_POLICY;

    if (!err)
        ua_expiry_answered(c, now, res);
    if (err && c->cause.code == CAUSE_none)
        cause_set(&c->cause, CAUSE_media_no_match);
    (void)ua_call_event(c, now, err ? UA_CALL_EV_OK_BAD : UA_CALL_EV_OK);
    sdp_session_clear(&c->offer);
    if (c->hold && c->session.state == SDP_STABLE &&
        c->session.agreed.dir & SDP_RECVONLY)
        c->change_wanted = true; /* what was wanted of another fork, too */
    ua_change_retry(c, now);
}

/* What of the 2xx could not be understood cannot be acknowledged either. */
static void bad_2xx(struct ua_call *c, struct now now, int err)
{
    if (!settled(c))
        ua_call_fail(c, now,
                     err == E_NOMEM ? CAUSE_out_of_memory
                                    : CAUSE_call_malformed,
                     UA_CALL_EV_OK_BAD);
}

static void got_2xx(struct ua_call *c, struct now now,
                    const struct sip_msg *res)
{
    int leg = leg_of(c, res);
    bool again = leg >= 0 && c->leg_ok[leg];
    int err = leg < 0 ? leg : 0, refused = 0;

    if (leg >= 0)
        ua_sid_heard(&c->leg_sid[leg], res);
    if (!err && !again)
        err = sip_dialog_confirm(&c->leg[leg], res);
    if (!again)
        note_info(c, res);
    if (!err && !again)
        refused = take_offer(c, leg, res);
    if (!err)
        err = ua_indialog_ack(c, (unsigned)leg);
    if (again)
        return;
    if (err) {
        bad_2xx(c, now, err);
        return;
    }
    c->leg_ok[leg] = true;
    ua_update_heard(c, res);
    note_status(c, res);
    if (c->state == UA_CALL_ESTABLISHED)
        late_2xx(c, now, leg);
    else if (c->state == UA_CALL_OVER)
        (void)ua_call_event(c, now, UA_CALL_EV_OK);
    else
        first_2xx(c, now, leg, refused ? NULL : res);
}

static enum cause_code cause_of(unsigned status)
{
    switch (status) {
    case 486:
    case 600:
        return CAUSE_call_busy;
    case 603:
        return CAUSE_call_declined;
    case 408:
    case 480:
    case 487:
        return CAUSE_call_no_answer;
    case 404:
    case 410:
    case 484:
    case 485:
    case 604:
        return CAUSE_call_not_found;
    case 403:
        return CAUSE_call_forbidden;
    case 415:
    case 488:
    case 606:
        return CAUSE_call_not_acceptable;
    default:
        break;
    }
    if (status < 400)
        return CAUSE_call_redirected;
    return status >= 500 && status < 600 ? CAUSE_call_server_error
                                         : CAUSE_call_refused;
}

static void put_facts(struct ua_call *c, enum cause_code code,
                      const struct sip_msg *res)
{
    char text[128];
    struct out o = out_of(text, sizeof(text));

    out_lit(&o, "status ");
    out_u64(&o, res->status);
    if (res->warning) {
        out_lit(&o, ", ");
        out_put(&o, res->warning->text);
    }
    cause_set_facts(&c->cause, code, out_slice(&o));
}

/* ---------------------------------------------------------- challenges */

static void ask_password(struct ua_call *c, struct now now)
{
    struct ua_account *acc = c->acc;
    struct ua_out *out;

    if (!acc->password) {
        ua_call_fail(c, now, CAUSE_auth_no_credentials, UA_CALL_EV_REFUSED);
        return;
    }
    out = ua_outq_push(&acc->core->outq, UA_OUT_PASSWORD);
    if (!out || env_copy(acc->env, &out->text, acc->digest.realm)) {
        ua_call_fail(c, now, CAUSE_out_of_memory, UA_CALL_EV_REFUSED);
        return;
    }
    out->account = acc->id;
    c->asking = true;
}

static void got_challenge(struct ua_call *c, struct now now,
                          const struct sip_msg *res)
{
    struct ua_account *acc = c->acc;
    enum sip_digest_result result;

    if (c->over)
        return;
    result = ua_ask_digest(acc, &c->challenges, res); /* hazard A-04 */
    if (result == SIP_DIGEST_OK) {
        if (ua_caller_invite(c, now))
            ua_call_fail(c, now, CAUSE_out_of_memory, UA_CALL_EV_REFUSED);
    } else if (result == SIP_DIGEST_ASK) {
        ask_password(c, now);
    } else {
        if (result == SIP_DIGEST_FOREIGN_REALM)
            ua_event_refused(acc, POLICY_digest_realm, c->id);
        ua_call_fail(c, now, ua_ask_cause(result), UA_CALL_EV_REFUSED);
    }
}

static void got_refusal(struct ua_call *c, struct now now,
                        const struct sip_msg *res)
{
    note_status(c, res);
    note_info(c, res);
    ua_sid_heard(&c->sid, res);
    if (res->status == 401 || res->status == 407) {
        got_challenge(c, now, res);
        return;
    }
    if (!c->over && ua_expiry_raise(c, res)) { /* RFC 4028 7.3 */
        if (ua_caller_invite(c, now))
            ua_call_fail(c, now, CAUSE_out_of_memory, UA_CALL_EV_REFUSED);
        return;
    }
    if (ua_redirect_follow(c, res)) {
        ua_sid_forget(&c->sid); /* it may be another who answers (6) */
        (void)ua_call_event(c, now, UA_CALL_EV_REDIRECT);
        return;
    }
    if (!c->over)
        put_facts(c, cause_of(res->status), res);
    (void)ua_call_event(c, now, UA_CALL_EV_REFUSED);
}

void ua_caller_response(struct ua_call *c, struct now now,
                        const struct sip_msg *res)
{
    if (res->status < 200)
        got_1xx(c, now, res);
    else if (res->status < 300)
        got_2xx(c, now, res);
    else
        got_refusal(c, now, res);
}

void ua_caller_lost(struct ua_call *c, struct now now, bool timed_out)
{
    if (!c->over) {
        c->status = timed_out ? 408 : 503; /* 8.1.3.1 */
        if (timed_out)
            cause_set(&c->cause, CAUSE_call_timeout);
        else if (c->acc->cause.code != CAUSE_none)
            c->cause = c->acc->cause;
        else
            cause_set(&c->cause, CAUSE_connect_dead);
    }
    (void)ua_call_event(c, now, UA_CALL_EV_REFUSED);
}

/* ---------------------------------------------------------- ACK, CANCEL */

void ua_caller_ack_refusal(struct ua_call *c, struct slice text,
                           const struct sip_msg *res)
{
    char buffer[UA_MESSAGE_MAX];
    struct out o = out_of(buffer, sizeof(buffer));
    struct ua_sid sid = *ua_callwrite_sid(c);
    struct sip_msg invite;

    if (ua_callwrite_reread(c, text, &invite))
        return; /* the server's timer H ends it */
    sip_dialog_write_ack(&o, &invite, res);
    ua_sid_heard(&sid, res);
    ua_sid_put(&o, &sid);
    sip_write_body(&o, slice_of(NULL, 0), slice_of(NULL, 0));
    (void)ua_callwrite_send(c, &o, NULL);
}

/* Its responses say nothing, the INVITE's own does (9.1): no transaction. */
static int send_cancel(struct ua_call *c)
{
    char text[UA_MESSAGE_MAX];
    struct out o = out_of(text, sizeof(text));
    const struct sip_hdr *h;
    struct sip_msg invite;
    int err = ua_callwrite_reread(c, c->invite, &invite);

    if (err)
        return err;
    sip_dialog_write_cancel(&o, &invite);
    ua_about_put_reason(&o, c, -1);
    h = sip_msg_hdr(&invite, SIP_HDR_SESSION_ID, NULL);
    if (h) /* the very one (RFC 7989 6) */
        sip_write_hdr(&o, SIP_HDR_SESSION_ID, h->value);
    sip_write_body(&o, slice_of(NULL, 0), slice_of(NULL, 0));
    return ua_callwrite_send(c, &o, NULL);
}

void ua_caller_cancel(struct ua_call *c, struct now now)
{
    /* 9.1: not before a provisional response, which brings us here again. */
    if (!c->txn || c->cancelled || !c->provisional)
        return;
    c->cancelled = true;
    if (send_cancel(c))
        return;
    /* Without a final response in 64*T1 the INVITE is given up. */
    (void)heap_arm(&c->acc->core->heap, &c->timer, now.boot + SIP_TIMER_B_MS);
    LOG(c->acc->env, LOG_INFO, "request.sent", LOG_LIT("method", "CANCEL"),
        LOG_TOKEN("call_id", c->call_id));
}
