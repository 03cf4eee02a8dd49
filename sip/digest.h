/* SPDX-License-Identifier: Apache-2.0 */
/* Digest authentication: answering challenges, and checking answers. */
#ifndef SIP_DIGEST_H
#define SIP_DIGEST_H

#include "sip/auth.h"
#include "sip/base/env.h"
#include "sip/base/out.h"
#include "sip/base/secret.h"

/* What the level allows beyond SHA-256 with qop=auth. */
enum sip_digest_flags {
    SIP_DIGEST_ALLOW_MD5 = 1,
    SIP_DIGEST_ALLOW_NO_QOP = 2
};

/* What was made of a 401 or 407. */
enum sip_digest_result {
    SIP_DIGEST_OK,             /* answer it */
    SIP_DIGEST_ASK,            /* usable, but there is no HA1 for it: set a
                                  password or HA1 for d->realm, d->md and
                                  the answer can be written */
    SIP_DIGEST_NO_ALGORITHM,   /* nothing that the level allows */
    SIP_DIGEST_FOREIGN_REALM,  /* not the account's realm */
    SIP_DIGEST_MALFORMED,      /* no digest challenge that can be read */
    SIP_DIGEST_WRONG_PASSWORD, /* the answer was refused, and not as stale */
    SIP_DIGEST_NO_MEMORY
};

enum {
    SIP_DIGEST_TEXT_MAX = 1024 /* longest realm, nonce, opaque we keep */
};

/*
 * The credentials for one user in one realm, and the nonce that is in use,
 * so that they can be sent in advance while it lives. One thread.
 */
struct sip_digest {
    const struct env *env;
    unsigned flags;
    bool proxy;         /* Proxy-Authorization */
    struct slice user;  /* owned */
    struct slice realm; /* owned; empty: the first challenge sets it */
    bool has_realm;
    bool has_ha1[ENV_MD_COUNT];
    uint8_t ha1[ENV_MD_COUNT][ENV_MD_MAX]; /* as bytes; secret */
    /* The challenge in use; live is false when there is none. */
    bool live;
    bool sess;
    unsigned qop; /* SIP_QOP_AUTH or _AUTH_INT; 0: RFC 2069 style */
    bool has_opaque;
    enum sip_digest_alg alg;
    enum env_md md;
    struct slice nonce;  /* owned */
    struct slice opaque; /* owned */
    uint32_t nc;         /* last one used with this nonce */
    char cnonce[33];     /* of the session, for -sess; else of the last */
    bool weak_md5;       /* the challenge in use is MD5: to be reported */
    bool weak_no_qop;    /* it has no qop: to be reported */
};

void sip_digest_init(struct sip_digest *d, const struct env *env,
                     unsigned flags);

/* Wipes and frees. */
void sip_digest_free(struct sip_digest *d);

/* The user, and the realm that the account is in (empty: pinned to that of
 * the first challenge). Forgets HA1s and nonce. E_NOMEM, E_INVAL. */
int sip_digest_set_user(struct sip_digest *d, struct slice user,
                        struct slice realm);

/* HA1s for all algorithms from the password; needs the realm to be known
 * (E_STATE). The password is not kept. */
int sip_digest_set_password(struct sip_digest *d, struct slice password);

/* A HA1 as hex digits in any case: 32 for MD5, 64 for SHA-256. E_INVAL. */
int sip_digest_set_ha1(struct sip_digest *d, enum env_md md, struct slice hex);

/*
 * Chooses the topmost challenge of the list that the level allows
 * (RFC 8760 2.4) among those for our realm. again: the request that was
 * challenged answered a challenge of the same exchange already; then one
 * without stale=true means that the password is wrong.
 */
enum sip_digest_result sip_digest_challenge(struct sip_digest *d,
                                            const struct sip_challenge *list,
                                            bool again);

/* True if a request can carry credentials now. */
bool sip_digest_ready(const struct sip_digest *d);

/*
 * Writes one Authorization or Proxy-Authorization header field with the
 * next nonce count and a fresh cnonce. uri is the Request-URI as written,
 * body what follows the header fields: it is vouched for where the server
 * asks for that alone (auth-int, RFC 7616 3.4.3).
 * E_STATE if not ready, E_RANDOM, E_CRYPTO, or o's error.
 */
int sip_digest_write(struct sip_digest *d, struct out *o, struct slice method,
                     struct slice uri, struct slice body);

/*
 * Authentication-Info of a 2xx. nextnonce is taken only if rspauth proves
 * that the server knows the HA1 (RFC 7616 3.5). uri as in the request, body
 * that of the response.
 * 0; E_CRYPTO if rspauth is there and wrong.
 */
int sip_digest_info(struct sip_digest *d, const struct sip_auth_info *info,
                    struct slice uri, struct slice body);

/* Forgets the nonce, keeps user and HA1s. */
void sip_digest_forget(struct sip_digest *d);

/* A HA1 that is set, in lower-case hex. */
void sip_digest_own_ha1(const struct sip_digest *d, enum env_md md,
                        struct secret *hex);

/* The HA1s are wiped: there is no password then. */
void sip_digest_forget_password(struct sip_digest *d);

/* H(user:realm:password) as lower-case hex. E_CRYPTO. */
int sip_digest_ha1(const struct env *env, enum env_md md,
                   const struct slice user_realm_password[3],
                   struct secret *ha1);

/*
 * The server's side: does cred prove knowledge of ha1 (lower-case hex) for
 * this method and body? Nonce, nc, realm and uri are the caller's to judge. 0;
 * E_CRYPTO if the response is wrong; E_UNSUPPORTED; E_SYNTAX.
 */
int sip_digest_verify(const struct env *env,
                      const struct sip_credentials *cred, struct slice method,
                      struct slice body, const struct secret *ha1);

#endif
