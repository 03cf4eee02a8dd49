/* SPDX-License-Identifier: Apache-2.0 */
/* The takes that SDP grammar (RFC 8866 9) is made of. */
#ifndef SDP_SCAN_H
#define SDP_SCAN_H

#include "sip/base/cursor.h"
#include "sip/chars.h"

/* The run of bytes up to SP or HTAB; maybe empty. */
static inline struct slice sdp_scan_word(struct cursor *c)
{
    const char *from = c->p;
    const char *p = from;

    while (p < c->end && *p != ' ' && *p != '\t')
        p++;
    c->p = p;
    return slice_between(from, p);
}

/* Takes one SP and a word; false and no move if there is none. */
static inline bool sdp_scan_next(struct cursor *c, struct slice *word)
{
    const char *from = c->p;

    if (!cursor_take(c, ' '))
        return false;
    *word = sdp_scan_word(c);
    if (word->n)
        return true;
    c->p = from;
    return false;
}

/* Nothing but SP and HTAB is left: some write them at the end of a line. */
static inline bool sdp_scan_end(const struct cursor *c)
{
    const char *p = c->p;

    while (p < c->end && (*p == ' ' || *p == '\t'))
        p++;
    return p == c->end;
}

/* The longest run of token characters; maybe empty. */
static inline struct slice sdp_scan_token(struct cursor *c)
{
    const char *from = c->p;
    const char *p = from;

    while (p < c->end && sip_char_is(*p, SIP_C_SDP))
        p++;
    c->p = p;
    return slice_between(from, p);
}

/* 1*(token-char) and all of it. */
static inline bool sdp_token_ok(struct slice s)
{
    struct cursor c = cursor_of(s);

    return sdp_scan_token(&c).n && c.p == c.end;
}

/* 1*DIGIT of any length. */
static inline bool sdp_digits_ok(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

#endif
