/* SPDX-License-Identifier: Apache-2.0 */
/* The takes that all SIP grammar is made of, over unfolded text. */
#ifndef SIP_SCAN_H
#define SIP_SCAN_H

#include <string.h>

#include "sip/base/cursor.h"
#include "sip/block.h"
#include "sip/chars.h"

/*
 * Values are unfolded before they are read, so LWS and SWS (RFC 3261 25.1)
 * are runs of SP and HTAB here. A take that fails leaves the cursor where
 * the first byte is that cannot be right, or where it was.
 */

static inline const char *sip_scan_past_ws(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    return p;
}

static inline void sip_scan_ws(struct cursor *c)
{
    c->p = sip_scan_past_ws(c->p, c->end);
}

/*
 * Where the run of a class that starts at p ends. The class must have all of
 * SIP_C_HOST, which is skipped by blocks.
 */
static inline const char *sip_scan_skip(const char *p, const char *end,
                                        unsigned cls)
{
    while (end - p >= BLOCK) {
        unsigned n = block_name(p);

        p += n;
        if (n == BLOCK)
            continue;
        if (!sip_char_is(*p, cls))
            return p;
        p++;
    }
    while (p < end && sip_char_is(*p, cls))
        p++;
    return p;
}

/* The longest run of a class; maybe empty. */
static inline struct slice sip_scan_run(struct cursor *c, unsigned cls)
{
    const char *from = c->p;
    const char *p = from;

    if (cls & (SIP_C_DIGIT | SIP_C_ALPHA | SIP_C_HEX)) {
        while (p < c->end && sip_char_is(*p, cls))
            p++;
    } else {
        p = sip_scan_skip(p, c->end, cls);
    }
    c->p = p;
    return slice_between(from, p);
}

static inline bool sip_scan_token(struct cursor *c, struct slice *token)
{
    *token = sip_scan_run(c, SIP_C_TOKEN);
    return token->n > 0;
}

static inline bool sip_lower_eq8(const char *a, const char *b)
{
    uint64_t x;
    uint64_t y;

    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return ((x ^ y) & ~UINT64_C(0x2020202020202020)) == 0;
}

static inline bool sip_lower_eq4(const char *a, const char *b)
{
    uint32_t x;
    uint32_t y;

    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return ((x ^ y) & ~UINT32_C(0x20202020)) == 0;
}

/*
 * Case-insensitive, for tokens: letters differ from their other case in bit
 * 0x20 and no two other token characters differ in that bit alone. Compares
 * in words that may overlap; with a literal it becomes two or three.
 */
static inline bool sip_token_ieq(struct slice a, struct slice b)
{
    size_t n = b.n;

    if (a.n != n)
        return false;
    if (n >= 8) {
        for (size_t i = 0; i + 8 <= n; i += 8)
            if (!sip_lower_eq8(a.p + i, b.p + i))
                return false;
        return sip_lower_eq8(a.p + n - 8, b.p + n - 8);
    }
    if (n >= 4)
        return sip_lower_eq4(a.p, b.p) &&
               sip_lower_eq4(a.p + n - 4, b.p + n - 4);
    return n == 0 || (((a.p[0] ^ b.p[0]) | (a.p[n / 2] ^ b.p[n / 2]) |
                       (a.p[n - 1] ^ b.p[n - 1])) &
                      ~0x20) == 0;
}

/* SWS ch SWS, or no move. */
static inline bool sip_scan_sep(struct cursor *c, char ch)
{
    const char *p = sip_scan_past_ws(c->p, c->end);

    if (p == c->end || *p != ch)
        return false;
    c->p = sip_scan_past_ws(p + 1, c->end);
    return true;
}

/* Without the SP and HTAB at its end. */
static inline struct slice sip_scan_rtrim(struct slice s)
{
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

static inline bool sip_scan_end(const struct cursor *c)
{
    return c->p == c->end;
}

/* A run of a class and of %HH; stops before a broken escape. */
struct slice sip_scan_escaped(struct cursor *c, unsigned cls);

/* A quoted string; *raw has its quotes. */
bool sip_scan_quoted(struct cursor *c, struct slice *raw);

/* ( comment ), nested ones too. */
bool sip_scan_comment(struct cursor *c);

/* 1*DIGIT up to max, or no number. */
bool sip_scan_u32(struct cursor *c, uint32_t max, uint32_t *out);

/* delta-seconds: what is above 2^32-1 counts as that (RFC 3261 20.19). */
bool sip_scan_seconds(struct cursor *c, uint32_t *out);

#endif
