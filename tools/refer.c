/* SPDX-License-Identifier: Apache-2.0 */
/* siplock refer: register, ask somebody to call somebody else. */
#include <string.h>

#include "tools/commands.h"
#include "tools/opts.h"
#include "tools/session.h"

enum { TIMEOUT_MS = 180000 };

struct run {
    struct siplock_refer_config config;
    siplock_reference reference;
    long long timeout_ms;
    bool quiet;
};

static void send_it(struct session *s)
{
    struct run *run = s->user;
    struct siplock_cause cause = {.size = sizeof(cause)};

    run->config.no_subscription = run->quiet;
    if (!siplock_refer(s->siplock, &run->reference, s->account, &run->config,
                       &cause))
        return;
    report_refused(&s->report, s->file.config.aor, &cause);
    report_error(&s->report, &cause);
    session_end(s, exitcode_of(cause.domain));
}

static void on_started(struct session *s)
{
    const struct run *run = s->user;

    session_arm(s, run->timeout_ms);
}

static void on_event(struct session *s, const struct siplock_event *e)
{
    const struct run *run = s->user;

    if (e->type != SIPLOCK_EVENT_TRANSFER ||
        e->state < SIPLOCK_TRANSFER_DONE ||
        e->reference.id != run->reference.id)
        return;
    session_end(s, e->state == SIPLOCK_TRANSFER_FAILED
                       ? exitcode_of(e->cause.domain)
                       : EXIT_DONE);
}

static void on_time_up(struct session *s)
{
    session_error(s, "timeout", "timed_out",
                  "allow more time or see the events before this one",
                  "nothing came of it in the time that was given");
    session_end(s, EXIT_TIMEOUT);
}

static int usage(void)
{
    fprintf(stderr, "usage: siplock refer URI TARGET --account FILE\n"
                    "                     [--no-subscription] [--timeout S] "
                    "[--no-register]\n"
                    "                     [--json]\n"
                    "                     [--log off|error|warn|info|debug]"
                    "\n");
    return EXIT_USAGE;
}

int cmd_refer(int argc, char **argv)
{
    static const struct session_ops ops = {.started = on_started,
                                           .event = on_event,
                                           .ready = send_it,
                                           .time_up = on_time_up};
    const char *account = NULL, *timeout = NULL, *log = NULL;
    const char *word[2] = {NULL, NULL};
    bool json = false, no_register = false;
    struct run run = {.config = {.size = sizeof(run.config)},
                      .timeout_ms = TIMEOUT_MS};
    const struct opt opts[] = {
        {"--account", &account, NULL}, {"--no-subscription", NULL, &run.quiet},
        {"--timeout", &timeout, NULL}, {"--no-register", NULL, &no_register},
        {"--json", NULL, &json},       {"--log", &log, NULL},
    };
    struct session s = {.ops = &ops, .user = &run};
    struct opts_words words = {word, 2, 0};

    if (opts_read(argc, argv, opts, sizeof(opts) / sizeof(opts[0]), &words) ||
        words.n != 2 || !account ||
        (timeout && !opts_seconds(&run.timeout_ms, timeout)) ||
        session_log_level(log) < 0)
        return usage();
    run.config.at = word[0];
    run.config.target = word[1];
    s.file.config.no_register = no_register;
    s.log_level = session_log_level(log);
    report_init(&s.report, stdout, json);
    return session_run(&s, account);
}
