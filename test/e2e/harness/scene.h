/* SPDX-License-Identifier: Apache-2.0 */
/* One call test: the speech, the wire and its judge, what a call must tell. */
#ifndef TEST_E2E_HARNESS_SCENE_H
#define TEST_E2E_HARNESS_SCENE_H

#include "test/e2e/harness/client.h"
#include "test/e2e/harness/keys.h"
#include "test/e2e/harness/wire.h"

enum { SCENE_SPEECH_S = 5 };

/* Zero-initialise it. */
struct scene {
    struct stage *stage;
    struct wire wire;
    const char *speech; /* what peers play; SCENE_SPEECH_S long */
    const char *ours;   /* what we play: another text */
    const char *log[4]; /* where peers show their SDP */
    size_t nlog;
    struct wire_media media; /* after scene_end */
};

/* CA, server.pem for PEER_DOMAIN, speech.wav and ours.wav. */
void scene_begin(struct scene *c, struct stage *s);

/* Captures all of this test's network but for the n ports of clear; log
 * (more can be added) is where the keys will be. */
void scene_listen(struct scene *c, const char *log, const int *clear,
                  size_t n);

/* Ends the capture: TLS in TCP, sealed media or nothing in UDP; whatever
 * else there is fails the test. */
void scene_end(struct scene *c);

/* Datagrams that were sent from a port. */
size_t scene_sent(const struct scene *c, int port);

/* What the only call of lines ended with; several or none fail the test. */
const json_t *scene_ended(const json_t *lines);

/* The index of the first event of a type and state; fails without one. */
size_t scene_index(const json_t *lines, const char *type, const char *state);

/* The lines tell of one call that was established and had media both ways
 * with a codec ("": any) by SDES. leaks: how many packets the peer may have
 * sent that are not sealed. */
void scene_expect_call(const json_t *lines, const char *codec, int leaks);

#endif
