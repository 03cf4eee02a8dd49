/* SPDX-License-Identifier: Apache-2.0 */
/* The judge of datagrams: STUN, DTLS, or SRTP and SRTCP that authenticate. */
#ifndef TOOLS_WIRE_MEDIA_H
#define TOOLS_WIRE_MEDIA_H

#include <stdbool.h>

#include "sdp/suite.h"
#include "sip/base/env.h"
#include "sip/base/secret.h"

enum {
    WIRE_KEYS_MAX = 128, /* both directions of 64 SDP answers */
    WIRE_PORTS_MAX = 64
};

/* May be fed on one thread and told of keys on another one. */
struct wire_media;

struct wire_media_counts {
    uint64_t packets, bytes; /* judged, payload */
    uint64_t rtp, rtcp;      /* authenticated under a negotiated key */
    uint64_t stun, dtls;
    uint64_t plaintext; /* bytes of packets that were none of these */
};

/* all: every datagram is judged, but those of wire_media_except; else those
 * of the ports that are named. -1: no memory. */
int wire_media_new(struct wire_media **j, const struct env *env, bool all);
/* Wipes the keys. NULL is fine. */
void wire_media_free(struct wire_media *j);

void wire_media_port(struct wire_media *j, uint16_t port);
void wire_media_except(struct wire_media *j, uint16_t port);

/* A key that was negotiated, of either direction. -1: it cannot be used. */
int wire_media_key(struct wire_media *j, enum sdp_suite suite,
                   const struct secret *key);

/* Learns the keys and ports of every call of this process from now on, or no
 * more with NULL. (policy_media_watch: tools and tests only.) */
void wire_media_watch(struct wire_media *j);

void wire_media_datagram(struct wire_media *j, const uint16_t port[2],
                         struct slice payload);
void wire_media_read(struct wire_media *j, struct wire_media_counts *counts);

#endif
