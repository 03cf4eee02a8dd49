/* SPDX-License-Identifier: Apache-2.0 */
/* Reliable provisional responses as two tables, one a role (RFC 3262). */
#ifndef UA_RELTABLE_H
#define UA_RELTABLE_H

#include <stdint.h>

/* As callee (3): at most one is unacknowledged at a time. */
enum ua_rel_state {
    UA_REL_NONE,  /* nothing is unacknowledged */
    UA_REL_PLAIN, /* one without SDP is, and is repeated */
    UA_REL_SDP,   /* one with SDP is: no 2xx before its PRACK */
    UA_REL_HELD,  /* the same, and a 2xx waits for that */
    UA_REL_LEFT,  /* the final response went out before the PRACK */
    UA_REL_DONE,  /* the final response went out */
    UA_REL_STATE_COUNT
};

enum ua_rel_event {
    UA_REL_EV_SEND,     /* a 101-199 without SDP is wanted */
    UA_REL_EV_SEND_SDP, /* with */
    UA_REL_EV_PRACK,    /* of the one that is unacknowledged */
    UA_REL_EV_STRAY,    /* a PRACK of any other */
    UA_REL_EV_TIMER,    /* T1, doubled each time */
    UA_REL_EV_EXPIRED,  /* 64*T1 */
    UA_REL_EV_OK,       /* a 2xx is wanted */
    UA_REL_EV_REFUSE,   /* a 300-699 is sent, or the call is over */
    UA_REL_EVENT_COUNT
};

enum ua_rel_action {
    UA_REL_DO_SEND = 1 << 0,    /* it, and arm the timer */
    UA_REL_DO_QUEUE = 1 << 1,   /* it goes after the PRACK */
    UA_REL_DO_ACCEPT = 1 << 2,  /* 200 to the PRACK, and its SDP */
    UA_REL_DO_REJECT = 1 << 3,  /* 481 to the PRACK */
    UA_REL_DO_STOP = 1 << 4,    /* repeating */
    UA_REL_DO_FLUSH = 1 << 5,   /* what is queued */
    UA_REL_DO_ANSWER = 1 << 6,  /* the 2xx that was held back */
    UA_REL_DO_REPEAT = 1 << 7,  /* it again, and arm the timer */
    UA_REL_DO_GIVE_UP = 1 << 8, /* 504 to the INVITE */
    UA_REL_DO_HOLD = 1 << 9,    /* the 2xx must wait */
    UA_REL_DO_NOTHING = 1 << 10,
    UA_REL_DO_REFUSE = 1 << 11 /* out of turn */
};

struct ua_rel_cell {
    uint8_t next;
    uint16_t action; /* never 0 */
};

struct ua_rel_cell ua_rel_step(enum ua_rel_state state,
                               enum ua_rel_event event);

/* As caller (4), of each early dialog. */
enum ua_prack_state {
    UA_PRACK_NONE, /* no reliable one came */
    UA_PRACK_SOME, /* the last one's RSeq is known */
    UA_PRACK_GONE, /* the early dialog has ended (199, BYE) */
    UA_PRACK_STATE_COUNT
};

enum ua_prack_event {
    UA_PRACK_EV_PLAIN, /* not reliable */
    UA_PRACK_EV_NEXT,  /* RSeq one above the last one's */
    UA_PRACK_EV_AGAIN, /* not above it */
    UA_PRACK_EV_GAP,   /* further above */
    UA_PRACK_EV_END,   /* of the early dialog */
    UA_PRACK_EVENT_COUNT
};

enum ua_prack_action {
    UA_PRACK_DO_PASS = 1 << 0, /* it is heard */
    UA_PRACK_DO_SEND = 1 << 1, /* PRACK */
    UA_PRACK_DO_DROP = 1 << 2
};

struct ua_prack_cell {
    uint8_t next;
    uint8_t action; /* never 0 */
};

struct ua_prack_cell ua_prack_step(enum ua_prack_state state,
                                   enum ua_prack_event event);

#endif
