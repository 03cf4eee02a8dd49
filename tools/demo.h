/* SPDX-License-Identifier: Apache-2.0 */
/* The demo's stage: an own CA, the built-in edge, the wire and its judge. */
#ifndef TOOLS_DEMO_H
#define TOOLS_DEMO_H

#include <uv.h>

#include "tools/capture.h"
#include "tools/edge_loop.h"
#include "tools/mint.h"
#include "tools/plant.h"
#include "tools/wire_media.h"
#include "ua/host.h"

#define DEMO_DOMAIN "demo.example.test"
#define DEMO_PASSWORD "correct horse battery"

/* On a loop of its user; what fails is said in why. */
struct demo_stage {
    struct ua_host host; /* the edge's world */
    uv_loop_t *loop;
    bool alone; /* nothing else is on this loopback */
    struct mint_cert *ca, *leaf;
    struct tls_cred *own;
    struct edge_loop *edge;
    struct edge_counts counts; /* as it ended */
    struct tls_addr at;        /* of the edge */
    struct wire wire, planted;
    struct wire_media *media, *planted_media;
    struct plant plant;
    struct capture *capture;
    char why[400];
};

/* What the judge says when all is over. */
struct demo_verdict {
    uint64_t packets, bytes; /* judged: with payload, TCP and UDP */
    uint64_t rtp;            /* of them, SRTP */
    uint64_t plaintext;      /* bytes */
    bool selftest;           /* the planted packets were found, both */
    bool clean;              /* all was seen, and all was sealed */
};

/* Before any thread is started. -1: why says what is missing. */
int demo_stage_enter(struct demo_stage *st);
/* Certificates, the edge with users, the judge, the planted packets. */
int demo_stage_set(struct demo_stage *st, uv_loop_t *loop,
                   const char *const *users, size_t n);
/* Closes the edge; closed comes from the loop, or at once. */
void demo_stage_close(struct demo_stage *st, void (*closed)(void *user),
                      void *user);
/* When the loop is over. */
void demo_stage_leave(struct demo_stage *st, struct demo_verdict *v);

#endif
