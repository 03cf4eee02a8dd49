/* SPDX-License-Identifier: Apache-2.0 */
/* Transport addresses: read and written as text. */
#include "tls/addr.h"

#include <string.h>

#include "sip/base/cursor.h"
#include "sip/base/err.h"

/* One of the four numbers: no sign, no leading zero, at most 255. */
static bool take_octet(struct cursor *c, uint8_t *out)
{
    unsigned v = 0;
    size_t n = 0;

    while (n < 3 && c->p < c->end && *c->p >= '0' && *c->p <= '9') {
        if (n && v == 0)
            return false;
        v = v * 10 + (unsigned)(*c->p++ - '0');
        n++;
    }
    *out = (uint8_t)v;
    return n && v <= 255;
}

static bool parse_v4(uint8_t ip[4], struct slice text)
{
    struct cursor c = cursor_of(text);

    for (int i = 0; i < 4; i++) {
        if ((i && !cursor_take(&c, '.')) || !take_octet(&c, &ip[i]))
            return false;
    }
    return cursor_left(&c) == 0;
}

static int hex_value(char c)
{
    c = slice_lower(c);
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One group of 1 to 4 hex digits. */
static bool take_group(struct cursor *c, uint8_t out[2])
{
    unsigned v = 0;
    size_t n = 0;

    while (n < 4 && c->p < c->end && hex_value(*c->p) >= 0) {
        v = v << 4 | (unsigned)hex_value(*c->p++);
        n++;
    }
    out[0] = (uint8_t)(v >> 8);
    out[1] = (uint8_t)v;
    return n > 0;
}

/* Reads groups into [at, 16); gap is where "::" stood, 16 if nowhere. */
static bool take_groups(struct cursor *c, uint8_t ip[16], size_t *at,
                        size_t *gap)
{
    while (cursor_left(c)) {
        struct slice rest = cursor_rest(c);

        if (*at <= 12 && slice_find(rest, ':') == rest.n &&
            parse_v4(ip + *at, rest)) {
            *at += 4;
            c->p = c->end;
            return true;
        }
        if (*at > 14 || !take_group(c, ip + *at))
            return false;
        *at += 2;
        if (!cursor_left(c))
            return true;
        if (!cursor_take(c, ':'))
            return false;
        if (cursor_at(c, ':')) {
            if (*gap != 16)
                return false;
            c->p++;
            *gap = *at;
        } else if (!cursor_left(c)) {
            return false; /* a single ':' at the end */
        }
    }
    return true;
}

/* RFC 4291 2.2, all three forms. */
static bool parse_v6(uint8_t ip[16], struct slice text)
{
    struct cursor c = cursor_of(text);
    size_t at = 0, gap = 16;

    memset(ip, 0, 16);
    if (cursor_take_text(&c, S("::")))
        gap = 0;
    if (!take_groups(&c, ip, &at, &gap))
        return false;
    if (gap == 16)
        return at == 16;
    if (at == 16) /* "::" must stand for something */
        return false;
    memmove(ip + 16 - (at - gap), ip + gap, at - gap);
    memset(ip + gap, 0, 16 - at);
    return true;
}

int tls_addr_parse_ip(struct tls_addr *a, struct slice text)
{
    struct tls_addr got = {0};

    if (parse_v4(got.ip, text)) {
        got.family = 4;
    } else {
        if (text.n > 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
            text = slice_of(text.p + 1, text.n - 2);
        memset(got.ip, 0, sizeof(got.ip));
        if (!parse_v6(got.ip, text))
            return E_SYNTAX;
        got.family = 6;
    }
    *a = got;
    return 0;
}

/* Cuts "ip:port" in two; *port stays as it is if there is none. */
static struct slice split_port(struct slice text, struct slice *port,
                               bool *has_port)
{
    size_t end = slice_find(text, ':');

    if (text.n && text.p[0] == '[') {
        end = slice_find(text, ']') + 1;
        if (end >= text.n)
            return text;
        /* what stands between ']' and ':' makes the IP unreadable */
        end += slice_find(slice_skip(text, end), ':');
    }
    struct slice rest = slice_skip(text, end + 1);

    /* Two colons and no bracket: an IPv6 address without a port. */
    if (end >= text.n || slice_find(rest, ':') != rest.n)
        return text;
    *has_port = true;
    *port = rest;
    return slice_of(text.p, end);
}

int tls_addr_parse(struct tls_addr *a, struct slice text, uint16_t port)
{
    struct slice digits;
    bool has_port = false;
    struct slice ip = split_port(text, &digits, &has_port);
    struct tls_addr got;
    uint32_t number = port;

    if (has_port && slice_u32(&number, digits, 65535))
        return E_SYNTAX;
    if (number == 0 || tls_addr_parse_ip(&got, ip))
        return E_SYNTAX;
    got.port = (uint16_t)number;
    *a = got;
    return 0;
}

static void put_v4(struct out *o, const uint8_t *ip)
{
    for (int i = 0; i < 4; i++) {
        if (i)
            out_char(o, '.');
        out_u64(o, ip[i]);
    }
}

static unsigned group_of(const uint8_t *ip, int i)
{
    return (unsigned)ip[2 * i] << 8 | ip[2 * i + 1];
}

/* The longest run of at least two zero groups, the first of equals. */
static int zero_run(const uint8_t *ip, int *len)
{
    int best = -1, best_n = 1;

    for (int i = 0; i < 8; i++) {
        int n = 0;

        while (i + n < 8 && group_of(ip, i + n) == 0)
            n++;
        if (n > best_n) {
            best = i;
            best_n = n;
        }
        i += n;
    }
    *len = best_n;
    return best;
}

static void put_group(struct out *o, unsigned v)
{
    static const char digit[] = "0123456789abcdef";
    bool on = false;

    for (int shift = 12; shift >= 0; shift -= 4) {
        unsigned d = v >> shift & 15;

        on = on || d || shift == 0;
        if (on)
            out_char(o, digit[d]);
    }
}

/* RFC 5952 4: lower case, no leading zeros, longest run as "::". */
static void put_v6(struct out *o, const uint8_t *ip)
{
    int len, run = zero_run(ip, &len);

    for (int i = 0; i < 8; i++) {
        if (i == run) {
            out_lit(o, "::");
            i += len - 1;
            continue;
        }
        if (i && (run < 0 || i != run + len))
            out_char(o, ':');
        put_group(o, group_of(ip, i));
    }
}

void tls_addr_put_ip(struct out *o, const struct tls_addr *a)
{
    if (a->family == 4)
        put_v4(o, a->ip);
    else if (a->family == 6)
        put_v6(o, a->ip);
}

void tls_addr_put(struct out *o, const struct tls_addr *a)
{
    if (a->family == 0)
        return;
    if (a->family == 6)
        out_char(o, '[');
    tls_addr_put_ip(o, a);
    if (a->family == 6)
        out_char(o, ']');
    out_char(o, ':');
    out_u64(o, a->port);
}

size_t tls_addr_ip_size(const struct tls_addr *a)
{
    return a->family == 4 ? 4 : a->family == 6 ? 16 : 0;
}

bool tls_addr_same_ip(const struct tls_addr *a, const struct tls_addr *b)
{
    return a->family == b->family &&
           memcmp(a->ip, b->ip, tls_addr_ip_size(a)) == 0;
}

bool tls_addr_eq(const struct tls_addr *a, const struct tls_addr *b)
{
    return a->port == b->port && tls_addr_same_ip(a, b);
}

bool tls_addr_dialable(const struct tls_addr *a)
{
    static const uint8_t zero[16];
    size_t n = tls_addr_ip_size(a);

    if (n == 0 || a->port == 0 || memcmp(a->ip, zero, n) == 0)
        return false;
    if (a->family == 4) /* 224/4 multicast, 240/4 reserved and broadcast */
        return a->ip[0] < 224 && a->ip[0] != 0;
    return a->ip[0] != 0xff;
}

bool tls_addr_is_loopback(const struct tls_addr *a)
{
    static const uint8_t six[16] = {[15] = 1};

    return a->family == 4 ? a->ip[0] == 127 : memcmp(a->ip, six, 16) == 0;
}

bool tls_addr_is_link_local(const struct tls_addr *a)
{
    return a->family == 4 ? a->ip[0] == 169 && a->ip[1] == 254
                          : a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80;
}
