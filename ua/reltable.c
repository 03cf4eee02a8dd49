/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of reliable provisional responses (RFC 3262 3 and 4). */
#include "ua/reltable.h"

#define SEND UA_REL_DO_SEND
#define QUEUE UA_REL_DO_QUEUE
#define ACCEPT UA_REL_DO_ACCEPT
#define STOP UA_REL_DO_STOP
#define FLUSH UA_REL_DO_FLUSH

#define GO(state, act)        \
    {                         \
        UA_REL_##state, (act) \
    }
#define STAY(state)                       \
    {                                     \
        UA_REL_##state, UA_REL_DO_NOTHING \
    }
#define NO(state)                        \
    {                                    \
        UA_REL_##state, UA_REL_DO_REFUSE \
    }
#define STRAY(state) [UA_REL_EV_STRAY] = {UA_REL_##state, UA_REL_DO_REJECT}

/* A timer that fires when nothing is unacknowledged. */
#define NO_TIMER(state) \
    [UA_REL_EV_TIMER] = STAY(state), [UA_REL_EV_EXPIRED] = STAY(state)

static const struct ua_rel_cell
    rel_table[UA_REL_STATE_COUNT][UA_REL_EVENT_COUNT] = {
        [UA_REL_NONE] = {[UA_REL_EV_SEND] = GO(PLAIN, SEND),
                         [UA_REL_EV_SEND_SDP] = GO(SDP, SEND),
                         [UA_REL_EV_PRACK] = GO(NONE, UA_REL_DO_REJECT),
                         [UA_REL_EV_OK] = STAY(DONE),
                         [UA_REL_EV_REFUSE] = STAY(DONE),
                         STRAY(NONE),
                         NO_TIMER(NONE)},
        [UA_REL_PLAIN] = {[UA_REL_EV_SEND] = GO(PLAIN, QUEUE),
                          [UA_REL_EV_SEND_SDP] = GO(PLAIN, QUEUE),
                          [UA_REL_EV_PRACK] = GO(NONE, ACCEPT | STOP | FLUSH),
                          [UA_REL_EV_TIMER] = GO(PLAIN, UA_REL_DO_REPEAT),
                          [UA_REL_EV_EXPIRED] =
                              GO(DONE, STOP | UA_REL_DO_GIVE_UP),
                          [UA_REL_EV_OK] = GO(LEFT, STOP),
                          [UA_REL_EV_REFUSE] = GO(LEFT, STOP),
                          STRAY(PLAIN)},
        [UA_REL_SDP] = {[UA_REL_EV_SEND] = GO(SDP, QUEUE),
                        [UA_REL_EV_SEND_SDP] = GO(SDP, QUEUE),
                        [UA_REL_EV_PRACK] = GO(NONE, ACCEPT | STOP | FLUSH),
                        [UA_REL_EV_TIMER] = GO(SDP, UA_REL_DO_REPEAT),
                        [UA_REL_EV_EXPIRED] =
                            GO(DONE, STOP | UA_REL_DO_GIVE_UP),
                        [UA_REL_EV_OK] = GO(HELD, UA_REL_DO_HOLD),
                        [UA_REL_EV_REFUSE] = GO(LEFT, STOP),
                        STRAY(SDP)},
        [UA_REL_HELD] = {[UA_REL_EV_SEND] = NO(HELD),
                         [UA_REL_EV_SEND_SDP] = NO(HELD),
                         [UA_REL_EV_PRACK] =
                             GO(NONE, ACCEPT | STOP | UA_REL_DO_ANSWER),
                         [UA_REL_EV_TIMER] = GO(HELD, UA_REL_DO_REPEAT),
                         [UA_REL_EV_EXPIRED] =
                             GO(DONE, STOP | UA_REL_DO_GIVE_UP),
                         [UA_REL_EV_OK] = NO(HELD),
                         [UA_REL_EV_REFUSE] = GO(LEFT, STOP),
                         STRAY(HELD)},
        /* 3: a PRACK may still come for what is not repeated any more. */
        [UA_REL_LEFT] = {[UA_REL_EV_SEND] = NO(LEFT),
                         [UA_REL_EV_SEND_SDP] = NO(LEFT),
                         [UA_REL_EV_PRACK] = GO(DONE, ACCEPT),
                         [UA_REL_EV_OK] = NO(LEFT),
                         [UA_REL_EV_REFUSE] = STAY(LEFT),
                         STRAY(LEFT),
                         NO_TIMER(LEFT)},
        [UA_REL_DONE] = {[UA_REL_EV_SEND] = NO(DONE),
                         [UA_REL_EV_SEND_SDP] = NO(DONE),
                         [UA_REL_EV_PRACK] = GO(DONE, UA_REL_DO_REJECT),
                         [UA_REL_EV_OK] = NO(DONE),
                         [UA_REL_EV_REFUSE] = STAY(DONE),
                         STRAY(DONE),
                         NO_TIMER(DONE)},
};

struct ua_rel_cell ua_rel_step(enum ua_rel_state state,
                               enum ua_rel_event event)
{
    return rel_table[state][event];
}

#define PASS UA_PRACK_DO_PASS
#define PRACK UA_PRACK_DO_SEND
#define DROP UA_PRACK_DO_DROP
#define TO(state, act)          \
    {                           \
        UA_PRACK_##state, (act) \
    }

/* The first one may have any RSeq, so that there is no gap before it. */
static const struct ua_prack_cell
    prack_table[UA_PRACK_STATE_COUNT][UA_PRACK_EVENT_COUNT] = {
        [UA_PRACK_NONE] = {[UA_PRACK_EV_PLAIN] = TO(NONE, PASS),
                           [UA_PRACK_EV_NEXT] = TO(SOME, PASS | PRACK),
                           [UA_PRACK_EV_AGAIN] = TO(SOME, PASS | PRACK),
                           [UA_PRACK_EV_GAP] = TO(SOME, PASS | PRACK),
                           [UA_PRACK_EV_END] = TO(GONE, PASS)},
        [UA_PRACK_SOME] = {[UA_PRACK_EV_PLAIN] = TO(SOME, PASS),
                           [UA_PRACK_EV_NEXT] = TO(SOME, PASS | PRACK),
                           [UA_PRACK_EV_AGAIN] = TO(SOME, DROP),
                           [UA_PRACK_EV_GAP] = TO(SOME, DROP),
                           [UA_PRACK_EV_END] = TO(GONE, PASS)},
        [UA_PRACK_GONE] = {[UA_PRACK_EV_PLAIN] = TO(GONE, DROP),
                           [UA_PRACK_EV_NEXT] = TO(GONE, DROP),
                           [UA_PRACK_EV_AGAIN] = TO(GONE, DROP),
                           [UA_PRACK_EV_GAP] = TO(GONE, DROP),
                           [UA_PRACK_EV_END] = TO(GONE, DROP)},
};

struct ua_prack_cell ua_prack_step(enum ua_prack_state state,
                                   enum ua_prack_event event)
{
    return prack_table[state][event];
}
