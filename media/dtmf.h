/* SPDX-License-Identifier: Apache-2.0 */
/* DTMF as RFC 4733 events: digits in from payloads, digits out as such. */
#ifndef MEDIA_DTMF_H
#define MEDIA_DTMF_H

#include "sip/base/out.h"

enum {
    MEDIA_DTMF_PAYLOAD = 4,    /* bytes of one event */
    MEDIA_DTMF_QUEUE_MAX = 64, /* digits waiting to be sent */
    MEDIA_DTMF_MS_MIN = 40,
    MEDIA_DTMF_MS_MAX = 6000,
    MEDIA_DTMF_LATE_MS = 2000, /* a packet is not older than that */
    MEDIA_DTMF_GAP_MS = 80,    /* between two digits that we send */
    MEDIA_DTMF_ENDS = 3,       /* RFC 4733 2.5.1.4 */
    MEDIA_DTMF_IN_MS_MAX = 10000,
    MEDIA_DTMF_IDLE_MS = 300 /* no packet for so long: the digit is over */
};

struct media_dtmf {
    char digit; /* 0-9, *, #, A-D */
    unsigned ms;
};

/* -------------------------------------------------------------- in */

/*
 * Zeroed is right at the start, with the clock rate set: of the durations.
 * Timestamps count at the audio's, which may be another (stream.h says why).
 */
struct media_dtmf_in {
    uint32_t clock;
    bool seen;    /* ts and digit are of the last event */
    bool running; /* and it is not told yet */
    uint32_t ts;
    unsigned duration; /* of this segment */
    uint32_t before;   /* of the segments before it (RFC 4733 2.5.2.3) */
    char digit;
    int64_t last_us;
};

/*
 * One RTP payload. True: *d is a digit that ended (one that never said so
 * ends with the next one). Repeats of an end say nothing again. Payloads
 * that are short or hold another event than a digit are false.
 */
bool media_dtmf_take(struct media_dtmf_in *in, struct slice payload,
                     uint32_t ts, int64_t now_us, struct media_dtmf *d);
/* A digit whose end was lost; call it each frame. */
bool media_dtmf_idle(struct media_dtmf_in *in, int64_t now_us,
                     struct media_dtmf *d);

/* ------------------------------------------------------------- out */

/* As above. Digits of more than 65535 units go in segments (RFC 4733
 * 2.5.1.3), which only an equal clock of the audio makes sense of. */
struct media_dtmf_out {
    uint32_t clock;
    struct media_dtmf queue[MEDIA_DTMF_QUEUE_MAX];
    unsigned n;
    bool running;
    uint32_t start_ts;
    uint32_t duration; /* sent so far, clock units */
    uint32_t before;   /* of that: in segments that are over */
    unsigned ends;
    uint32_t gap; /* clock units still to be silent */
};

/* E_INVAL: no digit; ms is taken into MS_MIN…MS_MAX. E_FULL. */
int media_dtmf_put(struct media_dtmf_out *out, char digit, unsigned ms);
/* Something is running or waiting. */
bool media_dtmf_busy(const struct media_dtmf_out *out);

struct media_dtmf_packet {
    uint8_t payload[MEDIA_DTMF_PAYLOAD];
    uint32_t ts; /* of the event's start */
    bool marker;
};

/* All that runs or waits comes to nothing. */
void media_dtmf_clear(struct media_dtmf_out *out);

/*
 * Once for each frame of `frame` clock units, at time ts of the audio: true
 * if this frame is an event packet instead of audio.
 */
bool media_dtmf_next(struct media_dtmf_out *out, uint32_t ts, uint32_t frame,
                     struct media_dtmf_packet *p);

#endif
