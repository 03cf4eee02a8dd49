/* SPDX-License-Identifier: Apache-2.0 */
/* Reading positions: the takes that are too long for the header. */
#include "sip/base/cursor.h"

bool cursor_take_text(struct cursor *c, struct slice text)
{
    if (!slice_starts(cursor_rest(c), text))
        return false;
    c->p += text.n;
    return true;
}

bool cursor_itake_text(struct cursor *c, struct slice text)
{
    if (!slice_istarts(cursor_rest(c), text))
        return false;
    c->p += text.n;
    return true;
}

void cursor_skip_ws(struct cursor *c)
{
    while (c->p < c->end && (*c->p == ' ' || *c->p == '\t'))
        c->p++;
}

bool cursor_take_n(struct cursor *c, size_t n, struct slice *out)
{
    if (cursor_left(c) < n)
        return false;
    *out = slice_of(c->p, n);
    c->p = n ? c->p + n : c->p;
    return true;
}

struct slice cursor_take_until(struct cursor *c, char stop)
{
    struct slice rest = cursor_rest(c);
    struct slice got = slice_of(rest.p, slice_find(rest, stop));

    c->p = got.n ? c->p + got.n : c->p;
    return got;
}

/* Reads n <= 4 bytes as one big-endian number. */
static bool take_be(struct cursor *c, size_t n, uint32_t *out)
{
    struct slice raw;
    uint32_t v = 0;

    if (!cursor_take_n(c, n, &raw))
        return false;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | (unsigned char)raw.p[i];
    *out = v;
    return true;
}

bool cursor_u8(struct cursor *c, uint8_t *out)
{
    uint32_t v;

    if (!take_be(c, 1, &v))
        return false;
    *out = (uint8_t)v;
    return true;
}

bool cursor_u16(struct cursor *c, uint16_t *out)
{
    uint32_t v;

    if (!take_be(c, 2, &v))
        return false;
    *out = (uint16_t)v;
    return true;
}

bool cursor_u32(struct cursor *c, uint32_t *out)
{
    return take_be(c, 4, out);
}
