/* SPDX-License-Identifier: Apache-2.0 */
/* The way in: source, clock, jitter buffer, decoder by payload type. */
#include "media/hear.h"

#include <string.h>

#include "media/jitter.h"
#include "media/stream.h"
#include "sip/base/err.h"
#include "sip/base/secret.h"

enum {
    QUEUE_MAX = MEDIA_CODEC_FRAME_MAX + MEDIA_STREAM_FRAME_MAX,
    CONCEAL_MAX = 10, /* frames in a row, then silence */
    DIGITS_MAX = 32,
    PT_NONE = 255
};

struct media_hear {
    const struct env *env;
    const struct media_formats *formats;
    struct media_jitter *jitter;
    bool heard;
    uint32_t ssrc;
    uint32_t clock; /* of the audio that came last; 0: none */
    struct media_recv recv;
    struct media_dtmf_in dtmf;
    struct media_dtmf digit[DIGITS_MAX];
    unsigned digits;
    uint8_t pt;               /* of what is in the queue and was heard last */
    int16_t queue[QUEUE_MAX]; /* decoded, not heard */
    size_t queued;
    unsigned made_up; /* frames in a row */
    uint64_t received, received_bytes, strange, concealed;
};

int media_hear_new(struct media_hear **out, const struct env *env,
                   const struct media_formats *formats)
{
    struct media_hear *h = env_alloc(env, sizeof(*h));

    if (!h)
        return E_NOMEM;
    h->env = env;
    h->formats = formats;
    h->pt = PT_NONE;
    int err = media_jitter_new(&h->jitter, env,
                               media_formats_tx(formats)->ops->clock,
                               MEDIA_STREAM_FRAME_MS * 1000);

    if (err)
        media_hear_free(h);
    else
        *out = h;
    return err;
}

void media_hear_free(struct media_hear *h)
{
    if (!h)
        return;
    const struct env *env = h->env;

    media_jitter_free(h->jitter);
    secret_wipe(h, sizeof(*h)); /* what was said is in its queue */
    env_free(env, h);
}

void media_hear_agreed(struct media_hear *h, bool flush)
{
    if (!flush)
        return;
    media_jitter_reset(h->jitter);
    h->pt = PT_NONE;
    h->queued = 0;
}

/* ------------------------------------------------------------- what came */

static uint32_t to_units(int64_t us, uint32_t clock)
{
    return (uint32_t)(us / 1000 * (clock / 1000) +
                      us % 1000 * (clock / 1000) / 1000);
}

/* A new source starts all that is measured anew. */
static unsigned note_source(struct media_hear *h, uint32_t ssrc)
{
    unsigned first = h->heard ? 0 : MEDIA_STREAM_FIRST;

    if (!media_hear_from(h, ssrc)) {
        h->ssrc = ssrc;
        h->clock = 0;
        h->recv = (struct media_recv){0};
        h->dtmf = (struct media_dtmf_in){0};
        media_jitter_reset(h->jitter);
    }
    h->heard = true;
    return first;
}

/* No time of arrival: events carry their start's timestamp. */
static void count_only(struct media_hear *h, uint16_t seq)
{
    media_recv_packet(&h->recv, seq, h->recv.transit, h->recv.transit * 2);
}

/* A step from one clock to another is no jitter (RFC 7160 4.3). */
static void count_audio(struct media_hear *h, const struct media_rtp *r,
                        uint32_t clock, int64_t now_us)
{
    uint32_t arrival = to_units(now_us, clock);

    if (h->clock != clock) {
        if (h->clock)
            h->recv.jitter16 =
                (uint32_t)((uint64_t)h->recv.jitter16 * clock / h->clock);
        h->clock = clock;
        h->recv.transit = arrival - r->ts;
        media_jitter_clock(h->jitter, clock);
    }
    media_recv_packet(&h->recv, r->seq, r->ts, arrival);
}

static unsigned add_digit(struct media_hear *h, const struct media_dtmf *d)
{
    if (h->digits == DIGITS_MAX)
        return 0;
    h->digit[h->digits++] = *d;
    return MEDIA_STREAM_DIGIT;
}

static unsigned take_event(struct media_hear *h, const struct media_rtp *r,
                           const struct media_events *e, int64_t now_us)
{
    struct media_dtmf d;

    count_only(h, r->seq);
    if (h->formats->config.mute_rx)
        return 0;
    h->dtmf.clock = e->clock;
    return media_dtmf_take(&h->dtmf, r->payload, r->ts, now_us, &d)
               ? add_digit(h, &d)
               : 0;
}

static unsigned take_strange(struct media_hear *h, const struct media_rtp *r)
{
    h->strange++;
    if (media_hear_from(h, r->ssrc))
        count_only(h, r->seq);
    return 0;
}

unsigned media_hear_rtp(struct media_hear *h, const struct media_rtp *rtp,
                        int64_t now_us)
{
    const struct media_open *audio = media_formats_rx(h->formats, rtp->pt);
    const struct media_events *e = media_formats_event(h->formats, rtp->pt);
    struct media_rtp r = *rtp;
    unsigned ev = 0;

    if (audio || e)
        ev = note_source(h, r.ssrc);
    if (audio)
        count_audio(h, &r, audio->ops->clock, now_us);
    else if (e)
        ev |= take_event(h, &r, e, now_us);
    else
        ev = take_strange(h, &r);
    if (audio || e) {
        h->received++;
        h->received_bytes += r.payload.n;
    }
    if (!audio)
        r.payload.n = 0; /* it takes up its place only */
    if (media_hear_from(h, r.ssrc) && !h->formats->config.mute_rx)
        (void)media_jitter_put(h->jitter, &r, now_us);
    return ev;
}

bool media_hear_digit(struct media_hear *h, int64_t now_us,
                      struct media_dtmf *d)
{
    if (h->digits == 0)
        return media_dtmf_idle(&h->dtmf, now_us, d);
    *d = h->digit[0];
    h->digits--;
    memmove(h->digit, h->digit + 1, h->digits * sizeof(*d));
    return true;
}

/* ------------------------------------------------------------- to hear */

/* Of what was heard last; before anything, of what we send. */
static const struct media_open *playing(const struct media_hear *h)
{
    const struct media_open *o =
        h->pt == PT_NONE ? NULL : media_formats_rx(h->formats, h->pt);

    return o ? o : media_formats_tx(h->formats);
}

static size_t frame(const struct media_hear *h)
{
    return playing(h)->ops->rate / 1000 * MEDIA_STREAM_FRAME_MS;
}

static int make_up(struct media_hear *h, struct slice next, int16_t *to)
{
    const struct media_open *o = playing(h);

    if (h->pt == PT_NONE || ++h->made_up > CONCEAL_MAX)
        return 0;
    h->concealed++;
    return o->ops->conceal(o->codec, next, to, frame(h));
}

/* At another rate what is left of the last frame, less than 20 ms of it,
 * cannot be heard; at the same it can. */
static void change_to(struct media_hear *h, uint8_t pt)
{
    unsigned rate = playing(h)->ops->rate;

    h->pt = pt;
    if (playing(h)->ops->rate != rate)
        h->queued = 0;
}

static int decode(struct media_hear *h, const struct media_jitter_frame *f)
{
    if (f->pt != h->pt)
        change_to(h, f->pt);
    const struct media_open *o = playing(h);

    return o->ops->decode(o->codec, f->payload, h->queue + h->queued,
                          QUEUE_MAX - h->queued);
}

/* What the next packet holds, behind what is queued; silence if nothing. */
static void refill(struct media_hear *h, int64_t now_us)
{
    struct media_jitter_frame f;
    enum media_jitter_get how;
    int got = E_SYNTAX;

    do { /* events take up places, but no time to hear */
        how = media_jitter_get(h->jitter, &f, now_us);
    } while (how == MEDIA_GET_FRAME && f.payload.n == 0);
    if (how == MEDIA_GET_FRAME)
        got = decode(h, &f);
    int16_t *to = h->queue + h->queued;

    if (got > 0)
        h->made_up = 0;
    else /* one codec's packet says nothing to another */
        got = make_up(
            h, how == MEDIA_GET_LOST && f.pt == h->pt ? f.payload : S(""), to);
    if (got <= 0) {
        got = (int)frame(h);
        memset(to, 0, (size_t)got * sizeof(*to));
    }
    h->queued += (size_t)got;
}

size_t media_hear_play(struct media_hear *h, int16_t *pcm, unsigned *rate,
                       int64_t now_us)
{
    /* Packets of 2.5 ms are the shortest: eight fill a frame. */
    while (h->queued < frame(h))
        refill(h, now_us);
    size_t n = frame(h);

    *rate = playing(h)->ops->rate;
    memcpy(pcm, h->queue, n * sizeof(*pcm));
    h->queued -= n;
    memmove(h->queue, h->queue + n, h->queued * sizeof(*pcm));
    return n;
}

/* -------------------------------------------------------------- figures */

bool media_hear_from(const struct media_hear *h, uint32_t ssrc)
{
    return h->heard && h->ssrc == ssrc;
}

bool media_hear_report(struct media_hear *h, struct media_rtcp_block *b)
{
    if (!h->heard)
        return false;
    b->ssrc = h->ssrc;
    media_recv_report(&h->recv, b);
    return true;
}

void media_hear_stats(const struct media_hear *h,
                      struct media_stream_stats *out)
{
    const struct media_codec_ops *ops = playing(h)->ops;
    uint32_t clock = h->clock ? h->clock : ops->clock;

    out->received = h->received;
    out->received_bytes = h->received_bytes;
    out->strange = h->strange;
    out->concealed = h->concealed;
    out->jitter = *media_jitter_stats(h->jitter);
    out->loss_permille = media_recv_loss_permille(&h->recv);
    out->jitter_ms = media_recv_jitter(&h->recv) / (clock / 1000);
    out->delay_ms = media_jitter_target_us(h->jitter) / 1000;
    if (h->heard)
        out->mos = media_quality_mos(&ops->impairment, out->loss_permille,
                                     out->delay_ms + MEDIA_STREAM_FRAME_MS +
                                         out->rtt_ms / 2);
}
