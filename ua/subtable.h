/* SPDX-License-Identifier: Apache-2.0 */
/* The subscriber's machine as a table: state x event -> next, actions. */
#ifndef UA_SUBTABLE_H
#define UA_SUBTABLE_H

#include <stdint.h>

/* RFC 6665 4.1.2, figure 1, with what a flow adds. */
enum ua_sub_state {
    UA_SUB_IDLE,
    UA_SUB_WAIT_FLOW, /* wanted; the flow is being set up */
    UA_SUB_ASKING,    /* SUBSCRIBE sent, no NOTIFY yet */
    UA_SUB_PENDING,
    UA_SUB_ACTIVE,
    UA_SUB_BACKOFF, /* it ended, or failed, in a way that may pass */
    UA_SUB_ENDING,  /* SUBSCRIBE with Expires: 0 sent */
    UA_SUB_OVER,
    UA_SUB_STATE_COUNT
};

enum ua_sub_event {
    UA_SUB_EV_START,
    UA_SUB_EV_FLOW_UP,
    UA_SUB_EV_FLOW_LOST,
    UA_SUB_EV_OK,      /* 2xx */
    UA_SUB_EV_AGAIN,   /* 401, 407 or 423 that can be answered */
    UA_SUB_EV_SOFT,    /* 5xx, no answer, …: try again later */
    UA_SUB_EV_GONE,    /* 481 in the dialog: it is no more */
    UA_SUB_EV_REFUSED, /* for good: 489, 403, 404, … */
    UA_SUB_EV_PENDING, /* NOTIFYs, by their Subscription-State */
    UA_SUB_EV_ACTIVE,
    UA_SUB_EV_ENDED,   /* terminated, and may be asked for again */
    UA_SUB_EV_FINAL,   /* terminated for good */
    UA_SUB_EV_TIMER,   /* N, refresh or retry */
    UA_SUB_EV_EXPIRED, /* no refresh got through in time */
    UA_SUB_EV_STOP,    /* the app */
    UA_SUB_EVENT_COUNT
};

/* In the order in which they are done. */
enum ua_sub_action {
    UA_SUB_DO_FRESH = 1 << 0,   /* forget the dialog: the next is a new one */
    UA_SUB_DO_RETRY = 1 << 1,   /* arm the retry */
    UA_SUB_DO_REFRESH = 1 << 2, /* arm the refresh */
    UA_SUB_DO_WAIT = 1 << 3,    /* arm N: the NOTIFY must come (4.1.2.4) */
    UA_SUB_DO_TELL = 1 << 4,    /* event with the new state */
    UA_SUB_DO_END = 1 << 5,     /* the last event */
    UA_SUB_DO_FLOW = 1 << 6,
    UA_SUB_DO_SEND = 1 << 7,
    UA_SUB_DO_UNSUB = 1 << 8,
    UA_SUB_DO_NOTHING = 1 << 9,
    UA_SUB_DO_ODD = 1 << 10 /* cannot happen: logged, ignored */
};

struct ua_sub_cell {
    uint8_t next;
    uint16_t action; /* never 0 */
};

struct ua_sub_cell ua_sub_step(enum ua_sub_state state,
                               enum ua_sub_event event);

#endif
