/* SPDX-License-Identifier: Apache-2.0 */
/* Keeping a flow alive: CRLF pings, and OPTIONS where none are answered. */
#include "ua/event.h"
#include "ua/flow.h"
#include "ua/request.h"

/*
 * RFC 5626 4.4.1: between 80 and 100 % of Flow-Timer; else often enough for
 * servers and NATs that forget a connection after two minutes.
 */
static void arm_next(struct ua_account *acc, struct now now)
{
    int64_t max = acc->flow.flow_timer ? (int64_t)acc->flow.flow_timer * 1000
                                       : UA_PING_MS;

    ua_arm(acc, &acc->flow.ping,
           ua_within(acc->env, now.boot + max * 8 / 10, now.boot + max));
}

static void dead(struct ua_account *acc, struct now now)
{
    ua_flow_renew(acc, now, CAUSE_connect_dead);
}

/*
 * No pong, and never one from this edge: it may not know RFC 5626 (Asterisk
 * does not answer CRLF). An OPTIONS tells whether it lives.
 */
static void no_pong(struct ua_account *acc, struct now now)
{
    struct ua_flow *flow = &acc->flow;

    flow->awaiting = false;
    if (flow->pongs || ua_request_probe(acc, now)) {
        dead(acc, now);
        return;
    }
    flow->probing = true;
}

void ua_flow_ping_timer(struct ua_account *acc, struct now now)
{
    struct ua_flow *flow = &acc->flow;

    if (flow->state != UA_FLOW_UP)
        return;
    if (flow->awaiting) {
        no_pong(acc, now);
        return;
    }
    if (flow->probing) /* its own transaction times out */
        return;
    if (ua_flow_send(acc, S("\r\n\r\n"))) { /* no memory: try again soon */
        ua_arm(acc, &flow->ping, now.boot + UA_PONG_MS);
        return;
    }
    acc->core->counts.pings++;
    flow->awaiting = true;
    ua_arm(acc, &flow->ping, now.boot + UA_PONG_MS);
}

/* Whatever arrives shows that the flow lives; only a pong that pings work. */
void ua_flow_alive(struct ua_account *acc, struct now now, bool pong)
{
    struct ua_flow *flow = &acc->flow;

    if (pong && flow->awaiting)
        flow->pongs = true;
    if (flow->awaiting && (pong || flow->pongs)) {
        flow->awaiting = false;
        arm_next(acc, now);
    }
    if (flow->probing && !pong) {
        flow->probing = false;
        arm_next(acc, now);
    }
}

/* Hazard A-31: one pong a ping, and not more than a few of them. */
void ua_flow_pinged(struct ua_account *acc, struct now now)
{
    struct ua_flow *flow = &acc->flow;

    if (now.boot - flow->pongs_at >= UA_PONGS_WINDOW_MS) {
        flow->pongs_at = now.boot;
        flow->pongs_n = 0;
    }
    if (flow->pongs_n++ >= UA_PONGS_MAX)
        return;
    acc->core->counts.pongs++;
    (void)ua_flow_send(acc, S("\r\n")); /* no memory: they ask again */
}
