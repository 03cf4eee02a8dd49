/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of numbers: CSeq, Max-Forwards, seconds, lengths, times. */
#include "sip/base/err.h"
#include "sip/date.h"
#include "sip/quick.h"

enum { CSEQ_MAX = 0x7fffffff }; /* RFC 3261 8.1.1.5: below 2^31 */

/* 1*DIGIT LWS Method */
static int read_cseq(struct sip_cseq *cseq, struct sip_text *c)
{
    if (!sip_scan_u32(c, CSEQ_MAX, &cseq->num))
        return E_SYNTAX;
    if (!sip_at(c, ' ') && !sip_at(c, '\t'))
        return E_SYNTAX;
    sip_scan_ws(c);
    if (!sip_scan_token(c, &cseq->text))
        return E_SYNTAX;
    cseq->method = sip_method_find(cseq->text);
    return 0;
}

/* digits SP method */
bool sip_quick_cseq(struct sip_reader *r, const char *p)
{
    struct sip_cseq *cseq = &r->msg->cseq;
    const char *end;

    p = sip_quick_digits(p, &cseq->num);
    if (!p || *p != ' ')
        return false;
    end = sip_hop(r->map, ++p);
    if (end == p || *end != '\r')
        return false;
    cseq->text = slice_between(p, end);
    /* Before it stands "CSeq: ", at least, and a digit and the SP. */
    cseq->method = sip_method_find_room(cseq->text);
    return true;
}

int sip_read_CSEQ(struct sip_reader *r, struct sip_text *c)
{
    return read_cseq(&r->msg->cseq, c);
}

/* response-num LWS CSeq-num LWS Method (RFC 3262 7.2) */
int sip_read_RACK(struct sip_reader *r, struct sip_text *c)
{
    struct sip_rack *rack = &r->msg->rack;

    if (!sip_scan_u32(c, UINT32_MAX, &rack->rseq) ||
        (!sip_at(c, ' ') && !sip_at(c, '\t')))
        return E_SYNTAX;
    sip_scan_ws(c);
    r->msg->has |= SIP_HAS_RACK;
    return read_cseq(&rack->cseq, c);
}

int sip_read_RSEQ(struct sip_reader *r, struct sip_text *c)
{
    r->msg->has |= SIP_HAS_RSEQ;
    return sip_scan_u32(c, UINT32_MAX, &r->msg->rseq) ? 0 : E_SYNTAX;
}

int sip_read_MAX_FORWARDS(struct sip_reader *r, struct sip_text *c)
{
    uint32_t v;

    if (!sip_scan_u32(c, 255, &v))
        return E_SYNTAX;
    r->msg->max_forwards = (uint8_t)v;
    r->msg->has |= SIP_HAS_MAX_FORWARDS;
    return 0;
}

bool sip_quick_max_forwards(struct sip_reader *r, const char *p)
{
    uint32_t v;

    p = sip_quick_digits(p, &v);
    if (!p || *p != '\r' || v > 255)
        return false;
    r->msg->max_forwards = (uint8_t)v;
    r->msg->has |= SIP_HAS_MAX_FORWARDS;
    return true;
}

bool sip_quick_content_length(struct sip_reader *r, const char *p)
{
    p = sip_quick_digits(p, &r->msg->content_length);
    r->msg->has |= SIP_HAS_CONTENT_LENGTH;
    return p && *p == '\r';
}

int sip_read_CONTENT_LENGTH(struct sip_reader *r, struct sip_text *c)
{
    r->msg->has |= SIP_HAS_CONTENT_LENGTH;
    return sip_scan_u32(c, UINT32_MAX, &r->msg->content_length) ? 0 : E_SYNTAX;
}

/* Where the seconds of this header field go. */
static uint32_t *seconds_of(struct sip_msg *m, enum sip_hdr_id id,
                            unsigned *has)
{
    switch ((int)id) {
    case SIP_HDR_EXPIRES:
        *has = SIP_HAS_EXPIRES;
        return &m->expires;
    case SIP_HDR_MIN_EXPIRES:
        *has = SIP_HAS_MIN_EXPIRES;
        return &m->min_expires;
    case SIP_HDR_FLOW_TIMER:
        *has = SIP_HAS_FLOW_TIMER;
        return &m->flow_timer;
    case SIP_HDR_SESSION_EXPIRES:
        *has = SIP_HAS_SESSION_EXPIRES;
        return &m->session_expires;
    default:
        *has = SIP_HAS_MIN_SE;
        return &m->min_se;
    }
}

/* Of Session-Expires and Min-SE there may be parameters behind them. */
bool sip_quick_seconds(struct sip_reader *r, const char *p)
{
    unsigned has;
    uint32_t *to = seconds_of(r->msg, r->hdr->id, &has);

    r->msg->has |= has;
    p = sip_quick_digits(p, to);
    return p && *p == '\r';
}

int sip_read_SECONDS(struct sip_reader *r, struct sip_text *c)
{
    unsigned has;
    uint32_t *to = seconds_of(r->msg, r->hdr->id, &has);

    r->msg->has |= has;
    return sip_scan_seconds(c, to) ? 0 : E_SYNTAX;
}

int sip_read_SECONDS_PARAMS(struct sip_reader *r, struct sip_text *c)
{
    struct sip_param p;
    int err = sip_read_SECONDS(r, c);

    while (!err && sip_scan_sep(c, ';'))
        err = sip_scan_param(c, &p) ? 0 : E_SYNTAX;
    return err;
}

/* delta-seconds [ comment ] *( SEMI retry-param ) */
int sip_read_RETRY_AFTER(struct sip_reader *r, struct sip_text *c)
{
    struct sip_param p;

    if (!sip_scan_seconds(c, &r->msg->retry_after))
        return E_SYNTAX;
    r->msg->has |= SIP_HAS_RETRY_AFTER;
    sip_scan_ws(c);
    if (sip_at(c, '(') && !sip_scan_comment(c))
        return E_SYNTAX;
    while (sip_scan_sep(c, ';'))
        if (!sip_scan_param(c, &p))
            return E_SYNTAX;
    return 0;
}

int sip_read_DATE(struct sip_reader *r, struct sip_text *c)
{
    struct cursor at = cursor_of(sip_rest(c));
    int err = sip_date_take(&at, &r->msg->date);

    r->msg->has |= SIP_HAS_DATE;
    c->p = at.p;
    return err;
}

/* *DIGIT [ "." *DIGIT ] */
static void skip_decimal(struct sip_text *c)
{
    sip_scan_run(c, SIP_C_DIGIT);
    if (sip_take(c, '.'))
        sip_scan_run(c, SIP_C_DIGIT);
}

/* 1*DIGIT [ "." *DIGIT ] [ LWS delay ] */
int sip_read_TIMESTAMP(struct sip_reader *r, struct sip_text *c)
{
    (void)r;
    if (c->p == c->end || !sip_char_is(*c->p, SIP_C_DIGIT))
        return E_SYNTAX;
    skip_decimal(c);
    sip_scan_ws(c);
    skip_decimal(c);
    return 0;
}

/* 1*DIGIT "." 1*DIGIT */
int sip_read_MIME_VERSION(struct sip_reader *r, struct sip_text *c)
{
    (void)r;
    if (!sip_scan_run(c, SIP_C_DIGIT).n || !sip_take(c, '.') ||
        !sip_scan_run(c, SIP_C_DIGIT).n)
        return E_SYNTAX;
    return 0;
}
