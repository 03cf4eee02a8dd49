/* SPDX-License-Identifier: Apache-2.0 */
/* The scripted server: a driver of the core that keeps what it said. */
#include "test/core_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sip/base/err.h"
#include "tls/crypto.h"
#include "ua/account.h"

static void sink(void *user, enum log_level level, struct slice line)
{
    struct kit *b = user;

    (void)level;
    if (b->logged_n + line.n + 1 > sizeof(b->logged))
        return;
    memcpy(b->logged + b->logged_n, line.p, line.n);
    b->logged_n += line.n;
    b->logged[b->logged_n++] = '\n';
}

static void *own_alloc(void *user, size_t n)
{
    (void)user;
    return malloc(n);
}

static void own_free(void *user, void *p)
{
    (void)user;
    free(p);
}

static int ask(void *user, siplock_account account, struct siplock_str realm,
               struct siplock_password *password)
{
    (void)user, (void)account, (void)realm, (void)password;
    return -1;
}

void kit_up(struct kit *b)
{
    const struct ua_flow_facts facts = {
        .local = {4, {192, 0, 2, b->moved ? b->moved : 7}, 40000},
        .remote = b->dialled,
        .name = S("example.test"),
        .tls = S("TLSv1.3"),
        .suite = S("TLS1-3-AES-256-GCM-SHA384"),
    };

    b->up = true;
    for (unsigned i = 0; i < 8 && i < b->dials; i++)
        b->dial[i].up = b->dial[i].up || b->dial[i].flow == b->flow;
    ua_core_flow_up(b->core, b->now, b->flow, &facts);
}

void kit_media(struct kit *b, enum media_event_kind kind)
{
    const struct media_event e = {
        .kind = kind,
        .local = {4, {192, 0, 2, b->moved ? b->moved : 7}, 30000}};

    ua_core_media(b->core, b->now, b->call, &e);
}

static void media(struct kit *b, const struct ua_out *out)
{
    const struct policy_media_view *view;

    b->call = out->call;
    switch ((int)out->kind) {
    case UA_OUT_MEDIA_OPEN:
        b->opens++;
        if (!b->hold_media)
            kit_media(b,
                      b->fail_media ? MEDIA_EVENT_FAILED : MEDIA_EVENT_BOUND);
        break;
    case UA_OUT_MEDIA_SET:
        view = policy_media_view(b->policy, out->media);
        assert_non_null(view);
        b->sets++;
        b->tx = *view->tx;
        b->rx = *view->rx;
        b->suite = view->suite;
        b->media_to = view->remote;
        b->media = out->config;
        break;
    case UA_OUT_MEDIA_DTMF:
        b->digits++;
        break;
    case UA_OUT_MEDIA_CLOSE:
        b->closes++;
        kit_media(b, MEDIA_EVENT_CLOSED);
        break;
    default:
        break;
    }
}

static int new_id(void *user, uint64_t *id)
{
    struct kit *b = user;

    return idtab_add(&b->ids, id, b);
}

uint64_t kit_id(struct kit *b)
{
    uint64_t id;

    assert_int_equal(new_id(b, &id), 0);
    return id;
}

/* The texts lie end to end. */
static void keep_body(struct kit *b, const struct ua_out *out)
{
    size_t at = 0, n = out->event.len[UA_TEXT_BODY];

    for (int i = 0; i < UA_TEXT_BODY; i++)
        at += out->event.len[i];
    assert_true(n < sizeof(b->body));
    if (n)
        memcpy(b->body, out->text.p + at, n);
    b->body[n] = '\0';
}

/* The cause is the first text. */
static void keep_cause(struct kit *b, const struct ua_out *out)
{
    size_t n = out->event.len[UA_TEXT_CAUSE];

    assert_true(n < sizeof(b->last_cause));
    if (n)
        memcpy(b->last_cause, out->text.p, n);
    b->last_cause[n] = '\0';
}

uint64_t kit_call_with(struct kit *b, const char *target,
                       const struct ua_terms *terms)
{
    struct sip_uri uri;
    enum policy_why why;
    uint64_t id;

    assert_int_equal(sip_uri_parse(&uri, slice_cstr(target), NULL), 0);
    assert_int_equal(new_id(b, &id), 0);
    b->call = id;
    assert_int_equal(
        ua_core_call_start(b->core, b->now,
                           &(struct ua_dial){id, KIT_ACCOUNT, &uri, terms},
                           &why),
        0);
    kit_pull(b);
    return id;
}

uint64_t kit_call(struct kit *b, const char *target)
{
    return kit_call_with(b, target, NULL);
}

int kit_wish(struct kit *b, int kind, unsigned status)
{
    const struct ua_wish wish = {.status = status, .digit = '5', .ms = 100};
    struct ua_wish w = wish;
    int err;

    memcpy(&w.kind, &kind, sizeof(kind));
    err = ua_core_call_wish(b->core, b->now, b->call, &w);
    kit_pull(b);
    return err;
}

unsigned kit_count_events(const struct kit *b, int type, int state)
{
    unsigned n = 0;

    for (unsigned i = 0; i < b->events; i++)
        n += b->event[i].type == type && b->event[i].state == state;
    return n;
}

static bool is_up(const struct kit *b, uint64_t flow)
{
    for (unsigned i = 0; i < 8 && i < b->dials; i++)
        if (b->dial[i].flow == flow)
            return b->dial[i].up && !b->dial[i].hung;
    return false;
}

static void perform(struct kit *b, const struct ua_out *out)
{
    switch (out->kind) {
    case UA_OUT_DIAL:
        assert_non_null(policy_peer_view(b->policy, out->ticket));
        b->dialled = policy_peer_view(b->policy, out->ticket)->addr;
        b->flow = out->flow;
        if (b->dials < 8) {
            b->dial[b->dials].flow = out->flow;
            b->dial[b->dials].addr = b->dialled;
            b->dial[b->dials].ticket = out->ticket;
        }
        b->dials++;
        b->up = false;
        break;
    case UA_OUT_SEND:
        assert_true(b->two ? is_up(b, out->flow)
                           : b->up && out->flow == b->flow);
        assert_true(b->sents < SENT_MAX);
        b->sent_on[b->sents] = out->flow;
        b->sent[b->sents] = calloc(1, out->text.n + 1);
        memcpy(b->sent[b->sents++], out->text.p, out->text.n);
        break;
    case UA_OUT_HANGUP:
        b->hangups++;
        for (unsigned i = 0; i < 8 && i < b->dials; i++)
            b->dial[i].hung = b->dial[i].hung || b->dial[i].flow == out->flow;
        b->up = b->up && out->flow != b->flow;
        break;
    case UA_OUT_PASSWORD:
        b->asked++;
        (void)ua_core_password(b->core, b->now, out->account,
                               slice_cstr(b->password));
        break;
    case UA_OUT_MEDIA_OPEN:
    case UA_OUT_MEDIA_SET:
    case UA_OUT_MEDIA_DTMF:
    case UA_OUT_MEDIA_CLOSE:
        media(b, out);
        break;
    case UA_OUT_EVENT:
        if (out->call)
            b->call = out->call;
        if (out->event.type == SIPLOCK_EVENT_CALL_ENDED ||
            out->event.type == SIPLOCK_EVENT_MESSAGE_STATE ||
            (out->event.type == SIPLOCK_EVENT_SUBSCRIPTION_STATE &&
             out->event.state == SIPLOCK_SUBSCRIPTION_ENDED &&
             !out->event.notifier))
            idtab_remove(&b->ids, out->call);
        if (out->event.type == SIPLOCK_EVENT_FLOW_STATE &&
            out->event.state == SIPLOCK_FLOW_DOWN)
            keep_cause(b, out);
        if (out->reference)
            b->reference = out->reference;
        if (out->event.type == SIPLOCK_EVENT_TRANSFER && out->reference &&
            out->event.state >= SIPLOCK_TRANSFER_DONE)
            idtab_remove(&b->ids, out->reference);
        if (out->event.type == SIPLOCK_EVENT_NOTIFY ||
            out->event.type == SIPLOCK_EVENT_MESSAGE)
            keep_body(b, out);
        if (b->events < EVENTS_MAX) {
            b->event_of[b->events] = out->account;
            b->event[b->events++] = out->event;
        }
        break;
    case UA_OUT_FORGET:
        b->forgets++;
        break;
    case UA_OUT_QUERY:
        if (!b->finds)
            fail_msg("an explicit address needs no DNS");
        assert_true(b->questions < 8 && out->text.n < 256);
        b->question[b->questions].flow = out->flow;
        b->question[b->questions].qid = out->qid;
        b->question[b->questions].type = out->qtype;
        memcpy(b->question[b->questions].name, out->text.p, out->text.n);
        b->question[b->questions++].name[out->text.n] = '\0';
        b->asked_dns++;
        break;
    case UA_OUT_UNQUERY:
        b->questions = 0;
        break;
    }
}

void kit_pull(struct kit *b)
{
    struct ua_out out;

    while (ua_core_next(b->core, &out)) {
        perform(b, &out);
        ua_out_release(&b->env, &out);
    }
}

void kit_hear(struct kit *b, const char *text)
{
    /* Exact size, so that a read beyond the end is seen. */
    size_t n = strlen(text);
    char *copy = malloc(n ? n : 1);

    memcpy(copy, text, n);
    ua_core_bytes(b->core, b->now, b->flow, slice_of(copy, n));
    free(copy);
    kit_pull(b);
}

void kit_wait_ms(struct kit *b, int64_t ms)
{
    b->now.boot += ms;
    b->now.mono += ms;
    ua_core_tick(b->core, b->now);
    kit_pull(b);
}

void kit_start(struct kit *b, const struct siplock_account_config *changes)
{
    static const char *const address = "192.0.2.1:5061";

    kit_start_at(b, changes, &address, 1);
}

int kit_add(struct kit *b, unsigned id,
            const struct siplock_account_config *config)
{
    struct siplock_account_config c = *config;
    struct ua_account *acc;
    struct cause why;
    int err;

    c.size = sizeof(c);
    if (!c.aor)
        c.aor = "sip:alice@example.test";
    if (!c.password && !c.ha1)
        c.password = ask;
    err = ua_account_new(&acc, &b->env, POLICY_LEGACY_PBX, &c, &why);
    if (err)
        return err;
    ua_account_trust(acc, (struct tls_cred *)(uintptr_t)b);
    err = ua_core_account_add(b->core, b->now, KIT_ID(id), acc);
    if (err)
        ua_account_free(acc, b->now);
    kit_pull(b);
    return err;
}

struct tls_locals kit_locals;

static void tell_locals(void *user, struct tls_locals *locals)
{
    (void)user;
    *locals = kit_locals;
}

void kit_start_at(struct kit *b, const struct siplock_account_config *changes,
                  const char *const *address, size_t n)
{
    struct siplock_account_config config = *changes;
    struct ua_core_config core = {.env = &b->env};

    memset(b, 0, sizeof(*b));
    b->env = (struct env){
        .rand = tls_crypto_rand, .md = tls_crypto_md, .log = &b->log};
    oom_init(&b->mem, &b->env);
    b->log = (struct log){.level = LOG_DEBUG, .sink = sink, .user = b};
    b->password = "open sesame";
    b->now = (struct now){1000, 1000, 1000};
    b->own = (struct env){.alloc = own_alloc, .free = own_free};
    arena_pool_init(&b->pool, &b->own);
    arena_init(&b->arena, &b->pool);
    assert_int_equal(policy_new(&b->policy, &b->env, POLICY_LEGACY_PBX), 0);
    core.policy = b->policy;
    core.user_agent = S("bench");
    idtab_init(&b->ids, &b->own, 64);
    core.call_id = new_id;
    core.call_id_user = b;
    core.locals = tell_locals;
    assert_int_equal(ua_core_new(&b->core, &core), 0);
    config.address = n ? address : NULL;
    config.addresses = n;
    b->finds = n == 0;
    assert_int_equal(kit_add(b, ID, &config), 0);
}

void kit_begin(struct kit *b)
{
    kit_start(b, &(struct siplock_account_config){0});
    kit_up(b);
    kit_pull(b);
}

void kit_finish(struct kit *b)
{
    ua_core_free(b->core);
    policy_free(b->policy);
    idtab_free(&b->ids);
    arena_reset(&b->arena);
    arena_pool_free(&b->pool);
    for (unsigned i = 0; i < b->sents; i++)
        free(b->sent[i]);
    assert_int_equal(b->mem.live, 0);
}

const struct ua_event *kit_last_event(const struct kit *b, int type)
{
    for (unsigned i = b->events; i > 0; i--)
        if (b->event[i - 1].type == type)
            return &b->event[i - 1];
    return NULL;
}

int kit_reg_state(const struct kit *b)
{
    const struct ua_event *e = kit_last_event(b, SIPLOCK_EVENT_REGISTER_STATE);

    return e ? e->state : 0;
}

enum cause_code kit_reg_cause(const struct kit *b)
{
    return kit_last_event(b, SIPLOCK_EVENT_REGISTER_STATE)->cause;
}

/* The last message that is more than a ping or a pong. */
static unsigned last_sent(const struct kit *b)
{
    unsigned i = b->sents;

    while (i > 0 && b->sent[i - 1][0] == '\r')
        i--;
    assert_true(i > 0);
    return i - 1;
}

static struct sip_msg read_sent(struct kit *b, unsigned i)
{
    struct sip_parse_err fault;
    struct sip_msg msg;

    assert_int_equal(
        sip_msg_parse(&msg, &b->arena, slice_cstr(b->sent[i]), &fault), 0);
    return msg;
}

/* Read strictly by our own parser. */
struct sip_msg kit_last(struct kit *b)
{
    return read_sent(b, last_sent(b));
}

void kit_answer_to(struct kit *b, unsigned sent, const char *status,
                   const char *lines)
{
    struct sip_msg msg = read_sent(b, sent);
    char text[4096];

    snprintf(text, sizeof(text),
             "SIP/2.0 %s\r\nVia: %.*s\r\nFrom: %.*s\r\nTo: %.*s%s\r\n"
             "Call-ID: %.*s\r\nCSeq: %u %.*s\r\n%sContent-Length: 0\r\n\r\n",
             status, (int)msg.via->text.n, msg.via->text.p,
             (int)msg.from.text.n, msg.from.text.p, (int)msg.to.text.n,
             msg.to.text.p, msg.to.tag.n ? "" : ";tag=srv", (int)msg.call_id.n,
             msg.call_id.p, msg.cseq.num, (int)msg.cseq.text.n,
             msg.cseq.text.p, lines);
    kit_hear(b, text);
}

void kit_answer(struct kit *b, const char *status, const char *lines)
{
    kit_answer_to(b, last_sent(b), status, lines);
}

void kit_register_well(struct kit *b)
{
    kit_register_as(b, &(struct siplock_account_config){0});
}

void kit_register_as(struct kit *b,
                     const struct siplock_account_config *changes)
{
    kit_start(b, changes);
    kit_up(b);
    kit_pull(b);
    kit_answer(b, "401 Unauthorized", SHA);
    kit_answer(b, "200 OK", OK_CONTACT);
    assert_int_equal(kit_reg_state(b), SIPLOCK_REGISTER_REGISTERED);
}
