/* SPDX-License-Identifier: Apache-2.0 */
/* Times with slack: within their window, on a grid that accounts share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ua/state.h"

enum { TRIES = 2000 };

static uint32_t seed = 1;

static int some(void *user, uint8_t *out, size_t n)
{
    (void)user;
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525 + 1013904223;
        out[i] = (uint8_t)(seed >> 24);
    }
    return 0;
}

static const struct env env = {.rand = some};

/* How many different times a window of that length gives; all fit grid. */
static unsigned slots(int64_t from, int64_t window, int64_t grid)
{
    int64_t seen[TRIES];
    unsigned n = 0;

    for (int i = 0; i < TRIES; i++) {
        int64_t at = ua_within(&env, from, from + window);
        unsigned k = 0;

        assert_true(at >= from && at <= from + window);
        assert_int_equal(at % grid, 0);
        while (k < n && seen[k] != at)
            k++;
        if (k == n)
            seen[n++] = at;
    }
    return n;
}

static void test_grid(void **state)
{
    (void)state;
    for (int64_t from = 100000; from < 108000; from += 777) {
        /* Keepalives: 88 to 110 s. */
        assert_in_range(slots(from, 22000, 8000), 2, 3);
        /* With Flow-Timer: 30 they are 24 to 30 s. */
        assert_in_range(slots(from, 6000, 2000), 3, 4);
        assert_in_range(slots(from, 2000, 1000), 2, 3);
        /* Refreshes of an hour do not all come at once. */
        assert_in_range(slots(from, 360000, 8000), 44, 46);
    }
}

/* Where there is no slack every millisecond counts. */
static void test_no_slack(void **state)
{
    (void)state;
    assert_true(slots(100001, 1999, 1) > 100);
    assert_int_equal(slots(100001, 0, 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grid),
        cmocka_unit_test(test_no_slack),
    };

    return cmocka_run_group_tests_name("ua/timers", tests, NULL, NULL);
}
