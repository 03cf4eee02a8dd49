/* SPDX-License-Identifier: Apache-2.0 */
/* Transfers that we ask for: REFER out, what its NOTIFYs tell. */
#include "ua/refer.h"

#include "sip/base/err.h"
#include "sip/dialogid.h"
#include "ua/ask.h"
#include "ua/call.h"
#include "ua/receive.h"
#include "ua/request.h"

enum { TARGET_MAX = 1024 };

static void step(struct ua_call *c, struct now now, enum ua_refer_event ev);

/* ----------------------------------------------------------------- sent */

static void put(struct out *o, const void *user)
{
    const struct ua_call *c = user;
    struct sip_uri aor = ua_request_aor(c->acc);
    const struct sip_waddr us = {.uri = &aor};

    sip_write_hdr(o, SIP_HDR_REFER_TO, c->refer.to);
    sip_write_addr(o, SIP_HDR_REFERRED_BY, &us);
}

static void heard(struct ua_account *acc, struct now now,
                  const struct ua_txn *was, const struct sip_msg *res,
                  bool timed_out);

static void send(struct ua_call *c, struct now now)
{
    struct ua_refer *r = &c->refer;
    const struct ua_ask ask = {.method = SIP_REFER,
                               .dialog = &c->leg[c->chosen],
                               .contact = true,
                               .secure = c->secure,
                               .put = put,
                               .user = c,
                               .call = c->key,
                               .heard = heard};
    int err = ua_ask_send(c->acc, now, &ask, &r->txn);

    r->cseq = c->leg[c->chosen].local_cseq;
    if (!err)
        return;
    cause_set(&r->cause,
              err == E_STATE ? CAUSE_connect_dead : CAUSE_out_of_memory);
    step(c, now, UA_REFER_EV_REFUSED);
}

/* ------------------------------------------------------------- actions */

static void tell(struct ua_call *c, int state)
{
    const struct ua_refer *r = &c->refer;

    ua_callevent_transfer(
        c, &(struct ua_transfer_news){.state = state,
                                      .direction = SIPLOCK_DIR_OUT,
                                      .status = r->status,
                                      .cause = &r->cause,
                                      .target = r->to});
}

static void act(struct ua_call *c, struct now now, unsigned action)
{
    static const struct {
        unsigned action;
        int state;
    } told[] = {
        {UA_REFER_DO_ACCEPTED, SIPLOCK_TRANSFER_ACCEPTED},
        {UA_REFER_DO_PROGRESS, SIPLOCK_TRANSFER_PROGRESS},
        {UA_REFER_DO_DONE, SIPLOCK_TRANSFER_DONE},
        {UA_REFER_DO_FAILED, SIPLOCK_TRANSFER_FAILED},
        {UA_REFER_DO_UNKNOWN, SIPLOCK_TRANSFER_UNKNOWN},
    };

    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
        if (action & told[i].action)
            tell(c, told[i].state);
    if (action & UA_REFER_DO_ARM)
        (void)heap_arm(&c->acc->core->heap, &c->refer.timer,
                       now.boot + (int64_t)c->refer.expires * 1000);
    /* The rest may step again, so each is the last. */
    if (action & UA_REFER_DO_SEND)
        send(c, now);
    else if (action & UA_REFER_DO_HANGUP)
        (void)ua_call_hangup(c, now, 0);
}

static void step(struct ua_call *c, struct now now, enum ua_refer_event ev)
{
    struct ua_refer_cell cell = ua_refer_step(c->refer.state, ev);

    if (cell.action & (UA_REFER_DO_ODD | UA_REFER_DO_REFUSE)) {
        LOG(c->acc->env, LOG_WARN, "refer.odd",
            LOG_NUM("state", c->refer.state), LOG_NUM("event", ev));
        return;
    }
    c->refer.state = cell.next;
    if (cell.next == UA_REFER_OVER)
        heap_disarm(&c->acc->core->heap, &c->refer.timer);
    act(c, now, cell.action);
}

/* ------------------------------------------------------------- commands */

/* Whom the peer shall call in place of our other call: its GRUU if it has
 * one, else the address that we know it by, which every proxy can route. */
static void put_peer(struct out *o, const struct ua_call *other)
{
    const struct sip_dialog *d = &other->leg[other->chosen];
    struct slice peer = other->peer, value;
    struct sip_uri uri;

    if (!sip_uri_parse(&uri, d->target, NULL) &&
        sip_uri_param(&uri, S("gr"), &value))
        peer = d->target;
    if (sip_uri_parse(&uri, peer, NULL)) {
        out_fail(o, E_SYNTAX);
        return;
    }
    ua_ask_put_target(o, other->acc, &uri);
}

static int put_attended(struct out *o, const struct ua_call *c, uint64_t id)
{
    const struct ua_call *other = idtab_get(&c->acc->core->call_ids, id);
    char text[TARGET_MAX / 2];
    struct out name = out_of(text, sizeof(text));

    if (!other || other == c || other->acc != c->acc ||
        other->state != UA_CALL_ESTABLISHED || other->chosen < 0)
        return E_STATE;
    sip_dialog_id_write(&name, &other->leg[other->chosen]);
    put_peer(o, other);
    out_lit(o, "?Replaces=");
    sip_write_uri_header(o, out_slice(&name));
    return name.err ? name.err : o->err;
}

int ua_refer_start(struct ua_call *c, struct now now, struct slice target,
                   uint64_t other)
{
    struct ua_refer *r = &c->refer;
    char text[TARGET_MAX];
    struct out o = out_of(text, sizeof(text));
    int err = 0;

    if (c->state != UA_CALL_ESTABLISHED || c->chosen < 0 ||
        ua_refer_step(r->state, UA_REFER_EV_START).action & UA_REFER_DO_REFUSE)
        return E_STATE;
    out_char(&o, '<');
    if (target.n)
        out_put(&o, target);
    else
        err = put_attended(&o, c, other);
    out_char(&o, '>');
    if (!err)
        err = o.err;
    ua_callwrite_drop(c, &r->to);
    if (!err)
        err = env_copy(c->acc->env, &r->to, out_slice(&o));
    if (err)
        return err;
    r->challenges = r->status = 0;
    r->expires = UA_REFER_EXPIRES;
    cause_set(&r->cause, CAUSE_none);
    step(c, now, UA_REFER_EV_START);
    return 0;
}

/* ------------------------------------------------------------ responses */

static bool no_subscription(const struct sip_msg *res)
{
    const struct sip_hdr *h = sip_msg_hdr(res, SIP_HDR_REFER_SUB, NULL);

    return h && slice_istarts(h->value, S("false"));
}

static void refused(struct ua_call *c, struct now now,
                    const struct sip_msg *res, bool timed_out)
{
    struct ua_refer *r = &c->refer;

    if (res)
        r->status = res->status;
    else
        r->status = timed_out ? 408 : 503;
    if (r->cause.code == CAUSE_none)
        cause_set(&r->cause,
                  res ? CAUSE_call_transfer_refused : CAUSE_call_timeout);
    step(c, now, UA_REFER_EV_REFUSED);
    if (res && (res->status == 408 || res->status == 481))
        ua_call_fail(c, now, CAUSE_call_no_answer, UA_CALL_EV_FAIL);
}

static void heard(struct ua_account *acc, struct now now,
                  const struct ua_txn *was, const struct sip_msg *res,
                  bool timed_out)
{
    struct ua_call *c = idtab_get(&acc->core->calls, was->call);
    struct ua_refer *r = c ? &c->refer : NULL;

    if (!c || c->over || r->txn != was->id || (res && res->status < 200))
        return;
    r->txn = 0;
    if (res && res->status < 300) {
        r->status = res->status;
        (void)sip_dialog_refresh(&c->leg[c->chosen], res);
        step(c, now,
             no_subscription(res) ? UA_REFER_EV_QUIET : UA_REFER_EV_OK);
        return;
    }
    if (res && r->state == UA_REFER_SENT &&
        ua_ask_challenged(acc, &r->challenges, res, false, &r->cause) ==
            UA_ASK_AGAIN) {
        send(c, now);
        return;
    }
    refused(c, now, res, timed_out);
}

/* -------------------------------------------------------------- NOTIFY */

/* RFC 3515 2.4.6: the id is the REFER's CSeq; it may be left out. */
static bool ours(const struct ua_refer *r, const struct sip_msg *msg)
{
    struct slice value;
    uint32_t id;

    if (r->state != UA_REFER_SENT && r->state != UA_REFER_WAITING)
        return false;
    if (!sip_param_get(msg->event.params, S("id"), &value))
        return true;
    return !slice_u32(&id, value, UINT32_MAX) && id == r->cseq;
}

static enum ua_refer_event read_body(struct ua_refer *r,
                                     const struct sip_msg *msg)
{
    struct slice phrase;
    unsigned status;

    if (!slice_ieq(msg->content_type.type, S("message")) ||
        !slice_ieq(msg->content_type.subtype, S("sipfrag")) ||
        sip_frag_status(msg->body, &status, &phrase))
        return UA_REFER_EVENT_COUNT;
    r->status = status;
    if (status < 200)
        return UA_REFER_EV_PROGRESS;
    if (status < 300)
        return UA_REFER_EV_DONE;
    cause_set(&r->cause, CAUSE_call_transfer_failed);
    return UA_REFER_EV_FAILED;
}

static void read_expires(struct ua_refer *r, const struct sip_msg *msg)
{
    struct slice value;
    uint32_t seconds;

    if (sip_param_get(msg->subscription_state.params, S("expires"), &value) &&
        !slice_u32(&seconds, value, UINT32_MAX))
        r->expires =
            seconds < UA_REFER_EXPIRES_MAX ? seconds : UA_REFER_EXPIRES_MAX;
}

void ua_refer_notify(struct ua_call *c, struct now now,
                     const struct sip_msg *msg)
{
    struct ua_refer *r = &c->refer;
    bool last = slice_ieq(msg->subscription_state.token, S("terminated"));
    enum ua_refer_event ev;

    if (!ours(r, msg)) {
        ua_receive_respond(c->acc, msg, 481);
        return;
    }
    ev = read_body(r, msg);
    if (ev == UA_REFER_EVENT_COUNT && msg->body.n) {
        ua_receive_respond(c->acc, msg, 400);
        return;
    }
    ua_receive_respond(c->acc, msg, 200);
    read_expires(r, msg);
    if (ev != UA_REFER_EVENT_COUNT)
        step(c, now, ev);
    if (last && (r->state == UA_REFER_SENT || r->state == UA_REFER_WAITING))
        step(c, now, UA_REFER_EV_END);
}

void ua_refer_timer(struct ua_core *core, struct now now, uint64_t id)
{
    struct ua_call *c = idtab_get(&core->calls, id);

    if (!c)
        return;
    step(c, now, UA_REFER_EV_TIMER);
    ua_call_settle(c);
}

void ua_refer_over(struct ua_call *c, struct now now)
{
    step(c, now, UA_REFER_EV_CALL_OVER);
}
