/* SPDX-License-Identifier: Apache-2.0 */
/* The header fields that siplock knows, and how to find them by name. */
#ifndef SIP_HDR_H
#define SIP_HDR_H

#include "sip/base/compiler.h"
#include "sip/base/slice.h"
#include "sip/name.h"

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

struct sip_hdr_row {
    struct sip_name name;
    uint64_t bit; /* 1 << id; SIP_HDR_OTHER's of ids from 64 on and where the
                     order matters */
    enum sip_hdr_id id;
    bool many;
    char
        unused[64 - 52 - sizeof(bool)]; /* so that rows are found by a shift */
};

/*
 * Names that are longer than one letter are told apart by their first and
 * last four characters; of a shorter name those behind and before it count,
 * which are ": " and CR LF. No two of ours meet; were they to, the compiler
 * would say that an element is set twice.
 */
#define SIP_HDR_WORD(a, b, c, d)                                \
    ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | \
     (uint32_t)(d) << 24 | 0x20202020u)
#define SIP_HDR_SLOT(first, last) \
    ((((first) + (last)) * UINT32_C(0x780f8287)) >> 24)

struct sip_hdr_table {
    struct sip_hdr_row row[SIP_HDR_COUNT];
    uint8_t id_by_slot[256];
    uint64_t once; /* bits of those that are not many */
};

extern HIDDEN const struct sip_hdr_table sip_hdr_table;

/*
 * The row of a plain name of two to 16 letters between CR LF and ": ", with
 * at least SIP_NAME_ROOM bytes before end. It may be that of SIP_HDR_OTHER.
 */
static inline const struct sip_hdr_row *sip_hdr_find_line(const char *end,
                                                          size_t n)
{
    const struct sip_hdr_table *table = &sip_hdr_table;
    uint32_t slot = SIP_HDR_SLOT(sip_name_word4(end - n) | 0x20202020,
                                 sip_name_word4(end - 4) | 0x20202020);
    const struct sip_hdr_row *row = &table->row[table->id_by_slot[slot]];

    return sip_name_is(&row->name, end, n) ? row : &table->row[SIP_HDR_OTHER];
}

/* "Via"; the empty slice for SIP_HDR_OTHER. Static text. */
struct slice sip_hdr_name(enum sip_hdr_id id);

/* True if a message may carry it more than once. */
bool sip_hdr_many(enum sip_hdr_id id);

#endif
