/* SPDX-License-Identifier: Apache-2.0 */
/* 3xx: followed inside policy when that is wanted, else told. */
#include "test/unit/call_kit.h"

static const struct ua_terms follow = {.follow = true};

static void call(struct kit *b, const char *target)
{
    kit_register_well(b);
    kit_call_with(b, target, &follow);
}

static void hear_3xx(struct kit *b, const char *contacts)
{
    char lines[1024];

    snprintf(lines, sizeof(lines), "Contact: %s\r\n", contacts);
    /* No tag: the helper would add a Contact of its own. */
    hear_response(b, "302 Moved", NULL, lines, NULL);
}

static void assert_calls(struct kit *b, const char *uri, unsigned cseq)
{
    struct sip_msg msg = sent(b, 0);

    assert_int_equal(msg.method, SIP_INVITE);
    assert_true(slice_eq(msg.uri.text, slice_cstr(uri)));
    assert_true(slice_eq(msg.to.uri.text, S("sip:bob@example.test")));
    assert_int_equal(msg.to.tag.n, 0);
    assert_int_equal(msg.cseq.num, cseq);
}

/* By q, then in order; the next one when one refuses. */
static void in_order(void **state)
{
    static struct kit b;
    struct sip_msg first, msg;

    (void)state;
    call(&b, "sip:bob@example.test");
    first = our_invite(&b);
    hear_response(&b, "183 Progress", "b1", "", good_answer(&b));
    assert_int_equal(b.sets, 1);
    hear_3xx(&b, "<sip:c@example.test>;q=0.2,<sip:a@example.test>,"
                 "<sip:b@example.test>;q=0.7");
    assert_int_equal(sent(&b, 1).method, SIP_ACK);
    assert_calls(&b, "sip:a@example.test", 2);
    msg = sent(&b, 0);
    assert_true(slice_eq(msg.call_id, first.call_id));
    assert_true(slice_eq(msg.from.tag, first.from.tag));
    assert_true(b.media.mute_tx && b.media.mute_rx); /* of the one before */
    hear_response(&b, "486 Busy", NULL, "", NULL);
    assert_calls(&b, "sip:b@example.test", 3);
    /* One that is redirected itself goes before those that wait. */
    hear_3xx(&b, "<sip:d@example.test>,<sip:a@example.test>");
    assert_calls(&b, "sip:d@example.test", 4);
    hear_response(&b, "404 Not Found", NULL, "", NULL);
    assert_calls(&b, "sip:c@example.test", 5);
    hear_response(&b, "200 OK", "c1", "", good_answer(&b));
    assert_int_equal(sent(&b, 0).method, SIP_ACK);
    assert_false(b.media.mute_tx);
    assert_int_equal(
        kit_count_events(&b, SIPLOCK_EVENT_CALL_STATE, SIPLOCK_CALL_CALLING),
        5);
    hang_up(&b);
}

/* Not wanted, or not of that kind: told, and the call has ended. */
static void not_followed(void **state)
{
    static const struct {
        const char *status;
        bool wanted;
    } rows[] = {{"302 Moved", false},
                {"305 Use Proxy", true},
                {"380 Alternative", true}};
    static struct kit b;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct ua_event *e;

        kit_register_well(&b);
        kit_call_with(&b, "sip:bob@example.test",
                      rows[i].wanted ? &follow : NULL);
        hear_response(&b, rows[i].status, NULL,
                      "Contact: <sip:carol@example.test>\r\n", NULL);
        assert_int_equal(sent(&b, 0).method, SIP_ACK);
        e = kit_last_event(&b, SIPLOCK_EVENT_CALL_STATE);
        assert_int_equal(e->state, SIPLOCK_CALL_ENDED);
        assert_int_equal(e->len[UA_TEXT_TARGET],
                         strlen("sip:carol@example.test"));
        assert_over(&b, CAUSE_call_redirected);
        kit_finish(&b);
    }
}

/* What the policy refuses is named and left out; beside it one that goes. */
static void refused(void **state)
{
    static const struct {
        const char *target, *bad;
        enum policy_why why;
    } rows[] = {
        {"sip:bob@example.test", "<sip:x@example.test;transport=udp>",
         POLICY_transport_udp},
        {"sip:bob@example.test", "<sip:x@example.test;transport=tcp>",
         POLICY_transport_tcp},
        {"sip:bob@example.test", "<sip:x@example.test;maddr=192.0.2.3>",
         POLICY_target_maddr},
        {"sip:bob@example.test", "<mailto:x@example.test>",
         POLICY_scheme_other},
        {"sip:bob@example.test", "<tel:+12125550100>", POLICY_redirect_tel},
        {"sips:bob@example.test", "<sip:x@example.test>", POLICY_sips_to_sip},
    };
    static struct kit b;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char both[256];

        call(&b, rows[i].target);
        hear_3xx(&b, rows[i].bad);
        assert_int_equal(sent(&b, 0).method, SIP_ACK);
        assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_POLICY_REFUSED)->why,
                         rows[i].why);
        assert_over(&b, CAUSE_call_redirected);
        kit_finish(&b);
        call(&b, rows[i].target); /* the control */
        snprintf(both, sizeof(both), "%s,<sips:y@example.test>", rows[i].bad);
        hear_3xx(&b, both);
        assert_int_equal(sent(&b, 0).method, SIP_INVITE);
        assert_true(slice_eq(sent(&b, 0).uri.text, S("sips:y@example.test")));
        kit_finish(&b);
    }
}

/* In circles, and without end. */
static void bounded(void **state)
{
    static struct kit b;
    unsigned n = 0;

    (void)state;
    call(&b, "sip:bob@example.test");
    hear_3xx(&b, "<sip:carol@example.test>");
    assert_calls(&b, "sip:carol@example.test", 2);
    hear_3xx(&b, "<sip:bob@EXAMPLE.test>,<sip:carol@example.test>");
    assert_int_equal(sent(&b, 0).method, SIP_ACK);
    assert_over(&b, CAUSE_call_redirected);
    kit_finish(&b);
    call(&b, "sip:bob@example.test");
    while (sent(&b, 0).method == SIP_INVITE) {
        char next[64];

        assert_true(n < 50);
        snprintf(next, sizeof(next), "<sip:n%u@example.test>", n++);
        hear_3xx(&b, next);
    }
    assert_int_equal(n, 6);
    assert_over(&b, CAUSE_call_redirected);
    kit_finish(&b);
}

/* 6xx ends the search; so does the person; a challenge does not. */
static void ends(void **state)
{
    static struct kit b;

    (void)state;
    call(&b, "sip:bob@example.test");
    hear_3xx(&b, "<sip:a@example.test>,<sip:b@example.test>");
    hear_response(&b, "603 Decline", NULL, "", NULL);
    assert_int_equal(sent(&b, 0).method, SIP_ACK);
    assert_over(&b, CAUSE_call_declined);
    kit_finish(&b);
    call(&b, "sip:bob@example.test");
    hear_response(&b, "180 Ringing", "b1", "", NULL);
    kit_wish(&b, UA_WISH_HANGUP, 0);
    assert_int_equal(sent(&b, 0).method, SIP_CANCEL);
    hear_3xx(&b, "<sip:a@example.test>");
    assert_int_equal(sent(&b, 0).method, SIP_ACK);
    assert_over(&b, CAUSE_none);
    kit_finish(&b);
    call(&b, "sip:bob@example.test");
    hear_3xx(&b, "<sip:a@example.test>");
    hear_response(&b, "401 Unauthorized", NULL, SHA, NULL);
    assert_calls(&b, "sip:a@example.test", 3);
    kit_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order), cmocka_unit_test(not_followed),
        cmocka_unit_test(refused),  cmocka_unit_test(bounded),
        cmocka_unit_test(ends),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua_redirect", tests, NULL, NULL);
}
