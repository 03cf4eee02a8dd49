/* SPDX-License-Identifier: Apache-2.0 */
/* The edge as a stateless proxy between its users (RFC 3261 16.11). */
#include <string.h>

#include "sip/base/err.h"
#include "sip/write.h"
#include "tools/edge.h"

enum { FORWARD_MAX = 65535 };

/* Where a request goes: over which connection, with which Request-URI. */
struct hop {
    uint64_t conn;
    struct sip_uri target;
};

static bool is_ours(const struct edge *e, const struct sip_route *r)
{
    return r && slice_ieq(r->addr.uri.host.text, e->config.domain);
}

static bool ours(const struct edge *e, const struct sip_msg *msg)
{
    return slice_ieq(msg->uri.host.text, e->config.domain);
}

/* The first binding that is alive; with uri, of that contact. */
static bool bound(struct hop *hop, struct now now,
                  const struct edge_user *user, const struct sip_uri *uri)
{
    for (size_t b = user->bindings; b > 0; b--) {
        const struct edge_binding *at = &user->binding[b - 1];

        if (at->until <= now.boot ||
            sip_uri_parse(&hop->target, slice_of(at->uri, at->uri_n), NULL))
            continue;
        hop->conn = at->conn;
        if (!uri || sip_uri_eq(&hop->target, uri))
            return true;
    }
    return false;
}

/*
 * Inside of a call: to the other one of the two connections that our Route
 * names (as RFC 5626 5.3's flow tokens). Where that one is gone: to where the
 * user of the Contact is now.
 */
static bool along_route(struct edge *e, struct hop *hop, struct now now,
                        uint64_t from, const struct sip_msg *msg)
{
    const struct edge_user *user = edge_find_user(e, msg->uri.user);
    uint64_t conn[2], to;

    if (!is_ours(e, msg->route) ||
        edge_read_token(e, conn, msg->route->addr.uri.user))
        return false;
    to = from == conn[0] ? conn[1] : from == conn[1] ? conn[0] : 0;
    if (from != to && idtab_get(&e->conns, to))
        hop->conn = to;
    else if (!user || !bound(hop, now, user, NULL))
        return false;
    hop->target = msg->uri;
    return true;
}

/* By our Route, by a contact that we hold, or by a user of our domain. Gives
 * 0, or the status that says why it goes nowhere. */
static unsigned locate(struct edge *e, struct hop *hop, struct now now,
                       uint64_t from, const struct sip_msg *msg)
{
    const struct edge_user *user;

    if (along_route(e, hop, now, from, msg))
        return 0;
    for (size_t u = 0; u < e->users; u++)
        if (bound(hop, now, &e->user[u], &msg->uri))
            return 0;
    if (!ours(e, msg))
        return msg->to.tag.n ? 480 : 404;
    user = edge_find_user(e, msg->uri.user);
    if (!user)
        return 404;
    return bound(hop, now, user, NULL) ? 0 : 480;
}

static void put_record_route(struct out *o, const struct edge *e,
                             uint64_t from, uint64_t to)
{
    char text[300];
    struct out r = out_of(text, sizeof(text));
    const uint64_t conn[2] = {from, to};

    out_lit(&r, "<sip:");
    edge_put_token(&r, e, conn);
    out_char(&r, '@');
    out_put(&r, e->config.domain);
    out_lit(&r, ";transport=tls;lr>");
    if (r.err)
        out_fail(o, r.err);
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
                          const struct sip_msg *msg, const struct hop *hop)
{
    char branch[EDGE_KEYED_MAX];
    struct out b = out_of(branch, sizeof(branch));
    struct sip_host host = {e->config.domain, SIP_HOST_NAME};

    edge_put_branch(&b, e, conn, msg->via->branch);
    sip_write_request(o, msg->method_text, &hop->target);
    sip_write_via(o, &host, 0, out_slice(&b));
    if (!msg->to.tag.n && msg->method != SIP_CANCEL)
        put_record_route(o, e, conn, hop->conn);
    sip_write_u32(o, SIP_HDR_MAX_FORWARDS, msg->max_forwards - 1u);
    copy_headers(o, e, msg);
    sip_write_body(o, content_type(msg), msg->body);
}

static void send_on(struct edge *e, uint64_t conn, const struct sip_msg *msg,
                    const struct hop *hop)
{
    char *text = env_alloc(e->config.env, FORWARD_MAX);

    if (!text)
        return;
    struct out o = out_of(text, FORWARD_MAX);

    put_forwarded(&o, e, conn, msg, hop);
    if (!o.err) {
        e->counts.forwarded++;
        e->config.send(e->config.user, hop->conn, out_slice(&o));
    } else if (msg->method != SIP_ACK) {
        edge_answer(e, conn, msg, 500);
    }
    env_free(e->config.env, text);
}

/* A call begins only for a user of ours who shows it (22.3). */
static bool may_begin(struct edge *e, struct now now, uint64_t conn,
                      const struct sip_msg *msg)
{
    struct edge_user *user = edge_find_user(e, msg->from.uri.user);

    if (msg->method != SIP_INVITE || msg->to.tag.n)
        return true;
    if (!user || !slice_ieq(msg->from.uri.host.text, e->config.domain)) {
        edge_answer(e, conn, msg, 403);
        return false;
    }
    return edge_authorize(e, now, conn, msg, user) == 0;
}

void edge_forward(struct edge *e, struct now now, uint64_t conn,
                  const struct sip_msg *msg)
{
    struct hop hop;
    unsigned status;

    /* The ACK of an answer of our own ends here. */
    if (msg->method == SIP_ACK && edge_is_own_tag(e, msg))
        return;
    if (!may_begin(e, now, conn, msg))
        return;
    status = locate(e, &hop, now, conn, msg);
    if (!status && msg->max_forwards == 0)
        status = 483;
    if (!status) {
        send_on(e, conn, msg, &hop);
        return;
    }
    e->counts.unroutable++;
    if (msg->method != SIP_ACK)
        edge_answer(e, conn, msg, status);
}

/* The response without our Via, to the connection that it names. */
void edge_return(struct edge *e, const struct sip_msg *msg)
{
    uint64_t conn;
    char *text;

    if (!msg->via->next ||
        edge_read_branch(e, &conn, msg->via->branch, msg->via->next->branch)) {
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
