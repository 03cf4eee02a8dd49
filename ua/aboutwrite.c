/* SPDX-License-Identifier: Apache-2.0 */
/* Writing Reason (RFC 3326). */
#include "ua/about.h"
#include "ua/call.h"

static void put(struct out *o, struct slice protocol, unsigned cause,
                struct slice text)
{
    char value[160];
    struct out v = out_of(value, sizeof(value));

    out_put(&v, protocol);
    out_lit(&v, ";cause=");
    out_u64(&v, cause);
    out_lit(&v, ";text=");
    sip_write_quoted(&v, text);
    if (v.err)
        out_fail(o, v.err);
    sip_write_hdr(o, SIP_HDR_REASON, out_slice(&v));
}

/* The SIP status that says best why we end it; 0: nothing was wrong. */
static unsigned status_of(const struct cause *cause)
{
    static const struct {
        enum cause_code code;
        unsigned status;
    } rows[] = {
        {CAUSE_policy_refused, 488}, {CAUSE_media_no_match, 488},
        {CAUSE_media_keys, 488},     {CAUSE_call_expired, 408},
        {CAUSE_call_no_ack, 408},    {CAUSE_call_timeout, 408},
        {CAUSE_out_of_memory, 500},  {CAUSE_internal, 500},
        {CAUSE_media_no_port, 500},  {CAUSE_call_malformed, 400},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].code == cause->code)
            return rows[i].status;
    return 0;
}

/* Q.850 16 is what ends a call that went well; a CANCEL without a cause has
 * none to give. */
void ua_about_put_reason(struct out *o, const struct ua_call *c, int leg)
{
    unsigned status = c->end_status ? c->end_status : status_of(&c->cause);

    if (leg >= 0 && c->chosen >= 0 && leg != c->chosen)
        status = 200; /* another fork has it */
    if (status == 200)
        put(o, S("SIP"), 200, S("Call completed elsewhere"));
    else if (status)
        put(o, S("SIP"), status, sip_status_phrase(status));
    else if (leg >= 0)
        put(o, S("Q.850"), 16, S("Normal call clearing"));
}
