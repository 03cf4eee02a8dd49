/* SPDX-License-Identifier: Apache-2.0 */
/* Writes DNS answers, right and wrong, for tests. */
#ifndef TEST_UNIT_TLS_DNSKIT_H
#define TEST_UNIT_TLS_DNSKIT_H

#include "test/unit/tls_kit.h"
#include "tls/dns.h"

struct dnskit {
    char p[4096];
    struct out o;
    unsigned answers;
};

static KIT_UNUSED void dns_u32(struct dnskit *d, uint32_t v)
{
    out_be16(&d->o, (uint16_t)(v >> 16));
    out_be16(&d->o, (uint16_t)v);
}

/* "a.test" uncompressed; "" is the root. */
static KIT_UNUSED void dns_name(struct dnskit *d, const char *name)
{
    while (*name) {
        size_t n = strcspn(name, ".");

        out_char(&d->o, (char)n);
        out_put(&d->o, slice_of(name, n));
        name += n + (name[n] == '.');
    }
    out_char(&d->o, 0);
}

static KIT_UNUSED void dns_begin(struct dnskit *d, unsigned flags,
                                 const char *name, int type)
{
    d->o = out_of(d->p, sizeof(d->p));
    d->answers = 0;
    out_be16(&d->o, 0x1234);
    out_be16(&d->o, (uint16_t)(0x8180 | flags));
    out_be16(&d->o, 1);
    out_be16(&d->o, 0);
    out_be16(&d->o, 0);
    out_be16(&d->o, 0);
    dns_name(d, name);
    out_be16(&d->o, (uint16_t)type);
    out_be16(&d->o, 1);
}

/* Up to the data; owner NULL: a pointer to the question. */
static KIT_UNUSED void dns_rr(struct dnskit *d, const char *owner, int type,
                              uint32_t ttl, size_t len)
{
    if (owner)
        dns_name(d, owner);
    else
        out_be16(&d->o, 0xc00c);
    out_be16(&d->o, (uint16_t)type);
    out_be16(&d->o, 1);
    dns_u32(d, ttl);
    out_be16(&d->o, (uint16_t)len);
    d->answers++;
}

static KIT_UNUSED void dns_a(struct dnskit *d, const char *owner, uint32_t ttl,
                             uint32_t ip)
{
    dns_rr(d, owner, TLS_DNS_A, ttl, 4);
    dns_u32(d, ip);
}

/* 2001:db8::last */
static KIT_UNUSED void dns_aaaa(struct dnskit *d, const char *owner,
                                uint32_t ttl, uint16_t last)
{
    dns_rr(d, owner, TLS_DNS_AAAA, ttl, 16);
    dns_u32(d, 0x20010db8);
    dns_u32(d, 0);
    dns_u32(d, 0);
    dns_u32(d, last);
}

static KIT_UNUSED void dns_aaaa_of(struct dnskit *d, const char *owner,
                                   uint32_t ttl, const char *text)
{
    struct tls_addr a;

    assert_int_equal(tls_addr_parse_ip(&a, slice_cstr(text)), 0);
    dns_rr(d, owner, TLS_DNS_AAAA, ttl, 16);
    out_put(&d->o, slice_of(a.ip, 16));
}

static KIT_UNUSED size_t dns_name_size(const char *name)
{
    return *name ? strlen(name) + 2 : 1;
}

static KIT_UNUSED void dns_cname(struct dnskit *d, const char *owner,
                                 uint32_t ttl, const char *to)
{
    dns_rr(d, owner, TLS_DNS_CNAME, ttl, dns_name_size(to));
    dns_name(d, to);
}

struct dns_srv {
    uint16_t priority, weight, port;
    const char *target;
};

static KIT_UNUSED void dns_srv(struct dnskit *d, uint32_t ttl,
                               struct dns_srv s)
{
    dns_rr(d, NULL, TLS_DNS_SRV, ttl, 6 + dns_name_size(s.target));
    out_be16(&d->o, s.priority);
    out_be16(&d->o, s.weight);
    out_be16(&d->o, s.port);
    dns_name(d, s.target);
}

struct dns_naptr {
    uint16_t order, preference;
    const char *flags, *service, *replacement;
};

static KIT_UNUSED void dns_string(struct dnskit *d, const char *text)
{
    out_char(&d->o, (char)strlen(text));
    out_put(&d->o, slice_cstr(text));
}

static KIT_UNUSED void dns_naptr(struct dnskit *d, uint32_t ttl,
                                 struct dns_naptr n)
{
    dns_rr(d, NULL, TLS_DNS_NAPTR, ttl,
           4 + 1 + strlen(n.flags) + 1 + strlen(n.service) + 1 +
               dns_name_size(n.replacement));
    out_be16(&d->o, n.order);
    out_be16(&d->o, n.preference);
    dns_string(d, n.flags);
    dns_string(d, n.service);
    dns_string(d, "");
    dns_name(d, n.replacement);
}

/* The zone's SOA in the authority section; then dns_end only. */
static KIT_UNUSED void dns_soa(struct dnskit *d, uint32_t ttl,
                               uint32_t minimum)
{
    dns_rr(d, "test", 6, ttl, 2 * dns_name_size("ns.test") + 20);
    d->answers--;
    d->p[9] = 1;
    dns_name(d, "ns.test");
    dns_name(d, "ns.test");
    for (int i = 0; i < 4; i++)
        dns_u32(d, 1);
    dns_u32(d, minimum);
}

static KIT_UNUSED struct slice dns_end(struct dnskit *d)
{
    assert_int_equal(d->o.err, 0);
    d->p[6] = (char)(d->answers >> 8);
    d->p[7] = (char)d->answers;
    return out_slice(&d->o);
}

#endif
