/* SPDX-License-Identifier: Apache-2.0 */
/* The registration table: total, no dead state, ends where it should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ua/regtable.h"

static struct ua_reg_cell cell(int s, int e)
{
    return ua_reg_step((enum ua_reg_state)s, (enum ua_reg_event)e);
}

static void no_cell_is_empty(void **state)
{
    (void)state;
    for (int s = 0; s < UA_REG_STATE_COUNT; s++)
        for (int e = 0; e < UA_REG_EVENT_COUNT; e++) {
            struct ua_reg_cell c = cell(s, e);

            assert_true(c.action != 0);
            assert_true(c.next < UA_REG_STATE_COUNT);
            if (c.action & (UA_REG_DO_ODD | UA_REG_DO_NOTHING))
                assert_int_equal(c.next, s);
            /* Ended is told exactly where it is entered. */
            assert_int_equal((c.action & UA_REG_DO_END) != 0,
                             c.next == UA_REG_ENDED && s != UA_REG_ENDED);
            /* Registered is entered by a 2xx and by nothing else. */
            if (c.next == UA_REG_REGISTERED && s != UA_REG_REGISTERED)
                assert_int_equal(e, UA_REG_OK);
            assert_int_equal((c.action & UA_REG_DO_BOUND) != 0,
                             c.next == UA_REG_REGISTERED &&
                                 s != UA_REG_REGISTERED);
        }
}

static void every_state_is_reached(void **state)
{
    unsigned seen = 1 << UA_REG_IDLE;

    (void)state;
    for (int round = 0; round < UA_REG_STATE_COUNT; round++)
        for (int s = 0; s < UA_REG_STATE_COUNT; s++)
            for (int e = 0; seen >> s & 1 && e < UA_REG_EVENT_COUNT; e++)
                seen |= 1u << cell(s, e).next;
    assert_int_equal(seen, (1 << UA_REG_STATE_COUNT) - 1);
}

/* Wherever it is, stop ends it; wherever it failed, start tries again. */
static void can_always_be_stopped(void **state)
{
    (void)state;
    for (int s = 0; s < UA_REG_STATE_COUNT; s++) {
        int next = cell(s, UA_REG_STOP).next;

        assert_true(next == UA_REG_ENDED || next == UA_REG_ENDING);
    }
    assert_int_equal(cell(UA_REG_ENDING, UA_REG_TIMER).next, UA_REG_ENDED);
    assert_int_equal(cell(UA_REG_ENDING, UA_REG_FLOW_LOST).next, UA_REG_ENDED);
    assert_int_equal(cell(UA_REG_BACKOFF, UA_REG_START).next,
                     UA_REG_WAIT_FLOW);
    assert_int_equal(cell(UA_REG_BLOCKED, UA_REG_START).next,
                     UA_REG_WAIT_FLOW);
}

/* A flow that is lost is waited for in every state that needs one. */
static void a_lost_flow_is_waited_for(void **state)
{
    static const enum ua_reg_state needs[] = {
        UA_REG_TRYING, UA_REG_REFRESHING, UA_REG_ASKING, UA_REG_REGISTERED};

    (void)state;
    for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
        assert_int_equal(cell((int)needs[i], UA_REG_FLOW_LOST).next,
                         UA_REG_WAIT_FLOW);
    assert_int_equal(cell(UA_REG_WAIT_FLOW, UA_REG_FLOW_UP).action,
                     UA_REG_DO_SEND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_cell_is_empty),
        cmocka_unit_test(every_state_is_reached),
        cmocka_unit_test(can_always_be_stopped),
        cmocka_unit_test(a_lost_flow_is_waited_for),
    };

    return cmocka_run_group_tests_name("ua_regtable", tests, NULL, NULL);
}
