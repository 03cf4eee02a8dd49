/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of what callbacks on other threads saw, and waiting for them. */
#ifndef TEST_UNIT_TALLY_H
#define TEST_UNIT_TALLY_H

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

/* The counters are the user's; what else the lock guards, too. */
struct tally {
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

static inline void tally_init(struct tally *t)
{
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->changed, NULL);
}

static inline void tally_free(struct tally *t)
{
    pthread_cond_destroy(&t->changed);
    pthread_mutex_destroy(&t->lock);
}

static inline void tally_count(struct tally *t, unsigned *counter)
{
    pthread_mutex_lock(&t->lock);
    (*counter)++;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

/* Until it is n; false after so many seconds, which is against hangs only. */
static inline bool tally_wait(struct tally *t, const unsigned *counter,
                              unsigned n, int seconds)
{
    struct timespec until;
    int err = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += seconds;
    pthread_mutex_lock(&t->lock);
    while (*counter < n && !err)
        err = pthread_cond_timedwait(&t->changed, &t->lock, &until);
    pthread_mutex_unlock(&t->lock);
    return !err;
}

#endif
