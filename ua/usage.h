/* SPDX-License-Identifier: Apache-2.0 */
/* What an account uses besides calls: subscriptions, messages, references. */
#ifndef UA_USAGE_H
#define UA_USAGE_H

#include "ua/state.h"

/* Their tables; and all that is in them, without a word to anybody. */
void ua_usage_init(struct ua_core *core);
void ua_usage_free(struct ua_core *core);

#endif
