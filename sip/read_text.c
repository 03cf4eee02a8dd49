/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of Call-ID, products (User-Agent, Server) and Warning. */
#include "sip/base/err.h"
#include "sip/quick.h"

/* word [ "@" word ] */
static bool take_call_id(struct sip_text *t, struct slice *id)
{
    const char *from = t->p;
    const char *p = sip_scan_bytes(from, t->end, SIP_C_WORD);

    if (p == from)
        return false;
    if (p < t->end && *p == '@') {
        from = p + 1;
        p = sip_scan_bytes(from, t->end, SIP_C_WORD);
        if (p == from)
            return false;
    }
    *id = slice_between(t->p, p);
    t->p = p;
    return true;
}

/* Of what is not plain in a word only ':', before a port. */
bool sip_quick_call_id(struct sip_reader *r, const char *p)
{
    const char *end = sip_hop(r->map, p);

    if (end == p)
        return false;
    if (*end == '@') {
        const char *host = end + 1;

        end = sip_hop(r->map, host);
        if (end == host)
            return false;
    }
    if (*end == ':')
        end = sip_hop(r->map, end + 1);
    r->msg->call_id = slice_between(p, end);
    return *end == '\r';
}

int sip_read_CALL_ID(struct sip_reader *r, struct sip_text *c)
{
    return take_call_id(c, &r->msg->call_id) ? 0 : E_SYNTAX;
}

int sip_read_CALL_IDS(struct sip_reader *r, struct sip_text *c)
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
static bool take_product(struct sip_text *c)
{
    const char *from = c->p;
    struct slice token;

    while (sip_scan_token(c, &token) || sip_take(c, '/'))
        ;
    return c->p > from && *from != '/';
}

/* Past what is between p, behind a '(', and the next ')', or NULL. */
static inline const char *quick_comment(const struct sip_map *map,
                                        const char *p)
{
    uint64_t bits = sip_map_bits(map, SIP_MAP_PLAIN, p);

    for (; bits; bits &= bits - 1) {
        const char *at = p + (unsigned)__builtin_ctzll(bits);

        if (*at == ')')
            return at + 1;
        if (*at == '(' || *at == '\\' || *at == '\r')
            return NULL;
    }
    return NULL;
}

/* token *( "/" token ): past it, or NULL. */
static inline const char *quick_product(const struct sip_map *map,
                                        const char *p)
{
    const char *end = sip_hop(map, p);

    if (end == p)
        return NULL;
    while (*end == '/')
        end = sip_hop(map, end + 1);
    return end;
}

/* Products and comments with one SP, or none, between them. */
bool sip_quick_product(struct sip_reader *r, const char *p)
{
    const char *const from = p;

    do {
        p = *p == '(' ? quick_comment(r->map, p + 1)
                      : quick_product(r->map, p);
        if (!p)
            return false;
        p += *p == ' ';
    } while (*p != '\r');
    *(r->hdr->id == SIP_HDR_SERVER ? &r->msg->server : &r->msg->user_agent) =
        slice_between(from, p);
    return true;
}

int sip_read_PRODUCT(struct sip_reader *r, struct sip_text *c)
{
    struct slice all = sip_rest(c);

    do {
        if (sip_at(c, '(') ? !sip_scan_comment(c) : !take_product(c))
            return E_SYNTAX;
        sip_scan_ws(c);
    } while (!sip_end(c));
    if (r->hdr->id == SIP_HDR_SERVER)
        r->msg->server = all;
    else
        r->msg->user_agent = all;
    return 0;
}

/* hostport or token: what a token, ':' and IPv6 brackets can spell. */
static bool agent_ok(struct slice agent)
{
    struct sip_text c = sip_text_of(agent);
    struct sip_host host;
    uint32_t port;

    if (sip_token_ok(agent))
        return true;
    return sip_host_take(&c, &host) &&
           (!sip_take(&c, ':') || sip_scan_u32(&c, UINT16_MAX, &port)) &&
           sip_end(&c);
}

/* 3DIGIT SP warn-agent SP quoted-string */
static int read_warning(struct sip_reader *r, struct sip_text *c)
{
    int err = 0;
    struct slice raw;
    struct sip_warning *w = sip_read_node(r, sizeof(*w), &err);

    if (!w)
        return err;
    *w = (struct sip_warning){0};
    raw = sip_scan_run(c, SIP_C_DIGIT);
    if (raw.n != 3 || !sip_take(c, ' '))
        return E_SYNTAX;
    w->code = (uint16_t)((raw.p[0] - '0') * 100 + (raw.p[1] - '0') * 10 +
                         (raw.p[2] - '0'));
    w->agent = sip_take_until(c, ' ');
    if (!agent_ok(w->agent) || !sip_take(c, ' ') || !sip_scan_quoted(c, &raw))
        return E_SYNTAX;
    err = sip_read_text(r, raw, &w->text);
    if (err)
        return err;
    *(r->warning ? r->warning : &r->msg->warning) = w;
    r->warning = &w->next;
    return 0;
}

int sip_read_WARNING(struct sip_reader *r, struct sip_text *c)
{
    int err;

    do
        err = read_warning(r, c);
    while (!err && sip_scan_sep(c, ','));
    return err;
}
