/* SPDX-License-Identifier: Apache-2.0 */
/* Sources and sinks: files, tones, pipes; what is wrong is said. */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "media/wav.h"
#include "tools/rate.h"
#include "tools/sound.h"

enum { N = 960, SECOND = 48000 };

static char dir[] = "/tmp/siplock-sound-XXXXXX";

static const char *path(const char *name)
{
    static char text[4][80];
    static unsigned i;

    i = (i + 1) % 4;
    snprintf(text[i], sizeof(text[i]), "%s/%s", dir, name);
    return text[i];
}

static size_t slurp(const char *name, char *bytes, size_t cap)
{
    FILE *f = fopen(name, "rb");
    size_t n;

    assert_non_null(f);
    n = fread(bytes, 1, cap, f);
    fclose(f);
    return n;
}

static void spill(const char *name, const char *bytes, size_t n)
{
    FILE *f = fopen(name, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* A WAV of n frames; the left channel counts up, the right one down. */
static void make_wav(const char *name, unsigned rate, unsigned channels,
                     size_t n)
{
    static char bytes[1 << 18];
    struct out o = out_of(bytes, sizeof(bytes));

    assert_int_equal(
        media_wav_header(&o, rate, channels, (uint32_t)(n * channels * 2)), 0);
    for (size_t i = 0; i < n; i++)
        for (unsigned c = 0; c < channels; c++) {
            int16_t v = (int16_t)(c ? 200 - (int)i : (int)i);

            out_char(&o, (char)(v & 0xff));
            out_char(&o, (char)((v >> 8) & 0xff));
        }
    assert_int_equal(o.err, 0);
    spill(name, bytes, o.n);
}

/* The square of the peak of the sine of hz in pcm. */
static double level(const int16_t *pcm, size_t n, unsigned rate, double hz)
{
    double re = 0, im = 0, w = 6.283185307179586 * hz / rate;

    for (size_t i = 0; i < n; i++) {
        re += pcm[i] * cos(w * (double)i);
        im += pcm[i] * sin(w * (double)i);
    }
    return 4 * (re * re + im * im) / ((double)n * (double)n);
}

/* Through every pair of rates a tone keeps its height and its loudness, and
 * what the new rate cannot carry is gone, not folded down. */
static void rates_keep_tones(void **state)
{
    static const unsigned rates[] = {8000, 11025, 16000, 44100, 48000};
    static int16_t in[SECOND];

    (void)state;
    for (size_t a = 0; a < 5; a++)
        for (size_t b = 0; b < 5; b++) {
            const unsigned pair[2] = {rates[a], rates[b]};
            struct source *tone;
            char why[200];
            int16_t *out;
            size_t n;

            assert_int_equal(
                source_new(&tone, "tone:1000", false, why, sizeof(why)), 0);
            source_fill(tone, in, rates[a], rates[a]);
            source_free(tone);
            assert_int_equal(rate_all(&out, &n, in, rates[a], pair), 0);
            assert_in_range(n, rates[b] - 1, rates[b]);
            double all = level(out + n / 8, n / 2, rates[b], 1000);

            assert_true(all > 7900.0 * 7900 && all < 8100.0 * 8100);
            free(out);
        }
    const unsigned down[2] = {48000, 8000};
    int16_t *out;
    size_t n;

    for (size_t i = 0; i < SECOND; i++) /* 6 kHz would fold to 2 kHz */
        in[i] = (int16_t)((int[]){8000, 5657, 0, -5657, -8000, -5657, 0,
                                  5657}[i % 8]);
    assert_int_equal(rate_all(&out, &n, in, SECOND, down), 0);
    assert_true(level(out + 100, 7000, 8000, 2000) < 50.0 * 50);
    free(out);
}

/* In pieces of any size the same comes out as at once. */
static void rates_in_pieces(void **state)
{
    static int16_t in[5000], out[60000], again[60000];
    struct rate *r;
    size_t n = 0, m, piece = 1;

    (void)state;
    for (size_t i = 0; i < 5000; i++)
        in[i] = (int16_t)(i * i % 7919);
    assert_int_equal(rate_new(&r, 11025, 48000), 0);
    m = rate_run(r, in, 5000, again);
    assert_true(m <= rate_bound(r, 5000));
    rate_free(r);
    assert_int_equal(rate_new(&r, 11025, 48000), 0);
    for (size_t i = 0; i < 5000; i += piece, piece = piece * 3 % 701) {
        piece = piece < 5000 - i ? piece : 5000 - i;
        n += rate_run(r, in + i, piece, out + n);
    }
    rate_free(r);
    assert_int_equal(n, m);
    assert_memory_equal(out, again, n * sizeof(*out));
    assert_int_equal(rate_new(&r, 7999, 48000), -1);
    assert_int_equal(rate_new(&r, 8000, 192001), -1);
}

static void plays_files(void **state)
{
    struct source *s;
    int16_t pcm[N];
    char why[200] = "";

    (void)state;
    make_wav(path("mono.wav"), 8000, 1, 200);
    assert_int_equal(source_new(&s, path("mono.wav"), false, why, sizeof(why)),
                     0);
    source_fill(s, pcm, 160, 8000);
    assert_int_equal(pcm[5], 5);
    source_fill(s, pcm, 160, 8000);
    assert_int_equal(pcm[39], 199);
    assert_int_equal(pcm[40], 0); /* once: silence behind the end */
    assert_int_equal(source_tick(s, why, sizeof(why)), 0);
    source_free(s);

    assert_int_equal(source_new(&s, path("mono.wav"), true, why, sizeof(why)),
                     0);
    source_fill(s, pcm, 160, 8000);
    source_fill(s, pcm, 160, 8000);
    assert_int_equal(pcm[40], 0);
    assert_int_equal(pcm[45], 5); /* from the start again */
    source_free(s);

    make_wav(path("stereo.wav"), 8000, 2, 200);
    assert_int_equal(
        source_new(&s, path("stereo.wav"), false, why, sizeof(why)), 0);
    source_fill(s, pcm, 160, 8000);
    assert_int_equal(pcm[7], 100); /* the mean of both channels */
    source_free(s);
}

/* Another codec in the middle: the place in time stays. */
static void plays_on_at_another_rate(void **state)
{
    struct source *s;
    int16_t pcm[N];
    char why[200] = "";

    (void)state;
    make_wav(path("mono.wav"), 8000, 1, 4000);
    assert_int_equal(source_new(&s, path("mono.wav"), false, why, sizeof(why)),
                     0);
    for (int i = 0; i < 10; i++)
        source_fill(s, pcm, 160, 8000);
    source_fill(s, pcm, N, 48000);
    assert_in_range(pcm[0], 1598, 1602);
    source_fill(s, pcm, 160, 8000);
    assert_in_range(pcm[0], 1758, 1762);
    source_fill(s, pcm, 160, 16000); /* no codec of ours */
    assert_int_equal(source_tick(s, why, sizeof(why)), -1);
    assert_non_null(strstr(why, "16000"));
    source_free(s);
}

static void refuses_what_is_no_source(void **state)
{
    static const struct {
        const char *name, *says;
    } bad[] = {
        {"/no/such/file.wav", "No such file"}, {"tone:x", "20 to 3900"},
        {"tone:9000", "20 to 3900"},           {"pipe:7000", "8000 to 192000"},
        {"pipe:", "8000 to 192000"},           {"/dev/zero", "longer than"},
    };
    struct source *s;
    char why[200];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(source_new(&s, bad[i].name, false, why, sizeof(why)),
                         -1);
        assert_non_null(strstr(why, bad[i].says));
    }
    spill(path("text.wav"), "RIFFling", 8);
    assert_int_equal(source_new(&s, path("text.wav"), false, why, sizeof(why)),
                     -1);
    assert_non_null(strstr(why, "not a WAV"));
    make_wav(path("empty.wav"), 8000, 1, 0);
    assert_int_equal(
        source_new(&s, path("empty.wav"), false, why, sizeof(why)), -1);
    assert_non_null(strstr(why, "no samples"));
    /* The controls. */
    assert_int_equal(source_new(&s, "tone:300", false, why, sizeof(why)), 0);
    source_free(s);
    assert_int_equal(source_new(&s, NULL, false, why, sizeof(why)), 0);
    source_free(s);
}

static void records_files(void **state)
{
    static char bytes[1 << 16];
    struct media_wav wav;
    struct sink *s;
    int16_t pcm[N];
    char why[200] = "";
    const char *name = path("out.wav");

    (void)state;
    for (int i = 0; i < N; i++)
        pcm[i] = (int16_t)(i - 480);
    assert_int_equal(sink_new(&s, name, why, sizeof(why)), 0);
    /* Whole from the first moment on, and after each tick. */
    assert_int_equal(
        media_wav_parse(&wav,
                        slice_of(bytes, slurp(name, bytes, sizeof(bytes)))),
        0);
    assert_int_equal(media_wav_frames(&wav), 0);
    sink_take(s, pcm, N, 48000);
    sink_take(s, pcm, N, 48000);
    assert_int_equal(sink_tick(s, why, sizeof(why)), 0);
    assert_int_equal(
        media_wav_parse(&wav,
                        slice_of(bytes, slurp(name, bytes, sizeof(bytes)))),
        0);
    assert_int_equal(wav.rate, 48000);
    assert_int_equal(media_wav_frames(&wav), 2 * N);
    assert_int_equal(media_wav_sample(&wav, 10), -470);
    /* Another codec: the file keeps its rate. */
    for (int i = 0; i < 6; i++)
        sink_take(s, pcm, 160, 8000);
    assert_int_equal(sink_finish(s, why, sizeof(why)), 0);
    sink_free(s);
    assert_int_equal(
        media_wav_parse(&wav,
                        slice_of(bytes, slurp(name, bytes, sizeof(bytes)))),
        0);
    assert_in_range(media_wav_frames(&wav), 2 * N + 5 * N, 2 * N + 6 * N);
}

/* A full disk and a slow one are said; afterwards too. */
static void recording_fails_loudly(void **state)
{
    struct sink *s;
    int16_t pcm[N] = {0};
    char why[200] = "";

    (void)state;
    assert_int_equal(sink_new(&s, "/dev/full", why, sizeof(why)), -1);
    assert_non_null(strstr(why, "No space"));
    assert_int_equal(sink_new(&s, "/no/such/f.wav", why, sizeof(why)), -1);
    assert_int_equal(sink_new(&s, "pipe:1", why, sizeof(why)), -1);
    assert_int_equal(sink_new(&s, path("slow.wav"), why, sizeof(why)), 0);
    for (int i = 0; i < 300; i++)
        sink_take(s, pcm, N, 48000);
    assert_int_equal(sink_tick(s, why, sizeof(why)), -1);
    assert_non_null(strstr(why, "too slow"));
    assert_int_equal(sink_tick(s, why, sizeof(why)), -1);
    sink_free(s);
}

/* stdin and stdout are pipes of the test for a while. */
static void pipes_both_ways(void **state)
{
    int in[2], out[2], saved[2] = {dup(0), dup(1)};
    struct sound s;
    struct siplock_audio a;
    int16_t pcm[N], back[N];
    int err = 0, heard = 0;

    (void)state;
    assert_int_equal(pipe(in) | pipe(out), 0);
    fflush(stdout);
    dup2(in[0], 0);
    dup2(out[1], 1);
    for (int i = 0; i < N; i++)
        pcm[i] = (int16_t)(i * 11);
    err |= sound_open(&s, "pipe:48000", false, "pipe:48000");
    a = sound_audio(&s, NULL);
    err |= write(in[1], pcm, sizeof(pcm)) != (ssize_t)sizeof(pcm);
    close(in[1]);
    for (int i = 0; i < 3; i++) { /* asked for before it came, and on */
        a.capture(a.user, back, N, 48000);
        heard += back[100] != 0;
        err |= sound_tick(&s);
    }
    a.render(a.user, pcm, N, 48000);
    err |= sound_close(&s);
    dup2(saved[0], 0);
    dup2(saved[1], 1);
    assert_int_equal(err, 0);
    assert_int_equal(heard, 1);
    assert_int_equal(read(out[0], back, sizeof(back)), sizeof(back));
    assert_memory_equal(pcm, back, sizeof(pcm));
    close(in[0]), close(out[0]), close(out[1]);
    close(saved[0]), close(saved[1]);
}

static void memory_both_ways(void **state)
{
    static int16_t said[8000];
    struct siplock_audio a;
    struct sound s;
    int16_t frame[160];
    const int16_t *got;
    unsigned rate;
    size_t n;

    (void)state;
    for (int i = 0; i < 8000; i++)
        said[i] = (int16_t)(i % 1000);
    assert_int_equal(sound_open(&s, NULL, false, "memory"), 0);
    source_free(s.source);
    assert_int_equal(source_of(&s.source, said, 8000, 8000), 0);
    a = sound_audio(&s, NULL);
    for (int i = 0; i < 50; i++) {
        a.capture(a.user, frame, 160, 8000);
        a.render(a.user, frame, 160, 8000);
        assert_int_equal(sound_tick(&s), 0);
    }
    got = sink_samples(s.sink, &n, &rate);
    assert_int_equal(n, 8000);
    assert_int_equal(rate, 8000);
    assert_memory_equal(got, said, 7900);
    assert_int_equal(sound_close(&s), 0);
    assert_int_equal(sound_close(&s), 0);
}

/* As in a call: one thread gives and takes frames, the other one ticks. */
static void *media_thread(void *arg)
{
    const struct siplock_audio *a = arg;
    const struct timespec pause = {0, 200000};
    int16_t frame[160];

    for (int i = 0; i < 500; i++) {
        a->capture(a->user, frame, 160, 8000);
        a->render(a->user, frame, 160, 8000);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static void two_threads(void **state)
{
    static int16_t said[80000];
    struct siplock_audio a;
    struct sound s;
    pthread_t thread;
    const int16_t *got;
    unsigned rate;
    size_t n = 0;

    (void)state;
    for (int i = 0; i < 80000; i++)
        said[i] = (int16_t)(i % 32003);
    assert_int_equal(sound_open(&s, NULL, false, "memory"), 0);
    source_free(s.source);
    assert_int_equal(source_of(&s.source, said, 80000, 8000), 0);
    a = sound_audio(&s, NULL);
    assert_int_equal(pthread_create(&thread, NULL, media_thread, &a), 0);
    while (n < 40000) {
        assert_int_equal(sound_tick(&s), 0);
        got = sink_samples(s.sink, &n, &rate);
    }
    pthread_join(thread, NULL);
    assert_int_equal(sound_tick(&s), 0);
    got = sink_samples(s.sink, &n, &rate);
    assert_int_equal(n, 80000);
    assert_memory_equal(got, said, 79900 * sizeof(*got));
    assert_int_equal(sound_close(&s), 0);
}

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    static const char *const names[] = {"mono.wav",  "stereo.wav", "text.wav",
                                        "empty.wav", "out.wav",    "slow.wav"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        (void)unlink(path(names[i]));
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_keep_tones),
        cmocka_unit_test(rates_in_pieces),
        cmocka_unit_test(plays_files),
        cmocka_unit_test(plays_on_at_another_rate),
        cmocka_unit_test(refuses_what_is_no_source),
        cmocka_unit_test(records_files),
        cmocka_unit_test(recording_fails_loudly),
        cmocka_unit_test(pipes_both_ways),
        cmocka_unit_test(memory_both_ways),
        cmocka_unit_test(two_threads),
    };

    return cmocka_run_group_tests_name("tools_sound", tests, make_dir,
                                       remove_dir);
}
