/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: media tickets: what is refused, what ends them, what is wiped. */
#include "test/oom.h"
#include "test/unit/tls_kit.h"
#include "tls/policy.h"

struct room {
    struct policy *p;
    uint64_t account;
    struct secret tx, rx;
    struct policy_media_terms terms;
};

static struct secret key(enum sdp_suite suite, uint8_t fill)
{
    struct secret s = {.n = sdp_suite_key(suite)};

    memset(s.bytes, fill, s.n);
    return s;
}

static void with_suite(struct room *r, enum sdp_suite suite)
{
    r->tx = key(suite, 1);
    r->rx = key(suite, 2);
    r->terms.suite = suite;
}

static int enter(struct room *r, const struct env *env,
                 enum policy_level level)
{
    struct policy_terms t =
        kit_terms((const struct tls_cred *)(const void *)&kit_env);
    enum policy_why why;

    *r = (struct room){0};
    t.level = level;
    int err = policy_new(&r->p, env, POLICY_LEGACY_PBX);

    if (!err)
        err = policy_account_add(r->p, &r->account, &t, &why);
    r->terms = (struct policy_media_terms){.account = r->account,
                                           .call = 7,
                                           .version = 1,
                                           .keying = POLICY_KEYING_SDES,
                                           .tx = &r->tx,
                                           .rx = &r->rx};
    with_suite(r, SDP_SUITE_AEAD_AES_256_GCM);
    assert_int_equal(tls_addr_parse(&r->terms.remote, S("192.0.2.1:4000"), 0),
                     0);
    return err;
}

static enum policy_why mint(struct room *r, const struct policy_media **t)
{
    enum policy_why why;
    int err = policy_media_mint(r->p, t, &r->terms, &why);

    assert_int_equal(err, why ? E_POLICY : 0);
    return why;
}

/* Every suite at every level, by both keyings. */
static void test_suites(void **state)
{
    static const char *const sdes[] = {
        [POLICY_MODERN] = "AEAD_AES_256_GCM AEAD_AES_128_GCM",
        [POLICY_STRICT] = "AEAD_AES_256_GCM AEAD_AES_128_GCM "
                          "AES_256_CM_HMAC_SHA1_80 AES_CM_128_HMAC_SHA1_80",
        [POLICY_LEGACY_PBX] = "AEAD_AES_256_GCM AEAD_AES_128_GCM "
                              "AES_256_CM_HMAC_SHA1_80 "
                              "AES_CM_128_HMAC_SHA1_80 "
                              "AES_CM_128_HMAC_SHA1_32"};

    (void)state;
    for (int level = POLICY_LEGACY_PBX; level <= POLICY_MODERN; level++) {
        const struct policy_media *t;
        struct room r;

        assert_int_equal(enter(&r, &kit_env, (enum policy_level)level), 0);
        for (int s = 1; s < SDP_SUITE_COUNT; s++) {
            const char *name = sdp_suite_name((enum sdp_suite)s).p;

            with_suite(&r, (enum sdp_suite)s);
            assert_int_equal(mint(&r, &t), strstr(sdes[level], name)
                                               ? POLICY_ALLOWED
                                               : POLICY_suite_below_level);
            policy_media_retire(r.p, r.account, 7, UINT64_MAX);
        }
        with_suite(&r, SDP_SUITE_AES_128_80);
        r.terms.keying = POLICY_KEYING_DTLS;
        assert_int_equal(mint(&r, &t), POLICY_ALLOWED);
        policy_free(r.p);
    }
}

static void test_refused(void **state)
{
    const struct policy_media *t, *live;
    enum policy_why why;
    struct room r;

    (void)state;
    assert_int_equal(enter(&r, &kit_env, POLICY_STRICT), 0);
    assert_int_equal(mint(&r, &live), POLICY_ALLOWED);
    r.terms.suite = SDP_SUITE_NONE;
    assert_int_equal(mint(&r, &t), POLICY_null_suite);
    r.terms.suite = SDP_SUITE_COUNT;
    assert_int_equal(mint(&r, &t), POLICY_null_suite);
    with_suite(&r, SDP_SUITE_AEAD_AES_256_GCM);
    r.rx = r.tx;
    assert_int_equal(mint(&r, &t), POLICY_key_echoed);
    r.tx = key(r.terms.suite, 9); /* rx is the tx of the live ticket */
    assert_int_equal(mint(&r, &t), POLICY_key_echoed);
    r.terms.call++; /* a call to oneself: its other end */
    assert_int_equal(mint(&r, &t), POLICY_ALLOWED);
    r.terms.call--;
    with_suite(&r, SDP_SUITE_AEAD_AES_256_GCM);
    r.rx.n--;
    assert_int_equal(policy_media_mint(r.p, &t, &r.terms, &why), E_INVAL);
    with_suite(&r, SDP_SUITE_AEAD_AES_256_GCM);
    r.terms.remote.port = 0;
    assert_int_equal(mint(&r, &t), POLICY_address_unusable);
    r.terms.account++;
    assert_int_equal(policy_media_mint(r.p, &t, &r.terms, &why), E_GONE);
    assert_int_equal(policy_counted(r.p, POLICY_key_echoed), 2);
    assert_non_null(policy_media_view(r.p, live));
    policy_free(r.p);
}

/* Revoked by hand, with its SDP version, with its account; never foreign. */
static void test_ends(void **state)
{
    const struct policy_media *t[4];
    const struct policy_media_view *v;
    struct room r, other;

    (void)state;
    assert_int_equal(enter(&r, &kit_env, POLICY_STRICT), 0);
    assert_int_equal(enter(&other, &kit_env, POLICY_STRICT), 0);
    for (uint64_t i = 0; i < 4; i++) {
        r.terms.version = i;
        assert_int_equal(mint(&r, &t[i]), POLICY_ALLOWED);
        assert_null(policy_media_view(other.p, t[i]));
    }
    v = policy_media_view(r.p, t[3]);
    assert_true(v && secret_eq(v->tx, &r.tx) && secret_eq(v->rx, &r.rx));
    assert_true(v->call == 7 && v->version == 3 && v->tx != &r.tx);
    policy_media_revoke(r.p, t[0]);
    policy_media_revoke(r.p, t[0]);
    assert_null(policy_media_view(r.p, t[0]));
    policy_media_retire(r.p, r.account, 8, 3); /* another call's */
    assert_non_null(policy_media_view(r.p, t[1]));
    policy_media_retire(r.p, r.account, 7, 3);
    assert_null(policy_media_view(r.p, t[1]));
    assert_null(policy_media_view(r.p, t[2]));
    assert_non_null(policy_media_view(r.p, t[3]));
    policy_account_remove(r.p, r.account);
    assert_null(policy_media_view(r.p, t[3]));
    assert_null(policy_media_view(r.p, NULL));
    policy_free(r.p);
    policy_free(other.p);
}

static void test_full(void **state)
{
    const struct policy_media *t;
    enum policy_why why;
    struct room r;

    (void)state;
    assert_int_equal(enter(&r, &kit_env, POLICY_STRICT), 0);
    for (int i = 0; i < POLICY_MEDIAS_MAX; i++)
        assert_int_equal(mint(&r, &t), POLICY_ALLOWED);
    assert_int_equal(policy_media_mint(r.p, &t, &r.terms, &why), E_FULL);
    policy_media_revoke(r.p, t);
    assert_int_equal(mint(&r, &t), POLICY_ALLOWED);
    policy_free(r.p);
}

static int life(const struct env *env, void *arg)
{
    const struct policy_media *t = NULL;
    enum policy_why why;
    struct room r;
    int err = enter(&r, env, POLICY_STRICT);

    (void)arg;
    if (!err)
        err = policy_media_mint(r.p, &t, &r.terms, &why);
    policy_free(r.p);
    return err;
}

static void test_oom(void **state)
{
    (void)state;
    assert_true(oom_loop(&kit_env, life, NULL) >= 4);
}

static int set_up(void **state)
{
    (void)state;
    return tls_crypto_init();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suites), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_ends),   cmocka_unit_test(test_full),
        cmocka_unit_test(test_oom),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
