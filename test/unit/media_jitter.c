/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: the jitter buffer in virtual time, on networks good and bad. */
#include "media/jitter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sip/base/err.h"
#include "test/oom.h"

enum { CLOCK = 8000, FRAME = 160, FRAME_US = 20000 };

static void *grab(void *user, size_t n)
{
    (void)user;
    return calloc(1, n);
}

static void drop(void *user, void *p)
{
    (void)user;
    free(p);
}

static const struct env env = {.alloc = grab, .free = drop};

static struct media_jitter *fresh(void)
{
    struct media_jitter *j = NULL;

    assert_int_equal(media_jitter_new(&j, &env, CLOCK, FRAME_US), 0);
    return j;
}

static enum media_jitter_put put(struct media_jitter *j, uint16_t seq,
                                 uint32_t ts, int64_t now)
{
    struct media_rtp r = {
        .seq = seq, .ts = ts, .payload = slice_of(&seq, sizeof(seq))};

    return media_jitter_put(j, &r, now);
}

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

struct net {
    uint32_t jitter_us, loss_pct;
    uint32_t
        step_us; /* all packets after half of the run come so much later */
};

struct result {
    unsigned played, lost, wait;
    bool order;
    uint32_t target, depth;
};

enum { RUN = 3000 };

/* A sender of 20 ms frames from seq 65000 on, a reader each 20 ms. */
static struct result run(const struct net *net)
{
    static int64_t due[RUN];
    struct media_jitter *j = fresh();
    struct result r = {.order = true};
    struct media_jitter_frame f;
    int last = -1;

    seed = 7;
    for (int i = 0; i < RUN; i++) {
        bool lost = draw(100) < net->loss_pct;

        due[i] = (int64_t)i * FRAME_US + 30000 +
                 (net->jitter_us ? draw(net->jitter_us) : 0) +
                 (i > RUN / 2 ? net->step_us : 0);
        due[i] = lost ? -1 : due[i];
    }
    for (int64_t t = 0; t < (int64_t)(RUN + 50) * FRAME_US; t += 5000) {
        for (int i = 0; i < RUN; i++)
            if (due[i] >= t && due[i] < t + 5000)
                (void)put(j, (uint16_t)(65000 + i), (uint32_t)i * FRAME,
                          due[i]);
        if (t % FRAME_US)
            continue;
        enum media_jitter_get g = media_jitter_get(j, &f, t + 5000);
        int at = (uint16_t)(f.seq - 65000);

        r.played += g == MEDIA_GET_FRAME;
        r.lost += g == MEDIA_GET_LOST;
        r.wait += g == MEDIA_GET_WAIT;
        if (g != MEDIA_GET_WAIT) {
            r.order = r.order && at > last;
            last = at;
        }
        if (t == (int64_t)(RUN - 10) * FRAME_US) {
            r.target = media_jitter_target_us(j);
            r.depth = media_jitter_depth_us(j);
        }
    }
    media_jitter_free(j);
    return r;
}

static void test_clean(void **state)
{
    struct result r = run(&(struct net){0});

    (void)state;
    assert_true(r.order);
    assert_int_equal(r.played, RUN);
    assert_int_equal(r.lost, 0);
    assert_true(r.target <= 25000);
}

static void test_jitter(void **state)
{
    struct result r = run(&(struct net){.jitter_us = 60000});

    (void)state;
    assert_true(r.order);
    assert_true(r.played > RUN * 95 / 100);
    assert_true(r.target >= 60000 && r.target <= 90000);
    assert_true(r.depth <= 160000);
}

static void test_loss(void **state)
{
    struct result r = run(&(struct net){.jitter_us = 30000, .loss_pct = 10});

    (void)state;
    assert_true(r.order);
    assert_true(r.played > RUN * 86 / 100);
    assert_true(r.lost > RUN * 7 / 100 && r.lost < RUN * 14 / 100);
}

/* The path gets 200 ms longer: a gap, then all goes on. */
static void test_step(void **state)
{
    struct result r = run(&(struct net){.step_us = 200000});

    (void)state;
    assert_true(r.order);
    assert_true(r.played > RUN * 97 / 100);
    assert_true(r.depth <= 60000 && r.target <= 40000);
}

static void test_twice_late(void **state)
{
    struct media_jitter *j = fresh();
    struct media_jitter_frame f;

    (void)state;
    assert_int_equal(put(j, 10, 0, 0), MEDIA_PUT_KEPT);
    assert_int_equal(put(j, 10, 0, 0), MEDIA_PUT_TWICE);
    assert_int_equal(put(j, 9, 0, 0), MEDIA_PUT_KEPT); /* overtaken */
    assert_int_equal(put(j, 12, 320, 0), MEDIA_PUT_KEPT);
    assert_int_equal(media_jitter_get(j, &f, 20000), MEDIA_GET_FRAME);
    assert_int_equal(f.seq, 9);
    assert_int_equal(put(j, 9, 0, 0), MEDIA_PUT_LATE);
    assert_int_equal(media_jitter_get(j, &f, 40000), MEDIA_GET_FRAME);
    assert_int_equal(media_jitter_get(j, &f, 60000), MEDIA_GET_LOST);
    assert_int_equal(f.seq, 11);
    assert_int_equal(f.payload.n, 2); /* 12's, for its FEC */
    assert_int_equal(media_jitter_get(j, &f, 80000), MEDIA_GET_FRAME);
    assert_int_equal(f.seq, 12);
    assert_int_equal(media_jitter_get(j, &f, 100000), MEDIA_GET_WAIT);
    assert_int_equal(media_jitter_stats(j)->late, 1);
    assert_int_equal(media_jitter_stats(j)->twice, 1);
    media_jitter_free(j);
}

/* one far packet changes nothing, two in a row are a new start. */
static void test_jump(void **state)
{
    struct media_jitter *j = fresh();
    struct media_jitter_frame f;

    (void)state;
    assert_int_equal(put(j, 10, 0, 0), MEDIA_PUT_KEPT);
    assert_int_equal(put(j, 30000, 0, 0), MEDIA_PUT_JUMP);
    assert_int_equal(put(j, 11, 160, 20000), MEDIA_PUT_KEPT);
    assert_int_equal(put(j, 30001, 0, 0), MEDIA_PUT_JUMP);
    assert_int_equal(media_jitter_get(j, &f, 20000), MEDIA_GET_FRAME);
    assert_int_equal(f.seq, 10);
    assert_int_equal(put(j, 30002, 0, 40000), MEDIA_PUT_KEPT);
    assert_int_equal(media_jitter_get(j, &f, 90000), MEDIA_GET_FRAME);
    assert_int_equal(f.seq, 30002);
    media_jitter_free(j);
}

/* Ten hours without a packet, and a timestamp that says so (or does not). */
static void test_gap(void **state)
{
    struct media_jitter *j = fresh();
    struct media_jitter_frame f;
    int64_t now = 0;

    (void)state;
    for (uint16_t i = 0; i < 100; i++, now += FRAME_US) {
        assert_int_equal(put(j, i, i * 160u, now), MEDIA_PUT_KEPT);
        (void)media_jitter_get(j, &f, now);
    }
    for (int i = 0; i < 10; i++)
        (void)media_jitter_get(j, &f, now += FRAME_US);
    now += INT64_C(36000000000);
    for (uint16_t i = 0; i < 100; i++, now += FRAME_US) {
        uint32_t ts = 17600u + 288000000u + i * 160u;

        assert_int_equal(put(j, (uint16_t)(100 + i), ts, now), MEDIA_PUT_KEPT);
        assert_true(media_jitter_get(j, &f, now) == MEDIA_GET_FRAME || i == 0);
    }
    assert_true(media_jitter_target_us(j) <= 40000);
    for (uint16_t i = 0; i < 100; i++, now += FRAME_US) { /* from nowhere */
        assert_int_equal(put(j, (uint16_t)(200 + i), 5u + i * 160u, now),
                         MEDIA_PUT_KEPT);
        assert_int_equal(media_jitter_get(j, &f, now), MEDIA_GET_FRAME);
    }
    assert_true(media_jitter_target_us(j) <= 40000);
    media_jitter_free(j);
}

/* Never read: bounded, the newest stay. */
static void test_full(void **state)
{
    struct media_jitter *j = fresh();
    struct media_jitter_frame f;
    char big[MEDIA_JITTER_PAYLOAD + 1] = {0};
    struct media_rtp r = {.payload = slice_of(big, sizeof(big))};

    (void)state;
    assert_int_equal(media_jitter_put(j, &r, 0), MEDIA_PUT_TOOBIG);
    r.payload.n--;
    assert_int_equal(media_jitter_put(j, &r, 0), MEDIA_PUT_KEPT);
    for (uint32_t i = 1; i < 70000; i++)
        assert_int_equal(put(j, (uint16_t)i, i * 160, i * 20000),
                         MEDIA_PUT_KEPT);
    assert_true(media_jitter_depth_us(j) <=
                (uint32_t)MEDIA_JITTER_SLOTS * FRAME_US);
    assert_int_equal(media_jitter_get(j, &f, INT64_C(1400000000)),
                     MEDIA_GET_FRAME);
    assert_int_equal(f.seq, (uint16_t)(70000 - MEDIA_JITTER_SLOTS));
    media_jitter_free(j);
}

static int life(const struct env *e, void *arg)
{
    struct media_jitter *j = NULL;
    int err = media_jitter_new(&j, e, CLOCK, FRAME_US);

    (void)arg;
    media_jitter_free(j);
    return err;
}

static void test_oom(void **state)
{
    struct media_jitter *j = NULL;

    (void)state;
    assert_int_equal(oom_loop(&env, life, NULL), 1);
    assert_int_equal(media_jitter_new(&j, &env, 0, FRAME_US), E_INVAL);
    assert_int_equal(media_jitter_new(&j, &env, CLOCK, 0), E_INVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean),      cmocka_unit_test(test_jitter),
        cmocka_unit_test(test_loss),       cmocka_unit_test(test_step),
        cmocka_unit_test(test_twice_late), cmocka_unit_test(test_jump),
        cmocka_unit_test(test_gap),        cmocka_unit_test(test_full),
        cmocka_unit_test(test_oom),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
