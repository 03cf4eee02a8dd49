/* SPDX-License-Identifier: Apache-2.0 */
/* REFERs of ours outside of a dialog: their names, and whose NOTIFYs count. */
#include "sip/base/err.h"
#include "ua/call.h"
#include "ua/receive.h"
#include "ua/refer.h"

int ua_apart_new(struct ua_refer *r, struct slice target)
{
    const struct env *env = ua_refer_account(&r->of)->env;
    struct ua_apart *a = env_alloc(env, sizeof(*a));
    int err = a ? env_copy(env, &a->target, target) : E_NOMEM;

    if (!err)
        err = env_rand_hex(env, a->call_id, UA_TOKEN_N);
    if (!err)
        err = env_rand_hex(env, a->tag, UA_TOKEN_N);
    if (!err && r->of.call) /* RFC 7989 10.9: it belongs to the call */
        a->sid = *ua_callwrite_sid(r->of.call);
    else if (!err)
        err = ua_sid_new(&a->sid, env);
    if (err && a)
        env_free(env, (void *)(uintptr_t)a->target.p);
    if (err)
        env_free(env, a);
    else
        r->apart = a;
    return err;
}

void ua_apart_free(struct ua_refer *r)
{
    const struct env *env = ua_refer_account(&r->of)->env;

    if (!r->apart)
        return;
    sip_dialog_free(&r->apart->dialog);
    env_free(env, (void *)(uintptr_t)r->apart->target.p);
    env_free(env, r->apart);
    r->apart = NULL;
}

/* The first one makes the dialog; those of other forks are turned away, since
 * one of them is what was asked for (RFC 6665 4.1.2.4, RFC 3515 2.4.4). */
static unsigned judge(struct ua_refer *r, const struct sip_msg *msg)
{
    struct ua_apart *a = r->apart;
    const struct sip_dialog_asked asked = {
        .cseq = a->cseq, .secure = slice_istarts(a->target, S("sips:"))};
    int err = 0;

    if (ua_receive_unsupported(msg))
        return 420;
    if (a->dialog.state != SIP_DIALOG_CONFIRMED)
        err = sip_dialog_notified(&a->dialog, ua_refer_account(&r->of)->env,
                                  msg, &asked);
    else if (!sip_dialog_has(&a->dialog, msg))
        return 481;
    else if (sip_dialog_received(&a->dialog, msg))
        return 500;
    if (err)
        sip_dialog_free(&a->dialog);
    if (err == E_NOMEM)
        return 500;
    return err ? 400 : 200;
}

bool ua_apart_has(const struct ua_apart *a, const struct sip_msg *msg)
{
    return a &&
           slice_eq(msg->call_id, slice_of(a->call_id, sizeof(a->call_id))) &&
           slice_eq(msg->to.tag, slice_of(a->tag, sizeof(a->tag)));
}

void ua_apart_notify(struct ua_refer *r, struct now now,
                     const struct sip_msg *msg)
{
    struct ua_account *acc = ua_refer_account(&r->of);
    unsigned status;

    ua_sid_heard(&r->apart->sid, msg);
    acc->core->sid = &r->apart->sid;
    status = slice_eq(msg->event.token, S("refer")) ? judge(r, msg) : 481;
    if (status == 200)
        ua_refer_notify(r, now, msg);
    else
        ua_receive_respond(acc, msg, status);
    acc->core->sid = NULL;
}
