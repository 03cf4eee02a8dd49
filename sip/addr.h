/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses in header fields: From, To, Contact, Route and their kind. */
#ifndef SIP_ADDR_H
#define SIP_ADDR_H

#include "sip/base/arena.h"
#include "sip/base/cursor.h"
#include "sip/uri.h"

/* name-addr or addr-spec with its header parameters (RFC 3261 20.10). */
struct sip_addr {
    struct slice text;    /* all of it, as received */
    struct slice display; /* as received, quotes included; may be empty */
    struct slice params;  /* header parameters, from the first ';' on */
    struct slice tag;     /* of From and To; empty if there is none */
    bool brackets;        /* the URI stands in <> */
    struct sip_uri uri;
};

/* Takes name-addr or addr-spec without header parameters. 0 or E_SYNTAX. */
int sip_addr_scan(struct sip_text *t, struct sip_addr *addr);

/* The same where text is read by a cursor. */
int sip_addr_take(struct cursor *c, struct sip_addr *addr);

/* [display] "<" URI ">" or a URI at from that is written as nearly all write
 * it, in a map: where it ends, or NULL. */
const char *sip_quick_addr(const struct sip_map *map, const char *from,
                           struct sip_addr *addr);

enum { SIP_Q_NONE = 0xffff };

struct sip_contact {
    struct sip_contact *next;
    struct sip_addr addr;
    bool has_expires;
    uint32_t expires;      /* seconds; above 2^32-1 is read as 2^32-1 */
    uint16_t q;            /* thousandths, or SIP_Q_NONE */
    uint32_t reg_id;       /* RFC 5626; 0 if none */
    struct slice instance; /* +sip.instance without quotes: <urn:...> */
};

/* Route, Record-Route, Path and Service-Route: addr.text echoes exactly. */
struct sip_route {
    struct sip_route *next;
    struct sip_addr addr;
};

#endif
