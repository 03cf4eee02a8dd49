/* SPDX-License-Identifier: Apache-2.0 */
/* Slices, cursors, bounded output: their edges. */
#include "sip/base/cursor.h"
#include "sip/base/out.h"
#include "test/unit/sip_kit.h"

static void test_comparing(void **state)
{
    struct slice none = {0};

    (void)state;
    assert_true(slice_eq(none, S("")));
    assert_false(slice_eq(S("a"), S("A")));
    assert_false(slice_eq(S("a"), S("ab")));
    assert_true(slice_ieq(S("aZ-9"), S("Az-9")));
    assert_false(slice_ieq(S("@"), S("`"))); /* differ by 0x20 only */
    assert_false(slice_ieq(S("["), S("{")));
    assert_true(slice_starts(S("ab"), S("")));
    assert_true(slice_starts(S("ab"), S("ab")));
    assert_false(slice_starts(S("ab"), S("abc")));
    assert_true(slice_istarts(S("AB"), S("a")));
    assert_true(slice_iends(S("xAB"), S("ab")));
    assert_false(slice_iends(S("b"), S("ab")));
    assert_true(slice_eq_ct(none, S("")));
    assert_true(slice_eq_ct(S("ab"), S("ab")));
    assert_false(slice_eq_ct(S("ab"), S("aB")));
    assert_false(slice_eq_ct(S("ab"), S("abc")));
    assert_slice(slice_cstr(NULL), "");
    assert_slice(slice_trim(S(" \ta b\t ")), "a b");
    assert_slice(slice_trim(S(" \t")), "");
    assert_slice(slice_skip(S("abc"), 2), "c");
    assert_slice(slice_skip(S("abc"), 9), "");
    assert_int_equal(slice_find(S("abc"), 'c'), 2);
    assert_int_equal(slice_find(S("abc"), 'x'), 3);
    assert_int_equal(slice_find(none, 'x'), 0);
}

static void test_numbers(void **state)
{
    static const struct {
        const char *text;
        uint64_t max;
        int err;
        uint64_t value;
    } row[] = {
        {"0", 0, 0, 0},
        {"007", 7, 0, 7},
        {"8", 7, E_TOOBIG, 0},
        {"18446744073709551615", UINT64_MAX, 0, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, E_TOOBIG, 0},
        {"99999999999999999999", UINT64_MAX, E_TOOBIG, 0},
        {"", 9, E_SYNTAX, 0},
        {"-1", 9, E_SYNTAX, 0},
        {"+1", 9, E_SYNTAX, 0},
        {" 1", 9, E_SYNTAX, 0},
        {"1x", 9, E_SYNTAX, 0},
    };
    uint32_t v32 = 77;

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        uint64_t v = 77;

        assert_int_equal(slice_u64(&v, slice_cstr(row[i].text), row[i].max),
                         row[i].err);
        assert_true(v == (row[i].err ? 77 : row[i].value));
    }
    assert_int_equal(slice_u32(&v32, S("4294967296"), UINT32_MAX), E_TOOBIG);
    assert_int_equal(v32, 77);
    assert_int_equal(slice_u32(&v32, S("4294967295"), UINT32_MAX), 0);
    assert_true(v32 == UINT32_MAX);
}

static void test_takes_move_or_leave(void **state)
{
    struct cursor c = cursor_of(S("ab \tx"));
    struct slice got;

    (void)state;
    assert_false(cursor_take(&c, 'b'));
    assert_false(cursor_take_text(&c, S("AB")));
    assert_int_equal(cursor_offset(&c), 0);
    assert_true(cursor_itake_text(&c, S("AB")));
    assert_int_equal(cursor_offset(&c), 2);
    cursor_skip_ws(&c);
    assert_true(cursor_at(&c, 'x'));
    assert_false(cursor_take_n(&c, 2, &got));
    assert_int_equal(cursor_left(&c), 1);
    assert_slice(cursor_take_until(&c, 'y'), "x");
    assert_int_equal(cursor_left(&c), 0);
    assert_false(cursor_at(&c, 'x'));
    assert_slice(cursor_take_until(&c, 'y'), "");
    c = cursor_of((struct slice){0});
    assert_true(cursor_take_n(&c, 0, &got));
    assert_slice(cursor_rest(&c), "");
}

static void test_big_endian(void **state)
{
    struct cursor c = cursor_of(slice_of("\x01\x80\x02\xff\xfe\xfd\xfc", 7));
    uint8_t u8 = 0;
    uint16_t u16 = 0;
    uint32_t u32 = 0;

    (void)state;
    assert_true(cursor_u8(&c, &u8));
    assert_true(cursor_u16(&c, &u16));
    assert_true(cursor_u32(&c, &u32));
    assert_int_equal(u8, 1);
    assert_int_equal(u16, 0x8002);
    assert_true(u32 == 0xfffefdfc);
    assert_false(cursor_u8(&c, &u8));
    assert_false(cursor_u16(&c, &u16));
    assert_int_equal(u16, 0x8002);
}

static void test_output_is_bounded_and_sticky(void **state)
{
    char text[4] = {'x', 'x', 'x', 'x'};
    struct out o = out_of(text, 3);

    (void)state;
    out_lit(&o, "ab");
    out_lit(&o, "");
    assert_int_equal(o.err, 0);
    out_lit(&o, "cd");
    assert_int_equal(o.err, E_TOOBIG);
    assert_int_equal(o.n, 2);
    out_lit(&o, "c"); /* would fit, but the text is already wrong */
    out_fail(&o, E_INVAL);
    assert_int_equal(o.err, E_TOOBIG);
    assert_int_equal(out_cstr(&o), E_TOOBIG);
    assert_string_equal(text, "");
    assert_int_equal(text[3], 'x');
    o = out_of(text, 3);
    out_lit(&o, "abc");
    assert_int_equal(o.err, 0);
    assert_int_equal(out_cstr(&o), E_TOOBIG);
    o = out_of(text, 3);
    out_lit(&o, "ab");
    assert_int_equal(out_cstr(&o), 0);
    assert_string_equal(text, "ab");
    o = out_of(NULL, 0);
    assert_int_equal(out_cstr(&o), E_TOOBIG);
}

static void test_output_of_numbers(void **state)
{
    char text[64];
    struct out o = out_of(text, sizeof(text));

    (void)state;
    out_u64(&o, 0);
    out_char(&o, ' ');
    out_u64(&o, UINT64_MAX);
    out_char(&o, ' ');
    out_hex(&o, (const uint8_t *)"\x00\x9f\xff", 3);
    out_be16(&o, 0x4142);
    assert_slice(out_slice(&o), "0 18446744073709551615 009fffAB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comparing),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_takes_move_or_leave),
        cmocka_unit_test(test_big_endian),
        cmocka_unit_test(test_output_is_bounded_and_sticky),
        cmocka_unit_test(test_output_of_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
