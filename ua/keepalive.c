/* SPDX-License-Identifier: Apache-2.0 */
/* Keeping a flow alive: CRLF pings, and OPTIONS where none are answered. */
#include "ua/event.h"
#include "ua/flow.h"
#include "ua/request.h"
#include "ua/riders.h"
#include "ua/twin.h"

static void arm(struct ua_flow *flow, int64_t at)
{
    (void)heap_arm(&flow->core->heap, &flow->ping, at); /* reserved */
}

/*
 * RFC 5626 4.4.1: between 80 and 100 % of Flow-Timer; else often enough for
 * servers and NATs that forget a connection after two minutes.
 */
static void arm_next(struct ua_flow *flow, struct now now)
{
    int64_t max =
        flow->flow_timer ? (int64_t)flow->flow_timer * 1000 : UA_PING_MS;

    arm(flow,
        ua_within(flow->core->env, now.boot + max * 8 / 10, now.boot + max));
}

static void dead(struct ua_flow *flow, struct now now)
{
    ua_flow_renew(flow, now, CAUSE_connect_dead);
    ua_twin_lost(flow, now);
}

/*
 * No pong, and never one from this edge: it may not know RFC 5626 (Asterisk
 * does not answer CRLF). An OPTIONS tells whether it lives.
 */
static void no_pong(struct ua_flow *flow, struct now now)
{
    struct ua_account *asker = ua_riders_next(flow, NULL);

    flow->awaiting = false;
    if (flow->pongs || !asker || ua_request_probe(asker, now)) {
        dead(flow, now);
        return;
    }
    flow->probing = true;
}

void ua_flow_ping_timer(struct ua_flow *flow, struct now now)
{
    if (flow->state != UA_FLOW_UP)
        return;
    if (flow->awaiting) {
        no_pong(flow, now);
        return;
    }
    if (flow->probing) /* its own transaction times out */
        return;
    if (ua_flow_send(flow, S("\r\n\r\n"))) { /* no memory: try again soon */
        arm(flow, now.boot + UA_PONG_MS);
        return;
    }
    flow->core->counts.pings++;
    flow->awaiting = true;
    arm(flow, now.boot + UA_PONG_MS);
}

/* Whatever arrives shows that the flow lives; only a pong that pings work. */
void ua_flow_alive(struct ua_flow *flow, struct now now, bool pong)
{
    if (pong && flow->awaiting)
        flow->pongs = true;
    if (flow->awaiting && (pong || flow->pongs)) {
        flow->awaiting = false;
        arm_next(flow, now);
    }
    if (flow->probing && !pong) {
        flow->probing = false;
        arm_next(flow, now);
    }
}

/* Hazard A-31: one pong a ping, and not more than a few of them. */
void ua_flow_pinged(struct ua_flow *flow, struct now now)
{
    if (now.boot - flow->pongs_at >= UA_PONGS_WINDOW_MS) {
        flow->pongs_at = now.boot;
        flow->pongs_n = 0;
    }
    if (flow->pongs_n++ >= UA_PONGS_MAX)
        return;
    flow->core->counts.pongs++;
    (void)ua_flow_send(flow, S("\r\n")); /* no memory: they ask again */
}

void ua_flow_asked(struct ua_flow *flow, struct now now)
{
    if (flow->state != UA_FLOW_UP || !flow->probing)
        return;
    flow->probing = false;
    arm(flow, now.boot + UA_PONG_MS);
}
