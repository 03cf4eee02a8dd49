/* SPDX-License-Identifier: Apache-2.0 */
/* Resolvers of a loop: one for each set of DNS servers that is in use. */
#ifndef UA_DNS_H
#define UA_DNS_H

#include "tls/resolve.h"
#include "ua/core.h"

enum { UA_DNS_TRY_MIN_MS = 100, UA_DNS_TRY_MAX_MS = 5000 };

struct ua_dns;

struct ua_dns_config {
    const struct env *env;
    struct ua_core *core;
    struct uv_loop_s *uv;
    void (*turn)(void *user); /* after each answer */
    void *user;
};

int ua_dns_new(struct ua_dns **dns, const struct ua_dns_config *config);

/* How it is asked where an account does not say: ua/siplock_more.h. Copied. */
struct ua_dns_options {
    struct tls_addr server[UA_DNS_MAX];
    size_t nservers; /* 0: the system's */
    unsigned try_ms; /* 0: the usual */
    int (*query)(void *user, uint64_t id, const char *name, int type);
    void (*cancel)(void *user, uint64_t id);
    void *user;
};
void ua_dns_set(struct ua_dns *dns, const struct ua_dns_options *options);

/* The app's resolver answered a query; n == 0: it did not. */
void ua_dns_answered(struct ua_dns *dns, uint64_t id, struct slice packet);

/* UA_OUT_QUERY and UA_OUT_UNQUERY. */
void ua_dns_query(struct ua_dns *dns, const struct ua_out *out);
void ua_dns_unquery(struct ua_dns *dns, const struct ua_out *out);

/* The network changed. */
void ua_dns_reload(struct ua_dns *dns);

/* closed comes from the loop when all is gone, maybe at once. */
void ua_dns_close(struct ua_dns *dns, void (*closed)(void *user), void *user);

#endif
