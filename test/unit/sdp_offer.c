/* SPDX-License-Identifier: Apache-2.0 */
/* Offer and answer: agreement, hold, re-offers, keys, states. */
#include <stdio.h>

#include "test/unit/sdp_side.h"

static void test_two_of_us(void **state)
{
    struct side a;
    struct side b;
    const struct sdp_agreed *g = &a.s.agreed;

    (void)state;
    side_init(&a, 4000);
    side_init(&b, 5000);
    agree(&a, &b);
    has(&a, "m=audio 4000 RTP/SAVP 96 0 8 97 101\r\n", true);
    has(&b, "m=audio 5000 RTP/SAVP 96 97\r\n", true);
    has(&b, "a=crypto:1 AEAD_AES_256_GCM inline:", true);
    has(&b, "a=crypto:2", false);
    assert_string_equal(g->ip, "192.0.2.1");
    assert_int_equal(g->port, 5000);
    assert_int_equal(g->rtcp_port, 5000);
    assert_true(g->rtcp_mux && g->tx_new && g->rx_new && g->fec);
    assert_int_equal(g->suite, SDP_SUITE_AEAD_AES_256_GCM);
    assert_int_equal(g->tx.n, 44);
    assert_int_equal(g->codec, SDP_CODEC_OPUS);
    assert_int_equal(g->pt, 96);
    assert_int_equal(g->clock, 48000);
    assert_int_equal(g->ptime, 20);
    assert_int_equal(g->event_pt, 97);
    assert_int_equal(g->event_clock, 48000);
    assert_int_equal(g->dir, SDP_SENDRECV);
    assert_int_equal(g->rx_pt[SDP_CODEC_PCMA], 8);
    assert_int_equal(b.s.agreed.rx_pt[SDP_CODEC_PCMA], SDP_PT_NONE);
    assert_int_equal(a.s.noffered, 0);
    sdp_session_clear(&a.s);
    for (size_t i = 0; i < sizeof(a.s); i++)
        assert_int_equal(((const uint8_t *)&a.s)[i], 0);
}

static void test_other_lines_get_port_0(void **state)
{
    struct side a;

    (void)state;
    side_init(&a, 4000);
    assert_int_equal(
        answer_text(&a, S(TOP "m=audio 6000 RTP/AVP 0 8\r\n"
                              "m=video 6002 RTP/AVP 31\r\n"
                              "m=audio 6004 RTP/SAVP 8 0\r\n" CM80("9", KEY30)
                                  NL "m=image 6 udptl t38\r\n")),
        0);
    has(&a,
        "\r\nm=audio 0 RTP/AVP 0 8\r\nm=video 0 RTP/AVP 31\r\n"
        "m=audio 4000 RTP/SAVP 8\r\n",
        true);
    has(&a, "a=crypto:9 AES_CM_128_HMAC_SHA1_80 inline:", true);
    has(&a, "\r\nm=image 0 udptl t38\r\n", true);
    has(&a, KEY30, false);
    assert_int_equal(a.s.agreed.port, 6004);
    assert_int_equal(a.s.agreed.rtcp_port, 6005);
    assert_int_equal(a.s.agreed.codec, SDP_CODEC_PCMA);
    assert_int_equal(offer(&a), 0); /* as many lines, ours in its place */
    has(&a,
        "m=audio 0 RTP/SAVP 0\r\nm=audio 0 RTP/SAVP 0\r\n"
        "m=audio 4000 RTP/SAVP 8\r\n",
        true);
    sdp_session_clear(&a.s);
}

/* RFC 8643: what takes plain RTP, too, is answered with keys only. */
static void test_osrtp(void **state)
{
    struct side a;

    (void)state;
    side_init(&a, 4000);
    assert_int_equal(answer_text(&a, S(TOP "m=audio 6000 RTP/AVP 0\r\n" CM80(
                                         "7", KEY30) NL)),
                     0);
    has(&a,
        "\r\nm=audio 4000 RTP/AVP 0\r\na=crypto:7 "
        "AES_CM_128_HMAC_SHA1_80 inline:",
        true);
    assert_int_equal(a.s.agreed.suite, SDP_SUITE_AES_128_80);
    assert_int_equal(a.s.agreed.rx.n, 30);
    /* Again, but not without keys. */
    assert_int_equal(answer_text(&a, S(TOP "m=audio 6000 RTP/AVP 0\r\n" CM80(
                                         "7", KEY30) NL)),
                     0);
    assert_int_equal(answer_text(&a, S(TOP "m=audio 6000 RTP/AVP 0\r\n")),
                     E_POLICY);
    assert_int_equal(a.s.why, SDP_REFUSED_plain_avp);
    /* Ours says what it is; the answer must, too. */
    assert_int_equal(offer(&a), 0);
    has(&a, "\r\nm=audio 4000 RTP/SAVP 0\r\n", true);
    has(&a, "RTP/AVP", false);
    assert_int_equal(answered_text(&a, S(TOP "m=audio 6000 RTP/AVP 0\r\n" CM80(
                                           "7", KEY30) NL)),
                     E_POLICY);
    assert_int_equal(offer(&a), 0);
    assert_int_equal(answered_text(&a, S(AUDIO CM80("7", KEY30) NL)), 0);
    assert_int_equal(a.s.agreed.profile, SDP_SDES);
    assert_int_equal(answer_text(&a, S(TOP "m=audio 6000 RTP/AVP 0\r\n" CM80(
                                         "7", KEY30) NL)),
                     E_POLICY);
    assert_int_equal(a.s.why, SDP_REFUSED_plain_avp);
    sdp_session_clear(&a.s);
    /* A line that is secure by its profile goes first. */
    side_init(&a, 4000);
    assert_int_equal(
        answer_text(&a, S(TOP "m=audio 6000 RTP/AVP 0\r\n" CM80("1", KEY30) NL
                          "m=audio 6002 RTP/SAVP 0\r\n" CM80("2", KEY30) NL)),
        0);
    assert_int_equal(a.s.line, 1);
    has(&a, "m=audio 0 RTP/AVP 0\r\nm=audio 4000 RTP/SAVP 0\r\n", true);
    sdp_session_clear(&a.s);
}

/* RFC 8843, RFC 5888: the one line is named, and bundled with nothing. */
static void test_mid_and_bundle(void **state)
{
    static const struct {
        const char *group, *mid, *want;
        bool bundled;
    } rows[] = {
        {"a=group:BUNDLE v x\r\n", "x", "a=group:BUNDLE x\r\nm=audio 4000",
         true},
        {"a=group:LS x\r\na=group:BUNDLE x\r\n", "x",
         "a=group:BUNDLE x\r\nm=audio 4000", true},
        {"a=group:BUNDLE v xx\r\n", "x", "a=mid:x\r\n", false},
        {"a=group:BUNDLE\r\n", "x", "a=mid:x\r\n", false},
        {"", "x", "a=mid:x\r\n", false},
        {"a=group:BUNDLE x\r\n", "x y", "m=audio 4000", false},
    };
    struct side a;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[1024];

        snprintf(text, sizeof(text),
                 TOP "%sm=audio 6000 RTP/SAVP 0\r\n" CM80("1", KEY30) NL
                 "a=mid:%s\r\n",
                 rows[i].group, rows[i].mid);
        side_init(&a, 4000);
        assert_int_equal(answer_text(&a, slice_cstr(text)), 0);
        has(&a, rows[i].want, true);
        has(&a, "BUNDLE", rows[i].bundled);
        sdp_session_clear(&a.s);
    }
}

/* Our own offer comes back as the answer, and later as an offer. */
static void test_own_key_echoed(void **state)
{
    struct side a;
    struct side b;
    char ours[4096];
    char *second;
    size_t n;

    (void)state;
    side_init(&a, 4000);
    side_init(&b, 5000);
    a.local.suites = sdp_suite_bit(SDP_SUITE_AES_128_80);
    assert_int_equal(offer(&a), 0);
    n = a.o.n;
    memcpy(ours, a.text, n);
    assert_int_equal(answered_text(&a, slice_of(ours, n)), E_POLICY);
    assert_int_equal(a.s.why, SDP_REFUSED_own_key_echoed);
    agree(&a, &b);
    n = a.o.n;
    memcpy(ours, a.text, n);
    assert_int_equal(answer_text(&a, slice_of(ours, n)), E_POLICY);
    assert_int_equal(a.s.why, SDP_REFUSED_own_key_echoed);
    assert_int_equal(a.s.state, SDP_STABLE);
    second = strstr(ours, "inline:") + 7; /* the control: another key */
    second[0] = second[0] == 'A' ? 'B' : 'A';
    assert_int_equal(answer_text(&a, slice_of(ours, n)), 0);
}

static uint64_t version_of(const struct side *a)
{
    struct sdp_kit k;
    uint64_t v = 0;

    sdp_kit_slice(&k, out_slice(&a->o));
    assert_int_equal(k.ret, 0);
    assert_int_equal(slice_u64(&v, k.sdp.origin.version, UINT64_MAX), 0);
    sdp_kit_free(&k);
    return v;
}

static void test_hold_and_resume(void **state)
{
    static const struct {
        enum sdp_dir offered, local, a, b;
    } row[] = {
        {SDP_SENDONLY, SDP_SENDRECV, SDP_SENDONLY, SDP_RECVONLY},
        {SDP_SENDONLY, SDP_SENDONLY, SDP_INACTIVE, SDP_INACTIVE},
        {SDP_INACTIVE, SDP_SENDRECV, SDP_INACTIVE, SDP_INACTIVE},
        {SDP_RECVONLY, SDP_SENDRECV, SDP_RECVONLY, SDP_SENDONLY},
        {SDP_SENDRECV, SDP_RECVONLY, SDP_SENDONLY, SDP_RECVONLY},
        {SDP_SENDRECV, SDP_SENDRECV, SDP_SENDRECV, SDP_SENDRECV},
    };
    struct side a;
    struct side b;
    struct secret key;
    uint64_t version;

    (void)state;
    side_init(&a, 4000);
    side_init(&b, 5000);
    agree(&a, &b);
    key = a.s.agreed.tx;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        version = version_of(&a);
        a.local.dir = row[i].offered;
        b.local.dir = row[i].local;
        agree(&a, &b);
        assert_int_equal(a.s.agreed.dir, row[i].a);
        assert_int_equal(b.s.agreed.dir, row[i].b);
        assert_true(version_of(&a) == version + 1);
        assert_true(secret_eq(&key, &a.s.agreed.tx));
        assert_false(a.s.agreed.tx_new || a.s.agreed.rx_new);
        assert_false(b.s.agreed.tx_new || b.s.agreed.rx_new);
    }
    agree(&b, &a); /* the other one offers */
    has(&b, "m=audio 5000 RTP/SAVP 96 97\r\n", true);
    assert_false(b.s.agreed.tx_new || b.s.agreed.rx_new);
}

static void test_old_hold(void **state)
{
    struct side a;

    (void)state;
    side_init(&a, 4000);
    assert_int_equal(answer_text(&a, S(HEAD "c=IN IP4 0.0.0.0\r\nt=0 0\r\n"
                                            "m=audio 6000 RTP/SAVP 0\r\n" CM80(
                                                "1", KEY30) NL)),
                     0);
    assert_int_equal(a.s.agreed.dir, SDP_RECVONLY);
}

static void test_a_call_is_never_lowered(void **state)
{
    struct side a;
    struct sdp_agreed before;

    (void)state;
    side_init(&a, 4000);
    a.local.suites |= sdp_suite_bit(SDP_SUITE_AES_128_32);
    assert_int_equal(answer_text(&a, S(AUDIO GCM("1", KEY44) NL)), 0);
    before = a.s.agreed;
    assert_int_equal(answer_text(&a, S(AUDIO CM32("1", KEY30) NL)), E_POLICY);
    assert_int_equal(a.s.why, SDP_REFUSED_lowered);
    assert_int_equal(answer_text(&a, S(TOP "m=audio 6000 RTP/AVP 0\r\n" CM80(
                                         "1", KEY30) NL)),
                     E_POLICY);
    assert_int_equal(a.s.why, SDP_REFUSED_plain_avp);
    assert_int_equal(answer_text(&a, S(AUDIO)), E_POLICY);
    assert_int_equal(a.s.why, SDP_REFUSED_no_crypto);
    assert_int_equal(answer_text(&a, S(TOP)), E_UNSUPPORTED);
    assert_int_equal(a.s.why, SDP_REFUSED_malformed);
    assert_memory_equal(&a.s.agreed, &before, sizeof(before));
    assert_int_equal(
        answer_text(&a, S(AUDIO CM32("1", KEY30) NL GCM("2", KEY44) NL)), 0);
    assert_int_equal(a.s.agreed.suite, SDP_SUITE_AEAD_AES_256_GCM);
    a.local.suites = sdp_suite_bit(SDP_SUITE_AES_128_32);
    assert_int_equal(offer(&a), E_POLICY); /* not by ourselves either */
    assert_int_equal(a.s.why, SDP_REFUSED_suite_below_level);
    assert_int_equal(a.s.state, SDP_STABLE);
    /* The same class is no fall: a transfer may lead to a plainer phone. */
    a.local.suites = modern();
    assert_int_equal(answer_text(&a, S(AUDIO CM80("1", KEY30) NL)), 0);
    assert_int_equal(a.s.agreed.suite, SDP_SUITE_AES_128_80);
}

static void test_new_keys_are_told(void **state)
{
    struct side a;
    struct secret tx;

    (void)state;
    side_init(&a, 4000);
    assert_int_equal(answer_text(&a, S(AUDIO CM80("1", KEY30) NL)), 0);
    tx = a.s.agreed.tx;
    assert_int_equal(answer_text(&a, S(AUDIO CM80("1", KEY30) NL)), 0);
    assert_false(a.s.agreed.tx_new || a.s.agreed.rx_new);
    assert_true(secret_eq(&tx, &a.s.agreed.tx));
    assert_int_equal(answer_text(&a, S(AUDIO CM80("1", OTHER30) NL)), 0);
    assert_true(a.s.agreed.tx_new && a.s.agreed.rx_new);
    assert_false(secret_eq(&tx, &a.s.agreed.tx));
    assert_int_equal(answer_text(&a, S(AUDIO GCM("1", KEY44) NL)), 0);
    assert_true(a.s.agreed.tx_new && a.s.agreed.rx_new);
    assert_int_equal(a.s.agreed.tx.n, 44);
}

static void test_rekey(void **state)
{
    struct side a;
    struct side b;
    struct secret tx;

    (void)state;
    side_init(&a, 4000);
    side_init(&b, 5000);
    agree(&a, &b);
    tx = a.s.agreed.tx;
    a.local.suites |= sdp_suite_bit(SDP_SUITE_AES_128_32);
    a.local.rekey = true;
    agree(&a, &b);
    assert_true(a.s.agreed.tx_new && a.s.agreed.rx_new);
    assert_true(b.s.agreed.tx_new && b.s.agreed.rx_new);
    assert_false(secret_eq(&tx, &a.s.agreed.tx));
    assert_int_equal(a.s.agreed.suite, SDP_SUITE_AEAD_AES_256_GCM);
    has(&a, "HMAC_SHA1_32", false); /* nothing of a lower class */
}

static void test_events_and_times(void **state)
{
    static const struct {
        const char *text;
        uint8_t pt, event;
        uint32_t clock;
        uint16_t ptime;
    } row[] = {
        {"m=audio 6000 RTP/SAVP 111 101\r\na=rtpmap:111 opus/48000/2\r\n"
         "a=rtpmap:101 telephone-event/8000\r\na=ptime:40\r\n",
         111, 101, 8000, 40},
        {"m=audio 6000 RTP/SAVP 111 101 102\r\na=rtpmap:111 OPUS/48000/2\r\n"
         "a=rtpmap:101 telephone-event/8000\r\na=ptime:25\r\n"
         "a=rtpmap:102 telephone-event/48000\r\n",
         111, 102, 48000, 20},
        {"m=audio 6000 RTP/SAVP 8 101 102\r\na=ptime:60\r\na=maxptime:30\r\n"
         "a=rtpmap:101 telephone-event/48000\r\n"
         "a=rtpmap:102 telephone-event/8000\r\n",
         8, 102, 8000, 30},
        {"m=audio 6000 RTP/SAVP 0\r\na=ptime:65535\r\na=maxptime:1\r\n", 0,
         SDP_PT_NONE, 0, 20},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        char text[1024] = TOP;
        struct side a;

        side_init(&a, 4000);
        strcat(text, row[i].text);
        strcat(text, CM80("1", KEY30) NL);
        assert_int_equal(answer_text(&a, slice_cstr(text)), 0);
        assert_int_equal(a.s.agreed.pt, row[i].pt);
        assert_int_equal(a.s.agreed.event_pt, row[i].event);
        assert_int_equal(a.s.agreed.event_clock, row[i].clock);
        assert_int_equal(a.s.agreed.ptime, row[i].ptime);
        sdp_session_clear(&a.s);
    }
}

static void test_rtcp(void **state)
{
    static const struct {
        const char *attr;
        const char *ip;
        uint16_t port;
    } row[] = {
        {"", "192.0.2.9", 6001},
        {"a=rtcp:7000\r\n", "192.0.2.9", 7000},
        {"a=rtcp:7000 IN IP4 192.0.2.8\r\n", "192.0.2.8", 7000},
        {"a=rtcp:7000 IN IP4 192.0.2.8\r\na=rtcp-mux\r\n", "192.0.2.9", 6000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        char text[1024] = AUDIO CM80("1", KEY30) NL;
        struct side a;

        side_init(&a, 4000);
        a.local.rtcp_port = 4321;
        strcat(text, row[i].attr);
        assert_int_equal(answer_text(&a, slice_cstr(text)), 0);
        assert_string_equal(a.s.agreed.rtcp_ip, row[i].ip);
        assert_int_equal(a.s.agreed.rtcp_port, row[i].port);
        has(&a, "a=rtcp:4321\r\n", true);
        has(&a, "a=rtcp-mux\r\n", i == 3);
        sdp_session_clear(&a.s);
    }
}

/* Every state by every event, as RFC 3264 4 and 8 have it. */
static void test_states(void **state)
{
    static const int want[SDP_STATE_COUNT][SDP_EVENT_COUNT] = {
        {SDP_OFFERED, -1, SDP_STABLE, -1},
        {-1, SDP_STABLE, -1, SDP_IDLE},
        {SDP_REOFFERED, -1, SDP_STABLE, -1},
        {-1, SDP_STABLE, -1, SDP_STABLE},
    };
    struct side a;
    struct side b;

    (void)state;
    for (int s = 0; s < SDP_STATE_COUNT; s++)
        for (int e = 0; e < SDP_EVENT_COUNT; e++)
            assert_int_equal(
                sdp_offer_step((enum sdp_state)s, (enum sdp_event)e),
                want[s][e]);
    side_init(&a, 4000);
    side_init(&b, 5000);
    assert_int_equal(sdp_offer_failed(&a.s), E_STATE);
    assert_int_equal(answered_text(&a, S(TOP)), E_STATE);
    assert_int_equal(offer(&a), 0);
    assert_int_equal(offer(&a), E_STATE);
    assert_int_equal(answer_text(&a, S(AUDIO CM80("1", KEY30) NL)), E_STATE);
    assert_int_equal(sdp_offer_failed(&a.s), 0);
    assert_int_equal(a.s.state, SDP_IDLE);
    agree(&a, &b);
    assert_int_equal(offer(&a), 0);
    assert_int_equal(answer_text(&a, S(AUDIO CM80("1", KEY30) NL)), E_STATE);
    assert_int_equal(sdp_offer_failed(&a.s), 0);
    assert_int_equal(a.s.state, SDP_STABLE);
    agree(&a, &b);
}

static int no_rand(void *user, uint8_t *p, size_t n)
{
    (void)user;
    (void)p;
    (void)n;
    return E_RANDOM;
}

/* What fails on our side changes nothing, and no key is left behind. */
static void test_our_failures(void **state)
{
    struct side a;
    struct sdp_kit k;

    (void)state;
    side_init(&a, 4000);
    a.env.rand = no_rand;
    assert_int_equal(offer(&a), E_RANDOM);
    assert_int_equal(answer_text(&a, S(AUDIO CM80("1", KEY30) NL)), E_RANDOM);
    assert_int_equal(sdp_session_init(&a.s, &a.env), E_RANDOM);
    side_init(&a, 4000);
    a.local.suites = 0;
    assert_int_equal(offer(&a), E_POLICY);
    a.local = local_of(0);
    assert_int_equal(offer(&a), E_INVAL);
    a.local = local_of(4000);
    a.local.host = (struct sip_host){S("a.test"), SIP_HOST_NAME};
    assert_int_equal(offer(&a), E_INVAL);
    a.local = local_of(4000);
    a.local.codecs = 0;
    assert_int_equal(offer(&a), E_INVAL);
    a.local = local_of(4000);
    sdp_kit_parse(&k, AUDIO CM80("1", KEY30) NL);
    for (size_t n = 0;; n++) {
        a.o = out_of(a.text, n);
        if (!sdp_offer_answer(&a.s, &a.local, &k.sdp, &a.o))
            break;
        assert_int_equal(a.o.err, E_TOOBIG);
        assert_int_equal(a.s.state, SDP_IDLE);
        assert_int_equal(a.s.agreed.tx.n, 0);
        assert_true(n < sizeof(a.text));
    }
    assert_int_equal(a.s.version, 1);
    sdp_kit_free(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_of_us),
        cmocka_unit_test(test_other_lines_get_port_0),
        cmocka_unit_test(test_osrtp),
        cmocka_unit_test(test_mid_and_bundle),
        cmocka_unit_test(test_own_key_echoed),
        cmocka_unit_test(test_hold_and_resume),
        cmocka_unit_test(test_old_hold),
        cmocka_unit_test(test_a_call_is_never_lowered),
        cmocka_unit_test(test_new_keys_are_told),
        cmocka_unit_test(test_rekey),
        cmocka_unit_test(test_events_and_times),
        cmocka_unit_test(test_rtcp),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_our_failures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
