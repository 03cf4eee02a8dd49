/* SPDX-License-Identifier: Apache-2.0 */
/* The call table: no cell empty, no state dead, the end is the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ua/calltable.h"

static void no_cell_is_empty(void **state)
{
    (void)state;
    for (int s = 0; s < UA_CALL_STATE_COUNT; s++)
        for (int e = 0; e < UA_CALL_EVENT_COUNT; e++) {
            struct ua_call_cell cell =
                ua_call_step((enum ua_call_state)s, (enum ua_call_event)e);
            unsigned alone =
                UA_CALL_DO_NOTHING | UA_CALL_DO_REFUSE | UA_CALL_DO_ODD;

            assert_int_not_equal(cell.action, 0);
            assert_true(cell.next < UA_CALL_STATE_COUNT);
            if (cell.action & alone) { /* nothing else, and no move */
                assert_true((cell.action & (cell.action - 1)) == 0);
                assert_int_equal(cell.next, s);
            }
        }
}

/* Each state can be reached, and each can end. */
static void every_state_lives(void **state)
{
    bool reached[UA_CALL_STATE_COUNT] = {[UA_CALL_IDLE] = true};
    bool more = true;

    (void)state;
    while (more) {
        more = false;
        for (int s = 0; s < UA_CALL_STATE_COUNT; s++)
            for (int e = 0; reached[s] && e < UA_CALL_EVENT_COUNT; e++) {
                int next =
                    ua_call_step((enum ua_call_state)s, (enum ua_call_event)e)
                        .next;

                more = more || !reached[next];
                reached[next] = true;
            }
    }
    for (int s = 0; s < UA_CALL_STATE_COUNT; s++) {
        assert_true(reached[s]);
        if (s != UA_CALL_IDLE && s != UA_CALL_OVER)
            assert_int_equal(
                ua_call_step((enum ua_call_state)s, UA_CALL_EV_HANGUP).next,
                UA_CALL_OVER);
    }
}

/* Whoever goes to OVER says so, and nobody comes back. */
static void over_is_over(void **state)
{
    (void)state;
    for (int e = 0; e < UA_CALL_EVENT_COUNT; e++) {
        struct ua_call_cell cell =
            ua_call_step(UA_CALL_OVER, (enum ua_call_event)e);

        assert_int_equal(cell.next, UA_CALL_OVER);
        assert_false(cell.action & (UA_CALL_DO_TELL | UA_CALL_DO_MEDIA |
                                    UA_CALL_DO_OVER | UA_CALL_DO_OPEN));
        for (int s = 0; s < UA_CALL_OVER; s++) {
            cell = ua_call_step((enum ua_call_state)s, (enum ua_call_event)e);
            assert_int_equal(cell.next == UA_CALL_OVER,
                             (cell.action & UA_CALL_DO_OVER) != 0);
        }
    }
}

/* X01: the microphone's gate opens by a local answer only, or as caller. */
static void media_runs_by_consent_only(void **state)
{
    (void)state;
    for (int s = 0; s < UA_CALL_STATE_COUNT; s++)
        for (int e = 0; e < UA_CALL_EVENT_COUNT; e++) {
            struct ua_call_cell cell =
                ua_call_step((enum ua_call_state)s, (enum ua_call_event)e);

            if (!(cell.action & UA_CALL_DO_MEDIA))
                continue;
            assert_true((s == UA_CALL_INCOMING && e == UA_CALL_EV_ANSWER) ||
                        s == UA_CALL_ANSWERED || s == UA_CALL_CALLING ||
                        s == UA_CALL_RINGING || s == UA_CALL_EARLY);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_cell_is_empty),
        cmocka_unit_test(every_state_lives),
        cmocka_unit_test(over_is_over),
        cmocka_unit_test(media_runs_by_consent_only),
    };

    return cmocka_run_group_tests_name("ua_calltable", tests, NULL, NULL);
}
