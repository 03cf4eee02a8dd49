/* SPDX-License-Identifier: Apache-2.0 */
/* Session-ID (RFC 7989): what a session goes by from end to end. */
#ifndef UA_SID_H
#define UA_SID_H

#include "sip/base/env.h"
#include "sip/base/out.h"
#include "sip/msg.h"

enum { UA_SID_N = 32 }; /* lower-case hexadecimal digits */

/* Not a secret. theirs[0] is NUL as long as it is not known. */
struct ua_sid {
    char ours[UA_SID_N];
    char theirs[UA_SID_N];
};

/* Ours anew, a UUID of version 4 (4.1). E_RANDOM. */
int ua_sid_new(struct ua_sid *sid, const struct env *env);
/* Takes the peer's from its message, if that has one that is not nil (6). */
void ua_sid_heard(struct ua_sid *sid, const struct sip_msg *msg);
/* Another peer may be reached now: its half is not known (6). */
void ua_sid_forget(struct ua_sid *sid);
/* The header field. */
void ua_sid_put(struct out *o, const struct ua_sid *sid);

#endif
