/* SPDX-License-Identifier: Apache-2.0 */
/* The takes of SIP grammar that are too long to be inline. */
#include "sip/scan.h"

#include "sip/host.h"

const char *sip_scan_bytes(const char *p, const char *end, unsigned cls)
{
    while (p < end && sip_char_is(*p, cls))
        p++;
    return p;
}

const char *sip_scan_escaped_rest(const char *p, const char *end, unsigned cls)
{
    for (;;) {
        p = sip_scan_bytes(p, end, cls);
        if (end - p < 3 || *p != '%' || !sip_char_is(p[1], SIP_C_HEX) ||
            !sip_char_is(p[2], SIP_C_HEX))
            return p;
        p += 3;
    }
}

/* "\" and any ASCII but CR and LF (RFC 3261 25.1: quoted-pair). */
static bool take_pair(struct sip_text *t)
{
    if (sip_left(t) < 2 || t->p[0] != '\\' || (unsigned char)t->p[1] > 0x7f ||
        t->p[1] == '\r' || t->p[1] == '\n')
        return false;
    t->p += 2;
    return true;
}

static bool take_utf8(struct sip_text *t)
{
    size_t n = sip_utf8_len(sip_rest(t));

    t->p += n;
    return n > 0;
}

const char *sip_scan_qdtext(const char *p, const char *end)
{
    const uint64_t one = UINT64_C(0x0101010101010101);

    for (; end - p >= 8; p += 8) {
        uint64_t x = sip_map_word(sip_load8(p));
        uint64_t q = x ^ one * '"';
        uint64_t b = x ^ one * '\\';
        uint64_t stop = (((q - one) & ~q) | ((b - one) & ~b) | x |
                         (x - one * 0x20) | (x + one)) &
                        one * 0x80;

        if (stop)
            return p + (unsigned)__builtin_ctzll(stop) / 8;
    }
    return sip_scan_bytes(p, end, SIP_C_QUOTED);
}

const char *sip_scan_quoted_rest(const char *p, const char *end)
{
    struct sip_text t = {p, end, NULL};

    for (;;) {
        t.p = sip_scan_qdtext(t.p, end);
        t.p = sip_scan_bytes(t.p, end, SIP_C_QUOTED);
        if (sip_take(&t, '"'))
            return t.p;
        if (!take_pair(&t) && !take_utf8(&t))
            return NULL;
    }
}

bool sip_scan_comment(struct sip_text *t)
{
    size_t depth = 0;

    if (!sip_at(t, '('))
        return false;
    do {
        if (sip_take(t, '('))
            depth++;
        else if (sip_take(t, ')'))
            depth--;
        else if (sip_scan_run(t, SIP_C_CTEXT).n == 0 && !take_pair(t) &&
                 !take_utf8(t))
            return false;
    } while (depth);
    return true;
}

const char *sip_scan_bracketed(const char *p, const char *end)
{
    struct sip_text t = {p, end, NULL};
    struct sip_host host;

    return sip_host_take(&t, &host) ? t.p : NULL;
}
