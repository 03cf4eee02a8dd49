/* SPDX-License-Identifier: Apache-2.0 */
/* The only TCP socket: libuv moves the bytes, the engine guards them. */
#include "tls/sock.h"

#include <signal.h>
#include <string.h>

#include "sip/base/err.h"
#include "sip/base/secret.h"
#include "tls/sock_impl.h"

/* -------------------------------------------------------------- net */

int tls_net_new(struct tls_net **out, struct uv_loop_s *loop,
                const struct env *env, struct policy *policy)
{
    struct tls_net *net = env_alloc(env, sizeof(*net));

    if (!net)
        return E_NOMEM;
    net->loop = loop;
    net->env = env;
    net->policy = policy;
    net->connect_ms = TLS_SOCK_CONNECT_MS;
    net->handshake_ms = TLS_SOCK_HANDSHAKE_MS;
    *out = net;
    return 0;
}

int tls_net_free(struct tls_net *net)
{
    if (!net)
        return 0;
    if (net->live)
        return E_STATE;
    env_free(net->env, net);
    return 0;
}

void tls_net_timeouts(struct tls_net *net, unsigned connect_ms,
                      unsigned handshake_ms)
{
    if (connect_ms)
        net->connect_ms = connect_ms;
    if (handshake_ms)
        net->handshake_ms = handshake_ms;
}

void tls_net_equip(struct tls_net *net, const struct tls_engine_kit *kit)
{
    net->kit = *kit;
}

int64_t tls_sock_wall(void *user)
{
    uv_timeval64_t tv;

    (void)user;
    return uv_gettimeofday(&tv) ? 0 : tv.tv_sec * 1000 + tv.tv_usec / 1000;
}

unsigned tls_net_live(const struct tls_net *net)
{
    return net->live;
}

uint64_t tls_net_plain_sent(const struct tls_net *net)
{
    return net->plain_sent;
}

/*
 * libuv writes with write(2): a peer that reset the connection would end the
 * process by SIGPIPE. Blocked for the loop's thread it is an error like any
 * other. MSG_NOSIGNAL cannot be had through libuv; a handler would be the
 * whole process's.
 */
void tls_sock_no_sigpipe(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int tls_sock_err(int uv)
{
    if (uv == UV_ENOMEM || uv == UV_ENOBUFS)
        return E_NOMEM;
    return uv == UV_EMFILE || uv == UV_ENFILE ? E_FULL : E_SYS;
}

/* ------------------------------------------------------ life and death */

int tls_conn_new(struct tls_conn **out, struct tls_net *net)
{
    if (net->conns >= TLS_SOCK_CONNS_MAX)
        return E_FULL;
    struct tls_conn *c = env_alloc(net->env, sizeof(*c));

    if (!c)
        return E_NOMEM;
    c->net = net;
    c->stage = CONN_NEW;
    cause_set(&c->cause, CAUSE_none);
    /* Neither opens a descriptor yet, so neither can fail. */
    (void)uv_tcp_init(net->loop, &c->tcp);
    (void)uv_timer_init(net->loop, &c->timer);
    c->tcp.data = c->timer.data = c;
    c->connect.data = c->shutdown.data = c;
    c->handles = 2;
    net->live++;
    net->conns++;
    *out = c;
    return 0;
}

static void on_gone(uv_handle_t *h)
{
    struct tls_conn *c = h->data;
    const struct env *env = c->net->env;

    if (--c->handles)
        return;
    c->net->live--;
    c->net->conns--;
    void (*closed)(void *) = c->closed;
    void *user = c->closed_user;

    if (c->queue)
        secret_wipe(c->queue, c->queue_cap);
    tls_engine_free(c->engine);
    env_free(env, c->queue);
    env_free(env, c->held);
    env_free(env, c);
    if (closed)
        closed(user);
}

void tls_conn_kill(struct tls_conn *c)
{
    if (c->stage == CONN_DYING)
        return;
    c->stage = CONN_DYING;
    uv_close((uv_handle_t *)&c->timer, on_gone);
    if (!c->reopening)
        uv_close((uv_handle_t *)&c->tcp, on_gone);
}

/* May be told to the owner, and was not told down yet. */
bool tls_conn_alive(const struct tls_conn *c)
{
    return c->stage == CONN_DIALING || c->stage == CONN_SHAKING ||
           c->stage == CONN_OPEN;
}

void tls_conn_down(struct tls_conn *c)
{
    struct cause cause = c->cause;

    if (!tls_conn_alive(c))
        return;
    c->stage = CONN_DOWN;
    (void)uv_timer_stop(&c->timer);
    (void)uv_read_stop((uv_stream_t *)&c->tcp);
    if (c->on.down)
        c->on.down(c->user, c, &cause);
}

/* From inside the owner's call: the owner hears of it from the loop. */
void tls_conn_down_later(struct tls_conn *c)
{
    if (tls_conn_alive(c))
        tls_conn_timer(c, 0);
}

void tls_conn_blame(struct tls_conn *c, enum cause_code code)
{
    char text[TLS_ADDR_TEXT_MAX];
    struct out o = out_of(text, sizeof(text));

    if (c->cause.code != CAUSE_none)
        return;
    if (code == CAUSE_connect_reset && c->stage == CONN_SHAKING)
        code = CAUSE_tls_reset;
    tls_addr_put(&o, &c->remote);
    cause_set_facts(&c->cause, code, out_slice(&o));
}

enum cause_code tls_sock_cause(int uv)
{
    switch (uv) {
    case UV_ECONNREFUSED:
        return CAUSE_connect_refused;
    case UV_ETIMEDOUT:
        return CAUSE_connect_timeout;
    case UV_ENETUNREACH:
    case UV_EHOSTUNREACH:
    case UV_EADDRNOTAVAIL:
    case UV_EAFNOSUPPORT:
    case UV_ENETDOWN:
        return CAUSE_connect_unreachable;
    case UV_ECONNRESET:
    case UV_EPIPE:
    case UV_EOF:
        return CAUSE_connect_reset;
    case UV_ENOMEM:
    case UV_ENOBUFS:
        return CAUSE_out_of_memory;
    case UV_EMFILE: /* of descriptors */
    case UV_ENFILE:
        return CAUSE_table_full;
    default:
        return CAUSE_connect_failed;
    }
}

/* How a system says that it has no IPv4. */
static bool is_no_ipv4(int uv)
{
#ifdef __APPLE__
    if (uv == UV_EADDRNOTAVAIL) /* elsewhere: no port is left */
        return true;
#endif
    return uv == UV_ENETUNREACH;
}

enum cause_code tls_dial_cause(const struct tls_addr *to, int uv)
{
    return to->family == 4 && is_no_ipv4(uv) ? CAUSE_connect_no_ipv4
                                             : tls_sock_cause(uv);
}

/* ------------------------------------------------------------- dialing */

void tls_conn_begin(struct tls_conn *c)
{
    c->stage = CONN_SHAKING;
    (void)uv_tcp_nodelay(&c->tcp, 1);
    tls_conn_timer(c, c->net->handshake_ms);
    tls_engine_start(c->engine);
    if (!tls_conn_follow(c))
        return;
    int uv = tls_conn_read(c);

    if (uv) {
        tls_conn_blame(c, tls_sock_cause(uv));
        tls_conn_down_later(c);
    }
}

static int equip(struct tls_conn *c)
{
    struct tls_net *net = c->net;
    struct tls_engine_kit kit = net->kit;
    int err =
        tls_engine_new_client(&c->engine, net->env, net->policy, c->ticket);

    if (err)
        return err;
    kit.wall_ms = tls_sock_wall(NULL);
    kit.fresh = c->fresh;
    tls_engine_equip(c->engine, &kit);
    return 0;
}

/*
 * TCP is there, so an engine is worth its memory (some 40 KiB), and a session
 * its one use: most of those that race never come here. The ticket may have
 * been withdrawn meanwhile.
 */
static void begin_client(struct tls_conn *c)
{
    int err = equip(c);

    if (!err) {
        tls_conn_begin(c);
        return;
    }
    if (err == E_POLICY)
        policy_count(c->net->policy,
                     policy_peer_why(c->net->policy, c->ticket));
    tls_conn_blame(c, err == E_POLICY  ? CAUSE_policy_refused
                      : err == E_NOMEM ? CAUSE_out_of_memory
                                       : CAUSE_connect_failed);
    tls_conn_down(c);
}

static void on_connect(uv_connect_t *req, int status)
{
    struct tls_conn *c = req->data;

    if (c->stage != CONN_DIALING)
        return;
    if (status == 0) {
        begin_client(c);
        return;
    }
    tls_conn_blame(c, tls_dial_cause(&c->remote, status));
    tls_conn_down(c);
}

static void on_timer(uv_timer_t *t)
{
    struct tls_conn *c = t->data;

    if (c->stage == CONN_CLOSING) {
        tls_conn_kill(c);
    } else if (c->cause.code != CAUSE_none) {
        tls_conn_down(c);
    } else if (c->resume_due) {
        tls_conn_resume(c);
    } else if (c->stage == CONN_DIALING || c->stage == CONN_SHAKING) {
        tls_conn_blame(c, c->stage == CONN_DIALING      ? CAUSE_connect_timeout
                          : tls_engine_heard(c->engine) ? CAUSE_tls_timeout
                                                        : CAUSE_tls_silent);
        tls_conn_down(c);
    }
}

static void connect_now(struct tls_conn *c)
{
    struct sockaddr_storage ss;

    c->stage = CONN_DIALING;
    tls_conn_timer(c, c->net->connect_ms);
    tls_addr_to_sockaddr(&ss, &c->remote);
    int uv = uv_tcp_connect(&c->connect, &c->tcp, (const struct sockaddr *)&ss,
                            on_connect);

    if (uv) { /* no route, no descriptor: the next address may do */
        tls_conn_blame(c, tls_dial_cause(&c->remote, uv));
        tls_conn_down_later(c);
    }
}

static void on_reopen(uv_handle_t *h)
{
    struct tls_conn *c = h->data;

    c->reopening = false;
    if (c->stage == CONN_DYING) {
        on_gone(h);
        return;
    }
    (void)uv_tcp_init(c->net->loop, &c->tcp);
    c->tcp.data = c;
    if (c->stage == CONN_DIALING)
        connect_now(c);
}

/* Was it the server that did not go on from a session, so that it will not
 * from the others? A connection that was cut says nothing of them: of several
 * addresses one may be dead. */
static bool is_of_sessions(enum cause_code code)
{
    return cause_domain(code) == CAUSE_TLS && code != CAUSE_tls_reset &&
           code != CAUSE_tls_silent;
}

bool tls_conn_again(struct tls_conn *c)
{
    enum cause_code code = tls_engine_cause(c->engine)->code;
    enum cause_domain domain = cause_domain(code);

    if (c->stage != CONN_SHAKING || !tls_engine_offered(c->engine) ||
        c->cause.code != CAUSE_none || c->writing ||
        (domain != CAUSE_TLS && domain != CAUSE_CONNECT))
        return false;
    if (is_of_sessions(code))
        tls_engine_forget(c->engine);
    tls_engine_free(c->engine);
    c->engine = NULL;
    c->fresh = true;
    c->stage = CONN_DIALING;
    c->reopening = true;
    (void)uv_timer_stop(&c->timer);
    uv_close((uv_handle_t *)&c->tcp, on_reopen);
    return true;
}

void tls_conn_timer(struct tls_conn *c, unsigned ms)
{
    (void)uv_timer_start(&c->timer, on_timer, ms, 0);
}

int tls_dial(struct tls_conn **out, struct tls_net *net,
             const struct policy_peer *ticket, const struct tls_handlers *h,
             void *user)
{
    const struct policy_peer_view *view =
        policy_peer_view(net->policy, ticket);
    struct tls_conn *c;

    if (!view) {
        policy_count(net->policy, policy_peer_why(net->policy, ticket));
        return E_POLICY;
    }
    int err = tls_conn_new(&c, net);

    if (err)
        return err;
    tls_sock_no_sigpipe();
    c->ticket = ticket;
    c->remote = view->addr;
    c->on = *h;
    c->user = user;
    connect_now(c);
    *out = c;
    return 0;
}

/* ------------------------------------------------------------- closing */

static void on_shutdown(uv_shutdown_t *req, int status)
{
    struct tls_conn *c = req->data;

    (void)status;
    if (c->stage == CONN_CLOSING)
        tls_conn_kill(c);
}

/* All is written: FIN, so that the peer reads close_notify first. */
void tls_conn_finish(struct tls_conn *c)
{
    if (uv_shutdown(&c->shutdown, (uv_stream_t *)&c->tcp, on_shutdown))
        tls_conn_kill(c);
}

static bool take_over(struct tls_conn *c, void (*closed)(void *user),
                      void *user)
{
    if (c->stage == CONN_CLOSING || c->stage == CONN_DYING)
        return false;
    c->closed = closed;
    c->closed_user = user;
    memset(&c->on, 0, sizeof(c->on));
    return true;
}

void tls_close(struct tls_conn *c, void (*closed)(void *user), void *user)
{
    bool open = c->stage == CONN_OPEN && c->cause.code == CAUSE_none;

    if (!take_over(c, closed, user))
        return;
    if (!open) {
        tls_conn_kill(c);
        return;
    }
    (void)tls_flush(c);
    c->stage = CONN_CLOSING;
    (void)uv_read_stop((uv_stream_t *)&c->tcp);
    tls_conn_timer(c, TLS_SOCK_CLOSE_MS);
    tls_engine_close(c->engine);
    if (tls_conn_write(c))
        tls_conn_kill(c);
    else if (c->writing == 0)
        tls_conn_finish(c);
}

void tls_abort(struct tls_conn *c, void (*closed)(void *user), void *user)
{
    if (!take_over(c, closed, user))
        return;
    c->stage = CONN_DYING;
    uv_close((uv_handle_t *)&c->timer, on_gone);
    if (c->reopening)
        return;
    if (uv_tcp_close_reset(&c->tcp, on_gone))
        uv_close((uv_handle_t *)&c->tcp, on_gone);
}

/* ------------------------------------------------------------- looking */

int tls_conn_local(const struct tls_conn *c, struct tls_addr *a)
{
    struct sockaddr_storage ss;
    int n = sizeof(ss);

    if (uv_tcp_getsockname(&c->tcp, (struct sockaddr *)&ss, &n))
        return E_STATE;
    return tls_addr_of_sockaddr(a, &ss);
}

int tls_conn_remote(const struct tls_conn *c, struct tls_addr *a)
{
    struct sockaddr_storage ss;
    int n = sizeof(ss);

    if (uv_tcp_getpeername(&c->tcp, (struct sockaddr *)&ss, &n))
        return E_STATE;
    return tls_addr_of_sockaddr(a, &ss);
}

bool tls_conn_ticketed(const struct tls_conn *c)
{
    return c->engine && tls_engine_ticketed(c->engine);
}

const struct tls_facts *tls_conn_facts(const struct tls_conn *c)
{
    return c->engine ? tls_engine_facts(c->engine) : NULL;
}

uint64_t tls_conn_plain_sent(const struct tls_conn *c)
{
    return c->engine ? tls_engine_plain_count(c->engine) : 0;
}

void tls_conn_handle(struct tls_conn *c, const struct tls_handlers *h,
                     void *user)
{
    c->on = *h;
    c->user = user;
}
