/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a command: everything is ended and closed, whatever happens. */
#include "tools/session.h"

#include <signal.h>
#include <string.h>

#include "tools/opts.h"

enum { END_MS = 1900 }; /* INT to exit: within 2 s */

static void on_log(void *user, int level, const char *line, size_t n)
{
    (void)user;
    (void)level;
    fprintf(stderr, "%.*s\n", (int)n, line);
}

int session_log_level(const char *text)
{
    static const char *const names[] = {"off", "error", "warn", "info",
                                        "debug"};

    for (int i = 0; text && i < 5; i++)
        if (strcmp(text, names[i]) == 0)
            return i;
    return text ? -1 : SIPLOCK_LOG_INFO;
}

void session_error(struct session *s, const char *domain, const char *code,
                   const char *hint, const char *text)
{
    struct siplock_cause c = report_cause(domain, code, hint, text);

    report_error(&s->report, &c);
}

bool session_read(struct session *s, const struct session_words *w)
{
    if (!w->account || session_log_level(w->log) < 0 ||
        (w->timeout && !opts_seconds(&s->timeout_ms, w->timeout)))
        return false;
    s->file.config.no_register = w->no_register;
    s->log_level = session_log_level(w->log);
    report_init(&s->report, stdout, w->json);
    return true;
}

/* ------------------------------------------------------------- the end */

/* The library has let go of the loop's handles; close our own. */
static void on_freed(void *user)
{
    struct session *s = user;

    if (s->ops->freed)
        s->ops->freed(s);
    uv_close((uv_handle_t *)&s->timer, NULL);
    uv_close((uv_handle_t *)&s->sigint, NULL);
    uv_close((uv_handle_t *)&s->sigterm, NULL);
}

static void finish(struct session *s)
{
    if (s->done)
        return;
    s->done = true;
    uv_timer_stop(&s->timer);
    siplock_free(s->siplock, on_freed);
}

void session_calls_gone(struct session *s)
{
    if (!s->ending || s->leaving)
        return;
    s->leaving = true;
    if (!s->has_account || siplock_account_remove(s->siplock, s->account))
        finish(s);
}

static void on_timer(uv_timer_t *timer)
{
    struct session *s = timer->data;

    if (s->ending)
        finish(s);
    else if (s->ops->time_up)
        s->ops->time_up(s);
}

void session_arm(struct session *s, long long ms)
{
    if (s->ending)
        return;
    if (ms < 0)
        uv_timer_stop(&s->timer);
    else
        uv_timer_start(&s->timer, on_timer, (uint64_t)ms, 0);
}

void session_end(struct session *s, int code)
{
    if (s->ending)
        return;
    session_arm(s, END_MS);
    s->ending = true;
    s->code = code;
    if (!s->ops->ending || !s->ops->ending(s))
        session_calls_gone(s);
}

void session_timed_out(struct session *s, const char *what)
{
    char text[128];

    snprintf(text, sizeof(text), "%s in the time that was given", what);
    session_error(s, "timeout", "timed_out",
                  "allow more time or see the events before this one", text);
    session_end(s, EXIT_TIMEOUT);
}

/* The second one does not wait for anybody. */
static void on_signal(uv_signal_t *handle, int signum)
{
    struct session *s = handle->data;

    (void)signum;
    if (s->ending)
        finish(s);
    else
        session_end(s, EXIT_INTERRUPTED);
    s->code = EXIT_INTERRUPTED;
}

/* -------------------------------------------------------------- events */

static void ready(struct session *s)
{
    if (!s->ops->ready || s->was_ready || s->ending)
        return;
    s->was_ready = true;
    s->ops->ready(s);
}

static void failed(struct session *s, const struct siplock_event *e)
{
    int code = exitcode_of(e->cause.domain);

    if (s->ops->failed)
        s->ops->failed(s, code, e->retry_ms >= 0);
    else if (s->ops->ready && !s->was_ready)
        session_end(s, code);
}

static void on_register_state(struct session *s, const struct siplock_event *e)
{
    bool first = !s->was_registered;

    if (e->state == SIPLOCK_REGISTER_ENDED)
        finish(s);
    else if (s->ending)
        return;
    s->registered = e->state == SIPLOCK_REGISTER_REGISTERED;
    s->was_registered = s->was_registered || s->registered;
    if (s->registered && s->ops->registered)
        s->ops->registered(s, first);
    if (s->registered)
        ready(s);
    else if (e->state == SIPLOCK_REGISTER_FAILED)
        failed(s, e);
}

static const char *account_name(const struct session *s)
{
    return s->file.config.aor ? s->file.config.aor : "";
}

static void on_event(void *user, const struct siplock_event *e)
{
    struct session *s = user;

    report_event(&s->report, account_name(s), e);
    if (e->type == SIPLOCK_EVENT_REGISTER_STATE && e->reg_id == 2)
        return; /* the first one counts */
    if (e->type == SIPLOCK_EVENT_REGISTER_STATE)
        on_register_state(s, e);
    else if (s->ops->event)
        s->ops->event(s, e);
    if (s->report.failed)
        session_end(s, EXIT_OTHER);
}

/* --------------------------------------------------------------- start */

static int refuse(struct session *s, const struct siplock_cause *cause)
{
    report_refused(&s->report, account_name(s), cause);
    report_error(&s->report, cause);
    return exitcode_of(cause->domain);
}

void session_refused(struct session *s, const struct siplock_cause *cause)
{
    session_end(s, refuse(s, cause));
}

static int add_account(struct session *s)
{
    struct siplock_cause cause = {.size = sizeof(cause)};

    if (siplock_account_add(s->siplock, &s->account, &s->file.config, &cause))
        return refuse(s, &cause);
    s->has_account = true;
    return EXIT_DONE;
}

static int start(struct session *s)
{
    const struct siplock_config config = {
        .size = sizeof(config),
        .user = s,
        .on_event = on_event,
        .on_log = on_log,
        .log_level = s->log_level,
        .user_agent = "siplock",
        .uv_loop = &s->loop,
    };
    int err = siplock_new(&s->siplock, &config);

    if (!err)
        err = account_file_dns(&s->file, s->siplock);
    if (err) {
        session_error(s, "internal", siplock_error_name(err), "",
                      siplock_error_text(err));
        return EXIT_OTHER;
    }
    return s->file.config.aor ? add_account(s) : EXIT_DONE;
}

static int run_loop(struct session *s)
{
    int code;

    uv_loop_init(&s->loop);
    uv_timer_init(&s->loop, &s->timer);
    uv_signal_init(&s->loop, &s->sigint);
    uv_signal_init(&s->loop, &s->sigterm);
    s->timer.data = s->sigint.data = s->sigterm.data = s;
    uv_signal_start(&s->sigint, on_signal, SIGINT);
    uv_signal_start(&s->sigterm, on_signal, SIGTERM);
    code = start(s);
    if (code) {
        s->ending = true;
        s->code = code;
        if (s->siplock)
            finish(s);
        else
            on_freed(s);
    } else {
        if (s->ops->started)
            s->ops->started(s);
        else
            session_arm(s, s->timeout_ms);
        if (s->file.config.no_register)
            ready(s);
    }
    uv_run(&s->loop, UV_RUN_DEFAULT);
    uv_loop_close(&s->loop);
    return s->report.failed ? EXIT_OTHER : s->code;
}

int session_run(struct session *s, const char *path)
{
    struct siplock_cause cause;
    int code = EXIT_CONFIG;
    bool no_register = s->file.config.no_register != 0;

    (void)signal(SIGPIPE, SIG_IGN); /* a pipe that is closed is an error */
    if (path && account_file_load(&s->file, path, &cause)) {
        report_hello(&s->report, "strict");
        report_error(&s->report, &cause);
    } else {
        s->file.config.no_register = no_register;
        report_hello(&s->report, path ? s->file.level : "strict");
        /* What nobody would see is not begun. */
        code = s->report.failed ? EXIT_OTHER : run_loop(s);
    }
    if (path)
        account_file_free(&s->file);
    return code;
}
