/* SPDX-License-Identifier: Apache-2.0 */
/* The table of faults of session descriptions. */
#include "sdp/fault.h"

struct fault {
    const char *symbol;
    const char *text;
};

static const struct fault fault_of[SDP_FAULT_COUNT] = {
#define X(symbol, text) {#symbol, text},
    SDP_FAULT_MAP(X)
#undef X
};

static const struct fault *find(enum sdp_fault code)
{
    if ((unsigned)code >= SDP_FAULT_COUNT)
        code = SDP_FAULT_none;
    return &fault_of[code];
}

const char *sdp_fault_symbol(enum sdp_fault code)
{
    return find(code)->symbol;
}

const char *sdp_fault_text(enum sdp_fault code)
{
    return find(code)->text;
}
