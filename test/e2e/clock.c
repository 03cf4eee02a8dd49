/* SPDX-License-Identifier: Apache-2.0 */
/* A clock that is wrong: found out by Date, told, and given as the reason. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "test/e2e/harness/certs.h"
#include "test/e2e/harness/client.h"

enum { THREE_DAYS = 259200, NEAR = 600 /* of a slow machine */ };

static const char *const once[] = {"--once", "--timeout", "30", NULL};

/* As RFC 3261 20.17 and RFC 9110 5.6.7 write it, in English. */
static const char *date_in(int seconds)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed",
                                       "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr",
                                         "May", "Jun", "Jul", "Aug",
                                         "Sep", "Oct", "Nov", "Dec"};
    static char text[64];
    time_t at = time(NULL) + seconds;
    struct tm t;

    gmtime_r(&at, &t);
    snprintf(text, sizeof(text), "%s, %02d %s %d %02d:%02d:%02d GMT",
             days[t.tm_wday], t.tm_mday, months[t.tm_mon], t.tm_year + 1900,
             t.tm_hour, t.tm_min, t.tm_sec);
    return text;
}

static void make_server(struct stage *s, const struct certs_ask *ask)
{
    struct certs_ask a = *ask;

    a.san = "DNS:" PEER_DOMAIN;
    certs_make(s, &a);
}

/* How often the skew was told, and the last time with which seconds. */
static size_t told(const json_t *lines, json_int_t *seconds)
{
    size_t i, n = 0;
    json_t *e;

    json_array_foreach((json_t *)(uintptr_t)lines, i, e)
    {
        if (strcmp(lines_text(e, "notice"), "clock_skew") != 0)
            continue;
        *seconds = lines_num(e, "seconds");
        n++;
    }
    return n;
}

static void expect_seconds(json_int_t seconds, json_int_t want)
{
    assert_true(seconds > want - NEAR && seconds < want + NEAR);
}

static void test_told_once(void **state)
{
    struct stage *s = *state;
    json_int_t seconds = 0;
    json_t *lines;

    certs_ca(s);
    make_server(s, &(struct certs_ask){0});
    for (int off = -THREE_DAYS; off <= THREE_DAYS; off += THREE_DAYS) {
        struct peer p = {.date = date_in(-off)};

        peer_start(s, &p);
        struct client c = {.port = p.port};

        lines = client_expect(client_register(s, &c, once), 0, NULL);
        assert_int_equal(told(lines, &seconds), off ? 1 : 0);
        if (off)
            expect_seconds(seconds, off);
        json_decref(lines);
        peer_kill(&p);
    }
}

/* It registered and knows the time by the server; then the certificate ends.
 */
static void test_explains(void **state)
{
    struct stage *s = *state;
    struct peer p = {.date = date_in(THREE_DAYS)};
    struct proc *client;
    json_t *lines;

    certs_ca(s);
    make_server(s, &(struct certs_ask){0});
    peer_start(s, &p);
    client = client_register(s, &(struct client){.port = p.port}, NULL);
    json_decref(lines_await(client, "register.state", "registered", 1));
    peer_kill(&p);
    make_server(s, &(struct certs_ask){.from = "20200101000000Z",
                                       .to = "20200201000000Z"});
    json_decref(lines_await(client, "flow.state", "down", 1));
    peer_start(s, &p);
    for (;;) {
        lines = lines_read(client);
        if (strcmp(lines_text(lines_last(lines, "register.state", "failed"),
                              "cause.code"),
                   "cert_expired") == 0)
            break;
        json_decref(lines);
        if (stage_ended(client))
            stage_fail("the client ended");
        stage_sleep_ms(50);
    }
    assert_non_null(
        strstr(lines_text(lines_last(lines, "register.state", "failed"),
                          "cause.text"),
               "this device's clock is about 3 days behind the server's"));
    json_decref(lines);
    stage_signal(client, SIGINT);
    stage_wait(client);
}

/* A log-in page says the time as well: to an account, siplock tls, doctor. */
static void test_web_server(void **state)
{
    static const char *const says =
        "this device's clock is about 3 days ahead of the server's";
    struct stage *s = *state;
    json_int_t seconds = 0;
    char answer[256], at[32];
    json_t *lines;
    const json_t *o;

    certs_ca(s);
    snprintf(answer, sizeof(answer),
             "HTTP/1.1 302 Found\r\nLocation: http://portal.test/\r\n"
             "Date: %s\r\n\r\n",
             date_in(-THREE_DAYS));
    struct client c = {.port = stage_say(s, answer)};

    lines = client_expect(client_register(s, &c, once), 5, "tls_captive");
    assert_int_equal(told(lines, &seconds), 1);
    expect_seconds(seconds, THREE_DAYS);
    o = lines_last(lines, "register.state", "failed");
    assert_non_null(strstr(lines_text(o, "cause.text"), says));
    json_decref(lines);
    snprintf(at, sizeof(at), "127.0.0.1:%d", c.port);
    lines = client_expect(
        client_start(s, (const char *[]){"tls", "--json", at, "--domain",
                                         PEER_DOMAIN, "--ca",
                                         stage_path(s, "ca.pem"), NULL}),
        5, NULL);
    o = lines_last(lines, "tls.report", NULL);
    assert_non_null(strstr(lines_text(o, "cause.text"), says));
    expect_seconds(lines_num(o, "clock_error_s"), THREE_DAYS);
    json_decref(lines);
    lines = client_expect(client_run(s, "doctor", &c, NULL), 5, NULL);
    o = json_object_get(lines_last(lines, "doctor.report", NULL), "steps");
    o = json_array_get(o, json_array_size(o) - 1);
    assert_string_equal(lines_text(o, "step"), "clock");
    assert_string_equal(lines_text(o, "verdict"), "warn");
    assert_string_equal(lines_text(o, "text"), says);
    expect_seconds(lines_num(o, "facts.seconds"), THREE_DAYS);
    json_decref(lines);
}

/* By REGISTER, doctor learns it too; the control: no line for a good clock. */
static void test_doctor(void **state)
{
    struct stage *s = *state;
    json_t *lines;

    certs_ca(s);
    make_server(s, &(struct certs_ask){.to = "20491231235959Z"});
    for (int off = 0; off <= THREE_DAYS; off += THREE_DAYS) {
        struct peer p = {.date = date_in(off)};

        peer_start(s, &p);
        struct client c = {.port = p.port};

        lines = client_expect(client_run(s, "doctor", &c, NULL), 0, NULL);
        const json_t *o = lines_last(lines, "doctor.report", NULL);

        assert_string_equal(lines_text(o, "verdict"), off ? "warn" : "ok");
        o = json_object_get(o, "steps");
        o = json_array_get(o, json_array_size(o) - 1);
        assert_string_equal(lines_text(o, "step"),
                            off ? "clock" : "unregister");
        json_decref(lines);
        peer_kill(&p);
    }
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        E2E(test_told_once),
        E2E(test_explains),
        E2E(test_web_server),
        E2E(test_doctor),
    };

    return cmocka_run_group_tests_name("e2e/clock", tests, NULL, NULL);
}
