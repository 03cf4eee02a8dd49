/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of PCM between two threads, neither of which ever waits. */
#ifndef MEDIA_RING_H
#define MEDIA_RING_H

#include "sip/base/env.h"

enum { MEDIA_RING_MAX = 1 << 20 }; /* samples */

/*
 * One thread writes, one reads; each call ends after as many steps as it has
 * samples (wait-free), takes no lock and allocates nothing. This is the one
 * file with atomics.
 *
 * What lies in it is delay. When it runs over, somebody was late or the two
 * clocks differ, and it would stay full for ever, losing a little each time;
 * so the reader then leaves out the oldest, down to half of the ring, once.
 * When it runs dry, the silence that the reader makes up is the delay that
 * was missing.
 */
struct media_ring;

/* E_INVAL: samples is 0 or above MEDIA_RING_MAX; E_NOMEM. */
int media_ring_new(struct media_ring **r, const struct env *env,
                   size_t samples);
/* Wipes. Nobody may use it any more. NULL is fine. */
void media_ring_free(struct media_ring *r);

/* The writer's. Gives how many found room; the others are lost. */
size_t media_ring_write(struct media_ring *r, const int16_t *pcm, size_t n);
/* The writer's: nothing of what it wrote so far is to be read any more. */
void media_ring_expire(struct media_ring *r);

/* The reader's. Gives how many there were. */
size_t media_ring_read(struct media_ring *r, int16_t *pcm, size_t n);
/* The reader's: leaves out all that is there. */
void media_ring_skip(struct media_ring *r);

/* Bits for who shares the ring, from any thread: sets or clears some and
 * gives what was before. What one did before, the next one sees. */
unsigned media_ring_set(struct media_ring *r, unsigned bits);
unsigned media_ring_clear(struct media_ring *r, unsigned bits);

#endif
