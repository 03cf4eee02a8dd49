/* SPDX-License-Identifier: Apache-2.0 */
/* DNS answers: read once, front to back, with every length checked. */
#include "tls/dns.h"

#include <string.h>

#include "sip/base/cursor.h"
#include "sip/base/err.h"

enum { CLASS_IN = 1, TYPE_SOA = 6, JUMPS_MAX = 32, TTL_MAX = 0x7fffffff };

/* A name as text: lower case, no final dot; odd bytes are marked. */
struct name {
    char text[256];
    size_t n;
    bool odd; /* a byte that no host name has */
};

static bool host_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

static bool add_label(struct name *name, struct slice label)
{
    if (name->n + (name->n ? 1 : 0) + label.n > TLS_DNS_NAME_MAX)
        return false;
    if (name->n)
        name->text[name->n++] = '.';
    for (size_t i = 0; i < label.n; i++) {
        char c = slice_lower(label.p[i]);

        name->odd = name->odd || !host_byte(c);
        name->text[name->n++] = c;
    }
    return true;
}

/*
 * RFC 1035 4.1.4. A pointer must lead to a place before the labels that it
 * ends, so every jump goes back and a loop cannot be written.
 */
static bool take_name(struct cursor *c, struct name *name)
{
    struct cursor at = *c;
    size_t floor = cursor_offset(c);
    bool jumped = false;
    uint8_t len, low;
    struct slice label;

    name->n = 0;
    name->odd = false;
    for (int jumps = 0; jumps <= JUMPS_MAX;) {
        if (!cursor_u8(&at, &len))
            return false;
        if (len == 0)
            break;
        if (len >= 0xc0) {
            size_t to;

            if (!cursor_u8(&at, &low))
                return false;
            to = (size_t)(len & 0x3f) << 8 | low;
            if (to >= floor)
                return false;
            if (!jumped)
                *c = at;
            jumped = true;
            jumps++;
            floor = to;
            at.p = at.start + to;
        } else if (len > 63 || !cursor_take_n(&at, len, &label) ||
                   !add_label(name, label)) {
            return false;
        }
        if (jumps > JUMPS_MAX)
            return false;
    }
    if (!jumped)
        *c = at;
    return true;
}

static struct slice name_text(const struct name *name)
{
    return slice_of(name->text, name->n);
}

struct rr {
    struct name owner;
    uint16_t type, klass;
    uint32_t ttl;
    struct cursor data; /* start is the packet's, for compression */
};

static bool take_rr(struct cursor *c, struct rr *rr)
{
    struct slice data;
    uint16_t len;

    if (!take_name(c, &rr->owner) || !cursor_u16(c, &rr->type) ||
        !cursor_u16(c, &rr->klass) || !cursor_u32(c, &rr->ttl) ||
        !cursor_u16(c, &len) || !cursor_take_n(c, len, &data))
        return false;
    rr->data = (struct cursor){data.p, data.p + data.n, c->start};
    if (rr->ttl > TTL_MAX) /* RFC 2181 8: as if it were zero */
        rr->ttl = 0;
    return true;
}

static bool read_addr(struct rr *rr, struct tls_dns_record *rec)
{
    size_t n = rr->type == TLS_DNS_A ? 4 : 16;

    if (cursor_left(&rr->data) != n)
        return false;
    rec->addr.family = rr->type == TLS_DNS_A ? 4 : 6;
    memcpy(rec->addr.ip, rr->data.p, n);
    return true;
}

/* Copies text into the answer's own memory. */
static int keep_text(struct tls_dns_answer *a, struct slice *to,
                     struct slice text)
{
    if (text.n > sizeof(a->names) - a->names_n)
        return E_FULL;
    if (text.n)
        memcpy(a->names + a->names_n, text.p, text.n);
    *to = slice_of(a->names + a->names_n, text.n);
    a->names_n += text.n;
    return 0;
}

/* character-string (RFC 1035 3.3) */
static bool take_string(struct cursor *c, struct slice *text)
{
    uint8_t n;

    return cursor_u8(c, &n) && cursor_take_n(c, n, text);
}

/* RFC 3403 4.1; a rewrite by regexp is not for SIP (RFC 3263 4.1). */
static int read_naptr(struct tls_dns_answer *a, struct rr *rr,
                      struct tls_dns_record *rec)
{
    struct slice flags, service, regexp;
    struct name replacement;
    int err;

    if (!cursor_u16(&rr->data, &rec->priority) ||
        !cursor_u16(&rr->data, &rec->weight) ||
        !take_string(&rr->data, &flags) || !take_string(&rr->data, &service) ||
        !take_string(&rr->data, &regexp) ||
        !take_name(&rr->data, &replacement) || cursor_left(&rr->data))
        return E_SYNTAX;
    err = keep_text(a, &rec->flags, flags);
    if (!err)
        err = keep_text(a, &rec->service, service);
    if (!err && !replacement.odd)
        err = keep_text(a, &rec->target, name_text(&replacement));
    return err;
}

/* RFC 2782; the target may be compressed although it must not be. */
static int read_srv(struct tls_dns_answer *a, struct rr *rr,
                    struct tls_dns_record *rec)
{
    struct name target;

    if (!cursor_u16(&rr->data, &rec->priority) ||
        !cursor_u16(&rr->data, &rec->weight) ||
        !cursor_u16(&rr->data, &rec->port) || !take_name(&rr->data, &target) ||
        cursor_left(&rr->data) || target.odd)
        return E_SYNTAX;
    return keep_text(a, &rec->target, name_text(&target));
}

static int keep(struct tls_dns_answer *a, struct rr *rr)
{
    struct tls_dns_record rec = {.ttl = rr->ttl};
    int err = 0;

    if (a->n == TLS_DNS_RECORDS_MAX) {
        a->skipped++;
        return 0;
    }
    if (rr->type == TLS_DNS_SRV)
        err = read_srv(a, rr, &rec);
    else if (rr->type == TLS_DNS_NAPTR)
        err = read_naptr(a, rr, &rec);
    else if (!read_addr(rr, &rec))
        err = E_SYNTAX;
    if (err == E_FULL) {
        a->skipped++;
        return 0;
    }
    if (!err)
        a->rec[a->n++] = rec;
    return err;
}

/*
 * One pass over the answer section: keeps what belongs to owner. At owner's
 * CNAME it stops with E_AGAIN and owner moved on, since the records of the
 * target may stand before it.
 */
static int pass(struct tls_dns_answer *a, struct cursor c, unsigned count,
                struct name *owner, enum tls_dns_type type)
{
    for (unsigned i = 0; i < count; i++) {
        struct rr rr;
        int err = 0;

        if (!take_rr(&c, &rr))
            return E_SYNTAX;
        if (rr.klass != CLASS_IN ||
            !slice_eq(name_text(&rr.owner), name_text(owner)))
            continue;
        if (rr.type == (uint16_t)type)
            err = keep(a, &rr);
        else if (rr.type == TLS_DNS_CNAME && a->n == 0)
            err = !take_name(&rr.data, owner) || cursor_left(&rr.data)
                      ? E_SYNTAX
                      : E_AGAIN;
        else
            continue;
        if (rr.ttl < a->ttl)
            a->ttl = rr.ttl;
        if (err)
            return err;
    }
    return 0;
}

/* RFC 2308 5: what is not there is not there for as long as the SOA in the
 * authority section and its MINIMUM say; 0 if there is none. */
static uint32_t negative_ttl(struct cursor c, unsigned answers,
                             unsigned authorities)
{
    struct rr rr;
    struct name name;
    uint32_t v = 0;

    for (unsigned i = 0; i < answers + authorities; i++) {
        if (!take_rr(&c, &rr))
            return 0;
        if (i < answers || rr.type != TYPE_SOA || rr.klass != CLASS_IN)
            continue;
        for (int k = 0; k < 2; k++) /* MNAME, RNAME */
            if (!take_name(&rr.data, &name))
                return 0;
        for (int k = 0; k < 5; k++) /* the last is MINIMUM */
            if (!cursor_u32(&rr.data, &v))
                return 0;
        return v < rr.ttl ? v : rr.ttl;
    }
    return 0;
}

struct header {
    uint16_t flags, qd, an, ns;
};

static bool take_header(struct cursor *c, struct header *h)
{
    uint16_t skip;

    return cursor_u16(c, &skip) && cursor_u16(c, &h->flags) &&
           cursor_u16(c, &h->qd) && cursor_u16(c, &h->an) &&
           cursor_u16(c, &h->ns) && cursor_u16(c, &skip);
}

/* The question must be the one that was asked (hazard: DNS spoofing). */
static int check_question(struct cursor *c, struct name *owner,
                          struct slice name, enum tls_dns_type type)
{
    uint16_t qtype, qclass;

    if (!take_name(c, owner) || !cursor_u16(c, &qtype) ||
        !cursor_u16(c, &qclass))
        return E_SYNTAX;
    if (name.n > 1 && name.p[name.n - 1] == '.')
        name.n--;
    if (qtype != (uint16_t)type || qclass != CLASS_IN ||
        !slice_ieq(name_text(owner), name))
        return E_NOTFOUND;
    return 0;
}

static enum tls_dns_status status_of(const struct tls_dns_answer *a)
{
    if (a->rcode == 3)
        return TLS_DNS_NO_DOMAIN;
    if (a->rcode)
        return TLS_DNS_SERVER;
    return a->n ? TLS_DNS_OK : TLS_DNS_NO_DATA;
}

int tls_dns_parse(struct tls_dns_answer *a, struct slice packet,
                  struct slice name, enum tls_dns_type type)
{
    struct cursor c = cursor_of(packet);
    struct name owner;
    struct header h;
    int err;

    a->status = TLS_DNS_NO_DATA;
    a->n = a->skipped = a->rcode = 0;
    a->ttl = UINT32_MAX;
    a->names_n = 0;
    if (packet.n > TLS_DNS_PACKET_MAX || !take_header(&c, &h))
        return E_SYNTAX;
    if (!(h.flags & 0x8000) || (h.flags & 0x7800) || h.qd != 1)
        return E_SYNTAX;
    err = check_question(&c, &owner, name, type);
    if (err)
        return err;
    if (h.flags & 0x0200)
        return E_TOOBIG;
    a->rcode = h.flags & 15;
    err = E_AGAIN;
    for (int i = 0; i <= TLS_DNS_ALIASES_MAX && err == E_AGAIN; i++)
        err = a->rcode ? 0 : pass(a, c, h.an, &owner, type);
    if (err == E_AGAIN) /* a loop of aliases, or too long a chain */
        err = E_SYNTAX;
    a->status = status_of(a);
    if (a->status == TLS_DNS_NO_DATA || a->status == TLS_DNS_NO_DOMAIN)
        a->ttl = negative_ttl(c, h.an, h.ns);
    else if (a->ttl == UINT32_MAX)
        a->ttl = 0;
    return err;
}
