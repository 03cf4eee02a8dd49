/* SPDX-License-Identifier: Apache-2.0 */
/* What is unusual about an account's trust, told as notices. */
#ifndef UA_TRUST_H
#define UA_TRUST_H

#include "ua/state.h"

/* An account was added: what in its trust is not the default. */
void ua_trust_added(struct ua_account *acc);

/* Its flow is up: what was tolerated. f may be NULL. */
void ua_trust_up(struct ua_account *acc, const struct tls_facts *f);

#endif
