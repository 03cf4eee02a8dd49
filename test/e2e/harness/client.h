/* SPDX-License-Identifier: Apache-2.0 */
/* The client under test: account files, runs, what is expected of them. */
#ifndef TEST_E2E_HARNESS_CLIENT_H
#define TEST_E2E_HARNESS_CLIENT_H

#include "test/e2e/harness/lines.h"
#include "test/e2e/harness/peer.h"

/* An account file; zero-initialised members take the value in brackets. */
struct client {
    const char *user;     /* PEER_USER */
    const char *outbound; /* none: the AoR's domain is verified */
    const char *host;     /* 127.0.0.1 */
    int port;             /* address host:port; 0: no address */
    int dns_port;         /* dns 127.0.0.1:dns_port; 0: the system's */
    int dead_dns[2];      /* two before that; 0: none */
    const char *search;   /* left out */
    int try_ms;           /* left out */
    const char *password; /* PEER_PASSWORD */
    const char *ca;       /* the stage's ca.pem */
    const char *level;    /* left out */
    const char *gruu;     /* left out */
    const char *instance; /* left out: that of the account's file */
    bool clean;           /* left out */
    int flows;            /* left out */
    const char *refers;   /* left out */
    const char *names;    /* left out */
    int expires;          /* left out */
    const char *cert, *key, *crl, *pin, *trust; /* left out */
};

/* Writes USER.json and the password beside it; the path. */
const char *client_account(struct stage *s, const struct client *c);

/* Starts build/siplock (B=) with words, which end with NULL. */
struct proc *client_start(struct stage *s, const char *const *words);

/* Starts: COMMAND --json --account USER.json, then words. */
struct proc *client_run(struct stage *s, const char *command,
                        const struct client *c, const char *const *words);

/* The same for register. */
struct proc *client_register(struct stage *s, const struct client *c,
                             const char *const *words);

/*
 * Waits for its end. A wrong exit code, or, code not NULL, a last cause with
 * another code, fails the test. Gives the lines.
 */
json_t *client_expect(struct proc *p, int status, const char *code);

/* What must never be on the wire: for wire_judge. */
extern const char *const client_canaries[];

#endif
