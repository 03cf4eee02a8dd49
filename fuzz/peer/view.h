/* SPDX-License-Identifier: Apache-2.0 */
/* What a parser made of a message, as lines of text to compare. */
#ifndef FUZZ_PEER_VIEW_H
#define FUZZ_PEER_VIEW_H

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { VIEW_MAX = 1 << 17, VIEW_CONTACTS = 16 };

struct view {
    char text[VIEW_MAX];
    size_t n;
};

/* "key=value" in a line of its own; without the brackets of IPv6. */
static inline void view_text(struct view *v, const char *key, const char *p,
                             size_t n)
{
    int put;

    if (n > 1 && p[0] == '[' && p[n - 1] == ']') {
        p++;
        n -= 2;
    }
    put = snprintf(v->text + v->n, VIEW_MAX - v->n, "%s=%.*s\n", key, (int)n,
                   p ? p : "");
    if (put > 0 && v->n + (size_t)put < VIEW_MAX)
        v->n += (size_t)put;
}

static inline void view_cstr(struct view *v, const char *key, const char *s)
{
    view_text(v, key, s, s ? strlen(s) : 0);
}

static inline void view_num(struct view *v, const char *key, unsigned long n)
{
    char text[24];

    snprintf(text, sizeof(text), "%lu", n);
    view_cstr(v, key, text);
}

/* The same in small letters: sofia-sip writes the transports and schemes
 * that it knows as it likes them; their case says nothing (RFC 3261 7.3.1,
 * 19.1.4). */
static inline void view_fold(struct view *v, const char *key, const char *p,
                             size_t n)
{
    size_t from = v->n;

    view_text(v, key, p, n);
    for (; from < v->n; from++)
        if (v->text[from] >= 'A' && v->text[from] <= 'Z')
            v->text[from] = (char)(v->text[from] | 0x20);
}

/* Digits as the number that they are; NULL: 0. */
static inline void view_digits(struct view *v, const char *key, const char *s)
{
    unsigned long n = 0;

    for (; s && *s >= '0' && *s <= '9'; s++)
        n = n > 0xffffffff ? n : n * 10 + (unsigned long)(*s - '0');
    view_num(v, key, n > 0xffffffff ? 0xffffffff : n);
}

/* The peers: 1 and what they read, or 0 if it is no message for them. The
 * bytes are followed by a NUL. */
int peer_osip2(struct view *v, const char *p, size_t n);
int peer_sofia(struct view *v, const char *p, size_t n);

#endif
