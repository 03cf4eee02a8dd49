/* SPDX-License-Identifier: Apache-2.0 */
/* The jitter buffer: packets in as they come, one out for each frame. */
#ifndef MEDIA_JITTER_H
#define MEDIA_JITTER_H

#include "media/rtp.h"
#include "sip/base/env.h"

enum {
    MEDIA_JITTER_SLOTS = 64, /* a power of two */
    MEDIA_JITTER_PAYLOAD = 1400,
    MEDIA_JITTER_TARGET_MAX_US = 400000,
    MEDIA_JITTER_DROPOUT = 3000, /* RFC 3550 A.1 MAX_DROPOUT */
    MEDIA_JITTER_BIN_US = 5000,
    MEDIA_JITTER_BINS = 80
};

enum media_jitter_put {
    MEDIA_PUT_KEPT,
    MEDIA_PUT_LATE,
    MEDIA_PUT_TWICE,
    MEDIA_PUT_JUMP, /* far off: believed when the next one follows it */
    MEDIA_PUT_TOOBIG
};

enum media_jitter_get {
    MEDIA_GET_WAIT, /* nothing there: conceal or be silent, time stretches */
    MEDIA_GET_FRAME,
    MEDIA_GET_LOST /* conceal this one; frame->payload is the one after it,
                      for its FEC, or empty */
};

struct media_jitter_frame {
    uint16_t seq;
    uint32_t ts;
    uint8_t pt;           /* payload's */
    struct slice payload; /* borrowed until the next put */
};

struct media_jitter_stats {
    uint64_t kept, late, twice, jumps;
    uint64_t lost;   /* given as MEDIA_GET_LOST */
    uint64_t waits;  /* the buffer ran dry */
    uint64_t shrunk; /* packets left out to catch up */
};

/* Pure and bounded; virtual time in microseconds. One thread. */
struct media_jitter;

/* clock: RTP units a second; frame_us: what a packet usually holds.
 * E_INVAL, E_NOMEM. */
int media_jitter_new(struct media_jitter **j, const struct env *env,
                     uint32_t clock, uint32_t frame_us);
void media_jitter_free(struct media_jitter *j);

/* A packet that authenticated. An empty payload takes up its place only. */
enum media_jitter_put media_jitter_put(struct media_jitter *j,
                                       const struct media_rtp *rtp,
                                       int64_t now_us);
enum media_jitter_get media_jitter_get(struct media_jitter *j,
                                       struct media_jitter_frame *frame,
                                       int64_t now_us);

/* The timestamps that come next count at another clock, 1000 at least. */
void media_jitter_clock(struct media_jitter *j, uint32_t clock);
/* Forgets all packets and the timing, keeps the counters. */
void media_jitter_reset(struct media_jitter *j);
uint32_t media_jitter_target_us(const struct media_jitter *j);
uint32_t media_jitter_depth_us(const struct media_jitter *j);
const struct media_jitter_stats *
media_jitter_stats(const struct media_jitter *j);

#endif
