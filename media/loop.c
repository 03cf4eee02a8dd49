/* SPDX-License-Identifier: Apache-2.0 */
/* The media thread: a locked queue in, the 20 ms beat, events out. */
#include "media/loop.h"

#include <uv.h>

#include "sip/base/err.h"
#include "sip/base/idtab.h"

enum {
    BEAT_US = MEDIA_STREAM_FRAME_MS * 1000,
    BEATS_MAX = 5 /* made up for when late; a sleep is not made up for */
};

enum mail_kind {
    MAIL_OPEN,
    MAIL_REBIND,
    MAIL_SET,
    MAIL_AUDIO,
    MAIL_DTMF,
    MAIL_CLOSE
};

struct seat;

struct mail {
    struct mail *next;
    enum mail_kind kind;
    struct seat *seat;
    struct media_line_terms terms;
    struct media_audio audio;
    struct tls_addr local;
    char digit;
    unsigned ms;
};

struct seat {
    struct media_loop *loop;
    struct seat *next;
    uint64_t id;
    struct media_line *line;
    bool closing;            /* under lock */
    struct mail open, close; /* so that neither needs memory */
};

struct media_loop {
    struct media_loop_config config;
    struct env env;
    uv_loop_t uv;
    uv_async_t wake;
    uv_timer_t timer;
    uv_thread_t thread;
    struct media_line_world world;
    struct seat *seats;
    unsigned live; /* seats, and those whose socket is being closed */
    bool beating, ended;
    int64_t due_us; /* of the next beat */
    /* Shared between threads, under lock. */
    uv_mutex_t lock;
    struct idtab ids;
    struct mail *first, **last;
    unsigned mails; /* that are not open or close */
    bool free_wanted;
};

static int64_t now_us(void)
{
    return (int64_t)(uv_hrtime() / 1000);
}

static int64_t wall_ms(void)
{
    uv_timeval64_t tv;

    return uv_gettimeofday(&tv) ? 0 : tv.tv_sec * 1000 + tv.tv_usec / 1000;
}

/* ------------------------------------------------------------ the beat */

static void on_timer(uv_timer_t *timer);

static void arm(struct media_loop *loop)
{
    int64_t wait = loop->due_us - now_us();

    uv_update_time(&loop->uv);
    (void)uv_timer_start(&loop->timer, on_timer,
                         wait > 0 ? (uint64_t)(wait + 999) / 1000 : 0, 0);
}

/* Each beat is due 20 ms after the one before was due, not after it was
 * done: so the beats do not drift from the clock. */
static void on_timer(uv_timer_t *timer)
{
    struct media_loop *loop = timer->data;
    int64_t now = now_us();

    /* The timer counts whole milliseconds, so it may come too early. */
    for (int i = 0; i < BEATS_MAX && loop->due_us <= now; i++) {
        loop->beating = false;
        for (struct seat *s = loop->seats; s; s = s->next)
            if (media_line_beat(s->line, now))
                loop->beating = true;
        loop->due_us += BEAT_US;
    }
    if (loop->due_us <= now)
        loop->due_us = now + BEAT_US;
    if (loop->beating)
        arm(loop);
}

static void start_beat(struct media_loop *loop)
{
    if (loop->beating)
        return;
    loop->beating = true;
    loop->due_us = now_us() + BEAT_US;
    arm(loop);
}

/* ---------------------------------------------------------------- end */

static void handle_gone(uv_handle_t *h)
{
    (void)h;
}

static void look_for_end(struct media_loop *loop)
{
    bool end;

    uv_mutex_lock(&loop->lock);
    end = loop->free_wanted && !loop->first;
    uv_mutex_unlock(&loop->lock);
    if (!end || loop->live || loop->ended)
        return;
    loop->ended = true;
    uv_close((uv_handle_t *)&loop->wake, handle_gone);
    uv_close((uv_handle_t *)&loop->timer, handle_gone);
}

static void line_gone(void *user)
{
    struct seat *s = user;
    struct media_loop *loop = s->loop;

    uv_mutex_lock(&loop->lock);
    idtab_remove(&loop->ids, s->id);
    uv_mutex_unlock(&loop->lock);
    media_line_free(s->line);
    env_free(&loop->env, s);
    loop->live--;
    look_for_end(loop);
}

static void do_open(struct seat *s)
{
    s->next = s->loop->seats;
    s->loop->seats = s;
    s->loop->live++;
    media_line_open(s->line, s->id);
}

static void do_close(struct seat *s)
{
    struct seat **at = &s->loop->seats;

    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    media_line_close(s->line, line_gone, s);
}

/* ----------------------------------------------------------- the queue */

static void open_mail(struct mail *m)
{
    struct seat *s = m->seat;

    switch (m->kind) {
    case MAIL_OPEN:
        do_open(s);
        break;
    case MAIL_SET:
        media_line_set(s->line, &m->terms);
        start_beat(s->loop);
        break;
    case MAIL_REBIND:
        media_line_rebind(s->line, &m->local);
        break;
    case MAIL_AUDIO:
        media_line_audio(s->line, &m->audio);
        break;
    case MAIL_DTMF:
        media_line_dtmf(s->line, m->digit, m->ms);
        break;
    case MAIL_CLOSE:
        do_close(s);
        break;
    }
}

static struct mail *take(struct media_loop *loop)
{
    uv_mutex_lock(&loop->lock);
    struct mail *m = loop->first;

    if (m) {
        loop->first = m->next;
        if (m->kind != MAIL_OPEN && m->kind != MAIL_CLOSE)
            loop->mails--;
    }
    if (!loop->first)
        loop->last = &loop->first;
    uv_mutex_unlock(&loop->lock);
    return m;
}

static void on_wake(uv_async_t *wake)
{
    struct media_loop *loop = wake->data;
    struct mail *m;

    while ((m = take(loop))) {
        bool owned = m->kind != MAIL_OPEN && m->kind != MAIL_CLOSE;

        open_mail(m);
        if (owned) {
            secret_wipe(m, sizeof(*m));
            env_free(&loop->env, m);
        }
    }
    media_seal_warm(); /* the port is told of, the answer is not here yet */
    look_for_end(loop);
}

/* With the lock. */
static void append(struct media_loop *loop, struct mail *m)
{
    m->next = NULL;
    *loop->last = m;
    loop->last = &m->next;
    (void)uv_async_send(&loop->wake);
}

/* With the lock. */
static int append_copy(struct media_loop *loop, const struct mail *m,
                       uint64_t id)
{
    struct seat *s = idtab_get(&loop->ids, id);

    if (!s || s->closing)
        return E_GONE;
    if (loop->mails >= MEDIA_LOOP_MAILS_MAX)
        return E_FULL;
    struct mail *copy = env_alloc(&loop->env, sizeof(*copy));

    if (!copy)
        return E_NOMEM;
    *copy = *m;
    copy->seat = s;
    loop->mails++;
    append(loop, copy);
    return 0;
}

static int post(struct media_loop *loop, const struct mail *m, uint64_t id)
{
    uv_mutex_lock(&loop->lock);
    int err = append_copy(loop, m, id);

    uv_mutex_unlock(&loop->lock);
    return err;
}

int media_loop_open(struct media_loop *loop, uint64_t *stream,
                    const struct tls_addr *local)
{
    if (tls_addr_ip_size(local) == 0)
        return E_INVAL;
    struct seat *s = env_alloc(&loop->env, sizeof(*s));
    int err = s ? media_line_new(&s->line, &loop->world, local) : E_NOMEM;

    if (err)
        goto out;
    s->loop = loop;
    s->open.kind = MAIL_OPEN;
    s->close.kind = MAIL_CLOSE;
    s->open.seat = s->close.seat = s;
    uv_mutex_lock(&loop->lock);
    err = idtab_add(&loop->ids, &s->id, s);
    if (!err) {
        *stream = s->id;
        append(loop, &s->open);
    }
    uv_mutex_unlock(&loop->lock);
    if (err)
        media_line_free(s->line);
out:
    if (err)
        env_free(&loop->env, s);
    return err;
}

int media_loop_set(struct media_loop *loop, uint64_t stream,
                   const struct policy_media *ticket,
                   const struct media_stream_config *config)
{
    struct policy *p = loop->config.policy;
    const struct policy_media_view *v = policy_media_view(p, ticket);

    if (!v) {
        policy_count(p, policy_media_why(p, ticket));
        return E_POLICY;
    }
    if (!config->codec)
        return E_INVAL;
    struct mail m = {.kind = MAIL_SET,
                     .terms = {*config, v->suite, *v->tx, *v->rx, v->remote}};
    int err = post(loop, &m, stream);

    secret_wipe(&m, sizeof(m));
    return err;
}

int media_loop_audio(struct media_loop *loop, uint64_t stream,
                     const struct media_audio *audio)
{
    return post(loop, &(struct mail){.kind = MAIL_AUDIO, .audio = *audio},
                stream);
}

int media_loop_rebind(struct media_loop *loop, uint64_t stream,
                      const struct tls_addr *local)
{
    return tls_addr_ip_size(local) == 0
               ? E_INVAL
               : post(loop,
                      &(struct mail){.kind = MAIL_REBIND, .local = *local},
                      stream);
}

int media_loop_dtmf(struct media_loop *loop, uint64_t stream, char digit,
                    unsigned ms)
{
    return post(loop,
                &(struct mail){.kind = MAIL_DTMF, .digit = digit, .ms = ms},
                stream);
}

/* With the lock. */
static void begin_close(struct seat *s)
{
    if (s->closing)
        return;
    s->closing = true;
    append(s->loop, &s->close);
}

int media_loop_close(struct media_loop *loop, uint64_t stream)
{
    uv_mutex_lock(&loop->lock);
    struct seat *s = idtab_get(&loop->ids, stream);
    int err = !s || s->closing ? E_GONE : 0;

    if (!err)
        begin_close(s);
    uv_mutex_unlock(&loop->lock);
    return err;
}

/* ------------------------------------------------------- birth and end */

/* PSA's generator is the signalling thread's; the kernel's is anybody's. */
static int kernel_rand(void *user, uint8_t *p, size_t n)
{
    (void)user;
    return uv_random(NULL, NULL, p, n, 0, NULL) ? E_RANDOM : 0;
}

static void thread_main(void *arg)
{
    struct media_loop *loop = arg;

    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
}

static int start(struct media_loop *loop)
{
    if (uv_async_init(&loop->uv, &loop->wake, on_wake))
        return E_SYS;
    (void)uv_timer_init(&loop->uv, &loop->timer);
    loop->wake.data = loop->timer.data = loop;
    if (uv_thread_create(&loop->thread, thread_main, loop) == 0)
        return 0;
    uv_close((uv_handle_t *)&loop->wake, handle_gone);
    uv_close((uv_handle_t *)&loop->timer, handle_gone);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    return E_SYS;
}

int media_loop_new(struct media_loop **out, const struct media_loop_config *c)
{
    struct media_loop *loop = env_alloc(c->env, sizeof(*loop));
    int err = E_SYS;

    if (!loop)
        return E_NOMEM;
    loop->config = *c;
    loop->env = *c->env;
    loop->env.rand = kernel_rand;
    loop->env.log = NULL; /* the signalling thread's */
    loop->world = (struct media_line_world){&loop->env, &loop->uv, now_us,
                                            wall_ms,    c->event,  c->user};
    loop->last = &loop->first;
    idtab_init(&loop->ids, &loop->env, MEDIA_LOOP_STREAMS_MAX);
    if (uv_mutex_init(&loop->lock))
        goto no_lock;
    if (uv_loop_init(&loop->uv))
        goto no_loop;
    err = start(loop);
    if (!err) {
        *out = loop;
        return 0;
    }
    (void)uv_loop_close(&loop->uv);
no_loop:
    uv_mutex_destroy(&loop->lock);
no_lock:
    env_free(c->env, loop);
    return err;
}

int media_loop_free(struct media_loop *loop)
{
    if (!loop)
        return 0;
    uv_thread_t self = uv_thread_self();
    struct seat *s;
    uint32_t pos = 0;

    if (uv_thread_equal(&self, &loop->thread))
        return E_STATE;
    uv_mutex_lock(&loop->lock);
    while ((s = idtab_next(&loop->ids, &pos)))
        begin_close(s);
    loop->free_wanted = true;
    (void)uv_async_send(&loop->wake);
    uv_mutex_unlock(&loop->lock);
    (void)uv_thread_join(&loop->thread);
    (void)uv_loop_close(&loop->uv);
    uv_mutex_destroy(&loop->lock);
    idtab_free(&loop->ids);
    env_free(loop->config.env, loop);
    return 0;
}
