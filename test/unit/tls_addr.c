/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: addresses in and out of text. */
#include "tls/addr.h"

#include "sip/base/err.h"
#include "test/unit/tls_kit.h"

static void check_print(const struct tls_addr *a, const char *want)
{
    char text[TLS_ADDR_TEXT_MAX];
    struct out o = out_of(text, sizeof(text));

    tls_addr_put(&o, a);
    assert_int_equal(out_cstr(&o), 0);
    assert_string_equal(text, want);
}

/* in → printed, and the print reads back as the same. */
static void test_good(void **state)
{
    static const struct {
        const char *in, *out;
        uint16_t port;
    } row[] = {
        {"127.0.0.1:5061", "127.0.0.1:5061", 0},
        {"127.0.0.1:5061", "127.0.0.1:5061", 99},
        {"0.0.0.0:1", "0.0.0.0:1", 0},
        {"255.255.255.255:65535", "255.255.255.255:65535", 0},
        {"192.0.2.1", "192.0.2.1:5061", 5061},
        {"[::1]:5061", "[::1]:5061", 0},
        {"[::]:1", "[::]:1", 0},
        {"::1", "[::1]:7", 7},
        {"[::1]", "[::1]:7", 7},
        {"2001:DB8::1", "[2001:db8::1]:7", 7},
        {"[2001:db8:0:0:1:0:0:1]:7", "[2001:db8::1:0:0:1]:7", 0},
        {"[2001:0:0:1:0:0:0:1]:7", "[2001:0:0:1::1]:7", 0},
        {"[1:2:3:4:5:6:7:8]:7", "[1:2:3:4:5:6:7:8]:7", 0},
        {"[1:0:3:4:5:6:7:8]:7", "[1:0:3:4:5:6:7:8]:7", 0},
        {"[1::]:7", "[1::]:7", 0},
        {"[::ffff:192.0.2.1]:7", "[::ffff:c000:201]:7", 0},
        {"[1:2:3:4:5:6:192.0.2.1]:7", "[1:2:3:4:5:6:c000:201]:7", 0},
        {"[::2:3:4:5:6:7:8]:7", "[0:2:3:4:5:6:7:8]:7", 0},
        {"[fe80::1]:7", "[fe80::1]:7", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct tls_addr a, again;

        if (tls_addr_parse(&a, slice_cstr(row[i].in), row[i].port))
            fail_msg("%s does not parse", row[i].in);
        check_print(&a, row[i].out);
        assert_int_equal(tls_addr_parse(&again, slice_cstr(row[i].out), 0), 0);
        assert_true(tls_addr_eq(&a, &again));
    }
}

static void test_bad(void **state)
{
    static const char *const row[] = {
        "",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:0",
        "1.2.3:5",
        "1.2.3.4.5:5",
        "256.0.0.1:5",
        "01.2.3.4:5",
        "1.2.3.4:x",
        "1.2.3.4:+5",
        "1.2.3.4:65536",
        "1.2.3.4 :5",
        "::1",
        "[::1]",
        "[::1]:",
        "[::1:5",
        "::1]:5",
        "[::1]x:5",
        "[:1]:5",
        "[1:]:5",
        "[1:2]:5",
        "[1::2::3]:5",
        "[1:2:3:4:5:6:7:8:9]:5",
        "[:::]:5",
        "[12345::]:5",
        "[g::]:5",
        "[::1%eth0]:5",
        "[]:5",
        "host:5",
        "[1.2.3.4]:5",
        "[::1.2.3]:5",
        "[1:2:3:4:5:6:7:1.2.3.4]:5",
        "[1:2:3:4:5:6:7::8]:5x",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct tls_addr a = {.family = 9};

        if (tls_addr_parse(&a, slice_cstr(row[i]), 0) != E_SYNTAX)
            fail_msg("%s parses", row[i]);
        assert_int_equal(a.family, 9);
    }
}

/* "::" must stand for at least one group. */
static void test_full_gap(void **state)
{
    struct tls_addr a;

    (void)state;
    assert_int_equal(tls_addr_parse_ip(&a, S("1:2:3:4:5:6:7::8")), E_SYNTAX);
    assert_int_equal(tls_addr_parse_ip(&a, S("1:2:3:4:5:6:7::")), 0);
}

static void test_every_prefix(void **state)
{
    static const char whole[] = "[2001:db8::192.0.2.1]:5061";

    (void)state;
    for (size_t n = 0; n < sizeof(whole); n++) {
        char *exact = malloc(n ? n : 1);
        struct tls_addr a;

        memcpy(exact, whole, n);
        int err = tls_addr_parse(&a, slice_of(exact, n), 0);

        /* "…]:5", ":50", ":506" and the whole are the only ones. */
        assert_int_equal(err == 0,
                         n >= sizeof(whole) - 4 && n <= sizeof(whole) - 1);
        free(exact);
    }
}

static void test_dialable(void **state)
{
    static const struct {
        const char *text;
        bool ok;
    } row[] = {
        {"192.0.2.1:5061", true},   {"127.0.0.1:1", true},
        {"[::1]:5061", true},       {"[2001:db8::1]:5061", true},
        {"0.0.0.0:5061", false},    {"0.1.2.3:5061", false},
        {"224.0.1.75:5061", false}, {"255.255.255.255:5061", false},
        {"[::]:5061", false},       {"[ff02::1]:5061", false},
    };
    struct tls_addr a = {0};

    (void)state;
    assert_false(tls_addr_dialable(&a));
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        assert_int_equal(tls_addr_parse(&a, slice_cstr(row[i].text), 0), 0);
        assert_int_equal(tls_addr_dialable(&a), row[i].ok);
        a.port = 0;
        assert_false(tls_addr_dialable(&a));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),     cmocka_unit_test(test_bad),
        cmocka_unit_test(test_full_gap), cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_dialable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
