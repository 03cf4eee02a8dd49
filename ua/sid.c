/* SPDX-License-Identifier: Apache-2.0 */
/* Making, reading and writing Session-ID. */
#include "ua/sid.h"

#include <string.h>

#include "sip/write.h"

int ua_sid_new(struct ua_sid *sid, const struct env *env)
{
    static const char variant[] = "89ab";
    uint32_t two;
    int err = env_rand_hex(env, sid->ours, UA_SID_N / 2);

    if (!err)
        err = env_rand_below(env, &two, 4);
    ua_sid_forget(sid);
    if (err)
        return err;
    sid->ours[12] = '4';
    sid->ours[16] = variant[two];
    return 0;
}

/* The first half; empty if it is no UUID, or nil. */
static struct slice local_of(const struct sip_msg *msg)
{
    const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_SESSION_ID, NULL);
    struct slice s = h ? h->value : slice_of(NULL, 0);
    bool nil = true;

    s = slice_trim(slice_of(s.p, slice_find(s, ';')));
    for (size_t i = 0; i < s.n; i++) {
        nil = nil && s.p[i] == '0';
        if (slice_find(S("0123456789abcdef"), s.p[i]) == 16)
            return slice_of(NULL, 0);
    }
    return s.n == UA_SID_N && !nil ? s : slice_of(NULL, 0);
}

void ua_sid_heard(struct ua_sid *sid, const struct sip_msg *msg)
{
    struct slice s = local_of(msg);

    if (s.n)
        memcpy(sid->theirs, s.p, UA_SID_N);
}

void ua_sid_forget(struct ua_sid *sid)
{
    memset(sid->theirs, 0, sizeof(sid->theirs));
}

void ua_sid_put(struct out *o, const struct ua_sid *sid)
{
    char text[2 * UA_SID_N + 16];
    struct out v = out_of(text, sizeof(text));

    out_put(&v, slice_of(sid->ours, UA_SID_N));
    out_lit(&v, ";remote=");
    out_put(&v, sid->theirs[0] ? slice_of(sid->theirs, UA_SID_N)
                               : S("00000000000000000000000000000000"));
    sip_write_hdr(o, SIP_HDR_SESSION_ID, out_slice(&v));
}
