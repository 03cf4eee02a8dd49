/* SPDX-License-Identifier: Apache-2.0 */
/* Finding NAT64 prefixes in answers (RFC 7050), using them (RFC 6052). */
#include "tls/nat64.h"

#include <string.h>

static const uint8_t lengths[] = {32, 40, 48, 56, 64, 96};

/* RFC 6052 2.2: behind the prefix; bits 64 to 71 are skipped. */
static void places(uint8_t at[4], unsigned bits)
{
    unsigned k = bits / 8;

    for (unsigned i = 0; i < 4; i++, k++) {
        if (k == 8)
            k++;
        at[i] = (uint8_t)k;
    }
}

static bool stands(const uint8_t *ip, const uint8_t at[4], uint8_t last)
{
    return ip[at[0]] == 192 && ip[at[1]] == 0 && ip[at[2]] == 0 &&
           ip[at[3]] == last;
}

/* How often the four bytes stand side by side. */
static unsigned in_a_row(const uint8_t *ip, uint8_t last)
{
    unsigned n = 0;

    for (uint8_t i = 0; i + 4 <= 16; i++) {
        const uint8_t at[4] = {i, (uint8_t)(i + 1), (uint8_t)(i + 2),
                               (uint8_t)(i + 3)};

        n += stands(ip, at, last);
    }
    return n;
}

/* The length of the prefix; 0: it is not told, or told twice (RFC 7050 3). */
static unsigned length_of(const uint8_t *ip, uint8_t last)
{
    unsigned bits = 0, found = 0, side = in_a_row(ip, last);

    for (size_t i = 0; i < sizeof(lengths); i++) {
        uint8_t at[4];

        places(at, lengths[i]);
        if (!stands(ip, at, last) || (lengths[i] < 96 && ip[8]))
            continue;
        bits = lengths[i];
        found++;
        side -= at[3] - at[0] == 3;
    }
    return found == 1 && side == 0 ? bits : 0;
}

static bool known(const struct tls_nat64 *n, const struct tls_nat64_prefix *p)
{
    for (unsigned i = 0; i < n->n; i++)
        if (n->prefix[i].bits == p->bits &&
            memcmp(n->prefix[i].ip, p->ip, sizeof(p->ip)) == 0)
            return true;
    return false;
}

void tls_nat64_learn(struct tls_nat64 *n, const struct tls_dns_answer *answer)
{
    for (unsigned i = 0; i < answer->n; i++) {
        const struct tls_addr *a = &answer->rec[i].addr;
        struct tls_nat64_prefix p = {{0}, 0};
        unsigned bits;

        if (a->family != 6)
            continue;
        bits = length_of(a->ip, 170);
        if (!bits)
            bits = length_of(a->ip, 171);
        if (!bits)
            continue;
        p.bits = (uint8_t)bits;
        memcpy(p.ip, a->ip, bits / 8);
        if (n->n < TLS_NAT64_PREFIXES_MAX && !known(n, &p))
            n->prefix[n->n++] = p;
    }
}

struct net {
    uint8_t ip[4];
    uint8_t bits;
};

static bool in_net(const uint8_t *ip, const struct net *net)
{
    for (unsigned i = 0; i < net->bits; i++)
        if ((ip[i / 8] ^ net->ip[i / 8]) >> (7 - i % 8) & 1)
            return false;
    return true;
}

bool tls_nat64_mappable(const struct tls_addr *v4)
{
    return v4->family == 4 && v4->ip[0] != 0 && v4->ip[0] < 224 &&
           !tls_addr_is_loopback(v4) && !tls_addr_is_link_local(v4);
}

/* RFC 1918, RFC 5735 3, RFC 6598. */
static bool global(const uint8_t *ip)
{
    static const struct net not [] = {
        {{10, 0, 0, 0}, 8},    {{172, 16, 0, 0}, 12},   {{192, 168, 0, 0}, 16},
        {{100, 64, 0, 0}, 10}, {{192, 0, 0, 0}, 24},    {{192, 0, 2, 0}, 24},
        {{198, 18, 0, 0}, 15}, {{198, 51, 100, 0}, 24}, {{203, 0, 113, 0}, 24},
    };

    for (size_t i = 0; i < sizeof(not ) / sizeof(not [0]); i++)
        if (in_net(ip, &not [i]))
            return false;
    return true;
}

bool tls_nat64_map(struct tls_addr *to, const struct tls_nat64_prefix *prefix,
                   const struct tls_addr *v4)
{
    static const struct tls_nat64_prefix well_known = {
        {0x00, 0x64, 0xff, 0x9b}, 96};
    uint8_t at[4];

    if (!tls_nat64_mappable(v4))
        return false;
    if (prefix->bits == well_known.bits && !global(v4->ip) &&
        memcmp(prefix->ip, well_known.ip, sizeof(prefix->ip)) == 0)
        return false;
    *to = (struct tls_addr){.family = 6, .port = v4->port};
    memcpy(to->ip, prefix->ip, sizeof(to->ip));
    places(at, prefix->bits);
    for (unsigned i = 0; i < 4; i++)
        to->ip[at[i]] = v4->ip[i];
    return true;
}
