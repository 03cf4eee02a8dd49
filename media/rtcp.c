/* SPDX-License-Identifier: Apache-2.0 */
/* RTCP compounds: each packet is cut out first and read inside its bounds. */
#include "media/rtcp.h"

#include "media/bytes.h"
#include "sip/base/cursor.h"
#include "sip/base/err.h"

enum {
    PT_SR = 200,
    PT_RR = 201,
    PT_SDES = 202,
    PT_BYE = 203,
    PT_XR = 207, /* RFC 3611 2 */
    SDES_END = 0,
    SDES_CNAME = 1,
    VERSION = 2 << 6,
    PADDING = 1 << 5
};

static bool take_u24(struct cursor *c, uint32_t *out)
{
    uint8_t high;
    uint16_t low;

    if (!cursor_u8(c, &high) || !cursor_u16(c, &low))
        return false;
    *out = (uint32_t)high << 16 | low;
    return true;
}

static bool take_block(struct cursor *c, struct media_rtcp_block *b)
{
    uint32_t lost;

    if (!cursor_u32(c, &b->ssrc) || !cursor_u8(c, &b->fraction) ||
        !take_u24(c, &lost) || !cursor_u32(c, &b->seq_high) ||
        !cursor_u32(c, &b->jitter) || !cursor_u32(c, &b->lsr) ||
        !cursor_u32(c, &b->dlsr))
        return false;
    b->lost = (int32_t)(lost & 0x800000 ? lost | 0xff000000 : lost);
    return true;
}

static int read_blocks(struct media_rtcp *r, struct cursor *c, unsigned n,
                       uint32_t own)
{
    struct media_rtcp_block b;

    for (unsigned i = 0; i < n; i++) {
        if (!take_block(c, &b))
            return E_SYNTAX;
        if (b.ssrc == own) {
            r->has_block = true;
            r->block = b;
        }
    }
    return 0;
}

static int read_sr(struct media_rtcp *r, struct cursor *c)
{
    uint32_t sec, frac;

    if (!cursor_u32(c, &sec) || !cursor_u32(c, &frac) ||
        !cursor_u32(c, &r->rtp_ts) || !cursor_u32(c, &r->packets) ||
        !cursor_u32(c, &r->octets))
        return E_SYNTAX;
    r->ntp = (uint64_t)sec << 32 | frac;
    r->has_sr = true;
    return 0;
}

/* RFC 3550 6.5: items up to a zero octet, then up to the next word. */
static int read_chunk(struct media_rtcp *r, struct cursor *c)
{
    uint32_t ssrc;
    uint8_t type, len;
    struct slice text;

    if (!cursor_u32(c, &ssrc))
        return E_SYNTAX;
    while (cursor_u8(c, &type) && type != SDES_END) {
        if (!cursor_u8(c, &len) || !cursor_take_n(c, len, &text))
            return E_SYNTAX;
        if (type == SDES_CNAME && ssrc == r->ssrc)
            r->cname = text;
    }
    while (cursor_offset(c) % 4 && cursor_take(c, '\0'))
        ;
    return cursor_offset(c) % 4 ? E_SYNTAX : 0;
}

static int read_sdes(struct media_rtcp *r, struct cursor *c, unsigned n)
{
    int err = 0;

    for (unsigned i = 0; i < n && !err; i++)
        err = read_chunk(r, c);
    return err;
}

static int read_bye(struct media_rtcp *r, struct cursor *c, unsigned n)
{
    uint32_t ssrc;
    uint8_t len;

    for (unsigned i = 0; i < n; i++) {
        if (!cursor_u32(c, &ssrc))
            return E_SYNTAX;
        r->bye = r->bye || ssrc == r->ssrc;
    }
    if (cursor_u8(c, &len) && !cursor_take_n(c, len, &r->bye_reason))
        return E_SYNTAX; /* P13 */
    return 0;
}

/* RFC 3611 3: nothing is read, but each block must fit (P14). */
static int read_xr(struct cursor *c)
{
    struct slice block;
    uint16_t head, words;
    uint32_t ssrc;

    if (!cursor_u32(c, &ssrc))
        return E_SYNTAX;
    while (cursor_left(c))
        if (!cursor_u16(c, &head) || !cursor_u16(c, &words) ||
            !cursor_take_n(c, (size_t)words * 4, &block))
            return E_SYNTAX;
    return 0;
}

struct packet {
    uint8_t count, pt;
    struct slice whole; /* with its header, without padding */
};

/* Cuts the next packet out. RFC 3550 6.4.1: length in words less one. */
static int take_packet(struct cursor *c, struct packet *p)
{
    struct cursor head = *c;
    uint8_t first;
    uint16_t words;

    if (!cursor_u8(&head, &first) || !cursor_u8(&head, &p->pt) ||
        !cursor_u16(&head, &words) || (first & 0xc0) != VERSION ||
        !cursor_take_n(c, ((size_t)words + 1) * 4, &p->whole))
        return E_SYNTAX;
    p->count = first & 31;
    if (!(first & PADDING))
        return 0;
    uint8_t pad = (uint8_t)p->whole.p[p->whole.n - 1];

    if (cursor_left(c) || pad == 0 || pad % 4 || pad > p->whole.n - 4)
        return E_SYNTAX;
    p->whole.n -= pad;
    return 0;
}

static int read_report(struct media_rtcp *r, struct cursor *c,
                       const struct packet *p, uint32_t own)
{
    uint32_t ssrc;

    if (!cursor_u32(c, &ssrc))
        return E_SYNTAX;
    if (r->ssrc == 0)
        r->ssrc = ssrc;
    int err = p->pt == PT_SR ? read_sr(r, c) : 0;

    return err ? err : read_blocks(r, c, p->count, own);
}

static int read_packet(struct media_rtcp *r, const struct packet *p,
                       uint32_t own)
{
    struct cursor c = cursor_of(p->whole);

    c.p += 4;
    switch (p->pt) {
    case PT_SR:
    case PT_RR:
        return read_report(r, &c, p, own);
    case PT_SDES:
        return read_sdes(r, &c, p->count);
    case PT_BYE:
        return read_bye(r, &c, p->count);
    case PT_XR:
        return read_xr(&c);
    default:
        return 0;
    }
}

int media_rtcp_parse(struct media_rtcp *r, struct slice compound, uint32_t own)
{
    struct cursor c = cursor_of(compound);
    struct packet p;
    unsigned n = 0;

    *r = (struct media_rtcp){0};
    while (cursor_left(&c) || n == 0) {
        int err = take_packet(&c, &p);

        if (err || n++ == MEDIA_RTCP_PACKETS_MAX)
            return E_SYNTAX;
        if (n == 1 && p.pt != PT_SR && p.pt != PT_RR)
            return E_SYNTAX;
        err = read_packet(r, &p, own);
        if (err)
            return err;
    }
    return 0;
}

/* ------------------------------------------------------------- writing */

static void put_head(struct out *o, unsigned count, unsigned pt, size_t bytes)
{
    out_char(o, (char)(VERSION | count));
    out_char(o, (char)pt);
    out_be16(o, (uint16_t)(bytes / 4)); /* bytes without this header */
}

/* RFC 3550 A.3: what does not fit 24 bits stays at their edge. */
static uint32_t lost24(int32_t lost)
{
    int32_t v = lost > 0x7fffff ? 0x7fffff : lost;

    return (uint32_t)(v < -0x800000 ? -0x800000 : v) & 0xffffff;
}

static void put_block(struct out *o, const struct media_rtcp_block *b)
{
    bytes_be32(o, b->ssrc);
    bytes_be32(o, (uint32_t)b->fraction << 24 | lost24(b->lost));
    bytes_be32(o, b->seq_high);
    bytes_be32(o, b->jitter);
    bytes_be32(o, b->lsr);
    bytes_be32(o, b->dlsr);
}

static void put_report(struct out *o, const struct media_rtcp *r)
{
    size_t bytes = 4 + (r->has_sr ? 20u : 0u) + (r->has_block ? 24u : 0u);

    put_head(o, r->has_block, r->has_sr ? PT_SR : PT_RR, bytes);
    bytes_be32(o, r->ssrc);
    if (r->has_sr) {
        bytes_be32(o, (uint32_t)(r->ntp >> 32));
        bytes_be32(o, (uint32_t)r->ntp);
        bytes_be32(o, r->rtp_ts);
        bytes_be32(o, r->packets);
        bytes_be32(o, r->octets);
    }
    if (r->has_block)
        put_block(o, &r->block);
}

static void put_zeroes(struct out *o, size_t n)
{
    while (n--)
        out_char(o, '\0');
}

static void put_sdes(struct out *o, const struct media_rtcp *r)
{
    size_t items = 2 + r->cname.n + 1; /* the end's zero octet */
    size_t pad = (4 - items % 4) % 4;

    put_head(o, 1, PT_SDES, 4 + items + pad);
    bytes_be32(o, r->ssrc);
    out_char(o, SDES_CNAME);
    out_char(o, (char)r->cname.n);
    out_put(o, r->cname);
    put_zeroes(o, 1 + pad);
}

static void put_bye(struct out *o, const struct media_rtcp *r)
{
    size_t text = r->bye_reason.n ? 1 + r->bye_reason.n : 0;
    size_t pad = (4 - text % 4) % 4;

    put_head(o, 1, PT_BYE, 4 + text + pad);
    bytes_be32(o, r->ssrc);
    if (text) {
        out_char(o, (char)r->bye_reason.n);
        out_put(o, r->bye_reason);
    }
    put_zeroes(o, pad);
}

int media_rtcp_write(struct out *o, const struct media_rtcp *r)
{
    if (r->cname.n == 0 || r->cname.n > MEDIA_RTCP_CNAME_MAX ||
        r->bye_reason.n > 255)
        return E_INVAL;
    put_report(o, r);
    put_sdes(o, r);
    if (r->bye)
        put_bye(o, r);
    return o->err;
}
