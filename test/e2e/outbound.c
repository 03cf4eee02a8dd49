/* SPDX-License-Identifier: Apache-2.0 */
/* Outbound, GRUU and Service-Route with a real Kamailio. */
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

#define AT(user) "sip:" user "@" PEER_DOMAIN

static void begin(struct scene *c, struct peer *p, void **state)
{
    *p = (struct peer){.config = "outbound.cfg"};
    scene_begin(c, *state);
    peer_start(c->stage, p);
    scene_listen(c, p->proc->err, NULL, 0);
}

static struct proc *phone(struct scene *c, const struct peer *p,
                          const struct client *how, const char *command,
                          const char *const *words)
{
    struct client client = *how;

    client.port = p->port;
    return client_run(c->stage, command, &client, words);
}

static struct proc *waits(struct scene *c, const struct peer *p,
                          const struct client *how, const char *const *words)
{
    struct proc *w = phone(c, p, how, "answer", words);

    json_decref(lines_await(w, "register.state", "registered", 1));
    return w;
}

/* Waits, and hangs up after so many seconds. */
static struct proc *callee(struct scene *c, const struct peer *p,
                           const char *user, const char *for_s)
{
    return waits(c, p, &(struct client){.user = user},
                 (const char *[]){"--calls", "1", "--for", for_s, "--play",
                                  "tone", NULL});
}

static const struct client never = {.gruu = "never"};
static const struct client automatic = {0};

/* One call with bob, who hangs up. */
static void talk_to_bob(struct scene *c, const struct peer *p,
                        const struct client *how)
{
    struct proc *b = callee(c, p, "bob", "3");
    json_t *lines = client_expect(
        phone(c, p, how, "call",
              (const char *[]){AT("bob"), "--play", "tone", NULL}),
        0, NULL);

    scene_ended(lines);
    json_decref(lines);
    json_decref(client_expect(b, 0, NULL));
}

/* Negotiated: ;ob is in our Contact, and requests come by the flow. */
static void test_flow_token(void **state)
{
    struct peer p;
    struct scene c;

    begin(&c, &p, state);
    talk_to_bob(&c, &p, &never);
    assert_true(peer_logged(&p, "seen INVITE contact <sip:canary-alice@") ==
                1);
    assert_int_equal(peer_logged(&p, ";transport=tls;ob> route <sip:127"), 1);
    assert_true(peer_logged(&p, "seen BYE contact <null> route <sip:") >= 1);
    /* A token, not the proxy's own address. */
    assert_int_equal(
        peer_logged(&p, "seen BYE contact <null> route <sip:127."), 0);
    scene_end(&c);
}

/* A GRUU is our Contact, and bob's BYE finds us by it. */
static void test_gruu(void **state)
{
    struct peer p;
    struct scene c;

    begin(&c, &p, state);
    talk_to_bob(&c, &p, &automatic);
    assert_true(peer_logged(&p, "seen BYE contact") >= 1);
    assert_true(peer_logged(&p, "uri sip:canary-alice@" PEER_DOMAIN
                                ";gr=urn:uuid:") >= 1);
    scene_end(&c);
}

/* The connection is cut in the call: the same binding gets the new one, and
 * what is for us comes there. */
static void test_flow_comes_back(void **state)
{
    struct peer p;
    struct scene c;
    struct proc *a, *b;
    char local[64];
    json_t *lines;

    begin(&c, &p, state);
    b = callee(&c, &p, "bob", "8");
    a = phone(&c, &p, &automatic, "call",
              (const char *[]){AT("bob"), "--play", "tone", NULL});
    lines = lines_await(a, "call.stats", NULL, 1);
    json_decref(lines);
    snprintf(local, sizeof(local), "127.0.0.1:%d", p.port);
    stage_run(c.stage, "ss", (const char *[]){"ss", "-K", "dst", local, NULL});
    json_decref(lines_await(a, "register.state", "registered", 2));
    json_decref(lines_await(b, "register.state", "registered", 2));
    lines = client_expect(a, 0, NULL); /* bob hung up, and it got here */
    assert_int_equal(lines_count(lines, "flow.state", "up"), 2);
    scene_ended(lines);
    json_decref(lines);
    json_decref(client_expect(b, 0, NULL));
    scene_end(&c);
}

static json_t *ask_bob(struct scene *c, const struct peer *p, int status,
                       const char *code)
{
    return client_expect(phone(c, p, &automatic, "refer",
                               (const char *[]){AT("bob"), AT("carol"), NULL}),
                         status, code);
}

/* alice asks bob, with whom she has no call, to call carol; and is refused
 * where his account does not allow it, which is how it begins. */
static void test_click_to_dial(void **state)
{
    struct peer p;
    struct scene c;
    struct proc *b, *third;
    json_t *lines;

    begin(&c, &p, state);
    b = callee(&c, &p, "bob", "1");
    lines = ask_bob(&c, &p, 10, "call_transfer_refused");
    assert_int_equal(
        lines_num(lines_last(lines, "refer.state", "failed"), "status"), 403);
    json_decref(lines);
    stage_signal(b, SIGINT);
    json_decref(client_expect(b, 130, NULL));
    third = callee(&c, &p, "carol", "2");
    b = waits(&c, &p, &(struct client){.user = "bob", .refers = "ask"},
              (const char *[]){"--calls", "1", "--accept-transfer", "--play",
                               "tone", NULL});
    lines = ask_bob(&c, &p, 0, NULL);
    assert_int_equal(lines_count(lines, "refer.state", "done"), 1);
    json_decref(lines);
    lines = client_expect(b, 0, NULL);
    assert_int_equal(lines_count(lines, "refer.state", "asked"), 1);
    assert_int_equal(lines_count(lines, "refer.state", "done"), 1);
    scene_ended(lines);
    json_decref(lines);
    json_decref(client_expect(third, 0, NULL));
    scene_end(&c);
}

/* bob's Contact is a GRUU: he is asked outside of the call's dialog, which is
 * named (RFC 7647 4), and takes it for a transfer of the call. */
static void test_transfer_by_gruu(void **state)
{
    struct peer p;
    struct scene c;
    struct proc *b, *third;
    json_t *lines;

    begin(&c, &p, state);
    third = callee(&c, &p, "carol", "2");
    b = waits(&c, &p, &(struct client){.user = "bob"},
              (const char *[]){"--calls", "2", "--accept-transfer", "--play",
                               "tone", NULL});
    lines = client_expect(
        phone(&c, &p, &automatic, "call",
              (const char *[]){AT("bob"), "--play", "tone", "--transfer",
                               AT("carol"), "--transfer-after", "1", NULL}),
        0, NULL);
    assert_int_equal(lines_count(lines, "call.transfer", "done"), 1);
    json_decref(lines);
    lines = client_expect(b, 0, NULL);
    assert_int_equal(lines_count(lines, "call.transfer", "done"), 1);
    assert_int_equal(lines_count(lines, "call.state", "established"), 2);
    json_decref(lines);
    json_decref(client_expect(third, 0, NULL));
    assert_true(peer_logged(&p,
                            "seen REFER contact <sip:canary-alice@" PEER_DOMAIN
                            ";gr=urn:uuid:") == 1);
    assert_int_equal(peer_logged(&p, "refer tag <null> target "), 1);
    scene_end(&c);
}

/* Contact: * takes all back, then ours is made. */
static void test_clean(void **state)
{
    const struct client clean = {.clean = true};
    struct peer p;
    struct scene c;

    begin(&c, &p, state);
    json_decref(client_expect(
        phone(&c, &p, &clean, "register", (const char *[]){"--once", NULL}), 0,
        NULL));
    assert_true(peer_logged(&p, "seen REGISTER contact * ") >= 1);
    scene_end(&c);
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(int n, char **word)
{
    const struct CMUnitTest tests[] = {
        E2E(test_flow_token),       E2E(test_gruu),
        E2E(test_flow_comes_back),  E2E(test_click_to_dial),
        E2E(test_transfer_by_gruu), E2E(test_clean),
    };

    netns_enter();
    if (n > 1)
        cmocka_set_test_filter(word[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
