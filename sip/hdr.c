/* SPDX-License-Identifier: Apache-2.0 */
/* Header field names: by a slot of a table, then compared whole. */
#include "sip/hdr.h"

#include "sip/scan.h"

enum { ONE = 0, MANY = 1 };

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
#define BIT(id) (UINT64_C(1) << ((id) < 64 && !IN_ORDER(id) ? (id) : 0))

enum { LEN_MAX = 25 };

_Static_assert(sizeof(struct sip_hdr_row) == 64, "a shift finds a row");

const struct sip_hdr_table sip_hdr_table =
    {.row = {[SIP_HDR_OTHER] = {.name = {.back = SIP_NAME_ROOM},
                                .many = true,
                                .bit = 1},
#define X(hdr, text, compact, count, reader)              \
    [SIP_HDR_##hdr] = {.name = SIP_NAME_INIT(text, 0xdf), \
                       .bit = BIT(SIP_HDR_##hdr),         \
                       .many = count == MANY,             \
                       .id = SIP_HDR_##hdr},
             SIP_HDR_MAP(X)
#undef X
     },
     .id_by_slot =
         {
#define SLOT(id, first, last) [SIP_HDR_SLOT(first, last)] = SIP_HDR_##id
             SLOT(VIA, SIP_HDR_WORD('V', 'i', 'a', ':'),
                  SIP_HDR_WORD('\n', 'V', 'i', 'a')),
             SLOT(FROM, SIP_HDR_WORD('F', 'r', 'o', 'm'),
                  SIP_HDR_WORD('F', 'r', 'o', 'm')),
             SLOT(TO, SIP_HDR_WORD('T', 'o', ':', ' '),
                  SIP_HDR_WORD('\r', '\n', 'T', 'o')),
             SLOT(CALL_ID, SIP_HDR_WORD('C', 'a', 'l', 'l'),
                  SIP_HDR_WORD('l', '-', 'I', 'D')),
             SLOT(CSEQ, SIP_HDR_WORD('C', 'S', 'e', 'q'),
                  SIP_HDR_WORD('C', 'S', 'e', 'q')),
             SLOT(MAX_FORWARDS, SIP_HDR_WORD('M', 'a', 'x', '-'),
                  SIP_HDR_WORD('a', 'r', 'd', 's')),
             SLOT(CONTACT, SIP_HDR_WORD('C', 'o', 'n', 't'),
                  SIP_HDR_WORD('t', 'a', 'c', 't')),
             SLOT(ROUTE, SIP_HDR_WORD('R', 'o', 'u', 't'),
                  SIP_HDR_WORD('o', 'u', 't', 'e')),
             SLOT(RECORD_ROUTE, SIP_HDR_WORD('R', 'e', 'c', 'o'),
                  SIP_HDR_WORD('o', 'u', 't', 'e')),
             SLOT(PATH, SIP_HDR_WORD('P', 'a', 't', 'h'),
                  SIP_HDR_WORD('P', 'a', 't', 'h')),
             SLOT(SERVICE_ROUTE, SIP_HDR_WORD('S', 'e', 'r', 'v'),
                  SIP_HDR_WORD('o', 'u', 't', 'e')),
             SLOT(EXPIRES, SIP_HDR_WORD('E', 'x', 'p', 'i'),
                  SIP_HDR_WORD('i', 'r', 'e', 's')),
             SLOT(MIN_EXPIRES, SIP_HDR_WORD('M', 'i', 'n', '-'),
                  SIP_HDR_WORD('i', 'r', 'e', 's')),
             SLOT(FLOW_TIMER, SIP_HDR_WORD('F', 'l', 'o', 'w'),
                  SIP_HDR_WORD('i', 'm', 'e', 'r')),
             SLOT(DATE, SIP_HDR_WORD('D', 'a', 't', 'e'),
                  SIP_HDR_WORD('D', 'a', 't', 'e')),
             SLOT(RETRY_AFTER, SIP_HDR_WORD('R', 'e', 't', 'r'),
                  SIP_HDR_WORD('f', 't', 'e', 'r')),
             SLOT(REQUIRE, SIP_HDR_WORD('R', 'e', 'q', 'u'),
                  SIP_HDR_WORD('u', 'i', 'r', 'e')),
             SLOT(PROXY_REQUIRE, SIP_HDR_WORD('P', 'r', 'o', 'x'),
                  SIP_HDR_WORD('u', 'i', 'r', 'e')),
             SLOT(SUPPORTED, SIP_HDR_WORD('S', 'u', 'p', 'p'),
                  SIP_HDR_WORD('r', 't', 'e', 'd')),
             SLOT(UNSUPPORTED, SIP_HDR_WORD('U', 'n', 's', 'u'),
                  SIP_HDR_WORD('r', 't', 'e', 'd')),
             SLOT(ALLOW, SIP_HDR_WORD('A', 'l', 'l', 'o'),
                  SIP_HDR_WORD('l', 'l', 'o', 'w')),
             SLOT(ALLOW_EVENTS, SIP_HDR_WORD('A', 'l', 'l', 'o'),
                  SIP_HDR_WORD('e', 'n', 't', 's')),
             SLOT(WWW_AUTHENTICATE, SIP_HDR_WORD('W', 'W', 'W', '-'),
                  SIP_HDR_WORD('c', 'a', 't', 'e')),
             SLOT(PROXY_AUTHENTICATE, SIP_HDR_WORD('P', 'r', 'o', 'x'),
                  SIP_HDR_WORD('c', 'a', 't', 'e')),
             SLOT(AUTHORIZATION, SIP_HDR_WORD('A', 'u', 't', 'h'),
                  SIP_HDR_WORD('t', 'i', 'o', 'n')),
             SLOT(PROXY_AUTHORIZATION, SIP_HDR_WORD('P', 'r', 'o', 'x'),
                  SIP_HDR_WORD('t', 'i', 'o', 'n')),
             SLOT(AUTHENTICATION_INFO, SIP_HDR_WORD('A', 'u', 't', 'h'),
                  SIP_HDR_WORD('I', 'n', 'f', 'o')),
             SLOT(PROXY_AUTHENTICATION_INFO, SIP_HDR_WORD('P', 'r', 'o', 'x'),
                  SIP_HDR_WORD('I', 'n', 'f', 'o')),
             SLOT(CONTENT_TYPE, SIP_HDR_WORD('C', 'o', 'n', 't'),
                  SIP_HDR_WORD('T', 'y', 'p', 'e')),
             SLOT(CONTENT_LENGTH, SIP_HDR_WORD('C', 'o', 'n', 't'),
                  SIP_HDR_WORD('n', 'g', 't', 'h')),
             SLOT(CONTENT_ENCODING, SIP_HDR_WORD('C', 'o', 'n', 't'),
                  SIP_HDR_WORD('d', 'i', 'n', 'g')),
             SLOT(CONTENT_DISPOSITION, SIP_HDR_WORD('C', 'o', 'n', 't'),
                  SIP_HDR_WORD('t', 'i', 'o', 'n')),
             SLOT(CONTENT_LANGUAGE, SIP_HDR_WORD('C', 'o', 'n', 't'),
                  SIP_HDR_WORD('u', 'a', 'g', 'e')),
             SLOT(MIME_VERSION, SIP_HDR_WORD('M', 'I', 'M', 'E'),
                  SIP_HDR_WORD('s', 'i', 'o', 'n')),
             SLOT(USER_AGENT, SIP_HDR_WORD('U', 's', 'e', 'r'),
                  SIP_HDR_WORD('g', 'e', 'n', 't')),
             SLOT(SERVER, SIP_HDR_WORD('S', 'e', 'r', 'v'),
                  SIP_HDR_WORD('r', 'v', 'e', 'r')),
             SLOT(REASON, SIP_HDR_WORD('R', 'e', 'a', 's'),
                  SIP_HDR_WORD('a', 's', 'o', 'n')),
             SLOT(WARNING, SIP_HDR_WORD('W', 'a', 'r', 'n'),
                  SIP_HDR_WORD('n', 'i', 'n', 'g')),
             SLOT(SUBJECT, SIP_HDR_WORD('S', 'u', 'b', 'j'),
                  SIP_HDR_WORD('j', 'e', 'c', 't')),
             SLOT(ORGANIZATION, SIP_HDR_WORD('O', 'r', 'g', 'a'),
                  SIP_HDR_WORD('t', 'i', 'o', 'n')),
             SLOT(PRIORITY, SIP_HDR_WORD('P', 'r', 'i', 'o'),
                  SIP_HDR_WORD('r', 'i', 't', 'y')),
             SLOT(EVENT, SIP_HDR_WORD('E', 'v', 'e', 'n'),
                  SIP_HDR_WORD('v', 'e', 'n', 't')),
             SLOT(SUBSCRIPTION_STATE, SIP_HDR_WORD('S', 'u', 'b', 's'),
                  SIP_HDR_WORD('t', 'a', 't', 'e')),
             SLOT(FEATURE_CAPS, SIP_HDR_WORD('F', 'e', 'a', 't'),
                  SIP_HDR_WORD('C', 'a', 'p', 's')),
             SLOT(ACCEPT, SIP_HDR_WORD('A', 'c', 'c', 'e'),
                  SIP_HDR_WORD('c', 'e', 'p', 't')),
             SLOT(ACCEPT_ENCODING, SIP_HDR_WORD('A', 'c', 'c', 'e'),
                  SIP_HDR_WORD('d', 'i', 'n', 'g')),
             SLOT(ACCEPT_LANGUAGE, SIP_HDR_WORD('A', 'c', 'c', 'e'),
                  SIP_HDR_WORD('u', 'a', 'g', 'e')),
             SLOT(ALERT_INFO, SIP_HDR_WORD('A', 'l', 'e', 'r'),
                  SIP_HDR_WORD('I', 'n', 'f', 'o')),
             SLOT(CALL_INFO, SIP_HDR_WORD('C', 'a', 'l', 'l'),
                  SIP_HDR_WORD('I', 'n', 'f', 'o')),
             SLOT(ERROR_INFO, SIP_HDR_WORD('E', 'r', 'r', 'o'),
                  SIP_HDR_WORD('I', 'n', 'f', 'o')),
             SLOT(IN_REPLY_TO, SIP_HDR_WORD('I', 'n', '-', 'R'),
                  SIP_HDR_WORD('y', '-', 'T', 'o')),
             SLOT(REPLY_TO, SIP_HDR_WORD('R', 'e', 'p', 'l'),
                  SIP_HDR_WORD('y', '-', 'T', 'o')),
             SLOT(TIMESTAMP, SIP_HDR_WORD('T', 'i', 'm', 'e'),
                  SIP_HDR_WORD('t', 'a', 'm', 'p')),
             SLOT(REFER_TO, SIP_HDR_WORD('R', 'e', 'f', 'e'),
                  SIP_HDR_WORD('r', '-', 'T', 'o')),
             SLOT(REFERRED_BY, SIP_HDR_WORD('R', 'e', 'f', 'e'),
                  SIP_HDR_WORD('d', '-', 'B', 'y')),
             SLOT(REPLACES, SIP_HDR_WORD('R', 'e', 'p', 'l'),
                  SIP_HDR_WORD('a', 'c', 'e', 's')),
             SLOT(TARGET_DIALOG, SIP_HDR_WORD('T', 'a', 'r', 'g'),
                  SIP_HDR_WORD('a', 'l', 'o', 'g')),
             SLOT(REFER_SUB, SIP_HDR_WORD('R', 'e', 'f', 'e'),
                  SIP_HDR_WORD('-', 'S', 'u', 'b')),
             SLOT(INFO_PACKAGE, SIP_HDR_WORD('I', 'n', 'f', 'o'),
                  SIP_HDR_WORD('k', 'a', 'g', 'e')),
             SLOT(RECV_INFO, SIP_HDR_WORD('R', 'e', 'c', 'v'),
                  SIP_HDR_WORD('I', 'n', 'f', 'o')),
             SLOT(RSEQ, SIP_HDR_WORD('R', 'S', 'e', 'q'),
                  SIP_HDR_WORD('R', 'S', 'e', 'q')),
             SLOT(RACK, SIP_HDR_WORD('R', 'A', 'c', 'k'),
                  SIP_HDR_WORD('R', 'A', 'c', 'k')),
             SLOT(SESSION_EXPIRES, SIP_HDR_WORD('S', 'e', 's', 's'),
                  SIP_HDR_WORD('i', 'r', 'e', 's')),
             SLOT(MIN_SE, SIP_HDR_WORD('M', 'i', 'n', '-'),
                  SIP_HDR_WORD('n', '-', 'S', 'E')),
             SLOT(SIP_ETAG, SIP_HDR_WORD('S', 'I', 'P', '-'),
                  SIP_HDR_WORD('E', 'T', 'a', 'g')),
             SLOT(SIP_IF_MATCH, SIP_HDR_WORD('S', 'I', 'P', '-'),
                  SIP_HDR_WORD('a', 't', 'c', 'h')),
             SLOT(P_ASSERTED_IDENTITY, SIP_HDR_WORD('P', '-', 'A', 's'),
                  SIP_HDR_WORD('t', 'i', 't', 'y')),
             SLOT(P_PREFERRED_IDENTITY, SIP_HDR_WORD('P', '-', 'P', 'r'),
                  SIP_HDR_WORD('t', 'i', 't', 'y')),
             SLOT(PRIVACY, SIP_HDR_WORD('P', 'r', 'i', 'v'),
                  SIP_HDR_WORD('v', 'a', 'c', 'y')),
             SLOT(SESSION_ID, SIP_HDR_WORD('S', 'e', 's', 's'),
                  SIP_HDR_WORD('n', '-', 'I', 'D')),
             SLOT(IDENTITY, SIP_HDR_WORD('I', 'd', 'e', 'n'),
                  SIP_HDR_WORD('t', 'i', 't', 'y'))
#undef SLOT
         },
     .once = 0
#define X(id, name, compact, count, reader) \
    | (count == ONE ? BIT(SIP_HDR_##id) & ~UINT64_C(1) : 0)
     SIP_HDR_MAP(X)
#undef X
};

static enum sip_hdr_id find_compact(char ch)
{
    static const uint8_t of[26] = {
#define COMPACT(ch, id) [(ch) - 'a'] = SIP_HDR_##id
        COMPACT('b', REFERRED_BY),
        COMPACT('c', CONTENT_TYPE),
        COMPACT('e', CONTENT_ENCODING),
        COMPACT('f', FROM),
        COMPACT('i', CALL_ID),
        COMPACT('k', SUPPORTED),
        COMPACT('l', CONTENT_LENGTH),
        COMPACT('m', CONTACT),
        COMPACT('o', EVENT),
        COMPACT('r', REFER_TO),
        COMPACT('s', SUBJECT),
        COMPACT('t', TO),
        COMPACT('u', ALLOW_EVENTS),
        COMPACT('v', VIA),
        COMPACT('x', SESSION_EXPIRES),
        COMPACT('y', IDENTITY)
#undef COMPACT
    };

    ch = slice_lower(ch);
    if (ch < 'a' || ch > 'z')
        return SIP_HDR_OTHER;
    return (enum sip_hdr_id)of[ch - 'a'];
}

/* A word of four characters: those of name from i on, of its line. */
static uint32_t word_at(struct slice name, size_t i)
{
    static const char around[] = "\r\n";
    char w[4];

    for (size_t k = 0; k < sizeof(w); k++, i++)
        w[k] = i < 2            ? around[i]
               : i - 2 < name.n ? name.p[i - 2]
                                : ": "[(i - name.n) & 1];
    return sip_name_word4(w) | 0x20202020;
}

enum sip_hdr_id sip_hdr_find(struct slice name)
{
    unsigned id;

    if (name.n == 1)
        return find_compact(name.p[0]);
    if (name.n > LEN_MAX || name.n == 0)
        return SIP_HDR_OTHER;
    id = sip_hdr_table.id_by_slot[SIP_HDR_SLOT(word_at(name, 2),
                                               word_at(name, name.n - 2))];
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
    return sip_hdr_table.row[id].many;
}
