/* SPDX-License-Identifier: Apache-2.0 */
/* A small formant synthesiser (after Klatt, 1980, much simplified). */
#include "tools/speech.h"

#include <math.h>
#include <stdbool.h>

enum { FORMANTS = 4, VOWELS = 8, PEAK = 22000 };

static const double pi = 3.14159265358979323846;

/* Hz: a, e, i, o, u and three between (Peterson and Barney, 1952). */
static const double vowel[VOWELS][FORMANTS] = {
    {730, 1090, 2440, 3400}, {530, 1840, 2480, 3500}, {270, 2290, 3010, 3600},
    {570, 840, 2410, 3300},  {300, 870, 2240, 3200},  {660, 1720, 2410, 3400},
    {440, 1020, 2240, 3300}, {490, 1350, 1690, 3300},
};
static const double bandwidth[FORMANTS] = {80, 110, 160, 250};

/* Two poles. */
struct resonator {
    double a, b, c, y1, y2;
};

struct voice {
    unsigned rate;
    uint32_t seed;
    double pitch; /* Hz, at rest */
    double tract; /* its formants by those of the table */
    struct resonator formant[FORMANTS];
    double phase;   /* of the glottis, 0…1 */
    double flow[2]; /* what comes out of it, smoothed twice */
    double lips;    /* the last pressure inside of them */
};

/* One syllable: a consonant of noise, then a vowel; or a pause. */
struct syllable {
    size_t noise, all; /* samples */
    double from, to;   /* pitch */
    double loud;       /* 0: a pause */
};

static double chance(struct voice *v)
{
    v->seed = v->seed * 1664525u + 1013904223u;
    return (v->seed >> 8) / 16777216.0;
}

static void tune(struct resonator *r, double hz, double width, unsigned rate)
{
    double radius = exp(-pi * width / rate);

    r->c = -radius * radius;
    r->b = 2 * radius * cos(2 * pi * hz / rate);
    r->a = 1 - r->b - r->c;
}

static double resonate(struct resonator *r, double x)
{
    double y = r->a * x + r->b * r->y1 + r->c * r->y2;

    r->y2 = r->y1;
    r->y1 = y;
    return y;
}

static struct syllable next_syllable(struct voice *v, unsigned count)
{
    struct syllable s = {0};
    int which = (int)(chance(v) * VOWELS);

    if (count % 4 == 3) { /* a word ends */
        s.all = (size_t)((0.08 + 0.12 * chance(v)) * v->rate);
        return s;
    }
    for (int i = 0; i < FORMANTS; i++) {
        double hz = vowel[which][i] * v->tract;

        tune(&v->formant[i], hz < 0.45 * v->rate ? hz : 0.45 * v->rate,
             bandwidth[i], v->rate);
    }
    s.noise = (size_t)((0.02 + 0.04 * chance(v)) * v->rate);
    s.all = s.noise + (size_t)((0.10 + 0.14 * chance(v)) * v->rate);
    s.from = v->pitch * (0.9 + 0.35 * chance(v));
    s.to = v->pitch * (0.75 + 0.35 * chance(v));
    s.loud = 0.5 + 0.5 * chance(v);
    return s;
}

/* A pulse each period, rounded off by 12 dB an octave. */
static double glottis(struct voice *v, double hz)
{
    double pulse = 0;

    v->phase += hz * (0.99 + 0.02 * chance(v)) / v->rate;
    if (v->phase >= 1) {
        v->phase -= 1;
        pulse = v->rate / 130.0;
    }
    for (int i = 0; i < 2; i++) {
        v->flow[i] +=
            (pulse - v->flow[i]) * (1 - exp(-2 * pi * 500 / v->rate));
        pulse = v->flow[i];
    }
    return pulse;
}

static double sample(struct voice *v, const struct syllable *s, size_t i)
{
    double at = (double)i / (double)s->all, noise = chance(v) - 0.5, x, y = 0;
    double edge = sin(pi * at); /* loudness rises and falls */

    if (i < s->noise)
        x = noise * 2.5;
    else
        x = glottis(v, s->from + (s->to - s->from) * at) + noise * 0.1;
    x *= s->loud * sqrt(edge);
    for (int k = 0; k < FORMANTS; k++)
        y += resonate(&v->formant[k], x) * (k % 2 ? -0.6 : 1);
    x = y - v->lips; /* what is heard is the change */
    v->lips = y;
    return x * v->rate;
}

/* Speaks n samples times gain into pcm (NULL: nowhere); gives the peak. */
static double speak(struct voice v, int16_t *pcm, size_t n, double gain)
{
    double peak = 0;
    size_t done = 0;

    for (unsigned count = 0; done < n; count++) {
        struct syllable s = next_syllable(&v, count);

        for (size_t i = 0; i < s.all && done < n; i++, done++) {
            double y = sample(&v, &s, i) * gain;

            peak = fabs(y) > peak ? fabs(y) : peak;
            if (pcm)
                pcm[done] = (int16_t)y;
        }
    }
    return peak;
}

void speech_make(int16_t *pcm, size_t n, unsigned rate,
                 enum speech_voice voice)
{
    bool bob = voice == SPEECH_BOB;
    const struct voice v = {.rate = rate,
                            .seed = bob ? 20202 : 7,
                            .pitch = bob ? 118 : 205,
                            .tract = bob ? 1 : 1.15};
    double peak = speak(v, NULL, n, 1);

    (void)speak(v, pcm, n, PEAK / (peak > 0 ? peak : 1));
}
