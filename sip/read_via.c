/* SPDX-License-Identifier: Apache-2.0 */
/* Reader of Via (RFC 3261 20.42, RFC 3581, RFC 5118 4.5). */
#include "sip/base/err.h"
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
    uint32_t v = 0;

    if (via->has_rport ||
        (p->has_value && slice_u32(&v, p->value, UINT16_MAX)))
        return E_SYNTAX;
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
    size_t colon = slice_find(s, ':');
    uint32_t port;

    if (via->received.n)
        return E_SYNTAX;
    if (s.n > 2 && s.p[0] == '[')
        s = slice_of(s.p + 1, s.n - 2);
    else if (!slice_u32(&port, slice_skip(s, colon + 1), UINT16_MAX) &&
             sip_host_is_ipv4(slice_of(s.p, colon)))
        s.n = colon;
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

static int via_param(struct sip_via *via, const struct sip_param *p)
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

/*
 * via-received is an address without brackets, which no generic value can
 * be: it holds ':'.
 */
static bool take_param(struct cursor *c, struct sip_param *p)
{
    bool ok = sip_param_take(c, p);

    if (p->name.n != 8 || !p->value.p || (ok && !cursor_at(c, ':')) ||
        !sip_token_ieq(p->name, S("received")))
        return ok;
    c->p = p->value.p;
    while (c->p < c->end &&
           (sip_char_is(*c->p, SIP_C_HEX) || *c->p == ':' || *c->p == '.'))
        c->p++;
    p->value = slice_between(p->value.p, c->p);
    return true;
}

static int read_params(struct sip_via *via, struct cursor *c)
{
    const char *from = NULL;
    struct sip_param p;

    for (;;) {
        const char *at = c->p;

        if (!sip_scan_sep(c, ';'))
            break;
        for (; !from; at++)
            from = *at == ';' ? at : NULL;
        if (!take_param(c, &p) || via_param(via, &p))
            return E_SYNTAX;
    }
    if (from)
        via->params = slice_between(from, c->p);
    return 0;
}

/* "SIP" SLASH "2.0" SLASH transport; other names and versions are only
 * tokens: data. */
static int read_protocol(struct sip_via *via, struct cursor *c)
{
    struct slice token;

    if (!sip_scan_token(c, &token) || !sip_scan_sep(c, '/') ||
        !sip_scan_token(c, &token) || !sip_scan_sep(c, '/') ||
        !sip_scan_token(c, &via->transport))
        return E_SYNTAX;
    if (!cursor_at(c, ' ') && !cursor_at(c, '\t'))
        return E_SYNTAX;
    sip_scan_ws(c);
    return 0;
}

static int read_sent_by(struct sip_via *via, struct cursor *c)
{
    uint32_t port;

    if (!sip_host_take(c, &via->host))
        return E_SYNTAX;
    if (!sip_scan_sep(c, ':'))
        return 0;
    if (!sip_scan_u32(c, UINT16_MAX, &port))
        return E_SYNTAX;
    via->port = (uint16_t)port;
    return 0;
}

static int read_one(struct sip_reader *r, struct cursor *c)
{
    const char *from = c->p;
    int err = 0;
    struct sip_via *via = sip_read_node(r, sizeof(*via), &err);

    if (!via)
        return err;
    *via = (struct sip_via){0};
    err = read_protocol(via, c);
    if (!err)
        err = read_sent_by(via, c);
    if (!err)
        err = read_params(via, c);
    if (err)
        return err;
    via->text = slice_between(from, c->p);
    if (!r->via)
        r->via = &r->msg->via;
    *r->via = via;
    r->via = &via->next;
    return 0;
}

int sip_read_VIA(struct sip_reader *r, struct cursor *c)
{
    int err;

    do
        err = read_one(r, c);
    while (!err && sip_scan_sep(c, ','));
    return err;
}
