/* SPDX-License-Identifier: Apache-2.0 */
/* What siplock tls found, for people and for programs. */
#ifndef TOOLS_TLS_REPORT_H
#define TOOLS_TLS_REPORT_H

#include "tools/report.h"
#include "tools/tls_probe.h"

/* One line tls.report, or a page for people. exit: the exit code. */
void tls_report(struct report *r, const struct tls_probe *p, int exit);

#endif
