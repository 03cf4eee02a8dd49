/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: the TLS engine against old, broken and hostile peers. */
#include "tls/engine.h"

#include "test/unit/tls_attempt.h"

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
    assert_int_equal(tls_engine_cause(p->c)->code,
                     up ? CAUSE_connect_reset : CAUSE_tls_reset);
    assert_int_equal(tls_engine_plain_out(p->c).n, 0);
    return up;
}

/* The handshake cut after every byte of the server's flight. */
static void test_cut(void **state)
{
    struct pair p;
    size_t n = 0;

    (void)state;
    pair_new(&p);
    while (!cut_after(&p, n)) {
        n++;
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
                          enum cause_code code, const char *words)
{
    pair_drop(p);
    pair_engines(p);
    tls_engine_start(p->c);
    tls_engine_cipher_sent(p->c, tls_engine_cipher_out(p->c).n);
    (void)tls_engine_cipher_in(p->c, answer);
    assert_int_equal(tls_engine_state(p->c), TLS_FAILED);
    assert_int_equal(tls_engine_cause(p->c)->code, code);
    if (!strstr(tls_engine_cause(p->c)->text, words))
        fail_msg("no \"%s\" in %s", words, tls_engine_cause(p->c)->text);
    assert_int_equal(tls_engine_plain_out(p->c).n, 0);
}

static void test_no_tls(void **state)
{
    struct pair p;

    (void)state;
    pair_new(&p);
    expect_no_tls(&p, S("HTTP/1.1 400 Bad Request\r\n\r\n"), CAUSE_tls_http,
                  "HTTP");
    expect_no_tls(&p, S("SIP/2.0 400 Bad\r\n\r\n"), CAUSE_tls_plain_sip,
                  "SIP in clear");
    expect_no_tls(&p, S("HTTP/1.1 302 Found\r\n"), CAUSE_tls_captive, "HTTP");
    expect_no_tls(&p, S("HTTP/1.1 511 Login\r\n"), CAUSE_tls_captive, "HTTP");
    expect_no_tls(&p, S("SSH-2.0-x\r\n"), CAUSE_tls_no_tls, "SSH");
    expect_no_tls(&p, S("\x01garbage"), CAUSE_tls_no_tls, "no TLS");
    expect_no_tls(&p, S("\x16\x02"), CAUSE_tls_no_tls, "no TLS");
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
    expect_alert(&p, "\x15\x03\x03\x00\x02\x02\x74", CAUSE_tls_client_cert);
    assert_non_null(strstr(tls_engine_cause(p.c)->text, "none is configured"));
    expect_alert(&p, "\x15\x03\x03\x00\x02\x02\x30", CAUSE_tls_client_cert);
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
