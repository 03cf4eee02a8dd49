/* SPDX-License-Identifier: Apache-2.0 */
/* A call's sound for a real-time audio thread: two rings, resampled. */
#ifndef MEDIA_TAP_H
#define MEDIA_TAP_H

#include "media/line.h"

enum { MEDIA_TAP_MS_MIN = 20, MEDIA_TAP_MS_MAX = 1000 };

/*
 * It has two halves: the app's (read, write, free) and the media thread's
 * (the callbacks). Its memory goes when both have let go, on whichever thread
 * is the last. The rings hold PCM at the app's rate and all resampling is
 * done on the media thread, so that the app's threads copy and nothing else.
 *
 * A ring that runs over or dry: media/ring.h. The delay of each way is never
 * above its depth.
 */
struct media_tap;

/*
 * env is copied; its alloc and free are called from both threads and what
 * they need outlives both halves. rate: one of media_resample_rate_ok.
 * depth_ms: of each ring; one that is not at least a callback of the app and
 * 40 ms runs dry at times. E_INVAL, E_NOMEM.
 */
int media_tap_new(struct media_tap **t, const struct env *env, unsigned rate,
                  unsigned depth_ms);

/* What is heard: fills all n, with silence behind what there is; gives how
 * many are sound. One thread, which may be real-time: wait-free. */
size_t media_tap_read(struct media_tap *t, int16_t *pcm, size_t n);
/* What is said: gives how many found room, the others are lost. One thread,
 * also another than the one that reads. Wait-free. */
size_t media_tap_write(struct media_tap *t, const int16_t *pcm, size_t n);

/*
 * Takes it in use: *audio is for media_loop_audio. If that fails, the caller
 * calls audio->released(audio->user) itself. What was written before the
 * media thread asks for the first frame is not sent, what a call before left
 * unread is not heard. E_STATE: it is in use.
 */
int media_tap_audio(struct media_tap *t, struct media_audio *audio);

/* The app's half lets go. It may be in use. NULL is fine. */
void media_tap_free(struct media_tap *t);

#endif
