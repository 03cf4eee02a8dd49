/* SPDX-License-Identifier: Apache-2.0 */
/* The server INVITE transaction of a call (RFC 3261 17.2.1, RFC 6026). */
#include <string.h>

#include "sip/base/err.h"
#include "ua/call.h"
#include "ua/flow.h"

/* 17.2.3: branch and sent-by; the method is INVITE, CANCEL or ACK. */
static int put_key(struct out *o, const struct sip_msg *msg)
{
    out_put(o, msg->via->branch);
    out_char(o, ' ');
    out_put(o, msg->via->host.text);
    out_char(o, ' ');
    out_u64(o, msg->via->port);
    return o->err;
}

enum { KEY_MAX = 1024 };

int ua_server_begin(struct ua_call *c, const struct sip_msg *msg)
{
    const struct env *env = c->acc->env;
    char text[KEY_MAX];
    struct out key = out_of(text, sizeof(text));
    int err = put_key(&key, msg);

    ua_server_end(c);
    if (!err)
        err = env_copy(env, &c->server.key, out_slice(&key));
    if (!err)
        err = env_copy(env, &c->server.request, msg->bytes);
    if (err) {
        ua_server_end(c);
        return err;
    }
    c->server.state = SIP_TXN_STARTED;
    c->server.any = true;
    c->server.cseq = msg->cseq.num;
    return 0;
}

void ua_server_end(struct ua_call *c)
{
    struct ua_server *s = &c->server;

    ua_callwrite_drop(c, &s->key);
    ua_callwrite_drop(c, &s->request);
    ua_callwrite_drop(c, &s->response);
    s->state = SIP_TXN_ENDED;
    s->late = false;
    c->repeat_at = 0;
}

bool ua_server_has(const struct ua_call *c, const struct sip_msg *msg)
{
    char text[KEY_MAX];
    struct out key = out_of(text, sizeof(text));

    return c->server.state != SIP_TXN_ENDED && !put_key(&key, msg) &&
           slice_eq(out_slice(&key), c->server.key);
}

bool ua_server_done(const struct ua_call *c)
{
    return c->server.state == SIP_TXN_ENDED ||
           (c->server.state == SIP_TXN_ACCEPTED && !c->repeat_at);
}

void ua_server_again(struct ua_call *c)
{
    struct ua_server *s = &c->server;
    struct sip_txn_cell cell =
        sip_txn_step(SIP_TXN_SERVER_INVITE, s->state, SIP_TXN_RECV_REQUEST);

    if (cell.action & SIP_TXN_DO_RESEND && s->response.n)
        (void)ua_flow_send(c->acc->flow, s->response);
}

void ua_server_acked(struct ua_call *c)
{
    struct ua_server *s = &c->server;
    struct sip_txn_cell cell =
        sip_txn_step(SIP_TXN_SERVER_INVITE, s->state, SIP_TXN_RECV_ACK);

    s->state = cell.next;
    if (!(cell.action & SIP_TXN_DO_END))
        return;
    heap_disarm(&c->acc->core->heap, &c->timer);
    ua_server_end(c);
}

void ua_server_flow_down(struct ua_call *c, struct now now)
{
    struct ua_server *s = &c->server;
    struct sip_txn_cell cell;

    if (s->state == SIP_TXN_ENDED)
        return;
    cell = sip_txn_step(SIP_TXN_SERVER_INVITE, s->state, SIP_TXN_FLOW_DOWN);
    s->state = cell.next;
    if (!(cell.action & SIP_TXN_DO_END))
        return;
    ua_server_end(c);
    if (c->state == UA_CALL_OFFERED || c->state == UA_CALL_INCOMING)
        ua_call_fail(c, now, CAUSE_connect_dead, UA_CALL_EV_FAIL);
}

/* RFC 3261 20.43; the agent is a pseudonym. */
static void put_warning(struct out *o, enum policy_why why)
{
    char text[256];
    struct out w = out_of(text, sizeof(text));

    if (why == POLICY_ALLOWED)
        return;
    out_lit(&w, "399 siplock ");
    sip_write_quoted(&w, slice_cstr(policy_refusal(why)->warning));
    if (!w.err)
        sip_write_hdr(o, SIP_HDR_WARNING, out_slice(&w));
}

static int write(struct ua_call *c, struct out *o, const struct sip_msg *req,
                 const struct ua_reply *r)
{
    const struct sip_write_src src = {{0}, 0};
    bool dialog = r->status > 100 && r->status < 300;
    struct slice tag = slice_of(c->tag, sizeof(c->tag));

    sip_write_response(o, req, r->status,
                       r->status == 100 ? slice_of(NULL, 0) : tag, &src);
    for (const struct sip_route *rr = req->record_route; dialog && rr;
         rr = rr->next)
        sip_write_route(o, SIP_HDR_RECORD_ROUTE, rr->addr.text);
    if (dialog)
        ua_callwrite_contact(o, c);
    if (r->status == 200)
        ua_expiry_accept(c, o, req);
    if (r->status == 200 && sip_msg_hdr(req, SIP_HDR_RECV_INFO, NULL))
        sip_write_hdr(o, SIP_HDR_RECV_INFO, slice_of("", 0));
    if (r->status > 100)
        ua_callwrite_able(o, c, ua_callwrite_sid(c));
    if (r->rseq) {
        sip_write_hdr(o, SIP_HDR_REQUIRE, S("100rel"));
        sip_write_u32(o, SIP_HDR_RSEQ, r->rseq);
    }
    if (r->retry_after)
        sip_write_u32(o, SIP_HDR_RETRY_AFTER, r->retry_after);
    put_warning(o, r->why);
    sip_write_body(o, r->body.n ? S("application/sdp") : slice_of(NULL, 0),
                   r->body);
    return o->err;
}

/* The call's timer waits for the ACK of a refusal, then it can be freed. */
static void arm(struct ua_call *c, struct now now, unsigned action)
{
    if (action & SIP_TXN_DO_ARM_H)
        (void)heap_arm(&c->acc->core->heap, &c->timer,
                       now.boot + SIP_TIMER_B_MS);
}

int ua_server_respond(struct ua_call *c, struct now now,
                      const struct ua_reply *reply)
{
    struct ua_server *s = &c->server;
    struct sip_txn_cell cell = sip_txn_step(SIP_TXN_SERVER_INVITE, s->state,
                                            sip_txn_send_event(reply->status));
    char text[UA_MESSAGE_MAX];
    struct out o = out_of(text, sizeof(text));
    struct sip_msg req;
    int err;

    if (s->state == SIP_TXN_ENDED || cell.action & SIP_TXN_DO_REFUSE)
        return E_STATE;
    err = ua_callwrite_reread(c, s->request, &req);
    if (!err)
        err = write(c, &o, &req, reply);
    if (!err)
        err = ua_callwrite_send(c, &o, &s->response);
    secret_wipe(text, sizeof(text));
    LOG(c->acc->env, err ? LOG_WARN : LOG_INFO, "response.sent",
        LOG_LIT("method", "INVITE"), LOG_NUM("status", reply->status),
        LOG_TOKEN("call_id", c->call_id), LOG_NUM("error", err));
    if (err && err != E_STATE) /* not for want of a flow */
        return err;
    s->state = cell.next;
    arm(c, now, cell.action);
    return 0;
}
