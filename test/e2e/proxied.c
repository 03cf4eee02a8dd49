/* SPDX-License-Identifier: Apache-2.0 */
/* Calls between two siplock agents through Kamailio, honest and hostile. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test/e2e/harness/netns.h"
#include "test/e2e/harness/scene.h"
#include "test/e2e/harness/sound.h"

#define BOB "sip:bob@" PEER_DOMAIN

/* The proxy, and bob who waits for calls. */
struct table {
    struct scene scene;
    struct peer proxy;
    struct proc *bob;
};

static struct proc *phone(struct table *t, const char *user,
                          const char *command, const char *const *words)
{
    return client_run(t->scene.stage, command,
                      &(struct client){.user = user, .port = t->proxy.port},
                      words);
}

#define ALICE(t, ...) \
    phone(t, PEER_USER, "call", (const char *[]){__VA_ARGS__, NULL})

/* clear: a port whose traffic is not ours to judge; 0: none. */
static void sit_down(struct table *t, void **state, const char *calls,
                     int clear)
{
    *t = (struct table){.proxy = {.config = "proxy.cfg"}};
    scene_begin(&t->scene, *state);
    peer_start(t->scene.stage, &t->proxy);
    scene_listen(&t->scene, t->proxy.proc->err, &clear, clear ? 1 : 0);
    t->bob = phone(t, "bob", "answer",
                   (const char *[]){
                       "--calls", calls, "--play", t->scene.speech, "--record",
                       stage_path(t->scene.stage, "bob.wav"), NULL});
    json_decref(lines_await(t->bob, "register.state", "registered", 1));
}

static void test_call(void **state)
{
    struct table t;
    json_t *alice, *bob;
    const char *got;

    sit_down(&t, state, "1", 0);
    got = stage_path(t.scene.stage, "alice.wav");
    alice = client_expect(ALICE(&t, BOB, "--play", t.scene.ours, "--record",
                                got, "--for", "6", "--expect",
                                "codec=opus,suite=AEAD_AES_256_GCM"),
                          0, NULL);
    bob = client_expect(t.bob, 0, NULL);
    scene_expect_call(alice, "opus", 0);
    scene_expect_call(bob, "opus", 0);
    json_decref(alice);
    json_decref(bob);
    scene_end(&t.scene);
    sound_expect(t.scene.speech, got);
    sound_expect(t.scene.ours, stage_path(t.scene.stage, "bob.wav"));
}

/* The port of the last "m=audio" of an offer that the proxy saw. */
static int offered_port(const struct table *t)
{
    size_t n;
    char *log = stage_read(t->proxy.proc->err, &n), *at = log, *last = NULL;
    int port = 0;

    while ((at = strstr(at, "seen INVITE from")))
        last = at++;
    if (last && (last = strstr(last, "m=audio ")))
        port = atoi(last + 8);
    free(log);
    assert_int_not_equal(port, 0);
    return port;
}

/*
 * The offer was changed on its way: bob refuses with 488 and says why, alice
 * is told, nothing is sent.
 */
static void bad_offer(struct table *t, const char *how, const char *why,
                      size_t nth)
{
    char uri[64];
    json_t *alice, *bob;

    snprintf(uri, sizeof(uri), "sip:offer-%s.bob@" PEER_DOMAIN, how);
    print_message("%s\n", uri);
    alice = client_expect(ALICE(t, uri), 10, NULL);
    assert_int_equal(
        lines_num(lines_last(alice, "call.state", "ended"), "status"), 488);
    scene_ended(alice);
    assert_int_equal(lines_count(alice, "call.state", "established"), 0);
    json_decref(alice);
    bob = lines_await(t->bob, "policy.refused", NULL, nth);
    assert_string_equal(
        lines_text(lines_last(bob, "policy.refused", NULL), "why"), why);
    assert_int_equal(lines_count(bob, "call.state", "established"), 0);
    json_decref(bob);
}

static void test_tampered_offer(void **state)
{
    struct table t;

    sit_down(&t, state, "99", 0);
    bad_offer(&t, "strip", "no_crypto", 1);
    bad_offer(&t, "avpstrip", "rtp_avp", 2);
    bad_offer(&t, "null", "null_suite", 3);
    scene_end(&t.scene);
    assert_int_equal(t.scene.media.nport, 0);
}

/*
 * RTP/SAVP became RTP/AVP on the way, with its keys: to bob that is OSRTP (RFC
 * 8643), which he answers with keys. Alice offered something else: no call.
 */
static void test_offer_made_osrtp(void **state)
{
    struct table t;
    json_t *alice;

    sit_down(&t, state, "99", 0);
    alice = client_expect(
        ALICE(&t, "sip:offer-avp.bob@" PEER_DOMAIN, "--play", t.scene.ours), 7,
        "rtp_avp");
    scene_ended(alice);
    assert_int_equal(lines_count(alice, "call.media", NULL), 0);
    assert_int_equal(lines_count(alice, "call.state", "established"), 0);
    json_decref(alice);
    json_decref(lines_await(t.bob, "call.ended", NULL, 1));
    scene_end(&t.scene);
}

/*
 * The answer was changed on its way: alice acknowledges and hangs up, says
 * why, and sends nothing; bob's call ends.
 */
static void bad_answer(struct table *t, const char *how, const char *why,
                       size_t nth)
{
    char uri[64];
    json_t *alice, *bob;

    snprintf(uri, sizeof(uri), "sip:answer-%s.bob@" PEER_DOMAIN, how);
    print_message("%s\n", uri);
    alice = client_expect(ALICE(t, uri, "--play", t->scene.ours), 7, why);
    assert_string_equal(
        lines_text(lines_last(alice, "policy.refused", NULL), "why"), why);
    scene_ended(alice);
    assert_int_equal(lines_count(alice, "call.media", NULL), 0);
    assert_int_equal(lines_count(alice, "call.state", "established"), 0);
    json_decref(alice);
    bob = lines_await(t->bob, "call.ended", NULL, nth);
    json_decref(bob);
}

static void test_tampered_answer(void **state)
{
    static const char *const how[] = {"strip", "avp", "avpstrip", "null",
                                      "echo"};
    static const char *const why[] = {"no_crypto", "rtp_avp", "rtp_avp",
                                      "null_suite", "key_echoed"};
    enum { N = sizeof(how) / sizeof(*how) };
    int port[N];
    struct table t;

    sit_down(&t, state, "99", 0);
    for (size_t i = 0; i < N; i++) {
        bad_answer(&t, how[i], why[i], i + 1);
        port[i] = offered_port(&t);
    }
    assert_true(peer_logged(&t.proxy, "seen ACK") >= N);
    assert_true(peer_logged(&t.proxy, "seen BYE") >= N);
    /* The control: untouched, the same call works. */
    json_decref(client_expect(
        ALICE(&t, BOB, "--play", t.scene.ours, "--for", "1"), 0, NULL));
    scene_end(&t.scene);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(scene_sent(&t.scene, port[i]), 0);
    assert_true(scene_sent(&t.scene, offered_port(&t)) > 25);
}

/* Keys that no suite has: they do not fit, whether or not it is malice. */
static void test_unusable_keys(void **state)
{
    struct table t;
    json_t *alice;

    sit_down(&t, state, "99", 0);
    alice =
        client_expect(ALICE(&t, "sip:offer-short.bob@" PEER_DOMAIN), 10, NULL);
    assert_int_equal(
        lines_num(lines_last(alice, "call.state", "ended"), "status"), 488);
    scene_ended(alice);
    json_decref(alice);
    scene_end(&t.scene);
    assert_int_equal(t.scene.media.nport, 0);
}

static int own_port(int fd)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(a);

    assert_return_code(bind(fd, (struct sockaddr *)&a, n), 0);
    getsockname(fd, (struct sockaddr *)&a, &n);
    return ntohs(a.sin_port);
}

/* Packets that authenticate under no key: counted, not heard, no harm. */
static void test_forged_media(void **state)
{
    enum { FORGED = 200 };
    int fd = socket(AF_INET, SOCK_DGRAM, 0), clear = own_port(fd);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    uint8_t rtp[12 + 160] = {0x80, 96};
    struct table t;
    struct proc *p;
    json_t *alice;
    const char *got;

    sit_down(&t, state, "1", clear);
    got = stage_path(t.scene.stage, "alice.wav");
    p = ALICE(&t, BOB, "--play", t.scene.ours, "--record", got, "--for", "6");
    json_decref(lines_await(p, "call.stats", NULL, 1));
    to.sin_port = htons((uint16_t)offered_port(&t));
    for (int i = 0; i < FORGED; i++) {
        rtp[3] = (uint8_t)i;
        sendto(fd, rtp, sizeof(rtp), 0, (struct sockaddr *)&to, sizeof(to));
        stage_sleep_ms(5);
    }
    alice = client_expect(p, 0, NULL);
    assert_true(lines_num(scene_ended(alice), "unauthentic") >= FORGED / 2);
    json_decref(alice);
    scene_end(&t.scene);
    sound_expect(t.scene.speech, got);
    close(fd);
}

/*
 * The proxy dies in a call: the call lives on its media while both flows come
 * back. No more than that: each has a new Contact that it cannot tell the
 * other, whose old one it only knows.
 */
static void test_flow_dies(void **state)
{
    struct table t;
    struct proc *p;
    json_t *alice;
    const char *got;
    size_t stats;

    sit_down(&t, state, "1", 0);
    got = stage_path(t.scene.stage, "alice.wav");
    p = ALICE(&t, BOB, "--play", t.scene.ours, "--record", got, "--for", "10");
    alice = lines_await(p, "call.stats", NULL, 1);
    json_decref(alice);
    peer_kill(&t.proxy);
    alice = lines_await(p, "flow.state", "down", 1);
    stats = lines_count(alice, "call.stats", NULL);
    assert_int_equal(lines_count(alice, "call.ended", NULL), 0);
    json_decref(alice);
    alice = lines_await(p, "call.stats", NULL, stats + 2);
    assert_int_equal(lines_count(alice, "call.ended", NULL), 0);
    json_decref(alice);
    /* The log of the first holds the keys; the second one has its own. */
    peer_start(t.scene.stage, &t.proxy);
    t.scene.log[t.scene.nlog++] = t.proxy.proc->err;
    json_decref(lines_await(t.bob, "register.state", "registered", 2));
    alice = client_expect(p, 0, NULL);
    assert_int_equal(lines_count(alice, "register.state", "registered"), 2);
    scene_ended(alice);
    json_decref(alice);
    scene_end(&t.scene);
    sound_expect(t.scene.speech, got);
}

/* Starts bob once more, another instance (RFC 5626 4.1); the proxy forks calls
 * to both. */
static struct proc *bob_again(struct table *t, const char *ring)
{
    struct proc *p = client_run(
        t->scene.stage, "answer",
        &(struct client){.user = "bob",
                         .port = t->proxy.port,
                         .instance =
                             "urn:uuid:00000000-0000-4000-8000-000000000002"},
        (const char *[]){"--calls", "1", "--ring", ring, "--play",
                         t->scene.speech, NULL});

    json_decref(lines_await(p, "register.state", "registered", 1));
    return p;
}

/* One of two answers: the other one stops ringing. */
static void test_fork(void **state)
{
    struct table t;
    struct proc *slow;
    json_t *lines;

    sit_down(&t, state, "1", 0);
    slow = bob_again(&t, "20");
    lines = client_expect(ALICE(&t, BOB, "--play", t.scene.ours, "--for", "2"),
                          0, NULL);
    scene_expect_call(lines, "opus", 0);
    json_decref(lines);
    json_decref(client_expect(t.bob, 0, NULL));
    lines = lines_await(slow, "call.ended", NULL, 1);
    assert_int_equal(lines_count(lines, "call.state", "established"), 0);
    assert_int_equal(
        lines_num(lines_last(lines, "call.state", "ended"), "status"), 487);
    json_decref(lines);
    scene_end(&t.scene);
}

/* Both answer at once: one call comes of it, the other is hung up. */
static void test_both_answer(void **state)
{
    struct table t;
    struct proc *second;
    json_t *alice, *bob;
    size_t established;

    sit_down(&t, state, "1", 0);
    second = bob_again(&t, "0");
    alice = client_expect(ALICE(&t, BOB, "--play", t.scene.ours, "--for", "3"),
                          0, NULL);
    /* What the other one sent until it heard BYE opens under no key. */
    scene_expect_call(alice, "opus", 100);
    json_decref(alice);
    alice = lines_await(t.bob, "call.ended", NULL, 1);
    bob = lines_await(second, "call.ended", NULL, 1);
    established = lines_count(alice, "call.state", "established") +
                  lines_count(bob, "call.state", "established");
    print_message("%zu of 2 were established\n", established);
    assert_in_range(established, 1, 2);
    json_decref(alice);
    json_decref(bob);
    scene_end(&t.scene);
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(int n, char **word)
{
    const struct CMUnitTest tests[] = {
        E2E(test_call),
        E2E(test_tampered_offer),
        E2E(test_offer_made_osrtp),
        E2E(test_tampered_answer),
        E2E(test_unusable_keys),
        E2E(test_forged_media),
        E2E(test_flow_dies),
        E2E(test_fork),
        E2E(test_both_answer),
    };

    netns_enter();
    if (n > 1)
        cmocka_set_test_filter(word[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
