/* SPDX-License-Identifier: Apache-2.0 */
/* Words, tokens and digits of session descriptions. */
#include "sdp/scan.h"

#include <string.h>

struct slice sdp_scan_word(struct cursor *c)
{
    const char *from = c->p;

    while (c->p < c->end && *c->p != ' ' && *c->p != '\t')
        c->p++;
    return slice_between(from, c->p);
}

bool sdp_scan_next(struct cursor *c, struct slice *word)
{
    struct cursor at = *c;

    if (!cursor_take(&at, ' '))
        return false;
    *word = sdp_scan_word(&at);
    if (!word->n)
        return false;
    *c = at;
    return true;
}

bool sdp_scan_end(const struct cursor *c)
{
    struct cursor at = *c;

    cursor_skip_ws(&at);
    return cursor_left(&at) == 0;
}

/* RFC 8866 9: token-char. */
static bool token_char(char ch)
{
    unsigned char u = (unsigned char)ch;

    return u > 0x20 && u < 0x7f && !strchr("\"(),/:;<=>?@[\\]", ch);
}

struct slice sdp_scan_token(struct cursor *c)
{
    const char *from = c->p;

    while (c->p < c->end && token_char(*c->p))
        c->p++;
    return slice_between(from, c->p);
}

bool sdp_token_ok(struct slice s)
{
    struct cursor c = cursor_of(s);

    return sdp_scan_token(&c).n && !cursor_left(&c);
}

bool sdp_digits_ok(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}
