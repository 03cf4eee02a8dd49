/* SPDX-License-Identifier: Apache-2.0 */
/* Reading o=, c=, b=, t=, r=, z=, k= and m= (RFC 8866 5 and 9). */
#include "sdp/line.h"

#include <string.h>

#include "sdp/scan.h"
#include "sip/quick.h"

/* [ "/" ttl ] [ "/" numaddr ], which unicast does not have. */
static bool multicast_tail(struct cursor *c)
{
    unsigned n = 0;
    uint32_t v;

    while (cursor_take(c, '/')) {
        if (++n > 2 || slice_u32(&v, cursor_take_until(c, '/'), UINT16_MAX))
            return false;
    }
    return cursor_left(c) == 0;
}

static bool read_address(struct sip_host *host, enum sip_host_kind kind,
                         struct slice text)
{
    struct cursor c = cursor_of(text);
    struct slice name;
    struct sip_host found;

    c.p = sdp_scan_find(text.p, c.end, '/', '/');
    name = slice_between(text.p, c.p);
    host->text = name;
    if (kind == SIP_HOST_IPV4 && sip_host_is_ipv4(name))
        host->kind = SIP_HOST_IPV4;
    else if (kind == SIP_HOST_IPV6 && sip_host_is_ipv6(name))
        host->kind = SIP_HOST_IPV6;
    else if (!sip_host_parse(&found, name) && found.kind == SIP_HOST_NAME)
        host->kind = SIP_HOST_NAME;
    return host->kind != SIP_HOST_NONE && multicast_tail(&c);
}

/* "IN" SP ( "IP4" / "IP6" ) SP address; there is no other net for us. The
 * address is *addr, of *kind. */
static inline bool read_net(struct slice value, const struct sip_map *map,
                            enum sip_host_kind *kind, struct slice *addr)
{
    struct cursor c = cursor_of(value);

    if (value.n < 8 || memcmp(value.p, "IN I", 4) != 0 ||
        memcmp(value.p + 3, "IP", 2) != 0 || value.p[6] != ' ' ||
        (value.p[5] != '4' && value.p[5] != '6'))
        return false;
    *kind = value.p[5] == '4' ? SIP_HOST_IPV4 : SIP_HOST_IPV6;
    c.p += 7;
    *addr = sdp_scan_word(&c, map);
    return addr->n && sdp_scan_end(&c);
}

/* IN IP4 and an address of numbers, and nothing more? */
static inline bool quick_conn(struct sdp_conn *conn, struct slice value)
{
    if (value.n < 8 || memcmp(value.p, "IN IP4 ", 7) != 0 ||
        !sip_quick_ipv4(value.p + 7, value.p + value.n))
        return false;
    conn->host.text = slice_skip(value, 7);
    conn->host.kind = SIP_HOST_IPV4;
    return true;
}

enum sdp_fault sdp_line_conn(struct sdp_conn *conn, const struct sip_map *map,
                             struct slice value)
{
    enum sip_host_kind kind = SIP_HOST_NONE;
    struct slice addr;

    conn->given = true;
    conn->text = value;
    if (map && quick_conn(conn, value))
        return SDP_FAULT_none;
    conn->host.text = (struct slice){0};
    conn->host.kind = SIP_HOST_NONE;
    if (!read_net(value, map, &kind, &addr) ||
        !read_address(&conn->host, kind, addr))
        return SDP_FAULT_connection;
    return SDP_FAULT_none;
}

/* One SP and digits. */
static bool next_number(struct cursor *c, const struct sip_map *map,
                        struct slice *text)
{
    if (!cursor_take(c, ' '))
        return false;
    *text = sdp_scan_word(c, map);
    return sdp_digits_ok(*text);
}

/* username SP sess-id SP sess-version SP IN SP IP4 SP plain address, in a map,
 * as nearly all write it. */
static inline bool quick_origin(struct sdp_origin *origin,
                                const struct sip_map *map, struct slice value)
{
    struct sip_hops hops = {.map = map};
    const char *end = value.p + value.n;
    const char *id = sip_hops_next(&hops, value.p) + 1;
    const char *version = sip_hops_next(&hops, id) + 1;
    const char *net = sip_hops_next(&hops, version) + 1;

    if (id - value.p < 2 || id[-1] != ' ' || version[-1] != ' ' ||
        net[-1] != ' ' || end - net < 8 || memcmp(net, "IN IP4 ", 7) != 0 ||
        sip_hop(map, net + 7) != end)
        return false;
    origin->user = slice_between(value.p, id - 1);
    origin->id = slice_between(id, version - 1);
    origin->version = slice_between(version, net - 1);
    origin->net = slice_between(net, end);
    return sdp_digits_ok(origin->id) && sdp_digits_ok(origin->version);
}

/* The address only names the session (RFC 8866 5.2): extn-addr, any text. */
enum sdp_fault sdp_line_origin(struct sdp_origin *origin,
                               const struct sip_map *map, struct slice value)
{
    struct cursor c = cursor_of(value);
    enum sip_host_kind kind;
    struct slice addr;

    if (map && quick_origin(origin, map, value))
        return SDP_FAULT_none;
    origin->user = sdp_scan_word(&c, map);
    if (!origin->user.n || !next_number(&c, map, &origin->id) ||
        !next_number(&c, map, &origin->version) || !cursor_take(&c, ' '))
        return SDP_FAULT_origin;
    origin->net = cursor_rest(&c);
    return read_net(origin->net, map, &kind, &addr) ? SDP_FAULT_none
                                                    : SDP_FAULT_origin;
}

/* bwtype ":" 1*DIGIT */
enum sdp_fault sdp_line_bandwidth(struct slice value)
{
    struct cursor c = cursor_of(value);

    if (!sdp_scan_token(&c, NULL).n || !cursor_take(&c, ':') ||
        !sdp_digits_ok(slice_trim(cursor_rest(&c))))
        return SDP_FAULT_bandwidth;
    return SDP_FAULT_none;
}

enum sdp_fault sdp_line_time(struct slice value)
{
    struct cursor c = cursor_of(value);
    struct slice stop;

    if (!sdp_digits_ok(sdp_scan_word(&c, NULL)) ||
        !sdp_scan_next(&c, NULL, &stop) || !sdp_digits_ok(stop))
        return SDP_FAULT_timing;
    return sdp_scan_end(&c) ? SDP_FAULT_none : SDP_FAULT_timing;
}

/* typed-time = ["-"] 1*DIGIT ["d" / "h" / "m" / "s"] */
static bool typed_time(struct slice s)
{
    if (s.n && s.p[0] == '-')
        s = slice_skip(s, 1);
    if (s.n && slice_find(S("dhms"), s.p[s.n - 1]) < 4)
        s.n--;
    return sdp_digits_ok(s);
}

/* How many typed times; 0 if one of them is none. */
static unsigned typed_times(struct slice value)
{
    struct cursor c = cursor_of(value);
    struct slice word = sdp_scan_word(&c, NULL);
    unsigned n = 0;

    do {
        if (!typed_time(word))
            return 0;
        n++;
    } while (sdp_scan_next(&c, NULL, &word));
    return sdp_scan_end(&c) ? n : 0;
}

enum sdp_fault sdp_line_repeat(struct slice value)
{
    return typed_times(value) >= 2 ? SDP_FAULT_none : SDP_FAULT_repeat;
}

enum sdp_fault sdp_line_zone(struct slice value)
{
    unsigned n = typed_times(value);

    return n && n % 2 == 0 ? SDP_FAULT_none : SDP_FAULT_repeat;
}

/* k= must not be used (RFC 8866 5.12): its key is never looked at. */
enum sdp_fault sdp_line_key(struct slice value)
{
    struct cursor c = cursor_of(value);

    return sdp_scan_token(&c, NULL).n ? SDP_FAULT_none : SDP_FAULT_text;
}

static enum sdp_kind kind_of(struct slice s)
{
    static const struct {
        struct slice name;
        enum sdp_kind kind;
    } row[] = {{S_INIT("audio"), SDP_AUDIO},
               {S_INIT("video"), SDP_VIDEO},
               {S_INIT("text"), SDP_TEXT},
               {S_INIT("image"), SDP_IMAGE},
               {S_INIT("message"), SDP_MESSAGE},
               {S_INIT("application"), SDP_APPLICATION}};

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
        if (sdp_scan_eq(s, row[i].name))
            return row[i].kind;
    return SDP_KIND_OTHER;
}

static const struct slice profile_name[SDP_PROFILE_COUNT] = {[SDP_OTHER] =
                                                                 S_INIT(""),
#define X(symbol, name) [SDP_##symbol] = S_INIT(name),
                                                             SDP_PROFILE_MAP(X)
#undef X
};

struct slice sdp_profile_name(enum sdp_profile profile)
{
    if ((unsigned)profile >= SDP_PROFILE_COUNT)
        profile = SDP_OTHER;
    return profile_name[profile];
}

bool sdp_profile_rtp(enum sdp_profile profile)
{
    return profile != SDP_OTHER;
}

static enum sdp_profile profile_of(struct slice proto)
{
    for (int i = SDP_OTHER + 1; i < SDP_PROFILE_COUNT; i++)
        if (sdp_scan_eq(profile_name[i], proto))
            return (enum sdp_profile)i;
    for (int i = SDP_OTHER + 1; i < SDP_PROFILE_COUNT; i++)
        if (profile_name[i].n == proto.n && slice_ieq(profile_name[i], proto))
            return (enum sdp_profile)i;
    return SDP_OTHER;
}

/* token *("/" token) */
static bool proto_ok(const struct sip_map *map, struct slice s)
{
    struct cursor c = cursor_of(s);

    do {
        if (!sdp_scan_token(&c, map).n)
            return false;
    } while (cursor_take(&c, '/'));
    return cursor_left(&c) == 0;
}

/* port ["/" integer] */
static bool port_ok(uint16_t *port, struct slice s)
{
    struct cursor c = cursor_of(s);
    uint32_t v;
    uint32_t count;

    if (!sdp_scan_digits(&c, UINT16_MAX, &v))
        return false;
    *port = (uint16_t)v;
    if (cursor_take(&c, '/') &&
        (!sdp_scan_digits(&c, UINT16_MAX, &count) || count == 0))
        return false;
    return cursor_left(&c) == 0;
}

/* 1*DIGIT up to 127, then SP, HTAB or the end. */
static inline bool take_pt(struct cursor *c, const struct sip_map *map,
                           uint32_t *pt)
{
    const char *p = map ? sip_quick_digits(c->p, pt) : NULL;

    if (!p || *pt > 127 || (p < c->end && *p != ' '))
        return sdp_scan_number(c, 127, pt);
    c->p = p;
    return true;
}

/* The format at c. Of RTP one above 127 is kept as text that nobody can
 * choose. */
static inline bool read_format(struct sdp_format *f, struct cursor *c,
                               const struct sip_map *map, bool rtp)
{
    const char *from = c->p;
    uint32_t pt = 0;
    bool is_pt = take_pt(c, map, &pt) && rtp;

    f->is_pt = is_pt;
    f->pt = is_pt ? (uint8_t)pt : 0;
    if (c->p > from) {
        f->text = slice_between(from, c->p);
        return true;
    }
    f->text = sdp_scan_word(c, map);
    return sdp_token_mapped(map, f->text);
}

static enum sdp_fault read_formats(struct sdp_place *place, struct cursor *c)
{
    struct sdp_media *m = place->m;
    const bool rtp = sdp_profile_rtp(m->profile);
    struct sdp_format **tail = &m->format;

    while (cursor_left(c) > 1 && c->p[0] == ' ' && c->p[1] != ' ' &&
           c->p[1] != '\t') {
        struct sdp_format *f;

        c->p++;
        if (m->nformat == SDP_FMT_MAX)
            return SDP_FAULT_too_many_formats;
        f = arena_alloc(place->arena, sizeof(*f));
        if (!f)
            return SDP_FAULT_no_memory;
        f->next = NULL;
        f->broken = false;
        f->channels = 1;
        f->clock = 0;
        f->encoding = (struct slice){0};
        f->fmtp = (struct slice){0};
        if (!read_format(f, c, place->map, rtp))
            return SDP_FAULT_media;
        *tail = f;
        tail = &f->next;
        m->nformat++;
    }
    return m->nformat && sdp_scan_end(c) ? SDP_FAULT_none : SDP_FAULT_media;
}

enum sdp_fault sdp_line_media(struct sdp_place *place, struct slice value)
{
    const struct sip_map *map = place->map;
    struct sdp_media *m = place->m;
    struct cursor c = cursor_of(value);
    struct slice port;

    m->kind_text = sdp_scan_word(&c, map);
    m->kind = kind_of(m->kind_text);
    /* What is known is a token. */
    if ((m->kind == SDP_KIND_OTHER && !sdp_token_mapped(map, m->kind_text)) ||
        !sdp_scan_next(&c, map, &port) || !port_ok(&m->port, port) ||
        !sdp_scan_next(&c, map, &m->proto))
        return SDP_FAULT_media;
    m->profile = profile_of(m->proto);
    if (m->profile == SDP_OTHER && !proto_ok(map, m->proto))
        return SDP_FAULT_media;
    return read_formats(place, &c);
}
