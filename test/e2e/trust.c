/* SPDX-License-Identifier: Apache-2.0 */
/* Trust at real peers: own keys, pins, lists, sessions, siplock tls. */
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

static const char *const once[] = {"--once", "--timeout", "20", NULL};
/* Kamailio's 5.6 has no word for 1.3 alone: the second negotiates it. */
static const char *const versions[] = {"TLSv1.2", "TLSv1.2+"};
static const char *const options[] = {"-tls1_2", "-tls1_3"};

static const struct certs_ask good = {.san = "DNS:" PEER_DOMAIN};

/* siplock tls at a port, with words; its one line. */
static json_t *look(struct stage *s, int port, const char *const *words,
                    int status)
{
    char at[32];
    const char *argv[STAGE_ARGS_MAX] = {
        "tls",   at, "--domain", PEER_DOMAIN, "--ca", stage_path(s, "ca.pem"),
        "--json"};
    struct proc *p;
    json_t *lines, *line;
    size_t n = 7;
    int got;

    snprintf(at, sizeof(at), "127.0.0.1:%d", port);
    for (; words && *words && n < STAGE_ARGS_MAX - 1; words++)
        argv[n++] = *words;
    p = client_start(s, argv);
    got = stage_wait(p);
    if (got != status) {
        stage_show(p);
        stage_fail("exit status %d (expected %d)", got, status);
    }
    lines = lines_read(p);
    line = json_incref(
        (json_t *)(uintptr_t)lines_last(lines, "tls.report", NULL));
    assert_non_null(line);
    assert_int_equal(lines_num(line, "exit"), status);
    assert_int_equal(json_is_true(json_object_get(line, "sip_would_be_sent")),
                     status == 0);
    json_decref(lines);
    return line;
}

static void expect(struct stage *s, int port, const char *const *words,
                   const char *code)
{
    json_t *o = look(s, port, words, *code ? 6 : 0);

    if (strcmp(lines_text(o, "cause.code"), code) != 0)
        stage_fail("%s instead of %s: %s", lines_text(o, "cause.code"), code,
                   lines_text(o, "cause.text"));
    json_decref(o);
}

/* The server's pin, as --print-pin says it. */
static const char *print_pin(struct stage *s, int port, char pin[64])
{
    char at[32];
    struct proc *p;
    size_t n;
    char *text;

    snprintf(at, sizeof(at), "127.0.0.1:%d", port);
    p = client_start(s, (const char *[]){"tls", at, "--domain", PEER_DOMAIN,
                                         "--print-pin", NULL});
    (void)stage_wait(p);
    text = stage_read(p->out, &n);
    snprintf(pin, 64, "%.*s", (int)strcspn(text, "\n"), text);
    free(text);
    return pin;
}

/* ------------------------------------------------------------ sessions */

static unsigned resumed(struct stage *s, int port, const char *repeat)
{
    json_t *o = look(s, port, (const char *[]){"--repeat", repeat, NULL}, 0);
    unsigned n = (unsigned)lines_num(o, "resumed");

    assert_int_equal(lines_num(o, "connections"), atoi(repeat));
    json_decref(o);
    return n;
}

/* OpenSSL gives a new ticket with each TLS 1.3 connection. In TLS 1.2 it
 * gives none with one that was resumed, and each is used once. */
static void test_resumes_openssl(void **state)
{
    struct stage *s = *state;

    certs_ca(s);
    certs_make(s, &good);
    for (size_t i = 0; i < 2; i++) {
        struct peer p = {0}, off = {0};

        peer_start_openssl(s, &p, "server",
                           (const char *[]){options[i], NULL});
        assert_int_equal(resumed(s, p.port, "5"), i == 0 ? 2 : 4);
        /* The control: a server that gives no tickets. */
        peer_start_openssl(s, &off, "server",
                           (const char *[]){options[i], "-no_ticket",
                                            "-num_tickets", "0", NULL});
        assert_int_equal(resumed(s, off.port, "3"), 0);
        stage_kill(p.proc);
        stage_kill(off.proc);
    }
}

static void test_resumes_kamailio(void **state)
{
    struct stage *s = *state;

    certs_ca(s);
    certs_make(s, &good);
    for (size_t i = 0; i < 2; i++) {
        struct peer p = {.tls = versions[i], .workers = 1};

        peer_start(s, &p);
        assert_int_equal(resumed(s, p.port, "5"), i == 0 ? 2 : 4);
        peer_kill(&p);
    }
}

/* A flow that the server has closed comes back by its session. */
static void test_flow_resumes(void **state)
{
    struct stage *s = *state;
    struct peer p = {.idle_s = 2, .workers = 1};
    struct client c = {0};
    struct proc *client;
    json_t *lines;
    size_t fresh = 0, again = 0, i;
    json_t *line;

    certs_ca(s);
    certs_make(s, &good);
    peer_start(s, &p);
    c.port = p.port;
    client = client_register(s, &c, (const char *[]){"--for", "60", NULL});
    lines = lines_await(client, "flow.state", "up", 2);
    json_array_foreach(lines, i, line)
    {
        fresh += json_is_false(json_object_get(line, "resumed"));
        again += json_is_true(json_object_get(line, "resumed"));
    }
    assert_int_equal(fresh, 1);
    assert_int_equal(again, 1);
    json_decref(lines);
    stage_kill(client);
}

/* The server comes back without TLS 1.3: mbedTLS would fail the handshake of
 * the session, so a full one follows at once, in the same attempt. */
static void test_server_changes(void **state)
{
    struct stage *s = *state;
    struct peer p = {.workers = 1}, q = {.tls = "TLSv1.2"};
    struct client c = {0};
    struct proc *client;
    const json_t *up;
    json_t *lines;

    certs_ca(s);
    certs_make(s, &good);
    peer_start(s, &p);
    c.port = q.port = p.port;
    client = client_register(s, &c, (const char *[]){"--for", "90", NULL});
    json_decref(lines_await(client, "register.state", "registered", 1));
    peer_kill(&p);
    peer_start(s, &q);
    lines = lines_await(client, "flow.state", "up", 2);
    up = lines_last(lines, "flow.state", "up");
    assert_string_equal(lines_text(up, "tls"), "TLSv1.2");
    assert_true(json_is_false(json_object_get(up, "resumed")));
    json_decref(lines);
    stage_kill(client);
}

/* ---------------------------------------------------- own certificates */

static void test_mutual_openssl(void **state)
{
    struct stage *s = *state;
    struct certs_ask mine = {.file = "mine", .usage = "clientAuth"};

    certs_ca(s);
    certs_make(s, &good);
    certs_make(s, &mine);
    for (size_t i = 0; i < 2; i++) {
        struct peer p = {0};
        json_t *o;

        peer_start_openssl(s, &p, "server",
                           (const char *[]){options[i], "-Verify", "2",
                                            "-verify_return_error", "-CAfile",
                                            stage_path(s, "ca.pem"), NULL});
        o = look(s, p.port, NULL, 5);
        assert_string_equal(lines_text(o, "cause.code"), "tls_client_cert");
        json_decref(o);
        expect(s, p.port,
               (const char *[]){"--cert", stage_path(s, "mine.pem"), "--key",
                                stage_path(s, "mine.key"), NULL},
               "");
        stage_kill(p.proc);
    }
}

static void test_mutual_kamailio(void **state)
{
    struct stage *s = *state;
    struct certs_ask mine = {.file = "mine", .usage = "clientAuth"};

    certs_ca(s);
    certs_make(s, &good);
    certs_make(s, &mine);
    for (size_t i = 0; i < 2; i++) {
        struct peer p = {.tls = versions[i], .mutual = true};
        struct client c = {0};
        json_t *lines;

        peer_start(s, &p);
        c.port = p.port;
        lines = client_expect(client_register(s, &c, once), 5, NULL);
        assert_int_equal(lines_count(lines, "register.state", "registered"),
                         0);
        json_decref(lines);
        c.cert = stage_path(s, "mine.pem");
        c.key = stage_path(s, "mine.key");
        json_decref(client_expect(client_register(s, &c, once), 0, NULL));
        peer_kill(&p);
    }
}

/* ---------------------------------------------------------------- pins */

static void test_pins(void **state)
{
    static const char wrong[] =
        "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    struct stage *s = *state;
    struct certs_ask self = good;
    struct peer p = {0}, q = {0};
    struct client c = {0};
    char pin[64];

    certs_ca(s);
    certs_make(s, &good);
    peer_start(s, &p);
    c.port = p.port;
    c.pin = print_pin(s, p.port, pin);
    json_decref(client_expect(client_register(s, &c, once), 0, NULL));
    c.pin = wrong;
    json_decref(
        client_expect(client_register(s, &c, once), 6, "cert_pin_mismatch"));
    peer_kill(&p);
    /* A self-signed PBX, by its pin alone. */
    self.issuer = CERTS_SELF;
    certs_make(s, &self);
    peer_start(s, &q);
    c = (struct client){.port = q.port};
    json_decref(
        client_expect(client_register(s, &c, once), 6, "cert_self_signed"));
    c.pin = print_pin(s, q.port, pin);
    c.trust = "pin";
    json_decref(client_expect(client_register(s, &c, once), 0, NULL));
    c.pin = wrong;
    json_decref(
        client_expect(client_register(s, &c, once), 6, "cert_pin_mismatch"));
}

/* --------------------------------------------------------------- lists */

static void test_lists(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    struct client c = {0};

    certs_ca(s);
    certs_make(s, &good);
    certs_list(s, "calm.crl", NULL);
    certs_list(s, "bad.crl", "server");
    peer_start(s, &p);
    c.port = p.port;
    c.crl = stage_path(s, "calm.crl");
    json_decref(client_expect(client_register(s, &c, once), 0, NULL));
    c.crl = stage_path(s, "bad.crl");
    json_decref(
        client_expect(client_register(s, &c, once), 6, "cert_revoked"));
    c.crl = stage_path(s, "absent.crl");
    json_decref(
        client_expect(client_register(s, &c, once), 3, "config_trust"));
}

/* ------------------------------------------------------------- renewal */

static void test_not_reloaded(void **state)
{
    struct stage *s = *state;
    struct certs_ask other = good;
    struct peer p = {0}, q = {0};
    const char *const words[] = {"--expect-cert", stage_path(s, "server.pem"),
                                 NULL};

    certs_ca(s);
    certs_make(s, &good);
    peer_start_openssl(s, &p, "server", NULL);
    expect(s, p.port, words, "");
    certs_make(s, &good); /* renewed; the server goes on with the old one */
    expect(s, p.port, words, "cert_not_reloaded");
    expect(s, p.port, NULL, "");
    /* One by another issuer: something else answers. */
    other.issuer = CERTS_OTHER_CA;
    other.file = "box";
    certs_make(s, &other);
    peer_start_openssl(s, &q, "box", NULL);
    expect(s, q.port, words, "cert_intercepted");
    expect(s, q.port, NULL, "cert_unknown_ca");
}

/* What is no TLS, by its own code. */
static void test_no_tls(void **state)
{
    static const struct {
        const char *says, *code;
    } rows[] = {
        {"SIP/2.0 400 Bad Request\r\n\r\n", "tls_plain_sip"},
        {"HTTP/1.1 400 Bad Request\r\n\r\n", "tls_http"},
        {"HTTP/1.1 302 Found\r\nLocation: http://portal.test/\r\n\r\n",
         "tls_captive"},
        {"SSH-2.0-x\r\n", "tls_no_tls"},
    };
    struct stage *s = *state;
    json_t *o;

    certs_ca(s);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        o = look(s, stage_say(s, rows[i].says), NULL, 5);
        assert_string_equal(lines_text(o, "cause.code"), rows[i].code);
        assert_true(*lines_text(o, "cause.hint") != '\0');
        json_decref(o);
    }
    o = look(s, stage_port(), NULL, 5);
    assert_string_equal(lines_text(o, "cause.code"), "connect_refused");
    json_decref(o);
}

/* A page for people says it all, too. */
static void test_page(void **state)
{
    static const char *const words[] = {
        "CN=server", "siplock test CA", "sha256/",
        "ios",       "android",         "what to do: add the name as a SAN"};
    struct stage *s = *state;
    struct peer p = {0};
    struct proc *client;
    char at[32], *text;
    size_t n;

    certs_ca(s);
    certs_make(s, &good);
    peer_start_openssl(s, &p, "server", NULL);
    snprintf(at, sizeof(at), "127.0.0.1:%d", p.port);
    client = client_start(s, (const char *[]){"tls", at, "--domain",
                                              "other.test", "--ca",
                                              stage_path(s, "ca.pem"), NULL});
    assert_int_equal(stage_wait(client), 6);
    text = stage_read(client->out, &n);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (!strstr(text, words[i]))
            stage_fail("no \"%s\" in %s", words[i], text);
    free(text);
}

/* Secrets go where they are asked for, and tshark could read by them. */
static void test_keylog(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    char *text;
    size_t n;

    certs_ca(s);
    certs_make(s, &good);
    peer_start_openssl(s, &p, "server", NULL);
    expect(s, p.port,
           (const char *[]){"--keylog", stage_path(s, "keys"), NULL}, "");
    text = stage_read(stage_path(s, "keys"), &n);
    assert_non_null(strstr(text, "CLIENT_TRAFFIC_SECRET_0 "));
    free(text);
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        E2E(test_resumes_openssl),
        E2E(test_resumes_kamailio),
        E2E(test_flow_resumes),
        E2E(test_server_changes),
        E2E(test_no_tls),
        E2E(test_mutual_openssl),
        E2E(test_mutual_kamailio),
        E2E(test_pins),
        E2E(test_lists),
        E2E(test_not_reloaded),
        E2E(test_page),
        E2E(test_keylog),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
