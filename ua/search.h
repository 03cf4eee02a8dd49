/* SPDX-License-Identifier: Apache-2.0 */
/* What all searches of an instance share: DNS answers, failed addresses. */
#ifndef UA_SEARCH_H
#define UA_SEARCH_H

#include "ua/state.h"

/* What this device has, for a search that begins; none: it is not known. */
void ua_search_locals(const struct ua_core *core, struct tls_locals *locals);

/* One more question of the flow's search: answered from what is known, or
 * DNS is asked. */
void ua_search_ask(struct ua_flow *flow, struct now now,
                   const struct tls_step *step);

/* An answer of DNS: kept, and given to the search; in place of a failure what
 * held before (RFC 8767). */
void ua_search_answer(struct ua_flow *flow, struct now now,
                      const struct ua_answer *answer);

/* The address of the flow does not work, or wants to be left alone for at
 * least that many ms: others go first for a while. */
void ua_search_failed(struct ua_flow *flow, struct now now, int64_t ms);
/* It does. */
void ua_search_worked(struct ua_flow *flow);

/* Another network: nothing that was learnt about the last one holds. */
void ua_search_renew(struct ua_core *core, struct now now);

#endif
