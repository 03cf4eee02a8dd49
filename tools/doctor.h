/* SPDX-License-Identifier: Apache-2.0 */
/* siplock doctor: what stands between an account and its registration. */
#ifndef TOOLS_DOCTOR_H
#define TOOLS_DOCTOR_H

#include <jansson.h>

#include "sip/base/cause.h"
#include "tls/addr.h"
#include "tools/account.h"
#include "tools/report.h"
#include "ua/account.h"
#include "ua/host.h"

enum {
    DOCTOR_STEPS_MAX = 40,
    DOCTOR_ADDRS_MAX = 8, /* that are looked at */
    DOCTOR_TEXT_MAX = 640,
    DOCTOR_SUBJECT_MAX = 320
};

enum doctor_verdict {
    DOCTOR_OK,
    DOCTOR_WARN,
    DOCTOR_FAIL,
    DOCTOR_SKIPPED /* something before it failed */
};

/* One line of the report. */
struct doctor_step {
    const char *step; /* "dns", "reach", "tls", "register", "unregister" */
    enum doctor_verdict verdict;
    double ms; /* that it took */
    char subject[DOCTOR_SUBJECT_MAX];
    char text[DOCTOR_TEXT_MAX];   /* a sentence */
    char remedy[DOCTOR_TEXT_MAX]; /* "" if there is nothing to do */
    json_t *facts;                /* an object; NULL: none. Owned */
};

struct doctor {
    struct account_file file;
    struct ua_host host;
    struct ua_account *account; /* parsed as the library does */
    struct doctor_step step[DOCTOR_STEPS_MAX];
    size_t steps;
    struct tls_addr addr[DOCTOR_ADDRS_MAX]; /* in the order of trying */
    unsigned edge[DOCTOR_ADDRS_MAX];        /* whose each one is, an index */
    size_t naddr;
    bool reached[DOCTOR_ADDRS_MAX];
    bool clock_known;      /* of this device against a server's: */
    int64_t clock_s;       /* seconds that it is ahead */
    char first_domain[32]; /* of the cause that decides; "": none yet */
    bool registered;
};

/* A step that took so long; the last one is given again when there is no
 * room. */
struct doctor_step *doctor_add(struct doctor *d, const char *step,
                               enum doctor_verdict verdict, double ms);
/* The sentence and remedy of a cause; it decides if it is the first. */
void doctor_cause(struct doctor *d, struct doctor_step *s,
                  const struct cause *cause);
/* Milliseconds of a monotonic clock. */
double doctor_now(void);

/* The stages, each with its steps. */
void doctor_dns(struct doctor *d);
void doctor_reach(struct doctor *d);
bool doctor_tls(struct doctor *d); /* one of them is verified */
void doctor_register(struct doctor *d);
/* What was learnt of the clock by the way; a line only if it is wrong. */
void doctor_clock(struct doctor *d);

/* doctor.report as JSON, or a page. code: the exit code. */
void doctor_report(const struct doctor *d, struct report *r, int code);
void doctor_free(struct doctor *d);

#endif
