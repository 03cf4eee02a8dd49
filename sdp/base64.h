/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 as a=crypto has it (RFC 4648 4): strict in, padded out. */
#ifndef SDP_BASE64_H
#define SDP_BASE64_H

#include "sip/base/out.h"

/*
 * Decodes into out, which has room for cap bytes; *n is how many came. The
 * padding may be missing (RFC 4568 6.1 discards it), the unused bits of the
 * last digit must be 0. E_SYNTAX, E_TOOBIG. What was decoded may be left in
 * out on error: wipe it.
 */
int sdp_base64_decode(uint8_t *out, size_t cap, size_t *n, struct slice text);

/* How many bytes sdp_base64_decode would give, without making them; E_SYNTAX
 * as it. */
int sdp_base64_check(size_t *n, struct slice text);

void sdp_base64_put(struct out *o, struct slice bytes);

#endif
