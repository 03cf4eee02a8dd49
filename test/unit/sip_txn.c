/* SPDX-License-Identifier: Apache-2.0 */
/* The four transaction tables: total, and as RFC 3261 and 6026 draw them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sip/txn.h"

#define ALL_CELLS(k, s, e)                            \
    for (int k = 0; k < SIP_TXN_KIND_COUNT; k++)      \
        for (int s = 0; s < SIP_TXN_STATE_COUNT; s++) \
            for (int e = 0; e < SIP_TXN_EVENT_COUNT; e++)

static struct sip_txn_cell cell(int k, int s, int e)
{
    return sip_txn_step((enum sip_txn_kind)k, (enum sip_txn_state)s,
                        (enum sip_txn_event)e);
}

static void no_cell_is_empty(void **state)
{
    (void)state;
    ALL_CELLS(k, s, e)
    {
        struct sip_txn_cell c = cell(k, s, e);

        assert_true(c.action != 0);
        assert_true(c.next < SIP_TXN_STATE_COUNT);
        /* Ended and told to end are the same thing. */
        if (c.next == SIP_TXN_ENDED && s != SIP_TXN_ENDED)
            assert_true(c.action & SIP_TXN_DO_END);
        if (c.action & SIP_TXN_DO_END)
            assert_int_equal(c.next, SIP_TXN_ENDED);
        /* A stray or a refused call changes nothing. */
        if (c.action & (SIP_TXN_DO_DROP | SIP_TXN_DO_REFUSE))
            assert_int_equal(c.next, s);
    }
}

/* Which states a machine can be in: the others are collapsed (table 4). */
static void reachable(void **state)
{
    static const unsigned want[SIP_TXN_KIND_COUNT] = {
        [SIP_TXN_CLIENT_INVITE] = 1 << SIP_TXN_STARTED |
                                  1 << SIP_TXN_PROCEEDING |
                                  1 << SIP_TXN_ACCEPTED | 1 << SIP_TXN_ENDED,
        [SIP_TXN_CLIENT] = 1 << SIP_TXN_STARTED | 1 << SIP_TXN_PROCEEDING |
                           1 << SIP_TXN_ENDED,
        [SIP_TXN_SERVER_INVITE] = 1 << SIP_TXN_STARTED |
                                  1 << SIP_TXN_PROCEEDING |
                                  1 << SIP_TXN_COMPLETED |
                                  1 << SIP_TXN_ACCEPTED | 1 << SIP_TXN_ENDED,
        [SIP_TXN_SERVER] = 1 << SIP_TXN_STARTED | 1 << SIP_TXN_PROCEEDING |
                           1 << SIP_TXN_ENDED,
    };

    (void)state;
    for (int k = 0; k < SIP_TXN_KIND_COUNT; k++) {
        unsigned seen = 1 << SIP_TXN_STARTED;

        for (int round = 0; round < SIP_TXN_STATE_COUNT; round++)
            for (int s = 0; s < SIP_TXN_STATE_COUNT; s++)
                for (int e = 0; seen >> s & 1 && e < SIP_TXN_EVENT_COUNT; e++)
                    seen |= 1u << cell(k, s, e).next;
        assert_int_equal(seen, want[k]);
    }
}

struct move {
    enum sip_txn_event event;
    enum sip_txn_state next;
    unsigned action;
};

static void walk(enum sip_txn_kind kind, const struct move *move, size_t n)
{
    enum sip_txn_state s = SIP_TXN_STARTED;

    for (size_t i = 0; i < n; i++) {
        struct sip_txn_cell c = sip_txn_step(kind, s, move[i].event);

        assert_int_equal(c.next, move[i].next);
        assert_int_equal(c.action, move[i].action);
        s = (enum sip_txn_state)c.next;
    }
}

#define WALK(kind, ...)                            \
    walk(kind, (const struct move[]){__VA_ARGS__}, \
         sizeof((const struct move[]){__VA_ARGS__}) / sizeof(struct move))

static void client_invite(void **state)
{
    (void)state;
    /* RFC 6026 8.4: the second 2xx of a fork reaches the TU too. */
    WALK(SIP_TXN_CLIENT_INVITE,
         {SIP_TXN_RECV_1XX, SIP_TXN_PROCEEDING,
          SIP_TXN_DO_PASS | SIP_TXN_DO_DISARM},
         {SIP_TXN_RECV_2XX, SIP_TXN_ACCEPTED,
          SIP_TXN_DO_PASS | SIP_TXN_DO_LINGER},
         {SIP_TXN_RECV_2XX, SIP_TXN_ACCEPTED, SIP_TXN_DO_PASS},
         {SIP_TXN_RECV_FINAL, SIP_TXN_ACCEPTED, SIP_TXN_DO_DROP},
         {SIP_TXN_LINGERED, SIP_TXN_ENDED, SIP_TXN_DO_END});
    WALK(SIP_TXN_CLIENT_INVITE,
         {SIP_TXN_RECV_FINAL, SIP_TXN_ENDED,
          SIP_TXN_DO_PASS | SIP_TXN_DO_ACK | SIP_TXN_DO_END});
    WALK(SIP_TXN_CLIENT_INVITE, {SIP_TXN_TIMEOUT, SIP_TXN_ENDED,
                                 SIP_TXN_DO_TIMEOUT | SIP_TXN_DO_END});
}

static void client(void **state)
{
    (void)state;
    WALK(SIP_TXN_CLIENT,
         {SIP_TXN_RECV_1XX, SIP_TXN_PROCEEDING, SIP_TXN_DO_PASS},
         {SIP_TXN_RECV_FINAL, SIP_TXN_ENDED,
          SIP_TXN_DO_PASS | SIP_TXN_DO_DISARM | SIP_TXN_DO_END});
    /* Timer F runs on in Proceeding (17.1.2.2), B does not (17.1.1.2). */
    WALK(
        SIP_TXN_CLIENT,
        {SIP_TXN_RECV_1XX, SIP_TXN_PROCEEDING, SIP_TXN_DO_PASS},
        {SIP_TXN_TIMEOUT, SIP_TXN_ENDED, SIP_TXN_DO_TIMEOUT | SIP_TXN_DO_END});
    WALK(SIP_TXN_CLIENT, {SIP_TXN_FLOW_DOWN, SIP_TXN_ENDED,
                          SIP_TXN_DO_FLOW_ERR | SIP_TXN_DO_END});
}

static void server_invite(void **state)
{
    (void)state;
    WALK(
        SIP_TXN_SERVER_INVITE,
        {SIP_TXN_SEND_1XX, SIP_TXN_PROCEEDING, SIP_TXN_DO_SEND},
        {SIP_TXN_RECV_REQUEST, SIP_TXN_PROCEEDING, SIP_TXN_DO_RESEND},
        {SIP_TXN_SEND_FINAL, SIP_TXN_COMPLETED,
         SIP_TXN_DO_SEND | SIP_TXN_DO_ARM_H},
        {SIP_TXN_SEND_2XX, SIP_TXN_COMPLETED, SIP_TXN_DO_REFUSE},
        {SIP_TXN_RECV_ACK, SIP_TXN_ENDED, SIP_TXN_DO_DISARM | SIP_TXN_DO_END});
    /* RFC 6026 7.1: in Accepted an INVITE again is absorbed. */
    WALK(SIP_TXN_SERVER_INVITE,
         {SIP_TXN_SEND_2XX, SIP_TXN_ACCEPTED,
          SIP_TXN_DO_SEND | SIP_TXN_DO_LINGER},
         {SIP_TXN_RECV_REQUEST, SIP_TXN_ACCEPTED, SIP_TXN_DO_DROP},
         {SIP_TXN_RECV_ACK, SIP_TXN_ACCEPTED, SIP_TXN_DO_PASS},
         {SIP_TXN_LINGERED, SIP_TXN_ENDED, SIP_TXN_DO_END});
}

static void server(void **state)
{
    (void)state;
    WALK(SIP_TXN_SERVER,
         {SIP_TXN_RECV_REQUEST, SIP_TXN_STARTED, SIP_TXN_DO_DROP},
         {SIP_TXN_SEND_1XX, SIP_TXN_PROCEEDING, SIP_TXN_DO_SEND},
         {SIP_TXN_RECV_REQUEST, SIP_TXN_PROCEEDING, SIP_TXN_DO_RESEND},
         {SIP_TXN_SEND_2XX, SIP_TXN_ENDED, SIP_TXN_DO_SEND | SIP_TXN_DO_END});
}

static void statuses(void **state)
{
    (void)state;
    assert_int_equal(sip_txn_recv_event(100), SIP_TXN_RECV_1XX);
    assert_int_equal(sip_txn_recv_event(199), SIP_TXN_RECV_1XX);
    assert_int_equal(sip_txn_recv_event(200), SIP_TXN_RECV_2XX);
    assert_int_equal(sip_txn_recv_event(299), SIP_TXN_RECV_2XX);
    assert_int_equal(sip_txn_recv_event(300), SIP_TXN_RECV_FINAL);
    assert_int_equal(sip_txn_recv_event(699), SIP_TXN_RECV_FINAL);
    assert_int_equal(sip_txn_send_event(180), SIP_TXN_SEND_1XX);
    assert_int_equal(sip_txn_send_event(202), SIP_TXN_SEND_2XX);
    assert_int_equal(sip_txn_send_event(486), SIP_TXN_SEND_FINAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_cell_is_empty), cmocka_unit_test(reachable),
        cmocka_unit_test(client_invite),    cmocka_unit_test(client),
        cmocka_unit_test(server_invite),    cmocka_unit_test(server),
        cmocka_unit_test(statuses),
    };

    return cmocka_run_group_tests_name("sip_txn", tests, NULL, NULL);
}
