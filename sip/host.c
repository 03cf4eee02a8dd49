/* SPDX-License-Identifier: Apache-2.0 */
/* Reading hosts; RFC 3261 25.1 with RFC 5954 for IPv6. */
#include "sip/host.h"

#include <string.h>

#include "sip/base/err.h"
#include "sip/scan.h"

/* One to three digits up to 255; false if there are none or more. */
static bool take_octet(struct cursor *c, uint8_t *out)
{
    unsigned v = 0;
    const char *from = c->p;

    while (c->p < c->end && c->p < from + 3 && sip_char_is(*c->p, SIP_C_DIGIT))
        v = v * 10 + (unsigned)(*c->p++ - '0');
    *out = (uint8_t)v;
    return c->p > from && v <= 255;
}

static bool take_ipv4(struct cursor *c, uint8_t bytes[4])
{
    for (int i = 0; i < 4; i++) {
        if (i && !cursor_take(c, '.'))
            return false;
        if (!take_octet(c, &bytes[i]))
            return false;
    }
    return true;
}

static bool ipv4_bytes(struct slice text, uint8_t bytes[4])
{
    struct cursor c = cursor_of(text);

    return take_ipv4(&c, bytes) && sip_scan_end(&c);
}

static unsigned hex_value(char ch)
{
    if (ch <= '9')
        return (unsigned)(ch - '0');
    return (unsigned)(slice_lower(ch) - 'a') + 10;
}

/* One to four hex digits. */
static bool take_hex16(struct cursor *c, uint8_t out[2])
{
    unsigned v = 0;
    const char *from = c->p;

    while (c->p < c->end && c->p < from + 4 && sip_char_is(*c->p, SIP_C_HEX))
        v = v << 4 | hex_value(*c->p++);
    out[0] = (uint8_t)(v >> 8);
    out[1] = (uint8_t)v;
    return c->p > from;
}

/* True if what is left is an IPv4 address: the tail of a mixed form. */
static bool tail_is_ipv4(const struct cursor *c, uint8_t bytes[4])
{
    struct cursor at = *c;

    return take_ipv4(&at, bytes) && sip_scan_end(&at);
}

/* Moves what stands after "::" to the end and fills with zeros. */
static bool ipv6_expand(uint8_t bytes[16], size_t n, size_t gap)
{
    size_t tail;

    if (n == 16)
        return false; /* "::" stands for at least one group */
    tail = n - gap;
    memmove(bytes + 16 - tail, bytes + gap, tail);
    memset(bytes + gap, 0, 16 - n);
    return true;
}

/* The ABNF of RFC 3261 makes ":::192.0.2.1"; RFC 5118 4.10 wants it to be
 * read. */
static void take_third_colon(struct cursor *c)
{
    uint8_t bytes[4];
    struct cursor at = *c;

    if (cursor_take(&at, ':') && tail_is_ipv4(&at, bytes))
        *c = at;
}

static bool ipv6_bytes(struct slice text, uint8_t bytes[16])
{
    struct cursor c = cursor_of(text);
    size_t n = 0;
    size_t gap = SIZE_MAX;

    if (cursor_take_text(&c, S("::"))) {
        gap = 0;
        take_third_colon(&c);
    }
    while (!sip_scan_end(&c)) {
        if (n <= 12 && tail_is_ipv4(&c, bytes + n)) {
            n += 4;
            break;
        }
        if (n == 16 || !take_hex16(&c, bytes + n))
            return false;
        n += 2;
        if (sip_scan_end(&c))
            break;
        if (!cursor_take(&c, ':'))
            return false;
        if (cursor_take(&c, ':')) {
            if (gap != SIZE_MAX)
                return false;
            gap = n;
            take_third_colon(&c);
        } else if (sip_scan_end(&c)) {
            return false;
        }
    }
    if (gap != SIZE_MAX)
        return ipv6_expand(bytes, n, gap);
    return n == 16;
}

bool sip_host_is_ipv4(struct slice text)
{
    uint8_t bytes[4];

    return ipv4_bytes(text, bytes);
}

bool sip_host_is_ipv6(struct slice text)
{
    uint8_t bytes[16];

    return ipv6_bytes(text, bytes);
}

/* hostname: labels of letters, digits and inner '-'; the last starts with a
 * letter; one dot may end it. */
static bool name_ok(struct slice s)
{
    char prev = '.';
    size_t label = 0;

    if (s.n && s.p[s.n - 1] == '.')
        s.n--;
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];

        if (ch == '.') {
            if (prev == '.' || prev == '-')
                return false;
            label = i + 1;
        } else if (ch == '-' && prev == '.') {
            return false;
        }
        prev = ch;
    }
    return s.n && prev != '.' && prev != '-' &&
           sip_char_is(s.p[label], SIP_C_ALPHA);
}

static bool take_ipv6ref(struct cursor *c, struct sip_host *host)
{
    struct slice rest = cursor_rest(c);
    size_t end = slice_find(rest, ']');
    struct slice text;

    if (end == rest.n)
        return false;
    text = slice_of(rest.p + 1, end - 1);
    if (!sip_host_is_ipv6(text))
        return false;
    *host = (struct sip_host){text, SIP_HOST_IPV6};
    c->p += end + 1;
    return true;
}

bool sip_host_take(struct cursor *c, struct sip_host *host)
{
    const char *from = c->p;
    struct slice text;

    if (cursor_at(c, '['))
        return take_ipv6ref(c, host);
    text = sip_scan_run(c, SIP_C_HOST);
    host->text = text;
    if (name_ok(text)) {
        host->kind = SIP_HOST_NAME;
        return true;
    }
    if (sip_host_is_ipv4(text)) {
        host->kind = SIP_HOST_IPV4;
        return true;
    }
    c->p = from;
    return false;
}

int sip_host_parse(struct sip_host *host, struct slice text)
{
    struct cursor c = cursor_of(text);

    if (!sip_host_take(&c, host) || !sip_scan_end(&c))
        return E_SYNTAX;
    return 0;
}

bool sip_host_bytes(const struct sip_host *host, uint8_t bytes[16])
{
    switch (host->kind) {
    case SIP_HOST_IPV4:
        return ipv4_bytes(host->text, bytes);
    case SIP_HOST_IPV6:
        return ipv6_bytes(host->text, bytes);
    case SIP_HOST_NONE:
    case SIP_HOST_NAME:
    default:
        return false;
    }
}

static struct slice without_dot(struct slice name)
{
    if (name.n && name.p[name.n - 1] == '.')
        name.n--;
    return name;
}

bool sip_host_eq(const struct sip_host *a, const struct sip_host *b)
{
    uint8_t x[16] = {0};
    uint8_t y[16] = {0};

    if (a->kind != b->kind)
        return false;
    if (a->kind == SIP_HOST_NAME)
        return slice_ieq(without_dot(a->text), without_dot(b->text));
    if (a->kind == SIP_HOST_NONE)
        return true;
    return sip_host_bytes(a, x) && sip_host_bytes(b, y) &&
           memcmp(x, y, sizeof(x)) == 0;
}
