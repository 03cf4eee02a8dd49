/* SPDX-License-Identifier: Apache-2.0 */
/* The audio formats that we offer, and how to know them in an m= line. */
#ifndef SDP_CODEC_H
#define SDP_CODEC_H

#include "sdp/sdp.h"

/*
 * X(symbol, encoding, clock, channels, payload type, fmtp). Opus is always
 * 48000/2 in SDP (RFC 7587 7); 0 and 8 are PCMU and PCMA also without rtpmap
 * (RFC 3551 6).
 */
#define SDP_CODEC_MAP(X)                                    \
    X(OPUS, "opus", 48000, 2, 96, "useinbandfec=1")         \
    X(PCMU, "PCMU", 8000, 1, 0, "")                         \
    X(PCMA, "PCMA", 8000, 1, 8, "")                         \
    X(EVENT_48000, "telephone-event", 48000, 1, 97, "0-15") \
    X(EVENT_8000, "telephone-event", 8000, 1, 101, "0-15")

enum sdp_codec {
    SDP_CODEC_NONE,
#define X(symbol, name, clock, channels, pt, fmtp) SDP_CODEC_##symbol,
    SDP_CODEC_MAP(X)
#undef X
        SDP_CODEC_COUNT,
    SDP_CODEC_EVENT = SDP_CODEC_EVENT_48000 /* the first that is no voice */
};

enum { SDP_PT_NONE = 255 };

/* What a codec is in an m= line of ours; payload type as in the table. */
struct sdp_format sdp_codec_format(enum sdp_codec codec);

/* Which codec a format is; SDP_CODEC_NONE if we do not have it. */
enum sdp_codec sdp_codec_of(const struct sdp_format *f);

/* The first format of an m= line that is codec, or NULL. */
const struct sdp_format *sdp_codec_find(const struct sdp_media *m,
                                        enum sdp_codec codec);

/* True if fmtp has name=1, as Opus' useinbandfec (RFC 7587 6.1). */
bool sdp_codec_flag(struct slice fmtp, struct slice name);

#endif
