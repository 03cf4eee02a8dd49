/* SPDX-License-Identifier: Apache-2.0 */
/* What the app asked for, done on the loop's thread. */
#include "sip/base/err.h"
#include "ua/account.h"
#include "ua/loop_impl.h"
#include "ua/message.h"
#include "ua/reference.h"
#include "ua/sessions.h"
#include "ua/sub.h"

/* What was checked when it was asked for can still fail for want of
 * memory: that is told, and the id ends. */
static void add_account(struct ua_loop *loop, struct ua_mail *mail)
{
    struct ua_anchors *set = ua_anchors_share(&loop->anchors, mail->anchors);
    struct ua_out failed = {.kind = UA_OUT_EVENT, .account = mail->id};
    int err;

    mail->anchors = NULL;
    ua_account_trust(mail->account, ua_anchors_cred(set));
    err = ua_core_account_add(loop->core, ua_host_now(), mail->id,
                              mail->account);
    if (err)
        ua_account_free(mail->account, ua_host_now());
    mail->account = NULL; /* not ours any more */
    if (!err) {
        ua_loop_warm(loop);
        return;
    }
    ua_anchors_put(&loop->anchors, ua_anchors_cred(set));
    failed.event.type = SIPLOCK_EVENT_REGISTER_STATE;
    failed.event.state = SIPLOCK_REGISTER_FAILED;
    failed.event.retry_ms = -1;
    failed.event.cause =
        err == E_FULL ? CAUSE_table_full : CAUSE_out_of_memory;
    loop->config.event(loop->config.user, &failed);
    failed.event.state = SIPLOCK_REGISTER_ENDED;
    failed.event.cause = CAUSE_none;
    loop->config.event(loop->config.user, &failed);
    ua_mailbox_forget(loop->mailbox, mail->id);
}

static enum cause_code call_cause(int err)
{
    switch (err) {
    case E_POLICY:
        return CAUSE_policy_refused;
    case E_FULL:
        return CAUSE_call_too_many;
    case E_GONE:
        return CAUSE_call_account_removed;
    case E_NOMEM:
        return CAUSE_out_of_memory;
    default:
        return CAUSE_internal;
    }
}

/* What could not even be begun ends as a call does. */
static void start_call(struct ua_loop *loop, const struct ua_mail *mail)
{
    struct ua_out failed = {
        .kind = UA_OUT_EVENT, .account = mail->of, .call = mail->id};
    struct sip_uri target;
    const struct ua_dial dial = {mail->id, mail->of, &target, mail->terms};
    int err = sip_uri_parse(&target, mail->target, NULL);

    if (!err)
        err = ua_core_call_start(loop->core, ua_host_now(), &dial,
                                 &failed.event.why);
    if (!err)
        return;
    failed.event.cause = call_cause(err);
    failed.event.direction = SIPLOCK_DIR_OUT;
    failed.event.state = SIPLOCK_CALL_ENDED;
    failed.event.stats.size = sizeof(failed.event.stats);
    failed.event.stats.setup_ms = -1;
    failed.event.type = SIPLOCK_EVENT_CALL_STATE;
    ua_loop_tell(loop, &failed);
    failed.event.type = SIPLOCK_EVENT_CALL_ENDED;
    ua_loop_tell(loop, &failed);
}

/* A wish that comes out of turn is told; a call that is gone has been. */
static void wish(struct ua_loop *loop, struct ua_mail *mail)
{
    struct ua_out out = {.kind = UA_OUT_EVENT, .call = mail->id};
    int err;

    mail->wish.target = mail->target;
    err = ua_core_call_wish(loop->core, ua_host_now(), mail->id, &mail->wish);

    if (!err || err == E_GONE)
        return;
    out.event.type = SIPLOCK_EVENT_NOTICE;
    out.event.notice =
        err == E_STATE ? "call_out_of_turn" : "call_out_of_memory";
    loop->config.event(loop->config.user, &out);
}

/* What could not even be begun ends as it does else. */
static void subscribe(struct ua_loop *loop, const struct ua_mail *mail)
{
    struct ua_out failed = {
        .kind = UA_OUT_EVENT, .account = mail->of, .call = mail->id};
    const struct ua_sub_ask ask = {.id = mail->id,
                                   .account = mail->of,
                                   .target = mail->target,
                                   .package = mail->text[0],
                                   .accept = mail->text[1],
                                   .expires = mail->expires};
    int err =
        ua_core_subscribe(loop->core, ua_host_now(), &ask, &failed.event.why);

    if (!err)
        return;
    failed.event.type = SIPLOCK_EVENT_SUBSCRIPTION_STATE;
    failed.event.state = SIPLOCK_SUBSCRIPTION_ENDED;
    failed.event.cause = call_cause(err);
    ua_loop_tell(loop, &failed);
}

static void message(struct ua_loop *loop, const struct ua_mail *mail)
{
    struct ua_out failed = {
        .kind = UA_OUT_EVENT, .account = mail->of, .call = mail->id};
    const struct ua_message_ask ask = {.id = mail->id,
                                       .account = mail->of,
                                       .target = mail->target,
                                       .type = mail->text[0],
                                       .body = mail->text[1]};
    int err =
        ua_core_message(loop->core, ua_host_now(), &ask, &failed.event.why);

    if (!err)
        return;
    failed.event.type = SIPLOCK_EVENT_MESSAGE_STATE;
    failed.event.cause = call_cause(err);
    ua_loop_tell(loop, &failed);
}

static void refer(struct ua_loop *loop, const struct ua_mail *mail)
{
    struct ua_out failed = {
        .kind = UA_OUT_EVENT, .account = mail->of, .reference = mail->id};
    const struct ua_reference_ask ask = {.id = mail->id,
                                         .account = mail->of,
                                         .at = mail->target,
                                         .target = mail->text[0],
                                         .call = mail->wish.other,
                                         .quiet = mail->expires != 0};
    int err =
        ua_core_refer(loop->core, ua_host_now(), &ask, &failed.event.why);

    if (!err)
        return;
    failed.event.type = SIPLOCK_EVENT_TRANSFER;
    failed.event.state = SIPLOCK_TRANSFER_FAILED;
    failed.event.direction = SIPLOCK_DIR_OUT;
    failed.event.cause =
        err == E_STATE ? CAUSE_call_transfer_refused : call_cause(err);
    ua_loop_tell(loop, &failed);
}

void ua_command_do(struct ua_loop *loop, struct ua_mail *mail)
{
    switch (mail->kind) {
    case UA_MAIL_ADD:
        add_account(loop, mail);
        break;
    case UA_MAIL_REMOVE:
        (void)ua_core_account_remove(loop->core, ua_host_now(), mail->id);
        break;
    case UA_MAIL_REFRESH:
        (void)ua_core_account_refresh(loop->core, ua_host_now(), mail->id);
        break;
    case UA_MAIL_NET:
        if (mail->event == UA_NET_CHANGED)
            ua_dns_reload(loop->dns);
        ua_core_net(loop->core, ua_host_now(), mail->event);
        break;
    case UA_MAIL_CALL:
        start_call(loop, mail);
        break;
    case UA_MAIL_WISH:
        wish(loop, mail);
        break;
    case UA_MAIL_AUDIO:
        (void)ua_media_audio(loop->media, mail->id, &mail->audio);
        mail->audio.released = NULL; /* not ours any more */
        break;
    case UA_MAIL_SUBSCRIBE:
        subscribe(loop, mail);
        break;
    case UA_MAIL_UNSUBSCRIBE:
        (void)ua_core_unsubscribe(loop->core, ua_host_now(), mail->id);
        break;
    case UA_MAIL_MESSAGE:
        message(loop, mail);
        break;
    case UA_MAIL_REFER:
        refer(loop, mail);
        break;
    case UA_MAIL_DECIDE:
        (void)ua_core_reference_decide(loop->core, ua_host_now(), mail->id,
                                       mail->wish.kind == UA_WISH_FOLLOW);
        break;
    case UA_MAIL_EXPORT:
    case UA_MAIL_IMPORT:
        ua_sessions_do(loop, mail);
        break;
    case UA_MAIL_DNS:
        ua_dns_answered(loop->dns, mail->id, mail->target);
        break;
    case UA_MAIL_STOP:
        ua_loop_break(loop);
        break;
    }
}
