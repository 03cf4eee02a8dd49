/* SPDX-License-Identifier: Apache-2.0 */
/* The header fields that siplock knows, and how to find them by name. */
#ifndef SIP_HDR_H
#define SIP_HDR_H

#include <string.h>

#include "sip/base/slice.h"

/*
 * X(id, name, compact form or 0, how often in one message
 * (RFC 3261 7.3.1), how its value is read). The last column is a reader of
 * sip/read.h; TEXT means any TEXT-UTF8. Alert-Info, Call-Info and Error-Info
 * are TEXT although RFC 3261 has a grammar for them: they are only ever shown
 * or ignored, and PBXs write ring names without <> ("Bellcore-dr2").
 */
#define SIP_HDR_MAP(X)                                                  \
    X(VIA, "Via", 'v', MANY, VIA)                                       \
    X(FROM, "From", 'f', ONE, FROM)                                     \
    X(TO, "To", 't', ONE, TO)                                           \
    X(CALL_ID, "Call-ID", 'i', ONE, CALL_ID)                            \
    X(CSEQ, "CSeq", 0, ONE, CSEQ)                                       \
    X(MAX_FORWARDS, "Max-Forwards", 0, ONE, MAX_FORWARDS)               \
    X(CONTACT, "Contact", 'm', MANY, CONTACT)                           \
    X(ROUTE, "Route", 0, MANY, ROUTE)                                   \
    X(RECORD_ROUTE, "Record-Route", 0, MANY, ROUTE)                     \
    X(PATH, "Path", 0, MANY, ROUTE)                                     \
    X(SERVICE_ROUTE, "Service-Route", 0, MANY, ROUTE)                   \
    X(EXPIRES, "Expires", 0, ONE, SECONDS)                              \
    X(MIN_EXPIRES, "Min-Expires", 0, ONE, SECONDS)                      \
    X(FLOW_TIMER, "Flow-Timer", 0, ONE, SECONDS)                        \
    X(DATE, "Date", 0, ONE, DATE)                                       \
    X(RETRY_AFTER, "Retry-After", 0, ONE, RETRY_AFTER)                  \
    X(REQUIRE, "Require", 0, MANY, TAGS)                                \
    X(PROXY_REQUIRE, "Proxy-Require", 0, MANY, TAGS)                    \
    X(SUPPORTED, "Supported", 'k', MANY, TAGS)                          \
    X(UNSUPPORTED, "Unsupported", 0, MANY, TAGS)                        \
    X(ALLOW, "Allow", 0, MANY, ALLOW)                                   \
    X(ALLOW_EVENTS, "Allow-Events", 'u', MANY, TAGS)                    \
    X(WWW_AUTHENTICATE, "WWW-Authenticate", 0, MANY, CHALLENGE)         \
    X(PROXY_AUTHENTICATE, "Proxy-Authenticate", 0, MANY, CHALLENGE)     \
    X(AUTHORIZATION, "Authorization", 0, MANY, CREDENTIALS)             \
    X(PROXY_AUTHORIZATION, "Proxy-Authorization", 0, MANY, CREDENTIALS) \
    X(AUTHENTICATION_INFO, "Authentication-Info", 0, ONE, AUTH_INFO)    \
    X(PROXY_AUTHENTICATION_INFO, "Proxy-Authentication-Info", 0, ONE,   \
      AUTH_INFO)                                                        \
    X(CONTENT_TYPE, "Content-Type", 'c', ONE, CONTENT_TYPE)             \
    X(CONTENT_LENGTH, "Content-Length", 'l', ONE, CONTENT_LENGTH)       \
    X(CONTENT_ENCODING, "Content-Encoding", 'e', MANY, TOKENS)          \
    X(CONTENT_DISPOSITION, "Content-Disposition", 0, ONE, TOKEN_PARAMS) \
    X(CONTENT_LANGUAGE, "Content-Language", 0, MANY, LANGUAGES)         \
    X(MIME_VERSION, "MIME-Version", 0, ONE, MIME_VERSION)               \
    X(USER_AGENT, "User-Agent", 0, ONE, PRODUCT)                        \
    X(SERVER, "Server", 0, ONE, PRODUCT)                                \
    X(REASON, "Reason", 0, MANY, REASON)                                \
    X(WARNING, "Warning", 0, MANY, WARNING)                             \
    X(SUBJECT, "Subject", 's', ONE, TEXT)                               \
    X(ORGANIZATION, "Organization", 0, ONE, TEXT)                       \
    X(PRIORITY, "Priority", 0, ONE, TOKEN)                              \
    X(EVENT, "Event", 'o', ONE, EVENT)                                  \
    X(SUBSCRIPTION_STATE, "Subscription-State", 0, ONE, SUBSTATE)       \
    X(FEATURE_CAPS, "Feature-Caps", 0, MANY, TEXT)                      \
    X(ACCEPT, "Accept", 0, MANY, ACCEPT)                                \
    X(ACCEPT_ENCODING, "Accept-Encoding", 0, MANY, ACCEPT_ENCODING)     \
    X(ACCEPT_LANGUAGE, "Accept-Language", 0, MANY, ACCEPT_LANGUAGE)     \
    X(ALERT_INFO, "Alert-Info", 0, MANY, TEXT)                          \
    X(CALL_INFO, "Call-Info", 0, MANY, TEXT)                            \
    X(ERROR_INFO, "Error-Info", 0, MANY, TEXT)                          \
    X(IN_REPLY_TO, "In-Reply-To", 0, MANY, CALL_IDS)                    \
    X(REPLY_TO, "Reply-To", 0, ONE, ADDR)                               \
    X(TIMESTAMP, "Timestamp", 0, ONE, TIMESTAMP)                        \
    X(REFER_TO, "Refer-To", 'r', ONE, ADDR)                             \
    X(REFERRED_BY, "Referred-By", 'b', ONE, ADDR)                       \
    X(REPLACES, "Replaces", 0, ONE, TEXT)                               \
    X(TARGET_DIALOG, "Target-Dialog", 0, ONE, TEXT)                     \
    X(REFER_SUB, "Refer-Sub", 0, ONE, TOKEN_PARAMS)                     \
    X(INFO_PACKAGE, "Info-Package", 0, ONE, TOKEN_PARAMS)               \
    X(RECV_INFO, "Recv-Info", 0, MANY, TEXT)                            \
    X(RSEQ, "RSeq", 0, ONE, RSEQ)                                       \
    X(RACK, "RAck", 0, ONE, RACK)                                       \
    X(SESSION_EXPIRES, "Session-Expires", 'x', ONE, SECONDS_PARAMS)     \
    X(MIN_SE, "Min-SE", 0, ONE, SECONDS_PARAMS)                         \
    X(SIP_ETAG, "SIP-ETag", 0, ONE, TOKEN)                              \
    X(SIP_IF_MATCH, "SIP-If-Match", 0, ONE, TOKEN)                      \
    X(P_ASSERTED_IDENTITY, "P-Asserted-Identity", 0, MANY, ADDRS)       \
    X(P_PREFERRED_IDENTITY, "P-Preferred-Identity", 0, MANY, ADDRS)     \
    X(PRIVACY, "Privacy", 0, MANY, TEXT)                                \
    X(SESSION_ID, "Session-ID", 0, ONE, TEXT)                           \
    X(IDENTITY, "Identity", 'y', MANY, TEXT)

/* SIP_HDR_OTHER: a well-formed name that is not in the table. */
enum sip_hdr_id {
    SIP_HDR_OTHER,
#define X(id, name, compact, count, reader) SIP_HDR_##id,
    SIP_HDR_MAP(X)
#undef X
        SIP_HDR_COUNT
};

/* By long name or compact form, in any case. SIP_HDR_OTHER if unknown. */
enum sip_hdr_id sip_hdr_find(struct slice name);

/* The same where at least SIP_HDR_ROOM bytes from name.p on can be read. */
enum { SIP_HDR_ROOM = 8 };

/* What is compared of a name, letters in any case. */
struct sip_hdr_row {
    char head[SIP_HDR_ROOM]; /* its first bytes, then NULs */
    char tail[SIP_HDR_ROOM]; /* its last ones; of a short name the first */
    char mask[SIP_HDR_ROOM]; /* the bits that count */
    uint8_t n;
    uint8_t tail_at;
    bool many;
    uint8_t id;
    uint64_t bit; /* 1 << id; 0 of ids from 64 on and where order matters */
};

/*
 * By length, first and middle letter no two names meet; were they to, the
 * compiler would say that an element is set twice.
 */
#define SIP_HDR_SLOT(n, first, middle) \
    (((n) + ((first) | 0x20) * 10 + ((middle) | 0x20) * 89) & 0x1ff)

extern const uint8_t sip_hdr_by_slot[512];
extern const struct sip_hdr_row sip_hdr_row[SIP_HDR_COUNT];
extern const uint64_t sip_hdr_once; /* bits of those with many false */

static inline uint64_t sip_hdr_differ(const char *a, const char *b)
{
    uint64_t x;
    uint64_t y;

    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return x ^ y;
}

/* The row of a plain name, which may be that of SIP_HDR_OTHER. */
static inline const struct sip_hdr_row *sip_hdr_find_room(struct slice name)
{
    const unsigned char *p = (const unsigned char *)name.p;
    size_t n = name.n;
    const struct sip_hdr_row *row;
    uint64_t mask;
    uint64_t differ;

    if (n - 2 > 2 * SIP_HDR_ROOM - 2)
        return &sip_hdr_row[sip_hdr_find(name)];
    row = &sip_hdr_row[sip_hdr_by_slot[SIP_HDR_SLOT((unsigned)n, p[0],
                                                    p[n / 2])]];
    /* Before the tail is looked at: of a name as long as the row's it is
     * inside the name, or it is the head, for which there is room. */
    if (row->n != n)
        return &sip_hdr_row[SIP_HDR_OTHER];
    memcpy(&mask, row->mask, sizeof(mask));
    differ = (sip_hdr_differ(name.p, row->head) |
              sip_hdr_differ(name.p + row->tail_at, row->tail)) &
             mask;
    if (differ)
        return &sip_hdr_row[SIP_HDR_OTHER];
    return row;
}

/* "Via"; the empty slice for SIP_HDR_OTHER. Static text. */
struct slice sip_hdr_name(enum sip_hdr_id id);

/* True if a message may carry it more than once. */
bool sip_hdr_many(enum sip_hdr_id id);

#endif
