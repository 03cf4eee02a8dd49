/* SPDX-License-Identifier: Apache-2.0 */
/* The wire's judge: TCP in order (RFC 9293), TLS records (RFC 8446 5.1). */
#include "tools/wire.h"

#include <string.h>

#include "sip/base/cursor.h"
#include "tools/wire_media.h"

enum { RECORD_MAX = 16384 + 256, TCP = 6, UDP = 17, UDP_HEADER = 8 };

/* One TCP segment or datagram, taken apart. */
struct segment {
    uint8_t proto;
    bool fragment;
    uint8_t src[16], dst[16];
    uint8_t family;
    uint16_t sport, dport;
    uint32_t seq;
    bool syn;
    struct slice payload;
};

void wire_init(struct wire *w, uint16_t port)
{
    *w = (struct wire){.port = port};
}

static bool read_ipv4(struct segment *s, struct cursor *c)
{
    struct slice ip;
    uint8_t first;
    uint16_t total, flags;
    size_t head;

    if (!cursor_u8(c, &first) || (first >> 4) != 4)
        return false;
    head = (size_t)(first & 15) * 4;
    c->p++;
    if (head < 20 || !cursor_u16(c, &total) || total < head ||
        !cursor_take_n(c, 2, &ip) || !cursor_u16(c, &flags) ||
        !cursor_take_n(c, 1, &ip) || !cursor_u8(c, &s->proto) ||
        !cursor_take_n(c, 2, &ip) || !cursor_take_n(c, 4, &ip))
        return false;
    s->fragment = (flags & 0x3fff) != 0; /* more to come, or an offset */
    memcpy(s->src, ip.p, 4);
    if (!cursor_take_n(c, 4, &ip))
        return false;
    memcpy(s->dst, ip.p, 4);
    s->family = 4;
    return cursor_take_n(c, head - 20, &ip);
}

static bool read_ipv6(struct segment *s, struct cursor *c)
{
    struct slice part;

    if (!cursor_take_n(c, 8, &part))
        return false;
    s->proto = (uint8_t)part.p[6];
    s->fragment = s->proto == 44;
    if (!cursor_take_n(c, 16, &part))
        return false;
    memcpy(s->src, part.p, 16);
    if (!cursor_take_n(c, 16, &part))
        return false;
    memcpy(s->dst, part.p, 16);
    s->family = 6;
    return true;
}

static bool read_udp(struct segment *s, struct cursor *c)
{
    uint16_t length, sum;

    return cursor_u16(c, &s->sport) && cursor_u16(c, &s->dport) &&
           cursor_u16(c, &length) && cursor_u16(c, &sum) &&
           length >= UDP_HEADER &&
           cursor_take_n(c, length - UDP_HEADER, &s->payload);
}

static bool read_tcp(struct segment *s, struct cursor *c)
{
    struct slice rest;
    uint32_t ack;
    uint8_t offset, flags;

    if (!cursor_u16(c, &s->sport) || !cursor_u16(c, &s->dport) ||
        !cursor_u32(c, &s->seq) || !cursor_u32(c, &ack) ||
        !cursor_u8(c, &offset) || !cursor_u8(c, &flags) || (offset >> 4) < 5 ||
        !cursor_take_n(c, (size_t)(offset >> 4) * 4 - 14, &rest))
        return false;
    s->syn = (flags & 2) != 0;
    s->payload = cursor_rest(c);
    return true;
}

static struct wire_stream *stream_of(struct wire *w, const struct segment *s)
{
    struct wire_stream *st;

    for (size_t i = 0; i < w->streams; i++) {
        st = &w->stream[i];
        if (st->family == s->family && st->sport == s->sport &&
            st->dport == s->dport && !memcmp(st->src, s->src, 16) &&
            !memcmp(st->dst, s->dst, 16))
            return st;
    }
    if (w->streams == WIRE_STREAMS_MAX)
        return NULL;
    st = &w->stream[w->streams++];
    *st = (struct wire_stream){
        .family = s->family, .sport = s->sport, .dport = s->dport};
    memcpy(st->src, s->src, 16);
    memcpy(st->dst, s->dst, 16);
    return st;
}

/* ContentType 20 to 23, a legacy version, a length that TLS allows. */
static bool is_record(const uint8_t head[5])
{
    size_t n = (size_t)head[3] << 8 | head[4];

    return head[0] >= 20 && head[0] <= 23 && head[1] == 3 && head[2] >= 1 &&
           head[2] <= 3 && n > 0 && n <= RECORD_MAX;
}

static void read_records(struct wire *w, struct wire_stream *st,
                         struct slice bytes)
{
    while (bytes.n && !st->bad) {
        size_t n = bytes.n < st->left ? bytes.n : st->left;

        if (st->left) {
            st->left -= n;
            bytes = slice_skip(bytes, n);
            continue;
        }
        st->head[st->head_n++] = (uint8_t)bytes.p[0];
        bytes = slice_skip(bytes, 1);
        if (st->head_n < 5)
            continue;
        st->bad = !is_record(st->head);
        st->left = (size_t)st->head[3] << 8 | st->head[4];
        st->head_n = 0;
        w->records += !st->bad;
        w->plaintext += st->bad ? 5 : 0;
    }
    w->plaintext += st->bad ? bytes.n : 0;
}

static void follow(struct wire *w, struct wire_stream *st,
                   const struct segment *s)
{
    uint32_t behind = st->next - s->seq;

    if (s->syn) {
        st->synced = true;
        st->next = s->seq + 1;
        return;
    }
    if (!s->payload.n)
        return;
    w->packets++;
    w->bytes += s->payload.n;
    if (!st->synced || (behind && behind > UINT32_MAX / 2)) {
        w->gaps++;
        return;
    }
    if (behind >= s->payload.n) /* sent again, seen already */
        return;
    st->next = s->seq + (uint32_t)s->payload.n;
    read_records(w, st, slice_skip(s->payload, behind));
}

static bool touches(const struct segment *s, uint16_t port)
{
    return port && (s->sport == port || s->dport == port);
}

static void take_tcp(struct wire *w, struct segment *s, struct cursor *c)
{
    struct wire_stream *st;

    if (!read_tcp(s, c) ||
        (w->port ? !touches(s, w->port) : touches(s, w->except)))
        return;
    st = stream_of(w, s);
    if (st)
        follow(w, st, s);
    else
        w->gaps++;
}

/* What no port can be read of may belong to any. */
static void take_udp(struct wire *w, struct segment *s, struct cursor *c)
{
    if (!read_udp(s, c)) {
        w->gaps++;
        return;
    }
    const uint16_t port[2] = {s->sport, s->dport};

    wire_media_datagram(w->media, port, s->payload);
}

void wire_packet(struct wire *w, struct slice packet)
{
    struct segment s = {0};
    struct cursor c = cursor_of(packet);
    bool v4 = packet.n && ((uint8_t)packet.p[0] >> 4) == 4;

    if (v4 ? !read_ipv4(&s, &c) : !read_ipv6(&s, &c))
        return;
    if (s.fragment && (s.proto == TCP || w->media))
        w->gaps++;
    else if (s.proto == TCP)
        take_tcp(w, &s, &c);
    else if (s.proto == UDP && w->media)
        take_udp(w, &s, &c);
}

static bool datagrams_clean(const struct wire *w)
{
    struct wire_media_counts counts = {0};

    if (w->media)
        wire_media_read(w->media, &counts);
    return counts.plaintext == 0;
}

/* A stream that ends within a record hides nothing: its bytes were judged
 * by its head. One that ends within a head has unjudged bytes. */
bool wire_clean(const struct wire *w)
{
    for (size_t i = 0; i < w->streams; i++)
        if (w->stream[i].head_n)
            return false;
    return w->records > 0 && w->plaintext == 0 && w->gaps == 0 &&
           datagrams_clean(w);
}
