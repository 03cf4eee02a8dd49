/* SPDX-License-Identifier: Apache-2.0 */
/* Writing and sending requests within a dialog (RFC 3261 12.2.1). */
#include "ua/inrequest.h"

#include "sip/base/err.h"
#include "ua/ask.h"
#include "ua/flow.h"
#include "ua/request.h"

static int write(struct ua_call *c, const struct ua_inrequest *r,
                 const struct ua_txn *txn, struct out *o)
{
    struct sip_digest *digest = &c->acc->digest;
    struct ua_hop h;
    int err = 0;

    sip_dialog_write(&c->leg[r->leg], o, r->method, 0,
                     ua_request_hop(&h, c->acc, ua_txn_branch(txn)));
    if (r->put)
        r->put(o, c, r->what);
    if (!o->err && sip_digest_ready(digest))
        err = sip_digest_write(digest, o, sip_method_name(r->method),
                               ua_indialog_uri(o), r->sdp);
    ua_callwrite_end(o, c, &c->leg_sid[r->leg], r->sdp);
    return err ? err : o->err;
}

int ua_inrequest_send(struct ua_call *c, struct now now,
                      const struct ua_inrequest *r, uint64_t *id)
{
    char text[UA_MESSAGE_MAX];
    struct out o = out_of(text, sizeof(text));
    struct ua_txn *txn;
    int err = ua_txn_new(&txn, c->acc, now, r->use, r->method);

    if (err)
        return err;
    txn->call = c->key;
    txn->leg = r->leg;
    err = write(c, r, txn, &o);
    if (!err)
        err = ua_callwrite_send(c, &o, NULL);
    secret_wipe(text, sizeof(text));
    if (err)
        ua_txn_forget(c->acc, txn->id);
    else if (id)
        *id = txn->id;
    LOG(c->acc->env, err ? LOG_WARN : LOG_INFO, "request.sent",
        LOG_TOKEN("method", sip_method_name(r->method)),
        LOG_TOKEN("call_id", c->call_id), LOG_NUM("error", err));
    return err;
}

int ua_inrequest_answer(struct ua_call *c, const struct sip_msg *msg,
                        const struct ua_reply *reply)
{
    char text[UA_MESSAGE_MAX];
    struct out o = out_of(text, sizeof(text));
    const struct sip_write_src src = {{0}, 0};
    int err;

    sip_write_response(&o, msg, reply->status, slice_of(NULL, 0), &src);
    if (msg->method == SIP_UPDATE && reply->status == 200) {
        ua_callwrite_contact(&o, c);
        if (c->state == UA_CALL_ESTABLISHED)
            ua_expiry_accept(c, &o, msg);
    }
    if (reply->retry_after)
        sip_write_u32(&o, SIP_HDR_RETRY_AFTER, reply->retry_after);
    ua_callwrite_end(&o, c, c->acc->core->sid, reply->body);
    err = ua_callwrite_send(c, &o, NULL);
    secret_wipe(text, sizeof(text));
    LOG(c->acc->env, err ? LOG_WARN : LOG_INFO, "response.sent",
        LOG_TOKEN("method", msg->method_text),
        LOG_NUM("status", reply->status), LOG_TOKEN("call_id", c->call_id),
        LOG_NUM("error", err));
    return err;
}

bool ua_inrequest_challenged(struct ua_call *c, const struct sip_msg *res,
                             unsigned *n)
{
    return (res->status == 401 || res->status == 407) &&
           (*n)++ < UA_CHALLENGES_MAX &&
           sip_digest_challenge(&c->acc->digest, res->challenge, *n > 1) ==
               SIP_DIGEST_OK;
}
