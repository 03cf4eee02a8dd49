/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: DTMF events out and in, with packets lost on the way. */
#include "media/dtmf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sip/base/err.h"

enum { CLOCK = 8000, FRAME = 160 };

/* Plays what is queued to a receiver; drop(i) loses the i-th packet. */
static unsigned play(struct media_dtmf_out *o, char *heard, unsigned *ms,
                     bool (*drop)(unsigned i))
{
    struct media_dtmf_in in = {.clock = CLOCK};
    struct media_dtmf_packet p;
    struct media_dtmf d;
    unsigned n = 0, sent = 0;

    for (unsigned i = 0; i < 2000; i++) {
        uint32_t ts = 0xfffff000u + i * FRAME;
        int64_t now = (int64_t)i * 20000;

        if (media_dtmf_next(o, ts, FRAME, &p) && !drop(sent++) &&
            media_dtmf_take(&in, slice_of(p.payload, 4), p.ts, now, &d)) {
            heard[n] = d.digit;
            ms[n++] = d.ms;
        }
        if (media_dtmf_idle(&in, now, &d)) {
            heard[n] = d.digit;
            ms[n++] = d.ms;
        }
    }
    heard[n] = '\0';
    return sent;
}

static bool none(unsigned i)
{
    (void)i;
    return false;
}

static bool third(unsigned i)
{
    return i % 3 == 2;
}

/* A digit of 100 ms is five packets and two more ends: 7. */
static bool ends(unsigned i)
{
    return i % 7 >= 4;
}

static void say(bool (*drop)(unsigned i), unsigned least)
{
    struct media_dtmf_out o = {.clock = CLOCK};
    const char *text = "0123456789*#ABCD11";
    char heard[64];
    unsigned ms[64];

    for (const char *p = text; *p; p++)
        assert_int_equal(media_dtmf_put(&o, *p, 100), 0);
    assert_int_equal(play(&o, heard, ms, drop), strlen(text) * 7);
    assert_string_equal(heard, text);
    for (size_t i = 0; i < strlen(text); i++)
        assert_true(ms[i] >= least && ms[i] <= 100);
    assert_false(media_dtmf_busy(&o));
}

static void test_all(void **state)
{
    (void)state;
    say(none, 100);
    say(third, 100);
    say(ends, 80); /* no end at all: over with the next, or when idle */
}

static void test_put(void **state)
{
    struct media_dtmf_out o = {.clock = CLOCK};

    (void)state;
    assert_int_equal(media_dtmf_put(&o, 'x', 100), E_INVAL);
    assert_int_equal(media_dtmf_put(&o, '\0', 100), E_INVAL);
    assert_int_equal(media_dtmf_put(&o, 'd', 1), 0);
    assert_int_equal(o.queue[0].digit, 'D');
    assert_int_equal(o.queue[0].ms, MEDIA_DTMF_MS_MIN);
    for (int i = 1; i < MEDIA_DTMF_QUEUE_MAX; i++)
        assert_int_equal(media_dtmf_put(&o, '1', 1u << 30), 0);
    assert_int_equal(o.queue[1].ms, MEDIA_DTMF_MS_MAX);
    assert_int_equal(media_dtmf_put(&o, '1', 100), E_FULL);
}

/* Three ends, one marker, one timestamp, duration never above its cap. */
static void test_packets(void **state)
{
    struct media_dtmf_out o = {.clock = 48000};
    struct media_dtmf_packet p;
    unsigned end = 0, marker = 0, last = 0;

    (void)state;
    assert_int_equal(media_dtmf_put(&o, '5', 1000), 0);
    for (uint32_t ts = 7; media_dtmf_next(&o, ts, 960, &p); ts += 960) {
        assert_int_equal(p.ts, 7);
        assert_int_equal(p.payload[0], 5);
        last = (unsigned)p.payload[2] << 8 | p.payload[3];
        end += p.payload[1] >> 7;
        marker += p.marker;
    }
    assert_int_equal(last, 48000);
    assert_int_equal(end, 3);
    assert_int_equal(marker, 1);
}

/* RFC 4733 2.5.1.3 and 2.5.2.3: six seconds at 48 kHz are five segments, one
 * digit; without the first end packets too. */
static void test_segments(void **state)
{
    struct media_dtmf_out o = {.clock = 48000};
    struct media_dtmf_in in = {.clock = 48000};
    struct media_dtmf_packet p;
    struct media_dtmf d;
    unsigned segments = 0, told = 0, end = 0;
    uint32_t last = 0;

    (void)state;
    assert_int_equal(media_dtmf_put(&o, '5', 99999), 0);
    for (uint32_t ts = 0xfffffff0; media_dtmf_next(&o, ts, 960, &p);
         ts += 960) {
        if (segments == 0 || p.ts != last) {
            assert_int_equal(p.ts, 0xfffffff0 + 0xffffu * segments);
            assert_int_equal(p.marker, segments == 0);
            segments++;
        }
        last = p.ts;
        end += p.payload[1] >> 7;
        assert_true(end == 0 || segments == 5);
        if (media_dtmf_take(&in, slice_of(p.payload, 4), p.ts, 0, &d)) {
            assert_int_equal(d.ms, MEDIA_DTMF_MS_MAX);
            told++;
        }
    }
    assert_int_equal(segments, 5);
    assert_int_equal(end, 3);
    assert_int_equal(told, 1);
}

/* A gap, or another digit: a second one, and not the same going on. */
static void test_no_segment(void **state)
{
    struct media_dtmf_in in = {.clock = 48000};
    struct media_dtmf d;
    const uint8_t full[] = {5, 10, 0xff, 0xff}, end[] = {5, 0x8a, 0x12, 0xc0};

    (void)state;
    assert_false(media_dtmf_take(&in, slice_of(full, 4), 1, 0, &d));
    assert_true(media_dtmf_take(&in, slice_of(end, 4), 0x10001, 0, &d));
    assert_int_equal(d.ms, 0xffff / 48);
    assert_true(media_dtmf_take(&in, slice_of(end, 4), 0x10001, 0, &d));
    assert_int_equal(d.ms, 100);
}

/* After a change of codec the timestamps may begin anywhere. */
static void test_late(void **state)
{
    struct media_dtmf_in in = {.clock = CLOCK};
    struct media_dtmf d;
    const uint8_t end[] = {5, 0x8a, 3, 0x20};
    int64_t later = (int64_t)MEDIA_DTMF_LATE_MS * 1000;

    (void)state;
    assert_true(media_dtmf_take(&in, slice_of(end, 4), 0x50000000, 0, &d));
    assert_false(
        media_dtmf_take(&in, slice_of(end, 4), 0x4ffff000, later - 1, &d));
    assert_true(media_dtmf_take(&in, slice_of(end, 4), 0x20000, later, &d));
    assert_int_equal(d.ms, 100);
}

static void test_bad(void **state)
{
    struct media_dtmf_in in = {.clock = CLOCK};
    struct media_dtmf d;
    const uint8_t flash[] = {16, 0x8a, 0, 80}, five[] = {5, 0x8a, 0xff, 0xff};

    (void)state;
    for (size_t n = 0; n < 4; n++)
        assert_false(media_dtmf_take(&in, slice_of(five, n), 1, 0, &d));
    assert_false(media_dtmf_take(&in, slice_of(flash, 4), 1, 0, &d));
    assert_true(media_dtmf_take(&in, slice_of(five, 4), 100, 0, &d));
    assert_int_equal(d.ms, 8191);
    assert_false(media_dtmf_take(&in, slice_of(five, 4), 100, 0, &d));
    assert_false(media_dtmf_take(&in, slice_of(five, 4), 99, 0, &d));
    assert_true(media_dtmf_take(&in, slice_of(five, 4), 101, 0, &d));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),        cmocka_unit_test(test_put),
        cmocka_unit_test(test_packets),    cmocka_unit_test(test_segments),
        cmocka_unit_test(test_no_segment), cmocka_unit_test(test_late),
        cmocka_unit_test(test_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
