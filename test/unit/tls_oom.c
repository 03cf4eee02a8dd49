/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: the TLS engine while memory runs out, inside mbedTLS too. */
#include "test/oom.h"
#include "test/unit/tls_kit.h"

/*
 * CVE-2025-27810 was an allocation that failed inside a handshake and let an
 * unchecked Finished through. So: whatever fails, a good peer may be lost,
 * but a bad one is never taken, and nothing is said to it.
 */
struct scene {
    struct tls_cred *own;
    struct kit_policy policy;
    struct mint_cert *leaf;
    int version;
    enum cause_code want; /* none: the peer is good */
};

static struct kit_pki pki;

static int talk(struct scene *s, struct tls_engine *e, struct kit_raw *raw)
{
    kit_pump_raw(e, raw, 1 << 16);
    int sent = tls_engine_plain_in(e, S("REGISTER"));

    kit_pump_raw(e, raw, 1 << 16);
    enum tls_engine_state state = tls_engine_state(e);

    if (s->want != CAUSE_none) {
        if (sent == 0 || raw->got_n || state == TLS_UP || tls_engine_facts(e))
            return -1;
        return tls_engine_cause(e)->code == s->want ? 0 : 1;
    }
    if (state == TLS_UP && !tls_name_matched(tls_engine_facts(e)->match))
        return -1;
    if (raw->got_n && raw->got_n != 8)
        return -1;
    return state == TLS_UP && sent == 0 && raw->got_n == 8 ? 0 : 1;
}

/* In a child: every allocation from here on is counted. */
static int attempt(void *arg)
{
    struct scene *s = arg;
    struct kit_raw_how how = {.max_version = s->version};
    struct tls_engine *e = NULL;
    struct kit_raw *raw = kit_raw_try(s->own, how);
    int ret = 1;

    if (raw && tls_engine_new_client(&e, &kit_env, s->policy.p,
                                     s->policy.ticket) == 0)
        ret = talk(s, e, raw);
    tls_engine_free(e);
    if (raw)
        kit_raw_free(raw);
    return ret;
}

static void scene_new(struct scene *s, enum cause_code want, int version)
{
    struct mint_san san = {TLS_NAME_KIND_DNS, S("sip.example.test")};
    struct mint_ask ask = {.cn = S("x"), .san = &san, .nsan = 1};

    if (want == CAUSE_cert_name_mismatch)
        san.value = S("other.example.test");
    if (want == CAUSE_cert_expired)
        ask.to = (int64_t)time(NULL) - 60;
    s->want = want;
    s->version = version;
    s->leaf =
        kit_mint(ask, want == CAUSE_cert_unknown_ca ? pki.other : pki.root);
    s->own = kit_own(s->leaf, NULL);
    kit_policy_new(&s->policy, kit_terms(pki.anchors));
}

static void scene_free(struct scene *s)
{
    kit_policy_free(&s->policy);
    tls_cred_free(s->own);
    mint_free(s->leaf);
}

/*
 * A handshake asks for memory some 14,000 times, most of it for big numbers
 * in the same few loops. OOM_STRIDE=1 in the environment tries every one.
 */
static void rounds(struct scene *s, int flags)
{
    const char *set = getenv("OOM_STRIDE");
    long stride = set ? strtol(set, NULL, 10) : 397;
    long failed = 0;

    assert_true(stride > 0);
    for (long nth = 0;; nth += nth < 40 ? 1 : stride) {
        enum oom_end end = oom_round_malloc(nth, flags, attempt, s);

        if (end == OOM_UNUSED)
            break;
        if (end == OOM_WRONG)
            fail_msg("allocation %ld failed: the outcome was wrong", nth);
        failed += end == OOM_FAILED;
    }
    if (getenv("KIT_SHOW"))
        fprintf(stderr, "%ld rounds failed as they should\n", failed);
    assert_true(failed > 20);
}

static void test_rounds(void **state)
{
    static const struct {
        enum cause_code want;
        int version;
    } row[] = {
        {CAUSE_none, 0},
        {CAUSE_none, MBEDTLS_SSL_VERSION_TLS1_2},
        {CAUSE_cert_name_mismatch, 0},
        {CAUSE_cert_unknown_ca, MBEDTLS_SSL_VERSION_TLS1_2},
        {CAUSE_cert_expired, 0},
    };

    (void)state;
    if (!oom_malloc_usable())
        return;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct scene s;

        scene_new(&s, row[i].want, row[i].version);
        rounds(&s, 0);
        rounds(&s, OOM_PERSISTENT);
        scene_free(&s);
    }
}

/* Credentials that could not be read whole are not used. */
static int read_cred(void *arg)
{
    struct tls_cred *c = NULL;
    struct slice pem = mint_pem(pki.root);
    struct cause why = {.code = CAUSE_none};
    int err = tls_cred_new(&c, &kit_env);

    (void)arg;
    if (err)
        return 1;
    err = tls_cred_add_pem(c, pem, &why);
    size_t n = tls_cred_anchors(c);

    tls_cred_free(c);
    if (err)
        return n == 0 && why.code != CAUSE_none ? 1 : -1;
    return n == 1 ? 0 : -1;
}

static void test_cred(void **state)
{
    (void)state;
    if (oom_malloc_usable())
        assert_true(oom_loop_malloc(read_cred, NULL) > 10);
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
    kit_pki_free(&pki);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rounds),
        cmocka_unit_test(test_cred),
    };

    (void)argc;
    oom_reexec(argv);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
