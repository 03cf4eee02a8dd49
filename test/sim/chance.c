/* SPDX-License-Identifier: Apache-2.0 */
/* The world's environment: chance from a seed, memory from outside. */
#include "test/sim/world.h"

static uint64_t next_random(struct world *w)
{
    uint64_t z = w->rng += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

uint32_t world_below(struct world *w, uint32_t below)
{
    return (uint32_t)(next_random(w) % below);
}

static void *sim_alloc(void *user, size_t n)
{
    const struct world *w = user;

    return w->outer->alloc(w->outer->user, n);
}

static void sim_free(void *user, void *p)
{
    const struct world *w = user;

    w->outer->free(w->outer->user, p);
}

static int sim_rand(void *user, uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)next_random(user);
    return 0;
}

static int sim_md(void *user, enum env_md md, const struct slice *parts,
                  size_t nparts, uint8_t *out)
{
    const struct world *w = user;

    return w->outer->md(w->outer->user, md, parts, nparts, out);
}

void world_chance(struct world *w)
{
    w->env = (struct env){sim_alloc, sim_free, sim_rand, sim_md, NULL, w};
}
