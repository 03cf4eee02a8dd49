/* SPDX-License-Identifier: Apache-2.0 */
/* A parsed message as lines of text, all of its views: for the wire tests. */
#ifndef TEST_UNIT_SIP_READING_H
#define TEST_UNIT_SIP_READING_H

#include "sip/msg.h"

/* Adds text with what is not printable ASCII as {{hh}}. */
static inline void reading_text(struct out *o, struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] >= 0x20 && (unsigned char)s.p[i] < 0x7f) {
            out_char(o, s.p[i]);
            continue;
        }
        out_lit(o, "{{");
        out_hex(o, (const uint8_t *)s.p + i, 1);
        out_lit(o, "}}");
    }
}

/* " name=text" unless text is empty */
static inline void reading_item(struct out *o, const char *name,
                                struct slice s)
{
    if (!s.n)
        return;
    out_char(o, ' ');
    out_put(o, slice_cstr(name));
    out_char(o, '=');
    reading_text(o, s);
}

static inline void reading_num(struct out *o, const char *name, bool has,
                               uint64_t v)
{
    if (!has)
        return;
    out_char(o, ' ');
    out_put(o, slice_cstr(name));
    out_char(o, '=');
    out_u64(o, v);
}

static inline void reading_flag(struct out *o, const char *name, bool on)
{
    if (!on)
        return;
    out_char(o, ' ');
    out_put(o, slice_cstr(name));
}

static inline void reading_host(struct out *o, const struct sip_host *h)
{
    static const char *const kind[] = {"none", "name", "ipv4", "ipv6"};

    reading_item(o, kind[h->kind], h->text);
}

static inline void reading_uri(struct out *o, const struct sip_uri *u)
{
    static const char *const scheme[] = {" none", " sip", " sips", " tel",
                                         " other"};

    out_put(o, slice_cstr(scheme[u->scheme]));
    if (u->scheme == SIP_SCHEME_OTHER)
        reading_item(o, "text", u->text);
    reading_item(o, "user", u->user);
    reading_flag(o, "password", u->has_password);
    reading_host(o, &u->host);
    reading_num(o, "port", u->port != 0, u->port);
    reading_item(o, "transport", u->transport);
    reading_flag(o, "lr", u->lr);
    reading_flag(o, "ob", u->ob);
    reading_item(o, "params", u->params);
    reading_item(o, "headers", u->headers);
}

static inline void reading_addr(struct out *o, const char *name,
                                const struct sip_addr *a)
{
    out_put(o, slice_cstr(name));
    out_char(o, ':');
    reading_item(o, "display", a->display);
    reading_uri(o, &a->uri);
    if (a->params.n)
        out_lit(o, " |");
    reading_item(o, "tag", a->tag);
    reading_item(o, "params", a->params);
}

static inline void reading_vias(struct out *o, const struct sip_via *v)
{
    for (; v; v = v->next) {
        out_lit(o, "via:");
        reading_item(o, "transport", v->transport);
        reading_host(o, &v->host);
        reading_num(o, "port", v->port != 0, v->port);
        reading_item(o, "branch", v->branch);
        reading_item(o, "received", v->received);
        reading_flag(o, "rport", v->has_rport);
        reading_num(o, "rport", v->rport != 0, v->rport);
        reading_item(o, "maddr", v->maddr);
        reading_num(o, "ttl", v->has_ttl, v->ttl);
        out_char(o, '\n');
    }
}

static inline void reading_contacts(struct out *o, const struct sip_msg *m)
{
    if (m->contact_star)
        out_lit(o, "contact: *\n");
    for (const struct sip_contact *c = m->contact; c; c = c->next) {
        reading_addr(o, "contact", &c->addr);
        reading_num(o, "expires", c->has_expires, c->expires);
        reading_num(o, "q", c->q != SIP_Q_NONE, c->q);
        reading_num(o, "reg-id", c->reg_id != 0, c->reg_id);
        reading_item(o, "instance", c->instance);
        out_char(o, '\n');
    }
}

static inline void reading_routes(struct out *o, const char *name,
                                  const struct sip_route *r)
{
    for (; r; r = r->next) {
        reading_addr(o, name, &r->addr);
        out_char(o, '\n');
    }
}

static inline void reading_tokens(struct out *o, const char *name,
                                  const struct sip_token *t)
{
    if (!t)
        return;
    out_put(o, slice_cstr(name));
    out_char(o, ':');
    for (; t; t = t->next) {
        out_char(o, ' ');
        out_put(o, t->text);
    }
    out_char(o, '\n');
}

static inline void reading_auth(struct out *o, const struct sip_msg *m)
{
    for (const struct sip_challenge *c = m->challenge; c; c = c->next) {
        out_lit(o, "challenge:");
        reading_flag(o, "proxy", c->proxy);
        reading_item(o, "scheme", c->scheme);
        reading_item(o, "realm", c->realm);
        reading_item(o, "nonce", c->nonce);
        reading_item(o, "opaque", c->opaque);
        reading_item(o, "domain", c->domain);
        reading_item(o, "algorithm", c->algorithm);
        reading_num(o, "qop", c->qop != 0, c->qop);
        reading_flag(o, "stale", c->stale);
        out_char(o, '\n');
    }
    for (const struct sip_credentials *c = m->credentials; c; c = c->next) {
        out_lit(o, "credentials:");
        reading_flag(o, "proxy", c->proxy);
        reading_item(o, "scheme", c->scheme);
        reading_item(o, "username", c->username);
        reading_item(o, "realm", c->realm);
        reading_item(o, "nonce", c->nonce);
        reading_item(o, "uri", c->uri);
        reading_item(o, "response", c->response);
        reading_item(o, "algorithm", c->algorithm);
        reading_item(o, "cnonce", c->cnonce);
        reading_item(o, "opaque", c->opaque);
        reading_item(o, "qop", c->qop);
        reading_item(o, "nc", c->nc);
        out_char(o, '\n');
    }
}

static inline void reading_value(struct out *o, const char *name,
                                 const struct sip_value *v)
{
    if (!v || !v->token.n)
        return;
    out_put(o, slice_cstr(name));
    out_lit(o, ": ");
    out_put(o, v->token);
    reading_item(o, "params", v->params);
    out_char(o, '\n');
}

static inline void reading_numbers(struct out *o, const struct sip_msg *m)
{
    out_lit(o, "numbers:");
    reading_num(o, "max-forwards", m->has & SIP_HAS_MAX_FORWARDS,
                m->max_forwards);
    reading_num(o, "expires", m->has & SIP_HAS_EXPIRES, m->expires);
    reading_num(o, "min-expires", m->has & SIP_HAS_MIN_EXPIRES,
                m->min_expires);
    reading_num(o, "flow-timer", m->has & SIP_HAS_FLOW_TIMER, m->flow_timer);
    reading_num(o, "retry-after", m->has & SIP_HAS_RETRY_AFTER,
                m->retry_after);
    reading_num(o, "date", m->has & SIP_HAS_DATE, (uint64_t)m->date);
    reading_num(o, "rseq", m->has & SIP_HAS_RSEQ, m->rseq);
    reading_num(o, "rack", m->has & SIP_HAS_RACK, m->rack.rseq);
    reading_num(o, "session-expires", m->has & SIP_HAS_SESSION_EXPIRES,
                m->session_expires);
    reading_num(o, "min-se", m->has & SIP_HAS_MIN_SE, m->min_se);
    reading_num(o, "allow", m->has & SIP_HAS_ALLOW, m->allow);
    reading_num(o, "content-length", m->has & SIP_HAS_CONTENT_LENGTH,
                m->content_length);
    out_lit(o, " body=");
    out_u64(o, m->body.n);
    out_char(o, '\n');
}

static inline void reading_texts(struct out *o, const struct sip_msg *m)
{
    struct out at = *o;

    out_lit(o, "texts:");
    reading_item(o, "subject", m->subject);
    reading_item(o, "agent", m->user_agent);
    reading_item(o, "server", m->server);
    reading_item(o, "type", m->content_type.type);
    reading_item(o, "subtype", m->content_type.subtype);
    reading_item(o, "params", m->content_type.params);
    reading_item(o, "nextnonce", m->auth_info.nextnonce);
    reading_item(o, "rspauth", m->auth_info.rspauth);
    if (o->n == at.n + 6)
        *o = at;
    else
        out_char(o, '\n');
}

static inline void reading_start(struct out *o, const struct sip_msg *m)
{
    if (m->request) {
        out_lit(o, "request ");
        out_put(o, m->method_text);
        out_put(o, m->method == SIP_OTHER ? S(" (other)") : S(""));
        out_lit(o, "\nuri:");
        reading_uri(o, &m->uri);
    } else {
        out_lit(o, "response ");
        out_u64(o, m->status);
        out_char(o, ' ');
        reading_text(o, m->reason_phrase);
    }
    out_char(o, '\n');
}

/* The whole message. */
static inline void reading_of(struct out *o, const struct sip_msg *m)
{
    reading_start(o, m);
    reading_vias(o, m->via);
    reading_addr(o, "from", &m->from);
    out_char(o, '\n');
    reading_addr(o, "to", &m->to);
    out_lit(o, "\ncall-id: ");
    reading_text(o, m->call_id);
    out_lit(o, "\ncseq: ");
    out_u64(o, m->cseq.num);
    out_char(o, ' ');
    out_put(o, m->cseq.text);
    out_char(o, '\n');
    reading_contacts(o, m);
    reading_routes(o, "route", m->route);
    reading_routes(o, "record-route", m->record_route);
    reading_routes(o, "path", m->path);
    reading_routes(o, "service-route", m->service_route);
    reading_routes(o, "asserted", m->asserted_identity);
    reading_tokens(o, "require", m->require);
    reading_tokens(o, "proxy-require", m->proxy_require);
    reading_tokens(o, "supported", m->supported);
    reading_tokens(o, "unsupported", m->unsupported);
    reading_tokens(o, "allow-events", m->allow_events);
    reading_tokens(o, "content-encoding", m->content_encoding);
    reading_auth(o, m);
    reading_value(o, "event", &m->event);
    reading_value(o, "subscription-state", &m->subscription_state);
    for (const struct sip_value *v = m->reason; v; v = v->next)
        reading_value(o, "reason", v);
    for (const struct sip_warning *w = m->warning; w; w = w->next) {
        out_lit(o, "warning:");
        reading_num(o, "code", true, w->code);
        reading_item(o, "agent", w->agent);
        reading_item(o, "text", w->text);
        out_char(o, '\n');
    }
    if (m->refer_to) {
        reading_addr(o, "refer-to", m->refer_to);
        out_char(o, '\n');
    }
    if (m->referred_by) {
        reading_addr(o, "referred-by", m->referred_by);
        out_char(o, '\n');
    }
    reading_texts(o, m);
    reading_numbers(o, m);
}

#endif
