/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that we make (RFC 3261 8.1.1, 10.2). */
#include "ua/request.h"

#include "sip/base/err.h"
#include "sip/base/secret.h"
#include "ua/flow.h"
#include "ua/receive.h"
#include "ua/txn.h"

/* What differs between our requests. */
struct plan {
    enum sip_method method;
    enum ua_txn_use use;
    struct slice call_id;
    struct slice tag;
    uint32_t cseq;
    bool contact;
    bool star; /* all bindings, to be taken back (10.2.2) */
    uint32_t expires;
};

struct sip_host ua_request_host(const struct ua_account *acc, char *text,
                                size_t cap)
{
    const struct tls_addr *addr = &acc->flow->local;
    struct out o = out_of(text, cap);

    tls_addr_put_ip(&o, addr);
    return (struct sip_host){out_slice(&o), addr->family == 6 ? SIP_HOST_IPV6
                                                              : SIP_HOST_IPV4};
}

const struct sip_dialog_hop *ua_request_hop(struct ua_hop *h,
                                            const struct ua_account *acc,
                                            struct slice branch)
{
    h->host = ua_request_host(acc, h->ip, sizeof(h->ip));
    h->hop = (struct sip_dialog_hop){&h->host, acc->flow->local.port, branch};
    return &h->hop;
}

struct sip_uri ua_request_aor(const struct ua_account *acc)
{
    return (struct sip_uri){.scheme = acc->aor.scheme,
                            .has_user = acc->aor.has_user,
                            .user = acc->aor.user,
                            .host = acc->aor.host,
                            .port = acc->aor.port};
}

/* Request-URI of REGISTER and of the probe: the domain alone (10.2). */
static struct sip_uri domain(const struct ua_account *acc)
{
    return (struct sip_uri){.scheme = acc->aor.scheme,
                            .host = acc->aor.host,
                            .port = acc->aor.port};
}

void ua_request_target(struct out *o, const struct ua_account *acc)
{
    struct sip_uri target = domain(acc);

    sip_write_uri(o, &target);
}

static void put_from_to(struct out *o, const struct ua_account *acc,
                        struct slice tag)
{
    struct sip_uri aor = ua_request_aor(acc);
    const struct sip_param param = {S("tag"), tag, true};
    struct sip_waddr from = {.uri = &aor, .params = &param, .nparams = 1};
    struct sip_waddr to = {.uri = &aor};

    sip_write_addr(o, SIP_HDR_FROM, &from);
    sip_write_addr(o, SIP_HDR_TO, &to);
}

void ua_request_put_route(struct out *o, const struct ua_account *acc,
                          bool secure)
{
    char text[512];
    struct out route = out_of(text, sizeof(text));
    struct ua_edge edge;

    if (!ua_edges_in_use(acc, &edge) ||
        sip_host_eq(&edge.host, &acc->aor.host))
        return;
    out_put(&route, secure ? S("<sips:") : S("<sip:"));
    if (edge.host.kind == SIP_HOST_IPV6)
        out_char(&route, '[');
    out_put(&route, edge.host.text);
    if (edge.host.kind == SIP_HOST_IPV6)
        out_char(&route, ']');
    if (edge.port) {
        out_char(&route, ':');
        out_u64(&route, edge.port);
    }
    out_put(&route, secure ? S(";lr>") : S(";transport=tls;lr>"));
    if (route.err)
        out_fail(o, route.err);
    sip_write_route(o, SIP_HDR_ROUTE, out_slice(&route));
}

void ua_request_put_agent(struct out *o, const struct ua_account *acc)
{
    if (acc->core->user_agent.n)
        sip_write_hdr(o, SIP_HDR_USER_AGENT, acc->core->user_agent);
}

void ua_request_put_able(struct out *o, const struct ua_account *acc)
{
    sip_write_hdr(o, SIP_HDR_ALLOW, S(UA_ALLOW));
    sip_write_hdr(o, SIP_HDR_SUPPORTED, S(UA_SUPPORTED));
    ua_request_put_agent(o, acc);
}

static int build(struct out *o, struct ua_account *acc,
                 const struct plan *plan, const struct ua_txn *txn)
{
    struct sip_uri target = domain(acc);
    struct slice method = sip_method_name(plan->method);
    char uri_text[UA_URI_MAX];
    struct ua_hop h;
    const struct sip_dialog_hop *hop =
        ua_request_hop(&h, acc, ua_txn_branch(txn));
    struct out uri = out_of(uri_text, sizeof(uri_text));
    int err = 0;

    sip_write_request(o, method, &target);
    sip_write_via(o, hop->host, hop->port, hop->branch);
    ua_request_put_route(o, acc, target.scheme == SIP_SCHEME_SIPS);
    sip_write_u32(o, SIP_HDR_MAX_FORWARDS, 70);
    put_from_to(o, acc, plan->tag);
    sip_write_hdr(o, SIP_HDR_CALL_ID, plan->call_id);
    sip_write_cseq(o, plan->cseq, method);
    if (plan->contact) {
        if (plan->star)
            sip_write_hdr(o, SIP_HDR_CONTACT, S("*"));
        else
            ua_binding_put_register(o, acc);
        sip_write_u32(o, SIP_HDR_EXPIRES, plan->expires);
    }
    ua_request_target(&uri, acc);
    if (sip_digest_ready(&acc->digest))
        err = sip_digest_write(&acc->digest, o, method, out_slice(&uri),
                               slice_of(NULL, 0));
    ua_request_put_agent(o, acc);
    sip_write_body(o, slice_of(NULL, 0), slice_of(NULL, 0));
    return err ? err : o->err;
}

static int send_request(struct ua_account *acc, struct now now,
                        const struct plan *plan, uint64_t *id)
{
    char text[UA_MESSAGE_MAX];
    struct out o = out_of(text, sizeof(text));
    struct ua_txn *txn;
    int err;

    if (acc->flow->state != UA_FLOW_UP)
        return E_STATE;
    err = ua_txn_new(&txn, acc, now, plan->use, plan->method);
    if (err)
        return err;
    err = build(&o, acc, plan, txn);
    if (!err)
        err = ua_flow_send(acc->flow, out_slice(&o));
    secret_wipe(text, sizeof(text));
    if (err) {
        ua_txn_forget(acc, txn->id);
        return err;
    }
    acc->core->counts.messages_out++;
    LOG(acc->env, LOG_INFO, "request.sent",
        LOG_TOKEN("method", sip_method_name(plan->method)),
        LOG_TOKEN("call_id", plan->call_id), LOG_NUM("cseq", plan->cseq),
        LOG_PERSON("user", acc->aor.user),
        LOG_HOST("domain", acc->aor.host.text));
    *id = txn->id;
    return 0;
}

int ua_request_register(struct ua_account *acc, struct now now,
                        uint32_t expires)
{
    struct ua_reg *reg = &acc->reg;
    const struct plan plan = {
        .method = SIP_REGISTER,
        .use = UA_TXN_REGISTER,
        .call_id = slice_of(reg->call_id, sizeof(reg->call_id)),
        .tag = slice_of(reg->tag, sizeof(reg->tag)),
        .cseq = ++reg->cseq,
        .contact = true,
        .star = reg->clean,
        .expires = reg->clean ? 0 : expires,
    };

    return send_request(acc, now, &plan, &reg->txn);
}

int ua_request_probe(struct ua_account *acc, struct now now)
{
    char random[4 * UA_TOKEN_N];
    struct plan plan = {.method = SIP_OPTIONS, .use = UA_TXN_PROBE, .cseq = 1};
    uint64_t id;
    int err = env_rand_hex(acc->env, random, UA_TOKEN_N);

    if (!err)
        err = env_rand_hex(acc->env, random + 2 * UA_TOKEN_N, UA_TOKEN_N);
    if (err)
        return err;
    plan.call_id = slice_of(random, 2 * UA_TOKEN_N);
    plan.tag = slice_of(random + 2 * UA_TOKEN_N, 2 * UA_TOKEN_N);
    return send_request(acc, now, &plan, &id);
}
