/* SPDX-License-Identifier: Apache-2.0 */
/* The edges of an account: one, or several that are tried in their order. */
#ifndef UA_EDGES_H
#define UA_EDGES_H

#include "sip/uri.h"
#include "tls/locate.h"

struct ua_account;
struct ua_flow;
struct policy_terms;

enum { UA_EDGES_MAX = TLS_LOCATE_EDGES_MAX };

struct ua_edge {
    struct sip_host host; /* whose name the certificate must have */
    uint16_t port;        /* 0: not given */
};

/*
 * Reads outbound, "sip:edge1.example.com:5061, sip:edge1.example.com:443":
 * up to UA_EDGES_MAX URIs; the text outlives the account. Empty: the AoR's
 * domain is the edge. E_INVAL, E_POLICY, E_NOMEM with *why.
 */
int ua_edges_set(struct ua_account *acc, struct slice text, struct cause *why);
void ua_edges_free(struct ua_account *acc);

/* For the search; how many there are. */
size_t ua_edges_ask(const struct ua_account *acc,
                    struct tls_locate_edge edge[UA_EDGES_MAX]);

/* Both have the same ones, in the same order. */
bool ua_edges_same(const struct ua_account *a, const struct ua_account *b);

/* Each further edge is verified on terms of its own, which are those of the
 * first but for the name. As policy_account_add. */
int ua_edges_add_terms(struct ua_flow *flow, const struct ua_account *acc,
                       const struct policy_terms *first);
void ua_edges_remove_terms(struct ua_flow *flow);

/* The policy's account for that edge of the flow. */
uint64_t ua_edges_policy(const struct ua_flow *flow, unsigned edge);

/* The one that the account's flow leads to: for Route. False: the account
 * names none. */
bool ua_edges_in_use(const struct ua_account *acc, struct ua_edge *edge);

#endif
