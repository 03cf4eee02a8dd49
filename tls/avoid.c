/* SPDX-License-Identifier: Apache-2.0 */
/* The list of addresses that failed, with its ageing. */
#include "tls/avoid.h"

#include <string.h>

static size_t find(const struct tls_avoid *a, const struct tls_addr *addr)
{
    size_t i = 0;

    while (i < TLS_AVOID_MAX &&
           (!a->row[i].until || !tls_addr_eq(&a->row[i].addr, addr)))
        i++;
    return i;
}

/* A free row, or the one that is over first. */
static size_t place(const struct tls_avoid *a)
{
    size_t best = 0;

    for (size_t i = 1; i < TLS_AVOID_MAX; i++)
        if (a->row[i].until < a->row[best].until)
            best = i;
    return best;
}

void tls_avoid_add(struct tls_avoid *a, int64_t now,
                   const struct tls_addr *addr, int64_t at_least_ms)
{
    size_t i = find(a, addr);
    int64_t wait = TLS_AVOID_FIRST_MS;

    /* Good for as long as it was avoided: as if it had never failed. */
    if (i < TLS_AVOID_MAX && now < a->row[i].until + a->row[i].wait_ms)
        wait = 2 * a->row[i].wait_ms;
    if (wait > TLS_AVOID_LONGEST_MS)
        wait = TLS_AVOID_LONGEST_MS;
    if (i == TLS_AVOID_MAX)
        i = place(a);
    a->row[i].addr = *addr;
    a->row[i].wait_ms = wait;
    a->row[i].until = now + (at_least_ms > wait ? at_least_ms : wait);
}

void tls_avoid_remove(struct tls_avoid *a, const struct tls_addr *addr)
{
    size_t i = find(a, addr);

    if (i < TLS_AVOID_MAX)
        memset(&a->row[i], 0, sizeof(a->row[i]));
}

bool tls_avoid_has(const struct tls_avoid *a, int64_t now,
                   const struct tls_addr *addr)
{
    size_t i = find(a, addr);

    return i < TLS_AVOID_MAX && now < a->row[i].until;
}

void tls_avoid_clear(struct tls_avoid *a)
{
    memset(a, 0, sizeof(*a));
}
