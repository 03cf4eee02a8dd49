/* SPDX-License-Identifier: Apache-2.0 */
/* A URI against the policy: may it be dialled, and if not, why. */
#ifndef UA_URI_CHECK_H
#define UA_URI_CHECK_H

#include "sip/base/cause.h"
#include "sip/uri.h"
#include "tls/policy.h"

/* Pure. POLICY_ALLOWED or the first thing that is wrong. */
enum policy_why ua_uri_check(const struct sip_uri *uri);

/* The cause policy_refused with the row's sentence. */
void ua_refusal_cause(struct cause *cause, enum policy_why why);

/* What is returned for it: that cause, and E_POLICY. */
int ua_refused(struct cause *cause, enum policy_why why);

/* Of the configuration that the app gave: config_invalid, which says what is
 * wrong where, and E_INVAL. */
int ua_config_fault(struct cause *cause, const char *what);

#endif
