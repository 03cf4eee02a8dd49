/* SPDX-License-Identifier: Apache-2.0 */
/* Reliable provisional responses and PRACK, in both roles (RFC 3262). */
#ifndef UA_REL_H
#define UA_REL_H

#include "sdp/offer.h"
#include "sip/base/heap.h"
#include "sip/msg.h"
#include "ua/calltable.h"
#include "ua/core.h"
#include "ua/reltable.h"

struct ua_call;
struct ua_txn;

/* As callee; ua/rel.c. */
struct ua_rel {
    enum ua_rel_state state;
    bool supported, required; /* by the caller */
    bool early;               /* the app wants sound before the answer */
    bool offered; /* it has our offer; the PRACK is to have the answer */
    bool told;    /* it has our answer: the 2xx has none */
    bool agreed;  /* offer and answer are done before the 2xx */
    uint32_t rseq;
    uint32_t cseq; /* of the INVITE */
    struct timer timer;
    int64_t wait, until; /* ms; boot clock */
    unsigned next;       /* status that goes after the PRACK; 0: none */
};

/* As caller, of one early dialog; ua/prack.c. */
struct ua_prack {
    enum ua_prack_state state;
    uint32_t rseq, cseq; /* of the last one, and of its INVITE */
    bool agreed;         /* offer and answer are done before the 2xx */
    bool fresh;          /* by the response in hand */
    uint64_t txn;        /* the last PRACK */
    uint64_t offer;      /* the one with an offer of ours; 0: none waits */
    unsigned challenges;
    struct slice answer; /* owned: SDP of the last; has a key */
    /* Owned: what was agreed, if another dialog has the media. */
    struct sdp_session *session;
};

/* --------------------------------------------------------------- callee */

/* An INVITE: what it can and wants. */
void ua_rel_begin(struct ua_call *c, const struct sip_msg *invite);
/*
 * Sends a 101-199, reliably where it must be (Require) or should be (it has
 * SDP, and the caller can). E_STATE: out of turn, or sound is wanted that
 * cannot be had (our offer to one who does not know of PRACK).
 */
int ua_rel_send(struct ua_call *c, struct now now, unsigned status);
int ua_rel_early(struct ua_call *c, struct now now); /* with sound */
/* True: the 2xx has to wait and comes by itself. */
bool ua_rel_hold(struct ua_call *c);
/* A final response is sent, or none will be. */
void ua_rel_final(struct ua_call *c, bool ok);
void ua_rel_prack(struct ua_call *c, struct now now,
                  const struct sip_msg *msg);
void ua_rel_timer(struct ua_core *core, struct now now, uint64_t id);

/* --------------------------------------------------------------- caller */

/* Is it reliable? */
bool ua_prack_wanted(const struct sip_msg *res);
/* A 101-199 on that early dialog, acknowledged if it is new and reliable;
 * what it is for the call's table. False: it counts as not received. */
bool ua_prack_heard(struct ua_call *c, struct now now, unsigned leg,
                    const struct sip_msg *res, enum ua_call_event *ev);
/* The same for a re-INVITE: true if it is to be heard. */
bool ua_prack_changed(struct ua_call *c, struct now now,
                      const struct sip_msg *res);
/* To a PRACK; res NULL: none came. */
void ua_prack_response(struct ua_call *c, struct now now,
                       const struct ua_txn *was, const struct sip_msg *res);
/* A new INVITE: RSeqs begin anew. */
void ua_prack_begin(struct ua_prack *p);
/* The early dialog has ended. */
void ua_prack_end(struct ua_call *c, unsigned leg);
/* The session of a dialog; NULL: none is agreed. */
struct sdp_session *ua_prack_session(struct ua_call *c, unsigned leg);
/* The 2xx came on it: its session becomes that of the call. */
void ua_prack_adopt(struct ua_call *c, unsigned leg);

#endif
