/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: a search for a server, whatever DNS and servers answer. */
#include <string.h>

#include "fuzz/target.h"
#include "sip/base/err.h"
#include "tls/crypto.h"
#include "tls/locate.h"

static const struct env env = {.alloc = target_alloc,
                               .free = target_free,
                               .rand = tls_crypto_rand,
                               .md = tls_crypto_md};

enum { STEPS_MAX = 4000 /* an edge has at most 16 targets */ };

/* One run: what is left of the input, and what was told. */
struct run {
    const uint8_t *p;
    size_t n;
    struct tls_locate *l;
    int64_t now;
    unsigned told, open, parallel;
    bool is_open[TLS_LOCATE_TRIES_MAX];
    struct tls_addr used; /* where nobody may go */
    bool refused;         /* a certificate was */
};

static unsigned take(struct run *r)
{
    if (!r->n)
        return 0;
    r->n--;
    return *r->p++;
}

/* A response to the question, with the records that the input has. */
static void answer(struct run *r, const struct tls_step *q)
{
    unsigned flags = take(r), records = take(r) & 7, len = take(r);
    char packet[1024];
    struct out o = out_of(packet, sizeof(packet));
    struct slice name = q->name;

    if (flags & 0x40) {
        tls_locate_answer(r->l, q->qid, TLS_LOCATE_TIMEOUT, S(""));
        return;
    }
    out_be16(&o, 1);
    out_be16(&o, (uint16_t)(0x8180 | (flags & 7)));
    out_be16(&o, 1);
    out_be16(&o, (uint16_t)records);
    out_be16(&o, 0);
    out_be16(&o, 0);
    while (name.n) {
        size_t n = slice_find(name, '.');

        out_char(&o, (char)n);
        out_put(&o, slice_of(name.p, n));
        name = slice_skip(name, n < name.n ? n + 1 : n);
    }
    out_char(&o, 0);
    out_be16(&o, (uint16_t)q->type);
    out_be16(&o, 1);
    len = len < r->n ? len : (unsigned)r->n;
    out_put(&o, slice_of(r->p, len));
    r->p += len;
    r->n -= len;
    must(!o.err);
    tls_locate_answer(r->l, q->qid, TLS_LOCATE_PACKET, out_slice(&o));
}

static void lose(struct run *r, unsigned candidate, unsigned how)
{
    static const enum cause_code codes[] = {
        CAUSE_connect_refused, CAUSE_connect_no_ipv4, CAUSE_tls_reset,
        CAUSE_cert_expired};
    struct cause why;

    cause_set(&why, codes[how & 3]);
    tls_locate_lost(r->l, candidate, &why);
    r->refused = r->refused || (how & 3) == 3;
    r->is_open[candidate - 1] = false;
    r->open--;
}

static void tried(struct run *r, const struct tls_step *s)
{
    unsigned how = take(r);

    must(!r->refused);
    must(s->candidate == ++r->told && r->told <= TLS_LOCATE_TRIES_MAX);
    must(s->edge < TLS_LOCATE_EDGES_MAX && s->addr.family);
    must(!tls_addr_same_ip(&s->addr, &r->used));
    r->is_open[s->candidate - 1] = true;
    must(++r->open <= r->parallel);
    if (how & 0x80)
        lose(r, s->candidate, how);
}

/* Time passes, or one of those that are open fails. */
static void passed(struct run *r)
{
    int64_t at = tls_locate_deadline(r->l);
    unsigned how = take(r);

    if (at != INT64_MAX && (how & 1 || !r->open)) {
        r->now = at > r->now ? at : r->now;
        tls_locate_tick(r->l, r->now);
        return;
    }
    must(r->open > 0); /* else it waits for nothing */
    for (unsigned i = 0; i < r->told; i++)
        if (r->is_open[i]) {
            lose(r, i + 1, how >> 1);
            return;
        }
}

static void search(struct run *r)
{
    struct tls_step s;

    for (unsigned i = 0; i < STEPS_MAX; i++) {
        tls_locate_next(r->l, r->now, &s);
        (void)tls_locate_more(r->l);
        if (s.kind == TLS_STEP_QUERY)
            answer(r, &s);
        else if (s.kind == TLS_STEP_TRY)
            tried(r, &s);
        else if (s.kind == TLS_STEP_WAIT)
            passed(r);
        else
            break;
    }
    must(s.kind == TLS_STEP_FAILED);
    must(r->refused || r->open == 0);
    must(tls_locate_cause(r->l)->code != CAUSE_none);
    must((tls_locate_why(r->l) != POLICY_ALLOWED) ==
         (tls_locate_cause(r->l)->code == CAUSE_policy_refused));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tls_locate_edge edge[] = {{{"a.test", 6}, 0},
                                                  {{"b.test", 6}, 5061},
                                                  {{"pbx", 3}, 0},
                                                  {{"192.0.2.7", 9}, 443}};
    static const struct slice domain[] = {{"corp.test", 9}};
    static const struct tls_locals locals = {
        .row = {{{4, {10, 0, 0, 2}, 0}, 8}, {{6, {0xfd, [15] = 2}, 0}, 64}},
        .n = 2};
    struct run r = {.p = data, .n = size, .now = 1000};
    unsigned flags = take(&r);
    struct tls_avoid avoid = {0};
    struct tls_locate_ask ask = {.edge = edge,
                                 .nedges = 1 + (flags & 3),
                                 .avoid = &avoid,
                                 .exclude = &r.used,
                                 .nexclude = flags >> 2 & 1,
                                 .search = domain,
                                 .nsearch = 1,
                                 .parallel = flags >> 3 & 3,
                                 .locals = flags & 0x40 ? &locals : NULL};

    r.parallel = ask.parallel ? ask.parallel : 1;
    if (ask.nexclude)
        r.used = (struct tls_addr){4, {192, 0, 2, 7}, 0};
    if (flags & 0x20)
        tls_avoid_add(&avoid, r.now,
                      &(struct tls_addr){4, {192, 0, 2, 1}, 5061}, 0);
    must(tls_crypto_init() == 0);
    must(tls_locate_new(&r.l, &env, &ask) == 0);
    search(&r);
    tls_locate_free(r.l);
    return 0;
}
