/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded output buffer with a sticky error: write all, check once. */
#ifndef SIP_BASE_OUT_H
#define SIP_BASE_OUT_H

#include "sip/base/slice.h"

/*
 * Writes into caller-owned memory and never past cap. After the first error
 * every further put is a no-op, so a printer checks out_err once at its end.
 */
struct out {
    char *p;
    size_t n;
    size_t cap;
    int err; /* 0, E_TOOBIG, or what out_fail was given */
};

static inline struct out out_of(void *p, size_t cap)
{
    return (struct out){(char *)p, 0, cap, 0};
}

static inline struct slice out_slice(const struct out *o)
{
    return slice_of(o->p, o->n);
}

void out_put(struct out *o, struct slice s);
void out_char(struct out *o, char c);
void out_u64(struct out *o, uint64_t v);                 /* decimal */
void out_hex(struct out *o, const uint8_t *p, size_t n); /* lower case */
void out_be16(struct out *o, uint16_t v);
void out_fail(struct out *o, int err); /* keeps the first error */

/* NUL-terminates without counting it; on any error the text is empty. */
int out_cstr(struct out *o);

#define out_lit(o, lit) out_put((o), S(lit))

#endif
