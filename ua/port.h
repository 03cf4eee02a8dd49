/* SPDX-License-Identifier: Apache-2.0 */
/* Ports: a flow of the core joined to a TLS connection of the world. */
#ifndef UA_PORT_H
#define UA_PORT_H

#include "tls/sock.h"
#include "ua/core.h"

/* The connections of one loop. */
struct ua_ports {
    const struct env *env;
    struct ua_core *core;
    struct tls_net *net;
    struct ua_port *all;       /* those that exist, closing ones too */
    struct ua_port *dirty;     /* have something to flush */
    void (*turn)(void *user);  /* after each input: pull the core */
    void (*empty)(void *user); /* the last one is gone */
    void *user;
};

/* A connection that came in. up: it is there and verified as far as its
 * listener asks; gives its flow, or 0 and it is closed. E_NOMEM: it is the
 * caller's still. */
struct ua_acceptor {
    uint64_t (*up)(void *user, void *port, const struct ua_flow_facts *facts);
    void *user;
};
int ua_port_accept(struct ua_ports *ports, struct tls_conn *c,
                   const struct ua_acceptor *acceptor);

/* Outputs of the core. */
void ua_port_dial(struct ua_ports *ports, const struct ua_out *out);
void ua_port_send(struct ua_ports *ports, const struct ua_out *out);
void ua_port_hangup(struct ua_ports *ports, const struct ua_out *out);

/* Closes all; empty comes from the loop, unless there are none. */
void ua_port_close_all(struct ua_ports *ports);

/* One write for all that was sent since the last flush. */
void ua_port_flush(struct ua_ports *ports);

#endif
