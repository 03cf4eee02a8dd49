/* SPDX-License-Identifier: Apache-2.0 */
/* The actions of the subscriber's table. */
#include "ua/sub.h"

#include "sip/base/err.h"
#include "ua/ask.h"
#include "ua/event.h"
#include "ua/flow.h"
#include "ua/request.h"
#include "ua/twin.h"

enum { SOON_MS = 1000 }; /* 4.1.3: "at once", spread a little */

/* ----------------------------------------------------------------- sent */

struct words {
    const struct ua_sub *s;
    uint32_t expires;
};

static void put(struct out *o, const void *user)
{
    const struct words *w = user;

    sip_write_hdr(o, SIP_HDR_EVENT, w->s->package);
    if (w->s->accept.n)
        sip_write_hdr(o, SIP_HDR_ACCEPT, w->s->accept);
    sip_write_u32(o, SIP_HDR_EXPIRES, w->expires);
}

static void heard(struct ua_account *acc, struct now now,
                  const struct ua_txn *was, const struct sip_msg *res,
                  bool timed_out);

static int send(struct ua_sub *s, struct now now, uint32_t expires)
{
    const struct words words = {s, expires};
    bool dialog = s->dialog.state == SIP_DIALOG_CONFIRMED;
    const struct ua_ask ask = {.method = SIP_SUBSCRIBE,
                               .dialog = dialog ? &s->dialog : NULL,
                               .target = s->target,
                               .call_id =
                                   slice_of(s->call_id, sizeof(s->call_id)),
                               .tag = slice_of(s->tag, sizeof(s->tag)),
                               .cseq = s->cseq + 1,
                               .contact = true,
                               .secure = slice_istarts(s->target, S("sips:")),
                               .put = put,
                               .user = &words,
                               .sid = &s->sid,
                               .owner = s->key,
                               .heard = heard};
    int err = ua_ask_send(s->acc, now, &ask, &s->txn);

    s->cseq = dialog ? s->dialog.local_cseq : s->cseq + !err;
    if (!dialog)
        s->forks_until = now.boot + SIP_TIMER_B_MS;
    return err;
}

/* -------------------------------------------------------------- actions */

static int public_state(enum ua_sub_state state)
{
    switch (state) {
    case UA_SUB_PENDING:
        return SIPLOCK_SUBSCRIPTION_PENDING;
    case UA_SUB_ACTIVE:
        return SIPLOCK_SUBSCRIPTION_ACTIVE;
    case UA_SUB_BACKOFF:
        return SIPLOCK_SUBSCRIPTION_FAILED;
    case UA_SUB_OVER:
        return SIPLOCK_SUBSCRIPTION_ENDED;
    case UA_SUB_IDLE:
    case UA_SUB_WAIT_FLOW:
    case UA_SUB_ASKING:
    case UA_SUB_ENDING:
    case UA_SUB_STATE_COUNT:
        break;
    }
    return SIPLOCK_SUBSCRIPTION_TRYING;
}

/* Of one notifier, or (0) of all of it. */
static unsigned notifier_of(const struct ua_sub *s)
{
    return s->fork || s->hollow || s->state == UA_SUB_PENDING ||
                   s->state == UA_SUB_ACTIVE
               ? s->notifier
               : 0;
}

void ua_sub_tell(struct ua_sub *s)
{
    const struct ua_sub *first = s->fork ? s->first : s;
    struct ua_out *out =
        first ? ua_event_push(s->acc, SIPLOCK_EVENT_SUBSCRIPTION_STATE) : NULL;
    struct slice text[UA_TEXT_COUNT] = {{0}};

    if (!out)
        return;
    out->call = first->id;
    out->event.notifier = notifier_of(s);
    out->event.state = public_state(s->state);
    out->event.status = s->status;
    if (out->event.state == SIPLOCK_SUBSCRIPTION_PENDING ||
        out->event.state == SIPLOCK_SUBSCRIPTION_ACTIVE)
        out->event.expires = s->granted;
    if (out->event.state == SIPLOCK_SUBSCRIPTION_FAILED)
        out->event.retry_ms = s->retry_ms;
    text[UA_TEXT_PACKAGE] = s->package;
    text[UA_TEXT_TARGET] = s->target;
    out->event.cause = s->cause.code;
    out->event.why = (enum policy_why)s->cause.refusal;
    if (s->cause.code != CAUSE_none)
        text[UA_TEXT_CAUSE] = slice_cstr(s->cause.text);
    ua_event_texts(s->acc->core, out, text);
}

static void arm(struct ua_sub *s, int64_t at)
{
    (void)heap_arm(&s->acc->core->heap, &s->timer, at);
}

static void arm_retry(struct ua_sub *s, struct now now)
{
    int64_t asked = (int64_t)s->retry_after * 1000;

    s->failures++;
    if (asked > UA_BACKOFF_MAX_MS)
        asked = UA_BACKOFF_MAX_MS;
    if (s->failures == 1 && s->cause.code == CAUSE_sub_restart)
        s->retry_ms = ua_jitter(s->acc->env, 0, SOON_MS);
    else
        s->retry_ms =
            ua_backoff(s->acc->env, s->acc->retry_base_ms, s->failures);
    if (s->retry_ms < asked)
        s->retry_ms = asked;
    s->retry_after = 0;
    if (s->state != UA_SUB_BACKOFF && now.boot + s->retry_ms > s->expires_at)
        arm(s, s->expires_at);
    else
        arm(s, now.boot + s->retry_ms);
}

static void arm_refresh(struct ua_sub *s, struct now now)
{
    int64_t ms = (int64_t)s->granted * 1000;

    s->failures = 0;
    s->expires_at = now.boot + ms;
    arm(s, ua_within(s->acc->env, now.boot + ms * 8 / 10,
                     now.boot + ms * 9 / 10));
}

static int fresh(struct ua_sub *s)
{
    int err = env_rand_hex(s->acc->env, s->call_id, UA_TOKEN_N);

    if (!err)
        err = env_rand_hex(s->acc->env, s->tag, UA_TOKEN_N);
    if (!err)
        err = ua_sid_new(&s->sid, s->acc->env);
    sip_dialog_free(&s->dialog);
    s->dialog.state = SIP_DIALOG_NONE;
    s->expires_at = 0;
    return err;
}

static void want_flow(struct ua_sub *s, struct now now)
{
    if (ua_flow_board(s->acc))
        ua_sub_event(s, now, UA_SUB_EV_FLOW_UP);
    else
        ua_flow_want(s->acc, now);
}

static void do_send(struct ua_sub *s, struct now now, bool end)
{
    int err = send(s, now, end || s->fetch ? 0 : s->expires);

    if (!err)
        return;
    cause_set(&s->cause,
              err == E_STATE ? CAUSE_connect_dead : CAUSE_out_of_memory);
    ua_sub_event(s, now,
                 err == E_STATE ? UA_SUB_EV_FLOW_LOST : UA_SUB_EV_SOFT);
}

static void act(struct ua_sub *s, struct now now, unsigned action)
{
    int err = 0;

    if (action & UA_SUB_DO_FRESH) {
        ua_subfork_stop_all(s, now);
        err = fresh(s);
    }
    if (action & UA_SUB_DO_RETRY)
        arm_retry(s, now);
    if (action & UA_SUB_DO_REFRESH)
        arm_refresh(s, now);
    if (action & UA_SUB_DO_WAIT)
        arm(s, now.boot + SIP_TIMER_B_MS);
    if (action & UA_SUB_DO_TELL)
        ua_sub_tell(s);
    /* The rest may step again, so each is the last. */
    if (err)
        ua_sub_event(s, now, UA_SUB_EV_SOFT);
    else if (action & UA_SUB_DO_FLOW)
        want_flow(s, now);
    else if (action & (UA_SUB_DO_SEND | UA_SUB_DO_UNSUB))
        do_send(s, now, action & UA_SUB_DO_UNSUB);
    if (action & UA_SUB_DO_END)
        ua_subfork_end(s);
}

void ua_sub_event(struct ua_sub *s, struct now now, enum ua_sub_event ev)
{
    struct ua_sub_cell cell = ua_sub_step(s->state, ev);

    if (cell.action & UA_SUB_DO_ODD) {
        LOG(s->acc->env, LOG_WARN, "subscription.odd",
            LOG_NUM("state", s->state), LOG_NUM("event", ev));
        return;
    }
    if (cell.next != s->state)
        heap_disarm(&s->acc->core->heap, &s->timer);
    if (cell.next != s->state && cell.next <= UA_SUB_WAIT_FLOW)
        s->asking = false;
    s->state = cell.next;
    if (s->fork && cell.action & UA_SUB_DO_FRESH) {
        s->state = UA_SUB_OVER; /* what is begun anew is the first one */
        ua_subfork_end(s);
        return;
    }
    act(s, now, cell.action);
}

/* ------------------------------------------------------ birth and death */

static int keep_texts(struct ua_sub *s, const struct ua_sub_ask *ask)
{
    char text[UA_URI_MAX], all[2 * UA_URI_MAX];
    struct out t = out_of(text, sizeof(text));
    struct out o = out_of(all, sizeof(all));
    struct sip_uri uri = ua_request_aor(s->acc);
    size_t package_at;
    int err = 0;

    if (ask->target.n)
        err = sip_uri_parse(&uri, ask->target, NULL);
    if (!err && ask->target.n)
        ua_ask_put_target(&t, s->acc, &uri);
    else
        sip_write_uri(&t, &uri);
    out_put(&o, out_slice(&t));
    package_at = o.n;
    out_put(&o, ask->package);
    out_put(&o, ask->accept);
    if (!err)
        err = t.err ? t.err : o.err;
    if (!err)
        err = env_copy(s->acc->env, &s->text, out_slice(&o));
    s->target = slice_of(s->text.p, package_at);
    s->package = slice_of(s->text.p + package_at, ask->package.n);
    s->accept = slice_skip(s->text, package_at + ask->package.n);
    return err;
}

int ua_sub_new(struct ua_sub **out, struct ua_account *acc)
{
    struct ua_core *core = acc->core;
    struct ua_sub *s;
    int err;

    if (acc->subs >= UA_SUBS_OF_ACCOUNT)
        return E_FULL;
    s = env_alloc(acc->env, sizeof(*s));
    if (!s)
        return E_NOMEM;
    s->acc = acc;
    s->notifier = 1;
    core->counts.subs++;
    acc->subs++;
    err = ua_reserve_timers(core);
    if (!err)
        err = idtab_add(&core->all_subs, &s->key, s);
    if (err) {
        ua_sub_free(s);
        return err;
    }
    s->timer = (struct timer){.kind = UA_TIMER_SUB, .owner = s->key};
    *out = s;
    return 0;
}

int ua_sub_start(struct ua_account *acc, struct now now,
                 const struct ua_sub_ask *ask)
{
    struct ua_sub *s;
    int err = acc->removing ? E_GONE : ua_sub_new(&s, acc);

    if (err)
        return err;
    s->fetch = ask->expires == 0;
    s->expires = ask->expires;
    err = keep_texts(s, ask);
    if (!err)
        err = fresh(s);
    if (!err)
        err = idtab_put(&acc->core->subs, ask->id, s);
    if (err) {
        ua_sub_free(s);
        return err;
    }
    s->id = ask->id;
    ua_sub_event(s, now, UA_SUB_EV_START);
    return 0;
}

void ua_sub_free(struct ua_sub *s)
{
    struct ua_account *acc = s->acc;

    heap_disarm(&acc->core->heap, &s->timer);
    ua_txn_forget(acc, s->txn);
    if (s->id)
        idtab_remove(&acc->core->subs, s->id);
    idtab_remove(&acc->core->all_subs, s->key);
    sip_dialog_free(&s->dialog);
    env_free(acc->env, (void *)(uintptr_t)s->text.p);
    acc->core->counts.subs--;
    acc->subs--;
    env_free(acc->env, s);
}

void ua_sub_stop(struct ua_sub *s, struct now now)
{
    bool hollow = s->hollow;

    cause_set(&s->cause, CAUSE_none);
    s->hollow = false;
    ua_subfork_stop_all(s, now);
    if (hollow)
        ua_subfork_end(s);
    else
        ua_sub_event(s, now, UA_SUB_EV_STOP);
}

/* ------------------------------------------------------------ responses */

static void ok(struct ua_sub *s, struct now now, const struct sip_msg *res)
{
    uint32_t expires = s->expires;

    if (res->has & SIP_HAS_EXPIRES && res->expires < expires)
        expires = res->expires;
    s->granted = expires;
    cause_set(&s->cause, CAUSE_none);
    if (s->dialog.state == SIP_DIALOG_CONFIRMED)
        (void)sip_dialog_refresh(&s->dialog, res);
    if (!expires && !s->fetch &&
        (s->state == UA_SUB_PENDING || s->state == UA_SUB_ACTIVE))
        return; /* the NOTIFY says that it ends */
    ua_sub_event(s, now, UA_SUB_EV_OK);
}

/* 4.1.2.1: with what the notifier asks for, once. */
static bool raised(struct ua_sub *s, const struct sip_msg *res)
{
    if (res->status != 423 || s->raised || !(res->has & SIP_HAS_MIN_EXPIRES) ||
        res->min_expires <= s->expires ||
        res->min_expires > UA_SUB_EXPIRES_MAX)
        return false;
    s->raised = true;
    s->expires = res->min_expires;
    return true;
}

/* 4.1.2.2 and RFC 5057: which failures may pass. */
static enum ua_sub_event judge(const struct ua_sub *s, unsigned status)
{
    bool dialog = s->dialog.state == SIP_DIALOG_CONFIRMED;

    if (dialog && (status == 481 || status == 408))
        return UA_SUB_EV_GONE;
    if (status == 408 || status == 480 || status == 481 || status == 486 ||
        status == 430 || (status >= 500 && status != 501 && status < 600))
        return UA_SUB_EV_SOFT;
    return UA_SUB_EV_REFUSED;
}

static void refused(struct ua_sub *s, struct now now,
                    const struct sip_msg *res)
{
    char text[32];
    struct out o = out_of(text, sizeof(text));
    enum ua_sub_event ev;

    if (raised(s, res)) {
        ua_sub_event(s, now, UA_SUB_EV_AGAIN);
        return;
    }
    switch (ua_ask_challenged(s->acc, &s->challenges, res, true, &s->cause)) {
    case UA_ASK_AGAIN:
        ua_sub_event(s, now, UA_SUB_EV_AGAIN);
        return;
    case UA_ASK_WAIT:
        s->asking = true;
        return;
    case UA_ASK_NO:
        break;
    }
    ev = judge(s, res->status);
    out_lit(&o, "status ");
    out_u64(&o, res->status);
    if (res->status != 401 && res->status != 407)
        cause_set_facts(&s->cause,
                        res->status == 489 ? CAUSE_sub_bad_event
                                           : CAUSE_sub_refused,
                        out_slice(&o));
    if (res->has & SIP_HAS_RETRY_AFTER)
        s->retry_after = res->retry_after;
    ua_sub_event(s, now, ev);
}

static void heard(struct ua_account *acc, struct now now,
                  const struct ua_txn *was, const struct sip_msg *res,
                  bool timed_out)
{
    struct ua_sub *s = idtab_get(&acc->core->all_subs, was->owner);

    if (!s || s->txn != was->id || (res && res->status < 200))
        return;
    s->txn = 0;
    if (res) {
        s->status = res->status;
        ua_sid_heard(&s->sid, res);
    }
    if (res && res->status < 300) {
        s->challenges = 0;
        ok(s, now, res);
    } else if (res) {
        refused(s, now, res);
    } else if (timed_out) {
        s->status = 408;
        cause_set(&s->cause, CAUSE_reg_timeout);
        ua_sub_event(s, now, judge(s, 408));
    }
}

/* --------------------------------------------------------------- inputs */

void ua_sub_timer(struct ua_core *core, struct now now, uint64_t id)
{
    struct ua_sub *s = idtab_get(&core->all_subs, id);
    bool holds;

    if (!s)
        return;
    holds = s->state == UA_SUB_PENDING || s->state == UA_SUB_ACTIVE;
    if (s->state == UA_SUB_ASKING) {
        cause_set(&s->cause, CAUSE_sub_no_notify);
        ua_sub_event(s, now, s->fetch ? UA_SUB_EV_REFUSED : UA_SUB_EV_TIMER);
    } else if (holds && now.boot >= s->expires_at) {
        cause_set(&s->cause, CAUSE_sub_expired);
        ua_sub_event(s, now, UA_SUB_EV_EXPIRED);
    } else {
        ua_sub_event(s, now, UA_SUB_EV_TIMER);
    }
}

void ua_sub_flow_up(struct ua_account *acc, struct now now)
{
    struct ua_sub *s;
    uint32_t pos = 0;

    while ((s = ua_subfork_next(acc, &pos)))
        ua_sub_event(s, now, UA_SUB_EV_FLOW_UP);
}

void ua_sub_flow_lost(struct ua_account *acc, struct now now)
{
    struct ua_sub *s;
    uint32_t pos = 0;

    while ((s = ua_subfork_next(acc, &pos))) {
        s->txn = 0;
        s->cause = acc->cause;
        ua_sub_event(s, now, UA_SUB_EV_FLOW_LOST);
    }
}

void ua_sub_move_all(struct ua_account *from, struct ua_account *to,
                     struct now now)
{
    struct ua_sub *s;
    uint32_t pos = 0;

    while ((s = ua_subfork_next(from, &pos))) {
        from->subs--;
        to->subs++;
        s->acc = to;
        ua_twin_reroute(&s->dialog, from);
        ua_sub_event(s, now, UA_SUB_EV_FLOW_UP);
    }
}

void ua_sub_password(struct ua_account *acc, struct now now, bool there)
{
    struct ua_sub *s;
    uint32_t pos = 0;

    while ((s = ua_subfork_next(acc, &pos))) {
        if (!s->asking)
            continue;
        s->asking = false;
        if (!there)
            cause_set(&s->cause, CAUSE_auth_no_credentials);
        ua_sub_event(s, now, there ? UA_SUB_EV_AGAIN : UA_SUB_EV_REFUSED);
    }
}

void ua_sub_stop_all(struct ua_account *acc, struct now now)
{
    struct ua_sub *s;
    uint32_t pos = 0;

    while ((s = ua_subfork_next(acc, &pos)))
        if (!s->fork)
            ua_sub_stop(s, now);
}

void ua_sub_drop_all(struct ua_account *acc)
{
    struct ua_sub *s;
    uint32_t pos = 0;

    while ((s = ua_subfork_next(acc, &pos))) {
        s->state = UA_SUB_OVER;
        s->hollow = false;
        if (!s->fork)
            ua_sub_tell(s);
        ua_sub_free(s);
    }
}
