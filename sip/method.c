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

#define LEN(name) (sizeof(name) - 1)
#define IN(name, i) (LEN(name) + (i) >= SIP_METHOD_ROOM)
#define CH(name, i)                                                          \
    (IN(name, i) ? (name)[IN(name, i) ? LEN(name) + (i)-SIP_METHOD_ROOM : 0] \
                 : 0)
#define BITS(name, i) (IN(name, i) ? (char)0xff : 0)
#define EIGHT(f, name)                                              \
    {                                                               \
        f(name, 0), f(name, 1), f(name, 2), f(name, 3), f(name, 4), \
            f(name, 5), f(name, 6), f(name, 7)                      \
    }

const struct sip_method_row sip_method_row[32] = {
#define AT(name, first)                                      \
    [SIP_METHOD_SLOT(SIP_METHOD_KEY(LEN(#name), first))] = { \
        EIGHT(CH, #name), EIGHT(BITS, #name),                \
        SIP_METHOD_KEY(LEN(#name), first), SIP_##name}
    AT(INVITE, 'I'),  AT(ACK, 'A'),      AT(BYE, 'B'),   AT(CANCEL, 'C'),
    AT(OPTIONS, 'O'), AT(REGISTER, 'R'), AT(PRACK, 'P'), AT(SUBSCRIBE, 'S'),
    AT(NOTIFY, 'N'),  AT(PUBLISH, 'P'),  AT(INFO, 'I'),  AT(REFER, 'R'),
    AT(MESSAGE, 'M'), AT(UPDATE, 'U')
#undef AT
};

struct slice sip_method_name(enum sip_method method)
{
    if ((unsigned)method >= SIP_METHOD_COUNT)
        return name_of[SIP_OTHER];
    return name_of[method];
}
