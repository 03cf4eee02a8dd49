/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of challenges, credentials and Authentication-Info. */
#include <stddef.h>

#include "sip/base/err.h"
#include "sip/quick.h"

/* One auth-param as it was read: name and value, unescaped once. */
struct auth_param {
    struct slice name;
    struct slice value;
};

/* token EQUAL ( token / quoted-string ) */
static int take_param(struct sip_reader *r, struct sip_text *c,
                      struct auth_param *p)
{
    struct slice raw;

    if (!sip_scan_token(c, &p->name) || !sip_scan_sep(c, '='))
        return E_SYNTAX;
    if (sip_at(c, '"')) {
        const char *to =
            c->map ? sip_scan_quoted_near(c->map, c->p + 1) : NULL;

        if (!to)
            to = sip_scan_qdtext(c->p + 1, c->end);
        if (to < c->end && *to == '"') {
            p->value = slice_between(c->p + 1, to);
            c->p = to + 1;
            return 0;
        }
        if (!sip_scan_quoted(c, &raw))
            return E_SYNTAX;
    } else if (!sip_scan_token(c, &raw)) {
        return E_SYNTAX;
    }
    return sip_read_text(r, raw, &p->value);
}

static enum sip_digest_alg alg_find(struct slice s)
{
#define X(symbol, token)            \
    if (sip_token_ieq(s, S(token))) \
        return SIP_DIGEST_##symbol;
    SIP_DIGEST_MAP(X)
#undef X
    return SIP_DIGEST_UNKNOWN;
}

/* token *( "," token ): the value of qop in a challenge. */
static int read_qop(struct slice s, unsigned *qop)
{
    struct sip_text c = sip_text_of(s);
    struct slice token;

    if (*qop)
        return E_SYNTAX;
    sip_scan_ws(&c);
    do {
        if (!sip_scan_token(&c, &token))
            return E_SYNTAX;
        if (sip_token_ieq(token, S("auth")))
            *qop |= SIP_QOP_AUTH;
        else if (sip_token_ieq(token, S("auth-int")))
            *qop |= SIP_QOP_AUTH_INT;
        else
            *qop |= SIP_QOP_OTHER;
    } while (sip_scan_sep(&c, ','));
    sip_scan_ws(&c);
    return sip_end(&c) ? 0 : E_SYNTAX;
}

/* A second value for the same thing is an attack or a mistake. */
static int once(struct slice *to, bool *has, struct slice value)
{
    if (*has)
        return E_SYNTAX;
    *has = true;
    *to = value;
    return 0;
}

static int once_set(struct slice *to, struct slice value)
{
    bool has = to->p != NULL;

    return once(to, &has, value);
}

static int challenge_param(struct sip_challenge *ch,
                           const struct auth_param *p)
{
    switch (p->name.n) {
    case 3:
        return sip_token_ieq(p->name, S("qop")) ? read_qop(p->value, &ch->qop)
                                                : 0;
    case 5:
        if (sip_token_ieq(p->name, S("realm")))
            return once(&ch->realm, &ch->has_realm, p->value);
        if (sip_token_ieq(p->name, S("nonce")))
            return once(&ch->nonce, &ch->has_nonce, p->value);
        if (sip_token_ieq(p->name, S("stale")))
            ch->stale = sip_token_ieq(p->value, S("true"));
        return 0;
    case 6:
        if (sip_token_ieq(p->name, S("opaque")))
            return once(&ch->opaque, &ch->has_opaque, p->value);
        if (sip_token_ieq(p->name, S("domain")))
            return once_set(&ch->domain, p->value);
        return 0;
    case 9:
        if (!sip_token_ieq(p->name, S("algorithm")))
            return 0;
        ch->alg = alg_find(p->value);
        return once_set(&ch->algorithm, p->value);
    default:
        return 0;
    }
}

/* By length and first letter no two names meet; were they to, the compiler
 * would say that an element is set twice. */
#define SLOT(n, first) (((n) + ((first) | 0x20u)) & 31)

static int credentials_param(struct sip_credentials *cr,
                             const struct auth_param *p)
{
    static const struct {
        struct slice name;
        size_t at;
    } text[32] = {
#define AT(member, first)                  \
    [SLOT(sizeof(#member) - 1, first)] = { \
        S_INIT(#member), offsetof(struct sip_credentials, member)}
        AT(username, 'u'), AT(realm, 'r'),    AT(nonce, 'n'),
        AT(uri, 'u'),      AT(response, 'r'), AT(algorithm, 'a'),
        AT(cnonce, 'c'),   AT(opaque, 'o'),   AT(qop, 'q'),
        AT(nc, 'n')
#undef AT
    };
    size_t slot = SLOT(p->name.n, (unsigned char)p->name.p[0]);
    size_t at = text[slot].at;

    if (!text[slot].name.n || !sip_token_ieq(p->name, text[slot].name))
        return 0;
    if (at == offsetof(struct sip_credentials, algorithm))
        cr->alg = alg_find(p->value);
    cr->has_qop |= at == offsetof(struct sip_credentials, qop);
    return once_set((struct slice *)((char *)cr + at), p->value);
}

/* auth-scheme LWS; *digest says whether it is the one that we read. */
static int take_scheme(struct sip_text *c, struct slice *scheme, bool *digest)
{
    if (!sip_scan_token(c, scheme) || (!sip_at(c, ' ') && !sip_at(c, '\t')))
        return E_SYNTAX;
    sip_scan_ws(c);
    *digest = sip_token_ieq(*scheme, S("Digest"));
    return 0;
}

/* What a scheme other than Digest says: auth-params, or one token68 (RFC
 * 7235 2.1), as Basic and Bearer have it. */
static int skip_other(struct sip_reader *r, struct sip_text *c)
{
    struct sip_text at = *c;
    struct auth_param p;

    sip_scan_run(&at, SIP_C_TOKEN | SIP_C_URIC);
    if (sip_end(&at) && slice_find(sip_rest(c), ',') == sip_left(c)) {
        *c = at;
        return 0;
    }
    do {
        int err = take_param(r, c, &p);

        if (err)
            return err;
    } while (sip_scan_sep(c, ','));
    return 0;
}

static int read_challenge(struct sip_reader *r, struct sip_text *c,
                          struct sip_challenge *ch)
{
    struct auth_param p;
    int err = take_scheme(c, &ch->scheme, &ch->digest);

    ch->params = sip_rest(c);
    if (err || !ch->digest)
        return err ? err : skip_other(r, c);
    do {
        err = take_param(r, c, &p);
        if (!err)
            err = challenge_param(ch, &p);
    } while (!err && sip_scan_sep(c, ','));
    return err;
}

int sip_read_CHALLENGE(struct sip_reader *r, struct sip_text *c)
{
    int err = 0;
    struct sip_challenge *ch = sip_read_node(r, sizeof(*ch), &err);

    if (!ch)
        return err;
    *ch = (struct sip_challenge){0};
    ch->proxy = r->hdr->id == SIP_HDR_PROXY_AUTHENTICATE;
    err = read_challenge(r, c, ch);
    if (err)
        return err;
    *(r->challenge ? r->challenge : &r->msg->challenge) = ch;
    r->challenge = &ch->next;
    return 0;
}

static int read_credentials(struct sip_reader *r, struct sip_text *c,
                            struct sip_credentials *cr)
{
    struct auth_param p;
    int err = take_scheme(c, &cr->scheme, &cr->digest);

    cr->params = sip_rest(c);
    if (err || !cr->digest)
        return err ? err : skip_other(r, c);
    do {
        err = take_param(r, c, &p);
        if (!err)
            err = credentials_param(cr, &p);
    } while (!err && sip_scan_sep(c, ','));
    return err;
}

int sip_read_CREDENTIALS(struct sip_reader *r, struct sip_text *c)
{
    int err = 0;
    struct sip_credentials *cr = sip_read_node(r, sizeof(*cr), &err);

    if (!cr)
        return err;
    *cr = (struct sip_credentials){0};
    cr->proxy = r->hdr->id == SIP_HDR_PROXY_AUTHORIZATION;
    err = read_credentials(r, c, cr);
    if (err)
        return err;
    *(r->credentials ? r->credentials : &r->msg->credentials) = cr;
    r->credentials = &cr->next;
    return 0;
}

/* name=token or name="text" at p, nothing escaped: past it, or NULL. */
static inline const char *quick_param(const struct sip_reader *r,
                                      const char *p, struct auth_param *param)
{
    const char *end = sip_hop(r->map, p);

    param->name = slice_between(p, end);
    if (end == p || *end != '=')
        return NULL;
    p = end + 1;
    if (*p == '"') {
        end = sip_scan_quoted_near(r->map, ++p);
        if (!end)
            end = sip_scan_qdtext(p, r->hdr->value.p + r->hdr->value.n);
        param->value = slice_between(p, end);
        return *end == '"' ? end + 1 : NULL;
    }
    end = sip_hop(r->map, p);
    param->value = slice_between(p, end);
    return end > p ? end : NULL;
}

bool sip_quick_challenge(struct sip_reader *r, const char *p)
{
    const unsigned elems = r->elems;
    struct sip_challenge *ch;
    struct auth_param param;
    const char *end = NULL;

    if (memcmp(p, "Dige", 4) != 0 || memcmp(p + 3, "est ", 4) != 0)
        return false;
    ch = sip_quick_node(r, sizeof(*ch));
    if (!ch)
        return false;
    *ch = (struct sip_challenge){.digest = true, .scheme = slice_of(p, 6)};
    ch->proxy = r->hdr->id == SIP_HDR_PROXY_AUTHENTICATE;
    ch->params = slice_skip(r->hdr->value, 7);
    for (p += 7; p; p = sip_quick_next(end)) {
        end = quick_param(r, p, &param);
        if (!end || challenge_param(ch, &param))
            break;
    }
    if (p || !end || *end != '\r') {
        r->elems = elems;
        return false;
    }
    *(r->challenge ? r->challenge : &r->msg->challenge) = ch;
    r->challenge = &ch->next;
    return true;
}

bool sip_quick_credentials(struct sip_reader *r, const char *p)
{
    const unsigned elems = r->elems;
    struct sip_credentials *cr;
    struct auth_param param;
    const char *end = NULL;

    if (memcmp(p, "Dige", 4) != 0 || memcmp(p + 3, "est ", 4) != 0)
        return false;
    cr = sip_quick_node(r, sizeof(*cr));
    if (!cr)
        return false;
    *cr = (struct sip_credentials){.digest = true, .scheme = slice_of(p, 6)};
    cr->proxy = r->hdr->id == SIP_HDR_PROXY_AUTHORIZATION;
    cr->params = slice_skip(r->hdr->value, 7);
    for (p += 7; p; p = sip_quick_next(end)) {
        end = quick_param(r, p, &param);
        if (!end || credentials_param(cr, &param))
            break;
    }
    if (p || !end || *end != '\r') {
        r->elems = elems;
        return false;
    }
    *(r->credentials ? r->credentials : &r->msg->credentials) = cr;
    r->credentials = &cr->next;
    return true;
}

int sip_read_AUTH_INFO(struct sip_reader *r, struct sip_text *c)
{
    struct sip_auth_info *info = &r->msg->auth_info;
    struct auth_param p;
    int err;

    do {
        struct slice *to = NULL;

        err = take_param(r, c, &p);
        if (err)
            return err;
        if (sip_token_ieq(p.name, S("nextnonce")))
            to = &info->nextnonce;
        else if (sip_token_ieq(p.name, S("rspauth")))
            to = &info->rspauth;
        else if (sip_token_ieq(p.name, S("cnonce")))
            to = &info->cnonce;
        else if (sip_token_ieq(p.name, S("qop")))
            to = &info->qop;
        else if (sip_token_ieq(p.name, S("nc")))
            to = &info->nc;
        if (to)
            err = once_set(to, p.value);
    } while (!err && sip_scan_sep(c, ','));
    return err;
}
