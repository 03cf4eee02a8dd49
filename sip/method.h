/* SPDX-License-Identifier: Apache-2.0 */
/* The methods that siplock knows by name. */
#ifndef SIP_METHOD_H
#define SIP_METHOD_H

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

/* "INVITE"; the empty slice for SIP_OTHER. Static text. */
struct slice sip_method_name(enum sip_method method);

#endif
