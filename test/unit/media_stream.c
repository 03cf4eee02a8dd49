/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: two streams back to back over a bad network, in virtual time. */
#include "media/stream.h"

#include "media/rtp.h"
#include "test/oom.h"
#include "test/unit/media_keys.h"
#include "test/unit/media_kit.h"

enum { SECONDS = 12, FLY_MAX = 64, STEP_US = 20000 };

struct flying {
    int64_t due;
    size_t n;
    uint8_t bytes[TLS_SEALED_MAX];
};

struct net {
    uint32_t loss_pct, jitter_us, twice_pct;
    struct flying fly[FLY_MAX];
    uint32_t seed;
    unsigned carried;
};

static uint32_t net_draw(struct net *net, uint32_t below)
{
    net->seed = net->seed * 1664525u + 1013904223u;
    return below ? (net->seed >> 8) % below : 0;
}

static void net_put(struct net *net, const struct sealed *s, int64_t now)
{
    if (!s)
        return;
    struct slice b = sealed_bytes(s);
    unsigned copies = 1 + (net_draw(net, 100) < net->twice_pct);

    if (net_draw(net, 100) < net->loss_pct)
        return;
    for (int i = 0; i < FLY_MAX && copies; i++) {
        struct flying *f = &net->fly[i];

        if (f->n)
            continue;
        f->due = now + 30000 + net_draw(net, net->jitter_us);
        f->n = b.n;
        memcpy(f->bytes, b.p, b.n);
        net->carried++;
        copies--;
    }
}

static unsigned net_give(struct net *net, struct media_stream *to, int64_t now)
{
    unsigned ev = 0;

    for (int64_t t = now - STEP_US + 1000; t <= now; t += 1000)
        for (int i = 0; i < FLY_MAX; i++) {
            struct flying *f = &net->fly[i];

            if (!f->n || f->due > t)
                continue;
            ev |= media_stream_take(to, slice_of(f->bytes, f->n), t);
            f->n = 0;
        }
    return ev;
}

static struct media_stream *fresh(const struct env *env,
                                  const struct media_codec_ops *codec)
{
    struct media_stream_config c = {
        .codec = codec, .pt = 111, .has_dtmf = true, .dtmf_pt = 101};
    struct media_stream *s = NULL;

    return media_stream_new(&s, env, &c) ? NULL : s;
}

static int16_t said[48000 * SECONDS], heard[48000 * SECONDS];

struct ends {
    struct media_stream *a, *b;
    struct net there, back;
    unsigned events;
};

static void begin(struct ends *e, const struct media_codec_ops *codec)
{
    unsigned ev;

    e->a = fresh(&kit_media, codec);
    e->b = fresh(&kit_media, codec);
    e->there.seed = 3;
    e->back.seed = 4;
    assert_int_equal(set_keys(e->a, 1, 2, 0, &ev), 0);
    assert_int_equal(set_keys(e->b, 2, 1, 0, &ev), 0);
}

static void end(struct ends *e)
{
    media_stream_free(e->a);
    media_stream_free(e->b);
}

/* One frame each way, and what RTCP is due. */
static void step(struct ends *e, const int16_t *pcm, int16_t *ear, int64_t now)
{
    static int16_t other[960];
    unsigned rate;
    const struct sealed *out;

    assert_int_equal(media_stream_say(e->a, pcm, now, &out), 0);
    net_put(&e->there, out, now);
    assert_int_equal(media_stream_report(e->a, now, now / 1000, &out), 0);
    net_put(&e->there, out, now);
    assert_int_equal(media_stream_say(e->b, pcm, now, &out), 0);
    net_put(&e->back, out, now);
    assert_int_equal(media_stream_report(e->b, now, now / 1000, &out), 0);
    net_put(&e->back, out, now);
    e->events |= net_give(&e->there, e->b, now);
    (void)net_give(&e->back, e->a, now);
    (void)media_stream_play(e->b, ear, &rate, now);
    (void)media_stream_play(e->a, other, &rate, now);
    assert_int_equal(rate, media_stream_rate(e->a));
}

/* Each second is looked for by itself: the buffer may shift meanwhile. */
static double likeness(unsigned rate)
{
    size_t n = rate, lag = rate / 4;
    double sum = 0;

    for (unsigned i = 2; i < SECONDS - 2; i++)
        sum +=
            kit_correlation(said + i * n, heard + i * n, n, lag, rate / 8000);
    return sum / (SECONDS - 4);
}

static double run(const struct media_codec_ops *codec, struct ends *e)
{
    begin(e, codec);
    size_t n = media_stream_frame(e->a);

    kit_speech(said, (size_t)codec->rate * SECONDS, codec->rate);
    for (unsigned i = 0; i < SECONDS * 50; i++)
        step(e, said + i * n, heard + i * n, (int64_t)(i + 1) * STEP_US);
    return likeness(codec->rate);
}

static void hear(const struct media_codec_ops *codec, struct ends *e,
                 double least)
{
    struct media_stream_stats st, sa;
    double c = run(codec, e);

    media_stream_stats(e->b, &st);
    media_stream_stats(e->a, &sa);
    print_message("%s: loss %u/1000, jitter %u ms, delay %u ms, rtt %u ms, "
                  "mos %u, correlation %.3f\n",
                  codec->name, st.loss_permille, st.jitter_ms, st.delay_ms,
                  sa.rtt_ms, st.mos, c);
    assert_true(c >= least);
    assert_int_equal(sa.sent, SECONDS * 50);
    assert_true(e->events & MEDIA_STREAM_FIRST);
    assert_in_range(sa.rtt_ms, 50, 140);
    assert_in_range(st.mos, 100, 450);
    end(e);
}

static void test_clean(void **state)
{
    static struct ends opus, pcma;

    (void)state;
    hear(&media_codec_opus, &opus, 0.9);
    hear(&media_codec_pcma, &pcma, 0.95);
}

static void test_lossy(void **state)
{
    static struct ends opus, pcmu;

    (void)state;
    opus.there =
        (struct net){.loss_pct = 5, .jitter_us = 40000, .twice_pct = 5};
    pcmu.there = opus.there;
    hear(&media_codec_opus, &opus, 0.8);
    hear(&media_codec_pcmu, &pcmu, 0.8);
}

/* Packets that overtake the answer: at most 32 are kept, then heard. */
static void test_early(void **state)
{
    struct media_stream *a = fresh(&kit_media, &media_codec_pcma);
    struct media_stream *b = fresh(&kit_media, &media_codec_pcma);
    struct media_stream_stats st;
    const struct sealed *out;
    int16_t pcm[960] = {0};
    unsigned ev;

    (void)state;
    assert_int_equal(media_stream_say(b, pcm, 0, &out), 0);
    assert_null(out); /* nothing is sent without keys */
    assert_int_equal(media_stream_bye(b, 0, 0, &out), 0);
    assert_null(out);
    assert_int_equal(set_keys(a, 1, 2, 0, &ev), 0);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(media_stream_say(a, pcm, i, &out), 0);
        assert_int_equal(media_stream_take(b, sealed_bytes(out), i), 0);
    }
    media_stream_stats(b, &st);
    assert_int_equal(st.early, MEDIA_STREAM_EARLY_MAX);
    assert_int_equal(st.early_dropped, 8);
    assert_int_equal(st.received, 0);
    assert_int_equal(set_keys(b, 2, 2, 0, &ev), E_POLICY); /* echoed */
    assert_int_equal(set_keys(b, 2, 1, 0, &ev), 0);
    assert_int_equal(ev, MEDIA_STREAM_FIRST);
    media_stream_stats(b, &st);
    assert_int_equal(st.received, MEDIA_STREAM_EARLY_MAX);
    media_stream_free(a);
    media_stream_free(b);
}

/* F01, A-56: a flood from anybody is counted, and the call is heard. */
static void test_flood(void **state)
{
    static struct ends e;
    struct media_stream_stats st;
    uint8_t junk[172];

    (void)state;
    begin(&e, &media_codec_pcma);
    kit_speech(said, 8000, 8000);
    for (unsigned i = 0; i < 50; i++) {
        for (int k = 0; k < 20; k++) {
            (void)kit_rand(NULL, junk, sizeof(junk));
            junk[0] = k == 19 ? 0 : 0x80;
            junk[1] = k % 2 ? 111 : 200;
            assert_int_equal(
                media_stream_take(e.b, slice_of(junk, sizeof(junk)), i), 0);
        }
        step(&e, said + i * 160, heard + i * 160, (int64_t)(i + 1) * STEP_US);
    }
    media_stream_stats(e.b, &st);
    assert_int_equal(st.unauthentic, 950);
    assert_int_equal(st.malformed, 50);
    assert_int_equal(st.strange, 0); /* none was authentic */
    assert_in_range(st.received, 47, 50);
    assert_true(kit_correlation(said, heard, 8000, 2000, 1) > 0.9);
    end(&e);
}

static void test_dtmf(void **state)
{
    static struct ends e;
    struct media_dtmf d;
    char got[16] = {0};
    unsigned n = 0;

    (void)state;
    e.there.loss_pct = 10;
    begin(&e, &media_codec_opus);
    for (const char *p = "1w2#D"; *p; p++)
        assert_int_equal(media_stream_dtmf(e.a, *p, 100),
                         *p == 'w' ? E_INVAL : 0);
    for (unsigned i = 0; i < 200; i++) {
        int64_t now = (int64_t)(i + 1) * STEP_US;

        step(&e, said, heard, now);
        while (n < 15 && media_stream_digit(e.b, now, &d))
            got[n++] = d.digit;
    }
    assert_string_equal(got, "12#D");
    end(&e);
}

/* RTCP BYE is told and ends nothing. */
static void test_bye(void **state)
{
    static struct ends e;
    const struct sealed *out;

    (void)state;
    begin(&e, &media_codec_pcma);
    for (unsigned i = 0; i < 20; i++)
        step(&e, said, heard, (int64_t)(i + 1) * STEP_US);
    assert_int_equal(media_stream_bye(e.a, 500000, 500, &out), 0);
    assert_int_equal(media_stream_take(e.b, sealed_bytes(out), 500000),
                     MEDIA_STREAM_BYE);
    assert_int_equal(media_stream_say(e.a, said, 520000, &out), 0);
    assert_int_equal(media_stream_take(e.b, sealed_bytes(out), 520000), 0);
    end(&e);
}

static int life(const struct env *env, void *arg)
{
    struct media_stream_config c = {.codec = arg ? NULL : &media_codec_opus,
                                    .pt = 111};
    struct media_stream *s = NULL;
    uint8_t early[20] = {0x80};
    unsigned ev;
    int err = media_stream_new(&s, env, &c);

    if (err)
        return err;
    (void)media_stream_take(s, slice_of(early, sizeof(early)), 0);
    err = set_keys(s, 1, 2, 0, &ev);
    media_stream_free(s);
    return err;
}

static void test_oom(void **state)
{
    (void)state;
    assert_true(oom_loop(&kit_media, life, NULL) >= 6);
    assert_int_equal(life(&kit_media, said), E_INVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean), cmocka_unit_test(test_lossy),
        cmocka_unit_test(test_early), cmocka_unit_test(test_flood),
        cmocka_unit_test(test_dtmf),  cmocka_unit_test(test_bye),
        cmocka_unit_test(test_oom),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
