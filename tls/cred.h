/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials: the trust anchors, and the own chain and key, of an account. */
#ifndef TLS_CRED_H
#define TLS_CRED_H

#include "sip/base/cause.h"
#include "sip/base/env.h"

enum {
    TLS_CRED_FILE_MAX = 4 << 20, /* bytes of one PEM file */
    TLS_CRED_ANCHORS_MAX = 1024  /* certificates */
};

struct tls_cred;

/* mbedTLS's; complete only in tls/engine.c and tls/cred.c. */
struct mbedtls_x509_crt;
struct mbedtls_pk_context;

/*
 * Filled once, then read-only. The maker owns it, and frees it after the
 * policy accounts and the TLS engines that use it. May be shared by
 * accounts and loops of any thread once filled. E_NOMEM.
 */
int tls_cred_new(struct tls_cred **cred, const struct env *env);
void tls_cred_free(struct tls_cred *cred); /* NULL is fine; wipes the key */

/*
 * Adds trust anchors; can be called several times. On error *why (may be
 * NULL) is config_trust with the file, the position and the reason, or
 * out_of_memory, and all anchors are dropped: half of them would refuse
 * peers for reasons that nobody understands. E_CERT, E_NOMEM, E_FULL.
 */
int tls_cred_add_system(struct tls_cred *cred, struct cause *why);
int tls_cred_add_file(struct tls_cred *cred, struct slice path,
                      struct cause *why);
/* pem: one or more certificates, or one in DER. Copied. */
int tls_cred_add_pem(struct tls_cred *cred, struct slice pem,
                     struct cause *why);

/*
 * The own chain (leaf first) and its private key: for listeners, later for
 * client certificates. Once. The key must belong to the leaf. E_CERT,
 * E_NOMEM, E_STATE.
 */
int tls_cred_own_files(struct tls_cred *cred, struct slice chain_path,
                       struct slice key_path, struct cause *why);
int tls_cred_own_pem(struct tls_cred *cred, struct slice chain,
                     struct slice key, struct cause *why);

size_t tls_cred_anchors(const struct tls_cred *cred);
bool tls_cred_has_own(const struct tls_cred *cred);

/* For tls/engine only. NULL if there are none. Borrowed. */
struct mbedtls_x509_crt *tls_cred_mbed_anchors(const struct tls_cred *cred);
struct mbedtls_x509_crt *tls_cred_mbed_chain(const struct tls_cred *cred);
struct mbedtls_pk_context *tls_cred_mbed_key(const struct tls_cred *cred);
/* One of mbedTLS's many ways to say that memory ran out. */
bool tls_cred_mbed_nomem(int ret);

#endif
