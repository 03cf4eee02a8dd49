/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a connection: one write for what belongs together, one read. */
#include <string.h>

#include "sip/base/err.h"
#include "sip/base/secret.h"
#include "tls/sock_impl.h"

/* ------------------------------------------------------------- writing */

struct write {
    uv_write_t req;
    struct tls_conn *c;
    size_t n;
    char bytes[];
};

static void on_write(uv_write_t *req, int status)
{
    struct write *w = req->data;
    struct tls_conn *c = w->c;

    c->writing -= w->n;
    env_free(c->net->env, w);
    if (c->stage == CONN_CLOSING) {
        if (c->writing == 0 || status < 0)
            tls_conn_finish(c);
    } else if (status < 0 && tls_conn_alive(c)) {
        tls_conn_blame(c, tls_sock_cause(status));
        tls_conn_down(c);
    }
}

/* What the kernel did not take goes into a request of its own. */
static int queue_write(struct tls_conn *c, struct slice s)
{
    struct write *w = env_alloc(c->net->env, sizeof(*w) + s.n);

    if (!w)
        return UV_ENOMEM;
    w->req.data = w;
    w->c = c;
    w->n = s.n;
    memcpy(w->bytes, s.p, s.n);
    uv_buf_t buf = uv_buf_init(w->bytes, (unsigned)s.n);
    int uv = uv_write(&w->req, (uv_stream_t *)&c->tcp, &buf, 1, on_write);

    if (uv)
        env_free(c->net->env, w);
    else
        c->writing += s.n;
    return uv;
}

/* One system call for all that the engine has; 0 or a uv error. */
int tls_conn_write(struct tls_conn *c)
{
    struct slice s = tls_engine_cipher_out(c->engine);
    int uv = 0;

    if (s.n == 0)
        return 0;
    if (c->writing == 0) {
        uv_buf_t buf = uv_buf_init((char *)(uintptr_t)s.p, (unsigned)s.n);

        uv = uv_try_write((uv_stream_t *)&c->tcp, &buf, 1);
        if (uv < 0 && uv != UV_EAGAIN)
            return uv;
        s = slice_skip(s, uv > 0 ? (size_t)uv : 0);
        uv = 0;
    }
    if (s.n)
        uv = queue_write(c, s);
    tls_engine_cipher_sent(c->engine, tls_engine_cipher_out(c->engine).n);
    return uv;
}

/* ------------------------------------------------------------- reading */

/* The engine's verdict after each step; false if c must not be used. */
bool tls_conn_follow(struct tls_conn *c)
{
    enum tls_engine_state state = tls_engine_state(c->engine);
    int uv = tls_conn_write(c);

    if (state == TLS_UP && c->stage == CONN_SHAKING) {
        c->stage = CONN_OPEN;
        (void)uv_timer_stop(&c->timer);
        if (c->on.up)
            c->on.up(c->user, c, tls_engine_facts(c->engine));
    } else if (state == TLS_FAILED && tls_conn_again(c)) {
        return false;
    } else if (state == TLS_FAILED || state == TLS_CLOSED) {
        if (c->cause.code == CAUSE_none)
            c->cause = *tls_engine_cause(c->engine);
        tls_conn_down(c);
    }
    if (uv && tls_conn_alive(c)) {
        tls_conn_blame(c, tls_sock_cause(uv));
        tls_conn_down(c);
    }
    return tls_conn_alive(c);
}

static bool deliver(struct tls_conn *c)
{
    while (c->stage == CONN_OPEN && !c->paused) {
        struct slice s = tls_engine_plain_out(c->engine);

        if (s.n == 0)
            break;
        if (c->on.plain)
            c->on.plain(c->user, c, s);
        if (!tls_conn_alive(c))
            return false;
        tls_engine_plain_taken(c->engine, s.n);
    }
    return tls_conn_alive(c);
}

/* Paused with input left: kept, at most one read of the socket. */
static void hold(struct tls_conn *c, struct slice rest)
{
    char *p;

    if (rest.n == 0)
        return;
    p = env_alloc(c->net->env, rest.n);
    if (!p) {
        tls_conn_blame(c, CAUSE_out_of_memory);
        tls_conn_down_later(c);
        return;
    }
    memcpy(p, rest.p, rest.n);
    env_free(c->net->env, c->held);
    c->held = p;
    c->held_at = 0;
    c->held_n = rest.n;
}

/* Gives input to the engine and plaintext to the owner. */
static void feed(struct tls_conn *c, struct slice bytes)
{
    bool more = true;

    while (more) {
        size_t used = tls_engine_cipher_in(c->engine, bytes);

        bytes = slice_skip(bytes, used);
        /* Taking plaintext may bring up what ends the flow. */
        if (!tls_conn_follow(c) || !deliver(c) || !tls_conn_follow(c))
            return;
        more = bytes.n && !c->paused;
    }
    hold(c, bytes);
}

static void on_alloc(uv_handle_t *h, size_t hint, uv_buf_t *buf)
{
    struct tls_conn *c = h->data;

    (void)hint;
    *buf = uv_buf_init(c->net->in, sizeof(c->net->in));
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
    struct tls_conn *c = s->data;

    if (!tls_conn_alive(c) || n == 0)
        return;
    if (n > 0) {
        feed(c, slice_of(buf->base, (size_t)n));
        return;
    }
    tls_engine_cipher_eof(c->engine);
    if (tls_conn_again(c))
        return;
    if ((n == UV_EOF || c->stage == CONN_SHAKING) &&
        tls_engine_state(c->engine) == TLS_FAILED)
        c->cause = *tls_engine_cause(c->engine);
    tls_conn_blame(c, tls_sock_cause((int)n));
    tls_conn_down(c);
}

int tls_conn_read(struct tls_conn *c)
{
    return uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read);
}

void tls_pause_read(struct tls_conn *c)
{
    c->paused = true;
    c->resume_due = false;
    (void)uv_read_stop((uv_stream_t *)&c->tcp);
}

void tls_conn_resume(struct tls_conn *c)
{
    char *held = c->held;
    struct slice rest = slice_of(held ? held + c->held_at : NULL, c->held_n);

    c->resume_due = false;
    c->held = NULL;
    c->held_n = 0;
    if (deliver(c) && rest.n)
        feed(c, rest);
    else if (tls_conn_alive(c))
        (void)tls_conn_follow(c);
    env_free(c->net->env, held);
    if (c->stage == CONN_OPEN && !c->paused)
        (void)tls_conn_read(c);
}

void tls_resume_read(struct tls_conn *c)
{
    if (!c->paused || c->stage != CONN_OPEN)
        return;
    c->paused = false;
    c->resume_due = true;
    tls_conn_timer(c, 0);
}

/* ------------------------------------------------------------- sending */

static int queue_room(struct tls_conn *c, size_t n)
{
    size_t cap = c->queue_cap ? c->queue_cap : 2048;

    if (n > TLS_SOCK_QUEUE_MAX || c->queue_n > TLS_SOCK_QUEUE_MAX - n ||
        c->writing > TLS_SOCK_QUEUE_MAX)
        return E_FULL;
    while (cap < c->queue_n + n)
        cap *= 2;
    if (cap == c->queue_cap)
        return 0;
    char *p = env_alloc(c->net->env, cap);

    if (!p)
        return E_NOMEM;
    if (c->queue_n)
        memcpy(p, c->queue, c->queue_n);
    if (c->queue)
        secret_wipe(c->queue, c->queue_cap);
    env_free(c->net->env, c->queue);
    c->queue = p;
    c->queue_cap = cap;
    return 0;
}

int tls_send(struct tls_conn *c, struct slice bytes)
{
    if (c->stage != CONN_OPEN || c->cause.code != CAUSE_none)
        return E_STATE;
    if (c->ticket && !policy_peer_view(c->net->policy, c->ticket))
        return E_GONE;
    int err = queue_room(c, bytes.n);

    if (err)
        return err;
    if (bytes.n)
        memcpy(c->queue + c->queue_n, bytes.p, bytes.n);
    c->queue_n += bytes.n;
    return 0;
}

int tls_flush(struct tls_conn *c)
{
    if (c->stage != CONN_OPEN || c->cause.code != CAUSE_none)
        return E_STATE;
    if (c->queue_n == 0)
        return 0;
    int err = tls_engine_plain_in(c->engine, slice_of(c->queue, c->queue_n));

    /* Nothing was encrypted yet: the queue stays for the next flush. */
    if (err && tls_engine_state(c->engine) == TLS_UP)
        return err;
    if (!err)
        c->net->plain_sent += c->queue_n;
    secret_wipe(c->queue, c->queue_n);
    c->queue_n = 0;
    env_free(c->net->env, c->queue);
    c->queue = NULL;
    c->queue_cap = 0;
    int uv = tls_conn_write(c);

    if (!err && !uv)
        return 0;
    if (err)
        c->cause = *tls_engine_cause(c->engine);
    tls_conn_blame(c,
                   err == E_NOMEM ? CAUSE_out_of_memory : tls_sock_cause(uv));
    tls_conn_down_later(c);
    return err ? err : E_CLOSED;
}

size_t tls_conn_queued(const struct tls_conn *c)
{
    return c->writing;
}
