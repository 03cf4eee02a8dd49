/* SPDX-License-Identifier: Apache-2.0 */
/* The subscriber's table (RFC 6665 4.1.2). */
#include "ua/subtable.h"

#define FRESH UA_SUB_DO_FRESH
#define RETRY UA_SUB_DO_RETRY
#define REFRESH UA_SUB_DO_REFRESH
#define WAIT UA_SUB_DO_WAIT
#define TELL UA_SUB_DO_TELL
#define END UA_SUB_DO_END
#define FLOW UA_SUB_DO_FLOW
#define SEND UA_SUB_DO_SEND
#define UNSUB UA_SUB_DO_UNSUB

#define GO(state, act)        \
    {                         \
        UA_SUB_##state, (act) \
    }
#define STAY(state)                       \
    {                                     \
        UA_SUB_##state, UA_SUB_DO_NOTHING \
    }
#define ODD(state)                    \
    {                                 \
        UA_SUB_##state, UA_SUB_DO_ODD \
    }

/* Responses and NOTIFYs where nothing is outstanding. */
#define NO_ANSWERS(state)                                         \
    [UA_SUB_EV_OK] = ODD(state), [UA_SUB_EV_AGAIN] = ODD(state),  \
    [UA_SUB_EV_SOFT] = ODD(state), [UA_SUB_EV_GONE] = ODD(state), \
    [UA_SUB_EV_REFUSED] = ODD(state)
#define NO_NOTIFYS(state)                                              \
    [UA_SUB_EV_PENDING] = ODD(state), [UA_SUB_EV_ACTIVE] = ODD(state), \
    [UA_SUB_EV_ENDED] = ODD(state), [UA_SUB_EV_FINAL] = ODD(state)

static const struct ua_sub_cell table[UA_SUB_STATE_COUNT][UA_SUB_EVENT_COUNT] =
    {
        [UA_SUB_IDLE] = {[UA_SUB_EV_START] = GO(WAIT_FLOW, TELL | FLOW),
                         [UA_SUB_EV_FLOW_UP] = STAY(IDLE),
                         [UA_SUB_EV_FLOW_LOST] = STAY(IDLE),
                         [UA_SUB_EV_TIMER] = ODD(IDLE),
                         [UA_SUB_EV_EXPIRED] = ODD(IDLE),
                         [UA_SUB_EV_STOP] = GO(OVER, END),
                         NO_ANSWERS(IDLE),
                         NO_NOTIFYS(IDLE)},
        /* With a dialog it is refreshed there, with our new Contact. */
        [UA_SUB_WAIT_FLOW] = {[UA_SUB_EV_START] = STAY(WAIT_FLOW),
                              [UA_SUB_EV_FLOW_UP] = GO(ASKING, SEND | WAIT),
                              [UA_SUB_EV_FLOW_LOST] = GO(WAIT_FLOW, TELL),
                              [UA_SUB_EV_TIMER] = ODD(WAIT_FLOW),
                              [UA_SUB_EV_EXPIRED] = ODD(WAIT_FLOW),
                              [UA_SUB_EV_STOP] = GO(OVER, END),
                              NO_ANSWERS(WAIT_FLOW),
                              NO_NOTIFYS(WAIT_FLOW)},
        [UA_SUB_ASKING] =
            {[UA_SUB_EV_START] = STAY(ASKING),
             [UA_SUB_EV_FLOW_UP] = ODD(ASKING),
             [UA_SUB_EV_FLOW_LOST] = GO(WAIT_FLOW, TELL),
             [UA_SUB_EV_OK] = STAY(ASKING),
             [UA_SUB_EV_AGAIN] = GO(ASKING, SEND | WAIT),
             [UA_SUB_EV_SOFT] = GO(BACKOFF, FRESH | RETRY | TELL),
             [UA_SUB_EV_GONE] = GO(ASKING, FRESH | SEND | WAIT),
             [UA_SUB_EV_REFUSED] = GO(OVER, END),
             [UA_SUB_EV_PENDING] = GO(PENDING, REFRESH | TELL),
             [UA_SUB_EV_ACTIVE] = GO(ACTIVE, REFRESH | TELL),
             [UA_SUB_EV_ENDED] = GO(BACKOFF, FRESH | RETRY | TELL),
             [UA_SUB_EV_FINAL] = GO(OVER, END),
             [UA_SUB_EV_TIMER] = GO(BACKOFF, FRESH | RETRY | TELL),
             [UA_SUB_EV_EXPIRED] = GO(BACKOFF, FRESH | RETRY | TELL),
             /* A late NOTIFY gets 481, which ends it there too. */
             [UA_SUB_EV_STOP] = GO(OVER, END)},
        /* What fails while it holds is tried again until it expires. */
        [UA_SUB_PENDING] = {[UA_SUB_EV_START] = GO(PENDING, SEND),
                            [UA_SUB_EV_FLOW_UP] = ODD(PENDING),
                            [UA_SUB_EV_FLOW_LOST] = GO(WAIT_FLOW, TELL),
                            [UA_SUB_EV_OK] = GO(PENDING, REFRESH),
                            [UA_SUB_EV_AGAIN] = GO(PENDING, SEND),
                            [UA_SUB_EV_SOFT] = GO(PENDING, RETRY),
                            [UA_SUB_EV_GONE] = GO(ASKING, FRESH | SEND | WAIT),
                            [UA_SUB_EV_REFUSED] = GO(OVER, END),
                            [UA_SUB_EV_PENDING] = GO(PENDING, REFRESH),
                            [UA_SUB_EV_ACTIVE] = GO(ACTIVE, REFRESH | TELL),
                            [UA_SUB_EV_ENDED] =
                                GO(BACKOFF, FRESH | RETRY | TELL),
                            [UA_SUB_EV_FINAL] = GO(OVER, END),
                            [UA_SUB_EV_TIMER] = GO(PENDING, SEND),
                            [UA_SUB_EV_EXPIRED] =
                                GO(BACKOFF, FRESH | RETRY | TELL),
                            [UA_SUB_EV_STOP] = GO(ENDING, UNSUB | WAIT)},
        [UA_SUB_ACTIVE] = {[UA_SUB_EV_START] = GO(ACTIVE, SEND),
                           [UA_SUB_EV_FLOW_UP] = ODD(ACTIVE),
                           [UA_SUB_EV_FLOW_LOST] = GO(WAIT_FLOW, TELL),
                           [UA_SUB_EV_OK] = GO(ACTIVE, REFRESH),
                           [UA_SUB_EV_AGAIN] = GO(ACTIVE, SEND),
                           [UA_SUB_EV_SOFT] = GO(ACTIVE, RETRY),
                           [UA_SUB_EV_GONE] = GO(ASKING, FRESH | SEND | WAIT),
                           [UA_SUB_EV_REFUSED] = GO(OVER, END),
                           [UA_SUB_EV_PENDING] = GO(PENDING, REFRESH | TELL),
                           [UA_SUB_EV_ACTIVE] = GO(ACTIVE, REFRESH),
                           [UA_SUB_EV_ENDED] =
                               GO(BACKOFF, FRESH | RETRY | TELL),
                           [UA_SUB_EV_FINAL] = GO(OVER, END),
                           [UA_SUB_EV_TIMER] = GO(ACTIVE, SEND),
                           [UA_SUB_EV_EXPIRED] =
                               GO(BACKOFF, FRESH | RETRY | TELL),
                           [UA_SUB_EV_STOP] = GO(ENDING, UNSUB | WAIT)},
        [UA_SUB_BACKOFF] = {[UA_SUB_EV_START] = GO(WAIT_FLOW, TELL | FLOW),
                            [UA_SUB_EV_FLOW_UP] = STAY(BACKOFF),
                            [UA_SUB_EV_FLOW_LOST] = STAY(BACKOFF),
                            [UA_SUB_EV_TIMER] = GO(WAIT_FLOW, TELL | FLOW),
                            [UA_SUB_EV_EXPIRED] = ODD(BACKOFF),
                            [UA_SUB_EV_STOP] = GO(OVER, END),
                            NO_ANSWERS(BACKOFF),
                            NO_NOTIFYS(BACKOFF)},
        [UA_SUB_ENDING] = {[UA_SUB_EV_START] = STAY(ENDING),
                           [UA_SUB_EV_FLOW_UP] = ODD(ENDING),
                           [UA_SUB_EV_FLOW_LOST] = GO(OVER, END),
                           [UA_SUB_EV_OK] = STAY(ENDING),
                           [UA_SUB_EV_AGAIN] = GO(ENDING, UNSUB | WAIT),
                           [UA_SUB_EV_SOFT] = GO(OVER, END),
                           [UA_SUB_EV_GONE] = GO(OVER, END),
                           [UA_SUB_EV_REFUSED] = GO(OVER, END),
                           [UA_SUB_EV_PENDING] = STAY(ENDING),
                           [UA_SUB_EV_ACTIVE] = STAY(ENDING),
                           [UA_SUB_EV_ENDED] = GO(OVER, END),
                           [UA_SUB_EV_FINAL] = GO(OVER, END),
                           [UA_SUB_EV_TIMER] = GO(OVER, END),
                           [UA_SUB_EV_EXPIRED] = GO(OVER, END),
                           [UA_SUB_EV_STOP] = STAY(ENDING)},
        [UA_SUB_OVER] = {[UA_SUB_EV_START] = ODD(OVER),
                         [UA_SUB_EV_FLOW_UP] = STAY(OVER),
                         [UA_SUB_EV_FLOW_LOST] = STAY(OVER),
                         [UA_SUB_EV_TIMER] = ODD(OVER),
                         [UA_SUB_EV_EXPIRED] = ODD(OVER),
                         [UA_SUB_EV_STOP] = STAY(OVER),
                         NO_ANSWERS(OVER),
                         NO_NOTIFYS(OVER)},
};

struct ua_sub_cell ua_sub_step(enum ua_sub_state state,
                               enum ua_sub_event event)
{
    return table[state][event];
}
