/* SPDX-License-Identifier: Apache-2.0 */
/* Transfers that we ask for: REFER out, what its NOTIFYs tell. */
#include "ua/refer.h"

#include "sip/base/err.h"
#include "sip/dialogid.h"
#include "ua/ask.h"
#include "ua/call.h"
#include "ua/receive.h"
#include "ua/reference.h"
#include "ua/request.h"

enum { TARGET_MAX = 1024 };

struct ua_account *ua_refer_account(const struct ua_refer_owner *of)
{
    return *of->acc;
}

/* ----------------------------------------------------------------- sent */

static void put(struct out *o, const void *user)
{
    const struct ua_refer *r = user;
    struct sip_uri aor = ua_request_aor(ua_refer_account(&r->of));
    const struct sip_waddr us = {.uri = &aor};

    sip_write_hdr(o, SIP_HDR_REFER_TO, r->to);
    sip_write_addr(o, SIP_HDR_REFERRED_BY, &us);
    if (r->quiet)
        sip_write_hdr(o, SIP_HDR_REFER_SUB, S("false"));
    if (r->apart && r->about.n)
        sip_write_hdr(o, SIP_HDR_TARGET_DIALOG, r->about);
}

static void heard(struct ua_account *acc, struct now now,
                  const struct ua_txn *was, const struct sip_msg *res,
                  bool timed_out);

static int send_apart(struct ua_refer *r, struct now now, struct ua_ask *ask)
{
    struct ua_apart *a = r->apart;

    ask->target = a->target;
    ask->call_id = slice_of(a->call_id, sizeof(a->call_id));
    ask->tag = slice_of(a->tag, sizeof(a->tag));
    ask->secure = slice_istarts(a->target, S("sips:"));
    ask->cseq = r->cseq = ++a->cseq;
    ask->sid = &a->sid;
    return ua_ask_send(ua_refer_account(&r->of), now, ask, &r->txn);
}

static int send_within(struct ua_refer *r, struct now now, struct ua_ask *ask)
{
    struct ua_call *c = r->of.call;
    int err;

    if (!c)
        return E_STATE;
    ask->dialog = &c->leg[c->chosen];
    ask->secure = c->secure;
    ask->sid = ua_callwrite_sid(c);
    err = ua_ask_send(ua_refer_account(&r->of), now, ask, &r->txn);
    r->cseq = ask->dialog->local_cseq;
    return err;
}

void ua_refer_send(struct ua_refer *r, struct now now)
{
    struct ua_ask ask = {.method = SIP_REFER,
                         .contact = true,
                         .put = put,
                         .user = r,
                         .call = r->of.call ? r->of.call->key : 0,
                         .owner = r->of.ref ? r->of.ref->key : 0,
                         .heard = heard};
    int err = r->apart ? send_apart(r, now, &ask) : send_within(r, now, &ask);

    if (!err)
        return;
    cause_set(&r->cause,
              err == E_STATE ? CAUSE_connect_dead : CAUSE_out_of_memory);
    ua_refer_step(r, now, UA_REFER_EV_REFUSED);
}

/* ------------------------------------------------------------- actions */

static void tell(struct ua_refer *r, int state)
{
    ua_callevent_transfer(
        &r->of, &(struct ua_transfer_news){.state = state,
                                           .direction = SIPLOCK_DIR_OUT,
                                           .status = r->status,
                                           .cause = &r->cause,
                                           .target = r->to});
}

static void act(struct ua_refer *r, struct now now, unsigned action)
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
            tell(r, told[i].state);
    if (action & UA_REFER_DO_ARM)
        (void)heap_arm(&ua_refer_account(&r->of)->core->heap, &r->timer,
                       now.boot + (int64_t)r->expires * 1000);
    /* The rest may step again, so each is the last. */
    if (action & UA_REFER_DO_SEND)
        ua_refer_send(r, now);
    else if (action & UA_REFER_DO_HANGUP && r->of.call)
        (void)ua_call_hangup(r->of.call, now, 0);
}

void ua_refer_step(struct ua_refer *r, struct now now, enum ua_refer_event ev)
{
    struct ua_refer_cell cell = ua_refertable_out(r->state, ev);

    if (cell.action & (UA_REFER_DO_ODD | UA_REFER_DO_REFUSE)) {
        LOG(ua_refer_account(&r->of)->env, LOG_WARN, "refer.odd",
            LOG_NUM("state", r->state), LOG_NUM("event", ev));
        return;
    }
    r->state = cell.next;
    if (cell.next == UA_REFER_OVER)
        heap_disarm(&ua_refer_account(&r->of)->core->heap, &r->timer);
    act(r, now, cell.action);
}

void ua_refer_free(struct ua_refer *r)
{
    heap_disarm(&ua_refer_account(&r->of)->core->heap, &r->timer);
    env_drop(ua_refer_account(&r->of)->env, &r->to);
    env_drop(ua_refer_account(&r->of)->env, &r->about);
    ua_apart_free(r);
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

static int go(struct ua_refer *r, struct now now, struct slice value)
{
    int err;

    env_drop(ua_refer_account(&r->of)->env, &r->to);
    err = env_copy(ua_refer_account(&r->of)->env, &r->to, value);
    if (err)
        return err;
    r->challenges = r->status = 0;
    r->expires = UA_REFER_EXPIRES;
    cause_set(&r->cause, CAUSE_none);
    ua_refer_step(r, now, UA_REFER_EV_START);
    return 0;
}

/* RFC 7647 4: to a peer with a GRUU outside of the call's dialog, and the
 * dialog is named. */
static int leave_dialog(struct ua_refer *r)
{
    const struct ua_call *c = r->of.call;
    const struct sip_dialog *d = &c->leg[c->chosen];
    char text[TARGET_MAX];
    struct out o = out_of(text, sizeof(text));
    struct sip_uri uri;
    struct slice value;

    ua_apart_free(r);
    env_drop(ua_refer_account(&r->of)->env, &r->about);
    if (sip_uri_parse(&uri, d->target, NULL) || uri.headers.n ||
        !sip_uri_param(&uri, S("gr"), &value))
        return 0;
    sip_dialog_id_name(&o, d);
    if (o.err) /* it can be done without */
        return 0;
    if (env_copy(ua_refer_account(&r->of)->env, &r->about, out_slice(&o)))
        return E_NOMEM;
    return ua_apart_new(r, d->target);
}

int ua_refer_start(struct ua_call *c, struct now now, struct slice target,
                   uint64_t other)
{
    struct ua_refer *r = &c->refer;
    char text[TARGET_MAX];
    struct out o = out_of(text, sizeof(text));
    int err = 0;

    if (c->state != UA_CALL_ESTABLISHED || c->chosen < 0 ||
        ua_refertable_out(r->state, UA_REFER_EV_START).action &
            UA_REFER_DO_REFUSE)
        return E_STATE;
    out_char(&o, '<');
    if (target.n)
        out_put(&o, target);
    else
        err = put_attended(&o, c, other);
    out_char(&o, '>');
    if (!err)
        err = o.err;
    if (!err)
        err = leave_dialog(r);
    return err ? err : go(r, now, out_slice(&o));
}

/* ------------------------------------------------------------ responses */

static bool no_subscription(const struct sip_msg *res)
{
    const struct sip_hdr *h = sip_msg_hdr(res, SIP_HDR_REFER_SUB, NULL);

    return h && slice_istarts(h->value, S("false"));
}

static void refused(struct ua_refer *r, struct now now,
                    const struct sip_msg *res, bool timed_out)
{
    struct ua_call *c = r->of.call;

    if (res)
        r->status = res->status;
    else
        r->status = timed_out ? 408 : 503;
    if (r->cause.code == CAUSE_none)
        cause_set(&r->cause,
                  res ? CAUSE_call_transfer_refused : CAUSE_call_timeout);
    ua_refer_step(r, now, UA_REFER_EV_REFUSED);
    if (c && !r->apart && res && (res->status == 408 || res->status == 481))
        ua_call_fail(c, now, CAUSE_call_no_answer, UA_CALL_EV_FAIL);
}

static void accepted(struct ua_refer *r, struct now now,
                     const struct sip_msg *res)
{
    struct ua_call *c = r->of.call;

    r->status = res->status;
    if (!r->apart)
        (void)sip_dialog_refresh(&c->leg[c->chosen], res);
    ua_refer_step(r, now,
                  no_subscription(res) ? UA_REFER_EV_QUIET : UA_REFER_EV_OK);
}

/* A peer that has a GRUU and knows no REFER but that in its dialog. */
static bool goes_within(struct ua_refer *r, struct now now)
{
    if (!r->of.call || !r->apart || r->state != UA_REFER_SENT)
        return false;
    ua_apart_free(r);
    r->challenges = 0;
    ua_refer_send(r, now);
    return true;
}

static void answered(struct ua_refer *r, struct now now,
                     const struct sip_msg *res)
{
    if (res->status < 300) {
        accepted(r, now, res);
        return;
    }
    if (r->state == UA_REFER_SENT) {
        switch (ua_ask_challenged(ua_refer_account(&r->of), &r->challenges,
                                  res, r->of.ref != NULL, &r->cause)) {
        case UA_ASK_AGAIN:
            ua_refer_send(r, now);
            return;
        case UA_ASK_WAIT:
            r->of.ref->asking = true;
            return;
        case UA_ASK_NO:
            break;
        }
    }
    if (!goes_within(r, now))
        refused(r, now, res, false);
}

static void heard(struct ua_account *acc, struct now now,
                  const struct ua_txn *was, const struct sip_msg *res,
                  bool timed_out)
{
    struct ua_call *c = idtab_get(&acc->core->calls, was->call);
    struct ua_reference *ref = idtab_get(&acc->core->references, was->owner);
    struct ua_refer *r = ref ? &ref->refer : c ? &c->refer : NULL;

    if (!r || (c && c->over) || r->txn != was->id ||
        (res && res->status < 200))
        return;
    r->txn = 0;
    if (res && r->apart)
        ua_sid_heard(&r->apart->sid, res);
    if (res)
        answered(r, now, res);
    else
        refused(r, now, NULL, timed_out);
    if (ref)
        ua_reference_settle(ref);
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

void ua_refer_notify(struct ua_refer *r, struct now now,
                     const struct sip_msg *msg)
{
    bool last = slice_ieq(msg->subscription_state.token, S("terminated"));
    enum ua_refer_event ev;

    if (!ours(r, msg)) {
        ua_receive_respond(ua_refer_account(&r->of), msg, 481);
        return;
    }
    ev = read_body(r, msg);
    if (ev == UA_REFER_EVENT_COUNT && msg->body.n) {
        ua_receive_respond(ua_refer_account(&r->of), msg, 400);
        return;
    }
    ua_receive_respond(ua_refer_account(&r->of), msg, 200);
    read_expires(r, msg);
    if (ev != UA_REFER_EVENT_COUNT)
        ua_refer_step(r, now, ev);
    if (last && (r->state == UA_REFER_SENT || r->state == UA_REFER_WAITING))
        ua_refer_step(r, now, UA_REFER_EV_END);
}

void ua_refer_timer(struct ua_core *core, struct now now, uint64_t id)
{
    struct ua_call *c = idtab_get(&core->calls, id);

    if (!c)
        return;
    ua_refer_step(&c->refer, now, UA_REFER_EV_TIMER);
    ua_call_settle(c);
}
