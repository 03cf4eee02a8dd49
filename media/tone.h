/* SPDX-License-Identifier: Apache-2.0 */
/* Tones: one or two sines, made by recurrence. */
#ifndef MEDIA_TONE_H
#define MEDIA_TONE_H

#include <stddef.h>
#include <stdint.h>

struct media_sine {
    double coeff, last, before;
};

struct media_tone {
    struct media_sine sine[2];
};

/* hz2 0: one sine only. amplitude is each one's peak. E_INVAL: a frequency
 * not below half of the rate, or amplitudes that add up to more than 32767. */
int media_tone_init(struct media_tone *t, unsigned rate, const unsigned hz[2],
                    int amplitude);
void media_tone_fill(struct media_tone *t, int16_t *pcm, size_t n);

#endif
