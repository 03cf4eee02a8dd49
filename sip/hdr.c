/* SPDX-License-Identifier: Apache-2.0 */
/* Header field names: by a slot of a table, then compared whole. */
#include "sip/hdr.h"

#include "sip/scan.h"

struct hdr_row {
    struct slice name;
    bool many;
    char text[SIP_HDR_ROOM]; /* the first of the name, then NULs */
};

#define LEN(name) (sizeof(name) - 1)

enum { ONE = 0, MANY = 1 };

#define CH(name, i) ((i) < LEN(name) ? (name)[(i) < LEN(name) ? (i) : 0] : 0)
#define HEAD4(name, i) \
    CH(name, i), CH(name, (i) + 1), CH(name, (i) + 2), CH(name, (i) + 3)
#define HEAD(name) HEAD4(name, 0), HEAD4(name, 4)

static const struct hdr_row row_of[SIP_HDR_COUNT] = {
#define X(id, name, compact, count, reader) \
    [SIP_HDR_##id] = {S_INIT(name), count == MANY, {HEAD(name)}},
    SIP_HDR_MAP(X)
#undef X
};

enum { LEN_MAX = 25 };

/*
 * By length, first and middle letter no two names meet; were they to, the
 * compiler would say that an element is set twice.
 */
#define SLOT(n, first, middle) \
    (((n) + ((first) | 0x20) * 10 + ((middle) | 0x20) * 89) & 0x1ff)

static const uint8_t by_slot[512] = {
#define AT(n, first, middle, id) [SLOT(n, first, middle)] = SIP_HDR_##id
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
    id = by_slot[SLOT((unsigned)name.n, p[0], p[name.n / 2])];
    if (!sip_token_ieq(name, row_of[id].name))
        return SIP_HDR_OTHER;
    return (enum sip_hdr_id)id;
}

enum sip_hdr_id sip_hdr_find_room(struct slice name)
{
    /* What counts of 8 bytes, if fewer are the name. */
    static const uint8_t mask[2 * 8] = {0xdf, 0xdf, 0xdf, 0xdf,
                                        0xdf, 0xdf, 0xdf, 0xdf};
    const unsigned char *p = (const unsigned char *)name.p;
    size_t n = name.n;
    const struct hdr_row *row;
    const uint8_t *m;
    unsigned id;

    if (n < 2 || n > 2 * SIP_HDR_ROOM)
        return sip_hdr_find(name);
    id = by_slot[SLOT((unsigned)n, p[0], p[n / 2])];
    row = &row_of[id];
    m = mask + 8 - (n < 8 ? n : 8);
    if (row->name.n != n)
        return SIP_HDR_OTHER;
    if ((sip_load8(name.p) ^ sip_load8(row->text)) &
        sip_load8((const char *)m))
        return SIP_HDR_OTHER;
    if (n > 8 && !sip_lower_eq8(name.p + n - 8, row->name.p + n - 8))
        return SIP_HDR_OTHER;
    return (enum sip_hdr_id)id;
}

struct slice sip_hdr_name(enum sip_hdr_id id)
{
    if ((unsigned)id >= SIP_HDR_COUNT)
        return row_of[SIP_HDR_OTHER].name;
    return row_of[id].name;
}

bool sip_hdr_many(enum sip_hdr_id id)
{
    if (id == SIP_HDR_OTHER || (unsigned)id >= SIP_HDR_COUNT)
        return true;
    return row_of[id].many;
}
