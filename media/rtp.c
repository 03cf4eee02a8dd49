/* SPDX-License-Identifier: Apache-2.0 */
/* RTP packets: no length is believed before it is checked. */
#include "media/rtp.h"

#include "media/bytes.h"
#include "sip/base/cursor.h"
#include "sip/base/err.h"

enum {
    VERSION = 2 << 6,
    PADDING = 1 << 5,
    EXTENSION = 1 << 4,
    MARKER = 1 << 7,
    RTCP_LOW = 192, /* RFC 5761 4: payload types 64…95 with marker */
    RTCP_HIGH = 223
};

enum media_kind media_rtp_kind(struct slice d)
{
    if (d.n < 2)
        return MEDIA_KIND_NONE;
    uint8_t first = (uint8_t)d.p[0], second = (uint8_t)d.p[1];

    if (first <= 3)
        return MEDIA_KIND_STUN;
    if (first >= 20 && first <= 63)
        return MEDIA_KIND_DTLS;
    if (first >= 64 && first <= 79)
        return MEDIA_KIND_TURN;
    if (first < 128 || first > 191)
        return MEDIA_KIND_NONE;
    return second >= RTCP_LOW && second <= RTCP_HIGH ? MEDIA_KIND_RTCP
                                                     : MEDIA_KIND_RTP;
}

static bool take_csrc(struct media_rtp *r, struct cursor *c)
{
    for (unsigned i = 0; i < r->csrc_n; i++)
        if (!cursor_u32(c, &r->csrc[i]))
            return false;
    return true;
}

static bool take_ext(struct media_rtp *r, struct cursor *c)
{
    uint16_t words;

    return cursor_u16(c, &r->ext_profile) && cursor_u16(c, &words) &&
           cursor_take_n(c, (size_t)words * 4, &r->ext);
}

/* RFC 3550 5.1: the last octet counts the padding, itself too. */
static int strip_padding(struct slice *payload)
{
    if (payload->n == 0)
        return E_SYNTAX;
    uint8_t pad = (uint8_t)payload->p[payload->n - 1];

    if (pad == 0 || pad > payload->n)
        return E_SYNTAX;
    payload->n -= pad;
    return 0;
}

int media_rtp_parse(struct media_rtp *r, struct slice packet)
{
    struct cursor c = cursor_of(packet);
    uint8_t first, second;

    *r = (struct media_rtp){0};
    if (!cursor_u8(&c, &first) || !cursor_u8(&c, &second) ||
        !cursor_u16(&c, &r->seq) || !cursor_u32(&c, &r->ts) ||
        !cursor_u32(&c, &r->ssrc))
        return E_SYNTAX;
    if ((first & 0xc0) != VERSION)
        return E_SYNTAX;
    r->marker = (second & MARKER) != 0;
    r->pt = second & 0x7f;
    r->csrc_n = first & 15;
    r->has_ext = (first & EXTENSION) != 0;
    if (!take_csrc(r, &c) || (r->has_ext && !take_ext(r, &c)))
        return E_SYNTAX;
    r->payload = cursor_rest(&c);
    return first & PADDING ? strip_padding(&r->payload) : 0;
}

int media_rtp_write(struct out *o, const struct media_rtp *r)
{
    if (r->pt > 127 || r->csrc_n > MEDIA_RTP_CSRC_MAX || r->ext.n % 4 ||
        r->ext.n / 4 > UINT16_MAX)
        return E_INVAL;
    out_char(o, (char)(VERSION | (r->has_ext ? EXTENSION : 0) | r->csrc_n));
    out_char(o, (char)(r->pt | (r->marker ? MARKER : 0)));
    out_be16(o, r->seq);
    bytes_be32(o, r->ts);
    bytes_be32(o, r->ssrc);
    for (unsigned i = 0; i < r->csrc_n; i++)
        bytes_be32(o, r->csrc[i]);
    if (r->has_ext) {
        out_be16(o, r->ext_profile);
        out_be16(o, (uint16_t)(r->ext.n / 4));
        out_put(o, r->ext);
    }
    out_put(o, r->payload);
    return o->err;
}
