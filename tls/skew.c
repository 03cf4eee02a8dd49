/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks that differ. */
#include "tls/skew.h"

#include "sip/date.h"

int64_t tls_skew_of(int64_t date_s, int64_t wall_ms)
{
    return wall_ms / 1000 - date_s;
}

bool tls_skew_counts(int64_t seconds)
{
    return seconds > TLS_SKEW_S || seconds < -TLS_SKEW_S;
}

bool tls_skew_explains(enum cause_code code)
{
    return code == CAUSE_cert_expired || code == CAUSE_cert_ca_expired ||
           code == CAUSE_cert_not_yet_valid;
}

void tls_skew_say(struct out *o, int64_t seconds)
{
    static const struct {
        int64_t from, unit;
        const char *name;
    } row[] = {{172800, 86400, " days "},
               {7200, 3600, " hours "},
               {120, 60, " minutes "},
               {0, 1, " seconds "}};
    int64_t s = seconds < 0 ? -seconds : seconds;
    size_t i = 0;

    while (s < row[i].from)
        i++;
    out_lit(o, "this device's clock is about ");
    out_u64(o, (uint64_t)((s + row[i].unit / 2) / row[i].unit));
    out_put(o, slice_cstr(row[i].name));
    out_put(o, seconds < 0 ? S("behind") : S("ahead of"));
    out_lit(o, " the server's");
}

int64_t tls_skew_http(struct slice head)
{
    while (head.n) {
        size_t n = slice_find(head, '\n');
        struct slice line = slice_trim(slice_of(head.p, n));
        struct cursor c;
        int64_t seconds;

        if (slice_istarts(line, S("date:"))) {
            c = cursor_of(slice_trim(slice_skip(line, 5)));
            return sip_date_take(&c, &seconds) ? 0 : seconds;
        }
        if (n < head.n && (line.n == 0 || slice_eq(line, S("\r"))))
            return 0; /* the head is over */
        head = slice_skip(head, n < head.n ? n + 1 : n);
    }
    return 0;
}
