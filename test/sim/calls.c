/* SPDX-License-Identifier: Apache-2.0 */
/* Calls by users who answer, reject, cancel and hang up at any moment. */
#include "test/sim/calls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sip/base/err.h"
#include "test/oom.h"
#include "test/sim/world.h"
#include "tls/crypto.h"

enum {
    ACCOUNTS = 12,
    CALLS = 50, /* a seed */
    SEEDS = 200,
    SIDES = 4 * CALLS,
    MINUTE = 60000
};

/* What users and the media thread do later. */
enum {
    BOUND,
    UNBOUND,
    CLOSED,
    RING,
    ANSWER,
    REJECT,
    HANGUP,
    DIGIT,
    HOLD,
    RESUME
};

/* One side of a call, as its app sees it. */
struct side {
    uint64_t id;
    int dir;
    bool offerless;
    unsigned established, ended, last;
    bool opened, closing, closed;
    unsigned sets;
    struct secret tx, rx; /* of the last set */
};

struct calls {
    struct side side[SIDES];
    unsigned sides;
    unsigned wrong; /* what must never be */
    unsigned established, ended;
};

static struct side *find(struct calls *t, uint64_t id)
{
    for (unsigned i = 0; i < t->sides; i++)
        if (t->side[i].id == id)
            return &t->side[i];
    return NULL;
}

static struct side *find_or_make(struct calls *t, uint64_t id)
{
    struct side *s = find(t, id);

    if (s || t->sides == SIDES)
        return s;
    s = &t->side[t->sides++];
    *s = (struct side){.id = id};
    return s;
}

/* ---------------------------------------------------------------- users */

/* A user thinks for a while, and perhaps about something else. */
static void phone_rings(struct world *w, uint64_t id)
{
    int64_t thinks = 200 + world_below(w, 20000);

    world_later(w, 50 + world_below(w, 300), RING, id);
    switch (world_below(w, 6)) {
    case 0:
        world_later(w, thinks, REJECT, id);
        break;
    case 1: /* nobody is there */
        break;
    default:
        world_later(w, thinks, ANSWER, id);
        break;
    }
}

static void talk(struct world *w, uint64_t id)
{
    if (world_below(w, 3) == 0)
        world_later(w, world_below(w, 3000), DIGIT, id);
    if (world_below(w, 3) == 0) {
        world_later(w, world_below(w, 5000), HOLD, id);
        world_later(w, 5000 + world_below(w, 5000), RESUME, id);
    }
    /* Both may hang up at the same time; one of them will in the end. */
    world_later(w, 1 + world_below(w, 90000), HANGUP, id);
}

static void on_state(struct world *w, struct side *s, const struct ua_event *e,
                     uint64_t id)
{
    s->dir = e->direction;
    if (e->state == SIPLOCK_CALL_RINGING && e->direction == SIPLOCK_DIR_IN)
        phone_rings(w, id);
    if (e->state == SIPLOCK_CALL_ESTABLISHED) {
        s->established++;
        talk(w, id);
    }
    if (e->state == SIPLOCK_CALL_ENDED)
        s->ended++;
}

/* ---------------------------------------------------------------- media */

static void on_open(struct world *w, struct calls *t, struct side *s)
{
    t->wrong += s->closing;
    s->opened = true;
    world_later(w, 1 + world_below(w, 5),
                world_below(w, 100) ? BOUND : UNBOUND, s->id);
}

static void on_set(struct world *w, struct calls *t, struct side *s,
                   const struct ua_out *out)
{
    const struct policy_media_view *v =
        policy_media_view(w->policy, out->media);

    t->wrong += !v || !s->opened || s->closing;
    if (!v)
        return;
    s->sets++;
    s->tx = *v->tx;
    s->rx = *v->rx;
    t->wrong += secret_eq(v->tx, v->rx);
}

static void on_close(struct world *w, struct calls *t, struct side *s)
{
    t->wrong += !s->opened || s->closing;
    s->closing = true;
    world_later(w, 1 + world_below(w, 5), CLOSED, s->id);
}

/* -------------------------------------------------------------- outputs */

static void on_event(struct world *w, struct calls *t, struct side *s,
                     const struct ua_out *out)
{
    if (out->event.type == SIPLOCK_EVENT_CALL_STATE)
        on_state(w, s, &out->event, out->call);
    if (out->event.type != SIPLOCK_EVENT_CALL_ENDED)
        return;
    s->last++;
    t->ended++;
    t->established += s->established;
    t->wrong += s->opened && !s->closed;
    idtab_remove(&w->call_ids, out->call);
}

static void on_call(struct world *w, const struct ua_out *out)
{
    struct calls *t = w->calls;
    struct side *s = find_or_make(t, out->call);

    if (!s) {
        t->wrong++;
        return;
    }
    t->wrong += s->last != 0; /* after the last event: nothing */
    switch ((int)out->kind) {
    case UA_OUT_MEDIA_OPEN:
        on_open(w, t, s);
        break;
    case UA_OUT_MEDIA_SET:
        on_set(w, t, s, out);
        break;
    case UA_OUT_MEDIA_CLOSE:
        on_close(w, t, s);
        break;
    case UA_OUT_EVENT:
        on_event(w, t, s, out);
        break;
    default:
        break;
    }
}

static void say(struct world *w, struct side *s, enum media_event_kind kind)
{
    const struct media_event e = {
        .kind = kind,
        .local = {4, {10, 0, 0, 2}, (uint16_t)(20000 + world_below(w, 9999))}};

    if (s->closed)
        return;
    s->closed = kind == MEDIA_EVENT_CLOSED;
    ua_core_media(w->core, w->now, s->id, &e);
}

static void wish(struct world *w, uint64_t id, int kind)
{
    struct ua_wish wish = {.status = 480, .digit = '1', .ms = 100};

    memcpy(&wish.kind, &kind, sizeof(wish.kind));
    (void)ua_core_call_wish(w->core, w->now, id, &wish);
}

static void on_later(struct world *w, uint32_t what, uint64_t id)
{
    struct side *s = find(w->calls, id);

    if (!s)
        return;
    switch (what) {
    case BOUND:
        say(w, s, MEDIA_EVENT_BOUND);
        break;
    case UNBOUND:
        say(w, s, MEDIA_EVENT_FAILED);
        break;
    case CLOSED:
        say(w, s, MEDIA_EVENT_CLOSED);
        break;
    case RING:
        wish(w, id, world_below(w, 3) ? UA_WISH_RING : UA_WISH_EARLY);
        break;
    case ANSWER:
        wish(w, id, UA_WISH_ANSWER);
        break;
    case REJECT:
        wish(w, id, UA_WISH_REJECT);
        break;
    case HANGUP:
        wish(w, id, UA_WISH_HANGUP);
        break;
    case HOLD:
        wish(w, id, UA_WISH_HOLD);
        break;
    case RESUME:
        wish(w, id, UA_WISH_RESUME);
        break;
    default:
        wish(w, id, UA_WISH_DTMF);
        break;
    }
}

/* ---------------------------------------------------------------- a seed */

static int call_somebody(struct world *w)
{
    struct sim_account *from = &w->account[world_below(w, w->accounts)];
    const struct sim_account *to = &w->account[world_below(w, w->accounts)];
    const struct ua_terms terms = {.no_offer = world_below(w, 6) == 0,
                                   .reliable = world_below(w, 6) == 0};
    char text[64];
    struct sip_uri uri;
    enum policy_why why;
    struct side *s;
    uint64_t id;
    int err = idtab_add(&w->call_ids, &id, w);

    if (err)
        return err;
    snprintf(text, sizeof(text), "sip:%s@example.test", to->name);
    err = sip_uri_parse(&uri, slice_cstr(text), NULL);
    if (!err)
        err = ua_core_call_start(w->core, w->now,
                                 &(struct ua_dial){id, from->id, &uri, &terms},
                                 &why);
    if (err) {
        idtab_remove(&w->call_ids, id);
        return err;
    }
    if ((s = find_or_make(w->calls, id)))
        s->offerless = terms.no_offer;
    /* The caller's patience. */
    world_later(w, world_below(w, 60000), HANGUP, id);
    world_turn(w);
    return 0;
}

static void disturb(struct world *w)
{
    switch (world_below(w, 12)) {
    case 0:
        world_kill(w, false);
        break;
    case 1:
        world_kill(w, true);
        break;
    case 2:
        w->weather.lost_pct = world_below(w, 30);
        w->weather.jitter_ms = world_below(w, 2000);
        break;
    case 3:
        w->weather.partition = true;
        world_run(w, world_below(w, 20000));
        w->weather.partition = false;
        break;
    case 4:
        world_restart(w);
        break;
    case 5:
        ua_core_net(w->core, w->now, UA_NET_CHANGED);
        world_turn(w);
        break;
    default: /* fair weather most of the time */
        w->weather.lost_pct = 1;
        w->weather.jitter_ms = 50;
        break;
    }
}

/* Who has heard the 2xx has the keys of one who sent it; with an offer in the
 * 2xx only if the ACK was heard. */
static bool has_partner(const struct calls *t, const struct side *s)
{
    for (unsigned i = 0; i < t->sides; i++) {
        const struct side *o = &t->side[i];

        if (o != s && o->sets && secret_eq(&o->tx, &s->rx) &&
            secret_eq(&o->rx, &s->tx))
            return true;
    }
    return false;
}

/* keys: none was lost for want of memory after the 2xx had been sent. */
static void check(struct world *w, const struct calls *t, uint64_t seed,
                  bool keys)
{
    struct ua_counts counts = ua_core_counts(w->core);

    for (unsigned i = 0; i < t->sides; i++) {
        const struct side *s = &t->side[i];

        if (s->ended != 1 || s->last != 1 || s->established > 1)
            fail_msg("seed %llu: side %u: established %u, ended %u, last %u",
                     (unsigned long long)seed, i, s->established, s->ended,
                     s->last);
        if (keys && s->established && s->dir == SIPLOCK_DIR_OUT &&
            !s->offerless && !has_partner(t, s))
            fail_msg("seed %llu: side %u has nobody's keys",
                     (unsigned long long)seed, i);
    }
    assert_int_equal(t->wrong, 0);
    assert_int_equal(w->err, 0);
    assert_int_equal(w->plain_while_down, 0);
    assert_int_equal(w->bad_tickets, 0);
    assert_int_equal(counts.calls, 0);
    assert_int_equal(w->call_ids.live, 0);
}

static int open_world(struct world *w, struct calls *t, const struct env *env,
                      uint64_t seed)
{
    int err = world_init(w, env, seed);

    memset(t, 0, sizeof(*t));
    w->calls = t;
    w->call = on_call;
    w->later = on_later;
    w->edge.config.md = ENV_SHA256;
    return err;
}

static void one_seed(uint64_t seed, unsigned *made, unsigned *talked)
{
    static struct world w;
    static struct calls t;
    struct oom mem;
    struct env env = {.rand = tls_crypto_rand, .md = tls_crypto_md};

    oom_init(&mem, &env);
    assert_int_equal(open_world(&w, &t, &env, seed), 0);
    for (int i = 0; i < ACCOUNTS; i++)
        assert_int_equal(world_add(&w, false, false, 600), 0);
    world_run(&w, MINUTE);
    for (int i = 0; i < CALLS; i++) {
        if (world_below(&w, 3) == 0)
            disturb(&w);
        *made += call_somebody(&w) == 0;
        world_run(&w, world_below(&w, 8000));
    }
    w.weather.lost_pct = 0;
    w.weather.partition = false;
    world_run(&w, 10 * (int64_t)MINUTE);
    check(&w, &t, seed, true);
    *talked += t.established;
    world_free(&w);
    assert_int_equal(mem.live, 0);
}

void sim_calls_all_end(void **state)
{
    unsigned made = 0, talked = 0;

    (void)state;
    for (uint64_t seed = sim_first_seed; seed < sim_first_seed + SEEDS; seed++)
        one_seed(seed, &made, &talked);
    printf("%u calls, %u sides established, one last event each\n", made,
           talked);
    assert_true(made >= CALLS * SEEDS * 95 / 100);
    assert_true(talked > made / 2);
}

/* One allocation fails, and then no more: every call still ends. */
static int with_failures(const struct env *env, void *arg)
{
    static struct world w;
    static struct calls t;
    struct oom *mem = env->user;
    int err = open_world(&w, &t, env, 5);

    (void)arg;
    for (int i = 0; i < 3 && !err; i++)
        err = world_add(&w, false, false, 600);
    if (!err)
        world_run(&w, MINUTE);
    for (int i = 0; i < 3 && !err; i++) {
        err = call_somebody(&w);
        world_run(&w, MINUTE / 2);
    }
    if (!err)
        world_run(&w, 10 * (int64_t)MINUTE);
    if (!err)
        err = w.err;
    if (!err && !(mem->flags & OOM_PERSISTENT))
        check(&w, &t, 5, false);
    world_free(&w);
    return err;
}

void sim_calls_without_memory(void **state)
{
    struct env env = {.rand = tls_crypto_rand, .md = tls_crypto_md};
    long n;

    (void)state;
    n = oom_loop(&env, with_failures, NULL);
    printf("%ld allocations, each failed once\n", n);
    assert_true(n > 100);
}
