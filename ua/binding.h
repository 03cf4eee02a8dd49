/* SPDX-License-Identifier: Apache-2.0 */
/* What a registrar makes of us: outbound, GRUUs, routes, our address. */
#ifndef UA_BINDING_H
#define UA_BINDING_H

#include "sip/base/out.h"
#include "sip/msg.h"
#include "tls/addr.h"

struct ua_account;
struct siplock_account_config;

enum {
    UA_INSTANCE_MAX = 64,
    UA_GRUU_MAX = 512,         /* bytes of a GRUU */
    UA_SERVICE_ROUTES_MAX = 8, /* elements that are kept */
    UA_SERVICE_ROUTE_MAX = 512 /* bytes of one */
};

/* Part of an account; reg-id is 1, of its twin 2 (RFC 5626 4.2). */
struct ua_binding {
    char instance[UA_INSTANCE_MAX];   /* "urn:uuid:…", with a NUL */
    char host[48];                    /* "….invalid", with a NUL */
    bool outbound;                    /* the last 2xx had Require: outbound */
    bool lacking;                     /* 439: not asked for any more */
    int gruu;                         /* enum siplock_gruu */
    struct slice pub_gruu, temp_gruu; /* owned */
    struct slice route[UA_SERVICE_ROUTES_MAX];
    unsigned routes;
    void *route_memory;
    struct tls_addr seen; /* as the edge sees us; family 0: not known */
    bool told_via, told_contact;
};

/* What the configuration says: E_INVAL. Then, on the loop's thread, random
 * names for what it does not say: E_RANDOM. */
int ua_binding_configure(struct ua_account *acc,
                         const struct siplock_account_config *config);
int ua_binding_init(struct ua_account *acc);
/* What was learnt is no more: unregistered, or the account goes. */
void ua_binding_forget(struct ua_account *acc);

/* Contact, Supported of a REGISTER. */
void ua_binding_put_register(struct out *o, const struct ua_account *acc);
/* Contact of dialogs (RFC 5626 4.3, RFC 5627 4.4): our GRUU; else the flow's
 * local address, where outbound is negotiated with ;ob, and behind a NAT then
 * a host that says nothing in its place. nameless: without our user part; of
 * GRUUs the temporary. */
void ua_binding_put_contact(struct out *o, const struct ua_account *acc,
                            bool secure, bool nameless);
/* The route of what is sent outside of dialogs (RFC 3608 6.1): the configured
 * edge, unless the Service-Route starts there, then the Service-Route. It is
 * data for the proxies; where we dial does not depend on it. */
void ua_binding_put_route(struct out *o, const struct ua_account *acc,
                          bool secure);

/* Our Contact in a response to REGISTER, or NULL. */
const struct sip_contact *ua_binding_own(const struct ua_account *acc,
                                         const struct sip_msg *msg);
/* A 2xx to REGISTER that has our binding (own may be NULL). */
void ua_binding_learn(struct ua_account *acc, const struct sip_msg *msg,
                      const struct sip_contact *own);
/* The Via of any response: where we are seen, and whether it is still ours
 * (an ALG on the way may have rewritten it). */
void ua_binding_via(struct ua_account *acc, const struct sip_via *via);

#endif
