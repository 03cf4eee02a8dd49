/* SPDX-License-Identifier: Apache-2.0 */
/* Slices: a pointer and a length that borrow somebody else's bytes. */
#ifndef SIP_BASE_SLICE_H
#define SIP_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes, not NUL-terminated. p may be NULL only when n is 0. */
struct slice {
    const char *p;
    size_t n;
};

/* A slice of a string literal; does not compile for anything else. */
#define S(lit) ((struct slice){"" lit, sizeof("" lit) - 1})
/* The same where a constant initializer is needed. */
#define S_INIT(lit)                \
    {                              \
        "" lit, sizeof("" lit) - 1 \
    }

static inline struct slice slice_of(const void *p, size_t n)
{
    return (struct slice){(const char *)p, n};
}

/* [from, to) of two pointers into the same bytes. */
static inline struct slice slice_between(const char *from, const char *to)
{
    return (struct slice){from, (size_t)(to - from)};
}

/* ASCII only, on purpose: SIP tokens know no locale. */
static inline char slice_lower(char c)
{
    return (c >= 'A' && c <= 'Z') ? (char)(c | 0x20) : c;
}

struct slice slice_cstr(const char *s); /* NULL gives the empty slice */
bool slice_eq(struct slice a, struct slice b);
bool slice_ieq(struct slice a, struct slice b); /* ASCII case ignored */
bool slice_starts(struct slice s, struct slice prefix);
bool slice_istarts(struct slice s, struct slice prefix);
bool slice_iends(struct slice s, struct slice suffix);
struct slice slice_trim(struct slice s); /* SP and HTAB at both ends */

/* Skips n bytes, or all of them if there are fewer. */
struct slice slice_skip(struct slice s, size_t n);

/* Index of the first c, or s.n. */
size_t slice_find(struct slice s, char c);

/*
 * Decimal digits only, no sign, no space, at least one digit, not above max.
 * 0 or E_SYNTAX, E_TOOBIG; *out is untouched on error.
 */
int slice_u64(uint64_t *out, struct slice s, uint64_t max);
int slice_u32(uint32_t *out, struct slice s, uint32_t max);

/* Constant time in the content (not in the length). */
bool slice_eq_ct(struct slice a, struct slice b);

#endif
