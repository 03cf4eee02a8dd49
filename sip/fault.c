/* SPDX-License-Identifier: Apache-2.0 */
/* The table of faults. */
#include "sip/fault.h"

struct fault {
    const char *symbol;
    const char *text;
    unsigned status;
};

static const struct fault fault_of[SIP_FAULT_COUNT] = {
#define X(symbol, status, text) {#symbol, text, status},
    SIP_FAULT_MAP(X)
#undef X
};

static const struct fault *find(enum sip_fault code)
{
    if ((unsigned)code >= SIP_FAULT_COUNT)
        code = SIP_FAULT_none;
    return &fault_of[code];
}

const char *sip_fault_symbol(enum sip_fault code)
{
    return find(code)->symbol;
}

const char *sip_fault_text(enum sip_fault code)
{
    return find(code)->text;
}

unsigned sip_fault_status(enum sip_fault code)
{
    return find(code)->status;
}
