/* SPDX-License-Identifier: Apache-2.0 */
/* a=crypto lines and their parts: base64, suites, what is usable. */
#include "sdp/base64.h"
#include "sdp/crypto.h"
#include "test/unit/sip_kit.h"

#define KEY28 "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYg=="
#define KEY30 "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk"
#define KEY44 "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXI="
#define KEY46 \
    "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdA=="
#define CM80 "1 AES_CM_128_HMAC_SHA1_80 inline:"

static const struct {
    const char *text;
    enum sdp_crypto_use use;
} line[] = {
    {"1 AEAD_AES_256_GCM inline:" KEY44, SDP_CRYPTO_OK},
    {"1 AEAD_AES_128_GCM inline:" KEY28, SDP_CRYPTO_OK},
    {"1 AES_256_CM_HMAC_SHA1_80 inline:" KEY46, SDP_CRYPTO_OK},
    {"999999999 AES_CM_128_HMAC_SHA1_32 INLINE:" KEY30, SDP_CRYPTO_OK},
    {CM80 KEY30, SDP_CRYPTO_OK},
    {CM80 KEY30 "|2^20", SDP_CRYPTO_OK},
    {CM80 KEY30 "|2^48", SDP_CRYPTO_OK},
    {CM80 KEY30 "|1048576", SDP_CRYPTO_OK},
    {CM80 KEY30 " KDR=0 WSH=64 -other", SDP_CRYPTO_OK},
    {CM80 KEY30 "|2^19", SDP_CRYPTO_LIFE},
    {CM80 KEY30 "|2^49", SDP_CRYPTO_LIFE},
    {CM80 KEY30 "|0", SDP_CRYPTO_LIFE},
    {CM80 KEY30 "|", SDP_CRYPTO_LIFE},
    {CM80 KEY30 "|2^31|2^31", SDP_CRYPTO_LIFE},
    {CM80 KEY30 "|1:4", SDP_CRYPTO_OK},
    {CM80 KEY30 "|2^31|4294967295:4", SDP_CRYPTO_OK},
    {CM80 KEY30 "|255:1", SDP_CRYPTO_OK},
    {CM80 KEY30 "|256:1", SDP_CRYPTO_MKI},
    {CM80 KEY30 "|4294967296:4", SDP_CRYPTO_MKI},
    {CM80 KEY30 "|1:0", SDP_CRYPTO_MKI},
    {CM80 KEY30 "|1:5", SDP_CRYPTO_MKI},
    {CM80 KEY30 "|1:128", SDP_CRYPTO_MKI},
    {CM80 KEY30 "|:1", SDP_CRYPTO_MKI},
    {CM80 KEY30 "|1:", SDP_CRYPTO_MKI},
    {CM80 KEY30 "|1:1:1", SDP_CRYPTO_MKI},
    {CM80 KEY30 "|1:1|1:1", SDP_CRYPTO_MKI},
    {CM80 KEY30 "|1:1|2^31", SDP_CRYPTO_LIFE},
    {CM80 KEY30 ";inline:" KEY30, SDP_CRYPTO_MKI},
    {CM80 KEY28, SDP_CRYPTO_KEY},
    {CM80 KEY44, SDP_CRYPTO_KEY},
    {CM80, SDP_CRYPTO_KEY},
    {CM80 "!" KEY30, SDP_CRYPTO_KEY},
    {"1 AES_CM_128_HMAC_SHA1_80 uri:" KEY30, SDP_CRYPTO_KEY},
    {"1 aes_cm_128_hmac_sha1_80 inline:" KEY30, SDP_CRYPTO_SUITE},
    {"1 F8_128_HMAC_SHA1_80 inline:" KEY30, SDP_CRYPTO_SUITE},
    {"1 NULL_HMAC_SHA1_80 inline:" KEY30, SDP_CRYPTO_NULL},
    {CM80 KEY30 " UNENCRYPTED_SRTP", SDP_CRYPTO_NULL},
    {CM80 KEY30 " KDR=1 unencrypted_srtcp", SDP_CRYPTO_NULL},
    {CM80 KEY30 " UNAUTHENTICATED_SRTP", SDP_CRYPTO_NULL},
    {CM80 KEY30 " KDR=1", SDP_CRYPTO_PARAM},
    {CM80 KEY30 " WSH=63", SDP_CRYPTO_PARAM},
    {CM80 KEY30 " FEC_ORDER=FEC_SRTP", SDP_CRYPTO_PARAM},
    {CM80 KEY30 " OTHER", SDP_CRYPTO_PARAM},
    {CM80 KEY30 " --x", SDP_CRYPTO_PARAM},
    {"", SDP_CRYPTO_SYNTAX},
    {"1", SDP_CRYPTO_SYNTAX},
    {"1 AES_CM_128_HMAC_SHA1_80", SDP_CRYPTO_SYNTAX},
    {"1 AES_CM_128_HMAC_SHA1_80 inline", SDP_CRYPTO_SYNTAX},
    {"x AES_CM_128_HMAC_SHA1_80 inline:" KEY30, SDP_CRYPTO_SYNTAX},
    {"1000000000 AES_CM_128_HMAC_SHA1_80 inline:" KEY30, SDP_CRYPTO_SYNTAX},
};

static void test_lines(void **state)
{
    struct sdp_crypto c;

    (void)state;
    for (size_t i = 0; i < sizeof(line) / sizeof(line[0]); i++) {
        int err = sdp_crypto_parse(&c, slice_cstr(line[i].text));

        if (c.use != line[i].use)
            print_error("%s: %d\n", line[i].text, (int)c.use);
        assert_int_equal(c.use, line[i].use);
        assert_int_equal(err, c.use == SDP_CRYPTO_SYNTAX ? E_SYNTAX : 0);
    }
}

/* Every prefix in a block of its own size. */
static void test_every_prefix(void **state)
{
    static const char text[] =
        CM80 KEY30 "|2^31|1:4;inline:" KEY30 " KDR=0 WSH=64 -x FEC_KEY=x";

    (void)state;
    for (size_t n = 0; n < sizeof(text); n++) {
        char *exact = malloc(n ? n : 1);
        struct sdp_crypto c;

        memcpy(exact, text, n);
        sdp_crypto_parse(&c, slice_of(exact, n));
        assert_true(c.use != SDP_CRYPTO_OK || n > sizeof(CM80 KEY30) - 2);
        free(exact);
    }
}

static void test_key_bytes(void **state)
{
    struct sdp_crypto c;
    struct secret key = {{0}, 0};

    (void)state;
    assert_int_equal(sdp_crypto_parse(&c, S(CM80 KEY30 "|2^31")), 0);
    assert_int_equal(sdp_crypto_key(&key, &c), 0);
    assert_slice(secret_bytes(&key), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcd");
    c.suite = SDP_SUITE_AEAD_AES_256_GCM;
    assert_int_equal(sdp_crypto_key(&key, &c), E_SYNTAX);
    c.suite = SDP_SUITE_NONE;
    assert_int_equal(sdp_crypto_key(&key, &c), E_SYNTAX);
}

static void test_suites(void **state)
{
    (void)state;
    assert_int_equal(sdp_suite_key(SDP_SUITE_AEAD_AES_256_GCM), 44);
    assert_int_equal(sdp_suite_key(SDP_SUITE_AEAD_AES_128_GCM), 28);
    assert_int_equal(sdp_suite_key(SDP_SUITE_AES_256_80), 46);
    assert_int_equal(sdp_suite_key(SDP_SUITE_AES_128_32), 30);
    assert_int_equal(sdp_suite_key(SDP_SUITE_NONE), 0);
    assert_int_equal(sdp_suite_find(S("")), SDP_SUITE_NONE);
    for (int i = 1; i < SDP_SUITE_COUNT; i++) {
        enum sdp_suite s = (enum sdp_suite)i;

        assert_int_equal(sdp_suite_find(sdp_suite_name(s)), s);
        assert_true(sdp_suite_class(s) > sdp_suite_class(SDP_SUITE_NONE));
        assert_true(sdp_suite_key(s) <= SDP_KEY_MAX);
    }
}

static void test_base64(void **state)
{
    static const struct {
        const char *text;
        const char *bytes; /* NULL: refused */
    } row[] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zg", "f"},
        {"Zm8", "fo"},
        {"Zm9vYg==", "foob"},
        {"Z", NULL},
        {"Zg=", NULL},
        {"Zm9v=", NULL},
        {"Zh==", NULL},
        {"Z===", NULL},
        {"Zm 9", NULL},
        {"Zm-9", NULL},
        {"Zm9vZg==Zg==", NULL},
        {"+/+/", "\xfb\xff\xbf"},
    };
    uint8_t out[8];
    size_t n;
    size_t m;

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        int err =
            sdp_base64_decode(out, sizeof(out), &n, slice_cstr(row[i].text));

        assert_int_equal(err, row[i].bytes ? 0 : E_SYNTAX);
        assert_int_equal(sdp_base64_check(&m, slice_cstr(row[i].text)), err);
        assert_true(err || m == n);
        if (!err)
            assert_slice(slice_of(out, n), row[i].bytes);
    }
    assert_int_equal(sdp_base64_decode(out, 2, &n, S("Zm9v")), E_TOOBIG);
}

/* Every byte at every place of a word, and at the end: what is checked and
 * what is decoded are one. */
static void test_base64_check(void **state)
{
    uint8_t out[32];
    char text[19];
    size_t n;
    size_t m;

    (void)state;
    for (size_t len = 0; len <= sizeof(text); len++)
        for (size_t at = 0; at < len; at++)
            for (int ch = 0; ch < 256; ch++) {
                struct slice s = slice_of(text, len);
                int err;

                memset(text, 'A', sizeof(text));
                text[at] = (char)ch;
                err = sdp_base64_decode(out, sizeof(out), &n, s);
                assert_int_equal(sdp_base64_check(&m, s), err);
                assert_true(err || m == n);
            }
}

static void test_base64_again(void **state)
{
    uint8_t bytes[256];
    uint8_t back[256];
    char text[352];
    size_t n;

    (void)state;
    for (unsigned i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)i;
    for (unsigned i = 0; i <= sizeof(bytes); i++) {
        struct out o = out_of(text, sizeof(text));

        sdp_base64_put(&o, slice_of(bytes + sizeof(bytes) - i, i));
        assert_int_equal(o.err, 0);
        assert_int_equal(o.n % 4, 0);
        assert_int_equal(sdp_base64_decode(back, i, &n, out_slice(&o)), 0);
        assert_int_equal(n, i);
        assert_memory_equal(back, bytes + sizeof(bytes) - i, i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_key_bytes),
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_suites),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_base64_check),
        cmocka_unit_test(test_base64_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
