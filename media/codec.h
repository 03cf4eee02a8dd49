/* SPDX-License-Identifier: Apache-2.0 */
/* Codecs behind one table of functions; PCM is 16 bit mono. */
#ifndef MEDIA_CODEC_H
#define MEDIA_CODEC_H

#include "media/quality.h"
#include "sip/base/env.h"

enum {
    MEDIA_CODEC_RATE_MAX = 48000,
    MEDIA_CODEC_FRAME_MAX = 5760, /* samples: 120 ms at 48 kHz */
    MEDIA_CODEC_PAYLOAD_MAX = 1275
};

struct media_codec;

/*
 * A codec; one thread at a time. Sample counts are at `rate`.
 *
 * decode and conceal give the number of samples or a negative error; decode:
 * E_SYNTAX for a payload that it cannot read, E_TOOBIG if cap is too small.
 * conceal makes n samples for a packet that did not come; next is the payload
 * behind the gap (for codecs with forward error correction), or empty.
 */
struct media_codec_ops {
    const char *name; /* as in rtpmap, "opus" */
    unsigned clock;   /* RTP units a second (RFC 7587 4.1, RFC 3551 4.5.14) */
    unsigned rate;    /* of the PCM */
    unsigned sdp_channels;
    int pt; /* static payload type, or -1 */
    struct media_impairment impairment;
    int (*open)(struct media_codec **c, const struct env *env);
    void (*close)(struct media_codec *c);
    int (*encode)(struct media_codec *c, const int16_t *pcm, size_t n,
                  struct out *payload);
    int (*decode)(struct media_codec *c, struct slice payload, int16_t *pcm,
                  size_t cap);
    int (*conceal)(struct media_codec *c, struct slice next, int16_t *pcm,
                   size_t n);
};

extern const struct media_codec_ops media_codec_opus;
extern const struct media_codec_ops media_codec_pcma;
extern const struct media_codec_ops media_codec_pcmu;

/* By rtpmap's name in any case, and clock rate; NULL if there is none. */
const struct media_codec_ops *media_codec_find(struct slice name,
                                               unsigned clock);

#endif
