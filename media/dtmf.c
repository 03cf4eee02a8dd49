/* SPDX-License-Identifier: Apache-2.0 */
/* DTMF as RFC 4733 events; the RTP timestamp is an event's name. */
#include "media/dtmf.h"

#include <string.h>

#include "sip/base/err.h"

enum {
    END = 0x80,
    VOLUME = 10, /* -10 dBm0 */
    SEGMENT = 0xffff
};

static const char digits[] = "0123456789*#ABCD"; /* RFC 4733 3.2 */

enum { NDIGITS = sizeof(digits) - 1 };

static unsigned to_ms(uint32_t units, uint32_t clock)
{
    uint64_t ms = clock ? (uint64_t)units * 1000 / clock : 0;

    return ms > MEDIA_DTMF_IN_MS_MAX ? MEDIA_DTMF_IN_MS_MAX : (unsigned)ms;
}

static bool finish(struct media_dtmf_in *in, struct media_dtmf *d)
{
    if (!in->running)
        return false;
    in->running = false;
    *d = (struct media_dtmf){in->digit,
                             to_ms(in->before + in->duration, in->clock)};
    return true;
}

/* Is it the next segment of the digit that runs? */
static bool goes_on(const struct media_dtmf_in *in, uint32_t ts, char digit)
{
    return in->running && in->duration == SEGMENT && in->digit == digit &&
           ts - in->ts == SEGMENT &&
           to_ms(in->before, in->clock) < MEDIA_DTMF_IN_MS_MAX;
}

/* A packet of an event that is over, overtaken by others. */
static bool is_late(const struct media_dtmf_in *in, uint32_t ts,
                    int64_t now_us)
{
    return in->seen && (int32_t)(ts - in->ts) < 0 &&
           now_us - in->last_us < (int64_t)MEDIA_DTMF_LATE_MS * 1000;
}

bool media_dtmf_take(struct media_dtmf_in *in, struct slice payload,
                     uint32_t ts, int64_t now_us, struct media_dtmf *d)
{
    const uint8_t *p = (const uint8_t *)payload.p;
    bool told = false;

    if (payload.n < MEDIA_DTMF_PAYLOAD || p[0] >= NDIGITS)
        return false;
    unsigned duration = (unsigned)p[2] << 8 | p[3];

    if (is_late(in, ts, now_us))
        return false;
    if (!in->seen || in->ts != ts) {
        bool more = goes_on(in, ts, digits[p[0]]);

        told = !more && finish(in, d);
        in->before = more ? in->before + SEGMENT : 0;
        in->seen = in->running = true;
        in->ts = ts;
        in->digit = digits[p[0]];
        in->duration = 0;
    }
    if (duration > in->duration)
        in->duration = duration;
    in->last_us = now_us;
    /* If the one before is just told, this one's end comes twice more. */
    return told || ((p[1] & END) && finish(in, d));
}

bool media_dtmf_idle(struct media_dtmf_in *in, int64_t now_us,
                     struct media_dtmf *d)
{
    return in->running &&
           now_us - in->last_us > (int64_t)MEDIA_DTMF_IDLE_MS * 1000 &&
           finish(in, d);
}

/* ------------------------------------------------------------- out */

int media_dtmf_put(struct media_dtmf_out *o, char digit, unsigned ms)
{
    char up = digit >= 'a' && digit <= 'd' ? (char)(digit - 32) : digit;

    if (!up || !strchr(digits, up))
        return E_INVAL;
    if (o->n == MEDIA_DTMF_QUEUE_MAX)
        return E_FULL;
    if (ms < MEDIA_DTMF_MS_MIN)
        ms = MEDIA_DTMF_MS_MIN;
    if (ms > MEDIA_DTMF_MS_MAX)
        ms = MEDIA_DTMF_MS_MAX;
    o->queue[o->n++] = (struct media_dtmf){up, ms};
    return 0;
}

void media_dtmf_clear(struct media_dtmf_out *o)
{
    *o = (struct media_dtmf_out){.clock = o->clock};
}

bool media_dtmf_busy(const struct media_dtmf_out *o)
{
    return o->n > 0 || o->gap > 0;
}

static void leave(struct media_dtmf_out *o)
{
    o->running = false;
    o->n--;
    memmove(o->queue, o->queue + 1, o->n * sizeof(o->queue[0]));
    o->gap = (uint32_t)((uint64_t)MEDIA_DTMF_GAP_MS * o->clock / 1000);
}

/* A segment that is full is told as full; what is above goes in the next. */
static bool write_payload(struct media_dtmf_out *o, bool end,
                          uint8_t p[MEDIA_DTMF_PAYLOAD])
{
    uint32_t duration = o->duration - o->before;
    bool full = duration > SEGMENT;

    if (full) {
        duration = SEGMENT;
        o->before += SEGMENT;
        o->start_ts += SEGMENT;
        end = false;
    }
    p[0] = (uint8_t)(strchr(digits, o->queue[0].digit) - digits);
    p[1] = (uint8_t)((end ? END : 0) | VOLUME);
    p[2] = (uint8_t)(duration >> 8);
    p[3] = (uint8_t)duration;
    return end;
}

bool media_dtmf_next(struct media_dtmf_out *o, uint32_t ts, uint32_t frame,
                     struct media_dtmf_packet *p)
{
    if (o->gap) {
        o->gap -= o->gap < frame ? o->gap : frame;
        return false;
    }
    if (o->n == 0)
        return false;
    uint32_t whole = (uint32_t)((uint64_t)o->queue[0].ms * o->clock / 1000);

    p->marker = !o->running;
    if (!o->running) {
        o->running = true;
        o->start_ts = ts;
        o->duration = o->before = 0;
        o->ends = 0;
    }
    if (o->duration < whole) {
        uint32_t left = whole - o->duration;

        o->duration += left < frame ? left : frame;
    }
    p->ts = o->start_ts;
    bool end = write_payload(o, o->duration == whole, p->payload);

    if (end && ++o->ends == MEDIA_DTMF_ENDS)
        leave(o);
    return true;
}
