/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates in words: who, when, and which fault is the gravest. */
#include "tls/engine_say.h"

#include <mbedtls/x509_crt.h>
#include <string.h>

enum { DN_MAX = 120 };

void tls_say_dn(struct out *o, const mbedtls_x509_name *dn)
{
    char text[DN_MAX];
    int n = mbedtls_x509_dn_gets(text, sizeof(text), dn);

    out_char(o, '"');
    out_put(o, n >= 0 ? slice_of(text, (size_t)n) : S("a long name"));
    out_char(o, '"');
}

static void put_2(struct out *o, int v)
{
    out_char(o, (char)('0' + v / 10 % 10));
    out_char(o, (char)('0' + v % 10));
}

/* "2026-11-23 21:00:00 UTC" */
void tls_say_time(struct out *o, const mbedtls_x509_time *t)
{
    out_u64(o, (uint64_t)t->year);
    out_char(o, '-');
    put_2(o, t->mon);
    out_char(o, '-');
    put_2(o, t->day);
    out_char(o, ' ');
    put_2(o, t->hour);
    out_char(o, ':');
    put_2(o, t->min);
    out_char(o, ':');
    put_2(o, t->sec);
    out_lit(o, " UTC");
}

static bool is_anchor(const struct tls_verify *v, const mbedtls_x509_crt *crt)
{
    for (const mbedtls_x509_crt *a = v->anchors; a; a = a->next)
        if (a == crt)
            return true;
    return false;
}

void tls_say_who(struct out *o, const struct tls_verify *v,
                 const mbedtls_x509_crt *crt, int depth)
{
    if (depth == 0)
        out_lit(o, "the server's own certificate ");
    else if (is_anchor(v, crt))
        out_lit(o, "the trust anchor ");
    else
        out_lit(o, "the intermediate certificate ");
    tls_say_dn(o, &crt->subject);
}

/* Keeps the gravest of all causes. */
void tls_blame(struct tls_verify *v, enum tls_rank rank, enum cause_code code,
               const struct out *facts)
{
    if ((unsigned)rank <= v->rank)
        return;
    v->rank = rank;
    cause_set_facts(&v->cause, code, out_slice(facts));
}

bool tls_same_buf(const mbedtls_x509_buf *a, const mbedtls_x509_buf *b)
{
    return a->len && slice_eq(slice_of(a->p, a->len), slice_of(b->p, b->len));
}

/* Days since 1970 of a Gregorian date, by counting eras of 400 years. */
static int64_t days_of(int64_t y, int64_t m, int64_t d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year = y - era * 400;
    int64_t day = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;

    return era * 146097 + year * 365 + year / 4 - year / 100 + day - 719468;
}

int64_t tls_ms_of(const mbedtls_x509_time *t)
{
    int64_t s = days_of(t->year, t->mon, t->day) * 86400 +
                (int64_t)t->hour * 3600 + t->min * 60 + t->sec;

    return s * 1000;
}
