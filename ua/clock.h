/* SPDX-License-Identifier: Apache-2.0 */
/* How wrong this device's clock is, by what servers said. */
#ifndef UA_CLOCK_H
#define UA_CLOCK_H

#include "sip/base/cause.h"
#include "sip/base/env.h"

struct ua_account;
struct ua_core;
struct ua_flow;
struct sip_msg;

/* Of an instance. Kept against the boot clock, so that it stays right when
 * somebody sets the device's clock. */
struct ua_clock {
    bool known;
    bool verified;    /* a verified server said so, not just somebody */
    bool told;        /* the notice clock_skew */
    int64_t ahead_ms; /* the server's time less the boot clock */
};

/* A response to REGISTER on a verified flow: its Date is for that (RFC 3261
 * 10.3). */
void ua_clock_response(struct ua_account *acc, struct now now,
                       const struct sip_msg *msg);

/*
 * A connection failed. What its peer said of the time is kept (nobody has
 * verified it: it explains and decides nothing); a certificate's date gets the
 * estimate as one more fact.
 */
void ua_clock_failed(struct ua_flow *flow, struct now now,
                     struct cause *cause);

#endif
