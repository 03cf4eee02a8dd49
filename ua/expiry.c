/* SPDX-License-Identifier: Apache-2.0 */
/* Session timers (RFC 4028), both roles: a call whose peer is gone ends. */
#include "sip/param.h"
#include "ua/call.h"
#include "ua/update.h"

enum {
    INTERVAL = 1800,    /* seconds that we ask for (4: as recommended) */
    INTERVAL_MAX = 7200 /* a 422 that wants more is not followed */
};

static struct slice refresher_of(const struct sip_msg *msg)
{
    const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_SESSION_EXPIRES, NULL);
    struct slice value = {0};
    size_t at = h ? slice_find(h->value, ';') : 0;

    if (h)
        (void)sip_param_get(slice_skip(h->value, at), S("refresher"), &value);
    return value;
}

static bool supports(const struct sip_msg *msg)
{
    return sip_token_in(msg->supported, S("timer")) ||
           sip_token_in(msg->require, S("timer"));
}

static void put(struct out *o, uint32_t seconds, struct slice refresher)
{
    char text[64];
    struct out v = out_of(text, sizeof(text));

    out_u64(&v, seconds);
    if (refresher.n) {
        out_lit(&v, ";refresher=");
        out_put(&v, refresher);
    }
    sip_write_hdr(o, SIP_HDR_SESSION_EXPIRES, out_slice(&v));
}

/* 7.4: a refresh names who refreshes now; the first one leaves it open. */
void ua_expiry_put(struct out *o, const struct ua_call *c)
{
    uint32_t seconds = c->interval ? c->interval : INTERVAL;
    struct slice who = {0};

    if (seconds < c->min_se)
        seconds = c->min_se;
    if (c->interval)
        who = c->refresher ? S("uac") : S("uas");
    put(o, seconds, who);
    if (c->min_se > UA_MIN_SE)
        sip_write_u32(o, SIP_HDR_MIN_SE, c->min_se);
}

/* 9: only one who knows of timers can be told so. */
bool ua_expiry_too_small(const struct sip_msg *req)
{
    return req->has & SIP_HAS_SESSION_EXPIRES &&
           req->session_expires < UA_MIN_SE && supports(req);
}

/* Table 2; where we may choose, the caller refreshes. */
void ua_expiry_accept(struct ua_call *c, struct out *o,
                      const struct sip_msg *req)
{
    bool timer = supports(req);
    struct slice who = refresher_of(req);

    c->interval = 0;
    if (!(req->has & SIP_HAS_SESSION_EXPIRES) ||
        req->session_expires < UA_MIN_SE)
        return;
    c->interval = req->session_expires;
    c->refresher = !timer || slice_ieq(who, S("uas"));
    put(o, c->interval, c->refresher ? S("uas") : S("uac"));
    if (timer)
        sip_write_hdr(o, SIP_HDR_REQUIRE, S("timer"));
}

/* 10: half the interval to refresh; to give up, the lesser of 32 s and a
 * third of it before the end. */
void ua_expiry_arm(struct ua_call *c, struct now now)
{
    struct heap *heap = &c->acc->core->heap;
    int64_t ms = (int64_t)c->interval * 1000;
    int64_t early = ms / 3 < 32000 ? ms / 3 : 32000;

    c->refreshing = false;
    if (!c->interval || c->over)
        heap_disarm(heap, &c->session_timer);
    else
        (void)heap_arm(heap, &c->session_timer,
                       now.boot + (c->refresher ? ms / 2 : ms - early));
}

void ua_expiry_answered(struct ua_call *c, struct now now,
                        const struct sip_msg *res)
{
    c->interval = 0;
    if (res->has & SIP_HAS_SESSION_EXPIRES &&
        res->session_expires >= UA_MIN_SE) {
        c->interval = res->session_expires;
        c->refresher = !slice_ieq(refresher_of(res), S("uas"));
    }
    ua_expiry_arm(c, now);
}

bool ua_expiry_raise(struct ua_call *c, const struct sip_msg *res)
{
    if (res->status != 422 || !(res->has & SIP_HAS_MIN_SE) ||
        res->min_se <= c->min_se || res->min_se > INTERVAL_MAX)
        return false;
    c->min_se = res->min_se;
    return true;
}

void ua_expiry_timer(struct ua_core *core, struct now now, uint64_t id)
{
    struct ua_call *c = idtab_get(&core->calls, id);

    if (!c || c->state != UA_CALL_ESTABLISHED)
        return;
    if (c->refresher && !c->refreshing) {
        c->refreshing = true;
        if (ua_update_refresh(c, now)) /* RFC 4028 7.4: UPDATE, if it may */
            ua_change_want(c, now);    /* their 2xx arms the timer anew */
        (void)heap_arm(&core->heap, &c->session_timer,
                       now.boot + (int64_t)c->interval * 500);
    } else {
        ua_call_fail(c, now, CAUSE_call_expired, UA_CALL_EV_FAIL);
    }
    ua_call_settle(c);
}
