/* SPDX-License-Identifier: Apache-2.0 */
/* Messages (RFC 3428) both ways, and what INFO carries (RFC 6086). */
#ifndef UA_MESSAGE_H
#define UA_MESSAGE_H

#include "sip/msg.h"
#include "ua/state.h"

enum {
    UA_MESSAGES_OF_ACCOUNT = 64,
    UA_MESSAGE_BODY_MAX = 1300, /* RFC 3428 8: what any path takes */
    UA_MESSAGE_WAIT_MS = 32000  /* for the flow */
};

/* One that is on its way; known by the driver's id until its only event. */
struct ua_message {
    uint64_t id;
    struct ua_account *acc;
    struct timer timer;
    struct slice text; /* owned: the three that follow */
    struct slice target, type, body;
    char call_id[2 * UA_TOKEN_N];
    char tag[2 * UA_TOKEN_N];
    struct ua_sid sid;
    uint32_t cseq;
    uint64_t txn;
    unsigned challenges;
    bool asking;
};

struct ua_message_ask {
    uint64_t id, account;
    struct slice target, type, body; /* borrowed */
};

/* E_FULL, E_NOMEM, E_RANDOM, E_GONE, E_SYNTAX, E_TOOBIG. */
int ua_message_start(struct ua_account *acc, struct now now,
                     const struct ua_message_ask *ask);
/* Its time is over. */
void ua_message_timer(struct ua_core *core, struct now now, uint64_t id);
void ua_message_flow_up(struct ua_account *acc, struct now now);
/* Those that wait are sent over the other flow, which is up. */
void ua_message_move_all(struct ua_account *from, struct ua_account *to,
                         struct now now);
void ua_message_password(struct ua_account *acc, struct now now, bool there);
/* The account goes: each is told as failed. */
void ua_message_drop_all(struct ua_account *acc);
void ua_message_free(struct ua_message *m);

/* A MESSAGE of somebody; call: the id of the one that it came in, or 0. It is
 * answered. */
void ua_message_request(struct ua_account *acc, const struct sip_msg *msg,
                        uint64_t call);

/* -------------------------------------------------------- ua/info.c */

struct ua_call;
void ua_info_request(struct ua_call *c, const struct sip_msg *msg);

#endif
