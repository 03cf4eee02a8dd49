/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: what a re-INVITE changes in a stream that runs, and what it keeps. */
#include "media/stream.h"

#include "media/rtp.h"
#include "test/oom.h"
#include "test/unit/media_keys.h"

enum { STEP_US = 20000, SOUND = 48000 };

static const struct media_stream_config opus = {.codec = &media_codec_opus,
                                                .pt = 96,
                                                .has_dtmf = true,
                                                .dtmf_pt = 101,
                                                .dtmf_clock = 8000};
static const struct media_stream_config pcma = {
    .codec = &media_codec_pcma, .pt = 8, .has_dtmf = true, .dtmf_pt = 101};

struct two {
    struct media_stream *a, *b;
    int64_t now;
    uint8_t last[TLS_SEALED_MAX]; /* what a sent last */
    size_t last_n;
    bool hold_back; /* it is not given to b */
    unsigned rate;  /* of what b heard */
    size_t said, heard;
    unsigned events;
};

static int16_t said[SOUND], heard[SOUND];

static void begin(struct two *t, const struct media_stream_config *a,
                  const struct media_stream_config *b)
{
    unsigned ev;

    memset(t, 0, sizeof(*t));
    assert_int_equal(media_stream_new(&t->a, &kit_media, a), 0);
    assert_int_equal(media_stream_new(&t->b, &kit_media, b), 0);
    assert_int_equal(set_keys(t->a, 1, 2, 0, &ev), 0);
    assert_int_equal(set_keys(t->b, 2, 1, 0, &ev), 0);
}

static void end(struct two *t)
{
    media_stream_free(t->a);
    media_stream_free(t->b);
}

static int change(struct media_stream *s, const struct media_stream_config *c,
                  uint8_t tx, uint8_t rx)
{
    struct secret a = kit_key(tx), b = kit_key(rx);
    unsigned ev;

    return media_stream_set(
        s, c,
        &(struct media_seal_keys){
            .suite = SDP_SUITE_AEAD_AES_256_GCM, .tx = &a, .rx = &b},
        0, &ev);
}

/* The header is in clear; the rest is what it is. */
static struct media_rtp header(const struct two *t)
{
    struct media_rtp r;

    assert_int_equal(media_rtp_parse(&r, slice_of(t->last, t->last_n)), 0);
    return r;
}

static void deliver(struct two *t)
{
    t->events |= media_stream_take(t->b, slice_of(t->last, t->last_n), t->now);
}

/* One frame from a to b, one back, and RTCP when due. */
static void step(struct two *t)
{
    static int16_t quiet[MEDIA_STREAM_FRAME_MAX], ear[MEDIA_STREAM_FRAME_MAX];
    const struct sealed *out;
    size_t n = media_stream_frame(t->a);

    t->now += STEP_US;
    assert_int_equal(
        media_stream_say(t->a, t->said + n <= SOUND ? said + t->said : quiet,
                         t->now, &out),
        0);
    t->said += n;
    t->last_n = out ? sealed_bytes(out).n : 0;
    if (out)
        memcpy(t->last, sealed_bytes(out).p, t->last_n);
    if (out && !t->hold_back)
        deliver(t);
    assert_int_equal(media_stream_report(t->a, t->now, 1000, &out), 0);
    if (out)
        t->events |= media_stream_take(t->b, sealed_bytes(out), t->now);
    n = media_stream_play(t->b, ear, &t->rate, t->now);
    assert_int_equal(n, t->rate / 50);
    if (t->heard + n <= SOUND)
        memcpy(heard + t->heard, ear, n * sizeof(*ear));
    t->heard += n;
    assert_int_equal(media_stream_say(t->b, quiet, t->now, &out), 0);
    if (out)
        (void)media_stream_take(t->a, sealed_bytes(out), t->now);
    (void)media_stream_play(t->a, ear, &t->rate, t->now);
    t->rate = (unsigned)n * 50;
}

static void steps(struct two *t, unsigned n)
{
    while (n--)
        step(t);
}

static struct media_stream_stats stats(const struct media_stream *s)
{
    struct media_stream_stats st;

    media_stream_stats(s, &st);
    return st;
}

/* Speech for a second; how like it is what b hears. */
static double speak(struct two *t, unsigned rate)
{
    kit_speech(said, rate, rate);
    memset(heard, 0, sizeof(heard));
    t->said = t->heard = 0;
    steps(t, 50);
    assert_int_equal(t->rate, rate);
    return kit_correlation(said, heard, rate, rate / 5, rate / 8000);
}

/* From Opus to PCMA and back: one SSRC, one line of numbers, no packet that
 * does not authenticate, none decoded by the wrong codec. */
static void test_codec(void **state)
{
    struct two t;
    struct media_rtp was, is;

    (void)state;
    begin(&t, &opus, &opus);
    assert_true(speak(&t, 48000) > 0.9);
    was = header(&t);
    t.hold_back = true;
    step(&t); /* on its way while the answer is */
    t.hold_back = false;
    assert_int_equal(change(t.a, &pcma, 1, 2), 0);
    assert_int_equal(change(t.b, &pcma, 2, 1), 0);
    deliver(&t);
    assert_int_equal(stats(t.b).strange, 1);
    assert_true(speak(&t, 8000) > 0.9);
    is = header(&t);
    assert_int_equal(is.ssrc, was.ssrc);
    assert_int_equal((uint16_t)(is.seq - was.seq), 51);
    assert_int_equal(is.ts - was.ts, 2 * 960 + 49 * 160);
    assert_int_equal(is.pt, 8);
    assert_int_equal(change(t.a, &opus, 1, 2), 0);
    assert_int_equal(change(t.b, &opus, 2, 1), 0);
    step(&t);
    assert_true(header(&t).marker);
    step(&t);
    assert_false(header(&t).marker);
    assert_true(speak(&t, 48000) > 0.9);
    assert_int_equal(stats(t.a).unauthentic + stats(t.b).unauthentic, 0);
    assert_int_equal(stats(t.b).strange, 1);
    assert_int_equal(stats(t.b).jitter.late, 0);
    assert_int_equal(stats(t.b).loss_permille, 0);
    assert_true(stats(t.b).jitter_ms < 2);
    end(&t);
}

/* Any of the agreed formats may come, as numbered by who takes them. */
static void test_any(void **state)
{
    struct media_stream_config b = opus, a = opus;
    struct two t;

    (void)state;
    b.rx_n = 3;
    b.rx[0] = (struct media_format){&media_codec_opus, 110};
    b.rx[1] = (struct media_format){&media_codec_pcmu, 0};
    b.rx[2] = (struct media_format){&media_codec_pcma, 8};
    a.pt = 110;
    a.rx_n = 1;
    a.rx[0] = (struct media_format){&media_codec_opus, 96};
    begin(&t, &a, &b);
    assert_true(speak(&t, 48000) > 0.9);
    a.codec = &media_codec_pcma;
    a.pt = 8;
    assert_int_equal(change(t.a, &a, 1, 2), 0);
    steps(&t, 20); /* what was on its way is heard, then the other */
    assert_true(speak(&t, 8000) > 0.9);
    a.codec = &media_codec_pcmu;
    a.pt = 0;
    assert_int_equal(change(t.a, &a, 1, 2), 0);
    steps(&t, 20);
    assert_true(speak(&t, 8000) > 0.9);
    a.codec = &media_codec_opus;
    a.pt = 96; /* b sends as that, but does not take it */
    assert_int_equal(change(t.a, &a, 1, 2), 0);
    steps(&t, 20);
    assert_int_equal(stats(t.b).strange, 20);
    assert_int_equal(stats(t.a).strange, 0);
    assert_int_equal(stats(t.b).loss_permille, 0);
    end(&t);
}

/* RTCP goes on, timestamps too; digits do not wait for the end of it. */
static void test_hold(void **state)
{
    struct media_stream_config held = pcma, holding = pcma;
    struct two t;
    struct media_rtp was;
    uint64_t received;

    (void)state;
    begin(&t, &pcma, &pcma);
    assert_true(speak(&t, 8000) > 0.9);
    was = header(&t);
    held.mute_tx = holding.mute_rx = true;
    assert_int_equal(change(t.a, &held, 1, 2), 0);
    assert_int_equal(media_stream_dtmf(t.a, '1', 100), E_STATE);
    received = stats(t.b).received;
    steps(&t, 500);
    assert_int_equal(t.last_n, 0);
    assert_int_equal(stats(t.b).received, received);
    assert_true(stats(t.a).received > 500); /* b still sends */
    assert_int_equal(change(t.a, &pcma, 1, 2), 0);
    assert_int_equal(change(t.b, &holding, 2, 1), 0);
    assert_int_equal(media_stream_dtmf(t.a, '1', 100), 0);
    assert_true(speak(&t, 8000) < 0.1); /* it comes, and is not heard */
    assert_int_equal(stats(t.b).received, received + 50);
    assert_false(t.events & MEDIA_STREAM_DIGIT);
    assert_true(header(&t).ts - was.ts == 550 * 160);
    assert_int_equal(change(t.b, &pcma, 2, 1), 0);
    assert_true(speak(&t, 8000) > 0.9);
    assert_int_equal(stats(t.a).unauthentic + stats(t.b).unauthentic, 0);
    end(&t);
}

static struct media_dtmf next_digit(struct two *t)
{
    struct media_dtmf d = {0};

    for (int i = 0; i < 60 && !d.digit; i++) {
        step(t);
        if (!media_stream_digit(t->b, t->now, &d))
            d.digit = 0;
    }
    return d;
}

/* Durations at the events' clock, timestamps at the audio's. */
static void test_event_clock(void **state)
{
    struct media_stream_config both = opus;
    struct two t;
    struct media_dtmf d;
    struct media_rtp was;

    (void)state;
    both.rx_n = 1;
    both.rx[0] = (struct media_format){&media_codec_opus, 96};
    both.rx_dtmf_n = 2;
    both.rx_dtmf[0] = (struct media_events){97, 48000};
    both.rx_dtmf[1] = (struct media_events){101, 8000};
    begin(&t, &opus, &both);
    steps(&t, 10);
    was = header(&t);
    assert_int_equal(media_stream_dtmf(t.a, '7', 200), 0);
    step(&t);
    assert_int_equal(header(&t).pt, 101);
    assert_int_equal(header(&t).ts, was.ts + 960);
    step(&t);
    assert_int_equal(header(&t).ts, was.ts + 960);
    d = next_digit(&t);
    assert_int_equal(d.digit, '7');
    assert_int_equal(d.ms, 200);
    steps(&t, 20);
    assert_int_equal(header(&t).ts, was.ts + 960 * (t.now / STEP_US - 10));
    both.dtmf_pt = 97;
    both.dtmf_clock = 48000;
    assert_int_equal(change(t.a, &both, 1, 2), 0);
    assert_int_equal(media_stream_dtmf(t.a, '8', 200), 0);
    d = next_digit(&t);
    assert_int_equal(d.digit, '8');
    assert_int_equal(d.ms, 200);
    assert_int_equal(stats(t.b).strange, 0);
    end(&t);
}

/* A key that is said to have an MKI: without it nothing authenticates. */
static void test_mki(void **state)
{
    struct media_stream_config with = pcma;
    struct two t;
    uint8_t x[TLS_SEALED_MAX];

    (void)state;
    with.rx_mki_n = 4;
    with.rx_mki = 7;
    begin(&t, &pcma, &pcma);
    assert_int_equal(change(t.b, &with, 2, 1), 0);
    step(&t);
    assert_int_equal(stats(t.b).unauthentic, 1);
    memcpy(x, t.last, t.last_n); /* of GCM: at the end */
    memcpy(x + t.last_n, "\0\0\0\x07", 4);
    assert_int_equal(media_stream_take(t.b, slice_of(x, t.last_n + 4), t.now),
                     MEDIA_STREAM_FIRST);
    assert_int_equal(stats(t.b).received, 1);
    end(&t);
}

/* What is wrong with a configuration; the stream goes on as it was. */
static void test_refused(void **state)
{
    struct media_stream_config c[8];
    struct two t;

    (void)state;
    begin(&t, &pcma, &pcma);
    for (int i = 0; i < 8; i++) {
        c[i] = opus;
        c[i].rx_n = 2;
        c[i].rx[0] = (struct media_format){&media_codec_opus, 96};
        c[i].rx[1] = (struct media_format){&media_codec_pcma, 8};
        c[i].rx_dtmf_n = 1;
        c[i].rx_dtmf[0] = (struct media_events){101, 8000};
    }
    c[0].codec = NULL;
    c[1].pt = 128;
    c[2].dtmf_pt = 96;
    c[3].dtmf_clock = 44100;
    c[4].rx[1].pt = 96;
    c[5].rx_dtmf[0].pt = 8;
    c[6].rx[1].codec = NULL;
    for (int i = 0; i < 8; i++)
        assert_int_equal(change(t.a, &c[i], 1, 2), i < 7 ? E_INVAL : 0);
    assert_int_equal(change(t.a, &pcma, 1, 2), 0);
    c[0] = pcma;
    assert_int_equal(change(t.a, &c[0], 2, 2), E_POLICY);
    assert_true(speak(&t, 8000) > 0.9);
    end(&t);
}

/* Whatever fails in a change, the stream is one that works. */
static int life(const struct env *env, void *arg)
{
    struct media_stream *s = NULL;
    const struct sealed *out;
    int16_t pcm[MEDIA_STREAM_FRAME_MAX];
    unsigned ev, rate;
    int err = media_stream_new(&s, env, &pcma);

    (void)arg;
    if (err)
        return err;
    memset(pcm, 0, sizeof(pcm));
    err = set_keys(s, 1, 2, 0, &ev);
    if (!err && (err = change(s, &opus, 1, 2)))
        assert_int_equal(media_stream_rate(s), 8000);
    if (!err && (err = change(s, &pcma, 3, 2)))
        assert_int_equal(media_stream_rate(s), 48000);
    assert_int_equal(media_stream_say(s, pcm, 0, &out), 0);
    (void)media_stream_play(s, pcm, &rate, 0);
    assert_int_equal(rate, media_stream_rate(s));
    media_stream_free(s);
    return err;
}

static void test_oom(void **state)
{
    (void)state;
    assert_true(oom_loop(&kit_media, life, NULL) >= 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codec), cmocka_unit_test(test_any),
        cmocka_unit_test(test_hold),  cmocka_unit_test(test_event_clock),
        cmocka_unit_test(test_mki),   cmocka_unit_test(test_refused),
        cmocka_unit_test(test_oom),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
