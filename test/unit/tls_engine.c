/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: the TLS engine against good, bad, broken and hostile peers. */
#include "tls/engine.h"

#include <mbedtls/oid.h>

#include "test/unit/tls_kit.h"

static const char PLAIN[] = "OPTIONS sip:x SIP/2.0\r\n\r\n";

static struct kit_pki pki;

static int set_up(void **state)
{
    (void)state;
    kit_pki_new(&pki);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    kit_pki_free(&pki);
    return 0;
}

/* One attempt: what is minted, how it is served, under which terms. */
struct attempt {
    struct mint_ask ask;
    struct mint_san san[3];
    const struct mint_cert *issuer; /* NULL: self-signed */
    const struct mint_cert *extra;  /* sent after the leaf */
    struct kit_raw_how how;
    struct policy_terms terms;
    bool hide_usage; /* so that the server dares to show it */
    size_t step;     /* bytes at a time; 0: all */
};

struct result {
    enum tls_engine_state state;
    struct cause cause;
    struct tls_facts facts;
    size_t plain_seen; /* application bytes that the server got */
    int plain_in;
};

static struct attempt good(void)
{
    struct attempt a = {.issuer = pki.root, .terms = kit_terms(pki.anchors)};

    a.ask.cn = S("sip.example.test");
    a.san[0] = (struct mint_san){TLS_NAME_KIND_DNS, S("sip.example.test")};
    a.ask.nsan = 1;
    return a;
}

static struct result run(struct attempt *a)
{
    struct result r = {0};
    struct kit_policy policy;
    struct tls_engine *e;

    a->ask.san = a->san;
    struct mint_cert *leaf = kit_mint(a->ask, a->issuer);
    struct tls_cred *own = kit_own(leaf, a->extra);
    mbedtls_x509_crt *chain = tls_cred_mbed_chain(own);

    if (a->hide_usage)
        chain->MBEDTLS_PRIVATE(ext_types) &=
            ~MBEDTLS_X509_EXT_EXTENDED_KEY_USAGE;
    struct kit_raw *raw = kit_raw_new(own, a->how);

    kit_policy_new(&policy, a->terms);
    assert_int_equal(
        tls_engine_new_client(&e, &kit_env, policy.p, policy.ticket), 0);
    /* Before it is up nothing goes in and nothing comes out. */
    assert_int_equal(tls_engine_plain_in(e, S("early")), E_STATE);
    kit_pump_raw(e, raw, a->step ? a->step : 1 << 16);
    r.plain_in = tls_engine_plain_in(e, slice_of(PLAIN, sizeof(PLAIN) - 1));
    kit_pump_raw(e, raw, a->step ? a->step : 1 << 16);
    r.state = tls_engine_state(e);
    r.cause = *tls_engine_cause(e);
    if (tls_engine_facts(e))
        r.facts = *tls_engine_facts(e);
    r.plain_seen = raw->got_n;
    if (getenv("KIT_SHOW"))
        fprintf(stderr, "%d %s %s\n", (int)r.state, cause_symbol(r.cause.code),
                r.cause.text);
    tls_engine_free(e);
    kit_raw_free(raw);
    kit_policy_free(&policy);
    tls_cred_free(own);
    mint_free(leaf);
    return r;
}

static void expect_up(struct attempt *a)
{
    struct result r = run(a);

    if (r.state != TLS_UP)
        fail_msg("not up: %s", r.cause.text);
    assert_int_equal(r.cause.code, CAUSE_none);
    assert_int_equal(r.plain_in, 0);
    assert_int_equal(r.plain_seen, sizeof(PLAIN) - 1);
    assert_true(tls_name_matched(r.facts.match));
    assert_int_equal(r.facts.not_after_ms > r.facts.not_before_ms, 1);
}

static void expect_refused(struct attempt *a, enum cause_code code)
{
    struct result r = run(a);

    assert_int_equal(r.state, TLS_FAILED);
    if (r.cause.code != code)
        fail_msg("%s instead of %s: %s", cause_symbol(r.cause.code),
                 cause_symbol(code), r.cause.text);
    assert_true(r.plain_in == E_STATE || r.plain_in == E_CLOSED);
    assert_int_equal(r.plain_seen, 0);
    assert_int_equal(r.facts.version[0], 0);
}

/* Both TLS versions, and the controls beside each refusal. */
static void with_versions(struct attempt a, int code)
{
    static const int version[] = {0, MBEDTLS_SSL_VERSION_TLS1_2};

    for (size_t i = 0; i < 2; i++) {
        struct attempt control = good();

        a.how.max_version = control.how.max_version = version[i];
        expect_up(&control);
        if (code == CAUSE_none)
            expect_up(&a);
        else
            expect_refused(&a, (enum cause_code)code);
    }
}

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
    assert_int_equal(r.cause.code, CAUSE_cert_expired);
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

/* ------------------------------------------------------------ protocol */

static void test_versions(void **state)
{
    struct attempt a = good();

    (void)state;
    a.terms.level = POLICY_MODERN;
    expect_up(&a);
    a.how.max_version = MBEDTLS_SSL_VERSION_TLS1_2;
    expect_refused(&a, CAUSE_tls_version);
    a.terms.level = POLICY_LEGACY_PBX; /* weaker media, not weaker TLS */
    expect_up(&a);
}

static void test_no_ems(void **state)
{
    struct attempt a = good();
    struct result r;

    (void)state;
    a.how.max_version = MBEDTLS_SSL_VERSION_TLS1_2;
    expect_up(&a);
    a.how.no_ems = true;
    r = run(&a);
    assert_int_equal(r.state, TLS_FAILED);
    assert_int_equal(r.cause.code, CAUSE_tls_handshake);
    assert_non_null(strstr(r.cause.text, "extended_master_secret"));
    assert_int_equal(r.plain_seen, 0);
}

static void test_suites(void **state)
{
    static const int cbc[] = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
                              MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, 0};
    static const int rsa[] = {MBEDTLS_TLS_RSA_WITH_AES_128_GCM_SHA256, 0};
    static const int gcm[] = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                              0};
    struct attempt a = good();

    (void)state;
    a.how.max_version = MBEDTLS_SSL_VERSION_TLS1_2;
    a.how.suites = cbc;
    expect_refused(&a, CAUSE_tls_suite);
    a.ask.key = MINT_RSA2048;
    a.how.suites = rsa;
    expect_refused(&a, CAUSE_tls_suite);
    a = good();
    a.how.max_version = MBEDTLS_SSL_VERSION_TLS1_2;
    a.how.suites = gcm;
    expect_up(&a);
}

static void test_chunks(void **state)
{
    static const size_t step[] = {1, 2, 3, 5, 7, 100, 1000};

    (void)state;
    for (size_t i = 0; i < sizeof(step) / sizeof(step[0]); i++) {
        struct attempt a = good();

        a.issuer = a.extra = pki.inter;
        a.step = step[i];
        with_versions(a, CAUSE_none);
        a.extra = NULL;
        with_versions(a, CAUSE_cert_missing_intermediate);
    }
}

/* ------------------------------------------------- two engines, attacks */

struct pair {
    struct mint_cert *leaf;
    struct tls_cred *own;
    struct kit_policy policy;
    const struct policy_self *self;
    struct tls_engine *c, *s;
};

static void pair_engines(struct pair *p)
{
    assert_int_equal(
        tls_engine_new_client(&p->c, &kit_env, p->policy.p, p->policy.ticket),
        0);
    assert_int_equal(
        tls_engine_new_server(&p->s, &kit_env, p->policy.p, p->self), 0);
}

static void pair_new(struct pair *p)
{
    struct mint_san san = {TLS_NAME_KIND_DNS, S("sip.example.test")};

    memset(p, 0, sizeof(*p));
    p->leaf = kit_mint((struct mint_ask){.cn = S("x"), .san = &san, .nsan = 1},
                       pki.root);
    p->own = kit_own(p->leaf, NULL);
    kit_policy_new(&p->policy, kit_terms(pki.anchors));
    assert_int_equal(
        policy_self_mint_open(p->policy.p, &p->self, p->own, POLICY_STRICT),
        0);
    pair_engines(p);
}

static void pair_drop(struct pair *p)
{
    tls_engine_free(p->c);
    tls_engine_free(p->s);
    p->c = p->s = NULL;
}

static void pair_free(struct pair *p)
{
    pair_drop(p);
    kit_policy_free(&p->policy);
    tls_cred_free(p->own);
    mint_free(p->leaf);
}

static void test_pair(void **state)
{
    static char big[100000];
    struct pair p;
    size_t got = 0;

    (void)state;
    pair_new(&p);
    kit_pump(p.c, p.s, 1 << 16);
    assert_int_equal(tls_engine_state(p.c), TLS_UP);
    assert_int_equal(tls_engine_state(p.s), TLS_UP);
    assert_string_equal(tls_engine_facts(p.c)->version, "TLSv1.3");
    assert_string_equal(tls_engine_facts(p.c)->name, "sip.example.test");
    for (size_t i = 0; i < sizeof(big); i++)
        big[i] = (char)(i * 7);
    assert_int_equal(tls_engine_plain_in(p.c, slice_of(big, sizeof(big))), 0);
    assert_int_equal(tls_engine_plain_count(p.c), sizeof(big));
    while (got < sizeof(big)) {
        (void)kit_move(p.c, p.s, 1 << 16);
        struct slice s = tls_engine_plain_out(p.s);

        assert_true(s.n > 0 && s.n <= TLS_ENGINE_PLAIN_MAX);
        assert_memory_equal(s.p, big + got, s.n);
        got += s.n;
        tls_engine_plain_taken(p.s, s.n);
    }
    tls_engine_close(p.s);
    assert_int_equal(tls_engine_plain_in(p.s, S("late")), E_CLOSED);
    kit_pump(p.c, p.s, 1 << 16);
    assert_int_equal(tls_engine_state(p.c), TLS_CLOSED);
    assert_int_equal(tls_engine_cause(p.c)->code, CAUSE_connect_reset);
    assert_int_equal(tls_engine_plain_in(p.c, S("late")), E_CLOSED);
    pair_free(&p);
}

static void test_bounds(void **state)
{
    static char big[TLS_ENGINE_OUT_MAX];
    struct pair p;

    (void)state;
    pair_new(&p);
    kit_pump(p.c, p.s, 1 << 16);
    assert_int_equal(tls_engine_plain_in(p.c, slice_of(big, sizeof(big))),
                     E_FULL);
    assert_int_equal(tls_engine_plain_count(p.c), 0);
    assert_int_equal(tls_engine_plain_in(p.c, slice_of(big, sizeof(big) / 2)),
                     0);
    assert_int_equal(tls_engine_plain_in(p.c, slice_of(big, sizeof(big) / 2)),
                     E_FULL);
    assert_int_equal(tls_engine_state(p.c), TLS_UP);
    pair_free(&p);
}

/* The peer's bytes end after n of them: never up, never plaintext. */
static bool cut_after(struct pair *p, size_t n)
{
    size_t left = n;
    bool moved = true;

    tls_engine_start(p->c);
    while (moved) {
        struct slice s;

        moved = kit_move(p->c, p->s, 1 << 16);
        s = tls_engine_cipher_out(p->s);
        if (s.n > left)
            s.n = left;
        if (s.n) {
            (void)tls_engine_cipher_in(p->c, s);
            tls_engine_cipher_sent(p->s, s.n);
            left -= s.n;
            moved = true;
        }
    }
    bool up = tls_engine_state(p->c) == TLS_UP;

    tls_engine_cipher_eof(p->c);
    assert_int_equal(tls_engine_state(p->c), TLS_FAILED);
    assert_int_equal(tls_engine_cause(p->c)->code, CAUSE_connect_reset);
    assert_int_equal(tls_engine_plain_out(p->c).n, 0);
    return up;
}

static void test_cut(void **state)
{
    struct pair p;
    size_t n = 0;

    (void)state;
    pair_new(&p);
    while (!cut_after(&p, n)) {
        n += n < 64 ? 1 : 13;
        pair_drop(&p);
        pair_engines(&p);
        assert_true(n < 8192);
    }
    assert_true(n > 500);
    pair_free(&p);
}

/* One bit of the server's flight is wrong: no connection comes of it. */
static void test_flip(void **state)
{
    static char flight[8192];
    struct pair p;

    (void)state;
    pair_new(&p);
    for (size_t at = 0;; at += 29) {
        pair_drop(&p);
        pair_engines(&p);
        tls_engine_start(p.c);
        (void)kit_move(p.c, p.s, 1 << 16);
        struct slice s = tls_engine_cipher_out(p.s);

        assert_true(s.n < sizeof(flight));
        if (at >= s.n)
            break;
        memcpy(flight, s.p, s.n);
        flight[at] = (char)(flight[at] ^ 0x20);
        (void)tls_engine_cipher_in(p.c, slice_of(flight, s.n));
        tls_engine_cipher_eof(p.c);
        assert_int_equal(tls_engine_state(p.c), TLS_FAILED);
        assert_int_equal(tls_engine_plain_in(p.c, S("x")), E_CLOSED);
    }
    pair_free(&p);
}

static void expect_no_tls(struct pair *p, struct slice answer,
                          const char *words)
{
    pair_drop(p);
    pair_engines(p);
    tls_engine_start(p->c);
    tls_engine_cipher_sent(p->c, tls_engine_cipher_out(p->c).n);
    (void)tls_engine_cipher_in(p->c, answer);
    assert_int_equal(tls_engine_state(p->c), TLS_FAILED);
    assert_int_equal(tls_engine_cause(p->c)->code, CAUSE_tls_no_tls);
    if (!strstr(tls_engine_cause(p->c)->text, words))
        fail_msg("no \"%s\" in %s", words, tls_engine_cause(p->c)->text);
    assert_int_equal(tls_engine_plain_out(p->c).n, 0);
}

static void test_no_tls(void **state)
{
    struct pair p;

    (void)state;
    pair_new(&p);
    expect_no_tls(&p, S("HTTP/1.1 400 Bad Request\r\n\r\n"), "HTTP");
    expect_no_tls(&p, S("SIP/2.0 400 Bad\r\n\r\n"), "SIP in clear");
    expect_no_tls(&p, S("SSH-2.0-x\r\n"), "SSH");
    expect_no_tls(&p, S("\x01garbage"), "no TLS");
    expect_no_tls(&p, S("\x16\x02"), "no TLS");
    pair_free(&p);
}

static void expect_alert(struct pair *p, const char *bytes,
                         enum cause_code code)
{
    pair_drop(p);
    pair_engines(p);
    tls_engine_start(p->c);
    (void)tls_engine_cipher_in(p->c, slice_of(bytes, 7));
    assert_int_equal(tls_engine_state(p->c), TLS_FAILED);
    assert_int_equal(tls_engine_cause(p->c)->code, code);
}

static void test_alerts(void **state)
{
    struct pair p;

    (void)state;
    pair_new(&p);
    expect_alert(&p, "\x15\x03\x03\x00\x02\x02\x28", CAUSE_tls_suite);
    expect_alert(&p, "\x15\x03\x03\x00\x02\x02\x46", CAUSE_tls_version);
    expect_alert(&p, "\x15\x03\x03\x00\x02\x02\x70", CAUSE_tls_alert);
    assert_non_null(
        strstr(tls_engine_cause(p.c)->text, "unrecognized_name (112)"));
    pair_free(&p);
}

/* The account goes away in the middle of the handshake. */
static void test_ticket_withdrawn(void **state)
{
    struct pair p;

    (void)state;
    pair_new(&p);
    tls_engine_start(p.c);
    (void)kit_move(p.c, p.s, 1 << 16);
    policy_peer_revoke(p.policy.p, p.policy.ticket);
    kit_pump(p.c, p.s, 1 << 16);
    assert_int_equal(tls_engine_state(p.c), TLS_FAILED);
    assert_int_equal(tls_engine_cause(p.c)->code, CAUSE_policy_refused);
    assert_int_equal(tls_engine_plain_in(p.c, S("x")), E_CLOSED);
    struct tls_engine *e = NULL;

    assert_int_equal(
        tls_engine_new_client(&e, &kit_env, p.policy.p, p.policy.ticket),
        E_POLICY);
    assert_null(e);
    pair_free(&p);
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
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_no_ems),
        cmocka_unit_test(test_suites),
        cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_pair),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_flip),
        cmocka_unit_test(test_no_tls),
        cmocka_unit_test(test_alerts),
        cmocka_unit_test(test_ticket_withdrawn),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
