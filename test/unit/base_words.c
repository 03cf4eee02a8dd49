/* SPDX-License-Identifier: Apache-2.0 */
/* What comes out for people: errors, causes, log lines. No secrets. */
#include "sip/base/cause.h"
#include "sip/base/log.h"
#include "test/unit/sip_kit.h"

struct lines {
    char text[4096];
    size_t n;
    unsigned count;
};

static void keep(void *user, enum log_level level, struct slice line)
{
    struct lines *l = user;

    (void)level;
    l->count++;
    assert_true(line.n <= LOG_LINE_MAX);
    for (size_t i = 0; i < line.n; i++)
        assert_true(line.p[i] >= 0x20 && line.p[i] < 0x7f);
    memcpy(l->text, line.p, line.n);
    l->n = line.n;
}

static void test_log_fields_by_kind(void **state)
{
    struct lines l = {.n = 0};
    struct log log = {.level = LOG_INFO, .sink = keep, .user = &l};
    struct env env = kit_env();

    (void)state;
    env.log = &log;
    LOG(&env, LOG_INFO, "flow.up", LOG_HOST("host", S("a.test\r\nx: y")),
        LOG_NUM("port", -5061), LOG_LEN("body", 7), LOG_LIT("why", "because"),
        LOG_TOKEN("id", S("a\x1b[2J\"b")));
    assert_slice(slice_of(l.text, l.n),
                 "flow.up host=a.test??x:?y port=-5061 body=<7 bytes> "
                 "why=because id=a?[2J?b");
    LOG(&env, LOG_DEBUG, "quiet", LOG_NUM("n", 1));
    assert_int_equal(l.count, 1);
    env.log = NULL;
    LOG(&env, LOG_ERROR, "nowhere", LOG_NUM("n", 1));
    assert_int_equal(l.count, 1);
}

static void test_people_are_tags(void **state)
{
    struct lines l = {.n = 0};
    struct log log = {.level = LOG_INFO, .sink = keep, .user = &l};
    struct env env = kit_env();
    char first[64];

    (void)state;
    env.log = &log;
    LOG(&env, LOG_INFO, "call", LOG_PERSON("who", S("alice")));
    assert_int_equal(l.n, strlen("call who=p:") + 8);
    assert_null(strstr(l.text, "alice"));
    memcpy(first, l.text, l.n);
    LOG(&env, LOG_INFO, "call", LOG_PERSON("who", S("alice")));
    assert_memory_equal(first, l.text, l.n);
    log.key[0] ^= 1; /* another instance: another tag */
    LOG(&env, LOG_INFO, "call", LOG_PERSON("who", S("alice")));
    assert_memory_not_equal(first, l.text, l.n);
}

static void test_long_values_are_cut(void **state)
{
    static char big[LOG_LINE_MAX * 2];
    struct lines l = {.n = 0};
    struct log log = {.level = LOG_INFO, .sink = keep, .user = &l};
    struct env env = kit_env();

    (void)state;
    env.log = &log;
    memset(big, 'x', sizeof(big));
    LOG(&env, LOG_INFO, "long", LOG_TOKEN("v", slice_of(big, sizeof(big))));
    assert_int_equal(l.n, strlen("long v=...") + LOG_VALUE_MAX);
    for (int i = 0; i < 3; i++)
        LOG(&env, LOG_INFO, "longer", LOG_TOKEN("a", slice_of(big, 128)),
            LOG_TOKEN("b", slice_of(big, 128)),
            LOG_TOKEN("c", slice_of(big, 128)),
            LOG_TOKEN("d", slice_of(big, 128)),
            LOG_TOKEN("e", slice_of(big, 128)),
            LOG_TOKEN("f", slice_of(big, 128)),
            LOG_TOKEN("g", slice_of(big, 128)),
            LOG_TOKEN("h", slice_of(big, 128)),
            LOG_TOKEN("i", slice_of(big, 128)));
    assert_int_equal(l.count, 4);
}

static void test_every_error_has_words(void **state)
{
    (void)state;
#define X(name, num, text)                          \
    assert_string_equal(err_name(E_##name), #name); \
    assert_string_equal(err_text(E_##name), text);  \
    assert_int_equal(E_##name, -(num));
    ERR_MAP(X)
#undef X
    assert_string_equal(err_name(0), "OK");
    assert_string_equal(err_name(-9999), "UNKNOWN");
    assert_non_null(err_text(-9999));
    assert_non_null(err_text(1));
}

static void test_every_cause_has_words(void **state)
{
    (void)state;
    for (int c = 0; c < CAUSE_CODE_COUNT; c++) {
        enum cause_code code = (enum cause_code)c;

        assert_true(strlen(cause_symbol(code)) > 0);
        assert_true(strlen(cause_sentence(code)) > 0);
        assert_true(code == CAUSE_none || strlen(cause_hint(code)) > 0);
        assert_true(strlen(cause_domain_name(cause_domain(code))) > 0);
    }
    assert_string_equal(cause_symbol((enum cause_code)9999), "internal");
    assert_string_equal(cause_domain_name((enum cause_domain)9999), "none");
}

static void test_facts_are_one_printable_line(void **state)
{
    static char big[2 * CAUSE_TEXT_MAX];
    struct cause c;

    (void)state;
    cause_set(&c, CAUSE_cert_expired);
    assert_string_equal(c.text, cause_sentence(CAUSE_cert_expired));
    cause_set_facts(&c, CAUSE_cert_expired, S("CN=a\r\nX\x1b\xff"));
    assert_string_equal(c.text, "the certificate has expired: CN=a??X??");
    assert_int_equal(c.code, CAUSE_cert_expired);
    memset(big, 'y', sizeof(big));
    cause_set_facts(&c, CAUSE_cert_expired, slice_of(big, sizeof(big)));
    assert_int_equal(strlen(c.text), CAUSE_TEXT_MAX - 1);
}

static int setup(void **state)
{
    (void)state;
    return tls_crypto_init();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_fields_by_kind),
        cmocka_unit_test(test_people_are_tags),
        cmocka_unit_test(test_long_values_are_cut),
        cmocka_unit_test(test_every_error_has_words),
        cmocka_unit_test(test_every_cause_has_words),
        cmocka_unit_test(test_facts_are_one_printable_line),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
