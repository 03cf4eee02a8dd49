/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: loss, jitter, round trip and MOS. */
#include "media/quality.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_loss(void **state)
{
    struct media_recv r = {0};
    struct media_rtcp_block b = {0};

    (void)state;
    assert_int_equal(media_recv_loss_permille(&r), 0);
    for (uint32_t i = 0; i < 1000; i++) /* wraps; each fourth is lost */
        if (i % 4 != 1)
            media_recv_packet(&r, (uint16_t)(65000 + i), i * 160, i * 160);
    media_recv_report(&r, &b);
    assert_int_equal(media_recv_expected(&r), 1000);
    assert_int_equal(b.lost, 250);
    assert_int_equal(b.fraction, 64);
    assert_int_equal(b.seq_high, 65000 + 999);
    assert_int_equal(b.jitter, 0);
    assert_int_equal(media_recv_loss_permille(&r), 250);
    for (uint32_t i = 1000; i < 1100; i++)
        media_recv_packet(&r, (uint16_t)(65000 + i), i * 160, i * 160);
    media_recv_report(&r, &b);
    assert_int_equal(b.fraction, 0); /* of this interval */
    assert_int_equal(b.lost, 250);
}

static void test_twice(void **state)
{
    struct media_recv r = {0};
    struct media_rtcp_block b = {0};

    (void)state;
    for (uint32_t i = 0; i < 10; i++) {
        media_recv_packet(&r, (uint16_t)i, i * 160, i * 160);
        media_recv_packet(&r, (uint16_t)i, i * 160, i * 160);
    }
    media_recv_report(&r, &b);
    assert_int_equal(b.lost, -10);
    assert_int_equal(b.fraction, 0);
    assert_int_equal(media_recv_loss_permille(&r), 0);
}

/* RFC 3550 A.8: alternating ± 80 units settles at 80. */
static void test_jitter(void **state)
{
    struct media_recv r = {0};

    (void)state;
    for (uint32_t i = 0; i < 500; i++)
        media_recv_packet(&r, (uint16_t)i, i * 160, i * 160 + i % 2 * 80);
    assert_in_range(media_recv_jitter(&r), 78, 81);
    media_recv_packet(&r, 500, 0x40000000, 500 * 160); /* a step is none */
    assert_in_range(media_recv_jitter(&r), 78, 81);
}

static void test_rtt(void **state)
{
    struct media_rtcp_block b = {.lsr = 0xb7057100, .dlsr = 0x00054000};

    (void)state;
    /* RFC 3550 figure 2 has 6.125 s; its own fields, exactly. */
    b.lsr = 0xb7052000;
    assert_int_equal(media_quality_rtt_ms(&b, 0xb7108000), 6125);
    assert_int_equal(media_quality_rtt_ms(&b, 0xb7052000), 0);
    b.lsr = 0;
    assert_int_equal(media_quality_rtt_ms(&b, 0xb7108000), 0);
}

/* G.107: the defaults give R 93.2 and MOS 4.41. */
static void test_mos(void **state)
{
    const struct media_impairment g711 = {0, 25}, bad = {95, 1};
    unsigned last = 451;

    (void)state;
    assert_int_equal(media_quality_mos(&g711, 0, 0), 441);
    assert_in_range(media_quality_mos(&g711, 0, 150), 425, 440);
    assert_in_range(media_quality_mos(&g711, 50, 50), 350, 400);
    for (unsigned loss = 0; loss <= 1000; loss += 10) {
        unsigned mos = media_quality_mos(&g711, loss, 100);

        assert_true(mos <= last && mos >= 100);
        last = mos;
    }
    assert_int_equal(media_quality_mos(&bad, 1000, 100000), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loss),   cmocka_unit_test(test_twice),
        cmocka_unit_test(test_jitter), cmocka_unit_test(test_rtt),
        cmocka_unit_test(test_mos),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
