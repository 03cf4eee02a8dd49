/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: pins, revocation lists, usage, the app's verifier, own keys. */
#include <psa/crypto.h>

#include "test/unit/tls_attempt.h"

static struct tls_cred *trusting(const struct mint_cert *anchor)
{
    struct tls_cred *c = NULL;

    assert_int_equal(tls_cred_new(&c, &kit_env), 0);
    if (anchor)
        assert_int_equal(tls_cred_add_pem(c, mint_pem(anchor), NULL), 0);
    return c;
}

/* "sha256/…" of a minted certificate. */
static struct slice pin_of(const struct mint_cert *cert)
{
    static char text[TLS_PIN_TEXT_MAX];
    uint8_t pin[TLS_PIN_SIZE];
    mbedtls_x509_crt crt;
    struct slice pem = mint_pem(cert);

    mbedtls_x509_crt_init(&crt);
    assert_int_equal(
        mbedtls_x509_crt_parse(&crt, (const unsigned char *)pem.p, pem.n + 1),
        0);
    assert_int_equal(
        tls_pin_of(&kit_env, pin, slice_of(crt.pk_raw.p, crt.pk_raw.len)), 0);
    mbedtls_x509_crt_free(&crt);
    tls_pin_text(text, pin);
    return slice_cstr(text);
}

static void add_pin(struct tls_cred *c, const struct mint_cert *cert)
{
    assert_int_equal(tls_cred_add_pin(c, pin_of(cert), NULL), 0);
}

static struct mint_cert *mint_named(const struct mint_cert *issuer)
{
    static const struct mint_san san = {TLS_NAME_KIND_DNS,
                                        S_INIT("sip.example.test")};

    return kit_mint(
        (struct mint_ask){.cn = S("sip.example.test"), .san = &san, .nsan = 1},
        issuer);
}

/* ---------------------------------------------------------------- pins */

static void test_pins(void **state)
{
    struct mint_cert *leaf = mint_named(pki.root);
    struct tls_cred *c = trusting(pki.root);
    struct attempt a = good();
    struct result r;

    (void)state;
    a.leaf = leaf;
    a.terms.anchors = c;
    expect_up(&a); /* the control: no pins */
    add_pin(c, pki.other);
    with_versions(a, CAUSE_cert_pin_mismatch);
    r = run(&a);
    assert_non_null(strstr(r.cause.text, pin_of(leaf).p));
    add_pin(c, leaf);
    with_versions(a, CAUSE_none);
    r = run(&a);
    assert_int_equal(r.facts.pin, 1); /* the backup */
    assert_false(r.facts.pins_expired);
    tls_cred_free(c);
    mint_free(leaf);
}

/* Any key of the verified path will do: the root's, an intermediate's. */
static void test_pinned_issuer(void **state)
{
    const struct mint_cert *issuer[] = {pki.root, pki.inter};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct tls_cred *c = trusting(pki.root);
        struct attempt a = good();

        add_pin(c, issuer[i]);
        a.terms.anchors = c;
        a.issuer = a.extra = pki.inter;
        expect_up(&a);
        a.issuer = pki.other; /* a pin does not replace the chain */
        a.extra = NULL;
        expect_refused(&a, CAUSE_cert_unknown_ca);
        tls_cred_free(c);
    }
}

static void test_pins_end(void **state)
{
    struct tls_cred *c = trusting(pki.root);
    struct attempt a = good();
    struct result r;

    (void)state;
    a.terms.anchors = c;
    add_pin(c, pki.other);
    assert_int_equal(tls_cred_pins_end(c, S("2099-12-31"), NULL), 0);
    expect_refused(&a, CAUSE_cert_pin_mismatch);
    /* From their end on only the chain counts, and that is told. */
    assert_int_equal(tls_cred_pins_end(c, S("2020-01-31"), NULL), 0);
    expect_up(&a);
    r = run(&a);
    assert_true(r.facts.pins_expired);
    tls_cred_free(c);
}

/* "trust: pin": a self-signed server, and its name and dates still count. */
static void test_pin_only(void **state)
{
    int64_t now = (int64_t)time(NULL);
    struct mint_cert *self = mint_named(NULL);
    struct mint_cert *old = kit_mint(
        (struct mint_ask){.cn = S("x"), .from = now - 999, .to = now - 99},
        NULL);
    struct tls_cred *c = trusting(NULL);
    struct attempt a = good();

    (void)state;
    assert_int_equal(tls_cred_trust_pins(c, NULL), E_CERT); /* no pin yet */
    add_pin(c, self);
    assert_false(tls_cred_usable(c));
    assert_int_equal(tls_cred_trust_pins(c, NULL), 0);
    a.leaf = self;
    a.terms.anchors = c;
    with_versions(a, CAUSE_none);
    a.terms.name = S("other.example.test");
    with_versions(a, CAUSE_cert_name_mismatch);
    a.terms.name = S("sip.example.test");
    a.leaf = NULL;
    a.issuer = NULL; /* another self-signed one of the same name */
    with_versions(a, CAUSE_cert_pin_mismatch);
    add_pin(c, old);
    a.leaf = old;
    expect_refused(&a, CAUSE_cert_expired);
    a.leaf = self;
    expect_up(&a);
    assert_int_equal(tls_cred_pins_end(c, S("2020-01-31"), NULL), 0);
    with_versions(a, CAUSE_cert_pin_expired);
    tls_cred_free(c);
    mint_free(self);
    mint_free(old);
}

static void test_bad_pins(void **state)
{
    static const char *const bad[] = {
        "",
        "sha256/",
        "sha256/AAAA",
        "sha1/AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "sha256/!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="};
    static const char *const dates[] = {"", "2027-1-31", "2027-13-01",
                                        "20270131xx", "soon-enough"};
    const struct slice fine =
        S("sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    struct tls_cred *c = trusting(NULL);
    struct cause why;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(tls_cred_add_pin(c, slice_cstr(bad[i]), &why),
                         E_CERT);
        assert_int_equal(why.code, CAUSE_config_trust);
    }
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++)
        assert_int_equal(tls_cred_pins_end(c, slice_cstr(dates[i]), &why),
                         E_CERT);
    /* A digest whose text begins with a slash. */
    assert_int_equal(
        tls_cred_add_pin(
            c, S("sha256//w8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), NULL),
        0);
    for (size_t i = 1; i < TLS_PINS_MAX; i++)
        assert_int_equal(tls_cred_add_pin(c, fine, NULL), 0);
    assert_int_equal(tls_cred_add_pin(c, fine, NULL), E_FULL);
    tls_cred_free(c);
}

/* --------------------------------------------------------------- lists */

static void add_list(struct tls_cred *c, struct mint_list ask)
{
    static char text[8192];
    struct out o = out_of(text, sizeof(text));
    int64_t now = (int64_t)time(NULL);

    if (!ask.from)
        ask.from = now - KIT_DAY;
    if (!ask.to)
        ask.to = now + KIT_DAY;
    assert_int_equal(mint_put_list(&o, &ask), 0);
    assert_int_equal(tls_cred_add_crl(c, out_slice(&o), NULL), 0);
}

static void test_revoked(void **state)
{
    struct mint_cert *leaf = mint_named(pki.root);
    struct tls_cred *c = trusting(pki.root), *calm = trusting(pki.root);
    struct attempt a = good();
    struct result r;

    (void)state;
    add_list(c, (struct mint_list){.issuer = pki.root, .revoked = leaf});
    add_list(calm, (struct mint_list){.issuer = pki.root});
    a.leaf = leaf;
    a.terms.anchors = c;
    with_versions(a, CAUSE_cert_revoked);
    r = run(&a);
    assert_non_null(strstr(r.cause.text, "CN=Root"));
    a.terms.anchors = calm;
    with_versions(a, CAUSE_none);
    tls_cred_free(c);
    tls_cred_free(calm);
    mint_free(leaf);
}

static void test_revoked_issuer(void **state)
{
    struct tls_cred *c = trusting(pki.root), *calm = trusting(pki.root);
    struct attempt a = good();

    (void)state;
    add_list(c, (struct mint_list){.issuer = pki.root, .revoked = pki.inter});
    add_list(c, (struct mint_list){.issuer = pki.inter});
    add_list(calm, (struct mint_list){.issuer = pki.root});
    add_list(calm, (struct mint_list){.issuer = pki.inter});
    a.issuer = a.extra = pki.inter;
    a.terms.anchors = c;
    with_versions(a, CAUSE_cert_revoked);
    a.terms.anchors = calm;
    with_versions(a, CAUSE_none);
    tls_cred_free(c);
    tls_cred_free(calm);
}

/* Configured, but of no use: refused, and each with its own code. */
static void test_bad_lists(void **state)
{
    int64_t now = (int64_t)time(NULL);
    struct mint_cert *fake = kit_mint(
        (struct mint_ask){.cn = S("Root"), .org = S("Kit"), .ca = true}, NULL);
    const struct {
        struct mint_list ask;
        enum cause_code code;
    } row[] = {
        {{.issuer = pki.root}, CAUSE_none},
        {{.issuer = pki.root, .from = now - 99, .to = now - 9},
         CAUSE_cert_crl_expired},
        {{.issuer = pki.root, .from = now + 99, .to = now + 999},
         CAUSE_cert_crl_invalid},
        {{.issuer = pki.root, .signer = fake}, CAUSE_cert_crl_invalid},
        {{.issuer = pki.other}, CAUSE_cert_crl_missing},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct tls_cred *c = trusting(pki.root);
        struct attempt a = good();

        add_list(c, row[i].ask);
        a.terms.anchors = c;
        with_versions(a, (int)row[i].code);
        assert_int_equal(tls_cred_crl_expired(c),
                         row[i].code == CAUSE_cert_crl_expired);
        tls_cred_free(c);
    }
    mint_free(fake);
}

static void test_no_list(void **state)
{
    struct tls_cred *c = trusting(pki.root);
    struct cause why;

    (void)state;
    assert_int_equal(tls_cred_add_crl(c, S("no list"), &why), E_CERT);
    assert_int_equal(why.code, CAUSE_config_trust);
    assert_int_equal(tls_cred_add_crl(c, mint_pem(pki.root), &why), E_CERT);
    assert_int_equal(tls_cred_add_crl_file(c, S("/nowhere/root.crl"), &why),
                     E_CERT);
    assert_non_null(strstr(why.text, "no such file"));
    tls_cred_free(c);
}

/* --------------------------------------------------------------- usage */

static void test_sip_usage(void **state)
{
    struct attempt a = good();
    struct result r;

    (void)state;
    a.hide_usage = true; /* from the server's own check */
    a.ask.usage = MINT_SIP;
    with_versions(a, CAUSE_none);
    r = run(&a);
    assert_true(r.facts.sip_usage);
    a.ask.usage = MINT_CLIENT;
    with_versions(a, CAUSE_cert_usage);
    a.ask.usage = MINT_SERVER;
    r = run(&a);
    assert_false(r.facts.sip_usage);
}

/* ------------------------------------------------------------ verifier */

struct judge {
    int verdict;
    unsigned asked;
    size_t n;
    char name[64];
};

static int judge(void *user, const struct tls_chain *chain)
{
    struct judge *j = user;

    j->asked++;
    j->n = chain->n;
    assert_true(chain->der[0].n > 100);
    (void)snprintf(j->name, sizeof(j->name), "%.*s", (int)chain->name.n,
                   chain->name.p);
    return j->verdict;
}

static void test_verifier(void **state)
{
    struct judge j = {0};
    const struct tls_verifier v = {judge, &j};
    struct tls_cred *c = trusting(NULL);
    struct attempt a = good();

    (void)state;
    assert_int_equal(tls_cred_verifier(c, &v), 0);
    a.terms.anchors = c;
    a.issuer = a.extra = pki.inter;
    with_versions(a, CAUSE_none);
    assert_int_equal(j.n, 2);
    assert_string_equal(j.name, "sip.example.test");
    j.asked = 0;
    j.verdict = -1;
    with_versions(a, CAUSE_cert_verifier);
    assert_int_equal(j.asked, 2);
    /* What it takes is not let off our own name check, or the dates. */
    j.verdict = 0;
    a.terms.name = S("other.example.test");
    with_versions(a, CAUSE_cert_name_mismatch);
    a.terms.name = S("sip.example.test");
    a.ask.from = (int64_t)time(NULL) - 9 * KIT_DAY;
    a.ask.to = (int64_t)time(NULL) - KIT_DAY;
    with_versions(a, CAUSE_cert_expired);
    a.ask.from = a.ask.to = 0;
    a.ask.key = MINT_RSA1024;
    a.how.max_version = MBEDTLS_SSL_VERSION_TLS1_2;
    expect_refused(&a, CAUSE_cert_weak);
    tls_cred_free(c);
}

/* ------------------------------------------------------------ own keys */

static void test_client_certificate(void **state)
{
    struct mint_cert *mine = kit_mint(
        (struct mint_ask){.cn = S("alice"), .usage = MINT_CLIENT}, pki.other);
    struct tls_cred *with = trusting(pki.root), *ca = trusting(pki.other);
    struct attempt a = good();

    (void)state;
    a.how.client_ca = ca;
    /* TLS 1.3 servers look at it when we are up already, and mbedTLS's says
     * unexpected_message in 1.2: openssl's alerts are in test/e2e/trust.c. */
    a.how.max_version = MBEDTLS_SSL_VERSION_TLS1_2;
    expect_refused(&a, CAUSE_tls_alert);
    assert_int_equal(
        tls_cred_own_pem(with, mint_pem(mine), mint_key_pem(mine), NULL), 0);
    a.terms.anchors = with;
    with_versions(a, CAUSE_none);
    tls_cred_free(with);
    tls_cred_free(ca);
    mint_free(mine);
}

/* A key pair that PSA keeps; exportable, since Debian's build asks for it. */
static psa_key_id_t import(const struct mint_cert *cert, bool exportable)
{
    psa_key_attributes_t attr = PSA_KEY_ATTRIBUTES_INIT;
    struct slice pem = mint_key_pem(cert);
    psa_key_id_t id = 0;
    mbedtls_pk_context pk;

    mbedtls_pk_init(&pk);
    assert_int_equal(mbedtls_pk_parse_key(
                         &pk, (const unsigned char *)pem.p, pem.n + 1, NULL, 0,
                         mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE),
                     0);
    assert_int_equal(
        mbedtls_pk_get_psa_attributes(&pk, PSA_KEY_USAGE_SIGN_HASH, &attr), 0);
    psa_set_key_usage_flags(&attr,
                            PSA_KEY_USAGE_SIGN_HASH |
                                (exportable ? PSA_KEY_USAGE_EXPORT : 0));
    assert_int_equal(mbedtls_pk_import_into_psa(&pk, &attr, &id), 0);
    mbedtls_pk_free(&pk);
    return id;
}

static void test_psa_key(void **state)
{
    struct mint_cert *mine = kit_mint(
        (struct mint_ask){.cn = S("alice"), .usage = MINT_CLIENT}, pki.other);
    psa_key_id_t id = import(mine, true), kept = import(mine, false);
    struct tls_cred *with = trusting(pki.root), *ca = trusting(pki.other);
    struct attempt a = good();
    struct cause why;
    int err;

    (void)state;
    a.how.client_ca = ca;
    a.terms.anchors = with;
    assert_int_equal(tls_cred_own_psa(with, mint_pem(mine), 0x7fff, &why),
                     E_CERT);
    assert_non_null(strstr(why.text, "no such key pair"));
    err = tls_cred_own_psa(with, mint_pem(pki.root), id, &why);
    assert_int_equal(err, E_CERT);
    assert_non_null(strstr(why.text, "not the certificate's"));
#ifndef MBEDTLS_USE_PSA_CRYPTO
    assert_int_equal(tls_cred_own_psa(with, mint_pem(mine), kept, &why),
                     E_CERT);
    assert_non_null(strstr(why.text, "will not export"));
    a.how.max_version = MBEDTLS_SSL_VERSION_TLS1_2;
    expect_refused(&a, CAUSE_tls_alert);
#endif
    assert_int_equal(tls_cred_own_psa(with, mint_pem(mine), id, &why), 0);
    with_versions(a, CAUSE_none);
    tls_cred_free(with);
    tls_cred_free(ca);
    mint_free(mine);
    (void)psa_destroy_key(id);
    (void)psa_destroy_key(kept);
}

/* ------------------------------------------------- the chain as it is sent */

/* Extra certificates and disorder are taken, and told. */
static void test_disorder(void **state)
{
    struct attempt a = good();
    struct result r;

    (void)state;
    a.extra = pki.other;
    r = run(&a);
    assert_int_equal(r.state, TLS_UP);
    assert_int_equal(r.facts.sent, 2);
    assert_int_equal(r.facts.extra, 1);
    a.extra = NULL;
    r = run(&a);
    assert_int_equal(r.facts.sent, 1);
    assert_int_equal(r.facts.extra, 0);
    assert_false(r.facts.disorder);
}

static void test_intercepted(void **state)
{
    struct mint_cert *box = kit_mint((struct mint_ask){.cn = S("FortiGate CA"),
                                                       .org = S("Fortinet"),
                                                       .ca = true},
                                     NULL);
    struct attempt a = good();
    struct result r;

    (void)state;
    a.issuer = box;
    with_versions(a, CAUSE_cert_intercepted);
    r = run(&a);
    assert_non_null(strstr(r.cause.text, "this network answers as"));
    assert_non_null(strstr(r.cause.text, "Fortinet"));
    mint_free(box);
}

/* ------------------------------------------------------------- watching */

struct seen {
    size_t chains, lines;
    char first[256];
};

static void on_chain(void *user, const struct tls_chain *chain)
{
    struct seen *s = user;

    s->chains += chain->n;
}

static void on_line(void *user, struct slice line)
{
    struct seen *s = user;

    if (s->lines++ == 0)
        (void)snprintf(s->first, sizeof(s->first), "%.*s", (int)line.n,
                       line.p);
}

static void test_watch(void **state)
{
    struct seen s = {0}, none = {0};
    struct attempt a = good();

    (void)state;
    expect_up(&a); /* the control: nobody is told anything */
    assert_int_equal(none.lines, 0);
    a.kit.watch = (struct tls_watch){on_chain, &s};
    a.kit.keylog = (struct tls_keylog){on_line, &s};
    expect_up(&a);
    assert_int_equal(s.chains, 1);
    assert_int_equal(s.lines, 4);
    assert_non_null(strstr(s.first, "_HANDSHAKE_TRAFFIC_SECRET "));
    s.lines = 0;
    a.how.max_version = MBEDTLS_SSL_VERSION_TLS1_2;
    expect_up(&a);
    assert_int_equal(s.lines, 1);
    assert_int_equal(strncmp(s.first, "CLIENT_RANDOM ", 14), 0);
    a.issuer = NULL; /* refused, and its chain is shown all the same */
    expect_refused(&a, CAUSE_cert_self_signed);
    assert_int_equal(s.chains, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pins),
        cmocka_unit_test(test_pinned_issuer),
        cmocka_unit_test(test_pins_end),
        cmocka_unit_test(test_pin_only),
        cmocka_unit_test(test_bad_pins),
        cmocka_unit_test(test_revoked),
        cmocka_unit_test(test_revoked_issuer),
        cmocka_unit_test(test_bad_lists),
        cmocka_unit_test(test_no_list),
        cmocka_unit_test(test_sip_usage),
        cmocka_unit_test(test_verifier),
        cmocka_unit_test(test_client_certificate),
        cmocka_unit_test(test_psa_key),
        cmocka_unit_test(test_disorder),
        cmocka_unit_test(test_intercepted),
        cmocka_unit_test(test_watch),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
