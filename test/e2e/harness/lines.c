/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the client's JSON lines and finds events in them. */
#include "test/e2e/harness/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check_envelope(const struct proc *p, const json_t *o, size_t i)
{
    if (lines_num(o, "v") != 1 || lines_num(o, "seq") != (json_int_t)i + 1 ||
        !*lines_text(o, "t") || !*lines_text(o, "type")) {
        stage_show(p);
        stage_fail("line %zu of %s: the envelope is wrong", i + 1, p->name);
    }
    const char *t = lines_text(o, "t");

    if (t[strlen(t) - 1] != 'Z')
        stage_fail("line %zu of %s: t is not UTC", i + 1, p->name);
    if (i == 0 && strcmp(lines_text(o, "type"), "hello") != 0)
        stage_fail("the first line of %s is not hello", p->name);
}

json_t *lines_read(const struct proc *p)
{
    size_t n;
    char *text = stage_read(p->out, &n);
    json_t *all = json_array();

    for (char *at = text, *end; (end = strchr(at, '\n')); at = end + 1) {
        json_error_t error;
        json_t *o;

        *end = '\0';
        o = json_loads(at, JSON_REJECT_DUPLICATES, &error);
        if (!json_is_object(o)) {
            stage_show(p);
            stage_fail("%s wrote no JSON object: %s", p->name, at);
        }
        check_envelope(p, o, json_array_size(all));
        json_array_append_new(all, o);
    }
    free(text);
    return all;
}

static const json_t *member(const json_t *o, const char *path)
{
    char key[64];
    const char *dot;

    while ((dot = strchr(path, '.'))) {
        size_t n = (size_t)(dot - path);

        if (n >= sizeof(key))
            return NULL;
        memcpy(key, path, n);
        key[n] = '\0';
        o = json_object_get(o, key);
        path = dot + 1;
    }
    return json_object_get(o, path);
}

const char *lines_text(const json_t *event, const char *path)
{
    const char *s = json_string_value(member(event, path));

    return s ? s : "";
}

json_int_t lines_num(const json_t *event, const char *path)
{
    return json_integer_value(member(event, path));
}

static bool matches(const json_t *o, const char *type, const char *state)
{
    return strcmp(lines_text(o, "type"), type) == 0 &&
           (!state || !*state || strcmp(lines_text(o, "state"), state) == 0);
}

size_t lines_count(const json_t *lines, const char *type, const char *state)
{
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(lines); i++)
        if (matches(json_array_get(lines, i), type, state))
            n++;
    return n;
}

const json_t *lines_last(const json_t *lines, const char *type,
                         const char *state)
{
    for (size_t i = json_array_size(lines); i > 0; i--) {
        const json_t *o = json_array_get(lines, i - 1);

        if (matches(o, type, state))
            return o;
    }
    return NULL;
}

json_t *lines_await(struct proc *p, const char *type, const char *state,
                    size_t n)
{
    long long end = stage_now_ms() + 2 * STAGE_WAIT_MS;

    for (;;) {
        bool ended = stage_ended(p); /* before reading: nothing is missed */
        json_t *lines = lines_read(p);

        if (lines_count(lines, type, state) >= n)
            return lines;
        json_decref(lines);
        if (ended || stage_now_ms() > end) {
            stage_show(p);
            stage_fail("%s wrote fewer than %zu %s %s", p->name, n, type,
                       state ? state : "");
        }
        stage_sleep_ms(20);
    }
}
