/* SPDX-License-Identifier: Apache-2.0 */
/* siplock subscribe: register, subscribe, print what is notified. */
#include <stdlib.h>
#include <string.h>

#include "tools/commands.h"
#include "tools/opts.h"
#include "tools/session.h"

enum { FIRST_NOTIFY_MS = 60000, EXPIRES = 3600 };

struct run {
    struct siplock_subscribe_config config;
    siplock_subscription subscription;
    long long for_ms; /* from the first NOTIFY on; -1: until interrupted */
    bool once;
    bool asked, active, over;
};

static void subscribe(struct session *s)
{
    struct run *run = s->user;
    struct siplock_cause cause = {.size = sizeof(cause)};
    int err;

    run->asked = true;
    err = siplock_subscribe(s->siplock, &run->subscription, s->account,
                            &run->config, &cause);
    if (!err)
        return;
    run->over = true;
    session_refused(s, &cause);
}

static void on_ended(struct session *s, const struct siplock_event *e)
{
    struct run *run = s->user;

    run->over = true;
    if (s->ending)
        session_calls_gone(s);
    else
        session_end(s, exitcode_of(e->cause.domain));
}

static void on_event(struct session *s, const struct siplock_event *e)
{
    struct run *run = s->user;

    /* A real fetch has Expires: 0, which Asterisk answers with 400. */
    if (e->type == SIPLOCK_EVENT_NOTIFY && run->once)
        session_end(s, EXIT_DONE);
    if (e->type != SIPLOCK_EVENT_SUBSCRIPTION_STATE)
        return;
    if (e->state == SIPLOCK_SUBSCRIPTION_ENDED && !e->notifier) {
        on_ended(s, e);
    } else if (e->state == SIPLOCK_SUBSCRIPTION_ACTIVE && !run->active) {
        run->active = true;
        session_arm(s, run->for_ms);
    }
}

/* Active: the time that was asked for; else it never came to that. */
static void on_time_up(struct session *s)
{
    const struct run *run = s->user;

    if (run->active) {
        session_end(s, EXIT_DONE);
        return;
    }
    session_timed_out(s, "not subscribed");
}

static bool on_ending(struct session *s)
{
    const struct run *run = s->user;

    return run->asked && !run->over &&
           !siplock_unsubscribe(s->siplock, run->subscription);
}

static int usage(void)
{
    fprintf(
        stderr,
        "usage: siplock subscribe [URI] --event PACKAGE --account FILE\n"
        "                         [--accept TYPES] [--expires S] [--once]\n"
        "                         [--for S] [--timeout S] [--no-register]\n"
        "                         [--json]\n"
        "                         [--log off|error|warn|info|debug]\n");
    return EXIT_USAGE;
}

static bool read_expires(struct run *run, const char *text)
{
    char *end = NULL;
    unsigned long n = text ? strtoul(text, &end, 10) : EXPIRES;

    if (text && (!*text || *end || n == 0 || n > 604800))
        return false;
    run->config.expires = (uint32_t)n;
    return true;
}

int cmd_subscribe(int argc, char **argv)
{
    static const struct session_ops ops = {.event = on_event,
                                           .ready = subscribe,
                                           .time_up = on_time_up,
                                           .ending = on_ending};
    struct session_words w = {NULL, NULL, NULL, false, false};
    const char *for_s = NULL, *expires = NULL;
    struct run run = {.config = {.size = sizeof(run.config)}, .for_ms = -1};
    const struct opt opts[] = {
        SESSION_OPTS(w),
        {"--event", &run.config.event, NULL},
        {"--accept", &run.config.accept, NULL},
        {"--expires", &expires, NULL},
        {"--once", NULL, &run.once},
        {"--for", &for_s, NULL},
        {"--no-register", NULL, &w.no_register},
    };
    struct session s = {
        .ops = &ops, .user = &run, .timeout_ms = FIRST_NOTIFY_MS};
    struct opts_words words = {&run.config.target, 1, 0};

    if (opts_read(argc, argv, opts, sizeof(opts) / sizeof(opts[0]), &words) ||
        !run.config.event || !read_expires(&run, expires) ||
        (for_s && !opts_seconds(&run.for_ms, for_s)) || !session_read(&s, &w))
        return usage();
    return session_run(&s, w.account);
}
