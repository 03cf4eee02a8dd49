/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz: osip2 and sofia-sip read what we read, where it is written plainly. */
#include <stdlib.h>

#include "fuzz/peer/view.h"
#include "fuzz/target.h"
#include "sip/base/err.h"
#include "sip/msg.h"

static void put(struct view *v, const char *key, struct slice s)
{
    view_text(v, key, s.p, s.n);
}

static void put_uri(struct view *v, const char *what, const struct sip_uri *u)
{
    view_fold(v, what, u->text.p, u->scheme_n);
    put(v, "user", u->user);
    put(v, "host", u->host.text);
    view_num(v, "port", u->port);
}

static void put_lists(struct view *v, const struct sip_msg *m)
{
    if (m->contact_star)
        view_cstr(v, "contact", "*");
    for (const struct sip_contact *c = m->contact; c; c = c->next) {
        struct slice expires = {0};

        put_uri(v, "contact", &c->addr.uri);
        sip_param_get(c->addr.params, S("expires"), &expires);
        put(v, "expires", expires);
    }
    for (const struct sip_route *r = m->route; r; r = r->next)
        put_uri(v, "route", &r->addr.uri);
    for (const struct sip_route *r = m->record_route; r; r = r->next)
        put_uri(v, "record-route", &r->addr.uri);
}

static void put_all(struct view *v, const struct sip_msg *m)
{
    v->n = 0;
    if (m->request) {
        put(v, "method", m->method_text);
        put_uri(v, "uri", &m->uri);
    } else {
        view_num(v, "status", m->status);
    }
    for (const struct sip_via *via = m->via; via; via = via->next) {
        view_fold(v, "via", via->transport.p, via->transport.n);
        put(v, "host", via->host.text);
        view_num(v, "port", via->port);
        put(v, "branch", via->branch);
    }
    put_uri(v, "from", &m->from.uri);
    put(v, "tag", m->from.tag);
    put_uri(v, "to", &m->to.uri);
    put(v, "tag", m->to.tag);
    put(v, "call-id", m->call_id);
    view_num(v, "cseq", m->cseq.num);
    put(v, "of", m->cseq.text);
    put_lists(v, m);
    view_num(v, "expires", m->expires);
}

/* ------------------------------------------------------- written plainly */

/* Printable ASCII in lines that end in CR LF, nothing escaped or quoted. */
static bool plain_bytes(const struct sip_msg *m)
{
    struct slice head = slice_between(m->bytes.p, m->body.p);

    for (size_t i = 0; i < head.n; i++)
        if ((head.p[i] < ' ' && head.p[i] != '\r' && head.p[i] != '\n') ||
            head.p[i] > '~' || strchr("%\\", head.p[i]))
            return false;
    return true;
}

static bool plain_uri(const struct sip_uri *u)
{
    return (u->scheme == SIP_SCHEME_SIP || u->scheme == SIP_SCHEME_SIPS) &&
           !u->headers.n && !u->has_password;
}

static bool plain_uris(const struct sip_msg *m)
{
    if ((m->request && !plain_uri(&m->uri)) || !plain_uri(&m->from.uri) ||
        !plain_uri(&m->to.uri))
        return false;
    /* "* <sip:a>": to osip2 what starts with a star is the star alone; it is
     * a token, and as that a name (RFC 3261 25.1). */
    for (const struct sip_contact *c = m->contact; c; c = c->next)
        if (!plain_uri(&c->addr.uri) || c->addr.text.p[0] == '*')
            return false;
    for (const struct sip_route *r = m->route; r; r = r->next)
        if (!plain_uri(&r->addr.uri))
            return false;
    for (const struct sip_route *r = m->record_route; r; r = r->next)
        if (!plain_uri(&r->addr.uri))
            return false;
    return true;
}

static void compare(const char *name, const struct view *ours,
                    const struct view *theirs)
{
    if (ours->n == theirs->n && memcmp(ours->text, theirs->text, ours->n) == 0)
        return;
    fprintf(stderr, "we:\n%.*s\n%s:\n%.*s\n", (int)ours->n, ours->text, name,
            (int)theirs->n, theirs->text);
    abort();
}

/* How many were compared, told at the end: a target that compares nothing
 * would find nothing. */
static unsigned long asked, by_osip2, by_sofia;

static void tell(void)
{
    fprintf(stderr, "stat::plain: %lu, read by osip2: %lu, sofia-sip: %lu\n",
            asked, by_osip2, by_sofia);
}

static void ask_peers(const struct sip_msg *m)
{
    static struct view ours, theirs;
    char *text = malloc(m->bytes.n + 1);

    if (!text)
        abort();
    memcpy(text, m->bytes.p, m->bytes.n);
    text[m->bytes.n] = '\0';
    if (!asked++)
        atexit(tell);
    put_all(&ours, m);
    if (peer_osip2(&theirs, text, m->bytes.n)) {
        by_osip2++;
        compare("osip2", &ours, &theirs);
    }
    if (peer_sofia(&theirs, text, m->bytes.n)) {
        by_sofia++;
        compare("sofia-sip", &ours, &theirs);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct env env = {.alloc = target_alloc, .free = target_free};
    struct sip_parse_err err;
    struct arena_pool pool;
    struct arena arena;
    struct sip_msg m;

    arena_pool_init(&pool, &env);
    arena_init(&arena, &pool);
    if (!sip_msg_parse(&m, &arena, slice_of(data, size), &err) &&
        (m.has & SIP_HAS_CONTENT_LENGTH) && plain_bytes(&m) && plain_uris(&m))
        ask_peers(&m);
    arena_reset(&arena);
    arena_pool_free(&pool);
    return 0;
}
