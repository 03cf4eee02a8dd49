/* SPDX-License-Identifier: Apache-2.0 */
/* Reading session descriptions: parts, faults, limits, hazards. */
#include "test/oom.h"
#include "test/unit/sdp_kit.h"

#define HEAD                                     \
    "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\n" \
    "c=IN IP4 192.0.2.1\r\nt=0 0\r\n"
#define KEY30 "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk"

static const char whole[] =
    "v=0\r\n"
    "o=alice 18446744073709551616 7 IN IP6 2001:db8::1\r\n"
    "s=A \xc3\xa9 call\r\n"
    "i=info\r\nu=http://a.test/\r\ne=a@b.test\r\ne=c@d.test\r\np=+1 2\r\n"
    "c=IN IP4 192.0.2.7\r\n"
    "b=AS:64\r\nb=X-y:1\r\n"
    "t=0 0\r\nr=604800 3600 0 90000\r\nr=7d 1h 0 25h\r\n"
    "z=2882844526 -1h 2898848070 0\r\nt=2873397496 2873404696\r\n"
    "k=prompt\r\n"
    "a=sendonly\r\na=ice-ufrag:abcd\r\n"
    "m=audio 5004/2 RTP/SAVP 96 0 101\r\n"
    "i=voice\r\nc=IN IP6 2001:db8::2\r\nb=AS:32\r\n"
    "a=rtpmap:96 opus/48000/2\r\n"
    "a=fmtp:96 useinbandfec=1; stereo=0\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
    "a=ptime:20\r\na=maxptime:60.5\r\n"
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|2^31\r\n"
    "a=crypto:2 F8_128_HMAC_SHA1_80 inline:" KEY30 "\r\n"
    "a=rtcp:6000 IN IP4 192.0.2.9\r\na=rtcp-mux\r\na=recvonly\r\n"
    "a=candidate:1 1 UDP 2130706431 192.0.2.1 8998 typ host\r\n"
    "m=video 0 UDP/TLS/RTP/SAVPF 97\r\n"
    "a=setup:actpass\r\n"
    "a=fingerprint:sha-256 4A:ad:B9\r\n"
    "m=image 9 udptl t38\r\n";

static void test_all_parts(void **state)
{
    struct sdp_kit k;
    const struct sdp_media *m;
    const struct sdp_format *f;

    (void)state;
    sdp_kit_parse(&k, whole);
    assert_int_equal(k.ret, 0);
    assert_slice(k.sdp.origin.user, "alice");
    assert_slice(k.sdp.origin.id, "18446744073709551616");
    assert_slice(k.sdp.origin.version, "7");
    assert_int_equal(k.sdp.common.dir, SDP_SENDONLY);
    assert_int_equal(k.sdp.nmedia, 3);
    m = k.sdp.media;
    assert_int_equal(m->kind, SDP_AUDIO);
    assert_int_equal(m->port, 5004);
    assert_int_equal(m->profile, SDP_SDES);
    assert_slice(m->conn.host.text, "2001:db8::2");
    assert_int_equal(m->conn.host.kind, SIP_HOST_IPV6);
    assert_int_equal(m->common.dir, SDP_RECVONLY);
    assert_int_equal(m->ptime, 20);
    assert_int_equal(m->maxptime, 60);
    assert_int_equal(m->nformat, 3);
    f = sdp_format_find(m, 96);
    assert_slice(f->encoding, "opus");
    assert_int_equal(f->clock, 48000);
    assert_int_equal(f->channels, 2);
    assert_slice(f->fmtp, "useinbandfec=1; stereo=0");
    f = sdp_format_find(m, 0);
    assert_int_equal(f->clock, 0);
    assert_null(sdp_format_find(m, 8));
    assert_int_equal(m->ncrypto, 2);
    assert_int_equal(m->crypto->suite, SDP_SUITE_AES_128_80);
    assert_int_equal(m->crypto->use, SDP_CRYPTO_OK);
    assert_true(m->crypto->lifetime == UINT64_C(1) << 31);
    assert_int_equal(m->crypto->next->use, SDP_CRYPTO_SUITE);
    assert_true(m->rtcp_mux);
    assert_int_equal(m->rtcp_port, 6000);
    assert_slice(m->rtcp_conn.host.text, "192.0.2.9");
    assert_slice(sdp_attr_find(m->common.attr, S("candidate"))->value,
                 "1 1 UDP 2130706431 192.0.2.1 8998 typ host");
    m = m->next;
    assert_int_equal(m->profile, SDP_DTLS_F);
    assert_slice(m->conn.host.text, "192.0.2.7");
    assert_int_equal(m->common.dir, SDP_SENDONLY);
    assert_int_equal(m->common.setup, SDP_SETUP_ACTPASS);
    assert_slice(m->common.fingerprint.hash, "sha-256");
    assert_slice(m->common.fingerprint.value, "4A:ad:B9");
    m = m->next;
    assert_int_equal(m->profile, SDP_OTHER);
    assert_int_equal(m->kind, SDP_IMAGE);
    assert_slice(m->format->text, "t38");
    sdp_kit_free(&k);
}

static void test_profiles(void **state)
{
    static const struct {
        const char *proto;
        enum sdp_profile profile;
    } row[] = {
        {"RTP/SAVP", SDP_SDES},         {"RTP/SAVPF", SDP_SDES_F},
        {"UDP/TLS/RTP/SAVP", SDP_DTLS}, {"UDP/TLS/RTP/SAVPF", SDP_DTLS_F},
        {"RTP/AVP", SDP_PLAIN},         {"rtp/avp", SDP_PLAIN},
        {"RTP/AVPF", SDP_PLAIN_F},      {"udp", SDP_OTHER},
        {"TCP/RTP/SAVP", SDP_OTHER},    {"RTP/SAVPX", SDP_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        char text[256] = HEAD "m=audio 9 ";
        struct sdp_kit k;

        strcat(text, row[i].proto);
        strcat(text, " 0\r\n");
        sdp_kit_parse(&k, text);
        assert_int_equal(k.ret, 0);
        assert_int_equal(k.sdp.media->profile, row[i].profile);
        sdp_kit_free(&k);
    }
}

/* Each with its fault and the line, counted from 0; none: a control. */
static const struct {
    const char *text;
    enum sdp_fault code;
    int line;
} fault[] = {
    {HEAD, SDP_FAULT_none, 0},
    {HEAD "\r\n", SDP_FAULT_none, 0},
    {HEAD "\r\n\r\n", SDP_FAULT_line_type, 5},
    {"", SDP_FAULT_missing_line, 0},
    {"v=1\r\n", SDP_FAULT_version, 0},
    {"v=0\r\ns=-\r\n", SDP_FAULT_missing_line, 1},
    {"v=0\no=- 1 2 IN IP4 a.test\ns=\nt=0 0\n", SDP_FAULT_none, 0},
    {"v=0\r\no=- 1 2 IN IP4 a.test\r\ns=-\r\n", SDP_FAULT_missing_line, 3},
    {"v=0\r\no=- 1 x IN IP4 a.test\r\n", SDP_FAULT_origin, 1},
    {"v=0\r\no=- 1 2 IN IP7 a.test\r\n", SDP_FAULT_origin, 1},
    {"v=0\r\no=- 1 2 IN IP4 \r\n", SDP_FAULT_origin, 1},
    {HEAD "v=0\r\n", SDP_FAULT_line_order, 5},
    {HEAD "c=IN IP4 192.0.2.1\r\n", SDP_FAULT_line_order, 5},
    {HEAD "x=1\r\n", SDP_FAULT_line_type, 5},
    {HEAD "a\r\n", SDP_FAULT_line_type, 5},
    {HEAD "a=x", SDP_FAULT_line_ending, 5},
    {HEAD "a=x\ry\r\n", SDP_FAULT_line_ending, 5},
    {HEAD "a=\r\n", SDP_FAULT_attribute, 5},
    {HEAD "a=x:\r\n", SDP_FAULT_attribute, 5},
    {HEAD "a=x y\r\n", SDP_FAULT_attribute, 5},
    {HEAD "k=\r\n", SDP_FAULT_text, 5},
    {HEAD "r=1\r\n", SDP_FAULT_repeat, 5},
    {HEAD "r=1h 2d 0\r\n", SDP_FAULT_none, 0},
    {HEAD "z=1\r\n", SDP_FAULT_repeat, 5},
    {HEAD "t=0 x\r\n", SDP_FAULT_timing, 5},
    {HEAD "t=0\r\n", SDP_FAULT_timing, 5},
    {HEAD "a=x\r\nt=0 0\r\n", SDP_FAULT_line_order, 6},
    /* P03: an m= line without, or with half a format list */
    {HEAD "m=audio 9 RTP/SAVP\r\n", SDP_FAULT_media, 5},
    {HEAD "m=audio 9 RTP/SAVP \r\n", SDP_FAULT_media, 5},
    {HEAD "m=audio 9 RTP/SAVP 0\r\n", SDP_FAULT_none, 0},
    {HEAD "m=audio 9 RTP/SAVP 0 \r\n", SDP_FAULT_none, 0},
    {HEAD "m=audio 9 RTP/SAVP 0  8\r\n", SDP_FAULT_media, 5},
    {HEAD "m=audio 9 RTP/SAVP a/b\r\n", SDP_FAULT_media, 5},
    {HEAD "m=audio 9\r\n", SDP_FAULT_media, 5},
    {HEAD "m=audio\r\n", SDP_FAULT_media, 5},
    {HEAD "m=\r\n", SDP_FAULT_media, 5},
    {HEAD "m=audio 65535 RTP/SAVP 0\r\n", SDP_FAULT_none, 0},
    {HEAD "m=audio 65536 RTP/SAVP 0\r\n", SDP_FAULT_media, 5},
    {HEAD "m=audio -1 RTP/SAVP 0\r\n", SDP_FAULT_media, 5},
    {HEAD "m=audio 9/0 RTP/SAVP 0\r\n", SDP_FAULT_media, 5},
    {HEAD "m=audio 9/2 RTP/SAVP 0\r\n", SDP_FAULT_none, 0},
    {HEAD "m=audio 9 RTP//SAVP 0\r\n", SDP_FAULT_media, 5},
    {HEAD "m=audio 9 RTP/SAVP 0\r\nt=0 0\r\n", SDP_FAULT_line_order, 6},
    {HEAD "m=audio 9 RTP/SAVP 0\r\na=x\r\nc=IN IP4 192.0.2.1\r\n",
     SDP_FAULT_line_order, 7},
    {HEAD "m=audio 9 RTP/SAVP 0\r\nc=IN IP4 224.2.1.1/127/3\r\n",
     SDP_FAULT_none, 0},
    {HEAD "m=audio 9 RTP/SAVP 0\r\nc=IN IP4 224.2.1.1/1/3/4\r\n",
     SDP_FAULT_connection, 6},
    {HEAD "m=audio 9 RTP/SAVP 0\r\nc=IN IP6 192.0.2.1\r\n",
     SDP_FAULT_connection, 6},
    {HEAD "m=audio 9 RTP/SAVP 0\r\nc=IN IP4 a.test\r\n", SDP_FAULT_none, 0},
    {HEAD "m=audio 9 RTP/SAVP 0\r\nc=IN IP4 a.test:1\r\n",
     SDP_FAULT_connection, 6},
    {HEAD "m=audio 9 RTP/SAVP 0\r\nc=IN IP4\r\n", SDP_FAULT_connection, 6},
    {HEAD "m=audio 9 RTP/SAVP 0\r\nb=AS\r\n", SDP_FAULT_bandwidth, 6},
};

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(fault) / sizeof(fault[0]); i++) {
        struct sdp_kit k;
        struct slice before;
        int lines = 0;

        sdp_kit_parse(&k, fault[i].text);
        if (k.err.code != fault[i].code)
            print_error("row %zu: %s\n", i, sdp_fault_symbol(k.err.code));
        assert_int_equal(k.err.code, fault[i].code);
        assert_int_equal(k.ret, fault[i].code ? E_SYNTAX : 0);
        before = slice_of(fault[i].text, k.err.offset);
        for (size_t at = 0; at < before.n; at++)
            lines += before.p[at] == '\n';
        assert_int_equal(lines, fault[i].line);
        assert_true(sdp_fault_text(k.err.code)[0] != '\0');
        sdp_kit_free(&k);
    }
}

static void test_nul_is_refused(void **state)
{
    static const char text[] = HEAD "a=x:a\0b\r\n";
    struct sdp_kit k;

    (void)state;
    sdp_kit_slice(&k, slice_of(text, sizeof(text) - 1));
    assert_int_equal(k.err.code, SDP_FAULT_control_char);
    sdp_kit_free(&k);
}

/* Attribute values that are wrong: ignored, told as broken, no crash. */
static const struct {
    const char *attr;
    bool broken;
} value[] = {
    {"rtpmap:96 opus/48000/2", false},
    {"rtpmap:96 opus/48000/2 ", false},
    {"rtpmap:96 opus/48000/2\"", true},
    {"rtpmap:96 opus", true},
    {"rtpmap:96 opus/", true},
    {"rtpmap:96 opus/0", true},
    {"rtpmap:96 /48000", true},
    {"rtpmap:96 opus/48000/0", true},
    {"rtpmap:96 opus/48000/256", true},
    {"rtpmap:96 opus/4294967296", true},
    {"rtpmap:96", true},
    {"rtpmap", true},
    /* P38: numbers that are no payload type */
    {"rtpmap:65535 opus/48000/2", true},
    {"rtpmap:128 opus/48000/2", true},
    {"rtpmap:4294967392 opus/48000/2", true},
    {"rtpmap:-1 opus/48000/2", true},
    {"rtpmap:127 opus/48000/2", false}, /* not on the m= line: no effect */
    /* P04: no payload type, or none that is a number */
    {"fmtp:96 a=b", false},
    {"fmtp: a=b", true},
    {"fmtp:x a=b", true},
    {"fmtp:96", true},
    {"fmtp:96 ", true},
    {"fmtp:65535 a", true},
    {"fmtp", true},
    /* B05: kept raw */
    {"rtcp-fb:96", false},
    {"rtcp-fb:96 ", false},
    {"rtcp-fb:* nack", false},
    {"ptime:20", false},
    {"ptime:20.5", false},
    {"ptime:20.x", true},
    {"ptime:x", true},
    {"maxptime:65536", true},
    {"sendrecv", false},
    {"sendrecv:x", true},
    {"inactive", false},
    {"rtcp-mux:1", true},
    {"rtcp:5000", false},
    {"rtcp:5000 IN IP4 192.0.2.1", false},
    {"rtcp:65536", true},
    {"rtcp:5000 IN IP4 x:y", true},
    {"fingerprint:sha-256 AA:BB", false},
    {"fingerprint:sha-256 AA:B", true},
    {"fingerprint:sha-256", true},
    {"setup:active", false},
    {"setup:never", true},
    {"crypto:1 AEAD_AES_128_GCM inline:x", false},
    {"crypto:x AEAD_AES_128_GCM inline:x", true},
    {"crypto:1 AEAD_AES_128_GCM", true},
    {"crypto:1", true},
    {"unknown:at all", false},
};

static void test_attribute_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(value) / sizeof(value[0]); i++) {
        char text[256] = HEAD "m=audio 9 RTP/SAVP 96\r\na=";
        struct sdp_kit k;

        strcat(text, value[i].attr);
        strcat(text, "\r\n");
        sdp_kit_parse(&k, text);
        assert_int_equal(k.ret, 0);
        assert_non_null(k.sdp.media->common.attr);
        if (k.sdp.media->common.attr->broken != value[i].broken)
            print_error("%s\n", value[i].attr);
        assert_int_equal(k.sdp.media->common.attr->broken, value[i].broken);
        sdp_kit_free(&k);
    }
}

static void test_broken_map_takes_its_format(void **state)
{
    struct sdp_kit k;

    (void)state;
    sdp_kit_parse(&k, HEAD "m=audio 9 RTP/SAVP 0 8\r\na=rtpmap:0 X\r\n");
    assert_true(sdp_format_find(k.sdp.media, 0)->broken);
    assert_false(sdp_format_find(k.sdp.media, 8)->broken);
    sdp_kit_free(&k);
}

/* P44: redundancy over formats without rtpmap is only data here. */
static void test_red_without_map(void **state)
{
    struct sdp_kit k;

    (void)state;
    sdp_kit_parse(&k, HEAD "m=audio 9 RTP/SAVP 121 0 5\r\n"
                           "a=rtpmap:121 red/8000\r\na=fmtp:121 0/5/0\r\n");
    assert_int_equal(k.ret, 0);
    assert_slice(sdp_format_find(k.sdp.media, 121)->fmtp, "0/5/0");
    assert_int_equal(sdp_format_find(k.sdp.media, 5)->clock, 0);
    sdp_kit_free(&k);
}

/* head, then n times each. */
static enum sdp_fault many(const char *head, const char *each, unsigned n)
{
    static char text[2 * SDP_MAX];
    struct out o = out_of(text, sizeof(text));
    struct sdp_kit k;
    enum sdp_fault code;

    out_put(&o, slice_cstr(head));
    for (unsigned i = 0; i < n; i++)
        out_put(&o, slice_cstr(each));
    if (head[strlen(head) - 1] != '\n')
        out_lit(&o, "\r\n");
    assert_int_equal(o.err, 0);
    sdp_kit_slice(&k, out_slice(&o));
    code = k.err.code;
    assert_int_equal(k.ret, code == SDP_FAULT_none      ? 0
                            : code == SDP_FAULT_too_big ? E_TOOBIG
                                                        : E_SYNTAX);
    sdp_kit_free(&k);
    return code;
}

/* R01 and P35: what a peer can repeat has a limit, and one below it is read.
 */
static void test_limits(void **state)
{
    static const char audio[] = HEAD "m=audio 9 RTP/SAVP 0\r\n";
    static const char m[] = "m=audio 9 RTP/SAVP 0\r\n";
    static const char crypto[] = "a=crypto:1 x inline:y\r\n";

    (void)state;
    assert_int_equal(many(HEAD, m, SDP_MEDIA_MAX), SDP_FAULT_none);
    assert_int_equal(many(HEAD, m, SDP_MEDIA_MAX + 1),
                     SDP_FAULT_too_many_media);
    assert_int_equal(many(HEAD, m, 1000), SDP_FAULT_too_many_media);
    assert_int_equal(many(audio, "a=x\r\n", SDP_ATTR_MAX), SDP_FAULT_none);
    assert_int_equal(many(audio, "a=x\r\n", SDP_ATTR_MAX + 1),
                     SDP_FAULT_too_many_attributes);
    assert_int_equal(many(audio, "a=x\r\n", 20000), SDP_FAULT_too_big);
    assert_int_equal(many(audio, crypto, 65), SDP_FAULT_none);
    assert_int_equal(many(audio, crypto, 2000), SDP_FAULT_none);
    assert_int_equal(many(HEAD, "t=0 0\r\n", SDP_LINES_MAX - 5),
                     SDP_FAULT_none);
    assert_int_equal(many(HEAD, "t=0 0\r\n", SDP_LINES_MAX - 4),
                     SDP_FAULT_too_many_lines);
    assert_int_equal(many(HEAD "m=audio 9 RTP/SAVP", " 0", SDP_FMT_MAX),
                     SDP_FAULT_none);
    assert_int_equal(many(HEAD "m=audio 9 RTP/SAVP", " 0", SDP_FMT_MAX + 1),
                     SDP_FAULT_too_many_formats);
}

static void test_size_limit(void **state)
{
    static char text[SDP_MAX + 2];
    struct sdp_kit k;

    (void)state;
    memset(text, 'x', sizeof(text));
    memcpy(text, HEAD "a=x:", sizeof(HEAD "a=x:") - 1);
    text[SDP_MAX - 1] = '\n';
    sdp_kit_slice(&k, slice_of(text, SDP_MAX));
    assert_int_equal(k.ret, 0);
    sdp_kit_free(&k);
    text[SDP_MAX] = '\n';
    sdp_kit_slice(&k, slice_of(text, SDP_MAX + 1));
    assert_int_equal(k.ret, E_TOOBIG);
    assert_int_equal(k.err.code, SDP_FAULT_too_big);
    sdp_kit_free(&k);
}

/* S03: cut at every byte, each in a block of its own size. */
static void test_every_prefix(void **state)
{
    (void)state;
    for (size_t n = 0; n <= sizeof(whole) - 1; n++) {
        struct sdp_kit k;

        sdp_kit_slice(&k, slice_of(whole, n));
        assert_true(k.err.offset <= n);
        if (n == 0 || whole[n - 1] != '\n')
            assert_int_equal(k.ret, E_SYNTAX);
        else if (n > sizeof(HEAD) * 6)
            assert_int_equal(k.ret, 0);
        sdp_kit_free(&k);
    }
}

static int read_it(const struct env *env, void *arg)
{
    struct arena_pool pool;
    struct arena arena;
    struct sdp sdp;
    struct sdp_parse_err err;
    int ret;

    arena_pool_init(&pool, env);
    arena_init(&arena, &pool);
    ret = sdp_parse(&sdp, &arena, slice_cstr(arg), &err);
    if (ret)
        assert_int_equal(err.code, SDP_FAULT_no_memory);
    arena_reset(&arena);
    arena_pool_free(&pool);
    return ret;
}

static void test_out_of_memory(void **state)
{
    struct env env = kit_env();
    char text[sizeof(whole)];

    (void)state;
    memcpy(text, whole, sizeof(whole));
    assert_true(oom_loop(&env, read_it, text) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_parts),
        cmocka_unit_test(test_profiles),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_nul_is_refused),
        cmocka_unit_test(test_attribute_values),
        cmocka_unit_test(test_broken_map_takes_its_format),
        cmocka_unit_test(test_red_without_map),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_size_limit),
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
