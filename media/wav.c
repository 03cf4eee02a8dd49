/* SPDX-License-Identifier: Apache-2.0 */
/* WAV files: RIFF chunks, little-endian, each checked before it is used. */
#include "media/wav.h"

#include "sip/base/cursor.h"
#include "sip/base/err.h"

enum { FORMAT_PCM = 1, FORMAT_EXTENSIBLE = 0xfffe, FMT_MIN = 16 };

static unsigned le16(const char *p)
{
    return (unsigned)(uint8_t)p[0] | (unsigned)(uint8_t)p[1] << 8;
}

static uint32_t le32(const char *p)
{
    return le16(p) | (uint32_t)le16(p + 2) << 16;
}

static bool take_chunk(struct cursor *c, struct slice *id, struct slice *body)
{
    struct slice size;

    if (!cursor_take_n(c, 4, id) || !cursor_take_n(c, 4, &size))
        return false;
    uint32_t n = le32(size.p);
    size_t left = cursor_left(c);
    bool cut = n > left;

    /* Only the samples may end early. */
    if (cut && !slice_eq(*id, S("data")))
        return false;
    (void)cursor_take_n(c, cut ? left : n, body);
    if (n % 2 && cursor_left(c))
        c->p++; /* chunks are padded to even sizes */
    return true;
}

static int read_format(struct media_wav *w, struct slice fmt)
{
    if (fmt.n < FMT_MIN)
        return E_SYNTAX;
    unsigned tag = le16(fmt.p);

    if (tag == FORMAT_EXTENSIBLE && fmt.n >= 26)
        tag = le16(fmt.p + 24); /* the sub-format's first two bytes */
    w->channels = le16(fmt.p + 2);
    w->rate = le32(fmt.p + 4);
    if (tag != FORMAT_PCM || le16(fmt.p + 14) != 16 || w->channels == 0 ||
        w->channels > MEDIA_WAV_CHANNELS_MAX || w->rate < 8000 ||
        w->rate > 192000)
        return E_UNSUPPORTED;
    return 0;
}

int media_wav_parse(struct media_wav *w, struct slice file)
{
    struct cursor c = cursor_of(file);
    struct slice size, id, body;

    *w = (struct media_wav){0};
    if (!cursor_take_text(&c, S("RIFF")) || !cursor_take_n(&c, 4, &size) ||
        !cursor_take_text(&c, S("WAVE")))
        return E_SYNTAX;
    while (take_chunk(&c, &id, &body)) {
        if (slice_eq(id, S("fmt "))) {
            int err = read_format(w, body);

            if (err)
                return err;
        } else if (slice_eq(id, S("data"))) {
            w->data = body;
            w->data.n -= w->channels ? body.n % (2 * w->channels) : 0;
            return w->channels ? 0 : E_SYNTAX;
        }
    }
    return E_SYNTAX;
}

size_t media_wav_frames(const struct media_wav *w)
{
    return w->channels ? w->data.n / (2 * w->channels) : 0;
}

int16_t media_wav_sample(const struct media_wav *w, size_t i)
{
    int sum = 0;

    if (i >= media_wav_frames(w))
        return 0;
    for (unsigned k = 0; k < w->channels; k++)
        sum += (int16_t)le16(w->data.p + (i * w->channels + k) * 2);
    return (int16_t)(sum / (int)w->channels);
}

static void put_le(struct out *o, uint32_t v, unsigned bytes)
{
    for (; bytes; bytes--, v >>= 8)
        out_char(o, (char)(v & 0xff));
}

int media_wav_header(struct out *o, unsigned rate, unsigned channels,
                     uint32_t n)
{
    if (channels == 0 || channels > MEDIA_WAV_CHANNELS_MAX ||
        n > UINT32_MAX - MEDIA_WAV_HEADER)
        return E_INVAL;
    out_lit(o, "RIFF");
    put_le(o, n + MEDIA_WAV_HEADER - 8, 4);
    out_lit(o, "WAVEfmt ");
    put_le(o, FMT_MIN, 4);
    put_le(o, FORMAT_PCM, 2);
    put_le(o, channels, 2);
    put_le(o, rate, 4);
    put_le(o, rate * channels * 2, 4);
    put_le(o, channels * 2, 2);
    put_le(o, 16, 2);
    out_lit(o, "data");
    put_le(o, n, 4);
    return o->err;
}
