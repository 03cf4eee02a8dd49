/* SPDX-License-Identifier: Apache-2.0 */
/* The world around the fuzzed core: its input, its clock, its ids. */
#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H

#include "fuzz/flows.h"
#include "fuzz/mix.h"
#include "sip/base/arena.h"
#include "sip/base/cursor.h"
#include "sip/base/err.h"
#include "sip/base/idtab.h"
#include "test/oom.h"
#include "ua/core.h"

enum { CALLS = 24, TEXT = 8192, STEPS_MAX = 400 };
#define ACCOUNT ((uint64_t)1 << 32 | 1)

/* A call that the driver knows of. */
struct known {
    uint64_t id; /* 0: free */
    unsigned ended, last;
    bool opened, closing;
};

struct world {
    struct oom mem; /* first: it is what env's functions are given */
    uint8_t chance;
    struct env env;
    struct policy *policy;
    struct ua_core *core;
    struct arena_pool pool;
    struct arena arena;
    struct now now;
    struct flows flows;
    char request[TEXT]; /* the last one that it sent */
    size_t request_n;
    char invite[TEXT]; /* the last INVITE */
    size_t invite_n;
    char tag[64]; /* of its last response with one */
    unsigned rseq;
    unsigned twist; /* not 0: how the next message heard is changed */
    struct idtab ids;
    struct known call[CALLS];
    struct cursor in;
};

/* ---------------------------------------------------------- environment */

static inline int chance(void *user, uint8_t *p, size_t n)
{
    struct world *w = user; /* anew with each input, so that it replays */

    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(w->chance += 0x35);
    return 0;
}

static inline unsigned byte(struct world *w)
{
    return w->in.p < w->in.end ? (unsigned char)*w->in.p++ : 0;
}

static inline struct slice take(struct world *w, size_t n)
{
    const char *from = w->in.p;

    if (n > cursor_left(&w->in))
        n = cursor_left(&w->in);
    w->in.p += n;
    return slice_of(from, n);
}

/* ------------------------------------------------------------------ ids */

static inline struct known *find(struct world *w, uint64_t id)
{
    for (int i = 0; i < CALLS; i++)
        if (id && w->call[i].id == id)
            return &w->call[i];
    return NULL;
}

static inline struct known *any(struct world *w)
{
    return &w->call[byte(w) % CALLS];
}

static inline int new_id(void *user, uint64_t *id)
{
    struct world *w = user;
    int err = idtab_add(&w->ids, id, w);

    for (int i = 0; i < CALLS && !err; i++)
        if (!w->call[i].id) {
            w->call[i] = (struct known){.id = *id};
            return 0;
        }
    if (!err)
        idtab_remove(&w->ids, *id);
    return err ? err : E_FULL;
}

static inline void free_id(struct world *w, struct known *k)
{
    idtab_remove(&w->ids, k->id);
    *k = (struct known){0};
}

#endif
