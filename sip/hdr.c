/* SPDX-License-Identifier: Apache-2.0 */
/* Header field names: by a slot of a table, then compared whole. */
#include "sip/hdr.h"

#include "sip/scan.h"

#define LEN(name) (sizeof(name) - 1)

enum { ONE = 0, MANY = 1 };

#define CH(name, i) ((i) < LEN(name) ? (name)[(i) < LEN(name) ? (i) : 0] : 0)
#define CH4(name, i) \
    CH(name, i), CH(name, (i) + 1), CH(name, (i) + 2), CH(name, (i) + 3)
#define CH8(name, i) CH4(name, i), CH4(name, (i) + 4)
#define BITS(name, i) ((i) < LEN(name) ? (char)0xdf : 0)
#define BITS4(name, i)                                       \
    BITS(name, i), BITS(name, (i) + 1), BITS(name, (i) + 2), \
        BITS(name, (i) + 3)
#define TAIL(name) \
    (LEN(name) > SIP_HDR_ROOM ? (uint8_t)(LEN(name) - SIP_HDR_ROOM) : 0)

static const struct slice name_of[SIP_HDR_COUNT] = {
#define X(id, name, compact, count, reader) [SIP_HDR_##id] = S_INIT(name),
    SIP_HDR_MAP(X)
#undef X
};

/* Those of two names make one list, which has the message's order. */
#define IN_ORDER(id)                                                        \
    ((id) == SIP_HDR_WWW_AUTHENTICATE ||                                    \
     (id) == SIP_HDR_PROXY_AUTHENTICATE || (id) == SIP_HDR_AUTHORIZATION || \
     (id) == SIP_HDR_PROXY_AUTHORIZATION ||                                 \
     (id) == SIP_HDR_AUTHENTICATION_INFO ||                                 \
     (id) == SIP_HDR_PROXY_AUTHENTICATION_INFO)
#define BIT(id) ((id) < 64 && !IN_ORDER(id) ? UINT64_C(1) << ((id)&63) : 0)

const struct sip_hdr_row sip_hdr_row[SIP_HDR_COUNT] = {
    [SIP_HDR_OTHER] = {.many = true, .bit = 0},
#define X(hdr, name, compact, count, reader)             \
    [SIP_HDR_##hdr] = {{CH8(name, 0)},                   \
                       {CH8(name, TAIL(name))},          \
                       {BITS4(name, 0), BITS4(name, 4)}, \
                       LEN(name),                        \
                       TAIL(name),                       \
                       count == MANY,                    \
                       SIP_HDR_##hdr,                    \
                       BIT(SIP_HDR_##hdr)},
    SIP_HDR_MAP(X)
#undef X
};

enum { LEN_MAX = 25 };

const uint8_t sip_hdr_by_slot[512] = {
#define AT(n, first, middle, id) \
    [SIP_HDR_SLOT(n, first, middle)] = SIP_HDR_##id
    AT(3, 'V', 'i', VIA),
    AT(4, 'F', 'o', FROM),
    AT(2, 'T', 'o', TO),
    AT(7, 'C', 'l', CALL_ID),
    AT(4, 'C', 'e', CSEQ),
    AT(12, 'M', 'r', MAX_FORWARDS),
    AT(7, 'C', 't', CONTACT),
    AT(5, 'R', 'u', ROUTE),
    AT(12, 'R', '-', RECORD_ROUTE),
    AT(4, 'P', 't', PATH),
    AT(13, 'S', 'e', SERVICE_ROUTE),
    AT(7, 'E', 'i', EXPIRES),
    AT(11, 'M', 'x', MIN_EXPIRES),
    AT(10, 'F', 'T', FLOW_TIMER),
    AT(4, 'D', 't', DATE),
    AT(11, 'R', '-', RETRY_AFTER),
    AT(7, 'R', 'u', REQUIRE),
    AT(13, 'P', 'R', PROXY_REQUIRE),
    AT(9, 'S', 'o', SUPPORTED),
    AT(11, 'U', 'p', UNSUPPORTED),
    AT(5, 'A', 'l', ALLOW),
    AT(12, 'A', 'E', ALLOW_EVENTS),
    AT(16, 'W', 'e', WWW_AUTHENTICATE),
    AT(18, 'P', 'h', PROXY_AUTHENTICATE),
    AT(13, 'A', 'i', AUTHORIZATION),
    AT(19, 'P', 'h', PROXY_AUTHORIZATION),
    AT(19, 'A', 'a', AUTHENTICATION_INFO),
    AT(25, 'P', 't', PROXY_AUTHENTICATION_INFO),
    AT(12, 'C', 't', CONTENT_TYPE),
    AT(14, 'C', '-', CONTENT_LENGTH),
    AT(16, 'C', 'E', CONTENT_ENCODING),
    AT(19, 'C', 'i', CONTENT_DISPOSITION),
    AT(16, 'C', 'L', CONTENT_LANGUAGE),
    AT(12, 'M', 'e', MIME_VERSION),
    AT(10, 'U', 'A', USER_AGENT),
    AT(6, 'S', 'v', SERVER),
    AT(6, 'R', 's', REASON),
    AT(7, 'W', 'n', WARNING),
    AT(7, 'S', 'j', SUBJECT),
    AT(12, 'O', 'z', ORGANIZATION),
    AT(8, 'P', 'r', PRIORITY),
    AT(5, 'E', 'e', EVENT),
    AT(18, 'S', 'i', SUBSCRIPTION_STATE),
    AT(12, 'F', 'e', FEATURE_CAPS),
    AT(6, 'A', 'e', ACCEPT),
    AT(15, 'A', 'E', ACCEPT_ENCODING),
    AT(15, 'A', 'L', ACCEPT_LANGUAGE),
    AT(10, 'A', '-', ALERT_INFO),
    AT(9, 'C', '-', CALL_INFO),
    AT(10, 'E', '-', ERROR_INFO),
    AT(11, 'I', 'p', IN_REPLY_TO),
    AT(8, 'R', 'y', REPLY_TO),
    AT(9, 'T', 's', TIMESTAMP),
    AT(8, 'R', 'r', REFER_TO),
    AT(11, 'R', 'r', REFERRED_BY),
    AT(8, 'R', 'a', REPLACES),
    AT(13, 'T', '-', TARGET_DIALOG),
    AT(9, 'R', 'r', REFER_SUB),
    AT(12, 'I', 'a', INFO_PACKAGE),
    AT(9, 'R', '-', RECV_INFO),
    AT(4, 'R', 'e', RSEQ),
    AT(4, 'R', 'c', RACK),
    AT(15, 'S', '-', SESSION_EXPIRES),
    AT(6, 'M', '-', MIN_SE),
    AT(8, 'S', 'E', SIP_ETAG),
    AT(12, 'S', '-', SIP_IF_MATCH),
    AT(19, 'P', 'd', P_ASSERTED_IDENTITY),
    AT(20, 'P', 'd', P_PREFERRED_IDENTITY),
    AT(7, 'P', 'v', PRIVACY),
    AT(10, 'S', 'o', SESSION_ID),
    AT(8, 'I', 't', IDENTITY)
#undef AT
};

static enum sip_hdr_id find_compact(char ch)
{
    static const uint8_t of[26] = {
#define AT(ch, id) [(ch) - 'a'] = SIP_HDR_##id
        AT('b', REFERRED_BY),
        AT('c', CONTENT_TYPE),
        AT('e', CONTENT_ENCODING),
        AT('f', FROM),
        AT('i', CALL_ID),
        AT('k', SUPPORTED),
        AT('l', CONTENT_LENGTH),
        AT('m', CONTACT),
        AT('o', EVENT),
        AT('r', REFER_TO),
        AT('s', SUBJECT),
        AT('t', TO),
        AT('u', ALLOW_EVENTS),
        AT('v', VIA),
        AT('x', SESSION_EXPIRES),
        AT('y', IDENTITY)
#undef AT
    };

    ch = slice_lower(ch);
    if (ch < 'a' || ch > 'z')
        return SIP_HDR_OTHER;
    return (enum sip_hdr_id)of[ch - 'a'];
}

enum sip_hdr_id sip_hdr_find(struct slice name)
{
    const unsigned char *p = (const unsigned char *)name.p;
    unsigned id;

    if (name.n == 1)
        return find_compact(name.p[0]);
    if (name.n > LEN_MAX || name.n == 0)
        return SIP_HDR_OTHER;
    id = sip_hdr_by_slot[SIP_HDR_SLOT((unsigned)name.n, p[0], p[name.n / 2])];
    if (!sip_token_ieq(name, name_of[id]))
        return SIP_HDR_OTHER;
    return (enum sip_hdr_id)id;
}

struct slice sip_hdr_name(enum sip_hdr_id id)
{
    if ((unsigned)id >= SIP_HDR_COUNT)
        return name_of[SIP_HDR_OTHER];
    return name_of[id];
}

bool sip_hdr_many(enum sip_hdr_id id)
{
    if ((unsigned)id >= SIP_HDR_COUNT)
        return true;
    return sip_hdr_row[id].many;
}

const uint64_t sip_hdr_once = 0
#define X(id, name, compact, count, reader) \
    | (count == ONE ? BIT(SIP_HDR_##id) : 0)
    SIP_HDR_MAP(X)
#undef X
    ;
