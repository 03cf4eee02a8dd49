/* SPDX-License-Identifier: Apache-2.0 */
/* The edge as a stateless proxy between its users (RFC 3261 16.11). */
#include <string.h>

#include "sip/base/err.h"
#include "sip/base/hash.h"
#include "sip/write.h"
#include "tools/edge.h"

enum { FORWARD_MAX = 65535, BRANCH_MAX = 96 };

/*
 * Our branch carries the connection that the response goes back to, and a
 * keyed digest of the client's branch (16.11), so that nobody else can
 * make one.
 */
static void put_branch(struct out *o, const struct edge *e, uint64_t conn,
                       struct slice client)
{
    uint64_t mac =
        hash_keyed(e->key, client) ^ hash_keyed(e->key + 16, client) ^ conn;

    out_lit(o, "z9hG4bKe");
    out_u64(o, conn);
    out_char(o, '.');
    out_u64(o, mac);
}

/* The connection of a branch that put_branch made for this client. */
static int read_branch(const struct edge *e, uint64_t *conn,
                       struct slice branch, struct slice client)
{
    char text[BRANCH_MAX];
    struct out o = out_of(text, sizeof(text));
    struct slice number = slice_skip(branch, S("z9hG4bKe").n);

    if (!slice_starts(branch, S("z9hG4bKe")) ||
        slice_u64(conn, slice_of(number.p, slice_find(number, '.')),
                  UINT64_MAX))
        return E_SYNTAX;
    put_branch(&o, e, *conn, client);
    return !o.err && slice_eq_ct(out_slice(&o), branch) ? 0 : E_SYNTAX;
}

/* By the user of our domain, or by a contact that we hold. */
static struct edge_binding *locate(struct edge *e, struct now now,
                                   const struct sip_msg *msg)
{
    for (size_t u = 0; u < e->users; u++) {
        struct edge_user *user = &e->user[u];
        bool named =
            slice_eq(slice_of(user->name, user->name_n), msg->uri.user) &&
            slice_ieq(msg->uri.host.text, e->config.domain);

        for (size_t b = user->bindings; b > 0; b--) {
            struct edge_binding *at = &user->binding[b - 1];
            struct sip_uri uri;

            if (at->until <= now.boot ||
                sip_uri_parse(&uri, slice_of(at->uri, at->uri_n), NULL))
                continue;
            if (named || sip_uri_eq(&uri, &msg->uri))
                return at;
        }
    }
    return NULL;
}

static bool is_ours(const struct edge *e, const struct sip_route *r)
{
    return r && slice_ieq(r->addr.uri.host.text, e->config.domain);
}

static void put_record_route(struct out *o, const struct edge *e)
{
    char text[300];
    struct out r = out_of(text, sizeof(text));

    out_lit(&r, "<sip:");
    out_put(&r, e->config.domain);
    out_lit(&r, ";transport=tls;lr>");
    sip_write_route(o, SIP_HDR_RECORD_ROUTE, out_slice(&r));
}

static void copy_header(struct out *o, const struct sip_hdr *h)
{
    if (h->id == SIP_HDR_OTHER)
        sip_write_named(o, h->name, h->value);
    else
        sip_write_hdr(o, h->id, h->value);
}

/* Everything else as it came; our own Routes at the top are used up. */
static void copy_headers(struct out *o, const struct edge *e,
                         const struct sip_msg *msg)
{
    const struct sip_route *r = msg->route;

    while (is_ours(e, r))
        r = r->next;
    for (; r; r = r->next)
        sip_write_route(o, SIP_HDR_ROUTE, r->addr.text);
    for (unsigned i = 0; i < msg->nhdr; i++) {
        const struct sip_hdr *h = &msg->hdr[i];

        if (h->id == SIP_HDR_ROUTE || h->id == SIP_HDR_MAX_FORWARDS ||
            h->id == SIP_HDR_CONTENT_LENGTH || h->id == SIP_HDR_CONTENT_TYPE ||
            h->id == SIP_HDR_AUTHORIZATION ||
            h->id == SIP_HDR_PROXY_AUTHORIZATION)
            continue;
        copy_header(o, h);
    }
}

static struct slice content_type(const struct sip_msg *msg)
{
    const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_CONTENT_TYPE, NULL);

    return h ? h->value : slice_of(NULL, 0);
}

static void put_forwarded(struct out *o, struct edge *e, uint64_t conn,
                          const struct sip_msg *msg,
                          const struct edge_binding *to)
{
    char branch[BRANCH_MAX];
    struct out b = out_of(branch, sizeof(branch));
    struct sip_host host = {e->config.domain, SIP_HOST_NAME};
    struct sip_uri target;

    put_branch(&b, e, conn, msg->via->branch);
    if (sip_uri_parse(&target, slice_of(to->uri, to->uri_n), NULL))
        out_fail(o, E_SYNTAX);
    sip_write_request(o, msg->method_text, &target);
    sip_write_via(o, &host, 0, out_slice(&b));
    if (!msg->to.tag.n && msg->method != SIP_CANCEL)
        put_record_route(o, e);
    sip_write_u32(o, SIP_HDR_MAX_FORWARDS, msg->max_forwards - 1u);
    copy_headers(o, e, msg);
    sip_write_body(o, content_type(msg), msg->body);
}

void edge_forward(struct edge *e, struct now now, uint64_t conn,
                  const struct sip_msg *msg)
{
    struct edge_binding *to = locate(e, now, msg);
    char *text;

    if (!to || msg->max_forwards == 0) {
        e->counts.unroutable++;
        if (msg->method != SIP_ACK)
            edge_answer(e, conn, msg, to ? 483 : 480);
        return;
    }
    text = env_alloc(e->config.env, FORWARD_MAX);
    if (!text)
        return;
    struct out o = out_of(text, FORWARD_MAX);

    put_forwarded(&o, e, conn, msg, to);
    if (!o.err) {
        e->counts.forwarded++;
        e->config.send(e->config.user, to->conn, out_slice(&o));
    } else if (msg->method != SIP_ACK) {
        edge_answer(e, conn, msg, 500);
    }
    env_free(e->config.env, text);
}

/* The response without our Via, to the connection that it names. */
void edge_return(struct edge *e, const struct sip_msg *msg)
{
    uint64_t conn;
    char *text;

    if (!msg->via->next ||
        read_branch(e, &conn, msg->via->branch, msg->via->next->branch)) {
        e->counts.unroutable++;
        return;
    }
    text = env_alloc(e->config.env, FORWARD_MAX);
    if (!text)
        return;
    struct out o = out_of(text, FORWARD_MAX);

    out_lit(&o, "SIP/2.0 ");
    out_u64(&o, msg->status);
    out_char(&o, ' ');
    out_put(&o, msg->reason_phrase);
    out_lit(&o, "\r\n");
    for (const struct sip_via *v = msg->via->next; v; v = v->next)
        sip_write_hdr(&o, SIP_HDR_VIA, v->text);
    for (unsigned i = 0; i < msg->nhdr; i++) {
        const struct sip_hdr *h = &msg->hdr[i];

        if (h->id == SIP_HDR_VIA || h->id == SIP_HDR_CONTENT_LENGTH ||
            h->id == SIP_HDR_CONTENT_TYPE)
            continue;
        copy_header(&o, h);
    }
    sip_write_body(&o, content_type(msg), msg->body);
    if (!o.err)
        e->config.send(e->config.user, conn, out_slice(&o));
    env_free(e->config.env, text);
}
