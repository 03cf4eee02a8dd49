/* SPDX-License-Identifier: Apache-2.0 */
/* The call table (RFC 3261 9, 13, 15). */
#include "ua/calltable.h"

#define TELL UA_CALL_DO_TELL
#define MEDIA UA_CALL_DO_MEDIA
#define REJECT UA_CALL_DO_REJECT
#define RING UA_CALL_DO_RING
#define ACCEPT UA_CALL_DO_ACCEPT
#define CANCEL UA_CALL_DO_CANCEL
#define BYE UA_CALL_DO_BYE
#define END UA_CALL_DO_OVER
#define FLOW UA_CALL_DO_FLOW
#define OPEN UA_CALL_DO_OPEN
#define INVITE UA_CALL_DO_INVITE

#define GO(state, act)         \
    {                          \
        UA_CALL_##state, (act) \
    }
#define STAY(state)                         \
    {                                       \
        UA_CALL_##state, UA_CALL_DO_NOTHING \
    }
#define NO(state)                          \
    {                                      \
        UA_CALL_##state, UA_CALL_DO_REFUSE \
    }
#define ODD(state)                      \
    {                                   \
        UA_CALL_##state, UA_CALL_DO_ODD \
    }

/* Responses to an INVITE that this state has not sent. */
#define NO_RESPONSES(state)                                              \
    [UA_CALL_EV_TRYING] = ODD(state), [UA_CALL_EV_RINGING] = ODD(state), \
    [UA_CALL_EV_EARLY] = ODD(state), [UA_CALL_EV_OK] = ODD(state),       \
    [UA_CALL_EV_OK_BAD] = ODD(state), [UA_CALL_EV_REFUSED] = ODD(state), \
    [UA_CALL_EV_REDIRECT] = ODD(state), [UA_CALL_EV_SILENT] = ODD(state)

/* What only a call in can be told or meet. */
#define NOT_IN(state)                                                   \
    [UA_CALL_EV_OFFER] = ODD(state), [UA_CALL_EV_RING] = NO(state),     \
    [UA_CALL_EV_ANSWER] = NO(state), [UA_CALL_EV_REJECT] = NO(state),   \
    [UA_CALL_EV_ACK] = STAY(state), [UA_CALL_EV_ACK_BAD] = STAY(state), \
    [UA_CALL_EV_NO_ACK] = ODD(state), [UA_CALL_EV_CANCEL] = STAY(state)

static const struct ua_call_cell
    table[UA_CALL_STATE_COUNT][UA_CALL_EVENT_COUNT] = {
        [UA_CALL_IDLE] = {[UA_CALL_EV_START] = GO(WAITING, TELL | FLOW),
                          [UA_CALL_EV_FLOW_UP] = ODD(IDLE),
                          [UA_CALL_EV_BOUND] = ODD(IDLE),
                          [UA_CALL_EV_OFFER] = GO(OFFERED, OPEN),
                          [UA_CALL_EV_RING] = NO(IDLE),
                          [UA_CALL_EV_ANSWER] = NO(IDLE),
                          [UA_CALL_EV_REJECT] = NO(IDLE),
                          [UA_CALL_EV_HANGUP] = NO(IDLE),
                          [UA_CALL_EV_ACK] = ODD(IDLE),
                          [UA_CALL_EV_ACK_BAD] = ODD(IDLE),
                          [UA_CALL_EV_NO_ACK] = ODD(IDLE),
                          [UA_CALL_EV_CANCEL] = ODD(IDLE),
                          [UA_CALL_EV_BYE] = ODD(IDLE),
                          [UA_CALL_EV_FAIL] = ODD(IDLE),
                          [UA_CALL_EV_TIMER] = ODD(IDLE),
                          NO_RESPONSES(IDLE)},
        [UA_CALL_WAITING] = {[UA_CALL_EV_START] = ODD(WAITING),
                             [UA_CALL_EV_FLOW_UP] = GO(BINDING, OPEN),
                             [UA_CALL_EV_BOUND] = ODD(WAITING),
                             [UA_CALL_EV_HANGUP] = GO(OVER, END),
                             [UA_CALL_EV_BYE] = ODD(WAITING),
                             [UA_CALL_EV_FAIL] = GO(OVER, END),
                             [UA_CALL_EV_TIMER] = GO(OVER, END),
                             NO_RESPONSES(WAITING),
                             NOT_IN(WAITING)},
        [UA_CALL_BINDING] = {[UA_CALL_EV_START] = ODD(BINDING),
                             [UA_CALL_EV_FLOW_UP] = STAY(BINDING),
                             [UA_CALL_EV_BOUND] = GO(CALLING, INVITE),
                             [UA_CALL_EV_HANGUP] = GO(OVER, END),
                             [UA_CALL_EV_BYE] = ODD(BINDING),
                             [UA_CALL_EV_FAIL] = GO(OVER, END),
                             [UA_CALL_EV_TIMER] = GO(OVER, END),
                             NO_RESPONSES(BINDING),
                             NOT_IN(BINDING)},
        [UA_CALL_CALLING] = {[UA_CALL_EV_START] = ODD(CALLING),
                             [UA_CALL_EV_FLOW_UP] = STAY(CALLING),
                             [UA_CALL_EV_BOUND] = ODD(CALLING),
                             [UA_CALL_EV_TRYING] = STAY(CALLING),
                             [UA_CALL_EV_RINGING] = GO(RINGING, TELL),
                             [UA_CALL_EV_EARLY] = GO(EARLY, TELL | MEDIA),
                             [UA_CALL_EV_OK] = GO(ESTABLISHED, TELL | MEDIA),
                             [UA_CALL_EV_OK_BAD] = GO(OVER, BYE | END),
                             [UA_CALL_EV_SILENT] = STAY(CALLING),
                             [UA_CALL_EV_REDIRECT] =
                                 GO(CALLING, TELL | INVITE),
                             [UA_CALL_EV_REFUSED] = GO(OVER, END),
                             [UA_CALL_EV_HANGUP] = GO(OVER, CANCEL | END),
                             [UA_CALL_EV_BYE] = GO(OVER, END),
                             [UA_CALL_EV_FAIL] = GO(OVER, CANCEL | END),
                             [UA_CALL_EV_TIMER] = STAY(CALLING),
                             NOT_IN(CALLING)},
        /* A BYE in an early dialog ends that one only (15.1.2). */
        [UA_CALL_RINGING] = {[UA_CALL_EV_START] = ODD(RINGING),
                             [UA_CALL_EV_FLOW_UP] = STAY(RINGING),
                             [UA_CALL_EV_BOUND] = ODD(RINGING),
                             [UA_CALL_EV_TRYING] = STAY(RINGING),
                             [UA_CALL_EV_RINGING] = STAY(RINGING),
                             [UA_CALL_EV_EARLY] = GO(EARLY, TELL | MEDIA),
                             [UA_CALL_EV_OK] = GO(ESTABLISHED, TELL | MEDIA),
                             [UA_CALL_EV_OK_BAD] = GO(OVER, BYE | END),
                             [UA_CALL_EV_SILENT] = STAY(RINGING),
                             [UA_CALL_EV_REDIRECT] =
                                 GO(CALLING, TELL | INVITE),
                             [UA_CALL_EV_REFUSED] = GO(OVER, END),
                             [UA_CALL_EV_HANGUP] = GO(OVER, CANCEL | END),
                             [UA_CALL_EV_BYE] = STAY(RINGING),
                             [UA_CALL_EV_FAIL] = GO(OVER, CANCEL | END),
                             [UA_CALL_EV_TIMER] = STAY(RINGING),
                             NOT_IN(RINGING)},
        [UA_CALL_EARLY] = {[UA_CALL_EV_START] = ODD(EARLY),
                           [UA_CALL_EV_FLOW_UP] = STAY(EARLY),
                           [UA_CALL_EV_BOUND] = ODD(EARLY),
                           [UA_CALL_EV_TRYING] = STAY(EARLY),
                           [UA_CALL_EV_RINGING] = STAY(EARLY),
                           [UA_CALL_EV_EARLY] = GO(EARLY, MEDIA),
                           [UA_CALL_EV_OK] = GO(ESTABLISHED, TELL | MEDIA),
                           [UA_CALL_EV_OK_BAD] = GO(OVER, BYE | END),
                           [UA_CALL_EV_SILENT] = GO(RINGING, TELL),
                           [UA_CALL_EV_REDIRECT] = GO(CALLING, TELL | INVITE),
                           [UA_CALL_EV_REFUSED] = GO(OVER, END),
                           [UA_CALL_EV_HANGUP] = GO(OVER, CANCEL | END),
                           [UA_CALL_EV_BYE] = STAY(EARLY),
                           [UA_CALL_EV_FAIL] = GO(OVER, CANCEL | END),
                           [UA_CALL_EV_TIMER] = STAY(EARLY),
                           NOT_IN(EARLY)},
        [UA_CALL_OFFERED] = {[UA_CALL_EV_START] = ODD(OFFERED),
                             [UA_CALL_EV_FLOW_UP] = STAY(OFFERED),
                             [UA_CALL_EV_BOUND] = GO(INCOMING, TELL),
                             [UA_CALL_EV_OFFER] = ODD(OFFERED),
                             [UA_CALL_EV_RING] = NO(OFFERED),
                             [UA_CALL_EV_ANSWER] = NO(OFFERED),
                             [UA_CALL_EV_REJECT] = GO(OVER, REJECT | END),
                             [UA_CALL_EV_HANGUP] = GO(OVER, REJECT | END),
                             [UA_CALL_EV_ACK] = STAY(OFFERED),
                             [UA_CALL_EV_ACK_BAD] = STAY(OFFERED),
                             [UA_CALL_EV_NO_ACK] = ODD(OFFERED),
                             [UA_CALL_EV_CANCEL] = GO(OVER, REJECT | END),
                             [UA_CALL_EV_BYE] = GO(OVER, REJECT | END),
                             [UA_CALL_EV_FAIL] = GO(OVER, REJECT | END),
                             [UA_CALL_EV_TIMER] = GO(OVER, REJECT | END),
                             NO_RESPONSES(OFFERED)},
        [UA_CALL_INCOMING] = {[UA_CALL_EV_START] = ODD(INCOMING),
                              [UA_CALL_EV_FLOW_UP] = STAY(INCOMING),
                              [UA_CALL_EV_BOUND] = ODD(INCOMING),
                              [UA_CALL_EV_OFFER] = ODD(INCOMING),
                              [UA_CALL_EV_RING] = GO(INCOMING, RING),
                              [UA_CALL_EV_ANSWER] =
                                  GO(ANSWERED, MEDIA | ACCEPT),
                              [UA_CALL_EV_REJECT] = GO(OVER, REJECT | END),
                              [UA_CALL_EV_HANGUP] = GO(OVER, REJECT | END),
                              [UA_CALL_EV_ACK] = STAY(INCOMING),
                              [UA_CALL_EV_ACK_BAD] = STAY(INCOMING),
                              [UA_CALL_EV_NO_ACK] = ODD(INCOMING),
                              [UA_CALL_EV_CANCEL] = GO(OVER, REJECT | END),
                              [UA_CALL_EV_BYE] = GO(OVER, REJECT | END),
                              [UA_CALL_EV_FAIL] = GO(OVER, REJECT | END),
                              [UA_CALL_EV_TIMER] = GO(INCOMING, RING),
                              NO_RESPONSES(INCOMING)},
        /* 15: no BYE of the callee's before the ACK; a CANCEL is too late. */
        [UA_CALL_ANSWERED] = {[UA_CALL_EV_START] = ODD(ANSWERED),
                              [UA_CALL_EV_FLOW_UP] = STAY(ANSWERED),
                              [UA_CALL_EV_BOUND] = ODD(ANSWERED),
                              [UA_CALL_EV_OFFER] = ODD(ANSWERED),
                              [UA_CALL_EV_RING] = NO(ANSWERED),
                              [UA_CALL_EV_ANSWER] = NO(ANSWERED),
                              [UA_CALL_EV_REJECT] = NO(ANSWERED),
                              [UA_CALL_EV_HANGUP] = GO(OVER, BYE | END),
                              [UA_CALL_EV_ACK] = GO(ESTABLISHED, TELL | MEDIA),
                              [UA_CALL_EV_ACK_BAD] = GO(OVER, BYE | END),
                              [UA_CALL_EV_NO_ACK] = GO(OVER, BYE | END),
                              [UA_CALL_EV_CANCEL] = STAY(ANSWERED),
                              [UA_CALL_EV_BYE] = GO(OVER, END),
                              [UA_CALL_EV_FAIL] = GO(OVER, BYE | END),
                              [UA_CALL_EV_TIMER] = STAY(ANSWERED),
                              NO_RESPONSES(ANSWERED)},
        [UA_CALL_ESTABLISHED] = {[UA_CALL_EV_START] = ODD(ESTABLISHED),
                                 [UA_CALL_EV_FLOW_UP] = STAY(ESTABLISHED),
                                 [UA_CALL_EV_BOUND] = ODD(ESTABLISHED),
                                 [UA_CALL_EV_TRYING] = STAY(ESTABLISHED),
                                 [UA_CALL_EV_RINGING] = STAY(ESTABLISHED),
                                 [UA_CALL_EV_EARLY] = STAY(ESTABLISHED),
                                 [UA_CALL_EV_OK] = STAY(ESTABLISHED),
                                 [UA_CALL_EV_OK_BAD] = STAY(ESTABLISHED),
                                 [UA_CALL_EV_SILENT] = STAY(ESTABLISHED),
                                 [UA_CALL_EV_REDIRECT] = STAY(ESTABLISHED),
                                 [UA_CALL_EV_REFUSED] = STAY(ESTABLISHED),
                                 [UA_CALL_EV_HANGUP] = GO(OVER, BYE | END),
                                 [UA_CALL_EV_BYE] = GO(OVER, END),
                                 [UA_CALL_EV_FAIL] = GO(OVER, BYE | END),
                                 [UA_CALL_EV_TIMER] = STAY(ESTABLISHED),
                                 [UA_CALL_EV_OFFER] = ODD(ESTABLISHED),
                                 [UA_CALL_EV_RING] = NO(ESTABLISHED),
                                 [UA_CALL_EV_ANSWER] = NO(ESTABLISHED),
                                 [UA_CALL_EV_REJECT] = NO(ESTABLISHED),
                                 [UA_CALL_EV_ACK] = STAY(ESTABLISHED),
                                 [UA_CALL_EV_ACK_BAD] = GO(OVER, BYE | END),
                                 [UA_CALL_EV_NO_ACK] = GO(OVER, BYE | END),
                                 [UA_CALL_EV_CANCEL] = STAY(ESTABLISHED)},
        /* A 2xx that crossed the CANCEL is ended (15), and so is a callee's
         * dialog once its ACK has come or will not come any more. */
        [UA_CALL_OVER] = {[UA_CALL_EV_START] = ODD(OVER),
                          [UA_CALL_EV_FLOW_UP] = STAY(OVER),
                          [UA_CALL_EV_BOUND] = STAY(OVER),
                          [UA_CALL_EV_OFFER] = ODD(OVER),
                          [UA_CALL_EV_TRYING] = GO(OVER, CANCEL),
                          [UA_CALL_EV_RINGING] = GO(OVER, CANCEL),
                          [UA_CALL_EV_EARLY] = GO(OVER, CANCEL),
                          [UA_CALL_EV_OK] = GO(OVER, BYE),
                          [UA_CALL_EV_OK_BAD] = GO(OVER, BYE),
                          [UA_CALL_EV_SILENT] = STAY(OVER),
                          [UA_CALL_EV_REDIRECT] = STAY(OVER),
                          [UA_CALL_EV_REFUSED] = STAY(OVER),
                          [UA_CALL_EV_RING] = NO(OVER),
                          [UA_CALL_EV_ANSWER] = NO(OVER),
                          [UA_CALL_EV_REJECT] = NO(OVER),
                          [UA_CALL_EV_HANGUP] = NO(OVER),
                          [UA_CALL_EV_ACK] = GO(OVER, BYE),
                          [UA_CALL_EV_ACK_BAD] = GO(OVER, BYE),
                          [UA_CALL_EV_NO_ACK] = GO(OVER, BYE),
                          [UA_CALL_EV_CANCEL] = STAY(OVER),
                          [UA_CALL_EV_BYE] = STAY(OVER),
                          [UA_CALL_EV_FAIL] = STAY(OVER),
                          [UA_CALL_EV_TIMER] = STAY(OVER)},
};

struct ua_call_cell ua_call_step(enum ua_call_state state,
                                 enum ua_call_event event)
{
    return table[state][event];
}
