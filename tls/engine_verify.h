/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict on a peer's chain: trust, dates, strength and the name. */
#ifndef TLS_ENGINE_VERIFY_H
#define TLS_ENGINE_VERIFY_H

#include "tls/engine.h"

struct mbedtls_x509_crt;
struct mbedtls_x509_crt_profile;

/*
 * Filled while mbedTLS walks the chain from the anchor down to the leaf.
 * Zero-initialised means: nothing was checked, so nothing may pass.
 */
struct tls_verify {
    struct tls_name want;
    enum tls_name_rule rule;
    const struct mbedtls_x509_crt *anchors;
    bool leaf_seen;
    enum tls_name_verdict verdict;
    unsigned depth;     /* certificates walked */
    unsigned rank;      /* of the cause: the gravest is kept; 0 = none */
    struct cause cause; /* valid if rank != 0 */
};

/* For mbedtls_ssl_conf_verify; v is a struct tls_verify. Always 0: the
 * verdict is in *flags, and mbedTLS refuses any that is not 0. */
int tls_verify_cert(void *v, struct mbedtls_x509_crt *crt, int depth,
                    uint32_t *flags);

/* The leaf was walked and its name matched. */
bool tls_verify_passed(const struct tls_verify *v);

/*
 * The cause for a chain that mbedTLS refused. late: flags that it sets after
 * the walk (usage, missing), when the walk itself found nothing.
 */
void tls_verify_cause(const struct tls_verify *v, uint32_t late,
                      struct cause *cause);

/* Names, dates and serial of the peer's certificate. */
void tls_verify_facts(struct tls_facts *f,
                      const struct mbedtls_x509_crt *leaf);

/* SHA-2, RSA of 2048 bits or more, NIST curves (RFC 9325 4.5). */
const struct mbedtls_x509_crt_profile *tls_verify_profile(void);

#endif
