/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the literate wire tests: test/wire/NAME.md, see its README.md. */
#include <stdio.h>

#include "sip/stream.h"
#include "sip/write.h"
#include "test/unit/sip_kit.h"
#include "test/unit/sip_reading.h"

enum { FILE_MAX = 1 << 18, TEXT_MAX = 1 << 16 };

/* One message and what is expected of it. */
struct wire {
    char message[TEXT_MAX];
    struct slice bytes;
    struct slice want; /* in the file */
    unsigned line;     /* of the message in the file */
};

struct book {
    char text[FILE_MAX];
    struct slice rest;
    unsigned line;
};

static struct slice next_line(struct book *b)
{
    struct slice line = slice_of(b->rest.p, slice_find(b->rest, '\n'));

    b->rest = slice_skip(b->rest, line.n + 1);
    b->line++;
    return line;
}

/* "{{0d0a}}" is these bytes; "{{}}" at the end keeps the CR LF away. */
static void put_line(struct out *o, struct slice line)
{
    bool ended = true;

    while (line.n) {
        size_t n = 1;

        if (!slice_starts(line, S("{{"))) {
            out_char(o, line.p[0]);
        } else {
            for (n = 2; n + 1 < line.n && line.p[n] != '}'; n += 2) {
                char hex[3] = {line.p[n], line.p[n + 1], '\0'};

                out_char(o, (char)strtoul(hex, NULL, 16));
            }
            ended = n > 2 || line.n > 4;
            n += 2;
        }
        line = slice_skip(line, n);
    }
    if (ended)
        out_lit(o, "\r\n");
}

static bool find_block(struct book *b, const char *kind)
{
    while (b->rest.n)
        if (slice_eq(next_line(b), slice_cstr(kind)))
            return true;
    return false;
}

/* The next ```sip block and the ``` block after it. */
static bool next_wire(struct book *b, struct wire *w)
{
    struct out o = out_of(w->message, sizeof(w->message));
    const char *from;

    if (!find_block(b, "```sip"))
        return false;
    w->line = b->line;
    while (b->rest.n && !slice_starts(b->rest, S("```")))
        put_line(&o, next_line(b));
    assert_int_equal(o.err, 0);
    w->bytes = out_slice(&o);
    next_line(b);
    assert_true(find_block(b, "```"));
    from = b->rest.p;
    while (b->rest.n && !slice_starts(b->rest, S("```")))
        next_line(b);
    w->want = slice_between(from, b->rest.p);
    next_line(b);
    return true;
}

static void read_message(struct out *o, struct slice bytes, struct out *again)
{
    struct kit k;

    kit_parse_slice(&k, bytes);
    if (k.ret) {
        out_lit(o, "invalid ");
        out_put(o, slice_cstr(sip_fault_symbol(k.err.code)));
        if (k.err.hdr != SIP_HDR_OTHER) {
            out_char(o, ' ');
            out_put(o, sip_hdr_name(k.err.hdr));
        }
        out_lit(o, " at ");
        out_u64(o, k.err.offset);
        out_char(o, '\n');
    } else {
        reading_of(o, &k.msg);
        if (again)
            sip_write_msg(again, &k.msg);
    }
    assert_int_equal(o->err, 0);
    kit_free_all(&k);
}

/* Cut anywhere it is read without harm, and a fault lies within it. */
static void try_prefixes(struct slice bytes)
{
    for (size_t n = 0; n < bytes.n; n++) {
        struct kit k;

        kit_parse_slice(&k, slice_of(bytes.p, n));
        assert_true(k.err.offset <= n);
        assert_int_equal(k.ret == 0, k.err.code == SIP_FAULT_none);
        kit_free_all(&k);
    }
}

/* Printed and read again it is the same. */
static void try_fixed_point(const struct wire *w)
{
    static char text[TEXT_MAX];
    static char twice[TEXT_MAX];
    static char read1[TEXT_MAX];
    static char read2[TEXT_MAX];
    struct out a = out_of(text, sizeof(text));
    struct out b = out_of(twice, sizeof(twice));
    struct out r1 = out_of(read1, sizeof(read1));
    struct out r2 = out_of(read2, sizeof(read2));

    read_message(&r1, w->bytes, &a);
    assert_int_equal(a.err, 0);
    if (a.n == 0)
        return;
    r1.n = 0;
    read_message(&r1, out_slice(&a), &b);
    read_message(&r2, out_slice(&b), NULL);
    assert_true(b.n > 0 && slice_eq(out_slice(&a), out_slice(&b)));
    assert_true(slice_eq(out_slice(&r1), out_slice(&r2)));
}

static void run_one(const char *file, const struct wire *w)
{
    static char text[TEXT_MAX];
    struct out got = out_of(text, sizeof(text));

    read_message(&got, w->bytes, NULL);
    if (!slice_eq(out_slice(&got), w->want)) {
        printf("%s:%u: read as\n%.*s", file, w->line, (int)got.n, got.p);
        fail();
    }
    try_prefixes(w->bytes);
    try_fixed_point(w);
}

static void run_book(const char *name)
{
    static struct book b;
    static struct wire w;
    char file[256];
    FILE *f;
    unsigned n = 0;

    snprintf(file, sizeof(file), "test/wire/%s.md", name);
    f = fopen(file, "rb");
    if (!f)
        fail_msg("%s cannot be opened; run from the root", file);
    b.rest = slice_of(b.text, fread(b.text, 1, sizeof(b.text), f));
    b.line = 0;
    fclose(f);
    assert_true(b.rest.n < sizeof(b.text));
    while (next_wire(&b, &w)) {
        run_one(file, &w);
        n++;
    }
    assert_true(n > 0);
}

#define BOOKS(X) \
    X(calls)     \
    X(registration) X(torture_valid) X(torture_invalid) X(lines) X(ipv6)

#define X(name)                           \
    static void test_##name(void **state) \
    {                                     \
        (void)state;                      \
        run_book(#name);                  \
    }
BOOKS(X)
#undef X

int main(void)
{
    const struct CMUnitTest tests[] = {
#define X(name) cmocka_unit_test(test_##name),
        BOOKS(X)
#undef X
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
