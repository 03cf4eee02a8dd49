/* SPDX-License-Identifier: Apache-2.0 */
/* An account with several edges: closed ports, dead hosts, wrong names. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/e2e/harness/client.h"
#include "test/e2e/harness/dns.h"
#include "test/e2e/harness/wire.h"

static const char *const once[] = {"--once", "--timeout", "30", NULL};

static const struct dns_record hosts[] = {
    {"edge1.test", DNS_A, 0, 0, NULL},
    {"edge2.test", DNS_A, 0, 0, NULL},
    {"edge3.test", DNS_A, 0, 0, NULL},
};

static const char *text(const json_t *lines, const char *state,
                        const char *member)
{
    return lines_text(lines_last(lines, "flow.state", state), member);
}

/* The network closes 5061, and the same edge listens on another port. */
static void test_second_port(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    struct wire w;
    json_t *lines;
    char outbound[200];

    peer_start_as(s, &p, "DNS:edge1.test");
    wire_start(&w, s, &p.port, 1);
    snprintf(outbound, sizeof(outbound),
             "sip:edge1.test:%d;transport=tls, sip:edge1.test:%d",
             stage_port(), p.port);
    struct client c = {.outbound = outbound,
                       .dns_port = dns_start(s, hosts, 3, DNS_ANSWERS)};

    lines = client_expect(client_register(s, &c, once), 0, NULL);
    wire_expect_clean(&w, client_canaries);
    assert_int_equal(lines_count(lines, "flow.state", "connecting"), 2);
    assert_string_equal(text(lines, "up", "name"), "edge1.test");
    json_decref(lines);
}

/* The first edge is not there; the second is verified by its own name. */
static void test_second_host(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    json_t *lines;
    char outbound[200];

    peer_start_as(s, &p, "DNS:edge2.test");
    snprintf(outbound, sizeof(outbound), "sip:gone.test:%d,sip:edge2.test:%d",
             p.port, p.port);
    struct client c = {.outbound = outbound,
                       .dns_port = dns_start(s, hosts, 3, DNS_ANSWERS)};

    lines = client_expect(client_register(s, &c, once), 0, NULL);
    assert_string_equal(text(lines, "up", "name"), "edge2.test");
    json_decref(lines);
    snprintf(outbound, sizeof(outbound), "sip:edge1.test:%d,sip:edge2.test:%d",
             stage_port(), p.port);
    lines = client_expect(client_register(s, &c, once), 0, NULL);
    assert_string_equal(text(lines, "up", "name"), "edge2.test");
    json_decref(lines);
}

/* The second one shows the first one's certificate: refused with its reason,
 * for as long as it is the account's. (That no third one is tried then is
 * ua_edges: trust_ends_it; here a slow machine may have begun it.) */
static void test_second_is_wrong(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    json_t *lines;
    char outbound[200];

    peer_start_as(s, &p, "DNS:edge1.test,DNS:edge3.test");
    int closed = stage_port();

    snprintf(outbound, sizeof(outbound), "sip:edge1.test:%d,sip:edge2.test:%d",
             closed, p.port);
    struct client c = {.outbound = outbound,
                       .dns_port = dns_start(s, hosts, 3, DNS_ANSWERS)};

    lines =
        client_expect(client_register(s, &c, once), 6, "cert_name_mismatch");
    assert_int_equal(lines_count(lines, "flow.state", "up"), 0);
    assert_int_equal(peer_logged(&p, "seen REGISTER"), 0);
    json_decref(lines);
    /* The control: without the wrong one. */
    snprintf(outbound, sizeof(outbound), "sip:edge1.test:%d,sip:edge3.test:%d",
             closed, p.port);
    lines = client_expect(client_register(s, &c, once), 0, NULL);
    assert_string_equal(text(lines, "up", "name"), "edge3.test");
    json_decref(lines);
}

/* One edge dies under a registered account: the other one takes over. */
static void test_one_dies(void **state)
{
    struct stage *s = *state;
    struct peer a = {0}, b = {0};
    struct proc *p;
    json_t *lines;
    char outbound[200];

    peer_start_as(s, &a, "DNS:edge1.test,DNS:edge2.test");
    peer_start(s, &b);
    snprintf(outbound, sizeof(outbound), "sip:edge1.test:%d,sip:edge2.test:%d",
             a.port, b.port);
    struct client c = {.outbound = outbound,
                       .dns_port = dns_start(s, hosts, 3, DNS_ANSWERS)};

    p = client_register(s, &c, NULL);
    lines = lines_await(p, "register.state", "registered", 1);
    assert_string_equal(text(lines, "up", "name"), "edge1.test");
    json_decref(lines);
    peer_kill(&a);
    lines = lines_await(p, "register.state", "registered", 2);
    assert_string_equal(text(lines, "up", "name"), "edge2.test");
    json_decref(lines);
    assert_true(peer_logged(&b, "seen REGISTER") > 0);
    stage_signal(p, SIGINT);
    json_decref(client_expect(p, 130, NULL));
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        E2E(test_second_port),
        E2E(test_second_host),
        E2E(test_second_is_wrong),
        E2E(test_one_dies),
    };

    return cmocka_run_group_tests_name("e2e/outbounds", tests, NULL, NULL);
}
