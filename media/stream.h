/* SPDX-License-Identifier: Apache-2.0 */
/* One audio stream: PCM in, sealed packets out; and the other way round. */
#ifndef MEDIA_STREAM_H
#define MEDIA_STREAM_H

#include "media/dtmf.h"
#include "media/formats.h"
#include "media/jitter.h"
#include "media/seal.h"

enum {
    MEDIA_STREAM_EARLY_MAX = 32, /* sealed packets kept until the keys come */
    MEDIA_STREAM_FRAME_MS = 20,
    MEDIA_STREAM_FRAME_MAX =
        MEDIA_CODEC_RATE_MAX / 1000 * MEDIA_STREAM_FRAME_MS, /* samples */
    MEDIA_STREAM_REPORT_MS = 5000, /* RFC 3550 6.2, randomised by 0.5…1.5 */
    MEDIA_STREAM_CNAME = 16        /* random bytes (RFC 7022 4.2) */
};

/*
 * Pure; virtual time in microseconds; one thread.
 *
 * One SSRC for audio and events, with one line of timestamps and sequence
 * numbers, which goes on through a change of codec: a frame is 20 ms of the
 * new clock from there on. RFC 7160 4.1 would have another SSRC for another
 * clock; but each one costs the peer a context under the key, of which
 * receivers (we too) allow only so many, and those in the field, Asterisk and
 * baresip among them, go on with one SSRC themselves.
 *
 * Events carry the timestamp of the audio that they stand in for, and count
 * durations at the clock that was agreed for them. With opus/48000 beside
 * telephone-event/8000 these differ, which RFC 4733 2.1 does not want and
 * which is what PBXs answer: Asterisk and baresip both write just that, and
 * take a timestamp for an event's name, so they read it right.
 */
struct media_stream;

/* A feed's outcome: bits. */
enum media_stream_event {
    MEDIA_STREAM_FIRST = 1, /* the first packet that authenticated */
    MEDIA_STREAM_DIGIT = 2, /* media_stream_digit has it */
    MEDIA_STREAM_BYE = 4    /* RTCP BYE: told, the call goes on */
};

struct media_stream_stats {
    uint64_t sent, sent_bytes; /* RTP, payload bytes */
    uint64_t received, received_bytes;
    uint64_t early; /* kept before the keys */
    uint64_t early_dropped;
    uint64_t unauthentic; /* counted, never decoded */
    uint64_t malformed;
    uint64_t strange;   /* authentic, of no payload type that was agreed:
                           counted, never decoded */
    uint64_t concealed; /* frames made up */
    struct media_jitter_stats jitter;
    unsigned loss_permille;
    unsigned remote_loss_permille; /* from the peer's last report */
    unsigned jitter_ms, delay_ms;  /* delay: of the buffer, target */
    unsigned rtt_ms;
    unsigned mos; /* times 100; 0 before anything came */
};

/* E_NOMEM, E_RANDOM, E_INVAL. SSRC, sequence, timestamp, CNAME: random. */
int media_stream_new(struct media_stream **s, const struct env *env,
                     const struct media_stream_config *config);
void media_stream_free(struct media_stream *s);

/*
 * What was agreed anew: codecs, directions, keys (NULL: as they are; before
 * the first there are none). A codec that stays goes on where it is, and so
 * does each direction of the seal whose key stays; a new key of ours also
 * changes our SSRC, so that no index is used twice under a key that came
 * again. What was kept before the keys is then fed; events as of
 * media_stream_take. Errors as of media_stream_new and media_seal_new: all is
 * as before.
 */
int media_stream_set(struct media_stream *s,
                     const struct media_stream_config *config,
                     const struct media_seal_keys *keys, int64_t now_us,
                     unsigned *events);
/* The same (the MKI is the configuration's) with nothing but keys. */
int media_stream_keys(struct media_stream *s,
                      const struct media_seal_keys *keys, int64_t now_us,
                      unsigned *events);

/* A datagram that came. Nothing that is not authentic changes more than a
 * counter. Gives enum media_stream_event bits. */
unsigned media_stream_take(struct media_stream *s, struct slice datagram,
                           int64_t now_us);
/* After MEDIA_STREAM_DIGIT, or each frame: true while there are digits. */
bool media_stream_digit(struct media_stream *s, int64_t now_us,
                        struct media_dtmf *d);

/* Samples in a frame of 20 ms of what is sent, and their rate. */
size_t media_stream_frame(const struct media_stream *s);
unsigned media_stream_rate(const struct media_stream *s);
/*
 * One frame to hear, 20 ms; always filled, with silence if need be. Gives
 * the samples, at most MEDIA_STREAM_FRAME_MAX, and *rate: of the codec that
 * came last, which is the peer's choice; before any, of what is sent.
 */
size_t media_stream_play(struct media_stream *s, int16_t *pcm, unsigned *rate,
                         int64_t now_us);

/*
 * One frame that was said. *out is the packet to send, valid until the next
 * call, or NULL: no keys yet, or mute_tx. A digit that is being sent takes
 * its place. now_us is for RTCP. Errors of encode and seal; nothing is sent
 * then.
 */
int media_stream_say(struct media_stream *s, const int16_t *pcm,
                     int64_t now_us, const struct sealed **out);
/* The RTCP report if it is due, else *out is NULL. wall_ms: since 1970. */
int media_stream_report(struct media_stream *s, int64_t now_us,
                        int64_t wall_ms, const struct sealed **out);
/* The last report, with BYE. *out NULL before the keys. */
int media_stream_bye(struct media_stream *s, int64_t now_us, int64_t wall_ms,
                     const struct sealed **out);

/* E_INVAL, E_FULL; E_UNSUPPORTED if telephone-event was not negotiated;
 * E_STATE on hold (what waits then comes to nothing). */
int media_stream_dtmf(struct media_stream *s, char digit, unsigned ms);
void media_stream_stats(const struct media_stream *s,
                        struct media_stream_stats *stats);

#endif
