/* SPDX-License-Identifier: Apache-2.0 */
/* MESSAGE out: sent once there is a flow, its answer told. MESSAGE in. */
#include "ua/message.h"

#include "sip/base/err.h"
#include "ua/ask.h"
#include "ua/event.h"
#include "ua/flow.h"
#include "ua/receive.h"
#include "ua/request.h"
#include "ua/sub.h"

/* ------------------------------------------------------------------ end */

void ua_message_free(struct ua_message *m)
{
    struct ua_account *acc = m->acc;

    heap_disarm(&acc->core->heap, &m->timer);
    ua_txn_forget(acc, m->txn);
    if (m->id)
        idtab_remove(&acc->core->messages, m->id);
    if (m->text.p)
        secret_wipe((void *)(uintptr_t)m->text.p, m->text.n);
    env_free(acc->env, (void *)(uintptr_t)m->text.p);
    acc->core->counts.messages--;
    acc->messages--;
    env_free(acc->env, m);
}

static void done(struct ua_message *m, unsigned status,
                 const struct cause *cause)
{
    struct ua_out *out = ua_event_push(m->acc, SIPLOCK_EVENT_MESSAGE_STATE);
    struct slice text[UA_TEXT_COUNT] = {{0}};

    if (out) {
        out->call = m->id;
        out->event.status = status;
        out->event.cause = cause->code;
        out->event.why = (enum policy_why)cause->refusal;
        text[UA_TEXT_TARGET] = m->target;
        if (cause->code != CAUSE_none)
            text[UA_TEXT_CAUSE] = slice_cstr(cause->text);
        ua_event_texts(m->acc->core, out, text);
    }
    ua_message_free(m);
}

static void failed(struct ua_message *m, unsigned status, enum cause_code code)
{
    struct cause cause;

    cause_set(&cause, code);
    done(m, status, &cause);
}

/* ----------------------------------------------------------------- sent */

static void heard(struct ua_account *acc, struct now now,
                  const struct ua_txn *was, const struct sip_msg *res,
                  bool timed_out);

/* Gone after a failure. */
static void send(struct ua_message *m, struct now now)
{
    const struct ua_ask ask = {.method = SIP_MESSAGE,
                               .target = m->target,
                               .call_id =
                                   slice_of(m->call_id, sizeof(m->call_id)),
                               .tag = slice_of(m->tag, sizeof(m->tag)),
                               .cseq = ++m->cseq,
                               .sid = &m->sid,
                               .type = m->type,
                               .body = m->body,
                               .owner = m->id,
                               .heard = heard};
    int err = ua_ask_send(m->acc, now, &ask, &m->txn);

    if (err)
        failed(m, 0,
               err == E_STATE ? CAUSE_connect_dead : CAUSE_out_of_memory);
}

static void answered(struct ua_message *m, struct now now,
                     const struct sip_msg *res)
{
    char text[32];
    struct out o = out_of(text, sizeof(text));
    struct cause cause;

    cause_set(&cause, CAUSE_none);
    if (res->status < 300) {
        done(m, res->status, &cause);
        return;
    }
    switch (ua_ask_challenged(m->acc, &m->challenges, res, true, &cause)) {
    case UA_ASK_AGAIN:
        send(m, now);
        return;
    case UA_ASK_WAIT:
        m->asking = true;
        return;
    case UA_ASK_NO:
        break;
    }
    out_lit(&o, "status ");
    out_u64(&o, res->status);
    if (cause.code == CAUSE_none)
        cause_set_facts(&cause, CAUSE_message_refused, out_slice(&o));
    done(m, res->status, &cause);
}

static void heard(struct ua_account *acc, struct now now,
                  const struct ua_txn *was, const struct sip_msg *res,
                  bool timed_out)
{
    struct ua_message *m = idtab_get(&acc->core->messages, was->owner);

    if (!m || m->txn != was->id || (res && res->status < 200))
        return;
    m->txn = 0;
    if (res)
        ua_sid_heard(&m->sid, res);
    if (res)
        answered(m, now, res);
    else if (timed_out)
        failed(m, 408, CAUSE_reg_timeout);
    else /* it may have arrived: not sent twice */
        failed(m, 503, CAUSE_connect_dead);
}

static int keep_texts(struct ua_message *m, const struct ua_message_ask *ask)
{
    char text[UA_URI_MAX], all[UA_MESSAGE_BODY_MAX + 2 * UA_URI_MAX];
    struct out t = out_of(text, sizeof(text));
    struct out o = out_of(all, sizeof(all));
    struct sip_uri uri;
    int err = sip_uri_parse(&uri, ask->target, NULL);

    if (err)
        return err;
    if (ask->body.n > UA_MESSAGE_BODY_MAX)
        return E_TOOBIG;
    ua_ask_put_target(&t, m->acc, &uri);
    out_put(&o, out_slice(&t));
    out_put(&o, ask->type);
    out_put(&o, ask->body);
    err = t.err ? t.err : o.err;
    if (!err)
        err = env_copy(m->acc->env, &m->text, out_slice(&o));
    secret_wipe(all, sizeof(all));
    m->target = slice_of(m->text.p, t.n);
    m->type = slice_of(m->text.p + t.n, ask->type.n);
    m->body = slice_skip(m->text, t.n + ask->type.n);
    return err;
}

static int name(struct ua_message *m)
{
    int err = env_rand_hex(m->acc->env, m->call_id, UA_TOKEN_N);

    if (!err)
        err = env_rand_hex(m->acc->env, m->tag, UA_TOKEN_N);
    return err ? err : ua_sid_new(&m->sid, m->acc->env);
}

int ua_message_start(struct ua_account *acc, struct now now,
                     const struct ua_message_ask *ask)
{
    struct ua_message *m;
    int err;

    if (acc->removing)
        return E_GONE;
    if (acc->messages >= UA_MESSAGES_OF_ACCOUNT)
        return E_FULL;
    m = env_alloc(acc->env, sizeof(*m));
    if (!m)
        return E_NOMEM;
    m->acc = acc;
    m->timer = (struct timer){.kind = UA_TIMER_MESSAGE, .owner = ask->id};
    acc->core->counts.messages++;
    acc->messages++;
    err = ua_reserve_timers(acc->core);
    if (!err)
        err = keep_texts(m, ask);
    if (!err)
        err = name(m);
    if (!err)
        err = idtab_put(&acc->core->messages, ask->id, m);
    if (err) {
        ua_message_free(m);
        return err;
    }
    m->id = ask->id;
    (void)heap_arm(&acc->core->heap, &m->timer, now.boot + UA_MESSAGE_WAIT_MS);
    if (ua_flow_board(acc))
        send(m, now);
    else
        ua_flow_want(acc, now);
    return 0;
}

/* --------------------------------------------------------------- inputs */

void ua_message_timer(struct ua_core *core, struct now now, uint64_t id)
{
    struct ua_message *m = idtab_get(&core->messages, id);

    (void)now;
    if (m && !m->txn) /* else the transaction's own time counts */
        failed(m, 0, CAUSE_call_timeout);
}

static struct ua_message *next_of(const struct ua_account *acc, uint32_t *pos)
{
    struct ua_message *m = NULL;

    while (acc->messages && (m = idtab_next(&acc->core->messages, pos)))
        if (m->acc == acc)
            return m;
    return NULL;
}

void ua_message_flow_up(struct ua_account *acc, struct now now)
{
    struct ua_message *m;
    uint32_t pos = 0;

    while ((m = next_of(acc, &pos)))
        if (!m->txn && !m->asking)
            send(m, now);
}

void ua_message_move_all(struct ua_account *from, struct ua_account *to,
                         struct now now)
{
    struct ua_message *m;
    uint32_t pos = 0;

    while ((m = next_of(from, &pos)))
        if (!m->txn) {
            from->messages--;
            to->messages++;
            m->acc = to;
        }
    ua_message_flow_up(to, now);
}

void ua_message_password(struct ua_account *acc, struct now now, bool there)
{
    struct ua_message *m;
    uint32_t pos = 0;

    while ((m = next_of(acc, &pos))) {
        if (!m->asking)
            continue;
        m->asking = false;
        if (there)
            send(m, now);
        else
            failed(m, 401, CAUSE_auth_no_credentials);
    }
}

void ua_message_drop_all(struct ua_account *acc)
{
    struct ua_message *m;
    uint32_t pos = 0;

    while ((m = next_of(acc, &pos)))
        failed(m, 0, CAUSE_call_account_removed);
}

/* ------------------------------------------------------------- received */

static void tell(struct ua_account *acc, const struct sip_msg *msg,
                 uint64_t call)
{
    char text[128], display[256];
    struct out type = out_of(text, sizeof(text));
    struct out peer = out_of(display, sizeof(display));
    struct ua_out *out = ua_event_push(acc, SIPLOCK_EVENT_MESSAGE);
    struct slice texts[UA_TEXT_COUNT] = {{0}};

    if (!out)
        return;
    out->call = call;
    out_put(&type, msg->content_type.type);
    out_char(&type, '/');
    out_put(&type, msg->content_type.subtype);
    sip_text_unquote(&peer, msg->from.display);
    texts[UA_TEXT_PEER] = msg->from.uri.text;
    if (!peer.err)
        texts[UA_TEXT_PEER_NAME] = out_slice(&peer);
    if (!type.err)
        texts[UA_TEXT_TYPE] = out_slice(&type);
    texts[UA_TEXT_BODY] = msg->body;
    ua_event_texts(acc->core, out, texts);
}

/* 7: what cannot be shown is not accepted. */
static unsigned judge(const struct sip_msg *msg)
{
    if (msg->content_encoding || (msg->body.n && !msg->content_type.type.n))
        return 415;
    return msg->body.n > UA_BODY_MAX ? 513 : 200;
}

void ua_message_request(struct ua_account *acc, const struct sip_msg *msg,
                        uint64_t call)
{
    unsigned status = judge(msg);

    ua_receive_respond(acc, msg, status);
    if (status == 200 && msg->body.n)
        tell(acc, msg, call);
}
