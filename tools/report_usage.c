/* SPDX-License-Identifier: Apache-2.0 */
/* Events of subscriptions and messages under their contract's names. */
#include "tools/report_usage.h"

#include "tools/report_call.h"

static void set_text(json_t *o, const char *key, struct siplock_str s)
{
    if (o && s.n)
        json_object_set_new(o, key, json_stringn(s.p, s.n));
}

/* What is no UTF-8 is told by its length. */
static void set_body(json_t *o, struct siplock_str body)
{
    json_t *text = json_stringn(body.p ? body.p : "", body.n);

    if (o && text)
        json_object_set_new(o, "body", text);
    else if (o)
        json_object_set_new(o, "body_bytes", json_integer((json_int_t)body.n));
}

/* Which of those who answered. */
static void set_notifier(json_t *o, const struct siplock_event *e)
{
    if (o && e->notifier)
        json_object_set_new(o, "notifier", json_integer(e->notifier));
}

static void emit_subscription(struct report *r, const char *account,
                              const struct siplock_event *e)
{
    static const char *const names[] = {"",       "trying", "pending",
                                        "active", "failed", "ended"};
    json_t *o =
        json_pack("{s:s,s:s,s:i,s:I,s:o}", "account", account, "state",
                  e->state >= 1 && e->state <= 5 ? names[e->state] : "unknown",
                  "status", (int)e->status, "expires", (json_int_t)e->expires,
                  "cause", report_cause_json(&e->cause));

    if (o && e->state == SIPLOCK_SUBSCRIPTION_FAILED)
        json_object_set_new(o, "retry_ms", json_integer(e->retry_ms));
    set_notifier(o, e);
    set_text(o, "event", e->package);
    set_text(o, "target", e->target);
    report_emit(r, "subscription.state", o);
}

static void emit_notify(struct report *r, const char *account,
                        const struct siplock_event *e)
{
    json_t *o = json_pack("{s:s}", "account", account);

    set_notifier(o, e);
    set_text(o, "event", e->package);
    set_text(o, "target", e->target);
    set_text(o, "content_type", e->content_type);
    set_body(o, e->body);
    report_emit(r, "notify", o);
}

static void emit_message(struct report *r, const char *account,
                         const struct siplock_event *e)
{
    json_t *o = json_pack("{s:s}", "account", account);

    set_text(o, "peer", e->peer);
    set_text(o, "peer_name", e->peer_name);
    set_text(o, "content_type", e->content_type);
    set_body(o, e->body);
    report_emit(r, "message", o);
}

static void emit_message_state(struct report *r, const char *account,
                               const struct siplock_event *e)
{
    json_t *o =
        json_pack("{s:s,s:i,s:o}", "account", account, "status",
                  (int)e->status, "cause", report_cause_json(&e->cause));

    set_text(o, "target", e->target);
    report_emit(r, "message.state", o);
}

/* A REFER of no call: what it asks for, and what comes of it. */
static void emit_refer(struct report *r, const char *account,
                       const struct siplock_event *e)
{
    json_t *o = json_pack("{s:s}", "account", account);

    report_transfer(o, e);
    set_text(o, "referred_by", e->referred_by);
    report_emit(r, "refer.state", o);
}

bool report_usage_event(struct report *r, const char *account,
                        const struct siplock_event *e)
{
    switch (e->type) {
    case SIPLOCK_EVENT_TRANSFER:
        if (!e->reference.id)
            return false;
        emit_refer(r, account, e);
        return true;
    case SIPLOCK_EVENT_SUBSCRIPTION_STATE:
        emit_subscription(r, account, e);
        return true;
    case SIPLOCK_EVENT_NOTIFY:
        emit_notify(r, account, e);
        return true;
    case SIPLOCK_EVENT_MESSAGE:
        emit_message(r, account, e);
        return true;
    case SIPLOCK_EVENT_MESSAGE_STATE:
        emit_message_state(r, account, e);
        return true;
    default:
        return false;
    }
}
