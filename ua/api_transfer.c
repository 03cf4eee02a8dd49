/* SPDX-License-Identifier: Apache-2.0 */
/* The public functions of transfers and references. */
#include "sip/base/err.h"
#include "ua/api.h"

/* ---------------------------------------------------------- transfers */

static int post(struct siplock *s, siplock_call call,
                const struct ua_wish *wish)
{
    const struct ua_mail mail = {.kind = UA_MAIL_WISH,
                                 .id = call.id,
                                 .target = wish->target,
                                 .wish = *wish};

    return ua_mailbox_about_call(ua_loop_mailbox(s->loop), &mail);
}

int siplock_transfer(struct siplock *s, siplock_call call, const char *target,
                     struct siplock_cause *cause)
{
    const struct ua_wish wish = {.kind = UA_WISH_TRANSFER,
                                 .target = slice_cstr(target)};
    struct cause why;
    struct sip_uri uri;
    int err = ua_api_target(&uri, target, &why);

    if (err)
        return ua_api_fail(cause, &why, err);
    err = post(s, call, &wish);
    if (!err)
        return 0;
    cause_set(&why, err == E_NOMEM ? CAUSE_out_of_memory : CAUSE_internal);
    return ua_api_fail(cause, &why, err);
}

int siplock_transfer_attended(struct siplock *s, siplock_call call,
                              siplock_call other)
{
    if (!other.id || other.id == call.id)
        return E_INVAL;
    return post(
        s, call,
        &(struct ua_wish){.kind = UA_WISH_TRANSFER, .other = other.id});
}

int siplock_transfer_follow(struct siplock *s, siplock_call call)
{
    return post(s, call, &(struct ua_wish){.kind = UA_WISH_FOLLOW});
}

int siplock_transfer_decline(struct siplock *s, siplock_call call)
{
    return post(s, call, &(struct ua_wish){.kind = UA_WISH_DECLINE});
}

/* --------------------------------------------------------- references */

static int check(const struct siplock_refer_config *config,
                 struct siplock_cause *cause)
{
    struct cause why;
    struct sip_uri uri;
    int err;

    if (config->size != sizeof(*config))
        return ua_api_bad(cause, S("size"));
    if (!config->at && !config->call.id)
        return ua_api_bad(cause, S("at: whom to ask is not said"));
    err = ua_api_target(&uri, config->target, &why);
    if (!err && config->at)
        err = ua_api_target(&uri, config->at, &why);
    return err ? ua_api_fail(cause, &why, err) : 0;
}

int siplock_refer(struct siplock *s, siplock_reference *reference,
                  siplock_account account,
                  const struct siplock_refer_config *config,
                  struct siplock_cause *cause)
{
    struct ua_mail mail = {.kind = UA_MAIL_REFER,
                           .of = account.id,
                           .target = slice_cstr(config->at),
                           .text = {slice_cstr(config->target)},
                           .wish = {.other = config->call.id},
                           .expires = config->no_subscription != 0};
    int err = check(config, cause);

    return err ? err : ua_api_post(s, &mail, &reference->id, cause);
}

static int decide(struct siplock *s, siplock_reference reference, bool follow)
{
    const struct ua_mail mail = {
        .kind = UA_MAIL_DECIDE,
        .id = reference.id,
        .wish = {.kind = follow ? UA_WISH_FOLLOW : UA_WISH_DECLINE}};

    return ua_mailbox_about_call(ua_loop_mailbox(s->loop), &mail);
}

int siplock_reference_follow(struct siplock *s, siplock_reference reference)
{
    return decide(s, reference, true);
}

int siplock_reference_decline(struct siplock *s, siplock_reference reference)
{
    return decide(s, reference, false);
}
