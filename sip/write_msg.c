/* SPDX-License-Identifier: Apache-2.0 */
/* Writing responses to a request, and parsed messages again. */
#include <string.h>

#include "sip/base/err.h"
#include "sip/scan.h"
#include "sip/write.h"

static void put_hdr(struct out *o, struct slice name, struct slice value)
{
    out_put(o, name);
    out_lit(o, ": ");
    out_put(o, value);
    out_lit(o, "\r\n");
}

/* A header field of the request, unfolded and else byte for byte. */
static void echo(struct out *o, const struct sip_hdr *h)
{
    if (h)
        put_hdr(o, sip_hdr_name(h->id), h->value);
}

/* 18.2.1: the sent-by is another host, or a name, than the source. */
static bool needs_received(const struct sip_via *via,
                           const struct sip_write_src *src)
{
    struct sip_host from = {
        src->ip, sip_host_is_ipv6(src->ip) ? SIP_HOST_IPV6 : SIP_HOST_IPV4};

    return via->has_rport || !sip_host_eq(&via->host, &from);
}

/* The top Via with received and rport as the source was (RFC 3581 4). */
static void put_top_via(struct out *o, const struct sip_via *via,
                        const struct sip_write_src *src)
{
    struct slice rest = via->params;
    struct sip_param p;

    if (!sip_host_is_ipv4(src->ip) && !sip_host_is_ipv6(src->ip))
        out_fail(o, E_INVAL);
    out_put(o, via->params.n
                   ? slice_trim(slice_between(via->text.p, via->params.p))
                   : via->text);
    while (sip_param_next(&rest, &p)) {
        if (slice_ieq(p.name, S("received")) || slice_ieq(p.name, S("rport")))
            continue;
        out_char(o, ';');
        out_put(o, p.name);
        if (p.has_value) {
            out_char(o, '=');
            out_put(o, p.value);
        }
    }
    if (needs_received(via, src)) {
        out_lit(o, ";received=");
        out_put(o, src->ip);
    }
    if (via->has_rport) {
        out_lit(o, ";rport=");
        out_u64(o, src->port);
    }
}

static void put_vias(struct out *o, const struct sip_msg *req,
                     const struct sip_write_src *src)
{
    const struct sip_hdr *h = sip_msg_hdr(req, SIP_HDR_VIA, NULL);

    if (h && src && src->ip.n) {
        const char *after = req->via->text.p + req->via->text.n;

        out_lit(o, "Via: ");
        put_top_via(o, req->via, src);
        out_put(o, slice_between(after, h->value.p + h->value.n));
        out_lit(o, "\r\n");
        h = sip_msg_hdr(req, SIP_HDR_VIA, h);
    }
    for (; h; h = sip_msg_hdr(req, SIP_HDR_VIA, h))
        echo(o, h);
}

static void put_to(struct out *o, const struct sip_msg *req,
                   struct slice to_tag)
{
    const struct sip_hdr *h = sip_msg_hdr(req, SIP_HDR_TO, NULL);

    if (!h || req->to.tag.n || !to_tag.n) {
        echo(o, h);
        return;
    }
    if (!sip_token_ok(to_tag))
        out_fail(o, E_INVAL);
    out_lit(o, "To: ");
    out_put(o, h->value);
    out_lit(o, ";tag=");
    out_put(o, to_tag);
    out_lit(o, "\r\n");
}

void sip_write_response(struct out *o, const struct sip_msg *req,
                        unsigned status, struct slice to_tag,
                        const struct sip_write_src *src)
{
    if (!req->request || status < 100 || status > 699)
        out_fail(o, E_INVAL);
    out_lit(o, "SIP/2.0 ");
    out_u64(o, status);
    out_char(o, ' ');
    out_put(o, sip_status_phrase(status));
    out_lit(o, "\r\n");
    put_vias(o, req, src);
    echo(o, sip_msg_hdr(req, SIP_HDR_FROM, NULL));
    put_to(o, req, to_tag);
    echo(o, sip_msg_hdr(req, SIP_HDR_CALL_ID, NULL));
    echo(o, sip_msg_hdr(req, SIP_HDR_CSEQ, NULL));
    if (status == 100)
        echo(o, sip_msg_hdr(req, SIP_HDR_TIMESTAMP, NULL));
}

static void put_start(struct out *o, const struct sip_msg *msg)
{
    if (msg->request) {
        out_put(o, msg->method_text);
        out_char(o, ' ');
        out_put(o, msg->uri.text);
        out_lit(o, " SIP/2.0\r\n");
        return;
    }
    out_lit(o, "SIP/2.0 ");
    out_u64(o, msg->status);
    out_char(o, ' ');
    out_put(o, msg->reason_phrase);
    out_lit(o, "\r\n");
}

static void put_length(struct out *o, struct slice name, size_t n)
{
    out_put(o, name);
    out_lit(o, ": ");
    out_u64(o, n);
    out_lit(o, "\r\n");
}

/* Is it written just so in the message that it was read from: one line, one
 * SP behind the colon, nothing behind the value? */
static inline bool as_printed(const struct sip_hdr *h)
{
    const char *colon = h->name.p + h->name.n;

    return h->value.p == colon + 2 && colon[0] == ':' && colon[1] == ' ' &&
           memcmp(h->value.p + h->value.n, "\r\n", 2) == 0;
}

/* Header fields that stand one behind the other in the message and are
 * written so go at once; *i becomes the first that does not. */
static struct slice take_block(const struct sip_msg *msg, unsigned *i)
{
    const struct sip_hdr *h = &msg->hdr[*i];
    const char *from = h->name.p;
    const char *to = from;

    for (; *i < msg->nhdr; ++*i, h++) {
        if (h->name.p != to || h->id == SIP_HDR_CONTENT_LENGTH ||
            !as_printed(h))
            break;
        to = h->value.p + h->value.n + 2;
    }
    return slice_between(from, to);
}

void sip_write_msg(struct out *o, const struct sip_msg *msg)
{
    unsigned i = 0;

    put_start(o, msg);
    while (i < msg->nhdr) {
        const struct sip_hdr *h = &msg->hdr[i];

        out_put(o, take_block(msg, &i));
        if (i == msg->nhdr)
            break;
        if (&msg->hdr[i] != h && msg->hdr[i].id != SIP_HDR_CONTENT_LENGTH)
            continue;
        h = &msg->hdr[i++];
        if (h->id == SIP_HDR_CONTENT_LENGTH)
            put_length(o, h->name, msg->body.n);
        else
            put_hdr(o, h->name, h->value);
    }
    if (!(msg->has & SIP_HAS_CONTENT_LENGTH))
        put_length(o, S("Content-Length"), msg->body.n);
    out_lit(o, "\r\n");
    out_put(o, msg->body);
}
