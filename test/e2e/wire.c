/* SPDX-License-Identifier: Apache-2.0 */
/* The judge of captures: it passes TLS, and finds whatever is planted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test/e2e/harness/certs.h"
#include "test/e2e/harness/peer.h"
#include "test/e2e/harness/wire.h"

static const char *const canaries[] = {"canary", NULL};

static int dial(int port)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_return_code(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

/* Sends bytes to a listener that only takes them, and judges that. */
static void judge(struct stage *s, const void *bytes, size_t n,
                  struct wire_verdict *v)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd, port;
    struct wire w;

    assert_return_code(bind(listener, (struct sockaddr *)&a, len), 0);
    assert_return_code(listen(listener, 5), 0);
    getsockname(listener, (struct sockaddr *)&a, &len);
    port = ntohs(a.sin_port);
    wire_start(&w, s, &port, 1);
    fd = dial(port);
    assert_int_equal(write(fd, bytes, n), n);
    close(fd);
    wire_stop(&w);
    wire_judge(&w, canaries, v);
    close(listener);
}

static const char sip[] = "OPTIONS sip:a@example.test SIP/2.0\r\n"
                          "Via: SIP/2.0/TCP h;branch=z9hG4bK1\r\n"
                          "Max-Forwards: 70\r\n"
                          "From: <sip:a@example.test>;tag=1\r\n"
                          "To: <sip:a@example.test>\r\n"
                          "Call-ID: 1\r\n"
                          "CSeq: 1 OPTIONS\r\n"
                          "Content-Length: 0\r\n\r\n";

static void test_plain_sip_is_found(void **state)
{
    struct wire_verdict v;

    judge(*state, sip, sizeof(sip) - 1, &v);
    assert_int_equal(v.packets, 1);
    assert_true(*v.fault != '\0');
    assert_non_null(strstr(v.fault, "SIP in clear"));
}

/* A record, then a byte that is none: as after a lost encryption. */
static void test_one_plain_byte_is_found(void **state)
{
    const uint8_t bytes[] = {23, 3, 3, 0, 2, 'x', 'y', '\r'};
    struct wire_verdict v;

    judge(*state, bytes, sizeof(bytes) - 1, &v);
    assert_string_equal(v.fault, ""); /* the control */
    assert_int_equal(v.records, 1);
    judge(*state, bytes, sizeof(bytes), &v);
    assert_non_null(strstr(v.fault, "begins no whole TLS record"));
}

static void test_canary_in_a_record_is_found(void **state)
{
    const char bytes[] = "\x17\x03\x03\x00\x06"
                         "canary";
    struct wire_verdict v;

    judge(*state, bytes, sizeof(bytes) - 1, &v);
    assert_non_null(strstr(v.fault, "canary"));
}

static void test_cut_record_is_found(void **state)
{
    const uint8_t bytes[] = {22, 3, 1, 0, 9, 1};
    struct wire_verdict v;

    judge(*state, bytes, sizeof(bytes), &v);
    assert_non_null(strstr(v.fault, "begins no whole TLS record"));
}

/* A real handshake by somebody else's client passes. */
static void test_tls_passes(void **state)
{
    struct stage *s = *state;
    struct peer p = {0};
    struct wire w;
    struct proc *client;
    char at[32];

    certs_ca(s);
    certs_make(s, &(struct certs_ask){.san = "DNS:" PEER_DOMAIN});
    peer_start_openssl(s, &p, "server", NULL);
    wire_start(&w, s, &p.port, 1);
    snprintf(at, sizeof(at), "127.0.0.1:%d", p.port);
    client = stage_spawn(
        s, "s_client",
        (const char *[]){"openssl", "s_client", "-connect", at, NULL});
    for (int i = 0; i < STAGE_WAIT_MS / 20; i++) {
        size_t n;
        char *text = stage_read(client->out, &n);
        bool done = strstr(text, "Verification") != NULL;

        free(text);
        if (done)
            break;
        stage_sleep_ms(20);
    }
    wire_expect_clean(&w, canaries);
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        E2E(test_plain_sip_is_found),
        E2E(test_one_plain_byte_is_found),
        E2E(test_canary_in_a_record_is_found),
        E2E(test_cut_record_is_found),
        E2E(test_tls_passes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
