/* SPDX-License-Identifier: Apache-2.0 */
/* Calls with a real baresip: over TLS, and over UDP behind a TLS edge. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/e2e/harness/baresip.h"
#include "test/e2e/harness/netns.h"
#include "test/e2e/harness/scene.h"
#include "test/e2e/harness/sound.h"

#define AOR(user) "sip:" user "@" PEER_DOMAIN

/* What siplock and baresip meet at. */
struct table {
    struct scene scene;
    struct peer proxy; /* TLS */
    struct peer core;  /* UDP, behind the proxy; port 0: there is none */
    struct baresip bob;
    char server[32];
    const char *got; /* what siplock records */
};

static void sit_down(struct table *t, void **state, bool core)
{
    struct stage *s = *state;

    *t = (struct table){.proxy = {.config = "proxy.cfg", .host = NETNS_HERE},
                        .core = {.config = "core.cfg", .host = NETNS_HERE}};
    scene_begin(&t->scene, s);
    /* It hangs up where its file ends. */
    t->scene.speech = sound_speech(s, "speech.wav", 60, 1);
    t->got = stage_path(s, "got.wav");
    if (core) {
        peer_start(s, &t->core);
        t->proxy.config = "edge.cfg";
        t->proxy.core = t->core.port;
        t->bob.transport = "udp";
    }
    peer_start(s, &t->proxy);
    snprintf(t->server, sizeof(t->server), NETNS_HERE ":%d",
             core ? t->core.port : t->proxy.port);
    t->bob.server = t->server;
    t->bob.play = t->scene.speech;
    t->bob.control = stage_port();
    scene_listen(&t->scene, core ? t->core.proc->err : t->proxy.proc->err,
                 (const int[]){t->bob.control, t->core.port}, core ? 2 : 1);
    t->scene.wire.leaky = NETNS_THERE;
}

static struct proc *phone(struct table *t, const char *command,
                          const char *const *words)
{
    return client_run(
        t->scene.stage, command,
        &(struct client){.host = NETNS_HERE, .port = t->proxy.port}, words);
}

#define PHONE(t, command, ...) \
    phone(t, command, (const char *[]){__VA_ARGS__, NULL})

/* Both recordings are what the other played, and the wire is clean. */
static void get_up(struct table *t)
{
    baresip_stop(&t->bob);
    scene_end(&t->scene);
    sound_expect(t->scene.speech, t->got);
    sound_expect(t->scene.ours, baresip_heard(&t->bob));
    /* baresip's RTCP may be in clear; of ours there must be some. */
    assert_true(t->scene.media.rtp > 2 * 4 * 50);
}

static void we_call(struct table *t, const char *codec)
{
    json_t *lines;

    baresip_start(t->scene.stage, &t->bob);
    lines = client_expect(PHONE(t, "call", AOR("bob"), "--play", t->scene.ours,
                                "--record", t->got, "--for", "5"),
                          0, NULL);
    scene_expect_call(lines, codec, 4);
    json_decref(lines);
    baresip_await(&t->bob, "session closed");
    get_up(t);
}

static void it_calls(struct table *t, const char *codec)
{
    struct proc *p = PHONE(t, "answer", "--calls", "1", "--play",
                           t->scene.ours, "--record", t->got);
    json_t *lines;

    json_decref(lines_await(p, "register.state", "registered", 1));
    t->bob.dial = AOR(PEER_USER);
    baresip_start(t->scene.stage, &t->bob);
    json_decref(lines_await(p, "call.stats", NULL, 5));
    baresip_do(&t->bob, "hangup");
    lines = client_expect(p, 0, NULL);
    scene_expect_call(lines, codec, 4);
    json_decref(lines);
    get_up(t);
}

static void test_we_call_opus(void **state)
{
    struct table t;

    sit_down(&t, state, false);
    we_call(&t, "opus");
}

static void test_we_call_pcma(void **state)
{
    struct table t;

    sit_down(&t, state, false);
    t.bob.codecs = "PCMA/8000/1";
    we_call(&t, "PCMA");
}

static void test_it_calls_opus(void **state)
{
    struct table t;

    sit_down(&t, state, false);
    it_calls(&t, "opus");
}

static void test_it_calls_pcmu(void **state)
{
    struct table t;

    sit_down(&t, state, false);
    t.bob.codecs = "PCMU/8000/1";
    it_calls(&t, "PCMU");
}

/* Its Contact and Record-Route are UDP's: data to us, and the call works. */
static void test_we_call_udp_core(void **state)
{
    struct table t;

    sit_down(&t, state, true);
    we_call(&t, "opus");
    assert_true(peer_logged(&t.core, "seen BYE from udp") >= 1);
    assert_true(baresip_logged(&t.bob, ";transport=tls;r2=on") >= 1);
}

static void test_udp_core_calls(void **state)
{
    struct table t;

    sit_down(&t, state, true);
    it_calls(&t, "opus");
}

/* How much has come at the last count. */
static json_int_t received(const json_t *lines)
{
    return lines_num(lines_last(lines, "call.stats", NULL),
                     "packets_received");
}

/* Waits for n counts more; the call is still there. */
static json_int_t go_on(struct proc *p, size_t n)
{
    json_t *lines = lines_read(p);
    size_t had = lines_count(lines, "call.stats", NULL);
    json_int_t came;

    json_decref(lines);
    lines = lines_await(p, "call.stats", NULL, had + n);
    assert_int_equal(lines_count(lines, "call.ended", NULL), 0);
    came = received(lines);
    json_decref(lines);
    return came;
}

/* It holds the call and resumes it: two re-INVITEs that we answer. */
static void test_it_holds(void **state)
{
    struct table t;
    struct proc *p;
    json_int_t held;
    json_t *lines;

    sit_down(&t, state, false);
    baresip_start(t.scene.stage, &t.bob);
    p = PHONE(&t, "call", AOR("bob"), "--play", t.scene.ours, "--record",
              t.got);
    go_on(p, 1);
    baresip_do(&t.bob, "hold");
    held = go_on(p, 2);
    baresip_do(&t.bob, "resume");
    assert_true(go_on(p, 3) > held + 50);
    baresip_do(&t.bob, "hangup");
    lines = client_expect(p, 0, NULL);
    scene_expect_call(lines, "opus", 4);
    json_decref(lines);
    /* Two of its own, each answered by us. */
    assert_true(peer_logged(&t.proxy, "seen INVITE") >= 3);
    assert_int_equal(baresip_logged(&t.bob, "SIP/2.0 488 "), 0);
    baresip_stop(&t.bob);
    scene_end(&t.scene);
}

/* On its way the re-INVITE loses what secures it: 488, each time, and the call
 * that runs goes on as it was. (Not a hold: baresip 1.1 stops listening when
 * it asks for one, and is deaf for good if the resume is refused, too.) */
static void test_lowering_is_refused(void **state)
{
    struct table t;
    struct proc *p;
    json_int_t before;
    json_t *lines;

    sit_down(&t, state, false);
    baresip_start(t.scene.stage, &t.bob);
    p = PHONE(&t, "call", AOR("reinvite.bob"), "--play", t.scene.ours,
              "--record", t.got);
    before = go_on(p, 1);
    baresip_do(&t.bob, "reinvite");
    baresip_await(&t.bob, "SIP/2.0 488 ");
    lines = lines_await(p, "policy.refused", NULL, 1);
    assert_string_equal(
        lines_text(lines_last(lines, "policy.refused", NULL), "why"),
        "rtp_avp");
    json_decref(lines);
    baresip_do(&t.bob, "reinvite");
    json_decref(lines_await(p, "policy.refused", NULL, 2));
    assert_true(go_on(p, 3) > before + 50);
    stage_signal(p, SIGINT);
    lines = client_expect(p, 130, NULL);
    assert_int_equal(lines_count(lines, "call.state", "established"), 1);
    scene_ended(lines);
    json_decref(lines);
    baresip_stop(&t.bob);
    assert_int_equal(baresip_logged(&t.bob, "SIP/2.0 488 "), 2);
    scene_end(&t.scene);
    sound_expect(t.scene.ours, baresip_heard(&t.bob));
}

/* A baresip that is told to send in clear is refused, either way. */
static void test_plain_is_refused(void **state)
{
    struct table t;
    struct proc *p;
    json_t *lines;

    sit_down(&t, state, false);
    p = PHONE(&t, "answer", "--calls", "9");
    json_decref(lines_await(p, "register.state", "registered", 1));
    t.bob.mediaenc = "";
    t.bob.dial = AOR(PEER_USER);
    baresip_start(t.scene.stage, &t.bob);
    lines = lines_await(p, "policy.refused", NULL, 1);
    assert_string_equal(
        lines_text(lines_last(lines, "policy.refused", NULL), "why"),
        "rtp_avp");
    assert_int_equal(lines_count(lines, "call.media", NULL), 0);
    json_decref(lines);
    baresip_await(&t.bob, "SIP/2.0 488 ");
    baresip_stop(&t.bob);
    scene_end(&t.scene);
    assert_int_equal(t.scene.media.rtp + t.scene.media.rtcp, 0);
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(int n, char **word)
{
    const struct CMUnitTest tests[] = {
        E2E(test_we_call_opus),     E2E(test_we_call_pcma),
        E2E(test_it_calls_opus),    E2E(test_it_calls_pcmu),
        E2E(test_we_call_udp_core), E2E(test_udp_core_calls),
        E2E(test_it_holds),         E2E(test_lowering_is_refused),
        E2E(test_plain_is_refused),
    };

    netns_enter();
    if (n > 1)
        cmocka_set_test_filter(word[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
