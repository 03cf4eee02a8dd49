/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual world: the second driver of the core, in virtual time. */
#include "test/sim/world.h"

#include <stdio.h>
#include <string.h>

#include "sip/base/err.h"
#include "test/sim/answer.h"

enum {
    CONNECT_MS = 5000, /* a driver gives up on an address after that */
    START_MS = 1000000
};

/* What happens later: bytes, the end of a handshake, the edge's notice of a
 * connection's end, a DNS answer. */
enum happening { TO_CORE, TO_EDGE, CONNECTED, EDGE_GONE, ANSWERED, LATER };

struct event {
    struct timer timer;
    enum happening what;
    struct sim_conn *conn;
    uint64_t flow; /* LATER: the call */
    uint32_t qid;  /* LATER: what */
    enum tls_locate_status dns;
    enum cause_code cause; /* CONNECTED: none means up */
    size_t n;
    char bytes[];
};

/* ---------------------------------------------------------- the network */

static struct event *plan(struct world *w, enum happening what, int64_t at,
                          struct slice bytes)
{
    struct event *e = env_alloc(&w->env, sizeof(*e) + bytes.n);

    if (!e) {
        w->err = E_NOMEM;
        return NULL;
    }
    e->what = what;
    e->n = bytes.n;
    if (bytes.n)
        memcpy(e->bytes, bytes.p, bytes.n);
    if (heap_arm(&w->events, &e->timer, at)) {
        w->err = E_NOMEM;
        env_free(&w->env, e);
        return NULL;
    }
    return e;
}

static int64_t travel(struct world *w)
{
    int64_t ms = w->weather.delay_ms;

    if (w->weather.jitter_ms)
        ms += world_below(w, w->weather.jitter_ms);
    if (world_below(w, 100) < w->weather.lost_pct)
        ms += 200 + world_below(w, 2800); /* TCP sends it again */
    return ms;
}

static struct sim_conn *conn_of_flow(struct world *w, uint64_t flow)
{
    for (struct sim_conn *c = w->conns; c; c = c->next)
        if (flow && c->flow == flow)
            return c;
    return NULL;
}

static struct sim_conn *conn_of_edge(struct world *w, uint64_t edge)
{
    for (struct sim_conn *c = w->conns; c; c = c->next)
        if (edge && c->edge == edge)
            return c;
    return NULL;
}

/* Frees connections that nobody can name any more. */
static void sweep(struct world *w)
{
    struct sim_conn **at = &w->conns;

    while (*at) {
        struct sim_conn *c = *at;

        if (c->flow || c->edge || c->in_flight) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        env_free(&w->env, c);
    }
}

/* In any pieces, in order: what a stream does. */
static void carry(struct world *w, struct sim_conn *c, enum happening what,
                  struct slice bytes)
{
    int64_t *last = what == TO_CORE ? &c->last_to_core : &c->last_to_edge;

    if (c->silent || w->weather.partition)
        return;
    while (bytes.n) {
        size_t n = bytes.n < 2 || world_below(w, 4)
                       ? bytes.n
                       : 1 + world_below(w, (uint32_t)bytes.n);
        int64_t at = w->now.boot + travel(w);
        struct event *e;

        if (at < *last)
            at = *last;
        *last = at;
        e = plan(w, what, at, slice_of(bytes.p, n));
        if (!e)
            return;
        e->conn = c;
        c->in_flight++;
        bytes = slice_skip(bytes, n);
    }
}

static void edge_send(void *user, uint64_t conn, struct slice text)
{
    struct world *w = user;
    struct sim_conn *c = conn_of_edge(w, conn);

    if (c && c->flow)
        carry(w, c, TO_CORE, text);
}

static void core_down(struct world *w, struct sim_conn *c,
                      enum cause_code code)
{
    uint64_t flow = c->flow;
    struct cause cause;

    cause_set(&cause, code);
    c->flow = 0;
    c->up = false;
    if (flow)
        ua_core_flow_down(w->core, w->now, flow, &cause);
}

static void edge_lost(struct world *w, struct sim_conn *c)
{
    uint64_t edge = c->edge;

    c->edge = 0;
    if (edge)
        edge_conn_gone(&w->edge, edge);
}

static void edge_hangup(void *user, uint64_t conn)
{
    struct world *w = user;
    struct sim_conn *c = conn_of_edge(w, conn);

    if (!c)
        return;
    edge_lost(w, c);
    core_down(w, c, CAUSE_connect_reset);
}

/* ------------------------------------------------------------- the core */

static bool swallows(const struct world *w, const struct tls_addr *a)
{
    return a->ip[3] > SIM_DEAD ||
           (w->weather.swallows && a->ip[3] == w->weather.swallows);
}

static void do_dial(struct world *w, const struct ua_out *out)
{
    struct sim_conn *c = env_alloc(&w->env, sizeof(*c));
    enum cause_code cause = CAUSE_none;
    int64_t wait = 3 * w->weather.delay_ms + travel(w);
    struct event *e;
    const struct policy_peer_view *view =
        policy_peer_view(w->policy, out->ticket);
    struct cause no_memory;

    w->dials++;
    if (!view)
        w->bad_tickets++;
    if (w->weather.partition || (view && swallows(w, &view->addr))) {
        cause = CAUSE_connect_timeout;
        wait = CONNECT_MS;
    } else if (w->weather.refusing) {
        cause = CAUSE_connect_refused;
    } else if (w->weather.bad_cert) {
        cause = CAUSE_cert_expired;
    }
    e = c ? plan(w, CONNECTED, w->now.boot + wait, slice_of(NULL, 0)) : NULL;
    if (!e) {
        env_free(&w->env, c);
        cause_set(&no_memory, CAUSE_out_of_memory);
        ua_core_flow_down(w->core, w->now, out->flow, &no_memory);
        return;
    }
    c->flow = out->flow;
    c->next = w->conns;
    w->conns = c;
    c->in_flight = 1;
    e->conn = c;
    e->cause = cause;
}

static void do_query(struct world *w, const struct ua_out *out)
{
    char packet[512];
    struct out o = out_of(packet, sizeof(packet));
    bool dead = w->weather.dns_dead || w->weather.partition;
    int64_t wait = dead ? 4000 : 2 * w->weather.delay_ms + travel(w);
    struct event *e;

    w->queries++;
    sim_answer(&o, out->text, (enum tls_dns_type)out->qtype, w->weather.dead);
    e = plan(w, ANSWERED, w->now.boot + wait,
             dead ? slice_of(NULL, 0) : out_slice(&o));
    if (!e) {
        const struct ua_answer none = {
            out->flow, out->qid, TLS_LOCATE_NO_SERVER, {NULL, 0}};

        ua_core_dns(w->core, w->now, &none);
        return;
    }
    e->flow = out->flow;
    e->qid = out->qid;
    e->dns = dead ? TLS_LOCATE_TIMEOUT : TLS_LOCATE_PACKET;
}

static void do_send(struct world *w, const struct ua_out *out)
{
    struct sim_conn *c = conn_of_flow(w, out->flow);

    w->sends++;
    if (!c || !c->up)
        w->plain_while_down++; /* would have left unverified */
    else if (c->edge)
        carry(w, c, TO_EDGE, out->text);
}

static void do_hangup(struct world *w, const struct ua_out *out)
{
    struct sim_conn *c = conn_of_flow(w, out->flow);
    struct event *e;

    if (!c)
        return;
    c->flow = 0;
    c->up = false;
    if (!c->edge || c->silent)
        return;
    e = plan(w, EDGE_GONE, w->now.boot + travel(w), slice_of(NULL, 0));
    if (!e)
        return;
    if (e->timer.at < c->last_to_edge) /* after what was sent before */
        heap_arm(&w->events, &e->timer, c->last_to_edge);
    e->conn = c;
    c->in_flight++;
}

static struct sim_account *account_of(struct world *w, uint64_t id)
{
    for (unsigned i = 0; i < w->accounts; i++)
        if (w->account[i].id == id)
            return &w->account[i];
    return NULL;
}

static void do_event(struct world *w, const struct ua_out *out)
{
    struct sim_account *a = account_of(w, out->account);

    if (out->event.type == SIPLOCK_EVENT_NOTICE &&
        strcmp(out->event.notice, "rspauth_wrong") == 0)
        w->rspauth_wrong++;
    if (!a || out->event.type != SIPLOCK_EVENT_REGISTER_STATE)
        return;
    a->state = out->event.state;
    a->cause = out->event.cause;
    a->retry_ms = out->event.retry_ms;
    unsigned *const counter[] = {NULL, &a->trying, &a->registered, &a->failed,
                                 &a->ended};

    ++*counter[out->event.state];
}

static void do_password(struct world *w, const struct ua_out *out)
{
    const struct sim_account *a = account_of(w, out->account);

    (void)ua_core_password(w->core, w->now, out->account,
                           a && a->wrong_password ? S("not it")
                                                  : S("open sesame"));
}

static void perform(struct world *w, const struct ua_out *out)
{
    switch (out->kind) {
    case UA_OUT_QUERY:
        do_query(w, out);
        break;
    case UA_OUT_UNQUERY: /* its answers come late and are ignored */
        break;
    case UA_OUT_DIAL:
        do_dial(w, out);
        break;
    case UA_OUT_SEND:
        do_send(w, out);
        break;
    case UA_OUT_HANGUP:
        do_hangup(w, out);
        break;
    case UA_OUT_PASSWORD:
        do_password(w, out);
        break;
    case UA_OUT_EVENT:
        do_event(w, out);
        if (out->call && w->call)
            w->call(w, out);
        break;
    case UA_OUT_FORGET:
        break;
    case UA_OUT_MEDIA_OPEN:
    case UA_OUT_MEDIA_SET:
    case UA_OUT_MEDIA_DTMF:
    case UA_OUT_MEDIA_CLOSE:
        if (w->call)
            w->call(w, out);
        break;
    }
}

void world_turn(struct world *w)
{
    struct ua_out out;
    uint64_t n = 0;

    while (ua_core_next(w->core, &out)) {
        perform(w, &out);
        ua_out_release(&w->env, &out);
        n++;
    }
    if (n > w->max_outputs)
        w->max_outputs = n;
    sweep(w);
}

/* ------------------------------------------------------------- the clock */

static void connected(struct world *w, struct event *e)
{
    struct sim_conn *c = e->conn;
    struct ua_flow_facts facts = {.name = S("edge.example.test"),
                                  .tls = S("TLSv1.3"),
                                  .suite = S("simulated")};

    if (!c->flow)
        return; /* hung up while it was dialled */
    if (e->cause != CAUSE_none) {
        core_down(w, c, e->cause);
        return;
    }
    if (edge_conn_new(&w->edge, &c->edge)) {
        core_down(w, c, CAUSE_connect_reset);
        return;
    }
    c->up = true;
    facts.local =
        (struct tls_addr){.family = 4,
                          .ip = {10, 0, 0, 2},
                          .port = (uint16_t)(1024 + world_below(w, 60000))};
    facts.remote = facts.local;
    ua_core_flow_up(w->core, w->now, c->flow, &facts);
}

static void answered(struct world *w, const struct event *e)
{
    const struct ua_answer answer = {e->flow, e->qid, e->dns,
                                     slice_of(e->bytes, e->n)};

    ua_core_dns(w->core, w->now, &answer);
}

static void happen(struct world *w, struct event *e)
{
    struct sim_conn *c = e->conn;

    if (c)
        c->in_flight--;
    switch (e->what) {
    case TO_CORE:
        if (c->flow && c->up)
            ua_core_bytes(w->core, w->now, c->flow, slice_of(e->bytes, e->n));
        break;
    case TO_EDGE:
        if (c->edge)
            edge_bytes(&w->edge, w->now, c->edge, slice_of(e->bytes, e->n));
        break;
    case CONNECTED:
        connected(w, e);
        break;
    case EDGE_GONE:
        edge_lost(w, c);
        break;
    case ANSWERED:
        answered(w, e);
        break;
    case LATER:
        w->later(w, e->qid, e->flow);
        break;
    }
}

void world_later(struct world *w, int64_t ms, uint32_t what, uint64_t call)
{
    struct event *e = plan(w, LATER, w->now.boot + ms, slice_of(NULL, 0));

    if (!e)
        return;
    e->qid = what;
    e->flow = call;
}

static int call_id(void *user, uint64_t *id)
{
    struct world *w = user;

    return w->call ? idtab_add(&w->call_ids, id, w) : E_FULL;
}

void world_run(struct world *w, int64_t ms)
{
    int64_t end = w->now.boot + ms;

    world_turn(w);
    while (!w->err) {
        int64_t core = ua_core_deadline(w->core);
        int64_t net = heap_deadline(&w->events);
        int64_t at = core < net ? core : net;
        struct event *e;

        if (at > end)
            break;
        if (at > w->now.boot)
            w->now.boot = w->now.mono = w->now.wall = at;
        e = (struct event *)heap_pop(&w->events, w->now.boot);
        if (e) {
            happen(w, e);
            env_free(&w->env, e);
        } else {
            ua_core_tick(w->core, w->now);
        }
        world_turn(w);
    }
    w->now.boot = w->now.mono = w->now.wall = end;
}

/* ---------------------------------------------------------- disturbances */

void world_kill(struct world *w, bool silently)
{
    for (struct sim_conn *c = w->conns; c; c = c->next) {
        if (!c->up || (silently && world_below(w, 2)))
            continue;
        if (silently) {
            c->silent = true;
            continue;
        }
        edge_lost(w, c);
        core_down(w, c, CAUSE_connect_reset);
    }
    world_turn(w);
}

void world_restart(struct world *w)
{
    world_kill(w, false);
    (void)edge_forget(&w->edge);
}

/* --------------------------------------------------------- birth and end */

int world_init(struct world *w, const struct env *env, uint64_t seed)
{
    struct edge_config edge = {.domain = S("example.test"),
                               .md = ENV_SHA256,
                               .min_expires = 60,
                               .max_expires = 3600,
                               .nonce_ms = 300000,
                               .user = w,
                               .send = edge_send,
                               .hangup = edge_hangup};
    struct ua_core_config core = {.env = &w->env};
    int err;

    *w = (struct world){.outer = env, .rng = seed};
    world_chance(w);
    w->now = (struct now){START_MS, START_MS, START_MS};
    w->weather.delay_ms = 20;
    heap_init(&w->events, &w->env);
    idtab_init(&w->ids, &w->env, WORLD_ACCOUNTS_MAX);
    idtab_init(&w->call_ids, &w->env, UA_CALLS_MAX);
    core.call_id = call_id;
    core.call_id_user = w;
    edge.env = &w->env;
    err = edge_init(&w->edge, &edge);
    if (!err)
        err = policy_new(&w->policy, &w->env, POLICY_LEGACY_PBX);
    core.policy = w->policy;
    if (!err)
        err = ua_core_new(&w->core, &core);
    return err;
}

void world_free(struct world *w)
{
    struct timer *t;

    ua_core_free(w->core);
    policy_free(w->policy);
    while ((t = heap_pop(&w->events, INT64_MAX)))
        env_free(&w->env, (struct event *)t);
    while (w->conns) {
        struct sim_conn *c = w->conns;

        w->conns = c->next;
        env_free(&w->env, c);
    }
    edge_free(&w->edge);
    heap_free(&w->events);
    idtab_free(&w->ids);
    idtab_free(&w->call_ids);
}

static int no_password(void *user, siplock_account account,
                       struct siplock_str realm,
                       struct siplock_password *password)
{
    (void)user, (void)account, (void)realm;
    password->n = 0;
    return -1; /* the world answers UA_OUT_PASSWORD by itself */
}

int world_add(struct world *w, bool by_dns, bool wrong_password,
              uint32_t expires)
{
    struct sim_account *a = &w->account[w->accounts];
    const char *address = "192.0.2.1:5061";
    char aor[64];
    struct siplock_account_config config = {
        .size = sizeof(config),
        .aor = aor,
        .outbound = by_dns ? NULL : "sip:edge.example.test;transport=tls",
        .address = by_dns ? NULL : &address,
        .addresses = by_dns ? 0 : 1,
        .password = no_password,
        .expires = expires,
        .share_flow = w->accounts % 3 != 0,
    };
    struct ua_account *acc = NULL;
    struct cause why;
    int err;

    *a = (struct sim_account){.wrong_password = wrong_password};
    snprintf(a->name, sizeof(a->name), "user%u", w->accounts);
    snprintf(aor, sizeof(aor), "sip:%s@example.test", a->name);
    err = edge_add_user(&w->edge, slice_cstr(a->name), S("open sesame"));
    if (!err)
        err = ua_account_new(&acc, &w->env, POLICY_LEGACY_PBX, &config, &why);
    if (err)
        return err;
    /* Any address serves as anchors: nothing here verifies certificates. */
    ua_account_trust(acc, (struct tls_cred *)(uintptr_t)w);
    err = idtab_add(&w->ids, &a->id, a);
    if (!err) {
        w->accounts++;
        err = ua_core_account_add(w->core, w->now, a->id, acc);
        if (err) {
            idtab_remove(&w->ids, a->id);
            w->accounts--;
        }
    }
    if (err)
        ua_account_free(acc, w->now);
    else
        world_turn(w);
    return err;
}
