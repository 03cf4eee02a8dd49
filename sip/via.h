/* SPDX-License-Identifier: Apache-2.0 */
/* Via: where a request came through; data, whatever transport it names. */
#ifndef SIP_VIA_H
#define SIP_VIA_H

#include "sip/host.h"

/* RFC 3261 20.42. Slices borrow from the message. */
struct sip_via {
    struct sip_via *next;   /* towards the client */
    struct slice text;      /* this element as received, for the echo */
    struct slice transport; /* opaque: "TLS", "UDP", "XYZ" */
    struct sip_host host;   /* sent-by */
    uint16_t port;          /* 0 if none is given */
    bool has_rport;         /* ;rport with or without a value (RFC 3581) */
    uint16_t rport;         /* its value or 0 */
    bool has_ttl;
    uint8_t ttl;
    struct slice branch; /* empty if there is none (RFC 2543) */
    struct slice received;
    struct slice maddr;
    struct slice params; /* all of them, from the first ';' on */
};

#endif
