/* SPDX-License-Identifier: Apache-2.0 */
/* Calls' media of a loop: seats with room for what the thread has to say. */
#include "ua/media.h"

#include <string.h>
#include <uv.h>

#include "sip/base/err.h"
#include "ua/host.h"

enum { DIGITS_MAX = 32 };

/*
 * What the media thread said and the core has not heard yet: a place for
 * each kind, so that nothing is lost for want of memory. Digits have a bound;
 * of statistics the last ones count.
 */
struct said {
    unsigned kinds; /* 1 << enum media_event_kind */
    struct media_event bound, failed, refused, stats, closed;
    struct media_dtmf digit[DIGITS_MAX];
    unsigned digits;
};

struct seat {
    struct seat *next;
    uint64_t call;
    uint64_t stream; /* 0: none, not any more, or not yet */
    bool had_stream;
    struct media_audio audio; /* waits for a stream */
    bool has_audio;
    bool dirty; /* said is not empty; under lock, as said is */
    struct said said;
};

struct ua_media {
    struct ua_media_config config;
    struct media_loop *loop; /* NULL until the first call */
    struct seat *seats;      /* the list is under lock too */
    uv_mutex_t lock;
};

/* --------------------------------------------------------------- seats */

static struct seat *find(struct ua_media *m, uint64_t call)
{
    struct seat *s = m->seats;

    while (s && s->call != call)
        s = s->next;
    return s;
}

static struct seat *find_or_make(struct ua_media *m, uint64_t call)
{
    struct seat *s = find(m, call);

    if (s)
        return s;
    s = env_alloc(m->config.env, sizeof(*s));
    if (!s)
        return NULL;
    s->call = call;
    uv_mutex_lock(&m->lock);
    s->next = m->seats;
    m->seats = s;
    uv_mutex_unlock(&m->lock);
    return s;
}

static void release(struct seat *s)
{
    if (s->has_audio && s->audio.released)
        s->audio.released(s->audio.user);
    s->has_audio = false;
}

void ua_media_forget(struct ua_media *m, uint64_t call)
{
    struct seat **at = &m->seats;
    struct seat *s;

    while (*at && (*at)->call != call)
        at = &(*at)->next;
    s = *at;
    if (!s)
        return;
    uv_mutex_lock(&m->lock);
    *at = s->next;
    uv_mutex_unlock(&m->lock);
    release(s);
    env_free(m->config.env, s);
}

/* ---------------------------------------------------- the media thread */

/* With the lock. */
static void note(struct said *said, const struct media_event *e)
{
    said->kinds |= 1u << e->kind;
    switch (e->kind) {
    case MEDIA_EVENT_BOUND:
        said->bound = *e;
        break;
    case MEDIA_EVENT_FAILED:
        said->failed = *e;
        break;
    case MEDIA_EVENT_REFUSED:
        said->refused = *e;
        break;
    case MEDIA_EVENT_STATS:
        said->stats = *e;
        break;
    case MEDIA_EVENT_CLOSED:
        said->closed = *e;
        break;
    case MEDIA_EVENT_DTMF:
        if (said->digits < DIGITS_MAX)
            said->digit[said->digits++] = e->dtmf;
        break;
    case MEDIA_EVENT_FIRST:
    case MEDIA_EVENT_BYE:
    case MEDIA_EVENT_AUDIO:
        break;
    }
}

static void on_event(void *user, const struct media_event *e)
{
    struct ua_media *m = user;
    struct seat *s;

    uv_mutex_lock(&m->lock);
    s = m->seats;
    while (s && s->stream != e->stream)
        s = s->next;
    if (s) {
        note(&s->said, e);
        s->dirty = true;
    }
    uv_mutex_unlock(&m->lock);
    if (s)
        m->config.wake(m->config.user);
}

/* ------------------------------------------------------------- to the core */

static void enter(struct ua_media *m, uint64_t call,
                  enum media_event_kind kind, int err)
{
    const struct media_event e = {.kind = kind, .err = err};

    ua_core_media(m->config.core, ua_host_now(), call, &e);
}

/* In the order in which they can have happened; CLOSED is the last. */
static void hear(struct ua_media *m, uint64_t call, const struct said *said)
{
    static const enum media_event_kind order[] = {
        MEDIA_EVENT_BOUND, MEDIA_EVENT_FAILED, MEDIA_EVENT_FIRST,
        MEDIA_EVENT_DTMF,  MEDIA_EVENT_BYE,    MEDIA_EVENT_REFUSED,
        MEDIA_EVENT_STATS, MEDIA_EVENT_CLOSED};
    const struct media_event *of[MEDIA_EVENT_CLOSED + 1] = {
        [MEDIA_EVENT_BOUND] = &said->bound,
        [MEDIA_EVENT_FAILED] = &said->failed,
        [MEDIA_EVENT_REFUSED] = &said->refused,
        [MEDIA_EVENT_STATS] = &said->stats,
        [MEDIA_EVENT_CLOSED] = &said->closed,
    };

    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        enum media_event_kind kind = order[i];
        struct media_event e = {.kind = kind};

        if (!(said->kinds & 1u << kind))
            continue;
        if (of[kind])
            e = *of[kind];
        if (kind != MEDIA_EVENT_DTMF)
            ua_core_media(m->config.core, ua_host_now(), call, &e);
        for (unsigned d = 0; kind == MEDIA_EVENT_DTMF && d < said->digits;
             d++) {
            e.dtmf = said->digit[d];
            ua_core_media(m->config.core, ua_host_now(), call, &e);
        }
    }
}

static struct seat *take(struct ua_media *m, struct said *said)
{
    struct seat *s;

    uv_mutex_lock(&m->lock);
    s = m->seats;
    while (s && !s->dirty)
        s = s->next;
    if (s) {
        *said = s->said;
        memset(&s->said, 0, sizeof(s->said));
        s->dirty = false;
        if (said->kinds & 1u << MEDIA_EVENT_CLOSED)
            s->stream = 0;
    }
    uv_mutex_unlock(&m->lock);
    return s;
}

bool ua_media_drain(struct ua_media *m)
{
    bool any = false;
    struct seat *s;
    struct said said;

    while ((s = take(m, &said))) {
        hear(m, s->call, &said);
        any = true;
    }
    return any;
}

/* ------------------------------------------------------------- outputs */

static int start(struct ua_media *m)
{
    const struct media_loop_config c = {.env = m->config.env,
                                        .policy = m->config.policy,
                                        .event = on_event,
                                        .user = m};

    return m->loop ? 0 : media_loop_new(&m->loop, &c);
}

/* The lock keeps the first event back until the seat has its stream. */
static int open_stream(struct ua_media *m, struct seat *s,
                       const struct tls_addr *addr)
{
    uint64_t stream = 0;
    int err;

    uv_mutex_lock(&m->lock);
    err = media_loop_open(m->loop, &stream, addr);
    s->stream = stream;
    s->had_stream = !err;
    uv_mutex_unlock(&m->lock);
    return err;
}

static int hand_over(struct ua_media *m, struct seat *s)
{
    int err = media_loop_audio(m->loop, s->stream, &s->audio);

    if (err)
        release(s);
    s->has_audio = false; /* the media thread's now */
    return err;
}

/* A second one of the same call moves its stream to that address. */
static void do_open(struct ua_media *m, const struct ua_out *out)
{
    struct seat *s = find_or_make(m, out->call);
    int err = s ? start(m) : E_NOMEM;

    if (!err && s->had_stream) {
        err = media_loop_rebind(m->loop, s->stream, &out->addr);
        if (err)
            enter(m, out->call, MEDIA_EVENT_REFUSED, err);
        return;
    }
    if (!err)
        err = open_stream(m, s, &out->addr);
    if (err)
        enter(m, out->call, MEDIA_EVENT_FAILED, err);
    else if (s->has_audio)
        (void)hand_over(m, s);
}

/* The core counts on CLOSED, whatever became of the stream. */
static void do_close(struct ua_media *m, const struct ua_out *out)
{
    struct seat *s = find(m, out->call);

    if (!s || !s->had_stream || media_loop_close(m->loop, s->stream))
        enter(m, out->call, MEDIA_EVENT_CLOSED, 0);
}

void ua_media_perform(struct ua_media *m, const struct ua_out *out)
{
    struct seat *s = find(m, out->call);
    uint64_t stream = s ? s->stream : 0;
    int err = 0;

    switch ((int)out->kind) {
    case UA_OUT_MEDIA_OPEN:
        do_open(m, out);
        break;
    case UA_OUT_MEDIA_SET:
        err = stream
                  ? media_loop_set(m->loop, stream, out->media, &out->config)
                  : E_GONE;
        break;
    case UA_OUT_MEDIA_DTMF:
        err = stream ? media_loop_dtmf(m->loop, stream, out->digit, out->ms)
                     : E_GONE;
        break;
    case UA_OUT_MEDIA_CLOSE:
        do_close(m, out);
        break;
    default:
        break;
    }
    if (err)
        enter(m, out->call, MEDIA_EVENT_REFUSED, err);
}

int ua_media_audio(struct ua_media *m, uint64_t call,
                   const struct media_audio *audio)
{
    struct seat *s = find_or_make(m, call);

    if (!s) {
        if (audio->released)
            audio->released(audio->user);
        return E_NOMEM;
    }
    release(s);
    s->audio = *audio;
    s->has_audio = true;
    if (!s->stream)
        return 0;
    return hand_over(m, s);
}

/* -------------------------------------------------------- birth and end */

int ua_media_new(struct ua_media **out, const struct ua_media_config *config)
{
    struct ua_media *m = env_alloc(config->env, sizeof(*m));

    if (!m)
        return E_NOMEM;
    m->config = *config;
    if (uv_mutex_init(&m->lock)) {
        env_free(config->env, m);
        return E_SYS;
    }
    *out = m;
    return 0;
}

void ua_media_free(struct ua_media *m)
{
    if (!m)
        return;
    (void)media_loop_free(m->loop); /* its last events find their seats */
    while (m->seats)
        ua_media_forget(m, m->seats->call);
    uv_mutex_destroy(&m->lock);
    env_free(m->config.env, m);
}
