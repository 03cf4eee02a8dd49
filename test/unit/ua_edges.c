/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts with several edges: read, tried in order, each by its own name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "test/core_kit.h"
#include "test/unit/tls_kit.h"
#include "ua/account.h"

#define THREE "sip:192.0.2.1:5061, sip:192.0.2.1:443,sip:192.0.2.2:5071"

static void start(struct kit *b, const char *outbound)
{
    kit_start_at(b, &(struct siplock_account_config){.outbound = outbound},
                 NULL, 0);
}

static void down(struct kit *b, enum cause_code code)
{
    struct cause cause;

    cause_set(&cause, code);
    ua_core_flow_down(b->core, b->now, b->flow, &cause);
    kit_pull(b);
}

/* The name that the last connection's certificate must have. */
static const char *wanted(const struct kit *b)
{
    unsigned last = b->dials - 1;

    return policy_peer_view(b->policy, b->dial[last].ticket)->name.text;
}

static void expect_dial(const struct kit *b, unsigned dials, unsigned last,
                        unsigned port)
{
    assert_int_equal(b->dials, dials);
    assert_int_equal(b->dialled.ip[3], last);
    assert_int_equal(b->dialled.port, port);
}

static void in_their_order(void **state)
{
    static struct kit b;

    (void)state;
    start(&b, THREE);
    expect_dial(&b, 1, 1, 5061);
    assert_string_equal(wanted(&b), "192.0.2.1");
    down(&b, CAUSE_connect_refused);
    expect_dial(&b, 2, 1, 443);
    assert_string_equal(wanted(&b), "192.0.2.1");
    down(&b, CAUSE_tls_http);
    expect_dial(&b, 3, 2, 5071);
    assert_string_equal(wanted(&b), "192.0.2.2");
    kit_up(&b);
    kit_pull(&b);
    /* The Route is of the edge in use (RFC 3261 8.1.2). */
    assert_non_null(strstr(b.sent[0], "Route: <sip:192.0.2.2:5071;"));
    assert_null(strstr(b.sent[0], "192.0.2.1"));
    kit_answer(&b, "401 Unauthorized", SHA);
    kit_answer(&b, "200 OK", OK_CONTACT);
    assert_int_equal(kit_reg_state(&b), SIPLOCK_REGISTER_REGISTERED);
    kit_finish(&b);
}

/* They race like addresses of one. */
static void they_race(void **state)
{
    static struct kit b;

    (void)state;
    start(&b, THREE);
    kit_wait_ms(&b, 250);
    expect_dial(&b, 2, 1, 443);
    kit_up(&b);
    kit_pull(&b);
    assert_true(b.dial[0].hung);
    assert_non_null(strstr(b.sent[0], "Route: <sip:192.0.2.1:443;"));
    kit_finish(&b);
}

/* A wrong certificate on any of them ends it. */
static void trust_ends_it(void **state)
{
    static struct kit b;

    (void)state;
    start(&b, THREE);
    down(&b, CAUSE_connect_refused);
    down(&b, CAUSE_cert_name_mismatch);
    assert_int_equal(b.dials, 2);
    assert_int_equal(kit_reg_cause(&b), CAUSE_cert_name_mismatch);
    kit_wait_ms(&b, 100000);
    assert_int_equal(b.dials, 2);
    kit_finish(&b);
}

/* The next attempt, and one on another network, begin with the first. */
static void from_the_first_again(void **state)
{
    static struct kit b;

    (void)state;
    start(&b, THREE);
    down(&b, CAUSE_connect_refused);
    down(&b, CAUSE_connect_refused);
    kit_up(&b);
    kit_pull(&b);
    kit_answer(&b, "401 Unauthorized", SHA);
    kit_answer(&b, "200 OK", OK_CONTACT);
    kit_wait_ms(&b, 15000);
    down(&b, CAUSE_connect_reset); /* the others failed 15 s ago */
    expect_dial(&b, 4, 2, 5071);
    ua_core_net(b.core, b.now, UA_NET_CHANGED);
    kit_pull(&b);
    expect_dial(&b, 5, 1, 5061);
    assert_string_equal(wanted(&b), "192.0.2.1");
    kit_finish(&b);
}

static int try(const char *outbound, const char *address, struct cause *why)
{
    const struct siplock_account_config config = {
        .size = sizeof(config),
        .aor = "sip:alice@example.test",
        .outbound = outbound,
        .address = &address,
        .addresses = address != NULL};
    struct ua_account *acc = NULL;
    int err = ua_account_new(&acc, &kit_env, POLICY_LEGACY_PBX, &config, why);

    if (!err)
        ua_account_free(acc, (struct now){0});
    return err;
}

static void what_is_refused(void **state)
{
    static const char *const malformed[] = {
        "sip:a.test,",
        ",sip:a.test",
        "sip:a.test,,sip:b.test",
        "sip:a.test sip:b.test",
        "sip:a.test,b.test",
        "sip:a.test,tel:1",
        "sip:a.test,sip:user@b.test",
        "sip:a.test,sip:b.test,sip:c.test,sip:d.test,sip:e.test"};
    struct cause why;

    (void)state;
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        assert_int_equal(try(malformed[i], NULL, &why), E_INVAL);
        assert_int_equal(why.code, CAUSE_config_invalid);
        assert_non_null(strstr(why.text, "outbound"));
    }
    assert_int_equal(try("sip:a.test,sip:b.test;transport=udp", NULL, &why),
                     E_POLICY);
    assert_int_equal(why.refusal, POLICY_transport_udp);
    assert_int_equal(try("sip:a.test,sip:b.test;maddr=192.0.2.1", NULL, &why),
                     E_POLICY);
    assert_int_equal(why.refusal, POLICY_target_maddr);
    /* Whose address would it be? */
    assert_int_equal(try("sip:a.test,sip:b.test", "192.0.2.1", &why), E_INVAL);
    assert_non_null(strstr(why.text, "address"));
    /* The controls. */
    assert_int_equal(try("sip:a.test", "192.0.2.1", &why), 0);
    assert_int_equal(try("sip:a.test, sips:b.test:443;transport=tls ,"
                         "sip:[2001:db8::1]:5061,sip:d.test",
                         NULL, &why),
                     0);
}

static int body(const struct env *env, void *arg)
{
    const struct siplock_account_config config = {.size = sizeof(config),
                                                  .aor =
                                                      "sip:alice@example.test",
                                                  .outbound = THREE};
    struct ua_account *acc = NULL;
    struct cause why;
    int err = ua_account_new(&acc, env, POLICY_LEGACY_PBX, &config, &why);

    (void)arg;
    if (!err)
        ua_account_free(acc, (struct now){0});
    return err;
}

static void without_memory(void **state)
{
    (void)state;
    assert_true(oom_loop(&kit_env, body, NULL) >= 3);
}

/* The same edges in the same order share a flow, and nothing less does. */
static void shared(void **state)
{
    static struct kit b;
    const struct siplock_account_config first = {.outbound = THREE,
                                                 .share_flow = 1};
    struct siplock_account_config more = first;

    (void)state;
    kit_start_at(&b, &first, NULL, 0);
    more.aor = "sip:bob@example.test";
    assert_int_equal(kit_add(&b, 2, &more), 0);
    assert_int_equal(b.dials, 1);
    more.aor = "sip:carol@example.test";
    more.outbound = "sip:192.0.2.1:5061,sip:192.0.2.1:443";
    assert_int_equal(kit_add(&b, 3, &more), 0);
    assert_int_equal(b.dials, 2);
    more.aor = "sip:dave@example.test";
    more.outbound = "sip:192.0.2.1:5061,sip:192.0.2.1:443,sip:192.0.2.2:5061";
    assert_int_equal(kit_add(&b, 4, &more), 0);
    assert_int_equal(b.dials, 3);
    kit_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_their_order),
        cmocka_unit_test(they_race),
        cmocka_unit_test(trust_ends_it),
        cmocka_unit_test(from_the_first_again),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(without_memory),
        cmocka_unit_test(shared),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
