/* SPDX-License-Identifier: Apache-2.0 */
/* The peer baresip, without a sound card, in a network of the test's own. */
#ifndef TEST_E2E_HARNESS_BARESIP_H
#define TEST_E2E_HARNESS_BARESIP_H

#include "test/e2e/harness/stage.h"

/* Zero-initialised members take the value in brackets. */
struct baresip {
    const char *user;      /* "bob" */
    const char *server;    /* host:port of its registrar and proxy */
    const char *transport; /* "tls" */
    const char *codecs;    /* "opus/48000/2", "PCMA/8000/1,PCMU/8000/1" */
    const char *mediaenc;  /* "srtp-mand"; "" is media in clear */
    const char *mode;      /* "auto": answers at once; "manual" */
    const char *play;      /* WAV file, 8000 Hz mono; it hangs up at its end */
    const char *dial;      /* URI to call at once; NULL: wait for calls */
    int control;           /* port of its control; the kernel's choice */
    struct stage *stage;
    struct proc *proc;
};

/*
 * Starts it at NETNS_THERE (netns_enter came before) and waits until it has
 * registered. It refuses loopback addresses for media, so the server must
 * listen on NETNS_HERE.
 */
void baresip_start(struct stage *s, struct baresip *b);

/* A command of its menu: "hangup", "accept". */
void baresip_do(struct baresip *b, const char *command);

/* Until it has printed a text. */
void baresip_await(struct baresip *b, const char *text);
size_t baresip_logged(const struct baresip *b, const char *text);

/* Ends it, so that its recording is whole. */
void baresip_stop(struct baresip *b);

/* Its recording of what it heard; baresip_stop came before. */
const char *baresip_heard(struct baresip *b);

#endif
