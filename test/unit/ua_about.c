/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of a call, and what we tell: identities, Reason, privacy. */
#include "test/unit/call_kit.h"
#include "ua/terms.h"

/* The text of the last call.state event, as the driver would show it. */
static struct kit b;
static char shown[UA_TEXT_COUNT][600];

/* The kit keeps no texts: they are pulled here. */
static void hear(const char *text)
{
    struct ua_out out;

    ua_core_bytes(b.core, b.now, b.flow, slice_cstr(text));
    while (ua_core_next(b.core, &out)) {
        size_t at = 0;

        for (int i = 0; i < UA_TEXT_COUNT; i++) {
            size_t n = out.event.len[i];

            if (out.kind == UA_OUT_EVENT &&
                out.event.type == SIPLOCK_EVENT_CALL_STATE)
                snprintf(shown[i], sizeof(shown[i]), "%.*s", (int)n,
                         out.text.p ? out.text.p + at : "");
            at += n;
        }
        if (out.kind == UA_OUT_MEDIA_OPEN) {
            const struct media_event e = {.kind = MEDIA_EVENT_BOUND,
                                          .local = {4, {192, 0, 2, 7}, 30000}};

            ua_core_media(b.core, b.now, out.call, &e);
        }
        ua_out_release(&b.env, &out);
    }
}

static void hear_invite_with(const char *lines)
{
    static unsigned n;
    char text[8192];

    memset(shown, 0, sizeof(shown));
    n++;
    snprintf(text, sizeof(text),
             "INVITE sip:alice@192.0.2.7:40000 SIP/2.0\r\n"
             "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bKx%u\r\n"
             "From: <sip:bob@example.test>;tag=bobs%u\r\n"
             "To: <sip:alice@example.test>\r\nCall-ID: x%u\r\n"
             "CSeq: 1 INVITE\r\nMax-Forwards: 70\r\n"
             "Contact: <sip:bob@192.0.2.9:5061>\r\n%s"
             "Content-Type: application/sdp\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             n, n, n, lines, strlen(SDP_OFFER), SDP_OFFER);
    hear(text);
}

/* Each is shown, cleaned and bounded; no name is logged. */
static void shown_of_a_caller(void **state)
{
    static const struct {
        const char *line, *value;
        int text;
    } rows[] = {
        {"P-Asserted-Identity", "\"Canary\" <sip:canary@example.test>",
         UA_TEXT_ASSERTED},
        {"Alert-Info", "<http://www.example.test/ring>", UA_TEXT_ALERT},
        {"Alert-Info", "Bellcore-dr2", UA_TEXT_ALERT},
        {"Call-Info", "<http://a.test/p.jpg>;purpose=icon", UA_TEXT_CALL_INFO},
        {"Diversion", "<sip:canary@example.test>;reason=user-busy",
         UA_TEXT_DIVERSION},
        {"History-Info", "<sip:canary@example.test>;index=1", UA_TEXT_HISTORY},
        {"User-to-User", "56a390f3d2b7310023;encoding=hex", UA_TEXT_UUI},
        {"Session-ID",
         "ab30317f1a784dc48ff824d0d3715d86;"
         "remote=00000000000000000000000000000000",
         UA_TEXT_SESSION},
        {"Feature-Caps", "*;+sip.fe", UA_TEXT_FEATURES},
        {"Reason", "SIP;cause=302;text=\"Gr\xc3\xbc\xc3\x9f\"",
         UA_TEXT_REASON},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char line[4096];

        kit_register_well(&b);
        snprintf(line, sizeof(line), "%s: %s\r\n", rows[i].line,
                 rows[i].value);
        hear_invite_with(line);
        assert_string_equal(shown[rows[i].text], rows[i].value);
        assert_null(strstr(b.logged, "canary"));
        assert_null(strstr(b.logged, "Canary"));
        for (int t = UA_TEXT_ABOUT; t < UA_TEXT_ABOUT_END; t++)
            if (t != rows[i].text)
                assert_string_equal(shown[t], "");
        kit_finish(&b);
    }
}

static void several_and_long(void **state)
{
    char line[4096];

    (void)state;
    kit_register_well(&b);
    hear_invite_with("Diversion: <sip:a@a.test>\r\n"
                     "diversion: <sip:b@b.test>\r\n");
    assert_string_equal(shown[UA_TEXT_DIVERSION],
                        "<sip:a@a.test>, <sip:b@b.test>");
    kit_finish(&b);
    kit_register_well(&b);
    snprintf(line, sizeof(line), "Alert-Info: x%0600d\r\n", 7);
    hear_invite_with(line);
    assert_int_equal(strlen(shown[UA_TEXT_ALERT]), 512);
    /* Cut between characters: 2 bytes each after the first. */
    memset(line, 0, sizeof(line));
    strcpy(line, "Alert-Info: x");
    for (int i = 0; i < 400; i++)
        strcat(line, "\xc3\xa4");
    strcat(line, "\r\n");
    hear_invite_with(line);
    assert_int_equal(strlen(shown[UA_TEXT_ALERT]), 511);
    /* C1 controls are valid UTF-8 and no text; its neighbour is shown. */
    hear_invite_with("Alert-Info: a\xc2\x9b"
                     "31m\r\nAlert-Info: b\r\n");
    assert_string_equal(shown[UA_TEXT_ALERT], "b");
    kit_finish(&b);
}

/* Of a peer that nobody has authenticated nothing is asserted. */
static void asserted_by_whom(void **state)
{
    struct ua_about info = {0};
    struct sip_parse_err fault;
    struct sip_msg msg;

    (void)state;
    kit_register_well(&b);
    assert_int_equal(
        sip_msg_parse(&msg, &b.arena,
                      S("SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS a;branch=z9hG4bKx"
                        "\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>;tag=2\r\n"
                        "Call-ID: x\r\nCSeq: 1 INVITE\r\n"
                        "P-Asserted-Identity: <sip:c@c>\r\n\r\n"),
                      &fault),
        0);
    ua_about_take(&info, &b.env, &msg, false);
    assert_int_equal(info.text[0].n, 0);
    ua_about_take(&info, &b.env, &msg, true);
    assert_true(slice_eq(info.text[0], S("<sip:c@c>")));
    ua_about_free(&info, &b.env);
    kit_finish(&b);
}

static bool has(struct sip_msg msg, const char *line)
{
    return strstr(msg.bytes.p, line) != NULL;
}

/* ----------------------------------------------------------------- sent */

static void anonymous(void **state)
{
    static const struct ua_terms terms = {.anonymous = true,
                                          .uui = "00c81031;encoding=hex"};
    static const struct ua_terms only = {.privacy = "header;critical"};
    struct sip_msg msg;

    (void)state;
    kit_register_well(&b);
    kit_call_with(&b, "sip:bob@example.test", &terms);
    msg = our_invite(&b);
    assert_true(has(msg, "\r\nFrom: \"Anonymous\" "
                         "<sip:anonymous@anonymous.invalid>;tag="));
    assert_true(has(msg, "\r\nPrivacy: id\r\n"));
    assert_true(
        has(msg, "\r\nP-Preferred-Identity: <sip:alice@example.test>\r\n"));
    assert_true(has(msg, "\r\nUser-to-User: 00c81031;encoding=hex\r\n"));
    assert_true(slice_eq(msg.contact->addr.uri.user, S("anonymous")));
    hear_response(&b, "200 OK", "b1", "", good_answer(&b));
    assert_true(has(sent(&b, 0), "<sip:anonymous@anonymous.invalid>;tag="));
    assert_false(has(sent(&b, 0), "alice"));
    kit_wish(&b, UA_WISH_HANGUP, 0);
    assert_int_equal(sent(&b, 0).method, SIP_BYE);
    assert_true(slice_eq(sent(&b, 0).from.uri.user, S("anonymous")));
    kit_finish(&b);
    kit_register_well(&b); /* the control */
    kit_call_with(&b, "sip:bob@example.test", &only);
    msg = our_invite(&b);
    assert_true(has(msg, "\r\nFrom: <sip:alice@example.test>;tag="));
    assert_true(has(msg, "\r\nPrivacy: header;critical\r\n"));
    assert_false(has(msg, "P-Preferred-Identity"));
    assert_false(has(msg, "User-to-User"));
    assert_true(has(msg, "\r\nMax-Breadth: 60\r\n"));
    kit_finish(&b);
}

static void reasons(void **state)
{
    static const struct {
        unsigned status;
        bool answered;
        const char *line;
    } rows[] = {
        {0, true,
         "\r\nReason: Q.850;cause=16;text=\"Normal call clearing\"\r\n"},
        {200, true,
         "\r\nReason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n"},
        {200, false,
         "\r\nReason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n"},
        {603, false, "\r\nReason: SIP;cause=603;text=\"Decline\"\r\n"},
        {0, false, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        kit_register_well(&b);
        kit_call(&b, "sip:bob@example.test");
        hear_response(&b, rows[i].answered ? "200 OK" : "180 Ringing", "b1",
                      "", rows[i].answered ? good_answer(&b) : NULL);
        kit_wish(&b, UA_WISH_HANGUP, rows[i].status);
        assert_int_equal(sent(&b, 0).method,
                         rows[i].answered ? SIP_BYE : SIP_CANCEL);
        if (rows[i].line)
            assert_true(has(sent(&b, 0), rows[i].line));
        else
            assert_false(has(sent(&b, 0), "\r\nReason:"));
        kit_finish(&b);
    }
    kit_register_well(&b); /* the answer is refused */
    kit_call(&b, "sip:bob@example.test");
    hear_response(&b, "200 OK", "b1", "", SDP_PLAIN);
    assert_int_equal(sent(&b, 0).method, SIP_BYE);
    assert_true(has(sent(&b, 0), "\r\nReason: SIP;cause=488;text=\""));
    kit_finish(&b);
    made_call(&b); /* another fork was late */
    hear_response(&b, "200 OK", "b2", "", good_answer(&b));
    assert_int_equal(sent(&b, 0).method, SIP_BYE);
    assert_true(slice_eq(sent(&b, 0).to.tag, S("b2")));
    assert_true(has(sent(&b, 0), "\r\nReason: SIP;cause=200;"));
    kit_finish(&b);
}

static const char *session_id(struct sip_msg msg)
{
    static char text[2][128];
    static int turn;
    const struct sip_hdr *h = sip_msg_hdr(&msg, SIP_HDR_SESSION_ID, NULL);

    turn = !turn;
    assert_non_null(h);
    snprintf(text[turn], sizeof(text[turn]), "%.*s", (int)h->value.n,
             h->value.p);
    return text[turn];
}

#define THEIRS "ab30317f1a784dc48ff824d0d3715d86"
#define NIL "00000000000000000000000000000000"

/* RFC 7989: ours in every message, theirs as soon as it is known. */
static void session_ids(void **state)
{
    static const char *const bad[] = {"AB30317f1a784dc48ff824d0d3715d86",
                                      "ab30", ("x;remote=" THEIRS)};
    char first[128];

    (void)state;
    kit_register_well(&b);
    kit_call(&b, "sip:bob@example.test");
    snprintf(first, sizeof(first), "%s", session_id(sent(&b, 0)));
    assert_string_equal(first + 32, ";remote=" NIL);
    assert_int_equal(first[12], '4');
    hear_response(&b, "200 OK", "b1",
                  "Session-ID: " THEIRS ";remote=" NIL "\r\n",
                  good_answer(&b));
    assert_int_equal(sent(&b, 0).method, SIP_ACK);
    assert_memory_equal(session_id(sent(&b, 0)), first, 32);
    assert_string_equal(session_id(sent(&b, 0)) + 32, ";remote=" THEIRS);
    kit_wish(&b, UA_WISH_HANGUP, 0);
    assert_memory_equal(session_id(sent(&b, 0)), first, 32);
    kit_finish(&b);
    for (size_t i = 0; i < 3; i++) {
        char line[128];

        kit_register_well(&b);
        snprintf(line, sizeof(line), "Session-ID: %s\r\n", bad[i]);
        hear_request(&b, &(struct call_request){"INVITE", "z9hG4bKi1", NULL, 1,
                                                line, SDP_OFFER});
        kit_wish(&b, UA_WISH_RING, 0);
        assert_string_equal(session_id(sent(&b, 0)) + 32, ";remote=" NIL);
        kit_finish(&b);
    }
}

/* Nothing that an app gives can write a header field of its own. */
static void options(void **state)
{
    static const struct {
        const char *privacy, *uui;
        int err;
    } rows[] = {
        {NULL, NULL, 0},
        {"id", NULL, 0},
        {"id;header;critical", "00c81031;encoding=hex;purpose=x", 0},
        {"", NULL, E_INVAL},
        {"id;", NULL, E_INVAL},
        {";id", NULL, E_INVAL},
        {"id, header", NULL, E_INVAL},
        {"id\r\nX: y", NULL, E_INVAL},
        {"secret", NULL, E_INVAL},
        {NULL, "", E_INVAL},
        {NULL, "00 c8", E_INVAL},
        {NULL, "00,11", E_INVAL},
        {NULL, "00\r\nX: y", E_INVAL},
        {NULL, "00;a=b\r\nX: y", E_INVAL},
        {NULL, "00;a,b", E_INVAL},
    };
    static char big[700];
    struct siplock_call_options o = {.size = sizeof(o)};
    struct ua_terms terms;
    struct cause why;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        o.privacy = rows[i].privacy;
        o.user_to_user = rows[i].uui;
        assert_int_equal(ua_terms_read(&terms, &o, &why), rows[i].err);
    }
    memset(big, '0', sizeof(big) - 1);
    o.privacy = NULL;
    o.user_to_user = big;
    assert_int_equal(ua_terms_read(&terms, &o, &why), E_TOOBIG);
    big[UA_UUI_MAX - 1] = '\0';
    assert_int_equal(ua_terms_read(&terms, &o, &why), 0);
    o.size--;
    assert_int_equal(ua_terms_read(&terms, &o, &why), E_INVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shown_of_a_caller),
        cmocka_unit_test(several_and_long),
        cmocka_unit_test(asserted_by_whom),
        cmocka_unit_test(anonymous),
        cmocka_unit_test(reasons),
        cmocka_unit_test(session_ids),
        cmocka_unit_test(options),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua_about", tests, NULL, NULL);
}
