/* SPDX-License-Identifier: Apache-2.0 */
/* What can be wrong with received bytes: symbol, sentence, status. */
#ifndef SIP_FAULT_H
#define SIP_FAULT_H

#include <stddef.h>

#include "sip/hdr.h"

/*
 * X(symbol, status to answer a request with, sentence). header_value,
 * missing_header and duplicate_header also name the header (hdr below).
 */
#define SIP_FAULT_MAP(X)                                                 \
    X(none, 0, "no fault")                                               \
    X(no_memory, 500, "memory ran out")                                  \
    X(message_too_big, 513, "the message is longer than its limit")      \
    X(head_too_big, 513, "the header section is longer than its limit")  \
    X(too_many_headers, 513, "there are too many header fields")         \
    X(line_ending, 400, "a line does not end in CR LF")                  \
    X(control_char, 400, "there is a control character")                 \
    X(head_end, 400, "the header section is not ended by an empty line") \
    X(start_line, 400, "the start line is malformed")                    \
    X(method, 400, "the method is not a token")                          \
    X(request_uri, 400, "the Request-URI is malformed")                  \
    X(uri_headers, 400, "the Request-URI has headers")                   \
    X(version, 505, "the version is not SIP/2.0")                        \
    X(status_code, 400, "the status code is not 100 to 699")             \
    X(reason_phrase, 400, "the reason phrase is malformed")              \
    X(header_line, 400, "the line is not a header field")                \
    X(header_value, 400, "the value does not follow its grammar")        \
    X(missing_header, 400, "a mandatory header field is missing")        \
    X(duplicate_header, 400, "a header field is given more than once")   \
    X(cseq_method, 400, "the CSeq method is not the request's method")   \
    X(body_short, 400, "the body is shorter than Content-Length")        \
    X(trailing, 400, "bytes follow the end of the body")                 \
    X(length_missing, 400, "Content-Length is missing on a stream")      \
    X(length_duplicate, 400, "Content-Length is given more than once")   \
    X(length_negative, 400, "Content-Length is negative")                \
    X(length_value, 400, "Content-Length is not a number")               \
    X(length_too_big, 513, "Content-Length is above the limit")

enum sip_fault {
#define X(symbol, status, text) SIP_FAULT_##symbol,
    SIP_FAULT_MAP(X)
#undef X
        SIP_FAULT_COUNT
};

/* Why bytes are no SIP message, and where. */
struct sip_parse_err {
    enum sip_fault code;
    enum sip_hdr_id hdr; /* SIP_HDR_OTHER unless the code is about one */
    size_t offset;       /* first byte of the field at fault */
};

const char *sip_fault_symbol(enum sip_fault code);
const char *sip_fault_text(enum sip_fault code);
unsigned sip_fault_status(enum sip_fault code);

#endif
