/* SPDX-License-Identifier: Apache-2.0 */
/* Where to connect: the steps of RFC 3263 4.2 that lead to TLS. */
#include "tls/locate.h"

#include <string.h>

#include "sip/base/err.h"
#include "tls/locate_impl.h"

/* ------------------------------------------------------------ birth */

static int take_edges(struct tls_locate *l, const struct tls_locate_ask *ask)
{
    const struct tls_locate_edge one = {ask->host, ask->port};
    const struct tls_locate_edge *edge = ask->nedges ? ask->edge : &one;
    size_t n = ask->nedges ? ask->nedges : 1;
    int err = 0;

    /* explicit addresses need no name here: the policy has it */
    for (size_t i = 0; i < n && !ask->naddr && !err; i++)
        err = tls_name_parse(&l->edge[i].host, edge[i].host);
    for (size_t i = 0; i < n; i++)
        l->edge[i].port = edge[i].port;
    l->nedges = ask->naddr ? 1 : (unsigned)n;
    return err;
}

static int take_search(struct tls_locate *l, const struct tls_locate_ask *ask)
{
    int err = 0;

    for (size_t i = 0; i < ask->nsearch && !err; i++)
        err = tls_name_parse(&l->search[i], ask->search[i]);
    l->nsearch = (unsigned)ask->nsearch;
    return err;
}

static int64_t pace_of(int64_t ms)
{
    if (ms == 0)
        return TLS_LOCATE_PACE_MS;
    if (ms < TLS_LOCATE_PACE_MIN_MS)
        return TLS_LOCATE_PACE_MIN_MS;
    return ms > TLS_LOCATE_PACE_MAX_MS ? TLS_LOCATE_PACE_MAX_MS : ms;
}

int tls_locate_new(struct tls_locate **out, const struct env *env,
                   const struct tls_locate_ask *ask)
{
    struct tls_locate *l;
    int err;

    if (ask->naddr > TLS_LOCATE_ADDRS_MAX ||
        ask->nedges > TLS_LOCATE_EDGES_MAX ||
        ask->nexclude > TLS_LOCATE_EDGES_MAX ||
        ask->nsearch > TLS_LOCATE_SEARCH_MAX)
        return E_TOOBIG;
    l = env_alloc(env, sizeof(*l));
    if (!l)
        return E_NOMEM;
    l->env = env;
    err = take_edges(l, ask);
    if (!err)
        err = take_search(l, ask);
    if (err) {
        env_free(env, l);
        return err;
    }
    for (size_t i = 0; i < ask->naddr; i++)
        locate_list_add(&l->fixed, &ask->addr[i], 0);
    for (size_t i = 0; i < ask->nexclude; i++)
        l->exclude[l->nexclude++] = ask->exclude[i];
    l->avoid = ask->avoid;
    if (ask->locals)
        l->locals = *ask->locals;
    tls_locate_width(l, ask->parallel);
    l->pace = pace_of(ask->pace_ms);
    l->deadline = INT64_MAX;
    cause_set(&l->cause, CAUSE_none);
    *out = l;
    return 0;
}

void tls_locate_free(struct tls_locate *l)
{
    if (l)
        env_free(l->env, l);
}

void tls_locate_width(struct tls_locate *l, unsigned parallel)
{
    l->parallel = parallel ? parallel : 1;
}

/* ------------------------------------------------------------ phases */

static uint16_t default_port(const struct tls_locate *l)
{
    uint16_t port = l->edge[l->at_edge].port;

    return port ? port : TLS_LOCATE_PORT;
}

/* Without a dot it is looked for in the domains to search, too. */
static bool is_short(const struct tls_locate *l)
{
    const struct tls_name *host = &l->edge[l->at_edge].host;
    struct slice text = tls_name_text(host);

    return !host->ip.family && slice_find(text, '.') == text.n;
}

static void name_host(struct tls_locate *l)
{
    struct out o = out_of(l->host, sizeof(l->host));

    out_put(&o, tls_name_text(&l->edge[l->at_edge].host));
    if (is_short(l) && l->at_search < l->nsearch) {
        out_char(&o, '.');
        out_put(&o, tls_name_text(&l->search[l->at_search]));
    }
    l->host_n = o.err ? 0 : o.n; /* it is too long: nothing is asked */
}

static void start(struct tls_locate *l)
{
    struct tls_addr ip = l->edge[l->at_edge].host.ip;

    name_host(l);
    l->dns_code = CAUSE_none;
    l->any = l->others = l->misplaced = false;
    l->naptr_n = 0;
    l->srv.n = l->at_target = 0;
    l->srv.declined = false;
    if (l->fixed.at < l->fixed.n) { /* explicit ones */
        l->phase = LOCATE_FIXED;
    } else if (ip.family) {
        l->phase = LOCATE_FIXED;
        ip.port = default_port(l);
        l->fixed.n = l->fixed.at = 0;
        locate_list_add(&l->fixed, &ip, l->at_edge);
    } else if (l->edge[l->at_edge].port) {
        l->phase = LOCATE_HOST;
        locate_ask_addrs(l, locate_host(l), default_port(l));
    } else {
        l->phase = LOCATE_SRV;
        locate_ask(l, 0, TLS_DNS_SRV, S("_sips._tcp."), locate_host(l));
        locate_ask(l, 1, TLS_DNS_NAPTR, slice_of(NULL, 0), locate_host(l));
    }
}

static void next_target(struct tls_locate *l)
{
    const struct tls_srv_target *t = &l->srv.target[l->at_target++];

    l->phase = LOCATE_TARGET;
    locate_ask_addrs(l, slice_of(t->name, t->name_n), t->port);
}

/* NAPTR leads to another name than the one that was asked at once. */
static bool elsewhere(const struct tls_locate *l)
{
    return l->naptr_n && !slice_eq(slice_of(l->naptr, l->naptr_n),
                                   locate_slot_name(&l->slot[0]));
}

static void refuse(struct tls_locate *l, enum policy_why why)
{
    locate_note_refused(l, why);
    l->phase = LOCATE_OVER;
}

static void after_srv(struct tls_locate *l)
{
    if (l->phase == LOCATE_SRV && elsewhere(l)) {
        l->phase = LOCATE_NAPTR;
        l->srv.n = 0;
        l->srv.declined = false;
        locate_ask(l, 0, TLS_DNS_SRV, slice_of(NULL, 0),
                   slice_of(l->naptr, l->naptr_n));
    } else if (l->srv.n) {
        tls_srv_order(&l->srv, l->env);
        next_target(l);
    } else if (l->srv.declined) {
        refuse(l, POLICY_srv_declined);
    } else if (l->dns_code != CAUSE_none) {
        l->phase = LOCATE_OVER; /* not the same as: there is no SRV record */
    } else {
        l->phase = LOCATE_HOST;
        locate_ask_addrs(l, locate_host(l), default_port(l));
    }
}

/* All addresses of the host are tried, or it has none. */
static void after_host(struct tls_locate *l)
{
    bool none = l->dns_code == CAUSE_none;

    if (l->any || l->edge[l->at_edge].port ||
        (!none && l->dns_code != CAUSE_dns_no_domain)) {
        if (!l->any && none)
            locate_note_dns(l, CAUSE_dns_no_record, locate_host(l));
        l->phase = LOCATE_OVER;
        return;
    }
    l->phase = LOCATE_OTHERS;
    locate_ask(l, 0, TLS_DNS_SRV, S("_sip._udp."), locate_host(l));
    locate_ask(l, 1, TLS_DNS_SRV, S("_sip._tcp."), locate_host(l));
    locate_ask(l, 2, TLS_DNS_SRV, S("_sip._tls."), locate_host(l));
}

static void after_others(struct tls_locate *l)
{
    l->phase = LOCATE_OVER;
    if (l->misplaced)
        locate_note_dns(l, CAUSE_dns_misplaced, locate_host(l));
    else if (l->others)
        refuse(l, POLICY_srv_not_sips);
    else if (l->dns_code == CAUSE_none)
        locate_note_dns(l, CAUSE_dns_no_record, locate_host(l));
}

/* The name is not there: is there another domain to search? */
static bool search_on(struct tls_locate *l)
{
    if (!is_short(l) || l->any || l->at_search >= l->nsearch ||
        (l->dns_code != CAUSE_none && l->dns_code != CAUSE_dns_no_domain &&
         l->dns_code != CAUSE_dns_no_record))
        return false;
    l->at_search++;
    return true;
}

/* This edge is through: the next one, or what was left out. */
static bool after_edge(struct tls_locate *l)
{
    if (search_on(l)) {
        l->phase = LOCATE_START;
        return true;
    }
    if (l->at_edge + 1 < l->nedges) {
        l->at_edge++;
        l->at_search = 0;
        l->phase = LOCATE_START;
        return true;
    }
    return locate_take_later(l);
}

/* Nothing is asked and nothing is at hand: what comes then? False: nothing. */
static bool advance(struct tls_locate *l)
{
    if (l->told.n == TLS_LOCATE_TRIES_MAX)
        return false;
    if (locate_translate(l))
        return true;
    if (l->phase == LOCATE_TARGET && l->at_target < l->srv.n) {
        next_target(l);
        return true;
    }
    switch (l->phase) {
    case LOCATE_START:
        start(l);
        break;
    case LOCATE_SRV:
    case LOCATE_NAPTR:
        after_srv(l);
        break;
    case LOCATE_HOST:
        after_host(l);
        break;
    case LOCATE_OTHERS:
        after_others(l);
        break;
    case LOCATE_TARGET:
    case LOCATE_FIXED:
        l->phase = LOCATE_OVER;
        break;
    case LOCATE_OVER:
        return after_edge(l);
    case LOCATE_FAILED:
        return false;
    }
    return true;
}

static void fail(struct tls_locate *l)
{
    struct cause c;

    l->phase = LOCATE_FAILED;
    if (l->excluded && l->told.n == l->stranded) {
        cause_set(&c, CAUSE_connect_no_second_edge);
        locate_note(l, &c);
    }
    if (l->cause.code == CAUSE_none)
        locate_note_dns(l, CAUSE_dns_no_record, locate_host(l));
}

/* ------------------------------------------------------------- steps */

/* One more may be dialled now. */
static bool may_start(struct tls_locate *l, int64_t now)
{
    l->pacing = false;
    if (l->nopen == 0)
        return true;
    if (l->nopen >= l->parallel)
        return false;
    l->pacing = !l->at_once && now < l->started + l->pace;
    return !l->pacing;
}

void tls_locate_next(struct tls_locate *l, int64_t now, struct tls_step *step)
{
    memset(step, 0, sizeof(*step));
    l->now = now;
    l->holding = l->pacing = false;
    step->kind = TLS_STEP_WAIT;
    for (;;) { /* every turn of advance uses up a phase, target or list */
        if (l->phase == LOCATE_FAILED) {
            step->kind = TLS_STEP_FAILED;
            return;
        }
        if (locate_emit(l, now, step))
            return;
        if (!may_start(l, now))
            return;
        if (l->phase != LOCATE_START && locate_pick(l, now, step))
            return;
        if (locate_any_open(l)) {
            locate_hurry(l, now);
            return;
        }
        if (!advance(l)) {
            if (l->nopen)
                return;
            fail(l);
        }
    }
}

/* Its address is IPv4 and there is none here: as a NAT64 has it, then. */
static void without_ipv4(struct tls_locate *l,
                         const struct locate_candidate *c)
{
    if (!tls_nat64_mappable(&c->addr))
        return;
    l->no_ipv4 = true;
    l->stranded++;
    locate_list_add(&l->plain, &c->addr, c->edge);
}

void tls_locate_lost(struct tls_locate *l, unsigned candidate,
                     const struct cause *why)
{
    struct locate_candidate *c;

    if (candidate == 0 || candidate > l->told.n)
        return;
    c = &l->told.row[candidate - 1];
    if (!c->open)
        return;
    c->open = false;
    l->nopen--;
    l->at_once = true;
    if (!why)
        return;
    locate_note(l, why);
    if (cause_domain(why->code) == CAUSE_CERT)
        l->phase = LOCATE_FAILED;
    else if (why->code == CAUSE_connect_no_ipv4)
        without_ipv4(l, c);
}
