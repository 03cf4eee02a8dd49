/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of session descriptions, right and wrong, each at its place. */
#include "sip/map.h"
#include "test/unit/sdp_kit.h"

enum { PAGE = 2 * SIP_MAP_MAX };

/* Where the line of a row goes. */
enum at {
    ORIGIN,  /* in place of o= */
    SESSION, /* behind s= */
    TIME,    /* in place of t= */
    GLOBAL,  /* behind t= */
    MEDIA,   /* in place of m= */
    AUDIO,   /* behind an m= of RTP */
    IMAGE    /* behind an m= of another transport */
};

/* BROKEN: the description is read, the attribute has no meaning. */
enum verdict { OK, BROKEN, WRONG };

struct row {
    enum at at;
    const char *line;
    enum verdict verdict;
};

#define KEY30 "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk"

/* clang-format off: a row a line. */
static const struct row rows[] = {
    {ORIGIN, "o=- 1 2 IN IP4 192.0.2.1", OK},
    {ORIGIN, "o=- 1 2 IN IP6 ::1 ", OK},
    {ORIGIN, "o=- 1 2 IN IP4 any.text_is-good", OK},
    {ORIGIN, "o=-", WRONG},
    {ORIGIN, "o= 1 2 IN IP4 192.0.2.1", WRONG},
    {ORIGIN, "o=- x 2 IN IP4 192.0.2.1", WRONG},
    {ORIGIN, "o=- 1", WRONG},
    {ORIGIN, "o=- 1 -2 IN IP4 192.0.2.1", WRONG},
    {ORIGIN, "o=- 1 2", WRONG},
    {ORIGIN, "o=- 1 2 IN IP5 192.0.2.1", WRONG},
    {ORIGIN, "o=- 1 2 IN IP4", WRONG},
    {ORIGIN, "o=- 1 2 IN IP4 ", WRONG},
    {ORIGIN, "o=- 1 2 IN IP4 a b", WRONG},
    {ORIGIN, "o=- 1 2 AT IP4 192.0.2.1", WRONG},
    {ORIGIN, "o=- 1 2 IN IP4\t192.0.2.1", WRONG},

    {SESSION, "c=IN IP4 192.0.2.1", OK},
    {SESSION, "c=IN IP4 224.2.1.1/127", OK},
    {SESSION, "c=IN IP4 224.2.1.1/127/3", OK},
    {SESSION, "c=IN IP6 ff15::101/3", OK},
    {SESSION, "c=IN IP6 2001:db8::1", OK},
    {SESSION, "c=IN IP4 host.test\t ", OK},
    {SESSION, "c=IN IP6 host.test", OK},
    {SESSION, "c=IN IP4 224.2.1.1/127/3/4", WRONG},
    {SESSION, "c=IN IP4 224.2.1.1/x", WRONG},
    {SESSION, "c=IN IP4 224.2.1.1/", WRONG},
    {SESSION, "c=IN IP4 2001:db8::1", WRONG},
    {SESSION, "c=IN IP6 192.0.2.1", WRONG},
    {SESSION, "c=IN IP4 192.0.2.256", WRONG},
    {SESSION, "c=IN IP4 [::1]", WRONG},
    {SESSION, "c=IN IP4  192.0.2.1", WRONG},
    {SESSION, "c=IN IP7 1", WRONG},
    {SESSION, "c=", WRONG},
    {SESSION, "i=text", OK},
    {SESSION, "i=", WRONG},
    {SESSION, "b=CT:128", OK},
    {SESSION, "b=X-a:0 ", OK},
    {SESSION, "b=:128", WRONG},
    {SESSION, "b=CT", WRONG},
    {SESSION, "b=CT:x", WRONG},
    {SESSION, "b=CT:", WRONG},
    {SESSION, "x=1", WRONG},
    {SESSION, "c", WRONG},
    {SESSION, "c:IN", WRONG},

    {TIME, "t=0 0", OK},
    {TIME, "t=0 0 ", OK},
    {TIME, "t=0 0\r\nr=7d 1h 0 25h\r\nt=1 2\r\nr=1 1\r\nz=1 -1h", OK},
    {TIME, "t=0 0\r\nr=7d", WRONG},
    {TIME, "t=0 0\r\nr=7w 1", WRONG},
    {TIME, "t=0 0\r\nr=7d - 1", WRONG},
    {TIME, "t=0 0\r\nr=7d 1  ", OK},
    {TIME, "t=0 0\r\nr=7d 1  2", WRONG},
    {TIME, "t=0 0\r\nr= 1", WRONG},
    {TIME, "t=0 0\r\nz=1", WRONG},
    {TIME, "t=0 0\r\nz=1 2 3", WRONG},
    {TIME, "t=0 0\r\nz=", WRONG},
    {TIME, "t=0", WRONG},
    {TIME, "t=x 0", WRONG},
    {TIME, "t=0 x", WRONG},
    {TIME, "t=0 0 0", WRONG},
    {TIME, "t=", WRONG},
    {TIME, "i=no time", WRONG},

    {GLOBAL, "k=clear:secret", OK},
    {GLOBAL, "k=:", WRONG},
    {GLOBAL, "a=sendonly", OK},
    {GLOBAL, "a=sendonly\r\na=recvonly", OK},
    {GLOBAL, "a=setup:active", OK},
    {GLOBAL, "a=fingerprint:sha-256 4A:AD", OK},
    {GLOBAL, "a=fingerprint:sha-256 4A:AD\r\na=fingerprint:md5 00", OK},
    {GLOBAL, "a=ptime:x", OK}, /* means nothing for a session */
    {GLOBAL, "a=rtpmap:x", OK},
    {GLOBAL, "a=group:BUNDLE a b", OK},
    {GLOBAL, "a=", WRONG},
    {GLOBAL, "a=:x", WRONG},
    {GLOBAL, "a=x:", WRONG},
    {GLOBAL, "a=a b", WRONG},
    {GLOBAL, "a=a b:c", WRONG},
    {GLOBAL, "a=a,b", WRONG},
    {GLOBAL, "t=0 0", OK},
    {GLOBAL, "s=late", WRONG},
    {GLOBAL, "v=0", WRONG},

    {MEDIA, "m=audio 5004 RTP/SAVP 0", OK},
    {MEDIA, "m=audio 5004/2 RTP/SAVPF 0 8 127 128 x", OK},
    {MEDIA, "m=audio 65535 udp/tls/rtp/savp 0", OK},
    {MEDIA, "m=audio 0 UDP/TLS/RTP/SAVPF 0 ", OK},
    {MEDIA, "m=text 9 TCP/MSRP *", OK},
    {MEDIA, "m=message 9 TCP/TLS/MSRP *", OK},
    {MEDIA, "m=video 9 RTP/AVP 31", OK},
    {MEDIA, "m=application 9 UDP/BFCP *", OK},
    {MEDIA, "m=x-new 9 RTP/SAVP 0", OK},
    {MEDIA, "m=audio 65536 RTP/SAVP 0", WRONG},
    {MEDIA, "m=audio 5004/0 RTP/SAVP 0", WRONG},
    {MEDIA, "m=audio 5004/x RTP/SAVP 0", WRONG},
    {MEDIA, "m=audio 5004/65536 RTP/SAVP 0", WRONG},
    {MEDIA, "m=audio x RTP/SAVP 0", WRONG},
    {MEDIA, "m=audio", WRONG},
    {MEDIA, "m=audio 5004", WRONG},
    {MEDIA, "m=audio 5004 RTP/ 0", WRONG},
    {MEDIA, "m=audio 5004 /SAVP 0", WRONG},
    {MEDIA, "m=audio 5004 RTP;SAVP 0", WRONG},
    {MEDIA, "m=audio 5004 RTP/SAVP", WRONG},
    {MEDIA, "m=audio 5004 RTP/SAVP (", WRONG},
    {MEDIA, "m=audio 5004 RTP/SAVP 0  8", WRONG},
    {MEDIA, "m=au:dio 5004 RTP/SAVP 0", WRONG},
    {MEDIA, "m= 5004 RTP/SAVP 0", WRONG},

    {AUDIO, "a=rtpmap:0 PCMU/8000", OK},
    {AUDIO, "a=rtpmap:96 opus/48000/2 ", OK},
    {AUDIO, "a=rtpmap:96 a/1\r\na=rtpmap:96 b/2", OK},
    {AUDIO, "a=rtpmap:90 x/1", OK},
    {AUDIO, "a=rtpmap:0 PCMU", BROKEN},
    {AUDIO, "a=rtpmap:90 PCMU", BROKEN},
    {AUDIO, "a=rtpmap:0 /8000", BROKEN},
    {AUDIO, "a=rtpmap:0 PCMU/0", BROKEN},
    {AUDIO, "a=rtpmap:0 PCMU/", BROKEN},
    {AUDIO, "a=rtpmap:0 PCMU/x", BROKEN},
    {AUDIO, "a=rtpmap:0 PCMU/4294967296", BROKEN},
    {AUDIO, "a=rtpmap:0 PCMU/8000/0", BROKEN},
    {AUDIO, "a=rtpmap:0 PCMU/8000/256", BROKEN},
    {AUDIO, "a=rtpmap:0 PCMU/8000/1/1", BROKEN},
    {AUDIO, "a=rtpmap:0 PCMU/8000/", BROKEN},
    {AUDIO, "a=rtpmap:0", BROKEN},
    {AUDIO, "a=rtpmap:128 x/1", BROKEN},
    {AUDIO, "a=rtpmap:x x/1", BROKEN},
    {AUDIO, "a=rtpmap", BROKEN},
    {AUDIO, "a=fmtp:96 x=y", OK},
    {AUDIO, "a=fmtp:96 x=y\r\na=fmtp:96 z", OK},
    {AUDIO, "a=fmtp:90 x=y", OK},
    {AUDIO, "a=fmtp:96 ", BROKEN},
    {AUDIO, "a=fmtp:96", BROKEN},
    {AUDIO, "a=fmtp:128 x", BROKEN},
    {AUDIO, "a=ptime:20", OK},
    {AUDIO, "a=ptime: 20.5 ", OK},
    {AUDIO, "a=ptime:20\r\na=ptime:30", OK},
    {AUDIO, "a=ptime:20.", BROKEN},
    {AUDIO, "a=ptime:20.x", BROKEN},
    {AUDIO, "a=ptime:65536", BROKEN},
    {AUDIO, "a=ptime:x", BROKEN},
    {AUDIO, "a=ptime", BROKEN},
    {AUDIO, "a=maxptime:60", OK},
    {AUDIO, "a=maxptime:-1", BROKEN},
    {AUDIO, "a=sendrecv", OK},
    {AUDIO, "a=inactive\r\na=sendrecv", OK},
    {AUDIO, "a=sendrecv:x", BROKEN},
    {AUDIO, "a=Sendrecv", OK}, /* another name: nobody's */
    {AUDIO, "a=rtcp-mux", OK},
    {AUDIO, "a=rtcp-mux:1", BROKEN},
    {AUDIO, "a=rtcp:5005", OK},
    {AUDIO, "a=rtcp:5005 IN IP4 192.0.2.1", OK},
    {AUDIO, "a=rtcp:5005\r\na=rtcp:5006", OK},
    {AUDIO, "a=rtcp:5005 ", OK},
    {AUDIO, "a=rtcp:65536", BROKEN},
    {AUDIO, "a=rtcp:5005 IN IP4 ?", BROKEN},
    {AUDIO, "a=rtcp:5005x", BROKEN},
    {AUDIO, "a=setup:active", OK},
    {AUDIO, "a=setup:passive", OK},
    {AUDIO, "a=setup:actpass", OK},
    {AUDIO, "a=setup:holdconn", OK},
    {AUDIO, "a=setup:both", BROKEN},
    {AUDIO, "a=fingerprint:sha-256 4a:AD:09", OK},
    {AUDIO, "a=fingerprint:sha-256 4A:AD:", BROKEN},
    {AUDIO, "a=fingerprint:sha-256 4A:A", BROKEN},
    {AUDIO, "a=fingerprint:sha-256 4A-AD", BROKEN},
    {AUDIO, "a=fingerprint:sha-256 4G", BROKEN},
    {AUDIO, "a=fingerprint:sha-256 G4", BROKEN},
    {AUDIO, "a=fingerprint:sha-256", BROKEN},
    {AUDIO, "a=fingerprint:sha/256 4A", BROKEN},
    {AUDIO, "a=fingerprint:sha-256\t4A", BROKEN},
    {AUDIO, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30, OK},
    {AUDIO, "a=crypto:1 X inline:" KEY30 "|2^20|1:4 WSH=64", OK},
    {AUDIO, "a=crypto:x AES_CM_128_HMAC_SHA1_80 inline:" KEY30, BROKEN},
    {AUDIO, "a=crypto:1 AES_CM_128_HMAC_SHA1_80", BROKEN},
    {AUDIO, "a=crypto:1", BROKEN},
    {AUDIO, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline", BROKEN},
    {AUDIO, "a=crypto:1234567890 AES_CM_128_HMAC_SHA1_80 inline:x", BROKEN},
    {AUDIO, "i=t", OK},
    {AUDIO, "c=IN IP4 192.0.2.1\r\nc=IN IP4 192.0.2.2\r\nb=AS:1", OK},
    {AUDIO, "k=prompt", OK},
    {AUDIO, "b=AS:1\r\ni=t", WRONG},
    {AUDIO, "t=0 0", WRONG},
    {IMAGE, "a=rtpmap:x", OK}, /* means nothing without RTP */
    {IMAGE, "a=ptime:x", BROKEN},
    {IMAGE, "a=T38FaxVersion:0", OK},
};
/* clang-format on */

static struct slice description(char page[PAGE], const struct row *row,
                                const char *name)
{
    struct out o = out_of(page, PAGE);
    const char *line[] = {
        "v=0",
        row->at == ORIGIN ? row->line : "o=- 1 2 IN IP4 192.0.2.1",
        name,
        row->at == SESSION ? row->line : NULL,
        row->at == TIME ? row->line : "t=0 0",
        row->at == GLOBAL ? row->line : NULL,
        row->at == MEDIA   ? row->line
        : row->at == IMAGE ? "m=image 9 udptl t38"
                           : "m=audio 5004 RTP/SAVP 0 8 96",
        row->at == AUDIO || row->at == IMAGE ? row->line : NULL};

    for (size_t i = 0; i < sizeof(line) / sizeof(line[0]); i++) {
        if (!line[i])
            continue;
        out_put(&o, slice_cstr(line[i]));
        out_lit(&o, "\r\n");
    }
    assert_int_equal(o.err, 0);
    return out_slice(&o);
}

static bool broken(const struct sdp *sdp)
{
    const struct sdp_attr *a = sdp->media->common.attr;

    for (; a; a = a->next)
        if (a->broken)
            return true;
    return false;
}

static enum verdict verdict_of(const struct row *row, const char *name)
{
    static char page[PAGE];
    struct sdp_kit k;
    enum verdict got;

    sdp_kit_slice(&k, description(page, row, name));
    got = k.ret ? WRONG : broken(&k.sdp) ? BROKEN : OK;
    sdp_kit_free(&k);
    return got;
}

/* In the map, and behind a name so long that the map ends before the line. */
static void check_row(const struct row *row)
{
    static char name[SIP_MAP_MAX];
    enum verdict near;
    enum verdict far;

    memset(name, 'x', sizeof(name) - 1);
    memcpy(name, "s=", 2);
    near = verdict_of(row, "s=-");
    far = verdict_of(row, name);
    if (near != row->verdict || far != row->verdict)
        fail_msg("%s: %d, and not mapped %d, not %d", row->line, near, far,
                 row->verdict);
}

static void test_each_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row(&rows[i]);
}

/* Fingerprints of up to 64 octets, and with another byte at each place. */
static void test_fingerprints(void **state)
{
    static const char digits[] = "09afAF";
    static const char bad[] = "/:;@GZ`gz";
    char line[256] = "a=fingerprint:sha-256 ";
    char *const from = line + strlen(line);
    struct row row = {AUDIO, line, OK};

    (void)state;
    for (size_t n = 2; n <= 191; n += 3) {
        for (size_t i = 0; i < n; i++)
            from[i] = i % 3 == 2 ? ':' : digits[(i + n) % 6];
        from[n] = '\0';
        row.verdict = OK;
        check_row(&row);
        row.verdict = BROKEN;
        for (size_t i = n % 2; i < n; i += 7) {
            char kept = from[i];

            from[i] = i % 3 == 2 ? digits[i % 6] : bad[i % (sizeof(bad) - 1)];
            check_row(&row);
            from[i] = kept;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_line),
        cmocka_unit_test(test_fingerprints),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
