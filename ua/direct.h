/* SPDX-License-Identifier: Apache-2.0 */
/* Calls without a registrar: each TLS connection that comes in is a flow. */
#ifndef UA_DIRECT_H
#define UA_DIRECT_H

#include "tls/policy.h"
#include "ua/mailbox.h"
#include "ua/port.h"
#include "ua/siplock.h"

/*
 * For the headless client and tests: it takes a ticket for listening, which
 * the library cannot make, and is not in its list of symbols. On the loop's
 * thread, before siplock_free.
 *
 * Every connection gets an account of its own, of level `level`, which
 * answers for any user and ends with the connection; the account's calls
 * come as events as any others.
 */
struct ua_direct_config {
    struct tls_addr at;         /* port 0: the kernel's choice */
    const struct tls_cred *own; /* chain and key; borrowed for good */
    enum policy_level level;
    /* Mints the ticket (policy_self_mint_open). */
    int (*mint)(struct policy *p, const struct policy_self **ticket,
                const struct tls_cred *own, enum policy_level level);
};

struct ua_direct;

/* What it needs of a loop. Borrowed. */
struct ua_direct_world {
    const struct env *env;
    struct policy *policy;
    enum policy_level floor;
    struct ua_core *core;
    struct ua_mailbox *mailbox;
    struct ua_ports *ports;
};
int ua_direct_open(struct ua_direct **d, const struct ua_direct_world *world,
                   const struct ua_direct_config *config, struct tls_addr *at);
/* Takes no more connections. NULL is fine. */
void ua_direct_close(struct ua_direct *d);

/* *at is where it listens. Errors of mint and tls_listen; E_NOMEM. */
int ua_direct_listen(struct siplock *s, const struct ua_direct_config *config,
                     struct tls_addr *at);

#endif
