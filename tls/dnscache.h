/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of DNS that still hold, and old ones for when nobody answers. */
#ifndef TLS_DNSCACHE_H
#define TLS_DNSCACHE_H

#include "sip/base/env.h"
#include "tls/dns.h"

enum {
    TLS_DNSCACHE_ENTRIES = 64,
    TLS_DNSCACHE_PACKET_MAX = 2048, /* larger answers are not kept */
    TLS_DNSCACHE_TTL_MAX_S = 86400, /* whatever the zone says */
    TLS_DNSCACHE_NEGATIVE_MAX_S = 300,
    TLS_DNSCACHE_STALE_S = 259200 /* RFC 8767 4: so much longer, if nobody
                                     answers */
};

/*
 * Positive and negative answers by question and view, the oldest one making
 * room. Pure; time is the boot clock in ms, since a TTL counts sleep. One
 * thread.
 */
struct tls_dnscache;

/* What an answer is for. view: who was asked; answers of other servers are
 * others. */
struct tls_dnscache_key {
    uint64_t view;
    struct slice name; /* any case */
    enum tls_dns_type type;
};

int tls_dnscache_new(struct tls_dnscache **c, const struct env *env);
void tls_dnscache_free(struct tls_dnscache *c);

/*
 * Keeps a copy of an answer for as long as it says; of one that says nothing
 * (a failure, TTL 0, a negative answer without SOA) nothing. True: the packet
 * is an answer, kept or not; false: a failure or malformed. E_NOMEM is no
 * error: then it is not kept.
 */
bool tls_dnscache_put(struct tls_dnscache *c, int64_t now,
                      const struct tls_dnscache_key *key, struct slice packet);

/* The packet, valid until the next put; false: there is none that holds. old:
 * one that held until a while ago will do, too. */
bool tls_dnscache_get(const struct tls_dnscache *c, int64_t now,
                      const struct tls_dnscache_key *key, bool old,
                      struct slice *packet);

/* Another network may answer otherwise: nothing holds, all is old. */
void tls_dnscache_age(struct tls_dnscache *c, int64_t now);

#endif
