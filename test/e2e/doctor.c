/* SPDX-License-Identifier: Apache-2.0 */
/* siplock doctor at Kamailio: healthy, and what may be wrong. */
#include <setjmp.h>
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

/* The report of a run; its exit code is the process's. */
static json_t *examine(struct stage *s, const struct client *c, int status)
{
    struct proc *p = client_run(s, "doctor", c, NULL);
    json_t *lines = client_expect(p, status, NULL);
    json_t *o = json_incref(
        (json_t *)(uintptr_t)lines_last(lines, "doctor.report", NULL));

    assert_non_null(o);
    assert_int_equal(lines_num(o, "exit"), status);
    assert_int_equal(json_is_true(json_object_get(o, "registered")),
                     status == 0);
    json_decref(lines);
    return o;
}

static const json_t *step(const json_t *o, const char *name)
{
    size_t i;
    json_t *s;

    json_array_foreach(json_object_get(o, "steps"), i,
                       s) if (strcmp(lines_text(s, "step"), name) ==
                              0) return s;
    stage_fail("no step \"%s\"", name);
}

/* code: "" if it is not a failure. */
static void expect(const json_t *o, const char *name, const char *verdict,
                   const char *code)
{
    const json_t *s = step(o, name);

    if (strcmp(lines_text(s, "verdict"), verdict) != 0 ||
        strcmp(lines_text(s, "facts.code"), code) != 0)
        stage_fail("%s: %s %s: %s", name, lines_text(s, "verdict"),
                   lines_text(s, "facts.code"), lines_text(s, "text"));
    assert_true(*lines_text(s, "text"));
    if (*code)
        assert_true(*lines_text(s, "remedy"));
}

static void stage_kamailio(struct stage *s, struct peer *p,
                           struct certs_ask ask)
{
    certs_ca(s);
    ask.san = "DNS:" PEER_DOMAIN;
    certs_make(s, &ask);
    peer_start(s, p);
}

static const struct certs_ask lasting = {.to = "20491231235959Z"};

/* Through DNS, with a record for UDP beside that for TLS. */
static void test_healthy(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    json_t *o;

    stage_kamailio(s, &p, lasting);
    const struct dns_record records[] = {
        {"_sips._tcp." PEER_DOMAIN, DNS_SRV, 1, p.port, "edge." PEER_DOMAIN},
        {"_sip._udp." PEER_DOMAIN, DNS_SRV, 1, 5060, "bait." PEER_DOMAIN},
        {"edge." PEER_DOMAIN, DNS_A, 0, 0, NULL},
    };
    struct client c = {.dns_port = dns_start(s, records, 3, DNS_ANSWERS)};

    o = examine(s, &c, 0);
    expect(o, "dns", "ok", "");
    assert_int_equal(lines_num(step(o, "dns"), "facts.bait"), 1);
    expect(o, "reach", "ok", "");
    expect(o, "tls", "ok", "");
    expect(o, "register", "ok", "");
    expect(o, "unregister", "ok", "");
    assert_string_equal(lines_text(o, "verdict"), "ok");
    assert_true(lines_num(step(o, "register"), "facts.expires") > 0);
    assert_true(json_number_value(json_object_get(step(o, "register"), "ms")) >
                0);
    json_decref(o);
    assert_int_equal(peer_logged(&p, "expires 0"), 1);
}

static void test_wrong_password(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    json_t *o;

    stage_kamailio(s, &p, lasting);
    struct client c = {.port = p.port, .password = "wrong"};

    o = examine(s, &c, 8);
    expect(o, "tls", "ok", "");
    expect(o, "register", "fail", "auth_wrong_password");
    json_decref(o);
}

static void test_expired(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    json_t *o;

    stage_kamailio(s, &p,
                   (struct certs_ask){.from = "20200101000000Z",
                                      .to = "20200201000000Z"});
    struct client c = {.port = p.port};

    o = examine(s, &c, 6);
    expect(o, "reach", "ok", "");
    expect(o, "tls", "fail", "cert_expired");
    expect(o, "register", "skipped", "");
    json_decref(o);
    assert_int_equal(peer_logged(&p, "seen REGISTER"), 0);
}

/* It ends tomorrow: it works, and says so. */
static void test_ends_soon(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    json_t *o;

    stage_kamailio(s, &p, (struct certs_ask){0});
    struct client c = {.port = p.port};

    o = examine(s, &c, 0);
    expect(o, "tls", "warn", "");
    assert_non_null(strstr(lines_text(step(o, "tls"), "remedy"), "renew"));
    expect(o, "register", "ok", "");
    assert_string_equal(lines_text(o, "verdict"), "warn");
    json_decref(o);
}

static void test_no_dns(void **state)
{
    static const struct dns_record other[] = {
        {"other.test", DNS_A, 0, 0, NULL}};
    struct stage *s = *state;
    json_t *o;

    certs_ca(s);
    struct client c = {.dns_port = dns_start(s, other, 1, DNS_ANSWERS)};

    o = examine(s, &c, 4);
    expect(o, "dns", "fail", "dns_no_domain");
    expect(o, "register", "skipped", "");
    json_decref(o);
    c.dns_port = dns_start(s, other, 1, DNS_FAILS);
    o = examine(s, &c, 4);
    expect(o, "dns", "fail", "dns_server");
    json_decref(o);
}

static void test_nobody_there(void **state)
{
    struct stage *s = *state;
    struct client c = {.port = stage_port()};
    json_t *o;

    certs_ca(s);
    o = examine(s, &c, 5);
    expect(o, "reach", "fail", "connect_refused");
    expect(o, "tls", "skipped", "");
    json_decref(o);
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        E2E(test_healthy),   E2E(test_wrong_password), E2E(test_expired),
        E2E(test_ends_soon), E2E(test_no_dns),         E2E(test_nobody_there),
    };

    return cmocka_run_group_tests_name("e2e/doctor", tests, NULL, NULL);
}
