/* SPDX-License-Identifier: Apache-2.0 */
/* The character class table, computed by the compiler. */
#include "sip/chars.h"

#define DIGIT(c) ((c) >= '0' && (c) <= '9')
#define ALPHA(c) (((c) >= 'a' && (c) <= 'z') || ((c) >= 'A' && (c) <= 'Z'))
#define ALNUM(c) (DIGIT(c) || ALPHA(c))
#define HEX(c) \
    (DIGIT(c) || ((c) >= 'a' && (c) <= 'f') || ((c) >= 'A' && (c) <= 'F'))
#define IN2(c, a, b) ((c) == (a) || (c) == (b))
#define IN4(c, a, b, d, e) (IN2(c, a, b) || IN2(c, d, e))
#define WS(c) IN2(c, ' ', '\t')
#define PRINT(c) ((c) > 0x20 && (c) < 0x7f)

#define MARK(c) \
    (IN4(c, '-', '_', '.', '!') || IN4(c, '~', '*', '\'', '(') || (c) == ')')
#define UNRESERVED(c) (ALNUM(c) || MARK(c))
#define RESERVED(c)                                              \
    (IN4(c, ';', '/', '?', ':') || IN4(c, '@', '&', '=', '+') || \
     IN2(c, '$', ','))
#define TOKEN(c)                                                             \
    (ALNUM(c) || IN4(c, '-', '.', '!', '%') || IN4(c, '*', '_', '+', '`') || \
     IN2(c, '\'', '~'))
#define WORD(c)                                                               \
    (TOKEN(c) || IN4(c, '(', ')', '<', '>') || IN4(c, ':', '\\', '"', '/') || \
     IN4(c, '[', ']', '?', '{') || (c) == '}')
#define USER_BARE(c) \
    (UNRESERVED(c) || IN4(c, '&', '=', '+', '$') || (c) == '/')
#define USER(c) (USER_BARE(c) || IN2(c, ',', ';') || (c) == '?')
#define PASSWORD(c) (UNRESERVED(c) || IN4(c, '&', '=', '+', '$') || (c) == ',')
#define PARAM(c)                                                        \
    (UNRESERVED(c) || IN4(c, '[', ']', '/', ':') || IN2(c, '&', '+') || \
     (c) == '$')
#define HEADER(c)                                                       \
    (UNRESERVED(c) || IN4(c, '[', ']', '/', '?') || IN2(c, ':', '+') || \
     (c) == '$')
#define HOST(c) (ALNUM(c) || IN2(c, '-', '.'))
#define QUOTED(c) ((PRINT(c) && !IN2(c, '"', '\\')) || WS(c))
#define CTEXT(c) ((PRINT(c) && !IN2(c, '(', ')') && (c) != '\\') || WS(c))
#define REASON(c) (RESERVED(c) || UNRESERVED(c) || WS(c) || (c) >= 0x80)
#define TEXT(c) (PRINT(c) || WS(c))

#define BIT(test, bit) ((test) ? (bit) : 0)
#define C(c)                                                               \
    (uint32_t)(BIT(TOKEN(c), SIP_C_TOKEN) | BIT(WORD(c), SIP_C_WORD) |     \
               BIT(USER(c), SIP_C_USER) |                                  \
               BIT(USER_BARE(c), SIP_C_USER_BARE) |                        \
               BIT(PASSWORD(c), SIP_C_PASSWORD) |                          \
               BIT(PARAM(c), SIP_C_PARAM) | BIT(HEADER(c), SIP_C_HEADER) | \
               BIT(HOST(c), SIP_C_HOST) | BIT(DIGIT(c), SIP_C_DIGIT) |     \
               BIT(ALPHA(c), SIP_C_ALPHA) | BIT(HEX(c), SIP_C_HEX) |       \
               BIT(RESERVED(c) || UNRESERVED(c), SIP_C_URIC) |             \
               BIT((RESERVED(c) || UNRESERVED(c)) && !IN2(c, ',', ';'),    \
                   SIP_C_URIC_BARE) |                                      \
               BIT(QUOTED(c), SIP_C_QUOTED) | BIT(CTEXT(c), SIP_C_CTEXT) | \
               BIT(REASON(c), SIP_C_REASON) | BIT(TEXT(c), SIP_C_TEXT))
#define C4(c) C(c), C((c) + 1), C((c) + 2), C((c) + 3)
#define C16(c) C4(c), C4((c) + 4), C4((c) + 8), C4((c) + 12)
#define C64(c) C16(c), C16((c) + 16), C16((c) + 32), C16((c) + 48)

const uint32_t sip_chars[256] = {C64(0), C64(64), C64(128), C64(192)};

size_t sip_utf8_len(struct slice s)
{
    unsigned char lead = s.n ? (unsigned char)s.p[0] : 0;
    size_t n = lead < 0xc0   ? 0
               : lead < 0xe0 ? 2
               : lead < 0xf0 ? 3
               : lead < 0xf8 ? 4
               : lead < 0xfc ? 5
               : lead < 0xfe ? 6
                             : 0;

    if (n > s.n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if (((unsigned char)s.p[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

bool sip_text_ok(struct slice s)
{
    while (s.n) {
        size_t n = sip_char_is(s.p[0], SIP_C_TEXT) ? 1 : sip_utf8_len(s);

        if (!n)
            return false;
        s = slice_skip(s, n);
    }
    return true;
}

bool sip_token_ok(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!sip_char_is(s.p[i], SIP_C_TOKEN))
            return false;
    return s.n > 0;
}
