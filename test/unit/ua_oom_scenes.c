/* SPDX-License-Identifier: Apache-2.0 */
/* Scripted scenes while each allocation fails in turn: all of it ends. */
#include "test/unit/transfer_kit.h"
#include "ua/message.h"
#include "ua/reference.h"
#include "ua/sub.h"

enum { ROUNDS_MAX = 5000, STEP_MS = 2000, STEPS = 150 };

#define REL(n) "Require: 100rel\r\nRSeq: " n "\r\n"
#define NO_UPDATE "Allow: INVITE, ACK, CANCEL, BYE, PRACK\r\n"
#define UPDATE "Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE\r\n"
#define CAROL "Refer-To: <sip:carol@example.test>\r\n"

/* ---------------------------------------------------------------- hearing */

/* What was to be sent may be missing, or the flow be gone: then nothing is
 * heard, and the scene goes on as it can. */
static bool sent_any(const struct kit *b, const char *method)
{
    char start[16];

    snprintf(start, sizeof(start), "%s ", method);
    return b->up && count(b, start) > 0;
}

static void reply(struct kit *b, const char *method, const char *status,
                  const char *lines, const char *body)
{
    struct sip_msg msg;
    char text[4096];
    size_t n = body ? strlen(body) : 0;

    if (!sent_any(b, method))
        return;
    msg = request(b, method);
    snprintf(text, sizeof(text),
             "SIP/2.0 %s\r\nVia: %.*s\r\nFrom: %.*s\r\nTo: %.*s\r\n"
             "Call-ID: %.*s\r\nCSeq: %u %s\r\n%s%sContent-Length: %zu\r\n"
             "\r\n%s",
             status, (int)msg.via->text.n, msg.via->text.p,
             (int)msg.from.text.n, msg.from.text.p, (int)msg.to.text.n,
             msg.to.text.p, (int)msg.call_id.n, msg.call_id.p, msg.cseq.num,
             method, lines, n ? "Content-Type: application/sdp\r\n" : "", n,
             n ? body : "");
    kit_hear(b, text);
}

/* To our INVITE, from bob with that tag. answer: with a description. */
static void invited(struct kit *b, const char *status, const char *tag,
                    const char *lines, bool answer)
{
    if (!sent_any(b, "INVITE"))
        return;
    hear_response(b, status, tag, lines,
                  answer && our_invite(b).body.n ? good_answer(b) : NULL);
}

/* bob's request in the dialog of the call in. */
static void ask_in(struct kit *b, const char *method, unsigned cseq,
                   const char *lines, const char *body)
{
    char tag[64] = "none", branch[32];

    for (unsigned i = 0; b->up && i < b->sents; i++)
        if (strncmp(b->sent[i], "SIP/2.0 ", 8) == 0 &&
            strstr(b->sent[i], "Call-ID: c1\r\n") &&
            sent(b, b->sents - 1 - i).to.tag.n)
            snprintf(tag, sizeof(tag), "%.*s",
                     (int)sent(b, b->sents - 1 - i).to.tag.n,
                     sent(b, b->sents - 1 - i).to.tag.p);
    if (!b->up)
        return;
    snprintf(branch, sizeof(branch), "z9hG4bK%s%u", method, cseq);
    hear_request(b, &(struct call_request){.method = method,
                                           .branch = branch,
                                           .to_tag = tag,
                                           .cseq = cseq,
                                           .more = lines,
                                           .body = body});
}

static void call_in(struct kit *b, const char *lines)
{
    if (b->up)
        hear_request(b, &(struct call_request){.method = "INVITE",
                                               .branch = "z9hG4bKi1",
                                               .cseq = 1,
                                               .more = lines,
                                               .body = SDP_OFFER});
}

static void call_out(struct kit *b, const struct ua_terms *terms)
{
    struct sip_uri uri;
    enum policy_why why;

    b->call = kit_id(b);
    assert_int_equal(sip_uri_parse(&uri, S("sip:bob@example.test"), NULL), 0);
    if (ua_core_call_start(
            b->core, b->now,
            &(struct ua_dial){b->call, KIT_ACCOUNT, &uri, terms}, &why))
        idtab_remove(&b->ids, b->call); /* as the driver does, which tells */
    kit_pull(b);
}

static void want(struct kit *b, int kind)
{
    (void)kit_wish(b, kind, 0);
}

/* ----------------------------------------------------------------- scenes */

static void prack_out(struct kit *b)
{
    call_out(b, NULL);
    invited(b, "180 Ringing", "b1", REL("1"), false);
    reply(b, "PRACK", "200 OK", "", NULL);
    want(b, UA_WISH_HOLD);
    invited(b, "183 Progress", "b1", REL("2") NO_UPDATE, true);
    reply(b, "PRACK", "200 OK", "",
          sent_any(b, "INVITE") ? good_answer(b) : NULL);
    invited(b, "183 Progress", "b2", REL("7"), true);
    reply(b, "PRACK", "200 OK", "", NULL);
    invited(b, "200 OK", "b1", NO_UPDATE, false);
    want(b, UA_WISH_RESUME);
    invited(b, "183 Progress", NULL, REL("9"), true);
    reply(b, "PRACK", "200 OK", "", NULL);
    invited(b, "488 No", NULL, "", false);
    invited(b, "200 OK", NULL, "", true);
}

static void prack_in(struct kit *b)
{
    char rack[64];

    call_in(b, "Require: 100rel\r\n");
    want(b, UA_WISH_EARLY);
    for (unsigned i = 0; i < b->sents; i++)
        if (sent(b, i).has & SIP_HAS_RSEQ) {
            snprintf(rack, sizeof(rack), "RAck: %u 1 INVITE\r\n",
                     sent(b, i).rseq);
            ask_in(b, "PRACK", 2, rack, SDP_OFFER);
            break;
        }
    want(b, UA_WISH_ANSWER);
    ask_in(b, "ACK", 1, "", NULL);
}

static void update_both(struct kit *b)
{
    call_out(b, &(struct ua_terms){.update = true});
    invited(b, "183 Progress", "b1", REL("1") UPDATE, true);
    reply(b, "PRACK", "200 OK", "", NULL);
    want(b, UA_WISH_HOLD);
    reply(b, "UPDATE", "200 OK", "",
          sent_any(b, "INVITE") ? good_answer(b) : NULL);
    invited(b, "200 OK", "b1", UPDATE, false);
    want(b, UA_WISH_RESUME);
    reply(b, "UPDATE", "491 Pending", "", NULL);
    wait_alive(b, 4100);
    reply(b, "UPDATE", "200 OK", "",
          sent_any(b, "INVITE") ? good_answer(b) : NULL);
}

static void redirected(struct kit *b)
{
    call_out(b, &(struct ua_terms){.follow = true});
    invited(b, "302 Moved", NULL,
            "Contact: <sip:carol@example.test>;q=0.9, "
            "<sip:dave@example.test>;q=0.1, <sip:x@h.test;transport=udp>\r\n",
            false);
    invited(b, "486 Busy", NULL, "", false);
    invited(b, "200 OK", "d1", "", true);
}

static void notified(struct kit *b, const char *state, const char *body)
{
    char lines[256];

    snprintf(lines, sizeof(lines),
             "Event: refer\r\nSubscription-State: %s\r\n"
             "Content-Type: message/sipfrag\r\n",
             state);
    ask_in(b, "NOTIFY", 7, lines, body);
}

static void refer_out(struct kit *b)
{
    call_in(b, "");
    want(b, UA_WISH_ANSWER);
    ask_in(b, "ACK", 1, "", NULL);
    (void)transfer(b, b->call, "sip:carol@example.test", 0);
    reply(b, "REFER", "200 OK", "", NULL);
    notified(b, "terminated;reason=noresource", "SIP/2.0 200 OK\r\n");
}

static void refer_in(struct kit *b)
{
    uint64_t old;

    call_in(b, "");
    want(b, UA_WISH_ANSWER);
    ask_in(b, "ACK", 1, "", NULL);
    old = b->call;
    ask_in(b, "REFER", 2, CAROL "Referred-By: <sip:bob@example.test>\r\n",
           NULL);
    reply(b, "NOTIFY", "200 OK", "", NULL);
    (void)wish(b, old, &(struct ua_wish){.kind = UA_WISH_FOLLOW});
    invited(b, "180 Ringing", "c1", "", false);
    reply(b, "NOTIFY", "200 OK", "", NULL);
    invited(b, "200 OK", "c1", "", true);
    reply(b, "NOTIFY", "200 OK", "", NULL);
}

/* A NOTIFY to what the last such request goes by. */
static void news(struct kit *b, const char *method, const char *lines,
                 unsigned cseq, const char *body)
{
    struct sip_msg msg;
    char text[2048];

    if (!sent_any(b, method))
        return;
    msg = request(b, method);
    snprintf(text, sizeof(text),
             "NOTIFY sip:alice@192.0.2.7:40000 SIP/2.0\r\n"
             "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bKn%u%u\r\n"
             "From: <sip:bob@example.test>;tag=n%u\r\n"
             "To: <sip:alice@example.test>;tag=%.*s\r\nCall-ID: %.*s\r\n"
             "CSeq: %u NOTIFY\r\nMax-Forwards: 70\r\n"
             "Contact: <sip:bob@192.0.2.9:5061>\r\n%s"
             "Content-Length: %zu\r\n\r\n%s",
             b->sents, cseq, cseq, (int)msg.from.tag.n, msg.from.tag.p,
             (int)msg.call_id.n, msg.call_id.p, cseq, lines, strlen(body),
             body);
    kit_hear(b, text);
}

#define FRAGMENT(state)                          \
    "Event: refer\r\nSubscription-State: " state \
    "\r\nContent-Type: message/sipfrag\r\n"

static void reference_out(struct kit *b)
{
    struct ua_reference_ask ask = {.account = KIT_ACCOUNT,
                                   .at = S("sip:desk@example.test"),
                                   .target = S("sip:carol@example.test")};
    enum policy_why why;

    ask.id = kit_id(b);
    if (ua_core_refer(b->core, b->now, &ask, &why))
        idtab_remove(&b->ids, ask.id);
    kit_pull(b);
    reply(b, "REFER", "200 OK", "", NULL);
    news(b, "REFER", FRAGMENT("active;expires=60"), 1, "SIP/2.0 100 Trying");
    news(b, "REFER", FRAGMENT("terminated;reason=noresource"), 1,
         "SIP/2.0 200 OK");
}

static void reference_in(struct kit *b)
{
    if (b->up)
        kit_hear(b, "REFER sip:alice@192.0.2.7:40000 SIP/2.0\r\n"
                    "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bKr\r\n"
                    "From: <sip:bob@example.test>;tag=bobr\r\n"
                    "To: <sip:alice@example.test>\r\nCall-ID: r1\r\n"
                    "CSeq: 5 REFER\r\nMax-Forwards: 70\r\n"
                    "Contact: <sip:bob@192.0.2.9:5061>\r\n" CAROL
                    "Content-Length: 0\r\n\r\n");
    reply(b, "NOTIFY", "200 OK", "", NULL);
    (void)ua_core_reference_decide(b->core, b->now, b->reference, true);
    kit_pull(b);
    invited(b, "180 Ringing", "c1", "", false);
    reply(b, "NOTIFY", "200 OK", "", NULL);
    invited(b, "200 OK", "c1", "", true);
    reply(b, "NOTIFY", "200 OK", "", NULL);
}

#define STATE(s) "Event: message-summary\r\nSubscription-State: " s "\r\n"

static void subscribed(struct kit *b)
{
    struct ua_sub_ask ask = {.account = KIT_ACCOUNT,
                             .package = S("message-summary"),
                             .expires = 600};
    enum policy_why why;

    ask.id = kit_id(b);
    if (ua_core_subscribe(b->core, b->now, &ask, &why))
        idtab_remove(&b->ids, ask.id);
    kit_pull(b);
    reply(b, "SUBSCRIBE", "200 OK", "Expires: 600\r\n", NULL);
    news(b, "SUBSCRIBE", STATE("active;expires=600"), 1, "x");
    news(b, "SUBSCRIBE", STATE("active;expires=600"), 2, "y");
    news(b, "SUBSCRIBE", STATE("terminated;reason=deactivated"), 1, "");
    wait_alive(b, 2000);
    (void)ua_core_unsubscribe(b->core, b->now, ask.id);
    kit_pull(b);
}

static void messages(struct kit *b)
{
    struct ua_message_ask ask = {.account = KIT_ACCOUNT,
                                 .target = S("sip:bob@example.test"),
                                 .type = S("text/plain"),
                                 .body = S("hello")};
    enum policy_why why;

    ask.id = kit_id(b);
    if (ua_core_message(b->core, b->now, &ask, &why))
        idtab_remove(&b->ids, ask.id);
    kit_pull(b);
    reply(b, "MESSAGE", "200 OK", "", NULL);
}

/* ----------------------------------------------------------------- rounds */

static void begin(struct kit *b)
{
    kit_register_as(
        b, &(struct siplock_account_config){.refers = SIPLOCK_REFERS_ASKED});
}

/* The account goes; the edge answers what it is asked, or is silent. */
static void wind_down(struct kit *b)
{
    unsigned answered = b->sents;

    (void)ua_core_account_remove(b->core, b->now, KIT_ACCOUNT);
    kit_pull(b);
    for (int i = 0; i < STEPS && !b->forgets; i++) {
        if (!b->up) {
            kit_up(b);
            kit_pull(b);
        }
        for (; answered < b->sents; answered++)
            if (strncmp(b->sent[answered], "REGISTER ", 9) == 0)
                kit_answer_to(b, answered, "200 OK", "");
        wait_alive(b, STEP_MS);
    }
}

static void check(struct kit *b, const char *name, long nth)
{
    struct ua_counts n = ua_core_counts(b->core);

    if (b->forgets != 1 || n.calls || n.subs || n.messages || n.references ||
        n.txns || b->ids.live)
        fail_msg("%s, allocation %ld: %u forgotten, %u calls, %u "
                 "subscriptions, %u messages, %u references, %u "
                 "transactions, %u ids are left",
                 name, nth, b->forgets, n.calls, n.subs, n.messages,
                 n.references, n.txns, b->ids.live);
}

/* What has to be sent in the round in which nothing fails. */
struct scene {
    const char *name;
    void (*play)(struct kit *b);
    const char *method;
    unsigned n;
};

static void rounds(const struct scene *s, int flags)
{
    static struct kit b;
    long nth = 0;
    bool fired = true;

    for (; fired; nth++) {
        assert_true(nth < ROUNDS_MAX);
        begin(&b);
        oom_arm(&b.mem, nth, flags);
        s->play(&b);
        fired = b.mem.fired;
        oom_arm(&b.mem, -1, 0);
        if (!fired)
            assert_int_equal(count(&b, s->method), s->n);
        wind_down(&b);
        check(&b, s->name, nth);
        kit_finish(&b);
    }
    printf("%s%s: %ld rounds\n", s->name,
           flags & OOM_PERSISTENT ? ", for good" : "", nth);
}

#define SCENE(name, method, n)                                        \
    static void name##_without(void **state)                          \
    {                                                                 \
        static const struct scene scene = {#name, name, method, (n)}; \
                                                                      \
        (void)state;                                                  \
        rounds(&scene, 0);                                            \
        rounds(&scene, OOM_PERSISTENT);                               \
    }

SCENE(prack_out, "PRACK ", 4)
SCENE(prack_in, "SIP/2.0 200 ", 2)
SCENE(update_both, "UPDATE ", 3)
SCENE(redirected, "INVITE ", 3)
SCENE(refer_out, "BYE ", 1)
SCENE(refer_in, "NOTIFY ", 3)
SCENE(reference_out, "SIP/2.0 200 ", 2)
SCENE(reference_in, "NOTIFY ", 3)
SCENE(subscribed, "SUBSCRIBE ", 3)
SCENE(messages, "MESSAGE ", 1)

int main(int n, char **word)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prack_out_without),
        cmocka_unit_test(prack_in_without),
        cmocka_unit_test(update_both_without),
        cmocka_unit_test(redirected_without),
        cmocka_unit_test(refer_out_without),
        cmocka_unit_test(refer_in_without),
        cmocka_unit_test(reference_out_without),
        cmocka_unit_test(reference_in_without),
        cmocka_unit_test(subscribed_without),
        cmocka_unit_test(messages_without),
    };

    if (tls_crypto_init())
        return 1;
    if (n > 1)
        cmocka_set_test_filter(word[1]);
    return cmocka_run_group_tests_name("ua_oom_scenes", tests, NULL, NULL);
}
