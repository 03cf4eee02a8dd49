/* SPDX-License-Identifier: Apache-2.0 */
/* Destination address selection: the rules of RFC 6724 as one number. */
#include "tls/select.h"

#include <string.h>

/* As IPv6: IPv4 is ::ffff:a.b.c.d (RFC 6724 2.1). */
static void as_six(uint8_t ip[16], const struct tls_addr *a)
{
    memset(ip, 0, 16);
    if (a->family == 6) {
        memcpy(ip, a->ip, 16);
        return;
    }
    ip[10] = ip[11] = 0xff;
    memcpy(ip + 12, a->ip, 4);
}

/* How many bits they have in common, from the first. */
static unsigned common(const uint8_t *a, const uint8_t *b, size_t bytes)
{
    unsigned n = 0;

    for (size_t i = 0; i < bytes; i++, n += 8) {
        unsigned differ = a[i] ^ b[i];

        if (!differ)
            continue;
        while (!(differ & 0x80)) {
            differ <<= 1;
            n++;
        }
        return n;
    }
    return n;
}

/* ------------------------------------------------------- the policy table */

/* RFC 6724 2.1: the longest prefix that matches, so in this order. */
static const struct row {
    uint8_t prefix[16];
    uint8_t bits, precedence, label;
} rows[] = {
    {{[15] = 1}, 128, 50, 0},  {{[10] = 0xff, [11] = 0xff}, 96, 35, 4},
    {{0}, 96, 1, 3},           {{0x20, 0x01}, 32, 5, 5},
    {{0x20, 0x02}, 16, 30, 2}, {{0x3f, 0xfe}, 16, 1, 12},
    {{0xfe, 0xc0}, 10, 1, 11}, {{0xfc}, 7, 3, 13},
    {{0}, 0, 40, 1},
};

static const struct row *row_of(const struct tls_addr *a)
{
    const struct row *row = rows;
    uint8_t ip[16];

    as_six(ip, a);
    while (common(row->prefix, ip, 16) < row->bits) /* the last fits all */
        row++;
    return row;
}

/* ------------------------------------------------------------------ scope */

/* RFC 4291 2.7's numbers; RFC 6724 3.1, and 3.2 for IPv4. */
enum { SCOPE_LINK = 2, SCOPE_SITE = 5, SCOPE_GLOBAL = 14, SCOPE_MASK = 15 };

/* Private IPv4 and unique local IPv6 addresses are of global scope. */
static unsigned scope_of(const struct tls_addr *a)
{
    if (tls_addr_is_loopback(a) || tls_addr_is_link_local(a))
        return SCOPE_LINK;
    if (a->family == 6 && a->ip[0] == 0xff)
        return a->ip[1] & SCOPE_MASK;
    if (a->family == 6 && a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0xc0)
        return SCOPE_SITE;
    return SCOPE_GLOBAL;
}

/* ----------------------------------------------------------- the source */

void tls_locals_add(struct tls_locals *locals, const struct tls_addr *addr,
                    unsigned bits)
{
    unsigned same = 0;

    for (unsigned i = 0; i < locals->n; i++)
        same += locals->row[i].addr.family == addr->family;
    if (same >= TLS_LOCALS_MAX / 2 ||
        (addr->family == 6 && tls_addr_is_link_local(addr)))
        return;
    locals->row[locals->n++] =
        (struct tls_local){.addr = *addr, .bits = (uint8_t)bits};
}

/*
 * RFC 6724 4: only what the way to dst may have. Loopback leads to loopback,
 * and what is local to a link leaves it for nobody (RFC 4291 2.5.6, RFC 3927
 * 2.7).
 */
static bool may_be_source(const struct tls_addr *s, const struct tls_addr *dst)
{
    if (s->family != dst->family ||
        tls_addr_is_loopback(s) != tls_addr_is_loopback(dst))
        return false;
    return !tls_addr_is_link_local(s) || scope_of(dst) <= SCOPE_LINK;
}

/* 5, rule 8: as much as is the link's, not the interface's (2.2). */
static unsigned prefix_of(const struct tls_local *s,
                          const struct tls_addr *dst)
{
    unsigned n = common(s->addr.ip, dst->ip, tls_addr_ip_size(dst));

    return s->bits && n > s->bits ? s->bits : n;
}

/* RFC 6724 5: is a the better source? Rules 1, 2, 6 and 8. */
static bool is_better(const struct tls_local *a, const struct tls_local *b,
                      const struct tls_addr *dst)
{
    unsigned sa = scope_of(&a->addr), sb = scope_of(&b->addr);
    unsigned label = row_of(dst)->label;
    bool la = row_of(&a->addr)->label == label;
    bool lb = row_of(&b->addr)->label == label;

    if (tls_addr_same_ip(&a->addr, dst) || tls_addr_same_ip(&b->addr, dst))
        return !tls_addr_same_ip(&b->addr, dst);
    if (sa != sb)
        return sa < sb ? sa >= scope_of(dst) : sb < scope_of(dst);
    if (la != lb)
        return la;
    return prefix_of(a, dst) > prefix_of(b, dst);
}

const struct tls_local *tls_select_source(const struct tls_locals *locals,
                                          const struct tls_addr *dst)
{
    const struct tls_local *best = NULL;

    for (unsigned i = 0; i < locals->n; i++) {
        const struct tls_local *s = &locals->row[i];

        if (may_be_source(&s->addr, dst) && (!best || is_better(s, best, dst)))
            best = s;
    }
    return best;
}

/* --------------------------------------------------------------- the rank */

/* The rules from the first, in the high bits, to the last. */
enum {
    RULE_9_BITS = 8,
    RULE_8_AT = RULE_9_BITS,
    RULE_6_AT = RULE_8_AT + 4,
    RULE_5_AT = RULE_6_AT + 8,
    RULE_2_AT = RULE_5_AT + 1,
    RULE_1_AT = RULE_2_AT + 1
};

/* What needs no source: precedence (rule 6), and smaller scope (rule 8). */
static uint32_t rank_alone(const struct tls_addr *dst)
{
    return (uint32_t)row_of(dst)->precedence << RULE_6_AT |
           (uint32_t)(SCOPE_MASK - scope_of(dst)) << RULE_8_AT;
}

uint32_t tls_select_rank_from(const struct tls_addr *dst,
                              const struct tls_local *source)
{
    uint32_t rank = rank_alone(dst);

    if (!source)
        return rank;
    rank |= UINT32_C(1) << RULE_1_AT;
    if (scope_of(&source->addr) == scope_of(dst))
        rank |= UINT32_C(1) << RULE_2_AT;
    if (row_of(&source->addr)->label == row_of(dst)->label)
        rank |= UINT32_C(1) << RULE_5_AT;
    return dst->family == 6 ? rank | prefix_of(source, dst) : rank;
}

uint32_t tls_select_rank(const struct tls_locals *locals,
                         const struct tls_addr *dst)
{
    if (locals->n)
        return tls_select_rank_from(dst, tls_select_source(locals, dst));
    return UINT32_C(1) << RULE_1_AT | UINT32_C(1) << RULE_2_AT |
           UINT32_C(1) << RULE_5_AT | rank_alone(dst);
}

bool tls_select_usable(uint32_t rank)
{
    return rank >> RULE_1_AT & 1;
}
