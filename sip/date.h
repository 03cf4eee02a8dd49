/* SPDX-License-Identifier: Apache-2.0 */
/* SIP-date (RFC 3261 20.17) as seconds since 1970. */
#ifndef SIP_DATE_H
#define SIP_DATE_H

#include "sip/base/cursor.h"

/* Takes "Sat, 13 Nov 2010 23:29:00 GMT"; no other zone. 0 or E_SYNTAX. */
int sip_date_take(struct cursor *c, int64_t *seconds);

#endif
