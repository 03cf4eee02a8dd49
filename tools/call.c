/* SPDX-License-Identifier: Apache-2.0 */
/* siplock call: register, call, play and record, hang up, unregister. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/commands.h"
#include "tools/talk.h"

enum { CALL_TIMEOUT_MS = 60000 }; /* from the start to established */

struct run {
    struct talk_set set;
    const char *target;
    bool no_register;
    bool calling;
    long long timeout_ms;
    int last; /* exit code of the last failure to register */
    int code; /* the first one of a call that is not 0 */
};

static void call_now(struct session *s)
{
    struct run *run = s->user;
    int code;

    run->calling = true;
    code = talk_start(&run->set, run->target);
    if (code)
        session_end(s, code);
}

static void on_started(struct session *s)
{
    struct run *run = s->user;
    int code = talk_check(&run->set);

    session_arm(s, run->timeout_ms);
    if (code)
        session_end(s, code);
    else if (run->no_register)
        call_now(s);
}

static void on_registered(struct session *s, bool first)
{
    struct run *run = s->user;

    if (first && !run->calling)
        call_now(s);
}

/* Once it calls, the call is what counts. */
static void on_failed(struct session *s, int code, bool retries)
{
    const struct run *run = s->user;

    (void)retries;
    if (!run->calling)
        session_end(s, code);
}

static void on_time_up(struct session *s)
{
    session_timed_out(s, "not answered");
}

static void on_event(struct session *s, const struct siplock_event *e)
{
    struct run *run = s->user;

    talk_event(&run->set, e);
    if (e->type == SIPLOCK_EVENT_CALL_STATE &&
        e->direction == SIPLOCK_DIR_IN && e->state == SIPLOCK_CALL_RINGING &&
        !talk_takes_over(e))
        (void)siplock_call_reject(s->siplock, e->call, 486);
    else if (e->type == SIPLOCK_EVENT_CALL_STATE &&
             e->direction == SIPLOCK_DIR_OUT &&
             e->state == SIPLOCK_CALL_ESTABLISHED)
        session_arm(s, -1);
}

static bool on_ending(struct session *s)
{
    struct run *run = s->user;

    return talk_end_all(&run->set);
}

static void on_freed(struct session *s)
{
    struct run *run = s->user;

    talk_close_all(&run->set);
}

static void on_over(struct talk_set *set, int code)
{
    struct session *s = set->session;
    struct run *run = s->user;

    if (!run->code)
        run->code = code;
    if (set->live)
        return; /* a call of a transfer goes on */
    if (s->ending) {
        if (s->code == EXIT_DONE)
            s->code = run->code;
        session_calls_gone(s);
    } else {
        session_end(s, run->code);
    }
}

static int usage(void)
{
    fprintf(stderr,
            "usage: siplock call URI --account FILE [--no-register]\n"
            "                    [--play FILE|tone[:HZ]|pipe:RATE|null] "
            "[--loop]\n"
            "                    [--record FILE|pipe:RATE|null] [--dtmf 1w2]\n"
            "                    [--for S] [--timeout S]\n" TALK_USAGE_TRANSFER
            "                    [--expect codec=NAME,suite=NAME]\n"
            "                    [--no-offer] [--require-100rel] "
            "[--prefer-update]\n"
            "                    [--follow-redirects] [--anonymous] "
            "[--privacy V]\n"
            "                    [--uui DATA] [--hangup-cause CODE]\n"
            "                    [--json] [--verbose]\n"
            "                    [--log off|error|warn|info|debug]\n");
    return EXIT_USAGE;
}

struct words {
    struct talk_words talk;
    const char *privacy, *uui, *hangup;
    bool no_offer, reliable, update, follow, anonymous;
};

static bool read_status(unsigned *status, const char *text)
{
    if (!text)
        return true;
    if (strlen(text) != 3 || strspn(text, "0123456789") != 3)
        return false;
    *status = (unsigned)strtoul(text, NULL, 10);
    return *status >= 200 && *status <= 699;
}

static bool read_words(struct run *run, const struct words *w)
{
    struct talk_terms *t = &run->set.terms;

    if (!w->talk.account || !talk_read(t, &w->talk) ||
        (w->talk.timeout &&
         !opts_seconds(&run->timeout_ms, w->talk.timeout)) ||
        !read_status(&t->hangup, w->hangup))
        return false;
    t->how.no_offer = w->no_offer;
    t->how.reliable = w->reliable;
    t->how.update = w->update;
    t->how.follow_redirects = w->follow;
    t->how.anonymous = w->anonymous;
    t->how.privacy = w->privacy;
    t->how.user_to_user = w->uui;
    return true;
}

int cmd_call(int argc, char **argv)
{
    static const struct session_ops ops = {.started = on_started,
                                           .event = on_event,
                                           .registered = on_registered,
                                           .failed = on_failed,
                                           .time_up = on_time_up,
                                           .ending = on_ending,
                                           .freed = on_freed};
    struct run run = {.timeout_ms = CALL_TIMEOUT_MS};
    struct session s = {.ops = &ops, .user = &run};
    struct words w = {.privacy = NULL};
    const struct opt own[] = {
        {"--no-register", NULL, &run.no_register},
        {"--no-offer", NULL, &w.no_offer},
        {"--require-100rel", NULL, &w.reliable},
        {"--prefer-update", NULL, &w.update},
        {"--follow-redirects", NULL, &w.follow},
        {"--anonymous", NULL, &w.anonymous},
        {"--privacy", &w.privacy, NULL},
        {"--uui", &w.uui, NULL},
        {"--hangup-cause", &w.hangup, NULL},
    };
    enum { OWN = sizeof(own) / sizeof(own[0]) };
    struct opt opts[TALK_OPTIONS + OWN];
    struct opts_words words = {&run.target, 1, 0};

    talk_options(opts, &w.talk);
    memcpy(opts + TALK_OPTIONS, own, sizeof(own));
    if (opts_read(argc, argv, opts, TALK_OPTIONS + OWN, &words) ||
        words.n != 1 || !read_words(&run, &w))
        return usage();
    run.set.session = &s;
    run.set.over = on_over;
    s.log_level = session_log_level(w.talk.log);
    s.file.config.no_register = run.no_register;
    report_init(&s.report, talk_report_to(&w.talk), w.talk.json);
    s.report.verbose = w.talk.verbose;
    return session_run(&s, w.talk.account);
}
