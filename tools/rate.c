/* SPDX-License-Identifier: Apache-2.0 */
/* Band-limited interpolation by a windowed sinc (Smith, 1984). */
#include "tools/rate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CROSSINGS = 16, /* of zero, on each side of the sinc */
    STEPS = 256,    /* of the table between two crossings */
    TABLE = CROSSINGS * STEPS + 2,
    PIECE = 1024, /* samples that are taken in at a time */
    RATE_MIN = 8000,
    RATE_MAX = 192000
};

static const double pi = 3.14159265358979323846;

struct rate {
    double step;  /* input samples for one of the output */
    double cut;   /* below 1 when the output has less bandwidth */
    size_t reach; /* input samples on each side of a point */
    double at;    /* of the next output, in buf */
    size_t n;
    float table[TABLE];
    int16_t buf[]; /* PIECE and twice the reach */
};

/* Half of a sinc under a Hann window. */
static void fill_table(struct rate *r)
{
    for (int i = 0; i < CROSSINGS * STEPS; i++) {
        double x = pi * i / STEPS;
        double hann = 0.5 + 0.5 * cos(x / CROSSINGS);

        r->table[i] = (float)(i ? sin(x) / x * hann : 1);
    }
}

bool rate_read(unsigned *rate, const char *text)
{
    size_t n = strspn(text, "0123456789");

    if (n < 4 || n > 6 || text[n])
        return false;
    *rate = (unsigned)strtoul(text, NULL, 10);
    return *rate >= RATE_MIN && *rate <= RATE_MAX;
}

int rate_new(struct rate **out, unsigned from, unsigned to)
{
    double cut = to < from ? 0.95 * to / from : 1;
    size_t reach = (size_t)(CROSSINGS / cut) + 1;
    struct rate *r;

    if (from < RATE_MIN || from > RATE_MAX || to < RATE_MIN || to > RATE_MAX)
        return -1;
    r = calloc(1, sizeof(*r) + (PIECE + 2 * reach + 2) * sizeof(r->buf[0]));
    if (!r)
        return -1;
    r->step = (double)from / to;
    r->cut = cut;
    r->reach = reach;
    r->n = reach; /* silence before the first sample */
    r->at = (double)reach;
    fill_table(r);
    *out = r;
    return 0;
}

void rate_free(struct rate *r)
{
    free(r);
}

size_t rate_bound(const struct rate *r, size_t n)
{
    return (size_t)((double)(n + 1) / r->step) + 2;
}

static double kernel(const struct rate *r, double distance)
{
    double x = fabs(distance) * r->cut * STEPS;
    size_t i = (size_t)x;

    if (i >= TABLE - 1)
        return 0;
    return r->table[i] + (x - (double)i) * (r->table[i + 1] - r->table[i]);
}

static int16_t point(const struct rate *r)
{
    size_t first = (size_t)r->at - r->reach + 1;
    double sum = 0;

    for (size_t i = first; i < first + 2 * r->reach; i++)
        sum += r->buf[i] * kernel(r, r->at - (double)i);
    sum *= r->cut;
    sum += sum < 0 ? -0.5 : 0.5;
    return (int16_t)(sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum);
}

/* Forgets what lies behind the reach of the next point. */
static void shift(struct rate *r)
{
    size_t past = (size_t)r->at - r->reach;

    if (past > r->n)
        past = r->n;
    memmove(r->buf, r->buf + past, (r->n - past) * sizeof(r->buf[0]));
    r->n -= past;
    r->at -= (double)past;
}

size_t rate_run(struct rate *r, const int16_t *in, size_t n, int16_t *out)
{
    size_t done = 0;

    while (n) {
        size_t piece = n < PIECE ? n : PIECE;

        memcpy(r->buf + r->n, in, piece * sizeof(*in));
        r->n += piece;
        in += piece;
        n -= piece;
        for (; (size_t)r->at + r->reach < r->n; r->at += r->step)
            out[done++] = point(r);
        shift(r);
    }
    return done;
}

int rate_all(int16_t **out, size_t *nout, const int16_t *in, size_t n,
             const unsigned from_to[2])
{
    struct rate *r;
    int16_t *tail;
    size_t got, want;

    if (rate_new(&r, from_to[0], from_to[1]))
        return -1;
    want = (size_t)((double)n / r->step);
    *out = calloc(rate_bound(r, n + r->reach + 1), sizeof(**out));
    tail = calloc(r->reach + 1, sizeof(*tail));
    if (*out && tail) {
        got = rate_run(r, in, n, *out);
        got += rate_run(r, tail, r->reach + 1, *out + got);
        *nout = got < want ? got : want;
    } else {
        free(*out);
        *out = NULL;
    }
    free(tail);
    rate_free(r);
    return *out ? 0 : -1;
}
