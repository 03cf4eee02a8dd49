/* SPDX-License-Identifier: Apache-2.0 */
/* Bad certificates at openssl s_server: refused before one byte of SIP. */
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

static const char *const once[] = {"--once", "--timeout", "20", NULL};

/* How many bytes of application data the server got. */
static size_t received(const struct proc *server)
{
    size_t n;

    free(stage_read(server->out, &n));
    return n;
}

/* The certificate is refused with code, and the server heard nothing. */
static void refuse(struct stage *s, const struct certs_ask *ask,
                   const struct client *account, const char *code)
{
    struct peer p = {0};
    struct client c = account ? *account : (struct client){0};
    struct wire w;
    json_t *lines;

    certs_make(s, ask);
    peer_start_openssl(s, &p, "server", NULL);
    wire_start(&w, s, &p.port, 1);
    c.port = p.port;
    lines = client_expect(client_register(s, &c, once), 6, code);
    wire_expect_clean(&w, client_canaries);
    assert_string_equal(
        lines_text(lines_last(lines, "register.state", "failed"),
                   "cause.domain"),
        "certificate");
    assert_true(*lines_text(lines_last(lines, "register.state", "failed"),
                            "cause.hint") != '\0');
    assert_int_equal(lines_count(lines, "flow.state", "up"), 0);
    assert_int_equal(received(p.proc), 0);
    json_decref(lines);
    stage_kill(p.proc);
}

/* The certificate is good: the server gets a REGISTER. */
static void take(struct stage *s, const struct certs_ask *ask,
                 const struct client *account, const char *const *words)
{
    struct peer p = {0};
    struct client c = account ? *account : (struct client){0};
    struct proc *client;
    char *text;
    size_t n;

    certs_make(s, ask);
    peer_start_openssl(s, &p, "server", words);
    c.port = p.port;
    client = client_register(s, &c, once);
    json_decref(lines_await(client, "flow.state", "up", 1));
    for (int i = 0; received(p.proc) == 0 && i < STAGE_WAIT_MS / 20; i++)
        stage_sleep_ms(20);
    text = stage_read(p.proc->out, &n);
    assert_non_null(strstr(text, "REGISTER sip:" PEER_DOMAIN " SIP/2.0"));
    free(text);
    stage_kill(client);
    stage_kill(p.proc);
}

static const struct certs_ask good = {.san = "DNS:" PEER_DOMAIN};

/* The control beside all that follow. */
static void test_good(void **state)
{
    certs_ca(*state);
    take(*state, &good, NULL, NULL);
}

static void test_sip_uri_san(void **state)
{
    certs_ca(*state);
    take(*state, &(struct certs_ask){.san = "URI:sip:" PEER_DOMAIN}, NULL,
         NULL);
}

static void test_expired(void **state)
{
    struct certs_ask ask = good;

    ask.from = "20200101000000Z";
    ask.to = "20210101000000Z";
    certs_ca(*state);
    refuse(*state, &ask, NULL, "cert_expired");
}

static void test_not_yet_valid(void **state)
{
    struct certs_ask ask = good;

    ask.from = "20450101000000Z";
    ask.to = "20460101000000Z";
    certs_ca(*state);
    refuse(*state, &ask, NULL, "cert_not_yet_valid");
}

static void test_wrong_name(void **state)
{
    certs_ca(*state);
    refuse(*state, &(struct certs_ask){.san = "DNS:other.example.test"}, NULL,
           "cert_name_mismatch");
    refuse(*state,
           &(struct certs_ask){.san = "DNS:" PEER_DOMAIN ".attacker.test"},
           NULL, "cert_name_mismatch");
    /* An address says where to connect and is no name. */
    refuse(*state, &(struct certs_ask){.san = "IP:127.0.0.1"}, NULL,
           "cert_name_mismatch");
    /* RFC 5922 7.1: sips: and a user part do not identify a domain. */
    refuse(*state, &(struct certs_ask){.san = "URI:sips:" PEER_DOMAIN}, NULL,
           "cert_name_mismatch");
}

static void test_common_name_only(void **state)
{
    const struct certs_ask ask = {.cn = PEER_DOMAIN};

    certs_ca(*state);
    refuse(*state, &ask, NULL, "cert_cn_only");
    take(*state, &ask, &(struct client){.names = "+cn"}, NULL);
}

static void test_wildcard(void **state)
{
    const struct certs_ask ask = {.san = "DNS:*.test"};
    const struct certs_ask sub = {.san = "DNS:*.example.test"};
    struct client c = {.outbound = "sip:pbx.example.test;transport=tls"};

    certs_ca(*state);
    refuse(*state, &sub, &c, "cert_wildcard");
    c.names = "rfc6125";
    take(*state, &sub, &c, NULL);
    /* The wildcard is one label: it does not stand for two. */
    refuse(*state, &ask, &c, "cert_name_mismatch");
}

static void test_self_signed(void **state)
{
    struct stage *s = *state;
    struct certs_ask ask = good;

    ask.issuer = CERTS_SELF;
    certs_ca(s);
    refuse(s, &ask, NULL, "cert_self_signed");
}

static void test_unknown_ca(void **state)
{
    struct certs_ask ask = good;

    ask.issuer = CERTS_OTHER_CA;
    certs_ca(*state);
    refuse(*state, &ask, NULL, "cert_unknown_ca");
}

static void test_missing_intermediate(void **state)
{
    struct stage *s = *state;
    struct certs_ask ask = good;

    ask.issuer = CERTS_INTERMEDIATE;
    certs_ca(s);
    /* The issuer's name says that it is one; so does the AIA. */
    refuse(s, &ask, NULL, "cert_missing_intermediate");
    ask.aia = true;
    refuse(s, &ask, NULL, "cert_missing_intermediate");
    take(s, &ask, NULL,
         (const char *[]){"-cert_chain", stage_path(s, "intermediate.pem"),
                          NULL});
}

/* A server that offers nothing that is allowed. */
static void versions(struct stage *s, const char *const *words, int status,
                     const char *code, const char *level)
{
    struct peer p = {0};
    struct client c = {.level = level};

    peer_start_openssl(s, &p, "server", words);
    c.port = p.port;
    json_decref(client_expect(client_register(s, &c, once), status, code));
    assert_int_equal(received(p.proc), 0);
    stage_kill(p.proc);
}

static void test_versions(void **state)
{
    struct stage *s = *state;

    certs_ca(s);
    certs_make(s, &good);
    versions(s,
             (const char *[]){"-tls1_1", "-cipher", "ALL:@SECLEVEL=0", NULL},
             5, "tls_version", NULL);
    versions(s, (const char *[]){"-tls1", "-cipher", "ALL:@SECLEVEL=0", NULL},
             5, "tls_version", NULL);
    versions(s, (const char *[]){"-tls1_2", NULL}, 5, "tls_version", "modern");
    /* Forward secrecy, but CBC. */
    versions(s,
             (const char *[]){"-tls1_2", "-cipher",
                              "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0", NULL},
             5, "tls_suite", NULL);
    take(s, &good, NULL, (const char *[]){"-tls1_2", NULL});
    take(s, &good, &(struct client){.level = "modern"},
         (const char *[]){"-tls1_3", NULL});
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        E2E(test_good),       E2E(test_sip_uri_san),
        E2E(test_expired),    E2E(test_not_yet_valid),
        E2E(test_wrong_name), E2E(test_common_name_only),
        E2E(test_wildcard),   E2E(test_self_signed),
        E2E(test_unknown_ca), E2E(test_missing_intermediate),
        E2E(test_versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
