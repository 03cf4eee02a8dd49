/* SPDX-License-Identifier: Apache-2.0 */
/* What the public functions share; for ua/siplock.c and ua/api_*.c only. */
#ifndef UA_API_H
#define UA_API_H

#include "ua/loop.h"
#include "ua/siplock_more.h"

struct siplock {
    struct ua_host host;
    struct siplock_config config;
    struct ua_loop *loop;
    enum policy_level floor;
    void (*done)(void *user);
    void (*keylog)(void *user, const char *text, size_t n);
    void *keylog_user;
};

/* What the policy refused carries the refusal's own symbol and remedy. */
void ua_api_cause(struct siplock_cause *out, enum cause_code code,
                  enum policy_why why, struct slice text);
/* Fills *out if it is not NULL; gives err back. */
int ua_api_fail(struct siplock_cause *out, const struct cause *why, int err);
/* E_INVAL, and what is not valid. */
int ua_api_bad(struct siplock_cause *cause, struct slice what);

/* What gets an id: to the loop, or an error with its cause. */
int ua_api_post(struct siplock *s, struct ua_mail *mail, uint64_t *id,
                struct siplock_cause *cause);

/* A URI that shall be called: 0 and *uri, or an error and *why. */
int ua_api_target(struct sip_uri *uri, const char *text, struct cause *why);

#endif
