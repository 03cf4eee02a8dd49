/* SPDX-License-Identifier: Apache-2.0 */
/* siplock tls: what each platform says of a chain, and what was expected. */
#include "tools/tls_view.h"

#include <unistd.h>

#include "test/unit/tls_kit.h"

static struct kit_pki pki;
static struct tls_probe probe;

/* A look at a server with this certificate. */
static void look_at(struct mint_ask ask, const struct mint_cert *issuer)
{
    static const struct tls_probe_ask asked = {.domain = "sip.example.test"};
    struct mint_cert *c = kit_mint(ask, issuer);
    struct slice pem = mint_pem(c);

    mbedtls_x509_crt_free(&probe.chain);
    memset(&probe, 0, sizeof(probe));
    mbedtls_x509_crt_init(&probe.chain);
    probe.ask = &asked;
    probe.host.env = kit_env;
    probe.up = true;
    cause_set(&probe.cause, CAUSE_none);
    assert_int_equal(mbedtls_x509_crt_parse(&probe.chain,
                                            (const unsigned char *)pem.p,
                                            pem.n + 1),
                     0);
    probe.shown = 1;
    mint_free(c);
}

static struct mint_ask named(void)
{
    static const struct mint_san san = {TLS_NAME_KIND_DNS,
                                        S_INIT("sip.example.test")};

    return (struct mint_ask){.cn = S("x"), .san = &san, .nsan = 1};
}

/* What a platform says; why: a word of a reason, or NULL for none. */
static void expect(const char *platform, bool ok, const char *why)
{
    json_t *o = tls_view_platforms(&probe);
    const json_t *p = json_object_get(o, platform);
    char *text = json_dumps(json_object_get(p, "why"), 0);

    if (json_is_true(json_object_get(p, "ok")) != ok ||
        (why ? !strstr(text, why) : strcmp(text, "[]") != 0))
        fail_msg("%s: %s", platform, text);
    free(text);
    json_decref(o);
}

static void test_platforms(void **state)
{
    int64_t now = (int64_t)time(NULL);
    struct mint_ask ask = named();

    (void)state;
    look_at(ask, pki.root);
    expect("ios", true, NULL);
    expect("android", true, NULL);
    expect("siplock", true, NULL);
    ask.usage = MINT_ANY;
    look_at(ask, pki.root);
    expect("ios", false, "serverAuth");
    expect("android", true, NULL);
    ask.usage = MINT_SIP;
    look_at(ask, pki.root);
    expect("android", false, "serverAuth");
    ask = named();
    ask.from = now - KIT_DAY;
    ask.to = now + 500 * KIT_DAY;
    look_at(ask, pki.root);
    expect("ios", true, "398 days");
    ask.to = now + 900 * KIT_DAY;
    look_at(ask, pki.root);
    expect("ios", false, "825 days");
    expect("android", true, "398 days");
    ask = named();
    ask.nsan = 0;
    look_at(ask, pki.root);
    expect("ios", false, "subjectAltName");
    expect("android", false, "subjectAltName");
    ask = named();
    ask.key = MINT_RSA1024;
    look_at(ask, pki.root);
    expect("ios", false, "2048");
    expect("android", false, "2048");
    ask = named();
    ask.md = MINT_SHA1;
    look_at(ask, pki.root);
    expect("ios", false, "SHA-1");
    look_at(named(), pki.root);
    cause_set(&probe.cause, CAUSE_cert_missing_intermediate);
    probe.up = false;
    expect("siplock", false, "intermediate");
    expect("ios", false, "intermediate");
    expect("android", false, "intermediate");
}

/* RFC 5922 knows sip: URIs; the platforms' TLS does not. */
static void test_uri_only(void **state)
{
    const struct mint_san san = {TLS_NAME_KIND_URI, S("sip:example.test")};

    (void)state;
    look_at((struct mint_ask){.cn = S("x"), .san = &san, .nsan = 1}, pki.root);
    expect("siplock", true, NULL);
    expect("ios", false, "sip: URIs");
    expect("android", false, "sip: URIs");
}

static void test_life(void **state)
{
    int64_t now = (int64_t)time(NULL);
    struct mint_ask ask = named();
    json_t *o;

    (void)state;
    ask.from = now - 75 * KIT_DAY;
    ask.to = now + 25 * KIT_DAY + 3600;
    look_at(ask, pki.root);
    o = tls_view_life(&probe);
    assert_int_equal(json_integer_value(json_object_get(o, "days")), 100);
    assert_int_equal(json_integer_value(json_object_get(o, "days_left")), 25);
    assert_true(json_real_value(json_object_get(o, "share_left")) > 0.24);
    assert_true(json_real_value(json_object_get(o, "share_left")) < 0.26);
    json_decref(o);
}

static void test_chain(void **state)
{
    const struct mint_san san[] = {{TLS_NAME_KIND_DNS, S("a.test")},
                                   {TLS_NAME_KIND_URI, S("sip:a.test")},
                                   {TLS_NAME_KIND_IP, S("2001:db8::1")},
                                   {TLS_NAME_KIND_DNS, S("nul\0.test")}};
    char *text;
    json_t *o;

    (void)state;
    look_at(
        (struct mint_ask){.cn = S("x"), .san = san, .nsan = 4, .aia = true},
        pki.root);
    o = tls_view_chain(&probe);
    text = json_dumps(o, JSON_COMPACT);
    assert_non_null(strstr(text, "\"DNS:nul?.test\",\"IP:2001:db8::1\","
                                 "\"URI:sip:a.test\",\"DNS:a.test\""));
    assert_non_null(strstr(text, "\"aia\":\"http://ca.test/i\""));
    assert_non_null(strstr(text, "\"pin\":\"sha256/"));
    assert_non_null(strstr(text, "\"self_signed\":false"));
    free(text);
    json_decref(o);
}

static void put_cert(const char *path, const struct mint_cert *c)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(mint_pem(c).p, 1, mint_pem(c).n, f),
                     mint_pem(c).n);
    fclose(f);
}

static void test_expected(void **state)
{
    char path[] = "/tmp/siplock-expect-XXXXXX";
    struct mint_cert *other = kit_mint(named(), pki.root);
    struct mint_cert *box = kit_mint(named(), pki.other);

    (void)state;
    assert_true(close(mkstemp(path)) == 0);
    look_at(named(), pki.root);
    assert_int_equal(tls_view_expect(&probe, "/nonexistent"), -1);
    assert_int_equal(probe.cause.code, CAUSE_config_invalid);
    look_at(named(), pki.root);
    put_cert(path, other);
    assert_int_equal(tls_view_expect(&probe, path), 0);
    assert_int_equal(probe.cause.code, CAUSE_cert_not_reloaded);
    assert_false(probe.up);
    look_at(named(), pki.root);
    put_cert(path, box);
    assert_int_equal(tls_view_expect(&probe, path), 0);
    assert_int_equal(probe.cause.code, CAUSE_cert_intercepted);
    assert_non_null(strstr(probe.cause.text, "CN=Root"));
    unlink(path);
    mint_free(other);
    mint_free(box);
}

static int set_up(void **state)
{
    (void)state;
    kit_pki_new(&pki);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mbedtls_x509_crt_free(&probe.chain);
    kit_pki_free(&pki);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_platforms), cmocka_unit_test(test_uri_only),
        cmocka_unit_test(test_life),      cmocka_unit_test(test_chain),
        cmocka_unit_test(test_expected),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
