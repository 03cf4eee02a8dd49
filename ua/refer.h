/* SPDX-License-Identifier: Apache-2.0 */
/* Transfers of a call: asked for by us, and asked of us. */
#ifndef UA_REFER_H
#define UA_REFER_H

#include "sip/base/cause.h"
#include "sip/base/heap.h"
#include "sip/msg.h"
#include "ua/core.h"
#include "ua/refertable.h"

struct ua_call;
struct ua_account;

enum {
    UA_REFER_EXPIRES = 180,     /* seconds that a transfer may take */
    UA_REFER_EXPIRES_MAX = 600, /* that a peer may make of it */
    UA_REFERRED_ASK_MS = 60000  /* for the app to decide */
};

/* Part of a call: we ask its peer to call somebody else. */
struct ua_refer {
    enum ua_refer_state state;
    struct timer timer;
    struct slice to;     /* owned: value of Refer-To */
    uint64_t txn;        /* REFER, while it is not answered */
    uint32_t cseq;       /* of the REFER: the subscription's id */
    unsigned challenges; /* answered for it */
    unsigned status;     /* what was last heard */
    uint32_t expires;    /* seconds that the subscription has left */
    struct cause cause;
};

/* Part of a call: its peer asks us to. */
struct ua_referred {
    enum ua_referred_state state;
    struct timer timer;
    struct slice to, by; /* owned: Refer-To's URI, Referred-By's value */
    uint32_t id;         /* CSeq of the REFER */
    bool pending; /* what it says could not be sent for want of a flow */
    bool silent;  /* nobody wants NOTIFYs (any more) */
    uint64_t txn; /* of the last NOTIFY */
    unsigned challenges;
    unsigned status; /* what it said, or is to say again */
    bool last;
    uint64_t other; /* the key of the call that follows it; 0: none */
    struct cause cause;
};

/* ---------------------------------------------------------- ua/refer.c */

/* target: a URI; or other: an established call of the same account, whose
 * peer is called in its place. E_STATE, E_INVAL, E_NOMEM. */
int ua_refer_start(struct ua_call *c, struct now now, struct slice target,
                   uint64_t other);
/* A NOTIFY in the dialog with Event: refer. Its response is sent. */
void ua_refer_notify(struct ua_call *c, struct now now,
                     const struct sip_msg *msg);
void ua_refer_timer(struct ua_core *core, struct now now, uint64_t id);
void ua_refer_over(struct ua_call *c, struct now now);

/* ------------------------------------------------------- ua/referred.c */

/* A REFER in dialog leg. Its response is sent. */
void ua_referred_request(struct ua_call *c, struct now now, unsigned leg,
                         const struct sip_msg *msg);
int ua_referred_decide(struct ua_call *c, struct now now, bool follow);
/* A call that follows a REFER has got somewhere: a siplock_call_state. */
void ua_referred_hear(struct ua_call *made, struct now now, int state);
void ua_referred_timer(struct ua_core *core, struct now now, uint64_t id);
void ua_referred_flow_up(struct ua_call *c, struct now now);
void ua_referred_over(struct ua_call *c, struct now now);

/* ------------------------------------------------------- ua/replaces.c */

/* An INVITE outside of a dialog: the status to refuse it with, or 0 and *old
 * the call that it shall replace, or NULL. */
unsigned ua_replaces_judge(const struct ua_account *acc,
                           const struct sip_msg *msg, struct ua_call **old);
/* The call that a Target-Dialog names, or NULL. */
struct ua_call *ua_replaces_target(const struct ua_account *acc,
                                   const struct sip_msg *msg);
/* c's media is bound and agreed to: it is answered in place of the other. */
void ua_replaces_go(struct ua_call *c, struct now now);

#endif
