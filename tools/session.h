/* SPDX-License-Identifier: Apache-2.0 */
/* One run of a command with an account: loop, signals, events, the end. */
#ifndef TOOLS_SESSION_H
#define TOOLS_SESSION_H

#include <uv.h>

#include "tools/account.h"
#include "tools/exitcode.h"
#include "tools/report.h"
#include "ua/siplock_more.h"

struct session;

/* What a command does; each may be NULL. */
struct session_ops {
    /* The account was added, or there is none. NULL: timeout_ms begins. */
    void (*started)(struct session *s);
    /* An event, after it was reported; not of the registration. */
    void (*event)(struct session *s, const struct siplock_event *e);
    /* It is registered; first: for the first time. */
    void (*registered)(struct session *s, bool first);
    /* Once: it is registered for the first time, or never shall be
     * (no_register). With it what fails before that ends the run, unless
     * there is failed. */
    void (*ready)(struct session *s);
    /* It is not, with an exit code for why; retries: by itself. */
    void (*failed)(struct session *s, int code, bool retries);
    /* The time of session_arm is up. */
    void (*time_up)(struct session *s);
    /* It ends: true if there are calls to be ended before the account;
     * session_calls_gone is then called. */
    bool (*ending)(struct session *s);
    /* Nothing calls back any more: close what the command has on the loop. */
    void (*freed)(struct session *s);
};

struct session {
    const struct session_ops *ops;
    void *user;
    struct report report;
    struct account_file file; /* the account; config.aor NULL: none */
    struct siplock *siplock;
    siplock_account account;
    uv_loop_t loop;
    uv_timer_t timer;
    uv_signal_t sigint, sigterm;
    bool has_account;
    bool registered;     /* now */
    bool was_registered; /* ever */
    bool was_ready;
    bool ending, leaving, done;
    int code;
    int log_level;
    long long timeout_ms;
};

/* The options that commands with one account share. */
struct session_words {
    const char *account, *timeout, *log;
    bool json, no_register;
};
#define SESSION_OPTS(w)                                                   \
    {"--account", &(w).account, NULL}, {"--timeout", &(w).timeout, NULL}, \
        {"--log", &(w).log, NULL},                                        \
    {                                                                     \
        "--json", NULL, &(w).json                                         \
    }

/* Sets what they say; false if one is wrong or there is no account. Without
 * a time-out it stays as it is. */
bool session_read(struct session *s, const struct session_words *w);

/* "off" to "debug", NULL: info. -1: none of these. */
int session_log_level(const char *text);

/*
 * Reads the account (path NULL: there is none), says hello, runs the loop
 * until all has ended. The exit code. s has ops, user and log_level; the
 * report is initialised.
 */
int session_run(struct session *s, const char *path);

/* time_up after ms; a second call replaces the first; -1: never. */
void session_arm(struct session *s, long long ms);

/* Ends: calls first, then the account, within two seconds. The first code
 * counts. */
void session_end(struct session *s, int code);
void session_calls_gone(struct session *s);

/* error{cause} of the client's own. */
void session_error(struct session *s, const char *domain, const char *code,
                   const char *hint, const char *text);

/* What was asked for is refused, and why; or its time is up, and what was not
 * done in it. Both end it. */
void session_refused(struct session *s, const struct siplock_cause *cause);
void session_timed_out(struct session *s, const char *what);

#endif
