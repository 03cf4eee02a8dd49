/* SPDX-License-Identifier: Apache-2.0 */
/* One side of an offer and answer, for the tests: its session and text. */
#ifndef TEST_UNIT_SDP_SIDE_H
#define TEST_UNIT_SDP_SIDE_H

#include "sdp/offer.h"
#include "test/unit/sdp_kit.h"

#define KEY28 "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYg=="
#define KEY30 "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk"
#define OTHER30 "YUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk"
#define KEY44 "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXI="
#define HEAD "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\n"
#define TOP HEAD "c=IN IP4 192.0.2.9\r\nt=0 0\r\n"
#define AUDIO TOP "m=audio 6000 RTP/SAVP 0 101\r\n"
#define EVENT "a=rtpmap:101 telephone-event/8000\r\n"
#define CM80(tag, key) "a=crypto:" tag " AES_CM_128_HMAC_SHA1_80 inline:" key
#define CM32(tag, key) "a=crypto:" tag " AES_CM_128_HMAC_SHA1_32 inline:" key
#define GCM(tag, key) "a=crypto:" tag " AEAD_AES_256_GCM inline:" key
#define NL "\r\n"

enum {
    ALL = 1u << SDP_CODEC_OPUS | 1u << SDP_CODEC_PCMU | 1u << SDP_CODEC_PCMA |
          1u << SDP_CODEC_EVENT_48000 | 1u << SDP_CODEC_EVENT_8000
};

static inline unsigned modern(void)
{
    return sdp_suite_bit(SDP_SUITE_AEAD_AES_256_GCM) |
           sdp_suite_bit(SDP_SUITE_AEAD_AES_128_GCM) |
           sdp_suite_bit(SDP_SUITE_AES_128_80);
}

static inline struct sdp_local local_of(uint16_t port)
{
    return (struct sdp_local){.host = {S("192.0.2.1"), SIP_HOST_IPV4},
                              .port = port,
                              .suites = modern(),
                              .codecs = ALL,
                              .dir = SDP_SENDRECV};
}

/* One side: a session and the last description that it wrote. */
struct side {
    struct env env;
    struct sdp_session s;
    struct sdp_local local;
    char text[4096];
    struct out o;
};

/* Bytes that never repeat as a key: a count of the calls, then the place. */
static inline int count_rand(void *user, uint8_t *p, size_t n)
{
    static uint32_t calls;

    (void)user;
    calls++;
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(i < 4 ? calls >> 8 * i : i);
    return 0;
}

static inline void side_init(struct side *a, uint16_t port)
{
    a->env = kit_env();
    a->env.rand = count_rand;
    memset(&a->s, 0, sizeof(a->s));
    a->local = local_of(port);
    a->o = out_of(a->text, sizeof(a->text));
    assert_int_equal(sdp_session_init(&a->s, &a->env), 0);
}

static inline int offer(struct side *a)
{
    a->o = out_of(a->text, sizeof(a->text));
    return sdp_offer_make(&a->s, &a->local, &a->o);
}

static inline int answer_text(struct side *a, struct slice text)
{
    struct sdp_kit k;
    int ret;

    sdp_kit_slice(&k, text);
    assert_int_equal(k.ret, 0);
    a->o = out_of(a->text, sizeof(a->text));
    ret = sdp_offer_answer(&a->s, &a->local, &k.sdp, &a->o);
    sdp_kit_free(&k);
    return ret;
}

static inline int answered_text(struct side *a, struct slice text)
{
    struct sdp_kit k;
    int ret;

    sdp_kit_slice(&k, text);
    assert_int_equal(k.ret, 0);
    ret = sdp_offer_answered(&a->s, &k.sdp);
    sdp_kit_free(&k);
    return ret;
}

static inline void agree(struct side *a, struct side *b)
{
    assert_int_equal(offer(a), 0);
    assert_int_equal(answer_text(b, out_slice(&a->o)), 0);
    assert_int_equal(answered_text(a, out_slice(&b->o)), 0);
    assert_true(secret_eq(&a->s.agreed.tx, &b->s.agreed.rx));
    assert_true(secret_eq(&a->s.agreed.rx, &b->s.agreed.tx));
    assert_false(secret_eq(&a->s.agreed.rx, &a->s.agreed.tx));
}

static inline void has(const struct side *a, const char *text, bool yes)
{
    char z[sizeof(a->text) + 1];

    memcpy(z, a->o.p, a->o.n);
    z[a->o.n] = '\0';
    if ((strstr(z, text) != NULL) != yes)
        print_error("%s in %s\n", text, z);
    assert_true((strstr(z, text) != NULL) == yes);
}

#endif
