/* SPDX-License-Identifier: Apache-2.0 */
/* The one pass over a session description: lines in their order. */
#include "sdp/sdp.h"

#include <string.h>

#include "sdp/line.h"
#include "sip/base/err.h"
#include "sip/map.h"

struct place;

/* What is known while the description is read. */
struct parse {
    struct sdp *sdp;
    struct sdp_parse_err *err;
    struct sdp_place place;
    struct sdp_media *m; /* NULL at session level */
    struct sdp_media **tail;
    struct cursor c;
    const struct sip_map *map;
    const uint16_t *unusual; /* of the map: the next that may end a line */
    unsigned attrs;
    unsigned at; /* 1 + index in the order of lines; 0: before the first */
    const struct place *many; /* that may come again, or an empty one */
};

/* One place in the order of lines (RFC 8866 9). */
struct place {
    char type;
    bool many;
    enum sdp_fault (*read)(struct parse *s, struct slice value);
};

static const struct place no_place;

static int fail(struct parse *s, enum sdp_fault code, const char *at)
{
    size_t offset = (size_t)(at - s->sdp->bytes.p);

    *s->err = (struct sdp_parse_err){code, offset};
    return code == SDP_FAULT_no_memory ? E_NOMEM : E_SYNTAX;
}

static enum sdp_fault read_version(struct parse *s, struct slice value)
{
    (void)s;
    return slice_eq(value, S("0")) ? SDP_FAULT_none : SDP_FAULT_version;
}

static enum sdp_fault read_origin(struct parse *s, struct slice value)
{
    return sdp_line_origin(&s->sdp->origin, s->place.map, value);
}

/* RFC 8866 5.3 asks for one character; PBXs leave it empty. It is shown by
 * nobody. */
static enum sdp_fault read_name(struct parse *s, struct slice value)
{
    s->sdp->name = value;
    return SDP_FAULT_none;
}

static enum sdp_fault read_text(struct parse *s, struct slice value)
{
    (void)s;
    return value.n ? SDP_FAULT_none : SDP_FAULT_text;
}

static enum sdp_fault read_conn(struct parse *s, struct slice value)
{
    struct sdp_conn conn;
    enum sdp_fault fault = sdp_line_conn(&conn, s->place.map, value);
    struct sdp_conn *to = s->m ? &s->m->conn : &s->sdp->conn;

    if (fault == SDP_FAULT_none && !to->given)
        *to = conn;
    return fault;
}

static enum sdp_fault read_bandwidth(struct parse *s, struct slice value)
{
    (void)s;
    return sdp_line_bandwidth(value);
}

static enum sdp_fault read_time(struct parse *s, struct slice value)
{
    (void)s;
    return sdp_line_time(value);
}

static enum sdp_fault read_repeat(struct parse *s, struct slice value)
{
    (void)s;
    return sdp_line_repeat(value);
}

static enum sdp_fault read_zone(struct parse *s, struct slice value)
{
    (void)s;
    return sdp_line_zone(value);
}

static enum sdp_fault read_key(struct parse *s, struct slice value)
{
    (void)s;
    return sdp_line_key(value);
}

static enum sdp_fault read_attr(struct parse *s, struct slice value)
{
    if (s->attrs++ == SDP_ATTR_MAX)
        return SDP_FAULT_too_many_attributes;
    return sdp_line_attr(&s->place, value);
}

static enum sdp_fault read_media(struct parse *s, struct slice value)
{
    struct sdp_media *m;
    enum sdp_fault fault;

    if (s->sdp->nmedia == SDP_MEDIA_MAX)
        return SDP_FAULT_too_many_media;
    m = arena_alloc(s->place.arena, sizeof(*m));
    if (!m)
        return SDP_FAULT_no_memory;
    arena_clear(m, sizeof(*m));
    m->common.dir = SDP_SENDRECV;
    *s->tail = m;
    s->tail = &m->next;
    s->sdp->nmedia++;
    s->m = m;
    s->place.m = m;
    s->place.common = &m->common;
    s->place.tail = &m->common.attr;
    s->place.crypto_tail = &m->crypto;
    s->at = 1; /* the order of the medium's own lines */
    s->many = &no_place;
    fault = sdp_line_media(&s->place, value);
    s->place.levels = SDP_AT_MEDIA;
    if (sdp_profile_rtp(m->profile))
        s->place.levels |= SDP_AT_RTP;
    return fault;
}

/* X(place, letter, it has to be there, it may come again, its reader) */
#define SESSION_MAP(X)                 \
    X(V, 'v', 1, false, read_version)  \
    X(O, 'o', 1, false, read_origin)   \
    X(S, 's', 1, false, read_name)     \
    X(I, 'i', 0, false, read_text)     \
    X(U, 'u', 0, false, read_text)     \
    X(E, 'e', 0, true, read_text)      \
    X(P, 'p', 0, true, read_text)      \
    X(C, 'c', 0, false, read_conn)     \
    X(B, 'b', 0, true, read_bandwidth) \
    X(T, 't', 1, true, read_time)      \
    X(R, 'r', 0, true, read_repeat)    \
    X(Z, 'z', 0, false, read_zone)     \
    X(K, 'k', 0, false, read_key)      \
    X(A, 'a', 0, true, read_attr)      \
    X(M, 'm', 0, false, read_media)
#define MEDIUM_MAP(X)                  \
    X(M, 'm', 1, false, read_media)    \
    X(I, 'i', 0, false, read_text)     \
    X(C, 'c', 0, true, read_conn)      \
    X(B, 'b', 0, true, read_bandwidth) \
    X(K, 'k', 0, false, read_key)      \
    X(A, 'a', 0, true, read_attr)

enum {
#define X(id, letter, must, many, read) SESSION_##id,
    SESSION_MAP(X)
#undef X
        NSESSION
};
enum {
#define X(id, letter, must, many, read) MEDIUM_##id,
    MEDIUM_MAP(X)
#undef X
};

/* An order of lines, and where in it each letter stands. */
struct order {
    struct place place[NSESSION];
    uint8_t at['z' - 'a' + 1]; /* 1 + index of the place; 0: there is none */
    uint16_t must;             /* bits of the places that have to be filled */
};

#define PLACE(id, letter, must, many, read) {letter, many, read},
#define AT_SESSION(id, letter, ...) [(letter) - 'a'] = 1 + SESSION_##id,
#define AT_MEDIUM(id, letter, ...) [(letter) - 'a'] = 1 + MEDIUM_##id,
#define MUST_SESSION(id, letter, must, ...) | (must) << SESSION_##id
#define MUST_MEDIUM(id, letter, must, ...) | (must) << MEDIUM_##id

static const struct order session = {{SESSION_MAP(PLACE)},
                                     {SESSION_MAP(AT_SESSION)},
                                     0 SESSION_MAP(MUST_SESSION)};
static const struct order medium = {
    {MEDIUM_MAP(PLACE)}, {MEDIUM_MAP(AT_MEDIUM)}, 0 MEDIUM_MAP(MUST_MEDIUM)};

static inline unsigned place_at(const struct order *order, char type)
{
    return type >= 'a' && type <= 'z' ? order->at[type - 'a'] : 0;
}

/* Why a line that has no place after s->at has none. must: a line that has
 * to be there comes before. */
static enum sdp_fault misplaced(char type, bool must)
{
    if (!place_at(&session, type))
        return SDP_FAULT_line_type;
    return must ? SDP_FAULT_missing_line : SDP_FAULT_line_order;
}

/* The place of the next line, if that is not before where we are; NULL and
 * *fault else. */
static const struct place *find_place(struct parse *s, char type,
                                      enum sdp_fault *fault)
{
    const struct order *order = s->m ? &medium : &session;
    unsigned next = place_at(order, type);
    unsigned from = s->at; /* the places before it are past */
    unsigned skipped = order->must >> s->at;

    if (s->m && type == 'm') /* the next medium */
        from = 0;
    else if (!s->m && type == 't' && s->at > SESSION_T &&
             s->at <= 1 + SESSION_Z)
        from = SESSION_T; /* t= may come again after its r= and z= */
    else if (from && order->place[from - 1].many)
        from--;
    if (next > s->at)
        skipped &= (1U << (next - s->at - 1)) - 1;
    else if (next > from)
        skipped = 0;
    if (next <= from || skipped) {
        *fault = misplaced(type, skipped);
        return NULL;
    }
    s->at = next;
    s->many =
        order->place[next - 1].many ? &order->place[next - 1] : &no_place;
    return &order->place[next - 1];
}

/* Takes a line without its end if it is mapped and ends in CR LF or LF before
 * anything that is not printable ASCII. */
static inline bool take_usual(struct parse *s, struct slice *line)
{
    const struct sip_map *map = s->map;
    const char *p = s->c.p;
    const char *at = map->from + *s->unusual;

    while (at < p && *s->unusual < map->n)
        at = map->from + *++s->unusual;
    if (*s->unusual + 2U > map->n || (unsigned char)*p < ' ')
        return false;
    *line = slice_between(p, at);
    at += *at == '\r';
    if (*at != '\n')
        return false;
    s->unusual++;
    s->c.p = at + 1;
    return true;
}

/* Takes a line without its end. */
static inline enum sdp_fault take_line(struct parse *s, struct slice *line)
{
    s->place.map = s->map;
    if (take_usual(s, line))
        return SDP_FAULT_none;
    s->place.map = NULL;
    *line = cursor_take_until(&s->c, '\n');
    if (!cursor_take(&s->c, '\n'))
        return SDP_FAULT_line_ending;
    if (line->n && line->p[line->n - 1] == '\r')
        line->n--;
    if (slice_find(*line, '\r') < line->n)
        return SDP_FAULT_line_ending;
    if (slice_find(*line, '\0') < line->n)
        return SDP_FAULT_control_char;
    return SDP_FAULT_none;
}

/* One line, before which there are so many. */
static inline enum sdp_fault read_line(struct parse *s, unsigned lines)
{
    const struct place *place = s->many;
    struct slice line;
    enum sdp_fault fault;

    if (lines == SDP_LINES_MAX)
        return SDP_FAULT_too_many_lines;
    fault = take_line(s, &line);
    if (fault != SDP_FAULT_none)
        return fault;
    if (!line.n && !cursor_left(&s->c) && lines)
        return SDP_FAULT_none; /* what separated it from something */
    if (line.n < 2 || line.p[1] != '=')
        return SDP_FAULT_line_type;
    if (line.p[0] != place->type)
        place = find_place(s, line.p[0], &fault);
    if (!place)
        return fault;
    return place->read(s, slice_of(line.p + 2, line.n - 2));
}

/* Lines as one that was a= before them: how many, or none and a fault. */
static inline enum sdp_fault read_attrs(struct parse *s, unsigned *lines)
{
    unsigned max = SDP_ATTR_MAX - s->attrs;
    struct sdp_lines at = {s->c.p, s->unusual, SDP_LINES_MAX - *lines};
    enum sdp_fault fault;

    if (at.left > max)
        at.left = max;
    max = at.left;
    fault = sdp_line_attrs(&s->place, &at);
    s->attrs += max - at.left;
    *lines += max - at.left;
    s->c.p = at.p;
    s->unusual = at.unusual;
    return fault;
}

/* The session's word where a medium has none of its own. */
static void inherit(struct sdp_media *m, const struct sdp *sdp)
{
    const struct sdp_common *from = &sdp->common;

    if (!m->conn.given)
        m->conn = sdp->conn;
    if (!m->common.has_dir)
        m->common.dir = from->dir;
    if (m->common.setup == SDP_SETUP_NONE)
        m->common.setup = from->setup;
    if (!m->common.fingerprint.hash.n)
        m->common.fingerprint = from->fingerprint;
}

static int finish(struct parse *s)
{
    if (!s->m && s->at <= SESSION_T)
        return fail(s, SDP_FAULT_missing_line, s->c.p);
    for (struct sdp_media *m = s->sdp->media; m; m = m->next)
        inherit(m, s->sdp);
    return 0;
}

int sdp_parse(struct sdp *sdp, struct arena *arena, struct slice bytes,
              struct sdp_parse_err *err)
{
    const char *from = bytes.n ? bytes.p : "";
    struct parse s = {.sdp = sdp,
                      .err = err,
                      .place = {.arena = arena,
                                .levels = SDP_AT_SESSION,
                                .common = &sdp->common,
                                .tail = &sdp->common.attr},
                      .tail = &sdp->media,
                      .c = {from, from + bytes.n, from}};
    struct sip_map map;

    *err = (struct sdp_parse_err){0};
    arena_clear(sdp, sizeof(*sdp));
    sdp->bytes = slice_of(from, bytes.n);
    sdp->common.dir = SDP_SENDRECV;
    if (bytes.n > SDP_MAX)
        return fail(&s, SDP_FAULT_too_big, from), E_TOOBIG;
    sip_map_make_plain(&map, from, s.c.end);
    s.map = &map;
    s.unusual = map.unusual;
    s.many = &no_place;
    for (unsigned lines = 0; cursor_left(&s.c);) {
        const char *line = s.c.p;
        enum sdp_fault fault = read_line(&s, lines++);

        if (fault == SDP_FAULT_none && s.many->type == 'a' && s.place.map) {
            fault = read_attrs(&s, &lines);
            line = s.c.p;
        }
        if (fault != SDP_FAULT_none)
            return fail(&s, fault, line);
    }
    return finish(&s);
}
