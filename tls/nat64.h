/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4 addresses as a NAT64 has them: prefixes learnt from DNS64. */
#ifndef TLS_NAT64_H
#define TLS_NAT64_H

#include "tls/dns.h"

enum {
    TLS_NAT64_PREFIXES_MAX = 4 /* that are kept; RFC 7050 bounds nothing */
};

/* Whose AAAA tell: it has A records only, so a DNS64 made them up. */
#define TLS_NAT64_NAME "ipv4only.arpa"

/* Pref64::/n: the address with the IPv4 bits zero. */
struct tls_nat64_prefix {
    uint8_t ip[16];
    uint8_t bits; /* 32, 40, 48, 56, 64 or 96 */
};

/* Zero-initialised is empty. Pure; thread: any. */
struct tls_nat64 {
    struct tls_nat64_prefix prefix[TLS_NAT64_PREFIXES_MAX];
    unsigned n;
};

/*
 * The prefixes of an answer to AAAA of ipv4only.arpa, in its order, each once
 * (RFC 7050 3). What has not exactly one of 192.0.0.170 and .171 in a place of
 * RFC 6052 2.2 teaches nothing.
 */
void tls_nat64_learn(struct tls_nat64 *n, const struct tls_dns_answer *answer);

/* Does a NAT64 lead there? No: loopback, link-local, multicast, IPv6. */
bool tls_nat64_mappable(const struct tls_addr *v4);

/* The address by that prefix (RFC 6052 2.2), with the port; false: not
 * mappable, or not by the well-known prefix, which is for global addresses
 * only (3.1). */
bool tls_nat64_map(struct tls_addr *to, const struct tls_nat64_prefix *prefix,
                   const struct tls_addr *v4);

#endif
