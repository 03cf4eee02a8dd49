/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: tones, and WAV files that are right, cut and lying. */
#include "media/tone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "media/wav.h"
#include "sip/base/err.h"

enum { RATE = 8000 };

/* Zero crossings upwards in a second are the frequency. */
static void test_tone(void **state)
{
    static int16_t pcm[RATE * 10];
    struct media_tone t;
    int up = 0, peak = 0;

    (void)state;
    assert_int_equal(
        media_tone_init(&t, RATE, (const unsigned[]){440, 0}, 10000), 0);
    media_tone_fill(&t, pcm, RATE * 10);
    for (int i = 1; i < RATE * 10; i++) {
        up += pcm[i - 1] < 0 && pcm[i] >= 0;
        peak = abs(pcm[i]) > peak ? abs(pcm[i]) : peak;
    }
    assert_in_range(up, 4399, 4401);
    assert_in_range(peak, 9950, 10001); /* it does not grow or fade */
}

static void test_limits(void **state)
{
    struct media_tone t;
    int16_t pcm[100];

    (void)state;
    assert_int_equal(media_tone_init(&t, RATE, (const unsigned[]){4000, 0}, 1),
                     E_INVAL);
    assert_int_equal(
        media_tone_init(&t, RATE, (const unsigned[]){400, 500}, 16384),
        E_INVAL);
    assert_int_equal(
        media_tone_init(&t, RATE, (const unsigned[]){697, 1209}, 16383), 0);
    media_tone_fill(&t, pcm, 100);
    assert_int_equal(pcm[0], 0);
}

static size_t wav(char *buf, size_t cap, unsigned channels, uint32_t bytes)
{
    struct out o = out_of(buf, cap);

    assert_int_equal(media_wav_header(&o, RATE, channels, bytes), 0);
    assert_int_equal(o.n, MEDIA_WAV_HEADER);
    for (uint32_t i = 0; i < bytes; i++)
        out_char(&o, (char)(i & 1 ? 1 : i / 2));
    return o.n;
}

static void test_wav(void **state)
{
    char buf[256];
    struct media_wav w;
    size_t n = wav(buf, sizeof(buf), 1, 8);

    (void)state;
    assert_int_equal(media_wav_parse(&w, slice_of(buf, n)), 0);
    assert_int_equal(w.rate, RATE);
    assert_int_equal(media_wav_frames(&w), 4);
    assert_int_equal(media_wav_sample(&w, 3), 0x103);
    assert_int_equal(media_wav_sample(&w, 4), 0);
    n = wav(buf, sizeof(buf), 2, 8);
    assert_int_equal(media_wav_parse(&w, slice_of(buf, n)), 0);
    assert_int_equal(media_wav_frames(&w), 2);
    assert_int_equal(media_wav_sample(&w, 1), (0x102 + 0x103) / 2);
}

static void test_lies(void **state)
{
    char buf[256];
    struct media_wav w;
    size_t n = wav(buf, sizeof(buf), 1, 8);

    (void)state;
    for (size_t i = 0; i < MEDIA_WAV_HEADER; i++)
        assert_int_equal(media_wav_parse(&w, slice_of(buf, i)), E_SYNTAX);
    assert_int_equal(media_wav_parse(&w, slice_of(buf, n - 3)), 0);
    assert_int_equal(media_wav_frames(&w), 2);
    buf[22] = 3;
    assert_int_equal(media_wav_parse(&w, slice_of(buf, n)), E_UNSUPPORTED);
    buf[22] = 1;
    buf[34] = 8;
    assert_int_equal(media_wav_parse(&w, slice_of(buf, n)), E_UNSUPPORTED);
    buf[34] = 16;
    buf[19] = 0x7f; /* fmt chunk far longer than the file */
    assert_int_equal(media_wav_parse(&w, slice_of(buf, n)), E_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tone),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_wav),
        cmocka_unit_test(test_lies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
