/* SPDX-License-Identifier: Apache-2.0 */
/* ICE in offers and answers: support, mismatch, restart, candidates. */
#include <stdio.h>

#include "test/unit/sdp_side.h"

#define UFRAG "a=ice-ufrag:8hhY" NL
#define PWD "a=ice-pwd:asd88fgpdd777uzjYhagZg" NL
#define ICE2 "a=ice-options:trickle ice2" NL
#define KEYED "m=audio 6000 RTP/SAVP 0" NL CM80("1", KEY30) NL "a=rtcp-mux" NL
#define MEDIA TOP KEYED
#define HOST "a=candidate:1 1 UDP 2130706431 192.0.2.9 6000 typ host" NL
#define OTHER "a=candidate:1 1 UDP 2130706431 198.51.100.1 6000 typ host" NL
#define SRFLX                                                     \
    "a=candidate:2 1 udp 1694498815 203.0.113.5 45664 typ srflx " \
    "raddr 192.0.2.9 rport 6000 generation 0" NL

struct ice_side {
    struct side a;
    struct sdp_ice ice;
};

static void begin(struct ice_side *x, uint16_t port)
{
    struct sdp_candidate *c = &x->ice.ours[0];

    side_init(&x->a, port);
    x->ice = (struct sdp_ice){.nours = 1};
    *c = (struct sdp_candidate){.foundation = "1",
                                .component = 1,
                                .priority = 2130706431,
                                .ip = "192.0.2.1",
                                .port = port};
    assert_int_equal(sdp_ice_names(x->ice.ufrag, x->ice.pwd, &x->a.env), 0);
    x->a.s.ice = &x->ice;
}

static void agree_ice(struct ice_side *a, struct ice_side *b)
{
    assert_int_equal(offer(&a->a), 0);
    assert_int_equal(answer_text(&b->a, out_slice(&a->a.o)), 0);
    assert_int_equal(answered_text(&a->a, out_slice(&b->a.o)), 0);
}

static void assert_known(const struct ice_side *a, const struct ice_side *b)
{
    assert_true(a->ice.on);
    assert_int_equal(a->ice.their_ufrag_n, SDP_UFRAG_N);
    assert_memory_equal(a->ice.their_ufrag, b->ice.ufrag, SDP_UFRAG_N);
    assert_int_equal(a->ice.their_pwd_n, SDP_PWD_N);
    assert_memory_equal(a->ice.their_pwd, b->ice.pwd, SDP_PWD_N);
    assert_int_equal(a->ice.ntheirs, 1);
    assert_string_equal(a->ice.theirs[0].ip, "192.0.2.1");
    assert_int_equal(a->ice.theirs[0].port, b->ice.ours[0].port);
    assert_true(a->ice.ice2);
    assert_false(a->ice.their_lite);
}

static void two_of_us(void **state)
{
    struct ice_side a, b;
    char ufrag[SDP_UFRAG_N], theirs[SDP_UFRAG_N];

    (void)state;
    begin(&a, 4000);
    begin(&b, 5000);
    agree_ice(&a, &b);
    has(&a.a, "t=0 0" NL "a=ice-options:ice2" NL "m=audio 4000", true);
    has(&a.a, "a=candidate:1 1 UDP 2130706431 192.0.2.1 4000 typ host" NL,
        true);
    has(&b.a, "a=ice-options:ice2" NL, true);
    has(&b.a, "a=ice-lite", false);
    assert_known(&a, &b);
    assert_known(&b, &a);
    assert_true(a.ice.renewed && b.ice.renewed);
    /* A later offer without a restart, and one with. */
    agree_ice(&b, &a);
    assert_false(a.ice.renewed || b.ice.renewed);
    memcpy(ufrag, a.ice.ufrag, sizeof(ufrag));
    memcpy(theirs, b.ice.ufrag, sizeof(theirs));
    assert_int_equal(sdp_ice_restart(&a.ice, &a.a.env), 0);
    agree_ice(&a, &b);
    assert_true(a.ice.renewed && b.ice.renewed);
    assert_memory_not_equal(a.ice.ufrag, ufrag, sizeof(ufrag));
    assert_memory_not_equal(b.ice.ufrag, theirs, sizeof(theirs));
    assert_known(&a, &b);
    assert_known(&b, &a);
    /* 4.4.1: what fails leaves it as it was. */
    memcpy(ufrag, a.ice.ufrag, sizeof(ufrag));
    assert_int_equal(sdp_ice_restart(&a.ice, &a.a.env), 0);
    assert_int_equal(offer(&a.a), 0);
    assert_int_equal(sdp_offer_failed(&a.a.s), 0);
    assert_memory_equal(a.ice.ufrag, ufrag, sizeof(ufrag));
    agree_ice(&a, &b);
    assert_false(a.ice.renewed || b.ice.renewed);
    sdp_ice_clear(&a.ice);
    assert_int_equal(a.ice.their_pwd[0] | a.ice.pwd[0], 0);
}

/* What an offer leads to; on: our answer has ICE, mismatch: it says that. */
static void offers(void **state)
{
    static const struct {
        const char *text;
        bool on, mismatch;
    } rows[] = {
        {MEDIA UFRAG PWD HOST, true, false},
        {MEDIA UFRAG PWD ICE2 SRFLX HOST, true, false},
        {TOP UFRAG PWD KEYED HOST, true, false},
        {MEDIA UFRAG PWD OTHER HOST, true, false},
        {MEDIA, false, false},
        {MEDIA UFRAG HOST, false, false},
        {MEDIA PWD HOST, false, false},
        {MEDIA "a=ice-ufrag:abc" NL PWD HOST, false, false},
        {MEDIA "a=ice-ufrag:ab c" NL PWD HOST, false, false},
        {MEDIA UFRAG "a=ice-pwd:short" NL HOST, false, false},
        /* Somebody on the way has rewritten c=, or m=. */
        {MEDIA UFRAG PWD OTHER, false, true},
        {MEDIA UFRAG PWD SRFLX, false, true},
        {MEDIA UFRAG PWD, false, true},
        {MEDIA UFRAG PWD "a=candidate:1 1 TCP 1 192.0.2.9 6000 typ host" NL,
         false, true},
        {HEAD "c=IN IP4 0.0.0.0" NL "t=0 0" NL
              "m=audio 9 RTP/SAVP 0" NL CM80("1", KEY30) NL UFRAG PWD SRFLX,
         true, false},
        {HEAD "c=IN IP6 ::" NL "t=0 0" NL
              "m=audio 9 RTP/SAVP 0" NL CM80("1", KEY30) NL UFRAG PWD,
         true, false},
        /* RTCP is a component of its own, where it has a port that is said. */
        {TOP "m=audio 6000 RTP/SAVP 0" NL CM80("1", KEY30) NL
         "a=rtcp:6005" NL UFRAG PWD HOST,
         false, true},
        {TOP "m=audio 6000 RTP/SAVP 0" NL CM80("1", KEY30) NL
         "a=rtcp:6005" NL UFRAG PWD HOST
         "a=candidate:1 2 UDP 2130706430 192.0.2.9 6005 typ host" NL,
         true, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ice_side a;

        begin(&a, 4000);
        assert_int_equal(answer_text(&a.a, slice_cstr(rows[i].text)), 0);
        if (a.ice.on != rows[i].on || a.ice.mismatch != rows[i].mismatch)
            print_error("%s\n", rows[i].text);
        assert_int_equal(a.ice.on, rows[i].on);
        assert_int_equal(a.ice.mismatch, rows[i].mismatch);
        has(&a.a, "a=ice-ufrag:", rows[i].on);
        has(&a.a, "a=candidate:", rows[i].on);
        has(&a.a, "a=ice-options:", rows[i].on);
        has(&a.a, "a=ice-mismatch" NL, rows[i].mismatch);
        /* Nowhere is no hold where packets find their way otherwise. */
        assert_int_equal(a.a.s.agreed.dir, SDP_SENDRECV);
        /* Later it is offered only if it is on. */
        assert_int_equal(offer(&a.a), 0);
        has(&a.a, "a=ice-ufrag:", rows[i].on);
    }
}

static void answers(void **state)
{
    static const struct {
        const char *lines;
        bool on;
    } rows[] = {
        {UFRAG PWD HOST, true},
        {UFRAG PWD HOST "a=ice-mismatch" NL, false},
        {UFRAG PWD OTHER, false},
        {HOST, false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ice_side a;
        char text[1024];

        begin(&a, 4000);
        assert_int_equal(offer(&a.a), 0);
        snprintf(text, sizeof(text),
                 TOP "m=audio 6000 RTP/SAVP 0" NL CM80("3", KEY30) NL
                 "a=rtcp-mux" NL "%s",
                 rows[i].lines);
        assert_int_equal(answered_text(&a.a, slice_cstr(text)), 0);
        assert_int_equal(a.ice.on, rows[i].on);
        assert_int_equal(a.ice.renewed, rows[i].on);
    }
}

/* Both are new: theirs begins anew, and so does ours. */
static void restart(void **state)
{
    static const struct {
        const char *text;
        bool renewed;
    } rows[] = {
        {MEDIA UFRAG PWD HOST, false},
        {TOP UFRAG PWD KEYED HOST, false}, /* of the session: the same */
        {MEDIA UFRAG PWD HOST SRFLX, false},
        {MEDIA "a=ice-ufrag:9uBe" NL
               "a=ice-pwd:YH75Fviy6338Vbrhrlp8Yh" NL HOST,
         true},
        {MEDIA "a=ice-ufrag:9uBe" NL PWD HOST, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ice_side a;
        char pwd[SDP_PWD_N];

        begin(&a, 4000);
        assert_int_equal(answer_text(&a.a, S(MEDIA UFRAG PWD HOST)), 0);
        memcpy(pwd, a.ice.pwd, sizeof(pwd));
        assert_int_equal(answer_text(&a.a, slice_cstr(rows[i].text)), 0);
        assert_int_equal(a.ice.renewed, rows[i].renewed);
        assert_int_equal(memcmp(pwd, a.ice.pwd, sizeof(pwd)) != 0,
                         rows[i].renewed);
        /* What is refused changes nothing, and one without ends it. */
        memcpy(pwd, a.ice.pwd, sizeof(pwd));
        assert_int_equal(
            answer_text(&a.a, S(TOP "m=audio 6000 RTP/AVP 0" NL
                                    "a=ice-ufrag:zzzz" NL PWD HOST)),
            E_POLICY);
        assert_memory_equal(pwd, a.ice.pwd, sizeof(pwd));
        assert_true(a.ice.on);
        assert_int_equal(answer_text(&a.a, S(MEDIA)), 0);
        assert_false(a.ice.on);
        has(&a.a, "a=ice", false);
    }
}

static void lite_and_options(void **state)
{
    struct ice_side a;

    (void)state;
    begin(&a, 4000);
    assert_int_equal(
        answer_text(&a.a, S(TOP "a=ice-lite" NL UFRAG PWD KEYED HOST)), 0);
    assert_true(a.ice.on && a.ice.their_lite);
    assert_false(a.ice.ice2);
    begin(&a, 4000);
    assert_int_equal(answer_text(&a.a, S(TOP ICE2 UFRAG PWD KEYED HOST)), 0);
    assert_true(a.ice.ice2);
    assert_false(a.ice.their_lite);
    begin(&a, 4000);
    a.ice.lite = true;
    assert_int_equal(offer(&a.a), 0);
    has(&a.a, "t=0 0" NL "a=ice-lite" NL "a=ice-options:ice2" NL, true);
    begin(&a, 4000); /* it cannot be done without an address to be reached */
    a.ice.nours = 0;
    assert_int_equal(answer_text(&a.a, S(MEDIA UFRAG PWD HOST)), 0);
    assert_false(a.ice.on || a.ice.mismatch);
    begin(&a, 4000);
    a.a.s.ice = NULL;
    assert_int_equal(answer_text(&a.a, S(MEDIA UFRAG PWD OTHER)), 0);
    has(&a.a, "a=ice", false);
}

static void candidates(void **state)
{
    static const struct {
        const char *text;
        int ret;
    } rows[] = {
        {"1 1 UDP 1 192.0.2.9 6000 typ host", 0},
        {"a+/9 2 udp 2147483647 2001:db8::1 6000 typ host", 0},
        {"1 1 UDP 1 192.0.2.9 6000 typ relay raddr 192.0.2.1 rport 5", 0},
        {"1 1 UDP 1 192.0.2.9 6000 typ srflx raddr :: rport 9 x y", 0},
        {"1 1 UDP 1 192.0.2.9 6000 typ srflx raddr a.test rport 9", 0},
        {"1 1 UDP 1 192.0.2.9 6000 typ prflx", 0},
        {"1 1 UDP 1 host.local 6000 typ host", E_UNSUPPORTED},
        {"1 1 TCP 1 192.0.2.9 9 typ host tcptype active", E_UNSUPPORTED},
        {"1 1 UDP 1 192.0.2.9 6000 typ other", E_UNSUPPORTED},
        {"1 3 UDP 1 192.0.2.9 6000 typ host", E_UNSUPPORTED},
        {"1 1 UDP 1 224.0.0.1 6000 typ host", E_UNSUPPORTED},
        {"1 1 UDP 1 ff02::1 6000 typ host", E_UNSUPPORTED},
        {"1 1 UDP 1 0.0.0.0 6000 typ host", E_UNSUPPORTED},
        {"1 1 UDP 1 :: 6000 typ host", E_UNSUPPORTED},
        {"1 1 UDP 1 192.0.2.9 0 typ host", E_UNSUPPORTED},
        {"1 1 UDP 1 2001:db8::1 6000 typ relay", 0},
        {"1 1 (UDP 1 192.0.2.9 6000 typ host", E_SYNTAX},
        {"1 1 UDP 1 192.0.2.9 6000 typ (host", E_SYNTAX},
        {"1 1 UDP 1 192.0.2.9 6000 typ host (x y", E_SYNTAX},
        {"1 1 UDP 1 192.0.2.9 6000 typ host raddr 192.0.2.1 raddr 192.0.2.2",
         0},
        {"", E_SYNTAX},
        {"1", E_SYNTAX},
        {"1 1 UDP 1 192.0.2.9 6000", E_SYNTAX},
        {"1 1 UDP 1 192.0.2.9 6000 host", E_SYNTAX},
        {"1 1 UDP 1 192.0.2.9 6000 typ", E_SYNTAX},
        {"1  1 UDP 1 192.0.2.9 6000 typ host", E_SYNTAX},
        {"1- 1 UDP 1 192.0.2.9 6000 typ host", E_SYNTAX},
        {"123456789012345678901234567890123 1 UDP 1 192.0.2.9 6000 typ host",
         E_SYNTAX},
        {"1 0 UDP 1 192.0.2.9 6000 typ host", E_SYNTAX},
        {"1 257 UDP 1 192.0.2.9 6000 typ host", E_SYNTAX},
        {"1 1 UDP 0 192.0.2.9 6000 typ host", E_SYNTAX},
        {"1 1 UDP 2147483648 192.0.2.9 6000 typ host", E_SYNTAX},
        {"1 1 UDP -1 192.0.2.9 6000 typ host", E_SYNTAX},
        {"1 1 UDP 1 192.0.2.9 65536 typ host", E_SYNTAX},
        {"1 1 UDP 1 192.0.2.9 6000 typ host raddr", E_SYNTAX},
        {"1 1 UDP 1 192.0.2.9 6000 typ srflx raddr 1.2.3.4 rport x", E_SYNTAX},
    };
    char text[2048];
    size_t n;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sdp_candidate c, back;
        struct out o = out_of(text, sizeof(text));
        int ret = sdp_candidate_read(&c, slice_cstr(rows[i].text));

        if (ret != rows[i].ret)
            print_error("%s: %d\n", rows[i].text, ret);
        assert_int_equal(ret, rows[i].ret);
        if (ret)
            continue;
        sdp_candidate_put(&o, &c); /* and back: the same */
        assert_int_equal(o.err, 0);
        assert_int_equal(
            sdp_candidate_read(&back, slice_of(o.p + 12, o.n - 14)), 0);
        assert_string_equal(back.ip, c.ip);
        assert_string_equal(back.foundation, c.foundation);
        assert_int_equal(back.priority, c.priority);
        assert_int_equal(back.type, c.type);
        assert_int_equal(back.component, c.component);
    }
    for (int i = 0; i < 4; i++) { /* what is not whole is not written */
        struct sdp_candidate c = {.foundation = "1",
                                  .component = 1,
                                  .priority = 1,
                                  .ip = "192.0.2.1",
                                  .port = 5};
        struct out o = out_of(text, sizeof(text));

        if (i == 0)
            c.component = 0;
        if (i == 1)
            memcpy(c.ip, "1\r\n", 4);
        if (i == 2)
            c.priority = 0;
        sdp_candidate_put(&o, &c);
        assert_int_equal(o.err, i == 3 ? 0 : E_INVAL);
    }
    /* More than can be kept: the first ones count, the rest is read past. */
    n = (size_t)snprintf(text, sizeof(text), "%s", MEDIA UFRAG PWD HOST);
    for (int i = 0; i < 20; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n,
                              "a=candidate:1 1 UDP 9 192.0.2.9 %d typ host" NL,
                              7000 + i);
    {
        struct ice_side a;

        begin(&a, 4000);
        assert_int_equal(answer_text(&a.a, slice_cstr(text)), 0);
        assert_int_equal(a.ice.ntheirs, SDP_CANDIDATES_THEIRS);
    }
}

/* Fails from the nth call on. */
static int fails_at(void *user, uint8_t *p, size_t n)
{
    unsigned *left = user;

    memset(p, 1, n);
    if (*left == 0)
        return E_RANDOM;
    --*left;
    return 0;
}

/* Without random names: refused whole, and nothing has changed. */
static void no_names(void **state)
{
    char ufrag[SDP_UFRAG_N], pwd[SDP_PWD_N];
    struct sdp_ice before;
    struct ice_side a;
    unsigned left;

    (void)state;
    for (unsigned n = 0; n < 3; n++) {
        left = n;

        struct env env = {.rand = fails_at, .user = &left};

        assert_int_equal(sdp_ice_names(ufrag, pwd, &env),
                         n < 2 ? E_RANDOM : 0);
    }
    begin(&a, 4000);
    assert_int_equal(answer_text(&a.a, S(MEDIA UFRAG PWD HOST)), 0);
    before = a.ice;
    for (unsigned n = 0; n < 2; n++) {
        left = n;
        a.a.env.rand = fails_at;
        a.a.env.user = &left;
        assert_int_equal(answer_text(&a.a, S(MEDIA UFRAG PWD HOST)), E_RANDOM);
        assert_memory_equal(&a.ice, &before, sizeof(before));
    }
    left = 0;
    assert_int_equal(sdp_ice_restart(&a.ice, &a.a.env), E_RANDOM);
    assert_false(a.ice.restarting);
}

/* IPv6, RTCP at an address of its own, and answers that begin anew unasked. */
static void other_addresses(void **state)
{
    struct ice_side a;

    (void)state;
    begin(&a, 4000);
    assert_int_equal(
        answer_text(&a.a,
                    S(HEAD "c=IN IP6 2001:db8::1" NL "t=0 0" NL KEYED UFRAG PWD
                           "a=candidate:1 1 UDP 9 2001:db8::1 6000 "
                           "typ host" NL)),
        0);
    assert_true(a.ice.on && a.ice.theirs[0].ipv6);
    begin(&a, 4000);
    assert_int_equal(
        answer_text(&a.a,
                    S(TOP "m=audio 6000 RTP/SAVP 0" NL CM80("1", KEY30) NL
                      "a=rtcp:6005 IN IP4 192.0.2.8" NL UFRAG PWD HOST
                      "a=candidate:1 2 UDP 9 192.0.2.8 6005 typ host" NL)),
        0);
    assert_true(a.ice.on);
    begin(&a, 4000); /* port 9 at a real address is none of the candidates */
    assert_int_equal(answer_text(&a.a, S(TOP "m=audio 9 RTP/SAVP 0" NL CM80(
                                           "1", KEY30) NL UFRAG PWD HOST)),
                     0);
    assert_true(a.ice.mismatch);
    begin(&a, 4000);
    assert_int_equal(offer(&a.a), 0);
    assert_int_equal(
        answered_text(&a.a, S(TOP "m=audio 6000 RTP/SAVP 0" NL CM80("3", KEY30)
                                  NL "a=rtcp-mux" NL UFRAG PWD HOST)),
        0);
    assert_int_equal(offer(&a.a), 0);
    assert_int_equal(
        answered_text(&a.a,
                      S(TOP "m=audio 6000 RTP/SAVP 0" NL CM80("3", KEY30) NL
                        "a=rtcp-mux" NL "a=ice-ufrag:other" NL PWD HOST)),
        0);
    assert_true(a.ice.on && a.ice.renewed);
    assert_int_equal(offer(&a.a), 0); /* only the password is another one */
    assert_int_equal(
        answered_text(&a.a,
                      S(TOP "m=audio 6000 RTP/SAVP 0" NL CM80("3", KEY30) NL
                        "a=rtcp-mux" NL "a=ice-ufrag:other" NL
                        "a=ice-pwd:YH75Fviy6338Vbrhrlp8Yh" NL HOST)),
        0);
    assert_true(a.ice.renewed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_names),   cmocka_unit_test(other_addresses),
        cmocka_unit_test(two_of_us),  cmocka_unit_test(offers),
        cmocka_unit_test(answers),    cmocka_unit_test(restart),
        cmocka_unit_test(candidates), cmocka_unit_test(lite_and_options),
    };

    return cmocka_run_group_tests_name("sdp_ice", tests, NULL, NULL);
}
