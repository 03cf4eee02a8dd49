/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: trust anchors and own chains, from files and memory. */
#include "tls/cred.h"

#include <unistd.h>

#include "test/unit/tls_kit.h"

static struct kit_pki pki;
static char dir[] = "/tmp/siplock-cred-XXXXXX";

static struct slice path_of(const char *name)
{
    static char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    return slice_cstr(path);
}

static void put_file(const char *name, struct slice text)
{
    FILE *f = fopen(path_of(name).p, "wb");

    assert_non_null(f);
    if (text.n)
        assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
    assert_int_equal(fclose(f), 0);
}

static struct tls_cred *fresh(void)
{
    struct tls_cred *c = NULL;

    assert_int_equal(tls_cred_new(&c, &kit_env), 0);
    return c;
}

/* The error says where and what. */
static void expect_bad(const char *name, const char *words)
{
    struct tls_cred *c = fresh();
    struct cause why;

    assert_int_equal(tls_cred_add_file(c, path_of(name), &why), E_CERT);
    assert_int_equal(why.code, CAUSE_config_trust);
    if (!strstr(why.text, path_of(name).p) || !strstr(why.text, words))
        fail_msg("%s", why.text);
    assert_int_equal(tls_cred_anchors(c), 0);
    tls_cred_free(c);
}

static void test_files(void **state)
{
    static char text[4 * MINT_PEM_MAX];
    struct out o = out_of(text, sizeof(text));
    struct tls_cred *c = fresh();

    (void)state;
    out_lit(&o, "# two, with words between\n");
    out_put(&o, mint_pem(pki.root));
    out_lit(&o, "and\n");
    out_put(&o, mint_pem(pki.other));
    put_file("two.pem", out_slice(&o));
    assert_int_equal(tls_cred_add_file(c, path_of("two.pem"), NULL), 0);
    assert_int_equal(tls_cred_anchors(c), 2);
    assert_int_equal(tls_cred_add_pem(c, mint_pem(pki.inter), NULL), 0);
    assert_int_equal(tls_cred_anchors(c), 3);
    assert_false(tls_cred_has_own(c));
    assert_null(tls_cred_mbed_key(c));
    tls_cred_free(c);
}

static void test_bad_files(void **state)
{
    static char text[2 * MINT_PEM_MAX];
    struct out o = out_of(text, sizeof(text));

    (void)state;
    expect_bad("absent.pem", "no such file");
    expect_bad(".", "");
    put_file("empty.pem", S(""));
    expect_bad("empty.pem", "empty");
    put_file("words.pem", S("just words\n"));
    expect_bad("words.pem", "no certificate");
    put_file("key.pem", mint_key_pem(pki.root));
    expect_bad("key.pem", "no certificate");
    /* The second one of two is damaged: the whole file is refused. */
    out_put(&o, mint_pem(pki.root));
    out_put(&o, mint_pem(pki.other));
    text[o.n - 100] = '!';
    put_file("damaged.pem", out_slice(&o));
    expect_bad("damaged.pem", "malformed");
    put_file("good.pem", mint_pem(pki.root));
    struct tls_cred *c = fresh();

    assert_int_equal(tls_cred_add_file(c, path_of("good.pem"), NULL), 0);
    assert_int_equal(
        tls_cred_add_file(c, slice_of("/etc/passwd\0x", 13), NULL), E_CERT);
    tls_cred_free(c);
}

static void test_own(void **state)
{
    struct tls_cred *c = fresh();
    struct cause why;

    (void)state;
    assert_int_equal(
        tls_cred_own_pem(c, mint_pem(pki.root), mint_key_pem(pki.other), &why),
        E_CERT);
    assert_non_null(strstr(why.text, "not the certificate's"));
    assert_false(tls_cred_has_own(c));
    assert_int_equal(
        tls_cred_own_pem(c, mint_pem(pki.root), S("no key"), &why), E_CERT);
    assert_non_null(strstr(why.text, "private key"));
    put_file("chain.pem", mint_pem(pki.root));
    put_file("chain.key", mint_key_pem(pki.root));
    char chain[256];

    memcpy(chain, path_of("chain.pem").p, path_of("chain.pem").n + 1);
    assert_int_equal(
        tls_cred_own_files(c, slice_cstr(chain), path_of("chain.key"), &why),
        0);
    assert_true(tls_cred_has_own(c));
    assert_int_equal(
        tls_cred_own_pem(c, mint_pem(pki.root), mint_key_pem(pki.root), &why),
        E_STATE);
    tls_cred_free(c);
}

/* Without anchors no client engine is made (CVE-2025-27809's lesson). */
static void test_no_anchors(void **state)
{
    struct tls_cred *empty = fresh();
    struct kit_policy k, control;
    struct tls_engine *e = NULL;

    (void)state;
    kit_policy_new(&k, kit_terms(empty));
    assert_int_equal(tls_engine_new_client(&e, &kit_env, k.p, k.ticket),
                     E_CERT);
    assert_null(e);
    kit_policy_new(&control, kit_terms(pki.anchors));
    assert_int_equal(
        tls_engine_new_client(&e, &kit_env, control.p, control.ticket), 0);
    tls_engine_free(e);
    kit_policy_free(&k);
    kit_policy_free(&control);
    tls_cred_free(empty);
}

static int set_up(void **state)
{
    (void)state;
    kit_pki_new(&pki);
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    static const char *const names[] = {
        "two.pem",     "empty.pem", "words.pem", "key.pem",
        "damaged.pem", "good.pem",  "chain.pem", "chain.key"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        (void)unlink(path_of(names[i]).p);
    (void)rmdir(dir);
    kit_pki_free(&pki);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_own),
        cmocka_unit_test(test_no_anchors),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
