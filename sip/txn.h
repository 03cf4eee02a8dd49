/* SPDX-License-Identifier: Apache-2.0 */
/* The four transaction machines as tables: state x event -> next, actions. */
#ifndef SIP_TXN_H
#define SIP_TXN_H

#include <stdint.h>

/*
 * RFC 3261 section 17 with RFC 6026, for reliable transports only: timers
 * A, E and G do not exist and D, I, J and K are zero (RFC 3261 table 4), so
 * Completed ends at once in three of the machines and Confirmed never
 * appears. What remains: B, F and H (no answer), L and M (RFC 6026).
 */
enum sip_txn_kind {
    SIP_TXN_CLIENT_INVITE,
    SIP_TXN_CLIENT,
    SIP_TXN_SERVER_INVITE,
    SIP_TXN_SERVER,
    SIP_TXN_KIND_COUNT
};

enum sip_txn_state {
    SIP_TXN_STARTED,    /* Calling, Trying; a server INVITE starts in it too */
    SIP_TXN_PROCEEDING, /* a provisional response was received or sent */
    SIP_TXN_COMPLETED,  /* server INVITE: 300-699 sent, ACK awaited */
    SIP_TXN_ACCEPTED,   /* RFC 6026: 2xx received or sent */
    SIP_TXN_ENDED,
    SIP_TXN_STATE_COUNT
};

enum sip_txn_event {
    SIP_TXN_RECV_1XX,
    SIP_TXN_RECV_2XX,
    SIP_TXN_RECV_FINAL,   /* 300-699 */
    SIP_TXN_RECV_REQUEST, /* the same request again */
    SIP_TXN_RECV_ACK,
    SIP_TXN_SEND_1XX,
    SIP_TXN_SEND_2XX,
    SIP_TXN_SEND_FINAL, /* 300-699 */
    SIP_TXN_TIMEOUT,    /* B, F or H */
    SIP_TXN_LINGERED,   /* L or M */
    SIP_TXN_FLOW_DOWN,
    SIP_TXN_EVENT_COUNT
};

/* What the owner of the transaction has to do, in this order. */
enum sip_txn_action {
    SIP_TXN_DO_PASS = 1 << 0,     /* give the message to the TU */
    SIP_TXN_DO_ACK = 1 << 1,      /* ACK the 300-699 (17.1.1.3) */
    SIP_TXN_DO_SEND = 1 << 2,     /* send the TU's response and keep it */
    SIP_TXN_DO_RESEND = 1 << 3,   /* send the kept response again */
    SIP_TXN_DO_DISARM = 1 << 4,   /* stop B, F or H */
    SIP_TXN_DO_ARM_H = 1 << 5,    /* 64*T1 for the ACK */
    SIP_TXN_DO_LINGER = 1 << 6,   /* arm L or M, 64*T1 */
    SIP_TXN_DO_TIMEOUT = 1 << 7,  /* tell the TU: timed out (as 408) */
    SIP_TXN_DO_FLOW_ERR = 1 << 8, /* tell the TU: flow lost (as 503) */
    SIP_TXN_DO_END = 1 << 9,      /* forget the transaction */
    SIP_TXN_DO_DROP = 1 << 10,    /* a stray: counted, nothing else */
    SIP_TXN_DO_REFUSE = 1 << 11   /* the TU's call is out of turn: E_STATE */
};

struct sip_txn_cell {
    uint8_t next;    /* enum sip_txn_state */
    uint16_t action; /* enum sip_txn_action bits, never 0 */
};

enum {
    SIP_T1_MS = 500,
    SIP_TIMER_B_MS = 64 * SIP_T1_MS, /* also F and H */
    SIP_TIMER_L_MS = 64 * SIP_T1_MS  /* also M */
};

/* The cell for a state and event. Every cell is filled; see the test. */
struct sip_txn_cell sip_txn_step(enum sip_txn_kind kind,
                                 enum sip_txn_state state,
                                 enum sip_txn_event event);

/* Which event a received response is. status is 100 to 699. */
enum sip_txn_event sip_txn_recv_event(unsigned status);

/* Which event sending a response is. */
enum sip_txn_event sip_txn_send_event(unsigned status);

#endif
