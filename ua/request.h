/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that we make: REGISTER, and OPTIONS as a probe. */
#ifndef UA_REQUEST_H
#define UA_REQUEST_H

#include "sip/dialog.h"
#include "ua/state.h"

/* expires 0 takes the binding back. E_NOMEM, E_STATE, E_RANDOM, …. */
int ua_request_register(struct ua_account *acc, struct now now,
                        uint32_t expires);

/* Request-URI of both: the domain alone (RFC 3261 10.2). */
void ua_request_target(struct out *o, const struct ua_account *acc);

/* An OPTIONS to the domain; any response shows that the edge lives. */
int ua_request_probe(struct ua_account *acc, struct now now);

/* Parts that requests and responses share. text is memory for the host. */
struct sip_host ua_request_host(const struct ua_account *acc, char *text,
                                size_t cap);
/* What our Via says: us, the account's hop, and a branch. */
struct ua_hop {
    char ip[TLS_ADDR_TEXT_MAX];
    struct sip_host host;
    struct sip_dialog_hop hop;
};
/* Fills *h, which may not move then; branch is borrowed. Gives h->hop. */
const struct sip_dialog_hop *ua_request_hop(struct ua_hop *h,
                                            const struct ua_account *acc,
                                            struct slice branch);
/* Who sends this, and what it can: Allow, Supported, User-Agent; or the
 * last one alone. */
void ua_request_put_able(struct out *o, const struct ua_account *acc);
void ua_request_put_agent(struct out *o, const struct ua_account *acc);
/* The AoR without parameters: what From carries. */
struct sip_uri ua_request_aor(const struct ua_account *acc);
/* A configured edge that is not the domain itself is a pre-loaded route
 * (RFC 3261 8.1.2). */
void ua_request_put_route(struct out *o, const struct ua_account *acc,
                          bool secure);

#endif
