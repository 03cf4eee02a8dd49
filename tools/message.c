/* SPDX-License-Identifier: Apache-2.0 */
/* siplock message: register, send one message, say how it went. */
#include <string.h>

#include "tools/commands.h"
#include "tools/opts.h"
#include "tools/session.h"

enum { TIMEOUT_MS = 60000 };

struct run {
    struct siplock_message_config config;
    siplock_message message;
};

static void send_it(struct session *s)
{
    struct run *run = s->user;
    struct siplock_cause cause = {.size = sizeof(cause)};

    if (!siplock_message_send(s->siplock, &run->message, s->account,
                              &run->config, &cause))
        return;
    session_refused(s, &cause);
}

static void on_event(struct session *s, const struct siplock_event *e)
{
    if (e->type == SIPLOCK_EVENT_MESSAGE_STATE)
        session_end(s, exitcode_of(e->cause.domain));
}

static void on_time_up(struct session *s)
{
    session_timed_out(s, "not sent");
}

static int usage(void)
{
    fprintf(stderr, "usage: siplock message URI TEXT --account FILE\n"
                    "                       [--type text/plain] "
                    "[--timeout S] [--no-register]\n"
                    "                       [--json]\n"
                    "                       [--log off|error|warn|info|debug]"
                    "\n");
    return EXIT_USAGE;
}

int cmd_message(int argc, char **argv)
{
    static const struct session_ops ops = {
        .event = on_event, .ready = send_it, .time_up = on_time_up};
    struct session_words w = {NULL, NULL, NULL, false, false};
    const char *word[2] = {NULL, NULL};
    struct run run = {.config = {.size = sizeof(run.config)}};
    const struct opt opts[] = {
        SESSION_OPTS(w),
        {"--type", &run.config.content_type, NULL},
        {"--no-register", NULL, &w.no_register},
    };
    struct session s = {.ops = &ops, .user = &run, .timeout_ms = TIMEOUT_MS};
    struct opts_words words = {word, 2, 0};

    if (opts_read(argc, argv, opts, sizeof(opts) / sizeof(opts[0]), &words) ||
        words.n != 2 || !session_read(&s, &w))
        return usage();
    run.config.target = word[0];
    run.config.body = (struct siplock_str){word[1], strlen(word[1])};
    return session_run(&s, w.account);
}
