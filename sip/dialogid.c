/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces (RFC 3891), Target-Dialog (RFC 4538), sipfrag (RFC 3420). */
#include "sip/dialogid.h"

#include "sip/base/err.h"
#include "sip/read.h"
#include "sip/scan.h"

/* The parameters that say what belongs to whom; each must be there once. */
struct names {
    struct slice to, from;
};

static int put_tag(struct slice *tag, const struct sip_param *p)
{
    if (tag->n || !p->has_value || !sip_param_is_token(p))
        return E_SYNTAX;
    *tag = p->value;
    return 0;
}

static int read_params(struct sip_dialog_id *id, struct sip_text *t,
                       const struct names *names)
{
    struct sip_param p;
    int err = 0;

    while (!err && sip_scan_sep(t, ';')) {
        if (!sip_scan_param(t, &p))
            return E_SYNTAX;
        if (slice_ieq(p.name, names->to))
            err = put_tag(&id->to_tag, &p);
        else if (slice_ieq(p.name, names->from))
            err = put_tag(&id->from_tag, &p);
        else if (slice_ieq(p.name, S("early-only")))
            id->early_only = true;
    }
    if (!err && (!sip_end(t) || !id->to_tag.n || !id->from_tag.n))
        err = E_SYNTAX;
    return err;
}

static int read_id(struct sip_dialog_id *id, struct slice value,
                   const struct names *names)
{
    struct sip_text t = sip_text_of(value);

    *id = (struct sip_dialog_id){
        .call_id = slice_trim(slice_of(value.p, slice_find(value, ';')))};
    if (sip_read_check(SIP_HDR_CALL_ID, id->call_id))
        return E_SYNTAX;
    t.p = id->call_id.p + id->call_id.n;
    return read_params(id, &t, names);
}

int sip_dialog_id_replaces(struct sip_dialog_id *id, struct slice value)
{
    static const struct names names = {S_INIT("to-tag"), S_INIT("from-tag")};

    return read_id(id, value, &names);
}

int sip_dialog_id_target(struct sip_dialog_id *id, struct slice value)
{
    static const struct names names = {S_INIT("local-tag"),
                                       S_INIT("remote-tag")};

    return read_id(id, value, &names);
}

bool sip_dialog_id_is(const struct sip_dialog_id *id,
                      const struct sip_dialog *d)
{
    return d->state != SIP_DIALOG_NONE && d->call_id.n &&
           slice_eq(id->call_id, d->call_id) &&
           slice_eq(id->to_tag, d->local_tag) &&
           slice_eq(id->from_tag, d->remote_tag);
}

void sip_dialog_id_write(struct out *o, const struct sip_dialog *d)
{
    out_put(o, d->call_id);
    out_lit(o, ";to-tag=");
    out_put(o, d->remote_tag);
    out_lit(o, ";from-tag=");
    out_put(o, d->local_tag);
}

void sip_dialog_id_name(struct out *o, const struct sip_dialog *d)
{
    out_put(o, d->call_id);
    out_lit(o, ";local-tag=");
    out_put(o, d->remote_tag);
    out_lit(o, ";remote-tag=");
    out_put(o, d->local_tag);
}

int sip_frag_status(struct slice body, unsigned *status, struct slice *phrase)
{
    struct slice rest;
    uint32_t n;

    if (!slice_istarts(body, S("SIP/2.0 ")) || body.n < 11)
        return E_SYNTAX;
    rest = slice_skip(body, 8);
    if (slice_u32(&n, slice_of(rest.p, 3), 699) || n < 100)
        return E_SYNTAX;
    rest = slice_skip(rest, 3);
    rest.n = slice_find(rest, '\n');
    if (rest.n && rest.p[rest.n - 1] == '\r')
        rest.n--;
    if (rest.n && rest.p[0] != ' ')
        return E_SYNTAX;
    *status = n;
    *phrase = slice_skip(rest, 1);
    return 0;
}

int sip_uri_header(struct out *o, const struct sip_uri *uri, struct slice name)
{
    struct slice rest = uri->headers;
    bool found = false;

    while (rest.n) {
        struct slice item = slice_of(rest.p, slice_find(rest, '&'));
        size_t n = slice_find(item, '=');

        rest = slice_skip(rest, item.n + 1);
        if (!slice_ieq(slice_of(item.p, n), name))
            continue;
        if (found)
            return E_SYNTAX;
        found = true;
        sip_uri_unescape(o, slice_skip(item, n + 1));
    }
    return found ? o->err : E_NOTFOUND;
}

/* hnv-unreserved and unreserved (RFC 3261 25.1). */
static bool stands(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
           (ch >= '0' && ch <= '9') ||
           slice_find(S("-_.!~*'()"), ch) < S("-_.!~*'()").n;
}

void sip_write_uri_header(struct out *o, struct slice raw)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < raw.n; i++) {
        unsigned char c = (unsigned char)raw.p[i];

        if (stands(raw.p[i])) {
            out_char(o, raw.p[i]);
            continue;
        }
        out_char(o, '%');
        out_char(o, hex[c >> 4]);
        out_char(o, hex[c & 15]);
    }
}
