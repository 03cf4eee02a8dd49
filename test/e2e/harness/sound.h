/* SPDX-License-Identifier: Apache-2.0 */
/* Something like speech as a WAV file, and how alike two recordings are. */
#ifndef TEST_E2E_HARNESS_SOUND_H
#define TEST_E2E_HARNESS_SOUND_H

#include "test/e2e/harness/stage.h"

/*
 * Writes seconds of voiced syllables, 8000 Hz mono, as the stage's file name;
 * its path. Another voice is another text: two voices do not correlate.
 */
const char *sound_speech(struct stage *s, const char *name, int seconds,
                         unsigned voice);

/*
 * How alike the recording is to what was played, 0 to 1: of each quarter of a
 * second that was played and is not silent the best correlation with the
 * recording, within a second of where it is to be expected; of those the
 * median. 0 if fewer than six were recorded. Files of any rate that 8000
 * divides.
 */
double sound_likeness(const char *played, const char *recorded);

/* Fails the test when the recording is less alike than 0.8. */
void sound_expect(const char *played, const char *recorded);

/* How many seconds of the recording are not silent. */
double sound_heard_s(const char *recorded);

#endif
