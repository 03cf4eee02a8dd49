/* SPDX-License-Identifier: Apache-2.0 */
/* G.711 as a codec, with concealment by repeating the last pitch period. */
#include <string.h>

#include "media/codec.h"
#include "media/g711.h"
#include "sip/base/err.h"

enum {
    RATE = 8000,
    HISTORY = 320, /* 40 ms */
    LAG_MIN = 20,  /* 400 Hz */
    LAG_MAX = 120, /* 66 Hz */
    MATCH = 160,   /* samples that are compared for the pitch */
    FADE = 480,    /* 60 ms of concealment, then silence */
    OVERLAP = 32   /* 4 ms from concealment back to what came */
};

struct media_codec {
    const struct env *env;
    uint8_t (*to)(int16_t pcm);
    int16_t (*from)(uint8_t octet);
    int16_t past[HISTORY]; /* what was heard last */
    unsigned lag;          /* pitch of this gap; 0: no gap now */
    unsigned hidden;       /* samples made in this gap */
};

static int open_any(struct media_codec **out, const struct env *env)
{
    struct media_codec *c = env_alloc(env, sizeof(*c));

    if (!c)
        return E_NOMEM;
    c->env = env;
    *out = c;
    return 0;
}

static int open_alaw(struct media_codec **out, const struct env *env)
{
    int err = open_any(out, env);

    if (err)
        return err;
    (*out)->to = media_g711_alaw;
    (*out)->from = media_g711_alaw_pcm;
    return 0;
}

static int open_ulaw(struct media_codec **out, const struct env *env)
{
    int err = open_any(out, env);

    if (err)
        return err;
    (*out)->to = media_g711_ulaw;
    (*out)->from = media_g711_ulaw_pcm;
    return 0;
}

static void close_any(struct media_codec *c)
{
    if (c)
        env_free(c->env, c);
}

static int encode(struct media_codec *c, const int16_t *pcm, size_t n,
                  struct out *o)
{
    for (size_t i = 0; i < n; i++)
        out_char(o, (char)c->to(pcm[i]));
    return o->err;
}

static void remember(struct media_codec *c, const int16_t *pcm, size_t n)
{
    size_t keep = n < HISTORY ? HISTORY - n : 0;
    size_t take = HISTORY - keep;

    memmove(c->past, c->past + HISTORY - keep, keep * sizeof(*pcm));
    memcpy(c->past + keep, pcm + n - take, take * sizeof(*pcm));
}

/* The lag at which the newest samples are most like those before them. */
static unsigned find_lag(const struct media_codec *c)
{
    const int16_t *end = c->past + HISTORY - MATCH;
    unsigned best = LAG_MIN;
    double most = -1;

    for (unsigned lag = LAG_MIN; lag <= LAG_MAX; lag++) {
        double cross = 0, energy = 1;

        for (int i = 0; i < MATCH; i++) {
            double past = end[i - (int)lag];

            cross += end[i] * past;
            energy += past * past;
        }
        double like = cross > 0 ? cross * cross / energy : 0;

        if (like > most) {
            most = like;
            best = lag;
        }
    }
    return best;
}

/* The i-th sample of this gap. */
static int16_t made_up(const struct media_codec *c, unsigned i)
{
    int left = i < FADE ? (int)(FADE - i) : 0;
    int v = c->past[HISTORY - c->lag + i % c->lag] * left / FADE;

    return (int16_t)v;
}

static int conceal(struct media_codec *c, struct slice next, int16_t *pcm,
                   size_t n)
{
    (void)next;
    if (n > MEDIA_CODEC_FRAME_MAX)
        return E_TOOBIG;
    if (!c->lag) {
        c->lag = find_lag(c);
        c->hidden = 0;
    }
    for (size_t i = 0; i < n; i++)
        pcm[i] = made_up(c, c->hidden + (unsigned)i);
    c->hidden += (unsigned)n;
    if (c->hidden > FADE)
        c->hidden = FADE; /* silence from here on */
    return (int)n;
}

/* Blends what was made up into what came. */
static void blend(struct media_codec *c, int16_t *pcm, size_t n)
{
    for (size_t i = 0; i < n && i < OVERLAP; i++) {
        int old = made_up(c, c->hidden + (unsigned)i);

        pcm[i] =
            (int16_t)((old * (int)(OVERLAP - i) + pcm[i] * (int)i) / OVERLAP);
    }
    c->lag = 0;
}

static int decode(struct media_codec *c, struct slice s, int16_t *pcm,
                  size_t cap)
{
    if (s.n == 0)
        return E_SYNTAX;
    if (s.n > cap)
        return E_TOOBIG;
    for (size_t i = 0; i < s.n; i++)
        pcm[i] = c->from((uint8_t)s.p[i]);
    if (c->lag)
        blend(c, pcm, s.n);
    remember(c, pcm, s.n);
    return (int)s.n;
}

#define PCM(title, number, opener)                                     \
    {                                                                  \
        .name = title, .clock = RATE, .rate = RATE, .sdp_channels = 1, \
        .pt = number, .impairment = {0, 25}, .open = opener,           \
        .close = close_any, .encode = encode, .decode = decode,        \
        .conceal = conceal                                             \
    }

const struct media_codec_ops media_codec_pcma = PCM("PCMA", 8, open_alaw);
const struct media_codec_ops media_codec_pcmu = PCM("PCMU", 0, open_ulaw);
