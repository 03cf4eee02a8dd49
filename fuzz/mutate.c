/* SPDX-License-Identifier: Apache-2.0 */
/* Changes a SIP message in its header fields so that it stays valid. */
#include "fuzz/mutate.h"

#include <string.h>

#include "sip/base/cursor.h"
#include "sip/base/out.h"
#include "sip/hdr.h"

enum { LINES = 96, HEAD = 32768, OPS_MAX = 4 };

/* A header field, with the lines that continue it but no CRLF at its end. */
struct line {
    struct slice name; /* without white space before the colon */
    struct slice value;
    enum sip_hdr_id id;
    bool fold; /* write it in two lines */
};

struct draft {
    struct slice start; /* line */
    struct line line[LINES];
    unsigned lines;
    struct slice body;
    uint32_t seed;
    struct out text; /* of values that were made anew */
};

static unsigned draw(struct draft *d, unsigned below)
{
    d->seed = d->seed * 1664525u + 1013904223u;
    return (d->seed >> 8) % below;
}

static struct line *any(struct draft *d)
{
    return &d->line[draw(d, d->lines)];
}

/* ------------------------------------------------------------- reading */

/* Without the white space and the folds around it. */
static struct slice bare(struct slice s)
{
    while (s.n && strchr(" \t\r\n", s.p[0]) && s.p[0])
        s = slice_skip(s, 1);
    while (s.n && strchr(" \t\r\n", s.p[s.n - 1]) && s.p[s.n - 1])
        s.n--;
    return s;
}

/* The field that starts at *at; false at the empty line and if it is none. */
static bool read_line(struct slice head, size_t *at, struct line *l)
{
    struct slice rest = slice_skip(head, *at);
    size_t n = 0;
    size_t colon;
    struct slice name;

    for (;; n += 2) {
        n += slice_find(slice_skip(rest, n), '\r');
        if (n + 2 > rest.n || rest.p[n + 1] != '\n')
            return false;
        if (n + 2 == rest.n || (rest.p[n + 2] != ' ' && rest.p[n + 2] != '\t'))
            break;
    }
    colon = slice_find(slice_of(rest.p, n), ':');
    if (!n || colon == n)
        return false;
    name = bare(slice_of(rest.p, colon));
    *l = (struct line){name, bare(slice_of(rest.p + colon + 1, n - colon - 1)),
                       sip_hdr_find(name), false};
    *at += n + 2;
    return name.n > 0;
}

/* Past the CRLF CRLF that ends a head, or 0. */
static size_t head_end(struct slice text)
{
    for (size_t i = 0; i + 4 <= text.n; i++)
        if (memcmp(text.p + i, "\r\n\r\n", 4) == 0)
            return i + 4;
    return 0;
}

/* Reads the message at the start of text; 0, or how long it is. */
static size_t read_message(struct draft *d, struct slice text)
{
    size_t end = head_end(text);
    size_t at;
    size_t body;

    d->lines = 0;
    if (!end || end > HEAD)
        return 0;
    at = slice_find(text, '\r') + 2;
    if (at > end || text.p[at - 1] != '\n')
        return 0;
    d->start = slice_of(text.p, at - 2);
    body = text.n - end;
    while (at + 2 < end) {
        struct line *l = &d->line[d->lines];
        uint32_t length;

        if (d->lines == LINES || !read_line(slice_of(text.p, end), &at, l))
            return 0;
        if (l->id == SIP_HDR_CONTENT_LENGTH &&
            !slice_u32(&length, l->value, (uint32_t)body))
            body = length;
        d->lines++;
    }
    d->body = slice_of(text.p + end, body);
    return d->lines ? end + body : 0;
}

/* ------------------------------------------------------------- changing */

static void swap(struct draft *d)
{
    struct line *a = any(d);
    struct line *b = any(d);
    struct line was = *a;

    *a = *b;
    *b = was;
}

/* Once more, somewhere. */
static void repeat(struct draft *d)
{
    struct line was = *any(d);
    unsigned to = draw(d, d->lines);

    if (d->lines == LINES || !sip_hdr_many(was.id))
        return;
    memmove(&d->line[to + 1], &d->line[to],
            (d->lines - to) * sizeof(d->line[0]));
    d->line[to] = was;
    d->lines++;
}

/* What some method or another cannot be without. */
static bool mandatory(enum sip_hdr_id id)
{
    static const enum sip_hdr_id ids[] = {
        SIP_HDR_VIA,     SIP_HDR_FROM,         SIP_HDR_TO,
        SIP_HDR_CALL_ID, SIP_HDR_CSEQ,         SIP_HDR_MAX_FORWARDS,
        SIP_HDR_CONTACT, SIP_HDR_EVENT,        SIP_HDR_SUBSCRIPTION_STATE,
        SIP_HDR_RACK,    SIP_HDR_CONTENT_TYPE, SIP_HDR_CONTENT_LENGTH,
        SIP_HDR_REFER_TO};

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        if (ids[i] == id)
            return true;
    return false;
}

static void drop(struct draft *d)
{
    struct line *l = any(d);

    if (mandatory(l->id) || d->lines == 1)
        return;
    d->lines--;
    memmove(l, l + 1, (size_t)(&d->line[d->lines] - l) * sizeof(*l));
}

/* The other name: compact, long, or in capitals the other way. */
static void rename_one(struct draft *d)
{
    static const struct {
        enum sip_hdr_id id;
        struct slice compact;
    } forms[] = {
        {SIP_HDR_VIA, S_INIT("v")},
        {SIP_HDR_FROM, S_INIT("f")},
        {SIP_HDR_TO, S_INIT("t")},
        {SIP_HDR_CALL_ID, S_INIT("i")},
        {SIP_HDR_CONTACT, S_INIT("m")},
        {SIP_HDR_CONTENT_LENGTH, S_INIT("l")},
        {SIP_HDR_CONTENT_TYPE, S_INIT("c")},
        {SIP_HDR_SUPPORTED, S_INIT("k")},
        {SIP_HDR_EVENT, S_INIT("o")},
        {SIP_HDR_REFER_TO, S_INIT("R")},
        {SIP_HDR_REFERRED_BY, S_INIT("b")},
        {SIP_HDR_SUBJECT, S_INIT("S")},
        {SIP_HDR_SESSION_EXPIRES, S_INIT("x")},
    };
    struct line *l = any(d);
    bool longer = l->name.n == 1;

    if (l->id == SIP_HDR_OTHER)
        return;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]) && !longer; i++)
        if (forms[i].id == l->id) {
            l->name = forms[i].compact;
            return;
        }
    l->name = sip_hdr_name(l->id);
}

/* Fields of one grammar, whose values can stand for each other. */
static int grammar(enum sip_hdr_id id)
{
    static const enum sip_hdr_id same[][5] = {
        {SIP_HDR_ROUTE, SIP_HDR_RECORD_ROUTE, SIP_HDR_PATH,
         SIP_HDR_SERVICE_ROUTE},
        {SIP_HDR_FROM, SIP_HDR_TO},
        {SIP_HDR_REFER_TO, SIP_HDR_REFERRED_BY, SIP_HDR_REPLY_TO},
        {SIP_HDR_REQUIRE, SIP_HDR_PROXY_REQUIRE, SIP_HDR_SUPPORTED,
         SIP_HDR_UNSUPPORTED},
        {SIP_HDR_EXPIRES, SIP_HDR_MIN_EXPIRES, SIP_HDR_FLOW_TIMER},
        {SIP_HDR_USER_AGENT, SIP_HDR_SERVER},
        {SIP_HDR_SUBJECT, SIP_HDR_ORGANIZATION, SIP_HDR_ALERT_INFO,
         SIP_HDR_CALL_INFO},
        {SIP_HDR_VIA},
        {SIP_HDR_CONTACT},
    };

    for (size_t i = 0; id && i < sizeof(same) / sizeof(same[0]); i++)
        for (size_t k = 0; k < 5; k++)
            if (same[i][k] == id)
                return (int)i;
    return -1;
}

static void exchange(struct draft *d)
{
    struct line *a = any(d);
    int kind = grammar(a->id);

    for (unsigned i = 0, at = draw(d, d->lines); i < d->lines; i++) {
        struct line *b = &d->line[(at + i) % d->lines];
        struct slice was = a->value;

        if (b == a || kind < 0 || grammar(b->id) != kind)
            continue;
        if (!was.n || !b->value.n) /* only some of them may be empty */
            return;
        a->value = b->value;
        b->value = was;
        return;
    }
}

/* Two fields of a name as one; never those whose commas mean something
 * else (RFC 3261 7.3.1), nor "*". */
static void join(struct draft *d)
{
    struct line *a = any(d);
    struct line *b;
    size_t from = d->text.n;

    if (grammar(a->id) != 0 && a->id != SIP_HDR_VIA &&
        grammar(a->id) != grammar(SIP_HDR_REQUIRE))
        return;
    for (b = a + 1; b < d->line + d->lines; b++)
        if (b->id == a->id && a->value.n && b->value.n)
            break;
    if (b == d->line + d->lines)
        return;
    out_put(&d->text, a->value);
    out_lit(&d->text, " , ");
    out_put(&d->text, b->value);
    if (d->text.err)
        return;
    a->value = slice_of(d->text.p + from, d->text.n - from);
    d->lines--;
    memmove(b, b + 1, (size_t)(&d->line[d->lines] - b) * sizeof(*b));
}

/* The folds of a value become spaces. */
static void unfold(struct draft *d)
{
    struct line *l = any(d);
    size_t from = d->text.n;

    for (size_t i = 0; i < l->value.n; i++)
        if (l->value.p[i] != '\r' && l->value.p[i] != '\n')
            out_char(&d->text, l->value.p[i]);
    if (!d->text.err)
        l->value = slice_of(d->text.p + from, d->text.n - from);
}

static void change(struct draft *d)
{
    static void (*const ops[])(struct draft *) = {
        swap, repeat, drop, rename_one, exchange, join, unfold};
    unsigned pick = draw(d, sizeof(ops) / sizeof(ops[0]) + 1);

    if (pick < sizeof(ops) / sizeof(ops[0]))
        ops[pick](d);
    else
        any(d)->fold = true;
}

/* -------------------------------------------------------------- writing */

static void write_message(struct draft *d, struct out *o)
{
    out_put(o, d->start);
    for (unsigned i = 0; i < d->lines; i++) {
        const struct line *l = &d->line[i];

        out_lit(o, "\r\n");
        out_put(o, l->name);
        out_put(o, l->fold && l->value.n ? S(":\r\n\t") : S(": "));
        if (l->id == SIP_HDR_CONTENT_LENGTH)
            out_u64(o, d->body.n);
        else
            out_put(o, l->value);
    }
    out_lit(o, "\r\n\r\n");
    out_put(o, d->body);
}

size_t mutate_sip(char *text, size_t n, size_t cap, uint32_t seed)
{
    static char made[HEAD];
    static char whole[1 << 17];
    static struct draft d;
    struct out o = out_of(whole, cap < sizeof(whole) ? cap : sizeof(whole));
    struct slice rest = slice_of(text, n);
    size_t took;

    d.seed = seed;
    d.text = out_of(made, sizeof(made));
    took = read_message(&d, rest);
    while (took && took < rest.n && draw(&d, 2)) { /* the next one */
        struct slice after = slice_skip(rest, took);

        if (!read_message(&d, after))
            break;
        rest = after;
        took = read_message(&d, rest);
    }
    took = read_message(&d, rest);
    if (!took)
        return 0;
    for (unsigned i = draw(&d, OPS_MAX) + 1; i; i--)
        change(&d);
    out_put(&o, slice_of(text, (size_t)(rest.p - text)));
    write_message(&d, &o);
    out_put(&o, slice_skip(rest, took));
    if (o.err)
        return 0;
    memcpy(text, o.p, o.n);
    return o.n;
}
