/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets: the one wiping function and the few uses. */
#include "sip/base/secret.h"

#include <string.h>

#include "sip/base/err.h"

void secret_wipe(void *p, size_t n)
{
#ifdef __GNUC__
    if (n)
        memset(p, 0, n);
    __asm__ volatile("" : : "r"(p) : "memory"); /* who reads it is not known */
#else
    volatile uint8_t *at = p;

    while (n--)
        *at++ = 0;
#endif
}

int secret_set(struct secret *s, struct slice from)
{
    secret_clear(s);
    if (from.n > SECRET_MAX)
        return E_TOOBIG;
    if (from.n)
        memcpy(s->bytes, from.p, from.n);
    s->n = from.n;
    return 0;
}

void secret_clear(struct secret *s)
{
    secret_wipe(s, sizeof(*s));
}

struct slice secret_bytes(const struct secret *s)
{
    return slice_of(s->bytes, s->n);
}

bool secret_eq(const struct secret *a, const struct secret *b)
{
    return slice_eq_ct(secret_bytes(a), secret_bytes(b));
}
