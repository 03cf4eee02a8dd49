/* SPDX-License-Identifier: Apache-2.0 */
/* The output queue: a ring that grows before it is needed. */
#include "ua/outq.h"

#include <string.h>

#include "sip/base/err.h"
#include "sip/base/secret.h"

int ua_outq_init(struct ua_outq *q, const struct env *env)
{
    *q = (struct ua_outq){.env = env};
    return ua_outq_reserve(q);
}

void ua_out_release(const struct env *env, struct ua_out *out)
{
    if (out->text.p)
        secret_wipe((void *)(uintptr_t)out->text.p, out->text.n);
    env_drop(env, &out->text);
}

void ua_outq_free(struct ua_outq *q)
{
    struct ua_out out;

    while (ua_outq_pull(q, &out))
        ua_out_release(q->env, &out);
    env_free(q->env, q->ring);
    *q = (struct ua_outq){.env = q->env};
}

static int grow(struct ua_outq *q, uint32_t room)
{
    uint32_t cap = q->cap ? q->cap : 2 * UA_OUTQ_ROOM;
    struct ua_out *ring;

    while (cap - q->n < room)
        cap *= 2;
    if (cap == q->cap)
        return 0;
    if (cap > UA_OUTQ_LIMIT)
        return E_FULL;
    ring = env_alloc(q->env, cap * sizeof(*ring));
    if (!ring)
        return E_NOMEM;
    for (uint32_t i = 0; i < q->n; i++)
        ring[i] = q->ring[(q->head + i) % q->cap];
    env_free(q->env, q->ring);
    q->ring = ring;
    q->cap = cap;
    q->head = 0;
    return 0;
}

int ua_outq_reserve(struct ua_outq *q)
{
    return grow(q, UA_OUTQ_ROOM);
}

struct ua_out *ua_outq_push(struct ua_outq *q, enum ua_out_kind kind)
{
    if (q->n == q->cap && grow(q, 1))
        return NULL;
    struct ua_out *out = &q->ring[(q->head + q->n++) % q->cap];

    *out = (struct ua_out){.kind = kind};
    return out;
}

bool ua_outq_pull(struct ua_outq *q, struct ua_out *out)
{
    if (!q->n)
        return false;
    *out = q->ring[q->head];
    q->head = (q->head + 1) % q->cap;
    q->n--;
    return true;
}
