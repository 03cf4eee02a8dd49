/* SPDX-License-Identifier: Apache-2.0 */
/* The takes of SIP grammar that are too long to be inline. */
#include "sip/scan.h"

struct slice sip_scan_escaped(struct cursor *c, unsigned cls)
{
    const char *from = c->p;
    const char *p = from;

    for (;;) {
        p = sip_scan_skip(p, c->end, cls);
        if (c->end - p < 3 || *p != '%' || !sip_char_is(p[1], SIP_C_HEX) ||
            !sip_char_is(p[2], SIP_C_HEX))
            break;
        p += 3;
    }
    c->p = p;
    return slice_between(from, p);
}

/* "\" and any ASCII but CR and LF (RFC 3261 25.1: quoted-pair). */
static bool take_pair(struct cursor *c)
{
    if (cursor_left(c) < 2 || c->p[0] != '\\' ||
        (unsigned char)c->p[1] > 0x7f || c->p[1] == '\r' || c->p[1] == '\n')
        return false;
    c->p += 2;
    return true;
}

static bool take_utf8(struct cursor *c)
{
    size_t n = sip_utf8_len(cursor_rest(c));

    c->p += n;
    return n > 0;
}

/* What may stand in quotes as it is. */
static void skip_quoted(struct cursor *c)
{
    const char *p = c->p;
    unsigned n = BLOCK;

    while (n == BLOCK && c->end - p >= BLOCK)
        p += n = block_quoted(p);
    while (p < c->end && sip_char_is(*p, SIP_C_QUOTED))
        p++;
    c->p = p;
}

bool sip_scan_quoted(struct cursor *c, struct slice *raw)
{
    const char *from = c->p;

    if (!cursor_take(c, '"'))
        return false;
    for (;;) {
        skip_quoted(c);
        if (cursor_take(c, '"')) {
            *raw = slice_between(from, c->p);
            return true;
        }
        if (!take_pair(c) && !take_utf8(c))
            return false;
    }
}

bool sip_scan_comment(struct cursor *c)
{
    size_t depth = 0;

    if (!cursor_at(c, '('))
        return false;
    do {
        if (cursor_take(c, '('))
            depth++;
        else if (cursor_take(c, ')'))
            depth--;
        else if (sip_scan_run(c, SIP_C_CTEXT).n == 0 && !take_pair(c) &&
                 !take_utf8(c))
            return false;
    } while (depth);
    return true;
}

bool sip_scan_u32(struct cursor *c, uint32_t max, uint32_t *out)
{
    const char *p = c->p;
    const char *end = c->end;
    uint64_t v = 0;

    for (; p < end; p++) {
        unsigned d = (unsigned)(unsigned char)*p - '0';

        if (d > 9)
            break;
        v = v * 10 + d;
        if (v > max)
            return false;
    }
    *out = (uint32_t)v;
    if (p == c->p)
        return false;
    c->p = p;
    return true;
}

bool sip_scan_seconds(struct cursor *c, uint32_t *out)
{
    const char *from = c->p;
    uint64_t v = 0;

    for (; c->p < c->end && sip_char_is(*c->p, SIP_C_DIGIT); c->p++) {
        v = v * 10 + (uint64_t)(*c->p - '0');
        if (v > UINT32_MAX)
            v = UINT32_MAX;
    }
    *out = (uint32_t)v;
    return c->p > from;
}
