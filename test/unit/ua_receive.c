/* SPDX-License-Identifier: Apache-2.0 */
/* What others send us, the log, and bad configurations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sip/base/err.h"
#include "test/core_kit.h"
#include "tls/crypto.h"
#include "ua/account.h"

/* ------------------------------------------------- what others send us */

#define REQUEST(method, uri, more)                                         \
    method " " uri " SIP/2.0\r\n"                                          \
           "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bKx\r\n"                \
           "Via: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKy;rport=5060\r\n" \
           "From: <sip:bob@example.test>;tag=1\r\n"                        \
           "To: <sip:alice@example.test>\r\nCall-ID: c1\r\n"               \
           "CSeq: 1 " method "\r\nMax-Forwards: 70\r\n" more               \
           "Content-Length: 0\r\n\r\n"

static void requests_are_answered(void **state)
{
    static const struct {
        const char *text;
        unsigned status;
    } rows[] = {
        {REQUEST("OPTIONS", "sip:alice@192.0.2.7:40000;transport=tls", ""),
         200},
        {REQUEST("OPTIONS", "sip:mallory@192.0.2.7:40000", ""), 404},
        {REQUEST("OPTIONS", "sip:alice@192.0.2.7", "Require: magic\r\n"), 420},
        {REQUEST("INVITE", "sip:alice@192.0.2.7",
                 "Contact: <sip:bob@192.0.2.9>\r\nRequire: magic\r\n"),
         420},
        {REQUEST("INVITE", "sip:mallory@192.0.2.7",
                 "Contact: <sip:bob@192.0.2.9>\r\n"),
         404},
        {REQUEST("REGISTER", "sip:alice@192.0.2.7", ""), 405},
        {REQUEST("PUBLISH", "sip:alice@192.0.2.7", ""), 405},
        {REQUEST("SUBSCRIBE", "sip:alice@192.0.2.7",
                 "Event: dialog\r\nContact: <sip:bob@192.0.2.9>\r\n"),
         489},
        {REQUEST("NOTIFY", "sip:alice@192.0.2.7",
                 "Event: check-sync\r\nSubscription-State: active\r\n"
                 "Contact: <sip:bob@192.0.2.9>\r\n"),
         481},
        {REQUEST("BYE", "sip:alice@192.0.2.7", ""), 481},
        {REQUEST("FROBNICATE", "sip:alice@192.0.2.7", ""), 501},
        {REQUEST("ACK", "sip:alice@192.0.2.7", ""), 0},
        {REQUEST("OPTIONS", "sip:alice@192.0.2.7", "Max-Forwards: 70\r\n"),
         400}, /* twice */
    };
    static struct kit b;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        kit_register_well(&b);
        unsigned n = b.sents;

        kit_hear(&b, rows[i].text);
        assert_int_equal(b.sents - n, rows[i].status ? 1 : 0);
        if (rows[i].status) {
            struct sip_msg msg = kit_last(&b);

            assert_int_equal(msg.status, rows[i].status);
            /* Lower Vias are echoed as they came; nobody dials them. */
            assert_non_null(msg.via->next);
            assert_true(slice_eq(
                msg.via->next->text,
                S("SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKy;rport=5060")));
        }
        assert_int_equal(b.dials, 1);
        kit_finish(&b);
    }
}

static void strays_are_dropped(void **state)
{
    static struct kit b;
    char text[1024];
    struct sip_msg msg;

    (void)state;
    kit_begin(&b);
    msg = kit_last(&b);
    /* Two Vias, a branch that is not ours, another method. */
    snprintf(text, sizeof(text),
             "SIP/2.0 200 OK\r\nVia: %.*s\r\nVia: SIP/2.0/TLS x\r\n"
             "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: c\r\n"
             "CSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n",
             (int)msg.via->text.n, msg.via->text.p);
    kit_hear(&b, text);
    kit_hear(&b,
             "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS x;branch=z9hG4bK1.0\r\n"
             "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: c\r\n"
             "CSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n");
    snprintf(text, sizeof(text),
             "SIP/2.0 200 OK\r\nVia: %.*s\r\n"
             "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: c\r\n"
             "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
             (int)msg.via->text.n, msg.via->text.p);
    kit_hear(&b, text);
    assert_int_equal(ua_core_counts(b.core).strays, 3);
    assert_int_equal(kit_reg_state(&b), SIPLOCK_REGISTER_TRYING);
    kit_answer(&b, "200 OK", OK_CONTACT); /* the control */
    assert_int_equal(kit_reg_state(&b), SIPLOCK_REGISTER_REGISTERED);
    kit_finish(&b);
}

static void malformed_is_dropped_and_the_stream_goes_on(void **state)
{
    static struct kit b;

    (void)state;
    kit_begin(&b);
    kit_hear(&b, "SIP/2.0 999 What\r\nContent-Length: 0\r\n\r\n"
                 "NONSENSE\r\nContent-Length: 3\r\n\r\nabc");
    assert_int_equal(ua_core_counts(b.core).malformed, 2);
    assert_int_equal(b.sents, 1);
    assert_non_null(strstr(b.logged, "message.malformed code="));
    kit_answer(&b, "200 OK", OK_CONTACT);
    assert_int_equal(kit_reg_state(&b), SIPLOCK_REGISTER_REGISTERED);
    kit_finish(&b);
}

/* A response copies five fields: at fault themselves they cannot be. */
static void malformed_is_answered_where_it_can_be(void **state)
{
    static const struct {
        const char *to, *more;
        bool answered;
    } rows[] = {
        {"<sip:alice@example.test>", "Max-Forwards: x\r\n", true},
        {"<sip:alice@example.test>;tag=", "", false},
        {"<sip:alice@example.test", "", false},
    };
    static struct kit b;

    (void)state;
    kit_begin(&b);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned n = b.sents;
        char text[512];

        snprintf(text, sizeof(text),
                 "OPTIONS sip:alice@192.0.2.7 SIP/2.0\r\n"
                 "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bKm%zu\r\n"
                 "From: <sip:bob@example.test>;tag=b\r\nTo: %s\r\n"
                 "Call-ID: m\r\nCSeq: 1 OPTIONS\r\n%s"
                 "Content-Length: 0\r\n\r\n",
                 i, rows[i].to, rows[i].more);
        kit_hear(&b, text);
        assert_int_equal(b.sents - n, rows[i].answered);
        if (rows[i].answered)
            assert_int_equal(kit_last(&b).status, 400);
    }
    kit_finish(&b);
}

static void bad_framing_closes_the_flow(void **state)
{
    static const char *const rows[] = {
        "OPTIONS sip:a SIP/2.0\r\nTo: x\r\n\r\n",
        "OPTIONS sip:a SIP/2.0\r\nContent-Length: -1\r\n\r\n",
        "OPTIONS sip:a SIP/2.0\r\nContent-Length: x\r\n\r\n",
        "OPTIONS sip:a SIP/2.0\r\nContent-Length: 1\r\nl: 1\r\n\r\n",
        "OPTIONS sip:a SIP/2.0\r\nContent-Length: 4294967296\r\n\r\n",
    };
    static struct kit b;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        kit_register_well(&b);
        kit_hear(&b, rows[i]);
        assert_int_equal(b.hangups, 1);
        assert_int_equal(b.dials, 2);
        assert_int_equal(kit_reg_cause(&b), CAUSE_connect_framing);
        kit_finish(&b);
    }
}

/* What a flow that is gone still brings is nobody's. */
static void old_flows_are_ignored(void **state)
{
    static struct kit b;
    uint64_t old;

    (void)state;
    kit_register_well(&b);
    old = b.flow;
    ua_core_net(b.core, b.now, UA_NET_CHANGED);
    kit_pull(&b);
    assert_true(b.flow != old);
    ua_core_bytes(b.core, b.now, old, S("OPTIONS"));
    ua_core_flow_down(b.core, b.now, old, &(struct cause){0});
    kit_pull(&b);
    assert_int_equal(b.dials, 2);
    kit_finish(&b);
}

/* --------------------------------------------------------------- logs */

static void the_log_holds_no_secret(void **state)
{
    static const char *const canaries[] = {"alice", "sesame", "Digest",
                                           "Authorization"};
    static struct kit b;

    (void)state;
    kit_register_well(&b);
    kit_hear(&b, REQUEST("OPTIONS", "sip:alice@192.0.2.7", ""));
    assert_non_null(strstr(b.logged, "request.sent")); /* it says much */
    assert_non_null(strstr(b.logged, "user=p:"));
    for (size_t i = 0; i < sizeof(canaries) / sizeof(canaries[0]); i++)
        assert_null(strstr(b.logged, canaries[i]));
    kit_finish(&b);
}

/* ------------------------------------------------------- configuration */

static void bad_configurations(void **state)
{
    static const struct {
        struct siplock_account_config config;
        int err;
        const char *says;
    } rows[] = {
        {{.aor = "sip:alice@example.test"}, 0, ""}, /* the control */
        {{.aor = "sips:alice@example.test"}, 0, ""},
        {{.aor = "sip:alice@example.test", .outbound = "sip:e.test"}, 0, ""},
        {{.aor = "sip:alice@example.test",
          .outbound = "sip:e.test:5061;transport=TLS"},
         0,
         ""},
        {{.aor = NULL}, E_INVAL, "aor: missing"},
        {{.aor = "alice@example.test"}, E_INVAL, "aor"},
        {{.aor = "sip:example.test"}, E_INVAL, "aor"},
        {{.aor = "tel:+49301234"}, E_INVAL, "aor"},
        {{.aor = "sip:a:pw@example.test"}, E_INVAL, "aor"},
        {{.aor = "sip:a@example.test;transport=udp"}, E_POLICY, "UDP"},
        {{.aor = "sip:a@b.test", .outbound = "sip:e.test;transport=tcp"},
         E_POLICY,
         "TCP"},
        {{.aor = "sip:a@b.test", .outbound = "sip:e.test;transport=ws"},
         E_POLICY,
         "WebSocket"},
        {{.aor = "sip:a@b.test", .outbound = "http://e.test"},
         E_INVAL,
         "outbound"},
        {{.aor = "sip:a@b.test", .expires = 59}, E_INVAL, "expires"},
        {{.aor = "sip:a@b.test", .level = 9}, E_POLICY, "level"},
        {{.aor = "sip:a@b.test", .level = SIPLOCK_LEVEL_LEGACY_PBX},
         E_POLICY,
         "floor"},
        {{.aor = "sip:a@b.test", .names = 7}, E_INVAL, "names"},
    };
    const struct env env = {.rand = tls_crypto_rand, .md = tls_crypto_md};
    struct oom mem;
    struct env own = env;

    (void)state;
    oom_init(&mem, &own);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct siplock_account_config config = rows[i].config;
        struct ua_account *acc = NULL;
        struct cause why;
        int err;

        cause_set(&why, CAUSE_none);
        config.size = sizeof(config);
        err = ua_account_new(&acc, &own, POLICY_STRICT, &config, &why);
        assert_int_equal(err, rows[i].err);
        if (err)
            assert_non_null(strstr(why.text, rows[i].says));
        else
            ua_account_free(acc, (struct now){0});
    }
    assert_int_equal(mem.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_answered),
        cmocka_unit_test(strays_are_dropped),
        cmocka_unit_test(malformed_is_dropped_and_the_stream_goes_on),
        cmocka_unit_test(malformed_is_answered_where_it_can_be),
        cmocka_unit_test(bad_framing_closes_the_flow),
        cmocka_unit_test(old_flows_are_ignored),
        cmocka_unit_test(the_log_holds_no_secret),
        cmocka_unit_test(bad_configurations),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua_receive", tests, NULL, NULL);
}
