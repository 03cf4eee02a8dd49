/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: NAT64 prefixes found in answers, and addresses made with them. */
#include "tls/nat64.h"

#include "test/unit/tls_kit.h"

static struct tls_addr addr(const char *text)
{
    struct tls_addr a;

    assert_int_equal(tls_addr_parse_ip(&a, slice_cstr(text)), 0);
    return a;
}

static void learn(struct tls_nat64 *n, const char *const *text, unsigned count)
{
    static struct tls_dns_answer answer;

    memset(&answer, 0, sizeof(answer));
    for (unsigned i = 0; i < count; i++)
        answer.rec[i].addr = addr(text[i]);
    answer.n = count;
    tls_nat64_learn(n, &answer);
}

/* RFC 6052 2.4 and 2.2: every length, learnt from what a DNS64 would say for
 * 192.0.0.170, then used for 192.0.2.33 and 8.8.4.4. */
static void test_lengths(void **state)
{
    static const struct {
        const char *told;
        unsigned bits;
        const char *v4, *want;
    } row[] = {
        {"2001:db8:c000:aa::", 32, "192.0.2.33", "2001:db8:c000:221::"},
        {"2001:db8:1c0:0:aa::", 40, "192.0.2.33", "2001:db8:1c0:2:21::"},
        {"2001:db8:122:c000:0:aa00::", 48, "192.0.2.33",
         "2001:db8:122:c000:2:2100::"},
        {"2001:db8:122:3c0:0:aa::", 56, "192.0.2.33",
         "2001:db8:122:3c0:0:221::"},
        {"2001:db8:122:344:c0:0:aa00:0", 64, "192.0.2.33",
         "2001:db8:122:344:c0:2:2100::"},
        {"2001:db8:122:344::c000:aa", 96, "192.0.2.33",
         "2001:db8:122:344::c000:221"},
        {"64:ff9b::c000:aa", 96, "8.8.4.4", "64:ff9b::808:404"},
        {"64:ff9b::c000:ab", 96, "8.8.4.4", "64:ff9b::808:404"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct tls_nat64 n = {.n = 0};
        struct tls_addr v4 = addr(row[i].v4), to, want = addr(row[i].want);

        v4.port = want.port = 5061;
        learn(&n, &row[i].told, 1);
        assert_int_equal(n.n, 1);
        assert_int_equal(n.prefix[0].bits, row[i].bits);
        assert_true(tls_nat64_map(&to, &n.prefix[0], &v4));
        assert_true(tls_addr_eq(&to, &want));
    }
}

/* What a hijacker or a native answer says teaches nothing. */
static void test_nothing_learnt(void **state)
{
    static const char *const row[] = {
        "2001:db8::1", "::", "192.0.0.170", "2001:db8::c000:ac",
        /* in no place of RFC 6052 */
        "2001:db8:0:0:0:c000:aa:0", "2001:c000:aa::1",
        /* in two */
        "2001:db8:c000:aa::c000:aa",
        /* bits 64 to 71 must be zero */
        "2001:db8:122:344:1c0:0:aa00:0"};

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct tls_nat64 n = {.n = 0};

        learn(&n, &row[i], 1);
        assert_int_equal(n.n, 0);
    }
}

/* RFC 7050 3: once where the other well-known address stands but once. */
static void test_the_other(void **state)
{
    static const char *const twice[] = {"2001:db8:c000:aa::c000:ab"};
    struct tls_nat64 n = {.n = 0};

    (void)state;
    learn(&n, twice, 1);
    assert_int_equal(n.n, 1);
    assert_int_equal(n.prefix[0].bits, 32);
}

static void test_several(void **state)
{
    static const char *const told[] = {
        "2001:db8:122:344::c000:ab", "64:ff9b::c000:aa",
        "64:ff9b::c000:ab", /* the same one */
        "2001:db8:1::c000:aa",       "2001:db8:2::c000:aa",
        "2001:db8:3::c000:aa"};
    struct tls_nat64 n = {.n = 0};

    (void)state;
    learn(&n, told, 6);
    assert_int_equal(n.n, TLS_NAT64_PREFIXES_MAX);
    assert_int_equal(n.prefix[0].ip[0], 0x20); /* in the order received */
    assert_int_equal(n.prefix[1].ip[1], 0x64);
    assert_int_equal(n.prefix[2].ip[5], 1);
}

static void test_not_mapped(void **state)
{
    static const char *const wkp[] = {"64:ff9b::c000:aa"};
    static const char *const nsp[] = {"2001:db8:64::c000:aa"};
    static const char *const nowhere[] = {"127.0.0.1", "169.254.1.1",
                                          "224.0.0.1", "0.1.2.3", "::1"};
    static const char *const local[] = {"10.1.2.3",    "172.31.0.1",
                                        "192.168.1.1", "100.64.0.1",
                                        "192.0.2.1",   "198.51.100.7"};
    static const char *const everywhere[] = {"172.32.0.1", "100.128.0.1",
                                             "192.169.1.1", "11.0.0.1"};
    struct tls_nat64 w = {.n = 0}, n = {.n = 0};
    struct tls_addr to, a;

    (void)state;
    learn(&w, wkp, 1);
    learn(&n, nsp, 1);
    for (size_t i = 0; i < 5; i++) {
        a = addr(nowhere[i]);
        assert_false(tls_nat64_mappable(&a));
        assert_false(tls_nat64_map(&to, &n.prefix[0], &a));
    }
    for (size_t i = 0; i < 6; i++) { /* RFC 6052 3.1 */
        a = addr(local[i]);
        assert_true(tls_nat64_mappable(&a));
        assert_true(tls_nat64_map(&to, &n.prefix[0], &a));
        assert_false(tls_nat64_map(&to, &w.prefix[0], &a));
    }
    for (size_t i = 0; i < 4; i++) {
        a = addr(everywhere[i]);
        assert_true(tls_nat64_map(&to, &w.prefix[0], &a));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_nothing_learnt),
        cmocka_unit_test(test_the_other),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_not_mapped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
