/* SPDX-License-Identifier: Apache-2.0 */
/* Registrations at real Kamailios, with every capture judged. */
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

static const char *const once[] = {"--once", "--timeout", "30", NULL};

static void make_server(struct stage *s)
{
    certs_ca(s);
    certs_make(s, &(struct certs_ask){.san = "DNS:" PEER_DOMAIN});
}

/* Registers once; the last flow that was up spoke version. */
static void register_once(void **state, const struct peer *proto,
                          const char *version)
{
    struct stage *s = *state;
    struct peer p = *proto;
    struct wire w;
    json_t *lines;

    make_server(s);
    peer_start(s, &p);
    wire_start(&w, s, &p.port, 1);
    lines = client_expect(
        client_register(s, &(struct client){.port = p.port}, once), 0, NULL);
    wire_expect_clean(&w, client_canaries);
    assert_int_equal(lines_count(lines, "register.state", "registered"), 1);
    assert_int_equal(
        lines_num(lines_last(lines, "register.state", "registered"), "status"),
        200);
    assert_string_equal(
        lines_text(lines_last(lines, "flow.state", "up"), "tls"), version);
    assert_string_equal(
        lines_text(lines_last(lines, "flow.state", "up"), "name"),
        PEER_DOMAIN);
    /* Without credentials, with them, and to unregister; never over UDP. */
    assert_true(peer_logged(&p, "seen REGISTER from tls") >= 3);
    assert_true(peer_logged(&p, "expires 0") >= 1);
    json_decref(lines);
}

static void test_md5_tls13(void **state)
{
    register_once(state, &(struct peer){.algorithm = "MD5"}, "TLSv1.3");
}

static void test_sha256_tls13(void **state)
{
    register_once(state, &(struct peer){.algorithm = "SHA-256"}, "TLSv1.3");
}

static void test_md5_tls12(void **state)
{
    register_once(state, &(struct peer){.algorithm = "MD5", .tls = "TLSv1.2"},
                  "TLSv1.2");
}

static void test_sha256_tls12(void **state)
{
    register_once(state,
                  &(struct peer){.algorithm = "SHA-256", .tls = "TLSv1.2"},
                  "TLSv1.2");
}

static void test_outbound_name(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    json_t *lines;

    peer_start_as(s, &p, "DNS:edge.example.test");
    lines = client_expect(
        client_register(
            s,
            &(struct client){.port = p.port,
                             .outbound =
                                 "sip:edge.example.test:5061;transport=tls"},
            once),
        0, NULL);
    assert_string_equal(
        lines_text(lines_last(lines, "flow.state", "up"), "name"),
        "edge.example.test");
    json_decref(lines);
}

static void test_interval_too_brief(void **state)
{
    struct stage *s = *state;
    struct peer p = {.min_expires = 120};
    json_t *lines;

    make_server(s);
    peer_start(s, &p);
    lines = client_expect(
        client_register(s, &(struct client){.port = p.port, .expires = 60},
                        once),
        0, NULL);
    assert_int_equal(
        lines_num(lines_last(lines, "register.state", "registered"),
                  "expires"),
        120);
    assert_true(peer_logged(&p, "expires 60") >= 1);
    assert_true(peer_logged(&p, "expires 120") >= 1);
    json_decref(lines);
}

static void test_refresh_and_interrupt(void **state)
{
    struct stage *s = *state;
    struct peer p = {.max_expires = 10};
    struct wire w;
    struct proc *client;
    long long began;
    json_t *lines;

    make_server(s);
    peer_start(s, &p);
    wire_start(&w, s, &p.port, 1);
    client = client_register(s, &(struct client){.port = p.port}, NULL);
    json_decref(lines_await(client, "register.state", "registered", 2));
    began = stage_now_ms();
    stage_signal(client, SIGINT);
    lines = client_expect(client, 130, NULL);
    /* The promise is two seconds; the rest is room for a busy machine. */
    assert_true(stage_now_ms() - began < 10000);
    wire_expect_clean(&w, client_canaries);
    assert_int_equal(lines_count(lines, "register.state", "ended"), 1);
    assert_int_equal(lines_count(lines, "register.state", "failed"), 0);
    /* The refresh used the connection that was there. */
    assert_int_equal(lines_count(lines, "flow.state", "up"), 1);
    assert_true(peer_logged(&p, "expires 0") >= 1);
    json_decref(lines);
}

/* A TLS edge in front of a core that speaks UDP. */
static void test_edge_before_udp_core(void **state)
{
    struct stage *s = *state;
    struct peer core = {.config = "core.cfg", .algorithm = "SHA-256"};
    struct peer edge = {.config = "edge.cfg"};
    struct wire w;
    json_t *lines;

    make_server(s);
    peer_start(s, &core);
    edge.core = core.port;
    peer_start(s, &edge);
    wire_start(&w, s, &edge.port, 1);
    lines = client_expect(
        client_register(s, &(struct client){.port = edge.port}, once), 0,
        NULL);
    wire_expect_clean(&w, client_canaries);
    assert_int_equal(lines_count(lines, "register.state", "registered"), 1);
    assert_true(peer_logged(&edge, "seen REGISTER from tls") >= 3);
    assert_true(peer_logged(&core, "seen REGISTER from udp") >= 3);
    json_decref(lines);
}

/* Two lines for people instead of JSON; the same exit code. */
static void test_for_people(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    struct proc *client;
    char *text;
    size_t n;

    make_server(s);
    peer_start(s, &p);
    client = client_start(
        s, (const char *[]){
               "register", "--once", "--account",
               client_account(s, &(struct client){.port = p.port}), NULL});
    assert_int_equal(stage_wait(client), 0);
    text = stage_read(client->out, &n);
    assert_non_null(strstr(text, "registered"));
    assert_null(strchr(text, '{'));
    assert_null(strstr(text, PEER_PASSWORD));
    free(text);
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        E2E(test_md5_tls13),
        E2E(test_sha256_tls13),
        E2E(test_md5_tls12),
        E2E(test_sha256_tls12),
        E2E(test_outbound_name),
        E2E(test_interval_too_brief),
        E2E(test_refresh_and_interrupt),
        E2E(test_edge_before_udp_core),
        E2E(test_for_people),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
