/* SPDX-License-Identifier: Apache-2.0 */
/* Connections of an attempt: they race, and the first verified wins. */
#ifndef UA_DIAL_H
#define UA_DIAL_H

#include "tls/locate.h"

/*
 * RFC 8305 5: an address that swallows what is sent to it costs 250 ms and
 * not a time-out, and so does each further one: the next attempt begins
 * whatever became of those before. Each connection has an id and a ticket of
 * its own and is verified on its own; none sends SIP before it has won, and
 * then the others are hung up.
 */
enum {
    UA_DIALS_MAX = 6,  /* of one flow at a time */
    UA_DIALS_FEW = 2,  /* of one flow, where many others are dialling: */
    UA_DIALS_ALL = 256 /* of all flows, above which each has few */
};

struct ua_flow;

/* One that is being made. */
struct ua_dialling {
    uint64_t id; /* what the driver knows it by; 0: none */
    void *port;  /* the driver's */
    const struct policy_peer *ticket;
    struct tls_addr addr;
    unsigned candidate; /* of the search */
    unsigned edge;
};

/* Those of an attempt, for as long as it searches. */
struct ua_race {
    struct ua_dialling row[UA_DIALS_MAX];
};

/* An attempt begins. E_NOMEM. */
int ua_dial_open(struct ua_flow *flow);
/* It is over: what is left is hung up. */
void ua_dial_close(struct ua_flow *flow);

/* How many it may have at a time, as things are. */
unsigned ua_dial_width(const struct ua_flow *flow);

/* Asks the driver for the candidate of a TRY. E_NOMEM, E_FULL; E_POLICY with
 * *why. */
int ua_dial_start(struct ua_flow *flow, const struct tls_step *step,
                  enum policy_why *why);

/* NULL: that is no connection that is being made. */
struct ua_dialling *ua_dial_find(struct ua_flow *flow, uint64_t id);
bool ua_dial_any(const struct ua_flow *flow);

/* It is the flow's from now on; the others are hung up: the attempt is over.
 */
void ua_dial_win(struct ua_flow *flow, struct ua_dialling *d);
/* The driver has ended it. */
void ua_dial_lose(struct ua_flow *flow, struct ua_dialling *d);
/* It is hung up. */
void ua_dial_hangup(struct ua_flow *flow, struct ua_dialling *d);

#endif
