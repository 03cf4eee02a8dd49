/* SPDX-License-Identifier: Apache-2.0 */
/* The real world behind struct env: memory, clocks, randomness. */
#ifndef UA_HOST_H
#define UA_HOST_H

#include "sip/base/log.h"
#include "ua/siplock.h"

/* An instance's world; env points into it, so it does not move. */
struct ua_host {
    struct env env;
    struct log log;
    void *user;
    void *(*mem_alloc)(void *user, size_t n);
    void (*mem_free)(void *user, void *p);
    void (*on_log)(void *user, int level, const char *line, size_t n);
};

/* Fills env from the configuration. E_CRYPTO, E_RANDOM. */
int ua_host_init(struct ua_host *host, const struct siplock_config *config);

/* The three clocks. Any thread. */
struct now ua_host_now(void);

#endif
