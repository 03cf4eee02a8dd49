/* SPDX-License-Identifier: Apache-2.0 */
/* What an app may want of a call that it makes, checked. */
#ifndef UA_TERMS_H
#define UA_TERMS_H

#include "sip/base/cause.h"
#include "ua/core.h"

/* Pure. E_INVAL, E_TOOBIG with the cause. */
int ua_terms_read(struct ua_terms *terms,
                  const struct siplock_call_options *options,
                  struct cause *why);

#endif
