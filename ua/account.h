/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts: configuration in, checked; registration and flow inside. */
#ifndef UA_ACCOUNT_H
#define UA_ACCOUNT_H

#include "ua/state.h"

/*
 * Checks a configuration and makes an account of it, for ua_core_account_add.
 * Pure, on any thread; floor is the instance's. cred is borrowed. E_NOMEM,
 * E_INVAL, E_SYNTAX, E_POLICY; why says what and where.
 */
int ua_account_new(struct ua_account **acc, const struct env *env,
                   enum policy_level floor,
                   const struct siplock_account_config *config,
                   struct cause *why);

/* The anchors to verify with; before ua_core_account_add. Borrowed. */
void ua_account_trust(struct ua_account *acc, struct tls_cred *cred);

/* Closes its flow, forgets its transactions, frees all but cred. */
void ua_account_free(struct ua_account *acc, struct now now);

#endif
