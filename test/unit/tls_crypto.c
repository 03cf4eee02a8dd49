/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: digests against published values, randomness that differs. */
#include "tls/crypto.h"

#include "test/unit/tls_kit.h"

static void check(enum env_md md, const struct slice *part, size_t n,
                  const char *hex)
{
    uint8_t sum[ENV_MD_MAX];
    char text[2 * ENV_MD_MAX + 1];
    struct out o = out_of(text, sizeof(text));

    assert_int_equal(tls_crypto_md(NULL, md, part, n, sum), 0);
    out_hex(&o, sum, env_md_size(md));
    assert_int_equal(out_cstr(&o), 0);
    assert_string_equal(text, hex);
}

/* RFC 1321 A.5; FIPS 180-4 "abc"; in parts as in one piece. */
static void test_md(void **state)
{
    const struct slice whole[] = {S("abc")};
    const struct slice parts[] = {S("a"), S(""), S("bc")};

    (void)state;
    check(ENV_MD5, NULL, 0, "d41d8cd98f00b204e9800998ecf8427e");
    check(ENV_MD5, whole, 1, "900150983cd24fb0d6963f7d28e17f72");
    check(ENV_MD5, parts, 3, "900150983cd24fb0d6963f7d28e17f72");
    check(ENV_SHA512_256, whole, 1, /* FIPS 180-4's examples */
          "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23");
    check(ENV_SHA512_256, parts, 3,
          "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23");
    check(ENV_SHA256, parts, 3,
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void test_rand(void **state)
{
    uint8_t a[32] = {0}, b[32] = {0};

    (void)state;
    assert_int_equal(tls_crypto_rand(NULL, a, sizeof(a)), 0);
    assert_int_equal(tls_crypto_rand(NULL, b, sizeof(b)), 0);
    assert_memory_not_equal(a, b, sizeof(a));
}

static int set_up(void **state)
{
    (void)state;
    assert_int_equal(tls_crypto_init(), 0);
    return tls_crypto_init(); /* again: legal */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_md),
        cmocka_unit_test(test_rand),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
