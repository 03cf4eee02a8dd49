/* SPDX-License-Identifier: Apache-2.0 */
/* The character classes as macros, for the tables that compilers make. */
#ifndef SIP_CLASSES_H
#define SIP_CLASSES_H

#define IS_DIGIT(c) ((c) >= '0' && (c) <= '9')
#define IS_ALPHA(c) (((c) >= 'a' && (c) <= 'z') || ((c) >= 'A' && (c) <= 'Z'))
#define IS_ALNUM(c) (IS_DIGIT(c) || IS_ALPHA(c))
#define IS_HEX(c) \
    (IS_DIGIT(c) || ((c) >= 'a' && (c) <= 'f') || ((c) >= 'A' && (c) <= 'F'))
#define IS_IN2(c, a, b) ((c) == (a) || (c) == (b))
#define IS_IN4(c, a, b, d, e) (IS_IN2(c, a, b) || IS_IN2(c, d, e))
#define IS_WS(c) IS_IN2(c, ' ', '\t')
#define IS_PRINT(c) ((c) > 0x20 && (c) < 0x7f)

#define IS_MARK(c)                                                      \
    (IS_IN4(c, '-', '_', '.', '!') || IS_IN4(c, '~', '*', '\'', '(') || \
     (c) == ')')
#define IS_UNRESERVED(c) (IS_ALNUM(c) || IS_MARK(c))
#define IS_RESERVED(c)                                                 \
    (IS_IN4(c, ';', '/', '?', ':') || IS_IN4(c, '@', '&', '=', '+') || \
     IS_IN2(c, '$', ','))
#define IS_TOKEN(c)                                  \
    (IS_ALNUM(c) || IS_IN4(c, '-', '.', '!', '%') || \
     IS_IN4(c, '*', '_', '+', '`') || IS_IN2(c, '\'', '~'))
#define IS_WORD(c)                                                      \
    (IS_TOKEN(c) || IS_IN4(c, '(', ')', '<', '>') ||                    \
     IS_IN4(c, ':', '\\', '"', '/') || IS_IN4(c, '[', ']', '?', '{') || \
     (c) == '}')
#define IS_USER_BARE(c) \
    (IS_UNRESERVED(c) || IS_IN4(c, '&', '=', '+', '$') || (c) == '/')
#define IS_USER(c) (IS_USER_BARE(c) || IS_IN2(c, ',', ';') || (c) == '?')
#define IS_PASSWORD(c) \
    (IS_UNRESERVED(c) || IS_IN4(c, '&', '=', '+', '$') || (c) == ',')
#define IS_PARAM(c)                                       \
    (IS_UNRESERVED(c) || IS_IN4(c, '[', ']', '/', ':') || \
     IS_IN2(c, '&', '+') || (c) == '$')
#define IS_HEADER(c)                                      \
    (IS_UNRESERVED(c) || IS_IN4(c, '[', ']', '/', '?') || \
     IS_IN2(c, ':', '+') || (c) == '$')
#define IS_HOST(c) (IS_ALNUM(c) || IS_IN2(c, '-', '.'))
#define IS_QUOTED(c) ((IS_PRINT(c) && !IS_IN2(c, '"', '\\')) || IS_WS(c))
#define IS_CTEXT(c) \
    ((IS_PRINT(c) && !IS_IN2(c, '(', ')') && (c) != '\\') || IS_WS(c))
#define IS_REASON(c) \
    (IS_RESERVED(c) || IS_UNRESERVED(c) || IS_WS(c) || (c) >= 0x80)
#define IS_TEXT(c) (IS_PRINT(c) || IS_WS(c))
/* token-char of RFC 8866 9 */
#define IS_SDP(c)                                                        \
    (IS_PRINT(c) && !IS_IN4(c, '"', '(', ')', ',') &&                    \
     !IS_IN4(c, '/', ':', ';', '<') && !IS_IN4(c, '=', '>', '?', '@') && \
     !IS_IN2(c, '[', '\\') && (c) != ']')
/* What stands as it is in a token and in all parts of a sip URI after its
 * scheme. */
#define IS_PLAIN(c) (IS_TOKEN(c) && (IS_UNRESERVED(c) || (c) == '+'))

#endif
