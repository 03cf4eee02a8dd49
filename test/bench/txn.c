/* SPDX-License-Identifier: Apache-2.0 */
/* What a transaction costs where many others wait: time an event, memory. */

/*
 * bench-txn: one JSON line for each number of transactions that are there.
 * An event is the birth of one, its response, or its time-out.
 */
#include "ua/txn.h"
#include "sip/msg.h"
#include "test/bench/bench.h"
#include "tls/crypto.h"
#include "ua/account.h"
#include "ua/core.h"

enum { ROUND = 100 };

struct bench {
    struct env env;
    struct ua_core *core;
    struct policy *policy;
    struct ua_account *acc;
    struct now now;
    size_t held;     /* bytes */
    int64_t step_ms; /* from one round to the next */
    char branch[ROUND][UA_BRANCH_MAX];
    size_t branch_n[ROUND];
};

static void fail(const char *what)
{
    fprintf(stderr, "bench-txn: %s\n", what);
    exit(1);
}

/* Each block remembers its size, so that what is held is known. */
static void *counted_alloc(void *user, size_t n)
{
    struct bench *b = user;
    size_t *p = malloc(n + 2 * sizeof(*p));

    if (!p)
        return NULL;
    *p = n;
    b->held += n;
    return p + 2;
}

static void counted_free(void *user, void *p)
{
    struct bench *b = user;
    size_t *block = p;

    if (!p)
        return;
    b->held -= block[-2];
    free(block - 2);
}

/* An instance with one account, whose flow is being dialled. */
static void start(struct bench *b)
{
    static const char *const address = "127.0.0.1:5061";
    const struct siplock_account_config account = {
        .size = sizeof(account),
        .aor = "sip:alice@example.test",
        .address = &address,
        .addresses = 1};
    struct ua_core_config config = {.env = &b->env};
    struct cause why;

    b->env = (struct env){.alloc = counted_alloc,
                          .free = counted_free,
                          .rand = tls_crypto_rand,
                          .md = tls_crypto_md,
                          .user = b};
    b->now = (struct now){1000, 1000, 1000};
    if (tls_crypto_init() ||
        policy_new(&b->policy, &b->env, POLICY_LEGACY_PBX))
        fail("no policy");
    config.policy = b->policy;
    if (ua_core_new(&b->core, &config) ||
        ua_account_new(&b->acc, &b->env, POLICY_LEGACY_PBX, &account, &why))
        fail("no core");
    ua_account_trust(b->acc, (struct tls_cred *)(uintptr_t)b);
    if (ua_core_account_add(b->core, b->now, (uint64_t)1 << 32 | 1, b->acc))
        fail("no account");
}

static void finish(struct bench *b)
{
    ua_core_free(b->core);
    policy_free(b->policy);
    if (b->held)
        fail("something is still held");
}

static void drain(struct bench *b)
{
    struct ua_out out;

    while (ua_core_next(b->core, &out))
        ua_out_release(&b->env, &out);
}

static struct ua_txn *born(struct bench *b)
{
    struct ua_txn *txn;

    if (ua_txn_new(&txn, b->acc, b->now, UA_TXN_PROBE, SIP_OPTIONS))
        fail("no more transactions");
    return txn;
}

/* Some more are born and answered, the last one first. */
static void round_answered(void *user)
{
    struct bench *b = user;
    struct sip_via via = {0};
    struct sip_msg msg = {.status = 200, .via = &via};

    msg.cseq.method = SIP_OPTIONS;
    for (int i = 0; i < ROUND; i++) {
        struct ua_txn *txn = born(b);

        memcpy(b->branch[i], txn->branch, txn->branch_n);
        b->branch_n[i] = txn->branch_n;
    }
    for (int i = ROUND; i-- > 0;) {
        via.branch = slice_of(b->branch[i], b->branch_n[i]);
        ua_txn_response(b->acc->flow, b->now, &msg);
    }
}

/* As many of the oldest time out as are born. */
static void round_timed_out(void *user)
{
    struct bench *b = user;

    b->now.boot += b->step_ms;
    while (ua_core_deadline(b->core) <= b->now.boot) {
        ua_core_tick(b->core, b->now);
        drain(b);
    }
    for (int i = 0; i < ROUND; i++)
        (void)born(b);
}

/* n of them over the time that they wait. */
static void fill(struct bench *b, size_t n)
{
    b->step_ms = (int64_t)(SIP_TIMER_B_MS * (uint64_t)ROUND / n);
    for (size_t i = 0; i < n; i += ROUND)
        round_timed_out(b);
}

static void measure(size_t n)
{
    static struct bench b;
    size_t before;
    double answered;

    memset(&b, 0, sizeof(b));
    start(&b);
    drain(&b);
    before = b.held;
    fill(&b, n);
    answered = bench_ns(round_answered, &b, 2 * ROUND);
    printf("{\"transactions\":%zu,\"bytes_each\":%.0f,"
           "\"ns_born_or_answered\":%.0f",
           n, (double)(b.held - before) / (double)n, answered);
    printf(",\"ns_born_or_timed_out\":%.0f}\n",
           bench_ns(round_timed_out, &b, 2 * ROUND));
    finish(&b);
}

int main(void)
{
    for (size_t n = 100; n <= 100000; n *= 10)
        measure(n);
    return 0;
}
