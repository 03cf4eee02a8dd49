/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: a sine through every pair of rates, and in pieces of any size. */
#include "media/resample.h"

#include "media/tone.h"
#include "test/oom.h"
#include "test/unit/media_kit.h"

enum { RATES = 6, MS = 1000, N_MAX = 48000, HZ = 1000 };

static const unsigned rates[RATES] = {8000, 16000, 24000, 32000, 44100, 48000};
static int16_t in[N_MAX], out[N_MAX + 8], again[N_MAX + 8];

static void tone(unsigned rate)
{
    struct media_tone t;
    const unsigned hz[2] = {HZ, 0};

    assert_int_equal(media_tone_init(&t, rate, hz, 16000), 0);
    media_tone_fill(&t, in, rate);
}

static struct media_resample *make(unsigned from, unsigned to)
{
    struct media_resample *r = NULL;

    assert_int_equal(media_resample_new(&r, &kit_media, from, to), 0);
    return r;
}

/* All of n samples, in pieces as seed has it. */
static size_t run(struct media_resample *r, size_t n, int16_t *to,
                  uint32_t seed)
{
    size_t took = 0, gave = 0;

    while (took < n) {
        seed = seed * 1664525u + 1013904223u;
        size_t part = seed >> 24 ? seed >> 24 : 1;
        size_t room = (seed >> 16 & 0xff) + 1;

        part = part < n - took ? part : n - took;
        gave += media_resample_run(r, in + took, &part, to + gave, room);
        took += part;
    }
    size_t none = 0; /* what no piece had room for */

    return gave + media_resample_run(r, in, &none, to + gave, 8);
}

/* Removes the best sine of HZ; what is left is noise. 10 log10 as a ratio. */
static double snr(const int16_t *pcm, size_t n, unsigned rate)
{
    struct media_tone t;
    const unsigned hz[2] = {HZ, 0};
    static int16_t ref[N_MAX + 64];
    double best = 0;
    size_t quarter = rate / HZ / 4; /* cosine: a quarter period on */
    double ss = 0, cc = 0, sc = 0, xs = 0, xc = 0, xx = 0;

    if (rate == 44100)
        quarter = 7; /* any other phase will do */
    assert_int_equal(media_tone_init(&t, rate, hz, 30000), 0);
    media_tone_fill(&t, ref, n + quarter);
    for (size_t i = 0; i < n; i++) {
        double s = ref[i], c = ref[i + quarter], x = pcm[i];

        ss += s * s;
        cc += c * c;
        sc += s * c;
        xs += x * s;
        xc += x * c;
        xx += x * x;
    }
    double det = ss * cc - sc * sc;
    double a = (xs * cc - xc * sc) / det, b = (xc * ss - xs * sc) / det;
    double power = a * xs + b * xc, noise = xx - power;

    best = noise > 0 ? power / noise : 1e12;
    return best;
}

/* Noise is 70 dB below at least, all rates; Opus has more. */
static void test_sine(void **state)
{
    double worst = 1e12;

    (void)state;
    for (int i = 0; i < RATES; i++)
        for (int k = 0; k < RATES; k++) {
            struct media_resample *r = make(rates[i], rates[k]);

            tone(rates[i]);
            size_t n = run(r, rates[i], out, 5);
            double q = snr(out + n / 10, n / 10 * 8, rates[k]);

            assert_int_equal(n, rates[k]);
            assert_true(q > 1e7);
            worst = q < worst ? q : worst;
            media_resample_free(r);
        }
    print_message("worst signal to noise: %.0f to 1\n", worst);
}

/* What is above the new half is not to be heard below it. */
static void test_alias(void **state)
{
    struct media_tone t;
    const unsigned hz[2] = {7000, 0};
    struct media_resample *r = make(48000, 8000);
    double sum = 0;

    (void)state;
    assert_int_equal(media_tone_init(&t, 48000, hz, 16000), 0);
    media_tone_fill(&t, in, 48000);
    size_t n = run(r, 48000, out, 9);

    for (size_t i = n / 10; i < n; i++)
        sum += (double)out[i] * out[i];
    assert_true(sum / (double)n < 16 * 16); /* of 11300 squared: 57 dB */
    media_resample_free(r);
}

static void test_pieces(void **state)
{
    (void)state;
    for (int i = 0; i < RATES; i++)
        for (int k = 0; k < RATES; k++) {
            struct media_resample *a = make(rates[i], rates[k]);
            struct media_resample *b = make(rates[i], rates[k]);

            kit_speech(in, rates[i], rates[i]);
            size_t n = run(a, rates[i], out, 1);

            assert_int_equal(run(b, rates[i], again, 77), n);
            assert_memory_equal(out, again, n * sizeof(*out));
            if (i == k)
                assert_memory_equal(in, out, n * sizeof(*out));
            media_resample_free(a);
            media_resample_free(b);
        }
}

/* Each 20 ms gives 20 ms, from the first on. */
static void test_frames(void **state)
{
    (void)state;
    for (int i = 0; i < RATES; i++)
        for (int k = 0; k < RATES; k++) {
            struct media_resample *r = make(rates[i], rates[k]);

            for (int f = 0; f < 50; f++) {
                size_t n = rates[i] / 50;

                assert_int_equal(media_resample_run(r, in, &n, out, N_MAX),
                                 rates[k] / 50);
                assert_int_equal(n, rates[i] / 50);
            }
            media_resample_free(r);
        }
}

static int life(const struct env *env, void *arg)
{
    struct media_resample *r = NULL;
    int err = media_resample_new(&r, env, 8000, 48000);

    (void)arg;
    if (!err)
        media_resample_free(r);
    return err;
}

static void test_refused(void **state)
{
    struct media_resample *r = NULL;

    (void)state;
    assert_int_equal(media_resample_new(&r, &kit_media, 0, 8000), E_INVAL);
    assert_int_equal(media_resample_new(&r, &kit_media, 8000, 11025), E_INVAL);
    assert_true(oom_loop(&kit_media, life, NULL) >= 1);
    media_resample_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sine),    cmocka_unit_test(test_alias),
        cmocka_unit_test(test_pieces),  cmocka_unit_test(test_frames),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
