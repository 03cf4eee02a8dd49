/* SPDX-License-Identifier: Apache-2.0 */
/* Ports: TLS connections of the loop, told to the core. */
#include "ua/port.h"

#include "sip/base/chain.h"
#include "sip/base/err.h"
#include "ua/host.h"

struct ua_port {
    struct ua_ports *ports;
    struct ua_port *next, **prev; /* in ports->all */
    struct tls_conn *conn;
    uint64_t flow; /* 0: it came in and is not up yet */
    struct ua_acceptor acceptor;
    struct ua_port *next_dirty;
    bool dirty;
    bool gone; /* closing: memory stays until the loop has closed it */
};

static void closed(void *user)
{
    struct ua_port *port = user;
    struct ua_ports *ports = port->ports;

    CHAIN_REMOVE(port);
    env_free(ports->env, port);
    if (!ports->all)
        ports->empty(ports->user);
}

static void undirty(struct ua_port *port)
{
    struct ua_port **at = &port->ports->dirty;

    while (port->dirty && *at) {
        if (*at == port) {
            *at = port->next_dirty;
            break;
        }
        at = &(*at)->next_dirty;
    }
    port->dirty = false;
}

static void close_port(struct ua_port *port, bool abort)
{
    undirty(port);
    port->gone = true;
    if (abort)
        tls_abort(port->conn, closed, port);
    else
        tls_close(port->conn, closed, port);
}

static void on_up(void *user, struct tls_conn *c, const struct tls_facts *f)
{
    struct ua_port *port = user;
    struct ua_ports *ports = port->ports;
    struct ua_flow_facts facts = {.name = slice_cstr(f->name),
                                  .tls = slice_cstr(f->version),
                                  .suite = slice_cstr(f->suite),
                                  .peer = f};

    (void)tls_conn_local(c, &facts.local);
    (void)tls_conn_remote(c, &facts.remote);
    if (port->acceptor.up) {
        port->flow = port->acceptor.up(port->acceptor.user, port, &facts);
        if (!port->flow)
            close_port(port, true);
    } else {
        ua_core_flow_up(ports->core, ua_host_now(), port->flow, &facts);
    }
    ports->turn(ports->user);
}

static void on_plain(void *user, struct tls_conn *c, struct slice bytes)
{
    struct ua_port *port = user;
    struct ua_ports *ports = port->ports;

    (void)c;
    ua_core_bytes(ports->core, ua_host_now(), port->flow, bytes);
    ports->turn(ports->user);
}

static void on_down(void *user, struct tls_conn *c, const struct cause *cause)
{
    struct ua_port *port = user;
    struct ua_ports *ports = port->ports;
    struct cause copy = *cause;
    uint64_t flow = port->flow;

    (void)c;
    close_port(port, true);
    ua_core_flow_down(ports->core, ua_host_now(), flow, &copy);
    ports->turn(ports->user);
}

static const struct tls_handlers handlers = {on_up, on_plain, on_down};

static enum cause_code dial_cause(int err)
{
    switch (err) {
    case E_POLICY:
        return CAUSE_policy_refused;
    case E_NOMEM:
        return CAUSE_out_of_memory;
    case E_FULL:
        return CAUSE_table_full;
    default:
        return CAUSE_connect_failed;
    }
}

/* Pulled from the core by the caller, who pulls on after this. */
void ua_port_dial(struct ua_ports *ports, const struct ua_out *out)
{
    struct ua_port *port = env_alloc(ports->env, sizeof(*port));
    struct cause cause;
    int err = port ? 0 : E_NOMEM;

    if (port) {
        port->ports = ports;
        port->flow = out->flow;
        err = tls_dial(&port->conn, ports->net, out->ticket, &handlers, port);
    }
    if (err) {
        env_free(ports->env, port);
        cause_set(&cause, dial_cause(err));
        ua_core_flow_down(ports->core, ua_host_now(), out->flow, &cause);
        return;
    }
    CHAIN_ADD(ports->all, port);
    ua_core_port(ports->core, out->flow, port);
}

int ua_port_accept(struct ua_ports *ports, struct tls_conn *c,
                   const struct ua_acceptor *acceptor)
{
    struct ua_port *port = env_alloc(ports->env, sizeof(*port));

    if (!port)
        return E_NOMEM;
    port->ports = ports;
    port->conn = c;
    port->acceptor = *acceptor;
    CHAIN_ADD(ports->all, port);
    tls_conn_handle(c, &handlers, port);
    return 0;
}

static void fail(struct ua_port *port, int err)
{
    struct ua_ports *ports = port->ports;
    uint64_t flow = port->flow;
    struct cause cause;

    cause_set(&cause,
              err == E_NOMEM ? CAUSE_out_of_memory : CAUSE_connect_reset);
    close_port(port, true);
    ua_core_flow_down(ports->core, ua_host_now(), flow, &cause);
}

void ua_port_send(struct ua_ports *ports, const struct ua_out *out)
{
    struct ua_port *port = out->port;
    int err;

    if (!port || port->gone)
        return;
    err = tls_send(port->conn, out->text);
    if (err) {
        fail(port, err);
        return;
    }
    if (!port->dirty) {
        port->dirty = true;
        port->next_dirty = ports->dirty;
        ports->dirty = port;
    }
}

void ua_port_hangup(struct ua_ports *ports, const struct ua_out *out)
{
    struct ua_port *port = out->port;

    (void)ports;
    if (!port || port->gone)
        return;
    (void)tls_flush(port->conn); /* what was sent before goes out first */
    close_port(port, false);
}

void ua_port_flush(struct ua_ports *ports)
{
    while (ports->dirty) {
        struct ua_port *port = ports->dirty;
        int err;

        ports->dirty = port->next_dirty;
        port->dirty = false;
        err = tls_flush(port->conn);
        if (err)
            fail(port, err);
    }
}

void ua_port_close_all(struct ua_ports *ports)
{
    for (struct ua_port *port = ports->all; port; port = port->next)
        if (!port->gone)
            close_port(port, false);
}
