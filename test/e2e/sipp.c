/* SPDX-License-Identifier: Apache-2.0 */
/* SIPp as a foreign user agent, in both roles, by scenario. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/e2e/harness/netns.h"
#include "test/e2e/harness/scene.h"
#include "test/e2e/harness/sipp.h"

enum { NO_MEDIA = 11 }; /* SIPp sends none: the client says so */

struct table {
    struct scene scene;
    struct sipp sipp;
};

/* ------------------------------------------------------- we call SIPp */

static struct proc *phone(struct table *t, const char *command,
                          const char *const *words)
{
    return client_run(
        t->scene.stage, command,
        &(struct client){.host = NETNS_HERE, .port = t->sipp.port}, words);
}

#define CALL(t, ...)                                                \
    phone(t, "call",                                                \
          (const char *[]){"sip:bob@" PEER_DOMAIN, "--no-register", \
                           __VA_ARGS__, NULL})

static void begin(struct table *t, void **state, const char *scenario)
{
    *t = (struct table){.sipp = {0}};
    scene_begin(&t->scene, *state);
    sipp_front(*state, &t->sipp);
    sipp_serve(&t->sipp, scenario);
    scene_listen(&t->scene, t->sipp.log, &t->sipp.clear, 1);
}

/* All that SIPp wanted, and nothing in clear but between it and socat. */
static void end(struct table *t)
{
    sipp_expect(&t->sipp);
    scene_end(&t->scene);
}

static size_t count(const json_t *lines, const char *type, const char *state)
{
    return lines_count(lines, type, state);
}

/* An established call that we end; gives its lines. */
static json_t *we_call(struct table *t, struct proc *p)
{
    json_t *lines = client_expect(p, NO_MEDIA, NULL);

    assert_int_equal(count(lines, "call.state", "established"), 1);
    assert_true(lines_num(scene_ended(lines), "packets_sent") > 0);
    end(t);
    assert_true(t->scene.media.rtp > 0);
    return lines;
}

static void test_answer(void **state)
{
    struct table t;

    begin(&t, state, "answer");
    json_decref(we_call(&t, CALL(&t, "--for", "1")));
    assert_int_equal(sipp_logged(&t.sipp, "Reason: Q.850;cause=16;"), 1);
}

static void test_early(void **state)
{
    struct table t;
    json_t *lines;

    begin(&t, state, "early");
    lines = we_call(&t, CALL(&t, "--timeout", "20"));
    assert_int_equal(count(lines, "call.state", "early"), 1);
    assert_string_equal(
        lines_text(lines_last(lines, "call.state", "ended"), "reason"),
        "Q.850;cause=16;text=\"done\"");
    json_decref(lines);
}

static void test_prack(void **state)
{
    struct table t;
    json_t *lines;

    begin(&t, state, "prack");
    lines = we_call(&t, CALL(&t, "--for", "1", "--require-100rel"));
    assert_int_equal(count(lines, "call.state", "early"), 1);
    json_decref(lines);
}

static void test_hold(void **state)
{
    struct table t;
    json_t *lines;

    begin(&t, state, "hold");
    lines = we_call(&t, CALL(&t, "--hold-after", "0", "--resume-after", "1",
                             "--for", "3", "--play", "tone"));
    assert_int_equal(count(lines, "call.media", NULL), 3);
    assert_int_equal(count(lines, "notice", NULL), 0);
    json_decref(lines);
}

static void test_offer(void **state)
{
    struct table t;

    begin(&t, state, "offer");
    json_decref(we_call(&t, CALL(&t, "--for", "1", "--no-offer")));
}

static void test_update(void **state)
{
    struct table t;
    json_t *lines;

    begin(&t, state, "update");
    lines = we_call(&t, CALL(&t, "--for", "3"));
    assert_true(count(lines, "call.media", NULL) >= 3);
    json_decref(lines);
}

static void test_reinvite(void **state)
{
    struct table t;
    json_t *lines;

    begin(&t, state, "reinvite");
    lines = we_call(&t, CALL(&t, "--for", "2"));
    assert_int_equal(count(lines, "policy.refused", NULL), 1);
    json_decref(lines);
}

static void test_cancel(void **state)
{
    struct table t;
    struct proc *p;

    begin(&t, state, "cancel");
    p = CALL(&t, "--hangup-cause", "200");
    json_decref(lines_await(p, "call.state", "ringing", 1));
    stage_signal(p, SIGINT);
    json_decref(client_expect(p, 130, NULL));
    end(&t);
    assert_int_equal(
        sipp_logged(&t.sipp,
                    "Reason: SIP;cause=200;text=\"Call completed elsewhere\""),
        1);
}

static void test_redirect(void **state)
{
    struct table t;
    json_t *lines;

    begin(&t, state, "redirect");
    lines = we_call(&t, CALL(&t, "--for", "1", "--follow-redirects"));
    assert_string_equal(
        lines_text(lines_last(lines, "policy.refused", NULL), "why"),
        "transport_udp");
    json_decref(lines);
}

static void test_moved(void **state)
{
    const json_t *last;
    struct table t;
    json_t *lines;

    begin(&t, state, "moved");
    lines = client_expect(CALL(&t, "--for", "1"), 10, NULL);
    last = lines_last(lines, "call.state", "ended");
    assert_string_equal(lines_text(last, "cause.code"), "call_redirected");
    assert_string_equal(lines_text(last, "target"), "sip:carol@example.test");
    json_decref(lines);
    end(&t);
}

static void test_challenge(void **state)
{
    struct table t;

    begin(&t, state, "challenge");
    json_decref(we_call(&t, CALL(&t, "--for", "1")));
}

static void test_challenge_401(void **state)
{
    struct table t;

    begin(&t, state, "challenge_401");
    json_decref(we_call(&t, CALL(&t, "--for", "1")));
}

static void test_refer(void **state)
{
    struct table t;
    struct proc *p;
    json_t *lines;

    begin(&t, state, "refer");
    p = phone(&t, "refer",
              (const char *[]){"sip:bob@" PEER_DOMAIN,
                               "sip:carol@" PEER_DOMAIN, "--no-register",
                               NULL});
    lines = client_expect(p, 0, NULL);
    assert_int_equal(count(lines, "refer.state", "accepted"), 1);
    assert_int_equal(count(lines, "refer.state", "progress"), 2);
    assert_int_equal(count(lines, "refer.state", "done"), 1);
    json_decref(lines);
    end(&t);
}

static void test_notifiers(void **state)
{
    struct table t;
    struct proc *p;
    json_t *lines;

    begin(&t, state, "notifiers");
    p = phone(&t, "subscribe",
              (const char *[]){"sip:bob@" PEER_DOMAIN, "--event",
                               "message-summary", "--for", "1",
                               "--no-register", NULL});
    lines = client_expect(p, 0, NULL);
    assert_int_equal(count(lines, "subscription.state", "active"), 2);
    assert_int_equal(
        lines_num(lines_last(lines, "subscription.state", "active"),
                  "notifier"),
        2);
    assert_int_equal(count(lines, "subscription.state", "ended"), 2);
    json_decref(lines);
    end(&t);
}

static void test_registrar(void **state)
{
    struct table t;
    struct proc *p;

    begin(&t, state, "registrar");
    p = phone(&t, "register", (const char *[]){"--once", NULL});
    json_decref(client_expect(p, 0, NULL));
    end(&t);
}

/* ------------------------------------------------------- SIPp calls us */

static struct proc *listen_for(struct table *t, void **state,
                               const char *const *words)
{
    static char at[64];
    const char *argv[STAGE_ARGS_MAX] = {"answer",   "--json", "--calls", "1",
                                        "--listen", at,       "--cert",  NULL,
                                        "--key",    NULL};
    int port = stage_port();
    struct proc *p;
    size_t n = 10;

    *t = (struct table){.sipp = {0}};
    scene_begin(&t->scene, *state);
    snprintf(at, sizeof(at), NETNS_HERE ":%d", port);
    argv[7] = stage_path(*state, "server.pem");
    argv[9] = stage_path(*state, "server.key");
    for (; *words; words++)
        argv[n++] = *words;
    p = client_start(*state, argv);
    stage_wait_at(*state, p, NETNS_HERE, port);
    sipp_back(*state, &t->sipp, port);
    return p;
}

static json_t *it_calls(struct table *t, struct proc *p, const char *scenario,
                        int status)
{
    json_t *lines;

    stage_write(t->scene.stage, "none", "");
    scene_listen(&t->scene, stage_path(t->scene.stage, "none"), &t->sipp.clear,
                 1);
    sipp_call(&t->sipp, scenario);
    t->scene.log[0] = t->sipp.log;
    lines = client_expect(p, status, NULL);
    end(t);
    return lines;
}

#define LISTEN(t, state, ...) \
    listen_for(t, state, (const char *[]){__VA_ARGS__, NULL})

static void it_calls_and_talks(void **state, const char *scenario,
                               const char *const *words)
{
    struct table t;
    struct proc *p = listen_for(&t, state, words);
    json_t *lines = it_calls(&t, p, scenario, NO_MEDIA);

    assert_int_equal(count(lines, "call.state", "established"), 1);
    assert_true(t.scene.media.rtp > 0);
    json_decref(lines);
}

#define TALKS(name, scenario, ...)                               \
    static void name(void **state)                               \
    {                                                            \
        it_calls_and_talks(state, scenario,                      \
                           (const char *[]){__VA_ARGS__, NULL}); \
    }

TALKS(test_call, "call", "--play", "tone")
TALKS(test_call_late, "call_late", "--play", "tone")
TALKS(test_call_reinvite, "call_reinvite", "--play", "tone")
TALKS(test_call_prack, "call_prack", "--ring", "1", "--early", "--play",
      "tone")
TALKS(test_call_prack_offer, "call_prack_offer", "--ring", "1", "--early",
      "--play", "tone")
TALKS(test_call_again, "call_again", "--ring", "1", "--early", "--play",
      "tone")

static void test_call_cancel(void **state)
{
    struct table t;
    struct proc *p = LISTEN(&t, state, "--ring", "20");
    json_t *lines = it_calls(&t, p, "call_cancel", 10);
    const json_t *last = lines_last(lines, "call.state", "ended");

    assert_string_equal(lines_text(last, "cause.code"), "call_elsewhere");
    assert_string_equal(lines_text(last, "reason"),
                        "SIP;cause=200;text=\"Call completed elsewhere\"");
    json_decref(lines);
}

static void test_call_refused(void **state)
{
    struct table t;
    struct proc *p = LISTEN(&t, state, "--reject", "486");

    json_decref(it_calls(&t, p, "call_refused", 0));
}

static void test_call_plain(void **state)
{
    struct table t;
    struct proc *p = LISTEN(&t, state, "--timeout", "20");
    json_t *lines;

    stage_write(t.scene.stage, "none", "");
    scene_listen(&t.scene, stage_path(t.scene.stage, "none"), &t.sipp.clear,
                 1);
    sipp_call(&t.sipp, "call_plain");
    lines = lines_await(p, "policy.refused", NULL, 1);
    assert_string_equal(
        lines_text(lines_last(lines, "policy.refused", NULL), "why"),
        "rtp_avp");
    json_decref(lines);
    end(&t);
    assert_int_equal(t.scene.media.rtp + t.scene.media.rtcp, 0);
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(int n, char **word)
{
    const struct CMUnitTest tests[] = {
        E2E(test_answer),        E2E(test_early),
        E2E(test_prack),         E2E(test_offer),
        E2E(test_update),        E2E(test_reinvite),
        E2E(test_cancel),        E2E(test_redirect),
        E2E(test_moved),         E2E(test_challenge),
        E2E(test_challenge_401), E2E(test_registrar),
        E2E(test_call),          E2E(test_call_late),
        E2E(test_call_prack),    E2E(test_call_again),
        E2E(test_call_reinvite), E2E(test_call_cancel),
        E2E(test_call_refused),  E2E(test_call_plain),
        E2E(test_hold),          E2E(test_call_prack_offer),
        E2E(test_refer),         E2E(test_notifiers),
    };

    netns_enter();
    if (n > 1)
        cmocka_set_test_filter(word[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
