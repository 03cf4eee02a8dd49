/* SPDX-License-Identifier: Apache-2.0 */
/* siplock register: register, stay registered, unregister; explain. */
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "tools/account.h"
#include "tools/commands.h"
#include "tools/exitcode.h"
#include "tools/opts.h"
#include "tools/report.h"

enum {
    REGISTER_TIMEOUT_MS = 60000, /* to the first 200, unless --timeout */
    UNREGISTER_MS = 1900         /* INT to exit: within 2 s */
};

/* One run of the command. */
struct run {
    struct report report;
    struct account_file file;
    struct siplock *siplock;
    siplock_account account;
    uv_loop_t loop;
    uv_timer_t timer;
    uv_signal_t sigint, sigterm;
    bool once;
    bool ending;
    bool registered;     /* now */
    bool was_registered; /* ever */
    bool done;
    long long for_ms; /* -1: until interrupted */
    long long timeout_ms;
    int code;
    int last; /* exit code of the last failure */
};

static void on_log(void *user, int level, const char *line, size_t n)
{
    (void)user;
    (void)level;
    fprintf(stderr, "%.*s\n", (int)n, line);
}

/* The library has let go of the loop's handles; close our own. */
static void on_freed(void *user)
{
    struct run *run = user;

    uv_close((uv_handle_t *)&run->timer, NULL);
    uv_close((uv_handle_t *)&run->sigint, NULL);
    uv_close((uv_handle_t *)&run->sigterm, NULL);
}

static void finish(struct run *run)
{
    if (run->done)
        return;
    run->done = true;
    uv_timer_stop(&run->timer);
    siplock_free(run->siplock, on_freed);
}

static void on_timer(uv_timer_t *timer);

/* Unregisters; the exit code is settled already. */
static void begin_end(struct run *run, int code)
{
    if (run->ending)
        return;
    run->ending = true;
    run->code = code;
    uv_timer_start(&run->timer, on_timer, UNREGISTER_MS, 0);
    if (siplock_account_remove(run->siplock, run->account))
        finish(run);
}

static void time_is_up(struct run *run)
{
    struct siplock_cause c;

    if (run->registered) {
        begin_end(run, EXIT_DONE);
        return;
    }
    if (run->last == EXIT_DONE) {
        c = report_cause("timeout", "timed_out",
                         "allow more time or see the events before this one",
                         "not registered in the time that was given");
        report_error(&run->report, &c);
        run->last = EXIT_TIMEOUT;
    }
    begin_end(run, run->last);
}

static void on_timer(uv_timer_t *timer)
{
    struct run *run = timer->data;

    if (run->ending)
        finish(run);
    else
        time_is_up(run);
}

static void on_signal(uv_signal_t *handle, int signum)
{
    struct run *run = handle->data;

    (void)signum;
    if (run->ending)
        finish(run);
    else
        begin_end(run, EXIT_INTERRUPTED);
    run->code = EXIT_INTERRUPTED;
}

static void on_registered(struct run *run)
{
    bool first = !run->was_registered;

    run->registered = run->was_registered = true;
    run->last = EXIT_DONE;
    if (run->once)
        begin_end(run, EXIT_DONE);
    else if (first && run->for_ms >= 0)
        uv_timer_start(&run->timer, on_timer, (uint64_t)run->for_ms, 0);
    else if (first)
        uv_timer_stop(&run->timer);
}

/* What will not pass by itself ends the run; so does anything with --once.
 */
static void on_failed(struct run *run, const struct siplock_event *e)
{
    run->registered = false;
    run->last = exitcode_of(e->cause.domain);
    if (run->once || e->retry_ms < 0 || run->last == EXIT_CERT ||
        run->last == EXIT_POLICY)
        begin_end(run, run->last);
}

static void on_event(void *user, const struct siplock_event *e)
{
    struct run *run = user;

    report_event(&run->report, run->file.config.aor, e);
    if (run->report.failed && !run->ending)
        begin_end(run, EXIT_OTHER);
    if (e->type != SIPLOCK_EVENT_REGISTER_STATE)
        return;
    if (e->state == SIPLOCK_REGISTER_ENDED)
        finish(run);
    else if (run->ending)
        return;
    else if (e->state == SIPLOCK_REGISTER_REGISTERED)
        on_registered(run);
    else if (e->state == SIPLOCK_REGISTER_FAILED)
        on_failed(run, e);
    else
        run->registered = false;
}

static int start(struct run *run, int log_level)
{
    struct siplock_cause cause = {.size = sizeof(cause)};
    struct siplock_config config = {
        .size = sizeof(config),
        .user = run,
        .on_event = on_event,
        .on_log = on_log,
        .log_level = log_level,
        .user_agent = "siplock",
        .uv_loop = &run->loop,
    };
    int err = siplock_new(&run->siplock, &config);

    if (err) {
        cause = report_cause("internal", siplock_error_name(err), "",
                             siplock_error_text(err));
        report_error(&run->report, &cause);
        return EXIT_OTHER;
    }
    err = siplock_account_add(run->siplock, &run->account, &run->file.config,
                              &cause);
    if (err) {
        report_refused(&run->report, run->file.config.aor, &cause);
        report_error(&run->report, &cause);
        return exitcode_of(cause.domain);
    }
    return EXIT_DONE;
}

static int run_loop(struct run *run, int log_level)
{
    uv_loop_init(&run->loop);
    uv_timer_init(&run->loop, &run->timer);
    uv_signal_init(&run->loop, &run->sigint);
    uv_signal_init(&run->loop, &run->sigterm);
    run->timer.data = run->sigint.data = run->sigterm.data = run;
    uv_signal_start(&run->sigint, on_signal, SIGINT);
    uv_signal_start(&run->sigterm, on_signal, SIGTERM);
    uv_timer_start(&run->timer, on_timer, (uint64_t)run->timeout_ms, 0);
    run->code = start(run, log_level);
    if (run->code) {
        run->ending = true;
        if (run->siplock)
            finish(run);
        else
            on_freed(run);
    }
    uv_run(&run->loop, UV_RUN_DEFAULT);
    uv_loop_close(&run->loop);
    return run->report.failed ? EXIT_OTHER : run->code;
}

static int log_level_of(const char *text)
{
    static const char *const names[] = {"off", "error", "warn", "info",
                                        "debug"};

    for (int i = 0; text && i < 5; i++)
        if (strcmp(text, names[i]) == 0)
            return i;
    return text ? -1 : SIPLOCK_LOG_INFO;
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
    const char *account = NULL, *for_s = NULL, *timeout = NULL, *log = NULL;
    bool json = false;
    struct run run = {.for_ms = -1, .timeout_ms = REGISTER_TIMEOUT_MS};
    const struct opt opts[] = {
        {"--account", &account, NULL}, {"--once", NULL, &run.once},
        {"--for", &for_s, NULL},       {"--timeout", &timeout, NULL},
        {"--json", NULL, &json},       {"--log", &log, NULL},
    };
    struct opts_words none = {0};
    struct siplock_cause cause;
    int code;

    if (opts_read(argc, argv, opts, 6, &none) || !account ||
        (run.once && for_s) || (for_s && !opts_seconds(&run.for_ms, for_s)) ||
        (timeout && !opts_seconds(&run.timeout_ms, timeout)) ||
        log_level_of(log) < 0)
        return usage();
    report_init(&run.report, stdout, json);
    if (account_file_load(&run.file, account, &cause)) {
        report_hello(&run.report, "strict");
        report_error(&run.report, &cause);
        code = EXIT_CONFIG;
    } else {
        report_hello(&run.report, run.file.level);
        code = run_loop(&run, log_level_of(log));
    }
    account_file_free(&run.file);
    return code;
}
