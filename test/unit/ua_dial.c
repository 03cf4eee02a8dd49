/* SPDX-License-Identifier: Apache-2.0 */
/* Connections of an attempt race: who wins, and what ends the race. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "test/core_kit.h"
#include "test/unit/tls_dnskit.h"
#include "ua/dial.h"

static const char *const four[] = {"192.0.2.1:5061", "192.0.2.2:5061",
                                   "192.0.2.3:5061", "192.0.2.4:5061"};

static void start(struct kit *b, size_t n)
{
    kit_start_at(b, &(struct siplock_account_config){0}, four, n);
}

/* The connection that was dialled as number i is there. */
static void up(struct kit *b, unsigned i)
{
    b->flow = b->dial[i].flow;
    b->dialled = b->dial[i].addr;
    kit_up(b);
    kit_pull(b);
}

static void down(struct kit *b, unsigned i, enum cause_code code)
{
    struct cause cause;

    cause_set(&cause, code);
    ua_core_flow_down(b->core, b->now, b->dial[i].flow, &cause);
    kit_pull(b);
}

static bool is_stale(const struct kit *b, unsigned i)
{
    return policy_peer_view(b->policy, b->dial[i].ticket) == NULL;
}

static void registers(struct kit *b)
{
    kit_answer(b, "401 Unauthorized", SHA);
    kit_answer(b, "200 OK", OK_CONTACT);
    assert_int_equal(kit_reg_state(b), SIPLOCK_REGISTER_REGISTERED);
    for (unsigned i = 0; i < b->sents; i++)
        assert_true(b->sent_on[i] == b->flow);
}

/* The second one starts 250 ms later and is verified first. */
static void the_second_wins(void **state)
{
    static struct kit b;

    (void)state;
    start(&b, 2);
    kit_wait_ms(&b, 249);
    assert_int_equal(b.dials, 1);
    kit_wait_ms(&b, 1);
    assert_int_equal(b.dials, 2);
    assert_true(b.dial[0].flow != b.dial[1].flow);
    assert_int_equal(b.dial[1].addr.ip[3], 2);
    up(&b, 1);
    assert_true(b.dial[0].hung && is_stale(&b, 0));
    assert_false(b.dial[1].hung || is_stale(&b, 1));
    registers(&b);
    /* What the driver still has to say of the other one is nothing. */
    const struct ua_flow_facts facts = {.name = S("example.test")};
    unsigned sents = b.sents;

    ua_core_flow_up(b.core, b.now, b.dial[0].flow, &facts);
    ua_core_bytes(b.core, b.now, b.dial[0].flow, S("\r\n\r\n"));
    down(&b, 0, CAUSE_cert_expired);
    assert_int_equal(b.sents, sents);
    assert_int_equal(kit_reg_state(&b), SIPLOCK_REGISTER_REGISTERED);
    kit_finish(&b);
}

static const char *const eight[] = {
    "192.0.2.1:5061", "192.0.2.2:5061", "192.0.2.3:5061", "192.0.2.4:5061",
    "192.0.2.5:5061", "192.0.2.6:5061", "192.0.2.7:5061", "192.0.2.8:5061"};

/* All of them swallow: each costs 250 ms, as far as the bound goes. */
static void start_swallowing(struct kit *b)
{
    kit_start_at(b, &(struct siplock_account_config){0}, eight, 8);
    for (unsigned i = 1; i < UA_DIALS_MAX; i++) {
        kit_wait_ms(b, 249);
        assert_int_equal(b->dials, i);
        kit_wait_ms(b, 1);
        assert_int_equal(b->dials, i + 1);
        assert_int_equal(b->dial[i].addr.ip[3], i + 1);
    }
    assert_int_equal(b->hangups, 0);
}

/* Whichever of many is verified is the only one that ever has SIP; the others
 * are hung up, and their tickets end. */
static void one_of_many_wins(void **state)
{
    static struct kit b;

    (void)state;
    for (unsigned winner = 0; winner < UA_DIALS_MAX; winner++) {
        start_swallowing(&b);
        assert_int_equal(b.sents, 0);
        up(&b, winner);
        for (unsigned i = 0; i < UA_DIALS_MAX; i++) {
            assert_int_equal(b.dial[i].hung, i != winner);
            assert_int_equal(is_stale(&b, i), i != winner);
        }
        registers(&b);
        kit_wait_ms(&b, 1000);
        assert_int_equal(b.dials, UA_DIALS_MAX);
        kit_finish(&b);
    }
}

/* One more waits until one of them has failed, and then not a moment. */
static void a_bound_of_many(void **state)
{
    static struct kit b;

    (void)state;
    start_swallowing(&b);
    kit_wait_ms(&b, 2000);
    assert_int_equal(b.dials, UA_DIALS_MAX);
    down(&b, 0, CAUSE_connect_timeout);
    assert_int_equal(b.dials, UA_DIALS_MAX + 1);
    down(&b, 1, CAUSE_connect_timeout);
    assert_int_equal(b.dials, UA_DIALS_MAX + 2);
    for (unsigned i = 2; i < 7; i++)
        down(&b, i, CAUSE_connect_timeout);
    up(&b, 7);
    registers(&b);
    assert_int_equal(b.hangups, 0);
    kit_finish(&b);
    /* All fail: the attempt is over when the last one has. */
    start_swallowing(&b);
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(kit_reg_state(&b), SIPLOCK_REGISTER_TRYING);
        down(&b, i, i == 2 ? CAUSE_tls_no_tls : CAUSE_connect_timeout);
    }
    assert_int_equal(kit_reg_cause(&b), CAUSE_tls_no_tls); /* says most */
    kit_finish(&b);
}

/* Trust of any one ends all. */
static void trust_ends_many(void **state)
{
    static struct kit b;

    (void)state;
    for (unsigned bad = 0; bad < UA_DIALS_MAX; bad++) {
        start_swallowing(&b);
        down(&b, bad, CAUSE_cert_unknown_ca);
        for (unsigned i = 0; i < UA_DIALS_MAX; i++) {
            assert_int_equal(b.dial[i].hung, i != bad);
            assert_true(is_stale(&b, i));
        }
        assert_int_equal(kit_reg_cause(&b), CAUSE_cert_unknown_ca);
        kit_wait_ms(&b, 100000);
        assert_int_equal(b.dials, UA_DIALS_MAX);
        assert_int_equal(b.sents, 0);
        kit_finish(&b);
    }
}

/* How many connections that number of accounts makes in half a second. */
static unsigned dials_of(unsigned accounts)
{
    static struct kit b;
    const struct siplock_account_config config = {.address = four,
                                                  .addresses = 4};
    unsigned n;

    start(&b, 4);
    for (unsigned i = 1; i < accounts; i++)
        assert_int_equal(kit_add(&b, ID + i, &config), 0);
    kit_wait_ms(&b, 250);
    kit_wait_ms(&b, 250);
    n = b.dials;
    kit_finish(&b);
    return n;
}

/* Where many accounts dial at once, each has two connections and no more. */
static void many_accounts_race_less(void **state)
{
    (void)state;
    assert_int_equal(dials_of(UA_DIALS_ALL / 2), UA_DIALS_ALL);
    assert_int_equal(dials_of(200), 400);
    assert_int_equal(dials_of(50), 150); /* the control: three each */
}

/* What this side lacks is no fault of the address: it is not put behind. */
static void a_lack_is_no_fault(void **state)
{
    static const struct {
        enum cause_code code;
        unsigned next; /* that is dialled when the flow is lost */
    } row[] = {
        {CAUSE_table_full, 1},
        {CAUSE_out_of_memory, 1},
        {CAUSE_connect_refused, 2}, /* the control */
    };
    static struct kit b;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        start(&b, 2);
        down(&b, 0, row[i].code);
        up(&b, 1);
        registers(&b);
        down(&b, 1, CAUSE_connect_reset);
        assert_int_equal(b.dials, 3);
        assert_int_equal(b.dial[2].addr.ip[3], row[i].next);
        kit_finish(&b);
    }
}

/* Who lost the race was slow, and is better than one that says 503. */
static void the_loser_is_the_next(void **state)
{
    static struct kit b;

    (void)state;
    start(&b, 2);
    kit_wait_ms(&b, 250);
    up(&b, 1);
    kit_answer(&b, "503 Service Unavailable", "Retry-After: 100\r\n");
    assert_int_equal(b.dials, 3);
    assert_int_equal(b.dial[2].addr.ip[3], 1);
    kit_finish(&b);
    /* The control: it had failed. */
    start(&b, 2);
    down(&b, 0, CAUSE_connect_refused);
    up(&b, 1);
    kit_answer(&b, "503 Service Unavailable", "Retry-After: 100\r\n");
    assert_int_equal(b.dials, 2);
    kit_finish(&b);
}

static void the_first_wins(void **state)
{
    static struct kit b;

    (void)state;
    start(&b, 2);
    kit_wait_ms(&b, 250);
    up(&b, 0);
    assert_true(b.dial[1].hung && is_stale(&b, 1));
    assert_false(b.dial[0].hung || is_stale(&b, 0));
    registers(&b);
    kit_finish(&b);
    /* The control: a fast one is alone. */
    start(&b, 2);
    kit_wait_ms(&b, 200);
    up(&b, 0);
    registers(&b);
    kit_wait_ms(&b, 400);
    assert_int_equal(b.dials, 1);
    assert_int_equal(b.hangups, 0);
    kit_finish(&b);
}

/* A failure has the next one start at once, in the loser's place. */
static void failures_do_not_wait(void **state)
{
    static struct kit b;

    (void)state;
    start(&b, 4);
    down(&b, 0, CAUSE_connect_refused);
    assert_int_equal(b.dials, 2);
    assert_true(is_stale(&b, 0));
    kit_wait_ms(&b, 250);
    assert_int_equal(b.dials, 3);
    down(&b, 1, CAUSE_tls_reset);
    assert_int_equal(b.dials, 4);
    down(&b, 3, CAUSE_connect_timeout);
    assert_int_equal(kit_last_event(&b, SIPLOCK_EVENT_FLOW_STATE)->state,
                     SIPLOCK_FLOW_CONNECTING);
    up(&b, 2);
    registers(&b);
    assert_int_equal(b.hangups, 0); /* the others had ended */
    kit_finish(&b);
}

static void all_fail(void **state)
{
    static struct kit b;

    (void)state;
    start(&b, 2);
    kit_wait_ms(&b, 250);
    down(&b, 1, CAUSE_connect_refused);
    down(&b, 0, CAUSE_tls_reset);
    assert_int_equal(kit_reg_cause(&b), CAUSE_tls_reset); /* says most */
    assert_int_equal(b.dials, 2);
    assert_int_equal(b.hangups, 0);
    kit_wait_ms(&b, 2000);
    assert_int_equal(b.dials, 3); /* a new attempt */
    kit_finish(&b);
}

/* Another address does not mend a certificate: all ends, either way round. */
static void trust_ends_it(void **state)
{
    static struct kit b;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        start(&b, 4);
        kit_wait_ms(&b, 250);
        assert_int_equal(b.dials, 2);
        down(&b, i, CAUSE_cert_name_mismatch);
        assert_true(b.dial[1 - i].hung && is_stale(&b, 1 - i));
        assert_int_equal(kit_reg_cause(&b), CAUSE_cert_name_mismatch);
        const struct ua_flow_facts facts = {.name = S("example.test")};

        ua_core_flow_up(b.core, b.now, b.dial[1 - i].flow, &facts);
        kit_wait_ms(&b, 100000);
        assert_int_equal(b.dials, 2);
        assert_int_equal(b.sents, 0);
        kit_finish(&b);
    }
}

/* Another network, or no need any more: both are hung up. */
static void ends_from_outside(void **state)
{
    static struct kit b;

    (void)state;
    start(&b, 3);
    kit_wait_ms(&b, 250);
    ua_core_net(b.core, b.now, UA_NET_CHANGED);
    kit_pull(&b);
    assert_true(b.dial[0].hung && b.dial[1].hung);
    assert_int_equal(b.dials, 3);
    kit_wait_ms(&b, 250);
    assert_int_equal(b.dials, 4);
    assert_int_equal(ua_core_account_remove(b.core, b.now, KIT_ACCOUNT), 0);
    kit_pull(&b);
    assert_true(b.dial[2].hung && b.dial[3].hung);
    assert_int_equal(b.forgets, 1);
    kit_finish(&b);
}

/* A is answered while the address of AAAA is being dialled: it joins. */
static void late_answers_join(void **state)
{
    static struct kit b;
    struct dnskit d;
    struct ua_answer answer = {.status = TLS_LOCATE_PACKET};

    (void)state;
    kit_start_at(
        &b, &(struct siplock_account_config){.outbound = "sip:edge.test:5071"},
        NULL, 0);
    assert_int_equal(b.questions, 2);
    for (int six = 1; six >= 0; six--) {
        unsigned i =
            b.question[0].type == (six ? TLS_DNS_AAAA : TLS_DNS_A) ? 0 : 1;

        dns_begin(&d, 0, b.question[i].name, b.question[i].type);
        if (six)
            dns_aaaa(&d, NULL, 60, 1);
        else
            dns_a(&d, NULL, 60, 0xc0000209);
        answer.flow = b.question[i].flow;
        answer.qid = b.question[i].qid;
        answer.packet = dns_end(&d);
        ua_core_dns(b.core, b.now, &answer);
        kit_pull(&b);
        assert_int_equal(b.dials, 1);
        assert_int_equal(b.dial[0].addr.family, 6);
        kit_wait_ms(&b, 100);
    }
    kit_wait_ms(&b, 50);
    assert_int_equal(b.dials, 2);
    assert_int_equal(b.dial[1].addr.ip[3], 9);
    up(&b, 1);
    registers(&b);
    assert_true(b.dial[0].hung);
    kit_finish(&b);
}

/* Which address goes first is told by those that the device has, as they are
 * when the attempt begins. */
static void own_addresses_count(void **state)
{
    static const struct tls_local six = {{6, {0x20, 1, 0xd, 0xb8}, 0}, 64},
                                  four_ = {{4, {192, 0, 2, 7}, 0}, 24};
    static struct kit b;
    struct dnskit d;

    (void)state;
    for (int with_six = 0; with_six < 2; with_six++) {
        kit_locals = (struct tls_locals){.row = {four_, six},
                                         .n = 1 + (unsigned)with_six};
        kit_start_at(
            &b,
            &(struct siplock_account_config){.outbound = "sip:edge.test:5071"},
            NULL, 0);
        for (unsigned i = 0; i < 2; i++) {
            struct ua_answer answer = {.flow = b.question[i].flow,
                                       .qid = b.question[i].qid,
                                       .status = TLS_LOCATE_PACKET};

            dns_begin(&d, 0, b.question[i].name, b.question[i].type);
            if (b.question[i].type == TLS_DNS_AAAA)
                dns_aaaa(&d, NULL, 60, 1);
            else
                dns_a(&d, NULL, 60, 0xc0000209);
            answer.packet = dns_end(&d);
            ua_core_dns(b.core, b.now, &answer);
        }
        kit_pull(&b);
        assert_int_equal(b.dial[0].addr.family, with_six ? 6 : 4);
        kit_wait_ms(&b, 250);
        assert_int_equal(b.dial[1].addr.family, with_six ? 4 : 6);
        kit_finish(&b);
    }
    kit_locals.n = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_second_wins),
        cmocka_unit_test(one_of_many_wins),
        cmocka_unit_test(a_bound_of_many),
        cmocka_unit_test(trust_ends_many),
        cmocka_unit_test(many_accounts_race_less),
        cmocka_unit_test(a_lack_is_no_fault),
        cmocka_unit_test(the_loser_is_the_next),
        cmocka_unit_test(the_first_wins),
        cmocka_unit_test(failures_do_not_wait),
        cmocka_unit_test(all_fail),
        cmocka_unit_test(trust_ends_it),
        cmocka_unit_test(ends_from_outside),
        cmocka_unit_test(late_answers_join),
        cmocka_unit_test(own_addresses_count),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
