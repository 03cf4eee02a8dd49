/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-512/256 against FIPS 180-4's examples and every edge of a block. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sip/base/out.h"
#include "sip/base/sha512.h"

static void check(struct slice text, size_t step, const char *want)
{
    uint8_t md[SHA512_256_SIZE];
    char hex[2 * SHA512_256_SIZE + 1];
    struct out o = out_of(hex, sizeof(hex));
    struct sha512 s;

    sha512_256_begin(&s);
    while (text.n) {
        size_t n = text.n < step ? text.n : step;

        sha512_256_feed(&s, slice_of(text.p, n));
        text = slice_skip(text, n);
    }
    sha512_256_end(&s, md);
    out_hex(&o, md, sizeof(md));
    assert_int_equal(out_cstr(&o), 0);
    assert_string_equal(hex, want);
}

static void test_examples(void **state)
{
    (void)state;
    check(S("abc"), 3,
          "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23");
    check(S("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
            "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"),
          112,
          "3928e184fb8690f840da3988121d31be65cb9d3ef83ee6146feac861e19b563a");
    check(S(""), 1,
          "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a");
}

/* Where the padding just fits, and where it needs a block of its own. */
static void test_block_edges(void **state)
{
    static const struct {
        size_t n;
        const char *want;
    } rows[] = {
        {111,
         "0239e429f98d0ed61ee8e2a7c30afe98c1c3a80ce5dff62a107e9c538f7632ce"},
        {112,
         "9216b5303edb66504570bee90e48ea5beaa5e9fe9f760bbd3e0460559fc005f6"},
        {127,
         "2fe3b2a6ee7e12f6fe4ba82166541ad9b4ed882c493581cbe300d68f3757b778"},
        {128,
         "b88f97e274f9c1d49f181c8cbd01a9c74930ad055a46ac4499a1d601f1c80bf2"},
        {1000,
         "40eb4a70d4d69815407a9e272f0101cd67e3d11262a4a0bfc087712749c7fb53"},
    };
    char text[1000];

    (void)state;
    memset(text, 'a', sizeof(text));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (size_t step = 1; step <= 130; step += 43)
            check(slice_of(text, rows[i].n), step, rows[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_block_edges),
    };

    return cmocka_run_group_tests_name("base_sha512", tests, NULL, NULL);
}
