/* SPDX-License-Identifier: Apache-2.0 */
/* A call of the client: one tick of 20 ms does all that has its time. */
#include "tools/talk.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tools/report_call.h"

enum { DIGIT_MS = 120, DIGIT_NEXT_MS = 240, DIGIT_WAIT_MS = 500 };

/* -------------------------------------------------------------- verdict */

/* The first thing that went wrong counts. */
void talk_blame(struct talk *t, int code)
{
    if (!t->code)
        t->code = code;
}

static void no_media(struct talk *t, const struct siplock_call_stats *s)
{
    char text[200];

    snprintf(text, sizeof(text),
             "call %u: %llu packets were sent, %llu received, %llu did not "
             "authenticate",
             t->number, (unsigned long long)s->packets_sent,
             (unsigned long long)s->packets_received,
             (unsigned long long)s->unauthentic);
    session_error(t->set->session, "media", "media_none",
                  "see whether a firewall or NAT drops UDP, or whether the "
                  "other side sends with other keys",
                  text);
    talk_blame(t, EXIT_MEDIA);
}

static void expect(struct talk *t, const char *what, const char *wanted,
                   const char *got)
{
    char text[200];

    if (!*wanted || strcmp(wanted, got) == 0)
        return;
    snprintf(text, sizeof(text), "call %u: %s is \"%s\", expected \"%s\"",
             t->number, what, got, wanted);
    session_error(t->set->session, "call", "not_as_expected",
                  "see what the other side offers and what the level allows",
                  text);
    talk_blame(t, EXIT_EXPECT);
}

static void judge(struct talk *t, const struct siplock_event *e)
{
    if (t->rejected ||
        (e->cause.code && strcmp(e->cause.code, "call_replaced") == 0))
        return; /* as was asked, or another one goes on */
    talk_blame(t, exitcode_of(e->cause.domain));
    if (!t->established || !e->stats)
        return;
    if (!e->stats->packets_sent || !e->stats->packets_received)
        no_media(t, e->stats);
    expect(t, "codec", t->set->terms.codec, t->codec);
    expect(t, "suite", t->set->terms.suite, t->suite);
}

/* ----------------------------------------------------------------- sound */

static void on_released(void *user)
{
    struct sound *s = user;
    struct talk *t =
        (struct talk *)(void *)((char *)s - offsetof(struct talk, sound));

    atomic_store(&t->released, true);
}

static void sound_failed(struct talk *t)
{
    session_error(t->set->session, "internal", "sound_failed",
                  "see the file or pipe that is named", t->sound.why);
    talk_blame(t, EXIT_OTHER);
    (void)siplock_call_hangup(t->set->session->siplock, t->call);
}

/* "f.wav" for the first call, "f-2.wav" for the second. */
static void record_name(char *out, size_t cap, const char *name,
                        unsigned number)
{
    const char *dot = strrchr(name, '.'), *slash = strrchr(name, '/');
    size_t stem =
        dot && (!slash || dot > slash) ? (size_t)(dot - name) : strlen(name);

    if (number < 2 || !sink_is_file(name))
        snprintf(out, cap, "%s", name);
    else
        snprintf(out, cap, "%.*s-%u%s", (int)stem, name, number, name + stem);
}

static int no_sound(struct talk_set *set, const char *why)
{
    session_error(set->session, "config", "config_invalid",
                  "name another file", why);
    return EXIT_CONFIG;
}

int talk_check(struct talk_set *set)
{
    char why[SOUND_WHY_MAX];
    struct source *source;

    if (source_new(&source, set->terms.play, false, why, sizeof(why)))
        return no_sound(set, why);
    source_free(source);
    return EXIT_DONE;
}

static int open_sound(struct talk *t)
{
    const struct talk_terms *terms = &t->set->terms;
    char name[TALK_NAME_MAX];

    record_name(name, sizeof(name), terms->record ? terms->record : "null",
                t->number);
    if (sound_open(&t->sound, terms->play, terms->loop, name))
        return no_sound(t->set, t->sound.why);
    return EXIT_DONE;
}

static int hang_up(struct talk *t)
{
    struct siplock *s = t->set->session->siplock;
    unsigned status = t->set->terms.hangup;

    return status ? siplock_call_hangup_for(s, t->call, status)
                  : siplock_call_hangup(s, t->call);
}

static void start_sound(struct talk *t)
{
    struct siplock_audio audio = sound_audio(&t->sound, on_released);

    atomic_store(&t->released, false);
    if (siplock_audio_start(t->set->session->siplock, t->call, &audio))
        atomic_store(&t->released, true);
}

/* ------------------------------------------------------------------ tick */

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void remove_talk(struct talk *t)
{
    struct talk **at = &t->set->talks;

    talk_transfer_gone(t);
    while (*at != t)
        at = &(*at)->next;
    *at = t->next;
    t->set->live--;
    uv_close((uv_handle_t *)&t->tick, on_closed);
}

static void close_talk(struct talk *t)
{
    if (sound_close(&t->sound)) {
        session_error(t->set->session, "internal", "sound_failed",
                      "see the file or pipe that is named", t->sound.why);
        talk_blame(t, EXIT_OTHER);
    }
    remove_talk(t);
}

static void act(struct talk *t)
{
    struct siplock *s = t->set->session->siplock;
    int err;

    t->act_at = UINT64_MAX;
    if (t->established || !t->in)
        err = hang_up(t);
    else if ((t->rejected = t->set->terms.reject != 0))
        err = siplock_call_reject(s, t->call, t->set->terms.reject);
    else
        err = siplock_call_answer(s, t->call);
    if (err && err != SIPLOCK_EGONE)
        session_error(t->set->session, "internal", siplock_error_name(err),
                      "report this with the log", siplock_error_text(err));
}

static void press(struct talk *t, uint64_t now)
{
    char c = *t->digit++;

    if (c == 'w') {
        t->digit_at = now + DIGIT_WAIT_MS;
        return;
    }
    (void)siplock_call_dtmf(t->set->session->siplock, t->call, c, DIGIT_MS);
    t->digit_at = now + DIGIT_NEXT_MS;
}

static void on_tick(uv_timer_t *timer)
{
    struct talk *t = timer->data;
    struct talk_set *set = t->set;
    uint64_t now = uv_now(&set->session->loop);

    if (t->gone && atomic_load(&t->released)) {
        close_talk(t);
        set->over(set, t->code); /* t lives until the handle is closed */
        return;
    }
    if (!t->told && sound_tick(&t->sound)) {
        t->told = true;
        sound_failed(t);
    }
    if (t->gone)
        return;
    while (t->established && *t->digit && now >= t->digit_at)
        press(t, now);
    talk_transfer_tick(t, now);
    talk_hold_tick(t, now);
    if (now >= t->act_at)
        act(t);
}

/* ----------------------------------------------------------------- birth */

static struct talk *make(struct talk_set *set, unsigned number)
{
    struct talk *t = calloc(1, sizeof(*t));

    if (!t)
        return NULL;
    t->set = set;
    t->act_at = t->transfer_at = t->hold_at = t->resume_at = UINT64_MAX;
    t->digit = set->terms.dtmf ? set->terms.dtmf : "";
    t->number = number;
    atomic_init(&t->released, true);
    if (open_sound(t)) {
        free(t);
        return NULL;
    }
    uv_timer_init(&set->session->loop, &t->tick);
    t->tick.data = t;
    uv_timer_start(&t->tick, on_tick, SOUND_TICK_MS, SOUND_TICK_MS);
    t->next = set->talks;
    set->talks = t;
    set->live++;
    return t;
}

int talk_start(struct talk_set *set, const char *target)
{
    struct session *s = set->session;
    struct siplock_cause cause = {.size = sizeof(cause)};
    struct siplock_call_options how = set->terms.how;
    struct talk *t = make(set, s->report.counted + 1);
    int err;

    if (!t)
        return EXIT_CONFIG;
    how.target = target;
    err = siplock_call_start_with(s->siplock, &t->call, s->account, &how,
                                  &cause);
    if (err) {
        report_refused(&s->report, s->file.config.aor, &cause);
        if (!cause.domain)
            cause = report_cause("config", siplock_error_name(err),
                                 "correct the address that is called",
                                 siplock_error_text(err));
        report_error(&s->report, &cause);
        close_talk(t);
        return exitcode_of(cause.domain);
    }
    (void)report_call(&s->report, t->call);
    start_sound(t);
    return EXIT_DONE;
}

void talk_take(struct talk_set *set, siplock_call call)
{
    struct siplock *s = set->session->siplock;
    uint64_t now = uv_now(&set->session->loop);
    struct talk *t;

    t = make(set, report_call(&set->session->report, call));
    if (!t) {
        (void)siplock_call_reject(s, call, 480);
        set->over(set, EXIT_OTHER);
        return;
    }
    t->call = call;
    t->in = true;
    t->act_at = now;
    if (set->terms.ring_ms >= 0) {
        t->act_at += (uint64_t)set->terms.ring_ms;
        if (set->terms.early)
            (void)siplock_call_early(s, call);
        else
            (void)siplock_call_ring(s, call);
    }
    if (!set->terms.reject)
        start_sound(t);
    if (t->act_at == now)
        act(t);
}

/* ---------------------------------------------------------------- events */

static void copy(char *out, size_t cap, struct siplock_str s)
{
    snprintf(out, cap, "%.*s", (int)s.n, s.p ? s.p : "");
}

static void on_state(struct talk *t, const struct siplock_event *e)
{
    uint64_t now = uv_now(&t->set->session->loop);

    talk_hold_event(t, e);
    if (e->state != SIPLOCK_CALL_ESTABLISHED)
        return;
    t->established = true;
    t->digit_at = t->established_at = now;
    if (t->set->terms.for_ms >= 0)
        t->act_at = now + (uint64_t)t->set->terms.for_ms;
}

struct talk *talk_find(struct talk_set *set, siplock_call call)
{
    struct talk *t = set->talks;

    while (t && t->call.id != call.id)
        t = t->next;
    return call.id ? t : NULL;
}

struct talk *talk_add(struct talk_set *set, siplock_call call, bool in)
{
    struct talk *t = make(set, report_call(&set->session->report, call));

    if (!t)
        return NULL;
    t->call = call;
    t->in = in;
    start_sound(t);
    return t;
}

void talk_event(struct talk_set *set, const struct siplock_event *e)
{
    struct talk *t;

    talk_transfer_event(set, e);
    t = talk_find(set, e->call);
    if (!t)
        return;
    if (e->type == SIPLOCK_EVENT_CALL_STATE) {
        on_state(t, e);
    } else if (e->type == SIPLOCK_EVENT_CALL_MEDIA) {
        copy(t->codec, sizeof(t->codec), e->codec);
        copy(t->suite, sizeof(t->suite), e->suite);
    } else if (e->type == SIPLOCK_EVENT_CALL_ENDED) {
        t->gone = true;
        judge(t, e);
    }
}

bool talk_end_all(struct talk_set *set)
{
    for (struct talk *t = set->talks; t; t = t->next)
        (void)hang_up(t);
    return set->talks != NULL;
}

void talk_close_all(struct talk_set *set)
{
    while (set->talks)
        close_talk(set->talks);
}
