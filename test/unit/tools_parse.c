/* SPDX-License-Identifier: Apache-2.0 */
/* siplock parse: its lines, members and exit codes. */
#include "tools/parse.h"

#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#include "test/unit/sip_kit.h"

#define RESPONSE                                                 \
    "SIP/2.0 200 OK\r\n"                                         \
    "Via: SIP/2.0/TLS a.test;branch=z9hG4bK1\r\n"                \
    "From: <sip:a@b.test>;tag=1\r\nTo: <sip:a@b.test>;tag=2\r\n" \
    "Call-ID: c\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"

struct files {
    char name[3][32];
    char *text; /* what was printed */
    size_t n;
};

static void file_with(char *name, const void *bytes, size_t n)
{
    int fd;

    memcpy(name, "/tmp/siplock-parse-XXXXXX", 26);
    fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), (long)n);
    close(fd);
}

static int run(struct files *f, int argc, char **argv)
{
    FILE *out = open_memstream(&f->text, &f->n);
    int code;

    assert_non_null(out);
    code = tool_parse(argc, argv, out);
    fclose(out);
    return code;
}

static json_t *line(struct files *f, int which)
{
    const char *at = f->text;
    json_t *j;

    for (; which; which--)
        at = strchr(at, '\n') + 1;
    j = json_loads(at, JSON_DISABLE_EOF_CHECK, NULL);
    assert_non_null(j);
    return j;
}

static void assert_text(const json_t *j, const char *key, const char *want)
{
    assert_string_equal(json_string_value(json_object_get(j, key)), want);
}

static void test_lines_in_order(void **state)
{
    struct files f = {.text = NULL};
    char *argv[] = {f.name[0], f.name[1], f.name[2]};
    json_t *j;
    json_t *err;

    (void)state;
    file_with(f.name[0], RESPONSE, sizeof(RESPONSE) - 1);
    file_with(f.name[1], RESPONSE "x", sizeof(RESPONSE));
    file_with(f.name[2], "OPTIONS sip:a b\r\n", 17);
    assert_int_equal(run(&f, 3, argv), 0);
    j = line(&f, 0);
    assert_text(j, "file", f.name[0]);
    assert_true(json_is_true(json_object_get(j, "valid")));
    assert_text(j, "kind", "response");
    assert_int_equal(json_integer_value(json_object_get(j, "status")), 200);
    assert_int_equal(json_integer_value(json_object_get(j, "headers")), 6);
    assert_null(json_object_get(j, "error"));
    json_decref(j);
    j = line(&f, 1);
    assert_true(json_is_false(json_object_get(j, "valid")));
    err = json_object_get(j, "error");
    assert_text(err, "code", "trailing");
    assert_int_equal(json_integer_value(json_object_get(err, "offset")),
                     (long)sizeof(RESPONSE) - 1);
    assert_text(err, "text", "bytes follow the end of the body");
    json_decref(j);
    j = line(&f, 2);
    assert_text(j, "kind", "request");
    assert_text(j, "method", "OPTIONS");
    assert_text(json_object_get(j, "error"), "code", "start_line");
    json_decref(j);
    for (int i = 0; i < 3; i++)
        unlink(f.name[i]);
    free(f.text);
}

static void test_what_cannot_be_read(void **state)
{
    struct files f = {.text = NULL};
    char missing[] = "/nonexistent/siplock";
    char directory[] = "/tmp";
    char *argv[] = {missing, f.name[0], directory};
    json_t *j;

    (void)state;
    file_with(f.name[0], RESPONSE, sizeof(RESPONSE) - 1);
    assert_int_equal(run(&f, 3, argv), 1);
    j = line(&f, 0); /* the readable one is told all the same */
    assert_text(j, "file", f.name[0]);
    json_decref(j);
    free(f.text);
    assert_int_equal(run(&f, 0, argv), 2);
    unlink(f.name[0]);
    free(f.text);
}

static void test_too_big_is_said(void **state)
{
    static char big[SIP_MSG_MAX + 10];
    struct files f = {.text = NULL};
    char *argv[] = {f.name[0]};
    json_t *j;

    (void)state;
    memset(big, 'x', sizeof(big));
    memcpy(big, RESPONSE, sizeof(RESPONSE) - 1);
    file_with(f.name[0], big, sizeof(big));
    assert_int_equal(run(&f, 1, argv), 0);
    j = line(&f, 0);
    assert_text(json_object_get(j, "error"), "code", "message_too_big");
    json_decref(j);
    unlink(f.name[0]);
    free(f.text);
}

static void test_descriptions(void **state)
{
    static const char sdp[] = "v=0\r\no=- 1 2 IN IP4 a.test\r\ns=-\r\n"
                              "t=0 0\r\nm=audio 9 RTP/SAVP 0\r\n";
    struct files f = {.text = NULL};
    char option[] = "--sdp";
    char *argv[] = {option, f.name[0], f.name[1]};
    json_t *j;

    (void)state;
    file_with(f.name[0], sdp, sizeof(sdp) - 1);
    file_with(f.name[1], sdp, sizeof(sdp) - 5);
    assert_int_equal(run(&f, 3, argv), 0);
    j = line(&f, 0);
    assert_text(j, "file", f.name[0]);
    assert_true(json_is_true(json_object_get(j, "valid")));
    assert_text(j, "kind", "sdp");
    assert_int_equal(json_integer_value(json_object_get(j, "media")), 1);
    assert_null(json_object_get(j, "error"));
    json_decref(j);
    j = line(&f, 1);
    assert_true(json_is_false(json_object_get(j, "valid")));
    assert_text(json_object_get(j, "error"), "code", "line_ending");
    assert_int_equal(json_integer_value(json_object_get(
                         json_object_get(j, "error"), "offset")),
                     40); /* the line that has no end */
    json_decref(j);
    free(f.text);
    assert_int_equal(run(&f, 1, argv), 2);
    unlink(f.name[0]);
    unlink(f.name[1]);
    free(f.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_in_order),
        cmocka_unit_test(test_what_cannot_be_read),
        cmocka_unit_test(test_too_big_is_said),
        cmocka_unit_test(test_descriptions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
