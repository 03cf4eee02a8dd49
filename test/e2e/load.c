/* SPDX-License-Identifier: Apache-2.0 */
/* siplock load at Kamailio: many accounts, their figures, all taken back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/e2e/harness/client.h"
#include "test/e2e/harness/dns.h"

/* The account file of the harness with a pattern for its user. */
static json_t *load(struct stage *s, const struct client *c, const char *edge,
                    int status, const char *shared)
{
    struct proc *p = client_run(
        s, "load", c,
        (const char *[]){"--accounts", "50", "--edge", edge, "--settle", "1",
                         "--for", "1", "--timeout", "25", shared, NULL});

    return client_expect(p, status, NULL);
}

static void fifty(struct stage *s, struct peer *p, const char *shared)
{
    static const char *const figures[] = {"register_ms", "per_second",
                                          "cpu_us_account", "idle_ms"};
    /* A sanitizer's allocator tells no heap: 0 then. */
    static const char *const counts[] = {"heap_account", "resident_account",
                                         "wakeups_minute", "bytes_minute"};
    const struct client c = {.user = "load-%d"};
    char edge[32];
    json_t *lines;
    const json_t *o;

    peer_start_as(s, p, "DNS:" PEER_DOMAIN);
    snprintf(edge, sizeof(edge), "127.0.0.1:%d", p->port);
    lines = load(s, &c, edge, 0, shared);
    o = lines_last(lines, "load.report", NULL);
    assert_non_null(o);
    assert_int_equal(lines_num(o, "accounts"), 50);
    assert_int_equal(lines_num(o, "registered"), 50);
    assert_int_equal(lines_num(o, "taken_back"), 50);
    assert_int_equal(lines_num(o, "attempts_failed"), 0);
    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
        if (json_number_value(json_object_get(o, figures[i])) <= 0)
            stage_fail("%s is not there", figures[i]);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        assert_true(json_is_number(json_object_get(o, counts[i])));
    /* The registrar has seen as many come and go. */
    assert_true(peer_logged(p, "expires 3600") >= 50);
    assert_true(peer_logged(p, "expires 0") >= 50);
    assert_int_equal(json_is_true(json_object_get(o, "shared")),
                     shared != NULL);
    json_decref(lines);
}

/* How many connections have registered, by the ports that Kamailio saw. */
static unsigned ports_of(const struct peer *p)
{
    static bool seen[65536];
    unsigned found = 0;
    size_t n;
    char *log = stage_read(p->proc->err, &n);

    memset(seen, 0, sizeof(seen));
    for (const char *at = log; (at = strstr(at, " port ")); at++) {
        unsigned long port = strtoul(at + 6, NULL, 10);

        assert_true(port < 65536);
        found += !seen[port];
        seen[port] = true;
    }
    free(log);
    return found;
}

static void test_fifty(void **state)
{
    struct peer p = {.workers = 1};

    fifty(*state, &p, NULL);
    assert_int_equal(ports_of(&p), 50);
}

static void test_fifty_on_one(void **state)
{
    struct peer p = {.workers = 1};

    fifty(*state, &p, "--shared");
    assert_int_equal(ports_of(&p), 1);
}

/* What is wrong with one is not tried fifty times. */
static void test_refused(void **state)
{
    const struct client fixed = {.user = "load"};
    const struct client wrong = {.user = "load-%d", .password = "wrong"};
    struct stage *s = *state;
    struct peer p = {.workers = 1};
    char edge[32];
    json_t *lines;
    const json_t *o;

    peer_start_as(s, &p, "DNS:" PEER_DOMAIN);
    snprintf(edge, sizeof(edge), "127.0.0.1:%d", p.port);
    lines = load(s, &fixed, edge, 3, NULL);
    assert_non_null(strstr(
        lines_text(lines_last(lines, "error", NULL), "cause.text"), "%d"));
    json_decref(lines);
    assert_int_equal(peer_logged(&p, "seen REGISTER"), 0);
    lines = load(s, &wrong, edge, 8, NULL);
    o = lines_last(lines, "load.report", NULL);
    assert_int_equal(lines_num(o, "registered"), 0);
    assert_int_equal(lines_num(o, "exit"), 8);
    json_decref(lines);
}

/* The account file's DNS server and the domain to search lead there, for all
 * of them: without the domain a host without a dot is nowhere. */
static void test_dns_of_the_account_file(void **state)
{
    static const char *const two[] = {"--accounts", "2",     "--settle",
                                      "1",          "--for", "1",
                                      "--timeout",  "25",    NULL};
    struct stage *s = *state;
    struct peer p = {.workers = 1};
    char outbound[64];
    json_t *lines;

    peer_start_as(s, &p, "DNS:pbx");
    const struct dns_record r[] = {{"pbx.corp.test", DNS_A, 0, 0, NULL}};
    struct client c = {.user = "load-%d",
                       .outbound = outbound,
                       .dns_port = dns_start(s, r, 1, DNS_ANSWERS),
                       .search = "corp.test"};

    snprintf(outbound, sizeof(outbound), "sip:pbx:%d", p.port);
    lines = client_expect(client_run(s, "load", &c, two), 0, NULL);
    assert_int_equal(
        lines_num(lines_last(lines, "load.report", NULL), "registered"), 2);
    json_decref(lines);
    c.search = NULL; /* the control */
    json_decref(
        client_expect(client_run(s, "load", &c, two), 4, "dns_no_domain"));
}

/* A name is the edge's and the certificate must have it; an address is only
 * where the domain's own edge is. */
static void test_edge_by_name(void **state)
{
    const struct dns_record r[] = {{"edge.corp.test", DNS_A, 0, 0, NULL}};
    struct stage *s = *state;
    struct peer p = {.workers = 1};
    struct client c = {.user = "load-%d"};
    char edge[64];

    peer_start_as(s, &p, "DNS:edge.corp.test");
    c.dns_port = dns_start(s, r, 1, DNS_ANSWERS);
    snprintf(edge, sizeof(edge), "edge.corp.test:%d", p.port);
    json_decref(load(s, &c, edge, 0, NULL));
    snprintf(edge, sizeof(edge), "127.0.0.1:%d", p.port);
    json_decref(load(s, &c, edge, 6, NULL));
    json_decref(load(s, &c, "no edge", 3, NULL));
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        E2E(test_fifty),        E2E(test_fifty_on_one),
        E2E(test_refused),      E2E(test_dns_of_the_account_file),
        E2E(test_edge_by_name),
    };

    return cmocka_run_group_tests_name("e2e/load", tests, NULL, NULL);
}
