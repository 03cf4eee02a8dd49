/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: each codec there and back, with gaps, rubbish and no memory. */
#include "media/codec.h"

#include "test/oom.h"
#include "test/unit/media_kit.h"

static const struct media_codec_ops *const all[] = {
    &media_codec_opus, &media_codec_pcma, &media_codec_pcmu};

static int16_t said[48000 * 4], heard[48000 * 4];

/* Correlation of what comes out when each lose-th frame is lost. */
static double through(const struct media_codec_ops *ops, unsigned lose)
{
    char buf[2][MEDIA_CODEC_PAYLOAD_MAX];
    struct slice frame[2] = {{0}};
    struct media_codec *c;
    size_t n = ops->rate / 50, total = ops->rate * 4;

    kit_speech(said, total, ops->rate);
    memset(heard, 0, sizeof(heard));
    assert_int_equal(ops->open(&c, &kit_media), 0);
    for (unsigned i = 0; (i + 1) * n <= total; i++) {
        struct out o = out_of(buf[i & 1], sizeof(buf[0]));

        assert_int_equal(ops->encode(c, said + i * n, n, &o), 0);
        frame[i & 1] = out_slice(&o);
        if (i == 0)
            continue;
        int16_t *to = heard + (i - 1) * n; /* one frame later, for FEC */
        struct slice now = frame[(i - 1) & 1];
        int got = lose && i % lose == 0 ? ops->conceal(c, frame[i & 1], to, n)
                                        : ops->decode(c, now, to, n);

        assert_int_equal(got, n);
    }
    ops->close(c);
    return kit_correlation(said, heard, total, ops->rate / 50,
                           ops->rate / 8000);
}

static void test_through(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        double clean = through(all[i], 0), loss = through(all[i], 10);

        print_message("%s: %.3f, with 10 %% loss %.3f\n", all[i]->name, clean,
                      loss);
        assert_true(clean > 0.9);
        assert_true(loss > 0.85);
    }
}

/* A gap without end falls silent. */
static void test_fade(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct media_codec *c;
        char buf[MEDIA_CODEC_PAYLOAD_MAX];
        size_t n = all[i]->rate / 50;
        int peak = 0;

        kit_speech(said, n * 10, all[i]->rate);
        assert_int_equal(all[i]->open(&c, &kit_media), 0);
        for (size_t k = 0; k < 10; k++) {
            struct out o = out_of(buf, sizeof(buf));

            assert_int_equal(all[i]->encode(c, said + k * n, n, &o), 0);
            assert_int_equal(all[i]->decode(c, out_slice(&o), heard, n), n);
        }
        for (int k = 0; k < 100; k++)
            assert_int_equal(all[i]->conceal(c, S(""), heard, n), n);
        for (size_t k = 0; k < n; k++)
            peak = abs(heard[k]) > peak ? abs(heard[k]) : peak;
        assert_true(peak < 100);
        all[i]->close(c);
    }
}

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct media_codec *c;
        uint8_t junk[300];

        assert_int_equal(all[i]->open(&c, &kit_media), 0);
        assert_int_equal(all[i]->decode(c, S(""), heard, 960), E_SYNTAX);
        for (int k = 0; k < 2000; k++) {
            (void)kit_rand(NULL, junk, sizeof(junk));
            size_t n = 1 + junk[0];

            assert_true(all[i]->decode(c, slice_of(junk + 1, n), heard,
                                       MEDIA_CODEC_FRAME_MAX) <=
                        MEDIA_CODEC_FRAME_MAX);
            assert_int_equal(
                all[i]->conceal(c, slice_of(junk + 1, n), heard, 960), 960);
        }
        assert_int_equal(
            all[i]->decode(c, slice_of("\xf8zzzzzzzz", 9), heard, 1),
            E_TOOBIG);
        all[i]->close(c);
    }
}

static void test_find(void **state)
{
    (void)state;
    assert_ptr_equal(media_codec_find(S("OPUS"), 48000), &media_codec_opus);
    assert_ptr_equal(media_codec_find(S("pcma"), 8000), &media_codec_pcma);
    assert_null(media_codec_find(S("opus"), 8000));
    assert_null(media_codec_find(S("G729"), 8000));
}

static int life(const struct env *env, void *arg)
{
    const struct media_codec_ops *ops = arg;
    struct media_codec *c = NULL;
    int err = ops->open(&c, env);

    if (!err)
        ops->close(c);
    return err;
}

static void test_oom(void **state)
{
    union {
        const struct media_codec_ops *ops;
        void *arg;
    } u;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        u.ops = all[i];
        assert_true(oom_loop(&kit_media, life, u.arg) >= 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_through), cmocka_unit_test(test_fade),
        cmocka_unit_test(test_bad),     cmocka_unit_test(test_find),
        cmocka_unit_test(test_oom),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
