/* SPDX-License-Identifier: Apache-2.0 */
/* The id table: names that outlive what they named without harm. */
#ifndef SIP_BASE_IDTAB_H
#define SIP_BASE_IDTAB_H

#include "sip/base/env.h"

/*
 * An id is generation << 32 | index + 1. 0 is never an id. A slot's
 * generation changes when it is freed, so a stale id finds nothing.
 */
struct idtab_slot {
    void *obj;
    uint32_t gen;
    uint32_t next_free; /* 1 + index; 0 = end */
};

struct idtab {
    const struct env *env;
    struct idtab_slot *slot;
    uint32_t cap;
    uint32_t limit;
    uint32_t free;
    uint32_t live;
};

/* limit: how many objects at most; above it idtab_add gives E_FULL. */
void idtab_init(struct idtab *t, const struct env *env, uint32_t limit);
void idtab_free(struct idtab *t); /* the objects are the caller's */

/* obj is borrowed and not NULL. 0, E_NOMEM or E_FULL. */
int idtab_add(struct idtab *t, uint64_t *id, void *obj);

/*
 * Puts obj under an id that another table gave, so that both agree. A table
 * is filled by put or by add, not both. E_NOMEM, E_FULL, E_INVAL (no id, or
 * its place is taken).
 */
int idtab_put(struct idtab *t, uint64_t id, void *obj);

/* The object, or NULL if the id is stale or was never given. */
void *idtab_get(const struct idtab *t, uint64_t id);
void idtab_remove(struct idtab *t, uint64_t id);

/* Walks live objects: start with *pos = 0; NULL at the end. */
void *idtab_next(const struct idtab *t, uint32_t *pos);

#endif
