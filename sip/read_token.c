/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of tokens: option tags, methods, media types, events, reasons. */
#include "sip/base/err.h"
#include "sip/quick.h"
#include "sip/read.h"

static int skip_params(struct sip_text *c)
{
    struct sip_param p;

    while (sip_scan_sep(c, ';'))
        if (!sip_scan_param(c, &p))
            return E_SYNTAX;
    return 0;
}

/* token *( SEMI generic-param ) */
static int read_one(struct sip_value *v, struct sip_text *c)
{
    const char *from;

    if (!sip_scan_token(c, &v->token))
        return E_SYNTAX;
    from = c->p;
    if (skip_params(c))
        return E_SYNTAX;
    v->params = slice_trim(slice_between(from, c->p));
    return 0;
}

int sip_read_TOKEN(struct sip_reader *r, struct sip_text *c)
{
    struct slice token;

    (void)r;
    return sip_scan_token(c, &token) ? 0 : E_SYNTAX;
}

int sip_read_TOKEN_PARAMS(struct sip_reader *r, struct sip_text *c)
{
    struct sip_value v;

    (void)r;
    return read_one(&v, c);
}

/* token *( ";" param ) */
bool sip_quick_event(struct sip_reader *r, const char *p)
{
    struct sip_value *v = r->hdr->id == SIP_HDR_EVENT
                              ? &r->msg->event
                              : &r->msg->subscription_state;
    struct sip_hops hops = {.map = r->map};
    const char *params = sip_hops_next(&hops, p);
    const char *end = params;
    struct sip_param param;

    if (params == p)
        return false;
    while (end && *end == ';')
        end = sip_quick_param(&hops, end, &param);
    if (!end || *end != '\r')
        return false;
    v->token = slice_between(p, params);
    v->params = slice_between(params, end);
    return true;
}

int sip_read_EVENT(struct sip_reader *r, struct sip_text *c)
{
    return read_one(&r->msg->event, c);
}

int sip_read_SUBSTATE(struct sip_reader *r, struct sip_text *c)
{
    return read_one(&r->msg->subscription_state, c);
}

int sip_read_REASON(struct sip_reader *r, struct sip_text *c)
{
    do {
        int err = 0;
        struct sip_value *v = sip_read_node(r, sizeof(*v), &err);

        if (!v)
            return err;
        v->next = NULL;
        if (read_one(v, c))
            return E_SYNTAX;
        *(r->reason ? r->reason : &r->msg->reason) = v;
        r->reason = &v->next;
    } while (sip_scan_sep(c, ','));
    return 0;
}

/* Where the tokens of this header field go. */
static struct sip_token ***token_tail(struct sip_reader *r,
                                      struct sip_token ***head)
{
    switch ((int)r->hdr->id) {
    case SIP_HDR_REQUIRE:
        *head = &r->msg->require;
        return &r->tokens[0];
    case SIP_HDR_PROXY_REQUIRE:
        *head = &r->msg->proxy_require;
        return &r->tokens[1];
    case SIP_HDR_SUPPORTED:
        *head = &r->msg->supported;
        return &r->tokens[2];
    case SIP_HDR_UNSUPPORTED:
        *head = &r->msg->unsupported;
        return &r->tokens[3];
    case SIP_HDR_ALLOW_EVENTS:
        *head = &r->msg->allow_events;
        return &r->tokens[4];
    default:
        *head = &r->msg->content_encoding;
        return &r->tokens[5];
    }
}

int sip_read_TOKENS(struct sip_reader *r, struct sip_text *c)
{
    struct sip_token **head;
    struct sip_token ***tail = token_tail(r, &head);

    do {
        int err = 0;
        struct sip_token *t = sip_read_node(r, sizeof(*t), &err);

        if (!t)
            return err;
        t->next = NULL;
        if (!sip_scan_token(c, &t->text))
            return E_SYNTAX;
        *(*tail ? *tail : head) = t;
        *tail = &t->next;
    } while (sip_scan_sep(c, ','));
    return 0;
}

bool sip_quick_tokens(struct sip_reader *r, const char *p)
{
    const unsigned elems = r->elems;
    struct sip_token *first = NULL;
    struct sip_token **to = &first;
    struct sip_token **head;
    struct sip_token ***tail = token_tail(r, &head);
    struct sip_hops hops = {.map = r->map};
    const char *end;

    do {
        end = sip_hops_next(&hops, p);
        *to = end > p ? sip_quick_node(r, sizeof(**to)) : NULL;
        if (!*to)
            break;
        (*to)->text = slice_between(p, end);
        to = &(*to)->next;
    } while ((p = sip_hops_comma(&hops, end)));
    if (p || !end || *end != '\r') {
        r->elems = elems;
        return false;
    }
    *to = NULL;
    *(*tail ? *tail : head) = first;
    *tail = to;
    return true;
}

/* Supported may be empty (RFC 3261 25.1); Allow-Events and Unsupported are
 * met so in responses of known stacks and then say nothing. */
int sip_read_TAGS(struct sip_reader *r, struct sip_text *c)
{
    if (sip_end(c) && r->hdr->id != SIP_HDR_REQUIRE &&
        r->hdr->id != SIP_HDR_PROXY_REQUIRE)
        return 0;
    return sip_read_TOKENS(r, c);
}

/* method *( ", " method ) */
bool sip_quick_allow(struct sip_reader *r, const char *p)
{
    struct sip_hops hops = {.map = r->map};
    uint32_t found = 0;
    const char *end;

    do {
        end = sip_hops_next(&hops, p);
        if (end == p)
            return false;
        found |= UINT32_C(1) << sip_method_find_room(slice_between(p, end));
    } while ((p = sip_hops_comma(&hops, end)));
    if (*end != '\r')
        return false;
    r->msg->has |= SIP_HAS_ALLOW;
    r->msg->allow |= found & ~(UINT32_C(1) << SIP_OTHER);
    return true;
}

int sip_read_ALLOW(struct sip_reader *r, struct sip_text *c)
{
    struct slice token;

    r->msg->has |= SIP_HAS_ALLOW;
    if (sip_end(c))
        return 0;
    do {
        if (!sip_scan_token(c, &token))
            return E_SYNTAX;
        r->msg->allow |= UINT32_C(1) << sip_method_find(token);
    } while (sip_scan_sep(c, ','));
    r->msg->allow &= ~(UINT32_C(1) << SIP_OTHER);
    return 0;
}

/* m-type SLASH m-subtype *( SEMI m-parameter ); a parameter has a value. */
static int read_media_type(struct sip_media_type *t, struct sip_text *c,
                           bool range)
{
    const char *from;
    struct sip_param p;

    if (!sip_scan_token(c, &t->type) || !sip_scan_sep(c, '/') ||
        !sip_scan_token(c, &t->subtype))
        return E_SYNTAX;
    from = c->p;
    while (sip_scan_sep(c, ';'))
        if (!sip_scan_param(c, &p) || (!p.has_value && !range))
            return E_SYNTAX;
    t->params = slice_trim(slice_between(from, c->p));
    return 0;
}

/* type/subtype and no parameters. */
bool sip_quick_content_type(struct sip_reader *r, const char *p)
{
    struct sip_media_type *t = &r->msg->content_type;
    const char *slash = sip_hop(r->map, p);
    const char *end;

    if (slash == p || *slash != '/')
        return false;
    end = sip_hop(r->map, slash + 1);
    t->type = slice_between(p, slash);
    t->subtype = slice_between(slash + 1, end);
    t->params = (struct slice){0};
    return t->subtype.n && *end == '\r';
}

int sip_read_CONTENT_TYPE(struct sip_reader *r, struct sip_text *c)
{
    return read_media_type(&r->msg->content_type, c, false);
}

int sip_read_ACCEPT(struct sip_reader *r, struct sip_text *c)
{
    struct sip_media_type t;
    int err;

    (void)r;
    if (sip_end(c))
        return 0;
    do
        err = read_media_type(&t, c, true);
    while (!err && sip_scan_sep(c, ','));
    return err;
}

int sip_read_ACCEPT_ENCODING(struct sip_reader *r, struct sip_text *c)
{
    struct sip_value v;
    int err;

    (void)r;
    if (sip_end(c))
        return 0;
    do
        err = read_one(&v, c);
    while (!err && sip_scan_sep(c, ','));
    return err;
}

/* 1*8ALPHA *( "-" 1*8ALPHA ); digits as in BCP 47 after the first "-". */
static bool take_language(struct sip_text *c)
{
    size_t n = sip_scan_run(c, SIP_C_ALPHA).n;

    while (n >= 1 && n <= 8 && sip_take(c, '-')) {
        const char *from = c->p;

        sip_scan_run(c, SIP_C_ALPHA | SIP_C_DIGIT);
        n = (size_t)(c->p - from);
    }
    return n >= 1 && n <= 8;
}

int sip_read_LANGUAGES(struct sip_reader *r, struct sip_text *c)
{
    (void)r;
    do
        if (!take_language(c))
            return E_SYNTAX;
    while (sip_scan_sep(c, ','));
    return 0;
}

int sip_read_ACCEPT_LANGUAGE(struct sip_reader *r, struct sip_text *c)
{
    (void)r;
    if (sip_end(c))
        return 0;
    do
        if ((!sip_take(c, '*') && !take_language(c)) || skip_params(c))
            return E_SYNTAX;
    while (sip_scan_sep(c, ','));
    return 0;
}
