/* SPDX-License-Identifier: Apache-2.0 */
/* A keyed hash, so that a peer cannot choose colliding keys. */
#ifndef SIP_BASE_HASH_H
#define SIP_BASE_HASH_H

#include "sip/base/slice.h"

enum { HASH_KEY = 16 };

/* SipHash-2-4 (Aumasson and Bernstein, 2012) of s under key. */
uint64_t hash_keyed(const uint8_t key[HASH_KEY], struct slice s);

#endif
