/* SPDX-License-Identifier: Apache-2.0 */
/* The world as the core sees it: memory, randomness, digests, log. */
#ifndef SIP_BASE_ENV_H
#define SIP_BASE_ENV_H

#include "sip/base/slice.h"

struct log;

/* Digest algorithms that sip/ needs; tls/crypto implements them over PSA. */
enum env_md { ENV_MD5, ENV_SHA256, ENV_SHA512_256, ENV_MD_COUNT };

enum { ENV_MD_MAX = 32 }; /* longest digest in bytes */

/* Three clocks, milliseconds each, read once where input enters. */
struct now {
    int64_t mono; /* monotonic; stops while the machine sleeps */
    int64_t boot; /* monotonic and counts sleep: expiry, nonce life */
    int64_t wall; /* since 1970-01-01T00:00Z; for people, never for timers */
};

/*
 * Given at birth and borrowed by everything; outlives what it is given to.
 * The members may be called from the thread that the owner runs on only.
 */
struct env {
    void *(*alloc)(void *user, size_t n); /* NULL when out of memory */
    void (*free)(void *user, void *p);    /* p may be NULL */
    /* Fills p with n random bytes from a CSPRNG; 0 or E_RANDOM. */
    int (*rand)(void *user, uint8_t *p, size_t n);
    /* Digest of the parts laid end to end; out holds env_md_size(md). */
    int (*md)(void *user, enum env_md md, const struct slice *parts,
              size_t nparts, uint8_t *out);
    struct log *log; /* may be NULL: no log */
    void *user;
};

/* Zeroed memory or NULL. n == 0 is treated as 1. */
void *env_alloc(const struct env *env, size_t n);
void env_free(const struct env *env, void *p);

/* Frees what env_copy made; *text is empty then. */
void env_drop(const struct env *env, struct slice *text);

/* Owned NUL-terminated copy (out->p freed with env_free), or E_NOMEM. */
int env_copy(const struct env *env, struct slice *out, struct slice from);

size_t env_md_size(enum env_md md);

/* n random bytes as 2n lower-case hex digits into text (no NUL). */
int env_rand_hex(const struct env *env, char *text, size_t n);

/* Uniform in [0, below); below > 0. 0 or E_RANDOM. */
int env_rand_below(const struct env *env, uint32_t *out, uint32_t below);

#endif
