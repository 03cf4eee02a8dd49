/* SPDX-License-Identifier: Apache-2.0 */
/* The benchmark's peer osip2: the same messages, parsed and read. */
#include <sys/time.h>

#include <osipparser2/osip_parser.h>

#include "test/bench/peer/peer.h"

static size_t len(const char *s)
{
    return s ? strlen(s) : 0;
}

static size_t read_uri(const osip_uri_t *u)
{
    return u ? len(u->username) + len(u->host) + len(u->port) : 0;
}

static size_t read_list(osip_list_t *list)
{
    size_t sum = 0;

    for (int i = 0; i < osip_list_size(list); i++) {
        osip_from_t *a = osip_list_get(list, i);

        sum += read_uri(a->url);
    }
    return sum;
}

static size_t read_auth(const osip_message_t *m)
{
    size_t sum = 0;

    for (int i = 0; i < osip_list_size(&m->www_authenticates); i++) {
        osip_www_authenticate_t *a = osip_list_get(&m->www_authenticates, i);

        sum += len(a->realm) + len(a->nonce) + len(a->algorithm);
    }
    for (int i = 0; i < osip_list_size(&m->authorizations); i++) {
        osip_authorization_t *a = osip_list_get(&m->authorizations, i);

        sum += len(a->username) + len(a->response);
    }
    return sum;
}

static size_t read_all(osip_message_t *m)
{
    size_t sum = read_uri(m->req_uri) + len(m->sip_method) +
                 (size_t)m->status_code + read_auth(m);

    for (int i = 0; i < osip_list_size(&m->vias); i++) {
        osip_via_t *v = osip_list_get(&m->vias, i);
        osip_generic_param_t *branch = NULL;

        osip_via_param_get_byname(v, "branch", &branch);
        sum += len(v->host) + len(v->port) + len(branch ? branch->gvalue : 0);
    }
    sum += read_uri(m->from->url) + read_uri(m->to->url);
    sum += len(m->call_id->number) + len(m->cseq->number);
    sum += read_list(&m->contacts) + read_list(&m->routes);
    return sum + read_list(&m->record_routes);
}

size_t peer_parse(const char *p, size_t n)
{
    osip_message_t *m = NULL;
    size_t sum = 0;

    osip_message_init(&m);
    if (osip_message_parse(m, p, n) == 0)
        sum = read_all(m);
    osip_message_free(m);
    return sum;
}

void peer_start(void)
{
    parser_init();
}

const char *const peer_name = "osip2";
