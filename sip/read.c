/* SPDX-License-Identifier: Apache-2.0 */
/* From a header field's id to its reader, and what all readers share. */
#include "sip/read.h"

#include <stddef.h>

#include "sip/base/err.h"

/* header-value of extension-header: TEXT-UTF8char, UTF8-CONT, LWS. */
static int read_other(struct sip_reader *r, struct sip_text *c)
{
    struct slice s = sip_rest(c);

    c->p = c->end;
    if (r->plain)
        return 0;
    while (s.n) {
        size_t n = sip_char_is(s.p[0], SIP_C_TEXT) ? 1 : sip_utf8_len(s);

        if (!n && ((unsigned char)s.p[0] & 0xc0) == 0x80)
            n = 1;
        if (!n)
            return E_SYNTAX;
        s = slice_skip(s, n);
    }
    return 0;
}

int sip_read_TEXT(struct sip_reader *r, struct sip_text *c)
{
    struct slice s = sip_rest(c);

    c->p = c->end;
    if (!r->plain && !sip_text_ok(s))
        return E_SYNTAX;
    if (r->hdr->id == SIP_HDR_SUBJECT)
        r->msg->subject = s;
    return 0;
}

sip_reader_fn *const sip_reader_of[SIP_HDR_COUNT] = {[SIP_HDR_OTHER] =
                                                         read_other,
#define X(id, name, compact, count, reader) [SIP_HDR_##id] = sip_read_##reader,
                                                     SIP_HDR_MAP(X)
#undef X
};

sip_quick_fn *const sip_quick_of[SIP_HDR_COUNT] = {
    [SIP_HDR_VIA] = sip_quick_via,
    [SIP_HDR_FROM] = sip_quick_from,
    [SIP_HDR_TO] = sip_quick_to,
    [SIP_HDR_CONTACT] = sip_quick_contact,
    [SIP_HDR_CALL_ID] = sip_quick_call_id,
    [SIP_HDR_CSEQ] = sip_quick_cseq,
    [SIP_HDR_MAX_FORWARDS] = sip_quick_max_forwards,
    [SIP_HDR_CONTENT_LENGTH] = sip_quick_content_length,
    [SIP_HDR_CONTENT_TYPE] = sip_quick_content_type,
    [SIP_HDR_EXPIRES] = sip_quick_seconds,
    [SIP_HDR_SESSION_EXPIRES] = sip_quick_seconds,
    [SIP_HDR_MIN_SE] = sip_quick_seconds,
    [SIP_HDR_ALLOW] = sip_quick_allow,
    [SIP_HDR_SUPPORTED] = sip_quick_tokens,
    [SIP_HDR_REQUIRE] = sip_quick_tokens,
    [SIP_HDR_ALLOW_EVENTS] = sip_quick_tokens,
    [SIP_HDR_EVENT] = sip_quick_event,
    [SIP_HDR_SUBSCRIPTION_STATE] = sip_quick_event,
    [SIP_HDR_WWW_AUTHENTICATE] = sip_quick_challenge,
    [SIP_HDR_PROXY_AUTHENTICATE] = sip_quick_challenge,
    [SIP_HDR_AUTHORIZATION] = sip_quick_credentials,
    [SIP_HDR_PROXY_AUTHORIZATION] = sip_quick_credentials,
    [SIP_HDR_USER_AGENT] = sip_quick_product,
    [SIP_HDR_SERVER] = sip_quick_product,
    [SIP_HDR_ROUTE] = sip_quick_route,
    [SIP_HDR_RECORD_ROUTE] = sip_quick_route,
    [SIP_HDR_PATH] = sip_quick_route,
    [SIP_HDR_SERVICE_ROUTE] = sip_quick_route,
    [SIP_HDR_P_ASSERTED_IDENTITY] = sip_quick_route,
};

int sip_read_value(struct sip_reader *r)
{
    struct slice value = r->hdr->value;
    struct sip_text c = sip_text_of(value);
    int err;

    c.map = r->map;
    err = sip_reader_of[r->hdr->id](r, &c);
    if (!err && !sip_end(&c))
        err = E_SYNTAX;
    return err;
}

int sip_read_check(enum sip_hdr_id id, struct slice value)
{
    struct sip_msg msg = {0};
    struct sip_hdr hdr = {.id = id, .value = value};
    _Alignas(max_align_t) char scratch[SIP_READ_SCRATCH];
    struct sip_reader r = {.msg = &msg, .hdr = &hdr, .scratch = scratch};

    return sip_read_value(&r) ? E_SYNTAX : 0;
}

/* Unescaped text must not smuggle control characters (hazard A-07). */
static int unescape(struct sip_reader *r, struct slice in, struct slice *out)
{
    char *p = r->arena ? arena_alloc(r->arena, in.n) : NULL;
    size_t n = 0;

    if (r->arena && !p)
        return E_NOMEM;
    for (size_t i = 0; i < in.n; i++) {
        if (in.p[i] == '\\' && i + 1 < in.n)
            i++;
        if ((unsigned char)in.p[i] < 0x20 || in.p[i] == 0x7f)
            return E_SYNTAX;
        if (p)
            p[n] = in.p[i];
        n++;
    }
    *out = p ? slice_of(p, n) : (struct slice){0};
    return 0;
}

int sip_read_text_rest(struct sip_reader *r, struct slice raw,
                       struct slice *out)
{
    if (slice_find(raw, '\\') < raw.n)
        return unescape(r, raw, out);
    *out = raw;
    return 0;
}
