/* SPDX-License-Identifier: Apache-2.0 */
/* Timers of the core: room for all that can be armed, and chance. */
#include "ua/outq.h"
#include "ua/state.h"

enum {
    TIMERS_OF_ACCOUNT = 6, /* of both flows */
    TIMERS_OF_CALL = 6,
    GRID_MIN_MS = 1000,
    GRID_MAX_MS = 8000
};

int64_t ua_jitter(const struct env *env, int64_t from, int64_t to)
{
    uint32_t extra;

    if (to <= from || to - from >= UINT32_MAX ||
        env_rand_below(env, &extra, (uint32_t)(to - from + 1)))
        return from;
    return from + extra;
}

int64_t ua_within(const struct env *env, int64_t from, int64_t to)
{
    int64_t at = ua_jitter(env, from, to);
    int64_t grid = GRID_MAX_MS;

    while (grid > GRID_MIN_MS && 2 * grid > to - from)
        grid /= 2;
    if (from < 0 || 2 * grid > to - from)
        return at; /* there is no slack */
    at -= at % grid;
    return at < from ? at + grid : at;
}

void ua_arm(struct ua_account *acc, struct timer *t, int64_t at)
{
    t->owner = acc->id;
    (void)heap_arm(&acc->core->heap, t, at); /* reserved: cannot fail */
}

int ua_reserve_timers(struct ua_core *core)
{
    return heap_reserve(&core->heap,
                        (core->counts.accounts + 1) * TIMERS_OF_ACCOUNT +
                            core->counts.calls * TIMERS_OF_CALL +
                            core->counts.subs + core->counts.messages +
                            2 * core->counts.references + core->counts.txns +
                            UA_OUTQ_ROOM);
}
