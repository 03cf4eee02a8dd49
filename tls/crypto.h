/* SPDX-License-Identifier: Apache-2.0 */
/* Randomness and digests for struct env, over PSA. */
#ifndef TLS_CRYPTO_H
#define TLS_CRYPTO_H

#include "sip/base/env.h"

/*
 * psa_crypto_init: process-wide, may be called again by every instance, on
 * any thread; never shut down. 0 or E_CRYPTO.
 */
int tls_crypto_init(void);

/* For struct env's members of the same name; user is ignored. Any thread. */
int tls_crypto_rand(void *user, uint8_t *p, size_t n);
int tls_crypto_md(void *user, enum env_md md, const struct slice *parts,
                  size_t nparts, uint8_t *out);

enum { TLS_CRYPTO_KEY = 32, TLS_CRYPTO_SEAL_EXTRA = 12 + 16 };

/*
 * AES-256-GCM with a random nonce in front: out has plain.n +
 * TLS_CRYPTO_SEAL_EXTRA bytes. as names the purpose and is authenticated.
 * E_CRYPTO, E_RANDOM, E_NOMEM.
 */
int tls_crypto_seal(void *out, const uint8_t key[TLS_CRYPTO_KEY],
                    struct slice as, struct slice plain);
/* out has sealed.n - TLS_CRYPTO_SEAL_EXTRA bytes. E_CRYPTO: another key,
 * another purpose, or altered; out is wiped then. */
int tls_crypto_open(void *out, const uint8_t key[TLS_CRYPTO_KEY],
                    struct slice as, struct slice sealed);

#endif
