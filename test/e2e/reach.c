/* SPDX-License-Identifier: Apache-2.0 */
/* DNS, addresses and ports: what is dialled, and how failing is explained. */
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
#include "test/e2e/harness/wire.h"

static const char *const once[] = {"--once", "--timeout", "30", NULL};

static void make_server(struct stage *s)
{
    certs_ca(s);
    certs_make(s, &(struct certs_ask){.san = "DNS:" PEER_DOMAIN});
}

/* One run with a DNS server that has these records. */
static json_t *ask(struct stage *s, const struct dns_record *record, size_t n,
                   enum dns_mood mood, int status, const char *code)
{
    struct client c = {.dns_port = dns_start(s, record, n, mood)};

    return client_expect(client_register(s, &c, once), status, code);
}

/* SRV leads to another host and port; the domain's name is verified. */
static void test_srv(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    struct wire w;
    json_t *lines;

    make_server(s);
    peer_start(s, &p);
    wire_start(&w, s, &p.port, 1);
    const struct dns_record r[] = {
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 10, p.port, "edge.provider.test"},
        {"edge.provider.test", DNS_A, 0, 0, NULL},
    };

    lines = ask(s, r, 2, DNS_ANSWERS, 0, NULL);
    wire_expect_clean(&w, client_canaries);
    assert_string_equal(
        lines_text(lines_last(lines, "flow.state", "up"), "name"),
        PEER_DOMAIN);
    json_decref(lines);
}

/* The first target refuses connections: the next one is tried. */
static void test_srv_second_target(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};

    make_server(s);
    peer_start(s, &p);
    const struct dns_record r[] = {
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 10, stage_port(), "a.test"},
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 20, p.port, "b.test"},
        {"a.test", DNS_A, 0, 0, NULL},
        {"b.test", DNS_A, 0, 0, NULL},
    };

    json_decref(ask(s, r, 4, DNS_ANSWERS, 0, NULL));
}

/* The first target is overloaded: the next one is gone to at once (RFC 3263
 * 4.3), and nothing is asked of the first for a while. */
static void test_srv_busy_target(void **state)
{
    struct stage *s = *state;
    struct peer busy = {.busy = true}, p = {0};
    json_t *lines;

    make_server(s);
    peer_start(s, &busy);
    peer_start(s, &p);
    const struct dns_record r[] = {
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 10, busy.port, "a.test"},
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 20, p.port, "b.test"},
        {"a.test", DNS_A, 0, 0, NULL},
        {"b.test", DNS_A, 0, 0, NULL},
    };

    lines = ask(s, r, 4, DNS_ANSWERS, 0, NULL);
    assert_int_equal(lines_count(lines, "flow.state", "up"), 2);
    assert_int_equal(lines_count(lines, "register.state", "registered"), 1);
    json_decref(lines);
    assert_int_equal(peer_logged(&busy, "seen REGISTER"), 1);
}

/* DNS is not trusted: a target's own good name does not help it. */
static void test_srv_target_name(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};

    peer_start_as(s, &p, "DNS:edge.provider.test");
    const struct dns_record r[] = {
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 10, p.port, "edge.provider.test"},
        {"edge.provider.test", DNS_A, 0, 0, NULL},
    };

    json_decref(ask(s, r, 2, DNS_ANSWERS, 6, "cert_name_mismatch"));
    assert_int_equal(peer_logged(&p, "seen REGISTER"), 0);
}

static void test_no_domain(void **state)
{
    make_server(*state);
    json_decref(ask(*state, NULL, 0, DNS_ANSWERS, 4, "dns_no_domain"));
}

static void test_no_record(void **state)
{
    const struct dns_record r[] = {
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 10, 5061, "nobody.test"},
    };

    make_server(*state);
    json_decref(ask(*state, r, 1, DNS_ANSWERS, 4, "dns_no_record"));
}

static void test_server_failure(void **state)
{
    make_server(*state);
    json_decref(ask(*state, NULL, 0, DNS_FAILS, 4, "dns_server"));
}

static void test_silent_server(void **state)
{
    make_server(*state);
    json_decref(ask(*state, NULL, 0, DNS_SILENT, 4, "dns_timeout"));
}

/* A host without a dot, in the domain to search; its own name is verified. */
static void test_search(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    char outbound[64];
    json_t *lines;

    peer_start_as(s, &p, "DNS:pbx");
    const struct dns_record r[] = {{"pbx.corp.test", DNS_A, 0, 0, NULL}};
    struct client c = {.outbound = outbound,
                       .dns_port = dns_start(s, r, 1, DNS_ANSWERS),
                       .search = "corp.test"};

    snprintf(outbound, sizeof(outbound), "sip:pbx:%d", p.port);
    lines = client_expect(client_register(s, &c, once), 0, NULL);
    assert_string_equal(
        lines_text(lines_last(lines, "flow.state", "up"), "name"), "pbx");
    json_decref(lines);
    c.search = NULL; /* the control */
    json_decref(
        client_expect(client_register(s, &c, once), 4, "dns_no_domain"));
}

/* Two servers are silent: the third is asked after 100 ms each, or 2 s. */
static void test_dead_servers(void **state)
{
    static const char *const soon[] = {"--once", "--timeout", "3", NULL};
    struct stage *s = *state;
    struct peer p = {0};

    make_server(s);
    peer_start(s, &p);
    const struct dns_record r[] = {
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 10, p.port, "edge.provider.test"},
        {"edge.provider.test", DNS_A, 0, 0, NULL},
    };
    struct client c = {.dns_port = dns_start(s, r, 2, DNS_ANSWERS),
                       .dead_dns = {dns_start(s, r, 2, DNS_SILENT),
                                    dns_start(s, r, 2, DNS_SILENT)},
                       .try_ms = 100};

    json_decref(client_expect(client_register(s, &c, soon), 0, NULL));
    c.try_ms = 0;
    json_decref(client_expect(client_register(s, &c, soon), 13, NULL));
}

/* The domain says that it has no SIP over TLS (RFC 2782, target "."). */
static void test_srv_declined(void **state)
{
    const struct dns_record r[] = {
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 0, 0, ""},
        {PEER_DOMAIN, DNS_A, 0, 0, NULL},
    };
    json_t *lines;

    make_server(*state);
    lines = ask(*state, r, 2, DNS_ANSWERS, 7, NULL);
    assert_string_equal(
        lines_text(lines_last(lines, "policy.refused", NULL), "why"),
        "srv_declined");
    assert_int_equal(
        lines_num(lines_last(lines, "policy.refused", NULL), "bytes_sent"), 0);
    json_decref(lines);
}

static void test_connect_refused(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    struct client c = {.port = stage_port()};

    make_server(s);
    json_decref(
        client_expect(client_register(s, &c, once), 5, "connect_refused"));
    /* The control: the same with somebody there. */
    p.port = c.port;
    peer_start(s, &p);
    json_decref(client_expect(client_register(s, &c, once), 0, NULL));
}

/* A SIP port without TLS that waits for the rest: it hears no SIP. */
static void test_no_tls_silent(void **state)
{
    struct stage *s = *state;
    struct peer p = {.config = "plain.cfg"};
    struct client c = {0};

    make_server(s);
    peer_start(s, &p);
    c.port = p.port;
    json_decref(client_expect(client_register(s, &c, once), 5, "tls_silent"));
    assert_int_equal(peer_logged(&p, "seen"), 0);
}

/* The same, but one that answers what it does not understand. */
static void test_no_tls_answer(void **state)
{
    static const char *const answers[] = {
        "SIP/2.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: http://portal.test/\r\n\r\n",
        "220 mail.example.test\r\n"};
    static const char *const codes[] = {"tls_plain_sip", "tls_http",
                                        "tls_captive", "tls_no_tls"};
    struct stage *s = *state;

    make_server(s);
    for (size_t i = 0; i < 4; i++) {
        struct client c = {.port = stage_say(s, answers[i])};

        json_decref(client_expect(client_register(s, &c, once), 5, codes[i]));
    }
}

static void test_policy_before_dialling(void **state)
{
    struct stage *s = *state;
    struct client c = {.port = stage_port(),
                       .outbound = "sip:edge.example.test;transport=udp"};

    make_server(s);
    json_decref(
        client_expect(client_register(s, &c, once), 7, "transport_udp"));
    c.outbound = "sip:edge.example.test;transport=tcp";
    json_decref(
        client_expect(client_register(s, &c, once), 7, "transport_tcp"));
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        E2E(test_srv),
        E2E(test_srv_second_target),
        E2E(test_srv_busy_target),
        E2E(test_srv_target_name),
        E2E(test_no_domain),
        E2E(test_no_record),
        E2E(test_server_failure),
        E2E(test_silent_server),
        E2E(test_search),
        E2E(test_dead_servers),
        E2E(test_srv_declined),
        E2E(test_connect_refused),
        E2E(test_no_tls_silent),
        E2E(test_no_tls_answer),
        E2E(test_policy_before_dialling),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
