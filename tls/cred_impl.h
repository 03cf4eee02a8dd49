/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of tls/cred share and nobody else may see. */
#ifndef TLS_CRED_IMPL_H
#define TLS_CRED_IMPL_H

#include <mbedtls/pk.h>
#include <mbedtls/x509_crl.h>
#include <mbedtls/x509_crt.h>

#include "tls/cred.h"

struct tls_cred {
    const struct env *env;
    mbedtls_x509_crt anchors;
    size_t nanchors;
    mbedtls_x509_crt chain;
    mbedtls_pk_context key;
    bool own;
    mbedtls_x509_crl crl;
    bool crls; /* revocation is checked */
    uint8_t pin[TLS_PINS_MAX][TLS_PIN_SIZE];
    size_t npins;
    bool pins_end; /* at pins_until */
    mbedtls_x509_time pins_until;
    bool pin_only; /* a pin replaces the chain */
    struct tls_verifier verifier;
    uint8_t print[TLS_PIN_SIZE]; /* digest of all that was put in */
};

/* "<where>: <what>" as config_trust; gives err back. */
int tls_cred_fault(struct cause *why, int err, struct slice where,
                   const char *what);

/* Makes the fingerprint depend on these bytes too. E_NOMEM, E_CRYPTO. */
int tls_cred_stir(struct tls_cred *cred, const char *kind, struct slice bytes);

/* Bytes that are wiped when they go; p is NUL-terminated. */
struct tls_blob {
    char *p;
    size_t n;
    size_t cap;
};

void tls_blob_free(const struct env *env, struct tls_blob *b);
/* The file's bytes; on error *why says which file and why. */
int tls_blob_read(const struct env *env, struct tls_blob *b, struct slice path,
                  struct cause *why);
/* E_CERT: too large. E_NOMEM. */
int tls_blob_copy(const struct env *env, struct tls_blob *b, struct slice s);

#endif
