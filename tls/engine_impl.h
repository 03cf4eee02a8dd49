/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of tls/engine share and nobody else may see. */
#ifndef TLS_ENGINE_IMPL_H
#define TLS_ENGINE_IMPL_H

#include <mbedtls/ssl.h>

#include "tls/cred.h"
#include "tls/engine.h"
#include "tls/engine_verify.h"
#include "tls/hello.h"
#include "tls/resume.h"

/* Where mbedTLS's pointers are in one of its record buffers. */
struct tls_engine_places {
    uint8_t ctr, hdr, len, iv, msg;
};

struct tls_engine {
    const struct env *env;
    const struct policy *policy;
    const struct policy_peer *peer; /* client; NULL: we are the server */
    enum policy_level level;
    enum tls_engine_state state;
    bool started;
    mbedtls_ssl_config conf;
    mbedtls_ssl_context ssl;
    struct tls_hello hello;
    struct tls_verify verify;
    struct tls_facts facts;
    struct cause cause;
    struct tls_engine_kit kit;
    uint8_t session_key[TLS_SESSION_KEY];
    struct tls_saved *offered; /* beside the session; until we are up */
    struct slice taken;  /* out of the cache, until our first flight is out */
    int offered_version; /* mbedTLS's number of it */
    int64_t verified_ms; /* of the session that went on */
    bool offering;       /* it was */
    uint8_t ticket[TLS_PIN_SIZE]; /* digest of its ticket */
    bool tickets;                 /* one came */
    size_t idle;                  /* bytes in since there was plaintext */
    bool resting;                 /* its record buffers are given back */
    unsigned char in_ctr[8]; /* while it rests: number of the next record */
    struct tls_engine_places in_at, out_at;
    struct slice in; /* borrowed while cipher_in runs */
    char *out;
    size_t out_n, out_cap;
    uint64_t plain_count;
    uint16_t plain_at, plain_n;
    uint8_t *plain; /* PLAIN_MAX bytes while there is any, else NULL */
};

/* Final; the first cause stays. */
void tls_engine_fail(struct tls_engine *e, enum cause_code code,
                     struct slice facts);
/* What mbedTLS's error means to a person. */
void tls_engine_fail_ret(struct tls_engine *e, int ret);
void tls_engine_fail_no_tls(struct tls_engine *e, struct slice bytes);
/* Decrypted bytes that nobody took. */
void tls_engine_wipe_plain(struct tls_engine *e);

/* Buffers; mbedTLS's callbacks, user is the engine. */
int tls_engine_reserve(struct tls_engine *e, size_t n);
int tls_engine_bio_send(void *user, const unsigned char *p, size_t n);
int tls_engine_bio_recv(void *user, unsigned char *p, size_t n);

/* tls/engine_session.c: before the first flight; it is on its way, or never
 * will be; a ticket came. */
void tls_engine_offer(struct tls_engine *e);
void tls_engine_offer_sent(struct tls_engine *e, bool sent);
void tls_engine_keep(struct tls_engine *e);
/* The handshake went on from the session that was offered. */
bool tls_engine_went_on(const struct tls_engine *e);
/* tls/engine_idle.c: before and after anything that may touch mbedTLS's
 * record buffers of a connection that is up. E_NOMEM. */
int tls_engine_wake(struct tls_engine *e);
void tls_engine_rest(struct tls_engine *e);
/* tls/engine_keylog.c */
void tls_engine_keys_to(struct tls_engine *e);

#endif
