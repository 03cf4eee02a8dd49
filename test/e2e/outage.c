/* SPDX-License-Identifier: Apache-2.0 */
/* What goes wrong at a registrar: passwords, idle closes, crashes. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/e2e/harness/certs.h"
#include "test/e2e/harness/client.h"
#include "test/e2e/harness/wire.h"

static void make_server(struct stage *s)
{
    certs_ca(s);
    certs_make(s, &(struct certs_ask){.san = "DNS:" PEER_DOMAIN});
}

static void wrong_password(void **state, const char *algorithm)
{
    static const char *const once[] = {"--once", "--timeout", "30", NULL};
    struct stage *s = *state;
    struct peer p = {.algorithm = algorithm};
    struct wire w;
    struct client c = {0};
    json_t *lines;

    make_server(s);
    peer_start(s, &p);
    wire_start(&w, s, &p.port, 1);
    c.port = p.port;
    c.password = "wrong-" PEER_PASSWORD;
    lines =
        client_expect(client_register(s, &c, once), 8, "auth_wrong_password");
    wire_expect_clean(&w, client_canaries);
    assert_string_equal(
        lines_text(lines_last(lines, "register.state", "failed"),
                   "cause.domain"),
        "auth");
    assert_int_equal(lines_count(lines, "register.state", "failed"), 1);
    /* No loop: at most two challenges were answered. */
    assert_in_range(peer_logged(&p, "seen REGISTER"), 2, 3);
    json_decref(lines);
    /* The control: the same server takes the right one. */
    c.password = NULL;
    json_decref(client_expect(client_register(s, &c, once), 0, NULL));
}

static void test_wrong_password_md5(void **state)
{
    wrong_password(state, "MD5");
}

static void test_wrong_password_sha256(void **state)
{
    wrong_password(state, "SHA-256");
}

/* Without --once a wrong password ends it as well: no use in trying. */
static void test_wrong_password_ends(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    json_t *lines;

    make_server(s);
    peer_start(s, &p);
    lines = client_expect(
        client_register(s,
                        &(struct client){.port = p.port, .password = "wrong"},
                        (const char *[]){"--for", "60", NULL}),
        8, "auth_wrong_password");
    assert_in_range(peer_logged(&p, "seen REGISTER"), 2, 3);
    json_decref(lines);
}

/* The registrar dies and comes back: registered again by itself. */
static void test_restart(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    struct wire w;
    struct proc *client;
    json_t *lines;

    make_server(s);
    peer_start(s, &p);
    wire_start(&w, s, &p.port, 1);
    client = client_register(s, &(struct client){.port = p.port}, NULL);
    json_decref(lines_await(client, "register.state", "registered", 1));
    peer_kill(&p);
    json_decref(lines_await(client, "flow.state", "down", 1));
    stage_sleep_ms(1500); /* some attempts find nobody */
    peer_start(s, &p);
    json_decref(lines_await(client, "register.state", "registered", 2));
    assert_true(peer_logged(&p, "seen REGISTER from tls") >= 1);
    stage_signal(client, SIGINT);
    lines = client_expect(client, 130, NULL);
    wire_expect_clean(&w, client_canaries);
    assert_string_equal(
        lines_text(lines_last(lines, "flow.state", "up"), "name"),
        PEER_DOMAIN);
    json_decref(lines);
}

/* Kamailio closes an idle connection: seen, and registered anew by itself. */
static void test_idle_close(void **state)
{
    struct stage *s = *state;
    struct peer p = {.idle_s = 2}; /* before the client's first ping */
    struct wire w;
    struct proc *client;
    json_t *lines;

    make_server(s);
    peer_start(s, &p);
    wire_start(&w, s, &p.port, 1);
    client = client_register(s, &(struct client){.port = p.port}, NULL);
    json_decref(lines_await(client, "register.state", "registered", 2));
    stage_signal(client, SIGINT);
    lines = client_expect(client, 130, NULL);
    wire_expect_clean(&w, client_canaries);
    assert_true(lines_count(lines, "flow.state", "down") >= 1);
    assert_true(lines_count(lines, "flow.state", "up") >= 2);
    assert_string_equal(
        lines_text(lines_last(lines, "flow.state", "down"), "cause.code"),
        "connect_reset");
    json_decref(lines);
}

/* A server that stops answering, as behind a NAT that forgot: found out. */
static void test_frozen_server(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    struct proc *client;

    make_server(s);
    peer_start(s, &p);
    kill(-p.proc->pid, SIGSTOP);
    client = client_register(s, &(struct client){.port = p.port},
                             (const char *[]){"--timeout", "3", NULL});
    /* TCP connects by the kernel; TLS never answers: the time is up, or the
     * handshake's own limit came first. */
    int status = stage_wait(client);

    kill(-p.proc->pid, SIGCONT);
    if (status != 13 && status != 5) {
        stage_show(client);
        fail_msg("exit status %d", status);
    }
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        E2E(test_wrong_password_md5),  E2E(test_wrong_password_sha256),
        E2E(test_wrong_password_ends), E2E(test_restart),
        E2E(test_idle_close),          E2E(test_frozen_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
