/* SPDX-License-Identifier: Apache-2.0 */
/* The options that call and answer share. */
#include <stdio.h>
#include <string.h>

#include "sdp/suite.h"
#include "tools/talk.h"

enum { TRANSFER_MS = 2000 };

void talk_options(struct opt opts[TALK_OPTIONS], struct talk_words *w)
{
    const struct opt all[] = {
        {"--account", &w->account, NULL},
        {"--play", &w->play, NULL},
        {"--record", &w->record, NULL},
        {"--loop", NULL, &w->loop},
        {"--dtmf", &w->dtmf, NULL},
        {"--for", &w->for_s, NULL},
        {"--timeout", &w->timeout, NULL},
        {"--expect", &w->expect, NULL},
        {"--log", &w->log, NULL},
        {"--json", NULL, &w->json},
        {"--verbose", NULL, &w->verbose},
        {"--transfer", &w->transfer, NULL},
        {"--transfer-attended", &w->attended, NULL},
        {"--transfer-after", &w->after, NULL},
        {"--accept-transfer", NULL, &w->follow},
        {"--hold-after", &w->hold, NULL},
        {"--resume-after", &w->resume, NULL},
    };

    _Static_assert(sizeof(all) / sizeof(all[0]) == TALK_OPTIONS,
                   "all of them are counted");
    memcpy(opts, all, sizeof(all));
}

FILE *talk_report_to(const struct talk_words *w)
{
    return sink_is_stdout(w->record) ? stderr : stdout;
}

static bool wrong(const char *option, const char *value, const char *what)
{
    fprintf(stderr, "siplock: %s \"%s\": %s\n", option, value, what);
    return false;
}

static bool read_dtmf(struct talk_terms *t, const char *text)
{
    if (text && (strspn(text, "0123456789*#ABCDw") != strlen(text) || !*text ||
                 strlen(text) > TALK_DTMF_MAX))
        return wrong("--dtmf", text, "1 to 64 of 0-9 * # A-D, and w to wait");
    t->dtmf = text;
    return true;
}

/* The names are the library's: in any case for codecs, exact for suites. */
static bool read_codec(struct talk_terms *t, struct slice value)
{
    static const char *const names[] = {"opus", "PCMA", "PCMU"};

    for (int i = 0; i < 3; i++)
        if (slice_ieq(value, slice_cstr(names[i]))) {
            snprintf(t->codec, sizeof(t->codec), "%s", names[i]);
            return true;
        }
    return false;
}

static bool read_suite(struct talk_terms *t, struct slice value)
{
    for (int i = 1; i < (int)SDP_SUITE_COUNT; i++)
        if (slice_eq(value, sdp_suite_name((enum sdp_suite)i))) {
            snprintf(t->suite, sizeof(t->suite), "%.*s", (int)value.n,
                     value.p);
            return true;
        }
    return false;
}

static bool read_expect(struct talk_terms *t, const char *text)
{
    struct slice rest = slice_cstr(text);

    while (rest.n) {
        size_t n = slice_find(rest, ',');
        struct slice item = slice_of(rest.p, n);

        if (!(slice_starts(item, S("codec=")) &&
              read_codec(t, slice_skip(item, 6))) &&
            !(slice_starts(item, S("suite=")) &&
              read_suite(t, slice_skip(item, 6))))
            return wrong("--expect", text,
                         "codec=opus|PCMA|PCMU and suite= with the name of "
                         "an SRTP suite, with a comma between");
        rest = slice_skip(rest, n + 1);
    }
    return true;
}

bool talk_read(struct talk_terms *t, const struct talk_words *w)
{
    *t = (struct talk_terms){.play = w->play,
                             .record = w->record,
                             .loop = w->loop,
                             .transfer =
                                 w->attended ? w->attended : w->transfer,
                             .attended = w->attended != NULL,
                             .follow = w->follow,
                             .transfer_ms = TRANSFER_MS,
                             .for_ms = -1,
                             .ring_ms = -1,
                             .how = {.size = sizeof(t->how)}};
    if (w->for_s && !opts_seconds(&t->for_ms, w->for_s))
        return wrong("--for", w->for_s, "seconds");
    if (w->attended && w->transfer)
        return wrong("--transfer", w->transfer, "and --transfer-attended");
    if (w->after && !opts_seconds(&t->transfer_ms, w->after))
        return wrong("--transfer-after", w->after, "seconds");
    if (w->record && strlen(w->record) >= TALK_NAME_MAX - 16)
        return wrong("--record", w->record, "this name is too long");
    if (session_log_level(w->log) < 0)
        return wrong("--log", w->log, "off, error, warn, info or debug");
    return talk_hold_read(t, w) && read_dtmf(t, w->dtmf) &&
           read_expect(t, w->expect);
}
