/* SPDX-License-Identifier: Apache-2.0 */
/* What siplock tls found: one JSON line, or a page for people. */
#include "tools/tls_report.h"

#include <stdlib.h>
#include <string.h>

#include "tls/skew.h"
#include "tools/report_call.h"
#include "tools/tls_view.h"

static void put_address(char *text, size_t cap, const struct tls_probe *p)
{
    struct out o = out_of(text, cap);

    tls_addr_put(&o, &p->address);
    (void)out_cstr(&o);
    if (!p->address.port)
        text[0] = '\0';
}

static json_t *cause_of(const struct tls_probe *p)
{
    enum cause_code code = p->cause.code;

    if (code == CAUSE_none)
        return json_null();
    return json_pack(
        "{s:s,s:s,s:s,s:s}", "domain", cause_domain_name(cause_domain(code)),
        "code",
        p->cause.refusal
            ? policy_refusal((enum policy_why)p->cause.refusal)->symbol
            : cause_symbol(code),
        "text", p->cause.text, "hint", cause_hint(code));
}

/* What was tolerated or is not the default. */
static json_t *notes_of(const struct tls_probe *p)
{
    const struct tls_facts *f = &p->facts;
    json_t *list = json_array();

    if (p->ask->trust.names)
        json_array_append_new(list, json_string("names_not_default"));
    if (p->ask->trust.trust_pins)
        json_array_append_new(list, json_string("trust_pins"));
    if (p->ask->trust.pins == 1)
        json_array_append_new(list, json_string("pin_without_backup"));
    if (!p->done)
        return list;
    if (f->disorder)
        json_array_append_new(list, json_string("chain_disorder"));
    if (f->extra)
        json_array_append_new(list, json_string("chain_extra"));
    if (f->pins_expired)
        json_array_append_new(list, json_string("pins_expired"));
    if (f->pin > 0)
        json_array_append_new(list, json_string("pin_backup_used"));
    return list;
}

static json_t *tls_of(const struct tls_probe *p)
{
    const struct tls_facts *f = &p->facts;

    if (!p->done)
        return json_null();
    return json_pack("{s:s,s:s,s:s,s:s,s:i,s:i,s:i}", "version", f->version,
                     "suite", f->suite, "name", f->name, "match",
                     tls_name_verdict_text(f->match), "path", (int)f->chain,
                     "sent", (int)f->sent, "extra", (int)f->extra);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

/* The median of what connections of a kind took. */
static json_int_t cpu_of(const struct tls_probe *p, bool resumed)
{
    static int64_t us[PROBE_REPEAT];
    unsigned n = resumed ? p->resumed : p->done - p->resumed;

    memcpy(us, p->cpu_us[resumed], n * sizeof(us[0]));
    qsort(us, n, sizeof(us[0]), by_value);
    return n ? (json_int_t)us[n / 2] : 0;
}

/* By what a web server said of the time. */
static json_t *clock_of(const struct tls_probe *p)
{
    return p->cause.date
               ? json_integer(tls_skew_of(p->cause.date, ua_host_now().wall))
               : json_null();
}

static json_t *build(const struct tls_probe *p, int code)
{
    char address[TLS_ADDR_TEXT_MAX];

    put_address(address, sizeof(address), p);
    return json_pack(
        "{s:o,s:s,s:o,s:b,s:i,s:o,s:o,s:o,s:o,s:o,s:o,s:i,s:i,s:I,s:I,s:I,"
        "s:o}",
        "host", report_text(p->ask->host), "address", address, "wanted",
        report_text(p->ask->domain), "sip_would_be_sent", p->up, "exit", code,
        "cause", cause_of(p), "tls", tls_of(p), "chain", tls_view_chain(p),
        "life", tls_view_life(p), "platforms", tls_view_platforms(p), "notes",
        notes_of(p), "connections", (int)p->done, "resumed", (int)p->resumed,
        "setup_us", (json_int_t)p->setup_us, "cpu_full_us", cpu_of(p, false),
        "cpu_resumed_us", cpu_of(p, true), "clock_error_s", clock_of(p));
}

/* --------------------------------------------------------------- people */

static const char *text_at(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? s : "";
}

static void print_list(FILE *out, const char *label, const json_t *list)
{
    size_t i;
    const json_t *v;

    if (!json_array_size(list))
        return;
    fprintf(out, "     %s", label);
    json_array_foreach((json_t *)(uintptr_t)list, i, v)
        fprintf(out, "%s%s", i ? ", " : "", json_string_value(v));
    fputc('\n', out);
}

static void print_chain(FILE *out, const json_t *chain)
{
    size_t i;
    const json_t *c;

    json_array_foreach((json_t *)(uintptr_t)chain, i, c)
    {
        fprintf(out, "  %zu. %s\n", i + 1, text_at(c, "subject"));
        fprintf(out, "     issued by %s%s\n", text_at(c, "issuer"),
                json_is_true(json_object_get(c, "self_signed")) ? " (itself)"
                                                                : "");
        fprintf(out, "     valid from %s to %s\n", text_at(c, "not_before"),
                text_at(c, "not_after"));
        fprintf(out, "     key %s, signed with %s\n", text_at(c, "key"),
                text_at(c, "signature"));
        print_list(out, "names ", json_object_get(c, "san"));
        print_list(out, "usage ", json_object_get(c, "usage"));
        fprintf(out, "     pin %s\n", text_at(c, "pin"));
    }
}

static void print_platforms(FILE *out, const json_t *platforms)
{
    const char *name;
    json_t *v, *why;
    size_t i;

    json_object_foreach((json_t *)(uintptr_t)platforms, name, v)
    {
        fprintf(out, "%-8s %s\n", name,
                json_is_true(json_object_get(v, "ok")) ? "takes it"
                                                       : "refuses it");
        json_array_foreach(json_object_get(v, "why"), i, why)
            fprintf(out, "         - %s\n", json_string_value(why));
    }
}

static void print_page(FILE *out, const struct tls_probe *p, const json_t *o)
{
    const json_t *life = json_object_get(o, "life");

    fprintf(out, "%s at %s, for the name %s\n", p->ask->host,
            *text_at(o, "address") ? text_at(o, "address") : "no address",
            p->ask->domain);
    if (p->done)
        fprintf(out, "%s with %s\n", p->facts.version, p->facts.suite);
    if (json_array_size(json_object_get(o, "chain")))
        fputs("the server shows\n", out);
    print_chain(out, json_object_get(o, "chain"));
    if (json_is_object(life))
        fprintf(out, "%d of %d days are left (%.0f %%)\n",
                (int)json_integer_value(json_object_get(life, "days_left")),
                (int)json_integer_value(json_object_get(life, "days")),
                100 * json_real_value(json_object_get(life, "share_left")));
    print_platforms(out, json_object_get(o, "platforms"));
    print_list(out, "noted: ", json_object_get(o, "notes"));
    if (p->ask->repeat > 1)
        fprintf(out, "%u connections, %u of them resumed\n", p->done,
                p->resumed);
    if (p->cause.code == CAUSE_none) {
        fputs("good: SIP would be sent here\n", out);
        return;
    }
    fprintf(out, "refused: %s\nwhat to do: %s\n", p->cause.text,
            cause_hint(p->cause.code));
}

void tls_report(struct report *r, const struct tls_probe *p, int code)
{
    json_t *o = build(p, code);

    if (r->json) {
        report_hello(
            r, policy_level_name((enum policy_level)p->ask->trust.level));
        report_emit(r, "tls.report", o);
        return;
    }
    print_page(r->out, p, o);
    json_decref(o);
}
