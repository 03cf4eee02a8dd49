/* SPDX-License-Identifier: Apache-2.0 */
/* Resolvers of a loop: queries out, answers to the core. */
#include "ua/dns.h"

#include <string.h>

#include "sip/base/err.h"
#include "sip/base/idtab.h"
#include "ua/host.h"

/* One set of servers; none of them: the system's. */
struct server_set {
    struct server_set *next;
    struct ua_dns *dns;
    struct tls_resolve *resolve;
    struct tls_addr server[TLS_RESOLVE_SERVERS_MAX];
    size_t n;
};

/* A query that is out. */
struct question {
    struct server_set *set;
    uint64_t id;
    uint64_t flow;
    uint32_t qid;
};

struct ua_dns {
    struct ua_dns_config config;
    struct server_set *sets;
    struct idtab questions;
    unsigned closing;
    void (*closed)(void *user);
    void *closed_user;
};

int ua_dns_new(struct ua_dns **out, const struct ua_dns_config *config)
{
    struct ua_dns *dns = env_alloc(config->env, sizeof(*dns));

    if (!dns)
        return E_NOMEM;
    dns->config = *config;
    idtab_init(&dns->questions, config->env, TLS_RESOLVE_QUERIES_MAX * 16);
    *out = dns;
    return 0;
}

static void forget(struct ua_dns *dns, struct question *q)
{
    idtab_remove(&dns->questions, q->id);
    env_free(dns->config.env, q);
}

static void answered(void *user, uint64_t id, enum tls_locate_status status,
                     struct slice packet)
{
    struct server_set *set = user;
    struct ua_dns *dns = set->dns;
    struct question *q = idtab_get(&dns->questions, id);
    struct question copy;

    if (!q)
        return;
    copy = *q;
    forget(dns, q);
    const struct ua_answer answer = {copy.flow, copy.qid, status, packet};

    ua_core_dns(dns->config.core, ua_host_now(), &answer);
    dns->config.turn(dns->config.user);
}

static int set_new(struct ua_dns *dns, struct server_set **out,
                   const struct tls_addr *server, size_t n)
{
    struct server_set *set = env_alloc(dns->config.env, sizeof(*set));
    struct tls_resolve_options options = {.loop = dns->config.uv,
                                          .env = dns->config.env,
                                          .answered = answered,
                                          .user = set};
    int err;

    if (!set)
        return E_NOMEM;
    set->dns = dns;
    set->n = n;
    if (n)
        memcpy(set->server, server, n * sizeof(*server));
    options.server = set->server;
    options.nservers = n;
    err = tls_resolve_new(&set->resolve, &options);
    if (err) {
        env_free(dns->config.env, set);
        return err;
    }
    set->next = dns->sets;
    dns->sets = set;
    *out = set;
    return 0;
}

static bool same(const struct server_set *set, const struct tls_addr *server,
                 size_t n)
{
    for (size_t i = 0; i < n && set->n == n; i++)
        if (!tls_addr_eq(&set->server[i], &server[i]))
            return false;
    return set->n == n;
}

static int set_get(struct ua_dns *dns, struct server_set **out,
                   uint64_t account)
{
    const struct tls_addr *server;
    size_t n;
    int err = ua_core_account_dns(dns->config.core, account, &server, &n);

    if (err)
        return err;
    for (*out = dns->sets; *out; *out = (*out)->next)
        if (same(*out, server, n))
            return 0;
    return set_new(dns, out, server, n);
}

static int ask(struct ua_dns *dns, const struct ua_out *out)
{
    struct question *q = env_alloc(dns->config.env, sizeof(*q));
    struct tls_resolver *resolver;
    int err;

    if (!q)
        return E_NOMEM;
    q->flow = out->flow;
    q->qid = out->qid;
    err = set_get(dns, &q->set, out->account);
    if (!err)
        err = idtab_add(&dns->questions, &q->id, q);
    if (err) {
        env_free(dns->config.env, q);
        return err;
    }
    resolver = tls_resolve_vtable(q->set->resolve);
    err = resolver->query(resolver, q->id, out->text,
                          (enum tls_dns_type)out->qtype);
    if (err)
        forget(dns, q);
    return err;
}

void ua_dns_query(struct ua_dns *dns, const struct ua_out *out)
{
    const struct ua_answer none = {
        out->flow, out->qid, TLS_LOCATE_NO_SERVER, {NULL, 0}};

    if (ask(dns, out))
        ua_core_dns(dns->config.core, ua_host_now(), &none);
}

void ua_dns_unquery(struct ua_dns *dns, const struct ua_out *out)
{
    struct question *q;
    uint32_t pos = 0;

    while ((q = idtab_next(&dns->questions, &pos))) {
        struct tls_resolver *resolver;

        if (q->flow != out->flow)
            continue;
        resolver = tls_resolve_vtable(q->set->resolve);
        resolver->cancel(resolver, q->id);
        forget(dns, q);
    }
}

void ua_dns_reload(struct ua_dns *dns)
{
    for (struct server_set *set = dns->sets; set; set = set->next)
        if (!set->n)
            tls_resolve_reload(set->resolve);
}

static void done(struct ua_dns *dns)
{
    void (*closed)(void *user) = dns->closed;
    void *user = dns->closed_user;

    idtab_free(&dns->questions);
    env_free(dns->config.env, dns);
    closed(user);
}

static void set_closed(void *user)
{
    struct server_set *set = user;
    struct ua_dns *dns = set->dns;

    env_free(dns->config.env, set);
    if (--dns->closing == 0)
        done(dns);
}

void ua_dns_close(struct ua_dns *dns, void (*closed)(void *user), void *user)
{
    struct question *q;
    uint32_t pos = 0;

    dns->closed = closed;
    dns->closed_user = user;
    dns->closing = 1; /* held until all are asked to close */
    while ((q = idtab_next(&dns->questions, &pos)))
        forget(dns, q);
    while (dns->sets) {
        struct server_set *set = dns->sets;

        dns->sets = set->next;
        dns->closing++;
        tls_resolve_close(set->resolve, set_closed, set);
    }
    if (--dns->closing == 0)
        done(dns);
}
