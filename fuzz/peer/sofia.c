/* SPDX-License-Identifier: Apache-2.0 */
/* What sofia-sip makes of a message. */
#include <sofia-sip/msg.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_protos.h>

#include "fuzz/peer/view.h"

static void put_uri(struct view *v, const char *what, const url_t *u)
{
    view_fold(v, what, u->url_scheme, strlen(u->url_scheme));
    view_cstr(v, "user", u->url_user);
    view_cstr(v, "host", u->url_host);
    view_digits(v, "port", u->url_port);
}

static void put_lists(struct view *v, const sip_t *s)
{
    for (const sip_contact_t *c = s->sip_contact; c; c = c->m_next) {
        if (c->m_url->url_type == url_any) { /* "*" */
            view_cstr(v, "contact", "*");
            continue;
        }
        put_uri(v, "contact", c->m_url);
        view_cstr(v, "expires", c->m_expires);
    }
    for (const sip_route_t *r = s->sip_route; r; r = r->r_next)
        put_uri(v, "route", r->r_url);
    for (const sip_record_route_t *r = s->sip_record_route; r; r = r->r_next)
        put_uri(v, "record-route", r->r_url);
}

static void put_all(struct view *v, const sip_t *s)
{
    if (s->sip_request) {
        view_cstr(v, "method", s->sip_request->rq_method_name);
        put_uri(v, "uri", s->sip_request->rq_url);
    } else {
        view_num(v, "status", (unsigned long)s->sip_status->st_status);
    }
    for (const sip_via_t *via = s->sip_via; via; via = via->v_next) {
        const char *slash = strrchr(via->v_protocol, '/');

        slash = slash ? slash + 1 : "";
        view_fold(v, "via", slash, strlen(slash));
        view_cstr(v, "host", via->v_host);
        view_digits(v, "port", via->v_port);
        view_cstr(v, "branch", via->v_branch);
    }
    put_uri(v, "from", s->sip_from->a_url);
    view_cstr(v, "tag", s->sip_from->a_tag);
    put_uri(v, "to", s->sip_to->a_url);
    view_cstr(v, "tag", s->sip_to->a_tag);
    view_cstr(v, "call-id", s->sip_call_id->i_id);
    view_num(v, "cseq", s->sip_cseq->cs_seq);
    view_cstr(v, "of", s->sip_cseq->cs_method_name);
    put_lists(v, s);
    view_num(v, "expires", s->sip_expires ? s->sip_expires->ex_delta : 0);
}

int peer_sofia(struct view *v, const char *p, size_t n)
{
    msg_t *m = msg_make(sip_default_mclass(), 0, p, (ssize_t)n);
    const sip_t *s = m ? sip_object(m) : NULL;
    int ok = s && !s->sip_error && (s->sip_request || s->sip_status) &&
             s->sip_from && s->sip_to && s->sip_call_id && s->sip_cseq;

    v->n = 0;
    if (ok)
        put_all(v, s);
    if (m)
        msg_destroy(m);
    return ok;
}
