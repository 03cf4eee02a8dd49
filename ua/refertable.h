/* SPDX-License-Identifier: Apache-2.0 */
/* Transfers as two tables: who asks for one, and who is asked. */
#ifndef UA_REFERTABLE_H
#define UA_REFERTABLE_H

#include <stdint.h>

/* We have sent a REFER (RFC 3515 2.4.1, 2.4.5). */
enum ua_refer_state {
    UA_REFER_IDLE,
    UA_REFER_SENT,    /* no word of it yet */
    UA_REFER_WAITING, /* accepted, or a NOTIFY came first */
    UA_REFER_OVER,
    UA_REFER_STATE_COUNT
};

enum ua_refer_event {
    UA_REFER_EV_START,
    UA_REFER_EV_OK,       /* 2xx, NOTIFYs are to come */
    UA_REFER_EV_QUIET,    /* 2xx, none will (RFC 4488) */
    UA_REFER_EV_REFUSED,  /* 300-699, or no answer */
    UA_REFER_EV_PROGRESS, /* NOTIFY with 1xx */
    UA_REFER_EV_DONE,     /* with 2xx */
    UA_REFER_EV_FAILED,   /* with 300-699 */
    UA_REFER_EV_END,      /* the subscription ended with neither */
    UA_REFER_EV_TIMER,    /* it expired */
    UA_REFER_EV_CALL_OVER,
    UA_REFER_EVENT_COUNT
};

enum ua_refer_action {
    UA_REFER_DO_SEND = 1 << 0,
    UA_REFER_DO_ARM = 1 << 1,      /* until the subscription expires */
    UA_REFER_DO_ACCEPTED = 1 << 2, /* each of these: the event */
    UA_REFER_DO_PROGRESS = 1 << 3,
    UA_REFER_DO_DONE = 1 << 4,
    UA_REFER_DO_FAILED = 1 << 5,
    UA_REFER_DO_UNKNOWN = 1 << 6,
    UA_REFER_DO_HANGUP = 1 << 7, /* the call has gone to somebody else */
    UA_REFER_DO_NOTHING = 1 << 8,
    UA_REFER_DO_REFUSE = 1 << 9, /* out of turn */
    UA_REFER_DO_ODD = 1 << 10
};

/* A REFER came (RFC 3515 2.4.2 to 2.4.4). */
enum ua_referred_state {
    UA_REFERRED_IDLE,
    UA_REFERRED_ASKED,     /* the app is to decide */
    UA_REFERRED_FOLLOWING, /* we call whom we were told to */
    UA_REFERRED_OVER,
    UA_REFERRED_STATE_COUNT
};

enum ua_referred_event {
    UA_REFERRED_EV_ASK,    /* a REFER, and the app is to be asked */
    UA_REFERRED_EV_FOLLOW, /* a REFER, and the account says to follow */
    UA_REFERRED_EV_ACCEPT, /* the app says so */
    UA_REFERRED_EV_REJECT,
    UA_REFERRED_EV_PROGRESS, /* of the new call: 101-199 */
    UA_REFERRED_EV_DONE,     /* it is established */
    UA_REFERRED_EV_FAILED,   /* it ended without, or could not be begun */
    UA_REFERRED_EV_TIMER,    /* no decision; or the subscription expired */
    UA_REFERRED_EV_CALL_OVER,
    UA_REFERRED_EVENT_COUNT
};

enum ua_referred_action {
    UA_REFERRED_DO_TELL = 1 << 0,     /* event asked */
    UA_REFERRED_DO_ARM = 1 << 1,      /* the decision, then the expiry */
    UA_REFERRED_DO_TRYING = 1 << 2,   /* NOTIFY 100 */
    UA_REFERRED_DO_PROGRESS = 1 << 3, /* NOTIFY and event with its status */
    UA_REFERRED_DO_DONE = 1 << 4,     /* the same, and the last one */
    UA_REFERRED_DO_FAILED = 1 << 5,
    UA_REFERRED_DO_DECLINE = 1 << 6, /* NOTIFY 603, the last one */
    UA_REFERRED_DO_GONE = 1 << 7,    /* event failed, no NOTIFY */
    UA_REFERRED_DO_FOLLOW = 1 << 8,  /* make the call */
    UA_REFERRED_DO_QUIET = 1 << 9,   /* NOTIFY that it expired */
    UA_REFERRED_DO_DROP = 1 << 10,   /* the dialog is gone, no NOTIFY */
    UA_REFERRED_DO_NOTHING = 1 << 11,
    UA_REFERRED_DO_REFUSE = 1 << 12,
    UA_REFERRED_DO_ODD = 1 << 13
};

struct ua_refer_cell {
    uint8_t next;
    uint16_t action; /* never 0 */
};

struct ua_refer_cell ua_refertable_out(enum ua_refer_state state,
                                       enum ua_refer_event event);
struct ua_refer_cell ua_refertable_in(enum ua_referred_state state,
                                      enum ua_referred_event event);

#endif
