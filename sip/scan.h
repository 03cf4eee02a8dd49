/* SPDX-License-Identifier: Apache-2.0 */
/* The takes that all SIP grammar is made of, over unfolded text. */
#ifndef SIP_SCAN_H
#define SIP_SCAN_H

#include <string.h>

#include "sip/chars.h"
#include "sip/map.h"
#include "sip/param.h"

/*
 * A reading position, as struct cursor is. With a map, which [p, end) is
 * then in, runs are skipped at once; without (unfolded values, and what does
 * not come out of a message) byte by byte, to the same end.
 */
struct sip_text {
    const char *p;
    const char *end;
    const struct sip_map *map;
};

static inline struct sip_text sip_text_of(struct slice s)
{
    return (struct sip_text){s.p, s.n ? s.p + s.n : s.p, NULL};
}

static inline size_t sip_left(const struct sip_text *t)
{
    return (size_t)(t->end - t->p);
}

static inline struct slice sip_rest(const struct sip_text *t)
{
    return slice_of(t->p, sip_left(t));
}

static inline bool sip_end(const struct sip_text *t)
{
    return t->p == t->end;
}

/* True if the next byte is ch. Does not advance. */
static inline bool sip_at(const struct sip_text *t, char ch)
{
    return t->p < t->end && *t->p == ch;
}

/* Takes up to, not including, the first stop; all that is left if none. */
static inline struct slice sip_take_until(struct sip_text *t, char stop)
{
    struct slice got = sip_rest(t);

    got.n = slice_find(got, stop);
    t->p = got.n ? t->p + got.n : t->p;
    return got;
}

/* Takes one byte if it is ch. */
static inline bool sip_take(struct sip_text *t, char ch)
{
    if (!sip_at(t, ch))
        return false;
    t->p++;
    return true;
}

/*
 * Values are unfolded before they are read, so LWS and SWS (RFC 3261 25.1)
 * are runs of SP and HTAB here. A take that fails leaves the text where
 * the first byte is that cannot be right, or where it was.
 */

static inline bool sip_at_ws(const struct sip_text *t)
{
    return t->p < t->end && (*t->p == ' ' || *t->p == '\t');
}

static inline void sip_scan_ws(struct sip_text *t)
{
    while (sip_at_ws(t))
        t->p++;
}

/* Where the run of a class that starts at p ends, byte by byte. */
const char *sip_scan_bytes(const char *p, const char *end, unsigned cls);

/* The same with the map if there is one. The class has all of the map's. */
static inline const char *sip_scan_skip(const struct sip_text *t,
                                        const char *p, enum sip_map_class map,
                                        unsigned cls)
{
    const char *to = t->map ? sip_map_run(t->map, map, p) : NULL;

    if (to && !sip_char_is(*to, cls))
        return to;
    return sip_scan_bytes(to ? to : p, t->end, cls);
}

/* The longest run of a class that is not mapped; maybe empty. */
static inline struct slice sip_scan_run(struct sip_text *t, unsigned cls)
{
    const char *from = t->p;

    t->p = sip_scan_bytes(from, t->end, cls);
    return slice_between(from, t->p);
}

static inline bool sip_scan_token(struct sip_text *t, struct slice *token)
{
    const char *from = t->p;

    t->p = sip_scan_skip(t, from, SIP_MAP_PLAIN, SIP_C_TOKEN);
    *token = slice_between(from, t->p);
    return token->n > 0;
}

static inline uint64_t sip_load8(const char *p)
{
    uint64_t x;

    memcpy(&x, p, sizeof(x));
    return x;
}

static inline uint32_t sip_load4(const char *p)
{
    uint32_t x;

    memcpy(&x, p, sizeof(x));
    return x;
}

static inline bool sip_lower_eq8(const char *a, const char *b)
{
    return ((sip_load8(a) ^ sip_load8(b)) & ~UINT64_C(0x2020202020202020)) ==
           0;
}

static inline bool sip_lower_eq4(const char *a, const char *b)
{
    return ((sip_load4(a) ^ sip_load4(b)) & ~UINT32_C(0x20202020)) == 0;
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

/* Where the run of SP and HTAB that starts at p ends. */
static inline const char *sip_scan_past_ws(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    return p;
}

/* SWS ch SWS, or no move. */
static inline bool sip_scan_sep(struct sip_text *t, char ch)
{
    const char *p = t->p;

    if (p == t->end)
        return false;
    if (*p != ch) {
        if ((unsigned char)*p > ' ')
            return false;
        p = sip_scan_past_ws(p, t->end);
        if (p == t->end || *p != ch)
            return false;
    }
    if (++p < t->end && (unsigned char)*p <= ' ')
        p = sip_scan_past_ws(p, t->end);
    t->p = p;
    return true;
}

/* Without the SP and HTAB at its end. */
static inline struct slice sip_scan_rtrim(struct slice s)
{
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

/* Where a run of a class and of %HH ends; it stops before a broken escape. */
const char *sip_scan_escaped_rest(const char *p, const char *end,
                                  unsigned cls);

/* The same from t->p on. The class has all of SIP_MAP_PLAIN. */
static inline struct slice sip_scan_escaped(struct sip_text *t, unsigned cls)
{
    const char *from = t->p;
    const char *to = t->map ? sip_map_run(t->map, SIP_MAP_PLAIN, from) : NULL;

    if (!to || *to == '%' || sip_char_is(*to, cls))
        to = sip_scan_escaped_rest(to ? to : from, t->end, cls);
    t->p = to;
    return slice_between(from, to);
}

/* The first byte from p on that is not printable ASCII or SP, or is '"' or
 * "\\"; some of them are HTABs, which may stand there, too. */
const char *sip_scan_qdtext(const char *p, const char *end);

/* Where the quoted string ends in which p is; NULL: nowhere. */
const char *sip_scan_quoted_rest(const char *p, const char *end);

/* Where the quoted string ends in which p is, at its '"': if that is near and
 * there is nothing in it but printable ASCII and SP. Or NULL. */
static inline const char *sip_scan_quoted_near(const struct sip_map *map,
                                               const char *p)
{
    uint64_t bits = sip_map_bits(map, SIP_MAP_PLAIN, p);

    for (; bits; bits &= bits - 1) {
        const char *at = p + __builtin_ctzll(bits);

        if (*at == '"')
            return at;
        if (*at == '\\' || (unsigned char)(*at - 0x20) > 0x7e - 0x20)
            return NULL;
    }
    return NULL;
}

/* A quoted string; *raw has its quotes. */
static inline bool sip_scan_quoted(struct sip_text *t, struct slice *raw)
{
    const char *from = t->p;
    const char *to;

    if (!sip_take(t, '"'))
        return false;
    to = t->map ? sip_scan_quoted_near(t->map, t->p) : NULL;
    to = to ? to + 1 : sip_scan_quoted_rest(t->p, t->end);
    if (!to)
        return false;
    t->p = to;
    *raw = slice_between(from, to);
    return true;
}

/* ( comment ), nested ones too. */
bool sip_scan_comment(struct sip_text *t);

/* 1*DIGIT up to max, or no number. */
static inline bool sip_scan_u32(struct sip_text *t, uint32_t max,
                                uint32_t *out)
{
    const char *p = t->p;
    const char *end = t->end;
    uint64_t v = 0;

    for (; p < end; p++) {
        unsigned d = (unsigned)(unsigned char)*p - '0';

        if (d > 9)
            break;
        v = v * 10 + d;
        if (v > max)
            return false;
    }
    *out = (uint32_t)v;
    if (p == t->p)
        return false;
    t->p = p;
    return true;
}

/* delta-seconds: what is above 2^32-1 counts as that (RFC 3261 20.19). */
static inline bool sip_scan_seconds(struct sip_text *t, uint32_t *out)
{
    const char *from = t->p;
    const char *p = from;
    uint64_t v = 0;

    for (; p < t->end; p++) {
        unsigned d = (unsigned)(unsigned char)*p - '0';

        if (d > 9)
            break;
        v = v * 10 + d;
        if (v > UINT32_MAX)
            v = UINT32_MAX;
    }
    t->p = p;
    *out = (uint32_t)v;
    return p > from;
}

/* Where a value in brackets ends, which only a host can be; NULL: it is
 * none. */
const char *sip_scan_bracketed(const char *p, const char *end);

/*
 * One generic-param (RFC 3261 25.1), the ';' before it not included. False
 * if there is none; t is then where it cannot be right.
 */
static inline bool sip_scan_param(struct sip_text *t, struct sip_param *param)
{
    param->value = (struct slice){0};
    param->has_value = false;
    if (!sip_scan_token(t, &param->name))
        return false;
    if (!sip_scan_sep(t, '='))
        return true;
    param->has_value = true;
    if (sip_scan_token(t, &param->value))
        return true;
    if (sip_at(t, '"'))
        return sip_scan_quoted(t, &param->value);
    if (sip_at(t, '[')) {
        const char *to = sip_scan_bracketed(t->p, t->end);

        param->value = slice_between(t->p, to ? to : t->p);
        t->p += param->value.n;
        return to != NULL;
    }
    return false;
}

#endif
