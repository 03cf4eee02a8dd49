/* SPDX-License-Identifier: Apache-2.0 */
/* The call machine as a table: state x event -> next, actions. */
#ifndef UA_CALLTABLE_H
#define UA_CALLTABLE_H

#include <stdint.h>

/*
 * Both sides of a call (RFC 3261 13 to 15). From hanging up on the call is
 * over for the app; what still goes over the wire then (CANCEL and its 487,
 * BYE, the ACK of a late 2xx) goes on in OVER.
 */
enum ua_call_state {
    UA_CALL_IDLE,
    UA_CALL_WAITING,  /* out: the flow is being set up */
    UA_CALL_BINDING,  /* out: the media port is being bound */
    UA_CALL_CALLING,  /* out: INVITE sent */
    UA_CALL_RINGING,  /* out: a 101-199 came */
    UA_CALL_EARLY,    /* out: and one with SDP; there is sound */
    UA_CALL_OFFERED,  /* in: the media port is being bound; not told yet */
    UA_CALL_INCOMING, /* in: the app is to answer */
    UA_CALL_ANSWERED, /* in: 2xx sent, ACK awaited */
    UA_CALL_ESTABLISHED,
    UA_CALL_OVER,
    UA_CALL_STATE_COUNT
};

enum ua_call_event {
    UA_CALL_EV_START,    /* the app calls */
    UA_CALL_EV_FLOW_UP,  /* verified */
    UA_CALL_EV_BOUND,    /* the media port is there; in: and SDP is fine */
    UA_CALL_EV_OFFER,    /* an INVITE came */
    UA_CALL_EV_TRYING,   /* 100, or a provisional without dialog */
    UA_CALL_EV_RINGING,  /* 101-199 */
    UA_CALL_EV_EARLY,    /* 101-199 with SDP that was agreed to */
    UA_CALL_EV_SILENT,   /* 199: the dialog with the sound has ended */
    UA_CALL_EV_OK,       /* 2xx with SDP that was agreed to */
    UA_CALL_EV_OK_BAD,   /* 2xx whose SDP is refused */
    UA_CALL_EV_REFUSED,  /* 300-699, no answer, or the flow was lost */
    UA_CALL_EV_REDIRECT, /* 300-699, and there is another address */
    UA_CALL_EV_RING,     /* the app rings */
    UA_CALL_EV_ANSWER,   /* the app answers */
    UA_CALL_EV_REJECT,   /* the app, or SDP, or want of something, refuses */
    UA_CALL_EV_HANGUP,   /* the app ends it */
    UA_CALL_EV_ACK,      /* of our 2xx; if it had an answer, it is fine */
    UA_CALL_EV_ACK_BAD,  /* the answer in it is refused */
    UA_CALL_EV_NO_ACK,   /* 64*T1 are over */
    UA_CALL_EV_CANCEL,   /* the caller gave up */
    UA_CALL_EV_BYE,      /* the peer ended it */
    UA_CALL_EV_FAIL,     /* memory, media thread, flow: it cannot go on */
    UA_CALL_EV_TIMER,
    UA_CALL_EVENT_COUNT
};

/* In the order in which they are done. */
enum ua_call_action {
    UA_CALL_DO_TELL = 1 << 0,   /* event with the new state */
    UA_CALL_DO_MEDIA = 1 << 1,  /* what was agreed goes to the media thread */
    UA_CALL_DO_REJECT = 1 << 2, /* answer the INVITE with call->status */
    UA_CALL_DO_RING = 1 << 3,   /* 180 */
    UA_CALL_DO_ACCEPT = 1 << 4, /* 200, repeated until the ACK comes */
    UA_CALL_DO_CANCEL = 1 << 5, /* CANCEL, now or when a 1xx has come */
    UA_CALL_DO_BYE = 1 << 6,    /* now, or when it may be sent */
    UA_CALL_DO_OVER = 1 << 7,   /* event ended, close the media */
    UA_CALL_DO_FLOW = 1 << 8,   /* bring the flow up */
    UA_CALL_DO_OPEN = 1 << 9,   /* bind the media port */
    UA_CALL_DO_INVITE = 1 << 10,
    UA_CALL_DO_NOTHING = 1 << 11, /* foreseen, and nothing to do */
    UA_CALL_DO_REFUSE = 1 << 12,  /* the app's wish is out of turn */
    UA_CALL_DO_ODD = 1 << 13      /* cannot happen: logged, ignored */
};

struct ua_call_cell {
    uint8_t next;
    uint16_t action; /* never 0 */
};

struct ua_call_cell ua_call_step(enum ua_call_state state,
                                 enum ua_call_event event);

#endif
