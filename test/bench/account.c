/* SPDX-License-Identifier: Apache-2.0 */
/* What a registered account holds in memory, by its flow or a shared one. */

/*
 * bench-account ADDRESS CA PASSWORD N [shared]: registers N accounts of
 * example.test, lets them idle, and prints the heap and the resident memory of
 * each.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ua/siplock.h"

enum { ACCOUNTS_MAX = 1000, WAIT_S = 120, IDLE_S = 2 };

struct bench {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned registered, failed, freed;
    const char *password;
    int shared; /* one flow for all */
    char code[64];
};

static void on_event(void *user, const struct siplock_event *e)
{
    struct bench *b = user;

    if (e->type != SIPLOCK_EVENT_REGISTER_STATE)
        return;
    pthread_mutex_lock(&b->lock);
    b->registered += e->state == SIPLOCK_REGISTER_REGISTERED ? 1 : 0;
    if (e->state == SIPLOCK_REGISTER_FAILED) {
        b->failed++;
        snprintf(b->code, sizeof(b->code), "%s",
                 e->cause.code ? e->cause.code : "");
    }
    pthread_cond_broadcast(&b->changed);
    pthread_mutex_unlock(&b->lock);
}

static int password(void *user, siplock_account account,
                    struct siplock_str realm, struct siplock_password *out)
{
    const struct bench *b = user;

    (void)account;
    (void)realm;
    out->n = strlen(b->password);
    memcpy(out->bytes, b->password, out->n);
    return 0;
}

static void on_freed(void *user)
{
    struct bench *b = user;

    pthread_mutex_lock(&b->lock);
    b->freed++;
    pthread_cond_broadcast(&b->changed);
    pthread_mutex_unlock(&b->lock);
}

/* Until n have registered, or one has failed; against hangs only. */
static int await(struct bench *b, const unsigned *counter, unsigned n)
{
    struct timespec until;
    int err = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_S;
    pthread_mutex_lock(&b->lock);
    while (*counter < n && !b->failed && !err)
        err = pthread_cond_timedwait(&b->changed, &b->lock, &until);
    pthread_mutex_unlock(&b->lock);
    return err || b->failed ? -1 : 0;
}

static size_t heap_bytes(void)
{
    return mallinfo2().uordblks + mallinfo2().hblkhd;
}

static size_t resident_bytes(void)
{
    unsigned long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    if (f) {
        if (fscanf(f, "%lu %lu", &pages, &resident) != 2)
            resident = 0;
        fclose(f);
    }
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static int add(struct siplock *s, struct bench *b, unsigned i, char **argv)
{
    const char *address = argv[1], *ca = argv[2];
    struct siplock_cause cause = {.size = sizeof(cause)};
    char aor[64];
    struct siplock_account_config config = {.size = sizeof(config),
                                            .aor = aor,
                                            .address = &address,
                                            .addresses = 1,
                                            .ca_file = &ca,
                                            .ca_files = 1,
                                            .password = password,
                                            .password_user = b};
    siplock_account account;

    snprintf(aor, sizeof(aor), "sip:user%u@example.test", i);
    config.share_flow = b->shared;
    if (siplock_account_add(s, &account, &config, &cause) == 0)
        return 0;
    fprintf(stderr, "bench-account: %s\n", cause.text);
    return -1;
}

/* KiB of one; pages that were free before may have been enough. */
static double each(size_t from, size_t to, unsigned n)
{
    return ((double)to - (double)from) / n / 1024;
}

static int run(struct siplock *s, struct bench *b, unsigned n, char **argv)
{
    size_t heap, resident;

    /* The first one pays for what all share: anchors, tables, libraries. */
    if (add(s, b, 0, argv) || await(b, &b->registered, 1))
        return -1;
    heap = heap_bytes();
    resident = resident_bytes();
    for (unsigned i = 1; i <= n; i++)
        if (add(s, b, i, argv) || await(b, &b->registered, i + 1))
            return -1;
    sleep(IDLE_S);
    printf("{\"accounts\":%u,\"heap_kib\":%.1f,\"resident_kib\":%.1f}\n", n,
           each(heap, heap_bytes(), n), each(resident, resident_bytes(), n));
    return 0;
}

int main(int argc, char **argv)
{
    static struct bench b;
    const struct siplock_config config = {
        .size = sizeof(config), .user = &b, .on_event = on_event};
    unsigned n =
        argc == 5 || argc == 6 ? (unsigned)strtoul(argv[4], NULL, 10) : 0;
    struct siplock *s;
    int err;

    if (n == 0 || n > ACCOUNTS_MAX) {
        fprintf(stderr,
                "usage: bench-account ADDRESS CA PASSWORD N [shared]\n");
        return 2;
    }
    pthread_mutex_init(&b.lock, NULL);
    pthread_cond_init(&b.changed, NULL);
    b.password = argv[3];
    b.shared = argc == 6;
    if (siplock_new(&s, &config) || siplock_start(s))
        return 1;
    err = run(s, &b, n, argv);
    if (err)
        fprintf(stderr, "bench-account: not registered: %s\n", b.code);
    b.failed = 0;
    siplock_free(s, on_freed);
    (void)await(&b, &b.freed, 1);
    return err ? 1 : 0;
}
