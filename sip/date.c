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

/* Three letters out of a list of three-letter names; its index or -1. */
static int take_name(struct cursor *c, struct slice names)
{
    struct slice got;

    if (!cursor_take_n(c, 3, &got))
        return -1;
    for (size_t i = 0; i + 3 <= names.n; i += 3)
        if (low3(got.p) == low3(names.p + i))
            return (int)(i / 3);
    return -1;
}

/* Exactly n digits up to max. */
static bool take_digits(struct cursor *c, size_t n, int max, int *out)
{
    struct slice got;
    uint32_t v;

    if (!cursor_take_n(c, n, &got) || slice_u32(&v, got, (uint32_t)max))
        return false;
    *out = (int)v;
    return true;
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
    int day;
    int month;
    int year;
    int h;
    int m;
    int s;

    if (take_name(c, S("SunMonTueWedThuFriSat")) < 0 ||
        !cursor_take_text(c, S(", ")) || !take_digits(c, 2, 31, &day) ||
        !day || !cursor_take(c, ' '))
        return E_SYNTAX;
    month = take_name(c, S("JanFebMarAprMayJunJulAugSepOctNovDec")) + 1;
    if (!month || !cursor_take(c, ' ') || !take_digits(c, 4, 9999, &year) ||
        !cursor_take(c, ' '))
        return E_SYNTAX;
    if (!take_digits(c, 2, 23, &h) || !cursor_take(c, ':') ||
        !take_digits(c, 2, 59, &m) || !cursor_take(c, ':') ||
        !take_digits(c, 2, 60, &s) || !cursor_itake_text(c, S(" GMT")))
        return E_SYNTAX;
    *seconds = ((days_of(year, month, day) * 24 + h) * 60 + m) * 60 + s;
    return 0;
}
