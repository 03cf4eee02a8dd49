/* SPDX-License-Identifier: Apache-2.0 */
/* Mints throw-away CAs and certificates, good and bad, for demo and tests. */
#ifndef TOOLS_MINT_H
#define TOOLS_MINT_H

#include "sip/base/env.h"
#include "sip/base/out.h"
#include "tls/name.h"

enum { MINT_PEM_MAX = 8192, MINT_SANS_MAX = 64 };

enum mint_key { MINT_P256, MINT_P384, MINT_RSA2048, MINT_RSA1024 };
enum mint_md { MINT_SHA256, MINT_SHA384, MINT_SHA1 };
enum mint_usage { MINT_SERVER, MINT_CLIENT, MINT_ANY, MINT_SIP };

struct mint_cert;

/* A subjectAltName value: URI, DNS text; IP as text; bytes as they are. */
struct mint_san {
    enum tls_name_kind kind;
    struct slice value;
};

/* What to mint. Zero-initialised: P-256, SHA-256, for servers, no CA. */
struct mint_ask {
    struct slice cn;  /* may be empty; may hold any byte */
    struct slice org; /* may be empty; printable ASCII without ",=+" */
    const struct mint_san *san;
    size_t nsan;
    int64_t from, to; /* seconds since 1970, UTC */
    bool ca;
    enum mint_key key;
    enum mint_md md; /* of the signature */
    enum mint_usage usage;
    bool aia;                       /* caIssuers, as public CAs write it */
    const struct mint_cert *issuer; /* NULL: self-signed */
};

/* tls_crypto_init first. E_INVAL, E_NOMEM, E_CRYPTO. */
int mint_new(struct mint_cert **cert, const struct env *env,
             const struct mint_ask *ask);
void mint_free(struct mint_cert *cert); /* NULL is fine; wipes the key */

/* PEM; NUL-terminated after n; lives as long as the certificate. */
struct slice mint_pem(const struct mint_cert *cert);
struct slice mint_key_pem(const struct mint_cert *cert);

/* The certificates one after the other into o, leaf first. */
void mint_put_chain(struct out *o, const struct mint_cert *const *cert,
                    size_t n);

/* A revocation list (RFC 5280 5); all certificates have keys on P-256. */
struct mint_list {
    const struct mint_cert *issuer;
    const struct mint_cert *signer;  /* NULL: the issuer; else a forgery */
    const struct mint_cert *revoked; /* NULL: nobody */
    int64_t from, to;                /* seconds since 1970 */
};

/* As PEM, not NUL-terminated. One thread. E_CERT, E_CRYPTO, E_TOOBIG. */
int mint_put_list(struct out *o, const struct mint_list *ask);

#endif
