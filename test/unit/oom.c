/* SPDX-License-Identifier: Apache-2.0 */
/* The failing allocator itself: it finds leaks, and what fails open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sip/base/err.h"
#include "test/oom.h"

static int two_blocks(const struct env *env, void *arg)
{
    void *a = env_alloc(env, 10);
    void *b = a ? env_alloc(env, 20) : NULL;
    int err = a && b ? 0 : E_NOMEM;

    (void)arg;
    env_free(env, b);
    env_free(env, a);
    return err;
}

static void test_loop_counts_allocations(void **state)
{
    struct env proto = {0};

    (void)state;
    assert_int_equal(oom_loop(&proto, two_blocks, NULL), 2);
}

static void test_one_failure_and_memory_that_stays_out(void **state)
{
    struct oom mem;
    struct env env = {0};

    (void)state;
    oom_init(&mem, &env);
    oom_arm(&mem, 1, 0);
    void *a = env_alloc(&env, 1);

    assert_non_null(a);
    assert_null(env_alloc(&env, 1));
    void *c = env_alloc(&env, 1);

    assert_non_null(c);
    assert_int_equal(mem.live, 2);
    env_free(&env, c);
    oom_arm(&mem, 0, OOM_PERSISTENT);
    assert_null(env_alloc(&env, 1));
    assert_null(env_alloc(&env, 1));
    assert_true(mem.fired);
    env_free(&env, a);
    assert_int_equal(mem.live, 0);
    assert_int_equal(mem.bytes, 0);
}

static int by_malloc(void *arg)
{
    /* Volatile, so that the compiler does not see through the pair. */
    void *volatile a = malloc(10);
    void *volatile b = a ? calloc(2, 20) : NULL;
    void *volatile c = b ? realloc(b, 100) : NULL;
    int ret = c ? 0 : 1;

    (*(int *)arg)++;
    free(c ? c : b);
    free(a);
    return ret;
}

static int fails_open(void *arg)
{
    void *volatile a = malloc(10);

    (void)arg;
    if (!a)
        return -1; /* as a body says that something failed open */
    free(a);
    return 0;
}

static void test_malloc_loop(void **state)
{
    int runs = 0;

    (void)state;
    if (!oom_malloc_usable())
        return;
    assert_int_equal(oom_loop_malloc(by_malloc, &runs), 3);
    assert_int_equal(runs, 0); /* each round ran in its own process */
}

static void test_malloc_round_sees_what_is_wrong(void **state)
{
    int runs = 0;

    (void)state;
    if (!oom_malloc_usable())
        return;
    assert_int_equal(oom_round_malloc(0, 0, fails_open, NULL), OOM_WRONG);
    assert_int_equal(oom_round_malloc(0, 0, by_malloc, &runs), OOM_FAILED);
    assert_int_equal(oom_round_malloc(3, 0, by_malloc, &runs), OOM_UNUSED);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loop_counts_allocations),
        cmocka_unit_test(test_one_failure_and_memory_that_stays_out),
        cmocka_unit_test(test_malloc_loop),
        cmocka_unit_test(test_malloc_round_sees_what_is_wrong),
    };

    (void)argc;
    oom_reexec(argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
