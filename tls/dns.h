/* SPDX-License-Identifier: Apache-2.0 */
/* DNS answers: a bounded, checked reader of what a resolver brings. */
#ifndef TLS_DNS_H
#define TLS_DNS_H

#include "tls/addr.h"

enum {
    TLS_DNS_RECORDS_MAX = 32, /* kept of one answer; the rest is counted */
    TLS_DNS_NAMES_MAX = 2048, /* bytes of all names kept */
    TLS_DNS_NAME_MAX = 253,   /* text length (RFC 1035 2.3.4) */
    TLS_DNS_ALIASES_MAX = 8,  /* CNAMEs followed */
    TLS_DNS_PACKET_MAX = 65535
};

enum tls_dns_type {
    TLS_DNS_A = 1,
    TLS_DNS_CNAME = 5,
    TLS_DNS_AAAA = 28,
    TLS_DNS_SRV = 33,
    TLS_DNS_NAPTR = 35
};

/* One usable record. */
struct tls_dns_record {
    uint32_t ttl;              /* seconds; at most 2^31-1 (RFC 2181 8) */
    uint16_t priority, weight; /* SRV; order and preference of a NAPTR */
    uint16_t port;             /* SRV */
    struct slice target;  /* SRV: lower case, no final dot; "" is "." ; points
                             into the answer's names. NAPTR: replacement */
    struct slice service; /* NAPTR: as written; the same */
    struct slice flags;   /* NAPTR: as written; the same */
    struct tls_addr addr; /* A, AAAA: port 0 */
};

enum tls_dns_status {
    TLS_DNS_OK,        /* at least one record of the type */
    TLS_DNS_NO_DATA,   /* the name exists, not with this type */
    TLS_DNS_NO_DOMAIN, /* NXDOMAIN */
    TLS_DNS_SERVER     /* SERVFAIL, REFUSED, …: rcode says */
};

struct tls_dns_answer {
    enum tls_dns_status status;
    unsigned rcode;
    unsigned n;
    unsigned skipped; /* records over the limits */
    uint32_t ttl;     /* least of the chain's; 0 if none. Of NO_DATA and
                         NO_DOMAIN: how long it holds (RFC 2308 5), from the
                         zone's SOA; 0: it does not say */
    struct tls_dns_record rec[TLS_DNS_RECORDS_MAX];
    char names[TLS_DNS_NAMES_MAX];
    size_t names_n;
};

/*
 * Reads one DNS message (RFC 1035 4.1): it must be a response, not cut, with
 * exactly the question that was asked; only records of that type at the
 * name, or at the end of its chain of CNAMEs, count. Compression pointers
 * only go back. E_SYNTAX for anything malformed, E_NOTFOUND if the question
 * is another one, E_TOOBIG if it is cut (TC). The answer points into itself:
 * do not copy it. Thread: any.
 */
int tls_dns_parse(struct tls_dns_answer *a, struct slice packet,
                  struct slice name, enum tls_dns_type type);

#endif
