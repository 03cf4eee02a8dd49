/* SPDX-License-Identifier: Apache-2.0 */
/* The public functions of subscriptions and messages. */
#include "sip/base/err.h"
#include "sip/read.h"
#include "ua/api.h"
#include "ua/message.h"
#include "ua/sub.h"

int ua_api_bad(struct siplock_cause *cause, struct slice what)
{
    struct cause why;

    cause_set_facts(&why, CAUSE_config_invalid, what);
    return ua_api_fail(cause, &why, E_INVAL);
}

int ua_api_post(struct siplock *s, struct ua_mail *mail, uint64_t *id,
                struct siplock_cause *cause)
{
    struct cause why;
    int err = ua_mailbox_call(ua_loop_mailbox(s->loop), mail, id);

    if (!err)
        return 0;
    cause_set(&why, err == E_NOMEM  ? CAUSE_out_of_memory
                    : err == E_GONE ? CAUSE_call_account_removed
                                    : CAUSE_table_full);
    return ua_api_fail(cause, &why, err);
}

int siplock_subscribe(struct siplock *s, siplock_subscription *sub,
                      siplock_account account,
                      const struct siplock_subscribe_config *config,
                      struct siplock_cause *cause)
{
    struct ua_mail mail = {
        .kind = UA_MAIL_SUBSCRIBE,
        .of = account.id,
        .target = slice_cstr(config->target),
        .text = {slice_cstr(config->event), slice_cstr(config->accept)},
        .expires = config->expires};
    struct cause why;
    struct sip_uri uri;
    int err;

    if (config->size != sizeof(*config))
        return ua_api_bad(cause, S("size"));
    if (sip_read_check(SIP_HDR_EVENT, mail.text[0]))
        return ua_api_bad(cause, S("event: not the name of a package"));
    if (mail.text[1].n && sip_read_check(SIP_HDR_ACCEPT, mail.text[1]))
        return ua_api_bad(cause, S("accept: not a list of content types"));
    if (config->expires > UA_SUB_EXPIRES_MAX)
        return ua_api_bad(cause, S("expires: not 0 to 604800 seconds"));
    err = config->target ? ua_api_target(&uri, config->target, &why) : 0;
    if (err)
        return ua_api_fail(cause, &why, err);
    return ua_api_post(s, &mail, &sub->id, cause);
}

int siplock_unsubscribe(struct siplock *s, siplock_subscription sub)
{
    const struct ua_mail mail = {.kind = UA_MAIL_UNSUBSCRIBE, .id = sub.id};

    return ua_mailbox_about_call(ua_loop_mailbox(s->loop), &mail);
}

int siplock_message_send(struct siplock *s, siplock_message *message,
                         siplock_account account,
                         const struct siplock_message_config *config,
                         struct siplock_cause *cause)
{
    struct ua_mail mail = {.kind = UA_MAIL_MESSAGE,
                           .of = account.id,
                           .target = slice_cstr(config->target),
                           .text = {config->content_type
                                        ? slice_cstr(config->content_type)
                                        : S("text/plain"),
                                    slice_of(config->body.p, config->body.n)}};
    struct cause why;
    struct sip_uri uri;
    int err;

    if (config->size != sizeof(*config))
        return ua_api_bad(cause, S("size"));
    if (sip_read_check(SIP_HDR_CONTENT_TYPE, mail.text[0]))
        return ua_api_bad(cause,
                          S("content_type: not of the form text/plain"));
    if (!config->body.n)
        return ua_api_bad(cause, S("body: empty"));
    if (config->body.n > UA_MESSAGE_BODY_MAX) {
        cause_set_facts(&why, CAUSE_config_invalid,
                        S("body: longer than 1300 bytes"));
        return ua_api_fail(cause, &why, E_TOOBIG);
    }
    err = ua_api_target(&uri, config->target, &why);
    if (err)
        return ua_api_fail(cause, &why, err);
    return ua_api_post(s, &mail, &message->id, cause);
}
