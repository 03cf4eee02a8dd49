/* SPDX-License-Identifier: Apache-2.0 */
/* Events of calls as JSON lines and for people: names are a contract. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/report.h"

struct bench {
    struct report r;
    char *text;
    size_t n;
};

static void start(struct bench *b, bool json)
{
    memset(b, 0, sizeof(*b));
    report_init(&b->r, open_memstream(&b->text, &b->n), json);
    assert_non_null(b->r.out);
}

static void finish(struct bench *b)
{
    fclose(b->r.out);
    free(b->text);
}

#define STR(lit) ((struct siplock_str){lit, sizeof(lit) - 1})

static struct siplock_event event(int type, uint64_t call)
{
    return (struct siplock_event){.size = sizeof(struct siplock_event),
                                  .type = type,
                                  .call = {call},
                                  .direction = SIPLOCK_DIR_OUT};
}

/* The last line, without its envelope, is exactly this object. */
static void expect(struct bench *b, const char *type, const char *fields)
{
    const char *line = b->text;
    json_t *got, *want = json_loads(fields, 0, NULL);

    for (const char *p = line; (p = strchr(p, '\n')) && p[1]; p++)
        line = p + 1;
    got = json_loads(line, 0, NULL);
    assert_non_null(got);
    assert_non_null(want);
    assert_string_equal(json_string_value(json_object_get(got, "type")), type);
    assert_int_equal(json_integer_value(json_object_get(got, "v")), 1);
    json_object_del(got, "v");
    json_object_del(got, "t");
    json_object_del(got, "seq");
    json_object_del(got, "type");
    if (!json_equal(got, want))
        fail_msg("%s is not %s", line, fields);
    json_decref(got);
    json_decref(want);
}

static void calls_as_json(void **state)
{
    struct siplock_event e = event(SIPLOCK_EVENT_CALL_STATE, 77);
    struct siplock_call_stats stats = {.size = sizeof(stats),
                                       .packets_sent = 1,
                                       .bytes_sent = 2,
                                       .packets_received = 3,
                                       .bytes_received = 4,
                                       .unauthentic = 5,
                                       .malformed = 6,
                                       .early = 7,
                                       .early_dropped = 8,
                                       .late = 9,
                                       .concealed = 10,
                                       .loss_permille = 11,
                                       .remote_loss_permille = 12,
                                       .jitter_ms = 13,
                                       .delay_ms = 14,
                                       .rtt_ms = 15,
                                       .mos = 441,
                                       .setup_ms = -1,
                                       .duration_ms = 17};
    struct bench b;

    (void)state;
    start(&b, true);
    e.state = SIPLOCK_CALL_RINGING;
    e.status = 180;
    e.peer = STR("sip:bob@b");
    report_event(&b.r, "sip:a@b", &e);
    expect(
        &b, "call.state",
        "{\"account\":\"sip:a@b\",\"call\":1,\"dir\":\"out\",\"state\":"
        "\"ringing\",\"status\":180,\"cause\":null,\"peer\":\"sip:bob@b\"}");
    e = event(SIPLOCK_EVENT_CALL_MEDIA, 77);
    e.suite = STR("AEAD_AES_256_GCM");
    e.keying = STR("SDES");
    e.codec = STR("opus");
    e.rate = 48000;
    e.remote = STR("192.0.2.1:4000");
    report_event(&b.r, "sip:a@b", &e);
    expect(&b, "call.media",
           "{\"account\":\"sip:a@b\",\"call\":1,\"suite\":"
           "\"AEAD_AES_256_GCM\",\"keying\":\"SDES\",\"codec\":\"opus\","
           "\"rate\":48000,\"remote\":\"192.0.2.1:4000\"}");
    e = event(SIPLOCK_EVENT_CALL_DTMF, 77);
    e.digit = '#';
    e.digit_ms = 120;
    report_event(&b.r, "sip:a@b", &e);
    expect(&b, "call.dtmf",
           "{\"account\":\"sip:a@b\",\"call\":1,\"digit\":\"#\",\"ms\":120}");
    e = event(SIPLOCK_EVENT_CALL_STATS, 77);
    e.stats = &stats;
    report_event(&b.r, "sip:a@b", &e);
    expect(&b, "call.stats",
           "{\"account\":\"sip:a@b\",\"call\":1,\"packets_sent\":1,"
           "\"bytes_sent\":2,\"packets_received\":3,\"bytes_received\":4,"
           "\"unauthentic\":5,\"malformed\":6,\"early\":7,"
           "\"early_dropped\":8,\"late\":9,\"concealed\":10,"
           "\"loss_permille\":11,\"remote_loss_permille\":12,"
           "\"jitter_ms\":13,\"delay_ms\":14,\"rtt_ms\":15,\"mos\":4.41,"
           "\"setup_ms\":-1,\"duration_ms\":17}");
    assert_non_null(strstr(b.text, "\"mos\":4.41}")); /* no 4.4100000001 */
    e = event(SIPLOCK_EVENT_CALL_ENDED, 77);
    e.status = 486;
    e.cause = report_cause("call", "call_busy", "later", "busy");
    report_event(&b.r, "sip:a@b", &e);
    expect(&b, "call.ended",
           "{\"account\":\"sip:a@b\",\"call\":1,\"status\":486,\"cause\":"
           "{\"domain\":\"call\",\"code\":\"call_busy\",\"text\":\"busy\","
           "\"hint\":\"later\"}}");
    finish(&b);
}

/* Numbers are counted in the run and stay with their calls. */
static void calls_are_numbered(void **state)
{
    struct siplock_event e;
    struct bench b;

    (void)state;
    start(&b, true);
    assert_int_equal(report_call(&b.r, (siplock_call){50}), 1);
    assert_int_equal(report_call(&b.r, (siplock_call){60}), 2);
    assert_int_equal(report_call(&b.r, (siplock_call){50}), 1);
    e = event(SIPLOCK_EVENT_CALL_ENDED, 50);
    report_event(&b.r, "", &e);
    assert_int_equal(report_call(&b.r, (siplock_call){60}), 2);
    assert_int_equal(report_call(&b.r, (siplock_call){50}), 3);
    finish(&b);
}

/* People see one of five statistics, with verbose each. */
static void statistics_for_people(void **state)
{
    struct siplock_event e = event(SIPLOCK_EVENT_CALL_STATS, 1);
    struct bench b;
    unsigned lines = 0;

    (void)state;
    start(&b, false);
    for (int i = 0; i < 10; i++)
        report_event(&b.r, "", &e);
    b.r.verbose = true;
    for (int i = 0; i < 3; i++)
        report_event(&b.r, "", &e);
    for (const char *p = b.text; (p = strstr(p, "call.stats")); p++)
        lines++;
    assert_int_equal(lines, 5);
    finish(&b);
}

/* Not every text is UTF-8, and the line says what it can all the same. */
static void texts_that_are_no_utf8(void **state)
{
    struct bench b;
    struct siplock_cause cause =
        report_cause("config", "config_invalid", "", "b\xc3\xa4r \xff: no");

    (void)state;
    start(&b, true);
    report_error(&b.r, &cause);
    expect(&b, "error",
           "{\"cause\":{\"domain\":\"config\",\"code\":\"config_invalid\","
           "\"text\":\"b??r ?: no\",\"hint\":\"\"}}");
    cause =
        report_cause("config", "config_invalid", "", "b\xc3\xa4r"); /* good */
    report_error(&b.r, &cause);
    expect(&b, "error",
           "{\"cause\":{\"domain\":\"config\",\"code\":\"config_invalid\","
           "\"text\":\"b\xc3\xa4r\",\"hint\":\"\"}}");
    finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_as_json),
        cmocka_unit_test(calls_are_numbered),
        cmocka_unit_test(statistics_for_people),
        cmocka_unit_test(texts_that_are_no_utf8),
    };

    return cmocka_run_group_tests_name("tools_report", tests, NULL, NULL);
}
