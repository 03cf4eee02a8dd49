/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: a session that a server stumbles over costs no connection. */
#include <arpa/inet.h>
#include <uv.h>

#include "test/unit/tls_attempt.h"
#include "tls/resume.h"
#include "tls/sock.h"

/* A server that answers each hello with an alert, or cuts the connection, and
 * counts. */
struct world {
    uv_loop_t loop;
    uv_tcp_t server;
    bool cuts;
    unsigned accepted, downs, closed;
    struct cause cause;
};

static void on_gone(uv_handle_t *h)
{
    free(h);
}

static void on_alloc(uv_handle_t *h, size_t hint, uv_buf_t *buf)
{
    static char bytes[4096];

    (void)h, (void)hint;
    *buf = uv_buf_init(bytes, sizeof(bytes));
}

static void on_hello(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
    static char alert[] = "\x15\x03\x03\x00\x02\x02\x2f"; /* illegal */
    uv_buf_t out = uv_buf_init(alert, 7);
    const struct world *w = s->data;

    (void)buf;
    if (n > 0 && w->cuts) {
        assert_int_equal(uv_tcp_close_reset((uv_tcp_t *)s, on_gone), 0);
        return;
    }
    if (n > 0)
        assert_int_equal(uv_try_write(s, &out, 1), 7);
    if (n != 0 && !uv_is_closing((uv_handle_t *)s))
        uv_close((uv_handle_t *)s, on_gone);
}

static void on_come(uv_stream_t *server, int status)
{
    struct world *w = server->data;
    uv_tcp_t *c = malloc(sizeof(*c));

    assert_int_equal(status, 0);
    w->accepted++;
    uv_tcp_init(&w->loop, c);
    c->data = w;
    assert_int_equal(uv_accept(server, (uv_stream_t *)c), 0);
    uv_read_start((uv_stream_t *)c, on_alloc, on_hello);
}

static void on_closed(void *user)
{
    struct world *w = user;

    w->closed++;
}

static void on_up(void *user, struct tls_conn *c, const struct tls_facts *f)
{
    (void)user, (void)c, (void)f;
    fail_msg("up at a server that has no certificate");
}

static void on_down(void *user, struct tls_conn *c, const struct cause *cause)
{
    struct world *w = user;

    w->cause = *cause;
    w->downs++;
    tls_close(c, on_closed, w);
    uv_close((uv_handle_t *)&w->server, NULL);
}

static int64_t wall(void *user)
{
    return tls_sock_wall(user);
}

/* Fills the cache by connections to a server that gives tickets. */
static void learn(struct tls_resume *cache)
{
    mbedtls_ssl_ticket_context tickets;
    struct attempt a = good();

    mbedtls_ssl_ticket_init(&tickets);
    assert_int_equal(mbedtls_ssl_ticket_setup(&tickets, mbedtls_psa_get_random,
                                              MBEDTLS_PSA_RANDOM_STATE,
                                              MBEDTLS_CIPHER_AES_256_GCM,
                                              3600),
                     0);
    a.how.tickets = &tickets;
    a.kit.sessions = cache;
    a.kit.fresh = true;
    a.terms.identity = S("me");
    expect_up(&a);
    mbedtls_ssl_ticket_free(&tickets);
}

static void listen_at(struct world *w, struct tls_addr *at)
{
    struct sockaddr_in sin;
    struct sockaddr_storage ss;
    int n = sizeof(ss);

    uv_ip4_addr("127.0.0.1", 0, &sin);
    uv_tcp_init(&w->loop, &w->server);
    w->server.data = w;
    assert_int_equal(uv_tcp_bind(&w->server, (struct sockaddr *)&sin, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&w->server, 8, on_come), 0);
    uv_tcp_getsockname(&w->server, (struct sockaddr *)&ss, &n);
    memcpy(&sin, &ss, sizeof(sin));
    assert_int_equal(tls_addr_parse(at, S("127.0.0.1:1"), 0), 0);
    at->port = ntohs(sin.sin_port);
}

/* What dials, with a cache of sessions that are learnt. */
struct dialler {
    struct tls_engine_kit kit;
    struct kit_policy policy;
    struct tls_net *net;
    size_t learnt;
};

static void open_dialler(struct dialler *d, struct world *w, int sessions)
{
    struct policy_terms terms = kit_terms(pki.anchors);
    enum policy_why why;
    struct tls_addr at;

    *d = (struct dialler){.net = NULL};
    terms.identity = S("me");
    assert_int_equal(tls_resume_new(&d->kit.sessions, &kit_env, wall, NULL),
                     0);
    while (sessions--)
        learn(d->kit.sessions);
    d->learnt = tls_resume_count(d->kit.sessions);
    uv_loop_init(&w->loop);
    listen_at(w, &at);
    kit_policy_new(&d->policy, terms);
    assert_int_equal(tls_net_new(&d->net, &w->loop, &kit_env, d->policy.p), 0);
    tls_net_equip(d->net, &d->kit);
    assert_int_equal(policy_peer_mint(d->policy.p, &d->policy.ticket,
                                      d->policy.account, &at, &why),
                     0);
}

static struct tls_conn *dial(struct dialler *d, struct world *w)
{
    static const struct tls_handlers on = {.up = on_up, .down = on_down};
    struct tls_conn *c;

    assert_int_equal(tls_dial(&c, d->net, d->policy.ticket, &on, w), 0);
    return c;
}

/* Returns how many sessions are left. */
static size_t close_dialler(struct dialler *d, struct world *w)
{
    size_t left = tls_resume_count(d->kit.sessions);

    assert_int_equal(tls_net_free(d->net), 0);
    assert_int_equal(uv_loop_close(&w->loop), 0);
    tls_resume_free(d->kit.sessions);
    kit_policy_free(&d->policy);
    return left;
}

/* Returns how many sessions are left of those that there were. */
static size_t dial_once(bool with_session, bool cuts, size_t *before)
{
    struct world w = {.cuts = cuts};
    struct dialler d;

    open_dialler(&d, &w, with_session ? TLS_SESSIONS_EACH : 0);
    *before = d.learnt;
    assert_int_equal(*before > 0, with_session);
    (void)dial(&d, &w);
    uv_run(&w.loop, UV_RUN_DEFAULT);
    /* Once more without the session, and never again. */
    assert_int_equal(w.accepted, with_session ? 2 : 1);
    assert_int_equal(w.downs, 1);
    assert_int_equal(w.closed, 1);
    assert_int_equal(w.cause.code, cuts ? CAUSE_tls_reset : CAUSE_tls_alert);
    return close_dialler(&d, &w);
}

/* One that lost its race before TCP was there has used no session. */
static void test_lost_before_tcp(void **state)
{
    struct world w = {0};
    struct dialler d;

    (void)state;
    open_dialler(&d, &w, 1);
    tls_close(dial(&d, &w), on_closed, &w);
    tls_abort(dial(&d, &w), on_closed, &w);
    uv_close((uv_handle_t *)&w.server, NULL);
    uv_run(&w.loop, UV_RUN_DEFAULT);
    assert_int_equal(w.closed, 2);
    assert_int_equal(w.downs, 0);
    assert_int_equal(close_dialler(&d, &w), d.learnt);
}

static void test_once_more(void **state)
{
    size_t before;

    (void)state;
    assert_int_equal(dial_once(false, false, &before), 0);
    assert_int_equal(dial_once(true, false, &before), 0);
}

/* The network saw one; the others are as good as they were. */
static void test_cut_takes_one_session(void **state)
{
    size_t before;
    size_t left;

    (void)state;
    assert_int_equal(dial_once(false, true, &before), 0);
    left = dial_once(true, true, &before);
    assert_int_equal(before, TLS_SESSIONS_EACH);
    assert_int_equal(left, before - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once_more),
        cmocka_unit_test(test_cut_takes_one_session),
        cmocka_unit_test(test_lost_before_tcp),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
