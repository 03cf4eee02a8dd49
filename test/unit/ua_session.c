/* SPDX-License-Identifier: Apache-2.0 */
/* Session-ID (RFC 7989): whose halves are in which message. */
#include "test/unit/transfer_kit.h"
#include "ua/message.h"
#include "ua/sub.h"

#define BOB "ab30317f1a784dc48ff824d0d3715d86"
#define CAROL "47755a9de7794ba387653f2099600ef2"
#define NIL "00000000000000000000000000000000"
#define SAYS(who) "Session-ID: " who ";remote=" NIL "\r\n"

struct halves {
    char ours[33], theirs[33];
};

static bool has(struct sip_msg msg)
{
    return sip_msg_hdr(&msg, SIP_HDR_SESSION_ID, NULL) != NULL;
}

static struct halves of(struct sip_msg msg)
{
    const struct sip_hdr *h = sip_msg_hdr(&msg, SIP_HDR_SESSION_ID, NULL);
    struct halves x = {{0}, {0}};

    assert_non_null(h);
    assert_int_equal(h->value.n, 72);
    memcpy(x.ours, h->value.p, 32);
    assert_memory_equal(h->value.p + 32, ";remote=", 8);
    memcpy(x.theirs, h->value.p + 40, 32);
    return x;
}

static void assert_halves(struct sip_msg msg, const char *ours,
                          const char *theirs)
{
    struct halves x = of(msg);

    assert_string_equal(x.ours, ours);
    assert_string_equal(x.theirs, theirs);
}

/* Each fork has its own half; ACK, PRACK and BYE go by that of their leg. */
static void each_fork_has_its_own(void **state)
{
    static struct kit b;
    struct halves first;

    (void)state;
    kit_register_well(&b);
    kit_call(&b, "sip:bob@example.test");
    first = of(our_invite(&b));
    assert_string_equal(first.theirs, NIL);
    hear_response(&b, "180 Ringing", "b1",
                  "Require: 100rel\r\nRSeq: 1\r\n" SAYS(BOB), NULL);
    assert_halves(sent(&b, 0), first.ours, BOB);
    hear_response(&b, "180 Ringing", "b2",
                  "Require: 100rel\r\nRSeq: 1\r\n" SAYS(CAROL), NULL);
    assert_halves(sent(&b, 0), first.ours, CAROL);
    hear_response(&b, "180 Ringing", "b1", "Require: 100rel\r\nRSeq: 2\r\n",
                  NULL);
    assert_halves(sent(&b, 0), first.ours, BOB);
    hear_response(&b, "200 OK", "b2", "", good_answer(&b));
    assert_int_equal(sent(&b, 0).method, SIP_ACK);
    assert_halves(sent(&b, 0), first.ours, CAROL);
    hear_response(&b, "200 OK", "b1", "", good_answer(&b));
    assert_int_equal(sent(&b, 0).method, SIP_BYE);
    assert_halves(sent(&b, 0), first.ours, BOB);
    kit_finish(&b);
}

/* 6: the very one of the INVITE, whatever was heard since. */
static void cancel_has_that_of_the_invite(void **state)
{
    static struct kit b;

    (void)state;
    kit_register_well(&b);
    kit_call(&b, "sip:bob@example.test");
    hear_response(&b, "180 Ringing", "b1", SAYS(BOB), NULL);
    kit_wish(&b, UA_WISH_HANGUP, 0);
    assert_int_equal(sent(&b, 0).method, SIP_CANCEL);
    assert_halves(sent(&b, 0), of(our_invite(&b)).ours, NIL);
    hear_response(&b, "487 Terminated", "b1", SAYS(BOB), NULL);
    assert_int_equal(sent(&b, 0).method, SIP_ACK);
    assert_string_equal(of(sent(&b, 0)).theirs, BOB);
    kit_finish(&b);
}

/* Ours stays where somebody else is called; theirs does not go with it. */
static void others_are_called(void **state)
{
    static struct kit b;
    struct halves first;
    char tag[64];

    (void)state;
    kit_register_well(&b);
    kit_call_with(&b, "sip:bob@example.test",
                  &(struct ua_terms){.follow = true});
    first = of(our_invite(&b));
    hear_response(&b, "302 Moved", NULL,
                  "Contact: <sip:carol@example.test>\r\n" SAYS(BOB), NULL);
    assert_true(
        slice_eq(our_invite(&b).uri.text, S("sip:carol@example.test")));
    assert_halves(our_invite(&b), first.ours, NIL);
    kit_finish(&b);
    answered_call(&b, tag, sizeof(tag)); /* a transfer */
    refer(&b, tag, 2, "Refer-To: <sip:carol@example.test>\r\n" SAYS(BOB));
    first = of(request(&b, "NOTIFY"));
    assert_string_equal(first.theirs, BOB);
    answer(&b, "NOTIFY", "200 OK", "");
    assert_int_equal(
        wish(&b, b.call, &(struct ua_wish){.kind = UA_WISH_FOLLOW}), 0);
    assert_halves(our_invite(&b), first.ours, NIL);
    kit_finish(&b);
}

/* What is answered in a call is of its session, whoever asks. */
static void answers_in_a_call(void **state)
{
    static struct kit b;
    struct halves first;
    char tag[64];

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    first = of(sent(&b, 0)); /* our 200 */
    assert_string_equal(first.theirs, NIL);
    hear_request(&b, &(struct call_request){"OPTIONS", "z9hG4bKo", tag, 2,
                                            SAYS(BOB), NULL});
    assert_halves(sent(&b, 0), first.ours, BOB);
    hear_request(
        &b, &(struct call_request){"UPDATE", "z9hG4bKu", tag, 3, "", NULL});
    assert_halves(sent(&b, 0), first.ours, BOB);
    hear_request(&b, &(struct call_request){"BYE", "z9hG4bKb", tag, 4,
                                            SAYS(CAROL), NULL});
    assert_halves(sent(&b, 0), first.ours, CAROL);
    kit_finish(&b);
}

static void without_a_call(struct kit *b, const char *method,
                           const char *lines)
{
    static unsigned n;
    char text[1024];

    n++;
    snprintf(text, sizeof(text),
             "%s sip:alice@192.0.2.7:40000 SIP/2.0\r\n"
             "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bKs%u\r\n"
             "From: <sip:bob@example.test>;tag=bobs%u\r\n"
             "To: <sip:alice@example.test>\r\nCall-ID: s%u\r\n"
             "CSeq: 1 %s\r\nMax-Forwards: 70\r\n%sContent-Length: 0\r\n\r\n",
             method, n, n, n, method, lines);
    kit_hear(b, text);
    assert_true(sent(b, 0).status >= 200);
}

/* One of its own, for those who speak of sessions; for others none. */
static void answers_without_a_call(void **state)
{
    static const char *const methods[] = {"OPTIONS", "MESSAGE", "INFO"};
    static struct kit b;
    struct halves last = {{0}, {0}};

    (void)state;
    kit_register_well(&b);
    for (unsigned i = 0; i < b.sents; i++) /* a registration is no session */
        assert_null(strstr(b.sent[i], "Session-ID"));
    for (int i = 0; i < 3; i++) {
        without_a_call(&b, methods[i], SAYS(BOB));
        assert_string_equal(of(sent(&b, 0)).theirs, BOB);
        assert_string_not_equal(of(sent(&b, 0)).ours, last.ours);
        last = of(sent(&b, 0));
        without_a_call(&b, methods[i], "");
        assert_false(has(sent(&b, 0)));
    }
    without_a_call(&b, "OPTIONS", "Session-ID: NO;remote=" NIL "\r\n");
    assert_string_equal(of(sent(&b, 0)).theirs, NIL);
    kit_finish(&b);
}

/* A message is a session, and so is a subscription with its notifier. */
static void messages_and_subscriptions(void **state)
{
    static struct kit b;
    const struct ua_message_ask message = {.account = KIT_ACCOUNT,
                                           .target = S("sip:bob@example.test"),
                                           .type = S("text/plain"),
                                           .body = S("hello")};
    const struct ua_sub_ask sub = {
        .account = KIT_ACCOUNT, .package = S("dialog"), .expires = 600};
    struct ua_message_ask m = message;
    struct ua_sub_ask s = sub;
    enum policy_why why;
    struct halves first;
    struct sip_msg msg;
    char text[1024];

    (void)state;
    kit_register_well(&b);
    m.id = kit_id(&b);
    assert_int_equal(ua_core_message(b.core, b.now, &m, &why), 0);
    kit_pull(&b);
    first = of(request(&b, "MESSAGE"));
    assert_string_equal(first.theirs, NIL);
    answer(&b, "MESSAGE", "401 Unauthorized",
           CHALLENGE("example.test", "n2",
                     ",algorithm=SHA-256,qop=\"auth\",stale=true"));
    assert_halves(request(&b, "MESSAGE"), first.ours, NIL);
    s.id = kit_id(&b);
    assert_int_equal(ua_core_subscribe(b.core, b.now, &s, &why), 0);
    kit_pull(&b);
    msg = request(&b, "SUBSCRIBE");
    first = of(msg);
    assert_string_equal(first.theirs, NIL);
    snprintf(text, sizeof(text),
             "NOTIFY sip:alice@192.0.2.7:40000 SIP/2.0\r\n"
             "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bKn1\r\n"
             "From: <sip:alice@example.test>;tag=n1\r\nTo: %.*s\r\n"
             "Call-ID: %.*s\r\nCSeq: 1 NOTIFY\r\nMax-Forwards: 70\r\n"
             "Contact: <sip:d@192.0.2.9>\r\nEvent: dialog\r\n"
             "Subscription-State: active;expires=600\r\n" SAYS(
                 BOB) "Content-Length: 0\r\n\r\n",
             (int)msg.from.text.n, msg.from.text.p, (int)msg.call_id.n,
             msg.call_id.p);
    kit_hear(&b, text);
    assert_int_equal(sent(&b, 0).status, 200);
    assert_halves(sent(&b, 0), first.ours, BOB);
    assert_int_equal(ua_core_unsubscribe(b.core, b.now, s.id), 0);
    kit_pull(&b);
    assert_halves(request(&b, "SUBSCRIBE"), first.ours, BOB);
    kit_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fork_has_its_own),
        cmocka_unit_test(cancel_has_that_of_the_invite),
        cmocka_unit_test(others_are_called),
        cmocka_unit_test(answers_in_a_call),
        cmocka_unit_test(answers_without_a_call),
        cmocka_unit_test(messages_and_subscriptions),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua_session", tests, NULL, NULL);
}
