/* SPDX-License-Identifier: Apache-2.0 */
/* What osip2 makes of a message. */
#include <sys/time.h>

#include <osipparser2/osip_parser.h>

#include "fuzz/peer/view.h"

static void put_uri(struct view *v, const char *what, const osip_uri_t *u)
{
    view_fold(v, what, u->scheme, u->scheme ? strlen(u->scheme) : 0);
    view_cstr(v, "user", u->username);
    view_cstr(v, "host", u->host);
    view_digits(v, "port", u->port);
}

static void put_param(struct view *v, const char *name, osip_list_t *list)
{
    osip_generic_param_t *p = NULL;

    osip_generic_param_get_byname(list, (char *)(size_t)name, &p);
    view_cstr(v, name, p ? p->gvalue : NULL);
}

static void put_vias(struct view *v, osip_message_t *m)
{
    for (int i = 0; i < osip_list_size(&m->vias); i++) {
        osip_via_t *via = osip_list_get(&m->vias, i);

        view_fold(v, "via", via->protocol, strlen(via->protocol));
        view_cstr(v, "host", via->host);
        view_digits(v, "port", via->port);
        put_param(v, "branch", &via->via_params);
    }
}

static void put_contacts(struct view *v, osip_message_t *m)
{
    for (int i = 0; i < osip_list_size(&m->contacts); i++) {
        osip_contact_t *c = osip_list_get(&m->contacts, i);

        if (!c->url) { /* "*" */
            view_cstr(v, "contact", "*");
            continue;
        }
        put_uri(v, "contact", c->url);
        put_param(v, "expires", &c->gen_params);
    }
}

static void put_list(struct view *v, const char *what, osip_list_t *list)
{
    for (int i = 0; i < osip_list_size(list); i++) {
        osip_from_t *r = osip_list_get(list, i);

        put_uri(v, what, r->url);
    }
}

static void put_call_id(struct view *v, const osip_call_id_t *id)
{
    char text[4096];

    snprintf(text, sizeof(text), "%s%s%s", id->number, id->host ? "@" : "",
             id->host ? id->host : "");
    view_cstr(v, "call-id", text);
}

static void put_all(struct view *v, osip_message_t *m)
{
    osip_header_t *expires = NULL;

    if (m->req_uri) {
        view_cstr(v, "method", m->sip_method);
        put_uri(v, "uri", m->req_uri);
    } else {
        view_num(v, "status", (unsigned long)m->status_code);
    }
    put_vias(v, m);
    put_uri(v, "from", m->from->url);
    put_param(v, "tag", &m->from->gen_params);
    put_uri(v, "to", m->to->url);
    put_param(v, "tag", &m->to->gen_params);
    put_call_id(v, m->call_id);
    view_digits(v, "cseq", m->cseq->number);
    view_cstr(v, "of", m->cseq->method);
    put_contacts(v, m);
    put_list(v, "route", &m->routes);
    put_list(v, "record-route", &m->record_routes);
    osip_message_header_get_byname(m, "expires", 0, &expires);
    view_digits(v, "expires", expires ? expires->hvalue : NULL);
}

int peer_osip2(struct view *v, const char *p, size_t n)
{
    static int started;
    osip_message_t *m = NULL;
    int ok;

    if (!started++)
        parser_init();
    if (osip_message_init(&m))
        return 0;
    ok = osip_message_parse(m, p, n) == 0 && m->from && m->to && m->call_id &&
         m->cseq && m->from->url && m->to->url;
    v->n = 0;
    if (ok)
        put_all(v, m);
    osip_message_free(m);
    return ok;
}
