/* SPDX-License-Identifier: Apache-2.0 */
/* Requests other than INVITE, in a dialog or outside of one. */
#ifndef UA_ASK_H
#define UA_ASK_H

#include "sip/dialog.h"
#include "ua/txn.h"

enum { UA_CHALLENGES_MAX = 2 }; /* answered for one request */

/* What a request says; all of it is borrowed for the call. */
struct ua_ask {
    enum sip_method method;
    struct sip_dialog *dialog; /* NULL: outside of one, and then: */
    struct slice target;       /* Request-URI and To; no headers in it */
    struct slice call_id, tag;
    uint32_t cseq;
    bool contact;
    bool secure;                                  /* Contact as sips */
    void (*put)(struct out *o, const void *user); /* NULL: nothing more */
    const void *user;
    const struct ua_sid *sid; /* NULL: no session */
    struct slice type, body;
    /* Of the transaction. */
    uint64_t call;  /* a call's key; 0: none */
    uint64_t owner; /* anything of heard's */
    ua_txn_heard *heard;
};

/* Sends it; *txn is its transaction. E_STATE: there is no flow. E_NOMEM,
 * E_FULL, E_RANDOM, E_INVAL, E_TOOBIG. */
int ua_ask_send(struct ua_account *acc, struct now now,
                const struct ua_ask *ask, uint64_t *txn);

/* What a challenge comes to; *n counts those of one request. One that is
 * stale for ever is as good as malformed. */
enum sip_digest_result ua_ask_digest(struct ua_account *acc, unsigned *n,
                                     const struct sip_msg *res);

/* Why that cannot be answered. */
enum cause_code ua_ask_cause(enum sip_digest_result result);

enum ua_ask_next {
    UA_ASK_NO,    /* it stands; *cause says why if it was a challenge */
    UA_ASK_AGAIN, /* send it again: there are credentials now */
    UA_ASK_WAIT   /* the app is asked; ua_core_password brings it */
};

/* A final response: was it a challenge, and what now? *n counts them. wait:
 * the app may be asked. */
enum ua_ask_next ua_ask_challenged(struct ua_account *acc, unsigned *n,
                                   const struct sip_msg *res, bool wait,
                                   struct cause *cause);

/* tel: is asked for through the account's domain (RFC 3261 19.1.6); headers
 * are left out. */
void ua_ask_put_target(struct out *o, const struct ua_account *acc,
                       const struct sip_uri *target);

#endif
