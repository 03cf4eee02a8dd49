/* SPDX-License-Identifier: Apache-2.0 */
/* A made-up DNS in virtual time, and a search that is driven through it. */
#ifndef TEST_UNIT_TLS_LOCATEKIT_H
#define TEST_UNIT_TLS_LOCATEKIT_H

#include "tls/locate.h"

#include "test/oom.h"
#include "test/unit/tls_dnskit.h"

/* One answer of the zone. ip: for A and AAAA, the last number. */
struct entry {
    const char *name;
    int type;
    int rcode;                 /* 0; or -1: no server answers; -2: malformed */
    unsigned ip[3];            /* 0 ends */
    struct dns_srv srv[4];     /* target NULL ends */
    struct dns_naptr naptr[4]; /* service NULL ends */
    const char *cname;
    int64_t delay;      /* ms */
    const char *ip6[3]; /* AAAA in full; NULL ends */
};

enum { QUIET = -1, BROKEN = -2 };

/* What was done, as one line: "?SRV _sips._tcp.a.test ?A … 192.0.2.1:5061" */
struct run {
    const struct env *env;
    const struct entry *zone;
    size_t nzone;
    bool edges;    /* the trace says whose address it is: "/0" */
    bool times;    /* and when it was tried: "@250" */
    bool no_ipv4;  /* IPv4 fails for want of it */
    int64_t lives; /* ms that a candidate takes to fail */
    int64_t now;
    char trace[4096];
    struct out o;
    struct cause cause;
    enum policy_why why;
    int64_t took;
    int err;
};

static KIT_UNUSED const struct entry *lookup(const struct run *r,
                                             struct slice name, int type)
{
    for (size_t i = 0; i < r->nzone; i++)
        if (slice_eq(slice_cstr(r->zone[i].name), name) &&
            (r->zone[i].type == type || r->zone[i].type == 0))
            return &r->zone[i];
    return NULL;
}

static KIT_UNUSED void put_rrs(struct dnskit *d, const struct entry *e,
                               int type)
{
    const char *owner = e->cname;

    if (owner)
        dns_cname(d, NULL, 60, owner);
    for (size_t i = 0; i < 3 && e->ip[i]; i++) {
        if (type == TLS_DNS_A)
            dns_a(d, owner, 60, 0xc0000200 + e->ip[i]);
        else
            dns_aaaa(d, owner, 60, (uint16_t)e->ip[i]);
    }
    for (size_t i = 0; i < 3 && e->ip6[i]; i++)
        dns_aaaa_of(d, owner, 60, e->ip6[i]);
    for (size_t i = 0; i < 4 && e->srv[i].target; i++)
        dns_srv(d, 60, e->srv[i]);
    for (size_t i = 0; i < 4 && e->naptr[i].service; i++)
        dns_naptr(d, 60, e->naptr[i]);
}

static KIT_UNUSED void answer(struct run *r, struct tls_locate *l,
                              const struct tls_step *q)
{
    char name[300];
    struct dnskit d;
    struct out o = out_of(name, sizeof(name));
    const struct entry *e = lookup(r, q->name, (int)q->type);

    out_put(&o, q->name);
    (void)out_cstr(&o);
    if (e && e->rcode == QUIET) {
        tls_locate_answer(l, q->qid, TLS_LOCATE_TIMEOUT, S(""));
        return;
    }
    dns_begin(&d, e ? (unsigned)(e->rcode & 15) : 3, name, (int)q->type);
    if (e && e->rcode == 0)
        put_rrs(&d, e, (int)q->type);
    struct slice packet = dns_end(&d);

    if (e && e->rcode == BROKEN)
        packet.n = 20;
    tls_locate_answer(l, q->qid, TLS_LOCATE_PACKET, packet);
}

static KIT_UNUSED void note_query(struct run *r, const struct tls_step *s)
{
    out_put(&r->o, s->type == TLS_DNS_SRV     ? S("?SRV ")
                   : s->type == TLS_DNS_NAPTR ? S("?NAPTR ")
                   : s->type == TLS_DNS_A     ? S("?A ")
                                              : S("?AAAA "));
    out_put(&r->o, s->name);
    out_char(&r->o, ' ');
}

enum { WAITING_MAX = 8, STEPS_MAX = 500 };

struct waiting {
    struct tls_step q;
    char name[300];
    int64_t at;
    bool open;
};

/* What is out: queries and candidates. */
struct outside {
    struct waiting query[WAITING_MAX];
    struct {
        struct tls_addr addr;
        unsigned edge;
        unsigned number; /* 0: it has failed */
        int64_t at;
    } try[TLS_LOCATE_TRIES_MAX];
    unsigned tries;
};

static KIT_UNUSED void put_number(struct out *o, char c, int64_t n)
{
    out_char(o, c);
    out_u64(o, (uint64_t)n);
}

static KIT_UNUSED void begin_query(struct run *r, struct outside *x,
                                   const struct tls_step *s)
{
    const struct entry *e = lookup(r, s->name, (int)s->type);
    struct waiting *w = x->query;

    note_query(r, s);
    while (w->open)
        assert_true(++w < x->query + WAITING_MAX);
    memcpy(w->name, s->name.p, s->name.n);
    w->q = *s;
    w->q.name = slice_of(w->name, s->name.n);
    w->at = r->now + (e ? e->delay : 1);
    w->open = true;
}

static KIT_UNUSED void begin_try(struct run *r, struct outside *x,
                                 const struct tls_step *s)
{
    assert_true(x->tries < TLS_LOCATE_TRIES_MAX);
    assert_int_equal(s->candidate, x->tries + 1);
    for (unsigned i = 0; i < x->tries; i++) /* none is told twice */
        assert_false(x->try[i].edge == s->edge &&
                     tls_addr_eq(&x->try[i].addr, &s->addr));
    x->try[x->tries].edge = s->edge;
    tls_addr_put(&r->o, &s->addr);
    if (r->edges)
        put_number(&r->o, '/', s->edge);
    if (r->times)
        put_number(&r->o, '@', r->now - 1000);
    out_char(&r->o, ' ');
    x->try[x->tries].addr = s->addr;
    x->try[x->tries].number = s->candidate;
    x->try[x->tries++].at = r->now + r->lives;
}

/* Candidates whose time has come fail, and queries are answered. */
static KIT_UNUSED void happen(struct run *r, struct outside *x,
                              struct tls_locate *l)
{
    struct cause refused;

    for (unsigned i = 0; i < x->tries; i++) {
        bool none = r->no_ipv4 && x->try[i].addr.family == 4;

        if (!x->try[i].number || (x->try[i].at > r->now && !none))
            continue;
        cause_set(&refused,
                  none ? CAUSE_connect_no_ipv4 : CAUSE_connect_refused);
        tls_locate_lost(l, x->try[i].number, &refused);
        x->try[i].number = 0;
    }
    for (size_t i = 0; i < WAITING_MAX; i++) {
        if (!x->query[i].open || x->query[i].at > r->now)
            continue;
        x->query[i].open = false;
        answer(r, l, &x->query[i].q);
    }
}

static KIT_UNUSED int64_t next_time(const struct outside *x, int64_t at)
{
    for (unsigned i = 0; i < x->tries; i++)
        if (x->try[i].number && x->try[i].at < at)
            at = x->try[i].at;
    for (size_t i = 0; i < WAITING_MAX; i++)
        if (x->query[i].open && x->query[i].at < at)
            at = x->query[i].at;
    return at;
}

/* Every address fails; time jumps to what comes next. */
static KIT_UNUSED void drive(struct run *r, struct tls_locate *l)
{
    static struct outside x;

    memset(&x, 0, sizeof(x));
    for (int step = 0; step < STEPS_MAX; step++) {
        struct tls_step s;
        int64_t next;

        tls_locate_next(l, r->now, &s);
        switch (s.kind) {
        case TLS_STEP_QUERY:
            begin_query(r, &x, &s);
            break;
        case TLS_STEP_TRY:
            begin_try(r, &x, &s);
            if (r->lives == 0)
                happen(r, &x, l);
            break;
        case TLS_STEP_WAIT:
            next = next_time(&x, tls_locate_deadline(l));
            assert_true(next != INT64_MAX);
            r->now = next > r->now ? next : r->now;
            happen(r, &x, l);
            tls_locate_tick(l, r->now);
            break;
        case TLS_STEP_FAILED:
            r->cause = *tls_locate_cause(l);
            r->why = tls_locate_why(l);
            return;
        }
    }
    fail_msg("no end");
}

static KIT_UNUSED struct run search_as(struct run r, struct tls_locate_ask ask)
{
    struct tls_locate *l;
    char *trace = malloc(sizeof(r.trace));

    r.env = &kit_env;
    r.now = 1000;
    r.o = out_of(trace, sizeof(r.trace));
    assert_int_equal(tls_locate_new(&l, &kit_env, &ask), 0);
    drive(&r, l);
    tls_locate_free(l);
    if (r.o.n)
        r.o.n--; /* the last space */
    assert_int_equal(out_cstr(&r.o), 0);
    memcpy(r.trace, trace, r.o.n + 1);
    free(trace);
    r.took = r.now - 1000;
    return r;
}

static KIT_UNUSED struct run search(struct tls_locate_ask ask,
                                    const struct entry *zone, size_t nzone)
{
    return search_as((struct run){.zone = zone, .nzone = nzone}, ask);
}

#define SEARCH(zone_, ...)                              \
    search((struct tls_locate_ask){__VA_ARGS__}, zone_, \
           sizeof(zone_) / sizeof((zone_)[0]))

static KIT_UNUSED int set_up(void **state)
{
    (void)state;
    return tls_crypto_init();
}

#endif
