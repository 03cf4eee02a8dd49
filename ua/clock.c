/* SPDX-License-Identifier: Apache-2.0 */
/* The estimate of the clock's error: kept, told once, given as a fact. */
#include "ua/clock.h"

#include "sip/msg.h"
#include "tls/skew.h"
#include "ua/event.h"

static int64_t error_of(const struct ua_clock *clock, struct now now)
{
    return (now.wall - (clock->ahead_ms + now.boot)) / 1000;
}

/* What nobody has verified does not take the place of what was. */
static void heard(struct ua_account *acc, struct now now, int64_t date,
                  bool verified)
{
    struct ua_clock *clock = &acc->core->clock;
    int64_t seconds = tls_skew_of(date, now.wall);
    struct ua_out *out;

    if (clock->verified && !verified)
        return;
    clock->verified = verified;
    clock->known = true;
    clock->ahead_ms = date * 1000 - now.boot;
    if (!tls_skew_counts(seconds)) {
        clock->told = false;
        return;
    }
    if (clock->told)
        return;
    clock->told = true;
    out = ua_event_push(acc, SIPLOCK_EVENT_NOTICE);
    if (!out)
        return;
    out->event.notice = "clock_skew";
    out->event.seconds = seconds;
}

void ua_clock_response(struct ua_account *acc, struct now now,
                       const struct sip_msg *msg)
{
    if (msg->has & SIP_HAS_DATE)
        heard(acc, now, msg->date, true);
}

void ua_clock_failed(struct ua_flow *flow, struct now now, struct cause *cause)
{
    const struct ua_clock *clock = &flow->core->clock;
    char text[128];
    struct out o = out_of(text, sizeof(text));

    if (cause->date)
        heard(flow->first, now, cause->date, false);
    if (!tls_skew_explains(cause->code) || !clock->known ||
        !tls_skew_counts(error_of(clock, now)))
        return;
    tls_skew_say(&o, error_of(clock, now));
    cause_add_fact(cause, out_slice(&o));
}
