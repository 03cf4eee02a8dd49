/* SPDX-License-Identifier: Apache-2.0 */
/* Reading URIs: RFC 3261 19.1 and 25.1; others as absoluteURI. */
#include "sip/uri.h"

#include <string.h>

#include "sip/addr.h"
#include "sip/base/compiler.h"
#include "sip/base/err.h"
#include "sip/quick.h"

/* A run of a class and of %HH, and whether there is one. */
static inline struct slice take_part(struct sip_text *t, unsigned cls,
                                     bool *escaped)
{
    const char *from = t->p;
    const char *to = t->map ? sip_map_run(t->map, SIP_MAP_PLAIN, from) : NULL;

    if (!to || *to == '%' || sip_char_is(*to, cls)) {
        to = sip_scan_escaped_rest(to ? to : from, t->end, cls);
        *escaped |= to > from && memchr(from, '%', (size_t)(to - from));
    }
    t->p = to;
    return slice_between(from, to);
}

/* user [":" password] "@", or no move if there is no "@" after it. */
static inline void take_userinfo(struct sip_text *t, struct sip_uri *uri,
                                 bool bare)
{
    const char *from = t->p;
    struct slice user =
        sip_scan_escaped(t, bare ? SIP_C_USER_BARE : SIP_C_USER);
    struct slice password = {0};
    bool has_password = sip_take(t, ':');

    if (has_password)
        password = sip_scan_escaped(t, SIP_C_PASSWORD);
    if (user.n == 0 || !sip_take(t, '@')) {
        t->p = from;
        return;
    }
    uri->user = user;
    uri->has_user = true;
    uri->password = password;
    uri->has_password = has_password;
}

/* Keeps what the views have a member for. */
static inline void note_param(struct sip_uri *uri, struct slice name,
                              struct slice value)
{
    switch (name.n) {
    case 2:
        if (sip_token_ieq(name, S("lr")))
            uri->lr = true;
        else if (sip_token_ieq(name, S("ob")))
            uri->ob = true;
        break;
    case 9:
        if (sip_token_ieq(name, S("transport")))
            uri->transport = value;
        break;
    default:
        break;
    }
}

/* What is known of the parameters that were read so far: a bit for each kind
 * of name, so that few are looked for, and whether one is written with
 * escapes, whose kind does not show. */
struct seen {
    uint64_t kinds;
    bool escaped;
};

/* The bit of a name's kind: names of different kinds differ. */
static inline uint64_t kind_of(struct slice name)
{
    return UINT64_C(1) << ((name.n + ((unsigned char)name.p[0] | 0x20)) % 64);
}

/* True if name is already among the parameters (19.1.1: once), in whatever
 * way it is written (19.1.4). */
static bool param_again(struct slice params, struct slice name,
                        struct seen *seen)
{
    uint64_t bit = kind_of(name);
    struct sip_param p;

    if (!seen->escaped && !(seen->kinds & bit)) {
        seen->kinds |= bit;
        return false;
    }
    while (sip_param_next(&params, &p))
        if (sip_uri_text_eq(p.name, name, true))
            return true;
    return false;
}

/* *( ";" pname [ "=" pvalue ] ) */
static inline int take_params(struct sip_text *c, struct sip_uri *uri)
{
    const char *from = c->p;
    struct seen seen = {0};
    unsigned n = 0;

    while (sip_at(c, ';')) {
        struct slice before = slice_between(from, c->p);
        struct slice name;
        struct slice value = {0};

        c->p++;
        name = take_part(c, SIP_C_PARAM, &seen.escaped);
        if (name.n == 0 || ++n > SIP_URI_PARAM_MAX ||
            param_again(before, name, &seen))
            return E_SYNTAX;
        if (sip_take(c, '=')) {
            value = sip_scan_escaped(c, SIP_C_PARAM);
            if (value.n == 0)
                return E_SYNTAX;
        }
        note_param(uri, name, value);
    }
    uri->params = slice_between(from, c->p);
    return 0;
}

/* "?" hname "=" hvalue *( "&" hname "=" hvalue ) */
static inline int take_headers(struct sip_text *c, struct sip_uri *uri)
{
    const char *from;
    unsigned n = 0;

    if (!sip_take(c, '?'))
        return 0;
    from = c->p;
    do {
        if (++n > SIP_URI_HEADER_MAX)
            return E_SYNTAX;
        if (sip_scan_escaped(c, SIP_C_HEADER).n == 0 || !sip_take(c, '='))
            return E_SYNTAX;
        sip_scan_escaped(c, SIP_C_HEADER);
    } while (sip_take(c, '&'));
    uri->headers = slice_between(from, c->p);
    return 0;
}

static inline int take_port(struct sip_text *c, uint16_t *port)
{
    uint32_t v;

    if (!sip_take(c, ':'))
        return 0;
    if (!sip_scan_u32(c, UINT16_MAX, &v))
        return E_SYNTAX;
    *port = (uint16_t)v;
    return 0;
}

static inline int take_sip(struct sip_text *c, struct sip_uri *uri, bool bare)
{
    const char *to;
    int err;

    take_userinfo(c, uri, bare);
    to = sip_host_at(c->p, c->end, c->map, &uri->host);
    if (!to)
        return E_SYNTAX;
    c->p = to;
    err = take_port(c, &uri->port);
    if (err || bare)
        return err;
    err = take_params(c, uri);
    return err ? err : take_headers(c, uri);
}

static bool too_many(struct slice params)
{
    unsigned n = 0;

    for (size_t i = 0; i < params.n; i++)
        n += params.p[i] == ';';
    return n > SIP_URI_PARAM_MAX;
}

/* absoluteURI (RFC 3261 25.1), not looked into; of a tel URI the number. */
static int take_opaque(struct sip_text *c, struct sip_uri *uri, bool bare)
{
    const char *from = c->p;

    if (sip_scan_escaped(c, bare ? SIP_C_URIC_BARE : SIP_C_URIC).n == 0)
        return E_SYNTAX;
    if (uri->scheme == SIP_SCHEME_TEL) {
        struct slice rest = slice_between(from, c->p);
        size_t n = slice_find(rest, ';');

        uri->user = slice_of(rest.p, n);
        uri->has_user = n > 0;
        uri->params = slice_skip(rest, n);
        if (too_many(uri->params))
            return E_SYNTAX;
    }
    return 0;
}

/* "sip:" and "sips:", the schemes of nearly all URIs. */
static inline bool take_sip_scheme(struct sip_text *c, struct sip_uri *uri)
{
    size_t n = 3;

    if (sip_left(c) < 5)
        return false;
    if (memcmp(c->p, "sip:", 4) == 0) {
        uri->scheme = SIP_SCHEME_SIP;
        uri->scheme_n = 3;
        c->p += 4;
        return true;
    }
    if (!sip_token_ieq(slice_of(c->p, 3), S("sip")))
        return false;
    if ((c->p[3] | 0x20) == 's')
        n = 4;
    if (c->p[n] != ':')
        return false;
    uri->scheme = n == 3 ? SIP_SCHEME_SIP : SIP_SCHEME_SIPS;
    uri->scheme_n = (uint16_t)n;
    c->p += n + 1;
    return true;
}

/* ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) ":" */
static int take_scheme(struct sip_text *c, struct sip_uri *uri)
{
    struct slice s;
    const char *from = c->p;

    if (c->p == c->end || !sip_char_is(*c->p, SIP_C_ALPHA))
        return E_SYNTAX;
    while (c->p < c->end && (sip_char_is(*c->p, SIP_C_HOST) || *c->p == '+'))
        c->p++;
    s = slice_between(from, c->p);
    if (s.n > UINT16_MAX || !sip_take(c, ':'))
        return E_SYNTAX;
    uri->scheme_n = (uint16_t)s.n;
    uri->scheme = SIP_SCHEME_OTHER;
    if (slice_ieq(s, S("sip")))
        uri->scheme = SIP_SCHEME_SIP;
    else if (slice_ieq(s, S("sips")))
        uri->scheme = SIP_SCHEME_SIPS;
    else if (slice_ieq(s, S("tel")))
        uri->scheme = SIP_SCHEME_TEL;
    return 0;
}

/* Member by member: of a whole struct of this size gcc makes a "rep stos",
 * which takes longer to start than this takes. */
static inline void set_empty(struct sip_uri *uri)
{
    const struct slice none = {0};

    uri->text = none;
    uri->scheme = SIP_SCHEME_NONE;
    uri->scheme_n = 0;
    uri->port = 0;
    uri->has_user = false;
    uri->has_password = false;
    uri->lr = false;
    uri->ob = false;
    uri->user = none;
    uri->password = none;
    uri->host.text = none;
    uri->host.kind = SIP_HOST_NONE;
    uri->transport = none;
    uri->params = none;
    uri->headers = none;
}

/* *( ";" name [ "=" value ] ) from the ';' at p on, of which no two are of a
 * kind: where they end, or NULL. */
static inline const char *quick_params(struct sip_hops *hops, const char *p,
                                       struct sip_uri *uri)
{
    uint64_t kinds = 0;

    do {
        const char *from = p + 1;
        struct slice value = {0};
        struct slice name;
        uint64_t kind;

        p = sip_hops_next(hops, from);
        name = slice_between(from, p);
        kind = kind_of(name);
        if (name.n == 0 || (kinds & kind))
            return NULL;
        kinds |= kind;
        if (*p == '=') {
            from = p + 1;
            p = sip_hops_next(hops, from);
            value = slice_between(from, p);
            if (value.n == 0)
                return NULL;
        }
        note_param(uri, name, value);
    } while (*p == ';');
    return p;
}

/* The IPv6 reference at p, which is a '[': past it, or NULL. */
static const char *quick_ipv6(const char *p, struct sip_host *host)
{
    const char *to = p + 1;

    while (sip_char_is(*to, SIP_C_ADDRESS))
        to++;
    host->kind = SIP_HOST_IPV6;
    host->text = slice_between(p + 1, to);
    return *to == ']' && sip_host_is_ipv6(host->text) ? to + 1 : NULL;
}

/*
 * All of it plain, and ended by what ends a user, too, so that no "@" can
 * come behind it.
 */
static ALWAYS_INLINE const char *quick_uri(const struct sip_map *map,
                                           const char *from,
                                           struct sip_uri *uri, bool bare)
{
    const char *host = from + 4;
    struct sip_hops hops = {.map = map};
    const char *p;

    if (memcmp(from, "sip:", 4) != 0)
        return NULL;
    set_empty(uri);
    sip_hops_at(&hops, host);
    p = sip_hops_next(&hops, host);
    if (*p == '@') {
        uri->has_user = true;
        uri->user = slice_between(host, p);
        if (p == host)
            return NULL;
        host = p + 1;
        p = sip_hops_next(&hops, host);
    }
    if (*host == '[') {
        p = quick_ipv6(host, &uri->host);
        if (!p)
            return NULL;
        sip_hops_at(&hops, p + 1);
    } else if (!sip_quick_host(map, host, p, &uri->host)) {
        return NULL;
    }
    if (*p == ':') {
        p = sip_quick_port(p + 1, &uri->port);
        if (!p)
            return NULL;
        sip_hops_skip(&hops);
    }
    uri->scheme = SIP_SCHEME_SIP;
    uri->scheme_n = 3;
    uri->params = slice_of(p, 0);
    if (*p == ';' && !bare) {
        const char *params = p;

        p = quick_params(&hops, p, uri);
        if (!p)
            return NULL;
        uri->params = slice_between(params, p);
    }
    uri->text = slice_between(from, p);
    if (bare)
        return *p == ';' || *p == ',' || *p == '\r' ? p : NULL;
    return *p == '>' || *p == ' ' ? p : NULL;
}

const char *sip_quick_uri(const struct sip_map *map, const char *from,
                          struct sip_uri *uri, bool bare)
{
    return quick_uri(map, from, uri, bare);
}

const char *sip_quick_addr(const struct sip_map *map, const char *from,
                           struct sip_addr *addr)
{
    const struct slice none = {0};
    const char *p = from;
    bool brackets;

    addr->params = none;
    addr->tag = none;
    addr->display = none;
    if (*p == '"') {
        p = sip_scan_quoted_near(map, p + 1);
        if (!p)
            return NULL;
        addr->display = slice_between(from, ++p);
        p += *p == ' ';
        if (*p != '<')
            return NULL;
    }
    brackets = *p == '<';
    addr->brackets = brackets;
    p = quick_uri(map, p + brackets, &addr->uri, !brackets);
    if (!p || (brackets && *p != '>'))
        return NULL;
    p += brackets;
    addr->text = slice_between(from, p);
    return p;
}

int sip_uri_take(struct sip_text *text, struct sip_uri *uri, bool bare)
{
    const char *from = text->p;
    int err = 0;

    if (text->map && sip_left(text) >= 4) {
        const char *to = sip_quick_uri(text->map, from, uri, bare);

        if (to) {
            text->p = to;
            return 0;
        }
    }
    set_empty(uri);
    if (!take_sip_scheme(text, uri))
        err = take_scheme(text, uri);
    if (err)
        return err;
    if (uri->scheme == SIP_SCHEME_SIP || uri->scheme == SIP_SCHEME_SIPS) {
        struct sip_text at = *text; /* in registers */

        err = take_sip(&at, uri, bare);
        text->p = at.p;
    } else {
        err = take_opaque(text, uri, bare);
    }
    uri->text = slice_between(from, text->p);
    return err;
}

int sip_uri_parse(struct sip_uri *uri, struct slice text, size_t *at)
{
    struct sip_text c = sip_text_of(text);
    int err = sip_uri_take(&c, uri, false);

    if (!err && !sip_end(&c))
        err = E_SYNTAX;
    if (at)
        *at = (size_t)(c.p - text.p);
    return err;
}

bool sip_uri_param(const struct sip_uri *uri, struct slice name,
                   struct slice *value)
{
    return sip_param_get(uri->params, name, value);
}

uint16_t sip_uri_port(const struct sip_uri *uri)
{
    if (uri->port)
        return uri->port;
    return uri->scheme == SIP_SCHEME_SIPS ? 5061 : 5060;
}

static unsigned hex_value(char ch)
{
    if (ch <= '9')
        return (unsigned)(ch - '0');
    return (unsigned)(slice_lower(ch) - 'a') + 10;
}

bool sip_uri_next_char(struct slice *s, char *ch, bool *escaped)
{
    if (s->n == 0)
        return false;
    *escaped = false;
    *ch = s->p[0];
    if (*ch != '%' || s->n < 3) {
        *s = slice_skip(*s, 1);
        return true;
    }
    *escaped = true;
    *ch = (char)(hex_value(s->p[1]) << 4 | hex_value(s->p[2]));
    *s = slice_skip(*s, 3);
    return true;
}

void sip_uri_unescape(struct out *o, struct slice escaped)
{
    struct sip_text c = sip_text_of(escaped);

    while (!sip_end(&c)) {
        struct slice run = sip_take_until(&c, '%');

        out_put(o, run);
        if (sip_end(&c))
            break;
        if (sip_left(&c) < 3 || !sip_char_is(c.p[1], SIP_C_HEX) ||
            !sip_char_is(c.p[2], SIP_C_HEX)) {
            out_fail(o, E_SYNTAX);
            break;
        }
        out_char(o, (char)(hex_value(c.p[1]) << 4 | hex_value(c.p[2])));
        c.p += 3;
    }
}
