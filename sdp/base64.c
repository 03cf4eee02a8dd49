/* SPDX-License-Identifier: Apache-2.0 */
/* Base64: digits in, digits out, no table lookup by secret bytes. */
#include "sdp/base64.h"

#include <string.h>

#include "sdp/scan.h"
#include "sip/base/err.h"
#include "sip/base/secret.h"

/* 1 if from <= v <= to, else 0; arithmetic, so that timing tells nothing. */
static int between(int v, int from, int to)
{
    return (int)((((unsigned)(from - 1 - v)) & ((unsigned)(v - to - 1))) >>
                 31);
}

/* The value of a digit, or -1. */
static int value_of(char ch)
{
    int c = (unsigned char)ch;
    int v = -1;

    v += between(c, 'A', 'Z') * (c - 'A' + 1);
    v += between(c, 'a', 'z') * (c - 'a' + 27);
    v += between(c, '0', '9') * (c - '0' + 53);
    v += between(c, '+', '+') * 63;
    v += between(c, '/', '/') * 64;
    return v;
}

static char digit_of(unsigned v)
{
    int d = (int)v;

    return (char)(between(d, 0, 25) * (d + 'A') +
                  between(d, 26, 51) * (d - 26 + 'a') +
                  between(d, 52, 61) * (d - 52 + '0') +
                  between(d, 62, 62) * '+' + between(d, 63, 63) * '/');
}

/* Without the padding, if that is right or missing. */
static int strip(struct slice *text)
{
    size_t pad = 0;

    while (pad < 2 && text->n && text->p[text->n - 1] == '=') {
        text->n--;
        pad++;
    }
    if (text->n % 4 == 1 || (pad && (text->n + pad) % 4))
        return E_SYNTAX;
    return 0;
}

int sdp_base64_decode(uint8_t *out, size_t cap, size_t *n, struct slice text)
{
    unsigned acc = 0;
    unsigned bits = 0;

    *n = 0;
    if (strip(&text))
        return E_SYNTAX;
    for (size_t i = 0; i < text.n; i++) {
        int v = value_of(text.p[i]);

        if (v < 0)
            return E_SYNTAX;
        acc = (acc << 6 | (unsigned)v) & 0xffff;
        bits += 6;
        if (bits < 8)
            continue;
        if (*n == cap)
            return E_TOOBIG;
        bits -= 8;
        out[(*n)++] = (uint8_t)(acc >> bits);
    }
    return acc & ((1u << bits) - 1) ? E_SYNTAX : 0;
}

/* The top bit of each of 8 bytes that is no digit. */
static inline uint64_t no_digits(const char *p)
{
    uint64_t x = sdp_scan_word8(p);
    uint64_t y = x & SDP_ALL(0x7f);

    return (x |
            ~(sdp_scan_within(y | SDP_ALL(0x20), 'a', 'z') |
              sdp_scan_within(y, '/', '9') | sdp_scan_within(y, '+', '+'))) &
           SDP_ALL(0x80);
}

int sdp_base64_check(size_t *n, struct slice text)
{
    char tail[8] = {'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A'};
    uint64_t bad = 0;
    size_t i = 0;
    unsigned rest;

    if (strip(&text))
        return E_SYNTAX;
    for (; i + 8 <= text.n; i += 8)
        bad |= no_digits(text.p + i);
    if (i < text.n) {
        memcpy(tail, text.p + i, text.n - i);
        bad |= no_digits(tail);
        secret_wipe(tail, sizeof(tail));
    }
    if (bad)
        return E_SYNTAX;
    *n = text.n * 3 / 4;
    rest = text.n % 4 == 2 ? 15 : text.n % 4 == 3 ? 3 : 0;
    return rest && ((unsigned)value_of(text.p[text.n - 1]) & rest) ? E_SYNTAX
                                                                   : 0;
}

void sdp_base64_put(struct out *o, struct slice bytes)
{
    for (size_t i = 0; i < bytes.n; i += 3) {
        size_t left = bytes.n - i;
        unsigned v = (unsigned)(unsigned char)bytes.p[i] << 16;

        if (left > 1)
            v |= (unsigned)(unsigned char)bytes.p[i + 1] << 8;
        if (left > 2)
            v |= (unsigned char)bytes.p[i + 2];
        out_char(o, digit_of(v >> 18 & 63));
        out_char(o, digit_of(v >> 12 & 63));
        out_char(o, left > 1 ? digit_of(v >> 6 & 63) : '=');
        out_char(o, left > 2 ? digit_of(v & 63) : '=');
    }
}
