/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: the seal against the RFCs' vectors, and against its enemies. */
#include "media/seal.h"

#include <mbedtls/aes.h>
#include <mbedtls/gcm.h>
#include <mbedtls/md.h>

#include "test/oom.h"
#include "test/unit/media_kit.h"

/* ---- SRTP a second time, by the RFCs' text, over mbedTLS --------------- */

struct row {
    unsigned key, salt; /* bytes */
    unsigned tag;       /* bits */
};

static const struct row *row_of(enum sdp_suite suite)
{
    static const struct row rows[SDP_SUITE_COUNT] = {
        [SDP_SUITE_AEAD_AES_256_GCM] = {32, 12, 128},
        [SDP_SUITE_AEAD_AES_128_GCM] = {16, 12, 128},
        [SDP_SUITE_AES_256_80] = {32, 14, 80},
        [SDP_SUITE_AES_128_80] = {16, 14, 80},
        [SDP_SUITE_AES_128_32] = {16, 14, 32},
    };

    return &rows[suite];
}

static void from_hex(uint8_t *to, const char *hex)
{
    for (; *hex; hex += 2) {
        char byte[3] = {hex[0], hex[1], 0};

        *to++ = (uint8_t)strtoul(byte, NULL, 16);
    }
}

/* RFC 3711 4.1.1 and B.2: the key stream from a 16 byte counter. */
static void aes_cm(const uint8_t *key, unsigned bits, const uint8_t iv[16],
                   uint8_t *io, size_t n)
{
    mbedtls_aes_context aes;
    uint8_t ctr[16], block[16];
    size_t off = 0;

    memcpy(ctr, iv, 16);
    mbedtls_aes_init(&aes);
    assert_int_equal(mbedtls_aes_setkey_enc(&aes, key, bits), 0);
    assert_int_equal(mbedtls_aes_crypt_ctr(&aes, n, &off, ctr, block, io, io),
                     0);
    mbedtls_aes_free(&aes);
}

/* RFC 3711 4.3; a salt of 12 bytes is padded on the right (RFC 7714 11). */
static void derive(const struct row *s, const uint8_t *master, uint8_t label,
                   uint8_t *out, size_t n)
{
    uint8_t iv[16] = {0};

    memcpy(iv, master + s->key, s->salt);
    iv[7] ^= label;
    memset(out, 0, n);
    aes_cm(master, s->key * 8, iv, out, n);
}

static void gcm(const uint8_t *key, unsigned bits, const uint8_t salt[12],
                uint8_t *p, size_t *n)
{
    mbedtls_gcm_context g;
    uint8_t iv[12] = {0};

    memcpy(iv + 2, p + 8, 4); /* SSRC; the ROC is 0 */
    memcpy(iv + 10, p + 2, 2);
    for (int i = 0; i < 12; i++)
        iv[i] ^= salt[i];
    mbedtls_gcm_init(&g);
    assert_int_equal(mbedtls_gcm_setkey(&g, MBEDTLS_CIPHER_ID_AES, key, bits),
                     0);
    assert_int_equal(mbedtls_gcm_crypt_and_tag(&g, MBEDTLS_GCM_ENCRYPT,
                                               *n - 12, iv, 12, p, 12, p + 12,
                                               p + 12, 16, p + *n),
                     0);
    mbedtls_gcm_free(&g);
    *n += 16;
}

/* A packet with a plain header, sealed as the RFCs say; ROC 0. */
static void reference(enum sdp_suite suite, const uint8_t *master, uint8_t *p,
                      size_t *n)
{
    const struct row *s = row_of(suite);
    uint8_t key[32], salt[14], auth[20], mac[20], iv[16] = {0};

    derive(s, master, 0, key, s->key);
    derive(s, master, 2, salt, s->salt);
    if (s->salt == 12) {
        gcm(key, s->key * 8, salt, p, n);
        return;
    }
    derive(s, master, 1, auth, sizeof(auth));
    memcpy(iv, salt, 14);
    for (int i = 0; i < 4; i++)
        iv[4 + i] ^= p[8 + i];
    iv[12] ^= p[2];
    iv[13] ^= p[3];
    aes_cm(key, s->key * 8, iv, p + 12, *n - 12);
    memset(p + *n, 0, 4); /* the ROC is authenticated too */
    assert_int_equal(
        mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA1), auth, 20,
                        p, *n + 4, mac),
        0);
    memcpy(p + *n, mac, s->tag / 8);
    *n += s->tag / 8;
}

/* The reference itself is right: RFC 3711 B.2, B.3 and RFC 7714 16.1.1. */
static void test_reference(void **state)
{
    uint8_t key[16], iv[16], out[32] = {0}, want[64], master[30], p[80];
    uint8_t salt[12];
    size_t n = 50;

    (void)state;
    from_hex(key, "2B7E151628AED2A6ABF7158809CF4F3C");
    from_hex(iv, "F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000");
    from_hex(want, "E03EAD0935C95E80E166B16DD92B4EB4"
                   "D23513162B02D0F72A43A2FE4A5F97AB");
    aes_cm(key, 128, iv, out, 32);
    assert_memory_equal(out, want, 32);
    from_hex(master, "E1F97A0D3E018BE0D64FA32C06DE4139"
                     "0EC675AD498AFEEBB6960B3AABE6");
    const struct row *s = row_of(SDP_SUITE_AES_128_80);

    derive(s, master, 0, out, 16);
    from_hex(want, "C61E7A93744F39EE10734AFE3FF7A087");
    assert_memory_equal(out, want, 16);
    derive(s, master, 2, out, 14);
    from_hex(want, "30CBBC08863D8C85D49DB34A9AE1");
    assert_memory_equal(out, want, 14);
    derive(s, master, 1, out, 20);
    from_hex(want, "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4");
    assert_memory_equal(out, want, 20);
    from_hex(p, "8040f17b8041f8d35501a0b247616c6c6961206573"
                "74206f6d6e697320646976697361"
                "20696e207061727465732074726573");
    from_hex(key, "000102030405060708090a0b0c0d0e0f");
    from_hex(salt, "517569642070726f2071756f");
    from_hex(want, "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a"
                   "51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce");
    gcm(key, 128, salt, p, &n);
    assert_int_equal(n, 66);
    assert_memory_equal(p + 12, want, 54);
}

/* ---- the seal ------------------------------------------------------------
 */

static struct secret secret_of(enum sdp_suite suite, uint8_t first)
{
    const struct row *row = row_of(suite);
    uint8_t bytes[64];
    struct secret s;

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(first + i * 7);
    assert_int_equal(secret_set(&s, slice_of(bytes, row->key + row->salt)), 0);
    return s;
}

static int pair(struct media_seal *s[2], const struct env *env,
                enum sdp_suite suite)
{
    struct secret a = secret_of(suite, 1), b = secret_of(suite, 2);

    s[0] = s[1] = NULL;
    int err = media_seal_new(
        &s[0], env,
        &(struct media_seal_keys){.suite = suite, .tx = &a, .rx = &b});

    if (!err)
        err = media_seal_new(
            &s[1], env,
            &(struct media_seal_keys){.suite = suite, .tx = &b, .rx = &a});
    return err;
}

static void unpair(struct media_seal *s[2])
{
    media_seal_free(s[0]);
    media_seal_free(s[1]);
}

static struct slice packet(uint8_t p[12 + 8], uint16_t seq, uint8_t ssrc)
{
    const uint8_t head[] = {
        0x80, 8, (uint8_t)(seq >> 8), (uint8_t)seq, 0, 0, 0, 9, 1, 2, 3, ssrc};

    memcpy(p, head, 12);
    memcpy(p + 12, "siplock!", 8);
    return slice_of(p, 20);
}

static void test_known_answers(void **state)
{
    (void)state;
    for (unsigned i = 1; i < SDP_SUITE_COUNT; i++) {
        enum sdp_suite suite = (enum sdp_suite)i;
        struct secret key = secret_of(suite, 1);
        const struct sealed *out;
        struct media_seal *s[2];
        uint8_t p[64];
        size_t n = 20;

        assert_int_equal(pair(s, &kit_media, suite), 0);
        assert_int_equal(media_seal_rtp(s[0], packet(p, 513, 4), &out), 0);
        reference(suite, (const uint8_t *)secret_bytes(&key).p, p, &n);
        assert_true(slice_eq(sealed_bytes(out), slice_of(p, n)));
        unpair(s);
    }
}

/* Sequence numbers wrap twice (ROC 2); RTCP beside them. */
static void test_back_to_back(void **state)
{
    (void)state;
    for (unsigned i = 1; i < SDP_SUITE_COUNT; i++) {
        struct media_seal *s[2];
        const struct sealed *out;
        struct slice in;
        uint8_t p[20], rr[8] = {0x80, 201, 0, 1, 1, 2, 3, 4};

        assert_int_equal(pair(s, &kit_media, (enum sdp_suite)i), 0);
        for (uint32_t k = 0; k < 150000; k += 50) {
            struct slice plain = packet(p, (uint16_t)k, 4);

            assert_int_equal(media_seal_rtp(s[0], plain, &out), 0);
            assert_int_equal(media_seal_open_rtp(s[1], sealed_bytes(out), &in),
                             0);
            assert_true(slice_eq(in, plain));
        }
        assert_int_equal(media_seal_rtcp(s[1], slice_of(rr, 8), &out), 0);
        assert_int_equal(media_seal_open_rtcp(s[0], sealed_bytes(out), &in),
                         0);
        assert_true(slice_eq(in, slice_of(rr, 8)));
        assert_int_equal(media_seal_stats(s[1])->opened, 3000);
        unpair(s);
    }
}

/* F01. Each refusal has the true packet behind it. */
static void test_enemies(void **state)
{
    (void)state;
    for (unsigned i = 1; i < SDP_SUITE_COUNT; i++) {
        struct media_seal *s[2];
        const struct sealed *out;
        struct slice in;
        uint8_t p[20], keep[100], bad[100];

        assert_int_equal(pair(s, &kit_media, (enum sdp_suite)i), 0);
        assert_int_equal(media_seal_rtp(s[0], packet(p, 65530, 4), &out), 0);
        size_t n = sealed_bytes(out).n;

        memcpy(keep, sealed_bytes(out).p, n);
        for (unsigned k = 0; k < 200; k++) { /* any seq, any source */
            memcpy(bad, keep, n);
            bad[2] = (uint8_t)(k * 37);
            bad[8 + k % 12] ^= (uint8_t)(1 + k % 255);
            assert_int_equal(media_seal_open_rtp(s[1], slice_of(bad, n), &in),
                             E_CRYPTO);
        }
        assert_int_equal(media_seal_stats(s[1])->forged, 200);
        assert_int_equal(media_seal_open_rtp(s[1], slice_of(keep, n), &in), 0);
        assert_int_equal(media_seal_open_rtp(s[1], slice_of(keep, n), &in),
                         E_CRYPTO);
        assert_int_equal(media_seal_stats(s[1])->replayed, 1);
        for (size_t k = 0; k < n; k++) /* cut anywhere; RTCP is not RTP */
            assert_true(media_seal_open_rtp(s[1], slice_of(keep, k), &in) < 0);
        assert_true(media_seal_open_rtcp(s[1], slice_of(keep, n), &in) < 0);
        assert_true(media_seal_open_rtp(s[0], slice_of(keep, n), &in) < 0);
        assert_int_equal(media_seal_rtp(s[0], packet(p, 2, 4), &out), 0);
        assert_int_equal(media_seal_open_rtp(s[1], sealed_bytes(out), &in), 0);
        assert_int_equal(media_seal_stats(s[1])->opened, 2);
        unpair(s);
    }
}

/* An index is never used twice (two-time pad), sources are bounded. */
static void test_bounds(void **state)
{
    static uint8_t big[TLS_SEALED_MAX + 1] = {0x80};
    struct media_seal *s[2];
    const struct sealed *out;
    struct slice in;
    uint8_t p[20];

    (void)state;
    assert_int_equal(pair(s, &kit_media, SDP_SUITE_AEAD_AES_256_GCM), 0);
    assert_int_equal(media_seal_rtp(s[0], packet(p, 5, 1), &out), 0);
    assert_int_equal(media_seal_rtp(s[0], packet(p, 5, 1), &out), E_CRYPTO);
    assert_int_equal(media_seal_rtp(s[0], slice_of(p, 11), &out), E_INVAL);
    assert_int_equal(media_seal_rtp(s[0], slice_of(big, 1401), &out),
                     E_TOOBIG);
    assert_int_equal(media_seal_rtp(s[0], slice_of(big, 1400), &out), 0);
    assert_int_equal(media_seal_open_rtp(s[1], slice_of(big, 1501), &in),
                     E_TOOBIG);
    for (uint8_t k = 2; k < MEDIA_SEAL_SOURCES_MAX + 4; k++) {
        assert_int_equal(media_seal_rtp(s[0], packet(p, 5, k), &out), 0);
        assert_int_equal(media_seal_open_rtp(s[1], sealed_bytes(out), &in),
                         k < 2 + MEDIA_SEAL_SOURCES_MAX ? 0 : E_FULL);
    }
    unpair(s);
}

static void pass(struct media_seal *from, struct media_seal *to, uint16_t seq,
                 int want)
{
    const struct sealed *out;
    struct slice in;
    uint8_t p[20];

    assert_int_equal(media_seal_rtp(from, packet(p, seq, 1), &out), 0);
    assert_int_equal(media_seal_open_rtp(to, sealed_bytes(out), &in), want);
}

/* Packet 65537 is sealed with a roll-over counter of 1. A direction whose key
 * stays keeps it, and its window; the other one begins anew. */
static void test_rekey(void **state)
{
    enum sdp_suite suite = SDP_SUITE_AEAD_AES_256_GCM;
    struct secret a = secret_of(suite, 1), b = secret_of(suite, 2),
                  c = secret_of(suite, 3);
    struct media_seal *s[2], *fresh;
    const struct sealed *out;
    uint8_t p[20], keep[TLS_SEALED_MAX];
    struct slice in;
    bool tx_new;

    (void)state;
    assert_int_equal(media_seal_new(&s[0], &kit_media,
                                    &(struct media_seal_keys){
                                        .suite = suite, .tx = &a, .rx = &b}),
                     0);
    assert_int_equal(media_seal_new(&s[1], &kit_media,
                                    &(struct media_seal_keys){
                                        .suite = suite, .tx = &b, .rx = &a}),
                     0);
    for (unsigned i = 0; i < 66000; i++)
        pass(s[0], s[1], (uint16_t)i, 0);
    assert_int_equal(media_seal_rtp(s[0], packet(p, 500, 1), &out), 0);
    size_t n = sealed_bytes(out).n;

    memcpy(keep, sealed_bytes(out).p, n);
    assert_int_equal(media_seal_open_rtp(s[1], slice_of(keep, n), &in), 0);
    /* The same, then only the other direction. */
    assert_int_equal(media_seal_rekey(s[1],
                                      &(struct media_seal_keys){
                                          .suite = suite, .tx = &b, .rx = &a},
                                      &tx_new),
                     0);
    assert_false(tx_new);
    assert_int_equal(media_seal_rekey(s[1],
                                      &(struct media_seal_keys){
                                          .suite = suite, .tx = &c, .rx = &a},
                                      &tx_new),
                     0);
    assert_true(tx_new);
    assert_int_equal(media_seal_open_rtp(s[1], slice_of(keep, n), &in),
                     E_CRYPTO);
    pass(s[0], s[1], 501, 0);
    pass(s[1], s[0], 1, E_CRYPTO); /* it does not know c yet */
    assert_int_equal(media_seal_rekey(s[0],
                                      &(struct media_seal_keys){
                                          .suite = suite, .tx = &a, .rx = &c},
                                      &tx_new),
                     0);
    assert_false(tx_new);
    pass(s[1], s[0], 2, 0);
    pass(s[0], s[1], 502, 0);
    assert_int_equal(media_seal_rekey(s[1],
                                      &(struct media_seal_keys){
                                          .suite = suite, .tx = &c, .rx = &c},
                                      &tx_new),
                     E_POLICY); /* and nothing has changed */
    pass(s[0], s[1], 503, 0);
    /* The control: who begins anew does not know the counter. */
    assert_int_equal(media_seal_new(&fresh, &kit_media,
                                    &(struct media_seal_keys){
                                        .suite = suite, .tx = &c, .rx = &a}),
                     0);
    pass(s[0], fresh, 504, E_CRYPTO);
    media_seal_free(fresh);
    unpair(s);
}

/* RFC 3711 3.1 and 3.4: the MKI stands before a tag, RFC 7714 has it last. */
static size_t add_mki(enum sdp_suite suite, struct slice sealed, bool rtp,
                      uint8_t *to)
{
    const struct row *row = row_of(suite);
    unsigned bits = rtp || row->tag > 80 ? row->tag : 80;
    size_t tag = row->salt == 12 ? 0 : bits / 8, at = sealed.n - tag;

    memcpy(to, sealed.p, at);
    memcpy(to + at, "\x01\x02", 2);
    memcpy(to + at + 2, sealed.p + at, tag);
    return sealed.n + 2;
}

static void test_mki(void **state)
{
    (void)state;
    for (unsigned i = 1; i < SDP_SUITE_COUNT; i++) {
        enum sdp_suite suite = (enum sdp_suite)i;
        struct secret a = secret_of(suite, 1), b = secret_of(suite, 2);
        struct media_seal_keys k = {suite, &b, &a, 2, 0x0102};
        struct media_seal *s[2], *with;
        const struct sealed *out;
        struct slice in;
        uint8_t p[20], rr[8] = {0x80, 201, 0, 1, 1, 2, 3, 4}, x[100];
        uint8_t keep[100];
        bool tx_new;
        size_t n;

        assert_int_equal(pair(s, &kit_media, suite), 0);
        assert_int_equal(media_seal_new(&with, &kit_media, &k), 0);
        assert_int_equal(media_seal_rtp(s[0], packet(p, 5, 4), &out), 0);
        size_t kept = sealed_bytes(out).n;

        memcpy(keep, sealed_bytes(out).p, kept);
        n = add_mki(suite, sealed_bytes(out), true, x);
        assert_true(media_seal_open_rtp(s[1], slice_of(x, n), &in) < 0);
        assert_true(media_seal_open_rtp(with, sealed_bytes(out), &in) < 0);
        assert_int_equal(media_seal_open_rtp(with, slice_of(x, n), &in), 0);
        assert_true(slice_eq(in, slice_of(p, 20)));
        assert_int_equal(media_seal_open_rtp(with, slice_of(x, n), &in),
                         E_CRYPTO);
        for (size_t cut = 0; cut < n; cut++)
            assert_true(media_seal_open_rtp(with, slice_of(x, cut), &in) < 0);
        assert_int_equal(media_seal_rtcp(s[0], slice_of(rr, 8), &out), 0);
        n = add_mki(suite, sealed_bytes(out), false, x);
        assert_int_equal(media_seal_open_rtcp(with, slice_of(x, n), &in), 0);
        assert_true(slice_eq(in, slice_of(rr, 8)));
        for (size_t cut = 0; cut < n; cut++)
            assert_true(media_seal_open_rtcp(with, slice_of(x, cut), &in) < 0);
        k.rx_mki_n = 0; /* the same key, its window stays */
        assert_int_equal(media_seal_rekey(with, &k, &tx_new), 0);
        assert_int_equal(media_seal_open_rtp(with, slice_of(keep, kept), &in),
                         E_CRYPTO);
        assert_int_equal(media_seal_stats(with)->replayed, 2);
        pass(s[0], with, 6, 0);
        /* What is sent has none. */
        assert_int_equal(media_seal_rtp(with, packet(p, 5, 4), &out), 0);
        assert_int_equal(media_seal_open_rtp(s[0], sealed_bytes(out), &in), 0);
        k.rx_mki_n = MEDIA_SEAL_MKI_MAX + 1;
        media_seal_free(with);
        assert_int_equal(media_seal_new(&with, &kit_media, &k), E_INVAL);
        unpair(s);
    }
}

static void test_keys(void **state)
{
    enum sdp_suite suite = SDP_SUITE_AES_128_80;
    struct secret a = secret_of(suite, 1), b = secret_of(suite, 2);
    struct secret shorter = {.n = 29};
    struct media_seal *s;

    (void)state;
    for (int i = 0; i < 4; i++) {
        struct media_seal_keys k = {.suite = suite, .tx = &a, .rx = &b};
        const int want[] = {0, E_POLICY, E_INVAL, E_POLICY};

        k.rx = i == 1 ? &a : i == 2 ? &shorter : &b;
        k.suite = i == 3 ? SDP_SUITE_NONE : suite;
        assert_int_equal(media_seal_new(&s, &kit_media, &k), want[i]);
        if (i == 0)
            media_seal_free(s);
    }
    media_seal_free(NULL);
    assert_int_equal(sdp_suite_find(S("AEAD_AES_256_GCM")),
                     SDP_SUITE_AEAD_AES_256_GCM);
    assert_int_equal(sdp_suite_find(S("NULL_HMAC_SHA1_80")), SDP_SUITE_NONE);
    assert_int_equal(sdp_suite_find(S("")), SDP_SUITE_NONE);
}

static int life(const struct env *env, void *arg)
{
    struct media_seal *s[2];
    int err = pair(s, env, SDP_SUITE_AEAD_AES_128_GCM);

    (void)arg;
    unpair(s);
    return err;
}

static void test_oom(void **state)
{
    (void)state;
    assert_int_equal(oom_loop(&kit_media, life, NULL), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_back_to_back),
        cmocka_unit_test(test_enemies),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_mki),
        cmocka_unit_test(test_rekey),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_oom),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
