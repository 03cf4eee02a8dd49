/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: one DNS answer, read as the answer to its own question. */
#include <stdlib.h>
#include <string.h>

#include "tls/nat64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The question's name as text, if it is plain; its type behind it. */
static size_t question(const uint8_t *p, size_t n, char name[256],
                       unsigned *type)
{
    size_t at = 12, len = 0;

    while (at < n && p[at] && p[at] < 64 && len + p[at] < 254) {
        if (at + 1 + p[at] > n)
            break;
        if (len)
            name[len++] = '.';
        memcpy(name + len, p + at + 1, p[at]);
        len += p[at];
        at += 1u + p[at];
    }
    *type = at + 2 < n ? (unsigned)p[at + 1] << 8 | p[at + 2] : 1;
    return len;
}

static void check_target(const struct tls_dns_answer *a, struct slice t)
{
    if (t.n == 0)
        return;
    if (t.p < a->names || t.p + t.n > a->names + a->names_n ||
        t.n > TLS_DNS_NAME_MAX)
        abort();
    for (size_t i = 0; i < t.n; i++)
        if (slice_lower(t.p[i]) != t.p[i] || t.p[i] <= ' ')
            abort();
}

static void check(const struct tls_dns_answer *a, unsigned type)
{
    if (a->n > TLS_DNS_RECORDS_MAX || a->names_n > TLS_DNS_NAMES_MAX)
        abort();
    if ((a->status == TLS_DNS_OK) != (a->n > 0 && a->rcode == 0))
        abort();
    for (unsigned i = 0; i < a->n; i++) {
        check_target(a, a->rec[i].target);
        if (a->rec[i].ttl < a->ttl)
            abort();
        if (type != TLS_DNS_SRV && a->rec[i].addr.family == 0)
            abort();
    }
}

/* Prefixes of a NAT64, if it were the answer for ipv4only.arpa. */
static void check_prefixes(const struct tls_dns_answer *a)
{
    const struct tls_addr v4 = {.family = 4, .ip = {8, 8, 4, 4}, .port = 1};
    struct tls_nat64 n = {.n = 0};
    struct tls_addr to;

    tls_nat64_learn(&n, a);
    if (n.n > TLS_NAT64_PREFIXES_MAX || n.n > a->n)
        abort();
    for (unsigned i = 0; i < n.n; i++)
        if (!tls_nat64_map(&to, &n.prefix[i], &v4) ||
            memcmp(to.ip, n.prefix[i].ip, n.prefix[i].bits / 8) != 0)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum tls_dns_type known[] = {TLS_DNS_A, TLS_DNS_AAAA,
                                              TLS_DNS_SRV};
    struct tls_dns_answer a;
    char name[256];
    unsigned type;
    size_t n = question(data, size, name, &type);

    for (size_t i = 0; i < 3; i++)
        if (tls_dns_parse(&a, slice_of(data, size), slice_of(name, n),
                          known[i]) == 0) {
            check(&a, type);
            check_prefixes(&a);
        }
    return 0;
}
