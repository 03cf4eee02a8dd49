/* SPDX-License-Identifier: Apache-2.0 */
/* Resolvers of a loop: queries out, answers to the core. */
#include "ua/dns.h"

#include <stddef.h>
#include <string.h>

#include "sip/base/err.h"
#include "sip/base/idtab.h"
#include "ua/host.h"

/* One set of servers; none of them: the system's. */
struct server_set {
    struct server_set *next;
    struct ua_dns *dns;
    struct tls_resolver *resolver;
    struct tls_resolve *resolve; /* NULL: the resolver is the app's */
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
    struct ua_dns_options options;
    struct tls_resolver vtable; /* the app's resolver, and its set */
    struct server_set app;
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

/* ---------------------------------------------------- the app's resolver */

static struct ua_dns *of_app(struct tls_resolver *self)
{
    return (struct ua_dns *)(void *)((char *)self -
                                     offsetof(struct ua_dns, vtable));
}

static int app_query(struct tls_resolver *self, uint64_t qid,
                     struct slice name, enum tls_dns_type type)
{
    const struct ua_dns_options *o = &of_app(self)->options;
    char text[TLS_DNS_NAME_MAX + 1];
    struct out out = out_of(text, sizeof(text));

    out_put(&out, name);
    if (out_cstr(&out) || o->query(o->user, qid, text, (int)type))
        return E_INVAL;
    return 0;
}

static void app_cancel(struct tls_resolver *self, uint64_t qid)
{
    const struct ua_dns_options *o = &of_app(self)->options;

    if (o->cancel)
        o->cancel(o->user, qid);
}

void ua_dns_set(struct ua_dns *dns, const struct ua_dns_options *options)
{
    dns->options = *options;
    dns->vtable = (struct tls_resolver){app_query, app_cancel};
    dns->app = (struct server_set){.dns = dns, .resolver = &dns->vtable};
}

void ua_dns_answered(struct ua_dns *dns, uint64_t id, struct slice packet)
{
    const struct question *q = idtab_get(&dns->questions, id);

    if (q && q->set == &dns->app)
        answered(&dns->app, id,
                 packet.n ? TLS_LOCATE_PACKET : TLS_LOCATE_TIMEOUT, packet);
}

/* ------------------------------------------------------------ questions */

static int set_new(struct ua_dns *dns, struct server_set **out,
                   const struct tls_addr *server, size_t n)
{
    struct server_set *set = env_alloc(dns->config.env, sizeof(*set));
    struct tls_resolve_options options = {.loop = dns->config.uv,
                                          .env = dns->config.env,
                                          .try_ms = dns->options.try_ms,
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
    set->resolver = tls_resolve_vtable(set->resolve);
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
    if (dns->options.query) {
        *out = &dns->app;
        return 0;
    }
    if (n == 0) {
        server = dns->options.server;
        n = dns->options.nservers;
    }
    for (*out = dns->sets; *out; *out = (*out)->next)
        if (same(*out, server, n))
            return 0;
    return set_new(dns, out, server, n);
}

static int ask(struct ua_dns *dns, const struct ua_out *out)
{
    struct question *q = env_alloc(dns->config.env, sizeof(*q));
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
    err = q->set->resolver->query(q->set->resolver, q->id, out->text,
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
        if (q->flow != out->flow)
            continue;
        q->set->resolver->cancel(q->set->resolver, q->id);
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
    while ((q = idtab_next(&dns->questions, &pos))) {
        if (q->set == &dns->app)
            app_cancel(&dns->vtable, q->id);
        forget(dns, q);
    }
    while (dns->sets) {
        struct server_set *set = dns->sets;

        dns->sets = set->next;
        dns->closing++;
        tls_resolve_close(set->resolve, set_closed, set);
    }
    if (--dns->closing == 0)
        done(dns);
}
