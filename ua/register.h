/* SPDX-License-Identifier: Apache-2.0 */
/* Registration: what the table says, done. */
#ifndef UA_REGISTER_H
#define UA_REGISTER_H

#include "sip/msg.h"
#include "ua/state.h"

enum {
    UA_EXPIRES_MIN = 60,
    UA_EXPIRES_DEFAULT = 3600,
    UA_EXPIRES_MAX = 604800,
    UA_UNREGISTER_MS = 1500, /* the client promises 2 s */
    UA_BLOCKED_MS = 1800000  /* forbidden, unknown: asked again so late */
};

/* Token material for a new account. E_RANDOM. */
int ua_reg_init(struct ua_account *acc);

void ua_reg_start(struct ua_account *acc, struct now now);
void ua_reg_stop(struct ua_account *acc, struct now now);
/* The same, but a flow with nothing else to do stays for what its calls have
 * still to say, a second at most; lingered: have they? */
void ua_reg_leave(struct ua_account *acc, struct now now);
void ua_reg_lingered(struct ua_account *acc, struct now now);
void ua_reg_timer(struct ua_account *acc, struct now now);

/* From the flow. retry_ms: when it is set up again; 0: at once. */
void ua_reg_flow_up(struct ua_account *acc, struct now now);
void ua_reg_flow_lost(struct ua_account *acc, struct now now,
                      int64_t retry_ms);
bool ua_reg_wants_flow(const struct ua_account *acc);

/* From the transaction. */
void ua_reg_response(struct ua_account *acc, struct now now,
                     const struct sip_msg *msg);
void ua_reg_timeout(struct ua_account *acc, struct now now);

/* The app's answer; empty: no password. */
void ua_reg_password(struct ua_account *acc, struct now now,
                     struct slice password);

#endif
