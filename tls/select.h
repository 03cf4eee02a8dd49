/* SPDX-License-Identifier: Apache-2.0 */
/* Destination address selection (RFC 6724 6): which address is better. */
#ifndef TLS_SELECT_H
#define TLS_SELECT_H

#include "tls/addr.h"

enum { TLS_LOCALS_MAX = 32 };

/* An address that this device has; its port says nothing. */
struct tls_local {
    struct tls_addr addr;
    uint8_t bits; /* of its prefix on the link; 0: not known */
};

/* Those of its interfaces that are up; n == 0: they are not known. */
struct tls_locals {
    struct tls_local row[TLS_LOCALS_MAX];
    unsigned n;
};

/* One more, unless it leads nowhere that can be dialled (an IPv6 link-local
 * address: there are no zone ids), or its family has half of the room. */
void tls_locals_add(struct tls_locals *locals, const struct tls_addr *addr,
                    unsigned bits);

/*
 * Pure. From which of them a connection to dst would come, by RFC 6724 5;
 * NULL: from none, so that dst cannot be reached.
 *
 * What a list of addresses does not tell is left out: which interface leads to
 * dst (rule 5), deprecated, home and temporary addresses (3, 4, 7). The kernel
 * could be asked by connecting a UDP socket, which sends nothing; but there is
 * one UDP socket in this library, and it is for media (doc/security.md, lock
 * 4). A guess that is wrong costs one attempt: where the kernel has no route
 * the connect fails at once, and the next address has its turn.
 */
const struct tls_local *tls_select_source(const struct tls_locals *locals,
                                          const struct tls_addr *dst);

/*
 * Pure. How good dst is if connections come from that source (NULL: it cannot
 * be reached): of two the one with the higher rank goes first, and equal ones
 * stay as they were (RFC 6724 6, rule 10). Rules 1, 2, 5, 6, 8 and 9, with the
 * default policy table of 2.1; rules 3, 4 and 7 need what no list of addresses
 * tells. Rule 9 is for IPv6 alone: IPv4 prefixes say little about distance,
 * and the order in which DNS has the addresses of a name is there to spread
 * load.
 */
uint32_t tls_select_rank_from(const struct tls_addr *dst,
                              const struct tls_local *source);

/* The same from the source that tls_select_source finds. Without locals the
 * rules that need a source make no difference. */
uint32_t tls_select_rank(const struct tls_locals *locals,
                         const struct tls_addr *dst);

/* Does the rank say that there is a source? */
bool tls_select_usable(uint32_t rank);

#endif
