/* SPDX-License-Identifier: Apache-2.0 */
/* The real world: the only malloc and the only clocks of the library. */
#if defined(__linux__)
#define _GNU_SOURCE /* CLOCK_BOOTTIME */
#endif
#include "ua/host.h"

#include <stdlib.h>
#include <time.h>

#include "tls/crypto.h"

static void *default_alloc(void *user, size_t n)
{
    (void)user;
    return malloc(n);
}

static void default_free(void *user, void *p)
{
    (void)user;
    free(p);
}

static void *host_alloc(void *user, size_t n)
{
    const struct ua_host *host = user;

    return host->mem_alloc(host->user, n);
}

static void host_free(void *user, void *p)
{
    const struct ua_host *host = user;

    host->mem_free(host->user, p);
}

static void host_log(void *user, enum log_level level, struct slice line)
{
    const struct ua_host *host = user;

    host->on_log(host->user, (int)level, line.p, line.n);
}

int ua_host_init(struct ua_host *host, const struct siplock_config *config)
{
    bool own = config->mem_alloc && config->mem_free;
    int err;

    *host = (struct ua_host){
        .user = config->user,
        .mem_alloc = own ? config->mem_alloc : default_alloc,
        .mem_free = own ? config->mem_free : default_free,
        .on_log = config->on_log,
    };
    host->env = (struct env){.alloc = host_alloc,
                             .free = host_free,
                             .rand = tls_crypto_rand,
                             .md = tls_crypto_md,
                             .user = host};
    err = tls_crypto_init();
    if (!err)
        err = tls_crypto_rand(NULL, host->log.key, LOG_KEY);
    if (config->on_log && config->log_level > SIPLOCK_LOG_OFF) {
        host->log.level = (enum log_level)config->log_level;
        host->log.sink = host_log;
        host->log.user = host;
        host->env.log = &host->log;
    }
    return err;
}

static int64_t read_ms(clockid_t clock)
{
    struct timespec ts;

    if (clock_gettime(clock, &ts))
        return 0;
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct now ua_host_now(void)
{
#if defined(__linux__)
    const clockid_t boot = CLOCK_BOOTTIME;
#else
    /* macOS: CLOCK_MONOTONIC counts sleep (mach_continuous_time). */
    const clockid_t boot = CLOCK_MONOTONIC;
#endif
    return (struct now){.mono = read_ms(CLOCK_MONOTONIC),
                        .boot = read_ms(boot),
                        .wall = read_ms(CLOCK_REALTIME)};
}
