/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions to resume: a short list, newest first, wiped as it goes. */
#include "tls/resume.h"

#include <string.h>

#include "sip/base/err.h"
#include "sip/base/secret.h"
#include "tls/crypto.h"
#include "tls/resume_pack.h"

#define DAY_MS ((int64_t)86400000)

struct entry {
    struct entry *next;
    uint8_t key[TLS_SESSION_KEY];
    int64_t until_ms;
    size_t n;
    char bytes[];
};

struct tls_resume {
    const struct env *env;
    int64_t (*wall)(void *user);
    void *user;
    struct entry *newest;
    size_t count;
};

int tls_resume_new(struct tls_resume **out, const struct env *env,
                   int64_t (*wall)(void *user), void *user)
{
    struct tls_resume *r = env_alloc(env, sizeof(*r));

    if (!r)
        return E_NOMEM;
    r->env = env;
    r->wall = wall;
    r->user = user;
    *out = r;
    return 0;
}

static void drop(const struct tls_resume *r, struct entry *e)
{
    secret_wipe(e, sizeof(*e) + e->n);
    env_free(r->env, e);
}

void tls_resume_free(struct tls_resume *r)
{
    if (!r)
        return;
    while (r->newest) {
        struct entry *e = r->newest;

        r->newest = e->next;
        drop(r, e);
    }
    env_free(r->env, r);
}

size_t tls_resume_count(const struct tls_resume *r)
{
    return r->count;
}

/* Keeps at most each of the key, max in all, and what has not ended. */
static void settle(struct tls_resume *r, const uint8_t *key)
{
    int64_t now = r->wall(r->user);
    size_t same = 0, all = 0;
    struct entry **at = &r->newest;

    while (*at) {
        struct entry *e = *at;
        bool mine = memcmp(e->key, key, TLS_SESSION_KEY) == 0;

        if (e->until_ms <= now || (mine && same == TLS_SESSIONS_EACH) ||
            all == TLS_SESSIONS_MAX) {
            *at = e->next;
            r->count--;
            drop(r, e);
            continue;
        }
        same += mine ? 1 : 0;
        all++;
        at = &e->next;
    }
}

static void insert(struct tls_resume *r, const uint8_t *key, int64_t until_ms,
                   struct slice bytes)
{
    struct entry *e = env_alloc(r->env, sizeof(*e) + bytes.n);

    if (!e)
        return;
    memcpy(e->key, key, TLS_SESSION_KEY);
    memcpy(e->bytes, bytes.p, bytes.n);
    e->until_ms = until_ms;
    e->n = bytes.n;
    e->next = r->newest;
    r->newest = e;
    r->count++;
    settle(r, key);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void tls_resume_put(struct tls_resume *r, const uint8_t key[TLS_SESSION_KEY],
                    const struct tls_saved *saved)
{
    struct tls_saved s = *saved;
    int64_t now = r->wall(r->user), until;
    char *p;

    if (s.verified_ms == 0)
        s.verified_ms = now;
    until = least(now + s.life_ms, s.facts.not_after_ms);
    until = least(until, s.verified_ms + TLS_SESSION_DAYS * DAY_MS);
    if (until <= now || s.session.n > TLS_SESSION_MAX)
        return;
    p = env_alloc(r->env, TLS_PACK_MAX);
    if (!p)
        return;
    struct out o = out_of(p, TLS_PACK_MAX);

    if (tls_pack(&o, &s))
        insert(r, key, until, out_slice(&o));
    secret_wipe(p, TLS_PACK_MAX);
    env_free(r->env, p);
}

bool tls_resume_take(struct tls_resume *r, const uint8_t key[TLS_SESSION_KEY],
                     struct tls_saved *saved, struct slice *bytes)
{
    struct entry **at = &r->newest, *e;
    int64_t now = r->wall(r->user);

    while (*at && memcmp((*at)->key, key, TLS_SESSION_KEY) != 0)
        at = &(*at)->next;
    e = *at;
    *bytes = slice_of(NULL, 0);
    if (!e)
        return false;
    *at = e->next;
    r->count--;
    /* A clock that was set back must not lengthen a life. */
    if (!tls_unpack(saved, slice_of(e->bytes, e->n)) || e->until_ms <= now ||
        saved->verified_ms > now + DAY_MS) {
        drop(r, e);
        return false;
    }
    *bytes = slice_of(e->bytes, e->n);
    return true;
}

/* Whose bytes were taken; they are none any more. */
static struct entry *entry_of(struct slice *bytes)
{
    char *p = (char *)(uintptr_t)bytes->p;

    *bytes = slice_of(NULL, 0);
    return p ? (struct entry *)(void *)(p - offsetof(struct entry, bytes))
             : NULL;
}

void tls_resume_drop(struct tls_resume *r, struct slice *bytes)
{
    struct entry *e = entry_of(bytes);

    if (e)
        drop(r, e);
}

void tls_resume_give_back(struct tls_resume *r, struct slice *bytes)
{
    struct entry *e = entry_of(bytes), **at = &r->newest;

    if (!e)
        return;
    while (*at && (*at)->until_ms > e->until_ms) /* those are newer */
        at = &(*at)->next;
    e->next = *at;
    *at = e;
    r->count++;
    settle(r, e->key);
}

/* -------------------------------------------------------------- export */

static const char sealed_as[] = "siplock sessions 1";

static size_t packed_size(const struct tls_resume *r)
{
    size_t n = 0;

    for (const struct entry *e = r->newest; e; e = e->next)
        n += TLS_SESSION_KEY + 16 + e->n;
    return n;
}

static void pack_all(const struct tls_resume *r, struct out *o)
{
    for (const struct entry *e = r->newest; e; e = e->next) {
        out_put(o, slice_of(e->key, TLS_SESSION_KEY));
        tls_pack_u64(o, (uint64_t)e->until_ms);
        tls_pack_u64(o, e->n);
        out_put(o, slice_of(e->bytes, e->n));
    }
}

int tls_resume_export(struct tls_resume *r, const uint8_t key[TLS_SEAL_KEY],
                      struct slice *out)
{
    size_t n = packed_size(r);
    char *plain = env_alloc(r->env, n);
    char *sealed = env_alloc(r->env, n + TLS_CRYPTO_SEAL_EXTRA);
    struct out o = out_of(plain, n);
    int err = plain && sealed ? 0 : E_NOMEM;

    if (!err) {
        pack_all(r, &o);
        err =
            tls_crypto_seal(sealed, key, slice_cstr(sealed_as), out_slice(&o));
    }
    if (plain)
        secret_wipe(plain, n);
    env_free(r->env, plain);
    if (err)
        env_free(r->env, sealed);
    else
        *out = slice_of(sealed, n + TLS_CRYPTO_SEAL_EXTRA);
    return err;
}

static bool next_entry(struct slice *s, struct slice *key, int64_t *until,
                       struct slice *bytes)
{
    uint64_t at, n;

    if (s->n < TLS_SESSION_KEY)
        return false;
    *key = slice_of(s->p, TLS_SESSION_KEY);
    *s = slice_skip(*s, TLS_SESSION_KEY);
    if (!tls_unpack_u64(&at, s) || !tls_unpack_u64(&n, s) || n > s->n ||
        n > TLS_PACK_MAX)
        return false;
    *until = (int64_t)at;
    *bytes = slice_of(s->p, (size_t)n);
    *s = slice_skip(*s, (size_t)n);
    return true;
}

/* Behind those that are there: they are newer. */
static void append(struct tls_resume *r, struct slice key, int64_t until,
                   struct slice bytes)
{
    struct entry **at = &r->newest;

    while (*at)
        at = &(*at)->next;
    struct entry *e = env_alloc(r->env, sizeof(*e) + bytes.n);

    if (!e)
        return;
    memcpy(e->key, key.p, TLS_SESSION_KEY);
    memcpy(e->bytes, bytes.p, bytes.n);
    e->until_ms = until;
    e->n = bytes.n;
    *at = e;
    r->count++;
}

int tls_resume_import(struct tls_resume *r, const uint8_t key[TLS_SEAL_KEY],
                      struct slice sealed)
{
    struct slice s, of, bytes;
    char *plain;
    int64_t until;
    size_t n;

    if (sealed.n < TLS_CRYPTO_SEAL_EXTRA)
        return E_CRYPTO;
    n = sealed.n - TLS_CRYPTO_SEAL_EXTRA;
    plain = env_alloc(r->env, n);
    if (!plain)
        return E_NOMEM;
    int err = tls_crypto_open(plain, key, slice_cstr(sealed_as), sealed);

    s = slice_of(plain, n);
    while (!err && r->count < TLS_SESSIONS_MAX &&
           next_entry(&s, &of, &until, &bytes)) {
        append(r, of, until, bytes);
        settle(r, (const uint8_t *)of.p);
    }
    secret_wipe(plain, n);
    env_free(r->env, plain);
    return err;
}
