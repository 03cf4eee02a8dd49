/* SPDX-License-Identifier: Apache-2.0 */
/* siplock doctor and load: the layout of their reports, names of a pattern. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/doctor.h"
#include "tools/load.h"

static struct doctor d;

/* What three stages may have said. */
static void fill(bool well)
{
    struct doctor_step *s;
    struct cause cause;

    memset(&d, 0, sizeof(d));
    d.file.config.aor = "sip:alice@example.test";
    s = doctor_add(&d, "dns", DOCTOR_OK, 1.25);
    snprintf(s->subject, sizeof(s->subject), "example.test");
    snprintf(s->text, sizeof(s->text), "tried in this order: 192.0.2.1:5061");
    s->facts = json_pack(
        "{s:[{s:s,s:s,s:s,s:f,s:i,s:b,s:[s]},{s:s,s:s,s:s,s:f,s:i,s:b,s:[]}]}",
        "queries", "type", "SRV", "name", "_sip._udp.example.test", "status",
        "records", "ms", 2.5, "ttl", 60, "bait", 1, "records",
        "1 10 5060 a.test", "type", "A", "name", "example.test", "status",
        "no such record", "ms", 0.5, "ttl", 0, "bait", 0, "records");
    s = doctor_add(&d, "tls", DOCTOR_OK, 3);
    snprintf(s->subject, sizeof(s->subject), "192.0.2.1:5061");
    if (well) {
        s->verdict = DOCTOR_WARN;
        snprintf(s->text, sizeof(s->text), "verified");
        snprintf(s->remedy, sizeof(s->remedy), "renew it");
        d.registered = true;
        return;
    }
    cause_set(&cause, CAUSE_cert_expired);
    doctor_cause(&d, s, &cause);
    cause_set(&cause, CAUSE_dns_server);
    s = doctor_add(&d, "register", DOCTOR_SKIPPED, 0);
    snprintf(s->text, sizeof(s->text), "not verified");
}

/* The report as text; free it. */
static char *told(bool json, int code)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    struct report r;

    assert_non_null(f);
    report_init(&r, f, json);
    doctor_report(&d, &r, code);
    assert_false(r.failed);
    assert_int_equal(fclose(f), 0);
    return text;
}

static void test_people(void **state)
{
    char *text;

    (void)state;
    fill(true);
    text = told(false, 0);
    assert_string_equal(
        text,
        "sip:alice@example.test\n"
        "ok       dns         example.test  (1.2 ms)\n"
        "          tried in this order: 192.0.2.1:5061\n"
        "          SRV   _sip._udp.example.test: 1 10 5060 a.test (2.5 ms, "
        "TTL 60 s), never followed: no TLS\n"
        "          A     example.test: no such record (0.5 ms, TTL 0 s)\n"
        "warn     tls         192.0.2.1:5061  (3.0 ms)\n"
        "          verified\n"
        "          what to do: renew it\n"
        "the account registers; see above\n");
    free(text);
    doctor_free(&d);
    fill(false);
    text = told(false, 6);
    assert_non_null(strstr(text, "fail     tls         192.0.2.1:5061"));
    assert_non_null(strstr(text, cause_sentence(CAUSE_cert_expired)));
    assert_non_null(strstr(text, "skipped  register"));
    assert_non_null(strstr(text, "the account does not register"));
    free(text);
    doctor_free(&d);
}

static const char *at(const json_t *o, size_t i, const char *key)
{
    const char *s = json_string_value(
        json_object_get(json_array_get(json_object_get(o, "steps"), i), key));

    return s ? s : "";
}

static void test_json(void **state)
{
    char *text;
    json_t *o, *facts;

    (void)state;
    fill(false);
    text = told(true, 6);
    o = json_loads(text, 0, NULL);
    assert_non_null(o);
    assert_string_equal(json_string_value(json_object_get(o, "type")),
                        "doctor.report");
    assert_string_equal(json_string_value(json_object_get(o, "verdict")),
                        "fail");
    assert_int_equal(json_integer_value(json_object_get(o, "exit")), 6);
    assert_true(json_is_false(json_object_get(o, "registered")));
    assert_int_equal(json_array_size(json_object_get(o, "steps")), 3);
    assert_string_equal(at(o, 0, "step"), "dns");
    assert_string_equal(at(o, 1, "verdict"), "fail");
    assert_string_equal(at(o, 1, "text"), cause_sentence(CAUSE_cert_expired));
    assert_string_equal(at(o, 1, "remedy"), cause_hint(CAUSE_cert_expired));
    assert_string_equal(at(o, 2, "verdict"), "skipped");
    facts = json_object_get(json_array_get(json_object_get(o, "steps"), 1),
                            "facts");
    assert_string_equal(json_string_value(json_object_get(facts, "code")),
                        "cert_expired");
    json_decref(o);
    free(text);
    assert_string_equal(d.first_domain, "certificate");
    doctor_free(&d);
}

/* More steps than there is room for do not end anywhere else. */
static void test_full(void **state)
{
    (void)state;
    memset(&d, 0, sizeof(d));
    for (int i = 0; i < 2 * DOCTOR_STEPS_MAX; i++)
        doctor_add(&d, "tls", DOCTOR_OK, i)->facts = json_object();
    assert_int_equal(d.steps, DOCTOR_STEPS_MAX);
    doctor_free(&d);
}

static void test_pattern(void **state)
{
    struct siplock_account_config c = {.aor = "sip:load-%d@example.test"};
    static const struct siplock_ha1 ha1 = {.size = sizeof(ha1)};
    char text[LOAD_TEXT_MAX], longer[LOAD_TEXT_MAX + 1];

    (void)state;
    assert_true(load_name(text, c.aor, 17));
    assert_string_equal(text, "sip:load-17@example.test");
    assert_true(load_name(text, "alice", 17));
    assert_string_equal(text, "alice");
    memset(longer, 'a', LOAD_TEXT_MAX);
    longer[LOAD_TEXT_MAX] = '\0';
    assert_false(load_name(text, longer, 1));
    assert_null(load_pattern_fault(&c));
    c.ha1 = &ha1;
    assert_non_null(load_pattern_fault(&c));
    c.ha1 = NULL;
    c.aor = "sip:load@example.test";
    assert_non_null(load_pattern_fault(&c));
    c.aor = "sip:%d@%d.example.test";
    assert_non_null(load_pattern_fault(&c));
}

/* The slope between a quarter and all, and what nobody knows. */
static void test_load_report(void **state)
{
    struct load l = {.accounts = 40,
                     .registered = 40,
                     .taken_back = 40,
                     .registering_us = 2000000,
                     .registering_cpu = 80000,
                     .idle_us = 30000000,
                     .woken = 5};
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    json_t *o;

    (void)state;
    l.quarter = (struct figures){.heap = 100000, .resident = -1};
    l.all = (struct figures){.heap = 400000, .resident = -1};
    l.idle_from = (struct figures){.bytes = 1000};
    l.idle_to = (struct figures){.bytes = 3000};
    report_init(&l.report, f, true);
    load_report(&l);
    fclose(f);
    o = json_loads(text, 0, NULL);
    assert_non_null(o);
#define NUM(key) json_number_value(json_object_get(o, key))
    assert_int_equal(NUM("per_second"), 20);
    assert_int_equal(NUM("cpu_us_account"), 2000);
    assert_int_equal(NUM("heap_account"), 10000);
    assert_int_equal(NUM("wakeups_minute"), 10);
    assert_int_equal(NUM("bytes_minute"), 4000);
    assert_true(json_is_null(json_object_get(o, "resident_account")));
    json_decref(o);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_people),      cmocka_unit_test(test_json),
        cmocka_unit_test(test_full),        cmocka_unit_test(test_pattern),
        cmocka_unit_test(test_load_report),
    };

    return cmocka_run_group_tests_name("tools/doctor", tests, NULL, NULL);
}
