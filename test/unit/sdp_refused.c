/* SPDX-License-Identifier: Apache-2.0 */
/* What offers and answers are refused for, each beside one that is not. */
#include "test/unit/sdp_side.h"

/* What an offer gets: refusal, or the codec that is agreed. */
static const struct {
    const char *text;
    enum sdp_refusal why;
} offered[] = {
    {AUDIO EVENT CM80("1", KEY30) NL, SDP_REFUSED_none},
    {AUDIO CM80("1", KEY30) "|2^31\r\n", SDP_REFUSED_none},
    {TOP "m=audio 6000 RTP/SAVPF 0\r\n" CM80("1", KEY30) NL, SDP_REFUSED_none},
    {TOP "m=audio 6000 RTP/AVP 0\r\n", SDP_REFUSED_plain_avp},
    /* OSRTP (RFC 8643): with keys that can be used, or not at all. */
    {TOP "m=audio 6000 RTP/AVP 0\r\n" CM80("1", KEY30) NL, SDP_REFUSED_none},
    {TOP "m=audio 6000 RTP/AVPF 0\r\n" CM80("1", KEY30) NL, SDP_REFUSED_none},
    {TOP "m=audio 6000 RTP/AVP 0\r\n"
         "a=crypto:1 NULL_HMAC_SHA1_80 inline:" KEY30 NL,
     SDP_REFUSED_null_suite},
    {TOP "m=audio 6000 RTP/AVP 0\r\n" CM80("1", "QUJD") NL,
     SDP_REFUSED_unusable_crypto},
    {TOP "m=audio 6000 RTP/AVPF 0\r\n", SDP_REFUSED_plain_avpf},
    {TOP "m=audio 6000 TCP/RTP/SAVP 0\r\n" CM80("1", KEY30) NL,
     SDP_REFUSED_other_profile},
    {TOP "m=audio 6000 UDP/TLS/RTP/SAVP 0\r\na=setup:actpass\r\n"
         "a=fingerprint:sha-256 AA\r\n",
     SDP_REFUSED_keying},
    {AUDIO, SDP_REFUSED_no_crypto},
    {AUDIO "a=fingerprint:sha-256 AA\r\n", SDP_REFUSED_no_crypto},
    {AUDIO "a=crypto:1 AES_CM_128_HMAC_SHA1_80\r\n",
     SDP_REFUSED_unusable_crypto},
    {AUDIO CM80("1", KEY28) NL, SDP_REFUSED_unusable_crypto},
    {AUDIO CM80("1", KEY30) "|1:4\r\n", SDP_REFUSED_unusable_crypto},
    {AUDIO CM80("1", KEY30) " KDR=1\r\n", SDP_REFUSED_unusable_crypto},
    {AUDIO "a=crypto:1 F8_128_HMAC_SHA1_80 inline:" KEY30 NL,
     SDP_REFUSED_unusable_crypto},
    {AUDIO "a=crypto:1 NULL_HMAC_SHA1_80 inline:" KEY30 NL,
     SDP_REFUSED_null_suite},
    {AUDIO CM80("1", KEY30) " UNENCRYPTED_SRTP\r\n", SDP_REFUSED_null_suite},
    {AUDIO CM80("1", KEY30) " UNAUTHENTICATED_SRTP\r\n" CM80("2", KEY28) NL,
     SDP_REFUSED_null_suite},
    {AUDIO CM32("1", KEY30) NL, SDP_REFUSED_suite_below_level},
    {AUDIO CM32("1", KEY30) NL CM80("2", KEY30) NL, SDP_REFUSED_none},
    {TOP "m=audio 6000 RTP/SAVP 18\r\n" CM80("1", KEY30) NL,
     SDP_REFUSED_no_codec},
    {TOP "m=audio 6000 RTP/SAVP 101\r\n" EVENT CM80("1", KEY30) NL,
     SDP_REFUSED_no_codec},
    {TOP "m=audio 6000 RTP/SAVP 96\r\na=rtpmap:96 opus/48000\r\n" CM80(
         "1", KEY30) NL,
     SDP_REFUSED_no_codec},
    {TOP "m=audio 0 RTP/SAVP 0\r\n" CM80("1", KEY30) NL, SDP_REFUSED_no_audio},
    {TOP "m=video 6000 RTP/SAVP 31\r\n" CM80("1", KEY30) NL,
     SDP_REFUSED_no_audio},
    {TOP, SDP_REFUSED_no_audio},
    {HEAD "t=0 0\r\nm=audio 6000 RTP/SAVP 0\r\n" CM80("1", KEY30) NL,
     SDP_REFUSED_no_address},
    {HEAD "c=IN IP4 media.example.test\r\nt=0 0\r\n"
          "m=audio 6000 RTP/SAVP 0\r\n" CM80("1", KEY30) NL,
     SDP_REFUSED_no_address},
    {HEAD "c=IN IP4 224.2.1.1/127\r\nt=0 0\r\n"
          "m=audio 6000 RTP/SAVP 0\r\n" CM80("1", KEY30) NL,
     SDP_REFUSED_no_address},
    {HEAD "c=IN IP4 255.255.255.255\r\nt=0 0\r\n"
          "m=audio 6000 RTP/SAVP 0\r\n" CM80("1", KEY30) NL,
     SDP_REFUSED_no_address},
    {HEAD "c=IN IP6 ff02::1\r\nt=0 0\r\n"
          "m=audio 6000 RTP/SAVP 0\r\n" CM80("1", KEY30) NL,
     SDP_REFUSED_no_address},
    {HEAD "c=IN IP6 2001:db8::1\r\nt=0 0\r\n"
          "m=audio 6000 RTP/SAVP 0\r\n" CM80("1", KEY30) NL,
     SDP_REFUSED_none},
    {AUDIO CM80("1", KEY30) NL "a=rtcp:5 IN IP4 224.0.0.1\r\n",
     SDP_REFUSED_no_address},
    /* P44, P38 */
    {TOP "m=audio 6000 RTP/SAVP 121 5\r\na=rtpmap:121 red/8000\r\n"
         "a=fmtp:121 5/5\r\n" CM80("1", KEY30) NL,
     SDP_REFUSED_no_codec},
    {AUDIO "a=rtpmap:65535 PCMA/8000\r\n" CM80("1", KEY30) NL,
     SDP_REFUSED_none},
    {TOP "m=audio 6000 RTP/SAVP 65535\r\na=rtpmap:65535 PCMA/8000\r\n" CM80(
         "1", KEY30) NL,
     SDP_REFUSED_no_codec},
};

static void test_offers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(offered) / sizeof(offered[0]); i++) {
        struct side a;
        int ret;

        side_init(&a, 4000);
        ret = answer_text(&a, slice_cstr(offered[i].text));
        if (a.s.why != offered[i].why)
            print_error("%s: %s\n", offered[i].text,
                        sdp_refusal_symbol(a.s.why));
        assert_int_equal(a.s.why, offered[i].why);
        assert_int_equal(ret, sdp_refusal_err(a.s.why));
        assert_int_equal(a.s.state, ret ? SDP_IDLE : SDP_STABLE);
        if (ret)
            assert_int_equal(a.o.n, 0);
        sdp_session_clear(&a.s);
    }
}

/* Answers to our offer of the tags 1 to 3. */
static const struct {
    const char *media;
    enum sdp_refusal why;
} answers[] = {
    {"m=audio 7000 RTP/SAVP 0\r\n" CM80("3", KEY30) NL, SDP_REFUSED_none},
    {"m=audio 7000 RTP/SAVP 0\r\n" GCM("1", KEY44) NL, SDP_REFUSED_none},
    {"m=audio 7000 RTP/SAVP 0\r\n", SDP_REFUSED_no_crypto},
    {"m=audio 7000 RTP/AVP 0\r\n" CM80("3", KEY30) NL, SDP_REFUSED_plain_avp},
    {"m=audio 7000 RTP/AVPF 0\r\n", SDP_REFUSED_plain_avpf},
    {"m=audio 7000 RTP/SAVPF 0\r\n" CM80("3", KEY30) NL,
     SDP_REFUSED_malformed},
    {"m=audio 7000 RTP/SAVP 0\r\n" CM80("1", KEY30) NL,
     SDP_REFUSED_unusable_crypto},
    {"m=audio 7000 RTP/SAVP 0\r\n" CM80("4", KEY30) NL,
     SDP_REFUSED_unusable_crypto},
    {"m=audio 7000 RTP/SAVP 0\r\n" CM80("3", KEY30) NL GCM("1", KEY44) NL,
     SDP_REFUSED_unusable_crypto},
    {"m=audio 7000 RTP/SAVP 0\r\n" CM32("3", KEY30) NL,
     SDP_REFUSED_suite_below_level},
    {"m=audio 7000 RTP/SAVP 0\r\n" CM80("3", KEY30) " UNENCRYPTED_SRTP\r\n",
     SDP_REFUSED_null_suite},
    {"m=audio 0 RTP/SAVP 0\r\n", SDP_REFUSED_declined},
    {"m=video 7000 RTP/SAVP 0\r\n", SDP_REFUSED_malformed},
    {"", SDP_REFUSED_malformed},
    {"m=audio 7000 RTP/SAVP 0\r\n" CM80("3", KEY30) NL
     "m=audio 7002 RTP/SAVP 0\r\n",
     SDP_REFUSED_malformed},
    {"m=audio 7000 RTP/SAVP 18\r\n" CM80("3", KEY30) NL, SDP_REFUSED_no_codec},
};

static void test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        char text[1024] = TOP;
        struct side a;
        int ret;

        side_init(&a, 4000);
        assert_int_equal(offer(&a), 0);
        strcat(text, answers[i].media);
        ret = answered_text(&a, slice_cstr(text));
        if (a.s.why != answers[i].why)
            print_error("%s: %s\n", answers[i].media,
                        sdp_refusal_symbol(a.s.why));
        assert_int_equal(a.s.why, answers[i].why);
        assert_int_equal(ret, sdp_refusal_err(a.s.why));
        assert_int_equal(a.s.state, ret ? SDP_IDLE : SDP_STABLE);
        assert_int_equal(a.s.noffered, 0);
        sdp_session_clear(&a.s);
    }
}

static void test_refusals_are_told(void **state)
{
    (void)state;
    assert_int_equal(sdp_refusal_err(SDP_REFUSED_none), 0);
    assert_int_equal(sdp_refusal_err(SDP_REFUSED_plain_avp), E_POLICY);
    assert_int_equal(sdp_refusal_err(SDP_REFUSED_no_codec), E_UNSUPPORTED);
    assert_string_equal(sdp_refusal_symbol(SDP_REFUSED_lowered), "lowered");
    for (int i = 0; i < SDP_REFUSAL_COUNT; i++)
        assert_true(strlen(sdp_refusal_text((enum sdp_refusal)i)) > 5);
}

/* Who tells media of an MKI may take a key that has one; both ways. */
static void test_mki(void **state)
{
    static const char text[] = AUDIO CM80("1", KEY30) "|2^31|258:2\r\n";
    struct side a, b;

    (void)state;
    side_init(&a, 4000);
    assert_int_equal(answer_text(&a, slice_cstr(text)), E_POLICY);
    assert_int_equal(a.s.why, SDP_REFUSED_unusable_crypto);
    a.local.mki = true;
    assert_int_equal(answer_text(&a, slice_cstr(text)), 0);
    assert_int_equal(a.s.agreed.rx_mki_n, 2);
    assert_int_equal(a.s.agreed.rx_mki, 258);
    has(&a, "258", false); /* ours has none */
    assert_int_equal(answer_text(&a, S(AUDIO CM80("1", KEY30) "\r\n")), 0);
    assert_int_equal(a.s.agreed.rx_mki_n, 0);
    assert_false(a.s.agreed.rx_new); /* the key is what it was */
    side_init(&b, 4002);
    b.local.suites = sdp_suite_bit(SDP_SUITE_AES_128_80);
    for (int i = 0; i < 2; i++) {
        b.local.mki = i;
        assert_int_equal(offer(&b), 0);
        assert_int_equal(answered_text(&b, slice_cstr(text)),
                         i ? 0 : E_POLICY);
    }
    assert_int_equal(b.s.agreed.rx_mki, 258);
    sdp_session_clear(&a.s);
    sdp_session_clear(&b.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offers),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_refusals_are_told),
        cmocka_unit_test(test_mki),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
