/* SPDX-License-Identifier: Apache-2.0 */
/* Calls with a real Asterisk 22 over TLS with SDES, the wire judged. */
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

/* Three calls at a time, one with each codec; each hears itself. */
static void test_echo(void **state)
{
    static const char *const user[3] = {PEER_USER, "alaw", "ulaw"};
    static const char *const codec[3] = {"opus", "PCMA", "PCMU"};
    static const char *const expect[3] = {"codec=opus", "codec=PCMA",
                                          "codec=PCMU"};
    const char *heard[3];
    struct proc *p[3];
    struct asterisk a;
    struct scene c;

    asterisk_begin(&c, &a, *state);
    for (int i = 0; i < 3; i++) {
        char name[32];

        snprintf(name, sizeof(name), "echo-%d.wav", i);
        heard[i] = stage_path(c.stage, name);
        p[i] =
            PHONE(&c, &a, "call", user[i], AT("echo"), "--play", c.ours,
                  "--record", heard[i], "--for", "6", "--expect", expect[i]);
    }
    for (int i = 0; i < 3; i++) {
        json_t *lines = client_expect(p[i], 0, NULL);

        scene_expect_call(lines, codec[i], 0);
        assert_true(scene_index(lines, "register.state", "registered") <
                    scene_index(lines, "call.state", "calling"));
        json_decref(lines);
        sound_expect(c.ours, heard[i]);
    }
    scene_end(&c);
    assert_true(c.media.rtp > 3 * 2 * 5 * 50);
    assert_true(c.media.rtcp > 0);
}

/* It plays, we record; we play, it records; it hangs up. */
static void test_playback(void **state)
{
    struct asterisk a;
    struct scene c;
    json_t *lines;

    asterisk_begin(&c, &a, *state);
    lines = client_expect(PHONE(&c, &a, "call", PEER_USER, AT("play"),
                                "--play", c.ours, "--record",
                                stage_path(c.stage, "got.wav")),
                          0, NULL);
    scene_expect_call(lines, "opus", 0);
    json_decref(lines);
    scene_end(&c);
    sound_expect(c.speech, stage_path(c.stage, "got.wav"));
    sound_expect(c.ours, stage_path(c.stage, "heard.wav"));
}

/* It calls us: once as we are, once as one that only wants PCMU. */
static void test_called_back(void **state)
{
    /* The last one offers RTP/AVP with keys (RFC 8643). */
    static const char *const user[3] = {PEER_USER, "ulaw", "maybe"};
    static const char *const codec[3] = {"opus", "PCMU", "opus"};
    struct asterisk a;
    struct scene c;

    asterisk_begin(&c, &a, *state);
    for (int i = 0; i < 3; i++) {
        struct proc *p = PHONE(&c, &a, "answer", user[i], "--ring", "1",
                               "--calls", "1", "--play", c.ours, "--record",
                               stage_path(c.stage, "got.wav"));
        json_t *lines;

        json_decref(lines_await(p, "register.state", "registered", 1));
        asterisk_call(&a, user[i], "play");
        lines = client_expect(p, 0, NULL);
        scene_expect_call(lines, codec[i], 0);
        assert_true(scene_index(lines, "call.state", "ringing") <
                    scene_index(lines, "call.state", "established"));
        assert_string_equal(
            lines_text(lines_last(lines, "call.state", "established"), "dir"),
            "in");
        json_decref(lines);
        sound_expect(c.speech, stage_path(c.stage, "got.wav"));
        sound_expect(c.ours, stage_path(c.stage, "heard.wav"));
        remove(stage_path(c.stage, "heard.wav"));
    }
    assert_true(asterisk_logged(&a, "SIP/2.0 180 ") >= 3);
    scene_end(&c);
}

/* What is played before the answer is heard before the answer. */
static void test_early_media(void **state)
{
    struct asterisk a;
    struct scene c;
    json_t *lines;

    asterisk_begin(&c, &a, *state);
    lines = client_expect(PHONE(&c, &a, "call", PEER_USER, AT("early"),
                                "--play", c.ours, "--record",
                                stage_path(c.stage, "got.wav"), "--for", "2"),
                          0, NULL);
    scene_expect_call(lines, "opus", 0);
    assert_true(scene_index(lines, "call.state", "early") <
                scene_index(lines, "call.state", "established"));
    assert_true(scene_index(lines, "call.media", NULL) <
                scene_index(lines, "call.state", "established"));
    json_decref(lines);
    scene_end(&c);
    /* It played before the answer only. */
    sound_expect(c.speech, stage_path(c.stage, "got.wav"));
}

static void refused(struct scene *c, struct asterisk *a, const char *uri,
                    int status)
{
    struct proc *p = PHONE(c, a, "call", PEER_USER, uri);
    json_t *lines = client_expect(p, 10, NULL);
    const json_t *state = lines_last(lines, "call.state", "ended");

    scene_ended(lines);
    assert_non_null(state);
    assert_int_equal(lines_num(state, "status"), status);
    assert_true(*lines_text(state, "cause.code"));
    assert_true(*lines_text(state, "cause.text"));
    assert_int_equal(lines_count(lines, "call.state", "established"), 0);
    json_decref(lines);
}

/* Refused by the far end: exit code 10, a cause, and no media at all. */
static void test_refused(void **state)
{
    struct asterisk a;
    struct scene c;

    asterisk_begin(&c, &a, *state);
    refused(&c, &a, AT("busy"), 486);
    refused(&c, &a, AT("failing"), 503);
    refused(&c, &a, AT("nobody"), 404);
    scene_end(&c);
    assert_int_equal(c.media.nport, 0);
}

/* We refuse it: it gets our status, and no media. */
static void test_rejected(void **state)
{
    struct asterisk a;
    struct scene c;
    struct proc *p;
    json_t *lines;

    asterisk_begin(&c, &a, *state);
    p = PHONE(&c, &a, "answer", PEER_USER, "--reject", "486", "--calls", "1");
    json_decref(lines_await(p, "register.state", "registered", 1));
    asterisk_call(&a, PEER_USER, "play");
    stage_wait(p);
    lines = lines_read(p);
    assert_int_equal(
        lines_num(lines_last(lines, "call.state", "ended"), "status"), 486);
    scene_ended(lines);
    json_decref(lines);
    asterisk_await(&a, "SIP/2.0 486 ");
    scene_end(&c);
    assert_int_equal(c.media.nport, 0);
}

static void test_dtmf(void **state)
{
    struct asterisk a;
    struct scene c;
    char got[16] = "";
    json_t *lines;
    struct proc *p;

    asterisk_begin(&c, &a, *state);
    p = PHONE(&c, &a, "call", PEER_USER, AT("digits"), "--dtmf", "7w*42",
              "--for", "6");
    json_decref(client_expect(p, 0, NULL));
    asterisk_await(&a, "got the digits 7*42");
    p = PHONE(&c, &a, "call", PEER_USER, AT("press"));
    lines = client_expect(p, 0, NULL);
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *o = json_array_get(lines, i);

        if (strcmp(lines_text(o, "type"), "call.dtmf") != 0)
            continue;
        assert_true(strlen(got) + 2 < sizeof(got));
        strcat(got, lines_text(o, "digit"));
        assert_in_range(lines_num(o, "ms"), 40, 400);
    }
    assert_string_equal(got, "159#*0D");
    json_decref(lines);
    scene_end(&c);
}

/* A call as user is refused by its policy: typed, 488, and not a packet. */
static void plain_call(struct scene *c, struct asterisk *a, const char *user)
{
    struct proc *p = PHONE(c, a, "answer", user, "--calls", "9");
    json_t *lines;

    json_decref(lines_await(p, "register.state", "registered", 1));
    asterisk_call(a, user, "play");
    lines = lines_await(p, "policy.refused", NULL, 1);
    assert_string_equal(
        lines_text(lines_last(lines, "policy.refused", NULL), "why"),
        "rtp_avp");
    json_decref(lines);
    asterisk_await(a, "SIP/2.0 488 ");
    stage_signal(p, SIGINT);
    lines = client_expect(p, 130, NULL);
    assert_int_equal(lines_count(lines, "call.state", "established"), 0);
    assert_int_equal(lines_count(lines, "call.media", NULL), 0);
    assert_true(lines_count(lines, "call.ended", NULL) <= 1);
    json_decref(lines);
}

/* Endpoints that Asterisk is told to serve in clear. */
static void test_plain_media_is_refused(void **state)
{
    struct asterisk a;
    struct scene c;
    json_t *lines;

    asterisk_begin(&c, &a, *state);
    plain_call(&c, &a, "plain");
    lines =
        client_expect(PHONE(&c, &a, "call", "plain", AT("echo")), 10, NULL);
    assert_int_equal(
        lines_num(lines_last(lines, "call.state", "ended"), "status"), 488);
    scene_ended(lines);
    json_decref(lines);
    scene_end(&c);
    assert_int_equal(c.media.nport, 0);
}

/* ^C in a call: hung up, unregistered, told. */
static void test_interrupt(void **state)
{
    struct asterisk a;
    struct scene c;
    struct proc *p;
    json_t *lines;

    asterisk_begin(&c, &a, *state);
    p = PHONE(&c, &a, "call", PEER_USER, AT("echo"));
    json_decref(lines_await(p, "call.stats", NULL, 1));
    stage_signal(p, SIGINT);
    lines = client_expect(p, 130, NULL);
    scene_ended(lines);
    assert_int_equal(lines_count(lines, "register.state", "ended"), 1);
    json_decref(lines);
    asterisk_await(&a, "BYE sip:");
    scene_end(&c);
}

/* ^C while it rings: CANCEL, and no media. */
static void test_cancel(void **state)
{
    struct asterisk a;
    struct scene c;
    struct proc *p;
    json_t *lines;

    asterisk_begin(&c, &a, *state);
    p = PHONE(&c, &a, "call", PEER_USER, AT("ring"));
    json_decref(lines_await(p, "call.state", "ringing", 1));
    stage_signal(p, SIGINT);
    lines = client_expect(p, 130, NULL);
    scene_ended(lines);
    assert_int_equal(lines_count(lines, "call.state", "established"), 0);
    json_decref(lines);
    asterisk_await(&a, "CANCEL sip:");
    asterisk_await(&a, "SIP/2.0 487 ");
    scene_end(&c);
    assert_int_equal(c.media.nport, 0);
}

/* The connection is cut in a call: it comes back from another port, Asterisk
 * is told by a re-INVITE, and its BYE reaches us there. */
static void test_flow_comes_back(void **state)
{
    struct asterisk a;
    struct scene c;
    struct proc *p;
    json_t *lines;
    char port[32];

    asterisk_begin(&c, &a, *state);
    p = PHONE(&c, &a, "call", PEER_USER, AT("echo"), "--play", c.ours,
              "--record", stage_path(c.stage, "got.wav"));
    json_decref(lines_await(p, "call.stats", NULL, 1));
    snprintf(port, sizeof(port), "127.0.0.1:%d", a.port);
    stage_run(c.stage, "ss", (const char *[]){"ss", "-K", "dst", port, NULL});
    json_decref(lines_await(p, "flow.state", "down", 1));
    json_decref(lines_await(p, "register.state", "registered", 2));
    lines = lines_await(p, "call.stats", NULL, 5);
    assert_int_equal(lines_count(lines, "call.ended", NULL), 0);
    json_decref(lines);
    asterisk_do(&a, "channel request hangup all");
    lines = client_expect(p, 0, NULL);
    scene_ended(lines);
    assert_int_equal(lines_count(lines, "flow.state", "up"), 2);
    json_decref(lines);
    scene_end(&c);
    sound_expect(c.ours, stage_path(c.stage, "got.wav"));
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(int n, char **word)
{
    const struct CMUnitTest tests[] = {
        E2E(test_echo),
        E2E(test_playback),
        E2E(test_called_back),
        E2E(test_early_media),
        E2E(test_refused),
        E2E(test_rejected),
        E2E(test_dtmf),
        E2E(test_plain_media_is_refused),
        E2E(test_interrupt),
        E2E(test_cancel),
        E2E(test_flow_comes_back),
    };

    netns_enter();
    if (n > 1)
        cmocka_set_test_filter(word[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
