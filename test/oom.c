/* SPDX-License-Identifier: Apache-2.0 */
/* The failing allocator: in process for env, in a child for malloc. */
#define _GNU_SOURCE 1 /* RTLD_DEFAULT */
#include "test/oom.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sip/base/err.h"

/* What stands before each block, so that free knows its size. */
union head {
    size_t n;
    max_align_t align;
};

static void *oom_alloc(void *user, size_t n)
{
    struct oom *mem = user;
    long nth = mem->asked++;
    bool persistent = (mem->flags & OOM_PERSISTENT) != 0;

    if (mem->fail_at >= 0 &&
        (nth == mem->fail_at || (persistent && nth > mem->fail_at))) {
        mem->fired = true;
        return NULL;
    }
    union head *h = malloc(sizeof(*h) + n);

    if (!h)
        return NULL;
    h->n = n;
    memset(h + 1, 0xa5, n); /* nothing may count on zeroes */
    mem->live++;
    mem->bytes += n;
    return h + 1;
}

static void oom_free(void *user, void *p)
{
    struct oom *mem = user;

    if (!p)
        return;
    union head *h = (union head *)p - 1;

    mem->live--;
    mem->bytes -= h->n;
    memset(p, 0x5a, h->n); /* a later use reads rubbish */
    free(h);
}

void oom_init(struct oom *mem, struct env *env)
{
    *mem = (struct oom){.fail_at = -1, .inner = env->user};
    env->alloc = oom_alloc;
    env->free = oom_free;
    env->user = mem;
}

void oom_arm(struct oom *mem, long fail_at, int flags)
{
    mem->fail_at = fail_at;
    mem->flags = flags;
    mem->asked = 0;
    mem->fired = false;
}

/* rand and md of the prototype, called with its own user. */
struct relay {
    struct oom mem; /* first: env.user points here for alloc and free */
    const struct env *proto;
};

static int relay_rand(void *user, uint8_t *p, size_t n)
{
    const struct env *e = ((struct relay *)user)->proto;

    return e->rand ? e->rand(e->user, p, n) : E_RANDOM;
}

static int relay_md(void *user, enum env_md md, const struct slice *parts,
                    size_t nparts, uint8_t *out)
{
    const struct env *e = ((struct relay *)user)->proto;

    return e->md ? e->md(e->user, md, parts, nparts, out) : E_INVAL;
}

static bool round_of(const struct env *proto, long nth, int flags,
                     int (*body)(const struct env *, void *), void *arg,
                     long *asked)
{
    struct relay relay = {.proto = proto};
    struct env env = {.rand = relay_rand, .md = relay_md, .log = proto->log};

    oom_init(&relay.mem, &env);
    oom_arm(&relay.mem, nth, flags);
    int err = body(&env, arg);

    *asked = relay.mem.asked;
    if (relay.mem.live)
        fail_msg("allocation %ld failed: %ld blocks (%zu bytes) leaked", nth,
                 relay.mem.live, relay.mem.bytes);
    if (err && err != E_NOMEM)
        fail_msg("allocation %ld failed: error %d instead of E_NOMEM", nth,
                 err);
    if (err && !relay.mem.fired)
        fail_msg("error %d although no allocation failed", err);
    return relay.mem.fired;
}

long oom_loop(const struct env *proto,
              int (*body)(const struct env *env, void *arg), void *arg)
{
    long asked = 0;

    for (int flags = 0; flags <= OOM_PERSISTENT; flags++) {
        long nth = 0;

        while (round_of(proto, nth, flags, body, arg, &asked))
            if (++nth > OOM_ROUNDS_MAX)
                fail_msg("more than %d allocations", OOM_ROUNDS_MAX);
    }
    return asked;
}

void oom_scenes(bool (*scene)(long nth, int flags), long least)
{
    for (int flags = 0; flags <= OOM_PERSISTENT; flags += OOM_PERSISTENT) {
        long nth = 0;

        while (scene(nth, flags))
            if (++nth > OOM_ROUNDS_MAX)
                fail_msg("more than %d allocations", OOM_ROUNDS_MAX);
        assert_true(nth > least);
    }
}

/* ---- by malloc, in a child ---------------------------------------------- */

struct interpose {
    void (*arm)(long, int);
    long (*disarm)(void);
    int (*fired)(void);
};

static bool interpose_find(struct interpose *i)
{
    *(void **)&i->arm = dlsym(RTLD_DEFAULT, "interpose_arm");
    *(void **)&i->disarm = dlsym(RTLD_DEFAULT, "interpose_disarm");
    *(void **)&i->fired = dlsym(RTLD_DEFAULT, "interpose_fired");
    return i->arm && i->disarm && i->fired;
}

static bool sanitized(void)
{
    return dlsym(RTLD_DEFAULT, "__asan_init") ||
           dlsym(RTLD_DEFAULT, "__tsan_init");
}

/* build/test/unit/x and build/test/x both have build/test/interpose.so. */
static bool interpose_path(char *path, size_t n, const char *self)
{
    const char *test = strstr(self, "/test/");

    while (test && strstr(test + 1, "/test/"))
        test = strstr(test + 1, "/test/");
    if (!test)
        return false;
    int len =
        snprintf(path, n, "%.*s/test/interpose.so", (int)(test - self), self);

    return len > 0 && (size_t)len < n && access(path, R_OK) == 0;
}

void oom_reexec(char **argv)
{
    struct interpose i = {0};
    char self[4096];
    char path[4096 + 32];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (interpose_find(&i) || sanitized() || getenv("OOM_REEXEC"))
        return;
    self[n > 0 ? n : 0] = '\0';
    if (n <= 0 || !interpose_path(path, sizeof(path), self))
        return;
    setenv("LD_PRELOAD", path, 1);
    setenv("OOM_REEXEC", "1", 1); /* once, whatever the loader made of it */
    execv(self, argv);
}

static enum oom_end child_end(const struct interpose *i, long nth, int flags,
                              int (*body)(void *), void *arg)
{
    i->arm(nth, flags);
    int ret = body(arg);

    i->disarm();
    if (ret < 0)
        return OOM_WRONG;
    if (!i->fired())
        return ret ? OOM_WRONG : OOM_UNUSED;
    return ret ? OOM_FAILED : OOM_DONE;
}

enum oom_end oom_round_malloc(long nth, int flags, int (*body)(void *arg),
                              void *arg)
{
    struct interpose i = {0};
    int status;

    if (!interpose_find(&i))
        fail_msg("test/interpose.so is not loaded: call oom_reexec first "
                 "thing in main");
    fflush(NULL);
    pid_t pid = fork();

    if (pid < 0)
        fail_msg("fork failed");
    if (pid == 0)
        _exit((int)child_end(&i, nth, flags, body, arg));
    if (waitpid(pid, &status, 0) != pid)
        fail_msg("waitpid failed");
    if (!WIFEXITED(status))
        fail_msg("allocation %ld failed: killed by signal %d", nth,
                 WTERMSIG(status));
    int code = WEXITSTATUS(status);

    return code <= OOM_UNUSED ? (enum oom_end)code : OOM_WRONG;
}

bool oom_malloc_usable(void)
{
    if (!sanitized())
        return true;
    print_message("left out under a sanitizer: malloc that fails\n");
    return false;
}

long oom_loop_malloc(int (*body)(void *arg), void *arg)
{
    long nth = 0;

    for (int flags = 0; flags <= OOM_PERSISTENT; flags++) {
        enum oom_end end;

        nth = 0;
        while ((end = oom_round_malloc(nth, flags, body, arg)) != OOM_UNUSED) {
            if (end == OOM_WRONG)
                fail_msg("allocation %ld failed: the outcome was wrong", nth);
            if (++nth > OOM_ROUNDS_MAX)
                fail_msg("more than %d allocations", OOM_ROUNDS_MAX);
        }
    }
    return nth;
}
