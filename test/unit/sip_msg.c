/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: limits, lookup, header table, memory. Readings: test/wire. */
#include "sip/fault.h"
#include "sip/msg.h"
#include "sip/param.h"
#include "test/oom.h"
#include "test/unit/sip_kit.h"

#define START                                                          \
    "OPTIONS sip:b@example.test SIP/2.0\r\n"                           \
    "Via: SIP/2.0/TLS a.example.test;branch=z9hG4bK1\r\n"              \
    "From: <sip:a@example.test>;tag=1\r\nTo: <sip:b@example.test>\r\n" \
    "Call-ID: a\r\nCSeq: 1 OPTIONS\r\n"

#define DATE "Date: Sat, 13 Nov 2010 23:29:00 GMT\r\n"

static char page[2 * SIP_MSG_MAX];

/* START, n times line, an empty line, body bytes. */
static struct slice with_lines(const char *line, size_t n, size_t body)
{
    struct out o = out_of(page, sizeof(page));

    out_lit(&o, START);
    for (size_t i = 0; i < n; i++)
        out_put(&o, slice_cstr(line));
    out_lit(&o, "\r\n");
    for (size_t i = 0; i < body; i++)
        out_char(&o, 'b');
    assert_int_equal(o.err, 0);
    return out_slice(&o);
}

static void expect(struct slice bytes, int ret, enum sip_fault code)
{
    struct kit k;

    kit_parse_slice(&k, bytes);
    assert_int_equal(k.err.code, code);
    assert_int_equal(k.ret, ret);
    kit_free_all(&k);
}

/* The first of its name, another of that name, one that nobody knows, and the
 * last: each is found with its first line, and then is not all of it. */
static void test_a_field_that_goes_on_is_read_whole(void **state)
{
    static const struct {
        const char *line;
        const char *name;
        const char *value;
    } row[] = {
        {"Server: a\r\n b\r\nExpires: 7\r\n", "Server", "a b"},
        {"Via: SIP/2.0/TLS b\r\n\t;branch=x\r\nExpires: 7\r\n", "Via",
         "SIP/2.0/TLS b ;branch=x"},
        {"X-Mine: a\r\n b\r\nExpires: 7\r\n", "X-Mine", "a b"},
        {"Expires: 7\r\nSubject: a\r\n b\r\n c\r\n", "Subject", "a b c"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        const struct sip_hdr *h = NULL;
        struct kit k;

        kit_parse_slice(&k, with_lines(row[i].line, 1, 0));
        assert_int_equal(k.ret, 0);
        assert_int_equal(k.msg.nhdr, 7);
        assert_int_equal(k.msg.expires, 7);
        for (unsigned j = 5; j < k.msg.nhdr; j++)
            if (slice_eq(k.msg.hdr[j].name, slice_cstr(row[i].name)))
                h = &k.msg.hdr[j];
        assert_non_null(h);
        assert_true(slice_eq(h->value, slice_cstr(row[i].value)));
        assert_int_equal(k.msg.via->next != NULL, i == 1);
        kit_free_all(&k);
    }
}

/* With user characters before the host's n, of which number bad is none of a
 * host name: '_' is plain in the map all the same. */
static int parse_host(unsigned user, unsigned n, unsigned bad)
{
    struct out o = out_of(page, sizeof(page));
    struct kit k;
    int ret;

    out_lit(&o, START "Refer-To: <sip:b@c.test>\r\nContact: <sip:");
    for (unsigned i = 0; i < user; i++)
        out_char(&o, 'u');
    out_char(&o, '@');
    for (unsigned i = 0; i < n; i++)
        out_char(&o, i == bad ? '_' : 'h');
    out_lit(&o, ">\r\n\r\n");
    kit_parse_slice(&k, out_slice(&o));
    ret = k.ret;
    kit_free_all(&k);
    return ret;
}

/* The map tells 57 to 64 bits from a place on: a host that ends within them,
 * or behind them, is looked at whole. */
static void test_hosts_of_about_a_word_of_the_map(void **state)
{
    (void)state;
    for (unsigned user = 1; user <= 9; user++)
        for (unsigned n = 54; n <= 66; n++) {
            assert_int_equal(parse_host(user, n, n), 0);
            for (unsigned bad = 0; bad < n; bad++)
                assert_int_equal(parse_host(user, n, bad), E_SYNTAX);
        }
}

static void test_limit_of_header_fields(void **state)
{
    (void)state;
    expect(with_lines("Z: y\r\n", SIP_MSG_HDR_MAX - 5, 0), 0, SIP_FAULT_none);
    expect(with_lines("Z: y\r\n", SIP_MSG_HDR_MAX - 4, 0), E_SYNTAX,
           SIP_FAULT_too_many_headers);
}

static void test_limit_of_elements(void **state)
{
    static char line[3 * SIP_MSG_ELEM_MAX + 16];
    struct out o = out_of(line, sizeof(line));

    (void)state;
    out_lit(&o, "Supported: ");
    for (int i = 0; i < SIP_MSG_ELEM_MAX - 2; i++)
        out_lit(&o, "a,");
    out_lit(&o, "a\r\n");
    assert_int_equal(out_cstr(&o), 0);
    expect(with_lines(line, 1, 0), 0, SIP_FAULT_none);
    o.n -= 2;
    out_lit(&o, ",a\r\n");
    assert_int_equal(out_cstr(&o), 0);
    expect(with_lines(line, 1, 0), E_SYNTAX, SIP_FAULT_too_many_headers);
}

static void test_limit_of_the_message(void **state)
{
    size_t head = with_lines("", 0, 0).n;

    (void)state;
    expect(with_lines("", 0, SIP_MSG_MAX - head), 0, SIP_FAULT_none);
    expect(with_lines("", 0, SIP_MSG_MAX - head + 1), E_TOOBIG,
           SIP_FAULT_message_too_big);
}

/* A header section of exactly head bytes by one long line. */
static struct slice long_head(size_t head)
{
    struct out o = out_of(page, sizeof(page));

    out_lit(&o, START "Z: ");
    while (o.n < head - 4)
        out_char(&o, 'x');
    out_lit(&o, "\r\n\r\nbody");
    return out_slice(&o);
}

static void test_limit_of_the_head(void **state)
{
    (void)state;
    expect(long_head(SIP_HEAD_MAX), 0, SIP_FAULT_none);
    expect(long_head(SIP_HEAD_MAX + 1), E_SYNTAX, SIP_FAULT_head_too_big);
}

static void test_nothing_is_no_message(void **state)
{
    struct kit k;

    (void)state;
    expect((struct slice){0}, E_SYNTAX, SIP_FAULT_head_end);
    kit_parse(&k, "");
    assert_int_equal(k.err.offset, 0);
    kit_free_all(&k);
}

static void test_lookup(void **state)
{
    struct kit k;
    const struct sip_hdr *h;

    (void)state;
    kit_parse(&k, START "x-a: 1\r\nAllow: INVITE\r\nX-A: 2\r\n"
                        "allow: BYE\r\ns: t\r\nk: b, c\r\n\r\n");
    assert_int_equal(k.ret, 0);
    assert_int_equal(k.msg.nhdr, 11);
    h = sip_msg_named(&k.msg, S("X-a"));
    assert_slice(h->value, "1");
    assert_null(sip_msg_named(&k.msg, S("X-B")));
    assert_slice(sip_msg_named(&k.msg, S("Subject"))->name, "s");
    h = sip_msg_hdr(&k.msg, SIP_HDR_ALLOW, NULL);
    assert_slice(h->value, "INVITE");
    h = sip_msg_hdr(&k.msg, SIP_HDR_ALLOW, h);
    assert_slice(h->value, "BYE");
    assert_null(sip_msg_hdr(&k.msg, SIP_HDR_ALLOW, h));
    assert_int_equal(k.msg.allow, 1u << SIP_INVITE | 1u << SIP_BYE);
    assert_true(sip_token_in(k.msg.supported, S("C")));
    assert_false(sip_token_in(k.msg.supported, S("d")));
    kit_free_all(&k);
}

static void test_every_name_is_found(void **state)
{
    static const char compact[] = "vftimkucleosrbxy";
    static const struct {
        enum sip_hdr_id id;
        char ch;
    } form[] = {
#define X(id, name, ch, count, reader) {SIP_HDR_##id, ch},
        SIP_HDR_MAP(X)
#undef X
    };
    char upper[32];

    (void)state;
    for (int id = SIP_HDR_OTHER + 1; id < SIP_HDR_COUNT; id++) {
        struct slice name = sip_hdr_name((enum sip_hdr_id)id);

        assert_true(name.n > 1 && name.n < sizeof(upper));
        for (size_t i = 0; i < name.n; i++)
            upper[i] = name.p[i] >= 'a' && name.p[i] <= 'z'
                           ? (char)(name.p[i] - 32)
                           : slice_lower(name.p[i]);
        assert_int_equal(sip_hdr_find(slice_of(upper, name.n)), id);
        upper[0] ^= 1; /* as long, and another */
        assert_int_equal(sip_hdr_find(slice_of(upper, name.n)), SIP_HDR_OTHER);
    }
    for (size_t i = 0; i < sizeof(form) / sizeof(form[0]); i++) {
        if (form[i].ch == '\0')
            continue;
        assert_int_equal(sip_hdr_find(slice_of(&form[i].ch, 1)), form[i].id);
        assert_non_null(strchr(compact, form[i].ch));
    }
    for (int ch = 1; ch < 256; ch++) {
        char c = (char)ch;
        bool known = strchr(compact, slice_lower(c)) != NULL;

        assert_int_equal(sip_hdr_find(slice_of(&c, 1)) != SIP_HDR_OTHER,
                         known);
    }
    assert_int_equal(sip_hdr_find((struct slice){0}), SIP_HDR_OTHER);
    assert_int_equal(sip_hdr_find(S("Proxy-Authentication-Infos")),
                     SIP_HDR_OTHER);
}

static void test_every_method_is_found(void **state)
{
    (void)state;
    for (int m = SIP_OTHER + 1; m < SIP_METHOD_COUNT; m++) {
        struct slice name = sip_method_name((enum sip_method)m);
        char other[16];

        assert_int_equal(sip_method_find(name), m);
        memcpy(other, name.p, name.n);
        other[name.n - 1] = slice_lower(other[name.n - 1]);
        assert_int_equal(sip_method_find(slice_of(other, name.n)), SIP_OTHER);
    }
    assert_int_equal(sip_method_find((struct slice){0}), SIP_OTHER);
    assert_int_equal(sip_method_find(S("X")), SIP_OTHER);
    assert_slice(sip_method_name((enum sip_method)99), "");
}

static void test_every_fault_has_words(void **state)
{
    (void)state;
    for (int f = 0; f < SIP_FAULT_COUNT; f++) {
        unsigned status = sip_fault_status((enum sip_fault)f);

        assert_true(strlen(sip_fault_symbol((enum sip_fault)f)) > 0);
        assert_true(strlen(sip_fault_text((enum sip_fault)f)) > 0);
        assert_true(f == 0 ? status == 0 : status >= 400 && status < 700);
    }
    assert_string_equal(sip_fault_symbol((enum sip_fault)99), "none");
}

/* All singletons, twice each, beside once. */
static void test_singletons(void **state)
{
    static const char *const line[] = {
        "Max-Forwards: 1\r\n", "Expires: 1\r\n",        "User-Agent: a\r\n",
        "Server: a\r\n",       "Content-Type: a/b\r\n", "Subject: a\r\n",
        "Event: a\r\n",        "Min-SE: 90\r\n",        DATE};

    (void)state;
    for (size_t i = 0; i < sizeof(line) / sizeof(line[0]); i++) {
        expect(with_lines(line[i], 1, 0), 0, SIP_FAULT_none);
        expect(with_lines(line[i], 2, 0), E_SYNTAX,
               SIP_FAULT_duplicate_header);
    }
    expect(with_lines("Require: a\r\n", 2, 0), 0, SIP_FAULT_none);
}

static void test_parameters(void **state)
{
    struct slice rest = S(";a ; b = c;d=\"x;\\\" y\";e=[::1];f");
    struct slice value;
    struct sip_param p;
    char text[64];
    struct out o = out_of(text, sizeof(text));

    (void)state;
    assert_true(sip_param_get(rest, S("B"), &value));
    assert_slice(value, "c");
    assert_true(sip_param_get(rest, S("f"), &value));
    assert_slice(value, "");
    assert_false(sip_param_get(rest, S("x"), &value));
    assert_true(sip_param_get(rest, S("d"), &value));
    sip_text_unquote(&o, value);
    assert_slice(out_slice(&o), "x;\" y");
    assert_true(sip_param_next(&rest, &p));
    assert_slice(p.name, "a");
    assert_false(p.has_value);
    for (int i = 0; i < 4; i++)
        assert_true(sip_param_next(&rest, &p));
    assert_slice(p.name, "f");
    assert_false(sip_param_next(&rest, &p));
    o.n = 0;
    sip_text_unquote(&o, S("no quotes\\"));
    sip_text_unquote(&o, S("\"\""));
    sip_text_unquote(&o, S("\""));
    assert_slice(out_slice(&o), "no quotes\\\"");
}

static const char rich[] =
    START "Supported: a,\r\n b\r\nContact: <sip:a@b.test>, <sip:c@d.test>\r\n"
          "Route: <sip:r.test;lr>\r\nWarning: 399 x \"a \\\"b\\\"\"\r\n"
          "Reason: SIP;cause=1\r\nRefer-To: <sip:x@y.test>\r\n"
          "WWW-Authenticate: Digest realm=\"a\\\"\", nonce=\"b\"\r\n"
          "Authorization: Digest realm=\"a\"\r\n\r\n";

static int oom_body(const struct env *env, void *arg)
{
    struct arena_pool pool;
    struct arena arena;
    struct sip_msg msg = {0};
    struct sip_parse_err err;
    int ret;

    (void)arg;
    arena_pool_init(&pool, env);
    arena_init(&arena, &pool);
    /* Fill the pooled block, so that each piece needs one of its own. */
    ret = arena_alloc(&arena, ARENA_BLOCK - 64) ? 0 : E_NOMEM;
    if (!ret)
        ret = sip_msg_parse(&msg, &arena, slice_cstr(rich), &err);
    if (ret == E_NOMEM)
        assert_true(msg.nhdr < 13);
    else
        assert_int_equal(ret, 0);
    arena_reset(&arena);
    arena_pool_free(&pool);
    return ret;
}

static void test_out_of_memory(void **state)
{
    struct env proto = {0};

    (void)state;
    assert_true(oom_loop(&proto, oom_body, NULL) > 1);
}

/* Every single allocation of the parse refused in turn: a fault that says
 * no_memory, and no other. */
static int refused_at;

static void *refusing_alloc(void *user, size_t n)
{
    (void)user;
    return n > ARENA_BLOCK && refused_at-- == 0 ? NULL : malloc(n);
}

static void test_no_memory_is_its_own_fault(void **state)
{
    static char big[20000];
    struct out o = out_of(big, sizeof(big));
    struct env env = {.alloc = refusing_alloc, .free = kit_free};

    (void)state;
    out_lit(&o, START "Subject: a\r\n ");
    for (int i = 0; i < 10000; i++)
        out_char(&o, 'x');
    out_lit(&o, "\r\n\r\n");
    for (int i = 0; i < 3; i++) {
        struct arena_pool pool;
        struct arena arena;
        struct sip_msg msg;
        struct sip_parse_err err;
        int ret;

        arena_pool_init(&pool, &env);
        arena_init(&arena, &pool);
        refused_at = i;
        ret = sip_msg_parse(&msg, &arena, out_slice(&o), &err);
        assert_int_equal(ret, i < 2 ? E_NOMEM : 0);
        assert_int_equal(err.code,
                         i < 2 ? SIP_FAULT_no_memory : SIP_FAULT_none);
        arena_reset(&arena);
        arena_pool_free(&pool);
    }
}

static void test_parse_asks_the_system_for_nothing(void **state)
{
    struct oom mem;
    struct env env = {0};
    struct arena_pool pool;
    struct arena arena;
    struct sip_msg msg;
    struct sip_parse_err err;
    long asked = 0;

    (void)state;
    oom_init(&mem, &env);
    arena_pool_init(&pool, &env);
    arena_init(&arena, &pool);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(sip_msg_parse(&msg, &arena, slice_cstr(rich), &err),
                         0);
        arena_reset(&arena);
        if (i == 0)
            asked = mem.asked;
    }
    assert_int_equal(mem.asked, asked);
    arena_pool_free(&pool);
    assert_int_equal(mem.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_field_that_goes_on_is_read_whole),
        cmocka_unit_test(test_hosts_of_about_a_word_of_the_map),
        cmocka_unit_test(test_limit_of_header_fields),
        cmocka_unit_test(test_limit_of_elements),
        cmocka_unit_test(test_limit_of_the_message),
        cmocka_unit_test(test_limit_of_the_head),
        cmocka_unit_test(test_nothing_is_no_message),
        cmocka_unit_test(test_lookup),
        cmocka_unit_test(test_every_name_is_found),
        cmocka_unit_test(test_every_method_is_found),
        cmocka_unit_test(test_every_fault_has_words),
        cmocka_unit_test(test_singletons),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_no_memory_is_its_own_fault),
        cmocka_unit_test(test_parse_asks_the_system_for_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
