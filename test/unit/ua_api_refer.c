/* SPDX-License-Identifier: Apache-2.0 */
/* References through the public interface: three users of one edge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "media/seal.h"
#include "test/edgehost.h"
#include "test/unit/tally.h"
#include "ua/siplock_more.h"

enum { USERS = 3, WAIT_S = 30 };

static const char *const users[USERS] = {"u0", "u1", "u2"};

struct app {
    struct tally tally;
    struct siplock *s;
    struct edgehost *edge;
    siplock_account account[USERS];
    siplock_reference asked;
    bool follow; /* else it is declined */
    unsigned registered, freed, asks, out_ended, in_ended, calls_over;
    unsigned followed; /* calls that say which reference they follow */
    int out_state, in_state;
    unsigned status;
};

static void note(struct app *app, unsigned *counter)
{
    tally_count(&app->tally, counter);
}

static bool wait_for(struct app *app, const unsigned *counter, unsigned n)
{
    return tally_wait(&app->tally, counter, n, WAIT_S);
}

static void on_transfer(struct app *app, const struct siplock_event *e)
{
    bool out = e->direction == SIPLOCK_DIR_OUT;

    assert_int_equal(e->call.id, 0);
    if (e->state == SIPLOCK_TRANSFER_ASKED) {
        app->asked = e->reference;
        assert_int_equal(app->follow
                             ? siplock_reference_follow(app->s, e->reference)
                             : siplock_reference_decline(app->s, e->reference),
                         0);
        note(app, &app->asks);
    }
    if (e->state < SIPLOCK_TRANSFER_DONE)
        return;
    if (out)
        app->status = e->status;
    *(out ? &app->out_state : &app->in_state) = e->state;
    note(app, out ? &app->out_ended : &app->in_ended);
}

static void on_event(void *user, const struct siplock_event *e)
{
    struct app *app = user;

    if (e->type == SIPLOCK_EVENT_REGISTER_STATE &&
        e->state == SIPLOCK_REGISTER_REGISTERED)
        note(app, &app->registered);
    if (e->type == SIPLOCK_EVENT_TRANSFER)
        on_transfer(app, e);
    if (e->type == SIPLOCK_EVENT_CALL_STATE && e->reference.id &&
        e->state == SIPLOCK_CALL_CALLING)
        note(app, &app->followed);
    if (e->type == SIPLOCK_EVENT_CALL_STATE &&
        e->direction == SIPLOCK_DIR_IN && e->state == SIPLOCK_CALL_RINGING)
        (void)siplock_call_reject(app->s, e->call, 603);
    if (e->type == SIPLOCK_EVENT_CALL_ENDED)
        note(app, &app->calls_over);
}

static void on_done(void *user)
{
    struct app *app = user;

    note(app, &app->freed);
}

static void add(struct app *app, unsigned user)
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
        .refers = user == 1 ? SIPLOCK_REFERS_ASKED : SIPLOCK_REFERS_REFUSED,
    };

    snprintf(aor, sizeof(aor), "sip:%s@example.test", users[user]);
    assert_int_equal(
        siplock_account_add(app->s, &app->account[user], &config, NULL), 0);
}

static void open_app(struct app *app, bool follow)
{
    const struct siplock_config config = {
        .size = sizeof(config), .user = app, .on_event = on_event};

    *app = (struct app){.follow = follow};
    tally_init(&app->tally);
    app->edge = edgehost_start(users, USERS);
    assert_int_equal(siplock_new(&app->s, &config), 0);
    for (unsigned i = 0; i < USERS; i++)
        add(app, i);
    assert_int_equal(siplock_start(app->s), 0);
    assert_true(wait_for(app, &app->registered, USERS));
}

static void close_app(struct app *app)
{
    siplock_free(app->s, on_done);
    assert_true(wait_for(app, &app->freed, 1));
    edgehost_stop(app->edge);
}

static int refer(struct app *app, const char *at, siplock_reference *r)
{
    const struct siplock_refer_config config = {
        .size = sizeof(config), .at = at, .target = "sip:u2@example.test"};

    return siplock_refer(app->s, r, app->account[0], &config, NULL);
}

/* u0 asks u1 to call u2, who is busy with other things. */
static void followed(void **state)
{
    static struct app app;
    siplock_reference r;

    (void)state;
    open_app(&app, true);
    assert_int_equal(refer(&app, "sip:u1@example.test", &r), 0);
    assert_true(wait_for(&app, &app.asks, 1));
    assert_true(wait_for(&app, &app.out_ended, 1));
    assert_true(wait_for(&app, &app.in_ended, 1));
    assert_true(wait_for(&app, &app.calls_over, 2));
    assert_int_equal(app.out_state, SIPLOCK_TRANSFER_FAILED);
    assert_int_equal(app.in_state, SIPLOCK_TRANSFER_FAILED);
    assert_int_equal(app.status, 603);
    assert_int_equal(app.followed, 1);
    assert_int_equal(siplock_reference_follow(app.s, app.asked),
                     SIPLOCK_EGONE);
    assert_int_equal(siplock_reference_decline(app.s, r), SIPLOCK_EGONE);
    close_app(&app);
}

/* Or u1 does not want to, or is not asked at all. */
static void declined(void **state)
{
    static struct app app;
    siplock_reference r;

    (void)state;
    open_app(&app, false);
    assert_int_equal(refer(&app, "sip:u1@example.test", &r), 0);
    assert_true(wait_for(&app, &app.out_ended, 1));
    assert_true(wait_for(&app, &app.in_ended, 1));
    assert_int_equal(app.out_state, SIPLOCK_TRANSFER_FAILED);
    assert_int_equal(app.status, 603);
    assert_int_equal(refer(&app, "sip:u2@example.test", &r), 0);
    assert_true(wait_for(&app, &app.out_ended, 2));
    assert_int_equal(app.status, 403);
    assert_int_equal(app.asks, 1);
    assert_int_equal(app.calls_over, 0);
    close_app(&app);
}

static void what_is_wrong_is_said_at_once(void **state)
{
    static struct app app;
    struct siplock_cause cause = {.size = sizeof(cause)};
    struct siplock_refer_config config = {.size = sizeof(config),
                                          .target = "sip:u2@example.test"};
    siplock_reference r;

    (void)state;
    open_app(&app, true);
    assert_int_equal(siplock_refer(app.s, &r, app.account[0], &config, &cause),
                     SIPLOCK_EINVAL); /* nobody is to be asked */
    config.at = "sip:u1@example.test;transport=udp";
    assert_int_equal(siplock_refer(app.s, &r, app.account[0], &config, &cause),
                     SIPLOCK_EPOLICY);
    config.at = "sip:u1@example.test";
    config.target = "http://example.test";
    assert_int_equal(siplock_refer(app.s, &r, app.account[0], &config, &cause),
                     SIPLOCK_EPOLICY);
    config.target = "sip:u2@example.test";
    config.size = 1;
    assert_int_equal(siplock_refer(app.s, &r, app.account[0], &config, &cause),
                     SIPLOCK_EINVAL);
    config.size = sizeof(config);
    assert_int_equal(
        siplock_refer(app.s, &r, (siplock_account){77}, &config, &cause),
        SIPLOCK_EGONE);
    config.at = NULL;
    config.call.id = 4711; /* a call that is none: told as an event */
    assert_int_equal(siplock_refer(app.s, &r, app.account[0], &config, &cause),
                     0);
    assert_true(wait_for(&app, &app.out_ended, 1));
    assert_int_equal(app.out_state, SIPLOCK_TRANSFER_FAILED);
    assert_int_equal(siplock_reference_follow(app.s, (siplock_reference){0}),
                     SIPLOCK_EGONE);
    close_app(&app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(followed),
        cmocka_unit_test(declined),
        cmocka_unit_test(what_is_wrong_is_said_at_once),
    };

    media_seal_warm(); /* libsrtp's start is on a thread of its own */
    return cmocka_run_group_tests_name("ua_api_refer", tests, NULL, NULL);
}
