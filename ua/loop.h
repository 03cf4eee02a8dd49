/* SPDX-License-Identifier: Apache-2.0 */
/* The libuv driver: inputs to the core, outputs to the world. */
#ifndef UA_LOOP_H
#define UA_LOOP_H

#include "ua/host.h"
#include "ua/mailbox.h"

/* Everything but the mailbox runs on the loop's thread. */
struct ua_loop;

struct ua_loop_config {
    const struct env *env;
    void *uv; /* the app's uv_loop_t; NULL: an own one */
    enum policy_level floor;
    struct slice user_agent;
    void *user;
    /* An event of the core; nothing is locked, any API may be called. */
    void (*event)(void *user, const struct ua_out *out);
};

/* E_NOMEM, E_SYS, E_RANDOM. */
int ua_loop_new(struct ua_loop **loop, const struct ua_loop_config *config);

/* ua/direct.h; on the loop's thread. */
struct ua_direct_config;
int ua_loop_listen(struct ua_loop *loop, const struct ua_direct_config *config,
                   struct tls_addr *at);

/* Any thread. */
struct ua_mailbox *ua_loop_mailbox(struct ua_loop *loop);

int ua_loop_start(struct ua_loop *loop); /* own thread. E_STATE, E_SYS */
int ua_loop_run(struct ua_loop *loop);   /* this thread. E_STATE */
int ua_loop_stop(struct ua_loop *loop);  /* E_STATE, E_NOMEM */

/* Closes everything; freed(user) is the very last call. Any thread. */
void ua_loop_free(struct ua_loop *loop, void (*freed)(void *user), void *user);

#endif
