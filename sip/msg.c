/* SPDX-License-Identifier: Apache-2.0 */
/* The one pass over a message: start line, header fields, body. */
#include "sip/msg.h"

#include <string.h>

#include "sip/base/err.h"
#include "sip/line.h"
#include "sip/map.h"
#include "sip/read.h"
#include "sip/startline.h"

enum { HDR_FIRST_CAP = 24 };

/* What is known while the message is read. */
struct parse {
    struct sip_reader r;
    struct sip_parse_err *err;
    const char *p;        /* start of the next line */
    const char *end;      /* of the bytes */
    const char *head_end; /* where the header section must have ended */
    unsigned cap;         /* of msg->hdr */
    const struct sip_map *map;
    const uint16_t *unusual; /* of the map: the next that may be a CR */
    bool ordered;            /* one header field after the other */
};

static size_t offset_of(const struct parse *s, const char *p)
{
    return (size_t)(p - s->r.msg->bytes.p);
}

static int fail(struct parse *s, enum sip_fault code, const char *at)
{
    *s->err = (struct sip_parse_err){.code = code, .offset = offset_of(s, at)};
    return code == SIP_FAULT_no_memory ? E_NOMEM : E_SYNTAX;
}

static int fail_hdr(struct parse *s, enum sip_fault code,
                    const struct sip_hdr *h)
{
    *s->err = (struct sip_parse_err){code, h->id, h->offset};
    return E_SYNTAX;
}

/* A line that does not end may only have met the limit. */
static int fail_line(struct parse *s, enum sip_fault code, const char *at)
{
    if (code == SIP_FAULT_head_end && s->head_end < s->end)
        code = SIP_FAULT_head_too_big;
    return fail(s, code, at);
}

static int grow(struct parse *s)
{
    struct sip_msg *msg = s->r.msg;
    unsigned cap = s->cap ? s->cap * 2 : HDR_FIRST_CAP;
    struct sip_hdr *hdr;

    if (cap > SIP_MSG_HDR_MAX)
        cap = SIP_MSG_HDR_MAX;
    hdr = arena_alloc(s->r.arena, cap * sizeof(*hdr));
    if (!hdr)
        return E_NOMEM;
    if (msg->nhdr)
        memcpy(hdr, msg->hdr, msg->nhdr * sizeof(*hdr));
    msg->hdr = hdr;
    s->cap = cap;
    return 0;
}

static bool at_fold(const struct parse *s, const char *p)
{
    return p < s->head_end && (*p == ' ' || *p == '\t');
}

/*
 * The value from value to cr goes on in the lines after it: copies all of
 * it, each CR LF with the white space around it as one SP (RFC 3261 7.3.1).
 * *cr becomes the CR of the last line.
 */
static int unfold(struct parse *s, struct slice *value, const char **cr,
                  unsigned *flags)
{
    enum sip_fault fault;
    const char *last = *cr;
    struct slice rest;
    char *to;
    size_t n = 0;

    while (at_fold(s, last + 2)) {
        const char *line = last + 2;

        last = sip_line_end(line, s->head_end, flags, &fault);
        if (!last)
            return fail_line(s, fault, s->p);
        if (slice_trim(slice_between(line, last)).n == 0)
            return fail(s, SIP_FAULT_header_line, s->p);
    }
    to = arena_alloc(s->r.arena, (size_t)(last - value->p) + 1);
    if (!to)
        return fail(s, SIP_FAULT_no_memory, value->p);
    rest = slice_between(value->p, last);
    while (rest.n) {
        struct slice part = slice_of(rest.p, slice_find(rest, '\r'));

        rest = slice_skip(rest, part.n + 2);
        part = slice_trim(part);
        if (n && part.n)
            to[n++] = ' ';
        if (part.n)
            memcpy(to + n, part.p, part.n);
        n += part.n;
    }
    *value = slice_of(to, n);
    *cr = last;
    return 0;
}

/* The map where it has all of a line and what is behind (sip/quick.h). */
static const struct sip_map *map_to(const struct parse *s, const char *end)
{
    size_t n = (size_t)(end - s->map->from) + SIP_MAP_BEHIND;

    return n <= s->map->n ? s->map : NULL;
}

/* True the first time that this header field is met. */
static bool first_time(struct sip_reader *r, enum sip_hdr_id id)
{
    uint64_t bit = UINT64_C(1) << (id % 64);
    bool first = !(r->seen[id / 64] & bit);

    r->seen[id / 64] |= bit;
    return first;
}

/* What the reader's error says of the message. */
static int fail_value(struct parse *s, const struct sip_hdr *h, int err)
{
    if (err == E_NOMEM) {
        fail_hdr(s, SIP_FAULT_no_memory, h);
        return E_NOMEM;
    }
    if (err == E_TOOBIG)
        return fail_hdr(s, SIP_FAULT_too_many_headers, h);
    return fail_hdr(s, SIP_FAULT_header_value, h);
}

/* Splits the line [from, cr) at its HCOLON. */
static inline int split(struct parse *s, struct sip_hdr *h, const char *cr)
{
    struct sip_text c = {s->p, cr, map_to(s, cr)};

    if (!sip_scan_token(&c, &h->name) || !sip_scan_sep(&c, ':'))
        return fail(s, SIP_FAULT_header_line, s->p);
    h->value = sip_rest(&c);
    h->id = sip_hdr_find(h->name);
    h->offset = (uint32_t)offset_of(s, s->p);
    return 0;
}

/* One header field: the line at s->p and those that continue it. */
static int read_header(struct parse *s, const char *cr, unsigned flags)
{
    struct sip_reader *r = &s->r;
    const char *line = cr;
    struct sip_hdr *h;
    int err;

    if (r->msg->nhdr == SIP_MSG_HDR_MAX)
        return fail(s, SIP_FAULT_too_many_headers, s->p);
    if (r->msg->nhdr == s->cap && grow(s))
        return fail(s, SIP_FAULT_no_memory, s->p);
    h = &r->msg->hdr[r->msg->nhdr];
    err = split(s, h, cr);
    if (!err && at_fold(s, cr + 2))
        err = unfold(s, &h->value, &cr, &flags);
    if (err)
        return err;
    h->value = sip_scan_rtrim(h->value);
    r->msg->nhdr++;
    s->p = cr + 2;
    if (!first_time(r, h->id) && !sip_hdr_many(h->id))
        return fail_hdr(s, SIP_FAULT_duplicate_header, h);
    r->hdr = h;
    r->plain = flags == 0;
    r->map = h->value.p + h->value.n == line ? map_to(s, line) : NULL;
    err = sip_read_value(r);
    return err ? fail_value(s, h, err) : 0;
}

/* Is the line whose name ends at colon and whose value at cr as usual? What
 * is behind it may be a line that goes on with it. */
static inline bool usual_line(const char *colon, const char *cr)
{
    return memcmp(colon, ": ", 2) == 0 && (unsigned char)colon[2] > ' ' &&
           memcmp(cr, "\r\n", 2) == 0 && cr[-1] != ' ';
}

/* The first unusual byte that is not before p. */
static inline const char *next_unusual(struct parse *s, const char *p)
{
    const char *from = s->map->from;

    while (from + *s->unusual < p && *s->unusual < s->map->n)
        s->unusual++;
    return from + *s->unusual;
}

/*
 * Header fields that were found and are to be read: of each name the first,
 * by id, and then what is left in the order of the message. A message has
 * them in any order, but nearly the same ones: so read by id the readers come
 * one after the other as the last time, as far as the processor can tell.
 */
struct found {
    uint64_t ids;           /* of which there is a first: sip_hdr_row.bit */
    struct sip_hdr **end;   /* of the rest */
    struct sip_hdr *at[64]; /* by id */
    struct sip_hdr *rest[SIP_MSG_HDR_MAX];
};

/* Of names that are compact, or longer than what is compared of them; NULL:
 * there is no name. */
static const struct sip_hdr_row *find_row(const char *end, size_t n)
{
    struct slice name = slice_of(end - n, n);
    const struct sip_hdr_row *row;

    if (!n)
        return NULL;
    if (n == 1)
        return &sip_hdr_table.row[sip_hdr_find(name)];
    row = sip_hdr_find_line(end, n);
    if (!sip_token_ieq(name, sip_hdr_name(row->id)))
        row = &sip_hdr_table.row[SIP_HDR_OTHER];
    return row;
}

/* The one that was found last goes on in the next line: it is not usual. */
static void unfind(struct parse *s, struct found *f, const struct sip_hdr *h)
{
    uint64_t bit = sip_hdr_table.row[h->id].bit;

    if (f->ids & bit && f->at[h->id] == h)
        f->ids &= ~bit;
    else
        f->end--;
    s->unusual--;
    s->p = s->map->from + h->offset;
    s->r.msg->nhdr--;
}

/* Finds the usual header fields from s->p on: "Name: value" CR LF, one line,
 * mapped, nothing in it that asks for a second look. */
static void find_usual(struct parse *s, struct found *f)
{
    const struct sip_map *map = s->map;
    const char *const from = map->from;
    const size_t last = map->n < SIP_MAP_BEHIND ? 0 : map->n - SIP_MAP_BEHIND;
    struct sip_hdr *const hdr = s->r.msg->hdr;
    struct sip_hdr *const full = hdr + s->cap;
    struct sip_hdr *const first = hdr + s->r.msg->nhdr;
    struct sip_hdr *h = first;
    const uint16_t *unusual = s->unusual;
    struct sip_hdr **rest = f->rest;
    size_t at = (size_t)(s->p - from);
    uint64_t ids = 1;

    for (; h < full; h++) {
        size_t end = *unusual;
        const char *name = from + at;
        const char *colon = sip_hop_at(map, name, at);
        size_t n = (size_t)(colon - name);
        const struct sip_hdr_row *row;

        if (end > last || !usual_line(colon, from + end))
            break;
        row = n - 2 <= 2 * SIP_NAME_ROOM - 2 ? sip_hdr_find_line(colon, n)
                                             : find_row(colon, n);
        if (!row)
            break;
        h->name = slice_of(name, n);
        h->value = slice_between(colon + 2, from + end);
        h->offset = (uint32_t)at;
        h->id = row->id;
        if (ids & row->bit)
            *rest++ = h;
        else
            f->at[row->id] = h;
        ids |= row->bit;
        unusual++;
        at = end + 2;
    }
    s->r.msg->nhdr = (unsigned)(h - hdr);
    s->unusual = unusual;
    s->p = from + at;
    f->ids = ids & ~UINT64_C(1);
    f->end = rest;
    if (h > first && at_fold(s, s->p))
        unfind(s, f, h - 1);
}

/* Something is wrong, but what is wrong first is not known. */
enum { WRONG = 1 };

static inline int read_found(struct sip_reader *r, const struct sip_hdr *h,
                             enum sip_hdr_id id)
{
    sip_quick_fn *quick = sip_quick_of[id];

    r->hdr = h;
    if (quick && quick(r, h->value.p))
        return 0;
    return sip_read_value(r);
}

/* Those that were found: of each id the first, and then the rest. */
static int read_all_found(struct sip_reader *r, const struct found *f)
{
    for (uint64_t ids = f->ids; ids; ids &= ids - 1) {
        enum sip_hdr_id id = (enum sip_hdr_id)__builtin_ctzll(ids);
        int err = read_found(r, f->at[id], id);

        if (err)
            return err;
    }
    for (struct sip_hdr *const *h = f->rest; h < f->end; h++) {
        int err = first_time(r, (*h)->id) || sip_hdr_many((*h)->id)
                      ? read_found(r, *h, (*h)->id)
                      : WRONG;

        if (err)
            return err;
    }
    return 0;
}

/*
 * The usual header fields. E_NOTFOUND: the line at s->p is not one. Or WRONG,
 * or E_NOMEM.
 */
static int read_usual(struct parse *s)
{
    struct sip_reader *r = &s->r;
    struct found f;
    int err;

    if (s->ordered)
        return E_NOTFOUND;
    next_unusual(s, s->p);
    find_usual(s, &f);
    err = r->seen[0] & f.ids & sip_hdr_table.once ? WRONG : 0;
    r->seen[0] |= f.ids;
    r->plain = true;
    r->map = s->map;
    if (!err)
        err = read_all_found(r, &f);
    if (err)
        return err == E_NOMEM ? fail_value(s, r->hdr, err) : WRONG;
    if (s->map->from + s->map->n - s->p < 2 || memcmp(s->p, "\r\n", 2) != 0)
        return E_NOTFOUND;
    s->p += 2;
    return 0;
}

static int read_headers(struct parse *s)
{
    enum sip_fault fault;

    if (!s->cap && grow(s))
        return fail(s, SIP_FAULT_no_memory, s->p);
    for (;;) {
        unsigned flags = 0;
        const char *cr;
        int err = read_usual(s);

        if (err != E_NOTFOUND)
            return err;
        cr = sip_line_end(s->p, s->head_end, &flags, &fault);
        if (!cr)
            return fail_line(s, fault, s->p);
        if (cr == s->p) {
            s->p += 2;
            return 0;
        }
        err = read_header(s, cr, flags);
        if (err)
            return err;
    }
}

static int read_start(struct parse *s)
{
    enum sip_fault fault;
    unsigned flags = 0;
    const char *cr = next_unusual(s, s->p);
    struct sip_text c;

    if (s->map->from + s->map->n - cr < 2 || memcmp(cr, "\r\n", 2) != 0)
        cr = sip_line_end(s->p, s->head_end, &flags, &fault);
    if (!cr)
        return fail_line(s, fault, s->p);
    c = (struct sip_text){s->p, cr, map_to(s, cr)};
    fault = sip_startline_read(s->r.msg, &c);
    if (fault != SIP_FAULT_none)
        return fail(s, fault, c.p);
    s->p = cr + 2;
    return 0;
}

static bool has(const struct parse *s, enum sip_hdr_id id)
{
    return s->r.seen[id / 64] >> (id % 64) & 1;
}

/* What a message cannot do without: the first of them that is missing. */
static int need(struct parse *s, const enum sip_hdr_id *id, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!has(s, id[i])) {
            fail(s, SIP_FAULT_missing_header, s->p - 2);
            s->err->hdr = id[i];
            return E_SYNTAX;
        }
    return 0;
}

/* RFC 3261 8.1.1.8; RFC 6665 4.1.3, 8.2.1; RFC 3515 2.1; RFC 3262 7.2. */
static int check_method(struct parse *s)
{
    static const enum sip_hdr_id invite[] = {SIP_HDR_CONTACT};
    static const enum sip_hdr_id subscribe[] = {SIP_HDR_CONTACT,
                                                SIP_HDR_EVENT};
    static const enum sip_hdr_id notify[] = {SIP_HDR_CONTACT, SIP_HDR_EVENT,
                                             SIP_HDR_SUBSCRIPTION_STATE};
    static const enum sip_hdr_id refer[] = {SIP_HDR_CONTACT, SIP_HDR_REFER_TO};
    static const enum sip_hdr_id prack[] = {SIP_HDR_RACK};

    switch ((int)s->r.msg->method) {
    case SIP_INVITE:
        return need(s, invite, 1);
    case SIP_SUBSCRIBE:
        return need(s, subscribe, 2);
    case SIP_NOTIFY:
        return need(s, notify, 3);
    case SIP_REFER:
        return need(s, refer, 2);
    case SIP_PRACK:
        return need(s, prack, 1);
    default:
        return 0;
    }
}

/* RFC 3261 8.1.1, 8.2.6.2. Max-Forwards may be missing (16.3): RFC 2543 did
 * not ask for it. */
static int check_mandatory(struct parse *s)
{
    static const enum sip_hdr_id all[] = {
        SIP_HDR_VIA, SIP_HDR_FROM, SIP_HDR_TO, SIP_HDR_CALL_ID, SIP_HDR_CSEQ};
    const uint64_t first =
        UINT64_C(1) << SIP_HDR_VIA | UINT64_C(1) << SIP_HDR_FROM |
        UINT64_C(1) << SIP_HDR_TO | UINT64_C(1) << SIP_HDR_CALL_ID |
        UINT64_C(1) << SIP_HDR_CSEQ;
    int err = (s->r.seen[0] & first) == first ? 0 : need(s, all, 5);

    return err || !s->r.msg->request ? err : check_method(s);
}

static int check_cseq(struct parse *s)
{
    struct sip_msg *msg = s->r.msg;

    if (!msg->request) {
        msg->method = msg->cseq.method;
        msg->method_text = msg->cseq.text;
        return 0;
    }
    if (msg->method == msg->cseq.method &&
        (msg->method != SIP_OTHER ||
         slice_eq(msg->method_text, msg->cseq.text)))
        return 0;
    return fail_hdr(s, SIP_FAULT_cseq_method,
                    sip_msg_hdr(msg, SIP_HDR_CSEQ, NULL));
}

static int read_body(struct parse *s)
{
    struct sip_msg *msg = s->r.msg;
    size_t left = (size_t)(s->end - s->p);
    size_t n = msg->has & SIP_HAS_CONTENT_LENGTH ? msg->content_length : left;

    if (n > left)
        return fail_hdr(s, SIP_FAULT_body_short,
                        sip_msg_hdr(msg, SIP_HDR_CONTENT_LENGTH, NULL));
    msg->body = slice_of(s->p, n);
    if (n < left)
        return fail(s, SIP_FAULT_trailing, s->p + n);
    return 0;
}

static int read_all(struct parse *s)
{
    int ret = read_start(s);

    if (!ret)
        ret = read_headers(s);
    if (!ret)
        ret = check_mandatory(s);
    if (!ret)
        ret = check_cseq(s);
    return ret ? ret : read_body(s);
}

/* From the start once more, to find what is wrong first. */
static int read_again(struct parse *s)
{
    struct sip_msg *msg = s->r.msg;
    struct sip_hdr *hdr = msg->hdr;
    struct arena *arena = s->r.arena;
    struct slice bytes = msg->bytes;

    arena_clear(msg, sizeof(*msg));
    arena_clear(&s->r, sizeof(s->r));
    msg->hdr = hdr;
    msg->bytes = bytes;
    s->r.msg = msg;
    s->r.arena = arena;
    s->p = bytes.p;
    s->unusual = s->map->unusual;
    s->ordered = true;
    return read_all(s);
}

int sip_msg_parse(struct sip_msg *msg, struct arena *arena, struct slice bytes,
                  struct sip_parse_err *err)
{
    const char *from = bytes.n ? bytes.p : "";
    struct parse s;
    struct sip_map map;
    int ret;

    *err = (struct sip_parse_err){0};
    arena_clear(msg, sizeof(*msg));
    arena_clear(&s, sizeof(s));
    s.r.msg = msg;
    s.r.arena = arena;
    s.err = err;
    s.p = from;
    s.end = from + bytes.n;
    msg->bytes = slice_of(from, bytes.n);
    if (bytes.n > SIP_MSG_MAX)
        return fail(&s, SIP_FAULT_message_too_big, from), E_TOOBIG;
    s.head_end = bytes.n > SIP_HEAD_MAX ? from + SIP_HEAD_MAX : s.end;
    sip_map_make(&map, from, s.head_end);
    s.map = &map;
    s.unusual = map.unusual;
    ret = read_all(&s);
    return ret == WRONG ? read_again(&s) : ret;
}

const struct sip_hdr *sip_msg_hdr(const struct sip_msg *msg,
                                  enum sip_hdr_id id,
                                  const struct sip_hdr *after)
{
    size_t i = after ? (size_t)(after - msg->hdr) + 1 : 0;

    for (; i < msg->nhdr; i++)
        if (msg->hdr[i].id == id)
            return &msg->hdr[i];
    return NULL;
}

const struct sip_hdr *sip_msg_named(const struct sip_msg *msg,
                                    struct slice name)
{
    enum sip_hdr_id id = sip_hdr_find(name);

    if (id != SIP_HDR_OTHER)
        return sip_msg_hdr(msg, id, NULL);
    for (size_t i = 0; i < msg->nhdr; i++)
        if (slice_ieq(msg->hdr[i].name, name))
            return &msg->hdr[i];
    return NULL;
}

bool sip_token_in(const struct sip_token *list, struct slice token)
{
    for (; list; list = list->next)
        if (slice_ieq(list->text, token))
            return true;
    return false;
}
