/* SPDX-License-Identifier: Apache-2.0 */
/* The clock's error by the server's Date: told once, given as a fact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "test/core_kit.h"
#include "tls/crypto.h"

/* 1289690940 */
#define DATE "Date: Sat, 13 Nov 2010 23:29:00 GMT\r\n"
#define SERVER_MS (INT64_C(1289690940) * 1000)

static unsigned notices(const struct kit *b, int64_t *seconds)
{
    unsigned n = 0;

    for (unsigned i = 0; i < b->events; i++)
        if (b->event[i].type == SIPLOCK_EVENT_NOTICE &&
            strcmp(b->event[i].notice, "clock_skew") == 0) {
            *seconds = b->event[i].seconds;
            n++;
        }
    return n;
}

/* Registered with answers that say DATE, by a clock so many seconds off. */
static void start(struct kit *b, int64_t off)
{
    kit_start(b, &(struct siplock_account_config){0});
    b->now.wall = SERVER_MS + off * 1000;
    kit_up(b);
    kit_pull(b);
    kit_answer(b, "401 Unauthorized", SHA DATE);
    kit_answer(b, "200 OK", OK_CONTACT DATE);
    assert_int_equal(kit_reg_state(b), SIPLOCK_REGISTER_REGISTERED);
}

static void told_once(void **state)
{
    static struct kit b;
    static const int64_t off[] = {-259200, 31, 40000000};
    int64_t seconds = 0;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        start(&b, off[i]);
        assert_int_equal(notices(&b, &seconds), 1);
        assert_int_equal(seconds, off[i]);
        kit_finish(&b);
    }
    for (int64_t near = -30; near <= 30; near += 30) { /* the controls */
        start(&b, near);
        assert_int_equal(notices(&b, &seconds), 0);
        kit_finish(&b);
    }
}

static void fails(struct kit *b, enum cause_code code)
{
    struct cause cause;

    cause_set_facts(&cause, code, S("it ended"));
    kit_wait_ms(b, 20000);
    b->now.wall += 20000;
    ua_core_flow_down(b->core, b->now, b->flow, &cause); /* the flow */
    kit_pull(b);
    ua_core_flow_down(b->core, b->now, b->flow, &cause); /* the next one */
    kit_pull(b);
}

static bool explained(const struct kit *b, const char *what)
{
    return strstr(b->last_cause, what) != NULL;
}

/* A certificate's dates are explained by it; nothing else is. */
static void explains_dates(void **state)
{
    static struct kit b;

    (void)state;
    start(&b, -259200);
    fails(&b, CAUSE_cert_not_yet_valid);
    assert_int_equal(kit_reg_cause(&b), CAUSE_cert_not_yet_valid);
    assert_true(explained(&b, "it ended, this device's clock is about 3 days "
                              "behind the server's"));
    kit_finish(&b);
    start(&b, -259200);
    fails(&b, CAUSE_cert_name_mismatch);
    assert_true(explained(&b, "it ended"));
    assert_false(explained(&b, "clock"));
    kit_finish(&b);
    start(&b, 0);
    fails(&b, CAUSE_cert_expired);
    assert_true(explained(&b, "it ended"));
    assert_false(explained(&b, "clock"));
    kit_finish(&b);
}

/* The estimate outlives it that the device's clock is set. */
static void clock_is_set(void **state)
{
    static struct kit b;

    (void)state;
    start(&b, 0);
    b.now.wall += 7 * INT64_C(86400000); /* to something wrong */
    fails(&b, CAUSE_cert_expired);
    assert_true(explained(&b, "about 7 days ahead of the server's"));
    kit_finish(&b);
    start(&b, 604800);
    b.now.wall -= 604800000; /* to what is right */
    fails(&b, CAUSE_cert_expired);
    assert_false(explained(&b, "clock"));
    kit_finish(&b);
}

/* What is no TLS may say the time: told, too. */
static void by_a_web_server(void **state)
{
    static struct kit b;
    struct cause cause;
    int64_t seconds = 0;

    (void)state;
    kit_start(&b, &(struct siplock_account_config){0});
    b.now.wall = SERVER_MS + 100000;
    cause_set(&cause, CAUSE_tls_captive);
    cause.date = SERVER_MS / 1000;
    ua_core_flow_down(b.core, b.now, b.flow, &cause);
    kit_pull(&b);
    assert_int_equal(notices(&b, &seconds), 1);
    assert_int_equal(seconds, 100);
    kit_finish(&b);
}

/* What a verified server said is not replaced by what somebody says. */
static void verified_counts(void **state)
{
    static struct kit b;
    struct cause cause;
    int64_t seconds = 0;

    (void)state;
    start(&b, 0);
    cause_set(&cause, CAUSE_tls_captive);
    cause.date = SERVER_MS / 1000 - 999999;
    kit_wait_ms(&b, 20000);
    b.now.wall += 20000;
    for (int i = 0; i < 2; i++) { /* the flow, then the next one */
        ua_core_flow_down(b.core, b.now, b.flow, &cause);
        kit_pull(&b);
    }
    assert_int_equal(notices(&b, &seconds), 0);
    fails(&b, CAUSE_cert_expired);
    assert_true(explained(&b, "it ended"));
    assert_false(explained(&b, "clock"));
    kit_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(told_once),       cmocka_unit_test(explains_dates),
        cmocka_unit_test(clock_is_set),    cmocka_unit_test(by_a_web_server),
        cmocka_unit_test(verified_counts),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
