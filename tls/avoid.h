/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that failed a while ago: they are tried after all others. */
#ifndef TLS_AVOID_H
#define TLS_AVOID_H

#include <stdint.h>

#include "tls/addr.h"

enum {
    TLS_AVOID_MAX = 32,
    TLS_AVOID_FIRST_MS = 30000,   /* after the first failure; then twice */
    TLS_AVOID_LONGEST_MS = 600000 /* that long, and so on */
};

/* Zero-initialised is empty. Time is the boot clock in ms. One thread. */
struct tls_avoid {
    struct {
        struct tls_addr addr;
        int64_t until;   /* 0: unused */
        int64_t wait_ms; /* of the last failure */
    } row[TLS_AVOID_MAX];
};

/* It failed (RFC 3263 4.3), or said that it is overloaded: then for at least
 * that many ms. The one that is over first makes room. */
void tls_avoid_add(struct tls_avoid *a, int64_t now,
                   const struct tls_addr *addr, int64_t at_least_ms);

/* It works: forgotten. */
void tls_avoid_remove(struct tls_avoid *a, const struct tls_addr *addr);

/* Should others go first? */
bool tls_avoid_has(const struct tls_avoid *a, int64_t now,
                   const struct tls_addr *addr);

/* What failed on one network may work on another. */
void tls_avoid_clear(struct tls_avoid *a);

#endif
