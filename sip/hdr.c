/* SPDX-License-Identifier: Apache-2.0 */
/* Header field names: by length, then compared whole. */
#include "sip/hdr.h"

#include "sip/scan.h"

struct hdr_row {
    struct slice name;
    bool many;
};

enum { ONE = 0, MANY = 1 };

static const struct hdr_row row_of[SIP_HDR_COUNT] = {
#define X(id, name, compact, count, reader) \
    [SIP_HDR_##id] = {S_INIT(name), count == MANY},
    SIP_HDR_MAP(X)
#undef X
};

enum { LEN_MAX = 25, SAME_LEN_MAX = 8 };

/* The names of each length, the frequent ones first; test/unit/sip_hdr.c
 * finds every row of the map through it. */
#define H(id) SIP_HDR_##id
static const uint8_t by_length[LEN_MAX + 1][SAME_LEN_MAX] = {
    [2] = {H(TO)},
    [3] = {H(VIA)},
    [4] = {H(FROM), H(CSEQ), H(PATH), H(DATE), H(RSEQ), H(RACK)},
    [5] = {H(ROUTE), H(ALLOW), H(EVENT)},
    [6] = {H(SERVER), H(REASON), H(ACCEPT), H(MIN_SE)},
    [7] = {H(CALL_ID), H(CONTACT), H(EXPIRES), H(REQUIRE), H(WARNING),
           H(SUBJECT), H(PRIVACY)},
    [8] = {H(PRIORITY), H(REPLY_TO), H(REFER_TO), H(REPLACES), H(SIP_ETAG),
           H(IDENTITY)},
    [9] = {H(SUPPORTED), H(CALL_INFO), H(TIMESTAMP)},
    [10] = {H(FLOW_TIMER), H(USER_AGENT), H(ALERT_INFO), H(ERROR_INFO),
            H(SESSION_ID)},
    [11] = {H(MIN_EXPIRES), H(RETRY_AFTER), H(UNSUPPORTED), H(IN_REPLY_TO),
            H(REFERRED_BY)},
    [12] = {H(MAX_FORWARDS), H(RECORD_ROUTE), H(ALLOW_EVENTS), H(CONTENT_TYPE),
            H(MIME_VERSION), H(ORGANIZATION), H(FEATURE_CAPS),
            H(SIP_IF_MATCH)},
    [13] = {H(SERVICE_ROUTE), H(PROXY_REQUIRE), H(AUTHORIZATION)},
    [14] = {H(CONTENT_LENGTH)},
    [15] = {H(ACCEPT_ENCODING), H(ACCEPT_LANGUAGE), H(SESSION_EXPIRES)},
    [16] = {H(WWW_AUTHENTICATE), H(CONTENT_ENCODING), H(CONTENT_LANGUAGE)},
    [18] = {H(PROXY_AUTHENTICATE), H(SUBSCRIPTION_STATE)},
    [19] = {H(PROXY_AUTHORIZATION), H(AUTHENTICATION_INFO),
            H(CONTENT_DISPOSITION), H(P_ASSERTED_IDENTITY)},
    [20] = {H(P_PREFERRED_IDENTITY)},
    [25] = {H(PROXY_AUTHENTICATION_INFO)},
};
#undef H

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
    if (name.n == 1)
        return find_compact(name.p[0]);
    if (name.n > LEN_MAX || name.n == 0)
        return SIP_HDR_OTHER;
    for (size_t i = 0; i < SAME_LEN_MAX; i++) {
        enum sip_hdr_id id = (enum sip_hdr_id)by_length[name.n][i];

        if (id == SIP_HDR_OTHER)
            break;
        if ((row_of[id].name.p[0] ^ name.p[0]) & ~0x20)
            continue;
        if (sip_token_ieq(name, row_of[id].name))
            return id;
    }
    return SIP_HDR_OTHER;
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
