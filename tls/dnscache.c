/* SPDX-License-Identifier: Apache-2.0 */
/* The DNS cache: a small table, searched from end to end. */
#include "tls/dnscache.h"

#include <string.h>

#include "sip/base/err.h"

struct entry {
    bool used;
    uint64_t view;
    enum tls_dns_type type;
    char name[TLS_DNS_NAME_MAX + 1];
    size_t name_n;
    struct slice packet; /* owned */
    int64_t put_at;
    int64_t until;
};

struct tls_dnscache {
    const struct env *env;
    struct entry entry[TLS_DNSCACHE_ENTRIES];
    struct tls_dns_answer answer; /* scratch */
};

int tls_dnscache_new(struct tls_dnscache **out, const struct env *env)
{
    struct tls_dnscache *c = env_alloc(env, sizeof(*c));

    if (!c)
        return E_NOMEM;
    c->env = env;
    *out = c;
    return 0;
}

static void drop(struct tls_dnscache *c, struct entry *e)
{
    env_free(c->env, (void *)(uintptr_t)e->packet.p);
    *e = (struct entry){0};
}

void tls_dnscache_free(struct tls_dnscache *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < TLS_DNSCACHE_ENTRIES; i++)
        drop(c, &c->entry[i]);
    env_free(c->env, c);
}

static struct slice name_of(const struct entry *e)
{
    return slice_of(e->name, e->name_n);
}

static const struct entry *find(const struct tls_dnscache *c,
                                const struct tls_dnscache_key *key)
{
    for (size_t i = 0; i < TLS_DNSCACHE_ENTRIES; i++) {
        const struct entry *e = &c->entry[i];

        if (e->used && e->view == key->view && e->type == key->type &&
            slice_ieq(name_of(e), key->name))
            return e;
    }
    return NULL;
}

/* Its own place, a free one, or that of the oldest. */
static struct entry *place(struct tls_dnscache *c,
                           const struct tls_dnscache_key *key)
{
    const struct entry *same = find(c, key);
    struct entry *best = &c->entry[0];

    if (same)
        return &c->entry[same - c->entry];
    for (size_t i = 0; i < TLS_DNSCACHE_ENTRIES; i++) {
        struct entry *e = &c->entry[i];

        if (!e->used)
            return e;
        if (e->put_at < best->put_at)
            best = e;
    }
    return best;
}

/* Seconds that the answer in c->answer holds. */
static uint32_t lifetime(const struct tls_dnscache *c)
{
    uint32_t max = c->answer.status == TLS_DNS_OK
                       ? TLS_DNSCACHE_TTL_MAX_S
                       : TLS_DNSCACHE_NEGATIVE_MAX_S;

    return c->answer.ttl < max ? c->answer.ttl : max;
}

bool tls_dnscache_put(struct tls_dnscache *c, int64_t now,
                      const struct tls_dnscache_key *key, struct slice packet)
{
    struct slice copy;
    struct entry *e;

    if (tls_dns_parse(&c->answer, packet, key->name, key->type) ||
        c->answer.status == TLS_DNS_SERVER)
        return false;
    if (packet.n > TLS_DNSCACHE_PACKET_MAX || key->name.n > TLS_DNS_NAME_MAX ||
        lifetime(c) == 0 || env_copy(c->env, &copy, packet))
        return true;
    e = place(c, key);
    drop(c, e);
    *e = (struct entry){.used = true,
                        .view = key->view,
                        .type = key->type,
                        .name_n = key->name.n,
                        .packet = copy,
                        .put_at = now,
                        .until = now + (int64_t)lifetime(c) * 1000};
    memcpy(e->name, key->name.p, key->name.n);
    return true;
}

bool tls_dnscache_get(const struct tls_dnscache *c, int64_t now,
                      const struct tls_dnscache_key *key, bool old,
                      struct slice *packet)
{
    const struct entry *e = find(c, key);
    int64_t more = old ? (int64_t)TLS_DNSCACHE_STALE_S * 1000 : 0;

    if (!e || now >= e->until + more)
        return false;
    *packet = e->packet;
    return true;
}

void tls_dnscache_age(struct tls_dnscache *c, int64_t now)
{
    for (size_t i = 0; i < TLS_DNSCACHE_ENTRIES; i++)
        if (c->entry[i].until > now)
            c->entry[i].until = now;
}
