/* SPDX-License-Identifier: Apache-2.0 */
/* siplock register: register, stay registered, unregister; explain. */
#include <string.h>

#include "tools/commands.h"
#include "tools/opts.h"
#include "tools/session.h"

enum { REGISTER_TIMEOUT_MS = 60000 }; /* to the first 200 */

/* One run of the command. */
struct run {
    bool once;
    long long for_ms; /* -1: until interrupted */
    int last;         /* exit code of the last failure */
};

static void on_time_up(struct session *s)
{
    struct run *run = s->user;

    if (s->registered) {
        session_end(s, EXIT_DONE);
        return;
    }
    if (run->last == EXIT_DONE) {
        session_error(s, "timeout", "timed_out",
                      "allow more time or see the events before this one",
                      "not registered in the time that was given");
        run->last = EXIT_TIMEOUT;
    }
    session_end(s, run->last);
}

static void on_registered(struct session *s, bool first)
{
    struct run *run = s->user;

    run->last = EXIT_DONE;
    if (run->once)
        session_end(s, EXIT_DONE);
    else if (first)
        session_arm(s, run->for_ms);
}

/* What will not pass by itself ends the run; so does anything with --once.
 */
static void on_failed(struct session *s, int code, bool retries)
{
    struct run *run = s->user;

    run->last = code;
    if (run->once || !retries || code == EXIT_CERT || code == EXIT_POLICY)
        session_end(s, code);
}

static int usage(void)
{
    fprintf(stderr,
            "usage: siplock register --account FILE [--once | --for S]\n"
            "                        [--timeout S] [--json]\n"
            "                        [--log off|error|warn|info|debug]\n");
    return EXIT_USAGE;
}

int cmd_register(int argc, char **argv)
{
    static const struct session_ops ops = {.registered = on_registered,
                                           .failed = on_failed,
                                           .time_up = on_time_up};
    struct session_words w = {NULL, NULL, NULL, false, false};
    const char *for_s = NULL;
    struct run run = {.for_ms = -1};
    const struct opt opts[] = {
        SESSION_OPTS(w),
        {"--once", NULL, &run.once},
        {"--for", &for_s, NULL},
    };
    struct session s = {
        .ops = &ops, .user = &run, .timeout_ms = REGISTER_TIMEOUT_MS};
    struct opts_words none = {0};

    if (opts_read(argc, argv, opts, sizeof(opts) / sizeof(opts[0]), &none) ||
        (run.once && for_s) || (for_s && !opts_seconds(&run.for_ms, for_s)) ||
        !session_read(&s, &w))
        return usage();
    return session_run(&s, w.account);
}
