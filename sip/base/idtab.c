/* SPDX-License-Identifier: Apache-2.0 */
/* The id table: slots with generations and a free list. */
#include "sip/base/idtab.h"

#include <string.h>

#include "sip/base/err.h"

void idtab_init(struct idtab *t, const struct env *env, uint32_t limit)
{
    *t = (struct idtab){.env = env, .limit = limit};
}

void idtab_free(struct idtab *t)
{
    env_free(t->env, t->slot);
    idtab_init(t, t->env, t->limit);
}

static int grow(struct idtab *t)
{
    uint32_t cap = t->cap ? t->cap * 2 : 16;

    if (t->cap >= t->limit)
        return E_FULL;
    if (cap > t->limit)
        cap = t->limit;
    struct idtab_slot *slot = env_alloc(t->env, cap * sizeof(*slot));

    if (!slot)
        return E_NOMEM;
    if (t->cap)
        memcpy(slot, t->slot, t->cap * sizeof(*slot));
    for (uint32_t i = cap; i > t->cap; i--) {
        slot[i - 1].gen = 1;
        slot[i - 1].next_free = t->free;
        t->free = i;
    }
    env_free(t->env, t->slot);
    t->slot = slot;
    t->cap = cap;
    return 0;
}

int idtab_add(struct idtab *t, uint64_t *id, void *obj)
{
    if (!t->free) {
        int err = grow(t);

        if (err)
            return err;
    }
    uint32_t index = t->free - 1;
    struct idtab_slot *s = &t->slot[index];

    t->free = s->next_free;
    s->next_free = 0;
    s->obj = obj;
    t->live++;
    *id = (uint64_t)s->gen << 32 | (index + 1);
    return 0;
}

static struct idtab_slot *slot_of(const struct idtab *t, uint64_t id)
{
    uint32_t index = (uint32_t)id;

    if (index == 0 || index > t->cap)
        return NULL;
    struct idtab_slot *s = &t->slot[index - 1];

    return s->obj && s->gen == (uint32_t)(id >> 32) ? s : NULL;
}

int idtab_put(struct idtab *t, uint64_t id, void *obj)
{
    uint32_t index = (uint32_t)id;

    if (index == 0)
        return E_INVAL;
    while (index > t->cap) {
        int err = grow(t);

        if (err)
            return err;
    }
    struct idtab_slot *s = &t->slot[index - 1];

    if (s->obj)
        return E_INVAL;
    s->obj = obj;
    s->gen = (uint32_t)(id >> 32);
    t->live++;
    return 0;
}

void *idtab_get(const struct idtab *t, uint64_t id)
{
    struct idtab_slot *s = slot_of(t, id);

    return s ? s->obj : NULL;
}

void idtab_remove(struct idtab *t, uint64_t id)
{
    struct idtab_slot *s = slot_of(t, id);

    if (!s)
        return;
    s->obj = NULL;
    t->live--;
    if (++s->gen == 0) /* 2^32 uses: retire the slot, never repeat an id */
        return;
    s->next_free = t->free;
    t->free = (uint32_t)id;
}

void *idtab_next(const struct idtab *t, uint32_t *pos)
{
    while (*pos < t->cap) {
        void *obj = t->slot[(*pos)++].obj;

        if (obj)
            return obj;
    }
    return NULL;
}
