/* SPDX-License-Identifier: Apache-2.0 */
/* Randomness and digests: PSA and nothing else. */
#include "tls/crypto.h"

#include <psa/crypto.h>
#include <string.h>

#include "sip/base/err.h"
#include "sip/base/secret.h"
#include "sip/base/sha512.h"

int tls_crypto_init(void)
{
    return psa_crypto_init() == PSA_SUCCESS ? 0 : E_CRYPTO;
}

int tls_crypto_rand(void *user, uint8_t *p, size_t n)
{
    (void)user;
    return psa_generate_random(p, n) == PSA_SUCCESS ? 0 : E_RANDOM;
}

/* mbedTLS 3.6 has no SHA-512/256 (FIPS 180-4); RFC 8760 asks for it. */
static int own_md(const struct slice *parts, size_t nparts, uint8_t *out)
{
    struct sha512 s;

    sha512_256_begin(&s);
    for (size_t i = 0; i < nparts; i++)
        sha512_256_feed(&s, parts[i]);
    sha512_256_end(&s, out);
    secret_wipe(&s, sizeof(s));
    return 0;
}

int tls_crypto_md(void *user, enum env_md md, const struct slice *parts,
                  size_t nparts, uint8_t *out)
{
    psa_hash_operation_t op = psa_hash_operation_init();
    psa_algorithm_t alg = md == ENV_SHA256 ? PSA_ALG_SHA_256 : PSA_ALG_MD5;
    psa_status_t st;
    size_t n = 0;

    (void)user;
    if (md == ENV_SHA512_256)
        return own_md(parts, nparts, out);
    st = psa_hash_setup(&op, alg);
    for (size_t i = 0; i < nparts && st == PSA_SUCCESS; i++)
        st = psa_hash_update(&op, (const uint8_t *)parts[i].p, parts[i].n);
    if (st == PSA_SUCCESS)
        st = psa_hash_finish(&op, out, env_md_size(md), &n);
    psa_hash_abort(&op);
    if (st == PSA_SUCCESS && n == env_md_size(md))
        return 0;
    secret_wipe(out, env_md_size(md));
    return st == PSA_ERROR_INSUFFICIENT_MEMORY ? E_NOMEM : E_CRYPTO;
}

/* ------------------------------------------------------------- sealing */

enum { NONCE = 12 };

/* A key that lives for one operation. */
static psa_status_t open_key(psa_key_id_t *id, const uint8_t *key,
                             psa_key_usage_t usage)
{
    psa_key_attributes_t a = PSA_KEY_ATTRIBUTES_INIT;

    psa_set_key_type(&a, PSA_KEY_TYPE_AES);
    psa_set_key_bits(&a, 8 * TLS_CRYPTO_KEY);
    psa_set_key_algorithm(&a, PSA_ALG_GCM);
    psa_set_key_usage_flags(&a, usage);
    return psa_import_key(&a, key, TLS_CRYPTO_KEY, id);
}

static int crypto_err(psa_status_t st)
{
    return st == PSA_ERROR_INSUFFICIENT_MEMORY ? E_NOMEM : E_CRYPTO;
}

int tls_crypto_seal(void *out, const uint8_t key[TLS_CRYPTO_KEY],
                    struct slice as, struct slice plain)
{
    uint8_t *p = out;
    psa_key_id_t id = 0;
    size_t n = 0;
    psa_status_t st;

    if (tls_crypto_rand(NULL, p, NONCE))
        return E_RANDOM;
    st = open_key(&id, key, PSA_KEY_USAGE_ENCRYPT);
    if (st == PSA_SUCCESS)
        st = psa_aead_encrypt(id, PSA_ALG_GCM, p, NONCE, (const uint8_t *)as.p,
                              as.n, (const uint8_t *)plain.p, plain.n,
                              p + NONCE, plain.n + 16, &n);
    (void)psa_destroy_key(id);
    return st == PSA_SUCCESS ? 0 : crypto_err(st);
}

int tls_crypto_open(void *out, const uint8_t key[TLS_CRYPTO_KEY],
                    struct slice as, struct slice sealed)
{
    const uint8_t *p = (const uint8_t *)sealed.p;
    psa_key_id_t id = 0;
    size_t n = 0;
    psa_status_t st;

    if (sealed.n < TLS_CRYPTO_SEAL_EXTRA)
        return E_CRYPTO;
    st = open_key(&id, key, PSA_KEY_USAGE_DECRYPT);
    if (st == PSA_SUCCESS)
        st = psa_aead_decrypt(id, PSA_ALG_GCM, p, NONCE, (const uint8_t *)as.p,
                              as.n, p + NONCE, sealed.n - NONCE, out,
                              sealed.n - TLS_CRYPTO_SEAL_EXTRA, &n);
    (void)psa_destroy_key(id);
    if (st == PSA_SUCCESS)
        return 0;
    secret_wipe(out, sealed.n - TLS_CRYPTO_SEAL_EXTRA);
    return crypto_err(st);
}
