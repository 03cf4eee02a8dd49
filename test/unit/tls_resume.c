/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: sessions resume where all is the same, and nowhere else. */
#include "tls/resume.h"

#include "test/oom.h"
#include "test/unit/tls_attempt.h"

static int64_t wall_ms;

static int64_t wall(void *user)
{
    (void)user;
    return wall_ms;
}

/* A server that gives tickets, and a cache. */
struct world {
    struct tls_resume *cache;
    mbedtls_ssl_ticket_context tickets;
    struct mint_cert *leaf;
    struct attempt a;
};

static void world_new(struct world *w)
{
    static const struct mint_san san = {TLS_NAME_KIND_DNS,
                                        S_INIT("sip.example.test")};

    wall_ms = (int64_t)time(NULL) * 1000;
    assert_int_equal(tls_resume_new(&w->cache, &kit_env, wall, NULL), 0);
    mbedtls_ssl_ticket_init(&w->tickets);
    assert_int_equal(
        mbedtls_ssl_ticket_setup(&w->tickets, mbedtls_psa_get_random,
                                 MBEDTLS_PSA_RANDOM_STATE,
                                 MBEDTLS_CIPHER_AES_256_GCM, 3600),
        0);
    w->leaf = kit_mint(
        (struct mint_ask){.cn = S("sip.example.test"), .san = &san, .nsan = 1},
        pki.root);
    w->a = good();
    w->a.leaf = w->leaf;
    w->a.how.tickets = &w->tickets;
    w->a.kit.sessions = w->cache;
    w->a.terms.identity = S("sip:alice@example.test");
}

static void world_free(struct world *w)
{
    tls_resume_free(w->cache);
    mbedtls_ssl_ticket_free(&w->tickets);
    mint_free(w->leaf);
}

/* Connects; was it resumed? The facts are whole either way. */
static bool connects(struct attempt *a)
{
    struct result r = run(a);

    if (r.state != TLS_UP)
        fail_msg("not up: %s", r.cause.text);
    assert_int_equal(r.plain_seen, sizeof(PLAIN) - 1);
    assert_string_equal(r.facts.name, "sip.example.test");
    assert_int_equal(r.facts.match, TLS_NAME_MATCH_DNS);
    assert_non_null(strstr(r.facts.subject, "CN=sip.example.test"));
    assert_non_null(strstr(r.facts.issuer, "CN=Root"));
    assert_true(r.facts.not_after_ms > wall_ms);
    assert_true(r.facts.suite[0] != '\0');
    return r.facts.resumed;
}

static const int versions[] = {0, MBEDTLS_SSL_VERSION_TLS1_2};

static void test_resumes(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct world w;

        world_new(&w);
        w.a.how.max_version = versions[i];
        assert_false(connects(&w.a));
        assert_true(tls_resume_count(w.cache) > 0);
        assert_true(connects(&w.a));
        w.a.kit.sessions = NULL; /* the control */
        assert_false(connects(&w.a));
        world_free(&w);
    }
}

/* Each ticket is used once: those that came are counted down. */
static void test_once(void **state)
{
    struct world w;

    (void)state;
    world_new(&w);
    assert_false(connects(&w.a));
    size_t n = tls_resume_count(w.cache);

    w.a.how.tickets = NULL; /* a server that takes none and gives none */
    for (; n > 0; n--) {
        assert_false(connects(&w.a));
        assert_int_equal(tls_resume_count(w.cache), n - 1);
    }
    world_free(&w);
}

/* Nothing of one identity, name, level, rule or trust is another's. */
static void test_not_across(void **state)
{
    (void)state;
    for (int what = 0; what < 8; what++) {
        struct tls_cred *other = NULL;
        struct world w;

        world_new(&w);
        assert_int_equal(tls_cred_new(&other, &kit_env), 0);
        assert_int_equal(tls_cred_add_pem(other, mint_pem(pki.root), NULL), 0);
        assert_false(connects(&w.a));
        struct attempt same = w.a;

        if (what == 0)
            w.a.terms.identity = S("sip:bob@example.test");
        if (what == 1)
            w.a.terms.identity = S("");
        if (what == 2)
            w.a.terms.level = POLICY_MODERN;
        if (what == 3)
            w.a.terms.names = TLS_NAME_RFC6125;
        if (what >= 4)
            w.a.terms.anchors = other;
        if (what == 5)
            assert_int_equal(
                tls_cred_add_pem(other, mint_pem(pki.other), NULL), 0);
        if (what == 6)
            assert_int_equal(tls_cred_own_pem(other, mint_pem(pki.other),
                                              mint_key_pem(pki.other), NULL),
                             0);
        /* 4: the same anchors in another set, so the same trust. */
        assert_int_equal(connects(&w.a), what == 4 || what == 7);
        assert_true(connects(&same) || what == 4 || what == 7);
        world_free(&w);
        tls_cred_free(other);
    }
}

/* A name that the certificate does not have is not let in by a session. */
static void test_other_name(void **state)
{
    struct world w;

    (void)state;
    world_new(&w);
    assert_false(connects(&w.a));
    w.a.terms.name = S("other.example.test");
    expect_refused(&w.a, CAUSE_cert_name_mismatch);
    w.a.terms.name = S("sip.example.test");
    assert_true(connects(&w.a));
    world_free(&w);
}

/* A pin or a list that came since: the full handshake finds it out. */
static void test_trust_changed(void **state)
{
    static char text[8192];
    struct out o = out_of(text, sizeof(text));

    (void)state;
    for (int what = 0; what < 2; what++) {
        struct tls_cred *now = NULL;
        struct world w;

        world_new(&w);
        assert_int_equal(tls_cred_new(&now, &kit_env), 0);
        assert_int_equal(tls_cred_add_pem(now, mint_pem(pki.root), NULL), 0);
        assert_false(connects(&w.a));
        if (what == 0)
            assert_int_equal(
                tls_cred_add_pin(
                    now,
                    S("sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
                    NULL),
                0);
        else {
            const struct mint_list ask = {.issuer = pki.root,
                                          .revoked = w.leaf,
                                          .from = wall_ms / 1000 - 9,
                                          .to = wall_ms / 1000 + 999};

            assert_int_equal(mint_put_list(&o, &ask), 0);
            assert_int_equal(tls_cred_add_crl(now, out_slice(&o), NULL), 0);
        }
        struct attempt changed = w.a;

        changed.terms.anchors = now;
        expect_refused(&changed, what == 0 ? CAUSE_cert_pin_mismatch
                                           : CAUSE_cert_revoked);
        assert_true(connects(&w.a)); /* the control */
        world_free(&w);
        tls_cred_free(now);
    }
}

/* -------------------------------------------------------------- the cache */

static struct tls_saved saved(const char *session)
{
    struct tls_saved s = {.life_ms = 1000000, .session = slice_cstr(session)};

    (void)snprintf(s.facts.name, sizeof(s.facts.name), "a.test");
    s.facts.match = TLS_NAME_MATCH_DNS;
    s.facts.pin = -1;
    s.facts.not_after_ms = INT64_MAX;
    return s;
}

static bool take(struct tls_resume *r, const uint8_t *key, const char *session)
{
    struct tls_saved s;
    struct slice bytes;

    if (!tls_resume_take(r, key, &s, &bytes))
        return false;
    assert_true(slice_eq(s.session, slice_cstr(session)));
    assert_string_equal(s.facts.name, "a.test");
    assert_int_equal(s.facts.pin, -1);
    tls_resume_drop(r, &bytes);
    return true;
}

static const uint8_t one[TLS_SESSION_KEY] = {1}, two[TLS_SESSION_KEY] = {2};

static void test_life(void **state)
{
    const int64_t day = 86400000;
    const struct {
        int64_t life, not_after, verified, good, bad;
    } row[] = {
        /* The ticket's life, the certificate's end, seven days. */
        {3600000, INT64_MAX, 0, 3599999, 3600000},
        {30 * day, 5000, 0, 4999, 5000},
        {30 * day, INT64_MAX, 0, 7 * day - 1, 7 * day},
        {30 * day, INT64_MAX, -6 * day, day - 1, day},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        for (int late = 0; late < 2; late++) {
            struct tls_saved s = saved("x");
            struct tls_resume *r = NULL;
            int64_t start = 1000000000000;

            wall_ms = start;
            assert_int_equal(tls_resume_new(&r, &kit_env, wall, NULL), 0);
            s.life_ms = row[i].life;
            s.facts.not_after_ms = row[i].not_after == INT64_MAX
                                       ? INT64_MAX
                                       : start + row[i].not_after;
            s.verified_ms = row[i].verified ? start + row[i].verified : 0;
            tls_resume_put(r, one, &s);
            wall_ms = start + (late ? row[i].bad : row[i].good);
            assert_int_equal(take(r, one, "x"), !late);
            tls_resume_free(r);
        }
    }
}

static void test_bounds(void **state)
{
    struct tls_saved a = saved("a"), b = saved("b"), c = saved("c");
    struct tls_resume *r = NULL;

    (void)state;
    wall_ms = 1000000000000;
    assert_int_equal(tls_resume_new(&r, &kit_env, wall, NULL), 0);
    tls_resume_put(r, one, &a);
    tls_resume_put(r, one, &b);
    tls_resume_put(r, two, &a);
    tls_resume_put(r, one, &c);
    assert_int_equal(tls_resume_count(r), 3);
    assert_true(take(r, one, "c"));
    assert_true(take(r, one, "b"));
    assert_false(take(r, one, "a"));
    assert_true(take(r, two, "a"));
    assert_false(take(r, two, "a"));
    a.life_ms = 0; /* TLS 1.3: not to be kept */
    tls_resume_put(r, one, &a);
    b.session.n = TLS_SESSION_MAX + 1;
    tls_resume_put(r, one, &b);
    assert_int_equal(tls_resume_count(r), 0);
    tls_resume_free(r);
}

/* What nobody saw goes back where it was, and lives no longer for it. */
static void test_give_back(void **state)
{
    struct tls_saved a = saved("a"), b = saved("b"), c = saved("c"), s;
    struct tls_resume *r = NULL;
    struct slice bytes;

    (void)state;
    wall_ms = 1000000000000;
    assert_int_equal(tls_resume_new(&r, &kit_env, wall, NULL), 0);
    tls_resume_put(r, one, &a);
    wall_ms++;
    tls_resume_put(r, one, &b);
    assert_true(tls_resume_take(r, one, &s, &bytes));
    tls_resume_give_back(r, &bytes);
    assert_null(bytes.p);
    tls_resume_give_back(r, &bytes); /* of nothing */
    assert_int_equal(tls_resume_count(r), 2);
    assert_true(take(r, one, "b"));
    /* Two newer ones came meanwhile: it is not needed. */
    assert_true(tls_resume_take(r, one, &s, &bytes));
    wall_ms++;
    tls_resume_put(r, one, &b);
    wall_ms++;
    tls_resume_put(r, one, &c);
    tls_resume_give_back(r, &bytes);
    assert_true(take(r, one, "c"));
    assert_true(take(r, one, "b"));
    assert_int_equal(tls_resume_count(r), 0);
    /* Its end is the one that it had. */
    for (int late = 0; late < 2; late++) {
        tls_resume_put(r, one, &a);
        assert_true(tls_resume_take(r, one, &s, &bytes));
        wall_ms += 1000000 - !late;
        tls_resume_give_back(r, &bytes);
        assert_int_equal(take(r, one, "a"), !late);
    }
    tls_resume_free(r);
}

/* An engine that took one: it is back unless our first flight left. */
static void test_unsent(void **state)
{
    struct world w;

    (void)state;
    world_new(&w);
    assert_false(connects(&w.a));
    for (int sent = 0; sent < 2; sent++) {
        const size_t n = tls_resume_count(w.cache);
        struct kit_policy policy;
        struct tls_engine *e = NULL;

        assert_true(n > 0);
        kit_policy_new(&policy, w.a.terms);
        assert_int_equal(
            tls_engine_new_client(&e, &kit_env, policy.p, policy.ticket), 0);
        tls_engine_equip(e, &w.a.kit);
        assert_int_equal(tls_resume_count(w.cache), n); /* not yet */
        tls_engine_start(e);
        assert_true(tls_engine_offered(e));
        assert_int_equal(tls_resume_count(w.cache), n - 1);
        if (sent)
            tls_engine_cipher_sent(e, 1);
        tls_engine_free(e);
        assert_int_equal(tls_resume_count(w.cache), n - (size_t)sent);
        kit_policy_free(&policy);
        if (!sent) { /* it is as good as it was */
            assert_true(connects(&w.a));
        }
    }
    world_free(&w);
}

static void test_export(void **state)
{
    const uint8_t key[TLS_SEAL_KEY] = {7}, other[TLS_SEAL_KEY] = {8};
    struct tls_saved a = saved("canary-of-a-session"), b = saved("b");
    struct tls_resume *r = NULL, *fresh = NULL;
    struct slice sealed;

    (void)state;
    wall_ms = 1000000000000;
    assert_int_equal(tls_resume_new(&r, &kit_env, wall, NULL), 0);
    assert_int_equal(tls_resume_new(&fresh, &kit_env, wall, NULL), 0);
    tls_resume_put(r, one, &b);
    tls_resume_put(r, one, &a);
    tls_resume_put(r, two, &b);
    assert_int_equal(tls_resume_export(r, key, &sealed), 0);
    for (size_t i = 0; i + 6 < sealed.n; i++)
        assert_int_not_equal(memcmp(sealed.p + i, "canary", 6), 0);
    assert_int_equal(tls_resume_import(fresh, other, sealed), E_CRYPTO);
    for (size_t i = 0; i < sealed.n; i += 7) {
        char *p = (char *)(uintptr_t)sealed.p;

        p[i] = (char)(p[i] ^ 1);
        assert_int_equal(tls_resume_import(fresh, key, sealed), E_CRYPTO);
        p[i] = (char)(p[i] ^ 1);
        assert_int_equal(tls_resume_import(fresh, key, slice_of(sealed.p, i)),
                         E_CRYPTO);
    }
    assert_int_equal(tls_resume_count(fresh), 0);
    assert_int_equal(tls_resume_import(fresh, key, sealed), 0);
    assert_int_equal(tls_resume_count(fresh), 3);
    assert_true(take(fresh, one, "canary-of-a-session"));
    assert_true(take(fresh, one, "b"));
    assert_true(take(fresh, two, "b"));
    env_drop(&kit_env, &sealed);
    /* An app that was killed: what has ended meanwhile is not taken. */
    assert_int_equal(tls_resume_export(r, key, &sealed), 0);
    wall_ms += 1000000;
    assert_int_equal(tls_resume_import(fresh, key, sealed), 0);
    assert_false(take(fresh, two, "b"));
    env_drop(&kit_env, &sealed);
    tls_resume_free(r);
    tls_resume_free(fresh);
}

/* A session that went through an export resumes at a server. */
static void test_export_resumes(void **state)
{
    const uint8_t key[TLS_SEAL_KEY] = {7};
    struct tls_resume *fresh = NULL;
    struct slice sealed;
    struct world w;

    (void)state;
    world_new(&w);
    assert_false(connects(&w.a));
    assert_int_equal(tls_resume_export(w.cache, key, &sealed), 0);
    assert_int_equal(tls_resume_new(&fresh, &kit_env, wall, NULL), 0);
    assert_int_equal(tls_resume_import(fresh, key, sealed), 0);
    w.a.kit.sessions = fresh;
    assert_true(connects(&w.a));
    env_drop(&kit_env, &sealed);
    tls_resume_free(fresh);
    world_free(&w);
}

/* Memory that runs out costs sessions and nothing else. */
static int starve(const struct env *env, void *arg)
{
    const uint8_t key[TLS_SEAL_KEY] = {7};
    struct tls_saved a = saved("a");
    struct tls_resume *r = NULL;
    struct slice sealed = {0};
    int err = tls_resume_new(&r, env, wall, NULL);

    (void)arg;
    if (err)
        return err;
    tls_resume_put(r, one, &a);
    err = tls_resume_export(r, key, &sealed);
    if (!err)
        err = tls_resume_import(r, key, sealed);
    env_drop(env, &sealed);
    (void)take(r, one, "a");
    tls_resume_free(r);
    return err;
}

static void test_oom(void **state)
{
    (void)state;
    wall_ms = 1000000000000;
    assert_true(oom_loop(&kit_env, starve, NULL) >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resumes),
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_not_across),
        cmocka_unit_test(test_other_name),
        cmocka_unit_test(test_trust_changed),
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_give_back),
        cmocka_unit_test(test_unsent),
        cmocka_unit_test(test_export),
        cmocka_unit_test(test_export_resumes),
        cmocka_unit_test(test_oom),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
