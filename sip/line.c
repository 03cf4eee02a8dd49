/* SPDX-License-Identifier: Apache-2.0 */
/* Finding line ends a block at a time. */
#include "sip/line.h"

#include <string.h>

#define ALL(byte) (UINT64_C(0x0101010101010101) * (byte))

/*
 * Nonzero if one of 8 bytes is below 0x20 or above 0x7e. Borrows and carries
 * can only add bits for bytes above the lowest that is really meant, which
 * costs nothing: the caller then looks byte by byte.
 */
static uint64_t unusual(const char *p)
{
    uint64_t x;

    memcpy(&x, p, sizeof(x));
    return (x | (x - ALL(0x20)) | (x + ALL(0x01))) & ALL(0x80);
}

static const char *skip_blocks(const char *p, const char *end)
{
    while (end - p >= 8 && !unusual(p))
        p += 8;
    return p;
}

static const char *skip_usual(const char *p, const char *end)
{
    p = skip_blocks(p, end);
    while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f)
        p++;
    return p;
}

const char *sip_line_end(const char *p, const char *end, unsigned *flags,
                         enum sip_fault *fault)
{
    const char *from = p;

    for (;; p++) {
        p = skip_usual(p, end);
        if (p == end) {
            *fault = SIP_FAULT_head_end;
            return NULL;
        }
        if (*p == '\r' && p + 1 < end && p[1] == '\n')
            return p;
        if ((unsigned char)*p > 0x7f) {
            *flags |= SIP_LINE_HIGH;
        } else if (*p == '\r' || *p == '\n') {
            *fault = p + 1 == end && *p == '\r' ? SIP_FAULT_head_end
                                                : SIP_FAULT_line_ending;
            return NULL;
        } else if (*p != '\t') {
            if (p == from || p[-1] != '\\') {
                *fault = SIP_FAULT_control_char;
                return NULL;
            }
            *flags |= SIP_LINE_ESCAPED;
        }
    }
}
