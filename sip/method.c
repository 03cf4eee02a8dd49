/* SPDX-License-Identifier: Apache-2.0 */
/* Method names: by length, then compared whole. */
#include "sip/method.h"

static const struct slice name_of[SIP_METHOD_COUNT] = {
#define X(name) [SIP_##name] = S_INIT(#name),
    SIP_METHOD_MAP(X)
#undef X
};

/* The one method that text of this length and first letters can be. */
static enum sip_method candidate(struct slice name)
{
    switch (name.n) {
    case 3:
        return name.p[0] == 'A' ? SIP_ACK : SIP_BYE;
    case 4:
        return SIP_INFO;
    case 5:
        return name.p[0] == 'P' ? SIP_PRACK : SIP_REFER;
    case 6:
        switch (name.p[0]) {
        case 'I':
            return SIP_INVITE;
        case 'C':
            return SIP_CANCEL;
        case 'N':
            return SIP_NOTIFY;
        default:
            return SIP_UPDATE;
        }
    case 7:
        switch (name.p[0]) {
        case 'O':
            return SIP_OPTIONS;
        case 'P':
            return SIP_PUBLISH;
        default:
            return SIP_MESSAGE;
        }
    case 8:
        return SIP_REGISTER;
    case 9:
        return SIP_SUBSCRIBE;
    default:
        return SIP_OTHER;
    }
}

enum sip_method sip_method_find(struct slice name)
{
    enum sip_method m = candidate(name);

    return m != SIP_OTHER && slice_eq(name, name_of[m]) ? m : SIP_OTHER;
}

struct slice sip_method_name(enum sip_method method)
{
    if ((unsigned)method >= SIP_METHOD_COUNT)
        return name_of[SIP_OTHER];
    return name_of[method];
}
