/* SPDX-License-Identifier: Apache-2.0 */
/* Where to connect: the order of addresses, and those that are left out. */
#include "tls/locate_impl.h"

void locate_list_add(struct locate_list *list, const struct tls_addr *addr,
                     unsigned edge)
{
    if (list->n == TLS_LOCATE_TRIES_MAX)
        return;
    list->row[list->n++] =
        (struct locate_candidate){.addr = *addr, .edge = (uint8_t)edge};
}

/* ----------------------------------------------------------- what is next */

void locate_family_add(struct tls_locate *l, const struct tls_addr *addr)
{
    struct locate_family *f = addr->family == 6 ? &l->v6 : &l->v4;
    uint32_t rank = tls_select_rank(&l->locals, addr);
    unsigned at = f->n;

    if (f->n == TLS_LOCATE_TRIES_MAX)
        return;
    for (; at > f->at && f->row[at - 1].rank < rank; at--)
        f->row[at] = f->row[at - 1];
    f->row[at].addr = *addr;
    f->row[at].rank = rank;
    f->n++;
}

/* The rank of the next one; 0: there is none. */
static uint32_t next_rank(const struct locate_family *f)
{
    return f->at < f->n ? f->row[f->at].rank : 0;
}

/* That of an address as most are, of that family. */
static uint32_t usual_rank(const struct tls_locate *l, uint8_t family)
{
    const struct tls_addr four = {4, {192, 0, 2, 1}, 0};
    const struct tls_addr six = {6, {0x20, 0x01, 0x0d, 0xb8}, 0};

    return tls_select_rank(&l->locals, family == 6 ? &six : &four);
}

/*
 * An address waits a little for those of the other family, if these would be
 * better: as a rule IPv4 for IPv6 (RFC 8305 3). On a network without IPv6 it
 * is IPv6 that waits, and IPv4 does not.
 */
static bool held(struct tls_locate *l, int64_t now,
                 const struct locate_family *f)
{
    bool four = f == &l->v4;
    const struct locate_family *other = four ? &l->v6 : &l->v4;

    if (other->n || !locate_awaits(l, four ? TLS_DNS_AAAA : TLS_DNS_A) ||
        usual_rank(l, four ? 6 : 4) <= next_rank(f))
        return false;
    if (!l->hold)
        l->hold = now + TLS_LOCATE_HOLD_MS;
    l->holding = now < l->hold;
    return l->holding;
}

/*
 * The families in turns, beginning with the better address (RFC 8305 4). What
 * has no source here waits until all that has one was tried: its turn would be
 * for nothing.
 */
static bool is_four_next(const struct tls_locate *l)
{
    uint32_t six = next_rank(&l->v6), four = next_rank(&l->v4);

    if (!six || !four)
        return four;
    if (tls_select_usable(six) != tls_select_usable(four))
        return tls_select_usable(four);
    return l->begun ? l->four : four > six;
}

static bool draw_family(struct tls_locate *l, int64_t now,
                        struct locate_candidate *c)
{
    struct locate_family *f = is_four_next(l) ? &l->v4 : &l->v6;

    if (f->at == f->n)
        return false;
    if (!l->begun && held(l, now, f))
        return false;
    l->four = f == &l->v6;
    c->addr = f->row[f->at++].addr;
    c->addr.port = l->port;
    c->edge = (uint8_t)l->at_edge;
    return true;
}

static bool draw(struct tls_locate *l, int64_t now, struct locate_candidate *c)
{
    if (l->told.n == TLS_LOCATE_TRIES_MAX)
        return false;
    if (l->fixed.at < l->fixed.n) {
        *c = l->fixed.row[l->fixed.at++];
        return true;
    }
    return draw_family(l, now, c);
}

/* --------------------------------------------------------- what is left out
 */

static bool is_excluded(const struct tls_locate *l, const struct tls_addr *a)
{
    for (unsigned i = 0; i < l->nexclude; i++)
        if (tls_addr_same_ip(&l->exclude[i], a))
            return true;
    return false;
}

/* Twice the same address, by two records or by DNS64 and by us, is one. */
static bool was_told(const struct tls_locate *l,
                     const struct locate_candidate *c)
{
    for (unsigned i = 0; i < l->told.n; i++)
        if (l->told.row[i].edge == c->edge &&
            tls_addr_eq(&l->told.row[i].addr, &c->addr))
            return true;
    return false;
}

static bool needs_prefix(const struct tls_locate *l, const struct tls_addr *a)
{
    struct tls_addr to;

    if (!l->no_ipv4 || !tls_nat64_mappable(a))
        return false;
    for (unsigned i = 0; i < l->prefixes.n; i++)
        if (tls_nat64_map(&to, &l->prefixes.prefix[i], a))
            return true;
    return l->nat64 != NAT64_KNOWN;
}

static bool is_avoided(const struct tls_locate *l, const struct tls_addr *a)
{
    return !l->late && l->avoid && tls_avoid_has(l->avoid, l->now, a);
}

/* To be told now; or never, later, or in another form. */
static bool fits(struct tls_locate *l, const struct locate_candidate *c)
{
    if (is_excluded(l, &c->addr)) {
        l->excluded = l->any = true;
        return false;
    }
    if (was_told(l, c))
        return false;
    l->any = true;
    if (needs_prefix(l, &c->addr)) {
        locate_list_add(&l->plain, &c->addr, c->edge);
        return false;
    }
    if (is_avoided(l, &c->addr) && l->later.n < TLS_LOCATE_TRIES_MAX) {
        locate_list_add(&l->later, &c->addr, c->edge);
        return false;
    }
    return true;
}

bool locate_pick(struct tls_locate *l, int64_t now, struct tls_step *step)
{
    struct locate_candidate c;

    for (;;) {
        if (!draw(l, now, &c))
            return false;
        if (fits(l, &c))
            break;
    }
    locate_list_add(&l->told, &c.addr, c.edge);
    l->told.row[l->told.n - 1].open = true;
    l->nopen++;
    l->started = now;
    l->at_once = false;
    l->begun = true;
    *step = (struct tls_step){.kind = TLS_STEP_TRY,
                              .addr = c.addr,
                              .candidate = l->told.n,
                              .edge = c.edge};
    return true;
}

/* ------------------------------------------------------------ their turn */

static void translate(struct tls_locate *l, const struct locate_candidate *c)
{
    struct tls_addr to;
    bool some = false;

    for (unsigned i = 0; i < l->prefixes.n; i++)
        if (tls_nat64_map(&to, &l->prefixes.prefix[i], &c->addr)) {
            locate_list_add(&l->fixed, &to, c->edge);
            some = true;
        }
    if (!some) /* so that its own failure is told */
        locate_list_add(&l->fixed, &c->addr, c->edge);
}

bool locate_translate(struct tls_locate *l)
{
    if (!l->plain.n)
        return false;
    if (l->nat64 == NAT64_UNASKED) {
        l->nat64 = NAT64_ASKED;
        locate_ask(l, LOCATE_SLOT_NAT64, TLS_DNS_AAAA, slice_of(NULL, 0),
                   S(TLS_NAT64_NAME));
        return true;
    }
    l->nat64 = NAT64_KNOWN;
    l->fixed.n = l->fixed.at = 0;
    for (unsigned i = 0; i < l->plain.n; i++)
        translate(l, &l->plain.row[i]);
    l->plain.n = 0;
    return true;
}

bool locate_take_later(struct tls_locate *l)
{
    if (!l->later.n)
        return false;
    l->fixed = l->later;
    l->fixed.at = 0;
    l->later.n = 0;
    l->late = true;
    return true;
}

/* ------------------------------------------------------------ what is left */

static bool would_do(const struct tls_locate *l, const struct tls_addr *a,
                     unsigned edge)
{
    const struct locate_candidate c = {.addr = *a, .edge = (uint8_t)edge};

    return !is_excluded(l, a) && !was_told(l, &c) && !is_avoided(l, a);
}

static bool family_has(const struct tls_locate *l,
                       const struct locate_family *f)
{
    for (unsigned i = f->at; i < f->n; i++) {
        struct tls_addr a = f->row[i].addr;

        a.port = l->port;
        if (would_do(l, &a, l->at_edge))
            return true;
    }
    return false;
}

bool tls_locate_more(const struct tls_locate *l)
{
    if (l->late)
        return false;
    if (l->nopen > 1 || l->at_edge + 1 < l->nedges ||
        (l->phase == LOCATE_TARGET && l->at_target < l->srv.n))
        return true;
    for (unsigned i = l->fixed.at; i < l->fixed.n; i++)
        if (would_do(l, &l->fixed.row[i].addr, l->fixed.row[i].edge))
            return true;
    return family_has(l, &l->v6) || family_has(l, &l->v4);
}
