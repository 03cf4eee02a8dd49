/* SPDX-License-Identifier: Apache-2.0 */
/* Transfers that are asked of us: REFER in, the call that follows it. */
#include "sip/base/err.h"
#include "sip/dialogid.h"
#include "sip/status.h"
#include "ua/ask.h"
#include "ua/call.h"
#include "ua/event.h"
#include "ua/flow.h"
#include "ua/receive.h"
#include "ua/reference.h"
#include "ua/request.h"

enum { REPLACES_MAX = 1024 };

/* --------------------------------------------------------------- NOTIFY */

struct note {
    const struct ua_referred *r;
    uint32_t expires; /* what is left, seconds; 0: it ends */
};

static void put(struct out *o, const void *user)
{
    const struct note *n = user;
    char text[64];
    struct out v = out_of(text, sizeof(text));

    out_lit(&v, "refer;id=");
    out_u64(&v, n->r->id);
    sip_write_hdr(o, SIP_HDR_EVENT, out_slice(&v));
    v = out_of(text, sizeof(text));
    if (n->expires)
        out_lit(&v, "active;expires=");
    else if (n->r->expired)
        out_lit(&v, "terminated;reason=timeout");
    else
        out_lit(&v, "terminated;reason=noresource");
    if (n->expires)
        out_u64(&v, n->expires);
    sip_write_hdr(o, SIP_HDR_SUBSCRIPTION_STATE, out_slice(&v));
}

static struct sip_dialog *dialog_of(const struct ua_referred *r)
{
    struct ua_call *c = r->of.call;

    if (r->own || !c)
        return r->own;
    return &c->leg[c->chosen];
}

static const struct ua_sid *sid_of(const struct ua_referred *r)
{
    const struct ua_call *c = r->of.call;

    return r->own || !c ? &r->sid : ua_callwrite_sid(c);
}

static void heard(struct ua_account *acc, struct now now,
                  const struct ua_txn *was, const struct sip_msg *res,
                  bool timed_out);

/* The version says that it is a status line (RFC 3515 2.4.5). */
static void send(struct ua_referred *r, struct now now)
{
    char text[128];
    struct out o = out_of(text, sizeof(text));
    int64_t left = (r->timer.at - now.boot) / 1000;
    const struct note note = {r, r->last || left <= 0 ? 0 : (uint32_t)left};
    struct ua_ask ask = {.method = SIP_NOTIFY,
                         .contact = true,
                         .dialog = dialog_of(r),
                         .put = put,
                         .user = &note,
                         .type = S("message/sipfrag;version=2.0"),
                         .call = r->of.call ? r->of.call->key : 0,
                         .owner = r->of.ref ? r->of.ref->key : 0,
                         .heard = heard};
    int err;

    r->pending = false;
    if (r->silent || !ask.dialog)
        return;
    out_lit(&o, "SIP/2.0 ");
    out_u64(&o, r->status);
    out_char(&o, ' ');
    out_put(&o, sip_status_phrase(r->status));
    out_lit(&o, "\r\n");
    ask.secure = ask.dialog->secure;
    ask.sid = sid_of(r);
    ask.body = out_slice(&o);
    err = ua_ask_send(ua_refer_account(&r->of), now, &ask, &r->txn);
    r->pending = err == E_STATE;
    r->silent = err && err != E_STATE; /* the call is what counts */
}

static void notify(struct ua_referred *r, struct now now, unsigned status,
                   bool last)
{
    r->status = status;
    r->last = last;
    r->challenges = 0;
    send(r, now);
}

/* Whoever does not want to hear of it has not called the transfer off. */
static void heard(struct ua_account *acc, struct now now,
                  const struct ua_txn *was, const struct sip_msg *res,
                  bool timed_out)
{
    struct ua_call *c = idtab_get(&acc->core->calls, was->call);
    struct ua_reference *ref = idtab_get(&acc->core->references, was->owner);
    struct ua_referred *r = ref ? &ref->referred : c ? &c->referred : NULL;

    if (!r || (c && c->over) || r->txn != was->id ||
        (res && res->status < 200))
        return;
    r->txn = 0;
    if (!res && !timed_out)
        r->pending = true;
    else if (res && res->status >= 300 &&
             ua_ask_challenged(acc, &r->challenges, res, false, &r->cause) ==
                 UA_ASK_AGAIN)
        send(r, now);
    else if (!res || res->status >= 300)
        r->silent = true;
    if (ref)
        ua_reference_settle(ref);
}

/* -------------------------------------------------------------- actions */

static void tell(struct ua_referred *r, int state)
{
    const struct ua_call *made =
        idtab_get(&ua_refer_account(&r->of)->core->calls, r->other);

    ua_callevent_transfer(
        &r->of, &(struct ua_transfer_news){.state = state,
                                           .direction = SIPLOCK_DIR_IN,
                                           .status = r->status,
                                           .cause = &r->cause,
                                           .other = made ? made->id : 0,
                                           .target = r->to,
                                           .by = r->by});
}

/* The call that was asked for: a new one of the same account, on its flow,
 * whose media is of no lower class. */
static int make(struct ua_referred *r, struct now now, uint64_t *id)
{
    struct ua_core *core = ua_refer_account(&r->of)->core;
    char text[REPLACES_MAX];
    struct out o = out_of(text, sizeof(text));
    struct ua_call_ask ask = {.referred = r, .referred_by = r->by};
    struct sip_uri uri;
    int err = sip_uri_parse(&uri, r->to, NULL);

    ask.target = &uri;
    if (!err && !sip_uri_header(&o, &uri, S("Replaces")))
        ask.replaces = out_slice(&o);
    if (!err)
        err = core->call_id ? core->call_id(core->call_id_user, id) : E_FULL;
    ask.id = *id;
    if (!err)
        err = ua_call_start(ua_refer_account(&r->of), now, &ask);
    return err;
}

static void follow(struct ua_referred *r, struct now now)
{
    uint64_t id = 0;
    int err;

    r->other = 0;
    err = make(r, now, &id);
    if (!err)
        return;
    if (id)
        ua_callevent_unborn(ua_refer_account(&r->of), id);
    r->status = err == E_FULL ? 486 : 503;
    cause_set(&r->cause,
              err == E_FULL ? CAUSE_call_too_many : CAUSE_out_of_memory);
    ua_referred_step(r, now, UA_REFERRED_EV_FAILED);
}

static void end_well_or_not(struct ua_referred *r, struct now now,
                            unsigned action)
{
    notify(r, now, r->status, true);
    tell(r, action & UA_REFERRED_DO_DONE ? SIPLOCK_TRANSFER_DONE
                                         : SIPLOCK_TRANSFER_FAILED);
}

static void act(struct ua_referred *r, struct now now, unsigned action)
{
    int64_t wait = r->state == UA_REFERRED_ASKED ? UA_REFERRED_ASK_MS
                                                 : UA_REFER_EXPIRES * 1000;

    if (action & UA_REFERRED_DO_ARM)
        (void)heap_arm(&ua_refer_account(&r->of)->core->heap, &r->timer,
                       now.boot + wait);
    if (action & UA_REFERRED_DO_TRYING)
        notify(r, now, 100, false);
    if (action & UA_REFERRED_DO_TELL)
        tell(r, SIPLOCK_TRANSFER_ASKED);
    if (action & UA_REFERRED_DO_PROGRESS) {
        notify(r, now, r->status, false);
        tell(r, SIPLOCK_TRANSFER_PROGRESS);
    }
    if (action & (UA_REFERRED_DO_DONE | UA_REFERRED_DO_FAILED))
        end_well_or_not(r, now, action);
    if (action & UA_REFERRED_DO_DECLINE)
        notify(r, now, 603, true);
    if (action & UA_REFERRED_DO_QUIET) {
        r->expired = true;
        notify(r, now, r->status, true);
    }
    if (action & UA_REFERRED_DO_GONE) {
        cause_set(&r->cause, CAUSE_timed_out);
        tell(r, SIPLOCK_TRANSFER_FAILED);
    }
    if (action & UA_REFERRED_DO_FOLLOW) /* may step again: the last */
        follow(r, now);
}

void ua_referred_step(struct ua_referred *r, struct now now,
                      enum ua_referred_event ev)
{
    struct ua_refer_cell cell = ua_refertable_in(r->state, ev);

    if (cell.action & (UA_REFERRED_DO_ODD | UA_REFERRED_DO_REFUSE)) {
        LOG(ua_refer_account(&r->of)->env, LOG_WARN, "referred.odd",
            LOG_NUM("state", r->state), LOG_NUM("event", ev));
        return;
    }
    r->state = cell.next;
    if (cell.next == UA_REFERRED_OVER)
        heap_disarm(&ua_refer_account(&r->of)->core->heap, &r->timer);
    act(r, now, cell.action);
}

static void drop_own(struct ua_referred *r)
{
    if (r->own)
        sip_dialog_free(r->own);
    env_free(ua_refer_account(&r->of)->env, r->own);
    r->own = NULL;
}

void ua_referred_free(struct ua_referred *r)
{
    heap_disarm(&ua_refer_account(&r->of)->core->heap, &r->timer);
    env_drop(ua_refer_account(&r->of)->env, &r->to);
    env_drop(ua_refer_account(&r->of)->env, &r->by);
    drop_own(r);
}

/* ---------------------------------------------------------------- REFER */

static bool asks_no_subscription(const struct sip_msg *msg)
{
    const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_REFER_SUB, NULL);

    return h && slice_istarts(h->value, S("false"));
}

/* RFC 7647 5: 200, not 202. expires: of a SUBSCRIBE's; negative: none. */
static void accept(struct ua_referred *r, const struct sip_msg *msg,
                   int64_t expires)
{
    char text[UA_MESSAGE_MAX];
    struct out o = out_of(text, sizeof(text));
    const struct sip_write_src src = {{0}, 0};
    struct ua_account *acc = ua_refer_account(&r->of);
    const struct sip_dialog *d = dialog_of(r);
    int err;

    sip_write_response(&o, msg, 200,
                       r->own ? r->own->local_tag : slice_of(NULL, 0), &src);
    ua_binding_put_contact(&o, acc, d && d->secure, false);
    if (expires >= 0)
        sip_write_u32(&o, SIP_HDR_EXPIRES, (uint32_t)expires);
    else if (r->silent)
        sip_write_hdr(&o, SIP_HDR_REFER_SUB, S("false"));
    ua_sid_put(&o, sid_of(r));
    ua_request_put_able(&o, acc);
    sip_write_body(&o, slice_of(NULL, 0), slice_of(NULL, 0));
    err = o.err ? o.err : ua_flow_send(acc->flow, out_slice(&o));
    if (!err)
        acc->core->counts.messages_out++;
}

/* What the policy says of a URI that somebody else wants us to call. */
static enum policy_why judge_target(const struct ua_referred *r, bool secure,
                                    const struct sip_uri *uri)
{
    enum policy_why why = ua_check_target(ua_refer_account(&r->of), uri);

    if (why == POLICY_ALLOWED && secure && uri->scheme == SIP_SCHEME_SIP)
        why = POLICY_sips_to_sip;
    return why;
}

/* Is it an INVITE that it asks for, with a Replaces that can be read? */
static unsigned judge_uri(const struct sip_uri *uri)
{
    char text[REPLACES_MAX];
    struct out o = out_of(text, sizeof(text));
    struct sip_dialog_id id;
    struct slice method;
    int err;

    if (sip_uri_param(uri, S("method"), &method) &&
        !slice_eq(method, S("INVITE")))
        return 603;
    err = sip_uri_header(&o, uri, S("Replaces"));
    if (err == E_NOTFOUND)
        return 0;
    return err || sip_dialog_id_replaces(&id, out_slice(&o)) ? 400 : 0;
}

/* What it says, wherever it came from; secure: that was sips. */
static unsigned judge(struct ua_referred *r, const struct sip_msg *msg,
                      bool secure)
{
    const struct sip_uri *uri = &msg->refer_to->uri;
    enum policy_why why;
    unsigned status;

    if (ua_refertable_in(r->state, UA_REFERRED_EV_ASK).action &
        UA_REFERRED_DO_REFUSE)
        return 491;
    status = judge_uri(uri);
    if (status)
        return status;
    why = judge_target(r, secure, uri);
    if (why != POLICY_ALLOWED)
        ua_event_refused(ua_refer_account(&r->of), why,
                         r->of.call ? r->of.call->id : 0);
    if (why == POLICY_scheme_other)
        return 416;
    return why == POLICY_ALLOWED ? 0 : 403;
}

/* The subscription, with what of the REFER outlives it. */
static int begin(struct ua_referred *r, const struct sip_msg *msg)
{
    const struct env *env = ua_refer_account(&r->of)->env;
    int err;

    env_drop(ua_refer_account(&r->of)->env, &r->to);
    env_drop(ua_refer_account(&r->of)->env, &r->by);
    drop_own(r);
    ua_txn_forget(ua_refer_account(&r->of), r->txn);
    err = env_copy(env, &r->to, msg->refer_to->uri.text);
    if (!err && msg->referred_by)
        err = env_copy(env, &r->by, msg->referred_by->text);
    r->id = msg->cseq.num;
    r->silent = asks_no_subscription(msg);
    r->expired = false;
    r->status = 0;
    r->other = r->txn = 0;
    cause_set(&r->cause, CAUSE_none);
    return err;
}

void ua_referred_begin(struct ua_referred *r, struct now now,
                       const struct sip_msg *msg, int transfers)
{
    accept(r, msg, -1);
    ua_referred_step(r, now,
                     transfers == SIPLOCK_TRANSFERS_FOLLOWED
                         ? UA_REFERRED_EV_FOLLOW
                         : UA_REFERRED_EV_ASK);
}

void ua_referred_request(struct ua_call *c, struct now now, unsigned leg,
                         const struct sip_msg *msg)
{
    struct ua_referred *r = &c->referred;
    unsigned status = 0;

    if ((int)leg != c->chosen || c->state != UA_CALL_ESTABLISHED)
        status = c->over ? 481 : 403;
    else if (c->acc->transfer == SIPLOCK_TRANSFERS_REFUSED)
        status = 603;
    if (!status)
        status = judge(r, msg, c->secure);
    if (!status && begin(r, msg))
        status = 503;
    if (status) {
        ua_receive_respond(c->acc, msg, status);
        return;
    }
    (void)sip_dialog_refresh(&c->leg[leg], msg);
    ua_referred_begin(r, now, msg, c->acc->transfer);
}

int ua_referred_decide(struct ua_referred *r, struct now now, bool yes)
{
    if (r->state != UA_REFERRED_ASKED)
        return E_STATE;
    ua_referred_step(r, now,
                     yes ? UA_REFERRED_EV_ACCEPT : UA_REFERRED_EV_REJECT);
    return 0;
}

/* ------------------------------------------------------ a dialog of its own
 */

/* The dialog that the REFER makes, for its NOTIFYs (RFC 3515 2.4.4). */
static unsigned make_own(struct ua_referred *r, const struct sip_msg *msg)
{
    const struct env *env = ua_refer_account(&r->of)->env;
    char tag[2 * UA_TOKEN_N];
    int err = env_rand_hex(env, tag, UA_TOKEN_N);

    r->own = env_alloc(env, sizeof(*r->own));
    if (err || !r->own)
        return 503;
    err = sip_dialog_uas(r->own, env, msg, slice_of(tag, sizeof(tag)));
    if (!err)
        err = sip_dialog_confirm(r->own, NULL);
    if (!err && r->of.call)
        r->sid = *ua_callwrite_sid(r->of.call);
    else if (!err)
        err = ua_sid_new(&r->sid, env);
    ua_sid_heard(&r->sid, msg);
    if (err)
        drop_own(r);
    return !err ? 0 : err == E_NOMEM ? 503 : 400;
}

unsigned ua_referred_apart(struct ua_referred *r, const struct sip_msg *msg)
{
    unsigned status = judge(r, msg, msg->uri.scheme == SIP_SCHEME_SIPS);

    if (!status && begin(r, msg))
        status = 503;
    return status ? status : make_own(r, msg);
}

/* RFC 3515 2.4.4: the subscription lasts longer, or ends. */
static void subscribed(struct ua_referred *r, struct now now,
                       const struct sip_msg *msg)
{
    uint32_t expires = UA_REFER_EXPIRES;

    if (msg->has & SIP_HAS_EXPIRES && msg->expires < expires)
        expires = msg->expires;
    accept(r, msg, expires);
    if (r->state == UA_REFERRED_FOLLOWING && expires)
        (void)heap_arm(&ua_refer_account(&r->of)->core->heap, &r->timer,
                       now.boot + (int64_t)expires * 1000);
    r->expired = !expires;
    notify(r, now, r->status ? r->status : 100, r->last || !expires);
    r->silent = r->silent || !expires;
}

void ua_referred_within(struct ua_referred *r, struct now now,
                        const struct sip_msg *msg)
{
    struct ua_account *acc = ua_refer_account(&r->of);

    ua_sid_heard(&r->sid, msg);
    acc->core->sid = &r->sid;
    if (sip_dialog_received(r->own, msg))
        ua_receive_respond(acc, msg, 500);
    else if (msg->method == SIP_SUBSCRIBE && !r->silent &&
             slice_eq(msg->event.token, S("refer")))
        subscribed(r, now, msg);
    else if (msg->method != SIP_ACK)
        ua_receive_respond(acc, msg, msg->method == SIP_SUBSCRIBE ? 481 : 405);
    acc->core->sid = NULL;
}

/* ------------------------------------------------------------- the call */

/* Who had asked for that call, or NULL. */
static struct ua_referred *asked_for(const struct ua_call *made)
{
    struct ua_core *core = made->acc->core;
    struct ua_call *c =
        made->other ? idtab_get(&core->calls, made->other) : NULL;
    struct ua_reference *ref =
        made->reference ? idtab_get(&core->references, made->reference) : NULL;
    struct ua_referred *r = ref ? &ref->referred : c ? &c->referred : NULL;

    return r && !(c && c->over) && r->other == made->key ? r : NULL;
}

void ua_referred_hear(struct ua_call *made, struct now now, int state)
{
    struct ua_referred *r = asked_for(made);

    if (!r)
        return;
    if (state == SIPLOCK_CALL_CALLING) {
        tell(r, SIPLOCK_TRANSFER_ACCEPTED);
        return;
    }
    r->status = made->status;
    if (state == SIPLOCK_CALL_ESTABLISHED) {
        r->status = 200;
        ua_referred_step(r, now, UA_REFERRED_EV_DONE);
    } else if (state != SIPLOCK_CALL_ENDED) {
        ua_referred_step(r, now, UA_REFERRED_EV_PROGRESS);
    } else {
        if (r->status < 300)
            r->status = 503;
        r->cause = made->cause;
        ua_referred_step(r, now, UA_REFERRED_EV_FAILED);
    }
    if (r->of.ref)
        ua_reference_settle(r->of.ref);
    else
        ua_call_settle(r->of.call);
}

void ua_referred_timer(struct ua_core *core, struct now now, uint64_t id)
{
    struct ua_call *c = idtab_get(&core->calls, id);

    if (!c)
        return;
    ua_referred_step(&c->referred, now, UA_REFERRED_EV_TIMER);
    ua_call_settle(c);
}

void ua_referred_flow_up(struct ua_referred *r, struct now now)
{
    if (r->pending)
        send(r, now);
}

/* With a dialog of its own the subscription is told how it ended. */
void ua_referred_over(struct ua_call *c, struct now now)
{
    struct ua_referred *r = &c->referred;

    ua_referred_step(r, now,
                     r->own && (r->state == UA_REFERRED_ASKED ||
                                r->state == UA_REFERRED_FOLLOWING)
                         ? UA_REFERRED_EV_TIMER
                         : UA_REFERRED_EV_CALL_OVER);
}
