/* SPDX-License-Identifier: Apache-2.0 */
/* One audio stream: codec, jitter buffer, DTMF, RTCP and the seal. */
#include "media/stream.h"

#include <string.h>

#include "media/rtcp.h"
#include "media/rtp.h"
#include "sip/base/err.h"

enum {
    FRAME_MAX = MEDIA_CODEC_RATE_MAX / 1000 * MEDIA_STREAM_FRAME_MS,
    QUEUE_MAX = MEDIA_CODEC_FRAME_MAX + FRAME_MAX, /* decoded, not heard */
    CONCEAL_MAX = 10, /* frames in a row, then silence */
    DIGITS_MAX = 32
};

struct early {
    size_t n;
    uint8_t bytes[TLS_SEALED_MAX];
};

struct media_stream {
    const struct env *env;
    struct media_stream_config cfg;
    struct media_codec *codec;
    struct media_seal *seal; /* NULL before the keys */
    struct media_jitter *jitter;
    struct early *early[MEDIA_STREAM_EARLY_MAX];
    unsigned early_n;
    /* out */
    uint32_t ssrc, ts;
    uint16_t seq;
    bool talking; /* the packet before this one was audio */
    struct media_dtmf_out dtmf_out;
    char cname[2 * MEDIA_STREAM_CNAME];
    int64_t report_at; /* 0: not set */
    /* in */
    bool heard;
    uint32_t remote_ssrc;
    struct media_recv recv;
    struct media_dtmf_in dtmf_in;
    struct media_dtmf digit[DIGITS_MAX];
    unsigned digits;
    uint32_t lsr; /* of the peer's last SR, and when it came */
    int64_t lsr_us;
    uint32_t last_ntp_mid; /* of our last report */
    int64_t last_ntp_us;
    int16_t queue[QUEUE_MAX];
    size_t queued;
    unsigned made_up; /* frames in a row */
    struct media_stream_stats stats;
};

static int draw(struct media_stream *s)
{
    uint8_t r[10];
    int err = s->env->rand(s->env->user, r, sizeof(r));

    if (err)
        return err;
    memcpy(&s->ssrc, r, 4);
    memcpy(&s->ts, r + 4, 4);
    memcpy(&s->seq, r + 8, 2);
    s->seq &= 0x7fff; /* RFC 3711 3.3.1: no wrap while the peer joins */
    return 0;
}

int media_stream_new(struct media_stream **out, const struct env *env,
                     const struct media_stream_config *cfg)
{
    if (!cfg->codec || cfg->pt > 127 || cfg->dtmf_pt > 127 ||
        (cfg->has_dtmf && cfg->pt == cfg->dtmf_pt))
        return E_INVAL;
    struct media_stream *s = env_alloc(env, sizeof(*s));

    if (!s)
        return E_NOMEM;
    s->env = env;
    s->cfg = *cfg;
    s->dtmf_in.clock = s->dtmf_out.clock = cfg->codec->clock;
    int err = draw(s);

    if (!err)
        err = env_rand_hex(env, s->cname, MEDIA_STREAM_CNAME);
    if (!err)
        err = cfg->codec->open(&s->codec, env);
    if (!err)
        err = media_jitter_new(&s->jitter, env, cfg->codec->clock,
                               MEDIA_STREAM_FRAME_MS * 1000);
    if (err)
        media_stream_free(s);
    else
        *out = s;
    return err;
}

void media_stream_free(struct media_stream *s)
{
    if (!s)
        return;
    const struct env *env = s->env;

    if (s->codec)
        s->cfg.codec->close(s->codec);
    media_jitter_free(s->jitter);
    media_seal_free(s->seal);
    for (unsigned i = 0; i < s->early_n; i++)
        env_free(env, s->early[i]);
    secret_wipe(s, sizeof(*s)); /* what was said is in its buffers */
    env_free(env, s);
}

size_t media_stream_frame(const struct media_stream *s)
{
    return s->cfg.codec->rate / 1000 * MEDIA_STREAM_FRAME_MS;
}

static uint32_t frame_units(const struct media_stream *s)
{
    return s->cfg.codec->clock / 1000 * MEDIA_STREAM_FRAME_MS;
}

/* ------------------------------------------------------------- inwards */

static void keep_early(struct media_stream *s, struct slice d)
{
    struct early *e = NULL;

    if (s->early_n < MEDIA_STREAM_EARLY_MAX && d.n <= sizeof(e->bytes))
        e = env_alloc(s->env, sizeof(*e));
    if (!e) {
        s->stats.early_dropped++;
        return;
    }
    e->n = d.n;
    memcpy(e->bytes, d.p, d.n);
    s->early[s->early_n++] = e;
    s->stats.early++;
}

static unsigned add_digit(struct media_stream *s, const struct media_dtmf *d)
{
    if (s->digits == DIGITS_MAX)
        return 0;
    s->digit[s->digits++] = *d;
    return MEDIA_STREAM_DIGIT;
}

static uint32_t to_units(const struct media_stream *s, int64_t us)
{
    return (uint32_t)(us / 1000 * (s->cfg.codec->clock / 1000) +
                      us % 1000 * (s->cfg.codec->clock / 1000) / 1000);
}

/* Authentic from here on. A new source starts all that is measured anew. */
static unsigned note_source(struct media_stream *s, uint32_t ssrc)
{
    unsigned first = s->heard ? 0 : MEDIA_STREAM_FIRST;

    if (!s->heard || s->remote_ssrc != ssrc) {
        s->remote_ssrc = ssrc;
        s->recv = (struct media_recv){0};
        s->dtmf_in = (struct media_dtmf_in){.clock = s->dtmf_in.clock};
        media_jitter_reset(s->jitter);
        s->lsr = 0;
    }
    s->heard = true;
    return first;
}

static unsigned take_rtp(struct media_stream *s, struct slice plain,
                         int64_t now_us)
{
    struct media_rtp r;
    struct media_dtmf d;

    if (media_rtp_parse(&r, plain)) {
        s->stats.malformed++;
        return 0;
    }
    bool event = s->cfg.has_dtmf && r.pt == s->cfg.dtmf_pt;

    if (!event && r.pt != s->cfg.pt) { /* */
        s->stats.malformed++;
        return 0;
    }
    unsigned ev = note_source(s, r.ssrc);

    media_recv_packet(&s->recv, r.seq, event ? s->recv.transit : r.ts,
                      event ? s->recv.transit * 2 : to_units(s, now_us));
    s->stats.received++;
    s->stats.received_bytes += r.payload.n;
    if (event && media_dtmf_take(&s->dtmf_in, r.payload, r.ts, now_us, &d))
        ev |= add_digit(s, &d);
    if (event)
        r.payload.n = 0; /* it takes up its place only */
    (void)media_jitter_put(s->jitter, &r, now_us);
    return ev;
}

static void take_block(struct media_stream *s,
                       const struct media_rtcp_block *b, int64_t now_us)
{
    int64_t since = now_us - s->last_ntp_us;

    s->stats.remote_loss_permille = b->fraction * 1000u / 256;
    if (s->last_ntp_mid && since >= 0)
        s->stats.rtt_ms = media_quality_rtt_ms(
            b, s->last_ntp_mid + (uint32_t)(since * 65536 / 1000000));
}

static unsigned take_rtcp(struct media_stream *s, struct slice plain,
                          int64_t now_us)
{
    struct media_rtcp r;

    if (media_rtcp_parse(&r, plain, s->ssrc)) {
        s->stats.malformed++;
        return 0;
    }
    if (r.has_sr) {
        s->lsr = (uint32_t)(r.ntp >> 16);
        s->lsr_us = now_us;
    }
    if (r.has_block)
        take_block(s, &r.block, now_us);
    return r.bye && s->heard && r.ssrc == s->remote_ssrc ? MEDIA_STREAM_BYE
                                                         : 0;
}

static unsigned unseal(struct media_stream *s, struct slice d, int64_t now_us)
{
    bool rtp = media_rtp_kind(d) == MEDIA_KIND_RTP;
    struct slice plain;

    if (rtp ? media_seal_open_rtp(s->seal, d, &plain)
            : media_seal_open_rtcp(s->seal, d, &plain)) {
        s->stats.unauthentic++;
        return 0;
    }
    return rtp ? take_rtp(s, plain, now_us) : take_rtcp(s, plain, now_us);
}

unsigned media_stream_take(struct media_stream *s, struct slice d,
                           int64_t now_us)
{
    enum media_kind kind = media_rtp_kind(d);

    if (kind != MEDIA_KIND_RTP && kind != MEDIA_KIND_RTCP) {
        s->stats.malformed++;
        return 0;
    }
    if (s->seal)
        return unseal(s, d, now_us);
    keep_early(s, d);
    return 0;
}

int media_stream_keys(struct media_stream *s,
                      const struct media_seal_keys *keys, int64_t now_us,
                      unsigned *events)
{
    struct media_seal *seal;
    int err = media_seal_new(&seal, s->env, keys);

    *events = 0;
    if (!err && s->seal && (err = draw(s)))
        media_seal_free(seal);
    if (err)
        return err;
    media_seal_free(s->seal);
    s->seal = seal;
    for (unsigned i = 0; i < s->early_n; i++) {
        struct early *e = s->early[i];

        *events |= unseal(s, slice_of(e->bytes, e->n), now_us);
        env_free(s->env, e);
    }
    s->early_n = 0;
    return 0;
}

bool media_stream_digit(struct media_stream *s, int64_t now_us,
                        struct media_dtmf *d)
{
    if (s->digits == 0)
        return media_dtmf_idle(&s->dtmf_in, now_us, d);
    *d = s->digit[0];
    s->digits--;
    memmove(s->digit, s->digit + 1, s->digits * sizeof(*d));
    return true;
}

/* ------------------------------------------------------------- to hear */

static int make_up(struct media_stream *s, struct slice next, int16_t *to)
{
    size_t n = media_stream_frame(s);

    if (!s->heard || ++s->made_up > CONCEAL_MAX)
        return 0;
    s->stats.concealed++;
    return s->cfg.codec->conceal(s->codec, next, to, n);
}

/* What the next packet holds, behind what is queued; silence if nothing. */
static void refill(struct media_stream *s, int64_t now_us)
{
    const struct media_codec_ops *c = s->cfg.codec;
    int16_t *to = s->queue + s->queued;
    size_t cap = QUEUE_MAX - s->queued;
    struct media_jitter_frame f;
    enum media_jitter_get how;
    int got = E_SYNTAX;

    do { /* events take up places, but no time to hear */
        how = media_jitter_get(s->jitter, &f, now_us);
    } while (how == MEDIA_GET_FRAME && f.payload.n == 0);
    if (how == MEDIA_GET_FRAME)
        got = c->decode(s->codec, f.payload, to, cap);
    if (got > 0)
        s->made_up = 0;
    else
        got = make_up(s, how == MEDIA_GET_LOST ? f.payload : S(""), to);
    if (got <= 0) {
        got = (int)media_stream_frame(s);
        memset(to, 0, (size_t)got * sizeof(*to));
    }
    s->queued += (size_t)got;
}

void media_stream_play(struct media_stream *s, int16_t *pcm, int64_t now_us)
{
    size_t n = media_stream_frame(s);

    /* Packets of 2.5 ms are the shortest: eight fill a frame. */
    while (s->queued < n)
        refill(s, now_us);
    memcpy(pcm, s->queue, n * sizeof(*pcm));
    s->queued -= n;
    memmove(s->queue, s->queue + n, s->queued * sizeof(*pcm));
}

/* ------------------------------------------------------------ outwards */

static int seal_rtp(struct media_stream *s, const struct media_rtp *r,
                    const struct sealed **out)
{
    char buf[MEDIA_RTP_MAX];
    struct out o = out_of(buf, sizeof(buf));
    int err = media_rtp_write(&o, r);

    if (!err)
        err = media_seal_rtp(s->seal, out_slice(&o), out);
    secret_wipe(buf, sizeof(buf));
    if (err)
        return err;
    s->seq++;
    s->stats.sent++;
    s->stats.sent_bytes += r->payload.n;
    return 0;
}

static int say_audio(struct media_stream *s, const int16_t *pcm, uint32_t ts,
                     const struct sealed **out)
{
    char buf[MEDIA_CODEC_PAYLOAD_MAX];
    struct out o = out_of(buf, sizeof(buf));
    int err = s->cfg.codec->encode(s->codec, pcm, media_stream_frame(s), &o);
    struct media_rtp r = {.pt = s->cfg.pt,
                          .marker = !s->talking,
                          .seq = s->seq,
                          .ts = ts,
                          .ssrc = s->ssrc};

    if (err)
        return err;
    s->talking = true;
    r.payload = out_slice(&o);
    return seal_rtp(s, &r, out);
}

int media_stream_say(struct media_stream *s, const int16_t *pcm,
                     int64_t now_us, const struct sealed **out)
{
    struct media_dtmf_packet p;
    uint32_t ts = s->ts;

    *out = NULL;
    if (!s->seal)
        return 0;
    if (s->report_at == 0)
        s->report_at = now_us + MEDIA_STREAM_REPORT_MS * 500;
    s->ts += frame_units(s);
    if (!media_dtmf_next(&s->dtmf_out, ts, frame_units(s), &p))
        return say_audio(s, pcm, ts, out);
    struct media_rtp r = {.pt = s->cfg.dtmf_pt,
                          .marker = p.marker,
                          .seq = s->seq,
                          .ts = p.ts,
                          .ssrc = s->ssrc,
                          .payload = slice_of(p.payload, sizeof(p.payload))};

    s->talking = false;
    return seal_rtp(s, &r, out);
}

int media_stream_dtmf(struct media_stream *s, char digit, unsigned ms)
{
    if (!s->cfg.has_dtmf)
        return E_UNSUPPORTED;
    return media_dtmf_put(&s->dtmf_out, digit, ms);
}

/* ---------------------------------------------------------------- RTCP */

static uint64_t ntp_of(int64_t wall_ms)
{
    uint64_t ms = (uint64_t)wall_ms;

    return (ms / 1000 + UINT64_C(2208988800)) << 32 | (ms % 1000 << 32) / 1000;
}

static void fill_block(struct media_stream *s, struct media_rtcp *r,
                       int64_t now_us)
{
    r->has_block = true;
    r->block.ssrc = s->remote_ssrc;
    media_recv_report(&s->recv, &r->block);
    if (s->lsr) {
        r->block.lsr = s->lsr;
        r->block.dlsr =
            (uint32_t)((uint64_t)(now_us - s->lsr_us) * 65536 / 1000000);
    }
}

static int report(struct media_stream *s, struct media_rtcp *r, int64_t now_us,
                  int64_t wall_ms, const struct sealed **out)
{
    char buf[MEDIA_RTCP_MAX];
    struct out o = out_of(buf, sizeof(buf));

    r->ssrc = s->ssrc;
    r->has_sr = s->stats.sent > 0;
    r->ntp = ntp_of(wall_ms);
    r->rtp_ts = s->ts;
    r->packets = (uint32_t)s->stats.sent;
    r->octets = (uint32_t)s->stats.sent_bytes;
    r->cname = slice_of(s->cname, sizeof(s->cname));
    if (s->heard)
        fill_block(s, r, now_us);
    if (r->has_sr) {
        s->last_ntp_mid = (uint32_t)(r->ntp >> 16);
        s->last_ntp_us = now_us;
    }
    int err = media_rtcp_write(&o, r);

    return err ? err : media_seal_rtcp(s->seal, out_slice(&o), out);
}

int media_stream_report(struct media_stream *s, int64_t now_us,
                        int64_t wall_ms, const struct sealed **out)
{
    struct media_rtcp r = {0};
    uint32_t more;

    *out = NULL;
    if (!s->seal || s->report_at == 0 || now_us < s->report_at)
        return 0;
    int err = env_rand_below(s->env, &more, MEDIA_STREAM_REPORT_MS);

    if (err)
        return err;
    s->report_at =
        now_us + ((int64_t)MEDIA_STREAM_REPORT_MS / 2 + more) * 1000;
    return report(s, &r, now_us, wall_ms, out);
}

int media_stream_bye(struct media_stream *s, int64_t now_us, int64_t wall_ms,
                     const struct sealed **out)
{
    struct media_rtcp r = {.bye = true};

    *out = NULL;
    return s->seal ? report(s, &r, now_us, wall_ms, out) : 0;
}

void media_stream_stats(const struct media_stream *s,
                        struct media_stream_stats *out)
{
    *out = s->stats;
    out->jitter = *media_jitter_stats(s->jitter);
    out->loss_permille = media_recv_loss_permille(&s->recv);
    out->jitter_ms =
        media_recv_jitter(&s->recv) / (s->cfg.codec->clock / 1000);
    out->delay_ms = media_jitter_target_us(s->jitter) / 1000;
    if (s->heard)
        out->mos = media_quality_mos(
            &s->cfg.codec->impairment, out->loss_permille,
            out->delay_ms + MEDIA_STREAM_FRAME_MS + out->rtt_ms / 2);
}
