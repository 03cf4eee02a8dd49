/* SPDX-License-Identifier: Apache-2.0 */
/* The stage of one end-to-end test: a directory, child processes, ports. */
#ifndef TEST_E2E_HARNESS_STAGE_H
#define TEST_E2E_HARNESS_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
    STAGE_PROCS_MAX = 40,
    STAGE_ARGS_MAX = 48,
    STAGE_PATH_MAX = 512,
    STAGE_PATHS = 128,
    STAGE_WAIT_MS = 30000 /* against hangs; no verdict hangs on it */
};

/* A child; its output goes to files of the stage's directory. */
struct proc {
    pid_t pid;  /* 0: not running */
    int status; /* of waitpid, once it has ended */
    char name[32];
    char out[STAGE_PATH_MAX];
    char err[STAGE_PATH_MAX];
};

struct stage {
    char dir[STAGE_PATH_MAX];
    struct proc proc[STAGE_PROCS_MAX];
    size_t nproc;
    char path[STAGE_PATHS][STAGE_PATH_MAX]; /* that stage_path gave */
    size_t npath;
};

/* As cmocka's fail_msg, and known not to return. */
_Noreturn void stage_fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* cmocka set-up and tear-down: *state is the stage. Tear-down ends every
 * child and removes the directory (kept if E2E_KEEP is set). */
int stage_setup(void **state);
int stage_teardown(void **state);

/* dir/name; lives as long as the stage. */
const char *stage_path(struct stage *s, const char *name);

/* What cannot be done fails the test. Files are at most 64 MiB. */
void stage_write(struct stage *s, const char *name, const char *text);
char *stage_read(const char *path, size_t *n); /* free it */

/* A port that nothing listens on, picked by the kernel. */
int stage_port(void);

/* A listener that says text to each one that has said something, and goes
 * on listening; its port. */
int stage_say(struct stage *s, const char *text);

/* Until something accepts on 127.0.0.1:port, or p has ended (then fails). */
void stage_wait_port(struct stage *s, struct proc *p, int port);
void stage_wait_at(struct stage *s, struct proc *p, const char *host,
                   int port);

/*
 * Starts argv[0] (by PATH) in a process group of its own. The words end with
 * NULL. It dies with this process.
 */
struct proc *stage_spawn(struct stage *s, const char *name,
                         const char *const *argv);

/* Forks: gives NULL in the child, which must not return to cmocka. */
struct proc *stage_fork(struct stage *s, const char *name);

/* Runs a command to its end; a status other than 0 fails the test. */
void stage_run(struct stage *s, const char *name, const char *const *argv);

/* Exit status, or 128 + signal. Fails after STAGE_WAIT_MS. */
int stage_wait(struct proc *p);
bool stage_ended(struct proc *p);
void stage_signal(const struct proc *p, int sig); /* the process */
void stage_kill(struct proc *p);                  /* its group, at once */

void stage_sleep_ms(int ms);
long long stage_now_ms(void);

/* Prints what p wrote, for a failing test. */
void stage_show(const struct proc *p);

#endif
