/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: RTCP compounds, true ones and lying ones. */
#include "media/rtcp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sip/base/err.h"

#define BYTES(...)                           \
    slice_of((const uint8_t[]){__VA_ARGS__}, \
             sizeof((const uint8_t[]){__VA_ARGS__}))
#define RR 0x80, 201, 0, 1, 0, 0, 0, 5

static int parse(struct slice s)
{
    struct media_rtcp r;

    return media_rtcp_parse(&r, s, 77);
}

static struct media_rtcp full(void)
{
    return (struct media_rtcp){.ssrc = 5,
                               .has_sr = true,
                               .ntp = 0x0102030405060708,
                               .rtp_ts = 9,
                               .packets = 10,
                               .octets = 11,
                               .has_block = true,
                               .block = {77, 128, -3, 0x10007, 12, 13, 14},
                               .cname = S("abcdef"),
                               .bye = true,
                               .bye_reason = S("over")};
}

static void test_round(void **state)
{
    struct media_rtcp a = full(), b;
    char buf[MEDIA_RTCP_MAX];
    struct out o = out_of(buf, sizeof(buf));

    (void)state;
    assert_int_equal(media_rtcp_write(&o, &a), 0);
    assert_int_equal(o.n % 4, 0);
    assert_int_equal(media_rtcp_parse(&b, out_slice(&o), 77), 0);
    assert_true(b.has_sr && b.has_block && b.bye);
    assert_true(a.ssrc == b.ssrc && a.ntp == b.ntp && a.rtp_ts == b.rtp_ts);
    assert_true(a.packets == b.packets && a.octets == b.octets);
    assert_true(b.block.ssrc == 77 && b.block.fraction == 128);
    assert_true(b.block.lost == -3 && b.block.seq_high == 0x10007);
    assert_true(b.block.jitter == 12 && b.block.lsr == 13);
    assert_int_equal(b.block.dlsr, 14);
    assert_true(slice_eq(b.cname, a.cname));
    assert_true(slice_eq(b.bye_reason, a.bye_reason));
    assert_int_equal(media_rtcp_parse(&b, out_slice(&o), 78), 0);
    assert_false(b.has_block); /* it is about somebody else */
}

/* Any other length of the compound is a lie, and none is overread. */
static void test_cut(void **state)
{
    struct media_rtcp a = full();
    char buf[MEDIA_RTCP_MAX];
    struct out o = out_of(buf, sizeof(buf));
    unsigned good = 0;

    (void)state;
    assert_int_equal(media_rtcp_write(&o, &a), 0);
    for (size_t n = 0; n <= o.n; n++)
        good += parse(slice_of(buf, n)) == 0;
    assert_int_equal(good, 3); /* after SR, after SDES, after BYE */
}

static void test_names(void **state)
{
    char name[256] = {0}, buf[MEDIA_RTCP_MAX];

    (void)state;
    for (size_t n = 0; n <= 256; n++) {
        struct media_rtcp a = {.ssrc = 5, .cname = {name, n}}, b;
        struct out o = out_of(buf, sizeof(buf));
        int err = media_rtcp_write(&o, &a);

        assert_int_equal(err, n == 0 || n == 256 ? E_INVAL : 0);
        if (err)
            continue;
        assert_int_equal(media_rtcp_parse(&b, out_slice(&o), 0), 0);
        assert_int_equal(b.cname.n, n);
    }
}

static void test_lies(void **state)
{
    (void)state;
    assert_int_equal(parse(BYTES(RR)), 0);
    assert_int_equal(parse(S("")), E_SYNTAX);
    assert_int_equal(parse(BYTES(0x81, 201, 0, 1, 0, 0, 0, 5)), E_SYNTAX);
    assert_int_equal(parse(BYTES(0x80, 201, 0, 2, 0, 0, 0, 5)), E_SYNTAX);
    assert_int_equal(parse(BYTES(0x80, 201, 0, 0)), E_SYNTAX);
    assert_int_equal(parse(BYTES(0x80, 200, 0, 1, 0, 0, 0, 5)), E_SYNTAX);
    assert_int_equal(parse(BYTES(0x40, 201, 0, 1, 0, 0, 0, 5)), E_SYNTAX);
    /* The first must be a report. */
    assert_int_equal(parse(BYTES(0x81, 203, 0, 1, 0, 0, 0, 5)), E_SYNTAX);
    assert_int_equal(parse(BYTES(RR, 0x81, 203, 0, 1, 0, 0, 0, 5)), 0);
    /* P13: BYE's reason beyond the packet. */
    assert_int_equal(
        parse(BYTES(RR, 0x81, 203, 0, 2, 0, 0, 0, 5, 4, 'a', 'b', 'c')),
        E_SYNTAX);
    assert_int_equal(
        parse(BYTES(RR, 0x81, 203, 0, 2, 0, 0, 0, 5, 3, 'a', 'b', 'c')), 0);
    assert_int_equal(parse(BYTES(RR, 0x82, 203, 0, 1, 0, 0, 0, 5)), E_SYNTAX);
    /* P14: an XR block beyond the packet. */
    assert_int_equal(parse(BYTES(RR, 0x80, 207, 0, 2, 0, 0, 0, 5, 7, 0, 0, 8)),
                     E_SYNTAX);
    assert_int_equal(parse(BYTES(RR, 0x80, 207, 0, 2, 0, 0, 0, 5, 7, 0, 0, 0)),
                     0);
    /* SDES: an item, and a chunk, beyond the packet. */
    assert_int_equal(
        parse(BYTES(RR, 0x81, 202, 0, 2, 0, 0, 0, 5, 1, 9, 'a', 0)), E_SYNTAX);
    assert_int_equal(
        parse(BYTES(RR, 0x81, 202, 0, 2, 0, 0, 0, 5, 1, 1, 'a', 0)), 0);
    assert_int_equal(
        parse(BYTES(RR, 0x82, 202, 0, 2, 0, 0, 0, 5, 1, 1, 'a', 0)), E_SYNTAX);
}

static void test_padding(void **state)
{
    (void)state;
    assert_int_equal(parse(BYTES(0xa0, 201, 0, 2, 0, 0, 0, 5, 0, 0, 0, 4)), 0);
    assert_int_equal(parse(BYTES(0xa0, 201, 0, 2, 0, 0, 0, 5, 0, 0, 0, 0)),
                     E_SYNTAX);
    assert_int_equal(parse(BYTES(0xa0, 201, 0, 2, 0, 0, 0, 5, 0, 0, 0, 255)),
                     E_SYNTAX);
    assert_int_equal(parse(BYTES(0xa0, 201, 0, 2, 0, 0, 0, 5, 0, 0, 0, 3)),
                     E_SYNTAX);
    /* Only the last packet may be padded (RFC 3550 A.2). */
    assert_int_equal(parse(BYTES(0xa0, 201, 0, 2, 0, 0, 0, 5, 0, 0, 0, 4, RR)),
                     E_SYNTAX);
}

static void test_many(void **state)
{
    uint8_t p[(MEDIA_RTCP_PACKETS_MAX + 1) * 8];
    static const uint8_t rr[] = {RR};

    (void)state;
    for (size_t i = 0; i <= MEDIA_RTCP_PACKETS_MAX; i++)
        memcpy(p + i * 8, rr, 8);
    assert_int_equal(parse(slice_of(p, sizeof(p) - 8)), 0);
    assert_int_equal(parse(slice_of(p, sizeof(p))), E_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round),   cmocka_unit_test(test_cut),
        cmocka_unit_test(test_names),   cmocka_unit_test(test_lies),
        cmocka_unit_test(test_padding), cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
