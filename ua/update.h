/* SPDX-License-Identifier: Apache-2.0 */
/* UPDATE in both directions, in early and confirmed dialogs (RFC 3311). */
#ifndef UA_UPDATE_H
#define UA_UPDATE_H

#include "ua/call.h"
#include "ua/updatetable.h"

/* Where offers stand on that dialog. */
enum ua_update_state ua_update_state(const struct ua_call *c, unsigned leg);

/* What the peer says that it can (Allow), in any message of it. */
void ua_update_heard(struct ua_call *c, const struct sip_msg *msg);

void ua_update_request(struct ua_call *c, struct now now, unsigned leg,
                       const struct sip_msg *msg);

/* May a change of the session go by UPDATE, now or when nobody waits? */
bool ua_update_fits(const struct ua_call *c);
/* The change that c->change_wanted asks for; E_STATE: it has to wait. */
int ua_update_change(struct ua_call *c, struct now now);
/* A refresh of the session's time alone; E_STATE: not by UPDATE. */
int ua_update_refresh(struct ua_call *c, struct now now);

void ua_update_response(struct ua_call *c, struct now now,
                        const struct sip_msg *res);
void ua_update_lost(struct ua_call *c, struct now now, bool timed_out);
void ua_update_timer(struct ua_core *core, struct now now, uint64_t id);

#endif
