/* SPDX-License-Identifier: Apache-2.0 */
/* The timer heap, the id table and the keyed hash. */
#include "sip/base/hash.h"
#include "sip/base/heap.h"
#include "sip/base/idtab.h"
#include "test/oom.h"
#include "test/unit/sip_kit.h"

enum { TIMERS = 200 };

/* A small generator: the same numbers in each run. */
static uint32_t pick(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void test_heap_against_a_list(void **state)
{
    struct env env = kit_env();
    struct timer t[TIMERS] = {{0}};
    uint32_t seed = 1;
    struct heap h;

    (void)state;
    heap_init(&h, &env);
    assert_true(heap_deadline(&h) == INT64_MAX);
    assert_null(heap_pop(&h, INT64_MAX));
    assert_int_equal(heap_reserve(&h, TIMERS), 0);
    for (int step = 0; step < 20000; step++) {
        struct timer *one = &t[pick(&seed) % TIMERS];
        int64_t least = INT64_MAX;

        if (pick(&seed) % 3)
            assert_int_equal(heap_arm(&h, one, pick(&seed) % 1000), 0);
        else
            heap_disarm(&h, one);
        for (int i = 0; i < TIMERS; i++)
            if (heap_armed(&t[i]) && t[i].at < least)
                least = t[i].at;
        assert_true(heap_deadline(&h) == least);
    }
    for (int64_t last = INT64_MIN; h.n;) {
        struct timer *due = heap_pop(&h, INT64_MAX);

        assert_true(due->at >= last);
        assert_false(heap_armed(due));
        last = due->at;
    }
    heap_free(&h);
}

static void test_heap_ties_and_due(void **state)
{
    struct env env = kit_env();
    struct timer t[5] = {{0}};
    struct heap h;

    (void)state;
    heap_init(&h, &env);
    for (int i = 0; i < 5; i++)
        assert_int_equal(heap_arm(&h, &t[i], 10), 0);
    assert_null(heap_pop(&h, 9));
    for (int i = 0; i < 5; i++)
        assert_ptr_equal(heap_pop(&h, 10), &t[i]);
    assert_int_equal(heap_arm(&h, &t[0], 1), 0);
    heap_free(&h);
    assert_false(heap_armed(&t[0]));
    assert_int_equal(heap_reserve(&h, HEAP_LIMIT + 1), E_FULL);
}

static int heap_body(const struct env *env, void *arg)
{
    struct timer t[40] = {{0}};
    struct heap h;
    int err;

    (void)arg;
    heap_init(&h, env);
    err = heap_reserve(&h, 40);
    for (int i = 0; i < 40 && !err; i++)
        assert_int_equal(heap_arm(&h, &t[i], i), 0); /* was promised */
    heap_free(&h);
    return err;
}

static void test_reserved_timers_cannot_fail(void **state)
{
    struct env proto = {0};

    (void)state;
    assert_int_equal(oom_loop(&proto, heap_body, NULL), 1);
}

static void test_stale_ids_find_nothing(void **state)
{
    struct env env = kit_env();
    struct idtab t;
    uint64_t a;
    uint64_t b;
    uint32_t pos = 0;
    int x;
    int y;

    (void)state;
    idtab_init(&t, &env, 100);
    assert_null(idtab_get(&t, 0));
    assert_null(idtab_get(&t, 1));
    assert_int_equal(idtab_add(&t, &a, &x), 0);
    assert_true(a != 0);
    assert_ptr_equal(idtab_get(&t, a), &x);
    idtab_remove(&t, a);
    idtab_remove(&t, a);
    assert_int_equal(t.live, 0);
    assert_null(idtab_get(&t, a));
    assert_int_equal(idtab_add(&t, &b, &y), 0);
    assert_true(a != b && (uint32_t)a == (uint32_t)b);
    assert_null(idtab_get(&t, a));
    idtab_remove(&t, a); /* stale: must not take y away */
    assert_ptr_equal(idtab_get(&t, b), &y);
    assert_ptr_equal(idtab_next(&t, &pos), &y);
    assert_null(idtab_next(&t, &pos));
    idtab_free(&t);
}

static void test_id_table_is_bounded(void **state)
{
    struct env env = kit_env();
    struct idtab t;
    uint64_t id[21];
    int x;

    (void)state;
    idtab_init(&t, &env, 20);
    for (int i = 0; i < 20; i++)
        assert_int_equal(idtab_add(&t, &id[i], &x), 0);
    assert_int_equal(idtab_add(&t, &id[20], &x), E_FULL);
    idtab_remove(&t, id[7]);
    assert_int_equal(idtab_add(&t, &id[20], &x), 0);
    idtab_free(&t);
    idtab_init(&t, &env, 0);
    assert_int_equal(idtab_add(&t, &id[0], &x), E_FULL);
    idtab_free(&t);
}

static void test_put_follows_another_table(void **state)
{
    struct env env = kit_env();
    struct idtab from;
    struct idtab to;
    uint64_t id;
    int x;

    (void)state;
    idtab_init(&from, &env, 50);
    idtab_init(&to, &env, 50);
    for (int i = 0; i < 40; i++)
        assert_int_equal(idtab_add(&from, &id, &x), 0);
    assert_int_equal(idtab_put(&to, id, &x), 0);
    assert_int_equal(idtab_put(&to, id, &x), E_INVAL);
    assert_ptr_equal(idtab_get(&to, id), &x);
    idtab_remove(&to, id);
    assert_null(idtab_get(&to, id));
    assert_int_equal(idtab_put(&to, 0, &x), E_INVAL);
    assert_int_equal(idtab_put(&to, 51, &x), E_FULL);
    idtab_free(&from);
    idtab_free(&to);
}

static int idtab_body(const struct env *env, void *arg)
{
    struct idtab t;
    uint64_t id;
    int err = 0;

    idtab_init(&t, env, 100);
    for (int i = 0; i < 40 && !err; i++)
        err = idtab_add(&t, &id, arg);
    idtab_free(&t);
    return err;
}

static void test_id_table_under_failure(void **state)
{
    struct env proto = {0};
    int x;

    (void)state;
    assert_int_equal(oom_loop(&proto, idtab_body, &x), 3);
}

/* Appendix A of "SipHash: a fast short-input PRF". */
static void test_siphash_vector(void **state)
{
    uint8_t key[HASH_KEY];
    char text[15];

    (void)state;
    for (int i = 0; i < HASH_KEY; i++)
        key[i] = (uint8_t)i;
    for (int i = 0; i < 15; i++)
        text[i] = (char)i;
    assert_true(hash_keyed(key, slice_of(text, 15)) ==
                UINT64_C(0xa129ca6149be45e5));
    assert_true(hash_keyed(key, slice_of(text, 0)) ==
                UINT64_C(0x726fdb47dd0e0e31));
    key[0] ^= 1;
    assert_false(hash_keyed(key, slice_of(text, 15)) ==
                 UINT64_C(0xa129ca6149be45e5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heap_against_a_list),
        cmocka_unit_test(test_heap_ties_and_due),
        cmocka_unit_test(test_reserved_timers_cannot_fail),
        cmocka_unit_test(test_stale_ids_find_nothing),
        cmocka_unit_test(test_id_table_is_bounded),
        cmocka_unit_test(test_put_follows_another_table),
        cmocka_unit_test(test_id_table_under_failure),
        cmocka_unit_test(test_siphash_vector),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
