/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: G.711 against its tables, and what follows from them. */
#include "media/g711.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* Tables 1a/1b and 2a/2b: character signal and the value at the decoder
 * output, here times 8 and times 4 (13 and 14 bits in 16). */
static void test_table(void **state)
{
    (void)state;
    assert_int_equal(media_g711_alaw_pcm(0xff ^ 0x55), 4032 * 8);
    assert_int_equal(media_g711_alaw_pcm(0xf0 ^ 0x55), 2112 * 8);
    assert_int_equal(media_g711_alaw_pcm(0xe0 ^ 0x55), 1056 * 8);
    assert_int_equal(media_g711_alaw_pcm(0xa0 ^ 0x55), 66 * 8);
    assert_int_equal(media_g711_alaw_pcm(0x80 ^ 0x55), 1 * 8);
    assert_int_equal(media_g711_alaw_pcm(0x00 ^ 0x55), -1 * 8);
    assert_int_equal(media_g711_alaw_pcm(0x7f ^ 0x55), -4032 * 8);
    assert_int_equal(media_g711_ulaw_pcm(0x80), 8031 * 4);
    assert_int_equal(media_g711_ulaw_pcm(0x8f), 4191 * 4);
    assert_int_equal(media_g711_ulaw_pcm(0xef), 33 * 4);
    assert_int_equal(media_g711_ulaw_pcm(0xfe), 2 * 4);
    assert_int_equal(media_g711_ulaw_pcm(0xff), 0);
    assert_int_equal(media_g711_ulaw_pcm(0x7f), 0);
    assert_int_equal(media_g711_ulaw_pcm(0x00), -8031 * 4);
    assert_int_equal(media_g711_ulaw_pcm(0x02), -7519 * 4);
}

static void test_silence(void **state)
{
    (void)state;
    assert_int_equal(media_g711_alaw(0), 0xd5);
    assert_int_equal(media_g711_ulaw(0), 0xff);
    assert_int_equal(media_g711_alaw(-1), 0x55);
    assert_int_equal(media_g711_ulaw(-1), 0x7f);
    assert_int_equal(media_g711_alaw(INT16_MIN), 0x2a);
    assert_int_equal(media_g711_ulaw(INT16_MIN), 0x00);
    assert_int_equal(media_g711_alaw(INT16_MAX), 0xaa);
    assert_int_equal(media_g711_ulaw(INT16_MAX), 0x80);
}

static void test_fixed_point(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        uint8_t o = (uint8_t)c;

        assert_int_equal(media_g711_alaw(media_g711_alaw_pcm(o)), o);
        if (o != 0x7f) /* minus zero comes back as zero */
            assert_int_equal(media_g711_ulaw(media_g711_ulaw_pcm(o)), o);
    }
}

/* Never further off than half of the chord's step, and monotone. */
static void test_error(void **state)
{
    int a0 = INT16_MIN, u0 = INT16_MIN;

    (void)state;
    for (int v = INT16_MIN; v <= INT16_MAX; v++) {
        int a = media_g711_alaw_pcm(media_g711_alaw((int16_t)v));
        int u = media_g711_ulaw_pcm(media_g711_ulaw((int16_t)v));
        int m = abs(v);

        assert_true(a >= a0 && u >= u0);
        assert_true(abs(a - v) <= 8 + m / 32);
        assert_true(m > 32635 || abs(u - v) <= 4 + (m + 132) / 32);
        a0 = a;
        u0 = u;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_fixed_point),
        cmocka_unit_test(test_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
