/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: the ring and the tap, in turn and between two threads. */
#include "media/tap.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "media/ring.h"
#include "media/tone.h"
#include "test/oom.h"
#include "test/unit/media_kit.h"

enum { TOTAL = 300000, FRAME = 960 };

/* Never zero, so that made-up silence is known. */
static int16_t nth(size_t i)
{
    return (int16_t)(i % 30000 + 1);
}

static void fill(int16_t *pcm, size_t n, size_t at)
{
    for (size_t i = 0; i < n; i++)
        pcm[i] = nth(at + i);
}

static void check(const int16_t *pcm, size_t n, size_t at)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(pcm[i], nth(at + i));
}

/* ------------------------------------------------------------- the ring */

static void test_ring(void **state)
{
    struct media_ring *r;
    int16_t pcm[100];
    size_t in = 0, out = 0;

    (void)state;
    assert_int_equal(media_ring_new(&r, &kit_media, 0), E_INVAL);
    assert_int_equal(media_ring_new(&r, &kit_media, MEDIA_RING_MAX + 1u),
                     E_INVAL);
    assert_int_equal(media_ring_new(&r, &kit_media, 70), 0);
    for (size_t n = 1; n <= 70; n++) { /* across the end, at every place */
        fill(pcm, n, in);
        assert_int_equal(media_ring_write(r, pcm, n), n);
        in += n;
        assert_int_equal(media_ring_read(r, pcm, n / 2), n / 2);
        check(pcm, n / 2, out);
        out += n / 2;
        assert_int_equal(media_ring_read(r, pcm, 100), n - n / 2);
        check(pcm, n - n / 2, out);
        out += n - n / 2;
    }
    assert_int_equal(media_ring_read(r, pcm, 100), 0);
    media_ring_free(r);
    media_ring_free(NULL);
}

/* Over: the newest find no room, the oldest make some. Then all goes on. */
static void test_over(void **state)
{
    struct media_ring *r;
    int16_t pcm[100];

    (void)state;
    assert_int_equal(media_ring_new(&r, &kit_media, 80), 0);
    fill(pcm, 100, 0);
    assert_int_equal(media_ring_write(r, pcm, 80), 80); /* full, not over */
    assert_int_equal(media_ring_read(r, pcm, 1), 1);
    check(pcm, 1, 0);
    fill(pcm, 100, 80);
    assert_int_equal(media_ring_write(r, pcm, 2), 1);
    assert_int_equal(media_ring_write(r, pcm, 2), 0);
    assert_int_equal(media_ring_read(r, pcm, 100), 40);
    check(pcm, 40, 41);
    assert_int_equal(media_ring_write(r, pcm, 20), 20);
    assert_int_equal(media_ring_read(r, pcm, 100), 20);
    fill(pcm, 100, 0);
    assert_int_equal(media_ring_write(r, pcm, 90), 80);
    media_ring_skip(r); /* what is to be left out is gone already */
    assert_int_equal(media_ring_write(r, pcm, 50), 50);
    assert_int_equal(media_ring_read(r, pcm, 100), 50);
    assert_int_equal(media_ring_write(r, pcm, 50), 50);
    media_ring_expire(r);
    assert_int_equal(media_ring_write(r, pcm + 7, 5), 5);
    assert_int_equal(media_ring_read(r, pcm, 100), 5);
    check(pcm, 5, 7);
    media_ring_free(r);
}

static void test_bits(void **state)
{
    struct media_ring *r;

    (void)state;
    assert_int_equal(media_ring_new(&r, &kit_media, 1), 0);
    assert_int_equal(media_ring_set(r, 1), 0);
    assert_int_equal(media_ring_set(r, 2), 1);
    assert_int_equal(media_ring_clear(r, 1), 3);
    assert_int_equal(media_ring_set(r, 0), 2);
    media_ring_free(r);
}

static atomic_bool fed;

static void *feed_ring(void *arg)
{
    struct media_ring *r = arg;
    int16_t pcm[97];
    size_t at = 0;

    while (at < TOTAL) {
        size_t n = 1 + at % 97;

        n = n < TOTAL - at ? n : TOTAL - at;
        fill(pcm, n, at);
        at += media_ring_write(r, pcm, n);
    }
    fed = true;
    return NULL;
}

/* Two threads; it runs over all the time, yet what comes is never out of
 * order nor torn: each piece is a run, and the last one is the last. */
static void test_ring_threads(void **state)
{
    struct media_ring *r;
    pthread_t thread;
    int16_t pcm[61];
    int16_t last = 0;
    bool over = false;

    (void)state;
    assert_int_equal(media_ring_new(&r, &kit_media, 500), 0);
    assert_int_equal(pthread_create(&thread, NULL, feed_ring, r), 0);
    while (!over) {
        bool all = fed; /* before the read, which is the last if it was so */
        size_t n = media_ring_read(r, pcm, 61);

        for (size_t i = 1; i < n; i++)
            assert_int_equal(pcm[i], pcm[i - 1] % 30000 + 1);
        if (n)
            last = pcm[n - 1];
        else
            sched_yield();
        over = all && n == 0;
    }
    assert_int_equal(last, nth(TOTAL - 1));
    assert_int_equal(pthread_join(thread, NULL), 0);
    media_ring_free(r);
}

/* -------------------------------------------------------------- the tap */

static struct media_tap *tap(const struct env *env, unsigned rate, unsigned ms)
{
    struct media_tap *t = NULL;

    assert_int_equal(media_tap_new(&t, env, rate, ms), 0);
    return t;
}

/* At equal rates bit by bit; what is not there is silence. */
static void test_turns(void **state)
{
    struct media_tap *t = tap(&kit_media, 48000, 100);
    struct media_audio a, b;
    int16_t pcm[FRAME], other[FRAME];

    (void)state;
    assert_int_equal(media_tap_audio(t, &a), 0);
    assert_int_equal(media_tap_audio(t, &b), E_STATE);
    fill(pcm, FRAME, 9000);
    assert_int_equal(media_tap_write(t, pcm, FRAME), FRAME); /* too early */
    a.capture(a.user, other, FRAME, 48000);
    for (size_t i = 0; i < FRAME; i++)
        assert_int_equal(other[i], 0);
    for (size_t at = 0; at < 50 * FRAME; at += FRAME) {
        fill(pcm, FRAME, at);
        assert_int_equal(media_tap_write(t, pcm, FRAME), FRAME);
        a.capture(a.user, other, FRAME, 48000);
        check(other, FRAME, at);
        a.render(a.user, pcm, FRAME, 48000);
        assert_int_equal(media_tap_read(t, other, 500), 500);
        check(other, 500, at);
        assert_int_equal(media_tap_read(t, other, FRAME), FRAME - 500);
        check(other, FRAME - 500, at + 500);
        assert_int_equal(other[FRAME - 500], 0);
        assert_int_equal(other[FRAME - 1], 0);
    }
    a.render(a.user, pcm, FRAME, 48000);
    a.released(a.user);
    assert_int_equal(media_tap_read(t, other, FRAME), 0); /* a call ago */
    assert_int_equal(media_tap_audio(t, &a), 0);
    media_tap_free(t); /* the media thread has it still */
    a.capture(a.user, other, FRAME, 48000);
    a.released(a.user);
}

/* The delay never is above the depth, whatever the app's clock does. */
static void test_delay(void **state)
{
    struct media_tap *t = tap(&kit_media, 8000, 60);
    struct media_audio a;
    int16_t pcm[200], other[160];
    size_t at = 0;

    (void)state;
    assert_int_equal(media_tap_audio(t, &a), 0);
    a.capture(a.user, other, 160, 8000);
    for (int i = 0; i < 149; i++) { /* a quarter too fast */
        fill(pcm, 200, at);
        (void)media_tap_write(t, pcm, 200);
        at += 200;
        a.capture(a.user, other, 160, 8000);
        size_t said = (at - 1) % 30000 + 1, heard = (size_t)other[0];

        assert_true(said >= heard && said - heard < 480 + 200);
    }
    media_tap_free(t);
    a.released(a.user);
}

/* 16 kHz on the app's side; the codec changes from 48 to 8 kHz and back. */
static void test_rates(void **state)
{
    struct media_tap *t = tap(&kit_media, 16000, 100);
    struct media_audio a;
    struct media_tone app, codec;
    const unsigned hz[2] = {500, 0}, rates[3] = {48000, 8000, 48000};
    int16_t pcm[FRAME], other[FRAME];

    (void)state;
    assert_int_equal(media_tap_audio(t, &a), 0);
    a.capture(a.user, other, FRAME, 48000);
    for (int i = 0; i < 3; i++) {
        unsigned rate = rates[i];
        double up = 0, down = 0;

        assert_int_equal(media_tone_init(&app, 16000, hz, 10000), 0);
        assert_int_equal(media_tone_init(&codec, rate, hz, 10000), 0);
        for (int f = 0; f < 20; f++) {
            media_tone_fill(&app, pcm, 320);
            assert_int_equal(media_tap_write(t, pcm, 320), 320);
            a.capture(a.user, other, rate / 50, rate);
            for (size_t k = 0; k < rate / 50; k++)
                up += (double)other[k] * other[k] / (rate / 50.0);
            media_tone_fill(&codec, pcm, rate / 50);
            a.render(a.user, pcm, rate / 50, rate);
            assert_int_equal(media_tap_read(t, other, 320), 320);
            for (size_t k = 0; k < 320; k++)
                down += (double)other[k] * other[k] / 320;
        }
        /* A sine's power is half its peak's, but for the filters' start. */
        assert_true(up / 20 > 4.7e7 && up / 20 < 5.1e7);
        assert_true(down / 20 > 4.7e7 && down / 20 < 5.1e7);
    }
    a.released(a.user);
    media_tap_free(t);
}

/* ------------------------------------------------------ tap and threads */

struct flow {
    struct media_tap *tap;
    struct media_audio audio;
    atomic_size_t said, heard; /* that arrived; relaxed, so they order nothing:
                                  what orders is the ring */
    atomic_bool ready;
};

static size_t seen(atomic_size_t *n)
{
    return atomic_load_explicit(n, memory_order_relaxed);
}

/* As the media thread: 20 ms each way, never more than fits. */
static void *be_media(void *arg)
{
    struct flow *f = arg;
    int16_t pcm[FRAME];
    size_t said = 0, rendered = 0;

    f->audio.capture(f->audio.user, pcm, FRAME, 48000);
    atomic_store_explicit(&f->ready, true, memory_order_relaxed);
    while (said < TOTAL || seen(&f->heard) < TOTAL) {
        size_t n = 0;

        f->audio.capture(f->audio.user, pcm, FRAME, 48000);
        while (n < FRAME && pcm[n])
            n++;
        check(pcm, n, said);
        said += n;
        atomic_store_explicit(&f->said, said, memory_order_relaxed);
        if (rendered < TOTAL + 2 * FRAME &&
            rendered - seen(&f->heard) <= FRAME) {
            fill(pcm, FRAME, rendered);
            f->audio.render(f->audio.user, pcm, FRAME, 48000);
            rendered += FRAME;
        }
        sched_yield();
    }
    f->audio.released(f->audio.user);
    return NULL;
}

/* Bit by bit through both threads; the app lets go while media still runs. */
static void test_threads(void **state)
{
    static struct flow f;
    pthread_t thread;
    int16_t pcm[480];
    size_t said = 0, heard = 0;

    (void)state;
    f.tap = tap(&kit_media, 48000, 100);
    assert_int_equal(media_tap_audio(f.tap, &f.audio), 0);
    assert_int_equal(pthread_create(&thread, NULL, be_media, &f), 0);
    while (!atomic_load_explicit(&f.ready, memory_order_relaxed))
        sched_yield();
    while (heard < TOTAL || said < TOTAL) {
        size_t n = media_tap_read(f.tap, pcm, 480);

        check(pcm, n, heard);
        heard += n;
        atomic_store_explicit(&f.heard, heard, memory_order_relaxed);
        if (said - seen(&f.said) <= 4000) {
            fill(pcm, 480, said);
            assert_int_equal(media_tap_write(f.tap, pcm, 480), 480);
            said += 480;
        }
        sched_yield();
    }
    media_tap_free(f.tap);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static atomic_int alive;

static void *count_alloc(void *user, size_t n)
{
    (void)user;
    alive++;
    return calloc(1, n);
}

static void count_free(void *user, void *p)
{
    (void)user;
    if (p)
        alive--;
    free(p);
}

static void *let_go(void *arg)
{
    struct media_audio *a = arg;

    a->released(a->user);
    return NULL;
}

/* Both halves let go at once: it is freed once, and nothing is left. */
static void test_end(void **state)
{
    const struct env env = {.alloc = count_alloc, .free = count_free};

    (void)state;
    for (int i = 0; i < 500; i++) {
        struct media_tap *t = tap(&env, 8000, 20);
        struct media_audio a;
        pthread_t thread;

        assert_int_equal(media_tap_audio(t, &a), 0);
        assert_int_equal(pthread_create(&thread, NULL, let_go, &a), 0);
        media_tap_free(t);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(alive, 0);
    }
    media_tap_free(tap(&env, 8000, 20)); /* never in use */
    assert_int_equal(alive, 0);
}

static int life(const struct env *env, void *arg)
{
    struct media_tap *t = NULL;
    struct media_audio a;
    int16_t pcm[160] = {1};
    int err = media_tap_new(&t, env, 48000, 20);

    (void)arg;
    if (err)
        return err;
    assert_int_equal(media_tap_audio(t, &a), 0);
    a.capture(a.user, pcm, 160, 8000); /* silence if there is no memory */
    assert_int_equal(pcm[0], 0);
    a.render(a.user, pcm, 160, 8000);
    a.released(a.user);
    media_tap_free(t);
    return 0;
}

static void test_refused(void **state)
{
    struct media_tap *t = NULL;

    (void)state;
    assert_int_equal(media_tap_new(&t, &kit_media, 11025, 100), E_INVAL);
    assert_int_equal(media_tap_new(&t, &kit_media, 8000, 19), E_INVAL);
    assert_int_equal(media_tap_new(&t, &kit_media, 8000, 1001), E_INVAL);
    assert_true(oom_loop(&kit_media, life, NULL) >= 5);
    media_tap_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ring),  cmocka_unit_test(test_over),
        cmocka_unit_test(test_bits),  cmocka_unit_test(test_ring_threads),
        cmocka_unit_test(test_turns), cmocka_unit_test(test_delay),
        cmocka_unit_test(test_rates), cmocka_unit_test(test_threads),
        cmocka_unit_test(test_end),   cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
