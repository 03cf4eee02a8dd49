/* SPDX-License-Identifier: Apache-2.0 */
/* Dialogs: made, matched, refreshed, and the requests within them. */
#include "sip/dialog.h"

#include <string.h>

#include "sip/base/err.h"
#include "sip/base/secret.h"

/* What a dialog is made of, still borrowed from messages. */
struct parts {
    struct slice call_id;
    struct slice local_tag, remote_tag;
    struct slice local, remote;
    struct slice add_tag; /* to local, if it has none */
    const struct sip_route *record_route;
    const struct sip_contact *contact;
};

static unsigned count(const struct sip_route *r)
{
    unsigned n = 0;

    for (; r; r = r->next)
        n++;
    return n;
}

/* ------------------------------------------------------------- memory */

static struct slice keep(struct out *o, struct slice text)
{
    size_t from = o->n;

    out_put(o, text);
    return o->err ? slice_of(NULL, 0) : slice_of(o->p + from, text.n);
}

static struct slice keep_local(struct out *o, const struct parts *p)
{
    size_t from = o->n;

    out_put(o, p->local);
    if (p->add_tag.n) {
        out_lit(o, ";tag=");
        out_put(o, p->add_tag);
    }
    return o->err ? slice_of(NULL, 0) : slice_of(o->p + from, o->n - from);
}

/* The callee's route set is as received, the caller's the other way round
 * (12.1.1, 12.1.2). */
static void keep_routes(struct sip_dialog *d, struct out *o,
                        const struct sip_route *r)
{
    unsigned n = count(r);

    d->routes = n;
    for (unsigned i = 0; r; r = r->next, i++)
        d->route[d->uac ? n - 1 - i : i] = keep(o, r->addr.text);
}

static size_t size_of(const struct parts *p)
{
    size_t n = p->call_id.n + p->local_tag.n + p->remote_tag.n + p->local.n +
               p->remote.n + p->add_tag.n + S(";tag=").n;

    for (const struct sip_route *r = p->record_route; r; r = r->next)
        n += r->addr.text.n;
    return n;
}

static int set_target(struct sip_dialog *d, const struct sip_contact *c)
{
    struct slice copy;
    int err;

    if (!c || (d->secure && c->addr.uri.scheme != SIP_SCHEME_SIPS) ||
        (c->addr.uri.scheme != SIP_SCHEME_SIP &&
         c->addr.uri.scheme != SIP_SCHEME_SIPS))
        return E_SYNTAX;
    if (c->addr.uri.text.n > SIP_DIALOG_TEXT_MAX)
        return E_TOOBIG;
    err = env_copy(d->env, &copy, c->addr.uri.text);
    if (err)
        return err;
    env_free(d->env, (void *)(uintptr_t)d->target.p);
    d->target = copy;
    return 0;
}

/* All or nothing: on error *d is as it was. */
static int fill(struct sip_dialog *d, const struct parts *p)
{
    size_t size = size_of(p);
    char *memory;
    int err;

    if (size > SIP_DIALOG_TEXT_MAX ||
        count(p->record_route) > SIP_DIALOG_ROUTES_MAX)
        return E_TOOBIG;
    memory = env_alloc(d->env, size);
    if (!memory)
        return E_NOMEM;
    err = set_target(d, p->contact);
    if (err) {
        env_free(d->env, memory);
        return err;
    }
    struct out o = out_of(memory, size);

    /* p may borrow from d's own memory: it goes last. */
    d->call_id = keep(&o, p->call_id);
    d->local_tag = keep(&o, p->local_tag);
    d->remote_tag = keep(&o, p->remote_tag);
    d->local = keep_local(&o, p);
    d->remote = keep(&o, p->remote);
    keep_routes(d, &o, p->record_route);
    env_free(d->env, d->memory);
    d->memory = memory;
    return 0;
}

/* -------------------------------------------------------------- birth */

static bool is_secure(const struct sip_msg *invite)
{
    return invite->uri.scheme == SIP_SCHEME_SIPS;
}

int sip_dialog_uac(struct sip_dialog *d, const struct env *env,
                   const struct sip_msg *invite, const struct sip_msg *res)
{
    const struct parts p = {.call_id = invite->call_id,
                            .local_tag = invite->from.tag,
                            .remote_tag = res->to.tag,
                            .local = invite->from.text,
                            .remote = res->to.text,
                            .record_route = res->record_route,
                            .contact = res->contact};
    int err;

    *d = (struct sip_dialog){
        .env = env, .uac = true, .secure = is_secure(invite)};
    if (!res->to.tag.n || !invite->from.tag.n || res->contact_star)
        return E_SYNTAX;
    err = fill(d, &p);
    if (err)
        return err;
    d->local_cseq = invite->cseq.num;
    d->state = res->status < 200 ? SIP_DIALOG_EARLY : SIP_DIALOG_CONFIRMED;
    return 0;
}

int sip_dialog_uas(struct sip_dialog *d, const struct env *env,
                   const struct sip_msg *invite, struct slice local_tag)
{
    const struct parts p = {.call_id = invite->call_id,
                            .local_tag = local_tag,
                            .remote_tag = invite->from.tag,
                            .local = invite->to.text,
                            .remote = invite->from.text,
                            .add_tag = local_tag,
                            .record_route = invite->record_route,
                            .contact = invite->contact};
    int err;

    *d = (struct sip_dialog){.env = env, .secure = is_secure(invite)};
    if (!local_tag.n || invite->to.tag.n || invite->contact_star)
        return E_SYNTAX;
    err = fill(d, &p);
    if (err)
        return err;
    d->remote_cseq = invite->cseq.num;
    d->has_remote_cseq = true;
    d->state = SIP_DIALOG_EARLY;
    return 0;
}

int sip_dialog_notified(struct sip_dialog *d, const struct env *env,
                        const struct sip_msg *notify,
                        const struct sip_dialog_asked *asked)
{
    const struct parts p = {.call_id = notify->call_id,
                            .local_tag = notify->to.tag,
                            .remote_tag = notify->from.tag,
                            .local = notify->to.text,
                            .remote = notify->from.text,
                            .record_route = notify->record_route,
                            .contact = notify->contact};
    int err;

    *d = (struct sip_dialog){.env = env, .secure = asked->secure};
    if (!notify->to.tag.n || !notify->from.tag.n || notify->contact_star)
        return E_SYNTAX;
    err = fill(d, &p);
    if (err)
        return err;
    d->local_cseq = asked->cseq;
    d->remote_cseq = notify->cseq.num;
    d->has_remote_cseq = true;
    d->state = SIP_DIALOG_CONFIRMED;
    return 0;
}

void sip_dialog_free(struct sip_dialog *d)
{
    if (!d->env)
        return;
    env_free(d->env, d->memory);
    env_free(d->env, (void *)(uintptr_t)d->target.p);
    *d = (struct sip_dialog){.state = SIP_DIALOG_ENDED};
}

int sip_dialog_confirm(struct sip_dialog *d, const struct sip_msg *res)
{
    struct parts p = {.call_id = d->call_id,
                      .local_tag = d->local_tag,
                      .remote_tag = d->remote_tag,
                      .local = d->local,
                      .remote = d->remote};
    int err = 0;

    if (d->state != SIP_DIALOG_EARLY && d->state != SIP_DIALOG_CONFIRMED)
        return E_STATE;
    if (res && d->state == SIP_DIALOG_EARLY) {
        p.record_route = res->record_route;
        p.contact = res->contact;
        err = fill(d, &p);
    }
    if (!err)
        d->state = SIP_DIALOG_CONFIRMED;
    return err;
}

/* ----------------------------------------------------------- messages */

bool sip_dialog_has(const struct sip_dialog *d, const struct sip_msg *msg)
{
    struct slice theirs = msg->request ? msg->from.tag : msg->to.tag;
    struct slice ours = msg->request ? msg->to.tag : msg->from.tag;

    return d->state != SIP_DIALOG_NONE && d->state != SIP_DIALOG_ENDED &&
           slice_eq(msg->call_id, d->call_id) &&
           slice_eq(ours, d->local_tag) && slice_eq(theirs, d->remote_tag);
}

int sip_dialog_received(struct sip_dialog *d, const struct sip_msg *req)
{
    if (req->method == SIP_ACK || req->method == SIP_CANCEL)
        return 0;
    if (d->has_remote_cseq && req->cseq.num < d->remote_cseq)
        return E_STATE;
    d->remote_cseq = req->cseq.num;
    d->has_remote_cseq = true;
    return 0;
}

int sip_dialog_refresh(struct sip_dialog *d, const struct sip_msg *msg)
{
    if (!msg->contact) /* a 2xx may leave it out (12.2.1.2) */
        return 0;
    return set_target(d, msg->contact);
}

/* ------------------------------------------------------------ requests */

/* Reads the URI of a kept route element; its text is a name-addr, and the
 * name may have < and > in its quotes. */
static int route_uri(struct sip_uri *uri, struct slice element)
{
    struct cursor c = cursor_of(element);
    struct sip_addr addr = {0};
    int err = sip_addr_take(&c, &addr);

    *uri = addr.uri;
    return err;
}

static void write_parsed(struct out *o, struct slice method, struct slice text)
{
    struct sip_uri uri;

    if (sip_uri_parse(&uri, text, NULL)) {
        out_fail(o, E_SYNTAX);
        return;
    }
    if (uri.headers.n) { /* none in a Request-URI (19.1.1) */
        uri.text = slice_between(text.p, uri.headers.p - 1);
        uri.headers = slice_of(NULL, 0);
    }
    sip_write_request(o, method, &uri);
}

void sip_dialog_skip(struct sip_dialog *d, sip_dialog_gone *gone, void *user)
{
    unsigned n = 0;
    struct sip_uri uri;

    while (n < d->routes && !route_uri(&uri, d->route[n]) &&
           gone(user, &uri.host))
        n++;
    d->routes -= n;
    memmove(d->route, d->route + n, d->routes * sizeof(d->route[0]));
}

static void write_target_route(struct out *o, struct slice target)
{
    char text[2048];
    struct out r = out_of(text, sizeof(text));

    out_char(&r, '<');
    out_put(&r, target);
    out_char(&r, '>');
    if (r.err)
        out_fail(o, r.err);
    sip_write_route(o, SIP_HDR_ROUTE, out_slice(&r));
}

/*
 * 12.2.1.1: with a loose first route the target is the Request-URI and all
 * routes follow; with a strict one the first route is, and the target comes
 * last.
 */
static void write_head(const struct sip_dialog *d, struct out *o,
                       struct slice method, const struct sip_dialog_hop *hop)
{
    struct sip_uri first;
    bool strict = false;

    if (d->routes) {
        if (route_uri(&first, d->route[0])) {
            out_fail(o, E_SYNTAX);
            return;
        }
        strict = !first.lr;
    }
    write_parsed(o, method, strict ? first.text : d->target);
    sip_write_via(o, hop->host, hop->port, hop->branch);
    for (unsigned i = strict ? 1 : 0; i < d->routes; i++)
        sip_write_route(o, SIP_HDR_ROUTE, d->route[i]);
    if (strict)
        write_target_route(o, d->target);
}

void sip_dialog_write(struct sip_dialog *d, struct out *o,
                      enum sip_method method, uint32_t cseq,
                      const struct sip_dialog_hop *hop)
{
    struct slice name = sip_method_name(method);

    if (d->state == SIP_DIALOG_NONE || d->state == SIP_DIALOG_ENDED) {
        out_fail(o, E_STATE);
        return;
    }
    write_head(d, o, name, hop);
    sip_write_u32(o, SIP_HDR_MAX_FORWARDS, 70);
    sip_write_hdr(o, SIP_HDR_FROM, d->local);
    sip_write_hdr(o, SIP_HDR_TO, d->remote);
    sip_write_hdr(o, SIP_HDR_CALL_ID, d->call_id);
    sip_write_cseq(o, cseq ? cseq : d->local_cseq + 1, name);
    if (!cseq && !o->err)
        d->local_cseq++;
}

/* What CANCEL and the ACK of a refusal repeat of the INVITE. */
static void write_twin(struct out *o, const struct sip_msg *invite,
                       enum sip_method method, struct slice to)
{
    struct slice name = sip_method_name(method);

    sip_write_request(o, name, &invite->uri);
    sip_write_hdr(o, SIP_HDR_VIA, invite->via->text);
    for (const struct sip_route *r = invite->route; r; r = r->next)
        sip_write_route(o, SIP_HDR_ROUTE, r->addr.text);
    sip_write_u32(o, SIP_HDR_MAX_FORWARDS, 70);
    sip_write_hdr(o, SIP_HDR_FROM, invite->from.text);
    sip_write_hdr(o, SIP_HDR_TO, to);
    sip_write_hdr(o, SIP_HDR_CALL_ID, invite->call_id);
    sip_write_cseq(o, invite->cseq.num, name);
}

void sip_dialog_write_cancel(struct out *o, const struct sip_msg *invite)
{
    write_twin(o, invite, SIP_CANCEL, invite->to.text);
}

void sip_dialog_write_ack(struct out *o, const struct sip_msg *invite,
                          const struct sip_msg *res)
{
    write_twin(o, invite, SIP_ACK, res->to.text);
}
