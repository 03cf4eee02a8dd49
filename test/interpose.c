/* SPDX-License-Identifier: Apache-2.0 */
/* A preloaded malloc that fails on demand, for code that takes no env. */
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Loaded by test/oom.c into a child process. Not armed, it only counts. The
 * first allocations happen before dlsym has answered: they are served from
 * a small static block and never returned.
 */
void *malloc(size_t n);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t n);
void free(void *p);
void *aligned_alloc(size_t align, size_t n);
int posix_memalign(void **out, size_t align, size_t n);
void interpose_arm(long fail_at, int persistent);
long interpose_disarm(void);
int interpose_fired(void);

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void (*real_free)(void *);
static int (*real_memalign)(void **, size_t, size_t);

static _Alignas(16) char early[16384];
static size_t early_used;
static long countdown = -1; /* < 0: not armed */
static long counted;
static int stays_out;
static int fired;
static int resolving;

static void resolve(void)
{
    if (real_malloc || resolving)
        return;
    resolving = 1;
    *(void **)&real_calloc = dlsym(RTLD_NEXT, "calloc");
    *(void **)&real_realloc = dlsym(RTLD_NEXT, "realloc");
    *(void **)&real_free = dlsym(RTLD_NEXT, "free");
    *(void **)&real_memalign = dlsym(RTLD_NEXT, "posix_memalign");
    *(void **)&real_malloc = dlsym(RTLD_NEXT, "malloc");
    resolving = 0;
}

static int is_early(const void *p)
{
    uintptr_t at = (uintptr_t)p;

    return at >= (uintptr_t)early && at < (uintptr_t)(early + sizeof(early));
}

static void *early_alloc(size_t n)
{
    size_t size = (n + 15) & ~(size_t)15;

    if (size > sizeof(early) - early_used)
        return NULL;
    early_used += size;
    return early + early_used - size;
}

static int refuse(void)
{
    counted++;
    if (countdown < 0)
        return 0;
    if (countdown > 0) {
        countdown--;
        return 0;
    }
    if (!stays_out)
        countdown = -1;
    fired = 1;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t n)
{
    resolve();
    if (!real_malloc)
        return early_alloc(n);
    return refuse() ? NULL : real_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    resolve();
    if (!real_malloc)
        return early_alloc(n * size); /* static memory is zero */
    return refuse() ? NULL : real_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    resolve();
    if (is_early(p)) {
        void *q = malloc(n);
        size_t room = (size_t)(early + sizeof(early) - (char *)p);

        if (q)
            memcpy(q, p, n < room ? n : room);
        return q;
    }
    if (!real_malloc)
        return early_alloc(n);
    return refuse() ? NULL : real_realloc(p, n);
}

void free(void *p)
{
    resolve();
    if (p && real_free && !is_early(p))
        real_free(p);
}

int posix_memalign(void **out, size_t align, size_t n)
{
    resolve();
    if (!real_memalign || refuse())
        return ENOMEM;
    return real_memalign(out, align, n);
}

void *aligned_alloc(size_t align, size_t n)
{
    void *p;
    size_t least = align < sizeof(void *) ? sizeof(void *) : align;

    return posix_memalign(&p, least, n) ? NULL : p;
}

/* fail_at allocations succeed, then one fails or, persistent, all do. */
void interpose_arm(long fail_at, int persistent)
{
    stays_out = persistent;
    counted = 0;
    fired = 0;
    countdown = fail_at;
}

/* How many were asked for since it was armed. */
long interpose_disarm(void)
{
    countdown = -1;
    return counted;
}

int interpose_fired(void)
{
    return fired;
}
