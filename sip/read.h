/* SPDX-License-Identifier: Apache-2.0 */
/* Reading header field values into the typed views of a message. */
#ifndef SIP_READ_H
#define SIP_READ_H

#include "sip/base/arena.h"
#include "sip/base/err.h"
#include "sip/msg.h"
#include "sip/scan.h"

/*
 * The state of one message's reading. tail pointers are NULL until the list
 * has its first element. With arena == NULL values are only checked: views
 * go to scratch and are lost (the writer does this).
 */
struct sip_reader {
    struct sip_msg *msg;
    struct arena *arena;
    const struct sip_hdr *hdr; /* the one that is read */
    bool plain;                /* its value is printable ASCII and HTAB */
    const struct sip_map *map; /* its value is in it, or NULL */
    unsigned elems;
    uint64_t seen[(SIP_HDR_COUNT + 63) / 64];
    struct sip_via **via;
    struct sip_contact **contact;
    struct sip_route **route[5];
    struct sip_token **tokens[6];
    struct sip_challenge **challenge;
    struct sip_credentials **credentials;
    struct sip_value **reason;
    struct sip_warning **warning;
    void *scratch; /* SIP_READ_SCRATCH bytes if arena is NULL */
};

enum { SIP_READ_SCRATCH = 512 };

typedef int sip_reader_fn(struct sip_reader *r, struct sip_text *t);
extern HIDDEN sip_reader_fn *const sip_reader_of[SIP_HDR_COUNT];

/*
 * Reads all of a value at p, in the map, if it is written as nearly all write
 * it. False: it is not, and no list has changed.
 */
typedef bool sip_quick_fn(struct sip_reader *r, const char *p);

/* Those that there are, else NULL. */
extern HIDDEN sip_quick_fn *const sip_quick_of[SIP_HDR_COUNT];

/* Reads r->hdr by its id. 0, E_SYNTAX, E_TOOBIG (too many elements),
 * E_NOMEM. */
int sip_read_value(struct sip_reader *r);

/* Would this be a valid value of that header field? 0 or E_SYNTAX. */
int sip_read_check(enum sip_hdr_id id, struct slice value);

/* A list element of n bytes, not zeroed. NULL: out of memory or limit. */
static inline void *sip_read_node(struct sip_reader *r, size_t n, int *err)
{
    void *p;

    if (r->elems++ >= SIP_MSG_ELEM_MAX) {
        *err = E_TOOBIG;
        return NULL;
    }
    if (!r->arena)
        return n <= SIP_READ_SCRATCH ? r->scratch : NULL;
    p = arena_alloc(r->arena, n);
    if (!p)
        *err = E_NOMEM;
    return p;
}

/* A parameter's or quoted value, unescaped once, without control
 * characters. Borrows where nothing is escaped. */
int sip_read_text_rest(struct sip_reader *r, struct slice raw,
                       struct slice *out);
static inline int sip_read_text(struct sip_reader *r, struct slice raw,
                                struct slice *out)
{
    *out = raw;
    if (raw.n < 2 || !raw.p || raw.p[0] != '"')
        return 0;
    return sip_read_text_rest(r, slice_of(raw.p + 1, raw.n - 2), out);
}

/* Quick readers (sip/quick.h). */
sip_quick_fn sip_quick_via;
sip_quick_fn sip_quick_from;
sip_quick_fn sip_quick_to;
sip_quick_fn sip_quick_contact;
sip_quick_fn sip_quick_route;
sip_quick_fn sip_quick_call_id;
sip_quick_fn sip_quick_cseq;
sip_quick_fn sip_quick_max_forwards;
sip_quick_fn sip_quick_content_length;
sip_quick_fn sip_quick_seconds;
sip_quick_fn sip_quick_tokens;
sip_quick_fn sip_quick_allow;
sip_quick_fn sip_quick_content_type;
sip_quick_fn sip_quick_event;
sip_quick_fn sip_quick_product;
sip_quick_fn sip_quick_challenge;
sip_quick_fn sip_quick_credentials;

/* The readers, by the last column of SIP_HDR_MAP. */
int sip_read_VIA(struct sip_reader *r, struct sip_text *c);
int sip_read_FROM(struct sip_reader *r, struct sip_text *c);
int sip_read_TO(struct sip_reader *r, struct sip_text *c);
int sip_read_CONTACT(struct sip_reader *r, struct sip_text *c);
int sip_read_ROUTE(struct sip_reader *r, struct sip_text *c);
int sip_read_ADDR(struct sip_reader *r, struct sip_text *c);
int sip_read_ADDRS(struct sip_reader *r, struct sip_text *c);
int sip_read_CALL_ID(struct sip_reader *r, struct sip_text *c);
int sip_read_CALL_IDS(struct sip_reader *r, struct sip_text *c);
int sip_read_CSEQ(struct sip_reader *r, struct sip_text *c);
int sip_read_RACK(struct sip_reader *r, struct sip_text *c);
int sip_read_RSEQ(struct sip_reader *r, struct sip_text *c);
int sip_read_MAX_FORWARDS(struct sip_reader *r, struct sip_text *c);
int sip_read_SECONDS(struct sip_reader *r, struct sip_text *c);
int sip_read_SECONDS_PARAMS(struct sip_reader *r, struct sip_text *c);
int sip_read_DATE(struct sip_reader *r, struct sip_text *c);
int sip_read_RETRY_AFTER(struct sip_reader *r, struct sip_text *c);
int sip_read_CONTENT_LENGTH(struct sip_reader *r, struct sip_text *c);
int sip_read_TIMESTAMP(struct sip_reader *r, struct sip_text *c);
int sip_read_TAGS(struct sip_reader *r, struct sip_text *c);
int sip_read_TOKENS(struct sip_reader *r, struct sip_text *c);
int sip_read_TOKEN(struct sip_reader *r, struct sip_text *c);
int sip_read_TOKEN_PARAMS(struct sip_reader *r, struct sip_text *c);
int sip_read_ALLOW(struct sip_reader *r, struct sip_text *c);
int sip_read_LANGUAGES(struct sip_reader *r, struct sip_text *c);
int sip_read_CHALLENGE(struct sip_reader *r, struct sip_text *c);
int sip_read_CREDENTIALS(struct sip_reader *r, struct sip_text *c);
int sip_read_AUTH_INFO(struct sip_reader *r, struct sip_text *c);
int sip_read_CONTENT_TYPE(struct sip_reader *r, struct sip_text *c);
int sip_read_MIME_VERSION(struct sip_reader *r, struct sip_text *c);
int sip_read_PRODUCT(struct sip_reader *r, struct sip_text *c);
int sip_read_REASON(struct sip_reader *r, struct sip_text *c);
int sip_read_WARNING(struct sip_reader *r, struct sip_text *c);
int sip_read_EVENT(struct sip_reader *r, struct sip_text *c);
int sip_read_SUBSTATE(struct sip_reader *r, struct sip_text *c);
int sip_read_ACCEPT(struct sip_reader *r, struct sip_text *c);
int sip_read_ACCEPT_ENCODING(struct sip_reader *r, struct sip_text *c);
int sip_read_ACCEPT_LANGUAGE(struct sip_reader *r, struct sip_text *c);
int sip_read_TEXT(struct sip_reader *r, struct sip_text *c);

#endif
