/* SPDX-License-Identifier: Apache-2.0 */
/* Transfers of the client: asked for by options, followed if allowed. */
#include <stdio.h>

#include "tools/report_call.h"
#include "tools/talk.h"

static void failed(struct talk *t, const char *code, const char *text)
{
    session_error(t->set->session, "call", code,
                  "see the status; the call goes on", text);
    talk_blame(t, EXIT_CALL);
}

/* The second call is made first; established, it is named to the first. */
static void consult(struct talk *t)
{
    if (talk_start(t->set, t->set->terms.transfer)) {
        talk_blame(t, EXIT_CALL);
        return;
    }
    t->consult = t->set->talks; /* the newest one */
}

static void transfer(struct talk *t)
{
    struct siplock_cause cause = {.size = sizeof(cause)};

    t->transfer_at = UINT64_MAX;
    if (t->set->terms.attended)
        consult(t);
    else if (siplock_transfer(t->set->session->siplock, t->call,
                              t->set->terms.transfer, &cause))
        failed(t, cause.code ? cause.code : "internal", cause.text);
}

/* Only the first call is transferred, once. */
static bool is_first(const struct talk *t)
{
    return t->number == 1;
}

void talk_transfer_tick(struct talk *t, uint64_t now)
{
    if (now >= t->transfer_at)
        transfer(t);
    if (!t->consult || !t->consult->established ||
        now < t->consult->established_at + (uint64_t)t->set->terms.transfer_ms)
        return;
    if (siplock_transfer_attended(t->set->session->siplock, t->call,
                                  t->consult->call))
        failed(t, "internal", "the calls are gone already");
    t->consult = NULL;
}

void talk_transfer_gone(struct talk *t)
{
    for (struct talk *o = t->set->talks; o; o = o->next)
        if (o->consult == t)
            o->consult = NULL;
}

bool talk_takes_over(const struct siplock_event *e)
{
    return e->type == SIPLOCK_EVENT_CALL_STATE &&
           (e->other.id || e->reference.id) &&
           (e->state == SIPLOCK_CALL_CALLING ||
            (e->direction == SIPLOCK_DIR_IN &&
             e->state == SIPLOCK_CALL_RINGING));
}

static void on_transfer(struct talk *t, const struct siplock_event *e)
{
    struct siplock *s = t->set->session->siplock;
    char text[96];

    if (e->state == SIPLOCK_TRANSFER_ASKED) {
        if (t->set->terms.follow)
            (void)siplock_transfer_follow(s, t->call);
        else
            (void)siplock_transfer_decline(s, t->call);
    } else if (e->state == SIPLOCK_TRANSFER_FAILED &&
               e->direction == SIPLOCK_DIR_OUT) {
        snprintf(text, sizeof(text), "call %u: the transfer failed: %u",
                 t->number, e->status);
        failed(t, "call_transfer_failed", text);
    }
}

/* Somebody without a call asks us to make one. */
static void on_reference(struct talk_set *set, const struct siplock_event *e)
{
    struct siplock *s = set->session->siplock;

    if (e->state != SIPLOCK_TRANSFER_ASKED)
        return;
    if (set->terms.follow)
        (void)siplock_reference_follow(s, e->reference);
    else
        (void)siplock_reference_decline(s, e->reference);
}

void talk_transfer_event(struct talk_set *set, const struct siplock_event *e)
{
    struct talk *t = talk_find(set, e->call);

    if (e->type == SIPLOCK_EVENT_TRANSFER && e->reference.id)
        on_reference(set, e);
    else if (!t && talk_takes_over(e) &&
             (e->reference.id || talk_find(set, e->other)))
        (void)talk_add(set, e->call, e->direction == SIPLOCK_DIR_IN);
    else if (t && e->type == SIPLOCK_EVENT_TRANSFER)
        on_transfer(t, e);
    else if (t && e->type == SIPLOCK_EVENT_CALL_STATE &&
             e->state == SIPLOCK_CALL_ESTABLISHED && is_first(t) &&
             set->terms.transfer)
        t->transfer_at =
            uv_now(&set->session->loop) + (uint64_t)set->terms.transfer_ms;
}
