/* SPDX-License-Identifier: Apache-2.0 */
/* The account file: what is taken, and what is refused with its name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/account.h"

static char dir[] = "/tmp/siplock-account-XXXXXX";
static char account_path[64], password_path[64];

static void put_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int load(struct account_file *a, const char *text,
                struct siplock_cause *cause)
{
    put_file(account_path, text);
    return account_file_load(a, account_path, cause);
}

static void good_files(void **state)
{
    char text[1024];
    struct siplock_cause cause;
    struct account_file a;
    struct siplock_password password = {.n = 0};

    (void)state;
    put_file(password_path, "open sesame\r\nnot this\n");
    snprintf(text, sizeof(text),
             "{\"aor\":\"sip:alice@example.test\","
             "\"outbound\":\"sip:edge.example.test:5061;transport=tls\","
             "\"address\":[\"127.0.0.1:34567\"],\"dns\":[\"127.0.0.1:53\"],"
             "\"user\":\"al\",\"realm\":\"r\",\"password_file\":\"%s\","
             "\"ca\":[\"a.pem\",\"b.pem\"],\"level\":\"modern\","
             "\"names\":\"rfc6125\",\"expires\":600}",
             password_path);
    assert_int_equal(load(&a, text, &cause), 0);
    assert_string_equal(a.config.aor, "sip:alice@example.test");
    assert_int_equal(a.config.addresses, 1);
    assert_int_equal(a.config.dns_servers, 1);
    assert_int_equal(a.config.ca_files, 2);
    assert_int_equal(a.config.level, SIPLOCK_LEVEL_MODERN);
    assert_int_equal(a.config.names, SIPLOCK_NAMES_RFC6125);
    assert_int_equal(a.config.expires, 600);
    assert_int_equal(
        a.config.password(a.config.password_user, (siplock_account){1},
                          (struct siplock_str){"r", 1}, &password),
        0);
    assert_int_equal(password.n, 11);
    assert_memory_equal(password.bytes, "open sesame", 11);
    account_file_free(&a);
    assert_int_equal(
        load(&a, "{\"aor\":\"sip:a@b\",\"ca\":\"system\"}", &cause), 0);
    assert_int_equal(a.config.ca_files, 0);
    assert_int_equal(a.config.codecs, 0);
    account_file_free(&a);
    assert_int_equal(
        load(&a, "{\"aor\":\"sip:a@b\",\"codecs\":[\"pcmu\",\"opus\"]}",
             &cause),
        0);
    assert_int_equal(a.config.codecs, 2);
    assert_string_equal(a.config.codec[0], "pcmu");
    assert_string_equal(a.config.codec[1], "opus");
    account_file_free(&a);
}

/* What is done with a REFER of no call: three words, and no other. */
static void refers(void **state)
{
    static const struct {
        const char *word;
        int ret, refers;
    } rows[] = {{"refuse", 0, SIPLOCK_REFERS_REFUSED},
                {"ask", 0, SIPLOCK_REFERS_ASKED},
                {"own", 0, SIPLOCK_REFERS_OWN},
                {"follow", -1, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct siplock_cause cause;
        struct account_file a;
        char text[128];

        snprintf(text, sizeof(text), "{\"aor\":\"sip:a@b\",\"refers\":\"%s\"}",
                 rows[i].word);
        assert_int_equal(load(&a, text, &cause), rows[i].ret);
        if (!rows[i].ret)
            assert_int_equal(a.config.refers, rows[i].refers);
        account_file_free(&a);
    }
}

/* A text as it is, or a list of them. */
static void edges(void **state)
{
    struct siplock_cause cause;
    struct account_file a;

    (void)state;
    assert_int_equal(load(&a,
                          "{\"aor\":\"sip:a@b\",\"outbound\":"
                          "\"sip:e1:5061, sip:e1:443\"}",
                          &cause),
                     0);
    assert_string_equal(a.config.outbound, "sip:e1:5061, sip:e1:443");
    account_file_free(&a);
    assert_int_equal(load(&a,
                          "{\"aor\":\"sip:a@b\",\"outbound\":"
                          "[\"sip:e1:5061\",\"sip:e2\"]}",
                          &cause),
                     0);
    assert_string_equal(a.config.outbound, "sip:e1:5061,sip:e2");
    account_file_free(&a);
    assert_int_equal(load(&a,
                          "{\"aor\":\"sip:a@b\",\"outbound\":"
                          "[\"sip:e1,sip:e2\"]}",
                          &cause),
                     -1);
    assert_non_null(strstr(cause.text, "outbound"));
    account_file_free(&a);
    assert_int_equal(load(&a, "{\"aor\":\"sip:a@b\",\"outbound\":[]}", &cause),
                     -1);
    account_file_free(&a);
}

static void dns_members(void **state)
{
    static const char *const bad[] = {
        "\"dns_search\":\"a.test\"",
        "\"dns_search\":[\"no domain\"]",
        "\"dns_search\":[\"a\",\"b\",\"c\",\"d\",\"e\"]",
        "\"dns_try_ms\":99",
        "\"dns_try_ms\":5001",
        "\"dns_try_ms\":\"100\""};
    struct siplock_cause cause;
    struct account_file a;

    (void)state;
    assert_int_equal(load(&a,
                          "{\"aor\":\"sip:a@b\",\"dns\":[\"192.0.2.53\"],"
                          "\"dns_search\":[\"corp.test\",\"b.test\"],"
                          "\"dns_try_ms\":500}",
                          &cause),
                     0);
    assert_int_equal(a.config.dns_servers, 1);
    assert_int_equal(a.dns_config.searches, 2);
    assert_string_equal(a.dns_config.search[1], "b.test");
    assert_int_equal(a.dns_config.try_ms, 500);
    account_file_free(&a);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[128];

        snprintf(text, sizeof(text), "{\"aor\":\"sip:a@b\",%s}", bad[i]);
        assert_int_equal(load(&a, text, &cause), -1);
        assert_non_null(strstr(cause.text, "dns_"));
        account_file_free(&a);
    }
}

static void trust_members(void **state)
{
    struct siplock_cause cause;
    struct account_file a;

    (void)state;
    assert_int_equal(
        load(&a,
             "{\"aor\":\"sip:a@b\",\"ca\":[\"system\",\"own.pem\"],"
             "\"pins\":[\"sha256/x\",\"sha256/y\"],\"pins_end\":"
             "\"2027-01-31\",\"trust\":\"ca\",\"crl\":\"ca.crl\","
             "\"cert\":\"me.pem\",\"key\":\"me.key\"}",
             &cause),
        0);
    assert_int_equal(a.config.ca_system, 1);
    assert_int_equal(a.config.ca_files, 1);
    assert_string_equal(a.config.ca_file[0], "own.pem");
    assert_int_equal(a.config.pins, 2);
    assert_string_equal(a.config.pin[1], "sha256/y");
    assert_string_equal(a.config.pins_end, "2027-01-31");
    assert_int_equal(a.config.trust_pins, 0);
    assert_int_equal(a.config.crl_files, 1);
    assert_string_equal(a.config.cert_file, "me.pem");
    assert_string_equal(a.config.key_file, "me.key");
    account_file_free(&a);
    assert_int_equal(load(&a,
                          "{\"aor\":\"sip:a@b\",\"pins\":\"sha256/x\","
                          "\"trust\":\"pin\"}",
                          &cause),
                     0);
    assert_int_equal(a.config.trust_pins, 1);
    account_file_free(&a);
}

static void bad_files(void **state)
{
    /* Each names what is wrong. */
    static const struct {
        const char *text;
        const char *says;
    } rows[] = {
        {"{", "line 1"},
        {"[]", "one JSON object"},
        {"{}", "\"aor\" is missing"},
        {"{\"aor\":\"sip:a@b\",\"aor\":\"sip:c@d\"}", "duplicate"},
        {"{\"aor\":\"sip:a@b\",\"colour\":\"red\"}", "\"colour\""},
        {"{\"aor\":\"sip:a@b\",\"password\":\"x\"}", "password_file"},
        {"{\"aor\":7}", "\"aor\""},
        {"{\"aor\":\"\"}", "\"aor\""},
        {"{\"aor\":\"a\\u0000b\"}", "\\\\u0000|NUL"},
        {"{\"aor\":\"sip:a@b\",\"address\":\"x\"}", "\"address\""},
        {"{\"aor\":\"sip:a@b\",\"address\":[]}", "\"address\""},
        {"{\"aor\":\"sip:a@b\",\"level\":\"none\"}", "\"level\""},
        {"{\"aor\":\"sip:a@b\",\"names\":\"any\"}", "\"names\""},
        {"{\"aor\":\"sip:a@b\",\"expires\":0}", "\"expires\""},
        {"{\"aor\":\"sip:a@b\",\"expires\":\"60\"}", "\"expires\""},
        {"{\"aor\":\"sip:a@b\",\"password_file\":\"/nonexistent\"}",
         "/nonexistent"},
        {"{\"aor\":\"sip:a@b\",\"ha1\":{\"MD5\":\"x\",\"realm\":\"r\"}}",
         "32"},
        {"{\"aor\":\"sip:a@b\",\"ha1\":{\"realm\":\"r\"}}", "needs"},
        {"{\"aor\":\"sip:a@b\",\"ha1\":{\"what\":\"r\"}}", "\"what\""},
        {"{\"aor\":\"sip:a@b\",\"codecs\":[\"g729\"]}", "\"g729\""},
        {"{\"aor\":\"sip:a@b\",\"trust\":\"all\"}", "\"trust\""},
        {"{\"aor\":\"sip:a@b\",\"trust\":\"pin\"}", "\"pins\""},
        {"{\"aor\":\"sip:a@b\",\"cert\":\"me.pem\"}", "\"key\""},
        {"{\"aor\":\"sip:a@b\",\"crl\":7}", "\"crl\""},
        {"{\"aor\":\"sip:a@b\",\"codecs\":[]}", "\"codecs\""},
        {"{\"aor\":\"sip:a@b\",\"codecs\":\"opus\"}", "\"codecs\""},
        {"{\"aor\":\"sip:a@b\",\"codecs\":[\"pcma\",\"pcma\"]}", "twice"},
    };
    struct siplock_cause cause;
    struct account_file a;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        memset(&cause, 0, sizeof(cause));
        assert_int_equal(load(&a, rows[i].text, &cause), -1);
        assert_string_equal(cause.domain, "config");
        assert_non_null(strstr(cause.text, account_path));
        if (!strchr(rows[i].says, '|'))
            assert_non_null(strstr(cause.text, rows[i].says));
        account_file_free(&a);
    }
    assert_int_equal(account_file_load(&a, "/nonexistent", &cause), -1);
    assert_non_null(strstr(cause.text, "cannot be opened"));
}

static void limits(void **state)
{
    struct siplock_cause cause;
    struct account_file a;
    char *big = malloc(ACCOUNT_FILE_MAX + 64);
    char password[SECRET_MAX + 8], text[256];

    (void)state;
    /* One byte more than the limit; at the limit it is read. */
    memset(big, ' ', ACCOUNT_FILE_MAX + 1);
    memcpy(big, "{\"aor\":\"sip:a@b\"}", 17);
    big[ACCOUNT_FILE_MAX] = '\0';
    assert_int_equal(load(&a, big, &cause), 0);
    account_file_free(&a);
    big[ACCOUNT_FILE_MAX] = ' ';
    big[ACCOUNT_FILE_MAX + 1] = '\0';
    assert_int_equal(load(&a, big, &cause), -1);
    assert_non_null(strstr(cause.text, "longer than"));
    free(big);
    snprintf(text, sizeof(text),
             "{\"aor\":\"sip:a@b\",\"password_file\":\"%s\"}", password_path);
    memset(password, 'x', SECRET_MAX);
    password[SECRET_MAX] = '\0';
    put_file(password_path, password);
    assert_int_equal(load(&a, text, &cause), 0);
    account_file_free(&a);
    password[SECRET_MAX] = 'x';
    password[SECRET_MAX + 1] = '\0';
    put_file(password_path, password);
    assert_int_equal(load(&a, text, &cause), -1);
    assert_null(strstr(cause.text, "xxx"));
    account_file_free(&a);
}

static int open_dir(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    snprintf(account_path, sizeof(account_path), "%s/account", dir);
    snprintf(password_path, sizeof(password_path), "%s/password", dir);
    return 0;
}

static int close_dir(void **state)
{
    (void)state;
    unlink(account_path);
    unlink(password_path);
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_files),    cmocka_unit_test(edges),
        cmocka_unit_test(refers),        cmocka_unit_test(dns_members),
        cmocka_unit_test(trust_members), cmocka_unit_test(bad_files),
        cmocka_unit_test(limits),
    };

    return cmocka_run_group_tests_name("tools_account", tests, open_dir,
                                       close_dir);
}
