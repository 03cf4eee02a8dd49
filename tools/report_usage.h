/* SPDX-License-Identifier: Apache-2.0 */
/* Events of subscriptions and messages as lines. */
#ifndef TOOLS_REPORT_USAGE_H
#define TOOLS_REPORT_USAGE_H

#include "tools/report.h"
#include "ua/siplock_more.h"

/* False: the event is about neither. */
bool report_usage_event(struct report *r, const char *account,
                        const struct siplock_event *e);

#endif
