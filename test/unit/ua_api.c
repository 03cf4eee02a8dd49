/* SPDX-License-Identifier: Apache-2.0 */
/* The public interface as an app uses it: threads, ids, callbacks, ends. */
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
#include "ua/siplock.h"

enum { USERS = 8, THREADS = 8, ROUNDS = 60, WAIT_S = 30 };

static const char *const users[USERS] = {"u0", "u1", "u2", "u3",
                                         "u4", "u5", "u6", "u7"};

/* What the callbacks saw; shared with the test's threads. */
struct app {
    struct tally tally;
    struct siplock *s;
    struct edgehost *edge;
    unsigned registered, failed, ended, freed, user_freed, added;
    unsigned after_free; /* callbacks that came too late */
    bool free_in_callback;
    bool remove_in_callback;
    char code[64];
};

static void note(struct app *app, unsigned *counter)
{
    tally_count(&app->tally, counter);
}

static bool wait_for(struct app *app, const unsigned *counter, unsigned n)
{
    return tally_wait(&app->tally, counter, n, WAIT_S);
}

static void on_done(void *user)
{
    struct app *app = user;

    note(app, &app->freed);
}

static void on_user_free(void *user)
{
    struct app *app = user;

    note(app, &app->user_freed);
}

static void on_event(void *user, const struct siplock_event *e)
{
    struct app *app = user;

    if (app->user_freed)
        note(app, &app->after_free);
    if (e->type != SIPLOCK_EVENT_REGISTER_STATE)
        return;
    if (e->state == SIPLOCK_REGISTER_FAILED) {
        pthread_mutex_lock(&app->tally.lock);
        snprintf(app->code, sizeof(app->code), "%s",
                 e->cause.code ? e->cause.code : "");
        pthread_mutex_unlock(&app->tally.lock);
        note(app, &app->failed);
    }
    if (e->state == SIPLOCK_REGISTER_REGISTERED) {
        if (app->remove_in_callback)
            assert_int_equal(siplock_account_remove(app->s, e->account), 0);
        if (app->free_in_callback) {
            app->free_in_callback = false;
            siplock_free(app->s, on_done);
        }
        note(app, &app->registered);
    }
    if (e->state == SIPLOCK_REGISTER_ENDED)
        note(app, &app->ended);
}

static void open_app(struct app *app)
{
    const struct siplock_config config = {.size = sizeof(config),
                                          .user = app,
                                          .user_free = on_user_free,
                                          .on_event = on_event};

    tally_init(&app->tally);
    app->edge = edgehost_start(users, USERS);
    assert_int_equal(siplock_new(&app->s, &config), 0);
}

static int add(struct app *app, unsigned user, siplock_account *account)
{
    const char *address = edgehost_address(app->edge);
    struct slice ca = edgehost_ca(app->edge);
    struct siplock_cause cause = {.size = sizeof(cause)};
    char aor[64];
    struct siplock_account_config config = {
        .size = sizeof(config),
        .aor = aor,
        .address = &address,
        .addresses = 1,
        .password = edgehost_password,
        .ca_pem = {ca.p, ca.n},
    };

    snprintf(aor, sizeof(aor), "sip:%s@example.test", users[user]);
    return siplock_account_add(app->s, account, &config, &cause);
}

static void close_app(struct app *app)
{
    siplock_free(app->s, on_done);
    assert_true(wait_for(app, &app->user_freed, 1));
    edgehost_stop(app->edge);
    assert_int_equal(app->freed, 1);
    assert_int_equal(app->user_freed, 1);
    assert_int_equal(app->after_free, 0);
}

static void registers_on_its_own_thread(void **state)
{
    struct app app = {0};
    siplock_account a, b;

    (void)state;
    open_app(&app);
    assert_int_equal(add(&app, 0, &a), 0); /* before the loop runs, too */
    assert_int_equal(siplock_start(app.s), 0);
    assert_int_equal(siplock_start(app.s), SIPLOCK_ESTATE);
    assert_int_equal(siplock_run(app.s), SIPLOCK_ESTATE);
    assert_int_equal(add(&app, 1, &b), 0);
    assert_true(wait_for(&app, &app.registered, 2));
    assert_int_equal(siplock_account_refresh(app.s, a), 0);
    assert_true(wait_for(&app, &app.registered, 3));
    assert_int_equal(siplock_network_changed(app.s), 0);
    assert_true(wait_for(&app, &app.registered, 5));
    assert_int_equal(siplock_account_remove(app.s, a), 0);
    assert_int_equal(siplock_account_remove(app.s, a), SIPLOCK_EGONE);
    assert_true(wait_for(&app, &app.ended, 1));
    assert_int_equal(siplock_account_refresh(app.s, a), SIPLOCK_EGONE);
    assert_int_equal(siplock_account_refresh(app.s, (siplock_account){12345}),
                     SIPLOCK_EGONE);
    assert_int_equal(app.failed, 0);
    assert_int_equal(siplock_stop(app.s), 0);
    assert_int_equal(siplock_stop(app.s), SIPLOCK_ESTATE);
    close_app(&app);
}

static void *stop_soon(void *arg)
{
    struct app *app = arg;

    assert_true(wait_for(app, &app->registered, 1));
    assert_int_equal(siplock_stop(app->s), 0);
    return NULL;
}

static void runs_in_ours(void **state)
{
    struct app app = {0};
    siplock_account a;
    pthread_t thread;

    (void)state;
    open_app(&app);
    assert_int_equal(add(&app, 0, &a), 0);
    pthread_create(&thread, NULL, stop_soon, &app);
    assert_int_equal(siplock_run(app.s), 0);
    pthread_join(thread, NULL);
    close_app(&app);
}

static void freed_in_a_callback(void **state)
{
    struct app app = {.free_in_callback = true};
    siplock_account a;

    (void)state;
    open_app(&app);
    assert_int_equal(add(&app, 0, &a), 0);
    assert_int_equal(siplock_start(app.s), 0);
    assert_true(wait_for(&app, &app.user_freed, 1));
    assert_int_equal(app.freed, 1);
    edgehost_stop(app.edge);
}

static void removed_in_a_callback(void **state)
{
    struct app app = {.remove_in_callback = true};
    siplock_account a;

    (void)state;
    open_app(&app);
    assert_int_equal(siplock_start(app.s), 0);
    assert_int_equal(add(&app, 0, &a), 0);
    assert_true(wait_for(&app, &app.ended, 1));
    assert_int_equal(app.registered, 1);
    close_app(&app);
}

static void freed_before_it_ran(void **state)
{
    struct app app = {0};
    siplock_account a;

    (void)state;
    open_app(&app);
    assert_int_equal(add(&app, 0, &a), 0);
    siplock_free(app.s, on_done); /* no loop: done when it returns */
    assert_int_equal(app.freed, 1);
    assert_int_equal(app.user_freed, 1);
    edgehost_stop(app.edge);
    siplock_free(NULL, NULL);
}

static void what_is_wrong_is_said_at_once(void **state)
{
    struct app app = {0};
    struct siplock *s;
    const char *no_file = "/nonexistent/ca.pem";
    struct siplock_cause cause = {.size = sizeof(cause)};
    struct siplock_account_config config = {.size = sizeof(config),
                                            .aor = "sip:a@example.test",
                                            .ca_file = &no_file,
                                            .ca_files = 1};
    struct siplock_config instance = {.size = 1};
    siplock_account a;

    (void)state;
    assert_int_equal(siplock_new(&s, &instance), SIPLOCK_EINVAL);
    open_app(&app);
    assert_int_equal(siplock_account_add(app.s, &a, &config, &cause),
                     SIPLOCK_ECERT);
    assert_string_equal(cause.code, "config_trust");
    assert_non_null(strstr(cause.text, no_file));
    config.outbound = "sip:edge.test;transport=udp";
    assert_int_equal(siplock_account_add(app.s, &a, &config, &cause),
                     SIPLOCK_EPOLICY);
    assert_string_equal(cause.code, "transport_udp");
    config.size = 3;
    assert_int_equal(siplock_account_add(app.s, &a, &config, NULL),
                     SIPLOCK_EINVAL);
    close_app(&app);
}

static void a_wrong_ca_blocks(void **state)
{
    struct app app = {0}, other = {0};
    siplock_account a;

    (void)state;
    open_app(&app);
    open_app(&other);
    /* The other edge's CA vouches for nothing here. */
    struct edgehost *own = app.edge;
    const char *address = edgehost_address(own);
    struct slice ca = edgehost_ca(other.edge);
    struct siplock_account_config config = {.size = sizeof(config),
                                            .aor = "sip:u0@example.test",
                                            .address = &address,
                                            .addresses = 1,
                                            .password = edgehost_password,
                                            .ca_pem = {ca.p, ca.n}};

    assert_int_equal(siplock_start(app.s), 0);
    assert_int_equal(siplock_account_add(app.s, &a, &config, NULL), 0);
    assert_true(wait_for(&app, &app.failed, 1));
    assert_string_equal(app.code, "cert_unknown_ca");
    assert_int_equal(app.registered, 0);
    close_app(&app);
    close_app(&other);
}

/* ------------------------------------------------------ many threads */

struct worker {
    struct app *app;
    unsigned n;
    unsigned long long rng;
    siplock_account mine;
    bool has;
};

static unsigned below(struct worker *w, unsigned limit)
{
    w->rng = w->rng * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(w->rng >> 33) % limit;
}

static void one_call(struct worker *w)
{
    struct siplock *s = w->app->s;

    switch (below(w, 8)) {
    case 0:
    case 1:
        if (!w->has && add(w->app, w->n, &w->mine) == 0) {
            w->has = true;
            note(w->app, &w->app->added);
        }
        break;
    case 2:
        if (w->has)
            assert_int_equal(siplock_account_remove(s, w->mine), 0);
        w->has = false;
        break;
    case 3:
        (void)siplock_account_refresh(s, w->mine);
        break;
    case 4:
        assert_int_equal(siplock_network_changed(s), 0);
        break;
    case 5:
        assert_int_equal(siplock_suspend(s), 0);
        assert_int_equal(siplock_resume(s), 0);
        break;
    default:
        nanosleep(&(struct timespec){0, (long)below(w, 3000000)}, NULL);
        break;
    }
}

static void *work(void *arg)
{
    struct worker *w = arg;

    for (int i = 0; i < ROUNDS; i++)
        one_call(w);
    if (w->has)
        assert_int_equal(siplock_account_remove(w->app->s, w->mine), 0);
    return NULL;
}

static void eight_threads_call_at_random(void **state)
{
    struct app app = {0};
    struct worker worker[THREADS];
    pthread_t thread[THREADS];

    (void)state;
    open_app(&app);
    assert_int_equal(siplock_start(app.s), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        worker[i] = (struct worker){.app = &app, .n = i, .rng = 77 + i};
        pthread_create(&thread[i], NULL, work, &worker[i]);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    /* Each account that was added ends once. */
    assert_true(app.added > 0);
    assert_true(wait_for(&app, &app.ended, app.added));
    assert_int_equal(app.ended, app.added);
    close_app(&app);
}

static void pure_functions(void **state)
{
    struct siplock_refusal r;

    (void)state;
    assert_int_equal(siplock_check_uri("sip:a@b", &r), 0);
    assert_null(r.why);
    assert_int_equal(siplock_check_uri("sips:a@b;transport=tls", NULL), 0);
    assert_int_equal(siplock_check_uri("tel:+4930123", &r), 0);
    assert_int_equal(siplock_check_uri("sip:a@b;transport=udp", &r),
                     SIPLOCK_EPOLICY);
    assert_string_equal(r.why, "transport_udp");
    assert_int_equal(siplock_check_uri("sip:", &r), SIPLOCK_ESYNTAX);
    assert_int_equal(siplock_check_uri("http://x", &r), SIPLOCK_EPOLICY);
    assert_string_equal(siplock_error_name(SIPLOCK_EGONE), "SIPLOCK_EGONE");
    assert_string_equal(siplock_error_name(0), "SIPLOCK_OK");
    assert_string_equal(siplock_version(), "0.1.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers_on_its_own_thread),
        cmocka_unit_test(runs_in_ours),
        cmocka_unit_test(freed_in_a_callback),
        cmocka_unit_test(removed_in_a_callback),
        cmocka_unit_test(freed_before_it_ran),
        cmocka_unit_test(what_is_wrong_is_said_at_once),
        cmocka_unit_test(a_wrong_ca_blocks),
        cmocka_unit_test(eight_threads_call_at_random),
        cmocka_unit_test(pure_functions),
    };

    media_seal_warm(); /* not on a thread whose library is not watched */
    return cmocka_run_group_tests_name("ua_api", tests, NULL, NULL);
}
