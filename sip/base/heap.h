/* SPDX-License-Identifier: Apache-2.0 */
/* The deadline heap: every timer of an instance, the earliest on top. */
#ifndef SIP_BASE_HEAP_H
#define SIP_BASE_HEAP_H

#include "sip/base/env.h"

enum { HEAP_LIMIT = 1 << 18 };

/*
 * A timer, embedded in what it belongs to. at is in ms of the owner's clock.
 * Zero-initialised means not armed.
 */
struct timer {
    int64_t at;
    uint64_t seq;   /* ties fire in the order in which they were armed */
    uint32_t slot;  /* 1 + index in the heap; 0 = not armed */
    uint32_t kind;  /* the owner's */
    uint64_t owner; /* the owner's id */
};

struct heap {
    const struct env *env;
    struct timer **at;
    uint32_t n;
    uint32_t cap;
    uint64_t seq;
};

void heap_init(struct heap *h, const struct env *env);
void heap_free(struct heap *h); /* frees the array, not the timers */

/*
 * Makes room for one more timer than are promised, so that heap_arm cannot
 * fail later: an object reserves its timers when it is born. E_NOMEM, E_FULL.
 */
int heap_reserve(struct heap *h, uint32_t total);

/* Arms or re-arms. The room must have been reserved; E_FULL if it was not. */
int heap_arm(struct heap *h, struct timer *t, int64_t at);
void heap_disarm(struct heap *h, struct timer *t);

static inline bool heap_armed(const struct timer *t)
{
    return t->slot != 0;
}

/* INT64_MAX when nothing is armed. */
int64_t heap_deadline(const struct heap *h);

/* Takes the earliest timer that is due at now, disarmed; NULL if none. */
struct timer *heap_pop(struct heap *h, int64_t now);

#endif
