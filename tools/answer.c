/* SPDX-License-Identifier: Apache-2.0 */
/* siplock answer: register, or listen; answer calls; play and record. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/commands.h"
#include "tools/listen.h"
#include "tools/talk.h"

enum { REGISTER_TIMEOUT_MS = 60000 }; /* to the first 200 */

struct run {
    struct talk_set set;
    struct listen listen;
    long long timeout_ms;   /* to be registered */
    unsigned long calls;    /* then it ends; 0: never */
    unsigned long at_most;  /* at the same time; others are busy */
    unsigned long answered; /* or rejected, and over */
    int code;               /* the first one that is not 0 */
    int last;               /* of the last failure to register */
};

static void on_started(struct session *s)
{
    struct run *run = s->user;
    int code = talk_check(&run->set);

    if (!code && run->listen.at)
        code = session_listen(s, &run->listen);
    if (code)
        session_end(s, code);
    else if (!run->listen.at)
        session_arm(s, run->timeout_ms);
}

static void on_registered(struct session *s, bool first)
{
    if (first)
        session_arm(s, -1);
}

static void on_failed(struct session *s, int code, bool retries)
{
    struct run *run = s->user;

    run->last = code;
    if (!retries || code == EXIT_CERT || code == EXIT_POLICY)
        session_end(s, code);
}

static void on_time_up(struct session *s)
{
    const struct run *run = s->user;

    if (!run->last)
        session_error(s, "timeout", "timed_out",
                      "allow more time or see the events before this one",
                      "not registered in the time that was given");
    session_end(s, run->last ? run->last : EXIT_TIMEOUT);
}

static bool is_new(const struct siplock_event *e)
{
    return e->type == SIPLOCK_EVENT_CALL_STATE &&
           e->direction == SIPLOCK_DIR_IN &&
           e->state == SIPLOCK_CALL_RINGING && !talk_takes_over(e);
}

static void on_event(struct session *s, const struct siplock_event *e)
{
    struct run *run = s->user;

    if (!is_new(e))
        talk_event(&run->set, e);
    else if (s->ending || run->set.live >= run->at_most ||
             (run->calls && run->answered + run->set.live >= run->calls))
        (void)siplock_call_reject(s->siplock, e->call, 486);
    else
        talk_take(&run->set, e->call);
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

    run->answered++;
    if (!run->code)
        run->code = code;
    if (s->ending && !set->live)
        session_calls_gone(s);
    else if (run->calls && run->answered >= run->calls && !set->live)
        session_end(s, run->code);
}

static int usage(void)
{
    fprintf(
        stderr,
        "usage: siplock answer --account FILE\n"
        "       siplock answer --listen HOST:PORT --cert CHAIN --key KEY\n"
        "                      [--max-calls N]\n"
        "                      [--calls N] [--ring S [--early]] [--reject "
        "CODE]\n"
        "                      [--play FILE|tone[:HZ]|pipe:RATE|null] "
        "[--loop]\n"
        "                      [--record FILE|pipe:RATE|null] "
        "[--dtmf 1w2]\n"
        "                      [--for S] [--timeout S]\n" TALK_USAGE_TRANSFER
        "                      [--expect codec=NAME,suite=NAME]\n"
        "                      [--json] [--verbose]\n"
        "                      [--log off|error|warn|info|debug]\n");
    return EXIT_USAGE;
}

/* A number from low to high; text NULL leaves it as it is. */
static bool read_number(unsigned long *n, const char *text, unsigned long low,
                        unsigned long high)
{
    if (!text)
        return true;
    if (strspn(text, "0123456789") != strlen(text) || strlen(text) > 9 ||
        !*text)
        return false;
    *n = strtoul(text, NULL, 10);
    return *n >= low && *n <= high;
}

struct words {
    struct talk_words talk;
    const char *ring, *reject, *calls, *max_calls;
    bool early;
};

/* One account, or all that listening needs. */
static bool read_words(struct run *run, const struct words *w)
{
    const struct listen *l = &run->listen;
    bool direct = l->at && l->cert && l->key && !w->talk.account;
    bool registers = w->talk.account && !l->at && !l->cert && !l->key;
    bool pipes = (w->talk.play && strncmp(w->talk.play, "pipe:", 5) == 0) ||
                 sink_is_stdout(w->talk.record);
    unsigned long reject = 0;

    if (!(direct || registers) || (w->early && !w->ring) ||
        !talk_read(&run->set.terms, &w->talk) ||
        (w->ring && !opts_seconds(&run->set.terms.ring_ms, w->ring)) ||
        (w->talk.timeout &&
         !opts_seconds(&run->timeout_ms, w->talk.timeout)) ||
        !read_number(&run->calls, w->calls, 1, 1000000000) ||
        !read_number(&run->at_most, w->max_calls, 1, REPORT_CALLS_MAX) ||
        !read_number(&reject, w->reject, 300, 699))
        return false;
    run->set.terms.reject = (unsigned)reject;
    run->set.terms.early = w->early;
    if (pipes)
        run->at_most = 1; /* there is one stdin and one stdout */
    return true;
}

int cmd_answer(int argc, char **argv)
{
    static const struct session_ops ops = {.started = on_started,
                                           .event = on_event,
                                           .registered = on_registered,
                                           .failed = on_failed,
                                           .time_up = on_time_up,
                                           .ending = on_ending,
                                           .freed = on_freed};
    struct run run = {.timeout_ms = REGISTER_TIMEOUT_MS,
                      .at_most = REPORT_CALLS_MAX};
    struct session s = {.ops = &ops, .user = &run};
    struct words w = {{0}, NULL, NULL, NULL, NULL, false};
    const struct opt own[] = {
        {"--ring", &w.ring, NULL},
        {"--reject", &w.reject, NULL},
        {"--calls", &w.calls, NULL},
        {"--listen", &run.listen.at, NULL},
        {"--cert", &run.listen.cert, NULL},
        {"--key", &run.listen.key, NULL},
        {"--max-calls", &w.max_calls, NULL},
        {"--early", NULL, &w.early},
    };
    struct opt opts[TALK_OPTIONS + sizeof(own) / sizeof(own[0])];
    struct opts_words none = {0};
    int code;

    talk_options(opts, &w.talk);
    memcpy(opts + TALK_OPTIONS, own, sizeof(own));
    if (opts_read(argc, argv, opts, sizeof(opts) / sizeof(opts[0]), &none) ||
        !read_words(&run, &w))
        return usage();
    run.set.session = &s;
    run.set.over = on_over;
    s.log_level = session_log_level(w.talk.log);
    report_init(&s.report, talk_report_to(&w.talk), w.talk.json);
    s.report.verbose = w.talk.verbose;
    code = session_run(&s, w.talk.account);
    session_listen_free(&run.listen);
    return code;
}
