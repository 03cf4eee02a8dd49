/* SPDX-License-Identifier: Apache-2.0 */
/* Request-Line and Status-Line (RFC 3261 7.1, 7.2). */
#ifndef SIP_STARTLINE_H
#define SIP_STARTLINE_H

#include "sip/msg.h"

/*
 * Reads the line that c holds, without its CR LF, into msg. On a fault c is
 * at the first byte of the part that is wrong.
 */
enum sip_fault sip_startline_read(struct sip_msg *msg, struct sip_text *c);

#endif
