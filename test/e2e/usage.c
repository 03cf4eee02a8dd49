/* SPDX-License-Identifier: Apache-2.0 */
/* Subscriptions, messages and INFO with a real Asterisk 22. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/e2e/harness/asterisk.h"
#include "test/e2e/harness/netns.h"
#include "test/e2e/harness/scene.h"

/* A mailbox is watched, refreshed, and let go of. */
static void test_message_summary(void **state)
{
    struct asterisk a;
    struct scene c;
    struct proc *p;
    json_t *lines;

    asterisk_begin(&c, &a, *state);
    p = PHONE(&c, &a, "subscribe", PEER_USER, "--event", "message-summary",
              "--accept", "application/simple-message-summary", "--expires",
              "600", "--for", "1");
    lines = client_expect(p, 0, NULL);
    assert_int_equal(lines_count(lines, "subscription.state", "active"), 1);
    assert_int_equal(lines_count(lines, "subscription.state", "ended"), 1);
    assert_true(lines_count(lines, "notify", NULL) >= 2); /* and the last */
    assert_string_equal(
        lines_text(lines_last(lines, "notify", NULL), "content_type"),
        "application/simple-message-summary");
    assert_non_null(
        strstr(lines_text(lines_last(lines, "notify", NULL), "body"),
               "Messages-Waiting: no"));
    json_decref(lines);
    /* Once, and no more. */
    lines = client_expect(PHONE(&c, &a, "subscribe", PEER_USER, "--event",
                                "message-summary", "--once"),
                          0, NULL);
    assert_in_range(lines_count(lines, "notify", NULL), 1, 2);
    json_decref(lines);
    scene_end(&c);
}

/* What it does not know is refused for good: 489. */
static void test_bad_event(void **state)
{
    struct asterisk a;
    struct scene c;
    json_t *lines;

    asterisk_begin(&c, &a, *state);
    lines = client_expect(
        PHONE(&c, &a, "subscribe", PEER_USER, "--event", "weather"), 10, NULL);
    assert_int_equal(
        lines_num(lines_last(lines, "subscription.state", "ended"), "status"),
        489);
    assert_string_equal(
        lines_text(lines_last(lines, "subscription.state", "ended"),
                   "cause.code"),
        "sub_bad_event");
    json_decref(lines);
    scene_end(&c);
}

/* One user's words reach the other one. */
static void test_message(void **state)
{
    struct asterisk a;
    struct scene c;
    struct proc *p;
    json_t *lines;

    asterisk_begin(&c, &a, *state);
    p = PHONE(&c, &a, "answer", "ulaw", "--calls", "9");
    json_decref(lines_await(p, "register.state", "registered", 1));
    lines = client_expect(PHONE(&c, &a, "message", PEER_USER, AT("ulaw"),
                                "gr\xc3\xbc\xc3\x9f dich"),
                          0, NULL);
    assert_int_equal(
        lines_num(lines_last(lines, "message.state", NULL), "status"), 202);
    json_decref(lines);
    lines = lines_await(p, "message", NULL, 1);
    assert_string_equal(lines_text(lines_last(lines, "message", NULL), "body"),
                        "gr\xc3\xbc\xc3\x9f dich");
    assert_string_equal(
        lines_text(lines_last(lines, "message", NULL), "content_type"),
        "text/plain");
    json_decref(lines);
    stage_signal(p, SIGINT);
    json_decref(client_expect(p, 130, NULL));
    scene_end(&c);
}

/* Digits as old PBXs send them. */
static void test_info(void **state)
{
    struct asterisk a;
    struct scene c;
    char got[16] = "";
    json_t *lines;

    asterisk_begin(&c, &a, *state);
    lines = client_expect(
        PHONE(&c, &a, "call", "info", AT("press"), "--play", "tone"), 0, NULL);
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *o = json_array_get(lines, i);

        if (strcmp(lines_text(o, "type"), "call.dtmf") != 0)
            continue;
        assert_true(strlen(got) + 2 < sizeof(got));
        strcat(got, lines_text(o, "digit"));
    }
    assert_string_equal(got, "159#*0D");
    json_decref(lines);
    asterisk_await(&a, "INFO sip:");
    scene_end(&c);
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(int n, char **word)
{
    const struct CMUnitTest tests[] = {
        E2E(test_message_summary),
        E2E(test_bad_event),
        E2E(test_message),
        E2E(test_info),
    };

    netns_enter();
    if (n > 1)
        cmocka_set_test_filter(word[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
