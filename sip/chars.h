/* SPDX-License-Identifier: Apache-2.0 */
/* Character classes of RFC 3261 section 25 as one table. */
#ifndef SIP_CHARS_H
#define SIP_CHARS_H

#include "sip/base/slice.h"

/* Escapes (%HH) and UTF-8 are not in the classes: they are sequences. */
enum sip_class {
    SIP_C_TOKEN = 1 << 0,
    SIP_C_WORD = 1 << 1,      /* of a Call-ID */
    SIP_C_USER = 1 << 2,      /* unreserved, user-unreserved */
    SIP_C_USER_BARE = 1 << 3, /* the same where , ; ? end the URI */
    SIP_C_PASSWORD = 1 << 4,
    SIP_C_PARAM = 1 << 5,  /* paramchar of URIs */
    SIP_C_HEADER = 1 << 6, /* hname and hvalue of URIs */
    SIP_C_HOST = 1 << 7,   /* letters, digits, '-', '.' */
    SIP_C_DIGIT = 1 << 8,
    SIP_C_ALPHA = 1 << 9,
    SIP_C_HEX = 1 << 10,
    SIP_C_URIC = 1 << 11,      /* reserved, unreserved */
    SIP_C_QUOTED = 1 << 12,    /* qdtext, SP and HTAB, ASCII only */
    SIP_C_CTEXT = 1 << 13,     /* of a comment, SP and HTAB, ASCII only */
    SIP_C_REASON = 1 << 14,    /* of a reason phrase, bytes >= 0x80 too */
    SIP_C_TEXT = 1 << 15,      /* printable ASCII, SP, HTAB */
    SIP_C_URIC_BARE = 1 << 16, /* URIC without what ends a bare URI */
    SIP_C_ADDRESS = 1 << 17,   /* of IPv4 and IPv6 addresses */
    SIP_C_SDP = 1 << 18        /* token-char of RFC 8866 9 */
};

extern const uint32_t sip_chars[256];

static inline bool sip_char_is(char c, unsigned cls)
{
    return (sip_chars[(unsigned char)c] & cls) != 0;
}

/* Length of the UTF8-NONASCII (RFC 3261 25.1) that s starts with; 0: none. */
size_t sip_utf8_len(struct slice s);

/* Printable ASCII, SP, HTAB and UTF-8: what may stand in a text value. */
bool sip_text_ok(struct slice s);

/* True for one token of at least one character. */
bool sip_token_ok(struct slice s);

#endif
