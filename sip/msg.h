/* SPDX-License-Identifier: Apache-2.0 */
/* A SIP message, read fully and strictly in one pass. */
#ifndef SIP_MSG_H
#define SIP_MSG_H

#include "sip/addr.h"
#include "sip/auth.h"
#include "sip/fault.h"
#include "sip/hdr.h"
#include "sip/method.h"
#include "sip/via.h"

/* Above these a message is refused, whatever it says. */
enum {
    SIP_MSG_MAX = 65535,    /* bytes of a message, body included */
    SIP_HEAD_MAX = 32768,   /* bytes of start line and header fields */
    SIP_MSG_HDR_MAX = 256,  /* header fields */
    SIP_MSG_ELEM_MAX = 1024 /* elements of all comma lists together */
};

/* One header field as received; several on one line stay one. */
struct sip_hdr {
    struct slice name;  /* as written */
    struct slice value; /* without outer white space, unfolded */
    enum sip_hdr_id id;
    uint32_t offset; /* of the name in the message */
};

struct sip_token {
    struct sip_token *next;
    struct slice text;
};

struct sip_cseq {
    uint32_t num; /* below 2^31 */
    enum sip_method method;
    struct slice text; /* the method as written */
};

/* type/subtype;params of Content-Type. */
struct sip_media_type {
    struct slice type; /* empty: there is no Content-Type */
    struct slice subtype;
    struct slice params;
};

/* A token with parameters: Event, Subscription-State, Reason. */
struct sip_value {
    struct sip_value *next;
    struct slice token; /* empty: the header field is absent */
    struct slice params;
};

struct sip_warning {
    struct sip_warning *next;
    uint16_t code;
    struct slice agent;
    struct slice text; /* unescaped */
};

struct sip_rack {
    uint32_t rseq;
    struct sip_cseq cseq;
};

/* Which of the numbers below the message gives. */
enum sip_has {
    SIP_HAS_MAX_FORWARDS = 1 << 0,
    SIP_HAS_EXPIRES = 1 << 1,
    SIP_HAS_MIN_EXPIRES = 1 << 2,
    SIP_HAS_FLOW_TIMER = 1 << 3,
    SIP_HAS_DATE = 1 << 4,
    SIP_HAS_RETRY_AFTER = 1 << 5,
    SIP_HAS_CONTENT_LENGTH = 1 << 6,
    SIP_HAS_RSEQ = 1 << 7,
    SIP_HAS_RACK = 1 << 8,
    SIP_HAS_SESSION_EXPIRES = 1 << 9,
    SIP_HAS_MIN_SE = 1 << 10,
    SIP_HAS_ALLOW = 1 << 11
};

/*
 * What comes out of sip_msg_parse cannot lack Via, From, To, Call-ID and
 * CSeq; INVITE, SUBSCRIBE, NOTIFY and REFER have a Contact, and they and
 * PRACK what their RFC makes mandatory. Everything borrows from the bytes
 * and the arena that were given and lives as long as both.
 */
struct sip_msg {
    struct slice bytes; /* all of it */
    struct slice body;
    struct sip_hdr *hdr; /* nhdr of them, in the order of the message */
    unsigned nhdr;

    /* Start line. */
    bool request;
    enum sip_method method; /* of a response: CSeq's */
    struct slice method_text;
    struct sip_uri uri; /* Request-URI; a response has none */
    uint16_t status;    /* 100 to 699; 0 in a request */
    struct slice reason_phrase;

    unsigned has;   /* enum sip_has bits */
    uint32_t allow; /* 1 << enum sip_method for each known method */
    bool contact_star;
    uint8_t max_forwards;
    uint32_t expires; /* seconds; above 2^32-1 is read as 2^32-1 */
    uint32_t min_expires;
    uint32_t flow_timer;
    uint32_t retry_after;
    uint32_t content_length;
    uint32_t session_expires;
    uint32_t min_se;
    uint32_t rseq;
    int64_t date; /* seconds since 1970-01-01T00:00Z */

    struct sip_via *via; /* top first */
    struct sip_addr from;
    struct sip_addr to;
    struct slice call_id;
    struct sip_cseq cseq;
    struct sip_rack rack;
    struct sip_contact *contact;
    struct sip_route *route;
    struct sip_route *record_route;
    struct sip_route *path;
    struct sip_route *service_route;
    struct sip_token *require;
    struct sip_token *proxy_require;
    struct sip_token *supported;
    struct sip_token *unsupported;
    struct sip_token *allow_events;
    struct sip_token *content_encoding;
    struct sip_challenge *challenge;     /* WWW- and Proxy-, in order */
    struct sip_credentials *credentials; /* both kinds, in order */
    struct sip_auth_info auth_info;
    struct sip_media_type content_type;
    struct slice user_agent;
    struct slice server;
    struct slice subject; /* raw */
    struct sip_value event;
    struct sip_value subscription_state;
    struct sip_value *reason;
    struct sip_warning *warning;
    struct sip_addr *refer_to;
    struct sip_addr *referred_by;
    struct sip_route *asserted_identity;
};

/*
 * Reads exactly one message. bytes is all of it: the framing layer (or the
 * file) says where it ends. Without Content-Length the body is the rest
 * (RFC 3261 18.3, datagrams and files); the stream layer insists on one.
 *
 * 0; E_SYNTAX or E_TOOBIG with *err filled; E_NOMEM. err is not NULL. On
 * error *msg holds what was read before the fault, mandatory parts maybe
 * missing: good for a log line only.
 */
int sip_msg_parse(struct sip_msg *msg, struct arena *arena, struct slice bytes,
                  struct sip_parse_err *err);

/* The first header field with that id after *after (NULL: from the start),
 * or NULL. Not for SIP_HDR_OTHER. */
const struct sip_hdr *sip_msg_hdr(const struct sip_msg *msg,
                                  enum sip_hdr_id id,
                                  const struct sip_hdr *after);

/* The first header field with that name, known or not, or NULL. */
const struct sip_hdr *sip_msg_named(const struct sip_msg *msg,
                                    struct slice name);

/* True if the list has the token (any case: option tags, event packages). */
bool sip_token_in(const struct sip_token *list, struct slice token);

#endif
