/* SPDX-License-Identifier: Apache-2.0 */
/* Where to connect: RFC 3263 for TLS, as pure steps in virtual time. */
#ifndef TLS_LOCATE_H
#define TLS_LOCATE_H

#include "sip/base/cause.h"
#include "sip/base/env.h"
#include "tls/avoid.h"
#include "tls/dns.h"
#include "tls/policy.h"
#include "tls/select.h"

enum {
    TLS_LOCATE_PORT = 5061,      /* RFC 3263 4.2 */
    TLS_LOCATE_EDGES_MAX = 4,    /* that one search knows */
    TLS_LOCATE_SEARCH_MAX = 4,   /* domains that are searched */
    TLS_LOCATE_ADDRS_MAX = 16,   /* explicit addresses */
    TLS_LOCATE_TRIES_MAX = 32,   /* addresses tried in all */
    TLS_LOCATE_QUERY_MS = 10000, /* for one round of queries */
    TLS_LOCATE_EXTRA_MS = 300,   /* for NAPTR once SRV is there */
    TLS_LOCATE_HOLD_MS = 50,     /* for better addresses (RFC 8305 3) */
    TLS_LOCATE_LATE_MS = 2000,   /* for the other family once one is tried */
    TLS_LOCATE_PACE_MS = 250,    /* between connects (RFC 8305 5) */
    TLS_LOCATE_PACE_MIN_MS = 100,
    TLS_LOCATE_PACE_MAX_MS = 2000
};

/* One server, or domain: each one's own host is the name that its
 * certificate is verified against. */
struct tls_locate_edge {
    struct slice host; /* name or IP literal; copied */
    uint16_t port;     /* 0: none given, so SRV is asked (RFC 3263 4.2) */
};

/* What is looked for. */
struct tls_locate_ask {
    struct slice host; /* one edge, if there is no list of them */
    uint16_t port;
    const struct tls_locate_edge *edge; /* all addresses of one are tried */
    size_t nedges;                      /* before the next one's; copied */
    const struct tls_addr *addr; /* explicit addresses, of the first edge: only
                                    those; copied */
    size_t naddr;
    const struct tls_avoid *avoid;  /* borrowed, outlives the search; NULL */
    const struct tls_addr *exclude; /* IPs that are never tried, whatever the
                                       port: copied, at most EDGES_MAX */
    size_t nexclude;
    /* Domains that are put behind a host without a dot, in their order, and
     * then none. For DNS only: what is verified is the host. Copied. */
    const struct slice *search;
    size_t nsearch;
    const struct tls_locals *locals; /* what this device has; NULL: not known.
                                        Copied */
    unsigned parallel;               /* that may be dialled at a time; 0: 1 */
    int64_t pace_ms; /* between their starts, within the bounds; 0: 250 */
};

enum tls_step_kind {
    TLS_STEP_QUERY, /* ask DNS for name/type, answer with qid */
    TLS_STEP_TRY,   /* dial addr; then failed() or free */
    TLS_STEP_WAIT,  /* nothing to do until an answer, failed or the deadline */
    TLS_STEP_FAILED /* all is tried; cause (and why) say what went wrong */
};

struct tls_step {
    enum tls_step_kind kind;
    uint32_t qid;           /* QUERY: unique in this tls_locate, not 0 */
    enum tls_dns_type type; /* QUERY */
    struct slice name;      /* QUERY: valid until the next call */
    struct tls_addr addr;   /* TRY */
    unsigned candidate;     /* TRY: which one it is, from 1 */
    unsigned edge;          /* TRY: whose address, an index */
};

/* The outcome of a query, besides an answer packet. */
enum tls_locate_status {
    TLS_LOCATE_PACKET,   /* packet holds a DNS message */
    TLS_LOCATE_TIMEOUT,  /* no server answered */
    TLS_LOCATE_NO_SERVER /* the resolver could not ask, or failed */
};

/*
 * One search. Pure: time enters as now (ms, monotonic), randomness by
 * env->rand. NAPTR and SRV together, then A and AAAA (RFC 3263 4). UDP and
 * TCP records are never followed: they are looked for only to say that a
 * domain has nothing else. What failed a while ago goes behind all others.
 *
 * The addresses of one round are sorted by tls_select_rank, then IPv6 and IPv4
 * go in turns; those that cannot be reached go behind the others. What DNS
 * brings late joins in (RFC 8305 3, 4). Where there is no IPv4, its addresses
 * are tried as the NAT64 of the network has them (RFC 7050), once
 * ipv4only.arpa told the prefix.
 */
struct tls_locate;

/* E_NOMEM, E_TOOBIG, E_SYNTAX (host), E_INVAL. */
int tls_locate_new(struct tls_locate **l, const struct env *env,
                   const struct tls_locate_ask *ask);
void tls_locate_free(struct tls_locate *l);

/*
 * What to do next; call it after new, answer, failed and tick until it says
 * WAIT or FAILED. Each TRY is told once: with parallel above 1 the next one
 * comes after pace_ms, or at once when one failed.
 */
void tls_locate_next(struct tls_locate *l, int64_t now, struct tls_step *step);

/* How many may be dialled at a time, from now on; those that are stay. */
void tls_locate_width(struct tls_locate *l, unsigned parallel);

/* An answer; an unknown or old qid is ignored. */
void tls_locate_answer(struct tls_locate *l, uint32_t qid,
                       enum tls_locate_status status, struct slice packet);

/*
 * That candidate did not work; why (may be NULL) is kept as the cause if it
 * says more than what was kept. A certificate that is refused ends the
 * search: another address does not mend it. One that is not open is ignored.
 */
void tls_locate_lost(struct tls_locate *l, unsigned candidate,
                     const struct cause *why);

/* What that query asks; false: it is not open. The name is valid until the
 * next call. */
bool tls_locate_question(const struct tls_locate *l, uint32_t qid,
                         struct slice *name, enum tls_dns_type *type);

/* Is there another address than the one that is up, which has not failed:
 * one that was not told yet, or that lost the race? */
bool tls_locate_more(const struct tls_locate *l);

/* Ms, monotonic; INT64_MAX if nothing is waited for. */
int64_t tls_locate_deadline(const struct tls_locate *l);
/* Time passed: queries that are open for too long count as not answered. */
void tls_locate_tick(struct tls_locate *l, int64_t now);

/* After FAILED. With policy_refused, tls_locate_why names the row. */
const struct cause *tls_locate_cause(const struct tls_locate *l);
enum policy_why tls_locate_why(const struct tls_locate *l);

#endif
