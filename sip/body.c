/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of several parts: delimiters, header fields of parts, choice. */
#include "sip/body.h"

#include <string.h>

#include "sip/param.h"
#include "sip/read.h"

enum { BOUNDARY_MAX = 70, FIELD_MAX = 512 };

/* What is looked for, and how much was looked at. */
struct search {
    struct slice type;
    struct slice subtype;
    unsigned parts;
    unsigned depth;
};

/* A body or a part of one. Type and params may be in text. */
struct part {
    struct slice body;
    struct sip_media_type type;
    bool optional; /* handling=optional */
    bool encoded;  /* in a way that has to be undone first */
    char text[FIELD_MAX];
    size_t text_n;
};

static int find_in(struct slice *text, const struct part *p, struct search *s);

/* handling-param (RFC 3261 20.11) */
static bool is_optional(struct slice disposition)
{
    size_t n = slice_find(disposition, ';');
    struct slice value;

    return sip_param_get(slice_skip(disposition, n), S("handling"), &value) &&
           slice_ieq(value, S("optional"));
}

/* ------------------------------------------------------- header fields */

/* The value in the part's own memory, its lines in one. */
static int keep(struct part *p, struct slice *value)
{
    struct slice rest = *value;
    size_t from = p->text_n;

    while (rest.n) {
        struct slice line = slice_of(rest.p, slice_find(rest, '\r'));

        rest = slice_skip(rest, line.n + 2);
        line = slice_trim(line);
        if (line.n + 1 > sizeof(p->text) - p->text_n)
            return E_TOOBIG;
        if (p->text_n > from)
            p->text[p->text_n++] = ' ';
        if (line.n)
            memcpy(p->text + p->text_n, line.p, line.n);
        p->text_n += line.n;
    }
    *value = slice_of(p->text + from, p->text_n - from);
    return 0;
}

static int read_type(struct part *p, struct slice value)
{
    struct sip_msg msg = {0};
    struct sip_hdr hdr = {.id = SIP_HDR_CONTENT_TYPE, .value = value};
    struct sip_reader r = {.msg = &msg, .hdr = &hdr};

    if (sip_read_value(&r))
        return E_SYNTAX;
    p->type = msg.content_type;
    return 0;
}

/* What stands as it is (RFC 2045 6.2), or nothing. */
static bool is_identity(struct slice coding)
{
    return slice_ieq(coding, S("7bit")) || slice_ieq(coding, S("8bit")) ||
           slice_ieq(coding, S("binary")) || slice_ieq(coding, S("identity"));
}

static int read_field(struct part *p, struct slice name, struct slice value)
{
    enum sip_hdr_id id = sip_hdr_find(name);
    int err;

    if (slice_ieq(name, S("Content-Transfer-Encoding")))
        id = SIP_HDR_CONTENT_ENCODING;
    if (id != SIP_HDR_CONTENT_TYPE && id != SIP_HDR_CONTENT_DISPOSITION &&
        id != SIP_HDR_CONTENT_ENCODING)
        return 0;
    err = keep(p, &value);
    if (err)
        return err;
    if (id == SIP_HDR_CONTENT_TYPE)
        return read_type(p, value);
    if (id == SIP_HDR_CONTENT_ENCODING)
        p->encoded |= !is_identity(value);
    else if (sip_read_check(id, value))
        return E_SYNTAX;
    else
        p->optional = is_optional(value);
    return 0;
}

/* Where the line at the start of s ends, its CR; s.n: nowhere. */
static size_t line_end(struct slice s)
{
    size_t n = 0;

    for (;; n++) {
        n += slice_find(slice_skip(s, n), '\r');
        if (n + 1 >= s.n)
            return s.n;
        if (s.p[n + 1] == '\n')
            return n;
    }
}

/* The same with the lines that continue it. */
static size_t field_end(struct slice s)
{
    size_t n = line_end(s);

    while (n + 2 < s.n && (s.p[n + 2] == ' ' || s.p[n + 2] == '\t'))
        n += 2 + line_end(slice_skip(s, n + 2));
    return n;
}

/* header fields [CR LF body] (RFC 2046 5.1.1: body-part) */
static int read_part(struct part *p, struct slice all)
{
    *p = (struct part){.type = {S("text"), S("plain"), {0}}}; /* 2046 5.1 */
    for (;;) {
        struct slice line = slice_of(all.p, field_end(all));
        size_t colon = slice_find(line, ':');
        struct slice name = slice_trim(slice_of(line.p, colon));
        int err;

        all = slice_skip(all, line.n + 2);
        if (!line.n)
            break;
        if (colon == line.n || !sip_token_ok(name))
            return E_SYNTAX;
        err = read_field(p, name, slice_skip(line, colon + 1));
        if (err)
            return err;
    }
    p->body = all;
    return 0;
}

/* ---------------------------------------------------------- multiparts */

static int boundary_of(struct slice *boundary, const struct part *p)
{
    struct slice raw;

    if (!sip_param_get(p->type.params, S("boundary"), &raw))
        return E_SYNTAX;
    if (raw.n >= 2 && raw.p[0] == '"')
        raw = slice_of(raw.p + 1, raw.n - 2);
    if (!raw.n || raw.n > BOUNDARY_MAX || slice_find(raw, '\\') < raw.n)
        return E_SYNTAX;
    *boundary = raw;
    return 0;
}

/*
 * Takes up to the next line of "--" boundary ["--"]; *part is what stands
 * before it, without the CR LF that belongs to the delimiter. False: there
 * is none.
 */
static bool take_part(struct slice *rest, struct slice boundary,
                      struct slice *part, bool *last)
{
    struct slice all = *rest;
    size_t at = 0;

    while (at < all.n) {
        struct slice line = slice_skip(all, at);
        size_t n = line_end(line);
        struct slice tail;

        line.n = n;
        at += n + 2;
        if (!slice_starts(line, S("--")) ||
            !slice_starts(slice_skip(line, 2), boundary))
            continue;
        tail = slice_skip(line, 2 + boundary.n);
        *last = slice_starts(tail, S("--"));
        if (slice_trim(slice_skip(tail, *last ? 2 : 0)).n)
            continue; /* a longer boundary's */
        *part = slice_of(all.p, (size_t)(line.p - all.p));
        part->n -= part->n >= 2 ? 2 : 0;
        *rest = slice_skip(all, at);
        return true;
    }
    return false;
}

/* What one part says to the search: of alternatives each one may be
 * ignored, and the last that is understood counts. */
static int judge_part(struct slice *text, struct search *s, struct slice all,
                      bool alternative)
{
    struct part p;
    struct slice found;
    int err = read_part(&p, all);

    if (++s->parts > SIP_BODY_PARTS_MAX)
        return E_TOOBIG;
    if (!err)
        err = find_in(&found, &p, s);
    if (!err && (alternative || !text->p))
        *text = found;
    if (err == E_NOTFOUND || (err == E_UNSUPPORTED && alternative))
        err = 0;
    return err;
}

static int find_in_parts(struct slice *text, const struct part *p,
                         struct search *s)
{
    bool alternative = slice_ieq(p->type.subtype, S("alternative"));
    struct slice rest = p->body;
    struct slice boundary;
    struct slice part;
    bool last = false;
    int err = boundary_of(&boundary, p);

    *text = (struct slice){0};
    if (!err && ++s->depth > SIP_BODY_DEPTH_MAX)
        err = E_TOOBIG;
    /* What stands before the first delimiter says nothing. */
    if (!err && !take_part(&rest, boundary, &part, &last))
        err = E_SYNTAX;
    while (!err && !last) {
        if (!take_part(&rest, boundary, &part, &last))
            return E_SYNTAX;
        err = judge_part(text, s, part, alternative);
    }
    s->depth--;
    if (err)
        return err;
    if (text->p)
        return 0;
    return alternative && !p->optional ? E_UNSUPPORTED : E_NOTFOUND;
}

static int find_in(struct slice *text, const struct part *p, struct search *s)
{
    int err = E_UNSUPPORTED;

    if (slice_ieq(p->type.type, S("multipart")) && !p->encoded)
        err = find_in_parts(text, p, s);
    else if (slice_ieq(p->type.type, s->type) &&
             slice_ieq(p->type.subtype, s->subtype) && !p->encoded) {
        *text = p->body;
        return 0;
    }
    return err == E_UNSUPPORTED && p->optional ? E_NOTFOUND : err;
}

int sip_body_find(struct slice *text, const struct sip_msg *msg,
                  struct slice type, struct slice subtype)
{
    const struct sip_hdr *h =
        sip_msg_hdr(msg, SIP_HDR_CONTENT_DISPOSITION, NULL);
    struct search s = {.type = type, .subtype = subtype};
    struct part p = {.body = msg->body,
                     .type = msg->content_type,
                     .optional = h && is_optional(h->value)};

    *text = (struct slice){0};
    if (!msg->body.n)
        return E_NOTFOUND;
    for (const struct sip_token *t = msg->content_encoding; t; t = t->next)
        p.encoded |= !is_identity(t->text);
    return find_in(text, &p, &s);
}
