/* SPDX-License-Identifier: Apache-2.0 */
/* Arenas, env helpers and secrets. */
#include "sip/base/arena.h"
#include "sip/base/secret.h"
#include "test/oom.h"
#include "test/unit/sip_kit.h"

static void test_arena_is_aligned_and_bounded(void **state)
{
    struct env env = kit_env();
    struct arena_pool pool;
    struct arena a;
    size_t held = 0;

    (void)state;
    arena_pool_init(&pool, &env);
    arena_init(&a, &pool);
    for (size_t n = 0; n < 100; n++) {
        char *p = arena_alloc(&a, n);

        assert_non_null(p);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        memset(p, 1, n);
    }
    assert_null(arena_alloc(&a, ARENA_LIMIT + 1));
    assert_null(arena_alloc(&a, SIZE_MAX));
    while (arena_alloc(&a, ARENA_BLOCK))
        held++;
    assert_true(held > 0 && a.held <= ARENA_LIMIT);
    arena_reset(&a);
    assert_int_equal(a.held, 0);
    assert_non_null(arena_alloc(&a, ARENA_LIMIT));
    arena_reset(&a);
    arena_pool_free(&pool);
}

static void test_pool_keeps_some_blocks(void **state)
{
    struct oom mem;
    struct env env = kit_env();
    struct arena_pool pool;
    struct arena a;
    long asked;

    (void)state;
    oom_init(&mem, &env);
    arena_pool_init(&pool, &env);
    arena_init(&a, &pool);
    for (int i = 0; i < ARENA_POOL_KEEP + 3; i++)
        assert_non_null(arena_alloc(&a, ARENA_BLOCK));
    asked = mem.asked;
    arena_reset(&a);
    assert_int_equal(mem.live, ARENA_POOL_KEEP);
    for (int i = 0; i < ARENA_POOL_KEEP; i++)
        assert_non_null(arena_alloc(&a, 1 + ARENA_BLOCK / 2));
    assert_int_equal(mem.asked, asked);
    arena_reset(&a);
    assert_non_null(arena_alloc(&a, ARENA_BLOCK + 1)); /* not pooled */
    arena_reset(&a);
    assert_int_equal(mem.live, ARENA_POOL_KEEP);
    arena_pool_free(&pool);
    assert_int_equal(mem.live, 0);
}

/* One block stays and is written from its start again; of several, or one that
 * is too long for the pool, nothing stays. */
static void test_rewound_arena_keeps_its_one_block(void **state)
{
    struct oom mem;
    struct env env = kit_env();
    struct arena_pool pool;
    struct arena a;
    char *first;

    (void)state;
    oom_init(&mem, &env);
    arena_pool_init(&pool, &env);
    arena_init(&a, &pool);
    arena_rewind(&a);
    first = arena_alloc(&a, ARENA_BLOCK);
    arena_rewind(&a);
    assert_ptr_equal(arena_alloc(&a, 1), first);
    assert_int_equal(pool.kept, 0);
    assert_non_null(arena_alloc(&a, ARENA_BLOCK)); /* a second one */
    arena_rewind(&a);
    assert_int_equal(pool.kept, 2);
    assert_int_equal(a.held, 0);
    assert_non_null(arena_alloc(&a, ARENA_BLOCK + 1));
    arena_rewind(&a);
    assert_int_equal(mem.live, 2);
    arena_reset(&a);
    arena_pool_free(&pool);
    assert_int_equal(mem.live, 0);
}

static int copy_body(const struct env *env, void *arg)
{
    struct arena_pool pool;
    struct arena a;
    struct slice s;
    struct slice owned = {0};
    int err;

    (void)arg;
    arena_pool_init(&pool, env);
    arena_init(&a, &pool);
    err = arena_copy(&a, &s, S("abc"));
    if (!err)
        err = arena_copy(&a, &s, (struct slice){0});
    if (!err)
        err = env_copy(env, &owned, S("xyz"));
    if (!err) {
        assert_slice(owned, "xyz");
        assert_int_equal(owned.p[3], '\0');
        assert_int_equal(s.n, 0);
    }
    env_free(env, (void *)(uintptr_t)owned.p);
    env_free(env, NULL);
    arena_reset(&a);
    arena_pool_free(&pool);
    return err;
}

static void test_copies_under_failure(void **state)
{
    struct env proto = kit_env();

    (void)state;
    assert_int_equal(oom_loop(&proto, copy_body, NULL), 2);
}

static void test_zeroed_memory(void **state)
{
    struct env env = kit_env();
    unsigned char *p = env_alloc(&env, 64);
    void *none = env_alloc(&env, 0);

    (void)state;
    for (int i = 0; i < 64; i++)
        assert_int_equal(p[i], 0);
    assert_non_null(none);
    env_free(&env, p);
    env_free(&env, none);
}

/* A source that gives what it is told to. */
struct dice {
    uint32_t next[8];
    size_t at;
    int err;
};

static int roll(void *user, uint8_t *p, size_t n)
{
    struct dice *d = user;

    for (size_t i = 0; i < n; i += 4)
        memcpy(p + i, &d->next[d->at++ % 8], n - i < 4 ? n - i : 4);
    return d->err;
}

static void test_random_numbers(void **state)
{
    struct dice d = {.next = {UINT32_MAX, 7, 3}};
    struct env env = {.rand = roll, .user = &d};
    char hex[8];
    uint32_t v = 99;

    (void)state;
    /* UINT32_MAX would make small values likelier: rolled again. */
    assert_int_equal(env_rand_below(&env, &v, 10), 0);
    assert_int_equal(v, 7);
    assert_int_equal(d.at, 2);
    assert_int_equal(env_rand_below(&env, &v, 1), 0);
    assert_int_equal(v, 0);
    d = (struct dice){.next = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX,
                               UINT32_MAX, UINT32_MAX, UINT32_MAX,
                               UINT32_MAX}};
    assert_int_equal(env_rand_below(&env, &v, 3), E_RANDOM);
    d.err = E_RANDOM;
    assert_int_equal(env_rand_below(&env, &v, 3), E_RANDOM);
    assert_int_equal(env_rand_hex(&env, hex, 4), E_RANDOM);
    d.err = 0;
    assert_int_equal(env_rand_hex(&env, hex, 4), 0);
    assert_memory_equal(hex, "ffffffff", 8);
    assert_int_equal(env_rand_hex(&env, hex, 33), E_INVAL);
}

static void test_secrets(void **state)
{
    struct secret a = {.n = 0};
    struct secret b = {.n = 0};
    char big[SECRET_MAX + 1] = {1};

    (void)state;
    assert_int_equal(secret_set(&a, S("hush")), 0);
    assert_int_equal(secret_set(&b, S("hush")), 0);
    assert_true(secret_eq(&a, &b));
    assert_int_equal(secret_set(&b, S("husH")), 0);
    assert_false(secret_eq(&a, &b));
    assert_int_equal(secret_set(&a, slice_of(big, SECRET_MAX)), 0);
    assert_int_equal(secret_bytes(&a).n, SECRET_MAX);
    assert_int_equal(secret_set(&a, slice_of(big, SECRET_MAX + 1)), E_TOOBIG);
    assert_int_equal(secret_bytes(&a).n, 0);
    secret_clear(&b);
    for (size_t i = 0; i < SECRET_MAX; i++)
        assert_int_equal(a.bytes[i] | b.bytes[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena_is_aligned_and_bounded),
        cmocka_unit_test(test_pool_keeps_some_blocks),
        cmocka_unit_test(test_rewound_arena_keeps_its_one_block),
        cmocka_unit_test(test_copies_under_failure),
        cmocka_unit_test(test_zeroed_memory),
        cmocka_unit_test(test_random_numbers),
        cmocka_unit_test(test_secrets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
