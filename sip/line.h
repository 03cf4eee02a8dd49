/* SPDX-License-Identifier: Apache-2.0 */
/* The one line rule: CR LF ends a line, and nothing else is let through. */
#ifndef SIP_LINE_H
#define SIP_LINE_H

#include "sip/fault.h"

/* What sip_line_end saw on the way. */
enum sip_line_flags {
    SIP_LINE_HIGH = 1,   /* bytes above 0x7f: maybe UTF-8 */
    SIP_LINE_ESCAPED = 2 /* a control character after a backslash */
};

/*
 * The CR of the CR LF that ends the line that starts at p, or NULL: then
 * *fault is line_ending (bare CR or LF), control_char, or head_end when
 * [p, end) has no line end. Adds to *flags.
 */
const char *sip_line_end(const char *p, const char *end, unsigned *flags,
                         enum sip_fault *fault);

#endif
