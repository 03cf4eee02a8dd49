/* SPDX-License-Identifier: Apache-2.0 */
/* RTP packets: the header read and written, and what a datagram is. */
#ifndef MEDIA_RTP_H
#define MEDIA_RTP_H

#include "sip/base/out.h"

enum {
    MEDIA_RTP_HEADER = 12,
    MEDIA_RTP_CSRC_MAX = 15,
    MEDIA_RTP_MAX = 1400 /* bytes of a plain packet that we build */
};

/* RFC 7983 7 and RFC 5761 4: by the first two octets, all else is dropped. */
enum media_kind {
    MEDIA_KIND_NONE,
    MEDIA_KIND_STUN,
    MEDIA_KIND_DTLS,
    MEDIA_KIND_TURN,
    MEDIA_KIND_RTP,
    MEDIA_KIND_RTCP
};

/* Pure; looks at no more than two octets. */
enum media_kind media_rtp_kind(struct slice datagram);

/* RFC 3550 5.1. Slices borrow from the packet. */
struct media_rtp {
    uint8_t pt; /* 0…127 */
    bool marker;
    uint16_t seq;
    uint32_t ts;
    uint32_t ssrc;
    uint8_t csrc_n;
    uint32_t csrc[MEDIA_RTP_CSRC_MAX];
    bool has_ext;
    uint16_t ext_profile;
    struct slice ext; /* whole 32 bit words */
    struct slice payload;
};

/*
 * E_SYNTAX: version, or a count, an extension or a padding that says more
 * than there is (RFC 3550 A.1). *rtp is then not to be used.
 */
int media_rtp_parse(struct media_rtp *rtp, struct slice packet);

/* Without padding. E_INVAL: pt, csrc_n or a length of ext out of range;
 * E_TOOBIG from the output. */
int media_rtp_write(struct out *out, const struct media_rtp *rtp);

/* Is a newer than b, modulo 2^16 (RFC 1982)? */
static inline int media_seq_diff(uint16_t a, uint16_t b)
{
    int d = (a - b) & 0xffff;

    return d < 0x8000 ? d : d - 0x10000;
}

#endif
