/* SPDX-License-Identifier: Apache-2.0 */
/* The client's other commands and its exit codes, as a script uses them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/e2e/harness/certs.h"
#include "test/e2e/harness/client.h"

/* Runs the client with words to its end. */
static struct proc *run(struct stage *s, int status, const char *const *words)
{
    struct proc *p = client_start(s, words);
    int got = stage_wait(p);

    if (got != status) {
        stage_show(p);
        fail_msg("exit status %d, expected %d", got, status);
    }
    return p;
}

static json_t *first_object(const struct proc *p)
{
    size_t n;
    char *text = stage_read(p->out, &n);
    json_t *o = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);

    if (!json_is_object(o)) {
        stage_show(p);
        fail_msg("no JSON object");
    }
    free(text);
    return o;
}

#define RUN(status, ...) \
    run(*state, (status), (const char *[]){__VA_ARGS__, NULL})

static void test_usage(void **state)
{
    run(*state, 2, (const char *[]){NULL});
    RUN(2, "frobnicate");
    RUN(2, "register");
    RUN(2, "register", "--account");
    RUN(2, "register", "--account", "x", "--password", "secret");
    RUN(2, "register", "--account", "x", "--once", "--for", "5");
    RUN(2, "check-uri");
    RUN(2, "parse");
    RUN(0, "--version");
    RUN(0, "--help");
}

static void config(void **state, int status, const char *text)
{
    struct stage *s = *state;
    json_t *o;
    struct proc *p;

    stage_write(s, "a.json", text);
    p = RUN(status, "register", "--once", "--json", "--account",
            stage_path(s, "a.json"));
    o = lines_read(p);
    assert_true(*lines_text(lines_last(o, "error", NULL), "cause.text"));
    json_decref(o);
}

static void test_configuration_refused(void **state)
{
    config(state, 3, "no json");
    config(state, 3, "[]");
    config(state, 3, "{}");
    config(state, 3, "{\"aor\":\"sip:a@b.test\",\"bogus\":1}");
    config(state, 3, "{\"aor\":\"sip:a@b.test\",\"password\":\"x\"}");
    config(state, 3, "{\"aor\":\"sip:a@b.test\",\"level\":\"none\"}");
    config(state, 3, "{\"aor\":\"sip:a@b.test\",\"names\":\"any\"}");
    config(state, 3, "{\"aor\":\"sip:a@b.test\",\"ca\":\"/nonexistent\"}");
    config(state, 3, "{\"aor\":\"bogus\"}");
    RUN(3, "register", "--account", "/nonexistent");
}

static void check(void **state, const char *uri, int status, const char *why)
{
    json_t *o = first_object(RUN(status, "check-uri", "--json", uri));

    assert_string_equal(lines_text(o, "type"), "policy.check");
    assert_string_equal(lines_text(o, "uri"), uri);
    assert_int_equal(json_is_true(json_object_get(o, "allowed")), status == 0);
    assert_string_equal(lines_text(o, "why"), why);
    json_decref(o);
}

static void test_check_uri(void **state)
{
    check(state, "sip:bob@example.test", 0, "");
    check(state, "sips:bob@example.test", 0, "");
    check(state, "sip:bob@example.test;transport=TLS", 0, "");
    check(state, "tel:+49301234", 0, "");
    check(state, "sip:bob@example.test;transport=udp", 7, "transport_udp");
    check(state, "sip:bob@example.test;transport=tcp", 7, "transport_tcp");
    check(state, "sip:bob@example.test;transport=ws", 7, "transport_ws");
    check(state, "http://example.test/", 7, "scheme_other");
}

/* What is given need not be UTF-8: what is wrong is said, with "?" for it. */
static void test_words_that_are_no_utf8(void **state)
{
    json_t *o = first_object(RUN(7, "check-uri", "sip:\xff@example.test"));

    assert_string_equal(lines_text(o, "uri"), "sip:?@example.test");
    json_decref(o);
    o = lines_read(RUN(3, "register", "--json", "--account", "/none\xff"));
    assert_non_null(strstr(
        lines_text(lines_last(o, "error", NULL), "cause.text"), "/none?"));
    json_decref(o);
    o = lines_read(RUN(7, "tls", "none\xff", "--json"));
    assert_string_equal(lines_text(lines_last(o, "tls.report", NULL), "host"),
                        "none?");
    json_decref(o);
}

#define HEAD                                 \
    "Via: SIP/2.0/TLS h;branch=z9hG4bK1\r\n" \
    "Max-Forwards: 70\r\n"                   \
    "From: <sip:a@example.test>;tag=1\r\n"   \
    "To: <sip:a@example.test>\r\n"           \
    "Call-ID: 1\r\n"
#define START "OPTIONS sip:a@example.test SIP/2.0\r\n"
#define TAIL "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"

/* Offset < 0: the message is valid. */
static void parse(void **state, const char *text, const char *code,
                  long offset)
{
    struct stage *s = *state;
    json_t *o;

    stage_write(s, "m.sip", text);
    o = first_object(RUN(0, "parse", stage_path(s, "m.sip")));
    assert_string_equal(lines_text(o, "file"), stage_path(s, "m.sip"));
    assert_int_equal(json_is_true(json_object_get(o, "valid")), offset < 0);
    assert_string_equal(lines_text(o, "error.code"), code);
    if (offset >= 0)
        assert_int_equal(lines_num(o, "error.offset"), offset);
    json_decref(o);
}

static void test_parse(void **state)
{
    parse(state, START HEAD TAIL, "", -1);
    parse(state, START HEAD TAIL "x", "trailing",
          (long)strlen(START HEAD TAIL));
    /* offset: the first byte of the field at fault */
    parse(state, START HEAD "CSeq: x OPTIONS\r\nContent-Length: 0\r\n\r\n",
          "header_value", (long)strlen(START HEAD));
    RUN(1, "parse", "/nonexistent");
}

/* With its streams as the shell is told: exit code 1, and one line why. */
static void unwritable(struct stage *s, const char *streams,
                       const char *const *words)
{
    char script[128];
    const char *argv[STAGE_ARGS_MAX] = {"sh", "-c", script, "sh"};
    size_t argc = 4, n;
    struct proc *p;
    char *said;
    int got;

    snprintf(script, sizeof(script), "exec \"${B:-build}/siplock\" \"$@\" %s",
             streams);
    while (*words && argc < STAGE_ARGS_MAX - 1)
        argv[argc++] = *words++;
    p = stage_spawn(s, "siplock", argv);
    got = stage_wait(p);
    if (got != 1) {
        stage_show(p);
        fail_msg("%s %s: exit status %d", argv[4], streams, got);
    }
    said = stage_read(p->err, &n);
    assert_string_equal(said, "siplock: standard output cannot be written\n");
    free(said);
}

/* A full disk, and no standard streams at all, whose numbers no socket may
 * get: whoever reads the output must not take silence for success. */
static void test_output_that_cannot_be_written(void **state)
{
    static const char *const streams[] = {">/dev/full", "<&- >&-"};
    struct stage *s = *state;
    char dead[32];
    const char *one, *many, *message = stage_path(s, "m.sip");
    struct client c = {.port = stage_port()};

    certs_ca(s);
    snprintf(dead, sizeof(dead), "127.0.0.1:%d", c.port);
    one = client_account(s, &c);
    c.user = "load-%d";
    many = client_account(s, &c);
    stage_write(s, "m.sip", START HEAD TAIL);
    for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
#define UNWRITABLE(...) \
    unwritable(s, streams[i], (const char *[]){__VA_ARGS__, NULL})
        UNWRITABLE("--version");
        UNWRITABLE("--help");
        UNWRITABLE("parse", message);
        UNWRITABLE("check-uri", "sip:bob@example.test");
        UNWRITABLE("tls", dead);
        UNWRITABLE("tls", dead, "--json");
        UNWRITABLE("doctor", "--account", one);
        UNWRITABLE("doctor", "--account", one, "--json");
        UNWRITABLE("register", "--account", one);
        UNWRITABLE("register", "--account", one, "--json");
        UNWRITABLE("answer", "--account", one);
        UNWRITABLE("message", "sip:bob@example.test", "hi", "--account", one);
        UNWRITABLE("load", "--accounts", "2", "--account", many);
        UNWRITABLE("load", "--accounts", "2", "--account", many, "--json");
    }
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        E2E(test_usage),     E2E(test_configuration_refused),
        E2E(test_check_uri), E2E(test_words_that_are_no_utf8),
        E2E(test_parse),     E2E(test_output_that_cannot_be_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
