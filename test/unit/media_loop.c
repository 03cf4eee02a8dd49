/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: two media threads talk over loopback; tickets; the end. */
#include "media/loop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "media/tap.h"
#include "media/tone.h"
#include "test/unit/media_kit.h"
#include "tls/crypto.h"

enum { RATE = 48000, SECONDS = 4, SAMPLES = RATE * SECONDS, HALF = RATE / 2 };

/* One end; all under lock but what is the test's own. */
struct side {
    struct media_loop *loop;
    struct policy *policy;
    uint64_t account, id, version;
    struct secret key;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct media_event last[MEDIA_EVENT_CLOSED + 1];
    unsigned seen[MEDIA_EVENT_CLOSED + 1];
    bool go;
    unsigned released;
    size_t said, heard;
    int16_t ear[SAMPLES];
};

static int16_t speech[SAMPLES];
static struct side a, b;

static void on_event(void *user, const struct media_event *e)
{
    struct side *s = user;

    pthread_mutex_lock(&s->lock);
    s->last[e->kind] = *e;
    s->seen[e->kind]++;
    pthread_cond_broadcast(&s->more);
    pthread_mutex_unlock(&s->lock);
}

static struct media_event wait_for(struct side *s, enum media_event_kind kind,
                                   unsigned times)
{
    pthread_mutex_lock(&s->lock);
    while (s->seen[kind] < times)
        pthread_cond_wait(&s->more, &s->lock);
    struct media_event e = s->last[kind];

    pthread_mutex_unlock(&s->lock);
    return e;
}

static void capture(void *user, int16_t *pcm, size_t n, unsigned rate)
{
    struct side *s = user;

    assert_int_equal(rate, RATE);
    pthread_mutex_lock(&s->lock);
    if (s->go && s->said + n <= SAMPLES) {
        memcpy(pcm, speech + s->said, n * sizeof(*pcm));
        s->said += n;
    }
    pthread_mutex_unlock(&s->lock);
}

static void render(void *user, const int16_t *pcm, size_t n, unsigned rate)
{
    struct side *s = user;

    (void)rate;
    pthread_mutex_lock(&s->lock);
    if (s->go && s->heard + n <= SAMPLES) {
        memcpy(s->ear + s->heard, pcm, n * sizeof(*pcm));
        s->heard += n;
        pthread_cond_broadcast(&s->more);
    }
    pthread_mutex_unlock(&s->lock);
}

static void released(void *user)
{
    struct side *s = user;

    pthread_mutex_lock(&s->lock);
    s->released++;
    pthread_mutex_unlock(&s->lock);
}

static struct tls_addr address(const char *text)
{
    struct tls_addr x;

    assert_int_equal(tls_addr_parse_ip(&x, slice_cstr(text)), 0);
    return x;
}

static void enter(struct side *s, uint8_t key)
{
    struct policy_terms t = {
        .name = S("pbx.example"),
        .level = POLICY_STRICT,
        .anchors = (const struct tls_cred *)(const void *)&kit_media};
    struct media_loop_config c = {&kit_media, NULL, on_event, s};
    enum policy_why why;

    memset(s, 0, sizeof(*s));
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->more, NULL);
    s->key.n = sdp_suite_key(SDP_SUITE_AEAD_AES_256_GCM);
    memset(s->key.bytes, key, s->key.n);
    assert_int_equal(policy_new(&s->policy, &kit_media, POLICY_STRICT), 0);
    assert_int_equal(policy_account_add(s->policy, &s->account, &t, &why), 0);
    c.policy = s->policy;
    assert_int_equal(media_loop_new(&s->loop, &c), 0);
}

static void open_it(struct side *s)
{
    struct tls_addr local = address("127.0.0.1");

    assert_int_equal(media_loop_open(s->loop, &s->id, &local), 0);
    assert_true(wait_for(s, MEDIA_EVENT_BOUND, 1).local.port > 0);
}

static void leave(struct side *s)
{
    assert_int_equal(media_loop_free(s->loop), 0);
    policy_free(s->policy);
    pthread_cond_destroy(&s->more);
    pthread_mutex_destroy(&s->lock);
}

static const struct policy_media *ticket(struct side *s, struct side *peer)
{
    struct policy_media_terms t = {.account = s->account,
                                   .call = 1,
                                   .version = ++s->version,
                                   .keying = POLICY_KEYING_SDES,
                                   .suite = SDP_SUITE_AEAD_AES_256_GCM,
                                   .tx = &s->key,
                                   .rx = &peer->key};
    const struct policy_media *m = NULL;
    enum policy_why why;

    t.remote = wait_for(peer, MEDIA_EVENT_BOUND, 1).local;
    assert_int_equal(policy_media_mint(s->policy, &m, &t, &why), 0);
    return m;
}

static const struct media_stream_config opus = {
    .codec = &media_codec_opus, .pt = 111, .has_dtmf = true, .dtmf_pt = 101};

static void talk(struct side *s, struct side *peer)
{
    struct media_audio audio = {capture, render, s, released};

    assert_int_equal(media_loop_audio(s->loop, s->id, &audio), 0);
    assert_int_equal(media_loop_set(s->loop, s->id, ticket(s, peer), &opus),
                     0);
}

static void say(struct side *s)
{
    pthread_mutex_lock(&s->lock);
    s->go = true;
    pthread_mutex_unlock(&s->lock);
}

/*
 * The best half second: on a busy machine the beats of two threads drift
 * apart for a while, and no verdict may depend on that.
 */
static double likeness(struct side *s)
{
    double best = 0;

    pthread_mutex_lock(&s->lock);
    while (s->heard < SAMPLES)
        pthread_cond_wait(&s->more, &s->lock);
    pthread_mutex_unlock(&s->lock);
    for (size_t at = 0; at + HALF <= SAMPLES; at += HALF) {
        double c =
            kit_correlation(speech + at, s->ear + at, HALF, HALF / 2, 6);

        if (c > best)
            best = c;
    }
    return best;
}

/* Both ways; early packets; a digit; one end closes while both talk. */
static void test_call(void **state)
{
    struct media_event e;

    (void)state;
    kit_speech(speech, SAMPLES, RATE);
    enter(&a, 1);
    enter(&b, 2);
    open_it(&a);
    open_it(&b);
    talk(&a, &b);
    assert_true(wait_for(&a, MEDIA_EVENT_STATS, 1).net.sent > 0);
    talk(&b, &a); /* the answer comes after a second of packets */
    (void)wait_for(&a, MEDIA_EVENT_FIRST, 1);
    (void)wait_for(&b, MEDIA_EVENT_FIRST, 1);
    e = wait_for(&b, MEDIA_EVENT_STATS, 1);
    assert_in_range(e.stats.early, 1, MEDIA_STREAM_EARLY_MAX);
    say(&a);
    say(&b);
    double ab = likeness(&b), ba = likeness(&a);

    print_message("correlation %.3f and %.3f\n", ab, ba);
    assert_true(ab >= 0.8 && ba >= 0.8);
    assert_int_equal(media_loop_dtmf(a.loop, a.id, '7', 100), 0);
    assert_int_equal(wait_for(&b, MEDIA_EVENT_DTMF, 1).dtmf.digit, '7');
    assert_int_equal(media_loop_dtmf(a.loop, a.id, 'x', 100), 0);
    assert_int_equal(wait_for(&a, MEDIA_EVENT_REFUSED, 1).err, E_INVAL);
    assert_int_equal(media_loop_close(a.loop, a.id), 0);
    e = wait_for(&a, MEDIA_EVENT_CLOSED, 1);
    assert_true(e.stats.sent > 50 && e.stats.received > 50);
    assert_int_equal(e.stats.unauthentic, 0);
    assert_int_equal(media_loop_close(a.loop, a.id), E_GONE);
    (void)wait_for(&b, MEDIA_EVENT_BYE, 1);
    leave(&a);
    leave(&b); /* still talking */
    assert_int_equal(b.seen[MEDIA_EVENT_CLOSED], 1);
    assert_int_equal(a.seen[MEDIA_EVENT_CLOSED], 1);
}

/* Another instance's, a stale one, none; and one's own beside them. */
static void test_tickets(void **state)
{
    const struct policy_media *own, *foreign, *stale;
    struct media_stream_config bad = {.codec = &media_codec_pcma, .pt = 128};

    (void)state;
    enter(&a, 1);
    enter(&b, 2);
    open_it(&a);
    open_it(&b);
    own = ticket(&a, &b);
    stale = ticket(&a, &b);
    foreign = ticket(&b, &a);
    policy_media_revoke(a.policy, stale);
    assert_int_equal(media_loop_set(a.loop, a.id, foreign, &opus), E_POLICY);
    assert_int_equal(policy_counted(a.policy, POLICY_ticket_foreign), 1);
    assert_int_equal(media_loop_set(a.loop, a.id, stale, &opus), E_POLICY);
    assert_int_equal(policy_counted(a.policy, POLICY_ticket_stale), 1);
    assert_int_equal(media_loop_set(a.loop, a.id, NULL, &opus), E_POLICY);
    assert_int_equal(media_loop_dtmf(a.loop, a.id, '1', 100), 0);
    assert_int_equal(wait_for(&a, MEDIA_EVENT_REFUSED, 1).err, E_STATE);
    assert_int_equal(media_loop_set(a.loop, a.id, own, &opus), 0);
    assert_int_equal(media_loop_set(a.loop, a.id + 1, own, &opus), E_GONE);
    assert_true(wait_for(&a, MEDIA_EVENT_STATS, 1).net.sent > 0);
    assert_int_equal(media_loop_set(a.loop, a.id, own, &bad), 0);
    assert_int_equal(wait_for(&a, MEDIA_EVENT_REFUSED, 2).err, E_INVAL);
    leave(&a);
    leave(&b);
}

/* Each that was taken is let go of once: replaced, closed while the mail may
 * not be read yet, or by the end of all. What was refused is not. */
static void test_released(void **state)
{
    struct media_audio audio = {NULL, NULL, &a, released}, none = {0};

    (void)state;
    enter(&a, 1);
    open_it(&a);
    assert_int_equal(media_loop_audio(a.loop, a.id, &audio), 0);
    (void)wait_for(&a, MEDIA_EVENT_AUDIO, 1);
    assert_int_equal(a.released, 0);
    assert_int_equal(media_loop_audio(a.loop, a.id, &none), 0);
    (void)wait_for(&a, MEDIA_EVENT_AUDIO, 2);
    assert_int_equal(a.released, 1);
    assert_int_equal(media_loop_audio(a.loop, a.id, &audio), 0);
    assert_int_equal(media_loop_audio(a.loop, a.id, &audio), 0);
    assert_int_equal(media_loop_close(a.loop, a.id), 0);
    assert_int_equal(media_loop_audio(a.loop, a.id, &audio), E_GONE);
    (void)wait_for(&a, MEDIA_EVENT_CLOSED, 1);
    assert_int_equal(a.released, 3);
    open_it(&a);
    assert_int_equal(media_loop_audio(a.loop, a.id, &audio), 0);
    leave(&a);
    assert_int_equal(a.released, 4);
}

static bool is_loud(const int16_t *pcm, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)pcm[i] * pcm[i] / (double)n;
    return sum > 1e7;
}

/* This thread as a sound card at 16 kHz on both ends: what one end writes is
 * what the other reads, until it lets go while media runs. */
static void test_tap(void **state)
{
    struct media_tap *in = NULL, *out = NULL;
    struct media_audio ia, oa;
    struct media_tone tone;
    const unsigned hz[2] = {440, 0};
    const struct timespec pause = {0, 5000000};
    int16_t pcm[160];
    bool heard = false;

    (void)state;
    enter(&a, 1);
    enter(&b, 2);
    open_it(&a);
    open_it(&b);
    assert_int_equal(media_tap_new(&in, &kit_media, 16000, 200), 0);
    assert_int_equal(media_tap_new(&out, &kit_media, 16000, 200), 0);
    assert_int_equal(media_tap_audio(in, &ia), 0);
    assert_int_equal(media_tap_audio(out, &oa), 0);
    assert_int_equal(media_loop_audio(a.loop, a.id, &ia), 0);
    assert_int_equal(media_loop_audio(b.loop, b.id, &oa), 0);
    assert_int_equal(media_loop_set(a.loop, a.id, ticket(&a, &b), &opus), 0);
    assert_int_equal(media_loop_set(b.loop, b.id, ticket(&b, &a), &opus), 0);
    assert_int_equal(media_tone_init(&tone, 16000, hz, 16000), 0);
    while (!heard) {
        media_tone_fill(&tone, pcm, 160);
        (void)media_tap_write(in, pcm, 160);
        (void)nanosleep(&pause, NULL);
        heard = media_tap_read(out, pcm, 160) == 160 && is_loud(pcm, 160);
    }
    media_tap_free(in);
    leave(&a);
    leave(&b);
    assert_int_equal(media_tap_audio(out, &oa), 0); /* it was released */
    oa.released(oa.user);
    media_tap_free(out);
}

/* A peer without rtcp-mux: the BYE comes to the port that it named, and what
 * comes there first is no RTP. */
static void test_rtcp_port(void **state)
{
    struct media_stream_config c = opus;
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t n = sizeof(at);
    uint8_t got[TLS_SEALED_MAX];
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    (void)state;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    c.rtcp_port = ntohs(at.sin_port);
    enter(&a, 1);
    enter(&b, 2);
    open_it(&a);
    open_it(&b);
    assert_int_equal(media_loop_set(a.loop, a.id, ticket(&a, &b), &c), 0);
    assert_int_equal(media_loop_set(b.loop, b.id, ticket(&b, &a), &opus), 0);
    (void)wait_for(&b, MEDIA_EVENT_FIRST, 1); /* RTP goes to the other */
    assert_int_equal(media_loop_close(a.loop, a.id), 0);
    (void)wait_for(&a, MEDIA_EVENT_CLOSED, 1);
    assert_true(recv(fd, got, sizeof(got), 0) > 8);
    assert_in_range(got[1], 200, 201); /* SR or RR, in clear as ever */
    assert_int_equal(b.seen[MEDIA_EVENT_BYE], 0);
    close(fd);
    leave(&a);
    leave(&b);
}

/* How many packets came until now. */
static uint64_t received(struct side *s)
{
    unsigned n;

    pthread_mutex_lock(&s->lock);
    n = s->seen[MEDIA_EVENT_STATS];
    pthread_mutex_unlock(&s->lock);
    return wait_for(s, MEDIA_EVENT_STATS, n + 1).stats.received;
}

/* It moves, as when the network changes: the same stream, another port. */
static void test_rebind(void **state)
{
    struct tls_addr here = address("127.0.0.1"),
                    strange = address("192.0.2.1");
    uint64_t before;

    (void)state;
    enter(&a, 1);
    enter(&b, 2);
    open_it(&a);
    open_it(&b);
    talk(&a, &b);
    talk(&b, &a);
    (void)wait_for(&a, MEDIA_EVENT_FIRST, 1);
    assert_int_equal(media_loop_rebind(a.loop, a.id, &strange), 0);
    assert_int_equal(wait_for(&a, MEDIA_EVENT_REFUSED, 1).err, E_SYS);
    before = received(&a); /* and all is as it was */
    assert_true(received(&a) > before);
    assert_int_equal(media_loop_rebind(a.loop, a.id, &here), 0);
    (void)wait_for(&a, MEDIA_EVENT_BOUND, 2);
    before = received(&b); /* what it sends is heard from the new port */
    assert_true(received(&b) > before);
    assert_int_equal(media_loop_set(b.loop, b.id, ticket(&b, &a), &opus), 0);
    before = received(&a);
    assert_true(received(&a) > before);
    assert_int_equal(a.last[MEDIA_EVENT_STATS].stats.unauthentic, 0);
    leave(&a);
    leave(&b);
}

/* An address that is not ours; the control is every other test. */
static void test_bind(void **state)
{
    struct tls_addr strange = address("192.0.2.1"), none = {.family = 0};
    uint64_t id;

    (void)state;
    enter(&a, 1);
    assert_int_equal(media_loop_open(a.loop, &id, &none), E_INVAL);
    assert_int_equal(media_loop_open(a.loop, &id, &strange), 0);
    assert_int_equal(wait_for(&a, MEDIA_EVENT_FAILED, 1).err, E_SYS);
    assert_int_equal(media_loop_close(a.loop, id), 0);
    (void)wait_for(&a, MEDIA_EVENT_CLOSED, 1);
    open_it(&a);
    leave(&a);
    assert_int_equal(a.seen[MEDIA_EVENT_CLOSED], 2);
}

static int set_up(void **state)
{
    (void)state;
    return tls_crypto_init();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_call),      cmocka_unit_test(test_tickets),
        cmocka_unit_test(test_released),  cmocka_unit_test(test_tap),
        cmocka_unit_test(test_rtcp_port), cmocka_unit_test(test_bind),
        cmocka_unit_test(test_rebind),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
