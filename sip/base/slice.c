/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing, trimming and reading numbers from slices. */
#include "sip/base/slice.h"

#include <string.h>

#include "sip/base/err.h"

struct slice slice_cstr(const char *s)
{
    return s ? slice_of(s, strlen(s)) : slice_of(NULL, 0);
}

bool slice_eq(struct slice a, struct slice b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool slice_ieq(struct slice a, struct slice b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (slice_lower(a.p[i]) != slice_lower(b.p[i]))
            return false;
    return true;
}

bool slice_starts(struct slice s, struct slice prefix)
{
    return s.n >= prefix.n && slice_eq(slice_of(s.p, prefix.n), prefix);
}

bool slice_istarts(struct slice s, struct slice prefix)
{
    return s.n >= prefix.n && slice_ieq(slice_of(s.p, prefix.n), prefix);
}

bool slice_iends(struct slice s, struct slice suffix)
{
    return s.n >= suffix.n && slice_ieq(slice_skip(s, s.n - suffix.n), suffix);
}

struct slice slice_trim(struct slice s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s.p++;
        s.n--;
    }
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

struct slice slice_skip(struct slice s, size_t n)
{
    if (n > s.n)
        n = s.n;
    return n ? slice_of(s.p + n, s.n - n) : s;
}

size_t slice_find(struct slice s, char c)
{
    const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;

    return hit ? (size_t)(hit - s.p) : s.n;
}

int slice_u64(uint64_t *out, struct slice s, uint64_t max)
{
    uint64_t v = 0;

    if (s.n == 0)
        return E_SYNTAX;
    for (size_t i = 0; i < s.n; i++) {
        unsigned d = (unsigned)(unsigned char)s.p[i] - '0';

        if (d > 9)
            return E_SYNTAX;
        if (v > (UINT64_MAX - d) / 10)
            return E_TOOBIG;
        v = v * 10 + d;
    }
    if (v > max)
        return E_TOOBIG;
    *out = v;
    return 0;
}

enum { DIGITS_SAFE = 19 }; /* so many never overflow 64 bits */

int slice_u32(uint32_t *out, struct slice s, uint32_t max)
{
    uint64_t v = 0;
    int err = 0;

    if (s.n > DIGITS_SAFE)
        err = slice_u64(&v, s, max);
    else if (s.n == 0)
        err = E_SYNTAX;
    for (size_t i = 0; s.n <= DIGITS_SAFE && i < s.n; i++) {
        unsigned d = (unsigned)(unsigned char)s.p[i] - '0';

        if (d > 9)
            return E_SYNTAX;
        v = v * 10 + d;
    }
    if (!err && v > max)
        err = E_TOOBIG;
    if (!err)
        *out = (uint32_t)v;
    return err;
}

bool slice_eq_ct(struct slice a, struct slice b)
{
    volatile unsigned char diff = 0;

    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        diff = (unsigned char)(diff | (a.p[i] ^ b.p[i]));
    return diff == 0;
}
