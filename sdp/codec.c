/* SPDX-License-Identifier: Apache-2.0 */
/* The table of audio formats. */
#include "sdp/codec.h"

static const struct sdp_format format_of[SDP_CODEC_COUNT] = {
    [SDP_CODEC_NONE] = {.pt = SDP_PT_NONE},
#define X(symbol, name, rate, nchannels, number, params) \
    [SDP_CODEC_##symbol] = {.is_pt = true,               \
                            .pt = number,                \
                            .channels = nchannels,       \
                            .clock = rate,               \
                            .encoding = S_INIT(name),    \
                            .fmtp = S_INIT(params)},
    SDP_CODEC_MAP(X)
#undef X
};

struct sdp_format sdp_codec_format(enum sdp_codec codec)
{
    if ((unsigned)codec >= SDP_CODEC_COUNT)
        codec = SDP_CODEC_NONE;
    return format_of[codec];
}

/* RFC 3551 table 4; a static type with a map is what the map says. */
static enum sdp_codec by_number(unsigned pt)
{
    if (pt == format_of[SDP_CODEC_PCMU].pt)
        return SDP_CODEC_PCMU;
    if (pt == format_of[SDP_CODEC_PCMA].pt)
        return SDP_CODEC_PCMA;
    return SDP_CODEC_NONE;
}

enum sdp_codec sdp_codec_of(const struct sdp_format *f)
{
    if (!f->is_pt || f->broken)
        return SDP_CODEC_NONE;
    if (!f->clock)
        return by_number(f->pt);
    for (int i = SDP_CODEC_NONE + 1; i < SDP_CODEC_COUNT; i++) {
        const struct sdp_format *ours = &format_of[i];

        if (slice_ieq(f->encoding, ours->encoding) &&
            f->clock == ours->clock && f->channels == ours->channels)
            return (enum sdp_codec)i;
    }
    return SDP_CODEC_NONE;
}

const struct sdp_format *sdp_codec_find(const struct sdp_media *m,
                                        enum sdp_codec codec)
{
    for (const struct sdp_format *f = m->format; f; f = f->next)
        if (sdp_codec_of(f) == codec)
            return f;
    return NULL;
}

bool sdp_codec_flag(struct slice fmtp, struct slice name)
{
    struct cursor c = cursor_of(fmtp);

    do {
        struct slice item = slice_trim(cursor_take_until(&c, ';'));
        size_t eq = slice_find(item, '=');

        if (slice_ieq(slice_of(item.p, eq), name) &&
            slice_eq(slice_skip(item, eq + 1), S("1")))
            return true;
    } while (cursor_take(&c, ';'));
    return false;
}
