/* SPDX-License-Identifier: Apache-2.0 */
/* Captures the loopback interface and judges it: TLS, SRTP, nothing else. */
#ifndef TEST_E2E_HARNESS_WIRE_H
#define TEST_E2E_HARNESS_WIRE_H

#include "test/e2e/harness/stage.h"

enum { WIRE_CANARIES_MAX = 16, WIRE_STREAMS_MAX = 256 };

/* One capture; needs the right to capture (root). */
struct wire {
    struct stage *stage;
    struct proc *dumpcap;
    int marker;        /* UDP port that tells when all has been written */
    const char *leaky; /* address of a peer whose RTCP in clear is counted
                          and no fault; set before wire_judge_media */
    char file[STAGE_PATH_MAX];
};

/* What a capture turned out to hold. */
struct wire_verdict {
    size_t packets;  /* with TCP payload */
    size_t bytes;    /* of TCP payload */
    size_t records;  /* of TLS */
    char fault[512]; /* empty: all of it is TLS, no canary is to be seen */
};

/* Starts to capture TCP on the ports; returns when it is capturing. */
void wire_start(struct wire *w, struct stage *s, const int *port, size_t n);

/*
 * Starts to capture all TCP and UDP, for a test in a network of its own
 * (netns_enter). What goes from or to the n ports of clear is left out: what
 * peers say among themselves.
 */
void wire_start_all(struct wire *w, struct stage *s, const int *clear,
                    size_t n);

/* Ends it; what was sent before is in the file. */
void wire_stop(struct wire *w);

/*
 * Reads the capture with tshark: every byte of every TCP payload belongs to
 * a TLS record, in each direction from the first to the last; tshark itself
 * recognises no SIP; no canary is in the file in any place. canaries end
 * with NULL. v->fault says what is wrong first.
 */
void wire_judge(struct wire *w, const char *const *canaries,
                struct wire_verdict *v);

/* wire_stop and wire_judge; a fault or an empty capture fails the test. */
void wire_expect_clean(struct wire *w, const char *const *canaries);

enum { WIRE_PORTS_MAX = 32 };

/* What the UDP of a capture turned out to hold. */
struct wire_media {
    size_t rtp, rtcp;            /* that are sealed */
    size_t leaked;               /* by the leaky peer */
    int port[WIRE_PORTS_MAX];    /* that something was sent from, */
    size_t sent[WIRE_PORTS_MAX]; /* and how many datagrams */
    size_t nport;
    char fault[512]; /* empty: all of it is sealed */
};

struct keys;

/* Reads the capture with tshark: each UDP payload opens under a key of k. */
void wire_judge_media(struct wire *w, struct keys *k, struct wire_media *v);

#endif
