/* SPDX-License-Identifier: Apache-2.0 */
/* Digest where something is missing, too long, wrong, or fails below it. */
#include "sip/digest.h"
#include "sip/digest_hash.h"
#include "test/oom.h"
#include "test/unit/digest_kit.h"
#include "test/unit/sip_kit.h"

enum { ALL = SIP_DIGEST_ALLOW_MD5 | SIP_DIGEST_ALLOW_NO_QOP };

/* Hashes and random numbers that fail from the left-th on. */
struct failing {
    int md_left, rand_left;
};

static int failing_md(void *user, enum env_md md, const struct slice *parts,
                      size_t n, uint8_t *out)
{
    struct failing *f = user;

    return f->md_left-- > 0 ? tls_crypto_md(NULL, md, parts, n, out)
                            : E_CRYPTO;
}

static int failing_rand(void *user, uint8_t *p, size_t n)
{
    struct failing *f = user;

    return f->rand_left-- > 0 ? tls_crypto_rand(NULL, p, n) : E_RANDOM;
}

static const struct sip_challenge good = {.digest = true,
                                          .alg = SIP_DIGEST_SHA256,
                                          .qop = SIP_QOP_AUTH,
                                          .realm = S_INIT("r"),
                                          .has_realm = true,
                                          .has_nonce = true,
                                          .nonce = S_INIT("n")};

static void start(struct sip_digest *d, const struct env *env)
{
    sip_digest_init(d, env, ALL);
    assert_int_equal(sip_digest_set_user(d, S("bob"), S("r")), 0);
    assert_int_equal(sip_digest_set_password(d, S("x")), 0);
}

static char text[8192];

static int answer(struct sip_digest *d)
{
    struct out o = out_of(text, sizeof(text));

    return sip_digest_write(d, &o, S("REGISTER"), S("sip:a.test"), S(""));
}

static void test_texts_have_a_length(void **state)
{
    static char big[SIP_DIGEST_TEXT_MAX + 1];
    const struct slice most = slice_of(big, SIP_DIGEST_TEXT_MAX);
    const struct slice more = slice_of(big, sizeof(big));
    struct env env = kit_env();
    struct sip_challenge ch;
    struct sip_digest d;

    (void)state;
    memset(big, 'x', sizeof(big));
    sip_digest_init(&d, &env, ALL);
    assert_int_equal(sip_digest_set_user(&d, more, S("r")), E_INVAL);
    assert_int_equal(sip_digest_set_user(&d, S("u"), more), E_INVAL);
    assert_int_equal(sip_digest_set_user(&d, S("u"), S("r\n")), E_INVAL);
    assert_int_equal(sip_digest_set_user(&d, most, most), 0);
#define TAKES(change, result) \
    ch = good;                \
    ch.realm = most;          \
    change;                   \
    assert_int_equal(sip_digest_challenge(&d, &ch, false), result)
    TAKES(ch.nonce = most, SIP_DIGEST_ASK);
    TAKES(ch.opaque = most, SIP_DIGEST_ASK);
    TAKES(ch.nonce = more, SIP_DIGEST_MALFORMED);
    TAKES(ch.opaque = more, SIP_DIGEST_MALFORMED);
    TAKES(ch.realm = more, SIP_DIGEST_MALFORMED);
    TAKES(ch.has_realm = false, SIP_DIGEST_MALFORMED);
    TAKES(ch.nonce.n = 0, SIP_DIGEST_MALFORMED);
    TAKES(ch.digest = false, SIP_DIGEST_MALFORMED);
    TAKES(ch.realm.n--, SIP_DIGEST_FOREIGN_REALM);
#undef TAKES
    sip_digest_free(&d);
}

/* What kept one from being answered is told of the best, whatever follows. */
static void test_which_reason(void **state)
{
    struct env env = kit_env();
    struct sip_challenge a = good;
    struct sip_challenge b = good;
    struct sip_digest d;

    (void)state;
    start(&d, &env);
    a.next = &b;
    a.alg = SIP_DIGEST_UNKNOWN;
    b.realm = S("s");
    assert_int_equal(sip_digest_challenge(&d, &a, false),
                     SIP_DIGEST_NO_ALGORITHM);
    a.realm = S("t");
    assert_int_equal(sip_digest_challenge(&d, &a, false),
                     SIP_DIGEST_FOREIGN_REALM);
    b.realm = S("r");
    assert_int_equal(sip_digest_challenge(&d, &a, false), SIP_DIGEST_OK);
    sip_digest_free(&d);
}

static void test_names_of_algorithms(void **state)
{
    enum env_md md;
    bool sess;

    (void)state;
    assert_slice(sip_digest_alg_name(SIP_DIGEST_SHA256), "SHA-256");
    assert_slice(sip_digest_alg_name(SIP_DIGEST_UNKNOWN), "");
    assert_slice(sip_digest_alg_name((enum sip_digest_alg)99), "");
    assert_int_equal(sip_digest_alg((enum sip_digest_alg)99, &md, &sess),
                     E_UNSUPPORTED);
}

static void test_password_needs_user_and_realm(void **state)
{
    struct env env = kit_env();
    struct sip_digest d;

    (void)state;
    sip_digest_init(&d, &env, ALL);
    assert_int_equal(sip_digest_set_password(&d, S("x")), E_STATE);
    assert_int_equal(sip_digest_set_user(&d, S("bob"), S("")), 0);
    assert_int_equal(sip_digest_set_password(&d, S("x")), E_STATE);
    assert_int_equal(sip_digest_set_user(&d, S("bob"), S("r")), 0);
    assert_int_equal(sip_digest_set_password(&d, S("x")), 0);
    assert_int_equal(answer(&d), E_STATE); /* no challenge */
    sip_digest_free(&d);
}

/* Each hash of an answer fails once: no answer, and never half of one. */
static void test_hashes_fail(void **state)
{
    static const struct {
        enum sip_digest_alg alg;
        unsigned qop;
        int hashes;
    } row[] = {{SIP_DIGEST_SHA256, SIP_QOP_AUTH, 2},
               {SIP_DIGEST_SHA256, SIP_QOP_AUTH_INT, 3},
               {SIP_DIGEST_SHA256_SESS, SIP_QOP_AUTH, 3},
               {SIP_DIGEST_SHA256_SESS, SIP_QOP_AUTH_INT, 4},
               {SIP_DIGEST_MD5, 0, 2}};
    struct failing f = {ENV_MD_COUNT, 0};
    struct env env = kit_env();
    struct sip_digest d;

    (void)state;
    env.md = failing_md;
    env.rand = failing_rand;
    env.user = &f;
    for (int left = 0; left < ENV_MD_COUNT; left++) {
        sip_digest_init(&d, &env, ALL);
        assert_int_equal(sip_digest_set_user(&d, S("bob"), S("r")), 0);
        f.md_left = left;
        assert_int_equal(sip_digest_set_password(&d, S("x")), E_CRYPTO);
        sip_digest_free(&d);
    }
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct sip_challenge ch = good;

        ch.alg = row[i].alg;
        ch.qop = row[i].qop;
        f.md_left = ENV_MD_COUNT;
        start(&d, &env);
        assert_int_equal(sip_digest_challenge(&d, &ch, false), SIP_DIGEST_OK);
        f.rand_left = 0;
        if (ch.qop)
            assert_int_equal(answer(&d), E_RANDOM);
        for (int left = 0; left <= row[i].hashes; left++) {
            f = (struct failing){left, 99};
            assert_int_equal(answer(&d), left < row[i].hashes ? E_CRYPTO : 0);
        }
        sip_digest_free(&d);
    }
}

static void test_ha1_is_hex(void **state)
{
    static const char hex[] = "0123456789abcdefABCDEF0000000000";
    struct env env = kit_env();
    struct sip_digest d;
    char wrong[33];

    (void)state;
    sip_digest_init(&d, &env, ALL);
    assert_int_equal(sip_digest_set_ha1(&d, ENV_MD5, slice_of(hex, 32)), 0);
    assert_int_equal(sip_digest_set_ha1(&d, ENV_SHA256, slice_of(hex, 32)),
                     E_INVAL);
    for (const char *bad = "/:@G`g"; *bad; bad++) {
        memcpy(wrong, hex, sizeof(wrong));
        wrong[31] = *bad;
        assert_int_equal(sip_digest_set_ha1(&d, ENV_MD5, slice_of(wrong, 32)),
                         E_INVAL);
    }
    sip_digest_free(&d);
}

/* rspauth of the answer that was written last. */
static struct sip_auth_info info_of(struct sip_digest *d, char rspauth[64])
{
    struct sip_digest_input in = {.md = d->md,
                                  .sess = d->sess,
                                  .qop = S("auth"),
                                  .nonce = d->nonce,
                                  .cnonce = slice_of(d->cnonce, 32),
                                  .nc = S("00000001"),
                                  .method = S(""),
                                  .uri = S("sip:a.test")};

    assert_int_equal(
        sip_digest_response(d->env, &in, ha1_of(d, d->md), rspauth), 0);
    return (struct sip_auth_info){.rspauth = slice_of(rspauth, 64),
                                  .cnonce = in.cnonce,
                                  .qop = in.qop,
                                  .nc = in.nc};
}

static void test_info_is_proof_in_all_parts(void **state)
{
    struct env env = kit_env();
    struct sip_auth_info info, right;
    struct sip_digest d;
    char rspauth[64];

    (void)state;
    start(&d, &env);
    assert_int_equal(sip_digest_challenge(&d, &good, false), SIP_DIGEST_OK);
    assert_int_equal(answer(&d), 0);
    right = info_of(&d, rspauth);
#define SAYS(change, ret) \
    info = right;         \
    change;               \
    assert_int_equal(sip_digest_info(&d, &info, S("sip:a.test"), S("")), ret)
    SAYS((void)0, 0);
    SAYS(info.qop = S("AUTH"), 0);
    SAYS(info.qop = S("auth-int"), E_CRYPTO);
    SAYS(info.nc = S("00000002"), E_CRYPTO);
    SAYS(info.cnonce = S("x"), E_CRYPTO);
    SAYS(info.rspauth.n = 63, E_CRYPTO);
    SAYS(info.rspauth.n = 0, 0);
    /* Where there is nothing to compare with it says nothing. */
    d.has_ha1[d.md] = false;
    SAYS(info.nc = S("00000002"), 0);
    d.has_ha1[d.md] = true;
    d.qop = 0;
    SAYS(info.nc = S("00000002"), 0);
    d.qop = SIP_QOP_AUTH;
    SAYS(info.nc = S("00000002"), E_CRYPTO);
    sip_digest_forget(&d);
    SAYS(info.nc = S("00000002"), 0);
#undef SAYS
    sip_digest_free(&d);
}

static void test_info_and_no_more_hashes(void **state)
{
    struct failing f = {ENV_MD_COUNT + 4, 99};
    struct env env = kit_env();
    struct sip_auth_info info;
    struct sip_digest d;
    char rspauth[64];
    struct oom mem;

    (void)state;
    env.md = failing_md;
    env.rand = failing_rand;
    env.user = &f;
    start(&d, &env);
    assert_int_equal(sip_digest_challenge(&d, &good, false), SIP_DIGEST_OK);
    assert_int_equal(answer(&d), 0);
    info = info_of(&d, rspauth);
    assert_int_equal(sip_digest_info(&d, &info, S("sip:a.test"), S("")),
                     E_CRYPTO);
    sip_digest_free(&d);
    /* nextnonce cannot be kept: the old one stays, and its count. */
    env = kit_env();
    oom_init(&mem, &env);
    env.md = tls_crypto_md;
    start(&d, &env);
    assert_int_equal(sip_digest_challenge(&d, &good, false), SIP_DIGEST_OK);
    assert_int_equal(answer(&d), 0);
    info = info_of(&d, rspauth);
    info.nextnonce = S("next");
    oom_arm(&mem, 0, OOM_PERSISTENT);
    assert_int_equal(sip_digest_info(&d, &info, S("sip:a.test"), S("")),
                     E_NOMEM);
    assert_slice(d.nonce, "n");
    assert_int_equal(d.nc, 1);
    sip_digest_free(&d);
    assert_int_equal(mem.live, 0);
}

/* The server's side, with each part missing or wrong. */
static void test_verify_part_by_part(void **state)
{
    struct env env = kit_env();
    struct sip_credentials right = {.digest = true,
                                    .alg = SIP_DIGEST_SHA256,
                                    .has_qop = true,
                                    .qop = S("auth"),
                                    .nonce = S("n"),
                                    .cnonce = S("c"),
                                    .nc = S("09afbcde"),
                                    .uri = S("sip:a")};
    struct sip_digest_input in = {.md = ENV_SHA256,
                                  .qop = right.qop,
                                  .nonce = right.nonce,
                                  .cnonce = right.cnonce,
                                  .nc = right.nc,
                                  .method = S("BYE"),
                                  .uri = right.uri};
    const struct slice who[3] = {S("u"), S("r"), S("p")};
    struct failing f = {0, 0};
    struct sip_credentials cr;
    struct secret ha1;
    char hex[64];

    (void)state;
    assert_int_equal(sip_digest_ha1(&env, ENV_SHA256, who, &ha1), 0);
    assert_int_equal(sip_digest_response(&env, &in, &ha1, hex), 0);
    right.response = slice_of(hex, sizeof(hex));
#define SAYS(change, ret) \
    cr = right;           \
    change;               \
    assert_int_equal(sip_digest_verify(&env, &cr, S("BYE"), S(""), &ha1), ret)
    SAYS((void)0, 0);
    SAYS(cr.nonce.n = 0, E_SYNTAX);
    SAYS(cr.uri.n = 0, E_SYNTAX);
    SAYS(cr.cnonce.n = 0, E_SYNTAX);
    SAYS(cr.nc = S("0000000/"), E_SYNTAX);
    SAYS(cr.nc = S("0000000:"), E_SYNTAX);
    SAYS(cr.nc = S("0000000`"), E_SYNTAX);
    SAYS(cr.nc = S("0000000g"), E_SYNTAX);
    SAYS(cr.qop = S("auth-int"), E_CRYPTO);
    SAYS(cr.has_qop = false; cr.qop.n = 0, E_CRYPTO);
    SAYS(cr.has_qop = false; cr.alg = SIP_DIGEST_SHA256_SESS, E_SYNTAX);
    env.md = failing_md;
    env.user = &f;
    SAYS((void)0, E_CRYPTO);
#undef SAYS
}

static int setup(void **state)
{
    (void)state;
    return tls_crypto_init();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_have_a_length),
        cmocka_unit_test(test_which_reason),
        cmocka_unit_test(test_names_of_algorithms),
        cmocka_unit_test(test_password_needs_user_and_realm),
        cmocka_unit_test(test_hashes_fail),
        cmocka_unit_test(test_ha1_is_hex),
        cmocka_unit_test(test_info_is_proof_in_all_parts),
        cmocka_unit_test(test_info_and_no_more_hashes),
        cmocka_unit_test(test_verify_part_by_part),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
