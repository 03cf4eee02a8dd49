/* SPDX-License-Identifier: Apache-2.0 */
/* The library's audio callbacks, on a source and a sink. */
#include "tools/sound.h"

#include <string.h>

int sound_open(struct sound *s, const char *play, bool loop,
               const char *record)
{
    *s = (struct sound){0};
    if (source_new(&s->source, play, loop, s->why, sizeof(s->why)))
        return -1;
    if (sink_new(&s->sink, record, s->why, sizeof(s->why))) {
        source_free(s->source);
        s->source = NULL;
        return -1;
    }
    return 0;
}

static void capture(void *user, int16_t *pcm, size_t n, unsigned rate)
{
    struct sound *s = user;

    source_fill(s->source, pcm, n, rate);
}

static void render(void *user, const int16_t *pcm, size_t n, unsigned rate)
{
    struct sound *s = user;

    sink_take(s->sink, pcm, n, rate);
}

struct siplock_audio sound_audio(struct sound *s, void (*released)(void *user))
{
    return (struct siplock_audio){.size = sizeof(struct siplock_audio),
                                  .capture = capture,
                                  .render = render,
                                  .user = s,
                                  .released = released};
}

int sound_tick(struct sound *s)
{
    int err = 0;

    if (s->source && source_tick(s->source, s->why, sizeof(s->why)))
        err = -1;
    if (s->sink && sink_tick(s->sink, s->why, sizeof(s->why)))
        err = -1;
    return err;
}

int sound_close(struct sound *s)
{
    int err = s->sink ? sink_finish(s->sink, s->why, sizeof(s->why)) : 0;

    source_free(s->source);
    sink_free(s->sink);
    s->source = NULL;
    s->sink = NULL;
    return err;
}
