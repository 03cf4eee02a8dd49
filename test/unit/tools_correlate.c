/* SPDX-License-Identifier: Apache-2.0 */
/* Speech made in code, and the judge that knows it again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "media/codec.h"
#include "test/unit/media_kit.h"
#include "tools/correlate.h"
#include "tools/rate.h"
#include "tools/speech.h"

enum { RATE = 48000, N = 4 * RATE };

static int16_t alice[N], bob[N], other[N + 2 * RATE];

static struct correlate judge(const int16_t *a, size_t na, const int16_t *b,
                              size_t nb)
{
    const struct correlate_pcm played = {a, na, RATE}, heard = {b, nb, RATE};
    struct correlate c;

    assert_int_equal(correlate(&c, &played, &heard), 0);
    return c;
}

static int make(void **state)
{
    (void)state;
    speech_make(alice, N, RATE, SPEECH_ALICE);
    speech_make(bob, N, RATE, SPEECH_BOB);
    return 0;
}

static uint32_t seed = 1;

static int noise(int peak)
{
    seed = seed * 1664525u + 1013904223u;
    return (int)(seed >> 16) % (2 * peak + 1) - peak;
}

/* Loud enough, pauses in it, never clipped, the same each time. */
static void is_like_speech(void **state)
{
    static int16_t again[N];

    (void)state;
    speech_make(again, N, RATE, SPEECH_ALICE);
    assert_memory_equal(alice, again, sizeof(alice));
    for (int v = 0; v < 2; v++) {
        const int16_t *p = v ? bob : alice;
        unsigned loud = 0, quiet = 0, clipped = 0;

        for (size_t i = 0; i < N; i += 960) {
            double sum = 0;

            for (size_t k = i; k < i + 960; k++) {
                sum += (double)p[k] * p[k];
                clipped += abs(p[k]) >= 30000;
            }
            loud += sum > 960 * 1000.0 * 1000;
            quiet += sum < 960 * 50.0 * 50;
        }
        assert_in_range(loud, 60, 180);
        assert_in_range(quiet, 8, 100);
        assert_in_range(clipped, 0, 20);
    }
}

static void knows_itself(void **state)
{
    struct correlate c = judge(alice, N, alice, N);

    (void)state;
    assert_true(c.mean > 0.999);
    assert_int_equal(c.delay_ms, 0);
    assert_in_range(c.segments, 12, 20);
}

/* Late, quieter, with noise 20 dB below; with its start missing. */
static void knows_it_delayed_and_noisy(void **state)
{
    struct correlate c;

    (void)state;
    for (size_t i = 0; i < N + 2 * RATE; i++)
        other[i] = (int16_t)(noise(300) + (i >= 90000 && i - 90000 < N
                                               ? alice[i - 90000] / 2
                                               : 0));
    c = judge(alice, N, other, N + 2 * RATE);
    assert_true(c.mean > 0.9);
    assert_in_range(c.delay_ms, 1874, 1876);
    c = judge(alice, N, alice + 9600, N - 9600);
    assert_true(c.mean > 0.9);
    assert_in_range(c.delay_ms + 200, 0, 1);
}

/* The controls: another voice, noise, silence, nothing. */
static void does_not_know_others(void **state)
{
    struct correlate c = judge(alice, N, bob, N);

    (void)state;
    assert_true(c.mean < 0.3);
    c = judge(bob, N, alice, N);
    assert_true(c.mean < 0.3);
    for (size_t i = 0; i < N; i++)
        other[i] = (int16_t)noise(8000);
    c = judge(alice, N, other, N);
    assert_true(c.mean < 0.3);
    memset(other, 0, sizeof(other));
    c = judge(alice, N, other, N);
    assert_true(c.mean < 0.01);
    c = judge(alice, N, other, 0);
    assert_true(c.mean < 0.01);
    c = judge(other, N, alice, N);
    assert_int_equal(c.segments, 0);
    assert_true(c.mean < 0.01);
    /* Half of it is not it. */
    memcpy(other, alice, N / 2 * sizeof(*other));
    c = judge(alice, N, other, N);
    assert_true(c.mean < 0.7);
}

/* A clock off by 100 ppm, and a gap of 60 ms that was filled. */
static void lives_with_drift_and_gaps(void **state)
{
    const struct correlate_pcm played = {alice, N, RATE};
    struct correlate_pcm heard = {other, 0, RATE};
    struct correlate c;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        size_t from = i + i / 10000;

        other[i] = from < N ? alice[from] : 0;
    }
    memmove(other + 102400, other + 100000,
            (N - 102400) * sizeof(*other)); /* the buffer grew by 50 ms */
    heard.n = N;
    assert_int_equal(correlate(&c, &played, &heard), 0);
    assert_true(c.mean > 0.9);
}

/* What the codecs make of it is still it. */
static void knows_it_through_codecs(void **state)
{
    static const struct media_codec_ops *const codecs[] = {
        &media_codec_opus, &media_codec_pcma, &media_codec_pcmu};

    (void)state;
    for (size_t k = 0; k < 3; k++) {
        const struct media_codec_ops *ops = codecs[k];
        const unsigned to[2] = {RATE, ops->rate};
        struct correlate_pcm played = {alice, N, RATE}, heard;
        struct media_codec *codec;
        struct correlate c;
        size_t frame = ops->rate / 50, n, at;
        char payload[MEDIA_CODEC_PAYLOAD_MAX];
        int16_t *in;

        assert_int_equal(rate_all(&in, &n, alice, N, to), 0);
        assert_int_equal(ops->open(&codec, &kit_media), 0);
        for (at = 0; at + frame <= n; at += frame) {
            struct out o = out_of(payload, sizeof(payload));

            assert_int_equal(ops->encode(codec, in + at, frame, &o), 0);
            assert_int_equal(
                ops->decode(codec, out_slice(&o), other + at, frame), frame);
        }
        ops->close(codec);
        free(in);
        heard = (struct correlate_pcm){other, at, ops->rate};
        assert_int_equal(correlate(&c, &played, &heard), 0);
        print_message("%s: %.3f\n", ops->name, c.mean);
        assert_true(c.mean > 0.9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_like_speech),
        cmocka_unit_test(knows_itself),
        cmocka_unit_test(knows_it_delayed_and_noisy),
        cmocka_unit_test(does_not_know_others),
        cmocka_unit_test(lives_with_drift_and_gaps),
        cmocka_unit_test(knows_it_through_codecs),
    };

    return cmocka_run_group_tests_name("tools_correlate", tests, make, NULL);
}
