/* SPDX-License-Identifier: Apache-2.0 */
/* Names that a table has, compared by two words each. */
#ifndef SIP_NAME_H
#define SIP_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { SIP_NAME_ROOM = 8 };

/* A name of two to 16 characters; of a longer one only both ends are compared.
 * Words are numbers of which the first byte is the lowest. */
struct sip_name {
    uint64_t head; /* its first bytes; of a short name as tail */
    uint64_t tail; /* its last ones, of a short name behind NULs */
    uint64_t mask; /* the bits that count */
    size_t n;
    size_t back; /* so far before the name's end are the bytes of head */
};

/* Character i of a literal, and of what is as long as a word and ends as it.
 */
#define SIP_NAME_N(name) (sizeof(name) - 1)
#define SIP_NAME_AT(name, i) \
    ((i) < SIP_NAME_N(name) ? (name)[(i) < SIP_NAME_N(name) ? (i) : 0] : 0)
#define SIP_NAME_IN(name, i) (SIP_NAME_N(name) + (i) >= 8)
#define SIP_NAME_BEFORE(name, i)                                       \
    (SIP_NAME_IN(name, i)                                              \
         ? (name)[SIP_NAME_IN(name, i) ? SIP_NAME_N(name) + (i)-8 : 0] \
         : 0)
#define SIP_NAME_HEAD(name, i) \
    (SIP_NAME_N(name) < 8 ? SIP_NAME_BEFORE(name, i) : SIP_NAME_AT(name, i))
#define SIP_NAME_ONE(name, i) (SIP_NAME_IN(name, i) ? 1 : 0)
#define SIP_NAME_BYTE(f, name, i) ((uint64_t)(f(name, i)) << 8 * (i))
#define SIP_NAME_WORD(f, name)                               \
    (SIP_NAME_BYTE(f, name, 0) | SIP_NAME_BYTE(f, name, 1) | \
     SIP_NAME_BYTE(f, name, 2) | SIP_NAME_BYTE(f, name, 3) | \
     SIP_NAME_BYTE(f, name, 4) | SIP_NAME_BYTE(f, name, 5) | \
     SIP_NAME_BYTE(f, name, 6) | SIP_NAME_BYTE(f, name, 7))

/* bits: of each byte those that count; 0xdf: letters in any case. */
#define SIP_NAME_INIT(name, bits)                                   \
    {                                                               \
        .head = SIP_NAME_WORD(SIP_NAME_HEAD, name),                 \
        .tail = SIP_NAME_WORD(SIP_NAME_BEFORE, name),               \
        .mask = SIP_NAME_WORD(SIP_NAME_ONE, name) * (bits),         \
        .n = SIP_NAME_N(name),                                      \
        .back = SIP_NAME_N(name) > SIP_NAME_ROOM ? SIP_NAME_N(name) \
                                                 : SIP_NAME_ROOM    \
    }

static inline uint32_t sip_name_word4(const char *p)
{
    uint32_t x;

    memcpy(&x, p, sizeof(x));
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap32(x);
#endif
    return x;
}

static inline uint64_t sip_name_word8(const char *p)
{
    uint64_t x;

    memcpy(&x, p, sizeof(x));
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x;
}

/* Is it the name of n bytes that ends at end, and before which there are at
 * least so many bytes that SIP_NAME_ROOM can be read? */
static inline bool sip_name_is(const struct sip_name *name, const char *end,
                               size_t n)
{
    uint64_t differ;

    /* First: of another name back may lead to where nothing is. */
    if (name->n != n)
        return false;
    differ = (sip_name_word8(end - name->back) ^ name->head) |
             (sip_name_word8(end - SIP_NAME_ROOM) ^ name->tail);
    return !(differ & name->mask);
}

#endif
