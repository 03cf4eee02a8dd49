/* SPDX-License-Identifier: Apache-2.0 */
/* DTLS-SRTP in offers and answers: certificates, roles, associations. */
#include <stdio.h>

#include "test/unit/sdp_side.h"

#define P32(x)                                                          \
    x ":00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00" \
      ":00:00:00:00:00:00:00:00:00:00"
#define SHA256(x) "a=fingerprint:sha-256 " P32(x) NL
#define SHA384(x)                 \
    "a=fingerprint:sha-384 " P32( \
        x) ":00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00" NL
#define SHA1                                                           \
    "a=fingerprint:SHA-1 00:00:00:00:00:00:00:00:00:00:00:00:00:00:00" \
    ":00:00:00:00:01" NL
#define MD5 \
    "a=fingerprint:md5 00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:01" NL
#define LINE "m=audio 6000 UDP/TLS/RTP/SAVPF 0" NL
#define ID1 "a=tls-id:abc3de65cddef001be82" NL
#define ID2 "a=tls-id:abc3de65cddef001be83" NL
#define ACTPASS "a=setup:actpass" NL
#define ACTIVE "a=setup:active" NL
#define PASSIVE "a=setup:passive" NL

/* A side that can do it; its certificate is told by one byte. */
struct dtls_side {
    struct side a;
    struct sdp_dtls d;
};

static void begin(struct dtls_side *x, uint16_t port, uint8_t certificate)
{
    side_init(&x->a, port);
    x->d = (struct sdp_dtls){.offers = true, .verified = true, .nours = 1};
    x->d.ours[0].hash = SDP_HASH_SHA256;
    x->d.ours[0].bytes[0] = certificate;
    assert_int_equal(sdp_dtls_id(x->d.id, &x->a.env), 0);
    x->a.s.dtls = &x->d;
}

static void agree_dtls(struct dtls_side *a, struct dtls_side *b)
{
    assert_int_equal(offer(&a->a), 0);
    assert_int_equal(answer_text(&b->a, out_slice(&a->a.o)), 0);
    assert_int_equal(answered_text(&a->a, out_slice(&b->a.o)), 0);
}

static void two_of_us(void **state)
{
    struct dtls_side a, b;
    char id[SDP_TLS_ID_N];

    (void)state;
    begin(&a, 4000, 0xaa);
    begin(&b, 5000, 0xbb);
    agree_dtls(&a, &b);
    has(&a.a, "m=audio 4000 UDP/TLS/RTP/SAVPF ", true);
    has(&a.a, ACTPASS SHA256("AA") "a=tls-id:", true);
    has(&a.a, "a=rtcp-mux", true);
    has(&a.a, "a=crypto", false);
    has(&b.a, "m=audio 5000 UDP/TLS/RTP/SAVPF ", true);
    has(&b.a, ACTIVE SHA256("BB") "a=tls-id:", true);
    has(&b.a, "a=crypto", false);
    assert_int_equal(a.d.role, SDP_SETUP_PASSIVE);
    assert_int_equal(b.d.role, SDP_SETUP_ACTIVE);
    assert_true(a.d.renewed && b.d.renewed);
    assert_int_equal(a.d.ntheirs, 1);
    assert_int_equal(a.d.theirs[0].bytes[0], 0xbb);
    assert_int_equal(b.d.theirs[0].bytes[0], 0xaa);
    assert_int_equal(a.d.their_id_n, SDP_TLS_ID_N);
    assert_memory_equal(a.d.their_id, b.d.id, SDP_TLS_ID_N);
    assert_int_equal(a.a.s.agreed.suite, SDP_SUITE_NONE);
    assert_int_equal(a.a.s.agreed.tx.n, 0);
    assert_true(a.a.s.agreed.tx_new && a.a.s.agreed.rx_new);
    /* Held: the association stays, whoever offers. */
    memcpy(id, a.d.id, sizeof(id));
    a.a.local.dir = SDP_SENDONLY;
    agree_dtls(&a, &b);
    assert_false(a.d.renewed || b.d.renewed);
    assert_false(a.a.s.agreed.tx_new);
    assert_int_equal(b.d.role, SDP_SETUP_ACTIVE);
    agree_dtls(&b, &a);
    has(&b.a, ACTPASS, true);
    has(&a.a, PASSIVE, true); /* the roles stay (RFC 8842 5.3) */
    assert_false(a.d.renewed || b.d.renewed);
    assert_memory_equal(a.d.id, id, sizeof(id));
    /* Asked for anew: both have new tls-ids. */
    a.a.local.rekey = true;
    agree_dtls(&a, &b);
    assert_true(a.d.renewed && b.d.renewed);
    assert_memory_not_equal(a.d.id, id, sizeof(id));
    assert_memory_equal(a.d.their_id, b.d.id, SDP_TLS_ID_N);
    assert_memory_equal(b.d.their_id, a.d.id, SDP_TLS_ID_N);
    /* Turned down: the old one goes on. */
    memcpy(id, a.d.id, sizeof(id));
    assert_int_equal(offer(&a.a), 0);
    assert_int_equal(sdp_offer_failed(&a.a.s), 0);
    a.a.local.rekey = false;
    agree_dtls(&a, &b);
    assert_false(a.d.renewed || b.d.renewed);
    assert_memory_equal(a.d.id, id, sizeof(id));
}

/* What an offer gets. */
static void offers(void **state)
{
    static const struct {
        const char *text;
        enum sdp_refusal why;
        enum sdp_setup role;
    } rows[] = {
        {TOP LINE ACTPASS SHA256("CC"), SDP_REFUSED_none, SDP_SETUP_ACTIVE},
        {TOP LINE PASSIVE SHA256("CC"), SDP_REFUSED_none, SDP_SETUP_ACTIVE},
        {TOP LINE ACTIVE SHA256("CC"), SDP_REFUSED_none, SDP_SETUP_PASSIVE},
        {TOP LINE SHA256("CC"), SDP_REFUSED_none, SDP_SETUP_PASSIVE},
        {TOP ACTPASS SHA256("CC") LINE, SDP_REFUSED_none, SDP_SETUP_ACTIVE},
        {TOP "m=audio 6000 UDP/TLS/RTP/SAVP 0" NL ACTPASS SHA256("CC"),
         SDP_REFUSED_none, SDP_SETUP_ACTIVE},
        {TOP LINE ACTPASS SHA384("CC"), SDP_REFUSED_none, SDP_SETUP_ACTIVE},
        {TOP LINE ACTPASS SHA1 SHA256("CC"), SDP_REFUSED_none,
         SDP_SETUP_ACTIVE},
        {TOP LINE ACTPASS "a=fingerprint:sha3-256 00" NL SHA256("CC"),
         SDP_REFUSED_none, SDP_SETUP_ACTIVE},
        {TOP LINE "a=setup:holdconn" NL SHA256("CC"), SDP_REFUSED_setup, 0},
        {TOP LINE ACTPASS, SDP_REFUSED_no_fingerprint, 0},
        {TOP LINE ACTPASS "a=fingerprint:sha3-256 00" NL,
         SDP_REFUSED_no_fingerprint, 0},
        {TOP LINE ACTPASS "a=fingerprint:sha-256 00:11" NL,
         SDP_REFUSED_no_fingerprint, 0},
        {TOP LINE ACTPASS SHA1, SDP_REFUSED_weak_fingerprint, 0},
        {TOP LINE ACTPASS MD5 SHA1, SDP_REFUSED_weak_fingerprint, 0},
        /* The medium's own count, though the session has a better one. */
        {TOP SHA256("CC") LINE ACTPASS SHA1, SDP_REFUSED_weak_fingerprint, 0},
        {TOP LINE ACTPASS SHA256("AA"), SDP_REFUSED_own_key_echoed, 0},
        {TOP "m=audio 6000 RTP/AVP 0" NL ACTPASS SHA256("CC"),
         SDP_REFUSED_plain_avp, 0},
        {TOP "m=audio 6000 TCP/TLS/RTP/SAVP 0" NL ACTPASS SHA256("CC"),
         SDP_REFUSED_other_profile, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dtls_side a;
        struct sdp_dtls before;
        int ret;

        begin(&a, 4000, 0xaa);
        before = a.d;
        ret = answer_text(&a.a, slice_cstr(rows[i].text));
        if (a.a.s.why != rows[i].why)
            print_error("%s: %s\n", rows[i].text,
                        sdp_refusal_symbol(a.a.s.why));
        assert_int_equal(a.a.s.why, rows[i].why);
        assert_int_equal(ret, sdp_refusal_err(rows[i].why));
        assert_int_equal(a.d.role, rows[i].role);
        if (ret) { /* nothing has changed */
            assert_memory_equal(&a.d, &before, sizeof(before));
            assert_int_equal(a.a.o.n, 0);
            continue;
        }
        has(&a.a, rows[i].role == SDP_SETUP_ACTIVE ? ACTIVE : PASSIVE, true);
        has(&a.a, "a=tls-id", false); /* to who has none (5.3) */
    }
}

/* Where it is not possible, it is refused as it always was. */
static void not_possible(void **state)
{
    struct dtls_side a;

    (void)state;
    begin(&a, 4000, 0xaa);
    a.a.s.dtls = NULL;
    assert_int_equal(answer_text(&a.a, S(TOP LINE ACTPASS SHA256("CC"))),
                     E_UNSUPPORTED);
    assert_int_equal(a.a.s.why, SDP_REFUSED_keying);
    begin(&a, 4000, 0xaa);
    a.d.nours = 0;
    assert_int_equal(answer_text(&a.a, S(TOP LINE ACTPASS SHA256("CC"))),
                     E_UNSUPPORTED);
    assert_int_equal(offer(&a.a), E_INVAL);
    begin(&a, 4000, 0xaa);
    a.d.verified = false; /* anybody could have written it */
    assert_int_equal(answer_text(&a.a, S(TOP LINE ACTPASS SHA256("CC"))),
                     E_POLICY);
    assert_int_equal(a.a.s.why, SDP_REFUSED_unverified);
    begin(&a, 4000, 0xaa); /* only answered */
    a.d.offers = false;
    assert_int_equal(offer(&a.a), 0);
    has(&a.a, "m=audio 4000 RTP/SAVP ", true);
    has(&a.a, "a=fingerprint", false);
    begin(&a, 4000, 0xaa); /* the control; and the best set counts */
    assert_int_equal(
        answer_text(&a.a, S(TOP LINE ACTPASS SHA256("CC") SHA384("D1")
                                SHA384("D2") SHA256("CE") ID1)),
        0);
    assert_int_equal(a.d.ntheirs, 2);
    assert_int_equal(a.d.theirs[0].hash, SDP_HASH_SHA384);
    assert_int_equal(a.d.theirs[1].bytes[0], 0xd2);
    has(&a.a, "a=tls-id:", true);
}

/* Answers to our offer. */
static void answers(void **state)
{
    static const struct {
        const char *text;
        enum sdp_refusal why;
        enum sdp_setup role;
    } rows[] = {
        {TOP LINE ACTIVE SHA256("CC") ID1, SDP_REFUSED_none,
         SDP_SETUP_PASSIVE},
        {TOP LINE PASSIVE SHA256("CC"), SDP_REFUSED_none, SDP_SETUP_ACTIVE},
        {TOP LINE SHA256("CC"), SDP_REFUSED_none, SDP_SETUP_ACTIVE},
        {TOP LINE ACTPASS SHA256("CC"), SDP_REFUSED_setup, 0},
        {TOP LINE "a=setup:holdconn" NL SHA256("CC"), SDP_REFUSED_setup, 0},
        {TOP LINE ACTIVE, SDP_REFUSED_no_fingerprint, 0},
        {TOP LINE ACTIVE SHA1, SDP_REFUSED_weak_fingerprint, 0},
        {TOP LINE ACTIVE SHA256("AA"), SDP_REFUSED_own_key_echoed, 0},
        {TOP "m=audio 6000 UDP/TLS/RTP/SAVP 0" NL ACTIVE SHA256("CC"),
         SDP_REFUSED_malformed, 0},
        {TOP "m=audio 6000 RTP/SAVPF 0" NL CM80("1", KEY30) NL,
         SDP_REFUSED_unusable_crypto, 0},
        {TOP "m=audio 6000 RTP/AVP 0" NL, SDP_REFUSED_plain_avp, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dtls_side a;

        begin(&a, 4000, 0xaa);
        assert_int_equal(offer(&a.a), 0);
        assert_int_equal(answered_text(&a.a, slice_cstr(rows[i].text)),
                         sdp_refusal_err(rows[i].why));
        assert_int_equal(a.a.s.why, rows[i].why);
        assert_int_equal(a.d.role, rows[i].role);
    }
}

/* RFC 8842 3.1: what in a later offer means a new association. */
static void anew(void **state)
{
    static const struct {
        const char *text;
        bool renewed;
        enum sdp_setup role;
    } rows[] = {
        {TOP LINE ACTPASS SHA256("CC") ID1, false, SDP_SETUP_ACTIVE},
        {TOP LINE PASSIVE SHA256("CC") ID1, false, SDP_SETUP_ACTIVE},
        {TOP LINE ACTIVE SHA256("CC") ID1, true, SDP_SETUP_PASSIVE},
        {TOP LINE ACTPASS SHA256("CD") ID1, true, SDP_SETUP_ACTIVE},
        {TOP LINE ACTPASS SHA256("CC") SHA256("CD") ID1, true,
         SDP_SETUP_ACTIVE},
        {TOP LINE ACTPASS SHA256("CC") ID2, true, SDP_SETUP_ACTIVE},
        {TOP LINE ACTPASS SHA256("CC"), true, SDP_SETUP_ACTIVE},
        /* With a tls-id another address says nothing of it. */
        {TOP "m=audio 6002 UDP/TLS/RTP/SAVPF 0" NL ACTPASS SHA256("CC") ID1,
         false, SDP_SETUP_ACTIVE},
    };
    struct dtls_side a;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char id[SDP_TLS_ID_N];

        begin(&a, 4000, 0xaa);
        assert_int_equal(
            answer_text(&a.a, S(TOP LINE ACTPASS SHA256("CC") ID1)), 0);
        memcpy(id, a.d.id, sizeof(id));
        assert_int_equal(answer_text(&a.a, slice_cstr(rows[i].text)), 0);
        assert_int_equal(a.d.renewed, rows[i].renewed);
        assert_int_equal(a.a.s.agreed.tx_new, rows[i].renewed);
        assert_int_equal(a.d.role, rows[i].role);
        assert_int_equal(memcmp(id, a.d.id, sizeof(id)) != 0, rows[i].renewed);
    }
    begin(&a, 4000, 0xaa); /* without one it does (4) */
    assert_int_equal(answer_text(&a.a, S(TOP LINE ACTPASS SHA256("CC"))), 0);
    assert_int_equal(answer_text(&a.a, S(TOP LINE ACTPASS SHA256("CC"))), 0);
    assert_false(a.d.renewed);
    assert_int_equal(
        answer_text(
            &a.a,
            S(TOP "m=audio 6002 UDP/TLS/RTP/SAVPF 0" NL ACTPASS SHA256("CC"))),
        0);
    assert_true(a.d.renewed);
}

/* A call that has certificates does not go down to keys in the signalling;
 * the other way is up. */
static void never_down(void **state)
{
    struct dtls_side a;

    (void)state;
    begin(&a, 4000, 0xaa);
    assert_int_equal(answer_text(&a.a, S(TOP LINE ACTPASS SHA256("CC") ID1)),
                     0);
    assert_int_equal(answer_text(&a.a, S(AUDIO CM80("1", KEY30) NL)),
                     E_POLICY);
    assert_int_equal(a.a.s.why, SDP_REFUSED_lowered);
    assert_int_equal(answer_text(&a.a, S(TOP "m=audio 6000 RTP/AVP 0" NL CM80(
                                           "1", KEY30) NL)),
                     E_POLICY);
    assert_int_equal(a.a.s.agreed.profile, SDP_DTLS_F);
    assert_int_equal(offer(&a.a), 0);
    has(&a.a, "UDP/TLS/RTP/SAVPF", true);
    assert_int_equal(sdp_offer_failed(&a.a.s), 0);
    begin(&a, 4000, 0xaa);
    assert_int_equal(answer_text(&a.a, S(AUDIO CM80("1", KEY30) NL)), 0);
    assert_int_equal(a.d.role, SDP_SETUP_NONE);
    assert_int_equal(answer_text(&a.a, S(TOP LINE ACTPASS SHA256("CC") ID1)),
                     0);
    assert_int_equal(a.a.s.agreed.tx.n, 0);
    assert_true(a.d.renewed);
    /* Of two lines the first that can be had; what was wrong with another
     * one leaves no trace. */
    begin(&a, 4000, 0xaa);
    assert_int_equal(
        answer_text(
            &a.a, S(TOP LINE ACTPASS SHA384("D1") SHA384(
                      "D2") "m=audio 6002 RTP/SAVP 0" NL CM80("1", KEY30) NL)),
        0);
    assert_int_equal(a.a.s.line, 0);
    begin(&a, 4000, 0xaa);
    assert_int_equal(
        answer_text(
            &a.a, S(TOP "m=audio 6000 UDP/TLS/RTP/SAVPF 18" NL ACTPASS SHA384(
                      "D1") "m=audio 6002 RTP/SAVP 0" NL CM80("1", KEY30) NL)),
        0);
    assert_int_equal(a.a.s.line, 1);
    assert_int_equal(a.d.ntheirs, 0);
    assert_int_equal(a.d.role, SDP_SETUP_NONE);
}

static void values(void **state)
{
    static const struct {
        const char *text;
        int ret;
    } rows[] = {
        {"sha-256 " P32("ab"), 0},
        {"SHA-256 " P32("AB"), 0},
        {"sha-256  " P32("AB"), 0},
        {"sha-256 " P32("A"), E_SYNTAX},
        {"sha-256 " P32("AG"), E_SYNTAX},
        {"sha-256 " P32("AB") ":00", E_SYNTAX},
        {"sha-256", E_SYNTAX},
        {"sha-512 " P32("AB"), E_SYNTAX},
        {"sha-1 00", E_POLICY},
        {"sha-224 00", E_POLICY},
        {"MD5 00", E_POLICY},
        {"md2 00", E_POLICY},
        {"sha-512/256 00", E_UNSUPPORTED},
        {"", E_UNSUPPORTED},
    };
    static const char *const ids[] = {
        "short",
        "abc3de65cddef001be8 ",
        "abc3de65cddef001be8=",
    };
    struct dtls_side a;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sdp_print print;

        assert_int_equal(sdp_print_read(&print, slice_cstr(rows[i].text)),
                         rows[i].ret);
    }
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        char text[512];

        begin(&a, 4000, 0xaa);
        snprintf(text, sizeof(text),
                 TOP LINE ACTPASS SHA256("CC") "a=tls-id:%s" NL, ids[i]);
        assert_int_equal(answer_text(&a.a, slice_cstr(text)), 0);
        assert_int_equal(a.d.their_id_n, 0);
    }
    assert_int_equal(sdp_hash_size(SDP_HASH_NONE), 0);
    assert_int_equal(sdp_hash_size(SDP_HASH_COUNT), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_of_us),    cmocka_unit_test(offers),
        cmocka_unit_test(not_possible), cmocka_unit_test(answers),
        cmocka_unit_test(anew),         cmocka_unit_test(never_down),
        cmocka_unit_test(values),
    };

    return cmocka_run_group_tests_name("sdp_dtls", tests, NULL, NULL);
}
