/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of transfers (RFC 3515). */
#include "ua/refertable.h"

#define GO(state, act)                      \
    {                                       \
        UA_REFER_##state, UA_REFER_DO_##act \
    }
#define GO2(state, act, act2)                                    \
    {                                                            \
        UA_REFER_##state, UA_REFER_DO_##act | UA_REFER_DO_##act2 \
    }

static const struct ua_refer_cell
    refer[UA_REFER_STATE_COUNT][UA_REFER_EVENT_COUNT] = {
        [UA_REFER_IDLE] = {[UA_REFER_EV_START] = GO(SENT, SEND),
                           [UA_REFER_EV_OK] = GO(IDLE, ODD),
                           [UA_REFER_EV_QUIET] = GO(IDLE, ODD),
                           [UA_REFER_EV_REFUSED] = GO(IDLE, ODD),
                           [UA_REFER_EV_PROGRESS] = GO(IDLE, ODD),
                           [UA_REFER_EV_DONE] = GO(IDLE, ODD),
                           [UA_REFER_EV_FAILED] = GO(IDLE, ODD),
                           [UA_REFER_EV_END] = GO(IDLE, ODD),
                           [UA_REFER_EV_TIMER] = GO(IDLE, ODD),
                           [UA_REFER_EV_CALL_OVER] = GO(IDLE, NOTHING)},
        /* A NOTIFY may overtake the 202. */
        [UA_REFER_SENT] = {[UA_REFER_EV_START] = GO(SENT, REFUSE),
                           [UA_REFER_EV_OK] = GO2(WAITING, ACCEPTED, ARM),
                           [UA_REFER_EV_QUIET] = GO(OVER, UNKNOWN),
                           [UA_REFER_EV_REFUSED] = GO(OVER, FAILED),
                           [UA_REFER_EV_PROGRESS] =
                               GO2(WAITING, PROGRESS, ARM),
                           [UA_REFER_EV_DONE] = GO2(OVER, DONE, HANGUP),
                           [UA_REFER_EV_FAILED] = GO(OVER, FAILED),
                           [UA_REFER_EV_END] = GO(OVER, UNKNOWN),
                           [UA_REFER_EV_TIMER] = GO(SENT, ODD),
                           [UA_REFER_EV_CALL_OVER] = GO(OVER, UNKNOWN)},
        [UA_REFER_WAITING] = {[UA_REFER_EV_START] = GO(WAITING, REFUSE),
                              [UA_REFER_EV_OK] = GO(WAITING, NOTHING),
                              [UA_REFER_EV_QUIET] = GO(WAITING, NOTHING),
                              [UA_REFER_EV_REFUSED] = GO(OVER, FAILED),
                              [UA_REFER_EV_PROGRESS] =
                                  GO2(WAITING, PROGRESS, ARM),
                              [UA_REFER_EV_DONE] = GO2(OVER, DONE, HANGUP),
                              [UA_REFER_EV_FAILED] = GO(OVER, FAILED),
                              [UA_REFER_EV_END] = GO(OVER, UNKNOWN),
                              [UA_REFER_EV_TIMER] = GO(OVER, UNKNOWN),
                              [UA_REFER_EV_CALL_OVER] = GO(OVER, UNKNOWN)},
        /* The call was kept: it may be transferred to somebody else. */
        [UA_REFER_OVER] = {[UA_REFER_EV_START] = GO(SENT, SEND),
                           [UA_REFER_EV_OK] = GO(OVER, NOTHING),
                           [UA_REFER_EV_QUIET] = GO(OVER, NOTHING),
                           [UA_REFER_EV_REFUSED] = GO(OVER, NOTHING),
                           [UA_REFER_EV_PROGRESS] = GO(OVER, ODD),
                           [UA_REFER_EV_DONE] = GO(OVER, ODD),
                           [UA_REFER_EV_FAILED] = GO(OVER, ODD),
                           [UA_REFER_EV_END] = GO(OVER, ODD),
                           [UA_REFER_EV_TIMER] = GO(OVER, ODD),
                           [UA_REFER_EV_CALL_OVER] = GO(OVER, NOTHING)},
};

struct ua_refer_cell ua_refertable_out(enum ua_refer_state state,
                                       enum ua_refer_event event)
{
    return refer[state][event];
}

#undef GO
#undef GO2
#define GO(state, act)                            \
    {                                             \
        UA_REFERRED_##state, UA_REFERRED_DO_##act \
    }
#define GO2(state, act, act2)                                             \
    {                                                                     \
        UA_REFERRED_##state, UA_REFERRED_DO_##act | UA_REFERRED_DO_##act2 \
    }
#define GO3(state, act, act2, act3)                                         \
    {                                                                       \
        UA_REFERRED_##state, UA_REFERRED_DO_##act | UA_REFERRED_DO_##act2 | \
                                 UA_REFERRED_DO_##act3                      \
    }

static const struct ua_refer_cell
    referred[UA_REFERRED_STATE_COUNT][UA_REFERRED_EVENT_COUNT] = {
        [UA_REFERRED_IDLE] = {[UA_REFERRED_EV_ASK] =
                                  GO3(ASKED, TELL, ARM, TRYING),
                              [UA_REFERRED_EV_FOLLOW] =
                                  GO3(FOLLOWING, ARM, TRYING, FOLLOW),
                              [UA_REFERRED_EV_ACCEPT] = GO(IDLE, REFUSE),
                              [UA_REFERRED_EV_REJECT] = GO(IDLE, REFUSE),
                              [UA_REFERRED_EV_PROGRESS] = GO(IDLE, ODD),
                              [UA_REFERRED_EV_DONE] = GO(IDLE, ODD),
                              [UA_REFERRED_EV_FAILED] = GO(IDLE, ODD),
                              [UA_REFERRED_EV_TIMER] = GO(IDLE, ODD),
                              [UA_REFERRED_EV_CALL_OVER] = GO(IDLE, NOTHING)},
        /* Another REFER meanwhile is refused (491). */
        [UA_REFERRED_ASKED] = {[UA_REFERRED_EV_ASK] = GO(ASKED, REFUSE),
                               [UA_REFERRED_EV_FOLLOW] = GO(ASKED, REFUSE),
                               [UA_REFERRED_EV_ACCEPT] =
                                   GO2(FOLLOWING, ARM, FOLLOW),
                               [UA_REFERRED_EV_REJECT] = GO(OVER, DECLINE),
                               [UA_REFERRED_EV_PROGRESS] = GO(ASKED, ODD),
                               [UA_REFERRED_EV_DONE] = GO(ASKED, ODD),
                               [UA_REFERRED_EV_FAILED] = GO(ASKED, ODD),
                               [UA_REFERRED_EV_TIMER] =
                                   GO2(OVER, DECLINE, GONE),
                               [UA_REFERRED_EV_CALL_OVER] = GO(OVER, GONE)},
        [UA_REFERRED_FOLLOWING] =
            {
                [UA_REFERRED_EV_ASK] =
                    GO(FOLLOWING, REFUSE),
                [UA_REFERRED_EV_FOLLOW] = GO(FOLLOWING, REFUSE),
                [UA_REFERRED_EV_ACCEPT] = GO(FOLLOWING, REFUSE),
                [UA_REFERRED_EV_REJECT] = GO(FOLLOWING, REFUSE),
                [UA_REFERRED_EV_PROGRESS] = GO(FOLLOWING, PROGRESS),
                [UA_REFERRED_EV_DONE] = GO(OVER, DONE),
                [UA_REFERRED_EV_FAILED] = GO(OVER, FAILED),
                [UA_REFERRED_EV_TIMER] = GO(OVER, QUIET),
                [UA_REFERRED_EV_CALL_OVER] = GO(OVER, DROP)},
        [UA_REFERRED_OVER] = {[UA_REFERRED_EV_ASK] =
                                  GO3(ASKED, TELL, ARM, TRYING),
                              [UA_REFERRED_EV_FOLLOW] =
                                  GO3(FOLLOWING, ARM, TRYING, FOLLOW),
                              [UA_REFERRED_EV_ACCEPT] = GO(OVER, REFUSE),
                              [UA_REFERRED_EV_REJECT] = GO(OVER, REFUSE),
                              [UA_REFERRED_EV_PROGRESS] = GO(OVER, NOTHING),
                              [UA_REFERRED_EV_DONE] = GO(OVER, NOTHING),
                              [UA_REFERRED_EV_FAILED] = GO(OVER, NOTHING),
                              [UA_REFERRED_EV_TIMER] = GO(OVER, ODD),
                              [UA_REFERRED_EV_CALL_OVER] = GO(OVER, NOTHING)},
};

struct ua_refer_cell ua_refertable_in(enum ua_referred_state state,
                                      enum ua_referred_event event)
{
    return referred[state][event];
}
