/* SPDX-License-Identifier: Apache-2.0 */
/* DNS answers of the simulated domain. */
#ifndef TEST_SIM_ANSWER_H
#define TEST_SIM_ANSWER_H

#include "sip/base/out.h"
#include "tls/dns.h"

enum { SIM_DEAD = 100 }; /* 192.0.2.100 and above swallow */

/*
 * The message for one question: SRV _sips._tcp.* leads to two targets with
 * a port, A has one address, everything else does not exist. The better target
 * has dead addresses beside its own: 192.0.2.101, .102, …
 */
void sim_answer(struct out *o, struct slice name, enum tls_dns_type type,
                unsigned dead);

#endif
