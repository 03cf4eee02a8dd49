/* SPDX-License-Identifier: Apache-2.0 */
/* MESSAGE both ways, INFO in, and what is refused of them. */
#include "test/unit/transfer_kit.h"
#include "ua/message.h"
#include "ua/sub.h"

static int send_text(struct kit *b, const char *target, const char *text)
{
    const struct ua_message_ask ask = {.id = kit_id(b),
                                       .account = KIT_ACCOUNT,
                                       .target = slice_cstr(target),
                                       .type = S("text/plain"),
                                       .body = slice_cstr(text)};
    enum policy_why why;
    int err = ua_core_message(b->core, b->now, &ask, &why);

    kit_pull(b);
    return err;
}

static unsigned tells(const struct kit *b)
{
    return kit_count_events(b, SIPLOCK_EVENT_MESSAGE_STATE, 0);
}

static void sent_and_answered(void **state)
{
    struct kit b;
    struct sip_msg msg;

    (void)state;
    kit_register_well(&b);
    assert_int_equal(send_text(&b, "tel:+1-212-555", "hello\r\nworld"), 0);
    msg = request(&b, "MESSAGE");
    assert_true(
        slice_eq(msg.uri.text, S("sip:+1212555@example.test;user=phone")));
    assert_true(slice_eq(msg.body, S("hello\r\nworld")));
    assert_true(slice_eq(msg.content_type.subtype, S("plain")));
    assert_null(msg.contact); /* RFC 3428 4: there is none */
    answer(&b, "MESSAGE", "407 Proxy Authentication Required",
           "Proxy-Authenticate: Digest realm=\"example.test\",nonce=\"n7\","
           "algorithm=SHA-256,qop=\"auth\",stale=true\r\n");
    assert_int_equal(count(&b, "MESSAGE "), 2);
    answer(&b, "MESSAGE", "202 Accepted", "");
    assert_int_equal(tells(&b), 1);
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_MESSAGE_STATE)->status,
                     202);
    assert_int_equal(send_text(&b, "sip:bob@example.test", "again"), 0);
    answer(&b, "MESSAGE", "404 Not Found", "");
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_MESSAGE_STATE)->cause,
                     CAUSE_message_refused);
    assert_int_equal(send_text(&b, "sip:bob@example.test", "again"), 0);
    wait_alive(&b, 33000);
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_MESSAGE_STATE)->status,
                     408);
    assert_int_equal(tells(&b), 3);
    assert_int_equal(ua_core_counts(b.core).messages, 0);
    assert_int_equal(b.ids.live, 0);
    kit_finish(&b);
}

/* It waits for a flow, but not for ever; one that was sent is not sent on
 * the next one again. */
static void with_and_without_a_flow(void **state)
{
    struct kit b;

    (void)state;
    kit_start(&b, &(struct siplock_account_config){.no_register = 1});
    assert_int_equal(send_text(&b, "sip:bob@example.test", "a"), 0);
    kit_up(&b);
    kit_pull(&b);
    assert_int_equal(count(&b, "MESSAGE "), 1);
    ua_core_net(b.core, b.now, UA_NET_CHANGED);
    kit_pull(&b);
    assert_int_equal(tells(&b), 1);
    kit_up(&b);
    kit_pull(&b);
    assert_int_equal(count(&b, "MESSAGE "), 1);
    ua_core_net(b.core, b.now, UA_NET_CHANGED);
    assert_int_equal(send_text(&b, "sip:bob@example.test", "b"), 0);
    kit_wait_ms(&b, UA_MESSAGE_WAIT_MS + 1);
    assert_int_equal(tells(&b), 2);
    assert_int_equal(count(&b, "MESSAGE "), 1);
    kit_finish(&b);
}

static void not_sent(void **state)
{
    char big[UA_MESSAGE_BODY_MAX + 2];
    struct kit b;

    (void)state;
    kit_register_well(&b);
    memset(big, 'x', sizeof(big));
    big[sizeof(big) - 1] = '\0';
    assert_int_equal(send_text(&b, "sip:bob@example.test", big), E_TOOBIG);
    assert_int_equal(send_text(&b, "sip:b@h;transport=ws", "x"), E_POLICY);
    assert_int_equal(send_text(&b, "bob", "x"), E_SYNTAX);
    big[UA_MESSAGE_BODY_MAX] = '\0'; /* the control */
    assert_int_equal(send_text(&b, "sip:bob@example.test", big), 0);
    assert_int_equal(count(&b, "MESSAGE "), 1);
    assert_int_equal(request(&b, "MESSAGE").body.n, UA_MESSAGE_BODY_MAX);
    kit_finish(&b);
}

/* One for bob's dialog if tag is given. */
static unsigned hear(struct kit *b, const char *method, const char *tag,
                     const char *lines, const char *body)
{
    static unsigned n = 10;
    char text[4096];

    n++;
    snprintf(text, sizeof(text),
             "%s sip:alice@192.0.2.7:40000 SIP/2.0\r\n"
             "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bKm%u\r\n"
             "From: \"Bob\" <sip:bob@example.test>;tag=bobs\r\n"
             "To: <sip:alice@example.test>%s%s\r\nCall-ID: %s\r\n"
             "CSeq: %u %s\r\nMax-Forwards: 70\r\n%s"
             "Content-Length: %zu\r\n\r\n%s",
             method, n, tag ? ";tag=" : "", tag ? tag : "",
             tag ? "c1" : "other", n, method, lines, strlen(body), body);
    kit_hear(b, text);
    return kit_last(b).status;
}

#define TEXT "Content-Type: text/plain\r\n"

static void received(void **state)
{
    struct kit b;
    char tag[64];

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    assert_int_equal(hear(&b, "MESSAGE", NULL, TEXT, "hi\nyou"), 200);
    assert_string_equal(b.body, "hi\nyou");
    assert_int_equal(hear(&b, "MESSAGE", tag, TEXT, "in the call"), 200);
    assert_string_equal(b.body, "in the call");
    assert_int_equal(kit_count_events(&b, SIPLOCK_EVENT_MESSAGE, 0), 2);
    assert_int_equal(hear(&b, "MESSAGE", NULL, "", "no type"), 415);
    assert_int_equal(
        hear(&b, "MESSAGE", NULL, TEXT "Content-Encoding: gzip\r\n", "x"),
        415);
    assert_int_equal(hear(&b, "MESSAGE", NULL, TEXT "Require: x\r\n", "x"),
                     420);
    assert_int_equal(hear(&b, "MESSAGE", "stranger", TEXT, "x"), 481);
    assert_int_equal(kit_count_events(&b, SIPLOCK_EVENT_MESSAGE, 0), 2);
    kit_finish(&b);
}

static void too_long(void **state)
{
    size_t n = UA_BODY_MAX + 1;
    char *text = malloc(n + 1024);
    struct kit b;
    int head;

    (void)state;
    kit_register_well(&b);
    head = snprintf(text, 1024,
                    "MESSAGE sip:alice@192.0.2.7 SIP/2.0\r\n"
                    "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bKbig\r\n"
                    "From: <sip:bob@example.test>;tag=b\r\n"
                    "To: <sip:alice@example.test>\r\nCall-ID: big\r\n"
                    "CSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\n" TEXT
                    "Content-Length: %zu\r\n\r\n",
                    n);
    memset(text + head, 'x', n);
    text[(size_t)head + n] = '\0';
    kit_hear(&b, text);
    assert_int_equal(kit_last(&b).status, 513);
    assert_int_equal(kit_count_events(&b, SIPLOCK_EVENT_MESSAGE, 0), 0);
    free(text);
    kit_finish(&b);
}

#define RELAY "Content-Type: application/dtmf-relay\r\n"

static void info(void **state)
{
    static const struct {
        const char *lines, *body;
        unsigned status;
        char digit;
        unsigned ms;
    } cases[] = {
        {RELAY, "Signal=5\r\nDuration=160\r\n", 200, '5', 160},
        {RELAY, "Signal= #\nDuration: 90", 200, '#', 90},
        {RELAY, "signal=10\r\n", 200, '*', 250},
        {"Content-Type: application/dtmf\r\n", "d\r\n", 200, 'D', 250},
        {"", "", 200, 0, 0},
        {RELAY, "Signal=55\r\n", 400, 0, 0},
        {RELAY, "Duration=160\r\n", 400, 0, 0},
        {RELAY, "Signal=x\r\n", 400, 0, 0},
        {"Content-Type: application/media_control+xml\r\n", "<a/>", 415, 0, 0},
        {"Info-Package: foo\r\nContent-Type: text/plain\r\n", "x", 469, 0, 0},
    };
    struct kit b;
    char tag[64];

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned before = kit_count_events(&b, SIPLOCK_EVENT_CALL_DTMF, 0);
        bool digit = cases[i].digit != 0;

        assert_int_equal(hear(&b, "INFO", tag, cases[i].lines, cases[i].body),
                         cases[i].status);
        assert_int_equal(kit_count_events(&b, SIPLOCK_EVENT_CALL_DTMF, 0),
                         before + digit);
        if (!digit)
            continue;
        assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_CALL_DTMF)->digit,
                         cases[i].digit);
        assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_CALL_DTMF)->digit_ms,
                         cases[i].ms);
    }
    assert_non_null(strstr(b.sent[b.sents - 1], "\r\nRecv-Info:"));
    assert_int_equal(hear(&b, "INFO", NULL, RELAY, "Signal=5\r\n"), 481);
    kit_finish(&b);
}

/* We notify of nothing but transfers. */
static void subscribed_to(void **state)
{
    static const char lines[] =
        "Event: presence\r\nContact: <sip:bob@192.0.2.9>\r\n";
    struct kit b;
    char tag[64];

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    assert_int_equal(hear(&b, "SUBSCRIBE", NULL, lines, ""), 489);
    assert_non_null(strstr(b.sent[b.sents - 1], "\r\nAllow-Events: refer\r"));
    assert_int_equal(hear(&b, "SUBSCRIBE", tag, lines, ""), 489);
    kit_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sent_and_answered),
        cmocka_unit_test(with_and_without_a_flow),
        cmocka_unit_test(not_sent),
        cmocka_unit_test(received),
        cmocka_unit_test(too_long),
        cmocka_unit_test(info),
        cmocka_unit_test(subscribed_to),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua_message", tests, NULL, NULL);
}
