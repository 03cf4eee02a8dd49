/* SPDX-License-Identifier: Apache-2.0 */
/* Formats: checked as a whole, opened all or none, found by payload type. */
#include "media/formats.h"

#include "sip/base/err.h"

enum { PT_MAX = 127, CLOCK_MIN = 8000, CLOCK_MAX = 48000 };

/* What was left out is as what is sent. */
static void fill(struct media_stream_config *c)
{
    if (!c->dtmf_clock)
        c->dtmf_clock = c->codec->clock;
    if (c->rx_n)
        return;
    c->rx[c->rx_n++] = (struct media_format){c->codec, c->pt};
    if (c->has_dtmf && !c->rx_dtmf_n)
        c->rx_dtmf[c->rx_dtmf_n++] =
            (struct media_events){c->dtmf_pt, c->dtmf_clock};
}

static bool sane_clock(uint32_t clock)
{
    return clock >= CLOCK_MIN && clock <= CLOCK_MAX && clock % 1000 == 0;
}

/* The payload type of what may come, audio first; each only once. */
static unsigned rx_pt(const struct media_stream_config *c, unsigned i)
{
    return i < c->rx_n ? c->rx[i].pt : c->rx_dtmf[i - c->rx_n].pt;
}

static bool distinct(const struct media_stream_config *c)
{
    unsigned n = c->rx_n + c->rx_dtmf_n;

    for (unsigned i = 0; i < n; i++) {
        if (rx_pt(c, i) > PT_MAX)
            return false;
        for (unsigned k = 0; k < i; k++)
            if (rx_pt(c, i) == rx_pt(c, k))
                return false;
    }
    return true;
}

static bool sane(const struct media_stream_config *c)
{
    for (unsigned i = 0; i < c->rx_n; i++)
        if (!c->rx[i].codec)
            return false;
    for (unsigned i = 0; i < c->rx_dtmf_n; i++)
        if (!sane_clock(c->rx_dtmf[i].clock))
            return false;
    if (c->has_dtmf && (c->dtmf_pt > PT_MAX || c->dtmf_pt == c->pt ||
                        !sane_clock(c->dtmf_clock)))
        return false;
    return c->pt <= PT_MAX && distinct(c);
}

static const struct media_open *find(const struct media_formats *f,
                                     const struct media_codec_ops *ops)
{
    for (unsigned i = 0; f && i < f->n; i++)
        if (f->open[i].ops == ops)
            return &f->open[i];
    return NULL;
}

static int open_one(struct media_formats *next,
                    const struct media_formats *old, const struct env *env,
                    const struct media_codec_ops *ops)
{
    const struct media_open *have = find(old, ops);
    struct media_open *o = &next->open[next->n];

    if (find(next, ops))
        return 0;
    *o = have ? *have : (struct media_open){ops, NULL};
    int err = have ? 0 : ops->open(&o->codec, env);

    if (!err)
        next->n++;
    return err;
}

int media_formats_open(struct media_formats *next,
                       const struct media_formats *old, const struct env *env,
                       const struct media_stream_config *config)
{
    *next = (struct media_formats){.config = *config};
    struct media_stream_config *c = &next->config;

    if (!c->codec || c->rx_n > MEDIA_STREAM_RX_MAX ||
        c->rx_dtmf_n > MEDIA_STREAM_RX_DTMF_MAX)
        return E_INVAL;
    fill(c);
    if (!sane(c))
        return E_INVAL;
    int err = open_one(next, old, env, c->codec);

    for (unsigned i = 0; i < c->rx_n && !err; i++)
        err = open_one(next, old, env, c->rx[i].codec);
    if (err)
        media_formats_close(next, old);
    return err;
}

void media_formats_close(struct media_formats *f,
                         const struct media_formats *except)
{
    for (unsigned i = 0; i < f->n; i++)
        if (!find(except, f->open[i].ops))
            f->open[i].ops->close(f->open[i].codec);
    f->n = 0;
}

const struct media_open *media_formats_tx(const struct media_formats *f)
{
    return find(f, f->config.codec);
}

const struct media_open *media_formats_rx(const struct media_formats *f,
                                          uint8_t pt)
{
    for (unsigned i = 0; i < f->config.rx_n; i++)
        if (f->config.rx[i].pt == pt)
            return find(f, f->config.rx[i].codec);
    return NULL;
}

const struct media_events *media_formats_event(const struct media_formats *f,
                                               uint8_t pt)
{
    for (unsigned i = 0; i < f->config.rx_dtmf_n; i++)
        if (f->config.rx_dtmf[i].pt == pt)
            return &f->config.rx_dtmf[i];
    return NULL;
}

bool media_formats_same_rx(const struct media_formats *old,
                           const struct media_formats *next)
{
    const struct media_stream_config *c = &old->config;

    for (unsigned i = 0; i < c->rx_n; i++) {
        const struct media_open *o = media_formats_rx(next, c->rx[i].pt);

        if (!o || o->ops != c->rx[i].codec)
            return false;
    }
    return true;
}
