/* SPDX-License-Identifier: Apache-2.0 */
/* What arrives on a flow: framed, parsed, given to who it is for. */
#ifndef UA_RECEIVE_H
#define UA_RECEIVE_H

#include "ua/state.h"

/* What this agent does as a server (RFC 3261 8.2.1, 20.5). */
#define UA_ALLOW                                                        \
    "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK, REFER, NOTIFY, " \
    "MESSAGE, INFO"
#define UA_ALLOW_EVENTS "refer"
#define UA_SUPPORTED "timer, 100rel, 199, replaces, norefersub, tdialog"

/* Does it require an extension that we do not have (8.2.2.3)? */
bool ua_receive_unsupported(const struct sip_msg *msg);

/* 200, or the status for a body that had to be understood where a session
 * is described (RFC 3261 8.2.3, RFC 5621 8.4). */
unsigned ua_receive_body(const struct sip_msg *msg);

/* A response without a transaction; J is zero on TLS. */
void ua_receive_respond(struct ua_account *acc, const struct sip_msg *msg,
                        unsigned status);

/* Decrypted bytes of the account's verified flow. */
void ua_receive(struct ua_flow *flow, struct now now, struct slice bytes);

#endif
