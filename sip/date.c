/* SPDX-License-Identifier: Apache-2.0 */
/* Reading SIP-date. */
#include "sip/date.h"

#include "sip/base/err.h"
#include "sip/scan.h"

/* Three bytes as a number, letters without case. Nothing but a letter becomes
 * a letter by 0x20. */
static inline unsigned low3(const char *p)
{
    return (unsigned)((unsigned char)p[0] | (unsigned char)p[1] << 8 |
                      (unsigned char)p[2] << 16) |
           0x202020;
}

#define LOW3(a, b, c) ((a) | (b) << 8 | (c) << 16 | 0x202020)

/* By their second and third letters no two months, and no two days, meet;
 * were they to, the compiler would say that an element is set twice. */
#define MONTH_SLOT(b, c) (((b) + (c)) & 31)
#define DAY_SLOT(b, c) (((b) + (c)*2) & 15)

/* 1 to 12, or 0. */
static inline int month_at(const char *p)
{
    static const struct {
        unsigned name;
        int month;
    } row[32] = {
#define AT(a, b, c, month) \
    [MONTH_SLOT((b) | 0x20, (c) | 0x20)] = {LOW3(a, b, c), month}
        AT('J', 'a', 'n', 1),
        AT('F', 'e', 'b', 2),
        AT('M', 'a', 'r', 3),
        AT('A', 'p', 'r', 4),
        AT('M', 'a', 'y', 5),
        AT('J', 'u', 'n', 6),
        AT('J', 'u', 'l', 7),
        AT('A', 'u', 'g', 8),
        AT('S', 'e', 'p', 9),
        AT('O', 'c', 't', 10),
        AT('N', 'o', 'v', 11),
        AT('D', 'e', 'c', 12)
#undef AT
    };
    unsigned name = low3(p);
    unsigned slot = MONTH_SLOT(name >> 8 & 0xff, name >> 16);

    return row[slot].name == name ? row[slot].month : 0;
}

static inline bool day_at(const char *p)
{
    static const unsigned row[16] = {
#define AT(a, b, c) [DAY_SLOT((b) | 0x20, (c) | 0x20)] = LOW3(a, b, c)
        AT('S', 'u', 'n'), AT('M', 'o', 'n'), AT('T', 'u', 'e'),
        AT('W', 'e', 'd'), AT('T', 'h', 'u'), AT('F', 'r', 'i'),
        AT('S', 'a', 't')
#undef AT
    };
    unsigned name = low3(p);

    return row[DAY_SLOT(name >> 8 & 0xff, name >> 16)] == name;
}

/* Two digits up to max; else *ok becomes false. */
static inline int two(const char *p, int max, bool *ok)
{
    unsigned a = (unsigned)(unsigned char)p[0] - '0';
    unsigned b = (unsigned)(unsigned char)p[1] - '0';
    int v = (int)(a * 10 + b);

    *ok &= a <= 9 && b <= 9 && v <= max;
    return v;
}

/* Days from 1970-01-01 in the proleptic Gregorian calendar. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

    return era * 146097 + doe - 719468;
}

int sip_date_take(struct cursor *c, int64_t *seconds)
{
    const char *p = c->p;
    bool ok = true;
    int64_t days;
    int day;
    int month;
    int year;
    int time;

    if (cursor_left(c) < sizeof("Sun, 06 Nov 1994 08:49:37 GMT") - 1)
        return E_SYNTAX;
    month = month_at(p + 8);
    day = two(p + 5, 31, &ok);
    year = two(p + 12, 99, &ok) * 100;
    year += two(p + 14, 99, &ok);
    time = two(p + 17, 23, &ok) * 60;
    time = (time + two(p + 20, 59, &ok)) * 60;
    time += two(p + 23, 60, &ok);
    if (!ok || !month || !day || !day_at(p) || memcmp(p + 3, ", ", 2) != 0 ||
        p[7] != ' ' || p[11] != ' ' || p[16] != ' ' || p[19] != ':' ||
        p[22] != ':' || p[25] != ' ' || low3(p + 26) != LOW3('G', 'M', 'T'))
        return E_SYNTAX;
    c->p = p + sizeof("Sun, 06 Nov 1994 08:49:37 GMT") - 1;
    days = days_of(year, month, day);
    *seconds = days * (24 * 60 * 60) + time;
    return 0;
}
