/* SPDX-License-Identifier: Apache-2.0 */
/* JSON lines with their envelope, and the same lines for people. */
#include "tools/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/report_call.h"
#include "tools/report_usage.h"

void report_init(struct report *r, FILE *out, bool json)
{
    *r = (struct report){.out = out, .json = json};
}

static void print_time(char *text, size_t cap, const char *format)
{
    struct timespec ts;
    struct tm tm;
    char day[40];

    timespec_get(&ts, TIME_UTC);
    if (!gmtime_r(&ts.tv_sec, &tm) || !strftime(day, sizeof(day), format, &tm))
        day[0] = '\0';
    snprintf(text, cap, "%s.%03ldZ", day, ts.tv_nsec / 1000000);
}

/* "key=value" for people; nested objects by their members. */
static void print_member(FILE *out, const char *key, const json_t *value)
{
    const char *k;
    json_t *v;

    switch (json_typeof(value)) {
    case JSON_OBJECT:
        json_object_foreach((json_t *)(uintptr_t)value, k, v)
            print_member(out, k, v);
        break;
    case JSON_STRING:
        if (strpbrk(json_string_value(value), " \t"))
            fprintf(out, " %s=\"%s\"", key, json_string_value(value));
        else
            fprintf(out, " %s=%s", key, json_string_value(value));
        break;
    case JSON_INTEGER:
        fprintf(out, " %s=%" JSON_INTEGER_FORMAT, key,
                json_integer_value(value));
        break;
    case JSON_REAL:
        fprintf(out, " %s=%.3f", key, json_real_value(value));
        break;
    case JSON_TRUE:
        fprintf(out, " %s", key);
        break;
    case JSON_FALSE:
        fprintf(out, " %s=no", key);
        break;
    case JSON_ARRAY:
    case JSON_NULL:
        break;
    }
}

static void print_people(struct report *r, const char *type,
                         const json_t *fields)
{
    const char *key;
    char t[48];
    json_t *value;

    print_time(t, sizeof(t), "%H:%M:%S");
    fprintf(r->out, "%s %s", t, type);
    json_object_foreach((json_t *)(uintptr_t)fields, key, value)
        print_member(r->out, key, value);
    fputc('\n', r->out);
}

static void print_json(struct report *r, const char *type, json_t *fields)
{
    char t[48];
    json_t *line;

    print_time(t, sizeof(t), "%Y-%m-%dT%H:%M:%S");
    line = json_pack("{s:i,s:s,s:I,s:s}", "v", 1, "t", t, "seq",
                     (json_int_t)r->seq, "type", type);
    if (!line || json_object_update(line, fields) ||
        json_dumpf(line, r->out, JSON_COMPACT | JSON_REAL_PRECISION(6)))
        r->failed = true;
    fputc('\n', r->out);
    json_decref(line);
}

void report_emit(struct report *r, const char *type, json_t *fields)
{
    r->seq++;
    if (!fields)
        fields = json_object();
    if (!fields) {
        r->failed = true;
        return;
    }
    if (r->json)
        print_json(r, type, fields);
    else
        print_people(r, type, fields);
    json_decref(fields);
    if (fflush(r->out) || ferror(r->out))
        r->failed = true;
}

void report_hello(struct report *r, const char *level)
{
    report_emit(
        r, "hello",
        json_pack("{s:s,s:s}", "version", siplock_version(), "level", level));
}

json_t *report_text(const char *text)
{
    json_t *j = json_string(text);
    char *ascii;

    if (j)
        return j;
    ascii = strdup(text);
    for (char *p = ascii; p && *p; p++)
        if ((unsigned char)*p > 0x7e || (unsigned char)*p < 0x20)
            *p = '?';
    j = ascii ? json_string(ascii) : NULL;
    free(ascii);
    return j;
}

json_t *report_cause_json(const struct siplock_cause *c)
{
    if (!c->domain)
        return json_null();
    return json_pack("{s:s,s:s,s:o,s:s}", "domain", c->domain, "code",
                     c->code ? c->code : "internal", "text",
                     report_text(c->text), "hint", c->hint ? c->hint : "");
}

void report_error(struct report *r, const struct siplock_cause *cause)
{
    report_emit(r, "error",
                json_pack("{s:o}", "cause", report_cause_json(cause)));
}

struct siplock_cause report_cause(const char *domain, const char *code,
                                  const char *hint, const char *text)
{
    struct siplock_cause c = {
        .size = sizeof(c), .domain = domain, .code = code, .hint = hint};

    snprintf(c.text, sizeof(c.text), "%s", text);
    return c;
}

void report_refused(struct report *r, const char *account,
                    const struct siplock_cause *c)
{
    if (!c->domain || strcmp(c->domain, "policy") != 0)
        return;
    report_emit(r, "policy.refused",
                json_pack("{s:s,s:s,s:s,s:s,s:i,s:o}", "account", account,
                          "why", c->code ? c->code : "", "asked_by",
                          c->asked_by ? c->asked_by : "", "remedy",
                          c->hint ? c->hint : "", "bytes_sent", 0, "cause",
                          report_cause_json(c)));
}

/* Only of a second flow: most accounts have one. */
static void set_reg_id(json_t *o, const struct siplock_event *e)
{
    if (o && e->reg_id > 1)
        json_object_set_new(o, "reg_id", json_integer(e->reg_id));
}

static void emit_register(struct report *r, const char *account,
                          const struct siplock_event *e)
{
    static const char *const names[] = {"", "trying", "registered", "failed",
                                        "ended"};
    json_t *o =
        json_pack("{s:s,s:s,s:i,s:I,s:o}", "account", account, "state",
                  e->state >= 1 && e->state <= 4 ? names[e->state] : "unknown",
                  "status", (int)e->status, "expires", (json_int_t)e->expires,
                  "cause", report_cause_json(&e->cause));

    set_reg_id(o, e);
    if (o && e->state == SIPLOCK_REGISTER_FAILED)
        json_object_set_new(o, "retry_ms", json_integer(e->retry_ms));
    report_emit(r, "register.state", o);
}

static void set_str(json_t *o, const char *key, struct siplock_str s)
{
    if (o && s.n)
        json_object_set_new(o, key, json_stringn_nocheck(s.p, s.n));
}

static void emit_flow(struct report *r, const char *account,
                      const struct siplock_event *e)
{
    static const char *const names[] = {"", "resolving", "connecting", "up",
                                        "down"};
    json_t *o =
        json_pack("{s:s,s:s,s:o}", "account", account, "state",
                  e->state >= 1 && e->state <= 4 ? names[e->state] : "unknown",
                  "cause", report_cause_json(&e->cause));

    set_reg_id(o, e);
    set_str(o, "remote", e->remote);
    set_str(o, "name", e->name);
    set_str(o, "tls", e->tls);
    set_str(o, "suite", e->suite);
    if (o && e->state == SIPLOCK_FLOW_UP)
        json_object_set_new(o, "resumed", json_boolean(e->resumed));
    report_emit(r, "flow.state", o);
}

static void emit_refused(struct report *r, const char *account,
                         const struct siplock_event *e)
{
    report_emit(r, "policy.refused",
                json_pack("{s:s,s:s,s:s,s:s,s:I,s:o}", "account", account,
                          "why", e->why ? e->why : "", "asked_by",
                          e->asked_by ? e->asked_by : "", "remedy",
                          e->remedy ? e->remedy : "", "bytes_sent",
                          (json_int_t)e->bytes_sent, "cause",
                          report_cause_json(&e->cause)));
}

static void emit_notice(struct report *r, const char *account,
                        const struct siplock_event *e)
{
    json_t *o = json_pack("{s:s,s:s}", "account", account, "notice",
                          e->notice ? e->notice : "");

    set_str(o, "remote", e->remote);
    if (e->seconds)
        json_object_set_new(o, "seconds", json_integer(e->seconds));
    report_emit(r, "notice", o);
}

void report_event(struct report *r, const char *account,
                  const struct siplock_event *e)
{
    switch (e->type) {
    case SIPLOCK_EVENT_REGISTER_STATE:
        emit_register(r, account, e);
        break;
    case SIPLOCK_EVENT_FLOW_STATE:
        emit_flow(r, account, e);
        break;
    case SIPLOCK_EVENT_POLICY_REFUSED:
        emit_refused(r, account, e);
        break;
    case SIPLOCK_EVENT_NOTICE:
        emit_notice(r, account, e);
        break;
    default:
        if (!report_call_event(r, account, e) &&
            !report_usage_event(r, account, e))
            report_error(r, &e->cause);
        break;
    }
}
