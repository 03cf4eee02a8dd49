/* SPDX-License-Identifier: Apache-2.0 */
/* Something like speech as a WAV file, and how alike two recordings are. */
#include "test/e2e/harness/sound.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "media/wav.h"

enum {
    RATE = 8000,
    PART = RATE / 4, /* what is compared at a time */
    DRIFT = RATE,    /* how far a part may lie from the one before */
    SILENT = 100,    /* mean amplitude */
    PARTS_MIN = 6,   /* fewer say nothing */
    PARTS_MAX = 256
};

struct pcm {
    int16_t *at;
    size_t n;
};

/* ---- making ------------------------------------------------------------- */

static double next(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (double)(*seed >> 8) / (1 << 24);
}

/* A parabola for a sine; x in turns. */
static double wave(double x)
{
    x -= (double)(long)x;
    return x < 0.5 ? 16 * x * (0.5 - x) : -16 * (x - 0.5) * (1 - x);
}

/* Syllables of 120 to 320 ms with a pitch and a glide of their own. */
static void speak(int16_t *pcm, size_t n, unsigned seed)
{
    double phase = 0, pitch = 150, glide = 0, bright = 0.5;
    size_t begin = 0, end = 0;

    for (size_t i = 0; i < n; i++) {
        double part, v = 0;

        if (i >= end) {
            begin = end;
            end += (size_t)(RATE * (0.12 + 0.2 * next(&seed)));
            pitch = 130 + 150 * next(&seed);
            glide = 120 * (next(&seed) - 0.5);
            bright = 0.3 + 0.6 * next(&seed);
        }
        part = (double)(i - begin) / (double)(end - begin);
        phase += (pitch + glide * part) / RATE;
        for (int k = 2; k <= 8; k++)
            v += wave(phase * k) * (k & 1 ? bright : 1 - bright) / k;
        v *= part < 0.8 ? part * (0.8 - part) * 6.25 : 0;
        pcm[i] = (int16_t)(v * 12000);
    }
}

static void little(uint8_t *p, unsigned n, uint32_t v)
{
    for (unsigned i = 0; i < n; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

const char *sound_speech(struct stage *s, const char *name, int seconds,
                         unsigned voice)
{
    const char *path = stage_path(s, name);
    size_t n = (size_t)seconds * RATE;
    int16_t *pcm = calloc(n, sizeof(*pcm));
    uint8_t head[44] = "RIFF....WAVEfmt ....\1\0\1\0........\2\0\20\0data";
    FILE *f = fopen(path, "wb");

    if (!pcm || !f)
        stage_fail("%s: cannot be written", path);
    speak(pcm, n, voice * 7919 + 1);
    little(head + 4, 4, (uint32_t)(36 + 2 * n));
    little(head + 16, 4, 16);
    little(head + 24, 4, RATE);
    little(head + 28, 4, 2 * RATE);
    little(head + 40, 4, (uint32_t)(2 * n));
    fwrite(head, sizeof(head), 1, f);
    for (size_t i = 0; i < n; i++) {
        uint8_t two[2];

        little(two, 2, (uint16_t)pcm[i]);
        fwrite(two, 2, 1, f);
    }
    if (fclose(f))
        stage_fail("%s: cannot be written", path);
    free(pcm);
    return path;
}

/* ---- comparing ---------------------------------------------------------- */

static struct pcm load(const char *path)
{
    size_t n, step;
    char *file = stage_read(path, &n);
    struct media_wav wav;
    struct pcm pcm;

    if (media_wav_parse(&wav, (struct slice){file, n}) || wav.rate % RATE)
        stage_fail("%s: no WAV file of a usable rate", path);
    step = wav.rate / RATE;
    pcm.n = media_wav_frames(&wav) / step;
    pcm.at = calloc(pcm.n + 1, sizeof(*pcm.at));
    if (!pcm.at)
        stage_fail("no memory");
    for (size_t i = 0; i < pcm.n; i++) {
        long sum = 0;

        for (size_t j = 0; j < step; j++)
            sum += media_wav_sample(&wav, i * step + j);
        pcm.at[i] = (int16_t)(sum / (long)step);
    }
    free(file);
    return pcm;
}

static bool silent(const int16_t *a, size_t n)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (uint64_t)abs(a[i]);
    return sum < (uint64_t)n * SILENT;
}

static double root(double v)
{
    double r = v > 1 ? v : 1;

    for (int i = 0; i < 60; i++)
        r = (r + v / r) / 2;
    return r;
}

static double correlation(const int16_t *a, const int16_t *b, size_t n)
{
    double ab = 0, aa = 0, bb = 0;

    for (size_t i = 0; i < n; i++) {
        ab += (double)a[i] * b[i];
        aa += (double)a[i] * a[i];
        bb += (double)b[i] * b[i];
    }
    return aa > 0 && bb > 0 ? ab / root(aa * bb) : 0;
}

/* The best place of a part within [from, to) of the recording. */
static double best_place(const int16_t *part, const struct pcm *r, size_t from,
                         size_t to, size_t *at)
{
    double best = 0;

    for (size_t i = from; i < to && i + PART <= r->n; i++) {
        double c = correlation(part, r->at + i, PART);

        if (c > best) {
            best = c;
            *at = i;
        }
    }
    return best;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The offset at which the first parts that fit well lie. */
static bool whole_place(const struct pcm *p, const struct pcm *r, long *offset)
{
    double best = 0;

    for (size_t i = 0; i + PART <= p->n && i <= 8 * PART; i += PART) {
        size_t at = 0;
        double c = silent(p->at + i, PART)
                       ? 0
                       : best_place(p->at + i, r, 0, r->n, &at);

        if (c > best) {
            best = c;
            *offset = (long)at - (long)i;
        }
        if (best > 0.9)
            break;
    }
    return best > 0;
}

double sound_likeness(const char *played, const char *recorded)
{
    struct pcm p = load(played), r = load(recorded);
    double score[PARTS_MAX];
    size_t n = 0;
    long offset = 0;
    bool found = whole_place(&p, &r, &offset);

    /* A part that was not recorded to its end does not count; a busy machine
     * makes gaps, after which the next ones lie elsewhere. */
    for (size_t i = 0; found && n < PARTS_MAX && i + PART <= p.n; i += PART) {
        long from = (long)i + offset - DRIFT;
        size_t begin = from > 0 ? (size_t)from : 0, at = 0;

        if (silent(p.at + i, PART) || (long)i + offset < 0 ||
            (size_t)((long)i + offset) + PART + PART / 2 > r.n)
            continue;
        score[n] = best_place(p.at + i, &r, begin, begin + 2 * DRIFT, &at);
        if (score[n++] > 0.7)
            offset = (long)at - (long)i;
    }
    free(p.at);
    free(r.at);
    if (n < PARTS_MIN)
        return 0;
    qsort(score, n, sizeof(*score), by_value);
    return score[n / 2];
}

void sound_expect(const char *played, const char *recorded)
{
    double alike = sound_likeness(played, recorded);

    print_message("%s in %s: %.3f alike, %.1f s heard\n", played, recorded,
                  alike, sound_heard_s(recorded));
    if (alike < 0.8)
        stage_fail("the recording is not what was played");
}

double sound_heard_s(const char *recorded)
{
    struct pcm r = load(recorded);
    size_t n = 0;

    for (size_t i = 0; i + RATE / 10 <= r.n; i += RATE / 10)
        if (!silent(r.at + i, RATE / 10))
            n++;
    free(r.at);
    return (double)n / 10;
}
