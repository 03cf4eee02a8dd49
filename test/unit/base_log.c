/* SPDX-License-Identifier: Apache-2.0 */
/* The log: each kind of field, and that no peer's byte leaves its place. */
#include "sip/base/log.h"
#include "test/unit/sip_kit.h"

struct sunk {
    char text[2 * LOG_LINE_MAX];
    size_t n;
    unsigned lines;
    enum log_level level;
};

static void sink(void *user, enum log_level level, struct slice line)
{
    struct sunk *s = user;

    assert_true(line.n <= LOG_LINE_MAX);
    memcpy(s->text, line.p, line.n);
    s->text[line.n] = 0;
    s->n = line.n;
    s->level = level;
    s->lines++;
}

static void test_kinds(void **state)
{
    struct sunk s = {.lines = 0};
    struct log log = {.level = LOG_INFO, .sink = sink, .user = &s};
    struct env env = kit_env();

    (void)state;
    env.log = &log;
    LOG(&env, LOG_WARN, "a.b", LOG_LIT("l", "x y"), LOG_NUM("n", INT64_MIN),
        LOG_NUM("m", INT64_MAX), LOG_LEN("z", 7));
    assert_string_equal(s.text, "a.b l=x y n=-9223372036854775808 "
                                "m=9223372036854775807 z=<7 bytes>");
    assert_int_equal(s.level, LOG_WARN);
    LOG(&env, LOG_INFO, "h", LOG_HOST("h", S("[2001:db8::1]")),
        LOG_TOKEN("t", S("aZ09.-_@*+~!%/:")));
    assert_string_equal(s.text, "h h=[2001:db8::1] t=aZ09.-_@*+~!%/:");
    /* What stands next to each range, and what would end a field or line. */
    LOG(&env, LOG_INFO, "h",
        LOG_TOKEN("t", S("`{^\\? \"=<>;,&#$'()\r\n\x7f|")));
    assert_string_equal(s.text, "h t=??????????????????????");
    assert_int_equal(s.lines, 3);
}

static void test_lengths(void **state)
{
    struct sunk s = {.lines = 0};
    struct log log = {.level = LOG_DEBUG, .sink = sink, .user = &s};
    struct env env = kit_env();
    char big[LOG_VALUE_MAX + 1];
    size_t n;

    (void)state;
    env.log = &log;
    memset(big, 'x', sizeof(big));
    LOG(&env, LOG_DEBUG, "v", LOG_TOKEN("t", slice_of(big, LOG_VALUE_MAX)));
    n = s.n;
    assert_int_equal(n, strlen("v t=") + LOG_VALUE_MAX);
    LOG(&env, LOG_DEBUG, "v", LOG_TOKEN("t", slice_of(big, sizeof(big))));
    assert_int_equal(s.n, n + 3);
    assert_string_equal(s.text + n, "...");
    LOG(&env, LOG_DEBUG, "v", LOG_TOKEN("t", S("")));
    assert_string_equal(s.text, "v t=");
}

static int no_md(void *user, enum env_md md, const struct slice *parts,
                 size_t n, uint8_t *out)
{
    (void)user;
    (void)md;
    (void)parts;
    (void)n;
    (void)out;
    return E_CRYPTO;
}

static void test_people(void **state)
{
    struct sunk s = {.lines = 0};
    struct log log = {.level = LOG_INFO, .sink = sink, .user = &s};
    struct env env = kit_env();
    char first[64];

    (void)state;
    env.log = &log;
    LOG(&env, LOG_INFO, "p", LOG_PERSON("who", S("alice")));
    assert_memory_equal(s.text, "p who=p:", 8);
    assert_int_equal(s.n, 16);
    memcpy(first, s.text, 17);
    LOG(&env, LOG_INFO, "p", LOG_PERSON("who", S("alice")));
    assert_string_equal(s.text, first);
    LOG(&env, LOG_INFO, "p", LOG_PERSON("who", S("alicf")));
    assert_string_not_equal(s.text, first);
    log.key[0] = 1; /* another instance: another tag */
    LOG(&env, LOG_INFO, "p", LOG_PERSON("who", S("alice")));
    assert_string_not_equal(s.text, first);
    env.md = no_md;
    LOG(&env, LOG_INFO, "p", LOG_PERSON("who", S("alice")));
    assert_string_equal(s.text, "p who=p:?");
}

static void test_nobody_listens(void **state)
{
    struct sunk s = {.lines = 0};
    struct log log = {.level = LOG_WARN, .sink = sink, .user = &s};
    struct env env = kit_env();

    (void)state;
    LOG(&env, LOG_ERROR, "x", LOG_NUM("n", 1)); /* there is no log */
    env.log = &log;
    LOG(&env, LOG_INFO, "x", LOG_NUM("n", 1));
    assert_int_equal(s.lines, 0);
    LOG(&env, LOG_WARN, "x", LOG_NUM("n", 1));
    assert_int_equal(s.lines, 1);
    log.sink = NULL;
    LOG(&env, LOG_WARN, "x", LOG_NUM("n", 1));
    assert_int_equal(s.lines, 1);
}

static int setup(void **state)
{
    (void)state;
    return tls_crypto_init();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_people),
        cmocka_unit_test(test_nobody_listens),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
