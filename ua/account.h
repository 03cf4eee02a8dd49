/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts: configuration in, checked; registration and flow inside. */
#ifndef UA_ACCOUNT_H
#define UA_ACCOUNT_H

#include "ua/state.h"

/* Makes an account from its configuration, with its policy terms; not yet
 * in any table. E_NOMEM, E_INVAL, E_SYNTAX, E_POLICY; why says it. */
int ua_account_new(struct ua_account **acc, struct ua_core *core,
                   const struct siplock_account_config *config,
                   struct tls_cred *cred, struct cause *why);

/* Closes its flow, forgets its transactions, frees all but cred. */
void ua_account_free(struct ua_account *acc, struct now now);

#endif
