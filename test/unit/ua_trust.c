/* SPDX-License-Identifier: Apache-2.0 */
/* Trust as an app sets it: pins, its own verifier, sessions, the key log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "media/seal.h"
#include "test/edgehost.h"
#include "test/unit/tally.h"
#include "ua/siplock.h"

enum { WAIT_S = 30 };

enum { USERS = 8 };

static const char *const users[USERS] = {"u0", "u1", "u2", "u3",
                                         "u4", "u5", "u6", "u7"};

struct app {
    struct tally tally;
    struct siplock *s;
    struct edgehost *edge;
    unsigned registered, failed, freed, sessions, imported, refused, lines;
    unsigned trust_pins, lonely_pin, asked;
    unsigned user; /* the next account's */
    int verdict;
    char code[64], name[64];
    uint8_t sealed[1 << 16];
    size_t sealed_n;
};

static void note(struct app *app, unsigned *counter)
{
    tally_count(&app->tally, counter);
}

static void await(struct app *app, const unsigned *counter, unsigned n)
{
    assert_true(tally_wait(&app->tally, counter, n, WAIT_S));
}

static void on_notice(struct app *app, const char *what)
{
    static const char *const word[] = {"sessions_imported", "sessions_refused",
                                       "trust_pins", "pin_without_backup"};
    unsigned *const counter[] = {&app->imported, &app->refused,
                                 &app->trust_pins, &app->lonely_pin};

    for (size_t i = 0; i < 4; i++)
        if (strcmp(what, word[i]) == 0)
            note(app, counter[i]);
}

static void on_event(void *user, const struct siplock_event *e)
{
    struct app *app = user;

    if (e->type == SIPLOCK_EVENT_NOTICE)
        on_notice(app, e->notice);
    if (e->type == SIPLOCK_EVENT_SESSIONS) {
        assert_true(e->sessions.n <= sizeof(app->sealed));
        memcpy(app->sealed, e->sessions.p, e->sessions.n);
        app->sealed_n = e->sessions.n;
        note(app, &app->sessions);
    }
    if (e->type != SIPLOCK_EVENT_REGISTER_STATE)
        return;
    if (e->state == SIPLOCK_REGISTER_REGISTERED)
        note(app, &app->registered);
    if (e->state == SIPLOCK_REGISTER_FAILED) {
        snprintf(app->code, sizeof(app->code), "%s",
                 e->cause.code ? e->cause.code : "");
        note(app, &app->failed);
    }
}

static void on_done(void *user)
{
    struct app *app = user;

    note(app, &app->freed);
}

static int verify(void *user, const struct siplock_str *chain, size_t n,
                  struct siplock_str name)
{
    struct app *app = user;

    assert_int_equal(n, 1);
    assert_true(chain[0].n > 100 && chain[0].p[0] == 0x30);
    snprintf(app->name, sizeof(app->name), "%.*s", (int)name.n, name.p);
    app->asked++;
    return app->verdict;
}

static void open_app(struct app *app)
{
    const struct siplock_config config = {
        .size = sizeof(config), .user = app, .on_event = on_event};

    memset(app, 0, sizeof(*app));
    tally_init(&app->tally);
    app->edge = edgehost_start(users, USERS);
    assert_int_equal(siplock_new(&app->s, &config), 0);
}

static void close_app(struct app *app)
{
    siplock_free(app->s, on_done);
    await(app, &app->freed, 1);
    edgehost_stop(app->edge);
    tally_free(&app->tally);
}

static int add(struct app *app, struct siplock_account_config config,
               struct siplock_cause *cause)
{
    const char *address = edgehost_address(app->edge);
    siplock_account account;
    char aor[64];

    config.size = sizeof(config);
    snprintf(aor, sizeof(aor), "sip:%s@example.test", users[app->user]);
    config.aor = aor;
    config.address = &address;
    config.addresses = 1;
    config.password = edgehost_password;
    return siplock_account_add(app->s, &account, &config, cause);
}

static void test_verifier(void **state)
{
    struct app app;

    (void)state;
    for (int verdict = 0; verdict < 2; verdict++) {
        open_app(&app);
        app.verdict = verdict;
        assert_int_equal(siplock_start(app.s), 0);
        assert_int_equal(add(&app,
                             (struct siplock_account_config){
                                 .verify = verify, .verify_user = &app},
                             NULL),
                         0);
        await(&app, verdict ? &app.failed : &app.registered, 1);
        assert_string_equal(app.name, "example.test");
        assert_string_equal(app.code, verdict ? "cert_verifier" : "");
        assert_int_equal(app.asked, 1);
        close_app(&app);
    }
}

static void test_pins(void **state)
{
    const char *pin = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    struct siplock_cause cause = {.size = sizeof(cause)};
    struct app app;

    (void)state;
    open_app(&app);
    assert_int_equal(siplock_start(app.s), 0);
    assert_int_equal(add(&app,
                         (struct siplock_account_config){
                             .pin = &pin, .pins = 1, .trust_pins = 1},
                         NULL),
                     0);
    await(&app, &app.failed, 1);
    assert_string_equal(app.code, "cert_pin_mismatch");
    assert_int_equal(app.trust_pins, 1);
    assert_int_equal(app.lonely_pin, 1);
    /* What cannot be is told at once. */
    assert_int_equal(
        add(&app, (struct siplock_account_config){.trust_pins = 1}, &cause),
        SIPLOCK_ECERT);
    assert_string_equal(cause.code, "config_trust");
    pin = "sha256/short";
    assert_int_equal(
        add(&app, (struct siplock_account_config){.pin = &pin, .pins = 1},
            &cause),
        SIPLOCK_ECERT);
    assert_non_null(strstr(cause.text, "sha256/short"));
    close_app(&app);
}

static void test_sessions(void **state)
{
    const uint8_t key[32] = {1}, other[32] = {2};
    struct app app;

    (void)state;
    open_app(&app);
    assert_int_equal(siplock_start(app.s), 0);
    assert_int_equal(siplock_sessions_export(app.s, key), 0);
    await(&app, &app.sessions, 1);
    struct siplock_str sealed = {(const char *)app.sealed, app.sealed_n};

    assert_int_equal(siplock_sessions_import(app.s, key, sealed), 0);
    await(&app, &app.imported, 1);
    assert_int_equal(siplock_sessions_import(app.s, other, sealed), 0);
    await(&app, &app.refused, 1);
    assert_int_equal(app.imported, 1);
    close_app(&app);
}

static void on_line(void *user, const char *text, size_t n)
{
    struct app *app = user;

    assert_true(n > 64 && memchr(text, ' ', n) != NULL);
    note(app, &app->lines);
}

static void test_keylog(void **state)
{
    struct app app;

    (void)state;
    for (int asked = 0; asked < 2; asked++) {
        open_app(&app);
        struct slice ca = edgehost_ca(app.edge);

        if (asked)
            assert_int_equal(siplock_keylog(app.s, on_line, &app), 0);
        assert_int_equal(siplock_start(app.s), 0);
        assert_int_equal(siplock_keylog(app.s, on_line, &app), SIPLOCK_ESTATE);
        assert_int_equal(
            add(&app, (struct siplock_account_config){.ca_pem = {ca.p, ca.n}},
                NULL),
            0);
        await(&app, &app.registered, 1);
        assert_int_equal(app.lines, asked ? 4 : 0);
        close_app(&app);
    }
}

/* Two instances on two threads: TLS 1.3 shares PSA's state between them. */
static void test_two_instances(void **state)
{
    static struct app app[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        open_app(&app[i]);
        assert_int_equal(siplock_start(app[i].s), 0);
    }
    for (unsigned user = 0; user < USERS; user++)
        for (int i = 0; i < 2; i++) {
            app[i].user = user;
            struct slice ca = edgehost_ca(app[i].edge);

            assert_int_equal(
                add(&app[i],
                    (struct siplock_account_config){.ca_pem = {ca.p, ca.n}},
                    NULL),
                0);
        }
    for (int i = 0; i < 2; i++) {
        await(&app[i], &app[i].registered, USERS);
        if (app[i].failed)
            fail_msg("%s", app[i].code);
    }
    for (int i = 0; i < 2; i++)
        close_app(&app[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verifier),      cmocka_unit_test(test_pins),
        cmocka_unit_test(test_sessions),      cmocka_unit_test(test_keylog),
        cmocka_unit_test(test_two_instances),
    };

    media_seal_warm(); /* not on a thread whose library is not watched */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
