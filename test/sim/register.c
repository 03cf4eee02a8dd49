/* SPDX-License-Identifier: Apache-2.0 */
/* Registrations through outages: everyone is back, nothing is left over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sip/base/err.h"
#include "test/oom.h"
#include "test/sim/calls.h"
#include "test/sim/world.h"
#include "tls/crypto.h"

enum { ACCOUNTS = 50, SEEDS = 200, MINUTE = 60000 };

uint64_t sim_first_seed = 1;

static void check_always(const struct world *w)
{
    assert_int_equal(w->err, 0);
    assert_int_equal(w->plain_while_down, 0);
    assert_int_equal(w->bad_tickets, 0);
    assert_int_equal(w->rspauth_wrong, 0); /* the edge proves itself */
    assert_true(w->max_outputs < 64 * WORLD_ACCOUNTS_MAX);
}

/* One disturbance of the many, for some minutes, then fair weather. */
static void disturb(struct world *w)
{
    struct weather fair = w->weather;

    switch (world_below(w, 10)) {
    case 0:
        w->weather.partition = true;
        break;
    case 1:
        w->weather.refusing = true;
        world_kill(w, false);
        break;
    case 2:
        w->weather.dns_dead = true;
        world_kill(w, false);
        break;
    case 3:
        w->weather.bad_cert = true;
        world_kill(w, false);
        break;
    case 4:
        world_restart(w);
        break;
    case 5:
        world_kill(w, true);
        break;
    case 6:
        w->weather.lost_pct = 30;
        w->weather.jitter_ms = 2000;
        break;
    case 7:
        w->weather.swallows = (uint8_t)(1 + world_below(w, 2));
        world_kill(w, false);
        break;
    case 8:
        ua_core_net(w->core, w->now, UA_NET_CHANGED);
        break;
    default:
        ua_core_net(w->core, w->now, UA_NET_SUSPEND);
        w->now.boot += 3 * MINUTE; /* nothing ran meanwhile */
        ua_core_net(w->core, w->now, UA_NET_RESUME);
        break;
    }
    world_run(w, (1 + world_below(w, 10)) * (int64_t)MINUTE);
    w->weather = fair;
}

static unsigned registered(const struct world *w)
{
    unsigned n = 0;

    for (unsigned i = 0; i < w->accounts; i++)
        if (w->account[i].state == SIPLOCK_REGISTER_REGISTERED &&
            edge_bound(&w->edge, w->now, slice_cstr(w->account[i].name)))
            n++;
    return n;
}

static unsigned connections(const struct world *w)
{
    unsigned n = 0;

    for (const struct sim_conn *c = w->conns; c; c = c->next)
        n += c->flow != 0;
    return n;
}

static void remove_all(struct world *w)
{
    struct ua_counts counts;

    for (unsigned i = 0; i < w->accounts; i++)
        assert_int_equal(
            ua_core_account_remove(w->core, w->now, w->account[i].id), 0);
    world_run(w, MINUTE);
    for (unsigned i = 0; i < w->accounts; i++)
        assert_int_equal(w->account[i].ended, 1);
    counts = ua_core_counts(w->core);
    assert_int_equal(counts.accounts, 0);
    assert_int_equal(counts.txns, 0);
    assert_int_equal(counts.timers, 0);
}

static void fill_env(struct env *env)
{
    *env = (struct env){.rand = tls_crypto_rand, .md = tls_crypto_md};
}

/* Memory that is counted: when a world of it closes nothing may be held. */
struct counted {
    struct oom mem;
    struct env env;
};

static void open_world(struct world *w, struct counted *c, uint64_t seed)
{
    fill_env(&c->env);
    oom_init(&c->mem, &c->env);
    assert_int_equal(world_init(w, &c->env, seed), 0);
}

static void close_world(struct world *w, const struct counted *c)
{
    world_free(w);
    assert_int_equal(c->mem.live, 0);
}

static void one_seed(uint64_t seed, unsigned *good)
{
    static struct world w;
    struct counted mem;

    open_world(&w, &mem, seed);
    /* Users are added later, so their HA1 follows. */
    w.edge.config.md = seed % 2 ? ENV_SHA256 : ENV_SHA512_256;
    w.weather.jitter_ms = world_below(&w, 50);
    w.weather.lost_pct = world_below(&w, 5);
    for (unsigned i = 0; i < ACCOUNTS; i++)
        assert_int_equal(
            world_add(&w, i % 4 == 0, false, 60 + world_below(&w, 3540)), 0);
    world_run(&w, MINUTE);
    for (int i = 0; i < 4; i++) {
        disturb(&w);
        check_always(&w);
    }
    /* The longest back-off is half an hour; then all must be there. */
    world_run(&w, 65 * (int64_t)MINUTE);
    check_always(&w);
    /* Somebody may be refreshing at this very moment. */
    for (int i = 0; i < 10 && registered(&w) != ACCOUNTS; i++)
        world_run(&w, 1000 + world_below(&w, 1000));
    if (registered(&w) != ACCOUNTS)
        fail_msg("seed %llu: %u of %u registered", (unsigned long long)seed,
                 registered(&w), ACCOUNTS);
    *good += registered(&w);
    remove_all(&w);
    close_world(&w, &mem);
}

static void all_recover(void **state)
{
    unsigned good = 0;

    (void)state;
    for (uint64_t seed = sim_first_seed; seed < sim_first_seed + SEEDS; seed++)
        one_seed(seed, &good);
    printf("%u registrations through outages, all recovered\n", good);
    assert_int_equal(good, ACCOUNTS * SEEDS);
}

/* A wrong password is told once, and the server is left alone. */
static void wrong_password_stops(void **state)
{
    static struct world w;
    struct counted mem;
    uint64_t sends;

    (void)state;
    open_world(&w, &mem, 7);
    assert_int_equal(world_add(&w, false, true, 0), 0);
    assert_int_equal(world_add(&w, false, false, 0), 0); /* the control */
    world_run(&w, MINUTE);
    assert_int_equal(w.account[0].failed, 1);
    assert_int_equal(w.account[0].cause, CAUSE_auth_wrong_password);
    assert_true(w.account[0].retry_ms < 0);
    assert_int_equal(w.account[1].state, SIPLOCK_REGISTER_REGISTERED);
    assert_true(w.edge.counts.wrong <= 1);
    assert_int_equal(ua_core_account_remove(w.core, w.now, w.account[1].id),
                     0);
    world_run(&w, MINUTE);
    sends = w.sends;
    world_run(&w, 600 * (int64_t)MINUTE);
    assert_int_equal(w.sends, sends);
    /* The user corrects it and asks again. */
    w.account[0].wrong_password = false;
    assert_int_equal(ua_core_account_refresh(w.core, w.now, w.account[0].id),
                     0);
    world_run(&w, MINUTE);
    assert_int_equal(w.account[0].failed, 1);
    assert_int_equal(w.account[0].state, SIPLOCK_REGISTER_REGISTERED);
    close_world(&w, &mem);
}

/* 423: the interval is raised once, and the registration holds. */
static void interval_is_raised(void **state)
{
    static struct world w;
    struct counted mem;

    (void)state;
    open_world(&w, &mem, 9);
    w.edge.config.min_expires = 600;
    assert_int_equal(world_add(&w, false, false, 60), 0);
    world_run(&w, MINUTE);
    assert_int_equal(w.edge.counts.brief, 1);
    assert_int_equal(w.account[0].state, SIPLOCK_REGISTER_REGISTERED);
    world_run(&w, 120 * (int64_t)MINUTE);
    assert_int_equal(w.edge.counts.brief, 1);
    assert_int_equal(w.account[0].failed, 0);
    assert_true(w.account[0].registered >= 12);
    close_world(&w, &mem);
}

/* Credentials go in advance while the nonce lives: no second challenge. */
static void credentials_in_advance(void **state)
{
    static struct world w;
    struct counted mem;

    (void)state;
    open_world(&w, &mem, 11);
    w.edge.config.nonce_ms = 10000000;
    assert_int_equal(world_add(&w, false, false, 60), 0);
    world_run(&w, 20 * (int64_t)MINUTE);
    assert_true(w.account[0].registered >= 20);
    assert_int_equal(w.edge.counts.challenged, 1);
    assert_int_equal(w.edge.counts.stale, 0);
    w.edge.config.nonce_ms = 1000; /* and now it dies at once */
    world_run(&w, 20 * (int64_t)MINUTE);
    assert_true(w.edge.counts.stale > 0);
    assert_int_equal(w.account[0].failed, 0);
    close_world(&w, &mem);
}

/* A world in which one allocation fails, and then no more. */
static int with_failures(const struct env *env, void *arg)
{
    static struct world w;
    struct oom *mem = env->user;
    int err = world_init(&w, env, 3);

    (void)arg;
    w.weather.swallows = 1; /* so that connections race */
    if (!err)
        err = world_add(&w, true, false, 0);
    if (!err)
        world_run(&w, 120 * (int64_t)MINUTE);
    if (!err)
        err = w.err;
    if (!err && !(mem->flags & OOM_PERSISTENT)) {
        assert_int_equal(registered(&w), 1);
        assert_int_equal(w.plain_while_down, 0);
    }
    world_free(&w);
    return err;
}

static void memory_runs_out(void **state)
{
    struct env env;
    long n;

    (void)state;
    fill_env(&env);
    n = oom_loop(&env, with_failures, NULL);
    printf("%ld allocations, each failed once\n", n);
    assert_true(n > 20);
}

/* The better one of two servers swallows, and so do so many more addresses of
 * it: all are there in well under the time-out of one, and of each's
 * connections one is left. */
static void swallow(unsigned more)
{
    static struct world w;
    struct counted mem;

    for (uint64_t seed = sim_first_seed; seed < sim_first_seed + 20; seed++) {
        open_world(&w, &mem, seed);
        w.weather.swallows = 1; /* SRV: one.example.test */
        w.weather.dead = more;
        for (unsigned i = 0; i < ACCOUNTS; i++)
            assert_int_equal(world_add(&w, true, false, 3600), 0);
        world_run(&w, 3000); /* a driver's time-out is 5 s */
        check_always(&w);
        assert_int_equal(registered(&w), ACCOUNTS);
        /* Some accounts share a flow: the dials of each that there is. */
        assert_int_equal(w.dials, (2 + more) * connections(&w));
        remove_all(&w);
        close_world(&w, &mem);
    }
}

static void one_address_swallows(void **state)
{
    (void)state;
    swallow(0);
}

static void several_addresses_swallow(void **state)
{
    (void)state;
    swallow(3);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_recover),
        cmocka_unit_test(one_address_swallows),
        cmocka_unit_test(several_addresses_swallow),
        cmocka_unit_test(wrong_password_stops),
        cmocka_unit_test(interval_is_raised),
        cmocka_unit_test(credentials_in_advance),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(sim_calls_all_end),
        cmocka_unit_test(sim_calls_without_memory),
    };

    if (argc > 1)
        sim_first_seed = strtoull(argv[1], NULL, 10);
    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("sim", tests, NULL, NULL);
}
