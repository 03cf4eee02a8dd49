/* SPDX-License-Identifier: Apache-2.0 */
/* The fuzzers' mutator: what it makes of a valid message is another one. */
#include <dirent.h>
#include <stdio.h>

#include "fuzz/mutate.h"
#include "sip/stream.h"
#include "test/unit/sip_kit.h"

enum { CAP = 1 << 17, SEEDS = 2000 };

static const char invite[] =
    "INVITE sip:b@b.test SIP/2.0\r\n"
    "Via: SIP/2.0/TLS a.test;branch=z9hG4bK1\r\n"
    "Via: SIP/2.0/TLS c.test;branch=z9hG4bK2,\r\n"
    " SIP/2.0/TLS d.test;branch=z9hG4bK3\r\n"
    "Max-Forwards: 70\r\n"
    "Route: <sip:p.test;lr>\r\n"
    "Route: \"Q, R\" <sip:q.test;lr>;x=\"a,b\"\r\n"
    "Record-Route: <sip:r.test;lr>\r\n"
    "From: \"A \\\" B\" <sip:a@a.test>;tag=1\r\n"
    "To: <sip:b@b.test>\r\n"
    "Call-ID: c@a.test\r\n"
    "CSeq: 1 INVITE\r\n"
    "Contact: <sip:a@192.0.2.1:5061;transport=tls>;expires=60\r\n"
    "k: 100rel\r\n"
    "Supported: timer,\r\n\treplaces\r\n"
    "Require: x\r\n"
    "Expires: 120\r\n"
    "Min-Expires: 60\r\n"
    "Subject:\r\n"
    "Organization: O, P\r\n"
    "X-Other: anything\r\n"
    "Authorization: Digest username=\"a\", realm=\"r\", nonce=\"n\", "
    "uri=\"sip:b\", response=\"0\"\r\n"
    "Date: Sat, 13 Nov 2010 23:29:00 GMT\r\n"
    "User-Agent: A/1 (b)\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Length: 4\r\n"
    "\r\nbody";

static bool valid(struct slice text)
{
    struct kit k;
    bool ok;

    kit_parse_slice(&k, text);
    ok = k.ret == 0;
    kit_free_all(&k);
    return ok;
}

static void test_stays_valid(void **state)
{
    static char text[CAP];
    size_t n = sizeof(invite) - 1;
    unsigned changed = 0;

    (void)state;
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        /* Again and again the same, so that changes add up. */
        if (seed % 20 == 0) {
            n = sizeof(invite) - 1;
            memcpy(text, invite, n);
            assert_true(valid(slice_of(text, n)));
        }
        n = mutate_sip(text, n, sizeof(text), seed);
        assert_true(n > 0);
        changed += n != sizeof(invite) - 1 || memcmp(text, invite, n) != 0;
        if (!valid(slice_of(text, n)))
            fail_msg("seed %u: %.*s", (unsigned)seed, (int)n, text);
    }
    assert_true(changed > SEEDS * 9 / 10);
}

/* Each operation is met: by what it leaves behind. */
static void test_each_kind(void **state)
{
    static const struct {
        const char *has; /* in the text */
        const char *not_in;
    } kinds[] = {
        {"v: SIP", NULL},                    /* compact */
        {"\r\nSupported: 100rel\r\n", NULL}, /* and long */
        {"\r\nFrom: <sip:b@b.test>\r\n", NULL},
        {"\r\nRecord-Route: <sip:p.test;lr>\r\n", NULL},
        {"Max-Forwards:\r\n\t70\r\n", NULL}, /* folded */
        {"timer,\treplaces", NULL},          /* unfolded */
        {"lr> , \"Q", NULL},                 /* joined */
        {"1\r\nContent-Type", "\r\nUser-Agent: A/1 (b)\r\nContent-Type"},
        {"SIP/2.0\r\nMax-Forwards", NULL}, /* swapped */
        {"INVITE", "User-Agent"},          /* dropped */
        {"X-Other: anything\r\nX-Other: anything", NULL},
    };
    static char text[CAP];
    unsigned met = 0;

    (void)state;
    for (uint32_t seed = 0; seed < 40000 && met != (1u << 11) - 1; seed++) {
        size_t n = sizeof(invite) - 1;

        memcpy(text, invite, n);
        n = mutate_sip(text, n, sizeof(text) - 1, seed);
        text[n] = 0;
        for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
            if (strstr(text, kinds[i].has) &&
                !(kinds[i].not_in && strstr(text, kinds[i].not_in)))
                met |= 1u << i;
    }
    assert_int_equal(met, (1u << 11) - 1);
}

static void test_content_length(void **state)
{
    static const char lies[] = "OPTIONS sip:b SIP/2.0\r\n"
                               "To: <sip:b@b.test>\r\n"
                               "Content-Length: 9\r\n\r\nbody";
    char text[256];
    size_t n = sizeof(lies) - 1;

    (void)state;
    for (uint32_t seed = 0; seed < 100; seed++) {
        memcpy(text, lies, sizeof(lies));
        n = mutate_sip(text, sizeof(lies) - 1, sizeof(text) - 1, seed);
        assert_true(n > 0);
        text[n] = 0;
        assert_non_null(strstr(text, " 4\r\n") ? text : strstr(text, "\t4\r"));
    }
}

/* Of two in a row either is changed, and the stream still has both. */
static void test_stream(void **state)
{
    static char text[CAP];
    struct env env = kit_env();
    bool first = false;
    bool second = false;

    (void)state;
    for (uint32_t seed = 0; seed < 200; seed++) {
        struct sip_stream s;
        struct sip_stream_item item;
        size_t one = sizeof(invite) - 1;
        size_t n = 2 * one;

        memcpy(text, invite, one);
        memcpy(text + one, invite, one);
        n = mutate_sip(text, n, sizeof(text), seed);
        first |= memcmp(text, invite, one) != 0;
        second |= memcmp(text, invite, one) == 0 &&
                  (n != 2 * one || memcmp(text + one, invite, one) != 0);
        sip_stream_init(&s, &env);
        assert_int_equal(sip_stream_push(&s, slice_of(text, n)), 0);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(sip_stream_next(&s, &item), 0);
            assert_int_equal(item.kind, SIP_STREAM_MESSAGE);
            assert_true(valid(item.bytes));
        }
        assert_int_equal(sip_stream_next(&s, &item), E_AGAIN);
        sip_stream_free(&s);
    }
    assert_true(first && second);
}

static void test_no_message(void **state)
{
    static const char *const not [] = {"",
                                       "\r\n\r\n",
                                       "x",
                                       "OPTIONS sip:b SIP/2.0\r\n\r\n",
                                       "OPTIONS sip:b SIP/2.0\r\nTo\r\n\r\n",
                                       "a\r\n: b\r\n\r\n",
                                       "a\r\nb: c\rd\r\n\r\n",
                                       "a\rb\r\n\r\nc: d\r\n\r\n"};
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof(not ) / sizeof(not [0]); i++) {
        size_t n = strlen(not [i]);

        memcpy(text, not [i], n);
        assert_int_equal(mutate_sip(text, n, sizeof(text), 1), 0);
        assert_memory_equal(text, not [i], n);
    }
    memcpy(text, "a\r\nb: c\r\n\r\n", 11);
    assert_int_equal(mutate_sip(text, 11, 10, 1), 0); /* no room */
    assert_true(mutate_sip(text, 11, 64, 1) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stays_valid),
        cmocka_unit_test(test_each_kind),
        cmocka_unit_test(test_content_length),
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_no_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
