/* SPDX-License-Identifier: Apache-2.0 */
/* Where to connect: RFC 3263 for TLS, as pure steps in virtual time. */
#ifndef TLS_LOCATE_H
#define TLS_LOCATE_H

#include "sip/base/cause.h"
#include "sip/base/env.h"
#include "tls/avoid.h"
#include "tls/dns.h"
#include "tls/policy.h"

enum {
    TLS_LOCATE_PORT = 5061,      /* RFC 3263 4.2 */
    TLS_LOCATE_ADDRS_MAX = 16,   /* explicit addresses */
    TLS_LOCATE_TRIES_MAX = 32,   /* addresses tried in all */
    TLS_LOCATE_QUERY_MS = 10000, /* for one round of queries */
    TLS_LOCATE_GRACE_MS = 300    /* for AAAA once A is there, or the reverse
                                    (RFC 8305 3 waits 50 ms); for NAPTR */
};

/* What is looked for. */
struct tls_locate_ask {
    struct slice host;           /* name or IP literal; copied */
    uint16_t port;               /* 0: none given */
    const struct tls_addr *addr; /* explicit addresses: only those; copied */
    size_t naddr;
    const struct tls_avoid *avoid; /* borrowed, outlives the search; NULL */
};

enum tls_step_kind {
    TLS_STEP_QUERY, /* ask DNS for name/type, answer with qid */
    TLS_STEP_TRY,   /* dial addr; then failed() or free */
    TLS_STEP_WAIT,  /* nothing to do until an answer or the deadline */
    TLS_STEP_FAILED /* all is tried; cause (and why) say what went wrong */
};

struct tls_step {
    enum tls_step_kind kind;
    uint32_t qid;           /* QUERY: unique in this tls_locate, not 0 */
    enum tls_dns_type type; /* QUERY */
    struct slice name;      /* QUERY: valid until the next call */
    struct tls_addr addr;   /* TRY */
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
 */
struct tls_locate;

/* E_NOMEM, E_TOOBIG, E_SYNTAX (host), E_INVAL. */
int tls_locate_new(struct tls_locate **l, const struct env *env,
                   const struct tls_locate_ask *ask);
void tls_locate_free(struct tls_locate *l);

/*
 * What to do next; call it after new, answer, failed and tick until it says
 * WAIT or TRY (which repeats until failed) or FAILED.
 */
void tls_locate_next(struct tls_locate *l, int64_t now, struct tls_step *step);

/* An answer; an unknown or old qid is ignored. */
void tls_locate_answer(struct tls_locate *l, uint32_t qid,
                       enum tls_locate_status status, struct slice packet);

/* The address of the last TRY did not work; why (may be NULL) is kept as
 * the cause if it is the last one. */
void tls_locate_failed(struct tls_locate *l, const struct cause *why);

/* What that query asks; false: it is not open. The name is valid until the
 * next call. */
bool tls_locate_question(const struct tls_locate *l, uint32_t qid,
                         struct slice *name, enum tls_dns_type *type);

/* Is there another address to try than the last one, which has not failed a
 * while ago? */
bool tls_locate_more(const struct tls_locate *l);

/* Ms, monotonic; INT64_MAX if nothing is waited for. */
int64_t tls_locate_deadline(const struct tls_locate *l);
/* The deadline passed: open queries count as not answered. */
void tls_locate_tick(struct tls_locate *l, int64_t now);

/* After FAILED. With policy_refused, tls_locate_why names the row. */
const struct cause *tls_locate_cause(const struct tls_locate *l);
enum policy_why tls_locate_why(const struct tls_locate *l);

#endif
