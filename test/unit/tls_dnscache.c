/* SPDX-License-Identifier: Apache-2.0 */
/* The DNS cache: how long answers hold, and what there is when none comes. */
#include "tls/dnscache.h"

#include "test/oom.h"
#include "test/unit/tls_dnskit.h"

enum { NOW = 5000 };

static const struct tls_dnscache_key key = {1, {"a.test", 6}, TLS_DNS_A};

static struct slice packet_of(struct dnskit *d, const char *name, unsigned n,
                              uint32_t ttl)
{
    dns_begin(d, 0, name, TLS_DNS_A);
    for (unsigned i = 0; i < n; i++)
        dns_a(d, NULL, ttl, 0xc0000200 + i);
    return dns_end(d);
}

static bool holds(struct tls_dnscache *c, int64_t now, bool old)
{
    struct slice packet;

    return tls_dnscache_get(c, now, &key, old, &packet);
}

static void test_as_long_as_it_says(void **state)
{
    struct tls_dnscache *c;
    struct slice packet;
    struct dnskit d;

    (void)state;
    assert_int_equal(tls_dnscache_new(&c, &kit_env), 0);
    assert_false(holds(c, NOW, true));
    assert_true(
        tls_dnscache_put(c, NOW, &key, packet_of(&d, "a.test", 1, 60)));
    assert_true(tls_dnscache_get(c, NOW + 59999, &key, false, &packet));
    assert_true(slice_eq(packet, out_slice(&d.o)));
    assert_false(holds(c, NOW + 60000, false));
    /* RFC 8767: for three days more, if nobody answers. */
    assert_true(holds(c, NOW + 60000 + 259199999, true));
    assert_false(holds(c, NOW + 60000 + 259200000, true));
    /* Another answer in its place. */
    assert_true(
        tls_dnscache_put(c, NOW + 1, &key, packet_of(&d, "a.test", 2, 5)));
    assert_true(holds(c, NOW + 5000, false));
    assert_false(holds(c, NOW + 5001, false));
    tls_dnscache_free(c);
}

static void test_whose_it_is(void **state)
{
    static const struct tls_dnscache_key other[] = {
        {2, {"a.test", 6}, TLS_DNS_A},
        {1, {"b.test", 6}, TLS_DNS_A},
        {1, {"a.test", 6}, TLS_DNS_AAAA}};
    static const struct tls_dnscache_key same = {1, {"A.TEST", 6}, TLS_DNS_A};
    struct tls_dnscache *c;
    struct slice packet;
    struct dnskit d;

    (void)state;
    assert_int_equal(tls_dnscache_new(&c, &kit_env), 0);
    assert_true(
        tls_dnscache_put(c, NOW, &key, packet_of(&d, "a.test", 1, 60)));
    assert_true(tls_dnscache_get(c, NOW, &same, false, &packet));
    for (size_t i = 0; i < 3; i++)
        assert_false(tls_dnscache_get(c, NOW, &other[i], true, &packet));
    tls_dnscache_age(c, NOW); /* another network */
    assert_false(holds(c, NOW, false));
    assert_true(holds(c, NOW, true));
    tls_dnscache_free(c);
}

/* What says nothing about its time, or nothing at all. */
static void test_not_kept(void **state)
{
    struct tls_dnscache *c;
    struct dnskit d;
    struct slice packet;

    (void)state;
    assert_int_equal(tls_dnscache_new(&c, &kit_env), 0);
    assert_true(tls_dnscache_put(c, NOW, &key, packet_of(&d, "a.test", 1, 0)));
    assert_false(holds(c, NOW, true));
    dns_begin(&d, 3, "a.test", TLS_DNS_A); /* NXDOMAIN without SOA */
    assert_true(tls_dnscache_put(c, NOW, &key, dns_end(&d)));
    assert_false(holds(c, NOW, true));
    dns_begin(&d, 2, "a.test", TLS_DNS_A); /* SERVFAIL */
    assert_false(tls_dnscache_put(c, NOW, &key, dns_end(&d)));
    packet = packet_of(&d, "a.test", 1, 60);
    packet.n--;
    assert_false(tls_dnscache_put(c, NOW, &key, packet));
    assert_false(
        tls_dnscache_put(c, NOW, &key, packet_of(&d, "b.test", 1, 60)));
    assert_true(
        tls_dnscache_put(c, NOW, &key, packet_of(&d, "a.test", 200, 60)));
    assert_false(holds(c, NOW, true)); /* too large */
    assert_true(tls_dnscache_put(c, NOW, &key, packet_of(&d, "a.test", 1, 1)));
    assert_true(holds(c, NOW, false));
    tls_dnscache_free(c);
}

/* RFC 2308 5: the lesser of the SOA's TTL and its MINIMUM. */
static void test_negative(void **state)
{
    static const struct {
        unsigned rcode;
        uint32_t ttl, minimum, want;
    } rows[] = {{3, 100, 50, 50}, {0, 30, 50, 30}, {0, 9999, 9999, 300}};
    struct tls_dnscache *c;
    struct dnskit d;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(tls_dnscache_new(&c, &kit_env), 0);
        dns_begin(&d, rows[i].rcode, "a.test", TLS_DNS_A);
        dns_soa(&d, rows[i].ttl, rows[i].minimum);
        assert_true(tls_dnscache_put(c, NOW, &key, dns_end(&d)));
        assert_true(holds(c, NOW + rows[i].want * 1000 - 1, false));
        assert_false(holds(c, NOW + rows[i].want * 1000, false));
        tls_dnscache_free(c);
    }
}

static void test_the_oldest_makes_room(void **state)
{
    struct tls_dnscache *c;
    struct dnskit d;
    char name[16];

    (void)state;
    assert_int_equal(tls_dnscache_new(&c, &kit_env), 0);
    for (int i = 0; i <= TLS_DNSCACHE_ENTRIES; i++) {
        struct tls_dnscache_key k = {1, {name, 0}, TLS_DNS_A};

        snprintf(name, sizeof(name), "n%d.test", i);
        k.name.n = strlen(name);
        assert_true(
            tls_dnscache_put(c, NOW + i, &k, packet_of(&d, name, 1, 3600)));
    }
    for (int i = 0; i <= TLS_DNSCACHE_ENTRIES; i++) {
        struct tls_dnscache_key k = {1, {name, 0}, TLS_DNS_A};
        struct slice packet;

        snprintf(name, sizeof(name), "n%d.test", i);
        k.name.n = strlen(name);
        assert_int_equal(tls_dnscache_get(c, NOW + 100, &k, false, &packet),
                         i > 0);
    }
    tls_dnscache_free(c);
}

static int use(const struct env *env, void *arg)
{
    struct tls_dnscache *c;
    struct dnskit d;
    int err = tls_dnscache_new(&c, env);

    (void)arg;
    if (err)
        return err;
    assert_true(
        tls_dnscache_put(c, NOW, &key, packet_of(&d, "a.test", 1, 60)));
    (void)holds(c, NOW, false);
    tls_dnscache_free(c);
    return 0;
}

static void test_oom(void **state)
{
    (void)state;
    assert_true(oom_loop(&kit_env, use, NULL) >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_long_as_it_says),
        cmocka_unit_test(test_whose_it_is),
        cmocka_unit_test(test_not_kept),
        cmocka_unit_test(test_negative),
        cmocka_unit_test(test_the_oldest_makes_room),
        cmocka_unit_test(test_oom),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
