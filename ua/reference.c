/* SPDX-License-Identifier: Apache-2.0 */
/* Birth, inputs and end of REFERs that belong to no call. */
#include "ua/reference.h"

#include "sip/base/err.h"
#include "sip/dialogid.h"
#include "ua/ask.h"
#include "ua/call.h"
#include "ua/flow.h"
#include "ua/receive.h"
#include "ua/twin.h"

/* ------------------------------------------------------ birth and death */

static int make(struct ua_reference **out, struct ua_account *acc, uint64_t id)
{
    struct ua_core *core = acc->core;
    struct ua_reference *ref;
    int err;

    if (acc->references >= UA_REFERENCES_OF_ACCOUNT)
        return E_FULL;
    ref = env_alloc(acc->env, sizeof(*ref));
    if (!ref)
        return E_NOMEM;
    ref->acc = acc;
    ref->refer.of = ref->referred.of =
        (struct ua_refer_owner){.acc = &ref->acc, .ref = ref};
    core->counts.references++;
    acc->references++;
    err = ua_reserve_timers(core);
    if (!err)
        err = idtab_add(&core->references, &ref->key, ref);
    if (err) {
        ua_reference_free(ref);
        return err;
    }
    ref->id = id;
    ref->refer.timer = ref->referred.timer =
        (struct timer){.kind = UA_TIMER_REFERENCE, .owner = ref->key};
    *out = ref;
    return 0;
}

void ua_reference_free(struct ua_reference *ref)
{
    struct ua_account *acc = ref->acc;

    ua_txn_forget(acc, ref->refer.txn);
    ua_txn_forget(acc, ref->referred.txn);
    ua_refer_free(&ref->refer);
    ua_referred_free(&ref->referred);
    idtab_remove(&acc->core->references, ref->key);
    acc->core->counts.references--;
    acc->references--;
    env_free(acc->env, ref);
}

static void tell_last(struct ua_reference *ref, int state, unsigned status)
{
    struct cause none;

    cause_set(&none, CAUSE_none);
    ua_callevent_transfer(
        ref->out ? &ref->refer.of : &ref->referred.of,
        &(struct ua_transfer_news){
            .state = state,
            .direction = ref->out ? SIPLOCK_DIR_OUT : SIPLOCK_DIR_IN,
            .status = status,
            .cause = &none,
            .target = ref->out ? ref->refer.to : ref->referred.to});
}

void ua_reference_settle(struct ua_reference *ref)
{
    const struct ua_referred *r = &ref->referred;
    bool over = ref->out ? ref->refer.state == UA_REFER_OVER
                         : r->state == UA_REFERRED_OVER;

    if (ref->busy || !over)
        return;
    if (ref->id) /* declined by the app, or nobody wants to know any more */
        tell_last(ref,
                  r->status == 603 ? SIPLOCK_TRANSFER_FAILED
                                   : SIPLOCK_TRANSFER_UNKNOWN,
                  r->status);
    if (ref->out || (!r->txn && !r->pending))
        ua_reference_free(ref);
}

static struct ua_reference *next_of(const struct ua_account *acc,
                                    uint32_t *pos)
{
    struct ua_reference *ref = NULL;

    while (acc->references && (ref = idtab_next(&acc->core->references, pos)))
        if (ref->acc == acc)
            return ref;
    return NULL;
}

/* ----------------------------------------------------------- we ask for it */

/* The call that it is about is named, and its peer is whom we ask. */
static int set_call(struct ua_refer *r, uint64_t id, struct slice *at)
{
    const struct ua_account *acc = ua_refer_account(&r->of);
    const struct ua_call *c = idtab_get(&acc->core->call_ids, id);
    char text[UA_URI_MAX * 2];
    struct out o = out_of(text, sizeof(text));
    const struct sip_dialog *d;

    if (!c || c->acc != acc || c->state != UA_CALL_ESTABLISHED)
        return E_STATE;
    d = &c->leg[c->chosen];
    sip_dialog_id_name(&o, d);
    if (!at->n)
        *at = d->target;
    return o.err ? o.err : env_copy(acc->env, &r->about, out_slice(&o));
}

static int set_target(struct ua_refer *r, struct slice at)
{
    char text[UA_URI_MAX];
    struct out o = out_of(text, sizeof(text));
    struct sip_uri uri;

    if (sip_uri_parse(&uri, at, NULL))
        return E_SYNTAX;
    ua_ask_put_target(&o, ua_refer_account(&r->of), &uri);
    return o.err ? o.err : ua_apart_new(r, out_slice(&o));
}

/* What it waits for: the flow. Then ua_refer_go takes the value again. */
static int keep(struct ua_refer *r, struct slice target)
{
    char text[UA_URI_MAX * 2];
    struct out o = out_of(text, sizeof(text));

    out_char(&o, '<');
    out_put(&o, target);
    out_char(&o, '>');
    return o.err ? o.err
                 : env_copy(ua_refer_account(&r->of)->env, &r->to,
                            out_slice(&o));
}

static void go(struct ua_reference *ref, struct now now)
{
    heap_disarm(&ref->acc->core->heap, &ref->refer.timer);
    ref->refer.expires = UA_REFER_EXPIRES;
    ua_refer_step(&ref->refer, now, UA_REFER_EV_START);
    ua_reference_settle(ref);
}

int ua_reference_start(struct ua_account *acc, struct now now,
                       const struct ua_reference_ask *ask)
{
    struct slice at = ask->at;
    struct ua_reference *ref;
    int err = acc->removing ? E_GONE : make(&ref, acc, ask->id);

    if (err)
        return err;
    ref->out = true;
    ref->refer.quiet = ask->quiet;
    if (ask->call)
        err = set_call(&ref->refer, ask->call, &at);
    if (!err)
        err = set_target(&ref->refer, at);
    if (!err)
        err = keep(&ref->refer, ask->target);
    if (err) {
        ua_reference_free(ref);
        return err;
    }
    (void)heap_arm(&acc->core->heap, &ref->refer.timer,
                   now.boot + UA_REFERENCE_WAIT_MS);
    if (ua_flow_board(acc))
        go(ref, now);
    else
        ua_flow_want(acc, now);
    return 0;
}

/* ------------------------------------------------------- it is asked of us */

/* Whom the account's verified edge vouches for as its own user. */
static bool is_own(const struct ua_account *acc, const struct sip_msg *msg)
{
    const struct sip_route *r = msg->asserted_identity;
    bool own = !acc->direct && r;

    for (; r; r = r->next)
        own = own && r->addr.uri.has_user &&
              slice_eq(r->addr.uri.user, acc->aor.user) &&
              sip_host_eq(&r->addr.uri.host, &acc->aor.host);
    return own;
}

/* What is done with one that nobody talks with: nothing, unless the account
 * says so; without asking only where our own user is who asks. */
static int transfers_of(const struct ua_account *acc,
                        const struct sip_msg *msg)
{
    if (acc->refers == SIPLOCK_REFERS_ASKED)
        return SIPLOCK_TRANSFERS_ASKED;
    if (acc->refers == SIPLOCK_REFERS_OWN && is_own(acc, msg))
        return SIPLOCK_TRANSFERS_FOLLOWED;
    return SIPLOCK_TRANSFERS_REFUSED;
}

/* 0 and *out, or the status to refuse it with. */
static unsigned take(struct ua_reference **out, struct ua_account *acc,
                     const struct sip_msg *msg)
{
    struct ua_core *core = acc->core;
    int err = make(out, acc, 0);
    unsigned status;

    if (err)
        return err == E_FULL ? 486 : 503;
    status = ua_referred_apart(&(*out)->referred, msg);
    if (!status &&
        (!core->call_id || core->call_id(core->call_id_user, &(*out)->id)))
        status = 503;
    if (status)
        ua_reference_free(*out);
    return status;
}

static void stray(struct ua_account *acc, struct now now,
                  const struct sip_msg *msg)
{
    int transfers = transfers_of(acc, msg);
    struct ua_reference *ref;
    unsigned status =
        transfers == SIPLOCK_TRANSFERS_REFUSED ? 403 : take(&ref, acc, msg);

    if (status) {
        ua_receive_respond(acc, msg, status);
        return;
    }
    ref->busy = true;
    ua_referred_begin(&ref->referred, now, msg, transfers);
    ref->busy = false;
    ua_reference_settle(ref);
}

/* RFC 4538: who can name a call's dialog may ask as if within it. */
static void about_call(struct ua_call *c, struct now now,
                       const struct sip_msg *msg)
{
    bool may = c->state == UA_CALL_ESTABLISHED &&
               c->acc->transfer != SIPLOCK_TRANSFERS_REFUSED;
    unsigned status = may ? ua_referred_apart(&c->referred, msg) : 603;

    if (status)
        ua_receive_respond(c->acc, msg, status);
    else
        ua_referred_begin(&c->referred, now, msg, c->acc->transfer);
    ua_call_settle(c);
}

void ua_reference_refer(struct ua_account *acc, struct now now,
                        const struct sip_msg *msg)
{
    struct ua_call *c = ua_replaces_target(acc, msg);

    if (c)
        about_call(c, now, msg);
    else
        stray(acc, now, msg);
}

static struct ua_reference *of_id(const struct ua_core *core, uint64_t id)
{
    struct ua_reference *ref;
    uint32_t pos = 0;

    while (id && (ref = idtab_next(&core->references, &pos)))
        if (ref->id == id)
            return ref;
    return NULL;
}

int ua_reference_decide(struct ua_core *core, struct now now, uint64_t id,
                        bool follow)
{
    struct ua_reference *ref = of_id(core, id);
    int err;

    if (!ref)
        return E_GONE;
    if (ref->out)
        return E_STATE;
    ref->busy = true;
    err = ua_referred_decide(&ref->referred, now, follow);
    ref->busy = false;
    ua_reference_settle(ref);
    return err;
}

/* --------------------------------------------------------------- inputs */

/* Is a request in one of those two dialogs? */
static bool is_for(const struct ua_refer *out, const struct ua_referred *in,
                   const struct sip_msg *msg)
{
    return ua_apart_has(out->apart, msg) ||
           (in->own && sip_dialog_has(in->own, msg));
}

static void answer(struct ua_refer *out, struct ua_referred *in,
                   struct now now, const struct sip_msg *msg)
{
    if (ua_apart_has(out->apart, msg) && msg->method == SIP_NOTIFY)
        ua_apart_notify(out, now, msg);
    else if (in->own && sip_dialog_has(in->own, msg))
        ua_referred_within(in, now, msg);
    else
        ua_receive_respond(ua_refer_account(&out->of), msg, 481);
}

static void move(struct ua_reference *ref, struct ua_account *to)
{
    ref->acc->references--;
    to->references++;
    ref->acc = to;
}

/* Of an account with two flows it goes on where the request came. */
static bool of_reference(struct ua_account *acc, struct now now,
                         const struct sip_msg *msg)
{
    struct ua_reference *ref;
    uint32_t pos = 0;

    while (acc->core->counts.references &&
           (ref = idtab_next(&acc->core->references, &pos))) {
        if (ref->acc->id != acc->id ||
            !is_for(&ref->refer, &ref->referred, msg))
            continue;
        move(ref, acc);
        answer(&ref->refer, &ref->referred, now, msg);
        ua_reference_settle(ref);
        return true;
    }
    return false;
}

bool ua_reference_request(struct ua_account *acc, struct now now,
                          const struct sip_msg *msg)
{
    struct ua_call *c;
    uint32_t pos = 0;

    if (of_reference(acc, now, msg))
        return true;
    while (acc->core->counts.calls &&
           (c = idtab_next(&acc->core->calls, &pos))) {
        if (c->acc->id != acc->id || c->over ||
            !is_for(&c->refer, &c->referred, msg) ||
            !ua_twin_follow(c, acc->flow))
            continue;
        answer(&c->refer, &c->referred, now, msg);
        ua_call_settle(c);
        return true;
    }
    return false;
}

static void never_sent(struct ua_reference *ref, struct now now,
                       enum cause_code code)
{
    struct ua_refer *r = &ref->refer;

    r->state = UA_REFER_SENT;
    cause_set(&r->cause, code);
    ua_refer_step(r, now, UA_REFER_EV_REFUSED);
}

void ua_reference_timer(struct ua_core *core, struct now now, uint64_t key)
{
    struct ua_reference *ref = idtab_get(&core->references, key);

    if (!ref)
        return;
    ref->busy = true;
    if (!ref->out)
        ua_referred_step(&ref->referred, now, UA_REFERRED_EV_TIMER);
    else if (ref->refer.state == UA_REFER_IDLE)
        never_sent(ref, now, CAUSE_call_timeout);
    else
        ua_refer_step(&ref->refer, now, UA_REFER_EV_TIMER);
    ref->busy = false;
    ua_reference_settle(ref);
}

void ua_reference_flow_up(struct ua_account *acc, struct now now)
{
    struct ua_reference *ref;
    uint32_t pos = 0;

    while ((ref = next_of(acc, &pos))) {
        if (ref->out && ref->refer.state == UA_REFER_IDLE) {
            go(ref, now);
        } else if (!ref->out) {
            ua_referred_flow_up(&ref->referred, now);
            ua_reference_settle(ref);
        }
    }
}

void ua_reference_move_all(struct ua_account *from, struct ua_account *to,
                           struct now now)
{
    struct ua_reference *ref;
    uint32_t pos = 0;

    while ((ref = next_of(from, &pos)))
        if (!ref->refer.txn && !ref->referred.txn)
            move(ref, to);
    ua_reference_flow_up(to, now);
}

void ua_reference_password(struct ua_account *acc, struct now now, bool there)
{
    struct ua_reference *ref;
    uint32_t pos = 0;

    while ((ref = next_of(acc, &pos))) {
        if (!ref->asking)
            continue;
        ref->asking = false;
        if (there)
            ua_refer_send(&ref->refer, now);
        else
            never_sent(ref, now, CAUSE_auth_no_credentials);
        ua_reference_settle(ref);
    }
}

void ua_reference_drop_all(struct ua_account *acc)
{
    struct ua_reference *ref;
    uint32_t pos = 0;

    while ((ref = next_of(acc, &pos))) {
        if (ref->id)
            tell_last(ref, SIPLOCK_TRANSFER_UNKNOWN, 0);
        ua_reference_free(ref);
    }
}
