/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that race (RFC 8305 5): what swallows or stalls costs little. */
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
#include "test/e2e/harness/netns.h"
#include "test/e2e/harness/wire.h"

#define SWALLOWS "2001:db8:bad::1"
#define SWALLOWS_TOO "2001:db8:bad::2"
#define SWALLOWS_THREE "2001:db8:bad::3"
#define SWALLOWS_ULA "fd00:bad::1"

/* Less than the time-outs of a connection (5 s) and of a handshake (8 s). */
static const char *const soon[] = {"--once", "--timeout", "4", NULL};

/* How many different connections were begun, by the events. */
static size_t tried(const json_t *lines)
{
    return lines_count(lines, "flow.state", "connecting");
}

/* So many were begun, and that peer's won. Takes the lines. */
static void expect_won(json_t *lines, size_t begun, const struct peer *p)
{
    char want[64];

    assert_int_equal(tried(lines), begun);
    snprintf(want, sizeof(want), "127.0.0.1:%d", p->port);
    assert_string_equal(
        lines_text(lines_last(lines, "flow.state", "up"), "remote"), want);
    json_decref(lines);
}

/* IPv6 is there and leads nowhere: the oldest trouble of dual stack. */
static void test_swallowed(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    json_t *lines;

    peer_start_as(s, &p, "DNS:" PEER_DOMAIN);
    const struct dns_record r[] = {
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 1, p.port, "edge." PEER_DOMAIN},
        {"edge." PEER_DOMAIN, DNS_AAAA, 0, 0, SWALLOWS},
        {"edge." PEER_DOMAIN, DNS_A, 0, 0, "127.0.0.1"},
    };
    struct client c = {.dns_port = dns_start(s, r, 3, DNS_ANSWERS)};

    expect_won(client_expect(client_register(s, &c, soon), 0, NULL), 2, &p);
    /* The control: with nobody else it takes its time. */
    c.dns_port = dns_start(s, r, 2, DNS_ANSWERS);
    lines = client_expect(client_register(s, &c, soon), 13, NULL);
    assert_int_equal(tried(lines), 1);
    json_decref(lines);
}

/* An address of another network's own (ULA) that leads nowhere: this device
 * has none of that kind, so it goes behind IPv4 (RFC 6724 6, rule 5). */
static void test_better_first(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    json_t *lines;

    peer_start_as(s, &p, "DNS:" PEER_DOMAIN);
    const struct dns_record r[] = {
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 1, p.port, "edge." PEER_DOMAIN},
        {"edge." PEER_DOMAIN, DNS_AAAA, 0, 0, SWALLOWS_ULA},
        {"edge." PEER_DOMAIN, DNS_A, 0, 0, "127.0.0.1"},
    };
    struct client c = {.dns_port = dns_start(s, r, 3, DNS_ANSWERS)};

    lines = client_expect(client_register(s, &c, soon), 0, NULL);
    assert_int_equal(tried(lines), 1); /* test_swallowed is the control */
    json_decref(lines);
}

/* All three addresses of the better server lead nowhere: they cost a quarter
 * of a second each, and not a time-out (5 s) for every two. */
static void test_all_of_one_swallowed(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};

    peer_start_as(s, &p, "DNS:" PEER_DOMAIN);
    const struct dns_record r[] = {
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 1, p.port, "a.test"},
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 2, p.port, "b.test"},
        {"a.test", DNS_AAAA, 0, 0, SWALLOWS},
        {"a.test", DNS_AAAA, 0, 0, SWALLOWS_TOO},
        {"a.test", DNS_AAAA, 0, 0, SWALLOWS_THREE},
        {"b.test", DNS_A, 0, 0, "127.0.0.1"},
    };
    struct client c = {.dns_port = dns_start(s, r, 6, DNS_ANSWERS)};

    expect_won(client_expect(client_register(s, &c, soon), 0, NULL), 4, &p);
}

/* A listener that takes bytes into a file and says nothing. */
static int start_silent(struct stage *s, const char *file)
{
    int port = stage_port();
    char from[64], to[STAGE_PATH_MAX + 32];

    snprintf(from, sizeof(from), "TCP-LISTEN:%d,bind=127.0.0.1,fork,reuseaddr",
             port);
    snprintf(to, sizeof(to), "OPEN:%s,creat,append", stage_path(s, file));
    stage_wait_port(
        s,
        stage_spawn(s, "silent",
                    (const char *[]){"socat", "-u", from, to, NULL}),
        port);
    return port;
}

/* What it took is one ClientHello: a record of type 22 (RFC 8446 5.1). */
static void expect_hello_only(struct stage *s, const char *file)
{
    size_t n;
    char *text = stage_read(stage_path(s, file), &n);
    const uint8_t *p = (const uint8_t *)text;

    assert_true(n > 5);
    assert_int_equal(p[0], 22);
    assert_int_equal(n, 5 + (p[3] << 8 | p[4]));
    free(text);
}

/* The first server takes the connection and stalls; the second one wins, and
 * the first has got no byte of SIP, sealed or not. */
static void test_stalled(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    struct wire w;
    json_t *lines;
    int ports[2];

    peer_start_as(s, &p, "DNS:" PEER_DOMAIN);
    ports[0] = start_silent(s, "took");
    ports[1] = p.port;
    const struct dns_record r[] = {
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 1, ports[0], "a.test"},
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 2, p.port, "b.test"},
        {"a.test", DNS_A, 0, 0, NULL},
        {"b.test", DNS_A, 0, 0, NULL},
    };
    struct client c = {.dns_port = dns_start(s, r, 4, DNS_ANSWERS)};

    wire_start(&w, s, ports, 2);
    lines = client_expect(client_register(s, &c, soon), 0, NULL);
    wire_expect_clean(&w, client_canaries);
    assert_int_equal(tried(lines), 2);
    expect_hello_only(s, "took");
    json_decref(lines);
}

/* The second one's certificate is wrong: all ends, with that reason, though
 * the first has not failed. */
static void test_trust_ends_it(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    json_t *lines;

    peer_start_as(s, &p, "DNS:other.test");
    const struct dns_record r[] = {
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 1, start_silent(s, "took"),
         "a.test"},
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 2, p.port, "b.test"},
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 3, p.port, "c.test"},
        {"a.test", DNS_A, 0, 0, NULL},
        {"b.test", DNS_A, 0, 0, NULL},
        {"c.test", DNS_A, 0, 0, NULL},
    };
    struct client c = {.dns_port = dns_start(s, r, 6, DNS_ANSWERS)};

    lines =
        client_expect(client_register(s, &c, soon), 6, "cert_name_mismatch");
    assert_int_equal(tried(lines), 2);
    expect_hello_only(s, "took");
    assert_int_equal(peer_logged(&p, "seen"), 0);
    json_decref(lines);
}

static const json_t *connection(const json_t *report, size_t i)
{
    size_t k;
    json_t *s;

    json_array_foreach(json_object_get(report, "steps"), k, s)
    {
        if (strcmp(lines_text(s, "step"), "register") == 0)
            return json_array_get(
                json_object_get(json_object_get(s, "facts"), "connections"),
                i);
    }
    stage_fail("no step register");
}

/* siplock doctor shows the race: who, in which order, when. */
static void test_doctor(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    json_t *lines;
    const json_t *o, *first, *second;
    char want[64];

    peer_start_as(s, &p, "DNS:" PEER_DOMAIN);
    const struct dns_record r[] = {
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 1, p.port, "a.test"},
        {"a.test", DNS_AAAA, 0, 0, SWALLOWS},
        {"a.test", DNS_A, 0, 0, NULL},
    };
    struct client c = {.dns_port = dns_start(s, r, 3, DNS_ANSWERS)};

    lines = client_expect(client_run(s, "doctor", &c, NULL), 0, NULL);
    o = lines_last(lines, "doctor.report", NULL);
    first = connection(o, 0);
    second = connection(o, 1);
    snprintf(want, sizeof(want), "[" SWALLOWS "]:%d", p.port);
    assert_string_equal(lines_text(first, "address"), want);
    assert_string_equal(lines_text(first, "outcome"), "not used");
    snprintf(want, sizeof(want), "127.0.0.1:%d", p.port);
    assert_string_equal(lines_text(second, "address"), want);
    assert_string_equal(lines_text(second, "outcome"), "verified");
    assert_null(connection(o, 2));
    json_decref(lines);
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        E2E(test_swallowed),     E2E(test_all_of_one_swallowed),
        E2E(test_better_first),  E2E(test_stalled),
        E2E(test_trust_ends_it), E2E(test_doctor),
    };

    netns_enter();
    netns_address("2001:db8:5::2/128");
    netns_swallow(SWALLOWS);
    netns_swallow(SWALLOWS_TOO);
    netns_swallow(SWALLOWS_THREE);
    netns_swallow(SWALLOWS_ULA);
    return cmocka_run_group_tests_name("e2e/race", tests, NULL, NULL);
}
