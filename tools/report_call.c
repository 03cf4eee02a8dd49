/* SPDX-License-Identifier: Apache-2.0 */
/* Events of calls under their contract's names. */
#include "tools/report_call.h"

#include "ua/siplock_more.h"

unsigned report_call(struct report *r, siplock_call call)
{
    for (unsigned i = 0; i < r->calls; i++)
        if (r->call[i] == call.id)
            return r->number[i];
    r->counted++;
    if (r->calls < REPORT_CALLS_MAX) {
        r->call[r->calls] = call.id;
        r->number[r->calls++] = r->counted;
    }
    return r->counted;
}

static void forget(struct report *r, siplock_call call)
{
    for (unsigned i = 0; i < r->calls; i++)
        if (r->call[i] == call.id) {
            r->calls--;
            r->call[i] = r->call[r->calls];
            r->number[i] = r->number[r->calls];
            return;
        }
}

static json_t *begin(struct report *r, const char *account,
                     const struct siplock_event *e)
{
    return json_pack("{s:s,s:i}", "account", account, "call",
                     (int)report_call(r, e->call));
}

static void set_text(json_t *o, const char *key, struct siplock_str s)
{
    if (o)
        json_object_set_new(o, key, json_stringn(s.p ? s.p : "", s.n));
}

static void set_outcome(json_t *o, const struct siplock_event *e)
{
    if (!o)
        return;
    json_object_set_new(o, "status", json_integer(e->status));
    json_object_set_new(o, "cause", report_cause_json(&e->cause));
}

static void set_info(json_t *o, const struct siplock_call_info *info)
{
    const struct {
        const char *key;
        struct siplock_str text;
    } members[] = {
        {"asserted", info->asserted},
        {"alert_info", info->alert_info},
        {"call_info", info->call_info},
        {"diversion", info->diversion},
        {"history_info", info->history_info},
        {"user_to_user", info->user_to_user},
        {"session_id", info->session_id},
        {"feature_caps", info->feature_caps},
        {"reason", info->reason},
    };

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (members[i].text.n)
            set_text(o, members[i].key, members[i].text);
}

/* The call that it follows or replaces, or that follows it. */
static void set_other(struct report *r, json_t *o,
                      const struct siplock_event *e)
{
    if (o && e->other.id)
        json_object_set_new(o, "other",
                            json_integer(report_call(r, e->other)));
    if (o && e->related.id)
        json_object_set_new(o, "related",
                            json_integer(report_call(r, e->related)));
}

/* Which way, and the state's name: names[0] is not used. */
static void set_state(json_t *o, const struct siplock_event *e,
                      const char *const *names, int n)
{
    if (!o)
        return;
    json_object_set_new(
        o, "dir", json_string(e->direction == SIPLOCK_DIR_OUT ? "out" : "in"));
    json_object_set_new(o, "state",
                        json_string(e->state >= 1 && e->state < n
                                        ? names[e->state]
                                        : "unknown"));
}

static void emit_state(struct report *r, const char *account,
                       const struct siplock_event *e)
{
    static const char *const names[] = {"",      "calling",     "ringing",
                                        "early", "established", "ended"};
    json_t *o = begin(r, account, e);

    set_state(o, e, names, 6);
    set_outcome(o, e);
    set_text(o, "peer", e->peer);
    if (e->peer_name.n)
        set_text(o, "peer_name", e->peer_name);
    set_other(r, o, e);
    if (e->target.n)
        set_text(o, "target", e->target);
    if (e->info)
        set_info(o, e->info);
    report_emit(r, "call.state", o);
}

static void emit_media(struct report *r, const char *account,
                       const struct siplock_event *e)
{
    json_t *o = begin(r, account, e);

    set_text(o, "suite", e->suite);
    set_text(o, "keying", e->keying);
    set_text(o, "codec", e->codec);
    if (o)
        json_object_set_new(o, "rate", json_integer(e->rate));
    set_text(o, "remote", e->remote);
    report_emit(r, "call.media", o);
}

static void emit_dtmf(struct report *r, const char *account,
                      const struct siplock_event *e)
{
    json_t *o = begin(r, account, e);

    set_text(o, "digit", (struct siplock_str){&e->digit, 1});
    if (o)
        json_object_set_new(o, "ms", json_integer(e->digit_ms));
    report_emit(r, "call.dtmf", o);
}

static void set_stats(json_t *o, const struct siplock_call_stats *s)
{
    const struct {
        const char *key;
        int64_t value;
    } members[] = {
        {"packets_sent", (int64_t)s->packets_sent},
        {"bytes_sent", (int64_t)s->bytes_sent},
        {"packets_received", (int64_t)s->packets_received},
        {"bytes_received", (int64_t)s->bytes_received},
        {"unauthentic", (int64_t)s->unauthentic},
        {"malformed", (int64_t)s->malformed},
        {"early", (int64_t)s->early},
        {"early_dropped", (int64_t)s->early_dropped},
        {"late", (int64_t)s->late},
        {"concealed", (int64_t)s->concealed},
        {"loss_permille", s->loss_permille},
        {"remote_loss_permille", s->remote_loss_permille},
        {"jitter_ms", s->jitter_ms},
        {"delay_ms", s->delay_ms},
        {"rtt_ms", s->rtt_ms},
        {"setup_ms", s->setup_ms},
        {"duration_ms", s->duration_ms},
    };

    for (size_t i = 0; o && i < sizeof(members) / sizeof(members[0]); i++)
        json_object_set_new(o, members[i].key, json_integer(members[i].value));
    if (o)
        json_object_set_new(o, "mos", json_real(s->mos / 100.0));
}

static void emit_stats(struct report *r, const char *account,
                       const struct siplock_event *e)
{
    json_t *o;

    r->stats++;
    if (!r->json && !r->verbose && r->stats % REPORT_STATS_EACH)
        return;
    o = begin(r, account, e);
    if (e->stats)
        set_stats(o, e->stats);
    report_emit(r, "call.stats", o);
}

static void emit_ended(struct report *r, const char *account,
                       const struct siplock_event *e)
{
    json_t *o = begin(r, account, e);

    if (e->stats)
        set_stats(o, e->stats);
    set_outcome(o, e);
    report_emit(r, "call.ended", o);
    forget(r, e->call);
}

void report_transfer(json_t *o, const struct siplock_event *e)
{
    static const char *const names[] = {
        "", "asked", "accepted", "progress", "done", "failed", "unknown"};

    set_state(o, e, names, 7);
    set_outcome(o, e);
    set_text(o, "target", e->target);
}

static void emit_transfer(struct report *r, const char *account,
                          const struct siplock_event *e)
{
    json_t *o = begin(r, account, e);

    report_transfer(o, e);
    if (e->referred_by.n)
        set_text(o, "referred_by", e->referred_by);
    set_other(r, o, e);
    report_emit(r, "call.transfer", o);
}

bool report_call_event(struct report *r, const char *account,
                       const struct siplock_event *e)
{
    static void (*const emit[])(struct report *, const char *,
                                const struct siplock_event *) = {
        emit_state, emit_media, emit_dtmf, emit_stats, emit_ended};

    if (e->type == SIPLOCK_EVENT_TRANSFER && !e->reference.id) {
        emit_transfer(r, account, e);
        return true;
    }
    if (e->type < SIPLOCK_EVENT_CALL_STATE ||
        e->type > SIPLOCK_EVENT_CALL_ENDED)
        return false;
    emit[e->type - SIPLOCK_EVENT_CALL_STATE](r, account, e);
    return true;
}
