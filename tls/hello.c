/* SPDX-License-Identifier: Apache-2.0 */
/* The peer's hello: a byte-wise walk to its extensions. */
#include "tls/hello.h"

#include <string.h>

enum { RECORD_HANDSHAKE = 22, EXT_EMS = 23 };

/* RFC 8446 4.1.2, 4.1.3; the same in TLS 1.2. */
enum stage {
    MSG_TYPE,
    MSG_LEN,
    VERSION_RANDOM,
    SID_LEN,
    SID,
    SUITES_LEN, /* client */
    SUITES,
    COMP_LEN,
    COMP,
    SUITE_COMP, /* server */
    EXTS_LEN,
    EXT_TYPE,
    EXT_LEN,
    EXT_DATA
};

static void enter(struct tls_hello *h, enum stage stage, uint32_t bytes)
{
    h->stage = (uint8_t)stage;
    h->left = bytes;
    h->value = 0;
}

static void next_extension(struct tls_hello *h)
{
    if (h->exts < 4)
        h->done = true;
    else
        enter(h, EXT_TYPE, 2);
}

/* The stage has read all its bytes; value holds the last four of them. */
static void leave(struct tls_hello *h);

/* Skips n bytes; skipping none leaves at once. */
static void skip(struct tls_hello *h, enum stage stage, uint32_t n)
{
    enter(h, stage, n);
    if (n == 0)
        leave(h);
}

static void leave_extension(struct tls_hello *h)
{
    uint32_t v = h->value;

    h->exts -= h->stage == EXT_DATA ? 0 : 2;
    if (h->stage == EXT_TYPE) {
        h->ems = h->ems || v == EXT_EMS;
        enter(h, EXT_LEN, 2);
    } else if (h->stage == EXT_LEN && v > h->exts) {
        h->done = true;
    } else if (h->stage == EXT_LEN) {
        h->exts -= v;
        skip(h, EXT_DATA, v);
    } else {
        next_extension(h);
    }
}

static void leave(struct tls_hello *h)
{
    uint32_t v = h->value;

    switch ((enum stage)h->stage) {
    case MSG_TYPE:
        h->server = v == 2;
        if (v != 1 && v != 2)
            h->done = true;
        enter(h, MSG_LEN, 3);
        break;
    case MSG_LEN:
        enter(h, VERSION_RANDOM, 34);
        break;
    case VERSION_RANDOM:
        enter(h, SID_LEN, 1);
        break;
    case SID_LEN:
        skip(h, SID, v);
        break;
    case SID:
        if (h->server)
            enter(h, SUITE_COMP, 3);
        else
            enter(h, SUITES_LEN, 2);
        break;
    case SUITES_LEN:
        skip(h, SUITES, v);
        break;
    case SUITES:
        enter(h, COMP_LEN, 1);
        break;
    case COMP_LEN:
        skip(h, COMP, v);
        break;
    case COMP:
    case SUITE_COMP:
        enter(h, EXTS_LEN, 2);
        break;
    case EXTS_LEN:
        h->exts = v;
        next_extension(h);
        break;
    case EXT_TYPE:
    case EXT_LEN:
    case EXT_DATA:
        leave_extension(h);
        break;
    }
}

static void message_byte(struct tls_hello *h, uint8_t b)
{
    if (h->stage == MSG_TYPE && h->left == 0)
        h->left = 1;
    h->value = h->value << 8 | b;
    if (--h->left == 0)
        leave(h);
}

/* type(1) version(2) length(2) */
static void header_byte(struct tls_hello *h, uint8_t b)
{
    if (h->head == 0)
        h->type = b;
    h->record = (h->record << 8 | b) & 0xffff;
    if (++h->head < 5)
        return;
    h->head = 0;
    if (h->type != RECORD_HANDSHAKE)
        h->done = true;
}

void tls_hello_feed(struct tls_hello *h, struct slice bytes)
{
    for (size_t i = 0; i < bytes.n; i++) {
        uint8_t b = (uint8_t)bytes.p[i];

        if (h->nfirst < TLS_HELLO_FIRST)
            h->first[h->nfirst++] = b;
        else if (h->done)
            return;
        if (h->done)
            continue;
        if (h->head || h->record == 0) {
            header_byte(h, b);
        } else {
            h->record--;
            message_byte(h, b);
        }
    }
}

enum tls_hello_kind tls_hello_kind(const struct tls_hello *h)
{
    struct slice s = slice_of(h->first, h->nfirst);

    if (s.n == 0)
        return TLS_HELLO_SHORT;
    /* Handshake or alert, and the major version if it is there already. */
    if ((h->first[0] == 22 || h->first[0] == 21) &&
        (s.n == 1 || h->first[1] == 3))
        return TLS_HELLO_TLS;
    if (slice_starts(s, S("HTTP/")) || slice_istarts(s, S("<html")))
        return TLS_HELLO_HTTP;
    if (slice_starts(s, S("SIP/2.0")))
        return TLS_HELLO_SIP;
    if (slice_starts(s, S("SSH-")))
        return TLS_HELLO_SSH;
    return TLS_HELLO_OTHER;
}

const char *tls_hello_kind_text(enum tls_hello_kind kind)
{
    static const char *const text[] = {
        [TLS_HELLO_SHORT] = "nothing", [TLS_HELLO_TLS] = "TLS",
        [TLS_HELLO_HTTP] = "HTTP",     [TLS_HELLO_SIP] = "SIP in clear",
        [TLS_HELLO_SSH] = "SSH",       [TLS_HELLO_OTHER] = "no TLS",
    };

    return (unsigned)kind < sizeof(text) / sizeof(text[0]) ? text[kind]
                                                           : "no TLS";
}

const char *tls_alert_name(unsigned number)
{
    static const struct {
        unsigned number;
        const char *name;
    } row[] = {
        {0, "close_notify"},
        {10, "unexpected_message"},
        {20, "bad_record_mac"},
        {22, "record_overflow"},
        {40, "handshake_failure"},
        {42, "bad_certificate"},
        {43, "unsupported_certificate"},
        {44, "certificate_revoked"},
        {45, "certificate_expired"},
        {46, "certificate_unknown"},
        {47, "illegal_parameter"},
        {48, "unknown_ca"},
        {49, "access_denied"},
        {50, "decode_error"},
        {51, "decrypt_error"},
        {70, "protocol_version"},
        {71, "insufficient_security"},
        {80, "internal_error"},
        {86, "inappropriate_fallback"},
        {90, "user_canceled"},
        {100, "no_renegotiation"},
        {109, "missing_extension"},
        {110, "unsupported_extension"},
        {112, "unrecognized_name"},
        {113, "bad_certificate_status_response"},
        {115, "unknown_psk_identity"},
        {116, "certificate_required"},
        {120, "no_application_protocol"},
    };

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
        if (row[i].number == number)
            return row[i].name;
    return NULL;
}
