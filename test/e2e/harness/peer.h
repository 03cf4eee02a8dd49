/* SPDX-License-Identifier: Apache-2.0 */
/* The peers: Kamailio as registrar, edge and core; openssl s_server. */
#ifndef TEST_E2E_HARNESS_PEER_H
#define TEST_E2E_HARNESS_PEER_H

#include "test/e2e/harness/stage.h"

#define PEER_DOMAIN "example.test"
#define PEER_USER "canary-alice"
#define PEER_PASSWORD "canary-5ecret-Pa55"

/* A Kamailio; zero-initialised members take the value in brackets. */
struct peer {
    const char *config;    /* "registrar.cfg" */
    const char *host;      /* "127.0.0.1" */
    const char *tls;       /* "TLSv1.2+": 1.2 and 1.3 */
    const char *algorithm; /* "MD5" */
    const char *date;      /* a registrar's clock, as in Date; none is said */
    int idle_s;            /* 120 */
    int min_expires;       /* 60 */
    int max_expires;       /* 3600 */
    int workers;           /* of a registrar: 2; each has a ticket key */
    bool busy;             /* a registrar that says 503 */
    bool mutual;           /* asks for a certificate of ca.pem */
    int port;              /* the kernel's choice */
    int udp;               /* of an edge; the kernel's choice */
    int core;              /* where an edge sends to */
    const char *core_host; /* host */
    bool outbound;         /* edge and core do RFC 5626 */
    struct proc *proc;
};

/* Starts it and waits until it listens. server.pem is there already. */
void peer_start(struct stage *s, struct peer *p);

/* The same with a CA and a certificate of it that has that SAN. */
void peer_start_as(struct stage *s, struct peer *p, const char *san);

/* As a crash: at once, with all its connections. */
void peer_kill(struct peer *p);

/* How often a text is in its log. */
size_t peer_logged(const struct peer *p, const char *text);

/*
 * openssl s_server with file.pem and file.key on p->port; what clients send
 * as application data is its standard output. words (may be NULL) are added
 * to its command line.
 */
void peer_start_openssl(struct stage *s, struct peer *p, const char *file,
                        const char *const *words);

#endif
