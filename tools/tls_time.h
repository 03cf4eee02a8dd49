/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate's time as a number. */
#ifndef TOOLS_TLS_TIME_H
#define TOOLS_TLS_TIME_H

#include <mbedtls/x509.h>
#include <stdint.h>
#include <time.h>

/* Seconds since 1970. */
static inline int64_t tls_time_s(const mbedtls_x509_time *t)
{
    struct tm tm = {.tm_year = t->year - 1900,
                    .tm_mon = t->mon - 1,
                    .tm_mday = t->day,
                    .tm_hour = t->hour,
                    .tm_min = t->min,
                    .tm_sec = t->sec};

    return (int64_t)timegm(&tm);
}

#endif
