/* SPDX-License-Identifier: Apache-2.0 */
/* The edge on a uv loop. */
#include "tools/edge_loop.h"

#include "sip/base/chain.h"
#include "sip/base/err.h"
#include "ua/host.h"

/* A connection of the edge. */
struct guest {
    struct edge_loop *loop;
    struct guest *next, **prev;
    struct tls_conn *conn;
    uint64_t id;
    bool gone;
};

struct edge_loop {
    const struct env *env;
    struct policy *policy;
    struct tls_net *net;
    struct tls_listener *listener;
    struct guest *guests;
    struct edge edge;
    bool ending;
    void (*closed)(void *user);
    void *closed_user;
};

static void part_closed(struct edge_loop *loop)
{
    void (*closed)(void *user) = loop->closed;
    void *user = loop->closed_user;

    if (!loop->ending || loop->guests || loop->listener)
        return;
    edge_free(&loop->edge);
    (void)tls_net_free(loop->net);
    policy_free(loop->policy);
    env_free(loop->env, loop);
    closed(user);
}

static void guest_closed(void *user)
{
    struct guest *g = user;
    struct edge_loop *loop = g->loop;

    CHAIN_REMOVE(g);
    env_free(loop->env, g);
    part_closed(loop);
}

static void close_guest(struct guest *g)
{
    if (g->gone)
        return;
    g->gone = true;
    edge_conn_gone(&g->loop->edge, g->id);
    tls_close(g->conn, guest_closed, g);
}

static struct guest *find(struct edge_loop *loop, uint64_t id)
{
    for (struct guest *g = loop->guests; g; g = g->next)
        if (g->id == id && !g->gone)
            return g;
    return NULL;
}

static void edge_send(void *user, uint64_t conn, struct slice text)
{
    struct guest *g = find(user, conn);

    if (g && (tls_send(g->conn, text) || tls_flush(g->conn)))
        close_guest(g);
}

static void edge_hangup(void *user, uint64_t conn)
{
    struct guest *g = find(user, conn);

    if (g)
        close_guest(g);
}

static void on_up(void *user, struct tls_conn *c, const struct tls_facts *f)
{
    (void)user;
    (void)c;
    (void)f;
}

static void on_plain(void *user, struct tls_conn *c, struct slice bytes)
{
    struct guest *g = user;

    (void)c;
    edge_bytes(&g->loop->edge, ua_host_now(), g->id, bytes);
}

static void on_down(void *user, struct tls_conn *c, const struct cause *cause)
{
    (void)c;
    (void)cause;
    close_guest(user);
}

static void nobody(void *user)
{
    (void)user;
}

static void on_accepted(void *user, struct tls_conn *c)
{
    static const struct tls_handlers handlers = {on_up, on_plain, on_down};
    struct edge_loop *loop = user;
    struct guest *g = env_alloc(loop->env, sizeof(*g));

    if (!g || edge_conn_new(&loop->edge, &g->id)) {
        env_free(loop->env, g);
        tls_abort(c, nobody, NULL);
        return;
    }
    g->loop = loop;
    g->conn = c;
    CHAIN_ADD(loop->guests, g);
    tls_conn_handle(c, &handlers, g);
}

static int open_all(struct edge_loop *loop,
                    const struct edge_loop_config *config, struct tls_addr *at)
{
    const struct tls_acceptor acceptor = {on_accepted, loop};
    const struct policy_self *ticket;
    int err = policy_new(&loop->policy, loop->env, POLICY_LEGACY_PBX);

    if (!err)
        err = tls_net_new(&loop->net, config->uv, loop->env, loop->policy);
    if (!err)
        err = policy_self_mint_open(loop->policy, &ticket, config->own,
                                    POLICY_STRICT);
    if (!err)
        err = tls_listen(&loop->listener, loop->net, ticket, at, &acceptor);
    if (!err)
        err = tls_listener_addr(loop->listener, at);
    return err;
}

int edge_loop_new(struct edge_loop **out,
                  const struct edge_loop_config *config, struct tls_addr *at)
{
    struct edge_loop *loop = env_alloc(config->env, sizeof(*loop));
    struct edge_config edge = config->edge;
    int err;

    if (!loop)
        return E_NOMEM;
    loop->env = config->env;
    edge.env = config->env;
    edge.user = loop;
    edge.send = edge_send;
    edge.hangup = edge_hangup;
    err = edge_init(&loop->edge, &edge);
    if (!err)
        err = open_all(loop, config, at);
    if (err && !loop->listener) {
        edge_free(&loop->edge);
        if (loop->net)
            (void)tls_net_free(loop->net);
        policy_free(loop->policy);
        env_free(loop->env, loop);
    } else {
        *out = loop;
    }
    return err;
}

struct edge *edge_loop_edge(struct edge_loop *loop)
{
    return &loop->edge;
}

static void listener_closed(void *user)
{
    struct edge_loop *loop = user;

    loop->listener = NULL;
    part_closed(loop);
}

void edge_loop_close(struct edge_loop *loop, void (*closed)(void *user),
                     void *user)
{
    loop->ending = true;
    loop->closed = closed;
    loop->closed_user = user;
    for (struct guest *g = loop->guests; g; g = g->next)
        close_guest(g);
    tls_listener_close(loop->listener, listener_closed, loop);
}
