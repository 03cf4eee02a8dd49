/* SPDX-License-Identifier: Apache-2.0 */
/* A call's life: born, stepped through its table, settled. */
#include "ua/call.h"

#include "sip/base/err.h"
#include "ua/flow.h"
#include "ua/txn.h"

/* -------------------------------------------------------- birth and end */

static int give_names(struct ua_call *c)
{
    char random[2 * UA_TOKEN_N];
    int err = env_rand_hex(c->acc->env, c->tag, UA_TOKEN_N);

    if (!err)
        err = env_rand_hex(c->acc->env, random, UA_TOKEN_N);
    if (!err)
        err = env_copy(c->acc->env, &c->call_id,
                       slice_of(random, sizeof(random)));
    if (!err)
        err = ua_sid_new(&c->sid, c->acc->env);
    if (!err)
        err = sdp_session_init(&c->session, c->acc->env);
    return err;
}

int ua_call_new(struct ua_call **out, struct ua_account *acc, struct now now,
                uint64_t id)
{
    struct ua_core *core = acc->core;
    struct ua_call *c = env_alloc(core->env, sizeof(*c));
    int err;

    if (!c)
        return E_NOMEM;
    if (core->call_ids.live >= UA_CALLS_MAX) {
        env_free(core->env, c);
        return E_FULL;
    }
    c->acc = acc;
    c->chosen = -1;
    c->began = now.mono;
    c->server.state = SIP_TXN_ENDED;
    core->counts.calls++;
    err = ua_reserve_timers(core);
    if (!err)
        err = give_names(c);
    if (!err)
        err = idtab_add(&core->calls, &c->key, c);
    if (!err)
        err = idtab_put(&core->call_ids, id, c);
    if (err) {
        core->counts.calls--;
        idtab_remove(&core->calls, c->key);
        env_free(core->env, (void *)(uintptr_t)c->call_id.p);
        secret_wipe(c, sizeof(*c));
        env_free(core->env, c);
        return err;
    }
    c->id = id;
    c->timer = (struct timer){.kind = UA_TIMER_CALL, .owner = c->key};
    c->update_timer = (struct timer){.kind = UA_TIMER_UPDATE, .owner = c->key};
    c->session_timer =
        (struct timer){.kind = UA_TIMER_SESSION, .owner = c->key};
    c->refer.of = c->referred.of =
        (struct ua_refer_owner){.acc = &c->acc, .call = c};
    c->refer.timer = (struct timer){.kind = UA_TIMER_REFER, .owner = c->key};
    c->referred.timer =
        (struct timer){.kind = UA_TIMER_REFERRED, .owner = c->key};
    acc->calls++;
    acc->live++;
    *out = c;
    return 0;
}

static void drop_texts(struct ua_call *c)
{
    ua_callwrite_drop(c, &c->call_id);
    ua_callwrite_drop(c, &c->peer);
    ua_callwrite_drop(c, &c->peer_name);
    ua_callwrite_drop(c, &c->invite);
    ua_callwrite_drop(c, &c->answer);
    ua_callwrite_drop(c, &c->change);
    ua_callwrite_drop(c, &c->replaces);
    ua_callwrite_drop(c, &c->referred_by);
    ua_refer_free(&c->refer);
    ua_referred_free(&c->referred);
    ua_callwrite_drop(c, &c->ack);
    ua_about_free(&c->about, c->acc->env);
}

void ua_call_free(struct ua_call *c)
{
    struct ua_account *acc = c->acc;
    struct ua_core *core = acc->core;

    heap_disarm(&core->heap, &c->timer);
    heap_disarm(&core->heap, &c->session_timer);
    heap_disarm(&core->heap, &c->rel.timer);
    heap_disarm(&core->heap, &c->update_timer);
    ua_txn_forget_call(core, c->key);
    policy_media_retire(core->policy, acc->policy_id, c->id, UINT64_MAX);
    idtab_remove(&core->calls, c->key);
    if (!c->final)
        idtab_remove(&core->call_ids, c->id);
    ua_server_end(c);
    ua_caller_forget_legs(c);
    ua_redirect_free(c);
    sdp_session_clear(&c->offer);
    sdp_session_clear(&c->session);
    drop_texts(c);
    acc->calls--;
    if (!c->over)
        acc->live--;
    core->counts.calls--;
    secret_wipe(c, sizeof(*c));
    env_free(core->env, c);
}

/* A BYE that is wanted and not answered yet. */
static bool leaving(const struct ua_call *c)
{
    for (unsigned i = 0; i < c->legs; i++)
        if (c->leg_bye[i])
            return true;
    return false;
}

void ua_call_settle(struct ua_call *c)
{
    if (c->final && !c->txn && !leaving(c) && ua_server_done(c))
        ua_call_free(c);
}

/* ------------------------------------------------------------- actions */

static int state_of(enum ua_call_state state)
{
    switch (state) {
    case UA_CALL_RINGING:
    case UA_CALL_INCOMING:
        return SIPLOCK_CALL_RINGING;
    case UA_CALL_EARLY:
        return SIPLOCK_CALL_EARLY;
    case UA_CALL_ANSWERED:
    case UA_CALL_ESTABLISHED:
        return SIPLOCK_CALL_ESTABLISHED;
    case UA_CALL_OVER:
        return SIPLOCK_CALL_ENDED;
    case UA_CALL_IDLE:
    case UA_CALL_WAITING:
    case UA_CALL_BINDING:
    case UA_CALL_CALLING:
    case UA_CALL_OFFERED:
    case UA_CALL_STATE_COUNT:
        break;
    }
    return SIPLOCK_CALL_CALLING;
}

static void tell(struct ua_call *c, struct now now)
{
    if (c->state == UA_CALL_ESTABLISHED)
        c->established = now.mono;
    ua_callevent_state(c, state_of(c->state));
    ua_referred_hear(c, now, state_of(c->state));
}

static void finish(struct ua_call *c, struct now now)
{
    if (!c->over || !c->closed || c->final)
        return;
    c->final = true;
    idtab_remove(&c->acc->core->call_ids, c->id);
    ua_callevent_stats(c, now, true);
}

void ua_call_media_closed(struct ua_call *c, struct now now)
{
    c->closed = true;
    if (!c->over)
        ua_call_fail(c, now, CAUSE_media_no_port, UA_CALL_EV_FAIL);
    finish(c, now);
}

void ua_call_over(struct ua_call *c, struct now now)
{
    if (c->over)
        return;
    c->over = true;
    c->acc->live--;
    c->ended = now.mono;
    heap_disarm(&c->acc->core->heap, &c->session_timer);
    ua_refer_step(&c->refer, now, UA_REFER_EV_CALL_OVER);
    ua_referred_over(c, now);
    ua_callevent_state(c, SIPLOCK_CALL_ENDED);
    ua_referred_hear(c, now, SIPLOCK_CALL_ENDED);
    ua_callmedia_close(c);
    finish(c, now);
}

/* How long a state may last, when it is not a person who decides. */
void ua_call_arm(struct ua_call *c, struct now now)
{
    struct heap *heap = &c->acc->core->heap;
    int64_t wait = 0;

    if (c->repeat_at) /* the 2xx goes on until its ACK */
        return;
    switch (c->state) {
    case UA_CALL_WAITING:
        wait = UA_CALL_WAIT_MS;
        break;
    case UA_CALL_BINDING:
    case UA_CALL_OFFERED:
        wait = UA_CALL_BIND_MS;
        break;
    case UA_CALL_INCOMING:
        wait = UA_CALL_RING_MS;
        break;
    case UA_CALL_OVER:
        wait = UA_CALL_WAIT_MS; /* for a flow that a BYE needs */
        break;
    case UA_CALL_IDLE:
    case UA_CALL_CALLING:
    case UA_CALL_RINGING:
    case UA_CALL_EARLY:
    case UA_CALL_ANSWERED:
    case UA_CALL_ESTABLISHED:
    case UA_CALL_STATE_COUNT:
        break;
    }
    if (wait)
        (void)heap_arm(heap, &c->timer, now.boot + wait);
    else
        heap_disarm(heap, &c->timer);
}

/* As callee not before the ACK (15), which brings us here again. */
static void want_bye(struct ua_call *c, struct now now)
{
    if (c->repeat_at)
        return;
    for (unsigned i = 0; i < c->legs; i++)
        if (c->leg[i].state == SIP_DIALOG_CONFIRMED)
            ua_indialog_bye(c, now, i);
}

/* May fail at once, and with it the call. */
static void want_flow(struct ua_call *c, struct now now)
{
    if (ua_flow_board(c->acc))
        (void)ua_call_event(c, now, UA_CALL_EV_FLOW_UP);
    else
        ua_flow_want(c->acc, now);
}

static void act(struct ua_call *c, struct now now, unsigned action,
                enum ua_call_event ev)
{
    int err = 0;

    if (action & UA_CALL_DO_TELL)
        tell(c, now);
    if (action & UA_CALL_DO_REJECT)
        ua_callee_reject(c, now);
    if (action & UA_CALL_DO_RING)
        err = ua_callee_ring(c, now, ev == UA_CALL_EV_RING);
    if (action & UA_CALL_DO_ACCEPT)
        err = ua_callee_accept(c, now);
    if (!err && action & UA_CALL_DO_MEDIA)
        err = ua_callmedia_set(c);
    if (action & UA_CALL_DO_CANCEL)
        ua_caller_cancel(c, now);
    if (action & UA_CALL_DO_BYE)
        want_bye(c, now);
    if (action & UA_CALL_DO_OVER)
        ua_call_over(c, now);
    /* The rest may step again, so each is the last. */
    if (err)
        ua_call_fail(c, now, CAUSE_none, UA_CALL_EV_FAIL);
    else if (action & UA_CALL_DO_FLOW)
        want_flow(c, now);
    else if (action & UA_CALL_DO_OPEN)
        ua_callmedia_open(c, now);
    else if (action & UA_CALL_DO_INVITE && ua_caller_invite(c, now))
        ua_call_fail(c, now, CAUSE_out_of_memory, UA_CALL_EV_FAIL);
}

int ua_call_event(struct ua_call *c, struct now now, enum ua_call_event ev)
{
    struct ua_call_cell cell = ua_call_step(c->state, ev);
    bool moved = cell.next != c->state;

    if (cell.action & UA_CALL_DO_REFUSE)
        return E_STATE;
    if (cell.action & UA_CALL_DO_ODD) {
        LOG(c->acc->env, LOG_WARN, "call.odd", LOG_NUM("state", c->state),
            LOG_NUM("event", ev));
        return E_STATE;
    }
    c->state = cell.next;
    if (moved || ev == UA_CALL_EV_TIMER)
        ua_call_arm(c, now);
    act(c, now, cell.action, ev);
    return 0;
}

void ua_call_fail(struct ua_call *c, struct now now, enum cause_code code,
                  enum ua_call_event ev)
{
    if (code != CAUSE_none)
        cause_set(&c->cause, code);
    else if (c->cause.code == CAUSE_none)
        cause_set(&c->cause, CAUSE_out_of_memory);
    (void)ua_call_event(c, now, ev);
}

/* ------------------------------------------------------------ commands */

int ua_call_ring(struct ua_call *c, struct now now)
{
    return ua_call_event(c, now, UA_CALL_EV_RING);
}

int ua_call_answer(struct ua_call *c, struct now now)
{
    if (c->rel.state == UA_REL_HELD)
        return E_STATE;
    return ua_rel_hold(c) ? 0 : ua_call_event(c, now, UA_CALL_EV_ANSWER);
}

int ua_call_reject(struct ua_call *c, struct now now, unsigned status)
{
    if (c->state != UA_CALL_INCOMING)
        return E_STATE;
    c->status = status;
    return ua_call_event(c, now, UA_CALL_EV_REJECT);
}

int ua_call_hangup(struct ua_call *c, struct now now, unsigned status)
{
    c->end_status = status;
    if (c->state == UA_CALL_INCOMING || c->state == UA_CALL_OFFERED)
        c->status = 486;
    return ua_call_event(c, now, UA_CALL_EV_HANGUP);
}

int ua_call_dtmf(struct ua_call *c, char digit, unsigned ms)
{
    struct ua_out *out;

    if (!c->opened || c->over ||
        (c->state != UA_CALL_ESTABLISHED && c->state != UA_CALL_EARLY &&
         c->state != UA_CALL_ANSWERED))
        return E_STATE;
    out = ua_outq_push(&c->acc->core->outq, UA_OUT_MEDIA_DTMF);
    if (!out)
        return E_NOMEM;
    out->call = c->id;
    out->digit = digit;
    out->ms = ms;
    return 0;
}

/* -------------------------------------------------------------- inputs */

/* The INVITE was to be refused and there was no memory for it. */
static bool answered_late(struct ua_call *c, struct now now)
{
    if (c->server.state != SIP_TXN_STARTED &&
        c->server.state != SIP_TXN_PROCEEDING)
        return false;
    ua_callee_reject(c, now);
    if (c->server.state == SIP_TXN_COMPLETED)
        return true; /* and the timer is H's */
    ua_server_end(c);
    return false;
}

static void timed_out(struct ua_call *c, struct now now)
{
    switch (c->state) {
    case UA_CALL_WAITING:
        cause_set(&c->cause, CAUSE_call_timeout);
        break;
    case UA_CALL_BINDING:
    case UA_CALL_OFFERED:
        c->status = c->out ? 0 : 500;
        cause_set(&c->cause, CAUSE_media_no_port);
        break;
    case UA_CALL_OVER: /* no flow for the BYE, no answer to the CANCEL */
        if (answered_late(c, now))
            return;
        ua_txn_forget_call(c->acc->core, c->key);
        c->txn = 0;
        for (unsigned i = 0; i < c->legs; i++)
            c->leg_bye[i] = false;
        break;
    case UA_CALL_INCOMING:
        if (now.mono - c->began < UA_CALL_RINGS_MS)
            break;
        c->status = 480;
        ua_call_fail(c, now, CAUSE_call_no_answer, UA_CALL_EV_REJECT);
        return;
    case UA_CALL_IDLE:
    case UA_CALL_CALLING:
    case UA_CALL_RINGING:
    case UA_CALL_EARLY:
    case UA_CALL_ANSWERED:
    case UA_CALL_ESTABLISHED:
    case UA_CALL_STATE_COUNT:
        break;
    }
    (void)ua_call_event(c, now, UA_CALL_EV_TIMER);
}

void ua_call_timer(struct ua_core *core, struct now now, uint64_t id)
{
    struct ua_call *c = idtab_get(&core->calls, id);

    if (!c)
        return;
    if (c->server.state == SIP_TXN_ACCEPTED && c->repeat_at)
        ua_callee_repeat(c, now);
    else if (c->server.state == SIP_TXN_COMPLETED)
        ua_server_end(c); /* H: the ACK of a refusal did not come */
    else if (c->state == UA_CALL_ESTABLISHED)
        ua_change_retry(c, now);
    else
        timed_out(c, now);
    ua_call_settle(c);
}

bool ua_call_wants_flow(const struct ua_account *acc)
{
    return acc->calls > 0 && !acc->removing;
}

/* The account's calls, one after the other. Steps of one may free it, never
 * another. */
static struct ua_call *next_of(const struct ua_account *acc, uint32_t *pos)
{
    struct ua_call *c = NULL;

    while (acc->calls && (c = idtab_next(&acc->core->calls, pos)))
        if (c->acc == acc)
            return c;
    return NULL;
}

bool ua_call_on_wire(const struct ua_account *acc)
{
    const struct ua_call *c;
    uint32_t pos = 0;

    while ((c = next_of(acc, &pos)))
        if (c->txn || leaving(c) || !ua_server_done(c))
            return true;
    return false;
}

void ua_call_go_on(struct ua_call *c, struct now now)
{
    if (c->state == UA_CALL_WAITING)
        (void)ua_call_event(c, now, UA_CALL_EV_FLOW_UP);
    else if (c->state == UA_CALL_ESTABLISHED)
        ua_callmedia_follow(c, now);
    else
        ua_indialog_retry(c, now);
    ua_referred_flow_up(&c->referred, now);
    ua_call_settle(c);
}

void ua_call_flow_up(struct ua_account *acc, struct now now)
{
    struct ua_call *c;
    uint32_t pos = 0;

    while ((c = next_of(acc, &pos)))
        ua_call_go_on(c, now);
}

void ua_call_flow_down(struct ua_account *acc, struct now now)
{
    struct ua_call *c;
    uint32_t pos = 0;

    while ((c = next_of(acc, &pos))) {
        ua_server_flow_down(c, now);
        ua_call_settle(c);
    }
}

/* What is over for the app and only waits for the wire. */
void ua_call_drop_final(struct ua_account *acc)
{
    struct ua_call *c;
    uint32_t pos = 0;

    while ((c = next_of(acc, &pos)))
        if (c->final)
            ua_call_free(c);
}

/* The account's cause becomes that of its calls: all, or those that wait. */
static void fail_all(struct ua_account *acc, struct now now, bool waiting)
{
    struct ua_call *c;
    uint32_t pos = 0;

    while ((c = next_of(acc, &pos)))
        if (!c->over && (!waiting || c->state == UA_CALL_WAITING)) {
            c->cause = acc->cause;
            (void)ua_call_event(c, now, UA_CALL_EV_FAIL);
            ua_call_settle(c);
        }
}

void ua_call_flow_gone(struct ua_account *acc, struct now now)
{
    fail_all(acc, now, false);
}

void ua_call_flow_failed(struct ua_account *acc, struct now now)
{
    fail_all(acc, now, true);
}

void ua_call_end_all(struct ua_account *acc, struct now now)
{
    struct ua_call *c;
    uint32_t pos = 0;

    while ((c = next_of(acc, &pos)))
        if (!c->over) {
            cause_set(&c->cause, CAUSE_call_account_removed);
            (void)ua_call_hangup(c, now, 0);
            ua_call_settle(c);
        }
}

void ua_call_password(struct ua_account *acc, struct now now, bool there)
{
    struct ua_call *c;
    uint32_t pos = 0;

    while ((c = next_of(acc, &pos))) {
        if (!c->asking)
            continue;
        c->asking = false;
        if (!c->over && !there)
            ua_call_fail(c, now, CAUSE_auth_no_credentials,
                         UA_CALL_EV_REFUSED);
        else if (!c->over && ua_caller_invite(c, now))
            ua_call_fail(c, now, CAUSE_out_of_memory, UA_CALL_EV_REFUSED);
        ua_call_settle(c);
    }
}
