/* SPDX-License-Identifier: Apache-2.0 */
/* A stream with its socket: what comes, what is due, what is told. */
#include "media/line.h"

#include "sip/base/err.h"

struct media_line {
    const struct media_line_world *w;
    uint64_t id;
    struct tls_addr local, remote, remote_rtcp;
    struct media_sock *sock;            /* NULL: not bound */
    struct media_sock_stats net_before; /* of sockets before */
    struct media_stream *stream;        /* NULL until the first set */
    struct media_audio audio;
    unsigned beats;
    struct slice held[MEDIA_STREAM_EARLY_MAX]; /* before the codec is known */
    unsigned held_n;
    uint64_t held_dropped;
    struct media_event last; /* CLOSED */
    void (*gone)(void *user);
    void *gone_user;
};

/* -------------------------------------------------------------- events */

static void tell(struct media_line *l, struct media_event *e)
{
    e->stream = l->id;
    l->w->event(l->w->user, e);
}

static void tell_kind(struct media_line *l, enum media_event_kind kind,
                      int err)
{
    struct media_event e = {.kind = kind, .err = err};

    tell(l, &e);
}

static void tell_bits(struct media_line *l, unsigned bits)
{
    if (bits & MEDIA_STREAM_FIRST)
        tell_kind(l, MEDIA_EVENT_FIRST, 0);
    if (bits & MEDIA_STREAM_BYE)
        tell_kind(l, MEDIA_EVENT_BYE, 0);
}

static void tell_digits(struct media_line *l)
{
    struct media_event e = {.kind = MEDIA_EVENT_DTMF};

    while (media_stream_digit(l->stream, l->w->now_us(), &e.dtmf))
        tell(l, &e);
}

static void add_net(struct media_sock_stats *sum, const struct media_sock *s)
{
    const struct media_sock_stats *n = media_sock_stats(s);

    sum->sent += n->sent;
    sum->unsent += n->unsent;
    sum->oversized += n->oversized;
}

/* Its counts stay; it closes by itself. */
static void drop_sock(struct media_line *l)
{
    add_net(&l->net_before, l->sock);
    media_sock_close(l->sock, NULL, NULL);
    l->sock = NULL;
}

static void count(const struct media_line *l, struct media_event *e)
{
    if (l->stream)
        media_stream_stats(l->stream, &e->stats);
    e->net = l->net_before;
    if (l->sock)
        add_net(&e->net, l->sock);
    e->stats.early += l->held_n;
    e->stats.early_dropped += l->held_dropped;
}

/* ------------------------------------------------------------ the beat */

/* What the kernel does not take is lost, as on any network, and counted. */
static void send_it(struct media_line *l, int err, const struct sealed *s,
                    const struct tls_addr *to)
{
    if (!err && s && to->port)
        (void)media_sock_send(l->sock, s, to);
}

bool media_line_beat(struct media_line *l, int64_t now)
{
    if (!l->stream)
        return false;
    struct media_event stats = {.kind = MEDIA_EVENT_STATS};
    size_t n = media_stream_frame(l->stream);
    const struct sealed *out = NULL;
    int16_t pcm[MEDIA_STREAM_FRAME_MAX] = {0};
    unsigned rate = media_stream_rate(l->stream);

    if (l->audio.capture)
        l->audio.capture(l->audio.user, pcm, n, rate);
    int err = media_stream_say(l->stream, pcm, now, &out);

    send_it(l, err, out, &l->remote);
    err = media_stream_report(l->stream, now, l->w->wall_ms(), &out);
    send_it(l, err, out, &l->remote_rtcp);
    n = media_stream_play(l->stream, pcm, &rate, now);
    if (l->audio.render)
        l->audio.render(l->audio.user, pcm, n, rate);
    secret_wipe(pcm, sizeof(pcm));
    tell_digits(l);
    if (++l->beats % MEDIA_LINE_STATS_BEATS == 0) {
        count(l, &stats);
        tell(l, &stats);
    }
    return true;
}

/* ---------------------------------------------------------- the socket */

static void hold(struct media_line *l, struct slice d)
{
    if (l->held_n < MEDIA_STREAM_EARLY_MAX &&
        !env_copy(l->w->env, &l->held[l->held_n], d))
        l->held_n++;
    else
        l->held_dropped++;
}

static void drop_held(struct media_line *l)
{
    for (unsigned i = 0; i < l->held_n; i++)
        env_free(l->w->env, (void *)(uintptr_t)l->held[i].p);
    l->held_n = 0;
}

static void on_datagram(void *user, struct slice d)
{
    struct media_line *l = user;

    if (!l->stream) {
        hold(l, d);
        return;
    }
    tell_bits(l, media_stream_take(l->stream, d, l->w->now_us()));
    tell_digits(l);
}

static int bind_to(struct media_line *l, const struct tls_addr *local)
{
    struct media_sock_config c = {l->w->env, l->w->uv, *local, on_datagram, l};
    struct media_sock *sock;
    int err = media_sock_open(&sock, &c);

    if (err)
        return err;
    if (l->sock)
        drop_sock(l);
    l->sock = sock;
    l->local = *local;
    return 0;
}

static void tell_bound(struct media_line *l)
{
    struct media_event e = {.kind = MEDIA_EVENT_BOUND,
                            .local = *media_sock_local(l->sock)};

    tell(l, &e);
}

void media_line_open(struct media_line *l, uint64_t id)
{
    int err;

    l->id = id;
    err = bind_to(l, &l->local);
    if (err)
        tell_kind(l, MEDIA_EVENT_FAILED, err);
    else
        tell_bound(l);
}

void media_line_rebind(struct media_line *l, const struct tls_addr *local)
{
    int err = bind_to(l, local);

    if (err)
        tell_kind(l, MEDIA_EVENT_REFUSED, err);
    else
        tell_bound(l);
}

/* ---------------------------------------------------------------- set */

/* Its own counters and its bound are for what came before the keys. */
static int first_set(struct media_line *l, const struct media_line_terms *t,
                     const struct media_seal_keys *keys, unsigned *bits)
{
    int err = media_stream_new(&l->stream, l->w->env, &t->config);

    if (err)
        return err;
    for (unsigned i = 0; i < l->held_n; i++)
        (void)media_stream_take(l->stream, l->held[i], l->w->now_us());
    err = media_stream_keys(l->stream, keys, l->w->now_us(), bits);
    if (!err) {
        drop_held(l);
        return 0;
    }
    media_stream_free(l->stream); /* what is held waits for a better set */
    l->stream = NULL;
    return err;
}

static int set(struct media_line *l, const struct media_line_terms *t,
               unsigned *bits)
{
    struct media_seal_keys keys = {
        .suite = t->suite, .tx = &t->tx, .rx = &t->rx};

    if (!l->sock)
        return E_STATE;
    if (t->remote.family != l->local.family)
        return E_INVAL;
    int err = l->stream ? media_stream_set(l->stream, &t->config, &keys,
                                           l->w->now_us(), bits)
                        : first_set(l, t, &keys, bits);

    if (err)
        return err;
    l->remote = l->remote_rtcp = t->remote;
    if (t->config.no_rtcp)
        l->remote_rtcp.port = 0;
    else if (t->config.rtcp_port)
        l->remote_rtcp.port = t->config.rtcp_port;
    return 0;
}

void media_line_set(struct media_line *l, const struct media_line_terms *t)
{
    unsigned bits = 0;
    int err = set(l, t, &bits);

    if (err) {
        tell_kind(l, MEDIA_EVENT_REFUSED, err);
        return;
    }
    tell_bits(l, bits);
    tell_digits(l);
}

/* Once for each that was set. */
static void release(struct media_line *l, const struct media_audio *next)
{
    struct media_audio old = l->audio;

    l->audio = next ? *next : (struct media_audio){0};
    if (old.released)
        old.released(old.user);
}

void media_line_audio(struct media_line *l, const struct media_audio *a)
{
    release(l, a);
    tell_kind(l, MEDIA_EVENT_AUDIO, 0);
}

void media_line_dtmf(struct media_line *l, char digit, unsigned ms)
{
    int err = l->stream ? media_stream_dtmf(l->stream, digit, ms) : E_STATE;

    if (err)
        tell_kind(l, MEDIA_EVENT_REFUSED, err);
}

/* ---------------------------------------------------------------- end */

static void sock_gone(void *user)
{
    struct media_line *l = user;

    tell(l, &l->last);
    l->gone(l->gone_user);
}

void media_line_close(struct media_line *l, void (*gone)(void *user),
                      void *user)
{
    const struct sealed *out = NULL;

    l->gone = gone;
    l->gone_user = user;
    if (l->stream) {
        int err =
            media_stream_bye(l->stream, l->w->now_us(), l->w->wall_ms(), &out);

        send_it(l, err, out, &l->remote_rtcp);
    }
    release(l, NULL);
    l->last.kind = MEDIA_EVENT_CLOSED;
    count(l, &l->last);
    if (l->sock)
        media_sock_close(l->sock, sock_gone, l);
    else
        sock_gone(l);
}

int media_line_new(struct media_line **out, const struct media_line_world *w,
                   const struct tls_addr *local)
{
    struct media_line *l = env_alloc(w->env, sizeof(*l));

    if (!l)
        return E_NOMEM;
    l->w = w;
    l->local = *local;
    *out = l;
    return 0;
}

void media_line_free(struct media_line *l)
{
    if (!l)
        return;
    const struct env *env = l->w->env;

    release(l, NULL);
    media_stream_free(l->stream);
    drop_held(l);
    secret_wipe(l, sizeof(*l));
    env_free(env, l);
}
