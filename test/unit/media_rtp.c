/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: RTP headers, true ones and lying ones, and RFC 7983's ranges. */
#include "media/rtp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sip/base/err.h"

#define BYTES(...)                           \
    slice_of((const uint8_t[]){__VA_ARGS__}, \
             sizeof((const uint8_t[]){__VA_ARGS__}))
#define FIXED 0, 7, 0, 0, 0, 9, 1, 2, 3, 4

static int parse(struct slice s)
{
    struct media_rtp r;

    return media_rtp_parse(&r, s);
}

static void test_plain(void **state)
{
    struct media_rtp r;

    (void)state;
    assert_int_equal(media_rtp_parse(&r, BYTES(0x80, 0x88, FIXED, 'a', 'b')),
                     0);
    assert_int_equal(r.pt, 8);
    assert_true(r.marker);
    assert_int_equal(r.seq, 7);
    assert_int_equal(r.ts, 9);
    assert_int_equal(r.ssrc, 0x01020304);
    assert_true(slice_eq(r.payload, S("ab")));
    assert_int_equal(parse(BYTES(0x40, 8, FIXED)), E_SYNTAX);
    assert_int_equal(parse(BYTES(0x80, 8, FIXED)), 0);
    assert_int_equal(parse(BYTES(0x80, 8, 0, 7, 0, 0, 0, 9, 1, 2, 3)),
                     E_SYNTAX);
    assert_int_equal(parse(S("")), E_SYNTAX);
}

/* P15, L01: each lie beside the truth. */
static void test_lies(void **state)
{
    struct media_rtp r;

    (void)state;
    assert_int_equal(parse(BYTES(0x82, 8, FIXED, 1, 2, 3, 4)), E_SYNTAX);
    assert_int_equal(media_rtp_parse(&r, BYTES(0x81, 8, FIXED, 1, 2, 3, 4)),
                     0);
    assert_int_equal(r.csrc[0], 0x01020304);
    assert_int_equal(
        parse(BYTES(0x90, 8, FIXED, 0xbe, 0xde, 0, 2, 1, 2, 3, 4)), E_SYNTAX);
    assert_int_equal(parse(BYTES(0x90, 8, FIXED, 0xbe, 0xde, 0xff, 0xff)),
                     E_SYNTAX);
    assert_int_equal(parse(BYTES(0x90, 8, FIXED, 0xbe, 0xde, 0)), E_SYNTAX);
    assert_int_equal(media_rtp_parse(&r, BYTES(0x90, 8, FIXED, 0xbe, 0xde, 0,
                                               1, 1, 2, 3, 4, 'x')),
                     0);
    assert_int_equal(r.ext.n, 4);
    assert_true(slice_eq(r.payload, S("x")));
    assert_int_equal(parse(BYTES(0xa0, 8, FIXED, 'x', 3)), E_SYNTAX);
    assert_int_equal(parse(BYTES(0xa0, 8, FIXED, 'x', 0)), E_SYNTAX);
    assert_int_equal(parse(BYTES(0xa0, 8, FIXED)), E_SYNTAX);
    assert_int_equal(media_rtp_parse(&r, BYTES(0xa0, 8, FIXED, 'x', 0, 2)), 0);
    assert_true(slice_eq(r.payload, S("x")));
}

/* parse → write → parse is a fixed point; each prefix is bounded. */
static void test_write(void **state)
{
    struct media_rtp a = {.pt = 111,
                          .marker = true,
                          .seq = 65535,
                          .ts = 0xfffffff0,
                          .ssrc = 0xdeadbeef,
                          .csrc_n = 2,
                          .csrc = {1, 2},
                          .has_ext = true,
                          .ext_profile = 0xbede,
                          .ext = S("abcd"),
                          .payload = S("opus")};
    struct media_rtp b;
    char buf[64], again[64];
    struct out o = out_of(buf, sizeof(buf)), p = out_of(again, sizeof(again));

    (void)state;
    assert_int_equal(media_rtp_write(&o, &a), 0);
    assert_int_equal(media_rtp_parse(&b, out_slice(&o)), 0);
    assert_int_equal(media_rtp_write(&p, &b), 0);
    assert_true(slice_eq(out_slice(&o), out_slice(&p)));
    assert_true(slice_eq(b.payload, S("opus")));
    for (size_t n = 0; n < o.n; n++) {
        struct out s = out_of(again, n);

        assert_int_equal(media_rtp_write(&s, &a), E_TOOBIG);
        (void)parse(slice_of(buf, n));
    }
    a.pt = 128;
    assert_int_equal(media_rtp_write(&o, &a), E_INVAL);
    a.pt = 0;
    a.ext = S("abc");
    assert_int_equal(media_rtp_write(&o, &a), E_INVAL);
}

/* every first octet has one kind. */
static void test_kind(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 256; i++) {
        uint8_t d[2] = {(uint8_t)i, 111};
        enum media_kind want = i < 4                ? MEDIA_KIND_STUN
                               : i < 20             ? MEDIA_KIND_NONE
                               : i < 64             ? MEDIA_KIND_DTLS
                               : i < 80             ? MEDIA_KIND_TURN
                               : i > 127 && i < 192 ? MEDIA_KIND_RTP
                                                    : MEDIA_KIND_NONE;

        assert_int_equal(media_rtp_kind(slice_of(d, 2)), want);
        assert_int_equal(media_rtp_kind(slice_of(d, 1)), MEDIA_KIND_NONE);
    }
    assert_int_equal(media_rtp_kind(BYTES(0x80, 200)), MEDIA_KIND_RTCP);
    assert_int_equal(media_rtp_kind(BYTES(0x80, 191)), MEDIA_KIND_RTP);
    assert_int_equal(media_rtp_kind(BYTES(0x80, 224)), MEDIA_KIND_RTP);
}

static void test_seq(void **state)
{
    (void)state;
    assert_int_equal(media_seq_diff(0, 65535), 1);
    assert_int_equal(media_seq_diff(65535, 0), -1);
    assert_int_equal(media_seq_diff(0x8000, 0), -0x8000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain), cmocka_unit_test(test_lies),
        cmocka_unit_test(test_write), cmocka_unit_test(test_kind),
        cmocka_unit_test(test_seq),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
