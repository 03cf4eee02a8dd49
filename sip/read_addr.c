/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of addresses: From, To, Contact, Route and their relatives. */
#include "sip/base/err.h"
#include "sip/quick.h"
#include "sip/read.h"

/* The next ;name=value behind an address; E_NOTFOUND if there is none. *from
 * becomes the first ';'. */
static int next_param(struct sip_text *t, const char **from,
                      struct sip_param *p)
{
    const char *at = t->p;

    if (!sip_scan_sep(t, ';'))
        return E_NOTFOUND;
    for (; !*from; at++)
        *from = *at == ';' ? at : NULL;
    return sip_scan_param(t, p) ? 0 : E_SYNTAX;
}

/* The address with its parameters ends at t, which came from next_param. */
static inline int end_addr(struct sip_addr *addr, const char *from,
                           const struct sip_text *t, int err)
{
    if (err != E_NOTFOUND)
        return err;
    if (from) {
        addr->params = slice_between(from, t->p);
        addr->text = slice_between(addr->text.p, t->p);
    }
    return 0;
}

static int read_tagged(struct sip_addr *addr, struct sip_text *t)
{
    struct sip_param p;
    const char *from = NULL;
    int err = sip_addr_scan(t, addr);

    while (!err) {
        err = next_param(t, &from, &p);
        if (err || !sip_token_ieq(p.name, S("tag")))
            continue;
        if (addr->tag.n || !sip_param_is_token(&p))
            return E_SYNTAX;
        addr->tag = p.value;
    }
    return end_addr(addr, from, t, err);
}

/* An address with nothing but a tag behind it. */
static inline bool quick_tagged(const struct sip_map *map, const char *from,
                                struct sip_addr *addr)
{
    const char *params = sip_quick_addr(map, from, addr);
    const char *to;

    if (!params || *params != ';')
        return params && *params == '\r';
    if (memcmp(params, ";tag", 4) != 0 || params[4] != '=')
        return false;
    to = sip_hop(map, params + 5);
    addr->tag = slice_between(params + 5, to);
    addr->params = slice_between(params, to);
    addr->text = slice_between(from, to);
    return *to == '\r' && addr->tag.n;
}

bool sip_quick_from(struct sip_reader *r, const char *p)
{
    return quick_tagged(r->map, p, &r->msg->from);
}

bool sip_quick_to(struct sip_reader *r, const char *p)
{
    return quick_tagged(r->map, p, &r->msg->to);
}

int sip_read_FROM(struct sip_reader *r, struct sip_text *c)
{
    return read_tagged(&r->msg->from, c);
}

int sip_read_TO(struct sip_reader *r, struct sip_text *c)
{
    return read_tagged(&r->msg->to, c);
}

/* An address whose parameters are not looked into. */
static int read_plain(struct sip_addr *addr, struct sip_text *t)
{
    struct sip_param p;
    const char *from = NULL;
    int err = sip_addr_scan(t, addr);

    while (!err)
        err = next_param(t, &from, &p);
    return end_addr(addr, from, t, err);
}

/* qvalue (RFC 3261 25.1) in thousandths. */
static int read_q(struct slice s, uint16_t *q)
{
    unsigned v;

    if (s.n == 0 || (s.p[0] != '0' && s.p[0] != '1') || s.n > 5 ||
        (s.n > 1 && s.p[1] != '.'))
        return E_SYNTAX;
    v = (unsigned)(s.p[0] - '0') * 1000;
    for (size_t i = 2, unit = 100; i < s.n; i++, unit /= 10) {
        if (!sip_char_is(s.p[i], SIP_C_DIGIT))
            return E_SYNTAX;
        v += (unsigned)(s.p[i] - '0') * (unsigned)unit;
    }
    if (v > 1000)
        return E_SYNTAX;
    *q = (uint16_t)v;
    return 0;
}

static int read_expires(struct slice s, struct sip_contact *contact)
{
    struct sip_text c = sip_text_of(s);

    if (contact->has_expires || !sip_scan_seconds(&c, &contact->expires) ||
        !sip_end(&c))
        return E_SYNTAX;
    contact->has_expires = true;
    return 0;
}

static int contact_param(struct sip_reader *r, struct sip_contact *contact,
                         const struct sip_param *p)
{
    switch (p->name.n) {
    case 1:
        if (!sip_token_ieq(p->name, S("q")))
            return 0;
        return contact->q == SIP_Q_NONE ? read_q(p->value, &contact->q)
                                        : E_SYNTAX;
    case 6:
        if (!sip_token_ieq(p->name, S("reg-id")))
            return 0;
        return slice_u32(&contact->reg_id, p->value, UINT32_MAX) ? E_SYNTAX
                                                                 : 0;
    case 7:
        if (!sip_token_ieq(p->name, S("expires")))
            return 0;
        return read_expires(p->value, contact);
    case 13:
        if (!sip_token_ieq(p->name, S("+sip.instance")))
            return 0;
        return sip_read_text(r, p->value, &contact->instance);
    default:
        return 0;
    }
}

/* The parameters behind the address, which ends at p: past them, or NULL. */
static inline const char *quick_contact_params(struct sip_reader *r,
                                               const char *p,
                                               struct sip_contact *contact)
{
    struct sip_addr *addr = &contact->addr;
    const char *from = p;
    struct sip_hops hops = {.map = r->map};
    struct sip_param param;

    while (*p == ';') {
        p = sip_quick_param(&hops, p, &param);
        if (!p || contact_param(r, contact, &param))
            return NULL;
    }
    if (p > from) {
        addr->params = slice_between(from, p);
        addr->text.n += addr->params.n;
    }
    return p;
}

static inline const char *quick_one(struct sip_reader *r, const char *p,
                                    struct sip_contact *contact)
{
    if (!contact || !(p = sip_quick_addr(r->map, p, &contact->addr)))
        return NULL;
    contact->has_expires = false;
    contact->expires = contact->reg_id = 0;
    contact->q = SIP_Q_NONE;
    contact->instance = (struct slice){0};
    return quick_contact_params(r, p, contact);
}

bool sip_quick_contact(struct sip_reader *r, const char *p)
{
    const unsigned elems = r->elems;
    struct sip_contact *first = NULL;
    struct sip_contact **to = &first;
    const char *end;

    do {
        *to = sip_quick_node(r, sizeof(**to));
        end = quick_one(r, p, *to);
        if (!end)
            break;
        to = &(*to)->next;
    } while ((p = sip_quick_next(end)));
    if (p || !end || *end != '\r' || r->msg->contact_star) {
        r->elems = elems;
        return false;
    }
    *to = NULL;
    *(r->contact ? r->contact : &r->msg->contact) = first;
    r->contact = to;
    return true;
}

static int read_contact(struct sip_reader *r, struct sip_text *c)
{
    struct sip_param p;
    const char *from = NULL;
    int err = 0;
    struct sip_contact *contact = sip_read_node(r, sizeof(*contact), &err);

    if (!contact)
        return err;
    *contact = (struct sip_contact){.q = SIP_Q_NONE};
    err = sip_addr_scan(c, &contact->addr);
    while (!err) {
        err = next_param(c, &from, &p);
        if (!err)
            err = contact_param(r, contact, &p);
    }
    err = end_addr(&contact->addr, from, c, err);
    if (err)
        return err;
    if (!r->contact)
        r->contact = &r->msg->contact;
    *r->contact = contact;
    r->contact = &contact->next;
    return 0;
}

int sip_read_CONTACT(struct sip_reader *r, struct sip_text *c)
{
    int err;

    if (r->msg->contact_star)
        return E_SYNTAX;
    if (slice_eq(sip_rest(c), S("*"))) {
        c->p++;
        r->msg->contact_star = true;
        return r->msg->contact ? E_SYNTAX : 0;
    }
    do
        err = read_contact(r, c);
    while (!err && sip_scan_sep(c, ','));
    return err;
}

/* Where the list of this header field ends, or NULL at first; NULL if there
 * is none. */
static struct sip_route ***route_tail(struct sip_reader *r,
                                      struct sip_route ***head)
{
    switch ((int)r->hdr->id) {
    case SIP_HDR_ROUTE:
        *head = &r->msg->route;
        return &r->route[0];
    case SIP_HDR_RECORD_ROUTE:
        *head = &r->msg->record_route;
        return &r->route[1];
    case SIP_HDR_PATH:
        *head = &r->msg->path;
        return &r->route[2];
    case SIP_HDR_SERVICE_ROUTE:
        *head = &r->msg->service_route;
        return &r->route[3];
    case SIP_HDR_P_ASSERTED_IDENTITY:
        *head = &r->msg->asserted_identity;
        return &r->route[4];
    default:
        return NULL;
    }
}

/* Addresses in <> without parameters of the header field. */
bool sip_quick_route(struct sip_reader *r, const char *p)
{
    const unsigned elems = r->elems;
    struct sip_route *first = NULL;
    struct sip_route **to = &first;
    struct sip_route **head = NULL;
    struct sip_route ***tail = route_tail(r, &head);
    const char *end;

    do {
        *to = sip_quick_node(r, sizeof(**to));
        end = *to ? sip_quick_addr(r->map, p, &(*to)->addr) : NULL;
        if (!end || !(*to)->addr.brackets)
            break;
        to = &(*to)->next;
    } while ((p = sip_quick_next(end)));
    if (p || !end || *end != '\r' || !tail) {
        r->elems = elems;
        return false;
    }
    *to = NULL;
    *(*tail ? *tail : head) = first;
    *tail = to;
    return true;
}

/* angle: the grammar wants name-addr, as in all of the Route family. */
static int read_list(struct sip_reader *r, struct sip_text *c, bool angle)
{
    struct sip_route **head = NULL;
    struct sip_route ***tail = route_tail(r, &head);
    int err = 0;

    do {
        struct sip_route *route = sip_read_node(r, sizeof(*route), &err);

        if (!route)
            return err;
        route->next = NULL;
        err = read_plain(&route->addr, c);
        if (err || (angle && !route->addr.brackets))
            return E_SYNTAX;
        if (!tail)
            continue;
        *(*tail ? *tail : head) = route;
        *tail = &route->next;
    } while (sip_scan_sep(c, ','));
    return 0;
}

int sip_read_ROUTE(struct sip_reader *r, struct sip_text *c)
{
    return read_list(r, c, true);
}

int sip_read_ADDRS(struct sip_reader *r, struct sip_text *c)
{
    return read_list(r, c, false);
}

int sip_read_ADDR(struct sip_reader *r, struct sip_text *c)
{
    int err = 0;
    struct sip_addr *addr = sip_read_node(r, sizeof(*addr), &err);

    if (!addr)
        return err;
    err = read_plain(addr, c);
    if (r->hdr->id == SIP_HDR_REFER_TO)
        r->msg->refer_to = addr;
    else if (r->hdr->id == SIP_HDR_REFERRED_BY)
        r->msg->referred_by = addr;
    return err;
}
