/* SPDX-License-Identifier: Apache-2.0 */
/* Requests within a call's dialogs, and the answers to those that came. */
#ifndef UA_INREQUEST_H
#define UA_INREQUEST_H

#include "ua/call.h"
#include "ua/txn.h"

/* What differs between them. */
struct ua_inrequest {
    enum sip_method method;
    enum ua_txn_use use;
    unsigned leg;
    /* Header fields of its own; may be NULL. */
    void (*put)(struct out *o, struct ua_call *c, const void *what);
    const void *what;
    struct slice sdp; /* empty: no body */
};

/*
 * Sends it in a transaction of its own, with credentials in advance if there
 * are any. *txn: its id; may be NULL. E_STATE (no flow, the dialog has
 * ended), E_NOMEM, ….
 */
int ua_inrequest_send(struct ua_call *c, struct now now,
                      const struct ua_inrequest *r, uint64_t *txn);

/* A response without a transaction (J is zero); of a 200 to an UPDATE Contact
 * and session timer, too. */
int ua_inrequest_answer(struct ua_call *c, const struct sip_msg *msg,
                        const struct ua_reply *reply);

/* May that 401 or 407 be answered? n counts them for one request. */
bool ua_inrequest_challenged(struct ua_call *c, const struct sip_msg *res,
                             unsigned *n);

#endif
