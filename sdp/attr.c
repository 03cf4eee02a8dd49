/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a= lines: those with a meaning into members, all of them raw. */
#include "sdp/line.h"

#include "sdp/scan.h"
#include "sip/base/compiler.h"
#include "sip/base/err.h"
#include "sip/name.h"
#include "sip/quick.h"

struct known {
    struct sip_name name;
    unsigned levels; /* enum sdp_level bits */
    bool flag;       /* has no value */
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

/* encoding name "/" clock rate [ "/" channels ] */
static inline bool read_map(struct sdp_format *f, const struct sip_map *map,
                            struct slice value)
{
    struct cursor c = cursor_of(value);
    uint32_t channels = 1;

    f->encoding = sdp_scan_token(&c, map);
    if (!f->encoding.n || !cursor_take(&c, '/') ||
        !sdp_scan_digits(&c, UINT32_MAX, &f->clock) || !f->clock)
        return false;
    if (cursor_take(&c, '/') &&
        (!sdp_scan_digits(&c, UINT8_MAX, &channels) || !channels))
        return false;
    f->channels = (uint8_t)channels;
    return cursor_left(&c) == 0;
}

/* Without SP and HTAB at its ends. */
static inline struct slice trim(struct slice s)
{
    if (s.n && (unsigned char)s.p[0] > ' ' &&
        (unsigned char)s.p[s.n - 1] > ' ')
        return s;
    return slice_trim(s);
}

/* pt SP name "/" clock [ "/" channels ], in a map, as nearly all write it. */
static inline bool quick_map(struct sdp_format *f, const struct sip_map *map,
                             struct slice value, uint32_t *pt)
{
    const char *p = sip_quick_digits(value.p, pt);
    uint32_t channels = 1;

    if (!p || *p != ' ' || *pt > 127)
        return false;
    f->encoding = slice_between(p + 1, sip_hop(map, p + 1));
    p += 1 + f->encoding.n;
    if (!f->encoding.n || *p != '/')
        return false;
    p = sip_quick_digits(p + 1, &f->clock);
    if (p && *p == '/')
        p = sip_quick_digits(p + 1, &channels);
    f->channels = (uint8_t)channels;
    return p == value.p + value.n && f->clock && channels - 1 < UINT8_MAX;
}

static int read_rtpmap(struct sdp_place *place, struct slice value)
{
    struct cursor c = cursor_of(value);
    struct sdp_format map;
    struct sdp_format *f;
    uint32_t pt;
    bool quick = place->map && quick_map(&map, place->map, value, &pt);
    int err = quick ? 0 : take_pt(&c, &pt);

    if (err)
        return err;
    f = sdp_format_find(place->m, pt);
    if (!quick && !read_map(&map, place->map, trim(cursor_rest(&c)))) {
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
static int take_ms(uint32_t *ms, struct slice value)
{
    struct cursor c = cursor_of(slice_trim(value));

    if (slice_u32(ms, cursor_take_until(&c, '.'), UINT16_MAX) ||
        (cursor_take(&c, '.') && !sdp_digits_ok(cursor_rest(&c))))
        return E_SYNTAX;
    return 0;
}

static int read_ms(const struct sdp_place *place, uint32_t *ms,
                   struct slice value)
{
    uint32_t v;
    bool quick = place->map &&
                 sip_quick_digits(value.p, &v) == value.p + value.n &&
                 v <= UINT16_MAX;

    if (!quick && take_ms(&v, value))
        return E_SYNTAX;
    if (!*ms)
        *ms = v;
    return 0;
}

static int read_ptime(struct sdp_place *place, struct slice value)
{
    return read_ms(place, &place->m->ptime, value);
}

static int read_maxptime(struct sdp_place *place, struct slice value)
{
    return read_ms(place, &place->m->maxptime, value);
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
        sdp_line_conn(&conn, place->map, cursor_rest(&c)) != SDP_FAULT_none)
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
    err = sdp_crypto_read(c, place->map, value);
    *place->crypto_tail = c;
    place->crypto_tail = &c->next;
    place->m->ncrypto++;
    return err;
}

/* Eight bytes: hex digits, but for ':' where colons has the top bit. What is
 * from '0' to ':' and not a ':' is a digit. */
static inline bool hex_ok(const char *p, uint64_t colons)
{
    uint64_t x = sdp_scan_word8(p);
    uint64_t y = x & SDP_ALL(0x7f);
    uint64_t at = sdp_scan_within(y, ':', ':');
    return ((x | ~(sdp_scan_within(y, '0', ':') |
                   sdp_scan_within(y | SDP_ALL(0x20), 'a', 'f'))) &
            SDP_ALL(0x80)) == 0 &&
           ((at ^ colons) & SDP_ALL(0x80)) == 0;
}

/* 2UHEX *(":" 2UHEX); lower case is read, too (RFC 8122 5). */
static bool fingerprint_ok(struct slice s)
{
    /* Of each three words that stand one after the other. */
    static const uint64_t colons[3] = {UINT64_C(0x0000800000800000),
                                       UINT64_C(0x0080000080000080),
                                       UINT64_C(0x8000008000008000)};
    char tail[8] = {'0', '0', '0', '0', '0', '0', '0', '0'};
    const char *p = s.p;
    const char *end = s.p + s.n;
    unsigned k = 0;

    if (s.n % 3 != 2)
        return false;
    for (; end - p >= 24; p += 24)
        if (!hex_ok(p, colons[0]) || !hex_ok(p + 8, colons[1]) ||
            !hex_ok(p + 16, colons[2]))
            return false;
    for (; k < 2 && end - p >= 8; k++, p += 8)
        if (!hex_ok(p, colons[k]))
            return false;
    for (size_t i = 0; p + i < end; i++)
        tail[i] = p[i];
    /* Behind the end there is none. */
    return p == end ||
           hex_ok(tail, colons[k] & ((UINT64_C(1) << 8 * (end - p)) - 1));
}

static int read_fingerprint(struct sdp_place *place, struct slice value)
{
    struct cursor c = cursor_of(value);
    struct sdp_fingerprint print = {.hash = sdp_scan_word(&c, place->map)};

    if (!sdp_token_mapped(place->map, print.hash) || !cursor_take(&c, ' '))
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
        if (sdp_scan_eq(value, row[i].name)) {
            place->common->setup = row[i].setup;
            return 0;
        }
    return E_SYNTAX;
}

/* By length, first and last letter no two names meet; were they to, the
 * compiler would say that an element is set twice. */
#define SLOT(n, first, last) (((n) + (first)*2 + (last)*6) & 31)

static const struct known known[32] = {
#define AT(name, first, last, level, flag, read)                        \
    [SLOT(sizeof(name) - 1, first, last)] = {SIP_NAME_INIT(name, 0xff), \
                                             level, flag, read}
    AT("rtpmap", 'r', 'p', SDP_AT_RTP, false, read_rtpmap),
    AT("fmtp", 'f', 'p', SDP_AT_RTP, false, read_fmtp),
    AT("ptime", 'p', 'e', SDP_AT_MEDIA, false, read_ptime),
    AT("maxptime", 'm', 'e', SDP_AT_MEDIA, false, read_maxptime),
    AT("sendrecv", 's', 'v', SDP_AT_SESSION | SDP_AT_MEDIA, true,
       read_sendrecv),
    AT("sendonly", 's', 'y', SDP_AT_SESSION | SDP_AT_MEDIA, true,
       read_sendonly),
    AT("recvonly", 'r', 'y', SDP_AT_SESSION | SDP_AT_MEDIA, true,
       read_recvonly),
    AT("inactive", 'i', 'e', SDP_AT_SESSION | SDP_AT_MEDIA, true,
       read_inactive),
    AT("rtcp-mux", 'r', 'x', SDP_AT_MEDIA, true, read_mux),
    AT("rtcp", 'r', 'p', SDP_AT_MEDIA, false, read_rtcp),
    AT("crypto", 'c', 'o', SDP_AT_MEDIA, false, read_crypto),
    AT("fingerprint", 'f', 't', SDP_AT_SESSION | SDP_AT_MEDIA, false,
       read_fingerprint),
    AT("setup", 's', 'p', SDP_AT_SESSION | SDP_AT_MEDIA, false, read_setup),
#undef AT
};

/* The row of that name, or NULL. Before an attribute stand the lines that
 * each description has. */
static inline const struct known *find(struct slice name)
{
    const struct known *k = &known[SLOT(name.n, (unsigned char)name.p[0],
                                        (unsigned char)name.p[name.n - 1])];

    return sip_name_is(&k->name, name.p + name.n, name.n) ? k : NULL;
}

/* Into its member, if it has one, and the list. k: its row, or NULL. */
static ALWAYS_INLINE enum sdp_fault keep_attr(struct sdp_place *place,
                                              const struct known *k,
                                              struct slice name,
                                              struct slice value)
{
    struct sdp_attr *a = arena_alloc(place->arena, sizeof(*a));
    bool has_value = value.n > 0;
    int err = 0;

    if (!a)
        return SDP_FAULT_no_memory;
    if (k && (k->levels & place->levels))
        err = k->flag == has_value ? E_SYNTAX : k->read(place, value);
    a->next = NULL;
    a->name = name;
    a->value = value;
    a->has_value = has_value;
    a->broken = err != 0;
    *place->tail = a;
    place->tail = &a->next;
    return err == E_NOMEM ? SDP_FAULT_no_memory : SDP_FAULT_none;
}

/* The attribute that is any text. */
static enum sdp_fault any_attr(struct sdp_place *place, struct slice value)
{
    const char *end = value.p + value.n;
    const char *colon = sdp_scan_find(value.p, end, ':', ':');
    struct slice name = slice_between(value.p, colon);
    bool has_value = colon < end;
    struct slice rest = slice_between(colon + has_value, end);
    const struct known *k;

    if (!name.n || has_value != (rest.n > 0))
        return SDP_FAULT_attribute;
    k = find(name);
    if (!k && !sdp_token_mapped(place->map, name))
        return SDP_FAULT_attribute;
    return keep_attr(place, k, name, rest);
}

/* The attribute in [p, end), in a map: where its name is plain, that ends at
 * what is not, and nothing has to be looked for. */
static ALWAYS_INLINE enum sdp_fault mapped_attr(struct sdp_place *place,
                                                const char *p, const char *end)
{
    const char *colon = sip_hop(place->map, p);
    struct slice name = slice_between(p, colon);
    bool has_value = *colon == ':' && end - colon > 1;

    if (!name.n || (!has_value && colon != end))
        return any_attr(place, slice_between(p, end));
    return keep_attr(place, find(name), name,
                     slice_between(colon + has_value, end));
}

enum sdp_fault sdp_line_attr(struct sdp_place *place, struct slice value)
{
    return place->map ? mapped_attr(place, value.p, value.p + value.n)
                      : any_attr(place, value);
}

enum sdp_fault sdp_line_attrs(struct sdp_place *place, struct sdp_lines *at)
{
    const struct sip_map *map = place->map;
    enum sdp_fault fault = SDP_FAULT_none;

    for (; at->left; at->left--) {
        const char *end = map->from + *at->unusual;

        if (*at->unusual + 2U > map->n || memcmp(at->p, "a=", 2) != 0 ||
            memcmp(end, "\r\n", 2) != 0)
            break;
        fault = mapped_attr(place, at->p + 2, end);
        if (fault != SDP_FAULT_none)
            break;
        at->unusual++;
        at->p = end + 2;
    }
    return fault;
}
