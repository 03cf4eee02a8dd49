/* SPDX-License-Identifier: Apache-2.0 */
/* The SDP writer: what it says, and that no value can say more than it is. */
#include "sdp/write.h"
#include "test/unit/sdp_kit.h"

static const struct sip_host v4 = {S_INIT("192.0.2.1"), SIP_HOST_IPV4};
static const struct sip_host v6 = {S_INIT("2001:db8::1"), SIP_HOST_IPV6};

static void test_a_whole_description(void **state)
{
    const uint8_t pt[] = {96, 0};
    const struct sdp_format opus = {
        .pt = 96, .clock = 48000, .channels = 2, .encoding = S("opus")};
    struct secret key = {{0}, 0};
    struct page p;
    struct out *o = fresh(&p);
    struct sdp_kit k;

    (void)state;
    secret_set(&key, S("ABCDEFGHIJKLMNOPQRSTUVWXYZab"));
    sdp_write_session(o, &(struct sdp_wsession){7, 8, v6});
    sdp_write_audio(o, &(struct sdp_waudio){SDP_SDES_F, 5004, pt, 2});
    sdp_write_rtpmap(o, &opus);
    sdp_write_fmtp(o, 96, S("a=b; c"));
    sdp_write_crypto(o, 3, SDP_SUITE_AEAD_AES_128_GCM, &key);
    sdp_write_num(o, S("ptime"), 20);
    sdp_write_flag(o, S("rtcp-mux"));
    sdp_write_dir(o, SDP_SENDONLY);
    sdp_write_ended(o);
    assert_int_equal(o->err, 0);
    assert_slice(out_slice(o),
                 "v=0\r\no=- 7 8 IN IP6 2001:db8::1\r\ns=-\r\n"
                 "c=IN IP6 2001:db8::1\r\nt=0 0\r\n"
                 "m=audio 5004 RTP/SAVPF 96 0\r\n"
                 "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 a=b; c\r\n"
                 "a=crypto:3 AEAD_AES_128_GCM inline:"
                 "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYg==\r\n"
                 "a=ptime:20\r\na=rtcp-mux\r\na=sendonly\r\n"
                 "m=audio 0 RTP/SAVP 0\r\n");
    sdp_kit_slice(&k, out_slice(o));
    assert_int_equal(k.ret, 0);
    assert_int_equal(k.sdp.media->crypto->use, SDP_CRYPTO_OK);
    sdp_kit_free(&k);
}

static void test_only_secure_profiles(void **state)
{
    const uint8_t pt[] = {0};
    struct page p;

    (void)state;
    for (int i = 0; i < SDP_PROFILE_COUNT; i++) {
        enum sdp_profile profile = (enum sdp_profile)i;
        bool secure = i == SDP_SDES || i == SDP_SDES_F || i == SDP_DTLS ||
                      i == SDP_DTLS_F;
        struct out *o = fresh(&p);

        sdp_write_audio(o, &(struct sdp_waudio){profile, 9, pt, 1});
        assert_int_equal(o->err, secure ? 0 : E_INVAL);
    }
}

static void test_audio_has_port_and_formats(void **state)
{
    const uint8_t pt[] = {0, 128};
    struct page p;
    struct out *o;

    (void)state;
    sdp_write_audio(o = fresh(&p), &(struct sdp_waudio){SDP_SDES, 9, pt, 1});
    assert_int_equal(o->err, 0);
    sdp_write_audio(o = fresh(&p), &(struct sdp_waudio){SDP_SDES, 0, pt, 1});
    assert_int_equal(o->err, E_INVAL);
    sdp_write_audio(o = fresh(&p), &(struct sdp_waudio){SDP_SDES, 9, pt, 0});
    assert_int_equal(o->err, E_INVAL);
    sdp_write_audio(o = fresh(&p), &(struct sdp_waudio){SDP_SDES, 9, pt, 2});
    assert_int_equal(o->err, E_INVAL);
}

static void test_addresses_are_addresses(void **state)
{
    static const struct sip_host host[] = {
        {S_INIT("a.test"), SIP_HOST_NAME},
        {S_INIT("a.test"), SIP_HOST_IPV4},
        {S_INIT("1.2.3.4\r\na=x"), SIP_HOST_IPV4},
        {S_INIT("1.2.3.4"), SIP_HOST_IPV6},
        {S_INIT("::1 "), SIP_HOST_IPV6},
        {S_INIT(""), SIP_HOST_NONE},
    };
    struct page p;
    struct out *o;

    (void)state;
    sdp_write_session(o = fresh(&p), &(struct sdp_wsession){1, 1, v4});
    assert_int_equal(o->err, 0);
    for (size_t i = 0; i < sizeof(host) / sizeof(host[0]); i++) {
        sdp_write_session(o = fresh(&p),
                          &(struct sdp_wsession){1, 1, host[i]});
        assert_int_equal(o->err, E_INVAL);
    }
}

static void test_no_value_can_inject(void **state)
{
    static const struct slice evil[] = {
        S_INIT("x\r\na=y"), S_INIT("x\ry"), S_INIT("x\ny"),
        S_INIT("x\0y"),     S_INIT(""),
    };
    struct page p;
    struct out *o;

    (void)state;
    for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
        struct sdp_format f = {.text = evil[i],
                               .encoding = evil[i],
                               .clock = 8000,
                               .channels = 1};
        struct sdp_media m = {
            .kind_text = S("video"), .proto = S("RTP/AVP"), .format = &f};

        sdp_write_attr(o = fresh(&p), S("a"), evil[i]);
        assert_int_equal(o->err, E_INVAL);
        sdp_write_attr(o = fresh(&p), evil[i], S("a"));
        assert_int_equal(o->err, E_INVAL);
        sdp_write_flag(o = fresh(&p), evil[i]);
        assert_int_equal(o->err, E_INVAL);
        sdp_write_fmtp(o = fresh(&p), 0, evil[i]);
        assert_int_equal(o->err, E_INVAL);
        sdp_write_rtpmap(o = fresh(&p), &f);
        assert_int_equal(o->err, E_INVAL);
        sdp_write_refused(o = fresh(&p), &m);
        assert_int_equal(o->err, E_INVAL);
        f.text = S("0");
        sdp_write_refused(o = fresh(&p), &m);
        assert_slice(out_slice(o), "m=video 0 RTP/AVP 0\r\n");
        assert_int_equal(o->err, 0);
        m.proto = evil[i];
        sdp_write_refused(o = fresh(&p), &m);
        assert_int_equal(o->err, E_INVAL);
    }
    sdp_write_attr(o = fresh(&p), S("a"), S("b c:\xc3\xa9"));
    assert_int_equal(o->err, 0);
    sdp_write_attr(o = fresh(&p), S("Crypto"), S("1 x inline:y"));
    assert_int_equal(o->err, E_INVAL);
    sdp_write_attr(o = fresh(&p), S("a:b"), S("c"));
    assert_int_equal(o->err, E_INVAL);
}

static void test_keys_have_their_length(void **state)
{
    struct secret key = {{0}, 0};
    struct page p;
    struct out *o;

    (void)state;
    for (size_t n = 0; n <= SDP_KEY_MAX + 1; n++) {
        key.n = n;
        for (int i = 0; i < SDP_SUITE_COUNT; i++) {
            enum sdp_suite suite = (enum sdp_suite)i;

            sdp_write_crypto(o = fresh(&p), 1, suite, &key);
            assert_int_equal(o->err,
                             n && n == sdp_suite_key(suite) ? 0 : E_INVAL);
        }
    }
}

static void test_full_page(void **state)
{
    char small[40];
    struct out o = out_of(small, sizeof(small));

    (void)state;
    sdp_write_session(&o, &(struct sdp_wsession){1, 1, v4});
    assert_int_equal(o.err, E_TOOBIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_description),
        cmocka_unit_test(test_only_secure_profiles),
        cmocka_unit_test(test_audio_has_port_and_formats),
        cmocka_unit_test(test_addresses_are_addresses),
        cmocka_unit_test(test_no_value_can_inject),
        cmocka_unit_test(test_keys_have_their_length),
        cmocka_unit_test(test_full_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
