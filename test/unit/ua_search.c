/* SPDX-License-Identifier: Apache-2.0 */
/* Where an account connects to: what is remembered, and the next server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "test/core_kit.h"
#include "test/unit/tls_dnskit.h"

static void assert_dialled(const struct kit *b, unsigned last, unsigned dials)
{
    assert_int_equal(b->dials, dials);
    assert_int_equal(b->dialled.ip[3], last);
}

static void refused(struct kit *b)
{
    struct cause cause;

    cause_set(&cause, CAUSE_connect_refused);
    ua_core_flow_down(b->core, b->now, b->flow, &cause);
    kit_pull(b);
}

static void connected(struct kit *b)
{
    kit_up(b);
    kit_pull(b);
}

static void registered(struct kit *b)
{
    kit_answer(b, "401 Unauthorized", SHA);
    kit_answer(b, "200 OK", OK_CONTACT);
    assert_int_equal(kit_reg_state(b), SIPLOCK_REGISTER_REGISTERED);
}

/* Another flow, which is registered with the credentials that we have. */
static void came_back(struct kit *b)
{
    connected(b);
    kit_answer(b, "200 OK", OK_CONTACT);
    assert_int_equal(kit_reg_state(b), SIPLOCK_REGISTER_REGISTERED);
}

static const char *const two[] = {"192.0.2.1:5061", "192.0.2.2:5061"};

/* RFC 3263 4.3: 503 leads to the next server, and that is gone back to. */
static void the_next_one_at_503(void **state)
{
    static struct kit b;

    (void)state;
    kit_start_at(&b, &(struct siplock_account_config){0}, two, 2);
    assert_dialled(&b, 1, 1);
    connected(&b);
    kit_answer(&b, "503 Service Unavailable", "Retry-After: 100\r\n");
    assert_dialled(&b, 2, 2);
    assert_int_equal(b.hangups, 1);
    connected(&b);
    registered(&b);
    /* The flow is lost within the 100 s: the other one is not asked first. */
    kit_wait_ms(&b, 20000);
    refused(&b);
    assert_dialled(&b, 2, 3);
    came_back(&b);
    kit_wait_ms(&b, 90000);
    refused(&b);
    assert_dialled(&b, 1, 4);
    kit_finish(&b);
}

/* The control: where there is one server, its 503 is waited for. */
static void nowhere_else_at_503(void **state)
{
    static struct kit b;

    (void)state;
    kit_begin(&b);
    kit_answer(&b, "503 Service Unavailable", "Retry-After: 100\r\n");
    assert_int_equal(b.dials, 1);
    assert_int_equal(b.hangups, 0);
    assert_int_equal(kit_reg_cause(&b), CAUSE_reg_server_error);
    kit_finish(&b);
}

/* Both are overloaded: each is asked once, then it is waited. */
static void both_at_503(void **state)
{
    static struct kit b;

    (void)state;
    kit_start_at(&b, &(struct siplock_account_config){0}, two, 2);
    connected(&b);
    kit_answer(&b, "503 Service Unavailable", "");
    connected(&b);
    kit_answer(&b, "503 Service Unavailable", "");
    assert_dialled(&b, 2, 2);
    assert_int_equal(kit_reg_cause(&b), CAUSE_reg_server_error);
    kit_finish(&b);
}

/* What could not be connected to is tried after the other for a while. */
static void failures_age(void **state)
{
    static struct kit b;

    (void)state;
    kit_start_at(&b, &(struct siplock_account_config){0}, two, 2);
    refused(&b);
    assert_dialled(&b, 2, 2);
    connected(&b);
    registered(&b);
    kit_wait_ms(&b, 15000);
    refused(&b);
    assert_dialled(&b, 2, 3);
    came_back(&b);
    kit_wait_ms(&b, 20000); /* 35 s after the failure */
    refused(&b);
    assert_dialled(&b, 1, 4);
    refused(&b);
    assert_dialled(&b, 2, 5);
    connected(&b);
    kit_wait_ms(&b, 12000);
    ua_core_net(b.core, b.now, UA_NET_CHANGED); /* says nothing any more */
    kit_pull(&b);
    assert_dialled(&b, 1, 6);
    kit_finish(&b);
}

/* Answers all open questions: SRV and A as they are, the rest is not there.
 */
static void answer_all(struct kit *b, unsigned ip, uint32_t ttl)
{
    unsigned n = b->questions;

    b->questions = 0;
    for (unsigned i = 0; i < n; i++) {
        struct dnskit d;
        struct ua_answer answer = {.flow = b->question[i].flow,
                                   .qid = b->question[i].qid,
                                   .status = ip ? TLS_LOCATE_PACKET
                                                : TLS_LOCATE_TIMEOUT};

        dns_begin(&d, 0, b->question[i].name, b->question[i].type);
        if (b->question[i].type == TLS_DNS_A)
            dns_a(&d, NULL, ttl, 0xc0000200 + ip);
        else if (b->question[i].type == TLS_DNS_SRV)
            dns_srv(&d, ttl,
                    (struct dns_srv){1, 1, 5061, "edge.example.test"});
        else
            dns_soa(&d, ttl, ttl);
        answer.packet = dns_end(&d);
        ua_core_dns(b->core, b->now, &answer);
    }
    kit_pull(b);
}

/* Within the TTL nobody is asked; then the old answer does if none comes. */
static void answers_are_kept(void **state)
{
    static struct kit b;
    unsigned asked;

    (void)state;
    kit_start_at(&b, &(struct siplock_account_config){0}, NULL, 0);
    assert_int_equal(b.questions, 2); /* SRV, NAPTR */
    answer_all(&b, 7, 60);
    assert_int_equal(b.questions, 2); /* A, AAAA */
    answer_all(&b, 7, 60);
    assert_dialled(&b, 7, 1);
    connected(&b);
    registered(&b);
    asked = b.asked_dns;
    kit_wait_ms(&b, 20000);
    refused(&b);
    assert_int_equal(b.asked_dns, asked);
    assert_dialled(&b, 7, 2);
    came_back(&b);
    kit_wait_ms(&b, 50000); /* 70 s */
    refused(&b);
    assert_int_equal(b.asked_dns, asked + 2);
    answer_all(&b, 0, 0); /* no server answers */
    answer_all(&b, 0, 0);
    assert_dialled(&b, 7, 3);
    came_back(&b);
    kit_wait_ms(&b, 20000);
    refused(&b);
    answer_all(&b, 8, 60); /* they answer again */
    answer_all(&b, 8, 60);
    assert_dialled(&b, 8, 4);
    /* Another network asks anew, whatever was kept. */
    connected(&b);
    asked = b.asked_dns;
    ua_core_net(b.core, b.now, UA_NET_CHANGED);
    kit_pull(&b);
    assert_int_equal(b.asked_dns, asked + 2);
    kit_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_one_at_503),
        cmocka_unit_test(nowhere_else_at_503),
        cmocka_unit_test(both_at_503),
        cmocka_unit_test(failures_age),
        cmocka_unit_test(answers_are_kept),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
