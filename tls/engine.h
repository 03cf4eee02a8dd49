/* SPDX-License-Identifier: Apache-2.0 */
/* The TLS engine: four ports and no I/O; verifies before it lets through. */
#ifndef TLS_ENGINE_H
#define TLS_ENGINE_H

#include "sip/base/cause.h"
#include "sip/base/env.h"
#include "tls/policy.h"

enum {
    TLS_ENGINE_PLAIN_MAX = 4096,   /* bytes of decrypted data held */
    TLS_ENGINE_OUT_MAX = 256 << 10 /* bytes of encrypted data held */
};

enum tls_engine_state {
    TLS_HANDSHAKING,
    TLS_UP,     /* peer verified; plaintext may pass */
    TLS_CLOSED, /* after close_notify, ours or theirs */
    TLS_FAILED  /* tls_engine_cause says why; final */
};

/* Who the peer is. Strings are NUL-terminated, printable, maybe cut. */
struct tls_facts {
    char version[8];             /* "TLSv1.3" */
    char suite[48];              /* mbedTLS's name of the cipher suite */
    char name[TLS_NAME_MAX + 1]; /* the name that was verified */
    enum tls_name_verdict match; /* how it matched */
    char subject[160];
    char issuer[160];
    char serial[64];
    int64_t not_before_ms; /* since 1970, UTC */
    int64_t not_after_ms;
    unsigned chain; /* certificates in the verified path, anchor included */
};

/*
 * A sans-IO TLS 1.3/1.2 connection (RFC 8446, 5246 with RFC 9325's
 * restrictions). One thread, no globals but PSA's. Fails closed: UP needs a
 * chain to an anchor, a verify result of 0, and the name rule of RFC 5922
 * run and matched; no plaintext passes in any other state.
 */
struct tls_engine;

/*
 * The client's ticket gives name, anchors and level. policy, ticket and the
 * anchors must outlive the engine (a ticket that goes stale during the
 * handshake fails it). E_POLICY: stale or foreign ticket. E_CERT: no anchors
 * (client), no own chain (server). E_NOMEM.
 */
int tls_engine_new_client(struct tls_engine **e, const struct env *env,
                          const struct policy *policy,
                          const struct policy_peer *ticket);
int tls_engine_new_server(struct tls_engine **e, const struct env *env,
                          const struct policy *policy,
                          const struct policy_self *ticket);
void tls_engine_free(struct tls_engine *e); /* NULL is fine; wipes */

/* Makes the first flight appear in cipher_out. Idempotent. */
void tls_engine_start(struct tls_engine *e);

enum tls_engine_state tls_engine_state(const struct tls_engine *e);

/*
 * Bytes from the network. Gives how many were used; fewer than n only while
 * decrypted data waits in plain_out (take it and call again with the rest)
 * or when the engine is CLOSED or FAILED.
 */
size_t tls_engine_cipher_in(struct tls_engine *e, struct slice bytes);
/* The network ended (FIN or reset). Final: CLOSED if it was already, else
 * FAILED with connect_reset. */
void tls_engine_cipher_eof(struct tls_engine *e);

/* Bytes for the network; valid until the next call. Alerts are there in
 * every state. */
struct slice tls_engine_cipher_out(const struct tls_engine *e);
void tls_engine_cipher_sent(struct tls_engine *e, size_t n);

/*
 * Encrypts all or nothing. E_STATE unless UP, E_FULL if OUT_MAX would be
 * passed, E_CLOSED if it fails now.
 */
int tls_engine_plain_in(struct tls_engine *e, struct slice bytes);
struct slice tls_engine_plain_out(const struct tls_engine *e);
void tls_engine_plain_taken(struct tls_engine *e, size_t n);

/* Sends close_notify if UP; no plaintext afterwards. */
void tls_engine_close(struct tls_engine *e);

/* NULL until UP. Valid as long as the engine. */
const struct tls_facts *tls_engine_facts(const struct tls_engine *e);
/* code CAUSE_none unless FAILED or CLOSED by the peer. */
const struct cause *tls_engine_cause(const struct tls_engine *e);
/* Application bytes that went into plain_in. */
uint64_t tls_engine_plain_count(const struct tls_engine *e);

#endif
