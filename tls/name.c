/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate names: RFC 5922 7.1 and 7.2, by lengths and never strlen. */
#include "tls/name.h"

#include <string.h>

#include "sip/base/err.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_label_char(char c)
{
    char l = slice_lower(c);

    return (l >= 'a' && l <= 'z') || is_digit(c) || c == '-' || c == '_';
}

static struct slice drop_dot(struct slice s)
{
    if (s.n > 1 && s.p[s.n - 1] == '.')
        s.n--;
    return s;
}

/*
 * Letters, digits, '-', '_' in labels of 1 to 63. A last label of digits
 * only would be read as a bad IPv4 address somewhere (RFC 3696 2).
 */
static bool is_host(struct slice s)
{
    size_t label = 0;
    bool digits = true;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '.') {
            if (label == 0)
                return false;
            label = 0;
            digits = true;
            continue;
        }
        if (!is_label_char(s.p[i]) || ++label > 63)
            return false;
        digits = digits && is_digit(s.p[i]);
    }
    return label > 0 && !digits;
}

int tls_name_parse(struct tls_name *name, struct slice text)
{
    struct tls_addr ip = {0};

    if (tls_addr_parse_ip(&ip, text)) {
        text = drop_dot(text);
        if (text.n > TLS_NAME_MAX)
            return E_TOOBIG;
        if (!is_host(text))
            return E_SYNTAX;
        ip.family = 0;
    }
    struct out o = out_of(name->text, TLS_NAME_MAX);

    if (ip.family)
        tls_addr_put_ip(&o, &ip);
    else
        for (size_t i = 0; i < text.n; i++)
            out_char(&o, slice_lower(text.p[i]));
    name->ip = ip;
    name->n = (uint16_t)o.n;
    name->text[o.n] = '\0';
    return 0;
}

struct slice tls_name_text(const struct tls_name *name)
{
    return slice_of(name->text, name->n);
}

void tls_name_begin(struct tls_name_matcher *m, const struct tls_name *want,
                    enum tls_name_rule rule)
{
    memset(m, 0, sizeof(*m));
    m->want = want;
    m->rule = rule;
}

void tls_name_feed_san(struct tls_name_matcher *m)
{
    m->san = true;
}

/*
 * The domain of a "sip:" URI without userpart; false for everything else.
 * The host ends at port, parameters or headers, which do not take part
 * (RFC 5922 7.1, 7.2). "sip://" is no SIP URI.
 */
static bool sip_uri_host(struct slice uri, struct slice *host)
{
    if (!slice_istarts(uri, S("sip:")))
        return false;
    uri = slice_skip(uri, 4);
    if (slice_find(uri, '@') != uri.n)
        return false;
    size_t end = 0;

    if (uri.n && uri.p[0] == '[')
        end = slice_find(uri, ']');
    while (end < uri.n && uri.p[end] != ':' && uri.p[end] != ';' &&
           uri.p[end] != '?')
        end++;
    *host = slice_of(uri.p, end);
    return true;
}

/* Whole and case-insensitive; what is no host name equals nothing. */
static bool same_host(const struct tls_name *want, struct slice have)
{
    have = drop_dot(have);
    return !want->ip.family && is_host(have) &&
           slice_ieq(tls_name_text(want), have);
}

/*
 * RFC 6125 6.4.3: "*." and at least two more labels stand for exactly one
 * label; no "f*.example", no wildcard in a U-label or further right.
 */
static bool wildcard_host(const struct tls_name *want, struct slice have)
{
    struct slice text = tls_name_text(want);
    size_t dot = slice_find(text, '.');

    have = drop_dot(have);
    if (want->ip.family || !slice_starts(have, S("*.")) || dot == text.n)
        return false;
    struct slice parent = slice_skip(have, 2);

    return slice_find(parent, '.') != parent.n && is_host(parent) &&
           !slice_istarts(text, S("xn--")) &&
           slice_ieq(parent, slice_skip(text, dot + 1));
}

static bool same_ip(const struct tls_name *want, struct slice have)
{
    size_t n = tls_addr_ip_size(&want->ip);

    return n && have.n == n && memcmp(want->ip.ip, have.p, n) == 0;
}

/* Printable ASCII as it is, the rest as '?'; cut with "...". */
static void note(struct tls_name_matcher *m, struct slice kind,
                 struct slice value)
{
    struct out o =
        out_of(m->found + m->found_n, sizeof(m->found) - 3 - m->found_n);

    if (m->found_n >= sizeof(m->found) - 3)
        return; /* it was cut before */
    if (m->found_n)
        out_lit(&o, ", ");
    out_put(&o, kind);
    for (size_t i = 0; i < value.n; i++)
        out_char(&o,
                 value.p[i] > 0x20 && value.p[i] < 0x7f ? value.p[i] : '?');
    m->found_n += o.n;
    if (o.err) {
        memcpy(m->found + m->found_n, "...", 3);
        m->found_n = sizeof(m->found);
        return;
    }
}

static void feed_uri(struct tls_name_matcher *m, struct slice value)
{
    struct slice host;

    note(m, S("URI:"), value);
    if (!sip_uri_host(value, &host))
        return;
    m->sip_uri = true;
    if (same_host(m->want, host))
        m->uri_hit = true;
}

static void feed_dns(struct tls_name_matcher *m, struct slice value)
{
    note(m, S("DNS:"), value);
    if (same_host(m->want, value))
        m->dns_hit = true;
    if (wildcard_host(m->want, value))
        m->wild_hit = true;
}

static void feed_ip(struct tls_name_matcher *m, struct slice value)
{
    struct tls_addr a = {.family = value.n == 4 ? 4 : 6};
    char text[TLS_ADDR_TEXT_MAX];
    struct out o = out_of(text, sizeof(text));

    if (value.n == 4 || value.n == 16) {
        memcpy(a.ip, value.p, value.n);
        tls_addr_put_ip(&o, &a);
    } else {
        out_lit(&o, "?");
    }
    note(m, S("IP:"), out_slice(&o));
    if (same_ip(m->want, value))
        m->ip_hit = true;
}

void tls_name_feed(struct tls_name_matcher *m, enum tls_name_kind kind,
                   struct slice value)
{
    if (kind != TLS_NAME_KIND_CN)
        m->san = true;
    switch (kind) {
    case TLS_NAME_KIND_URI:
        feed_uri(m, value);
        break;
    case TLS_NAME_KIND_DNS:
        feed_dns(m, value);
        break;
    case TLS_NAME_KIND_IP:
        feed_ip(m, value);
        break;
    case TLS_NAME_KIND_OTHER:
        break;
    case TLS_NAME_KIND_CN:
        note(m, S("CN:"), value);
        m->cns++;
        if (same_host(m->want, value))
            m->cn_hit = true;
        break;
    }
}

/* Two common names are ambiguous; RFC 5922 7.1 allows a CN without SAN. */
static enum tls_name_verdict end_common(const struct tls_name_matcher *m)
{
    if (m->san)
        return TLS_NAME_MISMATCH;
    if (m->cns == 0)
        return TLS_NAME_NOTHING;
    if (m->cns > 1 || !m->cn_hit)
        return TLS_NAME_MISMATCH;
    return m->rule >= TLS_NAME_CN ? TLS_NAME_MATCH_COMMON : TLS_NAME_CN_ONLY;
}

enum tls_name_verdict tls_name_end(const struct tls_name_matcher *m)
{
    if (m->want->ip.family) /* an address is no SIP domain: IP SAN only */
        return m->ip_hit ? TLS_NAME_MATCH_IP : TLS_NAME_MISMATCH;
    if (m->uri_hit)
        return TLS_NAME_MATCH_URI;
    if (m->sip_uri) /* RFC 5922 7.1: DNS counts only without sip: URIs */
        return TLS_NAME_MISMATCH;
    if (m->dns_hit)
        return TLS_NAME_MATCH_DNS;
    if (m->wild_hit)
        return m->rule >= TLS_NAME_RFC6125 ? TLS_NAME_MATCH_WILDCARD
                                           : TLS_NAME_WILDCARD_ONLY;
    return end_common(m);
}

struct slice tls_name_found(const struct tls_name_matcher *m)
{
    return m->found_n ? slice_of(m->found, m->found_n) : S("no name");
}

bool tls_name_matched(enum tls_name_verdict v)
{
    return v == TLS_NAME_MATCH_URI || v == TLS_NAME_MATCH_DNS ||
           v == TLS_NAME_MATCH_IP || v == TLS_NAME_MATCH_WILDCARD ||
           v == TLS_NAME_MATCH_COMMON;
}

const char *tls_name_verdict_text(enum tls_name_verdict v)
{
    static const char *const text[] = {
        [TLS_NAME_NOT_RUN] = "not checked",
        [TLS_NAME_MATCH_URI] = "URI",
        [TLS_NAME_MATCH_DNS] = "DNS",
        [TLS_NAME_MATCH_IP] = "IP",
        [TLS_NAME_MATCH_WILDCARD] = "wildcard",
        [TLS_NAME_MATCH_COMMON] = "common name",
        [TLS_NAME_MISMATCH] = "mismatch",
        [TLS_NAME_CN_ONLY] = "common name only",
        [TLS_NAME_WILDCARD_ONLY] = "wildcard only",
        [TLS_NAME_NOTHING] = "no name",
    };

    return (unsigned)v < sizeof(text) / sizeof(text[0]) ? text[v] : "";
}
