/* SPDX-License-Identifier: Apache-2.0 */
/* The character class table, computed by the compiler. */
#include "sip/chars.h"

#include "sip/classes.h"

#define BIT(test, bit) ((test) ? (bit) : 0)
#define C(c)                                                                  \
    (uint32_t)(                                                               \
        BIT(IS_TOKEN(c), SIP_C_TOKEN) | BIT(IS_WORD(c), SIP_C_WORD) |         \
        BIT(IS_USER(c), SIP_C_USER) | BIT(IS_USER_BARE(c), SIP_C_USER_BARE) | \
        BIT(IS_PASSWORD(c), SIP_C_PASSWORD) | BIT(IS_PARAM(c), SIP_C_PARAM) | \
        BIT(IS_HEADER(c), SIP_C_HEADER) | BIT(IS_HOST(c), SIP_C_HOST) |       \
        BIT(IS_DIGIT(c), SIP_C_DIGIT) | BIT(IS_ALPHA(c), SIP_C_ALPHA) |       \
        BIT(IS_HEX(c), SIP_C_HEX) |                                           \
        BIT(IS_RESERVED(c) || IS_UNRESERVED(c), SIP_C_URIC) |                 \
        BIT((IS_RESERVED(c) || IS_UNRESERVED(c)) && !IS_IN2(c, ',', ';'),     \
            SIP_C_URIC_BARE) |                                                \
        BIT(IS_QUOTED(c), SIP_C_QUOTED) | BIT(IS_CTEXT(c), SIP_C_CTEXT) |     \
        BIT(IS_REASON(c), SIP_C_REASON) | BIT(IS_TEXT(c), SIP_C_TEXT) |       \
        BIT(IS_HEX(c) || IS_IN2(c, ':', '.'), SIP_C_ADDRESS) |                \
        BIT(IS_SDP(c), SIP_C_SDP))
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
