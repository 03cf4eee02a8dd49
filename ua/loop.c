/* SPDX-License-Identifier: Apache-2.0 */
/* The libuv driver: one thread for the core, the sockets and the app. */
#include "ua/loop.h"

#include "sip/base/err.h"
#include "sip/base/secret.h"
#include "tls/resume.h"
#include "ua/loop_impl.h"
#include "ua/sessions.h"

enum { ENDING_MS = 2 }; /* how often the end is looked for */

static void turn(void *user);

/* ------------------------------------------------------------ outputs */

static void give_back(struct ua_loop *loop, const struct ua_out *out)
{
    ua_mailbox_forget(loop->mailbox, out->account);
    ua_anchors_put(&loop->anchors, out->cred);
    if (!loop->ports.all)
        ua_anchors_settle(&loop->anchors);
}

static void ask_password(struct ua_loop *loop, const struct ua_out *out)
{
    struct siplock_password password = {.n = 0};
    siplock_password_cb ask = NULL;
    void *user = NULL;

    if (ua_core_account_password(loop->core, out->account, &ask, &user))
        return;
    if (!ask ||
        ask(user, (siplock_account){out->account},
            (struct siplock_str){out->text.p, out->text.n}, &password) ||
        password.n > sizeof(password.bytes))
        password.n = 0;
    (void)ua_core_password(loop->core, ua_host_now(), out->account,
                           slice_of(password.bytes, password.n));
    secret_wipe(&password, sizeof(password));
}

void ua_loop_tell(struct ua_loop *loop, const struct ua_out *out)
{
    if (out->event.type == SIPLOCK_EVENT_CALL_ENDED) {
        ua_media_forget(loop->media, out->call);
        ua_mailbox_forget_call(loop->mailbox, out->call);
    }
    if (out->event.type == SIPLOCK_EVENT_MESSAGE_STATE ||
        (out->event.type == SIPLOCK_EVENT_SUBSCRIPTION_STATE &&
         out->event.state == SIPLOCK_SUBSCRIPTION_ENDED &&
         !out->event.notifier))
        ua_mailbox_forget_call(loop->mailbox, out->call);
    if (out->event.type == SIPLOCK_EVENT_TRANSFER && out->reference &&
        out->event.state >= SIPLOCK_TRANSFER_DONE)
        ua_mailbox_forget_call(loop->mailbox, out->reference);
    loop->config.event(loop->config.user, out);
}

static void perform(struct ua_loop *loop, const struct ua_out *out)
{
    switch (out->kind) {
    case UA_OUT_QUERY:
        ua_dns_query(loop->dns, out);
        break;
    case UA_OUT_UNQUERY:
        ua_dns_unquery(loop->dns, out);
        break;
    case UA_OUT_DIAL:
        ua_port_dial(&loop->ports, out);
        break;
    case UA_OUT_SEND:
        ua_port_send(&loop->ports, out);
        break;
    case UA_OUT_HANGUP:
        ua_port_hangup(&loop->ports, out);
        break;
    case UA_OUT_PASSWORD:
        ask_password(loop, out);
        break;
    case UA_OUT_EVENT:
        ua_loop_tell(loop, out);
        break;
    case UA_OUT_MEDIA_OPEN:
    case UA_OUT_MEDIA_SET:
    case UA_OUT_MEDIA_DTMF:
    case UA_OUT_MEDIA_CLOSE:
        ua_media_perform(loop->media, out);
        break;
    case UA_OUT_FORGET:
        give_back(loop, out);
        break;
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct ua_loop *loop = timer->data;

    uv_update_time(loop->uv);
    ua_core_tick(loop->core, ua_host_now());
    turn(loop);
}

static void arm(struct ua_loop *loop)
{
    int64_t at = ua_core_deadline(loop->core);
    int64_t wait;

    if (at == INT64_MAX) {
        uv_timer_stop(&loop->timer);
        return;
    }
    wait = at - ua_host_now().boot;
    uv_update_time(loop->uv);
    uv_timer_start(&loop->timer, on_timer, wait > 0 ? (uint64_t)wait : 0, 0);
}

/*
 * Pulls until the core wants nothing. An output may lead to an input (a
 * dial that fails at once), so it is asked again after the flush.
 */
static void turn(void *user)
{
    struct ua_loop *loop = user;
    struct ua_out out;

    if (loop->turning || loop->ending)
        return;
    loop->turning = true;
    do {
        while (ua_core_next(loop->core, &out)) {
            perform(loop, &out);
            ua_out_release(loop->env, &out);
        }
        ua_port_flush(&loop->ports);
    } while (ua_core_waiting(loop->core));
    loop->turning = false;
    arm(loop);
}

/* -------------------------------------------------------------- inputs */

void ua_loop_break(struct ua_loop *loop)
{
    uv_stop(loop->uv);
}

static void begin_end(struct ua_loop *loop);

static void on_wake(uv_async_t *wake)
{
    struct ua_loop *loop = wake->data;
    struct ua_mail *mail;
    bool end;

    while (!loop->ending && (mail = ua_mailbox_take(loop->mailbox))) {
        ua_command_do(loop, mail);
        ua_mailbox_drop(loop->mailbox, mail);
        turn(loop);
    }
    if (!loop->ending && ua_media_drain(loop->media))
        turn(loop);
    pthread_mutex_lock(&loop->lock);
    end = loop->free_wanted;
    pthread_mutex_unlock(&loop->lock);
    if (end && !loop->ending)
        begin_end(loop);
}

static void post_wake(void *user)
{
    struct ua_loop *loop = user;

    uv_async_send(&loop->wake);
}

/* --------------------------------------------------------------- birth */

static int call_id(void *user, uint64_t *id)
{
    return ua_mailbox_call_id(user, id);
}

static void locals(void *user, struct tls_locals *locals)
{
    struct ua_loop *loop = user;

    tls_net_locals(loop->ports.net, locals);
}

static int init_core(struct ua_loop *loop)
{
    struct ua_core_config core = {.env = loop->env,
                                  .user_agent = loop->config.user_agent};
    struct ua_dns_config dns = {
        .env = loop->env, .uv = loop->uv, .turn = turn, .user = loop};
    struct ua_media_config media = {
        .env = loop->env, .wake = post_wake, .user = loop};
    int err = policy_new(&loop->policy, loop->env, loop->config.floor);

    core.policy = media.policy = loop->policy;
    if (!err)
        err = ua_mailbox_new(&loop->mailbox, loop->env, post_wake, loop);
    core.call_id = call_id;
    core.call_id_user = loop->mailbox;
    core.locals = locals;
    core.locals_user = loop;
    if (!err)
        err = ua_core_new(&loop->core, &core);
    dns.core = media.core = loop->core;
    if (!err)
        err = ua_dns_new(&loop->dns, &dns);
    if (!err)
        err = ua_media_new(&loop->media, &media);
    return err;
}

static void ports_empty(void *user);

static int init_ports(struct ua_loop *loop)
{
    loop->ports.env = loop->env;
    loop->ports.core = loop->core;
    loop->ports.turn = turn;
    loop->ports.empty = ports_empty;
    loop->ports.user = loop;
    int err = tls_net_new(&loop->ports.net, loop->uv, loop->env, loop->policy);

    return err ? err : ua_sessions_open(loop);
}

static void nothing(void *user)
{
    (void)user;
}

static void free_parts(struct ua_loop *loop)
{
    ua_media_free(loop->media);
    ua_mailbox_free(loop->mailbox);
    ua_core_free(loop->core);
    if (loop->ports.net)
        (void)tls_net_free(loop->ports.net);
    tls_resume_free(loop->sessions);
    policy_free(loop->policy);
    ua_anchors_free(&loop->anchors);
    if (loop->uv == &loop->own)
        uv_loop_close(&loop->own);
    pthread_cond_destroy(&loop->stopped);
    pthread_mutex_destroy(&loop->lock);
}

/* The handles come last: before them nothing needs the loop to close. */
static int init(struct ua_loop *loop)
{
    int err;

    loop->uv = loop->config.uv;
    if (!loop->uv) {
        if (uv_loop_init(&loop->own))
            return E_SYS;
        loop->uv = &loop->own;
    }
    err = init_core(loop);
    if (!err)
        err = init_ports(loop);
    if (!err && uv_async_init(loop->uv, &loop->wake, on_wake))
        err = E_SYS;
    if (!err)
        uv_timer_init(loop->uv, &loop->timer);
    loop->wake.data = loop->timer.data = loop;
    return err;
}

int ua_loop_new(struct ua_loop **out, const struct ua_loop_config *config)
{
    struct ua_loop *loop = env_alloc(config->env, sizeof(*loop));
    int err;

    if (!loop)
        return E_NOMEM;
    loop->env = config->env;
    loop->config = *config;
    pthread_mutex_init(&loop->lock, NULL);
    pthread_cond_init(&loop->stopped, NULL);
    err = init(loop);
    if (err) {
        if (loop->dns)
            ua_dns_close(loop->dns, nothing, NULL);
        free_parts(loop);
        env_free(loop->env, loop);
        return err;
    }
    *out = loop;
    return 0;
}

bool ua_loop_running(struct ua_loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    bool running = loop->running;

    pthread_mutex_unlock(&loop->lock);
    return running;
}

static void *warm_main(void *arg)
{
    (void)arg;
    media_seal_warm();
    return NULL;
}

void ua_loop_warm(struct ua_loop *loop)
{
    pthread_attr_t attr;
    pthread_t thread;

    if (loop->warm)
        return;
    loop->warm = true;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    (void)pthread_create(&thread, &attr, warm_main, NULL);
    pthread_attr_destroy(&attr);
}

int ua_loop_listen(struct ua_loop *loop, const struct ua_direct_config *config,
                   struct tls_addr *at)
{
    const struct ua_direct_world world = {
        .env = loop->env,
        .policy = loop->policy,
        .floor = loop->config.floor,
        .core = loop->core,
        .mailbox = loop->mailbox,
        .ports = &loop->ports,
    };

    if (loop->direct || loop->ending)
        return E_STATE;
    ua_loop_warm(loop);
    return ua_direct_open(&loop->direct, &world, config, at);
}

struct ua_mailbox *ua_loop_mailbox(struct ua_loop *loop)
{
    return loop->mailbox;
}

/* ----------------------------------------------------------------- end */

static void finish(struct ua_loop *loop)
{
    void (*freed)(void *user) = loop->freed;
    void *user = loop->freed_user;

    free_parts(loop);
    env_free(loop->env, loop);
    freed(user);
}

static void part_closed(struct ua_loop *loop)
{
    loop->closing--;
}

/* On an own loop uv_run returns now, and its caller finishes. */
static void last_closed(uv_handle_t *handle)
{
    struct ua_loop *loop = handle->data;

    if (loop->uv != &loop->own)
        finish(loop);
}

/* A dial that failed for want of memory leaves a connection that closes by
 * itself, of which nobody tells: so the end is looked for. */
static void look_for_end(uv_timer_t *timer)
{
    struct ua_loop *loop = timer->data;

    if (loop->closing || tls_net_live(loop->ports.net))
        return;
    uv_timer_stop(timer);
    uv_close((uv_handle_t *)timer, last_closed);
}

static void handle_closed(uv_handle_t *handle)
{
    part_closed(handle->data);
}

static void dns_closed(void *user)
{
    part_closed(user);
}

static void ports_empty(void *user)
{
    struct ua_loop *loop = user;

    if (loop->ending)
        part_closed(loop);
    else
        ua_anchors_settle(&loop->anchors);
}

/* Those who are being talked to hear it; then all is let go of. */
static void begin_end(struct ua_loop *loop)
{
    ua_core_hangup(loop->core, ua_host_now());
    turn(loop);
    loop->ending = true;
    ua_media_free(loop->media);
    loop->media = NULL;
    loop->closing = 3; /* the wake-up, the resolvers, the ports */
    ua_direct_close(loop->direct);
    ua_port_close_all(&loop->ports);
    ua_dns_close(loop->dns, dns_closed, loop);
    loop->dns = NULL;
    uv_close((uv_handle_t *)&loop->wake, handle_closed);
    if (!loop->ports.all)
        part_closed(loop);
    uv_timer_start(&loop->timer, look_for_end, 0, ENDING_MS);
}

/* ------------------------------------------------------------- running */

static int claim(struct ua_loop *loop, bool threaded)
{
    int err = 0;

    pthread_mutex_lock(&loop->lock);
    if (loop->running || loop->uv != &loop->own)
        err = E_STATE;
    if (!err) {
        loop->running = true;
        loop->threaded = threaded;
    }
    pthread_mutex_unlock(&loop->lock);
    return err;
}

/* Runs until stop or the end; after the end loop is freed. */
static void run(struct ua_loop *loop)
{
    do {
        uv_run(loop->uv, UV_RUN_DEFAULT);
    } while (loop->ending && uv_loop_alive(loop->uv));
    if (loop->ending) {
        finish(loop);
        return;
    }
    pthread_mutex_lock(&loop->lock);
    loop->running = false;
    pthread_cond_broadcast(&loop->stopped);
    pthread_mutex_unlock(&loop->lock);
}

static void *thread_main(void *arg)
{
    run(arg);
    return NULL;
}

int ua_loop_start(struct ua_loop *loop)
{
    pthread_attr_t attr;
    int err = claim(loop, true);

    if (err)
        return err;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    err = pthread_create(&loop->thread, &attr, thread_main, loop);
    pthread_attr_destroy(&attr);
    if (err) {
        pthread_mutex_lock(&loop->lock);
        loop->running = false;
        pthread_mutex_unlock(&loop->lock);
    }
    return err ? E_SYS : 0;
}

int ua_loop_run(struct ua_loop *loop)
{
    int err = claim(loop, false);

    if (!err)
        run(loop);
    return err;
}

int ua_loop_stop(struct ua_loop *loop)
{
    const struct ua_mail mail = {.kind = UA_MAIL_STOP};
    bool wait;
    int err;

    pthread_mutex_lock(&loop->lock);
    wait = loop->running && loop->threaded;
    err = loop->running ? 0 : E_STATE;
    if (wait && pthread_equal(pthread_self(), loop->thread))
        err = E_STATE;
    pthread_mutex_unlock(&loop->lock);
    if (!err)
        err = ua_mailbox_post(loop->mailbox, &mail);
    if (err || !wait)
        return err;
    pthread_mutex_lock(&loop->lock);
    while (loop->running)
        pthread_cond_wait(&loop->stopped, &loop->lock);
    pthread_mutex_unlock(&loop->lock);
    return 0;
}

void ua_loop_free(struct ua_loop *loop, void (*freed)(void *user), void *user)
{
    bool here;

    pthread_mutex_lock(&loop->lock);
    loop->freed = freed;
    loop->freed_user = user;
    loop->free_wanted = true;
    here = loop->uv == &loop->own && !loop->running;
    if (here)
        loop->running = true;
    uv_async_send(&loop->wake); /* with the lock: the loop may end at once */
    pthread_mutex_unlock(&loop->lock);
    if (here)
        run(loop);
}
