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
    int64_t delay; /* ms */
};

enum { QUIET = -1, BROKEN = -2 };

/* What was done, as one line: "?SRV _sips._tcp.a.test ?A … 192.0.2.1:5061" */
struct run {
    const struct env *env;
    const struct entry *zone;
    size_t nzone;
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

/* Every address fails; time jumps to the next answer or deadline. */
static KIT_UNUSED void drive(struct run *r, struct tls_locate *l)
{
    struct {
        struct tls_step q;
        char name[300];
        int64_t at;
        bool open;
    } wait[WAITING_MAX];
    struct cause refused;

    memset(wait, 0, sizeof(wait));
    cause_set(&refused, CAUSE_connect_refused);
    for (int step = 0; step < STEPS_MAX; step++) {
        struct tls_step s;
        int64_t next;
        size_t w = 0;

        tls_locate_next(l, r->now, &s);
        switch (s.kind) {
        case TLS_STEP_QUERY:
            note_query(r, &s);
            while (wait[w].open)
                assert_true(++w < WAITING_MAX);
            memcpy(wait[w].name, s.name.p, s.name.n);
            wait[w].q = s;
            wait[w].q.name = slice_of(wait[w].name, s.name.n);
            const struct entry *e = lookup(r, s.name, (int)s.type);
            wait[w].at = r->now + (e ? e->delay : 1);
            wait[w].open = true;
            break;
        case TLS_STEP_TRY:
            tls_addr_put(&r->o, &s.addr);
            out_char(&r->o, ' ');
            tls_locate_failed(l, &refused);
            break;
        case TLS_STEP_WAIT:
            next = tls_locate_deadline(l);
            assert_true(next != INT64_MAX);
            for (size_t i = 0; i < WAITING_MAX; i++)
                if (wait[i].open && wait[i].at < next)
                    next = wait[i].at;
            r->now = next > r->now ? next : r->now;
            for (size_t i = 0; i < WAITING_MAX; i++) {
                if (!wait[i].open || wait[i].at > r->now)
                    continue;
                wait[i].open = false;
                answer(r, l, &wait[i].q);
            }
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

static KIT_UNUSED struct run search(struct tls_locate_ask ask,
                                    const struct entry *zone, size_t nzone)
{
    struct run r = {.env = &kit_env, .zone = zone, .nzone = nzone};
    struct tls_locate *l;
    char *trace = malloc(sizeof(r.trace));

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

#define SEARCH(zone_, ...)                              \
    search((struct tls_locate_ask){__VA_ARGS__}, zone_, \
           sizeof(zone_) / sizeof((zone_)[0]))

static KIT_UNUSED int set_up(void **state)
{
    (void)state;
    return tls_crypto_init();
}

#endif
