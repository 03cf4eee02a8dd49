/* SPDX-License-Identifier: Apache-2.0 */
/* Sources: everything is in memory before the media thread asks for it. */
#include "tools/source.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/tone.h"
#include "media/wav.h"
#include "sip/base/err.h"
#include "tools/rate.h"

enum {
    RATES = 2,
    RING = 1 << 14, /* samples that wait from a pipe: 340 ms at 48 kHz */
    READ_MAX = 4096,
    TONE_HZ = 440,
    TONE_LOUD = 8000
};

/* Of the codecs; a file is turned into both before the call. */
static const unsigned codec_rate[RATES] = {8000, 48000};

enum kind { SILENCE, SAMPLES, TONE, PIPE };

struct source {
    enum kind kind;
    /* SAMPLES */
    int16_t *pcm[RATES];
    size_t n[RATES];
    size_t pos;
    bool loop;
    /* TONE */
    struct media_tone tone;
    unsigned hz;
    /* PIPE; one thread writes the ring, the other one reads it */
    unsigned pipe_rate;
    struct rate *convert;
    unsigned convert_to;
    char odd; /* half a sample */
    bool has_odd, over;
    int16_t ring[RING];
    atomic_size_t put, got;
    /* All: what the call runs at; 0: not known yet */
    atomic_uint rate;
    atomic_bool strange; /* a rate that no file was made for */
};

/* ------------------------------------------------------------- samples */

int source_of(struct source **out, const int16_t *pcm, size_t n, unsigned rate)
{
    struct source *s = calloc(1, sizeof(*s));

    if (!s)
        return -1;
    s->kind = SAMPLES;
    for (int i = 0; i < RATES; i++) {
        const unsigned from_to[2] = {rate, codec_rate[i]};

        if (rate_all(&s->pcm[i], &s->n[i], pcm, n, from_to)) {
            source_free(s);
            return -1;
        }
    }
    *out = s;
    return 0;
}

static int read_wav(struct source **s, const char *name, struct slice bytes,
                    char *why, size_t cap)
{
    struct media_wav wav;
    int16_t *pcm;
    size_t n;
    int err = media_wav_parse(&wav, bytes);

    if (err) {
        snprintf(why, cap, "%s: %s", name,
                 err == E_UNSUPPORTED
                     ? "not PCM of 16 bits with one or two channels and 8000 "
                       "to 192000 samples a second"
                     : "not a WAV file");
        return -1;
    }
    n = media_wav_frames(&wav);
    if (n == 0) {
        snprintf(why, cap, "%s: holds no samples", name);
        return -1;
    }
    pcm = malloc(n * sizeof(*pcm));
    for (size_t i = 0; pcm && i < n; i++)
        pcm[i] = media_wav_sample(&wav, i);
    err = pcm ? source_of(s, pcm, n, wav.rate) : -1;
    free(pcm);
    if (err)
        snprintf(why, cap, "%s: memory ran out", name);
    return err;
}

static int read_file(struct source **s, const char *name, char *why,
                     size_t cap)
{
    FILE *f = fopen(name, "rb");
    size_t room = 1 << 16, n = 0, got;
    char *bytes = f ? malloc(room) : NULL, *more;
    int ret = -1;

    if (!f) {
        snprintf(why, cap, "%s: %s", name, strerror(errno));
        return -1;
    }
    while (bytes && (got = fread(bytes + n, 1, room - n, f)) > 0) {
        n += got;
        if (n < room)
            continue;
        more = room < SOURCE_FILE_MAX ? realloc(bytes, room * 2) : NULL;
        if (!more)
            free(bytes);
        bytes = more;
        room *= 2;
    }
    if (!bytes)
        snprintf(why, cap, "%s: longer than %d MiB", name,
                 SOURCE_FILE_MAX >> 20);
    else if (ferror(f))
        snprintf(why, cap, "%s: cannot be read", name);
    else
        ret = read_wav(s, name, slice_of(bytes, n), why, cap);
    free(bytes);
    fclose(f);
    return ret;
}

/* ---------------------------------------------------------------- made */

static int make(struct source **out, enum kind kind, unsigned number)
{
    struct source *s = calloc(1, sizeof(*s));

    if (!s)
        return -1;
    s->kind = kind;
    s->hz = s->pipe_rate = number;
    *out = s;
    return 0;
}

static int make_tone(struct source **s, const char *text, char *why,
                     size_t cap)
{
    char *end = "";
    long hz = *text ? strtol(text, &end, 10) : TONE_HZ;

    if (*end || hz < 20 || hz > 3900) {
        snprintf(why, cap, "\"%s\": a tone has 20 to 3900 Hz", text);
        return -1;
    }
    return make(s, TONE, (unsigned)hz);
}

int source_new(struct source **s, const char *name, bool loop, char *why,
               size_t cap)
{
    unsigned rate;
    int err;

    snprintf(why, cap, "memory ran out");
    if (!name || strcmp(name, "null") == 0)
        return make(s, SILENCE, 0);
    if (strcmp(name, "tone") == 0)
        return make_tone(s, "", why, cap);
    if (strncmp(name, "tone:", 5) == 0)
        return make_tone(s, name + 5, why, cap);
    if (strncmp(name, "pipe:", 5) == 0) {
        if (rate_read(&rate, name + 5))
            return make(s, PIPE, rate);
        snprintf(why, cap,
                 "\"%s\": a pipe has 8000 to 192000 samples a second", name);
        return -1;
    }
    err = read_file(s, name, why, cap);
    if (!err)
        (*s)->loop = loop;
    return err;
}

void source_free(struct source *s)
{
    if (!s)
        return;
    for (int i = 0; i < RATES; i++)
        free(s->pcm[i]);
    rate_free(s->convert);
    free(s);
}

/* ------------------------------------------------------- media thread */

/* The position stays at its time when the codec changes. */
static void fill_samples(struct source *s, int16_t *pcm, size_t n,
                         unsigned rate, unsigned before)
{
    size_t i = 0, k = rate == codec_rate[0] ? 0 : 1;

    if (rate != codec_rate[k]) {
        atomic_store(&s->strange, true);
        return;
    }
    if (before && before != rate)
        s->pos = (size_t)((uint64_t)s->pos * rate / before);
    while (i < n && s->n[k]) {
        if (s->pos >= s->n[k] && !s->loop)
            return;
        s->pos = s->pos >= s->n[k] ? 0 : s->pos;
        pcm[i++] = s->pcm[k][s->pos++];
    }
}

static void fill_tone(struct source *s, int16_t *pcm, size_t n, unsigned rate,
                      unsigned before)
{
    const unsigned hz[2] = {s->hz, 0};

    if (rate != before && media_tone_init(&s->tone, rate, hz, TONE_LOUD))
        return;
    media_tone_fill(&s->tone, pcm, n);
}

static void fill_ring(struct source *s, int16_t *pcm, size_t n)
{
    size_t got = atomic_load_explicit(&s->got, memory_order_relaxed);
    size_t put = atomic_load_explicit(&s->put, memory_order_acquire);

    for (size_t i = 0; i < n && got != put; i++, got++)
        pcm[i] = s->ring[got % RING];
    atomic_store_explicit(&s->got, got, memory_order_release);
}

void source_fill(struct source *s, int16_t *pcm, size_t n, unsigned rate)
{
    unsigned before = atomic_exchange(&s->rate, rate);

    memset(pcm, 0, n * sizeof(*pcm));
    if (s->kind == SAMPLES)
        fill_samples(s, pcm, n, rate, before);
    else if (s->kind == TONE)
        fill_tone(s, pcm, n, rate, before);
    else if (s->kind == PIPE)
        fill_ring(s, pcm, n);
}

/* -------------------------------------------------------- main thread */

static size_t room(struct source *s)
{
    size_t put = atomic_load_explicit(&s->put, memory_order_relaxed);

    return RING - (put - atomic_load_explicit(&s->got, memory_order_acquire));
}

/* What one read brings at most must find room as samples of the codec. */
static size_t may_read(struct source *s)
{
    size_t n = READ_MAX / 2;

    while (n && rate_bound(s->convert, n) > room(s))
        n /= 2;
    return n * 2;
}

static void take_bytes(struct source *s, const char *bytes, size_t n)
{
    int16_t in[READ_MAX / 2 + 1], out[RING];
    char all[READ_MAX + 1] = "";
    size_t had = s->has_odd, put, made;

    all[0] = s->odd;
    memcpy(all + had, bytes, n);
    n += had;
    for (size_t i = 0; i < n / 2; i++)
        in[i] = (int16_t)((uint8_t)all[2 * i] | (uint8_t)all[2 * i + 1] << 8);
    s->has_odd = n % 2;
    s->odd = n ? all[n - 1] : 0;
    made = rate_run(s->convert, in, n / 2, out);
    put = atomic_load_explicit(&s->put, memory_order_relaxed);
    for (size_t i = 0; i < made; i++, put++)
        s->ring[put % RING] = out[i];
    atomic_store_explicit(&s->put, put, memory_order_release);
}

static int read_pipe(struct source *s, char *why, size_t cap)
{
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    char bytes[READ_MAX];
    size_t want;
    ssize_t n;

    while (!s->over && (want = may_read(s)) > 0 && poll(&p, 1, 0) > 0) {
        n = read(STDIN_FILENO, bytes, want);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            snprintf(why, cap, "stdin: %s", strerror(errno));
            s->over = true;
            return -1;
        }
        s->over = n == 0;
        take_bytes(s, bytes, (size_t)n);
    }
    return 0;
}

int source_tick(struct source *s, char *why, size_t cap)
{
    unsigned rate = atomic_load(&s->rate);

    if (atomic_load(&s->strange)) {
        snprintf(why, cap, "nothing can be played at %u samples a second",
                 rate);
        return -1;
    }
    if (s->kind != PIPE || rate == 0)
        return 0;
    if (rate != s->convert_to) {
        rate_free(s->convert);
        s->convert = NULL;
        s->convert_to = rate;
        if (rate_new(&s->convert, s->pipe_rate, rate)) {
            s->convert_to = 0;
            snprintf(why, cap, "stdin: memory ran out");
            return -1;
        }
    }
    return read_pipe(s, why, cap);
}
