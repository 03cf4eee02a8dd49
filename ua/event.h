/* SPDX-License-Identifier: Apache-2.0 */
/* Making events for the app. */
#ifndef UA_EVENT_H
#define UA_EVENT_H

#include "ua/state.h"

/* acc->cause is told with failed; the others carry none unless asked. */
void ua_event_register(struct ua_account *acc,
                       enum siplock_register_state state);
void ua_event_flow(struct ua_account *acc, enum siplock_flow_state state,
                   const struct ua_flow_facts *facts);
void ua_event_refused(struct ua_account *acc, enum policy_why why);
void ua_event_notice(struct ua_account *acc, const char *notice);

#endif
