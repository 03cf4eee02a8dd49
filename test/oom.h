/* SPDX-License-Identifier: Apache-2.0 */
/* Reruns a piece of code with allocation 0, 1, 2, ... failing. */
#ifndef TEST_OOM_H
#define TEST_OOM_H

#include "sip/base/env.h"

enum {
    OOM_ROUNDS_MAX = 200000, /* a body that needs more is not tested here */
    OOM_PERSISTENT = 1       /* all later allocations fail too */
};

/*
 * Memory that can be made to fail and that knows what is still held. Put
 * alloc, free and user into a struct env:
 *
 *     struct oom mem;
 *     struct env env = {.rand = ..., .md = ...};
 *     oom_init(&mem, &env);
 */
struct oom {
    long fail_at; /* this one fails, counted from 0; < 0: none */
    int flags;
    long asked;   /* so far */
    long live;    /* held now; must be 0 at the end */
    size_t bytes; /* held now */
    bool fired;
    void *inner; /* env->user as it was, for rand and md through oom_user */
};

/* Sets env->alloc, ->free and ->user; nothing fails yet. */
void oom_init(struct oom *mem, struct env *env);

/* Starts a round. */
void oom_arm(struct oom *mem, long fail_at, int flags);

/*
 * Calls body with a fresh env (rand and md as in proto; rand and md get
 * proto->user) until a round in which nothing failed. Each round must return
 * 0 or E_NOMEM, and 0 only when all was done or the failure was absorbed;
 * nothing may be held afterwards. Rounds with one failure, then rounds in
 * which memory stays out. Fails the running cmocka test otherwise; gives the
 * number of allocations of a whole run.
 */
long oom_loop(const struct env *proto,
              int (*body)(const struct env *env, void *arg), void *arg);

/*
 * The same for a scene that arms its own struct oom and checks what it comes
 * to: it gives whether an allocation failed, which more than least do.
 */
void oom_scenes(bool (*scene)(long nth, int flags), long least);

/*
 * The same for code that calls malloc itself (mbedTLS, libuv, c-ares): each
 * round runs in a child process under test/interpose.c. body returns 0 when
 * all was done, > 0 when it failed as it should, < 0 when it was wrong.
 * Call oom_reexec first thing in main, and the loop only where
 * oom_malloc_usable: sanitizers bring their own malloc (it prints that).
 */
void oom_reexec(char **argv);
bool oom_malloc_usable(void);
long oom_loop_malloc(int (*body)(void *arg), void *arg);

/* One round, and how it ended; UNUSED: fewer than nth were asked for. */
enum oom_end { OOM_DONE, OOM_FAILED, OOM_WRONG, OOM_UNUSED };
enum oom_end oom_round_malloc(long nth, int flags, int (*body)(void *arg),
                              void *arg);

#endif
