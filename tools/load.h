/* SPDX-License-Identifier: Apache-2.0 */
/* siplock load: many accounts from one process, and what they cost. */
#ifndef TOOLS_LOAD_H
#define TOOLS_LOAD_H

#include <uv.h>

#include "tools/account.h"
#include "tools/figures.h"
#include "tools/report.h"

enum { LOAD_ACCOUNTS_MAX = 12000, LOAD_TEXT_MAX = 256 };

/* One account of the run. */
struct load_one {
    siplock_account id;
    bool registered; /* once, at least */
    bool ended;
};

enum load_phase {
    LOAD_FIRST,   /* a quarter registers */
    LOAD_SETTLE,  /* it comes to rest */
    LOAD_REST,    /* all others register */
    LOAD_SETTLE2, /* they come to rest */
    LOAD_IDLE,    /* wake-ups and bytes are counted */
    LOAD_BACK,    /* all are taken back */
    LOAD_DONE
};

struct load {
    /* As asked. */
    unsigned accounts;
    unsigned at_once; /* registrations under way */
    bool shared;      /* one flow for as many as may be on it */
    const char *edge; /* HOST:PORT; NULL: as the account file says */
    char edge_uri[LOAD_TEXT_MAX];
    long long for_ms, settle_ms, timeout_ms;
    struct account_file file;
    struct report report;
    int log_level;
    /* The run. */
    enum load_phase phase;
    struct siplock *siplock;
    struct load_one *one; /* accounts of them */
    unsigned added, registered, ended, failures, taken_back;
    struct siplock_cause last; /* of a failure */
    unsigned lost;             /* registrations that were lost while idle */
    int code;
    bool interrupted, freeing;
    uv_loop_t loop;
    uv_timer_t timer, limit;
    uv_signal_t sigint, sigterm;
    uv_check_t check;
    uint64_t turns; /* of the loop, so wake-ups */
    uint64_t began_us;
    uint64_t registering_us; /* of both phases */
    int64_t registering_cpu; /* the same */
    uint64_t idle_us, woken; /* the idle phase */
    struct figures from, quarter, all, idle_from, idle_to;
};

/* The pattern with its %d as n. False: it is too long. */
bool load_name(char text[LOAD_TEXT_MAX], const char *pattern, unsigned n);
/* NULL, or what is wrong with the account as a pattern. */
const char *load_pattern_fault(const struct siplock_account_config *config);

/* load.report: all figures; as JSON, or as lines for people. */
void load_report(struct load *l);

#endif
