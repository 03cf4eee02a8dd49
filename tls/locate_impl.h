/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the search share: its state, queries and candidates. */
#ifndef TLS_LOCATE_IMPL_H
#define TLS_LOCATE_IMPL_H

#include "tls/locate.h"
#include "tls/nat64.h"
#include "tls/srv.h"

enum {
    LOCATE_SLOTS = 4,
    LOCATE_SLOT_NAT64 = 3 /* of its own: it belongs to no round */
};

/* Of one edge. */
enum locate_phase {
    LOCATE_START,
    LOCATE_SRV,    /* _sips._tcp.host, and NAPTR of the host */
    LOCATE_NAPTR,  /* SRV at the name that the NAPTR record has */
    LOCATE_TARGET, /* A and AAAA of one SRV target */
    LOCATE_HOST,   /* A and AAAA of the host itself */
    LOCATE_OTHERS, /* is there only UDP or TCP? For the sentence only. */
    LOCATE_FIXED,  /* explicit addresses or a numeric host */
    LOCATE_OVER,   /* the next edge; then what failed a while ago */
    LOCATE_FAILED
};

/* One query of the present round. */
struct locate_slot {
    uint32_t qid; /* 0: unused */
    enum tls_dns_type type;
    char name[TLS_DNS_NAME_MAX + 1];
    size_t name_n;
    bool sent, open;
};

struct locate_candidate {
    struct tls_addr addr;
    uint8_t edge;
    bool open; /* of told: being dialled */
};

struct locate_list {
    struct locate_candidate row[TLS_LOCATE_TRIES_MAX];
    unsigned n, at; /* at: the next one */
};

/* The addresses of one family that the present round brought: those from at
 * on are sorted, the best first. */
struct locate_family {
    struct {
        struct tls_addr addr;
        uint32_t rank;
    } row[TLS_LOCATE_TRIES_MAX];
    unsigned n, at;
};

enum locate_nat64 { NAT64_UNASKED, NAT64_ASKED, NAT64_KNOWN };

struct tls_locate {
    const struct env *env;
    struct {
        struct tls_name host;
        uint16_t port;
    } edge[TLS_LOCATE_EDGES_MAX];
    unsigned nedges, at_edge;
    struct tls_name search[TLS_LOCATE_SEARCH_MAX];
    unsigned nsearch, at_search;
    char host[TLS_DNS_NAME_MAX + 1]; /* what is asked for, of this edge */
    size_t host_n;
    enum locate_phase phase;
    int64_t now; /* of the last step */

    struct locate_slot slot[LOCATE_SLOTS];
    uint32_t next_qid;
    int64_t deadline; /* of the queries */
    bool hurried;     /* it was brought forward */
    int64_t hold;     /* one family waits for the other's until then */
    bool holding;
    struct tls_srv srv;
    unsigned at_target;
    char naptr[TLS_DNS_NAME_MAX + 1]; /* replacement of SIPS+D2T */
    size_t naptr_n;                   /* 0: none */

    struct tls_locals locals;
    struct locate_family v6, v4;
    bool four;     /* IPv4 has its turn, once one was told */
    bool begun;    /* an address of this round was told */
    uint16_t port; /* of this round */
    bool any;      /* an address of this edge was told or left out */
    struct locate_list fixed; /* in their order, before the families */
    struct locate_list later; /* that failed a while ago */
    struct locate_list plain; /* IPv4 that waits for a prefix */
    struct locate_list told;
    unsigned nopen, parallel;
    int64_t pace, started;
    bool at_once; /* one failed: no pace */
    bool pacing;
    bool late; /* later ones are what is tried */
    const struct tls_avoid *avoid;
    struct tls_addr exclude[TLS_LOCATE_EDGES_MAX];
    unsigned nexclude;
    bool excluded; /* one was left out */

    bool no_ipv4;
    unsigned stranded; /* told, and failed for want of IPv4 */
    enum locate_nat64 nat64;
    struct tls_nat64 prefixes;

    bool others;              /* UDP or TCP records exist */
    bool misplaced;           /* _sip._tls records exist */
    enum cause_code dns_code; /* of this edge's DNS; none: nothing wrong */
    struct cause cause;
    unsigned cause_rank;
    enum policy_why why;
    struct tls_dns_answer answer; /* scratch */
};

/* locate_cause.c: what says more about the configuration is kept. */
void locate_note(struct tls_locate *l, const struct cause *why);
/* The name that was asked is the fact. */
void locate_note_dns(struct tls_locate *l, enum cause_code code,
                     struct slice name);
void locate_note_refused(struct tls_locate *l, enum policy_why why);
struct slice locate_host(const struct tls_locate *l);

/* locate_query.c */
void locate_ask(struct tls_locate *l, unsigned slot, enum tls_dns_type type,
                struct slice prefix, struct slice name);
/* A and AAAA of a name: a round begins. */
void locate_ask_addrs(struct tls_locate *l, struct slice name, uint16_t port);
struct slice locate_slot_name(const struct locate_slot *s);
bool locate_any_open(const struct tls_locate *l);
/* Has this query of the present round still to be answered? */
bool locate_awaits(const struct tls_locate *l, enum tls_dns_type type);
bool locate_emit(struct tls_locate *l, int64_t now, struct tls_step *step);
/* What is needed is there: the rest is not waited for long. */
void locate_hurry(struct tls_locate *l, int64_t now);

/* locate_pick.c: which address is next. */
void locate_list_add(struct locate_list *list, const struct tls_addr *addr,
                     unsigned edge);
/* One more of the present round; if there is no room it is left out. */
void locate_family_add(struct tls_locate *l, const struct tls_addr *addr);
/* The next one, which is then told; false: there is none now. */
bool locate_pick(struct tls_locate *l, int64_t now, struct tls_step *step);
/* What waits for a prefix of NAT64: asked for, or made into candidates.
 * False: nothing waits. */
bool locate_translate(struct tls_locate *l);
/* What failed a while ago and was left out: its turn. False: nothing. */
bool locate_take_later(struct tls_locate *l);

#endif
