/* SPDX-License-Identifier: Apache-2.0 */
/* A call's sound: a source and a sink behind the library's audio. */
#ifndef TOOLS_SOUND_H
#define TOOLS_SOUND_H

#include "tools/sink.h"
#include "tools/source.h"
#include "ua/siplock.h"

enum {
    SOUND_TICK_MS = 20, /* how often sound_tick is due */
    SOUND_WHY_MAX = 400
};

/*
 * The callbacks run on the media thread and touch memory only; files and
 * pipes are served by sound_tick on the main loop.
 */
struct sound {
    struct source *source;
    struct sink *sink;
    char why[SOUND_WHY_MAX]; /* what went wrong last */
};

/* The options' names; -1: why says what is wrong. */
int sound_open(struct sound *s, const char *play, bool loop,
               const char *record);
/* For siplock_audio_start; s does not move until released was called. */
struct siplock_audio sound_audio(struct sound *s,
                                 void (*released)(void *user));
/* -1: why says what went wrong. */
int sound_tick(struct sound *s);
/* After released: writes what is left. -1 as sound_tick; it is closed in any
 * case. Twice is fine. */
int sound_close(struct sound *s);

#endif
