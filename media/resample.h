/* SPDX-License-Identifier: Apache-2.0 */
/* PCM from one sample rate to another, as a stream. */
#ifndef MEDIA_RESAMPLE_H
#define MEDIA_RESAMPLE_H

#include "sip/base/env.h"

enum { MEDIA_RESAMPLE_RATE_MIN = 8000, MEDIA_RESAMPLE_RATE_MAX = 48000 };

/* 16 bit mono. One thread at a time. */
struct media_resample;

/* 8000, 16000, 24000, 32000, 44100 or 48000: what a codec or a sound card
 * has. 20 ms at each of them is a whole number of samples. */
bool media_resample_rate_ok(unsigned rate);

/* E_INVAL: a rate that is none of these; E_NOMEM. */
int media_resample_new(struct media_resample **r, const struct env *env,
                       unsigned from, unsigned to);
void media_resample_free(struct media_resample *r);

/*
 * Takes from in (*n samples, then those that it took) and gives how many it
 * wrote to out, at most cap. However the input is cut, the output is the same;
 * a whole number of 20 ms gives just as much. It comes late by the filter, 6
 * ms at most; at equal rates nothing is changed and nothing late. Allocates
 * nothing.
 */
size_t media_resample_run(struct media_resample *r, const int16_t *in,
                          size_t *n, int16_t *out, size_t cap);

#endif
