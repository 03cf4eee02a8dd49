/* SPDX-License-Identifier: Apache-2.0 */
/* Outbound (RFC 5626), GRUU (5627), Service-Route (3608), seen address. */
#include "ua/binding.h"

#include <string.h>

#include "sip/base/err.h"
#include "ua/event.h"
#include "ua/request.h"

/* -------------------------------------------------------------- names */

/* RFC 4122 4.4: a random one. */
static int make_uuid(const struct env *env, struct out *o)
{
    uint8_t b[16];
    int err = env->rand(env->user, b, sizeof(b));

    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    out_lit(o, "urn:uuid:");
    for (size_t i = 0; i < sizeof(b); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out_char(o, '-');
        out_hex(o, b + i, 1);
    }
    return err;
}

/* "urn:" and what a URN may have; it goes between < and > and quotes. */
static bool is_urn(struct slice s)
{
    if (!slice_istarts(s, S("urn:")) || s.n < 8)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
              (c >= 'A' && c <= 'Z') ||
              slice_find(S(":-._~!$&'()*+,;=@/"), c) < 18))
            return false;
    }
    return true;
}

int ua_binding_configure(struct ua_account *acc,
                         const struct siplock_account_config *config)
{
    struct ua_binding *b = &acc->binding;
    struct out name = out_of(b->instance, sizeof(b->instance));

    if (config->gruu < 0 || config->gruu > SIPLOCK_GRUU_NEVER)
        return E_INVAL;
    b->gruu = config->gruu;
    if (!config->instance)
        return 0;
    out_put(&name, slice_cstr(config->instance));
    if (!is_urn(slice_cstr(config->instance)) || out_cstr(&name))
        return E_INVAL;
    return 0;
}

int ua_binding_init(struct ua_account *acc)
{
    struct ua_binding *b = &acc->binding;
    struct out name = out_of(b->instance, sizeof(b->instance));
    struct out host = out_of(b->host, sizeof(b->host));
    char random[2 * UA_TOKEN_N];
    int err = env_rand_hex(acc->env, random, UA_TOKEN_N);

    out_put(&host, slice_of(random, sizeof(random)));
    out_lit(&host, ".invalid");
    (void)out_cstr(&host);
    if (!err && !b->instance[0]) {
        err = make_uuid(acc->env, &name);
        (void)out_cstr(&name);
    }
    return err;
}

static void drop_routes(struct ua_account *acc)
{
    env_free(acc->env, acc->binding.route_memory);
    acc->binding.route_memory = NULL;
    acc->binding.routes = 0;
}

void ua_binding_forget(struct ua_account *acc)
{
    env_drop(acc->env, &acc->binding.pub_gruu);
    env_drop(acc->env, &acc->binding.temp_gruu);
    drop_routes(acc);
}

/* ------------------------------------------------------------- written */

/*
 * Behind a NAT our address says nothing that anybody could use, and more than
 * peers need to know. Elsewhere it stays: it is how a proxy that writes no
 * flow token finds the connection.
 */
static bool hides(const struct ua_account *acc)
{
    struct tls_addr seen = acc->binding.seen;

    seen.port = acc->flow->local.port;
    return acc->binding.outbound && acc->binding.seen.family &&
           !tls_addr_eq(&seen, &acc->flow->local);
}

/* Its memory is text's. */
static struct sip_uri contact_uri(const struct ua_account *acc, bool secure,
                                  char *text, size_t cap)
{
    struct sip_uri uri = {.scheme = secure ? SIP_SCHEME_SIPS : acc->aor.scheme,
                          .has_user = acc->aor.has_user,
                          .user = acc->aor.user,
                          .port = acc->flow->local.port};

    uri.host = ua_request_host(acc, text, cap);
    if (uri.scheme != SIP_SCHEME_SIPS)
        uri.transport = S("tls");
    return uri;
}

static bool asks_outbound(const struct ua_account *acc)
{
    return !acc->binding.lacking;
}

void ua_binding_put_register(struct out *o, const struct ua_account *acc)
{
    char ip[TLS_ADDR_TEXT_MAX], text[UA_INSTANCE_MAX + 2];
    struct out instance = out_of(text, sizeof(text));
    struct sip_uri uri = contact_uri(acc, false, ip, sizeof(ip));
    struct sip_param params[2] = {
        {S("+sip.instance"), {0}, true},
        {S("reg-id"), acc->second ? S("2") : S("1"), true}};
    const struct sip_waddr addr = {
        .uri = &uri, .params = params, .nparams = asks_outbound(acc) ? 2 : 1};

    out_char(&instance, '<');
    out_put(&instance, slice_cstr(acc->binding.instance));
    out_char(&instance, '>');
    params[0].value = out_slice(&instance);
    sip_write_addr(o, SIP_HDR_CONTACT, &addr);
    if (acc->binding.gruu == SIPLOCK_GRUU_NEVER)
        sip_write_hdr(o, SIP_HDR_SUPPORTED,
                      asks_outbound(acc) ? S("path, outbound") : S("path"));
    else
        sip_write_hdr(o, SIP_HDR_SUPPORTED,
                      asks_outbound(acc) ? S("path, outbound, gruu")
                                         : S("path, gruu"));
}

/* A PBX that hands GRUUs out need not route them within dialogs (Kamailio's
 * stock script does not); one that does outbound is taken at its word. */
static bool uses_gruu(const struct ua_account *acc, bool secure)
{
    const struct ua_binding *b = &acc->binding;

    if (!b->pub_gruu.n || b->gruu == SIPLOCK_GRUU_NEVER)
        return false;
    if (secure && !slice_istarts(b->pub_gruu, S("sips:")))
        return false;
    return b->gruu == SIPLOCK_GRUU_ALWAYS || b->outbound;
}

void ua_binding_put_contact(struct out *o, const struct ua_account *acc,
                            bool secure, bool nameless)
{
    char ip[TLS_ADDR_TEXT_MAX];
    struct sip_uri uri = contact_uri(acc, secure, ip, sizeof(ip));
    const struct sip_waddr addr = {.uri = &uri};
    struct slice gruu =
        nameless ? acc->binding.temp_gruu : acc->binding.pub_gruu;

    uri.ob = acc->binding.outbound;
    if (hides(acc)) {
        uri.host =
            (struct sip_host){slice_cstr(acc->binding.host), SIP_HOST_NAME};
        uri.port = 0;
    }
    if (nameless && uri.has_user)
        uri.user = S("anonymous");
    if (gruu.n && uses_gruu(acc, secure) && sip_uri_parse(&uri, gruu, NULL)) {
        out_fail(o, E_SYNTAX);
        return;
    }
    sip_write_addr(o, SIP_HDR_CONTACT, &addr);
}

static int route_uri(struct sip_uri *uri, struct slice element)
{
    struct cursor c = cursor_of(element);
    struct sip_addr addr = {0};
    int err = sip_addr_take(&c, &addr);

    *uri = addr.uri;
    return err;
}

/* sips: all the way, or not this way (RFC 5630 4.1). */
static bool usable(const struct ua_binding *b, bool secure)
{
    struct sip_uri uri;

    for (unsigned i = 0; secure && i < b->routes; i++)
        if (route_uri(&uri, b->route[i]) || uri.scheme != SIP_SCHEME_SIPS)
            return false;
    return b->routes > 0;
}

void ua_binding_put_route(struct out *o, const struct ua_account *acc,
                          bool secure)
{
    const struct ua_binding *b = &acc->binding;
    struct ua_edge edge;
    struct sip_uri first;

    if (!usable(b, secure)) {
        ua_request_put_route(o, acc, secure);
        return;
    }
    if (!ua_edges_in_use(acc, &edge) || route_uri(&first, b->route[0]) ||
        !sip_host_eq(&first.host, &edge.host))
        ua_request_put_route(o, acc, secure);
    for (unsigned i = 0; i < b->routes; i++)
        sip_write_route(o, SIP_HDR_ROUTE, b->route[i]);
}

/* -------------------------------------------------------------- learnt */

/* Of two flows each has its reg-id; a registrar that does not do outbound
 * says none. */
static bool same_instance(const struct ua_account *acc,
                          const struct sip_contact *c)
{
    struct slice urn = c->instance;

    if (urn.n < 2 || urn.p[0] != '<' || acc->second != (c->reg_id == 2))
        return false;
    urn = slice_of(urn.p + 1, urn.n - 2);
    return slice_ieq(urn, slice_cstr(acc->binding.instance));
}

const struct sip_contact *ua_binding_own(const struct ua_account *acc,
                                         const struct sip_msg *msg)
{
    const struct sip_contact *found = NULL;
    struct tls_addr at;

    for (const struct sip_contact *c = msg->contact; c; c = c->next) {
        if (same_instance(acc, c))
            return c;
        if (!slice_eq(c->addr.uri.user, acc->aor.user))
            continue;
        if (tls_addr_parse_ip(&at, c->addr.uri.host.text))
            continue;
        at.port = sip_uri_port(&c->addr.uri);
        if (tls_addr_eq(&at, &acc->flow->local))
            found = c;
    }
    return found;
}

static void learn_gruu(struct ua_account *acc, struct slice params,
                       struct slice name, struct slice *to)
{
    char text[UA_GRUU_MAX];
    struct out o = out_of(text, sizeof(text));
    struct slice raw, gr;
    struct sip_uri uri;

    env_drop(acc->env, to);
    if (!sip_param_get(params, name, &raw) || raw.n < 2 || raw.p[0] != '"')
        return;
    sip_text_unquote(&o, slice_of(raw.p + 1, raw.n - 2));
    if (o.err || sip_uri_parse(&uri, out_slice(&o), NULL) ||
        (uri.scheme != SIP_SCHEME_SIP && uri.scheme != SIP_SCHEME_SIPS) ||
        uri.headers.n || !sip_uri_param(&uri, S("gr"), &gr)) {
        ua_event_notice(acc, "gruu_ignored");
        return;
    }
    (void)env_copy(acc->env, to, out_slice(&o)); /* without memory: none */
}

static unsigned judge_routes(const struct sip_route *r, size_t *bytes)
{
    unsigned n = 0;

    for (; r; r = r->next, n++) {
        const struct sip_uri *uri = &r->addr.uri;

        if (n == UA_SERVICE_ROUTES_MAX || !uri->lr ||
            r->addr.text.n > UA_SERVICE_ROUTE_MAX ||
            (uri->scheme != SIP_SCHEME_SIP && uri->scheme != SIP_SCHEME_SIPS))
            return UA_SERVICE_ROUTES_MAX + 1;
        *bytes += r->addr.text.n;
    }
    return n;
}

/* RFC 3608 6.1: the last 2xx's counts, also if there is none. */
static void learn_routes(struct ua_account *acc, const struct sip_msg *msg)
{
    struct ua_binding *b = &acc->binding;
    size_t bytes = 0;
    unsigned n = judge_routes(msg->service_route, &bytes);
    char *p;

    drop_routes(acc);
    if (n > UA_SERVICE_ROUTES_MAX)
        ua_event_notice(acc, "service_route_ignored");
    if (!n || n > UA_SERVICE_ROUTES_MAX)
        return;
    p = env_alloc(acc->env, bytes);
    if (!p)
        return;
    b->route_memory = p;
    for (const struct sip_route *r = msg->service_route; r; r = r->next) {
        memcpy(p, r->addr.text.p, r->addr.text.n);
        b->route[b->routes++] = slice_of(p, r->addr.text.n);
        p += r->addr.text.n;
    }
}

/* The registrar, or something on the way, changed what we sent. */
static void check_contact(struct ua_account *acc,
                          const struct sip_contact *own)
{
    char ip[TLS_ADDR_TEXT_MAX];
    struct sip_uri sent = contact_uri(acc, false, ip, sizeof(ip));
    bool same = own && sip_host_eq(&own->addr.uri.host, &sent.host) &&
                own->addr.uri.port == sent.port;

    if (own && !same && !acc->binding.told_contact)
        ua_event_notice(acc, "contact_rewritten");
    acc->binding.told_contact = own && !same;
}

void ua_binding_learn(struct ua_account *acc, const struct sip_msg *msg,
                      const struct sip_contact *own)
{
    struct ua_binding *b = &acc->binding;
    struct slice params = own ? own->addr.params : slice_of(NULL, 0);

    b->outbound = !b->lacking && sip_token_in(msg->require, S("outbound"));
    check_contact(acc, own);
    learn_gruu(acc, params, S("pub-gruu"), &b->pub_gruu);
    learn_gruu(acc, params, S("temp-gruu"), &b->temp_gruu);
    learn_routes(acc, msg);
}

static void tell_address(struct ua_account *acc, const struct tls_addr *at)
{
    struct ua_out *out = ua_event_push(acc, SIPLOCK_EVENT_NOTICE);
    struct slice text[UA_TEXT_COUNT] = {{0}};
    char remote[TLS_ADDR_TEXT_MAX];
    struct out o = out_of(remote, sizeof(remote));

    if (!out)
        return;
    out->event.notice = "public_address";
    tls_addr_put(&o, at);
    text[UA_TEXT_REMOTE] = out_slice(&o);
    ua_event_texts(acc->core, out, text);
}

/* RFC 3581 4: received is given only where it differs; without it only the
 * port is known to be another. */
static void learn_address(struct ua_account *acc, const struct sip_via *via)
{
    struct ua_binding *b = &acc->binding;
    struct tls_addr at = acc->flow->local;

    if (!via->received.n && !via->rport)
        return; /* a server that does not say */
    if (via->received.n && tls_addr_parse_ip(&at, via->received))
        return;
    at.port = via->rport ? via->rport : acc->flow->local.port;
    if (b->seen.family ? tls_addr_eq(&at, &b->seen)
                       : tls_addr_eq(&at, &acc->flow->local))
        return;
    b->seen = at;
    tell_address(acc, &at);
}

void ua_binding_via(struct ua_account *acc, const struct sip_via *via)
{
    char ip[TLS_ADDR_TEXT_MAX];
    struct sip_host host = ua_request_host(acc, ip, sizeof(ip));
    bool ours =
        sip_host_eq(&via->host, &host) && via->port == acc->flow->local.port;

    if (!ours && !acc->binding.told_via)
        ua_event_notice(acc, "via_rewritten");
    acc->binding.told_via = !ours;
    if (ours)
        learn_address(acc, via);
}
