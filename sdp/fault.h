/* SPDX-License-Identifier: Apache-2.0 */
/* What can be wrong with a session description: symbol and sentence. */
#ifndef SDP_FAULT_H
#define SDP_FAULT_H

#include <stddef.h>

/* X(symbol, sentence) */
#define SDP_FAULT_MAP(X)                                       \
    X(none, "no fault")                                        \
    X(no_memory, "memory ran out")                             \
    X(too_big, "the description is longer than its limit")     \
    X(too_many_lines, "there are too many lines")              \
    X(too_many_media, "there are too many m= lines")           \
    X(too_many_attributes, "there are too many attributes")    \
    X(too_many_formats, "an m= line has too many formats")     \
    X(line_ending, "a line is not ended, or by a stray CR")    \
    X(control_char, "there is a NUL")                          \
    X(line_type, "the line is not of a known type")            \
    X(line_order, "the line is out of its order")              \
    X(missing_line, "a mandatory line is missing before this") \
    X(version, "the version is not 0")                         \
    X(origin, "the o= line does not follow its grammar")       \
    X(text, "a value is empty")                                \
    X(connection, "the c= line does not follow its grammar")   \
    X(bandwidth, "the b= line does not follow its grammar")    \
    X(timing, "the t= line does not follow its grammar")       \
    X(repeat, "the r= or z= line does not follow its grammar") \
    X(media, "the m= line does not follow its grammar")        \
    X(attribute, "the attribute is not a name, or has no value")

enum sdp_fault {
#define X(symbol, text) SDP_FAULT_##symbol,
    SDP_FAULT_MAP(X)
#undef X
        SDP_FAULT_COUNT
};

/* Why bytes are no session description, and where. */
struct sdp_parse_err {
    enum sdp_fault code;
    size_t offset; /* start of the line at fault */
};

const char *sdp_fault_symbol(enum sdp_fault code);
const char *sdp_fault_text(enum sdp_fault code);

#endif
