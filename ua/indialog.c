/* SPDX-License-Identifier: Apache-2.0 */
/* Requests within a dialog: BYE both ways, ACK, re-INVITE in, OPTIONS. */
#include "sip/base/err.h"
#include "ua/call.h"
#include "ua/flow.h"
#include "ua/inrequest.h"
#include "ua/message.h"
#include "ua/receive.h"
#include "ua/request.h"
#include "ua/txn.h"
#include "ua/update.h"

/* ---------------------------------------------------------------- sent */

/* The end of an ACK, which has neither Allow nor Supported (20.5, 20.37). */
static void put_end(struct out *o, struct ua_call *c, unsigned leg,
                    struct slice sdp)
{
    ua_sid_put(o, &c->leg_sid[leg]);
    ua_request_put_agent(o, c->acc);
    sip_write_body(o, sdp.n ? S("application/sdp") : slice_of(NULL, 0), sdp);
}

/* 13.2.2.4: the ACK carries the credentials of the INVITE. */
static void put_credentials(struct out *o, struct ua_call *c,
                            struct slice text)
{
    static const enum sip_hdr_id both[] = {SIP_HDR_AUTHORIZATION,
                                           SIP_HDR_PROXY_AUTHORIZATION};
    const struct sip_hdr *h;
    struct sip_msg invite;

    if (!text.n || ua_callwrite_reread(c, text, &invite))
        return;
    for (int i = 0; i < 2; i++)
        for (h = sip_msg_hdr(&invite, both[i], NULL); h;
             h = sip_msg_hdr(&invite, both[i], h))
            sip_write_hdr(o, both[i], h->value);
}

int ua_indialog_ack(struct ua_call *c, unsigned leg)
{
    return ua_indialog_ack_of(
        c, leg, c->cseq, c->challenges ? c->invite : slice_of(NULL, 0),
        (int)leg == c->chosen ? c->ack : slice_of(NULL, 0));
}

int ua_indialog_ack_of(struct ua_call *c, unsigned leg, uint32_t cseq,
                       struct slice invite, struct slice sdp)
{
    char text[UA_MESSAGE_MAX], branch[64];
    struct out o = out_of(text, sizeof(text));
    struct out b = out_of(branch, sizeof(branch));
    char random[2 * UA_TOKEN_N];
    struct ua_hop h;
    int err = env_rand_hex(c->acc->env, random, UA_TOKEN_N);

    out_lit(&b, "z9hG4bK");
    out_put(&b, slice_of(random, sizeof(random)));
    sip_dialog_write(&c->leg[leg], &o, SIP_ACK, cseq,
                     ua_request_hop(&h, c->acc, out_slice(&b)));
    put_credentials(&o, c, invite);
    put_end(&o, c, leg, sdp);
    if (!err)
        err = ua_callwrite_send(c, &o, NULL);
    secret_wipe(text, sizeof(text));
    return err;
}

struct slice ua_indialog_uri(const struct out *o)
{
    struct slice line = out_slice(o);

    line = slice_skip(line, slice_find(line, ' ') + 1);
    return slice_of(line.p, slice_find(line, ' '));
}

static void put_reason(struct out *o, struct ua_call *c, const void *what)
{
    const unsigned *leg = what;

    ua_about_put_reason(o, c, (int)*leg);
}

static int send_bye(struct ua_call *c, struct now now, unsigned leg)
{
    const struct ua_inrequest bye = {.method = SIP_BYE,
                                     .use = UA_TXN_BYE,
                                     .leg = leg,
                                     .put = put_reason,
                                     .what = &leg};

    return ua_inrequest_send(c, now, &bye, &c->bye[leg]);
}

static void bye_done(struct ua_call *c, unsigned leg)
{
    c->bye[leg] = 0;
    c->leg_bye[leg] = false;
    c->leg[leg].state = SIP_DIALOG_ENDED;
}

/* Without a flow it waits for one; what cannot be written is given up. */
void ua_indialog_retry(struct ua_call *c, struct now now)
{
    for (unsigned i = 0; i < c->legs; i++) {
        int err = 0;

        if (!c->leg_bye[i] || c->bye[i] || c->acc->flow->state != UA_FLOW_UP)
            continue;
        err = send_bye(c, now, i);
        if (err && err != E_NOMEM && err != E_STATE)
            bye_done(c, i);
    }
}

void ua_indialog_bye(struct ua_call *c, struct now now, unsigned leg)
{
    if (c->leg_bye[leg])
        return;
    c->leg_bye[leg] = true;
    ua_indialog_retry(c, now);
    if (c->acc->flow->state == UA_FLOW_IDLE && !c->acc->removing)
        ua_flow_want(c->acc, now);
}

void ua_indialog_response(struct ua_call *c, struct now now, unsigned leg,
                          const struct sip_msg *res)
{
    if (res->status < 200)
        return;
    c->bye[leg] = 0;
    if (ua_inrequest_challenged(c, res, &c->bye_challenges))
        ua_indialog_retry(c, now);
    else
        bye_done(c, leg);
}

void ua_indialog_lost(struct ua_call *c, unsigned leg, bool timed_out)
{
    c->bye[leg] = 0;
    if (timed_out)
        bye_done(c, leg);
}

/* ------------------------------------------------------------- received */

static void got_bye(struct ua_call *c, struct now now, unsigned leg,
                    const struct sip_msg *msg)
{
    bool ours = (int)leg == c->chosen || c->chosen < 0;

    ua_receive_respond(c->acc, msg, 200);
    c->leg[leg].state = SIP_DIALOG_ENDED;
    c->leg_bye[leg] = false;
    if (!ours)
        return;
    ua_about_take(&c->about, c->acc->env, msg, !c->acc->direct);
    if (c->state == UA_CALL_OFFERED || c->state == UA_CALL_INCOMING) {
        c->status = 487; /* 15.1.2 */
        cause_set(&c->cause, CAUSE_call_cancelled);
    }
    (void)ua_call_event(c, now, UA_CALL_EV_BYE);
}

/* Our answer, or our offer if there was none; *reply gets status and body. */
static int describe(struct ua_call *c, const struct sip_msg *msg,
                    struct out *o)
{
    char ip[TLS_ADDR_TEXT_MAX];
    struct sdp_local local;
    struct sdp sdp;
    int err = ua_callmedia_sdp(c, msg, &sdp);

    if (err != E_NOTFOUND)
        return err ? err : ua_callmedia_answer(c, &sdp, o);
    ua_callmedia_local(c, &local, ip, sizeof(ip));
    c->server.late = true;
    return sdp_offer_make(&c->session, &local, o);
}

/* 14.2: what is refused changes nothing, the call goes on as it was. */
static void refuse_change(struct ua_call *c, struct now now, unsigned status)
{
    struct ua_reply reply = {.status = status,
                             .why = (enum policy_why)c->cause.refusal};

    c->server.late = false;
    (void)ua_server_respond(c, now, &reply);
}

static void change(struct ua_call *c, struct now now, unsigned leg,
                   const struct sip_msg *msg)
{
    char text[UA_MESSAGE_MAX];
    struct out o = out_of(text, sizeof(text));
    struct ua_reply reply = {.status = 200};
    struct cause before = c->cause;
    unsigned status = c->status;
    int err = describe(c, msg, &o);

    if (err) {
        refuse_change(c, now,
                      err == E_NOMEM || c->status < 300 ? 500 : c->status);
        c->cause = before;
        c->status = status;
        secret_wipe(text, sizeof(text));
        return;
    }
    reply.body = out_slice(&o);
    (void)sip_dialog_refresh(&c->leg[leg], msg);
    err = ua_server_respond(c, now, &reply);
    secret_wipe(text, sizeof(text));
    if (!err)
        ua_callee_begin_repeat(c, now);
    if (err || ua_callmedia_set(c))
        ua_call_fail(c, now, CAUSE_none, UA_CALL_EV_FAIL);
}

static void got_invite(struct ua_call *c, struct now now, unsigned leg,
                       const struct sip_msg *msg)
{
    bool busy = c->repeat_at || c->server.state == SIP_TXN_COMPLETED;

    if (c->state != UA_CALL_ESTABLISHED || busy ||
        c->session.state != SDP_STABLE || (int)leg != c->chosen) {
        ua_receive_respond(c->acc, msg, c->over ? 481 : 491);
        return;
    }
    if (ua_expiry_too_small(msg)) {
        ua_receive_respond(c->acc, msg, 422);
        return;
    }
    ua_update_heard(c, msg);
    if (ua_server_begin(c, msg)) {
        ua_receive_respond(c->acc, msg, 500);
        return;
    }
    change(c, now, leg, msg);
}

/* Nothing else was subscribed to in a call (hazard A-36). */
static void got_notify(struct ua_call *c, struct now now, unsigned leg,
                       const struct sip_msg *msg)
{
    if (!slice_eq(msg->event.token, S("refer")) || (int)leg != c->chosen)
        ua_receive_respond(c->acc, msg, 481);
    else
        ua_refer_notify(&c->refer, now, msg);
}

/* The status that refuses it before it is looked into, or 0. */
static unsigned refusal(const struct sip_msg *msg)
{
    unsigned body;

    if (ua_receive_unsupported(msg) && msg->method != SIP_BYE)
        return 420;
    if (msg->method != SIP_INVITE && msg->method != SIP_UPDATE &&
        msg->method != SIP_PRACK)
        return 0;
    body = ua_receive_body(msg);
    return body == 200 ? 0 : body;
}

void ua_indialog_request(struct ua_call *c, struct now now, unsigned leg,
                         const struct sip_msg *msg)
{
    unsigned refused;

    if (msg->method == SIP_ACK) {
        if (msg->cseq.num == c->server.cseq)
            ua_callee_ack(c, now, msg);
        return;
    }
    if (sip_dialog_received(&c->leg[leg], msg)) {
        ua_receive_respond(c->acc, msg, 500); /* 12.2.2 */
        return;
    }
    refused = refusal(msg);
    if (refused) {
        ua_receive_respond(c->acc, msg, refused);
        return;
    }
    switch (msg->method) {
    case SIP_BYE:
        got_bye(c, now, leg, msg);
        break;
    case SIP_INVITE:
        got_invite(c, now, leg, msg);
        break;
    case SIP_UPDATE:
        ua_update_request(c, now, leg, msg);
        break;
    case SIP_OPTIONS:
        ua_receive_respond(c->acc, msg, 200);
        break;
    case SIP_NOTIFY:
        got_notify(c, now, leg, msg);
        break;
    case SIP_MESSAGE:
        ua_message_request(c->acc, msg, c->id);
        break;
    case SIP_INFO:
        ua_info_request(c, msg);
        break;
    case SIP_SUBSCRIBE:
        ua_receive_respond(c->acc, msg, 489);
        break;
    case SIP_REFER:
        ua_referred_request(c, now, leg, msg);
        break;
    case SIP_OTHER:
        ua_receive_respond(c->acc, msg, 501);
        break;
    case SIP_PRACK:
        ua_rel_prack(c, now, msg);
        break;
    case SIP_ACK:
    case SIP_CANCEL:
    case SIP_REGISTER:
    case SIP_PUBLISH:
    case SIP_METHOD_COUNT:
        ua_receive_respond(c->acc, msg, 405);
        break;
    }
}
