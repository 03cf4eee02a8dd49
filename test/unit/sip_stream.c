/* SPDX-License-Identifier: Apache-2.0 */
/* Framing: the same items whatever the chunks, and typed failures. */
#include "sip/stream.h"
#include "test/oom.h"
#include "test/unit/sip_kit.h"

#define HEAD(length)                         \
    "MESSAGE sip:a@example.test SIP/2.0\r\n" \
    "Subject: x\r\n" length "\r\n"

/* Two messages, pings and pongs of every kind between them. */
static const char talk[] = "\r\n" HEAD(
    "Content-Length: 5\r\n") "hello"
                             "\r\n\r\n" HEAD("l:0\r\n") "\r\n\r\n\r\n" HEAD(
                                 "Content-Length :\r\n\t 12 \r\nX: y\r\n  "
                                 "z\r\n") "a\r\n\r\nb\nc\r\r\n\r"
                                          "\r\n";

/* What came out, as text: "[bytes]" or "<pong>", "<ping>", "!fault@n". */
struct heard {
    char text[2048];
    struct out o;
};

static void hear(struct heard *h, struct sip_stream *s)
{
    struct sip_stream_item item;
    int err;

    while (!(err = sip_stream_next(s, &item))) {
        if (item.kind == SIP_STREAM_MESSAGE) {
            out_char(&h->o, '[');
            out_put(&h->o, item.bytes);
            out_char(&h->o, ']');
        } else {
            out_put(&h->o,
                    item.kind == SIP_STREAM_PING ? S("<ping>") : S("<pong>"));
        }
    }
    if (err == E_AGAIN)
        return;
    out_char(&h->o, '!');
    out_put(&h->o, slice_cstr(sip_fault_symbol(s->fault.code)));
    out_char(&h->o, '@');
    out_u64(&h->o, s->fault.offset);
}

static const size_t uncut[1] = {0};

/* Feeds all in chunks; each is a block of its own size, freed at once. */
static void feed(struct heard *h, struct slice all, const size_t *cut,
                 size_t cuts)
{
    struct env env = kit_env();
    struct sip_stream s;
    size_t at = 0;

    h->o = out_of(h->text, sizeof(h->text));
    sip_stream_init(&s, &env);
    for (size_t i = 0; i <= cuts && !s.err; i++) {
        size_t to = i < cuts ? cut[i] : all.n;
        char *chunk = malloc(to - at + 1);

        memcpy(chunk, all.p + at, to - at);
        assert_int_equal(sip_stream_push(&s, slice_of(chunk, to - at)), 0);
        hear(h, &s);
        free(chunk);
        at = to;
    }
    sip_stream_free(&s);
    assert_int_equal(h->o.err, 0);
}

static void test_items_of_a_talk(void **state)
{
    struct heard h;

    (void)state;
    feed(&h, slice_of(talk, sizeof(talk) - 1), uncut, 0);
    assert_slice(
        out_slice(&h.o),
        "<pong>[" HEAD(
            "Content-Length: 5\r\n") "hello]"
                                     "<pong><ping>[" HEAD(
                                         "l:0\r\n") "]<pong><ping><pong>"
                                                    "[" HEAD("Content-Length "
                                                             ":\r\n\t 12 "
                                                             "\r\nX: y\r\n  "
                                                             "z\r\n") "a\r\n\r"
                                                                      "\nb\nc"
                                                                      "\r\r\n"
                                                                      "\r]<"
                                                                      "pong>");
}

/* Every cut, every pair of cuts, and byte by byte. */
static void same_at_every_split(struct slice all)
{
    struct heard whole;
    struct heard split;
    size_t cut[2048];

    feed(&whole, all, uncut, 0);
    for (cut[0] = 0; cut[0] <= all.n; cut[0]++)
        for (cut[1] = cut[0]; cut[1] <= all.n; cut[1]++) {
            feed(&split, all, cut, 2);
            assert_true(slice_eq(out_slice(&split.o), out_slice(&whole.o)));
        }
    for (size_t i = 0; i < all.n; i++)
        cut[i] = i;
    feed(&split, all, cut, all.n);
    assert_true(slice_eq(out_slice(&split.o), out_slice(&whole.o)));
}

static void test_any_chunking_gives_the_same(void **state)
{
    (void)state;
    same_at_every_split(slice_of(talk, sizeof(talk) - 1));
}

/* What must end a flow, each beside its control. */
static const struct {
    const char *text;
    const char *want;
} broken[] = {
    {HEAD("Content-Length: 0\r\n"), "[" HEAD("Content-Length: 0\r\n") "]"},
    {HEAD(""), "!length_missing@48"},
    {HEAD("Content-Length: 0\r\nContent-Length: 0\r\n"),
     "!length_duplicate@67"},
    {HEAD("Content-Length: 0\r\nl: 0\r\n"), "!length_duplicate@67"},
    {HEAD("Content-Length: -1\r\n"), "!length_negative@48"},
    {HEAD("Content-Length: +0\r\n"), "!length_value@48"},
    {HEAD("Content-Length: 0x1\r\n"), "!length_value@48"},
    {HEAD("Content-Length: 1, 1\r\n"), "!length_value@48"},
    {HEAD("Content-Length:\r\n"), "!length_value@48"},
    {HEAD("Content-Length: 1 1\r\n"), "!length_value@48"},
    {HEAD("Content-Length: 65536\r\n"), "!length_too_big@48"},
    {HEAD("Content-Length: 18446744073709551616\r\n"), "!length_too_big@48"},
    {"OPTIONS sip:a SIP/2.0\nContent-Length: 0\r\n\r\n", "!line_ending@0"},
    {"OPTIONS sip:a SIP/2.0\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n",
     "!line_ending@23"},
    {"OPTIONS sip:a SIP/2.0\r\nX: a\r\r\nContent-Length: 0\r\n\r\n",
     "!line_ending@23"},
    {"OPTIONS sip:a SIP/2.0\r\nX: a\nl: 0\r\n\r\n", "!line_ending@23"},
    {"\n", "!line_ending@0"},
    {"\rX\r\n", "!line_ending@0"},
    {"\r\n\n", "<pong>!line_ending@0"},
};

static void test_untrusted_framing_ends_the_flow(void **state)
{
    struct heard h;

    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        feed(&h, slice_cstr(broken[i].text), uncut, 0);
        assert_slice(out_slice(&h.o), broken[i].want);
        same_at_every_split(slice_cstr(broken[i].text));
    }
}

static void test_failure_is_sticky(void **state)
{
    struct env env = kit_env();
    struct sip_stream s;
    struct sip_stream_item item;

    (void)state;
    sip_stream_init(&s, &env);
    assert_int_equal(sip_stream_push(&s, S("\n")), 0);
    assert_int_equal(sip_stream_next(&s, &item), E_SYNTAX);
    assert_int_equal(sip_stream_next(&s, &item), E_SYNTAX);
    assert_int_equal(sip_stream_push(&s, S("\r\n")), E_SYNTAX);
    sip_stream_free(&s);
    assert_int_equal(sip_stream_push(&s, S("\r\n")), E_CLOSED);
}

/* A message without a fault other than its size. */
static struct slice sized(char *to, size_t head, size_t body)
{
    struct out o = out_of(to, SIP_MSG_MAX + 1000);
    static const char fill[] = "X: 0123456789\r\n";

    out_lit(&o, "OPTIONS sip:a SIP/2.0\r\nContent-Length: ");
    out_u64(&o, body);
    out_lit(&o, "\r\n");
    while (head - 2 - o.n >= 2 * (sizeof(fill) - 1))
        out_put(&o, slice_of(fill, sizeof(fill) - 1));
    out_lit(&o, "Y: ");
    while (o.n < head - 4)
        out_char(&o, 'y');
    out_lit(&o, "\r\n\r\n");
    for (size_t i = 0; i < body; i++)
        out_char(&o, 'b');
    assert_int_equal(o.err, 0);
    return out_slice(&o);
}

static enum sip_fault run_sized(size_t head, size_t body, size_t chunk)
{
    static char text[SIP_MSG_MAX + 1000];
    struct env env = kit_env();
    struct slice all = sized(text, head, body);
    struct sip_stream s;
    struct sip_stream_item item = {0};
    enum sip_fault fault;
    int err = E_AGAIN;

    sip_stream_init(&s, &env);
    while (err == E_AGAIN && all.n) {
        struct slice part = slice_of(all.p, chunk < all.n ? chunk : all.n);

        all = slice_skip(all, part.n);
        assert_int_equal(sip_stream_push(&s, part), 0);
        err = sip_stream_next(&s, &item);
    }
    if (!err)
        assert_int_equal(item.bytes.n, head + body);
    fault = s.fault.code;
    sip_stream_free(&s);
    return fault;
}

static void test_limits(void **state)
{
    static const size_t chunk[] = {1, 1000, SIP_MSG_MAX + 1000};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        size_t c = chunk[i];

        assert_int_equal(run_sized(SIP_HEAD_MAX, 0, c), SIP_FAULT_none);
        assert_int_equal(run_sized(SIP_HEAD_MAX + 1, 0, c),
                         SIP_FAULT_head_too_big);
        assert_int_equal(run_sized(1000, SIP_MSG_MAX - 1000, c),
                         SIP_FAULT_none);
        assert_int_equal(run_sized(1000, SIP_MSG_MAX - 999, c),
                         SIP_FAULT_length_too_big);
    }
}

static void test_only_the_tail_is_held(void **state)
{
    struct env env = kit_env();
    struct sip_stream s;
    struct sip_stream_item item;

    (void)state;
    sip_stream_init(&s, &env);
    assert_int_equal(sip_stream_push(&s, S("\r\n" HEAD("l: 0\r\n") "MES")), 0);
    assert_int_equal(sip_stream_push(&s, S("x")), E_STATE);
    assert_int_equal(sip_stream_next(&s, &item), 0);
    assert_int_equal(sip_stream_next(&s, &item), 0);
    assert_int_equal(sip_stream_held(&s), 0);
    assert_int_equal(sip_stream_next(&s, &item), E_AGAIN);
    assert_int_equal(sip_stream_held(&s), 3);
    sip_stream_free(&s);
}

static int oom_body(const struct env *env, void *arg)
{
    struct sip_stream s;
    struct sip_stream_item item;
    int messages = 0;
    int err = 0;

    (void)arg;
    sip_stream_init(&s, env);
    for (size_t i = 0; i < sizeof(talk) - 1 && !err; i += 3) {
        size_t n = sizeof(talk) - 1 - i;

        err = sip_stream_push(&s, slice_of(talk + i, n < 3 ? n : 3));
        while (!err && !(err = sip_stream_next(&s, &item)))
            messages += item.kind == SIP_STREAM_MESSAGE;
        err = err == E_AGAIN ? 0 : err;
    }
    sip_stream_free(&s);
    if (!err)
        assert_int_equal(messages, 3);
    return err;
}

static void test_out_of_memory(void **state)
{
    struct env proto = kit_env();

    (void)state;
    assert_true(oom_loop(&proto, oom_body, NULL) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_items_of_a_talk),
        cmocka_unit_test(test_any_chunking_gives_the_same),
        cmocka_unit_test(test_untrusted_framing_ends_the_flow),
        cmocka_unit_test(test_failure_is_sticky),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_only_the_tail_is_held),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
