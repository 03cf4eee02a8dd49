/* SPDX-License-Identifier: Apache-2.0 */
/* Reader of Via (RFC 3261 20.42, RFC 3581, RFC 5118 4.5). */
#include "sip/base/err.h"
#include "sip/quick.h"
#include "sip/read.h"

/* Sets *to if it was not set before and the value is there. */
static int once(struct slice *to, const struct sip_param *p)
{
    if (to->n || p->value.n == 0)
        return E_SYNTAX;
    *to = p->value;
    return 0;
}

static int read_rport(struct sip_via *via, const struct sip_param *p)
{
    const char *at = p->value.p;
    const char *end = p->value.n ? at + p->value.n : at;
    uint32_t v = 0;

    if (via->has_rport || (p->has_value && !p->value.n))
        return E_SYNTAX;
    for (; at < end; at++) {
        unsigned d = (unsigned)(unsigned char)*at - '0';

        v = v * 10 + d;
        if (d > 9 || v > UINT16_MAX)
            return E_SYNTAX;
    }
    via->has_rport = true;
    via->rport = (uint16_t)v;
    return 0;
}

static int read_ttl(struct sip_via *via, const struct sip_param *p)
{
    uint32_t v;

    if (via->has_ttl || p->value.n > 3 || slice_u32(&v, p->value, 255))
        return E_SYNTAX;
    via->has_ttl = true;
    via->ttl = (uint8_t)v;
    return 0;
}

/*
 * IPv4address or IPv6address. Met in the field and harmless, as it is never
 * dialled: brackets (RFC 5118 4.5), and a port after an IPv4 address.
 */
static int read_received(struct sip_via *via, const struct sip_param *p)
{
    struct slice s = p->value;
    struct sip_text t = sip_text_of(s);
    const char *to = s.n ? sip_host_past_ipv4(s.p, t.end) : NULL;
    uint32_t port;

    if (via->received.n)
        return E_SYNTAX;
    if (to) {
        t.p = to;
        if (to < t.end &&
            (!sip_take(&t, ':') || !sip_scan_u32(&t, UINT16_MAX, &port) ||
             !sip_end(&t)))
            return E_SYNTAX;
        via->received = slice_between(s.p, to);
        return 0;
    }
    if (s.n > 2 && s.p[0] == '[')
        s = slice_of(s.p + 1, s.n - 2);
    if (!sip_host_is_ipv4(s) && !sip_host_is_ipv6(s))
        return E_SYNTAX;
    via->received = s;
    return 0;
}

static int read_maddr(struct sip_via *via, const struct sip_param *p)
{
    struct sip_host host;

    if (sip_host_parse(&host, p->value))
        return E_SYNTAX;
    return once(&via->maddr, p);
}

static int read_branch(struct sip_via *via, const struct sip_param *p)
{
    if (!sip_param_is_token(p))
        return E_SYNTAX;
    return once(&via->branch, p);
}

static inline int via_param(struct sip_via *via, const struct sip_param *p)
{
    switch (p->name.n) {
    case 3:
        return sip_token_ieq(p->name, S("ttl")) ? read_ttl(via, p) : 0;
    case 5:
        if (sip_token_ieq(p->name, S("rport")))
            return read_rport(via, p);
        return sip_token_ieq(p->name, S("maddr")) ? read_maddr(via, p) : 0;
    case 6:
        return sip_token_ieq(p->name, S("branch")) ? read_branch(via, p) : 0;
    case 8:
        return sip_token_ieq(p->name, S("received")) ? read_received(via, p)
                                                     : 0;
    default:
        return 0;
    }
}

/* via-received is an address without brackets, which no generic value can
 * be: it holds ':'. ok: p was read as a generic parameter. */
static bool take_received(struct sip_text *t, struct sip_param *p, bool ok)
{
    if (!p->value.p || (ok && !sip_at(t, ':')) ||
        !sip_token_ieq(p->name, S("received")))
        return ok;
    t->p = sip_scan_bytes(p->value.p, t->end, SIP_C_ADDRESS);
    p->value = slice_between(p->value.p, t->p);
    return true;
}

static inline int read_params(struct sip_via *via, struct sip_text *text)
{
    struct sip_text t = *text;
    const char *from = NULL;
    struct sip_param p;

    for (;;) {
        const char *at = t.p;
        bool ok;

        if (!sip_scan_sep(&t, ';'))
            break;
        for (; !from; at++)
            from = *at == ';' ? at : NULL;
        ok = sip_scan_param(&t, &p);
        if (p.name.n == 8) {
            struct sip_text again = t;

            ok = take_received(&again, &p, ok);
            t.p = again.p;
        }
        if (!ok || via_param(via, &p))
            return E_SYNTAX;
    }
    if (from)
        via->params = slice_between(from, t.p);
    text->p = t.p;
    return 0;
}

/* "SIP" SLASH "2.0" SLASH transport; other names and versions are only
 * tokens: data. */
static inline int read_protocol(struct sip_via *via, struct sip_text *t)
{
    struct slice token;

    if (sip_left(t) > 8 && memcmp(t->p, "SIP/2.0/", 8) == 0) {
        t->p += 8;
        sip_scan_ws(t);
    } else if (!sip_scan_token(t, &token) || !sip_scan_sep(t, '/') ||
               !sip_scan_token(t, &token) || !sip_scan_sep(t, '/')) {
        return E_SYNTAX;
    }
    if (!sip_scan_token(t, &via->transport) || !sip_at_ws(t))
        return E_SYNTAX;
    sip_scan_ws(t);
    return 0;
}

static inline int read_sent_by(struct sip_via *via, struct sip_text *t)
{
    const char *to = sip_host_at(t->p, t->end, t->map, &via->host);
    uint32_t port;

    if (!to)
        return E_SYNTAX;
    t->p = to;
    if (!sip_scan_sep(t, ':'))
        return 0;
    if (!sip_scan_u32(t, UINT16_MAX, &port))
        return E_SYNTAX;
    via->port = (uint16_t)port;
    return 0;
}

/* As set_empty of URIs: member by member. */
static inline void set_empty(struct sip_via *via)
{
    const struct slice none = {0};

    via->next = NULL;
    via->port = 0;
    via->has_rport = false;
    via->rport = 0;
    via->has_ttl = false;
    via->ttl = 0;
    via->branch = none;
    via->received = none;
    via->maddr = none;
    via->params = none;
}

/* Any parameter at the ';' at p: past it, or NULL. */
static inline const char *quick_param(struct sip_hops *hops, const char *p,
                                      struct sip_via *via)
{
    struct sip_param param;
    uint16_t port;

    p = sip_quick_param(hops, p, &param);
    if (!p)
        return NULL;
    if (param.name.n != 8 || !sip_token_ieq(param.name, S("received")))
        return via_param(via, &param) ? NULL : p;
    if (via->received.n || !param.value.n || !sip_quick_ipv4(param.value.p, p))
        return NULL;
    via->received = param.value;
    if (*p != ':')
        return p;
    sip_hops_skip(hops);
    return sip_quick_port(p + 1, &port);
}

/* ";branch=" or ";rport" at p, which most have and are met once; or another.
 * Past it, or NULL. */
static inline const char *quick_usual(struct sip_hops *hops, const char *p,
                                      struct sip_via *via)
{
    const char *value = p + 8;

    if (memcmp(p, ";bra", 4) == 0 && memcmp(p + 4, "nch=", 4) == 0 &&
        !via->branch.n) {
        sip_hops_skip(hops);
        p = sip_hops_next(hops, value);
        via->branch = slice_between(value, p);
        return p > value ? p : NULL;
    }
    if (memcmp(p, ";rpo", 4) == 0 && memcmp(p + 3, "ort", 3) == 0 &&
        (p[6] == ';' || p[6] == '=') && !via->has_rport) {
        via->has_rport = true;
        sip_hops_skip(hops);
        if (p[6] == ';')
            return p + 6;
        sip_hops_skip(hops);
        return sip_quick_port(p + 7, &via->rport);
    }
    return quick_param(hops, p, via);
}

/* SIP/2.0/transport host[:port];name=value...: past it, or NULL. */
static inline const char *quick_one(struct sip_hops *hops, const char *from,
                                    struct sip_via *via)
{
    const char *p = from + 8;
    const char *host;
    const char *params;

    if (!via || memcmp(from, "SIP/", 4) != 0 ||
        memcmp(from + 4, "2.0/", 4) != 0)
        return NULL;
    sip_hops_at(hops, p);
    p = sip_hops_next(hops, p);
    host = p + 1;
    if (p == from + 8 || *p != ' ')
        return NULL;
    set_empty(via);
    via->transport = slice_between(from + 8, p);
    p = sip_hops_next(hops, host);
    if (!sip_quick_host(hops->map, host, p, &via->host))
        return NULL;
    if (*p == ':') {
        p = sip_quick_port(p + 1, &via->port);
        if (!p)
            return NULL;
        sip_hops_skip(hops);
    }
    params = p;
    while (p && *p == ';')
        p = quick_usual(hops, p, via);
    if (!p)
        return NULL;
    via->params = slice_between(params, p);
    via->text = slice_between(from, p);
    return p;
}

bool sip_quick_via(struct sip_reader *r, const char *p)
{
    const unsigned elems = r->elems;
    struct sip_via *first = NULL;
    struct sip_via **to = &first;
    struct sip_hops hops = {.map = r->map};
    const char *end;

    do {
        *to = sip_quick_node(r, sizeof(**to));
        end = quick_one(&hops, p, *to);
        if (!end)
            break;
        to = &(*to)->next;
    } while ((p = sip_quick_next(end)));
    if (p || !end || *end != '\r') {
        r->elems = elems;
        return false;
    }
    *to = NULL;
    *(r->via ? r->via : &r->msg->via) = first;
    r->via = to;
    return true;
}

static int read_one(struct sip_reader *r, struct sip_text *text)
{
    struct sip_text t = *text;
    int err = 0;
    struct sip_via *via = sip_read_node(r, sizeof(*via), &err);

    if (!via)
        return err;
    set_empty(via);
    if (read_protocol(via, &t) || read_sent_by(via, &t) ||
        read_params(via, &t))
        return E_SYNTAX;
    via->text = slice_between(text->p, t.p);
    text->p = t.p;
    if (!r->via)
        r->via = &r->msg->via;
    *r->via = via;
    r->via = &via->next;
    return 0;
}

int sip_read_VIA(struct sip_reader *r, struct sip_text *t)
{
    int err;

    do
        err = read_one(r, t);
    while (!err && sip_scan_sep(t, ','));
    return err;
}
