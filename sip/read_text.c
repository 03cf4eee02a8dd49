/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of Call-ID, products (User-Agent, Server) and Warning. */
#include "sip/base/err.h"
#include "sip/read.h"

/* word [ "@" word ] */
static bool take_call_id(struct cursor *c, struct slice *id)
{
    const char *from = c->p;

    if (sip_scan_run(c, SIP_C_WORD).n == 0)
        return false;
    if (cursor_take(c, '@') && sip_scan_run(c, SIP_C_WORD).n == 0)
        return false;
    *id = slice_between(from, c->p);
    return true;
}

int sip_read_CALL_ID(struct sip_reader *r, struct cursor *c)
{
    return take_call_id(c, &r->msg->call_id) ? 0 : E_SYNTAX;
}

int sip_read_CALL_IDS(struct sip_reader *r, struct cursor *c)
{
    struct slice id;

    (void)r;
    do
        if (!take_call_id(c, &id))
            return E_SYNTAX;
    while (sip_scan_sep(c, ','));
    return 0;
}

/*
 * token [ SLASH token ]. Looser than the grammar, because nothing depends on
 * it and well-known agents write it so: more slashes ("a/b/c"), and no LWS
 * before a comment ("a-1(2)").
 */
static bool take_product(struct cursor *c)
{
    const char *from = c->p;

    while (sip_scan_run(c, SIP_C_TOKEN).n || cursor_take(c, '/'))
        ;
    return c->p > from && *from != '/';
}

int sip_read_PRODUCT(struct sip_reader *r, struct cursor *c)
{
    struct slice all = cursor_rest(c);

    do {
        if (cursor_at(c, '(') ? !sip_scan_comment(c) : !take_product(c))
            return E_SYNTAX;
        sip_scan_ws(c);
    } while (!sip_scan_end(c));
    if (r->hdr->id == SIP_HDR_SERVER)
        r->msg->server = all;
    else
        r->msg->user_agent = all;
    return 0;
}

/* hostport or token: what a token, ':' and IPv6 brackets can spell. */
static bool agent_ok(struct slice agent)
{
    struct cursor c = cursor_of(agent);
    struct sip_host host;
    uint32_t port;

    if (sip_token_ok(agent))
        return true;
    return sip_host_take(&c, &host) &&
           (!cursor_take(&c, ':') || sip_scan_u32(&c, UINT16_MAX, &port)) &&
           sip_scan_end(&c);
}

/* 3DIGIT SP warn-agent SP quoted-string */
static int read_warning(struct sip_reader *r, struct cursor *c)
{
    int err = 0;
    struct slice raw;
    struct sip_warning *w = sip_read_node(r, sizeof(*w), &err);

    if (!w)
        return err;
    *w = (struct sip_warning){0};
    raw = sip_scan_run(c, SIP_C_DIGIT);
    if (raw.n != 3 || !cursor_take(c, ' '))
        return E_SYNTAX;
    w->code = (uint16_t)((raw.p[0] - '0') * 100 + (raw.p[1] - '0') * 10 +
                         (raw.p[2] - '0'));
    w->agent = cursor_take_until(c, ' ');
    if (!agent_ok(w->agent) || !cursor_take(c, ' ') ||
        !sip_scan_quoted(c, &raw))
        return E_SYNTAX;
    err = sip_read_text(r, raw, &w->text);
    if (err)
        return err;
    *(r->warning ? r->warning : &r->msg->warning) = w;
    r->warning = &w->next;
    return 0;
}

int sip_read_WARNING(struct sip_reader *r, struct cursor *c)
{
    int err;

    do
        err = read_warning(r, c);
    while (!err && sip_scan_sep(c, ','));
    return err;
}
