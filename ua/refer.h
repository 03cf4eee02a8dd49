/* SPDX-License-Identifier: Apache-2.0 */
/* REFER, of a call or of none: asked for by us, and asked of us. */
#ifndef UA_REFER_H
#define UA_REFER_H

#include "sip/dialog.h"
#include "ua/refertable.h"
#include "ua/state.h"

struct ua_call;
struct ua_reference;

enum {
    UA_REFER_EXPIRES = 180,     /* seconds that a transfer may take */
    UA_REFER_EXPIRES_MAX = 600, /* that a peer may make of it */
    UA_REFERRED_ASK_MS = 60000  /* for the app to decide */
};

/* Whose it is: of a call, or of a reference (ua/reference.h). */
struct ua_refer_owner {
    struct ua_account **acc;  /* where its owner has its account */
    struct ua_call *call;     /* NULL: of a reference */
    struct ua_reference *ref; /* NULL: of a call */
};
/* Its account; one with two flows may have another one later. */
struct ua_account *ua_refer_account(const struct ua_refer_owner *of);

/* A REFER outside of a dialog (RFC 7647 4): what it goes by, and the dialog
 * that its first NOTIFY makes. */
struct ua_apart {
    struct slice target; /* owned: a URI */
    char call_id[2 * UA_TOKEN_N];
    char tag[2 * UA_TOKEN_N];
    uint32_t cseq;
    struct sip_dialog dialog;
    struct ua_sid sid; /* of a call's: the call's, to begin with */
};

/* We ask somebody to call somebody else. */
struct ua_refer {
    struct ua_refer_owner of;
    struct ua_apart *apart; /* owned; NULL: in the call's dialog */
    bool quiet;             /* Refer-Sub: false */
    struct slice about;     /* owned: value of Target-Dialog, or empty */
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

/* Somebody asks us to. */
struct ua_referred {
    struct ua_refer_owner of;
    struct sip_dialog *own; /* owned: of its NOTIFYs; NULL: the call's */
    struct ua_sid sid;      /* of that */
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
    bool expired;   /* the peer, or its time, has ended the subscription */
    uint64_t other; /* the key of the call that follows it; 0: none */
    struct cause cause;
};

/* ---------------------------------------------------------- ua/refer.c */

/* target: a URI; or other: an established call of the same account, whose
 * peer is called in its place. E_STATE, E_INVAL, E_NOMEM. */
int ua_refer_start(struct ua_call *c, struct now now, struct slice target,
                   uint64_t other);
/* Sends it, again with credentials if they came late. */
void ua_refer_send(struct ua_refer *r, struct now now);
void ua_refer_step(struct ua_refer *r, struct now now, enum ua_refer_event ev);
/* A NOTIFY in the call's dialog with Event: refer. Its response is sent. */
void ua_refer_notify(struct ua_refer *r, struct now now,
                     const struct sip_msg *msg);
void ua_refer_timer(struct ua_core *core, struct now now, uint64_t id);
void ua_refer_free(struct ua_refer *r);

/* -------------------------------------------------------- ua/apart.c */

/* Names for a REFER to target outside of a dialog. E_NOMEM, E_RANDOM. */
int ua_apart_new(struct ua_refer *r, struct slice target);
void ua_apart_free(struct ua_refer *r);
/* Is that request to what it goes by? a may be NULL. */
bool ua_apart_has(const struct ua_apart *a, const struct sip_msg *msg);
/* A NOTIFY of those. Its response is sent. */
void ua_apart_notify(struct ua_refer *r, struct now now,
                     const struct sip_msg *msg);

/* ------------------------------------------------------- ua/referred.c */

/* A REFER in dialog leg. Its response is sent. */
void ua_referred_request(struct ua_call *c, struct now now, unsigned leg,
                         const struct sip_msg *msg);
/* One outside of a dialog: the status to refuse it with; or 0, and it is to
 * begin. transfers: what is done with it (enum siplock_transfers). */
unsigned ua_referred_apart(struct ua_referred *r, const struct sip_msg *msg);
void ua_referred_begin(struct ua_referred *r, struct now now,
                       const struct sip_msg *msg, int transfers);
/* A request in r's own dialog; it is answered. */
void ua_referred_within(struct ua_referred *r, struct now now,
                        const struct sip_msg *msg);
int ua_referred_decide(struct ua_referred *r, struct now now, bool follow);
void ua_referred_step(struct ua_referred *r, struct now now,
                      enum ua_referred_event ev);
/* A call that follows a REFER has got somewhere: a siplock_call_state. */
void ua_referred_hear(struct ua_call *made, struct now now, int state);
void ua_referred_timer(struct ua_core *core, struct now now, uint64_t id);
void ua_referred_flow_up(struct ua_referred *r, struct now now);
void ua_referred_over(struct ua_call *c, struct now now);
void ua_referred_free(struct ua_referred *r);

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
