/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions to resume: kept per identity and trust, each used once. */
#ifndef TLS_RESUME_H
#define TLS_RESUME_H

#include "tls/engine.h"

enum {
    TLS_SESSION_KEY = 32,
    TLS_SESSION_MAX = 8192,  /* bytes of one */
    TLS_SESSION_DAYS = 7,    /* since the chain was last verified */
    TLS_SESSIONS_EACH = 2,   /* kept of one key: the newest */
    TLS_SESSIONS_MAX = 4096, /* kept in all; the oldest go first */
    TLS_SEAL_KEY = 32        /* of the app, for an export */
};

/*
 * What stands beside a session: mbedTLS checks none of it when it resumes
 * (RFC 8446 2.2 has no certificate then), so it is checked here.
 */
struct tls_saved {
    int64_t verified_ms; /* when the chain was verified; 0: just now */
    int64_t life_ms;     /* of the ticket, as the server says */
    struct tls_facts facts;
    struct slice session; /* mbedTLS's; has secrets */
};

/* One per loop and thread. The key is a digest of identity, name, level,
 * names rule and the fingerprint of all that is trusted. */
struct tls_resume;

/* wall: ms since 1970, UTC. env is borrowed. E_NOMEM. */
int tls_resume_new(struct tls_resume **r, const struct env *env,
                   int64_t (*wall)(void *user), void *user);
void tls_resume_free(struct tls_resume *r); /* NULL is fine; wipes */

/* Keeps it until min(the ticket's life, notAfter, seven days since the chain
 * was verified). Nothing is kept when memory runs out. */
void tls_resume_put(struct tls_resume *r, const uint8_t key[TLS_SESSION_KEY],
                    const struct tls_saved *saved);
/*
 * Takes the newest one out: it is used once (RFC 8446 C.4). *bytes is what
 * saved->session points into; it ends with drop, or with give_back. False:
 * there is none, or it is too old.
 */
bool tls_resume_take(struct tls_resume *r, const uint8_t key[TLS_SESSION_KEY],
                     struct tls_saved *saved, struct slice *bytes);
/* Wiped and freed. Nothing taken is fine, in both. */
void tls_resume_drop(struct tls_resume *r, struct slice *bytes);
/* It was taken and nobody saw it: it can be used, for what is left of its
 * life. Where there are newer ones enough it is dropped. */
void tls_resume_give_back(struct tls_resume *r, struct slice *bytes);
size_t tls_resume_count(const struct tls_resume *r);

/*
 * All of them, sealed with the app's key (AES-256-GCM); for an app that may
 * be killed. out is owned by the caller (env_free). E_NOMEM, E_CRYPTO.
 */
int tls_resume_export(struct tls_resume *r, const uint8_t key[TLS_SEAL_KEY],
                      struct slice *out);
/* Adds them. E_CRYPTO: another key, or altered; nothing is added then. */
int tls_resume_import(struct tls_resume *r, const uint8_t key[TLS_SEAL_KEY],
                      struct slice sealed);

#endif
