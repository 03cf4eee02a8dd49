/* SPDX-License-Identifier: Apache-2.0 */
/* A reading position whose take either advances or leaves all as it was. */
#ifndef SIP_BASE_CURSOR_H
#define SIP_BASE_CURSOR_H

#include "sip/base/slice.h"

/* Reads [p, end); start is kept for error offsets. */
struct cursor {
    const char *p;
    const char *end;
    const char *start;
};

static inline struct cursor cursor_of(struct slice s)
{
    return (struct cursor){s.p, s.n ? s.p + s.n : s.p, s.p};
}

static inline size_t cursor_left(const struct cursor *c)
{
    return (size_t)(c->end - c->p);
}

static inline size_t cursor_offset(const struct cursor *c)
{
    return (size_t)(c->p - c->start);
}

static inline struct slice cursor_rest(const struct cursor *c)
{
    return slice_of(c->p, cursor_left(c));
}

/* True if the next byte is ch. Does not advance. */
static inline bool cursor_at(const struct cursor *c, char ch)
{
    return c->p < c->end && *c->p == ch;
}

/* Takes one byte if it is ch. */
static inline bool cursor_take(struct cursor *c, char ch)
{
    if (!cursor_at(c, ch))
        return false;
    c->p++;
    return true;
}

bool cursor_take_text(struct cursor *c, struct slice text);  /* exact */
bool cursor_itake_text(struct cursor *c, struct slice text); /* any case */

/* Takes the longest run of SP and HTAB, maybe none. */
void cursor_skip_ws(struct cursor *c);

/* Takes exactly n bytes into *out; false (and no move) if there are fewer. */
bool cursor_take_n(struct cursor *c, size_t n, struct slice *out);

/* Takes up to, not including, the first stop; all that is left if none. */
struct slice cursor_take_until(struct cursor *c, char stop);

/* Big-endian integers, for binary formats (DNS, STUN). */
bool cursor_u8(struct cursor *c, uint8_t *out);
bool cursor_u16(struct cursor *c, uint16_t *out);
bool cursor_u32(struct cursor *c, uint32_t *out);

#endif
