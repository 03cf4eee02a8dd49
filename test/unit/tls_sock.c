/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: TCP and TLS on a real loop, by tickets only. */
#include "tls/sock.h"

#include <uv.h>

#include "test/oom.h"
#include "test/unit/tls_kit.h"

enum { TICK_MS = 10, TICKS_MAX = 3000 };

/* A listener, a client's policy, and what happened. */
struct world {
    uv_loop_t loop;
    uv_timer_t ticker;
    unsigned ticks;
    struct kit_pki pki;
    struct mint_cert *leaf;
    struct tls_cred *own;
    struct kit_policy client;
    const struct policy_self *self;
    struct tls_net *net;
    struct tls_listener *listener;
    struct tls_addr at;
    struct tls_conn *c, *s;
    struct cause c_down, s_down;
    unsigned c_ups, c_downs, s_ups, s_downs, closed;
    char c_got[1 << 16], s_got[1 << 16];
    size_t c_n, s_n;
    bool mute; /* the server does nothing on its own */
    bool hang_up_early;
    bool pause_first; /* the client pauses at its first plaintext */
    bool in_call;     /* a tls_… function is on the stack */
};

static void on_tick(uv_timer_t *t)
{
    struct world *w = t->data;

    w->ticks++;
}

static void on_closed(void *user)
{
    struct world *w = user;

    w->closed++;
}

static void c_up(void *user, struct tls_conn *c, const struct tls_facts *f)
{
    struct world *w = user;

    assert_false(w->in_call);
    assert_true(c == w->c);
    assert_string_equal(f->name, "sip.example.test");
    w->c_ups++;
}

static void c_plain(void *user, struct tls_conn *c, struct slice s)
{
    struct world *w = user;

    assert_false(w->in_call);
    assert_true(s.n <= sizeof(w->c_got) - w->c_n);
    memcpy(w->c_got + w->c_n, s.p, s.n);
    w->c_n += s.n;
    if (w->pause_first)
        tls_pause_read(c);
    w->pause_first = false;
}

static void c_down(void *user, struct tls_conn *c, const struct cause *why)
{
    struct world *w = user;

    assert_false(w->in_call);
    assert_true(c == w->c);
    w->c_downs++;
    w->c_down = *why;
}

static void s_up(void *user, struct tls_conn *c, const struct tls_facts *f)
{
    struct world *w = user;

    (void)c;
    (void)f;
    w->s_ups++;
}

static void s_plain(void *user, struct tls_conn *c, struct slice s)
{
    struct world *w = user;

    (void)c;
    memcpy(w->s_got + w->s_n, s.p, s.n);
    w->s_n += s.n;
}

static void s_down(void *user, struct tls_conn *c, const struct cause *why)
{
    struct world *w = user;

    w->s_downs++;
    w->s_down = *why;
    tls_close(c, on_closed, w);
    w->s = NULL;
}

static const struct tls_handlers client_side = {c_up, c_plain, c_down};
static const struct tls_handlers server_side = {s_up, s_plain, s_down};

static void accepted(void *user, struct tls_conn *c)
{
    struct world *w = user;

    if (w->hang_up_early) {
        tls_abort(c, on_closed, w);
        return;
    }
    w->s = c;
    tls_conn_handle(c, &server_side, w);
}

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    struct mint_san san = {TLS_NAME_KIND_DNS, S("sip.example.test")};
    enum policy_why why;
    struct tls_addr any;

    assert_non_null(w);
    kit_pki_new(&w->pki);
    w->leaf = kit_mint((struct mint_ask){.san = &san, .nsan = 1}, w->pki.root);
    w->own = kit_own(w->leaf, NULL);
    kit_policy_new(&w->client, kit_terms(w->pki.anchors));
    assert_int_equal(
        policy_self_mint_open(w->client.p, &w->self, w->own, POLICY_STRICT),
        0);
    assert_int_equal(uv_loop_init(&w->loop), 0);
    uv_timer_init(&w->loop, &w->ticker);
    w->ticker.data = w;
    uv_timer_start(&w->ticker, on_tick, TICK_MS, TICK_MS);
    assert_int_equal(tls_net_new(&w->net, &w->loop, &kit_env, w->client.p), 0);
    assert_int_equal(tls_addr_parse(&any, S("127.0.0.1:1"), 0), 0);
    any.port = 0;
    assert_int_equal(tls_listen(&w->listener, w->net, w->self, &any,
                                &(struct tls_acceptor){accepted, w}),
                     0);
    assert_int_equal(tls_listener_addr(w->listener, &w->at), 0);
    assert_int_not_equal(w->at.port, 0);
    assert_int_equal(policy_peer_mint(w->client.p, &w->client.ticket,
                                      w->client.account, &w->at, &why),
                     0);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    uv_close((uv_handle_t *)&w->ticker, NULL);
    if (w->c)
        tls_close(w->c, on_closed, w);
    if (w->s)
        tls_close(w->s, on_closed, w);
    if (w->listener)
        tls_listener_close(w->listener, on_closed, w);
    assert_int_equal(uv_run(&w->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(tls_net_live(w->net), 0);
    assert_int_equal(tls_net_free(w->net), 0);
    assert_int_equal(uv_loop_close(&w->loop), 0);
    kit_policy_free(&w->client);
    tls_cred_free(w->own);
    mint_free(w->leaf);
    kit_pki_free(&w->pki);
    free(w);
    return 0;
}

static void dial(struct world *w)
{
    w->in_call = true;
    assert_int_equal(
        tls_dial(&w->c, w->net, w->client.ticket, &client_side, w), 0);
    w->in_call = false;
}

/* One turn of the loop. The ticker ends it even if nothing else happens
 * any more, and gives up long after anything could. */
static void turn(struct world *w)
{
    (void)uv_run(&w->loop, UV_RUN_ONCE);
    if (w->ticks > TICKS_MAX)
        fail_msg("nothing happens any more");
}

static void run_until(struct world *w, const unsigned *count)
{
    while (*count == 0)
        turn(w);
}

static void say(struct world *w, struct tls_conn *c, struct slice s)
{
    w->in_call = true;
    assert_int_equal(tls_send(c, s), 0);
    assert_int_equal(tls_flush(c), 0);
    w->in_call = false;
}

static void test_talk(void **state)
{
    struct world *w = *state;
    struct tls_addr local, remote;

    dial(w);
    assert_int_equal(tls_send(w->c, S("early")), E_STATE);
    run_until(w, &w->c_ups);
    run_until(w, &w->s_ups);
    assert_int_equal(tls_conn_local(w->c, &local), 0);
    assert_int_equal(tls_conn_remote(w->c, &remote), 0);
    assert_true(tls_addr_eq(&remote, &w->at));
    assert_int_not_equal(local.port, 0);
    assert_int_equal(tls_send(w->c, S("RE")), 0);
    say(w, w->c, S("GISTER"));
    while (w->s_n < 8)
        turn(w);
    assert_memory_equal(w->s_got, "REGISTER", 8);
    assert_int_equal(tls_conn_plain_sent(w->c), 8);
    assert_int_equal(tls_net_plain_sent(w->net), 8);
    say(w, w->s, S("SIP/2.0 200 OK"));
    while (w->c_n < 14)
        turn(w);
    /* The server hangs up: the client hears why, once. */
    tls_close(w->s, on_closed, w);
    w->s = NULL;
    run_until(w, &w->c_downs);
    assert_int_equal(w->c_down.code, CAUSE_connect_reset);
    assert_non_null(strstr(w->c_down.text, "close_notify"));
    assert_int_equal(tls_send(w->c, S("late")), E_STATE);
}

static void test_refused(void **state)
{
    struct world *w = *state;

    tls_listener_close(w->listener, on_closed, w);
    w->listener = NULL;
    run_until(w, &w->closed);
    dial(w);
    run_until(w, &w->c_downs);
    assert_int_equal(w->c_down.code, CAUSE_connect_refused);
    assert_int_equal(w->c_ups, 0);
}

static void test_reset_in_handshake(void **state)
{
    struct world *w = *state;

    w->hang_up_early = true;
    dial(w);
    run_until(w, &w->c_downs);
    /* The reset may be there before our first flight is. */
    assert_true(w->c_down.code == CAUSE_tls_reset ||
                w->c_down.code == CAUSE_connect_reset);
    assert_int_equal(w->c_ups, 0);
}

/* Writing to a peer that is gone is an error, not a signal that kills. */
static void test_write_after_reset(void **state)
{
    struct world *w = *state;
    int err = 0;

    dial(w);
    run_until(w, &w->c_ups);
    run_until(w, &w->s_ups);
    /* It closes, and the client does not read: only writes tell. The first
     * one brings a reset, the second one would bring SIGPIPE. */
    tls_pause_read(w->c);
    tls_close(w->s, on_closed, w);
    w->s = NULL;
    run_until(w, &w->closed);
    w->in_call = true;
    for (int i = 0; i < 100 && !err; i++) {
        err = tls_send(w->c, S("anybody there?"));
        if (!err)
            err = tls_flush(w->c);
    }
    w->in_call = false;
    assert_int_not_equal(err, 0);
    run_until(w, &w->c_downs);
    assert_int_equal(w->c_down.code, CAUSE_connect_reset);
}

/* Far more than a read of the socket, with a pause in the middle. */
static void test_pause(void **state)
{
    static char big[60000];
    struct world *w = *state;

    for (size_t i = 0; i < sizeof(big); i++)
        big[i] = (char)('a' + i % 23);
    w->pause_first = true;
    dial(w);
    run_until(w, &w->c_ups);
    run_until(w, &w->s_ups);
    say(w, w->s, slice_of(big, sizeof(big)));
    while (w->pause_first)
        turn(w);
    size_t before = w->c_n;

    for (int i = 0; i < 20; i++)
        (void)uv_run(&w->loop, UV_RUN_NOWAIT);
    assert_int_equal(w->c_n, before);
    w->in_call = true;
    tls_resume_read(w->c);
    w->in_call = false;
    while (w->c_n < sizeof(big))
        turn(w);
    assert_memory_equal(w->c_got, big, sizeof(big));
}

static void test_limits(void **state)
{
    static char big[TLS_SOCK_QUEUE_MAX + 1];
    struct world *w = *state;

    dial(w);
    run_until(w, &w->c_ups);
    assert_int_equal(tls_send(w->c, slice_of(big, sizeof(big))), E_FULL);
    assert_int_equal(tls_send(w->c, slice_of(big, sizeof(big) - 1)), 0);
    assert_int_equal(tls_send(w->c, S("x")), E_FULL);
    assert_int_equal(tls_flush(w->c), 0);
    policy_account_remove(w->client.p, w->client.account);
    assert_int_equal(tls_send(w->c, S("x")), E_GONE);
}

static void test_tickets(void **state)
{
    struct world *w = *state;
    struct tls_conn *c = NULL;

    policy_peer_revoke(w->client.p, w->client.ticket);
    assert_int_equal(tls_dial(&c, w->net, w->client.ticket, &client_side, w),
                     E_POLICY);
    assert_null(c);
    assert_int_equal(policy_counted(w->client.p, POLICY_ticket_stale), 1);
    policy_self_revoke(w->client.p, w->self);
    struct tls_listener *l = NULL;

    assert_int_equal(tls_listen(&l, w->net, w->self, &w->at,
                                &(struct tls_acceptor){accepted, w}),
                     E_POLICY);
}

/* A server that never answers the hello. */
static void on_mute(uv_stream_t *s, int status)
{
    (void)s;
    (void)status;
}

static void on_handle_closed(uv_handle_t *h)
{
    struct world *w = h->data;

    w->closed++;
}

static void test_timeout(void **state)
{
    struct world *w = *state;
    struct sockaddr_in sin;
    struct sockaddr_storage ss;
    int n = sizeof(ss);
    enum policy_why why;
    uv_tcp_t mute;

    uv_ip4_addr("127.0.0.1", 0, &sin);
    uv_tcp_init(&w->loop, &mute);
    mute.data = w;
    assert_int_equal(uv_tcp_bind(&mute, (struct sockaddr *)&sin, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&mute, 1, on_mute), 0);
    uv_tcp_getsockname(&mute, (struct sockaddr *)&ss, &n);
    memcpy(&sin, &ss, sizeof(sin));
    w->at.port = ntohs(sin.sin_port);
    assert_int_equal(policy_peer_mint(w->client.p, &w->client.ticket,
                                      w->client.account, &w->at, &why),
                     0);
    tls_net_timeouts(w->net, 0, 50);
    dial(w);
    run_until(w, &w->c_downs);
    assert_int_equal(w->c_down.code, CAUSE_tls_silent);
    uv_close((uv_handle_t *)&mute, on_handle_closed);
    run_until(w, &w->closed);
}

static void close_in_up(void *user, struct tls_conn *c,
                        const struct tls_facts *f)
{
    struct world *w = user;

    (void)f;
    w->c_ups++;
    tls_close(c, on_closed, w);
    w->c = NULL;
}

/* Closing from inside a handler, and no handler afterwards. */
static void test_close_inside(void **state)
{
    static const struct tls_handlers h = {close_in_up, c_plain, c_down};
    struct world *w = *state;

    assert_int_equal(tls_dial(&w->c, w->net, w->client.ticket, &h, w), 0);
    run_until(w, &w->c_ups);
    run_until(w, &w->s_downs);
    assert_int_equal(w->c_downs, 0);
    run_until(w, &w->closed);
}

static void test_close_while_dialing(void **state)
{
    struct world *w = *state;

    dial(w);
    tls_abort(w->c, on_closed, w);
    w->c = NULL;
    run_until(w, &w->closed);
    assert_int_equal(w->c_ups + w->c_downs, 0);
}

/* One that is being dialled is small: TLS comes when TCP is there. */
static void test_small_while_dialing(void **state)
{
    struct world *w = *state;
    struct env env = kit_env;
    struct tls_net *net = NULL;
    struct oom mem;
    long before;

    oom_init(&mem, &env);
    assert_int_equal(tls_net_new(&net, &w->loop, &env, w->client.p), 0);
    before = mem.live;
    assert_int_equal(tls_dial(&w->c, net, w->client.ticket, &client_side, w),
                     0);
    assert_int_equal(mem.live, before + 1);
    assert_null(tls_conn_facts(w->c));
    assert_false(tls_conn_ticketed(w->c));
    assert_int_equal(tls_conn_plain_sent(w->c), 0);
    run_until(w, &w->c_ups);
    assert_true(mem.live > before + 1); /* the control */
    assert_non_null(tls_conn_facts(w->c));
    tls_close(w->c, NULL, NULL);
    w->c = NULL;
    while (tls_net_live(net))
        turn(w);
    assert_int_equal(tls_net_free(net), 0);
    assert_int_equal(mem.live, 0);
}

/* Permission that ends while TCP is being made is found out before TLS. */
static void test_ticket_ends_while_dialing(void **state)
{
    struct world *w = *state;

    dial(w);
    policy_peer_revoke(w->client.p, w->client.ticket);
    run_until(w, &w->c_downs);
    assert_int_equal(w->c_down.code, CAUSE_policy_refused);
    assert_int_equal(policy_counted(w->client.p, POLICY_ticket_stale), 1);
    assert_int_equal(w->c_ups + w->s_ups, 0);
}

/* What this side lacks is told as such. */
static void test_lacks(void **state)
{
    const struct tls_addr at = {4, {192, 0, 2, 1}, 5061};

    (void)state;
    assert_int_equal(tls_dial_cause(&at, UV_EMFILE), CAUSE_table_full);
    assert_int_equal(tls_dial_cause(&at, UV_ENOBUFS), CAUSE_out_of_memory);
    assert_int_equal(tls_dial_cause(&at, UV_EACCES), CAUSE_connect_failed);
}

/* The loopback address is everywhere, with its prefix. */
static void test_locals(void **state)
{
    struct world *w = *state;
    struct tls_locals read, again;
    const struct tls_local *s;

    tls_locals_read(&read);
    s = tls_select_source(&read, &w->at);
    assert_non_null(s);
    assert_int_equal(s->addr.ip[0], 127);
    assert_int_equal(s->bits, 8);
    tls_net_locals(w->net, &again);
    assert_int_equal(again.n, read.n);
    for (unsigned i = 0; i < read.n; i++)
        assert_true(tls_addr_same_ip(&again.row[i].addr, &read.row[i].addr));
}

/* One connection whose own memory (not libuv's or mbedTLS's) runs out. */
static int talk(struct world *w, struct tls_net *net)
{
    int err = tls_dial(&w->c, net, w->client.ticket, &client_side, w);

    if (err)
        return err;
    while (!w->c_ups && !w->c_downs)
        turn(w);
    if (w->c_ups)
        err = tls_send(w->c, S("PING"));
    if (w->c_ups && !err)
        err = tls_flush(w->c);
    while (!err && !w->c_downs && w->s_n < 4)
        turn(w);
    if (w->c_downs) {
        assert_int_equal(w->c_down.code, CAUSE_out_of_memory);
        err = E_NOMEM;
    }
    tls_close(w->c, NULL, NULL);
    w->c = NULL;
    return err;
}

static int oom_body(const struct env *env, void *arg)
{
    struct world *w = arg;
    struct tls_net *net = NULL;
    int err = tls_net_new(&net, &w->loop, env, w->client.p);

    if (err)
        return err;
    w->ticks = w->c_ups = w->c_downs = 0;
    w->s_n = 0;
    err = talk(w, net);
    while (tls_net_live(net) || tls_net_live(w->net) > 1)
        turn(w);
    assert_int_equal(tls_net_free(net), 0);
    return err;
}

static void test_oom(void **state)
{
    assert_true(oom_loop(&kit_env, oom_body, *state) >= 4);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_talk),
        T(test_refused),
        T(test_reset_in_handshake),
        T(test_write_after_reset),
        T(test_pause),
        T(test_limits),
        T(test_tickets),
        T(test_timeout),
        T(test_close_inside),
        T(test_close_while_dialing),
        T(test_small_while_dialing),
        T(test_ticket_ends_while_dialing),
        cmocka_unit_test(test_lacks),
        T(test_locals),
        T(test_oom),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
