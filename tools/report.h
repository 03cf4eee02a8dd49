/* SPDX-License-Identifier: Apache-2.0 */
/* What the client prints: JSON lines, or the same for people. */
#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "ua/siplock.h"

enum { REPORT_CALLS_MAX = 1024, REPORT_STATS_EACH = 5 };

/* One per process run; not shared between threads. */
struct report {
    FILE *out;
    bool json;
    bool verbose; /* people get each second's statistics, not each fifth */
    unsigned long long seq;
    bool failed;                     /* stdout could not be written */
    uint64_t call[REPORT_CALLS_MAX]; /* ids of those that have not ended */
    unsigned number[REPORT_CALLS_MAX];
    unsigned calls;   /* in the lists */
    unsigned counted; /* in this run */
    unsigned stats;   /* events of them */
};

void report_init(struct report *r, FILE *out, bool json);

/* The first line: hello{version,level}. */
void report_hello(struct report *r, const char *level);

/* One event; steals fields (NULL: a member could not be made). */
void report_emit(struct report *r, const char *type, json_t *fields);

/* What need not be UTF-8, as JSON must be: names of files, words that were
 * given, a text that was cut. NULL: without memory. */
json_t *report_text(const char *text);

/* error{cause}. */
void report_error(struct report *r, const struct siplock_cause *cause);

/* policy.refused for what was refused before anything was sent; nothing if
 * the cause is another one. */
void report_refused(struct report *r, const char *account,
                    const struct siplock_cause *cause);

/* The library's event under its contract's name; account is the AoR. */
void report_event(struct report *r, const char *account,
                  const struct siplock_event *event);

/* A call's number in this run: 1, 2, … as they are first asked for. */
unsigned report_call(struct report *r, siplock_call call);

/* A cause made by the tool itself. */
struct siplock_cause report_cause(const char *domain, const char *code,
                                  const char *hint, const char *text);

#endif
