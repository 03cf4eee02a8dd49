/* SPDX-License-Identifier: Apache-2.0 */
/* Method names: by length, then compared whole. */
#include "sip/method.h"

#include <string.h>

static const struct slice name_of[SIP_METHOD_COUNT] = {
#define X(name) [SIP_##name] = S_INIT(#name),
    SIP_METHOD_MAP(X)
#undef X
};

/* A length and first letter leave one method; with a constant length memcmp
 * is a comparison or two of words. */
#define IF(name) (memcmp(p, #name, sizeof(#name) - 1) ? SIP_OTHER : SIP_##name)

enum sip_method sip_method_find(struct slice name)
{
    const char *p = name.p;

    switch (name.n) {
    case 3:
        return *p == 'A' ? IF(ACK) : IF(BYE);
    case 4:
        return IF(INFO);
    case 5:
        return *p == 'P' ? IF(PRACK) : IF(REFER);
    case 6:
        if (*p == 'I')
            return IF(INVITE);
        if (*p == 'C')
            return IF(CANCEL);
        return *p == 'N' ? IF(NOTIFY) : IF(UPDATE);
    case 7:
        if (*p == 'O')
            return IF(OPTIONS);
        return *p == 'P' ? IF(PUBLISH) : IF(MESSAGE);
    case 8:
        return IF(REGISTER);
    case 9:
        return IF(SUBSCRIBE);
    default:
        return SIP_OTHER;
    }
}
#undef IF

struct slice sip_method_name(enum sip_method method)
{
    if ((unsigned)method >= SIP_METHOD_COUNT)
        return name_of[SIP_OTHER];
    return name_of[method];
}
