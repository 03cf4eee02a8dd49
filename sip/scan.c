/* SPDX-License-Identifier: Apache-2.0 */
/* The takes of SIP grammar that are too long to be inline. */
#include "sip/scan.h"

struct slice sip_scan_escaped(struct cursor *c, unsigned cls)
{
    const char *from = c->p;

    for (;;) {
        sip_scan_run(c, cls);
        if (cursor_left(c) < 3 || c->p[0] != '%' ||
            !sip_char_is(c->p[1], SIP_C_HEX) ||
            !sip_char_is(c->p[2], SIP_C_HEX))
            return slice_between(from, c->p);
        c->p += 3;
    }
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

bool sip_scan_quoted(struct cursor *c, struct slice *raw)
{
    const char *from = c->p;

    if (!cursor_take(c, '"'))
        return false;
    for (;;) {
        sip_scan_run(c, SIP_C_QUOTED);
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
    const char *from = c->p;
    uint64_t v = 0;

    for (; c->p < c->end && sip_char_is(*c->p, SIP_C_DIGIT); c->p++) {
        v = v * 10 + (uint64_t)(*c->p - '0');
        if (v > max) {
            c->p = from;
            return false;
        }
    }
    *out = (uint32_t)v;
    return c->p > from;
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
