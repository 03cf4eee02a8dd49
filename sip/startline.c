/* SPDX-License-Identifier: Apache-2.0 */
/* Reading start lines: single spaces, SIP/2.0 and nothing else. */
#include "sip/startline.h"

#include <string.h>

#include "sip/quick.h"

/* "SIP" "/" 1*DIGIT "." 1*DIGIT; none if it is 2.0. */
static enum sip_fault take_version(struct sip_text *c)
{
    struct sip_text at = *c;

    if (sip_left(c) >= 7 && sip_lower_eq4(c->p, "SIP/") &&
        memcmp(c->p + 3, "/2.0", 4) == 0 &&
        (sip_left(c) == 7 || c->p[7] == ' ')) {
        c->p += 7;
        return SIP_FAULT_none;
    }
    if (sip_left(&at) < 4 || !slice_ieq(slice_of(at.p, 4), S("SIP/")) ||
        (at.p += 4, !sip_scan_run(&at, SIP_C_DIGIT).n) ||
        !sip_take(&at, '.') || !sip_scan_run(&at, SIP_C_DIGIT).n)
        return SIP_FAULT_start_line;
    return SIP_FAULT_version;
}

/* *(reserved / unreserved / escaped / UTF8-NONASCII / UTF8-CONT / SP / HTAB)
 */
static bool reason_ok(struct slice s)
{
    struct sip_text c = sip_text_of(s);

    sip_scan_escaped(&c, SIP_C_REASON);
    return sip_end(&c);
}

static enum sip_fault read_status(struct sip_msg *msg, struct sip_text *c)
{
    enum sip_fault fault = take_version(c);
    struct slice code;
    uint32_t status;

    if (fault != SIP_FAULT_none)
        return fault;
    if (!sip_take(c, ' '))
        return SIP_FAULT_start_line;
    code = slice_of(c->p, slice_find(sip_rest(c), ' '));
    if (code.n != 3 || slice_u32(&status, code, 699) || status < 100)
        return SIP_FAULT_status_code;
    c->p += 3;
    if (!sip_take(c, ' '))
        return SIP_FAULT_start_line;
    msg->status = (uint16_t)status;
    msg->reason_phrase = sip_rest(c);
    return reason_ok(msg->reason_phrase) ? SIP_FAULT_none
                                         : SIP_FAULT_reason_phrase;
}

static enum sip_fault read_uri(struct sip_msg *msg, struct sip_text *c)
{
    const char *from = c->p;

    if (sip_uri_take(c, &msg->uri, false) || !sip_at(c, ' ')) {
        c->p = from;
        return SIP_FAULT_request_uri;
    }
    if (msg->uri.headers.n) {
        c->p = from;
        return SIP_FAULT_uri_headers;
    }
    c->p++;
    return SIP_FAULT_none;
}

static enum sip_fault read_request(struct sip_msg *msg, struct sip_text *c)
{
    const char *from = c->p;
    enum sip_fault fault;

    msg->request = true;
    if (!sip_scan_token(c, &msg->method_text) || !sip_take(c, ' ')) {
        c->p = from;
        return SIP_FAULT_method;
    }
    msg->method = sip_method_find(msg->method_text);
    fault = read_uri(msg, c);
    if (fault != SIP_FAULT_none)
        return fault;
    fault = take_version(c);
    if (fault != SIP_FAULT_none)
        return fault;
    return sip_end(c) ? SIP_FAULT_none : SIP_FAULT_start_line;
}

/* SIP/2.0 SP 3DIGIT SP reason, in which nothing is escaped. */
static inline bool quick_status(struct sip_msg *msg, const struct sip_text *t)
{
    const char *p = t->p + 8;
    unsigned status = 0;

    if (sip_left(t) < 12 || memcmp(t->p + 4, "2.0 ", 4) != 0 || p[3] != ' ')
        return false;
    for (int i = 0; i < 3; i++) {
        unsigned d = (unsigned)(unsigned char)p[i] - '0';

        if (d > 9)
            return false;
        status = status * 10 + d;
    }
    if (status < 100 || status > 699)
        return false;
    msg->reason_phrase = slice_between(p + 4, t->end);
    for (p = sip_hop(t->map, p + 4); p < t->end; p = sip_hop(t->map, p + 1))
        if (!sip_char_is(*p, SIP_C_REASON))
            return false;
    msg->status = (uint16_t)status;
    return true;
}

/* method SP URI SP SIP/2.0 */
static inline bool quick_request(struct sip_msg *msg, const struct sip_text *t)
{
    const char *p = sip_hop(t->map, t->p);

    if (p == t->p || *p != ' ')
        return false;
    msg->method_text = slice_between(t->p, p);
    p = sip_quick_uri(t->map, p + 1, &msg->uri, false);
    if (!p || t->end - p != 8 || memcmp(p, " SIP/2.0", 8) != 0)
        return false;
    msg->method = sip_method_find(msg->method_text);
    msg->request = true;
    return true;
}

enum sip_fault sip_startline_read(struct sip_msg *msg, struct sip_text *c)
{
    if (sip_left(c) >= 4 && sip_lower_eq4(c->p, "SIP/") && c->p[3] == '/') {
        if (c->map && quick_status(msg, c))
            return SIP_FAULT_none;
        return read_status(msg, c);
    }
    if (c->map && quick_request(msg, c))
        return SIP_FAULT_none;
    return read_request(msg, c);
}
