/* SPDX-License-Identifier: Apache-2.0 */
/* The resolver: c-ares asks, libuv waits, the packet goes up as it came. */
#include "tls/resolve.h"

#include <string.h>
#include <uv.h>

/* After uv.h, which brings the fd_set that ares.h uses. */
#define CARES_NO_DEPRECATED
#include <ares.h>

#include "sip/base/err.h"

enum {
    TRY_MS = 2000, /* for the first server; c-ares doubles it */
    TRIES = 2,
    ALL_MS = TLS_LOCATE_QUERY_MS, /* then the query is given up here */
    TICK_MS = 100,
    CLASS_IN = 1
};

struct tls_resolve;

/* One socket of c-ares that is being watched. */
struct watch {
    uv_poll_t poll;
    struct tls_resolve *r;
    ares_socket_t fd;
    struct watch *next;
};

/* One query; lives until c-ares lets go of it. */
struct query {
    struct tls_resolve *r;
    uint64_t qid;
    int64_t due;    /* ms of the loop */
    bool cancelled; /* nobody waits for it any more */
    bool ended;     /* c-ares is done; status and packet are set */
    enum tls_locate_status status;
    struct slice packet; /* owned */
    struct query *next;
};

struct tls_resolve {
    struct tls_resolver vtable; /* first: the vtable's address is ours */
    struct tls_resolve_options o;
    ares_channel channel;
    bool have_channel;
    struct tls_addr server[TLS_RESOLVE_SERVERS_MAX];
    uv_timer_t timer; /* c-ares' time-outs, and answers that are due */
    struct watch *watch;
    struct query *query;
    unsigned nqueries;
    unsigned handles; /* not yet closed */
    bool closing;
    void (*closed)(void *user);
    void *closed_user;
};

static void on_timer(uv_timer_t *t);

static void arm(struct tls_resolve *r, unsigned ms)
{
    if (!r->closing)
        (void)uv_timer_start(&r->timer, on_timer, ms, 0);
}

/* ------------------------------------------------------------ watching */

static void handle_gone(struct tls_resolve *r)
{
    if (--r->handles)
        return;
    void (*closed)(void *) = r->closed;
    void *user = r->closed_user;

    env_free(r->o.env, r);
    if (closed)
        closed(user);
}

static void on_timer_gone(uv_handle_t *h)
{
    handle_gone(h->data);
}

static void on_watch_gone(uv_handle_t *h)
{
    struct watch *w = h->data;
    struct tls_resolve *r = w->r;

    env_free(r->o.env, w);
    handle_gone(r);
}

static void deliver(struct tls_resolve *r);

static void on_poll(uv_poll_t *p, int status, int events)
{
    struct watch *w = p->data;
    struct tls_resolve *r = w->r;
    ares_socket_t in = ARES_SOCKET_BAD, out = ARES_SOCKET_BAD;

    if (status < 0 || (events & UV_READABLE))
        in = w->fd;
    if (status < 0 || (events & UV_WRITABLE))
        out = w->fd;
    ares_process_fd(r->channel, in, out);
    deliver(r);
}

static struct watch *find_watch(struct tls_resolve *r, ares_socket_t fd)
{
    struct watch *w = r->watch;

    while (w && w->fd != fd)
        w = w->next;
    return w;
}

static struct watch *add_watch(struct tls_resolve *r, ares_socket_t fd)
{
    struct watch *w = env_alloc(r->o.env, sizeof(*w));

    if (!w)
        return NULL;
    w->r = r;
    w->fd = fd;
    if (uv_poll_init_socket(r->o.loop, &w->poll, fd)) {
        env_free(r->o.env, w);
        return NULL;
    }
    w->poll.data = w;
    w->next = r->watch;
    r->watch = w;
    r->handles++;
    return w;
}

static void drop_watch(struct tls_resolve *r, struct watch *w)
{
    struct watch **at = &r->watch;

    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    (void)uv_poll_stop(&w->poll);
    uv_close((uv_handle_t *)&w->poll, on_watch_gone);
}

/* c-ares opened, wants to watch, or is about to close a socket. Without
 * memory the socket is not watched: the query runs into its time-out. */
static void on_socket(void *user, ares_socket_t fd, int readable, int writable)
{
    struct tls_resolve *r = user;
    struct watch *w = find_watch(r, fd);
    int events = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);

    if (events == 0) {
        if (w)
            drop_watch(r, w);
        return;
    }
    if (!w && !r->closing)
        w = add_watch(r, fd);
    if (w)
        (void)uv_poll_start(&w->poll, events, on_poll);
}

/* ------------------------------------------------------------- answers */

static enum tls_locate_status status_of(int ares)
{
    return ares == ARES_ETIMEOUT ? TLS_LOCATE_TIMEOUT : TLS_LOCATE_NO_SERVER;
}

/* c-ares may call this from inside ares_query: it only notes the answer. */
static void on_answer(void *user, int ares, int timeouts,
                      unsigned char *packet, int n)
{
    struct query *q = user;

    (void)timeouts;
    q->ended = true;
    q->status = status_of(ares);
    /* NXDOMAIN and the like come with their packet, which says it all. */
    if (packet && n > 0 && !q->cancelled &&
        env_copy(q->r->o.env, &q->packet, slice_of(packet, (size_t)n)) == 0)
        q->status = TLS_LOCATE_PACKET;
    arm(q->r, 0);
}

static void free_query(struct tls_resolve *r, struct query *q)
{
    struct query **at = &r->query;

    while (*at != q)
        at = &(*at)->next;
    *at = q->next;
    r->nqueries--;
    env_free(r->o.env, (void *)(uintptr_t)q->packet.p);
    env_free(r->o.env, q);
}

static struct query *first_ended(struct tls_resolve *r)
{
    struct query *q = r->query;

    while (q && !q->ended)
        q = q->next;
    return q;
}

/* Tells answers from the loop; the callee may query, cancel and close. */
static void deliver(struct tls_resolve *r)
{
    struct query *q;

    while (!r->closing && (q = first_ended(r))) {
        struct slice packet = q->packet;
        enum tls_locate_status status = q->status;
        uint64_t qid = q->qid;
        bool tell = !q->cancelled;

        q->packet = slice_of(NULL, 0);
        free_query(r, q);
        if (tell)
            r->o.answered(r->o.user, qid, status, packet);
        env_free(r->o.env, (void *)(uintptr_t)packet.p);
    }
}

/* c-ares' own limit depends on the number of servers; this one does not. */
static void expire(struct tls_resolve *r)
{
    int64_t now = (int64_t)uv_now(r->o.loop);

    for (struct query *q = r->query; q; q = q->next) {
        if (q->ended || q->cancelled || now < q->due)
            continue;
        q->cancelled = true; /* c-ares may still end it, unheard */
        r->o.answered(r->o.user, q->qid, TLS_LOCATE_TIMEOUT,
                      slice_of(NULL, 0));
        return; /* the list may have changed; the rest comes next time */
    }
}

static void on_timer(uv_timer_t *t)
{
    struct tls_resolve *r = t->data;

    ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    deliver(r);
    if (!r->closing)
        expire(r);
    if (!r->closing && r->query)
        arm(r, first_ended(r) ? 0 : TICK_MS);
}

/* ------------------------------------------------------------- queries */

static int do_query(struct tls_resolver *self, uint64_t qid, struct slice name,
                    enum tls_dns_type type)
{
    struct tls_resolve *r = (struct tls_resolve *)self;
    char text[TLS_DNS_NAME_MAX + 1];
    struct out o = out_of(text, sizeof(text));

    if (r->closing)
        return E_STATE;
    if (r->nqueries >= TLS_RESOLVE_QUERIES_MAX)
        return E_FULL;
    out_put(&o, name);
    if (name.n == 0 || slice_find(name, '\0') != name.n || out_cstr(&o))
        return E_INVAL;
    struct query *q = env_alloc(r->o.env, sizeof(*q));

    if (!q)
        return E_NOMEM;
    q->r = r;
    q->qid = qid;
    q->due = (int64_t)uv_now(r->o.loop) + ALL_MS;
    q->next = r->query;
    r->query = q;
    r->nqueries++;
    ares_query(r->channel, text, CLASS_IN, (int)type, on_answer, q);
    arm(r, q->ended ? 0 : TICK_MS);
    return 0;
}

static void do_cancel(struct tls_resolver *self, uint64_t qid)
{
    struct tls_resolve *r = (struct tls_resolve *)self;

    for (struct query *q = r->query; q; q = q->next)
        if (q->qid == qid)
            q->cancelled = true;
}

/* ------------------------------------------------------ birth and death */

/* "127.0.0.1:5353,[::1]:53" */
static int set_servers(struct tls_resolve *r)
{
    char csv[TLS_RESOLVE_SERVERS_MAX * (TLS_ADDR_TEXT_MAX + 1)];
    struct out o = out_of(csv, sizeof(csv));

    for (size_t i = 0; i < r->o.nservers; i++) {
        if (i)
            out_char(&o, ',');
        tls_addr_put(&o, &r->server[i]);
    }
    if (r->o.nservers == 0)
        return 0;
    if (out_cstr(&o))
        return E_INVAL;
    return ares_set_servers_ports_csv(r->channel, csv) == ARES_SUCCESS
               ? 0
               : E_NOMEM;
}

static int open_channel(struct tls_resolve *r)
{
    struct ares_options o;
    int mask = ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
               ARES_OPT_FLAGS;

    memset(&o, 0, sizeof(o));
    o.flags = ARES_FLAG_NOALIASES; /* $HOSTALIASES must not redirect us */
    o.timeout = (int)(r->o.try_ms ? r->o.try_ms : TRY_MS);
    o.tries = TRIES;
    o.sock_state_cb = on_socket;
    o.sock_state_cb_data = r;
    int ares = ares_init_options(&r->channel, &o, mask);

    if (ares != ARES_SUCCESS)
        return ares == ARES_ENOMEM ? E_NOMEM : E_SYS;
    r->have_channel = true;
    return set_servers(r);
}

int tls_resolve_new(struct tls_resolve **out,
                    const struct tls_resolve_options *o)
{
    if (o->nservers > TLS_RESOLVE_SERVERS_MAX)
        return E_INVAL;
    struct tls_resolve *r = env_alloc(o->env, sizeof(*r));

    if (!r)
        return E_NOMEM;
    r->vtable = (struct tls_resolver){do_query, do_cancel};
    r->o = *o;
    if (o->nservers)
        memcpy(r->server, o->server, o->nservers * sizeof(*o->server));
    r->o.server = r->server;
    int err = open_channel(r);

    if (!err && uv_timer_init(o->loop, &r->timer))
        err = E_SYS;
    if (err) {
        if (r->have_channel)
            ares_destroy(r->channel);
        env_free(o->env, r);
        return err;
    }
    r->timer.data = r;
    r->handles = 1;
    *out = r;
    return 0;
}

struct tls_resolver *tls_resolve_vtable(struct tls_resolve *r)
{
    return &r->vtable;
}

void tls_resolve_close(struct tls_resolve *r, void (*closed)(void *user),
                       void *user)
{
    if (r->closing)
        return;
    r->closing = true;
    r->closed = closed;
    r->closed_user = user;
    ares_destroy(r->channel); /* ends every query, closes every socket */
    r->have_channel = false;
    while (r->query)
        free_query(r, r->query);
    uv_close((uv_handle_t *)&r->timer, on_timer_gone);
}

void tls_resolve_reload(struct tls_resolve *r)
{
    ares_channel old = r->channel;

    if (r->closing || r->o.nservers)
        return;
    /* On failure the old servers stay. */
    if (open_channel(r)) {
        r->channel = old;
        return;
    }
    ares_destroy(old);
}
