/* SPDX-License-Identifier: Apache-2.0 */
/* siplock doctor: its steps, and the report of them. */
#include <string.h>

#include "tools/doctor.h"

static const char *const verdicts[] = {"ok", "warn", "fail", "skipped"};

struct doctor_step *doctor_add(struct doctor *d, const char *step,
                               enum doctor_verdict verdict, double ms)
{
    struct doctor_step *s;

    if (d->steps < DOCTOR_STEPS_MAX)
        d->steps++;
    s = &d->step[d->steps - 1];
    json_decref(s->facts);
    *s = (struct doctor_step){.step = step, .verdict = verdict, .ms = ms};
    return s;
}

void doctor_cause(struct doctor *d, struct doctor_step *s,
                  const struct cause *cause)
{
    const char *hint = cause_hint(cause->code);

    s->verdict = DOCTOR_FAIL;
    snprintf(s->text, sizeof(s->text), "%s", cause->text);
    snprintf(s->remedy, sizeof(s->remedy), "%s", hint ? hint : "");
    if (!s->facts)
        s->facts = json_object();
    json_object_set_new(s->facts, "code",
                        json_string(cause_symbol(cause->code)));
    if (!d->first_domain[0])
        snprintf(d->first_domain, sizeof(d->first_domain), "%s",
                 cause_domain_name(cause_domain(cause->code)));
}

/* The worst of them; what was skipped is so because of another one. */
static enum doctor_verdict worst(const struct doctor *d)
{
    enum doctor_verdict v = DOCTOR_OK;

    for (size_t i = 0; i < d->steps; i++)
        if (d->step[i].verdict != DOCTOR_SKIPPED && d->step[i].verdict > v)
            v = d->step[i].verdict;
    return v;
}

static json_t *step_json(const struct doctor_step *s)
{
    return json_pack(
        "{s:s,s:o,s:s,s:f,s:o,s:s,s:O?}", "step", s->step, "subject",
        report_text(s->subject), "verdict", verdicts[s->verdict], "ms", s->ms,
        "text", report_text(s->text), "remedy", s->remedy, "facts", s->facts);
}

static void emit(const struct doctor *d, struct report *r, int code)
{
    json_t *steps = json_array();

    for (size_t i = 0; i < d->steps; i++)
        json_array_append_new(steps, step_json(&d->step[i]));
    report_emit(r, "doctor.report",
                json_pack("{s:s,s:b,s:s,s:i,s:o}", "account",
                          d->file.config.aor ? d->file.config.aor : "",
                          "registered", d->registered, "verdict",
                          verdicts[worst(d)], "exit", code, "steps", steps));
}

/* The questions that were asked, as they are in facts. */
static void print_queries(FILE *out, const json_t *list)
{
    size_t i, k;
    json_t *q, *rec;

    json_array_foreach((json_t *)(uintptr_t)list, i, q)
    {
        json_t *records = json_object_get(q, "records");

        fprintf(out, "          %-5s %s: ",
                json_string_value(json_object_get(q, "type")),
                json_string_value(json_object_get(q, "name")));
        if (!json_array_size(records))
            fprintf(out, "%s",
                    json_string_value(json_object_get(q, "status")));
        json_array_foreach(records, k, rec)
            fprintf(out, "%s%s", k ? "; " : "", json_string_value(rec));
        fprintf(out, " (%.1f ms, TTL %d s)%s\n",
                json_number_value(json_object_get(q, "ms")),
                (int)json_integer_value(json_object_get(q, "ttl")),
                json_is_true(json_object_get(q, "bait"))
                    ? ", never followed: no TLS"
                    : "");
    }
}

/* The race for the registration's flow. */
static void print_race(FILE *out, const json_t *list)
{
    size_t i;
    json_t *c;

    json_array_foreach((json_t *)(uintptr_t)list, i, c)
    {
        const json_t *ms = json_object_get(c, "verified_ms");

        fprintf(out, "          %s begun at %.1f ms, ",
                json_string_value(json_object_get(c, "address")),
                json_number_value(json_object_get(c, "begun_ms")));
        if (ms)
            fprintf(out, "verified at %.1f ms\n", json_number_value(ms));
        else
            fprintf(out, "%s\n",
                    json_string_value(json_object_get(c, "outcome")));
    }
}

static void print_step(FILE *out, const struct doctor_step *s)
{
    fprintf(out, "%-7s  %-10s  %s", verdicts[s->verdict], s->step, s->subject);
    if (s->verdict != DOCTOR_SKIPPED)
        fprintf(out, "  (%.1f ms)", s->ms);
    fprintf(out, "\n          %s\n", s->text);
    if (s->remedy[0])
        fprintf(out, "          what to do: %s\n", s->remedy);
    print_queries(out, json_object_get(s->facts, "queries"));
    print_race(out, json_object_get(s->facts, "connections"));
}

void doctor_report(const struct doctor *d, struct report *r, int code)
{
    if (r->json) {
        emit(d, r, code);
        return;
    }
    fprintf(r->out, "%s\n", d->file.config.aor ? d->file.config.aor : "");
    for (size_t i = 0; i < d->steps; i++)
        print_step(r->out, &d->step[i]);
    fprintf(r->out, "%s\n",
            d->registered ? worst(d) == DOCTOR_OK
                                ? "healthy: the account registers"
                                : "the account registers; see above"
                          : "the account does not register; see above");
    if (fflush(r->out) || ferror(r->out))
        r->failed = true;
}

void doctor_free(struct doctor *d)
{
    for (size_t i = 0; i < d->steps; i++)
        json_decref(d->step[i].facts);
    d->steps = 0;
    if (d->account)
        ua_account_free(d->account, ua_host_now());
    d->account = NULL;
    account_file_free(&d->file);
}
