/* SPDX-License-Identifier: Apache-2.0 */
/* Listening, for those who hold a ticket: the edge in tools/, and tests. */
#include "sip/base/err.h"
#include "tls/sock_impl.h"

struct tls_listener {
    struct tls_net *net;
    uv_tcp_t tcp;
    const struct policy_self *ticket;
    struct tls_acceptor acceptor;
    bool closing;
    void (*closed)(void *user);
    void *closed_user;
};

static void on_listener_gone(uv_handle_t *h)
{
    struct tls_listener *l = h->data;

    void (*closed)(void *) = l->closed;
    void *user = l->closed_user;

    l->net->live--;
    env_free(l->net->env, l);
    if (closed) /* last: it may free the net */
        closed(user);
}

void tls_listener_close(struct tls_listener *l, void (*closed)(void *user),
                        void *user)
{
    if (l->closing)
        return;
    l->closing = true;
    l->closed = closed;
    l->closed_user = user;
    uv_close((uv_handle_t *)&l->tcp, on_listener_gone);
}

/* A connection that cannot be served is closed at once: kernel queues are
 * short, and waiting would only hide it. */
static void on_connection(uv_stream_t *server, int status)
{
    struct tls_listener *l = server->data;
    struct tls_conn *c;

    if (status < 0 || tls_conn_new(&c, l->net))
        return;
    if (uv_accept(server, (uv_stream_t *)&c->tcp) ||
        tls_engine_new_server(&c->engine, l->net->env, l->net->policy,
                              l->ticket)) {
        tls_conn_kill(c);
        return;
    }
    c->stage = CONN_SHAKING;
    (void)tls_conn_remote(c, &c->remote);
    l->acceptor.accepted(l->acceptor.user, c);
    if (c->stage == CONN_SHAKING)
        tls_conn_begin(c);
}

int tls_listen(struct tls_listener **out, struct tls_net *net,
               const struct policy_self *ticket, const struct tls_addr *at,
               const struct tls_acceptor *acceptor)
{
    struct sockaddr_storage ss;

    if (!policy_self_view(net->policy, ticket))
        return E_POLICY;
    struct tls_listener *l = env_alloc(net->env, sizeof(*l));

    if (!l)
        return E_NOMEM;
    tls_sock_no_sigpipe();
    l->net = net;
    l->ticket = ticket;
    l->acceptor = *acceptor;
    int uv = uv_tcp_init(net->loop, &l->tcp);

    if (uv) {
        env_free(net->env, l);
        return tls_sock_err(uv);
    }
    l->tcp.data = l;
    net->live++;
    tls_addr_to_sockaddr(&ss, at);
    uv = uv_tcp_bind(&l->tcp, (const struct sockaddr *)&ss, 0);
    if (!uv)
        uv =
            uv_listen((uv_stream_t *)&l->tcp, TLS_SOCK_BACKLOG, on_connection);
    if (uv) {
        tls_listener_close(l, NULL, NULL);
        return tls_sock_err(uv);
    }
    *out = l;
    return 0;
}

int tls_listener_addr(const struct tls_listener *l, struct tls_addr *a)
{
    struct sockaddr_storage ss;
    int n = sizeof(ss);

    if (uv_tcp_getsockname(&l->tcp, (struct sockaddr *)&ss, &n))
        return E_SYS;
    return tls_addr_of_sockaddr(a, &ss);
}
