/* SPDX-License-Identifier: Apache-2.0 */
/* NOTIFYs of subscriptions: whose, in which dialog, what they say. */
#include "sip/base/err.h"
#include "sip/param.h"
#include "ua/event.h"
#include "ua/receive.h"
#include "ua/sub.h"

/* 4.4.1: Call-ID and our tag; the one with that dialog, if there is one, else
 * the first. */
static struct ua_sub *find(const struct ua_account *acc,
                           const struct sip_msg *msg)
{
    struct ua_sub *s, *first = NULL;
    uint32_t pos = 0;

    while (acc->core->counts.subs &&
           (s = idtab_next(&acc->core->all_subs, &pos))) {
        if (s->acc->id != acc->id ||
            !slice_eq(msg->call_id,
                      slice_of(s->call_id, sizeof(s->call_id))) ||
            !slice_eq(msg->to.tag, slice_of(s->tag, sizeof(s->tag))))
            continue;
        if (s->dialog.state == SIP_DIALOG_CONFIRMED &&
            sip_dialog_has(&s->dialog, msg))
            return s;
        if (!s->fork)
            first = s;
    }
    return first;
}

static bool listens(const struct ua_sub *s)
{
    return s->state == UA_SUB_ASKING || s->state == UA_SUB_PENDING ||
           s->state == UA_SUB_ACTIVE || s->state == UA_SUB_ENDING;
}

/* The package, and its id if it has one. */
static bool same_package(const struct ua_sub *s, const struct sip_msg *msg)
{
    struct slice theirs = {0}, ours = {0};
    size_t n = slice_find(s->package, ';');

    (void)sip_param_get(msg->event.params, S("id"), &theirs);
    (void)sip_param_get(slice_skip(s->package, n), S("id"), &ours);
    return slice_eq(msg->event.token, slice_trim(slice_of(s->package.p, n))) &&
           slice_eq(theirs, ours);
}

/* 200, or what it is refused with. The first one makes the dialog. */
static unsigned judge(struct ua_sub *s, const struct sip_msg *msg)
{
    const struct sip_dialog_asked asked = {
        .cseq = s->cseq, .secure = slice_istarts(s->target, S("sips:"))};
    int err = 0;

    if (!listens(s) || !same_package(s, msg))
        return 481;
    if (ua_receive_unsupported(msg))
        return 420;
    if (msg->content_encoding)
        return 415;
    if (msg->body.n > UA_BODY_MAX)
        return 513;
    if (s->dialog.state != SIP_DIALOG_CONFIRMED)
        err = sip_dialog_notified(&s->dialog, s->acc->env, msg, &asked);
    else if (!sip_dialog_has(&s->dialog, msg))
        return 481;
    else if (sip_dialog_received(&s->dialog, msg))
        return 500;
    else
        (void)sip_dialog_refresh(&s->dialog, msg);
    if (err)
        sip_dialog_free(&s->dialog);
    if (err == E_NOMEM)
        return 500;
    return err ? 400 : 200;
}

/* Does it come from another notifier than the one that answered first? */
static bool is_another(const struct ua_sub *s, const struct sip_msg *msg)
{
    return s->hollow || (s->dialog.state == SIP_DIALOG_CONFIRMED &&
                         !sip_dialog_has(&s->dialog, msg));
}

static void tell(struct ua_sub *s, const struct sip_msg *msg)
{
    char text[128];
    struct out type = out_of(text, sizeof(text));
    struct ua_out *out = ua_event_push(s->acc, SIPLOCK_EVENT_NOTIFY);
    struct slice texts[UA_TEXT_COUNT] = {{0}};

    if (!out)
        return;
    out->call = s->fork ? s->first->id : s->id;
    out->event.notifier = s->notifier;
    out_put(&type, msg->content_type.type);
    if (type.n) {
        out_char(&type, '/');
        out_put(&type, msg->content_type.subtype);
    }
    texts[UA_TEXT_PACKAGE] = s->package;
    texts[UA_TEXT_TARGET] = s->target;
    texts[UA_TEXT_TYPE] = type.err ? slice_of(NULL, 0) : out_slice(&type);
    texts[UA_TEXT_BODY] = msg->body;
    ua_event_texts(s->acc->core, out, texts);
}

static uint32_t seconds(const struct sip_value *v, struct slice name,
                        uint32_t otherwise)
{
    struct slice value;
    uint32_t n;

    if (!sip_param_get(v->params, name, &value))
        return otherwise;
    return slice_u32(&n, value, UINT32_MAX) ? otherwise : n;
}

/* 4.1.3: which of the reasons to end it invite to ask again, and when. */
static enum ua_sub_event ended(struct ua_sub *s, const struct sip_value *v)
{
    struct slice reason = {0};

    (void)sip_param_get(v->params, S("reason"), &reason);
    s->retry_after = seconds(v, S("retry-after"), 0);
    if (s->fetch || s->state == UA_SUB_ENDING) {
        cause_set(&s->cause, CAUSE_none);
        return UA_SUB_EV_FINAL;
    }
    if (slice_ieq(reason, S("deactivated")) ||
        slice_ieq(reason, S("timeout"))) {
        cause_set_facts(&s->cause, CAUSE_sub_restart, reason);
        s->retry_after = 0;
        return UA_SUB_EV_ENDED;
    }
    cause_set_facts(&s->cause, CAUSE_sub_ended, reason);
    if (slice_ieq(reason, S("rejected")) ||
        slice_ieq(reason, S("noresource")) ||
        slice_ieq(reason, S("invariant")))
        return UA_SUB_EV_FINAL;
    return UA_SUB_EV_ENDED;
}

static enum ua_sub_event read_state(struct ua_sub *s,
                                    const struct sip_value *v)
{
    uint32_t left;

    if (slice_ieq(v->token, S("terminated")))
        return ended(s, v);
    left = seconds(v, S("expires"), s->granted ? s->granted : s->expires);
    s->granted = left < UA_SUB_EXPIRES_MAX ? left : UA_SUB_EXPIRES_MAX;
    cause_set(&s->cause, CAUSE_none);
    if (s->fetch && s->state == UA_SUB_ASKING)
        return UA_SUB_EV_FINAL; /* one is what was asked for */
    /* An extension's state is taken as active (8.2.2). */
    return slice_ieq(v->token, S("pending")) ? UA_SUB_EV_PENDING
                                             : UA_SUB_EV_ACTIVE;
}

bool ua_sub_notify(struct ua_account *acc, struct now now,
                   const struct sip_msg *msg)
{
    struct ua_sub *s = find(acc, msg), *fork = NULL;
    unsigned status = 481;

    if (!s)
        return false;
    if (is_another(s, msg))
        s = fork = same_package(s, msg) ? ua_subfork_new(s, now) : NULL;
    if (s) {
        ua_sid_heard(&s->sid, msg);
        acc->core->sid = &s->sid;
        status = judge(s, msg);
    }
    ua_receive_respond(acc, msg, status);
    acc->core->sid = NULL; /* s may be gone */
    if (status != 200) {
        if (fork)
            ua_subfork_drop(fork);
        return true;
    }
    s->status = 200;
    if (!s->fork || s->first)
        tell(s, msg);
    ua_sub_event(s, now, read_state(s, &msg->subscription_state));
    return true;
}
