/* SPDX-License-Identifier: Apache-2.0 */
/* The resolver: a vtable, and its implementation by c-ares on libuv. */
#ifndef TLS_RESOLVE_H
#define TLS_RESOLVE_H

#include "sip/base/env.h"
#include "tls/dns.h"
#include "tls/locate.h"

enum { TLS_RESOLVE_QUERIES_MAX = 256, TLS_RESOLVE_SERVERS_MAX = 8 };

struct uv_loop_s;

/*
 * A phone may bring its own. query never calls back from inside itself; each
 * accepted query is answered exactly once, or never after cancel. Everything
 * runs on one thread.
 */
struct tls_resolver {
    /* 0, E_FULL, E_NOMEM, E_INVAL (name). name is copied. */
    int (*query)(struct tls_resolver *self, uint64_t qid, struct slice name,
                 enum tls_dns_type type);
    void (*cancel)(struct tls_resolver *self, uint64_t qid);
};

/* packet is valid until it returns. qid is the caller's. */
typedef void tls_resolved_fn(void *user, uint64_t qid,
                             enum tls_locate_status status,
                             struct slice packet);

/* c-ares on a loop. Names servers by address, never by name. */
struct tls_resolve;

struct tls_resolve_options {
    struct uv_loop_s *loop;
    const struct env *env;
    const struct tls_addr *server; /* none: the system's configuration */
    size_t nservers;
    unsigned try_ms; /* for the first try of a server; 0: 2000 */
    tls_resolved_fn *answered;
    void *user;
};

/* E_NOMEM, E_INVAL, E_SYS. */
int tls_resolve_new(struct tls_resolve **r,
                    const struct tls_resolve_options *options);
struct tls_resolver *tls_resolve_vtable(struct tls_resolve *r);

/*
 * Cancels all; closed (may be NULL) is called from the loop when the memory
 * is gone. No answer comes after this call.
 */
void tls_resolve_close(struct tls_resolve *r, void (*closed)(void *user),
                       void *user);

/* The network changed: read the system's servers again. */
void tls_resolve_reload(struct tls_resolve *r);

#endif
