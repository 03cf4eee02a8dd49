/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of 100rel: each cell is what RFC 3262 says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ua/reltable.h"

/* What each cell must be, said once more in another way. */
static void callee(void **state)
{
    (void)state;
    for (int s = 0; s < UA_REL_STATE_COUNT; s++) {
        bool waits = s == UA_REL_PLAIN || s == UA_REL_SDP || s == UA_REL_HELD;
        bool gone = s == UA_REL_LEFT || s == UA_REL_DONE;

        for (int e = 0; e < UA_REL_EVENT_COUNT; e++) {
            struct ua_rel_cell c =
                ua_rel_step((enum ua_rel_state)s, (enum ua_rel_event)e);
            bool sends = e == UA_REL_EV_SEND || e == UA_REL_EV_SEND_SDP;

            assert_int_not_equal(c.action, 0);
            assert_true(c.next < UA_REL_STATE_COUNT);
            /* Nothing is sent while one is unacknowledged, or after all. */
            assert_int_equal((c.action & UA_REL_DO_SEND) != 0,
                             sends && s == UA_REL_NONE);
            assert_int_equal((c.action & UA_REL_DO_QUEUE) != 0,
                             sends && (s == UA_REL_PLAIN || s == UA_REL_SDP));
            /* A PRACK is taken once, and only where one is awaited. */
            assert_int_equal((c.action & UA_REL_DO_ACCEPT) != 0,
                             e == UA_REL_EV_PRACK &&
                                 (waits || s == UA_REL_LEFT));
            assert_int_equal(
                (c.action & UA_REL_DO_REJECT) != 0,
                e == UA_REL_EV_STRAY ||
                    (e == UA_REL_EV_PRACK && !waits && s != UA_REL_LEFT));
            /* Only SDP holds a 2xx back, and its PRACK lets it go. */
            assert_int_equal((c.action & UA_REL_DO_HOLD) != 0,
                             s == UA_REL_SDP && e == UA_REL_EV_OK);
            assert_int_equal((c.action & UA_REL_DO_ANSWER) != 0,
                             s == UA_REL_HELD && e == UA_REL_EV_PRACK);
            /* It is repeated while it waits, and given up at the end. */
            assert_int_equal((c.action & UA_REL_DO_REPEAT) != 0,
                             waits && e == UA_REL_EV_TIMER);
            assert_int_equal((c.action & UA_REL_DO_GIVE_UP) != 0,
                             waits && e == UA_REL_EV_EXPIRED);
            /* Whoever stops waiting stops the timer. */
            if (waits && c.next != UA_REL_HELD && c.next != s)
                assert_true(c.action & UA_REL_DO_STOP);
            if (gone) /* and nobody comes back */
                assert_true(c.next == UA_REL_LEFT || c.next == UA_REL_DONE);
            if (c.action & UA_REL_DO_REFUSE)
                assert_int_equal(c.next, s);
        }
    }
}

static void caller(void **state)
{
    (void)state;
    for (int s = 0; s < UA_PRACK_STATE_COUNT; s++)
        for (int e = 0; e < UA_PRACK_EVENT_COUNT; e++) {
            struct ua_prack_cell c =
                ua_prack_step((enum ua_prack_state)s, (enum ua_prack_event)e);
            bool reliable = e == UA_PRACK_EV_NEXT || e == UA_PRACK_EV_AGAIN ||
                            e == UA_PRACK_EV_GAP;
            bool first = s == UA_PRACK_NONE && reliable;
            bool next = s == UA_PRACK_SOME && e == UA_PRACK_EV_NEXT;

            assert_int_not_equal(c.action, 0);
            assert_true(c.next < UA_PRACK_STATE_COUNT);
            assert_int_equal((c.action & UA_PRACK_DO_SEND) != 0,
                             first || next);
            /* Heard and dropped at once is nothing, and neither too. */
            assert_int_equal((c.action & UA_PRACK_DO_PASS) == 0,
                             (c.action & UA_PRACK_DO_DROP) != 0);
            if (c.action & UA_PRACK_DO_SEND)
                assert_true(c.action & UA_PRACK_DO_PASS);
            if (s == UA_PRACK_GONE) {
                assert_int_equal(c.next, UA_PRACK_GONE);
                assert_int_equal(c.action, UA_PRACK_DO_DROP);
            }
            if (e == UA_PRACK_EV_END)
                assert_int_equal(c.next, UA_PRACK_GONE);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(callee),
        cmocka_unit_test(caller),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
