/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: every bad certificate, beside one that is good. */
#include "test/unit/tls_attempt.h"

static void test_good(void **state)
{
    (void)state;
    with_versions(good(), CAUSE_none);
}

/* ------------------------------------------------------- certificates */

static void test_dates(void **state)
{
    int64_t now = (int64_t)time(NULL);
    struct attempt a = good();

    (void)state;
    a.ask.from = now - 10 * KIT_DAY;
    a.ask.to = now - KIT_DAY;
    with_versions(a, CAUSE_cert_expired);
    a.ask.from = now + KIT_DAY;
    a.ask.to = now + 10 * KIT_DAY;
    with_versions(a, CAUSE_cert_not_yet_valid);
}

static void test_expired_intermediate(void **state)
{
    int64_t now = (int64_t)time(NULL);
    struct mint_cert *old = kit_mint(
        (struct mint_ask){
            .cn = S("Old"), .ca = true, .from = now - 9999, .to = now - 99},
        pki.root);
    struct attempt a = good();
    struct result r;

    (void)state;
    a.issuer = a.extra = old;
    r = run(&a);
    assert_int_equal(r.cause.code, CAUSE_cert_ca_expired);
    assert_non_null(strstr(r.cause.text, "intermediate certificate"));
    assert_non_null(strstr(r.cause.text, "CN=Old"));
    assert_int_equal(r.plain_seen, 0);
    mint_free(old);
    a.issuer = a.extra = pki.inter;
    expect_up(&a);
}

static void test_names(void **state)
{
    struct attempt a = good();
    struct result r;

    (void)state;
    a.san[0].value = S("other.example.test");
    with_versions(a, CAUSE_cert_name_mismatch);
    r = run(&a);
    assert_non_null(strstr(r.cause.text, "wanted sip.example.test"));
    assert_non_null(strstr(r.cause.text, "DNS:other.example.test"));

    a.san[0].value = S("*.example.test");
    with_versions(a, CAUSE_cert_wildcard);
    a.terms.names = TLS_NAME_RFC6125;
    with_versions(a, CAUSE_none);

    a = good();
    a.ask.nsan = 0;
    with_versions(a, CAUSE_cert_cn_only);
    a.terms.names = TLS_NAME_CN;
    with_versions(a, CAUSE_none);
}

/* RFC 5922 7.1: where stock host name checks are wrong, both ways. */
static void test_sip_uri(void **state)
{
    struct attempt a = good();

    (void)state;
    a.san[0] = (struct mint_san){TLS_NAME_KIND_URI, S("sip:sip.example.test")};
    with_versions(a, CAUSE_none);
    a.san[0].value = S("sip:else.example.test");
    a.san[1] = (struct mint_san){TLS_NAME_KIND_DNS, S("sip.example.test")};
    a.ask.nsan = 2;
    with_versions(a, CAUSE_cert_name_mismatch);
    a.san[0].value = S("sips:sip.example.test"); /* no SIP identity */
    with_versions(a, CAUSE_none);
}

static void test_ip_name(void **state)
{
    struct attempt a = good();

    (void)state;
    a.terms.name = S("192.0.2.1");
    expect_refused(&a, CAUSE_cert_name_mismatch);
    a.san[0] = (struct mint_san){TLS_NAME_KIND_DNS, S("192.0.2.1")};
    expect_refused(&a, CAUSE_cert_name_mismatch);
    a.san[0].kind = TLS_NAME_KIND_IP;
    with_versions(a, CAUSE_none);
}

static void test_nul_in_san(void **state)
{
    struct attempt a = good();

    (void)state;
    a.san[0].value = S("sip.example.test\0.evil.test");
    a.ask.cn = S("sip.example.test");
    a.terms.names = TLS_NAME_CN;
    with_versions(a, CAUSE_cert_name_mismatch);
}

static void test_trust(void **state)
{
    struct attempt a = good();

    (void)state;
    a.issuer = NULL;
    with_versions(a, CAUSE_cert_self_signed);
    a.issuer = pki.other;
    with_versions(a, CAUSE_cert_unknown_ca);
    a.extra = pki.other; /* sending the root does not make it trusted */
    with_versions(a, CAUSE_cert_unknown_ca);
    a = good();
    a.issuer = pki.inter;
    with_versions(a, CAUSE_cert_missing_intermediate);
    a.extra = pki.inter;
    with_versions(a, CAUSE_none);
    a = good();
    a.issuer = pki.other;
    a.ask.aia = true; /* as public CAs issue: through intermediates */
    with_versions(a, CAUSE_cert_missing_intermediate);
}

/* Nothing but its name speaks for the intermediate. */
static void test_named_intermediate(void **state)
{
    struct mint_cert *middle = kit_mint(
        (struct mint_ask){.cn = S("Some intermediate CA"), .ca = true},
        pki.root);
    struct mint_cert *plain =
        kit_mint((struct mint_ask){.cn = S("Some CA"), .ca = true}, pki.root);
    struct attempt a = good();

    (void)state;
    a.issuer = middle;
    expect_refused(&a, CAUSE_cert_missing_intermediate);
    a.extra = middle;
    expect_up(&a);
    a.issuer = plain;
    a.extra = NULL;
    expect_refused(&a, CAUSE_cert_unknown_ca); /* it cannot be known */
    a.extra = plain;
    expect_up(&a);
    mint_free(middle);
    mint_free(plain);
}

/* An impostor with the name of the trusted root but another key. */
static void test_impostor(void **state)
{
    struct mint_cert *fake = kit_mint(
        (struct mint_ask){.cn = S("Root"), .org = S("Kit"), .ca = true}, NULL);
    struct attempt a = good();
    struct result r;

    (void)state;
    a.issuer = fake;
    r = run(&a);
    assert_int_equal(r.cause.code, CAUSE_cert_unknown_ca);
    assert_non_null(strstr(r.cause.text, "not signed by that CA's key"));
    assert_int_equal(r.plain_seen, 0);
    mint_free(fake);
}

/* CA:FALSE may not issue (RFC 5280 6.1.4 k). */
static void test_leaf_issues(void **state)
{
    struct mint_cert *middle =
        kit_mint((struct mint_ask){.cn = S("No CA")}, pki.root);
    struct attempt a = good();

    (void)state;
    a.issuer = a.extra = middle;
    with_versions(a, CAUSE_cert_unknown_ca);
    mint_free(middle);
}

/* A self-signed certificate that the account names as its CA. */
static void test_own_anchor(void **state)
{
    struct mint_san san = {TLS_NAME_KIND_DNS, S("sip.example.test")};
    struct mint_cert *self = kit_mint(
        (struct mint_ask){.cn = S("Box"), .san = &san, .nsan = 1}, NULL);
    struct tls_cred *own = kit_own(self, NULL), *anchors = NULL;
    struct kit_policy policy;
    struct tls_engine *e;

    (void)state;
    assert_int_equal(tls_cred_new(&anchors, &kit_env), 0);
    assert_int_equal(tls_cred_add_pem(anchors, mint_pem(self), NULL), 0);
    kit_policy_new(&policy, kit_terms(anchors));
    assert_int_equal(
        tls_engine_new_client(&e, &kit_env, policy.p, policy.ticket), 0);
    struct kit_raw *raw = kit_raw_new(own, (struct kit_raw_how){0});

    kit_pump_raw(e, raw, 1 << 16);
    assert_int_equal(tls_engine_state(e), TLS_UP);
    tls_engine_free(e);
    kit_raw_free(raw);
    kit_policy_free(&policy);
    tls_cred_free(anchors);
    tls_cred_free(own);
    mint_free(self);
}

static void test_weak(void **state)
{
    struct attempt a = good();

    (void)state;
    a.ask.key = MINT_RSA1024;
    /* In TLS 1.3 not every server signs with such a key. */
    a.how.max_version = MBEDTLS_SSL_VERSION_TLS1_2;
    expect_refused(&a, CAUSE_cert_weak);
    a.ask.key = MINT_RSA2048;
    with_versions(a, CAUSE_none);
    a = good();
    a.ask.md = MINT_SHA1;
    with_versions(a, CAUSE_cert_weak);
    a.ask.md = MINT_SHA384;
    a.ask.key = MINT_P384;
    with_versions(a, CAUSE_none);
}

static void test_usage(void **state)
{
    struct attempt a = good();

    (void)state;
    a.hide_usage = true;
    a.ask.usage = MINT_CLIENT;
    with_versions(a, CAUSE_cert_usage);
    a.ask.usage = MINT_ANY;
    with_versions(a, CAUSE_none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_expired_intermediate),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_sip_uri),
        cmocka_unit_test(test_ip_name),
        cmocka_unit_test(test_nul_in_san),
        cmocka_unit_test(test_trust),
        cmocka_unit_test(test_named_intermediate),
        cmocka_unit_test(test_impostor),
        cmocka_unit_test(test_leaf_issues),
        cmocka_unit_test(test_own_anchor),
        cmocka_unit_test(test_weak),
        cmocka_unit_test(test_usage),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
