/* SPDX-License-Identifier: Apache-2.0 */
/* The edge on a uv loop: a TLS listener in front of the pure edge. */
#ifndef TOOLS_EDGE_LOOP_H
#define TOOLS_EDGE_LOOP_H

#include "tls/sock.h"
#include "tools/edge.h"

struct edge_loop;

struct edge_loop_config {
    const struct env *env;
    struct uv_loop_s *uv;
    const struct tls_cred *own; /* chain and key; borrowed */
    struct edge_config edge;    /* send, hangup and user are set here */
};

/* Listens on at (port 0: the kernel picks; at says which then). */
int edge_loop_new(struct edge_loop **loop,
                  const struct edge_loop_config *config, struct tls_addr *at);
struct edge *edge_loop_edge(struct edge_loop *loop);

/* Closes all; closed comes from the loop when the memory is gone. */
void edge_loop_close(struct edge_loop *loop, void (*closed)(void *user),
                     void *user);

#endif
