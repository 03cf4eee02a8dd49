/* SPDX-License-Identifier: Apache-2.0 */
/* Arenas: one per message, from a pool that keeps what it gave. */
#ifndef SIP_BASE_ARENA_H
#define SIP_BASE_ARENA_H

#include <stddef.h>

#include "sip/base/env.h"

enum {
    ARENA_BLOCK = 8192,   /* bytes of a pooled block */
    ARENA_POOL_KEEP = 8,  /* idle blocks that a pool keeps */
    ARENA_LIMIT = 1 << 20 /* bytes that one arena may hold */
};

struct arena_block;

/* Recycles blocks so that the steady state asks the system for nothing. */
struct arena_pool {
    const struct env *env;
    struct arena_block *idle;
    unsigned kept;
};

/* Memory that is freed as a whole. One thread. */
struct arena {
    struct arena_pool *pool;
    struct arena_block *blocks; /* newest first */
    size_t held;                /* bytes in blocks */
    char *next;                 /* what is free of the newest */
    size_t left;
    char *only; /* the bytes of the one pooled block that it has, or NULL */
};

void arena_pool_init(struct arena_pool *pool, const struct env *env);
void arena_pool_free(struct arena_pool *pool);

void arena_init(struct arena *a, struct arena_pool *pool);

/* What arena_alloc does where the newest block has no room. */
void *arena_alloc_slow(struct arena *a, size_t n);

/* Aligned for any object, not zeroed; NULL when out of memory or over
 * ARENA_LIMIT. */
static inline void *arena_alloc(struct arena *a, size_t n)
{
    const size_t align = _Alignof(max_align_t);
    size_t want = (n + align - 1) & ~(align - 1);
    char *p = a->next;

    if (n > ARENA_LIMIT || a->left < want || !p)
        return arena_alloc_slow(a, n);
    a->next = p + want;
    a->left -= want;
    return p;
}

/* Zeroes. Of a length that the compiler knows gcc makes "rep stos", which
 * takes longer to start than most of what is cleared here. */
void arena_clear(void *p, size_t n);

/* A copy that lives as long as the arena; E_NOMEM. */
int arena_copy(struct arena *a, struct slice *out, struct slice from);

/* Gives everything back to the pool; the arena can be used again. */
void arena_reset(struct arena *a);

/* The same for an arena that is used again at once: it keeps its block if it
 * has but one. */
static inline void arena_rewind(struct arena *a)
{
    if (!a->only) {
        arena_reset(a);
        return;
    }
    a->next = a->only;
    a->left = ARENA_BLOCK;
}

#endif
