/* SPDX-License-Identifier: Apache-2.0 */
/* The registration machine as a table: state x event -> next, actions. */
#ifndef UA_REGTABLE_H
#define UA_REGTABLE_H

#include <stdint.h>

enum ua_reg_state {
    UA_REG_IDLE,       /* not asked for yet */
    UA_REG_WAIT_FLOW,  /* wanted; the flow is being set up */
    UA_REG_TRYING,     /* REGISTER sent */
    UA_REG_REFRESHING, /* the same while a binding holds */
    UA_REG_ASKING,     /* challenged; the app is asked for the password */
    UA_REG_REGISTERED, /* bound; the refresh timer runs */
    UA_REG_BACKOFF,    /* failed in a way that may pass; retry timer runs */
    UA_REG_BLOCKED,    /* failed until the user changes something */
    UA_REG_ENDING,     /* REGISTER with expires 0 sent */
    UA_REG_ENDED,
    UA_REG_STATE_COUNT
};

enum ua_reg_event {
    UA_REG_START,     /* the app wants it, or wants it again now */
    UA_REG_FLOW_UP,   /* verified */
    UA_REG_FLOW_LOST, /* was up, or failed to come up; it retries itself */
    UA_REG_CHALLENGE, /* 401 or 407 that can be answered */
    UA_REG_ASK,       /* 401 or 407, and the HA1 must be asked for */
    UA_REG_SECRET,    /* the app answered */
    UA_REG_AGAIN,     /* to be sent again: 423 with a Min-Expires that we take,
                         439, or the bindings of before are gone */
    UA_REG_OK,        /* 2xx */
    UA_REG_SOFT,      /* 408, 5xx, timed out: try again later */
    UA_REG_HARD,      /* wrong password, 403, 404, …: blocked */
    UA_REG_TIMER,     /* refresh or retry is due */
    UA_REG_STOP,      /* unregister */
    UA_REG_EVENT_COUNT
};

enum ua_reg_action {
    UA_REG_DO_FLOW = 1 << 0,     /* bring the flow up now */
    UA_REG_DO_SEND = 1 << 1,     /* send REGISTER */
    UA_REG_DO_ANSWER = 1 << 2,   /* send REGISTER with credentials */
    UA_REG_DO_ASK = 1 << 3,      /* ask the app for the password */
    UA_REG_DO_BOUND = 1 << 4,    /* take the binding, arm the refresh */
    UA_REG_DO_LATER = 1 << 5,    /* arm the retry timer */
    UA_REG_DO_HANGUP = 1 << 6,   /* close the flow */
    UA_REG_DO_UNREG = 1 << 7,    /* send REGISTER with expires 0 */
    UA_REG_DO_TRYING = 1 << 8,   /* event trying */
    UA_REG_DO_FAILED = 1 << 9,   /* event failed with the cause */
    UA_REG_DO_END = 1 << 10,     /* event ended */
    UA_REG_DO_NOTHING = 1 << 11, /* foreseen, and nothing to do */
    UA_REG_DO_ODD = 1 << 12      /* cannot happen: logged, ignored */
};

struct ua_reg_cell {
    uint8_t next;
    uint16_t action; /* never 0 */
};

struct ua_reg_cell ua_reg_step(enum ua_reg_state state,
                               enum ua_reg_event event);

#endif
