/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict on a peer's chain: trust, dates, strength and the name. */
#ifndef TLS_ENGINE_VERIFY_H
#define TLS_ENGINE_VERIFY_H

#include "tls/cred.h"
#include "tls/engine.h"

struct mbedtls_x509_crt;
struct mbedtls_x509_crt_profile;

/*
 * Filled while mbedTLS walks the chain from the anchor down to the leaf.
 * Zero-initialised means: nothing was checked, so nothing may pass.
 */
struct tls_verify {
    const struct env *env;
    struct tls_name want;
    enum tls_name_rule rule;
    const struct tls_cred *cred;
    const struct mbedtls_x509_crt *anchors;
    int64_t now_ms; /* since 1970; 0: not told, for words only */
    struct tls_watch watch;
    bool leaf_seen;
    enum tls_name_verdict verdict;
    unsigned depth; /* certificates walked */
    unsigned sent;  /* certificates that the peer sent, */
    unsigned extra; /* and of them not in the path */
    bool disorder;  /* not each one's issuer next (RFC 5246 7.4.2) */
    bool sip_usage; /* by id-kp-sipDomain (RFC 5924) */
    int pin;        /* which pin of the account the path has; -1: none */
    uint8_t pinned[TLS_PIN_SIZE]; /* that key */
    uint8_t spki[TLS_PIN_SIZE];   /* the leaf's key */
    /* Where the way to an anchor ended; only while the walk lasts. */
    const struct mbedtls_x509_crt *broken;
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
void tls_verify_facts(const struct tls_verify *v, struct tls_facts *f,
                      const struct mbedtls_x509_crt *leaf);

/* SHA-2, RSA of 2048 bits or more, NIST curves (RFC 9325 4.5). */
const struct mbedtls_x509_crt_profile *tls_verify_profile(void);

#endif
