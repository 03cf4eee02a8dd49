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
#include "ua/refer.h"

enum { REPLACES_MAX = 1024 };

static void step(struct ua_call *c, struct now now, enum ua_referred_event ev);

/* --------------------------------------------------------------- NOTIFY */

struct note {
    const struct ua_call *c;
    uint32_t expires; /* what is left, seconds; 0: it ends */
};

static void put(struct out *o, const void *user)
{
    const struct note *n = user;
    char text[64];
    struct out v = out_of(text, sizeof(text));

    out_lit(&v, "refer;id=");
    out_u64(&v, n->c->referred.id);
    sip_write_hdr(o, SIP_HDR_EVENT, out_slice(&v));
    v = out_of(text, sizeof(text));
    out_put(&v, n->expires ? S("active;expires=")
                           : S("terminated;reason=noresource"));
    if (n->expires)
        out_u64(&v, n->expires);
    sip_write_hdr(o, SIP_HDR_SUBSCRIPTION_STATE, out_slice(&v));
}

static void heard(struct ua_account *acc, struct now now,
                  const struct ua_txn *was, const struct sip_msg *res,
                  bool timed_out);

/* The version says that it is a status line (RFC 3515 2.4.5). */
static void send(struct ua_call *c, struct now now)
{
    struct ua_referred *r = &c->referred;
    char text[128];
    struct out o = out_of(text, sizeof(text));
    int64_t left = (r->timer.at - now.boot) / 1000;
    const struct note note = {c, r->last || left <= 0 ? 0 : (uint32_t)left};
    const struct ua_ask ask = {.method = SIP_NOTIFY,
                               .dialog = &c->leg[c->chosen],
                               .contact = true,
                               .secure = c->secure,
                               .put = put,
                               .user = &note,
                               .type = S("message/sipfrag;version=2.0"),
                               .body = {text, 0},
                               .call = c->key,
                               .heard = heard};
    struct ua_ask full = ask;
    int err;

    r->pending = false;
    if (r->silent)
        return;
    out_lit(&o, "SIP/2.0 ");
    out_u64(&o, r->status);
    out_char(&o, ' ');
    out_put(&o, sip_status_phrase(r->status));
    out_lit(&o, "\r\n");
    full.body = out_slice(&o);
    err = ua_ask_send(c->acc, now, &full, &r->txn);
    r->pending = err == E_STATE;
    r->silent = err && err != E_STATE; /* the call is what counts */
}

static void notify(struct ua_call *c, struct now now, unsigned status,
                   bool last)
{
    struct ua_referred *r = &c->referred;

    r->status = status;
    r->last = last;
    r->challenges = 0;
    send(c, now);
}

/* Whoever does not want to hear of it has not called the transfer off. */
static void heard(struct ua_account *acc, struct now now,
                  const struct ua_txn *was, const struct sip_msg *res,
                  bool timed_out)
{
    struct ua_call *c = idtab_get(&acc->core->calls, was->call);
    struct ua_referred *r = c ? &c->referred : NULL;

    if (!c || c->over || r->txn != was->id || (res && res->status < 300))
        return;
    r->txn = 0;
    if (!res && !timed_out) {
        r->pending = true;
        return;
    }
    if (res && ua_ask_challenged(acc, &r->challenges, res, false, &r->cause) ==
                   UA_ASK_AGAIN)
        send(c, now);
    else
        r->silent = true;
}

/* -------------------------------------------------------------- actions */

static void tell(struct ua_call *c, int state)
{
    const struct ua_referred *r = &c->referred;
    const struct ua_call *made = idtab_get(&c->acc->core->calls, r->other);

    ua_callevent_transfer(
        c, &(struct ua_transfer_news){.state = state,
                                      .direction = SIPLOCK_DIR_IN,
                                      .status = r->status,
                                      .cause = &r->cause,
                                      .other = made ? made->id : 0,
                                      .target = r->to,
                                      .by = r->by});
}

/* The call that was asked for: a new one of the same account, on its flow,
 * whose media is of no lower class. */
static int make(struct ua_call *c, struct now now, uint64_t *id)
{
    struct ua_referred *r = &c->referred;
    struct ua_core *core = c->acc->core;
    char text[REPLACES_MAX];
    struct out o = out_of(text, sizeof(text));
    struct ua_call_ask ask = {.from = c, .referred_by = r->by};
    struct sip_uri uri;
    int err = sip_uri_parse(&uri, r->to, NULL);

    ask.target = &uri;
    if (!err && !sip_uri_header(&o, &uri, S("Replaces")))
        ask.replaces = out_slice(&o);
    if (!err)
        err = core->call_id ? core->call_id(core->call_id_user, id) : E_FULL;
    ask.id = *id;
    if (!err)
        err = ua_call_start(c->acc, now, &ask);
    return err;
}

static void follow(struct ua_call *c, struct now now)
{
    struct ua_referred *r = &c->referred;
    uint64_t id = 0;
    int err;

    r->other = 0;
    err = make(c, now, &id);
    if (!err)
        return;
    if (id)
        ua_callevent_unborn(c->acc, id);
    r->status = err == E_FULL ? 486 : 503;
    cause_set(&r->cause,
              err == E_FULL ? CAUSE_call_too_many : CAUSE_out_of_memory);
    step(c, now, UA_REFERRED_EV_FAILED);
}

static void act(struct ua_call *c, struct now now, unsigned action)
{
    struct ua_referred *r = &c->referred;
    int64_t wait = r->state == UA_REFERRED_ASKED ? UA_REFERRED_ASK_MS
                                                 : UA_REFER_EXPIRES * 1000;

    if (action & UA_REFERRED_DO_ARM)
        (void)heap_arm(&c->acc->core->heap, &r->timer, now.boot + wait);
    if (action & UA_REFERRED_DO_TRYING)
        notify(c, now, 100, false);
    if (action & UA_REFERRED_DO_TELL)
        tell(c, SIPLOCK_TRANSFER_ASKED);
    if (action & UA_REFERRED_DO_PROGRESS) {
        notify(c, now, r->status, false);
        tell(c, SIPLOCK_TRANSFER_PROGRESS);
    }
    if (action & (UA_REFERRED_DO_DONE | UA_REFERRED_DO_FAILED)) {
        notify(c, now, r->status, true);
        tell(c, action & UA_REFERRED_DO_DONE ? SIPLOCK_TRANSFER_DONE
                                             : SIPLOCK_TRANSFER_FAILED);
    }
    if (action & UA_REFERRED_DO_DECLINE)
        notify(c, now, 603, true);
    if (action & UA_REFERRED_DO_QUIET)
        notify(c, now, r->status, true);
    if (action & UA_REFERRED_DO_GONE) {
        cause_set(&r->cause, CAUSE_timed_out);
        tell(c, SIPLOCK_TRANSFER_FAILED);
    }
    if (action & UA_REFERRED_DO_FOLLOW) /* may step again: the last */
        follow(c, now);
}

static void step(struct ua_call *c, struct now now, enum ua_referred_event ev)
{
    struct ua_referred *r = &c->referred;
    struct ua_refer_cell cell = ua_referred_step(r->state, ev);

    if (cell.action & (UA_REFERRED_DO_ODD | UA_REFERRED_DO_REFUSE)) {
        LOG(c->acc->env, LOG_WARN, "referred.odd", LOG_NUM("state", r->state),
            LOG_NUM("event", ev));
        return;
    }
    r->state = cell.next;
    if (cell.next == UA_REFERRED_OVER)
        heap_disarm(&c->acc->core->heap, &r->timer);
    act(c, now, cell.action);
}

/* ---------------------------------------------------------------- REFER */

static bool asks_no_subscription(const struct sip_msg *msg)
{
    const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_REFER_SUB, NULL);

    return h && slice_istarts(h->value, S("false"));
}

static void accept(struct ua_call *c, const struct sip_msg *msg)
{
    char text[UA_MESSAGE_MAX];
    struct out o = out_of(text, sizeof(text));
    const struct sip_write_src src = {{0}, 0};

    sip_write_response(&o, msg, 202, slice_of(NULL, 0), &src);
    ua_callwrite_contact(&o, c);
    if (c->referred.silent)
        sip_write_hdr(&o, SIP_HDR_REFER_SUB, S("false"));
    ua_callwrite_able(&o, c);
    sip_write_body(&o, slice_of(NULL, 0), slice_of(NULL, 0));
    (void)ua_callwrite_send(c, &o, NULL);
}

/* What the policy says of a URI that somebody else wants us to call. */
static enum policy_why judge_target(const struct ua_call *c,
                                    const struct sip_uri *uri)
{
    const struct policy_target target = {
        .scheme = slice_of(uri->text.p, uri->scheme_n),
        .host = uri->host.text,
    };
    enum policy_why why = ua_uri_check(uri);

    if (why == POLICY_ALLOWED)
        why = policy_account_target(c->acc->core->policy, c->acc->policy_id,
                                    &target);
    if (why == POLICY_ALLOWED && c->secure && uri->scheme == SIP_SCHEME_SIP)
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

static unsigned judge(struct ua_call *c, unsigned leg,
                      const struct sip_msg *msg)
{
    const struct sip_uri *uri = &msg->refer_to->uri;
    enum policy_why why;
    unsigned status;

    if ((int)leg != c->chosen || c->state != UA_CALL_ESTABLISHED)
        return c->over ? 481 : 403;
    if (c->acc->transfer == SIPLOCK_TRANSFERS_REFUSED)
        return 603;
    if (ua_referred_step(c->referred.state, UA_REFERRED_EV_ASK).action &
        UA_REFERRED_DO_REFUSE)
        return 491;
    status = judge_uri(uri);
    if (status)
        return status;
    why = judge_target(c, uri);
    if (why != POLICY_ALLOWED)
        ua_event_refused(c->acc, why, c->id);
    if (why == POLICY_scheme_other)
        return 416;
    return why == POLICY_ALLOWED ? 0 : 403;
}

/* The subscription, with what of the REFER outlives it. */
static int begin(struct ua_call *c, const struct sip_msg *msg)
{
    struct ua_referred *r = &c->referred;
    const struct env *env = c->acc->env;
    int err;

    ua_callwrite_drop(c, &r->to);
    ua_callwrite_drop(c, &r->by);
    err = env_copy(env, &r->to, msg->refer_to->uri.text);
    if (!err && msg->referred_by)
        err = env_copy(env, &r->by, msg->referred_by->text);
    r->id = msg->cseq.num;
    r->silent = asks_no_subscription(msg);
    r->status = 0;
    r->other = 0;
    cause_set(&r->cause, CAUSE_none);
    return err;
}

void ua_referred_request(struct ua_call *c, struct now now, unsigned leg,
                         const struct sip_msg *msg)
{
    unsigned status = judge(c, leg, msg);

    if (!status && begin(c, msg))
        status = 503;
    if (status) {
        ua_receive_respond(c->acc, msg, status);
        return;
    }
    (void)sip_dialog_refresh(&c->leg[leg], msg);
    accept(c, msg);
    step(c, now,
         c->acc->transfer == SIPLOCK_TRANSFERS_FOLLOWED ? UA_REFERRED_EV_FOLLOW
                                                        : UA_REFERRED_EV_ASK);
}

int ua_referred_decide(struct ua_call *c, struct now now, bool yes)
{
    if (c->referred.state != UA_REFERRED_ASKED)
        return E_STATE;
    step(c, now, yes ? UA_REFERRED_EV_ACCEPT : UA_REFERRED_EV_REJECT);
    return 0;
}

/* ------------------------------------------------------------- the call */

void ua_referred_hear(struct ua_call *made, struct now now, int state)
{
    struct ua_core *core = made->acc->core;
    struct ua_call *c =
        made->other ? idtab_get(&core->calls, made->other) : NULL;
    struct ua_referred *r = c ? &c->referred : NULL;

    if (!c || c->over || r->other != made->key)
        return;
    if (state == SIPLOCK_CALL_CALLING) {
        tell(c, SIPLOCK_TRANSFER_ACCEPTED);
        return;
    }
    r->status = made->status;
    if (state == SIPLOCK_CALL_ESTABLISHED) {
        r->status = 200;
        step(c, now, UA_REFERRED_EV_DONE);
    } else if (state != SIPLOCK_CALL_ENDED) {
        step(c, now, UA_REFERRED_EV_PROGRESS);
    } else {
        if (r->status < 300)
            r->status = 503;
        r->cause = made->cause;
        step(c, now, UA_REFERRED_EV_FAILED);
    }
    ua_call_settle(c);
}

void ua_referred_timer(struct ua_core *core, struct now now, uint64_t id)
{
    struct ua_call *c = idtab_get(&core->calls, id);

    if (!c)
        return;
    step(c, now, UA_REFERRED_EV_TIMER);
    ua_call_settle(c);
}

void ua_referred_flow_up(struct ua_call *c, struct now now)
{
    if (c->referred.pending)
        send(c, now);
}

void ua_referred_over(struct ua_call *c, struct now now)
{
    step(c, now, UA_REFERRED_EV_CALL_OVER);
}
