/* SPDX-License-Identifier: Apache-2.0 */
/* The only UDP socket: libuv moves what the seal has made. */
#include "media/sock.h"

#include <uv.h>

#include "sip/base/err.h"
#include "tls/sockaddr.h"

struct media_sock {
    struct media_sock_config cfg;
    uv_udp_t udp;
    struct tls_addr local;
    struct media_sock_stats stats;
    void (*closed)(void *user);
    void *closed_user;
    char in[TLS_SEALED_MAX]; /* one datagram at a time */
};

static int err_of(int uv)
{
    if (uv == UV_ENOMEM || uv == UV_ENOBUFS)
        return E_NOMEM;
    return uv == UV_EMFILE || uv == UV_ENFILE ? E_FULL : E_SYS;
}

static void give_buffer(uv_handle_t *h, size_t wanted, uv_buf_t *buf)
{
    struct media_sock *s = h->data;

    (void)wanted;
    *buf = uv_buf_init(s->in, sizeof(s->in));
}

/* n < 0 is an error of an earlier datagram's way: nothing to do about it. */
static void on_datagram(uv_udp_t *udp, ssize_t n, const uv_buf_t *buf,
                        const struct sockaddr *from, unsigned flags)
{
    struct media_sock *s = udp->data;

    if (n <= 0 || !from)
        return;
    if (flags & UV_UDP_PARTIAL) {
        s->stats.oversized++;
        return;
    }
    s->cfg.datagram(s->cfg.user, slice_of(buf->base, (size_t)n));
}

static void on_gone(uv_handle_t *h)
{
    struct media_sock *s = h->data;
    void (*closed)(void *) = s->closed;
    void *user = s->closed_user;

    env_free(s->cfg.env, s);
    if (closed)
        closed(user);
}

/* uv error. */
static int bind_to(struct media_sock *s)
{
    struct sockaddr_storage ss;
    int n = sizeof(ss);

    tls_addr_to_sockaddr(&ss, &s->cfg.local);
    int uv = uv_udp_bind(&s->udp, (const struct sockaddr *)&ss,
                         s->cfg.local.family == 6 ? UV_UDP_IPV6ONLY : 0);

    if (!uv)
        uv = uv_udp_getsockname(&s->udp, (struct sockaddr *)&ss, &n);
    if (!uv && tls_addr_of_sockaddr(&s->local, &ss))
        uv = UV_EAFNOSUPPORT;
    return uv ? uv : uv_udp_recv_start(&s->udp, give_buffer, on_datagram);
}

int media_sock_open(struct media_sock **out, const struct media_sock_config *c)
{
    if (tls_addr_ip_size(&c->local) == 0)
        return E_INVAL;
    struct media_sock *s = env_alloc(c->env, sizeof(*s));

    if (!s)
        return E_NOMEM;
    s->cfg = *c;
    int uv = uv_udp_init(c->loop, &s->udp);

    if (uv) {
        env_free(c->env, s);
        return err_of(uv);
    }
    s->udp.data = s;
    uv = bind_to(s);
    if (uv) {
        media_sock_close(s, NULL, NULL);
        return err_of(uv);
    }
    *out = s;
    return 0;
}

const struct tls_addr *media_sock_local(const struct media_sock *s)
{
    return &s->local;
}

int media_sock_send(struct media_sock *s, const struct sealed *sealed,
                    const struct tls_addr *to)
{
    struct slice b = sealed_bytes(sealed);
    uv_buf_t buf = uv_buf_init((char *)b.p, (unsigned)b.n); /* only read */
    struct sockaddr_storage ss;

    tls_addr_to_sockaddr(&ss, to);
    if (uv_udp_try_send(&s->udp, &buf, 1, (const struct sockaddr *)&ss) < 0) {
        s->stats.unsent++;
        return E_SYS;
    }
    s->stats.sent++;
    return 0;
}

const struct media_sock_stats *media_sock_stats(const struct media_sock *s)
{
    return &s->stats;
}

void media_sock_close(struct media_sock *s, void (*closed)(void *user),
                      void *user)
{
    s->closed = closed;
    s->closed_user = user;
    uv_close((uv_handle_t *)&s->udp, on_gone);
}
