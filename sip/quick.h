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

/* The bytes that are not plain, one after the other: cheaper than a sip_hop to
 * each, and the next does not wait for the place of the last. */
struct sip_hops {
    const struct sip_map *map;
    const char *base;
    uint64_t bits; /* those that are next, from base on */
};

/* Those from p on are next. */
static inline void sip_hops_at(struct sip_hops *h, const char *p)
{
    h->base = p;
    h->bits = sip_map_bits(h->map, SIP_MAP_PLAIN, p);
}

/* The next, as sip_hop(h->map, p), where p is behind the last. */
static inline const char *sip_hops_next(struct sip_hops *h, const char *p)
{
    const char *to;

    if (!h->bits) {
        sip_hops_at(h, p);
        if (!h->bits)
            return p + SIP_HOP_MAX;
    }
    to = h->base + (unsigned)__builtin_ctzll(h->bits);
    h->bits &= h->bits - 1;
    return to;
}

/* The next is known to be where the caller is, and met so. */
static inline void sip_hops_skip(struct sip_hops *h)
{
    h->bits &=
        h->bits - 1; /* none left: those from further on are looked up */
}

/* Past the ',' at p and one SP, if there is one; NULL: there is no ','. */
static inline const char *sip_hops_comma(struct sip_hops *h, const char *p)
{
    if (*p != ',')
        return NULL;
    if (p[1] != ' ')
        return p + 1;
    sip_hops_skip(h);
    return p + 2;
}

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

/* A digit's value, or more than 9. */
static inline unsigned sip_quick_digit(char ch)
{
    return (unsigned)(unsigned char)ch - '0';
}

/* Past a number up to 255, or NULL. */
static inline const char *sip_quick_octet(const char *p)
{
    unsigned a = sip_quick_digit(p[0]);
    unsigned b = sip_quick_digit(p[1]);
    unsigned c;

    if (a > 9)
        return NULL;
    if (b > 9)
        return p + 1;
    c = sip_quick_digit(p[2]);
    if (c > 9)
        return p + 2;
    return a < 2 || (a * 10 + b) * 10 + c <= 255 ? p + 3 : NULL;
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
 * the last mark. The last label starts with a letter. However to was found, it
 * is in the word of p: a word from further back does not reach further. */
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

/* Past the port at p, or NULL: it is none of four or five digits. */
static inline const char *sip_quick_port(const char *p, uint16_t *port)
{
    unsigned a = sip_quick_digit(p[0]);
    unsigned b = sip_quick_digit(p[1]);
    unsigned c = sip_quick_digit(p[2]);
    unsigned d = sip_quick_digit(p[3]);
    unsigned v;

    if (a > 9 || b > 9 || c > 9 || d > 9)
        return NULL;
    v = ((a * 10 + b) * 10 + c) * 10 + d;
    d = sip_quick_digit(p[4]);
    if (d > 9) {
        *port = (uint16_t)v;
        return p + 4;
    }
    v = v * 10 + d;
    *port = (uint16_t)v;
    return v > UINT16_MAX || sip_quick_digit(p[5]) <= 9 ? NULL : p + 5;
}

/* p is at the ';' of ;name, ;name=token or ;name="text": past it, or NULL. */
static inline const char *sip_quick_param(struct sip_hops *h, const char *p,
                                          struct sip_param *param)
{
    const char *from = p + 1;

    p = sip_hops_next(h, from);
    if (p == from)
        return NULL;
    param->name = slice_between(from, p);
    param->value = (struct slice){0};
    param->has_value = *p == '=';
    if (!param->has_value)
        return p;
    from = p + 1;
    p = sip_hops_next(h, from);
    if (p == from) {
        p = *p == '"' ? sip_scan_quoted_near(h->map, p + 1) : NULL;
        if (!p)
            return NULL;
        sip_hops_at(h, ++p);
        sip_hops_skip(h);
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
