/* SPDX-License-Identifier: Apache-2.0 */
/* TLS sessions of an instance: kept, exported, imported; and the key log. */
#ifndef UA_SESSIONS_H
#define UA_SESSIONS_H

#include "tls/engine.h"
#include "ua/loop.h"

enum { UA_SESSIONS_KEY = 32 };

/* Any thread: posts. E_NOMEM, E_FULL. */
int ua_sessions_ask(struct ua_loop *loop, const struct env *env,
                    const uint8_t key[UA_SESSIONS_KEY]);
int ua_sessions_give(struct ua_loop *loop, const struct env *env,
                     const uint8_t key[UA_SESSIONS_KEY], struct slice sealed);

/* Before the loop runs, or E_STATE. Borrowed until the loop is gone. */
int ua_sessions_keylog(struct ua_loop *loop, const struct tls_keylog *keylog);

/* For the driver: gives the net its cache. E_NOMEM. */
int ua_sessions_open(struct ua_loop *loop);
/* UA_MAIL_EXPORT and UA_MAIL_IMPORT. */
void ua_sessions_do(struct ua_loop *loop, const struct ua_mail *mail);

#endif
