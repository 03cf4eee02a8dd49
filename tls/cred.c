/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials: PEM from files or memory into mbedTLS's structures. */
#include "tls/cred.h"

#include <errno.h>
#include <mbedtls/pem.h>
#include <mbedtls/pk.h>
#include <mbedtls/psa_util.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <string.h>

#include "sip/base/err.h"
#include "sip/base/secret.h"

struct tls_cred {
    const struct env *env;
    mbedtls_x509_crt anchors;
    size_t nanchors;
    mbedtls_x509_crt chain;
    mbedtls_pk_context key;
    bool own;
};

int tls_cred_new(struct tls_cred **cred, const struct env *env)
{
    struct tls_cred *c = env_alloc(env, sizeof(*c));

    if (!c)
        return E_NOMEM;
    c->env = env;
    mbedtls_x509_crt_init(&c->anchors);
    mbedtls_x509_crt_init(&c->chain);
    mbedtls_pk_init(&c->key);
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
    env_free(c->env, c);
}

/* ------------------------------------------------------------- errors */

/* "<where>: <what>" as config_trust; gives err back. */
static int fault(struct cause *why, int err, struct slice where,
                 const char *what)
{
    char text[256];
    struct out o = out_of(text, sizeof(text));

    if (!why)
        return err;
    if (err == E_NOMEM) {
        cause_set(why, CAUSE_out_of_memory);
        return err;
    }
    if (where.n > 160)
        where.n = 160;
    out_put(&o, where);
    out_lit(&o, ": ");
    out_put(&o, slice_cstr(what));
    cause_set_facts(why, CAUSE_config_trust, out_slice(&o));
    return err;
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

static const char *errno_text(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return "there is no such file";
    case EACCES:
    case EPERM:
        return "permission to read it is denied";
    case EISDIR:
        return "it is a directory";
    case ENOMEM:
        return "memory ran out";
    case EMFILE:
    case ENFILE:
        return "too many files are open";
    default:
        return "it cannot be read";
    }
}

/* -------------------------------------------------------------- files */

struct blob {
    char *p; /* NUL-terminated */
    size_t n;
    size_t cap;
};

static void blob_free(const struct env *env, struct blob *b)
{
    if (b->p)
        secret_wipe(b->p, b->cap);
    env_free(env, b->p);
    *b = (struct blob){0};
}

static int blob_grow(const struct env *env, struct blob *b)
{
    struct blob more = {NULL, b->n, b->cap ? 2 * b->cap : 16384};

    if (b->n >= TLS_CRED_FILE_MAX)
        return E_TOOBIG;
    more.p = env_alloc(env, more.cap);
    if (!more.p)
        return E_NOMEM;
    if (b->n)
        memcpy(more.p, b->p, b->n);
    blob_free(env, b);
    *b = more;
    return 0;
}

/* Reads all of it; one byte is kept for the NUL. */
static int blob_fill(const struct env *env, struct blob *b, FILE *f)
{
    for (;;) {
        if (b->n + 1 >= b->cap) {
            int err = blob_grow(env, b);

            if (err)
                return err;
        }
        size_t got = fread(b->p + b->n, 1, b->cap - b->n - 1, f);

        b->n += got;
        if (got == 0)
            return ferror(f) ? E_SYS : 0;
    }
}

/* The file's bytes; on error *why says which file and why. */
static int blob_read(const struct env *env, struct blob *b, struct slice path,
                     struct cause *why)
{
    struct slice name;
    int err = env_copy(env, &name, path);

    if (err)
        return fault(why, err, path, "");
    errno = 0;
    FILE *f = path.n && slice_find(path, '\0') == path.n ? fopen(name.p, "rb")
                                                         : NULL;
    int number = errno;

    env_free(env, (void *)(uintptr_t)name.p);
    if (!f)
        return fault(why, number == ENOMEM ? E_NOMEM : E_CERT, path,
                     errno_text(number));
    (void)setvbuf(f, NULL, _IONBF, 0); /* no copy of a key stays in stdio */
    err = blob_fill(env, b, f);
    number = errno;
    (void)fclose(f);
    if (!err && b->n == 0)
        return fault(why, E_CERT, path, "the file is empty");
    if (err == E_TOOBIG)
        return fault(why, E_CERT, path, "the file is too large");
    if (err)
        return fault(why, err == E_SYS ? E_CERT : err, path,
                     errno_text(number));
    b->p[b->n] = '\0';
    return 0;
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
static int add_chain(mbedtls_x509_crt *to, const struct blob *pem, bool lax,
                     const char **what)
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

static int add_blob(struct tls_cred *c, const struct blob *pem, bool lax,
                    struct slice where, struct cause *why)
{
    const char *what = NULL;
    int err = add_chain(&c->anchors, pem, lax, &what);

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
    return fault(why, err, where, what ? what : "no certificate");
}

int tls_cred_add_file(struct tls_cred *c, struct slice path, struct cause *why)
{
    struct blob b = {0};
    int err = blob_read(c->env, &b, path, why);

    if (!err)
        err = add_blob(c, &b, false, path, why);
    blob_free(c->env, &b);
    return err;
}

/* Debian and Alpine, Fedora, SUSE, macOS and FreeBSD. */
static const struct slice system_bundle[] = {
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
        struct blob b = {0};
        int err = blob_read(c->env, &b, system_bundle[i], why);

        if (!err)
            err = add_blob(c, &b, true, system_bundle[i], why);
        blob_free(c->env, &b);
        if (!err || err == E_NOMEM)
            return err;
    }
    return fault(why, E_CERT, S("system"),
                 "no bundle of CA certificates is installed");
}

static int blob_copy(const struct env *env, struct blob *b, struct slice s)
{
    struct slice copy;
    int err = s.n > TLS_CRED_FILE_MAX ? E_CERT : env_copy(env, &copy, s);

    if (err)
        return err;
    *b = (struct blob){(char *)(uintptr_t)copy.p, copy.n, copy.n + 1};
    return 0;
}

int tls_cred_add_pem(struct tls_cred *c, struct slice pem, struct cause *why)
{
    struct blob b = {0};
    int err = blob_copy(c->env, &b, pem);

    if (err)
        return fault(why, err, S("the PEM text"), "it is too large");
    err = add_blob(c, &b, false, S("the PEM text"), why);
    blob_free(c->env, &b);
    return err;
}

/* ----------------------------------------------------- own certificate */

static int parse_key(mbedtls_pk_context *key, const struct blob *b)
{
    bool text = strstr(b->p, "-----BEGIN") != NULL;
    int ret = mbedtls_pk_parse_key(
        key, (const unsigned char *)b->p, b->n + (text ? 1 : 0), NULL, 0,
        mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);

    return ret == 0 ? 0 : tls_cred_mbed_nomem(ret) ? E_NOMEM : E_CERT;
}

static int own_blobs(struct tls_cred *c, const struct blob *chain,
                     const struct blob *key, struct slice where,
                     struct cause *why)
{
    const char *what = NULL;
    int err = add_chain(&c->chain, chain, false, &what);

    if (!err) {
        what = "the private key cannot be read (is it encrypted?)";
        err = parse_key(&c->key, key);
    }
    if (!err &&
        mbedtls_pk_check_pair(&c->chain.pk, &c->key, mbedtls_psa_get_random,
                              MBEDTLS_PSA_RANDOM_STATE)) {
        what = "the private key is not the certificate's";
        err = E_CERT;
    }
    if (!err) {
        c->own = true;
        return 0;
    }
    mbedtls_x509_crt_free(&c->chain);
    mbedtls_pk_free(&c->key);
    mbedtls_x509_crt_init(&c->chain);
    mbedtls_pk_init(&c->key);
    return fault(why, err, where, what ? what : "no certificate");
}

int tls_cred_own_files(struct tls_cred *c, struct slice chain_path,
                       struct slice key_path, struct cause *why)
{
    struct blob chain = {0}, key = {0};
    int err = c->own ? E_STATE : 0;

    if (!err)
        err = blob_read(c->env, &chain, chain_path, why);
    if (!err)
        err = blob_read(c->env, &key, key_path, why);
    if (!err)
        err = own_blobs(c, &chain, &key, chain_path, why);
    blob_free(c->env, &chain);
    blob_free(c->env, &key);
    return err;
}

int tls_cred_own_pem(struct tls_cred *c, struct slice chain_pem,
                     struct slice key_pem, struct cause *why)
{
    struct blob chain = {0}, key = {0};
    int err = c->own ? E_STATE : 0;

    if (!err)
        err = blob_copy(c->env, &chain, chain_pem);
    if (!err)
        err = blob_copy(c->env, &key, key_pem);
    if (err)
        err = fault(why, err, S("the PEM text"), "it is too large");
    else
        err = own_blobs(c, &chain, &key, S("the PEM text"), why);
    blob_free(c->env, &chain);
    blob_free(c->env, &key);
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
    return c->nanchors ? (struct mbedtls_x509_crt *)(uintptr_t)&c->anchors
                       : NULL;
}

struct mbedtls_x509_crt *tls_cred_mbed_chain(const struct tls_cred *c)
{
    return c->own ? (struct mbedtls_x509_crt *)(uintptr_t)&c->chain : NULL;
}

struct mbedtls_pk_context *tls_cred_mbed_key(const struct tls_cred *c)
{
    return c->own ? (struct mbedtls_pk_context *)(uintptr_t)&c->key : NULL;
}
