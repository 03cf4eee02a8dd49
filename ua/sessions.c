/* SPDX-License-Identifier: Apache-2.0 */
/* TLS sessions of an instance: kept, exported, imported; and the key log. */
#include "ua/sessions.h"

#include <string.h>

#include "sip/base/err.h"
#include "sip/base/secret.h"
#include "tls/resume.h"
#include "ua/loop_impl.h"

/* The key, and behind it what is sealed; wiped when the mail is dropped. */
static int post(struct ua_loop *loop, const struct env *env,
                struct ua_mail *mail, const uint8_t *key, struct slice sealed)
{
    size_t n = UA_SESSIONS_KEY + sealed.n;
    char *p = env_alloc(env, n);

    if (!p)
        return E_NOMEM;
    memcpy(p, key, UA_SESSIONS_KEY);
    if (sealed.n)
        memcpy(p + UA_SESSIONS_KEY, sealed.p, sealed.n);
    mail->target = slice_of(p, n);
    int err = ua_mailbox_post(ua_loop_mailbox(loop), mail);

    if (err) {
        secret_wipe(p, n);
        env_free(env, p);
    }
    return err;
}

int ua_sessions_ask(struct ua_loop *loop, const struct env *env,
                    const uint8_t key[UA_SESSIONS_KEY])
{
    struct ua_mail mail = {.kind = UA_MAIL_EXPORT};

    return post(loop, env, &mail, key, slice_of(NULL, 0));
}

int ua_sessions_give(struct ua_loop *loop, const struct env *env,
                     const uint8_t key[UA_SESSIONS_KEY], struct slice sealed)
{
    struct ua_mail mail = {.kind = UA_MAIL_IMPORT};

    return post(loop, env, &mail, key, sealed);
}

static void equip(struct ua_loop *loop)
{
    const struct tls_engine_kit kit = {.sessions = loop->sessions,
                                       .keylog = loop->keylog};

    tls_net_equip(loop->ports.net, &kit);
}

int ua_sessions_keylog(struct ua_loop *loop, const struct tls_keylog *keylog)
{
    if (ua_loop_running(loop))
        return E_STATE;
    loop->keylog = *keylog;
    equip(loop);
    return 0;
}

int ua_sessions_open(struct ua_loop *loop)
{
    int err = tls_resume_new(&loop->sessions, loop->env, tls_sock_wall, NULL);

    if (!err)
        equip(loop);
    return err;
}

static void tell(struct ua_loop *loop, int type, const char *notice,
                 struct slice text)
{
    struct ua_out out = {.kind = UA_OUT_EVENT, .text = text};

    out.event.type = type;
    out.event.notice = notice;
    loop->config.event(loop->config.user, &out);
}

void ua_sessions_do(struct ua_loop *loop, const struct ua_mail *mail)
{
    const uint8_t *key = (const uint8_t *)mail->target.p;
    struct slice sealed = slice_skip(mail->target, UA_SESSIONS_KEY);

    if (mail->kind == UA_MAIL_IMPORT) {
        tell(loop, SIPLOCK_EVENT_NOTICE,
             tls_resume_import(loop->sessions, key, sealed)
                 ? "sessions_refused"
                 : "sessions_imported",
             slice_of(NULL, 0));
        return;
    }
    if (tls_resume_export(loop->sessions, key, &sealed)) {
        tell(loop, SIPLOCK_EVENT_NOTICE, "sessions_not_exported",
             slice_of(NULL, 0));
        return;
    }
    tell(loop, SIPLOCK_EVENT_SESSIONS, NULL, sealed);
    env_free(loop->env, (void *)(uintptr_t)sealed.p);
}
