/* SPDX-License-Identifier: Apache-2.0 */
/* The judge of datagrams: passes what is sealed, finds what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "media/rtp.h"
#include "media/seal.h"
#include "test/unit/tls_kit.h"
#include "tls/policy.h"
#include "tools/wire.h"
#include "tools/wire_media.h"

enum { PORT = 40000 };

static const uint16_t ports[2] = {PORT, 50000};

struct bench {
    struct wire_media *judge;
    struct media_seal *seal; /* who sends */
    struct secret tx, rx;
    char plain[200];
    size_t plain_n;
    uint16_t seq;
};

static struct secret key(enum sdp_suite suite, uint8_t fill)
{
    struct secret s = {.n = sdp_suite_key(suite)};

    memset(s.bytes, fill, s.n);
    return s;
}

static void start(struct bench *b, enum sdp_suite suite, bool all)
{
    *b = (struct bench){.tx = key(suite, 1), .rx = key(suite, 2)};
    const struct media_seal_keys keys = {
        .suite = suite, .tx = &b->tx, .rx = &b->rx};

    assert_int_equal(wire_media_new(&b->judge, &kit_env, all), 0);
    assert_int_equal(media_seal_new(&b->seal, &kit_env, &keys), 0);
}

static void finish(struct bench *b)
{
    wire_media_free(b->judge);
    media_seal_free(b->seal);
}

static struct slice plain_rtp(struct bench *b)
{
    struct out o = out_of(b->plain, sizeof(b->plain));
    const struct media_rtp rtp = {
        .seq = b->seq++, .ssrc = 9, .payload = S("what was said, in clear")};

    assert_int_equal(media_rtp_write(&o, &rtp), 0);
    return out_slice(&o);
}

static struct slice sealed_rtp(struct bench *b)
{
    const struct sealed *out;

    assert_int_equal(media_seal_rtp(b->seal, plain_rtp(b), &out), 0);
    return sealed_bytes(out);
}

static const struct slice receiver_report = S_INIT("\x80\xc9\0\x01\0\0\0\x09");

static struct slice sealed_rtcp(struct bench *b)
{
    const struct sealed *out;

    assert_int_equal(media_seal_rtcp(b->seal, receiver_report, &out), 0);
    return sealed_bytes(out);
}

static struct wire_media_counts counts(struct bench *b)
{
    struct wire_media_counts c;

    wire_media_read(b->judge, &c);
    return c;
}

static void sealed_passes(void **state)
{
    static const enum sdp_suite suites[] = {
        SDP_SUITE_AEAD_AES_256_GCM, SDP_SUITE_AEAD_AES_128_GCM,
        SDP_SUITE_AES_256_80, SDP_SUITE_AES_128_80, SDP_SUITE_AES_128_32};

    (void)state;
    for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
        struct bench b;

        start(&b, suites[i], true);
        assert_int_equal(wire_media_key(b.judge, suites[i], &b.rx), 0);
        assert_int_equal(wire_media_key(b.judge, suites[i], &b.tx), 0);
        assert_int_equal(wire_media_key(b.judge, suites[i], &b.tx), 0);
        wire_media_datagram(b.judge, ports, sealed_rtp(&b));
        wire_media_datagram(b.judge, ports, sealed_rtp(&b));
        wire_media_datagram(b.judge, ports, sealed_rtcp(&b));
        assert_int_equal(counts(&b).rtp, 2);
        assert_int_equal(counts(&b).rtcp, 1);
        assert_int_equal(counts(&b).packets, 3);
        assert_int_equal(counts(&b).plaintext, 0);
        finish(&b);
    }
}

/* In clear; under another key; under another suite; touched; seen before. */
static void what_is_not_sealed_is_found(void **state)
{
    enum sdp_suite suite = SDP_SUITE_AEAD_AES_256_GCM;
    struct secret other = key(suite, 3);
    struct bench b, c;
    char bytes[300];
    struct slice s;

    (void)state;
    start(&b, suite, true);
    wire_media_datagram(b.judge, ports, sealed_rtp(&b)); /* no key is known */
    assert_true(counts(&b).plaintext > 0);
    finish(&b);

    start(&b, suite, true);
    start(&c, SDP_SUITE_AES_128_80, true);
    assert_int_equal(wire_media_key(b.judge, suite, &other), 0);
    assert_int_equal(wire_media_key(b.judge, suite, &b.tx), 0);
    wire_media_datagram(b.judge, ports, sealed_rtp(&b)); /* the control */
    assert_int_equal(counts(&b).plaintext, 0);
    s = plain_rtp(&b);
    wire_media_datagram(b.judge, ports, s);
    assert_int_equal(counts(&b).plaintext, s.n);
    wire_media_datagram(b.judge, ports, receiver_report);
    assert_int_equal(counts(&b).plaintext, s.n + 8);
    wire_media_datagram(b.judge, ports, sealed_rtp(&c));
    s = sealed_rtp(&b);
    memcpy(bytes, s.p, s.n);
    bytes[s.n - 1] ^= 1;
    wire_media_datagram(b.judge, ports, slice_of(bytes, s.n));
    assert_int_equal(counts(&b).rtp, 1);
    bytes[s.n - 1] ^= 1;
    wire_media_datagram(b.judge, ports, slice_of(bytes, s.n));
    assert_int_equal(counts(&b).rtp, 2);
    wire_media_datagram(b.judge, ports, slice_of(bytes, s.n));
    assert_int_equal(counts(&b).rtp, 2);
    wire_media_datagram(b.judge, ports, S("INVITE sip:x SIP/2.0\r\n"));
    wire_media_datagram(b.judge, ports, slice_of(NULL, 0));
    assert_int_equal(counts(&b).packets, 9);
    assert_int_equal(counts(&b).rtp, 2);
    finish(&b);
    finish(&c);
}

static void stun_and_dtls_by_their_frames(void **state)
{
    static const struct slice good[] = {
        S_INIT("\0\x01\0\0\x21\x12\xa4\x42tttttttttttt"),
        S_INIT("\0\x01\0\x04\x21\x12\xa4\x42tttttttttttt1234"),
        S_INIT("\x16\xfe\xfd\0\0\0\0\0\0\0\x01\0\x02hi"),
        S_INIT("\x16\xfe\xfd\0\0\0\0\0\0\0\x01\0\x02hi"
               "\x17\xfe\xfd\0\x01\0\0\0\0\0\x01\0\x01x"),
    };
    static const struct slice bad[] = {
        S_INIT("\0\x01\0\0\x21\x12\xa4\x43tttttttttttt"),
        S_INIT("\0\x01\0\x04\x21\x12\xa4\x42tttttttttttt123"),
        S_INIT("\0\x01\0\0hello"),
        S_INIT("\x16\x03\x03\0\0\0\0\0\0\0\x01\0\x02hi"),
        S_INIT("\x16\xfe\xfd\0\0\0\0\0\0\0\x01\0\x03hi"),
        S_INIT("\x16\xfe\xfd\0\0\0\0\0\0\0\x01\0\x02hiINVITE"),
    };
    struct bench b;
    uint64_t last = 0;

    (void)state;
    start(&b, SDP_SUITE_AES_128_80, true);
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        wire_media_datagram(b.judge, ports, good[i]);
    assert_int_equal(counts(&b).stun, 2);
    assert_int_equal(counts(&b).dtls, 2);
    assert_int_equal(counts(&b).plaintext, 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        wire_media_datagram(b.judge, ports, bad[i]);
        assert_int_equal(counts(&b).plaintext, last + bad[i].n);
        last = counts(&b).plaintext;
    }
    finish(&b);
}

static void ports_decide(void **state)
{
    struct bench b;

    (void)state;
    start(&b, SDP_SUITE_AES_128_80, false);
    wire_media_datagram(b.judge, ports, plain_rtp(&b));
    assert_int_equal(counts(&b).packets, 0);
    wire_media_port(b.judge, 50000);
    wire_media_datagram(b.judge, ports, plain_rtp(&b));
    assert_int_equal(counts(&b).packets, 1);
    finish(&b);

    start(&b, SDP_SUITE_AES_128_80, true);
    wire_media_except(b.judge, PORT);
    wire_media_datagram(b.judge, ports, plain_rtp(&b));
    assert_int_equal(counts(&b).packets, 0);
    finish(&b);

    start(&b, SDP_SUITE_AES_128_80, false); /* too many: then all */
    for (int i = 1; i <= WIRE_PORTS_MAX + 1; i++)
        wire_media_port(b.judge, (uint16_t)i);
    wire_media_datagram(b.judge, ports, plain_rtp(&b));
    assert_int_equal(counts(&b).packets, 1);
    finish(&b);
}

/* The keys of a ticket are learnt as it is minted, and the port. */
static void learns_from_tickets(void **state)
{
    enum sdp_suite suite = SDP_SUITE_AEAD_AES_256_GCM;
    struct policy_terms terms =
        kit_terms((const struct tls_cred *)(const void *)&kit_env);
    const struct policy_media *ticket;
    struct policy_media_terms ask = {
        .call = 1, .version = 1, .keying = POLICY_KEYING_SDES, .suite = suite};
    enum policy_why why;
    struct policy *p;
    struct bench b;

    (void)state;
    start(&b, suite, false);
    assert_int_equal(policy_new(&p, &kit_env, POLICY_STRICT), 0);
    assert_int_equal(policy_account_add(p, &ask.account, &terms, &why), 0);
    assert_int_equal(tls_addr_parse(&ask.remote, S("192.0.2.1:40000"), 0), 0);
    ask.tx = &b.rx; /* the peer's view */
    ask.rx = &b.tx;
    wire_media_watch(b.judge);
    assert_int_equal(policy_media_mint(p, &ticket, &ask, &why), 0);
    wire_media_watch(NULL);
    wire_media_datagram(b.judge, ports, sealed_rtp(&b));
    assert_int_equal(counts(&b).rtp, 1);
    wire_media_datagram(b.judge, ports, plain_rtp(&b));
    assert_true(counts(&b).plaintext > 0);
    policy_free(p);
    finish(&b);
}

/* A datagram in an IP packet, as it is captured. */
static void give(struct wire *w, bool v6, bool fragment, struct slice payload)
{
    char packet[600];
    struct out o = out_of(packet, sizeof(packet));

    if (v6) {
        out_put(&o, slice_of("\x60\0\0\0", 4));
        out_be16(&o, (uint16_t)(8 + payload.n));
        out_put(&o, slice_of("\x11\x40", 2));
        for (int i = 0; i < 2; i++)
            out_put(&o, slice_of("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16));
    } else {
        out_put(&o, slice_of("\x45\0", 2));
        out_be16(&o, (uint16_t)(28 + payload.n));
        out_put(&o, fragment ? slice_of("\0\0\x20\0", 4)
                             : slice_of("\0\0\x40\0", 4));
        out_put(&o, slice_of("\x40\x11\0\0\x7f\0\0\x01\x7f\0\0\x01", 12));
    }
    out_be16(&o, PORT);
    out_be16(&o, 50000);
    out_be16(&o, (uint16_t)(8 + payload.n));
    out_be16(&o, 0);
    out_put(&o, payload);
    assert_int_equal(o.err, 0);
    wire_packet(w, out_slice(&o));
}

static void out_of_packets(void **state)
{
    struct wire w;
    struct bench b;

    (void)state;
    start(&b, SDP_SUITE_AES_128_80, true);
    assert_int_equal(wire_media_key(b.judge, SDP_SUITE_AES_128_80, &b.tx), 0);
    wire_init(&w, 5061);
    w.records = 1;                         /* TLS was seen */
    give(&w, false, false, S("in clear")); /* nobody judges datagrams */
    assert_true(wire_clean(&w));
    w.media = b.judge;
    give(&w, false, false, sealed_rtp(&b));
    give(&w, true, false, sealed_rtp(&b));
    assert_true(wire_clean(&w));
    assert_int_equal(counts(&b).rtp, 2);
    give(&w, true, false, S("in clear"));
    assert_int_equal(counts(&b).plaintext, 8);
    assert_false(wire_clean(&w));
    assert_int_equal(w.gaps, 0);
    give(&w, false, true, S("cut off"));
    assert_int_equal(w.gaps, 1);
    finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sealed_passes),
        cmocka_unit_test(what_is_not_sealed_is_found),
        cmocka_unit_test(stun_and_dtls_by_their_frames),
        cmocka_unit_test(ports_decide),
        cmocka_unit_test(learns_from_tickets),
        cmocka_unit_test(out_of_packets),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("tools_wire_media", tests, NULL, NULL);
}
