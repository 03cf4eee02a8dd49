/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials: PEM from files or memory into mbedTLS's structures. */
#include "tls/cred.h"

#include <mbedtls/pem.h>
#include <mbedtls/psa_util.h>
#include <mbedtls/ssl.h>
#include <string.h>

#include "sip/base/err.h"
#include "sip/base/secret.h"
#include "tls/cred_impl.h"

int tls_cred_new(struct tls_cred **cred, const struct env *env)
{
    struct tls_cred *c = env_alloc(env, sizeof(*c));

    if (!c)
        return E_NOMEM;
    c->env = env;
    mbedtls_x509_crt_init(&c->anchors);
    mbedtls_x509_crt_init(&c->chain);
    mbedtls_pk_init(&c->key);
    mbedtls_x509_crl_init(&c->crl);
    *cred = c;
    return 0;
}

void tls_cred_free(struct tls_cred *c)
{
    if (!c)
        return;
    mbedtls_x509_crt_free(&c->anchors);
    mbedtls_x509_crt_free(&c->chain);
    mbedtls_pk_free(&c->key);
    mbedtls_x509_crl_free(&c->crl);
    env_free(c->env, c);
}

bool tls_cred_mbed_nomem(int ret)
{
    /* X.509 errors carry the error of the module below in their low part. */
    return ret == MBEDTLS_ERR_SSL_ALLOC_FAILED ||
           ret == MBEDTLS_ERR_X509_ALLOC_FAILED ||
           ret == MBEDTLS_ERR_PK_ALLOC_FAILED ||
           ret == MBEDTLS_ERR_PEM_ALLOC_FAILED ||
           ret == MBEDTLS_ERR_MD_ALLOC_FAILED ||
           ret == MBEDTLS_ERR_CIPHER_ALLOC_FAILED ||
           ret == MBEDTLS_ERR_ECP_ALLOC_FAILED ||
           (ret < 0 && -(-ret & 0x7f) == MBEDTLS_ERR_ASN1_ALLOC_FAILED) ||
           (ret < 0 && -(-ret & 0x7f) == MBEDTLS_ERR_MPI_ALLOC_FAILED);
}

/* ------------------------------------------------------------ anchors */

static size_t chain_length(const mbedtls_x509_crt *crt)
{
    size_t n = 0;

    for (; crt && crt->raw.len; crt = crt->next)
        n++;
    return n;
}

/* The words for what mbedTLS made of a certificate; NULL if it is fine. */
static const char *parse_words(int ret)
{
    if (ret == 0)
        return NULL;
    if (ret > 0)
        return "a certificate in it is malformed or of an unknown kind";
    if (ret == MBEDTLS_ERR_PEM_NO_HEADER_FOOTER_PRESENT ||
        ret == MBEDTLS_ERR_X509_INVALID_FORMAT ||
        -(-ret & 0xff80) == MBEDTLS_ERR_X509_INVALID_FORMAT)
        return "it holds no certificate in PEM or DER";
    return "the certificate is malformed";
}

/*
 * Adds every certificate of pem (NUL-terminated, n without it). lax: skip
 * what mbedTLS cannot read, as in the system's bundle.
 */
static int add_chain(mbedtls_x509_crt *to, const struct tls_blob *pem,
                     bool lax, const char **what)
{
    bool text = strstr(pem->p, "-----BEGIN") != NULL;
    int ret = mbedtls_x509_crt_parse(to, (const unsigned char *)pem->p,
                                     pem->n + (text ? 1 : 0));

    *what = parse_words(ret);
    if (tls_cred_mbed_nomem(ret))
        return E_NOMEM;
    if (ret < 0 || (ret > 0 && !lax) || chain_length(to) == 0)
        return E_CERT;
    return 0;
}

static int add_blob(struct tls_cred *c, const struct tls_blob *pem, bool lax,
                    struct slice where, struct cause *why)
{
    const char *what = NULL;
    int err = add_chain(&c->anchors, pem, lax, &what);

    if (!err)
        err = tls_cred_stir(c, "anchors", slice_of(pem->p, pem->n));
    c->nanchors = err ? 0 : chain_length(&c->anchors);
    if (c->nanchors > TLS_CRED_ANCHORS_MAX) {
        err = E_FULL;
        what = "too many certificates";
    }
    if (!err)
        return 0;
    /* mbedTLS may leave half a certificate behind: trust none of them. */
    mbedtls_x509_crt_free(&c->anchors);
    mbedtls_x509_crt_init(&c->anchors);
    c->nanchors = 0;
    return tls_cred_fault(why, err, where, what ? what : "no certificate");
}

int tls_cred_add_file(struct tls_cred *c, struct slice path, struct cause *why)
{
    struct tls_blob b = {0};
    int err = tls_blob_read(c->env, &b, path, why);

    if (!err)
        err = add_blob(c, &b, false, path, why);
    tls_blob_free(c->env, &b);
    return err;
}

/* Debian and Alpine, Fedora, SUSE, macOS and FreeBSD; on Windows, whose own
 * store is no file, those that OpenSSL, Git and MSYS2 install: an app there
 * rather asks the system through tls_cred_verifier. */
static const struct slice system_bundle[] = {
#ifdef _WIN32
    S_INIT("C:/Program Files/Common Files/SSL/cert.pem"),
    S_INIT("C:/Program Files/Git/mingw64/etc/ssl/certs/ca-bundle.crt"),
    S_INIT("C:/msys64/usr/ssl/certs/ca-bundle.crt"),
#endif
    S_INIT("/etc/ssl/certs/ca-certificates.crt"),
    S_INIT("/etc/pki/tls/certs/ca-bundle.crt"),
    S_INIT("/etc/ssl/ca-bundle.pem"),
    S_INIT("/etc/ssl/cert.pem"),
    S_INIT("/usr/local/share/certs/ca-root-nss.crt"),
};

enum { NBUNDLES = sizeof(system_bundle) / sizeof(system_bundle[0]) };

int tls_cred_add_system(struct tls_cred *c, struct cause *why)
{
    for (size_t i = 0; i < NBUNDLES; i++) {
        struct tls_blob b = {0};
        int err = tls_blob_read(c->env, &b, system_bundle[i], why);

        if (!err)
            err = add_blob(c, &b, true, system_bundle[i], why);
        tls_blob_free(c->env, &b);
        if (!err || err == E_NOMEM)
            return err;
    }
    return tls_cred_fault(why, E_CERT, S("system"),
                          "no bundle of CA certificates is installed");
}

int tls_cred_add_pem(struct tls_cred *c, struct slice pem, struct cause *why)
{
    struct tls_blob b = {0};
    int err = tls_blob_copy(c->env, &b, pem);

    if (err)
        return tls_cred_fault(why, err, S("the PEM text"), "it is too large");
    err = add_blob(c, &b, false, S("the PEM text"), why);
    tls_blob_free(c->env, &b);
    return err;
}

/* ----------------------------------------------------- own certificate */

static int parse_key(mbedtls_pk_context *key, const struct tls_blob *b)
{
    bool text = strstr(b->p, "-----BEGIN") != NULL;
    int ret = mbedtls_pk_parse_key(
        key, (const unsigned char *)b->p, b->n + (text ? 1 : 0), NULL, 0,
        mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);

    return ret == 0 ? 0 : tls_cred_mbed_nomem(ret) ? E_NOMEM : E_CERT;
}

/* The chain, and that c->key is its leaf's; what: what is wrong already. */
static int own_chain(struct tls_cred *c, const struct tls_blob *chain,
                     const char *what, struct slice where, struct cause *why)
{
    const char *parsed = NULL;
    int err = what ? E_CERT : 0;

    if (!err) {
        err = add_chain(&c->chain, chain, false, &parsed);
        what = parsed;
    }
    if (!err &&
        mbedtls_pk_check_pair(&c->chain.pk, &c->key, mbedtls_psa_get_random,
                              MBEDTLS_PSA_RANDOM_STATE)) {
        what = "the private key is not the certificate's";
        err = E_CERT;
    }
    if (!err)
        err = tls_cred_stir(c, "own", slice_of(chain->p, chain->n));
    if (!err) {
        c->own = true;
        return 0;
    }
    mbedtls_x509_crt_free(&c->chain);
    mbedtls_pk_free(&c->key);
    mbedtls_x509_crt_init(&c->chain);
    mbedtls_pk_init(&c->key);
    return tls_cred_fault(why, err, where, what ? what : "no certificate");
}

static int own_blobs(struct tls_cred *c, const struct tls_blob *chain,
                     const struct tls_blob *key, struct slice where,
                     struct cause *why)
{
    int err = parse_key(&c->key, key);

    if (err == E_NOMEM)
        return tls_cred_fault(why, err, where, "");
    return own_chain(c, chain,
                     err ? "the private key cannot be read (is it encrypted?)"
                         : NULL,
                     where, why);
}

int tls_cred_own_files(struct tls_cred *c, struct slice chain_path,
                       struct slice key_path, struct cause *why)
{
    struct tls_blob chain = {0}, key = {0};
    int err = c->own ? E_STATE : 0;

    if (!err)
        err = tls_blob_read(c->env, &chain, chain_path, why);
    if (!err)
        err = tls_blob_read(c->env, &key, key_path, why);
    if (!err)
        err = own_blobs(c, &chain, &key, chain_path, why);
    tls_blob_free(c->env, &chain);
    tls_blob_free(c->env, &key);
    return err;
}

int tls_cred_own_pem(struct tls_cred *c, struct slice chain_pem,
                     struct slice key_pem, struct cause *why)
{
    struct tls_blob chain = {0}, key = {0};
    int err = c->own ? E_STATE : 0;

    if (!err)
        err = tls_blob_copy(c->env, &chain, chain_pem);
    if (!err)
        err = tls_blob_copy(c->env, &key, key_pem);
    if (err)
        err = tls_cred_fault(why, err, S("the PEM text"), "it is too large");
    else
        err = own_blobs(c, &chain, &key, S("the PEM text"), why);
    tls_blob_free(c->env, &chain);
    tls_blob_free(c->env, &key);
    return err;
}

/*
 * A key that stays in its driver needs an mbedTLS with USE_PSA_CRYPTO; one
 * without (Debian's) can take only a key that PSA may export.
 */
static const char *take_psa(mbedtls_pk_context *key, uint32_t id)
{
#ifdef MBEDTLS_USE_PSA_CRYPTO
    return mbedtls_pk_setup_opaque(key, (mbedtls_svc_key_id_t)id)
               ? "PSA has no such key pair"
               : NULL;
#else
    return mbedtls_pk_copy_from_psa((mbedtls_svc_key_id_t)id, key)
               ? "PSA has no such key pair, or will not export it and this "
                 "mbedTLS is built without USE_PSA_CRYPTO"
               : NULL;
#endif
}

int tls_cred_own_psa(struct tls_cred *c, struct slice chain_pem,
                     uint32_t key_id, struct cause *why)
{
    struct tls_blob chain = {0};

    if (c->own)
        return tls_cred_fault(why, E_STATE, S("the key"), "it is set already");
    int err = tls_blob_copy(c->env, &chain, chain_pem);

    if (err)
        return tls_cred_fault(why, err, S("the PEM text"), "it is too large");
    err =
        own_chain(c, &chain, take_psa(&c->key, key_id), S("the PSA key"), why);
    tls_blob_free(c->env, &chain);
    return err;
}

size_t tls_cred_anchors(const struct tls_cred *c)
{
    return c->nanchors;
}

bool tls_cred_has_own(const struct tls_cred *c)
{
    return c->own;
}

/* mbedTLS takes them without const and does not write to them. */
struct mbedtls_x509_crt *tls_cred_mbed_anchors(const struct tls_cred *c)
{
    /* Empty, where a pin or the app's verifier decides: nothing matches. */
    return tls_cred_usable(c)
               ? (struct mbedtls_x509_crt *)(uintptr_t)&c->anchors
               : NULL;
}

struct mbedtls_x509_crl *tls_cred_mbed_crl(const struct tls_cred *c)
{
    return c->crls ? (struct mbedtls_x509_crl *)(uintptr_t)&c->crl : NULL;
}

struct mbedtls_x509_crt *tls_cred_mbed_chain(const struct tls_cred *c)
{
    return c->own ? (struct mbedtls_x509_crt *)(uintptr_t)&c->chain : NULL;
}

struct mbedtls_pk_context *tls_cred_mbed_key(const struct tls_cred *c)
{
    return c->own ? (struct mbedtls_pk_context *)(uintptr_t)&c->key : NULL;
}
