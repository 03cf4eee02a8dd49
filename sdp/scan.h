/* SPDX-License-Identifier: Apache-2.0 */
/* The takes that SDP grammar (RFC 8866 9) is made of. */
#ifndef SDP_SCAN_H
#define SDP_SCAN_H

#include <string.h>

#include "sip/base/cursor.h"
#include "sip/chars.h"
#include "sip/map.h"

/* Eight times that byte. */
#define SDP_ALL(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The eight bytes at p, the first one lowest. */
static inline uint64_t sdp_scan_word8(const char *p)
{
    uint64_t x;

    memcpy(&x, p, sizeof(x));
    return sip_map_word(x);
}

/* The top bit of each of 8 bytes below 0x80 that is from lo to hi. */
static inline uint64_t sdp_scan_within(uint64_t x, unsigned lo, unsigned hi)
{
    return (x + SDP_ALL(0x80 - lo)) & ~(x + SDP_ALL(0x7f - hi));
}

/* The lowest byte of x that is ch has its top bit set, and none below. */
static inline uint64_t sdp_scan_has(uint64_t x, char ch)
{
    x ^= SDP_ALL((unsigned char)ch);
    return (x - SDP_ALL(1)) & ~x & SDP_ALL(0x80);
}

/* The lowest a or b of the eight bytes at p has its top bit set. */
static inline uint64_t sdp_scan_hits(const char *p, char a, char b)
{
    uint64_t x = sdp_scan_word8(p);

    return sdp_scan_has(x, a) | (a == b ? 0 : sdp_scan_has(x, b));
}

/* The first a or b from p on, or end. */
static inline const char *sdp_scan_find(const char *p, const char *end, char a,
                                        char b)
{
    const char *from = p;

    for (; end - p >= 8; p += 8) {
        uint64_t hit = sdp_scan_hits(p, a, b);

        if (hit)
            return p + (unsigned)__builtin_ctzll(hit) / 8;
    }
    if (p > from) {
        /* At least eight bytes were looked at: once more the last eight. */
        uint64_t hit = sdp_scan_hits(end - 8, a, b);

        return hit ? end - 8 + (unsigned)__builtin_ctzll(hit) / 8 : end;
    }
    while (p < end && *p != a && *p != b)
        p++;
    return p;
}

/* The same, of a and b that are not plain, where the map has [p, end). */
static inline const char *sdp_scan_mapped(const struct sip_map *map,
                                          const char *p, const char *end,
                                          char a, char b)
{
    uint64_t bits = map ? sip_map_bits(map, SIP_MAP_PLAIN, p) : 0;

    for (; bits; bits &= bits - 1) {
        const char *at = p + (unsigned)__builtin_ctzll(bits);

        if (at >= end)
            return end;
        if (*at == a || *at == b)
            return at;
    }
    return sdp_scan_find(p, end, a, b);
}

/* The run of bytes up to SP or HTAB; maybe empty. */
static inline struct slice sdp_scan_word(struct cursor *c,
                                         const struct sip_map *map)
{
    const char *from = c->p;

    c->p = sdp_scan_mapped(map, from, c->end, ' ', '\t');
    return slice_between(from, c->p);
}

/* 1*DIGIT up to max; false and no move if there is no such number. */
static inline bool sdp_scan_digits(struct cursor *c, uint32_t max,
                                   uint32_t *out)
{
    const char *p = c->p;
    const char *end = c->end;
    uint64_t v = 0;

    while (p < end && *p == '0')
        p++;
    if (end - p > 11) /* with so many digits it is too big */
        end = p + 11;
    for (; p < end; p++) {
        unsigned d = (unsigned)(unsigned char)*p - '0';

        if (d > 9)
            break;
        v = v * 10 + d;
    }
    if (p == c->p || v > max)
        return false;
    c->p = p;
    *out = (uint32_t)v;
    return true;
}

/* The same, then SP, HTAB or the end. */
static inline bool sdp_scan_number(struct cursor *c, uint32_t max,
                                   uint32_t *out)
{
    struct cursor at = *c;
    uint32_t v;

    if (!sdp_scan_digits(&at, max, &v) ||
        (at.p < at.end && *at.p != ' ' && *at.p != '\t'))
        return false;
    c->p = at.p;
    *out = v;
    return true;
}

/* Byte for byte, without a call. */
static inline bool sdp_scan_eq(struct slice a, struct slice b)
{
    if (a.n != b.n)
        return false;
    if (a.n >= 8) {
        for (size_t i = 0; i + 8 <= a.n; i += 8)
            if (memcmp(a.p + i, b.p + i, 8) != 0)
                return false;
        return memcmp(a.p + a.n - 8, b.p + a.n - 8, 8) == 0;
    }
    if (a.n >= 4)
        return memcmp(a.p, b.p, 4) == 0 &&
               memcmp(a.p + a.n - 4, b.p + a.n - 4, 4) == 0;
    return !a.n || (a.p[0] == b.p[0] && a.p[a.n / 2] == b.p[a.n / 2] &&
                    a.p[a.n - 1] == b.p[a.n - 1]);
}

/* Takes one SP and a word; false and no move if there is none. */
static inline bool sdp_scan_next(struct cursor *c, const struct sip_map *map,
                                 struct slice *word)
{
    const char *from = c->p;

    if (!cursor_take(c, ' '))
        return false;
    *word = sdp_scan_word(c, map);
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

/* The longest run of token characters, of which the plain ones are in the map
 * if there is one; maybe empty. */
static inline struct slice sdp_scan_token(struct cursor *c,
                                          const struct sip_map *map)
{
    const char *from = c->p;
    const char *p = map ? sip_hop(map, from) : from;

    while (p < c->end && sip_char_is(*p, SIP_C_SDP))
        p++;
    c->p = p;
    return slice_between(from, p);
}

/* 1*(token-char) and all of it. */
static inline bool sdp_token_ok(struct slice s)
{
    unsigned cls = SIP_C_SDP;

    for (size_t i = 0; i < s.n; i++)
        cls &= sip_chars[(unsigned char)s.p[i]];
    return s.n && cls;
}

/* The same where the map may have it. */
static inline bool sdp_token_mapped(const struct sip_map *map, struct slice s)
{
    struct cursor c = cursor_of(s);

    return sdp_scan_token(&c, map).n && cursor_left(&c) == 0;
}

/* Are all of the eight bytes at p digits? */
static inline bool sdp_scan_digits8(const char *p)
{
    uint64_t x = sdp_scan_word8(p) ^ SDP_ALL('0');

    return ((x | (x + SDP_ALL(0x7f - 9))) & SDP_ALL(0x80)) == 0;
}

/* 1*DIGIT of any length. */
static inline bool sdp_digits_ok(struct slice s)
{
    const char *p = s.p;
    const char *end = s.p + s.n;

    for (; end - p >= 8; p += 8)
        if (!sdp_scan_digits8(p))
            return false;
    for (; p < end; p++)
        if (*p < '0' || *p > '9')
            return false;
    return s.n > 0;
}

#endif
