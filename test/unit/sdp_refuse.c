/* SPDX-License-Identifier: Apache-2.0 */
/* What the SDP writer refuses part by part; codecs; memory that ends. */
#include "sdp/codec.h"
#include "sdp/refusal.h"
#include "sdp/write.h"
#include "test/unit/sdp_kit.h"
#include "test/unit/short_arena.h"

static void test_maps(void **state)
{
    const struct sdp_format good = {
        .pt = 127, .clock = 8000, .channels = 1, .encoding = S("a")};
    struct sdp_format f;
    struct page p;

    (void)state;
#define SAYS(change, ret)            \
    f = good;                        \
    change;                          \
    sdp_write_rtpmap(fresh(&p), &f); \
    assert_int_equal(p.o.err, ret)
    SAYS((void)0, 0);
    SAYS(f.pt = 128, E_INVAL);
    SAYS(f.clock = 0, E_INVAL);
    SAYS(f.channels = 0, E_INVAL);
    SAYS(f.encoding = S("a/b"), E_INVAL);
#undef SAYS
    sdp_write_fmtp(fresh(&p), 127, S("a"));
    assert_int_equal(p.o.err, 0);
    sdp_write_fmtp(fresh(&p), 128, S("a"));
    assert_int_equal(p.o.err, E_INVAL);
}

static void test_keys(void **state)
{
    const uint8_t pt[] = {0};
    struct secret key = {{0}, 30};
    const struct sdp_wkey wkey = {1, SDP_SUITE_AES_128_80, &key};
    struct page p;

    (void)state;
    sdp_write_crypto(fresh(&p), SDP_TAG_MAX, wkey.suite, &key);
    assert_int_equal(p.o.err, 0);
    sdp_write_crypto(fresh(&p), SDP_TAG_MAX + 1, wkey.suite, &key);
    assert_int_equal(p.o.err, E_INVAL);
    for (int i = 0; i < SDP_PROFILE_COUNT; i++) {
        const struct sdp_waudio audio = {(enum sdp_profile)i, 9, pt, 1};

        sdp_write_osrtp(fresh(&p), &audio, &wkey);
        assert_int_equal(p.o.err,
                         i == SDP_PLAIN || i == SDP_PLAIN_F ? 0 : E_INVAL);
    }
}

static void test_refused_media(void **state)
{
    struct sdp_format f = {.text = S("0")};
    const struct sdp_media good = {
        .kind_text = S("audio"), .proto = S("a/b"), .format = &f};
    struct sdp_media m;
    struct page p;

    (void)state;
#define SAYS(change, ret)             \
    m = good;                         \
    change;                           \
    sdp_write_refused(fresh(&p), &m); \
    assert_int_equal(p.o.err, ret)
    SAYS((void)0, 0);
    SAYS(m.proto = S("a b"), E_INVAL);
    SAYS(m.kind_text = S("a b"), E_INVAL);
    SAYS(m.format = NULL, E_INVAL);
#undef SAYS
}

static void test_codecs(void **state)
{
    const struct sdp_format pcmu = {.is_pt = true, .pt = 0};
    struct sdp_format f;

    (void)state;
    assert_int_equal(sdp_codec_format(SDP_CODEC_COUNT).pt, SDP_PT_NONE);
    assert_int_equal(sdp_codec_format(SDP_CODEC_PCMA).pt, 8);
#define IS(change, codec) \
    f = pcmu;             \
    change;               \
    assert_int_equal(sdp_codec_of(&f), codec)
    IS((void)0, SDP_CODEC_PCMU);
    IS(f.is_pt = false, SDP_CODEC_NONE);
    IS(f.broken = true, SDP_CODEC_NONE);
    IS(f.pt = 8, SDP_CODEC_PCMA);
    IS(f.pt = 3, SDP_CODEC_NONE);
    IS(f.clock = 8000; f.channels = 1; f.encoding = S("pcma"), SDP_CODEC_PCMA);
    IS(f.clock = 8000; f.channels = 2; f.encoding = S("pcma"), SDP_CODEC_NONE);
#undef IS
    assert_true(sdp_codec_flag(S("a=1"), S("a")));
    assert_true(sdp_codec_flag(S("b=0; A=1 ;c"), S("a")));
    assert_false(sdp_codec_flag(S("a=0;b=1"), S("a")));
    assert_false(sdp_codec_flag(S("a"), S("a")));
    assert_false(sdp_codec_flag(S(""), S("a")));
}

/* Static names, also for numbers that are none. */
static void test_names(void **state)
{
    (void)state;
    assert_int_equal(sdp_profile_name(SDP_PROFILE_COUNT).n, 0);
    assert_slice(sdp_profile_name(SDP_SDES), "RTP/SAVP");
    assert_string_equal(sdp_fault_symbol(SDP_FAULT_attribute), "attribute");
    assert_string_equal(sdp_fault_symbol(SDP_FAULT_COUNT),
                        sdp_fault_symbol(SDP_FAULT_none));
    assert_string_equal(sdp_refusal_symbol(SDP_REFUSED_own_key_echoed),
                        "own_key_echoed");
    assert_string_equal(sdp_refusal_symbol(SDP_REFUSAL_COUNT),
                        sdp_refusal_symbol(SDP_REFUSED_malformed));
}

static const char all_kinds[] =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\n"
    "t=0 0\r\na=group:BUNDLE a\r\na=setup:actpass\r\n"
    "a=fingerprint:sha-256 00\r\nm=audio 9 RTP/SAVP 96 0 101\r\n"
    "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\na=mid:a\r\n"
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
    "inline:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk|2^20|1:4\r\n"
    "a=x:y\r\na=sendonly\r\nm=video 9 RTP/AVP 31\r\na=y\r\n";

static int read_sdp(struct arena *arena)
{
    struct sdp read;
    struct sdp_parse_err fault;

    return sdp_parse(&read, arena, slice_cstr(all_kinds), &fault);
}

static void test_memory_ends_anywhere(void **state)
{
    (void)state;
    short_arena(read_sdp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_maps),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_refused_media),
        cmocka_unit_test(test_codecs),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_memory_ends_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
