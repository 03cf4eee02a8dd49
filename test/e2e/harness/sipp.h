/* SPDX-License-Identifier: Apache-2.0 */
/* The peer SIPp, which has no TLS: over TCP, with socat in front of it. */
#ifndef TEST_E2E_HARNESS_SIPP_H
#define TEST_E2E_HARNESS_SIPP_H

#include "test/e2e/harness/stage.h"

/* Zero-initialise it; all is on the address NETNS_HERE. */
struct sipp {
    struct stage *stage;
    int port;  /* TLS, where SIPp is to be reached */
    int clear; /* TCP, between SIPp and socat */
    struct proc *proc, *socat;
    const char *log; /* the messages that it sent and received */
};

/* Ports and the way in: what comes to p->port over TLS goes to SIPp. */
void sipp_front(struct stage *s, struct sipp *p);
/* The other way: what SIPp sends goes over TLS to that port of ours. */
void sipp_back(struct stage *s, struct sipp *p, int port);

/* Plays test/e2e/sipp/NAME.xml once, as server; it listens when this
 * returns. Or as client, which begins at once. */
void sipp_serve(struct sipp *p, const char *name);
void sipp_call(struct sipp *p, const char *name);

/* It has played to its end, and all was as the scenario says. */
void sipp_expect(struct sipp *p);

/* How often a text is in its messages. */
size_t sipp_logged(const struct sipp *p, const char *text);

#endif
