/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of transfers: total, no dead state, the end is told once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ua/refertable.h"

typedef struct ua_refer_cell step_fn(int state, int event);

static struct ua_refer_cell refer(int s, int e)
{
    return ua_refertable_out((enum ua_refer_state)s, (enum ua_refer_event)e);
}

static struct ua_refer_cell referred(int s, int e)
{
    return ua_refertable_in((enum ua_referred_state)s,
                            (enum ua_referred_event)e);
}

/* Every cell: something is said of it, and what moves nothing says so. */
static void walk(step_fn *step, int states, int events, unsigned alone)
{
    bool reached[8] = {true};

    for (int round = 0; round < states; round++)
        for (int s = 0; s < states; s++)
            for (int e = 0; e < events; e++) {
                struct ua_refer_cell c = step(s, e);

                assert_int_not_equal(c.action, 0);
                assert_true(c.next < states);
                if (c.action & alone) { /* nothing else, and no move */
                    assert_int_equal(c.action & (c.action - 1), 0);
                    assert_int_equal(c.next, s);
                }
                if (reached[s])
                    reached[c.next] = true;
            }
    for (int s = 0; s < states; s++)
        assert_true(reached[s]);
}

static void every_cell_is_filled(void **state)
{
    (void)state;
    walk(refer, UA_REFER_STATE_COUNT, UA_REFER_EVENT_COUNT,
         UA_REFER_DO_NOTHING | UA_REFER_DO_REFUSE | UA_REFER_DO_ODD);
    walk(referred, UA_REFERRED_STATE_COUNT, UA_REFERRED_EVENT_COUNT,
         UA_REFERRED_DO_NOTHING | UA_REFERRED_DO_REFUSE | UA_REFERRED_DO_ODD);
}

/* Whoever enters OVER tells the app exactly one outcome; nobody else does. */
static void one_outcome(void **state)
{
    const unsigned ends =
        UA_REFER_DO_DONE | UA_REFER_DO_FAILED | UA_REFER_DO_UNKNOWN;

    (void)state;
    for (int s = 0; s < UA_REFER_STATE_COUNT; s++)
        for (int e = 0; e < UA_REFER_EVENT_COUNT; e++) {
            struct ua_refer_cell c = refer(s, e);
            unsigned told = c.action & ends;
            bool enters = c.next == UA_REFER_OVER && s != UA_REFER_OVER;

            assert_int_equal(told != 0, enters);
            assert_int_equal(told & (told - 1), 0);
            /* The call is hung up when it has gone, and only then. */
            assert_int_equal(!!(c.action & UA_REFER_DO_HANGUP),
                             !!(c.action & UA_REFER_DO_DONE));
        }
}

/* Nothing is followed before somebody says so; the last NOTIFY goes out when
 * the transfer is over, if the call still is. */
static void followed_when_told(void **state)
{
    const unsigned last = UA_REFERRED_DO_DONE | UA_REFERRED_DO_FAILED |
                          UA_REFERRED_DO_DECLINE | UA_REFERRED_DO_QUIET;

    (void)state;
    for (int s = 0; s < UA_REFERRED_STATE_COUNT; s++)
        for (int e = 0; e < UA_REFERRED_EVENT_COUNT; e++) {
            struct ua_refer_cell c = referred(s, e);
            bool enters = c.next == UA_REFERRED_OVER && s != UA_REFERRED_OVER;

            assert_int_equal(!!(c.action & UA_REFERRED_DO_FOLLOW),
                             c.next == UA_REFERRED_FOLLOWING &&
                                 s != UA_REFERRED_FOLLOWING);
            if (c.action & UA_REFERRED_DO_FOLLOW)
                assert_true(e == UA_REFERRED_EV_ACCEPT ||
                            e == UA_REFERRED_EV_FOLLOW);
            assert_int_equal(!!(c.action & last),
                             enters && e != UA_REFERRED_EV_CALL_OVER);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_is_filled),
        cmocka_unit_test(one_outcome),
        cmocka_unit_test(followed_when_told),
    };

    return cmocka_run_group_tests_name("ua_refertable", tests, NULL, NULL);
}
