/* SPDX-License-Identifier: Apache-2.0 */
/* Tones: x(n) = 2 cos(w) x(n-1) - x(n-2), so that libm is not needed. */
#include "media/tone.h"

#include "sip/base/err.h"

/* Taylor around 0; |x| <= pi leaves less than 1e-9. */
static double sine_of(double x)
{
    double term = x, sum = x;

    for (int k = 1; k < 14; k++) {
        term *= -x * x / ((2 * k) * (2 * k + 1));
        sum += term;
    }
    return sum;
}

static void sine_init(struct media_sine *s, double w, int amplitude)
{
    double half = sine_of(w / 2);

    s->coeff = 2 - 4 * half * half; /* 2 cos(w) */
    s->last = 0;
    s->before = -amplitude * sine_of(w);
}

int media_tone_init(struct media_tone *t, unsigned rate, const unsigned hz[2],
                    int amplitude)
{
    *t = (struct media_tone){0};
    if (rate == 0 || hz[0] >= rate / 2 || hz[1] >= rate / 2 || amplitude < 0 ||
        amplitude > (hz[1] ? 32767 / 2 : 32767))
        return E_INVAL;
    for (int i = 0; i < 2; i++)
        if (hz[i])
            sine_init(&t->sine[i], 6.283185307179586 * hz[i] / rate,
                      amplitude);
    return 0;
}

static double sine_next(struct media_sine *s)
{
    double now = s->last;

    s->last = s->coeff * now - s->before;
    s->before = now;
    return now;
}

void media_tone_fill(struct media_tone *t, int16_t *pcm, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double v = sine_next(&t->sine[0]) + sine_next(&t->sine[1]);

        v += v < 0 ? -0.5 : 0.5;
        pcm[i] = (int16_t)(v > 32767 ? 32767 : v < -32767 ? -32767 : v);
    }
}
