/* SPDX-License-Identifier: Apache-2.0 */
/* One audio stream: the seal, early packets, the way out, and RTCP. */
#include "media/stream.h"

#include <string.h>

#include "media/hear.h"
#include "media/rtcp.h"
#include "sip/base/err.h"

struct early {
    size_t n;
    uint8_t bytes[TLS_SEALED_MAX];
};

struct media_stream {
    const struct env *env;
    struct media_formats formats;
    struct media_seal *seal; /* NULL before the keys */
    struct media_hear *hear; /* the way in */
    struct early *early[MEDIA_STREAM_EARLY_MAX];
    unsigned early_n;
    /* out */
    uint32_t ssrc, ts;
    uint16_t seq;
    uint64_t before, before_bytes; /* sent from other SSRCs */
    bool talking;                  /* the packet before this one was audio */
    struct media_dtmf_out dtmf_out;
    char cname[2 * MEDIA_STREAM_CNAME];
    int64_t report_at;    /* 0: not set */
    uint64_t reported[2]; /* sent, at the last report and the one before */
    /* in */
    uint32_t lsr, lsr_ssrc; /* of the peer's last SR, and when it came */
    int64_t lsr_us;
    uint32_t last_ntp_mid; /* of our last report */
    int64_t last_ntp_us;
    struct media_stream_stats stats;
};

/* Where a source of ours begins. */
struct origin {
    uint32_t ssrc, ts;
    uint16_t seq;
};

static int draw(const struct env *env, struct origin *o)
{
    uint8_t r[10];
    int err = env->rand(env->user, r, sizeof(r));

    if (err)
        return err;
    memcpy(&o->ssrc, r, 4);
    memcpy(&o->ts, r + 4, 4);
    memcpy(&o->seq, r + 8, 2);
    o->seq &= 0x7fff; /* RFC 3711 3.3.1: no wrap while the peer joins */
    return 0;
}

static void begin_at(struct media_stream *s, const struct origin *o)
{
    s->ssrc = o->ssrc;
    s->ts = o->ts;
    s->seq = o->seq;
    s->before = s->stats.sent;
    s->before_bytes = s->stats.sent_bytes;
}

int media_stream_new(struct media_stream **out, const struct env *env,
                     const struct media_stream_config *cfg)
{
    struct media_stream *s = env_alloc(env, sizeof(*s));
    struct origin o = {0};

    if (!s)
        return E_NOMEM;
    s->env = env;
    int err = media_formats_open(&s->formats, NULL, env, cfg);

    if (!err)
        err = draw(env, &o);
    if (!err)
        err = env_rand_hex(env, s->cname, MEDIA_STREAM_CNAME);
    if (!err)
        err = media_hear_new(&s->hear, env, &s->formats);
    begin_at(s, &o);
    s->dtmf_out.clock = s->formats.config.dtmf_clock;
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

    media_hear_free(s->hear);
    media_formats_close(&s->formats, NULL);
    media_seal_free(s->seal);
    for (unsigned i = 0; i < s->early_n; i++)
        env_free(env, s->early[i]);
    secret_wipe(s, sizeof(*s)); /* what was said is in its buffers */
    env_free(env, s);
}

unsigned media_stream_rate(const struct media_stream *s)
{
    return s->formats.config.codec->rate;
}

size_t media_stream_frame(const struct media_stream *s)
{
    return media_stream_rate(s) / 1000 * MEDIA_STREAM_FRAME_MS;
}

/* 20 ms at a clock. */
static uint32_t units(uint32_t clock)
{
    return clock / 1000 * MEDIA_STREAM_FRAME_MS;
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

static unsigned take_rtp(struct media_stream *s, struct slice plain,
                         int64_t now_us)
{
    struct media_rtp r;

    if (media_rtp_parse(&r, plain)) {
        s->stats.malformed++;
        return 0;
    }
    return media_hear_rtp(s->hear, &r, now_us);
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
        s->lsr_ssrc = r.ssrc;
        s->lsr_us = now_us;
    }
    if (r.has_block)
        take_block(s, &r.block, now_us);
    return r.bye && media_hear_from(s->hear, r.ssrc) ? MEDIA_STREAM_BYE : 0;
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

/* ----------------------------------------------------- what was agreed */

static unsigned feed_early(struct media_stream *s, int64_t now_us)
{
    unsigned events = 0;

    for (unsigned i = 0; i < s->early_n; i++) {
        struct early *e = s->early[i];

        events |= unseal(s, slice_of(e->bytes, e->n), now_us);
        env_free(s->env, e);
    }
    s->early_n = 0;
    return events;
}

/* The origin is drawn first: after the seal nothing may fail. */
static int set_keys(struct media_stream *s,
                    const struct media_stream_config *c,
                    const struct media_seal_keys *k)
{
    const struct media_seal_keys with = {k->suite, k->tx, k->rx, c->rx_mki_n,
                                         c->rx_mki};
    struct origin o = {0};
    bool first = !s->seal, tx_new = false;
    int err = first ? 0 : draw(s->env, &o);

    if (!err)
        err = first ? media_seal_new(&s->seal, s->env, &with)
                    : media_seal_rekey(s->seal, &with, &tx_new);
    if (!err && tx_new)
        begin_at(s, &o);
    return err;
}

static void adopt(struct media_stream *s, const struct media_formats *next)
{
    const struct media_stream_config *c = &next->config;
    struct media_formats old = s->formats;
    bool flush = c->mute_rx || !media_formats_same_rx(&old, next);

    s->formats = *next;
    media_formats_close(&old, next);
    media_hear_agreed(s->hear, flush);
    if (c->mute_tx || !c->has_dtmf || c->dtmf_clock != s->dtmf_out.clock)
        media_dtmf_clear(&s->dtmf_out);
    s->dtmf_out.clock = c->dtmf_clock;
    if (c->mute_tx || c->codec != old.config.codec)
        s->talking = false; /* the next packet has the marker */
}

int media_stream_set(struct media_stream *s,
                     const struct media_stream_config *config,
                     const struct media_seal_keys *keys, int64_t now_us,
                     unsigned *events)
{
    struct media_formats next;
    int err = media_formats_open(&next, &s->formats, s->env, config);

    *events = 0;
    if (err)
        return err;
    if (keys)
        err = set_keys(s, config, keys);
    if (err) {
        media_formats_close(&next, &s->formats);
        return err;
    }
    adopt(s, &next);
    if (s->seal)
        *events = feed_early(s, now_us);
    return 0;
}

int media_stream_keys(struct media_stream *s,
                      const struct media_seal_keys *keys, int64_t now_us,
                      unsigned *events)
{
    struct media_stream_config same = s->formats.config;

    return media_stream_set(s, &same, keys, now_us, events);
}

bool media_stream_digit(struct media_stream *s, int64_t now_us,
                        struct media_dtmf *d)
{
    return media_hear_digit(s->hear, now_us, d);
}

size_t media_stream_play(struct media_stream *s, int16_t *pcm, unsigned *rate,
                         int64_t now_us)
{
    return media_hear_play(s->hear, pcm, rate, now_us);
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
    const struct media_open *tx = media_formats_tx(&s->formats);
    int err = tx->ops->encode(tx->codec, pcm, media_stream_frame(s), &o);
    struct media_rtp r = {.pt = s->formats.config.pt,
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
    const struct media_stream_config *c = &s->formats.config;
    struct media_dtmf_packet p;
    uint32_t ts = s->ts;

    *out = NULL;
    if (!s->seal)
        return 0;
    if (s->report_at == 0)
        s->report_at = now_us + MEDIA_STREAM_REPORT_MS * 500;
    s->ts += units(c->codec->clock); /* time goes on through a hold */
    if (c->mute_tx)
        return 0;
    if (!media_dtmf_next(&s->dtmf_out, ts, units(c->dtmf_clock), &p))
        return say_audio(s, pcm, ts, out);
    struct media_rtp r = {.pt = c->dtmf_pt,
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
    if (!s->formats.config.has_dtmf)
        return E_UNSUPPORTED;
    if (s->formats.config.mute_tx)
        return E_STATE;
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
    r->has_block = media_hear_report(s->hear, &r->block);
    if (r->has_block && s->lsr && s->lsr_ssrc == r->block.ssrc) {
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
    /* RFC 3550 6.4: whoever sent since the report before the last. */
    r->has_sr = s->stats.sent > s->reported[1];
    s->reported[1] = s->reported[0];
    s->reported[0] = s->stats.sent;
    r->ntp = ntp_of(wall_ms);
    r->rtp_ts = s->ts;
    r->packets = (uint32_t)(s->stats.sent - s->before);
    r->octets = (uint32_t)(s->stats.sent_bytes - s->before_bytes);
    r->cname = slice_of(s->cname, sizeof(s->cname));
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
    media_hear_stats(s->hear, out);
}
