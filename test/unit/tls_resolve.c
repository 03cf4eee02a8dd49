/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: c-ares on a loop, against a DNS server that misbehaves. */
#include "tls/resolve.h"

#include <uv.h>

#include "test/unit/tls_dnskit.h"

enum { TICK_MS = 10, TICKS_MAX = 3000, ANSWERS_MAX = 300 };

enum how { SERVE, NXDOMAIN, MUTE, GARBAGE };

struct got {
    uint64_t qid;
    enum tls_locate_status status;
    int parsed; /* what tls_dns_parse said */
    enum tls_dns_status dns;
    unsigned n;
};

struct world {
    uv_loop_t loop;
    uv_udp_t server;
    uv_timer_t ticker;
    unsigned ticks;
    struct tls_resolve *r;
    enum how how;
    char in[1024];
    struct dnskit reply;
    unsigned asked;
    struct got got[ANSWERS_MAX];
    unsigned n;
    bool in_call, closed;
    bool close_in_answer;
    bool cancel_other; /* of 3 and 5 */
};

static void on_tick(uv_timer_t *t)
{
    struct world *w = t->data;

    w->ticks++;
}

static void turn(struct world *w)
{
    (void)uv_run(&w->loop, UV_RUN_ONCE);
    if (w->ticks > TICKS_MAX)
        fail_msg("nothing happens any more");
}

static void on_alloc(uv_handle_t *h, size_t hint, uv_buf_t *buf)
{
    struct world *w = h->data;

    (void)hint;
    *buf = uv_buf_init(w->in, sizeof(w->in));
}

/* The question is kept; behind it comes what the test wants. */
static void make_reply(struct world *w, size_t n)
{
    struct dnskit *d = &w->reply;
    unsigned type = (unsigned char)w->in[n - 3];
    size_t end = 12;

    while (w->in[end])
        end += 1u + (unsigned char)w->in[end];
    end += 5;
    type = (unsigned char)w->in[end - 3];
    d->o = out_of(d->p, sizeof(d->p));
    d->answers = 0;
    out_put(&d->o, slice_of(w->in, end));
    d->p[2] = (char)0x81;
    d->p[3] = (char)(0x80 | (w->how == NXDOMAIN ? 3 : 0));
    d->p[10] = d->p[11] = 0; /* no additional section */
    if (w->how == SERVE && type == TLS_DNS_A)
        dns_a(d, NULL, 60, 0xc0000201);
    if (w->how == SERVE && type == TLS_DNS_SRV)
        dns_srv(d, 60, (struct dns_srv){1, 1, 5061, "edge.test"});
    (void)dns_end(d);
}

static void on_question(uv_udp_t *h, ssize_t n, const uv_buf_t *buf,
                        const struct sockaddr *from, unsigned flags)
{
    struct world *w = h->data;
    uv_buf_t out;

    (void)buf;
    (void)flags;
    if (n <= 12 || !from)
        return;
    w->asked++;
    if (w->how == MUTE)
        return;
    make_reply(w, (size_t)n);
    out = uv_buf_init(w->reply.p, (unsigned)w->reply.o.n);
    if (w->how == GARBAGE)
        out.len = 13;
    (void)uv_udp_try_send(h, &out, 1, from);
}

static void on_closed(void *user)
{
    struct world *w = user;

    w->closed = true;
}

static void answered(void *user, uint64_t qid, enum tls_locate_status status,
                     struct slice packet)
{
    struct world *w = user;
    struct got *g = &w->got[w->n++];
    static struct tls_dns_answer a;

    assert_false(w->in_call);
    assert_true(w->n < ANSWERS_MAX);
    *g = (struct got){.qid = qid, .status = status};
    if (status == TLS_LOCATE_PACKET) {
        g->parsed = tls_dns_parse(&a, packet, S("a.test"),
                                  qid % 2 ? TLS_DNS_A : TLS_DNS_SRV);
        g->dns = a.status;
        g->n = a.n;
    }
    if (w->cancel_other)
        tls_resolve_vtable(w->r)->cancel(tls_resolve_vtable(w->r),
                                         qid == 3 ? 5 : 3);
    if (w->close_in_answer) {
        tls_resolve_close(w->r, on_closed, w);
        w->r = NULL;
    }
}

/* Odd ids ask for A, even ones for SRV. */
static int query(struct world *w, uint64_t qid, struct slice name)
{
    struct tls_resolver *v = tls_resolve_vtable(w->r);

    w->in_call = true;
    int err = v->query(v, qid, name, qid % 2 ? TLS_DNS_A : TLS_DNS_SRV);

    w->in_call = false;
    return err;
}

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    struct tls_resolve_options o = {.env = &kit_env, .answered = answered};
    struct sockaddr_storage ss;
    struct sockaddr_in sin;
    struct tls_addr at;
    int n = sizeof(ss);

    assert_non_null(w);
    assert_int_equal(uv_loop_init(&w->loop), 0);
    uv_timer_init(&w->loop, &w->ticker);
    w->ticker.data = w;
    uv_timer_start(&w->ticker, on_tick, TICK_MS, TICK_MS);
    uv_udp_init(&w->loop, &w->server);
    w->server.data = w;
    uv_ip4_addr("127.0.0.1", 0, &sin);
    assert_int_equal(uv_udp_bind(&w->server, (struct sockaddr *)&sin, 0), 0);
    uv_udp_getsockname(&w->server, (struct sockaddr *)&ss, &n);
    memcpy(&sin, &ss, sizeof(sin));
    uv_udp_recv_start(&w->server, on_alloc, on_question);
    assert_int_equal(tls_addr_parse(&at, S("127.0.0.1:1"), 0), 0);
    at.port = ntohs(sin.sin_port);
    o.loop = &w->loop;
    o.server = &at;
    o.nservers = 1;
    o.try_ms = 60;
    o.user = w;
    assert_int_equal(tls_resolve_new(&w->r, &o), 0);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    uv_close((uv_handle_t *)&w->ticker, NULL);
    uv_close((uv_handle_t *)&w->server, NULL);
    if (w->r)
        tls_resolve_close(w->r, on_closed, w);
    assert_int_equal(uv_run(&w->loop, UV_RUN_DEFAULT), 0);
    assert_true(w->closed);
    assert_int_equal(uv_loop_close(&w->loop), 0);
    free(w);
    return 0;
}

static void wait_for(struct world *w, unsigned n)
{
    while (w->n < n)
        turn(w);
}

static void test_answers(void **state)
{
    struct world *w = *state;

    assert_int_equal(query(w, 1, S("a.test")), 0);
    assert_int_equal(query(w, 2, S("a.test")), 0);
    wait_for(w, 2);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(w->got[i].status, TLS_LOCATE_PACKET);
        assert_int_equal(w->got[i].parsed, 0);
        assert_int_equal(w->got[i].dns, TLS_DNS_OK);
        assert_int_equal(w->got[i].n, 1);
    }
    assert_int_equal(w->got[0].qid + w->got[1].qid, 3);
}

static void test_no_domain(void **state)
{
    struct world *w = *state;

    w->how = NXDOMAIN;
    assert_int_equal(query(w, 1, S("a.test")), 0);
    wait_for(w, 1);
    assert_int_equal(w->got[0].status, TLS_LOCATE_PACKET);
    assert_int_equal(w->got[0].dns, TLS_DNS_NO_DOMAIN);
}

/* Nobody answers: a time-out, once, within the bound of one search. */
static void test_mute(void **state)
{
    struct world *w = *state;

    w->how = MUTE;
    assert_int_equal(query(w, 1, S("a.test")), 0);
    wait_for(w, 1);
    assert_int_equal(w->got[0].status, TLS_LOCATE_TIMEOUT);
    assert_true(w->asked >= 1);
}

/* Bytes that are no answer: c-ares drops them or hands them up; either way
 * one answer comes and none is believed. */
static void test_garbage(void **state)
{
    struct world *w = *state;

    w->how = GARBAGE;
    assert_int_equal(query(w, 1, S("a.test")), 0);
    wait_for(w, 1);
    assert_true(w->got[0].status != TLS_LOCATE_PACKET ||
                w->got[0].parsed != 0);
}

static void test_bad_names(void **state)
{
    struct world *w = *state;
    char big[300];

    memset(big, 'a', sizeof(big));
    assert_int_equal(query(w, 1, S("")), E_INVAL);
    assert_int_equal(query(w, 1, slice_of("a\0b", 3)), E_INVAL);
    assert_int_equal(query(w, 1, slice_of(big, sizeof(big))), E_INVAL);
    /* c-ares refuses this one itself, from inside: told from the loop */
    assert_int_equal(query(w, 1, S("a..test")), 0);
    wait_for(w, 1);
    assert_int_equal(w->got[0].status, TLS_LOCATE_NO_SERVER);
}

static void test_cancel(void **state)
{
    struct world *w = *state;
    struct tls_resolver *v = tls_resolve_vtable(w->r);

    assert_int_equal(query(w, 1, S("a.test")), 0);
    v->cancel(v, 1);
    assert_int_equal(query(w, 3, S("a.test")), 0);
    wait_for(w, 1);
    for (int i = 0; i < 5; i++)
        turn(w);
    assert_int_equal(w->n, 1);
    assert_int_equal(w->got[0].qid, 3);
}

static void test_cancel_in_answer(void **state)
{
    struct world *w = *state;

    w->cancel_other = true;
    assert_int_equal(query(w, 3, S("a.test")), 0);
    assert_int_equal(query(w, 5, S("a.test")), 0);
    wait_for(w, 1);
    while (w->asked < 2)
        turn(w);
    for (int i = 0; i < 5; i++)
        turn(w);
    assert_int_equal(w->n, 1);
}

static void test_close_in_answer(void **state)
{
    struct world *w = *state;

    w->close_in_answer = true;
    assert_int_equal(query(w, 1, S("a.test")), 0);
    assert_int_equal(query(w, 2, S("a.test")), 0);
    while (!w->closed)
        turn(w);
    assert_int_equal(w->n, 1);
}

static void test_full(void **state)
{
    struct world *w = *state;

    for (uint64_t i = 0; i < TLS_RESOLVE_QUERIES_MAX; i++)
        assert_int_equal(query(w, 2 * i + 1, S("a.test")), 0);
    assert_int_equal(query(w, 999, S("a.test")), E_FULL);
    wait_for(w, TLS_RESOLVE_QUERIES_MAX);
    assert_int_equal(query(w, 999, S("a.test")), 0);
    wait_for(w, TLS_RESOLVE_QUERIES_MAX + 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_answers), T(test_no_domain),        T(test_mute),
        T(test_garbage), T(test_bad_names),        T(test_cancel),
        T(test_full),    T(test_cancel_in_answer), T(test_close_in_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
