/* SPDX-License-Identifier: Apache-2.0 */
/* Arenas: bump allocation in pooled blocks. */
#include "sip/base/arena.h"

#include <stddef.h>
#include <string.h>

#include "sip/base/err.h"

struct arena_block {
    struct arena_block *next;
    size_t cap;
    _Alignas(max_align_t) char data[];
};

void arena_pool_init(struct arena_pool *pool, const struct env *env)
{
    *pool = (struct arena_pool){.env = env};
}

void arena_pool_free(struct arena_pool *pool)
{
    while (pool->idle) {
        struct arena_block *b = pool->idle;

        pool->idle = b->next;
        env_free(pool->env, b);
    }
    pool->kept = 0;
}

void arena_init(struct arena *a, struct arena_pool *pool)
{
    *a = (struct arena){.pool = pool};
}

static struct arena_block *block_get(struct arena_pool *pool, size_t cap)
{
    struct arena_block *b = pool->idle;

    if (cap <= ARENA_BLOCK && b) {
        pool->idle = b->next;
        pool->kept--;
        return b;
    }
    if (cap < ARENA_BLOCK)
        cap = ARENA_BLOCK;
    b = pool->env->alloc(pool->env->user, sizeof(*b) + cap);
    if (b)
        *b = (struct arena_block){.cap = cap};
    return b;
}

static void block_put(struct arena_pool *pool, struct arena_block *b)
{
    if (b->cap != ARENA_BLOCK || pool->kept == ARENA_POOL_KEEP) {
        env_free(pool->env, b);
        return;
    }
    b->next = pool->idle;
    pool->idle = b;
    pool->kept++;
}

void *arena_alloc_slow(struct arena *a, size_t n)
{
    const size_t align = _Alignof(max_align_t);
    struct arena_block *b;
    size_t cap;

    if (n > ARENA_LIMIT)
        return NULL;
    n = (n + align - 1) & ~(align - 1);
    cap = n > ARENA_BLOCK ? n : ARENA_BLOCK;
    if (cap > ARENA_LIMIT - a->held)
        return NULL;
    b = block_get(a->pool, n);
    if (!b)
        return NULL;
    a->only = !a->blocks && b->cap == ARENA_BLOCK ? b->data : NULL;
    b->next = a->blocks;
    a->blocks = b;
    a->held += b->cap;
    a->next = b->data + n;
    a->left = b->cap - n;
    return b->data;
}

void arena_clear(void *p, size_t n)
{
    memset(p, 0, n);
}

int arena_copy(struct arena *a, struct slice *out, struct slice from)
{
    char *p = arena_alloc(a, from.n + 1);

    if (!p)
        return E_NOMEM;
    if (from.n)
        memcpy(p, from.p, from.n);
    p[from.n] = '\0';
    *out = slice_of(p, from.n);
    return 0;
}

void arena_reset(struct arena *a)
{
    while (a->blocks) {
        struct arena_block *b = a->blocks;

        a->blocks = b->next;
        block_put(a->pool, b);
    }
    a->held = 0;
    a->next = a->only = NULL;
    a->left = 0;
}
