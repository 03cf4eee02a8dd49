/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing URIs: RFC 3261 19.1.4, RFC 3966 4. */
#include "sip/chars.h"
#include "sip/uri.h"

/* RFC 3261 25.1: an escape of one of these is not the character itself. */
static bool reserved(char ch)
{
    switch (ch) {
    case ';':
    case '/':
    case '?':
    case ':':
    case '@':
    case '&':
    case '=':
    case '+':
    case '$':
    case ',':
        return true;
    default:
        return false;
    }
}

bool sip_uri_text_eq(struct slice a, struct slice b, bool fold)
{
    char x;
    char y;
    bool x_esc;
    bool y_esc;

    for (;;) {
        bool more = sip_uri_next_char(&a, &x, &x_esc);

        if (more != sip_uri_next_char(&b, &y, &y_esc))
            return false;
        if (!more)
            return true;
        if (fold) {
            x = slice_lower(x);
            y = slice_lower(y);
        }
        if (x != y || (x_esc != y_esc && reserved(x)))
            return false;
    }
}

/* These count even if only one of the URIs has them. */
static bool always_counts(struct slice name)
{
    return slice_ieq(name, S("user")) || slice_ieq(name, S("ttl")) ||
           slice_ieq(name, S("method")) || slice_ieq(name, S("maddr")) ||
           slice_ieq(name, S("transport"));
}

static bool find_param(struct slice params, struct slice name,
                       struct sip_param *found)
{
    while (sip_param_next(&params, found))
        if (sip_uri_text_eq(found->name, name, true))
            return true;
    return false;
}

/* all: a parameter that only one side has makes the URIs differ. */
static bool params_within(struct slice a, struct slice b, bool all)
{
    struct sip_param p;
    struct sip_param q;

    while (sip_param_next(&a, &p)) {
        if (find_param(b, p.name, &q)) {
            if (!sip_uri_text_eq(p.value, q.value, true))
                return false;
        } else if (all || always_counts(p.name)) {
            return false;
        }
    }
    return true;
}

static bool params_eq(struct slice a, struct slice b, bool all)
{
    return params_within(a, b, all) && params_within(b, a, all);
}

/* The next name=value of a URI's headers. */
static bool next_header(struct slice *rest, struct sip_param *h)
{
    struct slice item;
    size_t eq;

    if (rest->n == 0)
        return false;
    item = slice_of(rest->p, slice_find(*rest, '&'));
    *rest = slice_skip(*rest, item.n + 1);
    eq = slice_find(item, '=');
    h->name = slice_of(item.p, eq);
    h->value = slice_skip(item, eq + 1);
    h->has_value = true;
    return true;
}

/* How often list has this header. */
static size_t header_count(struct slice list, const struct sip_param *h)
{
    struct sip_param q;
    size_t n = 0;

    while (next_header(&list, &q))
        if (sip_uri_text_eq(q.name, h->name, true) &&
            sip_uri_text_eq(q.value, h->value, false))
            n++;
    return n;
}

/* Each header of a is in b as often as in a. */
static bool headers_within(struct slice a, struct slice b)
{
    struct slice rest = a;
    struct sip_param h;

    while (next_header(&rest, &h))
        if (header_count(a, &h) != header_count(b, &h))
            return false;
    return true;
}

static bool sip_eq(const struct sip_uri *a, const struct sip_uri *b)
{
    return a->has_user == b->has_user && a->has_password == b->has_password &&
           a->port == b->port && sip_uri_text_eq(a->user, b->user, false) &&
           sip_uri_text_eq(a->password, b->password, false) &&
           sip_host_eq(&a->host, &b->host) &&
           params_eq(a->params, b->params, false) &&
           headers_within(a->headers, b->headers) &&
           headers_within(b->headers, a->headers);
}

/* Phone digits without the visual separators of RFC 3966 5.1.1. */
static bool next_digit(struct slice *s, char *ch)
{
    bool escaped;

    while (sip_uri_next_char(s, ch, &escaped))
        if (!sip_uri_separator(*ch)) {
            *ch = slice_lower(*ch);
            return true;
        }
    return false;
}

static bool number_eq(struct slice a, struct slice b)
{
    char x;
    char y;

    for (;;) {
        bool more = next_digit(&a, &x);

        if (more != next_digit(&b, &y))
            return false;
        if (!more)
            return true;
        if (x != y)
            return false;
    }
}

bool sip_uri_eq(const struct sip_uri *a, const struct sip_uri *b)
{
    if (a->scheme != b->scheme)
        return false;
    if (a->text.n && slice_eq(a->text, b->text))
        return true;
    switch (a->scheme) {
    case SIP_SCHEME_SIP:
    case SIP_SCHEME_SIPS:
        return sip_eq(a, b);
    case SIP_SCHEME_TEL:
        return number_eq(a->user, b->user) &&
               params_eq(a->params, b->params, true);
    case SIP_SCHEME_NONE:
    case SIP_SCHEME_OTHER:
    default:
        return slice_eq(a->text, b->text);
    }
}

bool sip_uri_same_aor(const struct sip_uri *a, const struct sip_uri *b)
{
    if (a->scheme != b->scheme)
        return false;
    if (a->scheme != SIP_SCHEME_SIP && a->scheme != SIP_SCHEME_SIPS)
        return sip_uri_eq(a, b);
    return a->has_user == b->has_user &&
           sip_uri_text_eq(a->user, b->user, false) &&
           sip_host_eq(&a->host, &b->host);
}
