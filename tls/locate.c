/* SPDX-License-Identifier: Apache-2.0 */
/* Where to connect: the steps of RFC 3263 4.2 that lead to TLS. */
#include "tls/locate.h"

#include <string.h>

#include "sip/base/err.h"
#include "tls/srv.h"

enum { SLOTS = 3 };

enum phase {
    PHASE_START,
    PHASE_SRV,    /* _sips._tcp.host, and NAPTR of the host */
    PHASE_NAPTR,  /* SRV at the name that the NAPTR record has */
    PHASE_TARGET, /* A and AAAA of one SRV target */
    PHASE_HOST,   /* A and AAAA of the host itself */
    PHASE_OTHERS, /* is there only UDP or TCP? For the sentence only. */
    PHASE_FIXED,  /* explicit addresses or a numeric host */
    PHASE_FAILED
};

/* One query of the present round. */
struct slot {
    uint32_t qid; /* 0: unused */
    enum tls_dns_type type;
    char name[TLS_DNS_NAME_MAX + 1];
    size_t name_n;
    bool sent, open;
};

struct tls_locate {
    const struct env *env;
    struct tls_name host;
    uint16_t port;
    enum phase phase;
    struct slot slot[SLOTS];
    uint32_t next_qid;
    int64_t deadline;
    bool grace; /* the deadline was brought forward */
    struct tls_srv srv;
    unsigned at_target;
    char naptr[TLS_DNS_NAME_MAX + 1]; /* replacement of SIPS+D2T */
    size_t naptr_n;                   /* 0: none */
    struct tls_addr v6[TLS_LOCATE_TRIES_MAX], v4[TLS_LOCATE_TRIES_MAX];
    unsigned nv6, nv4;
    struct tls_addr addr[TLS_LOCATE_TRIES_MAX]; /* to try, of this round */
    unsigned naddr, at_addr;
    const struct tls_avoid *avoid;
    struct tls_addr later[TLS_LOCATE_TRIES_MAX]; /* that failed before */
    unsigned nlater;
    bool late;      /* they are what is tried */
    unsigned tried; /* in all */
    bool others;    /* UDP or TCP records exist */
    bool misplaced; /* _sip._tls records exist */
    struct cause cause;
    unsigned cause_rank;
    enum policy_why why;
    struct tls_dns_answer answer; /* scratch */
};

int tls_locate_new(struct tls_locate **out, const struct env *env,
                   const struct tls_locate_ask *ask)
{
    struct tls_name host = {0};
    int err = 0;

    if (ask->naddr > TLS_LOCATE_ADDRS_MAX)
        return E_TOOBIG;
    if (ask->naddr == 0)
        err = tls_name_parse(&host, ask->host);
    if (err)
        return err;
    struct tls_locate *l = env_alloc(env, sizeof(*l));

    if (!l)
        return E_NOMEM;
    l->env = env;
    l->host = host;
    l->port = ask->port;
    l->avoid = ask->avoid;
    l->deadline = INT64_MAX;
    if (ask->naddr)
        memcpy(l->addr, ask->addr, ask->naddr * sizeof(*ask->addr));
    l->naddr = (unsigned)ask->naddr;
    cause_set(&l->cause, CAUSE_none);
    *out = l;
    return 0;
}

void tls_locate_free(struct tls_locate *l)
{
    if (l)
        env_free(l->env, l);
}

/* ------------------------------------------------------------- causes */

/* What says more about the configuration wins over what says less. */
static unsigned rank_of(enum cause_code code)
{
    switch (cause_domain(code)) {
    case CAUSE_CERT:
    case CAUSE_POLICY:
        return 4;
    case CAUSE_TLS:
        return 3;
    case CAUSE_CONNECT:
    case CAUSE_TIMEOUT:
        return 2;
    case CAUSE_NONE:
        return 0;
    case CAUSE_CONFIG:
    case CAUSE_DNS:
    case CAUSE_AUTH:
    case CAUSE_REGISTER:
    case CAUSE_CALL:
    case CAUSE_MEDIA:
    case CAUSE_PUSH:
    case CAUSE_INTERNAL:
    case CAUSE_DOMAIN_COUNT:
        break;
    }
    return 1;
}

static void note(struct tls_locate *l, const struct cause *why)
{
    unsigned rank = rank_of(why->code);

    if (rank >= l->cause_rank) {
        l->cause = *why;
        l->cause_rank = rank;
    }
}

/* The name that was asked is the fact. */
static void note_dns(struct tls_locate *l, enum cause_code code,
                     struct slice name)
{
    struct cause c;

    cause_set_facts(&c, code, name);
    note(l, &c);
}

static void fail(struct tls_locate *l)
{
    l->phase = PHASE_FAILED;
    l->deadline = INT64_MAX;
    if (l->cause.code == CAUSE_none)
        note_dns(l, CAUSE_dns_no_record, tls_name_text(&l->host));
}

static void refuse(struct tls_locate *l, enum policy_why why)
{
    l->why = why;
    l->cause_rank = 0;
    note_dns(l, CAUSE_policy_refused,
             slice_cstr(policy_refusal(why)->sentence));
    fail(l);
}

/* ------------------------------------------------------------ queries */

static void ask(struct tls_locate *l, unsigned i, enum tls_dns_type type,
                struct slice prefix, struct slice name)
{
    struct slot *s = &l->slot[i];
    struct out o;

    memset(s, 0, sizeof(*s));
    o = out_of(s->name, sizeof(s->name) - 1);
    out_put(&o, prefix);
    out_put(&o, name);
    if (o.err) /* too long to exist in DNS */
        return;
    s->name_n = o.n;
    s->type = type;
    s->qid = ++l->next_qid;
    s->open = true;
}

static void ask_addrs(struct tls_locate *l, struct slice name)
{
    l->nv4 = l->nv6 = 0;
    ask(l, 0, TLS_DNS_AAAA, slice_of(NULL, 0), name);
    ask(l, 1, TLS_DNS_A, slice_of(NULL, 0), name);
}

static struct slice slot_name(const struct slot *s)
{
    return slice_of(s->name, s->name_n);
}

static bool any_open(const struct tls_locate *l)
{
    for (unsigned i = 0; i < SLOTS; i++)
        if (l->slot[i].open)
            return true;
    return false;
}

/* What is not waited for long once the rest is there, and whose failure says
 * nothing: few domains have it, and some networks drop the question. */
static bool is_extra(const struct slot *s)
{
    return s->type == TLS_DNS_NAPTR;
}

/* ----------------------------------------------------------- answers */

static void keep_addrs(struct tls_locate *l)
{
    const struct tls_dns_answer *a = &l->answer;

    for (unsigned i = 0; i < a->n; i++) {
        const struct tls_addr *addr = &a->rec[i].addr;

        if (addr->family == 6 && l->nv6 < TLS_LOCATE_TRIES_MAX)
            l->v6[l->nv6++] = *addr;
        if (addr->family == 4 && l->nv4 < TLS_LOCATE_TRIES_MAX)
            l->v4[l->nv4++] = *addr;
    }
}

/* RFC 3263 4.1: of all services SIP over TLS alone; the others are bait. */
static void keep_naptr(struct tls_locate *l)
{
    const struct tls_dns_record *best = NULL;

    for (unsigned i = 0; i < l->answer.n; i++) {
        const struct tls_dns_record *r = &l->answer.rec[i];

        if (slice_ieq(r->service, S("SIP+D2U")) ||
            slice_ieq(r->service, S("SIP+D2T")) ||
            slice_ieq(r->service, S("SIP+D2W")))
            l->others = true;
        if (!slice_ieq(r->service, S("SIPS+D2T")) ||
            !slice_ieq(r->flags, S("s")) || !r->target.n)
            continue;
        if (!best || r->priority < best->priority ||
            (r->priority == best->priority && r->weight < best->weight))
            best = r;
    }
    if (!best)
        return;
    memcpy(l->naptr, best->target.p, best->target.n);
    l->naptr_n = best->target.n;
}

static void read_answer(struct tls_locate *l, struct slot *s,
                        struct slice packet)
{
    struct tls_dns_answer *a = &l->answer;

    if (tls_dns_parse(a, packet, slot_name(s), s->type)) {
        if (!is_extra(s))
            note_dns(l, CAUSE_dns_malformed, slot_name(s));
    } else if (is_extra(s)) {
        keep_naptr(l);
    } else if (a->status == TLS_DNS_SERVER)
        note_dns(l, CAUSE_dns_server, slot_name(s));
    else if (a->status == TLS_DNS_OK && s->type == TLS_DNS_SRV &&
             l->phase != PHASE_OTHERS)
        tls_srv_keep(&l->srv, a);
    else if (a->status == TLS_DNS_OK && l->phase == PHASE_OTHERS) {
        if (s == &l->slot[2])
            l->misplaced = true;
        else
            l->others = true;
    } else if (a->status == TLS_DNS_OK)
        keep_addrs(l);
    else if (a->status == TLS_DNS_NO_DOMAIN && l->phase == PHASE_HOST)
        note_dns(l, CAUSE_dns_no_domain, slot_name(s));
}

void tls_locate_answer(struct tls_locate *l, uint32_t qid,
                       enum tls_locate_status status, struct slice packet)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        struct slot *s = &l->slot[i];

        if (!s->open || !s->sent || s->qid != qid)
            continue;
        s->open = false;
        if (status == TLS_LOCATE_PACKET)
            read_answer(l, s, packet);
        else if (!is_extra(s))
            note_dns(l,
                     status == TLS_LOCATE_TIMEOUT ? CAUSE_dns_timeout
                                                  : CAUSE_dns_server,
                     slot_name(s));
    }
}

int64_t tls_locate_deadline(const struct tls_locate *l)
{
    return any_open(l) ? l->deadline : INT64_MAX;
}

void tls_locate_tick(struct tls_locate *l, int64_t now)
{
    if (!any_open(l) || now < l->deadline)
        return;
    for (unsigned i = 0; i < SLOTS; i++) {
        if (l->slot[i].open && l->nv4 + l->nv6 == 0 && !is_extra(&l->slot[i]))
            note_dns(l, CAUSE_dns_timeout, slot_name(&l->slot[i]));
        l->slot[i].open = false;
    }
}

/* ------------------------------------------------------------ phases */

/* To be tried now, or after all others. */
static void take_addr(struct tls_locate *l, int64_t now,
                      const struct tls_addr *a)
{
    if (l->avoid && l->nlater < TLS_LOCATE_TRIES_MAX &&
        tls_avoid_has(l->avoid, now, a))
        l->later[l->nlater++] = *a;
    else
        l->addr[l->naddr++] = *a;
}

/* Addresses of both kinds in turns, IPv6 first (RFC 8305 4). */
static void take_addrs(struct tls_locate *l, int64_t now, uint16_t port)
{
    unsigned i6 = 0, i4 = 0;

    l->naddr = l->at_addr = 0;
    while ((i6 < l->nv6 || i4 < l->nv4) && l->naddr < TLS_LOCATE_TRIES_MAX) {
        bool six = i6 < l->nv6 && (i6 <= i4 || i4 >= l->nv4);
        struct tls_addr a = six ? l->v6[i6++] : l->v4[i4++];

        a.port = port;
        take_addr(l, now, &a);
    }
    l->nv6 = l->nv4 = 0;
}

static uint16_t default_port(const struct tls_locate *l)
{
    return l->port ? l->port : TLS_LOCATE_PORT;
}

/* The explicit addresses, those that failed before at the end. */
static void take_fixed(struct tls_locate *l, int64_t now)
{
    struct tls_addr given[TLS_LOCATE_ADDRS_MAX];
    unsigned n = l->naddr;

    memcpy(given, l->addr, n * sizeof(given[0]));
    l->naddr = 0;
    for (unsigned i = 0; i < n; i++)
        take_addr(l, now, &given[i]);
    l->phase = PHASE_FIXED;
}

static void start(struct tls_locate *l, int64_t now)
{
    if (l->naddr) {
        take_fixed(l, now);
    } else if (l->host.ip.family) {
        l->phase = PHASE_FIXED;
        l->addr[0] = l->host.ip;
        l->addr[0].port = default_port(l);
        l->naddr = 1;
    } else if (l->port) {
        l->phase = PHASE_HOST;
        ask_addrs(l, tls_name_text(&l->host));
    } else {
        l->phase = PHASE_SRV;
        ask(l, 0, TLS_DNS_SRV, S("_sips._tcp."), tls_name_text(&l->host));
        ask(l, 1, TLS_DNS_NAPTR, slice_of(NULL, 0), tls_name_text(&l->host));
    }
}

static void next_target(struct tls_locate *l)
{
    const struct tls_srv_target *t = &l->srv.target[l->at_target++];

    l->phase = PHASE_TARGET;
    ask_addrs(l, slice_of(t->name, t->name_n));
}

/* NAPTR leads to another name than the one that was asked at once. */
static bool elsewhere(const struct tls_locate *l)
{
    return l->naptr_n &&
           !slice_eq(slice_of(l->naptr, l->naptr_n), slot_name(&l->slot[0]));
}

static void after_srv(struct tls_locate *l)
{
    if (l->phase == PHASE_SRV && elsewhere(l)) {
        l->phase = PHASE_NAPTR;
        l->srv.n = 0;
        l->srv.declined = false;
        ask(l, 0, TLS_DNS_SRV, slice_of(NULL, 0),
            slice_of(l->naptr, l->naptr_n));
    } else if (l->srv.n) {
        tls_srv_order(&l->srv, l->env);
        next_target(l);
    } else if (l->srv.declined) {
        refuse(l, POLICY_srv_declined);
    } else if (l->cause.code != CAUSE_none) {
        fail(l); /* not the same as: there is no SRV record */
    } else {
        l->phase = PHASE_HOST;
        ask_addrs(l, tls_name_text(&l->host));
    }
}

/* All addresses of the host are tried, or it has none. */
static void after_host(struct tls_locate *l)
{
    enum cause_code code = l->cause.code;

    if (l->tried || l->port ||
        (code != CAUSE_none && code != CAUSE_dns_no_domain)) {
        fail(l);
        return;
    }
    l->phase = PHASE_OTHERS;
    ask(l, 0, TLS_DNS_SRV, S("_sip._udp."), tls_name_text(&l->host));
    ask(l, 1, TLS_DNS_SRV, S("_sip._tcp."), tls_name_text(&l->host));
    ask(l, 2, TLS_DNS_SRV, S("_sip._tls."), tls_name_text(&l->host));
}

static void after_others(struct tls_locate *l)
{
    if (l->misplaced)
        note_dns(l, CAUSE_dns_misplaced, tls_name_text(&l->host));
    if (!l->misplaced && l->others)
        refuse(l, POLICY_srv_not_sips);
    else
        fail(l);
}

/* What failed before and was left out: now it is its turn. */
static bool take_later(struct tls_locate *l)
{
    if (!l->nlater)
        return false;
    memcpy(l->addr, l->later, l->nlater * sizeof(l->addr[0]));
    l->naddr = l->nlater;
    l->at_addr = 0;
    l->nlater = 0;
    l->late = true;
    return true;
}

/* Nothing is open and nothing is left to try: what comes then? */
static void advance(struct tls_locate *l, int64_t now)
{
    l->grace = false;
    if (l->phase == PHASE_TARGET && l->at_target < l->srv.n) {
        next_target(l);
        return;
    }
    if ((l->phase == PHASE_TARGET || l->phase == PHASE_HOST ||
         l->phase == PHASE_FIXED) &&
        take_later(l))
        return;
    switch (l->phase) {
    case PHASE_START:
        start(l, now);
        break;
    case PHASE_SRV:
    case PHASE_NAPTR:
        after_srv(l);
        break;
    case PHASE_HOST:
        after_host(l);
        break;
    case PHASE_OTHERS:
        after_others(l);
        break;
    case PHASE_TARGET:
    case PHASE_FIXED:
    case PHASE_FAILED:
        fail(l);
        break;
    }
}

/* The round's answers are in: turn them into addresses to try. */
static void settle(struct tls_locate *l, int64_t now)
{
    uint16_t port = default_port(l);

    if (l->phase == PHASE_TARGET)
        port = l->srv.target[l->at_target - 1].port;
    if (l->nv4 + l->nv6)
        take_addrs(l, now, port);
}

static bool emit_query(struct tls_locate *l, int64_t now,
                       struct tls_step *step)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        struct slot *s = &l->slot[i];

        if (!s->open || s->sent)
            continue;
        s->sent = true;
        l->deadline = now + TLS_LOCATE_QUERY_MS;
        *step = (struct tls_step){.kind = TLS_STEP_QUERY,
                                  .qid = s->qid,
                                  .type = s->type,
                                  .name = slot_name(s)};
        return true;
    }
    return false;
}

/* What is needed is there: the rest need not be waited for. */
static bool enough(const struct tls_locate *l)
{
    for (unsigned i = 0; i < SLOTS; i++)
        if (l->slot[i].open && !is_extra(&l->slot[i]))
            return l->nv4 + l->nv6 > 0;
    return true;
}

static void wait(struct tls_locate *l, int64_t now, struct tls_step *step)
{
    if (enough(l) && !l->grace) {
        l->grace = true;
        if (now + TLS_LOCATE_GRACE_MS < l->deadline)
            l->deadline = now + TLS_LOCATE_GRACE_MS;
    }
    step->kind = TLS_STEP_WAIT;
}

void tls_locate_next(struct tls_locate *l, int64_t now, struct tls_step *step)
{
    memset(step, 0, sizeof(*step));
    for (;;) { /* every turn of advance uses up a phase or a target */
        if (l->phase == PHASE_FAILED) {
            step->kind = TLS_STEP_FAILED;
            return;
        }
        if (emit_query(l, now, step))
            return;
        if (any_open(l)) {
            wait(l, now, step);
            return;
        }
        settle(l, now);
        if (l->phase != PHASE_START && l->at_addr < l->naddr &&
            l->tried < TLS_LOCATE_TRIES_MAX) {
            step->kind = TLS_STEP_TRY;
            step->addr = l->addr[l->at_addr];
            return;
        }
        advance(l, now);
    }
}

void tls_locate_failed(struct tls_locate *l, const struct cause *why)
{
    if (l->at_addr >= l->naddr)
        return;
    l->at_addr++;
    l->tried++;
    if (why)
        note(l, why);
}

const struct cause *tls_locate_cause(const struct tls_locate *l)
{
    return &l->cause;
}

enum policy_why tls_locate_why(const struct tls_locate *l)
{
    return l->why;
}

bool tls_locate_question(const struct tls_locate *l, uint32_t qid,
                         struct slice *name, enum tls_dns_type *type)
{
    const struct slot *s = l->slot;

    while (s < l->slot + SLOTS && (!s->open || !s->sent || s->qid != qid))
        s++;
    if (s == l->slot + SLOTS)
        return false;
    *name = slot_name(s);
    *type = s->type;
    return true;
}

bool tls_locate_more(const struct tls_locate *l)
{
    return !l->late && (l->at_addr + 1 < l->naddr ||
                        (l->phase == PHASE_TARGET && l->at_target < l->srv.n));
}
