/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-512/256: the digest that RFC 8760 asks for and mbedTLS 3.6 lacks. */
#ifndef SIP_BASE_SHA512_H
#define SIP_BASE_SHA512_H

#include "sip/base/slice.h"

enum { SHA512_256_SIZE = 32, SHA512_BLOCK = 128 };

struct sha512 {
    uint64_t h[8];
    uint64_t bytes;
    uint8_t block[SHA512_BLOCK];
};

/* FIPS 180-4, 5.3.6.2 and 6.7. Wipe the struct after a secret input. */
void sha512_256_begin(struct sha512 *s);
void sha512_256_feed(struct sha512 *s, struct slice bytes);
void sha512_256_end(struct sha512 *s, uint8_t out[SHA512_256_SIZE]);

#endif
