/* SPDX-License-Identifier: Apache-2.0 */
/* A test signal like speech, made in code: the same in each run. */
#ifndef TOOLS_SPEECH_H
#define TOOLS_SPEECH_H

#include <stddef.h>
#include <stdint.h>

enum speech_voice { SPEECH_ALICE, SPEECH_BOB };

/*
 * n samples of syllables and pauses in one of two voices, which say different
 * things: glottal pulses and noise through four formants. 8000 to 48000
 * samples a second.
 */
void speech_make(int16_t *pcm, size_t n, unsigned rate,
                 enum speech_voice voice);

#endif
