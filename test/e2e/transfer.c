/* SPDX-License-Identifier: Apache-2.0 */
/* Transfers with a real Asterisk 22: blind, attended, and asked of us. */
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
#include "test/e2e/harness/sound.h"

static struct proc *waiting(struct scene *c, struct asterisk *a,
                            const char *user)
{
    struct proc *p =
        PHONE(c, a, "answer", user, "--play", "tone", "--calls", "1");

    json_decref(lines_await(p, "register.state", "registered", 1));
    return p;
}

/* It talks on. */
static void goes_on(struct proc *p)
{
    json_t *lines = lines_read(p);
    size_t n = lines_count(lines, "call.stats", NULL);

    json_decref(lines);
    lines = lines_await(p, "call.stats", NULL, n + 2);
    assert_int_equal(lines_count(lines, "call.ended", NULL), 0);
    json_decref(lines);
}

/* It hangs up. */
static void ends(struct proc *p)
{
    json_t *lines;

    stage_signal(p, SIGINT);
    lines = client_expect(p, 130, NULL);
    assert_int_equal(lines_count(lines, "call.state", "established"), 1);
    json_decref(lines);
}

/* We are in a call with somebody and send him to the echo. */
static void test_blind(void **state)
{
    struct asterisk a;
    struct scene c;
    struct proc *other;
    json_t *lines;

    asterisk_begin(&c, &a, *state);
    other = waiting(&c, &a, "alaw");
    lines = client_expect(PHONE(&c, &a, "call", PEER_USER, AT("call-alaw"),
                                "--play", "tone", "--transfer", AT("echo"),
                                "--transfer-after", "1", "--for", "20"),
                          0, NULL);
    assert_int_equal(lines_count(lines, "call.transfer", "accepted"), 1);
    assert_int_equal(lines_count(lines, "call.transfer", "done"), 1);
    scene_ended(lines);
    json_decref(lines);
    asterisk_await(&a, "SIP/2.0 202 ");
    goes_on(other);
    ends(other);
    scene_end(&c);
}

/* To nobody: it fails, and the call goes on until we hang up. */
static void test_failed(void **state)
{
    struct asterisk a;
    struct scene c;
    struct proc *other;
    json_t *lines;

    asterisk_begin(&c, &a, *state);
    other = waiting(&c, &a, "alaw");
    lines = client_expect(PHONE(&c, &a, "call", PEER_USER, AT("call-alaw"),
                                "--play", "tone", "--transfer", AT("none"),
                                "--transfer-after", "1", "--for", "4"),
                          10, NULL);
    assert_int_equal(lines_count(lines, "call.transfer", "failed"), 1);
    assert_true(lines_num(lines_last(lines, "call.transfer", "failed"),
                          "status") >= 300);
    assert_true(lines_num(lines_last(lines, "call.ended", NULL),
                          "duration_ms") >= 4000);
    scene_ended(lines);
    json_decref(lines);
    json_decref(client_expect(other, 0, NULL));
    scene_end(&c);
}

/* Two calls of ours become one of theirs. */
static void test_attended(void **state)
{
    struct asterisk a;
    struct scene c;
    struct proc *first, *second;
    json_t *lines;

    asterisk_begin(&c, &a, *state);
    first = waiting(&c, &a, "alaw");
    second = waiting(&c, &a, "ulaw");
    lines = client_expect(PHONE(&c, &a, "call", PEER_USER, AT("call-alaw"),
                                "--play", "tone", "--transfer-attended",
                                AT("call-ulaw"), "--transfer-after", "1",
                                "--for", "20"),
                          0, NULL);
    assert_int_equal(lines_count(lines, "call.state", "established"), 2);
    assert_int_equal(lines_count(lines, "call.transfer", "done"), 1);
    assert_int_equal(lines_count(lines, "call.ended", NULL), 2);
    json_decref(lines);
    asterisk_await(&a, "Replaces=");
    goes_on(first);
    goes_on(second);
    ends(first);
    lines = client_expect(second, 0, NULL); /* they were one call */
    assert_int_equal(lines_count(lines, "call.state", "established"), 1);
    json_decref(lines);
    scene_end(&c);
}

/* It sends us elsewhere: followed only if we say so. */
static void test_asked_of_us(void **state)
{
    struct asterisk a;
    struct scene c;
    json_t *lines;

    asterisk_begin(&c, &a, *state);
    lines = client_expect(PHONE(&c, &a, "call", PEER_USER, AT("move"),
                                "--play", c.ours, "--accept-transfer",
                                "--record", stage_path(c.stage, "got.wav")),
                          0, NULL);
    assert_int_equal(lines_count(lines, "call.transfer", "asked"), 1);
    assert_int_equal(lines_count(lines, "call.transfer", "done"), 1);
    assert_int_equal(lines_count(lines, "call.state", "established"), 2);
    assert_int_equal(lines_count(lines, "call.ended", NULL), 2);
    json_decref(lines);
    asterisk_await(&a, "SIP/2.0 200 OK\r\n");
    sound_expect(c.speech, stage_path(c.stage, "got-2.wav"));
    lines = client_expect(
        PHONE(&c, &a, "call", PEER_USER, AT("move"), "--play", "tone"), 0,
        NULL);
    assert_int_equal(lines_count(lines, "call.transfer", "asked"), 1);
    assert_int_equal(lines_count(lines, "call.state", "established"), 1);
    json_decref(lines);
    asterisk_await(&a, "SIP/2.0 603 Decline");
    scene_end(&c);
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(int n, char **word)
{
    const struct CMUnitTest tests[] = {
        E2E(test_blind),
        E2E(test_failed),
        E2E(test_attended),
        E2E(test_asked_of_us),
    };

    netns_enter();
    if (n > 1)
        cmocka_set_test_filter(word[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
