/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts: a name, an IPv4 address or an IPv6 reference, with a port. */
#ifndef SIP_HOST_H
#define SIP_HOST_H

#include "sip/base/cursor.h"

struct sip_text; /* sip/scan.h */
struct sip_map;  /* sip/map.h */

enum sip_host_kind {
    SIP_HOST_NONE,
    SIP_HOST_NAME,
    SIP_HOST_IPV4,
    SIP_HOST_IPV6
};

struct sip_host {
    struct slice text; /* for IPv6 without the brackets */
    enum sip_host_kind kind;
};

/* Takes a host (RFC 3261 25.1); false and no move if there is none. */
bool sip_host_take(struct sip_text *t, struct sip_host *host);

/* The same by value: where the host at t->p ends; NULL: there is none. */
const char *sip_host_at(const char *p, const char *end,
                        const struct sip_map *map, struct sip_host *host);

/* Past an IPv4 address that starts at p, whatever follows; or NULL. */
const char *sip_host_past_ipv4(const char *p, const char *end);

/* Reads exactly one host; brackets around IPv6 are needed. E_SYNTAX. */
int sip_host_parse(struct sip_host *host, struct slice text);

/* An address without brackets, as received= and maddr= may have it too. */
bool sip_host_is_ipv4(struct slice text);
bool sip_host_is_ipv6(struct slice text);

/* The 4 or 16 bytes of an address. False if host is a name. */
bool sip_host_bytes(const struct sip_host *host, uint8_t bytes[16]);

/* Names without case and trailing dot; addresses by their bytes. */
bool sip_host_eq(const struct sip_host *a, const struct sip_host *b);

#endif
