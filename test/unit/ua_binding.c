/* SPDX-License-Identifier: Apache-2.0 */
/* What a registrar makes of us: outbound, GRUU, Service-Route, rewriting. */
#include "test/unit/transfer_kit.h"
#include "ua/account.h"
#include "ua/message.h"

#define URN "urn:uuid:00000000-0000-4000-8000-0000deadbeef"

static unsigned notices(const struct kit *b, const char *symbol)
{
    unsigned n = 0;

    for (unsigned i = 0; i < b->events; i++)
        n += b->event[i].type == SIPLOCK_EVENT_NOTICE &&
             strcmp(b->event[i].notice, symbol) == 0;
    return n;
}

/* The Contact of our last request of that method. */
static const char *contact(struct kit *b, const char *method)
{
    struct sip_msg msg = request(b, method);

    return named(b, &msg, SIP_HDR_CONTACT);
}

static const char *route(struct kit *b, const char *method)
{
    struct sip_msg msg = request(b, method);

    return named(b, &msg, SIP_HDR_ROUTE);
}

static void begin(struct kit *b, const struct siplock_account_config *config)
{
    kit_start(b, config);
    kit_up(b);
    kit_pull(b);
}

/* 200 with our Contact of the REGISTER as it was sent, and more. */
static void bound(struct kit *b, const char *params, const char *lines)
{
    char text[1024];

    snprintf(text, sizeof(text), "Contact: %s;expires=600%s\r\n%s",
             contact(b, "REGISTER"), params, lines);
    kit_answer(b, "200 OK", text);
    assert_int_equal(kit_reg_state(b), SIPLOCK_REGISTER_REGISTERED);
}

static const struct siplock_account_config ours = {.instance = URN};

/* Asked for; not given: all is as if it had not been. */
static void outbound_is_asked_for(void **state)
{
    struct kit b;
    struct sip_msg msg;

    (void)state;
    begin(&b, &ours);
    assert_string_equal(contact(&b, "REGISTER"),
                        "<sip:alice@192.0.2.7:40000;transport=tls>"
                        ";+sip.instance=\"<" URN ">\";reg-id=1");
    msg = request(&b, "REGISTER");
    assert_true(sip_token_in(msg.supported, S("outbound")));
    assert_true(sip_token_in(msg.supported, S("path")));
    assert_true(sip_token_in(msg.supported, S("gruu")));
    bound(&b, "", "");
    kit_call(&b, "sip:bob@example.test");
    assert_string_equal(contact(&b, "INVITE"),
                        "<sip:alice@192.0.2.7:40000;transport=tls>");
    assert_int_equal(notices(&b, "contact_rewritten"), 0);
    assert_int_equal(notices(&b, "reg_no_binding"), 0);
    kit_finish(&b);
}

/* Given: dialogs have ;ob, and the edge leads back by the flow. */
static void outbound_is_given(void **state)
{
    struct kit b;

    (void)state;
    begin(&b, &ours);
    bound(&b, "", "Require: outbound\r\n");
    kit_call(&b, "sip:bob@example.test");
    assert_string_equal(contact(&b, "INVITE"),
                        "<sip:alice@192.0.2.7:40000;transport=tls;ob>");
    assert_int_equal(ua_core_account_refresh(b.core, b.now, KIT_ACCOUNT), 0);
    kit_pull(&b);
    assert_null(strstr(contact(&b, "REGISTER"), ";ob"));
    assert_int_equal(notices(&b, "contact_rewritten"), 0);
    kit_finish(&b);
}

/* The first hop cannot: registered without, at once. */
static void the_first_hop_lacks_it(void **state)
{
    struct kit b;
    struct sip_msg msg;

    (void)state;
    begin(&b, &ours);
    kit_answer(&b, "439 First Hop Lacks Outbound Support", "");
    assert_int_equal(count(&b, "REGISTER "), 2);
    msg = request(&b, "REGISTER");
    assert_int_equal(msg.contact->reg_id, 0);
    assert_false(sip_token_in(msg.supported, S("outbound")));
    bound(&b, "", "Require: outbound\r\n"); /* nobody asked for it */
    kit_call(&b, "sip:bob@example.test");
    assert_null(strstr(contact(&b, "INVITE"), ";ob"));
    kit_finish(&b);
}

/* A proxy has lost our connection: it is made anew, and registered. */
static void the_flow_failed(void **state)
{
    struct kit b;

    (void)state;
    begin(&b, &ours);
    kit_answer(&b, "430 Flow Failed", "");
    assert_int_equal(b.hangups, 1);
    assert_int_equal(b.dials, 2);
    kit_up(&b);
    kit_pull(&b);
    assert_int_equal(count(&b, "REGISTER "), 2);
    kit_finish(&b);
}

/* Forbidden: told once, and nothing more until somebody asks for it. */
static void forbidden_is_the_end(void **state)
{
    struct kit b;

    (void)state;
    begin(&b, &ours);
    kit_answer(&b, "403 Forbidden", "");
    assert_int_equal(
        kit_last_event(&b, SIPLOCK_EVENT_REGISTER_STATE)->retry_ms, -1);
    for (int i = 0; i < 48; i++)
        kit_wait_ms(&b, 3600000);
    assert_int_equal(count(&b, "REGISTER "), 1);
    assert_int_equal(kit_count_events(&b, SIPLOCK_EVENT_REGISTER_STATE,
                                      SIPLOCK_REGISTER_FAILED),
                     1);
    assert_int_equal(ua_core_account_refresh(b.core, b.now, KIT_ACCOUNT), 0);
    kit_pull(&b);
    kit_up(&b);
    kit_pull(&b);
    assert_int_equal(count(&b, "REGISTER "), 2); /* the control */
    kit_finish(&b);
}

/* ----------------------------------------------------------------- GRUU */

#define GRUU                                                     \
    ";pub-gruu=\"sip:alice@example.test;gr=" URN "\";temp-gruu=" \
    "\"sip:tgruu.7hs@example.test;gr\""

static void where_a_gruu_is_used(void **state)
{
    static const struct {
        int gruu;
        const char *lines;
        bool used;
    } cases[] = {
        {SIPLOCK_GRUU_AUTO, "", false},
        {SIPLOCK_GRUU_AUTO, "Require: outbound\r\n", true},
        {SIPLOCK_GRUU_ALWAYS, "", true},
        {SIPLOCK_GRUU_NEVER, "Require: outbound\r\n", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct siplock_account_config config = ours;
        struct kit b;

        config.gruu = cases[i].gruu;
        begin(&b, &config);
        assert_int_equal(
            sip_token_in(request(&b, "REGISTER").supported, S("gruu")),
            cases[i].gruu != SIPLOCK_GRUU_NEVER);
        bound(&b, GRUU, cases[i].lines);
        kit_call(&b, "sip:bob@example.test");
        assert_int_equal(strcmp(contact(&b, "INVITE"),
                                "<sip:alice@example.test;gr=" URN ">") == 0,
                         cases[i].used);
        kit_finish(&b);
    }
}

static void gruus_that_are_none(void **state)
{
    static const char *const bad[] = {
        ";pub-gruu=\"http://example.test\"",
        ";pub-gruu=\"sip:alice@example.test\"",
        ";pub-gruu=\"sip:alice@example.test;gr?x=y\"",
        ";pub-gruu=\"sip:a b;gr\"",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct siplock_account_config config = ours;
        struct kit b;

        config.gruu = SIPLOCK_GRUU_ALWAYS;
        begin(&b, &config);
        bound(&b, bad[i], "");
        assert_int_equal(notices(&b, "gruu_ignored"), 1);
        kit_call(&b, "sip:bob@example.test");
        assert_string_equal(contact(&b, "INVITE"),
                            "<sip:alice@192.0.2.7:40000;transport=tls>");
        kit_finish(&b);
    }
}

/* -------------------------------------------------------- Service-Route */

#define TWO "<sip:edge.test;lr>, <sip:core.test:5070;lr;x=1>"

static void service_route_is_used(void **state)
{
    struct kit b;
    struct sip_msg msg;
    enum policy_why why;

    (void)state;
    begin(&b, &ours);
    bound(&b, "", "Service-Route: " TWO "\r\n");
    kit_call(&b, "sip:bob@example.test");
    msg = request(&b, "INVITE");
    assert_true(slice_eq(msg.route->addr.text, S("<sip:edge.test;lr>")));
    assert_true(slice_eq(msg.route->next->addr.text,
                         S("<sip:core.test:5070;lr;x=1>")));
    assert_null(msg.route->next->next);
    assert_int_equal(b.dials, 1); /* data: nobody is dialled for it */
    assert_int_equal(
        ua_core_message(b.core, b.now,
                        &(struct ua_message_ask){kit_id(&b), KIT_ACCOUNT,
                                                 S("sip:bob@example.test"),
                                                 S("text/plain"), S("x")},
                        &why),
        0);
    kit_pull(&b);
    assert_string_equal(route(&b, "MESSAGE"), "<sip:edge.test;lr>");
    /* A sips: call does not go by sip: hops. */
    kit_call(&b, "sips:bob@example.test");
    assert_string_equal(route(&b, "INVITE"), "");
    assert_int_equal(ua_core_account_refresh(b.core, b.now, KIT_ACCOUNT), 0);
    kit_pull(&b);
    assert_string_equal(route(&b, "REGISTER"), "");
    bound(&b, "", ""); /* the last one counts, also without */
    kit_call(&b, "sip:bob@example.test");
    assert_string_equal(route(&b, "INVITE"), "");
    kit_finish(&b);
}

/* The configured edge comes first, once. */
static void service_route_and_the_edge(void **state)
{
    struct siplock_account_config config = ours;
    struct kit b;

    (void)state;
    config.outbound = "sip:edge.test;transport=tls";
    begin(&b, &config);
    bound(&b, "", "Service-Route: " TWO "\r\n");
    kit_call(&b, "sip:bob@example.test");
    assert_string_equal(route(&b, "INVITE"), "<sip:edge.test;lr>");
    assert_int_equal(ua_core_account_refresh(b.core, b.now, KIT_ACCOUNT), 0);
    kit_pull(&b);
    bound(&b, "", "Service-Route: <sip:core.test;lr>\r\n");
    kit_call(&b, "sip:bob@example.test");
    assert_string_equal(route(&b, "INVITE"),
                        "<sip:edge.test;transport=tls;lr>");
    assert_true(slice_eq(request(&b, "INVITE").route->next->addr.text,
                         S("<sip:core.test;lr>")));
    kit_finish(&b);
}

static void service_routes_that_are_ignored(void **state)
{
    static const char *const bad[] = {
        "<sip:strict.test>",
        "<tel:+1;lr>",
        ("<sip:a;lr>,<sip:a;lr>,<sip:a;lr>,<sip:a;lr>,<sip:a;lr>,<sip:a;lr>,"
         "<sip:a;lr>,<sip:a;lr>,<sip:a;lr>"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct kit b;
        char lines[256];

        begin(&b, &ours);
        snprintf(lines, sizeof(lines), "Service-Route: %s\r\n", bad[i]);
        bound(&b, "", lines);
        assert_int_equal(notices(&b, "service_route_ignored"), 1);
        kit_call(&b, "sip:bob@example.test");
        assert_string_equal(route(&b, "INVITE"), "");
        kit_finish(&b);
    }
}

/* ------------------------------------------------------------ Contact: * */

static void cleaned_up_first(void **state)
{
    struct siplock_account_config config = ours;
    struct kit b;

    (void)state;
    config.clean = 1;
    begin(&b, &config);
    assert_true(request(&b, "REGISTER").contact_star);
    assert_int_equal(request(&b, "REGISTER").expires, 0);
    kit_answer(&b, "401 Unauthorized", SHA);
    assert_true(request(&b, "REGISTER").contact_star);
    kit_answer(&b, "200 OK", "");
    assert_int_equal(count(&b, "REGISTER "), 3);
    assert_false(request(&b, "REGISTER").contact_star);
    assert_int_equal(kit_count_events(&b, SIPLOCK_EVENT_REGISTER_STATE,
                                      SIPLOCK_REGISTER_REGISTERED),
                     0);
    bound(&b, "", "");
    assert_int_equal(ua_core_account_refresh(b.core, b.now, KIT_ACCOUNT), 0);
    kit_pull(&b);
    assert_false(request(&b, "REGISTER").contact_star); /* once */
    kit_finish(&b);
}

/* -------------------------------------------------- who rewrites, and NAT */

/* A 200 whose Via and Contact are these. */
static void echoed(struct kit *b, const char *via, const char *to)
{
    struct sip_msg msg = request(b, "REGISTER");
    char text[2048];

    snprintf(text, sizeof(text),
             "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS %s;branch=%.*s\r\n"
             "From: %.*s\r\nTo: %.*s;tag=t\r\nCall-ID: %.*s\r\n"
             "CSeq: %u REGISTER\r\nContact: <sip:alice@%s>;"
             "+sip.instance=\"<" URN ">\";reg-id=1;expires=600\r\n"
             "Content-Length: 0\r\n\r\n",
             via, (int)msg.via->branch.n, msg.via->branch.p,
             (int)msg.from.text.n, msg.from.text.p, (int)msg.to.text.n,
             msg.to.text.p, (int)msg.call_id.n, msg.call_id.p, msg.cseq.num,
             to);
    kit_hear(b, text);
    assert_int_equal(kit_reg_state(b), SIPLOCK_REGISTER_REGISTERED);
}

static void again(struct kit *b)
{
    assert_int_equal(ua_core_account_refresh(b->core, b->now, KIT_ACCOUNT), 0);
    kit_pull(b);
}

static void rewriting_is_told(void **state)
{
    struct kit b;

    (void)state;
    begin(&b, &ours);
    echoed(&b, "192.0.2.7:40000", "192.0.2.7:40000"); /* the control */
    assert_int_equal(notices(&b, "via_rewritten"), 0);
    assert_int_equal(notices(&b, "contact_rewritten"), 0);
    again(&b);
    echoed(&b, "203.0.113.5:61000", "203.0.113.5:61000");
    assert_int_equal(notices(&b, "via_rewritten"), 1);
    assert_int_equal(notices(&b, "contact_rewritten"), 1);
    again(&b);
    echoed(&b, "203.0.113.5:61000", "203.0.113.5:61000"); /* told once */
    assert_int_equal(notices(&b, "via_rewritten"), 1);
    assert_int_equal(notices(&b, "contact_rewritten"), 1);
    kit_finish(&b);
}

static void the_address_as_it_is_seen(void **state)
{
    struct kit b;

    (void)state;
    begin(&b, &ours);
    echoed(&b, "192.0.2.7:40000;rport=40000", "192.0.2.7:40000");
    assert_int_equal(notices(&b, "public_address"), 0); /* no NAT */
    again(&b);
    echoed(&b, "192.0.2.7:40000;rport=1024;received=198.51.100.9",
           "192.0.2.7:40000");
    assert_int_equal(notices(&b, "public_address"), 1);
    again(&b);
    echoed(&b, "192.0.2.7:40000;rport=1024;received=198.51.100.9",
           "192.0.2.7:40000");
    assert_int_equal(notices(&b, "public_address"), 1); /* not again */
    again(&b);
    echoed(&b, "192.0.2.7:40000;rport=1025;received=198.51.100.9",
           "192.0.2.7:40000");
    assert_int_equal(notices(&b, "public_address"), 2);
    kit_finish(&b);
}

/* Behind a NAT our address helps nobody, so a name that is none says it. */
static void the_address_is_hidden(void **state)
{
    struct kit b;
    char first[256];

    (void)state;
    begin(&b, &ours);
    echoed(&b, "192.0.2.7:40000;rport=1024;received=198.51.100.9",
           "192.0.2.7:40000");
    kit_call(&b, "sip:bob@example.test"); /* not negotiated: the control */
    assert_non_null(strstr(contact(&b, "INVITE"), "192.0.2.7"));
    again(&b);
    bound(&b, "", "Require: outbound\r\n");
    kit_call(&b, "sip:bob@example.test");
    snprintf(first, sizeof(first), "%s", contact(&b, "INVITE"));
    assert_non_null(strstr(first, ".invalid;transport=tls;ob>"));
    assert_null(strstr(first, "192.0.2.7"));
    kit_call(&b, "sip:carol@example.test");
    assert_string_equal(contact(&b, "INVITE"), first);
    again(&b); /* the registrar is told the truth */
    assert_non_null(strstr(contact(&b, "REGISTER"), "192.0.2.7:40000"));
    kit_finish(&b);
}

/* --------------------------------------------------------- configuration */

static int make(struct kit *b, const char *instance, int gruu)
{
    const struct siplock_account_config config = {.size = sizeof(config),
                                                  .aor =
                                                      "sip:alice@example.test",
                                                  .instance = instance,
                                                  .gruu = gruu};
    struct ua_account *acc = NULL;
    struct cause why;
    int err = ua_account_new(&acc, &b->env, POLICY_LEGACY_PBX, &config, &why);

    ua_account_free(acc, b->now);
    return err;
}

static void instances(void **state)
{
    struct kit b;
    char first[256];

    (void)state;
    begin(&b, &(struct siplock_account_config){0});
    snprintf(first, sizeof(first), "%s", contact(&b, "REGISTER"));
    assert_non_null(strstr(first, "+sip.instance=\"<urn:uuid:"));
    assert_int_equal(make(&b, URN, SIPLOCK_GRUU_AUTO), 0);
    assert_int_equal(make(&b, "urn:imei:90420156-025763-0", 2), 0);
    assert_int_equal(make(&b, "uuid:1", 0), E_INVAL);
    assert_int_equal(make(&b, "urn:uuid:1>\r\nX: y", 0), E_INVAL);
    assert_int_equal(make(&b, "urn:uuid:\"", 0), E_INVAL);
    assert_int_equal(make(&b, URN URN, 0), E_INVAL);
    assert_int_equal(make(&b, URN, 3), E_INVAL);
    kit_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outbound_is_asked_for),
        cmocka_unit_test(outbound_is_given),
        cmocka_unit_test(the_first_hop_lacks_it),
        cmocka_unit_test(the_flow_failed),
        cmocka_unit_test(forbidden_is_the_end),
        cmocka_unit_test(where_a_gruu_is_used),
        cmocka_unit_test(gruus_that_are_none),
        cmocka_unit_test(service_route_is_used),
        cmocka_unit_test(service_route_and_the_edge),
        cmocka_unit_test(service_routes_that_are_ignored),
        cmocka_unit_test(cleaned_up_first),
        cmocka_unit_test(rewriting_is_told),
        cmocka_unit_test(the_address_as_it_is_seen),
        cmocka_unit_test(the_address_is_hidden),
        cmocka_unit_test(instances),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua_binding", tests, NULL, NULL);
}
