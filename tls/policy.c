/* SPDX-License-Identifier: Apache-2.0 */
/* The policy: mints tickets, finds out stale ones, refuses the rest. */
#include "tls/policy.h"

#include <string.h>

#include "sip/base/chain.h"
#include "sip/base/err.h"
#include "sip/base/idtab.h"

/* ------------------------------------------------------------ tickets */

/*
 * A ticket's value: the row's index + 1 in the low bits, above it salt +
 * count, odd or even as it falls. No row is ever at that address: the value
 * is compared with the row's own and never followed.
 */
#if UINTPTR_MAX > UINT32_MAX
#define INDEX_BITS 17
#else
#define INDEX_BITS 14
#endif
#define INDEX_MASK (((uintptr_t)1 << INDEX_BITS) - 1)

_Static_assert(POLICY_PEERS_MAX < INDEX_MASK, "an index fits its bits");
_Static_assert(POLICY_SELVES_MAX < INDEX_MASK, "an index fits its bits");
_Static_assert(POLICY_MEDIAS_MAX < INDEX_MASK, "an index fits its bits");

struct account {
    struct peer *peers; /* its tickets to dial with */
    struct tls_name name;
    enum policy_level level;
    enum tls_name_rule rule;
    const struct tls_cred *anchors;
    bool sips_required;
    bool resumable;
    uint8_t identity[POLICY_IDENTITY];
};

struct peer {
    uint64_t id;               /* in its table */
    struct peer *next, **prev; /* of its account */
    uintptr_t value;
    struct policy_peer_view view;
};

struct self {
    uintptr_t value; /* 0: free */
    struct policy_self_view view;
};

struct media {
    uint64_t id; /* in its table */
    uintptr_t value;
    struct secret tx, rx;
    struct policy_media_view view;
};

struct policy {
    const struct env *env;
    enum policy_level floor;
    uintptr_t salt;
    uintptr_t minted;
    struct idtab accounts;
    struct idtab peers; /* tables grow with what is in them */
    struct idtab medias;
    struct self self[POLICY_SELVES_MAX];
    uint64_t counted[POLICY_WHY_COUNT];
};

int policy_new(struct policy **out, const struct env *env,
               enum policy_level floor)
{
    if (!*policy_level_name(floor))
        return E_INVAL;
    struct policy *p = env_alloc(env, sizeof(*p));

    if (!p)
        return E_NOMEM;
    p->env = env;
    p->floor = floor;
    idtab_init(&p->accounts, env, POLICY_ACCOUNTS_MAX);
    idtab_init(&p->peers, env, POLICY_PEERS_MAX);
    idtab_init(&p->medias, env, POLICY_MEDIAS_MAX);
    int err = env->rand(env->user, (uint8_t *)&p->salt, sizeof(p->salt));

    if (err) {
        env_free(env, p);
        return err;
    }
    *out = p;
    return 0;
}

/* The object in a row of a table, which a ticket's value names. */
static void *row(const struct idtab *t, size_t i)
{
    return i < t->cap ? t->slot[i].obj : NULL;
}

static void drop_media(struct policy *p, struct media *m)
{
    idtab_remove(&p->medias, m->id);
    secret_wipe(m, sizeof(*m));
    env_free(p->env, m);
}

static void drop_peer(struct policy *p, struct peer *peer)
{
    CHAIN_REMOVE(peer);
    idtab_remove(&p->peers, peer->id);
    env_free(p->env, peer);
}

void policy_free(struct policy *p)
{
    if (!p)
        return;
    uint32_t pos[2] = {0};
    struct account *a;
    struct media *m;

    while ((m = idtab_next(&p->medias, &pos[0])))
        drop_media(p, m);
    while ((a = idtab_next(&p->accounts, &pos[1]))) {
        while (a->peers)
            drop_peer(p, a->peers);
        env_free(p->env, a);
    }
    idtab_free(&p->peers);
    idtab_free(&p->medias);
    idtab_free(&p->accounts);
    env_free(p->env, p);
}

enum policy_level policy_floor(const struct policy *p)
{
    return p->floor;
}

void policy_count(struct policy *p, enum policy_why why)
{
    if (why != POLICY_ALLOWED && (unsigned)why < POLICY_WHY_COUNT)
        p->counted[why]++;
}

uint64_t policy_counted(const struct policy *p, enum policy_why why)
{
    return (unsigned)why < POLICY_WHY_COUNT ? p->counted[why] : 0;
}

static int refuse(struct policy *p, enum policy_why *out, enum policy_why why)
{
    policy_count(p, why);
    *out = why;
    return E_POLICY;
}

/* What stands in the way of these terms, or POLICY_ALLOWED. */
static enum policy_why check_terms(const struct policy *p,
                                   const struct policy_terms *t)
{
    if (!*policy_level_name(t->level))
        return POLICY_level_unknown;
    if (t->level < p->floor)
        return POLICY_level_below_floor;
    if (t->name.n == 0)
        return POLICY_name_missing;
    return t->anchors ? POLICY_ALLOWED : POLICY_anchors_missing;
}

int policy_account_add(struct policy *p, uint64_t *account,
                       const struct policy_terms *terms, enum policy_why *why)
{
    enum policy_why no = check_terms(p, terms);
    struct tls_name name;

    *why = POLICY_ALLOWED;
    if (no)
        return refuse(p, why, no);
    if (!*policy_names_name(terms->names))
        return E_INVAL;
    int err = tls_name_parse(&name, terms->name);

    if (err) {
        *why = POLICY_name_missing;
        return err;
    }
    struct account *a = env_alloc(p->env, sizeof(*a));

    if (!a)
        return E_NOMEM;
    *a = (struct account){.name = name,
                          .level = terms->level,
                          .rule = terms->names,
                          .anchors = terms->anchors,
                          .sips_required = terms->sips_required,
                          .resumable = terms->identity.n > 0};
    if (a->resumable)
        err = p->env->md(p->env->user, ENV_SHA256, &terms->identity, 1,
                         a->identity);
    if (!err)
        err = idtab_add(&p->accounts, account, a);
    if (err)
        env_free(p->env, a);
    return err;
}

void policy_account_remove(struct policy *p, uint64_t account)
{
    struct account *a = idtab_get(&p->accounts, account);
    struct media *m;
    uint32_t pos = 0;

    if (!a)
        return;
    while (a->peers)
        drop_peer(p, a->peers);
    while ((m = idtab_next(&p->medias, &pos)))
        if (m->view.account == account)
            drop_media(p, m);
    idtab_remove(&p->accounts, account);
    env_free(p->env, a);
}

const struct tls_name *policy_account_name(const struct policy *p,
                                           uint64_t account)
{
    struct account *a = idtab_get(&p->accounts, account);

    return a ? &a->name : NULL;
}

enum policy_why policy_account_target(const struct policy *p, uint64_t account,
                                      const struct policy_target *target)
{
    const struct account *a = idtab_get(&p->accounts, account);
    enum policy_why why = policy_check_target(target);

    if (why == POLICY_ALLOWED && a && a->sips_required &&
        !slice_ieq(target->scheme, S("sips")))
        return POLICY_sips_required;
    return why;
}

/* Never 0, never used before by this instance (until the bits run out). */
static uintptr_t next_value(struct policy *p, size_t index)
{
    p->minted++;
    return (p->salt + p->minted) << INDEX_BITS | (index + 1);
}

static size_t index_of(uintptr_t value)
{
    return (value & INDEX_MASK) - 1; /* SIZE_MAX for 0 */
}

int policy_peer_mint(struct policy *p, const struct policy_peer **ticket,
                     uint64_t account, const struct tls_addr *addr,
                     enum policy_why *why)
{
    struct account *a = idtab_get(&p->accounts, account);

    *why = POLICY_ALLOWED;
    if (!a)
        return E_GONE;
    if (!tls_addr_dialable(addr))
        return refuse(p, why, POLICY_address_unusable);
    struct peer *peer = env_alloc(p->env, sizeof(*peer));

    if (!peer)
        return E_NOMEM;
    int err = idtab_add(&p->peers, &peer->id, peer);

    if (err) {
        env_free(p->env, peer);
        return err;
    }
    CHAIN_ADD(a->peers, peer);
    peer->value = next_value(p, (uint32_t)peer->id - 1);
    peer->view = (struct policy_peer_view){.account = account,
                                           .addr = *addr,
                                           .name = a->name,
                                           .level = a->level,
                                           .names = a->rule,
                                           .anchors = a->anchors,
                                           .resumable = a->resumable};
    memcpy(peer->view.identity, a->identity, POLICY_IDENTITY);
    *ticket = (const struct policy_peer *)peer->value;
    return 0;
}

static struct peer *find_peer(const struct policy *p,
                              const struct policy_peer *ticket)
{
    uintptr_t value = (uintptr_t)ticket;
    struct peer *peer = row(&p->peers, index_of(value));

    return peer && peer->value == value ? peer : NULL;
}

void policy_peer_revoke(struct policy *p, const struct policy_peer *ticket)
{
    struct peer *peer = find_peer(p, ticket);

    if (peer)
        drop_peer(p, peer);
}

const struct policy_peer_view *
policy_peer_view(const struct policy *p, const struct policy_peer *ticket)
{
    const struct peer *peer = find_peer(p, ticket);

    return peer ? &peer->view : NULL;
}

/* Of a ticket that is not live: was it ever one of ours? */
static enum policy_why why_dead(const struct policy *p, uintptr_t value)
{
    uintptr_t age = (value >> INDEX_BITS) - p->salt;
    uintptr_t mask = UINTPTR_MAX >> INDEX_BITS;

    /* Among the values that this instance has given: it was one of ours. */
    return (age & mask) - 1 < p->minted ? POLICY_ticket_stale
                                        : POLICY_ticket_foreign;
}

enum policy_why policy_peer_why(const struct policy *p,
                                const struct policy_peer *ticket)
{
    return find_peer(p, ticket) ? POLICY_ALLOWED
                                : why_dead(p, (uintptr_t)ticket);
}

int policy_self_mint(struct policy *p, const struct policy_self **ticket,
                     const struct tls_cred *own, enum policy_why *why)
{
    (void)ticket;
    (void)own;
    (void)refuse(p, why, POLICY_listen_refused);
    return E_UNSUPPORTED;
}

static struct self *find_self(struct policy *p,
                              const struct policy_self *ticket)
{
    uintptr_t value = (uintptr_t)ticket;
    size_t i = index_of(value);

    return i < POLICY_SELVES_MAX && p->self[i].value == value ? &p->self[i]
                                                              : NULL;
}

void policy_self_revoke(struct policy *p, const struct policy_self *ticket)
{
    struct self *s = find_self(p, ticket);

    if (s)
        s->value = 0;
}

const struct policy_self_view *
policy_self_view(const struct policy *p, const struct policy_self *ticket)
{
    uintptr_t value = (uintptr_t)ticket;
    size_t i = index_of(value);

    return i < POLICY_SELVES_MAX && p->self[i].value == value
               ? &p->self[i].view
               : NULL;
}

/* -------------------------------------------------------------- media */

unsigned policy_suites(enum policy_level level, enum policy_keying keying)
{
    unsigned gcm = sdp_suite_bit(SDP_SUITE_AEAD_AES_256_GCM) |
                   sdp_suite_bit(SDP_SUITE_AEAD_AES_128_GCM);
    unsigned cm128 = sdp_suite_bit(SDP_SUITE_AES_128_80);
    unsigned strict = gcm | cm128 | sdp_suite_bit(SDP_SUITE_AES_256_80);

    switch (level) {
    case POLICY_MODERN: /* DTLS: all that stock mbedTLS negotiates */
        return keying == POLICY_KEYING_DTLS ? gcm | cm128 : gcm;
    case POLICY_STRICT:
        return strict;
    case POLICY_LEGACY_PBX:
        return strict | sdp_suite_bit(SDP_SUITE_AES_128_32);
    }
    return 0;
}

/* The peer's key is ours, of this SDP or of another version of the call. (Of
 * another call it may be: an account that calls itself.) */
static bool echoed(const struct policy *p, const struct policy_media_terms *t)
{
    const struct media *m;
    uint32_t pos = 0;

    if (secret_eq(t->rx, t->tx))
        return true;
    while ((m = idtab_next(&p->medias, &pos)))
        if (secret_eq(t->rx, &m->tx) && m->view.account == t->account &&
            m->view.call == t->call)
            return true;
    return false;
}

static enum policy_why check_media(const struct policy *p,
                                   const struct account *a,
                                   const struct policy_media_terms *t)
{
    if (sdp_suite_key(t->suite) == 0)
        return POLICY_null_suite;
    if (!(policy_suites(a->level, t->keying) & sdp_suite_bit(t->suite)))
        return POLICY_suite_below_level;
    if (echoed(p, t))
        return POLICY_key_echoed;
    return tls_addr_dialable(&t->remote) ? POLICY_ALLOWED
                                         : POLICY_address_unusable;
}

#ifdef POLICY_FOR_TOOLS
static struct policy_watcher watcher;

void policy_media_watch(struct policy_watcher w)
{
    watcher = w;
}
#endif

int policy_media_mint(struct policy *p, const struct policy_media **ticket,
                      const struct policy_media_terms *t, enum policy_why *why)
{
    const struct account *a = idtab_get(&p->accounts, t->account);

    *why = POLICY_ALLOWED;
    if (!a)
        return E_GONE;
    enum policy_why no = check_media(p, a, t);

    if (no)
        return refuse(p, why, no);
    if (t->tx->n != sdp_suite_key(t->suite) || t->rx->n != t->tx->n)
        return E_INVAL;
    struct media *m = env_alloc(p->env, sizeof(*m));

    if (!m)
        return E_NOMEM;
    int err = idtab_add(&p->medias, &m->id, m);

    if (err) {
        env_free(p->env, m);
        return err;
    }
    m->value = next_value(p, (uint32_t)m->id - 1);
    m->tx = *t->tx;
    m->rx = *t->rx;
    m->view = (struct policy_media_view){t->account, t->call,   t->version,
                                         a->level,   t->keying, t->suite,
                                         &m->tx,     &m->rx,    t->remote};
    *ticket = (const struct policy_media *)m->value;
#ifdef POLICY_FOR_TOOLS
    if (watcher.seen)
        watcher.seen(watcher.user, &m->view);
#endif
    return 0;
}

static struct media *find_media(const struct policy *p,
                                const struct policy_media *ticket)
{
    uintptr_t value = (uintptr_t)ticket;
    struct media *m = row(&p->medias, index_of(value));

    return m && m->value == value ? m : NULL;
}

const struct policy_media_view *
policy_media_view(const struct policy *p, const struct policy_media *ticket)
{
    const struct media *m = find_media(p, ticket);

    return m ? &m->view : NULL;
}

enum policy_why policy_media_why(const struct policy *p,
                                 const struct policy_media *ticket)
{
    return policy_media_view(p, ticket) ? POLICY_ALLOWED
                                        : why_dead(p, (uintptr_t)ticket);
}

void policy_media_revoke(struct policy *p, const struct policy_media *ticket)
{
    struct media *m = find_media(p, ticket);

    if (m)
        drop_media(p, m);
}

void policy_media_retire(struct policy *p, uint64_t account, uint64_t call,
                         uint64_t below)
{
    struct media *m;
    uint32_t pos = 0;

    while ((m = idtab_next(&p->medias, &pos)))
        if (m->view.account == account && m->view.call == call &&
            (m->view.version < below || below == UINT64_MAX))
            drop_media(p, m);
}

#ifdef POLICY_FOR_TOOLS
int policy_self_mint_open(struct policy *p, const struct policy_self **ticket,
                          const struct tls_cred *own, enum policy_level level)
{
    if (!*policy_level_name(level) || level < p->floor)
        return E_POLICY;
    if (!own)
        return E_CERT;
    for (size_t i = 0; i < POLICY_SELVES_MAX; i++) {
        struct self *s = &p->self[i];

        if (s->value)
            continue;
        s->value = next_value(p, i);
        s->view = (struct policy_self_view){level, own};
        *ticket = (const struct policy_self *)s->value;
        return 0;
    }
    return E_FULL;
}
#endif
