/* SPDX-License-Identifier: Apache-2.0 */
/* Takes of what is written as nearly all write it, over a map of the head. */
#ifndef SIP_QUICK_H
#define SIP_QUICK_H

#include "sip/host.h"
#include "sip/read.h"
#include "sip/scan.h"

/*
 * Each of these takes what the grammar of sip/scan.h and its readers would
 * take, or says no: escapes, white space, long runs and all that is rare goes
 * the long way, which alone knows what is an error. So these may say no to
 * anything, but must never say more than the long way would.
 *
 * The text is mapped and ends before a CR, which is plain in no class: so a
 * byte can always be looked at, and no end is looked for. SIP_MAP_BEHIND bytes
 * can be read from any place in it, and the eight before it.
 */

/* A list element of n bytes, not zeroed, or NULL. */
static inline void *sip_quick_node(struct sip_reader *r, size_t n)
{
    if (r->elems >= SIP_MSG_ELEM_MAX)
        return NULL;
    r->elems++;
    return arena_alloc(r->arena, n);
}

static inline bool sip_quick_alpha(char ch)
{
    return (unsigned)((unsigned char)ch | 0x20) - 'a' < 26;
}

/* Past a number up to 255, or NULL. */
static inline const char *sip_quick_octet(const char *p)
{
    unsigned v = (unsigned)(unsigned char)p[0] - '0';
    unsigned d = (unsigned)(unsigned char)p[1] - '0';

    if (v > 9)
        return NULL;
    if (d > 9)
        return p + 1;
    v = v * 10 + d;
    d = (unsigned)(unsigned char)p[2] - '0';
    if (d > 9)
        return p + 2;
    return v * 10 + d > 255 ? NULL : p + 3;
}

static inline bool sip_quick_ipv4(const char *p, const char *to)
{
    if (!(p = sip_quick_octet(p)) || *p != '.' ||
        !(p = sip_quick_octet(p + 1)) || *p != '.' ||
        !(p = sip_quick_octet(p + 1)) || *p != '.')
        return false;
    return sip_quick_octet(p + 1) == to;
}

/* Labels with a dot or a '-' between letters and digits; what ends them is
 * the last mark. The last label starts with a letter. */
static inline bool sip_quick_name(const struct sip_map *map, const char *p,
                                  const char *to)
{
    const char *label = p;
    uint64_t marks =
        sip_map_bits(map, SIP_MAP_ALNUM, p) & ((UINT64_C(2) << (to - p)) - 1);
    uint64_t rest;

    if (marks & (marks << 1 | 1))
        return false;
    while ((rest = marks & (marks - 1))) {
        const char *mark = p + (unsigned)__builtin_ctzll(marks);

        if (*mark == '.')
            label = mark + 1;
        else if (*mark != '-')
            return false;
        marks = rest;
    }
    return sip_quick_alpha(*label);
}

/* The host that is all of [p, to), which is plain and followed by what is
 * not. */
static inline bool sip_quick_host(const struct sip_map *map, const char *p,
                                  const char *to, struct sip_host *host)
{
    host->text = slice_between(p, to);
    if ((unsigned)(unsigned char)*p - '0' <= 9) {
        host->kind = SIP_HOST_IPV4;
        return sip_quick_ipv4(p, to);
    }
    host->kind = SIP_HOST_NAME;
    return sip_quick_name(map, p, to);
}

/* Past one to nine digits, or NULL. */
static inline const char *sip_quick_digits(const char *p, uint32_t *v)
{
    const char *from = p;
    uint32_t sum = 0;
    unsigned d;

    for (; (d = (unsigned)(unsigned char)*p - '0') <= 9; p++)
        sum = sum * 10 + d;
    *v = sum;
    return (size_t)(p - from) - 1 <= 8 ? p : NULL;
}

/*
 * Past the port at p, or NULL: it is none of four or five digits. The last
 * four are read as a word of them, then of pairs.
 */
static inline const char *sip_quick_port(const struct sip_map *map,
                                         const char *p, uint16_t *port)
{
    const char *to = sip_hop(map, p);
    uint32_t x = sip_word4(to - 4) ^ 0x30303030;
    uint32_t first = 0;

    if ((size_t)(to - p) - 4 > 1)
        return NULL;
    if (to - p == 5)
        first = (uint32_t)(unsigned char)*p - '0';
    if (((x | (x + 0x76767676)) & 0x80808080) || first > 6)
        return NULL;
    x = (x * 10 + (x >> 8)) & 0x00ff00ff;
    x = ((x * 0x00640001) >> 16 & 0xffff) + first * 10000;
    *port = (uint16_t)x;
    return x <= UINT16_MAX ? to : NULL;
}

/* p is at the ';' of ;name, ;name=token or ;name="text": past it, or NULL. */
static inline const char *sip_quick_param(const struct sip_map *map,
                                          const char *p,
                                          struct sip_param *param)
{
    const char *from = p + 1;

    p = sip_hop(map, from);
    if (p == from)
        return NULL;
    param->name = slice_between(from, p);
    param->value = (struct slice){0};
    param->has_value = *p == '=';
    if (!param->has_value)
        return p;
    from = p + 1;
    p = sip_hop(map, from);
    if (p == from) {
        p = *p == '"' ? sip_scan_quoted_near(map, p + 1) : NULL;
        if (!p)
            return NULL;
        p++;
    }
    param->value = slice_between(from, p);
    return p;
}

/* Past a ',' and one SP, if there is one; NULL: there is no ','. */
static inline const char *sip_quick_next(const char *p)
{
    if (*p != ',')
        return NULL;
    return p + 1 + (p[1] == ' ');
}

#endif
