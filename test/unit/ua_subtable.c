/* SPDX-License-Identifier: Apache-2.0 */
/* The subscriber's table: no cell empty, no state dead, the end told once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ua/subtable.h"

static struct ua_sub_cell cell(int s, int e)
{
    return ua_sub_step((enum ua_sub_state)s, (enum ua_sub_event)e);
}

static void every_cell_is_filled(void **state)
{
    const unsigned alone = UA_SUB_DO_NOTHING | UA_SUB_DO_ODD;

    (void)state;
    for (int s = 0; s < UA_SUB_STATE_COUNT; s++)
        for (int e = 0; e < UA_SUB_EVENT_COUNT; e++) {
            struct ua_sub_cell c = cell(s, e);

            assert_int_not_equal(c.action, 0);
            assert_true(c.next < UA_SUB_STATE_COUNT);
            if (c.action & alone) { /* nothing else, and no move */
                assert_int_equal(c.action & (c.action - 1), 0);
                assert_int_equal(c.next, s);
            }
            /* Ended is told exactly where it is entered. */
            assert_int_equal(!!(c.action & UA_SUB_DO_END),
                             c.next == UA_SUB_OVER && s != UA_SUB_OVER);
            /* A dialog holds only by a NOTIFY (RFC 6665 4.4.1). */
            if ((c.next == UA_SUB_ACTIVE || c.next == UA_SUB_PENDING) &&
                c.next != s)
                assert_true(e == UA_SUB_EV_PENDING || e == UA_SUB_EV_ACTIVE);
            /* What waits has a timer: nobody waits for ever. */
            if (c.next == UA_SUB_ASKING && s != UA_SUB_ASKING)
                assert_true(c.action & UA_SUB_DO_WAIT);
            if (c.next == UA_SUB_BACKOFF && s != UA_SUB_BACKOFF)
                assert_true(c.action & UA_SUB_DO_RETRY);
            if (c.next == UA_SUB_ENDING && s != UA_SUB_ENDING)
                assert_true(c.action & UA_SUB_DO_WAIT);
        }
}

static void every_state_lives(void **state)
{
    bool reached[UA_SUB_STATE_COUNT] = {[UA_SUB_IDLE] = true};

    (void)state;
    for (int round = 0; round < UA_SUB_STATE_COUNT; round++)
        for (int s = 0; s < UA_SUB_STATE_COUNT; s++)
            for (int e = 0; reached[s] && e < UA_SUB_EVENT_COUNT; e++)
                reached[cell(s, e).next] = true;
    for (int s = 0; s < UA_SUB_STATE_COUNT; s++) {
        int next = cell(s, UA_SUB_EV_STOP).next;

        assert_true(reached[s]);
        assert_true(next == UA_SUB_OVER || next == UA_SUB_ENDING);
        /* And from there it ends, whatever the notifier does. */
        assert_int_equal(cell(UA_SUB_ENDING, UA_SUB_EV_TIMER).next,
                         UA_SUB_OVER);
        /* A flow that is lost is waited for. */
        if (s >= UA_SUB_ASKING && s <= UA_SUB_ACTIVE)
            assert_int_equal(cell(s, UA_SUB_EV_FLOW_LOST).next,
                             UA_SUB_WAIT_FLOW);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_is_filled),
        cmocka_unit_test(every_state_lives),
    };

    return cmocka_run_group_tests_name("ua_subtable", tests, NULL, NULL);
}
