/* SPDX-License-Identifier: Apache-2.0 */
/* The four transaction tables (RFC 3261 17, RFC 6026 7 and 8). */
#include "sip/txn.h"

#define PASS SIP_TXN_DO_PASS
#define ACK SIP_TXN_DO_ACK
#define SEND SIP_TXN_DO_SEND
#define RESEND SIP_TXN_DO_RESEND
#define DISARM SIP_TXN_DO_DISARM
#define ARM_H SIP_TXN_DO_ARM_H
#define LINGER SIP_TXN_DO_LINGER
#define TIMED_OUT SIP_TXN_DO_TIMEOUT
#define FLOW_ERR SIP_TXN_DO_FLOW_ERR
#define END SIP_TXN_DO_END

#define GO(state, act)         \
    {                          \
        SIP_TXN_##state, (act) \
    }
#define STRAY(state)                     \
    {                                    \
        SIP_TXN_##state, SIP_TXN_DO_DROP \
    }
#define NO(state)                          \
    {                                      \
        SIP_TXN_##state, SIP_TXN_DO_REFUSE \
    }

/* A client machine neither receives requests nor sends responses. */
#define CLIENT_NEVER(state)                                                   \
    [SIP_TXN_RECV_REQUEST] = STRAY(state), [SIP_TXN_RECV_ACK] = STRAY(state), \
    [SIP_TXN_SEND_1XX] = NO(state), [SIP_TXN_SEND_2XX] = NO(state),           \
    [SIP_TXN_SEND_FINAL] = NO(state)

/* A server machine receives no responses. */
#define SERVER_NEVER(state)                                               \
    [SIP_TXN_RECV_1XX] = STRAY(state), [SIP_TXN_RECV_2XX] = STRAY(state), \
    [SIP_TXN_RECV_FINAL] = STRAY(state)

#define ALL_STRAY(state)                                                      \
    [SIP_TXN_RECV_1XX] = STRAY(state), [SIP_TXN_RECV_2XX] = STRAY(state),     \
    [SIP_TXN_RECV_FINAL] = STRAY(state),                                      \
    [SIP_TXN_RECV_REQUEST] = STRAY(state), [SIP_TXN_RECV_ACK] = STRAY(state), \
    [SIP_TXN_SEND_1XX] = NO(state), [SIP_TXN_SEND_2XX] = NO(state),           \
    [SIP_TXN_SEND_FINAL] = NO(state), [SIP_TXN_TIMEOUT] = STRAY(state),       \
    [SIP_TXN_LINGERED] = STRAY(state), [SIP_TXN_FLOW_DOWN] = STRAY(state)

#define TABLE(name)                                            \
    static const struct sip_txn_cell name[SIP_TXN_STATE_COUNT] \
                                         [SIP_TXN_EVENT_COUNT]

/* RFC 3261 figure 5 as amended by RFC 6026 7.2 and 8.4. */
TABLE(client_invite) = {
    [SIP_TXN_STARTED] = {[SIP_TXN_RECV_1XX] = GO(PROCEEDING, PASS | DISARM),
                         [SIP_TXN_RECV_2XX] = GO(ACCEPTED,
                                                 PASS | DISARM | LINGER),
                         [SIP_TXN_RECV_FINAL] = GO(ENDED, PASS | ACK | END),
                         [SIP_TXN_TIMEOUT] = GO(ENDED, TIMED_OUT | END),
                         [SIP_TXN_LINGERED] = STRAY(STARTED),
                         [SIP_TXN_FLOW_DOWN] = GO(ENDED, FLOW_ERR | END),
                         CLIENT_NEVER(STARTED)},
    [SIP_TXN_PROCEEDING] = {[SIP_TXN_RECV_1XX] = GO(PROCEEDING, PASS),
                            [SIP_TXN_RECV_2XX] = GO(ACCEPTED, PASS | LINGER),
                            [SIP_TXN_RECV_FINAL] = GO(ENDED, PASS | ACK | END),
                            [SIP_TXN_TIMEOUT] = STRAY(PROCEEDING),
                            [SIP_TXN_LINGERED] = STRAY(PROCEEDING),
                            [SIP_TXN_FLOW_DOWN] = GO(ENDED, FLOW_ERR | END),
                            CLIENT_NEVER(PROCEEDING)},
    /* Timer D is zero: a client INVITE is never found in Completed. */
    [SIP_TXN_COMPLETED] = {ALL_STRAY(COMPLETED)},
    /* 2xx of other forks and retransmissions pass to the TU (6026 8.4). */
    [SIP_TXN_ACCEPTED] = {[SIP_TXN_RECV_1XX] = STRAY(ACCEPTED),
                          [SIP_TXN_RECV_2XX] = GO(ACCEPTED, PASS),
                          [SIP_TXN_RECV_FINAL] = STRAY(ACCEPTED),
                          [SIP_TXN_TIMEOUT] = STRAY(ACCEPTED),
                          [SIP_TXN_LINGERED] = GO(ENDED, END),
                          [SIP_TXN_FLOW_DOWN] = GO(ACCEPTED, SIP_TXN_DO_DROP),
                          CLIENT_NEVER(ACCEPTED)},
    [SIP_TXN_ENDED] = {ALL_STRAY(ENDED)},
};

/* RFC 3261 figure 6; timer K is zero. */
TABLE(client) = {
    [SIP_TXN_STARTED] = {[SIP_TXN_RECV_1XX] = GO(PROCEEDING, PASS),
                         [SIP_TXN_RECV_2XX] = GO(ENDED, PASS | DISARM | END),
                         [SIP_TXN_RECV_FINAL] = GO(ENDED, PASS | DISARM | END),
                         [SIP_TXN_TIMEOUT] = GO(ENDED, TIMED_OUT | END),
                         [SIP_TXN_LINGERED] = STRAY(STARTED),
                         [SIP_TXN_FLOW_DOWN] = GO(ENDED, FLOW_ERR | END),
                         CLIENT_NEVER(STARTED)},
    [SIP_TXN_PROCEEDING] = {[SIP_TXN_RECV_1XX] = GO(PROCEEDING, PASS),
                            [SIP_TXN_RECV_2XX] = GO(ENDED,
                                                    PASS | DISARM | END),
                            [SIP_TXN_RECV_FINAL] = GO(ENDED,
                                                      PASS | DISARM | END),
                            [SIP_TXN_TIMEOUT] = GO(ENDED, TIMED_OUT | END),
                            [SIP_TXN_LINGERED] = STRAY(PROCEEDING),
                            [SIP_TXN_FLOW_DOWN] = GO(ENDED, FLOW_ERR | END),
                            CLIENT_NEVER(PROCEEDING)},
    [SIP_TXN_COMPLETED] = {ALL_STRAY(COMPLETED)},
    [SIP_TXN_ACCEPTED] = {ALL_STRAY(ACCEPTED)},
    [SIP_TXN_ENDED] = {ALL_STRAY(ENDED)},
};

/* RFC 3261 figure 7 as amended by RFC 6026 7.1 and 8.5; I is zero. */
TABLE(server_invite) = {
    [SIP_TXN_STARTED] = {[SIP_TXN_RECV_REQUEST] = STRAY(STARTED),
                         [SIP_TXN_RECV_ACK] = STRAY(STARTED),
                         [SIP_TXN_SEND_1XX] = GO(PROCEEDING, SEND),
                         [SIP_TXN_SEND_2XX] = GO(ACCEPTED, SEND | LINGER),
                         [SIP_TXN_SEND_FINAL] = GO(COMPLETED, SEND | ARM_H),
                         [SIP_TXN_TIMEOUT] = STRAY(STARTED),
                         [SIP_TXN_LINGERED] = STRAY(STARTED),
                         [SIP_TXN_FLOW_DOWN] = GO(ENDED, FLOW_ERR | END),
                         SERVER_NEVER(STARTED)},
    [SIP_TXN_PROCEEDING] = {[SIP_TXN_RECV_REQUEST] = GO(PROCEEDING, RESEND),
                            [SIP_TXN_RECV_ACK] = STRAY(PROCEEDING),
                            [SIP_TXN_SEND_1XX] = GO(PROCEEDING, SEND),
                            [SIP_TXN_SEND_2XX] = GO(ACCEPTED, SEND | LINGER),
                            [SIP_TXN_SEND_FINAL] = GO(COMPLETED, SEND | ARM_H),
                            [SIP_TXN_TIMEOUT] = STRAY(PROCEEDING),
                            [SIP_TXN_LINGERED] = STRAY(PROCEEDING),
                            [SIP_TXN_FLOW_DOWN] = GO(ENDED, FLOW_ERR | END),
                            SERVER_NEVER(PROCEEDING)},
    [SIP_TXN_COMPLETED] = {[SIP_TXN_RECV_REQUEST] = GO(COMPLETED, RESEND),
                           [SIP_TXN_RECV_ACK] = GO(ENDED, DISARM | END),
                           [SIP_TXN_SEND_1XX] = NO(COMPLETED),
                           [SIP_TXN_SEND_2XX] = NO(COMPLETED),
                           [SIP_TXN_SEND_FINAL] = NO(COMPLETED),
                           [SIP_TXN_TIMEOUT] = GO(ENDED, TIMED_OUT | END),
                           [SIP_TXN_LINGERED] = STRAY(COMPLETED),
                           [SIP_TXN_FLOW_DOWN] = GO(ENDED, FLOW_ERR | END),
                           SERVER_NEVER(COMPLETED)},
    /* A retransmitted INVITE is absorbed, the ACK is for the TU. */
    [SIP_TXN_ACCEPTED] = {[SIP_TXN_RECV_REQUEST] = STRAY(ACCEPTED),
                          [SIP_TXN_RECV_ACK] = GO(ACCEPTED, PASS),
                          [SIP_TXN_SEND_1XX] = NO(ACCEPTED),
                          [SIP_TXN_SEND_2XX] = GO(ACCEPTED, SEND),
                          [SIP_TXN_SEND_FINAL] = NO(ACCEPTED),
                          [SIP_TXN_TIMEOUT] = STRAY(ACCEPTED),
                          [SIP_TXN_LINGERED] = GO(ENDED, END),
                          [SIP_TXN_FLOW_DOWN] = GO(ACCEPTED, SIP_TXN_DO_DROP),
                          SERVER_NEVER(ACCEPTED)},
    [SIP_TXN_ENDED] = {ALL_STRAY(ENDED)},
};

/* RFC 3261 figure 8; J is zero. */
TABLE(server) = {
    [SIP_TXN_STARTED] = {[SIP_TXN_RECV_REQUEST] = STRAY(STARTED),
                         [SIP_TXN_RECV_ACK] = STRAY(STARTED),
                         [SIP_TXN_SEND_1XX] = GO(PROCEEDING, SEND),
                         [SIP_TXN_SEND_2XX] = GO(ENDED, SEND | END),
                         [SIP_TXN_SEND_FINAL] = GO(ENDED, SEND | END),
                         [SIP_TXN_TIMEOUT] = STRAY(STARTED),
                         [SIP_TXN_LINGERED] = STRAY(STARTED),
                         [SIP_TXN_FLOW_DOWN] = GO(ENDED, FLOW_ERR | END),
                         SERVER_NEVER(STARTED)},
    [SIP_TXN_PROCEEDING] = {[SIP_TXN_RECV_REQUEST] = GO(PROCEEDING, RESEND),
                            [SIP_TXN_RECV_ACK] = STRAY(PROCEEDING),
                            [SIP_TXN_SEND_1XX] = GO(PROCEEDING, SEND),
                            [SIP_TXN_SEND_2XX] = GO(ENDED, SEND | END),
                            [SIP_TXN_SEND_FINAL] = GO(ENDED, SEND | END),
                            [SIP_TXN_TIMEOUT] = STRAY(PROCEEDING),
                            [SIP_TXN_LINGERED] = STRAY(PROCEEDING),
                            [SIP_TXN_FLOW_DOWN] = GO(ENDED, FLOW_ERR | END),
                            SERVER_NEVER(PROCEEDING)},
    [SIP_TXN_COMPLETED] = {ALL_STRAY(COMPLETED)},
    [SIP_TXN_ACCEPTED] = {ALL_STRAY(ACCEPTED)},
    [SIP_TXN_ENDED] = {ALL_STRAY(ENDED)},
};

static const struct sip_txn_cell (
        *const tables[SIP_TXN_KIND_COUNT])[SIP_TXN_EVENT_COUNT] = {
    [SIP_TXN_CLIENT_INVITE] = client_invite,
    [SIP_TXN_CLIENT] = client,
    [SIP_TXN_SERVER_INVITE] = server_invite,
    [SIP_TXN_SERVER] = server,
};

struct sip_txn_cell sip_txn_step(enum sip_txn_kind kind,
                                 enum sip_txn_state state,
                                 enum sip_txn_event event)
{
    return tables[kind][state][event];
}

enum sip_txn_event sip_txn_recv_event(unsigned status)
{
    if (status < 200)
        return SIP_TXN_RECV_1XX;
    return status < 300 ? SIP_TXN_RECV_2XX : SIP_TXN_RECV_FINAL;
}

enum sip_txn_event sip_txn_send_event(unsigned status)
{
    if (status < 200)
        return SIP_TXN_SEND_1XX;
    return status < 300 ? SIP_TXN_SEND_2XX : SIP_TXN_SEND_FINAL;
}
