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

#endif
