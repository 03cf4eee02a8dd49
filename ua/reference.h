/* SPDX-License-Identifier: Apache-2.0 */
/* REFERs that belong to no call, in both directions (RFC 3515, 7647). */
#ifndef UA_REFERENCE_H
#define UA_REFERENCE_H

#include "ua/refer.h"

enum {
    UA_REFERENCES_OF_ACCOUNT = 8,
    UA_REFERENCE_WAIT_MS = 32000 /* for the flow */
};

/* Owned by its account. The app knows it by id until its last event; what
 * the wire still needs goes on under the key. */
struct ua_reference {
    uint64_t id; /* the driver's; 0: the last event was told */
    uint64_t key;
    struct ua_account *acc;
    bool out;
    bool asking;           /* the app is asked for the password */
    bool busy;             /* something is being done with it: it stays */
    struct ua_refer refer; /* out */
    struct ua_referred referred; /* in */
};

/* What the app asks for; borrowed. */
struct ua_reference_ask {
    uint64_t id, account;
    struct slice at;     /* whom we ask: a URI; empty: the peer of call */
    struct slice target; /* whom it shall call */
    uint64_t call;       /* the driver's id of one that it is about; 0: none */
    bool quiet;          /* no subscription (RFC 4488) */
};

/* E_FULL, E_NOMEM, E_RANDOM, E_GONE, E_SYNTAX, E_STATE (no such call). */
int ua_reference_start(struct ua_account *acc, struct now now,
                       const struct ua_reference_ask *ask);
/* The app's answer to one that came. E_GONE, E_STATE. */
int ua_reference_decide(struct ua_core *core, struct now now, uint64_t id,
                        bool follow);

/* A REFER outside of a dialog; it is answered. */
void ua_reference_refer(struct ua_account *acc, struct now now,
                        const struct sip_msg *msg);
/* A request with a To tag: true if it belongs to a REFER outside of a dialog,
 * also to one about a call; it is answered. */
bool ua_reference_request(struct ua_account *acc, struct now now,
                          const struct sip_msg *msg);

void ua_reference_timer(struct ua_core *core, struct now now, uint64_t key);
void ua_reference_flow_up(struct ua_account *acc, struct now now);
/* What waits goes on over the other flow, which is up. */
void ua_reference_move_all(struct ua_account *from, struct ua_account *to,
                           struct now now);
void ua_reference_password(struct ua_account *acc, struct now now, bool there);
/* The account goes: each is told as ended. */
void ua_reference_drop_all(struct ua_account *acc);
void ua_reference_free(struct ua_reference *ref);
/* Tells the last event if nothing did, and frees it if nothing is left. */
void ua_reference_settle(struct ua_reference *ref);

#endif
