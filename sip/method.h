/* SPDX-License-Identifier: Apache-2.0 */
/* The methods that siplock knows by name. */
#ifndef SIP_METHOD_H
#define SIP_METHOD_H

#include <string.h>

#include "sip/base/slice.h"

#define SIP_METHOD_MAP(X) \
    X(INVITE)             \
    X(ACK)                \
    X(BYE)                \
    X(CANCEL)             \
    X(OPTIONS)            \
    X(REGISTER)           \
    X(PRACK)              \
    X(SUBSCRIBE)          \
    X(NOTIFY)             \
    X(PUBLISH)            \
    X(INFO)               \
    X(REFER)              \
    X(MESSAGE)            \
    X(UPDATE)

/* SIP_OTHER: a method that is well formed but unknown; see its text. */
enum sip_method {
    SIP_OTHER,
#define X(name) SIP_##name,
    SIP_METHOD_MAP(X)
#undef X
        SIP_METHOD_COUNT
};

/* Case matters (RFC 3261 7.1). SIP_OTHER if unknown. */
enum sip_method sip_method_find(struct slice name);

/* What is compared of a name: its last bytes, and the first. */
enum { SIP_METHOD_ROOM = 8 };

struct sip_method_row {
    char tail[SIP_METHOD_ROOM];
    char mask[SIP_METHOD_ROOM]; /* the bits that count */
    uint32_t key;
    uint32_t method;
};

/* By length and first letter no two names meet. */
#define SIP_METHOD_KEY(n, first) ((n) << 8 | (unsigned)(first))
#define SIP_METHOD_SLOT(key) ((((key) >> 8) + (key)*3) & 31)

extern const struct sip_method_row sip_method_row[32];

/* The same where at least SIP_METHOD_ROOM bytes before the name's end can be
 * read, and without a branch for each name. */
static inline enum sip_method sip_method_find_room(struct slice name)
{
    const char *end = name.p + name.n;
    uint32_t key = SIP_METHOD_KEY((uint32_t)name.n, (unsigned char)*name.p);
    const struct sip_method_row *row = &sip_method_row[SIP_METHOD_SLOT(key)];
    uint64_t got;
    uint64_t want;
    uint64_t mask;

    memcpy(&got, end - sizeof(got), sizeof(got));
    memcpy(&want, row->tail, sizeof(want));
    memcpy(&mask, row->mask, sizeof(mask));
    if (((got ^ want) & mask) || row->key != key)
        return SIP_OTHER;
    return (enum sip_method)row->method;
}

/* "INVITE"; the empty slice for SIP_OTHER. Static text. */
struct slice sip_method_name(enum sip_method method);

#endif
