/* SPDX-License-Identifier: Apache-2.0 */
/* Two Kamailio edges before one core: an account with a flow to each. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/e2e/harness/dns.h"
#include "test/e2e/harness/netns.h"
#include "test/e2e/harness/scene.h"

#define AT(user) "sip:" user "@" PEER_DOMAIN

/* The edges have addresses of their own, and DNS leads to both. */
struct table {
    struct scene scene;
    struct peer core, one, two;
    int dns;
};

static void sit_down(struct table *t, void **state)
{
    int clear[4];

    *t = (struct table){
        .core = {.config = "core.cfg", .outbound = true},
        .one = {.config = "edge.cfg", .outbound = true},
        .two = {.config = "edge.cfg", .outbound = true, .host = "127.0.0.2"}};
    scene_begin(&t->scene, *state);
    peer_start(t->scene.stage, &t->core);
    t->one.core = t->two.core = t->core.port;
    t->two.core_host = t->core.host;
    peer_start(t->scene.stage, &t->one);
    peer_start(t->scene.stage, &t->two);
    const struct dns_record r[] = {
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 10, t->one.port, "one.test"},
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 20, t->two.port, "two.test"},
        {"one.test", DNS_A, 0, 0, "127.0.0.1"},
        {"two.test", DNS_A, 0, 0, "127.0.0.2"},
    };

    t->dns = dns_start(t->scene.stage, r, 4, DNS_ANSWERS);
    clear[0] = t->one.udp; /* between edges and core SIP is in clear */
    clear[1] = t->two.udp;
    clear[2] = t->core.port;
    clear[3] = t->dns;
    scene_listen(&t->scene, t->core.proc->err, clear, 4);
}

/* alice, who has found both edges. */
static struct proc *alice(struct table *t, const char *command,
                          const char *const *words)
{
    struct proc *a =
        client_run(t->scene.stage, command,
                   &(struct client){.flows = 2, .dns_port = t->dns}, words);

    json_decref(lines_await(a, "register.state", "registered", 2));
    return a;
}

/* bob, who is at the second edge alone. */
static struct proc *bob(struct table *t, const char *command,
                        const char *const *words)
{
    return client_run(t->scene.stage, command,
                      &(struct client){.user = "bob",
                                       .host = "127.0.0.2",
                                       .port = t->two.port},
                      words);
}

/* Registrations and flows of both, and who is where. */
static void expect_two(const json_t *lines)
{
    unsigned first = 0, second = 0;
    size_t i;
    json_t *l;

    json_array_foreach((json_t *)(uintptr_t)lines, i, l)
    {
        const char *type = lines_text(l, "type");
        const char *state = lines_text(l, "state");

        if (strcmp(type, "flow.state") != 0 || strcmp(state, "up") != 0)
            continue;
        if (lines_num(l, "reg_id") == 2)
            second += strncmp(lines_text(l, "remote"), "127.0.0.2:", 10) == 0;
        else
            first += strncmp(lines_text(l, "remote"), "127.0.0.1:", 10) == 0;
    }
    assert_true(first >= 1);
    assert_true(second >= 1);
}

/* Nobody has to notice that an edge is gone: the other one rings. */
static void test_called_without_the_first(void **state)
{
    struct table t;
    struct proc *a;
    json_t *lines;

    sit_down(&t, state);
    a = alice(&t, "answer",
              (const char *[]){"--calls", "1", "--play", "tone", NULL});
    peer_kill(&t.one);
    lines = client_expect(bob(&t, "call",
                              (const char *[]){AT(PEER_USER), "--play", "tone",
                                               "--for", "2", NULL}),
                          0, NULL);
    scene_expect_call(lines, "", 0);
    json_decref(lines);
    lines = client_expect(a, 0, NULL);
    expect_two(lines);
    scene_expect_call(lines, "", 0);
    json_decref(lines);
    scene_end(&t.scene);
}

/* A call that went by the edge that dies is ended by the other. */
static void test_call_outlives_its_edge(void **state)
{
    struct table t;
    struct proc *a, *b;
    json_t *lines;

    sit_down(&t, state);
    b = bob(&t, "answer",
            (const char *[]){"--calls", "1", "--play", "tone", NULL});
    json_decref(lines_await(b, "register.state", "registered", 1));
    a = alice(
        &t, "call",
        (const char *[]){AT("bob"), "--play", "tone", "--for", "6", NULL});
    json_decref(lines_await(a, "call.state", "established", 1));
    peer_kill(&t.one);
    lines = client_expect(a, 0, NULL);
    expect_two(lines);
    scene_expect_call(lines, "", 0);
    json_decref(lines);
    /* It is her BYE that ended it for him. */
    lines = client_expect(b, 0, NULL);
    scene_expect_call(lines, "", 0);
    json_decref(lines);
    assert_true(peer_logged(&t.two, "seen BYE from tls") >= 1);
    scene_end(&t.scene);
}

/* Both are taken back, and the core knows of none. */
static void test_taken_back(void **state)
{
    struct table t;
    struct proc *a;
    json_t *lines;

    sit_down(&t, state);
    a = alice(&t, "register", (const char *[]){NULL});
    stage_signal(a, SIGINT);
    lines = client_expect(a, 130, NULL);
    assert_int_equal(lines_count(lines, "register.state", "ended"), 2);
    expect_two(lines);
    json_decref(lines);
    assert_true(peer_logged(&t.core, "seen REGISTER from udp expires 0") >= 2);
    scene_end(&t.scene);
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(int n, char **word)
{
    const struct CMUnitTest tests[] = {
        E2E(test_called_without_the_first),
        E2E(test_call_outlives_its_edge),
        E2E(test_taken_back),
    };

    netns_enter();
    if (n > 1)
        cmocka_set_test_filter(word[1]);
    return cmocka_run_group_tests_name("e2e/edges", tests, NULL, NULL);
}
