/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual world: clock, network that loses and dies, and the edge. */
#ifndef TEST_SIM_WORLD_H
#define TEST_SIM_WORLD_H

#include "sip/base/heap.h"
#include "tools/edge.h"
#include "ua/account.h"
#include "ua/core.h"

enum { WORLD_ACCOUNTS_MAX = 64 };

/* How a piece of the network behaves just now. */
struct weather {
    int64_t delay_ms;   /* one way */
    unsigned jitter_ms; /* added at random; the order of a flow is kept */
    unsigned lost_pct;  /* of the segments that come 200 ms to 3 s late */
    bool partition;     /* nothing passes, nobody is told */
    bool refusing;      /* the server's port is closed */
    bool bad_cert;      /* the server's certificate has expired */
    bool dns_dead;      /* no DNS answer */
    uint8_t swallows;   /* 192.0.2.THIS takes packets and says nothing */
    unsigned dead;      /* so do that many more of the better server */
};

/* One account of the agent, as the outside sees it. */
struct sim_account {
    uint64_t id;
    char name[16];
    bool wrong_password;
    unsigned trying, registered, failed, ended;
    int state; /* enum siplock_register_state of the last event */
    enum cause_code cause;
    int64_t retry_ms;
};

/* A TCP connection with its TLS left out: bytes in order, or nothing. */
struct sim_conn {
    struct sim_conn *next;
    uint64_t flow; /* of the core; 0: the core has let go of it */
    uint64_t edge; /* of the edge; 0: not there (yet, or any more) */
    bool up;       /* the core was told */
    bool silent;   /* a NAT forgot it: both sides talk to nobody */
    int64_t last_to_edge, last_to_core; /* keeps the order */
    unsigned in_flight;
};

struct world {
    const struct env *outer; /* memory and md */
    struct env env;          /* what core and edge get */
    uint64_t rng;
    struct now now;
    struct heap events;
    struct weather weather;
    struct policy *policy;
    struct ua_core *core;
    struct edge edge;
    struct idtab ids;
    struct sim_conn *conns;
    struct sim_account account[WORLD_ACCOUNTS_MAX];
    unsigned accounts;
    uint64_t sends, dials, queries, plain_while_down, bad_tickets;
    uint64_t rspauth_wrong;
    uint64_t max_outputs;
    int err; /* the world itself ran out of memory */
    /* Calls, and what was put off with world_later: test/sim/calls. */
    struct idtab call_ids;
    void (*call)(struct world *w, const struct ua_out *out);
    void (*later)(struct world *w, uint32_t what, uint64_t call);
    void *calls;
};

/* env's memory and md are used; randomness comes from the seed. */
int world_init(struct world *w, const struct env *env, uint64_t seed);
void world_free(struct world *w);

/* Adds a user at the edge and an account at the core. by_dns: its server is
 * looked up (SRV, then A). */
int world_add(struct world *w, bool by_dns, bool wrong_password,
              uint32_t expires);

/* Runs until that much time has passed. */
void world_run(struct world *w, int64_t ms);

/* Breaks all connections with a reset, or without a word. */
void world_kill(struct world *w, bool silently);

/* The edge restarts without a memory. */
void world_restart(struct world *w);

/* later(what, call) is called when that much time has passed. */
void world_later(struct world *w, int64_t ms, uint32_t what, uint64_t call);

/* Pulls the core; after a command of the test's own. */
void world_turn(struct world *w);

/* Fills env, from the seed in rng. */
void world_chance(struct world *w);
uint32_t world_below(struct world *w, uint32_t below);

#endif
