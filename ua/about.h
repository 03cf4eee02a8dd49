/* SPDX-License-Identifier: Apache-2.0 */
/* What a call's messages say for people to read: bounded and clean. */
#ifndef UA_ABOUT_H
#define UA_ABOUT_H

#include "sip/base/env.h"
#include "sip/msg.h"
#include "ua/outq.h"

struct ua_call;

/* Bytes of each; what is longer is cut at a character. */
enum { UA_ABOUT_MAX = 512 };

/* Owned; empty: not said. Indices count from UA_TEXT_ABOUT. */
struct ua_about {
    struct slice text[UA_TEXT_ABOUT_END - UA_TEXT_ABOUT];
};

/*
 * Takes what the message says over what was said before. asserted: the
 * message came from a peer that was authenticated, so that its
 * P-Asserted-Identity counts (RFC 3325 6). What is not UTF-8 or has control
 * characters is left out whole.
 */
void ua_about_take(struct ua_about *info, const struct env *env,
                   const struct sip_msg *msg, bool asserted);
void ua_about_free(struct ua_about *info, const struct env *env);
void ua_about_texts(const struct ua_about *info,
                    struct slice text[UA_TEXT_COUNT]);

/* ------------------------------------------------------ ua/aboutwrite.c */

/* Reason of a BYE or CANCEL (RFC 3326), if there is one to give. */
void ua_about_put_reason(struct out *o, const struct ua_call *c, int leg);

#endif
