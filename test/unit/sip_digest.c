/* SPDX-License-Identifier: Apache-2.0 */
/* Digest: RFC vectors, choice among challenges, outcomes, counts. */
#include "sip/digest.h"
#include "sip/digest_hash.h"
#include "test/oom.h"
#include "test/unit/digest_kit.h"
#include "test/unit/sip_kit.h"

enum { ALL = SIP_DIGEST_ALLOW_MD5 | SIP_DIGEST_ALLOW_NO_QOP };

/* RFC 7616 3.9.1, RFC 2617 3.5, RFC 2069 2.4 with its erratum. */
static const struct {
    enum env_md md;
    const char *realm, *password, *nonce, *cnonce, *response;
} vector[] = {
    {ENV_MD5, "http-auth@example.org", "Circle of Life",
     "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
     "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
     "8ca523f5e9506fed4657c9700eebdbec"},
    {ENV_SHA256, "http-auth@example.org", "Circle of Life",
     "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
     "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
     "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
    {ENV_MD5, "testrealm@host.com", "Circle Of Life",
     "dcd98b7102dd2f0e8b11d0f600bfb0c093", "0a4f113b",
     "6629fae49393a05397450978507c4ef1"},
    {ENV_MD5, "testrealm@host.com", "CircleOfLife",
     "dcd98b7102dd2f0e8b11d0f600bfb0c093", NULL,
     "1949323746fe6a43ef61f9606e7febea"},
};

static void test_vectors(void **state)
{
    struct env env = kit_env();

    (void)state;
    for (size_t i = 0; i < sizeof(vector) / sizeof(vector[0]); i++) {
        const struct slice part[3] = {S("Mufasa"), slice_cstr(vector[i].realm),
                                      slice_cstr(vector[i].password)};
        struct sip_digest_input in = {
            .md = vector[i].md,
            .qop = vector[i].cnonce ? S("auth") : (struct slice){0},
            .nonce = slice_cstr(vector[i].nonce),
            .cnonce = slice_cstr(vector[i].cnonce),
            .nc = S("00000001"),
            .method = S("GET"),
            .uri = S("/dir/index.html")};
        struct secret ha1;
        char hex[2 * ENV_MD_MAX];

        assert_int_equal(sip_digest_ha1(&env, in.md, part, &ha1), 0);
        assert_int_equal(sip_digest_response(&env, &in, &ha1, hex), 0);
        assert_slice(slice_of(hex, 2 * env_md_size(in.md)),
                     vector[i].response);
    }
}

/* auth-int (RFC 7616 3.4.3), by another implementation. */
static void test_vectors_with_body(void **state)
{
    static const struct {
        enum env_md md;
        const char *response;
    } want[] = {
        {ENV_SHA256,
         "eee7fdb46f943ee984425c07de53f1f7101d7169a2883d4758ced829b9130563"},
        {ENV_MD5, "48975c11f2aacea9994cd82a97b2488e"},
    };
    const struct slice part[3] = {S("Mufasa"), S("r"), S("Circle of Life")};
    struct env env = kit_env();

    (void)state;
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        struct sip_digest_input in = {.md = want[i].md,
                                      .qop = S("auth-int"),
                                      .nonce = S("n"),
                                      .cnonce = S("c"),
                                      .nc = S("00000001"),
                                      .method = S("INVITE"),
                                      .uri = S("sip:b.test"),
                                      .body = S("v=0\r\n")};
        struct secret ha1;
        char hex[2 * ENV_MD_MAX];

        assert_int_equal(sip_digest_ha1(&env, in.md, part, &ha1), 0);
        assert_int_equal(sip_digest_response(&env, &in, &ha1, hex), 0);
        assert_slice(slice_of(hex, 2 * env_md_size(in.md)), want[i].response);
        in.body = S("v=1\r\n");
        assert_int_equal(sip_digest_response(&env, &in, &ha1, hex), 0);
        assert_int_not_equal(
            memcmp(hex, want[i].response, 2 * env_md_size(in.md)), 0);
    }
}

/* A challenge as a message brings it. */
static void challenge(struct kit *k, const char *headers)
{
    char text[8192];
    struct out o = out_of(text, sizeof(text));

    out_lit(&o, "SIP/2.0 401 Unauthorized\r\n"
                "Via: SIP/2.0/TLS h.example.test;branch=z9hG4bK1\r\n"
                "From: <sip:a@example.test>;tag=1\r\n"
                "To: <sip:a@example.test>;tag=2\r\nCall-ID: c\r\n"
                "CSeq: 1 REGISTER\r\n");
    out_put(&o, slice_cstr(headers));
    out_lit(&o, "Content-Length: 0\r\n\r\n");
    assert_int_equal(o.err, 0);
    kit_parse_slice(k, out_slice(&o));
    assert_int_equal(k->ret, 0);
}

#define WWW "WWW-Authenticate: Digest realm=\"r\", nonce="
#define SHA ", algorithm=SHA-256"
#define QOP ", qop=\"auth\"\r\n"

static enum sip_digest_result take(struct sip_digest *d, const char *headers,
                                   bool again)
{
    struct kit k;
    enum sip_digest_result result;

    challenge(&k, headers);
    result = sip_digest_challenge(d, k.msg.challenge, again);
    kit_free_all(&k);
    return result;
}

static void start(struct sip_digest *d, const struct env *env, unsigned flags)
{
    sip_digest_init(d, env, flags);
    assert_int_equal(sip_digest_set_user(d, S("bob"), S("r")), 0);
    assert_int_equal(sip_digest_set_password(d, S("zanzibar")), 0);
}

/* One row of the level's table: what is offered, what is chosen. */
static const struct {
    unsigned flags;
    const char *headers;
    enum sip_digest_result result;
    const char *nonce;
} choice[] = {
    {0, WWW "\"a\"" SHA QOP, SIP_DIGEST_OK, "a"},
    {0, WWW "\"a\", algorithm=MD5" QOP, SIP_DIGEST_NO_ALGORITHM, NULL},
    {0, WWW "\"a\"" QOP, SIP_DIGEST_NO_ALGORITHM, NULL},
    {0, WWW "\"a\"" SHA "\r\n", SIP_DIGEST_NO_ALGORITHM, NULL},
    {SIP_DIGEST_ALLOW_NO_QOP, WWW "\"a\"" SHA "\r\n", SIP_DIGEST_OK, "a"},
    {SIP_DIGEST_ALLOW_MD5, WWW "\"a\"" QOP, SIP_DIGEST_OK, "a"},
    {SIP_DIGEST_ALLOW_MD5, WWW "\"a\"\r\n", SIP_DIGEST_NO_ALGORITHM, NULL},
    {ALL, WWW "\"a\"\r\n", SIP_DIGEST_OK, "a"},
    {ALL, WWW "\"a\"" SHA ", qop=\"auth-int\"\r\n", SIP_DIGEST_OK, "a"},
    {ALL, WWW "\"a\"" SHA ", qop=\"auth-new\"\r\n", SIP_DIGEST_NO_ALGORITHM,
     NULL},
    {ALL, WWW "\"a\"" SHA ", qop=\"auth-int,auth\"\r\n", SIP_DIGEST_OK, "a"},
    {ALL, WWW "\"a\", algorithm=X" QOP, SIP_DIGEST_NO_ALGORITHM, NULL},
    {ALL, WWW "\"a\", algorithm=MD5-sess\r\n", SIP_DIGEST_NO_ALGORITHM, NULL},
    {ALL, WWW "\"a\", algorithm=MD5-sess" QOP, SIP_DIGEST_OK, "a"},
    /* RFC 8760 2.4: the topmost that can be used. */
    {ALL,
     WWW "\"a\", algorithm=SHA-512-256" QOP WWW "\"b\"" SHA QOP WWW
         "\"c\", algorithm=MD5" QOP,
     SIP_DIGEST_OK, "a"},
    {0, WWW "\"a\", algorithm=SHA-512-256-sess" QOP, SIP_DIGEST_OK, "a"},
    {ALL, WWW "\"a\", algorithm=SHA-1024" QOP WWW "\"b\"" SHA QOP,
     SIP_DIGEST_OK, "b"},
    {ALL, WWW "\"a\", algorithm=MD5" QOP WWW "\"b\"" SHA QOP, SIP_DIGEST_OK,
     "a"},
    {0, WWW "\"a\", algorithm=MD5" QOP WWW "\"b\"" SHA QOP, SIP_DIGEST_OK,
     "b"},
    {ALL, "WWW-Authenticate: Digest realm=\"x\", nonce=\"a\"\r\n",
     SIP_DIGEST_FOREIGN_REALM, NULL},
    {ALL,
     "WWW-Authenticate: Digest realm=\"x\", nonce=\"a\"\r\n" WWW "\"b\"\r\n",
     SIP_DIGEST_OK, "b"},
    {ALL, "WWW-Authenticate: Digest realm=\"r\"\r\n", SIP_DIGEST_MALFORMED,
     NULL},
    {ALL, WWW "\"\"\r\n", SIP_DIGEST_MALFORMED, NULL},
    {ALL, "WWW-Authenticate: Basic realm=\"r\"\r\n", SIP_DIGEST_MALFORMED,
     NULL},
    {ALL, "", SIP_DIGEST_MALFORMED, NULL},
};

static void test_choice_among_challenges(void **state)
{
    struct env env = kit_env();

    (void)state;
    for (size_t i = 0; i < sizeof(choice) / sizeof(choice[0]); i++) {
        struct sip_digest d;

        start(&d, &env, choice[i].flags);
        assert_int_equal(take(&d, choice[i].headers, false), choice[i].result);
        assert_int_equal(sip_digest_ready(&d), choice[i].nonce != NULL);
        assert_slice(d.nonce, choice[i].nonce);
        sip_digest_free(&d);
    }
}

static void test_wrong_password_and_stale(void **state)
{
    struct env env = kit_env();
    struct sip_digest d;

    (void)state;
    start(&d, &env, 0);
    assert_int_equal(take(&d, WWW "\"a\"" SHA QOP, false), SIP_DIGEST_OK);
    assert_int_equal(take(&d, WWW "\"b\", stale=TRUE" SHA QOP, true),
                     SIP_DIGEST_OK);
    assert_slice(d.nonce, "b");
    assert_int_equal(take(&d, WWW "\"c\", stale=false" SHA QOP, true),
                     SIP_DIGEST_WRONG_PASSWORD);
    assert_false(sip_digest_ready(&d));
    assert_int_equal(take(&d, WWW "\"d\"" SHA QOP, false), SIP_DIGEST_OK);
    sip_digest_free(&d);
}

static void test_realm_is_pinned_by_the_first_challenge(void **state)
{
    struct env env = kit_env();
    struct sip_digest d;

    (void)state;
    sip_digest_init(&d, &env, 0);
    assert_int_equal(sip_digest_set_user(&d, S("bob"), S("")), 0);
    assert_int_equal(sip_digest_set_password(&d, S("x")), E_STATE);
    assert_int_equal(take(&d, WWW "\"a\"" SHA QOP, false), SIP_DIGEST_ASK);
    assert_slice(d.realm, "r");
    assert_false(sip_digest_ready(&d));
    assert_int_equal(sip_digest_set_password(&d, S("x")), 0);
    assert_true(sip_digest_ready(&d));
    assert_int_equal(
        take(&d,
             "WWW-Authenticate: Digest realm=\"evil\", nonce=\"n\"" SHA QOP,
             false),
        SIP_DIGEST_FOREIGN_REALM);
    sip_digest_free(&d);
}

static void test_ha1_only_chooses_its_algorithm(void **state)
{
    struct env env = kit_env();
    struct sip_digest d;

    (void)state;
    sip_digest_init(&d, &env, ALL);
    assert_int_equal(sip_digest_set_user(&d, S("bob"), S("r")), 0);
    assert_int_equal(
        sip_digest_set_ha1(&d, ENV_MD5, S("12AF60467A33E8518DA5C68BBFF12B1")),
        E_INVAL);
    assert_int_equal(
        sip_digest_set_ha1(&d, ENV_MD5, S("12AF60467A33E8518DA5C68BBFF12B1x")),
        E_INVAL);
    assert_int_equal(
        sip_digest_set_ha1(&d, ENV_MD5, S("12AF60467A33E8518DA5C68BBFF12B11")),
        0);
    assert_slice(secret_bytes(ha1_of(&d, ENV_MD5)),
                 "12af60467a33e8518da5c68bbff12b11");
    assert_int_equal(take(&d, WWW "\"a\"" SHA QOP WWW "\"b\"" QOP, false),
                     SIP_DIGEST_OK);
    assert_slice(d.nonce, "b");
    sip_digest_free(&d);
}

#define BODY S("v=0\r\n")

/* Credentials as a server reads them. */
static void write_and_read(struct kit *k, struct sip_digest *d,
                           const char *method)
{
    char text[4096];
    struct out o = out_of(text, sizeof(text));

    out_put(&o, slice_cstr(method));
    out_lit(&o, " sip:example.test SIP/2.0\r\n"
                "Via: SIP/2.0/TLS h.example.test;branch=z9hG4bK1\r\n"
                "From: <sip:a@example.test>;tag=1\r\n"
                "To: <sip:a@example.test>\r\nCall-ID: c\r\nCSeq: 1 ");
    out_put(&o, slice_cstr(method));
    out_lit(&o, "\r\n");
    assert_int_equal(sip_digest_write(d, &o, slice_cstr(method),
                                      S("sip:example.test"), BODY),
                     0);
    out_lit(&o, "\r\n");
    assert_int_equal(o.err, 0);
    kit_parse_slice(k, out_slice(&o));
    assert_int_equal(k->ret, 0);
    assert_non_null(k->msg.credentials);
}

/* What we answer, the server's side accepts: all algorithms and qops. */
static void test_answers_verify(void **state)
{
    static const char *const offer[] = {
        WWW "\"a\"" SHA QOP,
        WWW "\"a\"" SHA "\r\n",
        WWW "\"a\", algorithm=SHA-256-sess" QOP,
        WWW "\"a\", algorithm=MD5" QOP,
        WWW "\"a\"\r\n",
        WWW "\"a\", algorithm=md5-SESS, opaque=\"\"" QOP,
        "Proxy-Authenticate: Digest realm=\"r\", opaque=\"o\\\"p\", "
        "nonce=\"n\\\\\\\"\"" SHA QOP,
        WWW "\"a\"" SHA ", qop=\"auth-int\"\r\n",
        WWW "\"a\", algorithm=SHA-256-sess, qop=\"x,auth-int\"\r\n",
    };
    struct env env = kit_env();
    struct kit k;

    (void)state;
    for (size_t i = 0; i < sizeof(offer) / sizeof(offer[0]); i++) {
        struct sip_digest d;

        start(&d, &env, ALL);
        assert_int_equal(take(&d, offer[i], false), SIP_DIGEST_OK);
        for (uint32_t n = 1; n < 4; n++) {
            const struct sip_credentials *cr;

            write_and_read(&k, &d, "REGISTER");
            cr = k.msg.credentials;
            assert_int_equal(cr->proxy, i == 6);
            assert_true(slice_eq(cr->nonce, d.nonce));
            assert_true(slice_eq(cr->opaque, d.opaque));
            assert_int_equal(sip_digest_verify(&env, cr, S("REGISTER"), BODY,
                                               ha1_of(&d, d.md)),
                             0);
            assert_int_equal(sip_digest_verify(&env, cr, S("INVITE"), BODY,
                                               ha1_of(&d, d.md)),
                             E_CRYPTO);
            assert_int_equal(sip_digest_verify(&env, cr, S("REGISTER"),
                                               S("v=1\r\n"), ha1_of(&d, d.md)),
                             i < 7 ? 0 : E_CRYPTO);
            if (cr->has_qop) {
                assert_slice(cr->qop, i < 7 ? "auth" : "auth-int");
                assert_int_equal(cr->nc.n, 8);
                assert_int_equal(cr->nc.p[7], '0' + (int)n);
                assert_int_equal(cr->cnonce.n, 32);
            }
            kit_free_all(&k);
        }
        sip_digest_free(&d);
    }
}

static void test_cnonce_is_fresh_but_in_a_session(void **state)
{
    struct env env = kit_env();
    struct sip_digest d;
    char first[33];
    struct kit k;

    (void)state;
    for (int sess = 0; sess < 2; sess++) {
        start(&d, &env, 0);
        assert_int_equal(take(&d,
                              sess ? WWW "\"a\", algorithm=SHA-256-sess" QOP
                                   : WWW "\"a\"" SHA QOP,
                              false),
                         SIP_DIGEST_OK);
        write_and_read(&k, &d, "OPTIONS");
        kit_free_all(&k);
        memcpy(first, d.cnonce, sizeof(first));
        write_and_read(&k, &d, "OPTIONS");
        kit_free_all(&k);
        assert_int_equal(memcmp(first, d.cnonce, sizeof(first)) == 0, sess);
        sip_digest_free(&d);
    }
}

static void test_nonce_count_ends(void **state)
{
    struct env env = kit_env();
    struct sip_digest d;
    char text[1024];
    struct out o = out_of(text, sizeof(text));

    (void)state;
    start(&d, &env, 0);
    assert_int_equal(
        sip_digest_write(&d, &o, S("REGISTER"), S("sip:x.test"), S("")),
        E_STATE);
    assert_int_equal(take(&d, WWW "\"a\"" SHA QOP, false), SIP_DIGEST_OK);
    d.nc = UINT32_MAX - 1;
    assert_int_equal(
        sip_digest_write(&d, &o, S("REGISTER"), S("sip:x.test"), S("")), 0);
    assert_false(sip_digest_ready(&d));
    assert_int_equal(
        sip_digest_write(&d, &o, S("REGISTER"), S("sip:x.test"), S("")),
        E_STATE);
    sip_digest_free(&d);
}

/* Hazard A-07: what a realm says can never leave its quotes. */
static void test_quotes_cannot_be_left(void **state)
{
    struct env env = kit_env();
    struct sip_digest d;
    struct kit k;

    (void)state;
    sip_digest_init(&d, &env, 0);
    assert_int_equal(sip_digest_set_user(&d, S("a\r\nX: y"), S("")), E_INVAL);
    assert_int_equal(sip_digest_set_user(&d, S(""), S("")), E_INVAL);
    assert_int_equal(sip_digest_set_user(&d, S("b\", x=\"y\\"), S("")), 0);
    assert_int_equal(
        take(&d,
             "WWW-Authenticate: Digest realm=\"r\\\", uri=\\\"evil\", "
             "nonce=\"n\"" SHA QOP,
             false),
        SIP_DIGEST_ASK);
    assert_slice(d.realm, "r\", uri=\"evil");
    assert_int_equal(sip_digest_set_password(&d, S("x")), 0);
    write_and_read(&k, &d, "REGISTER");
    assert_slice(k.msg.credentials->realm, "r\", uri=\"evil");
    assert_slice(k.msg.credentials->username, "b\", x=\"y\\");
    assert_slice(k.msg.credentials->uri, "sip:example.test");
    kit_free_all(&k);
    sip_digest_free(&d);
}

/* Authentication-Info for the answer that d wrote last. */
static struct sip_auth_info info_for(struct sip_digest *d, char *rspauth,
                                     char *nc)
{
    struct sip_digest_input in = {.md = d->md,
                                  .sess = d->sess,
                                  .qop = S("auth"),
                                  .nonce = d->nonce,
                                  .cnonce = slice_of(d->cnonce, 32),
                                  .nc = slice_of(nc, 8),
                                  .method = S(""),
                                  .uri = S("sip:example.test")};

    for (int i = 0; i < 8; i++)
        nc[i] = i == 7 ? '1' : '0';
    assert_int_equal(
        sip_digest_response(d->env, &in, ha1_of(d, d->md), rspauth), 0);
    return (struct sip_auth_info){.nextnonce = S("next"),
                                  .rspauth = slice_of(rspauth, 64),
                                  .cnonce = in.cnonce,
                                  .qop = S("auth"),
                                  .nc = in.nc};
}

static void test_nextnonce_needs_proof(void **state)
{
    struct env env = kit_env();
    struct sip_digest d;
    struct sip_auth_info info;
    char rspauth[64];
    char nc[8];
    struct kit k;

    (void)state;
    start(&d, &env, 0);
    assert_int_equal(take(&d, WWW "\"a\"" SHA QOP, false), SIP_DIGEST_OK);
    write_and_read(&k, &d, "REGISTER");
    kit_free_all(&k);
    info = info_for(&d, rspauth, nc);
    info.rspauth.n = 0;
    assert_int_equal(sip_digest_info(&d, &info, S("sip:example.test"), S("")),
                     0);
    assert_slice(d.nonce, "a");
    info.rspauth = slice_of(rspauth, 64);
    rspauth[5] ^= 1;
    assert_int_equal(sip_digest_info(&d, &info, S("sip:example.test"), S("")),
                     E_CRYPTO);
    assert_slice(d.nonce, "a");
    rspauth[5] ^= 1;
    assert_int_equal(sip_digest_info(&d, &info, S("sip:example.test"), S("")),
                     0);
    assert_slice(d.nonce, "next");
    assert_int_equal(d.nc, 0);
    sip_digest_free(&d);
}

static void test_verify_refuses(void **state)
{
    struct env env = kit_env();
    struct sip_digest d;
    struct sip_credentials cr;
    struct secret short_ha1;
    struct kit k;

    (void)state;
    start(&d, &env, 0);
    assert_int_equal(take(&d, WWW "\"a\"" SHA QOP, false), SIP_DIGEST_OK);
    write_and_read(&k, &d, "REGISTER");
    cr = *k.msg.credentials;
#define VERIFY \
    sip_digest_verify(&env, &cr, S("REGISTER"), S(""), ha1_of(&d, ENV_SHA256))
    assert_int_equal(VERIFY, 0);
    cr.nc = S("0000001");
    assert_int_equal(VERIFY, E_SYNTAX);
    cr.nc = S("0000000A");
    assert_int_equal(VERIFY, E_SYNTAX);
    cr.nc = S("00000002");
    assert_int_equal(VERIFY, E_CRYPTO);
    cr = *k.msg.credentials;
    cr.qop = S("auth-new");
    assert_int_equal(VERIFY, E_UNSUPPORTED);
    cr = *k.msg.credentials;
    cr.response = slice_of(cr.response.p, 63);
    assert_int_equal(VERIFY, E_CRYPTO);
    cr = *k.msg.credentials;
    cr.digest = false;
    assert_int_equal(VERIFY, E_SYNTAX);
    cr = *k.msg.credentials;
    cr.alg = SIP_DIGEST_UNKNOWN;
    assert_int_equal(VERIFY, E_UNSUPPORTED);
    cr = *k.msg.credentials;
    assert_int_equal(secret_set(&short_ha1, S("")), 0);
    assert_int_equal(
        sip_digest_verify(&env, &cr, S("REGISTER"), S(""), &short_ha1),
        E_UNSUPPORTED);
    kit_free_all(&k);
    sip_digest_free(&d);
}

static int oom_body(const struct env *env, void *arg)
{
    const struct sip_challenge *list = arg;
    struct sip_digest d;
    char text[1024];
    struct out o = out_of(text, sizeof(text));
    int err;

    sip_digest_init(&d, env, 0);
    err = sip_digest_set_user(&d, S("bob"), S(""));
    if (!err) {
        enum sip_digest_result r = sip_digest_challenge(&d, list, false);

        err = r == SIP_DIGEST_NO_MEMORY ? E_NOMEM : 0;
        if (err)
            assert_false(sip_digest_ready(&d));
        else
            assert_int_equal(r, SIP_DIGEST_ASK);
    }
    if (!err)
        err = sip_digest_set_password(&d, S("x"));
    if (!err)
        err = sip_digest_write(&d, &o, S("REGISTER"), S("sip:a.test"), S(""));
    sip_digest_free(&d);
    return err;
}

static void test_out_of_memory(void **state)
{
    struct env proto = kit_env();
    struct kit k;

    (void)state;
    challenge(&k, WWW "\"a\", opaque=\"o\"" SHA QOP);
    assert_int_equal(oom_loop(&proto, oom_body, k.msg.challenge), 4);
    kit_free_all(&k);
}

static int setup(void **state)
{
    (void)state;
    return tls_crypto_init();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_vectors_with_body),
        cmocka_unit_test(test_choice_among_challenges),
        cmocka_unit_test(test_wrong_password_and_stale),
        cmocka_unit_test(test_realm_is_pinned_by_the_first_challenge),
        cmocka_unit_test(test_ha1_only_chooses_its_algorithm),
        cmocka_unit_test(test_answers_verify),
        cmocka_unit_test(test_cnonce_is_fresh_but_in_a_session),
        cmocka_unit_test(test_nonce_count_ends),
        cmocka_unit_test(test_quotes_cannot_be_left),
        cmocka_unit_test(test_nextnonce_needs_proof),
        cmocka_unit_test(test_verify_refuses),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
