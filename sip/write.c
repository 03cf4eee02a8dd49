/* SPDX-License-Identifier: Apache-2.0 */
/* Writing header fields: each value is read back before it counts. */
#include "sip/write.h"

#include "sip/base/err.h"
#include "sip/read.h"

static void crlf(struct out *o)
{
    out_lit(o, "\r\n");
}

/* What was written since from. */
static struct slice since(const struct out *o, size_t from)
{
    return slice_of(o->p + from, o->n - from);
}

/* No byte that could end a line, not even one that a quoted-pair allows. */
static bool line_ok(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f)
            return false;
    return true;
}

/* "Name: "; where the value starts. */
static size_t begin(struct out *o, struct slice name)
{
    out_put(o, name);
    out_lit(o, ": ");
    return o->n;
}

/* Ends a header field whose value starts at from, if it reads back. */
static void end(struct out *o, enum sip_hdr_id id, size_t from)
{
    struct slice value;

    if (o->err)
        return;
    value = since(o, from);
    if (!line_ok(value) || slice_trim(value).n != value.n ||
        sip_read_check(id, value))
        out_fail(o, E_INVAL);
    crlf(o);
}

void sip_write_hdr(struct out *o, enum sip_hdr_id id, struct slice value)
{
    size_t from;

    if (id == SIP_HDR_OTHER || (unsigned)id >= SIP_HDR_COUNT) {
        out_fail(o, E_INVAL);
        return;
    }
    from = begin(o, sip_hdr_name(id));
    out_put(o, value);
    end(o, id, from);
}

void sip_write_named(struct out *o, struct slice name, struct slice value)
{
    size_t from;

    if (!sip_token_ok(name))
        out_fail(o, E_INVAL);
    from = begin(o, name);
    out_put(o, value);
    end(o, sip_hdr_find(name), from);
}

void sip_write_u32(struct out *o, enum sip_hdr_id id, uint32_t value)
{
    size_t from = begin(o, sip_hdr_name(id));

    out_u64(o, value);
    end(o, id, from);
}

void sip_write_cseq(struct out *o, uint32_t num, struct slice method)
{
    size_t from = begin(o, sip_hdr_name(SIP_HDR_CSEQ));

    out_u64(o, num);
    out_char(o, ' ');
    if (!sip_token_ok(method))
        out_fail(o, E_INVAL);
    out_put(o, method);
    end(o, SIP_HDR_CSEQ, from);
}

void sip_write_host(struct out *o, const struct sip_host *host)
{
    char text[64];
    struct sip_host back;
    struct out ref = out_of(text, sizeof(text));
    struct slice written = host->text;

    if (host->kind == SIP_HOST_IPV6) {
        out_char(&ref, '[');
        out_put(&ref, host->text);
        out_char(&ref, ']');
        written = out_slice(&ref);
    }
    if (ref.err || sip_host_parse(&back, written) || back.kind != host->kind)
        out_fail(o, E_INVAL);
    out_put(o, written);
}

static void put_port(struct out *o, uint16_t port)
{
    if (!port)
        return;
    out_char(o, ':');
    out_u64(o, port);
}

void sip_write_via(struct out *o, const struct sip_host *host, uint16_t port,
                   struct slice branch)
{
    size_t from = begin(o, sip_hdr_name(SIP_HDR_VIA));

    out_lit(o, "SIP/2.0/TLS ");
    sip_write_host(o, host);
    put_port(o, port);
    out_lit(o, ";branch=");
    if (!sip_token_ok(branch))
        out_fail(o, E_INVAL);
    out_put(o, branch);
    out_lit(o, ";rport");
    end(o, SIP_HDR_VIA, from);
}

/* The only transport that we ever write on our own is TLS. */
static void put_uri_params(struct out *o, const struct sip_uri *uri)
{
    if (uri->params.n) {
        out_put(o, uri->params);
        return;
    }
    if (uri->transport.n) {
        if (!slice_ieq(uri->transport, S("tls")))
            out_fail(o, E_INVAL);
        out_lit(o, ";transport=tls");
    }
    if (uri->lr)
        out_lit(o, ";lr");
    if (uri->ob)
        out_lit(o, ";ob");
}

static void put_uri_parts(struct out *o, const struct sip_uri *uri)
{
    if (uri->scheme == SIP_SCHEME_TEL) {
        out_lit(o, "tel:");
        out_put(o, uri->user);
        out_put(o, uri->params);
        return;
    }
    if (uri->scheme != SIP_SCHEME_SIP && uri->scheme != SIP_SCHEME_SIPS)
        out_fail(o, E_INVAL);
    out_put(o, uri->scheme == SIP_SCHEME_SIPS ? S("sips:") : S("sip:"));
    if (uri->has_user) {
        out_put(o, uri->user);
        if (uri->has_password) {
            out_char(o, ':');
            out_put(o, uri->password);
        }
        out_char(o, '@');
    }
    sip_write_host(o, &uri->host);
    put_port(o, uri->port);
    put_uri_params(o, uri);
    if (uri->headers.n) {
        out_char(o, '?');
        out_put(o, uri->headers);
    }
}

/* Each part must be where it was meant to be. */
static bool same_parts(const struct sip_uri *meant, struct slice written)
{
    struct sip_uri back;

    if (sip_uri_parse(&back, written, NULL))
        return false;
    return back.scheme == meant->scheme && back.has_user == meant->has_user &&
           back.has_password == meant->has_password &&
           slice_eq(back.user, meant->user) &&
           slice_eq(back.password, meant->password) &&
           back.port == meant->port && back.host.kind == meant->host.kind &&
           slice_eq(back.host.text, meant->host.text) &&
           (meant->params.n == 0 || slice_eq(back.params, meant->params)) &&
           slice_eq(back.headers, meant->headers);
}

void sip_write_uri(struct out *o, const struct sip_uri *uri)
{
    struct sip_uri back;
    size_t from = o->n;

    if (uri->text.n) {
        if (sip_uri_parse(&back, uri->text, NULL))
            out_fail(o, E_INVAL);
        out_put(o, uri->text);
        return;
    }
    put_uri_parts(o, uri);
    if (!o->err && !same_parts(uri, since(o, from)))
        out_fail(o, E_INVAL);
}

void sip_write_user(struct out *o, struct slice raw)
{
    static const char digit[] = "0123456789ABCDEF";

    for (size_t i = 0; i < raw.n; i++) {
        unsigned char ch = (unsigned char)raw.p[i];

        if (sip_char_is(raw.p[i], SIP_C_USER_BARE)) {
            out_char(o, raw.p[i]);
            continue;
        }
        out_char(o, '%');
        out_char(o, digit[ch >> 4]);
        out_char(o, digit[ch & 15]);
    }
}

void sip_write_quoted(struct out *o, struct slice text)
{
    if (!sip_text_ok(text))
        out_fail(o, E_INVAL);
    out_char(o, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"' || text.p[i] == '\\')
            out_char(o, '\\');
        out_char(o, text.p[i]);
    }
    out_char(o, '"');
}

static void put_param(struct out *o, const struct sip_param *p)
{
    if (!sip_token_ok(p->name))
        out_fail(o, E_INVAL);
    out_char(o, ';');
    out_put(o, p->name);
    if (!p->has_value)
        return;
    out_char(o, '=');
    if (sip_token_ok(p->value))
        out_put(o, p->value);
    else
        sip_write_quoted(o, p->value);
}

void sip_write_addr(struct out *o, enum sip_hdr_id id,
                    const struct sip_waddr *addr)
{
    size_t from = begin(o, sip_hdr_name(id));

    if (addr->display.n) {
        sip_write_quoted(o, addr->display);
        out_char(o, ' ');
    }
    out_char(o, '<');
    sip_write_uri(o, addr->uri);
    out_char(o, '>');
    for (size_t i = 0; i < addr->nparams; i++)
        put_param(o, &addr->params[i]);
    end(o, id, from);
}

/* Exactly one name-addr with its parameters. */
static bool one_route(struct slice text)
{
    struct sip_text t = sip_text_of(text);
    struct sip_addr addr;
    struct sip_param p;

    if (sip_addr_scan(&t, &addr))
        return false;
    while (sip_scan_sep(&t, ';'))
        if (!sip_scan_param(&t, &p))
            return false;
    return sip_end(&t);
}

void sip_write_route(struct out *o, enum sip_hdr_id id, struct slice text)
{
    if (!one_route(text))
        out_fail(o, E_INVAL);
    sip_write_hdr(o, id, text);
}

void sip_write_request(struct out *o, struct slice method,
                       const struct sip_uri *uri)
{
    if (!sip_token_ok(method) || uri->headers.n)
        out_fail(o, E_INVAL);
    out_put(o, method);
    out_char(o, ' ');
    sip_write_uri(o, uri);
    out_lit(o, " SIP/2.0");
    crlf(o);
}

void sip_write_body(struct out *o, struct slice content_type,
                    struct slice body)
{
    if (body.n)
        sip_write_hdr(o, SIP_HDR_CONTENT_TYPE, content_type);
    if (body.n > SIP_MSG_MAX)
        out_fail(o, E_TOOBIG);
    sip_write_u32(o, SIP_HDR_CONTENT_LENGTH, (uint32_t)body.n);
    crlf(o);
    out_put(o, body);
}
