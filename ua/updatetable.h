/* SPDX-License-Identifier: Apache-2.0 */
/* UPDATE as a table: where offers stand x what happens (RFC 3311 5). */
#ifndef UA_UPDATETABLE_H
#define UA_UPDATETABLE_H

#include <stdint.h>

/* Of one dialog; follows from the call, nothing keeps it. */
enum ua_update_state {
    UA_UPDATE_QUIET,   /* a session is agreed, nobody waits */
    UA_UPDATE_SENT,    /* an UPDATE of ours without offer is out */
    UA_UPDATE_OFFERED, /* one with an offer is */
    UA_UPDATE_OURS,    /* another offer of ours waits for its answer */
    UA_UPDATE_THEIRS,  /* an offer of theirs waits, or none is possible */
    UA_UPDATE_OVER,    /* the dialog or the call has ended */
    UA_UPDATE_STATE_COUNT
};

enum ua_update_event {
    UA_UPDATE_EV_GOT,        /* one of the peer's, without SDP */
    UA_UPDATE_EV_GOT_OFFER,  /* with */
    UA_UPDATE_EV_WANT,       /* we refresh the session's time */
    UA_UPDATE_EV_WANT_OFFER, /* we change the session */
    UA_UPDATE_EV_OK,         /* 2xx to ours */
    UA_UPDATE_EV_AGAIN,      /* 401, 407, 422 that can be met */
    UA_UPDATE_EV_BUSY,       /* 491, 500, 503, or the flow was lost */
    UA_UPDATE_EV_UNABLE,     /* 405, 420, 501: the peer does not do it */
    UA_UPDATE_EV_GONE,       /* 408, 481: the dialog is no more */
    UA_UPDATE_EV_REFUSED,    /* any other */
    UA_UPDATE_EVENT_COUNT
};

enum ua_update_action {
    UA_UPDATE_DO_ANSWER = 1 << 0,    /* 200 */
    UA_UPDATE_DO_JUDGE = 1 << 1,     /* 200 with our answer, or 488 */
    UA_UPDATE_DO_491 = 1 << 2,       /* glare */
    UA_UPDATE_DO_500 = 1 << 3,       /* with Retry-After */
    UA_UPDATE_DO_481 = 1 << 4,       /* the dialog is no more */
    UA_UPDATE_DO_SEND = 1 << 5,      /* ours */
    UA_UPDATE_DO_WAIT = 1 << 6,      /* till nobody waits */
    UA_UPDATE_DO_TAKE = 1 << 7,      /* target, time and answer of the 2xx */
    UA_UPDATE_DO_UNDO = 1 << 8,      /* our offer was turned down */
    UA_UPDATE_DO_RETRY = 1 << 9,     /* later */
    UA_UPDATE_DO_RESEND = 1 << 10,   /* now */
    UA_UPDATE_DO_REINVITE = 1 << 11, /* instead, for good */
    UA_UPDATE_DO_END = 1 << 12,      /* the call */
    UA_UPDATE_DO_TELL = 1 << 13,     /* the app: refused */
    UA_UPDATE_DO_NOTHING = 1 << 14
};

/* What is to be done; never 0. */
uint16_t ua_update_step(enum ua_update_state state,
                        enum ua_update_event event);

#endif
