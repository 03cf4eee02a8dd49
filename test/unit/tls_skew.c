/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: clocks that differ, in words; the Date of an HTTP answer. */
#include "tls/skew.h"

#include "sip/base/cause.h"
#include "test/unit/tls_kit.h"

static void test_words(void **state)
{
    static const struct {
        int64_t seconds;
        const char *want;
    } row[] = {
        {-259300, "3 days behind"},         {-172800, "2 days behind"},
        {172799, "48 hours ahead of"},      {7200, "2 hours ahead of"},
        {7199, "120 minutes ahead of"},     {120, "2 minutes ahead of"},
        {-119, "119 seconds behind"},       {31, "31 seconds ahead of"},
        {-4070908800, "47117 days behind"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        char text[128], want[160];
        struct out o = out_of(text, sizeof(text));

        tls_skew_say(&o, row[i].seconds);
        assert_int_equal(out_cstr(&o), 0);
        snprintf(want, sizeof(want),
                 "this device's clock is about %s the "
                 "server's",
                 row[i].want);
        assert_string_equal(text, want);
    }
}

static void test_counts(void **state)
{
    (void)state;
    assert_false(tls_skew_counts(0));
    assert_false(tls_skew_counts(30));
    assert_false(tls_skew_counts(-30));
    assert_true(tls_skew_counts(31));
    assert_true(tls_skew_counts(-31));
    assert_int_equal(tls_skew_of(1000, 1030999), 30);
    assert_int_equal(tls_skew_of(1000, 900000), -100);
}

/* A certificate's dates, and nothing else of all that can go wrong. */
static void test_only_dates_are_explained(void **state)
{
    static const enum cause_code yes[] = {
        CAUSE_cert_expired, CAUSE_cert_ca_expired, CAUSE_cert_not_yet_valid};
    bool want[CAUSE_CODE_COUNT] = {false};

    (void)state;
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        want[yes[i]] = true;
    for (int code = 0; code < CAUSE_CODE_COUNT; code++)
        if (tls_skew_explains((enum cause_code)code) != want[code])
            fail_msg("%s: %s", cause_symbol((enum cause_code)code),
                     want[code] ? "not explained" : "explained");
}

static void test_http(void **state)
{
#define OK_HTTP "HTTP/1.1 200 OK\r\n"
#define WHEN "Sat, 13 Nov 2010 23:29:00 GMT"
    static const char *const with[] = {
        OK_HTTP "Date: " WHEN "\r\n\r\n",
        OK_HTTP "Server: x\r\ndate:" WHEN "\r\nLocation: /\r\n\r\n",
        OK_HTTP "DATE:   " WHEN "  \n",
        OK_HTTP "Date: " WHEN,
    };
    static const char *const without[] = {
        "",
        "\n",
        "Date",
        OK_HTTP,
        OK_HTTP "\r\n\r\nDate: " WHEN "\r\n",
        OK_HTTP "X-Date: " WHEN "\r\n\r\n",
        OK_HTTP "Date: tomorrow\r\n\r\n",
        OK_HTTP "Date: Sat, 13 Nov 2010 23:29",
        OK_HTTP "Date:",
        OK_HTTP "Date: Saturday, 13-Nov-10 23:29:00 GMT\r\n\r\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(with) / sizeof(with[0]); i++)
        assert_int_equal(tls_skew_http(slice_cstr(with[i])), 1289690940);
    for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
        /* exact size, so that a read beyond the end is seen */
        size_t n = strlen(without[i]);
        char *copy = malloc(n ? n : 1);

        memcpy(copy, without[i], n);
        assert_int_equal(tls_skew_http(slice_of(copy, n)), 0);
        free(copy);
    }
}

static void test_one_more_fact(void **state)
{
    struct cause c;

    (void)state;
    cause_set(&c, CAUSE_cert_expired);
    assert_int_equal(c.date, 0);
    cause_add_fact(&c, S("one\n"));
    cause_add_fact(&c, S("two"));
    assert_string_equal(c.text, "the certificate has expired: one?, two");
    for (int i = 0; i < 100; i++)
        cause_add_fact(&c, S("and on"));
    assert_true(strlen(c.text) < sizeof(c.text));
    c.date = 7;
    cause_set(&c, CAUSE_none);
    assert_int_equal(c.date, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_only_dates_are_explained),
        cmocka_unit_test(test_http),
        cmocka_unit_test(test_one_more_fact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
