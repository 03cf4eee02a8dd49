/* SPDX-License-Identifier: Apache-2.0 */
/* Changes a SIP message in its header fields so that it stays valid. */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Changes the text[0..n) of a block of cap bytes, drawing from seed: header
 * fields are swapped, repeated where RFC 3261 7.3.1 allows it, dropped where
 * they are not mandatory, folded and unfolded, written by their other name,
 * joined to one comma list; fields of one grammar exchange their values; and
 * Content-Length is put right. Of several messages in a row one is changed.
 * The new length; 0 and the text as it was if there is no message in it, or
 * no room.
 */
size_t mutate_sip(char *text, size_t n, size_t cap, uint32_t seed);

#endif
