/* SPDX-License-Identifier: Apache-2.0 */
/* REFERs that belong to no call: sent, received, refused, about a call. */
#include "test/unit/transfer_kit.h"
#include "ua/reference.h"

#define TO_CAROL "Refer-To: <sip:carol@example.test>\r\n"
#define ASSERTED(uri) "P-Asserted-Identity: <" uri ">\r\n"

/* ------------------------------------------------------------- we send it */

static int ask(struct kit *b, const struct ua_reference_ask *changes)
{
    struct ua_reference_ask a = *changes;
    enum policy_why why;
    int err;

    a.id = kit_id(b);
    a.account = KIT_ACCOUNT;
    if (!a.target.n)
        a.target = S("sip:carol@example.test");
    if (!a.at.n && !a.call)
        a.at = S("sip:desk@example.test");
    err = ua_core_refer(b->core, b->now, &a, &why);
    if (err)
        idtab_remove(&b->ids, a.id);
    kit_pull(b);
    return err;
}

/* A NOTIFY to what the last REFER goes by. */
struct note {
    const char *tag; /* of who notifies */
    unsigned cseq;
    const char *state, *body;
};

static unsigned hear_notify(struct kit *b, const struct note *n)
{
    struct sip_msg msg = request(b, "REFER");
    char text[2048];

    snprintf(text, sizeof(text),
             "NOTIFY sip:alice@192.0.2.7:40000 SIP/2.0\r\n"
             "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bKn%s%u\r\n"
             "From: <sip:desk@example.test>;tag=%s\r\n"
             "To: <sip:alice@example.test>;tag=%.*s\r\nCall-ID: %.*s\r\n"
             "CSeq: %u NOTIFY\r\nMax-Forwards: 70\r\n"
             "Contact: <sip:desk@192.0.2.9:5061>\r\n"
             "Event: refer\r\nSubscription-State: %s\r\n"
             "Content-Type: message/sipfrag\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             n->tag, n->cseq, n->tag, (int)msg.from.tag.n, msg.from.tag.p,
             (int)msg.call_id.n, msg.call_id.p, n->cseq, n->state,
             strlen(n->body), n->body);
    kit_hear(b, text);
    return last_status(b);
}

static void gone(struct kit *b)
{
    assert_int_equal(ua_core_counts(b->core).references, 0);
    assert_int_equal(b->ids.live, 0);
    kit_finish(b);
}

static void a_desk_phone_dials(void **state)
{
    static struct kit b;
    struct sip_msg msg;

    (void)state;
    kit_register_well(&b);
    assert_int_equal(ask(&b, &(struct ua_reference_ask){0}), 0);
    msg = request(&b, "REFER");
    assert_true(slice_eq(msg.uri.text, S("sip:desk@example.test")));
    assert_int_equal(msg.to.tag.n, 0);
    assert_non_null(msg.contact);
    assert_string_equal(named(&b, &msg, SIP_HDR_REFER_TO),
                        "<sip:carol@example.test>");
    assert_string_equal(named(&b, &msg, SIP_HDR_REFER_SUB), "");
    answer(&b, "REFER", "200 OK", "");
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_ACCEPTED), 1);
    assert_int_equal(
        hear_notify(&b, &(struct note){"d1", 1, "active;expires=60",
                                       "SIP/2.0 100 Trying\r\n"}),
        200);
    /* Another phone of the same user, that was asked too; one that cannot be
     * read; one that comes again. */
    assert_int_equal(hear_notify(&b, &(struct note){"d2", 1, "active",
                                                    "SIP/2.0 200 OK\r\n"}),
                     481);
    assert_int_equal(hear_notify(&b, &(struct note){"d1", 3, "active", "no"}),
                     400);
    assert_int_equal(hear_notify(&b, &(struct note){"d1", 1, "active",
                                                    "SIP/2.0 200 OK\r\n"}),
                     500);
    assert_int_equal(
        hear_notify(&b, &(struct note){"d1", 4, "terminated;reason=noresource",
                                       "SIP/2.0 200 OK\r\n"}),
        200);
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_DONE), 1);
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_UNKNOWN), 0);
    assert_int_equal(hear_notify(&b, &(struct note){"d1", 5, "terminated",
                                                    "SIP/2.0 200 OK\r\n"}),
                     481);
    gone(&b);
}

/* What else comes of it; each ends the id with one last event. */
static void outcomes(void **state)
{
    static struct kit b;

    (void)state;
    kit_register_well(&b); /* RFC 4488 */
    assert_int_equal(ask(&b, &(struct ua_reference_ask){.quiet = true}), 0);
    assert_non_null(
        strstr(request(&b, "REFER").bytes.p, "\r\nRefer-Sub: false\r\n"));
    answer(&b, "REFER", "200 OK", "Refer-Sub: false\r\n");
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_UNKNOWN), 1);
    assert_int_equal(ask(&b, &(struct ua_reference_ask){0}), 0);
    answer(&b, "REFER", "603 Decline", "");
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_FAILED), 1);
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_TRANSFER)->status, 603);
    assert_int_equal(ask(&b, &(struct ua_reference_ask){0}), 0);
    answer(&b, "REFER", "202 Accepted", ""); /* of those that are older */
    (void)hear_notify(&b, &(struct note){"d1", 1, "terminated",
                                         "SIP/2.0 486 Busy Here\r\n"});
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_FAILED), 2);
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_TRANSFER)->status, 486);
    assert_int_equal(ask(&b, &(struct ua_reference_ask){0}), 0);
    kit_wait_ms(&b, 33000); /* F */
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_FAILED), 3);
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_TRANSFER)->status, 408);
    assert_int_equal(ask(&b, &(struct ua_reference_ask){0}), 0);
    answer(&b, "REFER", "200 OK", "");
    (void)hear_notify(&b, &(struct note){"d1", 1, "active;expires=5",
                                         "SIP/2.0 100 Trying\r\n"});
    wait_alive(&b, 6000);
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_UNKNOWN), 2);
    assert_int_equal(ask(&b,
                         &(struct ua_reference_ask){
                             .at = S("sip:desk@example.test;transport=udp")}),
                     E_POLICY);
    assert_int_equal(ask(&b, &(struct ua_reference_ask){.call = 77}), E_STATE);
    gone(&b);
}

static void challenged(void **state)
{
    static struct kit b;

    (void)state;
    kit_register_well(&b);
    assert_int_equal(ask(&b, &(struct ua_reference_ask){0}), 0);
    answer(&b, "REFER", "401 Unauthorized",
           CHALLENGE("example.test", "n2",
                     ",algorithm=SHA-256,qop=\"auth\",stale=true"));
    assert_int_equal(count(&b, "REFER "), 2);
    assert_int_equal(request(&b, "REFER").cseq.num, 2);
    assert_non_null(request(&b, "REFER").credentials);
    answer(&b, "REFER", "200 OK", "Refer-Sub: false\r\n");
    gone(&b);
}

/* It waits for the flow, not for ever; what is lost with one has failed. */
static void flows(void **state)
{
    static struct kit b;

    (void)state;
    kit_register_well(&b);
    ua_core_net(b.core, b.now, UA_NET_CHANGED);
    kit_pull(&b);
    assert_int_equal(ask(&b, &(struct ua_reference_ask){0}), 0);
    assert_int_equal(count(&b, "REFER "), 0);
    kit_up(&b);
    kit_pull(&b);
    assert_int_equal(count(&b, "REFER "), 1);
    ua_core_net(b.core, b.now, UA_NET_CHANGED);
    kit_pull(&b);
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_FAILED), 1);
    assert_int_equal(ask(&b, &(struct ua_reference_ask){0}), 0);
    kit_wait_ms(&b, UA_REFERENCE_WAIT_MS);
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_FAILED), 2);
    assert_int_equal(ask(&b, &(struct ua_reference_ask){0}), 0);
    assert_int_equal(ua_core_account_remove(b.core, b.now, KIT_ACCOUNT), 0);
    kit_pull(&b);
    kit_up(&b);
    kit_pull(&b);
    kit_wait_ms(&b, 33000);
    assert_int_equal(b.ids.live, 0);
    kit_finish(&b);
}

static void no_more_than_that(void **state)
{
    static struct kit b;

    (void)state;
    kit_register_well(&b);
    for (int i = 0; i < UA_REFERENCES_OF_ACCOUNT; i++)
        assert_int_equal(ask(&b, &(struct ua_reference_ask){0}), 0);
    assert_int_equal(ask(&b, &(struct ua_reference_ask){0}), E_FULL);
    answer(&b, "REFER", "603 Decline", "");
    assert_int_equal(ask(&b, &(struct ua_reference_ask){0}), 0);
    kit_finish(&b);
}

/* ---------------------------------------------------------- about a call */

/* Bob's Contact becomes a GRUU (RFC 7647 4). */
static void bob_gets_a_gruu(struct kit *b, const char *tag)
{
    char text[1024];

    snprintf(text, sizeof(text),
             "UPDATE sip:alice@192.0.2.7:40000 SIP/2.0\r\n"
             "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bKg1\r\n"
             "From: <sip:bob@example.test>;tag=bobs\r\n"
             "To: <sip:alice@example.test>;tag=%s\r\nCall-ID: c1\r\n"
             "CSeq: 2 UPDATE\r\nMax-Forwards: 70\r\n"
             "Contact: <sip:bob@example.test;gr=urn:uuid:1>\r\n"
             "Content-Length: 0\r\n\r\n",
             tag);
    kit_hear(b, text);
    assert_int_equal(last_status(b), 200);
}

static void in_a_call_with_a_gruu(void **state)
{
    static struct kit b;
    struct sip_msg msg;
    char tag[64], want[256];

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    bob_gets_a_gruu(&b, tag);
    assert_int_equal(transfer(&b, b.call, "sip:carol@example.test", 0), 0);
    msg = request(&b, "REFER");
    assert_int_equal(msg.to.tag.n, 0);
    assert_true(
        slice_eq(msg.uri.text, S("sip:bob@example.test;gr=urn:uuid:1")));
    snprintf(want, sizeof(want), "c1;local-tag=bobs;remote-tag=%s", tag);
    assert_string_equal(named(&b, &msg, SIP_HDR_TARGET_DIALOG), want);
    answer(&b, "REFER", "200 OK", "");
    assert_int_equal(
        hear_notify(&b, &(struct note){"d1", 1, "terminated",
                                       "SIP/2.0 486 Busy Here\r\n"}),
        200);
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_FAILED), 1);
    /* One that does not know it so is asked in the dialog. */
    assert_int_equal(transfer(&b, b.call, "sip:carol@example.test", 0), 0);
    answer(&b, "REFER", "403 Forbidden", "");
    msg = request(&b, "REFER");
    assert_true(slice_eq(msg.to.tag, S("bobs")));
    assert_string_equal(named(&b, &msg, SIP_HDR_TARGET_DIALOG), "");
    answer(&b, "REFER", "200 OK", "");
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_ACCEPTED), 2);
    kit_finish(&b);
}

/* ----------------------------------------------------------- it is asked */

static void begin(struct kit *b, int refers)
{
    kit_register_as(b, &(struct siplock_account_config){.refers = refers});
}

static void from_nowhere(struct kit *b, const char *lines)
{
    static unsigned n;
    char text[2048];

    snprintf(text, sizeof(text),
             "REFER sip:alice@192.0.2.7:40000 SIP/2.0\r\n"
             "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bKr%u\r\n"
             "From: <sip:bob@example.test>;tag=bobr\r\n"
             "To: <sip:alice@example.test>\r\nCall-ID: r%u\r\n"
             "CSeq: 5 REFER\r\nMax-Forwards: 70\r\n"
             "Contact: <sip:bob@192.0.2.9:5061>\r\n%s"
             "Content-Length: 0\r\n\r\n",
             n, n, lines);
    n++;
    kit_hear(b, text);
}

static int decide(struct kit *b, bool follow)
{
    int err = ua_core_reference_decide(b->core, b->now, b->reference, follow);

    kit_pull(b);
    return err;
}

/* Who nobody talks with does not send us anywhere, unless the account says
 * so: the app is asked, or our own user is whom the edge vouches for. */
static void who_may_ask(void **state)
{
    static const struct {
        int refers;
        const char *lines;
        unsigned status, asked, invites;
    } rows[] = {
        {SIPLOCK_REFERS_REFUSED, TO_CAROL, 403, 0, 0},
        {SIPLOCK_REFERS_REFUSED, TO_CAROL ASSERTED("sip:alice@example.test"),
         403, 0, 0},
        {SIPLOCK_REFERS_ASKED, TO_CAROL, 200, 1, 0},
        {SIPLOCK_REFERS_OWN, TO_CAROL, 403, 0, 0},
        {SIPLOCK_REFERS_OWN, TO_CAROL ASSERTED("sip:bob@example.test"), 403, 0,
         0},
        {SIPLOCK_REFERS_OWN, TO_CAROL ASSERTED("sip:alice@other.test"), 403, 0,
         0},
        {SIPLOCK_REFERS_OWN,
         TO_CAROL "P-Asserted-Identity: <sip:alice@example.test>, "
                  "<sip:bob@example.test>\r\n",
         403, 0, 0},
        {SIPLOCK_REFERS_OWN, TO_CAROL ASSERTED("sip:alice@example.test"), 200,
         0, 1},
    };
    static struct kit b;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned n;

        begin(&b, rows[i].refers);
        n = b.sents;
        from_nowhere(&b, rows[i].lines);
        assert_int_equal(sent(&b, b.sents - n - 1).status, rows[i].status);
        assert_int_equal(told(&b, SIPLOCK_TRANSFER_ASKED), rows[i].asked);
        assert_int_equal(count(&b, "INVITE "), rows[i].invites);
        kit_finish(&b);
    }
}

/* A request within the dialog of the last NOTIFY. */
static void within(struct kit *b, const char *method, unsigned cseq,
                   const char *lines)
{
    struct sip_msg msg = request(b, "NOTIFY");
    char text[1024];

    snprintf(text, sizeof(text),
             "%s sip:alice@192.0.2.7:40000 SIP/2.0\r\n"
             "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bKw%u\r\n"
             "From: <sip:bob@example.test>;tag=bobr\r\n"
             "To: <sip:alice@example.test>;tag=%.*s\r\nCall-ID: %.*s\r\n"
             "CSeq: %u %s\r\nMax-Forwards: 70\r\n"
             "Contact: <sip:bob@192.0.2.9:5061>\r\n%s"
             "Content-Length: 0\r\n\r\n",
             method, cseq, (int)msg.from.tag.n, msg.from.tag.p,
             (int)msg.call_id.n, msg.call_id.p, cseq, method, lines);
    kit_hear(b, text);
}

#define NOTIFIED(b, text) \
    assert_true(slice_eq(request((b), "NOTIFY").body, S(text "\r\n")))

static void the_app_follows(void **state)
{
    static struct kit b;
    struct sip_msg msg;

    (void)state;
    begin(&b, SIPLOCK_REFERS_ASKED);
    from_nowhere(&b, TO_CAROL "Referred-By: <sip:bob@example.test>\r\n");
    msg = sent(&b, 1); /* then the NOTIFY */
    assert_int_equal(msg.status, 200);
    assert_non_null(msg.contact);
    assert_true(msg.to.tag.n > 0);
    NOTIFIED(&b, "SIP/2.0 100 Trying");
    assert_true(slice_eq(request(&b, "NOTIFY").from.tag, msg.to.tag));
    assert_true(slice_eq(request(&b, "NOTIFY").to.tag, S("bobr")));
    answer(&b, "NOTIFY", "200 OK", "");
    assert_int_equal(decide(&b, true), 0);
    assert_int_equal(decide(&b, true), E_STATE);
    msg = our_invite(&b);
    assert_true(slice_eq(msg.uri.text, S("sip:carol@example.test")));
    hear_response(&b, "180 Ringing", "c1", "", NULL);
    NOTIFIED(&b, "SIP/2.0 180 Ringing");
    answer(&b, "NOTIFY", "200 OK", "");
    /* It may last longer (RFC 3515 2.4.4); nothing else is in that dialog. */
    within(&b, "SUBSCRIBE", 6, "Event: refer\r\nExpires: 60\r\n");
    assert_int_equal(sent(&b, 1).status, 200);
    assert_int_equal(sent(&b, 1).expires, 60);
    NOTIFIED(&b, "SIP/2.0 180 Ringing");
    within(&b, "SUBSCRIBE", 7, "Event: presence\r\n");
    assert_int_equal(last_status(&b), 481);
    within(&b, "BYE", 8, "");
    assert_int_equal(last_status(&b), 405);
    within(&b, "SUBSCRIBE", 4, "Event: refer\r\n"); /* too late */
    assert_int_equal(last_status(&b), 500);
    hear_response(&b, "200 OK", "c1", "", good_answer(&b));
    NOTIFIED(&b, "SIP/2.0 200 OK");
    assert_true(slice_eq(request(&b, "NOTIFY").subscription_state.token,
                         S("terminated")));
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_DONE), 1);
    answer(&b, "NOTIFY", "200 OK", "");
    assert_int_equal(ua_core_counts(b.core).references, 0);
    kit_wish(&b, UA_WISH_HANGUP, 0); /* the call is one like any other */
    answer(&b, "BYE", "200 OK", "");
    kit_finish(&b);
}

/* It ends without a call, or before it: the id ends each time. */
static void other_ends(void **state)
{
    static struct kit b;

    (void)state;
    begin(&b, SIPLOCK_REFERS_ASKED);
    from_nowhere(&b, TO_CAROL);
    assert_int_equal(decide(&b, false), 0);
    NOTIFIED(&b, "SIP/2.0 603 Decline");
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_FAILED), 1);
    assert_int_equal(decide(&b, true), E_GONE);
    answer(&b, "NOTIFY", "200 OK", "");
    from_nowhere(&b, TO_CAROL); /* nobody decides */
    answer(&b, "NOTIFY", "200 OK", "");
    wait_alive(&b, UA_REFERRED_ASK_MS + 1);
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_FAILED), 2);
    answer(&b, "NOTIFY", "481 Gone", "");
    from_nowhere(&b, TO_CAROL "Refer-Sub: false\r\n");
    assert_non_null(strstr(b.sent[b.sents - 1], "Refer-Sub: false\r\n"));
    assert_int_equal(decide(&b, false), 0);
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_FAILED), 3);
    from_nowhere(&b, TO_CAROL); /* unsubscribed: it is followed all the same */
    answer(&b, "NOTIFY", "200 OK", "");
    assert_int_equal(decide(&b, true), 0);
    within(&b, "SUBSCRIBE", 6, "Event: refer\r\nExpires: 0\r\n");
    assert_non_null(strstr(b.sent[b.sents - 1], "terminated;reason=timeout"));
    hear_response(&b, "486 Busy Here", "c1", "", NULL);
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_FAILED), 4);
    answer(&b, "NOTIFY", "200 OK", "");
    gone(&b);
}

/* None of these is told to the app, and no id is used up. */
static void refused(void **state)
{
    static const struct {
        const char *lines;
        unsigned status;
    } rows[] = {
        {"Refer-To: <mailto:carol@example.test>\r\n", 416},
        {"Refer-To: <sip:carol@example.test;transport=udp>\r\n", 403},
        {"Refer-To: <sip:carol@example.test;method=BYE>\r\n", 603},
        {"Refer-To: <sip:carol@example.test?Replaces=x>\r\n", 400},
        {TO_CAROL "Require: time-travel\r\n", 420},
        {"", 400},
    };
    static struct kit b;

    (void)state;
    begin(&b, SIPLOCK_REFERS_ASKED);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        from_nowhere(&b, rows[i].lines);
        assert_int_equal(last_status(&b), rows[i].status);
        assert_int_equal(b.ids.live, 0);
    }
    for (int i = 0; i < UA_REFERENCES_OF_ACCOUNT; i++)
        from_nowhere(&b, TO_CAROL);
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_ASKED),
                     UA_REFERENCES_OF_ACCOUNT);
    from_nowhere(&b, TO_CAROL);
    assert_int_equal(last_status(&b), 486);
    kit_finish(&b);
}

/* RFC 4538: one that names a call is a transfer of that. */
static void it_names_a_call(void **state)
{
    static struct kit b;
    char tag[64], line[256];

    (void)state;
    answered_call(&b, tag, sizeof(tag));
    snprintf(line, sizeof(line),
             TO_CAROL "Target-Dialog: c1;local-tag=%s;remote-tag=bobz\r\n",
             tag);
    from_nowhere(&b, line);
    assert_int_equal(last_status(&b), 403); /* it does not know the dialog */
    snprintf(line, sizeof(line),
             TO_CAROL "Target-Dialog: c1;local-tag=%s;remote-tag=bobs\r\n",
             tag);
    from_nowhere(&b, line);
    assert_int_equal(sent(&b, 1).status, 200);
    NOTIFIED(&b, "SIP/2.0 100 Trying");
    assert_true(slice_eq(request(&b, "NOTIFY").to.tag, S("bobr")));
    assert_int_equal(told(&b, SIPLOCK_TRANSFER_ASKED), 1);
    from_nowhere(&b, line); /* one at a time */
    assert_int_equal(last_status(&b), 491);
    answer(&b, "NOTIFY", "200 OK", "");
    assert_int_equal(
        wish(&b, b.call, &(struct ua_wish){.kind = UA_WISH_FOLLOW}), 0);
    assert_int_equal(count(&b, "INVITE "), 1);
    hear_request(&b, &(struct call_request){.method = "BYE",
                                            .branch = "z9hG4bKb",
                                            .to_tag = tag,
                                            .cseq = 9});
    assert_non_null(
        strstr(request(&b, "NOTIFY").bytes.p, "terminated;reason=timeout"));
    kit_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_desk_phone_dials),
        cmocka_unit_test(outcomes),
        cmocka_unit_test(challenged),
        cmocka_unit_test(flows),
        cmocka_unit_test(no_more_than_that),
        cmocka_unit_test(in_a_call_with_a_gruu),
        cmocka_unit_test(who_may_ask),
        cmocka_unit_test(the_app_follows),
        cmocka_unit_test(other_ends),
        cmocka_unit_test(refused),
        cmocka_unit_test(it_names_a_call),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua_reference", tests, NULL, NULL);
}
