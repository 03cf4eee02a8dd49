/* SPDX-License-Identifier: Apache-2.0 */
/* The registration table (RFC 3261 10.2, RFC 5626 4.2 and 4.5). */
#include "ua/regtable.h"

#define FLOW UA_REG_DO_FLOW
#define SEND UA_REG_DO_SEND
#define ANSWER UA_REG_DO_ANSWER
#define ASK UA_REG_DO_ASK
#define BOUND UA_REG_DO_BOUND
#define LATER UA_REG_DO_LATER
#define HANGUP UA_REG_DO_HANGUP
#define UNREG UA_REG_DO_UNREG
#define TRYING UA_REG_DO_TRYING
#define FAILED UA_REG_DO_FAILED
#define END UA_REG_DO_END

#define GO(state, act)        \
    {                         \
        UA_REG_##state, (act) \
    }
#define STAY(state)                       \
    {                                     \
        UA_REG_##state, UA_REG_DO_NOTHING \
    }
#define ODD(state)                    \
    {                                 \
        UA_REG_##state, UA_REG_DO_ODD \
    }

/* Answers of a request that this state does not have outstanding. */
#define NO_ANSWERS(state)                                       \
    [UA_REG_CHALLENGE] = ODD(state), [UA_REG_ASK] = ODD(state), \
    [UA_REG_AGAIN] = ODD(state), [UA_REG_OK] = ODD(state),      \
    [UA_REG_SOFT] = ODD(state), [UA_REG_HARD] = ODD(state)

static const struct ua_reg_cell table[UA_REG_STATE_COUNT][UA_REG_EVENT_COUNT] =
    {
        [UA_REG_IDLE] = {[UA_REG_START] = GO(WAIT_FLOW, TRYING | FLOW),
                         [UA_REG_FLOW_UP] = STAY(IDLE),
                         [UA_REG_FLOW_LOST] = STAY(IDLE),
                         [UA_REG_SECRET] = STAY(IDLE),
                         [UA_REG_TIMER] = ODD(IDLE),
                         [UA_REG_STOP] = GO(ENDED, HANGUP | END),
                         NO_ANSWERS(IDLE)},
        [UA_REG_WAIT_FLOW] =
            {[UA_REG_START] = GO(WAIT_FLOW, FLOW),
             [UA_REG_FLOW_UP] = GO(TRYING, SEND),
             [UA_REG_FLOW_LOST] = GO(WAIT_FLOW, FAILED),
             [UA_REG_SECRET] = STAY(WAIT_FLOW),
             [UA_REG_TIMER] = ODD(WAIT_FLOW),
             /* Nothing to take back: the flow is gone or never was. */
             [UA_REG_STOP] = GO(ENDED, HANGUP | END),
             NO_ANSWERS(WAIT_FLOW)},
        [UA_REG_TRYING] = {[UA_REG_START] = STAY(TRYING),
                           [UA_REG_FLOW_UP] = ODD(TRYING),
                           [UA_REG_FLOW_LOST] = GO(WAIT_FLOW, FAILED),
                           [UA_REG_CHALLENGE] = GO(TRYING, ANSWER),
                           [UA_REG_ASK] = GO(ASKING, ASK),
                           [UA_REG_SECRET] = STAY(TRYING),
                           [UA_REG_AGAIN] = GO(TRYING, SEND),
                           [UA_REG_OK] = GO(REGISTERED, BOUND),
                           [UA_REG_SOFT] = GO(BACKOFF, FAILED | LATER),
                           [UA_REG_HARD] = GO(BLOCKED, FAILED | HANGUP),
                           [UA_REG_TIMER] = ODD(TRYING),
                           [UA_REG_STOP] = GO(ENDING, UNREG)},
        [UA_REG_ASKING] = {[UA_REG_START] = STAY(ASKING),
                           [UA_REG_FLOW_UP] = ODD(ASKING),
                           [UA_REG_FLOW_LOST] = GO(WAIT_FLOW, FAILED),
                           [UA_REG_CHALLENGE] = ODD(ASKING),
                           [UA_REG_ASK] = ODD(ASKING),
                           [UA_REG_SECRET] = GO(TRYING, ANSWER),
                           [UA_REG_AGAIN] = ODD(ASKING),
                           [UA_REG_OK] = ODD(ASKING),
                           [UA_REG_SOFT] = GO(BACKOFF, FAILED | LATER),
                           [UA_REG_HARD] = GO(BLOCKED, FAILED | HANGUP),
                           [UA_REG_TIMER] = ODD(ASKING),
                           [UA_REG_STOP] = GO(ENDED, HANGUP | END)},
        /* Who is registered stays so for the app until the answer. */
        [UA_REG_REFRESHING] = {[UA_REG_START] = STAY(REFRESHING),
                               [UA_REG_FLOW_UP] = ODD(REFRESHING),
                               [UA_REG_FLOW_LOST] = GO(WAIT_FLOW, TRYING),
                               [UA_REG_CHALLENGE] = GO(REFRESHING, ANSWER),
                               [UA_REG_ASK] = GO(ASKING, ASK),
                               [UA_REG_SECRET] = STAY(REFRESHING),
                               [UA_REG_AGAIN] = GO(REFRESHING, SEND),
                               [UA_REG_OK] = GO(REGISTERED, BOUND),
                               [UA_REG_SOFT] = GO(BACKOFF, FAILED | LATER),
                               [UA_REG_HARD] = GO(BLOCKED, FAILED | HANGUP),
                               [UA_REG_TIMER] = ODD(REFRESHING),
                               [UA_REG_STOP] = GO(ENDING, UNREG)},
        [UA_REG_REGISTERED] = {[UA_REG_START] = GO(REFRESHING, SEND),
                               [UA_REG_FLOW_UP] = ODD(REGISTERED),
                               [UA_REG_FLOW_LOST] = GO(WAIT_FLOW, TRYING),
                               [UA_REG_SECRET] = STAY(REGISTERED),
                               [UA_REG_TIMER] = GO(REFRESHING, SEND),
                               [UA_REG_STOP] = GO(ENDING, UNREG),
                               NO_ANSWERS(REGISTERED)},
        [UA_REG_BACKOFF] = {[UA_REG_START] = GO(WAIT_FLOW, TRYING | FLOW),
                            [UA_REG_FLOW_UP] = STAY(BACKOFF),
                            [UA_REG_FLOW_LOST] = STAY(BACKOFF),
                            [UA_REG_SECRET] = STAY(BACKOFF),
                            [UA_REG_TIMER] = GO(WAIT_FLOW, TRYING | FLOW),
                            [UA_REG_STOP] = GO(ENDED, HANGUP | END),
                            NO_ANSWERS(BACKOFF)},
        [UA_REG_BLOCKED] = {[UA_REG_START] = GO(WAIT_FLOW, TRYING | FLOW),
                            [UA_REG_FLOW_UP] = STAY(BLOCKED),
                            [UA_REG_FLOW_LOST] = STAY(BLOCKED),
                            [UA_REG_SECRET] = STAY(BLOCKED),
                            [UA_REG_TIMER] = GO(WAIT_FLOW, TRYING | FLOW),
                            [UA_REG_STOP] = GO(ENDED, HANGUP | END),
                            NO_ANSWERS(BLOCKED)},
        [UA_REG_ENDING] = {[UA_REG_START] = STAY(ENDING),
                           [UA_REG_FLOW_UP] = ODD(ENDING),
                           [UA_REG_FLOW_LOST] = GO(ENDED, END),
                           [UA_REG_CHALLENGE] = GO(ENDING, ANSWER),
                           [UA_REG_ASK] = GO(ENDING, ASK),
                           [UA_REG_SECRET] = GO(ENDING, ANSWER),
                           [UA_REG_AGAIN] = GO(ENDED, HANGUP | END),
                           [UA_REG_OK] = GO(ENDED, HANGUP | END),
                           [UA_REG_SOFT] = GO(ENDED, HANGUP | END),
                           [UA_REG_HARD] = GO(ENDED, HANGUP | END),
                           [UA_REG_TIMER] = GO(ENDED, HANGUP | END),
                           [UA_REG_STOP] = STAY(ENDING)},
        [UA_REG_ENDED] = {[UA_REG_START] = STAY(ENDED),
                          [UA_REG_FLOW_UP] = STAY(ENDED),
                          [UA_REG_FLOW_LOST] = STAY(ENDED),
                          [UA_REG_SECRET] = STAY(ENDED),
                          [UA_REG_TIMER] = STAY(ENDED),
                          [UA_REG_STOP] = STAY(ENDED),
                          NO_ANSWERS(ENDED)},
};

struct ua_reg_cell ua_reg_step(enum ua_reg_state state,
                               enum ua_reg_event event)
{
    return table[state][event];
}
