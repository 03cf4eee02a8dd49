/* SPDX-License-Identifier: Apache-2.0 */
/* The takes that SDP grammar (RFC 8866 9) is made of. */
#ifndef SDP_SCAN_H
#define SDP_SCAN_H

#include "sip/base/cursor.h"

/* The run of bytes up to SP or HTAB; maybe empty. */
struct slice sdp_scan_word(struct cursor *c);

/* Takes one SP and a word; false and no move if there is none. */
bool sdp_scan_next(struct cursor *c, struct slice *word);

/* Nothing but SP and HTAB is left: some write them at the end of a line. */
bool sdp_scan_end(const struct cursor *c);

/* 1*(token-char) and all of it. */
bool sdp_token_ok(struct slice s);

/* The longest run of token characters; maybe empty. */
struct slice sdp_scan_token(struct cursor *c);

/* 1*DIGIT of any length. */
bool sdp_digits_ok(struct slice s);

#endif
