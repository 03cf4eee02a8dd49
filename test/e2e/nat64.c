/* SPDX-License-Identifier: Apache-2.0 */
/* A network without IPv4 to the server, behind a NAT64 (RFC 7050, 6052). */
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
#include "test/e2e/harness/dns.h"
#include "test/e2e/harness/netns.h"
#include "test/e2e/harness/wire.h"

/* The server's IPv4 address, which nothing here leads to; and the same as the
 * NAT64 of this network has it. */
#define SERVER "198.51.100.9"
#define MAPPED "2001:db8:64::c633:6409"
#define PREFIX_TOLD "2001:db8:64::c000:aa"

static const char *const once[] = {"--once", "--timeout", "30", NULL};

/* What a NAT64 does with TCP, for this one server: connections to the mapped
 * address go on over IPv4. */
static void start_nat64(struct stage *s, const struct peer *p)
{
    char from[96], to[64];

    snprintf(from, sizeof(from), "TCP6-LISTEN:%d,bind=[%s],fork,reuseaddr",
             p->port, MAPPED);
    snprintf(to, sizeof(to), "TCP4:127.0.0.1:%d", p->port);
    stage_wait_at(
        s, stage_spawn(s, "nat64", (const char *[]){"socat", from, to, NULL}),
        MAPPED, p->port);
}

static const struct dns_record dns64[] = {
    {"ipv4only.arpa", DNS_AAAA, 0, 0, PREFIX_TOLD},
    {"ipv4only.arpa", DNS_A, 0, 0, "192.0.0.170"},
};

static void expect_remote(const json_t *lines, const char *host, int port)
{
    char want[96];

    snprintf(want, sizeof(want), "[%s]:%d", host, port);
    assert_string_equal(
        lines_text(lines_last(lines, "flow.state", "up"), "remote"), want);
}

/* An account that names an IPv4 address. */
static void test_literal(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    struct wire w;
    json_t *lines;
    size_t seen;

    peer_start_as(s, &p, "DNS:" PEER_DOMAIN);
    start_nat64(s, &p);
    wire_start(&w, s, &p.port, 1);
    struct client c = {.host = SERVER,
                       .port = p.port,
                       .dns_port = dns_start(s, dns64, 2, DNS_ANSWERS)};

    lines = client_expect(client_register(s, &c, once), 0, NULL);
    wire_expect_clean(&w, client_canaries);
    expect_remote(lines, MAPPED, p.port);
    assert_string_equal(
        lines_text(lines_last(lines, "flow.state", "up"), "name"),
        PEER_DOMAIN);
    json_decref(lines);
    seen = peer_logged(&p, "seen REGISTER");
    assert_true(seen > 0);
    /* The control: this network's DNS tells no prefix. */
    c.dns_port = dns_start(s, dns64 + 1, 1, DNS_ANSWERS);
    json_decref(
        client_expect(client_register(s, &c, once), 5, "connect_no_ipv4"));
    assert_int_equal(peer_logged(&p, "seen REGISTER"), seen);
}

/* A name with A only, where the resolver makes no AAAA up for it. */
static void test_name(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    json_t *lines;

    peer_start_as(s, &p, "DNS:" PEER_DOMAIN);
    start_nat64(s, &p);
    const struct dns_record r[] = {
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 1, p.port, "edge." PEER_DOMAIN},
        {"edge." PEER_DOMAIN, DNS_A, 0, 0, SERVER},
        {"ipv4only.arpa", DNS_AAAA, 0, 0, PREFIX_TOLD},
    };
    struct client c = {.dns_port = dns_start(s, r, 3, DNS_ANSWERS)};

    lines = client_expect(client_register(s, &c, once), 0, NULL);
    expect_remote(lines, MAPPED, p.port);
    json_decref(lines);
}

/* siplock doctor goes the same way; without a prefix it says what is wrong. */
static void test_doctor(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    json_t *lines;

    certs_ca(s);
    certs_make(s, &(struct certs_ask){.san = "DNS:" PEER_DOMAIN,
                                      .to = "20491231235959Z"});
    peer_start(s, &p);
    start_nat64(s, &p);
    struct client c = {.host = SERVER,
                       .port = p.port,
                       .dns_port = dns_start(s, dns64, 2, DNS_ANSWERS)};

    lines = client_expect(client_run(s, "doctor", &c, NULL), 0, NULL);
    assert_string_equal(
        lines_text(lines_last(lines, "doctor.report", NULL), "verdict"), "ok");
    json_decref(lines);
    c.dns_port = dns_start(s, dns64 + 1, 1, DNS_ANSWERS);
    lines = client_expect(client_run(s, "doctor", &c, NULL), 5, NULL);
    const json_t *o =
        json_object_get(lines_last(lines, "doctor.report", NULL), "steps");

    assert_string_equal(lines_text(json_array_get(o, 1), "step"), "reach");
    assert_string_equal(lines_text(json_array_get(o, 1), "facts.code"),
                        "connect_no_ipv4");
    json_decref(lines);
}

/* The NAT64 is not trusted: whom it leads to must show the name. */
static void test_wrong_certificate(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};

    peer_start_as(s, &p, "DNS:other.test");
    start_nat64(s, &p);
    struct client c = {.host = SERVER,
                       .port = p.port,
                       .dns_port = dns_start(s, dns64, 2, DNS_ANSWERS)};

    json_decref(
        client_expect(client_register(s, &c, once), 6, "cert_name_mismatch"));
    assert_int_equal(peer_logged(&p, "seen REGISTER"), 0);
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        E2E(test_literal),
        E2E(test_name),
        E2E(test_wrong_certificate),
        E2E(test_doctor),
    };

    netns_enter();
    netns_address(MAPPED "/128");
    return cmocka_run_group_tests_name("e2e/nat64", tests, NULL, NULL);
}
