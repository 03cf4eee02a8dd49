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
    session_refused(s, &cause);
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
    session_timed_out(s, "nothing came of it");
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
    static const struct session_ops ops = {
        .event = on_event, .ready = send_it, .time_up = on_time_up};
    struct session_words w = {NULL, NULL, NULL, false, false};
    const char *word[2] = {NULL, NULL};
    struct run run = {.config = {.size = sizeof(run.config)}};
    const struct opt opts[] = {
        SESSION_OPTS(w),
        {"--no-subscription", NULL, &run.quiet},
        {"--no-register", NULL, &w.no_register},
    };
    struct session s = {.ops = &ops, .user = &run, .timeout_ms = TIMEOUT_MS};
    struct opts_words words = {word, 2, 0};

    if (opts_read(argc, argv, opts, sizeof(opts) / sizeof(opts[0]), &words) ||
        words.n != 2 || !session_read(&s, &w))
        return usage();
    run.config.at = word[0];
    run.config.target = word[1];
    return session_run(&s, w.account);
}
