/* SPDX-License-Identifier: Apache-2.0 */
/* Delay first, coarse and then fine; then segment by segment. */
#include "tools/correlate.h"

#include <math.h>
#include <stdlib.h>

#include "tools/rate.h"

enum {
    RATE = 8000,
    FINER = 6,  /* 48000: what lies between two samples is looked at too */
    COARSE = 4, /* every 4th sample, smoothed, finds the delay */
    EARLIEST = -RATE / 2,
    LATEST = 2 * RATE,
    SEGMENT = RATE / 5,
    AROUND = RATE * 3 / 50
};

struct signal {
    const int16_t *p;
    long n;
};

static double energy(struct signal s)
{
    double sum = 0;

    for (long i = 0; i < s.n; i++)
        sum += (double)s.p[i] * s.p[i];
    return sum;
}

/* Of a, whose energy is aa, with b, b later by lag; what b does not have
 * counts as silence. */
static double ncc(struct signal a, double aa, struct signal b, long lag)
{
    long from = lag < 0 ? -lag : 0, to = b.n - lag < a.n ? b.n - lag : a.n;
    double ab = 0, bb = 0;

    for (long i = from; i < to; i++) {
        ab += (double)a.p[i] * b.p[i + lag];
        bb += (double)b.p[i + lag] * b.p[i + lag];
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

static double best(struct signal a, struct signal b, const long range[2],
                   long *lag)
{
    double most = -1, aa = energy(a);

    for (long d = range[0]; d <= range[1]; d++) {
        double c = ncc(a, aa, b, d);

        if (c > most) {
            most = c;
            *lag = d;
        }
    }
    return most;
}

/* Each fourth sample, smoothed by a triangle. -1: no memory. */
static int thin(struct signal *out, struct signal in)
{
    int16_t *p = calloc((size_t)in.n / COARSE + 1, sizeof(*p));

    if (!p)
        return -1;
    for (long i = 1; i < in.n / COARSE; i++) {
        long sum = 0;

        for (long k = 1 - COARSE; k < COARSE; k++)
            if (i * COARSE + k < in.n)
                sum += in.p[i * COARSE + k] * (COARSE - labs(k));
        p[i] = (int16_t)(sum / (COARSE * COARSE));
    }
    *out = (struct signal){p, in.n / COARSE};
    return 0;
}

static int find_delay(struct signal a, struct signal b, long *lag)
{
    const long coarse[2] = {EARLIEST / COARSE, LATEST / COARSE};
    struct signal ta = {NULL, 0}, tb = {NULL, 0};
    int err = thin(&ta, a) || thin(&tb, b) ? -1 : 0;

    *lag = 0;
    if (!err) {
        (void)best(ta, tb, coarse, lag);
        const long fine[2] = {(*lag - 1) * COARSE, (*lag + 1) * COARSE};

        (void)best(a, b, fine, lag);
    }
    free((void *)(uintptr_t)ta.p);
    free((void *)(uintptr_t)tb.p);
    return err;
}

static double power(struct signal s)
{
    return s.n ? energy(s) / (double)s.n : 0;
}

/* One segment: the best lag at RATE, then around it at the finer rate. */
static double segment(const struct signal a[2], const struct signal b[2],
                      long at, long lag)
{
    const struct signal part = {a[0].p + at, SEGMENT};
    const struct signal finer = {a[1].p + at * FINER, SEGMENT * FINER};
    const long around[2] = {at + lag - AROUND, at + lag + AROUND};
    long found = at + lag;

    (void)best(part, b[0], around, &found);
    const long close[2] = {(found - 1) * FINER, (found + 1) * FINER};

    return best(finer, b[1], close, &found);
}

/* a and b each at both rates. */
static void by_segments(struct correlate *c, const struct signal a[2],
                        const struct signal b[2], long lag)
{
    double enough = power(a[0]) / 10, sum = 0, weights = 0;
    long end = a[1].n / FINER < a[0].n ? a[1].n / FINER : a[0].n;

    for (long at = 0; at + SEGMENT <= end; at += SEGMENT) {
        struct signal part = {a[0].p + at, SEGMENT};
        double weight = sqrt(power(part));

        if (weight * weight <= enough)
            continue;
        sum += weight * segment(a, b, at, lag);
        weights += weight;
        c->segments++;
    }
    c->mean = c->segments ? sum / weights : 0;
}

/* At RATE, and from there at the finer rate: the same band. */
static int bring(struct signal out[2], const struct correlate_pcm *in)
{
    const unsigned down[2] = {in->rate, RATE};
    const unsigned up[2] = {RATE, RATE * FINER};
    int16_t *p;
    size_t n;

    if (rate_all(&p, &n, in->pcm, in->n, down))
        return -1;
    out[0] = (struct signal){p, (long)n};
    if (rate_all(&p, &n, out[0].p, n, up))
        return -1;
    out[1] = (struct signal){p, (long)n};
    return 0;
}

int correlate(struct correlate *c, const struct correlate_pcm *played,
              const struct correlate_pcm *heard)
{
    struct signal a[2] = {{NULL, 0}}, b[2] = {{NULL, 0}};
    long lag = 0;
    int err = bring(a, played) || bring(b, heard) ? -1 : 0;

    *c = (struct correlate){0};
    if (!err)
        err = find_delay(a[0], b[0], &lag);
    if (!err)
        by_segments(c, a, b, lag);
    c->delay_ms = (int)(lag * 1000 / RATE);
    for (int i = 0; i < 2; i++) {
        free((void *)(uintptr_t)a[i].p);
        free((void *)(uintptr_t)b[i].p);
    }
    return err;
}
