/* SPDX-License-Identifier: Apache-2.0 */
/* What arrives on a flow: responses to transactions, requests answered. */
#include "ua/receive.h"

#include "sip/base/err.h"
#include "sip/body.h"
#include "ua/call.h"
#include "ua/event.h"
#include "ua/flow.h"
#include "ua/message.h"
#include "ua/reference.h"
#include "ua/riders.h"
#include "ua/sub.h"
#include "ua/twin.h"
#include "ua/txn.h"

static bool known(struct slice option)
{
    struct slice rest = S(UA_SUPPORTED);

    while (rest.n) {
        struct slice item = slice_of(rest.p, slice_find(rest, ','));

        if (slice_ieq(option, slice_trim(item)))
            return true;
        rest = slice_skip(rest, item.n + 1);
    }
    return false;
}

bool ua_receive_unsupported(const struct sip_msg *msg)
{
    for (const struct sip_token *t = msg->require; t; t = t->next)
        if (!known(t->text))
            return true;
    return false;
}

static void put_unsupported(struct out *o, const struct sip_msg *msg)
{
    for (const struct sip_token *t = msg->require; t; t = t->next)
        if (!known(t->text))
            sip_write_hdr(o, SIP_HDR_UNSUPPORTED, t->text);
}

/* What belongs to no session is one of its own, for who speaks of those. */
static void put_session(struct out *o, const struct ua_account *acc,
                        const struct sip_msg *msg)
{
    struct ua_sid once;

    if (acc->core->sid) {
        ua_sid_put(o, acc->core->sid);
    } else if (sip_msg_hdr(msg, SIP_HDR_SESSION_ID, NULL) &&
               !ua_sid_new(&once, acc->env)) {
        ua_sid_heard(&once, msg);
        ua_sid_put(o, &once);
    }
}

void ua_receive_respond(struct ua_account *acc, const struct sip_msg *msg,
                        unsigned status)
{
    char text[UA_MESSAGE_MAX], tag[2 * UA_TOKEN_N];
    struct out o = out_of(text, sizeof(text));
    const struct sip_write_src src = {{0}, 0};
    int err = env_rand_hex(acc->env, tag, UA_TOKEN_N);

    sip_write_response(&o, msg, status, slice_of(tag, sizeof(tag)), &src);
    put_session(&o, acc, msg);
    if (status == 200 || status == 405)
        sip_write_hdr(&o, SIP_HDR_ALLOW, S(UA_ALLOW));
    if (status == 420)
        put_unsupported(&o, msg);
    if (status == 422)
        sip_write_u32(&o, SIP_HDR_MIN_SE, UA_MIN_SE);
    if (status == 415)
        sip_write_hdr(
            &o, SIP_HDR_ACCEPT,
            S("application/sdp, multipart/mixed, multipart/alternative"));
    if (status == 469)
        sip_write_hdr(&o, SIP_HDR_RECV_INFO, slice_of("", 0));
    if (status == 489)
        sip_write_hdr(&o, SIP_HDR_ALLOW_EVENTS, S(UA_ALLOW_EVENTS));
    sip_write_body(&o, slice_of(NULL, 0), slice_of(NULL, 0));
    if (!err)
        err = o.err;
    if (!err)
        err = ua_flow_send(acc->flow, out_slice(&o));
    if (!err)
        acc->core->counts.messages_out++;
    LOG(acc->env, err ? LOG_WARN : LOG_INFO, "response.sent",
        LOG_TOKEN("method", msg->method_text), LOG_NUM("status", status),
        LOG_TOKEN("call_id", msg->call_id), LOG_NUM("error", err));
}

unsigned ua_receive_body(const struct sip_msg *msg)
{
    struct slice text;

    switch (sip_body_find(&text, msg, S("application"), S("sdp"))) {
    case 0:
    case E_NOTFOUND:
        return 200;
    case E_UNSUPPORTED:
        return 415;
    default:
        return 400;
    }
}

/* The status that a request outside a dialog deserves; an INVITE with 200 is
 * a call. 0: none (ACK). */
static unsigned judge(const struct ua_account *acc, const struct sip_msg *msg)
{
    switch (msg->method) {
    case SIP_ACK:
        return 0;
    case SIP_CANCEL:
    case SIP_BYE:
    case SIP_UPDATE:
    case SIP_PRACK:
    case SIP_INFO:
    case SIP_NOTIFY: /* hazard A-36: nothing was subscribed to */
        return 481;
    case SIP_OTHER:
        return 501;
    case SIP_OPTIONS:
    case SIP_INVITE:
    case SIP_MESSAGE:
    case SIP_REFER:
        break;
    case SIP_SUBSCRIBE: /* we notify of nothing but transfers */
        return 489;
    case SIP_REGISTER:
    case SIP_PUBLISH:
    case SIP_METHOD_COUNT:
        return 405;
    }
    if (!acc->direct && msg->uri.has_user &&
        !slice_eq(msg->uri.user, acc->aor.user))
        return 404;
    if (ua_receive_unsupported(msg))
        return 420;
    if (msg->method == SIP_INVITE && ua_expiry_too_small(msg))
        return 422;
    return msg->method == SIP_INVITE ? ua_receive_body(msg) : 200;
}

/* The call that a request of the peer belongs to: *leg is its dialog, or -1
 * if it is the call's INVITE again, its CANCEL or the ACK of a refusal. */
static bool is_for(const struct ua_call *c, const struct sip_msg *msg,
                   int *leg)
{
    if (!slice_eq(c->call_id, msg->call_id))
        return false;
    *leg = -1;
    if (ua_server_has(c, msg))
        return true;
    for (*leg = 0; *leg < (int)c->legs; ++*leg)
        if (sip_dialog_has(&c->leg[*leg], msg))
            return true;
    return false;
}

static struct ua_call *find_call(const struct ua_flow *flow,
                                 const struct sip_msg *msg, int *leg)
{
    struct ua_core *core = flow->core;
    struct ua_call *c;
    uint32_t pos = 0;

    while (core->counts.calls && (c = idtab_next(&core->calls, &pos)))
        if (is_for(c, msg, leg) && ua_twin_follow(c, flow))
            return c;
    return NULL;
}

/* The transaction of the call's INVITE. */
static void got_again(struct ua_call *c, struct now now,
                      const struct sip_msg *msg)
{
    if (msg->method == SIP_ACK) {
        ua_server_acked(c);
    } else if (msg->method == SIP_CANCEL) {
        ua_receive_respond(c->acc, msg, 200);
        ua_callee_cancel(c, now, msg);
    } else if (msg->method == SIP_INVITE) {
        ua_server_again(c);
    } else {
        ua_receive_respond(c->acc, msg, 400); /* one branch, two requests */
    }
}

/*
 * Whose request that is, outside of calls: the user part of our Contact is in
 * the Request-URI (RFC 3261 16.5), and our name in To. Somebody answers in
 * any case.
 */
static struct ua_account *recipient(const struct ua_flow *flow,
                                    const struct sip_msg *msg)
{
    struct ua_account *acc = ua_riders_user(flow, msg->uri.user);

    if (!acc)
        acc = ua_riders_user(flow, msg->to.uri.user);
    return acc ? acc : flow->first;
}

static void got_request(struct ua_flow *flow, struct now now,
                        const struct sip_msg *msg)
{
    int leg = -1;
    struct ua_call *c = find_call(flow, msg, &leg);
    struct ua_account *acc = c ? c->acc : recipient(flow, msg);
    unsigned status;

    LOG(acc->env, LOG_INFO, "request.received",
        LOG_TOKEN("method", msg->method_text),
        LOG_TOKEN("call_id", msg->call_id));
    if (c) {
        flow->core->sid = leg < 0 ? &c->sid : &c->leg_sid[leg];
        if (leg >= 0)
            ua_sid_heard(&c->leg_sid[leg], msg);
        if (leg < 0)
            got_again(c, now, msg);
        else
            ua_indialog_request(c, now, (unsigned)leg, msg);
        ua_call_settle(c);
        return;
    }
    if (msg->method == SIP_NOTIFY && ua_sub_notify(acc, now, msg))
        return;
    if (msg->to.tag.n && ua_reference_request(acc, now, msg))
        return;
    status = msg->to.tag.n && msg->method != SIP_ACK ? 481 : judge(acc, msg);
    if (status == 200 && msg->method == SIP_INVITE)
        ua_callee_invite(acc, now, msg);
    else if (status == 200 && msg->method == SIP_MESSAGE)
        ua_message_request(acc, msg, 0);
    else if (status == 200 && msg->method == SIP_REFER)
        ua_reference_refer(acc, now, msg);
    else if (status)
        ua_receive_respond(acc, msg, status);
}

/* Is what a response copies (8.2.6.2) there, and not what is at fault? */
static bool answerable(const struct sip_msg *msg,
                       const struct sip_parse_err *err)
{
    bool copied = err->hdr == SIP_HDR_VIA || err->hdr == SIP_HDR_FROM ||
                  err->hdr == SIP_HDR_TO || err->hdr == SIP_HDR_CALL_ID ||
                  err->hdr == SIP_HDR_CSEQ;

    return msg->request && msg->method != SIP_ACK && !copied && msg->via &&
           msg->from.text.n && msg->to.text.n && msg->call_id.n &&
           msg->cseq.text.n;
}

/*
 * Malformed (RFC 3261 8.2, 16.3): a request from which a response can be
 * made gets one; anything else is a counted drop. The stream goes on.
 */
static void malformed(struct ua_flow *flow, const struct sip_msg *msg,
                      const struct sip_parse_err *err)
{
    flow->core->counts.malformed++;
    LOG(flow->core->env, LOG_WARN, "message.malformed",
        LOG_HOST("code", slice_cstr(sip_fault_symbol(err->code))),
        LOG_NUM("offset", err->offset), LOG_LEN("size", msg->bytes.n));
    if (answerable(msg, err) && sip_fault_status(err->code))
        ua_receive_respond(recipient(flow, msg), msg,
                           sip_fault_status(err->code));
    else
        flow->core->counts.drops++;
}

static void got_message(struct ua_flow *flow, struct now now,
                        struct slice bytes)
{
    struct ua_core *core = flow->core;
    struct sip_parse_err fault = {0};
    struct sip_msg msg;
    int err = sip_msg_parse(&msg, &core->arena, bytes, &fault);

    core->counts.messages_in++;
    if (err == E_NOMEM)
        core->counts.drops++;
    else if (err)
        malformed(flow, &msg, &fault);
    else if (msg.request)
        got_request(flow, now, &msg);
    else
        ua_txn_response(flow, now, &msg);
    core->sid = NULL;
    arena_rewind(&core->arena);
}

/*
 * Two pongs in a row look like one ping (RFC 5626 3.5.1): while a pong is
 * awaited, any CRLF is it.
 */
static void got_crlf(struct ua_flow *flow, struct now now,
                     enum sip_stream_kind kind)
{
    bool pong = flow->awaiting;

    ua_flow_alive(flow, now, pong);
    if (!pong && kind == SIP_STREAM_PING)
        ua_flow_pinged(flow, now);
}

/* RFC 3261 18.3: where the next message starts cannot be known. */
static void bad_framing(struct ua_flow *flow, struct now now, int err)
{
    const struct sip_parse_err *fault = &flow->stream.fault;

    LOG(flow->core->env, LOG_ERROR, "stream.broken",
        LOG_HOST("code", slice_cstr(sip_fault_symbol(fault->code))),
        LOG_NUM("offset", fault->offset), LOG_NUM("error", err));
    ua_flow_broken(flow, now,
                   err == E_NOMEM ? CAUSE_out_of_memory
                                  : CAUSE_connect_framing);
}

void ua_receive(struct ua_flow *flow, struct now now, struct slice bytes)
{
    uint64_t id = flow->id;
    struct sip_stream_item item;
    int err = sip_stream_push(&flow->stream, bytes);

    /* A message may end the flow, and with it the stream. */
    while (!err && flow->id == id) {
        err = sip_stream_next(&flow->stream, &item);
        if (err)
            break;
        if (item.kind != SIP_STREAM_MESSAGE) {
            got_crlf(flow, now, item.kind);
            continue;
        }
        ua_flow_alive(flow, now, false);
        got_message(flow, now, item.bytes);
        ua_riders_breathe(flow, now);
    }
    if (err && err != E_AGAIN && flow->id == id)
        bad_framing(flow, now, err);
}
