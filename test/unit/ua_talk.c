/* SPDX-License-Identifier: Apache-2.0 */
/* Calls through the public interface: sound both ways, from any thread. */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "media/seal.h"
#include "test/edgehost.h"
#include "test/unit/tally.h"
#include "ua/siplock_more.h"

enum {
    USERS = 8,
    THREADS = 8,
    ROUNDS = 40,
    WAIT_S = 60,
    CALLS = 2048,
    HEARD = 20
};

static const double LOUD = 1000.0 * 1000.0;

static const char *const users[USERS] = {"u0", "u1", "u2", "u3",
                                         "u4", "u5", "u6", "u7"};

/* What one side plays and hears. On the media thread but for the end. */
struct sound {
    struct app *app;
    unsigned phase, step;
    unsigned loud, released; /* under the app's lock */
};

/* One side of a call, as the events tell of it. */
struct side {
    uint64_t id;
    unsigned ended, last, established, media;
    uint64_t sent, received, unauthentic;
};

struct app {
    struct tally tally;
    struct siplock *s;
    struct edgehost *edge;
    siplock_account account[USERS];
    struct side side[CALLS];
    unsigned sides;
    unsigned registered, ended, freed, established, digits, refused;
    bool answer;
    struct sound *in_sound;
    siplock_call in;
    char suite[32], codec[16], digit;
};

static void note(struct app *app, unsigned *counter)
{
    tally_count(&app->tally, counter);
}

static bool wait_for(struct app *app, const unsigned *counter, unsigned n)
{
    return tally_wait(&app->tally, counter, n, WAIT_S);
}

/* ---------------------------------------------------------------- sound */

static void capture(void *user, int16_t *pcm, size_t n, unsigned rate)
{
    struct sound *s = user;

    for (size_t i = 0; i < n; i++, s->phase++)
        pcm[i] = (int16_t)(8000 * sin(2 * 3.14159265358979 * s->step *
                                      s->phase / rate));
}

static void render(void *user, const int16_t *pcm, size_t n, unsigned rate)
{
    struct sound *s = user;
    double sum = 0;

    (void)rate;
    for (size_t i = 0; i < n; i++)
        sum += (double)pcm[i] * pcm[i];
    if (sum / (double)n > LOUD)
        note(s->app, &s->loud);
}

static void released(void *user)
{
    struct sound *s = user;

    note(s->app, &s->released);
}

static void connect_sound(struct app *app, siplock_call call, struct sound *s)
{
    const struct siplock_audio audio = {.size = sizeof(audio),
                                        .capture = capture,
                                        .render = render,
                                        .user = s,
                                        .released = released};

    assert_int_equal(siplock_audio_start(app->s, call, &audio), 0);
}

/* --------------------------------------------------------------- events */

/* With the lock. */
static struct side *side_of(struct app *app, uint64_t id)
{
    for (unsigned i = 0; i < app->sides; i++)
        if (app->side[i].id == id)
            return &app->side[i];
    if (app->sides == CALLS)
        abort();
    app->side[app->sides].id = id;
    return &app->side[app->sides++];
}

static void ringing_in(struct app *app, const struct siplock_event *e)
{
    app->in = e->call;
    if (app->in_sound)
        connect_sound(app, e->call, app->in_sound);
    if (app->answer)
        (void)siplock_call_answer(app->s, e->call);
    else
        (void)siplock_call_ring(app->s, e->call);
}

static void on_call_state(struct app *app, const struct siplock_event *e)
{
    pthread_mutex_lock(&app->tally.lock);
    side_of(app, e->call.id)->ended += e->state == SIPLOCK_CALL_ENDED;
    side_of(app, e->call.id)->established +=
        e->state == SIPLOCK_CALL_ESTABLISHED;
    pthread_mutex_unlock(&app->tally.lock);
    if (e->state == SIPLOCK_CALL_ESTABLISHED)
        note(app, &app->established);
    if (e->state == SIPLOCK_CALL_RINGING && e->direction == SIPLOCK_DIR_IN)
        ringing_in(app, e);
}

static void on_call_ended(struct app *app, const struct siplock_event *e)
{
    struct side *side;

    pthread_mutex_lock(&app->tally.lock);
    side = side_of(app, e->call.id);
    side->last++;
    side->sent = e->stats->packets_sent;
    side->received = e->stats->packets_received;
    side->unauthentic = e->stats->unauthentic;
    pthread_mutex_unlock(&app->tally.lock);
    note(app, &app->ended);
}

static void on_event(void *user, const struct siplock_event *e)
{
    struct app *app = user;

    switch (e->type) {
    case SIPLOCK_EVENT_REGISTER_STATE:
        if (e->state == SIPLOCK_REGISTER_REGISTERED)
            note(app, &app->registered);
        break;
    case SIPLOCK_EVENT_CALL_STATE:
        on_call_state(app, e);
        break;
    case SIPLOCK_EVENT_CALL_MEDIA:
        snprintf(app->suite, sizeof(app->suite), "%.*s", (int)e->suite.n,
                 e->suite.p);
        snprintf(app->codec, sizeof(app->codec), "%.*s", (int)e->codec.n,
                 e->codec.p);
        break;
    case SIPLOCK_EVENT_CALL_DTMF:
        app->digit = e->digit;
        note(app, &app->digits);
        break;
    case SIPLOCK_EVENT_CALL_ENDED:
        on_call_ended(app, e);
        break;
    default:
        break;
    }
}

static void on_done(void *user)
{
    struct app *app = user;

    note(app, &app->freed);
}

/* ---------------------------------------------------------------- set-up */

static void add(struct app *app, unsigned user, const char *codec)
{
    const char *address = edgehost_address(app->edge);
    struct slice ca = edgehost_ca(app->edge);
    char aor[64];
    const struct siplock_account_config config = {
        .size = sizeof(config),
        .aor = aor,
        .address = &address,
        .addresses = 1,
        .password = edgehost_password,
        .ca_pem = {ca.p, ca.n},
        .codec = &codec,
        .codecs = codec ? 1 : 0,
    };

    snprintf(aor, sizeof(aor), "sip:%s@example.test", users[user]);
    assert_int_equal(
        siplock_account_add(app->s, &app->account[user], &config, NULL), 0);
}

static struct app *open_app(const char *codec)
{
    static struct app apps[8];
    static unsigned used;
    struct app *app = &apps[used++];
    const struct siplock_config config = {
        .size = sizeof(config), .user = app, .on_event = on_event};

    tally_init(&app->tally);
    app->edge = edgehost_start(users, USERS);
    assert_int_equal(siplock_new(&app->s, &config), 0);
    for (unsigned i = 0; i < USERS; i++)
        add(app, i, codec);
    assert_int_equal(siplock_start(app->s), 0);
    assert_true(wait_for(app, &app->registered, USERS));
    return app;
}

static void close_app(struct app *app)
{
    siplock_free(app->s, on_done);
    assert_true(wait_for(app, &app->freed, 1));
    edgehost_stop(app->edge);
}

/* ----------------------------------------------------------------- tests */

static void talk(const char *codec, const char *name)
{
    struct app *app = open_app(codec);
    struct sound mine = {app, 0, 500, 0, 0}, theirs = {app, 0, 700, 0, 0};
    siplock_call call;

    app->answer = true;
    app->in_sound = &theirs;
    assert_int_equal(siplock_call_start(app->s, &call, app->account[0],
                                        "sip:u1@example.test", NULL),
                     0);
    connect_sound(app, call, &mine);
    assert_true(wait_for(app, &app->established, 2));
    assert_true(wait_for(app, &mine.loud, HEARD));
    assert_true(wait_for(app, &theirs.loud, HEARD));
    assert_int_equal(siplock_call_dtmf(app->s, call, '7', 100), 0);
    assert_true(wait_for(app, &app->digits, 1));
    assert_int_equal(app->digit, '7');
    assert_int_equal(siplock_call_hangup(app->s, call), 0);
    assert_true(wait_for(app, &app->ended, 2));
    assert_int_equal(siplock_call_hangup(app->s, call), SIPLOCK_EGONE);
    assert_string_equal(app->suite, "AEAD_AES_256_GCM");
    assert_string_equal(app->codec, name);
    close_app(app);
    assert_int_equal(app->sides, 2);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(app->side[i].ended, 1);
        assert_int_equal(app->side[i].last, 1);
        assert_true(app->side[i].sent >= HEARD);
        assert_true(app->side[i].received >= HEARD);
        assert_int_equal(app->side[i].unauthentic, 0);
    }
    assert_int_equal(mine.released, 1);
    assert_int_equal(theirs.released, 1);
}

static void two_talk_with_opus(void **state)
{
    (void)state;
    talk(NULL, "opus");
}

/* A real-time thread at 16 kHz: what it says comes back to its ears. */
static void a_ring_for_a_real_time_thread(void **state)
{
    struct app *app = open_app(NULL);
    struct sound theirs = {app, 0, 700, 0, 0};
    struct siplock_pcm *pcm = NULL;
    siplock_call call;
    int16_t frame[160];
    const struct timespec ten_ms = {0, 10000000};
    double energy = 0;
    unsigned phase = 0;
    bool enough = false;

    (void)state;
    app->answer = true;
    app->in_sound = &theirs;
    assert_int_equal(siplock_pcm_new(&pcm, app->s, 12345, 100),
                     SIPLOCK_EINVAL);
    assert_int_equal(siplock_pcm_new(&pcm, app->s, 16000, 100), 0);
    assert_int_equal(siplock_call_start(app->s, &call, app->account[0],
                                        "sip:u1@example.test", NULL),
                     0);
    assert_int_equal(siplock_audio_start_pcm(app->s, call, pcm), 0);
    assert_int_equal(siplock_audio_start_pcm(app->s, call, pcm),
                     SIPLOCK_ESTATE);
    assert_true(wait_for(app, &app->established, 2));
    for (int i = 0; i < 100 * WAIT_S && !enough; i++) {
        for (unsigned k = 0; k < 160; k++, phase++)
            frame[k] = (int16_t)(8000 * sin(0.2 * phase));
        (void)siplock_pcm_write(pcm, frame, 160);
        (void)siplock_pcm_read(pcm, frame, 160);
        for (unsigned k = 0; k < 160; k++) /* the mean square */
            energy += (double)frame[k] * frame[k] / 160;
        pthread_mutex_lock(&app->tally.lock);
        enough = energy > 1000 * LOUD && theirs.loud >= HEARD;
        pthread_mutex_unlock(&app->tally.lock);
        nanosleep(&ten_ms, NULL);
    }
    assert_int_equal(siplock_call_hangup(app->s, call), 0);
    assert_true(wait_for(app, &app->ended, 2));
    siplock_pcm_free(pcm);
    close_app(app);
    assert_true(enough);
}

static void two_talk_with_g711(void **state)
{
    (void)state;
    talk("pcma", "PCMA");
}

static void what_is_refused_at_once(void **state)
{
    struct app *app = open_app(NULL);
    struct siplock_cause cause = {.size = sizeof(cause)};
    siplock_call call = {0};

    (void)state;
    assert_int_equal(siplock_call_start(app->s, &call, app->account[0],
                                        "sip:u1@example.test;transport=udp",
                                        &cause),
                     SIPLOCK_EPOLICY);
    assert_string_equal(cause.code, "transport_udp");
    assert_int_equal(
        siplock_call_start(app->s, &call, app->account[0], "no uri", &cause),
        SIPLOCK_ESYNTAX);
    assert_int_equal(siplock_call_start(app->s, &call, (siplock_account){99},
                                        "sip:u1@example.test", &cause),
                     SIPLOCK_EGONE);
    assert_int_equal(siplock_call_answer(app->s, (siplock_call){77}),
                     SIPLOCK_EGONE);
    assert_int_equal(siplock_call_reject(app->s, call, 200), SIPLOCK_EINVAL);
    assert_int_equal(siplock_call_dtmf(app->s, call, 'x', 100),
                     SIPLOCK_EINVAL);
    close_app(app);
}

/* Eight threads do what they like. */
struct worker {
    struct app *app;
    unsigned seed, made;
};

static unsigned below(struct worker *w, unsigned n)
{
    w->seed = w->seed * 1103515245u + 12345u;
    return (w->seed >> 16) % n;
}

static siplock_call any_call(struct worker *w)
{
    siplock_call call = {0};

    pthread_mutex_lock(&w->app->tally.lock);
    if (w->app->sides)
        call.id = w->app->side[below(w, w->app->sides)].id;
    pthread_mutex_unlock(&w->app->tally.lock);
    return call;
}

static void one_thing(struct worker *w)
{
    struct app *app = w->app;
    siplock_call call = any_call(w);
    char target[64];

    switch (below(w, 8)) {
    case 0:
    case 1:
        snprintf(target, sizeof(target), "sip:%s@example.test",
                 users[below(w, USERS)]);
        if (!siplock_call_start(app->s, &call, app->account[below(w, USERS)],
                                target, NULL))
            w->made++;
        break;
    case 2:
        (void)siplock_call_answer(app->s, call);
        break;
    case 3:
        (void)siplock_call_hangup(app->s, call);
        break;
    case 4:
        (void)siplock_call_dtmf(app->s, call, '1', 40);
        break;
    case 5:
        (void)siplock_audio_stop(app->s, call);
        break;
    case 6:
        (void)siplock_call_reject(app->s, call, 480);
        break;
    default:
        (void)siplock_call_ring(app->s, call);
        break;
    }
}

static void *work(void *arg)
{
    struct worker *w = arg;
    const struct timespec pause = {0, 3000000};

    for (unsigned i = 0; i < ROUNDS; i++) {
        one_thing(w);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static bool all_ended(struct app *app)
{
    bool all = true;

    pthread_mutex_lock(&app->tally.lock);
    for (unsigned i = 0; i < app->sides; i++)
        all = all && app->side[i].last;
    pthread_mutex_unlock(&app->tally.lock);
    return all;
}

static void hang_up_all(struct app *app)
{
    pthread_mutex_lock(&app->tally.lock);
    unsigned n = app->sides;

    pthread_mutex_unlock(&app->tally.lock);
    for (unsigned i = 0; i < n; i++) {
        pthread_mutex_lock(&app->tally.lock);
        siplock_call call = {app->side[i].id};

        pthread_mutex_unlock(&app->tally.lock);
        (void)siplock_call_hangup(app->s, call);
    }
}

static void eight_threads(void **state)
{
    struct app *app = open_app(NULL);
    struct worker w[THREADS];
    pthread_t thread[THREADS];
    const struct timespec pause = {0, 100000000};

    (void)state;
    for (unsigned i = 0; i < THREADS; i++) {
        w[i] = (struct worker){app, i + 1, 0};
        assert_int_equal(pthread_create(&thread[i], NULL, work, &w[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    for (int i = 0; i < WAIT_S * 10 && !all_ended(app); i++) {
        hang_up_all(app);
        nanosleep(&pause, NULL);
    }
    assert_true(all_ended(app));
    close_app(app);
    assert_true(app->sides > THREADS);
    for (unsigned i = 0; i < app->sides; i++) {
        assert_int_equal(app->side[i].ended, 1);
        assert_int_equal(app->side[i].last, 1);
    }
    printf("%u sides of calls, one last event each\n", app->sides);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_talk_with_opus),
        cmocka_unit_test(two_talk_with_g711),
        cmocka_unit_test(a_ring_for_a_real_time_thread),
        cmocka_unit_test(what_is_refused_at_once),
        cmocka_unit_test(eight_threads),
    };

    media_seal_warm(); /* not on a thread whose library is not watched */
    return cmocka_run_group_tests_name("ua_talk", tests, NULL, NULL);
}
