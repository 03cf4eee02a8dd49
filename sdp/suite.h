/* SPDX-License-Identifier: Apache-2.0 */
/* The SRTP suites of a=crypto: the one table of what we know of them. */
#ifndef SDP_SUITE_H
#define SDP_SUITE_H

#include "sip/base/slice.h"

/*
 * X(symbol, name, octets of master key and salt, class). A running call never
 * goes to a lower class: 2 has authentication tags of 80 bits and more, 1
 * has 32; from AES-256 to AES-128 is no fall. Lengths: RFC 7714 12 (12 octets
 * of salt), RFC 6188 2 and RFC 4568 6.2 (14). In the order in which we offer
 * them.
 */
#define SDP_SUITE_MAP(X)                            \
    X(AEAD_AES_256_GCM, "AEAD_AES_256_GCM", 44, 2)  \
    X(AEAD_AES_128_GCM, "AEAD_AES_128_GCM", 28, 2)  \
    X(AES_256_80, "AES_256_CM_HMAC_SHA1_80", 46, 2) \
    X(AES_128_80, "AES_CM_128_HMAC_SHA1_80", 30, 2) \
    X(AES_128_32, "AES_CM_128_HMAC_SHA1_32", 30, 1)

/* 0 is no suite: zeroed memory is refused, not weak. */
enum sdp_suite {
    SDP_SUITE_NONE,
#define X(symbol, name, n, class_) SDP_SUITE_##symbol,
    SDP_SUITE_MAP(X)
#undef X
        SDP_SUITE_COUNT
};

/* The suite's bit in a mask of those that are allowed. */
static inline unsigned sdp_suite_bit(enum sdp_suite suite)
{
    return 1u << suite;
}

/* Exact (RFC 4568: names have case); SDP_SUITE_NONE if unknown. */
enum sdp_suite sdp_suite_find(struct slice name);
struct slice sdp_suite_name(enum sdp_suite suite);

/* Octets of master key and salt together; 0 for SDP_SUITE_NONE. */
size_t sdp_suite_key(enum sdp_suite suite);
unsigned sdp_suite_class(enum sdp_suite suite);

#endif
