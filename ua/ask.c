/* SPDX-License-Identifier: Apache-2.0 */
/* Writing and sending requests; answering their challenges. */
#include "ua/ask.h"

#include "sip/base/err.h"
#include "sip/base/secret.h"
#include "ua/call.h"
#include "ua/flow.h"
#include "ua/receive.h"
#include "ua/request.h"

static void put_from_to(struct out *o, const struct ua_account *acc,
                        const struct ua_ask *ask, const struct sip_uri *uri)
{
    struct sip_uri aor = ua_request_aor(acc);
    const struct sip_param tag = {S("tag"), ask->tag, true};
    const struct sip_waddr from = {.uri = &aor, .params = &tag, .nparams = 1};
    const struct sip_waddr to = {.uri = uri};

    sip_write_addr(o, SIP_HDR_FROM, &from);
    sip_write_addr(o, SIP_HDR_TO, &to);
}

/* 8.1.1: a request that no dialog gives a head. */
static void put_head(struct out *o, const struct ua_account *acc,
                     const struct ua_ask *ask,
                     const struct sip_dialog_hop *hop)
{
    struct slice method = sip_method_name(ask->method);
    struct sip_uri uri;

    if (sip_uri_parse(&uri, ask->target, NULL) || uri.headers.n) {
        out_fail(o, E_SYNTAX);
        return;
    }
    sip_write_request(o, method, &uri);
    sip_write_via(o, hop->host, hop->port, hop->branch);
    ua_binding_put_route(o, acc, uri.scheme == SIP_SCHEME_SIPS);
    sip_write_u32(o, SIP_HDR_MAX_FORWARDS, 70);
    put_from_to(o, acc, ask, &uri);
    sip_write_hdr(o, SIP_HDR_CALL_ID, ask->call_id);
    sip_write_cseq(o, ask->cseq, method);
}

static int build(struct out *o, struct ua_account *acc,
                 const struct ua_ask *ask, const struct ua_txn *txn)
{
    struct ua_hop h;
    const struct sip_dialog_hop *hop =
        ua_request_hop(&h, acc, ua_txn_branch(txn));
    int err = 0;

    if (ask->dialog)
        sip_dialog_write(ask->dialog, o, ask->method, 0, hop);
    else
        put_head(o, acc, ask, hop);
    if (ask->contact)
        ua_binding_put_contact(o, acc, ask->secure, false);
    if (ask->put)
        ask->put(o, ask->user);
    if (!o->err && sip_digest_ready(&acc->digest))
        err = sip_digest_write(&acc->digest, o, sip_method_name(ask->method),
                               ua_indialog_uri(o), ask->body);
    if (ask->sid)
        ua_sid_put(o, ask->sid);
    ua_request_put_able(o, acc);
    sip_write_body(o, ask->type, ask->body);
    return err ? err : o->err;
}

int ua_ask_send(struct ua_account *acc, struct now now,
                const struct ua_ask *ask, uint64_t *id)
{
    char text[UA_MESSAGE_MAX];
    struct out o = out_of(text, sizeof(text));
    struct ua_txn *txn;
    int err;

    if (acc->flow->state != UA_FLOW_UP)
        return E_STATE;
    err = ua_txn_new(&txn, acc, now, UA_TXN_OWNED, ask->method);
    if (err)
        return err;
    txn->call = ask->call;
    txn->owner = ask->owner;
    txn->heard = ask->heard;
    err = build(&o, acc, ask, txn);
    if (!err)
        err = ua_flow_send(acc->flow, out_slice(&o));
    secret_wipe(text, sizeof(text));
    LOG(acc->env, err ? LOG_WARN : LOG_INFO, "request.sent",
        LOG_TOKEN("method", sip_method_name(ask->method)),
        LOG_TOKEN("call_id",
                  ask->dialog ? ask->dialog->call_id : ask->call_id),
        LOG_NUM("error", err));
    if (err) {
        ua_txn_forget(acc, txn->id);
        return err;
    }
    acc->core->counts.messages_out++;
    *id = txn->id;
    return 0;
}

/* ---------------------------------------------------------- challenges */

enum cause_code ua_ask_cause(enum sip_digest_result result)
{
    switch (result) {
    case SIP_DIGEST_NO_ALGORITHM:
        return CAUSE_auth_no_algorithm;
    case SIP_DIGEST_FOREIGN_REALM:
        return CAUSE_auth_unknown_realm;
    case SIP_DIGEST_WRONG_PASSWORD:
        return CAUSE_auth_wrong_password;
    case SIP_DIGEST_NO_MEMORY:
        return CAUSE_out_of_memory;
    case SIP_DIGEST_ASK:
        return CAUSE_auth_no_credentials;
    case SIP_DIGEST_OK:
    case SIP_DIGEST_MALFORMED:
        break;
    }
    return CAUSE_auth_malformed;
}

enum sip_digest_result ua_ask_digest(struct ua_account *acc, unsigned *n,
                                     const struct sip_msg *res)
{
    enum sip_digest_result result =
        sip_digest_challenge(&acc->digest, res->challenge, *n > 0);

    if ((*n)++ >= UA_CHALLENGES_MAX && result <= SIP_DIGEST_ASK)
        return SIP_DIGEST_MALFORMED;
    return result;
}

static bool ask_password(struct ua_account *acc)
{
    struct ua_out *out = NULL;

    if (acc->password)
        out = ua_outq_push(&acc->core->outq, UA_OUT_PASSWORD);
    if (!out || env_copy(acc->env, &out->text, acc->digest.realm))
        return false;
    out->account = acc->id;
    return true;
}

enum ua_ask_next ua_ask_challenged(struct ua_account *acc, unsigned *n,
                                   const struct sip_msg *res, bool wait,
                                   struct cause *cause)
{
    enum sip_digest_result result;

    if (res->status != 401 && res->status != 407)
        return UA_ASK_NO;
    result = ua_ask_digest(acc, n, res);
    if (result == SIP_DIGEST_OK)
        return UA_ASK_AGAIN;
    if (result == SIP_DIGEST_ASK && wait && ask_password(acc))
        return UA_ASK_WAIT;
    cause_set(cause, ua_ask_cause(result));
    return UA_ASK_NO;
}

void ua_ask_put_target(struct out *o, const struct ua_account *acc,
                       const struct sip_uri *target)
{
    if (target->scheme != SIP_SCHEME_TEL) {
        out_put(o, target->headers.n
                       ? slice_between(target->text.p, target->headers.p - 1)
                       : target->text);
        return;
    }
    out_put(o, acc->aor.scheme == SIP_SCHEME_SIPS ? S("sips:") : S("sip:"));
    for (size_t i = 0; i < target->user.n; i++) {
        char ch = target->user.p[i];

        if (!sip_uri_separator(ch))
            out_char(o, ch);
    }
    out_char(o, '@');
    sip_write_host(o, &acc->aor.host);
    out_lit(o, ";user=phone");
}
