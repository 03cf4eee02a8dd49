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
/* call: 0 if it is about none. */
void ua_event_refused(struct ua_account *acc, enum policy_why why,
                      uint64_t call);
void ua_event_notice(struct ua_account *acc, const char *notice);

/* An event without texts yet; NULL: no memory. */
struct ua_out *ua_event_push(struct ua_account *acc, int type);
/* Its texts, copied and laid end to end; without memory there are none. */
void ua_event_texts(struct ua_core *core, struct ua_out *out,
                    const struct slice text[UA_TEXT_COUNT]);

#endif
