/* SPDX-License-Identifier: Apache-2.0 */
/* The wire's judge: every TCP byte is TLS, every datagram is sealed. */
#ifndef TOOLS_WIRE_H
#define TOOLS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sip/base/slice.h"

struct wire_media;

enum { WIRE_STREAMS_MAX = 64 };

/* One direction of one TCP connection, followed by sequence numbers. */
struct wire_stream {
    uint8_t src[16], dst[16];
    uint16_t sport, dport;
    uint8_t family;
    bool synced;     /* SYN was seen */
    bool bad;        /* something that is not TLS was seen */
    uint32_t next;   /* sequence number expected */
    uint8_t head[5]; /* of the TLS record that is being read */
    size_t head_n;
    size_t left; /* bytes of its body still to come */
};

/* What was seen on one TCP port, or on all. Not TLS: plaintext. */
struct wire {
    uint16_t port;            /* 0: all of them */
    uint16_t except;          /* then, but not this one; 0: none */
    struct wire_media *media; /* judges datagrams; NULL: they are left */
    uint64_t packets;         /* with payload */
    uint64_t bytes;
    uint64_t records;
    uint64_t plaintext; /* bytes that are no part of a TLS record */
    uint64_t gaps;      /* payload that the capture missed; fragments */
    struct wire_stream stream[WIRE_STREAMS_MAX];
    size_t streams;
};

void wire_init(struct wire *w, uint16_t port);

/* One IPv4 or IPv6 packet as captured. TCP of other ports is left. */
void wire_packet(struct wire *w, struct slice packet);

/* True if TLS was seen, all of it was, and nothing but TLS; and if every
 * datagram that was judged was sealed. */
bool wire_clean(const struct wire *w);

#endif
