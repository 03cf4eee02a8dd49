/* SPDX-License-Identifier: Apache-2.0 */
/* What the media tests share: an env, a speech-like signal, correlation. */
#ifndef TEST_UNIT_MEDIA_KIT_H
#define TEST_UNIT_MEDIA_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sip/base/env.h"
#include "sip/base/err.h"

static inline void *kit_alloc(void *user, size_t n)
{
    (void)user;
    return calloc(1, n);
}

static inline void kit_free(void *user, void *p)
{
    (void)user;
    free(p);
}

/* The same in each run. */
static inline int kit_rand(void *user, uint8_t *p, size_t n)
{
    static uint32_t seed = 1;

    (void)user;
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        p[i] = (uint8_t)(seed >> 24);
    }
    return 0;
}

static const struct env kit_media = {
    .alloc = kit_alloc, .free = kit_free, .rand = kit_rand};

/* Voiced bursts: harmonics of a pitch that glides, with pauses. */
static inline void kit_speech(int16_t *pcm, size_t n, unsigned rate)
{
    double phase = 0;

    for (size_t i = 0; i < n; i++) {
        double t = (double)i / rate, in = t * 2.5;
        double part = in - (double)(long)in; /* 0…1 of a syllable */
        double loud = part < 0.7 ? part * (0.7 - part) * 8 : 0;
        double v = 0, x;

        phase += (170 + 40 * part) / rate;
        phase -= (double)(long)phase;
        for (int k = 1; k <= 8; k++) { /* parabolas for sines */
            x = phase * k - (double)(long)(phase * k);
            v +=
                (x < 0.5 ? 16 * x * (0.5 - x) : -16 * (x - 0.5) * (1 - x)) / k;
        }
        pcm[i] = (int16_t)(v * loud * 5000);
    }
}

static inline double kit_root(double x)
{
    double r = x > 1 ? x : 1;

    for (int i = 0; i < 60; i++)
        r = (r + x / r) / 2;
    return r;
}

/* Of a with b, b shifted by the best of 0…lag samples in steps. */
static inline double kit_correlation(const int16_t *a, const int16_t *b,
                                     size_t n, size_t lag, size_t step)
{
    double best = 0;

    for (size_t d = 0; d <= lag; d += step) {
        double ab = 0, aa = 1, bb = 1;

        for (size_t i = 0; i + d < n; i++) {
            ab += (double)a[i] * b[i + d];
            aa += (double)a[i] * a[i];
            bb += (double)b[i + d] * b[i + d];
        }
        double c = ab / (kit_root(aa) * kit_root(bb));

        best = c > best ? c : best;
    }
    return best;
}

#endif
