/* SPDX-License-Identifier: Apache-2.0 */
/* siplock load: account names of a pattern, and the page of figures. */
#include <string.h>

#include "tools/load.h"

bool load_name(char text[LOAD_TEXT_MAX], const char *pattern, unsigned n)
{
    const char *at = strstr(pattern, "%d");
    int len;

    if (!at)
        len = snprintf(text, LOAD_TEXT_MAX, "%s", pattern);
    else
        len = snprintf(text, LOAD_TEXT_MAX, "%.*s%u%s", (int)(at - pattern),
                       pattern, n, at + 2);
    return len > 0 && len < LOAD_TEXT_MAX;
}

const char *load_pattern_fault(const struct siplock_account_config *config)
{
    const char *at = strstr(config->aor, "%d");

    if (!at || strstr(at + 2, "%d"))
        return "\"aor\" needs one %d, where the account's number goes: "
               "\"sip:load-%d@example.com\"";
    if (config->ha1)
        return "\"ha1\" is of one user name; give \"password_file\", which "
               "all accounts share";
    return NULL;
}

/* A figure that may not be known. */
static json_t *number(double v)
{
    return v < 0 ? json_null() : json_real(v);
}

static double a_minute(double n, uint64_t us)
{
    return us && n >= 0 ? n * 60e6 / (double)us : -1;
}

static double a_second(unsigned n, uint64_t us)
{
    return us ? n * 1e6 / (double)us : -1;
}

struct rates {
    double per_second, cpu_us, heap, resident, wakeups, bytes;
};

/* Memory is the slope, so that what all accounts share is not in it. */
static struct rates rates_of(const struct load *l)
{
    unsigned more = l->accounts - l->accounts / 4;
    const struct figures *a = &l->idle_from, *b = &l->idle_to;
    double bytes = figures_each(a->bytes, b->bytes, 1);

    return (struct rates){
        .per_second = a_second(l->registered, l->registering_us),
        .cpu_us = l->registered
                      ? (double)l->registering_cpu / (double)l->registered
                      : -1,
        .heap = figures_each(l->quarter.heap, l->all.heap, more),
        .resident = figures_each(l->quarter.resident, l->all.resident, more),
        .wakeups = a_minute((double)l->woken, l->idle_us),
        .bytes = a_minute(bytes, l->idle_us),
    };
}

static void line(FILE *out, const char *what, const char *format, double v)
{
    fprintf(out, "%-34s ", what);
    if (v < 0)
        fputs("not known here", out);
    else
        fprintf(out, format, v);
    fputc('\n', out);
}

static void print_page(const struct load *l, const struct rates *r)
{
    FILE *out = l->report.out;

    fprintf(out, "%u of %u accounts registered, %u taken back, %s\n",
            l->registered, l->accounts, l->taken_back,
            l->shared ? "over a flow that they share"
                      : "each over a flow of its own");
    line(out, "time to register all", "%.2f s",
         (double)l->registering_us / 1e6);
    line(out, "registrations a second", "%.0f", r->per_second);
    line(out, "CPU of an account until registered", "%.0f us", r->cpu_us);
    line(out, "heap of an account, idle", "%.1f KiB", r->heap / 1024);
    line(out, "resident memory of an account", "%.1f KiB", r->resident / 1024);
    line(out, "idle for", "%.0f s", (double)l->idle_us / 1e6);
    line(out, "wake-ups of the loop a minute", "%.0f", r->wakeups);
    line(out, "bytes a minute, both ways", "%.0f", r->bytes);
    line(out, "the same of an account", "%.0f",
         r->bytes < 0 ? -1 : r->bytes / l->accounts);
    if (l->failures || l->lost)
        fprintf(out,
                "%u attempts failed, %u registrations were lost while "
                "idle\n",
                l->failures, l->lost);
}

void load_report(struct load *l)
{
    const struct rates r = rates_of(l);

    if (!l->report.json) {
        print_page(l, &r);
        return;
    }
    report_emit(
        &l->report, "load.report",
        json_pack(
            "{s:i,s:b,s:i,s:i,s:i,s:i,s:f,s:o,s:o,s:o,s:o,s:f,s:o,s:o,s:i}",
            "accounts", (int)l->accounts, "shared", (int)l->shared,
            "registered", (int)l->registered, "taken_back", (int)l->taken_back,
            "attempts_failed", (int)l->failures, "lost", (int)l->lost,
            "register_ms", (double)l->registering_us / 1e3, "per_second",
            number(r.per_second), "cpu_us_account", number(r.cpu_us),
            "heap_account", number(r.heap), "resident_account",
            number(r.resident), "idle_ms", (double)l->idle_us / 1e3,
            "wakeups_minute", number(r.wakeups), "bytes_minute",
            number(r.bytes), "exit", l->code));
}
