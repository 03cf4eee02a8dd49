/* SPDX-License-Identifier: Apache-2.0 */
/* The deadline heap: a binary heap of embedded timers. */
#include "sip/base/heap.h"

#include <string.h>

#include "sip/base/err.h"

void heap_init(struct heap *h, const struct env *env)
{
    *h = (struct heap){.env = env};
}

void heap_free(struct heap *h)
{
    for (uint32_t i = 0; i < h->n; i++)
        h->at[i]->slot = 0;
    env_free(h->env, h->at);
    heap_init(h, h->env);
}

int heap_reserve(struct heap *h, uint32_t total)
{
    uint32_t cap = h->cap ? h->cap : 16;

    if (total > HEAP_LIMIT)
        return E_FULL;
    if (total <= h->cap)
        return 0;
    while (cap < total)
        cap *= 2;
    struct timer **at = env_alloc(h->env, cap * sizeof(*at));

    if (!at)
        return E_NOMEM;
    if (h->n)
        memcpy(at, h->at, h->n * sizeof(*at));
    env_free(h->env, h->at);
    h->at = at;
    h->cap = cap;
    return 0;
}

static bool before(const struct timer *a, const struct timer *b)
{
    return a->at != b->at ? a->at < b->at : a->seq < b->seq;
}

static void place(struct heap *h, struct timer *t, uint32_t i)
{
    h->at[i] = t;
    t->slot = i + 1;
}

static void sift_up(struct heap *h, struct timer *t, uint32_t i)
{
    while (i > 0 && before(t, h->at[(i - 1) / 2])) {
        place(h, h->at[(i - 1) / 2], i);
        i = (i - 1) / 2;
    }
    place(h, t, i);
}

static void sift_down(struct heap *h, struct timer *t, uint32_t i)
{
    for (;;) {
        uint32_t kid = 2 * i + 1;

        if (kid >= h->n)
            break;
        if (kid + 1 < h->n && before(h->at[kid + 1], h->at[kid]))
            kid++;
        if (!before(h->at[kid], t))
            break;
        place(h, h->at[kid], i);
        i = kid;
    }
    place(h, t, i);
}

int heap_arm(struct heap *h, struct timer *t, int64_t at)
{
    heap_disarm(h, t);
    if (h->n == h->cap) {
        int err = heap_reserve(h, h->n + 1);

        if (err)
            return err;
    }
    t->at = at;
    t->seq = ++h->seq;
    sift_up(h, t, h->n++);
    return 0;
}

void heap_disarm(struct heap *h, struct timer *t)
{
    if (!t->slot)
        return;
    uint32_t i = t->slot - 1;
    struct timer *last = h->at[--h->n];

    t->slot = 0;
    if (last == t)
        return;
    if (i > 0 && before(last, h->at[(i - 1) / 2]))
        sift_up(h, last, i);
    else
        sift_down(h, last, i);
}

int64_t heap_deadline(const struct heap *h)
{
    return h->n ? h->at[0]->at : INT64_MAX;
}

struct timer *heap_pop(struct heap *h, int64_t now)
{
    if (!h->n || h->at[0]->at > now)
        return NULL;
    struct timer *t = h->at[0];

    heap_disarm(h, t);
    return t;
}
