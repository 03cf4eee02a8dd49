/* SPDX-License-Identifier: Apache-2.0 */
/* Holding and resuming the client's calls at the times that options give. */
#include <stdio.h>

#include "tools/talk.h"

static bool read(long long *ms, const char *option, const char *text)
{
    if (!text || opts_seconds(ms, text))
        return true;
    fprintf(stderr, "siplock: %s \"%s\": seconds\n", option, text);
    return false;
}

bool talk_hold_read(struct talk_terms *t, const struct talk_words *w)
{
    t->hold_ms = t->resume_ms = -1;
    return read(&t->hold_ms, "--hold-after", w->hold) &&
           read(&t->resume_ms, "--resume-after", w->resume);
}

static uint64_t at(const struct talk *t, long long ms)
{
    return ms < 0 ? UINT64_MAX : uv_now(&t->set->session->loop) + (uint64_t)ms;
}

/* One that we make can be held before it is answered. */
void talk_hold_event(struct talk *t, const struct siplock_event *e)
{
    bool rings = !t->in && (e->state == SIPLOCK_CALL_RINGING ||
                            e->state == SIPLOCK_CALL_EARLY);
    bool stands = e->state == SIPLOCK_CALL_ESTABLISHED;

    if ((rings || stands) && !t->hold_set) {
        t->hold_set = true;
        t->hold_at = at(t, t->set->terms.hold_ms);
    }
    if (stands)
        t->resume_at = at(t, t->set->terms.resume_ms);
}

void talk_hold_tick(struct talk *t, uint64_t now)
{
    struct siplock *s = t->set->session->siplock;

    if (now >= t->hold_at) {
        t->hold_at = UINT64_MAX;
        (void)siplock_call_hold(s, t->call);
    }
    if (now >= t->resume_at) {
        t->resume_at = UINT64_MAX;
        (void)siplock_call_resume(s, t->call);
    }
}
