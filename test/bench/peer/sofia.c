/* SPDX-License-Identifier: Apache-2.0 */
/* The benchmark's peer sofia-sip: the same messages, parsed and read. */
#include <sofia-sip/msg.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_protos.h>

#include "test/bench/peer/peer.h"

static size_t len(const char *s)
{
    return s ? strlen(s) : 0;
}

static size_t read_uri(const url_t *u)
{
    return len(u->url_user) + len(u->url_host) + len(u->url_port);
}

static size_t read_auth(const sip_t *s)
{
    size_t sum = 0;

    for (const sip_www_authenticate_t *a = s->sip_www_authenticate; a;
         a = a->au_next)
        for (size_t i = 0; a->au_params && a->au_params[i]; i++)
            sum += len(a->au_params[i]);
    for (const sip_authorization_t *a = s->sip_authorization; a;
         a = a->au_next)
        for (size_t i = 0; a->au_params && a->au_params[i]; i++)
            sum += len(a->au_params[i]);
    return sum;
}

static size_t read_all(const sip_t *s)
{
    size_t sum = read_auth(s);

    if (s->sip_request)
        sum += read_uri(s->sip_request->rq_url);
    else
        sum += (size_t)s->sip_status->st_status;
    for (const sip_via_t *v = s->sip_via; v; v = v->v_next)
        sum += len(v->v_host) + len(v->v_port) + len(v->v_branch);
    sum += read_uri(s->sip_from->a_url) + len(s->sip_from->a_tag);
    sum += read_uri(s->sip_to->a_url) + len(s->sip_to->a_tag);
    sum += len(s->sip_call_id->i_id) + s->sip_cseq->cs_seq;
    for (const sip_contact_t *c = s->sip_contact; c; c = c->m_next)
        sum += read_uri(c->m_url) + len(c->m_expires);
    for (const sip_route_t *r = s->sip_route; r; r = r->r_next)
        sum += read_uri(r->r_url);
    for (const sip_record_route_t *r = s->sip_record_route; r; r = r->r_next)
        sum += read_uri(r->r_url);
    return sum;
}

size_t peer_parse(const char *p, size_t n)
{
    msg_t *m = msg_make(sip_default_mclass(), 0, p, (ssize_t)n);
    const sip_t *s = m ? sip_object(m) : NULL;
    size_t sum = 0;

    if (s && !s->sip_error)
        sum = read_all(s);
    if (m)
        msg_destroy(m);
    return sum;
}

void peer_start(void)
{
}

const char *const peer_name = "sofia-sip";
