/* SPDX-License-Identifier: Apache-2.0 */
/* Framing by Content-Length, resumed where the last chunk ended. */
#include "sip/stream.h"

#include <string.h>

#include "sip/base/err.h"
#include "sip/msg.h"

enum {
    TAIL_FIRST = 1024, /* bytes allocated for a first incomplete tail */
    TAIL_KEEP = 4096   /* a larger one is given back when it is empty */
};

void sip_stream_init(struct sip_stream *s, const struct env *env)
{
    *s = (struct sip_stream){.env = env};
}

void sip_stream_free(struct sip_stream *s)
{
    env_free(s->env, s->tail);
    *s = (struct sip_stream){.env = s->env, .err = E_CLOSED};
}

size_t sip_stream_held(const struct sip_stream *s)
{
    return s->giving ? 0 : s->tail_n;
}

int sip_stream_push(struct sip_stream *s, struct slice bytes)
{
    if (s->err)
        return s->err;
    if (s->in.n)
        return E_STATE;
    s->in = bytes;
    return 0;
}

static int fail(struct sip_stream *s, enum sip_fault code, size_t at)
{
    s->fault = (struct sip_parse_err){.code = code, .offset = at};
    s->err = sip_fault_status(code) == 513 ? E_TOOBIG : E_SYNTAX;
    return s->err;
}

static int fail_length(struct sip_stream *s, enum sip_fault code)
{
    int err = fail(s, code, s->length_at);

    s->fault.hdr = SIP_HDR_CONTENT_LENGTH;
    return err;
}

static bool is_lws(char ch)
{
    return ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n';
}

/* The Content-Length that ends before the line at s->line: its value may be
 * folded. Nothing is guessed (hazard A-26). */
static int take_length(struct sip_stream *s, struct slice b)
{
    struct slice v = slice_of(b.p + s->length_at, s->line - s->length_at);
    uint32_t length;
    int err;

    s->in_length = false;
    v = slice_skip(v, slice_find(v, ':') + 1);
    while (v.n && is_lws(v.p[0]))
        v = slice_skip(v, 1);
    while (v.n && is_lws(v.p[v.n - 1]))
        v.n--;
    if (s->has_length)
        return fail_length(s, SIP_FAULT_length_duplicate);
    if (v.n && v.p[0] == '-')
        return fail_length(s, SIP_FAULT_length_negative);
    err = slice_u32(&length, v, SIP_MSG_MAX);
    if (err)
        return fail_length(s, err == E_TOOBIG ? SIP_FAULT_length_too_big
                                              : SIP_FAULT_length_value);
    s->has_length = true;
    s->length = length;
    return 0;
}

static int end_head(struct sip_stream *s, size_t head)
{
    if (!s->has_length) {
        s->length_at = s->line;
        return fail_length(s, SIP_FAULT_length_missing);
    }
    if (s->length > SIP_MSG_MAX - head)
        return fail_length(s, SIP_FAULT_length_too_big);
    s->need = head + s->length;
    return 0;
}

/* The line [s->line, end) of b, CR LF included, is complete. */
static int note_line(struct sip_stream *s, struct slice b, size_t end)
{
    struct slice text = slice_of(b.p + s->line, end - s->line - 2);
    struct slice name;
    int err;

    if (text.n && (text.p[0] == ' ' || text.p[0] == '\t'))
        return 0;
    if (text.n == 0 && s->line == 0) {
        s->crlf = true;
        s->need = end;
        return 0;
    }
    err = s->in_length ? take_length(s, b) : 0;
    if (err)
        return err;
    if (text.n == 0)
        return end_head(s, end);
    name = slice_trim(slice_of(text.p, slice_find(text, ':')));
    if (s->line && name.n < text.n &&
        sip_hdr_find(name) == SIP_HDR_CONTENT_LENGTH) {
        s->in_length = true;
        s->length_at = s->line;
    }
    return 0;
}

/* One more line of b, the message so far; E_AGAIN if it is not all there. */
static int scan_line(struct sip_stream *s, struct slice b)
{
    size_t limit = b.n < SIP_HEAD_MAX ? b.n : SIP_HEAD_MAX;
    size_t from = s->scanned > s->line ? s->scanned - 1 : s->line;
    const char *at = b.p + from;
    const char *lf = memchr(at, '\n', limit - from);
    const char *end = lf ? lf : b.p + limit;
    const char *cr = memchr(at, '\r', (size_t)(end - at));
    int err;

    if (cr ? cr + 1 != end : lf != NULL)
        return fail(s, SIP_FAULT_line_ending, s->line);
    if (!lf) {
        s->scanned = limit;
        return limit == SIP_HEAD_MAX ? fail(s, SIP_FAULT_head_too_big, s->line)
                                     : E_AGAIN;
    }
    err = note_line(s, b, (size_t)(lf + 1 - b.p));
    s->line = (size_t)(lf + 1 - b.p);
    s->scanned = s->line;
    return err;
}

static int scan(struct sip_stream *s, struct slice b)
{
    while (!s->need) {
        int err = s->scanned == b.n && b.n < SIP_HEAD_MAX ? E_AGAIN
                                                          : scan_line(s, b);

        if (err)
            return err;
    }
    return 0;
}

static int reserve(struct sip_stream *s, size_t n)
{
    size_t cap = s->tail_cap ? s->tail_cap : TAIL_FIRST;
    char *p;

    if (n <= s->tail_cap)
        return 0;
    while (cap < n)
        cap *= 2;
    if (s->need > cap)
        cap = s->need;
    p = env_alloc(s->env, cap);
    if (!p)
        return E_NOMEM;
    if (s->tail_n)
        memcpy(p, s->tail, s->tail_n);
    env_free(s->env, s->tail);
    s->tail = p;
    s->tail_cap = cap;
    return 0;
}

/* Moves the first n bytes of what was pushed to the tail. */
static int keep(struct sip_stream *s, size_t n)
{
    int err = reserve(s, s->tail_n + n);

    if (err)
        return err;
    if (n)
        memcpy(s->tail + s->tail_n, s->in.p, n);
    s->tail_n += n;
    s->in = slice_skip(s->in, n);
    return 0;
}

/* Goes on with the tail: takes what completes its line or its message. */
static int feed(struct sip_stream *s)
{
    while (!s->need || s->tail_n < s->need) {
        size_t n = s->need ? s->need - s->tail_n : slice_find(s->in, '\n') + 1;
        int err;

        if (s->in.n == 0)
            return E_AGAIN;
        err = keep(s, n < s->in.n ? n : s->in.n);
        if (!err)
            err = scan(s, slice_of(s->tail, s->tail_n));
        if (err && err != E_AGAIN)
            return err;
    }
    return 0;
}

/* Drops what was given last. */
static void release(struct sip_stream *s)
{
    if (!s->giving)
        return;
    s->giving = false;
    s->tail_n = 0;
    if (s->tail_cap <= TAIL_KEEP)
        return;
    env_free(s->env, s->tail);
    s->tail = NULL;
    s->tail_cap = 0;
}

/* The message is complete in b: reports it and starts the next. */
static void give(struct sip_stream *s, struct sip_stream_item *item,
                 struct slice b)
{
    item->kind = SIP_STREAM_MESSAGE;
    item->bytes = slice_of(b.p, s->need);
    if (s->crlf)
        item->kind = s->after_crlf ? SIP_STREAM_PING : SIP_STREAM_PONG;
    s->after_crlf = item->kind == SIP_STREAM_PONG;
    s->crlf = false;
    s->has_length = false;
    s->scanned = s->line = s->need = s->length_at = 0;
}

int sip_stream_next(struct sip_stream *s, struct sip_stream_item *item)
{
    size_t n;
    int err;

    release(s);
    if (s->err)
        return s->err;
    if (s->tail_n) {
        err = feed(s);
        if (err)
            return err;
        s->giving = true;
        give(s, item, slice_of(s->tail, s->tail_n));
        return 0;
    }
    err = s->in.n ? scan(s, s->in) : E_AGAIN;
    if (!err && s->need > s->in.n)
        err = E_AGAIN;
    if (err != E_AGAIN) {
        n = s->need;
        if (err)
            return err;
        give(s, item, s->in);
        s->in = slice_skip(s->in, n);
        return 0;
    }
    err = keep(s, s->in.n);
    return err ? err : E_AGAIN;
}
