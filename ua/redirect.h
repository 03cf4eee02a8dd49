/* SPDX-License-Identifier: Apache-2.0 */
/* A call that was redirected: followed inside policy (RFC 3261 8.1.3.4). */
#ifndef UA_REDIRECT_H
#define UA_REDIRECT_H

#include "sip/msg.h"
#include "sip/uri.h"
#include "ua/core.h"

struct ua_call;

enum {
    UA_REDIRECTS_MAX = 10, /* addresses of one call, tried or waiting */
    UA_REDIRECT_TRIES = 5  /* of them tried (hazard: loops) */
};

/*
 * The addresses that 3xx responses named, in the order in which they are
 * tried. Everything rides the account's verified flow: an address is dialled
 * by nobody, it is only a Request-URI.
 */
struct ua_redirect {
    struct slice uri[UA_REDIRECTS_MAX]; /* owned */
    unsigned n;
    unsigned next;      /* the first one that is not tried */
    struct slice first; /* owned: what a 3xx said that is not followed */
};

/*
 * A final response of 300 to 699 that nothing else can be made of. True: the
 * call has another address now and is to be made again; its dialogs and its
 * session begin anew. What is refused is told by events.
 */
bool ua_redirect_follow(struct ua_call *c, const struct sip_msg *res);

void ua_redirect_free(struct ua_call *c);

#endif
