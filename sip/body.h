/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of several parts (RFC 5621, RFC 2046): finding the one we read. */
#ifndef SIP_BODY_H
#define SIP_BODY_H

#include "sip/msg.h"

enum {
    SIP_BODY_PARTS_MAX = 32, /* of one body, nested ones too */
    SIP_BODY_DEPTH_MAX = 4   /* of multiparts in each other */
};

/*
 * The body, or the part of it, that is of that type; *text borrows from the
 * message. Of multipart/alternative it is the last one, of all others the
 * first. multipart types that are not known count as multipart/mixed (RFC
 * 5621 4.2).
 *
 * 0. E_NOTFOUND: there is no body, or only what may be ignored
 * (handling=optional). E_UNSUPPORTED: something in it has to be understood
 * and is not of that type, or encoded (then it is 415; RFC 3261 20.11 has
 * "required" where nothing is said). E_SYNTAX, E_TOOBIG: a multipart that
 * cannot be read.
 */
int sip_body_find(struct slice *text, const struct sip_msg *msg,
                  struct slice type, struct slice subtype);

#endif
