/* SPDX-License-Identifier: Apache-2.0 */
/* Challenges and credentials as they are read (RFC 3261 20.7, 7616). */
#ifndef SIP_AUTH_H
#define SIP_AUTH_H

#include "sip/base/slice.h"

/* X(symbol, token): the algorithms that have a name in RFC 8760. */
#define SIP_DIGEST_MAP(X)          \
    X(MD5, "MD5")                  \
    X(MD5_SESS, "MD5-sess")        \
    X(SHA256, "SHA-256")           \
    X(SHA256_SESS, "SHA-256-sess") \
    X(SHA512_256, "SHA-512-256")   \
    X(SHA512_256_SESS, "SHA-512-256-sess")

/* NONE: the parameter is absent, which means MD5 (RFC 7616 3.3). */
enum sip_digest_alg {
    SIP_DIGEST_NONE,
#define X(symbol, token) SIP_DIGEST_##symbol,
    SIP_DIGEST_MAP(X)
#undef X
        SIP_DIGEST_UNKNOWN
};

enum sip_qop { SIP_QOP_AUTH = 1, SIP_QOP_AUTH_INT = 2, SIP_QOP_OTHER = 4 };

/* WWW-Authenticate or Proxy-Authenticate. Quoted values are unescaped. */
struct sip_challenge {
    struct sip_challenge *next; /* in the order of the message */
    bool proxy;
    bool digest; /* else only scheme and params are set */
    bool stale;
    enum sip_digest_alg alg;
    unsigned qop;        /* enum sip_qop bits; 0: the parameter is absent */
    struct slice scheme; /* "Digest" in any case, or another */
    struct slice realm;  /* has_realm: "" is a realm too */
    bool has_realm;
    bool has_nonce;
    bool has_opaque;
    struct slice nonce;
    struct slice opaque;
    struct slice domain;
    struct slice algorithm;
    struct slice params; /* after the scheme, as received */
};

/* Authorization or Proxy-Authorization. Quoted values are unescaped. */
struct sip_credentials {
    struct sip_credentials *next;
    bool proxy;
    bool digest;
    bool has_qop;
    enum sip_digest_alg alg;
    struct slice scheme;
    struct slice username;
    struct slice realm;
    struct slice nonce;
    struct slice uri;
    struct slice response;
    struct slice algorithm;
    struct slice cnonce;
    struct slice opaque;
    struct slice qop;
    struct slice nc; /* 8 hex digits as received, or empty */
    struct slice params;
};

/* Authentication-Info (RFC 7616 3.5). */
struct sip_auth_info {
    struct slice nextnonce;
    struct slice rspauth;
    struct slice cnonce;
    struct slice qop;
    struct slice nc;
};

#endif
