/* SPDX-License-Identifier: Apache-2.0 */
/* Keeping and ordering SRV targets. */
#include "tls/srv.h"

#include <string.h>

void tls_srv_keep(struct tls_srv *s, const struct tls_dns_answer *a)
{
    for (unsigned i = 0; i < a->n; i++) {
        const struct tls_dns_record *r = &a->rec[i];
        struct tls_srv_target *t = &s->target[s->n];

        if (r->target.n == 0)
            s->declined = true;
        if (r->target.n == 0 || r->port == 0 || s->n == TLS_SRV_TARGETS_MAX)
            continue;
        *t = (struct tls_srv_target){.name_n = r->target.n,
                                     .priority = r->priority,
                                     .weight = r->weight,
                                     .port = r->port};
        memcpy(t->name, r->target.p, r->target.n);
        s->n++;
    }
}

static void swap(struct tls_srv *s, unsigned a, unsigned b)
{
    struct tls_srv_target t = s->target[a];

    s->target[a] = s->target[b];
    s->target[b] = t;
}

/* Index of the next target among [from, to) of one priority (RFC 2782). */
static unsigned draw(const struct tls_srv *s, const struct env *env,
                     unsigned from, unsigned to)
{
    uint32_t sum = 0, run = 0, r = 0;

    for (unsigned i = from; i < to; i++)
        sum += s->target[i].weight;
    if (env_rand_below(env, &r, sum + 1))
        r = 0; /* no randomness: any order is a legal one */
    for (unsigned i = from; i < to; i++) {
        run += s->target[i].weight;
        if (run >= r)
            return i;
    }
    return from;
}

static bool before(const struct tls_srv_target *a,
                   const struct tls_srv_target *b)
{
    if (a->priority != b->priority)
        return a->priority < b->priority;
    return a->weight == 0 && b->weight != 0; /* RFC 2782: zeros first */
}

void tls_srv_order(struct tls_srv *s, const struct env *env)
{
    unsigned n = s->n;

    for (unsigned i = 1; i < n; i++)
        for (unsigned k = i; k && before(&s->target[k], &s->target[k - 1]);
             k--)
            swap(s, k, k - 1);
    for (unsigned from = 0; from < n; from++) {
        unsigned to = from + 1;

        while (to < n && s->target[to].priority == s->target[from].priority)
            to++;
        /* keep the rest in order, so that zeros stay first */
        for (unsigned k = draw(s, env, from, to); k > from; k--)
            swap(s, k, k - 1);
    }
}
