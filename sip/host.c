/* SPDX-License-Identifier: Apache-2.0 */
/* Reading hosts; RFC 3261 25.1 with RFC 5954 for IPv6. */
#include "sip/host.h"

#include <string.h>

#include "sip/base/err.h"
#include "sip/scan.h"

enum { IPV4_MAX = 15 };

static unsigned digit(char ch)
{
    return (unsigned)(unsigned char)ch - '0'; /* above 9: it is none */
}

/* Four numbers up to 255 of one to three digits. */
static bool take_ipv4(struct sip_text *c, uint8_t bytes[4])
{
    const char *p = c->p;
    const char *end = c->end;

    for (int i = 0; i < 4; i++) {
        unsigned v;
        unsigned d;

        if (i && (p == end || *p++ != '.'))
            return false;
        if (p == end || (v = digit(*p)) > 9)
            return false;
        if (++p < end && (d = digit(*p)) <= 9) {
            v = v * 10 + d;
            if (++p < end && (d = digit(*p)) <= 9) {
                v = v * 10 + d;
                p++;
            }
        }
        if (v > 255)
            return false;
        bytes[i] = (uint8_t)v;
    }
    c->p = p;
    return true;
}

static bool ipv4_bytes(struct slice text, uint8_t bytes[4])
{
    struct sip_text c = sip_text_of(text);

    return take_ipv4(&c, bytes) && sip_end(&c);
}

static unsigned hex_value(char ch)
{
    if (ch <= '9')
        return (unsigned)(ch - '0');
    return (unsigned)(slice_lower(ch) - 'a') + 10;
}

/* One to four hex digits. */
static bool take_hex16(struct sip_text *c, uint8_t out[2])
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
static bool tail_is_ipv4(const struct sip_text *c, uint8_t bytes[4])
{
    struct sip_text at = *c;

    return take_ipv4(&at, bytes) && sip_end(&at);
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
static void take_third_colon(struct sip_text *c)
{
    uint8_t bytes[4];
    struct sip_text at = *c;

    if (sip_take(&at, ':') && tail_is_ipv4(&at, bytes))
        *c = at;
}

static bool take_gap(struct sip_text *t)
{
    if (sip_left(t) < 2 || t->p[0] != ':' || t->p[1] != ':')
        return false;
    t->p += 2;
    return true;
}

static bool ipv6_bytes(struct slice text, uint8_t bytes[16])
{
    struct sip_text c = sip_text_of(text);
    size_t n = 0;
    size_t gap = SIZE_MAX;

    if (take_gap(&c)) {
        gap = 0;
        take_third_colon(&c);
    }
    while (!sip_end(&c)) {
        if (n <= 12 && tail_is_ipv4(&c, bytes + n)) {
            n += 4;
            break;
        }
        if (n == 16 || !take_hex16(&c, bytes + n))
            return false;
        n += 2;
        if (sip_end(&c))
            break;
        if (!sip_take(&c, ':'))
            return false;
        if (sip_take(&c, ':')) {
            if (gap != SIZE_MAX)
                return false;
            gap = n;
            take_third_colon(&c);
        } else if (sip_end(&c)) {
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

    return text.n && text.n <= IPV4_MAX && ipv4_bytes(text, bytes);
}

bool sip_host_is_ipv6(struct slice text)
{
    uint8_t bytes[16];

    return ipv6_bytes(text, bytes);
}

/* Letters, digits and inner '-' from p on; NULL if that is no label. */
static inline const char *skip_label(const struct sip_text *t, const char *p)
{
    for (;;) {
        const char *from = p;

        p = sip_scan_skip(t, p, SIP_MAP_ALNUM, SIP_C_ALPHA | SIP_C_DIGIT);
        if (p == from)
            return NULL;
        if (p == t->end || *p != '-')
            return p;
        while (p < t->end && *p == '-')
            p++;
    }
}

/*
 * hostname: labels of letters, digits and inner '-'; the last starts with a
 * letter; one dot may end it.
 */
static inline const char *past_name(const struct sip_text *t, const char *p)
{
    const char *label;

    do {
        label = p;
        p = skip_label(t, p);
        if (!p)
            return NULL;
    } while (p < t->end && *p == '.' && ++p < t->end &&
             sip_char_is(*p, SIP_C_HOST));
    return sip_char_is(*label, SIP_C_ALPHA) ? p : NULL;
}

static bool take_ipv6ref(struct sip_text *c, struct sip_host *host)
{
    struct slice rest = sip_rest(c);
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

const char *sip_host_past_ipv4(const char *p, const char *end)
{
    uint8_t bytes[4];
    struct sip_text t = {p, end, NULL};

    return take_ipv4(&t, bytes) ? t.p : NULL;
}

const char *sip_host_at(const char *p, const char *end,
                        const struct sip_map *map, struct sip_host *host)
{
    struct sip_text t = {p, end, map};
    const char *to;

    if (p < end && digit(*p) <= 9) {
        to = sip_host_past_ipv4(p, end);
        if (to && (to == end || !sip_char_is(*to, SIP_C_HOST))) {
            host->text = slice_between(p, to);
            host->kind = SIP_HOST_IPV4;
            return to;
        }
    }
    if (p < end && *p == '[') {
        struct sip_text ref = t;

        return take_ipv6ref(&ref, host) ? ref.p : NULL;
    }
    to = past_name(&t, p);
    if (!to) {
        *host = (struct sip_host){0};
        return NULL;
    }
    host->kind = SIP_HOST_NAME;
    host->text = slice_between(p, to);
    return to;
}

bool sip_host_take(struct sip_text *t, struct sip_host *host)
{
    const char *to = sip_host_at(t->p, t->end, t->map, host);

    if (to)
        t->p = to;
    return to != NULL;
}

int sip_host_parse(struct sip_host *host, struct slice text)
{
    struct sip_text c = sip_text_of(text);

    if (!sip_host_take(&c, host) || !sip_end(&c))
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
