/* SPDX-License-Identifier: Apache-2.0 */
/* Takes of what is written as nearly all write it, over a map of the head. */
#ifndef SIP_QUICK_H
#define SIP_QUICK_H

#include "sip/host.h"
#include "sip/scan.h"

/*
 * Each of these takes what the grammar of sip/scan.h and its readers would
 * take, or says no: escapes, white space, long runs and all that is rare goes
 * the long way, which alone knows what is an error. So these may say no to
 * anything, but must never say more than the long way would.
 *
 * The text is mapped and followed by a CR, which is plain in no class: so a
 * byte can always be looked at, and no end is looked for.
 */

struct sip_hop {
    const char *p;
    const struct sip_map *map;
};

static inline struct sip_hop sip_hop_at(const struct sip_map *map,
                                        const char *p)
{
    return (struct sip_hop){p, map};
}

/* Moves to the first byte from h->p on that is not plain. False: it is far. */
static inline bool sip_hop_run(struct sip_hop *h)
{
    uint64_t bits = sip_map_bits(h->map, SIP_MAP_PLAIN, h->p);

    if (!bits)
        return false;
    h->p += __builtin_ctzll(bits);
    return true;
}

/* Past the byte at h->p. */
static inline void sip_hop_past(struct sip_hop *h)
{
    h->p++;
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

/* Labels with a dot or a '-' between letters and digits. */
static inline bool sip_quick_name(const struct sip_map *map, const char *p,
                                  const char *to)
{
    size_t n = (size_t)(to - p);
    const char *label = p;
    uint64_t marks;

    if (n - 1 > 55)
        return false;
    marks = sip_map_bits(map, SIP_MAP_ALNUM, p) & ((UINT64_C(1) << n) - 1);
    if (marks & (marks << 1 | 1 | UINT64_C(1) << (n - 1)))
        return false;
    for (; marks; marks &= marks - 1) {
        const char *mark = p + __builtin_ctzll(marks);

        if (*mark == '.')
            label = mark + 1;
        else if (*mark != '-')
            return false;
    }
    return sip_quick_alpha(*label);
}

/* The host that is all of [p, to), which is plain and followed by what is
 * not. */
static inline bool sip_quick_host(const struct sip_map *map, const char *p,
                                  const char *to, struct sip_host *host)
{
    if ((unsigned)(unsigned char)*p - '0' <= 9) {
        if (!sip_quick_ipv4(p, to))
            return false;
        host->kind = SIP_HOST_IPV4;
    } else {
        if (!sip_quick_name(map, p, to))
            return false;
        host->kind = SIP_HOST_NAME;
    }
    host->text = slice_between(p, to);
    return true;
}

/* h is behind a ':'; the digits up to what is not plain. */
static inline bool sip_quick_port(struct sip_hop *h, uint16_t *port)
{
    const char *p = h->p;
    uint32_t v = 0;

    if (!sip_hop_run(h) || h->p == p || h->p - p > 5)
        return false;
    for (; p < h->p; p++) {
        unsigned d = (unsigned)(unsigned char)*p - '0';

        if (d > 9)
            return false;
        v = v * 10 + d;
    }
    *port = (uint16_t)v;
    return v <= UINT16_MAX;
}

/* h is at the ';' of ;name, ;name=token or ;name="text", and then where it
 * ends: at the next ';', a ',' or the end. */
static inline bool sip_quick_param(struct sip_hop *h, struct sip_param *param)
{
    const char *from;

    param->name = (struct slice){0};
    sip_hop_past(h);
    from = h->p;
    if (!sip_hop_run(h) || h->p == from)
        return false;
    param->name = slice_between(from, h->p);
    param->value = (struct slice){0};
    param->has_value = *h->p == '=';
    if (param->has_value) {
        sip_hop_past(h);
        from = h->p;
        if (!sip_hop_run(h))
            return false;
        if (h->p == from) {
            const char *to = sip_scan_quoted_near(h->map, from + 1);

            if (*from != '"' || !to)
                return false;
            h->p = to + 1;
        }
        param->value = slice_between(from, h->p);
    }
    return *h->p == ';' || *h->p == '\r' || *h->p == ',';
}

#endif
