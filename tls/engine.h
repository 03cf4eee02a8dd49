/* SPDX-License-Identifier: Apache-2.0 */
/* The TLS engine: four ports and no I/O; verifies before it lets through. */
#ifndef TLS_ENGINE_H
#define TLS_ENGINE_H

#include "sip/base/cause.h"
#include "sip/base/env.h"
#include "tls/cred.h"
#include "tls/policy.h"

enum {
    TLS_ENGINE_PLAIN_MAX = 4096,    /* bytes of decrypted data held */
    TLS_ENGINE_OUT_MAX = 256 << 10, /* bytes of encrypted data held */
    TLS_ENGINE_IDLE_MAX = 256 << 10 /* bytes in a row without plaintext */
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
    unsigned chain;    /* certificates in the verified path, anchor included */
    unsigned sent;     /* certificates that the peer sent */
    unsigned extra;    /* of them for nothing (RFC 8446 4.4.2: tolerated) */
    bool disorder;     /* not in order (tolerated as far as a path is found) */
    bool sip_usage;    /* its usage is id-kp-sipDomain (RFC 5924) */
    bool pins_expired; /* the account's pins count no more */
    int pin;           /* which of them the path has, from 0; -1: none */
    uint8_t spki[TLS_PIN_SIZE];   /* digest of the peer's key */
    uint8_t pinned[TLS_PIN_SIZE]; /* of the key that is pinned */
    bool resumed; /* of an earlier connection: all of this is from there */
};

/* Sees each chain that a peer shows, good or bad, before it is judged. */
struct tls_watch {
    void (*chain)(void *user, const struct tls_chain *chain);
    void *user;
};

/*
 * The secrets of a connection as lines of the NSS key log, for whoever has to
 * read a capture. Only who is given this gets them: no variable, no option of
 * a build turns it on.
 */
struct tls_keylog {
    void (*line)(void *user, struct slice line);
    void *user;
};

struct tls_resume;

/* What an engine may be given before its first flight; all may be zero. */
struct tls_engine_kit {
    struct tls_resume *sessions; /* to resume from, and to keep */
    bool fresh;                  /* only to keep: a full handshake */
    int64_t wall_ms;             /* for words about dates */
    struct tls_watch watch;
    struct tls_keylog keylog;
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

/* Of a client, before it starts. Members outlive the engine. */
void tls_engine_equip(struct tls_engine *e, const struct tls_engine_kit *kit);

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
 * FAILED with tls_reset in the handshake and connect_reset after it. */
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

/* A session was offered, so a failure before UP that is none of the
 * certificate's may be the session's: dial once more. */
bool tls_engine_offered(const struct tls_engine *e);
/* Drops the sessions that it could be offered next. */
void tls_engine_forget(struct tls_engine *e);
/* Anything came from the peer at all. */
bool tls_engine_heard(const struct tls_engine *e);
/* A session ticket came: the server has taken our certificate, if any. */
bool tls_engine_ticketed(const struct tls_engine *e);

/* NULL until UP. Valid as long as the engine. */
const struct tls_facts *tls_engine_facts(const struct tls_engine *e);
/* code CAUSE_none unless FAILED or CLOSED by the peer. */
const struct cause *tls_engine_cause(const struct tls_engine *e);
/* Application bytes that went into plain_in. */
uint64_t tls_engine_plain_count(const struct tls_engine *e);

#endif
