/* SPDX-License-Identifier: Apache-2.0 */
/* INFO in a call: digits of old PBXs; no Info Package is offered. */
#include "sip/base/err.h"
#include "ua/call.h"
#include "ua/message.h"
#include "ua/receive.h"

enum { DIGIT_MS = 250, DIGIT_MS_MAX = 10000 };

/* The value of a line "Name=value" or "Name: value"; empty: none. */
static struct slice line_of(struct slice body, struct slice name)
{
    while (body.n) {
        struct slice line = slice_of(body.p, slice_find(body, '\n'));
        struct slice rest = slice_trim(line);

        body = slice_skip(body, line.n + 1);
        if (!slice_istarts(rest, name))
            continue;
        rest = slice_trim(slice_skip(rest, name.n));
        if (rest.n && rest.p[rest.n - 1] == '\r')
            rest.n--;
        if (rest.n && (rest.p[0] == '=' || rest.p[0] == ':'))
            return slice_trim(slice_skip(rest, 1));
    }
    return slice_of(NULL, 0);
}

/* A digit, or the number of its event (RFC 4733): 10 is *, 11 #, 12 A. */
static char digit_of(struct slice text)
{
    const struct slice digits = S("0123456789*#ABCD");
    uint32_t n;

    if (text.n == 2 && !slice_u32(&n, text, 15))
        return digits.p[n];
    if (text.n == 1 && text.p[0] >= 'a' && text.p[0] <= 'd')
        return (char)(text.p[0] - 'a' + 'A');
    if (text.n == 1 && slice_find(digits, text.p[0]) < digits.n)
        return text.p[0];
    return '\0';
}

static bool is(const struct sip_msg *msg, struct slice subtype)
{
    return slice_ieq(msg->content_type.type, S("application")) &&
           slice_ieq(msg->content_type.subtype, subtype);
}

/* False: it is no digit. */
static bool read_digit(struct media_dtmf *d, const struct sip_msg *msg)
{
    struct slice signal = slice_trim(msg->body);
    uint32_t ms = DIGIT_MS;

    if (is(msg, S("dtmf-relay"))) {
        signal = line_of(msg->body, S("Signal"));
        (void)slice_u32(&ms, line_of(msg->body, S("Duration")), DIGIT_MS_MAX);
    } else {
        while (signal.n && (signal.p[signal.n - 1] == '\r' ||
                            signal.p[signal.n - 1] == '\n'))
            signal.n--;
    }
    d->digit = digit_of(signal);
    d->ms = ms;
    return d->digit != '\0';
}

/* RFC 6086 4.2.2: 469 for a package that we did not offer, and we offer
 * none. What old endpoints send without one is a digit or 415. */
static unsigned judge(struct ua_call *c, const struct sip_msg *msg)
{
    struct media_dtmf d = {0};

    if (sip_msg_hdr(msg, SIP_HDR_INFO_PACKAGE, NULL))
        return 469;
    if (!msg->body.n)
        return 200;
    if (!is(msg, S("dtmf-relay")) && !is(msg, S("dtmf")))
        return 415;
    if (!read_digit(&d, msg))
        return 400;
    if (c->state != UA_CALL_ESTABLISHED)
        return 481;
    ua_callevent_dtmf(c, &d);
    return 200;
}

void ua_info_request(struct ua_call *c, const struct sip_msg *msg)
{
    ua_receive_respond(c->acc, msg, judge(c, msg));
}
