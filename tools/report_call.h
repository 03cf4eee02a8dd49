/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a report that is about calls. */
#ifndef TOOLS_REPORT_CALL_H
#define TOOLS_REPORT_CALL_H

#include "tools/report.h"

/* False: it is no event of a call. For report_event. */
bool report_call_event(struct report *r, const char *account,
                       const struct siplock_event *event);

/* null, or {domain,code,text,hint}. */
json_t *report_cause_json(const struct siplock_cause *cause);

/* What all of a transfer's or a reference's events say: dir, state, status,
 * cause, target. o may be NULL. */
void report_transfer(json_t *o, const struct siplock_event *event);

#endif
