/* SPDX-License-Identifier: Apache-2.0 */
/* The judge of media: it passes SRTP, and finds whatever is planted. */
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
#include <srtp2/srtp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test/e2e/harness/keys.h"
#include "test/e2e/harness/netns.h"
#include "test/e2e/harness/sound.h"
#include "test/e2e/harness/wire.h"

/* 30 octets, and the same in base64 with the last of them changed. */
#define KEY "0123456789abcdefghijklmnopqrst"
#define KEY_TEXT "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0"
#define OTHER_TEXT "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN1"

static const char log_good[] =
    "m=audio 4 RTP/SAVP 0\r\n"
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY_TEXT "\r\n";
static const char log_other[] =
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" OTHER_TEXT "\r\n";

/* Two ends of UDP on the loopback interface, and a capture of it. */
struct scene {
    struct stage *stage;
    struct wire wire;
    int fd[2], port[2];
    struct keys *keys;
    srtp_t seal;
    uint16_t seq;
};

static void scene_begin(struct scene *c, struct stage *s)
{
    srtp_policy_t policy;

    *c = (struct scene){.stage = s, .keys = keys_new(), .seq = 100};
    for (int i = 0; i < 2; i++) {
        struct sockaddr_in a = {.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t n = sizeof(a);

        c->fd[i] = socket(AF_INET, SOCK_DGRAM, 0);
        assert_return_code(bind(c->fd[i], (struct sockaddr *)&a, n), 0);
        getsockname(c->fd[i], (struct sockaddr *)&a, &n);
        c->port[i] = ntohs(a.sin_port);
    }
    memset(&policy, 0, sizeof(policy));
    srtp_crypto_policy_set_rtp_default(&policy.rtp);
    srtp_crypto_policy_set_rtp_default(&policy.rtcp);
    policy.ssrc.type = ssrc_any_outbound;
    policy.key = (uint8_t *)KEY;
    assert_int_equal(srtp_create(&c->seal, &policy), 0);
    wire_start_all(&c->wire, s, NULL, 0);
}

static void send_from(struct scene *c, int i, const void *p, size_t n)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)c->port[!i]),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    assert_int_equal(
        sendto(c->fd[i], p, n, 0, (struct sockaddr *)&a, sizeof(a)), n);
}

enum { RTP = 12 + 160, RTCP = 8 };

/* An RTP packet of PCMU, an RTCP receiver report: in clear. */
static size_t plain(struct scene *c, uint8_t *p, bool rtcp)
{
    static const uint8_t rr[RTCP] = {0x80, 201, 0, 1, 1, 2, 3, 4};
    uint8_t head[12] = {0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4};

    if (rtcp) {
        memcpy(p, rr, RTCP);
        return RTCP;
    }
    head[2] = (uint8_t)(c->seq >> 8);
    head[3] = (uint8_t)c->seq++;
    memcpy(p, head, sizeof(head));
    for (int i = 0; i < 160; i++)
        p[12 + i] = (uint8_t)(i * 7);
    return RTP;
}

static void send_sealed(struct scene *c, int from, bool rtcp)
{
    uint8_t p[RTP + 64];
    int n = (int)plain(c, p, rtcp);

    assert_int_equal(rtcp ? srtp_protect_rtcp(c->seal, p, &n)
                          : srtp_protect(c->seal, p, &n),
                     0);
    send_from(c, from, p, (size_t)n);
}

static void scene_judge(struct scene *c, const char *log, struct wire_media *v)
{
    stage_write(c->stage, "log", log);
    assert_int_equal(keys_read(c->keys, stage_path(c->stage, "log")),
                     *log ? 1 : 0);
    wire_stop(&c->wire);
    wire_judge_media(&c->wire, c->keys, v);
    keys_free(c->keys);
    srtp_dealloc(c->seal);
    close(c->fd[0]);
    close(c->fd[1]);
}

static void test_sealed_passes(void **state)
{
    struct wire_media v;
    struct scene c;

    scene_begin(&c, *state);
    for (int i = 0; i < 10; i++)
        send_sealed(&c, 0, false);
    send_sealed(&c, 0, true);
    scene_judge(&c, log_good, &v);
    assert_string_equal(v.fault, "");
    assert_int_equal(v.rtp, 10);
    assert_int_equal(v.rtcp, 1);
    assert_int_equal(v.nport, 1);
    assert_int_equal(v.port[0], c.port[0]);
    assert_int_equal(v.sent[0], 11);
}

/* One of bytes among sealed packets is a fault. */
static void planted(void **state, const void *p, size_t n, const char *why)
{
    struct wire_media v;
    struct scene c;

    scene_begin(&c, *state);
    send_sealed(&c, 0, false);
    send_from(&c, 0, p, n);
    send_sealed(&c, 0, false);
    scene_judge(&c, log_good, &v);
    assert_int_equal(v.rtp, 2);
    if (!strstr(v.fault, why))
        stage_fail("\"%s\" is not said in: %s", why, v.fault);
}

static void test_plain_rtp_is_found(void **state)
{
    struct scene c = {.seq = 300};
    uint8_t p[RTP];

    planted(state, p, plain(&c, p, false), "no key");
}

static void test_plain_rtcp_is_found(void **state)
{
    struct scene c = {0};
    uint8_t p[RTCP + 24] = {0};

    plain(&c, p, true);
    planted(state, p, sizeof(p), "no key");
}

static void test_anything_else_is_found(void **state)
{
    static const char text[] = "OPTIONS sip:a@example.test SIP/2.0\r\n\r\n";

    planted(state, text, sizeof(text) - 1, "neither RTP nor RTCP");
}

/* Sealed, but under keys that nobody agreed on. */
static void test_foreign_key_is_found(void **state)
{
    struct wire_media v;
    struct scene c;

    scene_begin(&c, *state);
    send_sealed(&c, 0, false);
    scene_judge(&c, log_other, &v);
    assert_non_null(strstr(v.fault, "no key"));
}

/* Both directions under one key: a two-time pad. */
static void test_shared_key_is_found(void **state)
{
    struct wire_media v;
    struct scene c;

    scene_begin(&c, *state);
    send_sealed(&c, 0, false);
    send_sealed(&c, 1, false);
    scene_judge(&c, log_good, &v);
    assert_non_null(strstr(v.fault, "two senders"));
}

/* A recording is like itself, a bit later too, and unlike another text. */
static void test_likeness(void **state)
{
    const char *a = sound_speech(*state, "a.wav", 4, 1);
    const char *b = sound_speech(*state, "b.wav", 4, 2);
    double same = sound_likeness(a, a), other = sound_likeness(a, b);

    assert_true(same > 0.999);
    assert_true(other < 0.4);
    assert_true(sound_heard_s(a) > 2.0);
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        E2E(test_sealed_passes),
        E2E(test_plain_rtp_is_found),
        E2E(test_plain_rtcp_is_found),
        E2E(test_anything_else_is_found),
        E2E(test_foreign_key_is_found),
        E2E(test_shared_key_is_found),
        E2E(test_likeness),
    };

    netns_enter();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
