/* SPDX-License-Identifier: Apache-2.0 */
/* Transport addresses in binary: what is dialled, with no sockaddr in it. */
#ifndef TLS_ADDR_H
#define TLS_ADDR_H

#include "sip/base/out.h"

enum { TLS_ADDR_TEXT_MAX = 64 }; /* enough for any address with its port */

/* family 0 is the zero-initialised "no address". No zone ids. */
struct tls_addr {
    uint8_t family; /* 0, 4 or 6 */
    uint8_t ip[16]; /* network order; IPv4 uses the first 4, the rest 0 */
    uint16_t port;  /* host order */
};

/*
 * "127.0.0.1:5061", "[::1]:5061"; with port != 0 also "127.0.0.1", "[::1]"
 * and "::1", which then get that port. E_SYNTAX; *a is untouched on error.
 */
int tls_addr_parse(struct tls_addr *a, struct slice text, uint16_t port);

/* An IP literal alone, with or without brackets; port is set to 0. */
int tls_addr_parse_ip(struct tls_addr *a, struct slice text);

/* "127.0.0.1:5061", "[2001:db8::1]:5061" (RFC 5952); nothing if family 0. */
void tls_addr_put(struct out *o, const struct tls_addr *a);

/* The IP alone, IPv6 without brackets. */
void tls_addr_put_ip(struct out *o, const struct tls_addr *a);

bool tls_addr_eq(const struct tls_addr *a, const struct tls_addr *b);
/* Whatever the ports. */
bool tls_addr_same_ip(const struct tls_addr *a, const struct tls_addr *b);

/* False for port 0, unspecified, multicast and broadcast addresses. */
bool tls_addr_dialable(const struct tls_addr *a);

/* 127.0.0.0/8 and ::1; 169.254.0.0/16 and fe80::/10. */
bool tls_addr_is_loopback(const struct tls_addr *a);
bool tls_addr_is_link_local(const struct tls_addr *a);

/* Bytes of the IP: 4, 16 or 0. */
size_t tls_addr_ip_size(const struct tls_addr *a);

#endif
