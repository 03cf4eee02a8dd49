/* SPDX-License-Identifier: Apache-2.0 */
/* The table of UPDATE (RFC 3311 5.1, 5.2). */
#include "ua/updatetable.h"

#define NOTHING UA_UPDATE_DO_NOTHING

/* Responses to an UPDATE that is not out: strays. */
#define NO_RESPONSES                                                \
    [UA_UPDATE_EV_OK] = NOTHING, [UA_UPDATE_EV_AGAIN] = NOTHING,    \
    [UA_UPDATE_EV_BUSY] = NOTHING, [UA_UPDATE_EV_UNABLE] = NOTHING, \
    [UA_UPDATE_EV_GONE] = NOTHING, [UA_UPDATE_EV_REFUSED] = NOTHING

/* Responses to ours; undo: what is done to its offer, if it has one. */
#define RESPONSES(undo)                                     \
    [UA_UPDATE_EV_WANT] = UA_UPDATE_DO_WAIT,                \
    [UA_UPDATE_EV_WANT_OFFER] = UA_UPDATE_DO_WAIT,          \
    [UA_UPDATE_EV_OK] = UA_UPDATE_DO_TAKE,                  \
    [UA_UPDATE_EV_AGAIN] = (undo) | UA_UPDATE_DO_RESEND,    \
    [UA_UPDATE_EV_BUSY] = (undo) | UA_UPDATE_DO_RETRY,      \
    [UA_UPDATE_EV_UNABLE] = (undo) | UA_UPDATE_DO_REINVITE, \
    [UA_UPDATE_EV_GONE] = (undo) | UA_UPDATE_DO_END,        \
    [UA_UPDATE_EV_REFUSED] = (undo) | UA_UPDATE_DO_TELL

static const uint16_t table[UA_UPDATE_STATE_COUNT][UA_UPDATE_EVENT_COUNT] = {
    [UA_UPDATE_QUIET] = {[UA_UPDATE_EV_GOT] = UA_UPDATE_DO_ANSWER,
                         [UA_UPDATE_EV_GOT_OFFER] = UA_UPDATE_DO_JUDGE,
                         [UA_UPDATE_EV_WANT] = UA_UPDATE_DO_SEND,
                         [UA_UPDATE_EV_WANT_OFFER] = UA_UPDATE_DO_SEND,
                         NO_RESPONSES},
    [UA_UPDATE_SENT] = {[UA_UPDATE_EV_GOT] = UA_UPDATE_DO_ANSWER,
                        [UA_UPDATE_EV_GOT_OFFER] = UA_UPDATE_DO_JUDGE,
                        RESPONSES(0)},
    [UA_UPDATE_OFFERED] = {[UA_UPDATE_EV_GOT] = UA_UPDATE_DO_ANSWER,
                           [UA_UPDATE_EV_GOT_OFFER] = UA_UPDATE_DO_491,
                           RESPONSES(UA_UPDATE_DO_UNDO)},
    [UA_UPDATE_OURS] = {[UA_UPDATE_EV_GOT] = UA_UPDATE_DO_ANSWER,
                        [UA_UPDATE_EV_GOT_OFFER] = UA_UPDATE_DO_491,
                        [UA_UPDATE_EV_WANT] = UA_UPDATE_DO_SEND,
                        [UA_UPDATE_EV_WANT_OFFER] = UA_UPDATE_DO_WAIT,
                        NO_RESPONSES},
    [UA_UPDATE_THEIRS] = {[UA_UPDATE_EV_GOT] = UA_UPDATE_DO_ANSWER,
                          [UA_UPDATE_EV_GOT_OFFER] = UA_UPDATE_DO_500,
                          [UA_UPDATE_EV_WANT] = UA_UPDATE_DO_SEND,
                          [UA_UPDATE_EV_WANT_OFFER] = UA_UPDATE_DO_WAIT,
                          NO_RESPONSES},
    [UA_UPDATE_OVER] = {[UA_UPDATE_EV_GOT] = UA_UPDATE_DO_481,
                        [UA_UPDATE_EV_GOT_OFFER] = UA_UPDATE_DO_481,
                        [UA_UPDATE_EV_WANT] = NOTHING,
                        [UA_UPDATE_EV_WANT_OFFER] = NOTHING,
                        NO_RESPONSES},
};

uint16_t ua_update_step(enum ua_update_state state, enum ua_update_event event)
{
    return table[state][event];
}
