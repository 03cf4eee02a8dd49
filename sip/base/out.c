/* SPDX-License-Identifier: Apache-2.0 */
/* The bounded output buffer. */
#include "sip/base/out.h"

#include <string.h>

#include "sip/base/err.h"

void out_fail(struct out *o, int err)
{
    if (!o->err)
        o->err = err;
}

void out_put(struct out *o, struct slice s)
{
    if (o->err || s.n == 0)
        return;
    if (s.n > o->cap - o->n) {
        o->err = E_TOOBIG;
        return;
    }
    memcpy(o->p + o->n, s.p, s.n);
    o->n += s.n;
}

void out_char(struct out *o, char c)
{
    out_put(o, slice_of(&c, 1));
}

void out_u64(struct out *o, uint64_t v)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    out_put(o, slice_of(digits + at, sizeof(digits) - at));
}

void out_hex(struct out *o, const uint8_t *p, size_t n)
{
    static const char digit[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        out_char(o, digit[p[i] >> 4]);
        out_char(o, digit[p[i] & 15]);
    }
}

void out_be16(struct out *o, uint16_t v)
{
    out_char(o, (char)(v >> 8));
    out_char(o, (char)(v & 255));
}

int out_cstr(struct out *o)
{
    if (!o->err && o->n == o->cap)
        o->err = E_TOOBIG;
    if (!o->err)
        o->p[o->n] = '\0';
    else if (o->cap)
        o->p[0] = '\0';
    return o->err;
}
