/* SPDX-License-Identifier: Apache-2.0 */
/* Opus: the only file that names libopus. Mono, 48 kHz, in-band FEC. */
#include <opus/opus.h>

#include "media/codec.h"
#include "sip/base/err.h"

enum {
    RATE = 48000,
    BITRATE = 32000,
    LOSS_EXPECTED = 10, /* percent; what FEC is dosed for */
    COMPLEXITY = 5
};

/* Encoder and decoder live in our memory; libopus allocates nothing. */
struct media_codec {
    const struct env *env;
    OpusEncoder *enc;
    OpusDecoder *dec;
};

static void close_opus(struct media_codec *c)
{
    if (!c)
        return;
    env_free(c->env, c->enc);
    env_free(c->env, c->dec);
    env_free(c->env, c);
}

/* Constant bit rate: a variable one tells what is said (RFC 6562 3). */
static int tune(OpusEncoder *enc)
{
    int bad =
        opus_encoder_ctl(enc, OPUS_SET_BITRATE(BITRATE)) ||
        opus_encoder_ctl(enc, OPUS_SET_VBR(0)) ||
        opus_encoder_ctl(enc, OPUS_SET_INBAND_FEC(1)) ||
        opus_encoder_ctl(enc, OPUS_SET_PACKET_LOSS_PERC(LOSS_EXPECTED)) ||
        opus_encoder_ctl(enc, OPUS_SET_COMPLEXITY(COMPLEXITY));

    return bad ? E_UNSUPPORTED : 0;
}

static int open_opus(struct media_codec **out, const struct env *env)
{
    struct media_codec *c = env_alloc(env, sizeof(*c));
    int err = E_NOMEM;

    if (!c)
        return E_NOMEM;
    c->env = env;
    c->enc = env_alloc(env, (size_t)opus_encoder_get_size(1));
    c->dec = env_alloc(env, (size_t)opus_decoder_get_size(1));
    if (!c->enc || !c->dec)
        goto out;
    err = E_UNSUPPORTED;
    if (opus_encoder_init(c->enc, RATE, 1, OPUS_APPLICATION_VOIP) ||
        opus_decoder_init(c->dec, RATE, 1))
        goto out;
    err = tune(c->enc);
out:
    if (err)
        close_opus(c);
    else
        *out = c;
    return err;
}

static int encode(struct media_codec *c, const int16_t *pcm, size_t n,
                  struct out *o)
{
    unsigned char buf[MEDIA_CODEC_PAYLOAD_MAX];

    if (n > MEDIA_CODEC_FRAME_MAX)
        return E_INVAL;
    int got = opus_encode(c->enc, pcm, (int)n, buf, sizeof(buf));

    if (got < 0)
        return E_INVAL; /* a length that is no Opus frame */
    out_put(o, slice_of(buf, (size_t)got));
    return o->err;
}

static int decode_as(struct media_codec *c, struct slice s, int16_t *pcm,
                     size_t n, int fec)
{
    int cap = n > MEDIA_CODEC_FRAME_MAX ? MEDIA_CODEC_FRAME_MAX : (int)n;
    int got = opus_decode(c->dec, (const unsigned char *)s.p, (int)s.n, pcm,
                          cap, fec);

    if (got == OPUS_BUFFER_TOO_SMALL)
        return E_TOOBIG;
    return got < 0 ? E_SYNTAX : got;
}

static int decode(struct media_codec *c, struct slice payload, int16_t *pcm,
                  size_t cap)
{
    if (payload.n == 0 || payload.n > INT16_MAX)
        return E_SYNTAX; /* empty means "lost" to libopus */
    return decode_as(c, payload, pcm, cap, 0);
}

/* n: a multiple of 2.5 ms. A next that cannot be read is as if not there. */
static int conceal(struct media_codec *c, struct slice next, int16_t *pcm,
                   size_t n)
{
    int got = E_SYNTAX;

    if (next.n && next.n <= INT16_MAX)
        got = decode_as(c, next, pcm, n, 1);
    return got < 0 ? decode_as(c, slice_of(NULL, 0), pcm, n, 0) : got;
}

const struct media_codec_ops media_codec_opus = {
    .name = "opus",
    .clock = RATE,
    .rate = RATE,
    .sdp_channels = 2,
    .pt = -1,
    .impairment = {0, 20},
    .open = open_opus,
    .close = close_opus,
    .encode = encode,
    .decode = decode,
    .conceal = conceal,
};
