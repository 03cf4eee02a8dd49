/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a= lines: those with a meaning into members, all of them raw. */
#include "sdp/line.h"

#include "sdp/scan.h"
#include "sip/base/err.h"

/* Session, medium or both; RTP: of RTP media only. */
enum level { SESSION = 1, MEDIA = 2, BOTH = 3, RTP = 4 };

struct known {
    struct slice name;
    unsigned level;
    bool flag; /* has no value */
    int (*read)(struct sdp_place *place, struct slice value);
};

struct sdp_format *sdp_format_find(const struct sdp_media *m, unsigned pt)
{
    for (struct sdp_format *f = m->format; f; f = f->next)
        if (f->is_pt && f->pt == pt)
            return f;
    return NULL;
}

const struct sdp_attr *sdp_attr_find(const struct sdp_attr *list,
                                     struct slice name)
{
    for (; list; list = list->next)
        if (slice_eq(list->name, name))
            return list;
    return NULL;
}

/* payload type SP; the number is checked before anything is looked up. */
static int take_pt(struct cursor *c, uint32_t *pt)
{
    if (!sdp_scan_number(c, 127, pt))
        return E_SYNTAX;
    return cursor_take(c, ' ') ? 0 : E_SYNTAX;
}

/* 1*DIGIT up to max, all of it or up to a '/'; 0 is none. */
static bool take_rate(struct cursor *c, uint32_t max, uint32_t *out)
{
    const char *p = c->p;
    uint64_t v = 0;

    for (; p < c->end && *p != '/'; p++) {
        unsigned d = (unsigned)(unsigned char)*p - '0';

        v = v * 10 + d;
        if (d > 9 || v > max)
            return false;
    }
    c->p = p;
    *out = (uint32_t)v;
    return v != 0;
}

/* encoding name "/" clock rate [ "/" channels ] */
static bool read_map(struct sdp_format *f, struct slice value)
{
    struct cursor c = cursor_of(value);
    uint32_t channels = 1;

    f->encoding = sdp_scan_token(&c);
    if (!f->encoding.n || !cursor_take(&c, '/') ||
        !take_rate(&c, UINT32_MAX, &f->clock))
        return false;
    if (cursor_take(&c, '/') &&
        (!take_rate(&c, UINT8_MAX, &channels) || cursor_left(&c)))
        return false;
    f->channels = (uint8_t)channels;
    return true;
}

/* Without SP and HTAB at its ends. */
static inline struct slice trim(struct slice s)
{
    if (s.n && (unsigned char)s.p[0] > ' ' &&
        (unsigned char)s.p[s.n - 1] > ' ')
        return s;
    return slice_trim(s);
}

static int read_rtpmap(struct sdp_place *place, struct slice value)
{
    struct cursor c = cursor_of(value);
    struct sdp_format map = {0};
    struct sdp_format *f;
    uint32_t pt;
    int err = take_pt(&c, &pt);

    if (err)
        return err;
    f = sdp_format_find(place->m, pt);
    if (!read_map(&map, trim(cursor_rest(&c)))) {
        if (f)
            f->broken = true;
        return E_SYNTAX;
    }
    if (f && !f->clock) {
        f->encoding = map.encoding;
        f->clock = map.clock;
        f->channels = map.channels;
    }
    return 0;
}

static int read_fmtp(struct sdp_place *place, struct slice value)
{
    struct cursor c = cursor_of(value);
    struct sdp_format *f;
    uint32_t pt;
    int err = take_pt(&c, &pt);

    if (err)
        return err;
    if (!cursor_left(&c))
        return E_SYNTAX;
    f = sdp_format_find(place->m, pt);
    if (f && !f->fmtp.n)
        f->fmtp = cursor_rest(&c);
    return 0;
}

/* Milliseconds, maybe with a fraction (RFC 8866 6.4), which is cut off. */
static int read_ms(uint32_t *ms, struct slice value)
{
    struct cursor c = cursor_of(slice_trim(value));
    uint32_t v;

    if (slice_u32(&v, cursor_take_until(&c, '.'), UINT16_MAX))
        return E_SYNTAX;
    if (cursor_take(&c, '.') && !sdp_digits_ok(cursor_rest(&c)))
        return E_SYNTAX;
    if (!*ms)
        *ms = v;
    return 0;
}

static int read_ptime(struct sdp_place *place, struct slice value)
{
    return read_ms(&place->m->ptime, value);
}

static int read_maxptime(struct sdp_place *place, struct slice value)
{
    return read_ms(&place->m->maxptime, value);
}

static int set_dir(struct sdp_place *place, enum sdp_dir dir)
{
    if (!place->common->has_dir)
        place->common->dir = dir;
    place->common->has_dir = true;
    return 0;
}

static int read_sendrecv(struct sdp_place *place, struct slice v)
{
    (void)v;
    return set_dir(place, SDP_SENDRECV);
}

static int read_sendonly(struct sdp_place *place, struct slice v)
{
    (void)v;
    return set_dir(place, SDP_SENDONLY);
}

static int read_recvonly(struct sdp_place *place, struct slice v)
{
    (void)v;
    return set_dir(place, SDP_RECVONLY);
}

static int read_inactive(struct sdp_place *place, struct slice v)
{
    (void)v;
    return set_dir(place, SDP_INACTIVE);
}

static int read_mux(struct sdp_place *place, struct slice v)
{
    (void)v;
    place->m->rtcp_mux = true;
    return 0;
}

/* port [ nettype addrtype address ] (RFC 3605 2.1) */
static int read_rtcp(struct sdp_place *place, struct slice value)
{
    struct cursor c = cursor_of(value);
    struct sdp_conn conn = {0};
    uint32_t port;

    if (!sdp_scan_number(&c, UINT16_MAX, &port))
        return E_SYNTAX;
    cursor_skip_ws(&c);
    if (cursor_left(&c) &&
        sdp_line_conn(&conn, cursor_rest(&c)) != SDP_FAULT_none)
        return E_SYNTAX;
    if (place->m->rtcp_port)
        return 0;
    place->m->rtcp_port = (uint16_t)port;
    place->m->rtcp_conn = conn;
    return 0;
}

static int read_crypto(struct sdp_place *place, struct slice value)
{
    struct sdp_crypto *c = arena_alloc(place->arena, sizeof(*c));
    int err;

    if (!c)
        return E_NOMEM;
    err = sdp_crypto_parse(c, value);
    *place->crypto_tail = c;
    place->crypto_tail = &c->next;
    place->m->ncrypto++;
    return err;
}

/* 2UHEX *(":" 2UHEX); lower case is read, too (RFC 8122 5). */
static bool fingerprint_ok(struct slice s)
{
    unsigned hex = SIP_C_HEX;
    unsigned marks = 0;
    const char *p = s.p;
    const char *last;

    if (s.n % 3 != 2)
        return false;
    for (last = p + s.n - 2; p < last; p += 3) {
        hex &= sip_chars[(unsigned char)p[0]] & sip_chars[(unsigned char)p[1]];
        marks |= (unsigned char)p[2] ^ ':';
    }
    hex &= sip_chars[(unsigned char)p[0]] & sip_chars[(unsigned char)p[1]];
    return hex && !marks;
}

static int read_fingerprint(struct sdp_place *place, struct slice value)
{
    struct cursor c = cursor_of(value);
    struct sdp_fingerprint print = {.hash = sdp_scan_word(&c)};

    if (!sdp_token_ok(print.hash) || !cursor_take(&c, ' '))
        return E_SYNTAX;
    print.value = trim(cursor_rest(&c));
    if (!fingerprint_ok(print.value))
        return E_SYNTAX;
    if (!place->common->fingerprint.hash.n)
        place->common->fingerprint = print;
    return 0;
}

static int read_setup(struct sdp_place *place, struct slice value)
{
    static const struct {
        struct slice name;
        enum sdp_setup setup;
    } row[] = {{S_INIT("active"), SDP_SETUP_ACTIVE},
               {S_INIT("passive"), SDP_SETUP_PASSIVE},
               {S_INIT("actpass"), SDP_SETUP_ACTPASS},
               {S_INIT("holdconn"), SDP_SETUP_HOLDCONN}};

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
        if (slice_eq(value, row[i].name)) {
            place->common->setup = row[i].setup;
            return 0;
        }
    return E_SYNTAX;
}

/* By length, first and last letter no two names meet; were they to, the
 * compiler would say that an element is set twice. */
#define SLOT(n, first, last) (((n) + (first)*2 + (last)*6) & 31)

static const struct known known[32] = {
#define AT(name, first, last, level, flag, read) \
    [SLOT(sizeof(name) - 1, first, last)] = {S_INIT(name), level, flag, read}
    AT("rtpmap", 'r', 'p', MEDIA | RTP, false, read_rtpmap),
    AT("fmtp", 'f', 'p', MEDIA | RTP, false, read_fmtp),
    AT("ptime", 'p', 'e', MEDIA, false, read_ptime),
    AT("maxptime", 'm', 'e', MEDIA, false, read_maxptime),
    AT("sendrecv", 's', 'v', BOTH, true, read_sendrecv),
    AT("sendonly", 's', 'y', BOTH, true, read_sendonly),
    AT("recvonly", 'r', 'y', BOTH, true, read_recvonly),
    AT("inactive", 'i', 'e', BOTH, true, read_inactive),
    AT("rtcp-mux", 'r', 'x', MEDIA, true, read_mux),
    AT("rtcp", 'r', 'p', MEDIA, false, read_rtcp),
    AT("crypto", 'c', 'o', MEDIA, false, read_crypto),
    AT("fingerprint", 'f', 't', BOTH, false, read_fingerprint),
    AT("setup", 's', 'p', BOTH, false, read_setup),
#undef AT
};

/* Does the row belong where the attribute stands? */
static bool in_place(const struct sdp_place *place, const struct known *k)
{
    if (!place->m)
        return (k->level & SESSION) != 0;
    return (k->level & MEDIA) &&
           (!(k->level & RTP) || sdp_profile_rtp(place->m->profile));
}

/* The row of that name, or NULL. */
static inline const struct known *find(struct slice name)
{
    const struct known *k = &known[SLOT(name.n, (unsigned char)name.p[0],
                                        (unsigned char)name.p[name.n - 1])];

    return sdp_scan_eq(name, k->name) ? k : NULL;
}

enum sdp_fault sdp_line_attr(struct sdp_place *place, struct slice value)
{
    const char *end = value.p + value.n;
    const char *colon = sdp_scan_find(value.p, end, ':', ':');
    struct slice name = slice_between(value.p, colon);
    bool has_value = colon < end;
    struct slice rest = slice_between(colon + has_value, end);
    const struct known *k;
    struct sdp_attr *a;
    int err = 0;

    if (!name.n || has_value != (rest.n > 0))
        return SDP_FAULT_attribute;
    k = find(name);
    if (!k && !sdp_token_ok(name))
        return SDP_FAULT_attribute;
    a = arena_alloc(place->arena, sizeof(*a));
    if (!a)
        return SDP_FAULT_no_memory;
    if (k && in_place(place, k))
        err = k->flag == has_value ? E_SYNTAX : k->read(place, rest);
    *a = (struct sdp_attr){NULL, name, rest, has_value, err != 0};
    *place->tail = a;
    place->tail = &a->next;
    return err == E_NOMEM ? SDP_FAULT_no_memory : SDP_FAULT_none;
}
