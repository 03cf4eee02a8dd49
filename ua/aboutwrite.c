/* SPDX-License-Identifier: Apache-2.0 */
/* Writing Session-ID (RFC 7989) and Reason (RFC 3326). */
#include "ua/about.h"
#include "ua/call.h"

int ua_about_uuid(char uuid[32], const struct env *env)
{
    static const char variant[] = "89ab";
    uint32_t two;
    int err = env_rand_hex(env, uuid, 16);

    if (!err)
        err = env_rand_below(env, &two, 4);
    if (err)
        return err;
    uuid[12] = '4';
    uuid[16] = variant[two];
    return 0;
}

/* The peer's half of its Session-ID: 32 digits, else nil (7989 4.1). */
static struct slice theirs(const struct ua_call *c)
{
    struct slice s = c->about.text[UA_TEXT_SESSION - UA_TEXT_ABOUT];
    size_t n = slice_find(s, ';');

    while (n && s.p[n - 1] == ' ')
        n--;
    for (size_t i = 0; i < n; i++)
        if (slice_find(S("0123456789abcdef"), s.p[i]) == 16)
            n = 0;
    return n == 32 ? slice_of(s.p, n) : S("00000000000000000000000000000000");
}

void ua_about_put_session(struct out *o, const struct ua_call *c)
{
    char text[80];
    struct out v = out_of(text, sizeof(text));

    out_put(&v, slice_of(c->uuid, sizeof(c->uuid)));
    out_lit(&v, ";remote=");
    out_put(&v, theirs(c));
    sip_write_hdr(o, SIP_HDR_SESSION_ID, out_slice(&v));
}

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
