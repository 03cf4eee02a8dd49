/* SPDX-License-Identifier: Apache-2.0 */
/* The tap: rings between threads, resamplers on the media thread's side. */
#include "media/tap.h"

#include <string.h>

#include "media/resample.h"
#include "media/ring.h"
#include "sip/base/err.h"

enum {
    IN_USE = 1, /* the media thread may call */
    LEFT = 2,   /* the app let go */
    FRAME = MEDIA_STREAM_FRAME_MAX
};

_Static_assert(FRAME == MEDIA_RESAMPLE_RATE_MAX / 1000 * MEDIA_STREAM_FRAME_MS,
               "20 ms at the highest rate fit");

/* A resampler that is made anew when the codec's rate changes. */
struct way {
    struct media_resample *r;
    unsigned from, to;
};

struct media_tap {
    struct env env;
    unsigned rate;
    struct media_ring *heard, *said;
    /* The media thread's, while it is in use. */
    bool fresh;
    struct way in, out;
};

static void destroy(struct media_tap *t)
{
    struct env env = t->env;

    media_ring_free(t->heard);
    media_ring_free(t->said);
    env_free(&env, t);
}

int media_tap_new(struct media_tap **out, const struct env *env, unsigned rate,
                  unsigned depth_ms)
{
    size_t depth = (size_t)rate * depth_ms / 1000;

    if (!media_resample_rate_ok(rate) || depth_ms < MEDIA_TAP_MS_MIN ||
        depth_ms > MEDIA_TAP_MS_MAX)
        return E_INVAL;
    struct media_tap *t = env_alloc(env, sizeof(*t));

    if (!t)
        return E_NOMEM;
    t->env = *env;
    t->rate = rate;
    int err = media_ring_new(&t->heard, env, depth);

    if (!err)
        err = media_ring_new(&t->said, env, depth);
    if (err)
        destroy(t);
    else
        *out = t;
    return err;
}

/* ------------------------------------------------------- the app's half */

size_t media_tap_read(struct media_tap *t, int16_t *pcm, size_t n)
{
    size_t got = media_ring_read(t->heard, pcm, n);

    memset(pcm + got, 0, (n - got) * sizeof(*pcm));
    return got;
}

size_t media_tap_write(struct media_tap *t, const int16_t *pcm, size_t n)
{
    return media_ring_write(t->said, pcm, n);
}

void media_tap_free(struct media_tap *t)
{
    if (t && !(media_ring_set(t->heard, LEFT) & IN_USE))
        destroy(t);
}

/* ---------------------------------------------- the media thread's half */

static void close_way(struct way *w)
{
    media_resample_free(w->r);
    *w = (struct way){0};
}

/* False: no memory; there is silence then, and the next frame tries again. */
static bool set_way(struct way *w, const struct env *env, unsigned from,
                    unsigned to)
{
    if (w->r && w->from == from && w->to == to)
        return true;
    close_way(w);
    if (media_resample_new(&w->r, env, from, to))
        return false;
    w->from = from;
    w->to = to;
    return true;
}

/* A frame of n at rate is so many at the app's. */
static size_t at_ours(const struct media_tap *t, size_t n, unsigned rate)
{
    size_t ours = rate ? (size_t)t->rate * n / rate : 0;

    return ours < FRAME ? ours : FRAME;
}

static void capture(void *user, int16_t *pcm, size_t n, unsigned rate)
{
    struct media_tap *t = user;
    int16_t ours[FRAME] = {0};
    size_t want = at_ours(t, n, rate), got = 0;

    if (t->fresh)
        media_ring_skip(t->said);
    t->fresh = false;
    /* Short: the rest stays silence, so that the time base goes on. */
    (void)media_ring_read(t->said, ours, want);
    if (set_way(&t->out, &t->env, t->rate, rate))
        got = media_resample_run(t->out.r, ours, &want, pcm, n);
    memset(pcm + got, 0, (n - got) * sizeof(*pcm));
    secret_wipe(ours, sizeof(ours));
}

static void render(void *user, const int16_t *pcm, size_t n, unsigned rate)
{
    struct media_tap *t = user;
    int16_t ours[FRAME];

    if (!set_way(&t->in, &t->env, rate, t->rate))
        return;
    size_t got = media_resample_run(t->in.r, pcm, &n, ours, FRAME);

    (void)media_ring_write(t->heard, ours, got);
    secret_wipe(ours, sizeof(ours));
}

static void released(void *user)
{
    struct media_tap *t = user;

    close_way(&t->in);
    close_way(&t->out);
    media_ring_expire(t->heard);
    if (media_ring_clear(t->heard, IN_USE) & LEFT)
        destroy(t);
}

int media_tap_audio(struct media_tap *t, struct media_audio *audio)
{
    if (media_ring_set(t->heard, IN_USE) & IN_USE)
        return E_STATE;
    t->fresh = true;
    *audio = (struct media_audio){capture, render, t, released};
    return 0;
}
