/* SPDX-License-Identifier: Apache-2.0 */
/* Client transactions of the core: born, matched, timed out, forgotten. */
#ifndef UA_TXN_H
#define UA_TXN_H

#include "sip/msg.h"
#include "ua/state.h"

/* A new one with its branch; its timer is armed. E_NOMEM, E_FULL,
 * E_RANDOM. */
int ua_txn_new(struct ua_txn **txn, struct ua_account *acc, struct now now,
               enum ua_txn_use use, enum sip_method method);

/*
 * A response that came on that flow: to the transaction of one of its
 * accounts whose branch and method it has (RFC 3261 17.1.3), else dropped as
 * a stray.
 */
void ua_txn_response(struct ua_flow *flow, struct now now,
                     const struct sip_msg *msg);

/* B, F or M fired. */
void ua_txn_timer(struct ua_core *core, struct now now, uint64_t id);

/* The account's flow is gone: its transactions end; its calls are told, its
 * registration is by the flow itself. */
void ua_txn_flow_down(struct ua_account *acc, struct now now);

/* Those of a call, INVITE and BYE. */
void ua_txn_forget_call(struct ua_core *core, uint64_t call);

/* All that are left of an account which goes. */
void ua_txn_forget_all(struct ua_account *acc);

/* Ends it without a word; a late response is then a stray. */
void ua_txn_forget(struct ua_account *acc, uint64_t id);

#endif
