/* SPDX-License-Identifier: Apache-2.0 */
/* The table of refusals. */
#include "sdp/refusal.h"

#include "sip/base/err.h"

struct refusal {
    const char *symbol;
    const char *text;
    int security;
};

static const struct refusal refusal_of[SDP_REFUSAL_COUNT] = {
#define X(symbol, security, text) {#symbol, text, security},
    SDP_REFUSAL_MAP(X)
#undef X
};

static const struct refusal *find(enum sdp_refusal why)
{
    if ((unsigned)why >= SDP_REFUSAL_COUNT)
        why = SDP_REFUSED_malformed;
    return &refusal_of[why];
}

const char *sdp_refusal_symbol(enum sdp_refusal why)
{
    return find(why)->symbol;
}

const char *sdp_refusal_text(enum sdp_refusal why)
{
    return find(why)->text;
}

int sdp_refusal_err(enum sdp_refusal why)
{
    if (why == SDP_REFUSED_none)
        return 0;
    return find(why)->security ? E_POLICY : E_UNSUPPORTED;
}
