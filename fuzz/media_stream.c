/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: a stream's whole life, before and behind the unsealing. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/target.h"
#include "media/rtp.h"
#include "media/stream.h"
#include "sip/base/err.h"

/* The target is the peer too: what the input says, it seals. */
struct world {
    struct env env;
    uint32_t seed;
    unsigned fail_in; /* so many allocations on, one fails; 0: none */
    const uint8_t *p; /* what is left of the input */
    size_t n;
    struct media_stream *s;
    struct media_seal *peer;
    enum sdp_suite suite;
    uint8_t key; /* the pair in use; never one again */
    bool keyed;
    int64_t now;
    uint16_t seq;
    uint32_t ts;
    uint64_t authentic; /* RTP that was sealed rightly and given */
    uint8_t last[TLS_SEALED_MAX];
    size_t last_n;
    struct media_stream_config config;
};

static void *grab(void *user, size_t n)
{
    struct world *w = user;

    return w->fail_in && --w->fail_in == 0 ? NULL : calloc(1, n);
}

static void drop(void *user, void *p)
{
    (void)user;
    free(p);
}

static int draw(void *user, uint8_t *p, size_t n)
{
    struct world *w = user;

    for (size_t i = 0; i < n; i++) {
        w->seed = w->seed * 1664525u + 1013904223u;
        p[i] = (uint8_t)(w->seed >> 24);
    }
    return 0;
}

static uint8_t next(struct world *w)
{
    if (w->n == 0)
        return 0;
    w->n--;
    return *w->p++;
}

/* A length in a byte, then so many. */
static struct slice next_bytes(struct world *w)
{
    size_t want = next(w);
    size_t n = want < w->n ? want : w->n;
    struct slice s = slice_of(w->p, n);

    w->p += n;
    w->n -= n;
    return s;
}

static struct media_stream_config config(unsigned i)
{
    struct media_stream_config c = {.codec = &media_codec_opus,
                                    .pt = 96,
                                    .has_dtmf = true,
                                    .dtmf_pt = 101,
                                    .dtmf_clock = 8000};

    if (i & 1) {
        c.codec = &media_codec_pcma;
        c.pt = 8;
    }
    c.mute_tx = (i & 2) != 0;
    c.mute_rx = (i & 4) != 0;
    if (i & 8) {
        c.rx_n = 3;
        c.rx[0] = (struct media_format){&media_codec_opus, 96};
        c.rx[1] = (struct media_format){&media_codec_pcma, 8};
        c.rx[2] = (struct media_format){&media_codec_pcmu, 0};
        c.rx_dtmf_n = 2;
        c.rx_dtmf[0] = (struct media_events){101, 8000};
        c.rx_dtmf[1] = (struct media_events){97, 48000};
    }
    if (i & 16)
        c.pt = c.rx[1].pt = 200; /* refused */
    return c;
}

static void keys_of(const struct world *w, struct secret *ours,
                    struct secret *theirs)
{
    ours->n = theirs->n = sdp_suite_key(w->suite);
    memset(ours->bytes, w->key * 2, sizeof(ours->bytes));
    memset(theirs->bytes, w->key * 2 + 1, sizeof(theirs->bytes));
}

static uint64_t let_in(const struct world *w)
{
    struct media_stream_stats st;

    media_stream_stats(w->s, &st);
    return st.received + st.strange;
}

/* ------------------------------------------------------------- the peer */

static void give(struct world *w, struct slice d)
{
    unsigned ev = media_stream_take(w->s, d, w->now);

    must(w->keyed || ev == 0);
}

static void keep(struct world *w, const struct sealed *out)
{
    w->last_n = sealed_bytes(out).n;
    memcpy(w->last, sealed_bytes(out).p, w->last_n);
}

static void send_rtp(struct world *w, struct slice plain)
{
    const struct sealed *out;

    if (media_seal_rtp(w->peer, plain, &out))
        return; /* too short, or an index that was there */
    keep(w, out);
    w->authentic++;
    give(w, slice_of(w->last, w->last_n));
}

static void send_rtcp(struct world *w, struct slice plain)
{
    const struct sealed *out;
    uint64_t was = let_in(w);

    if (media_seal_rtcp(w->peer, plain, &out))
        return;
    keep(w, out);
    give(w, slice_of(w->last, w->last_n));
    must(let_in(w) == was);
}

static void send_packet(struct world *w)
{
    static const uint8_t pts[8] = {96, 8, 0, 101, 97, 13, 96, 8};
    uint8_t how = next(w);
    char buf[512];
    struct out o = out_of(buf, sizeof(buf));

    w->seq = (uint16_t)(w->seq + (int8_t)next(w));
    w->ts += (uint32_t)next(w) * (how & 64 ? 1000000u : 40u);
    struct media_rtp r = {.pt = pts[how & 7],
                          .marker = (how & 8) != 0,
                          .seq = w->seq,
                          .ts = w->ts,
                          .ssrc = 1 + (how >> 4 & 3u),
                          .payload = next_bytes(w)};

    if (!media_rtp_write(&o, &r))
        send_rtp(w, out_slice(&o));
}

/* The last one again, with a bit turned or the end cut off: no bit of it may
 * come through. */
static void forge(struct world *w, bool flip)
{
    uint8_t bad[TLS_SEALED_MAX];
    size_t at = next(w) | (size_t)next(w) << 8;
    uint64_t was = let_in(w);
    size_t n = w->last_n;

    if (n == 0)
        return;
    at %= n;
    memcpy(bad, w->last, n);
    if (flip)
        bad[at] ^= (uint8_t)(1u << (next(w) & 7));
    else
        n = at;
    give(w, slice_of(bad, n));
    must(let_in(w) == was);
}

static void replay(struct world *w)
{
    uint64_t was = let_in(w);

    give(w, slice_of(w->last, w->last_n));
    must(let_in(w) == was);
}

static void raw(struct world *w)
{
    uint64_t was = let_in(w);

    give(w, next_bytes(w));
    must(let_in(w) == was);
}

/* ----------------------------------------------------------- our own end */

/* What is sent is authentic, of an agreed type, and nothing while on hold. */
static void look(struct world *w, const struct sealed *out, bool rtp)
{
    struct slice plain;
    struct media_rtp r;

    if (!out)
        return;
    must(w->keyed && sealed_bytes(out).n <= TLS_SEALED_MAX);
    if (!rtp) {
        must(media_seal_open_rtcp(w->peer, sealed_bytes(out), &plain) == 0);
        return;
    }
    must(media_seal_open_rtp(w->peer, sealed_bytes(out), &plain) == 0);
    must(!media_rtp_parse(&r, plain) && !w->config.mute_tx);
    must(r.pt == w->config.pt || r.pt == w->config.dtmf_pt);
}

static void beat(struct world *w)
{
    static int16_t pcm[MEDIA_STREAM_FRAME_MAX];
    const struct sealed *out = NULL;
    struct media_dtmf d;
    unsigned rate = 0;

    w->now += 20000;
    if (!media_stream_say(w->s, pcm, w->now, &out))
        look(w, out, true);
    if (!media_stream_report(w->s, w->now, w->now / 1000, &out))
        look(w, out, false);
    size_t n = media_stream_play(w->s, pcm, &rate, w->now);

    must((rate == 8000 || rate == 48000) && n == rate / 50);
    for (size_t i = 0; i < n && !w->keyed; i++)
        must(pcm[i] == 0);
    while (media_stream_digit(w->s, w->now, &d))
        must(d.digit && strchr("0123456789*#ABCD", d.digit) &&
             d.ms <= MEDIA_DTMF_IN_MS_MAX);
}

/* Whatever fails, both ends are then where they were. */
static void set(struct world *w, bool new_keys)
{
    struct media_stream_config c = config(next(w));
    struct secret ours, theirs;
    struct media_seal_keys keys = {
        .suite = w->suite, .tx = &ours, .rx = &theirs};
    struct media_seal_keys peers = {
        .suite = w->suite, .tx = &theirs, .rx = &ours};
    bool fresh, first = !w->keyed;
    unsigned ev;

    if (new_keys && !first)
        w->key++;
    keys_of(w, &ours, &theirs);
    int err = media_stream_set(w->s, &c, new_keys || !first ? &keys : NULL,
                               w->now, &ev);

    must(!err || err == E_NOMEM || err == E_INVAL);
    if (!err)
        w->config = c;
    if (!err && new_keys)
        w->keyed = true;
    w->fail_in = 0;
    if (new_keys && !first && err)
        w->key--; /* it may come again, as it was never used */
    else if (new_keys && !first)
        must(!media_seal_rekey(w->peer, &peers, &fresh));
}

static void check(const struct world *w)
{
    struct media_stream_stats st;

    media_stream_stats(w->s, &st);
    must(st.received + st.strange <= w->authentic);
    must(w->keyed || st.received + st.strange + st.sent == 0);
    must(st.early <= MEDIA_STREAM_EARLY_MAX || w->keyed);
    must(st.delay_ms <= MEDIA_JITTER_TARGET_MAX_US / 1000);
    must(st.loss_permille <= 1000);
    must(st.mos == 0 || (st.mos >= 100 && st.mos <= 450));
}

static void act(struct world *w)
{
    const struct sealed *out = NULL;

    switch (next(w) % 16) {
    case 0:
        raw(w);
        break;
    case 1:
    case 2:
    case 3:
        send_packet(w);
        break;
    case 4:
        send_rtp(w, next_bytes(w));
        break;
    case 5:
        send_rtcp(w, next_bytes(w));
        break;
    case 6:
        replay(w);
        break;
    case 7:
        forge(w, true);
        break;
    case 8:
        forge(w, false);
        break;
    case 9:
        w->now += (int64_t)next(w) * next(w) * 1000;
        break;
    case 10:
        set(w, true);
        break;
    case 11:
        set(w, false);
        break;
    case 12:
        w->fail_in = 1 + next(w) % 16u;
        break;
    case 13:
        (void)media_stream_dtmf(w->s, (char)next(w), next(w) * 30u);
        break;
    case 14:
        if (!media_stream_bye(w->s, w->now, w->now / 1000, &out))
            look(w, out, false);
        break;
    default: /* an encoder's time is dear: not after each */
        beat(w);
        break;
    }
    check(w);
}

static bool begin(struct world *w)
{
    struct secret ours, theirs;

    w->suite = (enum sdp_suite)(1 + next(w) % (SDP_SUITE_COUNT - 1));
    w->seed = next(w);
    w->key = 1;
    w->config = config(next(w) & 15u);
    w->env =
        (struct env){.alloc = grab, .free = drop, .rand = draw, .user = w};
    keys_of(w, &ours, &theirs);
    return !media_seal_new(&w->peer, &w->env,
                           &(struct media_seal_keys){.suite = w->suite,
                                                     .tx = &theirs,
                                                     .rx = &ours}) &&
           !media_stream_new(&w->s, &w->env, &w->config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world w = {.p = data, .n = size};

    if (size > 4096)
        return 0; /* time, not depth */
    must(begin(&w));
    while (w.n && w.key < 30) /* the peer has room for so many SSRCs of ours */
        act(&w);
    media_stream_free(w.s);
    media_seal_free(w.peer);
    return 0;
}
