/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets: wiped by one function, compared in constant time, never text. */
#ifndef SIP_BASE_SECRET_H
#define SIP_BASE_SECRET_H

#include "sip/base/slice.h"

enum { SECRET_MAX = 256 };

/*
 * A password, HA1 or key. There is no printer and no log field for it; the
 * only way to its bytes is secret_bytes, which code review can grep.
 */
struct secret {
    uint8_t bytes[SECRET_MAX];
    size_t n;
};

/* Overwrites n bytes in a way that the compiler may not leave out. */
void secret_wipe(void *p, size_t n);

/* Copies; E_TOOBIG above SECRET_MAX (and *s is then empty). */
int secret_set(struct secret *s, struct slice from);

/* Wipes and empties. */
void secret_clear(struct secret *s);

/* The bytes, borrowed until the next set or clear. For hashing only. */
struct slice secret_bytes(const struct secret *s);

bool secret_eq(const struct secret *a, const struct secret *b);

#endif
