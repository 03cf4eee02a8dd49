/* SPDX-License-Identifier: Apache-2.0 */
/* What the driver is made of; for its own files only. */
#ifndef UA_LOOP_IMPL_H
#define UA_LOOP_IMPL_H

#include <pthread.h>
#include <uv.h>

#include "ua/direct.h"
#include "ua/dns.h"
#include "ua/loop.h"
#include "ua/media.h"
#include "ua/port.h"

struct ua_loop {
    const struct env *env;
    struct ua_loop_config config;
    uv_loop_t own;
    uv_loop_t *uv;
    uv_async_t wake;
    uv_timer_t timer;
    struct policy *policy;
    struct ua_core *core;
    struct ua_mailbox *mailbox;
    struct ua_anchors *anchors;
    struct ua_dns *dns;
    struct ua_media *media;
    struct ua_ports ports;
    struct tls_resume *sessions;
    struct tls_keylog keylog;
    struct ua_direct *direct; /* NULL: nobody is listened for */
    bool warm;                /* ua_loop_warm was called */
    bool turning;
    bool ending; /* on the loop's thread */
    int closing; /* parts that are not closed yet, once ending */
    void (*freed)(void *user);
    void *freed_user;
    /* Shared between threads, under lock. */
    pthread_mutex_t lock;
    pthread_cond_t stopped;
    pthread_t thread;
    bool running;  /* uv_run is being called by start or run */
    bool threaded; /* by start */
    bool free_wanted;
};

/* An event for the app; from the last one of a call on its id is stale. */
void ua_loop_tell(struct ua_loop *loop, const struct ua_out *out);

/* Starts libsrtp, whose self-tests take 90 ms, on a thread that ends with
 * them: a first call does not wait for it. If there is no thread, it does. */
void ua_loop_warm(struct ua_loop *loop);

/* It was started or is run, on whatever thread. */
bool ua_loop_running(struct ua_loop *loop);

/* Makes uv_run return. */
void ua_loop_break(struct ua_loop *loop);

/* Does what the app asked for. */
void ua_command_do(struct ua_loop *loop, struct ua_mail *mail);

#endif
