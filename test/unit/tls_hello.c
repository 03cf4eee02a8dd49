/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: the walk through a peer's hello, at any chunking. */
#include "tls/hello.h"

#include "test/unit/tls_kit.h"

/* A ServerHello of TLS 1.2; ext follows, ext_n bytes of it. */
static size_t server_hello(char *to, const char *ext, size_t ext_n)
{
    size_t n = 0;
    size_t body = 2 + 32 + 1 + 4 + 3 + 2 + ext_n;

    to[n++] = 22, to[n++] = 3, to[n++] = 3;
    to[n++] = (char)((body + 4) >> 8), to[n++] = (char)(body + 4);
    to[n++] = 2, to[n++] = 0;
    to[n++] = (char)(body >> 8), to[n++] = (char)body;
    to[n++] = 3, to[n++] = 3;
    memset(to + n, 0x17, 32); /* random that looks like the extension */
    n += 32;
    to[n++] = 4;
    memcpy(to + n, "\0\x17\0\0", 4);
    n += 4;
    to[n++] = (char)0xc0, to[n++] = 0x2b, to[n++] = 0;
    to[n++] = (char)(ext_n >> 8), to[n++] = (char)ext_n;
    memcpy(to + n, ext, ext_n);
    return n + ext_n;
}

static struct tls_hello walk(const char *p, size_t n, size_t step)
{
    struct tls_hello h;

    memset(&h, 0, sizeof(h));
    for (size_t at = 0; at < n; at += step)
        tls_hello_feed(&h, slice_of(p + at, n - at < step ? n - at : step));
    return h;
}

static void test_ems(void **state)
{
    static const struct {
        const char *ext;
        size_t n;
        bool ems;
    } row[] = {
        {"\x00\x17\x00\x00", 4, true},
        {"\xff\x01\x00\x01\x00\x00\x17\x00\x00", 9, true},
        {"\x00\x17\x00\x00\xff\x01\x00\x01\x00", 9, true},
        {"\xff\x01\x00\x01\x00", 5, false},
        {"\xff\x01\x00\x04\x00\x17\x00\x00", 8, false}, /* inside another */
        {"\xff\x01\x00\x05\x00\x17\x00\x00", 8, false}, /* length lies */
        {"", 0, false},
    };
    char hello[256];

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        size_t n = server_hello(hello, row[i].ext, row[i].n);

        for (size_t step = 1; step <= n; step++) {
            struct tls_hello h = walk(hello, n, step);

            assert_int_equal(h.ems, row[i].ems);
            assert_true(h.done);
            assert_true(h.server);
            assert_int_equal(tls_hello_kind(&h), TLS_HELLO_TLS);
        }
        for (size_t cut = 0; cut + 4 < n; cut++) {
            struct tls_hello h = walk(hello, cut, 1);

            /* With nothing but a cut nothing is claimed. */
            if (cut < n - row[i].n)
                assert_false(h.ems);
        }
    }
}

/* The same message in records of one byte each. */
static void test_records(void **state)
{
    char hello[256], split[2048];
    size_t n = server_hello(hello, "\x00\x17\x00\x00", 4), m = 0;

    (void)state;
    for (size_t i = 5; i < n; i++) {
        memcpy(split + m, "\x16\x03\x03\x00\x01", 5);
        split[m + 5] = hello[i];
        m += 6;
    }
    assert_true(walk(split, m, 1).ems);
    assert_true(walk(split, m, m).ems);
}

static void test_not_hello(void **state)
{
    static const char alert[] = "\x15\x03\x03\x00\x02\x02\x28";
    static const char other[] = "\x16\x03\x03\x00\x04\x0e\x00\x00\x00";
    struct tls_hello h = walk(alert, 7, 1);

    (void)state;
    assert_true(h.done && !h.ems);
    h = walk(other, 9, 1);
    assert_true(h.done && !h.ems);
}

static void test_kind(void **state)
{
    static const struct {
        const char *text;
        enum tls_hello_kind kind;
    } row[] = {
        {"", TLS_HELLO_SHORT},
        {"\x16", TLS_HELLO_TLS},
        {"\x15\x03", TLS_HELLO_TLS},
        {"\x16\x02", TLS_HELLO_OTHER},
        {"\x17\x03", TLS_HELLO_OTHER}, /* data before any hello */
        {"HTTP/1.0 200 OK\r\n", TLS_HELLO_HTTP},
        {"<HTML>", TLS_HELLO_HTTP},
        {"SIP/2.0 200 OK\r\n", TLS_HELLO_SIP},
        {"SSH-2.0-OpenSSH", TLS_HELLO_SSH},
        {"220 mail", TLS_HELLO_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct tls_hello h = walk(row[i].text, strlen(row[i].text), 1);

        assert_int_equal(tls_hello_kind(&h), row[i].kind);
    }
}

static void test_noise(void **state)
{
    char noise[600];
    unsigned seed = 1;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        for (size_t i = 0; i < sizeof(noise); i++) {
            seed = seed * 1103515245u + 12345u;
            noise[i] = (char)(seed >> 16);
        }
        memcpy(noise, "\x16\x03\x03\x02\x00\x02", 6);
        (void)walk(noise, sizeof(noise), 1 + seed % 50);
    }
}

static void test_alert_names(void **state)
{
    (void)state;
    assert_string_equal(tls_alert_name(40), "handshake_failure");
    assert_string_equal(tls_alert_name(116), "certificate_required");
    assert_null(tls_alert_name(255));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ems),       cmocka_unit_test(test_records),
        cmocka_unit_test(test_not_hello), cmocka_unit_test(test_kind),
        cmocka_unit_test(test_noise),     cmocka_unit_test(test_alert_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
