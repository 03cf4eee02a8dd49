/* SPDX-License-Identifier: Apache-2.0 */
/* Events of calls: never lost, and one last event a call. */
#include "sip/param.h"
#include "ua/call.h"
#include "ua/event.h"
#include "ua/reference.h"

static struct ua_out *push(struct ua_call *c, int type)
{
    struct ua_out *out = ua_event_push(c->acc, type);

    if (!out)
        return NULL;
    out->call = c->id;
    out->event.direction = c->out ? SIPLOCK_DIR_OUT : SIPLOCK_DIR_IN;
    return out;
}

static void set_cause(struct ua_call *c, struct ua_out *out,
                      struct slice text[UA_TEXT_COUNT])
{
    out->event.status = c->status;
    out->event.cause = c->cause.code;
    out->event.why = (enum policy_why)c->cause.refusal;
    if (c->cause.code != CAUSE_none)
        text[UA_TEXT_CAUSE] = slice_cstr(c->cause.text);
}

static void set_peer(const struct ua_call *c, struct slice text[UA_TEXT_COUNT])
{
    text[UA_TEXT_PEER] = c->peer;
    text[UA_TEXT_PEER_NAME] = c->peer_name;
}

/* The driver's id of a call that this one names by its key. */
static uint64_t other_of(const struct ua_call *c, uint64_t key)
{
    const struct ua_call *other =
        key ? idtab_get(&c->acc->core->calls, key) : NULL;

    return other && !other->final ? other->id : 0;
}

static uint64_t reference_of(const struct ua_call *c)
{
    const struct ua_reference *ref =
        c->reference ? idtab_get(&c->acc->core->references, c->reference)
                     : NULL;

    return ref ? ref->id : 0;
}

void ua_callevent_state(struct ua_call *c, int state)
{
    struct ua_out *out = push(c, SIPLOCK_EVENT_CALL_STATE);
    struct slice text[UA_TEXT_COUNT] = {{0}};

    if (!out)
        return;
    out->event.state = state;
    out->event.status = c->status;
    out->other = other_of(c, c->other);
    out->related = other_of(c, c->related);
    out->reference = reference_of(c);
    set_peer(c, text);
    ua_about_texts(&c->about, text);
    if (c->redirect.next)
        text[UA_TEXT_TARGET] = c->target.text;
    else
        text[UA_TEXT_TARGET] = c->redirect.first;
    if (state == SIPLOCK_CALL_ENDED)
        set_cause(c, out, text);
    ua_event_texts(c->acc->core, out, text);
}

void ua_callevent_transfer(const struct ua_refer_owner *of,
                           const struct ua_transfer_news *news)
{
    struct ua_account *acc = ua_refer_account(of);
    struct ua_out *out = ua_event_push(acc, SIPLOCK_EVENT_TRANSFER);
    struct slice text[UA_TEXT_COUNT] = {{0}};
    uint64_t id = of->call ? of->call->id : of->ref->id;

    if (of->ref && news->state >= SIPLOCK_TRANSFER_DONE)
        of->ref->id = 0;
    if (!out)
        return;
    out->call = of->call ? id : 0;
    out->reference = of->ref ? id : 0;
    out->event.state = news->state;
    out->event.direction = news->direction;
    out->event.status = news->status;
    out->other = news->other;
    text[UA_TEXT_TARGET] = news->target;
    text[UA_TEXT_BY] = news->by;
    if (news->state == SIPLOCK_TRANSFER_FAILED) {
        out->event.cause = news->cause->code;
        out->event.why = (enum policy_why)news->cause->refusal;
        text[UA_TEXT_CAUSE] = slice_cstr(news->cause->text);
    }
    ua_event_texts(acc->core, out, text);
}

/* The codec's own name; static. */
static const char *codec_name(enum sdp_codec codec)
{
    return sdp_codec_format(codec).encoding.p;
}

void ua_callevent_media(struct ua_call *c)
{
    const struct sdp_agreed *a = &c->session.agreed;
    struct ua_out *out = push(c, SIPLOCK_EVENT_CALL_MEDIA);
    struct slice text[UA_TEXT_COUNT] = {{0}};
    char remote[TLS_ADDR_TEXT_MAX];
    struct out o = out_of(remote, sizeof(remote));

    if (!out)
        return;
    tls_addr_put(&o, &c->remote);
    text[UA_TEXT_REMOTE] = out_slice(&o);
    text[UA_TEXT_SUITE] = sdp_suite_name(a->suite);
    out->event.keying = "SDES";
    out->event.codec = codec_name(a->codec);
    out->event.rate = a->clock;
    ua_event_texts(c->acc->core, out, text);
}

void ua_callevent_dtmf(struct ua_call *c, const struct media_dtmf *d)
{
    struct ua_out *out = push(c, SIPLOCK_EVENT_CALL_DTMF);

    if (!out)
        return;
    out->event.digit = d->digit;
    out->event.digit_ms = d->ms;
}

void ua_callevent_stats(struct ua_call *c, struct now now, bool last)
{
    struct ua_out *out =
        push(c, last ? SIPLOCK_EVENT_CALL_ENDED : SIPLOCK_EVENT_CALL_STATS);
    struct slice text[UA_TEXT_COUNT] = {{0}};
    struct siplock_call_stats *s = &c->stats;
    int64_t end = c->ended ? c->ended : now.mono;

    s->size = sizeof(*s);
    s->setup_ms = c->established ? c->established - c->began : -1;
    s->duration_ms = c->established ? end - c->established : 0;
    if (!out)
        return;
    out->event.stats = *s;
    if (last) {
        out->event.state = SIPLOCK_CALL_ENDED;
        set_cause(c, out, text);
        set_peer(c, text);
        ua_event_texts(c->acc->core, out, text);
    }
}

void ua_callevent_unborn(struct ua_account *acc, uint64_t id)
{
    static const int types[] = {SIPLOCK_EVENT_CALL_STATE,
                                SIPLOCK_EVENT_CALL_ENDED};

    for (int i = 0; i < 2; i++) {
        struct ua_out *out = ua_event_push(acc, types[i]);

        if (!out)
            return;
        out->call = id;
        out->event.state = SIPLOCK_CALL_ENDED;
        out->event.direction = SIPLOCK_DIR_IN;
        out->event.cause = CAUSE_out_of_memory;
        out->event.stats.size = i ? sizeof(out->event.stats) : 0;
        out->event.stats.setup_ms = -1;
    }
}

void ua_callevent_refused(struct ua_call *c, enum policy_why why)
{
    ua_refusal_cause(&c->cause, why);
    ua_event_refused(c->acc, why, c->id);
}
