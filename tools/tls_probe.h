/* SPDX-License-Identifier: Apache-2.0 */
/* One look at a server's TLS: dials as an account would, and remembers. */
#ifndef TOOLS_TLS_PROBE_H
#define TOOLS_TLS_PROBE_H

#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <uv.h>

#include "tls/resume.h"
#include "tls/sock.h"
#include "ua/anchors.h"
#include "ua/host.h"
#include "ua/siplock.h"

enum { PROBE_ADDRS = 16, PROBE_WAIT_MS = 1000, PROBE_REPEAT = 1000 };

/* What is asked; texts are borrowed. */
struct tls_probe_ask {
    const char *host; /* a name or an address */
    unsigned port;
    struct siplock_account_config trust; /* level, names and trust of it */
    const char *domain;                  /* the name to verify */
    long long timeout_ms;                /* of each stage; 0: the usual */
    unsigned repeat; /* connections, one by one; at most PROBE_REPEAT */
    bool no_resume;  /* full handshakes only */
    FILE *keylog;    /* NULL: none */
};

/* What came of it. */
struct tls_probe {
    struct cause cause;      /* none: a SIP byte would have been sent */
    struct tls_addr address; /* that was tried last */
    bool connected;          /* TCP was */
    bool up;                 /* verified: SIP may leave */
    struct tls_facts facts;  /* if up; of the first connection */
    unsigned done, resumed;  /* connections, and of them resumed */
    mbedtls_x509_crt chain;  /* as shown, the server's own first */
    unsigned shown;
    int64_t setup_us;                /* TCP and TLS of the first */
    int64_t cpu_us[2][PROBE_REPEAT]; /* of each: full, resumed */
    /* The rest is its own. */
    struct ua_host host;
    const struct tls_probe_ask *ask;
    uv_loop_t loop;
    uv_timer_t timer;
    struct policy *policy;
    struct ua_anchors *set;
    struct tls_cred *cred;
    struct tls_net *net;
    struct tls_resume *sessions;
    uint64_t account;
    struct tls_addr addr[PROBE_ADDRS];
    size_t naddr, at;
    struct tls_conn *conn;
    uint64_t began_us;
    int64_t cpu_began_us;
};

/*
 * Resolves, dials each address until one is reached, judges it. 0, or a
 * negative error before anything could be tried (p->cause says why); free in
 * any case.
 */
int tls_probe_run(struct tls_probe *p, const struct tls_probe_ask *ask);
void tls_probe_free(struct tls_probe *p);

#endif
