/* SPDX-License-Identifier: Apache-2.0 */
/* RTCP compounds: SR, RR, SDES and BYE read and written, bounded. */
#ifndef MEDIA_RTCP_H
#define MEDIA_RTCP_H

#include "sip/base/out.h"

enum {
    MEDIA_RTCP_PACKETS_MAX = 32, /* in one compound that we read */
    MEDIA_RTCP_CNAME_MAX = 255,
    MEDIA_RTCP_MAX = 512 /* bytes of a compound that we write */
};

/* RFC 3550 6.4.1: one report block. */
struct media_rtcp_block {
    uint32_t ssrc;     /* whom it is about */
    uint8_t fraction;  /* lost since the last report, of 256 */
    int32_t lost;      /* cumulative, 24 bits signed */
    uint32_t seq_high; /* extended highest sequence number */
    uint32_t jitter;   /* clock-rate units */
    uint32_t lsr;      /* middle 32 bits of the last SR's NTP time; 0 none */
    uint32_t dlsr;     /* 1/65536 s since that SR */
};

/* What we keep of a compound. Slices borrow from it. */
struct media_rtcp {
    uint32_t ssrc; /* of the first SR or RR */
    bool has_sr;
    uint64_t ntp;
    uint32_t rtp_ts, packets, octets;
    bool has_block; /* there is a block about own_ssrc */
    struct media_rtcp_block block;
    struct slice cname; /* of ssrc; may be empty */
    bool bye;           /* of ssrc; the SIP call goes on */
    struct slice bye_reason;
};

/*
 * RFC 3550 6.1 and A.2: starts with SR or RR, no padding but in the last
 * packet, lengths that add up. Packets of other types are skipped, the
 * blocks of XR only measured. E_SYNTAX for any length that lies (P13, P14).
 */
int media_rtcp_parse(struct media_rtcp *r, struct slice compound,
                     uint32_t own_ssrc);

/* What to write: SR when has_sr, else RR; then SDES; BYE when asked. */
int media_rtcp_write(struct out *out, const struct media_rtcp *r);

#endif
