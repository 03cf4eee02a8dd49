/* SPDX-License-Identifier: Apache-2.0 */
/* The flows that a driver of the core knows: being dialled, or up. */
#ifndef FUZZ_FLOWS_H
#define FUZZ_FLOWS_H

#include "fuzz/target.h"

enum { FLOWS = 4 };

struct flows {
    struct {
        uint64_t id; /* 0: free */
        bool up;
    } at[FLOWS];
    unsigned turn;
    uint64_t last; /* that something was sent on */
};

/* More than there is room for: the oldest is not heard of any more. */
static inline void flows_dial(struct flows *f, uint64_t id)
{
    unsigned i = 0;

    while (i < FLOWS && f->at[i].id)
        i++;
    if (i == FLOWS)
        i = f->turn++ % FLOWS;
    f->at[i].id = id;
    f->at[i].up = false;
}

static inline void flows_end(struct flows *f, uint64_t id)
{
    for (unsigned i = 0; i < FLOWS; i++)
        if (f->at[i].id == id)
            f->at[i].id = 0;
}

static inline bool flows_up(const struct flows *f, uint64_t id)
{
    for (unsigned i = 0; i < FLOWS; i++)
        if (f->at[i].id == id)
            return f->at[i].up;
    return false;
}

/* The drawn one of those that are up, or not; 0: there is none. */
static inline uint64_t flows_any(const struct flows *f, unsigned drawn,
                                 bool up)
{
    for (unsigned i = 0; i < FLOWS; i++) {
        unsigned k = (drawn + i) % FLOWS;

        if (f->at[k].id && f->at[k].up == up)
            return f->at[k].id;
    }
    return 0;
}

/* The same; if there is none, one of the others. */
static inline uint64_t flows_some(const struct flows *f, unsigned drawn,
                                  bool up)
{
    uint64_t id = flows_any(f, drawn, up);

    return id ? id : flows_any(f, drawn, !up);
}

/* Where an answer to what was sent last comes: there, or elsewhere. */
static inline uint64_t flows_answer(const struct flows *f)
{
    return flows_up(f, f->last) ? f->last : flows_any(f, 0, true);
}

static inline void flows_set_up(struct flows *f, uint64_t id)
{
    for (unsigned i = 0; i < FLOWS; i++)
        if (f->at[i].id == id)
            f->at[i].up = true;
}

#endif
