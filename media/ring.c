/* SPDX-License-Identifier: Apache-2.0 */
/* The ring: two counters, each written by one side only. */
#include "media/ring.h"

#include <stdatomic.h>
#include <string.h>

#include "sip/base/err.h"
#include "sip/base/secret.h"

/*
 * head and tail count samples and wrap as size_t does; the place is modulo
 * size, a power of two. A sample is written before head says so (release) and
 * read after (acquire); its place is free when tail says so.
 */
struct media_ring {
    struct env env;
    size_t cap;
    size_t size;
    atomic_size_t head; /* the writer's */
    atomic_size_t tail; /* the reader's */
    atomic_bool late;   /* there is a new value in from */
    atomic_size_t from; /* where the reader shall go on at least */
    atomic_uint bits;
    int16_t *pcm;
};

int media_ring_new(struct media_ring **out, const struct env *env,
                   size_t samples)
{
    if (samples == 0 || samples > MEDIA_RING_MAX)
        return E_INVAL;
    struct media_ring *r = env_alloc(env, sizeof(*r));

    if (!r)
        return E_NOMEM;
    r->env = *env;
    r->cap = samples;
    r->size = 1;
    while (r->size < samples)
        r->size *= 2;
    r->pcm = env_alloc(env, r->size * sizeof(*r->pcm));
    if (!r->pcm) {
        env_free(env, r);
        return E_NOMEM;
    }
    atomic_init(&r->head, 0);
    atomic_init(&r->tail, 0);
    atomic_init(&r->late, false);
    atomic_init(&r->from, 0);
    atomic_init(&r->bits, 0);
    *out = r;
    return 0;
}

void media_ring_free(struct media_ring *r)
{
    if (!r)
        return;
    struct env env = r->env;

    secret_wipe(r->pcm, r->size * sizeof(*r->pcm)); /* what was said */
    env_free(&env, r->pcm);
    env_free(&env, r);
}

/* How many of n, beginning at at, lie before the ring's end. */
static size_t straight(const struct media_ring *r, size_t at, size_t n)
{
    size_t left = r->size - (at & (r->size - 1));

    return n < left ? n : left;
}

static void leave_out(struct media_ring *r, size_t from)
{
    atomic_store_explicit(&r->from, from, memory_order_relaxed);
    atomic_store_explicit(&r->late, true, memory_order_release);
}

size_t media_ring_write(struct media_ring *r, const int16_t *pcm, size_t n)
{
    size_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
    size_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
    size_t room = r->cap - (head - tail);
    size_t take = n < room ? n : room;
    size_t first = straight(r, head, take);

    memcpy(r->pcm + (head & (r->size - 1)), pcm, first * sizeof(*pcm));
    memcpy(r->pcm, pcm + first, (take - first) * sizeof(*pcm));
    atomic_store_explicit(&r->head, head + take, memory_order_release);
    if (take < n)
        leave_out(r, head + take - r->cap / 2);
    return take;
}

void media_ring_expire(struct media_ring *r)
{
    leave_out(r, atomic_load_explicit(&r->head, memory_order_relaxed));
}

/* Where to read. The counters may have wrapped; they are never far apart. */
static size_t begin(struct media_ring *r)
{
    size_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

    if (!atomic_load_explicit(&r->late, memory_order_relaxed) ||
        !atomic_exchange_explicit(&r->late, false, memory_order_acquire))
        return tail;
    size_t from = atomic_load_explicit(&r->from, memory_order_relaxed);

    return from - tail <= r->cap ? from : tail;
}

size_t media_ring_read(struct media_ring *r, int16_t *pcm, size_t n)
{
    size_t tail = begin(r);
    size_t head = atomic_load_explicit(&r->head, memory_order_acquire);
    size_t take = n < head - tail ? n : head - tail;
    size_t first = straight(r, tail, take);

    memcpy(pcm, r->pcm + (tail & (r->size - 1)), first * sizeof(*pcm));
    memcpy(pcm + first, r->pcm, (take - first) * sizeof(*pcm));
    atomic_store_explicit(&r->tail, tail + take, memory_order_release);
    return take;
}

void media_ring_skip(struct media_ring *r)
{
    size_t head = atomic_load_explicit(&r->head, memory_order_acquire);

    atomic_store_explicit(&r->tail, head, memory_order_release);
}

unsigned media_ring_set(struct media_ring *r, unsigned bits)
{
    return atomic_fetch_or_explicit(&r->bits, bits, memory_order_acq_rel);
}

unsigned media_ring_clear(struct media_ring *r, unsigned bits)
{
    return atomic_fetch_and_explicit(&r->bits, ~bits, memory_order_acq_rel);
}
